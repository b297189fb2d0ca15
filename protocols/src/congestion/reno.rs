//! Reno: the windows of NewReno, and a fast recovery that ends with the first ACK of new data.
//!
//! RFC 2581 §3.2 (4.3BSD-Reno, 1990), with RFC 2582's remedy against a second fast retransmit for the same window:
//! duplicate ACKs of what was outstanding at the last loss begin no recovery. So a window that lost several segments
//! mostly waits for the timer, as in the simulations of Fall & Floyd (1996).
//! With SACK, RFC 6675 repairs and Reno is NewReno. Not modelled: recoveries without that remedy.
//!
//! ```text
//! fast retransmit       ssthresh = max(FlightSize / 2, 2 SMSS), cwnd = ssthresh + 3 SMSS
//! each duplicate ACK    cwnd += SMSS
//! first new ACK         cwnd = ssthresh
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::new_reno::{self, NewReno};
use super::{AckEvent, CongestionControl, CongestionEvent, FastRecovery, RestartEvent, Start, TimeoutEvent};

/// One line for lists.
pub const SUMMARY: &str = "Fast recovery that ends with the first new ACK: one loss in a window is repaired, not two.";
/// Where it is from.
pub const SOURCE: &str = "RFC 2581, RFC 2582 (section 5); Fall & Floyd 1996";

/// Reno has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

/// The windows of NewReno; what differs is when recovery ends.
#[derive(Clone, Debug)]
pub struct Reno(NewReno);

impl Reno {
    /// At the start of a connection.
    pub fn new(_config: &Config, start: &Start) -> Self {
        Reno(NewReno::new(&new_reno::Config {}, start))
    }
}

impl CongestionControl for Reno {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.0.cwnd()
    }

    fn ssthresh(&self) -> u64 {
        self.0.ssthresh()
    }

    fn fast_recovery(&self) -> FastRecovery {
        FastRecovery::UntilNewAck
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        self.0.on_ack(ack);
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        // The window is ssthresh from here on: what the sender adds to it ends with recovery ("deflating", step 5).
        self.0.on_congestion(congestion);
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
    use sim_core::time::Time;

    use super::*;
    use crate::congestion::testing::{MSS, loss, start};
    use crate::congestion::{RecoveryExit, Repair};

    #[test]
    fn recovery_ends_with_half_the_flight_however_little_is_outstanding() {
        let mut control = Reno::new(&Config {}, &start(20));
        control.on_congestion(&loss(16 * MSS));
        let exit = RecoveryExit { now: Time::ZERO, flight_size: 1_000, mss: 1_000, repair: Repair::PartialAcks };
        control.on_exit_recovery(&exit);
        assert_eq!((control.cwnd(), control.ssthresh()), (8_000, 8_000));
    }
}
