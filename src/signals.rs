//! Catches what ends the program from outside, such as Ctrl-C, so that it can clean up before.
//!
//! In: what to do at the end. Out: it is called with the exit code that shells show for the signal.
//! Must not catch what the caller of the program has set to be ignored, such as a closed terminal under
//! `nohup`.

#[cfg(unix)]
use nix::sys::signal::{SigSet, Signal};

/// What does not end the program. All other signals would, and without unwinding.
#[cfg(unix)]
const LEFT_ALONE: &[Signal] = &[
    // They cannot be caught.
    Signal::SIGKILL,
    Signal::SIGSTOP,
    // The standard library has handlers for them.
    Signal::SIGSEGV,
    Signal::SIGBUS,
    Signal::SIGPIPE,
    // They stop the program for a while, or nobody minds them.
    Signal::SIGTSTP,
    Signal::SIGTTIN,
    Signal::SIGTTOU,
    Signal::SIGCONT,
    Signal::SIGCHLD,
    Signal::SIGURG,
    Signal::SIGWINCH,
    #[cfg(not(target_os = "linux"))]
    Signal::SIGIO,
    #[cfg(not(target_os = "linux"))]
    Signal::SIGINFO,
];

/// The stack of the thread that waits.
#[cfg(unix)]
const STACK: usize = 256 * 1024;

/// Calls `end` when something ends the program from outside. Call this before any other thread begins.
/// Without a thread to wait in, everything stays as it was.
#[cfg(unix)]
pub fn on_end(end: impl Fn(i32) + Send + 'static) {
    let ignored = ignored();
    let signals: SigSet = Signal::iterator()
        .filter(|signal| !LEFT_ALONE.contains(signal) && ignored & bit(*signal as u32) == 0)
        .collect();
    // They are blocked here and in all threads that begin later, and wait for this one.
    if signals.thread_block().is_err() {
        return;
    }
    let wait = move || {
        loop {
            match signals.wait() {
                // A write has reached the limit of its file. It says so itself.
                Ok(Signal::SIGXFSZ) => {}
                Ok(signal) => end(128 + signal as i32),
                Err(_) => return,
            }
        }
    };
    // It needs next to nothing of the memory that a limit may leave.
    let thread = std::thread::Builder::new()
        .name("signals".to_owned())
        .stack_size(STACK);
    if thread.spawn(wait).is_err() {
        // The program can be ended as before.
        let _ = signals.thread_unblock();
    }
}

/// The signals that the caller of the program has set to be ignored, as bits. Linux keeps an ignored
/// signal for a thread that waits for it, other systems drop it.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status)
}

#[cfg(unix)]
fn ignored_in(status: &str) -> u64 {
    let bits = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.unwrap_or(0)
}

#[cfg(unix)]
fn bit(signal: u32) -> u64 {
    1 << (signal - 1)
}

/// The same for Ctrl-C, Ctrl-Break and a closed window.
#[cfg(not(unix))]
pub fn on_end(end: impl Fn(i32) + Send + 'static) {
    const INTERRUPTED: i32 = 130;
    // Without a handler, the program ends as it would without this.
    drop(ctrlc::try_set_handler(move || end(INTERRUPTED)));
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_nohup_ignores_is_ignored() {
        let status = "Name:\tsendlens\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        let ignored = ignored_in(status);
        assert_ne!(ignored & bit(1), 0, "SIGHUP");
        assert_eq!(ignored & bit(2), 0, "SIGINT");
        assert_ne!(ignored & bit(13), 0, "SIGPIPE");
        assert_eq!(ignored_in("no such line"), 0);
    }
}
