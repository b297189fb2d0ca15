//! Links that become one: both directions of a cable, the two at a junction, parallel ones.

use std::collections::BTreeMap;

use sim_core::units::Rate;

use super::{Line, SurveyedLink, Surveyor};
use crate::import::spec::BothDirections;
use crate::import::{Action, LinkFacts, MapLink, Role};

impl Surveyor<'_> {
    /// Makes one link of two that go opposite ways between the same nodes; the second is the way back.
    pub(super) fn merge_directions(&mut self) {
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

    /// Makes one link of the two at each junction that has just two, to two different nodes.
    pub(super) fn contract_junctions(&mut self, links: Vec<SurveyedLink>) -> Vec<SurveyedLink> {
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
            let mut link = SurveyedLink { from: start, to: end, relationship: None, forward, more: None };
            link.set_back(back);
            links[kept as usize] = Some(link);
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
    pub(super) fn bundle(&mut self, links: Vec<SurveyedLink>) -> Vec<SurveyedLink> {
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
            into.forward = forward;
            into.set_back(back);
            if let Some(more) = &mut into.more {
                more.spec = None;
            }
        }
        let text = format!("{merged} links with others between the same two nodes, bandwidths added");
        self.report.add(Action::Merged, "parallel", merged, text);
        bundled
    }
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
