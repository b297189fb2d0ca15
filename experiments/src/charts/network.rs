//! The network of a run as charts show it: what is joined to what and at which cost, what broke when, and the routes
//! that stood at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocols::routing::shortest_path::LinkCost;
use sim_core::Prefix;
use sim_core::time::Duration;
use topologies::{Place, Topology};

use crate::file::plan::{Change, Direction, Happening, LinkRef, PlannedEvent, RunPoint};
use crate::results::seconds;
use crate::run::outcome::Outcome;
use crate::run::routing::replay::matching;
use crate::topo::drawing::project;

/// A network and what the script does to it.
#[derive(Clone, Debug)]
pub struct Network {
    topology: Arc<Topology>,
    /// Which nodes route, by number.
    pub(super) is_router: Vec<bool>,
    events: Vec<PlannedEvent>,
    cost: LinkCost,
}

/// Where the nodes of a network stand.
pub(super) struct Places {
    /// By number, y downwards.
    pub(super) on_paper: Vec<(f64, f64)>,
    /// Whether places on Earth are among them.
    pub(super) are_on_earth: bool,
    /// Whether every node has one of its own, rather than one near its neighbours.
    pub(super) are_own: bool,
}

/// How a network stands at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    /// The cables, in the order of the topology.
    pub(super) cables: Vec<StandingCable>,
    /// Which nodes have failed, by number.
    pub(super) has_failed: Vec<bool>,
}

/// How a cable stands at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StandingCable {
    /// Numbers of its ends.
    pub(super) ends: (usize, usize),
    /// What its directions cost, forward first.
    pub(super) costs: [u64; 2],
    /// Whether either direction is cut.
    pub(super) is_cut: bool,
}

impl Network {
    /// The network of a run.
    pub(super) fn of(point: &RunPoint) -> Self {
        Network {
            topology: point.topology.clone(),
            is_router: point.network.is_router.clone(),
            events: point.events.clone(),
            cost: point.experiment.routing.link_cost(),
        }
    }

    /// The names of all nodes, by number.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.topology.nodes.iter().map(|node| node.name.as_str())
    }

    /// Where the nodes stand on paper, if any places are known.
    pub(super) fn places(&self) -> Option<Places> {
        let nodes = || self.topology.nodes.iter().map(|node| node.place);
        let cables: Vec<(u32, u32)> = self.topology.cables.iter().map(|cable| (cable.from.0, cable.to.0)).collect();
        Some(Places {
            on_paper: project(&nodes().collect::<Vec<_>>(), &cables)?,
            are_on_earth: nodes().flatten().any(|place| matches!(place, Place::Earth(_))),
            are_own: nodes().all(|place| place.is_some()),
        })
    }

    /// What link costs are.
    pub(super) fn cost(&self) -> LinkCost {
        self.cost
    }

    /// The times at which something happens to links or routers, each once, in order.
    pub(super) fn event_times(&self) -> Vec<Duration> {
        let mut times: Vec<Duration> = self.events.iter().map(|event| event.at).collect();
        times.dedup();
        times
    }

    /// A time in words, with what happens then if anything does: `60 s, before x-y down`.
    pub(super) fn moment(&self, time: Duration) -> String {
        let now = self.events.iter().filter(|event| event.at == time);
        let now: Vec<String> = now.map(|event| event.in_words(&self.topology)).collect();
        let time = seconds(time.as_secs_f64());
        if now.is_empty() { time } else { format!("{time}, before {}", now.join(", ")) }
    }

    /// How it stands just before `time`: what happens at the time itself is not seen.
    pub(super) fn before(&self, time: Duration) -> Standing {
        let mut specs: BTreeMap<LinkRef, _> = LinkRef::all(&self.topology)
            .map(|link| {
                let spec = link.spec(&self.topology);
                (link, (spec.cost, spec.bandwidth, spec.delay, true))
            })
            .collect();
        let mut has_failed = vec![false; self.topology.nodes.len()];
        for event in self.events.iter().take_while(|event| event.at < time) {
            match &event.what {
                Happening::Link { links, change } => {
                    for link in links {
                        let Some((cost, bandwidth, delay, is_up)) = specs.get_mut(link) else { continue };
                        match *change {
                            Change::Down => *is_up = false,
                            Change::Up => *is_up = true,
                            Change::NoLoss => {}
                            Change::Cost(new) => *cost = new,
                            Change::Bandwidth(new) => *bandwidth = new,
                            Change::Delay(new) => *delay = new,
                        }
                    }
                }
                Happening::RouterDown(node) => has_failed[node.index()] = true,
                Happening::RouterUp(node) => has_failed[node.index()] = false,
                Happening::Announce(..) | Happening::Withdraw(..) => {}
            }
        }
        let cables = (self.topology.cables.iter().zip(0..))
            .map(|(cable, number)| {
                let of = |direction: Direction| {
                    let link = LinkRef { cable: number, direction };
                    let (cost, bandwidth, delay, is_up) = specs[&link];
                    (self.cost.of(cost, bandwidth, delay), is_up)
                };
                let (forward, backward) = (of(Direction::Forward), of(Direction::Backward));
                StandingCable {
                    ends: (cable.from.index(), cable.to.index()),
                    costs: [forward.0, backward.0],
                    is_cut: !forward.1 || !backward.1,
                }
            })
            .collect();
        Standing { cables, has_failed }
    }
}

/// A route as charts show it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    /// What it costs.
    pub(super) cost: u64,
    /// Numbers of the neighbours it leads through; none if packets end here.
    pub(super) next_hops: Vec<usize>,
}

/// The routes of all routers at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Routes {
    /// Names of destinations. Empty for those of which nothing is known.
    pub(super) destinations: Vec<String>,
    /// By destination and router.
    pub(super) ways: BTreeMap<(usize, usize), Way>,
    /// The addresses of the destinations, if these are known.
    spans: Vec<Prefix>,
}

impl Routes {
    /// The routes that stood just before `time`; at the end of the run, those that stand. `None` if nobody knows: there
    /// are no tables, or changes were too many to be listed.
    pub(super) fn before(outcome: &Outcome, network: &Network, time: Duration) -> Option<Routes> {
        let is_end = time >= outcome.simulated;
        let Some(routing) = &outcome.routing else {
            return (is_end && !outcome.tables.is_empty()).then(|| Routes::of_tables(outcome, network));
        };
        let (destinations, spans) = (routing.destinations.clone(), routing.spans.clone());
        let mut routes = Routes { destinations, ways: BTreeMap::new(), spans };
        let way = |cost: u64, hops: &[usize]| Way { cost, next_hops: hops.to_vec() };
        if is_end {
            let rows = routing.routes.iter();
            routes.ways = rows.map(|(router, to, route)| ((*to, *router), way(route.cost, &route.next_hops))).collect();
            return Some(routes);
        }
        let t_s = time.as_secs_f64();
        let listed_until = routing.changes.last().map_or(0.0, |change| change.t_s);
        if routing.changes_left_out > 0 && t_s > listed_until {
            return None;
        }
        for change in routing.changes.iter().take_while(|change| change.t_s < t_s) {
            let key = (change.destination, change.router);
            match &change.after {
                Some(route) => routes.ways.insert(key, way(route.cost, &route.next_hops)),
                None => routes.ways.remove(&key),
            };
        }
        Some(routes)
    }

    /// The way of each router that has one to a destination: that to the longest prefix that holds it.
    pub(super) fn toward(&self, to: usize) -> BTreeMap<usize, &Way> {
        let mut ways = BTreeMap::new();
        for at in matching(&self.spans, to) {
            for ((_, router), way) in self.ways.range((at, 0)..=(at, usize::MAX)) {
                ways.entry(*router).or_insert(way);
            }
        }
        ways
    }

    /// From the tables of an oracle, or of routes by hand.
    fn of_tables(outcome: &Outcome, network: &Network) -> Routes {
        let numbers: BTreeMap<&str, usize> = network.names().zip(0..).collect();
        let mut destinations = vec![String::new(); numbers.len()];
        let mut ways = BTreeMap::new();
        for table in &outcome.tables {
            let Some(&router) = numbers.get(table.node.as_str()) else { continue };
            for (to, cost, hops) in &table.rows {
                let next_hops = hops.iter().filter_map(|hop| numbers.get(hop.as_str()).copied()).collect();
                if let Some(&number) = numbers.get(to.as_str()) {
                    destinations[number].clone_from(to);
                    ways.insert((number, router), Way { cost: *cost, next_hops });
                }
            }
        }
        Routes { destinations, ways, spans: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_router_goes_by_the_longest_prefix_it_knows() {
        let way = |next: usize| Way { cost: 1, next_hops: vec![next] };
        let routes = Routes {
            destinations: ["host", "20.0.0.0/8", "20.128.0.0/9"].map(str::to_owned).into(),
            spans: ["20.200.0.1/32", "20.0.0.0/8", "20.128.0.0/9"].map(|text| text.parse().expect("a prefix")).into(),
            // 5 has the host at its cable; 6 knows both prefixes, 7 the shorter one alone.
            ways: [((0, 5), way(1)), ((1, 6), way(2)), ((2, 6), way(3)), ((1, 7), way(4))].into(),
        };
        let next = |to: usize| -> Vec<(usize, usize)> {
            routes.toward(to).into_iter().map(|(router, way)| (router, way.next_hops[0])).collect()
        };
        assert_eq!(next(0), [(5, 1), (6, 3), (7, 4)]);
        assert_eq!(next(1), [(6, 2), (7, 4)], "what is outside the longer prefix");
    }
}
