//! AIAD: additive increase, additive decrease; it does not converge.
//!
//! Chiu & Jain 1989: two flows add the same and subtract the same, so that the difference of their windows stays what it
//! was, however long they share a path. Here for that lesson; see [`aimd`](super::aimd) for what works.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::increase_decrease::{Change, IncreaseDecrease, Rule};

/// One line for lists.
pub const SUMMARY: &str = "Adds every round trip, subtracts at congestion: never becomes fair.";
/// Where it is from.
pub const SOURCE: &str = "Chiu & Jain 1989";

/// The two steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Segments the window grows by in a round trip.
    #[schemars(range(min = 0.001, max = 1000.0))]
    pub increase: f64,
    /// Segments it loses at congestion.
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub decrease: f64,
    /// Whether a connection begins, and goes on after a timeout, with slow start.
    pub slow_start: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config { increase: 1.0, decrease: 4.0, slow_start: false }
    }
}

/// Additive increase, additive decrease.
pub type Aiad = IncreaseDecrease;

impl From<&Config> for Rule {
    fn from(config: &Config) -> Rule {
        Rule {
            increase: Change::Add(config.increase),
            decrease: Change::Add(-config.decrease),
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
    fn the_teeth_are_as_deep_as_the_step() {
        let mut control = Aiad::new(&Config::default(), &start(8));
        assert_eq!(windows(&mut control, 10, 12), [8, 9, 10, 6, 7, 8, 9, 10, 6, 7, 8, 9]);
    }

    #[test]
    fn two_flows_keep_their_difference() {
        for [one, other] in two_users(&Config::default(), [10, 30], 50, 100) {
            assert_eq!(other - one, 20_000);
        }
    }

    #[test]
    fn one_segment_is_left_at_least() {
        let mut control = Aiad::new(&Config::default(), &start(3));
        control.on_congestion(&loss(3 * MSS));
        assert_eq!(control.cwnd(), 1_000);
    }
}
