//! The rule "Is it over?".
//!
//! In: what happened on the servers of an incident. Out: the states that the rule allows: one, or
//! two where the numbers are too close to call.

use std::collections::BTreeSet;

use super::model::{Key, Millis};
use super::truth::{Happening, What};

/// What happened on the send connector and the servers of an incident.
struct Course<'a> {
    key: &'a Key,
    /// Its own rejections and failures, in order.
    own: &'a [&'a Happening],
    /// Everything, its own included.
    here: Vec<&'a Happening>,
    streams: &'a BTreeSet<String>,
}

/// The states of an incident.
pub(super) fn states(
    key: &Key,
    own: &[&Happening],
    streams: &BTreeSet<String>,
    all: &[Happening],
    log_end: Millis,
) -> BTreeSet<&'static str> {
    let here = all
        .iter()
        .filter(|event| event.connector == key.connector && streams.contains(&event.stream))
        .collect();
    let course = Course {
        key,
        own,
        here,
        streams,
    };
    let over = course.is_over();
    let mut states = BTreeSet::new();
    if over.contains(&true) {
        states.insert("over");
    }
    if over.contains(&false) {
        let (silence, since) = (course.silence(), log_end.saturating_sub(course.end()));
        if since * 4 <= silence * 5 {
            states.insert("ongoing");
        }
        if since * 5 >= silence * 4 {
            states.insert("unclear");
        }
    }
    states
}

fn taken(event: &Happening) -> u32 {
    match &event.what {
        What::Taken { recipients, .. } => *recipients,
        _ => 0,
    }
}

impl Course<'_> {
    fn last(&self) -> &Happening {
        let last = self.own.iter().max_by_key(|event| event.at.1);
        last.expect("an incident has something in it")
    }

    fn end(&self) -> Millis {
        self.last().at.1
    }

    /// The longest time between two of its own rejections or failures.
    fn silence(&self) -> Millis {
        let pairs = self.own.windows(2);
        let gaps = pairs.map(|pair| pair[1].at.0.saturating_sub(pair[0].at.0));
        gaps.max().unwrap_or(0)
    }

    /// The answers that are allowed.
    fn is_over(&self) -> BTreeSet<bool> {
        let mut over = BTreeSet::new();
        let counts = [self.taken_later(true), self.taken_later(false)];
        for share in self.shares() {
            for count in counts {
                let count = i32::try_from(count).expect("a small count");
                let chance = (1.0 - share).powi(count);
                // What is near the limit of 0.01 is too close to call.
                over.extend([chance < 0.002, chance < 0.03]);
            }
        }
        let renewed = self.renewed();
        let blames_certificate = ["CRT", "TLS", "CON00", "DOM"]
            .iter()
            .any(|family| self.key.cause.starts_with(family))
            && self.key.cause != "CON008";
        if renewed == self.streams.len() && blames_certificate {
            return BTreeSet::from([true]);
        }
        if renewed > 0 {
            // On some of the servers only, or no certificate was to blame.
            over.insert(true);
        }
        over
    }

    /// The refused share of recipients while it went on: with and without what was accepted in the
    /// same sessions before the first and after the last rejection, and what other causes refused.
    fn shares(&self) -> Vec<f64> {
        let (first, last) = (self.own[0].at.0, self.end());
        let sessions: BTreeSet<usize> = self.own.iter().map(|event| event.session).collect();
        let (mut within, mut beside, mut own, mut others) = (0, 0, 0, 0);
        for event in &self.here {
            if event.at.1 >= first && event.at.0 <= last {
                within += taken(event);
            } else if sessions.contains(&event.session) {
                beside += taken(event);
            }
            match &event.what {
                What::Refused {
                    key, recipients, ..
                } if key == self.key => own += recipients,
                What::Refused { recipients, .. } if event.at.1 >= first && event.at.0 <= last => {
                    others += recipients;
                }
                _ => {}
            }
        }
        if own == 0 {
            // Whole sessions failed, and nothing was delivered meanwhile.
            assert_eq!(within, 0, "{:?}", self.key);
            return vec![1.0];
        }
        [
            within,
            within + beside,
            within + others,
            within + beside + others,
        ]
        .map(|good| f64::from(own) / f64::from(own + good))
        .to_vec()
    }

    /// Recipients that were accepted after the last rejection, with or without those in its session.
    fn taken_later(&self, with_session: bool) -> u32 {
        let last = self.last();
        let later = self.here.iter().filter(|event| event.at.0 > last.at.1);
        later
            .filter(|event| with_session || event.session != last.session)
            .map(|event| taken(event))
            .sum()
    }

    /// On how many servers another certificate, one that is expected, delivered later.
    fn renewed(&self) -> usize {
        let end = self.end();
        let later = self.here.iter().filter(|event| event.at.0 > end);
        let streams = later.filter(|event| {
            matches!(&event.what, What::Taken { thumbprint, matches: true, .. }
                if *thumbprint != self.key.thumbprint)
        });
        let streams: BTreeSet<&str> = streams.map(|event| event.stream.as_str()).collect();
        streams.len()
    }
}
