//! The rate of a TCP whose losses are rare: the square-root law.
//!
//! ```text
//! goodput = MSS/RTT · √(3/(2b)) / √p,   b packets to an acknowledgement
//! ```
//!
//! Mathis, Semke, Mahdavi & Ott, "The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm", 1997: a window
//! that grows by 1/b packets a round trip and is halved once in 1/p packets. Not in it: timeouts, slow start, the
//! receiver's window, the link's rate, and a round-trip time that queues make longer.

use super::{Gives, Inputs};

/// One line for lists.
pub const SUMMARY: &str = "goodput of TCP against loss, without timeouts: the square-root law";
/// Where it is from.
pub const SOURCE: &str = "Mathis et al. 1997";
/// Its name in legends.
pub const LABEL: &str = "Mathis: MSS/RTT·√(3/2bp)";
/// What it is a formula of.
pub const GIVES: Gives = Gives::Goodput;

/// Payload in bits per second.
pub fn formula(inputs: &Inputs) -> f64 {
    let rtt_s = inputs.rtt_s + inputs.transmission_s();
    inputs.payload_bits / rtt_s * (1.5 / (inputs.packets_per_ack * inputs.loss)).sqrt()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// 1460 bytes of payload over 100 ms; the link is so fast that a transmission takes no time.
    pub(in crate::theory) fn path(loss: f64, packets_per_ack: f64) -> Inputs {
        Inputs {
            payload_bits: 1460.0 * 8.0,
            packet_bits: 1500.0 * 8.0,
            rate_bps: 1e15,
            rtt_s: 0.1,
            loss,
            packets_per_ack,
            timeout_s: 1.0,
            ..Inputs::UNKNOWN
        }
    }

    #[test]
    fn a_hundredth_of_the_loss_is_ten_times_the_rate() {
        let check = |loss: f64, packets_per_ack: f64, expected_bps: f64| {
            let found = formula(&path(loss, packets_per_ack));
            assert!((found / expected_bps - 1.0).abs() < 1e-6, "p {loss}, b {packets_per_ack}: {found}");
        };
        check(0.001, 1.0, 4_523_645.0);
        check(0.001, 2.0, 3_198_700.0);
        check(0.01, 1.0, 1_430_502.0);
        check(0.01, 2.0, 1_011_518.0);
    }
}
