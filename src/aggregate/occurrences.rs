//! Rejections and TLS failures by kind, of a part of the input or of everything.
//!
//! In: what each session was refused. Out: [`Occurrence`]s, and the sets of them that sessions and
//! messages have.
//! Must not depend on the order of sessions, except that numbers are given by first sight.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::smtp::evidence::ProofRow;
use crate::smtp::peer::Peer;
use crate::smtp::rejections::Rejection;
use crate::smtp::reply::{Class, Enhanced, RejectionReply};

use super::buckets::Buckets;
use super::domains::Domains;
use super::flow::StreamConnector;
use super::intern::{Interner, Name};
use super::limits::Limits;
use super::occurrence::{Kind, Occurrence, OccurrenceKey, Placement, SenderKind};
use super::other::{OtherRejections, shortened};
use super::reply_codes::ReplyCodes;
use super::sets::Sets;
use super::totals::Totals;

/// An occurrence whose sessions have not been compared with others yet.
#[derive(Debug, Clone)]
pub(super) struct Unresolved {
    pub(super) occurrence: Occurrence,
    /// Where its sessions may retry a failed negotiation: when they began, as a bucket. Where they
    /// were dropped or not connected: when they ended, as a stretch of time.
    pub(super) moment: Option<i64>,
}

impl Unresolved {
    /// Brings its moment to the length that is in use for this stream and send connector.
    pub(super) fn coarsen(
        &mut self,
        sender: StreamConnector,
        retries: &BTreeMap<StreamConnector, Buckets<()>>,
        drops: &BTreeMap<StreamConnector, Buckets<()>>,
    ) {
        let buckets = match self.occurrence.key.kind {
            Kind::Dropped(_) | Kind::NotConnected => drops,
            _ => retries,
        };
        if let (Some(start), Some(buckets)) = (&mut self.moment, buckets.get(&sender)) {
            *start = buckets.start(*start);
        }
    }

    fn key(&self) -> (OccurrenceKey, Option<i64>) {
        (self.occurrence.key, self.moment)
    }
}

/// Rejections and TLS failures counted by kind.
#[derive(Debug, Clone)]
pub(super) struct Occurrences {
    limits: &'static Limits,
    list: Vec<Unresolved>,
    numbers: FxHashMap<(OccurrenceKey, Option<i64>), usize>,
    /// How many of them keep rows.
    with_rows: usize,
    /// The domains of their senders.
    senders: FxHashSet<Name>,
    session_sets: Sets,
    message_sets: Sets,
    others: OtherRejections,
    rejections: u64,
    /// Room for the occurrences of one session, and of its messages.
    in_session: Vec<usize>,
    by_message: Vec<(u32, usize)>,
}

impl Occurrences {
    /// No rejections yet.
    pub(super) fn new(limits: &'static Limits) -> Occurrences {
        Occurrences {
            limits,
            list: Vec::new(),
            numbers: FxHashMap::default(),
            with_rows: 0,
            senders: FxHashSet::default(),
            session_sets: Sets::default(),
            message_sets: Sets::default(),
            others: OtherRejections::default(),
            rejections: 0,
            in_session: Vec::new(),
            by_message: Vec::new(),
        }
    }

    /// Counts what a session with Exchange Online was refused, and its failure without a reply.
    pub(super) fn session<'r>(
        &mut self,
        names: &mut Interner,
        domains: &mut Domains,
        place: &Placement<'_>,
        failure: Option<(Kind, Timestamp, Option<ProofRow<'_>>)>,
        rejections: impl Iterator<Item = Rejection<'r>>,
        others: &mut ReplyCodes,
    ) {
        self.in_session.clear();
        self.by_message.clear();
        if let Some((kind, time, row)) = failure {
            let at = self.count(place, kind, SenderKind::Unknown, time, row);
            self.in_session.push(at);
        }
        for rejection in rejections {
            let Some(kind) = kind(names, &rejection.reply, place.peer) else {
                let reply = &rejection.reply;
                others.add(reply.code, reply.enhanced, 1);
                self.other(reply);
                continue;
            };
            self.rejections += 1;
            let sender = match rejection.sender.as_deref() {
                None => SenderKind::Unknown,
                Some("") => SenderKind::Null,
                Some(sender) => SenderKind::Domain(domains.of_sender(names, sender)),
            };
            let at = self.count(place, kind, sender, rejection.time, Some(rejection.row));
            self.in_session.push(at);
            if let Some(sender) = rejection.sender.as_deref() {
                self.list[at].occurrence.senders.add(sender);
            }
            if let Some(message) = rejection.message {
                self.by_message.push((message, at));
            }
        }
        self.session_sets.count(&mut self.in_session, 1);
        self.by_message.sort_unstable();
        for message in self.by_message.chunk_by(|one, other| one.0 == other.0) {
            self.in_session.clear();
            self.in_session.extend(message.iter().map(|(_, at)| *at));
            self.message_sets.count(&mut self.in_session, 1);
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
        let key = (place.key(kind, sender, time), place.moment);
        let at = *self.numbers.entry(key).or_insert_with(|| {
            if let SenderKind::Domain(domain) = sender {
                self.senders.insert(domain);
            }
            self.list.push(Unresolved {
                occurrence: Occurrence::new(key.0),
                moment: key.1,
            });
            self.list.len() - 1
        });
        let occurrence = &mut self.list[at].occurrence;
        let had_rows = occurrence.has_rows();
        occurrence.record(time);
        if let Some(background) = place.background {
            occurrence.set_against(background);
        }
        if let Some(row) = row {
            occurrence.prove(row);
        }
        self.with_rows += usize::from(occurrence.has_rows() && !had_rows);
        at
    }

    fn other(&mut self, reply: &RejectionReply<'_>) {
        self.rejections += 1;
        self.others.count(reply, self.limits.other_texts);
    }

    /// Adds another part, each of its occurrences as `change` leaves it.
    pub(super) fn merge(&mut self, part: Occurrences, mut change: impl FnMut(&mut Unresolved)) {
        let mut numbers = Vec::with_capacity(part.list.len());
        for mut one in part.list {
            change(&mut one);
            numbers.push(self.put(one));
        }
        self.session_sets.merge(part.session_sets, &numbers);
        self.message_sets.merge(part.message_sets, &numbers);
        self.others.merge(part.others, self.limits.other_texts);
        self.rejections += part.rejections;
    }

    fn put(&mut self, one: Unresolved) -> usize {
        let has_rows = one.occurrence.has_rows();
        match self.numbers.entry(one.key()) {
            Entry::Occupied(known) => {
                let at = *known.get();
                let known = &mut self.list[at].occurrence;
                self.with_rows += usize::from(has_rows && !known.has_rows());
                known.merge(&one.occurrence);
                at
            }
            Entry::Vacant(room) => {
                let at = *room.insert(self.list.len());
                self.with_rows += usize::from(has_rows);
                if let SenderKind::Domain(domain) = one.occurrence.key.sender {
                    self.senders.insert(domain);
                }
                self.list.push(one);
                at
            }
        }
    }

    /// Shows the place of each row that is kept as proof, to be changed.
    pub(super) fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        let all = self.list.iter_mut();
        all.for_each(|one| one.occurrence.each_place(change));
    }

    /// All of them, by number.
    pub(super) fn list(&self) -> &[Unresolved] {
        &self.list
    }

    /// Adds one that was counted elsewhere. Returns whether no other one has its key.
    pub(super) fn restore(&mut self, one: Unresolved) -> bool {
        let number = self.list.len();
        self.put(one) == number
    }

    /// All 4xx and 5xx replies.
    pub(super) fn rejections(&self) -> u64 {
        self.rejections
    }

    /// Sets the number of all 4xx and 5xx replies.
    pub(super) fn restore_rejections(&mut self, rejections: u64) {
        self.rejections = rejections;
    }

    /// The sets that sessions and messages have.
    pub(super) fn sets(&self) -> [&Sets; 2] {
        [&self.session_sets, &self.message_sets]
    }

    /// The same, to be filled.
    pub(super) fn sets_mut(&mut self) -> [&mut Sets; 2] {
        [&mut self.session_sets, &mut self.message_sets]
    }

    /// The rejections that ask for no cause.
    pub(super) fn others(&self) -> &OtherRejections {
        &self.others
    }

    /// The same, to be filled.
    pub(super) fn others_mut(&mut self) -> &mut OtherRejections {
        &mut self.others
    }

    /// Changes all of them.
    pub(super) fn change(&mut self, change: impl FnMut(&mut Unresolved)) {
        let all = std::mem::replace(self, Occurrences::new(self.limits));
        self.merge(all, change);
    }

    /// True where many more keep rows than should.
    pub(super) fn has_many_rows(&self) -> bool {
        self.with_rows > 2 * self.limits.with_rows
    }

    /// True where there are many more sender domains than should be told apart.
    pub(super) fn has_many_senders(&self) -> bool {
        self.senders.len() > 2 * self.limits.senders
    }

    /// Tells only the smallest sender domains apart. What is not among the smallest ones here is not
    /// among the smallest ones of any whole that this is a part of.
    ///
    /// The numbers of names must follow the content.
    pub(super) fn limit_senders(&mut self) {
        let most = self.limits.senders;
        if self.senders.len() <= most {
            return;
        }
        let mut names: Vec<Name> = self.senders.drain().collect();
        let (_, first_beyond, _) = names.select_nth_unstable(most);
        let first_beyond = *first_beyond;
        self.change(|one| {
            let occurrence = &mut one.occurrence;
            if matches!(occurrence.key.sender, SenderKind::Domain(name) if name >= first_beyond) {
                occurrence.key.sender = SenderKind::Many;
                // Which rows are left depends on the parts in which they came.
                occurrence.drop_rows();
            }
        });
    }

    /// Leaves only the smallest ones their rows. What is not among the smallest ones here is not
    /// among the smallest ones of any whole that this is a part of.
    ///
    /// The numbers in their keys must follow the content.
    pub(super) fn limit_rows(&mut self) {
        let most = self.limits.with_rows;
        if self.with_rows <= most {
            return;
        }
        let list = &mut self.list;
        let mut order: Vec<usize> = (0..list.len())
            .filter(|at| list[*at].occurrence.has_rows())
            .collect();
        order.select_nth_unstable_by_key(most, |at| list[*at].key());
        for at in &order[most..] {
            list[*at].occurrence.drop_rows();
        }
        self.with_rows = most;
    }

    /// Sorts them by key, so that their numbers follow the content as the numbers in their keys do.
    pub(super) fn sort(&mut self) {
        let all = std::mem::replace(self, Occurrences::new(self.limits));
        let mut list: Vec<(usize, Unresolved)> = all.list.into_iter().enumerate().collect();
        list.sort_by_key(|(_, one)| one.key());
        let mut numbers = vec![0; list.len()];
        for (at, one) in list {
            numbers[at] = self.put(one);
        }
        self.session_sets.merge(all.session_sets, &numbers);
        self.message_sets.merge(all.message_sets, &numbers);
        self.others = all.others;
        self.rejections = all.rejections;
    }

    /// Nothing more comes: the counts go where everybody can see them, sorted by key.
    pub(super) fn finish(mut self, totals: &mut Totals) {
        self.sort();
        let list = self.list.into_iter();
        totals.occurrences = list.map(|one| one.occurrence).collect();
        totals.session_sets = self.session_sets.finish();
        totals.message_sets = self.message_sets.finish();
        totals.other_rejections = self.others.finish();
        totals.rejections = self.rejections;
    }
}

/// The kind of a rejection that asks for a cause; `None` for any other.
fn kind(names: &mut Interner, reply: &RejectionReply<'_>, peer: Peer) -> Option<Kind> {
    let mut class = reply.class();
    // A host for users and devices has many words for "this is not for you": all of its refusals
    // for reasons of security.
    let is_security = reply
        .enhanced
        .is_some_and(|Enhanced(_, subject, _)| subject == 7);
    if class == Class::Other && peer == Peer::Submission && is_security {
        class = Class::WrongEndpoint;
    }
    class.is_incident().then(|| Kind::Reply {
        code: reply.code,
        enhanced: reply.enhanced,
        attr: reply.attr.as_deref().map(|attr| names.name(attr)),
        sentence: names.name(shortened(reply.sentence())),
        class,
    })
}
