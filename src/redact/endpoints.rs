//! Addresses, ranges and endpoints as inputs write them.
//!
//! In: a text. Out: the same form with another address, or nothing if the text is none of them.
//! Must not keep any part of an address, except the length of a prefix and a port.

use std::net::{IpAddr, Ipv4Addr};

use super::addresses::{plus, size};
use super::redactor::Redactor;
use super::stand_ins::Kind;
use crate::tenant::AddressEntry;

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
