//! Paths without links, by which files are known again: of many files in few folders.
//!
//! In: paths. Out: the same, absolute and without links.
//! Must not ask the operating system about each folder above each file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The folders that were asked for.
#[derive(Debug, Default)]
pub(super) struct WholePaths {
    folders: HashMap<PathBuf, PathBuf>,
}

impl WholePaths {
    /// The whole path of a folder, or the path itself if it cannot be found out.
    pub(super) fn folder(&mut self, folder: &Path) -> &Path {
        let whole = self.folders.entry(folder.to_owned());
        whole.or_insert_with(|| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()))
    }

    /// The whole path of a file that was found in a folder, so that its name is written as it is there.
    pub(super) fn file(&mut self, file: &Path) -> PathBuf {
        match (file.parent(), file.file_name()) {
            (Some(folder), Some(name)) if !file.is_symlink() => self.folder(folder).join(name),
            _ => file.canonicalize().unwrap_or_else(|_| file.to_owned()),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_and_the_files_behind_them_are_one() {
        let root = tempfile::tempdir().expect("a folder");
        let (folder, link) = (root.path().join("folder"), root.path().join("link"));
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("a"), "").expect("a file");
        std::os::unix::fs::symlink(&folder, &link).expect("a link");
        std::os::unix::fs::symlink(folder.join("a"), folder.join("b")).expect("a link");
        let mut paths = WholePaths::default();
        let whole = folder.join("a").canonicalize().expect("a file");
        for file in [folder.join("a"), folder.join("b"), link.join("a")] {
            assert_eq!(paths.file(&file), whole, "{}", file.display());
        }
        assert_eq!(paths.folder(&link), whole.parent().expect("a folder"));
        let missing = root.path().join("missing/file");
        assert_eq!(paths.file(&missing), missing);
    }
}
