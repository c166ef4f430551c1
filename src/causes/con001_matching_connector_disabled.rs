//! CON001: the right connector is disabled.

use crate::attribution::judgement::Judgement;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::command;
use crate::remedy::{offered, on_premises, wording};
use crate::tenant::ConnectorType;

declare_rule! {
    /// The inbound connector that would match is disabled.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector matches what was offered, but a disabled one does. It may be of
    /// type Partner if no enabled connector of that type matches.
    ///
    /// ## Why it matters
    /// A disabled connector never matches, so Exchange Online cannot assign this mail to your
    /// tenant.
    ///
    /// ## What to do
    /// 1. Enable the connector.
    /// 2. Wait up to an hour.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `Enabled` turns a connector on or
    ///   off.
    /// - That a disabled connector never matches is inferred from this setting; no public case
    ///   contradicts it.
    MatchingConnectorDisabled {
        code: "CON001",
        name: "matching-connector-disabled",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 一致するはずの Exchange Online の受信コネクタが無効になっています。
        ///
        /// ## 検出する内容
        /// 提示した内容と一致する有効な OnPremises コネクタはありませんが、
        /// 無効なコネクタが一致します。有効な Partner コネクタが一致しない場合は、
        /// 種類が Partner の無効なコネクタも対象です。
        ///
        /// ## 問題となる理由
        /// 無効なコネクタは一致することがないため、Exchange Online はこのメールを自組織のテナントに
        /// 割り当てられません。
        ///
        /// ## 対処方法
        /// 1. コネクタを有効にします。
        /// 2. 最大 1 時間待ちます。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): リレーするには、正しく構成され、送信元サーバーと一致するコネクタが
        ///   必要です。
        /// - `Set-InboundConnector` (リファレンス、Microsoft Learn): `Enabled` で、コネクタの有効と
        ///   無効を切り替えます。
        /// - 無効なコネクタが一致しないことは、この設定からの推定です。
        ///   これに反する公開事例はありません。
        japanese: ["40bd9289"],
    }
}

impl Cause for MatchingConnectorDisabled {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        if !context.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let disabled = || {
            let views = judgement.views.iter();
            views.filter(|view| view.is_disabled() && view.matches())
        };
        let right = disabled().find(|view| view.is_type(ConnectorType::OnPremises));
        let view = match right {
            Some(view) => view,
            // An enabled Partner connector that matches is CON002.
            None if has_enabled_partner(judgement) => return None,
            None => disabled().find(|view| view.is_type(ConnectorType::Partner))?,
        };
        let is_partner = view.is_type(ConnectorType::Partner);
        let unfit = if view.has_name() {
            on_premises::unfit(context)
        } else {
            String::new()
        };
        let language = context.analysis.language;
        let words = if is_partner {
            disabled_partner
        } else {
            disabled_onpremises
        };
        let explanation = words(
            language,
            context.send_connector(),
            &offered::predicate(context),
            &context.source_text(),
            &wording::capitalised(language, &wording::connector(language, view)),
            &wording::expectation(language, view),
        );
        let command = format!(
            "Set-InboundConnector -Identity {}{} -Enabled $true",
            command::inbound_identity(view.connector),
            if is_partner {
                " -ConnectorType OnPremises"
            } else {
                ""
            }
        );
        let note = if is_partner {
            enable_and_change_type(language)
        } else {
            enable(language)
        };
        Some(
            Diagnosis::of(&Self::META, explanation + &unfit)
                .deciding(CauseContext::deciding(view))
                .fix(Fix::command(Where::Online, command, &note)),
        )
    }
}

fn has_enabled_partner(judgement: &Judgement<'_>) -> bool {
    let mut views = judgement.views.iter();
    views.any(|view| view.is_enabled() && view.is_type(ConnectorType::Partner) && view.matches())
}

sentences! {
    /// A connector of type OnPremises would match.
    fn disabled_onpremises(connector: &str, offered: &str, source: &str, inbound: &str, expectation: &str) {
        en: "Send connector '{connector}' {offered} from {source}. {inbound} {expectation} and would match, but it is disabled. No other connector matches.",
        ja: "送信コネクタ「{connector}」は、{source} から{offered}。{inbound}は{expectation}。一致するはずですが、無効になっています。ほかに一致するコネクタはありません。" ["65fc81f2"],
    }
    /// A connector of type Partner would match.
    fn disabled_partner(connector: &str, offered: &str, source: &str, inbound: &str, expectation: &str) {
        en: "Send connector '{connector}' {offered} from {source}. {inbound} {expectation} and would match, but it is disabled and of type Partner, which Exchange Online does not use to choose the tenant. No other connector matches.",
        ja: "送信コネクタ「{connector}」は、{source} から{offered}。{inbound}は{expectation}。一致するはずですが、無効になっていて、種類も Partner です。Exchange Online は、テナントを決めるために Partner コネクタを使用しません。ほかに一致するコネクタはありません。" ["4e3b88bd"],
    }
    /// What to do.
    fn enable() {
        en: "1. Run the command. 2. Wait up to an hour.",
        ja: "1. コマンドを実行します。 2. 最大 1 時間待ちます。" ["97b1327d"],
    }
    /// What to do where the type is wrong as well.
    fn enable_and_change_type() {
        en: "The connector must be of type OnPremises as well. 1. Make sure that it was not meant for partners. If it was, create a second connector of type OnPremises instead. 2. Run the command. 3. Wait up to an hour.",
        ja: "コネクタの種類も OnPremises である必要があります。 1. コネクタがパートナー用ではないことを確認します。パートナー用の場合は、代わりに種類が OnPremises の 2 つ目のコネクタを作成します。 2. コマンドを実行します。 3. 最大 1 時間待ちます。" ["fd531731"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};
    use crate::tenant::Known;

    #[test]
    fn fires_where_the_match_is_disabled() {
        let mut disabled = contoso();
        disabled.connectors[0].enabled = Known::Value(false);
        assert_eq!(causes(&[Session::default()], &[disabled]), ["CON001"]);
    }

    #[test]
    fn a_disabled_partner_connector_needs_the_right_type_too() {
        let mut partner = contoso();
        partner.connectors[0].enabled = Known::Value(false);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        let sessions = [Session::default()];
        assert_eq!(
            causes(&sessions, std::slice::from_ref(&partner)),
            ["CON001"]
        );
        let found = findings(&MatchingConnectorDisabled, &sessions, &[partner]);
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -ConnectorType OnPremises -Enabled $true"
            )
        );
    }

    #[test]
    fn stays_silent_where_an_enabled_one_matches_or_may() {
        let mut both = contoso();
        both.connectors.push(both.connectors[0].clone());
        both.connectors[0].enabled = Known::Value(false);
        assert!(
            findings(
                &MatchingConnectorDisabled,
                &[Session::default()],
                &[both.clone()]
            )
            .is_empty()
        );
        both.connectors[1].enabled = Known::Lost;
        both.connectors[1].tls_sender_certificate_name = Known::Lost;
        assert!(findings(&MatchingConnectorDisabled, &[Session::default()], &[both]).is_empty());
    }
}
