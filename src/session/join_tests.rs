//! Tests of assembling and joining: other cuts of the input give the same sessions.

use super::super::assembly::ChunkAssembler;
use super::*;
use crate::input::header::Layout;
use crate::input::lines;
use proptest::prelude::*;
use std::collections::VecDeque;

/// Remembers every row's data, so that nothing can be lost or doubled unseen.
#[derive(Debug, Default, Clone, PartialEq)]
struct Transcript(Vec<String>);

impl Digest for Transcript {
    type Memory = ();
    fn row(&mut self, row: &Row<'_>, _memory: &mut ()) {
        self.0.push(row.data().text().into_owned());
    }
    fn prepend(&mut self, mut earlier: Transcript) {
        earlier.0.append(&mut self.0);
        *self = earlier;
    }
}

/// Assembles a stream from texts, each of which is a chunk.
fn assemble(chunks: &[&[String]]) -> Vec<Found> {
    let mut joiner: Joiner<Transcript> = Joiner::default();
    let mut out = Vec::new();
    let mut emit = |joined: Joined<'_, Transcript>| {
        let Joined::Session(session) = joined else {
            panic!("nothing was dealt with");
        };
        out.push(found(&session));
    };
    for (index, lines) in chunks.iter().enumerate() {
        let text = lines.join("\n");
        let index = u32::try_from(index).expect("few chunks");
        let chunk = joiner.clear(|kept| sessions_of(&text, index, kept, |_| false));
        joiner.join(chunk, &mut emit);
    }
    joiner.finish(&mut emit);
    out
}

fn sessions_of(
    text: &str,
    index: u32,
    kept: KeySet,
    finish: impl FnMut(&Session<Transcript>) -> bool,
) -> ChunkSessions<Transcript> {
    let mut chunk = ChunkAssembler::keeping(kept, finish);
    lines::read(text.as_bytes(), index, Layout::default(), |rows, layout| {
        chunk.rows(rows, layout)
    });
    chunk.finish()
}

impl Joiner<Transcript> {
    /// The sessions of a chunk, read again where they are not clear.
    fn clear(
        &self,
        mut read: impl FnMut(KeySet) -> ChunkSessions<Transcript>,
    ) -> ChunkSessions<Transcript> {
        let chunk = read(KeySet::default());
        let unclear = self.unclear(&chunk);
        if unclear.is_empty() {
            return chunk;
        }
        read(unclear)
    }
}

type Found = (String, &'static str, u64, Vec<String>);

fn found(session: &Session<Transcript>) -> Found {
    (
        session.frame.id.to_string(),
        session.frame.completeness().as_str(),
        session.frame.rows,
        session.digest.0.clone(),
    )
}

/// The same where workers deal with every session that they see whole.
fn assemble_on_workers(chunks: &[&[String]]) -> Vec<Found> {
    let mut joiner: Joiner<Transcript> = Joiner::default();
    let mut out = Vec::new();
    for (index, lines) in chunks.iter().enumerate() {
        let text = lines.join("\n");
        let index = u32::try_from(index).expect("few chunks");
        let mut part = VecDeque::new();
        let chunk = joiner.clear(|kept| {
            part.clear();
            sessions_of(&text, index, kept, |session| {
                part.push_back(found(session));
                true
            })
        });
        joiner.join(chunk, &mut |joined| {
            out.push(match joined {
                Joined::Session(session) => found(&session),
                Joined::Finished(_) => part.pop_front().expect("dealt with"),
            })
        });
    }
    joiner.finish(&mut |joined| {
        if let Joined::Session(session) = joined {
            out.push(found(&session));
        }
    });
    out
}

fn row(id: u64, sequence: usize, event: char, data: &str) -> String {
    let second = sequence % 60;
    format!(
        "2026-11-03T02:14:{second:02}.000Z,Out,{id:016X},{sequence},10.0.0.5:1,192.0.2.1:25,{event},{data},"
    )
}

fn session(id: u64, from: usize, shape: u8) -> Vec<String> {
    let mut rows = Vec::new();
    let mut add =
        |event, data: &str| rows.push(row(id, from + rows.len(), event, &format!("{data}{id}")));
    if shape & 1 == 0 {
        add('*', "permissions");
        add('*', "attempting");
    }
    if shape & 2 == 0 {
        add('+', "");
    }
    for step in 0..(shape % 7) {
        add('<', &format!("reply{step}-"));
        add('>', &format!("command{step}-"));
    }
    if shape & 4 == 0 {
        add('-', "Local");
    }
    rows
}

#[test]
fn an_id_comes_again_after_a_restart() {
    let mut rows = session(7, 0, 4 | 1);
    rows.extend(session(7, 0, 3 * 16));
    let found = assemble(&[&rows]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].1, "whole");
    assert_eq!(found[1].1, "no_end");
}

#[test]
fn repeated_and_skipped_numbers_change_nothing() {
    let rows: Vec<String> = [
        (0, '+'),
        (15, '<'),
        (15, '>'),
        (15, '<'),
        (19, '>'),
        (3, '-'),
    ]
    .iter()
    .map(|(sequence, event)| row(9, *sequence, *event, "x"))
    .collect();
    let found = assemble(&[&rows]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].1, found[0].2), ("whole", 6));
}

#[test]
fn a_day_of_silence_parts_two_sessions() {
    let mut rows = vec![row(9, 0, '+', "a"), row(9, 1, '<', "b")];
    rows.push(row(9, 2, '<', "c").replace("2026-11-03", "2026-11-05"));
    assert_eq!(assemble(&[&rows]).len(), 2);
}

/// Rows by number, event and data, with one id.
fn rows(rows: &[(usize, char)]) -> Vec<String> {
    let rows = rows.iter().zip(0..);
    rows.map(|((number, event), data)| row(9, *number, *event, &format!("{data}-")))
        .collect()
}

#[test]
fn a_cut_changes_nothing_where_all_numbers_are_zero() {
    let logs: [&[(usize, char)]; 5] = [
        // An information row after a dialogue and after a connect row.
        &[(0, '*'), (0, '+'), (0, '<'), (0, '*'), (0, '>'), (0, '-')],
        &[(0, '+'), (0, '*'), (0, '+'), (0, '<'), (0, '-')],
        // A session that ends before the border, as only the rows before it show.
        &[(0, '+'), (1, '<'), (0, '<'), (0, '*'), (0, '+'), (0, '-')],
        &[(0, '+'), (1, '<'), (5, '*'), (0, '+'), (0, '*'), (0, '<')],
        &[(0, '*'), (5, '*'), (0, '+'), (0, '*'), (0, '<'), (0, '-')],
    ];
    for log in logs {
        let rows = rows(log);
        let expected = assemble(&[&rows]);
        for first in 0..rows.len() {
            for second in first..rows.len() {
                let chunks = [&rows[..first], &rows[first..second], &rows[second..]];
                assert_eq!(assemble(&chunks), expected, "{log:?} {first} {second}");
                assert_eq!(
                    assemble_on_workers(&chunks),
                    expected,
                    "{log:?} {first} {second}"
                );
            }
        }
    }
}

/// The same row with its second and third column changed about.
fn turned(row: &str) -> String {
    let mut columns: Vec<&str> = row.split(',').collect();
    columns.swap(1, 2);
    columns.join(",")
}

#[test]
fn columns_may_change_in_the_midst_of_cut_sessions() {
    const TURNED: &str = "#Fields: date-time,session-id,connector-id,sequence-number,local-endpoint,remote-endpoint,event,data,context";
    let (one, two, new) = (session(1, 0, 6 + 16), session(2, 0, 3), session(3, 0, 8));
    let plain: Vec<String> =
        [&one[..2], &two[..1], &one[2..4], &two[1..], &new, &one[4..]].concat();
    let expected = assemble(&[&plain]);
    assert_eq!(expected.len(), 3);
    // Cut behind row 3; the columns change behind row `change`, in the second chunk or later.
    for change in 4..plain.len() {
        let mut rows = plain[..change].to_vec();
        rows.push(TURNED.to_owned());
        rows.extend(plain[change..].iter().map(|row| turned(row)));
        let chunks = [&rows[..3], &rows[3..]];
        assert_eq!(assemble(&chunks), expected, "{change}");
        assert_eq!(assemble_on_workers(&chunks), expected, "{change}");
    }
}

/// The same with a limit of open sessions, and the number of those given up.
fn assemble_with_most(chunks: &[&[String]], most: usize, finish: bool) -> (Vec<Found>, u64) {
    let mut joiner: Joiner<Transcript> = Joiner {
        most: Most(most),
        ..Joiner::default()
    };
    let mut out = Vec::new();
    let mut notes = Notes::default();
    for (index, lines) in chunks.iter().enumerate() {
        let text = lines.join("\n");
        let index = u32::try_from(index).expect("few chunks");
        let mut part = VecDeque::new();
        let chunk = joiner.clear(|kept| {
            part.clear();
            let deal = |session: &Session<Transcript>| {
                part.extend(finish.then(|| found(session)));
                finish
            };
            let mut chunk = ChunkAssembler::with_most(kept, deal, Most(most));
            lines::read(text.as_bytes(), index, Layout::default(), |rows, layout| {
                for row in rows {
                    chunk.rows(std::slice::from_ref(row), layout);
                }
            });
            chunk.finish()
        });
        joiner.join(chunk, &mut |joined| {
            out.push(match joined {
                Joined::Session(session) => found(&session),
                Joined::Finished(_) => part.pop_front().expect("dealt with"),
            })
        });
        assert!(joiner.open.len() <= most && joiner.never_ended.len() <= most);
        notes.merge(&joiner.take_notes());
    }
    joiner.finish(&mut |joined| {
        if let Joined::Session(session) = joined {
            out.push(found(&session));
        }
    });
    (out, notes.count(NoteKind::SessionsGivenUp))
}

#[test]
fn of_too_many_open_sessions_the_most_silent_are_given_up() {
    // Those with even ids begin with number 0, the others do not.
    let open = |id: u64| match id % 2 {
        0 => row(id, 0, '+', &format!("a{id}")),
        _ => row(id, 60, '<', &format!("a{id}")),
    };
    let mut rows: Vec<String> = (0..100).map(open).collect();
    rows.push(row(98, 4, '-', "end"));
    for finish in [false, true] {
        for cut in [0, 3, 50, 99, 100] {
            let chunks = [&rows[..cut], &rows[cut..]];
            let (mut found, given_up) = assemble_with_most(&chunks, 10, finish);
            assert_eq!(found.len(), 100, "{finish} {cut}");
            assert!((88..=95).contains(&given_up), "{given_up}");
            let ended: Vec<&Found> = found.iter().filter(|one| one.1 == "whole").collect();
            assert_eq!(ended.len(), 1);
            assert_eq!(ended[0].3, ["a98", "end"]);
            found.sort();
            let rows: Vec<Vec<String>> = found.into_iter().map(|one| one.3).collect();
            assert_eq!(rows[7], ["a7"]);
        }
    }
    assert_eq!(assemble_with_most(&[&rows], 100, true).1, 0);
}

#[test]
fn sessions_that_are_over_are_given_up_without_a_word() {
    let later = |row: String| row.replace("2026-11-03", "2026-11-05");
    let mut rows: Vec<String> = (0..20).map(|id| row(id, 0, '+', "a")).collect();
    rows.push(later(row(99, 0, '+', "a")));
    let (found, given_up) = assemble_with_most(&[&rows], 20, true);
    assert_eq!((found.len(), given_up), (21, 0));
}

#[test]
fn one_id_that_begins_again_and_again_is_not_kept_until_the_end() {
    let mut rows: Vec<String> = (0..100).map(|_| row(7, 0, '+', "a")).collect();
    rows.push(row(7, 1, '-', "end"));
    for finish in [false, true] {
        for cut in [0, 50] {
            let chunks = [&rows[..cut], &rows[cut..]];
            let (found, given_up) = assemble_with_most(&chunks, 10, finish);
            assert_eq!((found.len(), given_up), (100, 0));
            assert_eq!(found.iter().filter(|one| one.1 == "whole").count(), 1);
        }
    }
}

proptest! {
    #[test]
    fn any_interleaving_and_any_cuts_give_the_sessions_back(
        shapes in proptest::collection::vec(any::<u8>(), 1..8),
        picks in proptest::collection::vec(0usize..8, 0..200),
        mut cuts in proptest::collection::vec(0usize..100, 0..6),
    ) {
        let sessions: Vec<Vec<String>> = shapes.iter().enumerate()
            .map(|(id, shape)| session(id as u64 + 1, 0, *shape)).collect();
        let mut waiting: Vec<VecDeque<String>> =
            sessions.iter().map(|rows| rows.iter().cloned().collect()).collect();
        let mut rows = Vec::new();
        for pick in picks {
            let at = pick % waiting.len();
            rows.extend(waiting[at].pop_front());
        }
        waiting.into_iter().for_each(|rest| rows.extend(rest));
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(rows.len()));
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[String]> = cuts.windows(2).map(|pair| &rows[pair[0]..pair[1]]).collect();
        let whole = assemble(&[&rows]);
        prop_assert_eq!(&assemble(&chunks), &whole);
        prop_assert_eq!(&assemble_on_workers(&chunks), &whole);
        // Each session's own rows come back, in order and complete.
        let mut transcripts: Vec<Vec<String>> = whole.into_iter().map(|found| found.3).collect();
        let mut expected: Vec<Vec<String>> = sessions.iter().filter(|rows| !rows.is_empty())
            .map(|rows| rows.iter().map(|line| line.split(',').nth(7).expect("data").to_owned()).collect())
            .collect();
        transcripts.sort();
        expected.sort();
        prop_assert_eq!(transcripts, expected);
    }

    #[test]
    fn cuts_change_nothing_in_hostile_rows(
        rows in proptest::collection::vec((0u64..3, 0usize..3, "[-+<>*]", "[a-c]", 0u8..9), 0..60),
        mut cuts in proptest::collection::vec(0usize..60, 0..6),
    ) {
        let rows: Vec<String> = rows.iter().map(|(id, sequence, event, data, time)| {
            let row = row(*id, *sequence, event.chars().next().expect("event"), data);
            // Some rows come days later.
            match time { 0 => row.replace("2026-11-03", "2026-11-05"), _ => row }
        }).collect();
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(rows.len()));
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[String]> = cuts.windows(2).map(|pair| &rows[pair[0]..pair[1]]).collect();
        prop_assert_eq!(assemble(&chunks), assemble(&[&rows]));
        prop_assert_eq!(assemble_on_workers(&chunks), assemble(&[&rows]));
    }

    #[test]
    fn no_row_is_lost_where_too_many_sessions_are_open(
        rows in proptest::collection::vec((0u64..12, 0usize..3, "[-+<>*]", 0u8..9), 0..120),
        mut cuts in proptest::collection::vec(0usize..120, 0..6),
        finish in any::<bool>(),
    ) {
        let rows: Vec<String> = rows.iter().zip(0..).map(|((id, sequence, event, time), data)| {
            let event = event.chars().next().expect("event");
            let row = row(*id, *sequence, event, &format!("{data}"));
            match time { 0 => row.replace("2026-11-03", "2026-11-05"), _ => row }
        }).collect();
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(rows.len()));
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[String]> = cuts.windows(2).map(|pair| &rows[pair[0]..pair[1]]).collect();
        let (found, _) = assemble_with_most(&chunks, 4, finish);
        for one in &found {
            let numbers: Vec<usize> = one.3.iter().map(|data| data.parse().expect("a number")).collect();
            prop_assert!(numbers.is_sorted());
        }
        let mut all: Vec<usize> = found.iter().flat_map(|one| &one.3)
            .map(|data| data.parse().expect("a number")).collect();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..rows.len()));
    }
}
