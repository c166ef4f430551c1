//! Lays out a page of the Japanese help. What lays out the English one knows only English headings, and
//! breaks lines only at blanks.
//!
//! In: the command line, with Japanese texts. Out: the same, with a page for each command.
//! Must not word what is said of a command or an option.

use clap::builder::Resettable;
use clap::builder::styling::Style;
use clap::{Arg, Command};

use super::text::texts;
use super::{commands, options};
use crate::console;
use crate::language::Language;
use crate::render::plain::Lines;

texts! {
    usage: "Usage:", "使い方:" ["25d01376"];
    commands_heading: "Commands", "コマンド" ["971550f3"];
    arguments: "Arguments", "引数" ["a33c193f"];
    options_heading: "Options", "オプション" ["353e0d45"];
    possible_values: "Possible values:", "指定できる値:" ["d1d5531a"];
    one_of: "possible values", "指定できる値" ["a2c8a064"];
    variable: "env", "環境変数" ["788e8bb4"];
    default: "default", "既定値" ["933b5bde"];
}

/// The language of these pages.
const LANGUAGE: Language = Language::Japanese;

/// The width of the widest line, as of the English pages.
const WIDEST: usize = 100;

/// What stands before the description of an option.
const INDENT: &str = "          ";

/// Gives each command its page.
pub(super) fn with_pages(mut command: Command) -> Command {
    command.build();
    let command = with_built_in_texts(command);
    let mut command = command.mut_subcommands(|mut command| {
        let page = of(&mut command);
        command.override_help(page)
    });
    let page = of(&mut command);
    command.override_help(page)
}

/// The texts of what clap itself adds.
fn with_built_in_texts(command: Command) -> Command {
    let command = match command.get_name() {
        "help" => command.about(commands::help(LANGUAGE)),
        _ => command,
    };
    let command = command.mut_args(|arg| match arg.get_id().as_str() {
        id @ ("help" | "version" | "subcommand") => match options::of("", id) {
            Some(text) => arg.help(text.of(LANGUAGE)).long_help(Resettable::Reset),
            None => arg,
        },
        _ => arg,
    });
    command.mut_subcommands(with_built_in_texts)
}

/// The page of a command.
fn of(command: &mut Command) -> String {
    let usage_line = command.render_usage().to_string();
    let mut page = Page::new(command);
    let about = command.get_about().map(ToString::to_string);
    page.paragraph(&about.unwrap_or_default(), "");
    let style = page.heading;
    let line = usage_line.trim_start_matches("Usage: ");
    page.line(&format!("\n{style}{}{style:#} {line}", usage(LANGUAGE)));
    page.commands(command);
    page.arguments(command);
    if let Some(below) = command.get_after_help() {
        page.below(&below.to_string());
    }
    page.text
}

struct Page {
    lines: Lines,
    /// The style of headings.
    heading: Style,
    /// The style of what is typed.
    typed: Style,
    text: String,
}

impl Page {
    fn new(command: &Command) -> Page {
        let width = console::width().unwrap_or(WIDEST).min(WIDEST);
        let styles = command.get_styles();
        Page {
            lines: Lines::of(width),
            heading: *styles.get_header(),
            typed: *styles.get_literal(),
            text: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn paragraph(&mut self, text: &str, indent: &str) {
        self.line(&self.lines.paragraph(text, indent));
    }

    fn heading(&mut self, text: &str) {
        let style = self.heading;
        self.line(&format!("\n{style}{text}:{style:#}"));
    }

    /// The commands below a command.
    fn commands(&mut self, command: &Command) {
        let is_help = command.get_name() == "help";
        let shown = || command.get_subcommands().filter(|_| !is_help);
        let Some(longest) = shown().map(|command| command.get_name().len()).max() else {
            return;
        };
        self.heading(commands_heading(LANGUAGE));
        for command in shown() {
            let style = self.typed;
            let name = command.get_name();
            let first = format!(
                "  {style}{name}{style:#}{:1$}",
                "",
                longest + 2 - name.len()
            );
            let about = command.get_about().map(ToString::to_string);
            let rest = " ".repeat(longest + 4);
            let entry = self
                .lines
                .hanging(&about.unwrap_or_default(), &first, &rest);
            self.line(&entry);
        }
    }

    /// The arguments, the options, and those with a heading of their own.
    fn arguments(&mut self, command: &Command) {
        let (positional, mut others): (Vec<&Arg>, Vec<&Arg>) =
            command.get_arguments().partition(|arg| arg.is_positional());
        others.sort_by_key(|arg| (!arg.is_global_set(), is_built_in(arg)));
        self.section(arguments(LANGUAGE), &positional);
        let (headed, plain): (Vec<&Arg>, Vec<&Arg>) = others
            .into_iter()
            .partition(|arg| arg.get_help_heading().is_some());
        self.section(options_heading(LANGUAGE), &plain);
        if let Some(heading) = headed.first().and_then(|arg| arg.get_help_heading()) {
            self.section(heading, &headed);
        }
    }

    fn section(&mut self, heading: &str, args: &[&Arg]) {
        if args.is_empty() {
            return;
        }
        self.heading(heading);
        for (number, arg) in args.iter().enumerate() {
            if number > 0 {
                self.line("");
            }
            self.argument(arg);
        }
    }

    /// An argument or option with its description.
    fn argument(&mut self, arg: &Arg) {
        let style = self.typed;
        let short = match arg.get_short() {
            Some(short) => format!("-{short}, "),
            None if arg.is_positional() => String::new(),
            None => "    ".to_owned(),
        };
        self.line(&format!("  {style}{short}{arg}{style:#}"));
        let help = arg.get_help().map(ToString::to_string);
        self.paragraph(&help.unwrap_or_default(), INDENT);
        let mut notes = Vec::new();
        let values = arg.get_possible_values();
        if values.iter().any(|value| value.get_help().is_some()) {
            self.line(&format!("\n{INDENT}{}", possible_values(LANGUAGE)));
            for value in &values {
                let help = value.get_help().map(ToString::to_string);
                let entry = format!("- {}: {}", value.get_name(), help.unwrap_or_default());
                let rest = format!("{INDENT}  ");
                self.line(&self.lines.hanging(&entry, INDENT, &rest));
            }
        } else if !values.is_empty() {
            let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
            notes.push((one_of(LANGUAGE), names.join(", ")));
        }
        if let Some(name) = arg.get_env() {
            notes.push((variable(LANGUAGE), name.to_string_lossy().into_owned()));
        }
        if arg.get_action().takes_values() {
            let given = arg.get_default_values().iter();
            notes.extend(given.map(|value| (default(LANGUAGE), value.to_string_lossy().into())));
        }
        let separator = if notes.is_empty() { "" } else { "\n" };
        self.text.push_str(separator);
        for (name, value) in notes {
            self.line(&format!("{INDENT}[{name}: {value}]"));
        }
    }

    /// What stands below the options. Each line keeps its indent.
    fn below(&mut self, text: &str) {
        self.line("");
        for line in text.lines() {
            let words = line.trim_start();
            let indent = &line[..line.len() - words.len()];
            let rest = if words.starts_with("- ") { "  " } else { "" };
            let rest = format!("{indent}{rest}");
            self.line(&self.lines.hanging(words, indent, &rest));
        }
    }
}

/// Whether clap itself adds an option to every command.
fn is_built_in(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}
