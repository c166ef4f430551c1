//! Writes numbers and times as the log contains them, without the cost of general formatting.
//!
//! In: numbers, and milliseconds since 1970-01-01T00:00:00Z. Out: text appended to a buffer.
//! Must not read a clock: the time of every row comes from the generator.

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Appends a number in decimal digits.
#[inline]
pub(crate) fn number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends the last three digits of a number, with leading zeros.
pub(crate) fn three_digits(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&decimal::<3>(value));
}

/// Appends sixteen upper-case hex digits.
pub(crate) fn hex_upper(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&hex(value, UPPER));
}

/// Appends sixteen lower-case hex digits.
pub(crate) fn hex_lower(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&hex(value, LOWER));
}

fn hex(value: u64, digits: &[u8; 16]) -> [u8; 16] {
    std::array::from_fn(|place| digits[(value >> (60 - 4 * place)) as usize & 15])
}

/// The last `N` decimal digits of a number.
#[inline]
fn decimal<const N: usize>(mut value: u64) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    digits
}

/// Year, month from 1 and day from 1 of a day counted from 1970-01-01.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (
        year_of_era + era * 400 + u64::from(month <= 2),
        month,
        day_of_month,
    )
}

/// The form of the log's first column, `2026-11-03T02:14:09.120Z`.
pub(crate) fn timestamp(millis: u64) -> [u8; 24] {
    let (year, month, day) = civil(millis / 86_400_000);
    let second = millis / 1000;
    let mut text = *b"0000-00-00T00:00:00.000Z";
    text[..4].copy_from_slice(&decimal::<4>(year));
    text[5..7].copy_from_slice(&decimal::<2>(month));
    text[8..10].copy_from_slice(&decimal::<2>(day));
    text[11..13].copy_from_slice(&decimal::<2>(second / 3600 % 24));
    text[14..16].copy_from_slice(&decimal::<2>(second / 60 % 60));
    text[17..19].copy_from_slice(&decimal::<2>(second % 60));
    text[20..23].copy_from_slice(&decimal::<3>(millis % 1000));
    text
}

/// The hour in file names, `2026110302`.
pub(crate) fn file_hour(millis: u64) -> String {
    let text = timestamp(millis);
    let digits = text[..13].iter().filter(|byte| byte.is_ascii_digit());
    digits.map(|byte| char::from(*byte)).collect()
}

/// Appends the time of a banner, `Tue, 3 Nov 2026 02:14:09 +0000`.
pub(crate) fn mail_date(out: &mut Vec<u8>, millis: u64) {
    let day_number = millis / 86_400_000;
    let (year, month, day) = civil(day_number);
    let text = timestamp(millis);
    out.extend_from_slice(DAYS[(day_number % 7) as usize].as_bytes());
    out.extend_from_slice(b", ");
    number(out, day);
    out.push(b' ');
    out.extend_from_slice(MONTHS[month as usize - 1].as_bytes());
    out.push(b' ');
    number(out, year);
    out.push(b' ');
    out.extend_from_slice(&text[11..19]);
    out.extend_from_slice(b" +0000");
}

/// The time of the current row as text. It is written again only if it changes.
#[derive(Debug)]
pub(crate) struct Clock {
    millis: u64,
    text: [u8; 24],
}

impl Clock {
    /// A clock that shows this time.
    pub(crate) fn new(millis: u64) -> Clock {
        Clock {
            millis,
            text: timestamp(millis),
        }
    }

    /// Sets the clock forward. An earlier time changes nothing.
    #[inline]
    pub(crate) fn advance(&mut self, millis: u64) {
        if millis <= self.millis {
            return;
        }
        if millis / 1000 == self.millis / 1000 {
            self.text[20..23].copy_from_slice(&decimal::<3>(millis % 1000));
        } else {
            self.text = timestamp(millis);
        }
        self.millis = millis;
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn millis(&self) -> u64 {
        self.millis
    }

    /// The log's text form.
    pub(crate) fn text(&self) -> &[u8; 24] {
        &self.text
    }
}
