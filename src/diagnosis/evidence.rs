//! Which rows of the logs prove an incident.
//!
//! In: occurrences of an [`Analysis`], and the kind of proof that the cause declares. Out: rows.
//! Must not read files. The rows were kept while the logs were read.

use super::analysis::Analysis;
use super::rule::ProofKind;
use crate::aggregate::occurrence::Occurrence;
use crate::smtp::evidence::Evidence;

/// The maximum number of rows that are shown as proof of one incident.
const MOST_ROWS: usize = 6;

/// The rows that show the certificate that was offered, the state of the session if the cause
/// depends on it, and the first rejections.
pub fn rows<'a>(
    analysis: &'a Analysis<'_>,
    proof: ProofKind,
    occurrences: &[&'a Occurrence],
) -> Vec<&'a Evidence> {
    let mut rows: Vec<&Evidence> = Vec::new();
    let flows = occurrences
        .iter()
        .map(|one| &analysis.aggregate.flows[one.key.flow]);
    rows.extend(
        flows
            .filter_map(|flow| flow.certificate_evidence.as_ref())
            .min_by_key(|row| row.place),
    );
    if proof == ProofKind::SessionState {
        let backgrounds = occurrences.iter().filter_map(|one| one.background.as_ref());
        rows.extend(backgrounds.min_by_key(|row| row.place));
    }
    let mut rejections: Vec<&Evidence> = occurrences.iter().flat_map(|one| &one.evidence).collect();
    rejections.sort_by_key(|row| row.place);
    rows.extend(rejections);
    let mut shown: Vec<&Evidence> = Vec::new();
    for row in rows {
        if shown.len() == MOST_ROWS {
            break;
        }
        if shown.iter().all(|known| known.place != row.place) {
            shown.push(row);
        }
    }
    shown
}
