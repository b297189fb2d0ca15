//! Where the nodes of a drawing stand: stress majorisation.
//!
//! E. R. Gansner, Y. Koren and S. North, "Graph Drawing by Stress Majorization", 2004. The distance of two nodes in the
//! picture shall be their distance in the graph, counted in edges; near pairs matter more than far ones:
//!
//! ```text
//! stress(X) = Σ w_ij (‖X_i − X_j‖ − d_ij)²     with w_ij = d_ij⁻²
//! ```
//!
//! Each step moves one node to where the others, each at its distance, would have it (the paper's section 2.3, node by
//! node). Steps never raise the stress, but where they end depends on where they begin: small graphs are begun from
//! several places, and the picture with the fewest crossings is taken. Then single nodes are moved a little wherever that
//! saves a crossing, or takes a node off an edge of others.
//!
//! Nothing here is random and nothing depends on the machine. Work and memory grow with the square of the nodes.

/// A place in the plane. The unit is the length of an edge.
pub type Point = (f64, f64);

/// More steps than this improve nothing that can be seen.
const MOST_STEPS: usize = 300;
/// A step that lowers the stress by less than this share is the last.
const LEAST_GAIN: f64 = 1e-4;
/// A node this near to an edge of others, in units of an edge, looks as if it belonged to it.
const TOO_NEAR: f64 = 0.34;
/// Graphs with more nodes than this are not tidied, nor those with more edges a node: in a mesh nothing helps.
const MOST_TIDIED: usize = 40;
const MOST_EDGES_A_NODE: usize = 3;
/// Rotations that are tried, evenly over half a turn.
const ROTATIONS: u32 = 24;

/// Places for `count` nodes joined by `edges`, for a picture whose width is `aspect` times its height.
pub fn places(count: usize, edges: &[(usize, usize)], aspect: f64) -> Vec<Point> {
    let edges: Vec<(usize, usize)> = edges.iter().copied().filter(|&(a, b)| a != b && a < count && b < count).collect();
    let distances = Distances::new(count, &edges);
    let starts = match count {
        0..=2 => 1,
        3..=40 => 24,
        41..=120 => 4,
        _ => 1,
    };
    let mut best: Option<(f64, Vec<Point>)> = None;
    for start in 0..starts {
        let mut places = circle(count, start);
        majorise(&mut places, &distances);
        let cost = if starts == 1 { 0.0 } else { cost(&places, &edges, &distances) };
        if best.as_ref().is_none_or(|(least, _)| cost < *least - 1e-9) {
            best = Some((cost, places));
        }
    }
    let mut places = best.map_or(Vec::new(), |(_, places)| places);
    if count <= MOST_TIDIED && edges.len() <= MOST_EDGES_A_NODE * count {
        tidy(&mut places, &edges, &distances);
    }
    turn(places, aspect)
}

/// What a picture is judged by: first how hard it is to read, then its stress.
fn cost(places: &[Point], edges: &[(usize, usize)], distances: &Distances) -> f64 {
    ugliness(places, edges) + stress(places, distances) / places.len().max(1) as f64
}

/// Moves single nodes where that makes the picture better: a little to any side, or among those it is joined to.
fn tidy(places: &mut [Point], edges: &[(usize, usize)], distances: &Distances) {
    const ROUNDS: usize = 4;
    const STEPS: [f64; 4] = [0.2, 0.5, 0.75, 1.0];
    const DIRECTIONS: u32 = 12;
    let mut least = cost(places, edges, distances);
    for _ in 0..ROUNDS {
        let before = least;
        for node in 0..places.len() {
            let from = places[node];
            let around = STEPS.into_iter().flat_map(|step| {
                (0..DIRECTIONS).map(move |direction| {
                    let angle = std::f64::consts::TAU * f64::from(direction) / f64::from(DIRECTIONS);
                    (from.0 + step * libm::cos(angle), from.1 + step * libm::sin(angle))
                })
            });
            let mut best = from;
            for candidate in around.chain(middle_of_neighbors(node, places, edges)).collect::<Vec<Point>>() {
                places[node] = candidate;
                let cost = cost(places, edges, distances);
                if cost < least - 1e-9 {
                    (least, best) = (cost, candidate);
                }
            }
            places[node] = best;
        }
        if least > before - 1e-9 {
            return;
        }
    }
}

fn middle_of_neighbors(node: usize, places: &[Point], edges: &[(usize, usize)]) -> Option<Point> {
    let other = |&(a, b): &(usize, usize)| (a == node).then_some(b).or((b == node).then_some(a));
    let neighbors: Vec<usize> = edges.iter().filter_map(other).collect();
    let count = neighbors.len() as f64;
    let sum = neighbors.iter().fold((0.0, 0.0), |sum, &at| (sum.0 + places[at].0, sum.1 + places[at].1));
    (!neighbors.is_empty()).then_some((sum.0 / count, sum.1 / count))
}

/// Distances between all nodes, in edges.
struct Distances {
    count: usize,
    of: Vec<f64>,
}

impl Distances {
    fn new(count: usize, edges: &[(usize, usize)]) -> Self {
        let mut neighbors = vec![Vec::new(); count];
        for &(a, b) in edges {
            neighbors[a].push(b);
            neighbors[b].push(a);
        }
        let mut of = vec![f64::INFINITY; count * count];
        let mut farthest: f64 = 0.0;
        for from in 0..count {
            let row = &mut of[from * count..(from + 1) * count];
            row[from] = 0.0;
            let mut reached = vec![from];
            let mut next = 0;
            while next < reached.len() {
                let at = reached[next];
                next += 1;
                for &neighbor in &neighbors[at] {
                    if row[neighbor].is_infinite() {
                        row[neighbor] = row[at] + 1.0;
                        farthest = farthest.max(row[neighbor]);
                        reached.push(neighbor);
                    }
                }
            }
        }
        // Parts that nothing joins stand side by side.
        let apart = farthest + 1.5;
        of.iter_mut().filter(|distance| distance.is_infinite()).for_each(|distance| *distance = apart);
        Distances { count, of }
    }

    fn between(&self, a: usize, b: usize) -> f64 {
        self.of[a * self.count + b]
    }
}

/// All nodes on a circle. Each `start` has another order: every `stride`-th node follows the one before.
fn circle(count: usize, start: usize) -> Vec<Point> {
    let radius = count as f64 / std::f64::consts::TAU;
    let strides: Vec<usize> = (1..count.max(2)).filter(|&stride| common_divisor(stride, count.max(1)) == 1).collect();
    // Strides first, then orders that swap every k-th pair as well.
    let (stride, swaps) = (strides[start % strides.len()], start / strides.len());
    let mut order: Vec<usize> = (0..count).map(|at| at * stride % count.max(1)).collect();
    if swaps > 0 {
        for at in (0..count).step_by(swaps + 1) {
            order.swap(at, (at * (swaps + 2) + 1) % count);
        }
    }
    let mut places = vec![(0.0, 0.0); count];
    for (at, &node) in order.iter().enumerate() {
        let angle = std::f64::consts::TAU * at as f64 / count as f64;
        places[node] = (radius * libm::cos(angle), radius * libm::sin(angle));
    }
    places
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Moves nodes until the stress hardly falls.
fn majorise(places: &mut [Point], distances: &Distances) {
    let mut before = f64::INFINITY;
    for _ in 0..MOST_STEPS {
        for node in 0..places.len() {
            let (mut x, mut y, mut weights) = (0.0, 0.0, 0.0);
            for other in (0..places.len()).filter(|&other| other != node) {
                let distance = distances.between(node, other);
                let weight = 1.0 / (distance * distance);
                let (dx, dy) = (places[node].0 - places[other].0, places[node].1 - places[other].1);
                let length = (dx * dx + dy * dy).sqrt();
                // Two nodes at one place have no direction: they stay for this step.
                let stretch = if length > 1e-9 { distance / length } else { 0.0 };
                x += weight * (places[other].0 + dx * stretch);
                y += weight * (places[other].1 + dy * stretch);
                weights += weight;
            }
            if weights > 0.0 {
                places[node] = (x / weights, y / weights);
            }
        }
        let stress = stress(places, distances);
        if before - stress <= LEAST_GAIN * stress {
            return;
        }
        before = stress;
    }
}

fn stress(places: &[Point], distances: &Distances) -> f64 {
    let mut sum = 0.0;
    for a in 0..places.len() {
        for b in 0..a {
            let distance = distances.between(a, b);
            let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
            let error = ((dx * dx + dy * dy).sqrt() - distance) / distance;
            sum += error * error;
        }
    }
    sum
}

/// How hard a picture is to read: crossings, and nodes that stand on edges of others, the more the nearer.
fn ugliness(places: &[Point], edges: &[(usize, usize)]) -> f64 {
    /// What a node in the middle of an edge is worth, in crossings.
    const ON_AN_EDGE: f64 = 3.0;
    let mut sum = crossings(places, edges) as f64;
    for &(a, b) in edges {
        for (node, &place) in places.iter().enumerate() {
            if node != a && node != b {
                let lack = 1.0 - distance_to_segment(place, places[a], places[b]) / TOO_NEAR;
                sum += ON_AN_EDGE * lack.max(0.0) * lack.max(0.0);
            }
        }
    }
    sum
}

fn crossings(places: &[Point], edges: &[(usize, usize)]) -> usize {
    let pairs = edges.iter().enumerate().flat_map(|(at, one)| edges[..at].iter().map(move |other| (one, other)));
    let cross = |&(&(a, b), &(c, d)): &(&(usize, usize), &(usize, usize))| {
        a != c && a != d && b != c && b != d && do_cross(places[a], places[b], places[c], places[d])
    };
    pairs.filter(cross).count()
}

/// Whether the segments from `a` to `b` and from `c` to `d` cross.
pub(crate) fn do_cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// How far `p` is from the segment between `a` and `b`.
pub(crate) fn distance_to_segment(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (a.0 + along * dx - p.0, a.1 + along * dy - p.1);
    (x * x + y * y).sqrt()
}

/// Turned so that the picture fills a frame best, and mirrored so that the first node stands to the left and high.
fn turn(places: Vec<Point>, aspect: f64) -> Vec<Point> {
    let count = places.len().max(1) as f64;
    let centre = places.iter().fold((0.0, 0.0), |sum, place| (sum.0 + place.0 / count, sum.1 + place.1 / count));
    let turned = |step: u32| -> Vec<Point> {
        let angle = std::f64::consts::PI * f64::from(step) / f64::from(ROTATIONS);
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let turn = |place: &Point| {
            let (x, y) = (place.0 - centre.0, place.1 - centre.1);
            (x * cos - y * sin, x * sin + y * cos)
        };
        places.iter().map(turn).collect()
    };
    let fill = |places: &[Point]| {
        let most = |of: fn(&Point) -> f64| places.iter().map(of).fold(0.0, f64::max);
        let (left, right, up, down) = (most(|p| -p.0), most(|p| p.0), most(|p| -p.1), most(|p| p.1));
        ((left + right) / aspect).max(up + down)
    };
    let mut best = turned(0);
    for step in 1..ROTATIONS {
        let candidate = turned(step);
        if fill(&candidate) < fill(&best) * (1.0 - 1e-6) {
            best = candidate;
        }
    }
    let first = best.first().copied().unwrap_or_default();
    let (x, y) = (if first.0 > 1e-9 { -1.0 } else { 1.0 }, if first.1 > 1e-9 { -1.0 } else { 1.0 });
    best.into_iter().map(|place| (place.0 * x, place.1 * y)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(places: &[Point], a: usize, b: usize) -> f64 {
        let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
        (dx * dx + dy * dy).sqrt()
    }

    #[test]
    fn a_triangle_and_a_chain_have_the_lengths_of_their_edges() {
        // Both can be drawn without any stress.
        let triangle = places(3, &[(0, 1), (1, 2), (0, 2)], 1.5);
        for (a, b) in [(0, 1), (1, 2), (0, 2)] {
            assert!((length(&triangle, a, b) - 1.0).abs() < 0.02, "{triangle:?}");
        }
        let chain = places(4, &[(0, 1), (1, 2), (2, 3)], 1.5);
        assert!((length(&chain, 0, 3) - 3.0).abs() < 0.05, "{chain:?}");
        assert!(chain[0].0 < chain[3].0, "the first stands to the left: {chain:?}");
    }

    #[test]
    fn a_ring_with_its_nodes_in_any_order_has_no_crossings() {
        let order = [0, 5, 2, 7, 4, 1, 6, 3];
        let edges: Vec<(usize, usize)> = (0..8).map(|at| (order[at], order[(at + 1) % 8])).collect();
        let places = places(8, &edges, 1.5);
        assert_eq!(ugliness(&places, &edges), 0.0, "{places:?}");
    }

    #[test]
    fn a_plane_grid_is_drawn_without_crossings() {
        let at = |x: usize, y: usize| y * 5 + x;
        let across = (0..4).flat_map(|x| (0..4).map(move |y| (at(x, y), at(x + 1, y))));
        let down = (0..5).flat_map(|x| (0..3).map(move |y| (at(x, y), at(x, y + 1))));
        let edges: Vec<(usize, usize)> = across.chain(down).collect();
        let places = places(20, &edges, 1.5);
        assert_eq!(ugliness(&places, &edges), 0.0, "{places:?}");
    }

    #[test]
    fn the_textbook_graph_has_no_crossings() {
        // Kurose & Ross, figure 5.3, which the book draws without any.
        let edges = [(0, 1), (0, 3), (0, 2), (1, 2), (1, 3), (3, 2), (3, 4), (2, 4), (2, 5), (4, 5)];
        let places = places(6, &edges, 1.5);
        assert_eq!(crossings(&places, &edges), 0, "{places:?}");
        assert!(ugliness(&places, &edges) < 0.5, "no node is near an edge of others: {places:?}");
    }

    #[test]
    fn what_nothing_joins_stands_apart() {
        let places = places(4, &[(0, 1), (2, 3)], 1.5);
        for (a, b) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
            assert!(length(&places, a, b) > 1.2, "{places:?}");
        }
    }

    #[test]
    fn any_graph_has_finite_places() {
        for (count, edges) in [(0, vec![]), (1, vec![(0, 0)]), (2, vec![(0, 9)]), (3, vec![(0, 1), (0, 1)])] {
            let places = places(count, &edges, 1.5);
            assert_eq!(places.len(), count);
            assert!(places.iter().all(|place| place.0.is_finite() && place.1.is_finite()), "{places:?}");
        }
    }
}
