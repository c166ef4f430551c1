//! DOM101: the domain of a connector's certificate name is not an accepted domain.

mod sentences;

use crate::aggregate::occurrence::{Kind, Occurrence};
use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, Inbound};
use crate::diagnosis::condition;
use crate::diagnosis::condition::all_hold;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::microsoft::is_shared;
use crate::diagnosis::rule::{Confidence, Need, Severity, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::language::Language;
use crate::remedy::command::quote;
use crate::remedy::{command, settings, wizard};
use crate::tenant::domain::{looks_on_premises, names_local_server};
use crate::tenant::{ConnectorType, Known, Tenant};

declare_rule! {
    /// The certificate name of an OnPremises inbound connector is in a domain that is not an
    /// accepted domain of its tenant.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors with a certificate name whose host is not in the tenant's
    /// list of accepted domains. For a wildcard, the part after `*.` counts. For a name of the
    /// form `<I>…<S>…`, the common name counts. This is the first pattern of message center notice
    /// MC1226222.
    ///
    /// If only the parent domain of the host is accepted, or only an entry with subdomains covers
    /// it, the confidence is medium: Microsoft's sources differ on whether that is enough. The
    /// severity is then info in two cases: the hybrid wizard made the connector, or the logs show
    /// mail of a foreign or empty sender taken over a send connector for all domains, and nothing
    /// rejected. A logged ATTR36 shows that the parent is not enough. Disabled connectors are not
    /// reported, because they match nothing.
    ///
    /// ## Why it matters
    /// The certificate finds the connector but does not prove the tenant. Only mail whose sender
    /// domain is accepted gets through. Forwarded mail and bounces (sender `<>`) are rejected with
    /// 550 5.7.64 and ATTR36.
    ///
    /// ## What to do
    /// Do one of the following:
    ///
    /// - Add the domain to the tenant and verify it.
    /// - Use a certificate whose domain is accepted. This is the only way if the domain is a
    ///   public suffix or a parent that Microsoft's customers share, because no tenant can add it.
    ///
    /// ## Sources
    /// - MC1226222 (message center, 2026-02-04): a certificate domain that is not an accepted
    ///   domain of the tenant is the first of two configurations that can break mail flow at any
    ///   time.
    /// - KB 4019940 ("550 5.7.64 Relay Access Denied ATTR36", Microsoft Learn, 2024-01-24): the
    ///   hybrid wizard warns if no accepted domain matches the name of the certificate, and mail of
    ///   other domains is then rejected.
    /// - The Exchange Team in the comments on that article (2023): the host name itself should be
    ///   an accepted domain, or the connector should expect `*.` and its parent.
    /// - KB 3169958 (notice about configured connectors, Exchange Team, 2016-03-29): a certificate
    ///   with a registered domain lets mail of any sender relay.
    /// - Observed in public logs of the hybrid wizard: newer versions write `*.` and the parent if
    ///   the host itself is not accepted, older ones wrote the host.
    ConnectorDomainNotAccepted {
        code: "DOM101",
        name: "connector-domain-not-accepted",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors, AcceptedDomains],
        proof: Exports,
        /// Exchange Online の受信コネクタ (OnPremises) の証明書名のドメインが、テナントの承認済み
        /// ドメインではありません。
        ///
        /// ## 検出する内容
        /// 証明書名のホストがテナントの承認済みドメインの一覧にない、有効な OnPremises コネクタを
        /// 検出します。ワイルドカードの場合は、`*.` の後の部分を調べます。`<I>…<S>…` の形式の名前の
        /// 場合は、共通名を調べます。これは、メッセージ センターの通知 MC1226222 の 1 つ目の
        /// パターンです。
        ///
        /// ホストの親ドメインだけが承認済みである場合、またはサブドメインを含むエントリだけが
        /// 該当する場合、信頼度は中です。それで十分かどうかは、Microsoft の資料によって異なります。
        /// このうち、次の 2 つの場合、重大度は情報です。1 つはハイブリッド構成ウィザードが
        /// 受信コネクタを作成した場合です。もう 1 つは、すべてのドメイン用の送信コネクタで
        /// 外部の送信者または空の送信者のメールが受け入れられ、拒否が 1 件もないことが
        /// ログから分かる場合です。ログに記録された ATTR36 は、親ドメインでは不十分であることを
        /// 示します。無効な受信コネクタはどのメールとも一致しないため、報告しません。
        ///
        /// ## 問題となる理由
        /// 証明書から受信コネクタは見つかりますが、テナントの証明にはなりません。送信者のドメインが
        /// 承認済みドメインであるメールだけが受け入れられます。転送メールと
        /// 配信不能レポート (送信者 `<>`) は、550 5.7.64 と ATTR36 で拒否されます。
        ///
        /// ## 対処方法
        /// 次のいずれかを行います。
        ///
        /// - ドメインをテナントに追加し、ドメインの所有権を確認します。
        /// - ドメインが承認済みである証明書を使用します。ドメインがパブリック サフィックス、
        ///   または Microsoft の顧客が共有する親ドメインである場合は、どのテナントも
        ///   追加できないため、これが唯一の方法です。
        ///
        /// ## 出典
        /// - MC1226222 (メッセージ センター、2026-02-04): 証明書のドメインがテナントの承認済み
        ///   ドメインではないことは、いつでもメール フローに障害を起こし得る 2 つの
        ///   構成のうちの 1 つ目です。
        /// - KB 4019940 ("550 5.7.64 Relay Access Denied ATTR36"、
        ///   Microsoft Learn、2024-01-24): 証明書の名前と一致する承認済みドメインがない場合、
        ///   ハイブリッド構成ウィザードが警告します。その場合、
        ///   ほかのドメインのメールは拒否されます。
        /// - この記事のコメントでの Exchange Team の説明 (2023): ホスト名そのものを
        ///   承認済みドメインにするか、コネクタが `*.` とその親ドメインを想定するようにします。
        /// - KB 3169958 (構成済みコネクタに関する通知、Exchange Team、
        ///   2016-03-29): 登録済みドメインの証明書があれば、どの送信者のメールもリレーできます。
        /// - 公開されているハイブリッド構成ウィザードのログでの観測: ホストそのものが
        ///   承認済みでない場合、新しいバージョンは `*.` と親ドメインを設定します。
        ///   古いバージョンはホストを設定していました。
        japanese: ["81908c78"],
    }
}

impl Check for ConnectorDomainNotAccepted {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        // One tenant may have thousands of connectors and domains.
        let mut judged: Option<(&Tenant, List)> = None;
        for (tenant, connector) in context.inbound() {
            let about = || Subject::inbound(tenant, connector);
            let conditions = [
                condition::of_type(connector, ConnectorType::OnPremises),
                condition::enabled(connector),
                condition::has_certificate_name(connector),
            ];
            if !all_hold(&conditions, &Self::META, about, findings) {
                continue;
            }
            let text = settings::certificate_name(connector).unwrap_or_default();
            let name = ConnectorName::parse(text);
            let Some((domain, _)) = name.domain() else {
                continue; // The name has no domain that could be accepted. CON109 checks such names.
            };
            let known = judged.filter(|(known, _)| std::ptr::eq(*known, tenant));
            let list = known.map_or_else(|| List::of(tenant), |(_, list)| list);
            judged = Some((tenant, list));
            if list == List::Foreign {
                findings.mark_undetermined(&Self::META, about(), Need::AcceptedDomains);
                continue;
            }
            let found = match accepted::accepts_name(tenant, &name) {
                DomainStatus::Accepted | DomainStatus::Unknown => continue,
                DomainStatus::NotAccepted => foreign(context, (tenant, connector), &domain),
                DomainStatus::ParentOnly | DomainStatus::Uncertain => {
                    only_parent(context, (tenant, connector), &domain)
                }
            };
            let found = in_doubt(context.language, list, found);
            findings.add(found.proof(settings::name_proof(connector)));
        }
    }
}

/// What the list of accepted domains of a tenant is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// It is not the tenant's own: every tenant has at least one accepted domain, its initial domain.
    Foreign,
    /// It lacks the initial domain: it may come from the local Exchange, or may be incomplete.
    InDoubt,
    /// It is the tenant's own.
    Own,
}

impl List {
    fn of(tenant: &Tenant) -> List {
        match tenant.domains.as_deref() {
            None | Some([]) => List::Foreign,
            Some(domains) if names_local_server(domains) => List::Foreign,
            Some(domains) if looks_on_premises(domains) => List::InDoubt,
            Some(_) => List::Own,
        }
    }
}

fn in_doubt(language: Language, list: List, mut found: Finding) -> Finding {
    if list == List::InDoubt {
        found.confidence = found.confidence.min(Confidence::Medium);
        let doubt = sentences::list_in_doubt(language);
        found.message = language.together(&[found.message, doubt]);
    }
    found
}

fn foreign(context: &CheckContext<'_>, (tenant, connector): Inbound<'_>, domain: &str) -> Finding {
    let language = context.language;
    let of = |message| {
        settings::of_inbound(
            &ConnectorDomainNotAccepted::META,
            tenant,
            connector,
            message,
        )
    };
    let name = settings::certificate_name(connector).unwrap_or_default();
    let (own, its_tenant) = (&connector.name, &tenant.name);
    let effect = &sentences::effect(language);
    if holds(tenant, domain, true) {
        return of(sentences::is_pending(
            language, own, name, domain, its_tenant, effect,
        ))
        .confidence(Confidence::Medium)
        .fix(Fix::command(
            Where::Graph,
            format!("Confirm-MgDomain -DomainId {}", quote(domain)),
            &sentences::verify_it(language),
        ));
    }
    let owner = context
        .tenants
        .iter()
        .find(|other| holds(other, domain, false));
    if let Some(owner) = owner {
        return of(sentences::is_of_another_tenant(
            language,
            own,
            name,
            domain,
            &owner.name,
            its_tenant,
            effect,
        ))
        .fix(other_name(language, (tenant, connector)));
    }
    let known = &verified(language, tenant);
    if is_shared(domain) {
        return of(sentences::is_shared_by_many(
            language, own, name, domain, its_tenant, known, effect,
        ))
        .fix(other_name(language, (tenant, connector)));
    }
    of(sentences::is_not_accepted(
        language, own, name, domain, its_tenant, known, effect,
    ))
    .fix(Fix::command(
        Where::Graph,
        format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(domain)),
        &sentences::add_it(language, domain, its_tenant),
    ))
}

/// The verified accepted domains, as a note in parentheses.
fn verified(language: Language, tenant: &Tenant) -> String {
    let domains = tenant.domains.iter().flatten();
    let domains = domains.filter(|domain| !domain.pending);
    let names = settings::listed(language, domains.map(|domain| &domain.name));
    if names.is_empty() {
        return sentences::no_domain_is_verified(language);
    }
    sentences::accepted_domains(language, &names)
}

/// Another name, for a domain that the tenant cannot add. The present connector stays until nothing
/// needs it.
fn other_name(language: Language, (tenant, connector): Inbound<'_>) -> Fix {
    let internal = connector.cloud_services_mail_enabled == Known::Value(true);
    Fix::command(
        Where::Online,
        command::new_connector("<name of an accepted domain>", internal),
        &sentences::use_another_name(language, &tenant.name, &connector.name),
    )
}

fn only_parent(
    context: &CheckContext<'_>,
    (tenant, connector): Inbound<'_>,
    domain: &str,
) -> Finding {
    let name = settings::certificate_name(connector).unwrap_or_default();
    let by_wizard = wizard::made_inbound(context.on_premises, connector);
    let language = context.language;
    let (severity, confidence, shown) = match logged(context, (tenant, connector)) {
        Some(Logged::Refused) => (
            Severity::Warning,
            Confidence::High,
            sentences::is_not_enough(language),
        ),
        Some(Logged::Taken) => (
            Severity::Info,
            Confidence::Medium,
            sentences::seems_enough(language),
        ),
        None if by_wizard => (
            Severity::Info,
            Confidence::Medium,
            sentences::wizard_made_it(language),
        ),
        None => (
            Severity::Warning,
            Confidence::Medium,
            sentences::is_probably_not_enough(language),
        ),
    };
    let message = sentences::only_parent_covers(
        language,
        &connector.name,
        name,
        &tenant.name,
        domain,
        &shown,
    );
    let entry = &ConnectorDomainNotAccepted::META;
    settings::of_inbound(entry, tenant, connector, message)
        .severity(severity)
        .confidence(confidence)
        .fix(Fix::command(
            Where::Graph,
            format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(domain)),
            &sentences::add_the_domain_itself(language),
        ))
}

/// What the logs show about the domain of a connector's name.
enum Logged {
    /// A reply contains ATTR36.
    Refused,
    /// Mail was taken that only an accepted domain lets through.
    Taken,
}

/// What the sessions show whose certificate this connector matches.
fn logged(context: &CheckContext<'_>, (tenant, connector): Inbound<'_>) -> Option<Logged> {
    let analysis = context.logs?;
    let names = &analysis.aggregate.names;
    let matches = |index: usize| {
        let mut views = analysis.judgements[index].views.iter();
        views.any(|view| {
            view.tenant.name == tenant.name
                && view.connector.name == connector.name
                && view.matches_by_name()
        })
    };
    let refused = |occurrence: &Occurrence| match occurrence.key.kind {
        Kind::Reply {
            attr: Some(attr), ..
        } => matches(occurrence.key.flow) && names.text(attr) == NOT_ACCEPTED,
        _ => false,
    };
    if analysis.aggregate.occurrences.iter().any(refused) {
        return Some(Logged::Refused);
    }
    let foreign = |domain: &str| {
        let sender = Some(domain).filter(|domain| !domain.is_empty());
        accepted::accepts_sender(tenant, sender) == Some(false)
    };
    let mut flows = analysis.aggregate.flows.iter().enumerate();
    let taken = flows.any(|(index, flow)| {
        let unharmed = analysis
            .group(flow)
            .is_none_or(|group| group.last_rejection.is_none());
        flow.exchange_online
            && unharmed
            && matches(index)
            && sends_everywhere(context, names.text(flow.key.connector))
            && flow
                .accepted_senders
                .keys()
                .any(|domain| foreign(names.text(*domain)))
    });
    taken.then_some(Logged::Taken)
}

/// The number of ATTR36: the domain of the certificate is not accepted.
const NOT_ACCEPTED: &str = "36";

/// Whether an exported send connector is for all domains, so that its mail also leaves Microsoft
/// 365.
fn sends_everywhere(context: &CheckContext<'_>, name: &str) -> bool {
    let mut exports = context.on_premises.send_connectors.iter();
    exports.any(|known| {
        let spaces = known.address_spaces.value().into_iter().flatten();
        let mut spaces = spaces.map(|space| {
            let address = space
                .split_once(':')
                .map_or(space.as_str(), |(_, rest)| rest);
            address.split(';').next().unwrap_or(address).trim()
        });
        known.name.eq_ignore_ascii_case(name) && spaces.any(|address| address == "*")
    })
}

/// Whether the tenant's list contains the domain, verified or still pending.
fn holds(tenant: &Tenant, domain: &str, pending: bool) -> bool {
    tenant.domains.as_ref().is_some_and(|domains| {
        let names = accepted::names(domains);
        if pending {
            names.pending.contains(domain)
        } else {
            names.verified.contains(domain)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::onprem::SendConnector;
    use crate::scenario::exports::of_exports;
    use crate::scenario::exports::{of_logs, on_premises, send_connector};
    use crate::scenario::logs::{Session, TAKEN, tenant};

    const INITIAL: &str = "contoso.onmicrosoft.com";

    fn found(tenants: &[Tenant]) -> CheckOutput {
        of_exports(&ConnectorDomainNotAccepted, tenants, &OnPremises::default())
    }

    fn with(name: &str, domains: &[&str]) -> Tenant {
        tenant(Some(name), &[], domains)
    }

    fn severities(name: &str, domains: &[&str]) -> Vec<Severity> {
        let found = found(&[with(name, domains)]);
        assert!(found.undetermined.is_empty(), "{:?}", found.undetermined);
        found.findings.iter().map(|one| one.severity).collect()
    }

    #[test]
    fn fires_where_the_domain_is_foreign() {
        let foreign = with("*.fabrikam.com", &["contoso.com", INITIAL]);
        let found = found(std::slice::from_ref(&foreign)).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Warning);
        assert_eq!(found[0].tenant.as_deref(), Some(INITIAL));
        assert!(found[0].message.contains("'fabrikam.com' is not an accepted domain of contoso.onmicrosoft.com (accepted domains: contoso.com, contoso.onmicrosoft.com)"));
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some("New-MgDomain -BodyParameter @{Id='fabrikam.com'}")
        );
        let domains = ["contoso.com", INITIAL];
        for name in [
            "*.sub.contoso.com",
            "a.b.contoso.com",
            "<I>CN=CA<S>CN=*.fabrikam.com",
        ] {
            assert_eq!(severities(name, &domains), [Severity::Warning], "{name}");
        }
    }

    #[test]
    fn only_a_parent_is_a_warning_and_after_the_wizard_information() {
        let domains = ["contoso.com", INITIAL];
        for name in ["mail.contoso.com", "<I>CN=CA<S>CN=mail.contoso.com"] {
            assert_eq!(severities(name, &domains), [Severity::Warning], "{name}");
        }
        let mut covering = with("*.sub.contoso.com", &domains);
        if let Some(domains) = &mut covering.domains {
            domains[0].match_subdomains = Known::Value(true);
        }
        let covered = found(&[covering]).findings;
        assert_eq!(covered[0].severity, Severity::Warning);
        assert_eq!(covered[0].confidence, Confidence::Medium);
        let mut wizards = with("mail.contoso.com", &domains);
        wizards.connectors[0].connector_source = Known::Value(Some("HybridWizard".to_owned()));
        assert_eq!(found(&[wizards]).findings[0].severity, Severity::Info);
    }

    #[test]
    fn the_logs_decide_whether_a_parent_is_enough() {
        let tenants = [with("mail.contoso.com", &["contoso.com", INITIAL])];
        let everything = SendConnector {
            address_spaces: Known::Value(vec!["SMTP:*;1".to_owned()]),
            ..send_connector()
        };
        let of = |mails: Vec<(&'static str, &'static str)>, connector: &SendConnector| {
            let session = Session {
                mails,
                ..Session::default()
            };
            let side = on_premises(vec![connector.clone()], Vec::new());
            let found = of_logs(&ConnectorDomainNotAccepted, &[session], &tenants, &side);
            (found.findings[0].severity, found.findings[0].confidence)
        };
        let medium = Confidence::Medium;
        assert_eq!(of(vec![("", TAKEN)], &everything), (Severity::Info, medium));
        let foreign = vec![("a@fabrikam.com", TAKEN)];
        assert_eq!(of(foreign.clone(), &everything), (Severity::Info, medium));
        // Mail to the own tenant is taken from anybody, and mail of accepted senders always.
        assert_eq!(of(foreign, &send_connector()), (Severity::Warning, medium));
        let own = vec![("a@contoso.com", TAKEN)];
        assert_eq!(of(own, &everything), (Severity::Warning, medium));
        const ATTR36: &str =
            "550 5.7.64 Relay Access Denied ATTR36. For more details please refer to kb/3169958";
        let refused = of(vec![("", ATTR36)], &everything);
        assert_eq!(refused, (Severity::Warning, Confidence::High));
    }

    #[test]
    fn stays_silent_where_it_is_accepted_or_no_domain_or_asleep() {
        let domains = ["contoso.com", "mail.contoso.com", INITIAL];
        for name in [
            "*.contoso.com",
            "Mail.Contoso.com.",
            "*",
            "mail.*.com",
            "<S>CN=Some Label",
        ] {
            assert_eq!(severities(name, &domains), [], "{name}");
        }
        let mut asleep = with("*.fabrikam.com", &domains);
        asleep.connectors[0].enabled = Known::Value(false);
        let mut partner = with("*.fabrikam.com", &domains);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        partner.connectors[0].enabled = Known::Lost;
        let found = found(&[asleep, partner]);
        assert!(found.findings.is_empty() && found.undetermined.is_empty());
    }

    #[test]
    fn a_domain_of_another_tenant_or_a_pending_one_gets_another_fix() {
        let mut other = with(
            "*.fabrikam.com",
            &["fabrikam.com", "fabrikam.onmicrosoft.com"],
        );
        other.name = "fabrikam.onmicrosoft.com".to_owned();
        let foreign = with("*.fabrikam.com", &["contoso.com", INITIAL]);
        let both = found(&[foreign, other]).findings;
        assert_eq!(both.len(), 1);
        assert!(
            both[0]
                .message
                .contains("accepted domain of fabrikam.onmicrosoft.com, not of")
        );
        let mut pending = with("*.contoso.com", &["contoso.com", INITIAL]);
        if let Some(domains) = &mut pending.domains {
            domains[0].pending = true;
        }
        let pending = found(&[pending]).findings;
        assert_eq!(
            pending[0].fix[0].command.as_deref(),
            Some("Confirm-MgDomain -DomainId 'contoso.com'")
        );
        assert!(
            pending[0].fix[0]
                .note
                .starts_with("If you are adding the domain")
        );
    }

    #[test]
    fn a_shared_parent_is_not_to_be_added() {
        for name in ["*.co.uk", "*.onmicrosoft.com", "*.azurewebsites.net"] {
            let found = found(&[with(name, &["contoso.com", INITIAL])]).findings;
            assert!(found[0].message.contains("is shared by many"), "{name}");
            assert_eq!(
                found[0].fix[0].command.as_deref(),
                Some(
                    "New-InboundConnector -Name 'Inbound for <name of an accepted domain>' -ConnectorType OnPremises -SenderDomains '*' -RequireTls $true -TlsSenderCertificateName '<name of an accepted domain>'"
                )
            );
            assert_eq!(found[0].fix.len(), 1);
        }
    }

    #[test]
    fn a_pending_domain_is_not_called_an_accepted_one() {
        let mut pending = with("*.fabrikam.com", &["contoso.com", INITIAL]);
        if let Some(domains) = &mut pending.domains {
            domains[0].pending = true;
        }
        let found = found(&[pending]).findings;
        assert!(
            found[0]
                .message
                .contains("(accepted domains: contoso.onmicrosoft.com)"),
            "{}",
            found[0].message
        );
    }

    #[test]
    fn a_list_without_the_initial_domain_is_believed_with_a_doubt() {
        let found = found(&[with("*.fabrikam.com", &["contoso.com"])]).findings;
        assert_eq!(found[0].confidence, Confidence::Medium);
        assert!(found[0].message.contains("no onmicrosoft.com domain"));
    }

    #[test]
    fn is_undetermined_without_the_tenants_own_list_or_a_lost_value() {
        let mut none = with("*.fabrikam.com", &[]);
        none.domains = None;
        let mut local = with("*.fabrikam.com", &["contoso.com", INITIAL]);
        local.domains.as_mut().unwrap()[0].originating_server =
            Some("dc1.corp.contoso.com".to_owned());
        let mut lost = with("*.fabrikam.com", &["contoso.com", INITIAL]);
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        let found = found(&[none, local, with("*.fabrikam.com", &[]), lost]);
        assert!(found.findings.is_empty());
        let fields: Vec<&str> = found
            .undetermined
            .iter()
            .map(|undetermined| undetermined.missing.name())
            .collect();
        assert_eq!(
            fields,
            [
                "Get-AcceptedDomain",
                "Get-AcceptedDomain",
                "Get-AcceptedDomain",
                "TlsSenderCertificateName"
            ]
        );
        assert_eq!(
            found.undetermined[0].about.words(Language::English),
            "inbound connector 'Inbound from contoso' of contoso.onmicrosoft.com"
        );
    }
}
