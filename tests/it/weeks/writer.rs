//! Writes a week into a folder: logs, and exports.
//!
//! In: a seed and a folder. Out: files, and the truth about them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::corpus::{HEADER, Random};

use super::dialogue::{self, Numbers};
use super::model::{Answer, Connector, Course, HOUR, Host, Millis, Plan, RowShape};
use super::story::{self, Moment};
use super::talk::Row;
use super::tenants;
use super::truth::{self, Happening, Truth};
use super::world::{self, World};

/// The logs of one folder: a server by number, and a role.
type Folder = (usize, &'static str);

/// What is written so far.
#[derive(Default)]
struct Logs {
    rows: BTreeMap<Folder, Vec<Row>>,
    sessions: BTreeMap<Folder, u64>,
    happenings: Vec<Happening>,
    session: usize,
    message: usize,
}

/// Writes the week of a seed below a folder.
pub(super) fn write(seed: u64, folder: &Path) -> Truth {
    let world = world::of(seed);
    let mut random = Random::new(seed ^ 0xD1A1_0000);
    let mut logs = Logs::default();
    for connector in &world.connectors {
        let lapse = lapse(connector, &mut random);
        for server in &connector.servers {
            for slot in 0..connector.slots {
                let at = Moment {
                    server: *server,
                    slot,
                    exports: world.exports,
                };
                let start = world::session_start(slot, connector.slots, &mut random);
                // Some sessions run side by side.
                for _ in 0..if random.below(7) == 0 { 2 } else { 1 } {
                    sessions(
                        &world,
                        connector,
                        (at, start),
                        lapse,
                        &mut logs,
                        &mut random,
                    );
                }
            }
        }
    }
    let ends = logs.rows.values().flatten().map(|row| row.time).max();
    write_logs(&world, logs.rows, folder);
    write_exports(&world, folder);
    let named = |online: bool| -> BTreeSet<String> {
        let connectors = world.connectors.iter();
        let of = connectors.filter(|of| (of.host == Host::ExchangeOnline) == online);
        of.map(|connector| connector.name.clone()).collect()
    };
    truth::of(
        &logs.happenings,
        &named(true),
        &named(false),
        ends.unwrap_or(0),
    )
}

/// A slot of a send connector without stories in which one session fails, as happens anywhere.
fn lapse(connector: &Connector, random: &mut Random) -> Option<(usize, Course)> {
    let quiet = connector.stories.is_empty() && !connector.proxied;
    let course = [Course::Dropped, Course::Unconnected][random.below(2)];
    (quiet && random.below(3) == 0).then(|| (1 + random.below(connector.slots - 1), course))
}

/// The sessions of one server in one slot.
fn sessions(
    world: &World,
    connector: &Connector,
    (at, mut start): (Moment, Millis),
    lapse: Option<(usize, Course)>,
    logs: &mut Logs,
    random: &mut Random,
) {
    let mut plans = story::plans(connector, at, random);
    if let Some((slot, course)) = lapse
        && slot == at.slot
        && at.server == connector.servers[0]
    {
        plans[0].course = course;
    }
    for mut plan in plans {
        story::noise(&mut plan, random);
        pretend(&mut plan, random);
        if plan.cut {
            start = world::slot_start(at.slot, connector.slots);
        }
        let hub = (at.server, world.servers[at.server].role);
        let front = (at.server, "FrontEnd");
        let mut numbers = Numbers {
            session: logs.session,
            message: logs.message,
            ids: (id(logs, hub), id(logs, front)),
        };
        let server = &world.servers[at.server];
        let written = dialogue::write(&plan, (server, connector), start, &mut numbers, random);
        logs.session += 1;
        logs.message = numbers.message;
        logs.happenings.extend(written.happenings);
        logs.rows.entry(hub).or_default().extend(written.rows);
        if connector.frontend_logged && !written.frontend.is_empty() {
            logs.rows.entry(front).or_default().extend(written.frontend);
        }
        start = written.end + 2_000 + random.below(20_000) as Millis;
    }
}

/// The next session id of a stream; the same ids come on every server.
fn id(logs: &mut Logs, folder: Folder) -> String {
    let count = logs.sessions.entry(folder).or_default();
    *count += 1;
    let base: u64 = if folder.1 == "FrontEnd" {
        0x38C9_17AA_2000
    } else {
        0x31F6_88AD_6000
    };
    format!("08DF{:012X}", base + *count * 2)
}

/// What other companies answer.
fn pretend(plan: &mut Plan, random: &mut Random) {
    let text = match plan.host {
        Host::Hostile => "550 5.7.64 TenantAttribution; Relay Access Denied",
        Host::Partner => "450 4.7.1 Greylisted, try again in five minutes",
        Host::ExchangeOnline | Host::Submission => return,
    };
    if random.below(3) == 0 {
        plan.course = Course::Dropped;
    }
    for message in &mut plan.messages {
        for recipient in &mut message.recipients {
            if plan.host == Host::Hostile || random.below(3) == 0 {
                recipient.answer = Some(Answer {
                    text: text.to_owned(),
                    key: None,
                });
            }
        }
    }
}

fn write_logs(world: &World, rows: BTreeMap<Folder, Vec<Row>>, folder: &Path) {
    for ((server, role), mut rows) in rows {
        let server = &world.servers[server];
        rows.sort_by_key(|row| row.time);
        let path = folder
            .join(&server.name)
            .join("TransportRoles/Logs")
            .join(role)
            .join("ProtocolLog/SmtpSend");
        std::fs::create_dir_all(&path).expect("a folder");
        let part = if server.hourly { HOUR } else { 24 * HOUR };
        for rows in rows.chunk_by(|row, next| row.time / part == next.time / part) {
            let time = rows[0].time;
            let (day, hour) = (2 + time / (24 * HOUR), time / HOUR % 24);
            let hour = if server.hourly {
                format!("{hour:02}")
            } else {
                String::new()
            };
            let lines: String = rows.iter().map(|row| row.line.as_str()).collect();
            let name = format!("SEND202611{day:02}{hour}-1.LOG");
            let text = format!("\u{feff}{HEADER}{lines}");
            std::fs::write(path.join(name), text).expect("a log");
        }
    }
}

fn write_exports(world: &World, folder: &Path) {
    let write = |path: &Path, name: &str, value: &Value| {
        std::fs::create_dir_all(path).expect("a folder");
        std::fs::write(path.join(name), value.to_string()).expect("an export");
    };
    for tenant in world.tenants.iter().filter(|_| world.exports) {
        let path = folder.join("tenants").join(&tenant.name);
        write(&path, "InboundConnector.json", &tenant.connectors());
        write(&path, "AcceptedDomain.json", &tenant.domains());
    }
    // Only rows of one shape have dates; for the others the export has them.
    let is_dated = |shape| shape == RowShape::Dated;
    if world.servers.iter().all(|server| is_dated(server.shape)) {
        return;
    }
    for server in world.servers.iter().filter(|_| !world.exported.is_empty()) {
        let path = folder.join("on-premises").join(&server.name);
        let certificates = tenants::exchange_certificates(server, &world.exported);
        write(&path, "ExchangeCertificate.json", &certificates);
    }
}
