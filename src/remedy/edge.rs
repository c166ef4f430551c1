//! The steps for Edge servers: what is done on them, and what EdgeSync brings to them.
//!
//! In: servers, a send connector and a certificate. Out: [`Fix`]es, and words for their notes.
//! Must not decide which servers are Edge servers.
//! Source: KB 4052493 (EdgeSync leaves out a certificate name that is too long); "Edge Subscriptions"
//! (Microsoft Learn): send connectors are changed on a Mailbox server and then synchronized.

use crate::diagnosis::edge::LONGEST_NAME;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::transport_certificate::{NamedCertificate, common_name};
use crate::language::{Language, sentences};
use crate::onprem::SendConnector;
use crate::remedy::command;
use crate::remedy::command::quote;
use crate::smtp::certificate::Certificate;

/// Where a command for these Edge servers is run, as the beginning of a note.
pub fn there(language: Language, servers: &[&str]) -> String {
    match servers {
        [one] => on_the_edge_server(language, one),
        all => on_these_edge_servers(language, &language.list(all)),
    }
}

/// Brings changed send connectors to the Edge servers.
pub fn synchronize(language: Language) -> Fix {
    Fix::command(
        Where::OnPremises,
        "Start-EdgeSynchronization".to_owned(),
        &synchronize_note(language),
    )
}

/// The steps that let a send connector offer a certificate: for a connector of Edge servers with the
/// name in words, because the certificate is not on the server where the command runs.
pub fn offer(
    language: Language,
    is_edge: bool,
    connector: &str,
    (certificate, thumbprint): (&Certificate, &str),
    note: &str,
) -> Vec<Fix> {
    if is_edge {
        vec![
            name(language, connector, certificate, note),
            synchronize(language),
        ]
    } else {
        vec![command::offer(connector, thumbprint, note)]
    }
}

/// The same where the certificate is not known yet.
pub fn offer_another(
    language: Language,
    is_edge: bool,
    connector: &str,
    which: &str,
    note: &str,
) -> Vec<Fix> {
    if is_edge {
        vec![
            name_another(language, connector, which, note),
            synchronize(language),
        ]
    } else {
        vec![command::offer_another(connector, which, note)]
    }
}

/// Lets the send connector name this certificate.
pub fn name(language: Language, connector: &str, certificate: &Certificate, note: &str) -> Fix {
    let names = certificate
        .issuer
        .as_ref()
        .zip(certificate.subject.as_ref());
    let text = names.map(|(issuer, subject)| format!("<I>{issuer}<S>{subject}"));
    let Some(text) = text.filter(|text| command::can_be_pasted(text)) else {
        return name_another(language, connector, "the certificate", note);
    };
    let identity = command::send_identity(connector);
    if text.chars().count() > LONGEST_NAME {
        let host = certificate.subject.as_deref().and_then(common_name);
        return by_host_name(language, &identity, host);
    }
    Fix::command(
        Where::OnPremises,
        format!(
            "Set-SendConnector -Identity {identity} -TlsCertificateName {}",
            quote(&text)
        ),
        &language.together(&[note, &on_mailbox(language)]),
    )
}

/// Lets the send connector name a certificate whose issuer and subject are not known.
fn name_another(language: Language, connector: &str, which: &str, note: &str) -> Fix {
    Fix::command(
        Where::OnPremises,
        format!(
            "Set-SendConnector -Identity {} -TlsCertificateName '<issuer and subject of {which}>'",
            command::send_identity(connector)
        ),
        &language.together(&[note, &on_mailbox(language), &form_of_the_name(language)]),
    )
}

/// Whether the name of a stream is that of an Edge server's logs.
pub fn is_role_of(stream: &str) -> bool {
    let role = stream.rsplit('/').next();
    role.is_some_and(|role| role.eq_ignore_ascii_case("Edge"))
}

/// The steps that let an Edge server offer the certificate without its long name. `None` if the name
/// is short enough.
pub fn without_long_name(language: Language, connector: &SendConnector) -> Option<Vec<Fix>> {
    let name = connector.tls_certificate_name.value()?.as_deref()?;
    if name.chars().count() <= LONGEST_NAME {
        return None;
    }
    let host = NamedCertificate::parse(name).and_then(|named| common_name(named.subject));
    Some(vec![
        by_host_name(language, &command::send_identity_of(connector), host),
        synchronize(language),
    ])
}

/// Lets Exchange select the certificate by the host name of the send connector.
fn by_host_name(language: Language, identity: &str, host: Option<String>) -> Fix {
    let host = host.filter(|host| !host.starts_with("*."));
    let host = quote(host.as_deref().unwrap_or("<host name of the certificate>"));
    Fix::command(
        Where::OnPremises,
        format!("Set-SendConnector -Identity {identity} -Fqdn {host} -TlsCertificateName $null"),
        &name_too_long(language),
    )
}

sentences! {
    /// Where a change of a send connector of Edge servers is made.
    pub fn on_mailbox() {
        en: "Run this on a Mailbox server. If the Edge servers are not subscribed, run it on each of them instead, and leave out Start-EdgeSynchronization.",
        ja: "メールボックス サーバーで実行します。エッジ サーバーがサブスクライブされていない場合は、代わりに各エッジ サーバーで実行し、Start-EdgeSynchronization は省略します。" ["3a759a8e"],
    }
    /// The beginning of a note, for one Edge server.
    fn on_the_edge_server(server: &str) {
        en: "Run this on the Edge server {server} itself: it cannot be changed from elsewhere.",
        ja: "エッジ サーバー {server} 上で直接実行します。ほかの場所からは変更できません。" ["bc80cfdd"],
    }
    /// The beginning of a note, for several Edge servers.
    fn on_these_edge_servers(servers: &str) {
        en: "Run this on each of these Edge servers itself: {servers}. They cannot be changed from elsewhere.",
        ja: "次の各エッジ サーバー上で直接実行します: {servers}。ほかの場所からは変更できません。" ["37155d58"],
    }
    /// The note of `Start-EdgeSynchronization`.
    fn synchronize_note() {
        en: "Run this on a Mailbox server. Its result for the type Configuration must be Success.",
        ja: "メールボックス サーバーで実行します。種類が Configuration の結果は Success である必要があります。" ["88acd93d"],
    }
    /// What to write into the command, where issuer and subject are not known.
    fn form_of_the_name() {
        en: "The value is <I>, the issuer, <S> and the subject, as Get-ExchangeCertificate shows them on the Edge server.",
        ja: "値は、<I>、発行者、<S>、サブジェクトの順に並べたものです。発行者とサブジェクトは、エッジ サーバーの Get-ExchangeCertificate が示すとおりに記述します。" ["7fca1d6c"],
    }
    /// The note of the command that names no certificate, because the name is too long for EdgeSync.
    fn name_too_long() {
        en: "EdgeSync writes at most 256 characters of a certificate name to an Edge server and leaves the connector out (SND110), so setting the same name again changes nothing. Run this on a Mailbox server. Exchange then selects the certificate by the name in Fqdn. First check that only the right certificate of each Edge server holds this name and is enabled for SMTP. Instead, you can raise the limit of the attribute in the schema of each Edge server's directory to 1024 (KB 4052493), or get a certificate with a shorter issuer and subject.",
        ja: "EdgeSync がエッジ サーバーに書き込める証明書名は 256 文字までで、それより長い場合はコネクタが除外されます (SND110)。そのため、同じ名前をもう一度設定しても何も変わりません。このコマンドをメールボックス サーバーで実行します。その後、Exchange は Fqdn の名前で証明書を選択します。先に、各エッジ サーバーで正しい証明書だけがこの名前を含み、SMTP に対して有効になっていることを確認してください。代わりに、各エッジ サーバーのディレクトリのスキーマで属性の上限を 1024 に引き上げる (KB 4052493) か、発行者とサブジェクトがより短い証明書を取得することもできます。" ["064b5a0d"],
    }
}
