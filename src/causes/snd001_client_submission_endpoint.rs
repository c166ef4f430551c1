//! SND001: the send connector uses the client submission service.

use crate::aggregate::occurrence::Kind;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::endpoint;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::remedy::command;
use crate::remedy::{offered, on_premises};
use crate::smtp::host;
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
    /// If the send connector sends to such a host already, leave it as it is. The reply 5.7.57 then
    /// means that neither an inbound connector nor a password identified the server: compare the
    /// inbound connectors with the certificate and the address of the server.
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
        step: None,
        /// 送信コネクタの送信先が、サーバーからのメールを受け取るホストではなく、ユーザーや
        /// デバイスがメールを送信するサービスになっています。
        ///
        /// ## 検出する内容
        /// 530 5.7.57 (`Client not authenticated to send mail`) または 550 5.7.30 の応答を
        /// 検出します。クライアント送信サービスのホストが拒否したメールも検出します。
        /// 該当するホストは、`smtp.office365.com`、`*.outlook.office365.com`、`smtp.office365.us`、
        /// `*.hve.mx.microsoft`、`smtp-hve.office365.com`、およびポート 587 のすべてのホストです。
        ///
        /// ## 問題となる理由
        /// このサービスは 1 つのメールボックスのパスワードを要求し、そのメールボックスの
        /// メールだけを受け入れます。証明書、Exchange Online の受信コネクタ、IP アドレスは
        /// 考慮しません。送信コネクタは、このサービスを経由してリレーできません。
        ///
        /// ## 対処方法
        /// 1. Microsoft 365 管理センターで、自組織のドメインの MX レコードを
        ///    調べます ([設定]、[ドメイン]、対象のドメイン、[DNS レコード])。
        ///    ホスト名の末尾は `.mail.protection.outlook.com` です。2026 年以降に追加された
        ///    ドメインでは `.mx.microsoft` です。
        /// 2. このホストを送信コネクタのスマート ホストに設定し、ポートを 25 にします。
        ///
        /// 送信コネクタが既にそのようなホストに送信している場合は、設定を変更しないでください。
        /// その場合、応答 5.7.57 は、受信コネクタでもパスワードでもサーバーを識別できなかったことを
        /// 意味します。受信コネクタを、サーバーの証明書および IP アドレスと比較してください。
        ///
        /// ## 出典
        /// - "How to set up a multifunction device or application to send emails using Microsoft 365" (Microsoft Learn): クライアント送信では `smtp.office365.com`、
        ///   ポート 587、メールボックスを使用します。コネクタによるリレーでは、
        ///   ドメインの MX ホストとポート 25 を使用します。
        /// - "Fix issues with printers, scanners, and LOB applications that send email" (Microsoft Learn): 5.7.57 は、
        ///   クライアントが認証されていないことを意味します。リレーに切り替える方法も
        ///   説明されています。
        /// - "Manage high volume emails" (Microsoft Learn): High Volume Email のホストが
        ///   記載されています。
        japanese: ["36940e2d"],
    }
}

impl Cause for ClientSubmissionEndpoint {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let by_host = context.flow.key.peer == Peer::Submission || is_exported(context);
        let rejected = matches!(context.occurrence.key.kind, Kind::Reply { .. });
        let by_reply = context.class() == Some(Class::WrongEndpoint);
        let concerns = by_reply || by_host && rejected;
        if !concerns {
            return None;
        }
        Some(match host(context) {
            Host::Submission => at_submission(context),
            Host::Inbound => at_inbound(context),
            Host::Unknown => at_unknown(context),
        })
    }
}

/// The port on which clients submit mail.
const SUBMISSION_PORT: u16 = 587;

/// Where the send connector sends.
enum Host {
    /// To the client submission service.
    Submission,
    /// To the inbound host of a tenant, which is right.
    Inbound,
    /// Neither the sessions nor the exports show it.
    Unknown,
}

fn host(context: &CauseContext<'_>) -> Host {
    let peer = context.flow.key.peer;
    let port = endpoint::remote(context).map(|remote| remote.port());
    let exports: Vec<_> = on_premises::send_connectors(context).collect();
    let names_inbound = exports.iter().any(|export| {
        let hosts = export.smart_hosts.value().into_iter().flatten();
        let mut hosts = hosts.map(|name| host::names_exchange_online(name.as_bytes()));
        hosts.any(|is_inbound| is_inbound)
    });
    let is_inbound = matches!(peer, Peer::Claimed | Peer::Proven);
    if peer == Peer::Submission || is_exported(context) {
        Host::Submission
    } else if names_inbound || is_inbound && port != Some(SUBMISSION_PORT) {
        Host::Inbound
    } else if port == Some(SUBMISSION_PORT) {
        Host::Submission
    } else {
        Host::Unknown
    }
}

/// The steps to the inbound host of the tenant.
fn at_submission(context: &CauseContext<'_>) -> Diagnosis {
    let language = context.analysis.language;
    let explanation = sends_to_submission(language, context.send_connector());
    let note = match usual_host(context.analysis.tenants) {
        Some((domain, host)) => use_usual_mx_host(language, &domain, &host),
        None => use_mx_host(language),
    };
    let command = format!(
        "Set-SendConnector -Identity {} -SmartHosts '<host of the MX record>' -Port 25",
        command::send_identity(context.send_connector())
    );
    Diagnosis::of(&ClientSubmissionEndpoint::META, explanation).fix(Fix::command(
        Where::OnPremises,
        command,
        &note,
    ))
}

/// The host is right, so that it must stay.
fn at_inbound(context: &CauseContext<'_>) -> Diagnosis {
    let language = context.analysis.language;
    let explanation = sends_to_inbound(
        language,
        context.send_connector(),
        &offered::predicate(context),
        &context.source_text(),
    );
    Diagnosis::of(&ClientSubmissionEndpoint::META, explanation)
        .confidence(Confidence::Medium)
        .fix(Fix::inspect(
            Where::Online,
            "Get-InboundConnector | Format-List Name,Enabled,ConnectorType,TlsSenderCertificateName,SenderIPAddresses".to_owned(),
            &compare_connectors(language),
        ))
}

/// Neither sessions nor exports show the host.
fn at_unknown(context: &CauseContext<'_>) -> Diagnosis {
    let language = context.analysis.language;
    let explanation = host_is_unknown(language, context.send_connector());
    Diagnosis::of(&ClientSubmissionEndpoint::META, explanation)
        .confidence(Confidence::Medium)
        .fix(Fix::inspect(
            Where::OnPremises,
            format!(
                "Get-SendConnector -Identity {} | Format-List SmartHosts,Port",
                command::send_identity(context.send_connector())
            ),
            &look_at_host(language),
        ))
}

/// Whether the export of the send connector shows such a smart host.
fn is_exported(context: &CauseContext<'_>) -> bool {
    let mut own = context.send_connector_exports();
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

sentences! {
    /// Where the send connector sends, if that is the wrong service.
    fn sends_to_submission(connector: &str) {
        en: "Send connector '{connector}' sends to the client submission service, in which users and devices submit mail with the password of a mailbox. This service does not look at certificates and connectors, and it rejected the mail.",
        ja: "送信コネクタ「{connector}」は、ユーザーやデバイスがメールボックスのパスワードを使用してメールを送信する、クライアント送信サービスに送信しています。このサービスは証明書やコネクタを考慮しません。メールはこのサービスに拒否されました。" ["b6ccbaf5"],
    }
    /// The steps to the inbound host of the tenant.
    fn use_mx_host() {
        en: "1. In the Microsoft 365 admin center, look up the host of the MX record: Settings, Domains, your domain, DNS records. It ends in .mail.protection.outlook.com or, for domains added since 2026, in .mx.microsoft. 2. Replace the placeholder in the command with this host. 3. Run the command. 4. Make sure that the firewall lets port 25 out.",
        ja: "1. Microsoft 365 管理センターで、MX レコードのホスト名を調べます ([設定]、[ドメイン]、自組織のドメイン、[DNS レコード])。末尾は .mail.protection.outlook.com です。2026 年以降に追加されたドメインでは .mx.microsoft です。 2. コマンドのプレースホルダーをこのホスト名に置き換えます。 3. コマンドを実行します。 4. ファイアウォールがポート 25 の送信を許可していることを確認します。" ["c9d5d916"],
    }
    /// The same with the host that a domain usually has.
    fn use_usual_mx_host(domain: &str, host: &str) {
        en: "1. In the Microsoft 365 admin center, look up the host of the MX record: Settings, Domains, your domain, DNS records. It ends in .mail.protection.outlook.com or, for domains added since 2026, in .mx.microsoft. For {domain} it is usually {host}. 2. Replace the placeholder in the command with this host. 3. Run the command. 4. Make sure that the firewall lets port 25 out.",
        ja: "1. Microsoft 365 管理センターで、MX レコードのホスト名を調べます ([設定]、[ドメイン]、自組織のドメイン、[DNS レコード])。末尾は .mail.protection.outlook.com です。2026 年以降に追加されたドメインでは .mx.microsoft です。{domain} の場合は、通常 {host} です。 2. コマンドのプレースホルダーをこのホスト名に置き換えます。 3. コマンドを実行します。 4. ファイアウォールがポート 25 の送信を許可していることを確認します。" ["7d0644d3"],
    }
    /// Where the send connector sends, if that is right.
    fn sends_to_inbound(connector: &str, offered: &str, source: &str) {
        en: "Send connector '{connector}' sends to an inbound host of Exchange Online, which is right. The reply says that neither an inbound connector nor a password identified the server. It {offered} from {source}.",
        ja: "送信コネクタ「{connector}」は Exchange Online の受信用のホストに送信しており、これは正しい設定です。応答は、Exchange Online の受信コネクタでもパスワードでもサーバーを識別できなかったことを示しています。この送信コネクタは、{source} から{offered}。" ["a2ea3bf2"],
    }
    /// The steps where the smart host must stay.
    fn compare_connectors() {
        en: "Leave the smart host as it is. Run the command, and compare: an enabled connector of type OnPremises must expect a name of the certificate that was offered, or list the address from which the server sends. If one does, check that the server sends its certificate chain (KB 3212877), and that the export and the smart host are of the same tenant.",
        ja: "スマート ホストは変更しないでください。コマンドを実行し、結果を確認します。種類が OnPremises の有効な Exchange Online の受信コネクタが、提示された証明書に含まれる名前を想定しているか、サーバーの送信元 IP アドレスを登録している必要があります。該当する受信コネクタがある場合は、サーバーが証明書チェーンを送信していること (KB 3212877)、およびエクスポートとスマート ホストが同じテナントのものであることを確認します。" ["2c5b56bb"],
    }
    /// What the reply says where the host is not known.
    fn host_is_unknown(connector: &str) {
        en: "The host to which send connector '{connector}' sends asks for the password of a mailbox, and it rejected the mail. The logs and exports do not show which host it is. Usually it is one of the client submission service.",
        ja: "送信コネクタ「{connector}」の送信先のホストは、メールボックスのパスワードを要求し、メールを拒否しました。どのホストであるかは、ログとエクスポートからは分かりません。通常は、クライアント送信サービスのホストです。" ["eef45389"],
    }
    /// How to find out which host it is, and what to do then.
    fn look_at_host() {
        en: "Look at the host. If it ends in .mail.protection.outlook.com or .mx.microsoft and the port is 25, leave it as it is: then no inbound connector matched (Get-InboundConnector). If it is a host such as smtp.office365.com, or the port is 587, replace it with the host of the MX record that the Microsoft 365 admin center shows for your domain, and port 25.",
        ja: "ホストを確認します。末尾が .mail.protection.outlook.com または .mx.microsoft で、ポートが 25 の場合は、変更しないでください。その場合の原因は、一致する Exchange Online の受信コネクタがなかったことです (Get-InboundConnector)。smtp.office365.com などのホストの場合、またはポートが 587 の場合は、Microsoft 365 管理センターに表示される自組織のドメインの MX レコードのホストと、ポート 25 に置き換えます。" ["953e1107"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::{OnPremises, SendConnector};
    use crate::scenario::exports::{on_premises as on_premises_exports, send_connector};
    use crate::scenario::logs::{Session, causes, contoso, findings, with_analysis};
    use crate::tenant::Known;

    #[test]
    fn an_unauthenticated_client_is_at_the_wrong_host() {
        let found = run(
            "smtp.office365.com",
            send_connector_of("smtp.office365.com"),
        );
        let fix = &found.fix[0];
        assert!(
            fix.command
                .as_deref()
                .unwrap_or_default()
                .contains("-SmartHosts")
        );
        let note = &fix.note;
        assert!(
            note.contains("contoso-com.mail.protection.outlook.com"),
            "{note}"
        );
    }

    fn send_connector_of(smart_host: &str) -> OnPremises {
        let connector = SendConnector {
            smart_hosts: Known::Value(vec![smart_host.to_owned()]),
            ..send_connector()
        };
        on_premises_exports(vec![connector], Vec::new())
    }

    fn run(host: &'static str, own: OnPremises) -> Diagnosis {
        let session = Session {
            host,
            remote_names: host,
            mails: vec![(
                "a@contoso.com",
                "530 5.7.57 Client not authenticated to send mail. [x.prod.outlook.com]",
            )],
            ..Session::default()
        };
        assert_eq!(
            causes(std::slice::from_ref(&session), &[contoso()]),
            ["SND001"]
        );
        with_analysis(&[session], &[contoso()], &own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            ClientSubmissionEndpoint.check(&context).expect("a finding")
        })
    }

    #[test]
    fn a_right_host_is_never_replaced() {
        for host in [
            "contoso-com.mail.protection.outlook.com",
            "contoso-com.w-v1.mx.microsoft",
        ] {
            for own in [OnPremises::default(), send_connector_of(host)] {
                let found = run(host, own);
                let text = format!("{:?}", found.fix);
                assert!(!text.contains("Set-SendConnector"), "{text}");
                assert!(
                    !found.explanation.contains("submission"),
                    "{}",
                    found.explanation
                );
            }
        }
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
