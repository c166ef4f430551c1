//! What the help says of each value that an option can have.
//!
//! In: an option of a command. Out: what parses its values, and describes them in a language.
//! Must not describe languages and shells: they have their own names everywhere.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser};

use super::text::Text;
use crate::cli::{AnswerFormat, CatalogueFormat, Color, FailOn, Io};
use crate::language::Language;
use crate::mail::fate::Verdict;
use crate::progress;
use crate::render::format::{ReportFormat, SessionFormat, TableFormat};

/// Values that the help describes.
trait Described: ValueEnum + Clone + Send + Sync + 'static {
    /// The values with their descriptions.
    const TEXTS: &'static [(&'static str, Text)];
}

macro_rules! values {
    ($($values:ty {
        $($name:ident: $english:literal, $japanese:literal [$read:literal];)+
    })+) => {$(
        impl Described for $values {
            const TEXTS: &'static [(&'static str, Text)] = &[$((
                stringify!($name),
                Text { english: $english, japanese: $japanese },
            )),+];
        }
    )+};
}

/// What parses the values of an option, if the help describes them.
pub(super) fn parser(command: &str, option: &str, language: Language) -> Option<ValueParser> {
    Some(match (command, option) {
        (_, "io") => described::<Io>(language),
        (_, "color") => described::<Color>(language),
        (_, "progress") => described::<progress::When>(language),
        (_, "fail_on") => described::<FailOn>(language),
        (_, "fate") => described::<Verdict>(language),
        ("diagnose" | "lint", "format") => described::<ReportFormat>(language),
        ("preflight", "format") => described::<AnswerFormat>(language),
        ("rules", "format") => described::<CatalogueFormat>(language),
        ("sessions", "format") => described::<SessionFormat>(language),
        (_, "format") => described::<TableFormat>(language),
        _ => return None,
    })
}

fn described<V: Described>(language: Language) -> ValueParser {
    let values = V::value_variants().iter();
    let values = values.filter_map(ValueEnum::to_possible_value);
    let values = values.map(|value| with_text(value, V::TEXTS, language));
    PossibleValuesParser::new(values.collect::<Vec<_>>())
        .try_map(|name| V::from_str(&name, false))
        .into()
}

fn with_text(
    value: PossibleValue,
    texts: &[(&'static str, Text)],
    language: Language,
) -> PossibleValue {
    let text = texts.iter().find(|(name, _)| *name == value.get_name());
    match text {
        Some((_, text)) => value.help(text.of(language)),
        None => value,
    }
}

values! {
    Io {
        auto: "The way that was faster in measurements (read)", "測定で速かった方法 (read)" ["aac83eed"];
        mmap: "Map files into memory if their path is local", "パスがローカルの場合、ファイルをメモリにマップします" ["bea2fd4c"];
        read: "Read files piece by piece", "ファイルを少しずつ読み取ります" ["59a59cb3"];
    }
    Color {
        auto: "On a terminal, unless the environment variable NO_COLOR is set", "環境変数 NO_COLOR が設定されていない限り、ターミナルで使います" ["cea914c6"];
        always: "Always", "常に使います" ["ad4bbd04"];
        never: "Never", "使いません" ["b2ff2b29"];
    }
    progress::When {
        auto: "On a terminal", "ターミナルで表示します" ["da9dbccd"];
        always: "Always", "常に表示します" ["ad4bbd04"];
        never: "Never", "表示しません" ["b2ff2b29"];
    }
    FailOn {
        info: "Anything that is found", "見つかったものすべて" ["8b0160d8"];
        warning: "Warnings and errors", "警告とエラー" ["8263a12c"];
        error: "Errors only", "エラーだけ" ["fafb79b4"];
        never: "Nothing: the exit code is never 1", "なし (終了コードは 1 になりません)" ["c0d78f63"];
    }
    AnswerFormat {
        text: "Text to read", "読むためのテキスト" ["0ccd0d2d"];
        json: "One JSON document", "1 つの JSON ドキュメント" ["594dfee8"];
        ndjson: "One JSON object on each line", "1 行に 1 つの JSON オブジェクト" ["4d87b32e"];
        markdown: "Markdown for a change request", "変更要求用の Markdown" ["1c4d6339"];
        html: "One page for a browser or a printer", "ブラウザーまたは印刷用の 1 ページ" ["4ff6ada0"];
    }
    CatalogueFormat {
        text: "Text to read", "読むためのテキスト" ["0ccd0d2d"];
        json: "One JSON array", "1 つの JSON 配列" ["2648df5a"];
        ndjson: "One JSON object on each line", "1 行に 1 つの JSON オブジェクト" ["4d87b32e"];
        markdown: "A Markdown table", "Markdown の表" ["99025669"];
    }
    ReportFormat {
        text: "Text to read", "読むためのテキスト" ["0ccd0d2d"];
        json: "One JSON document", "1 つの JSON ドキュメント" ["594dfee8"];
        ndjson: "One JSON object on each line", "1 行に 1 つの JSON オブジェクト" ["4d87b32e"];
        csv: "One row for each incident and finding, for spreadsheets", "インシデントと検出事項ごとに 1 行 (表計算ソフト用)" ["5836e767"];
        markdown: "Markdown for a ticket", "チケット用の Markdown" ["d3013eb4"];
        html: "One page for a browser or a printer", "ブラウザーまたは印刷用の 1 ページ" ["4ff6ada0"];
    }
    TableFormat {
        ndjson: "One JSON object on each line", "1 行に 1 つの JSON オブジェクト" ["4d87b32e"];
        json: "One JSON array", "1 つの JSON 配列" ["2648df5a"];
        csv: "One row for each record, for spreadsheets", "レコードごとに 1 行 (表計算ソフト用)" ["58842724"];
        text: "Text to read", "読むためのテキスト" ["0ccd0d2d"];
    }
    SessionFormat {
        ndjson: "One JSON object on each line", "1 行に 1 つの JSON オブジェクト" ["4d87b32e"];
        json: "One JSON array", "1 つの JSON 配列" ["2648df5a"];
        csv: "One row for each record, for spreadsheets", "レコードごとに 1 行 (表計算ソフト用)" ["58842724"];
        text: "Text to read", "読むためのテキスト" ["0ccd0d2d"];
        parquet: "One Parquet file, for DuckDB, Spark and Fabric. It needs -o", "1 つの Parquet ファイル (DuckDB、Spark、Fabric 用)。-o が必要です" ["69475656"];
    }
    Verdict {
        delivered: "A host outside took it over", "外部のホストが受け取りました" ["d9a16fb9"];
        bounced: "Your server gave up, and tells the sender", "サーバーが配信をあきらめ、送信者に通知します" ["b4a09d48"];
        lost: "Your server gave up, and tells nobody", "サーバーが配信をあきらめ、だれにも通知しません" ["cd3fe36f"];
        waiting: "It is in a queue", "キューにあります" ["f62791cb"];
        expanded: "It was a group, whose members have fates of their own", "グループであり、結果はメンバーごとに分かれます" ["27552fca"];
        unknown: "The input does not show it", "入力からは分かりません" ["3f3f509e"];
    }
}
