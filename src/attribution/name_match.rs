//! Compares a connector's certificate name with the names of a certificate.
//!
//! In: a [`ConnectorName`] and the names of a certificate. Out: a [`NameMatch`], which says yes, no
//! or uncertain, and which row of the truth table decided.
//! Must not look at accepted domains or addresses. One matching name is enough.

use crate::language::{Language, sentences};
use crate::smtp::certificate::Certificate;
use crate::smtp::host;
use crate::smtp::name::DistinguishedName;

use super::connector_name::ConnectorName;

/// Whether a connector matches a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameVerdict {
    /// No.
    No,
    /// Not documented, or not decidable from the log.
    Uncertain,
    /// Yes.
    Match,
}

/// Which rows of the truth table may match (`--strict`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// All rows.
    #[default]
    Table,
    /// Only the rows for which [`MatchRow::is_strict`] holds. Every other row gives no match.
    Strict,
}

/// A row of the truth table: how a connector's certificate name relates to a name of the
/// certificate.
///
/// A name with one dot, such as `c.com`, is called an apex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchRow {
    /// Row 1: both are the same host. Connector `mail.c.com`, certificate `mail.c.com`: match.
    SameHost,
    /// Row 2: the host is one label below the connector's wildcard. Connector `*.c.com`,
    /// certificate `mail.c.com`: match.
    WildcardOverHost,
    /// Row 3: both are the same wildcard. Connector `*.c.com`, certificate `*.c.com`: match.
    SameWildcard,
    /// Row 4: the certificate holds the domain of the connector's wildcard itself. Connector
    /// `*.c.com`, certificate `c.com`: match, observed but not documented.
    WildcardOverApex,
    /// Row 5: the certificate's wildcard stands directly over the connector's domain name.
    /// Connector `c.com`, certificate `*.c.com`: uncertain, leaning yes.
    ApexAgainstWildcard,
    /// Row 6: the certificate's wildcard covers the connector's host. Connector `mail.c.com`,
    /// certificate `*.c.com`: uncertain, leaning no.
    HostAgainstWildcard,
    /// Row 7: both are the same apex. Connector `c.com`, certificate `c.com`: match.
    SameApex,
    /// Row 8: the certificate's name is below the connector's. Connector `c.com`, certificate
    /// `mail.c.com`: no match.
    HostBelowName,
    /// Row 9: two different hosts. Connector `mail.c.com`, certificate `owa.c.com` or `c.com`: no
    /// match.
    OtherHost,
    /// Row 10: the host is more than one label below the connector's wildcard. Connector `*.c.com`,
    /// certificate `a.b.c.com`: uncertain.
    WildcardOverDeeperHost,
    /// Row 11: as row 2, for a wildcard below an apex. Connector `*.b.c.com`, certificate
    /// `a.b.c.com`: match.
    SubdomainWildcardOverHost,
    /// Row 12: the certificate's wildcard does not stand directly over the connector's host.
    /// Connector `a.b.c.com`, certificate `*.c.com`: no match.
    HostOutsideWildcard,
    /// Row 13: the certificate's wildcard is below the connector's. Connector `*.c.com`,
    /// certificate `*.b.c.com`: uncertain.
    WildcardOverDeeperWildcard,
    /// Row 14: the certificate's wildcard is neither the connector's nor below it. Connector
    /// `*.b.c.com`, certificate `*.c.com`: no match.
    OtherWildcard,
    /// Row 15: the host is not below the connector's wildcard by whole labels. Connector `*.c.com`,
    /// certificate `mail.evilc.com`: no match. A connector name that no certificate can match and a
    /// certificate without host names also give this row.
    OutsideWildcard,
    /// Row 16: the connector names subject and issuer (`<I>…<S>…`), which are compared as
    /// distinguished names.
    DistinguishedName,
}

impl MatchRow {
    /// Whether the row may match under `--strict`: rows 1 to 3, 7 and 11, and no other wildcard
    /// row.
    pub fn is_strict(self) -> bool {
        matches!(
            self,
            MatchRow::SameHost
                | MatchRow::WildcardOverHost
                | MatchRow::SameWildcard
                | MatchRow::SameApex
                | MatchRow::SubdomainWildcardOverHost
        )
    }

    /// The explanation of the row for traces and reports. It follows a colon or begins a sentence, and
    /// has no full stop at its end. It is empty if the row needs no explanation.
    pub fn note(self, language: Language) -> String {
        match self {
            MatchRow::WildcardOverApex => wildcard_over_apex(language),
            MatchRow::ApexAgainstWildcard => apex_against_wildcard(language),
            MatchRow::HostAgainstWildcard => host_against_wildcard(language),
            MatchRow::WildcardOverDeeperHost => wildcard_over_deeper_host(language),
            MatchRow::WildcardOverDeeperWildcard => wildcard_over_deeper_wildcard(language),
            MatchRow::DistinguishedName => distinguished_name(language),
            MatchRow::SameHost
            | MatchRow::WildcardOverHost
            | MatchRow::SameWildcard
            | MatchRow::SameApex
            | MatchRow::HostBelowName
            | MatchRow::OtherHost
            | MatchRow::SubdomainWildcardOverHost
            | MatchRow::HostOutsideWildcard
            | MatchRow::OtherWildcard
            | MatchRow::OutsideWildcard => String::new(),
        }
    }
}

/// The best verdict over all names of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameMatch {
    /// Yes, no or uncertain.
    pub verdict: NameVerdict,
    /// The row of the truth table that decided.
    pub row: MatchRow,
    /// The name of the certificate that decided. For [`MatchRow::DistinguishedName`] it is the
    /// first host name.
    pub name: String,
}

/// The names of a certificate that connectors are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateNames {
    /// The common name, if it looks like a DNS name, and the alternate names. They are normalised.
    pub hosts: Vec<String>,
    subject: Option<DistinguishedName>,
    issuer: Option<DistinguishedName>,
    /// The log does not show subject and issuer, or they could not be separated.
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

/// Compares a connector's name with all names of a certificate. The best verdict wins.
pub fn compare(
    connector: &ConnectorName,
    names: &CertificateNames,
    strict: Strictness,
) -> NameMatch {
    if let ConnectorName::Distinguished { issuer, subject } = connector {
        return by_distinguished_name(issuer.as_ref(), subject, names);
    }
    let mut best = NameMatch {
        verdict: NameVerdict::No,
        row: MatchRow::OutsideWildcard,
        name: String::new(),
    };
    for name in &names.hosts {
        let (mut verdict, row) = by_host(connector, name);
        if strict == Strictness::Strict && !row.is_strict() {
            verdict = NameVerdict::No;
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
        None if names.subject_unknown => NameVerdict::Uncertain,
        None => NameVerdict::No,
        Some(offered) if offered != subject => NameVerdict::No,
        Some(_) => match (issuer, &names.issuer) {
            (Some(wanted), Some(offered)) if wanted != offered => NameVerdict::No,
            _ => NameVerdict::Match,
        },
    };
    NameMatch {
        verdict,
        row: MatchRow::DistinguishedName,
        name: names.hosts.first().cloned().unwrap_or_default(),
    }
}

/// Compares a connector's name with one name of the certificate: rows 1 to 15 of the table.
fn by_host(connector: &ConnectorName, name: &str) -> (NameVerdict, MatchRow) {
    use NameVerdict::{Match, No, Uncertain};
    let wildcard = name.strip_prefix("*.");
    match (connector, wildcard) {
        (ConnectorName::Host(host), None) if host == name => {
            let row = if is_apex(host) {
                MatchRow::SameApex
            } else {
                MatchRow::SameHost
            };
            (Match, row)
        }
        (ConnectorName::Host(host), None) if depth_below(name, host).is_some() => {
            (No, MatchRow::HostBelowName)
        }
        (ConnectorName::Host(_), None) => (No, MatchRow::OtherHost),
        (ConnectorName::Host(host), Some(base)) => match depth_below(host, base) {
            Some(0) => (Uncertain, MatchRow::ApexAgainstWildcard),
            Some(1) => (Uncertain, MatchRow::HostAgainstWildcard),
            _ => (No, MatchRow::HostOutsideWildcard),
        },
        (ConnectorName::Wildcard(base), None) => match depth_below(name, base) {
            Some(0) => (Match, MatchRow::WildcardOverApex),
            Some(1) if is_apex(base) => (Match, MatchRow::WildcardOverHost),
            Some(1) => (Match, MatchRow::SubdomainWildcardOverHost),
            Some(_) => (Uncertain, MatchRow::WildcardOverDeeperHost),
            None => (No, MatchRow::OutsideWildcard),
        },
        (ConnectorName::Wildcard(base), Some(offered)) => match depth_below(offered, base) {
            Some(0) => (Match, MatchRow::SameWildcard),
            Some(_) => (Uncertain, MatchRow::WildcardOverDeeperWildcard),
            None => (No, MatchRow::OtherWildcard),
        },
        (ConnectorName::Distinguished { .. } | ConnectorName::Invalid, _) => {
            (No, MatchRow::OutsideWildcard)
        }
    }
}

fn is_apex(host: &str) -> bool {
    host.matches('.').count() == 1
}

/// How many labels `name` is below `base`. Returns `None` where it is not below it by whole labels.
fn depth_below(name: &str, base: &str) -> Option<usize> {
    if name == base {
        return Some(0);
    }
    let labels = name.strip_suffix(base)?.strip_suffix('.')?;
    Some(labels.matches('.').count() + 1)
}

sentences! {
    /// [`MatchRow::WildcardOverApex`].
    fn wildcard_over_apex() {
        en: "the certificate holds the domain itself, not a host below it. Administrators report that Exchange Online accepts this for the wildcard, but Microsoft does not document it",
        ja: "証明書に含まれるのはドメイン自体の名前で、その下のホスト名ではありません。Exchange Online はワイルドカードに対してこれを受け入れると管理者から報告されていますが、Microsoft の文書には記載がありません" ["233accae"],
    }
    /// [`MatchRow::ApexAgainstWildcard`].
    fn apex_against_wildcard() {
        en: "the connector names the domain itself, and the certificate its wildcard. Microsoft does not document whether they match, but they probably do. Set the connector to the wildcard",
        ja: "コネクタはドメイン自体を、証明書はそのワイルドカードを指定しています。一致するかどうかは Microsoft の文書に記載がありませんが、おそらく一致します。コネクタにワイルドカードを設定してください" ["f092b3a0"],
    }
    /// [`MatchRow::HostAgainstWildcard`].
    fn host_against_wildcard() {
        en: "the connector names one host, and the certificate a wildcard. Microsoft does not document whether they match, and they probably do not. Set the connector to the wildcard",
        ja: "コネクタは 1 つのホストを、証明書はワイルドカードを指定しています。一致するかどうかは Microsoft の文書に記載がなく、おそらく一致しません。コネクタにワイルドカードを設定してください" ["60d13650"],
    }
    /// [`MatchRow::WildcardOverDeeperHost`].
    fn wildcard_over_deeper_host() {
        en: "the certificate's name is more than one label below the connector's wildcard. Microsoft does not document whether they match",
        ja: "証明書の名前は、コネクタのワイルドカードより 2 階層以上下にあります。一致するかどうかは Microsoft の文書に記載がありません" ["d23b1888"],
    }
    /// [`MatchRow::WildcardOverDeeperWildcard`].
    fn wildcard_over_deeper_wildcard() {
        en: "the certificate's wildcard is below the connector's. Microsoft does not document whether they match",
        ja: "証明書のワイルドカードは、コネクタのワイルドカードより下の階層にあります。一致するかどうかは Microsoft の文書に記載がありません" ["1e418839"],
    }
    /// [`MatchRow::DistinguishedName`].
    fn distinguished_name() {
        en: "the connector compares subject and issuer",
        ja: "コネクタはサブジェクトと発行者を比較します" ["5ed3118b"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NameVerdict::{Match, No, Uncertain};

    fn names(list: &[&str]) -> CertificateNames {
        CertificateNames::of(&Certificate {
            subject: Some("CN=Some Label".to_owned()),
            names: list.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        })
    }

    /// Rows 1 to 15 of the table, in order: row, connector, certificate, verdict.
    const TABLE: [(MatchRow, &str, &str, NameVerdict); 16] = [
        (MatchRow::SameHost, "mail.c.com", "mail.c.com", Match),
        (MatchRow::WildcardOverHost, "*.c.com", "mail.c.com", Match),
        (MatchRow::SameWildcard, "*.c.com", "*.c.com", Match),
        (MatchRow::WildcardOverApex, "*.c.com", "c.com", Match),
        (MatchRow::ApexAgainstWildcard, "c.com", "*.c.com", Uncertain),
        (
            MatchRow::HostAgainstWildcard,
            "mail.c.com",
            "*.c.com",
            Uncertain,
        ),
        (MatchRow::SameApex, "c.com", "c.com", Match),
        (MatchRow::HostBelowName, "c.com", "mail.c.com", No),
        (MatchRow::OtherHost, "mail.c.com", "c.com", No),
        (MatchRow::OtherHost, "mail.c.com", "owa.c.com", No),
        (
            MatchRow::WildcardOverDeeperHost,
            "*.c.com",
            "a.b.c.com",
            Uncertain,
        ),
        (
            MatchRow::SubdomainWildcardOverHost,
            "*.b.c.com",
            "a.b.c.com",
            Match,
        ),
        (MatchRow::HostOutsideWildcard, "a.b.c.com", "*.c.com", No),
        (
            MatchRow::WildcardOverDeeperWildcard,
            "*.c.com",
            "*.b.c.com",
            Uncertain,
        ),
        (MatchRow::OtherWildcard, "*.b.c.com", "*.c.com", No),
        (MatchRow::OutsideWildcard, "*.c.com", "mail.evilc.com", No),
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
        let kept: Vec<MatchRow> = TABLE
            .iter()
            .map(|(row, ..)| *row)
            .filter(|row| row.is_strict())
            .collect();
        let expected = [
            MatchRow::SameHost,
            MatchRow::WildcardOverHost,
            MatchRow::SameWildcard,
            MatchRow::SameApex,
            MatchRow::SubdomainWildcardOverHost,
        ];
        assert_eq!(kept, expected);
        for (row, connector, certificate, verdict) in TABLE {
            let found = compare(
                &ConnectorName::parse(connector),
                &names(&[certificate]),
                Strictness::Strict,
            );
            let expected = if row.is_strict() { verdict } else { No };
            assert_eq!(found.verdict, expected, "{row:?}");
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
            let expected = (verdict, MatchRow::DistinguishedName);
            assert_eq!((found.verdict, found.row), expected, "{connector}");
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
