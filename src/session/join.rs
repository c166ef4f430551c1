//! The shared step: it joins sessions that the border of a chunk or file cuts.
//!
//! In: the [`ChunkSessions`] of the chunks of one stream, in order. Out: whole sessions in the order in
//! which they end; at the end of the stream, the sessions that never ended, by their first row.
//! Must not touch sessions that a worker saw whole, except to look up their id.

use crate::input::record::Row;

use super::assembly::{ChunkSession, ChunkSessions, Connectors};
use super::frame::{Border, Digest, Finished, Frame, Session};
use super::key::{KeyMap, KeySet, SessionKey};

/// The open sessions of a stream between two chunks.
pub struct Joiner<D: Digest> {
    open: KeyMap<Box<Session<D>>>,
    never_ended: Vec<Box<Session<D>>>,
    connectors: Connectors,
    memory: D::Memory,
}

impl<D: Digest> Default for Joiner<D> {
    fn default() -> Joiner<D> {
        Joiner {
            open: KeyMap::default(),
            never_ended: Vec::new(),
            connectors: Connectors::default(),
            memory: D::Memory::default(),
        }
    }
}

/// What comes out of a chunk, in the order in which sessions end.
pub enum Joined<'a, D> {
    /// A session.
    Session(Box<Session<D>>),
    /// A session that a worker has processed.
    Finished(&'a Finished),
}

impl<D: Digest> Joiner<D> {
    /// The sessions of the chunk that may continue one that is open here in a way that only their rows in
    /// order show. The chunk must be read again, and their rows kept. Hardly any chunk has one: their
    /// numbers are all 0, or their rows have no times.
    pub(super) fn unclear(&self, chunk: &ChunkSessions<D>) -> KeySet {
        let closed = chunk.closed.iter().map(|session| (session, true));
        let open = chunk.open.iter().map(|session| (session, false));
        let all = closed.chain(open);
        all.filter_map(|(session, is_closed)| self.unclear_key(session, is_closed))
            .collect()
    }

    /// The key of the session if it is unclear. Only the first session of the chunk that has this key can
    /// be, and it does no harm to take another one for it.
    fn unclear_key(&self, session: &ChunkSession<D>, is_closed: bool) -> Option<SessionKey> {
        let is_unclear = |key: SessionKey, test: &dyn Fn(&Session<D>) -> bool| {
            self.open
                .get(&key)
                .is_some_and(|open| test(open))
                .then_some(key)
        };
        match session {
            ChunkSession::Finished(finished) => is_unclear(finished.key, &|open| {
                open.frame.border_to_finished(finished) != Border::Apart
            }),
            ChunkSession::Begun(session) => is_unclear(session.frame.id.key(), &|open| match open
                .frame
                .border(&session.frame)
            {
                Border::Apart => false,
                Border::Joined => !open.digest.may_be_prepended(),
                Border::Unclear => true,
            }),
            // The chunk alone cannot tell where it ends, unless a disconnect row ends it.
            ChunkSession::Continued(cut) if is_closed && !cut.frame.has_end() => {
                is_unclear(cut.frame.id.key(), &|_| true)
            }
            ChunkSession::Continued(_) => None,
        }
    }

    /// Takes the sessions of the next chunk, none of which is unclear. `emit` receives each
    /// session that ends in it.
    pub fn join(&mut self, chunk: ChunkSessions<D>, emit: &mut impl FnMut(Joined<'_, D>)) {
        let mut rest = chunk.closed.into_iter().chain(chunk.open).peekable();
        chunk.cut.replay(|row| {
            // Everything that ends before the first cut session to which this row can belong comes first.
            let is_before =
                |session: &ChunkSession<D>| !matches!(session, ChunkSession::Continued(cut) if cut.last >= row.place.line);
            while let Some(session) = rest.next_if(is_before) {
                self.session(session, emit);
            }
            self.row(row, emit);
        });
        rest.for_each(|session| self.session(session, emit));
    }

    fn session(&mut self, session: ChunkSession<D>, emit: &mut impl FnMut(Joined<'_, D>)) {
        match session {
            ChunkSession::Begun(session) => self.begun(session, emit),
            // Its rows come from `cut`, in their order.
            ChunkSession::Continued(_) => {}
            ChunkSession::Finished(finished) => {
                self.never_ended.extend(self.open.remove(&finished.key));
                emit(Joined::Finished(&finished));
            }
        }
    }

    /// Ends the stream. `emit` receives the sessions without an end, by their first row.
    pub fn finish(&mut self, emit: &mut impl FnMut(Joined<'_, D>)) {
        self.never_ended
            .extend(self.open.drain().map(|(_, session)| session));
        self.never_ended.sort_by_key(|session| session.frame.first);
        self.never_ended
            .drain(..)
            .for_each(|session| emit(Joined::Session(session)));
    }

    fn begun(&mut self, mut session: Box<Session<D>>, emit: &mut impl FnMut(Joined<'_, D>)) {
        let key = session.frame.id.key();
        if let Some(earlier) = self.open.remove(&key) {
            if earlier.frame.border(&session.frame) == Border::Joined {
                let earlier = *earlier;
                session.frame.prepend(earlier.frame);
                session.digest.prepend(earlier.digest);
            } else {
                self.never_ended.push(earlier);
            }
        }
        if session.frame.has_end() {
            emit(Joined::Session(session));
        } else {
            self.open.insert(key, session);
        }
    }

    fn row(&mut self, row: &Row<'_>, emit: &mut impl FnMut(Joined<'_, D>)) {
        let key = SessionKey::of(row.session());
        if self
            .open
            .get(&key)
            .is_some_and(|open| open.frame.is_ended_by(row))
            && let Some(earlier) = self.open.remove(&key)
        {
            self.never_ended.push(earlier);
        }
        let session = self.open.entry(key).or_insert_with(|| {
            Box::new(Session {
                frame: Frame::new(row, self.connectors.intern(row)),
                digest: D::default(),
            })
        });
        session.frame.push(row);
        session.digest.row(row, &mut self.memory);
        if session.frame.has_end()
            && let Some(session) = self.open.remove(&key)
        {
            emit(Joined::Session(session));
        }
    }
}

#[cfg(test)]
mod tests {
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
        let mut add = |event, data: &str| {
            rows.push(row(id, from + rows.len(), event, &format!("{data}{id}")))
        };
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
    }
}
