//! A pipe as a log file: standard input, or a named pipe.
//!
//! In: a reader. Out: one more stream of the corpus, or one more tracking log.
//! Must not read the whole input, but for what has to be cleaned first.

use std::io::{self, Read};

use super::bytes::Source;
use super::corpus::{LogFile, Stream};
use super::discover::{Found, LogBytes, tracking_file};
use super::error::InputError;
use super::packed::Step;
use super::pasted;
use super::skip::{SkipReason, Skipped};
use super::sniff::{self, FileKind, Recognised};

/// Adds a pipe, recognised by its content like any file. It becomes a stream of its own, before all
/// folders. `name` is what reports call it.
pub fn add_pipe(found: &mut Found, name: &str, mut pipe: Box<dyn Read + Send>) {
    let name = name.to_owned();
    let mut head = Vec::new();
    let limit = sniff::HEAD_BYTES as u64;
    if let Err(source) = pipe.by_ref().take(limit).read_to_end(&mut head) {
        let error = InputError::Unreadable { path: name, source };
        return found.errors.push(error);
    }
    let encoding = sniff::utf16(&head);
    let recognised = sniff::recognise(&head, encoding);
    if let Some(reason) = unusable(&recognised.kind) {
        return found.skipped.push(Skipped { file: name, reason });
    }
    let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(head).chain(pipe));
    let decoded = match encoding {
        Some(encoding) => Step::Utf16(encoding).undo(whole),
        None => Ok(whole),
    };
    let bytes = decoded.and_then(|reader| bytes(reader, recognised.pasted));
    match bytes {
        Ok(bytes) => add(found, name, bytes, recognised, encoding.is_some()),
        Err(source) => found
            .errors
            .push(InputError::Unreadable { path: name, source }),
    }
}

/// A log is read as it comes. What must be cleaned is read as a whole, except if it is too large to have
/// been copied.
fn bytes(mut reader: Box<dyn Read + Send>, is_pasted: bool) -> io::Result<LogBytes> {
    let mut beginning = Vec::new();
    if is_pasted {
        let most = pasted::MOST_BYTES + 1;
        reader.by_ref().take(most).read_to_end(&mut beginning)?;
    }
    let is_whole = is_pasted && beginning.len() as u64 <= pasted::MOST_BYTES;
    let source = if is_whole {
        Source::Held(beginning)
    } else {
        Source::pipe(Box::new(io::Cursor::new(beginning).chain(reader)))
    };
    LogBytes::new(source, None, is_whole)
}

fn add(found: &mut Found, name: String, bytes: LogBytes, recognised: Recognised, is_utf16: bool) {
    if let FileKind::TrackingLog(head) = recognised.kind {
        let file = tracking_file(name, None, head, bytes.source, is_utf16);
        return found.tracking.insert(0, file);
    }
    for file in &mut found.corpus.files {
        file.stream += 1;
    }
    let stream = Stream {
        name: name.clone(),
        server: None,
    };
    found.corpus.streams.insert(0, stream);
    let file = LogFile {
        name,
        stream: 0,
        source: bytes.source,
        layout: recognised.layout,
        headerless: recognised.kind == FileKind::HeaderlessSendLog,
        is_utf16,
        original_bytes: bytes.original,
        pasted: bytes.pasted,
        earlier: None,
    };
    found.corpus.files.insert(0, file);
}

/// Why a pipe cannot be used; `None` for a send log or a tracking log.
fn unusable(kind: &FileKind) -> Option<SkipReason> {
    match kind {
        FileKind::SendLog | FileKind::HeaderlessSendLog | FileKind::TrackingLog(_) => None,
        FileKind::OtherLog(log_type) => Some(SkipReason::of_log(log_type.clone())),
        FileKind::Disguised(form) => Some(SkipReason::Disguised(*form)),
        FileKind::OwnReport => Some(SkipReason::OwnReport),
        FileKind::Empty => Some(SkipReason::Empty),
        FileKind::Archive(form) => Some(SkipReason::Archive(form)),
        FileKind::Binary | FileKind::Text | FileKind::QueueLog | FileKind::Digest => {
            Some(SkipReason::NotASendLog)
        }
    }
}
