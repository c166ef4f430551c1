//! NET001: no connection to Exchange Online comes about.

use crate::aggregate::occurrence::Kind;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::endpoint;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::command::quote;
use crate::remedy::settings;

declare_rule! {
    /// This server cannot connect to Exchange Online.
    ///
    /// ## What it finds
    /// Sessions that only have rows such as `Failed to connect. Winsock error code: 10060`, of a send
    /// connector whose other sessions or whose export go to Exchange Online. At least three, and
    /// more than half of the connector's attempts in that time.
    ///
    /// ## Why it matters
    /// All mail of the send connector waits in the queue, which shows 421 4.2.1 (unable to connect),
    /// 421 4.4.1 (connection timed out) or 451 4.4.0 around one of them. After two days, it is returned to the
    /// senders.
    ///
    /// ## What to do
    /// 1. Check from each source server that TCP port 25 to the smart host is open.
    /// 2. Open the port on the firewall, or ask your internet provider. Many providers and clouds
    ///    block port 25.
    ///
    /// ## Sources
    /// - "Microsoft 365 URLs and IP address ranges" (Microsoft Learn): Exchange Online needs TCP port
    ///   25 to `*.mail.protection.outlook.com`.
    /// - "Windows Sockets Error Codes" (Microsoft Learn): 10060 means that nothing answered, 10061
    ///   that the connection was refused.
    ConnectionFailed {
        code: "NET001",
        name: "connection-failed",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs],
        proof: Certificate,
        step: None,
        /// このサーバーは Exchange Online に接続できません。
        ///
        /// ## 検出する内容
        /// `Failed to connect. Winsock error code: 10060` のような行しかないセッションを
        /// 検出します。対象は、ほかのセッションまたはエクスポートから Exchange Online 宛てと
        /// 分かる送信コネクタです。該当するセッションが 3 件以上あり、その期間の接続試行の半数を
        /// 超える場合に限ります。
        ///
        /// ## 問題となる理由
        /// この送信コネクタのメールはすべてキューで待機します。
        /// キューには 421 4.2.1 (接続できない)、421 4.4.1 (接続のタイムアウト)、
        /// またはそのいずれかを含む 451 4.4.0 が表示されます。2 日後に、
        /// メールは送信者に返されます。
        ///
        /// ## 対処方法
        /// 1. 各送信元サーバーから、スマート ホストへの TCP ポート 25 が開いていることを
        ///    確認します。
        /// 2. ファイアウォールでこのポートを開くか、インターネット プロバイダーに問い合わせます。
        ///    多くのプロバイダーやクラウドはポート 25 をブロックしています。
        ///
        /// ## 出典
        /// - "Microsoft 365 URLs and IP address ranges" (Microsoft Learn): Exchange Online には、
        ///   `*.mail.protection.outlook.com` への TCP ポート 25 が必要です。
        /// - "Windows Sockets Error Codes" (Microsoft Learn): 10060 は応答がなかったこと、
        ///   10061 は接続が拒否されたことを意味します。
        japanese: ["a408c30e"],
    }
}

impl Cause for ConnectionFailed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.occurrence.key.kind != Kind::NotConnected {
            return None;
        }
        let remote = endpoint::remote(context);
        let port = remote.map_or(25, |remote| remote.port());
        let language = context.analysis.language;
        let explanation = could_not_connect(language, context.send_connector(), port);
        let host = smart_host(context).or_else(|| remote.map(|remote| remote.ip().to_string()));
        let host = host.map_or_else(|| "'<smart host>'".to_owned(), |host| quote(&host));
        let servers = failing(context);
        let where_to_test = match servers.as_slice() {
            [] => test_on_every_server(language),
            servers => test_on(language, &settings::listed(language, servers)),
        };
        Some(
            Diagnosis::of(&Self::META, explanation)
                .fix(Fix::inspect(
                    Where::OnPremises,
                    format!("Test-NetConnection -ComputerName {host} -Port {port}"),
                    &where_to_test,
                ))
                .fix(Fix::step(&open_the_port(language))),
        )
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        if !context.is_online {
            return None;
        }
        // These come from the attempt to connect itself.
        let sure = [
            "SocketTimedout",
            "SocketConnectionRefused",
            "Socket error code",
            "Winsock error code",
        ]
        .iter()
        .any(|words| context.says(words));
        let open = ["Connection timed out", "Unable to connect"]
            .iter()
            .any(|words| context.says(words));
        if !sure && !open {
            return None;
        }
        let language = context.checks.language;
        let mut explanation = waits_for_it(
            language,
            &context.shows(),
            context.quoted(),
            context.send_connector(),
            &context.waiting(),
        );
        if !sure {
            explanation.push_str(&may_be_the_certificate(language));
        }
        let exported = context
            .connector
            .and_then(|connector| connector.smart_hosts.value()?.first());
        let hop = context
            .queue
            .next_hop_domain
            .value()
            .and_then(Option::as_deref);
        let host = exported.map(String::as_str).or(hop);
        let host = host.map_or_else(|| "'<smart host>'".to_owned(), quote);
        let inspect = Fix::inspect(
            Where::OnPremises,
            format!("Test-NetConnection -ComputerName {host} -Port 25"),
            &test_on_server_of_queue(language),
        );
        let diagnosis = Diagnosis::of(&Self::META, explanation).fix(inspect);
        Some(diagnosis.fix(Fix::step(&open_the_port(language))))
    }
}

/// The smart host of the exported send connector.
fn smart_host(context: &CauseContext<'_>) -> Option<String> {
    let mut own = context.send_connector_exports();
    own.find_map(|export| export.smart_hosts.value()?.first().cloned())
}

/// The servers on which connections of this send connector failed, as far as the logs name them all.
fn failing<'a>(context: &CauseContext<'a>) -> Vec<&'a str> {
    let analysis = context.analysis;
    let flows = &analysis.aggregate.flows;
    let failed = analysis
        .kinds_of(context.flow.key.connector)
        .filter(|other| other.key.kind == Kind::NotConnected);
    let streams = failed.map(|other| flows[other.key.flow].key.offering_stream());
    let servers = streams.map(|stream| analysis.server_name(stream));
    let servers: Option<Vec<&str>> = servers.collect();
    let mut servers = servers.unwrap_or_default();
    servers.sort_unstable();
    servers.dedup();
    servers
}

sentences! {
    /// What failed.
    fn could_not_connect(connector: &str, port: u16) {
        en: "Send connector '{connector}' could not connect to Exchange Online: nothing answered on port {port}, or the connection was refused. The evidence shows the error.",
        ja: "送信コネクタ「{connector}」は Exchange Online に接続できませんでした。ポート {port} で応答がなかったか、接続が拒否されました。エラーは根拠に示されています。" ["e5401db3"],
    }
    /// Where to test the connection, if the logs do not name the servers.
    fn test_on_every_server() {
        en: "Run the command on every source server. TcpTestSucceeded must be True.",
        ja: "すべての送信元サーバーでコマンドを実行します。TcpTestSucceeded は True である必要があります。" ["54485834"],
    }
    /// Where to test the connection.
    fn test_on(servers: &str) {
        en: "Run the command on each server that failed: {servers}. TcpTestSucceeded must be True.",
        ja: "失敗した各サーバー ({servers}) でコマンドを実行します。TcpTestSucceeded は True である必要があります。" ["b1a73ecb"],
    }
    /// What a queue shows.
    fn waits_for_it(shows: &str, error: &str, connector: &str, waiting: &str) {
        en: "{shows} '{error}': send connector '{connector}' could not connect to Exchange Online. {waiting}",
        ja: "{shows}「{error}」です。送信コネクタ「{connector}」は Exchange Online に接続できませんでした。{waiting}" ["cf94a72d"],
    }
    /// After that sentence, where the error has another possible reason.
    fn may_be_the_certificate() {
        en: " A certificate that this server cannot use gives the same error, although the connection was made. The send log of the time shows which of both it is: give it too.",
        ja: "このサーバーが使用できない証明書の場合も、接続は確立されているのに同じエラーになります。どちらであるかは、その時刻の送信ログで分かります。送信ログも指定してください。" ["c3b42901"],
    }
    /// Where to test the connection of a queue.
    fn test_on_server_of_queue() {
        en: "Run the command on the server of the queue. If the name is a domain, use its MX host. TcpTestSucceeded must be True.",
        ja: "キューのサーバーでコマンドを実行します。名前がドメインの場合は、その MX ホストを使用します。TcpTestSucceeded は True である必要があります。" ["8f46462c"],
    }
    /// How to let the connection through.
    fn open_the_port() {
        en: "1. Open TCP port 25 from these servers to Exchange Online on the firewall, and check its NAT rules. 2. If the firewall is open, ask your internet provider or cloud provider whether it blocks port 25.",
        ja: "1. ファイアウォールで、これらのサーバーから Exchange Online への TCP ポート 25 を開き、NAT の規則を確認します。 2. ファイアウォールが開いている場合は、ポート 25 をブロックしているかどうかを、インターネット プロバイダーまたはクラウド プロバイダーに問い合わせます。" ["2b77b90f"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::Confidence;
    use crate::scenario::logs::{Ending, Session, TAKEN, causes, contoso, findings};
    use crate::scenario::queues::of_error;

    fn failed(time: &'static str) -> Session {
        Session {
            time,
            ending: Ending::NotConnected,
            ..Session::default()
        }
    }

    fn delivered(time: &'static str) -> Session {
        Session {
            time,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    #[test]
    fn a_connector_whose_other_sessions_go_there() {
        let sessions = [
            delivered("2026-11-03T01:00"),
            failed("2026-11-03T02:00"),
            failed("2026-11-03T02:10"),
            failed("2026-11-03T02:20"),
        ];
        assert_eq!(causes(&sessions, &[contoso()]), ["NET001"]);
        let found = findings(&ConnectionFailed, &sessions, &[contoso()]);
        let fix = &found[0].fix[0];
        assert_eq!(
            fix.command.as_deref(),
            Some("Test-NetConnection -ComputerName '192.0.2.1' -Port 25")
        );
        assert!(fix.note.contains("EX01"), "{}", fix.note);
    }

    #[test]
    fn one_of_two_addresses_may_fail() {
        let sessions = [
            failed("2026-11-03T02:00"),
            delivered("2026-11-03T02:05"),
            failed("2026-11-03T02:10"),
            delivered("2026-11-03T02:15"),
            failed("2026-11-03T02:20"),
            delivered("2026-11-03T02:25"),
        ];
        assert!(causes(&sessions, &[contoso()]).is_empty());
    }

    #[test]
    fn two_of_three_connections_may_not_fail() {
        let sessions = [
            failed("2026-11-03T02:00"),
            failed("2026-11-03T02:04"),
            delivered("2026-11-03T02:08"),
            failed("2026-11-03T02:12"),
            failed("2026-11-03T02:16"),
            delivered("2026-11-03T02:20"),
        ];
        assert_eq!(causes(&sessions, &[contoso()]), ["NET001"]);
    }

    #[test]
    fn an_unknown_destination_says_nothing() {
        let sessions = [
            failed("2026-11-03T02:00"),
            failed("2026-11-03T02:10"),
            failed("2026-11-03T02:20"),
        ];
        assert!(findings(&ConnectionFailed, &sessions, &[contoso()]).is_empty());
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "451 4.4.397 Error communicating with target host. -> 421 4.2.1 Unable to connect -> SocketTimedout: Socket error code 10060";
        let found = of_error(&ConnectionFailed, error).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Medium);
        let open =
            "451 4.4.395 Target host responded with error. -> 421 4.4.1 Connection timed out";
        let found = of_error(&ConnectionFailed, open).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Medium);
        assert!(found.explanation.contains("give it too"));
        assert!(of_error(&ConnectionFailed, "450 4.7.230 Blocked").is_none());
    }
}
