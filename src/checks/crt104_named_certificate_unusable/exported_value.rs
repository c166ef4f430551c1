//! The value of an export that shows a fault of a certificate.
//!
//! In: a fault and the exported certificate. Out: the field and its value.
//! Must not decide whether a certificate has a fault.

use crate::diagnosis::certificate_fault::Fault;
use crate::onprem::ExchangeCertificate;

/// The value of the export that shows a fault.
pub(super) fn of(fault: Fault, one: &ExchangeCertificate) -> (&'static str, String) {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    match fault {
        Fault::SelfSigned | Fault::DirectoryIssuer => {
            ("Issuer", text(one.certificate.issuer.as_deref()))
        }
        Fault::EnterpriseAuthority => ("RootCAType", "Enterprise".to_owned()),
        Fault::Revoked | Fault::Invalid(_) | Fault::Unchecked => {
            let status = one.status.value().and_then(Option::as_deref);
            ("Status", text(status))
        }
        Fault::NoPrivateKey => ("HasPrivateKey", "False".to_owned()),
        Fault::NotForSmtp => {
            let services = one.services.value().map(|list| list.join(", "));
            let services = services.filter(|list| !list.is_empty());
            ("Services", services.unwrap_or_else(|| "None".to_owned()))
        }
        Fault::NoSubject => ("Subject", "(empty)".to_owned()),
        Fault::EllipticCurve | Fault::NotForServers => {
            ("Thumbprint", text(one.certificate.thumbprint.as_deref()))
        }
    }
}
