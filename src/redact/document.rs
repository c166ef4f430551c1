//! The document of `diagnose` and `lint`, field by field.
//!
//! In: a [`Document`]. Out: the same with stand-ins.
//! Must not leave out a field: every struct is taken apart completely, so that a new field does not compile
//! until somebody has decided what it may show.

use super::redactor::Redactor;
use super::vocabulary::Named;
use crate::report::document::{
    CheckFinding, Document, EvidenceRow, Fix, Incident, Input, LogNote, Place, QueuedMail,
    QueuesRead, ReplyCount, SkippedFile, StreamSummary, TenantSummary,
};

impl Redactor {
    /// The document with stand-ins. Order, codes, counts and times stay.
    pub fn document(&mut self, document: Document) -> Document {
        self.learn_document(&document);
        let Document {
            schema_version,
            program,
            input,
            tenants,
            on_premises,
            queues,
            incidents,
            rejected,
            other_rejections,
            grid,
            certificates,
            healthy,
            unproven,
            findings,
            hidden,
            not_judged,
        } = document;
        Document {
            schema_version,
            program,
            input: self.input(input),
            tenants: tenants.into_iter().map(|one| self.summary(one)).collect(),
            on_premises: on_premises.map(|own| self.on_premises(own)),
            queues: queues.map(|read| self.queues_read(read)),
            incidents: incidents
                .into_iter()
                .map(|one| self.whole_incident(one))
                .collect(),
            rejected,
            grid,
            other_rejections: self.reply_counts(other_rejections),
            certificates: self.certificate_rows(certificates),
            healthy: self.connectors(healthy),
            unproven: self.connectors(unproven),
            findings: findings.into_iter().map(|one| self.finding(one)).collect(),
            hidden,
            not_judged: self.sentences(not_judged),
        }
    }

    /// Learns names that only the document shows.
    fn learn_document(&mut self, document: &Document) {
        let certificates = document.certificates.iter();
        let healthy = document.healthy.iter().chain(&document.unproven);
        let incidents = document.incidents.iter();
        let connectors = incidents
            .clone()
            .map(|one| &one.send_connector)
            .chain(certificates.map(|one| &one.send_connector))
            .chain(healthy.map(|one| &one.send_connector));
        for name in connectors {
            self.learn_connector(name);
        }
        for tenant in incidents.filter_map(|one| one.tenant.as_ref()) {
            self.learn_tenant(tenant);
        }
        for file in &document.input.skipped {
            self.learn_file(&file.file);
        }
    }

    fn input(&mut self, input: Input) -> Input {
        let Input {
            files,
            bytes,
            lines,
            header_lines,
            records,
            blank_lines,
            malformed_lines,
            sessions,
            exchange_online_sessions,
            sessions_left_out,
            rejections,
            first,
            last,
            streams,
            gaps,
            skipped,
            notes,
        } = input;
        Input {
            files,
            bytes,
            lines,
            header_lines,
            records,
            blank_lines,
            malformed_lines,
            sessions,
            exchange_online_sessions,
            sessions_left_out,
            rejections,
            first,
            last,
            streams: streams
                .into_iter()
                .map(|one| self.stream_summary(one))
                .collect(),
            gaps: gaps.into_iter().map(|one| self.gap(one)).collect(),
            skipped: skipped.into_iter().map(|one| self.skipped(one)).collect(),
            notes: notes.into_iter().map(|one| self.note(one)).collect(),
        }
    }

    fn stream_summary(&mut self, stream: StreamSummary) -> StreamSummary {
        let StreamSummary {
            name,
            server,
            files,
            sessions,
            first,
            last,
        } = stream;
        StreamSummary {
            name: self.stream(&name),
            server: server.map(|server| self.server(&server)),
            files,
            sessions,
            first,
            last,
        }
    }

    fn skipped(&mut self, skipped: SkippedFile) -> SkippedFile {
        let SkippedFile { file, reason } = skipped;
        SkippedFile {
            file: self.file(&file),
            reason: self.prose(&reason),
        }
    }

    fn note(&mut self, note: LogNote) -> LogNote {
        let LogNote {
            code,
            count,
            first: Place { file, line },
            kind,
        } = note;
        let file = self.file(&file);
        LogNote {
            code,
            count,
            first: Place { file, line },
            kind,
        }
    }

    fn summary(&mut self, tenant: TenantSummary) -> TenantSummary {
        let TenantSummary {
            name,
            inbound_connectors,
            accepted_domains,
            connectors,
            files,
        } = tenant;
        TenantSummary {
            name: self.tenant(&name),
            inbound_connectors,
            accepted_domains,
            connectors: connectors
                .into_iter()
                .map(|one| self.inbound_connector(one))
                .collect(),
            files: self.files(files),
        }
    }

    pub(super) fn files(&mut self, files: Vec<String>) -> Vec<String> {
        files.iter().map(|file| self.file(file)).collect()
    }

    fn queues_read(&mut self, read: QueuesRead) -> QueuesRead {
        let QueuesRead {
            queues,
            messages,
            files,
        } = read;
        QueuesRead {
            queues,
            messages,
            files: self.files(files),
        }
    }

    fn queued(&mut self, queued: QueuedMail) -> QueuedMail {
        let QueuedMail {
            queues,
            messages,
            as_of,
        } = queued;
        QueuedMail {
            queues: queues.iter().map(|queue| self.queue(queue)).collect(),
            messages,
            as_of,
        }
    }

    fn whole_incident(&mut self, incident: Incident) -> Incident {
        let Incident {
            id,
            cause,
            also,
            send_connector,
            streams,
            certificate,
            tenant,
            inbound_connector,
            status,
            failing_step,
            fails_next,
            rejected,
            by_stream,
            mail,
            replies,
            first,
            last,
            timeline_bucket_seconds,
            timeline,
            queue,
            explanation,
            evidence,
            fix,
        } = incident;
        Incident {
            id: self.incident(&id),
            cause,
            also,
            send_connector: self.connector(&send_connector),
            streams: streams.iter().map(|stream| self.stream(stream)).collect(),
            certificate: certificate.map(|shown| self.certificate(&shown)),
            tenant: tenant.map(|tenant| self.tenant(&tenant)),
            inbound_connector: inbound_connector.map(|name| self.connector(&name)),
            status,
            failing_step: failing_step.map(|failing| self.failing(failing)),
            fails_next: fails_next.map(|failing| self.failing(failing)),
            rejected,
            by_stream: by_stream.into_iter().map(|one| self.effect(one)).collect(),
            mail,
            replies: self.reply_counts(replies),
            first,
            last,
            timeline_bucket_seconds,
            timeline,
            queue: queue.map(|queued| self.queued(queued)),
            explanation: self.prose(&explanation),
            evidence: self.evidence(evidence),
            fix: self.steps(fix),
        }
    }

    fn reply_counts(&mut self, replies: Vec<ReplyCount>) -> Vec<ReplyCount> {
        let replies = replies.into_iter().map(|reply| {
            let ReplyCount {
                code,
                enhanced,
                attr,
                text,
                count,
            } = reply;
            ReplyCount {
                code,
                enhanced,
                attr: attr.map(|attr| self.prose(&attr)),
                text: self.reply_text(&text),
                count,
            }
        });
        replies.collect()
    }

    fn evidence(&mut self, rows: Vec<EvidenceRow>) -> Vec<EvidenceRow> {
        let rows = rows.into_iter().map(|row| {
            let EvidenceRow { file, line, text } = row;
            EvidenceRow {
                file: self.file(&file),
                line,
                text: self.row(&text),
            }
        });
        rows.collect()
    }

    /// The steps of a fix.
    pub(super) fn steps(&mut self, steps: Vec<Fix>) -> Vec<Fix> {
        let steps = steps.into_iter().map(|step| {
            let Fix {
                place,
                command,
                note,
                purpose,
            } = step;
            Fix {
                place,
                command: command.map(|command| self.prose(&command)),
                note: self.prose(&note),
                purpose,
            }
        });
        steps.collect()
    }

    fn finding(&mut self, finding: CheckFinding) -> CheckFinding {
        let CheckFinding {
            code,
            name,
            summary,
            severity,
            confidence,
            subject,
            tenant,
            message,
            evidence,
            fix,
            count,
        } = finding;
        CheckFinding {
            code,
            name,
            summary,
            severity,
            confidence,
            subject: self.about(&subject),
            tenant: tenant.map(|tenant| self.tenant(&tenant)),
            message: self.prose(&message),
            evidence: self.evidence(evidence),
            fix: self.steps(fix),
            count,
        }
    }

    /// What a finding is about: a name of any kind, or several.
    fn about(&mut self, subject: &str) -> String {
        if let Some(named) = self.vocabulary.exact(subject) {
            return self.named(named, subject);
        }
        if super::certificates::is_name(subject) {
            return self.named(Named::CertificateName, subject);
        }
        self.prose(subject)
    }

    pub(super) fn sentences(&mut self, sentences: Vec<String>) -> Vec<String> {
        sentences
            .iter()
            .map(|sentence| self.prose(sentence))
            .collect()
    }
}
