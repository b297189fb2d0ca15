//! How much one ACK may add to the window in slow start.
//!
//! Appropriate byte counting: `min(N, L SMSS)` for an ACK of N bytes. L is 1 in RFC 5681 §3.1 (equation 2), 1 or 2 in
//! RFC 3465, 8 for a sender that does not pace and unlimited for one that does in RFC 9406 §4.3; Linux has no limit.
//! With L = 1 and an ACK for every second segment a window grows by half a round trip, with more it doubles.

/// L of RFC 5681.
pub const RFC_5681_LIMIT: u32 = 1;

/// What an ACK of `acked_bytes` new bytes adds; `limit` is L in segments, none for unlimited.
#[inline]
pub fn increase(acked_bytes: u64, mss: u64, limit: Option<u32>) -> u64 {
    limit.map_or(acked_bytes, |segments| acked_bytes.min(u64::from(segments) * mss))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_adds_what_it_acknowledges_up_to_the_limit() {
        assert_eq!(increase(400, 1_000, Some(1)), 400);
        assert_eq!(increase(2_000, 1_000, Some(1)), 1_000);
        assert_eq!(increase(2_000, 1_000, Some(2)), 2_000);
        assert_eq!(increase(9_000, 1_000, Some(8)), 8_000);
        assert_eq!(increase(9_000, 1_000, None), 9_000);
    }
}
