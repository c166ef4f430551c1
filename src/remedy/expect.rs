//! The fix that lets Exchange Online expect a certificate, without shutting out another one that is
//! in use.
//!
//! In: a [`CauseContext`], the inbound connector that should match, and the name to expect. Out: a
//! [`Fix`].
//! Must not decide whether the certificate is the right one. The note of the caller says that.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::subject::stream_place;
use crate::remedy::command;
use crate::tenant::Known;

/// Sets the connector to `name`. If other sessions still need the name that it expects today, adds
/// a second connector instead.
pub fn expect(context: &CauseContext<'_>, view: &ConnectorView<'_>, name: &str, note: &str) -> Fix {
    match needed_by(context, view) {
        None => command::expect_name(&view.connector.name, name, note),
        Some(other) => {
            let internal = view.connector.cloud_services_mail_enabled == Known::Value(true);
            let note = format!(
                "The command adds a second connector. Do not change '{}', because {other} still needs it. {note}",
                view.connector.name
            );
            Fix::command(Where::Online, command::new_connector(name, internal), &note)
        }
    }
}

/// A send connector whose sessions have matched this inbound connector with another certificate
/// since the rejections began.
fn needed_by(context: &CauseContext<'_>, view: &ConnectorView<'_>) -> Option<String> {
    let analysis = context.analysis;
    let flows = analysis.aggregate.flows.iter().zip(&analysis.judgements);
    let mut needing = flows.filter(|(flow, judgement)| {
        flow.exchange_online
            && flow.key.certificate != context.flow.key.certificate
            && flow.last >= context.first()
            && judgement.views.iter().any(|other| {
                std::ptr::eq(other.connector, view.connector) && other.matches_by_name()
            })
    });
    let (flow, _) = needing.next()?;
    let stream = analysis.streams.get(flow.key.stream)?;
    Some(format!(
        "'{}' {}",
        context.text(flow.key.connector),
        stream_place(&stream.name)
    ))
}

#[cfg(test)]
mod tests {
    use crate::causes::CAUSES;
    use crate::diagnosis::cause_context::CauseContext;
    use crate::scenario::logs::{Session, TAKEN, contoso, with_analysis};

    fn first_command(sessions: &[Session]) -> String {
        with_analysis(sessions, &[contoso()], &Default::default(), |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let finding = CAUSES.iter().find_map(|rule| rule.check(&context)).unwrap();
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
        // The same server, so that CRT006 does not apply.
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
