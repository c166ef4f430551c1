//! The servers of a week, and the rows that they have written so far.
//!
//! In: a seed. Out: a [`Week`] that the mail of the week is played in.
//! Must not know what becomes of messages.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::corpus::Random;
use crate::weeks::model::{HOUR, Millis};
use crate::weeks::talk::Row;

use super::truth::Truth;

/// The minute, in milliseconds.
pub(super) const MINUTE: Millis = 60_000;

/// How long a message is tried.
pub(super) const EXPIRY: Millis = 48 * HOUR;

/// Which Exchange a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    E2010,
    E2013,
    E2016,
    E2019,
}

impl Version {
    /// Its event for a host outside that took a message.
    pub(super) fn sends(self) -> &'static str {
        match self {
            Version::E2010 | Version::E2013 => "SEND",
            Version::E2016 | Version::E2019 => "SENDEXTERNAL",
        }
    }
}

/// A server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) version: Version,
    pub(super) pipelining: bool,
    /// Whether none of its logs are in the input.
    pub(super) hidden: bool,
}

/// The middle of a day of a log, which is missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    pub(super) prefix: &'static str,
    pub(super) server: usize,
    pub(super) day: Millis,
}

/// A week while it is played.
pub(super) struct Week {
    pub(super) servers: Vec<Server>,
    /// When the logs end, on all servers.
    pub(super) end: Millis,
    /// When the queues are exported.
    pub(super) exported: Millis,
    /// How long a server waits before it tries a message again.
    pub(super) retry: Millis,
    /// The send connector to Exchange Online, and its next hop.
    pub(super) connector: &'static str,
    pub(super) hop: &'static str,
    /// Whether hubs send through their front ends.
    pub(super) proxied: bool,
    /// Whether FAIL rows name the delivery report, else only its DSN row does.
    pub(super) references: bool,
    /// Whether the export of queues lists recipients.
    pub(super) lists_recipients: bool,
    /// A log of which a part is missing.
    pub(super) gap: Option<Gap>,
    pub(super) random: Random,
    /// The rows of the send logs, by server and role.
    pub(super) send: BTreeMap<(usize, &'static str), Vec<Row>>,
    /// The rows of the tracking logs, by server and prefix.
    pub(super) tracking: BTreeMap<(usize, &'static str), Vec<Row>>,
    /// Messages that an export of queues holds.
    pub(super) queued: Vec<Value>,
    pub(super) truths: Vec<Truth>,
    numbers: Numbers,
}

/// What numbers sessions, messages and rows.
#[derive(Debug, Default)]
struct Numbers {
    session: u64,
    message: usize,
    internal: u64,
    guid: u64,
}

const CONNECTORS: [(&str, &str); 3] = [
    (
        "Outbound to Office 365",
        "contoso-com.mail.protection.outlook.com",
    ),
    (
        "Outbound to Office 365 - cb1c7a52",
        "contoso-mail-onmicrosoft-com.mail.protection.outlook.com",
    ),
    ("To Office 365, branch", "contoso-com.e-v1.mx.microsoft"),
];

impl Week {
    /// The servers of the week of a seed, without mail.
    pub(super) fn of(seed: u64) -> Week {
        let mut random = Random::new(seed ^ 0xFA7E_0000);
        let main = match seed % 8 {
            0 => Version::E2010,
            1 | 2 => Version::E2013,
            3 | 4 => Version::E2016,
            _ => Version::E2019,
        };
        let proxied = main >= Version::E2013 && random.below(4) == 0;
        let count = 2 + random.below(3);
        let servers = (0..=count)
            .map(|number| Server {
                name: format!("EX{:02}", number + 1),
                address: format!("10.0.0.{}", 5 + number),
                // A migration has servers of two versions.
                version: if number == 1 && random.below(3) == 0 {
                    Version::E2019
                } else {
                    main
                },
                pipelining: random.below(4) > 0,
                hidden: number == count,
            })
            .collect();
        let end = 5 * 24 * HOUR + random.below(48) as Millis * HOUR + 17 * MINUTE;
        let (connector, hop) = CONNECTORS[random.below(CONNECTORS.len())];
        let gap = match seed % 8 {
            2 => Some("SEND"),
            5 => Some("MSGTRK"),
            _ => None,
        };
        let gap = gap.map(|prefix| Gap {
            prefix,
            server: random.below(count),
            day: 1 + random.below(4) as Millis,
        });
        Week {
            servers,
            end,
            exported: end + 3 * MINUTE,
            retry: [15, 30, 60, 60][random.below(4)] * MINUTE,
            connector,
            hop,
            proxied,
            references: random.below(3) > 0,
            gap,
            lists_recipients: random.below(3) > 0,
            random,
            send: BTreeMap::new(),
            tracking: BTreeMap::new(),
            queued: Vec::new(),
            truths: Vec::new(),
            numbers: Numbers::default(),
        }
    }

    /// One of the servers whose logs are in the input.
    pub(super) fn any_server(&mut self) -> usize {
        let count = self.servers.len() - 1;
        self.random.below(count)
    }

    /// Another server than this one, whose logs are in the input.
    pub(super) fn other_server(&mut self, server: usize) -> usize {
        let count = self.servers.len() - 1;
        (server + 1 + self.random.below(count - 1)) % count
    }

    /// The server whose logs are missing.
    pub(super) fn hidden_server(&self) -> usize {
        self.servers.len() - 1
    }

    /// The next session id.
    pub(super) fn session_id(&mut self) -> String {
        self.numbers.session += 1;
        format!("08DF{:012X}", 0x31F6_88AD_6000 + self.numbers.session * 2)
    }

    /// The next number of a message of the week.
    pub(super) fn message_number(&mut self) -> usize {
        self.numbers.message += 1;
        self.numbers.message
    }

    /// The next number of a message on a server.
    pub(super) fn internal_id(&mut self, server: usize) -> u64 {
        self.numbers.internal += 3;
        match self.servers[server].version {
            Version::E2010 => 3_000 + self.numbers.internal,
            _ => 17_387_433_984 + self.numbers.internal,
        }
    }

    /// The next GUID.
    pub(super) fn guid(&mut self) -> String {
        self.numbers.guid += 1;
        format!(
            "6f1c0c9e-5a41-4d0b-9b7e-{:012x}",
            0x08df_2674_0000 + self.numbers.guid
        )
    }
}
