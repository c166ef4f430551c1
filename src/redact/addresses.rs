//! Stand-ins for IP addresses and ranges, in networks that are reserved for documentation and tests.
//!
//! In: addresses and listed ranges. Out: other addresses. An address in a range that an export lists is in
//! the stand-in of that range.
//! Must not keep any part of an address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    pub(super) fn range(&self, first: IpAddr, last: IpAddr) -> Option<IpAddr> {
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
pub(super) fn size(first: IpAddr, last: IpAddr) -> u128 {
    let number = |address| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    number(last).saturating_sub(number(first))
}

/// The address that is so many addresses behind another one.
pub(super) fn plus(address: IpAddr, offset: u128) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let offset = u32::try_from(offset).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from(u32::from(address).wrapping_add(offset)))
        }
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address).wrapping_add(offset))),
    }
}
