//! Whether the terminal shows colours. The classic Windows console first has to be told to.
//!
//! In: what `--color` says, and standard output. Out: yes or no.
//! Must not write. Only a console that colours are written to is changed.

use anstream::{AutoStream, ColorChoice};

/// Whether colour codes are written to standard output.
pub fn shows_colors(choice: ColorChoice) -> bool {
    let choice = match choice {
        ColorChoice::Auto => AutoStream::choice(&std::io::stdout()),
        other => other,
    };
    decide(choice, reads_codes)
}

/// The number of columns of the terminal that standard output is, or `None` if it is none.
pub fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// Whether the terminal that standard output is shows links. It must show colours too.
pub fn shows_links(choice: ColorChoice) -> bool {
    shows_colors(choice) && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout)
}

/// `reads_codes` is asked only if colours are wanted.
fn decide(choice: ColorChoice, reads_codes: impl FnOnce() -> bool) -> bool {
    match choice {
        ColorChoice::Never => false,
        // `--color always`: codes are written even to a console that cannot show them.
        ColorChoice::AlwaysAnsi => {
            reads_codes();
            true
        }
        ColorChoice::Always | ColorChoice::Auto => reads_codes(),
    }
}

/// Turns on virtual terminal processing. False if the console does not have it.
#[cfg(windows)]
fn reads_codes() -> bool {
    use winapi_util::{HandleRef, console};

    // A file, a pipe, or a terminal that is no console of Windows: who reads it understands codes.
    let Ok(mode) = console::mode(HandleRef::stdout()) else {
        return true;
    };
    mode & VIRTUAL_TERMINAL != 0
        || console::set_mode(HandleRef::stdout(), mode | VIRTUAL_TERMINAL).is_ok()
}

/// `ENABLE_VIRTUAL_TERMINAL_PROCESSING`.
#[cfg(windows)]
const VIRTUAL_TERMINAL: u32 = 0x0004;

/// Terminals of other systems always read codes.
#[cfg(not(windows))]
fn reads_codes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_without_codes_gets_none() {
        assert!(decide(ColorChoice::Always, || true));
        assert!(!decide(ColorChoice::Always, || false));
        assert!(decide(ColorChoice::AlwaysAnsi, || false));
    }

    #[test]
    fn a_console_is_left_alone_without_colors() {
        assert!(!decide(ColorChoice::Never, || unreachable!("not asked")));
    }

    #[test]
    fn the_console_is_prepared_if_colors_are_forced() {
        let mut asked = false;
        assert!(decide(ColorChoice::AlwaysAnsi, || {
            asked = true;
            true
        }));
        assert!(asked);
    }
}
