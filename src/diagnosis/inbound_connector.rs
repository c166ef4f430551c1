//! What several checks query in the export of an inbound connector.
//!
//! In: connectors and addresses as exported. Out: answers; "unknown" if the export lost the value.
//! Must not decide what is worth reporting.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::attribution::connector_name::ConnectorName;
use crate::diagnosis::check_context::Inbound;
use crate::diagnosis::condition;
use crate::diagnosis::subject::Subject;
use crate::language::{Language, labels};
use crate::tenant::{ConnectorType, InboundConnector};

/// Why no server can send to Exchange Online from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unroutable {
    /// Private.
    Private,
    /// Behind carrier-grade NAT.
    CarrierGradeNat,
    /// Loopback.
    Loopback,
    /// Link-local.
    LinkLocal,
    /// Unspecified.
    Unspecified,
    /// For benchmark tests.
    Benchmark,
    /// Multicast.
    Multicast,
    /// Reserved.
    Reserved,
}

impl Unroutable {
    /// A few words about such an address.
    pub fn words(self, language: Language) -> String {
        match self {
            Unroutable::Private => private(language),
            Unroutable::CarrierGradeNat => carrier_grade_nat(language),
            Unroutable::Loopback => loopback(language),
            Unroutable::LinkLocal => link_local(language),
            Unroutable::Unspecified => unspecified(language),
            Unroutable::Benchmark => benchmark(language),
            Unroutable::Multicast => multicast(language),
            Unroutable::Reserved => reserved(language),
        }
    }
}

/// Networks from which nothing reaches Exchange Online. The networks for documentation
/// (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24) are not listed, because examples use them for
/// real ones.
/// Source: IANA's special-purpose address registries.
const UNROUTABLE: [(Unroutable, IpAddr, u8); 15] = [
    (Unroutable::Private, v4(10, 0, 0), 8),
    (Unroutable::Private, v4(172, 16, 0), 12),
    (Unroutable::Private, v4(192, 168, 0), 16),
    (Unroutable::CarrierGradeNat, v4(100, 64, 0), 10),
    (Unroutable::Loopback, v4(127, 0, 0), 8),
    (Unroutable::LinkLocal, v4(169, 254, 0), 16),
    (Unroutable::Unspecified, v4(0, 0, 0), 8),
    (Unroutable::Benchmark, v4(198, 18, 0), 15),
    (Unroutable::Multicast, v4(224, 0, 0), 4),
    (Unroutable::Reserved, v4(240, 0, 0), 4),
    (Unroutable::Unspecified, v6(0, 0), 128),
    (Unroutable::Loopback, v6(0, 1), 128),
    (Unroutable::Private, v6(0xfc00, 0), 7),
    (Unroutable::LinkLocal, v6(0xfe80, 0), 10),
    (Unroutable::Multicast, v6(0xff00, 0), 8),
];

const fn v4(first: u8, second: u8, third: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(first, second, third, 0))
}

const fn v6(first: u16, last: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last))
}

/// Whether the connector has a certificate name that some certificate can match; `None` if the
/// export lost the name.
pub fn names_a_certificate(connector: &InboundConnector) -> Option<bool> {
    let name = connector.tls_sender_certificate_name.value()?;
    Some(name.as_deref().is_some_and(|name| !matches_nothing(name)))
}

/// Whether no certificate can match a name: it has a `*` that is not its first label, or a
/// character that no host name contains. A single label, such as `*.com` or `EX01`, counts as
/// possible.
fn matches_nothing(name: &str) -> bool {
    let name = name.trim();
    let labels = name.strip_prefix("*.").unwrap_or(name);
    let foreign = |sign: char| sign.is_whitespace() || "*,;:/@'\"()<>".contains(sign);
    ConnectorName::parse(name) == ConnectorName::Invalid && labels.contains(foreign)
}

/// The lost fields because of which it is not certain that both connectors are enabled and of type
/// OnPremises.
pub fn open_states(pair: [Inbound<'_>; 2]) -> Vec<(Subject, &'static str)> {
    let mut open = Vec::new();
    for (tenant, connector) in pair {
        let conditions = [
            condition::enabled(connector),
            condition::of_type(connector, ConnectorType::OnPremises),
        ];
        for condition in conditions.iter().filter(|one| one.holds.is_none()) {
            open.push((Subject::inbound(tenant, connector), condition.field));
        }
    }
    open
}

/// Whether nothing from this range reaches Exchange Online.
pub fn is_unroutable(first: IpAddr, last: IpAddr) -> bool {
    unroutable(first, last).is_some()
}

/// Why no server can send to Exchange Online from these addresses; `None` if one can.
pub fn unroutable(first: IpAddr, last: IpAddr) -> Option<Unroutable> {
    let inside = |network: IpAddr, length: u8| {
        let network = IpNet::new(network, length).ok();
        network.is_some_and(|network| network.contains(&first) && network.contains(&last))
    };
    let mut known = UNROUTABLE.iter();
    known
        .find(|(_, network, length)| inside(*network, *length))
        .map(|(why, _, _)| *why)
}

labels! {
    private: "private", "プライベート アドレス" ["62cb0d0c"];
    carrier_grade_nat: "behind carrier-grade NAT", "キャリア グレード NAT のアドレス" ["ba844e40"];
    loopback: "loopback", "ループバック アドレス" ["2d298e24"];
    link_local: "link-local", "リンクローカル アドレス" ["adacc537"];
    unspecified: "unspecified", "未指定アドレス" ["02dd45cc"];
    benchmark: "for benchmark tests", "ベンチマーク テスト用アドレス" ["fbf56eba"];
    multicast: "multicast", "マルチキャスト アドレス" ["1010cf81"];
    reserved: "reserved", "予約済みアドレス" ["d4b5cafd"];
}
