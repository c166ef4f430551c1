//! Tests of the aggregate: whatever parts sessions come in, and in whatever order, the totals are
//! the same.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::aggregate::buckets::Ladder;
use crate::aggregate::limits::MOMENTS;
use crate::aggregate::occurrence::{Kind, SenderKind};
use crate::aggregate::saved::{AggregateRecord, Loader};
use crate::aggregate::{FrontEndsAlone, StreamAggregate, StreamPlace, Totals};
use crate::input::header::Layout;
use crate::input::lines;
use crate::session::assembly::ChunkAssembler;
use crate::session::join::{Joined, Joiner};

/// Limits that a few sessions reach.
static FEW: Limits = limits(2);

/// The same, but for the sender domains.
static MANY_SENDERS: Limits = limits(1_000);

const fn limits(senders: usize) -> Limits {
    Limits {
        other_texts: 3,
        with_rows: 3,
        senders,
        moments: Ladder {
            lengths: &MOMENTS,
            most: 4,
        },
    }
}

const DENIED: &str = "550 5.7.64 TenantAttribution; Relay Access Denied [x.prod.outlook.com]";
const BANNER: &str = "220 AM0.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready";
const COLUMNS: &str =
    "Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";

/// How a session goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Over TLS.
    Tls,
    /// Over TLS, and the beginning is not in the input.
    Cut,
    /// TLS fails.
    Failed,
    /// STARTTLS is offered and not used: perhaps a retry.
    Plain,
    /// No STARTTLS is offered, and no mail is sent.
    NotOffered,
    Hub,
    FrontEnd,
    /// To a server that is not Exchange Online.
    Internal,
}

const WAYS: [Way; 8] = [
    Way::Tls,
    Way::Cut,
    Way::Failed,
    Way::Plain,
    Way::NotOffered,
    Way::Hub,
    Way::FrontEnd,
    Way::Internal,
];

/// A session to be logged.
#[derive(Debug, Clone)]
struct Plan {
    way: Way,
    stream: usize,
    connector: u8,
    /// When it begins, in milliseconds.
    start: i64,
    /// The number of its certificate, and how fully the log describes it.
    certificate: (u8, bool),
    /// Its id: for a front end, that of its hub.
    id: u8,
    /// Sender and reply of each message.
    mails: Vec<(&'static str, String)>,
    has_end: bool,
}

impl Plan {
    fn new(way: Way, seconds: i64, reply: &str) -> Plan {
        Plan {
            way,
            stream: 0,
            connector: 0,
            start: seconds * 1000,
            certificate: (0, true),
            id: 0,
            mails: vec![("a@contoso.com", reply.to_owned())],
            has_end: true,
        }
    }

    /// Its rows. The place of its first row is the number.
    fn session(&self, number: u32) -> Session<SmtpDigest> {
        let mut log = Log {
            start: self.start,
            id: u32::from(self.id),
            connector: self.connector,
            rows: 0,
            text: String::new(),
        };
        if self.way == Way::FrontEnd {
            log.id = 0x1000 + number;
        }
        self.write(&mut log);
        // A session has at least one row.
        if self.has_end || log.text.is_empty() {
            log.row('-', "", "Local");
        }
        let mut found = None;
        let mut assembler = ChunkAssembler::new(|_: &Session<SmtpDigest>| false);
        lines::read(
            log.text.as_bytes(),
            number,
            Layout::default(),
            |rows, layout| {
                assembler.rows(rows, layout);
            },
        );
        let mut joiner = Joiner::default();
        let mut take = |joined: Joined<'_, SmtpDigest>| {
            if let Joined::Session(session) = joined {
                found = Some(*session);
            }
        };
        joiner.join(assembler.finish(), &mut take);
        joiner.finish(&mut take);
        found.expect("a session")
    }

    fn write(&self, log: &mut Log) {
        let banner = match self.way {
            Way::Internal => "220 mail.fabrikam.example ready",
            _ => BANNER,
        };
        if self.way == Way::Cut {
            log.rows = 7;
        } else {
            log.row('+', "", "");
            log.row('<', banner, "");
            log.row('>', "EHLO mail.contoso.com", "");
            let offer = match self.way {
                Way::NotOffered | Way::Internal => "",
                _ => "STARTTLS ",
            };
            let hello = format!(
                "250  x Hello [203.0.113.{}] SIZE {offer}8BITMIME",
                self.connector
            );
            log.row('<', &hello, "");
        }
        match self.way {
            Way::Hub => {
                log.row(
                    '>',
                    "XPROXYTO PORT=25 DESTINATIONS=contoso-com.mail.protection.outlook.com",
                    "",
                );
                log.row('<', "250 XProxyTo accepted", "");
            }
            Way::FrontEnd => {
                let hub = format!(
                    "attempting to connect. Outbound proxy from EX0{}.contoso.local with session id {:016X}. more",
                    self.certificate.0 + 1,
                    self.id
                );
                log.row('*', "", &hub);
                self.handshake(log);
            }
            Way::Tls | Way::Failed => self.handshake(log),
            Way::Cut | Way::Plain | Way::NotOffered | Way::Internal => {}
        }
        if self.way == Way::NotOffered {
            return;
        }
        for (sender, reply) in &self.mails {
            log.row('>', &format!("MAIL FROM:<{sender}>"), "");
            log.row('<', "250 2.1.0 Sender OK", "");
            log.row('>', "RCPT TO:<someone@example.org>", "");
            log.row('<', reply, "");
            if reply.starts_with('2') {
                log.row('>', "BDAT 1 LAST", "");
                log.row('<', "250 2.6.0 Queued mail for delivery", "");
            }
        }
    }

    fn handshake(&self, log: &mut Log) {
        log.row('>', "STARTTLS", "");
        log.row('<', "220 2.0.0 SMTP server ready", "");
        let (number, with_names) = self.certificate;
        let names = if with_names {
            "mail.contoso.com;contoso.com"
        } else {
            "mail.contoso.com"
        };
        let data = format!(
            " CN=mail.contoso.com CN=CA 0A {number:040X} 2026-01-01T00:00:00.000Z 2027-01-01T00:00:00.000Z {names}"
        );
        log.row('*', &data, &format!("Sending certificate {COLUMNS}"));
        if self.way == Way::Failed {
            log.row('*', "", "TLS negotiation failed with error SocketError");
        } else {
            log.row(
                '*',
                "",
                "TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using AES",
            );
        }
    }
}

/// The rows of a session, as text.
struct Log {
    start: i64,
    id: u32,
    connector: u8,
    rows: u32,
    text: String,
}

impl Log {
    fn row(&mut self, event: char, data: &str, context: &str) {
        let time = Timestamp::from_millis(1_793_000_000_000 + self.start + i64::from(self.rows));
        let time = time.rfc3339().expect("a time");
        let Log {
            id,
            connector,
            rows,
            ..
        } = self;
        writeln!(
            self.text,
            "{time},To internet {connector},{id:016X},{rows},10.0.0.5:1,192.0.2.1:25,{event},\"{data}\",\"{context}\""
        )
        .expect("text");
        self.rows += 1;
    }
}

fn aggregate(sessions: &[(usize, Session<SmtpDigest>)]) -> Aggregate {
    aggregate_within(&FEW, sessions)
}

fn aggregate_within(
    limits: &'static Limits,
    sessions: &[(usize, Session<SmtpDigest>)],
) -> Aggregate {
    let mut aggregate = Aggregate::new(limits);
    for (stream, session) in sessions {
        aggregate.add(*stream, session);
    }
    aggregate
}

fn totals(aggregate: Aggregate) -> Totals {
    let servers = [Some("EX01".to_owned()), Some("EX02".to_owned())];
    aggregate.finish(&servers, FrontEndsAlone::Count)
}

fn sessions(plans: &[Plan]) -> Vec<(usize, Session<SmtpDigest>)> {
    let plans = plans.iter().zip(0..);
    plans
        .map(|(plan, number)| (plan.stream, plan.session(number)))
        .collect()
}

fn plan() -> impl Strategy<Value = Plan> {
    let replies = [
        DENIED.to_owned(),
        DENIED.to_owned(),
        "250 2.1.5 Recipient OK".to_owned(),
        "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35".to_owned(),
        "550 5.7.1 Relay Access Denied ATTR1".to_owned(),
    ];
    let others = (0..9u8).prop_map(|number| format!("550 5.1.{} text {number}", number % 2));
    let reply = prop_oneof![
        proptest::sample::select(replies.to_vec()),
        proptest::sample::select(replies.to_vec()),
        others
    ];
    let sender = proptest::sample::select(vec![
        "",
        "a@contoso.com",
        "b@Fabrikam.com",
        "c@fabrikam.com",
    ]);
    let start = prop_oneof![
        0..4_000i64,
        0..400_000i64,
        (0..40i64).prop_map(|ten| ten * 10_000)
    ];
    (
        proptest::sample::select(WAYS.to_vec()),
        0..2usize,
        0..2u8,
        start,
        (0..2u8, any::<bool>()),
        0..3u8,
        proptest::collection::vec((sender, reply), 0..3),
        proptest::bool::weighted(0.9),
    )
        .prop_map(
            |(way, stream, connector, start, certificate, id, mails, has_end)| Plan {
                way,
                stream,
                connector,
                start,
                certificate,
                id,
                mails,
                has_end,
            },
        )
}

proptest! {
    #[test]
    fn neither_order_nor_parts_matter(
        plans in proptest::collection::vec(plan(), 1..40),
        parts in proptest::collection::vec(0..6usize, 40),
        shuffle in proptest::collection::vec(any::<u32>(), 40),
        pairs in proptest::collection::vec((any::<usize>(), any::<usize>()), 6),
    ) {
        let sessions = sessions(&plans);
        let whole = totals(aggregate(&sessions));
        prop_assert_eq!(whole.sessions, plans.len() as u64);
        // Sessions in any order, each in any part.
        let mut order: Vec<usize> = (0..sessions.len()).collect();
        order.sort_by_key(|at| shuffle[*at]);
        let mut merged: Vec<Aggregate> = (0..6).map(|_| Aggregate::new(&FEW)).collect();
        for at in order {
            let (stream, session) = &sessions[at];
            merged[parts[at]].add(*stream, session);
        }
        // Parts merged in any order and association.
        for (one, other) in pairs {
            if merged.len() > 1 {
                let part = merged.swap_remove(one % merged.len());
                let into = other % merged.len();
                merged[into].merge(part);
            }
        }
        let mut merged = merged.into_iter();
        let mut all = merged.next().expect("a part");
        merged.for_each(|part| all.merge(part));
        prop_assert_eq!(totals(all), whole);
    }
}

/// The sessions of each stream, counted alone. The number of a session stands for its file.
fn by_stream(
    limits: &'static Limits,
    sessions: &[(usize, Session<SmtpDigest>)],
    parts: &[usize],
) -> Vec<StreamAggregate> {
    let one = |stream: usize| {
        let mut merged: Vec<Aggregate> = (0..6).map(|_| Aggregate::new(limits)).collect();
        for ((at, session), part) in sessions.iter().zip(parts) {
            if *at == stream {
                merged[*part].add(stream, session);
            }
        }
        let mut all = Aggregate::new(limits);
        merged.into_iter().for_each(|part| all.merge(part));
        all.of_stream(|place| place)
    };
    vec![one(0), one(1)]
}

fn folded(streams: Vec<StreamAggregate>) -> Aggregate {
    let streams = streams.into_iter().enumerate();
    Aggregate::of_streams(streams.map(|(stream, one)| {
        let first_file = 0;
        (StreamPlace { stream, first_file }, one)
    }))
}

fn records(one: &StreamAggregate) -> Vec<AggregateRecord> {
    let mut records = Vec::new();
    let mut keep = |record: &AggregateRecord| {
        records.push(record.clone());
        Ok::<(), ()>(())
    };
    one.each_record(&mut keep).expect("records");
    records
}

fn restored(records: &[AggregateRecord]) -> StreamAggregate {
    let mut loader = Loader::new(100);
    for record in records {
        let json = serde_json::to_string(record).expect("JSON");
        let record = serde_json::from_str(&json).expect("a record");
        loader
            .take(&record)
            .unwrap_or_else(|fault| panic!("{fault:?} in {json}"));
    }
    loader.finish()
}

proptest! {
    #[test]
    fn streams_that_are_counted_alone_become_the_whole(
        plans in proptest::collection::vec(plan(), 1..40),
        parts in proptest::collection::vec(0..6usize, 40),
    ) {
        let sessions = sessions(&plans);
        for limits in [&FEW, &LIMITS] {
            let whole = totals(aggregate_within(limits, &sessions));
            let streams = by_stream(limits, &sessions, &parts);
            prop_assert_eq!(totals(folded(streams)), whole);
        }
    }

    #[test]
    fn a_stream_comes_back_from_its_records(
        plans in proptest::collection::vec(plan(), 1..40),
        parts in proptest::collection::vec(0..6usize, 40),
    ) {
        let sessions = sessions(&plans);
        let streams = by_stream(&LIMITS, &sessions, &parts);
        // Its records do not depend on the parts in which it was counted.
        let others = by_stream(&LIMITS, &sessions, &[0; 40]);
        let mut back = Vec::new();
        for (one, other) in streams.iter().zip(&others) {
            let known = records(one);
            prop_assert_eq!(&records(other), &known);
            let one = restored(&known);
            prop_assert_eq!(&records(&one), &known);
            back.push(one);
        }
        prop_assert_eq!(totals(folded(back)), totals(folded(streams)));
    }
}

/// For each kind of occurrence: how often, whether it follows a failure, and the lines of proof.
fn summary(totals: &Totals) -> Vec<(bool, bool, u64, Vec<u32>)> {
    let summary = totals.occurrences.iter().map(|one| {
        let rows = one.evidence.iter().map(|row| row.place.chunk).collect();
        let failed = one.key.kind == Kind::TlsFailure;
        (failed, one.key.follows_failure, one.count, rows)
    });
    summary.collect()
}

#[test]
fn a_retry_within_a_minute_belongs_to_the_failure_in_whatever_order_they_end() {
    let mut failed = Plan::new(Way::Failed, 100, DENIED);
    failed.mails.clear();
    let mut never_ended = failed.clone();
    never_ended.has_end = false;
    for failed in [failed, never_ended] {
        let near = Plan::new(Way::Plain, 130, DENIED);
        let far = Plan::new(Way::Plain, 190, DENIED);
        let before = Plan::new(Way::Plain, 99, DENIED);
        let mut elsewhere = near.clone();
        elsewhere.connector = 1;
        let plans = [before, near, elsewhere, failed, far];
        let found = summary(&totals(aggregate_within(&LIMITS, &sessions(&plans))));
        assert!(found.contains(&(false, true, 1, vec![1])), "{found:?}");
        assert!(found.contains(&(false, false, 2, vec![0, 4])), "{found:?}");
        assert!(found.contains(&(true, false, 1, vec![3])), "{found:?}");
    }
}

#[test]
fn a_hub_and_its_front_end_are_one_session() {
    let hub = Plan::new(Way::Hub, 10, DENIED);
    let mut front_end = Plan::new(Way::FrontEnd, 11, DENIED);
    front_end.mails.clear();
    let mut alone = hub.clone();
    alone.start += 3_600_000;
    for plans in [
        [hub.clone(), front_end.clone(), alone.clone()],
        [alone, front_end, hub],
    ] {
        let totals = totals(aggregate(&sessions(&plans)));
        let found = totals.occurrences.iter().map(|one| {
            let certificate = totals.flows[one.key.flow].key.certificate;
            (certificate, one.key.frontend_missing, one.count)
        });
        let found: Vec<_> = found.collect();
        let expected = [
            (CertificateId::Known(0), false, 1),
            (CertificateId::Unknown, true, 1),
        ];
        assert_eq!(found, expected);
        assert_eq!((totals.sessions, totals.exchange_online_sessions), (3, 3));
    }
}

/// Rejections of mail from eight domains, two of them twice.
fn from_eight_domains() -> Vec<(usize, Session<SmtpDigest>)> {
    let plan = |number: usize| {
        let mut plan = Plan::new(Way::Cut, number as i64, DENIED);
        plan.mails[0].0 = [
            "a@a.example",
            "a@b.example",
            "a@c.example",
            "a@d.example",
            "a@e.example",
            "a@f.example",
            "a@g.example",
            "a@h.example",
        ][number];
        plan
    };
    let plans: Vec<Plan> = [7, 3, 6, 1, 5, 0, 4, 2, 7, 1].map(plan).to_vec();
    sessions(&plans)
}

#[test]
fn the_smallest_occurrences_keep_their_rows() {
    let totals = totals(aggregate_within(&MANY_SENDERS, &from_eight_domains()));
    let rows: Vec<usize> = totals
        .occurrences
        .iter()
        .map(|one| one.evidence.len())
        .collect();
    assert_eq!(rows, [1, 2, 1, 0, 0, 0, 0, 0]);
    let counts: Vec<u64> = totals.occurrences.iter().map(|one| one.count).collect();
    assert_eq!(counts, [1, 2, 1, 1, 1, 1, 1, 2]);
}

#[test]
fn the_smallest_sender_domains_are_told_apart() {
    let totals = totals(aggregate(&from_eight_domains()));
    let found = totals.occurrences.iter().map(|one| {
        let sender = match one.key.sender {
            SenderKind::Domain(name) => totals.names.text(name),
            SenderKind::Many => "others",
            _ => "?",
        };
        (sender, one.count, one.evidence.len())
    });
    let found: Vec<_> = found.collect();
    let expected = [("a.example", 1, 1), ("b.example", 2, 2), ("others", 7, 0)];
    assert_eq!(found, expected);
}

#[test]
fn the_fullest_description_of_a_certificate_is_kept() {
    for with_names in [[true, false], [false, true]] {
        let plans = with_names.map(|with_names| {
            let mut plan = Plan::new(Way::Tls, 0, DENIED);
            plan.certificate.1 = with_names;
            plan
        });
        let totals = totals(aggregate(&sessions(&plans)));
        let names: Vec<usize> = totals
            .certificates
            .iter()
            .map(|one| one.names.len())
            .collect();
        assert_eq!(names, [2]);
    }
}
