//! The unit in which a replay counts time.

use sim_core::time::Time;

/// Counts time in whole units: nanoseconds, or picoseconds where packets last less than a few hundred nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    picos: u64,
}

impl Clock {
    /// Above this rate a packet of 64 bytes takes less than 100 ns.
    const FAST_BPS: u64 = 5_000_000_000;

    /// The clock for a network whose fastest link has this rate, in bits per second.
    pub fn new(fastest_bps: u64) -> Self {
        Clock { picos: if fastest_bps > Self::FAST_BPS { 1 } else { 1_000 } }
    }

    /// One unit in seconds.
    pub fn unit_s(self) -> f64 {
        self.picos as f64 / 1e12
    }

    /// A time in units, rounded down: so times keep their order.
    pub fn ticks(self, time: Time) -> u64 {
        time.picos() / self.picos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_networks_are_counted_in_picoseconds() {
        let time = Time::from_picos(1_234_567);
        assert_eq!(Clock::new(1_000_000_000).ticks(time), 1_234);
        assert_eq!(Clock::new(100_000_000_000).ticks(time), 1_234_567);
        assert_eq!(Clock::new(1_000_000_000).unit_s(), 1e-9);
    }
}
