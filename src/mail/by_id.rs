//! Values by message id. A text is looked up without making an id of it.
//!
//! In: message ids as texts or as [`MessageId`]s. Out: the value of each.
//! Must not give the value of another id: two ids may have the same key.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::message_id::MessageId;

/// Values by message id.
#[derive(Debug, Clone)]
pub(super) struct ById<T> {
    /// The number of the first entry with each key.
    first: FxHashMap<u64, usize>,
    entries: Vec<Entry<T>>,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    id: MessageId,
    value: T,
    /// The number of the next entry with the same key.
    next: Option<usize>,
}

impl<T> Default for ById<T> {
    fn default() -> ById<T> {
        ById {
            first: FxHashMap::default(),
            entries: Vec::new(),
        }
    }
}

impl<T> ById<T> {
    /// The value of an id.
    pub(super) fn get(&self, id: &MessageId) -> Option<&T> {
        let number = self.find(id.key(), |known| known == id).ok()?;
        Some(&self.entries[number].value)
    }

    /// The value of the id in a text, which is made if there is none; `None` if the text holds no id.
    pub(super) fn entry(
        &mut self,
        text: &str,
        new: impl FnOnce(&MessageId) -> T,
    ) -> Option<&mut T> {
        self.entry_by(MessageId::key_of(text)?, text, new)
    }

    /// The same, if the key of the id is known.
    pub(super) fn entry_by(
        &mut self,
        key: u64,
        text: &str,
        new: impl FnOnce(&MessageId) -> T,
    ) -> Option<&mut T> {
        let number = match self.find(key, |known| known.is(text)) {
            Ok(number) => number,
            Err(last) => self.add(MessageId::of(text)?, last, new),
        };
        Some(&mut self.entries[number].value)
    }

    /// Adds an id, if it has no value.
    pub(super) fn add_id(&mut self, id: &MessageId, new: impl FnOnce(&MessageId) -> T) {
        if let Err(last) = self.find(id.key(), |known| known == id) {
            self.add(id.clone(), last, new);
        }
    }

    /// The number of the entry with this key that is the one, else of the last entry with this key.
    fn find(&self, key: u64, is: impl Fn(&MessageId) -> bool) -> Result<usize, Option<usize>> {
        let mut last = None;
        let mut next = self.first.get(&key).copied();
        while let Some(number) = next {
            let entry = &self.entries[number];
            if is(&entry.id) {
                return Ok(number);
            }
            (last, next) = (next, entry.next);
        }
        Err(last)
    }

    /// Adds an entry behind the last one with its key. Returns its number.
    fn add(
        &mut self,
        id: MessageId,
        last: Option<usize>,
        new: impl FnOnce(&MessageId) -> T,
    ) -> usize {
        let number = self.entries.len();
        match last {
            Some(last) => self.entries[last].next = Some(number),
            None => drop(self.first.insert(id.key(), number)),
        }
        let value = new(&id);
        let next = None;
        self.entries.push(Entry { id, value, next });
        number
    }

    /// The ids, in the order in which they came.
    pub(super) fn ids(&self) -> impl Iterator<Item = &MessageId> {
        self.entries.iter().map(|entry| &entry.id)
    }

    /// All values with their ids, in the order in which these came.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&MessageId, &mut T)> {
        let entries = self.entries.iter_mut();
        entries.map(|entry| (&entry.id, &mut entry.value))
    }

    /// The values, in the order in which their ids came.
    pub(super) fn into_values(self) -> impl Iterator<Item = T> {
        self.entries.into_iter().map(|entry| entry.value)
    }
}

impl<T: Send> ById<T> {
    /// Changes all values, on any core.
    pub(super) fn change_all(&mut self, change: impl Fn(&mut T) + Sync) {
        let entries = self.entries.par_iter_mut();
        entries.for_each(|entry| change(&mut entry.value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> MessageId {
        MessageId::of(text).expect("an id")
    }

    #[test]
    fn each_id_has_its_value_however_it_is_written() {
        let mut values = ById::default();
        for (number, text) in ["<A@b>", "<c@d>", "a@B ", "<>", " "].iter().enumerate() {
            if let Some(known) = values.entry(text, |_| Vec::<usize>::new()) {
                known.push(number);
            }
        }
        assert_eq!(values.get(&id("a@b")), Some(&vec![0, 2]));
        assert_eq!(values.get(&id("C@D")), Some(&vec![1]));
        assert_eq!(values.get(&id("e@f")), None);
        values.change_all(Vec::clear);
        let ids: Vec<&str> = values.ids().map(MessageId::as_str).collect();
        assert_eq!(ids, ["a@b", "c@d"]);
        let values: Vec<Vec<usize>> = values.into_values().collect();
        assert!(values.len() == 2 && values.iter().all(Vec::is_empty));
    }

    #[test]
    fn ids_with_one_key_are_kept_apart() {
        let mut values = ById::default();
        for text in ["<a@b>", "<c@d>"] {
            values.entry(text, |id| id.as_str().to_owned());
        }
        // As if the second had the key of the first, and came after it.
        values.first = [(id("<c@d>").key(), 0)].into_iter().collect();
        values.entries[0].next = Some(1);
        assert_eq!(values.get(&id("c@d")).map(String::as_str), Some("c@d"));
        let known = values.entry("<C@D>", |_| String::new());
        assert_eq!(known.map(|known| known.as_str()), Some("c@d"));
        assert_eq!(values.ids().count(), 2);
    }
}
