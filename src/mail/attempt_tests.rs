//! Tests of attempts: where a message went.

use super::*;

#[test]
fn addresses_of_the_organisation_are_internal() {
    for (address, public) in [
        ("10.0.0.6", false),
        ("172.16.3.1", false),
        ("192.168.1.1", false),
        ("127.0.0.1", false),
        ("169.254.1.1", false),
        ("fd00::1", false),
        ("fe80::1", false),
        ("52.101.1.2", true),
        ("2603:1026::5", true),
    ] {
        assert_eq!(
            is_public(address.parse().expect(address)),
            public,
            "{address}"
        );
    }
}

#[test]
fn the_first_digit_of_a_reply_decides() {
    let answer = |code| Answer {
        code,
        text: "4.4.4 x".into(),
        time: Timestamp::UNKNOWN,
        place: LinePlace { chunk: 0, line: 0 },
    };
    assert_eq!(outcome(&answer(550)), Outcome::Refused);
    assert_eq!(outcome(&answer(451)), Outcome::Deferred);
    assert_eq!(outcome(&answer(250)), Outcome::Taken);
}
