//! Which certificate of the exports a send connector should offer.
//!
//! In: a [`CauseContext`]. Out: an exported certificate.
//! Must not build steps. Never the certificate that was offered, never one that only another
//! certificate can replace, and never one whose thumbprint the export lost.

use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::transport_certificate::{is_sound, may_be_offered, same_server};
use crate::onprem::ExchangeCertificate;
use crate::remedy::on_premises;
use crate::smtp::certificate::Certificate;

/// The one that an inbound connector would match. Never one that could not be offered at the time of
/// the last rejection.
pub fn matching<'a>(
    context: &CauseContext<'a>,
    view: Option<&ConnectorView<'_>>,
) -> Option<&'a ExchangeCertificate> {
    best(context, |known| {
        may_be_offered(known, context.occurrence.last)
            && is_expected(context, view, &known.certificate)
    })
}

/// The one that the send connector names already and an inbound connector would match, and which only
/// lacks its private key or SMTP on a server: both can be set right there.
pub fn named_but_not_ready<'a>(
    context: &CauseContext<'a>,
    view: Option<&ConnectorView<'_>>,
) -> Option<&'a ExchangeCertificate> {
    best(context, |known| {
        is_sound(known, context.occurrence.last)
            && on_premises::is_named(context, &known.certificate)
            && (is_expected(context, view, &known.certificate)
                || view.is_none() && !context.analysis.has_exports())
    })
}

/// Whether an inbound connector expects this certificate: the given one, or any that is in use.
fn is_expected(
    context: &CauseContext<'_>,
    view: Option<&ConnectorView<'_>>,
    certificate: &Certificate,
) -> bool {
    let names = CertificateNames::of(certificate);
    let matches = |wanted: &ConnectorName| {
        let found = name_match::compare(wanted, &names, Strictness::Table);
        found.verdict == NameVerdict::Match
    };
    match view {
        Some(view) => view.name.iter().any(matches),
        None => {
            let mut active = context.judgement.active();
            active.any(|view| view.name.iter().any(matches))
        }
    }
}

/// Of several, one on the server that sent the mail is preferred, then the one that expires last.
fn best<'a>(
    context: &CauseContext<'a>,
    fits: impl Fn(&ExchangeCertificate) -> bool,
) -> Option<&'a ExchangeCertificate> {
    let offered = context.certificate();
    let offered = offered.and_then(|known| known.thumbprint.as_deref());
    let server = context.analysis.server(context.flow.key.offering_stream());
    let here = |known: &ExchangeCertificate| match (known.server.as_deref(), server) {
        (Some(known), Some(server)) => same_server(known, server),
        _ => false,
    };
    let all = context.analysis.on_premises.certificates.iter();
    let candidates = all.filter(|known| {
        let thumbprint = known.certificate.thumbprint.as_deref();
        thumbprint.is_some()
            && thumbprint != offered
            && fits(known)
            && !delivering::is_of_no_use(context.analysis, &known.certificate)
    });
    candidates.max_by(|a, b| {
        let key = |known: &ExchangeCertificate| (here(known), known.certificate.not_after);
        key(a)
            .cmp(&key(b))
            .then_with(|| b.certificate.thumbprint.cmp(&a.certificate.thumbprint))
    })
}
