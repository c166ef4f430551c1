//! The fix that lets Exchange Online expect a certificate, without shutting out another one that is
//! in use.
//!
//! In: a [`Case`], the inbound connector that should match, the name to expect. Out: a [`Fix`].
//! Must not decide whether the certificate is the right one: the note of the caller says so.

use crate::attribution::judgement::ConnectorView;
use crate::tenant::Known;

use super::case::Case;
use super::fix::{self, Fix, Where};
use super::words;

/// Sets the connector to `name`; where other sessions still need what it expects today, adds a
/// second connector instead.
pub fn expect(case: &Case<'_>, view: &ConnectorView<'_>, name: &str, note: &str) -> Fix {
    match needed_by(case, view) {
        None => fix::expect_name(&view.connector.name, name, note),
        Some(other) => {
            let internal = view.connector.cloud_services_mail_enabled == Known::Value(true);
            let note = format!(
                "A second connector: '{}' must stay as it is, because {other} needs it. {note}",
                view.connector.name
            );
            Fix::command(Where::Online, fix::new_connector(name, internal), &note)
        }
    }
}

/// The send connector whose sessions match this inbound connector with another certificate, since
/// the case began.
fn needed_by(case: &Case<'_>, view: &ConnectorView<'_>) -> Option<String> {
    let study = case.study;
    let lanes = study.aggregate.lanes.iter().zip(&study.judgements);
    let mut needing = lanes.filter(|(lane, judgement)| {
        lane.key.exchange_online
            && lane.key.certificate != case.lane.key.certificate
            && lane.last >= case.first()
            && judgement.views.iter().any(|other| {
                std::ptr::eq(other.connector, view.connector) && other.matches_by_name()
            })
    });
    let (lane, _) = needing.next()?;
    let stream = study.streams.get(lane.key.stream)?;
    Some(format!(
        "'{}' on {}",
        case.text(lane.key.connector),
        words::stream(&stream.name)
    ))
}

#[cfg(test)]
mod tests {
    use crate::rules::scenario::{Session, TAKEN, contoso, with_study};
    use crate::rules::{CAUSES, case::Case};

    fn first_command(sessions: &[Session]) -> String {
        with_study(sessions, &[contoso()], &Default::default(), |study| {
            let case = Case::new(study, &study.aggregate.occurrences[0]);
            let finding = CAUSES.iter().find_map(|rule| rule.check(&case)).unwrap();
            finding.fix[0].command.clone().unwrap()
        })
    }

    fn refused() -> Session {
        Session {
            names: &["smtp.contoso.net"],
            ..Session::default()
        }
    }

    fn taken(time: &'static str) -> Session {
        Session {
            time,
            stream: "EX02",
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    #[test]
    fn a_connector_that_others_need_is_left_as_it_is() {
        // On the same server, so that it is not one server out of step with another.
        let other = Session {
            stream: "EX01",
            ..taken("2026-11-03T04:00")
        };
        let command = first_command(&[refused(), other]);
        assert!(command.starts_with("New-InboundConnector"), "{command}");
        assert!(command.contains("-TlsSenderCertificateName 'smtp.contoso.net'"));
    }

    #[test]
    fn a_connector_that_nobody_needs_any_more_is_changed() {
        let before = Session {
            stream: "EX01",
            ..taken("2026-11-03T01:00")
        };
        for sessions in [vec![refused()], vec![before, refused()]] {
            let command = first_command(&sessions);
            assert!(command.starts_with("Set-InboundConnector"), "{command}");
        }
    }
}
