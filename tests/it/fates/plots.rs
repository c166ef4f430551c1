//! The stories of the messages of a week.
//!
//! In: a [`Week`]. Out: all that happens to its mail, with the truth about it.
//! Must not write rows.

use crate::weeks::model::{HOUR, Millis};

use super::mail::{Mail, NO_CONNECTION, Said, Try, Where};
use super::send_rows::Stage;
use super::truth::{Fate, INPUTS};
use super::views::Outcome;
use super::world::{EXPIRY, MINUTE, Version, Week};

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
        for number in 0..22 {
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
    fn begin(&mut self, length: Millis) -> Millis {
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

    /// How a message comes in: as it is, with a rewritten address, or through a group.
    fn enter(&mut self, mail: &mut Mail, server: usize) {
        let mut before = mail.clone();
        let all: Vec<usize> = (0..mail.recipients.len()).collect();
        let kind = self.random.below(5);
        if kind > 1 {
            self.receive(mail, server, None);
            if kind == 2 {
                self.forked(mail, server, &all);
            }
            return;
        }
        let at = mail.entered;
        if kind == 0 {
            let never = self.random.below(2) == 0;
            before.recipients.truncate(1);
            before.recipients[0].address = mail.recipients[0].address.replace('r', "group");
            self.receive_at(&mut before, server, None, at, &[0]);
            mail.internal.clone_from(&before.internal);
            let mut row = self.tracking_row(mail, server, at + 30, "ROUTING", "EXPAND", &all);
            row.related.clone_from(&before.recipients[0].address);
            row.status = vec![
                "250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded"
                    .to_owned();
                all.len()
            ];
            self.track(server, "MSGTRK", row);
            Outcome::is_group(self, &before);
            if never {
                for one in &mut mail.recipients {
                    one.parameters = " NOTIFY=NEVER".to_owned();
                }
            }
            return;
        }
        let named = self.random.below(2) == 0;
        for one in &mut before.recipients {
            one.address = one.address.replace('@', ".old@");
        }
        self.receive_at(&mut before, server, None, at, &all);
        mail.internal.clone_from(&before.internal);
        for place in all {
            let old = &before.recipients[place].address;
            if named {
                mail.recipients[place].parameters = format!(" ORCPT=rfc822;{old}");
            }
            let mut row = self.tracking_row(mail, server, at + 30, "ROUTING", "RESOLVE", &[place]);
            row.related.clone_from(old);
            self.track(server, "MSGTRK", row);
        }
    }

    /// The recipients move to a copy with another number.
    fn forked(&mut self, mail: &mut Mail, server: usize, recipients: &[usize]) {
        let parent = self.number_of(mail, server);
        mail.internal.clear();
        let at = mail.entered + 40;
        let mut row = self.tracking_row(mail, server, at, "ROUTING", "TRANSFER", recipients);
        row.reference = parent.to_string();
        row.context = "ContentConversion".to_owned();
        self.track(server, "MSGTRK", row);
    }

    /// The first attempt, in which some recipients may be taken or refused. Returns the others.
    fn first_part(
        &mut self,
        mail: &mut Mail,
        (server, start): (usize, Millis),
        plot: Plot,
        outcome: &mut Outcome,
    ) -> Option<(Vec<usize>, Millis)> {
        let all: Vec<usize> = (0..mail.recipients.len()).collect();
        if !plot.parts || all.len() < 2 || plot.deferrals == 0 {
            return Some((all, start));
        }
        let (now, later) = all.split_at(1 + self.random.below(all.len() - 1));
        let said: Vec<Said> = now
            .iter()
            .map(|_| [Said::Taken, Said::Refused][self.random.below(2)])
            .collect();
        let waiting = later.iter().map(|place| (*place, Said::Deferred));
        let one = Try {
            server,
            at: start,
            place: Where::Recipient,
            recipients: now
                .iter()
                .copied()
                .zip(said.clone())
                .chain(waiting)
                .collect(),
        };
        let (end, _) = self.attempt(mail, &one);
        outcome.tried(self, mail, &one);
        for (place, said) in now.iter().zip(&said) {
            let ending = match said {
                Said::Taken => Ending::Taken,
                _ => Ending::Refused,
            };
            outcome.ends(self, mail, &[*place], ending);
        }
        Some((later.to_vec(), end + self.retry))
    }

    /// Attempts that end with a deferral, and perhaps a move to another server. Returns where the message
    /// is then, or nothing if that server's logs are missing.
    fn defer_for_a_while(
        &mut self,
        mail: &mut Mail,
        (mut server, mut at): (usize, Millis),
        pending: &[usize],
        plot: Plot,
        outcome: &mut Outcome,
    ) -> (Option<usize>, Millis) {
        let moves = plot.moves.filter(|_| plot.deferrals > 0);
        for number in 0..plot.deferrals {
            at = self.deferral(mail, (server, at), pending, plot.fails_to_connect, outcome);
            let Some(hidden) = moves.filter(|_| number == plot.deferrals / 2) else {
                continue;
            };
            let to = if hidden {
                self.hidden_server()
            } else {
                self.other_server(server)
            };
            at = self.hand_over(mail, (server, to), at, pending);
            outcome.moved(&self.servers[to]);
            if hidden {
                return (None, at);
            }
            server = to;
        }
        (Some(server), at)
    }

    /// An attempt that ends with a deferral. Returns the time of the next one.
    fn deferral(
        &mut self,
        mail: &mut Mail,
        (server, at): (usize, Millis),
        pending: &[usize],
        fails_to_connect: bool,
        outcome: &mut Outcome,
    ) -> Millis {
        let place = if fails_to_connect {
            Where::NoSession
        } else {
            match self.random.below(9) {
                0 => Where::Mail,
                1 => Where::Data,
                2 => Where::Break(
                    [Stage::Mail, Stage::Recipients, Stage::Data][self.random.below(3)],
                ),
                3 => Where::NoSession,
                _ => Where::Recipient,
            }
        };
        self.deferral_at(mail, (server, at), pending, place, outcome)
    }

    fn deferral_at(
        &mut self,
        mail: &mut Mail,
        (server, at): (usize, Millis),
        pending: &[usize],
        place: Where,
        outcome: &mut Outcome,
    ) -> Millis {
        let one = Try {
            server,
            at,
            place,
            recipients: pending
                .iter()
                .map(|place| (*place, Said::Deferred))
                .collect(),
        };
        let (end, text) = self.attempt(mail, &one);
        mail.last_error = text;
        outcome.tried(self, mail, &one);
        if end > mail.entered + 4 * HOUR && !mail.is_delayed && !mail.sender.is_empty() {
            mail.is_delayed = true;
            let id = format!("<{}@contoso.com>", self.guid());
            self.report(mail, server, end + 100, &id, "Delay");
        }
        end + self.retry
    }

    fn end_of_story(
        &mut self,
        mail: &mut Mail,
        (server, at): (usize, Millis),
        pending: &[usize],
        plot: Plot,
        outcome: &mut Outcome,
    ) {
        match plot.ending {
            Ending::Taken | Ending::Refused => {
                let said = if plot.ending == Ending::Taken {
                    Said::Taken
                } else {
                    Said::Refused
                };
                let place = match (said, self.random.below(5)) {
                    (Said::Refused, 0) => Where::Mail,
                    (Said::Refused, 1) => Where::Data,
                    _ => Where::Recipient,
                };
                let recipients = pending.iter().map(|place| (*place, said)).collect();
                let one = Try {
                    server,
                    at,
                    place,
                    recipients,
                };
                self.attempt(mail, &one);
                outcome.tried(self, mail, &one);
            }
            Ending::Expires => {
                let at = self.try_until(
                    mail,
                    (server, at),
                    pending,
                    mail.entered + EXPIRY,
                    plot,
                    outcome,
                );
                let last = if mail.last_error.is_empty() {
                    NO_CONNECTION
                } else {
                    &mail.last_error
                };
                let text = self.expired(server, last);
                self.fail(mail, server, at, pending, ("QUEUE", &text));
            }
            Ending::Waits => {
                self.try_until(mail, (server, at), pending, self.end, plot, outcome);
                self.enqueue(mail, server, pending, self.exported);
            }
            Ending::Cut => {
                self.try_until(
                    mail,
                    (server, at),
                    pending,
                    self.end - self.retry - 20 * MINUTE,
                    plot,
                    outcome,
                );
                let one = Try {
                    server,
                    at: self.end - 30_000,
                    place: Where::Break(Stage::Data),
                    recipients: pending
                        .iter()
                        .map(|place| (*place, Said::Deferred))
                        .collect(),
                };
                self.attempt(mail, &one);
                outcome.tried(self, mail, &one);
                // The row that ends the session is not written yet.
                let role = self.send.get_mut(&(server, "Hub"));
                role.and_then(Vec::pop).expect("a row");
                self.enqueue(mail, server, pending, self.exported);
            }
            Ending::Elsewhere => self.partner_takes(mail, server, at, pending),
            Ending::Removed => {
                let text = "550 4.3.2 QUEUE.DDAdmin; message deleted by administrative action";
                self.fail(mail, server, at, pending, ("ADMIN", text));
            }
            Ending::Dropped => {
                let row = self.tracking_row(mail, server, at, "AGENT", "DROP", pending);
                self.track(server, "MSGTRK", row);
            }
            Ending::Poison => {
                let row =
                    self.tracking_row(mail, server, at, "POISONMESSAGE", "POISONMESSAGE", pending);
                self.track(server, "MSGTRK", row);
            }
            Ending::Redirected => {
                let mut local = mail.clone();
                for place in pending {
                    let address = local.recipients[*place].address.clone();
                    local.recipients[*place].address =
                        format!("l{}", address.replace("@", ".at.")) + "@contoso.com";
                    let mut row =
                        self.tracking_row(&mut local, server, at, "ROUTING", "REDIRECT", &[*place]);
                    row.related = address;
                    self.track(server, "MSGTRK", row);
                    self.deliver(&mut local, server, at + 800, *place);
                }
            }
        }
        outcome.ends(self, mail, pending, plot.ending);
    }

    /// Attempts that end with deferrals, up to a time. Returns that time.
    fn try_until(
        &mut self,
        mail: &mut Mail,
        (server, mut at): (usize, Millis),
        pending: &[usize],
        until: Millis,
        plot: Plot,
        outcome: &mut Outcome,
    ) -> Millis {
        let silent = plot.fails_to_connect;
        while at < until - MINUTE {
            let is_last = at + self.retry + 2 * MINUTE >= until;
            at = if is_last && !silent {
                self.deferral_at(mail, (server, at), pending, Where::Recipient, outcome)
            } else {
                self.deferral(mail, (server, at), pending, silent, outcome)
            };
        }
        until
    }

    /// A program uses one id for two messages, which have nothing else in common.
    fn one_id(&mut self) {
        let server = self.any_server();
        let mut at = self.begin(20 * HOUR);
        let mut first: Option<Mail> = None;
        for said in [Said::Refused, Said::Taken] {
            let mut mail = self.mail(server, at, 1);
            if let Some(first) = &first {
                mail.id.clone_from(&first.id);
                mail.sender = "scanner@contoso.com".to_owned();
                // Without network message ids, recipients tell them apart.
                if self.servers[server].version != Version::E2010 && self.random.below(2) == 0 {
                    mail.recipients.clone_from(&first.recipients);
                }
                mail.size = first.size + 1_000;
            }
            mail.shares_id = true;
            self.receive(&mut mail, server, None);
            let mut outcome = Outcome::new("one id, two messages", &self.servers[server]);
            let one = Try {
                server,
                at: at + 2_000,
                place: Where::Recipient,
                recipients: vec![(0, said)],
            };
            self.attempt(&mut mail, &one);
            outcome.tried(self, &mail, &one);
            let ending = if said == Said::Taken {
                Ending::Taken
            } else {
                Ending::Refused
            };
            outcome.ends(self, &mail, &[0], ending);
            at += 3 * HOUR;
            first = Some(mail);
        }
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

    /// A message that is sent once more after it was taken.
    fn second_copy(&mut self) {
        let server = self.any_server();
        let at = self.begin(40 * HOUR);
        let recipients = 1 + self.random.below(2);
        let mut mail = self.mail(server, at, recipients);
        let all: Vec<usize> = (0..mail.recipients.len()).collect();
        self.receive(&mut mail, server, None);
        let mut outcome = Outcome::new("sent once more", &self.servers[server]);
        let of = |said: Said| all.iter().map(|place| (*place, said)).collect::<Vec<_>>();
        let mut one = Try {
            server,
            at: at + 2_000,
            place: Where::Recipient,
            recipients: of(Said::Taken),
        };
        self.attempt(&mut mail, &one);
        outcome.tried(self, &mail, &one);
        let other = self.other_server(server);
        mail.resubmitted = Some(["SafetyNet", "ShadowRedundancy"][self.random.below(2)]);
        let again = at + (1 + self.random.below(20) as Millis) * HOUR;
        let row = self.tracking_row(&mut mail, other, again, "SAFETYNET", "RESUBMIT", &all);
        self.track(other, "MSGTRK", row);
        one.server = other;
        one.at = again + 3_000;
        outcome.moved(&self.servers[other]);
        let said = [Said::Taken, Said::Refused, Said::Deferred][self.random.below(3)];
        one.recipients = of(said);
        self.attempt(&mut mail, &one);
        outcome.tried(self, &mail, &one);
        if said == Said::Deferred {
            one.at += self.retry;
            one.recipients = of([Said::Taken, Said::Refused][self.random.below(2)]);
            self.attempt(&mut mail, &one);
            outcome.tried(self, &mail, &one);
        }
        outcome.copies = true;
        outcome.ends(self, &mail, &all, Ending::Taken);
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
