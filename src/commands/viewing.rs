//! How a report is shown: options, and what the terminal can show.
//!
//! In: the options of [`ViewArgs`] or [`HeadingArgs`], and a [`Config`]. Out: a [`View`].
//! Must not read logs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use chrono_tz::Tz;

use super::config::Config;
use crate::cli::{HeadingArgs, ViewArgs};
use crate::console;
use crate::language::{Language, labels, sentences};
use crate::render::view::{Extent, Link, View};

/// The view that the options ask for.
///
/// # Errors
/// If the time zone is not known.
pub(super) fn view(args: &ViewArgs, config: &Config) -> Result<View> {
    let extent = if args.full {
        Extent::Full
    } else {
        Extent::Short
    };
    Ok(View {
        extent,
        ..of_heading(&args.heading, config)?
    })
}

/// The same for what has one extent.
///
/// # Errors
/// If the time zone is not known.
pub(super) fn of_heading(args: &HeadingArgs, config: &Config) -> Result<View> {
    let on_terminal = config.output.is_none();
    let default = View::default();
    Ok(View {
        language: config.language,
        zone: zone(config.language, &args.time_zone)?,
        extent: default.extent,
        title: args.title.clone().filter(|title| !title.trim().is_empty()),
        width: console::width()
            .filter(|_| on_terminal)
            .unwrap_or(default.width),
        link: if on_terminal && console::shows_links(config.color) {
            link(config.paths.clone())
        } else {
            default.link
        },
    })
}

/// The time zone of a name. `local` is that of this computer.
fn zone(language: Language, name: &str) -> Result<Tz> {
    if name.eq_ignore_ascii_case("utc") {
        return Ok(Tz::UTC);
    }
    if name.eq_ignore_ascii_case("local") {
        let named = std::env::var("TZ").ok().filter(|name| !name.is_empty());
        let name = match named {
            Some(name) => name.trim_start_matches(':').to_owned(),
            None => iana_time_zone::get_timezone().with_context(|| nameless_zone(language))?,
        };
        return parsed(&name).with_context(|| unknown_zone(language, &name));
    }
    match parsed(name) {
        Some(zone) => Ok(zone),
        None => bail!(no_such_zone(language, name)),
    }
}

fn parsed(name: &str) -> Option<Tz> {
    let known = chrono_tz::TZ_VARIANTS.iter();
    known
        .copied()
        .find(|zone| zone.name().eq_ignore_ascii_case(name))
}

/// The addresses of the files that are found below the paths.
fn link(paths: Vec<PathBuf>) -> Link {
    Box::new(move |file: &str| {
        let beside = |path: &PathBuf| {
            if path.is_dir() {
                Some(path.join(file))
            } else {
                path.parent().map(|folder| folder.join(file))
            }
        };
        let found = paths
            .iter()
            .filter_map(beside)
            .find(|path| path.is_file())?;
        address(&std::path::absolute(found).ok()?)
    })
}

/// A `file:` address. Every byte that is not plainly a part of a path is escaped.
fn address(path: &Path) -> Option<String> {
    let path = path.to_str()?.replace('\\', "/");
    let mut address = String::from(if path.starts_with('/') {
        "file://"
    } else {
        "file:///"
    });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~:".contains(&byte) {
            address.push(char::from(byte));
        } else {
            write!(address, "%{byte:02X}").ok()?;
        }
    }
    Some(address)
}

labels! {
    nameless_zone: "--time-zone local: this computer does not name its time zone. Give a name such as Europe/Berlin", "--time-zone local: このコンピューターのタイム ゾーンの名前が分かりません。Asia/Tokyo のような名前を指定してください。" ["a8f356b8"];
}

sentences! {
    /// The computer is set to a time zone without rules.
    fn unknown_zone(name: &str) {
        en: "--time-zone local: the time zone of this computer is {name}, which has no rules here. Give a name such as Europe/Berlin",
        ja: "--time-zone local: このコンピューターのタイム ゾーン {name} には、ここでは規則がありません。Asia/Tokyo のような名前を指定してください。" ["0e4b88b1"],
    }
    /// A name that is no time zone.
    fn no_such_zone(name: &str) {
        en: "--time-zone {name}: there is no such time zone. Give utc, local, or a name such as Europe/Berlin or Asia/Tokyo",
        ja: "--time-zone {name}: このようなタイム ゾーンはありません。utc、local、または Asia/Tokyo や Europe/Berlin のような名前を指定してください。" ["f237a3e8"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_names() {
        assert_eq!(zone(Language::English, "UTC").ok(), Some(Tz::UTC));
        assert_eq!(
            zone(Language::English, "asia/tokyo").ok(),
            Some(Tz::Asia__Tokyo)
        );
        let error = zone(Language::English, "Mars/Olympus")
            .expect_err("no such zone")
            .to_string();
        assert!(error.contains("Mars/Olympus") && error.contains("Europe/Berlin"));
    }

    #[test]
    fn addresses_hold_no_character_that_acts() {
        let path = Path::new("/logs/EX 01/a\x1b]b%.LOG");
        let address = address(path).expect("an address");
        assert_eq!(address, "file:///logs/EX%2001/a%1B%5Db%25.LOG");
    }
}
