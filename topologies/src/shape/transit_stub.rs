//! An Internet of two levels: domains that carry others' packets, and domains that do not.
//!
//! ```text
//!        s1_1 --- s1_2               stub domain 1
//!          \
//!          t1_1 --- t1_2 ------- t2_1 --- t2_2
//!           /  transit domain 1     transit domain 2
//!        s2_1 --- s2_2               stub domain 2
//! ```
//!
//! Zegura, Calvert & Bhattacharjee, "How to Model an Internetwork", 1996 (GT-ITM). The transit domains are a random
//! graph, each of them is one of routers, and at every transit router hang stub domains, each of them a random graph
//! again. All these are G(n, p); where one is not connected, as few cables as needed are added between random routers
//! of its parts (GT-ITM draws again instead). Two transit domains that are joined are so by a cable between a random
//! router of each. Extra cables join random stub and transit routers, and stub routers of different domains.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::random::Random;
use sim_core::time::Duration;

use super::{Shape, draw};
use crate::hosts::HostNames;
use crate::problem::{check_count, check_number, check_size};
use crate::{Fault, Hosts, MOST_CABLES, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "transit_stub";
/// What it looks like.
pub const SUMMARY: &str =
    "random: routers t1_1, ... of transit domains, and s1_1, ... of stub domains that hang on them";
/// Where it is described.
pub const SOURCE: &str = "Zegura, Calvert & Bhattacharjee 1996";

/// T transit domains of N routers with K stub domains of S routers at each: T N (1 + K S) nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many transit domains there are (T).
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub transit_domains: u32,
    /// Routers in a transit domain (N).
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub transit_nodes: u32,
    /// Stub domains at every transit router (K).
    #[schemars(range(max = MOST_NODES))]
    pub stubs_per_transit_node: u32,
    /// Routers in a stub domain (S).
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub stub_nodes: u32,
    /// How probable it is for each two transit domains that they are joined.
    #[serde(default = "usual_domains")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub domain_probability: f64,
    /// How probable it is for each two routers of a transit domain that they are joined.
    #[serde(default = "usual_transit")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub transit_probability: f64,
    /// How probable it is for each two routers of a stub domain that they are joined.
    #[serde(default = "usual_stub")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub stub_probability: f64,
    /// Further cables between a transit and a stub router.
    #[serde(default)]
    #[schemars(range(max = MOST_CABLES))]
    pub extra_transit_stub: u32,
    /// Further cables between routers of different stub domains.
    #[serde(default)]
    #[schemars(range(max = MOST_CABLES))]
    pub extra_stub_stub: u32,
    /// What the draws come from: with another the network is another. Without it the seed of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Hosts `h1`, `h2`, … at every stub router.
    #[serde(default, skip_serializing_if = "Hosts::is_default")]
    pub hosts: Hosts,
    /// Every cable between transit routers.
    #[serde(default)]
    pub transit: LinkSpec,
    /// Every cable between a transit router and a stub, and between two stub domains.
    #[serde(default)]
    pub access: LinkSpec,
    /// Every cable within a stub domain.
    #[serde(default)]
    pub stub: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

// The probabilities of the example `ts100` that came with GT-ITM.

fn usual_domains() -> f64 {
    1.0
}

fn usual_transit() -> f64 {
    0.6
}

fn usual_stub() -> f64 {
    0.42
}

/// How many pairs `count` things make.
fn pairs(count: u128) -> u128 {
    count * count.saturating_sub(1) / 2
}

impl Config {
    /// Reports extra cables of which there is no room for half. Below that a free pair is found soon by chance.
    fn check_extra(&self, problems: &mut Vec<Problem>) {
        let transit = u128::from(self.transit_domains) * u128::from(self.transit_nodes);
        let domains = transit * u128::from(self.stubs_per_transit_node);
        let stubs = domains * u128::from(self.stub_nodes);
        let mut check = |at: &str, given: u32, room: u128| {
            let most = u64::try_from(room / 2).unwrap_or(u64::MAX);
            if u64::from(given) > most {
                problems.push(Problem::new(at, Fault::OutOfRange { given: u64::from(given), least: 0, most }));
            }
        };
        check("/extra_transit_stub", self.extra_transit_stub, transit * stubs - domains);
        let within = domains * pairs(u128::from(self.stub_nodes));
        check("/extra_stub_stub", self.extra_stub_stub, pairs(stubs) - within);
    }
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = true;
        for (at, given, least) in [
            ("/transit_domains", self.transit_domains, 1),
            ("/transit_nodes", self.transit_nodes, 1),
            ("/stubs_per_transit_node", self.stubs_per_transit_node, 0),
            ("/stub_nodes", self.stub_nodes, 1),
        ] {
            fits &= check_count(problems, at, given, least..=MOST_NODES);
        }
        for (at, given) in [
            ("/domain_probability", self.domain_probability),
            ("/transit_probability", self.transit_probability),
            ("/stub_probability", self.stub_probability),
        ] {
            fits &= check_number(problems, at, given, 0.0..=1.0);
        }
        let [domains, transit, stubs, size] =
            [self.transit_domains, self.transit_nodes, self.stubs_per_transit_node, self.stub_nodes].map(u128::from);
        let routers = domains * transit;
        // Four factors of a million each do not overflow.
        if !fits || !check_size(problems, "/transit_domains", routers * (1 + stubs * size), 0) {
            return;
        }
        let expected = |probability: f64, count: u128| (probability * pairs(count) as f64) as u128;
        let cables = expected(self.domain_probability, domains)
            + domains * expected(self.transit_probability, transit)
            + routers * stubs * (1 + expected(self.stub_probability, size))
            + u128::from(self.extra_transit_stub)
            + u128::from(self.extra_stub_stub);
        if check_size(problems, "/transit_domains", 0, cables) {
            self.check_extra(problems);
            let nodes = (routers * (1 + stubs * size)) as u64;
            self.hosts.check(problems, nodes, (routers * stubs * size) as u64);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let mut random = plan.random(self.seed, NAME);
        let mut builder = Builder { config: self, plan, joined: BTreeSet::new() };
        let domains: Vec<Vec<NodeId>> = (1..=self.transit_domains)
            .map(|domain| {
                let size = self.transit_nodes;
                builder.domain('t', domain, size, self.transit_probability, &self.transit, &mut random)
            })
            .collect();
        for (a, b) in connected(self.transit_domains, self.domain_probability, &mut random) {
            let [from, to] = [a, b].map(|domain| one_of(&domains[domain as usize], &mut random));
            builder.cable(from, to, &self.transit);
        }
        let transit: Vec<NodeId> = domains.into_iter().flatten().collect();
        let mut stubs = Vec::new();
        let mut number = 0;
        for &router in &transit {
            for _ in 0..self.stubs_per_transit_node {
                number += 1;
                let size = self.stub_nodes;
                let domain = builder.domain('s', number, size, self.stub_probability, &self.stub, &mut random);
                let gate = one_of(&domain, &mut random);
                builder.cable(router, gate, &self.access);
                stubs.extend(domain);
            }
        }
        builder.extra(
            self.extra_transit_stub,
            |random| (one_of(&transit, random), one_of(&stubs, random)),
            &mut random,
        );
        let size = self.stub_nodes as usize;
        let of_two_domains = |random: &mut Random| loop {
            let [a, b] = [0; 2].map(|_| random.below(stubs.len() as u64) as usize);
            if a / size != b / size {
                return (stubs[a.min(b)], stubs[a.max(b)]);
            }
        };
        builder.extra(self.extra_stub_stub, of_two_domains, &mut random);
        self.hosts.attach(plan, &stubs, HostNames::Counted);
    }
}

/// A random graph in which all reach each other.
fn connected(nodes: u32, probability: f64, random: &mut Random) -> Vec<draw::Pair> {
    let mut pairs = draw::independent(nodes, probability, random);
    draw::join(nodes, &mut pairs, random);
    pairs
}

fn one_of(nodes: &[NodeId], random: &mut Random) -> NodeId {
    nodes[random.below(nodes.len() as u64) as usize]
}

struct Builder<'a> {
    config: &'a Config,
    plan: &'a mut Plan,
    /// The cables that an extra one could double.
    joined: BTreeSet<(NodeId, NodeId)>,
}

impl Builder<'_> {
    /// Lays out the routers of a domain and the cables between them.
    fn domain(
        &mut self,
        kind: char,
        number: u32,
        size: u32,
        probability: f64,
        link: &LinkSpec,
        random: &mut Random,
    ) -> Vec<NodeId> {
        let delay = self.config.processing_delay;
        let nodes: Vec<NodeId> = (1..=size).map(|at| self.plan.router(format!("{kind}{number}_{at}"), delay)).collect();
        for (a, b) in connected(size, probability, random) {
            self.plan.cable(nodes[a as usize], nodes[b as usize], link);
        }
        nodes
    }

    /// Joins two domains.
    fn cable(&mut self, from: NodeId, to: NodeId, link: &LinkSpec) {
        self.joined.insert((from, to));
        self.plan.cable(from, to, link);
    }

    /// Adds cables between two that `draw` gives and that have none yet.
    fn extra(&mut self, count: u32, draw: impl Fn(&mut Random) -> (NodeId, NodeId), random: &mut Random) {
        for _ in 0..count {
            let (from, to) = loop {
                let ends = draw(random);
                if !self.joined.contains(&ends) {
                    break ends;
                }
            };
            self.cable(from, to, &self.config.access);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Topology, TopologySpec};

    fn network(json: &str) -> Topology {
        Topology::new(&serde_json::from_str::<TopologySpec>(json).unwrap()).unwrap()
    }

    /// What of the name stands before the `_`: the domain.
    fn domain(network: &Topology, id: NodeId) -> &str {
        network.nodes[id.index()].name.split_once('_').unwrap().0
    }

    #[test]
    fn the_classic_example_has_a_hundred_routers() {
        // 1 · 4 · (1 + 3 · 8).
        let classic = network(
            r#"{ "shape": "transit_stub", "transit_domains": 1, "transit_nodes": 4, "stubs_per_transit_node": 3,
                 "stub_nodes": 8 }"#,
        );
        assert_eq!(classic.nodes.len(), 100);
        assert!(classic.is_connected());
    }

    #[test]
    fn a_stub_hangs_on_one_transit_router_and_extra_cables_are_as_many_as_asked_for() {
        let json = |extra: u32, other: u32| {
            format!(
                r#"{{ "shape": "transit_stub", "transit_domains": 3, "transit_nodes": 2, "stubs_per_transit_node": 2,
                 "stub_nodes": 3, "extra_transit_stub": {extra}, "extra_stub_stub": {other}, "seed": 9 }}"#
            )
        };
        for (extra, other) in [(0, 0), (5, 0), (0, 7), (4, 6)] {
            let network = network(&json(extra, other));
            assert_eq!(network.nodes.len(), 3 * 2 * (1 + 2 * 3));
            let (mut between, mut stub_stub, mut pairs) = (0, 0, BTreeSet::new());
            for cable in &network.cables {
                assert!(pairs.insert((cable.from.min(cable.to), cable.from.max(cable.to))), "{} twice", cable.name);
                let ends = [cable.from, cable.to].map(|end| domain(&network, end));
                let stubs = ends.iter().filter(|end| end.starts_with('s')).count();
                between += u32::from(stubs == 1);
                stub_stub += u32::from(stubs == 2 && ends[0] != ends[1]);
            }
            // Twelve stub domains with a cable each.
            assert_eq!((between, stub_stub), (12 + extra, other));
            assert!(network.is_connected());
        }
    }

    #[test]
    fn every_domain_is_connected_by_itself() {
        let network = network(
            r#"{ "shape": "transit_stub", "transit_domains": 4, "transit_nodes": 6, "stubs_per_transit_node": 1,
                 "stub_nodes": 9, "transit_probability": 0.1, "stub_probability": 0.0 }"#,
        );
        let mut inside = petgraph::unionfind::UnionFind::<u32>::new(network.nodes.len());
        for cable in &network.cables {
            if domain(&network, cable.from) == domain(&network, cable.to) {
                inside.union(cable.from.0, cable.to.0);
            }
        }
        let parts: BTreeSet<u32> = inside.into_labeling().into_iter().collect();
        // Four transit domains, and a stub domain at each of their 24 routers.
        assert_eq!(parts.len(), 4 + 24);
    }
}
