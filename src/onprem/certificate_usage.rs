//! Reads what a certificate is made for: the kind of its key, and its extended key usage.
//!
//! In: the DER bytes of a certificate, or a row of `Get-ExchangeCertificate`. Out: a
//! [`CertificateUsage`].
//! Must not judge whether Exchange can use it, and must not guess: what the input does not show is
//! `None`.
//! Source: RFC 5280 (4.2.1.12: a certificate without an extended key usage serves every purpose),
//! RFC 5480 (the identifier of elliptic-curve keys).

use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::tenant::Known;
use crate::tenant::field::Separators;
use crate::tenant::table::{Object, Value};

use super::model::CertificateUsage;

/// Elliptic-curve keys (`id-ecPublicKey`).
const ELLIPTIC_CURVE: &str = "1.2.840.10045.2.1";
/// RSA keys.
const RSA: &str = "1.2.840.113549.1.1.1";
/// The purposes, by identifier and by the name that Windows shows.
const SERVER: [&str; 2] = ["1.3.6.1.5.5.7.3.1", "server authentication"];
const CLIENT: [&str; 2] = ["1.3.6.1.5.5.7.3.2", "client authentication"];
const ANY: [&str; 2] = ["2.5.29.37.0", "any purpose"];

/// The usage that the certificate itself states.
pub fn of_der(der: &[u8]) -> CertificateUsage {
    let Ok((_, parsed)) = X509Certificate::from_der(der) else {
        return CertificateUsage::default();
    };
    let algorithm = parsed.public_key().algorithm.algorithm.to_id_string();
    let (server, client) = match parsed.extended_key_usage() {
        Ok(None) => (Some(true), Some(true)),
        Ok(Some(usage)) => {
            let usage = usage.value;
            let any = usage.any;
            (
                Some(any || usage.server_auth),
                Some(any || usage.client_auth),
            )
        }
        Err(_) => (None, None),
    };
    CertificateUsage {
        elliptic_curve: Some(algorithm == ELLIPTIC_CURVE),
        server_authentication: server,
        client_authentication: client,
    }
}

/// The usage that a row shows.
pub(super) fn of_row(object: &Object) -> CertificateUsage {
    let purposes = purposes(object);
    let serves = |wanted: [&str; 2]| {
        let purposes = purposes.as_ref()?;
        let mut all = purposes.iter().map(|text| text.to_ascii_lowercase());
        Some(all.any(|text| wanted.iter().chain(&ANY).any(|name| text.contains(name))))
    };
    CertificateUsage {
        elliptic_curve: key(object),
        server_authentication: serves(SERVER),
        client_authentication: serves(CLIENT),
    }
}

/// The purposes as text. `None` if there are none: the export does not show whether it lost them.
fn purposes(object: &Object) -> Option<Vec<String>> {
    let list = match object.get("EnhancedKeyUsageList") {
        Some(Value::List(values)) => values.iter().map(purpose).collect::<Option<Vec<_>>>()?,
        Some(_) => {
            let list = object.list_of("EnhancedKeyUsageList", Separators::Names);
            list.value()?.clone()
        }
        None => return None,
    };
    (!list.is_empty()).then_some(list)
}

fn purpose(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Object(one) => {
            let text = |field| one.text_of(field).value().cloned().flatten();
            let known = text("ObjectId").or_else(|| text("Value"));
            known
                .or_else(|| text("FriendlyName"))
                .or_else(|| one.display())
        }
        _ => None,
    }
}

/// Whether the key is an elliptic-curve key, by its algorithm or its size.
fn key(object: &Object) -> Option<bool> {
    if let Some(Value::Object(key)) = object.get("PublicKey")
        && let Some(Value::Object(kind)) = key.get("Oid")
        && let Known::Value(Some(id)) = kind.text_of("Value")
        && (id == ELLIPTIC_CURVE || id == RSA)
    {
        return Some(id == ELLIPTIC_CURVE);
    }
    // No authority issues RSA keys below 1024 bits, and no usual curve has as many.
    let size = object.text_of("PublicKeySize");
    let size: u32 = size.value()?.as_deref()?.parse().ok()?;
    match size {
        192..=571 => Some(true),
        1024.. => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::der::tests::MANY;
    use super::*;
    use crate::tenant::base64;
    use crate::tenant::export::read;

    fn row(fields: &str) -> CertificateUsage {
        let text = format!(r#"{{"Thumbprint":"A","Services":"SMTP",{fields}}}"#);
        of_row(&read(text.as_bytes()).unwrap().objects[0])
    }

    #[test]
    fn a_certificate_states_its_key_and_serves_everything_without_a_list() {
        let usage = of_der(&base64(MANY).unwrap());
        assert_eq!(usage.elliptic_curve, Some(true));
        assert_eq!(usage.server_authentication, Some(true));
        assert_eq!(usage.client_authentication, Some(true));
        assert_eq!(of_der(b"0"), CertificateUsage::default());
    }

    #[test]
    fn a_row_shows_purposes_as_objects_or_text() {
        for list in [
            r#"[{"FriendlyName":"Server Authentication","ObjectId":"1.3.6.1.5.5.7.3.1"}]"#,
            r#"["Server Authentication (1.3.6.1.5.5.7.3.1)"]"#,
            r#""Server Authentication (1.3.6.1.5.5.7.3.1)""#,
        ] {
            let usage = row(&format!(r#""EnhancedKeyUsageList":{list}"#));
            assert_eq!(usage.server_authentication, Some(true), "{list}");
            assert_eq!(usage.client_authentication, Some(false), "{list}");
        }
        let other = row(r#""EnhancedKeyUsageList":["Client Authentication (1.3.6.1.5.5.7.3.2)"]"#);
        assert_eq!(other.server_authentication, Some(false));
    }

    #[test]
    fn a_row_shows_the_key_by_algorithm_or_size() {
        for (fields, expected) in [
            (r#""PublicKeySize":256"#, Some(true)),
            (r#""PublicKeySize":2048"#, Some(false)),
            (
                r#""PublicKey":{"Oid":{"Value":"1.2.840.10045.2.1","FriendlyName":"ECC"}}"#,
                Some(true),
            ),
            (r#""PublicKeySize":"#, None),
        ] {
            let fields = if fields.ends_with(':') {
                r#""PublicKeySize":null"#
            } else {
                fields
            };
            assert_eq!(row(fields).elliptic_curve, expected, "{fields}");
        }
    }

    #[test]
    fn a_lost_or_empty_value_is_unknown() {
        let lost =
            row(r#""EnhancedKeyUsageList":"System.Collections.Generic.List`1[System.Object]""#);
        assert_eq!(lost, CertificateUsage::default());
        assert_eq!(
            row(r#""EnhancedKeyUsageList":[]"#),
            CertificateUsage::default()
        );
        assert_eq!(row(r#""Status":"Valid""#), CertificateUsage::default());
    }
}
