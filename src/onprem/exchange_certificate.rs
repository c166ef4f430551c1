//! Reads rows of `Get-ExchangeCertificate`.
//!
//! In: an [`Object`] of any export form. Out: an [`ExchangeCertificate`], if the row describes one.
//! Must not guess a value that the export lost. `Export-Clixml` keeps the certificate itself, but
//! not its services or its status: those are [`Known::Lost`]. A PowerShell that imported a session of Exchange
//! makes the certificate anew from its public bytes: then the private key is unknown, whatever the row says.
//! Invariant: if the export holds the certificate (`RawData`), everything about it is read from
//! there. A row whose thumbprint cannot be read is a certificate all the same: unknown is not absent.

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::tenant::Known;
use crate::tenant::field::Separators;
use crate::tenant::kind::{ExportKind, kind};
use crate::tenant::table::{Object, Value};

use super::model::ExchangeCertificate;
use super::send_connector::word_of;
use super::{certificate_usage, der};

/// Reads a row. Returns `None` if it is not a certificate.
pub fn read_certificate(object: &Object, file: &str) -> Option<ExchangeCertificate> {
    if kind(object) != Some(ExportKind::ExchangeCertificate) {
        return None;
    }
    let der = object.bytes_of("RawData");
    let der = der.value();
    let whole = der.and_then(|der| Some((der::certificate(der)?, certificate_usage::of_der(der))));
    let (certificate, names_lost, usage) = match whole {
        Some((certificate, usage)) => (certificate, false, usage),
        None => {
            let (certificate, names_lost) = described(object);
            (certificate, names_lost, certificate_usage::of_row(object))
        }
    };
    Some(ExchangeCertificate {
        server: server(object),
        end_readings: certificate
            .not_after
            .is_none()
            .then(|| object.readings_of("NotAfter"))
            .flatten()
            .map(|readings| readings.map(Timestamp::from)),
        certificate,
        names_lost,
        services: unless_rebuilt(object, services),
        status: unless_rebuilt(object, |object| word_of(object, "Status")),
        has_private_key: unless_rebuilt(object, |object| object.flag_of("HasPrivateKey")),
        root_ca_type: word_of(object, "RootCAType"),
        usage,
        file: file.to_owned(),
        line: object.line,
    })
}

/// Whether a row is a certificate that PowerShell made anew from its public bytes. It has neither services nor
/// a status, which Exchange's own rows always have, and seems to lack its private key.
pub(super) fn is_rebuilt(object: &Object) -> bool {
    let says_something = |field: &str| match object.get(field) {
        None | Some(Value::Null) => false,
        Some(Value::Text(text)) => !text.trim().is_empty(),
        Some(Value::List(values)) => !values.is_empty(),
        Some(_) => true,
    };
    object.flag_of("HasPrivateKey") == Known::Value(false)
        && !says_something("Services")
        && !says_something("Status")
}

/// What only Exchange's own rows say.
fn unless_rebuilt<T>(object: &Object, read: impl Fn(&Object) -> Known<T>) -> Known<T> {
    if is_rebuilt(object) {
        Known::Lost
    } else {
        read(object)
    }
}

/// Reads the certificate from the fields and the `ToString` text of its row. The flag says whether
/// the alternate names are lost.
fn described(object: &Object) -> (Certificate, bool) {
    let text = object.text.as_deref().unwrap_or_default();
    let field = |name: &str, heading: &str| {
        let known = object.text_of(name).value().cloned().flatten();
        known.or_else(|| section(text, heading))
    };
    let names = names(object);
    let hex = |text: String| hex_digits(&text);
    let certificate = Certificate {
        subject: field("Subject", "[Subject]"),
        issuer: field("Issuer", "[Issuer]"),
        undivided: None,
        serial: field("SerialNumber", "[Serial Number]").and_then(hex),
        thumbprint: field("Thumbprint", "[Thumbprint]")
            .and_then(hex)
            .filter(|text| text.len() == 40),
        // The text also holds the dates, but in the culture of an unknown computer.
        not_before: time(object, "NotBefore"),
        not_after: time(object, "NotAfter"),
        names: names.value().cloned().unwrap_or_default(),
    };
    (certificate, names.is_lost())
}

fn time(object: &Object, field: &str) -> Option<Timestamp> {
    object
        .time_of(field)
        .value()
        .map(|time| Timestamp::from(*time))
}

/// The line below a heading of `X509Certificate2.ToString`.
fn section(text: &str, heading: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| line.eq_ignore_ascii_case(heading))?;
    let line = lines.next().filter(|line| !line.starts_with('['))?;
    (!line.is_empty()).then(|| line.to_owned())
}

/// Hex digits in upper case, without blanks and without the invisible mark that Windows adds when a
/// thumbprint is copied from the certificate dialog. Returns `None` if anything else remains.
fn hex_digits(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '\u{200e}')
        .collect();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| digits.to_ascii_uppercase())
}

/// `CertificateDomains`, else the `DnsNameList` that PowerShell adds.
fn names(object: &Object) -> Known<Vec<String>> {
    let domains = object.list_of("CertificateDomains", Separators::Words);
    if !domains.is_lost() {
        return domains;
    }
    let Some(Value::List(values)) = object.get("DnsNameList") else {
        return Known::Lost;
    };
    let name = |value: &Value| match value {
        Value::Object(name) => name.text_of("Punycode").value().cloned().flatten(),
        Value::Text(text) => Some(text.trim().to_owned()),
        _ => None,
    };
    let names: Option<Vec<String>> = values.iter().map(name).collect();
    names.map_or(Known::Lost, Known::Value)
}

/// `Services`, such as `IMAP, POP, IIS, SMTP`. A number is lost: Microsoft does not document which
/// bit is which service.
fn services(object: &Object) -> Known<Vec<String>> {
    let list = match object.list_of("Services", Separators::Words) {
        Known::Value(list) => list,
        Known::Lost => return Known::Lost,
    };
    // If the export holds the number and the names, the list is one text.
    let list: Vec<String> = list
        .iter()
        .flat_map(|names| names.split(','))
        .map(|name| name.trim().to_owned())
        .collect();
    if list
        .iter()
        .any(|service| service.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Known::Lost;
    }
    let none = |service: &String| service.eq_ignore_ascii_case("None");
    Known::Value(list.into_iter().filter(|service| !none(service)).collect())
}

/// The server. `Identity` (`EX01.contoso.com\THUMBPRINT`) names the server that has the
/// certificate. The other fields name the server that was asked.
fn server(object: &Object) -> Option<String> {
    let text = |field| object.text_of(field).value().cloned().flatten();
    let identity = text("Identity").and_then(|identity| {
        let (server, thumbprint) = identity.rsplit_once('\\')?;
        let server = server.trim_start_matches('\\');
        // What a tool put in the place of the thumbprint stands in both fields.
        let is_thumbprint = hex_digits(thumbprint).is_some()
            || text("Thumbprint").is_some_and(|known| known == thumbprint);
        (is_thumbprint && !server.is_empty()).then(|| server.to_owned())
    });
    identity
        .or_else(|| text("Server"))
        .or_else(|| text("PSComputerName"))
        .or_else(|| text("OriginatingServer"))
        .filter(|name| !name.eq_ignore_ascii_case("localhost"))
}

impl ExchangeCertificate {
    /// The end of validity in both readings of its date, which are equal where the date is certain.
    pub fn ends(&self) -> Option<[Timestamp; 2]> {
        self.certificate
            .not_after
            .map(|end| [end; 2])
            .or(self.end_readings)
    }

    /// The fields that the export lost, by their names in Exchange.
    pub fn lost_fields(&self) -> Vec<&'static str> {
        let certificate = &self.certificate;
        let fields = [
            ("Thumbprint", certificate.thumbprint.is_none()),
            ("Subject", certificate.subject.is_none()),
            ("Issuer", certificate.issuer.is_none()),
            ("SerialNumber", certificate.serial.is_none()),
            ("NotBefore", certificate.not_before.is_none()),
            ("NotAfter", certificate.not_after.is_none()),
            ("CertificateDomains", self.names_lost),
            ("Services", self.services.is_lost()),
            ("Status", self.status.is_lost()),
            ("HasPrivateKey", self.has_private_key.is_lost()),
        ];
        let lost = fields.iter().filter(|(_, lost)| *lost);
        lost.map(|(name, _)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::der::tests::MANY;
    use super::super::model::CertificateUsage;
    use super::*;
    use crate::tenant::export::read;
    use proptest::prelude::*;

    const THUMBPRINT: &str = "A24EEEA405625EFED41CF75B2234BB4B32EA281D";

    fn certificates(text: &str) -> Vec<ExchangeCertificate> {
        let table = read(text.as_bytes()).unwrap();
        let rows = table.objects.iter();
        rows.filter_map(|row| read_certificate(row, "certificates"))
            .collect()
    }

    fn one(fields: &str) -> ExchangeCertificate {
        certificates(&format!(
            r#"{{"Thumbprint":"{THUMBPRINT}","Services":"SMTP",{fields}}}"#
        ))
        .remove(0)
    }

    fn time(text: &str) -> Option<Timestamp> {
        Timestamp::parse(text.as_bytes())
    }

    fn expected() -> ExchangeCertificate {
        let list = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        ExchangeCertificate {
            server: Some("EX01.contoso.com".to_owned()),
            certificate: Certificate {
                subject: Some("CN=mail.contoso.com, O=\"Contoso, Inc.\"".to_owned()),
                issuer: Some("CN=Example CA, O=Example".to_owned()),
                undivided: None,
                serial: Some("0A1B".to_owned()),
                thumbprint: Some(THUMBPRINT.to_owned()),
                not_before: time("2026-11-01T00:00:00.000Z"),
                not_after: time("2027-11-01T00:00:00.000Z"),
                names: list(&["mail.contoso.com", "*.contoso.com"]),
            },
            end_readings: None,
            names_lost: false,
            services: Known::Value(list(&["IMAP", "POP", "IIS", "SMTP"])),
            status: Known::Value(Some("Valid".to_owned())),
            has_private_key: Known::Value(true),
            root_ca_type: Known::Lost,
            usage: CertificateUsage::default(),
            file: "certificates".to_owned(),
            line: None,
        }
    }

    const JSON: &str = r#"{
        "Thumbprint": "A24EEEA405625EFED41CF75B2234BB4B32EA281D",
        "Subject": "CN=mail.contoso.com, O=\"Contoso, Inc.\"", "Issuer": "CN=Example CA, O=Example",
        "SerialNumber": "0A1B", "NotBefore": "\/Date(1793491200000)\/", "NotAfter": "2027-11-01T00:00:00Z",
        "CertificateDomains": [{"Address": "mail.contoso.com", "Domain": "mail.contoso.com"}, {"Address": "*.contoso.com", "Domain": "contoso.com", "IsStar": false}],
        "Services": {"value": 15, "Value": "IMAP, POP, IIS, SMTP"}, "Status": "Valid", "HasPrivateKey": true,
        "Identity": "EX01.contoso.com\\A24EEEA405625EFED41CF75B2234BB4B32EA281D", "PSComputerName": "ex02.contoso.com"
    }"#;

    const CSV: &str = "Identity;Thumbprint;Subject;Issuer;SerialNumber;NotBefore;NotAfter;CertificateDomains;Services;Status;HasPrivateKey\r\n\
        EX01.contoso.com\\A24EEEA405625EFED41CF75B2234BB4B32EA281D;a24eeea405625efed41cf75b2234bb4b32ea281d;\"CN=mail.contoso.com, O=\"\"Contoso, Inc.\"\"\";CN=Example CA, O=Example;0a1b;2026-11-01 00:00:00;2027-11-01 00:00:00;mail.contoso.com *.contoso.com;IMAP, POP, IIS, SMTP;Valid;True\r\n";

    const LIST: &str = "Identity           : EX01.contoso.com\\A24EEEA405625EFED41CF75B2234BB4B32EA281D\r\n\
        CertificateDomains : {mail.contoso.com, *.contoso.com}\r\n\
        HasPrivateKey      : True\r\n\
        Issuer             : CN=Example CA, O=Example\r\n\
        NotAfter           : 2027/11/01 0:00:00\r\n\
        NotBefore          : 2026/11/01 0:00:00\r\n\
        SerialNumber       : 0A1B\r\n\
        Services           : IMAP, POP, IIS, SMTP\r\n\
        Status             : Valid\r\n\
        Subject            : CN=mail.contoso.com, O=\"Contoso, Inc.\"\r\n\
        Thumbprint         : A24EEEA405625EFED41CF75B2234BB4B32EA281D\r\n";

    /// A row as `Export-Clixml` writes it. Without `RawData`, the certificate itself is missing.
    fn clixml(raw_data: &str) -> String {
        format!(
            "<Objs Version=\"1.1.0.1\"><Obj RefId=\"0\"><TN RefId=\"0\"><T>Microsoft.Exchange.Management.SystemConfigurationTasks.ExchangeCertificate</T></TN>\n\
            <ToString>[Subject]_x000D__x000A_  CN=mail.contoso.com, O=Contoso_x000D__x000A__x000D__x000A_[Issuer]_x000D__x000A_  CN=Example CA_x000D__x000A__x000D__x000A_[Serial Number]_x000D__x000A_  00F00102_x000D__x000A__x000D__x000A_[Not Before]_x000D__x000A_  12/03/2019 14:47:32_x000D__x000A__x000D__x000A_[Not After]_x000D__x000A_  11/06/2024 14:47:32_x000D__x000A__x000D__x000A_[Thumbprint]_x000D__x000A_  {THUMBPRINT}_x000D__x000A_</ToString>\
            <Props>{raw_data}</Props><MS><S N=\"PSComputerName\">ex01.contoso.com</S></MS></Obj></Objs>"
        )
    }

    #[test]
    fn every_form_with_fields_gives_the_same_certificate() {
        for (text, line) in [(JSON, Some(2)), (LIST, Some(1)), (CSV, Some(2))] {
            let mut expected = expected();
            expected.line = line;
            assert_eq!(certificates(text), [expected], "{text}");
        }
        assert!(expected().lost_fields().is_empty());
    }

    #[test]
    fn a_certificate_made_anew_says_nothing_about_its_key() {
        let row = |fields: &str| {
            let text = format!(r#"{{"Thumbprint":"{THUMBPRINT}","NotAfter":null,{fields}}}"#);
            certificates(&text).remove(0)
        };
        for fields in [
            r#""HasPrivateKey":false"#,
            r#""HasPrivateKey":"False","Services":"","Status":"""#,
            r#""HasPrivateKey":false,"Services":null,"Status":null"#,
        ] {
            let found = row(fields);
            assert_eq!(found.has_private_key, Known::Lost, "{fields}");
            assert!(found.services.is_lost() && found.status.is_lost());
        }
        for fields in [
            r#""HasPrivateKey":false,"Services":"None""#,
            r#""HasPrivateKey":false,"Status":"Invalid""#,
        ] {
            assert_eq!(row(fields).has_private_key, Known::Value(false), "{fields}");
        }
    }

    #[test]
    fn clixml_gives_what_the_certificate_itself_holds() {
        let text = clixml(&format!("<BA N=\"RawData\">{MANY}</BA>"));
        let found = certificates(&text).remove(0);
        assert_eq!(found.certificate.thumbprint.as_deref(), Some(THUMBPRINT));
        assert_eq!(
            found.certificate.not_after,
            time("2027-11-22T08:14:29.000Z")
        );
        assert_eq!(found.certificate.names.len(), 3);
        assert!(!found.names_lost);
        assert_eq!(found.server.as_deref(), Some("ex01.contoso.com"));
        assert_eq!(found.lost_fields(), ["Services", "Status", "HasPrivateKey"]);
    }

    #[test]
    fn without_the_certificate_its_text_is_read() {
        for raw_data in [
            "",
            "<BA N=\"RawData\">AAAA</BA>",
            "<BA N=\"RawData\">!</BA>",
        ] {
            let found = certificates(&clixml(raw_data)).remove(0);
            let certificate = &found.certificate;
            assert_eq!(
                certificate.subject.as_deref(),
                Some("CN=mail.contoso.com, O=Contoso")
            );
            assert_eq!(certificate.issuer.as_deref(), Some("CN=Example CA"));
            assert_eq!(certificate.serial.as_deref(), Some("00F00102"));
            assert_eq!(certificate.thumbprint.as_deref(), Some(THUMBPRINT));
            assert_eq!(certificate.not_before, None);
            assert!(found.names_lost);
        }
    }

    #[test]
    fn the_certificate_itself_outweighs_the_fields() {
        let numbers: Vec<String> = crate::tenant::base64(MANY)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        for raw_data in [format!("[{}]", numbers.join(",")), format!("\"{MANY}\"")] {
            let found = one(&format!(
                r#""RawData":{raw_data},"Subject":"CN=x","CertificateDomains":"System.Object[]""#
            ));
            assert_eq!(found.certificate.names[0], "mail.contoso.com");
            assert_eq!(found.certificate.serial.as_deref(), Some("00F00102"));
            assert!(!found.names_lost);
        }
    }

    #[test]
    fn a_number_is_lost_and_none_is_no_service() {
        for (services, expected) in [
            ("15", Known::Lost),
            ("\"15\"", Known::Lost),
            ("{\"value\":15}", Known::Lost),
            ("\"None\"", Known::Value(Vec::new())),
            ("null", Known::Value(Vec::new())),
            ("\"SMTP\"", Known::Value(vec!["SMTP".to_owned()])),
            (
                "[\"IIS\",\"SMTP\"]",
                Known::Value(vec!["IIS".to_owned(), "SMTP".to_owned()]),
            ),
        ] {
            let text =
                format!(r#"{{"Thumbprint":"{THUMBPRINT}","Services":{services},"Status":1}}"#);
            let found = certificates(&text).remove(0);
            assert_eq!(found.services, expected, "{services}");
            assert!(found.status.is_lost() && found.names_lost);
        }
    }

    #[test]
    fn the_server_is_taken_from_the_first_field_that_names_it() {
        for (fields, server) in [
            (r#""Server":"EX03","PSComputerName":"EX04""#, Some("EX03")),
            (
                r#""PSComputerName":"EX04","OriginatingServer":"EX05""#,
                Some("EX04"),
            ),
            (r#""OriginatingServer":"EX05""#, Some("EX05")),
            (
                r#""Identity":"A24EEEA405625EFED41CF75B2234BB4B32EA281D""#,
                None,
            ),
            (r#""Identity":"EX01\\x","PSComputerName":"localhost""#, None),
        ] {
            assert_eq!(one(fields).server.as_deref(), server, "{fields}");
        }
    }

    #[test]
    fn the_names_that_powershell_adds_are_enough() {
        let found =
            one(r#""DnsNameList":[{"Punycode":"xn--mnchen-3ya.example.com","Unicode":"x"}]"#);
        assert_eq!(found.certificate.names, ["xn--mnchen-3ya.example.com"]);
        assert!(!found.names_lost);
    }

    #[test]
    fn a_row_without_a_usable_thumbprint_is_a_certificate_all_the_same() {
        for thumbprint in ["\"12\"", "null", "\"[redacted]\""] {
            let text = format!(
                r#"{{"Thumbprint":{thumbprint},"Services":"SMTP","Subject":"CN=mail.contoso.com"}}"#
            );
            let found = certificates(&text).remove(0);
            assert_eq!(found.certificate.thumbprint, None, "{text}");
            assert_eq!(found.lost_fields()[0], "Thumbprint");
            let subject = found.certificate.subject.as_deref();
            assert_eq!(subject, Some("CN=mail.contoso.com"));
        }
        assert!(certificates(r#"{"Name":"A","SenderIPAddresses":[]}"#).is_empty());
        let redacted =
            r#"{"Thumbprint":"[redacted]","Services":"SMTP","Identity":"EX01\\[redacted]"}"#;
        assert_eq!(certificates(redacted)[0].server.as_deref(), Some("EX01"));
    }

    proptest! {
        #[test]
        fn any_value_is_read_without_panic(value in "\\PC{0,40}") {
            let json = serde_json::json!({
                "Thumbprint": THUMBPRINT, "Services": value, "RawData": value, "NotAfter": value,
                "CertificateDomains": value, "Identity": value, "Subject": value, "DnsNameList": [value],
            });
            prop_assert_eq!(certificates(&json.to_string()).len(), 1);
            let xml = clixml("").replace("[Subject]", &value.replace(['<', '&'], ""));
            prop_assert_eq!(certificates(&xml).len(), 1);
        }
    }
}
