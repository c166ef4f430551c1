//! SND104: the mail arrives as a stranger's.

use super::check::{Check, Findings, Observation};
use super::condition::{Condition, all_hold};
use super::entry::entry;
use super::fix::{Fix, Where};
use super::setup::Setup;
use super::{Entry, subject};

entry! {
    /// A send connector to Exchange Online does not mark its mail as the organisation's own.
    ///
    /// ## What it finds
    /// Enabled send connectors whose mail goes to Exchange Online and whose
    /// `CloudServicesMailEnabled` is false.
    ///
    /// ## Why it matters
    /// Relaying works, and this is never a cause of 550 5.7.64. But in a hybrid organisation mail
    /// between the two sides loses its cross-premises headers: it counts as external, with spam
    /// filtering, external tags and out-of-office replies for strangers. Where the connector only
    /// relays, all is well.
    ///
    /// ## What to do
    /// In a hybrid organisation, let the hybrid wizard set it.
    CloudServicesMailDisabled, "SND104", "cloud-services-mail-disabled", Info, High
}

impl Check for CloudServicesMailDisabled {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        for connector in setup.send_connectors() {
            let [enabled, online] = setup.sends_to_online(connector);
            let marks = &connector.cloud_services_mail_enabled;
            let conditions = [
                enabled,
                online,
                Condition::of("CloudServicesMailEnabled", marks, |marks| !marks),
            ];
            if !all_hold(
                &conditions,
                &Self::ENTRY,
                || subject::send(connector),
                findings,
            ) {
                continue;
            }
            let message = format!(
                "Send connector '{}' sends to Exchange Online without CloudServicesMailEnabled: its mail is relayed, but is external to the mailboxes there. This is never a cause of 550 5.7.64.",
                connector.name
            );
            findings.add(
                Observation::of(&Self::ENTRY, &connector.name, message)
                    .proof(subject::send_proof(connector, "CloudServicesMailEnabled", "False"))
                    .fix(Fix::command(
                        Where::OnPremises,
                        subject::set_send(connector, "-CloudServicesMailEnabled $true"),
                        "Only in a hybrid organisation, and only on the connector to its own tenant: to others it would give away internal headers. The hybrid wizard does it as well.",
                    )),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::SendConnector;
    use crate::rules::Severity;
    use crate::rules::scenario_setup::{of_exports, on_premises, send_connector};
    use crate::tenant::Known;

    fn found(marks: Known<bool>) -> Findings {
        let connector = SendConnector {
            cloud_services_mail_enabled: marks,
            ..send_connector()
        };
        let side = on_premises(vec![connector], Vec::new());
        of_exports(&CloudServicesMailDisabled, &[], &side)
    }

    #[test]
    fn informs_where_it_is_off() {
        let found = found(Known::Value(false));
        let found = &found.observations[0];
        assert_eq!(found.severity, Severity::Info);
        assert!(found.message.contains("never a cause of 550 5.7.64"));
        assert_eq!(
            found.fix[0].command.as_deref(),
            Some("Set-SendConnector -Identity 'Out' -CloudServicesMailEnabled $true")
        );
    }

    #[test]
    fn stays_silent_where_it_is_on() {
        let found = found(Known::Value(true));
        assert!(found.observations.is_empty() && found.untold.is_empty());
    }

    #[test]
    fn cannot_tell_where_it_is_lost() {
        let found = found(Known::Lost);
        assert!(found.observations.is_empty());
        assert_eq!(found.untold[0].field, "CloudServicesMailEnabled");
    }
}
