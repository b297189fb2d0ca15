//! What can be counted about a graph: the numbers by which an import is checked, and which `netsim topo show` prints.

use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;
use serde::Serialize;

/// Graphs whose largest component has more nodes than this get no exact diameter: it takes nodes × links steps.
pub const MOST_FOR_DIAMETER: usize = 5_000;

/// Counts of a graph, links taken as undirected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Census {
    /// Nodes.
    pub nodes: u64,
    /// Links, self loops and parallel ones counted.
    pub links: u64,
    /// Links from a node to itself.
    pub self_loops: u64,
    /// Links beyond the first between two nodes.
    pub parallel: u64,
    /// Sets of nodes that reach each other.
    pub components: u64,
    /// Nodes in the largest of them.
    pub largest_component: u64,
    /// Most links on a shortest way within the largest component; a lower bound unless `is_exact`.
    pub diameter: u32,
    /// Sum over ordered pairs of nodes of the largest component of the links on a shortest way, if that was counted.
    pub hops_sum: Option<u64>,
    /// Links whose loss leaves some nodes unable to reach each other that could before.
    pub bridges: u64,
    /// Nodes whose loss does so to others.
    pub cut_nodes: u64,
    /// Whether the diameter is exact. In large graphs it is the longest of some shortest ways.
    pub is_exact: bool,
    /// How many nodes have how many links, self loops counted twice.
    pub degrees: BTreeMap<u32, u64>,
}

impl Census {
    /// Counts `count` nodes joined by `links`, whose ends must be less than `count`.
    pub fn new(count: u32, links: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut degree = vec![0_u32; count as usize];
        let mut joined = UnionFind::<u32>::new(count as usize);
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        let (mut total, mut self_loops) = (0_u64, 0_u64);
        for (a, b) in links.clone() {
            total += 1;
            degree[a as usize] += 1;
            degree[b as usize] += 1;
            joined.union(a, b);
            if a == b {
                self_loops += 1;
            } else {
                pairs.push((a.min(b), a.max(b)));
            }
        }
        pairs.sort_unstable();
        let different = pairs.len() as u64;
        pairs.dedup();
        let parallel = different - pairs.len() as u64;
        drop(pairs);

        let labels = joined.into_labeling();
        let mut sizes = vec![0_u32; count as usize];
        for &label in &labels {
            sizes[label as usize] += 1;
        }
        let components = sizes.iter().filter(|size| **size > 0).count() as u64;
        // Of several that are largest the one with the first node.
        let largest = labels.iter().copied().max_by_key(|label| (sizes[*label as usize], std::cmp::Reverse(*label)));
        let members: Vec<u32> = (0..count).filter(|&node| Some(labels[node as usize]) == largest).collect();

        let mut degrees = BTreeMap::new();
        for &links in &degree {
            *degrees.entry(links).or_default() += 1;
        }
        let neighbors = Neighbors::new(&degree, links);
        let (bridges, cut_nodes) = neighbors.weak_points();
        let is_exact = members.len() <= MOST_FOR_DIAMETER;
        let mut search = Search::new(count);
        let (mut diameter, mut hops_sum) = (0, 0_u64);
        if is_exact {
            for &start in &members {
                let (farthest, _, sum) = search.from(start, &neighbors);
                diameter = diameter.max(farthest);
                hops_sum += sum;
            }
        } else if let Some(&first) = members.first() {
            // Each search begins where the last one ended: a few of them find most diameters (Magnien et al. 2009).
            let mut start = first;
            for _ in 0..8 {
                let (farthest, end, _) = search.from(start, &neighbors);
                diameter = diameter.max(farthest);
                start = end;
            }
        }
        Census {
            nodes: u64::from(count),
            links: total,
            self_loops,
            parallel,
            components,
            largest_component: members.len() as u64,
            diameter,
            hops_sum: is_exact.then_some(hops_sum),
            bridges,
            cut_nodes,
            is_exact,
            degrees,
        }
    }
}

/// Who is joined to whom, one list behind the other.
struct Neighbors {
    starts: Vec<usize>,
    ends: Vec<u32>,
}

impl Neighbors {
    fn new(degree: &[u32], links: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut starts = Vec::with_capacity(degree.len() + 1);
        let mut sum = 0;
        for &links in degree {
            starts.push(sum);
            sum += links as usize;
        }
        starts.push(sum);
        let mut filled = starts.clone();
        let mut ends = vec![0; sum];
        for (a, b) in links {
            for (at, other) in [(a, b), (b, a)] {
                ends[filled[at as usize]] = other;
                filled[at as usize] += 1;
            }
        }
        Neighbors { starts, ends }
    }

    fn of(&self, node: u32) -> &[u32] {
        &self.ends[self.starts[node as usize]..self.starts[node as usize + 1]]
    }
}

impl Neighbors {
    /// How many links, and how many nodes, hold parts together alone: a search in depth, by Hopcroft and Tarjan 1973.
    /// The stack is our own: a long line must not overflow that of the program.
    fn weak_points(&self) -> (u64, u64) {
        let count = self.starts.len() - 1;
        // When a node was found, from 1; and the earliest found that can be reached from below it.
        let (mut found, mut lowest) = (vec![0_u32; count], vec![0_u32; count]);
        let mut is_cut = vec![false; count];
        let (mut clock, mut bridges) = (0, 0);
        for root in 0..count {
            if found[root] > 0 {
                continue;
            }
            clock += 1;
            (found[root], lowest[root]) = (clock, clock);
            let mut below_root = 0;
            // A node, where it was found from, the next of its neighbours, and whether the link it was found over has
            // been passed: a second one between the two is another way.
            let mut stack = vec![(root, root, 0_usize, true)];
            while let Some((node, parent, next, is_passed)) = stack.last_mut() {
                let node = *node;
                let Some(&other) = self.of(node as u32).get(*next) else {
                    let (parent, is_root) = (*parent, node == root);
                    stack.pop();
                    if !is_root {
                        lowest[parent] = lowest[parent].min(lowest[node]);
                        bridges += u64::from(lowest[node] > found[parent]);
                        if parent == root {
                            below_root += 1;
                        } else {
                            is_cut[parent] |= lowest[node] >= found[parent];
                        }
                    }
                    continue;
                };
                *next += 1;
                let other = other as usize;
                if other == *parent && !*is_passed {
                    *is_passed = true;
                } else if found[other] == 0 {
                    clock += 1;
                    (found[other], lowest[other]) = (clock, clock);
                    stack.push((other, node, 0, false));
                } else {
                    lowest[node] = lowest[node].min(found[other]);
                }
            }
            is_cut[root] = below_root > 1;
        }
        (bridges, is_cut.iter().filter(|is_cut| **is_cut).count() as u64)
    }
}

/// A search in breadth, whose memory serves many searches.
struct Search {
    seen: Vec<u32>,
    turn: u32,
    row: Vec<u32>,
    next: Vec<u32>,
}

impl Search {
    fn new(count: u32) -> Self {
        Search { seen: vec![0; count as usize], turn: 0, row: Vec::new(), next: Vec::new() }
    }

    /// The hops to the farthest node, that node (the last one found), and the sum of the hops to all.
    fn from(&mut self, start: u32, neighbors: &Neighbors) -> (u32, u32, u64) {
        self.turn += 1;
        self.seen[start as usize] = self.turn;
        self.row.clear();
        self.row.push(start);
        let (mut hops, mut sum, mut last) = (0, 0, start);
        loop {
            self.next.clear();
            for &node in &self.row {
                for &other in neighbors.of(node) {
                    if self.seen[other as usize] != self.turn {
                        self.seen[other as usize] = self.turn;
                        self.next.push(other);
                    }
                }
            }
            let Some(&end) = self.next.last() else { return (hops, last, sum) };
            hops += 1;
            last = end;
            sum += u64::from(hops) * self.next.len() as u64;
            std::mem::swap(&mut self.row, &mut self.next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(count: u32, links: &[(u32, u32)]) -> Census {
        Census::new(count, links.iter().copied())
    }

    #[test]
    fn a_line_of_four_is_counted_by_hand() {
        // Hops between ordered pairs: three pairs at 1, two at 2, one at 3, each twice: 2 · (3 + 4 + 3).
        let line = census(4, &[(0, 1), (1, 2), (2, 3)]);
        assert_eq!((line.diameter, line.hops_sum, line.components, line.parallel), (3, Some(20), 1, 0));
        assert_eq!(line.degrees, [(1, 2), (2, 2)].into());
    }

    #[test]
    fn loops_parallels_and_parts_are_told_apart() {
        let parts = census(6, &[(0, 1), (1, 0), (1, 0), (2, 2), (3, 4)]);
        assert_eq!((parts.links, parts.self_loops, parts.parallel), (5, 1, 2));
        // 0-1, 3-4, and 2 and 5 alone.
        assert_eq!((parts.components, parts.largest_component, parts.diameter), (4, 2, 1));
        assert_eq!(parts.degrees, [(0, 1), (1, 2), (2, 1), (3, 2)].into());
    }

    #[test]
    fn the_ends_of_a_long_line_are_found_without_trying_all() {
        let count = MOST_FOR_DIAMETER as u32 + 10;
        // From the middle, so that the first search does not begin at an end.
        let links: Vec<(u32, u32)> = (1..count).map(|node| (node.saturating_sub(2), node)).collect();
        let line = census(count, &links);
        assert!(!line.is_exact && line.hops_sum.is_none());
        assert_eq!(line.diameter, count - 1);
    }

    #[test]
    fn links_and_nodes_that_hold_parts_together_alone_are_found() {
        // A line: every link, and every node but the ends.
        let line = census(4, &[(0, 1), (1, 2), (2, 3)]);
        assert_eq!((line.bridges, line.cut_nodes), (3, 2));
        // A ring: none. A second cable makes a bridge none.
        let ring = census(4, &[(0, 1), (1, 2), (2, 3), (3, 0)]);
        assert_eq!((ring.bridges, ring.cut_nodes), (0, 0));
        let doubled = census(3, &[(0, 1), (1, 0), (1, 2), (2, 2)]);
        assert_eq!((doubled.bridges, doubled.cut_nodes), (1, 1));
        // Two triangles that share a node.
        let bow = census(5, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 2)]);
        assert_eq!((bow.bridges, bow.cut_nodes), (0, 1));
    }

    /// Against the definition: without it there are more components.
    #[test]
    fn weak_points_of_random_graphs_are_those_of_the_definition() {
        let mut random = sim_core::random::Random::stream(3, "census", "weak points");
        for _ in 0..200 {
            let count = 2 + random.below(9) as u32;
            let links: Vec<(u32, u32)> = (0..random.below(14))
                .map(|_| (random.below(u64::from(count)) as u32, random.below(u64::from(count)) as u32))
                .collect();
            let whole = census(count, &links);
            let bridges = (0..links.len()).filter(|at| {
                let without: Vec<_> =
                    links.iter().enumerate().filter(|(i, _)| i != at).map(|(_, link)| *link).collect();
                census(count, &without).components > whole.components
            });
            let cut_nodes = (0..count).filter(|node| {
                let is_there = |link: &&(u32, u32)| link.0 != *node && link.1 != *node;
                let without: Vec<(u32, u32)> = links.iter().filter(is_there).copied().collect();
                let is_alone = links.iter().all(|link| (link.0 == *node) == (link.1 == *node) || is_there(&link));
                // The node itself is a component now; if it was one before, nothing is split.
                !is_alone && census(count, &without).components > whole.components + 1
            });
            assert_eq!(
                (whole.bridges, whole.cut_nodes),
                (bridges.count() as u64, cut_nodes.count() as u64),
                "{links:?}"
            );
        }
    }

    #[test]
    fn nothing_has_no_components() {
        let nothing = census(0, &[]);
        assert_eq!((nothing.components, nothing.largest_component, nothing.diameter), (0, 0, 0));
    }
}
