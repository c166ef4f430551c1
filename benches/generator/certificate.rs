//! Writes the rows of certificates in the three known forms.
//!
//! In: names and numbers of a certificate. Out: the rows of a [`Script`].
//! Must not contain a certificate of a real organisation, apart from the names that Exchange Online
//! shows.

use super::script::{Script, column};

/// The form in which an Exchange version writes certificates and other rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One row per attribute (2007 to 2013).
    Attributes,
    /// One row without dates (2016).
    Joined,
    /// One row with dates (later 2016, 2019, SE).
    Dated,
}

/// The side whose certificate a head row announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The certificate that the server offers.
    Ours,
    /// The certificate that the remote host presents.
    Theirs,
}

/// What the log shows of a certificate.
#[derive(Debug)]
pub(crate) struct Certificate {
    /// The subject in .NET's X.500 form.
    pub(crate) subject: &'static str,
    /// The issuer in the same form.
    pub(crate) issuer: &'static str,
    /// Upper-case hex digits.
    pub(crate) serial: &'static str,
    /// Forty upper-case hex digits.
    pub(crate) thumbprint: &'static str,
    /// The alternate names, joined with `;`.
    pub(crate) names: &'static str,
}

const NOT_BEFORE: &str = "2026-03-02T00:00:00.000Z";
const NOT_AFTER: &str = "2027-03-30T23:59:59.000Z";

/// A certificate that matches the inbound connector.
pub(crate) static CONTOSO: Certificate = Certificate {
    subject: "CN=mail.contoso.com, OU=IT, O=Contoso, L=Oslo, C=NO",
    issuer: "CN=Example CA, O=Example, C=US",
    serial: "0AC1336698DF07FEB809CC484BA707C2",
    thumbprint: "5A12811B29A2E1B6A05DF53389078438FCBD0482",
    names: "mail.contoso.com;autodiscover.contoso.com",
};

/// A certificate that matches no inbound connector: the connector for it names another host.
pub(crate) static FABRIKAM: Certificate = Certificate {
    subject: "CN=smtp.fabrikam.com, O=\"Fabrikam, Inc.\", L=Seattle, S=Washington, C=US",
    issuer: "CN=Example CA, O=Example, C=US",
    serial: "6EEB08F9D7F2FD970BE4C9069C522346",
    thumbprint: "34EF1E2926A4505A9198F5EE8DCF1C51D4FE4E88",
    names: "smtp.fabrikam.com;owa.fabrikam.com",
};

/// The certificate that a new Exchange installation offers to other servers of the organisation.
pub(crate) static SELF_SIGNED: Certificate = Certificate {
    subject: "CN=EX01",
    issuer: "CN=EX01",
    serial: "00B1461163A8A3DF9B0557F2BBB07BD5",
    thumbprint: "9AADB077390048530EA2E474D2F3F3977CFB0A89",
    names: "EX01;EX01.contoso.local",
};

/// The certificate of the other server.
pub(crate) static NEIGHBOUR: Certificate = Certificate {
    subject: "CN=EX02",
    issuer: "CN=EX02",
    serial: "3B2D5A28C09B45C6F79AE6B736DE6DD1",
    thumbprint: "A65462D0A4912DFC05A17B2FA319A28551E2F2B3",
    names: "EX02;EX02.contoso.local",
};

/// The certificate of Exchange Online.
pub(crate) static EXCHANGE_ONLINE: Certificate = Certificate {
    subject: "CN=mail.protection.outlook.com, O=Microsoft Corporation, L=Redmond, S=Washington, C=US",
    issuer: "CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US",
    serial: "4416B1871CF0C210C1E7EC5257742B3A",
    thumbprint: "9F1B6AA437DD29DB7ED95DE93930CC30FE8151C5",
    names: "mail.protection.outlook.com;*.mail.protection.outlook.com;outlook.com",
};

/// The certificate of a mail server on the internet.
pub(crate) static INTERNET: Certificate = Certificate {
    subject: "CN=mx.example.org",
    issuer: "CN=Example Trust R3, O=Example Trust, C=US",
    serial: "3F36F22331B261D081AD8C5DED46AC4C",
    thumbprint: "E4542EC52010CCE3C34B1C26B8CA150621F20A26",
    names: "mx.example.org",
};

impl Certificate {
    /// Writes its rows.
    pub(crate) fn rows(&self, shape: Shape, side: Side) -> Script {
        let mut script = Script::default();
        match shape {
            Shape::Attributes => self.attributes(side, &mut script),
            Shape::Joined => {
                let head = match side {
                    Side::Ours => "Sending",
                    Side::Theirs => "Received",
                };
                let columns = "Certificate subject Certificate issuer name Certificate serial number Certificate thumbprint Certificate alternate names";
                let data = format!(
                    " {} {} {} {} {}",
                    self.subject, self.issuer, self.serial, self.thumbprint, self.names
                );
                script.add(&format!("*,{},{head} certificate {columns}", column(&data)));
            }
            Shape::Dated => {
                let head = match side {
                    Side::Ours => "Sending",
                    Side::Theirs => "Remote",
                };
                let columns = "Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";
                let data = format!(
                    " {} {} {} {} {NOT_BEFORE} {NOT_AFTER} {}",
                    self.subject, self.issuer, self.serial, self.thumbprint, self.names
                );
                script.add(&format!("*,{},{head} certificate {columns}", column(&data)));
            }
        }
        script
    }

    fn attributes(&self, side: Side, script: &mut Script) {
        script.add(match side {
            Side::Ours => "*,,Sending certificate",
            Side::Theirs => "*,,Remote certificate",
        });
        for (value, context) in [
            (self.subject, "Certificate subject"),
            (self.issuer, "Certificate issuer name"),
            (self.serial, "Certificate serial number"),
            (self.thumbprint, "Certificate thumbprint"),
            (self.names, "Certificate alternate names"),
        ] {
            script.add_glued(&format!("*,{},{context}", column(value)));
        }
    }
}
