//! Which send connectors and certificates are judged, where there are too many of them.
//!
//! In: [`Totals`]. Out: [`LeftOut`], those that are not judged.
//! Must not depend on the order of the input: those with the fewest failures are left out.
//! Each incident is compared with the other sessions of its send connector. Without a limit, many
//! incidents of one send connector would take a time that grows with the square of their number.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::Totals;
use crate::aggregate::flow::{CertificateId, FlowKey};
use crate::aggregate::intern::Name;
use crate::language::{Language, sentences};

/// The most send connectors and certificates that are compared with all others: no report with more
/// could be read. Where there are very many others, fewer.
pub(super) fn most(others: usize) -> usize {
    (250_000 / others.max(1)).clamp(100, 1_000)
}

/// What incidents are made of: a send connector, and the number of its certificate, if one is known.
pub type Pair = (Name, Option<u32>);

/// The pair of a flow.
pub fn pair(key: &FlowKey) -> Pair {
    let certificate = match key.certificate {
        CertificateId::Known(number) => Some(number),
        CertificateId::Absent | CertificateId::Unknown => None,
    };
    (key.connector, certificate)
}

/// The pairs that are not judged.
#[derive(Debug, Default)]
pub struct LeftOut {
    pairs: BTreeSet<Pair>,
    judged: usize,
    failures: u64,
}

impl LeftOut {
    /// All but those with the most failures.
    pub(super) fn of(totals: &Totals) -> LeftOut {
        LeftOut::beyond(totals, most(totals.flows.len()))
    }

    fn beyond(totals: &Totals, most: usize) -> LeftOut {
        let mut failures: BTreeMap<Pair, u64> = BTreeMap::new();
        for one in &totals.occurrences {
            let pair = pair(&totals.flows[one.key.flow].key);
            *failures.entry(pair).or_default() += one.count;
        }
        if failures.len() <= most {
            return LeftOut::default();
        }
        let mut order: Vec<(Pair, u64)> = failures.into_iter().collect();
        order.sort_by_key(|(pair, count)| (Reverse(*count), *pair));
        let rest = order.split_off(most);
        LeftOut {
            judged: most,
            failures: rest.iter().map(|(_, count)| count).sum(),
            pairs: rest.into_iter().map(|(pair, _)| pair).collect(),
        }
    }

    /// Whether this one is not judged.
    pub fn contains(&self, pair: Pair) -> bool {
        self.pairs.contains(&pair)
    }

    /// The send connectors of which some sessions are not judged.
    pub fn connectors(&self) -> impl Iterator<Item = Name> {
        self.pairs.iter().map(|(connector, _)| *connector)
    }

    /// What the report says about them.
    pub fn sentence(&self, language: Language) -> Option<String> {
        let pairs = self.pairs.len();
        (pairs > 0).then(|| too_many(language, self.judged, pairs, self.failures))
    }
}

sentences! {
    /// What the report says about the pairs that are not judged.
    fn too_many(judged: usize, pairs: usize, failures: u64) {
        en: "There are rejections or failures for very many pairs of a send connector and a certificate. The {judged} with the most failures were judged. The others were not: {pairs} pairs with {failures} rejections or failures. Run sendlens for some send connectors at a time (--connector).",
        ja: "拒否または失敗のある送信コネクタと証明書の組み合わせが非常に多くあります。失敗が最も多い {judged} 組を判定しました。残りの {pairs} 組 (拒否または失敗 {failures} 件) は判定していません。送信コネクタをいくつかに絞って sendlens を実行してください (--connector)。" ["671bb803"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine;
    use crate::scenario::logs::{Session, contoso, with_analysis};

    #[test]
    fn those_with_the_fewest_failures_are_left_out_and_named() {
        let of = |name: &'static [&'static str]| Session {
            names: name,
            ..Session::default()
        };
        let sessions = [
            of(&["a.net"]),
            of(&["b.net"]),
            of(&["b.net"]),
            of(&["c.net"]),
        ];
        with_analysis(&sessions, &[contoso()], &Default::default(), |analysis| {
            let left_out = LeftOut::beyond(analysis.aggregate, 1);
            assert_eq!(left_out.pairs.len(), 2);
            let sentence = left_out.sentence(Language::English).unwrap_or_default();
            assert!(sentence.contains("2 pairs with 2 rejections"), "{sentence}");
            assert_eq!(left_out.connectors().count(), 2);
            let all = LeftOut::of(analysis.aggregate);
            assert_eq!(all.sentence(Language::English), None);
            assert_eq!(engine::incidents(analysis).len(), 3);
        });
    }

    #[test]
    fn the_work_is_bounded() {
        assert_eq!(most(0), 1_000);
        for others in [10, 250, 1_000, 2_500, 1_000_000] {
            assert!(most(others) * others <= 250_000.max(100 * others));
        }
    }
}
