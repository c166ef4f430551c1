//! What an information row (`*`) says besides certificates: TLS results and proxying.
//!
//! In: the row's context, or its data if the context is empty. Out: its [`Meaning`].
//! Must not know the session. An unknown text means nothing and is never an error.

use std::sync::Arc;

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing that matters to this program.
    Nothing,
    /// The row may describe a certificate.
    Certificate,
    /// TLS was negotiated with this protocol, such as `TLS1_2`.
    Negotiated(Arc<str>),
    /// The TLS negotiation failed with this error, such as `NoCredentials`.
    Failed(Arc<str>),
    /// This session acts for a session of a hub.
    FrontEnd {
        /// The hub's session id as logged.
        hub_session: Arc<str>,
        /// The hub's host name; empty if it is not logged.
        hub_host: Arc<str>,
    },
    /// Our own side does not trust the certificate of the other side, with this error.
    Distrusted(Arc<str>),
    /// The result of checking the chain of the other side's certificate; the data says it.
    ChainStatus,
    /// No connection came about.
    NotConnected,
    /// A front end continues this session.
    Hub,
    /// This session hands an inbound session to a hub.
    Inbound,
}

impl Meaning {
    /// Reads the context of a row, which may be about a certificate.
    pub fn of_context(text: &str) -> Meaning {
        match Meaning::of_text(text) {
            Meaning::Nothing if text.contains("ertificate") => Meaning::Certificate,
            meaning => meaning,
        }
    }

    /// Reads a text that is not about a certificate.
    pub fn of_text(text: &str) -> Meaning {
        if let Some(rest) = text.strip_prefix("TLS protocol ") {
            if !rest.contains("negotiation succeeded") {
                return Meaning::Nothing;
            }
            let protocol = rest.split(' ').next().unwrap_or_default();
            Meaning::Negotiated(protocol_name(protocol).into())
        } else if let Some(rest) = text.strip_prefix("TLS negotiation failed") {
            let error = rest.trim_start();
            let error = error
                .strip_prefix("with error")
                .unwrap_or(rest)
                .trim_start();
            let end = error.find([' ', '.', ',', ';']).unwrap_or(error.len());
            Meaning::Failed(error[..end].into())
        } else if let Some(rest) = text.strip_prefix("Outbound TLS authentication failed") {
            let error = rest
                .split_once("with error ")
                .map_or("", |(_, error)| error);
            let end = error.find([' ', '.', ',', ';']).unwrap_or(error.len());
            Meaning::Distrusted(error[..end].into())
        } else if text.starts_with("Chain validation status") {
            Meaning::ChainStatus
        } else if text.starts_with("Failed to connect") {
            Meaning::NotConnected
        } else if let Some((_, rest)) = text.split_once("Outbound proxy from ") {
            match session_id_in(rest) {
                Some(hub_session) => Meaning::FrontEnd {
                    hub_session: hub_session.into(),
                    hub_host: rest.split(' ').next().unwrap_or_default().into(),
                },
                None => Meaning::Nothing,
            }
        } else if text.contains("now being proxied through the next hop") {
            Meaning::Hub
        } else if text.starts_with("Proxying inbound session") {
            Meaning::Inbound
        } else {
            Meaning::Nothing
        }
    }
}

/// `… with session id 08DE1A2B3C4D5E6F. …`
fn session_id_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("with session id ")?;
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// `SP_PROT_TLS1_2_CLIENT` or the number of Windows' `SP_PROT_…` constant, as `TLS1_2`.
/// Source: `schannel.h`.
fn protocol_name(protocol: &str) -> &str {
    match protocol {
        "32" => "SSL3",
        "128" => "TLS1_0",
        "512" => "TLS1_1",
        "2048" => "TLS1_2",
        "8192" => "TLS1_3",
        _ => protocol.strip_prefix("SP_PROT_").map_or(protocol, |name| {
            name.strip_suffix("_CLIENT").unwrap_or(name)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        for (text, meaning) in [
            (
                "TLS protocol SP_PROT_TLS1_3_CLIENT negotiation succeeded using bulk",
                Meaning::Negotiated("TLS1_3".into()),
            ),
            (
                "TLS protocol 2048 negotiation succeeded",
                Meaning::Negotiated("TLS1_2".into()),
            ),
            ("TLS protocol 2048 began", Meaning::Nothing),
            (
                "Outbound TLS authentication failed for auth level DomainValidation with error UntrustedRoot",
                Meaning::Distrusted("UntrustedRoot".into()),
            ),
            ("Chain validation status", Meaning::ChainStatus),
            (
                "Failed to connect. Winsock error code: 10060, Win32 error code: 10060",
                Meaning::NotConnected,
            ),
            (
                "TLS negotiation failed with error NoCredentials.",
                Meaning::Failed("NoCredentials".into()),
            ),
            (
                "Session for Outbound proxy from EX01.contoso.local with session id 08DE1A2B3C4D5E6F. Session",
                Meaning::FrontEnd {
                    hub_session: "08DE1A2B3C4D5E6F".into(),
                    hub_host: "EX01.contoso.local".into(),
                },
            ),
            ("Outbound proxy from EX01", Meaning::Nothing),
            (
                "Proxying inbound session with session id 08DE",
                Meaning::Inbound,
            ),
            ("attempting to connect", Meaning::Nothing),
        ] {
            assert_eq!(Meaning::of_context(text), meaning, "{text}");
        }
        assert_eq!(
            Meaning::of_context("Sending certificate"),
            Meaning::Certificate
        );
    }
}
