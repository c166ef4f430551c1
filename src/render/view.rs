//! How a report is shown: what the reader chose, and what the terminal can show.
//!
//! In: options that the command layer has checked. Out: [`View`].
//! Must not look at the environment or at the terminal.

use chrono_tz::Tz;

use crate::language::Language;
use crate::render::plain;
use crate::render::times::Clock;
use crate::report::document::Document;

/// How much a text report holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// What fits on a screen.
    #[default]
    Short,
    /// Everything.
    Full,
}

/// Where a file is, as a terminal can open it.
pub type Link = Box<dyn Fn(&str) -> Option<String>>;

/// How a report is shown.
pub struct View {
    /// The language of its sentences.
    pub language: Language,
    /// The time zone of its times.
    pub zone: Tz,
    /// How much a text report holds.
    pub extent: Extent,
    /// A heading of the reader's own.
    pub title: Option<String>,
    /// The number of columns of the terminal.
    pub width: usize,
    /// The address of a file of the input, if the terminal shows links.
    pub link: Link,
}

impl Default for View {
    fn default() -> View {
        View {
            language: Language::English,
            zone: Tz::UTC,
            extent: Extent::Short,
            title: None,
            width: plain::WIDTH,
            link: Box::new(|_| None),
        }
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("View");
        shown.field("language", &self.language);
        shown.field("zone", &self.zone);
        shown.field("extent", &self.extent);
        shown.field("title", &self.title);
        shown.field("width", &self.width);
        shown.finish_non_exhaustive()
    }
}

impl View {
    /// How this report shows times.
    pub fn clock(&self, report: &Document) -> Clock {
        let input = &report.input;
        let (first, last) = (input.first.as_deref(), input.last.as_deref());
        Clock::new(self.language, self.zone, first, last)
    }
}
