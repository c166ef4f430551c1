//! Names and times as sentences use them.
//!
//! In: values of a case. Out: short texts.
//! Must not decide whether something is wrong.

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause_context::CauseContext;
use crate::language::{Language, sentences};
use crate::smtp::certificate::Certificate;
use crate::tenant::Tenant;

/// `CN=mail.contoso.com (thumbprint 0123…)`.
pub fn certificate(language: Language, certificate: &Certificate) -> String {
    let subject = certificate
        .subject
        .as_deref()
        .or(certificate.undivided.as_deref())
        .filter(|subject| !subject.is_empty());
    let subject = subject.map_or_else(|| without_subject(language), str::to_owned);
    match &certificate.thumbprint {
        Some(thumbprint) => with_thumbprint(language, &subject, thumbprint),
        None => subject,
    }
}

/// The certificate that was offered, or a phrase if none is known.
pub fn offered(context: &CauseContext<'_>) -> String {
    match context.certificate() {
        Some(found) => certificate(context.analysis.language, found),
        None if context.offered_none() => no_certificate(context.analysis.language),
        None => certificate_not_shown(context.analysis.language),
    }
}

/// The names that a certificate holds, as part of a sentence.
pub fn names(language: Language, certificate: &Certificate) -> String {
    let hosts = crate::attribution::name_match::CertificateNames::of(certificate).hosts;
    match hosts.as_slice() {
        [] => no_host_name(language),
        [..] if hosts.len() <= 4 => language.list(&hosts),
        _ => and_more(language, &language.list(&hosts[..4]), hosts.len() - 4),
    }
}

/// `inbound connector 'x' of contoso.onmicrosoft.com`.
pub fn connector(language: Language, view: &ConnectorView<'_>) -> String {
    connector_of(language, &view.connector.name, &view.tenant.name)
}

/// What a connector expects, as the predicate of a sentence about it: `expects 'x'`. In Japanese, it ends
/// a sentence or a clause: `… は{expectation}。`
pub fn expectation(language: Language, view: &ConnectorView<'_>) -> String {
    let name = view
        .connector
        .tls_sender_certificate_name
        .value()
        .and_then(Option::as_deref);
    match name {
        Some(name) => expects(language, name),
        None => {
            let list = view.connector.sender_ip_addresses.value();
            let texts: Vec<&str> = list
                .into_iter()
                .flatten()
                .map(|entry| entry.text.as_str())
                .collect();
            match texts.as_slice() {
                [] => names_nothing(language),
                _ => lists(language, &language.list(&texts)),
            }
        }
    }
}

/// The name that a connector needs so that it matches this certificate: its first host name, or the
/// wildcard of the certificate that covers that name or stands over that domain (KB 4051495).
pub fn best_name(certificate: &Certificate) -> Option<String> {
    let hosts = crate::attribution::name_match::CertificateNames::of(certificate).hosts;
    let first = hosts.first()?;
    let covers = |name: &&String| {
        name.strip_prefix("*.").is_some_and(|base| {
            let parent = first.split_once('.').map(|(_, parent)| parent);
            first == base || parent == Some(base)
        })
    };
    Some(hosts.iter().find(covers).unwrap_or(first).clone())
}

/// The text as the beginning of a sentence: in English, with a capital first letter. A Japanese text may
/// begin with the name of a tenant.
pub fn capitalised(language: Language, text: &str) -> String {
    if language == Language::Japanese {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The steps around the command that sets a connector to this name. The domain of the name must be
/// an accepted domain of the tenant.
pub fn domain_note(language: Language, tenant: &Tenant, name: &str) -> String {
    let parsed = ConnectorName::parse(name);
    let accepted = accepted::accepts_name(tenant, &parsed);
    let domain = parsed
        .domain()
        .map_or_else(|| name.to_owned(), |(domain, _)| domain);
    let tenant = &tenant.name;
    match accepted {
        DomainStatus::Accepted => domain_is_accepted(language, &domain, tenant),
        DomainStatus::ParentOnly | DomainStatus::Uncertain => {
            parent_is_accepted(language, &domain, tenant)
        }
        DomainStatus::NotAccepted => domain_is_not_accepted(language, &domain, tenant),
        DomainStatus::Unknown => domain_is_not_shown(language, &domain, tenant),
    }
}

sentences! {
    /// A certificate in a sentence, where its subject is empty or not known.
    fn without_subject() {
        en: "a certificate without a subject",
        ja: "(サブジェクトなし)" ["a74a1364"],
    }
    /// A certificate in a sentence.
    fn with_thumbprint(subject: &str, thumbprint: &str) {
        en: "{subject} (thumbprint {thumbprint})",
        ja: "{subject} (拇印 {thumbprint})" ["ba000a16"],
    }
    /// What was offered, where it was nothing.
    fn no_certificate() {
        en: "no certificate",
        ja: "証明書なし" ["6f3ef809"],
    }
    /// What was offered, where the input does not show it.
    fn certificate_not_shown() {
        en: "a certificate that the input does not show",
        ja: "入力からは分からない証明書" ["ea4089fe"],
    }
    /// The names of a certificate that has none.
    fn no_host_name() {
        en: "no host name",
        ja: "ホスト名なし" ["16c02b4b"],
    }
    /// Some names, and how many are left out.
    fn and_more(names: &str, more: usize) {
        en: "{names} and {more} more",
        ja: "{names}、ほか {more} 件" ["c74a0140"],
    }
    /// An inbound connector in a sentence.
    fn connector_of(connector: &str, tenant: &str) {
        en: "inbound connector '{connector}' of {tenant}",
        ja: "{tenant} の受信コネクタ「{connector}」" ["c6a2a86b"],
    }
    /// The predicate of a connector that expects a certificate.
    fn expects(name: &str) {
        en: "expects '{name}'",
        ja: "証明書名「{name}」を想定しています" ["aea22f22"],
    }
    /// The predicate of a connector that expects nothing.
    fn names_nothing() {
        en: "names neither a certificate nor an address",
        ja: "証明書名も IP アドレスも設定していません" ["7607a856"],
    }
    /// The predicate of a connector that lists addresses.
    fn lists(addresses: &str) {
        en: "lists {addresses}",
        ja: "送信元 IP アドレス {addresses} を登録しています" ["4255fba8"],
    }
    /// The note of a command that sets a name, where its domain is accepted.
    fn domain_is_accepted(domain: &str, tenant: &str) {
        en: "1. Run the command. 2. Wait up to an hour. You do not need to add a domain, because '{domain}' is an accepted domain of {tenant} already.",
        ja: "1. コマンドを実行します。 2. 最大 1 時間待ちます。「{domain}」は既に {tenant} の承認済みドメインであるため、ドメインを追加する必要はありません。" ["5e60077a"],
    }
    /// The note of a command that sets a name, where only a parent domain is accepted.
    fn parent_is_accepted(domain: &str, tenant: &str) {
        en: "1. Run the command. 2. Wait up to an hour. 3. If mail is then rejected with ATTR36, add and verify '{domain}' as a domain of its own. Step 3 may be necessary because only a parent domain of '{domain}' is an accepted domain of {tenant}.",
        ja: "1. コマンドを実行します。 2. 最大 1 時間待ちます。 3. その後もメールが ATTR36 で拒否される場合は、「{domain}」を独立したドメインとして追加し、ドメインの所有権を確認します。{tenant} の承認済みドメインになっているのは「{domain}」の親ドメインだけのため、手順 3 が必要になることがあります。" ["222a5b4d"],
    }
    /// The note of a command that sets a name, where its domain is not accepted.
    fn domain_is_not_accepted(domain: &str, tenant: &str) {
        en: "1. Add the domain '{domain}' in the Microsoft 365 admin center, and verify it. 2. Run the command. 3. Wait up to an hour. Step 1 is necessary because '{domain}' is not an accepted domain of {tenant}. Until it is, only mail whose sender domain is accepted gets through. Forwarded mail and bounces are rejected (ATTR36).",
        ja: "1. Microsoft 365 管理センターでドメイン「{domain}」を追加し、ドメインの所有権を確認します。 2. コマンドを実行します。 3. 最大 1 時間待ちます。「{domain}」は {tenant} の承認済みドメインではないため、手順 1 が必要です。承認済みドメインになるまでは、送信者のドメインが承認済みドメインであるメールだけが受け入れられます。転送メールと配信不能レポートは拒否されます (ATTR36)。" ["64cd9b71"],
    }
    /// The note of a command that sets a name, where the accepted domains are not known.
    fn domain_is_not_shown(domain: &str, tenant: &str) {
        en: "1. Make sure that '{domain}' is an accepted domain of {tenant}. The report cannot show this, because no export of the accepted domains was given. 2. Run the command. 3. Wait up to an hour.",
        ja: "1. 「{domain}」が {tenant} の承認済みドメインであることを確認します。承認済みドメインのエクスポートが指定されていないため、このレポートでは確認できません。 2. コマンドを実行します。 3. 最大 1 時間待ちます。" ["e1a2c767"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_goes_before_the_domain_or_host_that_it_covers() {
        let best = |names: &[&str]| {
            best_name(&Certificate {
                names: names.iter().map(|name| (*name).to_owned()).collect(),
                ..Certificate::default()
            })
        };
        for (names, expected) in [
            (&["contoso.com", "*.contoso.com"][..], "*.contoso.com"),
            (&["*.contoso.com", "contoso.com"], "*.contoso.com"),
            (&["mail.contoso.com", "*.contoso.com"], "*.contoso.com"),
            (&["mail.contoso.com", "*.fabrikam.com"], "mail.contoso.com"),
            (&["mail.contoso.com", "owa.contoso.com"], "mail.contoso.com"),
        ] {
            assert_eq!(best(names).as_deref(), Some(expected), "{names:?}");
        }
        assert_eq!(best(&[]), None);
    }
}
