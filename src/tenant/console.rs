//! What a console puts around an export: colours, prompts with commands, quote marks of a mail; and output
//! that is none: tables, pages, and XML that only `ConvertTo-Xml` writes.
//!
//! In: the text of a file. Out: the text without them, or the cmdlet whose output it shows.
//! Must not read values. Invariant: lines keep their numbers.

use std::borrow::Cow;

use crate::language::{Language, labels};

/// The cmdlets whose output is wanted, each with columns that show it in a table.
const CMDLETS: [(&str, &[&str]); 6] = [
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
    (
        "Get-Message -IncludeRecipientInfo -ResultSize Unlimited",
        &["InternetMessageId", "MessageSourceName", "FromAddress"],
    ),
    (
        "Get-Queue",
        &["DeliveryType", "NextHopDomain", "NextHopConnector"],
    ),
];

/// A text without the codes that colour it.
pub(super) fn without_colours(text: &str) -> Cow<'_, str> {
    /// How a code begins, which ends with a letter.
    const START: &str = "\u{1B}[";
    if !text.contains(START) {
        return Cow::Borrowed(text);
    }
    let mut pieces = text.split(START);
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let code = |character: char| character.is_ascii_digit() || ";:?".contains(character);
        let rest = piece.trim_start_matches(code);
        let mut rest = rest.chars();
        // Something else than the end of a code stays.
        match rest.next() {
            Some(letter) if letter.is_ascii_alphabetic() => plain.push_str(rest.as_str()),
            _ => plain.push_str(piece),
        }
    }
    Cow::Owned(plain)
}

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
        let cmdlet = name_of(cmdlet);
        let start = line.get(..cmdlet.len());
        let rest = line.get(cmdlet.len()..).unwrap_or_default();
        start.is_some_and(|start| start.eq_ignore_ascii_case(cmdlet))
            && (rest.is_empty()
                || rest.starts_with([' ', '|']) && !rest.trim_start().starts_with(':'))
    })
}

/// A cmdlet without its parameters.
fn name_of(cmdlet: &str) -> &str {
    cmdlet.split(' ').next().unwrap_or(cmdlet)
}

/// A folder and the sign behind it.
fn is_path(rest: &str) -> bool {
    let rest = rest.trim_start();
    let drive = rest.as_bytes().get(1) == Some(&b':');
    (drive || rest.starts_with(['/', '~', '\\'])) && rest.contains('>')
}

/// What wrote the output of a cmdlet so that values are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `Format-Table`.
    Table,
    /// `ConvertTo-Xml`.
    Xml,
    /// `ConvertTo-Html`.
    Html,
}

impl Form {
    /// What wrote it, and what is wrong with it.
    pub fn words(self, language: Language) -> String {
        match self {
            Form::Table => format_table(language),
            Form::Xml => convert_to_xml(language),
            Form::Html => convert_to_html(language),
        }
    }
}

/// Output of a wanted cmdlet in a form that is no export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// What wrote it, and what is wrong with it.
    pub form: Form,
    /// The cmdlet.
    pub cmdlet: &'static str,
}

/// The cmdlet whose output a text shows as a table for the eye, as a page, or as XML of `ConvertTo-Xml`.
pub(super) fn unreadable(text: &str) -> Option<Unreadable> {
    let of = |form, cmdlet| Unreadable { form, cmdlet };
    let start = text.trim_start();
    if !start.starts_with('<') {
        return table_of(text).map(|cmdlet| of(Form::Table, cmdlet));
    }
    let head = start.get(..1024).unwrap_or(start).to_ascii_lowercase();
    if head.contains("<objects") {
        let named = cells(start, "Name=\"", '"').chain(cells(start, "Type=\"", '"'));
        return cmdlet_of(named).map(|cmdlet| of(Form::Xml, cmdlet));
    }
    if head.contains("<html") {
        let named = cells(start, "<th>", '<').chain(cells(start, "<td>", ':'));
        return cmdlet_of(named).map(|cmdlet| of(Form::Html, cmdlet));
    }
    None
}

/// The texts between a mark and the next character of that kind.
fn cells<'t>(text: &'t str, mark: &'t str, end: char) -> impl Iterator<Item = &'t str> {
    let cells = text.split(mark).skip(1);
    cells.filter_map(move |cell| Some(cell.split_once(end)?.0))
}

/// The cmdlet that has one of these properties, or gives objects of one of these types.
fn cmdlet_of<'t>(mut names: impl Iterator<Item = &'t str>) -> Option<&'static str> {
    const TYPES: [(&str, &str); 7] = [
        ("ExtensibleQueueInfo", "Get-Queue"),
        (
            "ExtensibleMessageInfo",
            "Get-Message -IncludeRecipientInfo -ResultSize Unlimited",
        ),
        ("InboundConnector", "Get-InboundConnector"),
        ("SendConnectorConfig", "Get-SendConnector"),
        ("AcceptedDomain", "Get-AcceptedDomain"),
        ("ExchangeCertificate", "Get-ExchangeCertificate"),
        ("X509Certificate2", "Get-ExchangeCertificate"),
    ];
    names.find_map(|name| {
        let by_column = CMDLETS
            .iter()
            .find(|(_, columns)| columns.contains(&name))
            .map(|(cmdlet, _)| *cmdlet);
        let of_type = |end: &str| name.contains('.') && name.ends_with(end);
        let by_type = || TYPES.iter().find(|(end, _)| of_type(end));
        by_column.or_else(|| by_type().map(|(_, cmdlet)| *cmdlet))
    })
}

/// The cmdlet whose output a text shows as a table: names of columns, and a line of dashes below them.
fn table_of(text: &str) -> Option<&'static str> {
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
                .find(|(cmdlet, _)| line.contains(&name_of(cmdlet).to_ascii_lowercase()))
        })
    };
    by_columns.or_else(by_command).map(|(cmdlet, _)| *cmdlet)
}

labels! {
    format_table: "Format-Table output, which cuts values", "値が切り詰められる Format-Table の出力です" ["037380b8"];
    convert_to_xml: "ConvertTo-Xml output, which loses values", "値が失われる ConvertTo-Xml の出力です" ["75df4a95"];
    convert_to_html: "ConvertTo-Html output, which loses lists", "リストが失われる ConvertTo-Html の出力です" ["6ea357e8"];
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
    fn colours_are_taken_away() {
        let text = "\u{1B}[32;1mName : \u{1B}[0mA\n\u{1B}[32;1mEnabled : \u{1B}[0mTrue\n";
        assert_eq!(without_colours(text), "Name : A\nEnabled : True\n");
        assert_eq!(without_colours("a\u{1B}[9"), "a9");
        assert_eq!(without_colours("a [0m"), "a [0m");
    }

    #[test]
    fn pages_and_other_xml_are_named() {
        let page = "<!DOCTYPE html>\n<html><body><table>\n<tr><th>Enabled</th><th>SenderIPAddresses</th></tr></table></body></html>";
        let list = "<html><table><tr><td>Enabled:</td><td>True</td></tr><tr><td>SmartHosts:</td></tr></table></html>";
        let xml = "<?xml version=\"1.0\"?>\n<Objects>\n<Object Type=\"System.Management.Automation.PSCustomObject\">\n<Property Name=\"DomainType\" Type=\"System.String\">x</Property>";
        let bytes = "<Objects><Object Type=\"System.Security.Cryptography.X509Certificates.X509Certificate2\"><Property Name=\"RawData\"/></Object></Objects>";
        for (text, cmdlet) in [
            (page, "Get-InboundConnector"),
            (list, "Get-SendConnector"),
            (xml, "Get-AcceptedDomain"),
            (bytes, "Get-ExchangeCertificate"),
        ] {
            assert_eq!(unreadable(text).map(|found| found.cmdlet), Some(cmdlet));
        }
        for other in [
            "<html><body>SenderIPAddresses</body></html>",
            "<html><table><tr><th scope=\"col\">Thumbprint</th></tr></table></html>",
            "<Objs><Obj><S N=\"DomainType\">x</S></Obj></Objs>",
            "<?xml version=\"1.0\"?><configuration/>",
        ] {
            assert_eq!(unreadable(other), None, "{other}");
        }
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
