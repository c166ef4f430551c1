//! How many different senders there are.
//!
//! In: addresses of senders. Out: their number, if there are not too many.
//! Must not keep addresses. Invariant: the smallest hashes are kept, so the result depends on the
//! addresses only, not on their order or on parts.

/// More senders than this are not told apart.
const MOST: usize = 10_000;

/// Different senders, without regard to case. The empty one is one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Senders {
    /// The smallest hashes in order, one more than are told apart.
    hashes: Vec<u64>,
}

impl Senders {
    /// The hashes in order.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Senders with these hashes; `None` if they are not in order, or too many.
    pub(super) fn of_hashes(hashes: &[u64]) -> Option<Senders> {
        let are_sorted = hashes.is_sorted_by(|one, other| one < other);
        (are_sorted && hashes.len() <= MOST + 1).then(|| Senders {
            hashes: hashes.to_vec(),
        })
    }

    /// Adds a sender.
    pub(super) fn add(&mut self, address: &str) {
        self.put(hash(address));
    }

    fn put(&mut self, hash: u64) {
        if let Err(at) = self.hashes.binary_search(&hash)
            && at <= MOST
        {
            self.hashes.truncate(MOST);
            self.hashes.insert(at, hash);
        }
    }

    /// Adds those of another part.
    pub(super) fn merge(&mut self, other: &Senders) {
        if other.hashes.len() * 16 < self.hashes.len() {
            other.hashes.iter().for_each(|hash| self.put(*hash));
        } else {
            *self = Senders::union([&*self, other].into_iter());
        }
    }

    /// All of these.
    pub fn union<'a>(all: impl Iterator<Item = &'a Senders>) -> Senders {
        let mut hashes: Vec<u64> = all.flat_map(|one| &one.hashes).copied().collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(MOST + 1);
        hashes.shrink_to_fit();
        Senders { hashes }
    }

    /// How many there are; `None` if there are too many.
    pub fn count(&self) -> Option<u64> {
        (self.hashes.len() <= MOST).then_some(self.hashes.len() as u64)
    }
}

/// A hash that is the same on every machine and in every version: FNV-1a over the address in lower
/// case.
fn hash(address: &str) -> u64 {
    if !address.is_ascii() {
        return of_bytes(address.to_lowercase().bytes());
    }
    of_bytes(address.bytes().map(|byte| byte.to_ascii_lowercase()))
}

fn of_bytes(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn senders(numbers: &[u32]) -> Senders {
        let mut senders = Senders::default();
        for number in numbers {
            senders.add(&format!("user{number}@contoso.com"));
        }
        senders
    }

    #[test]
    fn each_sender_counts_once_in_whatever_case() {
        let mut senders = Senders::default();
        for address in [
            "a@contoso.com",
            "A@Contoso.com",
            "",
            "ä@contoso.com",
            "Ä@contoso.com",
        ] {
            senders.add(address);
        }
        assert_eq!(senders.count(), Some(3));
    }

    #[test]
    fn too_many_are_not_counted_and_not_kept() {
        let all: Vec<u32> = (0..10_000).collect();
        let mut most = senders(&all);
        assert_eq!(most.count(), Some(10_000));
        most.merge(&senders(&[9_999]));
        assert_eq!(most.count(), Some(10_000));
        let more: Vec<u32> = (10_000..30_000).collect();
        most.merge(&senders(&more));
        assert_eq!((most.count(), most.hashes.len()), (None, 10_001));
        let reversed: Vec<u32> = (0..30_000).rev().collect();
        assert_eq!(senders(&reversed), most);
    }

    proptest! {
        #[test]
        fn order_and_partition_do_not_matter(
            numbers in proptest::collection::vec(0u32..500, 0..300), cut in 0usize..300
        ) {
            let cut = cut.min(numbers.len());
            let mut merged = senders(&numbers[cut..]);
            merged.merge(&senders(&numbers[..cut]));
            prop_assert_eq!(merged, senders(&numbers));
        }
    }
}
