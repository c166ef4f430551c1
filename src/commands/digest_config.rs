//! The options of `sendlens digest`.
//!
//! In: the options of [`crate::cli`], and the name of the machine. Out: [`Config`].
//! Must not read files.

use anyhow::{Result, bail};

use super::config::Config;
use crate::cli::{Color, DigestArgs, FailOn, InputArgs, OutputArgs};
use crate::input::stream::GivenServer;
use crate::language::{Language, labels};

impl Config {
    /// The same for a digest, which is written to a file.
    ///
    /// # Errors
    /// As for [`Config::new`], and without a file.
    pub fn of_digest(language: Language, args: DigestArgs) -> Result<Config> {
        let DigestArgs {
            paths,
            output,
            update,
            without_messages,
            part,
            redact,
            reading,
            progress,
            quiet,
        } = args;
        if output.is_none() {
            bail!(no_digest_file(language));
        }
        if update && redact.is_some() {
            bail!(no_redacted_update(language));
        }
        let input = InputArgs {
            paths,
            tenant: Vec::new(),
            on_prem: Vec::new(),
            part,
            reading,
            now: None,
            strict: false,
        };
        let output = OutputArgs {
            output,
            color: Color::Never,
            progress,
            quiet,
            redact,
            fail_on: None,
        };
        let config = Config::new(language, input, output, FailOn::Never)?;
        let own = || {
            let name = machine_name()?;
            let is_typed = false;
            Some(GivenServer { name, is_typed })
        };
        Ok(Config {
            server: config.server.clone().or_else(own),
            update,
            without_messages,
            ..config
        })
    }
}

/// The name of this machine, without its domain.
fn machine_name() -> Option<String> {
    #[cfg(unix)]
    let name = nix::unistd::gethostname().ok()?.into_string().ok()?;
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").ok()?;
    let name = name.split('.').next().unwrap_or_default();
    (!name.is_empty()).then(|| name.to_owned())
}

labels! {
    no_digest_file: "digest writes a file that is no text, so it needs its name. Give it with -o, such as -o EX01.digest", "digest はテキストではないファイルを書き込むため、ファイル名が必要です。-o EX01.digest のように指定してください。" ["464cb72f"];
    no_redacted_update: "--update cannot be used with --redact, because a redacted digest does not show any more which logs it was made of. Update a digest without --redact, and make the redacted one of that digest", "--update と --redact は同時に指定できません。名前を置き換えたダイジェストからは、作成元のログが分からないためです。--redact を指定せずにダイジェストを更新し、名前を置き換えたダイジェストはそのダイジェストから作成してください。" ["767f65c0"];
}
