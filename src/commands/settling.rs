//! Brings attempts of the logs to the numbers of all streams and files, those of digests included.
//!
//! In: attempts as they were read. Out: the same in the numbers of [`Inputs::logs`], with places by file.
//! Must not change an attempt of a digest.

use super::digests::Origin;
use super::inputs::Inputs;
use crate::input::place::PlaceTable;
use crate::mail::attempt::Attempt;

/// The numbers of the logs among all.
pub(super) struct Settling<'a> {
    places: &'a PlaceTable,
    inputs: &'a Inputs,
    /// The number of each stream of the logs.
    numbers: Vec<usize>,
}

impl<'a> Settling<'a> {
    pub(super) fn new(places: &'a PlaceTable, inputs: &'a Inputs) -> Settling<'a> {
        let origins = inputs.origins.iter().enumerate();
        let numbers = origins.filter_map(|(number, origin)| match origin {
            Origin::Logs(_) => Some(number),
            Origin::Digest(_) => None,
        });
        Settling {
            places,
            inputs,
            // The logs keep their order.
            numbers: numbers.collect(),
        }
    }

    /// Brings an attempt of the logs to the numbers of all.
    pub(super) fn settle(&self, attempt: &mut Attempt) {
        let number = self.numbers[attempt.stream];
        let first = self.inputs.found.corpus.first_file(attempt.stream);
        let moved = u32::try_from(self.inputs.logs.first_file(number)).unwrap_or(u32::MAX);
        attempt.stream = number;
        attempt.each_place(&mut |place| {
            *place = self.places.by_file(*place, first);
            place.chunk = place.chunk.saturating_add(moved);
        });
    }
}
