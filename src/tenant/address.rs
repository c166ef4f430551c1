//! Entries of `SenderIPAddresses`.
//!
//! In: one entry as exported. Out: an [`AddressEntry`] with its first and last address.
//! Must not judge: private or wide entries are as good as any here.
//! Invariant: first and last are of one family and in order; what cannot be read has no range and
//! contains nothing.

use std::net::IpAddr;

use ipnet::IpNet;

use super::model::AddressEntry;

/// Reads a single address, a CIDR network or a range `a-b`.
pub fn parse(text: &str) -> AddressEntry {
    let text = text.trim();
    let single = || text.parse().ok().map(|address: IpAddr| (address, address));
    let network = || {
        text.parse()
            .ok()
            .map(|network: IpNet| (network.network(), network.broadcast()))
    };
    let range = single().or_else(network).or_else(|| between(text));
    AddressEntry {
        text: text.to_owned(),
        range: range.and_then(ordered),
    }
}

/// Whether an address lies in an entry; `::ffff:203.0.113.7` is `203.0.113.7`.
pub fn contains(entry: &AddressEntry, address: IpAddr) -> bool {
    let address = address.to_canonical();
    entry.range.is_some_and(|(first, last)| {
        first.is_ipv4() == address.is_ipv4() && first <= address && address <= last
    })
}

fn between(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (first, last) = text.split_once('-')?;
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}

/// The bounds in their plain form; `None` if they make no range.
fn ordered((first, last): (IpAddr, IpAddr)) -> Option<(IpAddr, IpAddr)> {
    let plain = (first.to_canonical(), last.to_canonical());
    // A network wider than all mapped addresses has only one bound that can be made plain.
    let (first, last) = if plain.0.is_ipv4() == plain.1.is_ipv4() {
        plain
    } else {
        (first, last)
    };
    (first.is_ipv4() == last.is_ipv4() && first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    fn holds(entry: &str, address: &str) -> bool {
        contains(&parse(entry), address.parse().unwrap())
    }

    #[test]
    fn single_addresses_networks_and_ranges_are_read() {
        assert!(holds("203.0.113.7", "203.0.113.7"));
        assert!(!holds("203.0.113.7", "203.0.113.8"));
        assert!(holds("203.0.113.0/24", "203.0.113.0") && holds("203.0.113.0/24", "203.0.113.255"));
        assert!(holds("203.0.113.9/24", "203.0.113.1"));
        assert!(!holds("203.0.113.0/25", "203.0.113.128"));
        assert!(holds("203.0.113.4-203.0.113.9", "203.0.113.4"));
        assert!(holds(" 203.0.113.4 - 203.0.113.9 ", "203.0.113.9"));
        assert!(!holds("203.0.113.4-203.0.113.9", "203.0.113.10"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(holds("2001:db8::1-2001:db8::5", "2001:db8::3"));
    }

    #[test]
    fn mapped_addresses_are_their_plain_form() {
        assert!(holds("203.0.113.0/24", "::ffff:203.0.113.7"));
        assert!(holds("::ffff:203.0.113.7", "203.0.113.7"));
        assert!(!holds("2001:db8::/32", "203.0.113.7"));
        assert!(!holds("::/0", "203.0.113.7"));
    }

    #[test]
    fn what_is_no_address_contains_nothing() {
        for text in [
            "",
            "mail.contoso.com",
            "203.0.113.0/33",
            "203.0.113.9-203.0.113.4",
            "203.0.113.1-2001:db8::1",
            "203.0.113",
            "-",
            "*",
        ] {
            assert_eq!(parse(text).range, None, "{text}");
            assert!(!holds(text, "203.0.113.7"), "{text}");
        }
        assert_eq!(parse(" x ").text, "x");
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text in "\\PC{0,30}|[0-9a-f:./-]{0,30}") {
            let _ = contains(&parse(&text), IpAddr::V4(Ipv4Addr::LOCALHOST));
        }

        #[test]
        fn a_network_holds_what_shares_its_prefix(network: u32, address: u32, length in 0_u32..=32) {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            let entry = parse(&format!("{}/{length}", Ipv4Addr::from(network)));
            let same = network & mask == address & mask;
            prop_assert_eq!(contains(&entry, IpAddr::V4(Ipv4Addr::from(address))), same);
        }
    }
}
