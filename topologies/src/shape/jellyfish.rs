//! Switches that are joined at random, each with the same number of hosts.
//!
//! Singla, Hong, Popa & Godfrey, "Jellyfish: Networking Data Centers Randomly", 2012. The switches are a random
//! regular graph, whose ways are shorter on average than those of a fat tree of the same equipment, and to which a
//! switch is added without rebuilding the rest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::random_regular::check_regular;
use super::{Shape, draw};
use crate::problem::{check_count, check_size};
use crate::{Fault, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "jellyfish";
/// What it looks like.
pub const SUMMARY: &str =
    "random: switches sw1, sw2, ... with as many ports to other switches each, and hosts h1, ... at the rest";
/// Where it is described.
pub const SOURCE: &str = "Singla, Hong, Popa & Godfrey 2012";

/// N switches of k ports, r of them to other switches: N + N(k-r) nodes, N r / 2 + N(k-r) cables. All reach each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many switches there are (N).
    #[schemars(range(min = 3, max = MOST_NODES))]
    pub switches: u32,
    /// Ports of a switch (k).
    #[schemars(range(min = 2, max = MOST_NODES))]
    pub ports: u32,
    /// Ports that lead to other switches (r), fewer than there are switches. The others lead to hosts. One of this and
    /// the number of switches must be even.
    #[schemars(range(min = 2, max = MOST_NODES))]
    pub network_ports: u32,
    /// What the draws come from: with another the network is another. Without it the seed of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Every cable between a host and its switch.
    #[serde(default)]
    pub access: LinkSpec,
    /// Every cable between switches.
    #[serde(default)]
    pub fabric: LinkSpec,
    /// How long a switch takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/switches", self.switches, 3..=MOST_NODES);
        fits &= check_count(problems, "/ports", self.ports, 2..=MOST_NODES);
        fits &= check_count(problems, "/network_ports", self.network_ports, 2..=MOST_NODES);
        if fits && self.network_ports > self.ports {
            let (given, most) = (u64::from(self.network_ports), u64::from(self.ports));
            problems.push(Problem::new("/network_ports", Fault::OutOfRange { given, least: 2, most }));
        } else if fits && check_regular(problems, "/network_ports", self.switches, self.network_ports) {
            let [switches, ports, network] = [self.switches, self.ports, self.network_ports].map(u128::from);
            let hosts = switches * (ports - network);
            check_size(problems, "/switches", switches + hosts, switches * network / 2 + hosts);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let mut random = plan.random(self.seed, NAME);
        let switches: Vec<_> =
            (1..=self.switches).map(|number| plan.router(format!("sw{number}"), self.processing_delay)).collect();
        for (a, b) in draw::regular(self.switches, self.network_ports, true, &mut random) {
            plan.cable(switches[a as usize], switches[b as usize], &self.fabric);
        }
        let mut hosts = 0;
        for &switch in &switches {
            for _ in self.network_ports..self.ports {
                hosts += 1;
                let host = plan.host(format!("h{hosts}"));
                plan.cable(host, switch, &self.access);
            }
        }
    }
}
