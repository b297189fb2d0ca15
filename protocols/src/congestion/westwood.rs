//! Westwood+: after a loss the window is what the path was seen to carry, not half of what was tried.
//!
//! Mascolo et al., "TCP Westwood", MobiCom 2001; Grieco & Mascolo, "Performance evaluation and comparison of Westwood+,
//! New Reno, and Vegas TCP congestion control", CCR 2004. Grows as NewReno. A loss that no full queue caused (a noisy
//! radio) costs little: the bandwidth estimate has not fallen.
//! Not modelled: the original Westwood's estimate from every ACK, which ACK compression deceives. A loss never raises
//! the window (as in the 2001 paper), also where the estimate is above it.
//!
//! ```text
//! once a round trip   b = delivered bytes / time           BWE = 0.9 BWE + 0.1 b        the first b is BWE
//! at a loss           ssthresh = max(BWE RTTmin, 2 SMSS)   cwnd = min(cwnd, ssthresh)
//! at a timeout        ssthresh the same                    cwnd = 1 SMSS
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::{Duration, Time};

use super::new_reno::{self, NewReno};
use super::{
    AckEvent, Attempt, CongestionControl, CongestionEvent, Delivery, RecoveryExit, RestartEvent, Start, TimeoutEvent,
};

/// One line for lists.
pub const SUMMARY: &str = "NewReno that cuts to the bandwidth it has measured times the least RTT (Westwood+).";
/// Where it is from.
pub const SOURCE: &str = "Mascolo et al. 2001, Grieco & Mascolo 2004";

/// The filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The weight of the old estimate when a round trip gives a new sample.
    #[schemars(range(min = 0.0, max = 0.999))]
    pub filter: f64,
}

impl Default for Config {
    fn default() -> Self {
        Config { filter: 0.9 }
    }
}

/// NewReno with a bandwidth estimate.
#[derive(Clone, Debug)]
pub struct Westwood {
    reno: NewReno,
    filter: f64,
    /// BWE in bytes per second; none before the first whole round trip.
    bandwidth: Option<f64>,
    rtt_min: Option<Duration>,
    /// When the present round trip began, and what has arrived in it.
    round_start: Option<Time>,
    delivered_bytes: u64,
}

impl Westwood {
    /// At the start of a connection.
    pub fn new(config: &Config, start: &Start) -> Self {
        Westwood {
            reno: NewReno::new(&new_reno::Config::default(), start),
            filter: config.filter,
            bandwidth: None,
            rtt_min: None,
            round_start: None,
            delivered_bytes: 0,
        }
    }

    /// BWE RTTmin, at least two segments; none if the path was not measured yet.
    fn measured_window(&self, mss: u64) -> Option<u64> {
        let bytes = self.bandwidth? * self.rtt_min?.as_secs_f64();
        Some((bytes.round() as u64).max(2 * mss))
    }
}

impl CongestionControl for Westwood {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.reno.cwnd()
    }

    fn ssthresh(&self) -> u64 {
        self.reno.ssthresh()
    }

    #[inline]
    fn on_delivery(&mut self, delivery: &Delivery) {
        if let Some(rtt) = delivery.rtt {
            self.rtt_min = Some(self.rtt_min.map_or(rtt, |least| least.min(rtt)));
        }
        self.delivered_bytes = self.delivered_bytes.saturating_add(delivery.delivered_bytes);
        if !delivery.is_round_start {
            return;
        }
        if let Some(round_start) = self.round_start
            && delivery.now > round_start
        {
            let sample = self.delivered_bytes as f64 / (delivery.now - round_start).as_secs_f64();
            self.bandwidth = Some(match self.bandwidth {
                Some(estimate) => self.filter * estimate + (1.0 - self.filter) * sample,
                None => sample,
            });
        }
        self.round_start = Some(delivery.now);
        self.delivered_bytes = 0;
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        self.reno.on_ack(ack);
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        match self.measured_window(congestion.mss) {
            Some(ssthresh) => {
                self.reno.cut_to(ssthresh.min(self.reno.cwnd()));
                self.reno.set_ssthresh(ssthresh);
            }
            None => self.reno.on_congestion(congestion),
        }
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        // NewReno would set the window to ssthresh, which may be above it here.
        let window = exit.window(self.reno.ssthresh()).min(self.reno.cwnd());
        let ssthresh = self.reno.ssthresh();
        self.reno.cut_to(window);
        self.reno.set_ssthresh(ssthresh);
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        self.reno.on_timeout(timeout);
        if timeout.attempt == Attempt::First
            && let Some(ssthresh) = self.measured_window(timeout.mss)
        {
            self.reno.set_ssthresh(ssthresh);
        }
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        self.reno.on_restart(restart);
        // The pause was no round trip.
        self.round_start = None;
        self.delivered_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::Repair;
    use crate::congestion::testing::{MSS, ack, delivery, loss, start, timeout};

    fn at(millis: u64) -> Time {
        Time::ZERO + Duration::from_millis(millis)
    }

    fn westwood(segments: u64) -> Westwood {
        Westwood::new(&Config::default(), &start(segments))
    }

    /// At `millis`, all of a window of `bytes` has arrived, and a round trip of `rtt` ends.
    fn round(control: &mut Westwood, millis: u64, bytes: u64, rtt: u64) {
        let event = Delivery {
            now: at(millis),
            rtt: Some(Duration::from_millis(rtt)),
            is_round_start: true,
            ..delivery(bytes)
        };
        control.on_delivery(&event);
    }

    #[test]
    fn a_loss_cuts_to_the_bandwidth_times_the_least_round_trip_time() {
        let mut control = westwood(40);
        round(&mut control, 100, 1, 100);
        // 25 segments in 125 ms: 200 kB/s. RTTmin is 100 ms: 20 segments.
        round(&mut control, 225, 25 * MSS, 125);
        control.on_congestion(&loss(40 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (20_000, 20_000));
    }

    #[test]
    fn the_estimate_is_filtered_once_a_round_trip() {
        let mut control = westwood(40);
        round(&mut control, 0, 1, 100);
        // 100 kB/s, then 200, 300 and 400: 100, 110, 129, 156.1.
        for k in 1..=4 {
            // Half of it arrives within the round trip.
            control.on_delivery(&Delivery { now: at(100 * k - 50), ..delivery(5_000 * k) });
            round(&mut control, 100 * k, 5_000 * k, 100);
        }
        assert!((control.bandwidth.unwrap() - 156_100.0).abs() < 1e-6);
        control.on_congestion(&loss(40 * MSS));
        assert_eq!(control.ssthresh(), 15_610);
    }

    #[test]
    fn a_stray_loss_below_what_the_path_carries_costs_nothing() {
        let mut control = westwood(10);
        round(&mut control, 0, 1, 100);
        round(&mut control, 100, 20 * MSS, 100);
        control.on_congestion(&loss(10 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (10_000, 20_000));
        control.on_exit_recovery(&RecoveryExit { now: at(300), flight_size: 10 * MSS, mss: MSS, repair: Repair::Sack });
        assert_eq!((control.cwnd(), control.ssthresh()), (10_000, 20_000));
    }

    #[test]
    fn a_timeout_leaves_one_segment_and_the_measured_window_as_ssthresh() {
        let mut control = westwood(40);
        round(&mut control, 0, 1, 100);
        round(&mut control, 100, 20 * MSS, 100);
        control.on_timeout(&timeout(40 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (1_000, 20_000));
    }

    #[test]
    fn a_path_that_was_not_measured_is_treated_as_by_new_reno() {
        let mut control = westwood(40);
        control.on_congestion(&loss(40 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (20_000, 20_000));
    }

    #[test]
    fn two_segments_are_left_at_least() {
        let mut control = westwood(40);
        round(&mut control, 0, 1, 100);
        round(&mut control, 1_000, MSS, 100);
        control.on_congestion(&loss(40 * MSS));
        assert_eq!(control.cwnd(), 2_000);
    }

    #[test]
    fn it_grows_as_new_reno() {
        let mut control = westwood(2);
        control.on_ack(&ack(MSS));
        assert_eq!(control.cwnd(), 3_000);
    }
}
