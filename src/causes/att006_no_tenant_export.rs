//! ATT006: there is no export to compare with.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::remedy::{offered, wording};

declare_rule! {
    /// Mail is rejected, and no export of inbound connectors was given to compare with.
    ///
    /// ## What it finds
    /// Rejected mail that the log alone does not explain, for example with `550 5.7.64
    /// TenantAttribution; Relay Access Denied` or `Mail received as unauthenticated` (4.4.4,
    /// ATTR5). TLS worked, a certificate was offered, and the certificate was neither self-signed
    /// nor expired.
    ///
    /// ## Why it matters
    /// The log shows what was offered. Only the tenant's connectors show what was expected.
    ///
    /// ## What to do
    /// 1. Export the inbound connectors and accepted domains of the tenant as JSON.
    /// 2. Put the files in the folder of the logs, or give their path with `--tenant`.
    /// 3. Run sendlens again.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    /// - `Get-InboundConnector` and `Get-AcceptedDomain` (reference, Microsoft Learn): they list
    ///   what the tenant expects.
    NoTenantExport {
        code: "ATT006",
        name: "no-tenant-export",
        severity: Error,
        confidence: Low,
        needs: [SendLogs],
        proof: Certificate,
        step: Recipient,
        precedence: Alone,
        /// メールが拒否されていますが、比較に使用する Exchange Online の受信コネクタの
        /// エクスポートがありません。
        ///
        /// ## 検出する内容
        /// ログだけでは説明できない、拒否されたメールです。応答は、
        /// たとえば `550 5.7.64 TenantAttribution; Relay Access Denied` や `Mail received as unauthenticated` (4.4.4、
        /// ATTR5) です。TLS は機能し、証明書は提示されていて、自己署名でも
        /// 有効期限切れでもありませんでした。
        ///
        /// ## 問題となる理由
        /// ログには、提示した内容が記録されます。想定されている内容は、
        /// テナントのコネクタでしか確認できません。
        ///
        /// ## 対処方法
        /// 1. テナントの受信コネクタと承認済みドメインを JSON でエクスポートします。
        /// 2. ファイルをログのフォルダーに置くか、`--tenant` でパスを指定します。
        /// 3. sendlens をもう一度実行します。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): リレーするには、正しく構成され、送信元サーバーと一致するコネクタが
        ///   必要です。
        /// - `Get-InboundConnector` と `Get-AcceptedDomain` (リファレンス、
        ///   Microsoft Learn): テナントが想定している内容を一覧表示します。
        japanese: ["f996e5f1"],
    }
}

impl Cause for NoTenantExport {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.analysis.has_exports() || !context.concerns_our_side() {
            return None;
        }
        let language = context.analysis.language;
        let connector = context.send_connector();
        let mut parts = vec![match context.certificate() {
            Some(certificate) => certificate_rejected(
                language,
                connector,
                &wording::certificate(language, certificate),
                &wording::names(language, certificate),
            ),
            None => rejected(language, connector, &offered::predicate(context)),
        }];
        if context.has_attr36() {
            parts.push(domain_not_accepted(language));
        }
        Some(
            Diagnosis::of(&Self::META, language.together(&parts))
                .confidence(Confidence::Low)
                .fix(Fix::inspect(
                    Where::Online,
                    "ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 | Set-Content -Encoding utf8 InboundConnector.json".to_owned(),
                    &export_connectors(language),
                ))
                .fix(Fix::inspect(
                    Where::Online,
                    "ConvertTo-Json -InputObject @(Get-AcceptedDomain) -Depth 5 | Set-Content -Encoding utf8 AcceptedDomain.json".to_owned(),
                    &export_domains(language),
                )),
        )
    }
}

sentences! {
    /// What happened, where the certificate is known.
    fn certificate_rejected(connector: &str, certificate: &str, names: &str) {
        en: "Send connector '{connector}' offered {certificate}, issued for {names}. Exchange Online rejected its mail. It cannot be determined whether an inbound connector should have matched, because no export of the tenant's inbound connectors was given.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました (名前: {names})。Exchange Online は、そのメールを拒否しました。テナントにある Exchange Online の受信コネクタのエクスポートが指定されていないため、受信コネクタが一致するはずだったかどうかを判断できません。" ["4c4f606f"],
    }
    /// What happened otherwise.
    fn rejected(connector: &str, offered: &str) {
        en: "Send connector '{connector}' {offered}. Exchange Online rejected its mail. It cannot be determined whether an inbound connector should have matched, because no export of the tenant's inbound connectors was given.",
        ja: "送信コネクタ「{connector}」は{offered}。Exchange Online は、そのメールを拒否しました。テナントにある Exchange Online の受信コネクタのエクスポートが指定されていないため、受信コネクタが一致するはずだったかどうかを判断できません。" ["546733a8"],
    }
    /// What follows from ATTR36, behind one of the above.
    fn domain_not_accepted() {
        en: "The ATTR36 in the reply shows that Exchange Online found a connector, but that neither its domain nor the sender's is an accepted domain of the tenant.",
        ja: "応答の ATTR36 は、Exchange Online がコネクタを見つけたものの、コネクタのドメインも送信者のドメインもテナントの承認済みドメインではないことを示します。" ["4b339e8d"],
    }
    /// How to export the inbound connectors.
    fn export_connectors() {
        en: "1. Run the command. It writes the file InboundConnector.json. 2. Put this file in the folder of the logs, or give its path with --tenant.",
        ja: "1. コマンドを実行します。ファイル InboundConnector.json が作成されます。 2. このファイルをログのフォルダーに置くか、--tenant でパスを指定します。" ["a6ef2332"],
    }
    /// How to export the accepted domains.
    fn export_domains() {
        en: "1. Run this command too. It writes the accepted domains of the same tenant to AcceptedDomain.json. 2. Put this file in the same folder. 3. Run sendlens again.",
        ja: "1. このコマンドも実行します。同じテナントの承認済みドメインが AcceptedDomain.json に書き込まれます。 2. このファイルを同じフォルダーに置きます。 3. sendlens をもう一度実行します。" ["1e79cd89"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_without_exports() {
        let found = findings(&NoTenantExport, &[Session::default()], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].confidence, Confidence::Low);
        assert_eq!(causes(&[Session::default()], &[]), ["ATT006"]);
    }

    #[test]
    fn stays_silent_with_exports() {
        assert!(findings(&NoTenantExport, &[Session::default()], &[contoso()]).is_empty());
    }
}
