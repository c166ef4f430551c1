//! Logs that somebody copied from a page, a mail or a spreadsheet.

use super::*;

/// A row with blanks after the commas between its columns.
fn spaced(line: &str) -> String {
    let mut quoted = false;
    let mut text = String::new();
    for character in line.chars() {
        quoted ^= character == '"';
        text.push(character);
        if character == ',' && !quoted {
            text.push(' ');
        }
    }
    text.trim_end().to_owned()
}

/// Lines of at most `width` characters, broken at blanks.
fn wrapped(line: &str, width: usize) -> String {
    let mut text = String::new();
    let mut length = 0;
    for (at, word) in line.split(' ').enumerate() {
        let count = word.chars().count();
        if at > 0 && length + 1 + count > width {
            text.push('\n');
            length = 0;
        } else if at > 0 {
            text.push(' ');
            length += 1;
        }
        text.push_str(word);
        length += count;
    }
    text
}

/// Lines cut at a width, as a console does.
fn cut(line: &str, width: usize) -> String {
    let characters: Vec<char> = line.chars().collect();
    let parts = characters.chunks(width).map(|part| part.iter().collect());
    parts.collect::<Vec<String>>().join("\n")
}

/// Copies of the log from which everything can be read, each with a word by which the finding names it.
fn copies() -> Vec<(&'static str, String)> {
    let mut copies = plain_copies();
    copies.extend([
        ("fixed blanks", each(|_, line| line.replace(' ', "\u{a0}"))),
        ("marks", each(|_, line| format!("- {line}")) + "- \n"),
        (
            "line numbers",
            each(|at, line| format!("[{at}] {line}")) + "[25]\n",
        ),
    ]);
    copies
}

/// The more usual ones.
#[allow(clippy::too_many_lines, reason = "a list, copy by copy")]
fn plain_copies() -> Vec<(&'static str, String)> {
    let event = |line: &str, from: &str, to: &str| line.replace(from, to);
    vec![
        (
            "line numbers",
            each(|at, line| format!("{:>4}. {line}", at + 1)),
        ),
        (
            "line numbers",
            each(|at, line| format!("{}:{line}", at + 1)),
        ),
        (
            "line numbers",
            each(|at, line| format!("{}\t{line}", at + 1)),
        ),
        (
            "file names",
            each(|at, line| format!("C:\\logs\\SEND2026110302-1.LOG:{}:{line}", at + 1)),
        ),
        ("marks", each(|_, line| format!("> {line}"))),
        ("marks", each(|_, line| format!("> > {line}"))),
        ("marks", each(|_, line| format!("- {line}"))),
        ("marks", each(|_, line| format!("    {line}"))),
        ("'&lt;'", each(|_, line| html(line))),
        ("'&lt;'", each(|_, line| format!("<p>{}<br/>", html(line)))),
        (
            "'\\*'",
            each(|_, line| event(line, ",*,", ",\\*,").replace('_', "\\_")),
        ),
        (
            "curly",
            each(|_, line| {
                let mut open = false;
                let quote = |character: char| match character {
                    '"' => {
                        open = !open;
                        if open { '“' } else { '”' }
                    }
                    other => other,
                };
                let line = event(line, ",-,", ",–,");
                line.chars().map(quote).collect()
            }),
        ),
        ("tabs", each(|_, line| cells(line))),
        ("tabs", each(|_, line| cells(line).trim_end().to_owned())),
        (
            "semicolons",
            each(|_, line| {
                let cells = cells(line);
                let quoted = cells.split('\t').map(|cell| {
                    if cell.contains(['"', ';']) {
                        format!("\"{}\"", cell.replace('"', "\"\""))
                    } else {
                        cell.to_owned()
                    }
                });
                quoted.collect::<Vec<_>>().join(";")
            }),
        ),
        ("blanks after the commas", each(|_, line| spaced(line))),
        ("wrapped lines", each(|_, line| wrapped(line, 76))),
        ("wrapped lines", each(|_, line| cut(line, 80))),
        (
            "marks",
            each(|_, line| format!("> {}", wrapped(line, 72).replace('\n', "\n> "))),
        ),
        ("marks", each(|_, line| format!("\u{a0}\u{a0}{line}\n"))),
    ]
}

#[test]
fn a_copied_log_says_what_it_is_and_gives_the_same_answer() {
    let original = diagnose(with(log()).path()).json();
    assert_eq!(causes(&original), ["CRT005"]);
    for (sign, copy) in copies() {
        let folder = with(&copy);
        let report = diagnose(folder.path()).json();
        assert_eq!(causes(&report), ["CRT005"], "{sign}:\n{copy}\n{report:#}");
        for field in [
            "certificate",
            "rejected",
            "replies",
            "first",
            "last",
            "send_connector",
        ] {
            assert_eq!(
                report["incidents"][0][field], original["incidents"][0][field],
                "{sign}: {field}"
            );
        }
        add_up(sign, &report, &on("sessions", &[], folder.path()));
        assert_eq!(report["input"]["malformed_lines"], 0, "{sign}:\n{copy}");
        assert_eq!(report["input"]["lines"], copy.lines().count(), "{sign}");
        assert_eq!(report["input"]["bytes"], copy.len(), "{sign}");
        let found = findings(&report, "LOG001");
        assert_eq!(found.len(), 1, "{sign}");
        assert_eq!(found[0]["severity"], "info", "{sign}");
        let message = found[0]["message"].as_str().expect("a message");
        assert!(
            message.contains(sign) && message.contains("looks copied"),
            "{sign}: {message}"
        );
        assert!(texts(&report["input"]["notes"], "/code").contains(&"pasted".to_owned()));
    }
}

#[test]
fn the_places_of_a_copied_log_are_those_of_its_lines() {
    // Doubled blank lines, and rows in two lines: the rejection is far from its number in the log.
    let copy = each(|_, line| format!("> {}\n>", wrapped(line, 76).replace('\n', "\n> ")));
    let at = copy.lines().position(|line| line.contains("02:14:02.500Z"));
    let line = at.expect("a rejection") + 1;
    let report = diagnose(with(&copy).path()).json();
    let evidence = report["incidents"][0]["evidence"]
        .as_array()
        .expect("evidence");
    let rejection = evidence.iter().find(|row| {
        row["text"]
            .as_str()
            .is_some_and(|text| text.contains("5.7.64"))
    });
    assert_eq!(
        rejection.expect("the rejection")["line"],
        line,
        "{evidence:#?}"
    );
}

#[test]
fn a_copied_log_is_the_same_however_it_is_read() {
    for (sign, copy) in copies().into_iter().step_by(3) {
        let folder = with(&copy);
        let expected = on(
            "diagnose",
            &["-f", "json", "--threads", "1", "--io", "read"],
            folder.path(),
        );
        for options in [
            &["-f", "json", "--threads", "4", "--io", "mmap"][..],
            &["-f", "json", "--threads", "2", "--io", "auto"],
        ] {
            assert_eq!(
                on("diagnose", options, folder.path()).out,
                expected.out,
                "{sign}"
            );
        }
        let bytes = std::fs::read(folder.path().join(LOG)).expect("a log");
        let file = on("sessions", &[], folder.path()).lines();
        let piped = Call::new(["sessions", "-"]).stdin(&bytes).run().lines();
        assert_eq!(piped.len(), file.len(), "{sign}");
        assert_eq!(piped[0]["certificate"], file[0]["certificate"], "{sign}");
        assert_eq!(piped[0]["line"], file[0]["line"], "{sign}");
    }
}

#[test]
fn a_copied_log_in_utf16_or_ansi_is_read() {
    let copy = each(|at, line| format!("{:>3}: {line}", at + 1).replace("Office", "Bür\u{f6}"));
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(copy.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let ansi: Vec<u8> = copy
        .chars()
        .map(|character| u8::try_from(u32::from(character)).expect("Latin-1"))
        .collect();
    for bytes in [utf16, ansi] {
        let size = bytes.len();
        let report = diagnose(with(bytes).path()).json();
        assert_eq!(causes(&report), ["CRT005"]);
        assert_eq!(report["incidents"][0]["send_connector"], "To Bür\u{f6} 365");
        assert_eq!(report["input"]["bytes"], size);
    }
}

#[test]
fn half_of_a_session_gives_no_verdict() {
    // Another session of the file is whole.
    let whole = Session {
        id: "08DF31F688AD6300",
        ..Session::default()
    };
    let rows = rows();
    let certificate = rows
        .iter()
        .position(|row| row.contains("Sending certificate"));
    let certificate = certificate.expect("a certificate");
    for (what, row) in [
        ("cut", rows[certificate][..150].to_owned()),
        ("event", rows[certificate].replace(",*,", ",,")),
        ("columns", rows[certificate].replace('"', "")),
    ] {
        let mut damaged = rows.clone();
        damaged[certificate] = row;
        let other = whole.log();
        let other = other.lines().filter(|line| line.starts_with("2026"));
        let lines = damaged.iter().map(String::as_str).chain(other);
        let copy: String = lines.map(|line| format!("> {line}\n")).collect();
        let folder = with(&copy);
        let report = diagnose(folder.path()).json();
        add_up(what, &report, &on("sessions", &[], folder.path()));
        assert_eq!(causes(&report), ["CRT005"], "{what}");
        assert_eq!(report["incidents"][0]["rejected"]["sessions"], 1, "{what}");
        assert_eq!(report["input"]["sessions"], 1, "{what}");
        assert_eq!(report["input"]["malformed_lines"], rows.len(), "{what}");
        let found = findings(&report, "LOG001");
        assert!(
            found.iter().all(|finding| finding["severity"] == "warning"),
            "{what}"
        );
        let messages = found.iter().map(|finding| finding["message"].to_string());
        let message = messages.collect::<String>();
        assert!(
            message.contains("nothing can be concluded"),
            "{what}: {message}"
        );
    }
}

#[test]
fn rows_that_somebody_left_out_give_no_verdict() {
    for gap in ["...", "[…]", "<snip>"] {
        let mut rows = rows();
        rows.splice(4..10, [gap.to_owned()]);
        let whole = Session {
            id: "08DF31F688AD6300",
            ..Session::default()
        };
        let whole = whole.log();
        rows.extend(whole.lines().skip(5).map(str::to_owned));
        let folder = with(rows.join("\n"));
        let report = diagnose(folder.path()).json();
        add_up(gap, &report, &on("sessions", &[], folder.path()));
        assert_eq!(causes(&report), ["CRT005"], "{gap}");
        assert_eq!(report["input"]["sessions"], 1, "{gap}");
        let found = findings(&report, "LOG001");
        let messages = found.iter().map(|finding| finding["message"].to_string());
        let messages = messages.collect::<String>();
        assert!(
            messages.contains("rows left out by hand"),
            "{gap}: {messages}"
        );
    }
}

#[test]
fn a_copy_without_one_certain_row_is_exit_3_and_said() {
    let folder = with(each(|_, line| {
        line.replace(['<', '>', '*', '+'], "?")
            .replace(",-,", ",?,")
    }));
    let run = diagnose(folder.path());
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.err.contains("looks copied") || run.err.contains("look copied"),
        "{}",
        run.err
    );
    let report = run.json();
    assert_eq!(report["input"]["records"], 0);
    assert!(causes(&report).is_empty());
    let text = on("diagnose", &["--full"], folder.path());
    assert!(!text.text().contains("No incident"), "{}", text.text());
}

#[test]
fn rows_that_exchange_does_not_write_are_malformed_and_named() {
    // The damage begins far behind the beginning of the file.
    let mut log = log();
    for number in 0..40 {
        let id = format!("08DF31F688AE{number:04X}");
        let session = Session {
            id: &id,
            ..Session::default()
        };
        log.extend(
            session
                .log()
                .lines()
                .skip(5)
                .map(|line| format!("{line}\r\n")),
        );
    }
    let damaged: Vec<String> = log
        .lines()
        .enumerate()
        .map(|(at, line)| match at {
            300..310 => line.replace(",<,", ",&lt;,"),
            310..320 => format!("{line},more"),
            _ => line.to_owned(),
        })
        .collect();
    let folder = with(damaged.join("\r\n"));
    let report = diagnose(folder.path()).json();
    add_up("damaged", &report, &on("sessions", &[], folder.path()));
    let malformed = report["input"]["malformed_lines"]
        .as_u64()
        .expect("a number");
    assert!(malformed > 10, "{malformed}");
    let found = findings(&report, "LOG001");
    assert_eq!(found[0]["severity"], "warning");
    let message = found[0]["message"].as_str().expect("a message");
    assert!(message.contains("a web page or a spreadsheet"), "{message}");
    let notes = texts(&report["input"]["notes"], "/code");
    assert!(
        notes.contains(&"unknown-event".to_owned()) && notes.contains(&"extra-columns".to_owned())
    );
}

#[test]
fn whatever_is_pasted_the_sums_are_equal() {
    let mut random = Random::new(13);
    for round in 0..24 {
        let copies = copies();
        let (_, copy) = &copies[random.below(copies.len())];
        let mut lines: Vec<String> = copy.lines().map(str::to_owned).collect();
        for _ in 0..random.below(6) {
            let at = random.below(lines.len());
            let characters = lines[at].chars().count();
            let place = random.below(characters + 1);
            let line: Vec<char> = lines[at].chars().collect();
            let (before, behind) = line.split_at(place);
            let (before, behind): (String, String) =
                (before.iter().collect(), behind.iter().collect());
            match random.below(6) {
                0 => lines[at] = before,
                1 => lines[at] = behind,
                2 => lines[at] = format!("{before}\"{behind}"),
                3 => lines[at] = format!("{before},{behind}"),
                4 => lines.insert(at, "Then this happens:".to_owned()),
                _ => {
                    lines[at] = before;
                    lines.insert(at + 1, behind);
                }
            }
        }
        let copy = lines.join("\n");
        let folder = with(&copy);
        let run = diagnose(folder.path());
        let what = format!("round {round}:\n{copy}");
        if run.out.is_empty() {
            assert!(matches!(run.code, 2 | 3), "{what}");
            continue;
        }
        let report = run.json();
        add_up(&what, &report, &on("sessions", &[], folder.path()));
        assert_eq!(report["input"]["lines"], copy.lines().count(), "{what}");
    }
}

#[test]
fn a_cut_last_line_is_for_information() {
    let folder = refused("relay.contoso.com");
    let log = log();
    let cut = log.find("QUIT").expect("QUIT");
    // More files than the report shows places.
    for number in 1..=7 {
        let name = format!("EX0{number}/SEND2026110302-1.LOG");
        write(&folder, &name, &log[..cut]);
    }
    let report = diagnose(folder.path()).json();
    let found = findings(&report, "LOG001");
    assert_eq!(
        (found.len(), &found[0]["severity"]),
        (1, &Value::from("info"))
    );
    assert_eq!(found[0]["count"], 7);
    // A broken line in the middle is more than that.
    let broken = log.replacen("STARTTLS,\r\n", "\r\n", 1);
    write(&folder, "EX01/SEND2026110302-1.LOG", broken);
    let report = diagnose(folder.path()).json();
    assert_eq!(findings(&report, "LOG001")[0]["severity"], "warning");
}

#[test]
fn a_copy_may_end_in_the_middle_of_a_row() {
    for (sign, copy) in plain_copies() {
        // Of a wrapped row, more than one line is left.
        let wrapped = copy.lines().filter(|line| !line.trim().is_empty()).count();
        if wrapped != log().lines().count() {
            continue;
        }
        let rejection = copy.find("550 5.7.64").expect("a rejection");
        let next = rejection + copy[rejection..].find("2026-").expect("a row") + 45;
        let folder = with(&copy[..next]);
        let report = diagnose(folder.path()).json();
        assert_eq!(causes(&report), ["CRT005"], "{sign}:\n{copy}");
        add_up(sign, &report, &on("sessions", &[], folder.path()));
        let found = findings(&report, "LOG001");
        assert!(
            found.iter().all(|finding| finding["severity"] == "info"),
            "{sign}: {found:#?}"
        );
    }
}
