//! What the versions of BBR share: gains, rounds, and the greatest of recent samples.

use sim_core::time::{Duration, Time};
use sim_core::units::Rate;

use super::{Delivery, RateSample};

/// A factor, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gain(pub(super) u64);

impl Gain {
    pub(super) const ONE: Gain = Gain(1_000);

    /// The factor times `bytes`, rounded down.
    pub(super) fn of_bytes(self, bytes: u64) -> u64 {
        match bytes.checked_mul(self.0) {
            Some(scaled) => scaled / 1_000,
            None => u64::try_from(u128::from(bytes) * u128::from(self.0) / 1_000).unwrap_or(u64::MAX),
        }
    }

    /// The factor times `rate`, rounded down.
    pub(super) fn of_rate(self, rate: Rate) -> Rate {
        Rate::from_bps(self.of_bytes(rate.bps()))
    }
}

/// The greatest value of the last `SLOTS` slots of a clock that only counts: exact, unlike the three values that
/// Kathleen Nichols' filter keeps.
#[derive(Clone, Debug)]
pub(super) struct RecentMax<const SLOTS: usize> {
    slots: [u64; SLOTS],
    /// The time of the latest sample.
    latest: u64,
}

impl<const SLOTS: usize> RecentMax<SLOTS> {
    pub(super) const fn new() -> Self {
        RecentMax { slots: [0; SLOTS], latest: 0 }
    }

    /// A sample at `time`, which is never before that of the last.
    pub(super) fn update(&mut self, time: u64, value: u64) {
        for passed in (self.latest + 1..=time).rev().take(SLOTS) {
            self.slots[passed as usize % SLOTS] = 0;
        }
        self.latest = time;
        let slot = &mut self.slots[time as usize % SLOTS];
        *slot = (*slot).max(value);
    }

    /// The greatest value of the latest slot alone.
    pub(super) fn current(&self) -> u64 {
        self.slots[self.latest as usize % SLOTS]
    }

    pub(super) fn greatest(&self) -> u64 {
        self.slots.iter().copied().max().unwrap_or(0)
    }
}

/// Round trips, counted by packets: one ends when something is delivered that was sent after it began
/// (draft-ietf-ccwg-bbr-06, section 5.5.1).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rounds {
    /// BBR.round_count.
    pub(super) count: u64,
    /// BBR.round_start: whether this ACK begins a round.
    pub(super) is_start: bool,
    /// BBR.next_round_delivered.
    end: u64,
}

impl Rounds {
    pub(super) fn update(&mut self, sample: &RateSample) {
        self.is_start = sample.prior_delivered >= self.end;
        if self.is_start {
            self.end = sample.total_delivered;
            self.count += 1;
        }
    }

    /// A round begins now, with `delivered` bytes delivered so far.
    pub(super) fn restart(&mut self, delivered: u64) {
        self.end = delivered;
    }
}

/// The samples of what ProbeRTT holds back say as little of the bandwidth as those of an application that is slow:
/// MarkConnectionAppLimited (section 4.1.2.4), kept here, where the decision is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeldBack {
    /// What was delivered when it began; what must be delivered for it to be over.
    span: Option<(u64, u64)>,
}

impl HeldBack {
    pub(super) fn mark(&mut self, delivered: u64, in_flight: u64) {
        let end = delivered + in_flight;
        self.span = Some((self.span.map_or(delivered, |(start, _)| start), end));
    }

    /// Whether `sample` is of what was sent while held back, or while the application was slow.
    pub(super) fn limits(&mut self, sample: &RateSample) -> bool {
        let Some((start, end)) = self.span else { return sample.is_app_limited };
        let is_limited = sample.is_app_limited || (start..=end).contains(&sample.prior_delivered);
        if sample.prior_delivered > end {
            self.span = None;
        }
        is_limited
    }
}

/// "Filled the pipe": the bandwidth has stopped growing (section 5.3.1.2).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FullPipe {
    /// BBR.full_bw, in bit/s.
    baseline: u64,
    /// BBR.full_bw_count.
    rounds: u32,
    /// BBR.full_bw_now.
    pub(super) is_full: bool,
}

impl FullPipe {
    /// Begins to look again, from this bandwidth.
    pub(super) fn restart(&mut self, baseline: Rate) {
        *self = FullPipe { baseline: baseline.bps(), ..FullPipe::default() };
    }

    /// A round has ended with this bandwidth, not limited by the application.
    pub(super) fn on_round(&mut self, bandwidth: Rate) {
        const GROWTH: Gain = Gain(1_250);
        const ROUNDS: u32 = 3;
        if bandwidth >= GROWTH.of_rate(Rate::from_bps(self.baseline)) {
            self.restart(bandwidth);
            return;
        }
        self.rounds += 1;
        self.is_full = self.rounds >= ROUNDS;
    }
}

/// Bytes in the network before an ACK was read.
pub(super) fn prior_in_flight(delivery: &Delivery) -> u64 {
    delivery.pipe + delivery.delivered_bytes + delivery.lost_bytes
}

/// `gain` times the window of `bytes` in `rtt`, as a rate.
pub(super) fn window_rate(bytes: u64, rtt: Duration, gain: Gain) -> Rate {
    let scaled = u128::from(gain.of_bytes(bytes)) * 8 * 1_000_000_000_000;
    Rate::from_bps(u64::try_from(scaled / u128::from(rtt.picos().max(1))).unwrap_or(u64::MAX).max(1))
}

/// Whether `span` has passed since `start`.
pub(super) fn has_passed(now: Time, start: Time, span: Duration) -> bool {
    now.since(start) > span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_of_recent_samples_leaves_with_its_slot() {
        let mut max = RecentMax::<3>::new();
        for (time, value, greatest) in [(0, 9, 9), (1, 4, 9), (1, 5, 9), (2, 1, 9), (3, 2, 5), (4, 3, 3), (9, 1, 1)] {
            max.update(time, value);
            assert_eq!(max.greatest(), greatest, "at {time}");
        }
    }

    #[test]
    fn gains_round_down_and_do_not_overflow() {
        assert_eq!(Gain(2_885).of_bytes(1_001), 2_887);
        assert_eq!(Gain(2_000).of_bytes(u64::MAX / 2), u64::MAX - 1);
        assert_eq!(Gain(2_000).of_bytes(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_window_in_a_round_trip_is_a_rate() {
        // 10 kB in 100 ms are 800 kbit/s.
        assert_eq!(window_rate(10_000, Duration::from_millis(100), Gain::ONE), Rate::from_bps(800_000));
    }

    #[test]
    fn the_pipe_is_full_after_three_rounds_without_a_quarter_more() {
        let mut pipe = FullPipe::default();
        let is_full = [100, 200, 250, 300, 312, 312].map(|mbps| {
            pipe.on_round(Rate::from_mbps(mbps));
            pipe.is_full
        });
        // 250 is a quarter more than 200; 300 and 312 are less than 312.5.
        assert_eq!(is_full, [false, false, false, false, false, true]);
    }
}
