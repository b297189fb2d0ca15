//! A map on the way, in formats whose links name their ends by ids, and may come before their nodes.

use std::collections::BTreeMap;

use super::lines::quoted;
use super::{Map, MapLink, MapNode, Unreadable};

/// A map on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// Links whose ends are not known yet have ends that mean nothing.
    pub map: Map,
    numbers: BTreeMap<Box<str>, u32>,
    /// Links that came before their nodes.
    early: Vec<Early>,
    /// Nodes that may only frame others.
    frames: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Early {
    link: usize,
    from: Box<str>,
    to: Box<str>,
    /// Where in the file it is.
    at: u64,
}

impl Draft {
    /// Adds a node, and gives its number.
    ///
    /// # Errors
    /// A sentence, if another has its id.
    pub(crate) fn node(&mut self, node: MapNode) -> Result<u32, String> {
        let number = u32::try_from(self.map.nodes.len()).map_err(|_| "more nodes than can be numbered".to_owned())?;
        if self.numbers.insert(node.id.as_str().into(), number).is_some() {
            return Err(format!("a second node has the id {}", quoted(&node.id)));
        }
        self.map.nodes.push(node);
        Ok(number)
    }

    /// Says that a node may only frame others: it is left out unless a link or a demand leads to it.
    pub(crate) fn frame(&mut self, number: u32) {
        self.frames.push(number);
    }

    /// Adds a link that stands somewhere in the file, in a measure of the caller's.
    pub(crate) fn link(&mut self, from: &str, to: &str, at: u64, make: impl FnOnce(MapLink) -> MapLink) {
        let ends = [from, to].map(|id| self.numbers.get(id).copied());
        if ends.contains(&None) {
            self.early.push(Early { link: self.map.links.len(), from: from.into(), to: to.into(), at });
        }
        let [from, to] = ends.map(Option::unwrap_or_default);
        self.map.links.push(make(MapLink::new(from, to)));
    }

    /// The number of a node.
    pub(crate) fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The map; `wrong` makes an error of a sentence about what stands somewhere.
    ///
    /// # Errors
    /// When a link leads to a node that is not there.
    pub(crate) fn finish(mut self, wrong: impl Fn(u64, String) -> Unreadable) -> Result<Map, Unreadable> {
        for Early { link, from, to, at } in std::mem::take(&mut self.early) {
            let number = |id: &str| {
                let missing = || wrong(at, format!("a link leads to {}, which is no node of the file", quoted(id)));
                self.numbers.get(id).copied().ok_or_else(missing)
            };
            let (from, to) = (number(&from)?, number(&to)?);
            let link = &mut self.map.links[link];
            (link.from, link.to) = (from, to);
        }
        drop(self.numbers);
        leave_out_frames(&mut self.map, &self.frames);
        Ok(self.map)
    }
}

/// Leaves out those of these nodes that no link leads to.
fn leave_out_frames(map: &mut Map, frames: &[u32]) {
    if frames.is_empty() {
        return;
    }
    let mut kept = vec![true; map.nodes.len()];
    for &frame in frames {
        kept[frame as usize] = false;
    }
    for link in &map.links {
        kept[link.from as usize] = true;
        kept[link.to as usize] = true;
    }
    for demand in &map.demands {
        kept[demand.from as usize] = true;
        kept[demand.to as usize] = true;
    }
    let mut number = Vec::with_capacity(kept.len());
    let mut next = 0;
    for &kept in &kept {
        number.push(next);
        next += u32::from(kept);
    }
    let count = kept.iter().filter(|kept| !**kept).count() as u64;
    let mut keep = kept.iter();
    map.nodes.retain(|_| *keep.next().expect("one for each node"));
    for link in &mut map.links {
        (link.from, link.to) = (number[link.from as usize], number[link.to as usize]);
    }
    for demand in &mut map.demands {
        (demand.from, demand.to) = (number[demand.from as usize], number[demand.to as usize]);
    }
    map.remark("frames", count, format!("{count} nodes without links that only frame others were left out"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(at: u64, why: String) -> Unreadable {
        Unreadable::at(at, why)
    }

    #[test]
    fn links_may_come_before_their_nodes_and_keep_their_order() {
        let mut draft = Draft::default();
        draft.link("b", "a", 1, |link| link);
        draft.node(MapNode::new("a")).unwrap();
        draft.node(MapNode::new("b")).unwrap();
        draft.link("a", "b", 2, |link| link);
        let map = draft.finish(wrong).unwrap();
        assert_eq!(map.links, [MapLink::new(1, 0), MapLink::new(0, 1)]);
    }

    #[test]
    fn links_to_nowhere_and_second_nodes_of_an_id_are_refused() {
        let mut draft = Draft::default();
        draft.node(MapNode::new("a")).unwrap();
        assert_eq!(draft.node(MapNode::new("a")).unwrap_err(), "a second node has the id `a`");
        draft.link("a", "c", 7, |link| link);
        let error = draft.finish(wrong).unwrap_err();
        assert_eq!(error, Unreadable::at(7, "a link leads to `c`, which is no node of the file"));
    }

    #[test]
    fn frames_without_links_are_left_out() {
        let mut draft = Draft::default();
        for (id, is_frame) in [("group", true), ("a", false), ("linked", true), ("alone", false)] {
            let number = draft.node(MapNode::new(id)).unwrap();
            if is_frame {
                draft.frame(number);
            }
        }
        draft.link("a", "linked", 1, |link| link);
        let map = draft.finish(wrong).unwrap();
        assert_eq!(map.nodes.iter().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["a", "linked", "alone"]);
        assert_eq!(map.links, [MapLink::new(0, 1)]);
        assert_eq!((map.remarks[0].what, map.remarks[0].count), ("frames", 1));
    }
}
