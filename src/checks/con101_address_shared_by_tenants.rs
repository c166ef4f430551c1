//! CON101: the connectors of two tenants list the same sender address.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, Inbound};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::inbound_connector::{is_unroutable, names_a_certificate, open_states};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::sentences;
use crate::remedy::{expected_name, settings};
use crate::tenant::{AddressEntry, InboundConnector, Known};

declare_rule! {
    /// OnPremises inbound connectors of two tenants list the same sender address.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors of two of the given tenants whose addresses, networks or
    /// ranges overlap. This is the second pattern of message center notice MC1226222. Each pair of
    /// connectors gives one finding. CON108 reports addresses that never reach Exchange Online,
    /// such as private ones.
    ///
    /// ## Why it matters
    /// Exchange Online cannot determine by the address alone which tenant the mail belongs to. The
    /// sender's domain decides instead. Bounces (sender `<>`) and mail of senders outside your
    /// accepted domains therefore belong to no tenant and are rejected.
    ///
    /// ## What to do
    /// 1. Identify the servers of at least one tenant by a certificate.
    /// 2. Remove the address from that tenant's connector.
    ///
    /// ## Sources
    /// - MC1226222 (message center, 2026-02-04): an address that servers of other tenants use as
    ///   well is the second of two configurations that can break mail flow at any time.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    AddressSharedByTenants {
        code: "CON101",
        name: "address-shared-by-tenants",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// 2 つのテナントにある Exchange Online の受信コネクタ (OnPremises) が、
        /// 同じ送信元 IP アドレスを登録しています。
        ///
        /// ## 検出する内容
        /// 指定されたテナントのうち 2 つについて、有効な OnPremises コネクタの IP アドレス、
        /// ネットワーク、または範囲が重なっている場合に検出します。これは、
        /// メッセージ センターの通知 MC1226222 の 2 つ目のパターンです。
        /// 検出事項は受信コネクタの組ごとに 1 件です。プライベート IP アドレスなど、
        /// Exchange Online に届くことのない IP アドレスは CON108 で報告します。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、IP アドレスだけではメールがどちらのテナントのものかを
        /// 判断できません。代わりに、送信者のドメインで判断します。そのため、
        /// 配信不能レポート (送信者 `<>`) と、承認済みドメイン以外の送信者のメールは、
        /// どのテナントにも属さず、拒否されます。
        ///
        /// ## 対処方法
        /// 1. 少なくとも一方のテナントのサーバーを、証明書で識別します。
        /// 2. そのテナントの受信コネクタから IP アドレスを削除します。
        ///
        /// ## 出典
        /// - MC1226222 (メッセージ センター、2026-02-04): ほかのテナントのサーバーも
        ///   使用している IP アドレスは、いつでもメール フローに障害を
        ///   起こし得る 2 つの構成のうちの 2 つ目です。
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        japanese: ["c97610cd"],
    }
}

impl Check for AddressSharedByTenants {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let mut undetermined = BTreeSet::new();
        context.pairs_of_tenants(|one, other| {
            for (lost, second) in [(one, other), (other, one)] {
                // A lost list matters only if the other tenant's connector may list an address.
                let lists = second.1.sender_ip_addresses.value();
                if lost.1.sender_ip_addresses.is_lost() && lists.is_none_or(|list| !list.is_empty())
                {
                    undetermined.insert((Subject::inbound(lost.0, lost.1), "SenderIPAddresses"));
                }
            }
            let shared = shared(one.1, other.1);
            if shared.is_empty() {
                return;
            }
            let open = open_states([one, other]);
            if open.is_empty() {
                report(context, [one, other], &shared, findings);
            }
            undetermined.extend(open);
        });
        for (about, field) in undetermined {
            findings.mark_undetermined(&Self::META, about, field);
        }
    }
}

/// What both connectors list: the addresses as text, and the entries of each connector.
#[derive(Default)]
struct Shared<'a> {
    addresses: BTreeSet<String>,
    entries: [Entries<'a>; 2],
}

/// The entries of one connector that contain a shared address.
#[derive(Default)]
struct Entries<'a> {
    /// The entries that an entry of the other connector covers completely.
    whole: BTreeSet<&'a str>,
    /// All entries. Those that are not in `whole` also contain addresses that only this connector
    /// lists.
    all: BTreeSet<&'a str>,
}

impl<'a> Entries<'a> {
    fn add(&mut self, entry: &'a AddressEntry, overlap: (IpAddr, IpAddr)) {
        self.all.insert(&entry.text);
        if entry.range == Some(overlap) {
            self.whole.insert(&entry.text);
        }
    }
}

impl Shared<'_> {
    fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }
}

fn shared<'a>(one: &'a InboundConnector, other: &'a InboundConnector) -> Shared<'a> {
    let mut shared = Shared::default();
    let (Known::Value(ours), Known::Value(theirs)) =
        (&one.sender_ip_addresses, &other.sender_ip_addresses)
    else {
        return shared;
    };
    for ours in ours {
        for theirs in theirs {
            if let Some((first, last)) = overlap(ours, theirs)
                && !is_unroutable(first, last)
            {
                shared.addresses.insert(range(first, last));
                shared.entries[0].add(ours, (first, last));
                shared.entries[1].add(theirs, (first, last));
            }
        }
    }
    shared
}

fn overlap(one: &AddressEntry, other: &AddressEntry) -> Option<(IpAddr, IpAddr)> {
    let ((from, until), (start, end)) = (one.range?, other.range?);
    let (first, last) = (from.max(start), until.min(end));
    (from.is_ipv4() == start.is_ipv4() && first <= last).then_some((first, last))
}

fn range(first: IpAddr, last: IpAddr) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}

fn report(
    context: &CheckContext<'_>,
    [one, other]: [Inbound<'_>; 2],
    shared: &Shared<'_>,
    findings: &mut CheckOutput,
) {
    let language = context.language;
    let message = both_list(
        language,
        &one.1.name,
        &one.0.name,
        &other.1.name,
        &other.0.name,
        &settings::listed(language, &shared.addresses),
    );
    let entry = &AddressSharedByTenants::META;
    let mut found = settings::of_inbound(entry, one.0, one.1, message)
        .proof(settings::address_proof(one.1))
        .proof(settings::address_proof(other.1));
    // A tenant whose connector has a certificate name already can give up the address most easily. If only
    // one has, nobody needs to choose.
    let named = |(_, connector): &Inbound<'_>| names_a_certificate(connector) == Some(true);
    let sides = [one, other].into_iter().zip(&shared.entries);
    let only = [one, other].iter().filter(|side| named(side)).count() == 1;
    for ((tenant, connector), entries) in sides.filter(|(side, _)| !only || named(side)) {
        let which = (!only).then(|| change_only_one(language, &tenant.name));
        let note = |sentences: &[String]| {
            let all: Vec<&String> = which.iter().chain(sentences).collect();
            language.together(&all)
        };
        if !named(&(tenant, connector)) {
            found = found.fix(expected_name::identify(
                context,
                (tenant, connector),
                &note(&[do_this_first(language)]),
            ));
        }
        let before = match settings::certificate_name(connector) {
            Some(name) => check_the_certificate(language, name),
            None => set_the_name_first(language),
        };
        if !entries.whole.is_empty() {
            let remove = settings::quoted(entries.whole.iter().copied());
            let parameters = format!("-SenderIPAddresses @{{Remove={remove}}}");
            found = found.fix(Fix::command(
                Where::Online,
                settings::set_inbound(connector, &parameters),
                &note(std::slice::from_ref(&before)),
            ));
        }
        let wider = entries.all.difference(&entries.whole);
        let wider = settings::listed(language, wider);
        if !wider.is_empty() {
            let single = list_single_addresses(language, &connector.name, &wider);
            found = found.fix(Fix::step(&note(&[single, before])));
        }
    }
    findings.add(found);
}

sentences! {
    /// What was found, first in the message.
    fn both_list(one: &str, one_tenant: &str, other: &str, other_tenant: &str, addresses: &str) {
        en: "Inbound connector '{one}' of {one_tenant} and inbound connector '{other}' of {other_tenant} both list {addresses}. Exchange Online cannot assign mail from this address to one tenant by the address alone. The sender's domain decides instead. Bounces (sender <>) have no sender domain, so they are rejected.",
        ja: "{one_tenant} の Exchange Online の受信コネクタ「{one}」と {other_tenant} の受信コネクタ「{other}」が、同じ IP アドレスを登録しています ({addresses})。Exchange Online は、この IP アドレスからのメールを、IP アドレスだけでは 1 つのテナントに割り当てられません。代わりに、送信者のドメインで判断します。配信不能レポート (送信者 <>) には送信者のドメインがないため、拒否されます。" ["3af3e522"],
    }
    /// Before a step, where either tenant can give up the address.
    fn change_only_one(tenant: &str) {
        en: "Change only one of the two tenants. Change the connector in {tenant} only if that tenant can give up the address.",
        ja: "変更するのは 2 つのテナントの一方だけにします。{tenant} の受信コネクタは、このテナントがその IP アドレスを使用しなくても済む場合にのみ変更します。" ["1dc9eb86"],
    }
    /// Before the step that sets the certificate name.
    fn do_this_first() {
        en: "Do this first: without a certificate name, Exchange Online cannot assign mail from an address that is removed.",
        ja: "最初にこれを行います。証明書名がないと、Exchange Online は、削除された IP アドレスからのメールを割り当てられません。" ["7d25dc3e"],
    }
    /// What to check before the address is removed, if the connector has a certificate name.
    fn check_the_certificate(name: &str) {
        en: "First check that all mail of this tenant from the shared addresses arrives with a certificate for '{name}'. After the change, only this certificate identifies the mail.",
        ja: "最初に、共有されている IP アドレスから届くこのテナントのすべてのメールで、「{name}」の証明書が提示されていることを確認します。変更後は、この証明書だけでメールが識別されます。" ["014209ff"],
    }
    /// The same if it has none yet.
    fn set_the_name_first() {
        en: "Do this only when the connector has a certificate name, and all mail of this tenant arrives with the certificate.",
        ja: "この手順は、受信コネクタに証明書名を設定し、このテナントのすべてのメールで証明書が提示されるようになってから行います。" ["0aff45d7"],
    }
    /// The step for entries that also contain addresses which only this connector lists.
    fn list_single_addresses(connector: &str, wider: &str) {
        en: "Inbound connector '{connector}' lists more than the shared addresses, with {wider}: list the single addresses that belong to this tenant instead.",
        ja: "Exchange Online の受信コネクタ「{connector}」は、共有されている IP アドレスより広い範囲を登録しています ({wider})。代わりに、このテナントの IP アドレスを個別に登録します。" ["1c92a3c4"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::{connector, tenant};
    use crate::tenant::Tenant;

    fn found(tenants: &[Tenant]) -> CheckOutput {
        of_exports(&AddressSharedByTenants, tenants, &OnPremises::default())
    }

    fn two(ours: &[&str], theirs: &[&str]) -> [Tenant; 2] {
        let mut other = tenant(None, theirs, &[]);
        other.name = "fabrikam.onmicrosoft.com".to_owned();
        other.connectors[0].name = "Inbound from fabrikam".to_owned();
        [tenant(None, ours, &[]), other]
    }

    #[test]
    fn fires_where_ranges_overlap() {
        let tenants = two(
            &["203.0.113.0/24", "198.51.100.1"],
            &["203.0.113.7", "203.0.113.250-203.0.114.5", "192.0.2.1"],
        );
        let found = found(&tenants);
        assert_eq!(found.findings.len(), 1);
        assert!(found.undetermined.is_empty());
        let found = &found.findings[0];
        assert!(found.message.contains("'Inbound from contoso' of contoso.onmicrosoft.com and inbound connector 'Inbound from fabrikam' of fabrikam.onmicrosoft.com both list 203.0.113.250-203.0.113.255, 203.0.113.7."), "{}", found.message);
        let name = |connector: &str| {
            Some(format!(
                "Set-InboundConnector -Identity '{connector}' -TlsSenderCertificateName '<name on the certificate offered>'"
            ))
        };
        assert_eq!(found.fix[0].command, name("Inbound from contoso"));
        let wider = &found.fix[1];
        assert_eq!(wider.command, None);
        assert!(
            wider
                .note
                .contains("with 203.0.113.0/24: list the single addresses"),
            "{}",
            wider.note
        );
        assert_eq!(found.fix[2].command, name("Inbound from fabrikam"));
        assert_eq!(
            found.fix[3].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from fabrikam' -SenderIPAddresses @{Remove='203.0.113.7'}"
            )
        );
        assert!(found.fix[4].note.contains("with 203.0.113.250-203.0.114.5"));
        assert_eq!(found.fix.len(), 5);
        assert_eq!(found.proof.len(), 2);
    }

    #[test]
    fn the_only_tenant_with_a_certificate_name_gives_up_the_address() {
        let mut tenants = two(&["203.0.113.7"], &["203.0.113.7"]);
        let name = Some("mail.fabrikam.com".to_owned());
        tenants[1].connectors[0].tls_sender_certificate_name = Known::Value(name);
        let found = found(&tenants).findings;
        assert_eq!(found[0].fix.len(), 1);
        let command = found[0].fix[0].command.as_deref().unwrap();
        assert!(command.contains("'Inbound from fabrikam'"), "{command}");
        assert!(!found[0].fix[0].note.contains("only one of the two"));
    }

    #[test]
    fn each_pair_is_one_finding() {
        let mut tenants = two(&["203.0.113.7"], &["203.0.113.7"]);
        tenants[1].connectors.push(connector(
            "Second",
            Some("*.fabrikam.com"),
            &["203.0.113.0/28"],
        ));
        assert_eq!(found(&tenants).findings.len(), 2);
    }

    #[test]
    fn stays_silent_within_one_tenant_and_where_nothing_overlaps() {
        let mut one = tenant(None, &["203.0.113.7"], &[]);
        one.connectors.push(one.connectors[0].clone());
        assert!(found(&[one]).findings.is_empty());
        for (ours, theirs) in [
            ("203.0.113.7", "203.0.113.8"),
            ("10.0.0.5", "10.0.0.0/24"),
            ("nonsense", "nonsense"),
            ("::ffff:0:0/96", "2001:db8::1"),
        ] {
            assert!(
                found(&two(&[ours], &[theirs])).findings.is_empty(),
                "{ours}"
            );
        }
        let mut asleep = two(&["203.0.113.7"], &["203.0.113.7"]);
        asleep[0].connectors[0].enabled = Known::Value(false);
        asleep[0].connectors[0].connector_type = Known::Lost;
        let found = found(&asleep);
        assert!(found.findings.is_empty() && found.undetermined.is_empty());
    }

    #[test]
    fn is_undetermined_where_the_list_or_the_state_is_lost() {
        let mut lost = two(&["203.0.113.7"], &["203.0.113.7"]);
        lost[0].connectors[0].sender_ip_addresses = Known::Lost;
        let field = |found: CheckOutput| {
            assert!(found.findings.is_empty());
            let fields: Vec<&str> = found
                .undetermined
                .iter()
                .map(|undetermined| undetermined.missing.name())
                .collect();
            fields
        };
        assert_eq!(field(found(&lost)), ["SenderIPAddresses"]);
        lost[1].connectors[0].sender_ip_addresses = Known::Value(Vec::new());
        assert_eq!(field(found(&lost)), [""; 0]);
        let mut state = two(&["203.0.113.7"], &["203.0.113.7"]);
        state[1].connectors[0].enabled = Known::Lost;
        assert_eq!(field(found(&state)), ["Enabled"]);
    }
}
