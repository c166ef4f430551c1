//! Standard input as a log file.
//!
//! In: a reader. Out: one more stream of the corpus, and the reader for its bytes.
//! Must not read the whole input, but for what has to be decoded or cleaned first.

use std::io::{self, Read};

use encoding_rs::Encoding;

use super::bytes::Source;
use super::corpus::{LogFile, Stream};
use super::discover::{Found, InputError};
use super::pasted::{self, Pasted};
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
    let recognised = sniff::recognise(&head, encoding);
    let kind = recognised.kind;
    if let Some(reason) = unusable(&kind) {
        found.skipped.push(Skipped { file: name, reason });
        return None;
    }
    let beginning = Beginning {
        head,
        encoding,
        pasted: recognised.pasted,
    };
    let bytes = match beginning.bytes(pipe) {
        Ok(bytes) => bytes,
        Err(source) => {
            found
                .errors
                .push(InputError::Unreadable { path: name, source });
            return None;
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
        source: bytes.source,
        layout: recognised.layout,
        headerless,
        utf16: bytes.utf16,
        pasted: bytes.pasted,
    };
    found.corpus.files.insert(0, file);
    bytes.rest
}

/// What was read of standard input to recognise it.
struct Beginning {
    head: Vec<u8>,
    encoding: Option<&'static Encoding>,
    pasted: bool,
}

/// The bytes of standard input, as they are to be read.
struct Bytes {
    source: Source,
    rest: PipeReader,
    utf16: Option<u64>,
    pasted: Option<Pasted>,
}

impl Beginning {
    /// A log is read as it comes. What must be decoded or cleaned is read as a whole, except if it is
    /// too large to have been copied.
    fn bytes(self, mut pipe: Box<dyn Read>) -> io::Result<Bytes> {
        let mut bytes = self.head;
        if self.encoding.is_none() {
            if self.pasted {
                let most = pasted::MOST_BYTES.saturating_sub(bytes.len() as u64) + 1;
                pipe.by_ref().take(most).read_to_end(&mut bytes)?;
            }
            if !self.pasted || bytes.len() as u64 > pasted::MOST_BYTES {
                return Ok(Bytes {
                    source: Source::Pipe,
                    rest: Some(Box::new(io::Cursor::new(bytes).chain(pipe))),
                    utf16: None,
                    pasted: None,
                });
            }
        } else {
            pipe.read_to_end(&mut bytes)?;
        }
        let len = bytes.len() as u64;
        if let Some(encoding) = self.encoding {
            bytes = encoding.decode(&bytes).0.into_owned().into_bytes();
        }
        let mut cleaned = None;
        if self.pasted && len <= pasted::MOST_BYTES {
            let (text, mut pasted) = pasted::clean(&pasted::text(&bytes));
            pasted.bytes = len;
            bytes = text.into_bytes();
            cleaned = Some(pasted);
        }
        Ok(Bytes {
            source: Source::Owned(bytes),
            rest: None,
            utf16: self.encoding.map(|_| len),
            pasted: cleaned,
        })
    }
}

/// Why standard input cannot be used; `None` for a send log.
fn unusable(kind: &FileKind) -> Option<SkipReason> {
    match kind {
        FileKind::SendLog | FileKind::HeaderlessSendLog => None,
        FileKind::OtherLog(log_type) => Some(SkipReason::of_log(log_type.clone())),
        FileKind::Disguised(form) => Some(SkipReason::Disguised(form)),
        FileKind::Empty => Some(SkipReason::Empty),
        FileKind::Archive(form) => Some(SkipReason::Archive(form)),
        FileKind::Binary | FileKind::Text => Some(SkipReason::NotASendLog),
    }
}
