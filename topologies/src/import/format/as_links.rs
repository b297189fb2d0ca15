//! What the two forms of graphs of autonomous systems share: a pair has one relationship, however often it is listed.
//!
//! Of several lines about a pair the first counts: no rule in the formats says which of two that disagree is right. Lines
//! that repeat the same, from either end, and lines that disagree are counted. A system joined to itself stays in the
//! map, and is left out later as any self loop is.

use std::collections::BTreeMap;

use crate::Relationship;
use crate::import::lines::{Nodes, quoted};
use crate::import::{Map, MapLink, MapNode, Unreadable};

/// A graph of autonomous systems on its way.
pub(super) struct AsLinks {
    map: Map,
    nodes: Nodes<u32>,
    links: BTreeMap<(u32, u32), Known>,
    repeated: u64,
    disagreeing: u64,
}

/// A link of which at least one line was read.
struct Known {
    at: u32,
    is_both_ways: bool,
}

impl AsLinks {
    pub(super) fn new() -> Self {
        AsLinks { map: Map::default(), nodes: Nodes::new(), links: BTreeMap::new(), repeated: 0, disagreeing: 0 }
    }

    /// A line: `from` is to `to` what `relationship` says, which stands as `word` in the file.
    pub(super) fn add(&mut self, from: u32, to: u32, relationship: Relationship, word: &str) {
        self.map.count("lines", 1.0);
        self.map.count(&format!("rel_{word}"), 1.0);
        let [a, b] =
            [from, to].map(|system| self.nodes.number(&mut self.map, system, || MapNode::new(system.to_string())));
        let at = self.map.links.len() as u32;
        match self.links.get_mut(&(a.min(b), a.max(b))) {
            None => {
                self.links.insert((a.min(b), a.max(b)), Known { at, is_both_ways: false });
                self.map.links.push(MapLink { relationship: Some(relationship), ..MapLink::new(a, b) });
            }
            Some(known) => {
                let first = &self.map.links[known.at as usize];
                let is_back = first.from != a;
                let expected =
                    if is_back { first.relationship.map(Relationship::reversed) } else { first.relationship };
                if expected != Some(relationship) {
                    self.disagreeing += 1;
                } else if is_back && !known.is_both_ways {
                    known.is_both_ways = true;
                } else {
                    self.repeated += 1;
                }
            }
        }
    }

    /// The graph. `lists_both_ways` if the format has a line for each direction of a link.
    pub(super) fn finish(mut self, lists_both_ways: bool) -> Map {
        let repeated = self.repeated;
        let text = format!("{repeated} lines repeat what another says, and were left out");
        self.map.remark("repeated", repeated, text);
        let disagreeing = self.disagreeing;
        let text = format!("{disagreeing} lines say of two systems something else than an earlier one, which counts");
        self.map.remark("disagreeing", disagreeing, text);
        let both_ways = self.links.values().filter(|link| link.is_both_ways).count() as u64;
        if lists_both_ways {
            let one_way = self.links.len() as u64 - both_ways;
            let text = format!("{one_way} links are listed from one end only, and taken for both");
            self.map.remark("one_way", one_way, text);
        } else {
            let text = format!("{both_ways} links are listed from both ends, and are one cable each");
            self.map.remark("both_ways", both_ways, text);
        }
        self.map
    }
}

/// The number of an autonomous system: 32 bits (RFC 6793).
pub(super) fn system(text: &str, line: u64) -> Result<u32, Unreadable> {
    let why = || format!("the number of an autonomous system is expected, 0 to 4294967295, not {}", quoted(text));
    text.parse().map_err(|_| Unreadable::at(line, why()))
}
