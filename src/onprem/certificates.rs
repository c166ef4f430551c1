//! Combines the exported certificates of servers.
//!
//! In: certificates one by one, of any export. Out: each certificate of each server once, with all that
//! any export shows of it.
//! Must not take two certificates for one because a thumbprint is lost.

use crate::tenant::Known;

use super::model::ExchangeCertificate;

/// Adds a certificate, or fills in what another export of the same server's certificate lost.
/// `known` holds the indices of the certificates with that thumbprint.
pub(super) fn add_certificate(
    all: &mut Vec<ExchangeCertificate>,
    known: &mut Vec<usize>,
    found: ExchangeCertificate,
) {
    let Some(at) = known.iter().find(|at| on_one_server(&all[**at], &found)) else {
        known.push(all.len());
        return all.push(found);
    };
    fill_certificate(&mut all[*at], found);
}

/// Adds a certificate whose thumbprint the export lost, unless another export holds the same one.
pub(super) fn add_nameless(all: &mut Vec<ExchangeCertificate>, found: ExchangeCertificate) {
    let same = |other: &&mut ExchangeCertificate| {
        on_one_server(other, &found) && is_described_alike(other, &found)
    };
    match all.iter_mut().find(same) {
        Some(to) => fill_certificate(to, found),
        None => all.push(found),
    }
}

/// Whether two rows describe one certificate, where a thumbprint cannot tell: the same serial number,
/// or the same names and dates.
fn is_described_alike(one: &ExchangeCertificate, other: &ExchangeCertificate) -> bool {
    let (one, other) = (&one.certificate, &other.certificate);
    if one.subject.is_none() || one.subject != other.subject || one.issuer != other.issuer {
        return false;
    }
    match (&one.serial, &other.serial) {
        (Some(one), Some(other)) => one == other,
        _ => {
            let dates = (one.not_before, one.not_after);
            dates == (other.not_before, other.not_after) && one.not_after.is_some()
        }
    }
}

/// Whether two rows are of one server.
fn on_one_server(one: &ExchangeCertificate, other: &ExchangeCertificate) -> bool {
    match (&one.server, &other.server) {
        (Some(a), Some(b)) => same_server(a, b),
        // All certificates of unknown servers in one file belong to one server.
        (None, None) => one.file == other.file,
        _ => false,
    }
}

/// Fills in what the export of a certificate lost.
fn fill_certificate(to: &mut ExchangeCertificate, found: ExchangeCertificate) {
    fill(&mut to.services, found.services);
    fill(&mut to.status, found.status);
    fill(&mut to.has_private_key, found.has_private_key);
    let fills_names = to.names_lost && !found.names_lost;
    to.names_lost &= found.names_lost;
    to.end_readings = to.end_readings.or(found.end_readings);
    let (to, from) = (&mut to.certificate, found.certificate);
    if fills_names {
        to.names = from.names;
    }
    to.subject = to.subject.take().or(from.subject);
    to.issuer = to.issuer.take().or(from.issuer);
    to.serial = to.serial.take().or(from.serial);
    to.not_before = to.not_before.or(from.not_before);
    to.not_after = to.not_after.or(from.not_after);
}

/// Whether two names are spellings of one server: a short name is the first label of the full one.
fn same_server(a: &str, b: &str) -> bool {
    let short = |name: &str, other: &str| {
        !name.contains('.')
            && other
                .split('.')
                .next()
                .is_some_and(|label| label.eq_ignore_ascii_case(name))
    };
    a.eq_ignore_ascii_case(b) || short(a, b) || short(b, a)
}

/// Fills in a value that another export lost.
pub(super) fn fill<T>(to: &mut Known<T>, from: Known<T>) {
    if to.is_lost() {
        *to = from;
    }
}
