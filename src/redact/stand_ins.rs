//! The stand-ins that were given: numbers for the parts of names, and pairs of whole values.
//!
//! In: a part or a value. Out: its number, or nothing; at the end the list of pairs.
//! Must not know how a value is taken apart.

use std::collections::BTreeMap;
use std::collections::HashMap;

/// What a value is, in the list of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An IP address.
    Address,
    /// A network or range of addresses.
    AddressRange,
    /// A send connector or inbound connector.
    Connector,
    /// A domain.
    Domain,
    /// A file, with its folders.
    File,
    /// The identity of an object.
    Guid,
    /// A host, or a server by its name alone.
    Host,
    /// An incident.
    Incident,
    /// A mailbox.
    Mailbox,
    /// A message id.
    MessageId,
    /// A distinguished name.
    Name,
    /// A queue.
    Queue,
    /// The serial number of a certificate.
    Serial,
    /// A stream.
    Stream,
    /// The subject of a message.
    Subject,
    /// A tenant.
    Tenant,
}

impl Kind {
    /// The word in the list of pairs.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Address => "address",
            Kind::AddressRange => "address_range",
            Kind::Connector => "connector",
            Kind::Domain => "domain",
            Kind::File => "file",
            Kind::Guid => "guid",
            Kind::Host => "host",
            Kind::Incident => "incident",
            Kind::Mailbox => "mailbox",
            Kind::MessageId => "message_id",
            Kind::Name => "distinguished_name",
            Kind::Queue => "queue",
            Kind::Serial => "serial",
            Kind::Stream => "stream",
            Kind::Subject => "subject",
            Kind::Tenant => "tenant",
        }
    }
}

/// A part of a value. Each kind of part has its own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    Connector,
    Country,
    Domain,
    File,
    Folder,
    Guid,
    Incident,
    Label,
    Message,
    Name,
    Organisation,
    Place,
    Sender,
    Serial,
    Subject,
    Tenant,
    Unit,
    User,
}

/// A value and what stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair<'a> {
    /// What it is.
    pub kind: Kind,
    /// The value as the input writes it first.
    pub original: &'a str,
    /// What stands for it.
    pub stand_in: &'a str,
}

/// The numbers and pairs of a run.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    numbers: HashMap<(Part, String), u32>,
    next: BTreeMap<Part, u32>,
    /// By kind and value in lower case: the value as written, and its stand-in.
    pairs: BTreeMap<(Kind, String), (String, String)>,
}

impl StandIns {
    /// The number of a part. Cases do not matter.
    pub(super) fn number(&mut self, part: Part, text: &str) -> u32 {
        let key = (part, text.to_lowercase());
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let next = self.next.entry(part).or_default();
        *next += 1;
        self.numbers.insert(key, *next);
        *next
    }

    /// Notes a pair, and gives the stand-in back.
    pub(super) fn note(&mut self, kind: Kind, original: &str, stand_in: String) -> String {
        if original != stand_in {
            self.pairs
                .entry((kind, original.to_lowercase()))
                .or_insert_with(|| (original.to_owned(), stand_in.clone()));
        }
        stand_in
    }

    /// All pairs, by kind and value.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        let pairs = self.pairs.iter();
        pairs.map(|((kind, _), (original, stand_in))| Pair {
            kind: *kind,
            original,
            stand_in,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_keeps_its_number_in_every_case() {
        let mut given = StandIns::default();
        assert_eq!(given.number(Part::Label, "EX01"), 1);
        assert_eq!(given.number(Part::Label, "ex01"), 1);
        assert_eq!(given.number(Part::Label, "EX02"), 2);
        assert_eq!(given.number(Part::User, "EX02"), 1);
    }

    #[test]
    fn pairs_hold_only_what_was_replaced() {
        let mut given = StandIns::default();
        given.note(Kind::Host, "EX01", "host1".to_owned());
        given.note(Kind::Host, "ex01", "host1".to_owned());
        given.note(Kind::Host, "outlook.com", "outlook.com".to_owned());
        let pairs: Vec<_> = given.pairs().collect();
        let expected = Pair {
            kind: Kind::Host,
            original: "EX01",
            stand_in: "host1",
        };
        assert_eq!(pairs, [expected]);
    }
}
