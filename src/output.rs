//! Where data goes: standard output, or a file written beside its place and renamed at the end.
//!
//! In: bytes. Out: a whole file or none, also where Ctrl-C ends the run. A closed pipe ends the run as
//! a success.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use anstream::adapter::strip_bytes;
use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

use crate::input::discover::PART_PREFIX;

/// An open destination.
pub struct Output {
    to: Destination,
    colored: bool,
}

enum Destination {
    Stdout(BufWriter<io::Stdout>),
    /// A device or named pipe.
    Direct(BufWriter<File>),
    /// A file that appears only when it is whole.
    File {
        part: BufWriter<NamedTempFile>,
        path: PathBuf,
    },
}

const BUFFER: usize = 256 * 1024;

impl Output {
    /// Opens the destination before the work begins, so that an unwritable one is known at once.
    ///
    /// # Errors
    /// Where the folder of the file cannot be written.
    pub fn open(path: Option<&Path>, color: ColorChoice) -> Result<Output> {
        let Some(path) = path else {
            let stdout = io::stdout();
            let choice = match color {
                ColorChoice::Auto => AutoStream::choice(&stdout),
                other => other,
            };
            let colored = choice != ColorChoice::Never;
            let to = Destination::Stdout(BufWriter::with_capacity(BUFFER, stdout));
            return Ok(Output { to, colored });
        };
        if path.is_dir() {
            anyhow::bail!("{}: is a folder; name a file to write to", path.display());
        }
        let colored = color == ColorChoice::AlwaysAnsi;
        // A device or pipe is written to, never replaced; a link keeps pointing where it does.
        if path.metadata().is_ok_and(|known| !known.is_file()) {
            let file = File::options().write(true).open(path);
            let file = file.with_context(|| format!("{}: cannot be written", path.display()))?;
            let to = Destination::Direct(BufWriter::with_capacity(BUFFER, file));
            return Ok(Output { to, colored });
        }
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let path = target.as_path();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let part = part_file(folder).map_err(|error| {
            anyhow::anyhow!(
                "{}: cannot be written ({}); choose a folder that exists and that you may write to",
                path.display(),
                error.kind()
            )
        })?;
        remove_when_interrupted(part.path());
        let to = Destination::File {
            part: BufWriter::with_capacity(BUFFER, part),
            path: path.to_owned(),
        };
        Ok(Output { to, colored })
    }

    /// Writes text with colour, which is taken out where none is wanted.
    ///
    /// # Errors
    /// Whatever the destination says.
    pub fn write_styled(&mut self, text: &[u8]) -> io::Result<()> {
        if self.colored {
            self.write_all(text)
        } else {
            self.write_all(&strip_bytes(text).into_vec())
        }
    }

    /// Everything has been written.
    ///
    /// # Errors
    /// Where the rest cannot be written or the file cannot be put in its place.
    pub fn finish(self) -> Result<()> {
        match self.to {
            Destination::Stdout(mut out) => Ok(out.flush()?),
            Destination::Direct(mut out) => Ok(out.flush()?),
            Destination::File { part, path } => {
                let part = part.into_inner().map_err(io::IntoInnerError::into_error)?;
                // An interruption waits until the file is in its place.
                let mut unfinished = unfinished();
                part.persist(&path)
                    .with_context(|| format!("{}: cannot be written", path.display()))?;
                *unfinished = None;
                Ok(())
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            Destination::Stdout(out) => out.write(bytes),
            Destination::Direct(out) => out.write(bytes),
            Destination::File { part, .. } => part.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            Destination::Stdout(out) => out.flush(),
            Destination::Direct(out) => out.flush(),
            Destination::File { part, .. } => part.flush(),
        }
    }
}

/// The part file of this run, while it is not whole.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ctrl-C ends the program without unwinding: the part file is removed first.
fn remove_when_interrupted(part: &Path) {
    static INSTALLED: Once = Once::new();
    *unfinished() = Some(part.to_owned());
    // This fails where Ctrl-C is ignored already, as in the background of a script; it stays so.
    INSTALLED.call_once(|| drop(ctrlc::try_set_handler(interrupted)));
}

#[allow(clippy::exit, reason = "the program was told to end")]
fn interrupted() {
    let part = unfinished();
    if let Some(part) = part.as_deref() {
        // Nothing is left to be done about a file that cannot be removed.
        let _ = std::fs::remove_file(part);
    }
    std::process::exit(INTERRUPTED);
}

/// The exit code of a program that Ctrl-C has ended, as shells show it.
const INTERRUPTED: i32 = 130;

/// A file beside the destination, with the rights that a new file has here.
fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PART_PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// True where the reader of our output has gone, which is no failure.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause
            .downcast_ref::<serde_json::Error>()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}
