//! How the sessions of a send connector go while something is wrong, and while nothing is.
//!
//! In: a send connector with its stories, a server, a slot. Out: plans of sessions, each failure
//! with the incident that it belongs to by the specification.
//! Must not look at the program.

use crate::corpus::Random;

use super::model::{
    Answer, Certificate, Connector, Course, Host, Key, Kind, Message, Plan, Recipient, Starttls,
    Story,
};
use super::replies;

/// Where and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) server: usize,
    pub(super) slot: usize,
    pub(super) exports: bool,
}

/// The sessions of one server in one slot, in order.
pub(super) fn plans(connector: &Connector, at: Moment, random: &mut Random) -> Vec<Plan> {
    let on: Vec<&Story> = connector
        .stories
        .iter()
        .filter(|story| story.is_on(at.server, at.slot))
        .collect();
    let mut plan = usual(connector, at, random);
    let mut follower = None;
    for story in on {
        if story.kind.picks_messages() {
            pick(&mut plan, story, connector, at, random);
        } else {
            follower = break_down(&mut plan, story, connector, at, random);
        }
    }
    let mut plans = vec![plan];
    plans.extend(follower);
    plans
}

/// A session in which nothing is wrong but what is usual.
pub(super) fn usual(connector: &Connector, at: Moment, random: &mut Random) -> Plan {
    let over = connector
        .stories
        .iter()
        .filter(|story| story.servers.contains(&at.server) && at.slot >= story.slots.end)
        .find_map(|story| story.after.clone());
    let messages = (0..1 + random.below(3))
        .map(|_| message(connector, random))
        .collect();
    Plan {
        host: connector.host,
        course: Course::Whole,
        starttls: Starttls::Used,
        certificate: over.or_else(|| connector.certificate.clone()),
        source: connector.source.clone(),
        messages,
        key: None,
        intercepted: false,
        cut: false,
    }
}

/// Local parts of addresses.
const PEOPLE: [&str; 6] = ["anna", "ben", "invoices", "clara", "desk", "jordan.lee"];
/// Domains outside Microsoft 365.
const OUTSIDE: [&str; 3] = ["example.org", "example.net", "example.com"];

fn person(random: &mut Random, domain: &str) -> String {
    format!("{}@{domain}", PEOPLE[random.below(PEOPLE.len())])
}

fn outside(random: &mut Random) -> Recipient {
    let domain = OUTSIDE[random.below(OUTSIDE.len())];
    Recipient {
        address: person(random, domain),
        answer: None,
    }
}

fn is_outside(recipient: &Recipient) -> bool {
    OUTSIDE
        .iter()
        .any(|domain| recipient.address.ends_with(&format!("@{domain}")))
}

fn message(connector: &Connector, random: &mut Random) -> Message {
    let mut recipients = Vec::new();
    for _ in 0..1 + random.below(3) {
        recipients.push(if random.below(10) < 6 {
            outside(random)
        } else {
            Recipient {
                address: person(random, &connector.domain),
                answer: None,
            }
        });
    }
    // Where only accepted senders may relay, bounces go to local recipients alone.
    let bounce = !connector.own_senders_only && random.below(12) == 0;
    Message {
        sender: if bounce {
            String::new()
        } else {
            person(random, &connector.domain)
        },
        recipients,
        at_mail: None,
        at_data: None,
    }
}

/// An incident of this story.
fn key(story: &Story, connector: &Connector, certificate: Option<&Certificate>, at: Moment) -> Key {
    Key {
        cause: if at.exports {
            story.kind.cause()
        } else {
            story.kind.cause_without_exports()
        },
        connector: connector.name.clone(),
        thumbprint: certificate.map(|certificate| certificate.thumbprint.clone()),
    }
}

/// The certificate that a server offers during a story.
fn offered(story: &Story, server: usize) -> Option<Certificate> {
    let place = story.servers.iter().position(|of| *of == server);
    place.and_then(|place| story.offered.get(place).cloned().flatten())
}

/// Makes a session go wrong; another session may follow.
fn break_down(
    plan: &mut Plan,
    story: &Story,
    connector: &Connector,
    at: Moment,
    random: &mut Random,
) -> Option<Plan> {
    plan.certificate = offered(story, at.server);
    let certificate = plan.certificate.clone();
    let shown = certificate
        .as_ref()
        .filter(|_| story.kind.shows_certificate());
    let incident = key(story, connector, shown, at);
    let relay = replies::relay(story.variant);
    if let Some(course) = course(story) {
        plan.course = course;
        plan.key = Some(incident.clone());
    }
    match story.kind {
        Kind::Distrusted if story.variant % 2 == 1 => {
            let mut next = without_tls(plan, &incident, connector, random);
            demand_tls(&mut next, &incident, 2);
            return Some(next);
        }
        Kind::NoKey => return Some(without_tls(plan, &incident, connector, random)),
        Kind::StrippedQuit => strip(plan, story),
        Kind::Stripped => {
            strip(plan, story);
            refuse_relay(plan, &incident, relay, random);
        }
        Kind::StrippedDemand => {
            strip(plan, story);
            demand_tls(plan, &incident, story.variant);
        }
        Kind::StarttlsIgnored => {
            plan.starttls = Starttls::NotUsed;
            plan.certificate = None;
            refuse_relay(plan, &incident, relay, random);
        }
        Kind::Submission => {
            plan.host = Host::Submission;
            refuse_at_mail(plan, &incident, replies::NOT_AUTHENTICATED);
        }
        Kind::UntrustedRoot => refuse_relay(plan, &incident, replies::UNTRUSTED, random),
        _ if plan.key.is_some() => {}
        _ => {
            plan.cut = story.kind == Kind::StartMissing;
            plan.intercepted = story.kind == Kind::Intercepted;
            if story.kind == Kind::AddressChanged {
                "198.51.100.9".clone_into(&mut plan.source);
            }
            refuse_relay(plan, &incident, relay, random);
        }
    }
    None
}

/// How a session ends that fails as a whole.
fn course(story: &Story) -> Option<Course> {
    const OTHERS: [&str; 4] = [
        "UnknownCredentials",
        "UnknownCredentials",
        "InvalidToken",
        "CertUnknown",
    ];
    match story.kind {
        Kind::ExpiredDropped | Kind::SelfSignedDropped | Kind::Dropped => {
            Some([Course::Dropped, Course::Reset][story.variant % 2])
        }
        Kind::PortClosed => Some(Course::Unconnected),
        Kind::Distrusted => Some(Course::Distrusted),
        Kind::NoKey | Kind::NoKeyOnly => Some(Course::Failed("NoCredentials")),
        Kind::UnknownCredentials => Some(Course::Failed(OTHERS[story.variant % OTHERS.len()])),
        Kind::NothingDelivered => Some(Course::QuitIdle),
        Kind::StrippedQuit => Some(Course::QuitEarly),
        _ => None,
    }
}

/// A firewall takes STARTTLS out of the reply.
fn strip(plan: &mut Plan, story: &Story) {
    plan.starttls = [Starttls::NotOffered, Starttls::Masked][story.variant % 2];
    plan.certificate = None;
}

/// The attempt without STARTTLS that follows a failed negotiation.
fn without_tls(plan: &Plan, incident: &Key, connector: &Connector, random: &mut Random) -> Plan {
    let mut next = Plan {
        course: Course::Whole,
        starttls: Starttls::NotUsed,
        certificate: None,
        key: None,
        messages: vec![message(connector, random)],
        ..plan.clone()
    };
    refuse_relay(&mut next, incident, replies::relay(0), random);
    next
}

/// Every message is refused at MAIL because TLS is missing.
fn demand_tls(plan: &mut Plan, incident: &Key, variant: usize) {
    refuse_at_mail(plan, incident, replies::demand(variant));
}

/// Every message is refused at MAIL.
fn refuse_at_mail(plan: &mut Plan, incident: &Key, text: &str) {
    for message in &mut plan.messages {
        message.at_mail = Some(Answer {
            text: text.to_owned(),
            key: Some(incident.clone()),
        });
    }
}

/// Every recipient outside Microsoft 365 is refused, and there is at least one.
fn refuse_relay(plan: &mut Plan, incident: &Key, text: &str, random: &mut Random) {
    if !plan
        .messages
        .iter()
        .any(|message| message.recipients.iter().any(is_outside))
    {
        let at = random.below(plan.messages.len());
        plan.messages[at].recipients.push(outside(random));
    }
    for message in &mut plan.messages {
        for recipient in message.recipients.iter_mut().filter(|of| is_outside(of)) {
            recipient.answer = Some(Answer {
                text: text.to_owned(),
                key: Some(incident.clone()),
            });
        }
    }
}

/// Single messages of a session are refused. In the first slot of a story it always happens.
fn pick(plan: &mut Plan, story: &Story, connector: &Connector, at: Moment, random: &mut Random) {
    let talks = matches!(plan.course, Course::Whole) && plan.host == Host::ExchangeOnline;
    let certain = at.slot == story.slots.start || at.slot + 1 == story.slots.end;
    if !talks || (!certain && random.below(10) < 3) {
        return;
    }
    let offered = plan.certificate.clone();
    let offered = offered
        .as_ref()
        .filter(|_| plan.starttls == Starttls::Used && connector.frontend_logged);
    let incident = key(story, connector, offered, at);
    let mut extra = message(connector, random);
    if extra.sender.is_empty() {
        extra.sender = person(random, &connector.domain);
    }
    extra.recipients.truncate(1);
    extra.recipients[0] = outside(random);
    let mut text = replies::picked(story.kind, story.variant).to_owned();
    match story.kind {
        Kind::NullSender => extra.sender.clear(),
        Kind::SenderNotAccepted => {
            extra.sender = person(random, "apps.example");
            if story.variant % 2 == 1 {
                extra.recipients.push(outside(random));
            }
        }
        Kind::DomainNotAccepted => extra.sender = person(random, "forwarded.example"),
        Kind::TenantLimit if story.variant.is_multiple_of(4) => {
            let name = connector.domain.split('.').next().unwrap_or_default();
            extra.sender = format!("scanner@{name}.onmicrosoft.com");
        }
        Kind::PartnerRefuses | Kind::DirectSend | Kind::Region => {
            extra.recipients[0].address = person(random, "othertenant.example");
        }
        Kind::Outdated if random.below(2) == 0 => {
            text = replies::picked(story.kind, story.variant + 1).to_owned();
        }
        _ => {}
    }
    for recipient in &mut extra.recipients {
        recipient.answer = Some(Answer {
            text: text.clone(),
            key: Some(incident.clone()),
        });
    }
    let place = random.below(plan.messages.len() + 1);
    plan.messages.insert(place, extra);
}

/// What happens on every send connector now and then, and is no incident.
pub(super) fn noise(plan: &mut Plan, random: &mut Random) {
    if plan.course != Course::Whole || plan.messages.is_empty() {
        return;
    }
    let other = |text: &str| Answer {
        text: text.to_owned(),
        key: None,
    };
    match random.below(20) {
        0..4 => {
            let text = replies::UNKNOWN[random.below(replies::UNKNOWN.len())];
            let at = random.below(plan.messages.len());
            plan.messages[at].recipients.push(Recipient {
                address: "nobody@contoso.com".to_owned(),
                answer: Some(other(text)),
            });
        }
        4 => plan.messages[0].at_data = Some(other(replies::SPAM)),
        5 | 6 => plan.course = Course::HungUp,
        _ => {}
    }
}
