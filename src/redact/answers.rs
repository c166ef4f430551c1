//! The answers of `preflight`, field by field.
//!
//! In: a [`Preflight`]. Out: the same with stand-ins.
//! Must not leave out a field: every struct is taken apart completely.

use super::redactor::Redactor;
use crate::report::preflight::{
    Form, Preflight, PreflightNote, SendConnectorChange, TenantVerdict,
};

impl Redactor {
    /// Answers with stand-ins.
    pub fn preflights(&mut self, answers: Vec<Preflight>) -> Vec<Preflight> {
        answers.into_iter().map(|one| self.preflight(one)).collect()
    }

    fn preflight(&mut self, answer: Preflight) -> Preflight {
        let Preflight {
            schema_version,
            given,
            form,
            candidate,
            chain,
            certain,
            severity,
            summary,
            now,
            tenants,
            send_connectors,
            notes,
            not_judged,
        } = answer;
        let notes = notes.into_iter().map(|note| {
            let PreflightNote { severity, text } = note;
            PreflightNote {
                severity,
                text: self.prose(&text),
            }
        });
        let notes = notes.collect();
        Preflight {
            schema_version,
            given: match form {
                Form::Certificate => self.file(&given),
                Form::HostName => self.host(&given),
            },
            form,
            candidate: self.certificate(&candidate),
            chain: chain.iter().map(|one| self.certificate(one)).collect(),
            certain,
            severity,
            summary: self.prose(&summary),
            now,
            tenants: tenants.into_iter().map(|one| self.verdict(one)).collect(),
            send_connectors: send_connectors
                .into_iter()
                .map(|one| self.change(one))
                .collect(),
            notes,
            not_judged: self.sentences(not_judged),
        }
    }

    fn verdict(&mut self, verdict: TenantVerdict) -> TenantVerdict {
        let TenantVerdict {
            tenant,
            verdict,
            inbound_connector,
            matched_name,
            accepted_domain,
            domain_status,
            relay,
            concerned,
            confidence,
            severity,
            reasons,
            steps,
        } = verdict;
        TenantVerdict {
            tenant: self.tenant(&tenant),
            verdict,
            inbound_connector: inbound_connector.map(|name| self.connector(&name)),
            matched_name: matched_name.map(|name| self.certificate_name(&name)),
            accepted_domain: accepted_domain.map(|domain| self.host(&domain)),
            domain_status,
            relay,
            concerned,
            confidence,
            severity,
            reasons: self.sentences(reasons),
            steps: self.steps(steps),
        }
    }

    fn change(&mut self, change: SendConnectorChange) -> SendConnectorChange {
        let SendConnectorChange {
            name,
            stream,
            today,
            seen,
            tenants,
            outcome,
            change,
        } = change;
        SendConnectorChange {
            name: self.connector(&name),
            stream: stream.map(|stream| self.stream(&stream)),
            today: today.map(|shown| self.certificate(&shown)),
            seen,
            tenants: tenants.iter().map(|tenant| self.tenant(tenant)).collect(),
            outcome,
            change: self.prose(&change),
        }
    }
}
