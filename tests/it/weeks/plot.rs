//! What goes wrong on a send connector, when, and on which servers.
//!
//! In: a kind, a send connector. Out: stories.
//! Must not write rows.

use std::ops::Range;

use crate::corpus::Random;

use super::issue;
use super::model::{Certificate, Connector, Kind, Story, shown};
use super::world::{self, Expected, World};

/// What goes wrong on a send connector.
pub(super) fn story(
    kind: Kind,
    connector: &mut Connector,
    world: &mut World,
    expected: &Expected,
    random: &mut Random,
) -> Story {
    let mut story = Story {
        kind,
        slots: period(kind, connector.slots, random),
        servers: affected(kind, &connector.servers, random),
        offered: Vec::new(),
        after: None,
        variant: random.below(24),
    };
    prepare(&story, connector, world);
    story.offered = offered(&story, connector, world, expected, random);
    let first = story.offered.first().cloned().flatten();
    story.after = match kind {
        Kind::Expired | Kind::ExpiredDropped => Some(issue::for_host(&expected.host, random)),
        Kind::Renamed | Kind::Mismatch if story.variant % 2 == 1 => {
            Some(issue::for_host(&expected.host, random))
        }
        Kind::NoKey | Kind::NoKeyOnly | Kind::UnknownCredentials if story.variant % 2 == 1 => first,
        Kind::Uncertain => Some(issue::for_host(&expected.name, random)),
        Kind::FixedAtConnector | Kind::ChangedSince => first,
        _ => None,
    };
    story
}

/// The certificate that the send connector offers before a story, where it is not a usual one.
fn prepare(story: &Story, connector: &mut Connector, world: &mut World) {
    match (story.kind, story.variant % 3) {
        (Kind::Expired | Kind::ExpiredDropped, _) => {
            let ends = world::slot_start(story.slots.start, connector.slots);
            let certificate = connector.certificate.as_mut().expect("a certificate");
            "2025-11-01T00:00:00.000Z".clone_into(&mut certificate.not_before);
            certificate.not_after = shown(ends);
            world.exported.push(certificate.clone());
        }
        (Kind::AddressChanged, 0) => connector.certificate = None,
        // Nobody looks at certificates here, so the usual one of a new server does no harm.
        (Kind::AddressChanged | Kind::NoConnector, 1) => {
            let name = &world.servers[story.servers[0]].name;
            connector.certificate = Some(issue::self_signed(name, &connector.domain));
        }
        _ => {}
    }
}

/// What each server offers during a story.
fn offered(
    story: &Story,
    connector: &Connector,
    world: &World,
    expected: &Expected,
    random: &mut Random,
) -> Vec<Option<Certificate>> {
    let organisation = connector.domain.split('.').next().unwrap_or_default();
    let host = expected.host.trim_start_matches("*.").replace('.', "-");
    let stranger = |number: usize| format!("smtp{number}.{host}.{organisation}.example");
    let certificate = match story.kind {
        Kind::OutOfStep if story.variant.is_multiple_of(3) => {
            return (0..story.servers.len())
                .map(|number| Some(issue::for_host(&stranger(number), random)))
                .collect();
        }
        Kind::SelfSigned | Kind::SelfSignedDropped | Kind::UntrustedRoot => {
            let names = story
                .servers
                .iter()
                .map(|server| &world.servers[*server].name);
            return names
                .map(|name| Some(issue::self_signed(name, &connector.domain)))
                .collect();
        }
        Kind::Renamed | Kind::FixedAtConnector | Kind::Mismatch | Kind::OutOfStep => {
            Some(issue::for_host(&stranger(0), random))
        }
        Kind::NoKey | Kind::NoKeyOnly | Kind::UnknownCredentials => {
            Some(issue::for_host(&expected.host, random))
        }
        Kind::NoCertificate => None,
        _ => connector.certificate.clone(),
    };
    vec![certificate; story.servers.len()]
}

/// Something else that goes wrong on the same send connector, after the first is over.
pub(super) fn sequel(
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
pub(super) fn overlay(
    connector: &Connector,
    main: Option<Kind>,
    random: &mut Random,
) -> Option<Story> {
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
        return None;
    }
    let kind = [Kind::Transient, Kind::Outdated, Kind::TenantLimit][random.below(3)];
    let begins = random.below(connector.slots - 2);
    let length = 1 + random.below(connector.slots - begins);
    Some(Story {
        kind,
        slots: begins..begins + length,
        servers: connector.servers.clone(),
        offered: Vec::new(),
        after: None,
        variant: random.below(24),
    })
}
