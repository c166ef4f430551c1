//! The id of an incident.
//!
//! In: what identifies it. Out: eight hex digits.
//! Must not depend on anything that changes from run to run.

/// Eight hex digits that stay the same from run to run (FNV-1a over the three parts).
pub(super) fn of(send_connector: &str, thumbprint: &str, code: &str) -> String {
    let mut hash: u32 = 0x811C_9DC5;
    for part in [send_connector, thumbprint, code] {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    format!("{hash:08x}")
}
