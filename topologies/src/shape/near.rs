//! Points on a square with side 1, sorted into cells so that near ones are found without looking at all.

use petgraph::unionfind::UnionFind;

use super::draw::{Pair, parts};

/// The distance of two points.
pub(super) fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    libm::hypot(a.0 - b.0, a.1 - b.1)
}

/// The points of a part of the square.
pub(super) struct Cell {
    pub(super) nodes: Vec<u32>,
    row: usize,
    column: usize,
}

/// The square in rows and columns.
pub(super) struct Cells {
    side: usize,
    cells: Vec<Cell>,
}

impl Cells {
    /// Sorts points into `side` times `side` cells.
    pub(super) fn new(places: &[(f64, f64)], side: usize) -> Self {
        let empty = |at| Cell { nodes: Vec::new(), row: at / side, column: at % side };
        let mut cells = Cells { side, cells: (0..side * side).map(empty).collect() };
        for (node, place) in (0..).zip(places) {
            let at = cells.at(*place);
            cells.cells[at].nodes.push(node);
        }
        cells
    }

    fn at(&self, place: (f64, f64)) -> usize {
        let [column, row] = [place.0, place.1].map(|along| ((along * self.side as f64) as usize).min(self.side - 1));
        row * self.side + column
    }

    /// The cells with points in them, and their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Cell)> {
        self.cells.iter().enumerate().filter(|(_, cell)| !cell.nodes.is_empty())
    }

    /// The least distance that points of two cells can have.
    pub(super) fn gap(&self, one: &Cell, other: &Cell) -> f64 {
        let between = |a: usize, b: usize| a.abs_diff(b).saturating_sub(1) as f64 / self.side as f64;
        libm::hypot(between(one.row, other.row), between(one.column, other.column))
    }

    /// The cells `rings` away from that of a place.
    fn ring(&self, place: (f64, f64), rings: usize) -> impl Iterator<Item = &Cell> {
        let at = self.at(place);
        let (row, column) = (at / self.side, at % self.side);
        let rows = row.saturating_sub(rings)..=(row + rings).min(self.side - 1);
        rows.flat_map(move |r| {
            // The whole first and last row, and two cells of the others.
            let step = if r.abs_diff(row) == rings { 1 } else { (2 * rings).max(1) };
            (0..=2 * rings).step_by(step).filter_map(move |offset| {
                let c = (column + offset).checked_sub(rings)?;
                (c < self.side).then(|| &self.cells[r * self.side + c])
            })
        })
    }
}

/// Adds as few pairs as make all reach each other, each of a point and the nearest of another part: Borůvka's
/// minimum spanning tree of the parts, 1926.
pub(super) fn join(places: &[(f64, f64)], pairs: &mut Vec<Pair>) {
    let cells = Cells::new(places, (libm::sqrt(places.len() as f64 / 2.0) as usize).max(1));
    loop {
        let parts = parts(places.len() as u32, pairs);
        // The largest waits for the others to come to it.
        let Some(largest) = (0..parts.len()).rev().max_by_key(|part| parts[*part].len()) else { return };
        if parts.len() == 1 {
            return;
        }
        let mut part_of = vec![0; places.len()];
        for (part, nodes) in parts.iter().enumerate() {
            for &node in nodes {
                part_of[node as usize] = part;
            }
        }
        let mut joined = UnionFind::<usize>::new(parts.len());
        for (part, nodes) in parts.iter().enumerate().filter(|(part, _)| *part != largest) {
            let mut best: Option<(f64, u32, u32)> = None;
            for &node in nodes {
                let place = places[node as usize];
                for rings in 0..=cells.side {
                    // What is beyond these rings is at least so far.
                    if best.is_some_and(|best| best.0 <= rings.saturating_sub(1) as f64 / cells.side as f64) {
                        break;
                    }
                    for &other in cells.ring(place, rings).flat_map(|cell| &cell.nodes) {
                        let far = distance(place, places[other as usize]);
                        if part_of[other as usize] != part && best.is_none_or(|best| far < best.0) {
                            best = Some((far, node, other));
                        }
                    }
                }
            }
            let (_, node, other) = best.expect("another part has points");
            if joined.union(part, part_of[other as usize]) {
                pairs.push((node.min(other), node.max(other)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_where_they_are_nearest() {
        // Two pairs and a point between; nearest are 1 and 4, then 4 and 2.
        let places = [(0.0, 0.0), (0.2, 0.0), (0.8, 0.0), (1.0, 0.0), (0.45, 0.0)];
        let mut pairs = vec![(0, 1), (2, 3)];
        join(&places, &mut pairs);
        pairs[2..].sort_unstable();
        assert_eq!(pairs, [(0, 1), (2, 3), (1, 4), (2, 4)]);
    }

    #[test]
    fn points_without_a_pair_get_their_minimum_spanning_tree() {
        let mut random = sim_core::random::Random::stream(1, "test", "points");
        let places: Vec<_> = (0..300).map(|_| (random.unit(), random.unit())).collect();
        let mut pairs = Vec::new();
        join(&places, &mut pairs);
        let length: f64 = pairs.iter().map(|(a, b)| distance(places[*a as usize], places[*b as usize])).sum();

        let mut graph = petgraph::graph::UnGraph::<(), f64>::new_undirected();
        let nodes: Vec<_> = places.iter().map(|_| graph.add_node(())).collect();
        for a in 0..300 {
            for b in 0..a {
                graph.add_edge(nodes[a], nodes[b], distance(places[a], places[b]));
            }
        }
        let tree = petgraph::algo::min_spanning_tree(&graph);
        let least: f64 = tree
            .filter_map(|element| match element {
                petgraph::data::Element::Edge { weight, .. } => Some(weight),
                petgraph::data::Element::Node { .. } => None,
            })
            .sum();
        assert_eq!(pairs.len(), 299);
        assert!((length - least).abs() < 1e-9, "{length} for {least}");
    }
}
