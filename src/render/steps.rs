//! The steps in the note of a fix.
//!
//! In: a note. A note that begins with `1. ` or holds ` 1. ` or `。1. ` is a list of steps, whose numbers
//! follow each other. Out: the text before the list, and the steps.
//! Must not change the text of a step.

/// A note, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note<'a> {
    /// The text before the list, or all of the note if it has no list.
    pub(super) before: &'a str,
    /// The steps, without their numbers.
    pub(super) steps: Vec<&'a str>,
}

/// Takes a note apart.
pub(super) fn of(note: &str) -> Note<'_> {
    let Some((before, mut rest)) = split_at_number(note, 1) else {
        return Note {
            before: note,
            steps: Vec::new(),
        };
    };
    let mut steps = Vec::new();
    while let Some((step, next)) = split_at_number(rest, steps.len() + 2) {
        steps.push(step);
        rest = next;
    }
    steps.push(rest.trim_end());
    // One number alone is no list.
    if steps.len() < 2 {
        return Note {
            before: note,
            steps: Vec::new(),
        };
    }
    Note { before, steps }
}

/// The first sentence of a text.
pub(super) fn first_sentence(text: &str) -> &str {
    let end = text.find(". ").map(|at| at + 1);
    let japanese = text.find('。').map(|at| at + '。'.len_utf8());
    match end.into_iter().chain(japanese).min() {
        Some(end) => &text[..end],
        None => text,
    }
}

/// The text before the number and behind it. The number stands at the beginning, behind a blank, or behind a
/// Japanese sentence.
fn split_at_number(text: &str, number: usize) -> Option<(&str, &str)> {
    let mark = format!("{number}. ");
    let begins = |at: &usize| *at == 0 || text[..*at].ends_with([' ', '。']);
    let mut places = text.match_indices(&mark).map(|(at, _)| at);
    let at = places.find(begins)?;
    Some((text[..at].trim_end(), &text[at + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_with_numbers_is_a_list() {
        let note = of("Do this. 1. Add the domain. 2. Run the command. 3. Wait up to an hour.");
        assert_eq!(note.before, "Do this.");
        assert_eq!(
            note.steps,
            ["Add the domain.", "Run the command.", "Wait up to an hour."]
        );
        let japanese = of("1. ドメインを追加します。 2. コマンドを実行します。");
        assert_eq!(japanese.before, "");
        assert_eq!(japanese.steps.len(), 2);
        let japanese = of("次の順に行います。1. 追加します。2. 待ちます。");
        assert_eq!(japanese.before, "次の順に行います。");
        assert_eq!(japanese.steps, ["追加します。", "待ちます。"]);
    }

    #[test]
    fn a_sentence_ends_with_its_mark() {
        assert_eq!(first_sentence("Run it. Then wait."), "Run it.");
        assert_eq!(first_sentence("TLS 1.2 is on"), "TLS 1.2 is on");
        assert_eq!(first_sentence("実行します。待ちます。"), "実行します。");
    }

    #[test]
    fn a_number_alone_is_no_list() {
        for text in [
            "Use TLS 1.2 there.",
            "It takes 1. Then wait.",
            "2. Wait. 3. Go.",
        ] {
            let note = of(text);
            assert_eq!(note.before, text);
            assert!(note.steps.is_empty());
        }
    }
}
