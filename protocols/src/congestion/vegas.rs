//! Vegas: keeps a few packets in the queue and no more, by comparing the rate it has with the rate it would have.
//!
//! Brakmo, O'Malley & Peterson, "TCP Vegas: New Techniques for Congestion Detection and Avoidance", SIGCOMM 1994;
//! Brakmo & Peterson, JSAC 1995. alpha and beta are 2 and 4, gamma is 1, as in most of the paper's trials.
//! The RTT of a round trip is the least of its samples, which delayed ACKs do not lengthen (the paper times one segment).
//! Leaving slow start, the window is cut to what was on the path besides the queue, and a segment, as in Linux.
//! Not modelled: Vegas' own retransmissions by fine-grained clocks. Losses and timeouts are answered as by NewReno.
//!
//! ```text
//! once a round trip    Diff = cwnd - cwnd BaseRTT / RTT       segments waiting in the queue
//! slow start           doubles every other round trip; ends when Diff > gamma
//! afterwards           Diff < alpha: cwnd += 1 segment        Diff > beta: cwnd -= 1 segment
//! ```
//!
//! BaseRTT is the least RTT seen. A flow that starts when others have filled the queue takes the queue for the path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;

use super::new_reno::{self, NewReno};
use super::{
    AckEvent, CongestionControl, CongestionEvent, RecoveryExit, RestartEvent, Start, TimeoutEvent, slow_start,
};

/// One line for lists.
pub const SUMMARY: &str = "Keeps between alpha and beta packets in the queue, by the round-trip time.";
/// Where it is from.
pub const SOURCE: &str = "Brakmo & Peterson 1995";

/// The thresholds, in segments in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// With fewer the window grows.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub alpha: u32,
    /// With more it shrinks.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub beta: u32,
    /// With more slow start ends.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub gamma: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config { alpha: 2, beta: 4, gamma: 1 }
    }
}

/// The windows of Vegas.
#[derive(Clone, Debug)]
pub struct Vegas {
    config: Config,
    /// Keeps the window, and answers losses.
    reno: NewReno,
    base_rtt: Option<Duration>,
    /// The least of the present round trip.
    round_rtt: Option<Duration>,
    /// In slow start: whether this is a round trip of growth. In the other the rates are compared.
    grows: bool,
    /// Whether the window was in use in the present round trip.
    was_used: bool,
}

impl Vegas {
    /// At the start of a connection.
    pub fn new(config: &Config, start: &Start) -> Self {
        Vegas {
            config: config.clone(),
            reno: NewReno::new(&new_reno::Config::default(), start),
            base_rtt: None,
            round_rtt: None,
            grows: true,
            was_used: false,
        }
    }

    fn end_round(&mut self, mss: u64) {
        let rtt = self.round_rtt.take();
        let was_used = std::mem::take(&mut self.was_used);
        let (Some(rtt), Some(base_rtt)) = (rtt, self.base_rtt) else { return };
        let cwnd = self.reno.cwnd();
        // What would be under way if the queue were empty; the rest of the window waits.
        let on_path = (u128::from(cwnd) * u128::from(base_rtt.picos()) / u128::from(rtt.picos().max(1))) as u64;
        let queued = cwnd - on_path.min(cwnd);
        let segments = |count: u32| u64::from(count) * mss;
        if cwnd < self.reno.ssthresh() {
            if queued > segments(self.config.gamma) {
                self.reno.cut_to((on_path + mss).clamp(2 * mss, cwnd.max(2 * mss)));
            } else {
                self.grows = !self.grows;
            }
        } else if queued > segments(self.config.beta.max(self.config.alpha)) {
            self.set((cwnd - mss.min(cwnd)).max(2 * mss));
        } else if queued < segments(self.config.alpha) && was_used {
            self.set(cwnd.saturating_add(mss));
        }
    }

    /// Another window in congestion avoidance. ssthresh goes with it, or the sender would be back in slow start.
    fn set(&mut self, window: u64) {
        let ssthresh = self.reno.ssthresh().min(window);
        self.reno.cut_to(window);
        self.reno.set_ssthresh(ssthresh);
    }
}

impl CongestionControl for Vegas {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.reno.cwnd()
    }

    fn ssthresh(&self) -> u64 {
        self.reno.ssthresh()
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        // The first round trip begins with the first ACK.
        let ends_round = ack.is_round_start && self.base_rtt.is_some();
        if let Some(rtt) = ack.rtt {
            self.base_rtt = Some(self.base_rtt.map_or(rtt, |least| least.min(rtt)));
            self.round_rtt = Some(self.round_rtt.map_or(rtt, |least| least.min(rtt)));
        }
        self.was_used |= ack.is_cwnd_limited;
        let cwnd = self.reno.cwnd();
        if cwnd < self.reno.ssthresh() && self.grows && ack.is_cwnd_limited {
            let ssthresh = self.reno.ssthresh();
            let increase = slow_start::increase(ack.acked_bytes, ack.mss, Some(slow_start::RFC_5681_LIMIT));
            self.reno.cut_to(cwnd.saturating_add(increase));
            self.reno.set_ssthresh(ssthresh);
        }
        if ends_round {
            self.end_round(ack.mss);
        }
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        self.reno.on_congestion(congestion);
        self.round_rtt = None;
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        self.reno.on_exit_recovery(exit);
        self.round_rtt = None;
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        self.reno.on_timeout(timeout);
        self.round_rtt = None;
        self.grows = true;
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        self.reno.on_restart(restart);
        self.round_rtt = None;
        self.grows = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::testing::{MSS, ack, loss, start, timeout};

    fn vegas(segments: u64) -> Vegas {
        Vegas::new(&Config::default(), &start(segments))
    }

    fn sample(control: &mut Vegas, millis: u64, is_round_start: bool) {
        control.on_ack(&AckEvent { rtt: Some(Duration::from_millis(millis)), is_round_start, ..ack(MSS) });
    }

    /// A whole window is acknowledged, a segment at a time; the last ACK ends the round trip.
    fn round(control: &mut Vegas, millis: u64) -> u64 {
        let segments = control.cwnd() / MSS;
        for at in 1..=segments {
            sample(control, millis, at == segments);
        }
        control.cwnd() / MSS
    }

    /// In congestion avoidance with a window of `segments` and a BaseRTT of 100 ms.
    fn avoiding(segments: u64) -> Vegas {
        let mut control = vegas(segments);
        control.reno.set_ssthresh(segments * MSS);
        control.base_rtt = Some(Duration::from_millis(100));
        control
    }

    #[test]
    fn slow_start_doubles_every_other_round_trip() {
        let mut control = vegas(2);
        // The first ACK begins the first round trip.
        sample(&mut control, 100, true);
        sample(&mut control, 100, true);
        assert_eq!(control.cwnd(), 4_000);
        let windows: Vec<u64> = (0..6).map(|_| round(&mut control, 100)).collect();
        assert_eq!(windows, [4, 8, 8, 16, 16, 32]);
    }

    #[test]
    fn slow_start_ends_when_more_than_a_segment_waits() {
        let mut control = vegas(20);
        control.base_rtt = Some(Duration::from_millis(100));
        control.grows = false;
        // Diff = 20 (1 - 100 / 105) = 0.95.
        assert_eq!(round(&mut control, 105), 20);
        assert_eq!(control.ssthresh(), crate::congestion::UNLIMITED);
        control.grows = false;
        // 20 * 100 / 125 = 16 segments were on the path, 4 in the queue.
        assert_eq!(round(&mut control, 125), 17);
        assert_eq!(control.ssthresh(), 17_000);
    }

    #[test]
    fn the_window_moves_by_a_segment_when_the_queue_is_out_of_bounds() {
        // Diff = 20 (1 - 100 / RTT).
        for (rtt, window) in [
            (100, 21), // 0 waiting
            (111, 21), // 1.98
            (112, 20), // 2.14
            (124, 20), // 3.87
            (126, 19), // 4.13
            (200, 19), // 10
        ] {
            assert_eq!(round(&mut avoiding(20), rtt), window, "{rtt} ms");
        }
    }

    #[test]
    fn the_least_rtt_of_a_round_trip_counts() {
        let mut control = avoiding(20);
        for _ in 0..10 {
            sample(&mut control, 300, false);
        }
        sample(&mut control, 100, true);
        assert_eq!(control.cwnd(), 21_000);
    }

    #[test]
    fn two_segments_are_left_at_least() {
        let mut control = avoiding(2);
        control.config.beta = 0;
        control.config.alpha = 0;
        assert_eq!(round(&mut control, 300), 2);
    }

    #[test]
    fn a_window_that_was_not_used_does_not_grow() {
        let mut control = avoiding(20);
        let event = ack(MSS);
        control.on_ack(&AckEvent {
            rtt: Some(Duration::from_millis(100)),
            is_round_start: true,
            is_cwnd_limited: false,
            ..event
        });
        assert_eq!(control.cwnd(), 20_000);
    }

    #[test]
    fn losses_and_timeouts_are_answered_as_by_new_reno() {
        let mut control = avoiding(20);
        control.on_congestion(&loss(20 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (10_000, 10_000));
        control.on_timeout(&timeout(10 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (1_000, 5_000));
    }
}
