//! What the help says of each option and argument.
//!
//! In: a command and the name of an option, as [`crate::cli`] names its field. Out: the text.
//! Must not list possible values: [`super::values`] does.

use super::text::Text;

/// What is said of the options of some commands.
struct Group {
    /// The commands. Empty: all others.
    commands: &'static [&'static str],
    /// The options with their texts.
    texts: &'static [(&'static str, Text)],
}

impl Group {
    fn text(&self, option: &str) -> Option<Text> {
        let mut texts = self.texts.iter();
        texts
            .find(|(name, _)| *name == option)
            .map(|(_, text)| *text)
    }
}

macro_rules! options {
    ($([$($command:ident),*] {
        $($option:ident: $english:literal, $japanese:literal [$read:literal];)+
    })+) => {
        const GROUPS: &[Group] = &[$(Group {
            commands: &[$(stringify!($command)),*],
            texts: &[$((
                stringify!($option),
                Text { english: $english, japanese: $japanese },
            )),+],
        }),+];
    };
}

/// The text of an option or argument of a command.
pub(super) fn of(command: &str, option: &str) -> Option<Text> {
    let mut own = GROUPS
        .iter()
        .filter(|group| group.commands.contains(&command));
    let mut others = GROUPS.iter().filter(|group| group.commands.is_empty());
    own.find_map(|group| group.text(option))
        .or_else(|| others.find_map(|group| group.text(option)))
}

options! {
    [] {
        lang: "The language of what people read. Data, codes, commands and log rows are the same in every language", "人が読む文章の言語を指定します。データ、コード、コマンド、ログの行は、どの言語でも同じです。" ["a8fd42a3"];
        help: "Print help", "ヘルプを表示します。" ["63ca5eeb"];
        version: "Print version", "バージョンを表示します。" ["070bbb84"];
        paths: "Files, folders with all their subfolders, archives (.zip, .gz, .zst), patterns such as 'SEND*.LOG', or - for a log on standard input", "ファイル、フォルダー (サブフォルダーもすべて含みます)、アーカイブ (.zip、.gz、.zst)、'SEND*.LOG' のようなパターン、または標準入力のログを表す - を指定します。" ["619a9136"];
        tenant: "Read the exports of this tenant from PATH. Without NAME=, the name comes from the exports. You can repeat this option", "このテナントのエクスポートを PATH から読み取ります。NAME= を省略すると、名前はエクスポートから取得されます。このオプションは繰り返し指定できます。" ["229d7533"];
        on_prem: "Read the exports of the local Exchange from PATH (Get-SendConnector, Get-ExchangeCertificate). You can repeat this option", "オンプレミスの Exchange のエクスポート (Get-SendConnector、Get-ExchangeCertificate) を PATH から読み取ります。このオプションは繰り返し指定できます。" ["c0bbedcb"];
        since: "Read only sessions since this time: 2026-11-03T02:00:00Z, 2026-11-03, or 3d, 12h, 30m before the last log line", "この時刻以降のセッションだけを読み取ります。2026-11-03T02:00:00Z や 2026-11-03 のほか、最後のログ行からさかのぼる 3d、12h、30m のような形式で指定できます。" ["45d8ed48"];
        until: "Read only sessions until this time", "この時刻までのセッションだけを読み取ります。" ["9032c067"];
        connector: "Read only send connectors whose name matches this pattern", "名前がこのパターンに一致する送信コネクタだけを読み取ります。" ["cf7e9d47"];
        stream: "Read only streams whose name matches this pattern, such as 'EX01/*'. A stream is one server and role. You can repeat this option", "名前が 'EX01/*' のようなパターンに一致するストリームだけを読み取ります。ストリームは、1 台のサーバーの 1 つの役割です。このオプションは繰り返し指定できます。" ["6f159304"];
        server: "The name of the server of logs whose path does not show it", "パスからサーバー名が分からないログの、サーバーの名前を指定します。" ["ec9225e5"];
        threads: "Number of threads. By default, there is one for each processor", "スレッドの数を指定します。既定では、プロセッサごとに 1 つです。" ["a26b87a4"];
        io: "How to read files", "ファイルを読み取る方法を指定します。" ["f56db8fd"];
        max_unpacked: "How much may come out of all archives together, such as 64MB or 2GB", "すべてのアーカイブから展開されるデータの合計の上限を、64MB や 2GB のように指定します。" ["8277341e"];
        now: "Check whether certificates are expired at this time. By default, it is the time of the last log line, and without logs the current time", "証明書の有効期限が切れているかどうかを、この時刻で確認します。既定では最後のログ行の時刻、ログがない場合は現在の時刻です。" ["fff664e1"];
        strict: "Accept only the name matches that Microsoft documents: the same name, or a name one label below a wildcard", "Microsoft が文書化している名前の一致だけを認めます。同じ名前か、ワイルドカードの 1 ラベル下の名前です。" ["37ea5790"];
        output: "Write to a file instead of standard output. In Windows PowerShell, use this and not >, which changes the encoding", "標準出力ではなくファイルに書き込みます。Windows PowerShell では、> を使うとエンコードが変わるため、このオプションを使用してください。" ["b8d22bb1"];
        color: "When to use colours", "色を使う条件を指定します。" ["5a592644"];
        progress: "When to show progress on standard error", "標準エラー出力に進行状況を表示する条件を指定します。" ["dc67785a"];
        quiet: "Do not write warnings to standard error", "警告を標準エラー出力に書き込みません。" ["acfa4237"];
        redact: "Replace names, addresses and everything else that is personal or names your organisation. With =MAP, write the list of replaced values to the file MAP. Keep that file to yourself", "名前、アドレスなど、個人や組織を特定できるものをすべて置き換えます。=MAP を指定すると、置き換えた値の一覧をファイル MAP に書き込みます。そのファイルは他人に渡さないでください。" ["5136c9e9"];
        fail_on: "Exit with code 1 if something of this severity or worse is found. The default is error, and warning for lint and preflight", "この重大度以上のものが見つかった場合に、コード 1 で終了します。既定値は error です。lint と preflight では warning です。" ["9fc8d134"];
        full: "Write everything. Without it, text is one screen", "すべてを出力します。指定しない場合、テキストは 1 画面分です。" ["c4b30cfd"];
        title: "A title for the report, such as the number of a ticket", "チケット番号など、レポートのタイトルを指定します。" ["9451d635"];
        time_zone: "The time zone of text, Markdown and HTML: utc, local, or a name such as Europe/Berlin. Data is always UTC", "テキスト、Markdown、HTML のタイム ゾーンを、utc、local、または Asia/Tokyo のような名前で指定します。データは常に UTC です。" ["4e3277c5"];
        subcommand: "Print help for the subcommand(s)", "ヘルプを表示するコマンドを指定します。" ["86ba3762"];
    }
    [diagnose, lint] {
        format: "The format of the report. By default, the ending of the output file chooses it (.json, .ndjson, .csv, .md, .html or .txt), and without one it is text", "レポートの形式を指定します。既定では、出力ファイルの拡張子 (.json、.ndjson、.csv、.md、.html、.txt) で決まります。拡張子がない場合は text です。" ["fb17bb1c"];
        select: "Report only these causes and checks. CRT stands for all codes that begin with it", "指定した原因とチェックだけを報告します。CRT と指定すると、CRT で始まるすべてのコードを表します。" ["ef1380ab"];
        ignore: "Leave out these causes and checks. CRT stands for all codes that begin with it", "指定した原因とチェックを除外します。CRT と指定すると、CRT で始まるすべてのコードを表します。" ["f09fa7b6"];
    }
    [digest] {
        output: "The file to write to", "書き込むファイルを指定します。" ["113ef471"];
        update: "Read only what was added to the logs since the file was written, and add it to the file. What was deleted since then stays in it. Without the file, everything is read", "ファイルの書き込み後にログに追加された部分だけを読み取り、ファイルに追加します。その後に削除されたログの内容は、ファイルに残ります。ファイルがない場合は、すべてを読み取ります。" ["045d91d8"];
        without_messages: "Leave out what became of each message. The digest is much smaller, and its diagnosis does not count the messages of an incident. It does not count those of more than 256 MB of logs anyway", "各メッセージの送信結果を含めません。ダイジェストは大幅に小さくなりますが、診断ではインシデントのメッセージ数を集計しません。ログの合計が 256 MB を超える場合は、このオプションがなくても集計しません。" ["8a6a5227"];
        server: "The name of the server of logs whose path does not show it. By default, it is the name of this machine, for logs in the folders of Exchange", "パスからサーバー名が分からないログの、サーバーの名前を指定します。既定では、Exchange のフォルダーにあるログに、このコンピューターの名前を使用します。" ["17336927"];
    }
    [sessions, certificates] {
        format: "The format of the output. By default, the ending of the output file chooses it (.json, .ndjson, .csv or .txt), and without one it is ndjson", "出力の形式を指定します。既定では、出力ファイルの拡張子 (.json、.ndjson、.csv、.txt) で決まります。拡張子がない場合は ndjson です。" ["a8c4fae0"];
    }
    [messages] {
        format: "The format of the output. csv has one row for each recipient: the list of people to tell. By default, the ending of the output file chooses it, and without one it is ndjson", "出力の形式を指定します。csv は受信者ごとに 1 行で、連絡が必要な人の一覧になります。既定では、出力ファイルの拡張子で決まります。拡張子がない場合は ndjson です。" ["fd467dce"];
        all: "List every message that was sent to Exchange Online. First come those without a rejection, as their sessions end", "Exchange Online に送信されたすべてのメッセージを一覧表示します。拒否されなかったメッセージが、セッションの終了順に先に並びます。" ["1d52ea47"];
        message_id: "List the message with this id, with or without angle brackets. You can repeat this option", "この ID のメッセージを一覧表示します。山かっこは省略できます。このオプションは繰り返し指定できます。" ["29c28ec2"];
        sender: "List messages whose envelope sender matches this pattern. '<>' is the empty sender of bounces", "エンベロープの送信者がこのパターンに一致するメッセージを一覧表示します。'<>' は、配信不能レポートの空の送信者です。" ["6ab96e0e"];
        recipient: "List messages with a recipient that matches this pattern", "このパターンに一致する受信者があるメッセージを一覧表示します。" ["9d12e927"];
        fate: "List messages with a recipient that has one of these fates. csv and text show only these recipients", "いずれかの受信者がここに指定した結果になったメッセージを一覧表示します。csv と text では、その受信者だけを表示します。" ["487a0475"];
        subjects: "Show subjects, which only message tracking logs contain", "件名を表示します。件名はメッセージ追跡ログだけに含まれます。" ["09a335b7"];
    }
    [preflight] {
        paths: "First the new certificate, then the exports. The certificate is a file (.cer, .crt or .pem, DER or PEM, never with its private key), or a host name such as mail.contoso.com or *.contoso.com. The exports of the tenants are files or folders. Add the send logs if you have them", "最初に新しい証明書、次にエクスポートを指定します。証明書は、ファイル (.cer、.crt、.pem。DER または PEM 形式で、秘密キーを含まないもの)、または mail.contoso.com や *.contoso.com のようなホスト名です。テナントのエクスポートは、ファイルまたはフォルダーです。送信ログがある場合は、それも追加してください。" ["f087e9f9"];
        format: "The format of the answer. With several CERTs, json is an array. By default, the ending of the output file chooses it (.json, .ndjson, .md, .html or .txt), and without one it is text", "回答の形式を指定します。CERT が複数ある場合、json は配列になります。既定では、出力ファイルの拡張子 (.json、.ndjson、.md、.html、.txt) で決まります。拡張子がない場合は text です。" ["eca41d05"];
    }
    [rules] {
        format: "The format of the output", "出力の形式を指定します。" ["b422edc0"];
        schema: "Print the JSON Schemas of all JSON outputs instead", "代わりに、すべての JSON 出力の JSON スキーマを出力します。" ["018b7f17"];
    }
    [explain] {
        question: "A code or name, such as CRT004 or certificate-renamed, or what you have in front of you: a reply ('550 5.7.64 TenantAttribution'), a part of it (5.7.64, ATTR36), a notice (MC1226222, KB3169958) or an error word (NoCredentials)", "CRT004 や certificate-renamed のようなコードまたは名前か、手元にある情報を指定します。応答 ('550 5.7.64 TenantAttribution')、その一部 (5.7.64、ATTR36)、通知 (MC1226222、KB3169958)、エラーの語 (NoCredentials) を指定できます。" ["cecb6275"];
    }
    [collect] {
        fleet: "Print another script, which runs sendlens digest on many servers and brings the digests to one folder", "代わりに、多数のサーバーで sendlens digest を実行し、ダイジェストを 1 つのフォルダーに集めるスクリプトを出力します。" ["e920aa7c"];
        output: "Write to a file instead of standard output", "標準出力ではなくファイルに書き込みます。" ["2fdede7d"];
    }
    [completions] {
        shell: "The shell that runs the script", "スクリプトを実行するシェルを指定します。" ["2955025f"];
    }
    [man] {
        command: "The command whose page to print. Without one, it is the page of the program", "ページを出力するコマンドを指定します。省略した場合は、プログラムのページを出力します。" ["d71e07d7"];
        output: "Write all pages into this folder instead", "代わりに、すべてのページをこのフォルダーに書き込みます。" ["3ac9608d"];
    }
}
