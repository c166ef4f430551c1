//! All texts of the page.
//!
//! In: nothing. Out: the sentences and labels of the other files.
//! Must not hold a text of its own.

pub(super) use super::incident_sentences::*;
pub(super) use super::labels::*;
pub(super) use super::picture_sentences::*;
pub(super) use super::section_sentences::*;
pub(super) use super::top_sentences::*;
pub(super) use crate::render::words::{
    about, accepted, checks, code, connectors_that_work, connectors_without_mail, given_folder,
    no_match, not_checked, other_rejections, rejected, reply, seen, server, servers, severity,
    tenant, uncertain, what_was_read,
};
