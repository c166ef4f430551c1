//! Where data goes: standard output, or a file written beside its place and renamed at the end.
//!
//! In: bytes. Out: a whole file or none. A closed pipe ends the run as a success.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

/// An open destination.
pub enum Output {
    /// Standard output; colour switches itself off where it is no terminal.
    Stdout(BufWriter<AutoStream<io::Stdout>>),
    /// A file that appears only when it is whole.
    File {
        /// The part written so far.
        part: BufWriter<NamedTempFile>,
        /// Where it goes.
        path: PathBuf,
    },
}

impl Output {
    /// Opens the destination before the work begins, so that an unwritable one is known at once.
    ///
    /// # Errors
    /// Where the folder of the file cannot be written.
    pub fn open(path: Option<&Path>, color: anstream::ColorChoice) -> Result<Output> {
        let Some(path) = path else {
            let stdout = AutoStream::new(io::stdout(), color);
            return Ok(Output::Stdout(BufWriter::with_capacity(256 * 1024, stdout)));
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let part = NamedTempFile::new_in(folder).with_context(|| {
            format!(
                "{}: cannot be written; choose a folder that exists and that you may write to",
                path.display()
            )
        })?;
        if path.is_dir() {
            anyhow::bail!("{}: is a folder; name a file to write to", path.display());
        }
        Ok(Output::File {
            part: BufWriter::with_capacity(256 * 1024, part),
            path: path.to_owned(),
        })
    }

    /// Everything has been written.
    ///
    /// # Errors
    /// Where the rest cannot be written or the file cannot be put in its place.
    pub fn finish(self) -> Result<()> {
        match self {
            Output::Stdout(mut out) => Ok(out.flush()?),
            Output::File { part, path } => {
                let part = part.into_inner().map_err(io::IntoInnerError::into_error)?;
                part.persist(&path)
                    .with_context(|| format!("{}: cannot be written", path.display()))?;
                Ok(())
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(out) => out.write(bytes),
            Output::File { part, .. } => part.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(out) => out.flush(),
            Output::File { part, .. } => part.flush(),
        }
    }
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
