//! From what a file says to a network, by the options of a [`FileSpec`]; with a report of everything that was done.
//!
//! The steps, in this order: nodes of other networks, self loops, links listed once for each direction, places, rates,
//! delays and costs of each link, junctions, parallel links, the largest part, names, demands. The order of nodes and
//! links stays that of the file, so that the same file gives the same numbers and draws in every run.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use petgraph::unionfind::UnionFind;
use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::time::Duration;
use sim_core::units::Rate;

use super::rate_text::rate_in;
use super::spec::{BothDirections, Costs, DelaySource, External, Frame, Junctions, Names, Parallel, Part, Rates};
use super::spec::{Delays, FileSpec, SelfLoops, Unplaced};
use super::{Action, LinkFacts, Map, MapLink, Report, Role};
use crate::hosts::HostNames;
use crate::place::{Earth, Plane};
use crate::{Demand, Fault, MOST_NODES, NameFault, Node, NodeKind, Place, Plan, Problem, Relationship};

/// A network as it was read, all questions answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The nodes, in the order of the file.
    pub nodes: Vec<SurveyedNode>,
    /// The links, in the order of the file.
    pub links: Vec<SurveyedLink>,
    /// Who wants to send to whom; ends are indices of nodes.
    pub demands: Vec<(u32, u32, Rate)>,
    /// What was done.
    pub report: Report,
}

/// A node of a [`Survey`].
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyedNode {
    /// Unique.
    pub name: String,
    /// What links of the file call it.
    pub id: String,
    /// What it is for.
    pub kind: NodeKind,
    /// Whether it belongs to the network, rather than to another or to the drawing.
    pub role: Role,
    /// Its address, if the file gives one.
    pub address: Option<Ipv4Addr>,
    /// How long it takes over each packet.
    pub processing_delay: Duration,
    /// Where it stands, if that is known.
    pub place: Option<Place>,
}

/// A link of a [`Survey`].
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyedLink {
    /// Index of the node at one end.
    pub from: u32,
    /// Index of the node at the other end.
    pub to: u32,
    /// What `from` is to `to`, between autonomous systems.
    pub relationship: Option<Relationship>,
    /// The way from `from` to `to`.
    pub forward: Line,
    /// The way back, where it is different.
    pub backward: Option<Box<Line>>,
    /// A name of its own.
    pub name: Option<Box<str>>,
    /// All about both ways, where the file is of our own form.
    pub spec: Option<Box<(LinkSpec, LinkSpec)>>,
}

/// What a way over a link is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much it carries.
    pub rate: Rate,
    /// How long a signal takes.
    pub delay: Duration,
    /// What it costs for routing.
    pub cost: u32,
}

impl SurveyedLink {
    /// The way from `to` to `from`.
    pub fn back(&self) -> Line {
        self.backward.as_deref().copied().unwrap_or(self.forward)
    }
}

impl FileSpec {
    /// Checks these options, and takes the file that `read` gives the bytes of as they say.
    ///
    /// # Errors
    /// What is wrong with the options, or with the file.
    pub fn survey_file(&self, read: impl FnOnce(&str) -> Result<Vec<u8>, String>) -> Result<Survey, Vec<Problem>> {
        let mut problems = Vec::new();
        self.check(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let bytes = read(&self.file)
            .map_err(|why| vec![Problem::new("/file", Fault::File { name: self.file.clone(), why })])?;
        self.survey(&bytes).map_err(|problem| vec![*problem])
    }

    /// Reads a file and takes it as these options say.
    ///
    /// # Errors
    /// What is wrong with the file, and on which line.
    pub fn survey(&self, bytes: &[u8]) -> Result<Survey, Box<Problem>> {
        let fault = |why: String| Box::new(Problem::new("/file", Fault::File { name: self.file.clone(), why }));
        let (format, map) = super::read(bytes, self.format, &self.file).map_err(|wrong| fault(wrong.to_string()))?;
        let report = Report {
            file: self.file.clone(),
            format: format.name(),
            title: map.title.clone(),
            nodes_read: map.nodes.len() as u64,
            links_read: map.links.len() as u64,
            demands_read: map.demands.len() as u64,
            tally: map.tally.clone(),
            nodes: 0,
            cables: 0,
            entries: Vec::new(),
        };
        let kept = vec![true; map.nodes.len()];
        let surveyor = Surveyor { spec: self, map, report, kept, cost_factor: 1.0 };
        surveyor.survey().map_err(fault)
    }

    /// Lays out what a survey found.
    pub(crate) fn build(&self, survey: &Survey, plan: &mut Plan) {
        let nodes: Vec<NodeId> = survey.nodes.iter().map(|node| plan.node(node.to_node())).collect();
        for link in &survey.links {
            let (from, to) = (nodes[link.from as usize], nodes[link.to as usize]);
            let name = link.name.as_deref();
            match &link.spec {
                Some(both) => plan.cable_with(from, to, name, &both.0, &both.1),
                None => {
                    let spec = |line: Line| LinkSpec {
                        bandwidth: line.rate,
                        delay: line.delay,
                        cost: line.cost,
                        ..self.link.clone()
                    };
                    plan.cable_with(from, to, name, &spec(link.forward), &spec(link.back()));
                }
            }
            if let Some(relationship) = link.relationship {
                plan.relate(relationship);
            }
        }
        for &(from, to, rate) in &survey.demands {
            plan.demand(Demand { from: nodes[from as usize], to: nodes[to as usize], rate });
        }
        let with_hosts = |node: &SurveyedNode| node.kind == NodeKind::Router && node.role == Role::Internal;
        let routers = survey.nodes.iter().zip(&nodes).filter(|(node, _)| with_hosts(node)).map(|(_, id)| *id);
        self.hosts.attach(plan, &routers.collect::<Vec<_>>(), HostNames::AfterTheRouter);
        plan.report(survey.report.clone());
    }
}

impl SurveyedNode {
    fn to_node(&self) -> Node {
        Node {
            name: self.name.clone(),
            kind: self.kind,
            address: self.address,
            processing_delay: self.processing_delay,
            place: self.place,
        }
    }
}

/// A file on its way to a [`Survey`].
struct Surveyor<'a> {
    spec: &'a FileSpec,
    map: Map,
    report: Report,
    /// Which nodes are still there.
    kept: Vec<bool>,
    /// By what costs are multiplied to be whole numbers.
    cost_factor: f64,
}

impl Surveyor<'_> {
    fn survey(mut self) -> Result<Survey, String> {
        for remark in std::mem::take(&mut self.map.remarks) {
            self.report.add(Action::Noted, remark.what, remark.count, remark.text);
        }
        self.drop_external();
        self.drop_self_loops()?;
        self.merge_directions();
        self.place();
        let mut links = self.measure();
        if self.spec.junctions == Junctions::Contract {
            links = self.contract_junctions(links);
        }
        if self.spec.parallel == Parallel::Bundle {
            links = self.bundle(links);
        }
        let parts = self.parts(&mut links);
        self.report.add(
            Action::Noted,
            "parts",
            if parts > 1 { parts } else { 0 },
            format!("the network is in {parts} parts that do not reach each other"),
        );
        self.finish(links)
    }

    fn drop_external(&mut self) {
        let external = self.map.nodes.iter().filter(|node| node.role == Role::External).count() as u64;
        if self.spec.external == External::Keep {
            let text = format!("{external} nodes of other networks were kept");
            return self.report.add(Action::Noted, "external", external, text);
        }
        for (kept, node) in self.kept.iter_mut().zip(&self.map.nodes) {
            *kept &= node.role != Role::External;
        }
        let before = self.map.links.len();
        let kept = &self.kept;
        self.map.links.retain(|link| kept[link.from as usize] && kept[link.to as usize]);
        let links = before - self.map.links.len();
        let text = format!("{external} nodes of other networks, and {links} links to them");
        self.report.add(Action::Dropped, "external", external, text);
    }

    fn drop_self_loops(&mut self) -> Result<(), String> {
        let is_loop = |link: &MapLink| link.from == link.to;
        let loops: Vec<&MapLink> = self.map.links.iter().filter(|link| is_loop(link)).collect();
        let Some(first) = loops.first() else { return Ok(()) };
        let node = &self.map.nodes[first.from as usize];
        let named = node.label.as_deref().filter(|label| !label.is_empty()).unwrap_or(&node.id);
        if self.spec.self_loops == SelfLoops::Error {
            return Err(format!("{} links lead from a node to itself, the first at `{named}`", loops.len()));
        }
        let count = loops.len() as u64;
        let text = format!("{count} links from a node to itself, the first at `{named}`");
        self.report.add(Action::Dropped, "self_loops", count, text);
        self.map.links.retain(|link| !is_loop(link));
        Ok(())
    }

    /// Makes one link of two that go opposite ways between the same nodes; the second is the way back.
    fn merge_directions(&mut self) {
        if self.spec.both_directions == BothDirections::Keep {
            return;
        }
        // Links by their ends; of each two opposite ones the i-th there goes with the i-th back.
        let mut order: Vec<(u32, u32, u32)> =
            (0..).zip(&self.map.links).map(|(at, link)| (link.from, link.to, at)).collect();
        order.sort_unstable();
        let of = |from: u32, to: u32| {
            let start = order.partition_point(|&(a, b, _)| (a, b) < (from, to));
            let end = order.partition_point(|&(a, b, _)| (a, b) <= (from, to));
            &order[start..end]
        };
        let mut partner: Vec<Option<u32>> = vec![None; self.map.links.len()];
        let mut alone = 0_u64;
        for group in order.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (from, to, _) = group[0];
            let back = of(to, from);
            alone += group.len().abs_diff(back.len()) as u64;
            for (there, back) in group.iter().zip(back) {
                partner[there.2 as usize] = Some(back.2);
            }
        }
        let is_wanted = match self.spec.both_directions {
            BothDirections::Auto => alone == 0,
            BothDirections::Merge => true,
            BothDirections::Keep => false,
        };
        // A ring of two links is two cables, not one listed twice: one pair alone decides nothing.
        let is_wanted = is_wanted && (self.spec.both_directions == BothDirections::Merge || order.len() > 2);
        if !is_wanted {
            return;
        }
        let links = std::mem::take(&mut self.map.links);
        let mut facts: Vec<Option<MapLink>> = links.into_iter().map(Some).collect();
        let mut merged = 0;
        for at in 0..facts.len() {
            let back = partner[at].map(|back| back as usize).filter(|back| *back > at);
            let Some(mut link) = facts[at].take() else { continue };
            if let Some(back) = back.and_then(|back| facts[back].take()) {
                merged += 1;
                let (there, back) = (link.facts.take().unwrap_or_default(), back.facts.unwrap_or_default());
                let is_alike =
                    LinkFacts { name: None, ..(*back).clone() } == LinkFacts { name: None, ..(*there).clone() };
                let facts = LinkFacts { back: (!is_alike).then_some(back), ..*there };
                link = link.with(facts);
            }
            self.map.links.push(link);
        }
        let text = format!("{merged} times two links that go opposite ways became one cable");
        self.report.add(Action::Merged, "both_directions", merged, text);
    }

    /// Takes coordinates as what they are said to be, and places nodes that have none, if asked to.
    fn place(&mut self) {
        let reframed = |place: Place| match (self.spec.coordinates, place) {
            (Some(Frame::Geographic), Place::Plane(Plane { x, y })) => Earth::new(y, x).map(Place::Earth),
            (Some(Frame::Plane), Place::Earth(Earth { latitude, longitude })) => {
                Some(Place::Plane(Plane { x: longitude, y: latitude }))
            }
            (_, place) => Some(place),
        };
        let mut lost = 0;
        for node in &mut self.map.nodes {
            let before = node.place;
            node.place = before.and_then(reframed);
            lost += u64::from(before.is_some() && node.place.is_none());
        }
        self.report.add(
            Action::Dropped,
            "coordinates",
            lost,
            format!("coordinates of {lost} nodes: they are no degrees on Earth"),
        );
        let count = |map: &Map, kept: &[bool]| {
            map.nodes.iter().zip(kept).filter(|(node, kept)| **kept && node.place.is_none()).count() as u64
        };
        let unplaced = count(&self.map, &self.kept);
        if self.spec.unplaced == Unplaced::Neighbors {
            let ends: Vec<(u32, u32)> = self.map.links.iter().map(|link| (link.from, link.to)).collect();
            let mut places: Vec<Option<Place>> = self.map.nodes.iter().map(|node| node.place).collect();
            crate::place::fill_from_neighbors(&mut places, &ends);
            for (node, place) in self.map.nodes.iter_mut().zip(places) {
                node.place = place;
            }
            let placed = unplaced - count(&self.map, &self.kept);
            let text = format!("places of {placed} nodes, in the middle of their neighbours");
            self.report.add(Action::Default, "places", placed, text);
        }
        let unplaced = count(&self.map, &self.kept);
        if (unplaced as usize) < self.kept.iter().filter(|kept| **kept).count() {
            let text = format!("{unplaced} nodes have no coordinates");
            self.report.add(Action::Noted, "unplaced", unplaced, text);
        }
    }

    /// Rates, delays and costs of all links.
    fn measure(&mut self) -> Vec<SurveyedLink> {
        let spec = self.spec;
        self.cost_factor = match spec.costs {
            Costs::File => self.cost_factor(),
            Costs::Hops | Costs::InverseCapacity | Costs::Delay => 1.0,
        };
        let mut sources: BTreeMap<(&'static str, &'static str), u64> = BTreeMap::new();
        let nothing = LinkFacts::default();
        let mut lines = Vec::with_capacity(self.map.links.len());
        for link in &self.map.links {
            let facts = link.facts.as_deref().unwrap_or(&nothing);
            let forward = self.line(link, facts, Some(&mut sources));
            let back = facts.back.as_deref().map(|back| self.line(link, back, None));
            lines.push((forward, back.filter(|back| *back != forward)));
        }
        match spec.costs {
            Costs::File | Costs::Hops => {}
            Costs::InverseCapacity => {
                let fastest = lines.iter().flat_map(|(there, back)| [Some(*there), *back]).flatten();
                let fastest = fastest.map(|line| line.rate.bps()).max().unwrap_or(1);
                let cost = |line: &mut Line| line.cost = whole_cost(fastest as f64 / line.rate.bps() as f64);
                lines.iter_mut().flat_map(|(there, back)| [Some(there), back.as_mut()]).flatten().for_each(cost);
            }
            Costs::Delay => {
                let cost = |line: &mut Line| line.cost = whole_cost(line.delay.picos() as f64 / 1e6);
                lines.iter_mut().flat_map(|(there, back)| [Some(there), back.as_mut()]).flatten().for_each(cost);
            }
        }
        self.report_sources(&sources);
        let links = std::mem::take(&mut self.map.links).into_iter().zip(lines);
        let surveyed = links.map(|(link, (forward, back))| {
            let facts = link.facts.map(|facts| *facts).unwrap_or_default();
            SurveyedLink {
                from: link.from,
                to: link.to,
                relationship: link.relationship,
                forward,
                backward: back.map(Box::new),
                name: facts.name.map(String::into_boxed_str),
                spec: facts.spec,
            }
        });
        surveyed.collect()
    }

    /// One way over a link. Counts where its values come from.
    fn line(
        &self,
        link: &MapLink,
        facts: &LinkFacts,
        sources: Option<&mut BTreeMap<(&'static str, &'static str), u64>>,
    ) -> Line {
        let spec = self.spec;
        if let Some(both) = &facts.spec {
            return Line { rate: both.0.bandwidth, delay: both.0.delay, cost: both.0.cost };
        }
        let in_file = facts.rate.filter(|_| spec.rates != Rates::Constant).map(|rate| (rate, "file"));
        let in_text = || {
            let texts = facts.texts.iter().filter(|_| spec.rates == Rates::Text);
            texts.into_iter().find_map(|text| rate_in(text)).map(|rate| (rate, "text"))
        };
        let (rate, rate_source) = in_file.or_else(in_text).unwrap_or((spec.link.bandwidth, "default"));

        let places = [link.from, link.to].map(|node| self.map.nodes[node as usize].place);
        let great_circle = || match places {
            [Some(Place::Earth(a)), Some(Place::Earth(b))] => Some(a.distance_km(b)),
            _ => None,
        };
        let by_delay = || facts.delay.map(|delay| (delay, "file"));
        let by_distance = || {
            let given = facts.length_km.map(|km| (km, "length"));
            let (km, source) = given.or_else(|| great_circle().map(|km| (km, "great_circle")))?;
            let seconds = km * spec.delays.route_factor / spec.delays.speed_km_s;
            let delay = Duration::from_picos(libm::round(seconds * 1e12) as u64);
            Some(if delay < spec.delays.floor { (spec.delays.floor, "floor") } else { (delay, source) })
        };
        let (delay, delay_source) = match spec.delays.from {
            DelaySource::Best => by_delay().or_else(by_distance),
            DelaySource::File => by_delay(),
            DelaySource::Distance => by_distance(),
            DelaySource::Constant => None,
        }
        .unwrap_or((spec.link.delay, "default"));

        let (cost, cost_source) = match (spec.costs, facts.cost) {
            (Costs::File, Some(cost)) => (whole_cost(cost * self.cost_factor), "file"),
            (Costs::File, None) => (spec.link.cost, "default"),
            // The other two are known when all rates and delays are.
            (Costs::Hops | Costs::InverseCapacity | Costs::Delay, _) => (1, "rule"),
        };
        if let Some(sources) = sources {
            for of in [("rate", rate_source), ("delay", delay_source), ("cost", cost_source)] {
                *sources.entry(of).or_default() += 1;
            }
        }
        Line { rate, delay, cost }
    }

    /// The smallest of 1, 2, 4, 5, 10, 100, … that makes all costs of the file whole numbers, as far as there is one.
    fn cost_factor(&self) -> f64 {
        let facts = self.map.links.iter().filter_map(|link| link.facts.as_deref());
        let costs: Vec<f64> = facts
            .flat_map(|facts| [facts.cost, facts.back.as_deref().and_then(|back| back.cost)])
            .flatten()
            .filter(|cost| *cost > 0.0)
            .collect();
        let is_whole = |value: f64| (value - libm::round(value)).abs() < 1e-9 * value.max(1.0);
        let factors = [1.0, 2.0, 4.0, 5.0, 10.0, 100.0, 1_000.0];
        factors.into_iter().find(|factor| costs.iter().all(|cost| is_whole(cost * factor))).unwrap_or(1_000.0)
    }

    fn report_sources(&mut self, sources: &BTreeMap<(&'static str, &'static str), u64>) {
        let spec = self.spec;
        let Delays { speed_km_s: speed, route_factor: factor, floor, .. } = spec.delays;
        let how = match factor == 1.0 {
            true => format!("at {speed} km/s"),
            false => format!("times {factor}, at {speed} km/s"),
        };
        for (&(of, source), &count) in sources {
            let (action, text) = match (of, source) {
                ("rate", "file") => (Action::Read, format!("bandwidths of {count} links: numbers in the file")),
                ("rate", "text") => (Action::Read, format!("bandwidths of {count} links: words in labels")),
                ("rate", _) => (Action::Default, format!("bandwidths of {count} links: {}", spec.link.bandwidth)),
                ("delay", "file") => (Action::Read, format!("delays of {count} links: in the file")),
                ("delay", "length") => (Action::Read, format!("delays of {count} links: lengths in the file, {how}")),
                ("delay", "great_circle") => (Action::Read, format!("delays of {count} links: great circles, {how}")),
                ("delay", "floor") => (Action::Default, format!("delays of {count} links: at least {floor}")),
                ("delay", _) => (Action::Default, format!("delays of {count} links: {}", spec.link.delay)),
                ("cost", "file") if self.cost_factor != 1.0 => {
                    let factor = self.cost_factor;
                    (Action::Read, format!("costs of {count} links: in the file, times {factor} to be whole numbers"))
                }
                ("cost", "file") => (Action::Read, format!("costs of {count} links: in the file")),
                ("cost", "rule") => (Action::Read, format!("costs of {count} links: {}", rule(spec.costs))),
                (_, _) => (Action::Default, format!("costs of {count} links: {}", spec.link.cost)),
            };
            self.report.add(action, &format!("{of}_{source}"), count, text);
        }
    }

    /// Makes one link of the two at each junction that has just two, to two different nodes.
    fn contract_junctions(&mut self, links: Vec<SurveyedLink>) -> Vec<SurveyedLink> {
        let mut links: Vec<Option<SurveyedLink>> = links.into_iter().map(Some).collect();
        let mut at_node: Vec<Vec<u32>> = vec![Vec::new(); self.map.nodes.len()];
        for (at, link) in (0..).zip(&links) {
            let link = link.as_ref().expect("no link is taken yet");
            at_node[link.from as usize].push(at);
            at_node[link.to as usize].push(at);
        }
        let (mut contracted, mut left) = (0, 0);
        for (index, node) in (0..).zip(&self.map.nodes) {
            if node.role != Role::Junction || !self.kept[index as usize] {
                continue;
            }
            let ends = match at_node[index as usize][..] {
                [first, second] => {
                    [first, second].map(|at| (at, links[at as usize].clone().expect("it is at the node")))
                }
                _ => {
                    left += 1;
                    continue;
                }
            };
            let [(first, a), (second, b)] = ends;
            let other = |link: &SurveyedLink| if link.from == index { link.to } else { link.from };
            let (start, end) = (other(&a), other(&b));
            if start == end {
                left += 1;
                continue;
            }
            // From the far end of the first to that of the second.
            let [to_junction, from_junction] = [a.to == index, b.from == index];
            let way = |link: &SurveyedLink, is_forward: bool| if is_forward { link.forward } else { link.back() };
            let forward = way(&a, to_junction).then(way(&b, from_junction));
            let back = way(&b, !from_junction).then(way(&a, !to_junction));
            let (kept, gone) = (first.min(second), first.max(second));
            links[gone as usize] = None;
            links[kept as usize] = Some(SurveyedLink {
                from: start,
                to: end,
                relationship: None,
                forward,
                backward: (back != forward).then(|| Box::new(back)),
                name: None,
                spec: None,
            });
            at_node[end as usize].retain(|at| *at != gone && *at != kept);
            at_node[start as usize].retain(|at| *at != gone && *at != kept);
            at_node[end as usize].push(kept);
            at_node[start as usize].push(kept);
            self.kept[index as usize] = false;
            contracted += 1;
        }
        let text = format!("{contracted} junctions between two links: they became one cable each");
        self.report.add(Action::Merged, "junctions", contracted, text);
        let text = format!("{left} junctions of more or fewer links were kept as routers");
        self.report.add(Action::Noted, "junctions_kept", left, text);
        links.into_iter().flatten().collect()
    }

    /// Makes one link of all between the same two nodes.
    fn bundle(&mut self, links: Vec<SurveyedLink>) -> Vec<SurveyedLink> {
        let mut first: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        let mut bundled: Vec<SurveyedLink> = Vec::with_capacity(links.len());
        let mut merged = 0;
        for link in links {
            let ends = (link.from.min(link.to), link.from.max(link.to));
            let Some(&at) = first.get(&ends) else {
                first.insert(ends, bundled.len());
                bundled.push(link);
                continue;
            };
            merged += 1;
            let into = &mut bundled[at];
            let is_turned = into.from != link.from;
            let (there, back) = if is_turned { (link.back(), link.forward) } else { (link.forward, link.back()) };
            let (forward, back) = (into.forward.beside(there), into.back().beside(back));
            into.backward = (back != forward).then(|| Box::new(back));
            into.forward = forward;
            into.spec = None;
        }
        let text = format!("{merged} links with others between the same two nodes, bandwidths added");
        self.report.add(Action::Merged, "parallel", merged, text);
        bundled
    }

    /// Counts the parts, and leaves only the largest if asked to. Returns how many there are then.
    fn parts(&mut self, links: &mut Vec<SurveyedLink>) -> u64 {
        let mut joined = UnionFind::<u32>::new(self.map.nodes.len());
        for link in &*links {
            joined.union(link.from, link.to);
        }
        let labels = joined.into_labeling();
        let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
        let mut first: Option<u32> = None;
        for (label, _) in labels.iter().zip(&self.kept).filter(|(_, kept)| **kept) {
            *sizes.entry(*label).or_default() += 1;
        }
        let most = sizes.values().copied().max().unwrap_or(0);
        for (label, _) in labels.iter().zip(&self.kept).filter(|(_, kept)| **kept) {
            if sizes[label] == most {
                first.get_or_insert(*label);
            }
        }
        let parts = sizes.len() as u64;
        if self.spec.part == Part::All || parts < 2 {
            return parts;
        }
        let mut dropped = 0;
        for (kept, label) in self.kept.iter_mut().zip(&labels) {
            dropped += u64::from(*kept && Some(*label) != first);
            *kept &= Some(*label) == first;
        }
        let before = links.len();
        links.retain(|link| self.kept[link.from as usize]);
        let text = format!("{dropped} nodes and {} links outside of the largest part", before - links.len());
        self.report.add(Action::Dropped, "parts", dropped, text);
        1
    }

    /// Names, numbers anew, and demands.
    fn finish(mut self, mut links: Vec<SurveyedLink>) -> Result<Survey, String> {
        let count = self.kept.iter().filter(|kept| **kept).count();
        let all = count as u64 * (u64::from(self.spec.hosts.per_router) + 1);
        if all > u64::from(MOST_NODES) {
            return Err(format!("{all} nodes with their hosts; netsim takes at most {MOST_NODES}"));
        }
        let mut number: Vec<u32> = vec![u32::MAX; self.map.nodes.len()];
        let mut kept = 0;
        for (index, _) in self.kept.iter().enumerate().filter(|(_, kept)| **kept) {
            number[index] = kept;
            kept += 1;
        }
        for link in &mut links {
            (link.from, link.to) = (number[link.from as usize], number[link.to as usize]);
        }
        self.name_links(&mut links);
        let unit = self.demand_unit();
        let before = self.map.demands.len();
        let demands: Vec<(u32, u32, Rate)> = std::mem::take(&mut self.map.demands)
            .into_iter()
            .filter(|demand| self.kept[demand.from as usize] && self.kept[demand.to as usize])
            .filter(|demand| demand.from != demand.to && demand.value > 0.0)
            .map(|demand| {
                let bps = libm::round(demand.value * unit.bps() as f64).clamp(1.0, 1e18);
                (number[demand.from as usize], number[demand.to as usize], Rate::from_bps(bps as u64))
            })
            .collect();
        let dropped = (before - demands.len()) as u64;
        let text = format!("{dropped} demands of nothing, from a node to itself, or of nodes left out");
        self.report.add(Action::Dropped, "demands", dropped, text);

        let nodes = std::mem::take(&mut self.map.nodes).into_iter().zip(&self.kept).filter(|(_, kept)| **kept);
        let mut namer = Namer::default();
        let nodes: Vec<SurveyedNode> = nodes
            .map(|(node, _)| SurveyedNode {
                name: namer.name(node.label.as_deref(), &node.id, self.spec.names),
                id: node.id,
                kind: node.kind.unwrap_or(NodeKind::Router),
                role: node.role,
                address: node.address,
                processing_delay: match node.kind {
                    None => self.spec.processing_delay,
                    Some(_) => node.processing_delay,
                },
                place: node.place,
            })
            .collect();
        namer.report(&mut self.report);
        self.report.nodes = nodes.len() as u64;
        self.report.cables = links.len() as u64;
        Ok(Survey { nodes, links, demands, report: self.report })
    }

    /// Keeps names of links that can be names and that no other has.
    fn name_links(&mut self, links: &mut [SurveyedLink]) {
        let mut taken: BTreeSet<Box<str>> = BTreeSet::new();
        let mut unnamed = 0;
        for link in links {
            let Some(name) = link.name.take() else { continue };
            if NameFault::of_cable(&name).is_none() && taken.insert(name.clone()) {
                link.name = Some(name);
            } else {
                unnamed += 1;
            }
        }
        let text =
            format!("{unnamed} links whose names others have, or that cannot be names, are called by their ends");
        self.report.add(Action::Renamed, "links", unnamed, text);
    }

    fn demand_unit(&mut self) -> Rate {
        if let Some(unit) = self.spec.demand_unit.or(self.map.demand_unit) {
            return unit;
        }
        let count = self.map.demands.len() as u64;
        let text =
            format!("the file has no unit for its {count} demands: taken as Mbps (`demand_unit` says otherwise)");
        self.report.add(Action::Default, "demand_unit", count, text);
        Rate::from_mbps(1)
    }
}

/// The rule of how costs follow, in words.
fn rule(costs: Costs) -> &'static str {
    match costs {
        Costs::File => "in the file",
        Costs::Hops => "1 each",
        Costs::InverseCapacity => "the bandwidth of the fastest, divided by their own",
        Costs::Delay => "their delay in microseconds",
    }
}

/// A cost as routing has it: whole, and at least 1.
fn whole_cost(cost: f64) -> u32 {
    libm::round(cost).clamp(1.0, f64::from(u32::MAX)) as u32
}

impl Line {
    /// This way, and then the other.
    fn then(self, other: Line) -> Line {
        Line {
            rate: self.rate.min(other.rate),
            delay: self.delay + other.delay,
            cost: self.cost.saturating_add(other.cost),
        }
    }

    /// This way beside the other, as one.
    fn beside(self, other: Line) -> Line {
        Line {
            rate: Rate::from_bps(self.rate.bps().saturating_add(other.rate.bps())),
            delay: self.delay.min(other.delay),
            cost: self.cost.min(other.cost),
        }
    }
}

/// Gives nodes names that are unique, and that can be names.
#[derive(Default)]
struct Namer {
    taken: BTreeSet<String>,
    /// How often a name was asked for.
    asked: BTreeMap<String, u32>,
    repeated: u64,
    cleaned: u64,
    without: u64,
    labelled: u64,
}

impl Namer {
    fn name(&mut self, label: Option<&str>, id: &str, names: Names) -> String {
        let label = label.filter(|label| names == Names::Label && !label.trim().is_empty());
        self.without += u64::from(names == Names::Label && label.is_none());
        self.labelled += u64::from(label.is_some());
        let wanted = label.unwrap_or(id);
        let clean = crate::problem::clean_name(wanted);
        self.cleaned += u64::from(clean != wanted);
        let clean = if clean.is_empty() { "node".to_owned() } else { clean };
        let asked = self.asked.entry(clean.clone()).or_insert(0);
        let name = loop {
            *asked += 1;
            let name = if *asked == 1 { clean.clone() } else { format!("{clean} ({asked})") };
            if self.taken.insert(name.clone()) {
                break name;
            }
        };
        self.repeated += u64::from(name != clean);
        name
    }

    fn report(&self, report: &mut Report) {
        let Namer { repeated, cleaned, without, .. } = *self;
        let text = format!("{without} nodes without a label are called by their id");
        // Where none has a label, the ids are the names.
        let without = if self.labelled > 0 { without } else { 0 };
        report.add(Action::Renamed, "unlabelled", without, text);
        let text =
            format!("{cleaned} nodes whose label cannot be a name: blanks, `->` and `#` were replaced, long ones cut");
        report.add(Action::Renamed, "cleaned", cleaned, text);
        let text = format!("{repeated} nodes whose label another has, as in `Rome (2)`");
        report.add(Action::Renamed, "repeated", repeated, text);
    }
}
