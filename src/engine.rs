//! Decides which cause explains a rejection, which other causes hold too, and which send connectors
//! are healthy. Runs the checks.
//!
//! In: an [`Analysis`] and a [`CheckContext`]. Out: [`DiagnosedIncident`]s and the [`CheckOutput`] of all
//! checks.
//! Must not count, word or order for output; [`crate::report`] does that. This is the only place
//! that uses the order of the causes.
//! Invariant: every occurrence is in exactly one incident, or among those that the report says were not
//! judged.

pub mod healthy;
pub mod queues;

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{Kind, Occurrence, SenderKind};
use crate::causes::CAUSES;
use crate::checks::CHECKS;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::judged::pair;
use crate::diagnosis::rule::{Confidence, Need, Precedence, RuleMeta, Severity};
use crate::diagnosis::status::{State, Status, status};
use crate::diagnosis::subject::stream_label;
use crate::diagnosis::wizard_setting;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, labels, sentences};
use crate::onprem::model::WizardSetting;

/// Rejections and TLS failures of one send connector and certificate that have one cause.
#[derive(Debug)]
pub struct DiagnosedIncident<'a> {
    /// The cause.
    pub meta: &'static RuleMeta,
    /// What the cause says about the most important occurrence.
    pub diagnosis: Diagnosis,
    /// The codes of other causes that hold too, in order of precedence.
    pub also: Vec<&'static str>,
    /// The indices of the occurrences, the most important one first.
    pub occurrences: Vec<usize>,
    /// The setting of the hybrid wizard that explains the incident.
    pub wizard: Option<&'a WizardSetting>,
    /// Whether it is over.
    pub status: Status,
}

/// The result for one occurrence.
#[derive(Clone)]
struct Decision<'a> {
    meta: &'static RuleMeta,
    diagnosis: Diagnosis,
    also: Vec<&'static str>,
    wizard: Option<&'a WizardSetting>,
}

/// What identifies an incident: send connector, certificate (no number if none is known) and code.
type IncidentKey = (Name, Option<u32>, &'static str);

/// What ranks an occurrence among those of its incident: the most severe and most certain one is first;
/// of equal ones, the most frequent.
type Rank = (Reverse<(Severity, Confidence)>, Reverse<u64>, usize);

/// Occurrences that become one incident. Only the result of the first one is kept, because there may be
/// very many.
struct Group<'a> {
    members: Vec<Rank>,
    also: BTreeSet<&'static str>,
    lead: (Rank, Decision<'a>),
}

/// All incidents, in the order of send connector, certificate and code.
pub fn incidents<'a>(analysis: &'a Analysis<'_>) -> Vec<DiagnosedIncident<'a>> {
    let mut groups: BTreeMap<IncidentKey, Group<'a>> = BTreeMap::new();
    let all = &analysis.aggregate.occurrences;
    let flows = &analysis.aggregate.flows;
    let judged = |index: &usize| {
        let pair = pair(&flows[all[*index].key.flow].key);
        !analysis.left_out.contains(pair)
    };
    // What is not told apart by sender is decided last, because it belongs to what is.
    let (many, told_apart): (Vec<usize>, Vec<usize>) = (0..all.len())
        .filter(judged)
        .partition(|index| all[*index].key.sender == SenderKind::Many);
    let mut largest = Largest::of(all, &many);
    for index in told_apart.into_iter().chain(many) {
        let occurrence = &all[index];
        let known = largest.decision(occurrence);
        let Some(decision) = known.or_else(|| decide(&CauseContext::new(analysis, occurrence)))
        else {
            continue;
        };
        largest.learn(occurrence, &decision);
        let (connector, certificate) = pair(&flows[occurrence.key.flow].key);
        let key = (connector, certificate, decision.meta.code);
        add(&mut groups, key, (index, occurrence), decision);
    }
    let groups = groups.into_values();
    groups.map(|group| merged(analysis, group)).collect()
}

fn add<'a>(
    groups: &mut BTreeMap<IncidentKey, Group<'a>>,
    key: IncidentKey,
    (index, occurrence): (usize, &Occurrence),
    decision: Decision<'a>,
) {
    let sure = (decision.diagnosis.severity, decision.diagnosis.confidence);
    let rank = (Reverse(sure), Reverse(occurrence.count), index);
    match groups.entry(key) {
        Entry::Vacant(room) => {
            room.insert(Group {
                members: vec![rank],
                also: decision.also.iter().copied().collect(),
                lead: (rank, decision),
            });
        }
        Entry::Occupied(mut group) => {
            let group = group.get_mut();
            group.members.push(rank);
            group.also.extend(&decision.also);
            if rank < group.lead.0 {
                group.lead = (rank, decision);
            }
        }
    }
}

/// The decisions about the most frequent occurrences of each flow and kind that also has some whose
/// senders are not told apart. These get the same decision.
struct Largest<'a>(BTreeMap<(usize, Kind), (u64, Option<Decision<'a>>)>);

impl<'a> Largest<'a> {
    fn of(all: &[Occurrence], many: &[usize]) -> Largest<'a> {
        let keys = many.iter().map(|index| &all[*index].key);
        Largest(keys.map(|key| ((key.flow, key.kind), (0, None))).collect())
    }

    fn learn(&mut self, occurrence: &Occurrence, decision: &Decision<'a>) {
        let key = (occurrence.key.flow, occurrence.key.kind);
        let Some((count, known)) = self.0.get_mut(&key) else {
            return;
        };
        if occurrence.key.sender != SenderKind::Many && occurrence.count > *count {
            *count = occurrence.count;
            *known = Some(decision.clone());
        }
    }

    fn decision(&self, occurrence: &Occurrence) -> Option<Decision<'a>> {
        let key = (occurrence.key.flow, occurrence.key.kind);
        let many = occurrence.key.sender == SenderKind::Many;
        let known = self.0.get(&key).filter(|_| many);
        known.and_then(|(_, decision)| decision.clone())
    }
}

/// The first cause that holds, and the other causes that hold too.
fn decide<'a>(context: &CauseContext<'a>) -> Option<Decision<'a>> {
    let (at, cause, mut diagnosis) = CAUSES
        .iter()
        .enumerate()
        .find_map(|(at, cause)| Some((at, cause, cause.check(context)?)))?;
    let language = context.analysis.language;
    let meta = cause.meta();
    if meta.precedence != Precedence::ProbablyFixed && was_changed_since(context, &diagnosis) {
        diagnosis.confidence = Confidence::Low;
        add_sentence(language, &mut diagnosis, &changed_since(language));
    }
    let concerns_tenants = meta.needs(Need::InboundConnectors) && context.concerns_our_side();
    if let Some(destination) = context.missing_tenant().filter(|_| concerns_tenants) {
        diagnosis = of_another_tenant(language, &diagnosis, &destination);
    }
    let wizard = wizard_setting::setting(context, &diagnosis);
    if let Some(setting) = wizard {
        let sentence = wizard_setting::sentence(language, setting);
        add_sentence(language, &mut diagnosis, &sentence);
    }
    let is_alone = |meta: &RuleMeta| meta.precedence == Precedence::Alone;
    let alone = is_alone(meta) || !context.concerns_our_side();
    let others = CAUSES[at + 1..]
        .iter()
        .filter(|other| !alone && !is_alone(other.meta()));
    let also = others
        .filter(|other| other.check(context).is_some())
        .map(|other| other.meta().code)
        .collect();
    Some(Decision {
        meta,
        diagnosis,
        also,
        wizard,
    })
}

/// The same cause where the send connector sends to a tenant whose exports are not given: what that
/// tenant expects is unknown, and nothing must be changed in another one.
fn of_another_tenant(language: Language, diagnosis: &Diagnosis, destination: &str) -> Diagnosis {
    let mut unknown = Diagnosis {
        confidence: Confidence::Low,
        deciding: None,
        fix: vec![Fix::step(&export_destination(language))],
        ..diagnosis.clone()
    };
    let sentence = sends_elsewhere(language, destination);
    add_sentence(language, &mut unknown, &sentence);
    unknown
}

/// Adds a sentence to the explanation.
fn add_sentence(language: Language, diagnosis: &mut Diagnosis, sentence: &str) {
    diagnosis.explanation = language.together(&[diagnosis.explanation.as_str(), sentence]);
}

/// Whether the deciding connector was changed after the last rejection. Its current settings then
/// say nothing about the time before.
fn was_changed_since(context: &CauseContext<'_>, diagnosis: &Diagnosis) -> bool {
    let deciding = diagnosis.deciding.as_ref();
    let changed = deciding.and_then(|deciding| deciding.changed);
    changed.is_some_and(|changed| Timestamp::from(changed) > context.last_rejection())
}

/// Merges occurrences into one incident. The first one provides the explanation.
fn merged<'a>(analysis: &Analysis<'_>, mut group: Group<'a>) -> DiagnosedIncident<'a> {
    group.members.sort_unstable();
    let codes = CAUSES.iter().map(|cause| cause.meta().code);
    let also = codes.filter(|code| group.also.contains(code)).collect();
    let occurrences: Vec<usize> = group.members.iter().map(|(.., index)| *index).collect();
    let all = &analysis.aggregate.occurrences;
    let members: Vec<&Occurrence> = occurrences.iter().map(|index| &all[*index]).collect();
    let status = status(analysis, &members);
    let (_, mut lead) = group.lead;
    let sentences = [
        other_front_ends(analysis, &members),
        partly_over(analysis, &members, status),
    ];
    for sentence in sentences.iter().flatten() {
        add_sentence(analysis.language, &mut lead.diagnosis, sentence);
    }
    if status.state == State::Over {
        let over = over(analysis.language, lead.meta, &lead.diagnosis, status);
        lead.diagnosis.fix = std::iter::once(over)
            .chain(lead.diagnosis.afterwards.clone())
            .collect();
    }
    DiagnosedIncident {
        meta: lead.meta,
        diagnosis: lead.diagnosis,
        also,
        occurrences,
        wizard: lead.wizard,
        status,
    }
}

/// The front ends that offered the certificate, where they are on other servers than the incident.
fn other_front_ends(analysis: &Analysis<'_>, members: &[&Occurrence]) -> Option<String> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for one in members {
        let key = analysis.aggregate.flows[one.key.flow].key;
        let Some(front_end) = key.front_end else {
            continue;
        };
        if analysis.server(front_end) != analysis.server(key.stream) {
            names.insert(stream_label(
                analysis.language,
                &analysis.streams.get(front_end)?.name,
            ));
        }
    }
    let names: Vec<String> = names.into_iter().collect();
    let language = analysis.language;
    (!names.is_empty()).then(|| of_front_ends(language, &language.list(&names)))
}

/// The streams on which the incident is over and those on which it is not, where there are both.
fn partly_over(analysis: &Analysis<'_>, members: &[&Occurrence], whole: Status) -> Option<String> {
    let language = analysis.language;
    let mut by_stream: BTreeMap<String, Vec<&Occurrence>> = BTreeMap::new();
    for one in members {
        let stream = analysis.aggregate.flows[one.key.flow].key.stream;
        let name = analysis.streams.get(stream)?.name.as_str();
        by_stream
            .entry(stream_label(analysis.language, name))
            .or_default()
            .push(one);
    }
    if whole.state == State::Over || by_stream.len() < 2 {
        return None;
    }
    let (over, left): (Vec<_>, Vec<_>) = by_stream
        .into_iter()
        .partition(|(_, own)| status(analysis, own).state == State::Over);
    let list = |streams: &[(String, Vec<&Occurrence>)]| {
        let names: Vec<&str> = streams.iter().map(|(name, _)| name.as_str()).collect();
        language.list(&names)
    };
    if over.is_empty() || left.is_empty() {
        return None;
    }
    let (over, left) = (list(&over), list(&left));
    Some(match whole.state {
        State::Ongoing => goes_on_in_part(language, &over, &left),
        State::Unclear | State::Over => may_go_on_in_part(language, &over, &left),
    })
}

/// The first step of an incident that is over. What would have fixed it is named, in case it comes back.
fn over(language: Language, meta: &RuleMeta, diagnosis: &Diagnosis, status: Status) -> Fix {
    let since = status.since.to_string();
    let recipients = recipients(language, status.accepted_after);
    let mut note = vec![if diagnosis.afterwards.is_empty() {
        no_fix_needed(language, &since, &recipients)
    } else {
        over_but_unfinished(language, &since, &recipients)
    }];
    if diagnosis.fix.iter().any(|step| step.command.is_some()) {
        note.push(if_it_comes_back(language, meta.code));
    }
    Fix::step(&language.together(&note))
}

/// A number of recipients in a sentence of the document, where a number has no separators.
fn recipients(language: Language, number: u64) -> String {
    match number {
        1 => one_recipient(language),
        more => several_recipients(language, more),
    }
}

labels! {
    changed_since: "The connector was changed after the last rejection, so its current settings may differ from those at the time of the rejection.", "コネクタは最後の拒否の後に変更されたため、現在の設定は拒否された時点の設定と異なる可能性があります。" ["b61faa32"];
    export_destination: "1. Export the inbound connectors and accepted domains of the tenant to which the send connector sends. 2. Put the files in a folder of their own beside the others. 3. Run sendlens again. Change nothing in another tenant before.", "1. 送信コネクタの宛先のテナントから、受信コネクタと承認済みドメインをエクスポートします。 2. ファイルを、ほかのファイルとは別の専用フォルダーに置きます。 3. sendlens をもう一度実行します。それまでは、ほかのテナントで何も変更しないでください。" ["ea343ac0"];
    one_recipient: "1 recipient", "受信者 1 名" ["9c4ef71b"];
}

sentences! {
    /// A send connector that sends to a tenant that is not known.
    fn sends_elsewhere(destination: &str) {
        en: "However, the send connector sends to '{destination}', which belongs to none of the tenants whose exports were given. What that tenant expects is unknown.",
        ja: "ただし、送信コネクタの宛先は「{destination}」です。これは、エクスポートを指定したどのテナントのものでもありません。宛先のテナントが何を想定しているかは不明です。" ["d26cdcea"],
    }
    /// The front ends that offered the certificate.
    fn of_front_ends(servers: &str) {
        en: "The sessions with Exchange Online were those of the front end on {servers}.",
        ja: "Exchange Online とのセッションは、{servers} のフロントエンドのものです。" ["a2ebaf38"],
    }
    /// An incident that goes on on some servers.
    fn goes_on_in_part(over: &str, left: &str) {
        en: "It is over on {over}. It goes on on {left} only.",
        ja: "{over} では解消済みです。{left} でのみ継続しています。" ["70f04277"],
    }
    /// An incident that may go on on some servers.
    fn may_go_on_in_part(over: &str, left: &str) {
        en: "It is over on {over}. It may go on on {left} only.",
        ja: "{over} では解消済みです。{left} でのみ継続している可能性があります。" ["b519797e"],
    }
    /// The first step of an incident that is over.
    fn no_fix_needed(since: &str, recipients: &str) {
        en: "No fix is needed any more: the last failure was at {since}, and Exchange Online has accepted {recipients} since then.",
        ja: "現在は対処の必要はありません。最後の失敗は {since} で、その後 Exchange Online は{recipients}宛てのメールを受け入れています。" ["1859b913"],
    }
    /// The first step of an incident that is over and left something to do.
    fn over_but_unfinished(since: &str, recipients: &str) {
        en: "It is over, but something is left to do: the last failure was at {since}, and Exchange Online has accepted {recipients} since then.",
        ja: "解消済みですが、まだ行うことがあります。最後の失敗は {since} で、その後 Exchange Online は{recipients}宛てのメールを受け入れています。" ["f32f262a"],
    }
    /// What to do if it comes back.
    fn if_it_comes_back(code: &str) {
        en: "If it comes back, `sendlens explain {code}` says what to do.",
        ja: "再発した場合の対処方法は `sendlens explain {code}` で確認できます。" ["8d28dc17"],
    }
    /// Several recipients.
    fn several_recipients(number: u64) {
        en: "{number} recipients",
        ja: "受信者 {number} 名" ["820f5646"],
    }
}

/// Runs all checks.
pub fn run_checks(context: &CheckContext<'_>) -> CheckOutput {
    let mut output = CheckOutput::default();
    for check in CHECKS {
        check.check(context, &mut output);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::{ExchangeCertificate, SendConnector};
    use crate::scenario::exports::{exchange_certificate, of_exports, on_premises, send_connector};
    use crate::scenario::logs;
    use crate::tenant::{Known, Tenant};

    #[test]
    fn a_hybrid_organisation_as_the_wizard_leaves_it_is_healthy() {
        for (name, domains) in [
            ("mail.contoso.com", &["contoso.com", "mail.contoso.com"][..]),
            ("*.contoso.com", &["contoso.com"]),
        ] {
            for connector in wizards_send_connectors() {
                let tenants = [wizards_tenant(name, domains)];
                let side = on_premises(vec![connector], wizards_certificates());
                for check in CHECKS {
                    let found = of_exports(*check, &tenants, &side);
                    let code = check.meta().code;
                    assert!(found.findings.is_empty(), "{code}: {found:?}");
                    assert!(found.undetermined.is_empty(), "{code}: {found:?}");
                }
            }
        }
    }

    fn wizards_tenant(name: &str, domains: &[&str]) -> Tenant {
        let own = ["contoso.mail.onmicrosoft.com", "contoso.onmicrosoft.com"];
        let domains: Vec<&str> = domains.iter().chain(&own).copied().collect();
        let mut tenant = logs::tenant(Some(name), &[], &domains);
        let connector = &mut tenant.connectors[0];
        connector.name = "Inbound from 3f8e7a2d-1b45-4c89-a0d7-6f5b2e1c9a8d".to_owned();
        connector.sender_domains = Known::Value(vec!["smtp:*;1".to_owned()]);
        connector.associated_accepted_domains = Known::Value(Vec::new());
        connector.cloud_services_mail_enabled = Known::Value(true);
        connector.restrict_domains_to_certificate = Known::Value(false);
        connector.restrict_domains_to_ip_addresses = Known::Value(false);
        tenant
    }

    /// One routes by smart host, the other by the MX record of the routing domain.
    fn wizards_send_connectors() -> [SendConnector; 2] {
        let name = "Outbound to Office 365 - 3f8e7a2d-1b45-4c89-a0d7-6f5b2e1c9a8d";
        let smart_host = SendConnector {
            name: name.to_owned(),
            ..send_connector()
        };
        let by_record = SendConnector {
            smart_hosts: Known::Value(Vec::new()),
            dns_routing: Known::Value(true),
            tls_auth_level: Known::Value(Some("CertificateValidation".to_owned())),
            ..smart_host.clone()
        };
        [smart_host, by_record]
    }

    /// The certificate of a public authority, and those that Exchange and Windows create for
    /// themselves.
    fn wizards_certificates() -> Vec<ExchangeCertificate> {
        let services = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let own = |digit, name: &str, used_for: &[&str]| {
            let mut own = exchange_certificate(digit);
            own.certificate.subject = Some(format!("CN={name}"));
            own.certificate.issuer = own.certificate.subject.clone();
            own.services = Known::Value(services(used_for));
            own
        };
        let mut certificates = vec![
            own('B', "Microsoft Exchange Server Auth Certificate", &["SMTP"]),
            own('C', "EX01", &["IIS", "SMTP"]),
            own('D', "EX01", &["IIS", "SMTP"]),
            own('E', "WMSvc-SHA2-EX01", &[]),
            own('F', "Federation", &["SMTP", "Federation"]),
        ];
        let authority = exchange_certificate('A');
        certificates.push(ExchangeCertificate {
            services: Known::Value(services(&["IIS", "SMTP"])),
            ..authority
        });
        certificates
    }
}
