//! What a digest holds already, and what was logged since: for `sendlens digest --update`.
//!
//! In: the streams of a digest, and the logs that are there now. Out: the streams that stay as they are, and a
//! corpus of what must be read, in which everything that was read before counts but is not read again.
//! Must not change what was counted: a stream of which that would be needed is read anew, or a sentence says why
//! it cannot be.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use rayon::prelude::*;

use crate::digest_file::fingerprint::Fingerprint;
use crate::digest_file::{DigestLog, StreamDigest, StreamRest};
use crate::input::bytes::Source;
use crate::input::corpus::{Corpus, Earlier, LogFile, Stream};
use crate::input::header::Layout;
use crate::input::stream::{FileOrder, without_packing};
use crate::language::{Language, sentences};

/// What must be done.
#[derive(Debug, Default)]
pub(super) struct Update {
    /// The streams to which nothing was added.
    pub(super) same: Vec<StreamDigest>,
    /// What must be read.
    pub(super) corpus: Corpus,
    /// What was known of each file of it; `None` if it is read for the first time.
    pub(super) known: Vec<Option<DigestLog>>,
    /// For each stream of it, what was counted before; `None` if it is read from the beginning.
    pub(super) earlier: Vec<Option<StreamDigest>>,
    /// Whether the digest holds all of it already.
    pub(super) is_known: bool,
}

/// What is asked for.
pub(super) struct Asked<'a> {
    /// Whether attempts to send messages are wanted.
    pub(super) has_mail: bool,
    /// The files that are there and have nothing in them.
    pub(super) empty: &'a BTreeSet<&'a str>,
    /// The threads that read.
    pub(super) pool: &'a rayon::ThreadPool,
}

impl Update {
    /// Nothing was read before.
    pub(super) fn anew(corpus: Corpus) -> Update {
        Update {
            known: vec![None; corpus.files.len()],
            earlier: corpus.streams.iter().map(|_| None).collect(),
            same: Vec::new(),
            is_known: false,
            corpus,
        }
    }

    /// Compares the streams of a digest with the logs.
    ///
    /// # Errors
    /// If a stream must be read anew, but some of its files are gone.
    pub(super) fn of(
        language: Language,
        known: Vec<StreamDigest>,
        corpus: Corpus,
        asked: &Asked<'_>,
    ) -> Result<Update> {
        let known = known.into_iter();
        let mut known: BTreeMap<String, StreamDigest> =
            known.map(|one| (one.stream.name.clone(), one)).collect();
        let mut update = Update {
            is_known: true,
            ..Update::default()
        };
        let mut files = corpus.files.into_iter().peekable();
        for (index, stream) in corpus.streams.into_iter().enumerate() {
            let mut own = Vec::new();
            while let Some(file) = files.next_if(|file| file.stream == index) {
                own.push(file);
            }
            let Some(old) = known.remove(&stream.name) else {
                update.read_anew(stream, own);
                continue;
            };
            let compared = Compared::of(old, own);
            let gone = compared.first_gone(asked.empty);
            let goes_on = asked.pool.install(|| compared.goes_on(asked.empty));
            match (goes_on, gone) {
                (_, None) if asked.has_mail && compared.old.mail.is_none() => {
                    update.read_anew(stream, compared.files);
                }
                (Some(GoesOn::Same), _) => {
                    update.is_known &= !compared.has_other_names();
                    update.same.push(compared.renamed());
                }
                (Some(GoesOn::Added), _) => update.read_more(compared),
                (None, None) => update.read_anew(stream, compared.files),
                (None, Some(gone)) => bail!(cannot_be_read_anew(language, &stream.name, gone)),
            }
        }
        update.is_known &= update.corpus.files.is_empty();
        // Their logs are gone, or were not asked for.
        update.same.extend(known.into_values());
        Ok(update)
    }

    fn read_anew(&mut self, stream: Stream, files: Vec<LogFile>) {
        let index = self.corpus.streams.len();
        self.corpus.streams.push(stream);
        self.earlier.push(None);
        for file in files {
            self.known.push(None);
            self.corpus.files.push(LogFile {
                stream: index,
                ..file
            });
        }
    }

    /// Reads what was added to a stream.
    fn read_more(&mut self, compared: Compared) {
        let index = self.corpus.streams.len();
        let Compared { old, files, pairs } = compared;
        self.corpus.streams.push(old.stream.clone());
        let last = old.files.len().saturating_sub(1);
        let rest = old.rest.as_ref();
        let mut files: Vec<Option<LogFile>> = files.into_iter().map(Some).collect();
        for (number, log) in old.files.iter().enumerate() {
            let now = pairs.get(&number).and_then(|at| files[*at].take());
            let rest = rest.filter(|_| number == last);
            let (file, log) = read_before(log, now, rest);
            self.known.push(Some(log));
            self.corpus.files.push(LogFile {
                stream: index,
                ..file
            });
        }
        for file in files.into_iter().flatten() {
            self.known.push(None);
            self.corpus.files.push(LogFile {
                stream: index,
                ..file
            });
        }
        self.earlier.push(Some(old));
    }
}

/// How large the files of these streams are that are not among the logs.
pub(super) fn gone_bytes(known: &[StreamDigest], corpus: &Corpus) -> u64 {
    let there = corpus.files.iter().map(|file| {
        let stream = &corpus.streams[file.stream];
        (stream.name.as_str(), file.name.as_str())
    });
    let there: BTreeSet<(&str, &str)> = there.collect();
    let known = known.iter().flat_map(|one| {
        let files = one.files.iter();
        files.map(|file| (one.stream.name.as_str(), file))
    });
    let gone = known.filter(|(stream, file)| !there.contains(&(*stream, file.name.as_str())));
    gone.filter_map(|(_, file)| file.known_bytes).sum()
}

/// A file that was read before, of which only the rest is read: what is behind the last line that was counted.
fn read_before(
    log: &DigestLog,
    now: Option<LogFile>,
    rest: Option<&StreamRest>,
) -> (LogFile, DigestLog) {
    let mut log = log.clone();
    let tail = rest.map_or(&[][..], |rest| &rest.tail);
    let mut source = Source::Held(tail.to_vec());
    let mut bytes = 0;
    if let Some(now) = now {
        log.name = now.name;
        if rest.is_some() && matches!(now.source, Source::File(_)) {
            let counted = log.fingerprint.as_ref().map_or(0, |known| known.bytes);
            bytes = counted - tail.len() as u64;
            source = now.source;
        }
    }
    let file = LogFile {
        name: log.name.clone(),
        stream: 0,
        source,
        layout: rest.map_or_else(Layout::default, |rest| rest.layout),
        headerless: false,
        is_utf16: false,
        original_bytes: None,
        pasted: None,
        earlier: Some(Earlier {
            bytes,
            lines: log.lines,
        }),
    };
    (file, log)
}

/// How a stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoesOn {
    /// Nothing was added to it.
    Same,
    /// Something was added at its end.
    Added,
}

/// What has become of a file that was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Nothing.
    Same,
    /// Something was added at its end.
    Grown,
    /// Anything else.
    Other,
}

impl Change {
    fn of(old: &DigestLog, new: &LogFile) -> Change {
        let Some(known) = old.fingerprint.as_ref().filter(|_| old.is_whole) else {
            return Change::Other;
        };
        if old.pasted != new.pasted {
            return Change::Other;
        }
        let (most, len) = match &new.source {
            Source::File(_) | Source::Held(_) => (known.bytes, new.source.known_len()),
            Source::Packed(_) | Source::Pipe(_) => (u64::MAX, None),
        };
        match Fingerprint::of(&new.source, most) {
            Ok(Some(now)) if now == *known => match len {
                Some(len) if len > known.bytes => Change::Grown,
                _ => Change::Same,
            },
            _ => Change::Other,
        }
    }
}

/// A stream as it was read before, and as it is now.
struct Compared {
    old: StreamDigest,
    files: Vec<LogFile>,
    /// For the number of a file in the digest, its number in what is there now.
    pairs: BTreeMap<usize, usize>,
}

impl Compared {
    fn of(old: StreamDigest, files: Vec<LogFile>) -> Compared {
        let names = old.files.iter().enumerate();
        let names: BTreeMap<&str, usize> = names.map(|(at, log)| (log.name.as_str(), at)).collect();
        let numbers = files.iter().enumerate();
        let named = numbers.filter_map(|(at, file)| Some((*names.get(&*file.name)?, at)));
        let mut pairs: BTreeMap<usize, usize> = named.collect();
        let taken: BTreeSet<usize> = pairs.values().copied().collect();
        let gone = old.files.iter().enumerate();
        let gone = gone.filter(|(at, _)| !pairs.contains_key(at));
        let mut gone: BTreeMap<&Fingerprint, usize> = gone
            .filter_map(|(at, log)| Some((log.fingerprint.as_ref()?, at)))
            .filter(|(known, _)| known.is_distinct())
            .collect();
        // A file may have got another name, or may have been packed.
        for (at, file) in files.iter().enumerate() {
            if gone.is_empty() || taken.contains(&at) || file.source.is_pipe() {
                continue;
            }
            if let Ok(Some(now)) = Fingerprint::of(&file.source, u64::MAX)
                && let Some(number) = gone.remove(&now)
            {
                pairs.insert(number, at);
            }
        }
        Compared { old, files, pairs }
    }

    /// The files that are not there any more.
    fn gone(&self) -> impl Iterator<Item = &str> {
        let logs = self.old.files.iter().enumerate();
        let gone = logs.filter(|(at, _)| !self.pairs.contains_key(at));
        gone.map(|(_, log)| log.name.as_str())
    }

    /// The first file that is not there any more.
    fn first_gone(&self, empty: &BTreeSet<&str>) -> Option<&str> {
        self.gone().find(|name| !empty.contains(name))
    }

    /// How the stream goes on; `None` if it must be read anew.
    fn goes_on(&self, empty: &BTreeSet<&str>) -> Option<GoesOn> {
        if self.gone().any(|name| empty.contains(name)) {
            return None;
        }
        let Compared { old, files, pairs } = self;
        let last = old.files.len().checked_sub(1)?;
        let changes = pairs.par_iter();
        let changes = changes.map(|(number, at)| Change::of(&old.files[*number], &files[*at]));
        let changes: Vec<Change> = changes.collect();
        let mut has_grown = false;
        for (change, number) in changes.iter().zip(pairs.keys()) {
            let can_grow = *number == last && old.rest.is_some();
            match change {
                Change::Same => {}
                Change::Grown if can_grow => has_grown = true,
                Change::Grown | Change::Other => return None,
            }
        }
        if has_grown && !matches!(files[*pairs.get(&last)?].source, Source::File(_)) {
            return None;
        }
        if !pairs.values().is_sorted() {
            return None;
        }
        let first_new = pairs.values().next_back().map_or(0, |at| at + 1);
        if pairs.len() < first_new {
            return None;
        }
        let Some(first) = files.get(first_new) else {
            let same = GoesOn::Same;
            return Some(if has_grown { GoesOn::Added } else { same });
        };
        let is_behind = order(&first.name) > order(&old.files[last].name);
        (is_behind && old.rest.is_some()).then_some(GoesOn::Added)
    }

    /// Whether a file has got another name.
    fn has_other_names(&self) -> bool {
        let mut pairs = self.pairs.iter();
        pairs.any(|(number, at)| self.old.files[*number].name != self.files[*at].name)
    }

    /// The stream as it was, with the names that its files have now.
    fn renamed(self) -> StreamDigest {
        let mut old = self.old;
        for (number, at) in self.pairs {
            old.files[number].name.clone_from(&self.files[at].name);
        }
        old
    }
}

/// Where a file stands in its stream.
fn order(name: &str) -> FileOrder {
    let name = name.rsplit(['/', '!']).next().unwrap_or(name);
    FileOrder::of(without_packing(name))
}

sentences! {
    /// A stream that cannot be updated.
    fn cannot_be_read_anew(stream: &str, gone: &str) {
        en: "the digest cannot be updated: log files of stream '{stream}' that were read before have changed, so all of them must be read again, but {gone} is gone. Write a new digest of what is left under another name, and do not use the two together",
        ja: "ダイジェストを更新できません。ストリーム「{stream}」の読み取り済みのログ ファイルが変更されているため、すべてを読み取り直す必要がありますが、{gone} がなくなっています。残っているログから別の名前で新しいダイジェストを作成し、2 つを一緒に使用しないでください。" ["ab382cc2"],
    }
}
