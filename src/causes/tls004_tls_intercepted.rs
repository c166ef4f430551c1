//! TLS004: a device on the way intercepts TLS.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::smtp::microsoft;

declare_rule! {
    /// The certificate that the remote host presented is not Microsoft's.
    ///
    /// ## What it finds
    /// Sessions to a host that identifies itself as Exchange Online, but whose certificate was
    /// issued by an authority that Microsoft has not used. Authorities that Microsoft has used are
    /// DigiCert Inc, Microsoft Corporation, GlobalSign nv-sa, and issuers under `DC=microsoft,
    /// DC=com`. A device on the way terminates the TLS session and starts its own. It does not pass
    /// on your client certificate. If the log does not show the issuer of the remote certificate,
    /// this entry does not appear.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Exchange Online never sees your certificate, whatever certificate you offer.
    ///
    /// ## What to do
    /// Switch off TLS inspection for port 25 to Exchange Online.
    ///
    /// ## Sources
    /// - "Important notice about certificate expiration for Exchange 2013 Hybrid customers"
    ///   (Exchange Team, 2016-02-19): the issuer of Microsoft's certificate changes, so there is
    ///   more than one.
    /// - The list of authorities is inferred from the certificates that public logs show.
    /// - That no client certificate passes through such a device is inferred from TLS: the device
    ///   does not have its private key.
    TlsIntercepted {
        code: "TLS004",
        name: "tls-intercepted",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
        /// リモート ホストが提示した証明書は、Microsoft のものではありません。
        ///
        /// ## 検出する内容
        /// Exchange Online と名乗るホストへのセッションで、そのホストの証明書の発行者が、
        /// Microsoft がこれまで利用したことのない証明機関であるものを検出します。
        /// Microsoft が利用したことのある証明機関は、DigiCert Inc、Microsoft Corporation、
        /// GlobalSign nv-sa、および `DC=microsoft, DC=com` の下の発行者です。
        /// 経路上の機器が TLS セッションを終端し、独自のセッションを開始しています。その機器は、
        /// 自組織のクライアント証明書を引き渡しません。リモート ホストの証明書の発行者がログに
        /// 示されていない場合、この項目は表示されません。
        ///
        /// この項目は、証明書が関係する場合にのみ表示されます。
        /// 指定されたテナントの有効な OnPremises コネクタに証明書名が設定されている場合、
        /// または Exchange Online の受信コネクタのエクスポートが指定されていない場合です。
        ///
        /// ## 問題となる理由
        /// どの証明書を提示しても、Exchange Online には届きません。
        ///
        /// ## 対処方法
        /// Exchange Online へのポート 25 の通信に対する TLS の検査を無効にします。
        ///
        /// ## 出典
        /// - "Important notice about certificate expiration for Exchange 2013 Hybrid customers" (Exchange Team、
        ///   2016-02-19): Microsoft の証明書の発行者は変わります。そのため、発行者は複数あります。
        /// - 証明機関の一覧は、公開されているログに示された証明書からの推定です。
        /// - このような機器をクライアント証明書が通過しないことは、TLS の仕組みからの推定です。
        ///   機器は、その秘密キーを持っていません。
        japanese: ["f410e55f"],
    }
}

impl Cause for TlsIntercepted {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let issuer = context
            .tls()
            .remote_issuer
            .map(|issuer| context.text(issuer))?;
        let foreign = !issuer.trim().is_empty() && !microsoft::is_issuer(issuer);
        if !foreign || !context.concerns_our_side() || !context.certificate_matters() {
            return None;
        }
        let language = context.analysis.language;
        let explanation = is_not_microsofts(language, context.send_connector(), issuer);
        let step = Fix::step(&turn_off_inspection(language));
        Some(Diagnosis::of(&Self::META, explanation).fix(step))
    }
}

sentences! {
    /// Whose certificate it was.
    fn is_not_microsofts(connector: &str, issuer: &str) {
        en: "The host to which send connector '{connector}' connected identifies itself as Exchange Online, but its certificate was issued by '{issuer}'. A device on the way terminates the TLS session, so your certificate never reaches Exchange Online.",
        ja: "送信コネクタ「{connector}」の接続先のホストは Exchange Online と名乗っていますが、その証明書の発行者は「{issuer}」です。経路上の機器が TLS セッションを終端しているため、自組織の証明書は Exchange Online に届きません。" ["d91979ff"],
    }
    /// What to do about the firewall.
    fn turn_off_inspection() {
        en: "On the firewall, turn off TLS inspection for port 25 to Exchange Online.",
        ja: "ファイアウォールで、Exchange Online へのポート 25 の通信に対する TLS の検査を無効にします。" ["c5cdd2aa"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_on_a_foreign_issuer() {
        let broken = [Session {
            remote_issuer: "CN=Firewall CA, O=Contoso",
            ..Session::default()
        }];
        assert_eq!(causes(&broken, &[contoso()]), ["TLS004"]);
    }

    #[test]
    fn stays_silent_on_microsofts_own() {
        assert!(findings(&TlsIntercepted, &[Session::default()], &[contoso()]).is_empty());
    }
}
