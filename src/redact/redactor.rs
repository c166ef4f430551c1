//! The state of a redaction: what is known of the input, and the stand-ins that were given.
//!
//! In: values and names. Out: stand-ins, and the pairs.
//! Must not forget a stand-in: the same value has the same one in the whole run.

use std::collections::{BTreeSet, HashMap};

use super::addresses::Addresses;
use super::stand_ins::{Kind, Pair, Part, StandIns};
use super::vocabulary::{Named, Vocabulary};

/// Redacts the reports of one run.
#[derive(Debug, Default)]
pub struct Redactor {
    pub(super) given: StandIns,
    pub(super) addresses: Addresses,
    pub(super) vocabulary: Vocabulary,
    /// Domains of the input as Microsoft writes them in hosts of MX records, with dashes.
    pub(super) dashed: HashMap<String, String>,
    /// The names of servers, in lower case.
    servers: BTreeSet<String>,
}

impl Redactor {
    /// All pairs of values and stand-ins, by kind and value.
    pub fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        self.given.pairs()
    }

    /// Whether the input shows that a text is the name of a server.
    pub(super) fn is_server(&self, name: &str) -> bool {
        self.servers.contains(&name.to_lowercase())
    }

    /// Notes a send connector or an inbound connector.
    pub(super) fn learn_connector(&mut self, name: &str) {
        self.vocabulary.add(Named::Connector, name);
    }

    /// Notes a tenant.
    pub(super) fn learn_tenant(&mut self, name: &str) {
        self.vocabulary.add(Named::Tenant, name);
    }

    /// Notes a server.
    pub(super) fn learn_server(&mut self, name: &str) {
        // A folder such as `Logs` counts as a server where no other is above it.
        if super::folders::is_of_exchange(name) {
            return;
        }
        self.vocabulary.add(Named::Server, name);
        self.servers.insert(name.to_lowercase());
    }

    /// Notes a domain.
    pub(super) fn learn_domain(&mut self, name: &str) {
        let name = name.trim_start_matches("*.").to_lowercase();
        self.dashed.insert(name.replace('.', "-"), name);
    }

    /// The stand-in for a connector.
    pub(super) fn connector(&mut self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let stand_in = format!("connector{}", self.given.number(Part::Connector, name));
        self.given.note(Kind::Connector, name, stand_in)
    }

    /// The stand-in for the subject of a message.
    pub(super) fn subject(&mut self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let stand_in = format!("subject{}", self.given.number(Part::Subject, text));
        self.given.note(Kind::Subject, text, stand_in)
    }

    /// The stand-in for the id of an incident. The id is made of the name of a connector, so a guess of
    /// the name could be tested with it.
    pub(super) fn incident(&mut self, id: &str) -> String {
        let stand_in = format!("{:08x}", self.given.number(Part::Incident, id));
        self.given.note(Kind::Incident, id, stand_in)
    }
}
