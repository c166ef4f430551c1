//! Why the candidate cannot be used as it is, and what to do first.
//!
//! In: the question. Out: notes for the plan, and steps that come before the others.
//! It must not judge names and dates. The sentences are those of the check CRT104.

use crate::diagnosis::certificate_fault;
use crate::diagnosis::certificate_fault::Fault;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::Severity;
use crate::onprem::model::CertificateUsage;
use crate::preflight::question::{Origin, Question};
use crate::remedy::{certificates, settings};

/// The faults, and the servers whose export shows them. The list of servers is empty for a fault
/// of the certificate itself.
pub(super) fn of(question: &Question<'_>) -> Vec<(Fault, Vec<String>)> {
    let candidate = question.candidate;
    let own = certificate_fault::of_certificate(candidate, &usage(question));
    let mut found: Vec<(Fault, Vec<String>)> =
        own.into_iter().map(|fault| (fault, Vec::new())).collect();
    let Some(wanted) = candidate.thumbprint.as_deref() else {
        return found;
    };
    for known in &question.context.on_premises.certificates {
        let thumbprint = known.certificate.thumbprint.as_deref();
        if !thumbprint.is_some_and(|known| known.eq_ignore_ascii_case(wanted)) {
            continue;
        }
        for fault in certificate_fault::of_exported(known) {
            let server = known.server.clone();
            match found.iter_mut().find(|(one, _)| *one == fault) {
                // The certificate itself shows it.
                Some((_, servers)) if servers.is_empty() => {}
                Some((_, servers)) => servers.extend(server),
                None => found.push((fault, server.into_iter().collect())),
            }
        }
    }
    if found
        .iter()
        .any(|(one, _)| *one == Fault::EnterpriseAuthority)
    {
        found.retain(|(one, _)| *one != Fault::DirectoryIssuer);
    }
    found
}

fn usage(question: &Question<'_>) -> CertificateUsage {
    match question.origin {
        Origin::HostName => CertificateUsage::default(),
        Origin::File { usage, .. } => usage,
    }
}

/// Adds a note for each fault.
pub(super) fn notes(question: &Question<'_>, say: &mut impl FnMut(Severity, String)) {
    for (fault, servers) in of(question) {
        let on = match servers.as_slice() {
            [] => String::new(),
            _ => format!(
                " This is so on {}.",
                settings::listed(
                    question.context.language,
                    servers.iter().map(String::as_str)
                )
            ),
        };
        let then = match fault {
            Fault::NotForSmtp => " The steps enable it.",
            _ => "",
        };
        say(
            severity(fault),
            format!("{}{on}{then}", fault.sentence(question.context.language)),
        );
    }
    let usage = usage(question);
    if usage.server_authentication == Some(true) && usage.client_authentication == Some(false) {
        say(
            Severity::Info,
            certificate_fault::server_only(question.context.language),
        );
    }
}

/// An error where only another certificate helps, and where that is certain.
fn severity(fault: Fault) -> Severity {
    match fault {
        Fault::DirectoryIssuer => Severity::Warning,
        fault if fault.needs_another() => Severity::Error,
        fault => fault.severity(),
    }
}

/// What must be done before any server can offer the candidate.
pub(super) fn steps(question: &Question<'_>) -> Vec<Fix> {
    of(question)
        .into_iter()
        .filter_map(|(fault, servers)| match fault {
            Fault::EllipticCurve => Some(certificates::enable_elliptic_curve(question.context.language)),
            Fault::NoPrivateKey => {
                let on = settings::listed(question.context.language, servers.iter().map(String::as_str));
                let on = if on.is_empty() { "the server".to_owned() } else { on };
                Some(Fix::step(&format!(
                    "Import the certificate again on {on}, together with its private key (.pfx, Import-ExchangeCertificate). Without the key, the server cannot offer it."
                )))
            }
            Fault::DirectoryIssuer => Some(Fix::step(
                "Find out whether the issuer is a public authority that Exchange Online trusts. If it is the authority of your own organisation, do not switch: get a certificate from a public authority.",
            )),
            _ => None,
        })
        .collect()
}
