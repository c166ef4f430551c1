//! The fix that lets Exchange Online expect a certificate, without shutting out another one that is
//! in use.
//!
//! In: a [`CauseContext`], the inbound connector that should match, and the name to expect. Out: a
//! [`Fix`].
//! Must not decide whether the certificate is the right one. The note of the caller says that.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::still_needed::needed_by;
use crate::language::sentences;
use crate::remedy::command;
use crate::tenant::Known;

/// Sets the connector to `name`. If other sessions still need the name that it expects today, adds
/// a second connector instead.
pub fn expect(context: &CauseContext<'_>, view: &ConnectorView<'_>, name: &str, note: &str) -> Fix {
    match needed_by(context, view, name) {
        None => command::expect_name(view.connector, name, note),
        Some(other) => {
            let internal = view.connector.cloud_services_mail_enabled == Known::Value(true);
            let language = context.analysis.language;
            let note = second_connector(language, &view.connector.name, &other, note);
            Fix::command(Where::Online, command::new_connector(name, internal), &note)
        }
    }
}

sentences! {
    /// The note of a command that adds a connector, in front of the note of the caller.
    fn second_connector(connector: &str, reason: &str, note: &str) {
        en: "The command adds a second connector. Do not change '{connector}', because {reason}. {note}",
        ja: "このコマンドは 2 つ目のコネクタを追加します。「{connector}」は変更しないでください。{reason}。{note}" ["2bdab074"],
    }
}

#[cfg(test)]
mod tests {
    use crate::causes::CAUSES;
    use crate::diagnosis::cause_context::CauseContext;
    use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::logs::{Session, TAKEN, contoso, with_analysis};
    use crate::tenant::Known;

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

    fn on(stream: &'static str, time: &'static str) -> Session {
        Session {
            stream,
            ..taken(time)
        }
    }

    #[test]
    fn a_stream_that_has_changed_too_needs_the_old_name_no_more() {
        let sessions = [
            on("EX01", "2026-11-03T01:00"),
            on("EX02", "2026-11-03T01:10"),
            refused(),
            Session {
                stream: "EX02",
                time: "2026-11-03T02:20",
                ..refused()
            },
        ];
        let command = first_command(&sessions);
        assert!(command.starts_with("Set-InboundConnector"), "{command}");
    }

    #[test]
    fn one_that_was_last_seen_before_the_rejections_still_needs_it() {
        for connector in ["Out", "Second"] {
            let before = Session {
                connector,
                ..on("EX02", "2026-11-02T09:00")
            };
            let own = on("EX01", "2026-11-03T01:00");
            let command = first_command(&[before, own, refused()]);
            assert!(command.starts_with("New-InboundConnector"), "{command}");
        }
    }

    #[test]
    fn two_servers_with_two_new_names_do_not_fight_for_one_connector() {
        let other = Session {
            stream: "EX02",
            names: &["relay.contoso.net"],
            ..refused()
        };
        let command = first_command(&[refused(), other]);
        assert!(command.starts_with("New-InboundConnector"), "{command}");
    }

    #[test]
    fn exports_show_who_else_needs_it() {
        let old = exchange_certificate('A');
        let other = |name: &str, servers: &[&str]| SendConnector {
            name: name.to_owned(),
            source_servers: Known::Value(servers.iter().map(|one| (*one).to_owned()).collect()),
            ..send_connector()
        };
        let on_second = ExchangeCertificate {
            server: Some("EX02".to_owned()),
            ..old.clone()
        };
        let run = |own: OnPremises| {
            let sessions = [on("EX01", "2026-11-03T01:00"), refused()];
            with_analysis(&sessions, &[contoso()], &own, |analysis| {
                let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
                let finding = CAUSES.iter().find_map(|rule| rule.check(&context)).unwrap();
                finding.fix[0].command.clone().unwrap()
            })
        };
        let site = run(on_premises(vec![other("Site 2", &["EX09"])], Vec::new()));
        assert!(site.starts_with("New-InboundConnector"), "{site}");
        let server = run(on_premises(
            vec![other("Out", &["EX01", "EX02"])],
            vec![on_second],
        ));
        assert!(server.starts_with("New-InboundConnector"), "{server}");
        let alone = run(on_premises(vec![other("Out", &["EX01"])], vec![old]));
        assert!(alone.starts_with("Set-InboundConnector"), "{alone}");
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
