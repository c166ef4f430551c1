//! Runs the program.
//!
//! In: arguments, standard input. Out: what it wrote, and its exit code.
//! Invariant: nothing of the surrounding environment changes colours, and no run is killed by a
//! signal or ends in a panic.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_sendlens");

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: Vec<u8>,
    /// Standard error.
    pub(crate) err: String,
}

impl Run {
    /// Standard output as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("standard output is UTF-8")
    }

    /// Standard output as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|error| panic!("no JSON on standard output ({error}): {self:?}"))
    }

    /// Standard output as one JSON value per line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
            })
            .collect()
    }
}

/// Runs the program in the folder of the package.
pub(crate) fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    Call::new(arguments).run()
}

/// A run in the making.
pub(crate) struct Call(assert_cmd::Command);

impl Call {
    /// With these arguments, in the folder of the package.
    pub(crate) fn new<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Call {
        let mut command = assert_cmd::Command::new(PROGRAM);
        command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        for name in [
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "RUST_BACKTRACE",
            "SENDLENS_LANG",
        ] {
            command.env_remove(name);
        }
        Call(command)
    }

    /// With one more argument.
    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Call {
        self.0.arg(argument);
        self
    }

    /// In another folder.
    pub(crate) fn folder(mut self, folder: &Path) -> Call {
        self.0.current_dir(folder);
        self
    }

    /// With a variable of the environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Call {
        self.0.env(name, value);
        self
    }

    /// With bytes on standard input.
    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Call {
        self.0.write_stdin(bytes);
        self
    }

    /// Runs it.
    pub(crate) fn run(mut self) -> Run {
        let output = self.0.output().expect("the program starts");
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(
            (0..=3).contains(&run.code) && !run.err.contains("panicked"),
            "{:?} ended with {}: {}",
            self.0,
            output.status,
            run.err
        );
        run
    }
}

/// The strings at a pointer of each value of a list.
pub(crate) fn texts(list: &Value, pointer: &str) -> Vec<String> {
    let values = list.as_array().expect("a list");
    values
        .iter()
        .map(|value| {
            let text = value.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
                .to_owned()
        })
        .collect()
}

/// The codes of the causes of a report, in its order.
pub(crate) fn causes(report: &Value) -> Vec<String> {
    texts(&report["incidents"], "/cause/code")
}
