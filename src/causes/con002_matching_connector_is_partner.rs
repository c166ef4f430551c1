//! CON002: the right name is on the wrong type of connector.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::{Language, sentences};
use crate::remedy::command;
use crate::remedy::{offered, on_premises, wording};
use crate::tenant::ConnectorType;

declare_rule! {
    /// The only inbound connector that matches is of type Partner.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector matches what was offered, but an enabled Partner connector
    /// does.
    ///
    /// ## Why it matters
    /// Exchange Online uses only connectors of type OnPremises to choose the tenant. A Partner
    /// connector acts in the recipient's tenant. It cannot let mail relay.
    ///
    /// ## What to do
    /// Change the type of the connector, or create an OnPremises connector with the same
    /// certificate name.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): only connectors of type OnPremises
    ///   grant the right to relay; Partner connectors serve external partners.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    MatchingConnectorIsPartner {
        code: "CON002",
        name: "matching-connector-is-partner",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 一致する Exchange Online の受信コネクタは、種類が Partner のものだけです。
        ///
        /// ## 検出する内容
        /// 提示した内容と一致する有効な OnPremises コネクタはありませんが、
        /// 有効な Partner コネクタが一致します。
        ///
        /// ## 問題となる理由
        /// Exchange Online がテナントを決めるために使用するのは、
        /// 種類が OnPremises のコネクタだけです。Partner コネクタは受信者のテナントで機能します。
        /// メールのリレーを許可することはできません。
        ///
        /// ## 対処方法
        /// コネクタの種類を変更するか、同じ証明書名の OnPremises コネクタを作成します。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、Microsoft Learn): リレーを許可するのは、
        ///   種類が OnPremises のコネクタだけです。Partner コネクタは外部のパートナー用です。
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): リレーするには、正しく構成され、送信元サーバーと一致するコネクタが
        ///   必要です。
        japanese: ["2c7dead4"],
    }
}

impl Cause for MatchingConnectorIsPartner {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        if !context.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let view = judgement.views.iter().find(|view| {
            view.is_enabled() && view.is_type(ConnectorType::Partner) && view.matches()
        })?;
        let unfit = if view.has_name() {
            on_premises::unfit(context)
        } else {
            String::new()
        };
        let language = context.analysis.language;
        let explanation = only_partner(
            language,
            context.send_connector(),
            &offered::predicate(context),
            &context.source_text(),
            &wording::connector(language, view),
        );
        let command = format!(
            "Set-InboundConnector -Identity {} -ConnectorType OnPremises",
            command::inbound_identity(view.connector)
        );
        Some(
            Diagnosis::of(&Self::META, explanation + &unfit)
                .deciding(CauseContext::deciding(view))
                .fix(Fix::command(
                    Where::Online,
                    command,
                    &partner_note(language, view),
                )),
        )
    }
}

/// What to mind before the type of the connector is changed.
fn partner_note(language: Language, view: &ConnectorView<'_>) -> String {
    if view.matches_by_name() {
        check_partners_of_name(language)
    } else {
        check_partners_of_addresses(language)
    }
}

sentences! {
    /// What matches.
    fn only_partner(connector: &str, offered: &str, source: &str, inbound: &str) {
        en: "Send connector '{connector}' {offered} from {source}. Only {inbound} matches, and it is of type Partner. Exchange Online does not use Partner connectors to choose the tenant.",
        ja: "送信コネクタ「{connector}」は、{source} から{offered}。一致するのは {inbound}だけで、種類は Partner です。Exchange Online は、テナントを決めるために Partner コネクタを使用しません。" ["3f663aa2"],
    }
    /// What to mind where the certificate name matches.
    fn check_partners_of_name() {
        en: "First check whether partners also use this connector. If they do, do not run this command. Create a second connector of type OnPremises with the same certificate name instead.",
        ja: "最初に、パートナーもこのコネクタを使用しているかどうかを確認します。使用している場合は、このコマンドを実行しないでください。代わりに、同じ証明書名で、種類が OnPremises の 2 つ目のコネクタを作成します。" ["de81d951"],
    }
    /// What to mind where an address matches.
    fn check_partners_of_addresses() {
        en: "First check whether partners also use this connector. If they do, do not run this command. Create a second connector of type OnPremises with the same addresses instead.",
        ja: "最初に、パートナーもこのコネクタを使用しているかどうかを確認します。使用している場合は、このコマンドを実行しないでください。代わりに、同じ IP アドレスで、種類が OnPremises の 2 つ目のコネクタを作成します。" ["58977371"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};
    use crate::tenant::Known;

    #[test]
    fn fires_where_only_a_partner_connector_matches() {
        let mut partner = contoso();
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        assert_eq!(causes(&[Session::default()], &[partner]), ["CON002"]);
        let mut partner = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        let found = findings(
            &MatchingConnectorIsPartner,
            &[Session::default()],
            &[partner],
        );
        assert!(found[0].fix[0].note.contains("with the same addresses"));
    }

    #[test]
    fn stays_silent_where_an_onpremises_one_matches_or_the_partner_is_disabled() {
        assert!(
            findings(
                &MatchingConnectorIsPartner,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let mut disabled = contoso();
        disabled.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        disabled.connectors[0].enabled = Known::Value(false);
        assert!(
            findings(
                &MatchingConnectorIsPartner,
                &[Session::default()],
                &[disabled]
            )
            .is_empty()
        );
    }
}
