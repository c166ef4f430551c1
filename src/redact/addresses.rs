//! Stand-ins for IP addresses and ranges, in networks that are reserved for documentation and tests.
//!
//! In: an address, a range, or an endpoint as the input writes it. Out: the same with another address. An
//! address in a range that an export lists is in the stand-in of that range.
//! Must not keep any part of an address, except the length of a prefix and a port.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::redactor::Redactor;
use super::stand_ins::Kind;
use crate::tenant::AddressEntry;

/// The networks for documentation (RFC 5737), then those for measurements (RFC 2544) and for later use
/// (RFC 1112), because the first hold few addresses.
const POOLS: [(Ipv4Addr, u32); 5] = [
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// `2001:db8::/32` (RFC 3849).
const DOCUMENTATION: u128 = 0x2001_0db8 << 96;

/// The addresses that were given.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    given: HashMap<IpAddr, IpAddr>,
    ranges: Vec<Range>,
    /// How many addresses of each pool are in use.
    used: [u64; POOLS.len()],
    next_v6: u128,
    next_v6_range: u128,
}

/// A listed range and what stands for it. Both have the same size.
#[derive(Debug)]
struct Range {
    first: IpAddr,
    last: IpAddr,
    stand_in: IpAddr,
    /// How many addresses in it have a stand-in.
    used: u128,
}

impl Addresses {
    /// Lists a range, so that addresses in it stay in it.
    pub(super) fn list(&mut self, first: IpAddr, last: IpAddr) {
        let known = |range: &Range| (range.first, range.last) == (first, last);
        if first == last || self.ranges.iter().any(known) {
            return;
        }
        let stand_in = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let size = u64::from(u32::from(last)).saturating_sub(u64::from(u32::from(first)));
                // Nothing can stand for most of the internet.
                if size >= 1 << 24 {
                    return;
                }
                IpAddr::V4(self.block((size + 1).next_power_of_two()))
            }
            _ => {
                self.next_v6_range += 1;
                // The second group of sixteen bits numbers the ranges.
                IpAddr::V6(Ipv6Addr::from(DOCUMENTATION | self.next_v6_range << 80))
            }
        };
        self.ranges.push(Range {
            first,
            last,
            stand_in,
            used: 0,
        });
        // The narrowest first.
        self.ranges
            .sort_by_key(|range| size(range.first, range.last));
    }

    /// The stand-in for an address.
    pub(super) fn of(&mut self, address: IpAddr) -> IpAddr {
        let address = address.to_canonical();
        if address.is_loopback() || address.is_unspecified() {
            return address;
        }
        if let Some(known) = self.given.get(&address) {
            return *known;
        }
        let within = |range: &&mut Range| {
            range.first.is_ipv4() == address.is_ipv4()
                && (range.first..=range.last).contains(&address)
        };
        let found = self.ranges.iter_mut().find(within);
        let stand_in = match (found, address) {
            (Some(range), _) => {
                // The first of a network stands for the network itself, while others are left.
                let offset = (range.used + 1) % (size(range.first, range.last).saturating_add(1));
                range.used += 1;
                plus(range.stand_in, offset)
            }
            (None, IpAddr::V4(_)) => IpAddr::V4(self.block(1)),
            (None, IpAddr::V6(_)) => {
                self.next_v6 += 1;
                plus(IpAddr::V6(Ipv6Addr::from(DOCUMENTATION)), self.next_v6)
            }
        };
        self.given.insert(address, stand_in);
        stand_in
    }

    /// The stand-in for the start of a range, if it is listed.
    fn range(&self, first: IpAddr, last: IpAddr) -> Option<IpAddr> {
        let known = |range: &&Range| (range.first, range.last) == (first, last);
        self.ranges.iter().find(known).map(|range| range.stand_in)
    }

    /// As many addresses as are free in a row, at a multiple of their number.
    fn block(&mut self, size: u64) -> Ipv4Addr {
        for ((base, prefix), used) in POOLS.iter().zip(&mut self.used) {
            let whole = 1_u64 << (32 - prefix);
            // No host has the first address of a network.
            let from = (*used).max(1).next_multiple_of(size);
            if from + size < whole {
                *used = from + size;
                let offset = u32::try_from(from).unwrap_or(0);
                return Ipv4Addr::from(u32::from(*base) + offset);
            }
        }
        Ipv4Addr::BROADCAST
    }
}

/// How many addresses follow the first one.
fn size(first: IpAddr, last: IpAddr) -> u128 {
    let number = |address| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    number(last).saturating_sub(number(first))
}

fn plus(address: IpAddr, offset: u128) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let offset = u32::try_from(offset).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from(u32::from(address).wrapping_add(offset)))
        }
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address).wrapping_add(offset))),
    }
}

impl Redactor {
    /// The stand-in for an address, range or endpoint. `None` if the text is none of them.
    pub(super) fn address(&mut self, text: &str) -> Option<String> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            let stand_in = self.addresses.of(address).to_string();
            return Some(self.given.note(Kind::Address, text, stand_in));
        }
        if let Some((inner, behind)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        {
            let inner_address = inner
                .get(..5)
                .filter(|prefix| prefix.eq_ignore_ascii_case("IPv6:"))
                .map_or(inner, |_| &inner[5..]);
            let stand_in = self.address(inner_address)?;
            let port = behind.is_empty() || is_port(behind.strip_prefix(':')?);
            return port.then(|| format!("[{stand_in}]{behind}"));
        }
        if let Some((address, port)) = text.rsplit_once(':')
            && is_port(port)
            && address.parse::<Ipv4Addr>().is_ok()
        {
            return Some(format!("{}:{port}", self.address(address)?));
        }
        self.range(text)
    }

    /// `203.0.113.16/28` or `203.0.113.16-203.0.113.20`.
    fn range(&mut self, text: &str) -> Option<String> {
        let entry = crate::tenant::address::parse(text);
        let (first, last) = entry.range?;
        if let Some((from, to)) = text.split_once('-') {
            self.addresses.list(first, last);
            let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            let ends = (self.addresses.of(from), self.addresses.of(to));
            let stand_in = match self.addresses.range(first, last) {
                Some(start) => format!("{start}-{}", plus(start, size(first, last))),
                None => format!("{}-{}", ends.0, ends.1),
            };
            return Some(self.given.note(Kind::AddressRange, text, stand_in));
        }
        let (address, prefix) = text.split_once('/')?;
        self.addresses.list(first, last);
        let start = match self.addresses.range(first, last) {
            Some(start) => start,
            None => self.addresses.of(address.trim().parse().ok()?),
        };
        let stand_in = format!("{start}/{prefix}");
        Some(self.given.note(Kind::AddressRange, text, stand_in))
    }

    /// The stand-in for an address with or without a port; anything else is treated as a host.
    pub(super) fn host_or_address(&mut self, text: &str) -> String {
        if let Some(address) = self.address(text) {
            return address;
        }
        match text.rsplit_once(':') {
            Some((host, port)) if is_port(port) => format!("{}:{port}", self.host(host)),
            _ => self.host(text),
        }
    }

    /// Lists what a connector lists.
    pub(super) fn list_addresses(&mut self, entries: &[AddressEntry]) {
        for (first, last) in entries.iter().filter_map(|entry| entry.range) {
            self.addresses.list(first, last);
        }
    }
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(redactor: &mut Redactor, text: &str) -> String {
        redactor.address(text).unwrap()
    }

    #[test]
    fn forms_are_kept() {
        let mut redactor = Redactor::default();
        assert_eq!(of(&mut redactor, "10.20.0.11:53179"), "192.0.2.1:53179");
        assert_eq!(of(&mut redactor, "[10.20.0.11]"), "[192.0.2.1]");
        assert_eq!(of(&mut redactor, "81.2.69.142"), "192.0.2.2");
        assert_eq!(of(&mut redactor, "[2a02:8106::25]:25"), "[2001:db8::1]:25");
        assert_eq!(of(&mut redactor, "2A02:8106:0::25"), "2001:db8::1");
        assert_eq!(of(&mut redactor, "127.0.0.1"), "127.0.0.1");
        for other in ["5.7.64", "mail.contoso.com", "10.20.0.11:x", ""] {
            assert_eq!(redactor.address(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_stays_in_its_range() {
        let mut redactor = Redactor::default();
        let range = of(&mut redactor, "81.2.69.128/28");
        assert_eq!(range, "192.0.2.16/28");
        assert_eq!(of(&mut redactor, "81.2.69.142"), "192.0.2.17");
        assert_eq!(of(&mut redactor, "81.2.69.127"), "192.0.2.32");
        let range = of(&mut redactor, "2a02:8106::/64");
        assert_eq!(range, "2001:db8:1::/64");
        assert_eq!(of(&mut redactor, "2a02:8106::25"), "2001:db8:1::1");
    }

    #[test]
    fn two_addresses_never_share_a_stand_in() {
        let mut redactor = Redactor::default();
        redactor.address("81.2.69.128/30");
        let all: std::collections::BTreeSet<String> = (0..2000_u32)
            .map(|number| Ipv4Addr::from(0x5102_4500 + number).to_string())
            .map(|address| of(&mut redactor, &address))
            .collect();
        assert_eq!(all.len(), 2000);
    }
}
