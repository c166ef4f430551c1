//! What a console puts around an export: prompts with commands, quote marks of a mail, and tables.
//!
//! In: the text of a file. Out: the text without them, or the cmdlet whose table it shows.
//! Must not read values. Invariant: lines keep their numbers.

use std::borrow::Cow;

/// The cmdlets whose output is wanted, each with columns that show it in a table.
const CMDLETS: [(&str, &[&str]); 4] = [
    (
        "Get-InboundConnector",
        &[
            "SenderIPAddresses",
            "TlsSenderCertificateName",
            "SenderDomains",
        ],
    ),
    ("Get-SendConnector", &["AddressSpaces", "SmartHosts"]),
    ("Get-AcceptedDomain", &["DomainType", "DomainName"]),
    ("Get-ExchangeCertificate", &["Thumbprint"]),
];

/// A text without the marks of a quoted mail and without prompts. The lines that only held a prompt and a
/// command are blank.
pub(super) fn without_prompts(text: &str) -> Cow<'_, str> {
    if text.trim_start().starts_with('<') {
        return Cow::Borrowed(text);
    }
    let text = unquoted(text);
    if !text.lines().any(is_prompt) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut in_command = false;
    for line in text.split_inclusive('\n') {
        if in_command && !line.trim().is_empty() || is_prompt(line) {
            // A long command goes on in the next line.
            in_command = line.trim_end().ends_with([',', '|', '`']);
            kept.push_str(if line.ends_with('\n') { "\n" } else { "" });
        } else {
            in_command = false;
            kept.push_str(line);
        }
    }
    Cow::Owned(kept)
}

/// Without the marks of a quoted mail, if every line has them.
fn unquoted(text: &str) -> Cow<'_, str> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_quoted = lines.clone().next().is_some() && lines.all(|line| line.starts_with('>'));
    if !is_quoted {
        return Cow::Borrowed(text);
    }
    let inside = |line: &str| {
        let mut line = line;
        while let Some(rest) = line.strip_prefix('>') {
            line = rest.strip_prefix(' ').unwrap_or(rest);
        }
        line.to_owned()
    };
    Cow::Owned(text.split('\n').map(inside).collect::<Vec<_>>().join("\n"))
}

/// `PS C:\>…`, `[PS] C:\Windows\system32>…`, or a bare command.
fn is_prompt(line: &str) -> bool {
    let line = line.trim_end();
    // A session on another computer names it: `[EX01]: PS C:\>`.
    let line = match line.split_once("]: ") {
        Some((host, rest)) if host.starts_with('[') && rest.starts_with("PS") => rest,
        _ => line,
    };
    let shell = line
        .strip_prefix("[PS]")
        .or_else(|| line.strip_prefix("PS"));
    if let Some(rest) = shell {
        return rest.trim_start().starts_with('>') || rest.starts_with([' ', '>']) && is_path(rest);
    }
    CMDLETS.iter().any(|(cmdlet, _)| {
        let start = line.get(..cmdlet.len());
        let rest = line.get(cmdlet.len()..).unwrap_or_default();
        start.is_some_and(|start| start.eq_ignore_ascii_case(cmdlet))
            && (rest.is_empty()
                || rest.starts_with([' ', '|']) && !rest.trim_start().starts_with(':'))
    })
}

/// A folder and the sign behind it.
fn is_path(rest: &str) -> bool {
    let rest = rest.trim_start();
    let drive = rest.as_bytes().get(1) == Some(&b':');
    (drive || rest.starts_with(['/', '~', '\\'])) && rest.contains('>')
}

/// The cmdlet whose output a text shows as a table: names of columns, and a line of dashes below them.
pub(super) fn table_of(text: &str) -> Option<&'static str> {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_start_matches(['>', ' ']))
        .collect();
    let header = lines.windows(2).find_map(|pair| {
        let dashes = pair[1].split_whitespace();
        let is_rule = pair[1].contains(' ')
            && dashes.clone().count() > 1
            && dashes
                .clone()
                .all(|word| word.bytes().all(|byte| byte == b'-'));
        is_rule.then_some(pair[0])
    })?;
    let has = |column: &str| {
        let mut words = header.split_whitespace();
        // A narrow window cuts the names of columns too.
        words.any(|word| {
            let word = word.trim_end_matches(['.', '…']);
            word.eq_ignore_ascii_case(column)
                || word.len() > 5
                    && column
                        .get(..word.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(word))
        })
    };
    let by_columns = CMDLETS
        .iter()
        .find(|(_, columns)| columns.iter().any(|column| has(column)));
    let by_command = || {
        let commands = text
            .lines()
            .filter(|line| is_prompt(line.trim_start_matches(['>', ' '])));
        let mut commands = commands.map(str::to_ascii_lowercase);
        commands.find_map(|line| {
            CMDLETS
                .iter()
                .find(|(cmdlet, _)| line.contains(&cmdlet.to_ascii_lowercase()))
        })
    };
    by_columns.or_else(by_command).map(|(cmdlet, _)| *cmdlet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_become_blank_lines() {
        for prompt in [
            "PS C:\\> Get-InboundConnector | fl Name,SenderIPAddresses",
            "PS C:\\Users\\anna>Get-InboundConnector | fl",
            "[PS] C:\\Windows\\system32>Get-InboundConnector | fl Name, `\n  SenderIPAddresses",
            "[PS] C:\\>",
            "[EX01.contoso.com]: PS C:\\Users\\anna\\Documents> Get-InboundConnector | fl",
            "PS>Get-InboundConnector",
            "PS /home/anna> Get-InboundConnector",
            "Get-InboundConnector | fl Name,\nSenderIPAddresses",
        ] {
            let text = format!("{prompt}\nName : A\n");
            let lines = prompt.matches('\n').count() + 1;
            assert_eq!(
                without_prompts(&text),
                format!("{}Name : A\n", "\n".repeat(lines))
            );
        }
        for text in [
            "PS Fabrikam : x\n",
            "Name : PS C:\\>\n",
            "[{\"Name\":\"A\"}]",
            "> a\nb\n",
        ] {
            assert_eq!(without_prompts(text), text);
        }
        assert_eq!(without_prompts("> [\n> {}\n>\n> ]"), "[\n{}\n\n]");
    }

    #[test]
    fn tables_are_named_by_their_columns_or_their_command() {
        let table = "Name                 ConnectorType TlsSenderCertificateName\n----                 ------------- ------------------------\nInbound from contoso OnPremises    mail.contoso.com\n";
        assert_eq!(table_of(table), Some("Get-InboundConnector"));
        let certificates = "\nThumbprint                                Services   Subject\n----------                                --------   -------\n";
        assert_eq!(table_of(certificates), Some("Get-ExchangeCertificate"));
        let named = "PS C:\\> Get-AcceptedDomain | ft\n\nName Default\n---- -------\nx    True\n";
        assert_eq!(table_of(named), Some("Get-AcceptedDomain"));
        for other in [
            "Name Default\n---- -------\n",
            "Name : A\nDomainType : B\n",
            "# Thumbprint\n---\n",
            "",
        ] {
            assert_eq!(table_of(other), None, "{other}");
        }
    }
}
