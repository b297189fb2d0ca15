//! Our own list of nodes and links, as it stands in the `topology` of an experiment and as `netsim topo convert` writes
//! it. Nothing is lost on the way: queues, losses and the way back are kept.

use std::collections::BTreeMap;

use crate::import::{LinkFacts, Map, MapDemand, MapLink, MapNode, Text, Unreadable};
use crate::{Explicit, Plan};

/// Its name.
pub const NAME: &str = "netsim";
/// What it holds.
pub const SUMMARY: &str = "nodes and links in JSON, as in the `topology` of an experiment";
/// Where it is described.
pub const SOURCE: &str = "docs/experiment-file.md";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    text.start().starts_with('{') && serde_json::from_str::<Explicit>(&text.all).is_ok()
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let list: Explicit =
        serde_json::from_str(&text.all).map_err(|error| Unreadable::at(error.line() as u64, error.to_string()))?;
    let mut problems = Vec::new();
    list.check(&mut problems);
    if let Some(problem) = problems.first() {
        return Err(Unreadable::whole(problem.to_string()));
    }
    let mut plan = Plan::default();
    list.build(&mut plan);
    let topology = plan.into_topology();
    let nodes = topology.nodes.iter().map(|node| MapNode {
        place: node.place,
        kind: Some(node.kind),
        address: node.address,
        processing_delay: node.processing_delay,
        ..MapNode::new(&node.name)
    });
    let own_names: BTreeMap<usize, &str> =
        list.links.iter().enumerate().filter_map(|(at, link)| Some((at, link.name.as_deref()?))).collect();
    let links = topology.cables.iter().enumerate().map(|(at, cable)| {
        let facts = LinkFacts {
            name: own_names.get(&at).map(|name| (*name).to_owned()),
            spec: Some(Box::new((cable.forward.clone(), cable.backward.clone()))),
            ..LinkFacts::default()
        };
        MapLink { relationship: cable.relationship, ..MapLink::new(cable.from.0, cable.to.0).with(facts) }
    });
    let demands = topology.demands.iter().map(|demand| MapDemand {
        from: demand.from.0,
        to: demand.to.0,
        value: demand.rate.bps() as f64,
    });
    Ok(Map {
        nodes: nodes.collect(),
        links: links.collect(),
        demands: demands.collect(),
        demand_unit: Some(sim_core::units::Rate::from_bps(1)),
        ..Map::default()
    })
}
