//! A mail transaction of a session, as the others see it.
//!
//! In: nothing. Out: plain types, which [`super::transactions`] fills.
//! Must not own texts: they are borrowed from the session.

use std::borrow::Cow;

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;

/// One MAIL and what followed it.
#[derive(Debug, Clone)]
pub struct Transaction<'a> {
    /// The message id as logged; `None` where no row names it, as in Exchange 2010.
    pub id: Option<Cow<'a, str>>,
    /// The number of the message on this server.
    pub record: Option<u64>,
    /// The envelope sender, empty for the null sender; `None` where unknown.
    pub sender: Option<Cow<'a, str>>,
    /// `SIZE=` of MAIL.
    pub size: Option<u64>,
    /// When it began.
    pub time: Timestamp,
    /// Its first row.
    pub place: LinePlace,
    /// The recipients, in order. MAIL may be rejected before any is named.
    pub recipients: Vec<Receiver<'a>>,
    /// The other side took the message over, for those whom it had accepted.
    pub taken: bool,
    /// The rejection of the message as a whole.
    pub rejected: Option<Answer<'a>>,
}

/// A recipient of a transaction.
#[derive(Debug, Clone)]
pub struct Receiver<'a> {
    /// The address; `None` where it could not be read.
    pub address: Option<Cow<'a, str>>,
    /// The address before it was rewritten (`ORCPT=rfc822;…`).
    pub original: Option<Cow<'a, str>>,
    /// `NOTIFY=NEVER`: nobody is told if it fails.
    pub notify_never: bool,
    /// The other side said yes to RCPT.
    pub accepted: bool,
    /// The reply that decided: to RCPT, or to the message.
    pub answer: Option<Answer<'a>>,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The code.
    pub code: u16,
    /// What follows the code.
    pub text: Cow<'a, str>,
    /// When.
    pub time: Timestamp,
    /// Its row.
    pub place: LinePlace,
}
