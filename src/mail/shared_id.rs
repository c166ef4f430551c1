//! Different messages with one id, told apart by message tracking logs.
//!
//! In: a [`Message`], and what was tracked. Out: one message, or several with the same id.
//! Must not take copies for different messages: all copies of a message have its network message id, also
//! where its sender was rewritten.

use std::collections::{BTreeMap, BTreeSet};

use super::followed::Message;
use super::tracked::Tracked;

/// The messages that share the id of this one. What has another sender and another network message id is
/// another message.
pub fn apart(message: Message, tracked: &Tracked) -> Vec<Message> {
    let Some(id) = message.id.as_ref().filter(|_| message.only_from.is_none()) else {
        return vec![message];
    };
    // Nearly all messages have one sender.
    let mut senders = tracked
        .steps(id)
        .iter()
        .filter_map(|step| step.step.entry.from());
    let first = senders.next();
    if senders.all(|sender| Some(sender) == first) {
        return vec![message];
    }
    let mut networks: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for step in tracked.steps(id) {
        let entry = &step.step.entry;
        if let Some((sender, network)) = entry.from().zip(entry.network_id()) {
            networks
                .entry(sender.to_lowercase())
                .or_default()
                .insert(network);
        }
    }
    let count: usize = networks.values().map(BTreeSet::len).sum();
    let different: BTreeSet<&str> = networks.values().flatten().copied().collect();
    let senders: Vec<String> = networks.keys().cloned().collect();
    let is_known = |sender: Option<&str>| {
        sender.is_some_and(|sender| networks.contains_key(&sender.to_lowercase()))
    };
    let mut attempts = message.attempts.iter();
    let all_known = attempts.all(|attempt| is_known(attempt.sender.as_deref()));
    if senders.len() < 2 || different.len() < count || !all_known {
        return vec![message];
    }
    let parts = senders.into_iter().map(|sender| {
        let mut part = Message {
            only_from: Some(sender),
            ..message.clone()
        };
        let attempts = std::mem::take(&mut part.attempts).into_iter();
        part.attempts = attempts
            .filter(|attempt| part.may_be_from(attempt.sender.as_deref()))
            .collect();
        part
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::followed::Followed;
    use crate::mail::message_id::MessageId;
    use crate::scenario::tracking::{self, FAILED};
    use crate::tracking::Wanted;
    use crate::tracking::read::{self, Plan};

    fn count(rows: &[&str]) -> usize {
        let bytes = crate::input::bytes::Source::Held(tracking::text(rows).into_bytes());
        let files = [tracking::file("EX01/MSGTRK2026111807-1.LOG", bytes)];
        let pool = rayon::ThreadPoolBuilder::new().build().expect("threads");
        let plan = Plan {
            files: &files,
            wanted: &Wanted::everything(),
            only: None,
            pool: &pool,
            progress: &|_| {},
        };
        let mut tracked = Tracked::default();
        read::each_step(&plan, &mut |step| tracked.add(step));
        tracked.finish(&|_| true);
        let id = "<0efaea714cc2c4b2@EX01.contoso.com>";
        let mut followed = Followed::default();
        followed.add_id(&MessageId::of(id).expect("an id"));
        let messages = followed.finish().into_iter();
        messages.flat_map(|one| apart(one, &tracked)).count()
    }

    #[test]
    fn sender_and_network_id_tell_two_messages_apart() {
        let sender = FAILED.replace(
            "bob@contoso.com,bob@contoso.com",
            "app@contoso.com,app@contoso.com",
        );
        let network = |row: &str| {
            row.replace("6f1c0c9e", "7f1c0c9e")
                .replace("7b0c2c55", "8b0c2c55")
        };
        let sender = sender.replace("7b0c2c55", "9b0c2c55");
        assert_eq!(count(&[FAILED]), 1);
        assert_eq!(count(&[FAILED, &network(&sender)]), 2);
        assert_eq!(count(&[FAILED, &sender]), 1, "a rewritten sender");
        assert_eq!(count(&[FAILED, &network(FAILED)]), 1, "one sender");
    }
}
