//! Standard input as a log file.
//!
//! In: a reader. Out: one more stream of the corpus, and the reader for its bytes.
//! Must not read the whole input, but for UTF-16, which has to be decoded first.

use std::io::{self, Read};

use super::bytes::Source;
use super::corpus::{LogFile, Stream};
use super::discover::{Found, InputError};
use super::skip::{SkipReason, Skipped};
use super::sniff::{self, FileKind};

/// What is left to read of standard input.
pub type PipeReader = Option<Box<dyn Read>>;

/// Standard input, recognised by its content like any file. It becomes a stream of its own, before
/// all folders; the reader given back begins with the bytes that were looked at.
pub fn add_pipe(found: &mut Found, mut pipe: Box<dyn Read>) -> PipeReader {
    let name = "-".to_owned();
    let mut head = Vec::new();
    let limit = sniff::HEAD_BYTES as u64;
    if let Err(source) = pipe.by_ref().take(limit).read_to_end(&mut head) {
        found
            .errors
            .push(InputError::Unreadable { path: name, source });
        return None;
    }
    let encoding = sniff::utf16(&head);
    let kind = sniff::recognise(&head, encoding);
    if let Some(reason) = unusable(&kind) {
        found.skipped.push(Skipped { file: name, reason });
        return None;
    }
    let mut decoded_from = 0;
    let layout = sniff::layout(&head, encoding);
    let (source, rest): (Source, PipeReader) = match encoding {
        None => (
            Source::Pipe,
            Some(Box::new(io::Cursor::new(head).chain(pipe))),
        ),
        Some(encoding) => {
            if let Err(source) = pipe.read_to_end(&mut head) {
                found
                    .errors
                    .push(InputError::Unreadable { path: name, source });
                return None;
            }
            decoded_from = head.len() as u64;
            (
                Source::Owned(encoding.decode(&head).0.into_owned().into_bytes()),
                None,
            )
        }
    };
    for file in &mut found.corpus.files {
        file.stream += 1;
    }
    found.corpus.streams.insert(
        0,
        Stream {
            name: name.clone(),
            server: None,
        },
    );
    let headerless = kind == FileKind::HeaderlessSendLog;
    let file = LogFile {
        name,
        stream: 0,
        source,
        layout,
        headerless,
        utf16: encoding.map(|_| decoded_from),
    };
    found.corpus.files.insert(0, file);
    rest
}

/// Why standard input cannot be used; `None` for a send log.
fn unusable(kind: &FileKind) -> Option<SkipReason> {
    match kind {
        FileKind::SendLog | FileKind::HeaderlessSendLog => None,
        FileKind::OtherLog(log_type) => Some(SkipReason::of_log(log_type.clone())),
        FileKind::Empty => Some(SkipReason::Empty),
        FileKind::Archive(form) => Some(SkipReason::Archive(form)),
        FileKind::Binary | FileKind::Text => Some(SkipReason::NotASendLog),
    }
}
