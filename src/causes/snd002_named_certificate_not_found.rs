//! SND002: mail waits in a queue, because the named certificate is not found.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::proposal;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::transport_certificate::{NamedCertificate, described, may_be_of};
use crate::language::sentences;
use crate::onprem::ExchangeCertificate;
use crate::remedy::{command, named_certificate, wizard};

declare_rule! {
    /// Exchange does not find the certificate that the send connector names, and begins no session.
    ///
    /// ## What it finds
    /// Queues in exports of `Get-Queue`, in Transport Queue Logs and in `QueueSnapShot.xml` whose last error
    /// is `454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be
    /// found`. A queue shows this alone: Exchange begins no session, so the send log has no row about it.
    ///
    /// ## Why it matters
    /// All mail of the send connector waits. After two days, it is returned to the senders.
    ///
    /// ## What to do
    /// 1. Compare `TlsCertificateName` of the send connector with the certificates of its source servers. The
    ///    error also comes if the certificate is there, but has expired or is not valid.
    /// 2. Set `TlsCertificateName` to the issuer and subject of a valid certificate that is on every source
    ///    server, enabled for SMTP, and expected by the inbound connector.
    /// 3. Exchange sends the waiting mail at the next attempt.
    ///
    /// ## Sources
    /// - "Mailflow issue from Exchange On-Prem to Office 365" (Lalit Bisht, archived on Microsoft
    ///   Learn): after a certificate was replaced, the queue shows 454 4.7.5 until
    ///   `TlsCertificateName` is set to the new one.
    /// - KB 3156771 (Microsoft Learn): after the change of a certificate on 2016-04-15, mail to
    ///   Exchange Online waited in the queue with 454 4.7.5.
    /// - `Get-Queue` (reference, Microsoft Learn): `LastError` of a queue says why the last attempt
    ///   failed.
    /// - Observed in Microsoft Q&A threads: the error comes with a certificate that is there and has
    ///   expired, too.
    NamedCertificateNotFound {
        code: "SND002",
        name: "named-certificate-not-found",
        severity: Error,
        confidence: High,
        needs: [Queues],
        proof: Exports,
        step: Certificate,
        precedence: Alone,
        /// Exchange は送信コネクタが指定する証明書を見つけられず、セッションを開始しません。
        ///
        /// ## 検出する内容
        /// `Get-Queue` のエクスポート、Transport Queue Logs、
        /// `QueueSnapShot.xml` に記録されたキューのうち、最後の
        /// エラーが `454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found` であるものを
        /// 検出します。これはキューにしか現れません。Exchange はセッションを開始しないため、
        /// 送信ログには対応する行がありません。
        ///
        /// ## 問題となる理由
        /// この送信コネクタのメールはすべて待機します。2 日後に、メールは送信者に返されます。
        ///
        /// ## 対処方法
        /// 1. 送信コネクタの `TlsCertificateName` を、送信元サーバーの証明書と比較します。
        ///    証明書が存在していても、有効期限が切れている場合や有効でない場合には、
        ///    このエラーが発生します。
        /// 2. `TlsCertificateName` に、有効な証明書の発行者とサブジェクトを設定します。
        ///    その証明書は、すべての送信元サーバーにあり、SMTP に対して有効で、Exchange Online の
        ///    受信コネクタが想定するものである必要があります。
        /// 3. 待機中のメールは、Exchange が次回の試行で送信します。
        ///
        /// ## 出典
        /// - "Mailflow issue from Exchange On-Prem to Office 365" (Lalit Bisht、
        ///   Microsoft Learn のアーカイブ): 証明書を置き換えた後、`TlsCertificateName` に
        ///   新しい証明書を設定するまで、キューに 454 4.7.5 が表示されます。
        /// - KB 3156771 (Microsoft Learn): 2016-04-15 の証明書の変更後、
        ///   Exchange Online 宛てのメールが 454 4.7.5 でキューに残りました。
        /// - `Get-Queue` (リファレンス、Microsoft Learn): キューの `LastError` は、
        ///   最後の試行が失敗した理由を示します。
        /// - Microsoft Q&A での観測: 証明書が存在していても、有効期限が切れている場合には、
        ///   このエラーが発生します。
        japanese: ["2ed8f8ca"],
    }
}

impl Cause for NamedCertificateNotFound {
    /// The send log shows nothing of it.
    fn check(&self, _: &CauseContext<'_>) -> Option<Diagnosis> {
        None
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        if !context.lacks_named_certificate() {
            return None;
        }
        let connector = context.send_connector();
        let named = context
            .connector
            .and_then(|connector| connector.tls_certificate_name.value()?.as_deref());
        let language = context.checks.language;
        let explanation = is_not_found(language, connector)
            + &named.map_or_else(String::new, |name| it_names(language, name))
            + &is_there(context, named)
            + &mail_waits(language, &context.waiting());
        let diagnosis = Diagnosis::of(&Self::META, explanation);
        if !context.names_connector() {
            return Some(
                diagnosis.fix(Fix::inspect(
                    Where::OnPremises,
                    "Get-SendConnector | Format-List Name,Guid,AddressSpaces,TlsCertificateName"
                        .to_owned(),
                    &find_send_connector(language),
                )),
            );
        }
        let inspect = Fix::inspect(
            Where::OnPremises,
            format!(
                "Get-SendConnector -Identity {} | Format-List Name,SourceTransportServers,TlsCertificateName; Get-ExchangeCertificate | Format-List Thumbprint,Issuer,Subject,Status,Services,NotAfter",
                command::send_identity(connector)
            ),
            &compare_certificates(language),
        );
        let edges = Edges::in_check(context.checks);
        let is_edge = context.connector.is_some_and(|known| edges.send(known));
        let replacement = replacement(context, named);
        let change = named_certificate::fix(language, is_edge, connector, replacement);
        // Where the exports show which certificate to offer, nothing has to be found out first.
        let steps = match replacement {
            Some(_) => change.into_iter().chain([inspect]).collect(),
            None => std::iter::once(inspect).chain(change).collect::<Vec<_>>(),
        };
        let diagnosis = steps.into_iter().fold(diagnosis, Diagnosis::fix);
        let made = wizard::made_outbound(context.checks.on_premises, connector);
        Some(if made {
            diagnosis.fix(wizard::run_again(language))
        } else {
            diagnosis
        })
    }
}

/// A sentence if a certificate of that name was exported all the same.
fn is_there(context: &QueueContext<'_>, named: Option<&str>) -> String {
    let named = named.and_then(NamedCertificate::parse);
    let mut certificates = context.checks.on_premises.certificates.iter();
    let found = named
        .and_then(|named| certificates.find(|found| named.means(&found.certificate) == Some(true)));
    let language = context.checks.language;
    found.map_or_else(String::new, |found| {
        exports_hold(language, &described(language, &found.certificate))
    })
}

/// The certificate to offer instead of the named one. Naming that one again would change nothing.
fn replacement<'a>(
    context: &QueueContext<'a>,
    named: Option<&str>,
) -> Option<&'a ExchangeCertificate> {
    let checks = context.checks;
    let named = named.and_then(NamedCertificate::parse);
    let is_named = |found: &ExchangeCertificate| {
        named.is_some_and(|named| named.means(&found.certificate) == Some(true))
    };
    let own = |found: &&ExchangeCertificate| {
        context
            .connector
            .is_none_or(|connector| may_be_of(connector, found))
            && proposal::fits(checks, found)
            && !is_named(found)
    };
    let certificates = checks.on_premises.certificates.iter();
    let fitting: Vec<&ExchangeCertificate> = certificates.filter(own).collect();
    let nearest = named.and_then(|named| proposal::nearest(&named, &fitting));
    nearest
        .map(|(found, _)| found)
        .or_else(|| proposal::only_one(fitting.iter().copied()))
}

sentences! {
    /// What Exchange does not find.
    fn is_not_found(connector: &str) {
        en: "Exchange does not find the certificate that send connector '{connector}' names, and begins no session.",
        ja: "Exchange は送信コネクタ「{connector}」が指定する証明書を見つけられず、セッションを開始しません。" ["6a203bee"],
    }
    /// After that sentence: the name.
    fn it_names(certificate: &str) {
        en: " It names the certificate '{certificate}'.",
        ja: "指定されている証明書は「{certificate}」です。" ["79ddce5b"],
    }
    /// After that sentence: that there is one of that name.
    fn exports_hold(certificate: &str) {
        en: " The exports hold {certificate}, which has that name. The error also comes if the certificate is missing on another source server, has expired, or is not valid.",
        ja: "この名前の証明書はエクスポートにあります: {certificate}。このエラーは、証明書がほかの送信元サーバーにない場合、有効期限が切れている場合、または有効でない場合にも発生します。" ["b7db6929"],
    }
    /// After that sentence: the mail that waits.
    fn mail_waits(waiting: &str) {
        en: " {waiting} The send log shows nothing of it.",
        ja: "{waiting}送信ログには何も記録されません。" ["b35d604c"],
    }
    /// The steps where the send connector has to be found first.
    fn find_send_connector() {
        en: "1. Find the send connector of the queue. 2. Set its TlsCertificateName to the issuer and subject of a valid certificate that is on every source server.",
        ja: "1. キューの送信コネクタを特定します。 2. その TlsCertificateName に、すべての送信元サーバーにある有効な証明書の発行者とサブジェクトを設定します。" ["4b8450e9"],
    }
    /// What the command must show.
    fn compare_certificates() {
        en: "Run the command on every source server. One certificate must have the issuer and subject that TlsCertificateName names, and its status must be Valid.",
        ja: "すべての送信元サーバーでコマンドを実行します。TlsCertificateName が指定する発行者とサブジェクトを持つ証明書があり、その状態が Valid である必要があります。" ["2312879c"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::{Confidence, Severity};
    use crate::onprem::SendConnector;
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::queues::{GUID, of_error, queue_with, with_exports};

    const ERROR: &str = "[{LRT=11/3/2026 9:12:03 AM};{LED=454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.};{FQDN=};{IP=}]";

    #[test]
    fn the_error_of_a_queue_is_enough() {
        let found = of_error(&NamedCertificateNotFound, ERROR).expect("a diagnosis");
        assert_eq!(
            (found.severity, found.confidence),
            (Severity::Error, Confidence::High)
        );
        assert!(
            found
                .explanation
                .contains("3 messages wait in queue EX01\\41"),
            "{}",
            found.explanation
        );
        let command = found.fix[1].command.as_deref().expect("a command");
        assert!(command.contains("<thumbprint of the certificate to offer>"));
        assert!(
            command.contains(&format!("-Identity '{GUID}'")),
            "{command}"
        );
    }

    #[test]
    fn the_exports_name_the_connector_and_a_certificate() {
        let connector = SendConnector {
            guid: Some(GUID.to_owned()),
            ..send_connector()
        };
        let mut renewed = exchange_certificate('B');
        renewed.certificate.issuer = Some("CN=Other CA".to_owned());
        let side = on_premises(vec![connector], vec![renewed]);
        let found = with_exports(&queue_with(ERROR), &side, |context| {
            NamedCertificateNotFound.check_queue(&context.expect("a context"))
        });
        let found = found.expect("a diagnosis");
        assert!(found.explanation.contains("send connector 'Out' names"));
        let command = found.fix[0].command.as_deref().expect("a command");
        assert!(command.contains(&"B".repeat(40)), "{command}");
        let inspect = found.fix.last().and_then(|step| step.command.as_deref());
        assert!(inspect.is_some_and(|command| command.starts_with("Get-SendConnector")));
    }

    #[test]
    fn a_certificate_of_that_name_does_not_acquit() {
        let connector = SendConnector {
            guid: Some(GUID.to_owned()),
            ..send_connector()
        };
        let side = on_premises(vec![connector], vec![exchange_certificate('A')]);
        let found = with_exports(&queue_with(ERROR), &side, |context| {
            NamedCertificateNotFound.check_queue(&context.expect("a context"))
        });
        let found = found.expect("a diagnosis");
        let explanation = &found.explanation;
        assert!(explanation.contains("which has that name"), "{explanation}");
        // To name it again changes nothing.
        let commands = found.fix.iter().filter_map(|step| step.command.as_deref());
        let commands: Vec<&str> = commands.collect();
        assert!(commands[0].starts_with("Get-SendConnector"), "{commands:?}");
        assert!(!commands.concat().contains(&"A".repeat(40)), "{commands:?}");
    }

    #[test]
    fn stays_silent_on_other_errors() {
        for error in [
            "454 4.7.5 Certificate validation failure, reason:UntrustedRoot",
            "451 4.4.0 Primary target IP address responded with: \"454 4.7.5 The certif",
        ] {
            assert!(of_error(&NamedCertificateNotFound, error).is_none());
        }
    }
}
