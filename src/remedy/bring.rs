//! Brings a certificate into use on servers that do not use it, as far as each of them needs it.
//!
//! In: exports, a thumbprint and servers. Out: a [`Fix`] for each server.
//! Must not decide which certificate is right. Must not enable a certificate where the export shows
//! that it is enabled: then something else is wrong on that server.

use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{same_server, serves_smtp};
use crate::language::{Language, sentences};
use crate::onprem::{ExchangeCertificate, OnPremises};
use crate::remedy::certificates;
use crate::remedy::service::Service;

/// What the exports show of a certificate on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    /// It is there, with its key and enabled for SMTP.
    Enabled,
    /// It is there, but its private key is not.
    WithoutKey,
    /// It is there, and SMTP is not among its services, as far as the export shows.
    NotEnabled,
    /// The server has other certificates only.
    Missing,
    /// The exports do not show this server, or they lost what shows the certificate.
    Unknown,
}

/// A certificate to bring into use.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its thumbprint.
    pub thumbprint: &'a str,
    /// A server that has it.
    pub from: Option<&'a str>,
    /// The service that is to offer it.
    pub service: Service,
    /// Which servers are Edge servers.
    pub edges: Edges<'a>,
}

/// The step for each server. `why` begins each note.
pub fn into_use(
    language: Language,
    own: &OnPremises,
    servers: &[&str],
    wanted: Wanted<'_>,
    why: &str,
) -> Vec<Fix> {
    let mut steps = Vec::new();
    for state in [
        There::Missing,
        There::WithoutKey,
        There::NotEnabled,
        There::Unknown,
        There::Enabled,
    ] {
        let these = in_state(own, servers, wanted.thumbprint, state);
        if !these.is_empty() {
            steps.extend(steps_for(language, state, &these, wanted, why));
        }
    }
    steps
}

/// What must be done before other steps, so that the certificate is on these servers and can be used
/// there. Nothing for servers that the exports do not show.
pub fn beforehand(
    language: Language,
    own: &OnPremises,
    servers: &[&str],
    wanted: Wanted<'_>,
) -> Vec<Fix> {
    let Wanted {
        thumbprint, edges, ..
    } = wanted;
    let from = place(language, wanted.from);
    let mut steps = Vec::new();
    for (state, note) in [
        (There::Missing, missing_beforehand(language, &from)),
        (
            There::WithoutKey,
            without_key_beforehand(language, thumbprint),
        ),
        (There::NotEnabled, not_enabled_beforehand(language)),
    ] {
        let these = in_state(own, servers, thumbprint, state);
        if !these.is_empty() {
            steps.extend(certificates::enable_for_smtp(
                language, &these, thumbprint, &note, edges,
            ));
        }
    }
    steps
}

/// The servers on which the certificate is in this state.
fn in_state<'s>(
    own: &OnPremises,
    servers: &[&'s str],
    thumbprint: &str,
    state: There,
) -> Vec<&'s str> {
    let servers = servers.iter().copied();
    servers
        .filter(|server| state_on(own, server, thumbprint) == state)
        .collect()
}

/// Where the certificate can be exported.
fn place(language: Language, from: Option<&str>) -> String {
    from.map_or_else(
        || on_a_server_that_has_it(language),
        |from| on_server(language, from),
    )
}

fn steps_for(
    language: Language,
    state: There,
    servers: &[&str],
    wanted: Wanted<'_>,
    why: &str,
) -> Vec<Fix> {
    let Wanted {
        thumbprint,
        service,
        edges,
        ..
    } = wanted;
    let from = place(language, wanted.from);
    let service = service.words(language);
    let before = match state {
        There::Enabled => return use_the_key(language, servers, wanted, why),
        There::Missing => missing(language, why, &from, &service),
        There::WithoutKey => without_key(language, why, thumbprint, &service),
        There::NotEnabled => not_enabled(language, why, &service),
        There::Unknown => not_shown(language, why, &from, &service),
    };
    certificates::enable_for_smtp(language, servers, thumbprint, &before, edges)
}

/// What is left where the certificate is on the server and enabled already.
fn use_the_key(language: Language, servers: &[&str], wanted: Wanted<'_>, why: &str) -> Vec<Fix> {
    let Wanted {
        thumbprint,
        service,
        edges,
        ..
    } = wanted;
    let account = service.account(language);
    let note = key_unreadable(language, why, thumbprint, &account);
    certificates::service(language, "Restart", service, servers, edges, &note)
}

/// Whether the exports show that the certificate is on this server and enabled for SMTP.
pub fn is_in_use(own: &OnPremises, server: &str, thumbprint: &str) -> bool {
    state_on(own, server, thumbprint) == There::Enabled
}

/// The first of these servers on which, by the exports, the certificate is with its private key.
pub fn server_with<'s>(own: &OnPremises, servers: &[&'s str], thumbprint: &str) -> Option<&'s str> {
    let mut servers = servers.iter().copied();
    servers.find(|server| {
        let state = state_on(own, server, thumbprint);
        matches!(state, There::Enabled | There::NotEnabled)
    })
}

fn is_nameless(one: &ExchangeCertificate) -> bool {
    one.certificate.thumbprint.is_none()
}

fn state_on(own: &OnPremises, server: &str, thumbprint: &str) -> There {
    let here = |one: &&ExchangeCertificate| match one.server.as_deref() {
        Some(known) => same_server(known, server),
        None => false,
    };
    let mut there = own.certificates.iter().filter(here).peekable();
    if there.peek().is_none() {
        return There::Unknown;
    }
    let found = there.find(|one| {
        let known = one.certificate.thumbprint.as_deref();
        known.is_some_and(|known| known.eq_ignore_ascii_case(thumbprint))
    });
    match found {
        // It may be the one whose thumbprint the export lost.
        None if own
            .certificates
            .iter()
            .any(|one| here(&one) && is_nameless(one)) =>
        {
            There::Unknown
        }
        None => There::Missing,
        Some(one) if one.has_private_key.value() == Some(&false) => There::WithoutKey,
        Some(one) => match serves_smtp(one) {
            Some(true) => There::Enabled,
            Some(false) => There::NotEnabled,
            None => There::Unknown,
        },
    }
}

sentences! {
    /// Where the certificate can be exported, if no such server is known. In Japanese, a verb follows.
    fn on_a_server_that_has_it() {
        en: "on a server that has it",
        ja: "証明書があるサーバーで" ["dcfe05f8"],
    }
    /// Where the certificate can be exported.
    fn on_server(server: &str) {
        en: "on {server}",
        ja: "{server} で" ["c3299c11"],
    }
    /// The note of a first step, where the server has no such certificate.
    fn missing_beforehand(from: &str) {
        en: "Do this before the other steps, which work only then. By the export, the certificate is not on this server. 1. Export it with its private key {from} (Export-ExchangeCertificate). 2. Import it on the server of the command (Import-ExchangeCertificate). 3. Run the command.",
        ja: "この手順はほかの手順より先に実行してください。ほかの手順は、その後でなければ機能しません。エクスポートによると、この証明書はこのサーバーにありません。 1. {from}、証明書を秘密キーと共にエクスポートします (Export-ExchangeCertificate)。 2. コマンドの対象サーバーにインポートします (Import-ExchangeCertificate)。 3. コマンドを実行します。" ["fa8f4270"],
    }
    /// The note of a first step, where the private key is not on the server.
    fn without_key_beforehand(thumbprint: &str) {
        en: "Do this before the other steps, which work only then. By the export, the certificate is on this server without its private key, so the server cannot offer it. 1. Import it again with its private key (a .pfx file) on the server of the command. Or run certutil -repairstore my {thumbprint} there. 2. Check that HasPrivateKey is True (Get-ExchangeCertificate). 3. Run the command.",
        ja: "この手順はほかの手順より先に実行してください。ほかの手順は、その後でなければ機能しません。エクスポートによると、このサーバーの証明書には秘密キーがないため、サーバーは証明書を提示できません。 1. コマンドの対象サーバーに、証明書を秘密キー付き (.pfx ファイル) でもう一度インポートします。または、そのサーバーで certutil -repairstore my {thumbprint} を実行します。 2. HasPrivateKey が True であることを確認します (Get-ExchangeCertificate)。 3. コマンドを実行します。" ["36392510"],
    }
    /// The note of a first step, where SMTP does not use the certificate.
    fn not_enabled_beforehand() {
        en: "Do this before the other steps, which work only then. By the export, the certificate is on this server, but it is not enabled for SMTP.",
        ja: "この手順はほかの手順より先に実行してください。ほかの手順は、その後でなければ機能しません。エクスポートによると、証明書はこのサーバーにありますが、SMTP に対して有効になっていません。" ["b86b32b3"],
    }
    /// The note where the server has no such certificate, behind the reason.
    fn missing(why: &str, from: &str, service: &str) {
        en: "{why} By the export, the certificate is not on this server. 1. Export it with its private key {from} (Export-ExchangeCertificate). 2. Import it on the server of the command (Import-ExchangeCertificate). 3. Run the command. 4. Restart {service} on that server.",
        ja: "{why}エクスポートによると、この証明書はこのサーバーにありません。 1. {from}、証明書を秘密キーと共にエクスポートします (Export-ExchangeCertificate)。 2. コマンドの対象サーバーにインポートします (Import-ExchangeCertificate)。 3. コマンドを実行します。 4. そのサーバーで{service} を再起動します。" ["d475e9b4"],
    }
    /// The note where the private key is not on the server, behind the reason.
    fn without_key(why: &str, thumbprint: &str, service: &str) {
        en: "{why} By the export, the certificate is on this server without its private key. 1. Export it with its private key from a server that has the key, and import it on the server of the command. Or run certutil -repairstore my {thumbprint} there. 2. Run the command. 3. Restart {service} on that server.",
        ja: "{why}エクスポートによると、このサーバーの証明書には秘密キーがありません。 1. 秘密キーがあるサーバーから証明書を秘密キーと共にエクスポートし、コマンドの対象サーバーにインポートします。または、そのサーバーで certutil -repairstore my {thumbprint} を実行します。 2. コマンドを実行します。 3. そのサーバーで{service} を再起動します。" ["9a83219a"],
    }
    /// The note where SMTP does not use the certificate, behind the reason.
    fn not_enabled(why: &str, service: &str) {
        en: "{why} 1. Run the command. It enables the certificate for SMTP and gives NETWORK SERVICE access to its private key. 2. Restart {service} on that server.",
        ja: "{why} 1. コマンドを実行します。証明書が SMTP に対して有効になり、NETWORK SERVICE に秘密キーへのアクセス権が付与されます。 2. そのサーバーで{service} を再起動します。" ["f656fb13"],
    }
    /// The note where no export shows the server, behind the reason.
    fn not_shown(why: &str, from: &str, service: &str) {
        en: "{why} 1. If the certificate is not on the server of the command with its private key, export it {from} (Export-ExchangeCertificate) and import it (Import-ExchangeCertificate). 2. Run the command. It also gives NETWORK SERVICE access to the private key. 3. Restart {service} on that server.",
        ja: "{why} 1. コマンドの対象サーバーに証明書が秘密キーと共に存在しない場合は、{from}エクスポートし (Export-ExchangeCertificate)、インポートします (Import-ExchangeCertificate)。 2. コマンドを実行します。NETWORK SERVICE に秘密キーへのアクセス権も付与されます。 3. そのサーバーで{service} を再起動します。" ["b80d022f"],
    }
    /// The note where the certificate is there and enabled already, behind the reason.
    fn key_unreadable(why: &str, thumbprint: &str, account: &str) {
        en: "{why} By the export, certificate {thumbprint} is on each server of the command and enabled for SMTP there, so enabling it once more changes nothing. 1. Give {account} read access to its private key (certlm.msc, Personal, the certificate, All Tasks, Manage Private Keys). 2. Run the command. 3. If nothing changes, import the certificate again on that server, with its private key, and repeat steps 1 and 2.",
        ja: "{why}エクスポートによると、証明書 {thumbprint} はコマンドの対象の各サーバーにあり、SMTP に対して有効になっているため、もう一度有効にしても何も変わりません。 1. {account} に秘密キーの読み取り権限を付与します (certlm.msc の [個人] で証明書を選択し、[すべてのタスク]、[秘密キーの管理] の順に選択)。 2. コマンドを実行します。 3. 何も変わらない場合は、そのサーバーに証明書を秘密キーと共にもう一度インポートし、手順 1 と 2 を繰り返します。" ["8b88a327"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{exchange_certificate, on_premises};
    use crate::tenant::Known;

    fn first(change: impl Fn(&mut ExchangeCertificate), server: &str) -> Fix {
        let mut one = exchange_certificate('A');
        change(&mut one);
        let own = on_premises(Vec::new(), vec![one]);
        let wanted = Wanted {
            thumbprint: &"A".repeat(40),
            from: Some("EX01"),
            service: Service::Transport,
            edges: Edges::of(&[]),
        };
        let steps = into_use(Language::English, &own, &[server], wanted, "Why.");
        steps.into_iter().next().unwrap()
    }

    fn command(fix: &Fix) -> &str {
        fix.command.as_deref().unwrap_or_default()
    }

    #[test]
    fn what_is_enabled_is_not_enabled_again() {
        let enabled = first(|_| {}, "EX01");
        assert!(command(&enabled).contains("Restart-Service"), "{enabled:?}");
        assert!(enabled.note.contains("private key"));
        let other = first(
            |one| one.services = Known::Value(vec!["IIS".to_owned()]),
            "EX01",
        );
        assert!(command(&other).starts_with("Enable-ExchangeCertificate"));
        let lost = first(|one| one.services = Known::Lost, "EX01");
        assert!(command(&lost).starts_with("Enable-ExchangeCertificate"));
    }

    #[test]
    fn what_is_missing_is_imported_first() {
        let other = first(
            |one| one.certificate.thumbprint = Some("B".repeat(40)),
            "EX01",
        );
        assert!(
            other.note.contains("Import-ExchangeCertificate"),
            "{other:?}"
        );
        let keyless = first(|one| one.has_private_key = Known::Value(false), "EX01");
        assert!(keyless.note.contains("without its private key"));
        let unknown = first(|_| {}, "EX09");
        assert!(command(&unknown).contains("-Server 'EX09'"));
    }
    #[test]
    fn a_lost_thumbprint_may_be_the_one_that_is_sought() {
        let lost = first(|one| one.certificate.thumbprint = None, "EX01");
        assert!(
            lost.note
                .contains("If the certificate is not on the server"),
            "{lost:?}"
        );
    }
}
