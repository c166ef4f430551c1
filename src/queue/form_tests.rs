//! One server's queues in every form in which PowerShell writes them, live and as remoting leaves them, in
//! several cultures.
//!
//! In: the folders of `tests/it/powershell-exports/queues`. Every form must give the same queues and
//! messages, and one that loses values nothing wrong.

use std::fs;
use std::path::{Path, PathBuf};

use super::load::put_together;
use super::online::goes_to_exchange_online;
use super::{CurrentQueues, Queue, QueuedMessage, Queues};
use crate::tenant::Known;
use crate::tenant::load::ExportFile;

const NOT_FOUND: &str = "454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.";

/// The forms, and whether they lose something.
fn forms() -> Vec<(PathBuf, bool)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/powershell-exports/queues");
    let entries = fs::read_dir(root).expect("the folder");
    let mut forms: Vec<(PathBuf, bool)> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let lossy = path.join("lossy").exists();
            (path, lossy)
        })
        .collect();
    forms.sort();
    assert!(forms.len() > 40, "{forms:?}");
    forms
}

/// What a form holds, and how many of its files are exports.
fn read(form: &Path) -> (Queues, usize) {
    let entries = fs::read_dir(form).expect("a form");
    let files: Vec<ExportFile> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some())
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            ExportFile::read(&name, &fs::read(&path).expect("a file")).ok()
        })
        .filter(ExportFile::is_of_queues)
        .collect();
    let count = files.len();
    (put_together(files, Vec::new(), Vec::new()).0, count)
}

fn id(message: &QueuedMessage) -> Option<&str> {
    message.message_id.value()?.as_deref()
}

/// The recipients of a message, by its id.
fn recipients_of(id: &str) -> &'static [&'static str] {
    match id {
        "7a1c03b9e2@app1.contoso.com" => &["kim@contoso.mail.onmicrosoft.com"],
        "55d0c1fa77@EX01.contoso.com" => &[
            "sam@contoso.mail.onmicrosoft.com",
            "ada@contoso.mail.onmicrosoft.com",
        ],
        "c3@EX01.contoso.com" => &["ada@contoso.mail.onmicrosoft.com"],
        other => panic!("{other}"),
    }
}

/// Nothing that is known of a queue is wrong.
fn check_queue(form: &Path, queue: &Queue) {
    let online = goes_to_exchange_online(queue, &[]);
    let name = queue.identity.to_string();
    let is_outside = name == "EX01\\41";
    assert!(
        online.is_none_or(|online| online == is_outside),
        "{form:?} {queue:?}"
    );
    assert_eq!(queue.is_shadow(), name == "EX01\\Shadow\\17", "{form:?}");
    match (&queue.last_error, is_outside) {
        (Known::Lost, _) => {}
        (Known::Value(None), outside) => assert!(!outside, "{form:?}"),
        (Known::Value(Some(error)), outside) => {
            assert!(outside, "{form:?}");
            assert_eq!(error.innermost.reply, NOT_FOUND, "{form:?}");
        }
    }
    if let (Known::Value(Some(time)), true) = (&queue.first_retry, is_outside) {
        assert_eq!(time.to_string(), "2026-11-18 07:40:55 UTC", "{form:?}");
    }
}

/// Nothing that is known of a message is wrong.
fn check_message(form: &Path, message: &QueuedMessage) {
    let Some(id) = id(message) else {
        return;
    };
    if let Some(recipients) = message.recipients.value() {
        let addresses: Vec<&str> = recipients.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(addresses, recipients_of(id), "{form:?}");
        for one in recipients {
            let status = one.status.value();
            assert!(
                status.is_none_or(|status| status.as_deref() == Some("Retry")),
                "{form:?} {one:?}"
            );
        }
    }
    if let Known::Value(from) = &message.from {
        assert_eq!(from.is_none(), id == "c3@EX01.contoso.com", "{form:?}");
    }
    let is_copy = message.number == Known::Value(8_237_109_272_777);
    assert!(
        message.number.is_lost() || message.is_copy() == is_copy,
        "{form:?} {message:?}"
    );
    if let Known::Value(Some(error)) = &message.last_error {
        assert!(
            error.innermost.reply.starts_with("451 4.7.0 Temporary"),
            "{form:?} {error:?}"
        );
    }
    if let Known::Value(Some(time)) = &message.expires {
        assert!(time.to_string().starts_with("2026-11-20 0"), "{form:?}");
    }
}

#[test]
fn every_form_gives_the_same_queues_and_messages() {
    for (form, _) in forms().iter().filter(|(_, lossy)| !lossy) {
        let (all, files) = read(form);
        assert_eq!(files, 2, "{form:?}");
        let names: Vec<String> = all
            .queues
            .iter()
            .map(|queue| queue.identity.to_string())
            .collect();
        assert_eq!(
            names,
            [
                "EX01\\41",
                "EX01\\44",
                "EX01\\Shadow\\17",
                "EX01\\Submission"
            ],
            "{form:?}"
        );
        let queue = &all.queues[0];
        assert_eq!(queue.message_count, Known::Value(3), "{form:?}");
        assert_eq!(goes_to_exchange_online(queue, &[]), Some(true), "{form:?}");
        let innermost = queue.innermost().expect("an error");
        assert_eq!(innermost.reply, NOT_FOUND, "{form:?}");
        assert_eq!(all.messages.len(), 4, "{form:?}");
        let waiting: Vec<&QueuedMessage> = all.waiting().collect();
        assert_eq!(waiting.len(), 3, "{form:?}");
        for message in waiting {
            assert!(
                message.recipients.value().is_some() && id(message).is_some(),
                "{form:?} {message:?}"
            );
            assert!(
                CurrentQueues::of(&all).of_message(message).is_some(),
                "{form:?}"
            );
        }
        all.queues.iter().for_each(|queue| check_queue(form, queue));
        let messages = all.messages.iter();
        messages.for_each(|message| check_message(form, message));
    }
}

#[test]
fn a_form_that_loses_values_says_nothing_wrong() {
    for (form, _) in forms().iter().filter(|(_, lossy)| *lossy) {
        let (all, _) = read(form);
        all.queues.iter().for_each(|queue| check_queue(form, queue));
        let messages = all.messages.iter();
        messages.for_each(|message| check_message(form, message));
    }
}
