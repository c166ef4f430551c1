//! SND110: the certificate name of a send connector is too long for EdgeSync.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::edge;
use crate::diagnosis::edge::LONGEST_NAME;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::language::{Language, sentences};
use crate::onprem::SendConnector;
use crate::remedy;
use crate::remedy::settings;

declare_rule! {
    /// The certificate name of a send connector is too long for its Edge servers.
    ///
    /// ## What it finds
    /// Enabled send connectors to Exchange Online whose `TlsCertificateName` is longer than 256
    /// characters and whose source servers are Edge Transport servers. The logs show that a server
    /// is an Edge server. Without its logs, the name of the server is a hint, and the confidence is
    /// medium.
    ///
    /// ## Why it matters
    /// EdgeSync cannot write the name to the Edge server, and leaves the whole connector out. The
    /// Edge server then selects a certificate by itself, often a self-signed one. Exchange Online
    /// cannot assign the mail to your tenant.
    ///
    /// ## What to do
    /// Setting the same name again changes nothing. Do one of the following, and then run
    /// `Start-EdgeSynchronization` on a Mailbox server:
    ///
    /// - Clear `TlsCertificateName`, and set `Fqdn` to the host name of the certificate.
    /// - Raise the limit of the attribute in the schema of the Edge server's directory to 1024.
    /// - Get a certificate whose issuer and subject are shorter.
    ///
    /// ## Sources
    /// - KB 4052493: mail from on-premises appears external after the hybrid wizard, because a
    ///   `TlsCertificateName` above 256 characters is not replicated to Edge servers; the article
    ///   names the limit of the schema and the value 1024.
    CertificateNameTooLongForEdge {
        code: "SND110",
        name: "certificate-name-too-long-for-edge",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors],
        proof: Exports,
        /// 送信コネクタの証明書名が、エッジ サーバーには長すぎます。
        ///
        /// ## 検出する内容
        /// Exchange Online への有効な送信コネクタのうち、`TlsCertificateName` が 256 文字を超え、
        /// 送信元サーバーがエッジ トランスポート サーバーであるものを検出します。
        /// エッジ サーバーであることは、ログから分かります。そのサーバーのログがない場合は、
        /// サーバー名を手掛かりとし、信頼度は中です。
        ///
        /// ## 問題となる理由
        /// EdgeSync は、名前をエッジ サーバーに書き込めず、コネクタ全体を除外します。すると、
        /// エッジ サーバーは証明書を自動的に選択します。多くの場合、それは自己署名証明書です。
        /// Exchange Online は、メールを自組織のテナントに割り当てられません。
        ///
        /// ## 対処方法
        /// 同じ名前を設定し直しても、何も変わりません。次のいずれかを行った後、
        /// メールボックス サーバーで `Start-EdgeSynchronization` を実行します。
        ///
        /// - `TlsCertificateName` を空にし、`Fqdn` に証明書のホスト名を設定します。
        /// - エッジ サーバーのディレクトリのスキーマで、属性の上限を 1024 に引き上げます。
        /// - 発行者とサブジェクトがより短い証明書を取得します。
        ///
        /// ## 出典
        /// - KB 4052493: 256 文字を超える `TlsCertificateName` はエッジ サーバーに
        ///   レプリケートされないため、ハイブリッド構成ウィザードの実行後、オンプレミスからの
        ///   メールが外部メールとして表示されます。スキーマの上限と、値 1024 も記載されています。
        japanese: ["ee8b0650"],
    }
}

impl Check for CertificateNameTooLongForEdge {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for connector in context.send_connectors() {
            let Some(length) = edge::too_long_name(connector) else {
                continue;
            };
            let name = connector.tls_certificate_name.value();
            let name = name.and_then(Option::as_deref).unwrap_or_default();
            let sure = edge::sends_from_edge(context, connector);
            let [enabled, online] = context.sends_to_online(connector);
            let lost = connector.source_servers.is_lost();
            let from_edge = Some(sure.is_some()).filter(|_| !lost);
            let conditions = [
                enabled,
                online,
                Condition::fact("SourceTransportServers", from_edge),
            ];
            let about = || Subject::send(connector);
            if all_hold(&conditions, &Self::META, about, findings) {
                let sure = sure.unwrap_or(Confidence::Medium);
                findings.add(observation(context.language, connector, name, length, sure));
            }
        }
    }
}

fn observation(
    language: Language,
    connector: &SendConnector,
    name: &str,
    length: usize,
    sure: Confidence,
) -> Finding {
    let servers = connector.source_servers.value().into_iter().flatten();
    let servers: Vec<&str> = servers.map(String::as_str).collect();
    let servers_text = &settings::listed(language, &servers);
    let mut message = is_too_long(language, &connector.name, length);
    message.push_str(&match (sure, servers.len()) {
        (Confidence::High, 1) => is_edge(language, servers_text),
        (Confidence::High, _) => are_edge(language, servers_text),
        (_, 1) => is_edge_by_name(language, servers_text),
        _ => are_edge_by_name(language, servers_text),
    });
    message.push_str(&leaves_out(language, LONGEST_NAME));
    let mut finding = Finding::of(
        &CertificateNameTooLongForEdge::META,
        &connector.name,
        message,
    )
    .confidence(sure)
    .count(u64::try_from(servers.len().max(1)).unwrap_or(u64::MAX))
    .proof(settings::send_proof(connector, "TlsCertificateName", name));
    finding.fix = remedy::edge::without_long_name(language, connector).unwrap_or_default();
    finding
}

sentences! {
    /// The finding begins.
    fn is_too_long(connector: &str, length: usize) {
        en: "The TlsCertificateName of send connector '{connector}' has {length} characters.",
        ja: "送信コネクタ「{connector}」の TlsCertificateName は {length} 文字です。" ["6b83c19a"],
    }
    /// The finding goes on: the logs show one Edge server.
    fn is_edge(server: &str) {
        en: " Its mail leaves from {server}, which is an Edge server.",
        ja: "メールは、エッジ サーバーである {server} から送信されます。" ["2c86d5cb"],
    }
    /// The finding goes on: the logs show several Edge servers.
    fn are_edge(servers: &str) {
        en: " Its mail leaves from {servers}, which are Edge servers.",
        ja: "メールは、エッジ サーバーである {servers} から送信されます。" ["6dfc0de6"],
    }
    /// The finding goes on: the name of one server is that of an Edge server.
    fn is_edge_by_name(server: &str) {
        en: " Its mail leaves from {server}, which by its name is an Edge server.",
        ja: "メールは、名前からエッジ サーバーと考えられる {server} から送信されます。" ["8c3fb571"],
    }
    /// The finding goes on: the names of several servers are those of Edge servers.
    fn are_edge_by_name(servers: &str) {
        en: " Its mail leaves from {servers}, which by their names are Edge servers.",
        ja: "メールは、名前からエッジ サーバーと考えられる {servers} から送信されます。" ["13db9481"],
    }
    /// The finding ends.
    fn leaves_out(longest: usize) {
        en: " EdgeSync writes at most {longest} characters and leaves the connector out, so that the Edge server selects a certificate by itself. Setting the same name again changes nothing.",
        ja: "EdgeSync が書き込めるのは最大 {longest} 文字です。EdgeSync はコネクタを除外するため、エッジ サーバーは証明書を自動的に選択します。同じ名前を設定し直しても、何も変わりません。" ["e16ff82b"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{of_exports, of_logs, on_premises, send_connector};
    use crate::scenario::logs::Session;
    use crate::tenant::Known;

    fn naming(length: usize, server: &str) -> SendConnector {
        let start = "<I>CN=Example CA, O=";
        let end = "<S>CN=mail.contoso.com";
        let middle = "x".repeat(length - start.len() - end.len());
        SendConnector {
            tls_certificate_name: Known::Value(Some(format!("{start}{middle}{end}"))),
            source_servers: Known::Value(vec![server.to_owned()]),
            ..send_connector()
        }
    }

    fn found(connector: SendConnector) -> CheckOutput {
        let side = on_premises(vec![connector], Vec::new());
        of_exports(&CertificateNameTooLongForEdge, &[], &side)
    }

    #[test]
    fn fires_for_an_edge_server_and_selects_by_fqdn() {
        let found = found(naming(257, "EDGE01")).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].confidence, Confidence::Medium);
        assert!(found[0].message.contains("257 characters"));
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-SendConnector -Identity 'Out' -Fqdn 'mail.contoso.com' -TlsCertificateName $null"
            )
        );
        assert_eq!(
            found[0].fix[1].command.as_deref(),
            Some("Start-EdgeSynchronization")
        );
    }

    #[test]
    fn the_logs_prove_an_edge_server() {
        let session = Session {
            stream: "MX1/Edge",
            ..Session::default()
        };
        let side = on_premises(vec![naming(300, "MX1")], Vec::new());
        let found = of_logs(&CertificateNameTooLongForEdge, &[session], &[], &side);
        assert_eq!(found.findings[0].confidence, Confidence::High);
    }

    #[test]
    fn stays_silent_for_a_short_name_and_for_mailbox_servers() {
        for connector in [naming(256, "EDGE01"), naming(300, "EX01"), send_connector()] {
            let found = found(connector);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_the_servers_are_lost() {
        let lost = SendConnector {
            source_servers: Known::Lost,
            ..naming(300, "EDGE01")
        };
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(
            found.undetermined[0].missing.name(),
            "SourceTransportServers"
        );
    }
}
