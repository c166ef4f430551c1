//! CRT006: one server offers another certificate than the other servers.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::out_of_step;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::{offer, settings, wizard, wording};

declare_rule! {
    /// Some servers of the send connector offer a certificate that does not match, while others
    /// offer one that does.
    ///
    /// ## What it finds
    /// Another server with the same send connector offers a certificate that matches an inbound
    /// connector, while this server offers one that matches none. Only the time in which this
    /// server offers the wrong certificate counts, and in that time the sessions of the other
    /// server must mostly offer the right one. Two roles of one server do not count as two servers.
    /// If all servers changed together, the cause is a renewal (CRT004).
    ///
    /// ## Why it matters
    /// Whether mail is accepted depends on the server that sends it. The failures seem random.
    ///
    /// ## What to do
    /// On every server that is out of step:
    ///
    /// 1. Import the matching certificate, with its private key.
    /// 2. Enable it for SMTP. If Exchange asks whether to replace the default SMTP certificate,
    ///    answer no: internal mail uses that one.
    ///
    /// Until then, you can remove the server from the source servers of the send connector.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): the certificate for
    ///   hybrid mail must be from a trusted third-party authority and be on all servers that send.
    /// - Observed at supertekboy.com (2017-02-28): one server of several could not send to Exchange
    ///   Online while the others had no problem.
    ServerOutOfStep {
        code: "CRT006",
        name: "server-out-of-step",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 送信コネクタの一部のサーバーが、一致しない証明書を提示しています。ほかのサーバーは
        /// 一致する証明書を提示しています。
        ///
        /// ## 検出する内容
        /// 同じ送信コネクタを使用する別のサーバーは Exchange Online の受信コネクタと
        /// 一致する証明書を提示しているのに、このサーバーはどの受信コネクタとも一致しない証明書を
        /// 提示している状態を検出します。対象となるのは、このサーバーが誤った証明書を
        /// 提示している期間だけです。また、その期間に別のサーバーのセッションの大半が正しい証明書を
        /// 提示している必要があります。1 台のサーバーの 2 つの役割は、
        /// 2 台のサーバーとは見なしません。すべてのサーバーで同時に変わった場合の原因は、
        /// 証明書の更新 (CRT004) です。
        ///
        /// ## 問題となる理由
        /// メールが受け入れられるかどうかが、送信するサーバーによって変わります。そのため、
        /// 失敗が不規則に起きているように見えます。
        ///
        /// ## 対処方法
        /// ほかと異なる証明書を提示しているすべてのサーバーで、次を行います。
        ///
        /// 1. 一致する証明書を秘密キーと共にインポートします。
        /// 2. その証明書を SMTP に対して有効にします。既定の SMTP 証明書を置き換えるかどうかを
        ///    確認された場合は、[いいえ] と答えます。既定の証明書は内部のメールで使用されます。
        ///
        /// それまでの間は、送信コネクタの送信元サーバーからそのサーバーを外しておくこともできます。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、サーバーの証明書または IP アドレスが受信コネクタと
        ///   一致しなくなったことを示します。多くの場合、別の名前の証明書に更新した後に発生します。
        /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): ハイブリッド メールに
        ///   使用する証明書は、信頼されたサードパーティの証明機関が発行したもので、
        ///   送信するすべてのサーバーに存在する必要があります。
        /// - supertekboy.com での観測 (2017-02-28): 複数の
        ///   サーバーのうち 1 台だけが Exchange Online に送信できず、ほかのサーバーには
        ///   問題がありませんでした。
        japanese: ["3140e632"],
    }
}

impl Cause for ServerOutOfStep {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        if !context.concerns_our_side() || !context.judgement.surely_none_matches() {
            return None;
        }
        let analysis = context.analysis;
        let key = context.flow.key;
        let here = analysis.server(key.offering_stream())?;
        let elsewhere = out_of_step::elsewhere(analysis, key.connector, here, key.certificate)?;
        let good = analysis.certificate(elsewhere.certificate)?;
        let streams = out_of_step::all(analysis, key.connector);
        let there = elsewhere.server;
        let language = analysis.language;
        let mut explanation = offers_differ(
            language,
            here,
            context.send_connector(),
            &wording::certificate(language, certificate),
            there,
            &wording::certificate(language, good),
            &wording::connector(language, elsewhere.view),
        );
        if streams.len() > 1 {
            let servers: Vec<&str> = streams
                .iter()
                .filter_map(|stream| analysis.server(*stream))
                .collect();
            let servers = settings::listed(language, servers);
            explanation.push_str(&are_out_of_step(language, &servers));
        }
        let mut finding = Diagnosis::of(&Self::META, explanation)
            .deciding(CauseContext::deciding(elsewhere.view));
        if delivering::is_of_no_use(analysis, good) {
            return Some(finding.fix(Fix::step(&get_a_public_one(language))));
        }
        let servers: Vec<&str> = streams
            .iter()
            .map(|stream| analysis.server_name(*stream).unwrap_or("<server>"))
            .collect();
        finding.fix = offer::in_step(context, good, &servers, there);
        finding
            .fix
            .extend(wizard::offered(context, Some(elsewhere.view)));
        Some(finding)
    }
}

sentences! {
    /// What two servers offered.
    fn offers_differ(here: &str, connector: &str, certificate: &str, there: &str, good: &str, inbound: &str) {
        en: "On {here}, send connector '{connector}' offered {certificate}, which no inbound connector matches. At the same time, {there} offered {good}, which matches {inbound}.",
        ja: "{here} では、送信コネクタ「{connector}」が証明書 {certificate} を提示しました。この証明書と一致する Exchange Online の受信コネクタはありません。同じ時期に、{there} は証明書 {good} を提示しました。この証明書は {inbound}と一致します。" ["736f8e9d"],
    }
    /// Which servers are out of step, after the sentence on two of them.
    fn are_out_of_step(servers: &str) {
        en: " These servers are out of step: {servers}.",
        ja: "ほかと異なる証明書を提示しているサーバーは、{servers} です。" ["94372e9b"],
    }
    /// The steps where the certificate that matches is of no use.
    fn get_a_public_one() {
        en: "Exchange Online does not trust the certificate that matches either: it is not of a public authority, or not valid. Do not copy it to other servers. 1. Get a certificate of a public authority with the name that the inbound connector expects. 2. Import it, with its private key, on every source server, and enable it for SMTP there. 3. Let the send connector offer it (TlsCertificateName).",
        ja: "一致する証明書も、公的な証明機関のものではないか、有効ではないため、Exchange Online に信頼されません。この証明書をほかのサーバーにコピーしないでください。 1. Exchange Online の受信コネクタが想定する名前の証明書を、公的な証明機関から取得します。 2. その証明書を秘密キーと共にすべての送信元サーバーにインポートし、SMTP に対して有効にします。 3. 送信コネクタがその証明書を提示するようにします (TlsCertificateName)。" ["f847972f"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::{OnPremises, SendConnector};
    use crate::scenario::exports::{on_premises, send_connector};
    use crate::scenario::logs::{DENIED, Session, TAKEN, causes, contoso, findings, with_analysis};
    use crate::tenant::Known;

    fn neighbour(stream: &'static str) -> [Session; 2] {
        [
            Session {
                stream,
                mails: vec![("a@contoso.com", TAKEN)],
                ..Session::default()
            },
            Session {
                names: &["ex01.example.org"],
                ..Session::default()
            },
        ]
    }

    #[test]
    fn fires_where_another_server_matches() {
        assert_eq!(causes(&neighbour("EX02"), &[contoso()]), ["CRT006"]);
    }

    fn fix(own: &OnPremises) -> String {
        with_analysis(&neighbour("EX02"), &[contoso()], own, |analysis| {
            let occurrences = analysis.aggregate.occurrences.iter();
            let mut contexts = occurrences.map(|one| CauseContext::new(analysis, one));
            let found = contexts.find_map(|context| ServerOutOfStep.check(&context));
            let fix = found.expect("a finding").fix;
            let commands = fix.into_iter().filter_map(|step| step.command);
            commands.collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn a_connector_that_names_another_certificate_is_set_as_well() {
        let logs_only = fix(&OnPremises::default());
        assert!(!logs_only.contains("Set-SendConnector"), "{logs_only}");
        let own = |name: &str| {
            let connector = SendConnector {
                tls_certificate_name: Known::Value(Some(name.to_owned())),
                ..send_connector()
            };
            on_premises(vec![connector], Vec::new())
        };
        let right = fix(&own("<I>CN=Example CA, O=Example<S>CN=mail.contoso.com"));
        assert!(right.contains("Enable-ExchangeCertificate"), "{right}");
        assert!(!right.contains("Set-SendConnector"), "{right}");
        let other = fix(&own("<I>CN=Example CA, O=Example<S>CN=ex01.example.org"));
        assert!(other.contains("Set-SendConnector"), "{other}");
    }

    #[test]
    fn what_was_offered_before_the_change_does_not_count() {
        let old = &["ex01.example.org"];
        let taken = |stream, names, time| Session {
            stream,
            names,
            time,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let mut sessions = Vec::new();
        for time in ["2026-11-01T02:00", "2026-11-01T03:00", "2026-11-01T04:00"] {
            sessions.push(taken("EX01", old, time));
            sessions.push(taken("EX02", old, time));
        }
        sessions.push(taken("EX02", &["mail.contoso.com"], "2026-11-03T02:00"));
        sessions.push(Session {
            names: old,
            ..Session::default()
        });
        assert_eq!(causes(&sessions, &[contoso()]), ["CRT006"]);
    }

    #[test]
    fn a_renewal_that_was_rolled_back_everywhere_is_a_renewal() {
        let (old, new) = (&["mail.contoso.com"], &["ex01.example.org"]);
        let one = |stream, names, time, reply| Session {
            stream,
            names,
            time,
            mails: vec![("a@contoso.com", reply)],
            ..Session::default()
        };
        let mut sessions = Vec::new();
        for (names, hour, reply) in [
            (old, ["2026-11-03T01:00", "2026-11-03T01:30"], TAKEN),
            (new, ["2026-11-03T02:00", "2026-11-03T02:30"], DENIED),
            (old, ["2026-11-03T03:00", "2026-11-03T03:30"], TAKEN),
        ] {
            for time in hour {
                sessions.push(one("EX01", names, time, reply));
                sessions.push(one("EX02", names, time, reply));
            }
        }
        assert_eq!(causes(&sessions, &[contoso()])[0], "CRT004");
        // One server has it again: it is out of step from then on.
        for time in ["2026-11-03T04:00", "2026-11-03T04:30", "2026-11-03T05:00"] {
            sessions.push(one("EX02", new, time, DENIED));
            sessions.push(one("EX01", old, time, TAKEN));
        }
        let found = findings(&ServerOutOfStep, &sessions, &[contoso()]);
        assert!(found[0].explanation.starts_with("On EX02, "), "{found:?}");
    }

    #[test]
    fn stays_silent_on_another_role_or_another_time() {
        let mut role = neighbour("EX01/FrontEnd").to_vec();
        role[1].stream = "EX01/Hub";
        assert!(findings(&ServerOutOfStep, &role, &[contoso()]).is_empty());
        let mut later = neighbour("EX02");
        later[1].time = "2026-11-03T09:00";
        assert!(findings(&ServerOutOfStep, &later, &[contoso()]).is_empty());
    }
}
