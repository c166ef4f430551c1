//! Writes data to standard output or to a file. A file is written next to its destination and
//! renamed at the end.
//!
//! In: bytes. Out: a complete file or none, even if Ctrl-C ends the run.
//! Must not leave an incomplete file. A closed pipe ends the run as a success.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use anstream::ColorChoice;
use anstream::adapter::strip_bytes;
use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

use crate::console;
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
    /// A file that appears only when it is complete.
    File {
        part: BufWriter<NamedTempFile>,
        path: PathBuf,
    },
}

const BUFFER: usize = 256 * 1024;

impl Output {
    /// Opens the destination before the work begins, so that you see at once if it cannot be written.
    ///
    /// # Errors
    /// If the folder of the file cannot be written.
    pub fn open(path: Option<&Path>, color: ColorChoice) -> Result<Output> {
        let Some(path) = path else {
            let colored = console::shows_colors(color);
            let to = Destination::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()));
            return Ok(Output { to, colored });
        };
        if path.is_dir() {
            anyhow::bail!(
                "{}: this is a folder. Give the name of a file to write to",
                path.display()
            );
        }
        let colored = color == ColorChoice::AlwaysAnsi;
        // A device or pipe is written to and never replaced. A link keeps its target.
        if path.metadata().is_ok_and(|known| !known.is_file()) {
            let file = File::options().write(true).open(path);
            let file =
                file.with_context(|| format!("{}: the file cannot be written", path.display()))?;
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
                "{}: the file cannot be written ({}). Choose a folder that exists and that you can write to",
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

    /// Writes text with colour codes, and removes them if no colours are wanted.
    ///
    /// # Errors
    /// The error of the destination.
    pub fn write_styled(&mut self, text: &[u8]) -> io::Result<()> {
        if self.colored {
            self.write_all(text)
        } else {
            self.write_all(&strip_bytes(text).into_vec())
        }
    }

    /// Completes the output.
    ///
    /// # Errors
    /// If the rest cannot be written, or the file cannot be renamed to its destination.
    pub fn finish(self) -> Result<()> {
        match self.to {
            Destination::Stdout(mut out) => Ok(out.flush()?),
            Destination::Direct(mut out) => Ok(out.flush()?),
            Destination::File { part, path } => {
                let part = part.into_inner().map_err(io::IntoInnerError::into_error)?;
                // Ctrl-C waits here until the file has its final name.
                let mut unfinished = unfinished();
                part.persist(&path)
                    .with_context(|| format!("{}: the file cannot be written", path.display()))?;
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

/// The temporary file of this run, until it is complete.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ctrl-C ends the program without unwinding, so the temporary file is removed first.
fn remove_when_interrupted(part: &Path) {
    static INSTALLED: Once = Once::new();
    *unfinished() = Some(part.to_owned());
    // This fails if Ctrl-C is already ignored, as for a script in the background. Then it stays ignored.
    INSTALLED.call_once(|| drop(ctrlc::try_set_handler(interrupted)));
}

#[allow(clippy::exit, reason = "Ctrl-C ends the program")]
fn interrupted() {
    let part = unfinished();
    if let Some(part) = part.as_deref() {
        // Nothing more can be done if the file cannot be removed.
        let _ = std::fs::remove_file(part);
    }
    std::process::exit(INTERRUPTED);
}

/// The exit code of a program that Ctrl-C ended, as shells show it.
const INTERRUPTED: i32 = 130;

/// Creates a file next to the destination, with the usual rights of a new file.
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

/// Whether the reader of the output has closed it, which is not a failure.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause
            .downcast_ref::<serde_json::Error>()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}
