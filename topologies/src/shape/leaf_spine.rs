//! Two layers of switches, each of one joined to each of the other.
//!
//! ```text
//! spine       spine1    spine2
//!               |   \ /   |
//!               |   / \   |
//! leaf        leaf1     leaf2
//!              / \       / \
//! hosts       h1 h2     h3 h4        "leaves": 2, "spines": 2, "hosts_per_leaf": 2
//! ```
//!
//! A folded Clos network: between two leaves there are as many ways of two hops as spines, and the fabric carries all
//! that hosts can send if a leaf has as much bandwidth upwards as downwards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::{check_count, check_size};
use crate::{MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "leaf_spine";
/// What it looks like.
pub const SUMMARY: &str =
    "a data center of two layers: hosts h1, h2, ... at leaf1, ..., each joined to all of spine1, ...";
/// Where it is described.
pub const SOURCE: &str = "RFC 7938 section 3.2";

/// L leaves, S spines and H hosts at each leaf: L + S + L H nodes, L S + L H cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many switches have hosts.
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub leaves: u32,
    /// How many switches join them.
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub spines: u32,
    /// How many hosts there are at each leaf.
    #[schemars(range(max = MOST_NODES))]
    pub hosts_per_leaf: u32,
    /// Every cable between a host and its leaf.
    #[serde(default)]
    pub access: LinkSpec,
    /// Every cable between a leaf and a spine.
    #[serde(default)]
    pub fabric: LinkSpec,
    /// How long a switch takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/leaves", self.leaves, 1..=MOST_NODES);
        fits &= check_count(problems, "/spines", self.spines, 1..=MOST_NODES);
        fits &= check_count(problems, "/hosts_per_leaf", self.hosts_per_leaf, 0..=MOST_NODES);
        let [leaves, spines, hosts] = [self.leaves, self.spines, self.hosts_per_leaf].map(u128::from);
        if fits {
            check_size(problems, "/leaves", leaves + spines + leaves * hosts, leaves * (spines + hosts));
        }
    }

    fn build(&self, plan: &mut Plan) {
        // Drawn as wide as the row of hosts, or as the wider row of switches.
        let below = self.hosts_per_leaf.max(1);
        let width = (f64::from(self.leaves) * f64::from(below)).max(f64::from(self.spines));
        let spines: Vec<_> = (1..=self.spines)
            .map(|number| {
                let spine = plan.router(format!("spine{number}"), self.processing_delay);
                plan.place(spine, (f64::from(number) - 0.5) * width / f64::from(self.spines), 2.0);
                spine
            })
            .collect();
        let mut hosts = 0;
        for number in 0..self.leaves {
            let leaf = plan.router(format!("leaf{}", number + 1), self.processing_delay);
            let apart = width / f64::from(self.leaves);
            let left = f64::from(number) * apart;
            plan.place(leaf, left + apart / 2.0, 1.0);
            for &spine in &spines {
                plan.cable(leaf, spine, &self.fabric);
            }
            for at in 0..self.hosts_per_leaf {
                hosts += 1;
                let host = plan.host(format!("h{hosts}"));
                plan.place(host, left + (f64::from(at) + 0.5) * apart / f64::from(self.hosts_per_leaf), 0.0);
                plan.cable(host, leaf, &self.access);
            }
        }
    }
}
