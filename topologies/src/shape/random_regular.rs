//! Routers that all have the same number of neighbours, and are joined at random otherwise.
//!
//! Of all graphs with n nodes of degree d one, nearly all equally probable (Bollobás 1980). From
//! degree 3 on nearly all are connected, and short: the diameter grows with the logarithm of n.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::{Shape, draw};
use crate::hosts::HostNames;
use crate::problem::{check_count, check_size};
use crate::{Fault, Hosts, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "random_regular";
/// What it looks like.
pub const SUMMARY: &str = "random: routers r1, r2, ... that all have the same number of neighbors";
/// Where it is described.
pub const SOURCE: &str = "Bollobas 1980";

/// n routers with d neighbours each: n nodes, n d / 2 cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers there are (n).
    #[schemars(range(min = 2, max = MOST_NODES))]
    pub nodes: u32,
    /// How many neighbours each has (d), fewer than there are routers. One of the two must be even.
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub degree: u32,
    /// Whether all must reach each other. Parts then exchange ends of cables, so that every router keeps its degree.
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

/// Reports that there is no graph of so many nodes of this degree. Returns whether there is.
pub(super) fn check_regular(problems: &mut Vec<Problem>, at: &str, nodes: u32, degree: u32) -> bool {
    let sum = u64::from(nodes) * u64::from(degree);
    if degree >= nodes {
        let (given, most) = (u64::from(degree), u64::from(nodes) - 1);
        problems.push(Problem::new(at, Fault::OutOfRange { given, least: 1, most }));
    } else if !sum.is_multiple_of(2) {
        let why = format!("{nodes} times {degree} is odd, but every cable has two ends: make one of them even");
        problems.push(Problem::new(at, Fault::Parameter { why }));
    } else {
        return true;
    }
    false
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/nodes", self.nodes, 2..=MOST_NODES);
        fits &= check_count(problems, "/degree", self.degree, 1..=MOST_NODES);
        if !fits || !check_regular(problems, "/degree", self.nodes, self.degree) {
            return;
        }
        if self.connected && self.degree == 1 && self.nodes > 2 {
            let why = "routers with one neighbour each make pairs: give a degree of at least 2".to_owned();
            problems.push(Problem::new("/connected", Fault::Parameter { why }));
        }
        let cables = u128::from(self.nodes) * u128::from(self.degree) / 2;
        if check_size(problems, "/degree", u128::from(self.nodes), cables) {
            self.hosts.check(problems, u64::from(self.nodes), u64::from(self.nodes));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let mut random = plan.random(self.seed, NAME);
        let pairs = draw::regular(self.nodes, self.degree, self.connected, &mut random);
        let routers = plan.routers(self.nodes, self.processing_delay);
        for (a, b) in pairs {
            plan.cable(routers[a as usize], routers[b as usize], &self.link);
        }
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}
