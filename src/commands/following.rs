//! Follows messages over all sessions.
//!
//! In: a [`Config`] and a [`Choice`]. Out: each followed [`crate::mail::followed::Message`] with all its attempts, to a
//! [`Follower`].
//! The first pass counts the sessions as `diagnose` does, finds the messages to follow, and keeps their
//! attempts. A message may have been taken before it was rejected, or by a server whose logs were read
//! earlier. Where that may be, a second pass reads the streams again that may hold the attempts.
//! If all messages are listed, the second pass reads everything: only then it is known which were never
//! rejected.
//! Standard input and pipes can be read only once: see [`super::only_pass`].
//! Must not keep sessions. Memory: the followed messages, up to [`crate::mail::followed::MOST_MESSAGES`].

use super::attempts::{Keeps, Part, Pass};
use super::choice::Choice;
use super::config::Config;
use super::counting::{CountOnWorkers, Counting};
use super::first_pass::{FirstPass, Found};
use super::held;
use super::inputs::Inputs;
use super::only_pass::OnlyPass;
use super::outlook::{Follower, Outlook, Take, forget, key_of};
use super::pipeline::{ReadStreams, Reads, analysis_of, read_again, read_sessions};
use super::settling::Settling;
use super::tracked_windows;
use super::tracking::TrackingRead;
use crate::input::lines::LineCounts;
use crate::input::place::PlaceTable;
use crate::mail::attempt::{Attempt, MailDigest};
use crate::mail::followed::Followed;
use crate::session::Session;
use crate::session::sink::Sink;

/// What was read.
pub(crate) struct FollowRead {
    pub(crate) counts: LineCounts,
    pub(crate) cut_tails: u64,
    /// Whether all files could be read to their end.
    pub(crate) whole: bool,
    /// How many attempts were left out, because there are too many messages.
    pub(crate) beyond: u64,
    /// How many messages and recipients were left out, because their sessions have too many.
    pub(crate) beyond_in_sessions: u64,
    /// What was read of message tracking logs.
    pub(super) tracking: TrackingRead,
}

/// Reads all sessions and follows the messages that are chosen.
pub(crate) fn follow<F: Follower>(
    config: &Config,
    inputs: &Inputs,
    choice: &Choice,
    follower: &F,
    take: Take<'_, F>,
) -> FollowRead {
    let is_pipe = inputs.found.corpus.has_pipe();
    let keeps = match (is_pipe, choice.all) {
        (true, _) => Keeps::All,
        (false, true) => Keeps::Nothing,
        (false, false) => Keeps::Followed,
    };
    let on_workers = CountOnWorkers::new(inputs);
    let pass = Pass::new(inputs, choice, keeps).counting(&on_workers);
    let counting = Counting::new(&on_workers);
    let (result, beyond_in_sessions, (beyond, tracking)) = if is_pipe {
        let mut only = OnlyPass::new(&pass, counting);
        let result = read_sessions(config, inputs, &pass, &mut only);
        let (aggregates, left_out) = (only.counting.finish(), only.beyond_in_sessions);
        let (followed, rest) = ((only.followed, only.keys), only.latest.into_rest());
        let streams = ReadStreams {
            aggregates,
            reads: result.streams.clone(),
        };
        let told = analysis_of(config, inputs, streams, |analysis, reading| {
            let outlook = Outlook::new(config, inputs, choice, analysis, reading);
            let settling = Settling::new(&result.places, inputs);
            outlook.only_pass(&settling, followed, rest, follower, take)
        });
        (result, left_out, told)
    } else {
        let mut first = FirstPass::new(&pass, counting);
        let result = read_sessions(config, inputs, &pass, &mut first);
        let (counting, found) = first.finish();
        let left_out = found.beyond_in_sessions;
        let streams = ReadStreams {
            aggregates: counting.finish(),
            reads: result.streams.clone(),
        };
        let told = analysis_of(config, inputs, streams, |analysis, reading| {
            let outlook = Outlook::new(config, inputs, choice, analysis, reading);
            let settling = Settling::new(&result.places, inputs);
            tell(&outlook, choice, &settling, found, follower, take)
        });
        (result, left_out, told)
    };
    let read = result.total(&inputs.found.corpus);
    FollowRead {
        counts: read.counts,
        cut_tails: read.cut_tails,
        whole: result.errors.is_empty() && tracking.whole,
        beyond,
        beyond_in_sessions,
        tracking,
    }
}

/// Tells of all messages, after a second pass where one is needed. Returns how many attempts were left out.
fn tell<F: Follower>(
    outlook: &Outlook<'_>,
    choice: &Choice,
    settling: &Settling<'_>,
    mut found: Found,
    follower: &F,
    take: Take<'_, F>,
) -> (u64, TrackingRead) {
    if outlook.lists_all_tracked() {
        return (0, tracked_windows::tell(outlook, follower, take));
    }
    held::learn(outlook.inputs, &mut found);
    let troubled = outlook.beside_send_logs(&mut found.keys);
    let beyond = found.keys.beyond();
    if found.keys.is_empty() && !choice.all {
        return (beyond, troubled.read);
    }
    if choice.all {
        found.followed = list_all(outlook, choice, settling, &found, follower, take);
    } else {
        for id in &troubled.ids {
            found.look_for(id.key());
        }
        find_missed(outlook, choice, &mut found);
    }
    let keys = std::mem::take(&mut found.keys);
    let mut followed = found.into_followed();
    followed.each_attempt(|attempt| settling.settle(attempt));
    held::add(outlook.inputs, &keys, &mut followed);
    let beyond = beyond + followed.beyond();
    let read = troubled.read;
    forget(outlook.tell(followed, troubled, Vec::new(), follower, take));
    (beyond, read)
}

/// Reads everything again, and tells of the messages that are not followed.
fn list_all<F: Follower>(
    outlook: &Outlook<'_>,
    choice: &Choice,
    settling: &Settling<'_>,
    found: &Found,
    follower: &F,
    take: Take<'_, F>,
) -> Followed {
    let (config, inputs) = (outlook.config, outlook.inputs);
    let pass = Pass::new(inputs, choice, Keeps::All);
    let mut second = Listing {
        pass: &pass,
        outlook,
        found,
        settling,
        followed: Followed::default(),
        follower,
        take,
    };
    // The first pass has warned of what cannot be read.
    read_again(config, inputs, Reads::Everything, &pass, &mut second);
    second.followed
}

/// Reads the streams again in which an attempt of a followed message may have been passed over.
fn find_missed(outlook: &Outlook<'_>, choice: &Choice, found: &mut Found) {
    let (keys, streams) = found.take_missed();
    if keys.is_empty() {
        return;
    }
    let (config, inputs) = (outlook.config, outlook.inputs);
    let pass = Pass::new(inputs, choice, Keeps::Known);
    pass.follow(keys.into_iter());
    let mut second = Missed {
        pass: &pass,
        followed: &mut found.followed,
    };
    read_again(config, inputs, Reads::Streams(&streams), &pass, &mut second);
}

/// Collects the attempts of followed messages, and passes on the others.
struct Listing<'a, F: Follower> {
    pass: &'a Pass<'a>,
    outlook: &'a Outlook<'a>,
    found: &'a Found,
    settling: &'a Settling<'a>,
    followed: Followed,
    follower: &'a F,
    take: Take<'a, F>,
}

impl<F: Follower> Listing<'_, F> {
    fn attempts(&mut self, attempts: Vec<Attempt>) {
        let mut others = Vec::new();
        for attempt in attempts {
            let is_followed = match key_of(&attempt) {
                Some(key) => self.found.keys.contains(key),
                None => attempt.has_failure(),
            };
            if is_followed {
                self.followed.add(attempt);
            } else {
                others.push(attempt);
            }
        }
        others
            .iter_mut()
            .for_each(|attempt| self.settling.settle(attempt));
        let mut told = F::Told::default();
        self.outlook.tell_others(others, self.follower, &mut told);
        (self.take)(told);
    }
}

impl<F: Follower> Sink<MailDigest, Part> for Listing<'_, F> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, _places: &PlaceTable) {
        let mut part = Part::default();
        self.pass.session(stream, &session, &mut part);
        self.attempts(part.attempts);
    }

    fn finished(&mut self, _stream: usize, part: &mut Part, _places: &PlaceTable) {
        // All at once, when the turn of the first comes.
        let attempts = std::mem::take(&mut part.attempts);
        self.attempts(attempts);
    }
}

/// Collects the attempts of messages that the first pass has missed.
struct Missed<'a> {
    pass: &'a Pass<'a>,
    followed: &'a mut Followed,
}

impl Missed<'_> {
    fn add(&mut self, part: &mut Part) {
        let attempts = std::mem::take(&mut part.attempts).into_iter();
        attempts.for_each(|attempt| self.followed.add(attempt));
    }
}

impl Sink<MailDigest, Part> for Missed<'_> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, _places: &PlaceTable) {
        let mut part = Part::default();
        self.pass.session(stream, &session, &mut part);
        self.add(&mut part);
    }

    fn finished(&mut self, _stream: usize, part: &mut Part, _places: &PlaceTable) {
        self.add(part);
    }
}
