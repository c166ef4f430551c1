//! The exit codes. Scripts depend on them, so they never change.
//!
//! In: how the command ended. Out: the exit code of the process.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing was found at or above the level of `--fail-on`.
    Clean,
    /// Something was found at or above that level.
    Found,
    /// The command was used wrongly, or some input could not be read.
    Trouble,
    /// The input contains nothing that can be used.
    Nothing,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Found => 1,
            Exit::Trouble => 2,
            Exit::Nothing => 3,
        })
    }
}
