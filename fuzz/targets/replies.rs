//! Commands and replies, line by line: each line begins with its event, `<` if it has none.

#![no_main]

use sendlens::smtp::greeting::{self, EhloLine, Greeting};
use sendlens::smtp::reply::{self, RejectionReply};
use sendlens::smtp::{command, facts, host};
use sendlens_fuzz::log::SessionText;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut session = SessionText::default();
    for line in bytes.split(|byte| *byte == b'\n').take(200) {
        let (event, data) = match line {
            [event @ (b'<' | b'>' | b'*'), data @ ..] => (char::from(*event), data),
            data => ('<', data),
        };
        let text = String::from_utf8_lossy(data);
        match event {
            '<' => reply(data),
            '>' => command(data),
            _ => {}
        }
        if event == '*' {
            session.row('*', "", &text);
        } else {
            session.row(event, &text, "");
        }
    }
    session.check();
});

fn reply(data: &[u8]) {
    let _ = EhloLine::read(data);
    let Some(line) = reply::parse(data) else {
        return;
    };
    assert!(line.code < 1000 && data.ends_with(line.text));
    let _ = Greeting::read(line.text);
    let _ = greeting::is_masked(line.text);
    let _ = host::bracket_names_exchange_online(line.text);
    let reply = RejectionReply::new(line.code, line.text);
    assert!(reply.text.starts_with(reply.sentence()));
    let class = reply.class();
    assert!(class.is_incident() || !class.is_attribution());
    if let Some(enhanced) = reply.enhanced {
        assert_eq!(enhanced.to_string().split('.').count(), 3);
    }
}

fn command(data: &[u8]) {
    let _ = command::verb(data);
    let _ = host::names_exchange_online(data);
    let address = command::address(data);
    assert!(address.is_none_or(|address| address.len() <= data.len()));
    if let Some(path) = command::path(data) {
        let path = String::from_utf8_lossy(path);
        let _ = host::domain_of(&path);
        let _ = facts::parse_address(&path);
    }
}
