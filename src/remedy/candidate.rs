//! Which certificate of the exports a send connector should offer.
//!
//! In: a [`CauseContext`]. Out: an exported certificate.
//! Must not build steps. Never the certificate that was offered, never one that only another
//! certificate can replace, and never one whose thumbprint the export lost.

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::transport_certificate::{is_sound, may_be_offered, same_server};
use crate::onprem::ExchangeCertificate;
use crate::remedy::{host_name, on_premises};
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
        on_premises::is_named(context, &known.certificate)
            && is_sound(known, context.occurrence.last)
            && (is_expected(context, view, &known.certificate)
                || view.is_none() && !context.analysis.has_exports())
    })
}

/// The one that Exchange Online can accept, and whose name an inbound connector can expect, where no
/// connector exists yet. One that the send connector names is preferred.
pub fn presentable<'a>(context: &CauseContext<'a>) -> Option<&'a ExchangeCertificate> {
    let last = context.occurrence.last;
    let fits = |known: &ExchangeCertificate, named: bool| {
        let usable = may_be_offered(known, last) || named && is_sound(known, last);
        usable && has_accepted_name(context, &known.certificate, named)
    };
    let is_named = |known: &ExchangeCertificate| on_premises::is_named(context, &known.certificate);
    let named = best(context, |known| is_named(known) && fits(known, true));
    named.or_else(|| best(context, |known| fits(known, false)))
}

/// The name of a certificate that an inbound connector should expect.
pub fn name_to_expect(context: &CauseContext<'_>, certificate: &Certificate) -> Option<String> {
    match context.analysis.tenants {
        [tenant] => host_name::best(tenant, context.analysis.tenants, certificate),
        _ => host_name::verifiable(certificate),
    }
}

/// Whether the domain of the name to expect is accepted in a tenant. Of a certificate that is in use by
/// its name, a list of domains that was not given says nothing.
fn has_accepted_name(context: &CauseContext<'_>, certificate: &Certificate, named: bool) -> bool {
    let Some(name) = name_to_expect(context, certificate) else {
        return false;
    };
    let name = ConnectorName::parse(&name);
    let mut tenants = context.analysis.tenants.iter();
    tenants.any(|tenant| match accepted::accepts_name(tenant, &name) {
        DomainStatus::Accepted => true,
        DomainStatus::Unknown => named,
        DomainStatus::ParentOnly | DomainStatus::Uncertain | DomainStatus::NotAccepted => false,
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
