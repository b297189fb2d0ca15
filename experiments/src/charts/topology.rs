//! The network with the ways of packets: from one router to all others, or from everyone to one destination, as the
//! forwarding tables had them at chosen times.
//!
//! Ways are followed hop by hop through the tables of the routers on them, as packets are: where the tables disagree, the
//! picture shows the loop.

use std::collections::{BTreeMap, BTreeSet};

use plots::{Diagram, DiagramEdge, DiagramForm, DiagramNode, DiagramWords, Diagrams, NodeLook, NodeShape, WayStyle};
use protocols::routing::shortest_path::LinkCost;
use sim_core::time::Duration;

use super::network::{Network, Routes, Standing, Way};
use super::route_cost::busiest;
use super::{About, Figure};
use crate::file::charts::TopologyChart;
use crate::results::seconds;
use crate::run::outcome::Outcome;
use crate::run::routing::TableChange;

/// More states than this do not fit into a picture.
pub(crate) const MOST_STATES: usize = 6;
/// Networks with more nodes than this have too many for a picture.
const MOST_NODES: usize = 1_000;

/// Without times in the file, the network is drawn before so many events, and larger ones before the first.
const EVENTS: usize = 3;
const FEW_NODES: usize = 16;
/// Networks with more nodes than this are drawn as dots with names beside them.
const FEW_SHAPES: usize = 40;

/// A node by number, and where a packet goes from there.
type Hop = (usize, usize);

/// The network at each time asked for.
pub(super) fn topology(outcome: &Outcome, about: &About, options: &TopologyChart) -> Option<Figure> {
    let network = about.network.as_ref()?;
    let names: Vec<&str> = network.names().collect();
    if names.is_empty() || names.len() > MOST_NODES {
        return None;
    }
    let subject = Subject::new(options, outcome, network, &names)?;
    let end = outcome.simulated;
    let mut times: Vec<Duration> = match &options.at {
        Some(at) => at.list().to_vec(),
        None => {
            // An oracle's tables are known at the end only.
            let states = match (&outcome.routing, names.len() <= FEW_NODES) {
                (None, _) => 0,
                (Some(_), true) => EVENTS,
                (Some(_), false) => 1,
            };
            let events = network.event_times().into_iter().filter(|at| !at.is_zero() && *at < end);
            events.take(states).chain([end]).collect()
        }
    };
    times.sort();
    times.dedup();
    times.truncate(MOST_STATES);
    let states: Vec<(Duration, Routes)> =
        times.into_iter().filter_map(|at| Some((at, Routes::before(outcome, network, at)?))).collect();
    if states.is_empty() {
        return None;
    }
    // At the end even what happens at that instant has happened.
    let is_only_end = matches!(&states[..], [(at, _)] if *at >= end);
    let places = network.places();
    let form = match &places {
        // Places on Earth are as near to each other as they are, and leave no room for shapes.
        Some(places) if places.are_on_earth || !places.are_own || names.len() > FEW_NODES => DiagramForm::Map,
        None if names.len() > FEW_SHAPES => DiagramForm::Map,
        Some(_) | None => DiagramForm::Shapes,
    };
    // Next to their routers hosts on a map only hide what is around.
    let has_no_hosts = form == DiagramForm::Map && network.is_router.iter().any(|is_router| !is_router);
    let diagram = |(at, routes): &(Duration, Routes)| {
        let mut drawn = subject.draw(network, &network.before(*at), &names, routes);
        for (node, place) in drawn.nodes.iter_mut().zip(places.iter().flat_map(|places| &places.on_paper)) {
            node.place = Some(*place);
        }
        if has_no_hosts {
            drawn = without_hosts(drawn);
        }
        let heading = match (is_only_end, *at >= end) {
            (true, _) => String::new(),
            (false, true) => format!("at the end, {}", seconds(at.as_secs_f64())),
            (false, false) => format!("at {}", network.moment(*at)),
        };
        Diagram { heading, ..drawn }
    };
    let diagrams: Vec<Diagram> = states.iter().map(diagram).collect();
    let title = match &subject {
        Subject::From(root) => format!("Ways from {} to all others", names[*root]),
        Subject::To(to) => format!("Ways of all routers to {to}"),
    };
    let words = DiagramWords {
        round: "router".into(),
        angular: "host".into(),
        chosen: if matches!(subject, Subject::From(_)) { "where ways begin" } else { "where ways end" }.into(),
        faint: "failed".into(),
        labels: match network.cost() {
            LinkCost::Delay => "delay of a cable",
            LinkCost::Configured | LinkCost::Hops | LinkCost::InverseBandwidth => "cost of a cable",
        }
        .into(),
        broken: "cut".into(),
        way: "way of packets".into(),
        wrong: "in a circle".into(),
    };
    let subtitle = match has_no_hosts {
        true => format!("{} · hosts are not drawn", about.subtitle),
        false => about.subtitle.clone(),
    };
    Some(Figure::Diagrams(Diagrams { subtitle, diagrams, words, form, ..Diagrams::new(title) }))
}

/// A diagram of the routers alone, and of hosts that it is about.
fn without_hosts(diagram: Diagram) -> Diagram {
    let is_drawn = |node: &DiagramNode| node.shape == NodeShape::Round || node.look == NodeLook::Chosen;
    let mut number = 0;
    let numbers: Vec<Option<usize>> = (diagram.nodes.iter())
        .map(|node| {
            is_drawn(node).then(|| {
                number += 1;
                number - 1
            })
        })
        .collect();
    let edges = diagram.edges.into_iter().filter_map(|edge| {
        Some(DiagramEdge { from: (*numbers.get(edge.from)?)?, to: (*numbers.get(edge.to)?)?, ..edge })
    });
    let edges = edges.collect();
    Diagram { nodes: diagram.nodes.into_iter().filter(is_drawn).collect(), edges, ..diagram }
}

/// Whose ways are drawn.
enum Subject {
    /// From this node to all.
    From(usize),
    /// From all to this destination.
    To(String),
}

impl Subject {
    fn new(options: &TopologyChart, outcome: &Outcome, network: &Network, names: &[&str]) -> Option<Subject> {
        match (&options.root, &options.to) {
            (_, Some(to)) => return Some(Subject::To(to.clone())),
            (Some(root), None) => return Some(Subject::From(names.iter().position(|name| name == root)?)),
            (None, None) => {}
        }
        let root = network.is_router.iter().position(|is_router| *is_router)?;
        let Some(routing) = &outcome.routing else { return Some(Subject::From(root)) };
        // Where routers tell each other of prefixes, there is no way to all nodes.
        let is_to_router = |change: &TableChange| {
            let to = &routing.destinations[change.destination];
            change.router == root
                && (0..names.len()).any(|node| node != root && network.is_router[node] && names[node] == to)
        };
        match routing.changes.iter().any(is_to_router) {
            true => Some(Subject::From(root)),
            false => Some(Subject::To(routing.destinations[busiest(routing)?].clone())),
        }
    }

    fn draw(&self, network: &Network, standing: &Standing, names: &[&str], routes: &Routes) -> Diagram {
        let works = |node: &usize| !standing.has_failed[*node];
        let (mut right, mut wrong) = (BTreeSet::new(), BTreeSet::new());
        let mut notes: BTreeMap<usize, String> = BTreeMap::new();
        let cost = |way: Option<&Way>| way.map_or("no route".to_owned(), |way| format!("cost {}", way.cost));
        let chosen = match self {
            Subject::From(root) => {
                for to in 0..routes.destinations.len() {
                    follow(&ways_to(routes, to, standing), Some(*root), &mut right, &mut wrong);
                }
                let known: BTreeMap<&str, usize> = routes.destinations.iter().map(String::as_str).zip(0..).collect();
                for (node, name) in names.iter().enumerate().filter(|(node, _)| node != root) {
                    if let Some(&to) = known.get(name) {
                        notes.insert(node, cost(routes.ways.get(&(to, *root))));
                    }
                }
                vec![*root]
            }
            Subject::To(name) => {
                let to = routes.destinations.iter().position(|known| known == name);
                if let Some(to) = to {
                    follow(&ways_to(routes, to, standing), None, &mut right, &mut wrong);
                }
                let toward = to.map_or(BTreeMap::new(), |to| routes.toward(to));
                let way = |router: usize| toward.get(&router).copied();
                // Who has the prefix, or is the node.
                let is_end =
                    |node: &usize| names[*node] == name || way(*node).is_some_and(|way| way.next_hops.is_empty());
                let ends: Vec<usize> = (0..names.len()).filter(works).filter(is_end).collect();
                for router in (0..names.len()).filter(|node| network.is_router[*node] && !ends.contains(node)) {
                    notes.insert(router, cost(way(router)));
                }
                ends
            }
        };
        let node = |at: usize| DiagramNode {
            name: names[at].to_owned(),
            note: if works(&at) { notes.remove(&at).unwrap_or_default() } else { "failed".into() },
            shape: if network.is_router[at] { NodeShape::Round } else { NodeShape::Angular },
            look: match (works(&at), chosen.contains(&at)) {
                (false, _) => NodeLook::Faint,
                (true, true) => NodeLook::Chosen,
                (true, false) => NodeLook::Plain,
            },
            place: None,
        };
        let nodes = (0..names.len()).map(node).collect();
        Diagram { heading: String::new(), nodes, edges: edges(network, standing, &right, &wrong) }
    }
}

/// Where each router sends packets to a destination. What has failed sends nothing.
fn ways_to(routes: &Routes, to: usize, standing: &Standing) -> BTreeMap<usize, Vec<usize>> {
    let works = |router: &usize| !standing.has_failed.get(*router).copied().unwrap_or(false);
    let ways = routes.toward(to).into_iter().filter(|(router, _)| works(router));
    ways.map(|(router, way)| (router, way.next_hops.clone())).collect()
}

/// Adds the hops of all ways, or of those from `root` on, to `right`; those on circles to `wrong`.
fn follow(
    next: &BTreeMap<usize, Vec<usize>>,
    root: Option<usize>,
    right: &mut BTreeSet<Hop>,
    wrong: &mut BTreeSet<Hop>,
) {
    let mut hops: BTreeSet<Hop> = BTreeSet::new();
    let mut ahead: Vec<usize> = match root {
        Some(root) => vec![root],
        None => next.keys().copied().collect(),
    };
    let mut seen: BTreeSet<usize> = ahead.iter().copied().collect();
    while let Some(node) = ahead.pop() {
        for &hop in next.get(&node).into_iter().flatten() {
            hops.insert((node, hop));
            if seen.insert(hop) {
                ahead.push(hop);
            }
        }
    }
    // What neither ends nor begins anywhere is a circle, or leads from one to another.
    let mut circles = hops.clone();
    loop {
        let begins: BTreeSet<usize> = circles.iter().map(|hop| hop.0).collect();
        let ends: BTreeSet<usize> = circles.iter().map(|hop| hop.1).collect();
        let before = circles.len();
        circles.retain(|hop| begins.contains(&hop.1) && ends.contains(&hop.0));
        if circles.len() == before {
            break;
        }
    }
    wrong.extend(circles);
    right.extend(hops);
}

/// The cables, with the hops that lead over them: over the first of several between two nodes that is not cut.
fn edges(network: &Network, standing: &Standing, right: &BTreeSet<Hop>, wrong: &BTreeSet<Hop>) -> Vec<DiagramEdge> {
    let mut first: BTreeMap<Hop, usize> = BTreeMap::new();
    let whole = standing.cables.iter().enumerate().filter(|(_, cable)| !cable.is_cut);
    let cut = standing.cables.iter().enumerate().filter(|(_, cable)| cable.is_cut);
    for (at, cable) in whole.chain(cut) {
        let (a, b) = cable.ends;
        first.entry((a.min(b), a.max(b))).or_insert(at);
    }
    // Costs that are all alike say nothing.
    let costs: BTreeSet<u64> = standing.cables.iter().flat_map(|cable| cable.costs).collect();
    let style = |at: usize, from: usize, to: usize| {
        let is_first = first.get(&(from.min(to), from.max(to))) == Some(&at);
        match (is_first, wrong.contains(&(from, to)), right.contains(&(from, to))) {
            (true, true, _) => Some(WayStyle::Wrong),
            (true, false, true) => Some(WayStyle::Right),
            (true, false, false) | (false, ..) => None,
        }
    };
    let edge = |(at, cable): (usize, &super::network::StandingCable)| {
        let (from, to) = cable.ends;
        let label = match cable.costs {
            _ if costs.len() < 2 => String::new(),
            [there, back] if there == back => in_words(network.cost(), there),
            [there, back] => format!("{} / {}", in_words(network.cost(), there), in_words(network.cost(), back)),
        };
        DiagramEdge {
            from,
            to,
            label,
            is_broken: cable.is_cut || standing.has_failed[from] || standing.has_failed[to],
            forward: style(at, from, to),
            backward: style(at, to, from),
        }
    };
    standing.cables.iter().enumerate().map(edge).collect()
}

/// The cost of a cable: of a delay, the time rather than its nanoseconds.
fn in_words(kind: LinkCost, cost: u64) -> String {
    match kind {
        LinkCost::Delay => seconds(cost as f64 / 1e9),
        LinkCost::Configured | LinkCost::Hops | LinkCost::InverseBandwidth => cost.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(hops: &[(usize, &[usize])]) -> BTreeMap<usize, Vec<usize>> {
        hops.iter().map(|&(node, hops)| (node, hops.to_vec())).collect()
    }

    #[test]
    fn a_way_is_followed_from_its_beginning_through_the_tables_of_others() {
        // 0 sends to 1, which splits to 2 and 3; both send to 4, where packets end. 5 is nobody's way.
        let next = next(&[(0, &[1]), (1, &[2, 3]), (2, &[4]), (3, &[4]), (4, &[]), (5, &[4])]);
        let (mut right, mut wrong) = Default::default();
        follow(&next, Some(0), &mut right, &mut wrong);
        assert_eq!(right, [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)].into());
        assert_eq!(wrong, [].into());
        follow(&next, None, &mut right, &mut wrong);
        assert!(right.contains(&(5, 4)));
    }

    #[test]
    fn hops_of_a_circle_are_wrong_and_those_that_lead_to_it_are_not() {
        let next = next(&[(0, &[1]), (1, &[2]), (2, &[1]), (3, &[4])]);
        let (mut right, mut wrong) = Default::default();
        follow(&next, None, &mut right, &mut wrong);
        assert_eq!(wrong, [(1, 2), (2, 1)].into());
        assert!(right.contains(&(0, 1)) && right.contains(&(3, 4)));
    }
}
