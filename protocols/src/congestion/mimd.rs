//! MIMD: multiplicative increase, multiplicative decrease; it does not converge.
//!
//! Chiu & Jain 1989: both windows are multiplied alike, so that their ratio stays what it was, however long two flows
//! share a path. Here for that lesson; see [`aimd`](super::aimd) for what works. (Kelly's Scalable TCP, 2003, is MIMD.)

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::increase_decrease::{Change, IncreaseDecrease, Rule};

/// One line for lists.
pub const SUMMARY: &str = "Multiplies every round trip and at congestion: never becomes fair.";
/// Where it is from.
pub const SOURCE: &str = "Chiu & Jain 1989";

/// The two factors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the window is multiplied by in a round trip.
    #[schemars(range(min = 1.001, max = 10.0))]
    pub increase: f64,
    /// What it is multiplied by at congestion.
    #[schemars(range(min = 0.01, max = 0.99))]
    pub decrease: f64,
    /// Whether a connection begins, and goes on after a timeout, with slow start.
    pub slow_start: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config { increase: 1.1, decrease: 0.5, slow_start: false }
    }
}

/// Multiplicative increase, multiplicative decrease.
pub type Mimd = IncreaseDecrease;

impl From<&Config> for Rule {
    fn from(config: &Config) -> Rule {
        Rule {
            increase: Change::Multiply(config.increase),
            decrease: Change::Multiply(config.decrease),
            slow_start: config.slow_start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::CongestionControl;
    use crate::congestion::increase_decrease::testing::two_users;
    use crate::congestion::testing::{ack, start};

    #[test]
    fn the_window_grows_by_a_factor() {
        let mut control = Mimd::new(&Config::default(), &start(10));
        let mut grown = Vec::new();
        for _ in 0..4 {
            grown.push(control.cwnd());
            control.on_ack(&ack(control.cwnd()));
        }
        assert_eq!(grown, [10_000, 11_000, 12_100, 13_310]);
    }

    #[test]
    fn two_flows_keep_their_ratio() {
        for [one, other] in two_users(&Config::default(), [10, 30], 50, 100) {
            let ratio = other as f64 / one as f64;
            // Windows are whole bytes: rounded at each of some eight hundred changes.
            assert!((ratio - 3.0).abs() < 0.05, "{ratio}");
        }
    }
}
