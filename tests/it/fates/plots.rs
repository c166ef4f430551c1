//! The stories of the messages of a week.
//!
//! In: a [`Week`]. Out: all that happens to its mail, with the truth about it.
//! Must not write rows.

use crate::weeks::model::{HOUR, Millis};

use super::mail::{Said, Try, Where};
use super::truth::{Fate, INPUTS};
use super::views::Outcome;
use super::world::{EXPIRY, MINUTE, Week};

/// How the story of a message ends, for those recipients that were deferred so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    Taken,
    Refused,
    Expires,
    Waits,
    /// An administrator removes it.
    Removed,
    /// An agent drops it.
    Dropped,
    Poison,
    /// To a local mailbox.
    Redirected,
    /// The log ends within the last attempt.
    Cut,
    /// A server of another company takes it.
    Elsewhere,
}

/// All endings.
pub(super) const ENDINGS: [Ending; 10] = [
    Ending::Taken,
    Ending::Refused,
    Ending::Expires,
    Ending::Waits,
    Ending::Removed,
    Ending::Dropped,
    Ending::Poison,
    Ending::Redirected,
    Ending::Cut,
    Ending::Elsewhere,
];

/// What a story is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) ending: Ending,
    /// How often it is deferred before.
    pub(super) deferrals: usize,
    /// How many recipients there are.
    pub(super) recipients: usize,
    /// Whether some of them are taken or refused at once.
    pub(super) parts: bool,
    /// Whether it goes to another server in between, and whether that one's logs are missing.
    pub(super) moves: Option<bool>,
    /// Whether the connection fails from some attempt on, so that no session shows the message.
    pub(super) fails_to_connect: bool,
}

impl Plot {
    fn name(self) -> &'static str {
        match (self.ending, self.moves) {
            (_, Some(true)) => "handed to a server without logs",
            (Ending::Taken, None) if self.deferrals == 0 => "taken at once",
            (Ending::Taken, None) => "deferred, then taken",
            (Ending::Taken, Some(false)) => "taken by another server",
            (Ending::Refused, None) => "refused",
            (Ending::Refused, Some(false)) => "refused by way of another server",
            (Ending::Expires, None) => "expired",
            (Ending::Expires, Some(false)) => "expired on another server",
            (Ending::Waits, None) => "waiting",
            (Ending::Waits, Some(false)) => "waiting on another server",
            (Ending::Removed, _) => "removed",
            (Ending::Dropped, _) => "dropped",
            (Ending::Poison, _) => "poison",
            (Ending::Redirected, _) => "redirected",
            (Ending::Elsewhere, _) => "taken by another company",
            (Ending::Cut, _) => "cut at the end of the log",
        }
    }
}

impl Week {
    /// Plays the stories of a week.
    pub(super) fn play(&mut self) {
        self.fill();
        for number in 0..19 {
            let ending = ENDINGS[number % ENDINGS.len()];
            // Few messages are tried for two days.
            if number >= ENDINGS.len() && ending == Ending::Expires {
                self.second_copy();
                continue;
            }
            let plot = Plot {
                ending,
                deferrals: match ending {
                    Ending::Taken | Ending::Refused => self.random.below(4),
                    _ => 1 + self.random.below(4),
                },
                recipients: 1 + self.random.below(3),
                parts: self.random.below(3) == 0,
                moves: match self.random.below(6) {
                    0 => Some(true),
                    1 | 2 => Some(false),
                    _ => None,
                },
                fails_to_connect: self.random.below(4) == 0,
            };
            let usual = self.retry;
            if ending == Ending::Expires {
                // Two days hold so many attempts.
                self.retry = HOUR;
            }
            self.tell(plot);
            self.retry = usual;
        }
        self.second_copy();
        self.one_id();
        let server = self.any_server();
        self.fails_without_a_name(server, 9 * HOUR);
        self.lose_a_part();
    }

    /// Mail that goes well, on all servers up to the end.
    fn fill(&mut self) {
        for server in 0..self.servers.len() {
            let mut at = HOUR;
            while at < self.end - 10 * MINUTE {
                self.taken_at_once(server, at);
                at += (8 + self.random.below(17) as Millis) * HOUR;
            }
            self.taken_at_once(server, self.end - 5_000);
        }
    }

    fn taken_at_once(&mut self, server: usize, at: Millis) {
        let mut mail = self.mail(server, at, 1);
        self.receive(&mut mail, server, None);
        let mut outcome = Outcome::new("taken at once", &self.servers[server]);
        let one = Try {
            server,
            at: at + 2_000,
            place: Where::Recipient,
            recipients: vec![(0, Said::Taken)],
        };
        self.attempt(&mut mail, &one);
        outcome.tried(self, &mail, &one);
        outcome.ends(self, &mail, &[0], Ending::Taken);
        if at > self.end - 12 * HOUR && self.random.below(2) == 0 {
            self.shadow(&mut mail, server);
        }
    }

    /// When a story begins that takes so long.
    pub(super) fn begin(&mut self, length: Millis) -> Millis {
        let room = usize::try_from(self.end.saturating_sub(length + 2 * HOUR) / 1_000);
        2 * HOUR + self.random.below(room.expect("some days")) as Millis * 1_000
    }

    /// A message that is deferred some times, with one of the endings.
    fn tell(&mut self, plot: Plot) {
        let mut server = self.any_server();
        let retries = self.retry * (plot.deferrals as Millis + 2);
        let at = match plot.ending {
            Ending::Waits | Ending::Cut => {
                self.end - 6 * HOUR - self.random.below(12) as Millis * HOUR
            }
            Ending::Expires => self.begin(EXPIRY + 4 * HOUR),
            _ => self.begin(retries + 5 * HOUR),
        };
        let mut mail = self.mail(server, at, plot.recipients);
        if self.random.below(7) == 0 {
            mail.sender = String::new();
        } else if self.random.below(6) == 0 {
            mail.report_is_lost = true;
        }
        let mut outcome = Outcome::new(plot.name(), &self.servers[server]);
        self.enter(&mut mail, server);
        let mut start = mail.entered + 2_000;
        if self.random.below(5) == 0 {
            // The server where it comes in does not send it to the outside.
            let all: Vec<usize> = (0..mail.recipients.len()).collect();
            let to = self.other_server(server);
            start = self.hand_over(&mut mail, (server, to), start, &all);
            outcome = Outcome::new(plot.name(), &self.servers[to]);
            outcome.came_by(&self.servers[server]);
            server = to;
        }
        let pending = self.first_part(&mut mail, (server, start), plot, &mut outcome);
        let Some((pending, at)) = pending else { return };
        let (server, at) =
            self.defer_for_a_while(&mut mail, (server, at), &pending, plot, &mut outcome);
        let Some(server) = server else {
            outcome.is_handed_on(self, &mail, &pending);
            return;
        };
        let retried = matches!(plot.ending, Ending::Taken | Ending::Refused) && plot.deferrals > 0;
        if retried && self.random.below(4) == 0 {
            // Somebody exported the queues before it was over.
            self.enqueue(&mut mail, server, &pending, at - 4 * MINUTE);
        }
        self.end_of_story(&mut mail, (server, at), &pending, plot, &mut outcome);
    }

    /// A part of a log is missing, so that less is shown.
    fn lose_a_part(&mut self) {
        let Some(gap) = self.gap else { return };
        for truth in &mut self.truths {
            for (view, input) in truth.views.iter_mut().zip(INPUTS) {
                if input.has(gap.prefix) {
                    *view = view.with_a_gap(truth.fate, truth.copies);
                    truth.failed[input as usize] = false;
                    truth.told = false;
                }
            }
        }
    }
}

impl Ending {
    /// What became of a recipient, if a sender is told or not.
    pub(super) fn fate(self, is_silent: bool) -> Fate {
        match self {
            Ending::Taken | Ending::Redirected | Ending::Elsewhere => Fate::Delivered,
            Ending::Refused | Ending::Expires if is_silent => Fate::Lost,
            Ending::Refused | Ending::Expires => Fate::Bounced,
            Ending::Waits | Ending::Cut => Fate::Waiting,
            Ending::Removed | Ending::Dropped => Fate::Lost,
            Ending::Poison => Fate::Held,
        }
    }
}
