//! CON003: there is no connector that could match.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::{CauseContext, Deciding};
use crate::diagnosis::delivering;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::command::quote;
use crate::remedy::{candidate, command, offer, offered, on_premises};
use crate::smtp::certificate::Certificate;
use crate::tenant::ConnectorType;

declare_rule! {
    /// None of the given tenants has an enabled OnPremises connector that identifies a sender.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector has a certificate name or an address, and no disabled or
    /// Partner connector matches what was offered.
    ///
    /// ## Why it matters
    /// Without such a connector, all mail that leaves Microsoft 365 again is rejected.
    ///
    /// ## What to do
    /// 1. Check that the exports are of the right tenant.
    /// 2. If no certificate was offered, or one that Exchange Online does not accept, let the servers
    ///    offer one of a public authority first.
    /// 3. Create an inbound connector of type OnPremises with the name of that certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    NoOnpremisesConnector {
        code: "CON003",
        name: "no-onpremises-connector",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 指定されたどのテナントにも、送信者を識別する有効な OnPremises コネクタがありません。
        ///
        /// ## 検出する内容
        /// 証明書名または IP アドレスが設定された有効な OnPremises コネクタはありません。また、
        /// 提示した内容と一致する無効なコネクタや Partner コネクタもありません。
        ///
        /// ## 問題となる理由
        /// このようなコネクタがないと、Microsoft 365 を経由して外部に出るメールはすべて
        /// 拒否されます。
        ///
        /// ## 対処方法
        /// 1. エクスポートが正しいテナントのものであることを確認します。
        /// 2. 証明書が提示されていないか、Exchange Online が受け入れない証明書が提示されている
        ///    場合は、最初に、サーバーが公的な証明機関の証明書を提示するようにします。
        /// 3. その証明書の名前を指定して、種類が OnPremises の Exchange Online の受信コネクタを
        ///    作成します。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): リレーするには、正しく構成され、送信元サーバーと一致するコネクタが
        ///   必要です。
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        japanese: ["9a9927db"],
    }
}

impl Cause for NoOnpremisesConnector {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        let identifies = judgement
            .active()
            .any(|view| view.has_name() || view.has_addresses());
        let others = judgement.views.iter().any(|view| {
            (view.is_disabled() || view.is_type(ConnectorType::Partner)) && view.matches()
        });
        let lost = judgement
            .views
            .iter()
            .any(|view| view.may_match() || (view.may_be_active() && view.state_is_lost()));
        if !context.concerns_our_side()
            || !context.analysis.has_exports()
            || identifies
            || others
            || lost
        {
            return None;
        }
        let tenants: Vec<&str> = context
            .analysis
            .tenants
            .iter()
            .map(|tenant| tenant.name.as_str())
            .collect();
        let language = context.analysis.language;
        let explanation = none_identifies(
            language,
            context.send_connector(),
            &offered::predicate(context),
            &language.list(&tenants),
        );
        let only = match tenants.as_slice() {
            [tenant] => Some(Deciding {
                tenant: (*tenant).to_owned(),
                connector: None,
                changed: None,
            }),
            _ => None,
        };
        let mut finding = Diagnosis::of(&Self::META, explanation + &on_premises::unfit(context));
        finding = finding.deciding(only);
        finding.fix = fix(context);
        Some(finding)
    }
}

/// Lets the servers offer a certificate that Exchange Online accepts, if they do not, and a connector
/// expect it.
fn fix(context: &CauseContext<'_>) -> Vec<Fix> {
    let (mut steps, name) = match context.certificate() {
        Some(offered) if !is_unfit(context, offered) => {
            (Vec::new(), candidate::name_to_expect(context, offered))
        }
        None if !context.offered_none() => (Vec::new(), None),
        offered => another(context, offered.is_some()),
    };
    let command = format!(
        "New-InboundConnector -Name 'Inbound from on-premises' -ConnectorType OnPremises -SenderDomains '*' -RequireTls $true -CloudServicesMailEnabled $true -TlsSenderCertificateName {}",
        name.as_deref()
            .map_or("'<name of the certificate>'".to_owned(), quote)
    );
    let language = context.analysis.language;
    let note = if steps.is_empty() || name.is_some() {
        create(language)
    } else {
        create_with_name(language)
    };
    steps.push(Fix::command(Where::Online, command, &note));
    steps
}

/// Whether Exchange Online does not accept this certificate, whatever a connector expects.
fn is_unfit(context: &CauseContext<'_>, offered: &Certificate) -> bool {
    !on_premises::unfit(context).is_empty() || delivering::is_of_no_use(context.analysis, offered)
}

/// The steps that let the servers offer another certificate, and its name, if the exports hold it.
fn another(context: &CauseContext<'_>, is_offered: bool) -> (Vec<Fix>, Option<String>) {
    let language = context.analysis.language;
    let lack = if is_offered {
        not_accepted(language)
    } else {
        not_offered(language)
    };
    if let Some(known) = candidate::presentable(context) {
        let why = language.together(&[lack, is_exported(language)]);
        let steps = offer::exported(context, known, &why);
        return (
            steps,
            candidate::name_to_expect(context, &known.certificate),
        );
    }
    let note = offer_public(language, &lack);
    let step = command::offer_another(context.send_connector(), "the public certificate", &note);
    (vec![step], None)
}

sentences! {
    /// No connector identifies a sender.
    fn none_identifies(connector: &str, offered: &str, tenants: &str) {
        en: "Send connector '{connector}' {offered}, but no enabled OnPremises inbound connector of {tenants} has a certificate name or an address.",
        ja: "送信コネクタ「{connector}」は{offered}。しかし、{tenants} には、証明書名または IP アドレスが設定された、種類が OnPremises の有効な受信コネクタがありません。" ["02df9d63"],
    }
    /// How to create a connector for the certificate.
    fn create() {
        en: "1. Check that the exports are of the tenant that should accept the mail. 2. Make sure that the domain of the certificate name is an accepted domain of that tenant. 3. Run the command.",
        ja: "1. エクスポートが、メールを受け入れるべきテナントのものであることを確認します。 2. 証明書名のドメインが、そのテナントの承認済みドメインであることを確認します。 3. コマンドを実行します。" ["7bb46c96"],
    }
    /// The same, where the name of the certificate is not known yet.
    fn create_with_name() {
        en: "1. Check that the exports are of the tenant that should accept the mail. 2. Make sure that the domain of the certificate name is an accepted domain of that tenant. 3. Replace the placeholder in the command with the name of the certificate that your servers offer then. 4. Run the command.",
        ja: "1. エクスポートが、メールを受け入れるべきテナントのものであることを確認します。 2. 証明書名のドメインが、そのテナントの承認済みドメインであることを確認します。 3. コマンドのプレースホルダーを、サーバーが今後提示する証明書の名前に置き換えます。 4. コマンドを実行します。" ["6980c5dd"],
    }
    /// The certificate is unfit.
    fn not_accepted() {
        en: "Exchange Online does not accept the certificate that was offered.",
        ja: "Exchange Online は、提示された証明書を受け入れません。" ["b2f98ff0"],
    }
    /// There is no certificate.
    fn not_offered() {
        en: "No certificate was offered, so a connector that expects one is not enough.",
        ja: "証明書が提示されていないため、証明書を想定するコネクタを作成するだけでは不十分です。" ["d923196f"],
    }
    /// The exports hold a certificate, behind one of the two sentences above.
    fn is_exported() {
        en: "Your exports hold one that it can accept.",
        ja: "エクスポートに、Exchange Online が受け入れられる証明書があります。" ["5af303a8"],
    }
    /// How the servers offer another certificate. `lack` is one of the sentences above.
    fn offer_public(lack: &str) {
        en: "{lack} 1. Find a certificate of a public authority with a name in an accepted domain of the tenant, or get one. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
        ja: "{lack} 1. テナントの承認済みドメインの名前を持つ、公的な証明機関の証明書を見つけるか、取得します。 2. その証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 3. コマンドのプレースホルダーを、証明書の拇印に置き換えます。 4. コマンドを実行します。" ["1bb69958"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant, with_analysis};
    use crate::tenant::Known;

    /// The commands for a session to a tenant without connectors.
    fn commands(session: Session, own: &OnPremises) -> Vec<String> {
        let mut empty = contoso();
        empty.connectors.clear();
        with_analysis(&[session], &[empty], own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let finding = NoOnpremisesConnector.check(&context).unwrap();
            let commands = finding.fix.into_iter().filter_map(|step| step.command);
            commands.collect()
        })
    }

    /// A session without a certificate, and one with a certificate of the server's own.
    fn unfit() -> [Session; 2] {
        let bare = Session {
            names: &[],
            ..Session::default()
        };
        let own = Session {
            names: &["EX01.contoso.com"],
            issuer: "CN=EX01.contoso.com",
            ..Session::default()
        };
        [bare, own]
    }

    #[test]
    fn a_connector_is_made_for_a_certificate_that_can_be_accepted() {
        let named = on_premises(vec![send_connector()], vec![exchange_certificate('A')]);
        let mut unnamed = named.clone();
        unnamed.send_connectors[0].tls_certificate_name = Known::Value(None);
        for session in unfit() {
            for (own, first) in [(&named, "Restart-Service"), (&unnamed, "Set-SendConnector")] {
                let commands = commands(session.clone(), own);
                assert!(commands[0].contains(first), "{commands:?}");
                let last = commands.last().unwrap();
                let name = "-TlsSenderCertificateName 'mail.contoso.com'";
                assert!(last.ends_with(name), "{commands:?}");
            }
        }
    }

    #[test]
    fn without_such_a_certificate_it_is_to_be_found_first() {
        let mut foreign = exchange_certificate('A');
        foreign.certificate.subject = Some("CN=mail.example.net".to_owned());
        foreign.certificate.names = vec!["mail.example.net".to_owned()];
        let mut connector = send_connector();
        connector.tls_certificate_name = Known::Value(None);
        for own in [
            OnPremises::default(),
            on_premises(vec![connector], vec![foreign]),
        ] {
            for session in unfit() {
                let commands = commands(session, &own);
                assert_eq!(commands.len(), 2, "{commands:?}");
                assert!(commands[0].contains("'<thumbprint of the public certificate>'"));
                let last = "-TlsSenderCertificateName '<name of the certificate>'";
                assert!(commands[1].ends_with(last), "{commands:?}");
            }
        }
    }

    #[test]
    fn fires_where_no_connector_identifies_anybody() {
        let mut empty = contoso();
        empty.connectors.clear();
        assert_eq!(causes(&[Session::default()], &[empty]), ["CON003"]);
        assert_eq!(
            causes(
                &[Session::default()],
                &[tenant(None, &[], &["contoso.com"])]
            ),
            ["CON003"]
        );
    }

    #[test]
    fn stays_silent_where_one_does_or_a_disabled_one_matches() {
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[contoso()]).is_empty());
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[]).is_empty());
        let mut disabled = contoso();
        disabled.connectors[0].enabled = Known::Value(false);
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[disabled]).is_empty());
    }
}
