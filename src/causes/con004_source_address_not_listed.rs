//! CON004: the source address has changed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::attribution::judgement::{AddressMatch, ConnectorView};
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::inbound_connector;
use crate::diagnosis::rule::declare_rule;
use crate::language::{Language, sentences};
use crate::remedy::command;
use crate::remedy::{settings, wording};

declare_rule! {
    /// The address from which the mail came is in no inbound connector.
    ///
    /// ## What it finds
    /// The tenant identifies your servers by address, or an earlier session of this send connector
    /// came from a listed address. The address that Exchange Online saw is in no connector. The
    /// EHLO reply shows this address: `Hello [203.0.113.7]`.
    ///
    /// ## Why it matters
    /// A new internet provider, a second internet line or another NAT rule changes the address.
    /// From then on, Exchange Online cannot assign the mail to your tenant.
    ///
    /// ## What to do
    /// Add the address to the connector. It is better to identify your servers by a certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply also comes when the server sends from another address than the connector lists.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - Observed in public logs: the EHLO reply says `Hello [address]`; that connectors are
    ///   compared with this address is inferred.
    SourceAddressNotListed {
        code: "CON004",
        name: "source-address-not-listed",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// メールの送信元 IP アドレスが、Exchange Online のどの受信コネクタにも登録されていません。
        ///
        /// ## 検出する内容
        /// テナントがサーバーを IP アドレスで識別しているか、この送信コネクタの以前のセッションが、
        /// 登録されている IP アドレスから接続していました。
        /// Exchange Online から見えた IP アドレスは、どのコネクタにも登録されていません。
        /// この IP アドレスは、EHLO の応答に `Hello [203.0.113.7]` のように表示されます。
        ///
        /// ## 問題となる理由
        /// インターネット プロバイダーの変更、2 本目のインターネット回線、
        /// または別の NAT 規則によって、IP アドレスが変わります。それ以降、Exchange Online は
        /// メールを自組織のテナントに割り当てられません。
        ///
        /// ## 対処方法
        /// IP アドレスをコネクタに追加します。証明書でサーバーを識別する方法をお勧めします。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、コネクタに登録されていない IP アドレスからサーバーが
        ///   送信した場合にも返されます。
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        /// - 公開されているログでの観測: EHLO の応答に `Hello [address]` と表示されます。
        ///   コネクタがこの IP アドレスと比較されることは推定です。
        japanese: ["b9c3f59c"],
    }
}

impl Cause for SourceAddressNotListed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let source = context.source()?;
        let judgement = context.judgement;
        let with_addresses: Vec<&ConnectorView<'_>> = judgement
            .active()
            .filter(|view| view.has_addresses())
            .collect();
        let not_listed = with_addresses
            .iter()
            .all(|view| view.address == AddressMatch::NotListed);
        let relevant = context.identifies_by_address() || came_from_listed(context);
        if !context.concerns_our_side()
            || with_addresses.is_empty()
            || !not_listed
            || !relevant
            || !judgement.surely_none_matches()
        {
            return None;
        }
        let view = with_addresses[0];
        let seen = Seen::of(context, source);
        let explanation = explanation(context, &seen, &with_addresses);
        let mut finding = Diagnosis::of(&Self::META, explanation);
        if !seen.proven.is_empty() && with_addresses.len() == 1 {
            finding = finding.deciding(CauseContext::deciding(view));
        }
        finding.fix = steps(context.analysis.language, &seen, &with_addresses);
        Some(finding)
    }
}

/// From where mail came, and what a connector lists instead.
fn explanation(
    context: &CauseContext<'_>,
    seen: &Seen,
    connectors: &[&ConnectorView<'_>],
) -> String {
    let language = context.analysis.language;
    let told = if seen.proven.is_empty() {
        &seen.all
    } else {
        &seen.proven
    };
    let addresses = settings::listed(language, told);
    let received = if told.len() == 1 {
        from_address(language, context.send_connector(), &addresses)
    } else {
        from_addresses(language, context.send_connector(), &addresses)
    };
    let inbound = wording::connector(language, connectors[0]);
    let expectation = wording::expectation(language, connectors[0]);
    let listed = if connectors.len() == 1 {
        expects(
            language,
            &wording::capitalised(language, &inbound),
            &expectation,
        )
    } else {
        one_expects(language, &inbound, &expectation)
    };
    let mut parts = vec![received, listed];
    if told.len() < seen.all.len() {
        let others = seen.all.iter().filter(|one| !told.contains(one));
        parts.push(others_show(language, &settings::listed(language, others)));
    }
    language.together(&parts)
}

/// The addresses of the send connector from which Exchange Online refused mail.
#[derive(Default)]
struct Seen {
    /// All of them.
    all: Vec<String>,
    /// IPv4 addresses that are proven to be those of the servers.
    proven: Vec<String>,
    /// IPv4 addresses that the log alone does not prove.
    unproven: Vec<String>,
    /// Addresses from which nothing reaches Exchange Online.
    unroutable: Vec<String>,
    /// One of them is an IPv6 address.
    ipv6: bool,
}

impl Seen {
    /// The unlisted addresses of all refusals of this send connector. The one of this refusal is first.
    fn of(context: &CauseContext<'_>, own: IpAddr) -> Seen {
        let analysis = context.analysis;
        let all = analysis.kinds_of(context.flow.key.connector);
        let mut found: BTreeMap<IpAddr, bool> = BTreeMap::new();
        found.insert(own, context.source_is_proven());
        for other in all.map(|occurrence| CauseContext::new(analysis, occurrence)) {
            let mut views = other.judgement.active().filter(|view| view.has_addresses());
            let unlisted = views.all(|view| view.address == AddressMatch::NotListed);
            let refused = other.concerns_our_side() && other.judgement.surely_none_matches();
            if let Some(source) = other.source()
                && unlisted
                && refused
            {
                *found.entry(source).or_default() |= other.source_is_proven();
            }
        }
        let mut seen = Seen::default();
        let mut sources: Vec<(IpAddr, bool)> = found.into_iter().collect();
        sources.sort_by_key(|(source, _)| *source != own);
        for (source, proven) in sources {
            let text = source.to_string();
            seen.all.push(text.clone());
            if inbound_connector::is_unroutable(source, source) {
                seen.unroutable.push(text);
            } else if source.is_ipv6() {
                seen.ipv6 = true;
            } else if proven {
                seen.proven.push(text);
            } else {
                seen.unproven.push(text);
            }
        }
        seen
    }
}

fn steps(language: Language, seen: &Seen, connectors: &[&ConnectorView<'_>]) -> Vec<Fix> {
    let mut steps = Vec::new();
    let list = settings::listed(language, &seen.proven);
    match connectors {
        _ if seen.proven.is_empty() => {}
        [view] => steps.push(Fix::command(
            Where::Online,
            format!(
                "Set-InboundConnector -Identity {} -SenderIPAddresses @{{Add={}}}",
                command::inbound_identity(view.connector),
                settings::quoted(seen.proven.iter().map(String::as_str))
            ),
            &add_address(language),
        )),
        _ => steps.push(Fix::step(&add_to_one(language, &list))),
    }
    if seen.ipv6 {
        steps.push(Fix::step(&ipv4_only(language)));
    }
    if !seen.unproven.is_empty() {
        let list = settings::listed(language, &seen.unproven);
        steps.push(find_out(&not_proven(language, &list)));
    }
    if !seen.unroutable.is_empty() {
        let list = settings::listed(language, &seen.unroutable);
        steps.push(find_out(&not_public(language, &list)));
    }
    steps
}

/// The step where the log does not prove that an address is that of the server.
fn find_out(note: &str) -> Fix {
    Fix::inspect(
        Where::Online,
        "Get-InboundConnector | Format-List Name,Enabled,ConnectorType,SenderIPAddresses"
            .to_owned(),
        note,
    )
}

/// Whether an earlier session of this stream and send connector came from a listed address.
fn came_from_listed(context: &CauseContext<'_>) -> bool {
    context
        .analysis
        .history_of(context.flow.key.connector)
        .filter(|(flow, _)| {
            flow.key.stream == context.flow.key.stream
                && context
                    .last_rejection()
                    .since(flow.first)
                    .is_some_and(|before| before > 0)
        })
        .any(|(_, judgement)| judgement.active().any(|view| view.matches_by_address()))
}

sentences! {
    /// Mail came from one address.
    fn from_address(connector: &str, addresses: &str) {
        en: "Exchange Online received mail of send connector '{connector}' from {addresses}. No inbound connector lists this address.",
        ja: "Exchange Online は、送信コネクタ「{connector}」のメールを {addresses} から受信しました。この IP アドレスは、Exchange Online のどの受信コネクタにも登録されていません。" ["cf1467ec"],
    }
    /// Mail came from several addresses.
    fn from_addresses(connector: &str, addresses: &str) {
        en: "Exchange Online received mail of send connector '{connector}' from {addresses}. No inbound connector lists these addresses.",
        ja: "Exchange Online は、送信コネクタ「{connector}」のメールを {addresses} から受信しました。これらの IP アドレスは、Exchange Online のどの受信コネクタにも登録されていません。" ["6acacd6d"],
    }
    /// What the only connector with addresses lists.
    fn expects(inbound: &str, expectation: &str) {
        en: "{inbound} {expectation}.",
        ja: "{inbound}は{expectation}。" ["9fe962a0"],
    }
    /// What one of several connectors lists.
    fn one_expects(inbound: &str, expectation: &str) {
        en: "For example, {inbound} {expectation}.",
        ja: "たとえば、{inbound}は{expectation}。" ["0dd6f92f"],
    }
    /// Addresses that are not told before.
    fn others_show(addresses: &str) {
        en: "Other sessions show {addresses}.",
        ja: "ほかのセッションには {addresses} が記録されています。" ["45b68951"],
    }
    /// How to list the address.
    fn add_address() {
        en: "1. Run the command. 2. Wait up to an hour. In the long run, it is better to identify your servers by a certificate (-TlsSenderCertificateName).",
        ja: "1. コマンドを実行します。 2. 最大 1 時間待ちます。長期的には、証明書でサーバーを識別することをお勧めします (-TlsSenderCertificateName)。" ["de13d3d2"],
    }
    /// The same where several connectors have addresses.
    fn add_to_one(list: &str) {
        en: "1. Find the inbound connector that is meant for the server or site that uses {list}. 2. Add {list} to SenderIPAddresses of this connector. 3. Wait up to an hour.",
        ja: "1. {list} を使用するサーバーまたはサイト用の Exchange Online の受信コネクタを見つけます。 2. その受信コネクタの SenderIPAddresses に {list} を追加します。 3. 最大 1 時間待ちます。" ["a267f71d"],
    }
    /// What to do about an IPv6 address.
    fn ipv4_only() {
        en: "SenderIPAddresses of an inbound connector takes IPv4 addresses only. 1. Let the server send to Exchange Online over IPv4, for example by a firewall rule that blocks IPv6 on port 25. 2. Make sure that an inbound connector lists its public IPv4 address. Or identify your servers by a certificate (-TlsSenderCertificateName), which works over both.",
        ja: "Exchange Online の受信コネクタの SenderIPAddresses に設定できるのは、IPv4 アドレスだけです。 1. ポート 25 の IPv6 をブロックするファイアウォール規則などで、サーバーが IPv4 で Exchange Online に送信するようにします。 2. サーバーのパブリック IPv4 アドレスが、受信コネクタに登録されていることを確認します。または、IPv4 と IPv6 のどちらでも機能する証明書でサーバーを識別します (-TlsSenderCertificateName)。" ["89529ffd"],
    }
    /// What to do where the log does not prove an address.
    fn not_proven(list: &str) {
        en: "The log alone does not prove that {list} belongs to this server: only one session shows it, or the other side did not prove that it is Exchange Online. 1. Find out the public address from which the server sends: ask the administrator of the firewall. 2. Run the command, and compare. 3. Add the address to SenderIPAddresses only if it is yours.",
        ja: "ログだけでは、{list} がこのサーバーの IP アドレスであることを証明できません。1 つのセッションにしか記録されていないか、相手側が Exchange Online であることを証明していません。 1. サーバーが送信に使用するパブリック IP アドレスを、ファイアウォールの管理者に確認します。 2. コマンドを実行して、比較します。 3. 自組織の IP アドレスである場合にのみ、SenderIPAddresses に追加します。" ["0c4ff558"],
    }
    /// What to do about an address that is not public.
    fn not_public(list: &str) {
        en: "{list} is no public address, so Exchange Online cannot have seen it, and a connector must not list it. A device on the way answered, or the log was changed. 1. Find out the public address from which the server sends: ask the administrator of the firewall. 2. Run the command, and compare. 3. Add the address to SenderIPAddresses only if it is yours.",
        ja: "{list} はパブリック IP アドレスではないため、Exchange Online から見えたはずがありません。コネクタに登録しないでください。経路上の機器が応答したか、ログが変更されています。 1. サーバーが送信に使用するパブリック IP アドレスを、ファイアウォールの管理者に確認します。 2. コマンドを実行して、比較します。 3. 自組織の IP アドレスである場合にのみ、SenderIPAddresses に追加します。" ["314ec182"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, TAKEN, causes, connector, contoso, findings, tenant};

    #[test]
    fn fires_where_the_tenant_goes_by_address() {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let twice = [Session::default(), Session::default()];
        assert_eq!(
            causes(&twice, std::slice::from_ref(&by_address)),
            ["CON004"]
        );
        let found = findings(&SourceAddressNotListed, &twice, &[by_address]);
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -SenderIPAddresses @{Add='203.0.113.7'}"
            )
        );
    }

    #[test]
    fn an_address_that_is_not_proven_is_not_added() {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let once = [Session::default()];
        let claimed = Session {
            remote_issuer: "CN=Somebody, O=Somebody",
            ..Session::default()
        };
        for sessions in [&once[..], &[claimed.clone(), claimed]] {
            let found = findings(
                &SourceAddressNotListed,
                sessions,
                std::slice::from_ref(&by_address),
            );
            let command = found[0].fix[0].command.as_deref().expect("a command");
            assert!(command.starts_with("Get-"), "{command}");
        }
    }

    fn from(source: &'static str) -> [Session; 2] {
        let one = Session {
            source,
            ..Session::default()
        };
        [one.clone(), one]
    }

    fn commands(sessions: &[Session]) -> Vec<String> {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let found = findings(&SourceAddressNotListed, sessions, &[by_address]);
        let last = found.last().expect("a finding");
        let commands = last.fix.iter().filter_map(|fix| fix.command.clone());
        commands.collect()
    }

    #[test]
    fn every_proven_address_is_added_and_no_other_hides_it() {
        let mut sessions = from("203.0.113.8").to_vec();
        sessions.extend(from("203.0.113.9"));
        let once = &from("203.0.113.99")[..1];
        sessions.extend(once.iter().cloned());
        sessions.extend(from("10.0.0.5"));
        let commands = commands(&sessions);
        assert!(commands[0].contains("203.0.113.8"), "{commands:?}");
        assert!(commands[0].contains("203.0.113.9'"), "{commands:?}");
        assert!(!commands[0].contains("203.0.113.99"), "{commands:?}");
        assert!(!commands[0].contains("10.0.0.5"), "{commands:?}");
    }

    #[test]
    fn an_address_that_nobody_can_send_from_is_not_added() {
        for source in ["10.0.0.5", "192.168.1.1", "100.64.0.9", "127.0.0.1"] {
            let commands = commands(&from(source));
            assert!(commands[0].starts_with("Get-"), "{commands:?}");
        }
    }

    #[test]
    fn no_ipv6_address_is_added() {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let session = Session {
            source: "IPv6:2001:db8::7",
            ..Session::default()
        };
        let found = findings(
            &SourceAddressNotListed,
            &[session.clone(), session],
            &[by_address],
        );
        assert_eq!(found[0].fix[0].command, None);
    }

    #[test]
    fn fires_where_an_earlier_session_came_from_a_listed_address() {
        let mut mixed = tenant(Some("other.contoso.com"), &[], &["contoso.com"]);
        mixed
            .connectors
            .push(connector("by address", None, &["198.51.100.1"]));
        let before = Session {
            source: "198.51.100.1",
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let after = Session {
            time: "2026-11-03T05:00",
            ..Session::default()
        };
        assert_eq!(causes(&[before, after], &[mixed]), ["CON004"]);
    }

    #[test]
    fn stays_silent_where_the_address_is_listed_or_certificates_decide() {
        let listed = tenant(None, &["203.0.113.0/24"], &["contoso.com"]);
        assert!(findings(&SourceAddressNotListed, &[Session::default()], &[listed]).is_empty());
        assert!(findings(&SourceAddressNotListed, &[Session::default()], &[contoso()]).is_empty());
    }
}
