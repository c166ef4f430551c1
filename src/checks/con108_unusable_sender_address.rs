//! CON108: a connector lists an address from which no mail can arrive.

use std::net::IpAddr;

use ipnet::Ipv4Net;

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::inbound_connector::{Unroutable, unroutable};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::language::{Language, sentences};
use crate::remedy::settings;
use crate::tenant::{AddressEntry, ConnectorType, InboundConnector, Known, Tenant, address};

/// How many addresses one entry may hold: a /24.
const WIDEST: u32 = 256;

/// The shortest prefix that a fix divides into /24 networks.
const MOST_PARTS: u8 = 20;

declare_rule! {
    /// An inbound connector lists a sender address that Exchange Online cannot see or does not
    /// accept.
    ///
    /// ## What it finds
    /// These entries of enabled inbound connectors:
    ///
    /// - private, loopback, link-local, multicast and reserved addresses
    /// - IPv4 networks wider than /24 and ranges of more than 256 addresses
    /// - text that is not an address, a network or a range
    /// - IPv6 addresses: inbound connectors take IPv4 addresses only
    ///
    /// ## Why it matters
    /// Exchange Online sees the public address after network address translation. An entry that it
    /// never sees matches nothing. If the entry was meant to identify your servers, Exchange
    /// Online cannot assign their mail to your tenant. A wide network also matches strangers, and
    /// Exchange Online documents /24 to /32 only.
    ///
    /// ## What to do
    /// List the public addresses that your servers send from, in networks of /24 or smaller.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `SenderIPAddresses` takes single IPv4
    ///   addresses, ranges, and networks from /24 to /32.
    /// - RFC 1918 and RFC 6890: private and special addresses are not used on the internet, so
    ///   Exchange Online never sees them.
    UnusableSenderAddress {
        code: "CON108",
        name: "unusable-sender-address",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// Exchange Online の受信コネクタが、Exchange Online から見えない、
        /// または使用できない送信元 IP アドレスを登録しています。
        ///
        /// ## 検出する内容
        /// 有効な受信コネクタの次のエントリを検出します。
        ///
        /// - プライベート、ループバック、リンクローカル、マルチキャスト、予約済みの IP アドレス
        /// - /24 より広い IPv4 ネットワークと、256 個を超える IP アドレスの範囲
        /// - IP アドレス、ネットワーク、範囲のいずれでもない文字列
        /// - IPv6 アドレス: 受信コネクタで使用できるのは IPv4 アドレスのみです
        ///
        /// ## 問題となる理由
        /// Exchange Online から見えるのは、ネットワーク アドレス変換後の
        /// パブリック IP アドレスです。Exchange Online から見えないエントリは、
        /// どのメールとも一致しません。サーバーを識別するためのエントリである場合、
        /// Exchange Online はそのサーバーのメールを自組織のテナントに割り当てられません。
        /// 広いネットワークは、第三者の IP アドレスとも一致します。また、
        /// Exchange Online で文書化されているのは /24 から /32 までのみです。
        ///
        /// ## 対処方法
        /// サーバーが送信に使用するパブリック IP アドレスを、/24 またはそれより狭いネットワークで
        /// 登録します。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、Microsoft Learn): `SenderIPAddresses` には、
        ///   単一の IPv4 アドレス、範囲、および /24 から /32 までのネットワークを指定できます。
        /// - RFC 1918 と RFC 6890: プライベート IP アドレスと特殊用途の IP アドレスは
        ///   インターネットで使用されないため、Exchange Online から見えることはありません。
        japanese: ["561f05d5"],
    }
}

impl Check for UnusableSenderAddress {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for (tenant, connector) in context.inbound() {
            let conditions = [
                condition::enabled(connector),
                Condition::of(
                    "SenderIPAddresses",
                    &connector.sender_ip_addresses,
                    |list| list.iter().any(|entry| fault(entry).is_some()),
                ),
            ];
            let about = || Subject::inbound(tenant, connector);
            if all_hold(&conditions, &Self::META, about, findings) {
                findings.add(observation(context.language, tenant, connector));
            }
        }
    }
}

fn observation(language: Language, tenant: &Tenant, connector: &InboundConnector) -> Finding {
    let entries = || connector.sender_ip_addresses.value().into_iter().flatten();
    let bad: Vec<(&AddressEntry, Fault)> = entries()
        .filter_map(|entry| Some((entry, fault(entry)?)))
        .collect();
    let texts: Vec<String> = bad
        .iter()
        .map(|(entry, fault)| entry_with_fault(language, &entry.text, &fault.words(language)))
        .collect();
    let listed = settings::listed(language, &texts);
    let message = match bad.len() == entries().count() {
        true if settings::certificate_name(connector).is_none() => {
            lists_nothing_else(language, &connector.name, &listed)
        }
        _ => lists(language, &connector.name, &listed),
    };
    // The export itself may have caused the entry, for example a script that joined a list.
    let proved = bad
        .iter()
        .any(|(_, fault)| matches!(fault, Fault::Unroutable(_) | Fault::Version6));
    let confidence = if proved {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let count = u64::try_from(bad.len()).unwrap_or(u64::MAX);
    settings::of_inbound(&UnusableSenderAddress::META, tenant, connector, message)
        .confidence(confidence)
        .count(count)
        .proof(settings::address_proof(connector))
        .fix(fix(language, connector, &bad))
}

/// Removes the entries. Networks that are only too wide are divided. The public address behind a
/// private one is in the EHLO replies of Exchange Online, not in an export.
fn fix(language: Language, connector: &InboundConnector, bad: &[(&AddressEntry, Fault)]) -> Fix {
    let mut add = Vec::new();
    let mut divided = true;
    for (entry, _) in bad {
        match parts(entry) {
            Some(parts) => add.extend(parts),
            None => divided = false,
        }
    }
    // What is listed already cannot be added again.
    let listed = |network: &String| {
        let range = address::parse(network).range;
        let mut entries = connector.sender_ip_addresses.value().into_iter().flatten();
        entries.any(|entry| fault(entry).is_none() && covers(entry, range))
    };
    add.retain(|network| !listed(network));
    add.sort();
    add.dedup();
    if !divided {
        add.insert(
            0,
            "<public IPv4 address that Exchange Online sees>".to_owned(),
        );
    }
    let remove = settings::quoted(bad.iter().map(|(entry, _)| entry.text.as_str()));
    let parameters = if add.is_empty() {
        format!("-SenderIPAddresses @{{Remove={remove}}}")
    } else {
        let add = settings::quoted(add.iter().map(String::as_str));
        format!("-SenderIPAddresses @{{Add={add};Remove={remove}}}")
    };
    let note = if divided {
        same_addresses(language)
    } else if connector.connector_type == Known::Value(ConnectorType::Partner) {
        ask_the_partner(language)
    } else {
        look_in_the_send_log(language)
    };
    Fix::command(
        Where::Online,
        settings::set_inbound(connector, &parameters),
        &note,
    )
}

/// Whether an entry contains all of a range.
fn covers(entry: &AddressEntry, range: Option<(IpAddr, IpAddr)>) -> bool {
    matches!((entry.range, range), (Some((from, until)), Some((first, last)))
        if from <= first && last <= until)
}

/// The /24 networks of an IPv4 network that is only too wide, if there are few of them.
fn parts(entry: &AddressEntry) -> Option<Vec<String>> {
    let network: Ipv4Net = entry.text.parse().ok()?;
    let too_wide = fault(entry) == Some(Fault::TooWide) && network.prefix_len() >= MOST_PARTS;
    let subnets = network.subnets(24).ok().filter(|_| too_wide)?;
    Some(subnets.map(|subnet| subnet.to_string()).collect())
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Malformed,
    Unroutable(Unroutable),
    Version6,
    TooWide,
}

impl Fault {
    fn words(self, language: Language) -> String {
        match self {
            Fault::Malformed => is_malformed(language),
            Fault::Unroutable(why) => why.words(language),
            Fault::Version6 => is_version_6(language),
            Fault::TooWide => is_too_wide(language),
        }
    }
}

fn fault(entry: &AddressEntry) -> Option<Fault> {
    let Some((first, last)) = entry.range else {
        return Some(Fault::Malformed);
    };
    if let Some(why) = unroutable(first, last) {
        return Some(Fault::Unroutable(why));
    }
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let more = u32::from(last).saturating_sub(u32::from(first));
            (more >= WIDEST).then_some(Fault::TooWide)
        }
        _ => Some(Fault::Version6),
    }
}

sentences! {
    /// What was found.
    fn lists(connector: &str, entries: &str) {
        en: "Inbound connector '{connector}' lists {entries}.",
        ja: "Exchange Online の受信コネクタ「{connector}」に、次のエントリが登録されています: {entries}。" ["3840d83f"],
    }
    /// What was found, if the connector has nothing else that identifies mail.
    fn lists_nothing_else(connector: &str, entries: &str) {
        en: "Inbound connector '{connector}' lists {entries}. It lists no other address and has no certificate name.",
        ja: "Exchange Online の受信コネクタ「{connector}」に、次のエントリが登録されています: {entries}。ほかの IP アドレスは登録されておらず、証明書名もありません。" ["7526a5ba"],
    }
    /// An entry, and what is wrong with it.
    fn entry_with_fault(entry: &str, fault: &str) {
        en: "'{entry}' ({fault})",
        ja: "「{entry}」 ({fault})" ["d33c16b4"],
    }
    /// The fault of an entry that is something else.
    fn is_malformed() {
        en: "not an address, network or range",
        ja: "アドレス、ネットワーク、範囲のいずれでもない" ["020278e7"],
    }
    /// The fault of an IPv6 address.
    fn is_version_6() {
        en: "IPv6, which Exchange Online does not take here",
        ja: "ここでは Exchange Online で使用できない IPv6 アドレス" ["f209fe14"],
    }
    /// The fault of a network that is too large.
    fn is_too_wide() {
        en: "wider than /24",
        ja: "/24 より広い" ["d35c980c"],
    }
    /// Beside the command that divides networks.
    fn same_addresses() {
        en: "This lists the same addresses in networks that Exchange Online accepts. It is better to list only the addresses that the servers send from.",
        ja: "このコマンドは、同じ IP アドレスを、Exchange Online で使用できるネットワークに分けて登録します。サーバーが送信に使用する IP アドレスだけを登録する方が適切です。" ["8ed475b4"],
    }
    /// Where the public address of a partner is known.
    fn ask_the_partner() {
        en: "Ask the partner which public addresses its servers send from. If the list already contains them, omit the Add part. Adding and removing in one command leaves no gap.",
        ja: "サーバーがどのパブリック IP アドレスから送信するかを、パートナーに確認します。一覧に既にある場合は、Add の部分を省略します。追加と削除を 1 つのコマンドで行うため、受け入れが途切れることはありません。" ["240213fc"],
    }
    /// Where the public address of the organisation's own servers is found.
    fn look_in_the_send_log() {
        en: "You find the public address in the send log: the reply of Exchange Online to EHLO says 'Hello [address]'. If it is an IPv6 address, let the servers send over IPv4, or let the connector expect a certificate name instead. If the list already contains it, omit the Add part. Adding and removing in one command leaves no gap.",
        ja: "パブリック IP アドレスは送信ログで確認できます。EHLO に対する Exchange Online の応答に「Hello [IP アドレス]」とあります。IPv6 アドレスの場合は、サーバーが IPv4 で送信するように構成するか、代わりに受信コネクタが証明書名を想定するように構成します。一覧に既にある場合は、Add の部分を省略します。追加と削除を 1 つのコマンドで行うため、受け入れが途切れることはありません。" ["da30c5b7"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;

    fn found(tenant: Tenant) -> CheckOutput {
        of_exports(&UnusableSenderAddress, &[tenant], &OnPremises::default())
    }

    fn words(address: &str) -> Option<String> {
        fault(&address::parse(address)).map(|fault| fault.words(Language::English))
    }

    #[test]
    fn fires_with_every_bad_entry_in_one_finding() {
        let found = found(tenant(
            None,
            &["10.0.0.5", "203.0.113.7", "x'y", "192.168.0.0/16"],
            &[],
        ));
        assert_eq!(found.findings.len(), 1);
        let found = &found.findings[0];
        assert_eq!((found.count, found.confidence), (3, Confidence::High));
        assert!(found.message.contains("lists '10.0.0.5' (private), 'x'y' (not an address, network or range), '192.168.0.0/16' (private)."));
        assert_eq!(
            found.fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -SenderIPAddresses @{Add='<public IPv4 address that Exchange Online sees>';Remove='10.0.0.5','x''y','192.168.0.0/16'}"
            )
        );
    }

    #[test]
    fn no_fix_adds_an_ipv6_address() {
        let found = found(tenant(None, &["2001:db8::7", "8.8.8.0/23"], &[]));
        let command = found.findings[0].fix[0].command.as_deref().unwrap();
        let added = command.split(";Remove=").next().unwrap();
        assert!(!added.contains("2001"), "{command}");
        assert!(command.contains("Remove='2001:db8::7'"), "{command}");
    }

    #[test]
    fn a_wide_network_is_divided() {
        let found = found(tenant(None, &["8.8.8.0/23"], &[]));
        let found = &found.findings[0];
        assert_eq!(found.confidence, Confidence::Medium);
        assert!(
            found
                .message
                .ends_with("It lists no other address and has no certificate name.")
        );
        assert_eq!(
            found.fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -SenderIPAddresses @{Add='8.8.8.0/24','8.8.9.0/24';Remove='8.8.8.0/23'}"
            )
        );
    }

    #[test]
    fn no_network_is_added_that_is_listed_already() {
        for (entries, parameters) in [
            (
                &["8.8.8.0/23", "8.8.9.0/24"][..],
                "@{Add='8.8.8.0/24';Remove='8.8.8.0/23'}",
            ),
            (
                &["8.8.8.0/23", "8.8.8.0/22", "8.8.10.0-8.8.10.255"],
                "@{Add='8.8.11.0/24','8.8.8.0/24','8.8.9.0/24';Remove='8.8.8.0/23','8.8.8.0/22'}",
            ),
            (
                &["8.8.8.0/23", "8.8.8.0/24", "8.8.9.0/24"],
                "@{Remove='8.8.8.0/23'}",
            ),
        ] {
            let found = found(tenant(None, entries, &[])).findings;
            let command = found[0].fix[0].command.as_deref().unwrap();
            assert!(command.ends_with(parameters), "{command}");
        }
    }

    #[test]
    fn entries_are_judged_one_by_one() {
        for (address, expected) in [
            ("172.16.0.0/12", "private"),
            ("172.31.255.255", "private"),
            ("100.64.0.1", "behind carrier-grade NAT"),
            ("127.0.0.1", "loopback"),
            ("169.254.1.1", "link-local"),
            ("0.0.0.0", "unspecified"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::ffff:10.0.0.5", "private"),
            ("fe80::1", "link-local"),
            ("fd00::1-fd00::5", "private"),
            ("::1", "loopback"),
            ("0.0.0.0/0", "wider than /24"),
            ("8.8.8.0-8.8.9.0", "wider than /24"),
            ("203.0.112.0/23", "wider than /24"),
            ("mail.contoso.com", "not an address, network or range"),
            ("8.8.8.9-8.8.8.1", "not an address, network or range"),
            ("8.8.8.0/33", "not an address, network or range"),
            (
                "2001:db8::/32",
                "IPv6, which Exchange Online does not take here",
            ),
            (
                "2001:db8::1",
                "IPv6, which Exchange Online does not take here",
            ),
            ("::/0", "IPv6, which Exchange Online does not take here"),
        ] {
            assert_eq!(words(address).as_deref(), Some(expected), "{address}");
        }
        for address in [
            "192.0.2.1",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "203.0.113.0-203.0.113.255",
            "8.8.8.128-8.8.9.127",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
        ] {
            assert_eq!(words(address), None, "{address}");
        }
    }

    #[test]
    fn stays_silent_for_good_lists_and_asleep() {
        let mut asleep = tenant(None, &["10.0.0.5"], &[]);
        asleep.connectors[0].enabled = Known::Value(false);
        for tenant in [
            asleep,
            tenant(None, &["203.0.113.7"], &[]),
            tenant(None, &[], &[]),
        ] {
            let found = found(tenant);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_the_list_is_lost() {
        let mut lost = tenant(None, &[], &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "SenderIPAddresses");
    }
}
