//! All log files of a run by name, without their bytes: those that are read now, and those that were read
//! for a digest.
//!
//! In: the [`Corpus`]. Out: a [`LogList`], to which streams of digests can be added.
//! Must not open files.

use super::corpus::{Corpus, Stream};
use super::pasted::Pasted;

/// A log file by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLog {
    /// Name for reports: relative to the PATH given, with `/`.
    pub name: String,
    /// Index of its stream.
    pub stream: usize,
    /// It looked copied from elsewhere, and was cleaned.
    pub pasted: Option<Pasted>,
}

/// All log files: streams in name order, files of a stream in number order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogList {
    /// The streams, in name order.
    pub streams: Vec<Stream>,
    /// The files, stream by stream.
    pub files: Vec<ListedLog>,
}

impl LogList {
    /// The files of a corpus.
    pub fn of(corpus: &Corpus) -> LogList {
        let files = corpus.files.iter().map(|file| ListedLog {
            name: file.name.clone(),
            stream: file.stream,
            pasted: file.pasted.clone(),
        });
        LogList {
            streams: corpus.streams.clone(),
            files: files.collect(),
        }
    }

    /// The index of the first file of a stream.
    pub fn first_file(&self, stream: usize) -> usize {
        self.files.partition_point(|file| file.stream < stream)
    }
}
