//! A network laid out: its nodes and cables, named and in order.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;

use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::time::Duration;
use sim_core::units::Rate;

use crate::import::Report;
use crate::{Place, Plan, Problem, Shape, TopologySpec};

/// What a node is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// An end system: flows begin and end here.
    #[default]
    Host,
    /// Forwards packets for others and takes part in routing. Switches count as routers.
    Router,
}

/// What the first end of a cable is to the second, where nodes are autonomous systems (Gao and Rexford 2001).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relationship {
    /// The first end is paid by the second for carrying its packets anywhere.
    Provider,
    /// The first end pays the second.
    Customer,
    /// They carry each other's packets to their customers for nothing.
    Peer,
    /// They belong together and carry each other's packets anywhere.
    Sibling,
}

impl Relationship {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Relationship::Provider => "provider",
            Relationship::Customer => "customer",
            Relationship::Peer => "peer",
            Relationship::Sibling => "sibling",
        }
    }

    /// What the second end is to the first.
    pub fn reversed(self) -> Self {
        match self {
            Relationship::Provider => Relationship::Customer,
            Relationship::Customer => Relationship::Provider,
            Relationship::Peer | Relationship::Sibling => self,
        }
    }
}

/// An end system or a router.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Unique among the nodes.
    pub name: String,
    /// What it is for.
    pub kind: NodeKind,
    /// The address it was given; the others get theirs in the order of the nodes.
    pub address: Option<Ipv4Addr>,
    /// Time from the arrival of a packet to its entry into the next queue (d_proc in Kurose & Ross 1.4).
    pub processing_delay: Duration,
    /// Where it stands, if that is known.
    pub place: Option<Place>,
}

impl Node {
    /// An end system.
    pub fn host(name: impl Into<String>) -> Self {
        Node { name: name.into(), kind: NodeKind::Host, address: None, processing_delay: Duration::ZERO, place: None }
    }

    /// A router that takes no time over packets.
    pub fn router(name: impl Into<String>) -> Self {
        Node { kind: NodeKind::Router, ..Node::host(name) }
    }
}

/// A cable between two nodes: two links, one each way.
#[derive(Clone, Debug, PartialEq)]
pub struct Cable {
    /// `a-b`, `a-b#2` if it is the second between the two, or the name given in the file.
    pub name: String,
    /// Name of the direction `from` → `to`: `a->b`, `a->b#2`, or `name:a->b` when the cable has a name of its own.
    pub forward_name: String,
    /// Name of the direction `to` → `from`.
    pub backward_name: String,
    /// The end named first.
    pub from: NodeId,
    /// The other end.
    pub to: NodeId,
    /// The direction `from` → `to`.
    pub forward: LinkSpec,
    /// The direction `to` → `from`.
    pub backward: LinkSpec,
    /// What `from` is to `to`, between autonomous systems.
    pub relationship: Option<Relationship>,
}

/// What one node wants to send to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Where it comes from.
    pub from: NodeId,
    /// Where it goes.
    pub to: NodeId,
    /// How much.
    pub rate: Rate,
}

/// A network: nodes and the cables between them.
///
/// A [`NodeId`] is an index into `nodes`. Every name is unique and every cable joins two different nodes.
///
/// ```
/// # use topologies::{ShapeSpec, Topology, TopologySpec, shape};
/// let spec: TopologySpec = serde_json::from_str(r#"{ "shape": "dumbbell", "pairs": 2 }"#).unwrap();
/// let network = Topology::new(&spec).unwrap();
/// let names: Vec<&str> = network.cables.iter().map(|cable| cable.name.as_str()).collect();
/// assert_eq!(names, ["r1-r2", "left1-r1", "r2-right1", "left2-r1", "r2-right2"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Topology {
    /// In the order of the file or the shape.
    pub nodes: Vec<Node>,
    /// In the order of the file or the shape.
    pub cables: Vec<Cable>,
    /// The traffic that came with the network, in the order of its file.
    pub demands: Vec<Demand>,
    /// What was made of a file of others; none for shapes and lists.
    pub report: Option<Report>,
}

impl Topology {
    /// Lays out a shape or a list, with draws from the first seed.
    ///
    /// # Errors
    /// All that is wrong with `spec`, in the order of the file.
    pub fn new(spec: &TopologySpec) -> Result<Topology, Vec<Problem>> {
        Topology::with(spec, 1, |_| Err("no files can be read here".into()))
    }

    /// Lays out what `spec` describes. What is random about it is drawn from `seed`, unless the shape has a seed of its
    /// own; `read` gets the bytes of a file that it names, or says why not.
    ///
    /// # Errors
    /// All that is wrong with `spec`, in the order of the file.
    pub fn with(
        spec: &TopologySpec,
        seed: u64,
        read: impl FnOnce(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Topology, Vec<Problem>> {
        let mut problems = Vec::new();
        spec.check(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut plan = Plan::new(seed);
        match spec {
            TopologySpec::Shape(shape) => shape.build(&mut plan),
            TopologySpec::Explicit(list) => list.build(&mut plan),
            TopologySpec::File(file) => {
                let survey = file.survey_file(read)?;
                file.build(&survey, &mut plan);
            }
        }
        Ok(plan.into_topology())
    }

    /// The node of this name. Looks through all nodes; for many names make a table with [`Topology::ids`].
    pub fn node_named(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name == name).map(id)
    }

    /// The nodes by name.
    pub fn ids(&self) -> BTreeMap<&str, NodeId> {
        self.nodes.iter().enumerate().map(|(index, node)| (node.name.as_str(), id(index))).collect()
    }

    /// The network as a graph: its node indices are node ids, and an edge carries the index of its cable.
    pub fn graph(&self) -> UnGraph<NodeId, u32> {
        let mut graph = UnGraph::with_capacity(self.nodes.len(), self.cables.len());
        for index in 0..self.nodes.len() {
            graph.add_node(id(index));
        }
        for (index, cable) in (0..).zip(&self.cables) {
            graph.add_edge(NodeIndex::new(cable.from.index()), NodeIndex::new(cable.to.index()), index);
        }
        graph
    }

    /// The sets of nodes that reach each other, each in order, the one with the first node first.
    pub fn components(&self) -> Vec<Vec<NodeId>> {
        let mut joined = UnionFind::<u32>::new(self.nodes.len());
        for cable in &self.cables {
            joined.union(cable.from.0, cable.to.0);
        }
        let mut component_of = BTreeMap::new();
        let mut components: Vec<Vec<NodeId>> = Vec::new();
        for (index, label) in joined.into_labeling().into_iter().enumerate() {
            let component = *component_of.entry(label).or_insert(components.len());
            if component == components.len() {
                components.push(Vec::new());
            }
            components[component].push(id(index));
        }
        components
    }

    /// Whether every node reaches every other.
    pub fn is_connected(&self) -> bool {
        self.components().len() <= 1
    }

    /// The most cables on a shortest way between any two nodes, `None` if some cannot reach each other.
    /// Takes nodes × cables steps: meant for networks of thousands, not of a million.
    pub fn diameter(&self) -> Option<u32> {
        let graph = self.graph();
        let mut diameter = 0;
        for start in graph.node_indices() {
            let mut hops = vec![None; graph.node_count()];
            hops[start.index()] = Some(0);
            let mut waiting = VecDeque::from([start]);
            while let Some(node) = waiting.pop_front() {
                let next = hops[node.index()].map(|hops: u32| hops + 1);
                for neighbor in graph.neighbors(node) {
                    if hops[neighbor.index()].is_none() {
                        hops[neighbor.index()] = next;
                        waiting.push_back(neighbor);
                    }
                }
            }
            diameter = hops.into_iter().try_fold(diameter, |most, hops| Some(most.max(hops?)))?;
        }
        Some(diameter)
    }
}

/// The id of the node at `index`.
fn id(index: usize) -> NodeId {
    NodeId(u32::try_from(index).expect("a checked topology has at most MOST_NODES nodes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(json: &str) -> Topology {
        Topology::new(&serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn components_are_listed_from_the_first_node_on() {
        let parts = network(
            r#"{ "nodes": ["a", "b", "c", "d", "e"],
            "links": [ { "from": "d", "to": "b" }, { "from": "c", "to": "a" } ] }"#,
        );
        let names: Vec<Vec<&str>> = parts
            .components()
            .iter()
            .map(|part| part.iter().map(|id| parts.nodes[id.index()].name.as_str()).collect())
            .collect();
        assert_eq!(names, [vec!["a", "c"], vec!["b", "d"], vec!["e"]]);
        assert!(!parts.is_connected());
        assert_eq!(parts.diameter(), None);
    }

    #[test]
    fn the_graph_knows_which_cable_an_edge_is() {
        let pair = network(r#"{ "links": [ { "from": "a", "to": "b" }, { "from": "b", "to": "a" } ] }"#);
        let graph = pair.graph();
        assert_eq!(graph.edge_weights().copied().collect::<Vec<_>>(), [0, 1]);
        assert_eq!((graph.node_count(), pair.node_named("b")), (2, Some(NodeId(1))));
        assert_eq!((pair.ids()["b"], pair.node_named("c")), (NodeId(1), None));
    }

    #[test]
    fn a_ring_of_six_has_diameter_three() {
        let ring = network(
            r#"{ "links": [ { "from": "a", "to": "b" }, { "from": "b", "to": "c" },
            { "from": "c", "to": "d" }, { "from": "d", "to": "e" }, { "from": "e", "to": "f" },
            { "from": "f", "to": "a" } ] }"#,
        );
        assert_eq!(ring.diameter(), Some(3));
    }
}
