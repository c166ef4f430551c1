//! The kinds of story: the cause of each by the specification, and which can share a week.
//!
//! In: a kind. Out: what is known about it.

use super::model::Kind;

/// Kinds that hold whatever else the tenant expects, so that several may happen in one week.
pub(super) const SHARED: [Kind; 37] = [
    Kind::Renamed,
    Kind::FixedAtConnector,
    Kind::Mismatch,
    Kind::OutOfStep,
    Kind::Expired,
    Kind::ExpiredDropped,
    Kind::SelfSigned,
    Kind::SelfSignedDropped,
    Kind::UntrustedRoot,
    Kind::NoCertificate,
    Kind::Stripped,
    Kind::StrippedDemand,
    Kind::StrippedQuit,
    Kind::StarttlsIgnored,
    Kind::NoKey,
    Kind::NoKeyOnly,
    Kind::UnknownCredentials,
    Kind::Distrusted,
    Kind::Dropped,
    Kind::PortClosed,
    Kind::DomainNotAccepted,
    Kind::Uncertain,
    Kind::TwoTenants,
    Kind::ChangedSince,
    Kind::Unexplained,
    Kind::Outdated,
    Kind::Blocked,
    Kind::TenantLimit,
    Kind::Submission,
    Kind::PartnerRefuses,
    Kind::DirectSend,
    Kind::Region,
    Kind::Transient,
    Kind::FrontendMissing,
    Kind::StartMissing,
    Kind::Intercepted,
    Kind::NothingDelivered,
];
/// Kinds that need the whole tenant for themselves.
pub(super) const ALONE: [Kind; 6] = [
    Kind::ConnectorDisabled,
    Kind::ConnectorPartner,
    Kind::NoConnector,
    Kind::AddressChanged,
    Kind::SenderNotAccepted,
    Kind::NullSender,
];

/// What kinds of story are about.
impl Kind {
    /// The cause where exports of the tenant are given.
    pub(super) fn cause(self) -> &'static str {
        match self {
            Kind::Renamed | Kind::FixedAtConnector => "CRT004",
            Kind::Mismatch => "CRT005",
            Kind::OutOfStep => "CRT006",
            Kind::Expired | Kind::ExpiredDropped => "CRT003",
            Kind::SelfSigned | Kind::SelfSignedDropped | Kind::UntrustedRoot => "CRT002",
            Kind::NoCertificate => "CRT001",
            Kind::Stripped | Kind::StrippedDemand | Kind::StrippedQuit => "TLS001",
            Kind::StarttlsIgnored => "TLS002",
            Kind::NoKey | Kind::NoKeyOnly => "CRT007",
            Kind::UnknownCredentials => "TLS003",
            Kind::Distrusted => "TLS006",
            Kind::Dropped => "TLS005",
            Kind::PortClosed => "NET001",
            Kind::ConnectorDisabled => "CON001",
            Kind::ConnectorPartner => "CON002",
            Kind::NoConnector => "CON003",
            Kind::AddressChanged => "CON004",
            Kind::SenderNotAccepted => "DOM002",
            Kind::NullSender => "DOM003",
            Kind::DomainNotAccepted => "DOM001",
            Kind::Uncertain => "CON005",
            Kind::TwoTenants => "CON006",
            Kind::ChangedSince => "CON007",
            Kind::Unexplained => "ATT001",
            Kind::Outdated => "ATT007",
            Kind::Blocked => "CON008",
            Kind::TenantLimit => "ATT008",
            Kind::Submission => "SND001",
            Kind::PartnerRefuses => "ATT004",
            Kind::DirectSend => "ATT005",
            Kind::Region => "ATT002",
            Kind::Transient => "ATT003",
            Kind::FrontendMissing => "LOG004",
            Kind::StartMissing => "LOG006",
            Kind::Intercepted => "TLS004",
            Kind::NothingDelivered => "LOG007",
        }
    }

    /// The cause where no export of a tenant is given.
    pub(super) fn cause_without_exports(self) -> &'static str {
        match self.cause() {
            "CRT004" | "CRT005" | "CRT006" | "CON001" | "CON002" | "CON003" | "CON004"
            | "CON005" | "CON006" | "CON007" | "DOM001" | "DOM002" | "DOM003" | "ATT001"
            | "ATT002" | "ATT004" | "ATT005" => "ATT006",
            cause => cause,
        }
    }

    /// Whether the log shows which certificate the other side saw.
    pub(super) fn shows_certificate(self) -> bool {
        !matches!(
            self,
            Kind::PortClosed
                | Kind::Stripped
                | Kind::StrippedDemand
                | Kind::StrippedQuit
                | Kind::StarttlsIgnored
                | Kind::FrontendMissing
                | Kind::StartMissing
        )
    }

    /// Whether it takes single messages only, while all others go through.
    pub(super) fn picks_messages(self) -> bool {
        matches!(
            self,
            Kind::Outdated
                | Kind::TenantLimit
                | Kind::PartnerRefuses
                | Kind::DirectSend
                | Kind::Region
                | Kind::Transient
                | Kind::NullSender
                | Kind::SenderNotAccepted
                | Kind::DomainNotAccepted
                | Kind::Blocked
        )
    }
}
