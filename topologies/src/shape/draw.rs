//! Random graphs, as lists of pairs of nodes counted from 0. Work is nodes plus pairs, but for a logarithm.

use std::collections::BTreeSet;

use petgraph::unionfind::UnionFind;
use sim_core::random::Random;

/// Two different nodes.
pub(super) type Pair = (u32, u32);

/// Which of `total` things in a row happen when each does with the same probability, found by drawing how many do not
/// before the next that does: a geometric number (Batagelj & Brandes, "Efficient Generation of Large Random Networks",
/// 2005).
pub(super) struct Skips {
    next: u64,
    total: u64,
    /// Logarithm of the probability that a thing does not happen.
    miss: f64,
}

impl Skips {
    pub(super) fn new(total: u64, probability: f64) -> Self {
        // Nothing happens at all with probability zero.
        let total = if probability > 0.0 { total } else { 0 };
        Skips { next: 0, total, miss: libm::log1p(-probability) }
    }

    /// The index of the next that happens.
    pub(super) fn next(&mut self, random: &mut Random) -> Option<u64> {
        if self.next >= self.total {
            return None;
        }
        // Both logarithms are at most 0. With probability one the lower is infinite and the quotient 0.
        let gap = libm::floor(libm::log1p(-random.unit()) / self.miss) as u64;
        let at = self.next.saturating_add(gap);
        self.next = at.saturating_add(1);
        (at < self.total).then_some(at)
    }
}

/// Each pair of `nodes` with the same probability: G(n, p) of Gilbert 1959.
pub(super) fn independent(nodes: u32, probability: f64, random: &mut Random) -> Vec<Pair> {
    let count = u64::from(nodes);
    let mut skips = Skips::new(count * count.saturating_sub(1) / 2, probability);
    let mut all = AllPairs::default();
    let mut pairs = Vec::new();
    while let Some(at) = skips.next(random) {
        let (a, b) = all.at(at);
        pairs.push((a as u32, b as u32));
    }
    pairs
}

/// All pairs in a row: (0, 1), (0, 2), (1, 2), (0, 3), …
pub(super) struct AllPairs {
    larger: u64,
    /// How many pairs have a smaller larger one.
    before: u64,
}

impl Default for AllPairs {
    fn default() -> Self {
        AllPairs { larger: 1, before: 0 }
    }
}

impl AllPairs {
    /// The pair at a place in the row, not before the one asked for last.
    pub(super) fn at(&mut self, at: u64) -> (u64, u64) {
        while at >= self.before + self.larger {
            self.before += self.larger;
            self.larger += 1;
        }
        (at - self.before, self.larger)
    }
}

/// The sets of nodes that reach each other, in the order of their first nodes.
pub(super) fn parts(nodes: u32, pairs: &[Pair]) -> Vec<Vec<u32>> {
    let mut joined = UnionFind::<u32>::new(nodes as usize);
    for &(a, b) in pairs {
        joined.union(a, b);
    }
    let mut part_of = vec![u32::MAX; nodes as usize];
    let mut parts: Vec<Vec<u32>> = Vec::new();
    for (node, label) in (0..).zip(joined.into_labeling()) {
        let part = &mut part_of[label as usize];
        if *part == u32::MAX {
            *part = parts.len() as u32;
            parts.push(Vec::new());
        }
        parts[*part as usize].push(node);
    }
    parts
}

/// Adds as few pairs as make all reach each other: one less than there are parts, each from a random node of a part to
/// a random node of those before it.
pub(super) fn join(nodes: u32, pairs: &mut Vec<Pair>, random: &mut Random) {
    let mut joined: Vec<u32> = Vec::with_capacity(nodes as usize);
    for part in parts(nodes, pairs) {
        if !joined.is_empty() {
            pairs.push((pick(&joined, random), pick(&part, random)));
        }
        joined.extend(part);
    }
}

/// One of `of`, which has some.
pub(super) fn pick(of: &[u32], random: &mut Random) -> u32 {
    of[random.below(of.len() as u64) as usize]
}

/// A graph in which every node has `degree` neighbours, fewer than there are nodes; their product is even.
///
/// The ends of all pairs are put into a random order and taken two by two (Bollobás 1980). A pair of a node with
/// itself, or one that is there already, exchanges ends with a random other pair until both are good; if that takes
/// too long all begins anew. That favours some graphs, so pairs exchange ends at random for a while after: a walk on
/// which every graph of these degrees is as probable as the others in the long run (Rao, Jana & Bandyopadhyay 1996).
/// With `connected` two parts exchange ends of a pair each: both pairs were on circles, so the parts become one.
pub(super) fn regular(nodes: u32, degree: u32, connected: bool, random: &mut Random) -> Vec<Pair> {
    if u64::from(degree) * 2 > u64::from(nodes) - 1 {
        // More than half of all pairs: the others make a regular graph too. So dense a graph is connected.
        let missing: BTreeSet<Pair> = regular(nodes, nodes - 1 - degree, false, random).into_iter().collect();
        let all = (1..nodes).flat_map(|b| (0..b).map(move |a| (a, b)));
        return all.filter(|pair| !missing.contains(pair)).collect();
    }
    let mut pairs = loop {
        if let Some(pairs) = matched(nodes, degree, random) {
            break pairs;
        }
    };
    if connected && degree >= 2 {
        exchange_between_parts(nodes, &mut pairs);
    }
    pairs
}

fn ordered(a: u32, b: u32) -> Pair {
    (a.min(b), a.max(b))
}

/// One attempt at a regular graph.
fn matched(nodes: u32, degree: u32, random: &mut Random) -> Option<Vec<Pair>> {
    let mut ends: Vec<u32> = (0..nodes).flat_map(|node| std::iter::repeat_n(node, degree as usize)).collect();
    for at in (1..ends.len()).rev() {
        ends.swap(at, random.below(at as u64 + 1) as usize);
    }
    let pairs: Vec<Pair> = ends.chunks_exact(2).map(|ends| ordered(ends[0], ends[1])).collect();
    let mut taken = BTreeSet::new();
    let is_bad = pairs.iter().map(|pair| pair.0 == pair.1 || !taken.insert(*pair)).collect();
    let mut matching = Matching { pairs, taken, is_bad };
    for at in 0..matching.pairs.len() {
        let mut attempts = 0;
        while matching.is_bad[at] {
            attempts += 1;
            if attempts > 10_000 {
                return None;
            }
            matching.exchange(at, random);
        }
    }
    // As often as there are ends, and often enough for the smallest.
    let count = matching.pairs.len();
    for _ in 0..if count < 2 { 0 } else { 2 * count + 200 } {
        matching.exchange(random.below(count as u64) as usize, random);
    }
    Some(matching.pairs)
}

/// Pairs, some of which may be bad: of a node with itself, or there already.
struct Matching {
    pairs: Vec<Pair>,
    is_bad: Vec<bool>,
    /// The good ones.
    taken: BTreeSet<Pair>,
}

impl Matching {
    /// Exchanges ends of a pair and a random good one, if two good ones come of it.
    fn exchange(&mut self, at: usize, random: &mut Random) {
        let other = random.below(self.pairs.len() as u64) as usize;
        let ((a, b), (mut c, mut d)) = (self.pairs[at], self.pairs[other]);
        if random.chance(0.5) {
            (c, d) = (d, c);
        }
        let (one, two) = (ordered(a, c), ordered(b, d));
        let is_new = one != two && !self.taken.contains(&one) && !self.taken.contains(&two);
        if other == at || self.is_bad[other] || a == c || b == d || !is_new {
            return;
        }
        if !std::mem::replace(&mut self.is_bad[at], false) {
            self.taken.remove(&self.pairs[at]);
        }
        self.taken.remove(&self.pairs[other]);
        self.taken.extend([one, two]);
        (self.pairs[at], self.pairs[other]) = (one, two);
    }
}

/// Makes one part of all, without changing how many neighbours a node has. Every node has at least two.
fn exchange_between_parts(nodes: u32, pairs: &mut [Pair]) {
    // A pair of two that others have joined already is on a circle: a part stays one without it. Every part has such a
    // pair, as its nodes have at least two neighbours.
    let mut joined = UnionFind::<u32>::new(nodes as usize);
    let spare: Vec<usize> = (0..pairs.len()).filter(|at| !joined.union(pairs[*at].0, pairs[*at].1)).collect();
    let label = joined.into_labeling();
    let mut seen = vec![false; nodes as usize];
    let mut first_of_parts =
        spare.into_iter().filter(|at| !std::mem::replace(&mut seen[label[pairs[*at].0 as usize] as usize], true));
    let Some(mut joint) = first_of_parts.next() else { return };
    let rest: Vec<usize> = first_of_parts.collect();
    for other in rest {
        let ((a, b), (c, d)) = (pairs[joint], pairs[other]);
        // The first of the two joins the parts, the second is then spare.
        (pairs[joint], pairs[other]) = (ordered(a, c), ordered(b, d));
        joint = other;
    }
}

/// Nodes that join one after the other, each to `links` others, which it chooses with a probability in proportion to
/// how many neighbours they have. The first `links + 1` are a star around node 0.
pub(super) fn preferential(nodes: u32, links: u32, random: &mut Random) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = (1..=links).map(|leaf| (0, leaf)).collect();
    // Every node as often as it has neighbours.
    let mut ends: Vec<u32> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let mut chosen_by = vec![0; nodes as usize];
    for node in links + 1..nodes {
        let before = ends.len() as u64;
        let mut chosen = 0;
        while chosen < links {
            let other = ends[random.below(before) as usize];
            if chosen_by[other as usize] != node {
                chosen_by[other as usize] = node;
                chosen += 1;
                pairs.push((other, node));
                ends.extend([other, node]);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u64) -> Random {
        Random::stream(seed, "test", "graphs")
    }

    fn degrees(nodes: u32, pairs: &[Pair]) -> Vec<u32> {
        let mut degrees = vec![0; nodes as usize];
        for &(a, b) in pairs {
            assert_ne!(a, b);
            degrees[a as usize] += 1;
            degrees[b as usize] += 1;
        }
        let different: BTreeSet<Pair> = pairs.iter().map(|(a, b)| ordered(*a, *b)).collect();
        assert_eq!(different.len(), pairs.len(), "no pair is there twice");
        degrees
    }

    #[test]
    fn with_certainty_all_pairs_are_joined_and_without_a_chance_none() {
        assert_eq!(independent(4, 1.0, &mut random(1)), [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]);
        assert_eq!(independent(1_000_000, 0.0, &mut random(1)), []);
        assert_eq!(independent(1, 1.0, &mut random(1)), []);
    }

    #[test]
    fn every_pair_is_as_probable_as_the_others() {
        // Six pairs, 3000 graphs, p = 0.3: 900 of each, with a standard deviation of sqrt(3000 · 0.21) = 25.
        let mut random = random(3);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..3000 {
            for pair in independent(4, 0.3, &mut random) {
                *seen.entry(pair).or_insert(0_i32) += 1;
            }
        }
        assert_eq!(seen.len(), 6);
        for (pair, count) in seen {
            assert!((count - 900).abs() < 100, "{pair:?}: {count}");
        }
    }

    #[test]
    fn a_regular_graph_has_the_degree_everywhere_however_dense() {
        let mut random = random(1);
        for nodes in 2..=12 {
            for degree in (0..nodes).filter(|degree| nodes * degree % 2 == 0) {
                let pairs = regular(nodes, degree, false, &mut random);
                assert_eq!(degrees(nodes, &pairs), vec![degree; nodes as usize], "{nodes} {degree}");
            }
        }
        for (nodes, degree) in [(1000, 3), (200, 50), (101, 50), (100, 97)] {
            let pairs = regular(nodes, degree, true, &mut random);
            assert_eq!(degrees(nodes, &pairs), vec![degree; nodes as usize], "{nodes} {degree}");
        }
    }

    #[test]
    fn all_regular_graphs_come_out_equally_often() {
        // Six nodes of degree 2: 60 single circles of six, and 10 pairs of circles of three. With 70 graphs and 7000
        // draws each comes about 100 times, with a standard deviation of 10.
        let mut random = random(5);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..7000 {
            let mut pairs = regular(6, 2, false, &mut random);
            pairs.sort_unstable();
            *seen.entry(pairs).or_insert(0_i32) += 1;
        }
        assert_eq!(seen.len(), 70);
        for (pairs, count) in seen {
            assert!((count - 100).abs() < 50, "{pairs:?}: {count}");
        }
    }

    #[test]
    fn circles_that_are_apart_become_one() {
        for seed in 0..50 {
            // 40 nodes with two neighbours each are nearly never a single circle by chance.
            let pairs = regular(40, 2, true, &mut random(seed));
            assert_eq!(degrees(40, &pairs), vec![2; 40]);
            assert_eq!(parts(40, &pairs).len(), 1);
        }
    }

    #[test]
    fn joining_takes_one_pair_less_than_there_are_parts() {
        let mut pairs = independent(500, 0.001, &mut random(2));
        let (before, apart) = (pairs.len(), parts(500, &pairs).len());
        assert!(apart > 100);
        join(500, &mut pairs, &mut random(2));
        assert_eq!((parts(500, &pairs).len(), pairs.len()), (1, before + apart - 1));
    }

    #[test]
    fn a_newcomer_prefers_those_who_have_many() {
        // One link each: the third node joins the center of the first two or the leaf, then weights are 2 to 1 to 1.
        // The degree of a graph of three is always 1, 2, 1; of four the fourth chooses the middle half of the time.
        let mut random = random(4);
        let middle = (0..4000).filter(|_| degrees(4, &preferential(4, 1, &mut random)).contains(&3)).count();
        // 2000, with a standard deviation of sqrt(4000 / 4) = 32.
        assert!(middle.abs_diff(2000) < 130, "{middle}");
    }
}
