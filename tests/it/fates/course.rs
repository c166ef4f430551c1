//! The parts of a story: how a message comes in, how it is deferred, and how it ends.
//!
//! In: a message, and its [`Plot`]. Out: what happens to it, also to the [`Outcome`].
//! Must not write rows.

use crate::weeks::model::{HOUR, Millis};

use super::mail::{Mail, NO_CONNECTION, Said, Try, Where};
use super::plots::{Ending, Plot};
use super::send_rows::Stage;
use super::views::Outcome;
use super::world::{EXPIRY, MINUTE, Week};

impl Week {
    /// How a message comes in: as it is, with a rewritten address, or through a group.
    pub(super) fn enter(&mut self, mail: &mut Mail, server: usize) {
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
    pub(super) fn forked(&mut self, mail: &mut Mail, server: usize, recipients: &[usize]) {
        let parent = self.number_of(mail, server);
        mail.internal.clear();
        let at = mail.entered + 40;
        let mut row = self.tracking_row(mail, server, at, "ROUTING", "TRANSFER", recipients);
        row.reference = parent.to_string();
        row.context = "ContentConversion".to_owned();
        self.track(server, "MSGTRK", row);
    }

    /// The first attempt, in which some recipients may be taken or refused. Returns the others.
    pub(super) fn first_part(
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
    pub(super) fn defer_for_a_while(
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
    pub(super) fn deferral(
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

    pub(super) fn deferral_at(
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

    pub(super) fn end_of_story(
        &mut self,
        mail: &mut Mail,
        (server, at): (usize, Millis),
        pending: &[usize],
        plot: Plot,
        outcome: &mut Outcome,
    ) {
        match plot.ending {
            Ending::Taken | Ending::Refused => {
                self.answered(mail, (server, at), pending, plot.ending, outcome);
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
                self.cut_off(mail, server, pending, outcome);
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
            Ending::Redirected => self.redirected(mail, (server, at), pending),
        }
        outcome.ends(self, mail, pending, plot.ending);
    }

    /// The last attempt, which is taken or refused.
    fn answered(
        &mut self,
        mail: &mut Mail,
        (server, at): (usize, Millis),
        pending: &[usize],
        ending: Ending,
        outcome: &mut Outcome,
    ) {
        let said = match ending {
            Ending::Taken => Said::Taken,
            _ => Said::Refused,
        };
        let place = match (said, self.random.below(5)) {
            (Said::Refused, 0) => Where::Mail,
            (Said::Refused, 1) => Where::Data,
            _ => Where::Recipient,
        };
        let one = Try {
            server,
            at,
            place,
            recipients: pending.iter().map(|place| (*place, said)).collect(),
        };
        self.attempt(mail, &one);
        outcome.tried(self, mail, &one);
    }

    /// The last attempt, of which the end is not written yet.
    fn cut_off(
        &mut self,
        mail: &mut Mail,
        server: usize,
        pending: &[usize],
        outcome: &mut Outcome,
    ) {
        let waiting = pending.iter().map(|place| (*place, Said::Deferred));
        let one = Try {
            server,
            at: self.end - 30_000,
            place: Where::Break(Stage::Data),
            recipients: waiting.collect(),
        };
        self.attempt(mail, &one);
        outcome.tried(self, mail, &one);
        let rows = self.send.get_mut(&(server, "Hub"));
        rows.and_then(Vec::pop).expect("a row");
        self.enqueue(mail, server, pending, self.exported);
    }

    /// Recipients have local mailboxes now.
    fn redirected(&mut self, mail: &Mail, (server, at): (usize, Millis), pending: &[usize]) {
        let mut local = mail.clone();
        for place in pending {
            let before = local.recipients[*place].address.clone();
            let now = format!("l{}@contoso.com", before.replace('@', ".at."));
            local.recipients[*place].address = now;
            let mut row =
                self.tracking_row(&mut local, server, at, "ROUTING", "REDIRECT", &[*place]);
            row.related = before;
            self.track(server, "MSGTRK", row);
            self.deliver(&mut local, server, at + 800, *place);
        }
    }

    /// Attempts that end with deferrals, up to a time. Returns that time.
    pub(super) fn try_until(
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
}
