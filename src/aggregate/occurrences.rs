//! Refusals and TLS failures by kind, of a chunk or of everything.
//!
//! In: what each session was refused. Out: [`Occurrence`]s, the sets of them that sessions and
//! messages have, and the other rejections.
//! Must not depend on the order of sessions, beyond the numbers that things get by first sight.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::smtp::evidence::ProofRow;
use crate::smtp::refusals::Refused;
use crate::smtp::reply::{Enhanced, Refusal};

use super::domains::Domains;
use super::intern::{Interner, Name};
use super::occurrence::{Kind, Occurrence, OccurrenceKey, Placement, SenderKind, TlsState};
use super::totals::Aggregate;

/// Distinct texts of other rejections that are kept apart; the rest is counted under one entry.
const MOST_OTHER_TEXTS: usize = 1_000;

/// What the rest is called.
const FURTHER_TEXTS: &str = "(further texts)";

/// Occurrences that keep rows as proof: with ten thousands of sender domains the first ones do.
const MOST_WITH_EVIDENCE: usize = 10_000;

/// A rejection that asks for no cause: code, enhanced code and sentence.
type Other = (u16, Option<Enhanced>, Name);

/// Refusals and TLS failures counted by kind.
#[derive(Debug, Default)]
pub(super) struct Occurrences {
    list: Vec<Occurrence>,
    numbers: FxHashMap<OccurrenceKey, usize>,
    session_sets: Sets,
    message_sets: Sets,
    others: FxHashMap<Other, u64>,
    rejections: u64,
    /// Room for the occurrences of one session, and of its messages.
    in_session: Vec<usize>,
    by_message: Vec<(u32, usize)>,
}

/// How many sessions or messages have a set of occurrences, which is sorted.
type Sets = BTreeMap<Vec<usize>, u64>;

/// What numbers of one part mean in another.
pub(super) struct Translation<'a> {
    pub(super) names: &'a mut Interner,
    /// The names of the part.
    pub(super) from: &'a Interner,
    /// The number of each lane of the part.
    pub(super) lanes: &'a [usize],
}

impl Occurrences {
    /// Counts rejections that ask for no cause.
    pub(super) fn others<'r>(
        &mut self,
        names: &mut Interner,
        refusals: impl Iterator<Item = Refused<'r>>,
    ) {
        refusals.for_each(|refused| self.other(names, &refused.refusal));
    }

    /// Counts what a session with Exchange Online was refused, and its TLS failure.
    pub(super) fn session<'r>(
        &mut self,
        names: &mut Interner,
        domains: &mut Domains,
        place: &Placement<'_>,
        failure: Option<(Timestamp, Option<ProofRow<'_>>)>,
        refusals: impl Iterator<Item = Refused<'r>>,
    ) {
        self.in_session.clear();
        self.by_message.clear();
        if let Some((time, row)) = failure {
            let at = self.count(place, Kind::TlsFailure, SenderKind::Unknown, time, row);
            self.in_session.push(at);
        }
        for refused in refusals {
            let Some(kind) = kind(names, &refused.refusal) else {
                self.other(names, &refused.refusal);
                continue;
            };
            self.rejections += 1;
            let sender = match refused.sender.as_deref() {
                None => SenderKind::Unknown,
                Some("") => SenderKind::Null,
                Some(sender) => SenderKind::Domain(domains.of_sender(names, sender)),
            };
            let at = self.count(place, kind, sender, refused.time, Some(refused.row));
            self.in_session.push(at);
            if let Some(message) = refused.message {
                self.by_message.push((message, at));
            }
        }
        count_set(&mut self.session_sets, &mut self.in_session);
        self.by_message.sort_unstable();
        for message in self.by_message.chunk_by(|one, other| one.0 == other.0) {
            self.in_session.clear();
            self.in_session.extend(message.iter().map(|(_, at)| *at));
            count_set(&mut self.message_sets, &mut self.in_session);
        }
    }

    /// Counts an occurrence; gives its number.
    fn count(
        &mut self,
        place: &Placement<'_>,
        kind: Kind,
        sender: SenderKind,
        time: Timestamp,
        row: Option<ProofRow<'_>>,
    ) -> usize {
        let at = self.number(place.key(kind, sender, time));
        let occurrence = &mut self.list[at];
        occurrence.record(time);
        if let Some(background) = place.background {
            occurrence.set_against(background);
        }
        if let Some(row) = row.filter(|_| at < MOST_WITH_EVIDENCE) {
            occurrence.prove(row);
        }
        at
    }

    fn number(&mut self, key: OccurrenceKey) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.list.push(Occurrence::new(key));
            self.list.len() - 1
        })
    }

    fn other(&mut self, names: &mut Interner, refusal: &Refusal<'_>) {
        self.rejections += 1;
        self.count_other(
            names,
            (
                refusal.code,
                refusal.enhanced,
                shortened(refusal.sentence()),
            ),
            1,
        );
    }

    fn count_other(
        &mut self,
        names: &mut Interner,
        (code, enhanced, sentence): (u16, Option<Enhanced>, &str),
        count: u64,
    ) {
        let room = self.others.len() < MOST_OTHER_TEXTS;
        let known = |name: &Name| self.others.contains_key(&(code, enhanced, *name));
        let name = match names.known(sentence).filter(|name| room || known(name)) {
            Some(name) => name,
            None if room => names.name(sentence),
            None => names.name(FURTHER_TEXTS),
        };
        *self.others.entry((code, enhanced, name)).or_default() += count;
    }

    /// Adds another part.
    pub(super) fn merge(&mut self, part: Occurrences, translation: &mut Translation<'_>) {
        let mut numbers = Vec::with_capacity(part.list.len());
        for occurrence in part.list {
            let at = self.number(translation.key(&occurrence.key));
            self.list[at].merge(&occurrence, at < MOST_WITH_EVIDENCE);
            numbers.push(at);
        }
        let sets = [
            (&mut self.session_sets, part.session_sets),
            (&mut self.message_sets, part.message_sets),
        ];
        for (sets, more) in sets {
            for (set, count) in more {
                let mut set: Vec<usize> = set.iter().map(|at| numbers[*at]).collect();
                count_sets(sets, &mut set, count);
            }
        }
        let from = translation.from;
        let others: BTreeMap<Other, u64> = part.others.into_iter().collect();
        for ((code, enhanced, name), count) in others {
            self.count_other(translation.names, (code, enhanced, from.text(name)), count);
        }
        self.rejections += part.rejections;
    }

    /// Nothing more comes: the counts go where everybody can see them.
    pub(super) fn settle(self, aggregate: &mut Aggregate) {
        aggregate.occurrences = self.list;
        aggregate.session_sets = self.session_sets;
        aggregate.message_sets = self.message_sets;
        aggregate.rejections = self.rejections;
        let others: BTreeMap<Other, u64> = self.others.into_iter().collect();
        for ((code, enhanced, name), count) in others {
            let key = (code, enhanced, aggregate.names.text(name).into());
            aggregate.other_rejections.insert(key, count);
        }
    }
}

impl Translation<'_> {
    fn key(&mut self, key: &OccurrenceKey) -> OccurrenceKey {
        let mut name = |name: Name| self.names.name(self.from.text(name));
        OccurrenceKey {
            lane: self.lanes[key.lane],
            kind: match key.kind {
                Kind::Reply {
                    code,
                    enhanced,
                    attr,
                    sentence,
                    class,
                } => Kind::Reply {
                    code,
                    enhanced,
                    attr: attr.map(&mut name),
                    sentence: name(sentence),
                    class,
                },
                Kind::TlsFailure => Kind::TlsFailure,
            },
            sender: match key.sender {
                SenderKind::Domain(domain) => SenderKind::Domain(name(domain)),
                other => other,
            },
            tls: TlsState {
                error: key.tls.error.map(&mut name),
                remote_issuer: key.tls.remote_issuer.map(&mut name),
                ..key.tls
            },
            ..*key
        }
    }
}

/// The kind of a refusal that asks for a cause; `None` for any other.
fn kind(names: &mut Interner, refusal: &Refusal<'_>) -> Option<Kind> {
    let class = refusal.class();
    class.is_incident().then(|| Kind::Reply {
        code: refusal.code,
        enhanced: refusal.enhanced,
        attr: refusal.attr.as_deref().map(|attr| names.name(attr)),
        sentence: names.name(shortened(refusal.sentence())),
        class,
    })
}

/// Counts a session's or message's set of occurrences.
fn count_set(sets: &mut Sets, set: &mut Vec<usize>) {
    count_sets(sets, set, 1);
}

fn count_sets(sets: &mut Sets, set: &mut Vec<usize>, count: u64) {
    set.sort_unstable();
    set.dedup();
    if set.is_empty() {
        return;
    }
    match sets.get_mut(set) {
        Some(sum) => *sum += count,
        None => drop(sets.insert(set.clone(), count)),
    }
}

/// A sentence as long as a report can show.
fn shortened(sentence: &str) -> &str {
    const MOST: usize = 300;
    if sentence.len() <= MOST {
        return sentence;
    }
    let end = sentence.char_indices().nth(MOST);
    &sentence[..end.map_or(sentence.len(), |(at, _)| at)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::place::LinePlace;
    use std::borrow::Cow;

    const DENIED: &str = "5.7.64 TenantAttribution; Relay Access Denied [x.prod.outlook.com]";
    const UNKNOWN: &str = "5.1.10 RESOLVER.ADR.RecipientNotFound [x]";

    fn refused<'a>(line: u32, message: u32, sender: &'a str, text: &'a str) -> Refused<'a> {
        Refused {
            time: Timestamp::from_millis(i64::from(line) * 1000),
            verb: None,
            sender: Some(Cow::Borrowed(sender)),
            recipient: None,
            message: Some(message),
            refusal: Refusal::new(550, text.as_bytes()),
            row: ProofRow {
                place: LinePlace { chunk: 0, line },
                line: b"row",
            },
        }
    }

    /// Sessions, each with what it was refused.
    fn sessions() -> Vec<Vec<Refused<'static>>> {
        vec![
            vec![
                refused(7, 0, "a@contoso.com", DENIED),
                refused(8, 0, "a@contoso.com", DENIED),
                refused(9, 1, "b@Fabrikam.com", DENIED),
            ],
            vec![
                refused(3, 0, "", DENIED),
                refused(4, 1, "a@contoso.com", UNKNOWN),
            ],
            vec![refused(5, 0, "c@fabrikam.com", DENIED)],
        ]
    }

    #[derive(Default)]
    struct Part {
        names: Interner,
        domains: Domains,
        occurrences: Occurrences,
    }

    impl Part {
        fn of(sessions: Vec<Vec<Refused<'static>>>) -> Part {
            let mut part = Part::default();
            let place = Placement {
                lane: 0,
                tls: TlsState::default(),
                start_missing: false,
                frontend_missing: false,
                follows_failure: false,
                certificate: None,
                background: None,
            };
            for refusals in sessions {
                let (names, domains) = (&mut part.names, &mut part.domains);
                let refusals = refusals.into_iter();
                part.occurrences
                    .session(names, domains, &place, None, refusals);
            }
            part
        }

        fn add(&mut self, other: Part) {
            let mut translation = Translation {
                names: &mut self.names,
                from: &other.names,
                lanes: &[0],
            };
            self.occurrences.merge(other.occurrences, &mut translation);
        }

        /// All counts, told by names instead of numbers.
        fn told(self) -> Vec<String> {
            let mut aggregate = Aggregate {
                names: self.names,
                ..Aggregate::default()
            };
            self.occurrences.settle(&mut aggregate);
            let sender = |at: &usize| match aggregate.occurrences[*at].key.sender {
                SenderKind::Domain(name) => aggregate.names.text(name).to_owned(),
                other => format!("{other:?}"),
            };
            let set = |(set, count): (&Vec<usize>, &u64)| {
                let mut set: Vec<String> = set.iter().map(sender).collect();
                set.sort();
                format!("{set:?} {count}")
            };
            let mut told: Vec<String> = aggregate.session_sets.iter().map(set).collect();
            told.extend(aggregate.message_sets.iter().map(set));
            for (at, one) in aggregate.occurrences.iter().enumerate() {
                let rows: Vec<u32> = one.evidence.iter().map(|row| row.place.line).collect();
                told.push(format!("{} {} {rows:?}", sender(&at), one.count));
            }
            told.push(format!("{:?}", aggregate.other_rejections));
            told.push(aggregate.rejections.to_string());
            told.sort();
            told
        }
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let whole = Part::of(sessions()).told();
        let expected = [
            "6",
            "contoso.com 2 [7, 8]",
            "fabrikam.com 2 [5, 9]",
            "Null 1 [3]",
            r#"["Null"] 1"#,
            r#"["contoso.com", "fabrikam.com"] 1"#,
            r#"["fabrikam.com"] 2"#,
        ];
        for line in expected {
            assert!(whole.iter().any(|told| told == line), "{line}: {whole:#?}");
        }
        for cut in 0..=3 {
            let mut first = sessions();
            let second = first.split_off(cut);
            let mut forwards = Part::of(first.clone());
            forwards.add(Part::of(second.clone()));
            assert_eq!(forwards.told(), whole, "{cut}");
            let mut backwards = Part::of(second);
            backwards.add(Part::of(first));
            assert_eq!(backwards.told(), whole, "{cut}");
        }
    }

    #[test]
    fn texts_of_other_rejections_are_bounded() {
        let mut part = Part::default();
        for number in 0..2 * MOST_OTHER_TEXTS {
            let text = format!("5.1.10 text {number}");
            let refusal = Refusal::new(550, text.as_bytes());
            part.occurrences.other(&mut part.names, &refusal);
        }
        let mut aggregate = Aggregate {
            names: part.names,
            ..Aggregate::default()
        };
        part.occurrences.settle(&mut aggregate);
        assert_eq!(aggregate.other_rejections.len(), MOST_OTHER_TEXTS + 1);
        let sum: u64 = aggregate.other_rejections.values().sum();
        assert_eq!(sum, 2 * MOST_OTHER_TEXTS as u64);
    }
}
