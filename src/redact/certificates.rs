//! Stand-ins for distinguished names, serial numbers and names on certificates.
//!
//! In: a name as a log or an export writes it. Out: a name with the same attributes in the same order.
//! Must not change thumbprints: they stay, so that a report can be compared with the certificates.

use std::sync::LazyLock;

use regex::Regex;

use super::authorities;
use super::redactor::Redactor;
use super::stand_ins::{Kind, Part};
use crate::report::certificate::CertificateInfo;

/// The start of an attribute: at the start of the text, behind a separator, or behind a blank where two
/// names stand in one text.
static ATTRIBUTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^\s*|[,;+]\s*|\s+)((?i:CN|OU|O|L|ST|S|STREET|C|DC|E|EMAIL|EMAILADDRESS|SERIALNUMBER|T|TITLE|G|SN|UID|DESCRIPTION|POSTALCODE|BUSINESSCATEGORY|OID\.[0-9.]+|[0-9]+(?:\.[0-9]+)+))\s*=\s*").ok()
});

/// Whether a text is a distinguished name.
pub(super) fn is_name(text: &str) -> bool {
    let starts = |found: &regex::Match<'_>| text[..found.start()].trim().is_empty();
    ATTRIBUTE
        .as_ref()
        .and_then(|pattern| pattern.find(text))
        .is_some_and(|found| starts(&found))
}

/// The attributes of a name, with what stands before each of them, and the whole text in pieces:
/// (text up to the value, attribute, value).
fn attributes(text: &str) -> Vec<(&str, &str, &str)> {
    let Some(pattern) = ATTRIBUTE.as_ref() else {
        return Vec::new();
    };
    let found: Vec<_> = pattern.captures_iter(text).collect();
    let starts = found
        .iter()
        .filter_map(|one| Some((one.get(0)?, one.get(1)?)));
    let starts: Vec<_> = starts.collect();
    let ends = starts.iter().skip(1).map(|(whole, _)| whole.start());
    let ends = ends.chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|((whole, kind), end)| (whole.as_str(), kind.as_str(), &text[whole.end()..end]))
        .collect()
}

impl Redactor {
    /// The stand-in for a distinguished name, or for two in one text.
    pub(super) fn name(&mut self, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        let found = attributes(text);
        let owned: Vec<(String, String)> = found
            .iter()
            .map(|(_, kind, value)| ((*kind).to_owned(), value.trim().to_owned()))
            .collect();
        if authorities::is_known(&owned) {
            return text.to_owned();
        }
        let first = found.first();
        let before = first.map_or(text, |(whole, ..)| {
            &text[..text.find(whole).unwrap_or_default()]
        });
        let mut stand_in = String::new();
        if !before.trim().is_empty() {
            stand_in.push_str(&self.plain_name(before));
        }
        for (before, kind, value) in found {
            stand_in.push_str(before);
            stand_in.push_str(&self.attribute(kind, value));
            stand_in.push_str(&value[value.trim_end().len()..]);
        }
        self.given.note(Kind::Name, text, stand_in)
    }

    fn attribute(&mut self, kind: &str, value: &str) -> String {
        let plain = value.trim().trim_matches('"');
        if plain.is_empty() {
            return String::new();
        }
        let numbered = |redactor: &mut Redactor, part, word: &str| {
            format!("{word}{}", redactor.given.number(part, plain))
        };
        match kind.to_ascii_uppercase().as_str() {
            "CN" => self.plain_name(plain),
            "O" => numbered(self, Part::Organisation, "organisation"),
            "OU" => numbered(self, Part::Unit, "unit"),
            "DC" => match plain.to_ascii_lowercase().as_str() {
                "com" | "net" | "org" | "local" => plain.to_owned(),
                _ => self.label(plain),
            },
            "C" => {
                // XA to XZ are no countries (ISO 3166).
                let number = self.given.number(Part::Country, plain) - 1;
                let letter = u8::try_from(number % 26).unwrap_or(0);
                format!("X{}", char::from(b'A' + letter))
            }
            "E" | "EMAIL" | "EMAILADDRESS" => self.mailbox(plain),
            _ => numbered(self, Part::Place, "place"),
        }
    }

    /// The stand-in for a common name or an alternate name: a host, an address, a mailbox or anything.
    pub(super) fn plain_name(&mut self, text: &str) -> String {
        let plain = text.trim();
        if plain.is_empty() {
            return String::new();
        }
        if let Some(address) = self.address(plain) {
            return address;
        }
        let is_host = |text: &str| {
            let label =
                |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_' | '*');
            text.chars().all(label)
        };
        if plain.contains('@') && !plain.contains(char::is_whitespace) {
            return self.mailbox(plain);
        }
        if is_host(plain) {
            return self.host(plain);
        }
        let stand_in = format!("name{}", self.given.number(Part::Name, plain));
        self.given.note(Kind::Name, plain, stand_in)
    }

    /// The stand-in for the certificate name of a connector: a host, a distinguished name, or issuer and
    /// subject as `<I>…<S>…`.
    pub(super) fn certificate_name(&mut self, text: &str) -> String {
        if let Some((issuer, subject)) = text
            .strip_prefix("<I>")
            .and_then(|rest| rest.split_once("<S>"))
        {
            let stand_in = format!("<I>{}<S>{}", self.name(issuer), self.name(subject));
            return self.given.note(Kind::Name, text, stand_in);
        }
        if is_name(text) {
            return self.name(text);
        }
        self.plain_name(text)
    }

    /// The stand-in for a serial number. It finds the certificate in public logs.
    pub(super) fn serial(&mut self, serial: &str) -> String {
        let stand_in = format!("{:04X}", self.given.number(Part::Serial, serial));
        self.given.note(Kind::Serial, serial, stand_in)
    }

    /// A certificate with stand-ins.
    pub(super) fn certificate(&mut self, info: &CertificateInfo) -> CertificateInfo {
        // Every field is named, so that a new one is not forgotten.
        let CertificateInfo {
            subject,
            issuer,
            subject_and_issuer,
            serial,
            thumbprint,
            not_before,
            not_after,
            names,
        } = info;
        CertificateInfo {
            subject: subject.as_ref().map(|name| self.name(name)),
            issuer: issuer.as_ref().map(|name| self.name(name)),
            subject_and_issuer: subject_and_issuer.as_ref().map(|names| self.name(names)),
            serial: serial.as_ref().map(|serial| self.serial(serial)),
            thumbprint: thumbprint
                .as_ref()
                .map(|text| super::tokens::thumbprint(text)),
            not_before: not_before.clone(),
            not_after: not_after.clone(),
            names: names.iter().map(|name| self.alternate_name(name)).collect(),
        }
    }

    /// The stand-in for an alternate name as logged.
    pub(super) fn alternate_name(&mut self, name: &str) -> String {
        let (prefix, plain) = match name.split_once('=') {
            Some((prefix, plain)) if prefix.trim().eq_ignore_ascii_case("DNS Name") => {
                ("DNS Name=", plain)
            }
            _ => ("", name),
        };
        format!("{prefix}{}", self.plain_name(plain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_keep_their_order() {
        let mut redactor = Redactor::default();
        let name =
            redactor.name("CN=mail.contoso.com, O=\"Contoso, Ltd.\", OU=Mail + L=Oslo, C=NO");
        assert_eq!(
            name,
            "CN=host1.domain1.example, O=organisation1, OU=unit1 + L=place1, C=XA"
        );
        let same = redactor.name("CN=MAIL.contoso.com, O=Contoso Ltd, C=SE");
        assert_eq!(same, "CN=host1.domain1.example, O=organisation2, C=XB");
        let both = redactor.name("CN=mail.contoso.com CN=Contoso Issuing CA 2, DC=contoso, DC=com");
        assert_eq!(both, "CN=host1.domain1.example CN=name1, DC=host2, DC=com");
        assert_eq!(redactor.name("Contoso CA"), "name2");
    }

    #[test]
    fn only_names_of_authorities_stay() {
        let mut redactor = Redactor::default();
        for name in [
            "CN=R12, O=Let's Encrypt, C=US",
            "CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1, O=DigiCert Inc, C=US",
            "CN=mail.protection.outlook.com, O=Microsoft Corporation, L=Redmond, S=Washington, C=US",
        ] {
            assert_eq!(redactor.name(name), name);
        }
        for name in [
            "CN=Contoso SSL CA, O=DigiCert Inc, C=US",
            "CN=R12, O=Let's Encrypt, OU=Contoso",
            "CN=R12",
        ] {
            assert_ne!(redactor.name(name), name);
        }
    }

    #[test]
    fn connectors_name_certificates_in_three_forms() {
        let mut redactor = Redactor::default();
        for (name, expected) in [
            ("*.contoso.com", "*.domain1.example"),
            ("CN=a.contoso.com", "CN=host1.domain1.example"),
            (
                "<I>CN=My CA<S>CN=a.contoso.com",
                "<I>CN=name1<S>CN=host1.domain1.example",
            ),
        ] {
            assert_eq!(redactor.certificate_name(name), expected);
        }
    }
}
