//! CRT101: a certificate in use expires soon.

mod expiring;
mod sentences;

use std::collections::{BTreeMap, BTreeSet};

use self::expiring::{DAY, Expiring, beginning, ends_text, use_text};
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::named_certificate;
use crate::diagnosis::offers::offers;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::diagnosis::transport_certificate as transport;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::onprem::ExchangeCertificate;
use crate::remedy::renewal::InUse;
use crate::remedy::service::Service;
use crate::remedy::{edge, renewal, settings, wizard, wording};
use crate::smtp::certificate::Certificate;

declare_rule! {
    /// A certificate that is in use for mail to Exchange Online has expired or expires soon.
    ///
    /// ## What it finds
    /// A certificate that has expired, or that expires within thirty days. If a third of its
    /// lifetime is shorter than that, the third counts: a certificate for 45 days is reported 15
    /// days before its end. The days are counted from the last log line, or from today if there are
    /// no logs. `--now` sets another time. The check looks at these certificates:
    ///
    /// - The certificate that a send connector offered last.
    /// - If the logs do not show the send connector: the exported certificate of a source server
    ///   that its `TlsCertificateName` names. If a server has several such certificates, the one
    ///   that expires last counts.
    ///
    /// The expiry date comes from the log, or from the exported certificate with the same
    /// thumbprint. A certificate that the log shows, but that the exported certificates of its
    /// server no longer contain, is not reported: it was replaced.
    ///
    /// ## Why it matters
    /// Exchange Online does not accept an expired certificate, and rejects mail that relies on it.
    /// If the new certificate has another name or another authority, you must change both sides
    /// before you switch to it.
    ///
    /// ## What to do
    /// 1. Renew the certificate in time. If the exports hold the renewed one, the steps name it.
    /// 2. Check the new certificate with `sendlens preflight` before you switch to it.
    ///
    /// ## Sources
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): the certificate for
    ///   hybrid mail must be from a trusted third-party authority and be on all servers that send.
    /// - CA/Browser Forum, ballot SC-081 (2025-04): the longest lifetime of public certificates
    ///   falls in steps to 47 days in 2029.
    CertificateExpiresSoon {
        code: "CRT101",
        name: "certificate-expires-soon",
        severity: Warning,
        confidence: High,
        needs: [SendLogs] or [SendConnectors, ExchangeCertificates],
        proof: Exports,
        /// Exchange Online へのメールに使用している証明書の有効期限が切れているか、
        /// まもなく切れます。
        ///
        /// ## 検出する内容
        /// 有効期限が切れた証明書、または 30 日以内に期限が切れる証明書を検出します。
        /// 有効期間の 3 分の 1 が 30 日より短い場合は、その 3 分の 1 を基準にします。たとえば、
        /// 有効期間が 45 日の証明書は、期限の 15 日前から報告します。日数は最後のログ行から数え、
        /// ログがない場合は今日から数えます。`--now` で別の時刻を指定できます。
        /// 次の証明書を調べます。
        ///
        /// - 送信コネクタが最後に提示した証明書。
        /// - ログに送信コネクタが記録されていない場合は、送信コネクタの `TlsCertificateName` が
        ///   指定する、送信元サーバーからエクスポートされた証明書。1 台のサーバーに該当する証明書が
        ///   複数ある場合は、有効期限が最も遅いものを対象にします。
        ///
        /// 有効期限は、ログ、または拇印が同じエクスポート済みの証明書から読み取ります。
        /// ログに記録されていても、そのサーバーのエクスポートにもう含まれていない証明書は、
        /// 既に置き換えられているため報告しません。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、有効期限切れの証明書を受け入れず、その証明書に依存するメールを
        /// 拒否します。新しい証明書の名前または証明機関が異なる場合は、切り替える前に両側の設定を
        /// 変更する必要があります。
        ///
        /// ## 対処方法
        /// 1. 期限が切れる前に証明書を更新します。更新済みの証明書がエクスポートに含まれている
        ///    場合は、手順にその証明書が示されます。
        /// 2. 切り替える前に、`sendlens preflight` で新しい証明書を確認します。
        ///
        /// ## 出典
        /// - "TLS Certificates in Exchange Hybrid" (Exchange Team、
        ///   2025-06-04): ハイブリッド メール フローが停止する原因の多くは証明書の更新です。
        ///   コネクタに新しい証明書を設定する必要があります。
        /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): ハイブリッド メールに
        ///   使用する証明書は、信頼されたサードパーティの証明機関が発行したもので、
        ///   送信するすべてのサーバーに存在する必要があります。
        /// - CA/Browser Forum, ballot SC-081 (2025-04): 公的な証明機関が発行する証明書の
        ///   最長有効期間は、段階的に短縮され、2029 年には 47 日になります。
        japanese: ["c45f7cf3"],
    }
}

/// How long before the expiry a certificate is reported.
const SOON: i64 = 30 * DAY;
/// The part of its lifetime that counts where that is shorter.
const PART: i64 = 3;

impl Check for CertificateExpiresSoon {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let mut found: BTreeMap<String, Expiring<'_>> = BTreeMap::new();
        offered(context, &mut found);
        named(context, &mut found, findings);
        for expiring in found.into_values() {
            findings.add(observation(context, &expiring));
        }
    }
}

/// Whether a certificate expires soon, measured by its lifetime.
fn expires_soon(start: Option<Timestamp>, end: Timestamp, now: Timestamp) -> bool {
    let lifetime = start.and_then(|start| end.since(start));
    let soon = lifetime.map_or(SOON, |lifetime| SOON.min(lifetime / PART));
    end.since(now).is_some_and(|left| left <= soon)
}

/// Whether the exported certificates of the server show that it does not have this one any more.
fn is_gone(context: &CheckContext<'_>, server: Option<&str>, certificate: &Certificate) -> bool {
    let (Some(server), Some(wanted)) = (server, certificate.thumbprint.as_deref()) else {
        return false;
    };
    let all = context.on_premises.certificates.iter();
    let mut own = all
        .filter(|known| {
            let there = known.server.as_deref();
            there.is_some_and(|there| transport::same_server(there, server))
        })
        .peekable();
    own.peek().is_some()
        && own.all(|known| {
            let thumbprint = known.certificate.thumbprint.as_deref();
            thumbprint.is_some_and(|known| !known.eq_ignore_ascii_case(wanted))
        })
}

/// The certificates that the logs show in use.
fn offered<'a>(context: &CheckContext<'a>, found: &mut BTreeMap<String, Expiring<'a>>) {
    let Some(analysis) = context.logs else {
        return;
    };
    for history in offers(analysis) {
        let Some(offer) = history.current() else {
            continue;
        };
        let certificate = offer.certificate;
        let exported = context.exported(certificate);
        let date = |of: fn(&Certificate) -> Option<Timestamp>| {
            of(certificate).or_else(|| exported.and_then(|known| of(&known.certificate)))
        };
        let start = date(|one| one.not_before);
        let end = date(|one| one.not_after);
        let Some(end) = end.filter(|end| expires_soon(start, *end, context.now)) else {
            continue;
        };
        if is_gone(context, analysis.server(history.stream), certificate) {
            continue;
        }
        let user = (history.send_connector, Some(history.stream_name));
        let server = analysis.server_name(history.stream);
        let proof = offer.evidence.map(|row| Proof::Log(row.clone()));
        note(found, certificate, [end; 2], (user, server), proof);
    }
}

/// The certificates that exports name, for send connectors that the logs do not show.
fn named<'a>(
    context: &CheckContext<'a>,
    found: &mut BTreeMap<String, Expiring<'a>>,
    findings: &mut CheckOutput,
) {
    for connector in context.to_exchange_online() {
        let seen = context
            .logs
            .is_some_and(|analysis| analysis.reaches_exchange_online(&connector.name));
        let Some(wanted) = named_certificate::name_of(connector).filter(|_| !seen) else {
            continue;
        };
        let on_servers = named_certificate::by_server(context, connector, &wanted);
        let mut near: Vec<&ExchangeCertificate> = Vec::new();
        for own in on_servers.values() {
            let near_end = own
                .iter()
                .find(|one| one.ends().is_none())
                .map_or_else(|| ending(own, context.now), |lost| Err(*lost));
            let last = match near_end {
                Ok(last) => last,
                Err(lost) => {
                    let thumbprint = lost.certificate.thumbprint.as_deref().unwrap_or_default();
                    findings.mark_undetermined(
                        &CertificateExpiresSoon::META,
                        Subject::Certificate {
                            thumbprint: thumbprint.to_owned(),
                        },
                        "NotAfter",
                    );
                    continue;
                }
            };
            near.extend(last);
        }
        let everywhere = near.len() == on_servers.len();
        if !everywhere
            && !near.is_empty()
            && named_certificate::source_servers(connector).is_empty()
        {
            let about = Subject::send(connector);
            let entry = &CertificateExpiresSoon::META;
            findings.mark_undetermined(entry, about, "SourceTransportServers");
            continue;
        }
        for known in near {
            let server = known.server.as_deref().filter(|_| !everywhere);
            let user = (connector.name.as_str(), server);
            let ends = known.ends().unwrap_or([context.now; 2]);
            let proof = Proof::value(
                &known.file,
                known.line,
                "NotAfter",
                &ends_text(context.language, ends),
            );
            let place = (user, known.server.as_deref());
            note(found, &known.certificate, ends, place, Some(proof));
        }
    }
}

/// The certificate of one server that expires soon. Of several, the one that expires last counts: it is the
/// renewal. An error is a certificate whose date can be read in two ways that give different answers.
fn ending<'a>(
    own: &[&'a ExchangeCertificate],
    now: Timestamp,
) -> Result<Option<&'a ExchangeCertificate>, &'a ExchangeCertificate> {
    let [one, other] = [0, 1].map(|reading: usize| {
        let end = |one: &ExchangeCertificate| one.ends().map(|ends| ends[reading]);
        let last = own.iter().max_by_key(|one| end(one))?;
        let soon = end(last).is_some_and(|end| expires_soon(last.certificate.not_before, end, now));
        soon.then_some(*last)
    });
    let is_same = match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        _ => false,
    };
    let unclear = || own.iter().find(|one| one.certificate.not_after.is_none());
    match unclear() {
        Some(unclear) if !is_same => Err(*unclear),
        _ => Ok(one),
    }
}

fn note<'a>(
    found: &mut BTreeMap<String, Expiring<'a>>,
    certificate: &'a Certificate,
    ends: [Timestamp; 2],
    ((send_connector, on), server): ((&str, Option<&str>), Option<&str>),
    proof: Option<Proof>,
) {
    let key = wording::certificate(Language::English, certificate);
    let expiring = found.entry(key).or_insert_with(|| Expiring {
        certificate,
        ends,
        uses: BTreeMap::new(),
        servers: BTreeSet::new(),
        proof: Vec::new(),
    });
    expiring.servers.extend(server.map(str::to_owned));
    let known = expiring.uses.contains_key(send_connector);
    let places = expiring.uses.entry(send_connector.to_owned()).or_default();
    // Two exports may contain the same connector, and two servers the same certificate.
    match on {
        None if known => return,
        Some(place) if places.iter().any(|known| known == place) => return,
        _ => places.extend(on.map(str::to_owned)),
    }
    expiring.proof.extend(proof);
}

fn observation(context: &CheckContext<'_>, expiring: &Expiring<'_>) -> Finding {
    let language = context.language;
    let uses: Vec<String> = expiring
        .uses
        .iter()
        .map(|one| use_text(language, one))
        .collect();
    let places = expiring.uses.values().map(|places| places.len().max(1));
    let count = u64::try_from(places.sum::<usize>()).unwrap_or(u64::MAX);
    let in_use = in_use(expiring);
    let renewed = renewal::found(context, &in_use);
    let mut message = beginning(language, expiring, context.now);
    message.push_str(&sentences::used_by(language, &language.list(&uses)));
    if let Some(known) = renewed {
        let certificate = transport::described(language, &known.certificate);
        message.push_str(&sentences::renewed(language, &certificate));
    }
    let subject = expiring.certificate.subject.as_deref();
    let subject = subject.or(expiring.certificate.thumbprint.as_deref());
    let mut observation = Finding::of(
        &CertificateExpiresSoon::META,
        subject.unwrap_or_default(),
        message,
    );
    observation.proof.clone_from(&expiring.proof);
    let steps = match renewed {
        Some(known) => renewal::steps(context, &in_use, known),
        None => renew(context, expiring),
    };
    let observation = steps
        .into_iter()
        .fold(observation.count(count), Finding::fix);
    let mut names = expiring.uses.keys();
    let wizard = names.any(|name| wizard::made_outbound(context.on_premises, name));
    let wizard = wizard.then(|| wizard::run_again(language));
    wizard.into_iter().fold(observation, Finding::fix)
}

/// The steps where the certificate has not been renewed, as far as the exports show.
fn renew(context: &CheckContext<'_>, expiring: &Expiring<'_>) -> Vec<Fix> {
    let language = context.language;
    let servers = front_ends(expiring);
    let first = if servers.is_empty() {
        sentences::renew(language)
    } else {
        let servers = settings::listed(language, servers);
        sentences::renew_on_front_ends(language, &servers)
    };
    let first = Fix::step(&first);
    let edges = Edges::in_check(context);
    let is_edge = expiring.servers.iter().any(|server| edges.holds(server));
    let others = expiring.uses.keys().flat_map(|name| {
        edge::offer_another(
            language,
            is_edge,
            name,
            "the renewed certificate",
            &sentences::switch_last(language),
        )
    });
    std::iter::once(first).chain(others).collect()
}

fn in_use<'a>(expiring: &'a Expiring<'_>) -> InUse<'a> {
    let [one, other] = expiring.ends;
    InUse {
        certificate: expiring.certificate,
        end: one.later(other),
        connectors: expiring.uses.keys().map(String::as_str).collect(),
        servers: expiring.servers.iter().map(String::as_str).collect(),
        front_ends: front_ends(expiring),
    }
}

/// The servers whose front ends offer the certificate.
fn front_ends<'a>(expiring: &'a Expiring<'_>) -> Vec<&'a str> {
    let places = expiring.uses.values().flatten();
    let servers = places.filter_map(|place| match Service::of_stream(place) {
        Service::FrontEnd => place.rsplit_once('/').map(|(server, _)| server),
        Service::Transport => None,
    });
    servers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::{OnPremises, SendConnector};
    use crate::scenario::exports::{
        NOW, exchange_certificate, of_exports, of_logs, on_premises, send_connector,
    };
    use crate::scenario::logs::Session;
    use crate::tenant::Known;

    fn session(valid: &'static str) -> Session {
        Session {
            valid,
            ..Session::default()
        }
    }

    fn in_logs(sessions: &[Session]) -> Vec<Finding> {
        of_logs(
            &CertificateExpiresSoon,
            sessions,
            &[],
            &OnPremises::default(),
        )
        .findings
    }

    #[test]
    fn fires_on_what_the_log_shows_in_use() {
        let found = in_logs(&[session("2026-01-01T00:00:00.000Z 2026-11-20T00:00:00.000Z")]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("expires in 16 days"),
            "{}",
            found[0].message
        );
        assert!(found[0].message.contains("'Out' on EX01"));
        let found = in_logs(&[session("2026-01-01T00:00:00.000Z 2026-11-01T00:00:00.000Z")]);
        assert!(found[0].message.contains(" expired at 2026-11-01"));
    }

    #[test]
    fn stays_silent_on_a_later_expiry_and_on_what_has_been_replaced() {
        assert!(in_logs(&[Session::default()]).is_empty());
        let renewed = Session {
            time: "2026-11-03T05:00",
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        let old = session("2026-01-01T00:00:00.000Z 2026-11-20T00:00:00.000Z");
        assert!(in_logs(&[old, renewed]).is_empty());
    }

    #[test]
    fn exports_alone_show_the_certificate_named() {
        let mut expiring = exchange_certificate('A');
        expiring.certificate.not_after = Timestamp::parse(b"2026-11-30T00:00:00.000Z");
        let own = on_premises(vec![send_connector()], vec![expiring.clone()]);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, "CN=mail.contoso.com");
        let renewed = on_premises(
            vec![send_connector()],
            vec![expiring.clone(), exchange_certificate('B')],
        );
        assert!(
            of_exports(&CertificateExpiresSoon, &[], &renewed)
                .findings
                .is_empty()
        );
        expiring.certificate.not_after = None;
        let lost = on_premises(vec![send_connector()], vec![expiring]);
        let findings = of_exports(&CertificateExpiresSoon, &[], &lost);
        assert!(findings.findings.is_empty());
        assert_eq!(findings.undetermined[0].missing.name(), "NotAfter");
    }

    #[test]
    fn a_date_with_two_readings_counts_where_both_give_the_same_answer() {
        let found = |first: &str, second: &str| {
            let mut unclear = exchange_certificate('A');
            unclear.certificate.not_after = None;
            unclear.end_readings = [first, second]
                .map(|day| Timestamp::parse(format!("{day}T00:00:00.000Z").as_bytes()).unwrap())
                .into();
            let own = on_premises(vec![send_connector()], vec![unclear]);
            of_exports(&CertificateExpiresSoon, &[], &own)
        };
        // 02/10/2026 and 02/01/2028: past and far either way.
        let past = found("2026-10-02", "2026-02-10").findings;
        let message = &past[0].message;
        let both = "expired at 2026-02-10T00:00:00.000Z or 2026-10-02T00:00:00.000Z";
        assert!(message.contains(both), "{message}");
        let far = found("2028-01-02", "2028-02-01");
        assert!(far.findings.is_empty() && far.undetermined.is_empty());
        let unclear = found("2026-10-02", "2028-02-10");
        assert!(unclear.findings.is_empty());
        assert_eq!(unclear.undetermined[0].missing.name(), "NotAfter");
    }

    fn expiring() -> ExchangeCertificate {
        let mut expiring = exchange_certificate('A');
        expiring.certificate.not_after = Timestamp::parse(b"2026-11-30T00:00:00.000Z");
        expiring
    }

    fn on(server: &str, certificate: ExchangeCertificate) -> ExchangeCertificate {
        ExchangeCertificate {
            server: Some(server.to_owned()),
            ..certificate
        }
    }

    #[test]
    fn a_renewal_counts_on_its_own_server_alone() {
        let renewed = exchange_certificate('B');
        let both = SendConnector {
            source_servers: Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]),
            ..send_connector()
        };
        let certificates = vec![on("EX02", expiring()), renewed.clone()];
        let own = on_premises(vec![both.clone()], certificates.clone());
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("send connector 'Out' on EX02."),
            "{}",
            found[0].message
        );
        // The renewal is on EX01 already: it is named, and brought to EX02.
        assert!(found[0].message.contains(&"B".repeat(40)));
        let commands: Vec<&str> = found[0]
            .fix
            .iter()
            .filter_map(|step| step.command.as_deref())
            .collect();
        let enable = "Enable-ExchangeCertificate -Server 'EX02' -Thumbprint 'BBBB";
        assert!(commands[0].starts_with(enable), "{commands:?}");
        let text = commands.join("\n");
        assert!(text.contains("Remove-ExchangeCertificate -Server 'EX02' -Thumbprint 'AAAA"));
        assert!(
            !text.contains("-Server 'EX01'") && !text.contains("<thumbprint"),
            "{text}"
        );
        let elsewhere = vec![expiring(), on("EX03", renewed)];
        let own = on_premises(vec![send_connector()], elsewhere);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        let lost = SendConnector {
            source_servers: Known::Lost,
            ..both
        };
        let own = on_premises(vec![lost], certificates);
        let found = of_exports(&CertificateExpiresSoon, &[], &own);
        assert!(found.findings.is_empty());
        assert_eq!(
            found.undetermined[0].missing.name(),
            "SourceTransportServers"
        );
    }

    #[test]
    fn a_connector_of_two_exports_is_named_once_and_the_order_of_parts_is_no_difference() {
        let second = SendConnector {
            file: "send2.json".to_owned(),
            ..send_connector()
        };
        let mut turned = expiring();
        turned.certificate.issuer = Some("O=Example, CN=Example CA".to_owned());
        let own = on_premises(vec![send_connector(), second], vec![turned]);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message.matches("'Out'").count(), 1);
        assert_eq!(found[0].proof.len(), 1);
    }

    #[test]
    fn a_short_certificate_is_reported_late() {
        let days = |start: &str, end: &str| {
            let start = Timestamp::parse(start.as_bytes());
            let end = Timestamp::parse(end.as_bytes()).unwrap();
            expires_soon(start, end, Timestamp::parse(NOW).unwrap())
        };
        let end = "2026-11-20T00:00:00.000Z";
        assert!(!days("2026-10-06T00:00:00.000Z", end));
        assert!(days("2026-01-06T00:00:00.000Z", end));
        assert!(days("2026-10-04T00:00:00.000Z", "2026-11-17T00:00:00.000Z"));
    }

    #[test]
    fn a_certificate_that_is_gone_from_its_server_is_not_reported() {
        let old = session("2026-01-01T00:00:00.000Z 2026-11-20T00:00:00.000Z");
        let side = |server: &str| {
            on_premises(
                vec![send_connector()],
                vec![on(server, exchange_certificate('B'))],
            )
        };
        let of = |side: &OnPremises| {
            let sessions = std::slice::from_ref(&old);
            of_logs(&CertificateExpiresSoon, sessions, &[], side).findings
        };
        assert!(of(&side("ex01.contoso.com")).is_empty());
        assert_eq!(of(&side("EX02")).len(), 1);
    }

    #[test]
    fn many_streams_are_one_finding() {
        let near = session("2026-01-01T00:00:00.000Z 2026-11-20T00:00:00.000Z");
        let other = Session {
            stream: "EX02",
            ..near.clone()
        };
        let found = in_logs(&[near, other]);
        assert_eq!((found.len(), found[0].count), (1, 2));
        assert!(
            found[0].message.ends_with("'Out' on EX01, EX02."),
            "{}",
            found[0].message
        );
    }
}
