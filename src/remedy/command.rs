//! Builds commands to paste, with the real values.
//!
//! In: names from logs and exports, which may be hostile. Out: [`Fix`]es and the text of commands.
//! Invariant: no value can become a command. Each value is in single quotes, within which
//! PowerShell expands nothing. Every kind of quote is doubled. A character that cannot be pasted, or that could
//! deceive who pastes it, is written as its number, and a connector with such a name is found by its Guid or a
//! filter. No command holds another value than the one that was meant.

use crate::diagnosis::fix::{Fix, Where};
use crate::onprem::SendConnector;
use crate::smtp::certificate::Certificate;
use crate::tenant::InboundConnector;

/// Lets a send connector offer the certificate with this thumbprint.
pub fn offer(send_connector: &str, thumbprint: &str, note: &str) -> Fix {
    offer_to(&send_identity(send_connector), thumbprint, note)
}

/// As [`offer`], with what stands for the connector in a command.
fn offer_to(identity: &str, thumbprint: &str, note: &str) -> Fix {
    let command = format!(
        "$cert = Get-ExchangeCertificate -Thumbprint {}; Set-SendConnector -Identity {identity} -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\"",
        quote(thumbprint),
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
    whole.then(|| offer_to(&send_identity_of(connector), thumbprint, note))
}

/// Lets a send connector offer another certificate, whose thumbprint is not known yet.
pub fn offer_another(send_connector: &str, which: &str, note: &str) -> Fix {
    let command = format!(
        "$cert = Get-ExchangeCertificate -Thumbprint '<thumbprint of {which}>'; Set-SendConnector -Identity {} -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\"",
        send_identity(send_connector)
    );
    Fix::command(Where::OnPremises, command, note)
}

/// Lets an inbound connector expect a name.
pub fn expect_name(connector: &InboundConnector, name: &str, note: &str) -> Fix {
    let command = format!(
        "Set-InboundConnector -Identity {} -TlsSenderCertificateName {}",
        inbound_identity(connector),
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

/// What stands for an inbound connector behind `-Identity`.
pub fn inbound_identity(connector: &InboundConnector) -> String {
    identity(
        "Get-InboundConnector",
        &connector.name,
        connector.guid.as_deref(),
    )
}

/// What stands for an exported send connector behind `-Identity`.
pub fn send_identity_of(connector: &SendConnector) -> String {
    identity(
        "Get-SendConnector",
        &connector.name,
        connector.guid.as_deref(),
    )
}

/// What stands for a send connector of this name behind `-Identity`.
pub fn send_identity(name: &str) -> String {
    identity("Get-SendConnector", name, None)
}

/// The name, or, if it cannot be pasted, another way to find the object. Should a filter find several objects,
/// the command fails, because `-Identity` takes only one.
fn identity(cmdlet: &str, name: &str, guid: Option<&str>) -> String {
    if can_be_pasted(name) {
        return quote(name);
    }
    if let Some(guid) = guid {
        return quote(guid);
    }
    let condition = if name.contains(char::REPLACEMENT_CHARACTER) {
        // What stood there is not known.
        format!(" -like {}", literal(&pattern(name)))
    } else {
        // `-eq` takes no account of some invisible characters.
        format!(".Equals({})", expression(name))
    };
    format!("({cmdlet} | Where-Object {{ $_.Name{condition} }}).Guid")
}

/// A name as a pattern of `-like`, with `?` for what cannot be pasted and `*` for what is not known.
fn pattern(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            char::REPLACEMENT_CHARACTER => pattern.push('*'),
            _ if !is_pasteable(character) => pattern.push('?'),
            '*' | '?' | '[' | ']' | '`' => pattern.extend(['`', character]),
            _ => pattern.push(character),
        }
    }
    pattern
}

/// A value as PowerShell reads it in a command: a literal, or texts and numbers of characters in parentheses,
/// where a character of the value cannot be pasted.
///
/// PowerShell ends a single-quoted string at `'` and at each of the typographic quotes `‘ ’ ‚ ‛`.
/// It reads two of them as one literal quote.
pub fn quote(value: &str) -> String {
    if value.chars().any(is_deceptive) {
        format!("({})", expression(value))
    } else {
        literal(value)
    }
}

/// `'a' + [char]0x0009 + 'b'`.
fn expression(value: &str) -> String {
    let mut parts = Vec::new();
    let mut text = String::new();
    for character in value.chars() {
        if is_deceptive(character) {
            // It begins with a text, so that everything behind it is text too.
            if !text.is_empty() || parts.is_empty() {
                parts.push(literal(&std::mem::take(&mut text)));
            }
            parts.push(format!("[char]0x{:04X}", u32::from(character)));
        } else {
            text.push(character);
        }
    }
    if !text.is_empty() || parts.is_empty() {
        parts.push(literal(&text));
    }
    parts.join(" + ")
}

/// A text in single quotes.
fn literal(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('\'');
    for character in value.chars() {
        if matches!(
            character,
            '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}'
        ) {
            quoted.push(character);
        }
        quoted.push(character);
    }
    quoted.push('\'');
    quoted
}

/// Whether a value arrives unchanged when a line with it is pasted.
pub fn can_be_pasted(value: &str) -> bool {
    value.chars().all(is_pasteable)
}

/// Whether a character of a name arrives unchanged when a line is pasted, and is what it seems to be.
fn is_pasteable(character: char) -> bool {
    !is_deceptive(character) && character != char::REPLACEMENT_CHARACTER
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
    fn what_cannot_be_pasted_is_written_as_its_number() {
        for (value, quoted) in [
            ("a\tb", "('a' + [char]0x0009 + 'b')"),
            (
                "a\r\nb\u{202E}",
                "('a' + [char]0x000D + [char]0x000A + 'b' + [char]0x202E)",
            ),
            ("\0'", "('' + [char]0x0000 + '''')"),
            ("\u{85}", "('' + [char]0x0085)"),
            ("", "''"),
        ] {
            assert_eq!(quote(value), quoted);
        }
    }

    #[test]
    fn an_object_whose_name_cannot_be_pasted_is_found_in_another_way() {
        let guid = "c3fda115-e413-4184-b3eb-1d76c43bb45d";
        let mut connector = crate::scenario::logs::connector("a\tb", None, &[]);
        assert_eq!(
            inbound_identity(&connector),
            "(Get-InboundConnector | Where-Object { $_.Name.Equals('a' + [char]0x0009 + 'b') }).Guid"
        );
        connector.guid = Some(guid.to_owned());
        assert_eq!(inbound_identity(&connector), format!("'{guid}'"));
        connector.name = "O'Brien".to_owned();
        assert_eq!(inbound_identity(&connector), "'O''Brien'");
        // What a text lost is not guessed.
        assert_eq!(
            send_identity("[Out]\u{FFFD}\tto 'x'"),
            "(Get-SendConnector | Where-Object { $_.Name -like '`[Out`]*?to ''x''' }).Guid"
        );
    }

    #[test]
    fn nothing_can_break_the_line() {
        for letter in (0..0x3000).filter_map(char::from_u32) {
            let name = format!("a{letter}b");
            assert!(!quote(&name).contains(is_deceptive), "{name:?}");
            assert!(!send_identity(&name).contains(is_deceptive), "{name:?}");
        }
    }
}
