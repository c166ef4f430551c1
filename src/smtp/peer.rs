//! Who the other side of a session is, as far as its own rows show.
//!
//! In: the first words of banner and EHLO replies, the server that a reply names in brackets, the
//! destination of a proxied session, and the certificate of the other side. Out: a [`Peer`].
//! Must not know the exports: they may say more, and [`crate::diagnosis`] asks them.
//! Invariant: a certificate is stronger than text, because a remote server writes its own text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::host::{self, HostKind};
use super::microsoft;

/// Who the other side is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// The rows do not show it: the session ended too early, or its beginning is missing.
    #[default]
    Unknown,
    /// Another server.
    Other,
    /// It calls itself Exchange Online, and nothing proves or contradicts this.
    Claimed,
    /// A host to which clients submit mail, such as `smtp.office365.com`.
    Submission,
    /// Exchange Online, by a certificate that Microsoft's authorities issued for its hosts.
    Proven,
}

impl Peer {
    /// Whether it is a host of Exchange Online, as far as the session shows.
    pub fn is_exchange_online(self) -> bool {
        matches!(self, Peer::Claimed | Peer::Submission | Peer::Proven)
    }

    /// The other side of a conversation of which `hub` and `front_end` are the two halves.
    pub fn of_halves(hub: Peer, front_end: Peer) -> Peer {
        if front_end.is_exchange_online() {
            front_end
        } else {
            hub
        }
    }
}

/// What the certificate of the other side says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum CertificateSays {
    /// No certificate, or one without a host name.
    #[default]
    Nothing,
    /// It is for hosts of Exchange Online, and Microsoft's authorities issued it.
    ExchangeOnline,
    /// It is for hosts of Exchange Online, and another authority issued it: a device on the way.
    Imitation,
    /// It is for other hosts.
    Other,
}

impl CertificateSays {
    /// Reads it off the certificate.
    pub(super) fn of(certificate: &Certificate) -> CertificateSays {
        let common_name = certificate.common_name();
        let names = certificate.names.iter().chain(&common_name);
        let mut hosts = names.filter_map(|name| host::normalise(name)).peekable();
        if hosts.peek().is_none() {
            return CertificateSays::Nothing;
        }
        if !hosts.any(|name| host::is_name_of_exchange_online(&name)) {
            return CertificateSays::Other;
        }
        match certificate.issuer.as_deref() {
            Some(issuer) if microsoft::is_issuer(issuer) => CertificateSays::ExchangeOnline,
            // Without an issuer, nothing is proven and nothing is contradicted.
            Some(issuer) if !issuer.trim().is_empty() => CertificateSays::Imitation,
            _ => CertificateSays::Nothing,
        }
    }
}

/// What the rows of one session have shown about the other side.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PeerRows {
    /// The host that banner or EHLO reply begins with.
    named: Option<HostKind>,
    /// A reply names a server of Exchange Online in brackets.
    bracket: bool,
}

impl PeerRows {
    /// A banner or the first line of an EHLO reply. A firewall may have replaced one of the two by
    /// its own, so one that names Microsoft's host is enough.
    pub(super) fn named(&mut self, host: Option<HostKind>) {
        if matches!(self.named, None | Some(HostKind::Other)) {
            self.named = host.or(self.named);
        }
    }

    /// Whether a bracket could still tell who it is.
    pub(super) fn asks_for_bracket(&self) -> bool {
        self.named.is_none() && !self.bracket
    }

    /// A reply names a server of Exchange Online in brackets.
    pub(super) fn bracket(&mut self) {
        self.bracket = true;
    }

    /// A front end carries the session on, to a host of this kind where that is known. What the
    /// front end has said about itself no longer counts.
    pub(super) fn carried_on(&mut self, to: Option<HostKind>) {
        self.named = to;
    }

    /// Who it is. `port` is the remote port as logged.
    pub(super) fn peer(&self, says: CertificateSays, port: &str) -> Peer {
        let by_text = match self.named {
            Some(HostKind::ExchangeOnline) => Peer::Claimed,
            Some(HostKind::Submission) => Peer::Submission,
            Some(HostKind::Other) => Peer::Other,
            None if self.bracket => Peer::Claimed,
            None => Peer::Unknown,
        };
        match (says, by_text) {
            (_, Peer::Submission) => Peer::Submission,
            (_, Peer::Claimed) if port == "587" => Peer::Submission,
            (CertificateSays::Other, _) => Peer::Other,
            (CertificateSays::ExchangeOnline, _) => Peer::Proven,
            (CertificateSays::Nothing | CertificateSays::Imitation, by_text) => by_text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(names: &[&str], issuer: &str) -> Certificate {
        Certificate {
            subject: Some(format!("CN={}", names[0])),
            issuer: Some(issuer.to_owned()),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        }
    }

    const DIGICERT: &str = "CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US";

    #[test]
    fn a_certificate_says_whose_it_is() {
        for (names, issuer, says) in [
            (
                &["mail.protection.outlook.com"][..],
                DIGICERT,
                CertificateSays::ExchangeOnline,
            ),
            (
                &["outlook.com", "*.mail.protection.outlook.com"],
                DIGICERT,
                CertificateSays::ExchangeOnline,
            ),
            (
                &["mail.protection.outlook.com"],
                "CN=Firewall CA, O=Contoso",
                CertificateSays::Imitation,
            ),
            (&["mx.example.org"], DIGICERT, CertificateSays::Other),
            (&["EX01"], DIGICERT, CertificateSays::Nothing),
        ] {
            assert_eq!(
                CertificateSays::of(&certificate(names, issuer)),
                says,
                "{names:?}"
            );
        }
    }

    #[test]
    fn a_certificate_is_stronger_than_text() {
        let mut rows = PeerRows::default();
        rows.named(Some(HostKind::ExchangeOnline));
        assert_eq!(rows.peer(CertificateSays::Nothing, "25"), Peer::Claimed);
        assert_eq!(rows.peer(CertificateSays::Imitation, "25"), Peer::Claimed);
        assert_eq!(rows.peer(CertificateSays::Other, "25"), Peer::Other);
        assert_eq!(
            rows.peer(CertificateSays::ExchangeOnline, "25"),
            Peer::Proven
        );
        assert_eq!(
            rows.peer(CertificateSays::ExchangeOnline, "587"),
            Peer::Submission
        );
        let mut rows = PeerRows::default();
        rows.named(Some(HostKind::Other));
        assert_eq!(
            rows.peer(CertificateSays::ExchangeOnline, "25"),
            Peer::Proven
        );
    }

    #[test]
    fn a_bracket_counts_only_where_nothing_else_says_otherwise() {
        let mut rows = PeerRows::default();
        assert!(rows.asks_for_bracket());
        rows.bracket();
        assert_eq!(rows.peer(CertificateSays::Nothing, "25"), Peer::Claimed);
        rows.named(Some(HostKind::Other));
        assert_eq!(rows.peer(CertificateSays::Nothing, "25"), Peer::Other);
        rows.carried_on(None);
        assert_eq!(rows.peer(CertificateSays::Nothing, "717"), Peer::Claimed);
    }
}
