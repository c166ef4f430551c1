//! Which rows of tracking logs are wanted.
//!
//! In: message ids, or events. Out: whether a row is wanted, by few of its columns.
//! Must not read other columns: nearly all rows are of no interest, and have to cost little.

use std::borrow::Cow;
use std::collections::HashSet;

use super::event::EventSet;

/// The form in which message ids are compared: without white space around it, without one pair of
/// angle brackets, and in lower case.
pub fn message_key(id: &[u8]) -> Cow<'_, [u8]> {
    let id = id.trim_ascii();
    let inner = id
        .strip_prefix(b"<")
        .and_then(|id| id.strip_suffix(b">"))
        .unwrap_or(id);
    if inner.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(inner.to_ascii_lowercase())
    } else {
        Cow::Borrowed(inner)
    }
}

/// A set of message ids.
#[derive(Debug, Clone, Default)]
pub struct MessageIds(HashSet<Box<[u8]>>);

impl MessageIds {
    /// Adds an id in any form. An empty id is none.
    pub fn insert(&mut self, id: &str) {
        let key = message_key(id.as_bytes());
        if !key.is_empty() {
            self.0.insert(key.into());
        }
    }

    /// Whether the id, in any form, is in the set.
    pub fn contains(&self, id: &[u8]) -> bool {
        !self.0.is_empty() && self.0.contains(message_key(id).as_ref())
    }

    /// How many ids there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> FromIterator<&'a str> for MessageIds {
    fn from_iter<I: IntoIterator<Item = &'a str>>(ids: I) -> MessageIds {
        let mut set = MessageIds::default();
        ids.into_iter().for_each(|id| set.insert(id));
        set
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    ids: MessageIds,
    events: EventSet,
    all: bool,
    subjects: bool,
}

impl Wanted {
    /// All rows of these messages, and the DSN rows of the reports that were sent about them.
    pub fn messages(ids: MessageIds) -> Wanted {
        Wanted {
            ids,
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

    /// Whether subjects are read.
    pub fn subjects(&self) -> bool {
        self.subjects
    }

    /// Whether a row is wanted. `reference` is asked for where it can decide.
    #[inline]
    pub fn holds<'a>(
        &self,
        event: &[u8],
        message_id: &[u8],
        reference: impl FnOnce() -> Cow<'a, [u8]>,
    ) -> bool {
        self.all
            || self.ids.contains(message_id)
            || (!self.events.is_empty() && self.events.holds(event))
            || (!self.ids.is_empty()
                && event.eq_ignore_ascii_case(b"DSN")
                && self.ids.contains(&reference()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::event::Event;

    #[test]
    fn ids_compare_without_brackets_and_case() {
        let ids: MessageIds = ["<A1@EX01.contoso.com>", " ", "<>"].into_iter().collect();
        assert_eq!(ids.len(), 1);
        assert!(ids.contains(b"a1@ex01.contoso.com") && ids.contains(b" <a1@EX01.contoso.com> "));
        assert!(!ids.contains(b"<<a1@ex01.contoso.com>>") && !ids.contains(b""));
    }

    #[test]
    fn reports_about_a_wanted_message_are_wanted() {
        let wanted = Wanted::messages(["<a@b>"].into_iter().collect());
        let reference = || Cow::Borrowed(&b"<A@b>"[..]);
        assert!(wanted.holds(b"DSN", b"<other@b>", reference));
        assert!(!wanted.holds(b"FAIL", b"<other@b>", reference));
        assert!(wanted.holds(b"RECEIVE", b"<a@b>", reference));
        let trouble = wanted.or_events(EventSet::of(&[Event::Fail]));
        assert!(trouble.holds(b"FAIL", b"", || unreachable!()));
    }
}
