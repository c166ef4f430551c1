//! Follows messages over the attempts that digests hold.
//!
//! In: the digests. Out: the messages to follow, and all attempts to send them.
//! Must follow the same messages as the logs of which the digests were made.

use super::attempts::NAMELESS;
use super::digests::{Digests, Origin};
use super::finishing::Finished;
use super::first_pass::Found;
use super::inputs::Inputs;
use super::outlook::key_of;
use crate::digest_file::{HeldAttempt, StreamDigest};
use crate::mail::attempt::Attempt;
use crate::mail::followed::{Followed, Keys};
use crate::smtp::peer::Peer;

/// Follows the messages that digests show as rejected or deferred.
pub(super) fn learn(inputs: &Inputs, found: &mut Found) {
    for (_, stream, finished) in of_digests(inputs) {
        for mail in stream.mail.iter().chain([&finished.mail]) {
            found.beyond_in_sessions += mail.left_out;
            if may_go_elsewhere(inputs) {
                found.beyond_in_sessions += mail.left_out_elsewhere;
            }
        }
        let attempts = finished.attempts(stream);
        let followed = attempts.filter(|one| is_to_follow(inputs, one));
        let keys = followed.map(|one| key_of(&one.attempt).unwrap_or(NAMELESS));
        found.learn(keys);
    }
}

/// Adds the attempts of the messages that are followed.
pub(super) fn add(inputs: &Inputs, keys: &Keys, followed: &mut Followed) {
    for (number, stream, finished) in of_digests(inputs) {
        let first = inputs.logs.first_file(number);
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        for one in finished.attempts(stream) {
            let is_followed = match key_of(&one.attempt) {
                Some(key) => keys.contains(key),
                None => is_to_follow(inputs, one),
            };
            if is_followed {
                let mut attempt = Attempt {
                    stream: number,
                    ..one.attempt.clone()
                };
                attempt.each_place(&mut |place| place.chunk = place.chunk.saturating_add(first));
                followed.add(attempt);
            }
        }
    }
}

/// The streams of digests with their numbers.
fn of_digests(inputs: &Inputs) -> impl Iterator<Item = (usize, &StreamDigest, &Finished)> {
    let Digests {
        streams, finished, ..
    } = &inputs.digests;
    let origins = inputs.origins.iter().enumerate();
    origins.filter_map(|(number, origin)| match *origin {
        Origin::Digest(index) => Some((number, &streams[index], &finished[index])),
        Origin::Logs(_) => None,
    })
}

/// Whether the message of an attempt is followed because of it.
fn is_to_follow(inputs: &Inputs, one: &HeldAttempt) -> bool {
    let may_go_online = one.attempt.peer != Peer::Other || may_go_elsewhere(inputs);
    one.is_chosen && may_go_online && one.attempt.has_failure()
}

/// Whether exports may say that another host stands for Exchange Online.
fn may_go_elsewhere(inputs: &Inputs) -> bool {
    !inputs.exports.on_premises.send_connectors.is_empty()
}
