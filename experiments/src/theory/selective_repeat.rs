//! A window of W packets, of which only those that were lost are sent again.
//!
//! ```text
//! S = min(1, W / (1 + 2a)) · (1 - p),   1 + 2a = (RTT + L/R) / (L/R)
//! ```
//!
//! Stallings, Data and Computer Communications, appendix on the performance of link control protocols; Bertsekas &
//! Gallager 2.4. An upper bound: a window that waits for its oldest packet stands still for a timeout, which this leaves
//! out, as it does lost acknowledgements.

use super::{Gives, Inputs};

/// One line for lists.
pub const SUMMARY: &str = "share of a link's time that selective repeat uses well, with loss";
/// Where it is from.
pub const SOURCE: &str = "Stallings, appendix on link control; Bertsekas & Gallager 2.4";
/// Its name in legends.
pub const LABEL: &str = "selective repeat: min(1, W/(1+2a))·(1−p)";
/// What it is a formula of.
pub const GIVES: Gives = Gives::Efficiency;

/// Share of the link's time in which it carries packets that are needed.
pub fn formula(inputs: &Inputs) -> f64 {
    super::pipelining::formula(inputs) * (1.0 - inputs.loss)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// 1000-byte packets at 1 Mbps, 16 ms each way, so that a = 2.
    pub(in crate::theory) fn stallings(window: f64, loss: f64) -> Inputs {
        Inputs { window, loss, packet_bits: 8000.0, rate_bps: 1e6, rtt_s: 0.032, ..Inputs::UNKNOWN }
    }

    #[test]
    fn only_what_is_lost_is_lost() {
        for (window, loss, expected) in [(3.0, 0.0, 0.6), (7.0, 0.0, 1.0), (3.0, 0.1, 0.54), (7.0, 0.1, 0.9)] {
            assert!((formula(&stallings(window, loss)) - expected).abs() < 1e-12, "W {window}, p {loss}");
        }
    }
}
