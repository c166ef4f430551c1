//! Writes rows, one after the other.
//!
//! In: what is said. Out: rows with their times.
//! Must not know what a session is about.

use crate::corpus::Random;

use super::model::{Millis, shown};

/// What Exchange notes when a handshake is done.
pub(crate) const SUCCEEDED: &str = "TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using bulk encryption algorithm CALG_AES_256 with strength 256 bits, MAC hash algorithm CALG_SHA_384 with strength 0 bits and key exchange algorithm CALG_ECDHE with strength 384 bits";

/// A row without its session, and when it was written.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) time: Millis,
    pub(crate) line: String,
}

/// Rows of one session, one after the other.
pub(crate) struct Talk<'a> {
    pub(crate) rows: Vec<Row>,
    pub(crate) now: Millis,
    pub(crate) connector: String,
    pub(crate) id: String,
    pub(crate) local: String,
    pub(crate) remote: String,
    pub(crate) pace: usize,
    pub(crate) random: &'a mut Random,
}

impl Talk<'_> {
    /// Writes a row and returns its time.
    pub(crate) fn row(&mut self, event: char, data: &str, context: &str) -> Millis {
        self.now += 4 + self.random.below(self.pace) as Millis;
        let line = format!(
            "{},{},{},{},{},{},{event},{},{}\r\n",
            shown(self.now),
            column(&self.connector),
            self.id,
            self.rows.len(),
            self.local,
            self.remote,
            column(data),
            column(context)
        );
        self.rows.push(Row {
            time: self.now,
            line,
        });
        self.now
    }

    pub(crate) fn says(&mut self, data: &str) -> Millis {
        self.row('>', data, "")
    }

    pub(crate) fn hears(&mut self, data: &str) -> Millis {
        self.row('<', data, "")
    }

    pub(crate) fn notes(&mut self, context: &str) -> Millis {
        self.row('*', "", context)
    }

    pub(crate) fn ends(&mut self, how: &str) {
        self.row('-', "", how);
    }

    /// QUIT, and its reply.
    pub(crate) fn quits(&mut self) {
        self.says("QUIT");
        self.hears("221 2.0.0 Service closing transmission channel");
        self.ends("Local");
    }

    pub(crate) fn connects(&mut self, address: &str) {
        self.local = format!("{address}:{}", 20_000 + self.random.below(40_000));
        self.row('+', "", "");
    }
}

/// A column, quoted as Exchange does.
fn column(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
