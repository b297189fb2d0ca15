//! A complete tree.
//!
//! ```text
//!            r1
//!          /    \
//!        r2      r3           "arity": 2, "depth": 2
//!       /  \    /  \
//!      r4  r5  r6  r7         "leaves": "host" makes them h1, h2, h3, h4
//! ```
//!
//! One way between any two nodes, and every cable a bridge: what fails divides the network, and the root carries the
//! most.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::time::Duration;

use super::Shape;
use crate::hosts::HostNames;
use crate::problem::{check_count, check_size};
use crate::{Hosts, MOST_NODES, NodeKind, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "tree";
/// What it looks like.
pub const SUMMARY: &str = "a complete tree of routers r1, r2, ... row by row from the root";
/// Where it is used.
pub const SOURCE: &str = "Knuth, The Art of Computer Programming 2.3";

/// A complete tree: with arity r and depth h, (r^(h+1) - 1) / (r - 1) nodes, and one cable less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many children each node has that is not a leaf.
    #[schemars(range(min = 1, max = MOST_ARITY))]
    pub arity: u32,
    /// How many cables are between the root and a leaf.
    #[schemars(range(min = 1, max = MOST_ARITY))]
    pub depth: u32,
    /// What the leaves are: routers like the others, or hosts `h1`, `h2`, ….
    #[serde(default = "routers")]
    pub leaves: NodeKind,
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

/// The most children, and the most rows below the root.
pub const MOST_ARITY: u32 = MOST_NODES - 1;

/// What leaves are unless a file says otherwise.
fn routers() -> NodeKind {
    NodeKind::Router
}

impl Config {
    /// How many nodes the rows above `row` have.
    fn nodes_above(&self, row: u32) -> u128 {
        let arity = u128::from(self.arity);
        match self.arity {
            1 => u128::from(row),
            _ => (arity.saturating_pow(row) - 1) / (arity - 1),
        }
    }
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let fits = [("/arity", self.arity), ("/depth", self.depth)]
            .map(|(at, given)| check_count(problems, at, given, 1..=MOST_ARITY));
        if fits != [true; 2] {
            return;
        }
        let nodes = self.nodes_above(self.depth + 1);
        if check_size(problems, "/depth", nodes, nodes - 1) {
            let routers = match self.leaves {
                NodeKind::Router => nodes,
                NodeKind::Host => self.nodes_above(self.depth),
            };
            self.hosts.check(problems, nodes as u64, routers as u64);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let inner = self.nodes_above(self.depth) as usize;
        let count = self.nodes_above(self.depth + 1) as usize;
        let mut nodes = plan.routers(inner as u32, self.processing_delay);
        for leaf in inner..count {
            nodes.push(match self.leaves {
                NodeKind::Router => plan.router(format!("r{}", leaf + 1), self.processing_delay),
                NodeKind::Host => plan.host(format!("h{}", leaf + 1 - inner)),
            });
        }
        for child in 1..count {
            plan.cable(nodes[(child - 1) / self.arity as usize], nodes[child], &self.link);
        }
        self.place(plan, &nodes);
        let routers = if self.leaves == NodeKind::Router { &nodes[..] } else { &nodes[..inner] };
        self.hosts.attach(plan, routers, HostNames::Counted);
    }
}

impl Config {
    /// Each node above the middle of its children, leaves one apart.
    fn place(&self, plan: &mut Plan, nodes: &[NodeId]) {
        let leaves = self.nodes_above(self.depth + 1) - self.nodes_above(self.depth);
        for row in 0..=self.depth {
            let (first, end) = (self.nodes_above(row) as usize, self.nodes_above(row + 1) as usize);
            let apart = leaves as f64 / (end - first) as f64;
            for (at, &node) in nodes[first..end].iter().enumerate() {
                plan.place(node, (at as f64 + 0.5) * apart, -f64::from(row));
            }
        }
    }
}
