//! Sequence numbers: the few that fit into a header, used in turn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest sequence space: numbers of 32 bits.
pub const LARGEST_SPACE: u64 = 1 << 32;

/// Which number a message has on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Numbers {
    /// How many different numbers there are.
    space: u64,
    /// The number of message 0.
    first: u64,
}

impl Numbers {
    /// Numbers from 0 to `space` - 1, counted from `first`.
    ///
    /// # Panics
    /// When there is no number at all, or there are more than 32 bits can tell apart.
    pub fn new(space: u64, first: u32) -> Self {
        assert!((1..=LARGEST_SPACE).contains(&space), "a space of {space} numbers");
        Numbers { space, first: u64::from(first) % space }
    }

    /// How many different numbers there are.
    pub fn space(&self) -> u64 {
        self.space
    }

    /// The number of a message.
    #[inline]
    pub fn of(&self, message: u64) -> u32 {
        ((self.first + message % self.space) % self.space) as u32
    }

    /// How many messages after `message` the first one with this number comes, counted round the space.
    #[inline]
    pub fn distance(&self, message: u64, number: u32) -> u64 {
        (u64::from(number) % self.space + self.space - u64::from(self.of(message))) % self.space
    }
}

/// What the number in a cumulative ACK names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RdtAckNames")]
pub enum AckNames {
    /// The last packet received in order (Kurose & Ross 3.4).
    #[default]
    LastReceived,
    /// The next packet expected, one more (as TCP and HDLC do).
    NextExpected,
}

impl AckNames {
    /// How far the message that an ACK names lies behind the last one received.
    #[inline]
    pub fn offset(self) -> u64 {
        match self {
            AckNames::LastReceived => 0,
            AckNames::NextExpected => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_round() {
        let numbers = Numbers::new(4, 0);
        assert_eq!([0, 1, 2, 3, 4, 5].map(|message| numbers.of(message)), [0, 1, 2, 3, 0, 1]);
        assert_eq!(Numbers::new(1 << 32, 17).of(7), 24);
        assert_eq!(Numbers::new(LARGEST_SPACE, u32::MAX).of(1), 0);
        assert_eq!(Numbers::new(2, 0).of(u64::MAX), 1);
    }

    #[test]
    fn distances_are_counted_forward_round_the_space() {
        let numbers = Numbers::new(8, 0);
        assert_eq!([6, 7, 0, 5].map(|number| numbers.distance(6, number)), [0, 1, 2, 7]);
        assert_eq!(Numbers::new(8, 3).distance(0, 2), 7);
    }
}
