//! CRT103: a send connector offers a different certificate than before.

use crate::aggregate::flow::CertificateId;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::offers::{OfferHistory, OfferPeriod, offers};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::{stream_label, stream_place};
use crate::input::timestamp::Timestamp;
use crate::language::{Language, sentences};
use crate::remedy::command;
use crate::remedy::{settings, wording};

declare_rule! {
    /// The certificate that a send connector offers changed during the period of the logs.
    ///
    /// ## What it finds
    /// A send connector that offered more than one certificate to Exchange Online on one stream,
    /// with the time in which it offered each of them. Streams that offered the same certificates
    /// in the same order are one finding. This is not a fault by itself.
    ///
    /// ## Why it matters
    /// Most rejections begin with such a change. The time of the change is the first thing to
    /// know.
    ///
    /// ## What to do
    /// - If mail has been rejected since the change, read the incidents in the report.
    /// - Before the next renewal, run `sendlens preflight` with the new certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    CertificateChanged {
        code: "CRT103",
        name: "certificate-changed",
        severity: Info,
        confidence: High,
        needs: [SendLogs],
        proof: LogRows,
        /// 送信コネクタが提示する証明書が、ログの期間中に変わりました。
        ///
        /// ## 検出する内容
        /// 同じサーバーと役割のログで、Exchange Online に複数の証明書を提示した送信コネクタを
        /// 検出し、それぞれの証明書を提示した期間を示します。同じ証明書を同じ順序で
        /// 提示したサーバーと役割は、1 件の検出事項にまとめます。これ自体は問題ではありません。
        ///
        /// ## 問題となる理由
        /// 拒否の多くは、このような変更から始まります。最初に把握すべきことは、変更の時刻です。
        ///
        /// ## 対処方法
        /// - 変更後にメールが拒否されている場合は、レポートのインシデントを確認します。
        /// - 次の更新の前に、新しい証明書を指定して `sendlens preflight` を実行します。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、サーバーの証明書または IP アドレスが受信コネクタと
        ///   一致しなくなったことを示します。多くの場合、別の名前の証明書に更新した後に発生します。
        /// - "TLS Certificates in Exchange Hybrid" (Exchange Team、
        ///   2025-06-04): ハイブリッド メール フローが停止する原因の多くは証明書の更新です。
        ///   コネクタに新しい証明書を設定する必要があります。
        japanese: ["208aa339"],
    }
}

impl Check for CertificateChanged {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        let mut alike: Vec<Vec<OfferHistory<'_>>> = Vec::new();
        for history in offers(analysis) {
            if history.offers.len() < 2 {
                continue;
            }
            match alike.iter_mut().find(|known| is_same(&known[0], &history)) {
                Some(known) => known.push(history),
                None => alike.push(vec![history]),
            }
        }
        for histories in &alike {
            findings.add(observation(context.language, histories));
        }
    }
}

/// Whether a send connector offered the same certificates in the same order on both streams.
fn is_same(one: &OfferHistory<'_>, other: &OfferHistory<'_>) -> bool {
    let ids = |history: &OfferHistory<'_>| -> Vec<CertificateId> {
        history.offers.iter().map(|offer| offer.id).collect()
    };
    one.send_connector == other.send_connector && ids(one) == ids(other)
}

fn observation(language: Language, histories: &[OfferHistory<'_>]) -> Finding {
    let first = &histories[0];
    let steps = (0..first.offers.len())
        .map(|at| {
            step(
                language,
                histories.iter().map(|history| &history.offers[at]),
            )
        })
        .reduce(|before, next| and_then(language, &before, &next));
    let place = match histories {
        [one] => stream_place(language, one.stream_name),
        all => {
            let streams = all
                .iter()
                .map(|one| stream_label(language, one.stream_name));
            on_streams(language, &settings::listed(language, streams))
        }
    };
    let message = offered(
        language,
        first.send_connector,
        &place,
        first.offers.len(),
        &steps.unwrap_or_default(),
    );
    let changes = histories.iter().map(|one| one.offers.len() as u64 - 1);
    let mut observation = Finding::of(&CertificateChanged::META, first.send_connector, message)
        .count(changes.sum())
        .fix(Fix::inspect(
            Where::OnPremises,
            format!(
                "Get-SendConnector -Identity {} | Format-List Name,TlsCertificateName",
                command::send_identity(first.send_connector)
            ),
            &configured(language),
        ));
    for offer in &first.offers {
        if let Some(row) = offer.evidence {
            observation = observation.proof(Proof::Log(row.clone()));
        }
    }
    observation
}

/// One certificate, with the time in which any of the streams offered it.
fn step<'a>(language: Language, offers: impl Iterator<Item = &'a OfferPeriod<'a>>) -> String {
    let (mut first, mut last) = (Timestamp::UNKNOWN, Timestamp::UNKNOWN);
    let mut name = String::new();
    for offer in offers {
        first = first.earlier(offer.first);
        last = last.later(offer.last);
        name = wording::certificate(language, offer.certificate);
    }
    in_time(
        language,
        &name,
        &first.rfc3339().unwrap_or_default(),
        &last.rfc3339().unwrap_or_default(),
    )
}

sentences! {
    /// The streams on which the certificates were offered. In Japanese, it ends with `で`.
    fn on_streams(streams: &str) {
        en: "on {streams}",
        ja: "{streams} で" ["abcddda9"],
    }
    /// The finding. The place is that of `stream_place`.
    fn offered(connector: &str, place: &str, number: usize, certificates: &str) {
        en: "Send connector '{connector}' {place} offered {number} certificates: {certificates}.",
        ja: "送信コネクタ「{connector}」は、{place}、{number} 件の証明書を提示しました: {certificates}。" ["3e8f5ab0"],
    }
    /// One certificate, with the time in which it was offered.
    fn in_time(certificate: &str, first: &str, last: &str) {
        en: "{certificate} from {first} to {last}",
        ja: "{first} から {last} まで {certificate}" ["8d8d7147"],
    }
    /// One certificate after the other.
    fn and_then(before: &str, next: &str) {
        en: "{before}; {next}",
        ja: "{before}、その後 {next}" ["f028b314"],
    }
    /// On the command that shows the send connector.
    fn configured() {
        en: "This shows which certificate the send connector is configured to offer. If no mail is rejected, you do not have to do anything.",
        ja: "このコマンドで、送信コネクタが提示するように設定されている証明書を確認できます。メールが拒否されていない場合は、何もする必要はありません。" ["0f8d5052"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_logs;
    use crate::scenario::logs::Session;

    fn found(sessions: &[Session]) -> Vec<Finding> {
        of_logs(&CertificateChanged, sessions, &[], &OnPremises::default()).findings
    }

    #[test]
    fn fires_on_a_renewal_with_the_times_of_both() {
        let found = found(&[
            Session::default(),
            Session {
                time: "2026-11-03T05:00",
                names: &["smtp.contoso.net"],
                ..Session::default()
            },
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].proof.len()), (1, 2));
        let first = found[0].message.find("mail.contoso.com").unwrap();
        assert!(found[0].message[first..].contains("smtp.contoso.net"));
        assert!(found[0].message.contains("from 2026-11-03T05:00"));
    }

    #[test]
    fn the_same_change_on_two_servers_is_one_finding() {
        let renewed = |stream, time| Session {
            stream,
            time,
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        let before = |stream| Session {
            stream,
            ..Session::default()
        };
        let found = found(&[
            before("EX01"),
            renewed("EX01", "2026-11-03T05:00"),
            before("EX02"),
            renewed("EX02", "2026-11-03T06:00"),
        ]);
        assert_eq!((found.len(), found[0].count), (1, 2));
        assert!(found[0].message.contains("'Out' on EX01, EX02 offered 2"));
        assert!(found[0].message.contains("from 2026-11-03T05:00"));
    }

    #[test]
    fn stays_silent_on_one_certificate_and_on_another_server_with_another() {
        assert!(found(&[Session::default(), Session::default()]).is_empty());
        let other = Session {
            stream: "EX02",
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        assert!(found(&[Session::default(), other]).is_empty());
    }
}
