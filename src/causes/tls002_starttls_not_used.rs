//! TLS002: Exchange Online offered STARTTLS, and the server did not use it.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::onprem::SendConnector;
use crate::remedy::command;
use crate::remedy::on_premises;
use crate::smtp::reply::Class;
use crate::tenant::Known;

declare_rule! {
    /// Exchange Online offered STARTTLS, and this server did not use it.
    ///
    /// ## What it finds
    /// Sessions in which the EHLO reply offers STARTTLS, but no STARTTLS command follows. Exchange
    /// Online then replies with `550 5.7.64` or `451 5.7.3 STARTTLS is required to send mail`, and
    /// your own side with `5.7.0 Must issue a STARTTLS command first`. A session within a minute
    /// after a failed negotiation of the same send connector counts for that failure instead.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Without TLS, the server offers no certificate. Without a certificate, Exchange Online cannot
    /// assign this mail to your tenant.
    ///
    /// ## What to do
    /// Set the send connector to use and require TLS.
    ///
    /// ## Sources
    /// - `Set-SendConnector` (reference, Microsoft Learn): `RequireTLS` makes TLS a condition, and
    ///   `IgnoreSTARTTLS` and `ForceHELO` prevent it.
    /// - RFC 3207: a server may refuse mail until STARTTLS was issued, with the text `Must issue a
    ///   STARTTLS command first`.
    StarttlsNotUsed {
        code: "TLS002",
        name: "starttls-not-used",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
        /// Exchange Online は STARTTLS を提示しましたが、このサーバーは使用しませんでした。
        ///
        /// ## 検出する内容
        /// EHLO の応答が STARTTLS を提示しているのに、
        /// STARTTLS コマンドが続かないセッションを検出します。その後、
        /// Exchange Online は `550 5.7.64` または `451 5.7.3 STARTTLS is required to send mail` を
        /// 返します。自組織側は `5.7.0 Must issue a STARTTLS command first` を返します。
        /// 同じ送信コネクタでネゴシエーションが失敗してから 1 分以内のセッションは、
        /// その失敗の一部として扱います。
        ///
        /// この項目は、証明書が関係する場合にのみ表示されます。
        /// 指定されたテナントの有効な OnPremises コネクタに証明書名が設定されている場合、
        /// または Exchange Online の受信コネクタのエクスポートが指定されていない場合です。
        ///
        /// ## 問題となる理由
        /// TLS がないと、サーバーは証明書を提示しません。証明書がないと、Exchange Online はこの
        /// メールを自組織のテナントに割り当てることができません。
        ///
        /// ## 対処方法
        /// TLS を使用し、必須にするように、送信コネクタを設定します。
        ///
        /// ## 出典
        /// - `Set-SendConnector` (リファレンス、Microsoft Learn): `RequireTLS` を設定すると TLS が
        ///   必須になります。`IgnoreSTARTTLS` と `ForceHELO` は TLS の使用を妨げます。
        /// - RFC 3207: サーバーは、STARTTLS が発行されるまで、
        ///   `Must issue a STARTTLS command first` というテキストでメールを拒否できます。
        japanese: ["f78b8491"],
    }
}

impl Cause for StarttlsNotUsed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let tls = context.tls();
        let unused = tls.offered == Some(true) && !tls.requested && !tls.negotiated;
        let rejected = context.is_unattributed() || context.class() == Some(Class::TlsDemanded);
        if !unused || !rejected || !context.certificate_matters() {
            return None;
        }
        let explanation = did_not_use_it(context.analysis.language, context.send_connector());
        Some(Diagnosis::of(&Self::META, explanation).fix(use_tls(context)))
    }
}

/// Lets the send connector use TLS, as far as its export does not show that already.
fn use_tls(context: &CauseContext<'_>) -> Fix {
    let language = context.analysis.language;
    let connector = command::send_identity(context.send_connector());
    let exports: Vec<_> = on_premises::send_connectors(context).collect();
    let all = |test: fn(&SendConnector) -> bool| {
        !exports.is_empty() && exports.iter().all(|one| test(one))
    };
    if all(|one| one.goes_to_exchange_online() == Some(false)) {
        return Fix::step(&add_send_connector(language, context.send_connector()));
    }
    if all(|one| {
        one.require_tls == Known::Value(true) && one.ignore_starttls == Known::Value(false)
    }) {
        return Fix::inspect(
            Where::OnPremises,
            format!(
                "Get-SendConnector -Identity {connector} | Format-List RequireTLS,IgnoreSTARTTLS,ForceHELO,WhenChanged"
            ),
            &compare_settings(language),
        );
    }
    Fix::command(
        Where::OnPremises,
        format!("Set-SendConnector -Identity {connector} -IgnoreSTARTTLS $false -RequireTLS $true"),
        &use_and_require_tls(language),
    )
}

sentences! {
    /// What the send connector did not do.
    fn did_not_use_it(connector: &str) {
        en: "Exchange Online offered STARTTLS, but send connector '{connector}' did not use it. Therefore the server offered no certificate.",
        ja: "Exchange Online は STARTTLS を提示しましたが、送信コネクタ「{connector}」は使用しませんでした。そのため、サーバーは証明書を提示しませんでした。" ["1a2ff499"],
    }
    /// The steps where the send connector sends to other hosts too.
    fn add_send_connector(connector: &str) {
        en: "Send connector '{connector}' sends to other hosts too, so do not require TLS on it. 1. Add a send connector for Exchange Online: its smart host is the MX host of your tenant, it requires TLS, and it names the certificate. 2. Give it the address spaces of the mail that goes to Exchange Online.",
        ja: "送信コネクタ「{connector}」はほかのホストにも送信しているため、この送信コネクタでは TLS を必須にしないでください。 1. Exchange Online 用の送信コネクタを追加します。スマート ホストを自組織のテナントの MX ホストにし、TLS を必須にして、証明書を指定します。 2. その送信コネクタに、Exchange Online 宛てのメールのアドレス スペースを設定します。" ["2e946207"],
    }
    /// The steps where the export shows the right settings.
    fn compare_settings() {
        en: "By its export, the send connector uses and requires TLS. 1. Run the command, and compare. It may have been changed since the time of the logs. 2. If the settings are right, look for a device on the way that hides STARTTLS.",
        ja: "エクスポートによると、送信コネクタは TLS を使用し、必須にしています。 1. コマンドを実行し、比較します。ログの時点より後に変更された可能性があります。 2. 設定が正しい場合は、STARTTLS を隠す機器が経路上にないかを調べます。" ["6f79cf81"],
    }
    /// What the command does.
    fn use_and_require_tls() {
        en: "The command makes the send connector use TLS. If TLS is not available, the mail waits in the queue instead of being sent without TLS.",
        ja: "このコマンドにより、送信コネクタは TLS を使用します。TLS を使用できない場合、メールは TLS なしで送信されずに、キューで待機します。" ["8a6d27b8"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, causes, contoso, findings};

    #[test]
    fn fires_where_the_offer_is_ignored() {
        let plain = [Session {
            starttls: Starttls::NotUsed,
            ..Session::default()
        }];
        assert_eq!(causes(&plain, &[contoso()]), ["TLS002"]);
    }

    #[test]
    fn stays_silent_where_tls_worked_and_behind_a_failed_negotiation() {
        assert!(findings(&StarttlsNotUsed, &[Session::default()], &[contoso()]).is_empty());
        let failed = Session {
            starttls: Starttls::Failed("SocketError"),
            mails: Vec::new(),
            ..Session::default()
        };
        let retry = Session {
            starttls: Starttls::NotUsed,
            time: "2026-11-03T02:01",
            ..Session::default()
        };
        let late = Session {
            time: "2026-11-03T02:09",
            ..retry.clone()
        };
        assert!(
            findings(
                &StarttlsNotUsed,
                &[failed.clone(), retry.clone()],
                &[contoso()]
            )
            .is_empty()
        );
        assert_eq!(
            causes(&[failed, retry, late], &[contoso()]),
            ["TLS003", "TLS003", "TLS002"]
        );
    }
}
