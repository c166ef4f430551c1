//! Replies of Exchange Online, without the bracket behind them.
//!
//! In: a kind. Out: text.

use super::model::Kind;

/// A recipient outside Microsoft 365, and nobody known to send it.
pub(super) fn relay(variant: usize) -> &'static str {
    [
        "550 5.7.64 TenantAttribution; Relay Access Denied",
        "550 5.7.64 TenantAttribution; Relay Access Denied SMTP",
        "550 5.7.64 TenantAttribution; Relay Access Denied",
        "550 5.7.0 Relay Access Denied",
        "550 5.7.64 TenantAttribution; Relay Access Denied",
        "550 5.4.1 Relay Access Denied",
    ][variant % 6]
}

/// TLS is missing.
pub(super) fn demand(variant: usize) -> &'static str {
    [
        "451 5.7.3 STARTTLS is required to send mail",
        "451 5.7.3 Must issue a STARTTLS command first",
    ][variant / 2 % 2]
}

/// The client submission service wants a user.
pub(super) const NOT_AUTHENTICATED: &str = "530 5.7.57 Client not authenticated to send mail.";
/// Our certificate leads to no root that is known.
pub(super) const UNTRUSTED: &str =
    "454 4.7.0 Failed to establish appropriate TLS channel: UntrustedRoot: Access Denied";
/// Taken for nothing but what it is.
pub(super) const SPAM: &str =
    "554 5.2.0 STOREDRV.Deliver.Exception; message could not be delivered to the recipient";
/// Replies about the recipient.
pub(super) const UNKNOWN: [&str; 4] = [
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
    "452 4.2.2 The email account that you tried to reach is over quota",
    "432 4.3.2 Recipient thread limit exceeded; try again later",
];

/// The reply of a kind that takes single messages.
pub(super) fn picked(kind: Kind, variant: usize) -> &'static str {
    let of = |texts: &[&'static str]| texts[variant % texts.len()];
    match kind {
        Kind::Outdated => of(&[
            "450 4.7.230 Connecting Exchange server version is out-of-date; connection to Exchange Online throttled for 5 mins/hr.",
            "550 5.7.230 Connecting Exchange server version is out-of-date; connection to Exchange Online blocked for 10 mins/hr.",
        ]),
        Kind::Blocked => of(&["550 5.7.711 Access denied, bad inbound connector. AS(2204)"]),
        Kind::TenantLimit => of(&[
            "550 5.7.236 Your message can't be sent because your tenant has exceeded its daily limit for sending email to external recipients from your tenant's onmicrosoft.com domains",
            "550 5.7.232 Your message can't be sent because your trial tenant has exceeded its daily limit for sending email to external recipients",
            "550 5.7.705 Access denied, tenant has exceeded threshold",
            "550 5.7.708 Access denied, traffic not accepted from this IP",
        ]),
        Kind::PartnerRefuses => of(&[
            "550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched the message's recipient domain. The connector had either the RestrictDomainsToIPAddresses or RestrictDomainsToCertificate set",
            "550 5.7.51 TenantInboundAttribution; Rejecting",
        ]),
        Kind::DirectSend => of(&[
            "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from unauthorized sources",
        ]),
        Kind::Region => of(&[
            "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35. For more information please go to https://go.microsoft.com/fwlink/?linkid=865268",
        ]),
        Kind::Transient => of(&[
            "451 4.4.4 Temporary server error. Please try again later ATTR18",
            "451 4.3.2 Temporary server error. Please try again later ATTR3.4",
            "451 4.4.3 Temporary server error. Please try again later ATTR17",
        ]),
        Kind::DomainNotAccepted | Kind::SenderNotAccepted => of(&[
            "550 5.7.64 Relay Access Denied ATTR36. For more details please refer to https://support.microsoft.com/kb/3169958",
            "550 5.7.64 TenantAttribution; Relay Access Denied",
        ]),
        _ => relay(variant),
    }
}
