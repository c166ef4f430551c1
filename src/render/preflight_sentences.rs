//! The texts around an answer of `preflight`, on the page and in Markdown.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::{Language, labels, sentences};
use crate::render::words;
use crate::report::document::Severity;
use crate::report::preflight::{Change, Preflight, Relay, TenantVerdict, Verdict};

labels! {
    pub(super) purpose: "checks a certificate before you switch to it", "切り替える前に証明書を確認します" ["e80d7022"];
    pub(super) report_title: "Certificate check", "証明書の事前確認" ["b7a48068"];
    pub(super) also_in_file: "Also in the file", "同じファイルにある証明書" ["5d08cd1c"];
    pub(super) notes: "About the certificate", "証明書についての注意" ["e50b27ea"];
    pub(super) steps: "Steps, in this order", "手順 (この順序で実行)" ["0d2ba425"];
    pub(super) send_connectors: "Send connectors, today and after the switch", "送信コネクタ (現在と切り替え後)" ["9465f276"];
    pub(super) today: "Offers today", "現在提示しているもの" ["b3af5e4f"];
    pub(super) assigned: "Assigned to today", "現在の割り当て先" ["2d6c4fb7"];
    pub(super) seen: "Last seen", "最終確認" ["54877718"];
    pub(super) afterwards: "After the switch", "切り替え後" ["e5410232"];
    from_its_export: "from its export", "エクスポートより" ["dfad3f3f"];
    pub(super) unnamed_certificate: "a certificate without a subject", "サブジェクトのない証明書" ["a74a1364"];
    pub(super) no_tenant: "no tenant by its certificate", "証明書による割り当てなし" ["0844a9b6"];
    ready: "Ready", "切り替え可能" ["0bca3294"];
    not_ready: "Not ready", "切り替え不可" ["4925233d"];
    check_first: "Check first", "要確認" ["e6a4efc1"];
    not_affected: "Not affected", "影響なし" ["88be6226"];
    expects_it: "Expects it", "この証明書を想定" ["ffc8cb7e"];
    does_not_expect_it: "Does not expect it", "この証明書を想定していない" ["d8a62a23"];
    cannot_be_determined: "Cannot be determined", "判断できない" ["b4dae3ba"];
    any_sender: "mail of any sender gets through", "すべての送信者のメールが受け入れられます" ["995a6742"];
    accepted_senders: "only mail whose sender domain is accepted gets through", "送信者のドメインが承認済みドメインであるメールだけが受け入れられます" ["085ff294"];
    no_mail: "no mail gets through by this certificate", "この証明書ではメールは受け入れられません" ["ca0b7303"];
    unknown_mail: "it cannot be determined which mail gets through", "どのメールが受け入れられるかは判断できません" ["9a782a1f"];
    same_certificate: "Same certificate", "同じ証明書" ["8d9a04ac"];
    stays_assigned: "Stays assigned", "割り当ては変わらない" ["f8256d43"];
    becomes_assigned: "Becomes assigned", "割り当てられるようになる" ["7096ea0b"];
    would_be_rejected: "Would be rejected", "拒否される" ["fc129f4b"];
    changes_tenant: "Changes the tenant", "テナントが変わる" ["8822b9ef"];
    stays_unassigned: "Stays unassigned", "割り当てられないまま" ["1669cc04"];
}

sentences! {
    /// The heading, if several certificates were checked.
    pub(super) fn several(all: &str, ready: &str) {
        en: "{ready} of {all} certificates are ready for the switch.",
        ja: "証明書 {all} 件のうち、切り替え可能なのは {ready} 件です。" ["831a3081"],
    }
    /// The heading of the part about a tenant.
    pub(super) fn tenant(name: &str) {
        en: "Tenant {name}",
        ja: "テナント {name}" ["1b436e8e"],
    }
    /// Which mail gets through, and which inbound connector of the tenant decides that.
    fn relay_by(relay: &str, connector: &str) {
        en: "{relay}, by inbound connector {connector}",
        ja: "{relay} (受信コネクタ{connector}による)" ["f6924cee"],
    }
    /// At which time the validity was checked.
    pub(super) fn checked_at(time: &str, zone: &str) {
        en: "checked for {time}, {zone}",
        ja: "{time} 時点の確認、{zone}" ["6396745a"],
    }
    /// What wrote it, and that nothing was changed.
    pub(super) fn written_by(program: &str) {
        en: "{program} only read files. It did not connect to anything and changed nothing.",
        ja: "{program} はファイルを読み取っただけです。どこにも接続せず、何も変更していません。" ["16e293e2"],
    }
}

/// The class of an answer in the style sheet, and its label.
pub(super) fn state(language: Language, answer: &Preflight) -> (&'static str, String) {
    match answer.severity {
        _ if answer.certain => ("ok", ready(language)),
        Some(Severity::Error) => ("open", not_ready(language)),
        _ => ("warning", check_first(language)),
    }
}

/// The class of a tenant in the style sheet, and its label.
pub(super) fn verdict(language: Language, tenant: &TenantVerdict) -> (&'static str, String) {
    match tenant.verdict {
        _ if !tenant.concerned => ("over", not_affected(language)),
        Verdict::Match if tenant.severity < Some(Severity::Warning) => ("ok", expects_it(language)),
        Verdict::Match => ("warning", expects_it(language)),
        Verdict::NoMatch if tenant.severity.is_none() => ("over", does_not_expect_it(language)),
        Verdict::NoMatch => ("open", does_not_expect_it(language)),
        Verdict::Uncertain | Verdict::Unknown => ("warning", cannot_be_determined(language)),
    }
}

/// Where a send connector was found.
pub(super) fn place(language: Language, stream: Option<&str>) -> String {
    match stream {
        Some(".") => words::given_folder(language),
        Some(stream) => stream.to_owned(),
        None => from_its_export(language),
    }
}

/// Which mail gets through.
pub(super) fn relay(language: Language, relay: Relay) -> String {
    match relay {
        Relay::AnySender => any_sender(language),
        Relay::AcceptedSenders => accepted_senders(language),
        Relay::None => no_mail(language),
        Relay::Unknown => unknown_mail(language),
    }
}

/// Which mail gets through, and by which inbound connector.
pub(super) fn relay_of(language: Language, tenant: &TenantVerdict) -> String {
    let relay = relay(language, tenant.relay);
    match &tenant.inbound_connector {
        Some(connector) => relay_by(language, &relay, &language.quoted(connector)),
        None => relay,
    }
}

/// The class of what would change in the style sheet, and its label.
pub(super) fn change(language: Language, change: Change) -> (&'static str, String) {
    match change {
        Change::SameCertificate => ("over", same_certificate(language)),
        Change::StaysAttributed => ("ok", stays_assigned(language)),
        Change::BecomesAttributed => ("ok", becomes_assigned(language)),
        Change::WouldBeRefused => ("open", would_be_rejected(language)),
        Change::ChangesTenant => ("open", changes_tenant(language)),
        Change::StaysUnattributed => ("warning", stays_unassigned(language)),
        Change::Uncertain => ("warning", cannot_be_determined(language)),
        Change::NotConcerned => ("over", not_affected(language)),
    }
}
