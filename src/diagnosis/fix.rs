//! A step of a fix, as data.
//!
//! In: a command that [`crate::remedy`] has quoted, or a sentence. Out: a [`Fix`].
//! Must not build commands. [`crate::remedy::command`] quotes values.

use schemars::JsonSchema;
use serde::Serialize;

/// Where a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Exchange Online PowerShell.
    Online,
    /// Microsoft Graph PowerShell, for changes to the directory.
    Graph,
    /// The Exchange Management Shell on the organisation's own servers.
    OnPremises,
    /// Not in PowerShell: the network, a log folder, Microsoft's support.
    Elsewhere,
}

impl Where {
    fn as_str(self) -> &'static str {
        match self {
            Where::Online => "Exchange Online PowerShell",
            Where::Graph => "Microsoft Graph PowerShell",
            Where::OnPremises => "Exchange Management Shell",
            Where::Elsewhere => "Outside PowerShell",
        }
    }
}

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// It changes something.
    #[default]
    Change,
    /// It only shows something and changes nothing.
    Inspect,
    /// After this step, servers may offer a certificate that they did not offer before.
    EnableCertificate,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fix {
    /// Where to do it.
    #[serde(rename = "where")]
    pub place: String,
    /// What to paste; `null` where no command helps.
    pub command: Option<String>,
    /// What it does, and what to mind.
    pub note: String,
    /// What it is for; not part of the output.
    #[serde(skip)]
    pub purpose: Purpose,
}

impl Fix {
    /// A command that changes something.
    pub fn command(place: Where, command: String, note: &str) -> Fix {
        Fix {
            place: place.as_str().to_owned(),
            command: Some(command),
            note: note.to_owned(),
            purpose: Purpose::Change,
        }
    }

    /// A command that only shows something.
    pub fn inspect(place: Where, command: String, note: &str) -> Fix {
        Fix::command(place, command, note).purpose(Purpose::Inspect)
    }

    /// A step without a command.
    pub fn step(note: &str) -> Fix {
        Fix {
            place: Where::Elsewhere.as_str().to_owned(),
            command: None,
            note: note.to_owned(),
            purpose: Purpose::Change,
        }
    }

    /// The same step for another purpose.
    pub fn purpose(mut self, purpose: Purpose) -> Fix {
        self.purpose = purpose;
        self
    }
}
