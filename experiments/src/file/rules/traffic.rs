//! Rules for patterns of traffic: between whom the flows of an entry run, and how much goes where.
//!
//! Gravity is the model of Zipf ("The P1 P2 / D Hypothesis", 1946) as it is used for networks without the distance:
//! demand(i, j) is proportional to mass(i) · mass(j), and nobody sends to himself (Roughan, "Simplifying the Synthesis of
//! Internet Traffic Matrices", 2005). The load of links is worked out as for the oracle's paths: at every node the traffic for a
//! destination divides evenly among the links that begin a shortest path (Fortz & Thorup, "Internet Traffic Engineering by
//! Optimizing OSPF Weights", 2000). Flows that keep to one of several ways hit that on average.

use std::collections::{BTreeMap, BTreeSet};

use protocols::routing::dijkstra::{Edge, Graph};
use protocols::udp::source;
use sim_core::ids::{LinkId, NodeId};
use sim_core::random::Random;
use sim_core::time::Duration;
use sim_core::units::Rate;
use topologies::NodeKind;

use super::Facts;
use super::flows::MOST_FLOWS;
use super::ways::cost_of;
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{LinkRef, Traffic};
use crate::file::spec::{Flow, Routing};
use crate::file::traffic::{Demands, Each, Gravity, Hotspot, Incast, Mass, MassOf};

/// Flows that come at random are drawn from at most this many pairs.
const MOST_PAIRS: usize = 4_000_000;

/// The pairs between which the flows of an entry run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pairs {
    pub(super) ends: Vec<(NodeId, NodeId)>,
    pub(super) weights: Weights,
}

/// How traffic divides among pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Weights {
    /// Evenly.
    #[default]
    Even,
    /// In proportion to these.
    Shares(Vec<f64>),
    /// Each pair has a rate of its own, in bits per second.
    Rates(Vec<f64>),
}

impl From<Vec<(NodeId, NodeId)>> for Pairs {
    fn from(ends: Vec<(NodeId, NodeId)>) -> Self {
        Pairs { ends, weights: Weights::Even }
    }
}

impl Pairs {
    /// All rates together, if the pairs have rates.
    pub(super) fn total_bps(&self) -> Option<f64> {
        match &self.weights {
            Weights::Rates(rates) => Some(rates.iter().sum()),
            Weights::Even | Weights::Shares(_) => None,
        }
    }

    /// Draws a pair by its weight. A single pair needs no draw.
    pub(super) fn draw<'p>(&'p self, mut random: Random) -> impl FnMut() -> (NodeId, NodeId) + 'p {
        // Sums in the order of the pairs: the same on every machine.
        let sums: Vec<f64> = match &self.weights {
            Weights::Even => Vec::new(),
            Weights::Shares(weights) | Weights::Rates(weights) => {
                let mut sum = 0.0;
                let mut add = |weight: &f64| {
                    sum += weight;
                    sum
                };
                weights.iter().map(&mut add).collect()
            }
        };
        move || match (&self.ends[..], sums.last()) {
            ([only], _) => *only,
            (ends, None) => ends[random.below(ends.len() as u64) as usize],
            (ends, Some(total)) => {
                let drawn = random.unit() * total;
                ends[sums.partition_point(|&sum| sum <= drawn).min(ends.len() - 1)]
            }
        }
    }
}

impl Facts<'_> {
    /// The pairs of an entry with `each`, whose place in the file is `at`.
    pub(super) fn pattern(&self, at: &Path, flow: &Flow, each: &Each, report: &mut Report<'_>) -> Pairs {
        let at = at.field("each");
        let most = if flow.arrivals.is_some() { MOST_PAIRS } else { MOST_FLOWS };
        let pairs = match each {
            Each::Pair => {
                let pairs = self.pairs_of_dumbbell();
                if pairs.is_empty() {
                    report.error(&at, "there are no hosts left1 and right1: `pair` is for dumbbells");
                }
                self.check_joined(&at, &pairs, report);
                return pairs.into();
            }
            Each::Permutation => {
                let pairs = self.permutation(&flow.name);
                if pairs.is_empty() {
                    report.error(&at, "a permutation needs at least two hosts");
                }
                self.check_joined(&at, &pairs, report);
                return pairs.into();
            }
            Each::AllPairs => self.all_pairs(&at, &self.population(), most, report).map(Pairs::from),
            Each::Incast(incast) => self.incast(&at.field("incast"), &flow.name, incast, report).map(Pairs::from),
            Each::Hotspot(hotspot) if flow.arrivals.is_some() => {
                self.hot_pairs(&at.field("hotspot"), hotspot, most, report)
            }
            Each::Hotspot(hotspot) => {
                self.hot_flows(&at.field("hotspot"), &flow.name, hotspot, report).map(Pairs::from)
            }
            Each::Gravity(gravity) => self.gravity(&at.field("gravity"), gravity, most, report),
            Each::Demands(demands) => self.demands(&at.field("demands"), demands, flow, most, report),
        };
        let Some(pairs) = pairs else { return Pairs::default() };
        let name = each.name();
        let joined = self.joined_only(pairs, &at, report);
        if joined.ends.is_empty() && !report.has_errors() {
            report.error(&at, format!("`{name}` finds no two nodes that reach each other"));
        }
        joined
    }

    /// Hosts; in a network without hosts, all nodes.
    fn population(&self) -> Vec<NodeId> {
        let nodes = (0..).map(NodeId).zip(&self.topology.nodes);
        let hosts: Vec<NodeId> = nodes.filter(|(_, node)| node.kind == NodeKind::Host).map(|(id, _)| id).collect();
        if hosts.is_empty() { (0..self.topology.nodes.len() as u32).map(NodeId).collect() } else { hosts }
    }

    fn check_joined(&self, at: &Path, ends: &[(NodeId, NodeId)], report: &mut Report<'_>) {
        if let Some(&(from, to)) = ends.iter().find(|(from, to)| !self.reaches(*from, *to)) {
            let name = |node: NodeId| &self.topology.nodes[node.index()].name;
            report.error(at, format!("no links lead from `{}` to `{}`", name(from), name(to)));
        }
    }

    /// Leaves out pairs whose ends no links join, and says so.
    fn joined_only(&self, pairs: Pairs, at: &Path, report: &mut Report<'_>) -> Pairs {
        let is_joined: Vec<bool> = pairs.ends.iter().map(|&(from, to)| self.reaches(from, to)).collect();
        let apart = is_joined.iter().filter(|joined| !**joined).count();
        if apart == 0 {
            return pairs;
        }
        let all = pairs.ends.len();
        report.warning(at, format!("{apart} of {all} pairs of nodes are not joined by links, and left out"));
        fn keep<T>(list: Vec<T>, is_joined: &[bool]) -> Vec<T> {
            list.into_iter().zip(is_joined).filter(|(_, joined)| **joined).map(|(one, _)| one).collect()
        }
        let weights = match pairs.weights {
            Weights::Even => Weights::Even,
            Weights::Shares(shares) => Weights::Shares(keep(shares, &is_joined)),
            Weights::Rates(rates) => Weights::Rates(keep(rates, &is_joined)),
        };
        Pairs { ends: keep(pairs.ends, &is_joined), weights }
    }

    fn pairs_of_dumbbell(&self) -> Vec<(NodeId, NodeId)> {
        let pair = |number: usize| {
            let find = |side: &str| self.nodes.get(format!("{side}{number}").as_str()).copied();
            Some((find("left")?, find("right")?))
        };
        (1..).map_while(pair).collect()
    }

    /// A random circle through all hosts, by the shuffle of Fisher and Yates.
    fn permutation(&self, name: &str) -> Vec<(NodeId, NodeId)> {
        let nodes = (0..).map(NodeId).zip(&self.topology.nodes);
        let mut hosts: Vec<NodeId> = nodes.filter(|(_, node)| node.kind == NodeKind::Host).map(|(id, _)| id).collect();
        if hosts.len() < 2 {
            return Vec::new();
        }
        let mut random = Random::stream(self.seed, name, "permutation");
        for last in (1..hosts.len()).rev() {
            let other = random.below(last as u64 + 1) as usize;
            hosts.swap(last, other);
        }
        let next = hosts.iter().cycle().skip(1);
        let mut ends: Vec<(NodeId, NodeId)> = hosts.iter().copied().zip(next.copied()).collect();
        // Numbered by sender, so that a reader finds the flow of a host.
        ends.sort();
        ends
    }

    /// Everyone to everyone else.
    fn all_pairs(
        &self,
        at: &Path,
        nodes: &[NodeId],
        most: usize,
        report: &mut Report<'_>,
    ) -> Option<Vec<(NodeId, NodeId)>> {
        let count = nodes.len() * nodes.len().saturating_sub(1);
        if count > most {
            report.error(at, format!("{} nodes make {count} pairs; the most is {most}", nodes.len()));
            return None;
        }
        let others = |&from: &NodeId| nodes.iter().filter(move |&&to| to != from).map(move |&to| (from, to));
        Some(nodes.iter().flat_map(others).collect())
    }

    fn incast(&self, at: &Path, name: &str, incast: &Incast, report: &mut Report<'_>) -> Option<Vec<(NodeId, NodeId)>> {
        let to = self.node_at(&at.field("to"), &incast.to, report)?;
        let mut senders: Vec<NodeId> = self.population().into_iter().filter(|&node| node != to).collect();
        if let Some(wanted) = incast.senders {
            // Only those who reach it, so that there are as many as wanted.
            senders.retain(|&node| self.reaches(node, to));
            let (wanted, there_are) = (wanted as usize, senders.len());
            if wanted > there_are {
                let message = format!("{wanted} are to send to `{}`, and only {there_are} others reach it", incast.to);
                report.error(&at.field("senders"), message);
                return None;
            }
            let mut random = Random::stream(self.seed, name, "incast");
            for place in 0..wanted {
                let other = place + random.below((there_are - place) as u64) as usize;
                senders.swap(place, other);
            }
            senders.truncate(wanted);
            senders.sort();
        }
        Some(senders.into_iter().map(|from| (from, to)).collect())
    }

    /// The hosts that many send to.
    fn hot(&self, at: &Path, hotspot: &Hotspot, report: &mut Report<'_>) -> Option<BTreeSet<NodeId>> {
        let at = at.field("to");
        if hotspot.to.is_empty() {
            report.error(&at, "where is it hot? Name a host");
            return None;
        }
        let named = (hotspot.to.iter().enumerate()).map(|(index, name)| self.node_at(&at.index(index), name, report));
        // All of them, before an unknown one ends it.
        named.collect::<Vec<_>>().into_iter().collect()
    }

    /// Every pair, those to hot hosts weighing more: flows that come go there with the probability `share`, evenly, and
    /// otherwise from anyone to anyone else.
    fn hot_pairs(&self, at: &Path, hotspot: &Hotspot, most: usize, report: &mut Report<'_>) -> Option<Pairs> {
        let hot = self.hot(at, hotspot, report)?;
        let nodes: BTreeSet<NodeId> = self.population().into_iter().chain(hot.iter().copied()).collect();
        let mut ends = self.all_pairs(at, &Vec::from_iter(nodes), most, report)?;
        ends.retain(|&(from, to)| self.reaches(from, to));
        let (all, to_hot) = (ends.len() as f64, ends.iter().filter(|(_, to)| hot.contains(to)).count() as f64);
        let weight = |(_, to): &(NodeId, NodeId)| {
            let directed = if hot.contains(to) { hotspot.share / to_hot } else { 0.0 };
            directed + (1.0 - hotspot.share) / all
        };
        let weights = Weights::Shares(ends.iter().map(weight).collect());
        Some(Pairs { ends, weights })
    }

    /// One flow from every host: to a hot one with the probability `share`, else to anyone.
    fn hot_flows(
        &self,
        at: &Path,
        name: &str,
        hotspot: &Hotspot,
        report: &mut Report<'_>,
    ) -> Option<Vec<(NodeId, NodeId)>> {
        let hot = self.hot(at, hotspot, report)?;
        let nodes = self.population();
        let mut random = Random::stream(self.seed, name, "hotspot");
        // By component, so that the whole takes no more steps than there are nodes.
        let mut of_component: BTreeMap<usize, [Vec<NodeId>; 2]> = BTreeMap::new();
        for &node in &nodes {
            of_component.entry(self.component[node.index()]).or_default()[0].push(node);
        }
        for &node in &hot {
            of_component.entry(self.component[node.index()]).or_default()[1].push(node);
        }
        let mut ends = Vec::new();
        for &from in &nodes {
            let [all, hot] = &of_component[&self.component[from.index()]];
            // The lists are in order: leaving out the sender itself needs no search through them.
            let among = |list: &[NodeId], random: &mut Random| {
                let own = list.binary_search(&from);
                let others = list.len() - usize::from(own.is_ok());
                let drawn = (others > 0).then(|| random.below(others as u64) as usize)?;
                Some(list[drawn + usize::from(own.is_ok_and(|own| drawn >= own))])
            };
            let is_directed = random.chance(hotspot.share);
            let directed = if is_directed { among(hot, &mut random) } else { None };
            if let Some(to) = directed.or_else(|| among(all, &mut random)) {
                ends.push((from, to));
            }
        }
        let alone = nodes.len() - ends.len();
        if alone > 0 && !ends.is_empty() {
            report.warning(at, format!("{alone} of {} hosts reach no other, and send nothing", nodes.len()));
        }
        Some(ends)
    }

    fn gravity(&self, at: &Path, gravity: &Gravity, most: usize, report: &mut Report<'_>) -> Option<Pairs> {
        let masses = self.masses(&at.field("mass"), &gravity.mass, report)?;
        let nodes: Vec<NodeId> = masses.keys().copied().collect();
        let ends = self.all_pairs(at, &nodes, most, report)?;
        let shares = ends.iter().map(|(from, to)| masses[from] * masses[to]).collect();
        // Before anything is scaled: what is left out must not count.
        let pairs = self.joined_only(Pairs { ends, weights: Weights::Shares(shares) }, at, report);
        if let (Some(_), Some(_)) = (gravity.total, gravity.target_utilization) {
            let message = "`total` and `target_utilization` exclude each other: give one of them";
            report.error(&at.field("target_utilization"), message);
            return None;
        }
        let Weights::Shares(shares) = &pairs.weights else { return Some(pairs) };
        if shares.is_empty() {
            return Some(pairs);
        }
        let sum: f64 = shares.iter().sum();
        let factor = match (gravity.total, gravity.target_utilization) {
            (Some(total), _) => total.bps() as f64 / sum,
            (None, Some(target)) => {
                self.factor_for(&at.field("target_utilization"), &pairs.ends, shares, target, report)?
            }
            (None, None) => return Some(pairs),
        };
        let rates = shares.iter().map(|share| share * factor).collect();
        Some(Pairs { weights: Weights::Rates(rates), ..pairs })
    }

    /// The masses that are more than zero.
    fn masses(&self, at: &Path, mass: &Mass, report: &mut Report<'_>) -> Option<BTreeMap<NodeId, f64>> {
        let mut masses = BTreeMap::new();
        match mass {
            Mass::Table(table) => {
                let mut is_right = true;
                for (name, &mass) in table {
                    let at = at.field(name);
                    if !(0.0..=1e15).contains(&mass) {
                        report.error(&at, "a mass is a number from 0 to 1e15");
                        is_right = false;
                    }
                    match self.node_at(&at, name, report) {
                        Some(node) => drop(masses.insert(node, mass)),
                        None => is_right = false,
                    }
                }
                if !is_right {
                    return None;
                }
            }
            Mass::Of(of) => {
                masses.extend(self.population().into_iter().map(|node| (node, 0.0)));
                let mut add = |node: NodeId, mass: f64| {
                    if let Some(sum) = masses.get_mut(&node) {
                        *sum += mass;
                    }
                };
                match of {
                    MassOf::Uniform => self.population().into_iter().for_each(|node| add(node, 1.0)),
                    MassOf::Degree | MassOf::Capacity => {
                        for link in LinkRef::all(self.topology) {
                            let bps = link.spec(self.topology).bandwidth.bps() as f64;
                            add(link.ends(self.topology).0, if *of == MassOf::Degree { 1.0 } else { bps });
                        }
                    }
                }
            }
        }
        masses.retain(|_, mass| *mass > 0.0);
        if masses.len() < 2 {
            report.error(at, "gravity needs at least two nodes with a mass of more than 0");
            return None;
        }
        Some(masses)
    }

    fn demands(
        &self,
        at: &Path,
        demands: &Demands,
        flow: &Flow,
        most: usize,
        report: &mut Report<'_>,
    ) -> Option<Pairs> {
        let listed = &self.topology.demands;
        if listed.is_empty() {
            report.error(at, "the topology has no demands").help =
                vec!["list them under \"demands\" there, import a network that has some, or take \"gravity\"".into()];
            return None;
        }
        if listed.len() > most {
            report.error(at, format!("the topology has {} demands; the most is {most}", listed.len()));
            return None;
        }
        if let (Some(_), Some(_)) = (demands.scale, demands.target_utilization) {
            let message = "`scale` and `target_utilization` exclude each other: give one of them";
            report.error(&at.field("target_utilization"), message);
            return None;
        }
        if demands.scale.is_some_and(|scale| !(scale > 0.0 && scale.is_finite())) {
            report.error(&at.field("scale"), "must be more than 0");
            return None;
        }
        let ends = listed.iter().map(|demand| (demand.from, demand.to)).collect();
        let rates = listed.iter().map(|demand| demand.rate.bps() as f64).collect();
        let pairs = self.joined_only(Pairs { ends, weights: Weights::Rates(rates) }, at, report);
        let Weights::Rates(rates) = &pairs.weights else { return Some(pairs) };
        if rates.is_empty() {
            return Some(pairs);
        }
        let factor = match (demands.scale, demands.target_utilization) {
            (Some(scale), _) => scale,
            (None, Some(target)) => {
                self.factor_for(&at.field("target_utilization"), &pairs.ends, rates, target, report)?
            }
            // What `per_second` or `load` say is divided as the demands are.
            (None, None) if has_pace(flow) => {
                return Some(Pairs { weights: Weights::Shares(rates.clone()), ends: pairs.ends });
            }
            (None, None) => 1.0,
        };
        let rates = rates.iter().map(|rate| rate * factor).collect();
        Some(Pairs { weights: Weights::Rates(rates), ..pairs })
    }

    /// By what to multiply these rates so that the busiest link direction carries the share `target` of its bandwidth.
    fn factor_for(
        &self,
        at: &Path,
        ends: &[(NodeId, NodeId)],
        rates: &[f64],
        target: f64,
        report: &mut Report<'_>,
    ) -> Option<f64> {
        if target <= 0.0 {
            report.error(at, "must be more than 0");
            return None;
        }
        let loads = self.loads(ends, rates);
        let used = LinkRef::all(self.topology).zip(loads);
        let busiest =
            used.map(|(link, load)| load / link.spec(self.topology).bandwidth.bps() as f64).fold(0.0, f64::max);
        (busiest > 0.0).then(|| target / busiest)
    }

    /// What each link direction carries of these rates, in the order of the links: one search for each destination.
    fn loads(&self, ends: &[(NodeId, NodeId)], rates: &[f64]) -> Vec<f64> {
        let (topology, routing) = (self.topology, &self.experiment.routing);
        let (cost, is_multipath) = match routing {
            Routing::ShortestPath(config) => (config.cost, config.multipath),
            Routing::Static(_) | Routing::Protocol(_) => (routing.link_cost(), true),
        };
        let links: Vec<LinkRef> = LinkRef::all(topology).collect();
        let edge = |(id, link): (u32, &LinkRef)| {
            let (from, to) = link.ends(topology);
            Edge { link: LinkId(id), from, to, cost: cost_of(cost, link.spec(topology)) }
        };
        let mut by_name: Vec<usize> = (0..links.len()).collect();
        by_name.sort_by_key(|&at| links[at].name(topology));
        let mut ranks = vec![0; links.len()];
        (0..).zip(by_name).for_each(|(rank, at)| ranks[at] = rank);
        let graph = Graph::new(topology.nodes.len() as u32, (0..).zip(&links).map(edge).collect(), &ranks);

        let mut to_destination: BTreeMap<NodeId, Vec<(NodeId, f64)>> = BTreeMap::new();
        for (&(from, to), &rate) in ends.iter().zip(rates) {
            to_destination.entry(to).or_default().push((from, rate));
        }
        let mut loads = vec![0.0; links.len()];
        for (destination, senders) in to_destination {
            let paths = graph.paths_to(destination);
            let mut through = vec![0.0; topology.nodes.len()];
            for (from, rate) in senders {
                through[from.index()] += rate;
            }
            // Costs are more than zero: what is farther comes first, and then no more is added to a node.
            let mut order: Vec<(u64, NodeId)> = (0..topology.nodes.len() as u32)
                .filter_map(|node| Some((paths.cost(NodeId(node))?, NodeId(node))))
                .filter(|&(_, node)| node != destination)
                .collect();
            order.sort_unstable_by(|a, b| b.cmp(a));
            for (_, node) in order {
                if through[node.index()] == 0.0 {
                    continue;
                }
                let hops = paths.next_hops(node);
                let used = if is_multipath { hops } else { &hops[..hops.len().min(1)] };
                let each = through[node.index()] / used.len() as f64;
                for hop in used {
                    loads[hop.index()] += each;
                    through[links[hop.index()].ends(topology).1.index()] += each;
                }
            }
        }
        loads
    }

    /// What each of the flows between `pairs` sends, where they do not come at random. Pairs whose rate is too small are
    /// left out.
    pub(super) fn traffic_of_each(
        &self,
        at: &Path,
        flow: &Flow,
        pairs: &Pairs,
        traffic: &Traffic,
        report: &mut Report<'_>,
    ) -> Vec<((NodeId, NodeId), Traffic)> {
        let name = flow.each.as_ref().map_or("each", Each::name);
        let rates = match &pairs.weights {
            Weights::Even => return pairs.ends.iter().map(|&ends| (ends, traffic.clone())).collect(),
            Weights::Rates(rates) => rates,
            Weights::Shares(_) => {
                let at = at.field("each").field(name);
                report.error(&at, "how much in all? Give `total` or `target_utilization`");
                return Vec::new();
            }
        };
        let Traffic::Udp(config) = traffic else {
            let message = format!("`{name}` gives rates, and only udp flows send at a rate of their choice");
            report.error(&at.field(traffic.protocol()), message).help = vec![
                "take \"udp\", or add \"arrivals\" to \"tcp\": flows with sizes, as many as make up the rates".into(),
            ];
            return Vec::new();
        };
        let mut made = Vec::new();
        let mut faint = 0;
        for (&ends, &rate) in pairs.ends.iter().zip(rates) {
            match at_rate(config, rate) {
                Some(config) => made.push((ends, Traffic::Udp(config))),
                None => faint += 1,
            }
        }
        if faint > 0 {
            let message = format!("{faint} of {} pairs have less than a bit per second, and are left out", rates.len());
            report.warning(&at.field("each"), message);
        }
        if rates.iter().any(|&rate| rate > FASTEST_BPS) {
            report.error(&at.field("each"), "makes a flow of more than 100 Tbps");
        }
        made
    }

    fn node_at(&self, at: &Path, name: &str, report: &mut Report<'_>) -> Option<NodeId> {
        let node = self.nodes.get(name).copied();
        if node.is_none() {
            report.unknown(at, "node", name, self.nodes.keys().copied());
        }
        node
    }

    /// The bandwidth of all links that leave the senders.
    pub(super) fn bandwidth_of_senders(&self, pairs: &Pairs) -> f64 {
        let senders: BTreeSet<NodeId> = pairs.ends.iter().map(|(from, _)| *from).collect();
        let links = LinkRef::all(self.topology).filter(|link| senders.contains(&link.ends(self.topology).0));
        links.map(|link| link.spec(self.topology).bandwidth.bps() as f64).sum()
    }
}

/// The fastest rate, as for links.
const FASTEST_BPS: f64 = 1e14;

/// Whether the arrivals of an entry say themselves how often flows come.
pub(super) fn has_pace(flow: &Flow) -> bool {
    flow.arrivals.as_ref().is_some_and(|arrivals| arrivals.per_second.is_some() || arrivals.load.is_some())
}

/// A source whose mean rate is `bps`; none below a bit per second.
fn at_rate(config: &source::Config, bps: f64) -> Option<source::Config> {
    let rate = |bps: f64| {
        let bps = libm::round(bps.min(FASTEST_BPS)) as u64;
        (bps > 0).then(|| Some(Rate::from_bps(bps)))
    };
    Some(match config {
        source::Config::Constant(constant) => {
            source::Config::Constant(source::Constant { rate: rate(bps)?, ..constant.clone() })
        }
        source::Config::Poisson(poisson) => {
            source::Config::Poisson(source::Poisson { rate: rate(bps)?, ..poisson.clone() })
        }
        source::Config::OnOff(on_off) => {
            // Silent for a part of the time, it sends the faster in the rest.
            let span = |span: Duration| span.as_secs_f64();
            let whole = (span(on_off.on) + span(on_off.off)) / span(on_off.on).max(f64::MIN_POSITIVE);
            source::Config::OnOff(source::OnOff { rate: rate(bps * whole)?, ..on_off.clone() })
        }
        source::Config::Scheduled(scheduled) => source::Config::Scheduled(scheduled.clone()),
    })
}
