//! ATT001: the certificate and the connector look correct.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::send_connector;
use crate::language::Language;
use crate::remedy::command::quote;
use crate::remedy::{certificates, command, offer, offered, on_premises, wording};
use crate::smtp::reply::Class;

mod sentences;

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
        /// 証明書とコネクタは正しく見えますが、Exchange Online がメールを拒否しています。
        ///
        /// ## 検出する内容
        /// ほかの項目では説明できない、拒否されたメールです。
        /// 応答は `550 5.7.64 TenantAttribution; Relay Access Denied` か、その別の
        /// 形である `550 5.7.0 Relay Access Denied`、`550 5.7.1 Relay Access Denied ATTR1`、
        /// `550 5.7.1 Unable to accept unauthorized message over IPv6 ATTR2`、
        /// または 4.4.4 と ATTR5 を伴う `Mail received as unauthenticated` です。Exchange Online の
        /// 受信コネクタが一致しているか、判断に必要な値がエクスポートにありません。
        ///
        /// ほかに原因が見つからない場合は、
        /// `454 4.7.0 Failed to establish appropriate TLS channel: UntrustedRoot: Access Denied` も
        /// 対象です。この応答は、Exchange Online が証明書の証明機関を信頼していないことを示します。
        ///
        /// ## 問題となる理由
        /// ログに記録されるのは提示した内容であり、Exchange Online が何を受け入れたかは
        /// 記録されません。残る原因は、ログからは分かりません。
        ///
        /// - サーバーが証明書チェーンを送信していません。Exchange Online は、不足している
        ///   中間証明書を取得しません (KB 3212877)。
        /// - 変更がまだ反映されていません。
        /// - エクスポートが別のテナントのものです。
        /// - エクスポートが手元にない別のテナントのコネクタが、同じ証明書を指定しています。
        ///
        /// ## 対処方法
        /// 証明書とコネクタは正しく見えますが、メールは拒否されました。次の順に確認します。
        ///
        /// 1. すべての送信元サーバーに中間証明書がインストールされていることを確認します。
        /// 2. エクスポートが、メールを受け入れるべきテナントのものであることを確認します。
        /// 3. 最後の変更から 1 時間が経過していることを確認します。
        /// 4. すべて満たしている場合は、Microsoft のサポート ケースを作成します。拒否された
        ///    メッセージ 1 通について、角かっこ内のサーバー名とセッション ID を伝えます。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、サーバーの証明書または IP アドレスが受信コネクタと
        ///   一致しなくなったことを示します。多くの場合、別の名前の証明書に更新した後に発生します。
        /// - KB 3212877: 送信元サーバーが証明書チェーンを送信しない場合、メールは拒否されます。
        /// - "450 4.4.317" (サポート記事、Microsoft Learn): Exchange Online は、不足している
        ///   中間証明書を自動的にはダウンロードしません。
        /// - KB 2888788: サーバーが提示する証明書が原因で、
        ///   `454 4.7.0 Failed to establish appropriate TLS channel` が返されます。
        /// - 応答のほかの形も同じ意味であることは、その文言からの推定です。
        japanese: ["4c66d372"],
    }
}

impl Cause for RejectedDespiteMatch {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.class() == Some(Class::TlsDemanded) {
            return Some(not_trusted(context));
        }
        let matching = context.judgement.matching().next();
        if let Some(finding) = matching.and_then(|view| of_another_tenant(context, view)) {
            return Some(finding);
        }
        let finding = Diagnosis::of(&Self::META, explanation(context, matching))
            .confidence(Confidence::Low)
            .deciding(matching.and_then(CauseContext::deciding));
        Some(finding.fix(checks(context, matching)))
    }
}

/// What happened, what matches, and what the exports do not show.
fn explanation(context: &CauseContext<'_>, matching: Option<&ConnectorView<'_>>) -> String {
    let language = context.analysis.language;
    let connector = context.send_connector();
    // Where an address identifies the mail, nobody looks at the certificate.
    let by_address = matching.is_some_and(|view| !view.matches_by_name());
    let happened = if by_address {
        sentences::came_from(language, connector, &context.source_text())
    } else {
        sentences::rejected(language, connector, &offered::predicate(context))
    };
    let found = match matching {
        Some(view) => matched(language, view),
        None => sentences::unexplained(language),
    };
    let mut parts = vec![happened, found];
    let views = context.judgement.views.iter();
    let lost = views.filter(|view| view.may_match()).map(|view| {
        let fields = language.list(&view.connector.lost_fields());
        sentences::with_fields(language, &view.connector.name, &fields)
    });
    let lost = lost.reduce(|first, second| sentences::both(language, &first, &second));
    parts.extend(lost.map(|lost| sentences::lost_values(language, &lost)));
    if matching.is_some_and(|view| view.tenant.domains.is_none()) {
        parts.push(sentences::domains_unknown(language));
    }
    language.together(&parts)
}

/// The certificate belongs to another tenant than the one that the send connector sends to.
fn of_another_tenant(context: &CauseContext<'_>, view: &ConnectorView<'_>) -> Option<Diagnosis> {
    let language = context.analysis.language;
    let tenants = context.analysis.tenants;
    let mut exports = on_premises::send_connectors(context);
    let wanted = exports.find_map(|export| send_connector::tenant_of(export, tenants))?;
    if wanted == view.tenant.name || !view.matches_by_name() {
        return None;
    }
    let explanation = sentences::another_tenant(
        language,
        context.send_connector(),
        wanted,
        &wording::offered(context),
        &wording::connector(language, view),
        &view.tenant.name,
    );
    Some(
        Diagnosis::of(&RejectedDespiteMatch::META, explanation)
            .confidence(Confidence::Medium)
            .deciding(CauseContext::deciding(view))
            .fix(command::offer_another(
                context.send_connector(),
                &format!("a certificate for {wanted}"),
                &sentences::offer_for_tenant(language, wanted),
            )),
    )
}

/// What to check, in order.
fn checks(context: &CauseContext<'_>, matching: Option<&ConnectorView<'_>>) -> Fix {
    let language = context.analysis.language;
    let by_address = matching.is_some_and(|view| !view.matches_by_name());
    let thumbprint = context.certificate().and_then(certificates::thumbprint);
    let thumbprint = thumbprint.filter(|_| !by_address);
    let mut note = match matching {
        Some(_) if by_address => sentences::address_looks_correct(language),
        Some(_) => sentences::certificate_looks_correct(language),
        None => sentences::check_in_order(language),
    };
    let unknown = matching.is_some_and(|view| view.tenant.domains.is_none());
    let first = if thumbprint.is_some() {
        Some(sentences::check_chain(language))
    } else if by_address && unknown {
        Some(sentences::export_domains(language))
    } else {
        None
    };
    let rest = [
        sentences::check_tenant(language),
        sentences::wait_an_hour(language),
        sentences::open_case(language),
    ];
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
    let connector = wording::capitalised(language, &wording::connector(language, view));
    let by_name = view.name_match.as_ref().filter(|_| view.matches_by_name());
    let Some(found) = by_name else {
        return sentences::address_matches(language, &connector);
    };
    let note = found.row.note(language);
    if note.is_empty() {
        sentences::certificate_matches(language, &connector)
    } else {
        sentences::certificate_matches_by(
            language,
            &connector,
            &wording::capitalised(language, &note),
        )
    }
}

/// Exchange Online does not accept the TLS that was offered, although nothing is wrong with it that
/// the log shows.
fn not_trusted(context: &CauseContext<'_>) -> Diagnosis {
    let language = context.analysis.language;
    let explanation = sentences::tls_not_accepted(
        language,
        context.send_connector(),
        &offered::predicate(context),
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
            &sentences::root_type(language),
        ));
    }
    let steps = offer::switch(
        context,
        "the certificate of a public authority",
        &sentences::offer_public(language),
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
