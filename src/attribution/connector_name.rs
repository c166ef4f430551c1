//! The forms of `TlsSenderCertificateName`.
//!
//! In: the text of an export. Out: a [`ConnectorName`].
//! Must not compare names: [`super::name_match`] does.
//! Source: the reference of Set-InboundConnector. The form `<I>…<S>…` is that of
//! `TlsCertificateName`.

use crate::smtp::host;
use crate::smtp::name::DistinguishedName;

/// What a connector's certificate name expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectorName {
    /// A host name such as `mail.contoso.com`.
    Host(String),
    /// A wildcard such as `*.contoso.com`. Holds the part after `*.`.
    Wildcard(String),
    /// `<I>issuer<S>subject` or `<S>subject`.
    Distinguished {
        /// The issuer, if the name has one.
        issuer: Option<DistinguishedName>,
        /// The subject.
        subject: DistinguishedName,
    },
    /// A text that no certificate can match, such as `*` or `mail.*.com`.
    Invalid,
}

impl ConnectorName {
    /// Reads a name. It ignores case and a trailing dot, and turns U-labels into A-labels.
    pub fn parse(text: &str) -> ConnectorName {
        let text = text.trim();
        if let Some(found) = distinguished(text) {
            return found;
        }
        match host::normalise(text) {
            Some(name) => match name.strip_prefix("*.") {
                Some(base) => ConnectorName::Wildcard(base.to_owned()),
                None => ConnectorName::Host(name),
            },
            None => ConnectorName::Invalid,
        }
    }

    /// The domain that must be accepted so that any sender may relay, and whether the name is a
    /// wildcard. The domain is the part after `*.`, the host itself, or the common name of an `<S>`
    /// subject. Returns `None` if the name has no domain.
    pub fn domain(&self) -> Option<(String, bool)> {
        match self {
            ConnectorName::Wildcard(base) => Some((base.clone(), true)),
            ConnectorName::Host(host) => Some((host.clone(), false)),
            ConnectorName::Distinguished { subject, .. } => {
                match ConnectorName::parse(subject.first("CN")?) {
                    ConnectorName::Wildcard(base) => Some((base, true)),
                    ConnectorName::Host(host) => Some((host, false)),
                    _ => None,
                }
            }
            ConnectorName::Invalid => None,
        }
    }
}

fn distinguished(text: &str) -> Option<ConnectorName> {
    let lower = text.to_ascii_lowercase();
    let subject_at = lower.find("<s>")?;
    let subject = DistinguishedName::parse(&text[subject_at + 3..]);
    let issuer = lower[..subject_at]
        .find("<i>")
        .map(|at| DistinguishedName::parse(&text[at + 3..subject_at]));
    Some(ConnectorName::Distinguished { issuer, subject })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_recognised() {
        assert_eq!(
            ConnectorName::parse("Mail.Contoso.com."),
            ConnectorName::Host("mail.contoso.com".to_owned())
        );
        assert_eq!(
            ConnectorName::parse("*.Contoso.com"),
            ConnectorName::Wildcard("contoso.com".to_owned())
        );
        assert_eq!(ConnectorName::parse("*"), ConnectorName::Invalid);
        assert_eq!(ConnectorName::parse("mail.*.com"), ConnectorName::Invalid);
        let name = ConnectorName::parse("<I>CN=CA, O=Example<S>CN=mail.contoso.com, O=Contoso");
        assert_eq!(name.domain(), Some(("mail.contoso.com".to_owned(), false)));
        let ConnectorName::Distinguished { issuer, .. } = name else {
            panic!("{name:?}")
        };
        assert_eq!(issuer, Some(DistinguishedName::parse("CN=CA, O=Example")));
        assert!(matches!(
            ConnectorName::parse("<S>CN=*.contoso.com"),
            ConnectorName::Distinguished { issuer: None, .. }
        ));
    }
}
