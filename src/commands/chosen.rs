//! What is counted and kept of one session, as the options ask.
//!
//! In: a session, and what the options choose. Out: its share of an [`Aggregate`] and of a [`StreamMail`].
//! Must not know how sessions are read.

use super::limits::Limits;
use crate::aggregate::{Aggregate, LeftOut};
use crate::digest_file::{HeldAttempt, StreamMail};
use crate::mail::attempt::{self, Attempt, MailDigest};
use crate::session::Session;
use crate::smtp::digest::SmtpDigest;
use crate::smtp::facts::ProxyPart;
use crate::smtp::peer::Peer;
use crate::smtp::watch::Watch;

/// Counts a session, as the limits ask.
pub(crate) fn count<W: Watch>(
    limits: &Limits,
    stream: usize,
    session: &Session<SmtpDigest<W>>,
    into: &mut Aggregate,
) {
    // A front end's session belongs to its hub's, whose name and time decide.
    let front_end = matches!(session.digest.proxy(), ProxyPart::FrontEnd { .. });
    if front_end || limits.hold(&session.frame) {
        return into.add(stream, session);
    }
    // What was offered before the period explains what is rejected in it.
    let earlier =
        limits.hold_connector(&session.frame.connector) && limits.begin_after(&session.frame);
    let why = if earlier {
        LeftOut::Earlier
    } else {
        LeftOut::NotAskedFor
    };
    into.leave_out(stream, session, why);
}

/// Keeps the attempts of a session.
pub(super) fn keep(
    limits: &Limits,
    stream: usize,
    session: &Session<MailDigest>,
    mail: &mut StreamMail,
) {
    if !attempt::has_own_mail(session) {
        return;
    }
    let is_chosen = limits.hold(&session.frame);
    let transactions = session.digest.watch();
    let left_out = match session.digest.view(&session.frame).peer {
        Peer::Other => &mut mail.left_out_elsewhere,
        _ => &mut mail.left_out,
    };
    if is_chosen {
        *left_out += transactions.left_out();
    }
    let attempts = transactions.ids().map(|(number, _)| {
        let attempt = Attempt::of(stream, session, number);
        HeldAttempt::of(attempt, is_chosen)
    });
    mail.attempts.extend(attempts);
}
