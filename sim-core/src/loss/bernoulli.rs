//! Bernoulli loss: each packet is lost with the same probability, independently of all others.

use serde::{Deserialize, Serialize};

use super::LossModel;
use crate::ids::FlowId;
use crate::packet::Packet;
use crate::random::Random;

/// Its name in files.
pub const NAME: &str = "bernoulli";
/// What it does.
pub const SUMMARY: &str = "each packet is lost with the same probability, independently";
/// Where it is described.
pub const SOURCE: &str = "the usual textbook channel";

/// How often packets are lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Probability that a packet is lost, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
}

/// Loses each packet with one probability.
#[derive(Clone, Debug)]
pub struct Bernoulli {
    probability: f64,
}

impl Bernoulli {
    /// The model described.
    pub fn new(config: &Config, _flow_named: &dyn Fn(&str) -> Option<FlowId>) -> Self {
        Bernoulli { probability: config.probability }
    }
}

impl LossModel for Bernoulli {
    fn loses(&mut self, _packet: &Packet, random: &mut Random) -> bool {
        random.chance(self.probability)
    }
}
