//! What the help and the manual say of each command beside its options: notes, examples, exit codes.
//!
//! In: nothing. Out: [`command`], the command line with its help, and the parts that the manual shows.
//! Must not list options: [`crate::cli`] does.

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;

/// What a command is called with, and what that does.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The command line.
    pub line: &'static str,
    /// What it does.
    pub does: &'static str,
}

/// What is said of a command.
#[derive(Debug, Clone, Copy)]
pub struct Help {
    /// The command.
    pub command: &'static str,
    /// What to know before using it. It may be empty.
    pub notes: &'static str,
    /// How it is called.
    pub examples: &'static [Example],
    /// Its exit codes.
    pub exits: &'static [(u8, &'static str)],
}

/// The exit codes of commands that report something.
const REPORT: &[(u8, &str)] = &[
    (0, "nothing at or above --fail-on was found"),
    (1, "something was found"),
    (
        2,
        "an option is wrong, or some input could not be read to its end",
    ),
    (3, "the input holds nothing that can be used"),
];

/// The exit codes of commands that list something.
const LIST: &[(u8, &str)] = &[
    (0, "the list is written"),
    (
        2,
        "an option is wrong, or some input could not be read to its end",
    ),
    (3, "the input holds nothing that can be used"),
];

/// The exit codes of commands without input.
const PRINT: &[(u8, &str)] = &[(0, "it is printed"), (2, "an option or a name is wrong")];

const fn example(line: &'static str, does: &'static str) -> Example {
    Example { line, does }
}

/// The help of all commands.
pub const HELP: &[Help] = &[
    Help {
        command: "diagnose",
        notes: "",
        examples: &[
            example(
                r"sendlens diagnose C:\Temp\case",
                "finds the cause in a folder with logs and exports, and shows it on one screen",
            ),
            example(
                "sendlens diagnose case -o report.html",
                "writes a page with the certificates of each server over time",
            ),
            example(
                "sendlens diagnose case --since 3d --connector 'Outbound*' --full",
                "shows everything about the last three days of some send connectors",
            ),
            example(
                "sendlens diagnose logs --tenant contoso=exports/contoso --tenant fabrikam=exports/fabrikam",
                "compares with the connectors of two tenants",
            ),
            example(
                "sendlens diagnose case -f ndjson --fail-on warning",
                "writes data for a script, and ends with exit code 1 if a warning is found",
            ),
        ],
        exits: REPORT,
    },
    Help {
        command: "sessions",
        notes: "",
        examples: &[
            example(
                "sendlens sessions logs -o sessions.csv",
                "writes one row for each SMTP session",
            ),
            example(
                "sendlens sessions logs --since 12h -f text",
                "shows the sessions of the last twelve hours",
            ),
        ],
        exits: LIST,
    },
    Help {
        command: "certificates",
        notes: "",
        examples: &[
            example(
                "sendlens certificates case -f text",
                "shows which certificate each server offered, and whether a connector expects it",
            ),
            example(
                "sendlens certificates case -o certificates.csv",
                "writes the same as a table",
            ),
        ],
        exits: LIST,
    },
    Help {
        command: "messages",
        notes: "\
delivered means that Exchange Online, or another host outside, took the message over. It does not mean
that the message is in a mailbox, or that somebody has read it. What the input does not show is unknown,
with a reason.
--message-id, --sender and --recipient look at all messages, also at those that were never rejected.",
        examples: &[
            example(
                "sendlens messages case --fate bounced,lost -o people.csv",
                "writes the list of the people to tell",
            ),
            example(
                "sendlens messages case --sender '*@contoso.com' -f text",
                "shows what became of the mail of some senders",
            ),
        ],
        exits: LIST,
    },
    Help {
        command: "lint",
        notes: "",
        examples: &[
            example(
                "sendlens lint exports",
                "checks the exported configuration, for example every night",
            ),
            example(
                "sendlens lint exports --ignore CRT102 -f json",
                "leaves one check out, and writes data",
            ),
        ],
        exits: REPORT,
    },
    Help {
        command: "preflight",
        notes: "\
The exit code is 0 only if all of this is certain:
- Exactly one of the given tenants expects the certificate.
- Mail of any sender gets through, or what is not documented about this stays as it is today.
- No other tenant expects the certificate that is replaced.
- The certificate is valid.
The exit code is also 0 if all tenants identify your servers by address. Nothing changes then.",
        examples: &[
            example(
                "sendlens preflight new.cer case",
                "checks a new certificate against exports and logs",
            ),
            example(
                "sendlens preflight mail.contoso.com exports",
                "checks a name before you order a certificate",
            ),
        ],
        exits: &[
            (0, "mail will be accepted with the certificate"),
            (1, "something must be changed first, or is not certain"),
            (2, "an option is wrong, or some input could not be read to its end"),
            (3, "no export of inbound connectors was given"),
        ],
    },
    Help {
        command: "rules",
        notes: "",
        examples: &[
            example("sendlens rules", "lists all causes and checks"),
            example("sendlens rules --schema", "prints the JSON Schemas of all outputs"),
        ],
        exits: PRINT,
    },
    Help {
        command: "explain",
        notes: "",
        examples: &[
            example("sendlens explain CRT004", "prints the full text of a cause"),
            example(
                "sendlens explain '550 5.7.64 TenantAttribution'",
                "lists what is about a reply",
            ),
        ],
        exits: PRINT,
    },
    Help {
        command: "collect",
        notes: r"
The script exports from what its PowerShell window is connected to: Exchange Online, or your servers
in the Exchange Management Shell. It changes nothing there. Run it in both, with the same folder:

  sendlens collect -o collect.ps1
  Connect-ExchangeOnline
  .\collect.ps1 -OutputFolder C:\Temp\case
  (in the Exchange Management Shell)
  .\collect.ps1 -OutputFolder C:\Temp\case -CopyLogs -Days 14
  sendlens diagnose C:\Temp\case

Get-Help .\collect.ps1 -Full describes all parameters. If Windows does not allow scripts, run
Set-ExecutionPolicy -Scope Process RemoteSigned first. It applies only to the current window.",
        examples: &[example(
            "sendlens collect -o collect.ps1",
            "writes the script to a file",
        )],
        exits: &[(0, "the script is written"), (2, "it cannot be written")],
    },
    Help {
        command: "completions",
        notes: "",
        examples: &[
            example(
                "sendlens completions powershell",
                "prints the script that a PowerShell profile runs",
            ),
            example("sendlens completions bash", "prints the script for Bash"),
        ],
        exits: PRINT,
    },
    Help {
        command: "man",
        notes: "",
        examples: &[
            example("sendlens man diagnose", "prints the page of a command"),
            example("sendlens man -o man1", "writes all pages into a folder"),
        ],
        exits: PRINT,
    },
];

/// The help of a command.
pub fn of(command: &str) -> Option<&'static Help> {
    HELP.iter().find(|help| help.command == command)
}

/// The command line with the help of each command.
pub fn command() -> Command {
    HELP.iter().fold(Cli::command(), |command, help| {
        command.mut_subcommand(help.command, |command| command.after_help(help.text()))
    })
}

impl Help {
    /// What stands below the options.
    fn text(&self) -> String {
        let mut text = String::new();
        if !self.notes.is_empty() {
            text.push_str(self.notes.trim_start_matches('\n'));
            text.push_str("\n\n");
        }
        text.push_str("Examples:");
        for example in self.examples {
            text.push_str(&format!("\n  {}\n      {}", example.line, example.does));
        }
        text.push_str("\n\nExit codes:");
        for (code, means) in self.exits {
            text.push_str(&format!("\n  {code}  {means}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An example as a shell takes it apart. Examples hold single quotes only.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for sign in line.chars() {
            match sign {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                other => words.last_mut().expect("a word").push(other),
            }
        }
        words
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed() {
        let commands: Vec<String> = Cli::command()
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect();
        let described: Vec<&str> = HELP.iter().map(|help| help.command).collect();
        assert_eq!(commands, described);
        for help in HELP {
            assert!(!help.examples.is_empty() && !help.exits.is_empty());
            for example in help.examples {
                let parsed = command().try_get_matches_from(words(example.line));
                let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", example.line));
                assert_eq!(parsed.subcommand_name(), Some(help.command));
            }
        }
    }
}
