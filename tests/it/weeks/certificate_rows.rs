//! Certificate rows in their three shapes.
//!
//! In: a certificate. Out: data and context of its rows.
//! Must not know sessions.

use super::model::{Certificate, RowShape};

/// The rows of the certificate that is offered.
pub(super) fn sending(certificate: &Certificate, shape: RowShape) -> Vec<(String, String)> {
    rows(certificate, shape, "Sending certificate")
}

/// The rows of the certificate of the other side.
pub(super) fn remote(subject: &str, issuer: &str, shape: RowShape) -> Vec<(String, String)> {
    let certificate = Certificate {
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        serial: "4416B1871CF0C210C1E7EC5257742B3A".to_owned(),
        thumbprint: "9F1B6AA437DD29DB7ED95DE93930CC30FE8151C5".to_owned(),
        not_before: "2026-02-11T00:00:00.000Z".to_owned(),
        not_after: "2027-02-10T23:59:59.000Z".to_owned(),
        names: vec!["mail.protection.outlook.com".to_owned()],
        matches: false,
    };
    rows(&certificate, shape, "Remote certificate")
}

/// The certificate that a server offers to others of its organisation.
pub(super) fn internal(server: &str) -> Certificate {
    Certificate {
        subject: format!("CN={server}"),
        issuer: format!("CN={server}"),
        serial: "0A3871D953CC3C5B4493961502BFF850".to_owned(),
        thumbprint: "642ECF890F8DC475C4C08A2FBC80C5F689BE3D00".to_owned(),
        not_before: "2024-05-06T07:11:42.000Z".to_owned(),
        not_after: "2029-05-06T07:11:42.000Z".to_owned(),
        names: vec![server.to_owned()],
        matches: false,
    }
}

fn rows(certificate: &Certificate, shape: RowShape, head: &str) -> Vec<(String, String)> {
    let names = certificate.names.join(";");
    let Certificate {
        subject,
        issuer,
        serial,
        thumbprint,
        not_before,
        not_after,
        ..
    } = certificate;
    match shape {
        RowShape::Attributes => [
            ("", head),
            (subject, "Certificate subject"),
            (issuer, "Certificate issuer name"),
            (serial, "Certificate serial number"),
            (thumbprint, "Certificate thumbprint"),
            (&names, "Certificate alternate names"),
        ]
        .map(|(data, context)| (data.to_owned(), context.to_owned()))
        .to_vec(),
        RowShape::Undated => vec![(
            format!(" {subject} {issuer} {serial} {thumbprint} {names}"),
            format!(
                "{head} Certificate subject Certificate issuer name Certificate serial number Certificate thumbprint Certificate alternate names"
            ),
        )],
        RowShape::Dated => vec![(
            format!(" {subject} {issuer} {serial} {thumbprint} {not_before} {not_after} {names}"),
            format!(
                "{head} Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names"
            ),
        )],
    }
}
