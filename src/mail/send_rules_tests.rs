//! Tests of what send logs alone say: attempts in, fates out.

use super::Outcome::{Broken, Deferred, Refused, Taken, Unseen};
use super::*;
use crate::mail::attempt::Attempt;
use crate::scenario::mail::{at, attempt, fate as decide, fates, until};
use crate::smtp::peer::Peer;

const EVE: &str = "eve@tailspintoys.com";

fn shown(fate: &Fate) -> (Verdict, Certainty, Option<Reason>) {
    (fate.verdict, fate.certainty, fate.reason)
}

fn is_unknown(fate: &Fate, reason: Reason) {
    assert_eq!(
        (fate.verdict, fate.reason),
        (Verdict::Unknown, Some(reason))
    );
}

#[test]
fn a_deferred_message_that_another_server_delivers() {
    let first = attempt(0, &[(EVE, Deferred)]);
    let later = Attempt {
        stream: 1,
        ..attempt(97, &[("EVE@TailspinToys.com", Taken)])
    };
    // Whatever order the logs are read in.
    for attempts in [[first.clone(), later.clone()], [later, first]] {
        let fate = decide(attempts.to_vec(), &until(10));
        assert_eq!(shown(&fate), (Verdict::Delivered, Certainty::High, None));
        assert_eq!(fate.time, at(97));
        assert_eq!(fate.host.as_deref(), Some("AM0.prod.outlook.com"));
    }
}

#[test]
fn a_rejection_after_a_delivery_is_that_of_a_second_copy() {
    let attempts = vec![attempt(0, &[(EVE, Taken)]), attempt(5, &[(EVE, Refused)])];
    assert_eq!(
        shown(&decide(attempts, &until(10))),
        (
            Verdict::Delivered,
            Certainty::Medium,
            Some(Reason::SecondCopy)
        )
    );
}

#[test]
fn what_an_own_server_takes_is_followed_there() {
    let to_own = |taker, remote: &str| Attempt {
        taker,
        peer: Peer::Other,
        remote: remote.into(),
        ..attempt(9, &[(EVE, Taken)])
    };
    let deferred = attempt(0, &[(EVE, Deferred)]);
    for taker in [Taker::OwnServer, Taker::Internal] {
        let attempts = vec![deferred.clone(), to_own(taker, "10.0.0.6:2525")];
        let fate = decide(attempts.clone(), &until(10));
        is_unknown(&fate, Reason::MovedTo);
        assert_eq!(fate.host.as_deref(), Some("AM0.prod.outlook.com"));
        let sent = Attempt {
            stream: 1,
            ..attempt(10, &[(EVE, Taken)])
        };
        let attempts = [attempts, vec![sent]].concat();
        assert_eq!(decide(attempts, &until(10)).verdict, Verdict::Delivered);
    }
}

#[test]
fn a_5xx_bounces_at_once() {
    let fate = decide(vec![attempt(0, &[(EVE, Refused)])], &until(9));
    assert_eq!(shown(&fate), (Verdict::Bounced, Certainty::Medium, None));
    assert!(fate.reply.expect("a reply").starts_with("550 5.7.64"));
    let silent = |change: fn(&mut Attempt)| {
        let mut one = attempt(0, &[(EVE, Refused)]);
        change(&mut one);
        decide(vec![one], &until(9))
    };
    let bounce = silent(|one| one.sender = Some("".into()));
    assert_eq!(shown(&bounce), (Verdict::Lost, Certainty::Medium, None));
    let never = silent(|one| one.recipients[0].notify_never = true);
    assert_eq!(shown(&never), (Verdict::Lost, Certainty::Medium, None));
    is_unknown(&silent(|one| one.sender = None), Reason::NoSender);
    let without_id = silent(|one| one.id = None);
    assert_eq!(
        shown(&without_id),
        (Verdict::Bounced, Certainty::Low, Some(Reason::NoId))
    );
}

#[test]
fn error_policies_of_a_connector_leave_it_open() {
    let mut coverage = until(9);
    coverage
        .error_policies
        .insert("outbound to office 365".to_owned());
    is_unknown(
        &decide(vec![attempt(0, &[(EVE, Refused)])], &coverage),
        Reason::ErrorPolicy,
    );
}

#[test]
fn half_of_the_recipients() {
    let ann = "ann@fabrikam.com";
    let fates = fates(vec![attempt(0, &[(EVE, Taken), (ann, Refused)])], &until(9));
    let verdicts: Vec<Verdict> = fates.iter().map(|fate| fate.verdict).collect();
    assert_eq!(verdicts, [Verdict::Delivered, Verdict::Bounced]);
}

#[test]
fn a_deferred_message_waits_while_it_is_tried() {
    let deferred = |minutes| attempt(minutes, &[(EVE, Deferred)]);
    for outcome in [Deferred, Broken] {
        let fate = decide(vec![attempt(0, &[(EVE, outcome)])], &until(120));
        assert_eq!(shown(&fate), (Verdict::Waiting, Certainty::Medium, None));
        assert_eq!(fate.expires, at(2 * 24 * 60));
    }
    // The log goes on and it is not tried: where it is, is not known.
    let fate = decide(vec![deferred(0), deferred(15)], &until(136));
    is_unknown(&fate, Reason::NoLongerTried);
    let mut coverage = until(136);
    coverage.streams[0].gaps.push((at(20), at(40)));
    is_unknown(&decide(vec![deferred(15)], &coverage), Reason::Gap);
    // A gap before the last attempt hides nothing.
    let fate = decide(vec![deferred(0), deferred(50)], &coverage);
    assert_eq!(fate.verdict, Verdict::Waiting);
    let nameless = Attempt {
        id: None,
        ..deferred(0)
    };
    is_unknown(&decide(vec![nameless], &until(9)), Reason::NoId);
}

#[test]
fn what_is_tried_for_two_days_bounces() {
    let day = 24 * 60;
    let tried = |last: i64| {
        let minutes = (0..=last).step_by(15);
        minutes
            .map(|minutes| attempt(minutes, &[(EVE, Deferred)]))
            .collect()
    };
    let fate = decide(tried(2 * day - 15), &until(2 * day + 5));
    assert_eq!(shown(&fate), (Verdict::Bounced, Certainty::Medium, None));
    assert_eq!(fate.time, at(2 * day));
    // It was not tried to the end: it may have been sent elsewhere.
    let fate = decide(tried(day), &until(3 * day));
    is_unknown(&fate, Reason::NoLongerTried);
}

#[test]
fn a_session_that_the_log_cuts_shows_nothing() {
    is_unknown(
        &decide(vec![attempt(0, &[(EVE, Unseen)])], &until(0)),
        Reason::LogEnds,
    );
}

#[test]
fn a_rejection_at_mail_is_one_of_all_recipients() {
    let at_mail = |minutes, outcome| attempt(minutes, &[("", outcome)]);
    // Nobody was named in any attempt.
    let fate = decide(vec![at_mail(0, Refused)], &until(9));
    assert_eq!(shown(&fate), (Verdict::Bounced, Certainty::Medium, None));
    // One recipient: it is the one.
    let attempts = vec![attempt(0, &[(EVE, Deferred)]), at_mail(15, Refused)];
    assert_eq!(decide(attempts, &until(20)).verdict, Verdict::Bounced);
    // Of two, either may have been meant.
    let both = attempt(0, &[(EVE, Deferred), ("ann@fabrikam.com", Deferred)]);
    for fate in fates(vec![both, at_mail(15, Refused)], &until(20)) {
        is_unknown(&fate, Reason::NoRecipient);
    }
}

#[test]
fn an_attempt_without_recipients_is_not_for_those_who_have_the_message() {
    let at_mail = |minutes, outcome| attempt(minutes, &[("", outcome)]);
    let first = attempt(
        0,
        &[
            (EVE, Taken),
            ("ann@fabrikam.com", Refused),
            ("bea@fabrikam.com", Deferred),
        ],
    );
    let found = fates(vec![first.clone(), at_mail(15, Deferred)], &until(20));
    let found: Vec<_> = found.iter().map(shown).collect();
    assert_eq!(
        found,
        [
            (Verdict::Delivered, Certainty::High, None),
            (Verdict::Bounced, Certainty::Medium, None),
            (Verdict::Waiting, Certainty::Medium, None),
        ]
    );
    // If everybody has it, it is a second copy.
    let first = attempt(0, &[(EVE, Taken)]);
    let fate = decide(vec![first, at_mail(15, Refused)], &until(20));
    let copy = (
        Verdict::Delivered,
        Certainty::Medium,
        Some(Reason::SecondCopy),
    );
    assert_eq!(shown(&fate), copy);
}
