//! One packet a round trip, sent again until it arrives.
//!
//! ```text
//! S = (1 - p) / (1 + 2a),   1 + 2a = (RTT + L/R) / (L/R)
//! ```
//!
//! Stallings, Data and Computer Communications, appendix on the performance of link control protocols; Bertsekas &
//! Gallager 2.4. It holds where the timeout is as long as a round trip, and acknowledgements are not lost.

use super::{Gives, Inputs};

/// One line for lists.
pub const SUMMARY: &str = "share of a link's time that stop-and-wait uses well, with loss";
/// Where it is from.
pub const SOURCE: &str = "Stallings, appendix on link control; Bertsekas & Gallager 2.4";
/// Its name in legends.
pub const LABEL: &str = "stop-and-wait: (1−p) / (1+2a)";
/// What it is a formula of.
pub const GIVES: Gives = Gives::Efficiency;

/// Share of the link's time in which it carries packets that are needed.
pub fn formula(inputs: &Inputs) -> f64 {
    (1.0 - inputs.loss) / inputs.full_window()
}

#[cfg(test)]
mod tests {
    use super::super::selective_repeat::tests::stallings;
    use super::*;

    #[test]
    fn a_tenth_lost_costs_a_tenth() {
        for (loss, expected) in [(0.0, 0.2), (0.1, 0.18)] {
            assert!((formula(&stallings(1.0, loss)) - expected).abs() < 1e-12);
        }
    }
}
