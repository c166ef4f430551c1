//! What the inputs show of a story: the truth is written down as the story is played.
//!
//! In: the attempts and the ending of a story. Out: a [`Truth`] for each recipient.
//! Must not look at the program: all of it follows the table of fates in the specification.

use std::collections::BTreeMap;

use crate::weeks::model::{HOUR, Millis};

use super::mail::{Mail, Said, Try, Where};
use super::plots::Ending;
use super::send_rows::Stage;
use super::truth::{Fate, Truth, View};
use super::world::{EXPIRY, MINUTE, Server, Version, Week};

/// What has happened in a story so far.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    story: &'static str,
    /// Whether the logs of its server are missing.
    is_hidden: bool,
    /// Whether a server took part that writes no message ids.
    lacks_ids: bool,
    /// Whether it went to another server.
    moved: bool,
    pub(super) copies: bool,
    recipients: BTreeMap<usize, Course>,
}

/// What has happened to a recipient so far.
#[derive(Debug, Clone, Default)]
struct Course {
    /// The first and the last session that tried it.
    sessions: Option<(Millis, Millis)>,
    /// Whether a row named it, and whether one of the last session did.
    named: bool,
    named_last: bool,
    /// Whether one did since it went to another server.
    named_since: bool,
    /// Whether a session showed that it was not taken.
    failed: bool,
    /// Whether a DEFER row names it.
    noted: bool,
}

impl Outcome {
    pub(super) fn new(story: &'static str, server: &Server) -> Outcome {
        Outcome {
            story,
            is_hidden: server.hidden,
            lacks_ids: server.version == Version::E2010,
            moved: false,
            copies: false,
            recipients: BTreeMap::new(),
        }
    }

    /// It came in on another server.
    pub(super) fn came_by(&mut self, from: &Server) {
        self.lacks_ids |= from.version == Version::E2010;
    }

    /// Another server has it now.
    pub(super) fn moved(&mut self, to: &Server) {
        self.moved = true;
        for course in self.recipients.values_mut() {
            course.named_since = false;
        }
        self.lacks_ids |= to.version == Version::E2010;
    }

    /// Exchange Online was tried.
    pub(super) fn tried(&mut self, week: &Week, mail: &Mail, one: &Try) {
        let pipelining = week.servers[one.server].pipelining;
        if one.place == Where::NoSession {
            for (place, _) in &one.recipients {
                self.recipients.entry(*place).or_default();
            }
            return;
        }
        for (number, (place, said)) in one.recipients.iter().enumerate() {
            let course = self.recipients.entry(*place).or_default();
            let first = course.sessions.map_or(one.at, |(first, _)| first);
            course.sessions = Some((first, one.at));
            course.named_last = pipelining
                || match one.place {
                    Where::Mail | Where::Break(Stage::Mail) => false,
                    Where::Break(Stage::Recipients) => number == 0,
                    _ => true,
                };
            course.named |= course.named_last;
            course.named_since |= course.named_last;
            course.failed |= *said != Said::Taken;
            course.noted |= *said == Said::Deferred
                && mail.notes_deferrals
                && !matches!(one.place, Where::Break(_));
        }
    }

    /// The story of these recipients is over.
    pub(super) fn ends(&self, week: &mut Week, mail: &Mail, places: &[usize], ending: Ending) {
        for place in places {
            let course = self.recipients.get(place).cloned().unwrap_or_default();
            let never = mail.recipients[*place].parameters.contains("NEVER");
            let silent = mail.sender.is_empty() || never;
            let mut fate = ending.fate(silent);
            let told = mail.reports.iter().any(|(of, _)| of == place);
            let lost = told && mail.report_is_lost;
            if lost {
                fate = Fate::Lost;
            }
            let story = Story {
                week,
                mail,
                ending,
                course: &course,
                never,
                lost,
            };
            let views = self.views(&story);
            let fails = matches!(ending, Ending::Refused | Ending::Expires);
            let tracked = fails || course.noted;
            let queued = matches!(ending, Ending::Waits | Ending::Cut);
            let failed = [course.failed || tracked || queued, course.failed, tracked];
            let truth = self.truth(mail, *place, fate, views, failed);
            week.truths.push(Truth {
                told: told && !lost,
                ..truth
            });
        }
    }

    /// A server without logs has it now, and what it does with it is not in the input.
    pub(super) fn is_handed_on(&self, week: &mut Week, mail: &Mail, places: &[usize]) {
        for place in places {
            let course = self.recipients.get(place).cloned().unwrap_or_default();
            let moved = View::Unknown(&["moved_to"]);
            let send = match course {
                Course { sessions: None, .. } => View::Absent,
                _ if self.lacks_ids => View::Apart,
                Course { named: false, .. } => View::Little,
                _ => moved.clone(),
            };
            let tracking = if course.noted {
                moved.clone()
            } else {
                View::Absent
            };
            let all = match &send {
                View::Absent => tracking.clone(),
                View::Apart | View::Little if course.noted => moved,
                other => other.clone(),
            };
            let failed = [course.failed, course.failed, course.noted];
            let truth = self.truth(mail, *place, Fate::Delivered, [all, send, tracking], failed);
            week.truths.push(truth);
        }
    }

    /// A group that was expanded: its members have fates of their own, and nothing about it leads to
    /// Exchange Online.
    pub(super) fn is_group(week: &mut Week, mail: &Mail) {
        week.truths.push(Truth {
            message: mail.id.clone(),
            address: mail.recipients[0].address.clone(),
            only_from: None,
            fate: Fate::Expanded,
            story: "expanded",
            views: [View::Absent, View::Absent, View::Absent],
            failed: [false; 3],
            lacks_ids: false,
            copies: false,
            reports: Vec::new(),
            told: false,
        });
    }

    fn truth(
        &self,
        mail: &Mail,
        place: usize,
        fate: Fate,
        views: [View; 3],
        failed: [bool; 3],
    ) -> Truth {
        let reports = mail.reports.iter().map(|(_, report)| report.clone());
        Truth {
            message: mail.id.clone(),
            address: mail.recipients[place].address.clone(),
            only_from: (mail.shares_id && !self.lacks_ids).then(|| mail.sender.clone()),
            fate,
            story: self.story,
            views,
            failed,
            lacks_ids: self.lacks_ids,
            copies: self.copies,
            reports: reports.collect(),
            told: false,
        }
    }

    fn views(&self, story: &Story<'_>) -> [View; 3] {
        if self.is_hidden {
            return [View::Absent, View::Absent, View::Absent];
        }
        let send = self.in_send_logs(story);
        let tracking = story.in_tracking_logs();
        [self.in_everything(story, &send), send, tracking]
    }

    fn in_send_logs(&self, story: &Story<'_>) -> View {
        let Story {
            week, mail, course, ..
        } = story;
        let Some((first, last)) = course.sessions else {
            return View::Absent;
        };
        if self.lacks_ids {
            return if self.copies {
                View::Little
            } else {
                View::Apart
            };
        }
        if !course.named {
            return if self.moved || story.lost || story.never || mail.recipients.len() > 1 {
                View::Little
            } else {
                View::Nameless
            };
        }
        let gone = if self.moved && !course.named_since {
            View::Unknown(&["moved_to", "no_longer_tried"])
        } else {
            View::Unknown(&["no_longer_tried"])
        };
        let usual = if story.lost {
            View::Default(Fate::Bounced)
        } else {
            View::Shown
        };
        match story.ending {
            Ending::Taken | Ending::Elsewhere => View::Shown,
            Ending::Refused if course.named_last || mail.recipients.len() == 1 => usual,
            Ending::Refused => View::Little,
            Ending::Expires if last + 100 * MINUTE < mail.entered + EXPIRY => gone,
            Ending::Expires if first > mail.entered + 30 * MINUTE => View::Little,
            Ending::Expires => usual,
            Ending::Waits if last + 2 * HOUR >= week.end => View::Shown,
            Ending::Cut => View::Unknown(&["log_ends"]),
            _ => gone,
        }
    }

    fn in_everything(&self, story: &Story<'_>, send: &View) -> View {
        let course = story.course;
        let known = course.sessions.is_some() || course.noted;
        let named = (course.named && !self.lacks_ids) || course.noted;
        match story.ending {
            Ending::Waits | Ending::Cut if story.week.lists_recipients => View::Shown,
            Ending::Waits | Ending::Cut if named => View::Shown,
            Ending::Waits | Ending::Cut if self.lacks_ids => View::Apart,
            Ending::Waits | Ending::Cut => View::Nameless,
            Ending::Refused | Ending::Expires if story.never && !course.named => {
                View::Default(Fate::Bounced)
            }
            Ending::Refused | Ending::Expires if story.never && self.lacks_ids => {
                View::Default(Fate::Bounced)
            }
            Ending::Refused | Ending::Expires => View::Shown,
            Ending::Taken if self.lacks_ids && !course.noted => View::Apart,
            Ending::Taken => View::Shown,
            _ if !known => View::Absent,
            _ if self.lacks_ids && !course.noted => View::Apart,
            _ if !named => View::Little,
            Ending::Elsewhere if self.lacks_ids => View::Little,
            Ending::Poison => View::Unknown(&["held"]),
            _ if *send == View::Absent && !course.noted => View::Absent,
            _ => View::Shown,
        }
    }
}

/// A recipient at the end of its story.
struct Story<'a> {
    week: &'a Week,
    mail: &'a Mail,
    ending: Ending,
    course: &'a Course,
    /// Nobody is told of a failure, and only the send log says so.
    never: bool,
    /// The report to the sender was lost.
    lost: bool,
}

impl Story<'_> {
    fn in_tracking_logs(&self) -> View {
        match self.ending {
            Ending::Taken => View::Shown,
            Ending::Refused | Ending::Expires if self.never && !self.mail.sender.is_empty() => {
                View::Default(Fate::Bounced)
            }
            Ending::Refused | Ending::Expires => View::Shown,
            _ if !self.course.noted => View::Absent,
            Ending::Poison => View::Unknown(&["held"]),
            // Older versions log no more than that a next hop took it.
            Ending::Elsewhere
                if self
                    .week
                    .servers
                    .iter()
                    .any(|of| of.version < Version::E2016) =>
            {
                View::Little
            }
            _ => View::Shown,
        }
    }
}
