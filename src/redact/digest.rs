//! What a digest holds of a stream, with stand-ins.
//!
//! In: a [`StreamDigest`] without open sessions. Out: the same with stand-ins.
//! Must not leave out a field, and must not pass a text whose meaning is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::prose::CUT;
use super::redactor::Redactor;
use super::vocabulary::Named;
use crate::aggregate::saved::{
    AggregateRecord, CertificateRecord, KindRecord, Loader, RecordFault, SenderRecord, TlsRecord,
};
use crate::digest_file::{ChosenLimits, DigestLog, HeldAttempt, StreamDigest, StreamMail};
use crate::input::corpus::Stream;
use crate::mail::attempt::{Attempt, Tried};

/// What a text is that records name by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Connector,
    Address,
    Domain,
    Sentence,
    Issuer,
    Words,
}

/// The texts of a stream: those so far, and what each of them is.
#[derive(Default)]
struct Texts {
    meanings: BTreeMap<u32, Meaning>,
    /// How many came before.
    before: u32,
    /// The stand-ins so far. No two texts may have the same one.
    given: BTreeSet<String>,
}

impl Texts {
    /// What the texts of a stream are, as far as its records show.
    fn of(records: &[AggregateRecord]) -> Texts {
        let mut texts = Texts::default();
        for record in records {
            match record {
                AggregateRecord::Flow(flow) | AggregateRecord::EarlierFlow(flow) => {
                    texts.is(Some(flow.connector), Meaning::Connector);
                    texts.is(flow.source, Meaning::Address);
                    for (domain, _) in &flow.accepted_senders {
                        texts.is(Some(*domain), Meaning::Domain);
                    }
                }
                AggregateRecord::Occurrence(one) => {
                    if let KindRecord::Reply { attr, sentence, .. } = &one.kind {
                        texts.is(*attr, Meaning::Words);
                        texts.is(Some(*sentence), Meaning::Sentence);
                    }
                    if let SenderRecord::Domain(domain) = one.sender {
                        texts.is(Some(domain), Meaning::Domain);
                    }
                    texts.tls(&one.tls);
                }
                AggregateRecord::Failures(failures) => {
                    texts.is(Some(failures.connector), Meaning::Connector);
                    let values = failures.failures.values.iter();
                    values.for_each(|(_, failure)| texts.tls(&failure.tls));
                }
                AggregateRecord::Retries(one) | AggregateRecord::Drops(one) => {
                    texts.is(Some(one.connector), Meaning::Connector);
                }
                // These hold no numbers of texts.
                AggregateRecord::Sessions(_)
                | AggregateRecord::Activity(_)
                | AggregateRecord::Names(_)
                | AggregateRecord::Certificate(_)
                | AggregateRecord::SessionSet(_)
                | AggregateRecord::MessageSet(_)
                | AggregateRecord::OtherRejections(_)
                | AggregateRecord::HalfCertificate(_)
                | AggregateRecord::Half(_) => {}
            }
        }
        texts
    }

    fn is(&mut self, number: Option<u32>, meaning: Meaning) {
        if let Some(number) = number {
            self.meanings.entry(number).or_insert(meaning);
        }
    }

    fn tls(&mut self, tls: &TlsRecord) {
        self.is(tls.error, Meaning::Words);
        self.is(tls.distrust, Meaning::Words);
        self.is(tls.remote_issuer, Meaning::Issuer);
    }

    /// The stand-in, or the same with a number if another text has it.
    fn unique(&mut self, stand_in: String) -> String {
        let mut unique = stand_in.clone();
        let mut number = 2;
        while !self.given.insert(unique.clone()) {
            unique = format!("{stand_in} ({number})");
            number += 1;
        }
        unique
    }
}

impl Redactor {
    /// A stream with stand-ins.
    ///
    /// # Errors
    /// If two things of it would become one.
    pub fn digest(&mut self, one: StreamDigest) -> Result<StreamDigest, RecordFault> {
        let StreamDigest {
            stream,
            files,
            read,
            aggregate,
            // Rows of open sessions would not say the same any more.
            rest: _,
            mail,
        } = one;
        let Stream { name, server } = stream;
        let mut records = Vec::new();
        let keep = aggregate.each_record(&mut |record| {
            records.push(record.clone());
            Ok::<(), RecordFault>(())
        });
        keep?;
        let mut texts = Texts::of(&records);
        self.learn_records(&records, &texts);
        let number = u32::try_from(files.len()).unwrap_or(u32::MAX);
        let mut loader = Loader::new(number);
        for mut record in records {
            self.record(&mut record, &mut texts);
            loader.take(&record)?;
        }
        Ok(StreamDigest {
            stream: Stream {
                name: self.stream(&name),
                server: server.map(|server| self.server(&server)),
            },
            files: files.into_iter().map(|file| self.log(file)).collect(),
            read,
            aggregate: loader.finish(),
            rest: None,
            mail: mail.map(|mail| self.mail(mail)),
        })
    }

    /// What was chosen of the sessions, with stand-ins.
    pub fn digest_limits(&mut self, limits: &ChosenLimits) -> ChosenLimits {
        let connector = limits.connector.as_ref();
        ChosenLimits {
            connector: connector.map(|pattern| self.connector(pattern)),
            ..limits.clone()
        }
    }

    fn log(&mut self, file: DigestLog) -> DigestLog {
        DigestLog {
            name: self.file(&file.name),
            ..file
        }
    }

    /// Learns the names that sentences may hold.
    fn learn_records(&mut self, records: &[AggregateRecord], texts: &Texts) {
        let mut number = 0;
        for record in records {
            match record {
                AggregateRecord::Names(names) => {
                    for text in &names.texts {
                        if texts.meanings.get(&number) == Some(&Meaning::Connector) {
                            self.learn_connector(text);
                        }
                        number += 1;
                    }
                }
                AggregateRecord::Certificate(one) | AggregateRecord::HalfCertificate(one) => {
                    let names = [&one.subject, &one.issuer, &one.undivided];
                    for name in names.into_iter().flatten() {
                        self.vocabulary.add(Named::CertificateName, name);
                    }
                    if let Some(serial) = &one.serial {
                        self.vocabulary.add(Named::Serial, serial);
                    }
                    for name in &one.names {
                        self.vocabulary.add(Named::Plain, name);
                    }
                }
                AggregateRecord::Half(half) => self.learn_connector(&half.connector),
                _ => {}
            }
        }
    }

    fn record(&mut self, record: &mut AggregateRecord, texts: &mut Texts) {
        match record {
            AggregateRecord::Names(names) => {
                for text in &mut names.texts {
                    let meaning = texts.meanings.get(&texts.before).copied();
                    let stand_in =
                        meaning.map_or_else(|| CUT.to_owned(), |it| self.means(it, text));
                    *text = texts.unique(stand_in);
                    texts.before += 1;
                }
            }
            AggregateRecord::Certificate(one) | AggregateRecord::HalfCertificate(one) => {
                self.certificate_record(one);
            }
            AggregateRecord::Flow(flow) | AggregateRecord::EarlierFlow(flow) => {
                self.rows_of(flow.certificate_evidence.as_mut());
            }
            AggregateRecord::Occurrence(one) => {
                for hash in &mut one.senders {
                    *hash = self.sender_hash(*hash);
                }
                one.senders.sort_unstable();
                one.senders.dedup();
                self.rows_of(one.evidence.iter_mut().chain(&mut one.background));
            }
            AggregateRecord::OtherRejections(others) => {
                let mut known: BTreeMap<String, u64> = BTreeMap::new();
                for (text, count) in &others.texts {
                    *known.entry(self.reply_text(text)).or_default() += count;
                }
                others.texts = known.into_iter().collect();
            }
            AggregateRecord::Failures(failures) => {
                let values = failures.failures.values.iter_mut();
                self.rows_of(values.map(|(_, failure)| &mut failure.row));
            }
            AggregateRecord::Half(half) => self.half(half),
            // Numbers and times.
            AggregateRecord::Sessions(_)
            | AggregateRecord::Activity(_)
            | AggregateRecord::SessionSet(_)
            | AggregateRecord::MessageSet(_)
            | AggregateRecord::Retries(_)
            | AggregateRecord::Drops(_) => {}
        }
    }

    fn means(&mut self, meaning: Meaning, text: &str) -> String {
        match meaning {
            Meaning::Connector => self.connector(text),
            Meaning::Address | Meaning::Domain => self.host_or_address(text),
            Meaning::Sentence => self.reply_text(text),
            Meaning::Issuer => self.name(text),
            Meaning::Words => self.prose(text),
        }
    }

    fn certificate_record(&mut self, record: &mut CertificateRecord) {
        let CertificateRecord {
            subject,
            issuer,
            undivided,
            serial,
            // A hash.
            thumbprint: _,
            not_before: _,
            not_after: _,
            names,
        } = record;
        for name in [subject, issuer, undivided].into_iter().flatten() {
            *name = self.name(name);
        }
        if let Some(serial) = serial {
            *serial = self.serial(serial);
        }
        for name in names {
            *name = self.alternate_name(name);
        }
    }

    fn mail(&mut self, mail: StreamMail) -> StreamMail {
        let attempts = mail.attempts.into_iter();
        StreamMail {
            attempts: attempts.map(|one| self.held_attempt(one)).collect(),
            ..mail
        }
    }

    fn held_attempt(&mut self, one: HeldAttempt) -> HeldAttempt {
        let attempt = one.attempt;
        let recipients = attempt.recipients.into_iter().map(|tried| Tried {
            address: tried.address.map(|address| self.mailbox(&address).into()),
            original: tried.original.map(|address| self.mailbox(&address).into()),
            reply: tried.reply.map(|reply| self.reply(&reply).into()),
            ..tried
        });
        let recipients = recipients.collect();
        HeldAttempt {
            attempt: Attempt {
                connector: self.connector(&attempt.connector).into(),
                id: attempt.id.map(|id| self.message_id(&id).into()),
                sender: attempt.sender.map(|sender| self.mailbox(&sender).into()),
                recipients,
                ..attempt
            },
            ..one
        }
    }
}
