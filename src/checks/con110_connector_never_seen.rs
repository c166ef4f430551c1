//! CON110: no session in the logs needs an inbound connector.

use std::collections::HashSet;

use crate::aggregate::flow::CertificateId;
use crate::attribution::judgement::{
    AddressMatch, ConnectorView, Judgement, Offer, OfferedCertificate,
};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::inbound_connector::names_a_certificate;
use crate::diagnosis::named_certificate;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, sentences};
use crate::remedy::command;
use crate::tenant::{InboundConnector, Tenant};

declare_rule! {
    /// An enabled OnPremises inbound connector matches no session in the logs.
    ///
    /// ## What it finds
    /// An enabled OnPremises connector that no session needs: no offered certificate matches its
    /// certificate name, and no session came from its addresses. The check reports nothing in these
    /// cases:
    ///
    /// - The export lost a value of the connector.
    /// - A session does not show its certificate or its address.
    /// - A session matches only by an undocumented rule.
    /// - A send connector names a certificate that the connector expects.
    ///
    /// ## Why it matters
    /// The connector may belong to a server whose logs are not in the input. If it belongs to no
    /// server, it is an unused connector that someone else could use unnoticed.
    ///
    /// ## What to do
    /// 1. Find out which server uses the connector, and add that server's logs.
    /// 2. If the report has incidents, fix them first. If it is the only connector of its tenant,
    ///    it is probably the one that should match, so the fix does not disable it.
    /// 3. If no server uses it, disable the connector.
    /// 4. Remove it some weeks later.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): an OnPremises connector grants
    ///   rights, such as relay, to whoever matches it.
    /// - That an unused connector is a risk is inferred from this; Microsoft only warns of
    ///   connectors that others can match (MC1226222).
    ConnectorNeverSeen {
        code: "CON110",
        name: "connector-never-seen",
        severity: Info,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: LogRows,
        /// 有効な Exchange Online の受信コネクタ (OnPremises) が、ログのどのセッションとも
        /// 一致しません。
        ///
        /// ## 検出する内容
        /// どのセッションも必要としない、有効な OnPremises コネクタを検出します。
        /// 提示された証明書がどれも証明書名と一致せず、登録された IP アドレスからのセッションもない
        /// 場合です。次の場合、このチェックは何も報告しません。
        ///
        /// - エクスポートで、受信コネクタの値が失われている。
        /// - セッションの証明書または IP アドレスが分からない。
        /// - セッションが、文書化されていない規則によってのみ一致する。
        /// - 受信コネクタが想定する証明書を、送信コネクタが指定している。
        ///
        /// ## 問題となる理由
        /// この受信コネクタは、ログが入力に含まれていないサーバーのものである可能性があります。どの
        /// サーバーのものでもない場合は、第三者が気付かれずに使用できる、未使用の受信コネクタです。
        ///
        /// ## 対処方法
        /// 1. この受信コネクタを使用するサーバーを調べ、そのサーバーのログを追加します。
        /// 2. レポートにインシデントがある場合は、先にそれらに対処します。
        ///    テナントで唯一の受信コネクタである場合は、
        ///    おそらく一致するはずの受信コネクタであるため、対処に無効化の手順は含めません。
        /// 3. どのサーバーも使用していない場合は、受信コネクタを無効にします。
        /// 4. 数週間後に削除します。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、Microsoft Learn): OnPremises コネクタは、
        ///   一致する相手にリレーなどの権限を付与します。
        /// - 未使用の受信コネクタがリスクであることは、このことからの推定です。Microsoft が
        ///   警告しているのは、第三者が一致し得る受信コネクタについてのみです (MC1226222)。
        japanese: ["34e59f27"],
    }
}

impl Check for ConnectorNeverSeen {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        // If sessions were left out, one of them may need the connector.
        let Some(analysis) = context.logs.filter(|analysis| {
            let mut flows = analysis.aggregate.flows.iter();
            context.reading.left_out == 0 && flows.any(|flow| flow.exchange_online)
        }) else {
            return;
        };
        let mut flows = analysis.aggregate.flows.iter();
        let end = flows
            .by_ref()
            .fold(Timestamp::UNKNOWN, |end, flow| end.later(flow.last));
        let expecting = expecting(context);
        for (tenant, connector) in context.active() {
            // The logs end before this change and cannot show it.
            let changed = connector.when_changed.value();
            if changed.is_some_and(|changed| Timestamp::from(*changed) > end) {
                continue;
            }
            let about = Subject::inbound(tenant, connector);
            let lost = [
                (
                    "TlsSenderCertificateName",
                    connector.tls_sender_certificate_name.is_lost(),
                ),
                ("SenderIPAddresses", connector.sender_ip_addresses.is_lost()),
            ];
            let lost_fields = lost.iter().filter(|(_, lost)| *lost);
            if seen(analysis, tenant, connector) == Seen::Yes {
                continue;
            }
            if lost.iter().any(|(_, lost)| *lost) {
                for (field, _) in lost_fields {
                    findings.mark_undetermined(&Self::META, about.clone(), *field);
                }
            } else if seen(analysis, tenant, connector) == Seen::No
                && identifies(connector)
                && !expecting.contains(&std::ptr::from_ref(connector))
            {
                // One that is disabled may be the right one.
                let only = tenant.connectors.len() == 1;
                let failing = !analysis.aggregate.occurrences.is_empty();
                let taken = analysis
                    .aggregate
                    .flows
                    .iter()
                    .any(|flow| flow.accepted > 0);
                let may_be_right = only && (failing || !taken);
                let language = context.language;
                findings.add(never_seen(language, tenant, connector, may_be_right));
            }
        }
    }
}

/// The inbound connectors that expect a certificate which a send connector to Exchange Online names.
fn expecting(context: &CheckContext<'_>) -> HashSet<*const InboundConnector> {
    let senders = context.to_exchange_online();
    let named = senders.flat_map(|sender| named_certificate::latest_by_server(context, sender));
    let mut expecting = HashSet::new();
    for found in named {
        let offer = Offer {
            certificate: OfferedCertificate::Known(&found.certificate),
            source: None,
        };
        let judgement = Judgement::new(&offer, context.tenants, context.strict);
        let active = judgement.active();
        let by_name = active.filter(|view| view.matches_by_name());
        expecting.extend(by_name.map(|view| std::ptr::from_ref(view.connector)));
    }
    expecting
}

/// Whether any session needs a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    No,
    Perhaps,
    Yes,
}

fn seen(analysis: &Analysis<'_>, tenant: &Tenant, connector: &InboundConnector) -> Seen {
    let mut seen = Seen::No;
    for (flow, judgement) in analysis.aggregate.flows.iter().zip(&analysis.judgements) {
        if !flow.exchange_online || flow.sessions == 0 {
            continue;
        }
        let hidden = flow.key.certificate == CertificateId::Unknown;
        let views = judgement.views.iter();
        let mut views = views.filter(|view| {
            std::ptr::eq(view.tenant, tenant) && std::ptr::eq(view.connector, connector)
        });
        let found = views.next().map_or(Seen::No, |view| of_view(view, hidden));
        seen = seen.max(found);
    }
    seen
}

fn of_view(view: &ConnectorView<'_>, certificate_hidden: bool) -> Seen {
    if view.matches() {
        return Seen::Yes;
    }
    let address_hidden = view.address == AddressMatch::Unknown;
    let name_hidden = certificate_hidden && view.has_name();
    if view.is_uncertain() || address_hidden || name_hidden {
        Seen::Perhaps
    } else {
        Seen::No
    }
}

/// Whether the connector identifies a server. CON109 reports a connector that does not.
fn identifies(connector: &InboundConnector) -> bool {
    let listed = connector.sender_ip_addresses.value();
    names_a_certificate(connector) == Some(true) || listed.is_some_and(|list| !list.is_empty())
}

fn never_seen(
    language: Language,
    tenant: &Tenant,
    connector: &InboundConnector,
    may_be_right: bool,
) -> Finding {
    let name = connector.tls_sender_certificate_name.value();
    let (message, field, value) = match name.and_then(Option::as_deref) {
        Some(name) => (
            nothing_matches_the_name(language, &connector.name, &tenant.name, name),
            "TlsSenderCertificateName",
            name.to_owned(),
        ),
        None => {
            let list = connector.sender_ip_addresses.value().into_iter().flatten();
            let texts: Vec<&str> = list.map(|entry| entry.text.as_str()).collect();
            (
                nothing_matches_the_addresses(language, &connector.name, &tenant.name),
                "SenderIPAddresses",
                texts.join(", "),
            )
        }
    };
    Finding::of(&ConnectorNeverSeen::META, &connector.name, message)
        .tenant(&tenant.name)
        .proof(Proof::value(&connector.file, connector.line, field, &value))
        .fix(fix(language, connector, may_be_right))
}

/// Nothing disables a connector that is probably the right one.
fn fix(language: Language, connector: &InboundConnector, may_be_right: bool) -> Fix {
    if may_be_right {
        return Fix::step(&do_not_disable(language));
    }
    let identity = command::inbound_identity(connector);
    Fix::step(&disable_it_at_last(language, &identity))
}

sentences! {
    /// What was found, if the connector has a certificate name.
    fn nothing_matches_the_name(connector: &str, tenant: &str, name: &str) {
        en: "No session in these logs needs inbound connector '{connector}' of {tenant}: nothing matches the certificate name '{name}'. The connector may belong to a server whose logs are not in the input.",
        ja: "{tenant} の Exchange Online の受信コネクタ「{connector}」を必要とするセッションが、これらのログにありません。証明書名「{name}」と一致するものがないためです。この受信コネクタは、ログが入力に含まれていないサーバーのものである可能性があります。" ["60ebec81"],
    }
    /// What was found, if the connector lists addresses only.
    fn nothing_matches_the_addresses(connector: &str, tenant: &str) {
        en: "No session in these logs needs inbound connector '{connector}' of {tenant}: nothing matches the addresses that it lists. The connector may belong to a server whose logs are not in the input.",
        ja: "{tenant} の Exchange Online の受信コネクタ「{connector}」を必要とするセッションが、これらのログにありません。登録された IP アドレスと一致するものがないためです。この受信コネクタは、ログが入力に含まれていないサーバーのものである可能性があります。" ["d52c4fb9"],
    }
    /// The steps where the connector is probably the right one.
    fn do_not_disable() {
        en: "Do not disable this connector: it is the only one of its tenant, and probably the one that should match. 1. Fix the incidents in this report. 2. Run this check again with newer logs of all sending servers.",
        ja: "この受信コネクタを無効にしないでください。テナントで唯一の受信コネクタであり、おそらく一致するはずの受信コネクタです。 1. このレポートのインシデントに対処します。 2. すべての送信元サーバーの新しいログで、このチェックをもう一度実行します。" ["0f86f5d1"],
    }
    /// The steps that lead to disabling the connector, found by its identity in a command.
    fn disable_it_at_last(identity: &str) {
        en: "1. Add the logs of all sending servers. 2. Fix the cause of every rejection. 3. Run this check again with newer logs. 4. If still no session needs the connector, disable it in Exchange Online PowerShell (Set-InboundConnector -Identity {identity} -Enabled $false). 5. Remove it some weeks later.",
        ja: "1. すべての送信元サーバーのログを追加します。 2. すべての拒否の原因に対処します。 3. 新しいログで、このチェックをもう一度実行します。 4. それでもこの受信コネクタを必要とするセッションがない場合は、Exchange Online PowerShell で無効にします (Set-InboundConnector -Identity {identity} -Enabled $false)。 5. 数週間後に削除します。" ["c35bae96"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{exchange_certificate, of_logs, on_premises, send_connector};
    use crate::scenario::logs::{DENIED, Session, TAKEN, contoso, tenant};
    use crate::tenant::Known;

    fn findings(sessions: &[Session], tenant: Tenant) -> CheckOutput {
        of_logs(
            &ConnectorNeverSeen,
            sessions,
            &[tenant],
            &OnPremises::default(),
        )
    }

    #[test]
    fn fires_where_nothing_fits() {
        let other = tenant(Some("mail.fabrikam.com"), &[], &["fabrikam.com"]);
        let found = findings(&[Session::default()], other).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, "Inbound from contoso");
        assert!(found[0].message.contains("'mail.fabrikam.com'"));
        let elsewhere = tenant(None, &["198.51.100.1"], &["contoso.com"]);
        assert_eq!(findings(&[Session::default()], elsewhere).findings.len(), 1);
    }

    #[test]
    fn the_only_connector_is_not_disabled_while_mail_is_rejected() {
        let note = |mail: &'static str, more: bool| {
            let mut other = tenant(Some("mail.fabrikam.com"), &[], &["fabrikam.com"]);
            if more {
                let mut second = other.connectors[0].clone();
                second.name = "Second".to_owned();
                second.tls_sender_certificate_name =
                    Known::Value(Some("mail.contoso.com".to_owned()));
                other.connectors.push(second);
            }
            let session = Session {
                mails: vec![("a@contoso.com", mail)],
                ..Session::default()
            };
            findings(&[session], other).findings[0].fix[0].note.clone()
        };
        assert!(note(DENIED, false).starts_with("Do not disable"));
        assert!(note(DENIED, true).contains("-Enabled $false"));
        assert!(note(TAKEN, false).contains("-Enabled $false"));
    }

    #[test]
    fn a_connector_that_the_configuration_needs_is_not_reported() {
        let session = Session {
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        let side = on_premises(vec![send_connector()], vec![exchange_certificate('A')]);
        let found = of_logs(&ConnectorNeverSeen, &[session], &[contoso()], &side);
        assert!(found.findings.is_empty());
    }

    #[test]
    fn stays_silent_where_a_session_fits_or_may_fit() {
        assert!(
            findings(&[Session::default()], contoso())
                .findings
                .is_empty()
        );
        let listed = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        assert!(findings(&[Session::default()], listed).findings.is_empty());
        let wildcard = Session {
            names: &["*.contoso.com"],
            ..Session::default()
        };
        assert!(findings(&[wildcard], contoso()).findings.is_empty());
        let hidden = Session {
            start: false,
            ..Session::default()
        };
        let other = tenant(Some("mail.fabrikam.com"), &[], &["fabrikam.com"]);
        assert!(findings(&[hidden], other).findings.is_empty());
    }

    #[test]
    fn a_connector_changed_after_the_logs_was_not_there_to_be_seen() {
        let mut later = tenant(Some("mail.fabrikam.com"), &[], &["fabrikam.com"]);
        later.connectors[0].when_changed = Known::Value("2026-11-04T00:00:00Z".parse().unwrap());
        assert!(findings(&[Session::default()], later).findings.is_empty());
        let nobody = tenant(Some("*"), &[], &["fabrikam.com"]);
        assert!(findings(&[Session::default()], nobody).findings.is_empty());
    }

    #[test]
    fn a_lost_value_leaves_it_undetermined() {
        let mut lost = tenant(Some("mail.fabrikam.com"), &[], &["fabrikam.com"]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        let findings = findings(&[Session::default()], lost);
        assert!(findings.findings.is_empty());
        assert_eq!(findings.undetermined[0].missing.name(), "SenderIPAddresses");
    }
}
