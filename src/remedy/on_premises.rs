//! What the exports of the local Exchange add to a cause: dates that the log lacks, and the certificate
//! that the send connector names.
//!
//! In: a [`CauseContext`]. Out: dates and sentences.
//! Must not decide a cause. Without such exports, every answer is the one that the logs alone give.

use crate::attribution::connector_name::ConnectorName;
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::transport_certificate::NamedCertificate;
use crate::input::timestamp::Timestamp;
use crate::language::sentences;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::smtp::certificate::Certificate;

/// The start and the expiry of the certificate that was offered: as logged, otherwise as exported.
pub fn validity(context: &CauseContext<'_>) -> (Option<Timestamp>, Option<Timestamp>) {
    let Some(offered) = context.certificate() else {
        return (None, None);
    };
    let exported = exported(context);
    let known = |of: fn(&Certificate) -> Option<Timestamp>| {
        of(offered).or_else(|| exported.and_then(|known| of(&known.certificate)))
    };
    (
        known(|certificate| certificate.not_before),
        known(|certificate| certificate.not_after),
    )
}

/// A sentence where the connector is not all that is wrong: the certificate that was offered is
/// self-signed or has expired. Empty otherwise.
pub fn unfit(context: &CauseContext<'_>) -> String {
    let (_, end) = validity(context);
    let expired = end.is_some_and(|end| {
        context
            .occurrence
            .last
            .since(end)
            .is_some_and(|over| over > 0)
    });
    let offered = context.certificate();
    if offered.is_some_and(|found| found.is_self_signed()) {
        is_self_signed(context.analysis.language)
    } else if expired {
        has_expired(context.analysis.language)
    } else {
        String::new()
    }
}

/// The exported certificate that has the thumbprint of the one that was offered.
fn exported<'a>(context: &CauseContext<'a>) -> Option<&'a ExchangeCertificate> {
    let wanted = context.certificate()?.thumbprint.as_deref()?;
    let mut all = context.analysis.on_premises.certificates.iter();
    all.find(|known| known.certificate.thumbprint.as_deref() == Some(wanted))
}

/// A sentence if the export of the send connector names another certificate than the one that was
/// offered, or none at all. Empty if the names agree or cannot be compared.
pub fn named_otherwise(context: &CauseContext<'_>) -> String {
    let mut exports = send_connectors(context).peekable();
    let Some(first) = exports.peek() else {
        return String::new();
    };
    let name = match first.tls_certificate_name.value() {
        None => return String::new(),
        Some(None) => return names_no_certificate(context.analysis.language),
        Some(Some(name)) => name.clone(),
    };
    let Some(offered) = context.certificate() else {
        return names_certificate(context.analysis.language, &name);
    };
    let names = CertificateNames::of(offered);
    let differs = exports.all(|connector| {
        let name = connector.tls_certificate_name.value();
        let wanted = name.and_then(Option::as_deref).map(ConnectorName::parse);
        wanted.is_some_and(|wanted| {
            matches!(wanted, ConnectorName::Distinguished { .. })
                && name_match::compare(&wanted, &names, Strictness::Table).verdict
                    == NameVerdict::No
        })
    });
    if differs {
        names_another(context.analysis.language, &name)
    } else {
        String::new()
    }
}

/// The exports of the send connector.
pub fn send_connectors<'a>(context: &CauseContext<'a>) -> impl Iterator<Item = &'a SendConnector> {
    context.send_connector_exports()
}

/// Whether every export of the send connector of this cause names this certificate.
pub fn is_named(context: &CauseContext<'_>, certificate: &Certificate) -> bool {
    let mut exports = send_connectors(context).peekable();
    exports.peek().is_some() && exports.all(|connector| names(connector, certificate))
}

/// Whether the export of a send connector names this certificate.
pub fn names(connector: &SendConnector, certificate: &Certificate) -> bool {
    let name = connector.tls_certificate_name.value();
    let name = name
        .and_then(Option::as_deref)
        .and_then(NamedCertificate::parse);
    name.is_some_and(|name| name.means(certificate) == Some(true))
}

sentences! {
    /// A sentence behind another one: also the certificate is wrong.
    fn is_self_signed() {
        en: " The certificate that was offered is self-signed. Exchange Online does not accept it, so a connector that expects a certificate needs another one as well.",
        ja: "提示された証明書は自己署名証明書です。Exchange Online はこの証明書を受け入れないため、証明書を想定するコネクタには別の証明書も必要です。" ["716fa35d"],
    }
    /// A sentence behind another one: also the certificate is wrong.
    fn has_expired() {
        en: " The certificate that was offered has expired. Exchange Online does not accept it, so a connector that expects a certificate needs a renewed one as well.",
        ja: "提示された証明書は有効期限が切れています。Exchange Online はこの証明書を受け入れないため、証明書を想定するコネクタには更新された証明書も必要です。" ["9ca4b1c1"],
    }
    /// A sentence behind another one: the send connector names nothing.
    fn names_no_certificate() {
        en: " The export of the send connector names no certificate (TlsCertificateName is empty), so Exchange selects one by itself.",
        ja: "送信コネクタのエクスポートでは証明書が指定されていないため (TlsCertificateName が空)、Exchange が自動的に証明書を選択します。" ["1f89e7f2"],
    }
    /// A sentence behind another one: what the send connector names.
    fn names_certificate(name: &str) {
        en: " The export of the send connector names the certificate '{name}'.",
        ja: "送信コネクタのエクスポートで指定されている証明書は「{name}」です。" ["84835242"],
    }
    /// A sentence behind another one: the send connector names another certificate.
    fn names_another(name: &str) {
        en: " The export of the send connector names another certificate: '{name}'.",
        ja: "送信コネクタのエクスポートでは、別の証明書「{name}」が指定されています。" ["80a9b332"],
    }
}

#[cfg(test)]
mod tests {
    use crate::causes::CAUSES;
    use crate::diagnosis::cause::Diagnosis;
    use crate::diagnosis::cause_context::CauseContext;
    use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::logs::{Session, contoso, with_analysis};
    use crate::tenant::Known;

    /// The first cause of the first rejection, with these exports.
    fn cause(session: Session, own: &OnPremises) -> (&'static str, Diagnosis) {
        with_analysis(&[session], &[contoso()], own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let mut causes = CAUSES.iter();
            causes
                .find_map(|rule| Some((rule.meta().code, rule.check(&context)?)))
                .unwrap()
        })
    }

    fn own(connector: SendConnector, certificate: ExchangeCertificate) -> OnPremises {
        on_premises(vec![connector], vec![certificate])
    }

    fn renamed() -> Session {
        Session {
            names: &["smtp.contoso.net"],
            ..Session::default()
        }
    }

    #[test]
    fn the_fix_offers_an_exported_certificate_that_is_expected() {
        let own = own(send_connector(), exchange_certificate('A'));
        let (code, finding) = cause(renamed(), &own);
        assert_eq!(code, "CRT005");
        assert!(
            finding
                .explanation
                .contains("names another certificate: '<I>CN=Example CA")
        );
        let commands: Vec<&str> = finding
            .fix
            .iter()
            .filter_map(|fix| fix.command.as_deref())
            .collect();
        // The certificate is named and enabled for SMTP on its server, so neither may be set again.
        assert!(
            commands
                .iter()
                .any(|command| command.contains("Restart-Service")),
            "{commands:?}"
        );
        let text = format!("{:?}", finding.fix);
        assert!(text.contains(&"A".repeat(40)), "{text}");
    }

    #[test]
    fn an_unfit_certificate_is_not_offered() {
        let mut expired = exchange_certificate('A');
        expired.certificate.not_after =
            crate::input::timestamp::Timestamp::parse(b"2026-10-01T00:00:00.000Z");
        let mut later = exchange_certificate('A');
        later.certificate.not_before =
            crate::input::timestamp::Timestamp::parse(b"2026-12-01T00:00:00.000Z");
        for certificate in [expired, later] {
            let (_, finding) = cause(renamed(), &own(send_connector(), certificate));
            let text = format!("{:?}", finding.fix);
            assert!(!text.contains(&"A".repeat(40)), "{text}");
        }
    }

    /// What lacks SMTP or its private key is named already, so only that is set right.
    #[test]
    fn a_named_certificate_that_is_not_ready_is_set_right_on_its_server() {
        let mut not_for_smtp = exchange_certificate('A');
        not_for_smtp.services = Known::Value(vec!["IIS".to_owned()]);
        let mut keyless = exchange_certificate('A');
        keyless.has_private_key = Known::Value(false);
        let bare = Session {
            names: &[],
            ..Session::default()
        };
        let own_certificate = Session {
            names: &["EX01"],
            issuer: "CN=EX01",
            ..Session::default()
        };
        for (session, expected) in [(bare, "CRT001"), (own_certificate, "CRT002")] {
            for certificate in [not_for_smtp.clone(), keyless.clone()] {
                let own = own(send_connector(), certificate);
                let (code, finding) = cause(session.clone(), &own);
                assert_eq!(code, expected);
                let first = finding.fix[0].command.as_deref().unwrap();
                let enable = format!(
                    "Enable-ExchangeCertificate -Server 'EX01' -Thumbprint '{}' -Services SMTP",
                    "A".repeat(40)
                );
                assert_eq!(first, enable);
                let text = format!("{:?}", finding.fix);
                assert!(!text.contains("Set-SendConnector"), "{text}");
            }
        }
        let (_, finding) = cause(renamed(), &own(send_connector(), not_for_smtp));
        let text = format!("{:?}", finding.fix);
        assert!(
            text.contains("Enable-ExchangeCertificate -Server 'EX01'"),
            "{text}"
        );
    }

    #[test]
    fn exported_dates_show_an_expired_certificate_whose_row_has_none() {
        let mut known = exchange_certificate('A');
        let session = Session {
            valid: "- -",
            ..Session::default()
        };
        let thumbprint = with_analysis(
            std::slice::from_ref(&session),
            &[contoso()],
            &OnPremises::default(),
            |analysis| analysis.aggregate.certificates[0].thumbprint.clone(),
        );
        known.certificate.thumbprint = thumbprint;
        known.certificate.not_after =
            crate::input::timestamp::Timestamp::parse(b"2026-11-01T00:00:00.000Z");
        let (code, finding) = cause(session.clone(), &own(send_connector(), known.clone()));
        assert_eq!(code, "CRT003");
        assert!(finding.explanation.contains("2026-11-01"));
        known.certificate.not_after =
            crate::input::timestamp::Timestamp::parse(b"2027-11-01T00:00:00.000Z");
        assert_ne!(cause(session, &own(send_connector(), known)).0, "CRT003");
    }

    #[test]
    fn an_empty_name_is_said_and_a_lost_one_is_not() {
        let mut connector = send_connector();
        connector.tls_certificate_name = Known::Value(None);
        let (_, finding) = cause(
            renamed(),
            &own(connector.clone(), exchange_certificate('A')),
        );
        assert!(finding.explanation.contains("TlsCertificateName is empty"));
        connector.tls_certificate_name = Known::Lost;
        let (_, finding) = cause(renamed(), &own(connector, exchange_certificate('A')));
        assert!(
            !finding
                .explanation
                .contains("The export of the send connector")
        );
    }
}
