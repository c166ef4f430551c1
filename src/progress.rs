//! Progress on standard error, behind one small trait.
//!
//! In: the number of bytes that are done. Out: a bar, or nothing.
//! Must not write to standard output. Nothing is shown for runs shorter than half a second.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::language::{Language, labels};

/// When to show progress (`--progress`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum When {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Shows how far the run is.
pub trait Progress {
    /// Adds the bytes that are done.
    fn advance(&self, bytes: u64);
    /// Removes the progress at the end of the run.
    fn finish(&self);
}

/// Shows nothing.
#[derive(Debug)]
pub struct Silent;

impl Progress for Silent {
    fn advance(&self, _bytes: u64) {}
    fn finish(&self) {}
}

/// A bar that appears after half a second.
#[derive(Debug)]
pub struct Bar {
    language: Language,
    begun: Instant,
    total: u64,
    done: std::sync::atomic::AtomicU64,
    bar: OnceLock<ProgressBar>,
}

const PATIENCE: Duration = Duration::from_millis(500);

impl Progress for Bar {
    fn advance(&self, bytes: u64) {
        let done = self
            .done
            .fetch_add(bytes, std::sync::atomic::Ordering::Relaxed)
            + bytes;
        if self.bar.get().is_none() && self.begun.elapsed() < PATIENCE {
            return;
        }
        self.bar
            .get_or_init(|| bar(self.language, self.total))
            .set_position(done);
    }

    fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

fn bar(language: Language, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
    match ProgressStyle::with_template(&template(language)) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The progress that the option asks for, for a run over `total` bytes.
pub fn new(language: Language, when: When, total: u64) -> Box<dyn Progress> {
    let shown = match when {
        When::Always => true,
        When::Never => false,
        When::Auto => std::io::stderr().is_terminal(),
    };
    if !shown {
        return Box::new(Silent);
    }
    Box::new(Bar {
        language,
        begun: Instant::now(),
        total,
        done: std::sync::atomic::AtomicU64::new(0),
        bar: OnceLock::new(),
    })
}

labels! {
    template: "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left", "{bar:30} {total_bytes} 中 {bytes}、{bytes_per_sec}、残り {eta}" ["197a7501"];
}
