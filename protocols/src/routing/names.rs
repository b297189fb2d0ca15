//! Names of nodes and destinations, for those who print.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::ids::{Destination, NodeId};

/// Names of all nodes and destinations of a network. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Names {
    nodes: Arc<[Name]>,
    endpoints: Arc<[Option<Name>]>,
    prefixes: Arc<[Option<Name>]>,
}

#[derive(Clone, Debug)]
struct Name {
    name: String,
    /// Its place among all names of its kind, in their order.
    rank: u32,
}

impl Names {
    /// Names of the nodes by number, and of the destinations: an endpoint is called as its node, a prefix as it is written.
    pub fn new(nodes: &[String], destinations: &BTreeMap<Destination, String>) -> Self {
        let nodes = ranked(nodes.iter().cloned());
        let ranked = destinations.keys().zip(ranked(destinations.values().cloned()));
        let (mut endpoints, mut prefixes) = (Vec::new(), Vec::new());
        for (&destination, name) in ranked {
            let (list, at) = match destination {
                Destination::Endpoint(at) => (&mut endpoints, at as usize),
                Destination::Prefix(at) => (&mut prefixes, at as usize),
            };
            list.resize(at, None);
            list.push(Some(name));
        }
        Names { nodes: nodes.into(), endpoints: endpoints.into(), prefixes: prefixes.into() }
    }

    /// The name of a node.
    pub fn node(&self, node: NodeId) -> &str {
        &self.nodes[node.index()].name
    }

    /// The place of a node's name among those of all nodes.
    pub fn node_rank(&self, node: NodeId) -> u32 {
        self.nodes[node.index()].rank
    }

    /// All destinations with their names, in order.
    pub fn destinations(&self) -> impl Iterator<Item = (Destination, &str)> {
        let endpoints = (0..).map(Destination::Endpoint).zip(self.endpoints.iter());
        let all = endpoints.chain((0..).map(Destination::Prefix).zip(self.prefixes.iter()));
        all.filter_map(|(destination, name)| Some((destination, name.as_ref()?.name.as_str())))
    }

    /// The name of a destination.
    pub fn destination(&self, destination: Destination) -> &str {
        self.find(destination).map_or("?", |known| &known.name)
    }

    /// The place of a destination's name among those of all destinations.
    pub fn destination_rank(&self, destination: Destination) -> u32 {
        self.find(destination).map_or(u32::MAX, |known| known.rank)
    }

    fn find(&self, destination: Destination) -> Option<&Name> {
        let known = match destination {
            Destination::Endpoint(at) => self.endpoints.get(at as usize),
            Destination::Prefix(at) => self.prefixes.get(at as usize),
        };
        known?.as_ref()
    }
}

fn ranked(names: impl Iterator<Item = String>) -> Vec<Name> {
    let mut all: Vec<Name> = names.map(|name| Name { name, rank: 0 }).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| all[a].name.cmp(&all[b].name));
    for (rank, at) in (0..).zip(order) {
        all[at].rank = rank;
    }
    all
}
