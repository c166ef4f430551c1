//! Whether the hybrid wizard made a connector, and the step that runs it again.
//!
//! In: connectors as exported, and the settings of the wizard's log. Out: answers, and a [`Fix`].
//! Must not decide whether something is wrong.
//! Source: KB 4051495, which recommends to run the wizard again after a renewal.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::language::{Language, sentences};
use crate::onprem::OnPremises;
use crate::remedy::offer;
use crate::tenant::InboundConnector;

/// What the names of the wizard's connectors begin with.
const OUTBOUND: &str = "outbound to office 365";

/// Whether the wizard made this inbound connector, by its source or by the log of the wizard.
pub fn made_inbound(own: &OnPremises, connector: &InboundConnector) -> bool {
    connector.is_made_by_wizard() || own.is_made_by_wizard(true, &connector.name)
}

/// Whether the wizard made this send connector, by its name or by the log of the wizard.
pub fn made_outbound(own: &OnPremises, name: &str) -> bool {
    name.to_lowercase().starts_with(OUTBOUND) || own.is_made_by_wizard(false, name)
}

/// The step that offers the wizard, if it made the send connector or this inbound connector.
pub fn offered(context: &CauseContext<'_>, view: Option<&ConnectorView<'_>>) -> Option<Fix> {
    // The wizard would set the same name, and EdgeSync would leave it out once more.
    if offer::too_long_for_edge(context).is_some() {
        return None;
    }
    let own = context.analysis.on_premises;
    let made = made_outbound(own, context.send_connector())
        || view.is_some_and(|view| made_inbound(own, view.connector));
    made.then(|| run_again(context.analysis.language))
}

/// The same beside a step that adds a second connector, because others need the first one.
pub fn offered_beside(
    context: &CauseContext<'_>,
    view: &ConnectorView<'_>,
    step: Option<&Fix>,
) -> Option<Fix> {
    let mut offered = offered(context, Some(view))?;
    let adds = |step: &Fix| {
        let command = step.command.as_deref();
        command.is_some_and(|command| command.starts_with("New-InboundConnector"))
    };
    if step.is_some_and(adds) {
        let language = context.analysis.language;
        offered.note = language.together(&[offered.note, only_when_all_offer_it(language)]);
    }
    Some(offered)
}

/// The step that offers the wizard instead of the commands.
pub fn run_again(language: Language) -> Fix {
    Fix::step(&instead_of_these_commands(language))
}

sentences! {
    /// The step that runs the wizard.
    fn instead_of_these_commands() {
        en: "Instead of these commands, you can run the hybrid configuration wizard again: it made this connector, and Microsoft recommends it (KB 4051495). Select the certificate in the wizard. It sets the send connector and the inbound connector together.",
        ja: "これらのコマンドの代わりに、ハイブリッド構成ウィザードをもう一度実行することもできます。このコネクタはウィザードが作成したもので、Microsoft もウィザードの再実行を推奨しています (KB 4051495)。ウィザードで証明書を選択すると、送信コネクタと Exchange Online の受信コネクタがまとめて設定されます。" ["1593273e"],
    }
    /// What to mind where another connector is needed too, behind the step.
    fn only_when_all_offer_it() {
        en: "Afterwards the inbound connector of the wizard expects only this certificate, so do this only when every server and send connector offers it.",
        ja: "その後、ウィザードの受信コネクタはこの証明書だけを想定するようになります。すべてのサーバーと送信コネクタがこの証明書を提示するようになってから実行してください。" ["d4d8a38a"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::connector;
    use crate::tenant::Known;

    #[test]
    fn the_wizard_is_known_by_its_source_or_its_name() {
        let own = OnPremises::default();
        let mut inbound = connector("Inbound from 1", None, &[]);
        assert!(!made_inbound(&own, &inbound));
        inbound.connector_source = Known::Value(Some("HybridWizard".to_owned()));
        assert!(made_inbound(&own, &inbound));
        inbound.connector_source = Known::Value(Some("AdminUI".to_owned()));
        assert!(!made_inbound(&own, &inbound));
        assert!(made_outbound(&own, "Outbound to Office 365 - 1"));
        assert!(!made_outbound(&own, "Relay"));
    }
}
