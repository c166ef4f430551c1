//! `sendlens preflight` checks whether Exchange Online would assign mail with a new certificate to
//! your tenant.
//!
//! In: certificate files or host names, then each PATH with exports and optional logs. Out: one
//! answer for each certificate on standard output or in a file, and an [`Exit`].
//! Must not use a private key: it only recognises one and rejects the file.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cli::{AnswerFormat, HeadingArgs, InputArgs, OutputArgs};
use crate::commands::config::Config;
use crate::commands::inputs::{Inputs, Required, load_inputs, trouble, warn};
use crate::commands::limits::Limits;
use crate::commands::pipeline::analysed;
use crate::commands::redaction::{self, Redaction};
use crate::commands::unusable::no_tenant_export;
use crate::commands::{target, viewing};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::check_context::{CheckContext, NO_LOGS};
use crate::exit::Exit;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, labels, sentences};
use crate::onprem::certificate_file::CertificateFile;
use crate::onprem::{OnPremises, certificate_file};
use crate::preflight::plan;
use crate::preflight::question::{Now, Origin, Question};
use crate::render;
use crate::report::preflight as answer;
use crate::report::preflight::{Given, Preflight};
use crate::smtp::certificate::Certificate;
use crate::smtp::host;

/// One CERT.
#[derive(Debug)]
struct Candidate {
    /// The argument as you typed it.
    text: String,
    what: What,
}

impl Candidate {
    /// The file, if it is one.
    fn path(&self) -> Option<PathBuf> {
        let is_file = matches!(self.what, What::File(_));
        is_file.then(|| PathBuf::from(&self.text))
    }
}

#[derive(Debug)]
enum What {
    File(CertificateFile),
    Host(Certificate),
}

/// Runs the command.
///
/// # Errors
/// If an option is wrong, a CERT cannot be used or read, or the output cannot be written.
pub(super) fn preflight(
    language: Language,
    mut input: InputArgs,
    output: OutputArgs,
    heading: &HeadingArgs,
    format: AnswerFormat,
) -> Result<Exit> {
    let candidates = take_candidates(language, &mut input.paths)?;
    let config = &Config::of_exports(language, input, output)?;
    let view = viewing::of_heading(heading, config)?;
    let certificates: Vec<PathBuf> = candidates.iter().filter_map(Candidate::path).collect();
    let mut out = target::open(config, &certificates)?;
    let mut redaction = Redaction::begin(config, &certificates)?;
    let inputs = match load_inputs(config, Required::Exports)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    let exported = |tenant: &crate::tenant::Tenant| tenant.connectors_exported;
    if !inputs.exports.tenants.iter().any(exported) {
        warn(config, &no_tenant_export(language));
        let broken = trouble(&inputs, true);
        return Ok(if broken { Exit::Trouble } else { Exit::Nothing });
    }
    let (answers, whole) = answers(config, &inputs, &candidates, redaction.as_mut());
    let answers = match &mut redaction {
        Some(redaction) => redaction.redactor.preflights(answers),
        None => answers,
    };
    match format {
        AnswerFormat::Text => {
            let mut text = Vec::new();
            render::preflight::documents(&answers, &view, &mut text)?;
            out.write_styled(&text)?;
        }
        AnswerFormat::Json => render::preflight::json(&answers, &mut out)?,
        AnswerFormat::Ndjson => render::preflight::lines(&answers, &mut out)?,
        AnswerFormat::Markdown => {
            render::markdown_preflight::documents(&answers, &view, &mut out)?;
        }
        AnswerFormat::Html => render::html::answers(&answers, &view, &mut out)?,
    }
    redaction::finish(redaction)?;
    out.finish()?;
    if trouble(&inputs, whole) {
        return Ok(Exit::Trouble);
    }
    let worst = answers.iter().filter_map(|answer| answer.severity).max();
    let found = config
        .fail_on
        .is_some_and(|least| worst.is_some_and(|worst| worst >= least));
    Ok(if found { Exit::Found } else { Exit::Clean })
}

/// One answer for each candidate, and whether all input could be read.
fn answers(
    config: &Config,
    inputs: &Inputs,
    candidates: &[Candidate],
    mut redaction: Option<&mut Redaction>,
) -> (Vec<Preflight>, bool) {
    if let Some(redaction) = &mut redaction {
        learn(redaction, inputs, candidates);
    }
    let own = own_side(&inputs.limits, &inputs.exports.on_premises);
    if inputs.logs.files.is_empty() {
        let now = config.now.unwrap_or_else(clock);
        let answers = ask(config, inputs, &own, None, (now, Now::Known), candidates);
        return (answers, true);
    }
    analysed(config, inputs, |analysis, reading| {
        if let Some(redaction) = redaction {
            redaction.redactor.learn_logs(analysis);
        }
        let now = match (config.now, reading.last.known()) {
            (Some(now), _) => (now, Now::Known),
            (None, Some(last)) => (last, Now::LastLine),
            (None, None) => (clock(), Now::Known),
        };
        ask(config, inputs, &own, Some(analysis), now, candidates)
    })
}

/// Learns the names in the input, and those of the new certificates.
fn learn(redaction: &mut Redaction, inputs: &Inputs, candidates: &[Candidate]) {
    redaction.learn(inputs);
    for candidate in candidates {
        match &candidate.what {
            What::Host(certificate) => redaction.redactor.learn_certificate(certificate),
            What::File(file) => {
                redaction.redactor.learn_file(&candidate.text);
                redaction.redactor.learn_certificate(file.leaf());
                for other in file.others() {
                    redaction.redactor.learn_certificate(other);
                }
            }
        }
    }
}

fn ask(
    config: &Config,
    inputs: &Inputs,
    own: &OnPremises,
    logs: Option<&Analysis<'_>>,
    (now, by): (Timestamp, Now),
    candidates: &[Candidate],
) -> Vec<Preflight> {
    let context = CheckContext {
        tenants: &inputs.exports.tenants,
        on_premises: own,
        logs,
        reading: &NO_LOGS,
        now,
        strict: config.strict,
        language: config.language,
    };
    let answer = |candidate: &Candidate| {
        let (certificate, origin, chain) = match &candidate.what {
            What::Host(certificate) => (certificate, Origin::HostName, Vec::new()),
            What::File(file) => {
                let origin = Origin::File {
                    is_authority: file.leaf_is_authority,
                    end_certificates: file.end_certificates,
                    usage: file.leaf_usage,
                };
                (file.leaf(), origin, file.others().collect())
            }
        };
        let question = Question {
            candidate: certificate,
            origin,
            context,
            now: by,
            chosen: inputs.limits.choose_connectors(),
        };
        let given = Given {
            text: candidate.text.clone(),
            chain,
            export_notes: &inputs.exports.notes,
        };
        answer::document(&question, &plan::plan(&question), &given)
    };
    candidates.iter().map(answer).collect()
}

/// The local Exchange, with only those send connectors that `--connector` chooses.
fn own_side(limits: &Limits, all: &OnPremises) -> OnPremises {
    let mut own = all.clone();
    own.send_connectors
        .retain(|connector| limits.hold_connector(&connector.name));
    own
}

fn clock() -> Timestamp {
    Timestamp::from(chrono::Utc::now())
}

/// Takes each CERT from the front of the list. After the first PATH, everything is a PATH.
fn take_candidates(language: Language, paths: &mut Vec<PathBuf>) -> Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    let mut taken = 0;
    for path in paths.iter() {
        let found = candidates_of(language, path)?;
        if found.is_empty() {
            break;
        }
        candidates.extend(found);
        taken += 1;
    }
    if candidates.is_empty() {
        bail!(match paths.first() {
            Some(path) => neither(language, &path.display().to_string()),
            None => no_certificate(language),
        });
    }
    paths.drain(..taken);
    Ok(candidates)
}

/// Each CERT that an argument means. There is none if the argument is a PATH.
fn candidates_of(language: Language, path: &Path) -> Result<Vec<Candidate>> {
    let text = path.to_string_lossy().into_owned();
    if path.exists() {
        return Ok(from_file(language, path, text)?.into_iter().collect());
    }
    let name = host::normalise(&text).filter(|_| !text.contains(['/', '\\']));
    let matches: Vec<PathBuf> = if text.contains(['*', '?', '[']) {
        glob::glob(&text).map_or_else(|_| Vec::new(), |paths| paths.flatten().collect())
    } else {
        Vec::new()
    };
    match name {
        Some(_) if !matches.is_empty() => bail!(host_or_pattern(language, &text)),
        Some(name) if !names_a_file(&name) => {
            let certificate = Certificate {
                names: vec![name],
                ..Certificate::default()
            };
            let what = What::Host(certificate);
            Ok(vec![Candidate { text, what }])
        }
        Some(_) => {
            bail!(no_such_file(language, &text))
        }
        None => {
            let mut found = Vec::new();
            for path in &matches {
                match from_file(language, path, path.to_string_lossy().into_owned())? {
                    Some(candidate) => found.push(candidate),
                    // If one file is not a certificate, the argument is a PATH.
                    None => return Ok(Vec::new()),
                }
            }
            Ok(found)
        }
    }
}

/// File extensions. A name with one of them is a mistyped file and not a host name. Only the last two
/// are also top-level domains, and mail servers do not use them.
const ENDINGS: [&str; 18] = [
    "cer", "crt", "pem", "der", "p7b", "p7c", "pfx", "p12", "key", "csr", "req", "json", "csv",
    "xml", "txt", "log", "zip", "md",
];

/// How many of them, from the first, belong to certificates and related files.
const CERTIFICATE_ENDINGS: usize = 11;

fn ending(name: &str) -> Option<usize> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS
        .iter()
        .position(|known| known.eq_ignore_ascii_case(ending))
}

fn names_a_file(name: &str) -> bool {
    ending(name).is_some()
}

/// Reads a file that is a certificate, or has the extension of one. Returns `None` for other files and
/// for folders.
fn from_file(language: Language, path: &Path, text: String) -> Result<Option<Candidate>> {
    if !path.is_file() {
        return Ok(None);
    }
    let calls_itself_one = ending(&text).is_some_and(|at| at < CERTIFICATE_ENDINGS);
    let mut bytes = Vec::new();
    let most = certificate_file::LONGEST + 1;
    let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    match read {
        // A PATH that cannot be read is reported together with the others.
        Err(_) if !calls_itself_one => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| not_read(language, &text));
        }
        Ok(_) => {}
    }
    let too_long = bytes.len() as u64 > certificate_file::LONGEST;
    if !calls_itself_one && (too_long || !certificate_file::looks_like_one(&bytes)) {
        return Ok(None);
    }
    if too_long {
        bail!(too_large(language, &text));
    }
    match certificate_file::read(&bytes) {
        Ok(file) => {
            let what = What::File(file);
            Ok(Some(Candidate { text, what }))
        }
        Err(error) => bail!("{text}: {}", error.words(language)),
    }
}

labels! {
    no_certificate: "there is no CERT. First give the new certificate (.cer, .crt, .pem) or a host name such as mail.contoso.com, then the folder with the exports", "CERT がありません。最初に新しい証明書 (.cer、.crt、.pem) または mail.contoso.com のようなホスト名を指定し、次にエクスポートのあるフォルダーを指定してください。" ["fe5655ea"];
}

sentences! {
    /// The first argument is no CERT.
    fn neither(argument: &str) {
        en: "{argument}: this is neither a certificate nor a host name. First give the new certificate (.cer, .crt, .pem) or a host name such as mail.contoso.com, then the folder with the exports",
        ja: "{argument}: 証明書でもホスト名でもありません。最初に新しい証明書 (.cer、.crt、.pem) または mail.contoso.com のようなホスト名を指定し、次にエクスポートのあるフォルダーを指定してください。" ["00795bce"],
    }
    /// An argument that can be read in two ways.
    fn host_or_pattern(text: &str) {
        en: "{text}: this can be a host name or a pattern, because files that match it exist here. For the files, write ./{text}. For the host name, run the command in another folder",
        ja: "{text}: 一致するファイルがここにあるため、ホスト名ともパターンとも解釈できます。ファイルを指定する場合は ./{text} と入力してください。ホスト名を指定する場合は、別のフォルダーでコマンドを実行してください。" ["eb4d6eb8"],
    }
    /// A mistyped file.
    fn no_such_file(text: &str) {
        en: "{text}: there is no such file. Check the spelling",
        ja: "{text}: このようなファイルはありません。つづりを確認してください。" ["eacacfa5"],
    }
    /// A file that the operating system does not read.
    fn not_read(text: &str) {
        en: "{text}: the file cannot be read",
        ja: "{text}: ファイルを読み取れません" ["6c1edd07"],
    }
    /// A file with more than a certificate.
    fn too_large(text: &str) {
        en: "{text}: the file is too large for a certificate. Export the certificate alone, as .cer",
        ja: "{text}: 証明書としてはファイルが大きすぎます。証明書だけを .cer としてエクスポートしてください。" ["db2faafa"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_distinguished_from_mistyped_files() {
        for name in ["mail.contoso.com", "*.contoso.com", "MAIL.Contoso.COM."] {
            let found = candidates_of(Language::English, Path::new(name)).unwrap();
            let [
                Candidate {
                    what: What::Host(certificate),
                    ..
                },
            ] = &found[..]
            else {
                panic!("{name}: {found:?}");
            };
            let wanted = name.trim_end_matches('.').to_lowercase();
            assert_eq!(certificate.names, [wanted]);
        }
        for name in ["new.cer", "mail.contoso.com.crt", "exports.zip"] {
            let error = candidates_of(Language::English, Path::new(name))
                .unwrap_err()
                .to_string();
            assert!(error.contains("no such file"), "{error}");
        }
        for name in [
            "EX01",
            "nowhere/mail.contoso.com",
            "*.nothing",
            "192.0.2.1",
            "-",
        ] {
            assert!(
                candidates_of(Language::English, Path::new(name))
                    .unwrap()
                    .is_empty(),
                "{name}"
            );
        }
    }

    #[test]
    fn behind_the_first_path_everything_is_a_path() {
        let mut paths = ["mail.contoso.com", "src", "mail.contoso.net"]
            .map(PathBuf::from)
            .to_vec();
        assert_eq!(
            take_candidates(Language::English, &mut paths)
                .unwrap()
                .len(),
            1
        );
        assert_eq!(paths, ["src", "mail.contoso.net"].map(PathBuf::from));
        let error = take_candidates(Language::English, &mut paths)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("src: this is neither"), "{error}");
    }
}
