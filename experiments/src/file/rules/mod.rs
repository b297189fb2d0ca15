//! Rules that no schema can state: names that must exist, times in order, quantities that fit each other.
//!
//! Each rule reports at the field it is about and goes on; a run is planned only when nothing was reported.

mod arrivals;
pub(crate) mod charts;
mod events;
mod expectations;
mod flows;
mod lecture;
mod limits;
pub(crate) mod routing;
mod traffic;
pub(crate) mod ways;

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::ids::NodeId;
use sim_core::time::Duration;
use topologies::Topology;

use self::routing::RoutedNetwork;
use super::diagnostic::Report;
use super::path::Path;
use super::plan::{Direction, LinkRef, PlannedFlow, RunPoint};
use super::sizes::Distribution;
use super::spec::Experiment;
use super::tree::Node;

/// More samples than this in a series are refused.
const MOST_SAMPLES: u64 = 1_000_000;

/// What the rules look at, with tables for finding names.
struct Facts<'a> {
    experiment: &'a Experiment,
    topology: &'a Topology,
    seed: u64,
    nodes: BTreeMap<&'a str, NodeId>,
    /// Cables and directions by name.
    links: BTreeMap<&'a str, Vec<LinkRef>>,
    /// Which nodes reach each other: those with the same number.
    component: Vec<usize>,
}

/// Plans one run of `experiment`, whose tree is `tree`, with `seed`; or reports why it cannot be.
/// `before` is a run of the same experiment with another seed, if there is one: what does not depend on the seed is
/// taken from there. `sizes` are the distributions of the flows' arrivals, by entry.
pub(crate) fn plan(
    experiment: &Arc<Experiment>,
    topology: &Arc<Topology>,
    seed: u64,
    tree: &Node,
    before: Option<&RunPoint>,
    sizes: &[Option<Distribution>],
    report: &mut Report<'_>,
) -> Option<RunPoint> {
    let mut links: BTreeMap<&str, Vec<LinkRef>> = BTreeMap::new();
    for link in LinkRef::all(topology) {
        links.entry(link.name(topology)).or_default().push(link);
        links.entry(&link.cable(topology).name).or_default().push(link);
    }
    let mut component = vec![0; topology.nodes.len()];
    for (number, nodes) in topology.components().iter().enumerate() {
        for node in nodes {
            component[node.index()] = number;
        }
    }
    let facts = Facts { experiment, topology, seed, nodes: topology.ids(), links, component };
    facts.check_times(report);
    let (flows, groups) = facts.flows(sizes, report);
    let events = facts.events(report);
    let network = RoutedNetwork::new(topology, &experiment.routing, &events);
    facts.check_routing(&network, report);
    facts.check_addresses(report);
    let expectations = facts.expectations(&flows, &groups, &network, report);
    facts.check_chosen_losses(&flows, tree, report);
    facts.check_charts(&flows, &network, report);
    facts.check_lecture(report);
    let ends = |flows: &[PlannedFlow]| flows.iter().map(|flow| (flow.from, flow.to)).collect::<Vec<_>>();
    let (topology, bdp_limits) = match before {
        Some(before) if ends(&before.flows) == ends(&flows) => (before.topology.clone(), before.bdp_limits.clone()),
        _ => facts.resolve_limits(topology, &flows, tree, report),
    };
    if report.has_errors() {
        return None;
    }
    Some(RunPoint {
        parameters: Vec::new(),
        repetition: 0,
        seed,
        experiment: experiment.clone(),
        topology,
        network: Arc::new(network),
        flows,
        groups,
        events,
        expectations,
        bdp_limits,
    })
}

impl<'a> Facts<'a> {
    fn check_times(&self, report: &mut Report<'_>) {
        let duration = self.experiment.duration;
        if duration.is_zero() {
            report.error(&Path::root().field("duration"), "a run of no time shows nothing: give more than 0 s");
            return;
        }
        let Some(interval) = self.experiment.sample_interval else { return };
        let at = Path::root().field("sample_interval");
        if interval.is_zero() {
            report.error(&at, "must be more than 0 s");
        } else if interval > duration {
            report.error(&at, format!("{interval} is longer than the run of {duration}"));
        } else if duration.picos() / interval.picos() > MOST_SAMPLES {
            let samples = duration.picos() / interval.picos();
            report.error(&at, format!("makes {samples} samples of a run of {duration}; the most is {MOST_SAMPLES}"));
        }
    }

    /// Says that something at `at` would happen after the end of the run.
    fn check_within_run(&self, at: &Path, time: Duration, report: &mut Report<'_>) {
        let duration = self.experiment.duration;
        if time > duration {
            report.error(at, format!("{time} is after the end of the run at {duration}"));
        }
    }

    fn links_named(&self, at: &Path, name: &str, report: &mut Report<'_>) -> Vec<LinkRef> {
        self.links.get(name).cloned().unwrap_or_else(|| {
            let mut known: Vec<&str> = self.topology.cables.iter().map(|cable| cable.name.as_str()).collect();
            if name.contains("->") {
                known = LinkRef::all(self.topology).map(|link| link.name(self.topology)).collect();
            }
            report.unknown(at, "link", name, known);
            Vec::new()
        })
    }

    /// The direction called `name`; for a cable that from its first end to its second.
    fn direction_named(&self, at: &Path, name: &str, report: &mut Report<'_>) -> Option<LinkRef> {
        let links = self.links_named(at, name, report);
        links.iter().find(|link| link.direction == Direction::Forward).or(links.first()).copied()
    }

    /// Chosen losses name flows; a misspelt one would lose nothing.
    fn check_chosen_losses(&self, flows: &[PlannedFlow], tree: &Node, report: &mut Report<'_>) {
        let root = Path::root().field("topology");
        let Some(topology) = tree.get("topology") else { return };
        visit(topology, &root, &mut |path, node| {
            let Some(segments) = node.get("segments").filter(|_| path.0.last() == Some(&field("chosen"))) else {
                return;
            };
            for (index, segment) in segments.elements().iter().enumerate() {
                let Some(name) = segment.get("flow").and_then(Node::as_str) else { continue };
                if !flows.iter().any(|flow| flow.name == name) {
                    let at = path.field("segments").index(index).field("flow");
                    report.unknown(&at, "flow", name, flows.iter().map(|flow| flow.name.as_str()));
                }
            }
        });
    }
}

fn field(name: &str) -> super::path::Step {
    super::path::Step::Field(name.to_owned())
}

/// Calls `look` for every value in `node`, outer values first.
pub(super) fn visit(node: &Node, path: &Path, look: &mut impl FnMut(&Path, &Node)) {
    look(path, node);
    for member in node.members() {
        visit(&member.node, &path.field(&member.name), look);
    }
    for (index, element) in node.elements().iter().enumerate() {
        visit(element, &path.index(index), look);
    }
}
