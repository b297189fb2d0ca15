//! Autonomous systems in tiers, with who pays whom.
//!
//! ```text
//! tier 1      AS1 ===== AS2 ===== AS3          all peers of each other: they pay nobody
//!              |  \    /   \     /  |
//! tier 2      AS4 == AS5    AS6 == AS7         pay one or several above; some are peers of each other
//!              |    /   \    |      |
//! stubs       AS8     AS9   AS10  AS11         pay, and have no customers
//! ```
//!
//! The customer, provider and peer relations of Gao, "On Inferring Autonomous System Relationships in the Internet",
//! 2001, in a hierarchy as measured by Subramanian, Agarwal, Rexford & Katz, "Characterizing the Internet Hierarchy
//! from Multiple Vantage Points", 2002. A system chooses its providers from all tiers above its own, in proportion to
//! one more than the customers that they have already: the few largest come to have most of them (Barabási & Albert
//! 1999). Providers are always in a higher tier, so nobody is his own provider's provider; and as the first tier is a
//! full mesh, every two systems have a valley-free way: up, at most once across, down. The number of providers is one
//! and a geometric number more. Every two systems of a tier between the first and the stubs are peers with the same
//! probability. Not modelled: siblings, peering of stubs and across tiers, regions, several cables between two
//! systems.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::random::Random;
use sim_core::time::Duration;

use super::{Shape, draw};
use crate::hosts::HostNames;
use crate::problem::{check_count, check_number, check_size};
use crate::{Hosts, MOST_NODES, Plan, Problem, Relationship};

/// Its name in files.
pub const NAME: &str = "as_hierarchy";
/// What it looks like.
pub const SUMMARY: &str = "random: autonomous systems AS1, AS2, ... in tiers, with customers, providers and peers";
/// Where it is described.
pub const SOURCE: &str = "Gao 2001; Subramanian et al. 2002";

/// The most tiers that have customers.
pub const MOST_TIERS: u32 = 20;
/// The most providers or peers on average.
const MOST_NEIGHBORS: f64 = 10_000.0;

/// A clique of t systems, further tiers and stubs: their sum of nodes; on average t(t-1)/2 cables in the clique, `providers`
/// for each system outside of it, and half of `peers` for each of the tiers between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many systems each tier has, the first those at the top, without the stubs.
    #[schemars(length(min = 1, max = MOST_TIERS), inner(range(min = 1, max = MOST_NODES)))]
    pub tiers: Vec<u32>,
    /// How many systems have no customers.
    #[schemars(range(max = MOST_NODES))]
    pub stubs: u32,
    /// How many providers a system below the first tier has on average; one at least, and no more than there are above.
    #[serde(default = "usual_providers")]
    #[schemars(range(min = 1.0, max = MOST_NEIGHBORS))]
    pub providers: f64,
    /// How many peers a system of a tier between the first and the stubs has on average.
    #[serde(default = "usual_peers")]
    #[schemars(range(min = 0.0, max = MOST_NEIGHBORS))]
    pub peers: f64,
    /// What the draws come from: with another the network is another. Without it the seed of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Hosts `h1`, `h2`, … at every system.
    #[serde(default, skip_serializing_if = "Hosts::is_default")]
    pub hosts: Hosts,
    /// Every cable between peers.
    #[serde(default)]
    pub peering: LinkSpec,
    /// Every cable between a provider and a customer that has customers of its own.
    #[serde(default)]
    pub transit: LinkSpec,
    /// Every cable between a provider and a stub.
    #[serde(default)]
    pub access: LinkSpec,
    /// How long a system takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

fn usual_providers() -> f64 {
    2.0
}

fn usual_peers() -> f64 {
    2.0
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let tiers = u32::try_from(self.tiers.len()).unwrap_or(u32::MAX);
        let mut fits = check_count(problems, "/tiers", tiers, 1..=MOST_TIERS);
        for (at, size) in self.tiers.iter().enumerate().take(MOST_TIERS as usize) {
            fits &= check_count(problems, &format!("/tiers/{at}"), *size, 1..=MOST_NODES);
        }
        fits &= check_count(problems, "/stubs", self.stubs, 0..=MOST_NODES);
        fits &= check_number(problems, "/providers", self.providers, 1.0..=MOST_NEIGHBORS);
        fits &= check_number(problems, "/peers", self.peers, 0.0..=MOST_NEIGHBORS);
        if !fits {
            return;
        }
        let top = u128::from(self.tiers[0]);
        let middle: u128 = self.tiers[1..].iter().map(|size| u128::from(*size)).sum();
        let paying = middle + u128::from(self.stubs);
        let drawn = self.providers * paying as f64 + self.peers * middle as f64 / 2.0;
        if check_size(problems, "/tiers", top + paying, top * (top - 1) / 2 + drawn as u128) {
            self.hosts.check(problems, (top + paying) as u64, (top + paying) as u64);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let mut random = plan.random(self.seed, NAME);
        let count = self.tiers.iter().sum::<u32>() + self.stubs;
        let systems: Vec<NodeId> =
            (1..=count).map(|number| plan.router(format!("AS{number}"), self.processing_delay)).collect();
        let top = self.tiers[0];
        let mut relate = |from: u32, to: u32, link: &LinkSpec, relationship| {
            plan.cable(systems[from as usize], systems[to as usize], link);
            plan.relate(relationship);
        };
        for one in 0..top {
            for other in one + 1..top {
                relate(one, other, &self.peering, Relationship::Peer);
            }
        }
        let mut market = Market { systems: (0..top).collect(), above: top, chosen_by: vec![u32::MAX; count as usize] };
        for &size in &self.tiers[1..] {
            let first = market.above;
            for customer in first..first + size {
                for provider in market.choose(customer, self.number_of_providers(&mut random), &mut random) {
                    relate(provider, customer, &self.transit, Relationship::Provider);
                }
            }
            let share = (self.peers / f64::from(size.saturating_sub(1).max(1))).min(1.0);
            for (one, other) in draw::independent(size, share, &mut random) {
                relate(first + one, first + other, &self.peering, Relationship::Peer);
            }
            market.open(size);
        }
        for customer in market.above..count {
            for provider in market.choose(customer, self.number_of_providers(&mut random), &mut random) {
                relate(provider, customer, &self.access, Relationship::Provider);
            }
        }
        self.hosts.attach(plan, &systems, HostNames::Counted);
    }
}

impl Config {
    /// One, and a geometric number of the right mean.
    fn number_of_providers(&self, random: &mut Random) -> u32 {
        // Each further one is found with the same probability: m = (providers - 1) on average for m / (m + 1).
        let more = self.providers - 1.0;
        let quotient = libm::log1p(-random.unit()) / libm::log(more / (more + 1.0));
        1 + if more > 0.0 { libm::floor(quotient) as u32 } else { 0 }
    }
}

/// Who offers transit.
struct Market {
    /// Every system of the tiers above, once and again for every customer.
    systems: Vec<u32>,
    /// How many systems are in the tiers above.
    above: u32,
    /// Who chose a system last.
    chosen_by: Vec<u32>,
}

impl Market {
    /// Chooses different providers.
    fn choose(&mut self, customer: u32, wanted: u32, random: &mut Random) -> Vec<u32> {
        if wanted >= self.above {
            self.systems.extend(0..self.above);
            return (0..self.above).collect();
        }
        let before = self.systems.len();
        let mut chosen = Vec::with_capacity(wanted as usize);
        let mut attempts = 0;
        while chosen.len() < wanted as usize {
            attempts += 1;
            // Where few have nearly all customers the others would hardly ever be drawn: then any will do.
            let provider = match attempts <= 50 * wanted {
                true => draw::pick(&self.systems[..before], random),
                false => random.below(u64::from(self.above)) as u32,
            };
            if self.chosen_by[provider as usize] != customer {
                self.chosen_by[provider as usize] = customer;
                chosen.push(provider);
                self.systems.push(provider);
            }
        }
        chosen
    }

    /// The next `size` systems offer transit too.
    fn open(&mut self, size: u32) {
        self.systems.extend(self.above..self.above + size);
        self.above += size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Topology, TopologySpec};

    fn network(json: &str) -> Topology {
        Topology::new(&serde_json::from_str::<TopologySpec>(json).unwrap()).unwrap()
    }

    #[test]
    fn the_top_is_a_clique_of_peers_and_everybody_else_pays_someone_before_him() {
        let network = network(
            r#"{ "shape": "as_hierarchy", "tiers": [5, 20, 100], "stubs": 500, "providers": 1.8, "peers": 3 }"#,
        );
        assert_eq!(network.nodes.len(), 625);
        let tier = |id: NodeId| [5, 25, 125].iter().filter(|end| id.0 >= **end).count();
        let (mut clique, mut paid, mut pairs) = (0, vec![0; 625], std::collections::BTreeSet::new());
        for cable in &network.cables {
            assert!(pairs.insert((cable.from, cable.to)), "{} twice", cable.name);
            match cable.relationship {
                Some(Relationship::Peer) => {
                    assert_eq!(tier(cable.from), tier(cable.to), "{}", cable.name);
                    assert!(tier(cable.from) < 3, "stubs have no peers");
                    clique += u32::from(tier(cable.from) == 0);
                }
                Some(Relationship::Provider) => {
                    // Always from a tier to a lower one: no circle of providers.
                    assert!(tier(cable.from) < tier(cable.to), "{}", cable.name);
                    paid[cable.to.index()] += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(clique, 5 * 4 / 2);
        assert!(paid[..5].iter().all(|count| *count == 0) && paid[5..].iter().all(|count| *count >= 1));
    }

    #[test]
    fn providers_and_peers_are_as_many_on_average_as_asked_for() {
        let network = network(
            r#"{ "shape": "as_hierarchy", "tiers": [10, 2000], "stubs": 20000, "providers": 2.5, "peers": 6 }"#,
        );
        let count = |relationship| network.cables.iter().filter(|c| c.relationship == Some(relationship)).count();
        // Geometric numbers with mean 1.5 have the variance 1.5 · 2.5: a deviation of 287 in 22 000 of them, 55 000 in
        // sum. The tier of ten cuts off a few of the 2000 above it: nine more than one have the probability 0.6^10.
        assert!(count(Relationship::Provider).abs_diff(55_000) < 4 * 290 + 60, "{}", count(Relationship::Provider));
        // 2000 · 6 / 2 in the middle, with a deviation of 77, and 45 at the top.
        assert!(count(Relationship::Peer).abs_diff(6_045) < 4 * 78, "{}", count(Relationship::Peer));
    }

    #[test]
    fn few_systems_have_most_customers() {
        let network = network(r#"{ "shape": "as_hierarchy", "tiers": [10, 500], "stubs": 10000, "seed": 3 }"#);
        let mut customers = vec![0_u32; 510];
        for cable in network.cables.iter().filter(|cable| cable.relationship == Some(Relationship::Provider)) {
            customers[cable.from.index()] += 1;
        }
        let all: u32 = customers.iter().sum();
        customers.sort_unstable();
        let largest: u32 = customers[459..].iter().sum();
        // A tenth of the providers has far more than a tenth of the customers, the median less than half of the mean.
        assert!(largest * 2 > all, "{largest} of {all}");
        assert!(customers[255] * 2 < all / 510, "{}", customers[255]);
    }

    #[test]
    fn with_one_provider_each_the_hierarchy_is_a_tree_below_the_clique() {
        let network =
            network(r#"{ "shape": "as_hierarchy", "tiers": [3, 40], "stubs": 200, "providers": 1.0, "peers": 0 }"#);
        assert_eq!(network.cables.len(), 3 + 40 + 200);
        assert!(network.is_connected());
    }
}
