//! The drawing board on which shapes and lists lay out a network, and the rule for the names of cables.

use std::collections::BTreeMap;

use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::random::Random;
use sim_core::time::Duration;

use crate::import::Report;
use crate::place::Plane;
use crate::{Cable, Demand, Node, Place, Relationship, Topology};

/// A network in the making.
#[derive(Clone, Debug)]
pub struct Plan {
    seed: u64,
    nodes: Vec<Node>,
    cables: Vec<Cable>,
    namer: CableNamer,
    demands: Vec<Demand>,
    report: Option<Report>,
}

impl Default for Plan {
    fn default() -> Self {
        Plan::new(1)
    }
}

impl Plan {
    /// An empty one, whose draws come from `seed`.
    pub fn new(seed: u64) -> Self {
        let namer = CableNamer::default();
        Plan { seed, nodes: Vec::new(), cables: Vec::new(), namer, demands: Vec::new(), report: None }
    }

    /// Random numbers for `purpose`, from `seed` or, where a shape has none of its own, from that of the experiment.
    pub fn random(&self, seed: Option<u64>, purpose: &str) -> Random {
        Random::stream(seed.unwrap_or(self.seed), "topology", purpose)
    }

    /// Adds an end system.
    pub fn host(&mut self, name: impl Into<String>) -> NodeId {
        self.node(Node::host(name))
    }

    /// Adds a router that takes `processing_delay` over each packet.
    pub fn router(&mut self, name: impl Into<String>, processing_delay: Duration) -> NodeId {
        self.node(Node { processing_delay, ..Node::router(name) })
    }

    /// Adds routers `r1`, `r2`, … that take `processing_delay` over each packet.
    pub fn routers(&mut self, count: u32, processing_delay: Duration) -> Vec<NodeId> {
        (1..=count).map(|number| self.router(format!("r{number}"), processing_delay)).collect()
    }

    /// Places a node on a drawing, in units of which neighbours are about one apart.
    pub fn place(&mut self, node: NodeId, x: f64, y: f64) {
        self.nodes[node.index()].place = Some(Place::Plane(Plane { x, y }));
    }

    /// Where nodes are drawn, if they have been placed.
    pub(crate) fn spot(&self, node: NodeId) -> Option<(f64, f64)> {
        match self.nodes[node.index()].place {
            Some(Place::Plane(place)) => Some((place.x, place.y)),
            Some(Place::Earth(_)) | None => None,
        }
    }

    /// How long cables between placed nodes are on a drawing, on average.
    pub(crate) fn mean_length(&self) -> f64 {
        let ends = self.cables.iter().filter_map(|cable| Some((self.spot(cable.from)?, self.spot(cable.to)?)));
        let (sum, count) =
            ends.fold((0.0, 0.0), |(sum, count), (a, b)| (sum + libm::hypot(a.0 - b.0, a.1 - b.1), count + 1.0));
        if count > 0.0 { sum / count } else { 1.0 }
    }

    /// Places nodes on a circle, the first at the top and the others clockwise, neighbours one apart.
    pub fn place_on_circle(&mut self, nodes: &[NodeId]) {
        let step = std::f64::consts::TAU / nodes.len() as f64;
        let radius = if nodes.len() > 2 { 0.5 / libm::sin(step / 2.0) } else { 0.5 };
        for (at, &node) in nodes.iter().enumerate() {
            let angle = step * at as f64;
            self.place(node, radius * libm::sin(angle), radius * libm::cos(angle));
        }
    }

    /// What the nodes so far are called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.name.as_str())
    }

    /// What a node is called.
    pub fn name(&self, node: NodeId) -> &str {
        &self.nodes[node.index()].name
    }

    /// Adds a node.
    pub fn node(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("fewer than MOST_NODES nodes are laid out"));
        self.nodes.push(node);
        id
    }

    /// Adds a cable whose two directions are alike.
    pub fn cable(&mut self, from: NodeId, to: NodeId, link: &LinkSpec) {
        self.cable_with(from, to, None, link, link);
    }

    /// Adds a cable, with a name of its own or the customary one.
    pub fn cable_with(
        &mut self,
        from: NodeId,
        to: NodeId,
        name: Option<&str>,
        forward: &LinkSpec,
        backward: &LinkSpec,
    ) {
        let names = self.namer.name(&self.nodes[from.index()].name, &self.nodes[to.index()].name, name);
        self.cables.push(Cable {
            name: names.cable,
            forward_name: names.forward,
            backward_name: names.backward,
            from,
            to,
            forward: forward.clone(),
            backward: backward.clone(),
            relationship: None,
        });
    }

    /// Says what the first end of the cable added last is to the second.
    pub fn relate(&mut self, relationship: Relationship) {
        if let Some(cable) = self.cables.last_mut() {
            cable.relationship = Some(relationship);
        }
    }

    /// Adds what a node wants to send to another.
    pub fn demand(&mut self, demand: Demand) {
        self.demands.push(demand);
    }

    /// Keeps what was made of a file of others.
    pub(crate) fn report(&mut self, report: Report) {
        self.report = Some(report);
    }

    /// What was laid out.
    pub fn into_topology(self) -> Topology {
        Topology { nodes: self.nodes, cables: self.cables, demands: self.demands, report: self.report }
    }
}

/// Names cables: `a-b`, then `a-b#2` for the next between the same two nodes whichever is named first. A cable with a
/// name of its own keeps it and is not counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct CableNamer {
    unnamed: BTreeMap<(String, String), u32>,
}

/// What a cable and its two directions are called.
pub(crate) struct CableNames {
    pub(crate) cable: String,
    pub(crate) forward: String,
    pub(crate) backward: String,
}

impl CableNamer {
    pub(crate) fn name(&mut self, from: &str, to: &str, own: Option<&str>) -> CableNames {
        if let Some(own) = own {
            return CableNames {
                cable: own.to_owned(),
                forward: format!("{own}:{from}->{to}"),
                backward: format!("{own}:{to}->{from}"),
            };
        }
        let ends = (from.min(to).to_owned(), from.max(to).to_owned());
        let count = self.unnamed.entry(ends).or_insert(0);
        *count += 1;
        let which = if *count == 1 { String::new() } else { format!("#{count}") };
        CableNames {
            cable: format!("{from}-{to}{which}"),
            forward: format!("{from}->{to}{which}"),
            backward: format!("{to}->{from}{which}"),
        }
    }
}
