//! Reads the export files into tenants and the configuration of the local Exchange.
//!
//! In: the text files that were found, and the paths of `--tenant` and `--on-prem`. Out:
//! [`Tenant`]s, [`OnPremises`], [`Queues`], the files that were skipped, and those that could not be
//! read.
//! Must not know about logs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::export_bytes;
use super::queue_files::QueueFiles;
use super::wanted::{Wanted, folder_of, may_be_export, shown};
use crate::input::discover;
use crate::input::discover::{Found, Search, TextFile};
use crate::input::skip::SkipReason;
use crate::onprem::model::WizardSetting;
use crate::onprem::{OnPremises, load as onprem_load, wizard};
use crate::queue::Queues;
use crate::report::document::SkippedFile;
use crate::tenant::load::{ExportFile, LoadedFile};
use crate::tenant::{Tenant, export, group, load};

/// The content of the exports.
#[derive(Debug, Default)]
pub struct Exports {
    /// The tenants, sorted by name.
    pub tenants: Vec<Tenant>,
    /// The configuration of the local Exchange.
    pub on_premises: OnPremises,
    /// The queues of the local Exchange.
    pub queues: Queues,
    /// Text files that were not used, with the reason.
    pub skipped: Vec<SkippedFile>,
    /// Sentences about values that an export lost, or files that were left out.
    pub notes: Vec<String>,
    /// Sentences about files that could not be read.
    pub errors: Vec<String>,
    /// Sentences about files that show what the wanted cmdlets write, but in a form that cannot be read,
    /// such as tables for the eye.
    pub unread: Vec<String>,
    /// The files that may be of use: all texts but those that are no export.
    pub files: Vec<PathBuf>,
    /// Sentences about accepted domains that belong to no tenant.
    pub strays: Vec<String>,
}

impl Exports {
    /// Whether there is no tenant and nothing that the local Exchange exported.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty() && !self.on_premises.is_exported()
    }
}

/// Why a file is not used, as reports show it.
const NO_EXPORT: &str = "neither a send log nor an export";
const NOT_READABLE: &str = "it looks like an export, but cannot be read as one";
const DAMAGED: &str = "it looks like the output of an Exchange cmdlet, but cannot be read. Export again with ConvertTo-Json -Depth 5 and save the output in place of this file";
pub(super) const CERTIFICATE: &str = "certificate file";
const OTHER_TENANTS: &str = "export of Exchange Online, not used because --tenant names others";
const OTHER_ON_PREMISES: &str =
    "export of the local Exchange, not used because --on-prem names others";
const NOT_THE_TENANTS: &str = "export that --on-prem does not use: it is from Exchange Online, or it lists the accepted domains of the local Exchange";

/// Reads the exports next to the logs, and those of `--tenant` and `--on-prem`.
pub fn read(
    found: &Found,
    search: &Search,
    tenants: &[(Option<String>, PathBuf)],
    on_premises: &[PathBuf],
) -> Exports {
    let mut reader = Reader {
        search,
        exports: Exports::default(),
        tenants: Vec::new(),
        on_premises: Vec::new(),
        wizard: Vec::new(),
        wizard_logs: Vec::new(),
        queues: QueueFiles::default(),
        seen: BTreeSet::new(),
    };
    let here = std::env::current_dir().ok();
    let root = here.and_then(|here| Some(here.file_name()?.to_string_lossy().into_owned()));
    // Exports that an option names replace those next to the logs.
    let beside = Wanted {
        tenants: tenants.is_empty(),
        on_premises: on_premises.is_empty(),
        // --on-prem says where the configuration is.
        queues: true,
        named: false,
    };
    for text in &found.texts {
        reader.file(text, beside, None, &folder_of(&text.path));
    }
    for file in &found.skipped {
        if matches!(file.reason, SkipReason::Disguised(_)) {
            reader.exports.notes.push(format!(
                "{}: {}. It was not read, so a report about the other logs is incomplete. Copy the log files from the server again",
                file.file, file.reason
            ));
        }
    }
    reader.no_content(found, beside);
    for (name, path) in tenants {
        reader.tenant_path(name.as_deref(), path, on_premises.is_empty());
    }
    reader.on_premises_paths(on_premises);
    reader.finish(root.as_deref().unwrap_or("tenant"))
}

/// What was read so far.
struct Reader<'a> {
    search: &'a Search,
    exports: Exports,
    tenants: Vec<LoadedFile>,
    on_premises: Vec<ExportFile>,
    wizard: Vec<WizardSetting>,
    wizard_logs: Vec<String>,
    queues: QueueFiles,
    /// Files of the local Exchange that were already read. Two PATHs can contain the same file.
    seen: BTreeSet<PathBuf>,
}

impl Reader<'_> {
    fn tenant_path(&mut self, name: Option<&str>, path: &Path, on_premises: bool) {
        let found = discover::find(std::slice::from_ref(&path.to_owned()), self.search);
        let errors = found.errors.iter().map(ToString::to_string);
        self.exports.errors.extend(errors);
        let before = self.tenants.len();
        // All files below one PATH belong together, in whatever folder they are.
        let folder = if path.is_file() {
            folder_of(path)
        } else {
            shown(path)
        };
        let wanted = Wanted {
            tenants: true,
            on_premises,
            queues: on_premises,
            named: true,
        };
        for text in &found.texts {
            self.file(text, wanted, name, &folder);
        }
        self.no_content(&found, wanted);
        if self.tenants.len() == before && found.errors.is_empty() {
            self.exports.errors.push(format!(
                "--tenant {}: there is no export. Run ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 in Exchange Online PowerShell and save the output there",
                path.display()
            ));
        }
    }

    /// Names the exports that have no content, or no text.
    fn no_content(&mut self, found: &Found, wanted: Wanted) {
        for file in &found.skipped {
            let advice = match file.reason {
                SkipReason::Empty => load::advice_for_empty(&file.file),
                SkipReason::Binary => "Export again with ConvertTo-Json -Depth 5",
                _ => continue,
            };
            if wanted.misses(&file.file) {
                let sentence = format!("{}: {}. {advice}", file.file, file.reason);
                self.exports.errors.push(sentence);
            }
        }
    }

    fn on_premises_paths(&mut self, paths: &[PathBuf]) {
        if paths.is_empty() {
            return;
        }
        // All paths are searched at once, so that no two files have the same name.
        let found = discover::find(paths, self.search);
        let errors = found.errors.iter().map(ToString::to_string);
        self.exports.errors.extend(errors);
        let before = self.of_own_side();
        let wanted = Wanted {
            tenants: false,
            on_premises: true,
            queues: true,
            named: true,
        };
        for text in &found.texts {
            self.file(text, wanted, None, ".");
        }
        if self.of_own_side() == before && found.errors.is_empty() {
            let paths: Vec<String> = paths
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            self.exports.errors.push(format!(
                "--on-prem {}: there is no export. Run ConvertTo-Json -InputObject @(Get-SendConnector) -Depth 5 in the Exchange Management Shell and save the output there",
                paths.join(", ")
            ));
        }
    }

    /// How many files of the local Exchange were read.
    fn of_own_side(&self) -> usize {
        self.on_premises.len() + self.wizard_logs.len() + self.queues.len()
    }

    fn skip(&mut self, name: &str, reason: &str) {
        self.exports.skipped.push(SkippedFile {
            file: name.to_owned(),
            reason: reason.to_owned(),
        });
    }

    fn file(&mut self, text: &TextFile, wanted: Wanted, tenant: Option<&str>, folder: &str) {
        let before = self.exports.skipped.len();
        self.sort_out(text, wanted, tenant, folder);
        let is_none = |skipped: &SkippedFile| {
            skipped.reason == NO_EXPORT || skipped.reason.starts_with(NOT_READABLE)
        };
        if !self.exports.skipped[before..].iter().any(is_none) {
            self.exports.files.push(text.path.clone());
        }
    }

    fn sort_out(&mut self, text: &TextFile, wanted: Wanted, tenant: Option<&str>, folder: &str) {
        if text.head.starts_with(b"-----BEGIN ") {
            return self.skip(&text.name, CERTIFICATE);
        }
        if QueueFiles::is_state(&text.head) {
            return self.state_of_queues(text, wanted);
        }
        let is_wizard_log = wizard::is_wizard_log(&text.head);
        if !is_wizard_log && let Some(output) = export::unreadable(&text.head) {
            return self.unreadable(text, output, wanted.misses(&text.name) || tenant.is_some());
        }
        if !is_wizard_log && !may_be_export(text) {
            // A file with the name of an export must be one.
            if wanted.misses(&text.name) || tenant.is_some() {
                self.exports.errors.push(format!(
                    "{}: the file cannot be read as an export. Export again with ConvertTo-Json -Depth 5",
                    text.name
                ));
            } else {
                self.no_export(text);
            }
            return;
        }
        let Some(bytes) = self.bytes(text) else {
            return;
        };
        if is_wizard_log {
            return self.wizard_log(text, wanted, &bytes);
        }
        match ExportFile::read(&text.name, &bytes) {
            Ok(file) => self.export(text, file, wanted, (tenant, folder)),
            // Only a file with the name or the fields of an export must be readable.
            Err(error)
                if wanted.misses(&text.name)
                    || tenant.is_some()
                    || export::names_its_fields(&text.head) =>
            {
                let sentence = format!("{}: {error}", text.name);
                self.exports.errors.push(sentence);
            }
            Err(error) => self.skip(&text.name, &format!("{NOT_READABLE}: {error}")),
        }
    }

    /// The bytes of a file. Why there are none is said.
    fn bytes(&mut self, text: &TextFile) -> Option<Vec<u8>> {
        let read = export_bytes::read(text);
        read.map_err(|sentence| self.exports.errors.push(sentence))
            .ok()
    }

    /// A log of queues, or the file in which Exchange keeps their newest state.
    fn state_of_queues(&mut self, text: &TextFile, wanted: Wanted) {
        if !wanted.queues {
            return self.skip(&text.name, OTHER_ON_PREMISES);
        }
        if self.is_new(text)
            && let Some(bytes) = self.bytes(text)
            && let Err(sentence) = self.queues.add_state(&text.name, &bytes)
        {
            self.exports.errors.push(sentence);
        }
    }

    /// Nothing is certain in output that loses values and columns.
    fn unreadable(&mut self, text: &TextFile, output: export::Unreadable, is_export: bool) {
        let export::Unreadable { form, cmdlet } = output;
        let reason = format!(
            "{form}. Run ConvertTo-Json -InputObject @({cmdlet}) -Depth 5 and save the output in place of this file"
        );
        let sentence = format!("{}: {reason}", text.name);
        if is_export {
            return self.exports.errors.push(sentence);
        }
        self.skip(&text.name, &reason);
        self.exports.unread.push(sentence);
    }

    /// What is no export may still show what the cmdlets write. Nobody may take it for read.
    fn no_export(&mut self, text: &TextFile) {
        if export::shows_properties(&text.head) {
            self.skip(&text.name, DAMAGED);
            let sentence = format!("{}: {DAMAGED}", text.name);
            self.exports.unread.push(sentence);
        } else {
            self.skip(&text.name, NO_EXPORT);
        }
    }

    fn wizard_log(&mut self, text: &TextFile, wanted: Wanted, bytes: &[u8]) {
        if !wanted.on_premises {
            self.skip(&text.name, OTHER_ON_PREMISES);
        } else if self.is_new(text) {
            self.wizard.extend(wizard::read(&text.name, bytes));
            self.wizard_logs.push(text.name.clone());
        }
    }

    /// Uses an export of a tenant, of the local Exchange, or of both.
    fn export(
        &mut self,
        text: &TextFile,
        file: ExportFile,
        wanted: Wanted,
        (tenant, folder): (Option<&str>, &str),
    ) {
        let tenants = file.is_tenants() && wanted.tenants;
        let queues = file.is_of_queues() && wanted.queues;
        let on_premises = file.is_on_premises() && wanted.on_premises;
        let is_new = (on_premises || queues) && self.is_new(text);
        let (on_premises, queues) = (on_premises && is_new, queues && is_new);
        if tenants || on_premises || queues {
            let notes = file.table.notes.iter();
            let notes = notes.map(|note| format!("{}: {note}", text.name));
            self.exports.notes.extend(notes);
        } else if file.is_tenants() {
            let reason = if wanted.named {
                NOT_THE_TENANTS
            } else {
                OTHER_TENANTS
            };
            self.skip(&text.name, reason);
        } else if !file.is_on_premises() && !file.is_of_queues() {
            self.skip(&text.name, NO_EXPORT);
        } else if file.is_on_premises() && !wanted.on_premises
            || file.is_of_queues() && !wanted.queues
        {
            self.skip(&text.name, OTHER_ON_PREMISES);
        }
        if tenants {
            self.tenants.push(file.tenants_part(folder, tenant));
        }
        if queues {
            self.queues.add_export(file.clone());
        }
        if on_premises {
            self.on_premises.push(file);
        }
    }

    /// Whether a file of the local Exchange was not read before.
    fn is_new(&mut self, text: &TextFile) -> bool {
        let path = text.path.canonicalize();
        self.seen.insert(path.unwrap_or_else(|_| text.path.clone()))
    }

    fn finish(self, root: &str) -> Exports {
        let mut exports = self.exports;
        let (tenants, notes) = group::group(self.tenants, root);
        exports.tenants = tenants;
        exports.notes.extend(notes.iter().map(ToString::to_string));
        let strays = notes
            .iter()
            .filter(|note| matches!(note, group::TenantNote::DomainsLeftOut { .. }));
        exports.strays = strays.map(ToString::to_string).collect();
        let (mut own, notes) = onprem_load::put_together(self.on_premises, self.wizard);
        exports.notes.extend(notes.iter().map(ToString::to_string));
        let (queues, notes) = self.queues.finish();
        exports.notes.extend(notes.iter().map(ToString::to_string));
        exports.queues = queues;
        exports.notes.extend(exports.unread.iter().cloned());
        // A log of the wizard that sets no connector was read too.
        own.files.extend(self.wizard_logs);
        own.files.sort();
        own.files.dedup();
        exports.on_premises = own;
        exports.skipped.sort();
        exports.skipped.dedup();
        exports
    }
}
