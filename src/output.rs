//! Writes data to standard output or to a file, and sentences to standard error.
//!
//! In: bytes. Out: a complete file or none, see [`crate::part_file`].
//! A closed pipe ends the run as a success. Standard error that cannot be written changes nothing.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anstream::ColorChoice;
use anstream::adapter::strip_bytes;
use anyhow::{Result, anyhow, bail};

use crate::console;
use crate::language::{Language, sentences};
use crate::part_file::{PartFile, cannot, reason};

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
    File(PartFile),
}

const BUFFER: usize = 256 * 1024;

impl Output {
    /// Opens the destination before the work begins, so that you see at once if it cannot be written.
    ///
    /// # Errors
    /// If the file, or the folder of the file, cannot be written.
    pub fn open(language: Language, path: Option<&Path>, color: ColorChoice) -> Result<Output> {
        let Some(path) = path else {
            let colored = console::shows_colors(color);
            let to = Destination::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()));
            return Ok(Output { to, colored });
        };
        let colored = color == ColorChoice::AlwaysAnsi;
        let to = match device(path) {
            Some(file) => {
                let file = file
                    .map_err(|error| anyhow!(cannot(language, path, &reason(language, &error))))?;
                Destination::Direct(BufWriter::with_capacity(BUFFER, file))
            }
            None if path.is_dir() => bail!(is_folder(language, &path.display().to_string())),
            None => Destination::File(PartFile::open(language, path, BUFFER)?),
        };
        Ok(Output { to, colored })
    }

    /// Whether it is shown instead of kept, also by a name such as `/dev/tty` or `CON`.
    pub fn is_terminal(&self) -> bool {
        match &self.to {
            Destination::Stdout(out) => out.get_ref().is_terminal(),
            Destination::Direct(out) => out.get_ref().is_terminal(),
            Destination::File(_) => false,
        }
    }

    /// Begins a table for spreadsheets. In a file, they need a mark to see that it is UTF-8. Programs
    /// that read standard output do not expect one.
    ///
    /// # Errors
    /// The error of the destination.
    pub fn begin_csv(&mut self) -> io::Result<()> {
        match self.to {
            Destination::File(_) => self.write_all("\u{FEFF}".as_bytes()),
            Destination::Stdout(_) | Destination::Direct(_) => Ok(()),
        }
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
    /// If the rest cannot be written, or the file cannot get its name.
    pub fn finish(self) -> Result<()> {
        match self.to {
            Destination::Stdout(mut out) => Ok(out.flush()?),
            Destination::Direct(mut out) => Ok(out.flush()?),
            Destination::File(file) => file.finish(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            Destination::Stdout(out) => out.write(bytes),
            Destination::Direct(out) => out.write(bytes),
            Destination::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            Destination::Stdout(out) => out.flush(),
            Destination::Direct(out) => out.flush(),
            Destination::File(file) => file.flush(),
        }
    }
}

/// The open device or named pipe, which is written to and never replaced, or `None` if the path is none.
fn device(path: &Path) -> Option<io::Result<File>> {
    let known = path.metadata();
    let is_special = known.is_ok_and(|known| !known.is_file() && !known.is_dir());
    let has_its_name = cfg!(windows) && is_windows_device(&path.to_string_lossy());
    if !is_special && !has_its_name {
        return None;
    }
    match File::options().write(true).open(path) {
        // Newer versions of Windows have fewer such names.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened),
    }
}

/// Whether Windows takes a path for a device: `NUL`, `CON` and others, in any folder and with or
/// without a colon, and everything below `\\.\` but drives.
fn is_windows_device(path: &str) -> bool {
    if let Some(device) = path.strip_prefix(r"\\.\") {
        return !device.contains(':');
    }
    let name = path.rsplit(['\\', '/']).next().unwrap_or_default();
    let name = name.trim_end_matches([' ', ':']).to_ascii_uppercase();
    let port = |kind| {
        let number = name.strip_prefix(kind);
        number.is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit())
    };
    matches!(
        name.as_str(),
        "NUL" | "CON" | "PRN" | "AUX" | "CONIN$" | "CONOUT$"
    ) || port("COM")
        || port("LPT")
}

/// Writes a sentence to standard error. If that is not possible, the run goes on.
pub fn tell(sentence: &str) {
    let line = format!("sendlens: {sentence}\n");
    let _ = io::stderr().write_all(line.as_bytes());
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

sentences! {
    /// The output would replace a folder.
    fn is_folder(path: &str) {
        en: "{path}: this is a folder. Give the name of a file to write to",
        ja: "{path}: フォルダーです。書き込むファイルの名前を指定してください。" ["ded15289"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_devices_are_told_by_their_names() {
        for device in [
            "NUL",
            "nul",
            "NUL:",
            "CON",
            r"C:\Temp\NUL",
            "COM1",
            "lpt9:",
            r"\\.\pipe\logs",
        ] {
            assert!(is_windows_device(device), "{device}");
        }
        for file in [
            "report.json",
            "null",
            "CONSOLE",
            "nul.json",
            r"C:\NUL\report.json",
            "COM10",
            "COM",
            r"\\.\C:\report.json",
        ] {
            assert!(!is_windows_device(file), "{file}");
        }
    }
}
