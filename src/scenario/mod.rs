//! Made-up logs and exports for unit tests: everything that an entry may see, in a few lines.
//!
//! In: sessions, tenants and connectors as a test describes them. Out: contexts for one cause or
//! check, built by the real stages.
//! Compiled for tests only.

pub(crate) mod exports;
pub(crate) mod logs;
