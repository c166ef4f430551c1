//! The address and port of the other side of a failure.
//!
//! In: a [`CauseContext`], whose rows are kept as proof. Out: an address with its port.
//! Must not look anything up: only what the rows show counts.

use std::net::SocketAddr;

use crate::diagnosis::cause_context::CauseContext;

/// The other side, by the first row that shows it.
pub fn remote(context: &CauseContext<'_>) -> Option<SocketAddr> {
    let mut rows = context.occurrence.evidence.iter();
    rows.find_map(|row| of_row(&row.text()))
}

/// The last endpoint of a row: the local one stands before it. The name of a send connector may hold
/// commas, so that more columns than two are tried.
fn of_row(row: &str) -> Option<SocketAddr> {
    let columns = row.split(',').skip(4).take(4);
    let columns = columns.map(|column| column.trim_matches('"'));
    columns.filter_map(|column| column.parse().ok()).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remote_endpoint_is_the_last_one() {
        let time = "2026-11-03T02:00:00.000Z";
        for (columns, expected) in [
            (
                "Out,08DE,3,10.0.0.5:1,192.0.2.1:25,<,\"530 5.7.57 no\",",
                Some("192.0.2.1:25"),
            ),
            (
                "Out,08DE,3,,192.0.2.1:587,*,,Failed to connect",
                Some("192.0.2.1:587"),
            ),
            (
                "\"Out, new\",08DE,3,10.0.0.5:1,[2001:db8::1]:25,<,x,",
                Some("[2001:db8::1]:25"),
            ),
            ("Out,08DE,3,,,*,,attempting to connect", None),
        ] {
            let found = of_row(&format!("{time},{columns}"));
            assert_eq!(found.map(|one| one.to_string()).as_deref(), expected);
        }
    }
}
