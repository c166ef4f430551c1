//! What the checks look at: exports of tenants and of the local Exchange, and the logs if they were
//! given.
//!
//! In: what was loaded. Out: a [`CheckContext`] that answers questions.
//! Must not decide what is worth reporting.

use std::collections::HashMap;

use crate::attribution::name_match::Strictness;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::condition::Condition;
use crate::diagnosis::finding::{CheckOutput, Missing, Undetermined};
use crate::diagnosis::rule::RuleMeta;
use crate::diagnosis::subject::Subject;
use crate::input::pasted::Pasted;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
use crate::smtp::certificate::Certificate;
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

pub use crate::attribution::exactness::Inbound;

/// How Exchange Online identifies the organisation.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    /// By addresses alone: there are enabled OnPremises connectors, and none has a certificate
    /// name.
    Address,
    /// By a certificate, or by nothing that the exports show.
    Certificate,
    /// Unknown: this connector would decide, but the export lost this field.
    Unknown(Inbound<'a>, &'static str),
}

/// Everything that a check may query.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// The tenants.
    pub tenants: &'a [Tenant],
    /// The exports of the organisation's own servers.
    pub on_premises: &'a OnPremises,
    /// The logs; `None` if only exports were given.
    pub logs: Option<&'a Analysis<'a>>,
    /// How reading the logs went; empty if there are none.
    pub reading: &'a LogReading,
    /// The time from which the expiry of certificates is counted.
    pub now: Timestamp,
    /// Which wildcard matches count.
    pub strict: Strictness,
    /// The language of what is said.
    pub language: Language,
}

/// How reading the logs went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogReading {
    /// Lines that could not be read.
    pub malformed: u64,
    /// The first of them.
    pub malformed_lines: Vec<MalformedLine>,
    /// The log files: index of the stream and name for reports.
    pub files: Vec<(usize, String)>,
    /// Sessions outside the given period or connectors. Nothing else is known about them here.
    pub left_out: u64,
    /// Malformed lines at the end of their file.
    pub cut_tails: u64,
    /// Lines that could be read as rows.
    pub rows: u64,
    /// Malformed lines with columns, an event, a time or a session id that Exchange does not write.
    pub foreign_rows: u64,
    /// Those of them whose time or session id a spreadsheet seems to have rewritten.
    pub changed_by_spreadsheet: u64,
    /// The log files that look copied from elsewhere, with what was cleaned.
    pub pasted: Vec<(String, Pasted)>,
}

/// The value if there are no logs.
pub static NO_LOGS: LogReading = LogReading {
    malformed: 0,
    malformed_lines: Vec::new(),
    files: Vec::new(),
    left_out: 0,
    cut_tails: 0,
    rows: 0,
    foreign_rows: 0,
    changed_by_spreadsheet: 0,
    pasted: Vec::new(),
};

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedLine {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
}

impl<'a> CheckContext<'a> {
    /// Every inbound connector with its tenant.
    pub fn inbound(&self) -> impl Iterator<Item = (&'a Tenant, &'a InboundConnector)> + use<'a> {
        self.tenants
            .iter()
            .flat_map(|tenant| tenant.connectors.iter().map(move |found| (tenant, found)))
    }

    /// The inbound connectors that are enabled and of type OnPremises, as far as the exports show.
    pub fn active(&self) -> impl Iterator<Item = (&'a Tenant, &'a InboundConnector)> + use<'a> {
        self.inbound().filter(|(_, connector)| {
            connector.enabled == Known::Value(true)
                && connector.connector_type == Known::Value(ConnectorType::OnPremises)
        })
    }

    /// The exported certificate that has the thumbprint of this one.
    pub fn exported(&self, certificate: &Certificate) -> Option<&'a ExchangeCertificate> {
        let wanted = certificate.thumbprint.as_deref()?;
        self.on_premises.certificates.iter().find(|known| {
            let thumbprint = known.certificate.thumbprint.as_deref();
            thumbprint.is_some_and(|thumbprint| thumbprint.eq_ignore_ascii_case(wanted))
        })
    }

    /// The enabled send connectors whose mail goes to Exchange Online, by their export or by the
    /// logs.
    pub fn to_exchange_online(&self) -> impl Iterator<Item = &'a SendConnector> + use<'a> {
        let logs = self.logs;
        self.on_premises
            .send_connectors
            .iter()
            .filter(move |connector| {
                let seen =
                    logs.is_some_and(|analysis| analysis.reaches_exchange_online(&connector.name));
                connector.enabled != Known::Value(false)
                    && (seen || connector.goes_to_exchange_online() == Some(true))
            })
    }

    /// The inbound connectors that are enabled and of type OnPremises, and those for which the
    /// exports do not rule this out.
    pub fn perhaps_active(&self) -> impl Iterator<Item = Inbound<'a>> + use<'a> {
        self.inbound().filter(|(_, connector)| {
            connector.enabled != Known::Value(false)
                && connector.connector_type != Known::Value(ConnectorType::Partner)
        })
    }

    /// Calls `look` with each pair of such connectors that belong to two tenants.
    pub fn pairs_of_tenants(&self, mut look: impl FnMut(Inbound<'a>, Inbound<'a>)) {
        let all: Vec<Inbound<'a>> = self.perhaps_active().collect();
        // One tenant may have thousands of them.
        let first = all.first().map(|(tenant, _)| &tenant.name);
        let is_first = |name: &String| first.is_some_and(|first| first.eq_ignore_ascii_case(name));
        if all.iter().all(|(tenant, _)| is_first(&tenant.name)) {
            return;
        }
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                if !one.0.name.eq_ignore_ascii_case(&other.0.name) {
                    look(*one, *other);
                }
            }
        }
    }

    /// How Exchange Online identifies the organisation.
    pub fn identity(&self) -> Identity<'a> {
        let name = |connector: &'a InboundConnector| &connector.tls_sender_certificate_name;
        let named = |(_, connector): Inbound<'a>| matches!(name(connector), Known::Value(Some(_)));
        if self.active().any(named) {
            return Identity::Certificate;
        }
        let open = |(tenant, connector): Inbound<'a>| {
            let lost = connector.lost_fields();
            let field = lost.iter().find(|field| **field != "SenderIPAddresses")?;
            Some(Identity::Unknown((tenant, connector), field))
        };
        // A connector without a certificate name changes nothing, enabled or not.
        let mut perhaps = self.perhaps_active();
        let unnamed = |(_, connector): &Inbound<'a>| *name(connector) == Known::Value(None);
        if let Some(unknown) = perhaps.find(|one| !unnamed(one)).and_then(open) {
            return unknown;
        }
        match self.active().next() {
            Some(_) => Identity::Address,
            None => Identity::Certificate,
        }
    }

    /// The send connectors, each once. The exports of two servers hold the same ones.
    pub fn send_connectors(&self) -> impl Iterator<Item = &'a SendConnector> + use<'a> {
        let mut known: HashMap<&str, Vec<&SendConnector>> = HashMap::new();
        self.on_premises.send_connectors.iter().filter(move |one| {
            let known = known.entry(one.name.as_str()).or_default();
            let is_new = !known.iter().any(|known| same_settings(known, one));
            if is_new {
                known.push(one);
            }
            is_new
        })
    }

    /// The conditions under which a send connector counts: it is enabled, and its mail goes to
    /// Exchange Online. The logs can prove both.
    pub fn sends_to_online(&self, connector: &SendConnector) -> [Condition; 2] {
        let seen = self
            .logs
            .is_some_and(|analysis| analysis.reaches_exchange_online(&connector.name));
        let seen = seen.then_some(true);
        let field = if connector.smart_hosts.is_lost() {
            "SmartHosts"
        } else {
            "AddressSpaces"
        };
        [
            Condition::fact("Enabled", connector.enabled.value().copied().or(seen)),
            Condition::fact(field, seen.or_else(|| connector.goes_to_exchange_online())),
        ]
    }
}

/// Whether two exports show the same settings of a send connector.
fn same_settings(one: &SendConnector, other: &SendConnector) -> bool {
    one.name == other.name
        && *one
            == SendConnector {
                server: one.server.clone(),
                when_changed: one.when_changed.clone(),
                file: one.file.clone(),
                line: one.line,
                ..other.clone()
            }
}

/// Whether Exchange Online needs a certificate to identify the organisation. It does not if
/// addresses identify it. If a lost value decides, this is noted once.
pub fn certificate_counts(
    context: &CheckContext<'_>,
    entry: &'static RuleMeta,
    findings: &mut CheckOutput,
) -> bool {
    match context.identity() {
        Identity::Certificate => true,
        Identity::Address => false,
        Identity::Unknown((tenant, connector), field) => {
            let about = Subject::inbound(tenant, connector);
            let mut undetermined = findings.undetermined.iter();
            let noted = |one: &Undetermined| {
                (one.code, one.missing) == (entry.code, Missing::Field(field)) && one.about == about
            };
            if !undetermined.any(noted) {
                findings.mark_undetermined(entry, about, field);
            }
            false
        }
    }
}
