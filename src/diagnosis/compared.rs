//! The servers of a send connector beside each other, kept for many questions.
//!
//! In: nothing. Out: plain types, which [`super::out_of_step`] fills.
//! Must not decide anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::aggregate::flow::CertificateId;

/// The comparisons of a send connector, which many causes ask for.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// By server in lower case, and certificate.
    pub(super) pairs: BTreeMap<(String, CertificateId), Option<Found>>,
    /// There are more pairs than are compared.
    pub(super) too_many: bool,
    /// The servers that are out of step: a stream of each, and the inbound connectors that match what
    /// other servers offered meanwhile, by their place among the views of a judgement.
    pub(super) others: OnceLock<Vec<(usize, BTreeSet<usize>)>>,
}

/// A server that mostly offered a matching certificate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The stream that shows its name.
    pub(super) stream: usize,
    /// The flow of the certificate, and which of its views matches.
    pub(super) flow: usize,
    pub(super) view: usize,
}
