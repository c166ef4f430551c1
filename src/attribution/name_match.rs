//! The three-valued match of a connector's certificate name with a certificate.
//!
//! In: a [`ConnectorName`] and the names of a certificate. Out: a [`NameMatch`] with the row of the
//! truth table that decided.
//! Must not look at accepted domains or addresses. One matching name is enough.

use crate::smtp::certificate::Certificate;
use crate::smtp::host;
use crate::smtp::name::DistinguishedName;

use super::connector_name::ConnectorName;

/// Whether a connector matches a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// No.
    No,
    /// Not documented, or not decidable from the log.
    Uncertain,
    /// Yes.
    Match,
}

/// Whether the undocumented rows of the table count (`--strict`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// The whole table.
    #[default]
    Table,
    /// Rows 1 to 3, 7 and 11 only; the other wildcard rows are no match.
    Strict,
}

/// The best verdict over all names of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameMatch {
    /// Yes, no or uncertain.
    pub verdict: Verdict,
    /// The row of the truth table, 1 to 16.
    pub row: u8,
    /// The name of the certificate that decided, or its subject for row 16.
    pub name: String,
}

/// The names of a certificate that connectors are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateNames {
    /// The common name, if it looks like a DNS name, and the alternate names; normalised.
    pub hosts: Vec<String>,
    subject: Option<DistinguishedName>,
    issuer: Option<DistinguishedName>,
    /// Subject and issuer are not in the log, or could not be parted.
    subject_unknown: bool,
}

impl CertificateNames {
    /// The names of a certificate as logged.
    pub fn of(certificate: &Certificate) -> CertificateNames {
        let mut hosts: Vec<String> = Vec::new();
        let common_name = certificate.common_name();
        for name in common_name.iter().chain(&certificate.names) {
            if let Some(name) = host::normalise(name)
                && !hosts.contains(&name)
            {
                hosts.push(name);
            }
        }
        CertificateNames {
            hosts,
            subject: certificate.subject.as_deref().map(DistinguishedName::parse),
            issuer: certificate.issuer.as_deref().map(DistinguishedName::parse),
            subject_unknown: certificate.subject.is_none(),
        }
    }
}

/// Compares a connector's name with all names of a certificate; the best verdict wins.
pub fn compare(
    connector: &ConnectorName,
    names: &CertificateNames,
    strict: Strictness,
) -> NameMatch {
    if let ConnectorName::Distinguished { issuer, subject } = connector {
        return by_distinguished_name(issuer.as_ref(), subject, names);
    }
    let mut best = NameMatch {
        verdict: Verdict::No,
        row: 15,
        name: String::new(),
    };
    for name in &names.hosts {
        let (mut verdict, row) = by_host(connector, name);
        if strict == Strictness::Strict && !matches!(row, 1 | 2 | 3 | 7 | 11) {
            verdict = Verdict::No;
        }
        if verdict > best.verdict || best.name.is_empty() {
            best = NameMatch {
                verdict,
                row,
                name: name.clone(),
            };
        }
    }
    best
}

fn by_distinguished_name(
    issuer: Option<&DistinguishedName>,
    subject: &DistinguishedName,
    names: &CertificateNames,
) -> NameMatch {
    let verdict = match &names.subject {
        None if names.subject_unknown => Verdict::Uncertain,
        None => Verdict::No,
        Some(offered) if offered != subject => Verdict::No,
        Some(_) => match (issuer, &names.issuer) {
            (Some(wanted), Some(offered)) if wanted != offered => Verdict::No,
            _ => Verdict::Match,
        },
    };
    NameMatch {
        verdict,
        row: 16,
        name: names.hosts.first().cloned().unwrap_or_default(),
    }
}

/// One name against one name: the rows of the table.
fn by_host(connector: &ConnectorName, name: &str) -> (Verdict, u8) {
    use Verdict::{Match, No, Uncertain};
    let wildcard = name.strip_prefix("*.");
    match (connector, wildcard) {
        (ConnectorName::Host(host), None) if host == name => {
            (Match, if is_apex(host) { 7 } else { 1 })
        }
        (ConnectorName::Host(host), None) if depth_below(name, host).is_some() => (No, 8),
        (ConnectorName::Host(_), None) => (No, 9),
        (ConnectorName::Host(host), Some(base)) => match depth_below(host, base) {
            Some(0) => (Uncertain, 5),
            Some(1) => (Uncertain, 6),
            _ => (No, 12),
        },
        (ConnectorName::Wildcard(base), None) => match depth_below(name, base) {
            Some(0) => (Match, 4),
            Some(1) => (Match, if is_apex(base) { 2 } else { 11 }),
            Some(_) => (Uncertain, 10),
            None => (No, 15),
        },
        (ConnectorName::Wildcard(base), Some(offered)) => match depth_below(offered, base) {
            Some(0) => (Match, 3),
            Some(_) => (Uncertain, 13),
            None => (No, 14),
        },
        (ConnectorName::Distinguished { .. } | ConnectorName::Invalid, _) => (No, 15),
    }
}

fn is_apex(host: &str) -> bool {
    host.matches('.').count() == 1
}

/// How many labels `name` stands below `base`; `None` where it does not, by whole labels.
fn depth_below(name: &str, base: &str) -> Option<usize> {
    if name == base {
        return Some(0);
    }
    let labels = name.strip_suffix(base)?.strip_suffix('.')?;
    Some(labels.matches('.').count() + 1)
}

/// The sentence for a row, for traces and reports.
pub fn row_note(row: u8) -> &'static str {
    match row {
        4 => {
            "the certificate holds the domain itself; Exchange Online has been seen to take it for the wildcard"
        }
        5 => {
            "the connector names the bare domain, the certificate its wildcard: not documented, leaning yes; set the connector to the wildcard"
        }
        6 => {
            "the connector names one host, the certificate a wildcard: not documented, leaning no; set the connector to the wildcard"
        }
        10 => {
            "the certificate's name is more than one label below the connector's wildcard: not documented"
        }
        13 => "the certificate's wildcard is below the connector's: not documented",
        16 => "compared by subject and issuer",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Match, No, Uncertain};

    fn names(list: &[&str]) -> CertificateNames {
        CertificateNames::of(&Certificate {
            subject: Some("CN=Some Label".to_owned()),
            names: list.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        })
    }

    /// Every row of the table: number, connector, certificate, verdict.
    const TABLE: [(u8, &str, &str, Verdict); 16] = [
        (1, "mail.c.com", "mail.c.com", Match),
        (2, "*.c.com", "mail.c.com", Match),
        (3, "*.c.com", "*.c.com", Match),
        (4, "*.c.com", "c.com", Match),
        (5, "c.com", "*.c.com", Uncertain),
        (6, "mail.c.com", "*.c.com", Uncertain),
        (7, "c.com", "c.com", Match),
        (8, "c.com", "mail.c.com", No),
        (9, "mail.c.com", "c.com", No),
        (9, "mail.c.com", "owa.c.com", No),
        (10, "*.c.com", "a.b.c.com", Uncertain),
        (11, "*.b.c.com", "a.b.c.com", Match),
        (12, "a.b.c.com", "*.c.com", No),
        (13, "*.c.com", "*.b.c.com", Uncertain),
        (14, "*.b.c.com", "*.c.com", No),
        (15, "*.c.com", "mail.evilc.com", No),
    ];

    #[test]
    fn the_table_holds_row_by_row() {
        for (row, connector, certificate, verdict) in TABLE {
            let found = compare(
                &ConnectorName::parse(connector),
                &names(&[certificate]),
                Strictness::Table,
            );
            assert_eq!(
                (found.verdict, found.row),
                (verdict, row),
                "{connector} against {certificate}"
            );
        }
    }

    #[test]
    fn strict_keeps_five_rows() {
        for (row, connector, certificate, verdict) in TABLE {
            let found = compare(
                &ConnectorName::parse(connector),
                &names(&[certificate]),
                Strictness::Strict,
            );
            let expected = if matches!(row, 1 | 2 | 3 | 7 | 11) {
                verdict
            } else {
                No
            };
            assert_eq!(found.verdict, expected, "row {row}");
        }
    }

    #[test]
    fn row_16_compares_names_of_the_x500_form() {
        let certificate = CertificateNames::of(&Certificate {
            subject: Some("CN=mail.c.com, O=C".to_owned()),
            issuer: Some("CN=CA, O=Example".to_owned()),
            ..Certificate::default()
        });
        for (connector, verdict) in [
            ("<I>CN=CA, O=Example<S>CN=mail.c.com, O=C", Match),
            ("<S>CN=mail.c.com,O=C", Match),
            ("<I>CN=Other<S>CN=mail.c.com, O=C", No),
            ("<I>CN=CA, O=Example<S>CN=mail.c.com", No),
        ] {
            let found = compare(
                &ConnectorName::parse(connector),
                &certificate,
                Strictness::Table,
            );
            assert_eq!((found.verdict, found.row), (verdict, 16), "{connector}");
        }
        let unknown = CertificateNames::of(&Certificate::default());
        let found = compare(
            &ConnectorName::parse("<S>CN=x"),
            &unknown,
            Strictness::Table,
        );
        assert_eq!(found.verdict, Uncertain);
    }

    #[test]
    fn one_matching_name_is_enough_and_form_does_not_matter() {
        let found = compare(
            &ConnectorName::parse("MAIL.C.COM."),
            &names(&["other.example.org", "Mail.c.com"]),
            Strictness::Table,
        );
        assert_eq!((found.verdict, found.name.as_str()), (Match, "mail.c.com"));
        let found = compare(
            &ConnectorName::parse("*.bücher.example"),
            &names(&["mail.xn--bcher-kva.example"]),
            Strictness::Table,
        );
        assert_eq!(found.verdict, Match);
    }

    #[test]
    fn a_bare_star_matches_nothing() {
        let found = compare(
            &ConnectorName::parse("*"),
            &names(&["mail.c.com", "*"]),
            Strictness::Table,
        );
        assert_eq!(found.verdict, No);
        let found = compare(
            &ConnectorName::parse("mail.c.com"),
            &names(&["*"]),
            Strictness::Table,
        );
        assert_eq!(found.verdict, No);
    }
}
