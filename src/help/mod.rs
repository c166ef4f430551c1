//! What the help and the manual say, in the language of the reader.
//!
//! In: a language. Out: [`command`], the command line with its help, and the parts that the manual shows.
//! Must not list commands and options: [`crate::cli`] does.
//!
//! | module | what it does |
//! |---|---|
//! | [`commands`] | says of each command what it does, with notes, examples and exit codes |
//! | `options`, `values` | say what each option does, and each of its values |
//! | `page` | lays out the Japanese help |
//! | [`text`] | holds a text in both languages |

pub mod commands;
mod options;
mod page;
pub mod text;
mod values;

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command, CommandFactory as _, ValueEnum as _};

use self::commands::Help;
use self::text::texts;
use crate::cli::{Cli, LANGUAGE_VARIABLE, RARE};
use crate::language::Language;

texts! {
    rare_options: "Rare options", "あまり使わないオプション" ["041ee2b3"];
    examples: "Examples:", "例:" ["1ddc7164"];
    exit_codes: "Exit codes:", "終了コード:" ["0a983ba7"];
}

/// The language that the arguments or the environment ask for, before anything is parsed. If there is no
/// such language it is English, and what parses the arguments says what is wrong.
pub fn language(arguments: impl Iterator<Item = OsString>) -> Language {
    let asked = typed(arguments).or_else(|| std::env::var_os(LANGUAGE_VARIABLE));
    let asked = asked.as_deref().and_then(OsStr::to_str);
    let known = asked.and_then(|name| Language::from_str(name, false).ok());
    known.unwrap_or_default()
}

/// The value of `--lang`.
fn typed(arguments: impl Iterator<Item = OsString>) -> Option<OsString> {
    let mut arguments = arguments.take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            return arguments.next();
        }
        let value = argument.to_str().and_then(|it| it.strip_prefix("--lang="));
        if let Some(value) = value {
            return Some(value.into());
        }
    }
    None
}

/// The command line with its help.
pub fn command(language: Language) -> Command {
    let command = Cli::command()
        .about(commands::program(language))
        .mut_args(|arg| described("", arg, language))
        .mut_subcommands(|command| {
            let name = command.get_name().to_owned();
            let command = command.mut_args(|arg| described(&name, arg, language));
            match commands::of(&name) {
                Some(help) => command
                    .about(help.about.of(language))
                    .after_help(below(help, language)),
                None => command,
            }
        });
    match language {
        Language::English => command,
        Language::Japanese => page::with_pages(command),
    }
}

/// An option or argument with its texts.
fn described(command: &str, mut arg: Arg, language: Language) -> Arg {
    let id = arg.get_id().to_string();
    if let Some(text) = options::of(command, &id) {
        arg = arg.help(text.of(language));
    }
    if let Some(parser) = values::parser(command, &id, language) {
        arg = arg.value_parser(parser);
    }
    match arg.get_help_heading() {
        Some(RARE) => arg.help_heading(rare_options(language)),
        _ => arg,
    }
}

/// What stands below the options.
fn below(help: &Help, language: Language) -> String {
    let mut text = String::new();
    if let Some(notes) = help.notes {
        text.push_str(notes.of(language));
        text.push_str("\n\n");
    }
    text.push_str(examples(language));
    for example in help.examples {
        let does = example.does.of(language);
        text.push_str(&format!("\n  {}\n      {does}", example.line));
    }
    text.push_str(&format!("\n\n{}", exit_codes(language)));
    for exit in help.exits {
        let means = exit.means.of(language);
        text.push_str(&format!("\n  {}  {means}", exit.code));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::commands::HELP;
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
        for language in Language::value_variants() {
            let command = command(*language);
            for help in HELP {
                assert!(!help.examples.is_empty() && !help.exits.is_empty());
                for example in help.examples {
                    let parsed = command.clone().try_get_matches_from(words(example.line));
                    let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", example.line));
                    assert_eq!(parsed.subcommand_name(), Some(help.command));
                }
            }
        }
    }

    fn is_japanese(text: &str) -> bool {
        text.contains(|sign| matches!(sign, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}'))
    }

    /// All texts of a command and those below it, each with its place.
    fn texts(command: &Command, place: &str, found: &mut Vec<(String, String)>) {
        let place = format!("{place} {}", command.get_name());
        let shown = |text: Option<&clap::builder::StyledStr>| text.map(ToString::to_string);
        let about = shown(command.get_about()).unwrap_or_default();
        found.push((place.clone(), about));
        for arg in command.get_arguments() {
            let place = format!("{place} {}", arg.get_id());
            assert!(arg.get_long_help().is_none() || arg.get_id() == "help");
            found.push((place.clone(), shown(arg.get_help()).unwrap_or_default()));
            // Languages and shells have their own names everywhere.
            if matches!(arg.get_id().as_str(), "lang" | "shell") {
                continue;
            }
            for value in arg.get_possible_values() {
                let place = format!("{place} {}", value.get_name());
                found.push((place, shown(value.get_help()).unwrap_or_default()));
            }
        }
        for below in command.get_subcommands() {
            texts(below, &place, found);
        }
    }

    #[test]
    fn everything_is_described_in_both_languages() {
        let all = |language| {
            let mut command = command(language);
            command.build();
            let mut found = Vec::new();
            texts(&command, "", &mut found);
            found
        };
        let (english, japanese) = (all(Language::English), all(Language::Japanese));
        assert!(english.len() > 200 && english.len() == japanese.len());
        for ((place, english), (same, japanese)) in english.iter().zip(&japanese) {
            assert_eq!(place, same);
            assert!(!english.is_empty() && !is_japanese(english), "{place}");
            assert!(is_japanese(japanese), "{place}: {japanese}");
        }
    }

    /// Every option of the command line has an entry of its own: what stands beside its field is not for
    /// people.
    #[test]
    fn no_text_of_the_help_is_one_of_the_definition() {
        let defined = Cli::command();
        let commands = defined.get_subcommands();
        for (name, arg) in commands.flat_map(|command| {
            let name = command.get_name();
            command.get_arguments().map(move |arg| (name, arg))
        }) {
            let id = arg.get_id().as_str();
            assert!(options::of(name, id).is_some(), "{name} {id}");
        }
        assert!(options::of("", "lang").is_some());
        assert_eq!(
            commands::program(Language::English),
            env!("CARGO_PKG_DESCRIPTION")
        );
    }

    #[test]
    fn the_japanese_help_holds_no_english_words_of_clap() {
        let mut command = command(Language::Japanese);
        let mut pages = vec![command.render_long_help().to_string()];
        for below in command.get_subcommands_mut() {
            pages.push(below.render_help().to_string());
        }
        for page in pages {
            assert!(page.contains("使い方: sendlens"), "{page}");
            for word in ["Usage", "Options", "Print", "default:", "ossible values"] {
                assert!(!page.contains(word), "{word} in {page}");
            }
        }
    }

    #[test]
    fn the_language_is_known_before_anything_is_parsed() {
        let asked = |line: &str| {
            let typed = typed(line.split(' ').map(OsString::from));
            typed.and_then(|value| value.into_string().ok())
        };
        for (line, value) in [
            ("sendlens --help --lang ja", Some("ja")),
            ("sendlens diagnose --lang=ja -h", Some("ja")),
            ("sendlens diagnose --lang", None),
            ("sendlens diagnose --language ja", None),
            ("sendlens diagnose -- --lang ja", None),
        ] {
            assert_eq!(asked(line).as_deref(), value, "{line}");
        }
    }
}
