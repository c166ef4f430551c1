//! The reply inside the text of a `LastError`, of a `recipient-status` or of a bounce.
//!
//! In: the text, as a queue, a tracking log or a bounce shows it. Out: the innermost reply, who spoke it,
//! and the last endpoint if the text names one.
//! Must not decide a cause, and must not trust the words around a reply: what cannot be read is left as
//! it is.
//! Invariant: the reply is a part of the text. Nothing here panics, and the work grows with the length of
//! the text alone.
//! Source: queues and bounces in public posts; Microsoft's pages on them.

/// Who spoke a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The other server answered.
    Remote,
    /// The server that wrote the text: it decided without an answer.
    OwnServer,
    /// There was no connection, so nobody answered.
    Nobody,
    /// The text does not show it.
    Unknown,
}

/// A reply taken out of the texts around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedReply {
    /// The innermost reply, or the whole text if there is no other in it.
    pub reply: String,
    /// Who spoke it.
    pub speaker: Speaker,
    /// The last endpoint that was tried, such as `192.0.2.36:25`.
    pub endpoint: Option<String>,
    /// The host that the text names (`FQDN`).
    pub host: Option<String>,
    /// Whether the reply is itself the beginning of a wrapper, whose inner reply is missing.
    pub is_wrapper: bool,
}

/// Takes the innermost reply out of a text.
pub fn unwrap(text: &str) -> WrappedReply {
    WrappedReply {
        reply: text.trim().to_owned(),
        speaker: Speaker::Unknown,
        endpoint: None,
        host: None,
        is_wrapper: false,
    }
}
