//! The `#` lines of a log: what kind of log it is and which column stands where.
//!
//! In: one line that begins with `#`. Out: a [`HeaderLine`].
//! Must not look at rows. Columns go by name, so a later `#Fields` line may change their places.

/// The nine columns that the program reads, in the order in which Exchange writes them.
pub const COLUMN_NAMES: [&str; 9] = [
    "date-time",
    "connector-id",
    "session-id",
    "sequence-number",
    "local-endpoint",
    "remote-endpoint",
    "event",
    "data",
    "context",
];

/// Where each of the nine columns stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    place: [Option<u8>; 9],
    columns: u8,
    default: bool,
}

impl Default for Layout {
    /// The nine columns in Exchange's order, for files without a header.
    fn default() -> Layout {
        Layout {
            place: std::array::from_fn(|column| u8::try_from(column).ok()),
            columns: 9,
            default: true,
        }
    }
}

impl Layout {
    /// Reads the value of a `#Fields:` line. Names compare without regard to case; unknown
    /// columns are ignored. `None` if the session id column is missing: such rows could
    /// not be distinguished.
    pub fn from_fields(fields: &str) -> Option<Layout> {
        let names: Vec<&str> = fields.split(',').map(str::trim).collect();
        let columns = u8::try_from(names.len()).ok()?;
        let place = COLUMN_NAMES.map(|wanted| {
            names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(wanted))
                .and_then(|at| u8::try_from(at).ok())
        });
        let usual = Layout::default();
        let default = (place, columns) == (usual.place, usual.columns);
        place[2].map(|_| Layout {
            place,
            columns,
            default,
        })
    }

    /// The value of a `#Fields:` line that [`Layout::from_fields`] reads as this layout.
    pub fn to_fields(&self) -> String {
        let mut names = vec!["?"; self.columns()];
        for (name, place) in COLUMN_NAMES.iter().zip(self.place) {
            if let Some(place) = place {
                names[usize::from(place)] = name;
            }
        }
        names.join(",")
    }

    /// Whether the columns stand in Exchange's own order.
    #[inline]
    pub fn is_default(&self) -> bool {
        self.default
    }

    /// How many columns a whole row has.
    pub fn columns(&self) -> usize {
        usize::from(self.columns)
    }

    /// The place of column `index` of [`COLUMN_NAMES`] in a row, if the log has it.
    pub fn place(&self, index: usize) -> Option<usize> {
        self.place.get(index).copied().flatten().map(usize::from)
    }
}

/// What a header line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderLine {
    /// `#Fields:` with a usable list of columns.
    Fields(Layout),
    /// `#Log-type:` and its value.
    LogType(String),
    /// Anything else (`#Software`, `#Version`, `#Date`, unusable `#Fields`).
    Other,
}

/// Reads one line that begins with `#` (byte order mark and line end already removed).
pub fn parse(line: &[u8]) -> HeaderLine {
    let text = String::from_utf8_lossy(line);
    if let Some(value) = value_of(&text, "#Fields") {
        return Layout::from_fields(value).map_or(HeaderLine::Other, HeaderLine::Fields);
    }
    if let Some(value) = value_of(&text, "#Log-type") {
        // A spreadsheet adds empty columns, and a web page fixes the blanks.
        let value = value.replace('\u{a0}', " ");
        let value = value.trim_end_matches([',', ';', ' ']).trim();
        return HeaderLine::LogType(value.to_owned());
    }
    HeaderLine::Other
}

/// The value of a header line with this key.
pub fn value_of<'a>(line: &'a str, wanted: &str) -> Option<&'a str> {
    let (key, value) = line.split_once(':')?;
    key.trim().eq_ignore_ascii_case(wanted).then_some(value)
}

/// Whether a `#Log-type` value names the log of sessions.
pub fn is_send_log(log_type: &str) -> bool {
    log_type.eq_ignore_ascii_case("SMTP Send Protocol Log")
}

/// Whether a `#Log-type` value names the log of queues.
pub fn is_queue_log(log_type: &str) -> bool {
    log_type.eq_ignore_ascii_case("Transport Queue Log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_fields_are_the_default_layout() {
        let line = format!("#Fields: {}", COLUMN_NAMES.join(","));
        assert_eq!(
            parse(line.as_bytes()),
            HeaderLine::Fields(Layout::default())
        );
    }

    #[test]
    fn a_layout_comes_back_from_its_fields() {
        for fields in [
            COLUMN_NAMES.join(","),
            "data,session-id".to_owned(),
            "session-id, extra ,event,,data".to_owned(),
        ] {
            let layout = Layout::from_fields(&fields).expect("a layout");
            assert_eq!(Layout::from_fields(&layout.to_fields()), Some(layout));
        }
    }

    #[test]
    fn columns_go_by_name() {
        let layout = Layout::from_fields("session-id, Data,extra,date-time").expect("layout");
        assert_eq!(layout.place(2), Some(0));
        assert_eq!(layout.place(7), Some(1));
        assert_eq!(layout.place(0), Some(3));
        assert_eq!(layout.place(8), None);
        assert_eq!(layout.columns(), 4);
        assert!(!layout.is_default());
    }

    #[test]
    fn fields_without_a_session_id_are_not_used() {
        assert_eq!(parse(b"#Fields: date-time,data"), HeaderLine::Other);
    }

    #[test]
    fn the_log_type_is_kept() {
        let line = parse(b"#Log-type: SMTP Receive Protocol Log");
        assert_eq!(
            line,
            HeaderLine::LogType("SMTP Receive Protocol Log".to_owned())
        );
        assert!(is_send_log("smtp send protocol log"));
        let padded = "#Log-type:\u{a0}SMTP\u{a0}Send Protocol Log,,,";
        assert_eq!(
            parse(padded.as_bytes()),
            HeaderLine::LogType("SMTP Send Protocol Log".to_owned())
        );
    }
}
