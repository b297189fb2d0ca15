//! Scalable TCP: a hundredth of a segment more for each segment acknowledged, an eighth less at congestion.
//!
//! Kelly, "Scalable TCP: Improving Performance in Highspeed Wide Area Networks", 2003. The time it takes to win back what
//! a loss has cost does not depend on the window. Up to the legacy window it grows as NewReno.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AckEvent, Attempt, CongestionControl, CongestionEvent, RecoveryExit, RestartEvent, Start, TimeoutEvent, slow_start,
};

/// One line for lists.
pub const SUMMARY: &str = "A hundredth of a segment for each one acknowledged, an eighth of the window at a loss.";
/// Where it is from.
pub const SOURCE: &str = "Kelly 2003";

/// The constants of the paper. The ranges are checked before a run and shown by editors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// a: what an acknowledged segment adds, in segments.
    #[schemars(range(min = 0.0001, max = 1.0))]
    pub increase: f64,
    /// b: the part of the window that a loss takes.
    #[schemars(range(min = 0.01, max = 0.9))]
    pub decrease: f64,
    /// lwnd: up to so many segments the window grows by one in a round trip.
    pub legacy_window: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config { increase: 0.01, decrease: 0.125, legacy_window: 16 }
    }
}

/// The window of Scalable TCP.
#[derive(Clone, Debug)]
pub struct Scalable {
    config: Config,
    cwnd: u64,
    ssthresh: u64,
    /// What cwnd is to grow by, in segments: less than one.
    credit: f64,
}

impl Scalable {
    /// When the handshake is over.
    pub fn new(config: &Config, start: &Start) -> Self {
        Scalable { config: config.clone(), cwnd: start.initial_window, ssthresh: start.initial_ssthresh, credit: 0.0 }
    }

    fn reduced(&self, flight_size: u64, mss: u64) -> u64 {
        let left = flight_size as f64 * (1.0 - self.config.decrease);
        (left.round() as u64).max(2 * mss)
    }
}

impl CongestionControl for Scalable {
    fn cwnd(&self) -> u64 {
        self.cwnd
    }

    fn ssthresh(&self) -> u64 {
        self.ssthresh
    }

    fn on_ack(&mut self, ack: &AckEvent) {
        // A window that was not used has not been tried: it should not grow.
        if !ack.is_cwnd_limited {
            return;
        }
        if self.cwnd < self.ssthresh {
            self.cwnd += slow_start::increase(ack.acked_bytes, ack.mss, Some(slow_start::RFC_5681_LIMIT));
            return;
        }
        let acked = ack.acked_bytes as f64 / ack.mss as f64;
        let window = self.cwnd as f64 / ack.mss as f64;
        let is_legacy = window <= f64::from(self.config.legacy_window);
        self.credit += acked * if is_legacy { 1.0 / window } else { self.config.increase };
        let whole = self.credit as u64;
        self.cwnd += whole * ack.mss;
        self.credit -= whole as f64;
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        self.ssthresh = self.reduced(congestion.flight_size, congestion.mss);
        self.cwnd = self.ssthresh;
        self.credit = 0.0;
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        self.cwnd = exit.window(self.ssthresh);
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        if timeout.attempt == Attempt::First {
            self.ssthresh = self.reduced(timeout.flight_size, timeout.mss);
        }
        self.cwnd = timeout.mss;
        self.credit = 0.0;
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        self.cwnd = self.cwnd.min(restart.initial_window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::testing::{MSS, ack, loss, start};

    #[test]
    fn a_loss_takes_an_eighth_of_the_flight() {
        let mut control = Scalable::new(&Config::default(), &start(80));
        control.on_congestion(&loss(80 * MSS));
        assert_eq!(control.cwnd(), 70_000);
    }

    #[test]
    fn four_quarters_of_a_segment_are_a_segment() {
        let mut control = Scalable::new(&Config { increase: 0.25, ..Config::default() }, &start(80));
        control.on_congestion(&loss(80 * MSS));
        for _ in 0..3 {
            control.on_ack(&ack(MSS));
            assert_eq!(control.cwnd(), 70_000);
        }
        control.on_ack(&ack(MSS));
        assert_eq!(control.cwnd(), 71_000);
    }
}
