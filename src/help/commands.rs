//! What the help and the manual say of each command beside its options.
//!
//! In: nothing. Out: [`HELP`], with what a command does, notes, examples and exit codes.
//! Must not describe options: `options` does.

use super::text::{Text, texts};

/// What is said of a command.
#[derive(Debug, Clone, Copy)]
pub struct Help {
    /// The command.
    pub command: &'static str,
    /// What it does.
    pub about: Text,
    /// What to know before using it.
    pub notes: Option<Text>,
    /// How it is called.
    pub examples: &'static [Example],
    /// Its exit codes.
    pub exits: &'static [ExitCode],
}

/// What a command is called with, and what that does.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The command line.
    pub line: &'static str,
    /// What it does.
    pub does: Text,
}

/// An exit code.
#[derive(Debug, Clone, Copy)]
pub struct ExitCode {
    /// The number.
    pub code: u8,
    /// What it means.
    pub means: Text,
}

/// The help of a command.
pub fn of(command: &str) -> Option<&'static Help> {
    HELP.iter().find(|help| help.command == command)
}

texts! {
    pub(super) program: "Finds out, from Exchange send protocol logs, why Microsoft 365 rejects an organisation's mail (550 5.7.64 TenantAttribution).", "Microsoft 365 が組織のメールを拒否する理由 (550 5.7.64 TenantAttribution) を、Exchange の送信プロトコル ログから調べます。" ["f4b6e713"];
    pub(super) help: "Print this message or the help of the given subcommand(s)", "このメッセージ、または指定したコマンドのヘルプを表示します。" ["7623c860"];
}

macro_rules! exits {
    ($($name:ident {
        $($code:literal => means: $english:literal, $japanese:literal [$read:literal];)+
    })+) => {$(
        const $name: &[ExitCode] = &[$(ExitCode {
            code: $code,
            means: Text { english: $english, japanese: $japanese },
        }),+];
    )+};
}

exits! {
    REPORT {
        0 => means: "nothing at or above --fail-on was found", "--fail-on の重大度以上のものは見つかりませんでした" ["0476b460"];
        1 => means: "something was found", "指定した重大度以上のものが見つかりました" ["7b55b626"];
        2 => means: "an option is wrong, or some input could not be read to its end", "オプションに誤りがあるか、最後まで読み取れない入力がありました" ["e22e6fa2"];
        3 => means: "the input holds nothing that can be used", "入力に、使用できるものがありません" ["12200c30"];
    }
    LIST {
        0 => means: "the list is written", "一覧を出力しました" ["937c6183"];
        2 => means: "an option is wrong, or some input could not be read to its end", "オプションに誤りがあるか、最後まで読み取れない入力がありました" ["e22e6fa2"];
        3 => means: "the input holds nothing that can be used", "入力に、使用できるものがありません" ["12200c30"];
    }
    DIGEST {
        0 => means: "the digest is written", "ダイジェストを書き込みました" ["9f4c05d3"];
        2 => means: "an option is wrong, or some input could not be read to its end. What could be read is in the digest", "オプションに誤りがあるか、最後まで読み取れない入力がありました。読み取れた部分はダイジェストに含まれます" ["037e9a44"];
        3 => means: "there is no send log, or no row in any", "送信ログがないか、どのログにも行がありません" ["56770617"];
    }
    ANSWER {
        0 => means: "mail will be accepted with the certificate", "この証明書でメールは受け入れられます" ["f2ce5958"];
        1 => means: "something must be changed first, or is not certain", "先に変更が必要なものがあるか、確実でない点があります" ["c407c329"];
        2 => means: "an option is wrong, or some input could not be read to its end", "オプションに誤りがあるか、最後まで読み取れない入力がありました" ["e22e6fa2"];
        3 => means: "no export of inbound connectors was given", "Exchange Online の受信コネクタのエクスポートがありません" ["93ecb7ec"];
    }
    PRINT {
        0 => means: "it is printed", "出力しました" ["b616f03e"];
        2 => means: "an option or a name is wrong", "オプションまたは名前に誤りがあります" ["db043acf"];
    }
    SCRIPT {
        0 => means: "the script is written", "スクリプトを出力しました" ["ff476642"];
        2 => means: "it cannot be written", "スクリプトを出力できません" ["c8c37367"];
    }
}

macro_rules! helps {
    ($($command:ident {
        about: $about:literal, $about_japanese:literal [$about_read:literal];
        $(notes: $notes:literal, $notes_japanese:literal [$notes_read:literal];)?
        $($line:literal => does: $does:literal, $does_japanese:literal [$does_read:literal];)+
        exits $exits:ident;
    })+) => {
        /// The help of all commands.
        pub const HELP: &[Help] = &[$(Help {
            command: stringify!($command),
            about: Text { english: $about, japanese: $about_japanese },
            notes: helps!(@notes $($notes, $notes_japanese)?),
            examples: &[$(Example {
                line: $line,
                does: Text { english: $does, japanese: $does_japanese },
            }),+],
            exits: $exits,
        }),+];
    };
    (@notes) => { None };
    (@notes $english:literal, $japanese:literal) => {
        Some(Text { english: $english, japanese: $japanese })
    };
}

helps! {
    diagnose {
        about: "Find the cause of rejected mail (550 5.7.64 and related errors), and the fix", "拒否されたメール (550 5.7.64 と関連するエラー) の原因と対処を調べます。" ["11efd979"];
        r"sendlens diagnose C:\Temp\case" =>
            does: "finds the cause in a folder with logs and exports, and shows it on one screen", "ログとエクスポートのあるフォルダーから原因を調べ、1 画面に表示します" ["208e8599"];
        "sendlens diagnose case -o report.html" =>
            does: "writes a page with the certificates of each server over time", "各サーバーの証明書の推移を示すページを出力します" ["12fd6c7a"];
        "sendlens diagnose case --since 3d --connector 'Outbound*' --full" =>
            does: "shows everything about the last three days of some send connectors", "一部の送信コネクタの最後の 3 日間について、すべてを表示します" ["e95cc68a"];
        "sendlens diagnose logs --tenant contoso=exports/contoso --tenant fabrikam=exports/fabrikam" =>
            does: "compares with the connectors of two tenants", "2 つのテナントのコネクタと比較します" ["909ba7b2"];
        "sendlens diagnose EX01.digest EX02.digest exports" =>
            does: "finds the cause with the digests of two servers", "2 台のサーバーのダイジェストから原因を調べます" ["b59a43e6"];
        "sendlens diagnose case -f ndjson --fail-on warning" =>
            does: "writes data for a script, and ends with exit code 1 if a warning is found", "スクリプト用のデータを出力し、警告が見つかった場合は終了コード 1 で終了します" ["5eab25cf"];
        exits REPORT;
    }
    sessions {
        about: "Write one record for each SMTP session, with the certificate that was offered", "SMTP セッションごとに 1 件のレコードを、提示された証明書と共に出力します。" ["0d73c880"];
        "sendlens sessions logs -o sessions.csv" =>
            does: "writes one row for each SMTP session", "SMTP セッションごとに 1 行を出力します" ["b54fd241"];
        "sendlens sessions logs -o sessions.parquet" =>
            does: "writes all fields as a table for DuckDB, Spark and Fabric", "すべてのフィールドを DuckDB、Spark、Fabric 用の表として出力します" ["a4b74ec9"];
        "sendlens sessions logs --since 12h -f text" =>
            does: "shows the sessions of the last twelve hours", "最後の 12 時間のセッションを表示します" ["f621ecdd"];
        exits LIST;
    }
    certificates {
        about: "List which certificate each send connector and server offered, when, and with what result", "各送信コネクタと各サーバーが提示した証明書を、時期や結果と共に一覧表示します。" ["12255b24"];
        "sendlens certificates case -f text" =>
            does: "shows which certificate each server offered, and whether a connector expects it", "各サーバーが提示した証明書と、それを想定するコネクタの有無を表示します" ["5d5a6153"];
        "sendlens certificates case -o certificates.csv" =>
            does: "writes the same as a table", "同じ内容を表として出力します" ["6ee36aa3"];
        exits LIST;
    }
    messages {
        about: "List the messages that Exchange Online rejected or deferred, and what became of them", "Exchange Online が拒否した、または遅延させたメッセージと、その結果を一覧表示します。" ["dfaa64e4"];
        notes: "delivered means that Exchange Online, or another host outside, took the message over. It does not mean\nthat the message is in a mailbox, or that somebody has read it. What the input does not show is unknown,\nwith a reason.\n--message-id, --sender and --recipient look at all messages, also at those that were never rejected.", "delivered は、Exchange Online または外部の別のホストがメッセージを受け取ったことを表します。メールボックスに届いたことや、だれかが読んだことを表すものではありません。入力から分からないものは、理由と共に unknown になります。\n--message-id、--sender、--recipient は、一度も拒否されなかったものを含め、すべてのメッセージを対象にします。" ["53908feb"];
        "sendlens messages case --fate bounced,lost -o people.csv" =>
            does: "writes the list of the people to tell", "連絡が必要な人の一覧を出力します" ["cabe3087"];
        "sendlens messages case --sender '*@contoso.com' -f text" =>
            does: "shows what became of the mail of some senders", "一部の送信者のメールの結果を表示します" ["3ad66638"];
        exits LIST;
    }
    digest {
        about: "Write what diagnose needs of send logs into a small file", "送信ログのうち diagnose に必要な情報を、小さなファイルに書き込みます。" ["c5ce0c45"];
        notes: "A digest of many gigabytes of logs is some kilobytes. Make one on each server, and copy the digests to one\nplace. sendlens diagnose takes digests, logs and exports together, and finds what it finds in the logs\nthemselves. zstd -dc FILE shows what a digest holds.\nA digest holds names, addresses and log rows, as logs do.", "何ギガバイトものログのダイジェストは、数キロバイトです。各サーバーで作成し、1 か所に集めてください。\nsendlens diagnose にはダイジェスト、ログ、エクスポートを一緒に指定でき、ログそのものを指定した場合と\n同じ結果になります。ダイジェストの内容は zstd -dc FILE で表示できます。\nダイジェストには、ログと同様に、名前、アドレス、ログの行が含まれます。" ["d6406a7a"];
        r"sendlens digest 'C:\Program Files\Microsoft\Exchange Server\V15\TransportRoles\Logs' -o EX01.digest" =>
            does: "writes the digest of a server", "サーバーのダイジェストを書き込みます" ["20e87d23"];
        "sendlens digest logs --since 7d --stream 'EX01/*' -o EX01.digest" =>
            does: "writes the digest of a week of one of several servers", "複数のサーバーのうち 1 台の 1 週間分のダイジェストを書き込みます" ["2f95f7a6"];
        exits DIGEST;
    }
    lint {
        about: "Check the configuration. This needs exports, but no logs", "構成をチェックします。エクスポートが必要ですが、ログは不要です。" ["18125f93"];
        "sendlens lint exports" =>
            does: "checks the exported configuration, for example every night", "エクスポートした構成をチェックします (毎晩の実行など)" ["9453731c"];
        "sendlens lint exports --ignore CRT102 -f json" =>
            does: "leaves one check out, and writes data", "チェックを 1 つ除外し、データを出力します" ["ffc95456"];
        exits REPORT;
    }
    preflight {
        about: "Check a new certificate before you switch to it", "新しい証明書を、切り替える前に確認します。" ["8fc77277"];
        notes: "The exit code is 0 only if all of this is certain:\n- Exactly one of the given tenants expects the certificate.\n- Mail of any sender gets through, or what is not documented about this stays as it is today.\n- No other tenant expects the certificate that is replaced.\n- The certificate is valid.\nThe exit code is also 0 if all tenants identify your servers by address. Nothing changes then.", "終了コードが 0 になるのは、次のすべてが確実な場合だけです:\n- 指定したテナントのうち、ちょうど 1 つがこの証明書を想定しています。\n- どの送信者のメールも受け入れられるか、受け入れられるかどうかについて文書化されていない点が現在と変わりません。\n- 置き換えられる証明書を想定するテナントがほかにありません。\n- 証明書が有効です。\nすべてのテナントがサーバーを IP アドレスで識別する場合も、終了コードは 0 です。その場合は何も変わりません。" ["4427787b"];
        "sendlens preflight new.cer case" =>
            does: "checks a new certificate against exports and logs", "新しい証明書をエクスポートとログに照らして確認します" ["62b4aa8a"];
        "sendlens preflight mail.contoso.com exports" =>
            does: "checks a name before you order a certificate", "証明書を注文する前に名前を確認します" ["416b8b46"];
        exits ANSWER;
    }
    rules {
        about: "List all causes and checks", "すべての原因とチェックを一覧表示します。" ["d3012898"];
        "sendlens rules" =>
            does: "lists all causes and checks", "すべての原因とチェックを一覧表示します" ["6375d9e7"];
        "sendlens rules --schema" =>
            does: "prints the JSON Schemas of all outputs", "すべての出力の JSON スキーマを出力します" ["20257f94"];
        exits PRINT;
    }
    explain {
        about: "Print the full description of a cause or check, or list those that are about a reply", "原因またはチェックの詳しい説明を出力するか、応答に関係するものを一覧表示します。" ["a125e07f"];
        "sendlens explain CRT004" =>
            does: "prints the full text of a cause", "原因の説明をすべて出力します" ["832c14a7"];
        "sendlens explain '550 5.7.64 TenantAttribution'" =>
            does: "lists what is about a reply", "応答に関係するものを一覧表示します" ["a5a76552"];
        exits PRINT;
    }
    collect {
        about: "Print a PowerShell script that collects the exports and logs in one folder, or digests of many servers", "エクスポートとログ、または多数のサーバーのダイジェストを 1 つのフォルダーに集める PowerShell スクリプトを出力します。" ["4efb2e98"];
        notes: "The script exports from what its PowerShell window is connected to: Exchange Online, or your servers\nin the Exchange Management Shell. It changes nothing there. Run it in both, with the same folder:\n\n  sendlens collect -o collect.ps1\n  Connect-ExchangeOnline\n  .\\collect.ps1 -OutputFolder C:\\Temp\\case\n  (in the Exchange Management Shell)\n  .\\collect.ps1 -OutputFolder C:\\Temp\\case -CopyLogs -Days 14\n  sendlens diagnose C:\\Temp\\case\n\nWith --fleet, the logs stay on the servers. The script runs sendlens digest there over PowerShell remoting,\nand brings the digests to one folder:\n\n  sendlens collect --fleet -o fleet.ps1\n  (in the Exchange Management Shell)\n  .\\fleet.ps1 -OutputFolder C:\\Temp\\fleet -Days 14\n  sendlens diagnose C:\\Temp\\fleet C:\\Temp\\case\n\nGet-Help .\\collect.ps1 -Full describes all parameters. If Windows does not allow scripts, run\nSet-ExecutionPolicy -Scope Process RemoteSigned first. It applies only to the current window.", "このスクリプトは、PowerShell ウィンドウの接続先 (Exchange Online、または Exchange Management Shell ではオンプレミスのサーバー) からエクスポートします。接続先では何も変更しません。両方で、同じフォルダーを指定して実行します:\n\n  sendlens collect -o collect.ps1\n  Connect-ExchangeOnline\n  .\\collect.ps1 -OutputFolder C:\\Temp\\case\n  (Exchange Management Shell で実行)\n  .\\collect.ps1 -OutputFolder C:\\Temp\\case -CopyLogs -Days 14\n  sendlens diagnose C:\\Temp\\case\n\n--fleet を指定すると、ログはサーバーに残ります。スクリプトは、PowerShell リモート処理により各サーバーで sendlens digest を実行し、ダイジェストを 1 つのフォルダーに集めます:\n\n  sendlens collect --fleet -o fleet.ps1\n  (Exchange Management Shell で実行)\n  .\\fleet.ps1 -OutputFolder C:\\Temp\\fleet -Days 14\n  sendlens diagnose C:\\Temp\\fleet C:\\Temp\\case\n\nGet-Help .\\collect.ps1 -Full を実行すると、すべてのパラメーターの説明が表示されます。Windows でスクリプトが許可されていない場合は、先に次のコマンドを実行します。このコマンドは現在のウィンドウだけに適用されます:\nSet-ExecutionPolicy -Scope Process RemoteSigned" ["02840917"];
        "sendlens collect -o collect.ps1" =>
            does: "writes the script to a file", "スクリプトをファイルに書き込みます" ["0c762019"];
        "sendlens collect --fleet -o fleet.ps1" =>
            does: "writes the script that makes digests on many servers", "多数のサーバーでダイジェストを作成するスクリプトを書き込みます" ["ee95334c"];
        exits SCRIPT;
    }
    completions {
        about: "Print a completion script for a shell", "シェルの補完スクリプトを出力します。" ["3604fa6c"];
        "sendlens completions powershell" =>
            does: "prints the script that a PowerShell profile runs", "PowerShell プロファイルで実行するスクリプトを出力します" ["444f79bf"];
        "sendlens completions bash" =>
            does: "prints the script for Bash", "Bash 用のスクリプトを出力します" ["5e3ebc50"];
        exits PRINT;
    }
    man {
        about: "Print the manual, one page for each command", "マニュアルを、コマンドごとに 1 ページで出力します。" ["60493491"];
        "sendlens man diagnose" =>
            does: "prints the page of a command", "コマンドのページを出力します" ["0e9238c0"];
        "sendlens man -o man1" =>
            does: "writes all pages into a folder", "すべてのページをフォルダーに書き込みます" ["f7e1b719"];
        exits PRINT;
    }
}
