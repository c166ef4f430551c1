//! The manual: one page for the program, and one for each command.
//!
//! In: the definition of the command line, and the help of each command. Out: pages for `man`.
//! Must not repeat what the options say of themselves.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::help::commands::{HELP, Help};
use crate::language::{Language, labels};

/// Writes the page of the program.
///
/// # Errors
/// The error of the writer.
pub(super) fn program(
    language: Language,
    program: &Command,
    out: &mut dyn Write,
) -> io::Result<()> {
    let man = Man::new(program.clone());
    write_usual(language, &man, out)?;
    let mut page = Roff::new();
    section(&mut page, &commands(language));
    for help in HELP {
        page.control("TP", []);
        page.text([bold(format!("sendlens-{}(1)", help.command))]);
        page.text([roman(help.about.of(language))]);
    }
    page.to_writer(out)?;
    let mut page = Vec::new();
    man.render_version_section(&mut page)?;
    out.write_all(in_language(language, &page).as_bytes())
}

/// Writes the page of a command.
///
/// # Errors
/// The error of the writer.
pub(super) fn command(
    language: Language,
    command: &Command,
    help: &Help,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = format!("sendlens-{}", help.command);
    let man = Man::new(command.clone().display_name(&name)).title(&name);
    write_usual(language, &man, out)?;
    let mut page = Roff::new();
    if let Some(text) = help.notes {
        section(&mut page, &notes(language));
        for line in text.of(language).lines() {
            page.text([roman(line)]);
            page.control("br", []);
        }
    }
    section(&mut page, &exit_status(language));
    for exit in help.exits {
        page.control("TP", []);
        page.text([bold(exit.code.to_string())]);
        page.text([roman(exit.means.of(language))]);
    }
    section(&mut page, &examples(language));
    for example in help.examples {
        page.control("TP", []);
        page.text([bold(example.line)]);
        page.text([roman(example.does.of(language))]);
    }
    section(&mut page, &see_also(language));
    page.text([bold("sendlens(1)")]);
    page.to_writer(out)
}

/// The sections with which every page begins.
fn write_usual(language: Language, man: &Man, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    out.write_all(in_language(language, &page).as_bytes())
}

fn section(page: &mut Roff, heading: &str) {
    page.control("SH", [heading]);
}

/// A page with the words that `clap_mangen` knows only in English.
fn in_language(language: Language, page: &[u8]) -> String {
    let headings = [name, synopsis, description, options, version];
    let page = String::from_utf8_lossy(page).into_owned();
    let page = headings.iter().fold(page, |page, heading| {
        let line = |language| format!(".SH {}\n", heading(language));
        page.replace(&line(Language::English), &line(language))
    });
    [default, possible_values].iter().fold(page, |page, word| {
        page.replace(&word(Language::English), &word(language))
    })
}

labels! {
    name: "NAME", "名前" ["52ba8a26"];
    synopsis: "SYNOPSIS", "書式" ["105fb647"];
    description: "DESCRIPTION", "説明" ["41c75cc9"];
    options: "OPTIONS", "オプション" ["31542cc5"];
    version: "VERSION", "バージョン" ["d3bbb9b7"];
    commands: "COMMANDS", "コマンド" ["c9cae113"];
    notes: "NOTES", "補足" ["4de1b42a"];
    exit_status: "EXIT STATUS", "終了コード" ["11c59d29"];
    examples: "EXAMPLES", "例" ["7a86c316"];
    see_also: "SEE ALSO", "関連項目" ["b9d5b3af"];
    default: "[default: ", "[既定値: " ["bd7e6465"];
    possible_values: "Possible values:", "指定できる値:" ["d1d5531a"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help::{self, commands};

    #[test]
    fn the_japanese_pages_hold_no_english_words_of_the_generator() {
        let mut built = help::command(Language::Japanese);
        built.build();
        let mut page = Vec::new();
        program(Language::Japanese, &built, &mut page).expect("a page");
        let help = commands::of("diagnose").expect("the help");
        let diagnose = built.find_subcommand("diagnose").expect("the command");
        command(Language::Japanese, diagnose, help, &mut page).expect("a page");
        let page = String::from_utf8(page).expect("text");
        for heading in page.lines().filter_map(|line| line.strip_prefix(".SH ")) {
            assert!(!heading.is_ascii(), "{heading}");
        }
        for word in ["default: ", "Possible values", "Print"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
