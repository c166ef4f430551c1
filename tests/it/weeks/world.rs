//! A week from a seed: its servers, send connectors, tenants, and what goes wrong when.
//!
//! In: a seed. Out: the same week every time.
//! Must not know how sessions are written.

use crate::corpus::Random;

use super::issue;
use super::kinds::{ALONE, SHARED};
use super::model::{
    Certificate, Connector, HOUR, Host, Kind, Millis, RowShape, Server, WEEK, shown,
};
use super::plot;
use super::tenants::{Inbound, Tenant};

/// A week before its sessions are written.
pub(super) struct World {
    pub(super) servers: Vec<Server>,
    pub(super) connectors: Vec<Connector>,
    pub(super) tenants: Vec<Tenant>,
    /// Whether exports of the tenants are given.
    pub(super) exports: bool,
    /// Certificates that exports of the local Exchange list.
    pub(super) exported: Vec<Certificate>,
}

/// Weeks with nothing but noise, and weeks without exports, among those above.
const QUIET: usize = 3;
const UNEXPORTED: usize = 2;

const ORGANISATIONS: [&str; 4] = ["contoso", "fabrikam", "adatum", "woodgrove"];
const CONNECTORS: [&str; 3] = [
    "Outbound to Office 365",
    "To Office 365, branch",
    "Office 365 への送信",
];

/// Makes the week of a seed.
pub(super) fn of(seed: u64) -> World {
    let mut random = Random::new(seed ^ 0x5EED_0000);
    let kinds = SHARED.len() + ALONE.len() + QUIET + UNEXPORTED;
    let place = usize::try_from(seed).expect("a small seed") % kinds;
    let exports = place < kinds - UNEXPORTED;
    let lead = if place < SHARED.len() {
        Some(SHARED[place])
    } else if let Some(alone) = ALONE.get(place - SHARED.len()) {
        Some(*alone)
    } else if exports {
        None
    } else {
        Some([Kind::Mismatch, Kind::Renamed, Kind::OutOfStep][random.below(3)])
    };
    let is_alone = lead.is_some_and(|lead| ALONE.contains(&lead));
    let mut mains = vec![lead];
    if !is_alone {
        for _ in 0..random.below(3) {
            mains.push(match random.below(3) {
                0 => None,
                _ => Some(SHARED[random.below(SHARED.len())]),
            });
        }
    }
    let homes = if is_alone { 1 } else { 1 + random.below(2) };
    let first = random.below(ORGANISATIONS.len());
    let mut world = World {
        servers: servers(&mut random, lead == Some(Kind::OutOfStep)),
        connectors: Vec::new(),
        tenants: (0..homes)
            .map(|number| Tenant::of(ORGANISATIONS[(first + number) % ORGANISATIONS.len()]))
            .collect(),
        exports,
        exported: Vec::new(),
    };
    let uses: Vec<Vec<usize>> = mains
        .iter()
        .map(|main| users(*main, world.servers.len(), &mut random))
        .collect();
    let lanes: usize = uses.iter().map(Vec::len).sum();
    let slots = (140 / lanes).clamp(8, 30);
    for (number, (main, users)) in mains.into_iter().zip(uses).enumerate() {
        let draft = Draft {
            number,
            home: number % homes,
            main: main.filter(|main| *main != Kind::OutOfStep || users.len() > 1),
            users,
            slots,
        };
        connector(&mut world, draft, &mut random);
    }
    others(&mut world, slots, &mut random);
    world
}

fn servers(random: &mut Random, several: bool) -> Vec<Server> {
    let count = (1 + random.below(6)).max(if several { 2 } else { 1 });
    let hourly = random.below(6) == 0;
    (0..count)
        .map(|number| Server {
            name: format!("EX{:02}", number + 1),
            role: if number > 2 && random.below(4) == 0 {
                "Edge"
            } else {
                "Hub"
            },
            shape: match random.below(6) {
                0 => RowShape::Attributes,
                1 => RowShape::Undated,
                _ => RowShape::Dated,
            },
            address: format!("10.0.0.{}", 5 + number),
            pipelining: random.below(5) > 0,
            hourly,
        })
        .collect()
}

/// The servers that use a send connector.
fn users(main: Option<Kind>, servers: usize, random: &mut Random) -> Vec<usize> {
    if random.below(3) > 0 || main == Some(Kind::OutOfStep) {
        return (0..servers).collect();
    }
    let first = random.below(servers);
    (first..servers).collect()
}

/// A send connector that is still to be made.
struct Draft {
    number: usize,
    /// Its tenant, by number.
    home: usize,
    main: Option<Kind>,
    users: Vec<usize>,
    slots: usize,
}

/// Whether Exchange Online knows the mail by address and sender.
fn by_address(main: Option<Kind>) -> bool {
    matches!(
        main,
        Some(Kind::AddressChanged | Kind::SenderNotAccepted | Kind::NullSender)
    )
}

/// When a slot begins.
pub(super) fn slot_start(slot: usize, slots: usize) -> Millis {
    WEEK * slot as Millis / slots as Millis
}

/// Adds a send connector with what its tenant expects of it.
fn connector(world: &mut World, draft: Draft, random: &mut Random) {
    let Draft {
        number,
        home: place,
        main,
        users,
        slots,
    } = draft;
    let domain = world.tenants[place].domain.clone();
    let own_senders_only = by_address(main) || main == Some(Kind::DomainNotAccepted);
    let expected = Expected::of(main, number, &domain, random);
    let mut connector = Connector {
        name: CONNECTORS[number].to_owned(),
        host: Host::ExchangeOnline,
        domain,
        proxied: is_proxied(world, main, &users, random),
        servers: users,
        certificate: Some(issue::for_host(&expected.host, random)),
        frontend_logged: main != Some(Kind::FrontendMissing),
        slots,
        source: "203.0.113.7".to_owned(),
        own_senders_only,
        stories: Vec::new(),
    };
    let mut changed = "2026-08-21T08:02:11.000Z".to_owned();
    let mut name = expected.name.clone();
    if let Some(kind) = main {
        let story = plot::story(kind, &mut connector, world, &expected, random);
        if matches!(kind, Kind::ChangedSince | Kind::FixedAtConnector) {
            changed = shown(slot_start(story.slots.end, slots));
        }
        if kind == Kind::FixedAtConnector {
            let offered = story.offered.iter().flatten().next();
            name = offered.map_or(name, |offered| offered.names[0].clone());
            let host = &name;
            world.tenants[place].accepted.push(host.clone());
        }
        let sequel = plot::sequel(&story, &connector, world, random);
        connector.stories.push(story);
        connector.stories.extend(sequel);
    }
    connector
        .stories
        .extend(plot::overlay(&connector, main, random));
    let tenant = &mut world.tenants[place];
    if main != Some(Kind::DomainNotAccepted) {
        tenant.accepted.push(expected.domain.clone());
    }
    tenant.expect(main, number, &name, &changed);
    if main == Some(Kind::TwoTenants) {
        let parent = expected
            .host
            .split_once('.')
            .map_or("", |(_, parent)| parent);
        let mut second = Tenant::of("litware");
        second.name = format!("{}{number}", second.name);
        second.accepted.push(parent.to_owned());
        second.expect(None, number, &format!("*.{parent}"), &changed);
        world.tenants.push(second);
    }
    mark_matches(world, main, connector);
}

/// What an inbound connector expects.
pub(super) struct Expected {
    /// The name as the connector has it.
    pub(super) name: String,
    /// The host or wildcard on a good certificate.
    pub(super) host: String,
    /// The domain that must be accepted.
    domain: String,
}

impl Expected {
    fn of(main: Option<Kind>, number: usize, domain: &str, random: &mut Random) -> Expected {
        let zone = format!("m{number}.{domain}");
        let (name, host, domain) = match main {
            Some(Kind::Uncertain) if random.below(2) == 0 => (
                format!("mail.{zone}"),
                format!("*.{zone}"),
                format!("mail.{zone}"),
            ),
            Some(Kind::Uncertain) => (zone.clone(), format!("*.{zone}"), zone.clone()),
            Some(Kind::DomainNotAccepted) => {
                let host = format!("mail.relay{number}.example");
                (host.clone(), host.clone(), host)
            }
            Some(Kind::TwoTenants) => {
                let host = format!("mail.{zone}");
                (host.clone(), host.clone(), host)
            }
            _ => match random.below(4) {
                0 => (format!("*.{zone}"), format!("mail.{zone}"), zone.clone()),
                1 => (format!("*.{zone}"), format!("*.{zone}"), zone.clone()),
                2 => {
                    let host = format!("mail.{zone}");
                    (host.to_uppercase(), host.clone(), host)
                }
                _ => (zone.clone(), zone.clone(), zone.clone()),
            },
        };
        Expected { name, host, domain }
    }
}

fn is_proxied(world: &World, main: Option<Kind>, users: &[usize], random: &mut Random) -> bool {
    if main == Some(Kind::FrontendMissing) {
        return true;
    }
    let fits = match main {
        None => true,
        Some(kind) => matches!(
            kind,
            Kind::Renamed
                | Kind::Mismatch
                | Kind::OutOfStep
                | Kind::Expired
                | Kind::SelfSigned
                | Kind::NoCertificate
                | Kind::Uncertain
                | Kind::ConnectorDisabled
                | Kind::Unexplained
                | Kind::Transient
                | Kind::PartnerRefuses
        ),
    };
    let hubs = users.iter().all(|user| world.servers[*user].role == "Hub");
    fits && hubs && random.below(3) == 0
}

/// Says of each certificate whether a connector in the exports expects it, and adds the connector.
fn mark_matches(world: &mut World, main: Option<Kind>, mut connector: Connector) {
    let expects = world.exports
        && !by_address(main)
        && !matches!(
            main,
            Some(Kind::ConnectorDisabled | Kind::ConnectorPartner | Kind::NoConnector)
        );
    // The first certificate is the one that is not expected in these two.
    let is_reversed = matches!(main, Some(Kind::FixedAtConnector | Kind::Uncertain));
    let good = connector.certificate.as_ref().map(|of| of.names.clone());
    let judge = |certificate: &mut Certificate| {
        let is_good = Some(&certificate.names) == good.as_ref();
        certificate.matches = expects && is_good != is_reversed;
    };
    for story in &mut connector.stories {
        story.offered.iter_mut().flatten().for_each(judge);
        story.after.iter_mut().for_each(judge);
    }
    connector.certificate.iter_mut().for_each(judge);
    world.connectors.push(connector);
}

/// Send connectors to other companies, one of which pretends to be Exchange Online.
fn others(world: &mut World, slots: usize, random: &mut Random) {
    let domain = world.tenants[0].domain.clone();
    for (name, host) in [
        ("To partner.example", Host::Partner),
        ("To hostile.example", Host::Hostile),
    ] {
        if random.below(2) == 0 {
            continue;
        }
        let slots = slots.min(12);
        world.connectors.push(Connector {
            name: name.to_owned(),
            host,
            domain: domain.clone(),
            servers: vec![random.below(world.servers.len())],
            certificate: Some(issue::for_host(&format!("mail.{domain}"), random)),
            proxied: false,
            frontend_logged: true,
            slots,
            source: "203.0.113.7".to_owned(),
            own_senders_only: false,
            stories: Vec::new(),
        });
    }
}

/// The part of a slot in which sessions begin, so that what ends with a slot lies between them.
pub(super) fn session_start(slot: usize, slots: usize, random: &mut Random) -> Millis {
    let start = slot_start(slot, slots);
    let length = slot_start(slot + 1, slots) - start;
    let minutes = usize::try_from(length * 6 / 10 / 60_000).expect("a few hours");
    start + length / 10 + random.below(minutes) as Millis * 60_000 + random.below(60_000) as Millis
}

/// An inbound connector of another company, so that the tenant has one.
pub(super) fn unrelated() -> Inbound {
    Inbound {
        name: "From partner.example".to_owned(),
        enabled: true,
        kind: "Partner",
        addresses: Vec::new(),
        certificate: Some("mx1.partner.example".to_owned()),
        changed: shown(HOUR).replace("2026-11", "2026-01"),
    }
}
