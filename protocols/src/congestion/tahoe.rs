//! Tahoe: slow start, congestion avoidance and fast retransmit, but no fast recovery.
//!
//! Jacobson, "Congestion Avoidance and Control", 1988, as 4.3BSD-Tahoe had it; the byte counting is that of RFC 5681.
//! Three duplicate ACKs are answered like a timeout, only sooner: the window falls to one segment, and slow start sends
//! again what may be missing, from the first hole on.
//! Not modelled: the coarse clock of the time (`clock_granularity` and `min_rto` of TCP are parameters of their own).
//!
//! ```text
//! slow start            cwnd += min(acked, SMSS)        for every ACK        while cwnd < ssthresh, and up to it
//! congestion avoidance  cwnd += SMSS                    when cwnd bytes have been acknowledged
//! any loss              ssthresh = max(FlightSize / 2, 2 SMSS), cwnd = 1 SMSS
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::new_reno::{self, NewReno};
use super::{AckEvent, Attempt, CongestionControl, CongestionEvent, FastRecovery, RestartEvent, Start, TimeoutEvent};

/// One line for lists.
pub const SUMMARY: &str = "Slow start, congestion avoidance, fast retransmit; every loss ends in slow start.";
/// Where it is from.
pub const SOURCE: &str = "Jacobson 1988; Fall & Floyd 1996";

/// Tahoe has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

/// The windows of NewReno, with the answer to a timeout for every loss.
#[derive(Clone, Debug)]
pub struct Tahoe(NewReno);

impl Tahoe {
    /// At the start of a connection.
    pub fn new(_config: &Config, start: &Start) -> Self {
        Tahoe(NewReno::new(&new_reno::Config {}, start))
    }
}

impl CongestionControl for Tahoe {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.0.cwnd()
    }

    fn ssthresh(&self) -> u64 {
        self.0.ssthresh()
    }

    fn fast_recovery(&self) -> FastRecovery {
        FastRecovery::None
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        self.0.on_ack(ack);
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        let CongestionEvent { now, flight_size, mss, signal: _ } = *congestion;
        self.0.on_timeout(&TimeoutEvent { now, flight_size, mss, attempt: Attempt::First });
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        self.0.on_timeout(timeout);
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        self.0.on_restart(restart);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::testing::{MSS, loss, start};

    #[test]
    fn a_fast_retransmit_leaves_one_segment_of_window_and_half_the_flight_as_threshold() {
        let mut control = Tahoe::new(&Config {}, &start(20));
        control.on_congestion(&loss(16 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (1_000, 8_000));
    }
}
