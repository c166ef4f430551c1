//! Conditions of which an export may leave some open.
//!
//! In: values of connectors as exports hold or lost them. Out: whether all conditions of a check
//! hold; where a lost value decides, a note that the check cannot tell.
//! Invariant: what is false for sure is silent, however much was lost beside it.

use crate::tenant::{ConnectorType, InboundConnector, Known};

use super::check::{Findings, Untold};
use super::setup::{Identity, Setup};
use super::{Entry, subject};

/// One condition.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// The field that decides it, by its name in Exchange.
    pub field: &'static str,
    /// Whether it holds; `None` where the export lost the field.
    pub holds: Option<bool>,
}

impl Condition {
    /// A condition on the value of a field.
    pub fn of<T>(
        field: &'static str,
        value: &Known<T>,
        test: impl FnOnce(&T) -> bool,
    ) -> Condition {
        Condition::fact(field, value.value().map(test))
    }

    /// A condition that was already looked at.
    pub fn fact(field: &'static str, holds: Option<bool>) -> Condition {
        Condition { field, holds }
    }
}

/// The connector is enabled.
pub fn enabled(connector: &InboundConnector) -> Condition {
    Condition::of("Enabled", &connector.enabled, |enabled| *enabled)
}

/// The connector is of this type.
pub fn of_type(connector: &InboundConnector, wanted: ConnectorType) -> Condition {
    Condition::of("ConnectorType", &connector.connector_type, |found| {
        *found == wanted
    })
}

/// The connector has a certificate name.
pub fn has_certificate_name(connector: &InboundConnector) -> Condition {
    Condition::of(
        "TlsSenderCertificateName",
        &connector.tls_sender_certificate_name,
        Option::is_some,
    )
}

/// Whether all hold. Where none is false and some are open, each of these is noted.
pub fn all_hold(
    conditions: &[Condition],
    entry: &'static Entry,
    about: impl Fn() -> String,
    findings: &mut Findings,
) -> bool {
    let open = || conditions.iter().filter(|one| one.holds.is_none());
    if conditions.iter().any(|one| one.holds == Some(false)) {
        return false;
    }
    for condition in open() {
        findings.cannot_tell(entry, about(), condition.field);
    }
    open().next().is_none()
}

/// Whether a certificate is needed to know the organisation: not where its addresses do it. Where
/// a lost value decides, that is noted once.
pub fn certificate_counts(
    setup: &Setup<'_>,
    entry: &'static Entry,
    findings: &mut Findings,
) -> bool {
    match setup.identity() {
        Identity::Certificate => true,
        Identity::Address => false,
        Identity::Unknown((tenant, connector), field) => {
            let about = subject::inbound(tenant, connector);
            let mut untold = findings.untold.iter();
            let noted =
                |one: &Untold| (one.code, one.field) == (entry.code, field) && one.about == about;
            if !untold.any(noted) {
                findings.cannot_tell(entry, about, field);
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Check;
    use crate::rules::con105_certificate_name_without_tls::CertificateNameWithoutTls;

    fn ask(holds: [Option<bool>; 3]) -> (bool, usize) {
        let mut findings = Findings::default();
        let conditions = holds.map(|holds| Condition::fact("Enabled", holds));
        let entry = CertificateNameWithoutTls.entry();
        let answer = all_hold(&conditions, entry, || "it".to_owned(), &mut findings);
        (answer, findings.untold.len())
    }

    #[test]
    fn what_is_false_wins_over_what_is_open() {
        assert_eq!(ask([Some(true), Some(true), Some(true)]), (true, 0));
        assert_eq!(ask([Some(true), None, Some(false)]), (false, 0));
        assert_eq!(ask([Some(true), None, None]), (false, 2));
    }
}
