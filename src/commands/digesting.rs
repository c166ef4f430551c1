//! Reads logs into what a digest holds of each stream.
//!
//! In: the [`Inputs`], and what was read before. Out: a [`StreamDigest`] of each stream that was read.
//! Must not write anything.

use rayon::prelude::*;

use super::config::Config;
use super::counting::{CountOnWorkers, Counting};
use super::inputs::Inputs;
use super::keeping::{KeepAttempts, Keeping};
use super::pipeline::{ForDigest, read_for_digest};
use super::updating::Update;
use crate::aggregate::StreamAggregate;
use crate::digest_file::fingerprint::Fingerprint;
use crate::digest_file::{DigestLog, StreamDigest, StreamMail, StreamRest};
use crate::input::bytes::Source;
use crate::input::corpus::{Corpus, LogFile};
use crate::session::open_row_search::{OpenSession, Searched};
use crate::session::open_rows::OpenRow;
use crate::session::parallel::{ReadResult, Resume};

/// Reads what must be read for an update. Returns the streams, and whether all files could be read to their end.
pub(super) fn read(
    config: &Config,
    inputs: &mut Inputs,
    update: Update,
    has_mail: bool,
) -> (Vec<StreamDigest>, bool) {
    let Update {
        corpus,
        known,
        earlier,
        ..
    } = update;
    let mut logs = logs(&corpus, known, &inputs.pool);
    inputs.found.corpus = corpus;
    let tails = cut_tails(&mut inputs.found.corpus);
    let inputs = &*inputs;
    let keeps_open: Vec<bool> = tails.iter().map(Option::is_some).collect();
    let resumes = earlier.iter().map(|earlier| {
        let earlier = earlier.as_ref()?;
        Some(Resume {
            rows: rows_of(earlier),
            ends_malformed: earlier.read.ends_malformed,
        })
    });
    let resumes: Vec<Option<Resume<'_>>> = resumes.collect();
    let digest = ForDigest {
        keeps_open: &keeps_open,
        resumes: &resumes,
    };
    let (result, counted) = read_logs(config, inputs, digest, has_mail);
    for (index, log) in logs.iter_mut().enumerate() {
        log.lines = result.places.lines_of(index);
        log.is_whole &= !result.errors.iter().any(|(failed, _)| *failed == index);
    }
    let rests = rests(inputs, &result, &counted, &earlier, tails);
    let whole = result.errors.is_empty();
    let corpus = &inputs.found.corpus;
    let mut logs = logs.into_iter();
    let mut parts = counted.into_iter().zip(rests).zip(earlier);
    let streams = corpus.streams.iter().zip(result.streams).enumerate();
    let streams = streams.filter_map(|(index, (stream, read))| {
        let ((counted, rest), earlier) = parts.next()?;
        let number = corpus.first_file(index + 1) - corpus.first_file(index);
        let one = StreamDigest {
            stream: stream.clone(),
            files: logs.by_ref().take(number).collect(),
            read,
            aggregate: counted.aggregate,
            rest,
            mail: counted.mail,
        };
        Some(match earlier {
            Some(earlier) => earlier.and(one),
            None => one,
        })
    });
    (streams.collect(), whole)
}

/// The rows of the sessions that were open.
fn rows_of(earlier: &StreamDigest) -> &[OpenRow] {
    earlier.rest.as_ref().map_or(&[], |rest| &rest.rows)
}

/// What was counted of a stream.
struct Counted {
    aggregate: StreamAggregate,
    open: Vec<OpenSession>,
    mail: Option<StreamMail>,
}

fn read_logs(
    config: &Config,
    inputs: &Inputs,
    digest: ForDigest<'_>,
    has_mail: bool,
) -> (ReadResult, Vec<Counted>) {
    let on_workers = CountOnWorkers::new(inputs);
    if has_mail {
        let on_workers = KeepAttempts::new(inputs, &on_workers);
        let mut keeping = Keeping::new(&on_workers);
        let result = read_for_digest(config, inputs, digest, &on_workers, &mut keeping);
        let (aggregates, open, mail) = keeping.finish();
        let counted = aggregates.into_iter().zip(open).zip(mail);
        let counted = counted.map(|((aggregate, open), mail)| Counted {
            aggregate,
            open,
            mail: Some(mail),
        });
        return (result, counted.collect());
    }
    let mut counting = Counting::new(&on_workers);
    let result = read_for_digest(config, inputs, digest, &on_workers, &mut counting);
    let (aggregates, open) = counting.finish_open();
    let counted = aggregates.into_iter().zip(open);
    let counted = counted.map(|(aggregate, open)| Counted {
        aggregate,
        open,
        mail: None,
    });
    (result, counted.collect())
}

/// How each stream goes on. What cannot be read again was said when it was read.
fn rests(
    inputs: &Inputs,
    result: &ReadResult,
    counted: &[Counted],
    earlier: &[Option<StreamDigest>],
    tails: Vec<Option<Vec<u8>>>,
) -> Vec<Option<StreamRest>> {
    let rests = tails.into_iter().enumerate().map(|(stream, tail)| {
        let searched = Searched {
            corpus: &inputs.found.corpus,
            result,
            stream,
            earlier: earlier[stream].as_ref().map_or(&[], rows_of),
            pool: &inputs.pool,
        };
        Some(StreamRest {
            tail: tail?,
            rows: searched.find(&counted[stream].open).unwrap_or_default(),
            layout: result.layouts[stream],
        })
    });
    rests.collect()
}

/// The log files, before they are read.
fn logs(
    corpus: &Corpus,
    known: Vec<Option<DigestLog>>,
    pool: &rayon::ThreadPool,
) -> Vec<DigestLog> {
    let files = corpus.files.par_iter().zip(known);
    let log = |(file, known): (&LogFile, Option<DigestLog>)| match known {
        // Of a file that is gone, nothing is left but its tail.
        Some(log) if !matches!(file.source, Source::File(_)) => log,
        known => DigestLog {
            name: file.name.clone(),
            // What cannot be read is said when it is read.
            fingerprint: Fingerprint::of(&file.source, u64::MAX).unwrap_or_default(),
            known_bytes: file.source.known_len(),
            lines: 0,
            is_whole: true,
            pasted: known.map_or_else(|| file.pasted.clone(), |log| log.pasted),
        },
    };
    pool.install(|| files.map(log).collect())
}

/// Cuts off what the last file of each stream ends with, behind its last newline. `None` where the stream cannot
/// go on there.
fn cut_tails(corpus: &mut Corpus) -> Vec<Option<Vec<u8>>> {
    let mut tails = vec![None; corpus.streams.len()];
    for (stream, tail) in tails.iter_mut().enumerate() {
        let next = corpus.first_file(stream + 1);
        let Some(file) = corpus.files[..next].last_mut() else {
            continue;
        };
        *tail = match &file.source {
            Source::Pipe(_) => None,
            Source::File(_) => file.source.cut_tail().unwrap_or_default(),
            // It stays as it is, but more files may come.
            Source::Packed(_) | Source::Held(_) => Some(Vec::new()),
        };
    }
    tails
}
