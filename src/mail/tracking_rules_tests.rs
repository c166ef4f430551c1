//! Tests of what tracking logs say: rows of files in, fates out.

use crate::input::bytes::Source as Bytes;
use crate::input::timestamp::Timestamp;
use crate::input::tracking_file::TrackingFile;
use crate::mail::attempt::{Attempt, Outcome, Taker, Tried};
use crate::mail::case::Sources;
use crate::mail::coverage::{Coverage, StreamCoverage};
use crate::mail::fate::{Certainty, Fate, Reason, Verdict};
use crate::mail::followed::{Followed, Message};
use crate::mail::message_id::MessageId;
use crate::mail::queued::Queued;
use crate::mail::tracked::{Tracked, names_exchange_online};
use crate::scenario::mail::{attempt, fates_in};
use crate::scenario::tracking::{self, FAILED, MOVED, REFUSED, REPORT, REPORT_DELIVERED, SENT};
use crate::tracking::read::{self, Plan};
use crate::tracking::{Event, Wanted};

const ANN: &str = "<0efaea714cc2c4b2@EX01.contoso.com>";
const EVE: &str = "<3a42b9d6ab9ec852@EX01.contoso.com>";

fn tracked(files: &[TrackingFile]) -> Tracked {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    let plan = Plan {
        files,
        wanted: &Wanted::everything(),
        only: None,
        pool: &pool,
        progress: &|_| {},
    };
    let mut tracked = Tracked::default();
    let result = read::each_step(&plan, &mut |step| tracked.add(step));
    for (file, (_, last)) in files.iter().zip(result.spans) {
        let coverage = StreamCoverage {
            last,
            ..StreamCoverage::default()
        };
        tracked.cover(file.server.as_deref().unwrap_or_default(), coverage);
    }
    tracked.finish(&|step| {
        let sends = matches!(
            step.entry.event,
            Event::SendExternal | Event::Send | Event::Fail | Event::Defer
        );
        sends && names_exchange_online(step)
    });
    tracked
}

/// The log of EX01 with these rows.
fn log(rows: &[&str]) -> Vec<TrackingFile> {
    let text = tracking::text(rows).into_bytes();
    vec![tracking::file(
        "EX01/MSGTRK2026111807-1.LOG",
        Bytes::Held(text),
    )]
}

fn judged(id: &str, files: &[TrackingFile], attempts: Vec<Attempt>) -> Vec<Fate> {
    let (tracked, coverage, queued) = (tracked(files), Coverage::default(), Queued::default());
    let sources = Sources {
        coverage: &coverage,
        tracked: &tracked,
        queued: &queued,
    };
    let id = MessageId::of(id).expect("an id");
    let mut followed = Followed::default();
    attempts.into_iter().for_each(|one| followed.add(one));
    followed.add_id(&id);
    let messages = followed.finish();
    let of_id = |message: &&Message| message.id.as_ref() == Some(&id);
    fates_in(messages.iter().find(of_id).expect("the message"), sources)
}

fn fate(id: &str, files: &[TrackingFile]) -> Fate {
    let mut fates = judged(id, files, Vec::new());
    assert_eq!(fates.len(), 1, "{fates:?}");
    fates.remove(0)
}

fn shown(fate: &Fate) -> (Verdict, Certainty, Option<Reason>) {
    (fate.verdict, fate.certainty, fate.reason)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(format!("2026-11-18T{text}Z").as_bytes()).expect("a time")
}

#[test]
fn the_fates_of_the_story() {
    let files = tracking::story();
    let ann = fate(ANN, &files);
    assert_eq!(shown(&ann), (Verdict::Bounced, Certainty::High, None));
    let report = ann.report.expect("a report");
    assert!(report.arrived);
    assert_eq!(report.time, at("07:20:00.901"));
    let eve = fate(EVE, &files);
    assert_eq!(shown(&eve), (Verdict::Delivered, Certainty::High, None));
    assert_eq!(eve.time, at("09:02:43.310"));
    assert_eq!(
        eve.host.as_deref(),
        Some("contoso-com.mail.protection.outlook.com")
    );
    let minutes = judged("<e109f2fabbc59747@EX01.contoso.com>", &files, Vec::new());
    let mut verdicts: Vec<Verdict> = minutes.iter().map(|fate| fate.verdict).collect();
    verdicts.sort();
    assert_eq!(
        verdicts,
        [Verdict::Delivered, Verdict::Delivered, Verdict::Bounced]
    );
}

#[test]
fn without_the_log_of_the_other_server_it_has_moved_there() {
    let fate = fate(EVE, &log(&[tracking::DEFERRED, MOVED]));
    assert_eq!(
        (fate.verdict, fate.reason),
        (Verdict::Unknown, Some(Reason::MovedTo))
    );
    assert_eq!(fate.host.as_deref(), Some("EX02.contoso.com"));
}

#[test]
fn what_came_in_at_the_other_server_waits_there() {
    // That server notes it a moment before the first one notes that it was taken.
    let came_in = MOVED
        .replace("T09:02:40.500Z", "T09:02:40.320Z")
        .replace("SMTP,SEND,17387597824", "SMTP,RECEIVE,5613522257399")
        .replace(
            "10.0.0.5,EX01,10.0.0.6,EX02.contoso.com",
            "10.0.0.5,EX01,10.0.0.6,EX02",
        );
    let later = REFUSED.replace("T07:41:01.412", "T10:25:00.000");
    let rows = tracking::text(&[&came_in, &later]).into_bytes();
    let mut files = log(&[tracking::DEFERRED, MOVED]);
    files.push(tracking::file(
        "EX02/MSGTRK2026111807-1.LOG",
        Bytes::Held(rows),
    ));
    let waiting = fate(EVE, &files);
    assert_eq!(shown(&waiting), (Verdict::Waiting, Certainty::Medium, None));
    assert_eq!(waiting.time, at("09:02:40.320"));
    // The session in the send log of the first server says no more than that.
    let taken = Attempt {
        id: Some(EVE.into()),
        time: at("09:02:40.100"),
        taker: Taker::OwnServer,
        recipients: vec![Tried {
            time: at("09:02:40.400"),
            ..attempt(0, &[("eve@tailspintoys.com", Outcome::Taken)])
                .recipients
                .remove(0)
        }],
        ..attempt(0, &[])
    };
    assert_eq!(
        judged(EVE, &files, vec![taken])[0].verdict,
        Verdict::Waiting
    );
}

#[test]
fn rows_are_those_of_the_message_with_their_sender() {
    let other = FAILED
        .replace(
            "bob@contoso.com,bob@contoso.com",
            "app@contoso.com,app@contoso.com",
        )
        .replace("T07:20:00.842Z,", "T09:20:00.842Z,")
        .replace("SMTP,FAIL", "SMTP,SENDEXTERNAL")
        .replace("[{LED=550", "[{LED=250");
    let files = log(&[FAILED, &other]);
    let of = |sender: &str, size, outcome| Attempt {
        id: Some(ANN.into()),
        sender: Some(sender.into()),
        size: Some(size),
        ..attempt(-100_000, &[("ann@fabrikam.com", outcome)])
    };
    let (tracked, coverage, queued) = (tracked(&files), Coverage::default(), Queued::default());
    let sources = Sources {
        coverage: &coverage,
        tracked: &tracked,
        queued: &queued,
    };
    let mut followed = Followed::default();
    followed.add(of("bob@contoso.com", 1_000, Outcome::Refused));
    followed.add(of("app@contoso.com", 2_000, Outcome::Taken));
    let messages = followed.finish();
    let mut found: Vec<Verdict> = messages
        .iter()
        .flat_map(|message| fates_in(message, sources))
        .map(|fate| fate.verdict)
        .collect();
    found.sort();
    assert_eq!(found, [Verdict::Delivered, Verdict::Bounced]);
}

#[test]
fn a_report_is_followed() {
    // On its way.
    let fate_of = |rows: &[&str]| fate(ANN, &log(rows));
    let on_its_way = fate_of(&[FAILED, REPORT]);
    assert_eq!(
        shown(&on_its_way),
        (Verdict::Bounced, Certainty::High, None)
    );
    assert!(!on_its_way.report.expect("a report").arrived);
    // The report failed itself.
    let failed = REPORT_DELIVERED.replace("STOREDRIVER,DELIVER", "STOREDRIVER,FAIL");
    let lost = fate_of(&[FAILED, REPORT, &failed]);
    assert_eq!(shown(&lost), (Verdict::Lost, Certainty::High, None));
}

/// [`FAILED`] without the id of the report.
fn unreported() -> String {
    FAILED.replace(
        "<22954c5f-3b39-468c-b4ad-a699c496db85@EX01.contoso.com>",
        "",
    )
}

#[test]
fn a_failure_without_a_report_in_the_row() {
    let fate_of = |rows: &[&str]| fate(ANN, &log(rows));
    let row = unreported();
    assert_eq!(
        shown(&fate_of(&[&row])),
        (Verdict::Bounced, Certainty::Medium, None)
    );
    // The report names the message.
    let told = fate_of(&[&row, REPORT]);
    assert_eq!(shown(&told), (Verdict::Bounced, Certainty::High, None));
    assert!(told.report.is_some());
    // Too long after it.
    let late = REPORT.replace("07:20:00.901", "07:25:00.901");
    assert_eq!(fate_of(&[&row, &late]).certainty, Certainty::Medium);
    // Nobody is told of a bounce.
    let bounce = row.replace("bob@contoso.com,bob@contoso.com,", "bob@contoso.com,<>,");
    assert_eq!(
        shown(&fate_of(&[&bounce])),
        (Verdict::Lost, Certainty::High, None)
    );
    let removed = row.replace("SMTP,FAIL", "ADMIN,FAIL");
    assert_eq!(
        shown(&fate_of(&[&removed])),
        (Verdict::Lost, Certainty::Medium, Some(Reason::Removed))
    );
}

#[test]
fn a_failure_of_a_second_copy_says_little_of_the_first() {
    for (data, certainty) in [
        ("S:Resubmit=SafetyNet;", Certainty::Low),
        ("S:Resubmit=ShadowRedundancy;", Certainty::Medium),
        ("", Certainty::High),
    ] {
        let custom = format!(",{data}S:IsSmtp");
        let row = FAILED.replace(",S:IsSmtp", &custom);
        let fate = fate(ANN, &log(&[&row, REPORT]));
        assert_eq!(shown(&fate), (Verdict::Bounced, certainty, None), "{data}");
    }
    let again = FAILED
        .replace("T07:20:00.842Z,", "T07:19:00.842Z,")
        .replace("SMTP,FAIL", "SAFETYNET,RESUBMIT");
    assert_eq!(fate(ANN, &log(&[&again, FAILED])).certainty, Certainty::Low);
}

#[test]
fn what_is_dropped_is_lost_but_a_group_is_expanded() {
    let row = |event: &str| unreported().replace("SMTP,FAIL", event);
    let attempts = || {
        vec![Attempt {
            id: Some(ANN.into()),
            ..attempt(-100_000, &[("ann@fabrikam.com", Outcome::Deferred)])
        }]
    };
    for (event, certainty) in [
        ("AGENT,DROP", Certainty::High),
        ("SMTP,BADMAIL", Certainty::High),
        ("AGENT,SUPPRESSED", Certainty::Low),
    ] {
        let fates = judged(ANN, &log(&[&row(event)]), attempts());
        assert_eq!(
            shown(&fates[0]),
            (Verdict::Lost, certainty, None),
            "{event}"
        );
    }
    let expand = row("RESOLVER,EXPAND")
        .replace("ann@fabrikam.com", "member@contoso.com")
        .replace("8120,1,,", "8120,1,ann@fabrikam.com,");
    let fates = judged(ANN, &log(&[&expand, &row("RESOLVER,DROP")]), attempts());
    assert_eq!(fates[0].verdict, Verdict::Expanded);
}

#[test]
fn a_deferred_message_waits_while_the_log_goes_on() {
    // The last row of the log is one of another message, an hour later.
    let later = REFUSED.replace("T07:41:01.412", "T08:25:00.000");
    let waiting = fate(EVE, &log(&[tracking::DEFERRED, &later]));
    assert_eq!(shown(&waiting), (Verdict::Waiting, Certainty::Medium, None));
    let three_days = REFUSED.replace("2026-11-18T07:41:01.412", "2026-11-21T08:25:00.000");
    let unknown = fate(EVE, &log(&[tracking::DEFERRED, &three_days]));
    assert_eq!(
        (unknown.verdict, unknown.reason),
        (Verdict::Unknown, Some(Reason::NoFinalRow))
    );
}

#[test]
fn a_delivery_before_the_rejection_is_that_of_the_first_copy() {
    let attempts = |outcome| {
        vec![Attempt {
            id: Some(EVE.into()),
            // Long after the rows of the log.
            ..attempt(1_000_000, &[("eve@tailspintoys.com", outcome)])
        }]
    };
    let fates = judged(EVE, &log(&[SENT]), attempts(Outcome::Refused));
    assert_eq!(
        shown(&fates[0]),
        (
            Verdict::Delivered,
            Certainty::Medium,
            Some(Reason::SecondCopy)
        )
    );
    // Another network message id: another message.
    let other = MOVED.replace(
        "91b7d0f3-2c8e-4b60-a0d4-08df26755d11",
        "91b7d0f3-2c8e-4b60-a0d4-08df26755d99",
    );
    let fates = judged(EVE, &log(&[&other, SENT]), attempts(Outcome::Refused));
    assert_eq!(fates[0].verdict, Verdict::Bounced);
}

#[test]
fn rows_about_shadow_copies_say_nothing() {
    let shadow = SENT.replace("SMTP,SENDEXTERNAL", "SMTP,HARECEIVE");
    let attempts = vec![Attempt {
        id: Some(EVE.into()),
        ..attempt(0, &[("eve@tailspintoys.com", Outcome::Refused)])
    }];
    let fates = judged(EVE, &log(&[&shadow]), attempts);
    assert_eq!(
        shown(&fates[0]),
        (Verdict::Bounced, Certainty::Medium, None)
    );
}

/// The row with which the journaling agent makes a report for the journal mailbox.
const JOURNAL: &str = "2026-11-18T07:19:59.310Z,,,,EX01,Journaling,,AGENT,RECEIVE,17387433984,<0efaea714cc2c4b2@EX01.contoso.com>,6f1c0c9e-5a41-4d0b-9b7e-08df2674a1b2,ann@fabrikam.com,,8120,1,,<a1@EX01.contoso.com>,Offer,MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.com,<>,,Originating,,,,,Email,c1d0c0aa-71a7-4f55-9f11-08df2674a1c9,15.02.1748.010";

#[test]
fn nobody_has_to_be_told_of_a_journal_report() {
    let refused = |sender: &str| Attempt {
        id: Some(ANN.into()),
        sender: Some(sender.into()),
        time: at("07:20:00.100"),
        recipients: attempt(0, &[("ann@fabrikam.com", Outcome::Refused)]).recipients,
        ..attempt(0, &[])
    };
    let of = |rows: &[&str], sender| shown(&judged(ANN, &log(rows), vec![refused(sender)])[0]);
    // Exchange goes on trying, whatever the reply is.
    let journal = Some(Reason::JournalReport);
    let waiting = (Verdict::Waiting, Certainty::Low, journal);
    assert_eq!(of(&[JOURNAL], ""), waiting);
    // What else has the null sender.
    let lost = (Verdict::Lost, Certainty::Medium, None);
    let came_in = JOURNAL.replace("AGENT,RECEIVE", "SMTP,RECEIVE");
    let other_agent = JOURNAL.replace("Journaling", "Transport Rule Agent");
    for row in [came_in, other_agent] {
        assert_eq!(of(&[&row], ""), lost, "{row}");
    }
    // A row that gives it up is final.
    let failed = unreported().replace("bob@contoso.com,bob@contoso.com,", "bob@contoso.com,<>,");
    assert_eq!(
        shown(&fate(ANN, &log(&[JOURNAL, &failed]))),
        (Verdict::Lost, Certainty::High, journal)
    );
    // The message that is journaled is one of people.
    let of_people = JOURNAL.replace(",<>,,Originating", ",bob@contoso.com,,Originating");
    assert_eq!(fate(ANN, &log(&[&of_people, FAILED, REPORT])).reason, None);
}
