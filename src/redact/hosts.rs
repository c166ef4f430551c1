//! Stand-ins for hosts, domains and mailboxes.
//!
//! In: a name as the input writes it. Out: a name below `.example` of the same shape: a host stays under
//! its domain, a subdomain under its parent, a wildcard a wildcard.
//! Must not let a label pass, except those of Microsoft's hosts and of public suffixes.

use psl::{List, Psl as _, Type};

use super::microsoft::{self, Piece};
use super::redactor::Redactor;
use super::stand_ins::{Kind, Part};
use crate::smtp::host;

impl Redactor {
    /// The stand-in for a host, a domain or the name of a server.
    pub(super) fn host(&mut self, name: &str) -> String {
        let trimmed = name.trim().trim_matches('.');
        if trimmed.is_empty() {
            return String::new();
        }
        let plain = host::normalise(trimmed).unwrap_or_else(|| trimmed.to_lowercase());
        let (wildcard, below) = match plain.strip_prefix("*.") {
            Some(below) => ("*.", below),
            None => ("", plain.as_str()),
        };
        if microsoft::stays(below) {
            return trimmed.to_owned();
        }
        let (kind, stand_in) = self.host_below(below);
        let kind = if wildcard.is_empty() {
            kind
        } else {
            Kind::Host
        };
        self.given.note(kind, name, format!("{wildcard}{stand_in}"))
    }

    fn host_below(&mut self, name: &str) -> (Kind, String) {
        if name == "*" || name == "localhost" {
            return (Kind::Host, name.to_owned());
        }
        if let Some(pieces) = microsoft::pieces(name) {
            let pieces: Vec<String> = pieces.into_iter().map(|piece| self.piece(piece)).collect();
            return (Kind::Host, pieces.join("."));
        }
        if !name.contains('.') {
            return (Kind::Host, self.label(name));
        }
        let Some(domain) = psl::domain_str(name) else {
            // The domain of a country names nobody. A suffix of a company does.
            let is_public = List
                .suffix(name.as_bytes())
                .is_some_and(|suffix| suffix.typ() == Some(Type::Icann));
            if is_public {
                return (Kind::Domain, name.to_owned());
            }
            return (Kind::Domain, self.domain(name));
        };
        let stand_in = self.domain(domain);
        let before = name[..name.len() - domain.len()].trim_end_matches('.');
        if before.is_empty() {
            return (Kind::Domain, stand_in);
        }
        let mut labels: Vec<String> = before.split('.').map(|label| self.label(label)).collect();
        labels.push(stand_in);
        (Kind::Host, labels.join("."))
    }

    fn piece(&mut self, piece: Piece<'_>) -> String {
        match piece {
            Piece::Stays(label) => label.to_owned(),
            Piece::Tenant(label) => self.tenant_label(label),
            Piece::Label(label) => self.label(label),
            Piece::Dashed(label) => {
                let label = self.undashed(label);
                self.host_below(&label).1.replace('.', "-")
            }
        }
    }

    /// The domain that Microsoft writes with dashes: one of the input, or the dashes are dots.
    fn undashed(&self, label: &str) -> String {
        let known = self.dashed.get(label);
        known.cloned().unwrap_or_else(|| label.replace('-', "."))
    }

    fn domain(&mut self, name: &str) -> String {
        format!("domain{}.example", self.given.number(Part::Domain, name))
    }

    /// The stand-in for one label of a host, or for a server.
    pub(super) fn label(&mut self, label: &str) -> String {
        match label {
            "*" => label.to_owned(),
            _ => format!("host{}", self.given.number(Part::Label, label)),
        }
    }

    /// The stand-in for the name that a tenant chose.
    pub(super) fn tenant_label(&mut self, label: &str) -> String {
        format!("tenant{}", self.given.number(Part::Tenant, label))
    }

    /// The stand-in for a server, a name with or without a domain.
    pub(super) fn server(&mut self, name: &str) -> String {
        let parts: Vec<String> = name.split('/').map(|part| self.host(part)).collect();
        let stand_in = parts.join("/");
        self.given.note(Kind::Host, name, stand_in)
    }

    /// The stand-in for a tenant.
    pub(super) fn tenant(&mut self, name: &str) -> String {
        let stand_in = match host::normalise(name) {
            Some(_) => self.host(name),
            None => self.tenant_label(name),
        };
        self.given.note(Kind::Tenant, name, stand_in)
    }

    /// The stand-in for a mailbox. The empty sender stays, and so do angle brackets.
    pub(super) fn mailbox(&mut self, address: &str) -> String {
        let inner = address.trim();
        if matches!(inner, "" | "<>" | "*") {
            return inner.to_owned();
        }
        if let Some(inner) = inner
            .strip_prefix('<')
            .and_then(|inner| inner.strip_suffix('>'))
        {
            return format!("<{}>", self.mailbox(inner));
        }
        let (user, domain) = match inner.rsplit_once('@') {
            Some((user, domain)) => (user, Some(domain)),
            None => (inner, None),
        };
        let user = match user {
            "*" => user.to_owned(),
            _ => format!("user{}", self.given.number(Part::User, user)),
        };
        let stand_in = match domain {
            Some(domain) => format!("{user}@{}", self.host_or_address(domain)),
            None => user,
        };
        self.given.note(Kind::Mailbox, inner, stand_in)
    }

    /// The stand-in for a message id, which keeps the host that made it.
    pub(super) fn message_id(&mut self, id: &str) -> String {
        let inner = id.trim().trim_start_matches('<').trim_end_matches('>');
        if inner.is_empty() {
            return id.trim().to_owned();
        }
        let number = self.given.number(Part::Message, inner);
        let stand_in = match inner.rsplit_once('@') {
            Some((_, host)) => format!("message{number}@{}", self.host_or_address(host)),
            None => format!("message{number}"),
        };
        let stand_in = if id.trim_start().starts_with('<') {
            format!("<{stand_in}>")
        } else {
            stand_in
        };
        self.given.note(Kind::MessageId, id, stand_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_kept() {
        let mut redactor = Redactor::default();
        let mut host = |name: &str| redactor.host(name);
        assert_eq!(host("mail.contoso.com"), "host1.domain1.example");
        assert_eq!(host("MAIL.Contoso.com."), "host1.domain1.example");
        assert_eq!(host("contoso.com"), "domain1.example");
        assert_eq!(host("*.contoso.com"), "*.domain1.example");
        assert_eq!(host("mail.contosa.com"), "host1.domain2.example");
        assert_eq!(host("mail2.contoso.com"), "host2.domain1.example");
        assert_eq!(host("a.mail.contoso.com"), "host3.host1.domain1.example");
        assert_eq!(host("EX01"), "host4");
        assert_eq!(host("ex01.contoso.local"), "host4.domain3.example");
        assert_eq!(host("mail.contoso.co.uk"), "host1.domain4.example");
        assert_eq!(host("*.co.uk"), "*.co.uk");
        assert_eq!(host("contoso.onmicrosoft.com"), "tenant1.onmicrosoft.com");
        let mx = "contoso-com.mail.protection.outlook.com";
        assert_eq!(host(mx), "domain1-example.mail.protection.outlook.com");
    }

    #[test]
    fn mailboxes_and_message_ids_keep_their_hosts() {
        let mut redactor = Redactor::default();
        assert_eq!(
            redactor.mailbox("Anna@contoso.com"),
            "user1@domain1.example"
        );
        assert_eq!(
            redactor.mailbox("<anna@Contoso.com>"),
            "<user1@domain1.example>"
        );
        assert_eq!(redactor.mailbox("<>"), "<>");
        assert_eq!(
            redactor.mailbox("mail@contoso.com"),
            "user2@domain1.example"
        );
        let id = redactor.message_id("<a1b2@ex01.contoso.com>");
        assert_eq!(id, "<message1@host1.domain1.example>");
    }
}
