//! Combines exports, logs and snapshots of queues.
//!
//! In: [`ExportFile`]s, [`QueueLog`]s and the queues of snapshots, in any order. Out: [`Queues`], and notes
//! on what an export lost.
//! Must not open files.
//! Invariant: the result does not depend on the order of the files. Of each queue and each message, the
//! newest state is current.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::language::{Language, labels, sentences};
use crate::tenant::Known;
use crate::tenant::kind::{ExportKind, kind};
use crate::tenant::load::ExportFile;
use crate::tenant::table::Object;

use super::log::QueueLog;
use super::model::{AsOf, Queue, QueuedMessage, Queues};
use super::row::{read_message, read_queue};
use super::settle::{settle, whole_exports};

/// Something about the exports of queues that the user should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum QueueNote {
    /// An export has a column, but not its values.
    Lost {
        /// The file.
        file: String,
        /// The fields, joined.
        fields: String,
        /// Whether they are messages, not queues.
        messages: bool,
        /// How many.
        count: usize,
        /// The cmdlet.
        cmdlet: &'static str,
    },
    /// Messages have no recipients.
    NoRecipients {
        /// The file.
        file: String,
        /// How many.
        count: usize,
    },
    /// Rows have no identity.
    NoIdentity {
        /// The file.
        file: String,
        /// How many.
        count: usize,
    },
    /// Lines of a log of queues could not be read.
    Malformed {
        /// The file.
        file: String,
        /// How many.
        count: usize,
    },
    /// The times of an export are local.
    LocalTimes {
        /// The file.
        file: String,
    },
}

impl QueueNote {
    /// The sentence in a language.
    pub fn words(&self, language: Language) -> String {
        match self {
            QueueNote::Lost {
                file,
                fields,
                messages,
                count,
                cmdlet,
            } => {
                let rows = if *messages {
                    messages_of(language, *count)
                } else {
                    queues_of(language, *count)
                };
                lost(language, file, fields, &rows, cmdlet)
            }
            QueueNote::NoRecipients { file, count } => {
                no_recipients(language, file, &messages_of(language, *count))
            }
            QueueNote::NoIdentity { file, count } => {
                no_identity(language, file, &queues_of(language, *count))
            }
            QueueNote::Malformed { file, count: 1 } => one_malformed(language, file),
            QueueNote::Malformed { file, count } => some_malformed(language, file, *count),
            QueueNote::LocalTimes { file } => local_times(language, file),
        }
    }
}

/// A number of queues. As other numbers in these notes, it has no separators.
fn queues_of(language: Language, number: usize) -> String {
    match number {
        1 => one_queue(language),
        number => several_queues(language, number),
    }
}

/// A number of messages.
fn messages_of(language: Language, number: usize) -> String {
    match number {
        1 => one_message(language),
        number => several_messages(language, number),
    }
}

/// Combines everything. `snapshots` are files with the queues in them.
pub fn put_together(
    mut files: Vec<ExportFile>,
    mut logs: Vec<QueueLog>,
    mut snapshots: Vec<(String, Vec<Queue>)>,
) -> (Queues, Vec<QueueNote>) {
    files.retain(ExportFile::is_of_queues);
    files.sort_by(|a, b| a.file.cmp(&b.file));
    logs.sort_by(|a, b| a.file.cmp(&b.file));
    snapshots.sort_by(|a, b| a.0.cmp(&b.0));
    let mut all = Queues::default();
    let mut notes = Vec::new();
    for file in &files {
        all.queues_exported |= file.holds(ExportKind::Queue);
        all.messages_exported |= file.holds(ExportKind::QueuedMessage);
        let (queues, messages) = rows_of(file, &mut notes);
        all.queues.extend(queues);
        all.messages.extend(messages);
    }
    let whole = whole_exports(&all.queues);
    let log_ends = log_ends(&logs);
    all.queues_exported |= !logs.is_empty() || !snapshots.is_empty();
    all.files = files.into_iter().map(|file| file.file).collect();
    for log in logs {
        if log.malformed > 0 {
            notes.push(QueueNote::Malformed {
                file: log.file.clone(),
                count: usize::try_from(log.malformed).unwrap_or(usize::MAX),
            });
        }
        all.files.push(log.file);
        all.queues.extend(log.queues);
    }
    for (file, queues) in snapshots {
        all.files.push(file);
        all.queues.extend(queues);
    }
    all.files.sort();
    all.files.dedup();
    settle(&mut all.queues, &whole, &log_ends);
    settle_messages(&mut all.messages);
    notes.sort();
    notes.dedup();
    (all, notes)
}

/// For each file of a log, the end of what the logs of its folder show: they are those of one server.
fn log_ends(logs: &[QueueLog]) -> BTreeMap<String, DateTime<Utc>> {
    let folder = |log: &QueueLog| {
        log.file
            .rsplit_once('/')
            .map(|(folder, _)| folder.to_owned())
    };
    let mut ends: BTreeMap<Option<String>, DateTime<Utc>> = BTreeMap::new();
    for log in logs {
        if let Some(last) = log.last {
            let end = ends.entry(folder(log)).or_insert(last);
            *end = last.max(*end);
        }
    }
    let end_of = |log: &QueueLog| Some((log.file.clone(), *ends.get(&folder(log))?));
    logs.iter().filter_map(end_of).collect()
}

/// The rows of a file, with the time at which the file shows them.
fn rows_of(file: &ExportFile, notes: &mut Vec<QueueNote>) -> (Vec<Queue>, Vec<QueuedMessage>) {
    let rows = &file.table.objects;
    let mut queues: Vec<Queue> = rows
        .iter()
        .filter_map(|row| read_queue(row, &file.file))
        .collect();
    let mut messages: Vec<QueuedMessage> = rows
        .iter()
        .filter_map(|row| read_message(row, &file.file))
        .collect();
    notes_of(file, notes);
    let bound = lower_bound(&queues, &messages);
    for as_of in queues
        .iter_mut()
        .map(|queue| &mut queue.as_of)
        .chain(messages.iter_mut().map(|message| &mut message.as_of))
    {
        if *as_of == AsOf::Unknown {
            *as_of = bound.map_or(AsOf::Unknown, AsOf::NotBefore);
        }
    }
    (queues, messages)
}

/// The newest time that an export holds: it was not made before. Local times may be later than UTC.
fn lower_bound(queues: &[Queue], messages: &[QueuedMessage]) -> Option<DateTime<Utc>> {
    /// No time zone is further from UTC.
    const FURTHEST: TimeDelta = TimeDelta::hours(14);
    let known = |time: &Known<Option<DateTime<Utc>>>, are_utc: bool| {
        let time = time.value().copied().flatten()?;
        if are_utc {
            Some(time)
        } else {
            time.checked_sub_signed(FURTHEST)
        }
    };
    let retried = queues
        .iter()
        .filter_map(|queue| known(&queue.last_retry, queue.times_are_utc));
    let received = messages
        .iter()
        .filter_map(|message| known(&message.received, message.times_are_utc));
    retried.chain(received).max()
}

fn notes_of(file: &ExportFile, notes: &mut Vec<QueueNote>) {
    let rows = &file.table.objects;
    let present = |row: &Object, fields: Vec<&'static str>| -> Vec<&'static str> {
        let there = fields.into_iter().filter(|field| row.get(field).is_some());
        there.collect()
    };
    let of_kind = |wanted| rows.iter().filter(move |row| kind(row) == Some(wanted));
    let mut nameless = 0;
    let (mut lost_queues, mut lost_messages) = (Lost::default(), Lost::default());
    let (mut without_recipients, mut is_local) = (0, false);
    for row in of_kind(ExportKind::Queue) {
        match read_queue(row, &file.file) {
            Some(queue) => {
                is_local |= !queue.times_are_utc;
                lost_queues.add(&present(row, queue.lost_fields()));
            }
            None => nameless += 1,
        }
    }
    for row in of_kind(ExportKind::QueuedMessage) {
        let Some(message) = read_message(row, &file.file) else {
            continue;
        };
        is_local |= !message.times_are_utc;
        without_recipients += usize::from(message.recipients.is_lost() && !message.is_copy());
        let mut fields = present(row, message.lost_fields());
        fields.retain(|field| *field != "Recipients");
        lost_messages.add(&fields);
    }
    let file = file.file.clone();
    notes.extend(lost_queues.note(&file, false, "Get-Queue"));
    notes.extend(lost_messages.note(
        &file,
        true,
        "Get-Message -IncludeRecipientInfo -ResultSize Unlimited",
    ));
    if without_recipients > 0 {
        notes.push(QueueNote::NoRecipients {
            file: file.clone(),
            count: without_recipients,
        });
    }
    if nameless > 0 {
        notes.push(QueueNote::NoIdentity {
            file: file.clone(),
            count: nameless,
        });
    }
    if is_local {
        notes.push(QueueNote::LocalTimes { file });
    }
}

/// The fields that rows of one kind lost.
#[derive(Default)]
struct Lost {
    fields: BTreeSet<&'static str>,
    count: usize,
}

impl Lost {
    fn add(&mut self, fields: &[&'static str]) {
        self.count += usize::from(!fields.is_empty());
        self.fields.extend(fields);
    }

    fn note(self, file: &str, messages: bool, cmdlet: &'static str) -> Option<QueueNote> {
        (self.count > 0).then(|| QueueNote::Lost {
            file: file.to_owned(),
            fields: self.fields.into_iter().collect::<Vec<_>>().join(", "),
            messages,
            count: self.count,
            cmdlet,
        })
    }
}

/// Sorts the messages. Of a message that two exports show, the later state stays.
fn settle_messages(messages: &mut Vec<QueuedMessage>) {
    let text = |queue: &Known<super::model::QueueIdentity>| {
        let queue = queue.value().map(ToString::to_string);
        queue.map(|queue| queue.to_lowercase())
    };
    let number = |message: &QueuedMessage| message.number.value().copied();
    let key = |message: &QueuedMessage| (text(&message.queue), number(message));
    messages.sort_by_cached_key(|message| {
        let place = (message.as_of.time(), message.file.clone(), message.line);
        (key(message), place)
    });
    let mut kept: Vec<QueuedMessage> = Vec::with_capacity(messages.len());
    for message in messages.drain(..) {
        match kept.last_mut() {
            Some(last) if number(&message).is_some() && key(last) == key(&message) => {
                *last = message;
            }
            _ => kept.push(message),
        }
    }
    *messages = kept;
}

labels! {
    one_queue: "1 queue", "1 件のキュー" ["ba32141b"];
    one_message: "1 message", "1 通のメッセージ" ["d97f3913"];
}

sentences! {
    /// Several queues.
    fn several_queues(number: usize) {
        en: "{number} queues",
        ja: "{number} 件のキュー" ["96c42baa"],
    }
    /// Several messages.
    fn several_messages(number: usize) {
        en: "{number} messages",
        ja: "{number} 通のメッセージ" ["f7029dc6"],
    }
    /// [`QueueNote::Lost`].
    fn lost(file: &str, fields: &str, rows: &str, cmdlet: &str) {
        en: "{file}: the export lost {fields} of {rows}; run ConvertTo-Json -InputObject @({cmdlet}) -Depth 5 in the Exchange Management Shell and save the output in place of this file",
        ja: "{file}: エクスポートで、{rows}の {fields} が失われています。Exchange Management Shell で ConvertTo-Json -InputObject @({cmdlet}) -Depth 5 を実行し、出力をこのファイルの代わりに保存してください。" ["6f5e66de"],
    }
    /// [`QueueNote::NoRecipients`].
    fn no_recipients(file: &str, rows: &str) {
        en: "{file}: {rows} without recipients, so it is not known who waits for them; run ConvertTo-Json -InputObject @(Get-Message -IncludeRecipientInfo -ResultSize Unlimited) -Depth 5 in the Exchange Management Shell and save the output in place of this file",
        ja: "{file}: {rows}に受信者の情報がないため、だれ宛てかが分かりません。Exchange Management Shell で ConvertTo-Json -InputObject @(Get-Message -IncludeRecipientInfo -ResultSize Unlimited) -Depth 5 を実行し、出力をこのファイルの代わりに保存してください。" ["ede38c8c"],
    }
    /// [`QueueNote::NoIdentity`].
    fn no_identity(file: &str, rows: &str) {
        en: "{file}: {rows} without an Identity, which cannot be used; run ConvertTo-Json -InputObject @(Get-Queue) -Depth 5 in the Exchange Management Shell and save the output in place of this file",
        ja: "{file}: {rows}に Identity がないため、使用できません。Exchange Management Shell で ConvertTo-Json -InputObject @(Get-Queue) -Depth 5 を実行し、出力をこのファイルの代わりに保存してください。" ["ff9fb789"],
    }
    /// [`QueueNote::Malformed`], of one line.
    fn one_malformed(file: &str) {
        en: "{file}: 1 line of this log of queues could not be read",
        ja: "{file}: このキューのログの 1 行を読み取れませんでした。" ["a9890d47"],
    }
    /// [`QueueNote::Malformed`], of several lines.
    fn some_malformed(file: &str, number: usize) {
        en: "{file}: {number} lines of this log of queues could not be read",
        ja: "{file}: このキューのログの {number} 行を読み取れませんでした。" ["cc7be438"],
    }
    /// [`QueueNote::LocalTimes`].
    fn local_times(file: &str) {
        en: "{file}: the times of the queues are those of the server's time zone, which the export does not name. They can be wrong by up to 14 hours; run ConvertTo-Json -InputObject @(Get-Queue) -Depth 5, and the same with Get-Message, to get them in UTC",
        ja: "{file}: キューの時刻はサーバーのタイム ゾーンのものですが、どのタイム ゾーンかはエクスポートに含まれていません。最大 14 時間ずれている可能性があります。UTC の時刻を取得するには、ConvertTo-Json -InputObject @(Get-Queue) -Depth 5 を実行し、Get-Message でも同じように実行してください。" ["d8f69742"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn file(name: &str, content: &Value) -> ExportFile {
        ExportFile::read(name, content.to_string().as_bytes()).expect("an export")
    }

    fn queue(identity: &str, exported: &str, count: u64) -> Value {
        json!({"Identity": identity, "NextHopDomain": "contoso.mail.onmicrosoft.com", "MessageCount": count,
            "LastError": "", "FirstRetryTime": null, "LastRetryTime": "2026-11-18T09:00:00Z", "ExportTimeUTC": exported})
    }

    fn message(identity: &str, recipients: Value) -> Value {
        json!({"Identity": identity, "Queue": "EX01\\41", "InternetMessageId": "<a@b>", "FromAddress": "x@y.com",
            "DateReceived": "2026-11-18T07:00:00Z", "ExpirationTime": "2026-11-20T07:00:00Z", "LastError": "",
            "Recipients": recipients})
    }

    #[test]
    fn the_newest_state_is_current_and_what_is_gone_is_not() {
        let early = "2026-11-18T09:05:00Z";
        let late = "2026-11-18T10:05:00Z";
        let (all, notes) = put_together(
            vec![
                file("b.json", &json!([queue("EX01\\41", late, 5)])),
                file(
                    "a.json",
                    &json!([queue("EX01\\41", early, 3), queue("EX01\\42", early, 1)]),
                ),
            ],
            Vec::new(),
            Vec::new(),
        );
        let states: Vec<_> = all
            .queues
            .iter()
            .map(|queue| (queue.identity.queue.as_str(), queue.is_current()))
            .collect();
        assert_eq!(states, [("41", false), ("41", true), ("42", false)]);
        assert!(notes.is_empty(), "{notes:?}");
        assert!(all.queues_exported && !all.messages_exported);
    }

    #[test]
    fn without_its_time_an_export_is_not_older_than_its_newest_time() {
        let mut row = queue("EX01\\41", "", 3);
        row["ExportTimeUTC"] = Value::Null;
        let (all, _) = put_together(vec![file("a.json", &json!([row]))], Vec::new(), Vec::new());
        let time = "2026-11-18T09:00:00Z".parse().unwrap();
        assert_eq!(all.queues[0].as_of, AsOf::NotBefore(time));
    }

    #[test]
    fn messages_count_once_and_lost_recipients_are_said() {
        let recipients =
            json!([{"Address": "kim@contoso.com", "Status": "Retry", "LastError": ""}]);
        let (all, notes) = put_together(
            vec![
                file(
                    "a.json",
                    &json!([message("EX01\\41\\7", recipients.clone())]),
                ),
                file(
                    "b.json",
                    &json!([
                        message("EX01\\41\\7", recipients),
                        message("EX01\\41\\8", json!([]))
                    ]),
                ),
            ],
            Vec::new(),
            Vec::new(),
        );
        assert_eq!(all.messages.len(), 2);
        assert_eq!(all.messages[0].file, "b.json");
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0]
                .to_string()
                .starts_with("b.json: 1 message without recipients")
        );
    }

    #[test]
    fn what_an_export_lost_is_one_sentence_a_file() {
        let csv = "Identity,NextHopDomain,MessageCount,LastError,LastRetryTime\nEX01\\41,x.com,3,System.Object[],18/11/2026 09:12:03\n";
        let csv = ExportFile::read("a.csv", csv.as_bytes()).expect("an export");
        let (all, notes) = put_together(vec![csv], Vec::new(), Vec::new());
        assert_eq!(all.queues.len(), 1);
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert!(
            notes[0].starts_with("a.csv: the export lost LastError of 1 queue;"),
            "{notes:?}"
        );
        assert!(
            notes[1].starts_with("a.csv: the times of the queues"),
            "{notes:?}"
        );
        // Local time may be ahead of UTC.
        let bound = "2026-11-17T19:12:03Z".parse().unwrap();
        assert_eq!(all.queues[0].as_of, AsOf::NotBefore(bound));
    }

    #[test]
    fn an_empty_export_is_an_export() {
        let empty = ExportFile::read("Queue.json", b"[]").expect("an export");
        let (all, _) = put_together(vec![empty], Vec::new(), Vec::new());
        assert!(all.queues_exported && all.queues.is_empty());
    }

    proptest! {
        #[test]
        fn the_order_of_the_files_does_not_matter(order in Just((0..4).collect::<Vec<usize>>()).prop_shuffle()) {
            let files = [
                file("a.json", &json!([queue("EX01\\41", "2026-11-18T09:05:00Z", 3)])),
                file("b.json", &json!([queue("EX01\\41", "2026-11-18T09:05:00Z", 4), queue("EX02\\1", "2026-11-18T09:05:00Z", 1)])),
                file("c.json", &json!([message("EX01\\41\\7", json!([]))])),
                file("d.json", &json!([message("EX01\\41\\7", json!([])), message("EX01\\9", json!([]))])),
            ];
            let shuffled = order.iter().map(|at| files[*at].clone()).collect();
            prop_assert_eq!(
                put_together(shuffled, Vec::new(), Vec::new()),
                put_together(files.to_vec(), Vec::new(), Vec::new())
            );
        }
    }
}
