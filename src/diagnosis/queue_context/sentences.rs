//! The sentences about a queue with an error.
//!
//! In: values. Out: sentences.
//! Must not decide anything.

use crate::language::sentences;

sentences! {
    /// The send connector of the queue is not in the export.
    pub(super) fn not_exported(guid: &str) {
        en: "No exported send connector has the Guid {guid} that the queue shows: it may be new, or be gone. Export the send connectors again (Get-SendConnector).",
        ja: "キューが示す Guid {guid} の送信コネクタは、エクスポートにありません。新しいコネクタか、削除されたコネクタの可能性があります。送信コネクタをもう一度エクスポートしてください (Get-SendConnector)。" ["58cf97bc"],
    }
    /// No send connectors were exported.
    pub(super) fn only_guid(guid: &str) {
        en: "The input does not show the name of the send connector, only its Guid {guid}. Give the send connectors too (Get-SendConnector).",
        ja: "入力から分かるのは送信コネクタの Guid {guid} だけで、名前は分かりません。送信コネクタのエクスポートも指定してください (Get-SendConnector)。" ["3048124d"],
    }
    /// The export of the queues does not show it.
    pub(super) fn no_connector() {
        en: "The export does not show the send connector of the queue (NextHopConnector). Export all columns of the queues (Get-Queue), and the send connectors (Get-SendConnector).",
        ja: "エクスポートからは、キューの送信コネクタ (NextHopConnector) が分かりません。キューのすべての列 (Get-Queue) と送信コネクタ (Get-SendConnector) をエクスポートしてください。" ["66da2510"],
    }
    /// What shows the error that follows.
    pub(super) fn shows(queue: &str) {
        en: "Queue {queue} shows",
        ja: "キュー {queue} のエラーは" ["f0eb0441"],
    }
    /// What showed the error that follows, and when.
    pub(super) fn showed_at(time: &str, queue: &str) {
        en: "At {time}, queue {queue} showed",
        ja: "{time} 時点のキュー {queue} のエラーは" ["ed0f17cf"],
    }
    /// What showed the error that follows.
    pub(super) fn showed(queue: &str) {
        en: "Queue {queue} showed",
        ja: "キュー {queue} に記録されたエラーは" ["8ad52ca9"],
    }
    /// One message, without a full stop.
    pub(super) fn one_waits_in(queue: &str) {
        en: "1 message waits in queue {queue}",
        ja: "1 通のメッセージがキュー {queue} で待機しています" ["82c7ede4"],
    }
    /// One message, without a full stop.
    pub(super) fn one_waited_in(queue: &str) {
        en: "1 message waited in queue {queue}",
        ja: "1 通のメッセージがキュー {queue} で待機していました" ["2b583e04"],
    }
    /// Some messages, without a full stop.
    pub(super) fn some_wait_in(count: u64, queue: &str) {
        en: "{count} messages wait in queue {queue}",
        ja: "{count} 通のメッセージがキュー {queue} で待機しています" ["2539e250"],
    }
    /// Some messages, without a full stop.
    pub(super) fn some_waited_in(count: u64, queue: &str) {
        en: "{count} messages waited in queue {queue}",
        ja: "{count} 通のメッセージがキュー {queue} で待機していました" ["ffee3273"],
    }
    /// An unknown number of messages, without a full stop.
    pub(super) fn mail_waits_in(queue: &str) {
        en: "Mail waits in queue {queue}",
        ja: "メールがキュー {queue} で待機しています" ["c172a4ef"],
    }
    /// An unknown number of messages, without a full stop.
    pub(super) fn mail_waited_in(queue: &str) {
        en: "Mail waited in queue {queue}",
        ja: "メールがキュー {queue} で待機していました" ["011bf225"],
    }
    /// What waits.
    pub(super) fn waits(mail: &str) {
        en: "{mail}.",
        ja: "{mail}。" ["5f89ec86"],
    }
    /// What waits, and when that was seen.
    pub(super) fn waits_at(mail: &str, time: &str) {
        en: "{mail} (as of {time}).",
        ja: "{mail} ({time} 時点)。" ["0aae8b27"],
    }
    /// What waits, and since when the queue fails.
    pub(super) fn waits_since(mail: &str, since: &str) {
        en: "{mail}, which has been failing since {since}.",
        ja: "{mail}。このキューの配信は {since} から失敗し続けています。" ["e8628753"],
    }
    /// What waited, and since when the queue failed.
    pub(super) fn waited_since(mail: &str, since: &str) {
        en: "{mail}, which had been failing since {since}.",
        ja: "{mail}。このキューの配信は {since} から失敗し続けていました。" ["a47c8db6"],
    }
    /// What waits, since when the queue fails, and when that was seen.
    pub(super) fn waits_since_at(mail: &str, since: &str, time: &str) {
        en: "{mail}, which has been failing since {since} (as of {time}).",
        ja: "{mail}。このキューの配信は {since} から失敗し続けています ({time} 時点)。" ["04595d38"],
    }
    /// What waited, since when the queue failed, and when that was seen.
    pub(super) fn waited_since_at(mail: &str, since: &str, time: &str) {
        en: "{mail}, which had been failing since {since} (as of {time}).",
        ja: "{mail}。このキューの配信は {since} から失敗し続けていました ({time} 時点)。" ["49e825b7"],
    }
}
