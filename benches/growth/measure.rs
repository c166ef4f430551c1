//! Runs the program and sees what it takes.
//!
//! In: the program and a folder. Out: its time and its largest memory.
//! Must not judge what it prints, only that it ends well.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// Of the processors where the system tells, else of the clock.
    pub(crate) seconds: f64,
    /// The largest resident memory, where the system tells.
    pub(crate) bytes: Option<u64>,
}

impl Used {
    pub(crate) fn least(self, other: Used) -> Used {
        Used {
            seconds: self.seconds.min(other.seconds),
            bytes: self.bytes.min(other.bytes),
        }
    }
}

/// Runs a command of the program on a folder.
pub(crate) fn run(program: &Path, command: &str, folder: &Path) -> Used {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args([command, "-f", "json"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let seen = watch(&child);
    let status = child.wait().expect("the program ends");
    let code = status.code();
    assert!(
        matches!(code, Some(0 | 1)),
        "the program ended with {code:?} for {command}"
    );
    Used {
        seconds: seen.seconds.unwrap_or(start.elapsed().as_secs_f64()),
        bytes: seen.bytes,
    }
}

#[derive(Default)]
struct Seen {
    seconds: Option<f64>,
    bytes: Option<u64>,
}

/// Looks at `/proc` until the program has ended. It can still be looked at then, because nobody has
/// waited for it yet.
fn watch(child: &Child) -> Seen {
    let mut seen = Seen::default();
    let folder = format!("/proc/{}", child.id());
    while let Ok(stat) = std::fs::read_to_string(format!("{folder}/stat")) {
        // The name of the program, in brackets, stands before the state.
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        let columns: Vec<&str> = after.split(' ').collect();
        let ticks = |at: usize| columns.get(at).and_then(|text| text.parse::<f64>().ok());
        if let (Some(user), Some(system)) = (ticks(11), ticks(12)) {
            seen.seconds = Some((user + system) / 100.0);
        }
        let status = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        seen.bytes = peak.map(|kilobytes| kilobytes * 1024).or(seen.bytes);
        if columns.first() == Some(&"Z") {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    seen
}
