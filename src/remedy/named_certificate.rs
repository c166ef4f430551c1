//! The fix of a send connector whose named certificate is not found.
//!
//! In: the name of the connector, whether Edge servers send over it, and the certificate to offer if one
//! is known. Out: [`Fix`]es. Must not choose the certificate.

use crate::diagnosis::fix::Fix;
use crate::language::Language;
use crate::onprem::ExchangeCertificate;
use crate::remedy::{certificates, edge};

/// Lets the send connector offer this certificate, or one that has to be found first.
pub fn fix(
    language: Language,
    is_edge: bool,
    send_connector: &str,
    replacement: Option<&ExchangeCertificate>,
) -> Vec<Fix> {
    let certificate = replacement.and_then(|found| {
        let thumbprint = certificates::thumbprint(&found.certificate)?;
        Some((&found.certificate, thumbprint))
    });
    let place = if is_edge { "" } else { " on a source server" };
    let note = format!(
        "1. Check that the certificate is on every source server and is enabled for SMTP. 2. Check that the inbound connector expects it. 3. Run this command{place}."
    );
    match certificate {
        Some(certificate) => edge::offer(language, is_edge, send_connector, certificate, &note),
        None => edge::offer_another(
            language,
            is_edge,
            send_connector,
            "the certificate to offer",
            "1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command. If you have only a certificate with another name, `sendlens preflight` shows how to let the inbound connector expect it first.",
        ),
    }
}
