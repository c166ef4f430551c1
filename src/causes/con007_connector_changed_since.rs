//! CON007: the problem is probably fixed already.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::input::timestamp::Timestamp;
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
        let explanation = format!(
            "{} matches {} now. It was changed at {changed}, after the last rejection at {last}. The problem is probably fixed already.",
            wording::capitalised(&wording::connector(context.analysis.language, view)),
            wording::offered(context),
        );
        Some(
            Diagnosis::of(&Self::META, explanation)
                .deciding(CauseContext::deciding(view))
                .fix(Fix::step(
                    "Send a test message, or run sendlens again with newer logs.",
                )),
        )
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
