//! Names of nodes and destinations, for those who print.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::ids::{Destination, NodeId};

/// Names of all nodes and destinations of a network. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Names {
    nodes: Arc<[String]>,
    destinations: Arc<BTreeMap<Destination, String>>,
}

impl Names {
    /// Names of the nodes by number, and of the destinations: an endpoint is called as its node, a prefix as it is written.
    pub fn new(nodes: Arc<[String]>, destinations: BTreeMap<Destination, String>) -> Self {
        Names { nodes, destinations: Arc::new(destinations) }
    }

    /// The name of a node.
    pub fn node(&self, node: NodeId) -> &str {
        &self.nodes[node.index()]
    }

    /// All destinations with their names, in order.
    pub fn destinations(&self) -> impl Iterator<Item = (Destination, &str)> {
        self.destinations.iter().map(|(&destination, name)| (destination, name.as_str()))
    }

    /// The name of a destination.
    pub fn destination(&self, destination: Destination) -> &str {
        self.destinations.get(&destination).map_or("?", String::as_str)
    }
}
