//! CON007: the problem is probably fixed already.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::input::timestamp::Timestamp;
use crate::language::sentences;
use crate::remedy::wording;

declare_rule! {
    /// The connector matches now, and it was changed after the last rejected mail.
    ///
    /// ## What it finds
    /// A connector that matches what was offered. Its `WhenChanged` is later than the last
    /// rejection of this send connector and certificate.
    ///
    /// ## Why it matters
    /// The log shows the time before the change. The problem is probably fixed already.
    ///
    /// ## What to do
    /// Send a test message, or run sendlens again with newer logs.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution", Microsoft Learn): changes of a connector may
    ///   take some time to take effect.
    /// - `Get-InboundConnector` (reference, Microsoft Learn): `WhenChanged` shows when the
    ///   connector was last changed.
    ConnectorChangedSince {
        code: "CON007",
        name: "connector-changed-since",
        severity: Info,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        precedence: ProbablyFixed,
        /// コネクタは現在一致していて、最後に拒否されたメールより後に変更されています。
        ///
        /// ## 検出する内容
        /// 提示した内容と一致するコネクタです。その `WhenChanged` は、この送信コネクタと証明書での
        /// 最後の拒否より後です。
        ///
        /// ## 問題となる理由
        /// ログは、変更前の状況を示しています。問題は、おそらく既に解決しています。
        ///
        /// ## 対処方法
        /// テスト メッセージを送信するか、より新しいログで sendlens をもう一度実行します。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution"、Microsoft Learn): コネクタの変更が
        ///   反映されるまでに、時間がかかることがあります。
        /// - `Get-InboundConnector` (リファレンス、Microsoft Learn): `WhenChanged` は、コネクタが
        ///   最後に変更された日時を示します。
        japanese: ["d35c70d7"],
    }
}

impl Cause for ConnectorChangedSince {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.concerns_our_side() {
            return None;
        }
        let last = context.last_rejection();
        let (view, changed) = context.judgement.matching().find_map(|view| {
            let changed = Timestamp::from(*view.connector.when_changed.value()?);
            changed
                .since(last)
                .is_some_and(|after| after > 0)
                .then_some((view, changed))
        })?;
        let language = context.analysis.language;
        let connector = wording::capitalised(language, &wording::connector(language, view));
        let explanation = if view.matches_by_name() {
            let certificate = wording::offered(context);
            matches_now(language, &connector, &certificate, changed, last)
        } else {
            let source = context.source_text();
            lists_now(language, &connector, &source, changed, last)
        };
        Some(
            Diagnosis::of(&Self::META, explanation)
                .deciding(CauseContext::deciding(view))
                .fix(Fix::step(&test(language))),
        )
    }
}

sentences! {
    /// The connector expects the certificate.
    fn matches_now(inbound: &str, certificate: &str, changed: Timestamp, last: Timestamp) {
        en: "{inbound} matches {certificate} now. It was changed at {changed}, after the last rejection at {last}. The problem is probably fixed already.",
        ja: "{inbound}は、現在は証明書 {certificate} と一致しています。最後の拒否 ({last}) より後の {changed} に変更されています。問題は、おそらく既に解決しています。" ["8511d731"],
    }
    /// The connector lists the address.
    fn lists_now(inbound: &str, source: &str, changed: Timestamp, last: Timestamp) {
        en: "{inbound} lists {source} now. It was changed at {changed}, after the last rejection at {last}. The problem is probably fixed already.",
        ja: "{inbound}には、現在は {source} が登録されています。最後の拒否 ({last}) より後の {changed} に変更されています。問題は、おそらく既に解決しています。" ["5cfa2dbb"],
    }
    /// What to do.
    fn test() {
        en: "Send a test message, or run sendlens again with newer logs.",
        ja: "テスト メッセージを送信するか、より新しいログで sendlens をもう一度実行します。" ["cccb5a17"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};
    use crate::tenant::{Known, Tenant};

    fn changed(day: u32) -> Tenant {
        let mut tenant = contoso();
        let time = Timestamp::parse(format!("2026-11-{day:02}T00:00:00.000Z").as_bytes());
        let time = time.and_then(Timestamp::to_chrono).expect("time");
        tenant.connectors[0].when_changed = Known::Value(time);
        tenant
    }

    #[test]
    fn fires_where_the_change_came_later() {
        assert_eq!(causes(&[Session::default()], &[changed(4)]), ["CON007"]);
    }

    #[test]
    fn stays_silent_where_it_came_before_or_is_unknown() {
        assert!(findings(&ConnectorChangedSince, &[Session::default()], &[changed(2)]).is_empty());
        assert!(findings(&ConnectorChangedSince, &[Session::default()], &[contoso()]).is_empty());
    }
}
