//! The steps that bring a certificate into use on servers, or take one out of use.
//!
//! In: servers and thumbprints as exports and logs show them. Out: [`Fix`]es in the order in which
//! they are done.
//! Must not decide which certificate is the right one. Must not put a value into a command that is
//! not whole: an unknown server is `<server>`, and a thumbprint has forty digits.
//! Source: Microsoft's article about a certificate that Exchange refuses to remove, because a send
//! connector names it.

use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::{Fix, Purpose, Where};
use crate::language::{Language, sentences};
use crate::onprem::ExchangeCertificate;
use crate::remedy::command::quote;
use crate::remedy::service::Service;
use crate::remedy::{command, edge};
use crate::smtp::certificate::Certificate;

/// Up to how many servers each get a command of their own.
const SINGLE: usize = 5;

/// The thumbprint, if it is whole. A redacted or shortened one cannot be used in a command.
pub fn thumbprint(certificate: &Certificate) -> Option<&str> {
    let text = certificate.thumbprint.as_deref()?;
    let whole = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then_some(text)
}

/// The value of `-Server`. What cannot be the name of a server, such as the name of a folder,
/// becomes `<server>`.
pub fn server(name: &str) -> String {
    let name = name.trim();
    let allowed =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if begins && name.len() <= 255 && name.chars().all(allowed) {
        quote(name)
    } else {
        "'<server>'".to_owned()
    }
}

/// Binds a certificate to SMTP, with a command for each server.
pub fn enable_for_smtp(
    language: Language,
    servers: &[&str],
    thumbprint: &str,
    before: &str,
    edges: Edges<'_>,
) -> Vec<Fix> {
    let note = language.together(&[before, &asks(language)]);
    let steps = per_server(language, servers, edges, &note, |server| {
        format!(
            "Enable-ExchangeCertificate{server} -Thumbprint {} -Services SMTP",
            quote(thumbprint)
        )
    });
    let steps = steps.into_iter();
    steps
        .map(|step| step.purpose(Purpose::EnableCertificate))
        .collect()
}

/// Certificates with the same issuer and subject: the old ones, and the one to keep.
#[derive(Debug, Clone, Copy)]
pub struct SameName<'a> {
    /// The send connectors that name them.
    pub connectors: &'a [&'a str],
    /// The servers that have the old ones.
    pub servers: &'a [&'a str],
    /// All source servers of these send connectors. They must not send while the name is empty.
    pub sources: &'a [&'a str],
    /// The servers whose front ends send for them. Empty if they send by themselves.
    pub front_ends: &'a [&'a str],
    /// The thumbprints of the old ones.
    pub old: &'a [&'a str],
    /// The thumbprint of the one to keep.
    pub new: &'a str,
    /// The one to keep.
    pub kept: &'a Certificate,
    /// Which servers are Edge servers.
    pub edges: Edges<'a>,
}

/// Takes the old certificates away, so that the name means only the new one. Setting the same name
/// once more would change nothing, and Exchange refuses to remove a certificate that a send
/// connector names.
pub fn keep_one_of_same_name(language: Language, certificates: &SameName<'_>) -> Vec<Fix> {
    let SameName {
        connectors,
        servers,
        sources,
        front_ends,
        old,
        new,
        kept,
        edges,
    } = *certificates;
    let is_edge = sources.iter().any(|server| edges.holds(server));
    let stop = if front_ends.is_empty() {
        stop_first(language)
    } else {
        stop_first_behind_front_ends(language)
    };
    let mut steps = service(language, "Stop", Service::Transport, sources, edges, &stop);
    steps.extend(clear(language, connectors, is_edge));
    for thumbprint in old {
        let asks = answer_yes(language);
        steps.extend(remove(language, servers, thumbprint, &asks, edges));
    }
    let set = set_again(language);
    steps.extend(connectors.iter().map(|connector| {
        if is_edge {
            edge::name(language, connector, kept, &set)
        } else {
            command::offer(connector, new, &set)
        }
    }));
    steps.extend(is_edge.then(|| edge::synchronize(language)));
    if !front_ends.is_empty() {
        steps.extend(service(
            language,
            "Restart",
            Service::FrontEnd,
            front_ends,
            edges,
            &read_anew(language),
        ));
    }
    let sends_again = sends_again(language);
    steps.extend(service(
        language,
        "Start",
        Service::Transport,
        sources,
        edges,
        &sends_again,
    ));
    steps
}

/// Lets send connectors name no certificate.
fn clear(language: Language, connectors: &[&str], is_edge: bool) -> Vec<Fix> {
    let mut note = clear_first(language);
    if is_edge {
        note = language.together(&[note, edge::on_mailbox(language)]);
    }
    let steps = connectors.iter().map(|connector| {
        let identity = command::send_identity(connector);
        let command = format!("Set-SendConnector -Identity {identity} -TlsCertificateName $null");
        Fix::command(Where::OnPremises, command, &note)
    });
    steps
        .chain(is_edge.then(|| edge::synchronize(language)))
        .collect()
}

/// Removes a certificate from servers.
pub fn remove(
    language: Language,
    servers: &[&str],
    thumbprint: &str,
    note: &str,
    edges: Edges<'_>,
) -> Vec<Fix> {
    per_server(language, servers, edges, note, |server| {
        format!(
            "Remove-ExchangeCertificate{server} -Thumbprint {}",
            quote(thumbprint)
        )
    })
}

/// Moves services that only old certificates have, such as IIS. `None` if there are none.
pub fn move_services(
    language: Language,
    old: &[&ExchangeCertificate],
    new: &ExchangeCertificate,
) -> Option<Fix> {
    let services = |found: &ExchangeCertificate| -> Vec<String> {
        let all = found.services.value().into_iter().flatten();
        all.map(|service| service.trim().to_ascii_uppercase())
            .collect()
    };
    let there = services(new);
    let mut missing: Vec<String> = old.iter().flat_map(|one| services(one)).collect();
    missing.retain(|service| !there.contains(service));
    missing.sort();
    missing.dedup();
    let mut all = old.iter().chain([&new]);
    if missing.is_empty() && !all.any(|one| one.services.is_lost()) {
        return None;
    }
    let newer = new.certificate.thumbprint.as_deref();
    let note = match (newer, missing.is_empty()) {
        (Some(newer), true) => enable_for_every_service(language, newer),
        (Some(newer), false) => enable_for(language, newer, &language.list(&missing)),
        (None, true) => enable_the_newer_for_every_service(language),
        (None, false) => enable_the_newer_for(language, &language.list(&missing)),
    };
    Some(Fix::step(&language.together(&[note, asks(language)])))
}

/// Lets Exchange use certificates with an elliptic-curve key on this server.
pub fn enable_elliptic_curve(language: Language) -> Fix {
    Fix::command(
        Where::OnPremises,
        "New-ItemProperty -Path 'HKLM:\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Diagnostics' -Name 'EnableEccCertificateSupport' -Value 1 -Type String -Force".to_owned(),
        &elliptic_curve_note(language),
    )
}

/// Stops, starts or restarts a service: from one place, and on each Edge server itself.
pub fn service(
    language: Language,
    verb: &str,
    service: Service,
    servers: &[&str],
    edges: Edges<'_>,
    note: &str,
) -> Vec<Fix> {
    let (others, there) = edges.split(servers);
    let local = format!("{verb}-Service {}", service.name());
    let mut steps = Vec::new();
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|name| server(name)).collect();
        let command = format!(
            "Invoke-Command -ComputerName {} -ScriptBlock {{ {local} }}",
            names.join(",")
        );
        let note = match verb {
            "Restart" => note.to_owned(),
            _ => where_not_reached(language, note, verb),
        };
        steps.push(Fix::command(Where::OnPremises, command, &note));
    }
    if !there.is_empty() {
        let note = language.together(&[edge::there(language, &there).as_str(), note]);
        steps.push(Fix::command(Where::OnPremises, local, &note));
    }
    steps
}

/// A step for each server, or one loop where there are many. `command` gets the parameter that names the
/// server, which a command that runs on an Edge server itself must not have.
fn per_server(
    language: Language,
    servers: &[&str],
    edges: Edges<'_>,
    note: &str,
    command: impl Fn(&str) -> String,
) -> Vec<Fix> {
    let (others, there) = edges.split(servers);
    let names: Vec<String> = others.iter().map(|name| server(name)).collect();
    let on = |name: &str| command(&format!(" -Server {name}"));
    let commands = match names.len() {
        0 if there.is_empty() => vec![on("'<server>'")],
        count if count <= SINGLE => names.iter().map(|name| on(name)).collect(),
        _ => vec![format!(
            "foreach ($server in {}) {{ {} }}",
            names.join(","),
            on("$server")
        )],
    };
    let steps = commands.into_iter();
    let steps = steps.map(|command| Fix::command(Where::OnPremises, command, note));
    let on_edges = there.iter().map(|server| {
        let note = language.together(&[edge::there(language, &[server]).as_str(), note]);
        Fix::command(Where::OnPremises, command(""), &note)
    });
    steps.chain(on_edges).collect()
}

sentences! {
    /// What `Enable-ExchangeCertificate` asks, and the answer.
    pub fn asks() {
        en: "If the command asks whether to overwrite the default SMTP certificate, which internal mail uses, answer No.",
        ja: "内部メールが使用する既定の SMTP 証明書を上書きするかどうかを確認するメッセージが表示された場合は、[いいえ] と答えます。" ["800b1360"],
    }
    /// The note of the first step, where the transport service sends by itself.
    fn stop_first() {
        en: "Do all steps in this order, and first check that the certificate to keep is on every source server, with its private key and enabled for SMTP. While the transport service is stopped, mail waits in the queues.",
        ja: "すべての手順をこの順序で実行します。先に、残す証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認してください。トランスポート サービスの停止中、メールはキューで待機します。" ["390eb7d0"],
    }
    /// The note of the first step, where a front end sends.
    fn stop_first_behind_front_ends() {
        en: "Do all steps in this order, and first check that the certificate to keep is on every front end server, with its private key and enabled for SMTP. While the transport service is stopped, mail waits in the queues.",
        ja: "すべての手順をこの順序で実行します。先に、残す証明書が秘密キーと共にすべてのフロントエンド サーバーにあり、SMTP に対して有効になっていることを確認してください。トランスポート サービスの停止中、メールはキューで待機します。" ["a99a0fe7"],
    }
    /// The note of a command that removes a certificate.
    fn answer_yes() {
        en: "The command asks for confirmation: answer Yes.",
        ja: "確認メッセージが表示されたら、[はい] と答えます。" ["77225036"],
    }
    /// The note of the command that sets the name of the certificate again.
    fn set_again() {
        en: "This sets the name again. It now means only the certificate that stays.",
        ja: "名前をもう一度設定します。この名前が指すのは、残る証明書だけになります。" ["49e9cc7e"],
    }
    /// The note of the command that restarts the front ends.
    fn read_anew() {
        en: "The front end transport service offers the certificate for this send connector, so it must read it anew.",
        ja: "この送信コネクタの証明書はフロントエンド トランスポート サービスが提示するため、サービスに証明書を読み込み直させる必要があります。" ["17dcf497"],
    }
    /// The note of the command that starts the transport service.
    fn sends_again() {
        en: "Mail is sent again from here on.",
        ja: "ここからメールの送信が再開されます。" ["d178336b"],
    }
    /// The note of the command that clears the name of the certificate.
    fn clear_first() {
        en: "Exchange refuses to remove a certificate that a send connector names. If a receive connector names it too, clear the name there as well (Set-ReceiveConnector -TlsCertificateName $null), and set it again at the end.",
        ja: "送信コネクタが指定している証明書は、Exchange では削除できません。オンプレミスの受信コネクタもこの証明書を指定している場合は、そこでも名前をクリアし (Set-ReceiveConnector -TlsCertificateName $null)、最後にもう一度設定します。" ["f6f95925"],
    }
    /// The step that moves services to a certificate.
    fn enable_for(thumbprint: &str, services: &str) {
        en: "First enable {thumbprint} for {services} on each of these servers (Enable-ExchangeCertificate -Services).",
        ja: "先に、これらの各サーバーで {thumbprint} を {services} に対して有効にします (Enable-ExchangeCertificate -Services)。" ["e8431c34"],
    }
    /// The step that moves services to a certificate, where the export lost which ones.
    fn enable_for_every_service(thumbprint: &str) {
        en: "First enable {thumbprint} for every service that the old certificate has on each of these servers (Enable-ExchangeCertificate -Services).",
        ja: "先に、これらの各サーバーで、古い証明書に割り当てられているすべてのサービスに対して {thumbprint} を有効にします (Enable-ExchangeCertificate -Services)。" ["b9b57ae0"],
    }
    /// The step that moves services to a certificate whose thumbprint is not known.
    fn enable_the_newer_for(services: &str) {
        en: "First enable the newer one for {services} on each of these servers (Enable-ExchangeCertificate -Services).",
        ja: "先に、これらの各サーバーで新しいほうの証明書を {services} に対して有効にします (Enable-ExchangeCertificate -Services)。" ["8523eff7"],
    }
    /// The step that moves services, where neither they nor the thumbprint are known.
    fn enable_the_newer_for_every_service() {
        en: "First enable the newer one for every service that the old certificate has on each of these servers (Enable-ExchangeCertificate -Services).",
        ja: "先に、これらの各サーバーで、古い証明書に割り当てられているすべてのサービスに対して新しいほうの証明書を有効にします (Enable-ExchangeCertificate -Services)。" ["2c45df43"],
    }
    /// The note of the command that sets the value in the registry.
    fn elliptic_curve_note() {
        en: "1. Install the security update of November 2024 or a later update on every Exchange server. 2. Run this command on each of them. 3. Restart the transport service (MSExchangeTransport), one server after the other.",
        ja: "1. すべての Exchange サーバーに、2024 年 11 月のセキュリティ更新プログラムまたはそれ以降の更新プログラムをインストールします。 2. 各サーバーでこのコマンドを実行します。 3. トランスポート サービス (MSExchangeTransport) を、サーバーを 1 台ずつ順に再起動します。" ["13bebe9a"],
    }
    /// A note of a command that runs remotely.
    fn where_not_reached(note: &str, verb: &str) {
        en: "{note} Where a server cannot be reached remotely, run {verb}-Service on it.",
        ja: "{note}リモートで接続できないサーバーでは、そのサーバー上で {verb}-Service を実行します。" ["707ef897"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_values_get_into_commands() {
        let with = |text: &str| Certificate {
            thumbprint: Some(text.to_owned()),
            ..Certificate::default()
        };
        assert_eq!(thumbprint(&with("5A3F")), None);
        assert_eq!(thumbprint(&with(&"x".repeat(40))), None);
        assert!(thumbprint(&with(&"5A".repeat(20))).is_some());
        for folder in ["EX02/SmtpSend", "Bob's server", ".", "", "C:\\logs"] {
            assert_eq!(server(folder), "'<server>'", "{folder}");
        }
        assert_eq!(server("ex01.contoso.com"), "'ex01.contoso.com'");
    }

    #[test]
    fn many_servers_are_one_loop() {
        let servers = ["EX01", "EX02", "EX03", "EX04", "EX05", "EX06"];
        let steps = enable_for_smtp(Language::English, &servers, "AA", "", Edges::of(&[]));
        assert_eq!(steps.len(), 1);
        assert_eq!(
            steps[0].command.as_deref(),
            Some(
                "foreach ($server in 'EX01','EX02','EX03','EX04','EX05','EX06') { Enable-ExchangeCertificate -Server $server -Thumbprint 'AA' -Services SMTP }"
            )
        );
        assert_eq!(steps[0].note, asks(Language::English));
        assert_eq!(
            enable_for_smtp(Language::English, &servers[..2], "AA", "", Edges::of(&[])).len(),
            2
        );
    }

    #[test]
    fn the_front_ends_read_the_certificate_anew() {
        let steps = keep_one_of_same_name(
            Language::English,
            &SameName {
                connectors: &["Out"],
                servers: &["EX02"],
                sources: &["EX01"],
                front_ends: &["EX02"],
                old: &["OLD"],
                new: "NEW",
                kept: &Certificate::default(),
                edges: Edges::of(&[]),
            },
        );
        let commands: Vec<&str> = steps
            .iter()
            .filter_map(|step| step.command.as_deref())
            .collect();
        assert_eq!(
            commands[commands.len() - 2..],
            [
                "Invoke-Command -ComputerName 'EX02' -ScriptBlock { Restart-Service MSExchangeFrontEndTransport }",
                "Invoke-Command -ComputerName 'EX01' -ScriptBlock { Start-Service MSExchangeTransport }",
            ]
        );
        assert!(
            steps[0].note.contains("every front end server"),
            "{steps:?}"
        );
    }

    #[test]
    fn the_procedure_is_whole_and_in_order() {
        let steps = keep_one_of_same_name(
            Language::English,
            &SameName {
                connectors: &["Out"],
                servers: &["EX01"],
                sources: &["EX01", "EX02"],
                front_ends: &[],
                old: &["OLD"],
                new: "NEW",
                kept: &Certificate::default(),
                edges: Edges::of(&[]),
            },
        );
        let beginnings: Vec<String> = steps
            .iter()
            .map(|step| {
                let command = step.command.as_deref().unwrap_or_default();
                command.chars().take(70).collect()
            })
            .collect();
        assert_eq!(
            beginnings,
            [
                "Invoke-Command -ComputerName 'EX01','EX02' -ScriptBlock { Stop-Service",
                "Set-SendConnector -Identity 'Out' -TlsCertificateName $null",
                "Remove-ExchangeCertificate -Server 'EX01' -Thumbprint 'OLD'",
                "$cert = Get-ExchangeCertificate -Thumbprint 'NEW'; Set-SendConnector -",
                "Invoke-Command -ComputerName 'EX01','EX02' -ScriptBlock { Start-Servic",
            ]
        );
    }
    #[test]
    fn what_concerns_an_edge_server_is_done_there_and_synchronized() {
        let kept = Certificate {
            issuer: Some("CN=CA".to_owned()),
            subject: Some("CN=mail.contoso.com".to_owned()),
            ..Certificate::default()
        };
        let steps = keep_one_of_same_name(
            Language::English,
            &SameName {
                connectors: &["Out"],
                servers: &["EDGE02"],
                sources: &["EDGE01", "EDGE02"],
                front_ends: &[],
                old: &["OLD"],
                new: "NEW",
                kept: &kept,
                edges: Edges::of(&[]),
            },
        );
        let commands: Vec<&str> = steps
            .iter()
            .filter_map(|step| step.command.as_deref())
            .collect();
        assert_eq!(
            commands,
            [
                "Stop-Service MSExchangeTransport",
                "Set-SendConnector -Identity 'Out' -TlsCertificateName $null",
                "Start-EdgeSynchronization",
                "Remove-ExchangeCertificate -Thumbprint 'OLD'",
                "Set-SendConnector -Identity 'Out' -TlsCertificateName '<I>CN=CA<S>CN=mail.contoso.com'",
                "Start-EdgeSynchronization",
                "Start-Service MSExchangeTransport",
            ]
        );
        assert!(steps[0].note.contains("EDGE01, EDGE02"), "{steps:?}");
        assert!(
            steps[3].note.contains("Edge server EDGE02 itself"),
            "{steps:?}"
        );
        let both = enable_for_smtp(
            Language::English,
            &["EX01", "EDGE01"],
            "AA",
            "",
            Edges::of(&[]),
        );
        assert!(
            both[1]
                .command
                .as_deref()
                .is_some_and(|one| !one.contains("-Server"))
        );
    }
}
