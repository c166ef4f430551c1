//! Certificate rows in all three shapes: ours and the other side's.
//!
//! In: the `*` rows of a session. Out: the certificate that we offered and the one that the other
//! side showed, each with its place.
//! Must not decide whether a certificate matches anything.
//! Invariant: an attribute row belongs to the latest head row of its session. Without a head row its
//! owner is not known, and the row is dropped.

use std::sync::Arc;

use crate::input::record::Row;

use super::certificate::{Attribute, Certificate, ShownCertificate};
use super::evidence::KeptRow;
use super::peer::CertificateSays;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Side {
    #[default]
    Nobody,
    Ours,
    Theirs,
}

/// The certificate rows that a worker has read. Sessions repeat the same few rows, and the same row after
/// the same certificate gives the same certificate.
#[derive(Debug, Default)]
pub struct CertificateMemory {
    known: Vec<KnownRow>,
    /// The row that the next new row replaces when the memory is full.
    oldest: usize,
    /// The row read last.
    last: usize,
    /// What a head row without columns begins.
    blank: Arc<Certificate>,
}

#[derive(Debug)]
struct KnownRow {
    context: Box<[u8]>,
    data: Box<[u8]>,
    before: Before,
    read: Read,
    /// The row that came after it the last time, by number.
    next: usize,
}

/// What must have been described before, so that a row means the same again. Holding a certificate
/// keeps another one from taking its place in memory.
#[derive(Debug)]
enum Before {
    /// The row means the same wherever it stands.
    Anything,
    /// This certificate, by the rows right before it.
    Current(Arc<Certificate>),
    /// This certificate of the other side, or none.
    Theirs(Option<Arc<Certificate>>),
}

impl Before {
    fn is(&self, described: Described<'_>) -> bool {
        let same = |known: &Arc<Certificate>, now: Option<&Arc<Certificate>>| {
            now.is_some_and(|now| Arc::ptr_eq(known, now))
        };
        match self {
            Before::Anything => true,
            Before::Current(known) => same(known, described.current),
            Before::Theirs(None) => described.theirs.is_none(),
            Before::Theirs(Some(known)) => same(known, described.theirs),
        }
    }
}

/// The certificates that the rows of the session have described so far.
#[derive(Debug, Clone, Copy)]
struct Described<'a> {
    /// The one that an attribute row adds to.
    current: Option<&'a Arc<Certificate>>,
    /// The one of the other side.
    theirs: Option<&'a Arc<Certificate>>,
}

/// What a certificate row is.
#[derive(Debug, Clone)]
enum Read {
    /// It begins a certificate, or adds to that of the other side.
    Head(Side, Arc<Certificate>, CertificateSays),
    /// It describes our certificate, and it could not be read.
    Unreadable,
    /// It adds to the certificate before it.
    Attribute(Attribute, Arc<Certificate>, CertificateSays),
    /// It only mentions one.
    Nothing,
}

/// How many rows are kept. A hostile log may show a new certificate in every row.
const MOST_KNOWN: usize = 64;

impl CertificateMemory {
    /// Reads a row.
    fn read(&mut self, row: &Row<'_>, described: Described<'_>) -> Read {
        let (context, data) = (row.context().raw(), row.data().raw());
        let same = |known: &&KnownRow| {
            known.before.is(described) && *known.data == *data && *known.context == *context
        };
        let expected = self.known.get(self.last).map_or(0, |last| last.next);
        if let Some(known) = self.known.get(expected).filter(same) {
            self.last = expected;
            return known.read.clone();
        }
        if let Some(number) = self.known.iter().position(|known| same(&known)) {
            self.follows(number);
            return self.known[number].read.clone();
        }
        let read = self.read_anew(row, described);
        let known = KnownRow {
            context: context.into(),
            data: data.into(),
            before: match (&read, described.current) {
                (Read::Attribute(..), Some(current)) => Before::Current(Arc::clone(current)),
                (Read::Head(Side::Theirs, ..), _) => Before::Theirs(described.theirs.cloned()),
                _ => Before::Anything,
            },
            read: read.clone(),
            next: 0,
        };
        if matches!(read, Read::Nothing) {
            // The same row may be an attribute elsewhere.
            return read;
        }
        let number = if self.known.len() < MOST_KNOWN {
            self.known.push(known);
            self.known.len() - 1
        } else {
            let oldest = self.oldest;
            self.known[oldest] = known;
            self.oldest = (oldest + 1) % MOST_KNOWN;
            oldest
        };
        self.follows(number);
        read
    }

    /// Notes that the row with this number follows the last one, and probably will again.
    fn follows(&mut self, number: usize) {
        if let Some(last) = self.known.get_mut(self.last) {
            last.next = number;
        }
        self.last = number;
    }

    fn read_anew(&self, row: &Row<'_>, described: Described<'_>) -> Read {
        let context = row.context().text();
        if let Some(attribute) = attribute(&context) {
            return match described.current {
                Some(before) => {
                    let mut certificate = Certificate::clone(before);
                    certificate.set(attribute, &row.data().text());
                    let says = CertificateSays::of(&certificate);
                    Read::Attribute(attribute, Arc::new(certificate), says)
                }
                None => Read::Nothing,
            };
        }
        let (side, certificate) = match head(&context) {
            Some((side, "")) => (side, Arc::clone(&self.blank)),
            Some((side, columns)) => {
                let with_dates = columns.contains("Not before");
                match Certificate::from_joined(&row.data().text(), with_dates) {
                    Some(certificate) => (side, Arc::new(certificate)),
                    None if side == Side::Ours => return Read::Unreadable,
                    None => (side, Arc::clone(&self.blank)),
                }
            }
            None => return Read::Nothing,
        };
        // Exchange writes two rows about the other side. The second, often with nothing but a
        // thumbprint, adds to the first.
        let certificate = match described.theirs {
            Some(known) if side == Side::Theirs => known.joined_by(&certificate),
            _ => certificate,
        };
        let says = CertificateSays::of(&certificate);
        Read::Head(side, certificate, says)
    }
}

/// The certificate of one side as found so far.
#[derive(Debug, Default)]
struct Shown {
    certificate: Option<Arc<Certificate>>,
    row: KeptRow,
}

impl Shown {
    fn shown(&self) -> Option<ShownCertificate<'_>> {
        Some(ShownCertificate {
            certificate: self.certificate.as_ref()?,
            row: self.row.row()?,
        })
    }

    fn clear(&mut self) {
        self.certificate = None;
        self.row.clear();
    }
}

/// Follows the certificate rows of one session.
#[derive(Debug, Default)]
pub struct CertificateRows {
    side: Side,
    frozen: bool,
    ours: Shown,
    theirs: Shown,
    theirs_say: CertificateSays,
    unreadable: bool,
}

impl CertificateRows {
    /// Takes a row that may be about a certificate.
    pub fn row(&mut self, row: &Row<'_>, memory: &mut CertificateMemory) {
        let described = Described {
            current: match self.side {
                Side::Ours => self.ours.certificate.as_ref(),
                Side::Theirs => self.theirs.certificate.as_ref(),
                Side::Nobody => None,
            },
            theirs: self.theirs.certificate.as_ref(),
        };
        match memory.read(row, described) {
            Read::Nothing => {}
            Read::Unreadable => {
                self.side = Side::Nobody;
                self.unreadable = true;
            }
            Read::Attribute(attribute, certificate, says) => {
                self.say(says);
                if let Some(shown) = self.current() {
                    shown.certificate = Some(certificate);
                    // The subject row is better evidence than an empty head row.
                    if attribute == Attribute::Subject {
                        shown.row.keep(row);
                    }
                }
            }
            Read::Head(side, certificate, says) => {
                // The last certificate before the first MAIL counts. A later one does not change how
                // Exchange Online attributed the first messages.
                let late = side == Side::Ours && self.frozen && self.ours.certificate.is_some();
                self.side = if late { Side::Nobody } else { side };
                self.say(says);
                if let Some(shown) = self.current() {
                    // A later row about the other side shows less than the first.
                    if side == Side::Ours || shown.certificate.is_none() {
                        shown.row.keep(row);
                    }
                    shown.certificate = Some(certificate);
                }
            }
        }
    }

    fn say(&mut self, says: CertificateSays) {
        if self.side == Side::Theirs {
            self.theirs_say = says;
        }
    }

    fn current(&mut self) -> Option<&mut Shown> {
        match self.side {
            Side::Ours => Some(&mut self.ours),
            Side::Theirs => Some(&mut self.theirs),
            Side::Nobody => None,
        }
    }

    /// Notes that the first MAIL has been sent.
    pub fn freeze(&mut self) {
        self.frozen = true;
    }

    /// Our certificate as found so far, and the row that shows it.
    pub fn ours(&self) -> Option<ShownCertificate<'_>> {
        self.ours.shown()
    }

    /// The same of the other side.
    pub fn theirs(&self) -> Option<ShownCertificate<'_>> {
        self.theirs.shown()
    }

    /// Whether a row about our certificate could not be read, so that it is unknown.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// Whether no row was about a certificate.
    pub(super) fn is_untouched(&self) -> bool {
        self.side == Side::Nobody && !self.unreadable
    }

    /// What the certificate of the other side says about it.
    pub(super) fn theirs_say(&self) -> CertificateSays {
        self.theirs_say
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.side = Side::Nobody;
        self.theirs_say = CertificateSays::Nothing;
        self.unreadable = false;
        self.frozen = false;
        self.ours.clear();
        self.theirs.clear();
    }
}

fn attribute(context: &str) -> Option<Attribute> {
    let name = strip_ignoring_case(context, "Certificate ")?;
    let table = [
        ("subject", Attribute::Subject),
        ("issuer name", Attribute::Issuer),
        ("issuer", Attribute::Issuer),
        ("serial number", Attribute::Serial),
        ("thumbprint", Attribute::Thumbprint),
        ("not before", Attribute::NotBefore),
        ("not after", Attribute::NotAfter),
        ("alternate names", Attribute::AlternateNames),
        ("subject alternate names", Attribute::AlternateNames),
    ];
    table
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name.trim_end()))
        .map(|(_, attribute)| *attribute)
}

/// A head row: whose certificate it is about, and the columns that its context names.
fn head(context: &str) -> Option<(Side, &str)> {
    if let Some(columns) = strip_ignoring_case(context, "Sending certificate") {
        return Some((Side::Ours, columns.trim()));
    }
    let at = context.to_ascii_lowercase().find(" certificate")?;
    let columns = context[at + " certificate".len()..].trim();
    // `Remote`, `Received`, `DirectTrust`, `SmartHost`, `Secure domain`, `Proxy target`, and
    // whatever a later version adds: a few words, then nothing or the known columns.
    let few_words = context[..at].split(' ').count() <= 3
        && context[..at]
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b' ');
    let named = ["Certificate subject", "Subject"]
        .iter()
        .any(|start| strip_ignoring_case(columns, start).is_some());
    (few_words && (columns.is_empty() || named)).then_some((Side::Theirs, columns))
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::header::Layout;
    use crate::input::lines;
    use crate::input::timestamp::Timestamp;
    use crate::smtp::certificate::Offered;

    const OURS: &str = "AAA3D3DADA6891A2CCB3134D0B2D7764F1351BC4";
    const THEIRS: &str = "BBB3D3DADA6891A2CCB3134D0B2D7764F1351BC4";

    fn read(rows: &[(&str, &str)]) -> (Option<Offered>, Option<Offered>) {
        let mut found = CertificateRows::default();
        for (data, context) in rows {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer
                .write_record([
                    "2026-11-03T02:14:09.120Z",
                    "C",
                    "08DE1A2B3C4D5E6F",
                    "1",
                    "a",
                    "b",
                    "*",
                    data,
                    context,
                ])
                .expect("write");
            let line = writer.into_inner().expect("bytes");
            lines::read(&line, 0, Layout::default(), |rows, _| {
                let memory = &mut CertificateMemory::default();
                rows.iter().for_each(|row| found.row(row, memory));
            });
        }
        let offered = |shown: Option<ShownCertificate<'_>>| shown.map(ShownCertificate::offered);
        (offered(found.ours()), offered(found.theirs()))
    }

    const SHAPE_A: [(&str, &str); 6] = [
        ("", "Sending certificate"),
        (
            "CN=mail.contoso.com, O=\"Contoso, Ltd\"",
            "Certificate subject",
        ),
        ("CN=Example CA, O=Example, C=US", "Certificate issuer name"),
        ("0d92", "Certificate serial number"),
        (OURS, "Certificate thumbprint"),
        (
            "mail.contoso.com;autodiscover.contoso.com",
            "Certificate alternate names",
        ),
    ];

    #[test]
    fn shape_a_and_the_remote_certificate_behind_it() {
        let mut rows = SHAPE_A.to_vec();
        rows.extend([
            ("", "Remote certificate"),
            ("CN=mail.protection.outlook.com", "Certificate subject"),
            (THEIRS, "Certificate thumbprint"),
        ]);
        let (ours, theirs) = read(&rows);
        let ours = ours.expect("ours").certificate;
        assert_eq!(ours.thumbprint.as_deref(), Some(OURS));
        assert_eq!(ours.serial.as_deref(), Some("0D92"));
        assert_eq!(ours.names.len(), 2);
        assert_eq!(ours.common_name().as_deref(), Some("mail.contoso.com"));
        assert_eq!(
            theirs.expect("theirs").certificate.thumbprint.as_deref(),
            Some(THEIRS)
        );
    }

    #[test]
    fn every_other_head_is_not_ours() {
        for head in [
            "Remote certificate",
            "Received certificate",
            "DirectTrust certificate",
            "SmartHost certificate",
            "Secure domain certificate",
            "Proxy target certificate",
        ] {
            let (ours, theirs) = read(&[("", head), (THEIRS, "Certificate thumbprint")]);
            assert_eq!(ours, None, "{head}");
            assert!(theirs.is_some(), "{head}");
            let context = format!(
                "{head} Certificate subject Certificate issuer name Certificate serial number Certificate thumbprint Certificate alternate names"
            );
            let data = format!(" CN=a CN=b 01 {THEIRS} a.example.org");
            let (ours, theirs) = read(&[(&data, &context)]);
            assert_eq!(ours, None, "{head}");
            assert_eq!(
                theirs.expect(head).certificate.issuer.as_deref(),
                Some("CN=b")
            );
        }
    }

    #[test]
    fn attributes_without_a_head_belong_to_nobody() {
        assert_eq!(read(&[(OURS, "Certificate thumbprint")]), (None, None));
    }

    #[test]
    fn shapes_b_and_c() {
        let b = "Sending certificate Certificate subject Certificate issuer name Certificate serial number Certificate thumbprint Certificate alternate names";
        let (ours, _) = read(&[(
            &format!(" CN=x.contoso.com CN=y 01 {OURS} x.contoso.com"),
            b,
        )]);
        let ours = ours.expect("ours").certificate;
        assert_eq!(
            (ours.subject.as_deref(), ours.not_before),
            (Some("CN=x.contoso.com"), None)
        );
        let c = "Sending certificate Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";
        let data = format!(
            " CN=x.contoso.com CN=y 01 {OURS} 2023-08-12T10:39:24.000Z 2023-11-10T09:39:23.000Z x.contoso.com"
        );
        let (ours, _) = read(&[(&data, c)]);
        let ours = ours.expect("ours").certificate;
        assert_eq!(
            ours.not_after.and_then(Timestamp::rfc3339).as_deref(),
            Some("2023-11-10T09:39:23.000Z")
        );
        assert!(!ours.is_self_signed());
    }

    #[test]
    fn the_last_certificate_before_mail_counts() {
        let mut found = CertificateRows::default();
        let feed = |found: &mut CertificateRows, thumb: &str| {
            let context = "Sending certificate Certificate subject Certificate issuer name Certificate serial number Certificate thumbprint Certificate alternate names";
            let line = format!(
                "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,1,a,b,*, CN=a CN=b 01 {thumb} a,{context}"
            );
            lines::read(line.as_bytes(), 0, Layout::default(), |rows, _| {
                let memory = &mut CertificateMemory::default();
                rows.iter().for_each(|row| found.row(row, memory));
            });
        };
        feed(&mut found, THEIRS);
        feed(&mut found, OURS);
        found.freeze();
        feed(&mut found, THEIRS);
        assert_eq!(
            found
                .ours()
                .expect("ours")
                .certificate
                .thumbprint
                .as_deref(),
            Some(OURS)
        );
    }

    #[test]
    fn self_signed_means_equal_names() {
        let certificate = Certificate {
            subject: Some("CN=EX01".to_owned()),
            issuer: Some("cn=ex01".to_owned()),
            ..Certificate::default()
        };
        assert!(certificate.is_self_signed());
        assert!(!Certificate::default().is_self_signed());
    }
}
