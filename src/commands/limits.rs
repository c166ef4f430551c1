//! What the options choose of the sessions: a period, and send connectors.
//!
//! In: a [`Config`], and the last time of the logs where the options need it. Out: [`Limits`].
//! Must not read rows.

use anyhow::{Context as _, Result, bail};
use globset::GlobMatcher;

use super::config::{Config, Moment, pattern_of};
use crate::digest_file::ChosenLimits;
use crate::input::corpus::Corpus;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, labels, sentences};
use crate::queue::Queue;
use crate::session::frame::Frame;

/// What is chosen of the sessions.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    chosen: ChosenLimits,
    /// The pattern of the send connectors, to be compared.
    connector: Option<GlobMatcher>,
}

impl Limits {
    /// What the options choose. Digests were made with limits of their own, which `given` holds with the name of
    /// one: without options, these hold for the logs beside them too. `last` is the latest row of digests.
    ///
    /// # Errors
    /// If an option needs the end of the logs, and it cannot be read. If digests were made with other limits.
    pub(crate) fn of(
        config: &Config,
        corpus: &Corpus,
        last: Timestamp,
        given: Option<&(String, ChosenLimits)>,
    ) -> Result<Limits> {
        let language = config.language;
        let own = ChosenLimits {
            since: resolve(language, config.since, corpus, last)?,
            until: resolve(language, config.until, corpus, last)?,
            connector: config.connector.clone(),
        };
        let chosen = match given {
            Some((_, limits)) if own == ChosenLimits::default() => limits.clone(),
            Some((file, limits)) if own != *limits => {
                let (own, limits) = (shown(language, &own), shown(language, limits));
                bail!(other_limits(language, file, &limits, &own))
            }
            _ => own,
        };
        let connector = chosen.connector.as_deref();
        let connector = connector.map(|pattern| pattern_of(language, pattern));
        Ok(Limits {
            connector: connector.transpose()?,
            chosen,
        })
    }

    /// What is chosen, for a digest.
    pub(crate) fn chosen(&self) -> &ChosenLimits {
        &self.chosen
    }

    /// Whether all sessions are chosen.
    pub(crate) fn choose_all(&self) -> bool {
        self.chosen == ChosenLimits::default()
    }

    /// Whether only some send connectors are chosen.
    pub(crate) fn choose_connectors(&self) -> bool {
        self.connector.is_some()
    }

    /// Whether the send connector with this name is chosen.
    pub(crate) fn hold_connector(&self, name: &str) -> bool {
        let pattern = self.connector.as_ref();
        pattern.is_none_or(|pattern| pattern.is_match(name))
    }

    /// Whether a session is in the period and of the send connectors chosen.
    pub(crate) fn hold(&self, frame: &Frame) -> bool {
        self.hold_connector(&frame.connector) && self.hold_span(frame.started, frame.ended)
    }

    /// Whether a session ended before the period.
    pub(crate) fn begin_after(&self, frame: &Frame) -> bool {
        self.chosen.since.is_some_and(|since| frame.ended < since)
    }

    /// Whether what was from one time to another reaches into the period.
    pub(crate) fn hold_span(&self, started: Timestamp, ended: Timestamp) -> bool {
        self.chosen.since.is_none_or(|since| ended >= since)
            && self.chosen.until.is_none_or(|until| started <= until)
    }

    /// The part of the time from `first` to `last` that is in the period.
    pub(crate) fn of_period(&self, first: Timestamp, last: Timestamp) -> (Timestamp, Timestamp) {
        let first = self.chosen.since.map_or(first, |since| first.later(since));
        let last = self.chosen.until.map_or(last, |until| last.earlier(until));
        (first, last)
    }

    /// Whether the input may show a queue within the period. Where an export does not say its time, it
    /// may.
    pub(crate) fn reach(&self, queue: &Queue) -> bool {
        let (start, end) = queue.shown();
        let (start, end) = (start.map(Timestamp::from), end.map(Timestamp::from));
        let ends_within = self
            .chosen
            .since
            .zip(end)
            .is_none_or(|(since, end)| end >= since);
        let starts_within = self.chosen.until.zip(start);
        ends_within && starts_within.is_none_or(|(until, start)| start <= until)
    }
}

/// What was chosen, as options.
pub(super) fn shown(language: Language, limits: &ChosenLimits) -> String {
    let ChosenLimits {
        since,
        until,
        connector,
    } = limits;
    let since = since.map(|since| format!("--since {since}"));
    let until = until.map(|until| format!("--until {until}"));
    let connector = connector.as_ref();
    let connector = connector.map(|pattern| format!("--connector '{pattern}'"));
    let options: Vec<String> = [since, until, connector].into_iter().flatten().collect();
    if options.is_empty() {
        no_limits(language)
    } else {
        options.join(" ")
    }
}

/// A time before the last log line needs the end of the log, which is not known on standard input.
pub(super) fn refuse_relative_times(config: &Config) -> Result<()> {
    let relative = |moment: Option<Moment>| matches!(moment, Some(Moment::BeforeEnd(_)));
    if relative(config.since) || relative(config.until) {
        anyhow::bail!(no_end_of_pipe(config.language));
    }
    Ok(())
}

/// The point in time that an option means.
fn resolve(
    language: Language,
    moment: Option<Moment>,
    corpus: &Corpus,
    last_of_digests: Timestamp,
) -> Result<Option<Timestamp>> {
    let Some(moment) = moment else {
        return Ok(None);
    };
    if let Moment::BeforeEnd(_) = moment {
        let last = corpus.last_time().with_context(|| no_end(language))?;
        return Ok(Some(moment.resolve(last.later(last_of_digests))));
    }
    Ok(Some(moment.resolve(Timestamp::UNKNOWN)))
}

labels! {
    no_limits: "no limits", "制限なし" ["1ba19bea"];
    no_end_of_pipe: "--since and --until cannot be a time before the last log line with standard input, because its end is not known. Give a date or time instead", "標準入力では終わりが分からないため、最後のログ行からさかのぼる時刻を --since と --until に指定できません。代わりに日付または時刻を指定してください。" ["e8f0c066"];
    no_end: "the end of the log files cannot be read", "ログ ファイルの末尾を読み取れません" ["ccc06788"];
}

sentences! {
    /// A digest of other sessions than the options ask for.
    fn other_limits(file: &str, limits: &str, own: &str) {
        en: "{file}: this digest was made with {limits}, but the options here are {own}. Use the same options here or none, or make the digest again",
        ja: "{file}: このダイジェストの作成時の指定は {limits} ですが、ここでのオプションは {own} です。ここでも同じオプションを指定するか、オプションを省略するか、ダイジェストを作成し直してください。" ["98a1c322"],
    }
}
