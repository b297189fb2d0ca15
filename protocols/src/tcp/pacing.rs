//! Pacing: segments leave at a rate, not in bursts.
//!
//! draft-ietf-ccwg-bbr-06, section 5.6.2: after L bytes the next wait for L / rate. Whoever had to wait for a window or
//! for the application has earned no credit by it.
//!
//! Segments leave in quanta (section 5.6.3): unless told how many, as many as take a millisecond at the rate, at most
//! 64 KiB, but at least two, or one below 1.2 Mbps. A timer for each segment would cost hosts too much. After a quantum
//! all of it is waited for, so that the rate holds.
//!
//! The rate is the congestion control's, if it has one. Otherwise, where pacing is asked for, it is Linux's
//! (`tcp_update_pacing_rate`): twice cwnd / srtt while cwnd < ssthresh / 2, so that slow start can double, then 1.2
//! cwnd / srtt, so that the window stays what limits. Bytes are those of payload, as in cwnd and in delivery rates.
//!
//! Not modelled: the first ten segments that Linux lets go unpaced, aggregates of several segments (TSO).

use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, Rate};

/// When the next segment may leave.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pacer {
    /// C.next_send_time.
    next: Time,
    /// Where the quantum ends that is leaving: until `next` is there, segments follow at once.
    quantum_end: Time,
    is_on: bool,
    /// Segments in a quantum, if that does not depend on the rate.
    segments: Option<u32>,
    /// Whether something waits for `next`.
    is_waited_for: bool,
}

impl Pacer {
    pub(super) fn new(is_on: bool, segments: Option<u32>) -> Self {
        Pacer { next: Time::ZERO, quantum_end: Time::ZERO, is_on, segments, is_waited_for: false }
    }

    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether a segment may leave now.
    #[inline]
    pub(super) fn allows(&self, now: Time) -> bool {
        now >= self.next || self.next < self.quantum_end
    }

    /// Whether something to send waits for its time.
    #[inline]
    pub(super) fn set_waited_for(&mut self, is_waited_for: bool) {
        self.is_waited_for = is_waited_for;
    }

    /// When what waits may leave.
    #[inline]
    pub(super) fn release(&self) -> Option<Time> {
        self.is_waited_for.then_some(self.next)
    }

    /// A segment of `len` bytes leaves now, and takes `gap` at the rate.
    #[inline]
    pub(super) fn on_sent(&mut self, now: Time, len: u64, gap: Duration) {
        if now >= self.next {
            self.next = now;
            self.quantum_end =
                now + self.segments.map_or_else(|| quantum(len, gap), |segments| gap * u64::from(segments));
        }
        self.next += gap;
    }
}

/// How long a quantum of segments of `len` bytes takes at the rate at which one takes `gap` (BBR.send_quantum).
#[inline]
fn quantum(len: u64, gap: Duration) -> Duration {
    const SPAN: Duration = Duration::from_millis(1);
    const MOST_BYTES: u64 = 64 * 1024;
    /// Below this rate, in bits per second, one segment is enough.
    const SLOW: u64 = 1_200_000;
    let least = if gap.picos() / 1_000_000 * SLOW > len * 8 * 1_000_000 { gap } else { gap * 2 };
    SPAN.min(gap * (MOST_BYTES / len.max(1))).max(least)
}

/// How long after a segment of `len` bytes the next may leave at `rate`.
#[inline]
pub(super) fn gap_at(rate: Rate, len: u64) -> Duration {
    rate.serialization_delay(Bytes(len))
}

/// The same at the rate that Linux gives an algorithm which has none: exact, rounded up to a picosecond.
#[inline]
pub(super) fn gap_of_window(len: u64, cwnd: u64, ssthresh: u64, srtt: Duration) -> Duration {
    const SLOW_START_PERCENT: u64 = 200;
    const AVOIDANCE_PERCENT: u64 = 120;
    let percent = if cwnd < ssthresh / 2 { SLOW_START_PERCENT } else { AVOIDANCE_PERCENT };
    // len / (percent / 100 * cwnd / srtt)
    match srtt.picos().checked_mul(100 * len) {
        Some(scaled) => Duration::from_picos(scaled.div_ceil(percent * cwnd)),
        None => {
            let scaled = u128::from(srtt.picos()) * u128::from(100 * len);
            let picos = scaled.div_ceil(u128::from(percent) * u128::from(cwnd));
            Duration::from_picos(u64::try_from(picos).unwrap_or(u64::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::UNLIMITED;

    #[test]
    fn slow_start_is_paced_at_twice_the_window_a_round_trip() {
        // Ten segments in 100 ms are one every 10 ms: at twice the rate one every 5 ms.
        let gap = gap_of_window(1_000, 10_000, UNLIMITED, Duration::from_millis(100));
        assert_eq!(gap, Duration::from_millis(5));
    }

    #[test]
    fn from_half_of_ssthresh_on_a_fifth_more_than_the_window_is_allowed() {
        // 12 segments in 120 ms are one every 10 ms; at 1.2 times the rate one every 8.333... ms, rounded up.
        let gap = gap_of_window(1_000, 12_000, 24_000, Duration::from_millis(120));
        assert_eq!(gap, Duration::from_picos(8_333_333_334));
        assert_eq!(gap_of_window(1_000, 11_999, 24_000, Duration::from_millis(120)).picos() / 1_000_000, 5_000);
    }

    #[test]
    fn products_beyond_64_bits_are_exact_too() {
        // 1500 bytes of a window of 1500 in 1000 s: 1.2 times faster than one every 1000 s.
        let gap = gap_of_window(1_500, 1_500, 0, Duration::from_secs(1_000));
        assert_eq!(gap, Duration::from_picos(833_333_333_333_334));
    }

    fn at(millis: u64) -> Time {
        Time::ZERO + Duration::from_millis(millis)
    }

    /// Sends as many segments of 1000 bytes as may leave at once, `gap` each, and says how many they were.
    fn burst(pacer: &mut Pacer, now: Time, gap: Duration) -> u32 {
        let mut sent = 0;
        while pacer.allows(now) {
            pacer.on_sent(now, 1_000, gap);
            sent += 1;
        }
        sent
    }

    #[test]
    fn waiting_earns_no_credit() {
        // 0.8 Mbps: one segment at a time.
        let gap = Duration::from_millis(10);
        let mut pacer = Pacer::new(true, None);
        assert_eq!(burst(&mut pacer, at(0), gap), 1);
        assert!(!pacer.allows(at(9)) && pacer.allows(at(10)));
        // Long after its time: the next has to wait as long as ever.
        assert_eq!(burst(&mut pacer, at(500), gap), 1);
        assert!(!pacer.allows(at(509)) && pacer.allows(at(510)));
    }

    #[test]
    fn a_quantum_is_a_millisecond_but_at_least_two_segments_and_at_most_64_kib() {
        let quantum_at = |gap: Duration| burst(&mut Pacer::new(true, None), at(0), gap);
        // 8 Mbps: a segment is a millisecond, two are the least. 80 Mbps: ten. 8 Gbps: 65 of 1000 bytes and a bit.
        assert_eq!(quantum_at(Duration::from_millis(1)), 2);
        assert_eq!(quantum_at(Duration::from_micros(100)), 10);
        assert_eq!(quantum_at(Duration::from_micros(1)), 65);
        // 1.2 Mbps is a segment in 6.67 ms.
        assert_eq!(quantum_at(Duration::from_micros(6_600)), 2);
        assert_eq!(quantum_at(Duration::from_micros(6_700)), 1);
    }

    #[test]
    fn a_quantum_may_be_a_number_of_segments() {
        let gap = Duration::from_micros(1);
        assert_eq!([1, 4].map(|segments| burst(&mut Pacer::new(true, Some(segments)), at(0), gap)), [1, 4]);
    }

    #[test]
    fn the_rate_holds_over_quanta() {
        let gap = Duration::from_millis(1);
        let mut pacer = Pacer::new(true, None);
        for round in 0..10 {
            assert_eq!(burst(&mut pacer, at(2 * round), gap), 2);
            assert!(!pacer.allows(at(2 * round + 1)));
        }
    }
}
