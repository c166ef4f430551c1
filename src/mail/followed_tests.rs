//! Tests of what is kept of messages.

use super::*;
use crate::scenario::mail::{attempt, message};
use Outcome::{Deferred, Refused, Taken};

#[test]
fn attempts_with_one_id_are_one_message_in_the_order_of_time() {
    let mut followed = Followed::default();
    followed.add(attempt(5, &[("a@contoso.com", Taken)]));
    followed.add(Attempt {
        id: Some("A1@ex01.CONTOSO.com".into()),
        ..attempt(0, &[("a@contoso.com", Deferred)])
    });
    followed.add(Attempt {
        id: None,
        ..attempt(3, &[("a@contoso.com", Refused)])
    });
    let messages = followed.finish();
    let attempts: Vec<usize> = messages.iter().map(|one| one.attempts.len()).collect();
    assert_eq!(attempts, [2, 1]);
    assert!(messages[0].attempts[0].time < messages[0].attempts[1].time);
    assert_eq!(messages[1].id, None);
}

#[test]
fn sender_and_size_together_tell_two_messages_apart() {
    let first = attempt(0, &[("a@contoso.com", Refused)]);
    let other = |sender: &str, size| Attempt {
        sender: Some(sender.into()),
        size,
        ..attempt(1, &[("a@contoso.com", Taken)])
    };
    let count = |second: Attempt| {
        let mut followed = Followed::default();
        followed.add(first.clone());
        followed.add(second);
        followed.finish().len()
    };
    assert_eq!(count(other("else@contoso.com", Some(9))), 2);
    assert_eq!(count(other("USER@contoso.com", Some(9))), 1, "it grew");
    assert_eq!(count(other("else@contoso.com", Some(1_000))), 1);
    assert_eq!(count(other("else@contoso.com", None)), 1, "unknown");
}

#[test]
fn repeated_deferrals_are_left_out_and_counted() {
    let deferred = |minutes| attempt(minutes, &[("a@contoso.com", Deferred)]);
    let many: Vec<Attempt> = (0..200).map(|number| deferred(number * 15)).collect();
    let kept = message(many);
    assert!(
        kept.attempts.len() <= MOST_ATTEMPTS,
        "{}",
        kept.attempts.len()
    );
    assert_eq!(kept.attempts.len() as u64 + kept.left_out, 200);
    assert_eq!(kept.attempts[0].time, deferred(0).time);
    assert_eq!(
        kept.attempts.last().map(|one| one.time),
        Some(deferred(199 * 15).time)
    );
    // What says something of its own is kept.
    let each_other: Vec<Attempt> = (0..40)
        .map(|number| attempt(number, &[(&format!("u{number}@contoso.com"), Deferred)]))
        .collect();
    assert_eq!(message(each_other).attempts.len(), 40);
}

#[test]
fn keys_are_counted_beyond_the_limit() {
    let mut keys = Keys::up_to(2);
    [1, 2, 1, 3, 4, 3].into_iter().for_each(|key| keys.add(key));
    assert!(keys.contains(1) && keys.contains(2) && !keys.contains(3));
    assert_eq!(keys.beyond(), 3);
}
