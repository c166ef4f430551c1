//! Completions for shells, with the values of options and the codes of the catalogue.
//!
//! In: a language, and the codes. Out: a script.
//! Must not read any input. Invariant: names and descriptions are in single quotes, within which neither
//! PowerShell nor Elvish expands anything. The script of PowerShell is ASCII: Windows PowerShell reads the
//! output of a program in the code page of the console.
//!
//! The scripts of `clap_complete` for PowerShell and Elvish know no values, and the one for Fish knows none of
//! arguments without an option.

use std::io::{self, Write};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command};
use clap_complete::Shell;

use crate::help;
use crate::language::{Language, labels};

/// The name of the program in a command line.
const NAME: &str = "sendlens";

/// Writes the script of a shell. `codes` are the codes of the catalogue, with their names.
pub(super) fn write(
    language: Language,
    shell: Shell,
    codes: &[(&'static str, &'static str)],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut command = with_codes(language, codes);
    command.build();
    match shell {
        Shell::PowerShell => write_powershell(&places(&command), out),
        Shell::Elvish => write_elvish(&places(&command), out),
        _ => {
            clap_complete::generate(shell, &mut command, NAME, out);
            if shell == Shell::Fish {
                write_fish_values(&command, out)?;
            }
            Ok(())
        }
    }
}

/// The command line, in which the arguments that take a code list all codes.
fn with_codes(language: Language, codes: &[(&'static str, &'static str)]) -> Command {
    let value = |(code, name): &(&'static str, &'static str)| PossibleValue::new(*code).help(*name);
    let values: Vec<PossibleValue> = codes.iter().map(value).collect();
    let listed = |arg: Arg| arg.value_parser(PossibleValuesParser::new(values.clone()));
    help::command(language).mut_subcommands(|subcommand| match subcommand.get_name() {
        "explain" => subcommand.mut_arg("question", |arg| listed(arg).help(a_code(language))),
        "diagnose" | "lint" => subcommand
            .mut_arg("select", listed)
            .mut_arg("ignore", listed),
        _ => subcommand,
    })
}

/// Something to complete, with its description.
struct Choice {
    text: String,
    about: String,
}

/// A place in a command line, and what can stand there.
struct Place {
    /// The command; empty before one.
    command: String,
    /// The option before the place; empty elsewhere.
    option: String,
    /// The commands or values.
    values: Vec<Choice>,
    /// The options.
    options: Vec<Choice>,
}

/// All places of the command line. An option whose value can be anything has a place without choices.
fn places(command: &Command) -> Vec<Place> {
    let mut places = vec![Place {
        command: String::new(),
        option: String::new(),
        values: command.get_subcommands().map(named).collect(),
        options: options(command),
    }];
    for subcommand in command.get_subcommands() {
        let name = subcommand.get_name().to_owned();
        let mut values: Vec<Choice> = subcommand.get_positionals().flat_map(values).collect();
        if name == "help" {
            let others = command.get_subcommands();
            values.extend(others.filter(|other| other.get_name() != "help").map(named));
        }
        places.push(Place {
            command: name.clone(),
            option: String::new(),
            values,
            options: options(subcommand),
        });
        let taking = subcommand.get_opts();
        places.extend(taking.flat_map(|option| {
            spellings(option).into_iter().map(|spelling| Place {
                command: name.clone(),
                option: spelling,
                values: values_of(option),
                options: Vec::new(),
            })
        }));
    }
    places
}

fn named(command: &Command) -> Choice {
    Choice {
        text: command.get_name().to_owned(),
        about: command.get_about().map(plain).unwrap_or_default(),
    }
}

fn values(arg: &Arg) -> impl Iterator<Item = Choice> {
    values_of(arg).into_iter()
}

/// The values of an argument, if only some are possible.
fn values_of(arg: &Arg) -> Vec<Choice> {
    let shown = arg.get_possible_values().into_iter();
    let shown = shown.filter(|value| !value.is_hide_set());
    shown
        .map(|value| Choice {
            text: value.get_name().to_owned(),
            about: value.get_help().map(plain).unwrap_or_default(),
        })
        .collect()
}

/// The options and flags of a command, in every spelling.
fn options(command: &Command) -> Vec<Choice> {
    let args = command.get_arguments().filter(|arg| !arg.is_positional());
    let choices = args.flat_map(|arg| {
        let about = arg.get_help().map(plain).unwrap_or_default();
        spellings(arg).into_iter().map(move |text| Choice {
            text,
            about: about.clone(),
        })
    });
    choices.collect()
}

/// `-f` and `--format`.
fn spellings(arg: &Arg) -> Vec<String> {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    short.into_iter().chain(long).collect()
}

fn plain(text: &clap::builder::StyledStr) -> String {
    text.to_string().replace('\n', " ")
}

impl Place {
    /// How a script calls the place.
    fn key(&self) -> String {
        format!("{} {}", self.command, self.option)
    }
}

/// A text in single quotes, which PowerShell and Elvish double inside. PowerShell regards typographic quotes
/// too.
fn quoted(text: &str) -> String {
    let text = text.replace(['\u{2018}', '\u{2019}', '\u{201A}', '\u{201B}'], "'");
    format!("'{}'", text.replace('\'', "''"))
}

/// A description, which may not be empty in PowerShell.
fn described(choice: &Choice) -> String {
    let about = match choice.about.as_str() {
        "" => &choice.text,
        about => about,
    };
    if about.is_ascii() {
        return quoted(about);
    }
    format!("[regex]::Unescape({})", quoted(&escaped(about)))
}

/// A text in which every sign is ASCII, as .NET escapes it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for unit in text.replace('\\', r"\\").encode_utf16() {
        match u8::try_from(unit) {
            Ok(sign) if sign.is_ascii() => escaped.push(char::from(sign)),
            _ => escaped.push_str(&format!("\\u{unit:04X}")),
        }
    }
    escaped
}

/// What finds the choices in PowerShell. A word that is completed ends at the cursor, those before it earlier.
/// Where nothing is returned, PowerShell completes paths.
const POWERSHELL: &str = r"
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    $command = ''
    if ($words.Count -gt 1) { $command = $words[1] }
    $key = $command + ' '
    $start = ''
    $begun = $wordToComplete
    if ($wordToComplete -match '^(--[a-z-]+=)(.*)$') {
        $start = $Matches[1]
        $begun = $Matches[2]
        $key += $start.TrimEnd('=')
    } elseif ($words.Count -gt 2 -and $places.ContainsKey($key + $words[-1])) {
        $key += $words[-1]
    }
    if (-not $places.ContainsKey($key)) { return }
    foreach ($choice in $places[$key]) {
        # Options are offered where one was begun, so that paths can be completed.
        $isOption = $choice[0].StartsWith('-')
        if ($isOption -ne $begun.StartsWith('-')) { continue }
        if (-not $choice[0].StartsWith($begun, [System.StringComparison]::OrdinalIgnoreCase)) { continue }
        $kind = [System.Management.Automation.CompletionResultType]::ParameterValue
        if ($isOption) { $kind = [System.Management.Automation.CompletionResultType]::ParameterName }
        [System.Management.Automation.CompletionResult]::new($start + $choice[0], $choice[0], $kind, $choice[1])
    }
}
";

fn write_powershell(places: &[Place], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "Register-ArgumentCompleter -Native -CommandName '{NAME}' -ScriptBlock {{"
    )?;
    writeln!(
        out,
        "    param($wordToComplete, $commandAst, $cursorPosition)"
    )?;
    writeln!(
        out,
        "\n    # What can stand behind a command, or behind one of its options."
    )?;
    writeln!(out, "    $places = @{{")?;
    for place in places {
        writeln!(out, "        {} = @(", quoted(&place.key()))?;
        for choice in place.values.iter().chain(&place.options) {
            let (text, about) = (quoted(&choice.text), described(choice));
            writeln!(out, "            , @({text}, {about})")?;
        }
        writeln!(out, "        )")?;
    }
    write!(out, "    }}\n{POWERSHELL}")
}

/// What finds the choices in Elvish, where the last word is the one that is completed.
const ELVISH: &str = r"
    var command = ''
    if (> (count $words) 2) {
        set command = $words[1]
    }
    var key = $command' '
    if (and (> (count $words) 3) (has-key $places $key$words[-2])) {
        set key = $key$words[-2]
    }
    if (has-key $places $key) {
        $places[$key]
    }
}
";

fn write_elvish(places: &[Place], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "use builtin\nuse str\n")?;
    writeln!(
        out,
        "set edit:completion:arg-completer[{NAME}] = {{|@words|"
    )?;
    writeln!(
        out,
        "    fn spaces {{|n|\n        builtin:repeat $n ' ' | str:join ''\n    }}"
    )?;
    writeln!(
        out,
        "    fn cand {{|text desc|\n        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc\n    }}"
    )?;
    writeln!(
        out,
        "    # What can stand behind a command, or behind one of its options."
    )?;
    writeln!(out, "    var places = [")?;
    for place in places {
        writeln!(out, "        &{}= {{", quoted(&place.key()))?;
        for choice in place.values.iter().chain(&place.options) {
            let (text, about) = (quoted(&choice.text), quoted(&choice.about));
            writeln!(out, "            cand {text} {about}")?;
        }
        writeln!(out, "        }}")?;
    }
    write!(out, "    ]\n{ELVISH}")
}

/// Adds the values of arguments without an option.
fn write_fish_values(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    for subcommand in command.get_subcommands() {
        for choice in subcommand.get_positionals().flat_map(values) {
            let about = choice.about.replace('\'', "\\'");
            let about = if about.is_empty() {
                String::new()
            } else {
                format!(" -d '{about}'")
            };
            writeln!(
                out,
                "complete -c {NAME} -n \"__fish_{NAME}_using_subcommand {}\" -f -a \"{}\"{about}",
                subcommand.get_name(),
                choice.text
            )?;
        }
    }
    Ok(())
}

labels! {
    a_code: "A code, such as CRT004", "CRT004 のようなコード" ["e4e4425b"];
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn the_script_of_powershell_is_ascii_in_every_language() {
        for language in Language::value_variants() {
            let mut script = Vec::new();
            write(*language, Shell::PowerShell, &[], &mut script).expect("a script");
            assert!(script.is_ascii());
        }
        assert_eq!(escaped(r"a\日😀"), r"a\\\u65E5\uD83D\uDE00");
    }
}
