//! SND102: a send connector names a certificate that its servers do not have.

mod sentences;
mod source_servers;

use self::source_servers::{OnServer, states};
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::edge::Edges;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::proposal;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Need, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::diagnosis::transport_certificate::{self as transport, NamedCertificate, described};
use crate::language::Language;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::{certificates, named_certificate, settings, wizard};
use crate::smtp::certificate::Certificate;

declare_rule! {
    /// A send connector to Exchange Online names a certificate that is not on its servers.
    ///
    /// ## What it finds
    /// Enabled send connectors to Exchange Online whose `TlsCertificateName`
    /// (`<I>issuer<S>subject`) matches no certificate that was exported from one of their source
    /// servers. A name without `<S>` matches no certificate: it is usually what a web page left of
    /// a copied command, because a browser takes `<I>` and `<S>` for tags. A queue that shows the error
    /// is named.
    ///
    /// ## Why it matters
    /// Exchange finds no certificate to offer. Mail then waits in the queue with the error `454
    /// 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be
    /// found`, and the send log shows nothing. Some versions select another certificate instead,
    /// and Exchange Online cannot assign the mail to your tenant. This usually happens after a
    /// renewal by another authority or with another subject.
    ///
    /// ## What to do
    /// Do one of the following:
    ///
    /// - Set `TlsCertificateName` to the issuer and subject of the certificate that is on the
    ///   servers.
    /// - Import the named certificate on every source server, unless Exchange Online does not accept
    ///   it (self-signed, or of an authority of your own) or no inbound connector expects it.
    ///
    /// ## Sources
    /// - "Mailflow issue from Exchange On-Prem to Office 365" (Lalit Bisht, archived on Microsoft
    ///   Learn): after a certificate was replaced, the queue shows 454 4.7.5 until
    ///   `TlsCertificateName` is set to the new one.
    /// - KB 3156771 (Microsoft Learn): after the change of a certificate on 2016-04-15, mail to
    ///   Exchange Online waited in the queue with 454 4.7.5.
    /// - `Set-SendConnector` (reference, Microsoft Learn): `TlsCertificateName` has the form
    ///   `<I>issuer<S>subject`.
    TlsCertificateNameNotFound {
        code: "SND102",
        name: "tls-certificate-name-not-found",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors, ExchangeCertificates],
        proof: Exports,
        /// Exchange Online への送信コネクタが、サーバーに存在しない証明書を指定しています。
        ///
        /// ## 検出する内容
        /// `TlsCertificateName` (`<I>issuer<S>subject`) が、送信元サーバーから
        /// エクスポートされたどの証明書とも一致しない、Exchange Online への有効な送信コネクタを
        /// 検出します。`<S>` のない名前は、どの証明書とも一致しません。通常は、
        /// Web ページからコピーしたコマンドで、ブラウザーが `<I>` と `<S>` をタグとして扱ったために
        /// 失われたものです。このエラーを示すキューがある場合は、そのキューも示します。
        ///
        /// ## 問題となる理由
        /// Exchange は、提示する証明書を見つけられません。メールはキューで待機し、
        /// エラーは `454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found` です。
        /// 送信ログには何も記録されません。バージョンによっては、代わりに別の証明書が選択され、
        /// Exchange Online はメールを自組織のテナントに割り当てられません。通常は、
        /// 証明書を別の証明機関または別のサブジェクトで更新した後に発生します。
        ///
        /// ## 対処方法
        /// 次のいずれかを行います。
        ///
        /// - `TlsCertificateName` に、サーバーにある証明書の発行者とサブジェクトを設定します。
        /// - 指定されている証明書を、すべての送信元サーバーにインポートします。ただし、
        ///   Exchange Online がその証明書を受け入れない場合 (自己署名、
        ///   または自組織の証明機関が発行) や、
        ///   その証明書を想定する受信コネクタが Exchange Online にない場合を除きます。
        ///
        /// ## 出典
        /// - "Mailflow issue from Exchange On-Prem to Office 365" (Lalit Bisht、Microsoft Learn の
        ///   アーカイブ): 証明書を置き換えた後、`TlsCertificateName` に新しい証明書を設定するまで、
        ///   キューに 454 4.7.5 が表示されます。
        /// - KB 3156771 (Microsoft Learn): 2016-04-15 の証明書の変更後、
        ///   Exchange Online 宛てのメールが 454 4.7.5 でキューに残りました。
        /// - `Set-SendConnector` (リファレンス、Microsoft Learn): `TlsCertificateName` の
        ///   形式は `<I>issuer<S>subject` です。
        japanese: ["e6441131"],
    }
}

impl Check for TlsCertificateNameNotFound {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for connector in context.send_connectors() {
            let [enabled, online] = context.sends_to_online(connector);
            let name = &connector.tls_certificate_name;
            let conditions = [
                enabled,
                online,
                Condition::of("TlsCertificateName", name, Option::is_some),
            ];
            if !all_hold(
                &conditions,
                &Self::META,
                || Subject::send(connector),
                findings,
            ) {
                continue;
            }
            let name = name.value().and_then(Option::as_deref).unwrap_or_default();
            match NamedCertificate::parse(name) {
                None => findings.add(invalid_form(context, connector, name)),
                Some(named) => compare(context, connector, named, findings),
            }
        }
    }

    fn heed_queue(&self, finding: &mut Finding, queue: &QueueContext<'_>) -> bool {
        let shows = queue.lacks_named_certificate();
        if shows {
            let sentence = sentences::queue_shows_it(queue.checks.language, &queue.shows());
            finding.message.push_str(&sentence);
        }
        shows
    }
}

/// A finding for a name without the form that Exchange compares.
fn invalid_form(context: &CheckContext<'_>, connector: &SendConnector, name: &str) -> Finding {
    let own = |found: &&ExchangeCertificate| {
        transport::may_be_of(connector, found) && proposal::fits(context, found)
    };
    let own: Vec<&ExchangeCertificate> = context
        .on_premises
        .certificates
        .iter()
        .filter(own)
        .collect();
    let left = own
        .iter()
        .copied()
        .filter(|found| is_left_of(name, &found.certificate));
    let left = proposal::best(left);
    let language = context.language;
    let mut message = sentences::has_no_form(language, &connector.name, name);
    if left.is_some() || looks_left(name) {
        let why = sentences::left_by_a_page(language);
        message = language.together(&[message, why]);
    }
    let message = language.together(&[message, sentences::effect(language)]);
    let host = name.trim();
    let holding = own
        .iter()
        .copied()
        .filter(|found| transport::holds_name(&found.certificate, host));
    let nearest = left
        .or_else(|| proposal::best(holding))
        .or_else(|| proposal::only_one(own.iter().copied()));
    let is_edge = Edges::in_check(context).send(connector);
    let fixes = named_certificate::fix(language, is_edge, &connector.name, nearest);
    let found = finding(connector, message, name);
    fixes.into_iter().fold(found, Finding::fix)
}

/// Whether the text is issuer and subject of the certificate without the marks between them.
fn is_left_of(text: &str, certificate: &Certificate) -> bool {
    let compact = |text: &str| -> String {
        let letters = text.chars().filter(|letter| !letter.is_whitespace());
        letters.flat_map(char::to_lowercase).collect()
    };
    let (Some(issuer), Some(subject)) = (&certificate.issuer, &certificate.subject) else {
        return false;
    };
    compact(text) == compact(&format!("{issuer}{subject}"))
}

/// Whether the text has the parts of two names that run into each other.
fn looks_left(text: &str) -> bool {
    text.to_ascii_lowercase().matches("cn=").count() > 1
}

fn compare(
    context: &CheckContext<'_>,
    connector: &SendConnector,
    named: NamedCertificate<'_>,
    findings: &mut CheckOutput,
) {
    let language = context.language;
    let entry = &TlsCertificateNameNotFound::META;
    if !context.on_premises.certificates_exported {
        findings.mark_undetermined(entry, Subject::send(connector), Need::ExchangeCertificates);
        return;
    }
    let Servers {
        without,
        mut there,
        present,
    } = sorted(context, connector, named, findings);
    if without.is_empty() {
        return;
    }
    let name = connector.tls_certificate_name.value();
    let name = name.and_then(Option::as_deref).unwrap_or_default();
    let servers = settings::listed(language, &without);
    let message = sentences::not_found(language, &connector.name, name, &servers);
    let mut message = language.together(&[message, sentences::effect(language)]);
    let count = u64::try_from(without.len()).unwrap_or(u64::MAX);
    // If one of the servers has the certificate, all of them should have it: the inbound connector
    // may expect no other. One that Exchange Online does not accept must not be spread.
    let mut having = present.iter();
    let source = having.find(|(_, found)| proposal::fits(context, found));
    if let Some((server, found)) = source {
        let certificate = described(language, &found.certificate);
        let sentence = sentences::server_has_it(language, server, &certificate);
        message = language.together(&[message, sentence]);
        let edges = Edges::in_check(context);
        let fixes = import(language, server, found, &without, edges);
        let observation = finding(connector, message, name).count(count);
        findings.add(fixes.into_iter().fold(observation, Finding::fix));
        return;
    }
    if let Some((server, found)) = present.first() {
        let certificate = described(language, &found.certificate);
        let obstacle = proposal::obstacle(context, found);
        let sentence = sentences::server_has_it_in_vain(language, server, &certificate, &obstacle);
        message = language.together(&[message, sentence]);
        let all = context.on_premises.certificates.iter();
        there = all
            .filter(|found| transport::may_be_of(connector, found))
            .filter(|found| named.means(&found.certificate) != Some(true))
            .collect();
    }
    let (sentence, replacement) = replacement(context, &named, &there);
    if let Some(sentence) = sentence {
        message = language.together(&[message, sentence]);
    }
    let is_edge = Edges::in_check(context).send(connector);
    let fixes = named_certificate::fix(language, is_edge, &connector.name, replacement);
    let observation = finding(connector, message, name).count(count);
    let observation = fixes.into_iter().fold(observation, Finding::fix);
    let wizard = wizard::made_outbound(context.on_premises, &connector.name);
    let wizard = wizard.then(|| wizard::run_again(language));
    findings.add(wizard.into_iter().fold(observation, Finding::fix));
}

/// The certificate that is most like the named one, in a sentence, and the one to offer.
fn replacement<'a>(
    context: &CheckContext<'_>,
    named: &NamedCertificate<'_>,
    there: &[&'a ExchangeCertificate],
) -> (Option<String>, Option<&'a ExchangeCertificate>) {
    let chosen = |choose: fn(&CheckContext<'_>, &ExchangeCertificate) -> bool| {
        let there = there.iter().copied();
        there
            .filter(|found| choose(context, found))
            .collect::<Vec<_>>()
    };
    let nearest = proposal::nearest(named, &chosen(proposal::is_sound));
    let language = context.language;
    let sentence = nearest.map(|(found, resemblance)| {
        let known =
            |name: &Option<String>| name.clone().unwrap_or_else(|| sentences::unknown(language));
        let sentence = sentences::nearest(
            language,
            &resemblance.words(language),
            &described(language, &found.certificate),
            &known(&found.certificate.subject),
            &known(&found.certificate.issuer),
        );
        match proposal::objection(context, &found.certificate) {
            Some(why) => language.together(&[sentence, why]),
            None => sentence,
        }
    });
    let fitting = nearest
        .map(|(found, _)| found)
        .filter(|found| proposal::fits(context, found))
        .or_else(|| proposal::only_one(chosen(proposal::fits).into_iter()));
    (sentence, fitting)
}

/// The source servers, by whether they have the named certificate.
#[derive(Default)]
struct Servers<'a> {
    /// Those that lack it.
    without: Vec<&'a str>,
    /// The certificates that those have.
    there: Vec<&'a ExchangeCertificate>,
    /// Those that have it.
    present: Vec<(&'a str, &'a ExchangeCertificate)>,
}

/// Sorts the source servers, and notes those about which the exports say nothing.
fn sorted<'a>(
    context: &CheckContext<'a>,
    connector: &'a SendConnector,
    named: NamedCertificate<'_>,
    findings: &mut CheckOutput,
) -> Servers<'a> {
    let mut servers = Servers::default();
    for (server, state) in states(context, connector, named) {
        match state {
            OnServer::Found(found) => servers.present.extend(server.map(|server| (server, found))),
            OnServer::Missing(others) => {
                servers.without.extend(server);
                servers.there.extend(others);
            }
            OnServer::Unknown(field) => {
                let about = Subject::SendConnectorOn {
                    name: connector.name.clone(),
                    server: server.map_or_else(
                        || sentences::source_servers(context.language),
                        str::to_owned,
                    ),
                };
                findings.mark_undetermined(&TlsCertificateNameNotFound::META, about, field);
            }
        }
    }
    servers
}

/// Copies the named certificate from the server that has it to the servers that lack it.
fn import(
    language: Language,
    from: &str,
    found: &ExchangeCertificate,
    without: &[&str],
    edges: Edges<'_>,
) -> Vec<Fix> {
    let lacking = settings::listed(language, without);
    let Some(thumbprint) = certificates::thumbprint(&found.certificate) else {
        return vec![Fix::step(&sentences::import_it(language, from, &lacking))];
    };
    let step = Fix::step(&sentences::copy_it(language, thumbprint, from, &lacking));
    let note = &sentences::after_import(language);
    let enable = certificates::enable_for_smtp(language, without, thumbprint, note, edges);
    std::iter::once(step).chain(enable).collect()
}

fn finding(connector: &SendConnector, message: String, name: &str) -> Finding {
    Finding::of(&TlsCertificateNameNotFound::META, &connector.name, message)
        .proof(settings::send_proof(connector, "TlsCertificateName", name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{exchange_certificate, of_exports, on_premises, send_connector};
    use crate::scenario::logs::contoso;
    use crate::tenant::Known;

    fn found(connector: SendConnector, certificates: Vec<ExchangeCertificate>) -> CheckOutput {
        let side = on_premises(vec![connector], certificates);
        of_exports(&TlsCertificateNameNotFound, &[], &side)
    }

    fn other(digit: char, subject: &str, issuer: &str) -> ExchangeCertificate {
        let mut other = exchange_certificate(digit);
        other.certificate.subject = Some(subject.to_owned());
        other.certificate.issuer = Some(issuer.to_owned());
        other
    }

    fn renewed() -> ExchangeCertificate {
        other('B', "CN=mail.contoso.com", "CN=Other CA")
    }

    fn on(server: Option<&str>, certificate: ExchangeCertificate) -> ExchangeCertificate {
        ExchangeCertificate {
            server: server.map(str::to_owned),
            ..certificate
        }
    }

    fn of_servers(servers: &[&str]) -> SendConnector {
        SendConnector {
            source_servers: Known::Value(servers.iter().map(|name| (*name).to_owned()).collect()),
            ..send_connector()
        }
    }

    #[test]
    fn a_certificate_whose_thumbprint_is_lost_is_there() {
        let mut lost = exchange_certificate('A');
        lost.certificate.thumbprint = None;
        let found = found(send_connector(), vec![lost, renewed()]);
        assert!(found.findings.is_empty(), "{found:?}");
    }

    #[test]
    fn the_only_certificate_that_can_be_offered_is_in_the_command() {
        let command = |name: &str, digits: &str| {
            let mut connector = send_connector();
            connector.tls_certificate_name = Known::Value(Some(name.to_owned()));
            let certificates = digits.chars().map(exchange_certificate).collect();
            let side = on_premises(vec![connector], certificates);
            let mut found = of_exports(&TlsCertificateNameNotFound, &[], &side).findings;
            found.remove(0).fix.remove(0).command.unwrap()
        };
        for name in [
            "<I>CN=Adatum CA<S>CN=relay.adatum.example",
            "relay.adatum.example",
        ] {
            let one = command(name, "C");
            assert!(one.contains(&"C".repeat(40)), "{one}");
            assert!(command(name, "CD").contains("<thumbprint of"));
        }
    }

    /// What is said where `EX01` has the named certificate and `EX02` another one.
    fn spread(named: ExchangeCertificate, other: ExchangeCertificate) -> (String, Vec<Fix>) {
        let subject = named.certificate.subject.clone().unwrap_or_default();
        let issuer = named.certificate.issuer.clone().unwrap_or_default();
        let connector = SendConnector {
            tls_certificate_name: Known::Value(Some(format!("<I>{issuer}<S>{subject}"))),
            ..of_servers(&["EX01", "EX02"])
        };
        let side = on_premises(
            vec![connector],
            vec![on(Some("EX01"), named), on(Some("EX02"), other)],
        );
        let found = of_exports(&TlsCertificateNameNotFound, &[contoso()], &side);
        let finding = found.findings.into_iter().next().unwrap();
        (finding.message, finding.fix)
    }

    #[test]
    fn what_exchange_online_does_not_accept_is_not_spread() {
        let internal = || {
            other(
                'A',
                "CN=mail.contoso.com",
                "CN=Contoso-CA, DC=contoso, DC=local",
            )
        };
        let mut unexpected = other('A', "CN=relay.example.org", "CN=Example CA, O=Example");
        unexpected.certificate.names = vec!["relay.example.org".to_owned()];
        let right = exchange_certificate('B');
        for (named, why) in [
            (
                internal(),
                "accepts only certificates of public authorities",
            ),
            (unexpected, "No enabled inbound connector expects it"),
        ] {
            let (message, fix) = spread(named, right.clone());
            assert!(message.contains(why), "{message}");
            assert_eq!(message.matches(&"A".repeat(40)).count(), 1, "{message}");
            let text = format!("{fix:?}");
            assert!(!text.contains(&"A".repeat(40)), "{text}");
            assert!(text.contains(&"B".repeat(40)), "{text}");
        }
        // The nearest one is named, but not offered, if no inbound connector expects it.
        let mut renamed = other('D', "CN=mail.contoso.com", "CN=Other CA");
        renamed.certificate.names = vec!["smtp.contoso.net".to_owned()];
        renamed.certificate.subject = Some("CN=smtp.contoso.net".to_owned());
        let mut gone = internal();
        gone.certificate.names.push("smtp.contoso.net".to_owned());
        gone.certificate.subject = Some("CN=smtp.contoso.net".to_owned());
        let (message, fix) = spread(gone, renamed);
        assert!(message.contains(&"D".repeat(40)), "{message}");
        assert!(!format!("{fix:?}").contains(&"D".repeat(40)), "{fix:?}");
        let mut far = other('C', "CN=EX02", "CN=EX02");
        far.certificate.names = vec!["EX02".to_owned()];
        let (_, fix) = spread(internal(), far);
        let command = fix[0].command.as_deref().unwrap();
        assert!(command.contains("<thumbprint of"), "{command}");
        assert!(fix[0].note.contains("public authority"), "{fix:?}");
    }

    #[test]
    fn fires_and_names_the_renewed_one() {
        let found = found(send_connector(), vec![renewed()]);
        assert!(found.undetermined.is_empty());
        let found = &found.findings[0];
        assert!(found.message.contains("No certificate of EX01 has that issuer and subject. Mail then waits in the queue with the error 454 4.7.5"), "{}", found.message);
        assert!(
            found
                .message
                .contains("A certificate of another issuer has the same subject: BBBB")
        );
        assert!(found.message.ends_with("issuer CN=Other CA."));
        let command = found.fix[0].command.as_deref().unwrap();
        assert!(command.starts_with("$cert = Get-ExchangeCertificate -Thumbprint 'BBBB"));
    }

    #[test]
    fn fires_with_the_same_host_or_nothing_near() {
        let same_host = other(
            'C',
            "CN=mail.contoso.com, O=Contoso",
            "CN=Example CA, O=Example",
        );
        let found_one = found(send_connector(), vec![same_host]);
        assert!(
            found_one.findings[0]
                .message
                .contains("One certificate contains the same host name: CCCC")
        );
        let mut far = other('D', "CN=EX01", "CN=EX01");
        far.certificate.names = vec!["EX01".to_owned()];
        let found = found(send_connector(), vec![far]);
        let command = found.findings[0].fix[0].command.as_deref().unwrap();
        assert!(command.contains("'<thumbprint of the certificate to offer>'"));
    }

    #[test]
    fn fires_for_the_one_server_that_lacks_it() {
        let found = found(
            of_servers(&["EX01", "EX02"]),
            vec![
                exchange_certificate('A'),
                on(Some("ex02.contoso.com"), renewed()),
            ],
        );
        assert!(found.undetermined.is_empty());
        let found = &found.findings[0];
        assert!(
            found
                .message
                .contains("No certificate of EX02 has that issuer and subject.")
                && found.message.contains("EX01 has it: AAAA"),
            "{}",
            found.message
        );
        assert!(
            found.fix[0]
                .note
                .contains("from EX01 to EX02. 1. Run Export-")
        );
        let commands: Vec<&str> = found
            .fix
            .iter()
            .filter_map(|fix| fix.command.as_deref())
            .collect();
        let thumbprint = "A".repeat(40);
        assert_eq!(
            commands,
            [format!(
                "Enable-ExchangeCertificate -Server 'EX02' -Thumbprint '{thumbprint}' -Services SMTP"
            )]
        );
    }

    #[test]
    fn an_unfit_certificate_is_neither_imported_nor_offered() {
        let mut keyless = exchange_certificate('A');
        keyless.has_private_key = Known::Value(false);
        let mut expired = on(Some("EX02"), renewed());
        expired.certificate.not_after =
            crate::input::timestamp::Timestamp::parse(b"2026-10-01T00:00:00.000Z");
        let found = found(of_servers(&["EX01", "EX02"]), vec![keyless, expired]);
        let commands = format!("{:?}", found.findings[0].fix);
        assert!(
            commands.contains("'<thumbprint of the certificate to offer>'"),
            "{commands}"
        );
    }

    #[test]
    fn a_name_without_its_marks_matches_nothing() {
        let bare = SendConnector {
            tls_certificate_name: Known::Value(Some("mail.contoso.com".to_owned())),
            ..send_connector()
        };
        let found = found(bare, vec![exchange_certificate('A')]);
        assert!(
            found.findings[0]
                .message
                .contains("No certificate matches it. Mail then waits")
        );
        let command = found.findings[0].fix[0].command.as_deref().unwrap();
        assert!(command.contains("'AAAA"));
    }

    #[test]
    fn what_a_web_page_left_is_named_and_finds_its_certificate() {
        let left = SendConnector {
            tls_certificate_name: Known::Value(Some(
                "CN=Example CA, O=ExampleCN=mail.contoso.com".to_owned(),
            )),
            ..send_connector()
        };
        let with = found(left.clone(), vec![exchange_certificate('A'), renewed()]);
        let one = &with.findings[0];
        assert!(one.message.contains("a browser takes <I> and <S> for tags"));
        assert!(one.message.contains("454 4.7.5"));
        assert!(one.fix[0].command.as_deref().unwrap().contains("'AAAA"));
        let without = found(left, vec![renewed()]);
        assert!(without.findings[0].message.contains("for tags"));
    }

    #[test]
    fn stays_silent_where_it_is_there() {
        let reordered = other('E', "CN=mail.contoso.com", "O=Example, CN=Example CA");
        for (connector, certificates) in [
            (send_connector(), vec![renewed(), exchange_certificate('A')]),
            (send_connector(), vec![on(None, exchange_certificate('A'))]),
            (send_connector(), vec![reordered]),
            (
                SendConnector {
                    source_servers: Known::Lost,
                    ..send_connector()
                },
                vec![exchange_certificate('A')],
            ),
            (
                SendConnector {
                    tls_certificate_name: Known::Value(None),
                    ..send_connector()
                },
                vec![renewed()],
            ),
        ] {
            let found = found(connector, certificates);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_without_the_servers_certificates_or_their_names() {
        let field = |found: CheckOutput| {
            assert!(found.findings.is_empty());
            assert_eq!(found.undetermined.len(), 1);
            found.undetermined[0].missing.name()
        };
        assert_eq!(
            field(found(send_connector(), Vec::new())),
            "Get-ExchangeCertificate"
        );
        let elsewhere = found(
            of_servers(&["EX01", "EX02"]),
            vec![exchange_certificate('A')],
        );
        assert_eq!(
            elsewhere.undetermined[0].about.words(Language::English),
            "send connector 'Out' on server EX02"
        );
        assert_eq!(field(elsewhere), "Get-ExchangeCertificate");
        let nameless = found(
            of_servers(&["EX01", "EX02"]),
            vec![exchange_certificate('A'), on(None, renewed())],
        );
        assert_eq!(field(nameless), "Get-ExchangeCertificate");
        let mut lost = exchange_certificate('A');
        lost.certificate.subject = None;
        assert_eq!(field(found(send_connector(), vec![lost])), "Subject");
        let servers = SendConnector {
            source_servers: Known::Lost,
            ..send_connector()
        };
        assert_eq!(
            field(found(servers, vec![renewed()])),
            "SourceTransportServers"
        );
        let unknown = SendConnector {
            tls_certificate_name: Known::Lost,
            ..send_connector()
        };
        assert_eq!(field(found(unknown, vec![renewed()])), "TlsCertificateName");
    }
}
