//! From what a file says to a network, by the options of a [`FileSpec`]; with a report of everything that was done.
//!
//! The steps, in this order: nodes of other networks, self loops, links listed once for each direction, places, rates,
//! delays and costs of each link, junctions, parallel links, the largest part, names, demands. The order of nodes and
//! links stays that of the file, so that the same file gives the same numbers and draws in every run.

mod measuring;
mod merging;
mod names;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use petgraph::unionfind::UnionFind;
use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::time::Duration;
use sim_core::units::Rate;

use self::names::Namer;
use super::spec::{External, FileSpec, Frame, Junctions, Parallel, Part, SelfLoops, Unplaced};
use super::{Action, Map, MapLink, Report, Role};
use crate::hosts::HostNames;
use crate::place::{Earth, Plane};
use crate::{Demand, Fault, MOST_NODES, Node, NodeKind, Place, Plan, Problem, Relationship};

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
    /// What few links have. Half a million without it take half the room.
    pub more: Option<Box<More>>,
}

/// What few links of a [`Survey`] have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct More {
    /// The way back, where it is different.
    pub backward: Option<Line>,
    /// A name of its own.
    pub name: Option<String>,
    /// All about both ways, where the file is of our own form.
    pub spec: Option<(LinkSpec, LinkSpec)>,
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
        self.more.as_ref().and_then(|more| more.backward).unwrap_or(self.forward)
    }

    /// With another way back.
    fn set_back(&mut self, back: Line) {
        let backward = (back != self.forward).then_some(back);
        if backward.is_some() || self.more.is_some() {
            self.more.get_or_insert_default().backward = backward;
        }
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
            let name = link.more.as_ref().and_then(|more| more.name.as_deref());
            match link.more.as_ref().and_then(|more| more.spec.as_ref()) {
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
        let kept = self.kept.iter().enumerate().filter(|(_, kept)| **kept);
        for (new, (old, _)) in (0..).zip(kept) {
            number[old] = new;
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
