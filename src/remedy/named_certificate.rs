//! The fix of a send connector whose named certificate is not found.
//!
//! In: the name of the connector, and the certificate to offer if one is known. Out: the [`Fix`].
//! Must not choose the certificate.

use crate::diagnosis::fix::Fix;
use crate::onprem::ExchangeCertificate;
use crate::remedy::{certificates, command};

/// Lets the send connector offer this certificate, or one that has to be found first.
pub fn fix(send_connector: &str, replacement: Option<&ExchangeCertificate>) -> Fix {
    match replacement.and_then(|found| certificates::thumbprint(&found.certificate)) {
        Some(thumbprint) => command::offer(
            send_connector,
            thumbprint,
            "1. Check that the certificate is on every source server and is enabled for SMTP. 2. Check that the inbound connector expects it. 3. Run this command on a source server.",
        ),
        None => command::offer_another(
            send_connector,
            "the certificate to offer",
            "1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command. If you have only a certificate with another name, `sendlens preflight` shows how to let the inbound connector expect it first.",
        ),
    }
}
