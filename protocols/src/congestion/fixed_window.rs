//! A window that never moves: for lessons on windows and on what congestion control is good for.
//!
//! Kurose & Ross 3.4 (sliding window). Losses are repaired as ever; the window takes no notice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AckEvent, CongestionControl, CongestionEvent, FastRecovery, Start, TimeoutEvent, UNLIMITED};

/// One line for lists.
pub const SUMMARY: &str = "A constant window, whatever is lost.";
/// Where it is from.
pub const SOURCE: &str = "Kurose & Ross 3.4";

/// The size of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The window in segments of one MSS.
    #[schemars(range(min = 1))]
    pub segments: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config { segments: 10 }
    }
}

/// A constant window.
#[derive(Clone, Debug)]
pub struct FixedWindow {
    cwnd: u64,
}

impl FixedWindow {
    /// At the start of a connection.
    pub fn new(config: &Config, start: &Start) -> Self {
        // Less than a segment would never send anything.
        FixedWindow { cwnd: u64::from(config.segments.max(1)) * start.mss }
    }
}

impl CongestionControl for FixedWindow {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.cwnd
    }

    fn ssthresh(&self) -> u64 {
        UNLIMITED
    }

    fn fast_recovery(&self) -> FastRecovery {
        FastRecovery::OwnWindow
    }

    fn on_ack(&mut self, _ack: &AckEvent) {}

    fn on_congestion(&mut self, _congestion: &CongestionEvent) {}

    fn on_timeout(&mut self, _timeout: &TimeoutEvent) {}
}

#[cfg(test)]
mod tests {
    use sim_core::time::Time;

    use super::*;
    use crate::congestion::Signal;

    #[test]
    fn a_loss_does_not_move_the_window() {
        let start = Start { mss: 1_000, initial_window: 10_000, initial_ssthresh: UNLIMITED };
        let mut control = FixedWindow::new(&Config { segments: 4 }, &start);
        control.on_congestion(&CongestionEvent {
            now: Time::ZERO,
            signal: Signal::Loss,
            flight_size: 4_000,
            mss: 1_000,
        });
        assert_eq!(control.cwnd(), 4_000);
    }
}
