//! What a file of others says, before anything is made of it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use sim_core::LinkSpec;
use sim_core::time::Duration;
use sim_core::units::Rate;

use crate::{NodeKind, Place, Relationship};

/// A network as a file describes it: nodes and links as written, in the order of the file, and nothing repaired.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// What the file calls the network.
    pub title: Option<String>,
    /// The nodes, in the order of the file.
    pub nodes: Vec<MapNode>,
    /// The links as written: self loops, parallel ones and both directions too, if the format lists them as links of
    /// their own.
    pub links: Vec<MapLink>,
    /// Who wants to send to whom.
    pub demands: Vec<MapDemand>,
    /// What a demand of 1 means, if the file says so.
    pub demand_unit: Option<Rate>,
    /// Counts and sums of what only this format has, by a name of the format: `modules`, `lines`.
    pub tally: BTreeMap<String, f64>,
    /// What was odd about the file, and how it was taken.
    pub remarks: Vec<Remark>,
}

/// A node as a file describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapNode {
    /// What links call it. Unique.
    pub id: String,
    /// What people call it. Often missing, empty, or the same for several.
    pub label: Option<String>,
    /// Where it stands. Numbers that are no place are left out, with a remark.
    pub place: Option<Place>,
    /// What part it plays in the network that the file is about.
    pub role: Role,
    /// What it is for, if the file says so.
    pub kind: Option<NodeKind>,
    /// Its address, if the file says so.
    pub address: Option<Ipv4Addr>,
    /// How long it takes over each packet.
    pub processing_delay: Duration,
}

/// What part a node plays in the network that a file is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It belongs to the network.
    #[default]
    Internal,
    /// It belongs to another one: a peer, a customer (`Internal` = 0 in the Topology Zoo).
    External,
    /// No node at all, but a place where lines on a drawing meet (`hyperedge` = 1 in the Topology Zoo).
    Junction,
}

/// A link as a file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLink {
    /// Index of the node at one end.
    pub from: u32,
    /// Index of the node at the other end.
    pub to: u32,
    /// What `from` is to `to`, between autonomous systems.
    pub relationship: Option<Relationship>,
    /// What else is known. Large graphs have links without.
    pub facts: Option<Box<LinkFacts>>,
}

/// What a file says of a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkFacts {
    /// A name for the link, that is no mere number.
    pub name: Option<String>,
    /// Its rate as a number.
    pub rate: Option<Rate>,
    /// Texts that may hold a rate, such as "OC-48" or "2x10Gb/s": read on request only.
    pub texts: Vec<String>,
    /// Its length.
    pub length_km: Option<f64>,
    /// Its delay.
    pub delay: Option<Duration>,
    /// Its cost for routing.
    pub cost: Option<f64>,
    /// What is different on the way back, where the format gives both ways in one link.
    pub back: Option<Box<LinkFacts>>,
    /// All about both ways, where the file is of our own form.
    pub spec: Option<Box<(LinkSpec, LinkSpec)>>,
}

/// What one node wants to send to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapDemand {
    /// Index of the node it comes from.
    pub from: u32,
    /// Index of the node it goes to.
    pub to: u32,
    /// How much, in the file's own unit.
    pub value: f64,
}

/// Something odd, and how it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// In one word with underscores, for programs: `bad_coordinates`.
    pub what: &'static str,
    /// How often.
    pub count: u64,
    /// In a sentence for people, with the count where there is one: "coordinates of 3 nodes were left out".
    pub text: String,
}

impl Map {
    /// Adds a remark, unless it would be about nothing.
    pub fn remark(&mut self, what: &'static str, count: u64, text: impl Into<String>) {
        if count > 0 {
            self.remarks.push(Remark { what, count, text: text.into() });
        }
    }

    /// Adds to a tally.
    pub fn count(&mut self, what: &str, amount: f64) {
        match self.tally.get_mut(what) {
            Some(sum) => *sum += amount,
            None => drop(self.tally.insert(what.to_owned(), amount)),
        }
    }
}

impl MapNode {
    /// A node of which nothing more is known.
    pub fn new(id: impl Into<String>) -> Self {
        MapNode { id: id.into(), ..MapNode::default() }
    }
}

impl MapLink {
    /// A link of which nothing more is known.
    pub fn new(from: u32, to: u32) -> Self {
        MapLink { from, to, relationship: None, facts: None }
    }

    /// With what is known of it; nothing is kept if that is nothing.
    pub fn with(self, facts: LinkFacts) -> Self {
        let facts = (facts != LinkFacts::default()).then(|| Box::new(facts));
        MapLink { facts, ..self }
    }
}
