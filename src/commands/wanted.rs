//! What is wanted of the files of a PATH.
//!
//! In: the name of a file. Out: whether an export is missing if it cannot be read.
//! Must not read files.

use crate::tenant::load;
use crate::tenant::load::Content;

/// What to use of a file. It depends on where the file was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// What tells of a tenant.
    pub(super) tenants: bool,
    /// What tells of the local Exchange.
    pub(super) on_premises: bool,
    /// Whether an option names its PATH.
    pub(super) named: bool,
}

impl Wanted {
    /// Whether a file that cannot be read is an error, because its name is that of an export.
    pub(super) fn misses(self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let other = [
            ".md", ".cer", ".crt", ".der", ".pem", ".pfx", ".p12", ".p7b",
        ];
        !other.iter().any(|ending| lower.ends_with(ending))
            && match load::content_by_name(name) {
                Content::Nothing => false,
                Content::InboundConnectors | Content::AcceptedDomains => self.tenants,
                Content::SendConnectors | Content::ExchangeCertificates => self.on_premises,
                Content::Mixed => self.tenants || self.on_premises,
            }
    }
}
