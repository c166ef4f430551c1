//! Reports that this program wrote. They quote rows of logs and values of exports, which are no input.
//!
//! In: the beginning of a text. Out: whether it is such a report.
//! Must not take a log or an export for one.

/// How far the beginning of a page reaches.
const BEGINNING: usize = 1024;

/// Those of Markdown, of its title in both languages, and of CSV.
const BEGINNINGS: [&str; 4] = [
    "<!-- sendlens ",
    "# sendlens report",
    "# sendlens レポート",
    "type,id,code,name,severity,",
];

/// What stands behind the name of an incident or a finding, in both languages.
const RATINGS: [&str; 6] = [
    "(error, ",
    "(warning, ",
    "(info, ",
    "(エラー、",
    "(警告、",
    "(情報、",
];

/// Whether a text is a report, in one of its formats.
pub(super) fn is_one(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let beginning: String = text.chars().take(BEGINNING).collect();
    if beginning.starts_with('{') {
        let packed: String = beginning.split_whitespace().collect();
        return packed.contains(r#""program":{"name":"sendlens","#)
            || packed.starts_with(r#"{"schema_version":"#);
    }
    BEGINNINGS.iter().any(|one| beginning.starts_with(one))
        || beginning.starts_with("<!DOCTYPE html>")
            && beginning.contains("<meta name=\"generator\" content=\"sendlens\">")
        || text.lines().any(is_title)
}

/// Whether a line of text is the title of an incident or a finding, such as
/// `1. CRT004 certificate-renamed (error, certain)`.
fn is_title(line: &str) -> bool {
    let title = match line.split_once(". ") {
        Some((number, title)) if is_number(number) => title,
        _ => line,
    };
    let mut words = title.splitn(3, ' ');
    let (Some(code), Some(name), Some(rating)) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let is_name = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
    is_code(code)
        && name.bytes().all(is_name)
        && RATINGS.iter().any(|rated| rating.starts_with(rated))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Three letters and three digits.
fn is_code(text: &str) -> bool {
    text.len() == 6
        && text
            .bytes()
            .take(3)
            .all(|letter| letter.is_ascii_uppercase())
        && text.bytes().skip(3).all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_known_by_their_beginning_or_their_titles() {
        for text in [
            "{\n  \"schema_version\": 1,\n  \"program\": {\n    \"name\": \"sendlens\",\n",
            "{\"type\":\"summary\",\"schema_version\":1,\"program\":{\"name\":\"sendlens\",",
            "# sendlens report\n\n**1 incident",
            "# sendlens レポート\n\n**インシデント 1 件",
            "<!-- sendlens report -->\n\n# A title",
            "{\n  \"schema_version\": 1,\n  \"given\": \"new.cer\",\n",
            "type,id,code,name,severity,confidence\n",
            "インシデント 1 件。\n\n1. CRT002 self-signed-certificate (エラー、確実)\n",
            "<!DOCTYPE html>\n<html><head><meta name=\"generator\" content=\"sendlens\"><title>",
            "1 incident, 4 rejections.\n\n1. CRT002 self-signed-certificate (error, certain)\n",
            "1 finding.\n\nChecks\nSND110 a-b (warning, certain)\n",
        ] {
            assert!(is_one(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "{\"Name\": \"sendlens\", \"program\": 1}",
            "# a report",
            "Name : CRT002 self-signed-certificate (error, certain)\n",
            "CRT002 is the code\n1. CRT002\n",
            "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,3,a:1,b:25,<,250 ok,\n",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }
}
