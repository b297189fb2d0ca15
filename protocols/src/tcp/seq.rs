//! Sequence numbers: 32 bits on the wire, 64 inside (RFC 9293 §3.4).
//!
//! Inside, a byte has a *position* that never wraps: the SYN is at 0, the first byte of data at 1, a FIN behind the last.
//! On the wire it has the [`SeqNum`] that many behind the initial sequence number.

use std::fmt;

/// A sequence number as it stands in a header. Not ordered: [`is_before`](SeqNum::is_before) holds only for numbers
/// less than 2³¹ apart.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct SeqNum(pub u32);

impl SeqNum {
    /// How far `self` is behind `other` on the circle; negative if it is before it.
    #[inline]
    pub const fn distance_from(self, other: SeqNum) -> i32 {
        self.0.wrapping_sub(other.0).cast_signed()
    }

    /// Whether `self` comes before `other` on the circle.
    #[inline]
    pub const fn is_before(self, other: SeqNum) -> bool {
        self.distance_from(other) < 0
    }
}

impl std::ops::Add<u64> for SeqNum {
    type Output = SeqNum;

    /// Modulo 2³².
    #[inline]
    fn add(self, bytes: u64) -> SeqNum {
        SeqNum(self.0.wrapping_add(bytes as u32))
    }
}

impl fmt::Debug for SeqNum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How one direction of a connection numbers its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbering {
    /// ISS or IRS: the number of the SYN, whose position is 0.
    pub(crate) isn: SeqNum,
}

impl Numbering {
    /// What stands in the header for `position`.
    #[inline]
    pub(crate) fn wire(self, position: u64) -> u32 {
        (self.isn + position).0
    }

    /// The position nearest to `near` that `wire` may stand for; none if it would lie before the SYN.
    #[inline]
    pub(crate) fn position(self, wire: u32, near: u64) -> Option<u64> {
        let distance = SeqNum(wire).distance_from(self.isn + near);
        near.checked_add_signed(i64::from(distance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_holds_across_the_wrap() {
        assert!(SeqNum(u32::MAX).is_before(SeqNum(0)));
        assert!(SeqNum(u32::MAX - 5).is_before(SeqNum(10)));
        assert!(!SeqNum(0).is_before(SeqNum(u32::MAX)));
        assert!(!SeqNum(7).is_before(SeqNum(7)));
    }

    #[test]
    fn a_position_is_found_again_across_the_wrap() {
        let numbering = Numbering { isn: SeqNum(u32::MAX - 9) };
        assert_eq!(numbering.wire(0), u32::MAX - 9);
        assert_eq!(numbering.wire(10), 0);
        for position in [0, 9, 10, 11, 5_000_000_000] {
            let wire = numbering.wire(position);
            assert_eq!(numbering.position(wire, position + 3), Some(position));
            assert_eq!(numbering.position(wire, position.saturating_sub(3)), Some(position));
        }
    }

    #[test]
    fn what_lies_before_the_syn_has_no_position() {
        let numbering = Numbering { isn: SeqNum(100) };
        assert_eq!(numbering.position(99, 5), None);
    }
}
