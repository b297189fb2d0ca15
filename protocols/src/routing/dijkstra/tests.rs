use petgraph::graph::{DiGraph, NodeIndex};
use proptest::prelude::*;

use super::*;

/// A textbook's graph: single letters for nodes, and cables `"uv 2"` of one cost both ways. Links are ranked by name.
struct Lettered {
    letters: Vec<char>,
    graph: Graph,
}

impl Lettered {
    fn new(cables: &str) -> Self {
        Lettered::ranked(cables, |a, b| format!("{a}->{b}"))
    }

    fn ranked(cables: &str, name: impl Fn(char, char) -> String) -> Self {
        let mut directed = Vec::new();
        for cable in cables.split(", ") {
            let (ends, cost) = cable.split_once(' ').unwrap();
            let ends: Vec<char> = ends.chars().collect();
            let cost: u64 = cost.parse().unwrap();
            directed.extend([(ends[0], ends[1], cost), (ends[1], ends[0], cost)]);
        }
        let mut letters: Vec<char> = directed.iter().map(|edge| edge.0).collect();
        letters.sort_unstable();
        letters.dedup();
        let mut names: Vec<String> = directed.iter().map(|edge| name(edge.0, edge.1)).collect();
        names.sort_unstable();
        let rank: Vec<u32> = directed.iter().map(|e| names.binary_search(&name(e.0, e.1)).unwrap() as u32).collect();
        let node = |letter| NodeId(letters.binary_search(&letter).unwrap() as u32);
        let edges = (0..)
            .zip(&directed)
            .map(|(link, &(from, to, cost))| Edge { link: LinkId(link), from: node(from), to: node(to), cost })
            .collect();
        let graph = Graph::new(letters.len() as u32, edges, &rank);
        Lettered { letters, graph }
    }

    fn node(&self, letter: char) -> NodeId {
        NodeId(self.letters.binary_search(&letter).unwrap() as u32)
    }

    fn letter(&self, node: NodeId) -> char {
        self.letters[node.index()]
    }

    /// The table as the book prints it: N', then D(v),p(v) of the nodes outside it that have been reached.
    fn table(&self, source: char) -> Vec<String> {
        let mut settled = String::new();
        let rows = self.graph.table_from(self.node(source));
        rows.iter()
            .map(|row| {
                settled.push(self.letter(row.settled));
                let entries = self.letters.iter().zip(&row.labels).filter_map(|(letter, label)| {
                    let label = label.filter(|_| !settled.contains(*letter))?;
                    Some(format!(" {letter} {},{}", label.cost, self.letter(label.via?.from)))
                });
                format!("{settled}:{}", entries.collect::<String>())
            })
            .collect()
    }

    fn next_hops(&self, from: char, to: char) -> String {
        let paths = self.graph.paths_to(self.node(to));
        let end_of = |link: &LinkId| {
            let edges = self.graph.outgoing.of(self.node(from));
            self.letter(edges.iter().find(|ranked| ranked.edge.link == *link).unwrap().edge.to)
        };
        paths.next_hops(self.node(from)).iter().map(end_of).collect()
    }
}

/// Kurose & Ross, figure 5.3.
const KUROSE_ROSS: &str = "uv 2, ux 1, uw 5, vx 2, vw 3, xw 3, xy 1, wy 1, wz 5, yz 2";

#[test]
fn the_table_of_kurose_and_ross_comes_out_row_by_row() {
    // At the tie between v and y the book takes y: here the link from x to y ranks first.
    let book = Lettered::ranked(KUROSE_ROSS, |a, b| if (a, b) == ('x', 'y') { "0".into() } else { format!("{a}{b}") });
    assert_eq!(
        book.table('u'),
        [
            "u: v 2,u w 5,u x 1,u",
            "ux: v 2,u w 4,x y 2,x",
            "uxy: v 2,u w 3,y z 4,y",
            "uxyv: w 3,y z 4,y",
            "uxyvw: z 4,y",
            "uxyvwz:",
        ]
    );
}

#[test]
fn ties_are_settled_in_the_order_of_link_names() {
    // u->v comes before x->y.
    assert_eq!(
        Lettered::new(KUROSE_ROSS).table('u'),
        [
            "u: v 2,u w 5,u x 1,u",
            "ux: v 2,u w 4,x y 2,x",
            "uxv: w 4,x y 2,x",
            "uxvy: w 3,y z 4,y",
            "uxvyw: z 4,y",
            "uxvywz:",
        ]
    );
}

#[test]
fn the_table_of_the_lecture_slides_comes_out_row_by_row() {
    // The second example of the slides to Kurose & Ross 5.2, as used at Cornell (CS 4410).
    let slides = Lettered::new("uv 7, uw 3, ux 5, wv 3, wx 4, wy 8, vy 4, xy 7, xz 9, yz 2");
    assert_eq!(
        slides.table('u'),
        [
            "u: v 7,u w 3,u x 5,u",
            "uw: v 6,w x 5,u y 11,w",
            "uwx: v 6,w y 11,w z 14,x",
            "uwxv: y 10,v z 14,x",
            "uwxvy: z 12,y",
            "uwxvyz:",
        ]
    );
}

#[test]
fn the_forwarding_table_of_u_in_kurose_and_ross_is_found_from_the_destinations() {
    let book = Lettered::new(KUROSE_ROSS);
    for (destination, cost, next_hop) in [('v', 2, "v"), ('w', 3, "x"), ('x', 1, "x"), ('y', 2, "x"), ('z', 4, "x")] {
        let paths = book.graph.paths_to(book.node(destination));
        assert_eq!(paths.cost(book.node('u')), Some(cost), "{destination}");
        assert_eq!(book.next_hops('u', destination), next_hop, "{destination}");
    }
}

#[test]
fn peterson_and_davies_node_d_reaches_a_at_cost_ten_through_c() {
    let book = Lettered::new("AB 5, AC 10, BC 3, BD 11, CD 2");
    let settled: Vec<String> = book.table('D').iter().map(|row| row.split(':').next().unwrap().into()).collect();
    assert_eq!(settled, ["D", "DC", "DCB", "DCBA"]);
    assert_eq!(book.graph.paths_to(book.node('A')).cost(book.node('D')), Some(10));
    assert_eq!(book.next_hops('D', 'A'), "C");
}

#[test]
fn both_ways_around_a_diamond_are_next_hops() {
    let diamond = Lettered::new("sa 1, sb 1, at 1, bt 1");
    assert_eq!(diamond.next_hops('s', 't'), "ab");
    assert_eq!(diamond.next_hops('t', 't'), "");
}

#[test]
fn next_hops_stand_in_the_order_of_ranks() {
    let diamond =
        Lettered::ranked("sa 1, sb 1, at 1, bt 1", |a, b| if b == 'b' { "0".into() } else { format!("{a}{b}") });
    assert_eq!(diamond.next_hops('s', 't'), "ba");
}

#[test]
fn an_unreachable_node_has_neither_cost_nor_next_hop() {
    let parts = Lettered::new("ab 1, cd 1");
    let paths = parts.graph.paths_to(parts.node('d'));
    assert_eq!(paths.cost(parts.node('a')), None);
    assert_eq!(paths.next_hops(parts.node('a')), []);
}

#[test]
fn sums_of_enormous_costs_saturate() {
    let line = Lettered::new(&format!("ab {0}, bc {0}, cd {0}", u64::MAX));
    let paths = line.graph.paths_to(line.node('d'));
    assert_eq!(paths.cost(line.node('a')), Some(u64::MAX));
    assert_eq!((line.next_hops('a', 'd'), line.next_hops('b', 'd')), ("b".into(), "c".into()));
}

#[test]
fn a_circle_of_zero_cost_does_not_trap_packets() {
    let triangle = Lettered::new("ab 0, bc 0, ca 0, ct 1");
    assert_eq!((triangle.next_hops('a', 't'), triangle.next_hops('c', 't')), ("c".into(), "t".into()));
    // From b both a, settled earlier, and c lead to t: b hears of both at cost one.
    assert_eq!(triangle.next_hops('b', 't'), "ac");
}

/// A random network: nodes, and edges (from, to, cost), parallel ones and loops among them.
fn networks(costs: std::ops::Range<u64>) -> impl Strategy<Value = (u32, Vec<(u32, u32, u64)>)> {
    (1..12_u32).prop_flat_map(move |nodes| {
        (Just(nodes), proptest::collection::vec((0..nodes, 0..nodes, costs.clone()), 0..40))
    })
}

fn numbered(edges: &[(u32, u32, u64)]) -> Vec<Edge> {
    (0..)
        .zip(edges)
        .map(|(link, &(from, to, cost))| Edge { link: LinkId(link), from: NodeId(from), to: NodeId(to), cost })
        .collect()
}

/// Ranks as the links are numbered.
fn in_order(edges: &[Edge]) -> Vec<u32> {
    (0..edges.len() as u32).collect()
}

/// Costs to `destination` by petgraph.
fn costs_by_petgraph(nodes: u32, edges: &[Edge], destination: NodeId) -> Vec<Option<u64>> {
    let mut graph = DiGraph::<(), u64>::new();
    (0..nodes).for_each(|_| {
        graph.add_node(());
    });
    for edge in edges {
        graph.add_edge(NodeIndex::new(edge.to.index()), NodeIndex::new(edge.from.index()), edge.cost);
    }
    let found = petgraph::algo::dijkstra(&graph, NodeIndex::new(destination.index()), None, |edge| *edge.weight());
    (0..nodes as usize).map(|node| found.get(&NodeIndex::new(node)).copied()).collect()
}

proptest! {
    #[test]
    fn costs_equal_those_of_petgraph((nodes, edges) in networks(0..7)) {
        let edges = numbered(&edges);
        let graph = Graph::new(nodes, edges.clone(), &in_order(&edges));
        for destination in (0..nodes).map(NodeId) {
            let paths = graph.paths_to(destination);
            let costs: Vec<_> = (0..nodes).map(|node| paths.cost(NodeId(node))).collect();
            prop_assert_eq!(costs, costs_by_petgraph(nodes, &edges, destination));
        }
    }

    #[test]
    fn next_hops_are_exactly_the_links_on_which_the_remaining_cost_falls_by_their_own((nodes, edges) in networks(1..5)) {
        let edges = numbered(&edges);
        let graph = Graph::new(nodes, edges.clone(), &in_order(&edges));
        for destination in (0..nodes).map(NodeId) {
            let paths = graph.paths_to(destination);
            let costs = costs_by_petgraph(nodes, &edges, destination);
            for node in (0..nodes).map(NodeId) {
                let expected: Vec<LinkId> = edges
                    .iter()
                    .filter(|edge| edge.from == node)
                    .filter(|edge| costs[edge.to.index()].is_some_and(|rest| costs[node.index()] == Some(rest + edge.cost)))
                    .map(|edge| edge.link)
                    .collect();
                prop_assert_eq!(paths.next_hops(node), expected);
            }
        }
    }

    #[test]
    fn whichever_next_hops_are_taken_packets_arrive((nodes, edges) in networks(0..2)) {
        let edges = numbered(&edges);
        let graph = Graph::new(nodes, edges.clone(), &in_order(&edges));
        for destination in (0..nodes).map(NodeId) {
            let paths = graph.paths_to(destination);
            let mut taken = DiGraph::<(), ()>::new();
            (0..nodes).for_each(|_| { taken.add_node(()); });
            for node in (0..nodes).map(NodeId) {
                let hops = paths.next_hops(node);
                prop_assert_eq!(hops.is_empty(), node == destination || paths.cost(node).is_none());
                for edge in hops.iter().map(|link| edges[link.index()]) {
                    prop_assert_eq!(paths.cost(node), paths.cost(edge.to).map(|rest| rest + edge.cost));
                    taken.add_edge(NodeIndex::new(node.index()), NodeIndex::new(edge.to.index()), ());
                }
            }
            prop_assert!(!petgraph::algo::is_cyclic_directed(&taken));
        }
    }

    #[test]
    fn numbering_nodes_and_links_otherwise_changes_no_path(
        (nodes, edges) in networks(0..4), node_seed in any::<u64>(), link_seed in any::<u64>(),
    ) {
        let edges = numbered(&edges);
        let graph = Graph::new(nodes, edges.clone(), &in_order(&edges));
        let new_node = permutation(nodes as usize, node_seed);
        let new_link = permutation(edges.len(), link_seed);
        let mut renamed: Vec<Edge> = edges
            .iter()
            .map(|edge| Edge {
                link: LinkId(new_link[edge.link.index()]),
                from: NodeId(new_node[edge.from.index()]),
                to: NodeId(new_node[edge.to.index()]),
                cost: edge.cost,
            })
            .collect();
        // The same names, hence the same ranks, under the new numbers.
        let mut rank = vec![0; edges.len()];
        for (old, new) in (0..).zip(&new_link) {
            rank[*new as usize] = old;
        }
        renamed.sort_by_key(|edge| edge.link);
        let renumbered = Graph::new(nodes, renamed, &rank);

        let new = |node: NodeId| NodeId(new_node[node.index()]);
        for start in (0..nodes).map(NodeId) {
            let (paths, renumbered_paths) = (graph.paths_to(start), renumbered.paths_to(new(start)));
            for node in (0..nodes).map(NodeId) {
                prop_assert_eq!(paths.cost(node), renumbered_paths.cost(new(node)));
                let hops: Vec<LinkId> = paths.next_hops(node).iter().map(|link| LinkId(new_link[link.index()])).collect();
                prop_assert_eq!(hops, renumbered_paths.next_hops(new(node)));
            }
            let order: Vec<NodeId> = graph.table_from(start).iter().map(|row| new(row.settled)).collect();
            let new_order: Vec<NodeId> = renumbered.table_from(new(start)).iter().map(|row| row.settled).collect();
            prop_assert_eq!(order, new_order);
        }
    }
}

/// The numbers below `len` in an order drawn from `seed` (Fisher and Yates).
fn permutation(len: usize, seed: u64) -> Vec<u32> {
    let mut random = sim_core::random::Random::stream(seed, "test", "permutation");
    let mut numbers: Vec<u32> = (0..len as u32).collect();
    for at in (1..len).rev() {
        numbers.swap(at, random.below(at as u64 + 1) as usize);
    }
    numbers
}
