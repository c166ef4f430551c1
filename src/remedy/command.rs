//! Builds commands to paste, with the real values.
//!
//! In: names from logs and exports, which may be hostile. Out: [`Fix`]es and the text of commands.
//! Invariant: no value can become a command. Each value is in single quotes, within which
//! PowerShell expands nothing. Every kind of quote is doubled, and control characters are replaced.

use crate::diagnosis::fix::{Fix, Where};
use crate::onprem::SendConnector;
use crate::smtp::certificate::Certificate;

/// Lets a send connector offer the certificate with this thumbprint.
pub fn offer(send_connector: &str, thumbprint: &str, note: &str) -> Fix {
    let command = format!(
        "$cert = Get-ExchangeCertificate -Thumbprint {}; Set-SendConnector -Identity {} -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\"",
        quote(thumbprint),
        quote(send_connector)
    );
    Fix::command(Where::OnPremises, command, note)
}

/// Lets a send connector offer this certificate. `None` if its thumbprint is not known or not whole.
pub fn offer_certificate(
    connector: &SendConnector,
    certificate: &Certificate,
    note: &str,
) -> Option<Fix> {
    let thumbprint = certificate.thumbprint.as_deref()?;
    let whole = thumbprint.len() == 40 && thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| offer(&connector.name, thumbprint, note))
}

/// Lets a send connector offer another certificate, whose thumbprint is not known yet.
pub fn offer_another(send_connector: &str, which: &str, note: &str) -> Fix {
    let command = format!(
        "$cert = Get-ExchangeCertificate -Thumbprint '<thumbprint of {which}>'; Set-SendConnector -Identity {} -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\"",
        quote(send_connector)
    );
    Fix::command(Where::OnPremises, command, note)
}

/// Lets an inbound connector expect a name.
pub fn expect_name(inbound_connector: &str, name: &str, note: &str) -> Fix {
    let command = format!(
        "Set-InboundConnector -Identity {} -TlsSenderCertificateName {}",
        quote(inbound_connector),
        quote(name)
    );
    Fix::command(Where::Online, command, note)
}

/// The command that adds an inbound connector for a certificate name. `internal` is true if its
/// mail counts as internal.
pub fn new_connector(name: &str, internal: bool) -> String {
    // The longest connector name that Exchange Online accepts.
    const LONGEST: usize = 64;
    let own: String = format!("Inbound for {name}")
        .chars()
        .take(LONGEST)
        .collect();
    let internal = if internal {
        " -CloudServicesMailEnabled $true"
    } else {
        ""
    };
    format!(
        "New-InboundConnector -Name {} -ConnectorType OnPremises -SenderDomains '*' -RequireTls $true -TlsSenderCertificateName {}{internal}",
        quote(&own),
        quote(name)
    )
}

/// A value as a PowerShell string literal.
///
/// PowerShell ends a single-quoted string at `'` and at each of the typographic quotes `‘ ’ ‚ ‛`.
/// It reads two of them as one literal quote. Control and direction characters become U+FFFD,
/// because they could deceive the person who pastes the line.
pub fn quote(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('\'');
    for character in value.chars() {
        match character {
            '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' => {
                quoted.push(character);
                quoted.push(character);
            }
            _ if is_deceptive(character) => quoted.push('\u{FFFD}'),
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted
}

/// Control characters, line separators and the characters that change the direction of text.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_quote_is_doubled() {
        assert_eq!(quote("O'Brien"), "'O''Brien'");
        assert_eq!(quote("a’; Remove-Item x; ‘"), "'a’’; Remove-Item x; ‘‘'");
        assert_eq!(quote("$(calc) `n"), "'$(calc) `n'");
    }

    #[test]
    fn nothing_can_break_the_line() {
        assert_eq!(
            quote("a\r\nb\u{202E}c\0"),
            "'a\u{FFFD}\u{FFFD}b\u{FFFD}c\u{FFFD}'"
        );
    }
}
