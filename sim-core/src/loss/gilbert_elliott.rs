//! Gilbert-Elliott loss: a channel that is in a good or a bad state, and loses packets with a probability of the state.
//!
//! ```text
//!           good_to_bad
//!   good  -------------->  bad        share of time in the bad state:
//!   loss_good <----------  loss_bad   good_to_bad / (good_to_bad + bad_to_good)
//!           bad_to_good
//! ```
//!
//! Gilbert, "Capacity of a Burst-Noise Channel", 1960; Elliott, "Estimates of Error Rates for Codes on Burst-Noise
//! Channels", 1963. The state moves once a packet, after the packet's fate is drawn.

use serde::{Deserialize, Serialize};

use super::LossModel;
use crate::ids::FlowId;
use crate::packet::Packet;
use crate::random::Random;

/// Its name in files.
pub const NAME: &str = "gilbert_elliott";
/// What it does.
pub const SUMMARY: &str = "losses in bursts: a good and a bad state, each with its own loss probability";
/// Where it is described.
pub const SOURCE: &str = "Gilbert 1960, Elliott 1963";

/// How the states alternate and what each loses; all values are probabilities per packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// From the good state to the bad one.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub good_to_bad: f64,
    /// From the bad state back to the good one.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub bad_to_good: f64,
    /// Loss in the good state.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub loss_good: f64,
    /// Loss in the bad state.
    #[serde(default = "always")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub loss_bad: f64,
}

fn always() -> f64 {
    1.0
}

/// The channel; it starts in the good state.
#[derive(Clone, Debug)]
pub struct GilbertElliott {
    config: Config,
    is_bad: bool,
}

impl GilbertElliott {
    /// The model described.
    pub fn new(config: &Config, _flow_named: &dyn Fn(&str) -> Option<FlowId>) -> Self {
        GilbertElliott { config: config.clone(), is_bad: false }
    }
}

impl LossModel for GilbertElliott {
    fn loses(&mut self, _packet: &Packet, random: &mut Random) -> bool {
        let (loss, leave) = match self.is_bad {
            true => (self.config.loss_bad, self.config.bad_to_good),
            false => (self.config.loss_good, self.config.good_to_bad),
        };
        let is_lost = random.chance(loss);
        self.is_bad ^= random.chance(leave);
        is_lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::packet;

    #[test]
    fn loss_has_the_stationary_rate_and_comes_in_bursts() {
        let config = Config { good_to_bad: 0.01, bad_to_good: 0.25, loss_good: 0.0, loss_bad: 1.0 };
        let mut channel = GilbertElliott::new(&config, &|_| None);
        let mut random = Random::stream(3, "wire", "loss");
        let fates: Vec<bool> = (0..400_000).map(|_| channel.loses(&packet(100), &mut random)).collect();
        let lost = fates.iter().filter(|&&lost| lost).count() as f64;
        let bursts = fates.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
        // Stationary share 0.01 / 0.26; a stay in the bad state lasts 1 / 0.25 packets on average.
        assert!((lost / 400_000.0 - 0.01 / 0.26).abs() < 0.002, "{}", lost / 400_000.0);
        assert!((lost / bursts - 4.0).abs() < 0.15, "{}", lost / bursts);
    }
}
