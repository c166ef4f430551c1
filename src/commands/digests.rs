//! The digests among the input: reads them, and puts their streams among those of the logs.
//!
//! In: digests as they were found, and the logs. Out: [`Digests`] that fit together and to the logs, and the
//! order of all streams. Or a sentence that says what to do.
//! Must not count anything twice: what is in two inputs is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use rayon::ThreadPool;
use rayon::prelude::*;

use super::config::Config;
use super::finishing::{self, Finished};
use super::limits::{Limits, shown};
use super::small_logs::are_small;
use crate::digest_file::fingerprint::Fingerprint;
use crate::digest_file::{self, ChosenLimits, DigestFault, LogDigest, StreamDigest};
use crate::input::corpus::Corpus;
use crate::input::discover::{self, Found, FoundDigest, Search};
use crate::input::log_list::{ListedLog, LogList};
use crate::input::timestamp::Timestamp;
use crate::language::{Language, labels, sentences};

/// What all digests of the input hold.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    /// The streams, in name order.
    pub(crate) streams: Vec<StreamDigest>,
    /// The same if their logs ended there.
    pub(crate) finished: Vec<Finished>,
    /// What was chosen of the sessions, and a digest that says so; `None` without a digest.
    pub(crate) limits: Option<(String, ChosenLimits)>,
    /// The streams of the digest that is updated.
    pub(crate) known: Option<Vec<StreamDigest>>,
}

/// Where the streams of the whole come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The logs: the index there.
    Logs(usize),
    /// A digest: the index among the streams of all digests.
    Digest(usize),
}

/// So many digests are read at once, with all attempts to send messages in them, before it is known whether these
/// are wanted.
const READ_TOGETHER: usize = 16;

/// A stream and where it was found, for sentences.
type Origins = BTreeMap<String, String>;

impl Digests {
    /// Reads the digests.
    ///
    /// # Errors
    /// If one cannot be used, or they do not fit together or to the logs.
    pub(crate) fn load(config: &Config, found: &Found, pool: &ThreadPool) -> Result<Digests> {
        let language = config.language;
        let mut digests = Digests::default();
        let mut origins = Origins::new();
        for stream in &found.corpus.streams {
            origins.insert(stream.name.clone(), the_logs(language));
        }
        let logs_size = found.corpus.total_bytes();
        let mut files = BTreeMap::new();
        for some in found.digests.chunks(READ_TOGETHER) {
            let size = digests.known_bytes().chain([logs_size]);
            let wants_mail = are_small(size.fold(0, u64::saturating_add));
            let read = |file: &FoundDigest| digest_file::read(&file.source, wants_mail);
            let read: Vec<_> = pool.install(|| some.par_iter().map(read).collect());
            for (file, digest) in some.iter().zip(read) {
                let path = file.path.to_string_lossy();
                let digest = digest
                    .map_err(|fault| anyhow!(unusable(language, &path, &fault.words(language))))?;
                digests.limit(language, &path, digest.limits)?;
                let mut streams = digest.streams;
                streams.retain(|one| config.asks_for_stream(&one.stream.name));
                refuse_same(language, &path, &streams, &mut origins, &mut files)?;
                digests.streams.append(&mut streams);
            }
        }
        refuse_same_logs(language, &found.corpus, &files)?;
        let streams = &mut digests.streams;
        streams.sort_by(|one, other| one.stream.name.cmp(&other.stream.name));
        Ok(digests)
    }

    /// Takes the limits of a digest.
    fn limit(&mut self, language: Language, path: &str, limits: ChosenLimits) -> Result<()> {
        match &self.limits {
            None => self.limits = Some((path.to_owned(), limits)),
            Some((_, known)) if *known == limits => {}
            Some((other, known)) => {
                let (one, two) = (shown(language, known), shown(language, &limits));
                bail!(other_limits(language, path, other, &two, &one))
            }
        }
        Ok(())
    }

    /// Takes the digest that is updated. Its streams take no part where other digests have them.
    ///
    /// # Errors
    /// If it was made with other limits than the other digests.
    pub(crate) fn update(
        &mut self,
        language: Language,
        (path, known): (String, LogDigest),
    ) -> Result<()> {
        self.limit(language, &path, known.limits)?;
        let mut known = known.streams;
        known.retain(|old| {
            let mut streams = self.streams.iter();
            !streams.any(|one| one.stream.name == old.stream.name)
        });
        self.known = Some(known);
        Ok(())
    }

    /// Ends the streams. The rows of their open sessions are of no more use.
    pub(crate) fn finish(&mut self, limits: &Limits, pool: &ThreadPool) {
        let finish = |one: &mut StreamDigest| {
            let finished = Finished::of(one, limits);
            if let Some(rest) = &mut one.rest {
                rest.rows = Vec::new();
            }
            finished
        };
        let streams = self.streams.par_iter_mut();
        self.finished = pool.install(|| streams.map(finish).collect());
    }

    /// Whether all files were read to their end when the digests were made.
    pub(crate) fn incomplete(&self) -> impl Iterator<Item = &str> {
        let files = self.streams.iter().flat_map(|stream| &stream.files);
        let files = files.filter(|file| !file.is_whole);
        files.map(|file| file.name.as_str())
    }

    /// The length of each file that was known before it was read.
    pub(crate) fn known_bytes(&self) -> impl Iterator<Item = u64> {
        let files = self.streams.iter().flat_map(|stream| &stream.files);
        files.filter_map(|file| file.known_bytes)
    }

    /// Whether the attempts to send messages of a stream are missing.
    pub(crate) fn lack_mail(&self) -> bool {
        self.streams.iter().any(|stream| stream.mail.is_none())
    }

    /// The latest row.
    pub(crate) fn last_time(&self) -> Timestamp {
        let of_stream = |one: &StreamDigest| match finishing::tail_of(one) {
            Some(tail) => one.read.last.later(tail.last),
            None => one.read.last,
        };
        let streams = self.streams.iter().map(of_stream);
        streams.fold(Timestamp::UNKNOWN, Timestamp::later)
    }

    /// All log files, those of digests included, and where each stream comes from. Streams of digests are put
    /// before the first stream of the logs with a greater name.
    pub(crate) fn among(&self, corpus: &Corpus) -> (LogList, Vec<Origin>) {
        let logs = LogList::of(corpus);
        let names = logs.streams.iter().map(|stream| stream.name.as_str());
        let order = merged(
            names,
            self.streams.iter().map(|one| one.stream.name.as_str()),
        );
        let clashing = self.clashing_names(&logs);
        let mut all = LogList::default();
        let mut own = logs.files.iter().peekable();
        for origin in &order {
            let number = all.streams.len();
            match *origin {
                Origin::Logs(index) => {
                    all.streams.push(logs.streams[index].clone());
                    while let Some(file) = own.next_if(|file| file.stream == index) {
                        all.files.push(ListedLog {
                            stream: number,
                            ..file.clone()
                        });
                    }
                }
                Origin::Digest(index) => {
                    let one = &self.streams[index];
                    let server = one.stream.server.as_ref().unwrap_or(&one.stream.name);
                    all.streams.push(one.stream.clone());
                    all.files.extend(one.files.iter().map(|file| ListedLog {
                        name: match clashing.get(file.name.as_str()) {
                            Some(2..) => format!("{server}/{}", file.name),
                            _ => file.name.clone(),
                        },
                        stream: number,
                        pasted: file.pasted.clone(),
                    }));
                }
            }
        }
        (all, order)
    }

    /// In how many streams there is a file with each name: on all servers, files have the same names.
    fn clashing_names<'a>(&'a self, logs: &'a LogList) -> BTreeMap<&'a str, usize> {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let own = self.streams.iter().flat_map(|stream| &stream.files);
        let own = own.map(|file| file.name.as_str());
        for name in own.chain(logs.files.iter().map(|file| file.name.as_str())) {
            *names.entry(name).or_default() += 1;
        }
        names
    }
}

/// Reads the digest that is updated, if it is there.
///
/// # Errors
/// If it cannot be used.
pub(super) fn read_updated(
    language: Language,
    file: &Path,
    search: &Search,
) -> Result<Option<(String, LogDigest)>> {
    if !file.exists() {
        return Ok(None);
    }
    let path = file.display().to_string();
    let unusable = |fault: DigestFault| anyhow!(unusable(language, &path, &fault.words(language)));
    let source = discover::unpacked(file, search);
    let source = source.map_err(|error| unusable(error.into()))?;
    let known = digest_file::read(&source, true).map_err(unusable)?;
    Ok(Some((path, known)))
}

/// The order of the streams of the logs, which stays, and those of digests, by name.
fn merged<'a>(
    logs: impl Iterator<Item = &'a str>,
    digests: impl Iterator<Item = &'a str>,
) -> Vec<Origin> {
    let mut order = Vec::new();
    let mut digests = digests.enumerate().peekable();
    for (index, name) in logs.enumerate() {
        while let Some((earlier, _)) = digests.next_if(|(_, earlier)| *earlier < name) {
            order.push(Origin::Digest(earlier));
        }
        order.push(Origin::Logs(index));
    }
    order.extend(digests.map(|(index, _)| Origin::Digest(index)));
    order
}

/// No stream and no log file of a digest may be in another input too.
fn refuse_same(
    language: Language,
    path: &str,
    streams: &[StreamDigest],
    origins: &mut Origins,
    files: &mut BTreeMap<Fingerprint, String>,
) -> Result<()> {
    for stream in streams {
        let name = &stream.stream.name;
        if let Some(other) = origins.insert(name.clone(), path.to_owned()) {
            bail!(same_stream(language, path, &other, name))
        }
        for log in &stream.files {
            let known = log.fingerprint.clone();
            let Some(known) = known.filter(Fingerprint::is_distinct) else {
                continue;
            };
            // Within one digest, it is as it was in the folder of its logs.
            if let Some(other) = files.insert(known, path.to_owned())
                && other != path
            {
                bail!(same_file(language, &log.name, path, &other))
            }
        }
    }
    Ok(())
}

/// A log file may not be in a digest too.
fn refuse_same_logs(
    language: Language,
    corpus: &Corpus,
    known: &BTreeMap<Fingerprint, String>,
) -> Result<()> {
    let lengths: BTreeSet<u64> = known.keys().map(|known| known.bytes).collect();
    for file in &corpus.files {
        let length = file.source.known_len();
        if lengths.is_empty() || length.is_some_and(|length| !lengths.contains(&length)) {
            continue;
        }
        // What cannot be read is said when it is read.
        let Ok(Some(fingerprint)) = Fingerprint::of(&file.source, u64::MAX) else {
            continue;
        };
        if let Some(digest) = known.get(&fingerprint) {
            bail!(same_file(language, &file.name, &the_logs(language), digest))
        }
    }
    Ok(())
}

labels! {
    the_logs: "the send logs", "送信ログ" ["a6f7c6e5"];
}

sentences! {
    /// A digest that cannot be used.
    fn unusable(file: &str, fault: &str) {
        en: "{file}: {fault}",
        ja: "{file}: {fault}" ["b4420a8d"],
    }
    /// Two digests of different sessions.
    fn other_limits(file: &str, other: &str, limits: &str, others: &str) {
        en: "{file}: this digest was made with {limits}, but {other} with {others}. Together they would show what neither of them shows. Make one of them again with the options of the other",
        ja: "{file}: このダイジェストの作成時の指定は {limits} ですが、{other} では {others} です。一緒に使用すると正しい結果になりません。どちらかを、もう一方と同じオプションで作成し直してください。" ["2fa53549"],
    }
    /// A stream that is in two inputs.
    fn same_stream(file: &str, other: &str, stream: &str) {
        en: "{file}: the stream '{stream}' is in {other} too. If these are two servers, make the digest again with --server NAME. If it is one server, give only one of the two",
        ja: "{file}: ストリーム「{stream}」は、{other} にもあります。別々のサーバーの場合は、--server NAME を指定してダイジェストを作成し直してください。同じサーバーの場合は、どちらか一方だけを指定してください。" ["c911de42"],
    }
    /// A log file that is in two inputs.
    fn same_file(log: &str, one: &str, other: &str) {
        en: "{log}: this log file is in {one} and in {other}, so its sessions would be counted twice. Give it only once",
        ja: "{log}: このログ ファイルは、{one} と {other} の両方に含まれているため、セッションが二重に数えられます。どちらか一方だけを指定してください。" ["b2c9c2ac"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_digests_are_put_among_those_of_logs() {
        let order = merged(
            ["-", "EX01", "EX03"].into_iter(),
            ["EX00", "EX02", "EX04"].into_iter(),
        );
        assert_eq!(
            order,
            [
                Origin::Logs(0),
                Origin::Digest(0),
                Origin::Logs(1),
                Origin::Digest(1),
                Origin::Logs(2),
                Origin::Digest(2),
            ]
        );
    }
}
