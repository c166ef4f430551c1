//! Reads the export files into tenants and the configuration of the local Exchange.
//!
//! In: the text files that were found, and the paths of `--tenant` and `--on-prem`. Out:
//! [`Tenant`]s, [`OnPremises`], [`Queues`], the files that were skipped, and those that could not be
//! read.
//! Must not know about logs.

mod sentences;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use self::sentences::{
    damaged, log_not_read, neither, no_export_inside, no_own_export_there, no_tenant_there,
    no_text, not_readable, not_the_tenants, other_on_premises, other_tenants, table_for_the_eye,
    without_content,
};
use super::export_bytes;
use super::queue_files::QueueFiles;
use super::wanted::{Wanted, certificate_file, folder_of, may_be_export, shown};
use crate::input::discover::{self, Found, Search, TextFile};
use crate::input::skip::SkipReason;
use crate::language::Language;
use crate::onprem::model::WizardSetting;
use crate::onprem::{OnPremises, load as onprem_load, wizard};
use crate::queue::Queues;
use crate::report::document::SkippedFile;
use crate::tenant::group::{self, TenantNote};
use crate::tenant::load::{ExportFile, LoadedFile};
use crate::tenant::{Tenant, export, load};

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

/// Reads the exports next to the logs, and those of `--tenant` and `--on-prem`.
pub fn read(
    language: Language,
    found: &Found,
    search: &Search,
    tenants: &[(Option<String>, PathBuf)],
    on_premises: &[PathBuf],
) -> Exports {
    let mut reader = Reader {
        language,
        search,
        exports: Exports::default(),
        tenants: Vec::new(),
        on_premises: Vec::new(),
        wizard: Vec::new(),
        wizard_logs: Vec::new(),
        queues: QueueFiles::default(),
        seen: BTreeSet::new(),
        is_foreign: false,
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
            let note = log_not_read(language, &file.file, &file.reason.words(language));
            reader.exports.notes.push(note);
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
    language: Language,
    search: &'a Search,
    exports: Exports,
    tenants: Vec<LoadedFile>,
    on_premises: Vec<ExportFile>,
    wizard: Vec<WizardSetting>,
    wizard_logs: Vec<String>,
    queues: QueueFiles,
    /// Files of the local Exchange that were already read. Two PATHs can contain the same file.
    seen: BTreeSet<PathBuf>,
    /// Whether the file that is looked at is no export at all.
    is_foreign: bool,
}

impl Reader<'_> {
    fn tenant_path(&mut self, name: Option<&str>, path: &Path, on_premises: bool) {
        let found = discover::find(std::slice::from_ref(&path.to_owned()), self.search);
        let errors = found.errors.iter().map(|error| error.words(self.language));
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
            let path = path.display().to_string();
            let error = no_tenant_there(self.language, &path);
            self.exports.errors.push(error);
        }
    }

    /// Names the exports that have no content, or no text.
    fn no_content(&mut self, found: &Found, wanted: Wanted) {
        for file in &found.skipped {
            let reason = file.reason.words(self.language);
            let sentence = match file.reason {
                SkipReason::Empty => {
                    let advice = load::advice_for_empty(self.language, &file.file);
                    without_content(self.language, &file.file, &reason, &advice)
                }
                SkipReason::Binary => no_text(self.language, &file.file, &reason),
                _ => continue,
            };
            if wanted.misses(&file.file) {
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
        let errors = found.errors.iter().map(|error| error.words(self.language));
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
            let error = no_own_export_there(self.language, &self.language.list(&paths));
            self.exports.errors.push(error);
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

    /// Skips a text that is no export at all.
    fn skip_foreign(&mut self, name: &str, reason: &str) {
        self.is_foreign = true;
        self.skip(name, reason);
    }

    fn file(&mut self, text: &TextFile, wanted: Wanted, tenant: Option<&str>, folder: &str) {
        self.is_foreign = false;
        self.sort_out(text, wanted, tenant, folder);
        if !self.is_foreign {
            self.exports.files.push(text.path.clone());
        }
    }

    fn sort_out(&mut self, text: &TextFile, wanted: Wanted, tenant: Option<&str>, folder: &str) {
        if text.head.starts_with(b"-----BEGIN ") {
            return self.skip(&text.name, &certificate_file(self.language));
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
                let error = no_export_inside(self.language, &text.name);
                self.exports.errors.push(error);
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
                let sentence = format!("{}: {}", text.name, error.words(self.language));
                self.exports.errors.push(sentence);
            }
            Err(error) => {
                let reason = not_readable(self.language, &error.words(self.language));
                self.skip_foreign(&text.name, &reason);
            }
        }
    }

    /// The bytes of a file. Why there are none is said.
    fn bytes(&mut self, text: &TextFile) -> Option<Vec<u8>> {
        let read = export_bytes::read(self.language, text);
        read.map_err(|sentence| self.exports.errors.push(sentence))
            .ok()
    }

    /// A log of queues, or the file in which Exchange keeps their newest state.
    fn state_of_queues(&mut self, text: &TextFile, wanted: Wanted) {
        if !wanted.queues {
            return self.skip(&text.name, &other_on_premises(self.language));
        }
        if self.is_new(text)
            && let Some(bytes) = self.bytes(text)
            && let Err(sentence) = self.queues.add_state(self.language, &text.name, &bytes)
        {
            self.exports.errors.push(sentence);
        }
    }

    /// Nothing is certain in output that loses values and columns.
    fn unreadable(&mut self, text: &TextFile, output: export::Unreadable, is_export: bool) {
        let export::Unreadable { form, cmdlet } = output;
        let reason = table_for_the_eye(self.language, &form.words(self.language), cmdlet);
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
            let reason = damaged(self.language);
            self.skip(&text.name, &reason);
            let sentence = format!("{}: {reason}", text.name);
            self.exports.unread.push(sentence);
        } else {
            self.skip_foreign(&text.name, &neither(self.language));
        }
    }

    fn wizard_log(&mut self, text: &TextFile, wanted: Wanted, bytes: &[u8]) {
        if !wanted.on_premises {
            self.skip(&text.name, &other_on_premises(self.language));
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
            let notes = notes.map(|note| format!("{}: {}", text.name, note.words(self.language)));
            self.exports.notes.extend(notes);
        } else if file.is_tenants() {
            let reason = if wanted.named {
                not_the_tenants(self.language)
            } else {
                other_tenants(self.language)
            };
            self.skip(&text.name, &reason);
        } else if !file.is_on_premises() && !file.is_of_queues() {
            self.skip_foreign(&text.name, &neither(self.language));
        } else if file.is_on_premises() && !wanted.on_premises
            || file.is_of_queues() && !wanted.queues
        {
            self.skip(&text.name, &other_on_premises(self.language));
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
        let words = notes.iter().map(|note| note.words(self.language));
        exports.notes.extend(words);
        let is_stray = |note: &&TenantNote| matches!(note, TenantNote::DomainsLeftOut { .. });
        let strays = notes.iter().filter(is_stray);
        exports.strays = strays.map(|note| note.words(self.language)).collect();
        let (mut own, notes) = onprem_load::put_together(self.on_premises, self.wizard);
        let words = notes.iter().map(|note| note.words(self.language));
        exports.notes.extend(words);
        let (queues, notes) = self.queues.finish();
        let words = notes.iter().map(|note| note.words(self.language));
        exports.notes.extend(words);
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
