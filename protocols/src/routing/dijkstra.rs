//! Dijkstra's algorithm: least-cost paths, by settling the nearest node not yet settled.
//!
//! E. W. Dijkstra, "A Note on Two Problems in Connexion with Graphs", 1959; Kurose & Ross 5.2.
//! In the book's words, with N' the settled nodes, D(v) the cost of the best path to v known so far, and p(v) the node
//! before v on it:
//!
//! ```text
//! N' = {u};  D(u) = 0
//! repeat
//!     for each edge (w, v) from the node w settled last:  D(v) = min(D(v), D(w) + c(w, v)), noting p(v)
//!     settle the v outside N' whose D(v) is least
//! until all that can be reached are settled
//! ```
//!
//! Two things are added. Searching against the direction of the edges gives all ways *to* one destination in one go,
//! and from them every link that begins a shortest path: equal-cost multipath. And ties are decided by the names of
//! links, through a rank that the caller gives, so that a network whose nodes are numbered otherwise has the same paths:
//! of two nodes equally near, the one reached by the link of lower rank is settled first.
//!
//! O((n + m) log n) for n nodes and m edges. Costs may be zero; sums saturate.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::ids::{LinkId, NodeId};

/// A link as routing sees it: one direction, with its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The link this edge stands for.
    pub link: LinkId,
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// What it costs to take it.
    pub cost: u64,
}

/// A network as routing sees it, made once and searched many times.
///
/// ```
/// # use protocols::routing::dijkstra::{Edge, Graph};
/// # use sim_core::ids::{LinkId, NodeId};
/// // Two ways of cost 2 from s to t: s -> a -> t and s -> b -> t.
/// let [s, a, b, t] = [0, 1, 2, 3].map(NodeId);
/// let edge = |link, from, to| Edge { link: LinkId(link), from, to, cost: 1 };
/// let edges = vec![edge(0, s, a), edge(1, s, b), edge(2, a, t), edge(3, b, t)];
/// let paths = Graph::new(4, edges, &[0, 1, 2, 3]).paths_to(t);
/// assert_eq!(paths.cost(s), Some(2));
/// assert_eq!(paths.next_hops(s), [LinkId(0), LinkId(1)]);
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: u32,
    outgoing: Adjacency,
    incoming: Adjacency,
}

impl Graph {
    /// The graph of `edges` on the nodes from 0 to `nodes - 1`. The link with id `l` has rank `rank[l]`: its place among
    /// all links sorted by name, no two alike.
    ///
    /// # Panics
    /// When an edge has an end that is no node, or a link without a rank.
    pub fn new(nodes: u32, edges: Vec<Edge>, rank: &[u32]) -> Self {
        let mut edges: Vec<Ranked> =
            edges.into_iter().map(|edge| Ranked { edge, rank: rank[edge.link.index()] }).collect();
        edges.sort_by_key(|ranked| ranked.rank);
        Graph {
            nodes,
            outgoing: Adjacency::new(nodes, &edges, |edge| edge.from),
            incoming: Adjacency::new(nodes, &edges, |edge| edge.to),
        }
    }

    /// Least costs from every node to `destination`, and the links to take.
    pub fn paths_to(&self, destination: NodeId) -> Distances {
        let mut settled_as = vec![u32::MAX; self.nodes as usize];
        let mut settled = 0;
        let labels = self.search(destination, Direction::AgainstEdges, |step| {
            settled_as[step.settled.index()] = settled;
            settled += 1;
        });

        let cost = |node: NodeId| labels[node.index()].map(|label| label.cost);
        let mut starts = Vec::with_capacity(self.nodes as usize + 1);
        let mut links = Vec::new();
        for node in (0..self.nodes).map(NodeId) {
            starts.push(links.len() as u32);
            links.extend(self.outgoing.of(node).iter().map(|ranked| ranked.edge).filter_map(|edge| {
                let through = cost(edge.to)?.saturating_add(edge.cost);
                // Settled earlier means nearer, except along edges of cost zero: there it keeps the ways from
                // running in a circle.
                let is_nearer = settled_as[edge.to.index()] < settled_as[node.index()];
                (is_nearer && cost(node) == Some(through)).then_some(edge.link)
            }));
        }
        starts.push(links.len() as u32);
        Distances { costs: labels.iter().map(|label| label.map(|label| label.cost)).collect(), starts, links }
    }

    /// The table of Kurose & Ross 5.2 for the paths from `source`, a row for each node settled.
    pub fn table_from(&self, source: NodeId) -> Vec<Row> {
        let mut rows = Vec::new();
        self.search(source, Direction::AlongEdges, |step| {
            rows.push(Row { settled: step.settled, labels: step.labels.to_vec() });
        });
        rows
    }

    /// The algorithm itself. `observe` is told of every step: a node was settled and the edges at it were looked at.
    /// Returns the final label of every node, `None` for those that cannot be reached.
    pub fn search(&self, start: NodeId, direction: Direction, mut observe: impl FnMut(Step<'_>)) -> Vec<Option<Label>> {
        let mut labels: Vec<Option<Label>> = vec![None; self.nodes as usize];
        let mut is_settled = vec![false; self.nodes as usize];
        // The nearest node first; of equally near ones, the one reached by the link of lowest rank.
        let mut nearest = BinaryHeap::new();
        labels[start.index()] = Some(Label { cost: 0, via: None });
        nearest.push(Reverse((0, 0, start)));

        while let Some(Reverse((cost, _, node))) = nearest.pop() {
            if std::mem::replace(&mut is_settled[node.index()], true) {
                // A better label came after this entry was made.
                continue;
            }
            let edges = match direction {
                Direction::AlongEdges => self.outgoing.of(node),
                Direction::AgainstEdges => self.incoming.of(node),
            };
            for &Ranked { edge, rank } in edges {
                let neighbor = match direction {
                    Direction::AlongEdges => edge.to,
                    Direction::AgainstEdges => edge.from,
                };
                let offered = edge.cost.saturating_add(cost);
                let label = &mut labels[neighbor.index()];
                if !is_settled[neighbor.index()] && label.is_none_or(|label| offered < label.cost) {
                    *label = Some(Label { cost: offered, via: Some(edge) });
                    nearest.push(Reverse((offered, rank, neighbor)));
                }
            }
            observe(Step { settled: node, labels: &labels });
        }
        labels
    }
}

/// Which way a search follows the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the start to everywhere: what a link-state router computes for itself.
    AlongEdges,
    /// From everywhere to the start.
    AgainstEdges,
}

/// What is known of the best path of a node: D(v) and p(v).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its cost.
    pub cost: u64,
    /// The edge by which the path comes to this node, or leaves it when the search goes against the edges.
    /// `None` at the start.
    pub via: Option<Edge>,
}

/// A step of the search, as its observer sees it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The node that joined N'.
    pub settled: NodeId,
    /// The labels of all nodes after the edges at it were looked at.
    pub labels: &'a [Option<Label>],
}

/// A step of the search, kept: a row of the textbook's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The node that joined N'.
    pub settled: NodeId,
    /// The labels of all nodes after that.
    pub labels: Vec<Option<Label>>,
}

/// Least costs to one destination, and the links that begin the least-cost paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distances {
    costs: Vec<Option<u64>>,
    /// The links of node n are `links[starts[n]..starts[n + 1]]`.
    starts: Vec<u32>,
    links: Vec<LinkId>,
}

impl Distances {
    /// The cost from `node` to the destination, `None` if there is no way.
    pub fn cost(&self, node: NodeId) -> Option<u64> {
        self.costs[node.index()]
    }

    /// Every link from `node` that lies on a least-cost path, in the order of their ranks. Empty at the destination
    /// and where there is no way. Whichever of them each node takes, packets arrive: among nodes at the same distance,
    /// joined by edges of cost zero, only links to a node settled earlier are listed.
    pub fn next_hops(&self, node: NodeId) -> &[LinkId] {
        &self.links[self.starts[node.index()] as usize..self.starts[node.index() + 1] as usize]
    }
}

#[derive(Clone, Copy, Debug)]
struct Ranked {
    edge: Edge,
    rank: u32,
}

/// The edges at each node, in the order of their ranks.
#[derive(Clone, Debug)]
struct Adjacency {
    /// The edges at node n are `edges[starts[n]..starts[n + 1]]`.
    starts: Vec<u32>,
    edges: Vec<Ranked>,
}

impl Adjacency {
    /// Groups `edges` by the node that `end` tells.
    fn new(nodes: u32, edges: &[Ranked], end: impl Fn(&Edge) -> NodeId) -> Self {
        let mut starts = vec![0; nodes as usize + 1];
        for ranked in edges {
            assert!(ranked.edge.from.0 < nodes && ranked.edge.to.0 < nodes, "{:?} has an end outside", ranked.edge);
            starts[end(&ranked.edge).index() + 1] += 1;
        }
        for node in 0..nodes as usize {
            starts[node + 1] += starts[node];
        }
        let mut grouped = edges.to_vec();
        // Stable: within a node the order of ranks remains.
        grouped.sort_by_key(|ranked| end(&ranked.edge));
        Adjacency { starts, edges: grouped }
    }

    fn of(&self, node: NodeId) -> &[Ranked] {
        &self.edges[self.starts[node.index()] as usize..self.starts[node.index() + 1] as usize]
    }
}

#[cfg(test)]
mod tests;
