//! Stories of one id: a second copy of a message, and two messages with the same id.
//!
//! In: a [`Week`]. Out: what happens to its mail.
//! Must not write rows.

use crate::weeks::model::{HOUR, Millis};

use super::mail::{Mail, Said, Try, Where};
use super::plots::Ending;
use super::views::Outcome;
use super::world::{Version, Week};

impl Week {
    /// A program uses one id for two messages, which have nothing else in common.
    pub(super) fn one_id(&mut self) {
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

    /// A message that is sent once more after it was taken.
    pub(super) fn second_copy(&mut self) {
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
