//! The files of one input that show queues: exports, logs, and the newest state that Exchange keeps.
//!
//! In: the bytes of files whose beginning shows what they are. Out: [`Queues`].
//! Must not find or open files.

use crate::language::{Language, sentences};
use crate::queue::load::{QueueNote, put_together};
use crate::queue::log::QueueLog;
use crate::queue::{Queue, Queues, log, snapshot};
use crate::tenant::load::ExportFile;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct QueueFiles {
    exports: Vec<ExportFile>,
    logs: Vec<QueueLog>,
    snapshots: Vec<(String, Vec<Queue>)>,
}

impl QueueFiles {
    /// Whether a file is a log of queues, or holds their newest state, by its first bytes.
    pub(super) fn is_state(head: &[u8]) -> bool {
        log::is_queue_log(head) || snapshot::is_snapshot(head)
    }

    /// How many files were read.
    pub(super) fn len(&self) -> usize {
        self.exports.len() + self.logs.len() + self.snapshots.len()
    }

    /// Takes an export.
    pub(super) fn add_export(&mut self, file: ExportFile) {
        self.exports.push(file);
    }

    /// Takes a log of queues, or the file in which Exchange keeps their newest state. A sentence says if
    /// it cannot be read.
    pub(super) fn add_state(
        &mut self,
        language: Language,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), String> {
        if log::is_queue_log(bytes) {
            self.logs.push(log::read(name, bytes));
            return Ok(());
        }
        let queues = snapshot::read(name, bytes).ok_or_else(|| not_whole(language, name))?;
        self.snapshots.push((name.to_owned(), queues));
        Ok(())
    }

    /// Combines everything.
    pub(super) fn finish(self) -> (Queues, Vec<QueueNote>) {
        put_together(self.exports, self.logs, self.snapshots)
    }
}

sentences! {
    /// A file with the state of queues was copied while it was written.
    fn not_whole(file: &str) {
        en: "{file}: the file is not whole. Exchange writes it anew every minute: copy it again",
        ja: "{file}: ファイルが不完全です。Exchange はこのファイルを 1 分ごとに書き直します。もう一度コピーしてください。" ["70c3104e"],
    }
}
