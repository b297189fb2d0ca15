//! Pacing: segments leave at a rate, not in bursts.
//!
//! draft-ietf-ccwg-bbr-06, section 5.6.2: after a segment of L bytes the next waits for L / rate. Whoever had to wait
//! for a window or for the application has earned no credit by it. The quantum is one segment.
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
    is_on: bool,
    /// Whether something waits for `next`.
    is_waited_for: bool,
}

impl Pacer {
    pub(super) fn new(is_on: bool) -> Self {
        Pacer { next: Time::ZERO, is_on, is_waited_for: false }
    }

    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether a segment may leave now.
    #[inline]
    pub(super) fn allows(&self, now: Time) -> bool {
        now >= self.next
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

    /// A segment leaves now; the next may after `gap`.
    #[inline]
    pub(super) fn on_sent(&mut self, now: Time, gap: Duration) {
        self.next = now.max(self.next) + gap;
    }
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

    #[test]
    fn waiting_earns_no_credit() {
        let at = |millis| Time::ZERO + Duration::from_millis(millis);
        let gap = Duration::from_millis(10);
        let mut pacer = Pacer::new(true);
        pacer.on_sent(at(0), gap);
        assert!(!pacer.allows(at(9)) && pacer.allows(at(10)));
        // Long after its time: the next has to wait as long as ever.
        pacer.on_sent(at(500), gap);
        assert!(!pacer.allows(at(509)) && pacer.allows(at(510)));
    }
}
