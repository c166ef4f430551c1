//! What every entry of the catalogue declares about itself.
//!
//! In: nothing. Out: [`RuleMeta`], the traits [`Rule`] and [`CauseRule`], and the macro
//! `declare_rule!` that fills them.
//! Must not know what an entry looks at; [`super::cause`] and [`super::check`] know that.
//! Invariant: everything that other code needs to know about an entry is data here. No other file
//! lists codes.

use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;

/// How serious it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Should be looked at.
    Warning,
    /// Mail is rejected or lost.
    Error,
}

/// How certain it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Unconfirmed: a place to look first.
    Low,
    /// Follows from the simulated attribution.
    Medium,
    /// The input proves it.
    High,
}

impl Severity {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Confidence {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// Something that an entry reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Send protocol logs.
    SendLogs,
    /// The export of `Get-InboundConnector`.
    InboundConnectors,
    /// The export of `Get-AcceptedDomain` of the tenant.
    AcceptedDomains,
    /// The export of `Get-SendConnector`.
    SendConnectors,
    /// The export of `Get-ExchangeCertificate`.
    ExchangeCertificates,
    /// The export of `Get-Queue`, or a log of queues.
    Queues,
}

impl Need {
    /// The cmdlet that writes this export; `None` for logs.
    pub fn cmdlet(self) -> Option<&'static str> {
        match self {
            Need::SendLogs => None,
            Need::InboundConnectors => Some("Get-InboundConnector"),
            Need::AcceptedDomains => Some("Get-AcceptedDomain"),
            Need::SendConnectors => Some("Get-SendConnector"),
            Need::ExchangeCertificates => Some("Get-ExchangeCertificate"),
            Need::Queues => Some("Get-Queue"),
        }
    }
}

/// What proves an entry in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProofKind {
    /// The row with the certificate that was offered, and the rejections.
    Certificate,
    /// Also the row that shows the state of TLS, or that the session was proxied.
    SessionState,
    /// Values of exports.
    Exports,
    /// Other rows of the logs.
    LogRows,
}

/// A step on the way of the mail to Exchange Online, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailingStep {
    /// The session is encrypted.
    Tls,
    /// A certificate is offered that Exchange Online can trust.
    Certificate,
    /// An inbound connector expects the certificate or the address.
    InboundConnector,
    /// The domain of the certificate is an accepted domain of the tenant.
    AcceptedDomain,
    /// The domain of the sender is an accepted domain of the tenant.
    Sender,
    /// Exchange Online takes the mail for its recipient.
    Recipient,
}

/// How a cause relates to the other causes of a rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precedence {
    /// Listed under `also` if an earlier cause explains the rejection.
    Shared,
    /// Holds only if no earlier cause holds, and is never listed with another.
    Alone,
    /// What it describes is probably fixed already. Its confidence does not drop because the
    /// deciding connector was changed: that change is what it reports.
    ProbablyFixed,
}

/// The fixed part of an entry.
#[derive(Debug)]
pub struct RuleMeta {
    /// The code, such as `CRT004`.
    pub code: &'static str,
    /// The name, such as `certificate-renamed`.
    pub name: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// The usual confidence.
    pub confidence: Confidence,
    /// What it needs: it runs if everything in at least one of these lists was given.
    pub needs: &'static [&'static [Need]],
    /// What proves it.
    pub proof: ProofKind,
    /// The step at which mail fails. `None` for checks, and for causes at none of the steps or at an
    /// unknown one.
    pub step: Option<FailingStep>,
    /// How it relates to other causes; [`Precedence::Shared`] for checks.
    pub precedence: Precedence,
    /// The full text in Markdown. `declare_rule!` copies it from the doc comment.
    pub text: &'static str,
    /// The same in Japanese.
    pub japanese: &'static str,
    /// The fingerprint of the text that the Japanese was read against.
    pub read: &'static str,
}

impl RuleMeta {
    /// The first paragraph of the text on one line.
    pub fn summary(&self, language: Language) -> String {
        let text = self.plain_text(language);
        let first = text.split("\n\n").next().unwrap_or("");
        let words = first.lines().map(str::trim);
        let words: Vec<&str> = words.filter(|line| !line.is_empty()).collect();
        // Japanese has no spaces between its words, and so none between its lines.
        words.join(match language {
            Language::English => " ",
            Language::Japanese => "",
        })
    }

    /// The text without the space that a doc comment puts before each line.
    pub fn plain_text(&self, language: Language) -> String {
        let text = match language {
            Language::English => self.text,
            Language::Japanese => self.japanese,
        };
        let lines: Vec<&str> = text
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        lines.join("\n").trim().to_owned()
    }

    /// Whether it can run with what was given.
    pub fn runs_with(&self, is_given: impl Fn(Need) -> bool) -> bool {
        let complete = |needs: &&[Need]| needs.iter().all(|need| is_given(*need));
        self.needs.iter().any(complete)
    }

    /// Whether it needs this, in any way of running.
    pub fn needs(&self, wanted: Need) -> bool {
        self.needs.iter().any(|needs| needs.contains(&wanted))
    }
}

/// An entry of the catalogue: a cause or a check.
pub trait Rule: Sync {
    /// Its fixed part.
    fn meta(&self) -> &'static RuleMeta;
}

/// An entry whose declaration says at which step mail fails. Every cause is one.
pub trait CauseRule: Rule {}

/// Declares an entry: its type, its metadata and, as doc comment, its text.
///
/// `needs` is a list of [`Need`]s, or several such lists joined by `or`. `proof` is a
/// [`ProofKind`]. `step` is a [`FailingStep`] or `None`; causes have it, and checks do not.
/// `precedence` is optional; without it, the entry has [`Precedence::Shared`]. Last comes the text in
/// Japanese, as a doc comment of `japanese`, with the fingerprint of the English text that it was read
/// against.
macro_rules! declare_rule {
    (
        $(#[doc = $text:expr])+
        $type:ident {
            code: $code:literal,
            name: $name:literal,
            severity: $severity:ident,
            confidence: $confidence:ident,
            needs: $([$($need:ident),+ $(,)?])or+,
            proof: $proof:ident,
            $(step: $step:ident,)?
            $(precedence: $precedence:ident,)?
            $(#[doc = $japanese:expr])+
            japanese: [$read:literal],
        }
    ) => {
        $(#[doc = $text])+
        #[derive(Debug)]
        pub(crate) struct $type;

        impl $type {
            /// The fixed part of the entry.
            pub(crate) const META: $crate::diagnosis::rule::RuleMeta =
                $crate::diagnosis::rule::RuleMeta {
                    code: $code,
                    name: $name,
                    severity: $crate::diagnosis::rule::Severity::$severity,
                    confidence: $crate::diagnosis::rule::Confidence::$confidence,
                    needs: &[$(&[$($crate::diagnosis::rule::Need::$need),+]),+],
                    proof: $crate::diagnosis::rule::ProofKind::$proof,
                    step: declare_rule!(@step $($step)?),
                    precedence: declare_rule!(@precedence $($precedence)?),
                    text: concat!($($text, "\n"),+),
                    japanese: concat!($($japanese, "\n"),+),
                    read: $read,
                };
        }

        impl $crate::diagnosis::rule::Rule for $type {
            fn meta(&self) -> &'static $crate::diagnosis::rule::RuleMeta {
                &Self::META
            }
        }

        declare_rule!(@cause $type $($step)?);
    };
    (@cause $type:ident) => {};
    (@cause $type:ident $step:ident) => {
        impl $crate::diagnosis::rule::CauseRule for $type {}
    };
    (@step) => { None };
    (@step None) => { None };
    (@step $step:ident) => { Some($crate::diagnosis::rule::FailingStep::$step) };
    (@precedence) => { $crate::diagnosis::rule::Precedence::Shared };
    (@precedence $precedence:ident) => {
        $crate::diagnosis::rule::Precedence::$precedence
    };
}
pub(crate) use declare_rule;
