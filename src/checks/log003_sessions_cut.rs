//! LOG003: sessions without a beginning or an end that the limits of the input do not explain.

use crate::aggregate::timeline::{LADDER, Timeline};
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::stream_label;
use crate::language::count::{self, SESSION_WITHOUT_BEGINNING, SESSION_WITHOUT_END};
use crate::language::{Language, sentences};
use crate::remedy::settings;

declare_rule! {
    /// Sessions have no beginning or no end, and the start or end of the input does not explain
    /// it.
    ///
    /// ## What it finds
    /// - Sessions whose first rows are missing although the logs of the stream begin long before.
    /// - Sessions whose last rows are missing although the logs continue long after.
    ///
    /// Sessions that are open during the first or last quarter of an hour of a stream do not
    /// count, because the start or end of the input cuts them.
    ///
    /// ## Why it matters
    /// A session without its beginning does not show its certificate. A session without its end
    /// does not show whether its last message was accepted.
    ///
    /// ## What to do
    /// Check whether a rolled file is missing or incomplete. A restart of the service also leaves
    /// sessions without an end.
    ///
    /// ## Sources
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): a session begins with a connect
    ///   event `+` and ends with a disconnect event `-`.
    /// - That a restart leaves sessions without an end is inferred from how the log is written: row
    ///   by row, as things happen.
    SessionsCut {
        code: "LOG003",
        name: "sessions-cut",
        severity: Info,
        confidence: High,
        needs: [SendLogs],
        proof: LogRows,
        /// 開始または終了がないセッションがあり、入力の始まりや終わりでは説明できません。
        ///
        /// ## 検出する内容
        /// - 同じサーバーと役割のログがずっと前から始まっているのに、最初の行がないセッション。
        /// - ログがずっと後まで続いているのに、最後の行がないセッション。
        ///
        /// 各サーバーと役割のログの最初または最後の 15 分間に開いていたセッションは、入力の
        /// 始まりまたは終わりで途切れるため、数えません。
        ///
        /// ## 問題となる理由
        /// 開始がないセッションからは、証明書が分かりません。終了がないセッションからは、最後の
        /// メッセージが受け入れられたかどうかが分かりません。
        ///
        /// ## 対処方法
        /// ローテーションされたファイルが不足していないか、不完全でないかを確認します。サービスを
        /// 再起動した場合も、終了がないセッションが残ります。
        ///
        /// ## 出典
        /// - "Protocol logging in Exchange Server" (Microsoft Learn): セッションは
        ///   接続イベント `+` で始まり、切断イベント `-` で終わります。
        /// - 再起動によって終了がないセッションが残ることは、ログが、出来事の発生した順に 1 行ずつ
        ///   書き込まれることからの推定です。
        japanese: ["df77fa83"],
    }
}

/// How close to the start or end of the stream a cut session is normal, in seconds. This is longer
/// than Exchange keeps an idle connection.
const BORDER: i64 = 900;

impl Check for SessionsCut {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        let mut cut: Vec<(&str, u64, u64)> = Vec::new();
        for (index, activity) in &analysis.aggregate.activity {
            let Some(stream) = analysis.streams.get(*index) else {
                continue;
            };
            let from = activity.first.millis().div_euclid(1000) + BORDER;
            let until = activity.last.millis().div_euclid(1000) - BORDER;
            let without_start = count(&activity.without_start, |start, _| start > from);
            let without_end = count(&activity.without_end, |start, length| {
                start + length <= until
            });
            if without_start + without_end > 0 {
                cut.push((&stream.name, without_start, without_end));
            }
        }
        let Some((first, ..)) = cut.first() else {
            return;
        };
        let language = context.language;
        let parts = cut.iter().map(|cut| part(language, cut));
        let parts = settings::listed(language, parts);
        let message = match cut.len() {
            1 => cut_in_one(language, &parts),
            streams => cut_in_several(language, streams, &parts),
        };
        let total = cut.iter().map(|(_, start, end)| start + end).sum();
        findings.add(
            Finding::of(&Self::META, first, message)
                .count(total)
                .fix(Fix::step(&check_the_folder(language))),
        );
    }
}

/// `EX01/Hub: 3 sessions without a beginning`.
fn part(language: Language, (stream, without_start, without_end): &(&str, u64, u64)) -> String {
    let cut = [
        (*without_start, SESSION_WITHOUT_BEGINNING),
        (*without_end, SESSION_WITHOUT_END),
    ];
    let cut = cut.into_iter().filter(|(number, _)| *number > 0);
    let cut = cut.map(|(number, noun)| count::count(language, number, noun));
    let cut: Vec<String> = cut.collect();
    cut_sessions(
        language,
        &stream_label(language, stream),
        &language.list(&cut),
    )
}

/// The sum of the buckets that `wanted` selects by their start and length.
fn count(timeline: &Timeline, wanted: impl Fn(i64, i64) -> bool) -> u64 {
    let length = LADDER[timeline.step()];
    let buckets = timeline.at_step(0).into_iter();
    buckets
        .filter(|(start, _)| wanted(*start, length))
        .map(|(_, count)| count)
        .sum()
}

sentences! {
    /// What was found in the logs of one server and role.
    fn cut_in_one(part: &str) {
        en: "In the middle of the logs of {part}.",
        ja: "ログの途中に、開始または終了がないセッションがあります ({part})。" ["16a9576f"],
    }
    /// What was found in the logs of several servers and roles.
    fn cut_in_several(number: usize, parts: &str) {
        en: "In the middle of the logs of {number} servers and roles: {parts}.",
        ja: "{number} 組のサーバーと役割のログの途中に、開始または終了がないセッションがあります ({parts})。" ["4e193b63"],
    }
    /// A server and role with its sessions that are cut, such as `EX01/Hub: 3 sessions without a beginning`.
    fn cut_sessions(stream: &str, sessions: &str) {
        en: "{stream}: {sessions}",
        ja: "{stream}: {sessions}" ["028c0224"],
    }
    /// The step that fixes it.
    fn check_the_folder() {
        en: "Check whether a file of this folder is missing or incomplete. A restart of the transport service also leaves sessions without an end.",
        ja: "このフォルダーのファイルが不足していないか、不完全でないかを確認します。トランスポート サービスを再起動した場合も、終了がないセッションが残ります。" ["e5cc04db"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_logs;
    use crate::scenario::logs::Session;

    fn session(time: &'static str, start: bool) -> Session {
        Session {
            time,
            start,
            ..Session::default()
        }
    }

    fn found(sessions: &[Session]) -> Vec<Finding> {
        of_logs(&SessionsCut, sessions, &[], &OnPremises::default()).findings
    }

    #[test]
    fn fires_on_a_session_without_a_beginning_in_the_middle() {
        let found = found(&[
            session("2026-11-03T02:00", true),
            session("2026-11-03T03:00", false),
            session("2026-11-03T04:00", true),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].subject.as_str()), (1, "EX01"));
        assert!(found[0].message.contains("1 session without a beginning"));
    }

    #[test]
    fn stays_silent_at_the_borders_and_on_whole_sessions() {
        for sessions in [
            [
                session("2026-11-03T02:00", false),
                session("2026-11-03T04:00", true),
            ],
            [
                session("2026-11-03T02:00", true),
                session("2026-11-03T04:00", true),
            ],
        ] {
            assert!(found(&sessions).is_empty());
        }
    }
}
