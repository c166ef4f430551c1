//! Rejections that only the recipient's tenant can end.
//!
//! In: a [`CauseContext`], and what happened to the mail. Out: a diagnosis without a command.
//! Must not blame the organisation's own configuration where the exports show no fault.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::RuleMeta;
use crate::language::sentences;
use crate::remedy::offered;
use crate::smtp::reply::Class;

/// A rejection of a class that concerns the recipient's tenant. It holds if the organisation's own
/// configuration is consistent: a connector matches, and no export lost a value. `what` is a sentence that
/// says what happened to the mail.
pub fn rejected(
    context: &CauseContext<'_>,
    class: Class,
    entry: &RuleMeta,
    what: &str,
    step: &str,
) -> Option<Diagnosis> {
    let consistent = context.judgement.matching().next().is_some()
        && !context.judgement.views.iter().any(ConnectorView::may_match);
    if context.class() != Some(class) || !consistent {
        return None;
    }
    let explanation = own_side_is_right(
        context.analysis.language,
        context.send_connector(),
        &offered::predicate(context),
        what,
    );
    Some(Diagnosis::of(entry, explanation).fix(Fix::step(step)))
}

sentences! {
    /// The explanation of a rejection by the recipient's tenant.
    fn own_side_is_right(connector: &str, offered: &str, what: &str) {
        en: "Send connector '{connector}' {offered}. {what} The exports show no fault in your own configuration.",
        ja: "送信コネクタ「{connector}」は{offered}。{what}エクスポートからは、自組織の構成に問題は見つかりません。" ["937db964"],
    }
}
