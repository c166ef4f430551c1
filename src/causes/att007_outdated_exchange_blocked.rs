//! ATT007: Microsoft throttles or blocks an outdated Exchange server.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::declare_rule;
use crate::language::{Language, sentences};
use crate::remedy::settings;
use crate::smtp::reply::Class;

declare_rule! {
    /// Exchange Online throttles or blocks this server because its Exchange version is outdated.
    ///
    /// ## What it finds
    /// Replies with `450 4.7.230` (throttled) or `550 5.7.230` (blocked): `Connecting Exchange
    /// server version is out-of-date`. Only servers that send over an inbound connector of type
    /// OnPremises are judged, so the mail was attributed to your tenant. The certificate and the
    /// connector are correct.
    ///
    /// ## Why it matters
    /// The failures look sporadic at first: Exchange Online throttles or blocks the server for 5 to
    /// 30 minutes of each hour. Later, it blocks all mail from that server.
    ///
    /// As of September 2026, these versions are the oldest that pass:
    ///
    /// - Exchange 2019 CU15 with the public update of October 2025, 15.2.1748.39 (KB5066367)
    /// - Exchange 2016 CU23 with the public update of October 2025, 15.1.2507.61 (KB5066369)
    ///
    /// Both updates are public and need no Extended Security Update (ESU). The second period of
    /// that programme ended in October 2026. The next limit will be above every public update of
    /// Exchange 2016 and 2019. From then on, only Exchange Server Subscription Edition passes.
    ///
    /// ## What to do
    /// 1. Find the servers: run `Get-OnPremServerReportInfo` in Exchange Online PowerShell, or open
    ///    the mail flow report "Out-of-date connecting on-premises Exchange servers" in the
    ///    Exchange admin center.
    /// 2. Install at least the updates above on every server that sends to Exchange Online.
    /// 3. Plan the move to Exchange Server Subscription Edition.
    ///
    /// To gain time, run `New-TenantExemptionInfo -BlockingScenario UnpatchedOnPremServer
    /// -NumberOfDays 30` in Exchange Online PowerShell. A tenant has 90 days in a calendar year. A
    /// pause cannot be ended early, so do not ask for more days than you need.
    ///
    /// ## Sources
    /// - "Throttling and Blocking Email from Persistently Vulnerable Exchange Servers to Exchange
    ///   Online" (Exchange Team, 2023-05-08): outdated servers are reported, then throttled, then
    ///   blocked, in stages.
    /// - "Update on Transport Enforcement System in Exchange Online" (Exchange Team, 2023-05): only
    ///   servers that connect over an inbound connector of type OnPremises are judged.
    /// - "How to pause throttling and blocking of out-of-date on-premises Exchange Servers"
    ///   (Exchange Team, 2023-12-12): the two replies, the cmdlets, and the limit of 90 days in a
    ///   calendar year.
    /// - KB5066367 and KB5066369 (2025-10): the public updates of October 2025 for Exchange 2019
    ///   CU15 and Exchange 2016 CU23.
    /// - The limits and the end of the ESU programme are as Microsoft announced them until
    ///   September 2026; they rise with time, so compare them with the report in the Exchange admin
    ///   center.
    OutdatedExchangeBlocked {
        code: "ATT007",
        name: "outdated-exchange-blocked",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Recipient,
        /// Exchange のバージョンが古いため、Exchange Online がこのサーバーをスロットリングまたは
        /// ブロックしています。
        ///
        /// ## 検出する内容
        /// `450 4.7.230` (スロットリング) または `550 5.7.230` (ブロック) の
        /// 応答 `Connecting Exchange server version is out-of-date` です。判定の対象は、
        /// 種類が OnPremises の Exchange Online の受信コネクタ経由で送信するサーバーだけです。
        /// つまり、メールは自組織のテナントに割り当てられています。証明書とコネクタに
        /// 問題はありません。
        ///
        /// ## 問題となる理由
        /// 失敗は、最初は散発的に見えます。Exchange Online は、1 時間のうち 5 分から 30 分の間、
        /// サーバーをスロットリングまたはブロックします。その後、そのサーバーからのメールをすべて
        /// ブロックします。
        ///
        /// 2026 年 9 月の時点で、受け入れられる最も古いバージョンは次のとおりです。
        ///
        /// - Exchange 2019 CU15 に 2025 年 10 月の一般公開の更新プログラムを適用したもの、
        ///   15.2.1748.39 (KB5066367)
        /// - Exchange 2016 CU23 に 2025 年 10 月の一般公開の更新プログラムを適用したもの、
        ///   15.1.2507.61 (KB5066369)
        ///
        /// どちらの更新プログラムも一般公開されていて、拡張セキュリティ更新プログラム (ESU) は
        /// 必要ありません。ESU プログラムの第 2 期は 2026 年 10 月に終了しました。次の下限は、
        /// Exchange 2016 と Exchange 2019 のどの一般公開の更新プログラムよりも新しくなります。
        /// それ以降は、Exchange Server Subscription Edition だけが受け入れられます。
        ///
        /// ## 対処方法
        /// 1. サーバーを特定します。Exchange Online PowerShell で `Get-OnPremServerReportInfo` を
        ///    実行するか、Exchange 管理センターで
        ///    メール フロー レポート "Out-of-date connecting on-premises Exchange servers" を
        ///    開きます。
        /// 2. Exchange Online に送信するすべてのサーバーに、上記以降の更新プログラムを
        ///    インストールします。
        /// 3. Exchange Server Subscription Edition への移行を計画します。
        ///
        /// 猶予が必要な場合は、
        /// Exchange Online PowerShell で `New-TenantExemptionInfo -BlockingScenario UnpatchedOnPremServer -NumberOfDays 30` を
        /// 実行します。テナントが使用できるのは、1 暦年あたり 90 日です。一時停止は途中で
        /// 終了できないため、必要な日数だけを指定します。
        ///
        /// ## 出典
        /// - "Throttling and Blocking Email from Persistently Vulnerable Exchange Servers to Exchange Online" (Exchange Team、
        ///   2023-05-08): 古いサーバーは段階的に、最初は報告され、次にスロットリングされ、
        ///   最後にブロックされます。
        /// - "Update on Transport Enforcement System in Exchange Online" (Exchange Team、
        ///   2023-05): 判定の対象は、種類が OnPremises の受信コネクタ経由で
        ///   接続するサーバーだけです。
        /// - "How to pause throttling and blocking of out-of-date on-premises Exchange Servers" (Exchange Team、
        ///   2023-12-12): 2 つの応答、コマンドレット、および 1 暦年あたり 90 日の上限が
        ///   記載されています。
        /// - KB5066367 と KB5066369 (2025-10): Exchange 2019 CU15 と Exchange 2016 CU23 の、
        ///   2025 年 10 月の一般公開の更新プログラムです。
        /// - 下限と ESU の終了時期は、2026 年 9 月までに Microsoft が発表したものです。下限は徐々に
        ///   引き上げられるため、Exchange 管理センターのレポートと比較してください。
        japanese: ["76ff8d97"],
    }
}

impl Cause for OutdatedExchangeBlocked {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.class() != Some(Class::Throttled) {
            return None;
        }
        let language = context.analysis.language;
        let explanation = blocked(language, context.send_connector());
        let servers = settings::listed(language, context.streams_with_this_class());
        let steps = steps(language, &list_servers_of_logs(language, &servers));
        let diagnosis = Diagnosis::of(&Self::META, explanation);
        let diagnosis = steps.into_iter().fold(diagnosis, Diagnosis::fix);
        Some(diagnosis.comes_back())
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        if context.class() != Some(Class::Throttled) {
            return None;
        }
        let language = context.checks.language;
        let explanation = blocked_in_queue(
            language,
            context.send_connector(),
            context.quoted(),
            &context.waiting(),
        );
        let list = match &context.queue.identity.server {
            Some(server) => list_server_of_queue(language, server),
            None => list_servers(language),
        };
        let diagnosis = Diagnosis::of(&Self::META, explanation);
        let steps = steps(language, &list).into_iter();
        Some(steps.fold(diagnosis, Diagnosis::fix))
    }
}

/// What to do. `list` is the note of the command that lists the servers.
fn steps(language: Language, list: &str) -> [Fix; 3] {
    [
        Fix::inspect(Where::Online, "Get-OnPremServerReportInfo".to_owned(), list),
        Fix::step(&install_update(language)),
        Fix::command(
            Where::Online,
            "New-TenantExemptionInfo -BlockingScenario UnpatchedOnPremServer -NumberOfDays 30"
                .to_owned(),
            &pause(language),
        ),
    ]
}

sentences! {
    /// What logs show.
    fn blocked(connector: &str) {
        en: "Exchange Online throttles or blocks mail of send connector '{connector}' because the Exchange version of the sending server is outdated. Exchange Online attributed the mail to a tenant, so the certificate and the inbound connector are correct.",
        ja: "送信元サーバーの Exchange のバージョンが古いため、Exchange Online は送信コネクタ「{connector}」のメールをスロットリングまたはブロックしています。Exchange Online はメールをテナントに割り当てているため、証明書と Exchange Online の受信コネクタに問題はありません。" ["35d3579e"],
    }
    /// What a queue shows.
    fn blocked_in_queue(connector: &str, reply: &str, waiting: &str) {
        en: "Exchange Online throttles or blocks mail of send connector '{connector}' because the Exchange version of the sending server is outdated ('{reply}'). {waiting}",
        ja: "送信元サーバーの Exchange のバージョンが古いため、Exchange Online は送信コネクタ「{connector}」のメールをスロットリングまたはブロックしています (「{reply}」)。{waiting}" ["a05d5cfa"],
    }
    /// What the first command shows, and where the replies are.
    fn list_servers_of_logs(servers: &str) {
        en: "The command lists the servers that Exchange Online judges, with their builds. In these logs, the replies are from: {servers}. Only servers that send over an OnPremises connector are judged.",
        ja: "コマンドは、Exchange Online が判定しているサーバーを、ビルド番号と共に一覧表示します。指定されたログで応答を受け取ったサーバー: {servers}。判定の対象は、OnPremises コネクタ経由で送信するサーバーだけです。" ["d5d6762c"],
    }
    /// The same, with the server of the queue.
    fn list_server_of_queue(server: &str) {
        en: "The command lists the servers that Exchange Online judges, with their builds. The queue is on {server}. Only servers that send over an OnPremises connector are judged.",
        ja: "コマンドは、Exchange Online が判定しているサーバーを、ビルド番号と共に一覧表示します。キューは {server} にあります。判定の対象は、OnPremises コネクタ経由で送信するサーバーだけです。" ["30809466"],
    }
    /// The same, where the server is unknown.
    fn list_servers() {
        en: "The command lists the servers that Exchange Online judges, with their builds. Only servers that send over an OnPremises connector are judged.",
        ja: "コマンドは、Exchange Online が判定しているサーバーを、ビルド番号と共に一覧表示します。判定の対象は、OnPremises コネクタ経由で送信するサーバーだけです。" ["8ec0852e"],
    }
    /// What to install.
    fn install_update() {
        en: "Install the public update of October 2025 or a later one on every sending server: Exchange 2019 CU15 needs 15.2.1748.39 (KB5066367), Exchange 2016 CU23 needs 15.1.2507.61 (KB5066369). The next floor will be above every public update of 2016 and 2019, so plan the move to Exchange Server Subscription Edition (SE). These facts are as of September 2026.",
        ja: "すべての送信元サーバーに、2025 年 10 月以降の一般公開の更新プログラムをインストールします。Exchange 2019 CU15 には 15.2.1748.39 (KB5066367)、Exchange 2016 CU23 には 15.1.2507.61 (KB5066369) が必要です。次の下限は、2016 と 2019 のどの一般公開の更新プログラムよりも新しくなるため、Exchange Server Subscription Edition (SE) への移行を計画します。これらの情報は 2026 年 9 月の時点のものです。" ["6c1bf54e"],
    }
    /// What the last command does.
    fn pause() {
        en: "Only as a bridge: the command pauses the enforcement. A tenant has 90 days a year, and an exemption cannot be ended early.",
        ja: "一時的な手段としてのみ使用します。コマンドは、この制限の適用を一時停止します。テナントが使用できるのは 1 年あたり 90 日で、一時停止は途中で終了できません。" ["c1790c40"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, contoso, findings};
    use crate::scenario::queues::of_error;

    fn refused(reply: &'static str) -> usize {
        let session = Session {
            mails: vec![("a@contoso.com", reply)],
            ..Session::default()
        };
        findings(&OutdatedExchangeBlocked, &[session], &[contoso()]).len()
    }

    #[test]
    fn fires_on_throttling_and_on_the_block() {
        assert_eq!(
            refused("450 4.7.230 Connecting Exchange server version is out-of-date"),
            1
        );
        assert_eq!(
            refused("550 5.7.230 Connecting Exchange server version is out-of-date"),
            1
        );
    }

    #[test]
    fn stays_silent_on_relay_access_denied() {
        assert_eq!(refused(DENIED), 0);
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "450 4.7.230 Connecting Exchange server version is out-of-date";
        assert!(of_error(&OutdatedExchangeBlocked, error).is_some());
        assert!(of_error(&OutdatedExchangeBlocked, DENIED).is_none());
    }
}
