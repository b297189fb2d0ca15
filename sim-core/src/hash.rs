//! Hashes that are part of the model: seeds of streams, salts of ties, flow hashes, fingerprints.
//!
//! All take fixed-width integers or names, never addresses or `usize`, so that they agree on every platform.

/// Mixes 64 bits (the finalizer of SplitMix64, Steele, Lea and Flood, 2014).
#[inline]
pub const fn hash64(value: u64) -> u64 {
    let x = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A hash of a name under a seed: equal names hash equally whatever their number or place in the file.
pub fn hash_name(seed: u64, name: &str) -> u64 {
    let start = hash64(seed ^ 0x9e37_79b9_7f4a_7c15);
    let hash =
        name.bytes().fold(start, |hash, byte| hash64(hash.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ u64::from(byte)));
    // The length keeps a name apart from itself with zero bytes added.
    hash64(hash ^ name.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_seeds_give_different_hashes() {
        let hashes = [hash_name(1, "a"), hash_name(1, "b"), hash_name(2, "a"), hash_name(1, "a\0"), hash_name(1, "")];
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash));
        }
    }
}
