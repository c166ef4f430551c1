//! LOG005: nothing in the input goes to Exchange Online.

use super::Entry;
use super::check::{Check, Findings, Observation};
use super::entry::entry;
use super::fix::{Fix, Where};
use super::setup::Setup;

entry! {
    /// No session in the input goes to Exchange Online.
    ///
    /// ## What it finds
    /// Send logs with sessions, none of which shows Exchange Online in its banner, its EHLO reply or
    /// its other replies.
    ///
    /// ## Why it matters
    /// Nothing can be said about attribution: these are the logs of another server, another role or
    /// another time, or mail leaves over another route.
    ///
    /// ## What to do
    /// Take the logs of the source servers of the send connector to Exchange Online, and turn
    /// protocol logging on there.
    NoExchangeOnlineSessions, "LOG005", "no-exchange-online-sessions", Info, High
}

impl Check for NoExchangeOnlineSessions {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        let Some(study) = setup.logs else {
            return;
        };
        let sessions = study.aggregate.sessions;
        if sessions == 0 || study.aggregate.exchange_online_sessions > 0 {
            return;
        }
        let streams: Vec<&str> = study
            .streams
            .iter()
            .map(|stream| stream.name.as_str())
            .collect();
        let message = format!(
            "None of the {sessions} sessions of {} goes to Exchange Online.",
            streams.join(", ")
        );
        findings.add(
            Observation::of(&Self::ENTRY, "send logs", message)
                .count(sessions)
                .fix(Fix::command(
                    Where::OnPremises,
                    "Get-SendConnector | Format-List Name,Enabled,SmartHosts,AddressSpaces,SourceTransportServers,ProtocolLoggingLevel".to_owned(),
                    "Shows which send connector goes to Exchange Online, from which servers, and whether it is logged. Take the logs of those servers.",
                )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::Totals;
    use crate::attribution::name_match::Strictness;
    use crate::input::timestamp::Timestamp;
    use crate::onprem::OnPremises;
    use crate::rules::setup::LogReading;
    use crate::rules::study::Study;

    fn found(sessions: u64, exchange_online_sessions: u64) -> Vec<Observation> {
        let aggregate = Totals {
            sessions,
            exchange_online_sessions,
            ..Totals::default()
        };
        let on_premises = OnPremises::default();
        let study = Study::new(&aggregate, &[], &[], &on_premises, Strictness::Table);
        let setup = Setup {
            tenants: &[],
            on_premises: &on_premises,
            logs: Some(&study),
            reading: &LogReading::default(),
            now: Timestamp::UNKNOWN,
            strict: Strictness::Table,
        };
        let mut findings = Findings::default();
        NoExchangeOnlineSessions.check(&setup, &mut findings);
        findings.observations
    }

    #[test]
    fn fires_where_no_session_goes_there() {
        assert_eq!(found(7, 0)[0].count, 7);
    }

    #[test]
    fn stays_silent_where_one_does_and_where_there_are_none() {
        assert!(found(7, 1).is_empty());
        assert!(found(0, 0).is_empty());
    }
}
