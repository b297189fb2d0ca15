//! AIMD: additive increase, multiplicative decrease, with any constants; the sawtooth of the textbook.
//!
//! Chiu & Jain 1989; Kurose & Ross 3.7.1. `increase` segments more every round trip, `decrease` times the window at
//! congestion. Two flows that notice congestion together halve the difference of their windows each time: they come to
//! equal shares. How recovery and timeouts count is said in [`increase_decrease`](super::increase_decrease).
//!
//! In the long run a flow with loss rate p has a mean window of about `sqrt(a (1 + b) / (2 (1 - b) p))` segments for
//! AIMD(a, b), so that AIMD(3 (1 - b) / (1 + b), b) gets the share of AIMD(1, 1/2) (Floyd, Handley & Padhye 2000).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::increase_decrease::{Change, IncreaseDecrease, Rule};

/// One line for lists.
pub const SUMMARY: &str = "Adds to the window every round trip, multiplies it at congestion.";
/// Where it is from.
pub const SOURCE: &str = "Chiu & Jain 1989, Kurose & Ross 3.7.1";

/// a and b of AIMD(a, b).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Segments the window grows by in a round trip.
    #[schemars(range(min = 0.001, max = 1000.0))]
    pub increase: f64,
    /// What the window is multiplied by at congestion.
    #[schemars(range(min = 0.01, max = 0.99))]
    pub decrease: f64,
    /// Whether a connection begins, and goes on after a timeout, with slow start.
    pub slow_start: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config { increase: 1.0, decrease: 0.5, slow_start: false }
    }
}

/// Additive increase, multiplicative decrease.
pub type Aimd = IncreaseDecrease;

impl From<&Config> for Rule {
    fn from(config: &Config) -> Rule {
        Rule {
            increase: Change::Add(config.increase),
            decrease: Change::Multiply(config.decrease),
            slow_start: config.slow_start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::CongestionControl;
    use crate::congestion::increase_decrease::testing::{two_users, windows};
    use crate::congestion::testing::{MSS, loss, start};

    #[test]
    fn a_path_for_ten_segments_gives_the_sawtooth_of_the_textbook() {
        let mut control = Aimd::new(&Config::default(), &start(1));
        let windows = windows(&mut control, 10, 23);
        assert_eq!(windows, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 5, 6, 7, 8, 9, 10, 5, 6, 7, 8, 9, 10, 5]);
        let cycle = &windows[10..16];
        assert_eq!(cycle.iter().sum::<u64>() as f64 / cycle.len() as f64, 7.5);
    }

    #[test]
    fn other_constants_give_other_teeth() {
        let mut control = Aimd::new(&Config { increase: 2.0, decrease: 0.75, ..Config::default() }, &start(2));
        // 16 * 0.75 = 12.
        assert_eq!(windows(&mut control, 16, 12), [2, 4, 6, 8, 10, 12, 14, 16, 12, 14, 16, 12]);
        let mut control = Aimd::new(&Config { increase: 0.5, ..Config::default() }, &start(4));
        // Half a segment a round trip: windows of 4, 4.5, 5, ... are used for whole segments only.
        let mut grown = Vec::new();
        for _ in 0..4 {
            grown.push(control.cwnd());
            control.on_ack(&crate::congestion::testing::ack(control.cwnd()));
        }
        assert_eq!(grown, [4_000, 4_500, 5_000, 5_500]);
    }

    #[test]
    fn two_flows_halve_their_difference_at_every_loss() {
        let seen = two_users(&Config::default(), [1, 39], 50, 12);
        // 38 apart at first; neither knows of the other.
        for (at, [one, other]) in seen.iter().enumerate() {
            let expected = 38_000.0 / 2.0_f64.powi(at as i32 + 1);
            assert!((one.abs_diff(*other) as f64 - expected).abs() <= 2.0, "loss {at}: {one} and {other}");
        }
        // Chiu and Jain's fluid model: 3 and 22 after the first loss, at a capacity of 50.
        assert_eq!(seen[0], [3_000, 22_000]);
    }

    #[test]
    fn one_segment_is_left_at_least() {
        let mut control = Aimd::new(&Config::default(), &start(1));
        control.on_congestion(&loss(MSS));
        assert_eq!(control.cwnd(), 1_000);
    }
}
