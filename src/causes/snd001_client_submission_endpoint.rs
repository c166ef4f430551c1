//! SND001: the send connector uses the client submission service.

use crate::aggregate::occurrence::Kind;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;
use crate::smtp::peer::Peer;
use crate::smtp::reply::Class;
use crate::tenant::Tenant;

declare_rule! {
    /// The send connector sends to the service in which users and devices submit mail, not to the
    /// host that takes mail of servers.
    ///
    /// ## What it finds
    /// Replies with 530 5.7.57 (`Client not authenticated to send mail`) or 550 5.7.30, or mail that
    /// is rejected by a host of the client submission service: `smtp.office365.com`,
    /// `*.outlook.office365.com`, `smtp.office365.us`, `*.hve.mx.microsoft`,
    /// `smtp-hve.office365.com`, or any host on port 587.
    ///
    /// ## Why it matters
    /// This service wants the password of one mailbox and accepts only mail of that mailbox. It does
    /// not look at certificates, inbound connectors or addresses. A send connector cannot relay
    /// through it.
    ///
    /// ## What to do
    /// 1. In the Microsoft 365 admin center, look up the MX record of your domain: Settings,
    ///    Domains, the domain, DNS records. Its host ends in `.mail.protection.outlook.com` or, for
    ///    domains added since 2026, in `.mx.microsoft`.
    /// 2. Set this host as the smart host of the send connector, with port 25.
    ///
    /// ## Sources
    /// - "How to set up a multifunction device or application to send emails using Microsoft 365"
    ///   (Microsoft Learn): client submission uses `smtp.office365.com`, port 587 and a mailbox;
    ///   relay by connector uses the MX host of the domain and port 25.
    /// - "Fix issues with printers, scanners, and LOB applications that send email" (Microsoft
    ///   Learn): 5.7.57 means that the client is not authenticated, and how to go over to relay.
    /// - "Manage high volume emails" (Microsoft Learn): the hosts of High Volume Email.
    ClientSubmissionEndpoint {
        code: "SND001",
        name: "client-submission-endpoint",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
    }
}

impl Cause for ClientSubmissionEndpoint {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let by_host = context.flow.key.peer == Peer::Submission || is_exported(context);
        let rejected = matches!(context.occurrence.key.kind, Kind::Reply { .. });
        let by_reply = context.class() == Some(Class::WrongEndpoint);
        if !by_reply && !(by_host && rejected) {
            return None;
        }
        let connector = context.send_connector();
        let explanation = format!(
            "Send connector '{connector}' sends to the client submission service, in which users and devices submit mail with the password of a mailbox. This service does not look at certificates and connectors, and it rejected the mail."
        );
        let host = usual_host(context.analysis.tenants);
        let example = host.map_or_else(String::new, |(domain, host)| {
            format!(" For {domain} it is usually {host}.")
        });
        let command = format!(
            "Set-SendConnector -Identity {} -SmartHosts '<host of the MX record>' -Port 25",
            quote(connector)
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::command(
            Where::OnPremises,
            command,
            &format!("1. In the Microsoft 365 admin center, look up the host of the MX record: Settings, Domains, your domain, DNS records. It ends in .mail.protection.outlook.com or, for domains added since 2026, in .mx.microsoft.{example} 2. Replace the placeholder in the command with this host. 3. Run the command. 4. Make sure that the firewall lets port 25 out."),
        )))
    }
}

/// Whether the export of the send connector shows such a smart host.
fn is_exported(context: &CauseContext<'_>) -> bool {
    let all = context.analysis.on_premises.send_connectors.iter();
    let mut own = all.filter(|export| export.name.eq_ignore_ascii_case(context.send_connector()));
    own.any(|export| export.submits())
}

/// The MX host that a domain of the only tenant usually has, with the domain.
fn usual_host(tenants: &[Tenant]) -> Option<(String, String)> {
    let [tenant] = tenants else {
        return None;
    };
    let domains = tenant.domains.iter().flatten();
    let mut own = domains.filter(|domain| !domain.pending && !domain.name.contains("onmicrosoft"));
    let domain = own.next()?;
    let label = domain.name.replace('.', "-");
    let host = format!("{label}.mail.protection.outlook.com");
    Some((domain.name.clone(), host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn an_unauthenticated_client_is_at_the_wrong_host() {
        let session = Session {
            mails: vec![(
                "a@contoso.com",
                "530 5.7.57 Client not authenticated to send mail. [x.prod.outlook.com]",
            )],
            ..Session::default()
        };
        assert_eq!(causes(&[session.clone()], &[contoso()]), ["SND001"]);
        let found = findings(&ClientSubmissionEndpoint, &[session], &[contoso()]);
        let note = &found[0].fix[0].note;
        assert!(
            note.contains("contoso-com.mail.protection.outlook.com"),
            "{note}"
        );
    }

    #[test]
    fn any_rejection_by_such_a_host_counts() {
        let session = Session {
            host: "PN2PR01CA0191.outlook.office365.com",
            mails: vec![(
                "a@contoso.com",
                "451 5.7.3 STARTTLS is required to send mail [x.prod.outlook.com]",
            )],
            ..Session::default()
        };
        assert_eq!(causes(&[session], &[contoso()]), ["SND001"]);
    }

    #[test]
    fn the_right_host_is_left_alone() {
        assert!(
            findings(
                &ClientSubmissionEndpoint,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
    }
}
