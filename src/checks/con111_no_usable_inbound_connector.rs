//! CON111: no enabled inbound connector of a tenant identifies anybody.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::inbound_connector::names_a_certificate;
use crate::diagnosis::named_certificate;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::send_connector::{has_rejections, tenant_of};
use crate::diagnosis::subject::Subject;
use crate::language::{Language, sentences};
use crate::onprem::SendConnector;
use crate::remedy::{command, expected_name, settings, wizard, wording};
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

declare_rule! {
    /// A send connector sends to a tenant in which no enabled inbound connector identifies
    /// anybody.
    ///
    /// ## What it finds
    /// A tenant to which an enabled send connector sends, and in which no OnPremises inbound
    /// connector is enabled and has a certificate name or an address: there is none, all are
    /// disabled, or they are of type Partner. If the logs show that mail of the send connector is
    /// rejected, the check reports nothing: the incident then says why.
    ///
    /// ## Why it matters
    /// Exchange Online cannot assign mail of your servers to the tenant. Mail to recipients
    /// outside Microsoft 365 is rejected with 550 5.7.64. Mail to the tenant's own mailboxes is
    /// taken as mail from outside.
    ///
    /// ## What to do
    /// Do one of the following:
    ///
    /// - Enable the connector that was disabled, after you have found out why.
    /// - Add an OnPremises connector that expects the name of the certificate.
    /// - Run the hybrid configuration wizard again.
    ///
    /// ## Sources
    /// - Microsoft Learn, "Updated requirements for SMTP relay through Exchange Online" (2023): relay
    ///   needs an enabled OnPremises inbound connector of the tenant that the certificate or the
    ///   address matches.
    /// - KB 4051495: 550 5.7.64 where no inbound connector matches.
    NoUsableInboundConnector {
        code: "CON111",
        name: "no-usable-inbound-connector",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors, InboundConnectors],
        proof: Exports,
        /// 送信コネクタの送信先テナントに、送信元を識別できる有効な Exchange Online の
        /// 受信コネクタがありません。
        ///
        /// ## 検出する内容
        /// 有効な送信コネクタの送信先であるにもかかわらず、証明書名または IP アドレスが
        /// 設定された有効な OnPremises コネクタがないテナントを検出します。
        /// 受信コネクタが 1 つもない、すべて無効である、または種類が Partner である場合です。
        /// 送信コネクタのメールが拒否されていることがログから分かる場合、
        /// このチェックは何も報告しません。この場合は、インシデントが理由を示します。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、自組織のサーバーのメールをテナントに割り当てられません。
        /// Microsoft 365 の外部の受信者へのメールは、550 5.7.64 で拒否されます。
        /// テナント自身のメールボックスへのメールは、外部からのメールとして受け入れられます。
        ///
        /// ## 対処方法
        /// 次のいずれかを行います。
        ///
        /// - 受信コネクタが無効にされた理由を調べてから、有効にします。
        /// - 証明書の名前を想定する OnPremises コネクタを追加します。
        /// - ハイブリッド構成ウィザードをもう一度実行します。
        ///
        /// ## 出典
        /// - Microsoft Learn、
        ///   "Updated requirements for SMTP relay through Exchange Online" (2023): リレーには、
        ///   証明書または IP アドレスと一致する、テナントの有効な OnPremises コネクタが必要です。
        /// - KB 4051495: 一致する受信コネクタがない場合の 550 5.7.64 についての記事です。
        japanese: ["e44eb237"],
    }
}

impl Check for NoUsableInboundConnector {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let exported = || {
            context
                .tenants
                .iter()
                .filter(|tenant| tenant.connectors_exported)
        };
        // If the tenant of a send connector is not known, one usable connector of any is enough.
        let any_usable = exported().any(|tenant| usable(tenant) != Some(false));
        for tenant in exported() {
            let only = exported().count() == 1;
            let senders: Vec<&SendConnector> = context
                .to_exchange_online()
                .filter(|connector| match tenant_of(connector, context.tenants) {
                    Some(name) => name == tenant.name,
                    None => only || !any_usable,
                })
                .filter(|connector| !has_rejections(context, connector))
                .collect();
            match (senders.is_empty(), usable(tenant)) {
                (false, Some(false)) => findings.add(observation(context, tenant, &senders)),
                (false, None) => note_lost(tenant, findings),
                _ => {}
            }
        }
    }
}

/// Whether an enabled OnPremises connector identifies anybody; `None` if a lost value decides.
fn usable(tenant: &Tenant) -> Option<bool> {
    let answers = || tenant.connectors.iter().map(identifies);
    if answers().any(|answer| answer == Some(true)) {
        return Some(true);
    }
    answers()
        .all(|answer| answer == Some(false))
        .then_some(false)
}

fn identifies(connector: &InboundConnector) -> Option<bool> {
    let addresses = connector.sender_ip_addresses.value();
    let conditions = [
        connector.enabled.value().copied(),
        connector
            .connector_type
            .value()
            .map(|found| *found == ConnectorType::OnPremises),
        match (
            names_a_certificate(connector),
            addresses.map(|list| !list.is_empty()),
        ) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
    ];
    if conditions.contains(&Some(false)) {
        return Some(false);
    }
    conditions
        .iter()
        .all(|condition| *condition == Some(true))
        .then_some(true)
}

fn note_lost(tenant: &Tenant, findings: &mut CheckOutput) {
    let open = |connector: &&InboundConnector| identifies(connector).is_none();
    for connector in tenant.connectors.iter().filter(open) {
        for field in connector.lost_fields() {
            let about = Subject::inbound(tenant, connector);
            findings.mark_undetermined(&NoUsableInboundConnector::META, about, field);
        }
    }
}

fn observation(context: &CheckContext<'_>, tenant: &Tenant, senders: &[&SendConnector]) -> Finding {
    let language = context.language;
    let mut names: Vec<String> = senders
        .iter()
        .map(|connector| language.quoted(&connector.name))
        .collect();
    names.dedup();
    let connectors = tenant.connectors.iter();
    let states: Vec<String> = connectors.map(|one| state(language, one)).collect();
    let states = match states.as_slice() {
        [] => has_none(language),
        all => settings::listed(language, all),
    };
    let message = match names.as_slice() {
        [name] => sends_to(language, name, &tenant.name, &states),
        names => {
            let names = settings::listed(language, names);
            send_to(language, &names, &tenant.name, &states)
        }
    };
    let entry = &NoUsableInboundConnector::META;
    let mut finding = Finding::of(entry, &tenant.name, message).tenant(&tenant.name);
    for connector in &tenant.connectors {
        let (field, value) = if connector.enabled == Known::Value(false) {
            ("Enabled", "False")
        } else if connector.connector_type == Known::Value(ConnectorType::Partner) {
            ("ConnectorType", "Partner")
        } else {
            ("TlsSenderCertificateName", "")
        };
        finding = finding.proof(settings::proof(connector, field, value));
    }
    fixes(context, tenant, senders)
        .into_iter()
        .fold(finding, Finding::fix)
}

fn state(language: Language, connector: &InboundConnector) -> String {
    if connector.enabled == Known::Value(false) {
        is_disabled(language, &connector.name)
    } else if connector.connector_type == Known::Value(ConnectorType::Partner) {
        is_partner(language, &connector.name)
    } else {
        has_neither(language, &connector.name)
    }
}

fn fixes(context: &CheckContext<'_>, tenant: &Tenant, senders: &[&SendConnector]) -> Vec<Fix> {
    let on_premises = |connector: &&InboundConnector| {
        connector.connector_type == Known::Value(ConnectorType::OnPremises)
            && names_a_certificate(connector) == Some(true)
    };
    let asleep = tenant.connectors.iter().filter(on_premises);
    // CON109 reports it. A second connector beside it would contradict its fix.
    let nobody = tenant.connectors.iter().find(|connector| {
        connector.connector_type == Known::Value(ConnectorType::OnPremises)
            && connector.enabled == Known::Value(true)
    });
    let mut steps: Vec<Fix> = asleep
        .map(|connector| {
            Fix::command(
                Where::Online,
                settings::set_inbound(connector, "-Enabled $true"),
                &find_out_why(context.language),
            )
        })
        .collect();
    if steps.is_empty() {
        steps.push(match nobody {
            Some(connector) => expected_name::identify(context, (tenant, connector), ""),
            None => added(context, tenant, senders),
        });
    }
    let made = |connector: &InboundConnector| wizard::made_inbound(context.on_premises, connector);
    let sent =
        |connector: &&SendConnector| wizard::made_outbound(context.on_premises, &connector.name);
    if tenant.connectors.iter().any(made) || senders.iter().any(sent) {
        steps.push(wizard::run_again(context.language));
    }
    steps
}

/// A connector for the certificate that a send connector names.
fn added(context: &CheckContext<'_>, tenant: &Tenant, senders: &[&SendConnector]) -> Fix {
    let mut named = senders
        .iter()
        .flat_map(|connector| named_certificate::latest_by_server(context, connector));
    let name =
        named.find_map(|found| expected_name::of(tenant, context.tenants, &found.certificate));
    let internal = expected_name::is_internal(tenant, senders);
    match name {
        Some(name) => Fix::command(
            Where::Online,
            command::new_connector(&name, internal),
            &wording::domain_note(context.language, tenant, &name),
        ),
        None => Fix::command(
            Where::Online,
            command::new_connector("<name in the certificate offered>", internal),
            &find_the_certificate(context.language),
        ),
    }
}

sentences! {
    /// What was found with one send connector, and the state of each inbound connector.
    fn sends_to(sender: &str, tenant: &str, states: &str) {
        en: "Send connector {sender} sends to {tenant}, but no enabled OnPremises inbound connector there identifies anybody: {states}. Mail to recipients outside Microsoft 365 is rejected with 550 5.7.64.",
        ja: "送信コネクタ{sender}は {tenant} に送信していますが、このテナントには、送信元を識別できる有効な Exchange Online の受信コネクタ (OnPremises) がありません。現在の状態は次のとおりです: {states}。Microsoft 365 の外部の受信者へのメールは、550 5.7.64 で拒否されます。" ["f68e9726"],
    }
    /// The same with several send connectors.
    fn send_to(senders: &str, tenant: &str, states: &str) {
        en: "Send connectors {senders} send to {tenant}, but no enabled OnPremises inbound connector there identifies anybody: {states}. Mail to recipients outside Microsoft 365 is rejected with 550 5.7.64.",
        ja: "送信コネクタ{senders}は {tenant} に送信していますが、このテナントには、送信元を識別できる有効な Exchange Online の受信コネクタ (OnPremises) がありません。現在の状態は次のとおりです: {states}。Microsoft 365 の外部の受信者へのメールは、550 5.7.64 で拒否されます。" ["ce42ca15"],
    }
    /// The state of a tenant without inbound connectors.
    fn has_none() {
        en: "it has no inbound connector",
        ja: "受信コネクタなし" ["06a69d4d"],
    }
    /// The state of a disabled connector.
    fn is_disabled(connector: &str) {
        en: "'{connector}' is disabled",
        ja: "「{connector}」は無効" ["8c6fc33a"],
    }
    /// The state of a Partner connector.
    fn is_partner(connector: &str) {
        en: "'{connector}' is of type Partner",
        ja: "「{connector}」の種類は Partner" ["fe655227"],
    }
    /// The state of an enabled OnPremises connector that nothing matches.
    fn has_neither(connector: &str) {
        en: "'{connector}' has neither a certificate name nor an address",
        ja: "「{connector}」は証明書名も IP アドレスもなし" ["2407088e"],
    }
    /// Beside the command that enables a connector.
    fn find_out_why() {
        en: "First find out why the connector was disabled, and whether the send connector offers a certificate with the name that it expects. The change takes up to an hour.",
        ja: "最初に、受信コネクタが無効にされた理由と、受信コネクタが想定する名前の証明書を送信コネクタが提示するかどうかを調べます。変更の反映には最大 1 時間かかります。" ["7a4dbea6"],
    }
    /// The steps around a command whose name has to be filled in.
    fn find_the_certificate() {
        en: "1. Find out which certificate the send connector offers. 2. Replace the placeholder with one of its names, whose domain is an accepted domain. 3. Run the command. 4. Wait up to an hour.",
        ja: "1. 送信コネクタが提示する証明書を調べます。 2. プレースホルダーを、その証明書の名前のうち、ドメインが承認済みドメインであるものに置き換えます。 3. コマンドを実行します。 4. 最大 1 時間待ちます。" ["6c237cc5"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{
        exchange_certificate, of_exports, of_logs, on_premises, send_connector,
    };
    use crate::scenario::logs::{DENIED, Session, TAKEN, contoso, tenant};

    fn side() -> OnPremises {
        on_premises(vec![send_connector()], vec![exchange_certificate('A')])
    }

    fn found(tenants: &[Tenant]) -> CheckOutput {
        of_exports(&NoUsableInboundConnector, tenants, &side())
    }

    fn disabled() -> Tenant {
        let mut tenant = contoso();
        tenant.connectors[0].enabled = Known::Value(false);
        tenant
    }

    #[test]
    fn fires_where_all_are_disabled_and_enables_one() {
        let found = found(&[disabled()]);
        assert!(found.undetermined.is_empty());
        let found = &found.findings[0];
        assert!(
            found
                .message
                .contains("'Inbound from contoso' is disabled. Mail"),
            "{}",
            found.message
        );
        assert_eq!(
            found.fix[0].command.as_deref(),
            Some("Set-InboundConnector -Identity 'Inbound from contoso' -Enabled $true")
        );
    }

    #[test]
    fn fires_without_any_connector_or_with_a_partner_and_adds_one() {
        let mut none = contoso();
        none.connectors.clear();
        let mut partner = contoso();
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        for tenant in [none, partner] {
            let found = found(&[tenant]).findings;
            let command = found[0].fix[0].command.as_deref().unwrap();
            assert!(
                command.starts_with("New-InboundConnector -Name 'Inbound for mail.contoso.com'"),
                "{command}"
            );
        }
    }

    #[test]
    fn a_new_connector_is_internal_as_the_present_ones_are() {
        let command = |online: bool, own: bool| {
            let mut tenant = contoso();
            tenant.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
            tenant.connectors[0].cloud_services_mail_enabled = Known::Value(online);
            let sender = SendConnector {
                cloud_services_mail_enabled: Known::Value(own),
                ..send_connector()
            };
            let side = on_premises(vec![sender], vec![exchange_certificate('A')]);
            let mut found = of_exports(&NoUsableInboundConnector, &[tenant], &side).findings;
            found.remove(0).fix.remove(0).command.unwrap()
        };
        for (online, own) in [(true, false), (false, true), (false, false)] {
            let internal = command(online, own).ends_with(" -CloudServicesMailEnabled $true");
            assert_eq!(internal, online || own);
        }
    }

    #[test]
    fn one_that_identifies_nobody_gets_a_name_and_no_second_one() {
        let mut tenant = contoso();
        tenant.connectors[0].tls_sender_certificate_name = Known::Value(None);
        let found = found(&[tenant]).findings;
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName 'mail.contoso.com'"
            )
        );
        assert!(found[0].fix.len() == 1);
    }

    #[test]
    fn stays_silent_where_one_is_usable_or_nothing_is_sent() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        for tenant in [contoso(), by_address] {
            let found = found(&[tenant]);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
        let nothing = of_exports(
            &NoUsableInboundConnector,
            &[disabled()],
            &OnPremises::default(),
        );
        assert!(nothing.findings.is_empty());
        // The other tenant may be the one that it sends to.
        let mut other = tenant(Some("mail.fabrikam.com"), &[], &["fabrikam.com"]);
        other.name = "fabrikam.onmicrosoft.com".to_owned();
        let elsewhere = SendConnector {
            smart_hosts: Known::Value(vec!["x.mail.protection.outlook.com".to_owned()]),
            address_spaces: Known::Value(vec!["smtp:*;1".to_owned()]),
            ..send_connector()
        };
        let side = on_premises(vec![elsewhere], Vec::new());
        let found = of_exports(&NoUsableInboundConnector, &[disabled(), other], &side);
        assert!(found.findings.is_empty());
    }

    #[test]
    fn an_incident_says_it_where_mail_is_rejected() {
        let of = |reply: &'static str| {
            let session = Session {
                mails: vec![("a@contoso.com", reply)],
                ..Session::default()
            };
            let tenants = [disabled()];
            let found = of_logs(&NoUsableInboundConnector, &[session], &tenants, &side());
            found.findings.len()
        };
        assert_eq!((of(DENIED), of(TAKEN)), (0, 1));
    }

    #[test]
    fn is_undetermined_where_a_value_is_lost() {
        let mut lost = contoso();
        lost.connectors[0].enabled = Known::Lost;
        let found = found(&[lost]);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "Enabled");
    }
}
