//! Why the candidate cannot be used as it is, and what to do first.
//!
//! In: the question. Out: notes for the plan, and steps that come before the others.
//! It must not judge names and dates. The sentences are those of the check CRT104.

use crate::diagnosis::certificate_fault;
use crate::diagnosis::certificate_fault::Fault;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::Severity;
use crate::language::{labels, sentences};
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
    let language = question.context.language;
    for (fault, servers) in of(question) {
        let mut sentences = vec![fault.sentence(language)];
        if !servers.is_empty() {
            sentences.push(so_on(language, &settings::listed(language, &servers)));
        }
        if fault == Fault::NotForSmtp {
            sentences.push(enabled_by_steps(language));
        }
        say(severity(fault), language.together(&sentences));
    }
    let usage = usage(question);
    if usage.server_authentication == Some(true) && usage.client_authentication == Some(false) {
        say(Severity::Info, certificate_fault::server_only(language));
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
    let language = question.context.language;
    let step = |(fault, servers): (Fault, Vec<String>)| match fault {
        Fault::EllipticCurve => Some(certificates::enable_elliptic_curve(language)),
        Fault::NoPrivateKey => {
            let servers = match servers.as_slice() {
                [] => the_server(language),
                servers => settings::listed(language, servers),
            };
            Some(Fix::step(&import_again(language, &servers)))
        }
        Fault::DirectoryIssuer => Some(Fix::step(&look_at_issuer(language))),
        _ => None,
    };
    of(question).into_iter().filter_map(step).collect()
}

labels! {
    enabled_by_steps: "The steps enable it.", "以下の手順で有効にします。" ["58ec72f3"];
    the_server: "the server", "サーバー" ["80ee8f17"];
    look_at_issuer: "Find out whether the issuer is a public authority that Exchange Online trusts. If it is the authority of your own organisation, do not switch: get a certificate from a public authority.", "発行者が、Exchange Online が信頼する公的な証明機関かどうかを確認します。自組織の証明機関である場合は、切り替えずに、公的な証明機関から証明書を取得してください。" ["a900c473"];
}

sentences! {
    /// The servers that have a fault.
    fn so_on(servers: &str) {
        en: "This is so on {servers}.",
        ja: "該当するサーバーは {servers} です。" ["8bf00a68"],
    }
    /// The step for a certificate without its private key.
    fn import_again(servers: &str) {
        en: "Import the certificate again on {servers}, together with its private key (.pfx, Import-ExchangeCertificate). Without the key, the server cannot offer it.",
        ja: "{servers} に、証明書を秘密キーと共にインポートし直します (.pfx、Import-ExchangeCertificate)。秘密キーがないと、サーバーは証明書を提示できません。" ["c91fd394"],
    }
}
