//! CRT004: a renewal changed the name of the certificate.

use crate::aggregate::flow::{CertificateId, Flow};
use crate::attribution::judgement::{ConnectorView, Judgement};
use crate::attribution::name_match::CertificateNames;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::input::timestamp::Timestamp;
use crate::remedy::expect::expect;
use crate::remedy::{host_name, offer, on_premises, wizard, wording};
use crate::smtp::certificate::Certificate;

declare_rule! {
    /// The certificate was replaced by one with another name, which no inbound connector expects.
    ///
    /// ## What it finds
    /// An earlier certificate of the same server and send connector matched an inbound connector.
    /// The certificate that is offered now matches none.
    ///
    /// ## Why it matters
    /// Since the change, Exchange Online cannot assign mail of this send connector to your tenant.
    ///
    /// ## What to do
    /// 1. Make sure that the domain of the new certificate is an accepted domain.
    /// 2. Set `TlsSenderCertificateName` of the inbound connector to a name of the new certificate.
    /// 3. Wait up to an hour.
    ///
    /// Or go back to a certificate with the old name.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    /// - KB 4019940 (Microsoft Learn, 2024-01-24): the domain of the new name must be an accepted
    ///   domain as well.
    CertificateRenamed {
        code: "CRT004",
        name: "certificate-renamed",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
    }
}

impl Cause for CertificateRenamed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        if !context.concerns_our_side() {
            return None;
        }
        if !context.judgement.surely_none_matches() {
            return matched_since(context, certificate);
        }
        let (earlier, view) = earlier_match(context)?;
        let old = context.analysis.certificate(earlier.key.certificate)?;
        let is_latest = is_latest(context);
        let explanation = format!(
            "Until {}, send connector '{}' offered {}. This certificate matched {}, which {}. {} {}, issued for {}. No inbound connector matches {}.",
            last_before(context, earlier),
            context.send_connector(),
            wording::certificate(context.analysis.language, old),
            wording::connector(context.analysis.language, view),
            wording::expectation(context.analysis.language, view),
            if is_latest {
                "Now the send connector offers"
            } else {
                "Then the send connector offered"
            },
            wording::certificate(context.analysis.language, certificate),
            wording::names(context.analysis.language, certificate),
            if is_latest {
                "the new certificate"
            } else {
                "that certificate. By the end of the log, the send connector offers another one"
            },
        ) + &on_premises::named_otherwise(context);
        let mut finding =
            Diagnosis::of(&Self::META, explanation).deciding(CauseContext::deciding(view));
        if delivering::is_of_no_use(context.analysis, certificate) {
            finding.fix = offer::switch_from_own_authority(context);
            finding.fix.extend(wizard::offered(context, Some(view)));
            return Some(finding);
        }
        if let Some(name) = host_name::best(view.tenant, context.analysis.tenants, certificate) {
            let note = wording::domain_note(context.analysis.language, view.tenant, &name);
            finding = finding.fix(expect(context, view, &name, &note));
        }
        let wizard = wizard::offered_beside(context, view, finding.fix.first());
        finding.fix.extend(offer::instead(context, view));
        finding.fix.extend(wizard);
        Some(finding)
    }
}

/// The connector matches the new certificate now, and was changed after the last rejection. That an
/// earlier certificate of the same stream delivered without rejections shows what the cause was.
fn matched_since(context: &CauseContext<'_>, certificate: &Certificate) -> Option<Diagnosis> {
    let last = context.last_rejection();
    let mut matching = context
        .judgement
        .active()
        .filter(|view| view.matches_by_name());
    let (view, changed) = matching.find_map(|view| {
        let changed = Timestamp::from(*view.connector.when_changed.value()?);
        (changed > last).then_some((view, changed))
    })?;
    let delivered = |flow: &Flow| {
        let group = context.analysis.group(flow);
        let recognised =
            group.is_none_or(|group| group.null_rejections + group.sender_rejections == 0);
        flow.accepted > 0 && recognised
    };
    let (earlier, _) = earlier(context)
        .filter(|(flow, _)| delivered(flow))
        .max_by_key(|(flow, _)| flow.last)?;
    let old = context.analysis.certificate(earlier.key.certificate)?;
    // A renewal under the same names is no reason.
    let names = |certificate| {
        let mut hosts = CertificateNames::of(certificate).hosts;
        hosts.sort_unstable();
        hosts
    };
    if names(old) == names(certificate) {
        return None;
    }
    let explanation = format!(
        "Until {}, send connector '{}' offered {}, and Exchange Online accepted its mail. Then it offered {}, issued for {}, and mail was rejected. {} expects the new certificate now: it was changed at {changed}, after the last rejection at {last}.",
        last_before(context, earlier),
        context.send_connector(),
        wording::certificate(context.analysis.language, old),
        wording::certificate(context.analysis.language, certificate),
        wording::names(context.analysis.language, certificate),
        wording::capitalised(&wording::connector(context.analysis.language, view)),
    );
    Some(
        Diagnosis::of(&CertificateRenamed::META, explanation)
            .deciding(CauseContext::deciding(view))
            .fix(Fix::step(
                "By the export, the inbound connector has been set since. Send a test message to an external recipient, or run sendlens again with newer logs.",
            )),
    )
}

/// The other certificates of the same stream and send connector that were offered before this one.
fn earlier<'a>(context: &CauseContext<'a>) -> impl Iterator<Item = (&'a Flow, &'a Judgement<'a>)> {
    let own = context.flow.key;
    let since = first_of_own(context);
    let flows = context.analysis.history_of(own.connector);
    flows.filter(move |(flow, _)| {
        flow.key.offering_stream() == own.offering_stream()
            && flow.key.certificate != own.certificate
            && matches!(flow.key.certificate, CertificateId::Known(_))
            && since.since(flow.first).is_some_and(|before| before > 0)
    })
}

/// When this stream and send connector first offered the certificate.
fn first_of_own(context: &CauseContext<'_>) -> Timestamp {
    let own = context.flow.key;
    let flows = context.analysis.history_of(own.connector);
    let same = flows.filter(|(flow, _)| {
        flow.key.offering_stream() == own.offering_stream()
            && flow.key.certificate == own.certificate
    });
    same.fold(Timestamp::UNKNOWN, |first, (flow, _)| {
        first.earlier(flow.first)
    })
}

/// The latest of these that matched an inbound connector.
fn earlier_match<'a>(context: &CauseContext<'a>) -> Option<(&'a Flow, &'a ConnectorView<'a>)> {
    let matched = earlier(context).filter_map(|(flow, judgement)| {
        let view = judgement.active().find(|view| view.matches_by_name())?;
        Some((flow, view))
    });
    matched.max_by_key(|(flow, _)| flow.last)
}

/// The end of the last session with the earlier certificate before the new one. The earlier one may
/// have come back since.
fn last_before(context: &CauseContext<'_>, earlier: &Flow) -> Timestamp {
    let since = first_of_own(context);
    let stretches = earlier.course.stretches().map(|(_, stretch)| stretch.all);
    let before = stretches.filter(|tally| tally.first < since);
    let last = before.fold(Timestamp::UNKNOWN, |last, tally| last.later(tally.last));
    if last.is_known() { last } else { earlier.last }
}

/// Whether the latest sessions of this stream and send connector still offer the certificate.
fn is_latest(context: &CauseContext<'_>) -> bool {
    let own = context.flow.key;
    let flows = context.analysis.history_of(own.connector);
    let known = flows.filter(|(flow, _)| {
        let is_known = matches!(flow.key.certificate, CertificateId::Known(_));
        flow.key.stream == own.stream && is_known
    });
    let latest = known.max_by_key(|(flow, _)| (flow.last, flow.key.certificate == own.certificate));
    latest.is_none_or(|(flow, _)| flow.key.certificate == own.certificate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, TAKEN, causes, contoso, findings};

    fn before() -> Session {
        Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    fn after() -> Session {
        Session {
            time: "2026-11-03T03:00",
            names: &["smtp.contoso.net"],
            ..Session::default()
        }
    }

    #[test]
    fn fires_where_an_earlier_certificate_matched() {
        assert_eq!(causes(&[before(), after()], &[contoso()]), ["CRT004"]);
        let found = findings(&CertificateRenamed, &[before(), after()], &[contoso()]);
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName 'smtp.contoso.net'"
            )
        );
    }

    #[test]
    fn what_was_rolled_back_is_told_in_the_past() {
        let back = Session {
            time: "2026-11-03T05:00",
            ..before()
        };
        let told = |sessions: &[Session]| {
            let found = findings(&CertificateRenamed, sessions, &[contoso()]);
            found[0].explanation.clone()
        };
        let explanation = told(&[before(), after(), back]);
        assert!(!explanation.contains("Now the"), "{explanation}");
        let explanation = told(&[before(), after()]);
        assert!(explanation.contains("Now the"), "{explanation}");
    }

    #[test]
    fn stays_silent_without_an_earlier_one_or_on_another_server() {
        assert!(findings(&CertificateRenamed, &[after()], &[contoso()]).is_empty());
        let other = Session {
            stream: "EX02",
            ..before()
        };
        assert!(findings(&CertificateRenamed, &[other, after()], &[contoso()]).is_empty());
        let later = Session {
            time: "2026-11-03T04:00",
            ..before()
        };
        assert!(findings(&CertificateRenamed, &[after(), later], &[contoso()]).is_empty());
    }
}
