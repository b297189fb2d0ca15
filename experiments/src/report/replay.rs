//! A replay: the network, what happened to it, and what its routers and packets did.

use plots::layout;
use protocols::routing::shortest_path::LinkCost;
use serde::Serialize;
use serde_json::{Value as Json, json};
use sim_core::LinkSpec;
use sim_core::time::{Duration, Time};
use topologies::{Place, Topology};

use super::causes::{self, CauseSection};
use super::clock::Clock;
use super::packets::{self, PacketSection};
use super::routing::{self, RoutingSection};
use crate::file::plan::{Change, Happening, LinkRef, PlannedEvent, RunPoint, Traffic};
use crate::run::build::link_id;
use crate::run::outcome::Outcome;
use crate::topo::drawing::{MOST_LAID_OUT, project};

/// Networks with more nodes than this are drawn as dots.
const FEW_SHAPES: usize = 20;
/// Larger networks are not drawn, so that there is no replay of them.
const MOST_NODES: usize = 1_000;
/// The side of the square that places lie in.
const SIDE: f64 = 1_000.0;
/// Width by height of the picture that networks without places are laid out for.
const ASPECT: f64 = 1.4;

/// Name, ends, protocol, congestion control, start, stop.
type FlowRow<'a> = (&'a str, usize, usize, &'static str, Option<&'static str>, u64, i64);
/// Time, question, choices, answer, explanation.
type QuestionRow<'a> = (u64, &'a str, Option<&'a [String]>, &'a str, Option<&'a str>);
/// Ends, name, costs forward and backward, rate, delay.
type CableRow<'a> = (usize, usize, &'a str, u64, u64, u64, u64);

/// Everything the page needs to play a run forwards and back.
#[derive(Clone, Debug, Serialize)]
pub struct Replay<'a> {
    unit_s: f64,
    end: u64,
    nodes: Vec<(&'a str, bool, f64, f64)>,
    is_map: bool,
    cables: Vec<CableRow<'a>>,
    cost: &'static str,
    flows: Vec<FlowRow<'a>>,
    script: Vec<(u64, String, Vec<Json>)>,
    lecture: Vec<QuestionRow<'a>>,
    thinned: Vec<(u64, u64, String)>,
    routing: Option<RoutingSection>,
    packets: Option<PacketSection>,
    causes: CauseSection,
}

impl<'a> Replay<'a> {
    /// The replay of a run; none of a network that is too large to be drawn.
    pub fn new(point: &'a RunPoint, outcome: &'a Outcome) -> Option<Self> {
        let topology = &*point.topology;
        let (places, is_map) = places(topology)?;
        let clock = clock(topology);
        let nodes = topology.nodes.iter().zip(&point.network.is_router).zip(places);
        let end = clock.ticks(Time::ZERO + outcome.simulated);
        Some(Replay {
            unit_s: clock.unit_s(),
            end,
            nodes: nodes.map(|((node, &is_router), (x, y))| (node.name.as_str(), is_router, x, y)).collect(),
            is_map,
            cables: cables(point, clock),
            cost: match point.experiment.routing.link_cost() {
                LinkCost::Configured => "configured",
                LinkCost::Hops => "hops",
                LinkCost::Delay => "delay",
                LinkCost::InverseBandwidth => "inverse_bandwidth",
            },
            flows: flows(point, outcome, clock),
            script: script(point, clock),
            lecture: (point.experiment.lecture.iter())
                .map(|question| {
                    let at = clock.ticks(Time::ZERO + question.at);
                    let (choices, explain) = (question.choices.as_deref(), question.explain.as_deref());
                    (at, question.ask.as_str(), choices, question.answer.as_str(), explain)
                })
                .collect(),
            thinned: outcome.story.as_ref().map_or_else(Vec::new, |story| packets::thinned(story, clock)),
            routing: outcome.routing.as_ref().map(|routing| routing::section(routing, clock)),
            packets: outcome.story.as_ref().map(|story| packets::section(story, clock)),
            causes: causes::section(point, outcome, clock),
        })
    }
}

/// The clock of a network.
pub fn clock(topology: &Topology) -> Clock {
    Clock::new(LinkRef::all(topology).map(|link| link.spec(topology).bandwidth.bps()).max().unwrap_or(0))
}

/// Where the nodes stand, and whether these are places on a map. None if there are too many.
fn places(topology: &Topology) -> Option<(Vec<(f64, f64)>, bool)> {
    let count = topology.nodes.len();
    if count > MOST_NODES {
        return None;
    }
    let own: Vec<Option<Place>> = topology.nodes.iter().map(|node| node.place).collect();
    let ends: Vec<(u32, u32)> = topology.cables.iter().map(|cable| (cable.from.0, cable.to.0)).collect();
    let is_on_earth = own.iter().flatten().any(|place| matches!(place, Place::Earth(_)));
    let places = match project(&own, &ends) {
        Some(places) => places,
        None if count <= MOST_LAID_OUT => {
            let edges: Vec<(usize, usize)> = ends.iter().map(|&(from, to)| (from as usize, to as usize)).collect();
            layout::places(count, &edges, ASPECT)
        }
        None => return None,
    };
    Some((fitted(&places), is_on_earth || count > FEW_SHAPES))
}

/// Moved and scaled, both axes alike, so that all lie within the square from 0 to [`SIDE`]; to a tenth.
fn fitted(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let limits = |of: fn(&(f64, f64)) -> f64| {
        places.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (limits(|place| place.0), limits(|place| place.1));
    let extent = (right - left).max(bottom - top);
    let scale = if extent > 0.0 { SIDE / extent } else { 0.0 };
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    places.iter().map(|&(x, y)| (tenth((x - left) * scale), tenth((y - top) * scale))).collect()
}

fn span(duration: Duration, clock: Clock) -> u64 {
    clock.ticks(Time::ZERO + duration)
}

fn cables(point: &RunPoint, clock: Clock) -> Vec<CableRow<'_>> {
    let cost = point.experiment.routing.link_cost();
    let cable = |cable: &'_ topologies::Cable| {
        let of = |spec: &LinkSpec| cost.of(spec.cost, spec.bandwidth, spec.delay);
        let (forward, backward) = (&cable.forward, &cable.backward);
        (of(forward), of(backward), forward.bandwidth.bps(), span(forward.delay, clock))
    };
    (point.topology.cables.iter())
        .map(|one| {
            let (forward, backward, rate, delay) = cable(one);
            (one.from.index(), one.to.index(), one.name.as_str(), forward, backward, rate, delay)
        })
        .collect()
}

/// The flows, with the times at which they really started.
fn flows<'a>(point: &'a RunPoint, outcome: &Outcome, clock: Clock) -> Vec<FlowRow<'a>> {
    let ticks_of = |seconds: f64| (seconds / clock.unit_s()).round() as u64;
    (point.flows.iter().zip(&outcome.flows))
        .map(|(flow, done)| {
            let congestion_control = match &flow.traffic {
                Traffic::Tcp { config, .. } => Some(config.congestion_control.name()),
                Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => None,
            };
            let stop = flow.stop.map_or(-1, |stop| span(stop, clock) as i64);
            let ends = (flow.from.index(), flow.to.index());
            let protocol = flow.traffic.protocol();
            (flow.name.as_str(), ends.0, ends.1, protocol, congestion_control, ticks_of(done.start_s), stop)
        })
        .collect()
}

/// The script: when, in words, and what it does to links and routers.
fn script(point: &RunPoint, clock: Clock) -> Vec<(u64, String, Vec<Json>)> {
    let topology = &*point.topology;
    let cost = point.experiment.routing.link_cost();
    let mut specs: Vec<LinkSpec> = LinkRef::all(topology).map(|link| link.spec(topology).clone()).collect();
    let mut effects = |event: &PlannedEvent| match &event.what {
        Happening::Link { links, change } => {
            links.iter().flat_map(|&link| of_link(link_id(link).index(), *change, &mut specs, cost, clock)).collect()
        }
        Happening::RouterDown(node) => vec![json!(["fail", node.index()])],
        Happening::RouterUp(node) => vec![json!(["boot", node.index()])],
        Happening::Announce(node, prefix) => vec![json!(["announce", node.index(), prefix.to_string()])],
        Happening::Withdraw(node, prefix) => vec![json!(["withdraw", node.index(), prefix.to_string()])],
    };
    let entry = |event: &PlannedEvent| (span(event.at, clock), event.in_words(topology), effects(event));
    point.events.iter().map(entry).collect()
}

/// What a change does to a link: the change itself, and what its use costs from then on if that differs.
fn of_link(link: usize, change: Change, specs: &mut [LinkSpec], cost: LinkCost, clock: Clock) -> Vec<Json> {
    let spec = &mut specs[link];
    let of = |spec: &LinkSpec| cost.of(spec.cost, spec.bandwidth, spec.delay);
    let before = of(spec);
    let mut effects = Vec::new();
    match change {
        Change::Down => effects.push(json!(["down", link])),
        Change::Up => effects.push(json!(["up", link])),
        Change::Cost(new) => spec.cost = new,
        Change::Bandwidth(rate) => {
            spec.bandwidth = rate;
            effects.push(json!(["rate", link, rate.bps()]));
        }
        Change::Delay(delay) => {
            spec.delay = delay;
            effects.push(json!(["delay", link, span(delay, clock)]));
        }
        Change::NoLoss => {}
    }
    if of(spec) != before {
        effects.push(json!(["cost", link, of(spec)]));
    }
    effects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_fill_a_square_and_keep_their_proportions() {
        assert_eq!(fitted(&[(10.0, -5.0), (30.0, 5.0)]), [(0.0, 0.0), (1000.0, 500.0)]);
        assert_eq!(fitted(&[(3.0, 3.0)]), [(0.0, 0.0)], "one node alone has no extent");
        assert_eq!(fitted(&[]), []);
    }
}
