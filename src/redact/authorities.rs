//! Distinguished names that stay: those of public certificate authorities, and of Microsoft.
//!
//! In: the attributes of a name. Out: whether the name says nothing about the owner of a certificate.
//! Must not let a name pass because of its organisation alone: authorities issue certificates in which
//! every other attribute names a customer.

/// Organisations of public authorities whose certificates are common on mail servers.
const ORGANISATIONS: [&str; 22] = [
    "actalis s.p.a.",
    "amazon",
    "buypass as",
    "buypass as-983163327",
    "comodo ca limited",
    "cybertrust japan co., ltd.",
    "d-trust gmbh",
    "digicert inc",
    "digicert, inc.",
    "entrust, inc.",
    "geotrust inc.",
    "globalsign nv-sa",
    "godaddy.com, inc.",
    "google trust services",
    "google trust services llc",
    "identrust",
    "let's encrypt",
    "microsoft corporation",
    "sectigo limited",
    "starfield technologies, inc.",
    "swisssign ag",
    "the usertrust network",
];

/// Words in the names of their authorities.
const WORDS: &str = "\
aaa actalis amazon and as assured authentication authority aws azure ag buypass ca ca1 ca2 ca3 certificate \
certificates certification client cloud co com comodo corporate corporation cybertrust digicert domain \
dv e1 e2 e5 e6 e7 e8 e9 ecc ecdsa encrypt entrust ev extended external for g1 g2 g3 g4 g5 geotrust global \
globalsign gmbh go godaddy google gts gold hybrid id identrust inc intermediate internet isrg issuing it \
japan jersey john l1e l1f l1k l1m let limited llc london ltd manchester microsoft network new nv \
organization ov p p384 primary pki public r1 r2 r3 r4 r5 r6 r10 r11 r12 r13 r14 rapidssl redmond root \
rsa s sa salford san scottsdale sectigo secure server services sha1 sha2 sha256 sha384 silver ssl \
starfield street swisssign technologies the thawte tls trust tsa usertrust validation washington www x1 \
x2 x3 york arizona greater";

/// Whether a name with these attributes is one of them.
pub(super) fn is_known(attributes: &[(String, String)]) -> bool {
    let of_known = attributes.iter().any(|(kind, value)| {
        let value = value.trim_matches('"').to_lowercase();
        kind.eq_ignore_ascii_case("O") && ORGANISATIONS.contains(&value.as_str())
    });
    of_known
        && attributes
            .iter()
            .all(|(kind, value)| is_harmless(kind, value))
}

fn is_harmless(kind: &str, value: &str) -> bool {
    // The country of an authority.
    if kind.eq_ignore_ascii_case("C") {
        return value.len() == 2;
    }
    // A host on a certificate of Microsoft.
    if super::microsoft::stays(&value.to_lowercase()) {
        return true;
    }
    let words = value.split(|sign: char| !sign.is_alphanumeric());
    let mut words = words.filter(|word| !word.is_empty());
    words.all(|word| {
        let word = word.to_lowercase();
        WORDS.split(' ').any(|known| known == word)
            || (word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
