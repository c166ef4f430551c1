//! Where each column of a tracking log stands in a row. Columns go by name.
//!
//! In: the value of a `#Fields` line. Out: the [`Columns`] of the rows after it.
//! Must not hold columns that nothing reads, such as clients.

/// The columns that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    DateTime,
    ServerIp,
    ServerHostname,
    SourceContext,
    ConnectorId,
    Source,
    EventId,
    InternalMessageId,
    MessageId,
    NetworkMessageId,
    RecipientAddress,
    RecipientStatus,
    RelatedRecipient,
    Reference,
    Subject,
    SenderAddress,
    ReturnPath,
    MessageInfo,
    CustomData,
    LogId,
}

/// The names, in the order of [`Column`].
const NAMES: [&str; 20] = [
    "date-time",
    "server-ip",
    "server-hostname",
    "source-context",
    "connector-id",
    "source",
    "event-id",
    "internal-message-id",
    "message-id",
    "network-message-id",
    "recipient-address",
    "recipient-status",
    "related-recipient-address",
    "reference",
    "message-subject",
    "sender-address",
    "return-path",
    "message-info",
    "custom-data",
    "log-id",
];

/// Stands for a column that the log does not have.
const NONE: u16 = u16::MAX;

/// Where the columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    place: [u16; NAMES.len()],
    count: u16,
}

impl Columns {
    /// The columns of rows of which nothing is known: no line is one.
    pub(super) fn unknown() -> Columns {
        Columns {
            place: [NONE; NAMES.len()],
            count: 0,
        }
    }

    /// Reads the value of a `#Fields` line. Names compare without regard to case, and other columns are
    /// ignored. `None` without a time, an event and a message id: then it is no tracking log.
    pub(super) fn from_fields(fields: &str) -> Option<Columns> {
        let names: Vec<&str> = fields.split(',').map(str::trim).collect();
        let count = u16::try_from(names.len())
            .ok()
            .filter(|count| *count < NONE)?;
        let place = NAMES.map(|wanted| {
            let mut names = names.iter();
            let at = names.position(|name| name.eq_ignore_ascii_case(wanted));
            at.and_then(|at| u16::try_from(at).ok()).unwrap_or(NONE)
        });
        let columns = Columns { place, count };
        let needed = [Column::DateTime, Column::EventId, Column::MessageId];
        let has_all = needed.iter().all(|column| columns.place(*column).is_some());
        has_all.then_some(columns)
    }

    /// How many columns a whole row has.
    pub(super) fn count(&self) -> usize {
        usize::from(self.count)
    }

    /// The place of a column in a row, if the log has it.
    #[inline]
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        let place = self.place[column as usize];
        (place != NONE).then_some(usize::from(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_by_name_and_unknown_ones_are_ignored() {
        let fields = " message-id, Event-ID,future,date-time,custom-data";
        let columns = Columns::from_fields(fields).expect("columns");
        assert_eq!(columns.count(), 5);
        assert_eq!(columns.place(Column::MessageId), Some(0));
        assert_eq!(columns.place(Column::EventId), Some(1));
        assert_eq!(columns.place(Column::DateTime), Some(3));
        assert_eq!(columns.place(Column::CustomData), Some(4));
        assert_eq!(columns.place(Column::LogId), None);
    }

    #[test]
    fn other_logs_have_no_such_columns() {
        assert_eq!(
            Columns::from_fields("date-time,connector-id,session-id,event"),
            None
        );
        assert_eq!(Columns::from_fields(&"a,".repeat(70_000)), None);
    }

    #[test]
    fn every_column_has_its_name() {
        let columns = Columns::from_fields(&NAMES.join(",")).expect("columns");
        for (at, column) in [
            (0, Column::DateTime),
            (6, Column::EventId),
            (8, Column::MessageId),
            (12, Column::RelatedRecipient),
            (13, Column::Reference),
            (16, Column::ReturnPath),
            (19, Column::LogId),
        ] {
            assert_eq!(columns.place(column), Some(at));
        }
    }
}
