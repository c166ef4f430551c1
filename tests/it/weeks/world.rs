//! A week from a seed: its servers, send connectors, tenants, and what goes wrong when.
//!
//! In: a seed. Out: the same week every time.
//! Must not know how sessions are written.

use std::ops::Range;

use crate::corpus::Random;

use super::issue;
use super::model::{
    Certificate, Connector, HOUR, Host, Kind, Millis, RowShape, Server, Story, WEEK, shown,
};
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

/// Kinds that hold whatever else the tenant expects, so that several may happen in one week.
pub(super) const SHARED: [Kind; 37] = [
    Kind::Renamed,
    Kind::FixedAtConnector,
    Kind::Mismatch,
    Kind::OutOfStep,
    Kind::Expired,
    Kind::ExpiredDropped,
    Kind::SelfSigned,
    Kind::SelfSignedDropped,
    Kind::UntrustedRoot,
    Kind::NoCertificate,
    Kind::Stripped,
    Kind::StrippedDemand,
    Kind::StrippedQuit,
    Kind::StarttlsIgnored,
    Kind::NoKey,
    Kind::NoKeyOnly,
    Kind::UnknownCredentials,
    Kind::Distrusted,
    Kind::Dropped,
    Kind::PortClosed,
    Kind::DomainNotAccepted,
    Kind::Uncertain,
    Kind::TwoTenants,
    Kind::ChangedSince,
    Kind::Unexplained,
    Kind::Outdated,
    Kind::Blocked,
    Kind::TenantLimit,
    Kind::Submission,
    Kind::PartnerRefuses,
    Kind::DirectSend,
    Kind::Region,
    Kind::Transient,
    Kind::FrontendMissing,
    Kind::StartMissing,
    Kind::Intercepted,
    Kind::NothingDelivered,
];
/// Kinds that need the whole tenant for themselves.
pub(super) const ALONE: [Kind; 6] = [
    Kind::ConnectorDisabled,
    Kind::ConnectorPartner,
    Kind::NoConnector,
    Kind::AddressChanged,
    Kind::SenderNotAccepted,
    Kind::NullSender,
];
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
    let slots = (170 / lanes).clamp(8, 36);
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
    let hourly = random.below(4) == 0;
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
        let story = story(kind, &mut connector, world, &expected, random);
        if matches!(kind, Kind::ChangedSince | Kind::FixedAtConnector) {
            changed = shown(slot_start(story.slots.end, slots));
        }
        if kind == Kind::FixedAtConnector {
            let offered = story.offered.iter().flatten().next();
            name = offered.map_or(name, |offered| offered.names[0].clone());
            let host = &name;
            world.tenants[place].accepted.push(host.clone());
        }
        let sequel = sequel(&story, &connector, world, random);
        connector.stories.push(story);
        connector.stories.extend(sequel);
    }
    overlays(&mut connector, main, random);
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
struct Expected {
    /// The name as the connector has it.
    name: String,
    /// The host or wildcard on a good certificate.
    host: String,
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

/// What goes wrong on a send connector.
fn story(
    kind: Kind,
    connector: &mut Connector,
    world: &mut World,
    expected: &Expected,
    random: &mut Random,
) -> Story {
    let slots = period(kind, connector.slots, random);
    let variant = random.below(24);
    let servers = affected(kind, &connector.servers, random);
    let good = connector.certificate.clone().expect("a certificate");
    let shared = |certificate: Certificate| vec![Some(certificate); servers.len()];
    let mut after = None;
    let organisation = connector
        .domain
        .split('.')
        .next()
        .unwrap_or_default()
        .to_owned();
    let stranger = |number: usize| {
        let host = expected.host.trim_start_matches("*.").replace('.', "-");
        format!("smtp{number}.{host}.{organisation}.example")
    };
    let offered = match kind {
        Kind::Renamed | Kind::FixedAtConnector | Kind::Mismatch => {
            let bad = issue::for_host(&stranger(0), random);
            after = match kind {
                Kind::FixedAtConnector => Some(bad.clone()),
                _ if variant % 2 == 1 => Some(issue::for_host(&expected.host, random)),
                _ => None,
            };
            shared(bad)
        }
        Kind::OutOfStep if variant % 3 == 0 => (0..servers.len())
            .map(|number| Some(issue::for_host(&stranger(number), random)))
            .collect(),
        Kind::OutOfStep => shared(issue::for_host(&stranger(0), random)),
        Kind::Expired | Kind::ExpiredDropped => {
            let ends = slot_start(slots.start, connector.slots);
            let old = Certificate {
                not_before: "2025-11-01T00:00:00.000Z".to_owned(),
                not_after: shown(ends),
                ..good.clone()
            };
            connector.certificate = Some(old.clone());
            world.exported.push(old.clone());
            after = Some(issue::for_host(&expected.host, random));
            shared(old)
        }
        Kind::SelfSigned | Kind::SelfSignedDropped | Kind::UntrustedRoot => servers
            .iter()
            .map(|server| {
                Some(issue::self_signed(
                    &world.servers[*server].name,
                    &connector.domain,
                ))
            })
            .collect(),
        Kind::NoKey | Kind::NoKeyOnly | Kind::UnknownCredentials => {
            let renewed = issue::for_host(&expected.host, random);
            after = (variant % 2 == 1).then(|| renewed.clone());
            shared(renewed)
        }
        Kind::NoCertificate => Vec::new(),
        Kind::AddressChanged if variant % 3 == 0 => {
            connector.certificate = None;
            Vec::new()
        }
        // Nobody looks at certificates here, so the usual one of a new server does no harm.
        Kind::AddressChanged | Kind::NoConnector if variant % 3 == 1 => {
            let own = issue::self_signed(&world.servers[servers[0]].name, &connector.domain);
            connector.certificate = Some(own.clone());
            shared(own)
        }
        Kind::Uncertain => {
            after = Some(issue::for_host(&expected.name, random));
            shared(good)
        }
        Kind::ChangedSince => {
            after = Some(good.clone());
            shared(good)
        }
        _ => shared(good),
    };
    Story {
        kind,
        slots,
        servers,
        offered,
        after,
        variant,
    }
}

/// Something else that goes wrong on the same send connector, after the first is over.
fn sequel(
    first: &Story,
    connector: &Connector,
    world: &World,
    random: &mut Random,
) -> Option<Story> {
    const FIRST: [Kind; 4] = [
        Kind::Renamed,
        Kind::Mismatch,
        Kind::OutOfStep,
        Kind::Expired,
    ];
    const SECOND: [Kind; 6] = [
        Kind::SelfSigned,
        Kind::Stripped,
        Kind::StarttlsIgnored,
        Kind::Distrusted,
        Kind::Dropped,
        Kind::PortClosed,
    ];
    let begins = first.slots.end + 2;
    if !FIRST.contains(&first.kind)
        || begins + 5 > connector.slots
        || connector.proxied
        || random.below(2) == 0
    {
        return None;
    }
    let kind = SECOND[random.below(SECOND.len())];
    let servers = affected(kind, &connector.servers, random);
    let usual = |server: &usize| {
        let after = first
            .after
            .as_ref()
            .filter(|_| first.servers.contains(server));
        after.or(connector.certificate.as_ref()).cloned()
    };
    let offered = servers
        .iter()
        .map(|server| match kind {
            Kind::SelfSigned => {
                let name = &world.servers[*server].name;
                Some(issue::self_signed(name, &connector.domain))
            }
            _ => usual(server),
        })
        .collect();
    let ends = (begins + 4 + random.below(6)).min(connector.slots);
    Some(Story {
        kind,
        slots: begins..ends,
        servers,
        offered,
        after: None,
        variant: random.below(24),
    })
}

/// How long it goes on.
fn period(kind: Kind, slots: usize, random: &mut Random) -> Range<usize> {
    let begins = match kind {
        Kind::Mismatch
        | Kind::Uncertain
        | Kind::TwoTenants
        | Kind::ChangedSince
        | Kind::ConnectorPartner
        | Kind::NoConnector
        | Kind::FrontendMissing
        | Kind::NothingDelivered
        | Kind::StartMissing => 0,
        Kind::ConnectorDisabled if random.below(2) == 0 => 0,
        _ => 2 + random.below(slots / 2 - 2),
    };
    let stays = matches!(
        kind,
        Kind::TwoTenants
            | Kind::ConnectorDisabled
            | Kind::ConnectorPartner
            | Kind::NoConnector
            | Kind::NothingDelivered
            | Kind::FrontendMissing
    );
    let ends = matches!(kind, Kind::ChangedSince | Kind::FixedAtConnector);
    if kind == Kind::StartMissing {
        return 0..1;
    }
    if stays || (!ends && random.below(5) < 2) {
        return begins..slots;
    }
    let room = slots - 2 - begins;
    begins..begins + (4 + random.below(room.saturating_sub(4).max(1))).min(room)
}

/// On which servers it happens.
fn affected(kind: Kind, users: &[usize], random: &mut Random) -> Vec<usize> {
    let single = matches!(
        kind,
        Kind::SelfSigned
            | Kind::SelfSignedDropped
            | Kind::NoCertificate
            | Kind::Stripped
            | Kind::StrippedDemand
            | Kind::StrippedQuit
            | Kind::StarttlsIgnored
            | Kind::NoKey
            | Kind::NoKeyOnly
            | Kind::UnknownCredentials
            | Kind::Distrusted
            | Kind::Dropped
    );
    match kind {
        Kind::OutOfStep => {
            // At least one server keeps step, and it is the majority where there are many.
            let most = (users.len() - 1).min(users.len().div_ceil(2));
            users[..1 + random.below(most)].to_vec()
        }
        Kind::StartMissing => users[..1].to_vec(),
        _ if single && random.below(2) == 0 => {
            let first = random.below(users.len());
            users[first..].to_vec()
        }
        _ => users.to_vec(),
    }
}

/// Replies that come now and then, on top of whatever else happens.
fn overlays(connector: &mut Connector, main: Option<Kind>, random: &mut Random) {
    let room = !matches!(
        main,
        Some(
            Kind::NullSender
                | Kind::SenderNotAccepted
                | Kind::DomainNotAccepted
                | Kind::StartMissing
                | Kind::Transient
                | Kind::Outdated
                | Kind::TenantLimit
        )
    );
    if !room || random.below(3) > 0 {
        return;
    }
    let kind = [Kind::Transient, Kind::Outdated, Kind::TenantLimit][random.below(3)];
    let begins = random.below(connector.slots - 2);
    let length = 1 + random.below(connector.slots - begins);
    connector.stories.push(Story {
        kind,
        slots: begins..begins + length,
        servers: connector.servers.clone(),
        offered: Vec::new(),
        after: None,
        variant: random.below(24),
    });
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
