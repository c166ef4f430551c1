//! Names: of streams (one server and role, in practice one folder) and the order of rolled files.
//!
//! In: the PATH as typed and the folder below it, as components. Out: names and sort keys.
//! Must not touch the file system. Invariant: a server is named only where the path shows one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::timestamp::Timestamp;

pub use super::prefix::components;
use super::prefix::is_share;

/// What a path says of the stream that its files belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamName {
    /// `SERVER/Role`, `Role`, or the folder relative to the PATH (`.` for the PATH itself).
    pub name: String,
    /// The server, where the path shows one.
    pub server: Option<String>,
}

/// A server's name that an option or the machine gives, for logs whose path does not show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenServer {
    /// The name.
    pub name: String,
    /// Whether an option gives it. The machine's own name is only given to folders of Exchange.
    pub is_typed: bool,
}

const ROLES: [&str; 4] = ["Hub", "FrontEnd", "Edge", "Mailbox"];

/// Folders that Exchange's setup makes and that are never a server.
const INSTALLATION: [&str; 5] = [
    "Exchange Server",
    "Microsoft",
    "Program Files",
    "Program Files (x86)",
    "TransportRoles",
];

/// Names the stream of the folder `relative` below the PATH `typed` (given as text).
pub fn name(typed: &str, relative: &[String]) -> StreamName {
    let root = components(typed);
    let all: Vec<&str> = root.iter().chain(relative).map(String::as_str).collect();
    if let Some((role_at, role)) = role(&all) {
        let server = server(typed, &all, role_at, root.len());
        let name = match &server {
            Some(server) => format!("{server}/{role}"),
            None => role,
        };
        return StreamName { name, server };
    }
    let name = if relative.is_empty() {
        ".".to_owned()
    } else {
        relative.join("/")
    };
    let server = server_of_folder(&name);
    StreamName { name, server }
}

/// The same, with a server for a path that does not show one.
pub fn name_with(typed: &str, relative: &[String], given: Option<&GivenServer>) -> StreamName {
    let known = name(typed, relative);
    let Some(given) = given else {
        return known;
    };
    let root = components(typed);
    let all: Vec<&str> = root.iter().chain(relative).map(String::as_str).collect();
    let shows_role = role(&all).is_some();
    let name = match known.name.as_str() {
        _ if shows_role && known.server.is_some() => return known,
        name if shows_role => format!("{}/{name}", given.name),
        "." if given.is_typed => given.name.clone(),
        // An older Exchange has no role in its path.
        name if relative.iter().all(|part| is_installed(part)) && name != "." => {
            format!("{}/{name}", given.name)
        }
        name if given.is_typed && known.server.is_none() => format!("{}/{name}", given.name),
        _ => return known,
    };
    StreamName {
        name,
        server: Some(given.name.clone()),
    }
}

/// Whether a folder is one that Exchange makes.
fn is_installed(part: &str) -> bool {
    const LOGS: [&str; 3] = ["Logs", "ProtocolLog", "SmtpSend"];
    let is = |name: &&str| name.eq_ignore_ascii_case(part);
    LOGS.iter().any(is) || !is_server(part)
}

/// Folders of tracking logs, as Exchange and Microsoft's collectors name them.
const TRACKING: [&str; 2] = ["MessageTracking", "Message_Tracking_Logs"];

/// A folder of collected logs that has folders for kinds of logs, and these have folders for servers.
const COLLECTED: &str = "TransportLog";

/// The server of the tracking logs in the folder `relative` below the PATH `typed`, where the path
/// shows one. Their folder belongs to no role.
pub fn tracking_server(typed: &str, relative: &[String]) -> Option<String> {
    let root = components(typed);
    let all: Vec<&str> = root.iter().chain(relative).map(String::as_str).collect();
    let is_tracking = |part: &&str| TRACKING.iter().any(|name| name.eq_ignore_ascii_case(part));
    let Some(at) = all.iter().rposition(is_tracking) else {
        return name(typed, relative).server;
    };
    let is_collected = at > 0 && all[at - 1].eq_ignore_ascii_case(COLLECTED);
    match all.get(at + 1) {
        Some(below) if is_collected && is_server(below) => Some((*below).to_owned()),
        _ => server(typed, &all, at, root.len()),
    }
}

/// Finds `…/Role/ProtocolLog/SmtpSend[/more]`: the role's index and its name with what follows.
fn role(all: &[&str]) -> Option<(usize, String)> {
    let at = all.windows(2).rposition(|pair| {
        pair[0].eq_ignore_ascii_case("ProtocolLog") && pair[1].eq_ignore_ascii_case("SmtpSend")
    })?;
    let role_at = at.checked_sub(1)?;
    let role = ROLES
        .iter()
        .find(|role| role.eq_ignore_ascii_case(all[role_at]))?;
    let mut name = (*role).to_owned();
    for more in &all[at + 2..] {
        name.push('/');
        name.push_str(more);
    }
    Some((role_at, name))
}

fn server(typed: &str, all: &[&str], role_at: usize, root_len: usize) -> Option<String> {
    if is_share(typed) {
        return all.first().map(|server| (*server).to_owned());
    }
    let above = |at: usize, name: &str| -> usize {
        if at > 0 && all[at - 1].eq_ignore_ascii_case(name) {
            at - 1
        } else {
            at
        }
    };
    let base = above(above(role_at, "Logs"), "TransportRoles");
    let candidate = all.get(base.checked_sub(1)?)?;
    if is_server(candidate) {
        return Some((*candidate).to_owned());
    }
    // Above the installation, only what the PATH's own content shows can be a server: on the
    // server itself everything up to the drive is the installation.
    all[..base]
        .iter()
        .enumerate()
        .rev()
        .take_while(|(at, _)| *at >= root_len)
        .find(|(_, part)| is_server(part))
        .map(|(_, part)| (*part).to_owned())
}

fn is_server(part: &str) -> bool {
    let version = part.len() <= 3
        && part.starts_with(['v', 'V'])
        && part[1..].bytes().all(|byte| byte.is_ascii_digit());
    let drive = part.ends_with(['$', ':']) || part.len() == 1;
    !version
        && !drive
        && part != ".."
        && !INSTALLATION
            .iter()
            .any(|name| name.eq_ignore_ascii_case(part))
}

/// `EX01/Hub` is the server `EX01`; `Hub` alone names none; any other folder counts as one.
pub fn server_of_folder(name: &str) -> Option<String> {
    let is_role = |part: &str| ROLES.iter().any(|role| role.eq_ignore_ascii_case(part));
    let server: Vec<&str> = name.split('/').take_while(|part| !is_role(part)).collect();
    let server = server.join("/");
    (!server.is_empty() && server != ".").then_some(server)
}

/// Sorts rolled files by date, hour and number (`n` is not padded), other files in natural order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileOrder {
    parts: Vec<(u64, String)>,
    name: String,
}

static ROLLED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i-u)^[a-z]+(\d{8})(\d{2})?-(\d{1,9})\.log$").ok());

impl FileOrder {
    /// The sort key of a file name.
    pub fn of(name: &str) -> FileOrder {
        let rolled = ROLLED.as_ref().and_then(|pattern| pattern.captures(name));
        let parts = match rolled {
            Some(found) => (1..=3)
                .map(|group| found.get(group).map_or("0", |text| text.as_str()))
                .map(|text| (text.parse().unwrap_or(0), String::new()))
                .collect(),
            None => natural(name),
        };
        FileOrder {
            parts,
            name: name.to_owned(),
        }
    }
}

/// Rolled files that must have been there: numbers that are left out between others of one day or
/// hour, or before the first one of any day or hour but the earliest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFiles {
    /// What the names have in common, such as `SEND2026110302-`.
    pub prefix: String,
    /// The first number that is missing.
    pub first: u64,
    /// The last one of this run of numbers.
    pub last: u64,
}

impl MissingFiles {
    /// The day or hour of which files are missing; `None` if the names do not show it.
    pub fn period(&self) -> Option<(Timestamp, Timestamp)> {
        let digits: String = self.prefix.chars().filter(char::is_ascii_digit).collect();
        let part = |range: std::ops::Range<usize>| digits.get(range);
        let (hour, length) = match digits.len() {
            8 => ("00", 24),
            10 => (part(8..10)?, 1),
            _ => return None,
        };
        let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
        let text = format!("{year}-{month}-{day}T{hour}:00:00.000Z");
        let start = Timestamp::parse(text.as_bytes())?;
        let end = Timestamp::from_millis(start.millis() + length * 3_600_000);
        Some((start, end))
    }
}

/// The name of a file without the ending of a compressed one.
pub fn without_packing(name: &str) -> &str {
    let ending = name.rsplit_once('.').filter(|(stem, ending)| {
        let packed = ["gz", "zst", "zstd"];
        !stem.is_empty()
            && packed
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
    });
    ending.map_or(name, |(stem, _)| stem)
}

/// What is missing among the files of one stream, in any order. Numbers begin with 1 in each day
/// or hour; what retention deletes, it deletes from the earliest on.
pub fn missing_files<'a>(names: impl Iterator<Item = &'a str>) -> Vec<MissingFiles> {
    let mut numbers: BTreeMap<(u64, u64), (String, BTreeSet<u64>)> = BTreeMap::new();
    for name in names {
        let name = name.rsplit(['/', '!']).next().unwrap_or(name);
        let name = without_packing(name);
        let Some(found) = ROLLED.as_ref().and_then(|pattern| pattern.captures(name)) else {
            continue;
        };
        let number = |group: usize| -> u64 {
            let text = found.get(group).map_or("0", |text| text.as_str());
            text.parse().unwrap_or(0)
        };
        let prefix = name.rsplit_once('-').map_or(name, |(prefix, _)| prefix);
        let day = numbers.entry((number(1), number(2)));
        let (_, known) = day.or_insert_with(|| (format!("{prefix}-"), BTreeSet::new()));
        known.insert(number(3));
    }
    let mut missing = Vec::new();
    for (index, (prefix, known)) in numbers.into_values().enumerate() {
        let begin = known.first().copied().unwrap_or(0);
        let mut next = if index == 0 { begin } else { begin.min(1) };
        for number in known {
            if number > next {
                missing.push(MissingFiles {
                    prefix: prefix.clone(),
                    first: next,
                    last: number - 1,
                });
            }
            next = number.saturating_add(1);
        }
    }
    missing
}

/// Numbers compare as numbers, text as lower case; a leading text sorts behind every rolled file.
fn natural(name: &str) -> Vec<(u64, String)> {
    let mut parts = vec![(u64::MAX, String::new())];
    let mut rest = name;
    while !rest.is_empty() {
        let text_len = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (text, after) = rest.split_at(text_len);
        let digits = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        parts.push((0, text.to_lowercase()));
        parts.push((number.parse().unwrap_or(u64::MAX), String::new()));
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(typed: &str, relative: &str) -> (String, Option<String>) {
        let name = name(typed, &components(relative));
        (name.name, name.server)
    }

    fn with(name: &str, server: &str) -> (String, Option<String>) {
        (
            name.to_owned(),
            (!server.is_empty()).then(|| server.to_owned()),
        )
    }

    #[test]
    fn missing_files_are_of_a_day_or_an_hour() {
        let period = |prefix: &str| {
            let missing = MissingFiles {
                prefix: prefix.to_owned(),
                first: 1,
                last: 1,
            };
            let (start, end) = missing.period()?;
            Some((start.rfc3339()?, end.rfc3339()?))
        };
        let text = |start: &str, end: &str| Some((start.to_owned(), end.to_owned()));
        assert_eq!(
            period("SEND2026110323-"),
            text("2026-11-03T23:00:00.000Z", "2026-11-04T00:00:00.000Z")
        );
        assert_eq!(
            period("SEND20261103-"),
            text("2026-11-03T00:00:00.000Z", "2026-11-04T00:00:00.000Z")
        );
        assert_eq!(period("SEND2026113199-"), None);
    }

    #[test]
    fn numbers_left_out_are_missing_and_the_oldest_may_be_gone() {
        let missing = |names: &[&str]| missing_files(names.iter().copied());
        let run = |prefix: &str, first, last| MissingFiles {
            prefix: prefix.to_owned(),
            first,
            last,
        };
        assert_eq!(
            missing(&[
                "a/SEND2026110302-4.LOG",
                "a/SEND2026110302-7.LOG",
                "a/SEND2026110303-2.log",
                "a/copy.log",
            ]),
            [run("SEND2026110302-", 5, 6), run("SEND2026110303-", 1, 1)]
        );
        assert_eq!(
            missing(&[
                "SEND20261103-1.LOG",
                "SEND20261103-2.LOG",
                "SEND20261104-1.LOG"
            ]),
            []
        );
        assert_eq!(
            missing(&["SEND2026110302-0.LOG", "SEND2026110303-0.LOG"]),
            []
        );
        let far = missing(&["SEND2026110302-1.LOG", "SEND2026110302-999999999.LOG"]);
        assert_eq!(far, [run("SEND2026110302-", 2, 999_999_998)]);
    }

    #[test]
    fn server_and_role_where_the_path_shows_them() {
        let hub = "EX01/TransportRoles/Logs/Hub/ProtocolLog/SmtpSend";
        assert_eq!(named("logs", hub), with("EX01/Hub", "EX01"));
        assert_eq!(named(&format!("/data/{hub}"), ""), with("EX01/Hub", "EX01"));
        assert_eq!(
            named("x", "EX01/Logs/frontend/protocollog/smtpsend"),
            with("EX01/FrontEnd", "EX01")
        );
        let submission = "EX02/TransportRoles/Logs/Mailbox/ProtocolLog/SmtpSend/Submission";
        assert_eq!(
            named("x", submission),
            with("EX02/Mailbox/Submission", "EX02")
        );
    }

    #[test]
    fn tracking_logs_belong_to_a_server() {
        let of = |typed: &str, relative: &str| tracking_server(typed, &components(relative));
        let known = |server: &str| Some(server.to_owned());
        let folder = "TransportRoles/Logs/MessageTracking";
        assert_eq!(of("logs", &format!("EX01/{folder}")), known("EX01"));
        assert_eq!(of("x", &format!("EX01/V15/{folder}")), known("EX01"));
        assert_eq!(of("x", "EX01/Message_Tracking_Logs"), known("EX01"));
        assert_eq!(of("x", "TransportLog/messagetracking/EX01"), known("EX01"));
        assert_eq!(of("x", "EX01"), known("EX01"));
        assert_eq!(of("x", ""), None);
        let installed = r"C:\Program Files\Microsoft\Exchange Server\V15\TransportRoles\Logs";
        assert_eq!(of(installed, "MessageTracking"), None);
        let share = r"\\EX01\c$\Program Files\Microsoft\Exchange Server\V15\TransportRoles\Logs\MessageTracking";
        assert_eq!(of(share, ""), known("EX01"));
    }

    #[test]
    fn the_version_folder_is_no_server() {
        let installed = r"C:\Program Files\Microsoft\Exchange Server\V15\TransportRoles\Logs\Hub\ProtocolLog\SmtpSend";
        assert_eq!(named(installed, ""), with("Hub", ""));
        assert_eq!(
            named(
                "/tmp/x",
                "V15/TransportRoles/Logs/Edge/ProtocolLog/SmtpSend"
            ),
            with("Edge", "")
        );
        assert_eq!(
            named(
                "/x",
                "EX01/Program Files/Microsoft/Exchange Server/V15/TransportRoles/Logs/Hub/ProtocolLog/SmtpSend"
            ),
            with("EX01/Hub", "EX01")
        );
    }

    #[test]
    fn a_given_server_names_what_the_path_does_not() {
        let named = |typed: &str, relative: &str, is_typed| {
            let given = GivenServer {
                name: "EX09".to_owned(),
                is_typed,
            };
            let name = name_with(typed, &components(relative), Some(&given));
            (name.name, name.server)
        };
        let installed = r"C:\Program Files\Microsoft\Exchange Server\V15\TransportRoles\Logs";
        let hub = r"Hub\ProtocolLog\SmtpSend";
        let old = "Logs/ProtocolLog/SmtpSend";
        for is_typed in [true, false] {
            assert_eq!(named(installed, hub, is_typed), with("EX09/Hub", "EX09"));
            let in_share = named("x", &format!("EX01/Logs/{hub}"), is_typed);
            assert_eq!(in_share, with("EX01/Hub", "EX01"));
            assert_eq!(named("logs", "EX01", is_typed), with("EX01", "EX01"));
            let old = named(r"C:\V14\TransportRoles", old, is_typed);
            assert_eq!(old, with("EX09/Logs/ProtocolLog/SmtpSend", "EX09"));
        }
        assert_eq!(named("logs", "", true), with("EX09", "EX09"));
        assert_eq!(named("logs", "", false), with(".", ""));
        assert_eq!(named("logs", "Hub", true), with("EX09/Hub", "EX09"));
        assert_eq!(named("logs", "Hub", false), with("Hub", ""));
    }

    #[test]
    fn a_share_names_its_server() {
        let share = r"\\EX01\c$\Program Files\Microsoft\Exchange Server\V15\TransportRoles\Logs\Hub\ProtocolLog\SmtpSend";
        assert_eq!(named(share, ""), with("EX01/Hub", "EX01"));
    }

    #[test]
    fn other_folders_go_by_their_relative_path() {
        assert_eq!(named("/any/where", ""), with(".", ""));
        assert_eq!(named("/any/where", "EX02"), with("EX02", "EX02"));
        assert_eq!(named("/any/where", "EX02/Hub"), with("EX02/Hub", "EX02"));
        let old = "TransportRoles/Logs/ProtocolLog/SmtpSend";
        assert_eq!(named("/x", old).0, old);
    }

    #[test]
    fn rolled_files_go_by_number() {
        let mut names = [
            "SEND2026110310-10.LOG",
            "send2026110310-2.log",
            "SEND2026110309-1.LOG",
            "SEND20261102-1.LOG",
            "SEND20261104-1.LOG",
            "copy 10.log",
            "copy 9.log",
        ];
        names.sort_by_key(|name| FileOrder::of(name));
        assert_eq!(
            names,
            [
                "SEND20261102-1.LOG",
                "SEND2026110309-1.LOG",
                "send2026110310-2.log",
                "SEND2026110310-10.LOG",
                "SEND20261104-1.LOG",
                "copy 9.log",
                "copy 10.log",
            ]
        );
    }
}
