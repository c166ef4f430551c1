//! `--redact`: nothing of the input passes, and the diagnosis stays.
//!
//! | file | what it holds the program to |
//! |---|---|
//! | `harmless` | which words of an input may stand in redacted output, and why |
//! | `leaks` | no other word of the sample cases and of generated weeks does, in any command and format |
//! | `planted` | nor does a name that was made for this test |
//! | `same` | the same codes, counts, times, order and relations as without |
//! | `map` | the list of replaced values |
//! | `words` | the words that the program lets pass are those of its own texts |

mod harmless;
mod leaks;
mod map;
mod planted;
mod same;
mod words;

use std::ffi::OsStr;
use std::path::Path;

use crate::program::{Call, Run};

/// Each command with its formats.
const COMMANDS: [(&[&str], &[&str]); 6] = [
    (
        &["diagnose"],
        &["text", "json", "ndjson", "csv", "markdown", "html"],
    ),
    (&["lint"], &["text", "json", "html"]),
    (&["sessions"], &["ndjson", "csv", "text"]),
    (&["certificates"], &["ndjson", "csv", "text"]),
    (
        &["messages", "--all", "--subjects"],
        &["ndjson", "csv", "text"],
    ),
    (&["preflight", "mail.contoso.com"], &["text", "json"]),
];

/// Runs a command in a format over a folder.
fn ask(command: &[&str], format: &str, more: &[&str], path: &Path) -> Run {
    // A certificate goes before the folder.
    let mut arguments: Vec<&OsStr> = command.iter().map(OsStr::new).collect();
    let options = ["--quiet", "--now", "2026-12-01", "-f", format];
    arguments.splice(1..1, options.iter().chain(more).map(OsStr::new));
    arguments.push(path.as_os_str());
    Call::new(arguments).run()
}
