//! The texts at the top of the page.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::{labels, sentences};

labels! {
    pub(super) purpose: "why Exchange Online rejects mail", "Exchange Online がメールを拒否する理由" ["a5affe78"];
    pub(super) mail_is_rejected: "Mail is rejected.", "メールが拒否されています。" ["034d3fa2"];
    pub(super) mail_is_stuck: "Mail does not leave, and nobody gets a bounce.", "メールが送信されず、配信不能レポートも届きません。" ["9a0f580f"];
    pub(super) mail_waits: "Mail waits in a queue.", "メールがキューで待機しています。" ["7c58f04b"];
    pub(super) mail_is_delayed: "Mail is delayed.", "メールが遅延しています。" ["399cd2de"];
    pub(super) mail_was_rejected: "Mail was rejected, and the logs do not show whether it is over.", "メールが拒否されました。解消したかどうかはログからは分かりません。" ["9acb15d5"];
    pub(super) mail_was_stuck: "Mail did not leave, and the logs do not show whether it is over.", "メールが送信されませんでした。解消したかどうかはログからは分かりません。" ["e02d0f63"];
    pub(super) mail_waited: "Mail waited in a queue, and nothing shows whether it is over.", "メールがキューで待機していました。解消したかどうかを示すものはありません。" ["d3c908cb"];
    pub(super) mail_was_delayed: "Mail was delayed, and the logs do not show whether it is over.", "メールが遅延しました。解消したかどうかはログからは分かりません。" ["9ee7fbc3"];
    pub(super) rejected_no_more: "Mail was rejected. It works again now.", "メールが拒否されていましたが、現在は復旧しています。" ["d559c004"];
    pub(super) stuck_no_more: "Mail did not leave. It works again now.", "メールが送信されませんでしたが、現在は復旧しています。" ["784e1f2a"];
    pub(super) waits_no_more: "Mail waited in a queue. It works again now.", "メールがキューで待機していましたが、現在は復旧しています。" ["95ae63fe"];
    pub(super) delayed_no_more: "Mail was delayed. It works again now.", "メールが遅延していましたが、現在は復旧しています。" ["e5c1d2ca"];
    pub(super) fix: "Fix:", "対処:" ["dfe62386"];
    pub(super) look_first: "Look first:", "まず確認:" ["d31fd2d6"];
    pub(super) period_label: "Period", "期間" ["87248424"];
    pub(super) messages_rejected: "Messages rejected", "拒否されたメッセージ" ["e44985dd"];
    pub(super) sessions_died: "Sessions that died", "途絶したセッション" ["0d578c41"];
    pub(super) messages_waiting: "Messages waiting", "待機中のメッセージ" ["74869b5a"];
    pub(super) without_a_reply: "without any reply", "応答なし" ["6a0e9845"];
    pub(super) senders_affected: "Senders affected", "影響を受けた送信者" ["df9c464f"];
    pub(super) with_open_incident: "with an open incident", "継続中のインシデントあり" ["09d1e956"];
    pub(super) read_from: "Read from", "読み取り元" ["052b14b3"];
    pub(super) contents: "Contents", "目次" ["871f67c3"];
    pub(super) the_picture: "The picture", "図" ["623b9826"];
    pub(super) incidents: "Incidents", "インシデント" ["aab0d11c"];
}

sentences! {
    /// The heading of a report with one incident: what happens, and the cause.
    pub(super) fn one_incident(happens: &str, cause: &str) {
        en: "{happens} {cause}",
        ja: "{happens}{cause}" ["6a6d8501"],
    }
    /// The heading of a report with many incidents.
    pub(super) fn counted(states: &str) {
        en: "{states}.",
        ja: "{states}。" ["30d1521f"],
    }
    /// The heading of a report with a few open incidents.
    pub(super) fn counted_with_names(states: &str, named: &str) {
        en: "{states}. {named}.",
        ja: "{states}。{named}。" ["7757d7f0"],
    }
    /// A send connector on a server.
    pub(super) fn connector_on(connector: &str, server: &str) {
        en: "{connector} on {server}",
        ja: "{server} の{connector}" ["08cc597a"],
    }
    /// Who is affected by an open incident.
    pub(super) fn since(first: &str, who: &str) {
        en: "Since {first}, {who}.",
        ja: "{first} から: {who}。" ["c0484bc9"],
    }
    /// Who was affected by an incident that is not open.
    pub(super) fn from_to(first: &str, last: &str, who: &str) {
        en: "{first} to {last}, {who}.",
        ja: "{first} から {last} まで: {who}。" ["6162420c"],
    }
    /// The two names that do not match.
    pub(super) fn compared(offered: &str, expected: &str) {
        en: "{offered} is offered, {expected} is expected.",
        ja: "提示は {offered}、想定は {expected} です。" ["a71af2b3"],
    }
    /// The two names that did not match.
    pub(super) fn was_compared(offered: &str, expected: &str) {
        en: "{offered} was offered, {expected} was expected.",
        ja: "提示は {offered}、想定は {expected} でした。" ["2b111019"],
    }
    /// The domain that the tenant does not have.
    pub(super) fn not_accepted(domain: &str) {
        en: "{domain} is not an accepted domain.",
        ja: "{domain} は承認済みドメインではありません。" ["6950bd28"],
    }
    /// The domain that the tenant did not have.
    pub(super) fn was_not_accepted(domain: &str) {
        en: "{domain} was not an accepted domain.",
        ja: "{domain} は承認済みドメインではありませんでした。" ["15e0c467"],
    }
    /// Behind the first command, where the next steps have commands of the same kind.
    pub(super) fn more_commands(number: &str) {
        en: "and {number} more below",
        ja: "ほか {number} 件 (下記)" ["52015163"],
    }
    /// How many recipients were accepted.
    pub(super) fn accepted_recipients(number: &str) {
        en: "{number} accepted",
        ja: "受け入れ {number} 件" ["c509a1eb"],
    }
    /// How many incidents are not in the list.
    pub(super) fn more_incidents(number: &str) {
        en: "and {number} more incidents",
        ja: "ほか {number} 件のインシデント" ["8fbf2441"],
    }
    /// Where messages wait.
    pub(super) fn in_queues(queues: &str) {
        en: "in {queues}",
        ja: "{queues}で待機中" ["fa83908a"],
    }
    /// When they did.
    pub(super) fn as_of(time: &str) {
        en: "as of {time}",
        ja: "{time} 時点" ["78979849"],
    }
    /// Some of all servers.
    pub(super) fn of_all(some: &str, all: &str) {
        en: "{some} of {all}",
        ja: "{all} 台中 {some} 台" ["3d91ca75"],
    }
    /// Where a send connector sends, and from how many servers.
    pub(super) fn to_tenant(tenant: &str, servers: &str) {
        en: "to {tenant}, {servers}",
        ja: "{tenant} へ、{servers}" ["03c40592"],
    }
}
