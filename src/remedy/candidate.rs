//! Which certificate of the exports a send connector should offer.
//!
//! In: a [`CauseContext`]. Out: an exported certificate.
//! Must not build steps. Never the certificate that was offered, never one that only another
//! certificate can replace, and never one whose thumbprint the export lost.

use std::collections::BTreeSet;

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::transport_certificate::{
    NamedCertificate, is_sound, may_be_offered, same_server,
};
use crate::onprem::ExchangeCertificate;
use crate::remedy::{host_name, on_premises};
use crate::smtp::certificate::Certificate;

/// The one that an inbound connector would match. Never one that could not be offered at the time of
/// the last rejection.
pub fn matching<'a>(
    context: &CauseContext<'a>,
    view: Option<&ConnectorView<'_>>,
) -> Option<&'a ExchangeCertificate> {
    best(context, expected(context, view), |known| {
        may_be_offered(known, context.occurrence.last)
    })
}

/// The one that the send connector names already and an inbound connector would match, and which only
/// lacks its private key or SMTP on a server: both can be set right there.
pub fn named_but_not_ready<'a>(
    context: &CauseContext<'a>,
    view: Option<&ConnectorView<'_>>,
) -> Option<&'a ExchangeCertificate> {
    let may_be = |known: &ExchangeCertificate| {
        is_sound(known, context.occurrence.last)
            && on_premises::is_named(context, &known.certificate)
    };
    if view.is_none() && !context.analysis.has_exports() {
        best(context, named(context), may_be)
    } else {
        best(context, expected(context, view), may_be)
    }
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
    let of_name = best(context, named(context), |known| {
        is_named(known) && fits(known, true)
    });
    let all = || context.analysis.on_premises.certificates.iter();
    of_name.or_else(|| best(context, all(), |known| fits(known, false)))
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

/// The exported certificates that an inbound connector expects: the given one, or any that is in use.
fn expected<'a>(
    context: &CauseContext<'a>,
    view: Option<&ConnectorView<'_>>,
) -> impl Iterator<Item = &'a ExchangeCertificate> + use<'a> {
    let analysis = context.analysis;
    let mut found = BTreeSet::new();
    let mut add = |wanted: &ConnectorName| {
        let near = analysis.exported_for(wanted);
        found.extend(near.into_iter().filter(|number| {
            let known = &analysis.on_premises.certificates[*number];
            let names = CertificateNames::of(&known.certificate);
            name_match::compare(wanted, &names, Strictness::Table).verdict == NameVerdict::Match
        }));
    };
    match view {
        Some(view) => view.name.iter().for_each(&mut add),
        None => {
            let active = context.judgement.active();
            active.flat_map(|view| &view.name).for_each(&mut add);
        }
    }
    let all = &analysis.on_premises.certificates;
    found.into_iter().map(|number| &all[number])
}

/// The exported certificates that the send connector may name, by their common name.
fn named<'a>(
    context: &CauseContext<'a>,
) -> impl Iterator<Item = &'a ExchangeCertificate> + use<'a> {
    let own = context.analysis.on_premises;
    let mut exports = on_premises::send_connectors(context);
    let name = exports.find_map(|export| {
        let name = export.tls_certificate_name.value()?.as_deref()?;
        NamedCertificate::parse(name)
    });
    let near = name.map(|name| own.with_common_name_of(name.subject));
    near.into_iter().flatten()
}

/// Of several, one on the server that sent the mail is preferred, then the one that expires last.
fn best<'a>(
    context: &CauseContext<'a>,
    candidates: impl Iterator<Item = &'a ExchangeCertificate>,
    fits: impl Fn(&ExchangeCertificate) -> bool,
) -> Option<&'a ExchangeCertificate> {
    let offered = context.certificate();
    let offered = offered.and_then(|known| known.thumbprint.as_deref());
    let server = context.analysis.server(context.flow.key.offering_stream());
    let here = |known: &ExchangeCertificate| match (known.server.as_deref(), server) {
        (Some(known), Some(server)) => same_server(known, server),
        _ => false,
    };
    let candidates = candidates.filter(|known| {
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
