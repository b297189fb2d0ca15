//! Routers of which every two are joined with the same probability.
//!
//! The random graph G(n, p) (Gilbert, "Random Graphs", 1959; Erdős & Rényi, "On Random Graphs I", 1959). The number of
//! neighbours is nearly Poisson with mean p(n-1): no hubs. Below p = ln(n) / n some are alone with high probability.
//! Time and memory grow with n and the number of cables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::{Shape, draw};
use crate::hosts::HostNames;
use crate::problem::{check_count, check_number, check_size};
use crate::{Hosts, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "erdos_renyi";
/// What it looks like.
pub const SUMMARY: &str = "random: every two of the routers r1, r2, ... are joined with the same probability";
/// Where it is described.
pub const SOURCE: &str = "Gilbert 1959; Erdos & Renyi 1959";

/// G(n, p): n nodes, p n(n-1)/2 cables on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers there are (n).
    #[schemars(range(min = 2, max = MOST_NODES))]
    pub nodes: u32,
    /// How probable it is for each two that they are joined (p).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
    /// Whether as few cables as needed are added, each between random routers of two parts, until all reach each other.
    /// That makes graphs of small p different from G(n, p), and leaves connected ones as they are.
    #[serde(default)]
    pub connected: bool,
    /// What the draws come from: with another the network is another. Without it the seed of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Hosts `h1`, `h2`, … at every router.
    #[serde(default, skip_serializing_if = "Hosts::is_default")]
    pub hosts: Hosts,
    /// Every cable between routers.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/nodes", self.nodes, 2..=MOST_NODES);
        fits &= check_number(problems, "/probability", self.probability, 0.0..=1.0);
        let nodes = f64::from(self.nodes);
        let expected = self.probability * nodes * (nodes - 1.0) / 2.0;
        if fits && check_size(problems, "/probability", u128::from(self.nodes), expected as u128) {
            self.hosts.check(problems, u64::from(self.nodes), u64::from(self.nodes));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let mut random = plan.random(self.seed, NAME);
        let mut pairs = draw::independent(self.nodes, self.probability, &mut random);
        if self.connected {
            draw::join(self.nodes, &mut pairs, &mut random);
        }
        let routers = plan.routers(self.nodes, self.processing_delay);
        for (a, b) in pairs {
            plan.cable(routers[a as usize], routers[b as usize], &self.link);
        }
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}
