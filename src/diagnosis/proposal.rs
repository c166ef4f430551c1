//! Which certificates a check may propose for a send connector to Exchange Online.
//!
//! In: a [`CheckContext`] and a certificate. Out: whether Exchange Online can accept it, whether an
//! inbound connector expects it, and why not.
//! Must not decide what is worth reporting. What the exports lost rules nothing out.

use crate::attribution::judgement::{ConnectorView, Judgement, Offer, OfferedCertificate};
use crate::diagnosis::certificate_fault::{self, Fault};
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::transport_certificate::{
    NamedCertificate, common_name, holds_name, is_on_every_server, may_be_offered,
};
use crate::language::{Language, sentences};
use crate::onprem::model::CertificateUsage;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::smtp::certificate::Certificate;

/// Whether a fix may let a send connector offer this certificate.
pub fn fits(context: &CheckContext<'_>, found: &ExchangeCertificate) -> bool {
    is_sound(context, found) && is_expected(context, &found.certificate)
}

/// Whether Exchange Online can accept this certificate, if an inbound connector expects it.
pub fn is_sound(context: &CheckContext<'_>, found: &ExchangeCertificate) -> bool {
    may_be_offered(found, context.now) && useless(context, &found.certificate).is_none()
}

/// Why the certificate must not be brought to other servers, in a sentence. `None` if nothing speaks
/// against it.
pub fn objection(context: &CheckContext<'_>, certificate: &Certificate) -> Option<String> {
    let useless = useless(context, certificate);
    let useless = useless.map(|fault| fault.sentence(context.language));
    useless.or_else(|| {
        let expected = is_expected(context, certificate);
        (!expected).then(|| not_expected(context.language))
    })
}

/// What stands against offering an exported certificate as it is, in sentences.
pub fn obstacle(context: &CheckContext<'_>, found: &ExchangeCertificate) -> String {
    let faults = || {
        certificate_fault::sentences(context.language, found)
            .trim()
            .to_owned()
    };
    let known = objection(context, &found.certificate).unwrap_or_else(faults);
    if known.is_empty() {
        not_valid_today(context.language)
    } else {
        known
    }
}

/// The fault for which only another certificate helps: self-signed, of an authority of the
/// organisation's own, or revoked, as far as the certificate or an export shows.
pub fn useless(context: &CheckContext<'_>, certificate: &Certificate) -> Option<Fault> {
    let shown = certificate_fault::of_certificate(certificate, &CertificateUsage::default());
    let same = |one: &&ExchangeCertificate| {
        let known = one.certificate.thumbprint.as_deref();
        let wanted = certificate.thumbprint.as_deref();
        std::ptr::eq(&one.certificate, certificate)
            || known
                .zip(wanted)
                .is_some_and(|(known, wanted)| known.eq_ignore_ascii_case(wanted))
    };
    let exported = context.on_premises.certificates.iter().filter(same);
    let exported = exported.flat_map(certificate_fault::of_exported);
    let mut faults = shown.into_iter().chain(exported);
    faults.find(|fault| fault.needs_another())
}

/// The certificate that a send connector can offer instead of one of no use: it is on every source server,
/// and an inbound connector surely expects it. Of several, the one that expires last.
pub fn instead<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
) -> Option<&'a ExchangeCertificate> {
    let all = &context.on_premises.certificates;
    let surely = |found: &&ExchangeCertificate| {
        fits(context, found)
            && is_on_every_server(connector, found, all)
            && judge(context, &found.certificate)
                .active()
                .any(ConnectorView::matches_by_name)
    };
    let found = all.iter().filter(surely);
    found.max_by_key(|found| found.certificate.not_after)
}

/// Whether an inbound connector expects the certificate, or none of the given ones expects a name.
fn is_expected(context: &CheckContext<'_>, certificate: &Certificate) -> bool {
    let judgement = judge(context, certificate);
    let mut views = judgement.views.iter();
    !judgement.active().any(ConnectorView::has_name)
        || judgement.active().any(ConnectorView::matches_by_name)
        || views.any(ConnectorView::may_match_by_name)
}

fn judge<'a>(context: &CheckContext<'a>, certificate: &Certificate) -> Judgement<'a> {
    let offer = Offer {
        certificate: OfferedCertificate::Known(certificate),
        source: None,
    };
    Judgement::new(&offer, context.tenants, context.strict)
}

/// The only certificate that can be offered; a certificate on several servers is one.
pub fn only_one<'a>(
    found: impl Iterator<Item = &'a ExchangeCertificate>,
) -> Option<&'a ExchangeCertificate> {
    let mut one: Option<&ExchangeCertificate> = None;
    for found in found {
        let thumbprint = |found: &ExchangeCertificate| found.certificate.thumbprint.clone();
        // Without thumbprints, two rows may be two certificates.
        let is_other = |one| thumbprint(one).is_none() || thumbprint(one) != thumbprint(found);
        if one.is_some_and(is_other) {
            return None;
        }
        one = Some(found);
    }
    one
}

/// Of several certificates, the one that expires last.
pub fn best<'a>(
    found: impl Iterator<Item = &'a ExchangeCertificate>,
) -> Option<&'a ExchangeCertificate> {
    found.max_by_key(|found| found.certificate.not_after)
}

/// Why a certificate probably replaced another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resemblance {
    /// Another issuer, and the same subject.
    SameSubject,
    /// It contains the same host name.
    SameHost,
}

impl Resemblance {
    /// A sentence without its full stop, behind which the certificate is shown.
    pub fn words(self, language: Language) -> String {
        match self {
            Resemblance::SameSubject => same_subject(language),
            Resemblance::SameHost => same_host(language),
        }
    }
}

/// The certificate that probably replaced the named one, and why it is likely.
pub fn nearest<'a>(
    named: &NamedCertificate<'_>,
    there: &[&'a ExchangeCertificate],
) -> Option<(&'a ExchangeCertificate, Resemblance)> {
    let wanted = common_name(named.subject);
    let best_of = |near: &dyn Fn(&ExchangeCertificate) -> bool| {
        best(there.iter().copied().filter(|found| near(found)))
    };
    let same_subject = best_of(&|found| named.has_subject(&found.certificate) == Some(true));
    if let Some(found) = same_subject {
        return Some((found, Resemblance::SameSubject));
    }
    let host = wanted?;
    best_of(&|found| holds_name(&found.certificate, &host))
        .map(|found| (found, Resemblance::SameHost))
}

sentences! {
    /// Nothing expects the certificate.
    fn not_expected() {
        en: "No enabled inbound connector expects it.",
        ja: "この証明書を想定している、有効な Exchange Online の受信コネクタはありません。" ["806e4146"],
    }
    /// The certificate is not valid yet, or not any more.
    fn not_valid_today() {
        en: "It is not valid today.",
        ja: "この証明書は現在有効ではありません。" ["3cb62ec0"],
    }
    /// [`Resemblance::SameSubject`], with the certificate behind a colon.
    fn same_subject() {
        en: "A certificate of another issuer has the same subject",
        ja: "サブジェクトが同じで発行者が異なる証明書があります" ["4ae90279"],
    }
    /// [`Resemblance::SameHost`], with the certificate behind a colon.
    fn same_host() {
        en: "One certificate contains the same host name",
        ja: "同じホスト名を含む証明書があります" ["444445b9"],
    }
}
