//! Sessions without a reply that belong to no incident, of send connectors that have incidents.
//!
//! In: an [`Analysis`]. Out: a sentence for each such send connector.
//! Must not repeat what the list of send connectors that work says, nor what an incident counts.

use std::collections::{BTreeMap, BTreeSet};

use super::analysis::Analysis;
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::Kind;
use crate::language::count::{CONNECTION, SESSION, count};
use crate::language::sentences;

/// Sessions without a reply, and connections that failed.
#[derive(Debug, Clone, Copy, Default)]
struct Silent {
    dropped: u64,
    unconnected: u64,
}

/// What is left, for each send connector.
pub fn sentences(analysis: &Analysis<'_>) -> Vec<String> {
    let language = analysis.language;
    let (all, explained) = (all(analysis), explained(analysis));
    let sentences = explained.into_iter().filter_map(|(connector, known)| {
        let all = all.get(&connector)?;
        let dropped = all.dropped.saturating_sub(known.dropped);
        let unconnected = all.unconnected.saturating_sub(known.unconnected);
        let connector = analysis.aggregate.names.text(connector);
        let sessions = count(language, dropped, SESSION);
        let connections = count(language, unconnected, CONNECTION);
        match (dropped, unconnected) {
            (0, 0) => None,
            (_, 0) => Some(some_dropped(language, connector, &sessions)),
            (0, _) => Some(some_unconnected(language, connector, &connections)),
            _ => Some(some_of_both(language, connector, &sessions, &connections)),
        }
    });
    sentences.collect()
}

/// What the sessions show, without flows of which an incident says that they deliver nothing.
fn all(analysis: &Analysis<'_>) -> BTreeMap<Name, Silent> {
    let aggregate = analysis.aggregate;
    let occurrences = aggregate.occurrences.iter();
    let nothing = occurrences.filter(|one| one.key.kind == Kind::NothingDelivered);
    let nothing: BTreeSet<usize> = nothing.map(|one| one.key.flow).collect();
    let mut all: BTreeMap<Name, Silent> = BTreeMap::new();
    for (number, flow) in aggregate.flows.iter().enumerate() {
        if !flow.exchange_online || nothing.contains(&number) {
            continue;
        }
        let silent = all.entry(flow.key.connector).or_default();
        for (_, stretch) in flow.course.stretches() {
            silent.dropped += stretch.dropped.sessions;
            silent.unconnected += stretch.unconnected.sessions;
        }
    }
    all
}

/// What incidents count, of each send connector that has some.
fn explained(analysis: &Analysis<'_>) -> BTreeMap<Name, Silent> {
    let aggregate = analysis.aggregate;
    let mut explained: BTreeMap<Name, Silent> = BTreeMap::new();
    for one in &aggregate.occurrences {
        let connector = aggregate.flows[one.key.flow].key.connector;
        let silent = explained.entry(connector).or_default();
        match one.key.kind {
            Kind::Dropped(_) => silent.dropped += one.count,
            Kind::NotConnected => silent.unconnected += one.count,
            Kind::Reply { .. } | Kind::TlsFailure | Kind::NothingDelivered => {}
        }
    }
    explained
}

sentences! {
    /// Sessions without a reply.
    fn some_dropped(connector: &str, sessions: &str) {
        en: "Send connector '{connector}': outside its incidents, {sessions} ended without a reply. These are too few to say why.",
        ja: "送信コネクタ「{connector}」: インシデント以外に、応答なしで終了した{sessions}があります。件数が少なすぎるため、理由は判断できません。" ["ed9ac498"],
    }
    /// Connections that did not come about.
    fn some_unconnected(connector: &str, connections: &str) {
        en: "Send connector '{connector}': outside its incidents, {connections} failed. These are too few to say why.",
        ja: "送信コネクタ「{connector}」: インシデント以外に、失敗した{connections}があります。件数が少なすぎるため、理由は判断できません。" ["ee5e1c76"],
    }
    /// Both.
    fn some_of_both(connector: &str, sessions: &str, connections: &str) {
        en: "Send connector '{connector}': outside its incidents, {sessions} ended without a reply, and {connections} failed. These are too few to say why.",
        ja: "送信コネクタ「{connector}」: インシデント以外に、応答なしで終了した{sessions}と、失敗した{connections}があります。件数が少なすぎるため、理由は判断できません。" ["d998a793"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Ending, Session, TAKEN, contoso, with_analysis};

    fn said(sessions: &[Session]) -> Vec<String> {
        with_analysis(sessions, &[contoso()], &Default::default(), sentences)
    }

    #[test]
    fn single_drops_beside_an_incident_are_said() {
        let taken = || Session {
            stream: "EX02",
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let dropped = || Session {
            mails: Vec::new(),
            ending: Ending::Dropped("Remote"),
            ..taken()
        };
        let refused = || Session {
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        let some = [refused(), taken(), dropped(), taken(), taken()];
        assert_eq!(
            said(&some),
            [
                "Send connector 'Out': outside its incidents, 1 session ended without a reply. These are too few to say why."
            ]
        );
        assert!(said(&[refused(), taken()]).is_empty());
        // Without an incident, the list of send connectors that work says it.
        assert!(said(&[taken(), dropped(), taken(), taken()]).is_empty());
        // Here the incident counts them.
        assert!(said(&[refused(), dropped(), dropped(), dropped()]).is_empty());
    }
}
