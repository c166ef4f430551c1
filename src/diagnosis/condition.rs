//! Conditions that an export may leave open.
//!
//! In: values of connectors as exports hold or lost them. Out: whether all conditions of a check
//! hold. If a lost value decides, a note that the result cannot be determined.
//! Invariant: a condition that is certainly false gives no note, however many other values were
//! lost.

use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::rule::RuleMeta;
use crate::diagnosis::subject::Subject;
use crate::tenant::{ConnectorType, InboundConnector, Known};

/// One condition.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// The field that decides it, by its name in Exchange.
    pub field: &'static str,
    /// Whether it holds; `None` if the export lost the field.
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

    /// A condition whose result is known already.
    pub fn fact(field: &'static str, holds: Option<bool>) -> Condition {
        Condition { field, holds }
    }
}

/// The condition that the connector is enabled.
pub fn enabled(connector: &InboundConnector) -> Condition {
    Condition::of("Enabled", &connector.enabled, |enabled| *enabled)
}

/// The condition that the connector is of this type.
pub fn of_type(connector: &InboundConnector, wanted: ConnectorType) -> Condition {
    Condition::of("ConnectorType", &connector.connector_type, |found| {
        *found == wanted
    })
}

/// The condition that the connector has a certificate name.
pub fn has_certificate_name(connector: &InboundConnector) -> Condition {
    Condition::of(
        "TlsSenderCertificateName",
        &connector.tls_sender_certificate_name,
        Option::is_some,
    )
}

/// Whether all conditions hold. If none is false and some are open, each open one is noted.
pub fn all_hold(
    conditions: &[Condition],
    entry: &'static RuleMeta,
    about: impl Fn() -> Subject,
    findings: &mut CheckOutput,
) -> bool {
    let open = || conditions.iter().filter(|one| one.holds.is_none());
    if conditions.iter().any(|one| one.holds == Some(false)) {
        return false;
    }
    for condition in open() {
        findings.mark_undetermined(entry, about(), condition.field);
    }
    open().next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::declare_rule;

    declare_rule! {
        /// An entry for these tests.
        MadeUp {
            code: "TST001",
            name: "made-up",
            severity: Info,
            confidence: Low,
            needs: [SendLogs],
            proof: LogRows,
            /// このテストのための項目です。
            japanese: ["00000000"],
        }
    }

    fn ask(holds: [Option<bool>; 3]) -> (bool, usize) {
        let mut findings = CheckOutput::default();
        let conditions = holds.map(|holds| Condition::fact("Enabled", holds));
        let about = || Subject::SendConnector {
            name: "Out".to_owned(),
        };
        let answer = all_hold(&conditions, &MadeUp::META, about, &mut findings);
        (answer, findings.undetermined.len())
    }

    #[test]
    fn what_is_false_wins_over_what_is_open() {
        assert_eq!(ask([Some(true), Some(true), Some(true)]), (true, 0));
        assert_eq!(ask([Some(true), None, Some(false)]), (false, 0));
        assert_eq!(ask([Some(true), None, None]), (false, 2));
    }
}
