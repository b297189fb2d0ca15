//! Servers with several ports, each at a switch of another level.
//!
//! ```text
//!  sw1_1     sw1_2          level 1 joins servers that differ in the first number
//!   |  \     /  |
//! h1_1 h2_1 h1_2 h2_2
//!   |      X      |
//!  sw0_1     sw0_2          level 0 joins servers that differ in the last        "ports": 2, "level": 1
//! ```
//!
//! Guo et al., "BCube: A High Performance, Server-centric Network Architecture for Modular Data Centers", 2009. A
//! server is called by its level + 1 numbers from 1 to the number of ports. Two servers that differ in several numbers
//! have no switch in common: servers between them pass the packets on. The farthest are level + 1 servers apart, with
//! as many ways that share nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::{check_count, check_size};
use crate::{Plan, Problem};

/// Its name in files.
pub const NAME: &str = "bcube";
/// What it looks like.
pub const SUMMARY: &str =
    "servers h1_1, ... with a port at a switch sw0_1, sw1_1, ... of each level; they pass packets on";
/// Where it is described.
pub const SOURCE: &str = "Guo et al. 2009";

/// The most ports of a switch.
pub const MOST_PORTS: u32 = 1_000;
/// The highest level that netsim takes: switches of 2 ports then have 262 144 servers.
pub const MOST_LEVEL: u32 = 17;

/// Switches of n ports and levels 0 to k: n^(k+1) servers (as hosts), (k+1) n^k switches, (k+1) n^(k+1) cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Ports of a switch (n).
    #[schemars(range(min = 2, max = MOST_PORTS))]
    pub ports: u32,
    /// The highest level (k): servers have one port more than that.
    #[schemars(range(max = MOST_LEVEL))]
    pub level: u32,
    /// Every cable.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a switch takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/ports", self.ports, 2..=MOST_PORTS);
        fits &= check_count(problems, "/level", self.level, 0..=MOST_LEVEL);
        if fits {
            let (levels, at_level) = (u128::from(self.level) + 1, u128::from(self.ports).saturating_pow(self.level));
            let servers = at_level.saturating_mul(u128::from(self.ports));
            let switches = at_level.saturating_mul(levels);
            check_size(problems, "/level", servers.saturating_add(switches), servers.saturating_mul(levels));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let at_level = self.ports.pow(self.level);
        let servers: Vec<_> = (0..at_level * self.ports)
            .map(|server| {
                let numbers: Vec<String> =
                    (0..=self.level).rev().map(|level| self.number(server, level).to_string()).collect();
                plan.host(format!("h{}", numbers.join("_")))
            })
            .collect();
        for level in 0..=self.level {
            // Servers that one switch joins are this far apart in the count.
            let stride = self.ports.pow(level);
            for switch in 0..at_level {
                let joint = plan.router(format!("sw{level}_{}", switch + 1), self.processing_delay);
                let first = switch / stride * stride * self.ports + switch % stride;
                for port in 0..self.ports {
                    plan.cable(servers[(first + port * stride) as usize], joint, &self.link);
                }
            }
        }
    }
}

impl Config {
    /// Which port of its switch of this level a server has, from 1.
    fn number(&self, server: u32, level: u32) -> u32 {
        server / self.ports.pow(level) % self.ports + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_joins_the_servers_that_differ_in_the_number_of_its_level() {
        let mut plan = Plan::default();
        let config = Config { ports: 4, level: 2, link: LinkSpec::default(), processing_delay: Duration::ZERO };
        config.build(&mut plan);
        let network = plan.into_topology();
        let graph = network.graph();
        for switch in graph.node_indices() {
            let name = &network.nodes[switch.index()].name;
            let Some(level) = name.strip_prefix("sw").map(|rest| rest[..1].parse::<usize>().unwrap()) else {
                assert_eq!(graph.neighbors(switch).count(), 3, "{name} has a port for each level");
                continue;
            };
            let mut of_level = Vec::new();
            let mut others = std::collections::BTreeSet::new();
            for server in graph.neighbors(switch) {
                let mut numbers: Vec<&str> = network.nodes[server.index()].name[1..].split('_').collect();
                of_level.push(numbers.remove(2 - level));
                others.insert(numbers);
            }
            of_level.sort_unstable();
            assert_eq!((of_level, others.len()), (vec!["1", "2", "3", "4"], 1), "{name}");
        }
    }
}
