//! `explain`: one entry, a list of entries, or a suggestion.

use crate::program::run;
use crate::usage::refuses;

#[test]
fn what_only_one_entry_is_about_prints_that_entry() {
    let entry = run(["explain", "ATT002"]);
    assert_eq!(entry.code, 0, "{entry:?}");
    assert!(entry.text().contains("\n## Sources\n- "));
    for question in [
        &["ATTR35"][..],
        &["attr35"],
        &["451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35. For more information"],
        &["451", "4.4.62"],
    ] {
        let mut arguments = vec!["explain"];
        arguments.extend(question);
        assert_eq!(run(&arguments), entry, "{question:?}");
    }
}

#[test]
fn what_several_entries_are_about_lists_them() {
    for (question, codes) in [
        (
            "550 5.7.64 TenantAttribution; Relay Access Denied [AM6EUR05FT007.eop-eur05.prod.\
             protection.outlook.com]",
            &["CON001", "CRT004", "CRT005"][..],
        ),
        ("ATTR36", &["DOM001", "DOM003", "DOM101"]),
        ("MC1226222", &["CON101", "DOM101", "SND107"]),
        ("KB3169958", &["DOM001", "DOM003"]),
        ("TenantInboundAttribution", &["ATT004", "ATT005"]),
    ] {
        let list = run(["explain", question]);
        assert_eq!(list.code, 0, "{list:?}");
        assert!(list.err.is_empty(), "{list:?}");
        for code in codes {
            let line = list.text().lines().find(|line| line.contains(code));
            assert!(line.is_some(), "{question} lacks {code}: {}", list.text());
        }
        assert!(list.text().contains("sendlens explain CODE"));
    }
    assert_eq!(
        run(["explain", "KB3169958"]),
        run(["explain", "KB", "3169958"])
    );
}

#[test]
fn a_near_miss_gets_a_suggestion() {
    for question in ["CRT04", "crt-004", "certificate-rename"] {
        let words = [question, "CRT004 (certificate-renamed)", "sendlens rules"];
        refuses(&run(["explain", question]), 2, &words);
    }
    let unknown = run(["explain", "XYZ999"]);
    refuses(&unknown, 2, &["XYZ999", "sendlens rules"]);
    assert!(!unknown.err.contains("Do you mean"), "{}", unknown.err);
    refuses(&run(["explain"]), 2, &["CODE"]);
}

#[test]
fn what_was_not_found_is_named_beside_what_was() {
    let run = run(["explain", "CRT004", "NOPE"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.text().starts_with("CRT004 "), "{run:?}");
    assert!(
        run.err.contains("NOPE") && !run.err.contains("CRT004"),
        "{}",
        run.err
    );
}
