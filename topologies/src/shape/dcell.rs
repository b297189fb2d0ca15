//! Cells of servers around a switch, joined by cables between servers.
//!
//! ```text
//!         sw1                     a cell of level 0: servers around a switch
//!        /   \
//!     h1_1   h1_2
//!      |        \                 a cell of level 1: one more of these than servers in each,
//!     h2_1       h3_1             so that each is joined to every other by one cable
//!      |          |
//!     sw2 - h2_2--h3_2 - sw3      "ports": 2, "level": 1
//! ```
//!
//! Guo et al., "DCell: A Scalable and Fault-Tolerant Network Structure for Data Centers", 2008. A server is called by
//! the numbers of its cells, largest first, and its own in the smallest. Cell i < j of a level joins its server j-1 to
//! server i of cell j, counted from 0 within each. Servers pass packets on; the number of servers grows as the square
//! with every level.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::{check_count, check_size};
use crate::{Plan, Problem};

/// Its name in files.
pub const NAME: &str = "dcell";
/// What it looks like.
pub const SUMMARY: &str =
    "cells of servers h1_1, ... around a switch sw1, ..., joined server to server; they pass packets on";
/// Where it is described.
pub const SOURCE: &str = "Guo et al. 2008";

/// The most ports of a switch: at level 1 that is 999 000 servers.
pub const MOST_PORTS: u32 = 999;
/// The highest level: with switches of 2 ports the next would have three million servers.
pub const MOST_LEVEL: u32 = 3;

/// With t servers in a cell of one level there are t(t+1) in one of the next, and n in one of level 0. N servers (as
/// hosts) at level k have N/n switches and N + kN/2 cables: at level 1, n(n+1) servers and 3n(n+1)/2 cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Ports of a switch (n).
    #[schemars(range(min = 2, max = MOST_PORTS))]
    pub ports: u32,
    /// The level (k): servers have one port more than that.
    #[schemars(range(min = 1, max = MOST_LEVEL))]
    pub level: u32,
    /// Every cable.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a switch takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Config {
    /// How many servers a cell of each level has.
    fn sizes(&self) -> Vec<u128> {
        let next = |size: &u128| Some(size.saturating_mul(size.saturating_add(1)));
        std::iter::successors(Some(u128::from(self.ports)), next).take(self.level as usize + 1).collect()
    }
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/ports", self.ports, 2..=MOST_PORTS);
        fits &= check_count(problems, "/level", self.level, 1..=MOST_LEVEL);
        if fits {
            let servers = self.sizes()[self.level as usize];
            let nodes = servers.saturating_add(servers / u128::from(self.ports));
            let cables = servers.saturating_add(servers.saturating_mul(u128::from(self.level)) / 2);
            check_size(problems, "/level", nodes, cables);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let sizes: Vec<u32> = self.sizes().into_iter().map(|size| size as u32).collect();
        let count = sizes[self.level as usize];
        let servers: Vec<_> = (0..count)
            .map(|server| {
                let mut rest = server;
                let mut name = "h".to_owned();
                for size in sizes[..self.level as usize].iter().rev() {
                    name += &format!("{}_", rest / size + 1);
                    rest %= size;
                }
                plan.host(name + &(rest + 1).to_string())
            })
            .collect();
        for (number, cell) in (1..).zip(servers.chunks(self.ports as usize)) {
            let switch = plan.router(format!("sw{number}"), self.processing_delay);
            for &server in cell {
                plan.cable(server, switch, &self.link);
            }
        }
        for level in 1..=self.level as usize {
            let part = sizes[level - 1] as usize;
            for cell in servers.chunks(sizes[level] as usize) {
                for i in 0..=part {
                    for j in i + 1..=part {
                        plan.cable(cell[i * part + j - 1], cell[j * part + i], &self.link);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_has_one_cable_of_each_level() {
        let mut plan = Plan::default();
        Config { ports: 3, level: 2, link: LinkSpec::default(), processing_delay: Duration::ZERO }.build(&mut plan);
        let network = plan.into_topology();
        let graph = network.graph();
        for node in graph.node_indices() {
            // Three ports both: a switch joins three servers, a server of level 2 is in three cells.
            assert_eq!(graph.neighbors(node).count(), 3, "{}", network.nodes[node.index()].name);
        }
    }

    #[test]
    fn cells_of_two_servers_are_joined_as_in_the_drawing() {
        let mut plan = Plan::default();
        Config { ports: 2, level: 1, link: LinkSpec::default(), processing_delay: Duration::ZERO }.build(&mut plan);
        let cables: Vec<String> = plan.into_topology().cables.into_iter().map(|cable| cable.name).skip(6).collect();
        assert_eq!(cables, ["h1_1-h2_1", "h1_2-h3_1", "h2_2-h3_2"]);
    }
}
