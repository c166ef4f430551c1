//! Follows messages while all sessions are read the first time.
//!
//! In: what workers find in each chunk. Out: the messages that are followed with the attempts that were
//! kept, and which of them have other attempts.
//! An attempt is passed over if its message was not followed then. If the message is followed later, the
//! attempt is found again: a chunk that has just been read is read again at once, and a filter ([`Seen`])
//! says which streams may hold attempts that were read before.
//! Must not follow other messages than two passes would, nor in another order.
//! Memory: the followed messages, and the filter.

use rustc_hash::FxHashMap;

use super::attempts::{Keeps, Part, Pass};
use super::counting::Counting;
use super::outlook::key_of;
use crate::input::place::PlaceTable;
use crate::mail::attempt::{Attempt, MailDigest};
use crate::mail::followed::{Followed, Keys};
use crate::session::Session;
use crate::session::sink::Sink;
use crate::smtp::seen::{MOST_PARTS, Parts, Seen};

/// Collects what the first pass finds.
pub(super) struct FirstPass<'a> {
    pass: &'a Pass<'a>,
    counting: Counting<'a>,
    found: Found,
    /// The attempts of sessions that workers have not seen whole, those that end before the first whole
    /// session of the chunk and those that end behind it.
    cut: [Vec<Attempt>; 2],
    /// Whether it is the turn of the whole sessions of the chunk, or they are over.
    is_behind: bool,
}

/// What the first pass has found.
pub(super) struct Found {
    /// The messages to follow.
    pub(super) keys: Keys,
    /// Their attempts.
    pub(super) followed: Followed,
    /// How many messages and recipients were left out, because their sessions have too many.
    pub(super) beyond_in_sessions: u64,
    /// The messages of which an attempt was passed over, by stream.
    seen: Seen,
    streams: usize,
    /// The followed messages of which an attempt may have been passed over, and where.
    missed: FxHashMap<u64, Parts>,
}

impl<'a> FirstPass<'a> {
    pub(super) fn new(pass: &'a Pass<'a>, counting: Counting<'a>) -> FirstPass<'a> {
        let streams = pass.inputs.found.corpus.streams.len();
        FirstPass {
            pass,
            counting,
            found: Found::in_streams(streams),
            cut: Default::default(),
            is_behind: false,
        }
    }

    pub(super) fn finish(mut self) -> (Counting<'a>, Found) {
        self.add_attempts(Vec::new());
        (self.counting, self.found)
    }

    fn learn(&mut self, keys: &[u64]) {
        let new = self.found.learn(keys.iter().copied());
        if !new.is_empty() {
            self.pass.follow(new.into_iter());
        }
    }

    /// Adds the attempts of a chunk, in the order of a pass that knows all messages.
    fn add_attempts(&mut self, attempts: Vec<Attempt>) {
        let [before, behind] = std::mem::take(&mut self.cut);
        let attempts = before.into_iter().chain(attempts).chain(behind);
        attempts.for_each(|attempt| self.found.add(attempt));
        self.is_behind = false;
    }
}

impl Sink<MailDigest, Part> for FirstPass<'_> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, _places: &PlaceTable) {
        let mut part = Part::default();
        self.pass.session(stream, &session, &mut part);
        self.counting.merge(part.aggregate);
        self.found.beyond_in_sessions += part.beyond_in_sessions;
        self.learn(&part.keys);
        self.cut[usize::from(self.is_behind)].extend(part.attempts);
        self.found.pass_over(stream, &part.others);
    }

    fn finished(&mut self, _stream: usize, _part: &mut Part, _places: &PlaceTable) {
        self.is_behind = true;
    }

    fn lacks(&mut self, part: &Part) -> bool {
        self.learn(&part.keys);
        let keys = &self.found.keys;
        self.pass.keeps == Keeps::Followed && part.others.iter().any(|key| keys.contains(*key))
    }

    fn part(&mut self, stream: usize, part: Part) {
        self.counting.merge(part.aggregate);
        self.found.beyond_in_sessions += part.beyond_in_sessions;
        self.add_attempts(part.attempts);
        self.found.pass_over(stream, &part.others);
    }

    fn end(&mut self, stream: usize, places: &PlaceTable) {
        self.counting.end(stream, places);
    }
}

impl Found {
    /// Nothing yet, in so many streams.
    fn in_streams(streams: usize) -> Found {
        Found {
            keys: Keys::default(),
            followed: Followed::default(),
            beyond_in_sessions: 0,
            seen: Seen::in_parts(streams.min(MOST_PARTS)),
            streams,
            missed: FxHashMap::default(),
        }
    }

    /// Follows more messages. Returns those that were not followed before.
    pub(super) fn learn(&mut self, keys: impl Iterator<Item = u64>) -> Vec<u64> {
        let mut new = Vec::new();
        for key in keys {
            let was_known = self.keys.contains(key);
            self.keys.add(key);
            if !was_known && self.keys.contains(key) {
                self.look_for(key);
                new.push(key);
            }
        }
        new
    }

    /// Notes where attempts of a message may have been passed over.
    pub(super) fn look_for(&mut self, key: u64) {
        let parts = self.seen.parts_of(key);
        if !parts.is_empty() {
            self.missed.entry(key).or_default().add(parts);
        }
    }

    fn add(&mut self, attempt: Attempt) {
        match key_of(&attempt) {
            Some(key) if !self.keys.contains(key) => {
                self.pass_over(attempt.stream, &[key]);
            }
            _ => self.followed.add(attempt),
        }
    }

    fn pass_over(&mut self, stream: usize, keys: &[u64]) {
        let part = self.part_of(stream);
        for key in keys {
            self.seen.add(part, *key);
            // One of a session that was cut is followed since another one in the same chunk.
            if self.keys.contains(*key) {
                self.look_for(*key);
            }
        }
    }

    /// The part of the input to which a stream belongs, for the filter.
    fn part_of(&self, stream: usize) -> usize {
        stream * self.seen.parts() / self.streams.max(1)
    }

    /// The attempts of the followed messages, without what found them.
    pub(super) fn into_followed(self) -> Followed {
        self.followed
    }

    /// The messages whose attempts must be read again, and the streams that hold them all. What was kept of
    /// them is dropped.
    pub(super) fn take_missed(&mut self) -> (Vec<u64>, Vec<bool>) {
        let mut parts = Parts::default();
        self.missed.values().for_each(|some| parts.add(*some));
        let mut streams: Vec<bool> = (0..self.streams)
            .map(|stream| parts.has(self.part_of(stream)))
            .collect();
        let missed = &self.missed;
        let kept = self.followed.restart(|key| missed.contains_key(&key));
        kept.into_iter().for_each(|stream| streams[stream] = true);
        let mut keys: Vec<u64> = std::mem::take(&mut self.missed).into_keys().collect();
        keys.sort_unstable();
        (keys, streams)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::attempt::Outcome::{Deferred, Taken};
    use crate::scenario::mail::attempt;

    fn of(stream: usize, id: &str, minutes: i64) -> Attempt {
        let outcome = if stream == 0 { Taken } else { Deferred };
        Attempt {
            stream,
            id: Some(id.into()),
            ..attempt(minutes, &[("a@contoso.com", outcome)])
        }
    }

    fn key(id: &str) -> u64 {
        key_of(&of(0, id, 0)).expect("an id")
    }

    #[test]
    fn what_was_passed_over_before_its_message_was_followed_is_missed() {
        let mut found = Found::in_streams(4);
        found.pass_over(0, &[key("<a@b>"), key("<c@d>")]);
        // Kept, and nothing else is known of it.
        assert_eq!(found.learn([key("<e@f>")].into_iter()), [key("<e@f>")]);
        found.add(of(1, "<e@f>", -5));
        // An attempt in stream 0 was passed over, and that in stream 2 is kept.
        assert_eq!(found.learn([key("<a@b>")].into_iter()), [key("<a@b>")]);
        assert!(found.learn([key("<a@b>")].into_iter()).is_empty());
        found.add(of(2, "<a@b>", 1));
        // Nobody follows this one.
        found.add(of(3, "<c@d>", 1));
        let (keys, streams) = found.take_missed();
        assert_eq!(keys, [key("<a@b>")]);
        assert_eq!(streams, [true, false, true, false]);
        // All its attempts come once more, in their order.
        found.followed.add(of(0, "<a@b>", 0));
        found.followed.add(of(2, "<a@b>", 1));
        let messages = found.followed.finish();
        let attempts: Vec<usize> = messages.iter().map(|one| one.attempts.len()).collect();
        assert_eq!(attempts, [1, 2]);
    }

    #[test]
    fn what_is_followed_later_is_looked_for_where_it_was_passed_over() {
        let mut found = Found::in_streams(2);
        found.add(of(1, "<a@b>", 0));
        found.look_for(key("<x@y>"));
        assert_eq!(found.take_missed(), (Vec::<u64>::new(), vec![false, false]));
        found.look_for(key("<a@b>"));
        assert_eq!(found.take_missed(), (vec![key("<a@b>")], vec![false, true]));
        // Passed over in a session that was cut, while its chunk shows that it is followed.
        found.learn([key("<c@d>")].into_iter());
        found.pass_over(0, &[key("<c@d>")]);
        assert_eq!(found.take_missed(), (vec![key("<c@d>")], vec![true, false]));
    }
}
