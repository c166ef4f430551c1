//! SND103: nothing is written down.

use crate::tenant::Known;

use super::check::{Check, Findings, Observation};
use super::condition::{Condition, all_hold};
use super::entry::entry;
use super::fix::{Fix, Where};
use super::setup::Setup;
use super::{Entry, subject};

entry! {
    /// A send connector to Exchange Online writes no protocol log.
    ///
    /// ## What it finds
    /// Enabled send connectors whose mail goes to Exchange Online and whose `ProtocolLoggingLevel`
    /// is None.
    ///
    /// ## Why it matters
    /// Which certificate was offered, and what Exchange Online answered, stands in the protocol log
    /// alone. Without it the next refusal cannot be explained, and what this program does not see,
    /// it does not report.
    ///
    /// ## What to do
    /// Set `ProtocolLoggingLevel` to Verbose.
    ProtocolLoggingOff, "SND103", "protocol-logging-off", Warning, High
}

impl Check for ProtocolLoggingOff {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        for connector in setup.send_connectors() {
            let [enabled, online] = setup.sends_to_online(connector);
            let conditions = [
                enabled,
                online,
                Condition::fact("ProtocolLoggingLevel", is_off(&connector.protocol_logging)),
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
                "Send connector '{}' sends to Exchange Online and writes no protocol log.",
                connector.name
            );
            findings.add(
                Observation::of(&Self::ENTRY, &connector.name, message)
                    .proof(subject::send_proof(connector, "ProtocolLoggingLevel", "None"))
                    .fix(Fix::command(
                        Where::OnPremises,
                        subject::set_send(connector, "-ProtocolLoggingLevel Verbose"),
                        "Logs begin with the next sessions; by default they are kept for 30 days and up to 250 MB a folder.",
                    )),
            );
        }
    }
}

/// Whether the level is None. A bare number, as Windows PowerShell 5.1 writes it into JSON, says
/// nothing: which number means which level is not documented.
fn is_off(level: &Known<Option<String>>) -> Option<bool> {
    let level = level.value()?.as_deref()?.trim();
    level
        .starts_with(|letter: char| letter.is_ascii_alphabetic())
        .then(|| level.eq_ignore_ascii_case("None"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::SendConnector;
    use crate::rules::scenario::Session;
    use crate::rules::scenario_setup::{of_exports, of_logs, on_premises, send_connector};

    fn found(level: Known<Option<String>>) -> Findings {
        let connector = SendConnector {
            protocol_logging: level,
            ..send_connector()
        };
        of_exports(
            &ProtocolLoggingOff,
            &[],
            &on_premises(vec![connector], Vec::new()),
        )
    }

    fn level(text: &str) -> Known<Option<String>> {
        Known::Value(Some(text.to_owned()))
    }

    #[test]
    fn fires_where_the_log_is_off() {
        let found = found(level("None"));
        assert!(found.untold.is_empty());
        assert_eq!(
            found.observations[0].fix[0].command.as_deref(),
            Some("Set-SendConnector -Identity 'Out' -ProtocolLoggingLevel Verbose")
        );
    }

    #[test]
    fn stays_silent_where_it_is_on_or_the_mail_goes_elsewhere() {
        assert!(found(level("Verbose")).observations.is_empty());
        let elsewhere = SendConnector {
            protocol_logging: level("None"),
            smart_hosts: Known::Value(vec!["relay.example.org".to_owned()]),
            address_spaces: Known::Value(vec!["smtp:*;1".to_owned()]),
            tls_domain: Known::Value(None),
            enabled: Known::Lost,
            ..send_connector()
        };
        let side = on_premises(vec![elsewhere], Vec::new());
        let found = of_exports(&ProtocolLoggingOff, &[], &side);
        assert!(found.observations.is_empty() && found.untold.is_empty());
    }

    #[test]
    fn the_logs_prove_where_the_mail_goes() {
        let connector = SendConnector {
            protocol_logging: level("None"),
            enabled: Known::Lost,
            smart_hosts: Known::Lost,
            tls_domain: Known::Lost,
            address_spaces: Known::Lost,
            ..send_connector()
        };
        let side = on_premises(vec![connector], Vec::new());
        let alone = of_exports(&ProtocolLoggingOff, &[], &side);
        let fields: Vec<&str> = alone.untold.iter().map(|untold| untold.field).collect();
        assert_eq!(fields, ["Enabled", "SmartHosts"]);
        let found = of_logs(&ProtocolLoggingOff, &[Session::default()], &[], &side);
        assert_eq!((found.observations.len(), found.untold.len()), (1, 0));
    }

    #[test]
    fn cannot_tell_where_the_level_is_lost() {
        for lost in [Known::Lost, Known::Value(None), level("0")] {
            let found = found(lost);
            assert!(found.observations.is_empty());
            assert_eq!(found.untold[0].field, "ProtocolLoggingLevel");
        }
    }
}
