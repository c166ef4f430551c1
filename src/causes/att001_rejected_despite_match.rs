//! ATT001: the certificate and the connector look correct.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::send_connector;
use crate::language::Language;
use crate::remedy::command::quote;
use crate::remedy::{certificates, command, offer, on_premises, wording};
use crate::smtp::reply::Class;

declare_rule! {
    /// Exchange Online rejects mail although your certificate and connector look correct.
    ///
    /// ## What it finds
    /// Rejected mail that no other entry explains. The reply is `550 5.7.64 TenantAttribution;
    /// Relay Access Denied` or another form of it: `550 5.7.0 Relay Access Denied`, `550 5.7.1
    /// Relay Access Denied ATTR1`, `550 5.7.1 Unable to accept unauthorized message over IPv6
    /// ATTR2`, or `Mail received as unauthenticated` with 4.4.4 and ATTR5. Either an inbound
    /// connector matches, or the exports lack the values that would decide.
    ///
    /// Also `454 4.7.0 Failed to establish appropriate TLS channel: UntrustedRoot: Access Denied`,
    /// where nothing else explains it: Exchange Online does not trust the authority of the
    /// certificate.
    ///
    /// ## Why it matters
    /// The log shows what was offered, not what Exchange Online accepted. The remaining reasons are
    /// outside the log:
    ///
    /// - The server did not send the certificate chain. Exchange Online does not fetch missing
    ///   intermediate certificates (KB 3212877).
    /// - A change has not taken effect yet.
    /// - The exports are of another tenant.
    /// - A connector of another tenant, whose export you do not have, claims the same certificate.
    ///
    /// ## What to do
    /// Your certificate and connector look correct, yet mail was rejected. Check these in order:
    ///
    /// 1. The intermediate certificates are installed on every sending server.
    /// 2. The exports are of the tenant that should accept the mail.
    /// 3. An hour has passed since the last change.
    /// 4. If all of this is true, open a case with Microsoft. Give them the bracketed server name
    ///    and session ID of one rejected message.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - KB 3212877: mail is rejected if the sending server does not send the certificate chain.
    /// - "450 4.4.317" (support article, Microsoft Learn): Exchange Online does not download
    ///   missing intermediate certificates by itself.
    /// - KB 2888788: `454 4.7.0 Failed to establish appropriate TLS channel`, because of the
    ///   certificate that the server offers.
    /// - That the other forms of the reply mean the same is inferred from their words.
    RejectedDespiteMatch {
        code: "ATT001",
        name: "rejected-despite-match",
        severity: Error,
        confidence: Low,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: Recipient,
        precedence: Alone,
    }
}

impl Cause for RejectedDespiteMatch {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.class() == Some(Class::TlsDemanded) {
            return Some(not_trusted(context));
        }
        let lost: Vec<String> = context
            .judgement
            .views
            .iter()
            .filter(|view| view.may_match())
            .map(|view| {
                format!(
                    "'{}' ({})",
                    view.connector.name,
                    view.connector.lost_fields().join(", ")
                )
            })
            .collect();
        let matching = context.judgement.matching().next();
        if let Some(finding) = matching.and_then(|view| of_another_tenant(context, view)) {
            return Some(finding);
        }
        // Where an address identifies the mail, nobody looks at the certificate.
        let by_address = matching.is_some_and(|view| !view.matches_by_name());
        let mut explanation = if by_address {
            format!(
                "Exchange Online rejected mail of send connector '{}', which came from {}. ",
                context.send_connector(),
                context.source_text()
            )
        } else {
            format!(
                "Send connector '{}' offered {}, and Exchange Online rejected its mail. ",
                context.send_connector(),
                wording::offered(context)
            )
        };
        match matching {
            Some(view) => explanation.push_str(&matched(context.analysis.language, view)),
            None => explanation.push_str("The logs and exports do not explain why."),
        }
        if !lost.is_empty() {
            explanation.push_str(&format!(
                " It cannot be determined whether inbound connector {} matches, because the export lost these values. Export as JSON.",
                lost.join(" and ")
            ));
        }
        if matching.is_some_and(|view| view.tenant.domains.is_none()) {
            explanation.push_str(" It cannot be determined whether the domain is accepted: no export of the accepted domains was given.");
        }
        let finding = Diagnosis::of(&Self::META, explanation)
            .confidence(Confidence::Low)
            .deciding(matching.and_then(CauseContext::deciding));
        Some(finding.fix(checks(context, matching)))
    }
}

/// The certificate belongs to another tenant than the one that the send connector sends to.
fn of_another_tenant(context: &CauseContext<'_>, view: &ConnectorView<'_>) -> Option<Diagnosis> {
    let tenants = context.analysis.tenants;
    let mut exports = on_premises::send_connectors(context);
    let wanted = exports.find_map(|export| send_connector::tenant_of(export, tenants))?;
    if wanted == view.tenant.name || !view.matches_by_name() {
        return None;
    }
    let explanation = format!(
        "Send connector '{}' sends to {wanted}, but it offered {}, and {} matches that. So Exchange Online assigns the mail to {}, not to {wanted}, and rejected it.",
        context.send_connector(),
        wording::offered(context),
        wording::connector(context.analysis.language, view),
        view.tenant.name
    );
    let note = format!(
        "Let this send connector offer a certificate that an inbound connector of {wanted} expects. 1. If no inbound connector of {wanted} expects a certificate of your servers, add one (New-InboundConnector), and wait an hour. 2. Import the certificate, with its private key, on every source server, and enable it for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command."
    );
    Some(
        Diagnosis::of(&RejectedDespiteMatch::META, explanation)
            .confidence(Confidence::Medium)
            .deciding(CauseContext::deciding(view))
            .fix(command::offer_another(
                context.send_connector(),
                &format!("a certificate for {wanted}"),
                &note,
            )),
    )
}

/// What to check, in order.
fn checks(context: &CauseContext<'_>, matching: Option<&ConnectorView<'_>>) -> Fix {
    let by_address = matching.is_some_and(|view| !view.matches_by_name());
    let thumbprint = context.certificate().and_then(certificates::thumbprint);
    let thumbprint = thumbprint.filter(|_| !by_address);
    let lead = match matching {
        Some(_) if by_address => {
            "Your address and connector look correct, yet mail was rejected. Check these in order:"
        }
        Some(_) => {
            "Your certificate and connector look correct, yet mail was rejected. Check these in order:"
        }
        None => "The logs and exports do not explain why mail was rejected. Check these in order:",
    };
    let rest = [
        "Check that the exports are of the tenant that should accept the mail.",
        "Wait until an hour has passed since the last change.",
        "If mail is still rejected, open a case with Microsoft. Give them the bracketed server name and session ID of one rejected message.",
    ];
    let unknown = matching.is_some_and(|view| view.tenant.domains.is_none());
    let first = if thumbprint.is_some() {
        Some(
            "Run this command on every sending server, and check that the intermediate certificates are installed there.",
        )
    } else if by_address && unknown {
        Some(
            "Export the accepted domains (Get-AcceptedDomain) and run sendlens again: mail that an address identifies passes only if the domain of its sender is accepted.",
        )
    } else {
        None
    };
    let mut note = lead.to_owned();
    for (number, step) in first.into_iter().chain(rest).enumerate() {
        note.push_str(&format!(" {}. {step}", number + 1));
    }
    match thumbprint {
        Some(thumbprint) => Fix::inspect(
            Where::OnPremises,
            format!(
                "Get-ExchangeCertificate -Thumbprint {} | Format-List Status,RootCAType,Services",
                quote(thumbprint)
            ),
            &note,
        ),
        None => Fix::step(&note),
    }
}

/// What matches, and what may still be wrong with it.
fn matched(language: Language, view: &ConnectorView<'_>) -> String {
    let connector = wording::capitalised(&wording::connector(language, view));
    let by_name = view.name_match.as_ref().filter(|_| view.matches_by_name());
    let Some(found) = by_name else {
        return format!(
            "{connector} lists the address from which the mail came, and the logs and exports show no fault. Possible reasons are: a change has not taken effect yet, or another tenant lists the address, too."
        );
    };
    let note = found.row.note(language);
    let note = if note.is_empty() {
        String::new()
    } else {
        format!(" {}.", wording::capitalised(&note))
    };
    format!(
        "{connector} matches, and the logs and exports show no fault.{note} Possible reasons are: the server does not send its certificate chain (KB 3212877), a change has not taken effect yet, or another tenant claims the certificate."
    )
}

/// Exchange Online does not accept the TLS that was offered, although nothing is wrong with it that
/// the log shows.
fn not_trusted(context: &CauseContext<'_>) -> Diagnosis {
    let explanation = format!(
        "Exchange Online did not accept the TLS of send connector '{}', which offered {}. It accepts only certificates of public authorities that it trusts, with their whole chain. A certificate of an authority of your own is refused in this way (KB 2888788).",
        context.send_connector(),
        wording::offered(context)
    );
    let mut finding =
        Diagnosis::of(&RejectedDespiteMatch::META, explanation).confidence(Confidence::Low);
    let thumbprint = context.certificate().and_then(certificates::thumbprint);
    if let Some(thumbprint) = thumbprint {
        finding = finding.fix(Fix::inspect(
            Where::OnPremises,
            format!(
                "Get-ExchangeCertificate -Thumbprint {} | Format-List Subject,Issuer,RootCAType,Status,Services",
                quote(thumbprint)
            ),
            "RootCAType must be ThirdParty. Enterprise or None means that the certificate is not of a public authority, and that another one must be offered.",
        ));
    }
    let steps = offer::switch(
        context,
        "the certificate of a public authority",
        "1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key and its intermediate certificates, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
    );
    finding.fix.extend(steps);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::SendConnector;
    use crate::scenario::exports::{on_premises, send_connector};
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant, with_analysis};
    use crate::tenant::{Known, Tenant};

    #[test]
    fn fires_where_nothing_else_does() {
        assert_eq!(causes(&[Session::default()], &[contoso()]), ["ATT001"]);
        let found = findings(&RejectedDespiteMatch, &[Session::default()], &[contoso()]);
        assert_eq!(
            found[0]
                .deciding
                .as_ref()
                .and_then(|found| found.connector.as_deref()),
            Some("Inbound from contoso")
        );
        let note = &found[0].fix[0].note;
        assert!(
            note.starts_with("Your certificate and connector look correct"),
            "{note}"
        );
    }

    #[test]
    fn a_certificate_of_another_tenant_is_named() {
        let fabrikam = Tenant {
            name: "fabrikam.onmicrosoft.com".to_owned(),
            ..tenant(Some("mail.fabrikam.com"), &[], &["fabrikam.com"])
        };
        let to_fabrikam = SendConnector {
            smart_hosts: Known::Value(vec!["fabrikam-com.mail.protection.outlook.com".to_owned()]),
            ..send_connector()
        };
        let own = on_premises(vec![to_fabrikam], Vec::new());
        let tenants = [contoso(), fabrikam];
        with_analysis(&[Session::default()], &tenants, &own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let found = RejectedDespiteMatch.check(&context).expect("a finding");
            let explanation = &found.explanation;
            assert!(
                explanation.contains("sends to fabrikam.onmicrosoft.com"),
                "{explanation}"
            );
            assert!(!format!("{:?}", found.fix).contains("look correct"));
        });
    }

    #[test]
    fn a_match_by_address_and_an_apex_are_told_as_what_they_are() {
        let listed = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let bare = Session {
            names: &[],
            ..Session::default()
        };
        let found = findings(&RejectedDespiteMatch, &[bare], &[listed]);
        let text = format!("{} {:?}", found[0].explanation, found[0].fix);
        assert!(!text.contains("Your certificate"), "{text}");
        assert!(!text.contains("certificate chain"), "{text}");
        let wildcard = tenant(Some("*.contoso.com"), &[], &["contoso.com"]);
        let apex = Session {
            names: &["contoso.com"],
            ..Session::default()
        };
        let found = findings(&RejectedDespiteMatch, &[apex], &[wildcard]);
        let explanation = &found[0].explanation;
        assert!(explanation.contains("does not document"), "{explanation}");
    }

    #[test]
    fn nothing_is_said_of_a_certificate_at_which_nobody_looks() {
        let mut listed = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let found = findings(
            &RejectedDespiteMatch,
            &[Session::default()],
            &[listed.clone()],
        );
        let text = format!("{} {:?}", found[0].explanation, found[0].fix);
        assert!(text.contains("came from 203.0.113.7"), "{text}");
        assert!(!text.to_lowercase().contains("certificate"), "{text}");
        listed.domains = None;
        let found = findings(&RejectedDespiteMatch, &[Session::default()], &[listed]);
        let note = &found[0].fix[0].note;
        assert!(note.contains("Export the accepted domains"), "{note}");
    }

    #[test]
    fn names_what_an_export_lost() {
        let mut lost = tenant(Some("x.example.org"), &[], &["contoso.com"]);
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        assert_eq!(causes(&[Session::default()], &[lost.clone()]), ["ATT001"]);
        let found = findings(&RejectedDespiteMatch, &[Session::default()], &[lost]);
        assert!(
            found[0].explanation.contains("Export as JSON"),
            "{}",
            found[0].explanation
        );
        let note = &found[0].fix[0].note;
        assert!(
            note.starts_with("The logs and exports do not explain"),
            "{note}"
        );
    }

    #[test]
    fn stays_silent_behind_any_other_cause() {
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_ne!(causes(&[Session::default()], &[other]), ["ATT001"]);
    }
}
