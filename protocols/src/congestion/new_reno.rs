//! NewReno: slow start, congestion avoidance, fast retransmit and fast recovery.
//!
//! RFC 5681 (windows) and RFC 6582 (end of recovery). With SACK the sender repairs by RFC 6675, the windows are the same.
//! Not modelled: the L = 2 limit of RFC 3465, the gradual reduction of RFC 6937.
//!
//! ```text
//! slow start            cwnd += min(acked, SMSS)        for every ACK        while cwnd < ssthresh, and up to it
//! congestion avoidance  cwnd += SMSS                    when cwnd bytes have been acknowledged
//! fast retransmit       cwnd = ssthresh = max(FlightSize / 2, 2 SMSS)
//! timeout               ssthresh as above, cwnd = 1 SMSS
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AckEvent, Attempt, CongestionControl, CongestionEvent, RecoveryExit, RestartEvent, Start, TimeoutEvent, slow_start,
};

/// One line for lists.
pub const SUMMARY: &str = "Slow start, congestion avoidance, fast recovery; halves the window at a loss.";
/// Where it is from.
pub const SOURCE: &str = "RFC 5681, RFC 6582";

/// NewReno has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

/// The windows of RFC 5681.
#[derive(Clone, Debug)]
pub struct NewReno {
    cwnd: u64,
    ssthresh: u64,
    /// Bytes acknowledged since cwnd last grew in congestion avoidance.
    bytes_acked: u64,
}

impl NewReno {
    /// At the start of a connection.
    pub fn new(_config: &Config, start: &Start) -> Self {
        NewReno { cwnd: start.initial_window, ssthresh: start.initial_ssthresh, bytes_acked: 0 }
    }

    /// The window is cut to `window`: for algorithms that grow as this one does.
    pub(super) fn cut_to(&mut self, window: u64) {
        self.ssthresh = window;
        self.cwnd = window;
        self.bytes_acked = 0;
    }

    /// A bound of one's own for the next slow start.
    pub(super) fn set_ssthresh(&mut self, ssthresh: u64) {
        self.ssthresh = ssthresh;
    }

    /// RFC 5681 §3.1, equation 4.
    fn halved(flight_size: u64, mss: u64) -> u64 {
        (flight_size / 2).max(2 * mss)
    }
}

impl CongestionControl for NewReno {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.cwnd
    }

    fn ssthresh(&self) -> u64 {
        self.ssthresh
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        // RFC 5681 would let an unused window grow; it would then say nothing about the path (RFC 7661 §4).
        if !ack.is_cwnd_limited {
            return;
        }
        if self.cwnd < self.ssthresh {
            // Slow start counts bytes, so that an ACK of a fragment earns a fragment (§3.1, equation 2). It adds at most a
            // segment, and less where it reaches ssthresh, which need not be a whole number of segments.
            let increase = slow_start::increase(ack.acked_bytes, ack.mss, Some(slow_start::RFC_5681_LIMIT));
            self.cwnd = (self.cwnd + increase).min(self.ssthresh);
            return;
        }
        // One SMSS a round trip, by counting acknowledged bytes: the RECOMMENDED way of §3.1.
        self.bytes_acked += ack.acked_bytes;
        if self.bytes_acked >= self.cwnd {
            self.bytes_acked -= self.cwnd;
            self.cwnd += ack.mss;
        }
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        // Without SACK the sender adds three segments and one for each duplicate ACK (§3.2, steps 3 and 4).
        self.cut_to(Self::halved(congestion.flight_size, congestion.mss));
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        self.cwnd = exit.window(self.ssthresh);
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        if timeout.attempt == Attempt::First {
            self.ssthresh = Self::halved(timeout.flight_size, timeout.mss);
        }
        // The loss window (§3.1).
        self.cwnd = timeout.mss;
        self.bytes_acked = 0;
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        // RW = min(IW, cwnd) (§4.1).
        self.cwnd = self.cwnd.min(restart.initial_window);
    }
}

#[cfg(test)]
mod tests {
    use sim_core::time::Time;

    use super::*;
    use crate::congestion::testing::{MSS, ack, loss, timeout};
    use crate::congestion::{Repair, UNLIMITED};

    fn new_reno(cwnd: u64, ssthresh: u64) -> NewReno {
        NewReno::new(&Config {}, &Start { mss: MSS, initial_window: cwnd, initial_ssthresh: ssthresh })
    }

    #[test]
    fn slow_start_adds_what_was_acknowledged_but_at_most_a_segment() {
        let mut control = new_reno(2 * MSS, UNLIMITED);
        control.on_ack(&ack(MSS));
        assert_eq!(control.cwnd(), 3_000);
        control.on_ack(&ack(2 * MSS));
        assert_eq!(control.cwnd(), 4_000);
        control.on_ack(&ack(10));
        assert_eq!(control.cwnd(), 4_010);
    }

    #[test]
    fn slow_start_ends_at_the_threshold() {
        let mut control = new_reno(4 * MSS, 4 * MSS + 500);
        control.on_ack(&ack(MSS));
        assert_eq!(control.cwnd(), 4_500);
    }

    #[test]
    fn congestion_avoidance_adds_one_segment_for_each_window_of_bytes() {
        let mut control = new_reno(4 * MSS, 4 * MSS);
        for _ in 0..3 {
            control.on_ack(&ack(MSS));
            assert_eq!(control.cwnd(), 4_000);
        }
        control.on_ack(&ack(MSS));
        assert_eq!(control.cwnd(), 5_000);
        for _ in 0..4 {
            control.on_ack(&ack(MSS));
        }
        assert_eq!(control.cwnd(), 5_000);
        control.on_ack(&ack(MSS));
        assert_eq!(control.cwnd(), 6_000);
    }

    #[test]
    fn fast_retransmit_halves_the_flight() {
        let mut control = new_reno(20 * MSS, UNLIMITED);
        control.on_congestion(&loss(16 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (8_000, 8_000));
    }

    #[test]
    fn ssthresh_is_never_below_two_segments() {
        let mut control = new_reno(2 * MSS, UNLIMITED);
        control.on_timeout(&timeout(MSS));
        assert_eq!(control.ssthresh(), 2_000);
    }

    #[test]
    fn a_timeout_leaves_a_window_of_one_segment() {
        let mut control = new_reno(20 * MSS, UNLIMITED);
        control.on_timeout(&timeout(20 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (1_000, 10_000));
    }

    #[test]
    fn ssthresh_is_held_when_the_same_segment_times_out_again() {
        let mut control = new_reno(20 * MSS, UNLIMITED);
        control.on_timeout(&timeout(20 * MSS));
        control.on_timeout(&TimeoutEvent { attempt: Attempt::Repeated, ..timeout(MSS) });
        assert_eq!(control.ssthresh(), 10_000);
    }

    #[test]
    fn a_window_that_was_not_used_does_not_grow() {
        let mut control = new_reno(4 * MSS, UNLIMITED);
        control.on_ack(&AckEvent { is_cwnd_limited: false, ..ack(MSS) });
        assert_eq!(control.cwnd(), 4_000);
    }

    #[test]
    fn recovery_by_partial_acks_ends_one_segment_above_what_is_outstanding() {
        let mut control = new_reno(20 * MSS, UNLIMITED);
        control.on_congestion(&loss(20 * MSS));
        let exit = |flight_size, repair| RecoveryExit { now: Time::ZERO, flight_size, mss: MSS, repair };
        control.on_exit_recovery(&exit(4 * MSS, Repair::PartialAcks));
        assert_eq!(control.cwnd(), 5_000);
        control.on_exit_recovery(&exit(40 * MSS, Repair::PartialAcks));
        assert_eq!(control.cwnd(), 10_000);
        control.on_exit_recovery(&exit(0, Repair::PartialAcks));
        assert_eq!(control.cwnd(), 2_000);
    }

    #[test]
    fn after_a_pause_the_window_is_at_most_the_initial_one() {
        let mut control = new_reno(50 * MSS, UNLIMITED);
        control.on_restart(&RestartEvent { now: Time::ZERO, initial_window: 10 * MSS, mss: MSS });
        assert_eq!(control.cwnd(), 10_000);
    }
}
