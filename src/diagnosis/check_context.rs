//! What the checks of configuration look at: exports of tenants and of the local Exchange, and the
//! logs where they were given.
//!
//! In: what was loaded. Out: a [`CheckContext`] to ask.
//! Must not decide what is worth reporting.

use crate::attribution::name_match::Strictness;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::condition::Condition;
use crate::diagnosis::finding::{CheckOutput, Missing, Undetermined};
use crate::diagnosis::rule::RuleMeta;
use crate::diagnosis::subject::Subject;
use crate::input::timestamp::Timestamp;
use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
use crate::smtp::certificate::Certificate;
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

/// An inbound connector with its tenant.
pub type Inbound<'a> = (&'a Tenant, &'a InboundConnector);

/// By what Exchange Online knows the organisation.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    /// By the addresses alone: there are enabled OnPremises connectors, and none has a certificate
    /// name.
    Address,
    /// By a certificate, or by nothing that the exports show.
    Certificate,
    /// This connector would decide, had the export not lost this field.
    Unknown(Inbound<'a>, &'static str),
}

/// Everything that a check may ask.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// The tenants.
    pub tenants: &'a [Tenant],
    /// The organisation's own side.
    pub on_premises: &'a OnPremises,
    /// The logs; `None` where only exports were given.
    pub logs: Option<&'a Analysis<'a>>,
    /// How reading them went; empty where there are none.
    pub reading: &'a LogReading,
    /// What the end of certificates is counted from.
    pub now: Timestamp,
    /// Which wildcard matches count.
    pub strict: Strictness,
}

/// How reading the logs went, beside what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogReading {
    /// Lines that could not be read.
    pub malformed: u64,
    /// The first of them.
    pub malformed_lines: Vec<MalformedLine>,
    /// The log files: index of the stream and name for reports.
    pub files: Vec<(usize, String)>,
    /// Sessions outside the period or connectors asked for: of these nothing is known here.
    pub left_out: u64,
}

/// Where there are no logs.
pub static NO_LOGS: LogReading = LogReading {
    malformed: 0,
    malformed_lines: Vec::new(),
    files: Vec::new(),
    left_out: 0,
};

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedLine {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// It is the last of its file: cut, perhaps, because the file was being written.
    pub is_last: bool,
}

impl<'a> CheckContext<'a> {
    /// Every inbound connector with its tenant.
    pub fn inbound(&self) -> impl Iterator<Item = (&'a Tenant, &'a InboundConnector)> + use<'a> {
        self.tenants
            .iter()
            .flat_map(|tenant| tenant.connectors.iter().map(move |found| (tenant, found)))
    }

    /// The inbound connectors that are enabled and of type OnPremises, as far as the exports tell.
    pub fn active(&self) -> impl Iterator<Item = (&'a Tenant, &'a InboundConnector)> + use<'a> {
        self.inbound().filter(|(_, connector)| {
            connector.enabled == Known::Value(true)
                && connector.connector_type == Known::Value(ConnectorType::OnPremises)
        })
    }

    /// The exported certificate with the thumbprint of this one.
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

    /// The inbound connectors that are enabled and of type OnPremises, or of which nobody can say
    /// that they are not.
    pub fn perhaps_active(&self) -> impl Iterator<Item = Inbound<'a>> + use<'a> {
        self.inbound().filter(|(_, connector)| {
            connector.enabled != Known::Value(false)
                && connector.connector_type != Known::Value(ConnectorType::Partner)
        })
    }

    /// Calls `look` with each pair of these that is of two tenants.
    pub fn pairs_of_tenants(&self, mut look: impl FnMut(Inbound<'a>, Inbound<'a>)) {
        let all: Vec<Inbound<'a>> = self.perhaps_active().collect();
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                if !one.0.name.eq_ignore_ascii_case(&other.0.name) {
                    look(*one, *other);
                }
            }
        }
    }

    /// By what Exchange Online knows the organisation.
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

    /// The send connectors, each once: the exports of two servers hold the same ones.
    pub fn send_connectors(&self) -> impl Iterator<Item = &'a SendConnector> + use<'a> {
        let all = &self.on_premises.send_connectors;
        all.iter().enumerate().filter_map(move |(at, connector)| {
            let seen = all[..at]
                .iter()
                .any(|known| same_settings(known, connector));
            (!seen).then_some(connector)
        })
    }

    /// The conditions under which a send connector counts: it is enabled, and its mail goes to
    /// Exchange Online. The logs prove both.
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

/// Whether two exports say the same of a send connector.
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

/// Whether a certificate is needed to know the organisation: not where its addresses do it. Where
/// a lost value decides, that is noted once.
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
