//! Which rows of tracking logs are wanted.
//!
//! In: keys of message ids, or events. Out: whether a row is wanted, by few of its columns. Two ids may have
//! the same key, so that a row may be one of another message.
//! Must not read other columns: nearly all rows are of no interest, and have to cost little.

use std::borrow::Cow;

use super::event::EventSet;
use crate::smtp::message_key::{self, MessageKeys};

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    keys: MessageKeys,
    events: EventSet,
    all: bool,
    subjects: bool,
    notes_others: bool,
}

impl Wanted {
    /// All rows of the messages with these keys, and the DSN rows of the reports that were sent about
    /// them.
    pub fn messages(keys: MessageKeys) -> Wanted {
        Wanted {
            keys,
            ..Wanted::default()
        }
    }

    /// All rows with these events.
    pub fn events(events: EventSet) -> Wanted {
        Wanted {
            events,
            ..Wanted::default()
        }
    }

    /// All rows.
    pub fn everything() -> Wanted {
        Wanted {
            all: true,
            ..Wanted::default()
        }
    }

    /// Also all rows with these events, whatever their message.
    pub fn or_events(self, events: EventSet) -> Wanted {
        Wanted { events, ..self }
    }

    /// With subjects, which are not read otherwise.
    pub fn with_subjects(self, subjects: bool) -> Wanted {
        Wanted { subjects, ..self }
    }

    /// Whoever reads tells the keys of the rows that are not wanted. In a part of a file, the rows behind
    /// one with a wanted event are wanted if they are of its message, or of the report that it names.
    pub fn noting_others(self) -> Wanted {
        let notes_others = true;
        Wanted {
            notes_others,
            ..self
        }
    }

    /// Wants the message with this key, too. Returns whether it was not wanted before.
    pub fn add(&mut self, key: u64) -> bool {
        self.keys.insert(key)
    }

    /// Whether the message with this key is wanted.
    #[inline]
    pub fn has(&self, key: u64) -> bool {
        self.keys.contains(&key)
    }

    /// Whether the keys of rows that are not wanted are told.
    pub(super) fn notes_others(&self) -> bool {
        self.notes_others
    }

    /// Whether subjects are read.
    pub fn subjects(&self) -> bool {
        self.subjects
    }

    /// Whether a row is wanted, by its event and by the messages that it is about.
    #[inline]
    pub(super) fn holds(&self, event: &[u8], about: About) -> bool {
        self.all || about.is_any(|key| self.has(key)) || self.events.holds(event)
    }
}

/// The messages that a row is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// The key of its own message.
    pub(super) message: u64,
    /// The key of the message that a delivery report was sent about.
    pub(super) original: Option<u64>,
}

impl About {
    /// What a row is about. `reference` is asked for where it says something.
    #[inline]
    pub(super) fn of<'a>(
        event: &[u8],
        message_id: &[u8],
        reference: impl FnOnce() -> Cow<'a, [u8]>,
    ) -> About {
        let is_report = event.eq_ignore_ascii_case(b"DSN");
        About {
            message: message_key::of(message_id),
            original: is_report.then(|| message_key::of(&reference())),
        }
    }

    #[inline]
    pub(super) fn is_any(self, is: impl Fn(u64) -> bool) -> bool {
        is(self.message) || self.original.is_some_and(is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::event::Event;

    #[test]
    fn ids_compare_without_brackets_and_case() {
        let wanted = Wanted::messages(message_key::of_all(["<A1@EX01.contoso.com>"]));
        let holds = |id: &[u8]| wanted.holds(b"FAIL", About::of(b"FAIL", id, || unreachable!()));
        assert!(holds(b"a1@ex01.contoso.com") && holds(b" <a1@EX01.contoso.com> "));
        assert!(!holds(b"<<a1@ex01.contoso.com>>") && !holds(b""));
    }

    #[test]
    fn reports_about_a_wanted_message_are_wanted() {
        let wanted = Wanted::messages(message_key::of_all(["<a@b>"]));
        let holds = |wanted: &Wanted, event: &[u8], id: &[u8]| {
            let reference = || Cow::Borrowed(&b"<A@b>"[..]);
            wanted.holds(event, About::of(event, id, reference))
        };
        assert!(holds(&wanted, b"DSN", b"<other@b>"));
        assert!(!holds(&wanted, b"FAIL", b"<other@b>"));
        assert!(holds(&wanted, b"RECEIVE", b"<a@b>"));
        let trouble = wanted.or_events(EventSet::of(&[Event::Fail]));
        assert!(holds(&trouble, b"FAIL", b""));
    }
}
