//! Sessions that are made up of rows as Exchange writes them, in any order, with any numbers and
//! times, in several layouts. The log is cut into files anywhere, and the sessions are counted in
//! parts.

#![no_main]

use sendlens::aggregate::{Aggregate, FrontEndsAlone, Totals};
use sendlens::input::bytes::Source;
use sendlens::input::header::Layout;
use sendlens::input::timestamp::Timestamp;
use sendlens::session::Session;
use sendlens::smtp::digest::SmtpDigest;
use sendlens_fuzz::log::{Sessions, corpus, quoted, read};

#[path = "sessions/rows.rs"]
mod rows;

use rows::{CONNECTORS, IDS, LAYOUTS, ROWS};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first_chunk::<5>() else {
        return;
    };
    let [options, cuts @ .., parts] = *how;
    let lines = lines(bytes);
    if lines.is_empty() {
        return;
    }
    let mut borders = cuts.map(|cut| usize::from(cut) % (lines.len() + 1));
    borders.sort_unstable();
    let whole = sessions(&lines, &[], false);
    let cut = sessions(&lines, &borders, options & 1 != 0);
    assert_eq!(whole.read.streams[0].counts.records, cut.read.streams[0].counts.records);
    assert_eq!(whole.read.streams[0].counts.malformed, cut.read.streams[0].counts.malformed);
    let outlines = |sessions: Vec<sendlens_fuzz::outline::Outline>| -> Vec<_> {
        let outlines = sessions.into_iter();
        outlines.map(|outline| outline.without_places()).collect()
    };
    assert_eq!(outlines(whole.outlines), outlines(cut.outlines));
    if options & 2 != 0 {
        in_parts(&whole.sessions, parts);
    }
});

/// A line, and the number of the layout that it is written in.
type Line = (usize, String);

const MOST_LINES: usize = 40;

fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    let (mut layout, mut time) = (0, 1_793_000_000_000_i64);
    // More lines take longer, and show nothing else.
    while lines.len() < MOST_LINES
        && let Some((&[who, number, row, later], behind)) = rest.split_first_chunk::<4>()
    {
        rest = behind;
        time += match later {
            0..200 => i64::from(later) * 7,
            200..240 => i64::from(later - 199) * 1_000,
            240..250 => i64::from(later - 239) * 3_600_000,
            250..255 => i64::from(later - 249) * 40_000_000,
            255 => -90_000_000,
        };
        let own;
        let (event, data, context) = match ROWS.get(usize::from(row)) {
            Some((event, data, context)) => (*event, *data, *context),
            None if row >= 252 => {
                layout = usize::from(row - 252);
                continue;
            }
            None => {
                let (text, behind) = rest.split_at(rest.len().min(usize::from(row % 32)));
                rest = behind;
                own = String::from_utf8_lossy(text);
                let event = ['<', '>', '*', '-', '+'][usize::from(row / 32) % 5];
                if event == '*' {
                    (event, "", &*own)
                } else {
                    (event, &*own, "")
                }
            }
        };
        let number = match number {
            0..100 => "0".to_owned(),
            255 => String::new(),
            number => (number - 99).to_string(),
        };
        let who = usize::from(who);
        let ends = match who / 16 % 4 {
            0 => ["", ""],
            1 => ["10.0.0.5:1024", ""],
            2 => ["[2001:db8::5]:1024", "192.0.2.1:717"],
            _ => ["10.0.0.5:1024", "192.0.2.1:25"],
        };
        let time = Timestamp::from_millis(time).rfc3339().unwrap_or_default();
        let event = event.to_string();
        let columns = [
            time.as_str(),
            CONNECTORS[who / 4 % 4],
            IDS[who % 4],
            number.as_str(),
            ends[0],
            ends[1],
            event.as_str(),
            data,
            context,
        ];
        let mut line = String::new();
        for place in LAYOUTS[layout].1 {
            quoted(columns[*place], &mut line);
            line.push(',');
        }
        line.pop();
        lines.push((layout, line));
    }
    lines
}

/// The sessions of the lines, in files that begin at the borders.
fn sessions(lines: &[Line], borders: &[usize], on_workers: bool) -> Sessions {
    let mut files = Vec::new();
    let mut start = 0;
    for end in borders.iter().copied().chain([lines.len()]) {
        let mut file = String::new();
        // Each file names its columns, because nothing in the file before does.
        let mut layout = 0;
        for (next, line) in &lines[start..end] {
            if layout != *next {
                file.push_str(LAYOUTS[*next].0);
                layout = *next;
            }
            file.push_str(line);
            file.push('\n');
        }
        start = end;
        files.push(Source::Held(file.into_bytes()));
    }
    read::<{ u64::MAX }>(&corpus(files, Layout::default()), on_workers)
}

/// Counts the sessions in three parts, which are put together in several orders.
fn in_parts(sessions: &[Session<SmtpDigest>], parts: u8) {
    let part = |wanted: Option<usize>| {
        let mut part = Aggregate::default();
        for (number, session) in sessions.iter().enumerate() {
            let turn = usize::from(parts).rotate_left(number as u32 * 3) + number;
            if wanted.is_none_or(|wanted| wanted == turn % 3) {
                part.add(turn / 3 % 2, session);
            }
        }
        part
    };
    let whole = totals(part(None));
    assert_eq!(whole.sessions, sessions.len() as u64);
    for [first, second, third] in [[0, 1, 2], [2, 0, 1]] {
        let mut left = part(Some(first));
        left.merge(part(Some(second)));
        left.merge(part(Some(third)));
        let mut right = part(Some(second));
        right.merge(part(Some(third)));
        let mut all = part(Some(first));
        all.merge(right);
        assert_eq!(totals(left), whole);
        assert_eq!(totals(all), whole);
    }
}

fn totals(aggregate: Aggregate) -> Totals {
    let servers = [Some("EX01".to_owned()), None];
    aggregate.finish(&servers, FrontEndsAlone::Count)
}
