//! Everything that the input shows of one message and one recipient.
//!
//! In: a [`Message`], and the [`Sources`]. Out: its [`Traces`], and a [`Case`] for each recipient.
//! Must not decide fates.

use std::collections::BTreeMap;

use super::address::Address;
use super::attempt::{Attempt, Outcome, Taker, Tried};
use super::coverage::Coverage;
use super::followed::Message;
use super::queued::{Queued, Waiting};
use super::tracked::{Report, Step, Tracked};
use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::tracking::Event;

/// What is known besides the attempts in send logs.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// How far the input reaches.
    pub coverage: &'a Coverage,
    /// Message tracking logs.
    pub tracked: &'a Tracked,
    /// Exports of queues.
    pub queued: &'a Queued<'a>,
}

/// A message, and what the sources show of it, which is looked up once.
#[derive(Debug, Clone, Copy)]
pub struct Traces<'a> {
    /// The message.
    pub message: &'a Message,
    /// What is known besides.
    pub sources: Sources<'a>,
    /// The rows under its id.
    steps: &'a [Step],
    /// The delivery reports on it.
    reports: &'a [Report],
    /// The queues that hold a message with its id.
    queued: &'a [Waiting<'a>],
}

/// One recipient of one message.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The address as logged; `None` if no row names a recipient.
    pub address: Option<&'a str>,
    /// The envelope sender, empty for the null sender; `None` where unknown.
    pub sender: Option<&'a str>,
    /// Whether a row names the message id, so that other sessions could be searched.
    pub has_id: bool,
    /// Whether the message has no other recipient.
    pub is_alone: bool,
    /// The attempts in send logs, in the order of time.
    pub tries: Vec<Try<'a>>,
    /// The rows of tracking logs about this recipient, in the order of time.
    pub steps: Vec<&'a Step>,
    /// The queues that hold the message.
    pub queued: Vec<Waiting<'a>>,
    /// What is known besides.
    pub sources: Sources<'a>,
    traces: Traces<'a>,
    /// The addresses that stand for this recipient: its own, and those that it was rewritten to.
    names: Vec<Address>,
}

/// An attempt, and what it gave for this recipient.
#[derive(Debug, Clone, Copy)]
pub struct Try<'a> {
    /// The attempt.
    pub attempt: &'a Attempt,
    /// What it gave.
    pub tried: &'a Tried,
}

impl Try<'_> {
    /// The time of the reply.
    pub fn time(&self) -> Timestamp {
        self.tried.time
    }

    /// What it gave.
    pub fn outcome(&self) -> Outcome {
        self.tried.outcome
    }

    /// The command did not come to name a recipient.
    pub fn is_nameless(&self) -> bool {
        self.tried.address.is_none()
    }
}

/// The cases of one message in the making.
struct Cases<'a> {
    traces: Traces<'a>,
    /// The envelope sender.
    sender: Option<&'a str>,
    numbers: BTreeMap<Address, usize>,
    list: Vec<Case<'a>>,
}

impl<'a> Cases<'a> {
    fn of(&mut self, address: &'a str) -> Option<&mut Case<'a>> {
        let key = Address::of(address)?;
        let next = self.list.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            let case = self.new_case(Some(address), vec![key]);
            self.list.push(case);
        }
        self.list.get_mut(number)
    }

    /// Adds an attempt that ended before a recipient was named. It may have been for any of those for whom
    /// there was still something to send; if there is none, for any of a second copy.
    fn add_nameless(&mut self, one: Try<'a>) {
        let order = one.attempt.order();
        let is_open = |case: &Case<'_>| !case.is_settled_before(order);
        let any_open = self.list.iter().any(is_open);
        for case in &mut self.list {
            if is_open(case) || !any_open {
                case.tries.push(one);
            }
        }
    }

    fn new_case(&self, address: Option<&'a str>, names: Vec<Address>) -> Case<'a> {
        let traces = self.traces;
        Case {
            address,
            sender: self.sender,
            has_id: traces.message.id.is_some(),
            is_alone: false,
            tries: Vec::new(),
            steps: Vec::new(),
            queued: traces.queued().copied().collect(),
            sources: traces.sources,
            traces,
            names,
        }
    }
}

impl<'a> Traces<'a> {
    /// What the sources show of a message.
    pub fn of(message: &'a Message, sources: Sources<'a>) -> Traces<'a> {
        let id = message.id.as_ref();
        Traces {
            message,
            sources,
            steps: id.map_or(&[], |id| sources.tracked.steps(id)),
            reports: id.map_or(&[], |id| sources.tracked.reports(id)),
            queued: id.map_or(&[], |id| sources.queued.of_message(id)),
        }
    }

    /// The rows of tracking logs, in the order of time.
    pub fn steps(self) -> impl Iterator<Item = &'a Step> + Clone {
        let steps = self.steps.iter();
        steps.filter(move |step| self.message.may_be_from(step.step.entry.from()))
    }

    /// The queues that hold it.
    fn queued(self) -> impl Iterator<Item = &'a Waiting<'a>> {
        let queued = self.queued.iter();
        queued.filter(move |one| self.message.may_be_from(one.from()))
    }

    /// The times of the first and the last attempt or row.
    pub fn period(self) -> (Timestamp, Timestamp) {
        let tries = self.message.attempts.iter().flat_map(|attempt| {
            let recipients = attempt.recipients.iter().map(|tried| tried.time);
            recipients.chain([attempt.time])
        });
        let steps = self.steps().map(Step::time);
        let queued = self.queued().map(Waiting::time);
        tries.chain(steps).chain(queued).fold(
            (Timestamp::UNKNOWN, Timestamp::UNKNOWN),
            |(first, last), time| (first.earlier(time), last.later(time)),
        )
    }

    /// The envelope sender, as the first input shows it that does.
    pub fn sender(self) -> Option<&'a str> {
        let mut attempts = self.message.attempts.iter();
        let logged = attempts.find_map(|one| one.sender.as_deref());
        let tracked = || self.steps().find_map(|step| step.step.entry.from());
        let queued = || self.queued().find_map(Waiting::from);
        logged.or_else(tracked).or_else(queued)
    }
}

impl<'a> Case<'a> {
    /// The cases of a message, by the order in which the input shows the recipients: send logs, tracking
    /// logs, queues.
    pub fn all(traces: Traces<'a>) -> Vec<Case<'a>> {
        let mut cases = Cases {
            traces,
            sender: traces.sender(),
            numbers: BTreeMap::new(),
            list: Vec::new(),
        };
        let mut nameless = Vec::new();
        for attempt in &traces.message.attempts {
            for tried in &attempt.recipients {
                let one = Try { attempt, tried };
                let case = tried.address.as_deref();
                match case.and_then(|address| cases.of(address)) {
                    Some(case) => case.tries.push(one),
                    None => nameless.push(one),
                }
            }
        }
        // Whoever else was on the way to Exchange Online.
        for step in traces.steps().filter(|step| step.goes_online) {
            step.step
                .recipient
                .as_deref()
                .and_then(|address| cases.of(address).map(drop));
        }
        for one in traces.queued() {
            let recipients = one.message.waiting_recipients();
            for recipient in recipients.into_iter().flatten() {
                cases.of(&recipient.address);
            }
        }
        if cases.list.is_empty() {
            let nobody = cases.new_case(None, Vec::new());
            cases.list.push(nobody);
        }
        let is_alone = cases.list.len() == 1;
        for case in &mut cases.list {
            case.is_alone = is_alone;
            case.add_steps();
        }
        for one in nameless {
            cases.add_nameless(one);
        }
        for case in &mut cases.list {
            case.tries
                .sort_by_key(|one| (one.time(), one.attempt.order()));
        }
        cases.list
    }

    /// The rows about this recipient, and about the addresses that took its place.
    fn add_steps(&mut self) {
        let steps = self.traces.steps();
        let named = |step: &Step, names: &[Address]| {
            let recipient = step.step.recipient.as_deref();
            recipient.is_some_and(|recipient| names.iter().any(|name| name.is(recipient)))
        };
        let originals = self
            .tries
            .iter()
            .filter_map(|one| one.tried.original.as_deref());
        let originals: Vec<Address> = originals.filter_map(Address::of).collect();
        let is_known = |names: &[Address]| steps.clone().any(|step| named(step, names));
        if !is_known(&self.names) && is_known(&originals) {
            self.names.extend(originals);
        }
        for step in steps.clone() {
            let replaces = matches!(
                step.event(),
                Event::Resolve | Event::Redirect | Event::DuplicateRedirect
            );
            let before = step.step.entry.related_recipient();
            if replaces
                && before.is_some_and(|before| self.is_for(before))
                && let Some(now) = step.step.recipient.as_deref().and_then(Address::of)
                && !self.names.contains(&now)
            {
                self.names.push(now);
            }
        }
        let names = std::mem::take(&mut self.names);
        self.steps.extend(steps.filter(|step| named(step, &names)));
        self.names = names;
    }

    /// Whether an address stands for this recipient.
    pub fn is_for(&self, address: &str) -> bool {
        self.names.iter().any(|name| name.is(address))
    }

    /// The row that shows that the recipient was a group.
    pub fn expansion(&self) -> Option<&'a Step> {
        let mut steps = self.traces.steps();
        steps.find(|step| {
            let group = step.step.entry.related_recipient();
            *step.event() == Event::Expand && group.is_some_and(|group| self.is_for(group))
        })
    }

    /// Whether the message is a journal report, as far as tracking logs show. A send log alone does not show
    /// what a message of the null sender is.
    pub fn is_journal_report(&self) -> bool {
        let mut steps = self.traces.steps();
        let is_null = self.sender.is_some_and(str::is_empty);
        is_null && steps.any(|step| step.step.entry.is_journal_report)
    }

    /// The delivery reports on the message.
    pub fn reports(&self) -> &'a [Report] {
        self.traces.reports
    }

    /// When the message entered the organisation, else when it is first seen.
    pub fn entered(&self) -> Timestamp {
        let steps = self.traces.steps();
        let entered = steps.clone().map(|step| step.step.entry.entered);
        let entered = entered.fold(Timestamp::UNKNOWN, Timestamp::earlier);
        if entered.is_known() {
            return entered;
        }
        steps.fold(self.first_time(), |first, step| first.earlier(step.time()))
    }

    /// Whether the message was taken or refused for this recipient before an attempt.
    fn is_settled_before(&self, order: (Timestamp, LinePlace)) -> bool {
        let mut steps = self.steps.iter();
        let is_end = |step: &Step| step.is_taken_outside() || *step.event() == Event::Fail;
        if steps.any(|step| is_end(step) && step.time() < order.0) {
            return true;
        }
        let mut named = self.tries.iter().filter(|one| !one.is_nameless());
        named.any(|one| {
            let is_end = match one.outcome() {
                Outcome::Taken => one.attempt.taker == Taker::Outside,
                outcome => outcome == Outcome::Refused,
            };
            is_end && one.attempt.order() < order
        })
    }

    /// The latest attempt.
    pub fn last(&self) -> Option<Try<'a>> {
        self.tries.last().copied()
    }

    /// The time of the latest attempt, else an unknown one.
    pub fn last_time(&self) -> Timestamp {
        self.last().map_or(Timestamp::UNKNOWN, |last| last.time())
    }

    /// The time of the first attempt, else an unknown one.
    pub fn first_time(&self) -> Timestamp {
        let first = self.tries.first();
        first.map_or(Timestamp::UNKNOWN, |first| first.attempt.time)
    }

    /// The time of the last rejection or deferral on any server; an unknown one, which is before all
    /// others, if there is none.
    pub fn last_failure(&self) -> Timestamp {
        let failures = self.tries.iter().filter(|one| one.outcome().is_failure());
        failures.fold(Timestamp::UNKNOWN, |last, one| last.later(one.time()))
    }

    /// Whether the last reply in the send logs is final (5xx).
    pub fn has_final_reply(&self) -> bool {
        self.last()
            .is_some_and(|last| last.outcome() == Outcome::Refused)
    }

    /// Whether nobody would be told of a failure: the sender is the null sender, or asked for it.
    /// `None` if the sender is not known.
    pub fn is_silent(&self) -> Option<bool> {
        let never = self.tries.iter().any(|one| one.tried.notify_never);
        if never {
            return Some(true);
        }
        self.sender.map(str::is_empty)
    }
}
