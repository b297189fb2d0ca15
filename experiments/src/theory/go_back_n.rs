//! A window of W packets, all of which are sent again from the one that was lost.
//!
//! ```text
//! W ≥ 1 + 2a:  S = (1 - p) / (1 + 2a·p)
//! W < 1 + 2a:  S = W·(1 - p) / ((1 + 2a)·(1 - p + W·p)),   1 + 2a = (RTT + L/R) / (L/R)
//! ```
//!
//! Stallings, Data and Computer Communications, appendix on the performance of link control protocols: a lost packet
//! costs K transmissions, K = 1 + 2a where the window is large, W where it is small. It holds where the timeout is as
//! long as a round trip, and acknowledgements are not lost.

use super::{Gives, Inputs};

/// One line for lists.
pub const SUMMARY: &str = "share of a link's time that go-back-N uses well, with loss";
/// Where it is from.
pub const SOURCE: &str = "Stallings, appendix on link control; Bertsekas & Gallager 2.4";
/// Its name in legends.
pub const LABEL: &str = "go-back-N";
/// What it is a formula of.
pub const GIVES: Gives = Gives::Efficiency;

/// Share of the link's time in which it carries packets that are needed.
pub fn formula(inputs: &Inputs) -> f64 {
    let (window, full, p) = (inputs.window, inputs.full_window(), inputs.loss);
    match window >= full {
        true => (1.0 - p) / (1.0 + (full - 1.0) * p),
        false => window * (1.0 - p) / (full * (1.0 - p + window * p)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::selective_repeat::tests::stallings;
    use super::*;

    #[test]
    fn each_loss_costs_what_was_under_way() {
        let cases = [(3.0, 0.0, 0.6), (7.0, 0.0, 1.0), (3.0, 0.1, 0.45), (7.0, 0.1, 0.642_857_142_857)];
        for (window, loss, expected) in cases {
            assert!((formula(&stallings(window, loss)) - expected).abs() < 1e-9, "W {window}, p {loss}");
        }
    }

    #[test]
    fn both_branches_meet_where_the_window_fills_the_pipe() {
        let at = |window: f64| formula(&stallings(window, 0.2));
        assert!((at(5.0) - at(5.0 - 1e-9)).abs() < 1e-8);
    }
}
