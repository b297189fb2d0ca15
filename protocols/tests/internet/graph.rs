//! Graphs of autonomous systems: read, drawn at random, and where Gao and Rexford's policies lead in them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use protocols::routing::path_vector::{Config, Preset, Relationship};
use protocols::routing::testing::Cable;
use sim_core::random::Random;
use sim_core::time::Duration;

/// The prefix that is announced.
pub(crate) const PREFIX: &str = "20.1.0.0/16";

/// Who pays whom, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct AsGraph {
    pub(crate) names: Vec<String>,
    /// Provider and customer.
    pub(crate) transit: Vec<(u32, u32)>,
    pub(crate) peers: Vec<(u32, u32)>,
}

impl AsGraph {
    /// Lines `provider|customer|-1` and `peer|peer|0`; `#` begins a comment.
    pub(crate) fn read(text: &str) -> AsGraph {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let lines: Vec<Vec<&str>> = lines.map(|line| line.split('|').collect()).collect();
        let names: BTreeSet<&str> = lines.iter().flat_map(|fields| [fields[0], fields[1]]).collect();
        let numbers: BTreeMap<&str, u32> = names.iter().copied().zip(0..).collect();
        let mut graph = AsGraph { names: names.iter().map(|&name| name.to_owned()).collect(), ..AsGraph::default() };
        for fields in lines {
            let pair = (numbers[fields[0]], numbers[fields[1]]);
            match fields[2] {
                "-1" => graph.transit.push(pair),
                "0" => graph.peers.push(pair),
                other => panic!("`{other}` is no relationship"),
            }
        }
        graph
    }

    /// A hierarchy: a clique at the top, and below it every system pays one to three of those before it that carry others,
    /// a tenth of all; some of neighbouring rank are peers. Nobody pays itself in a circle.
    pub(crate) fn random(size: u32, random: &mut Random) -> AsGraph {
        let mut graph = AsGraph { names: (0..size).map(|at| format!("as{at:05}")).collect(), ..AsGraph::default() };
        let top = (size / 20).clamp(2, 8);
        let carriers = (size / 10).max(top);
        let mut joined: BTreeSet<(u32, u32)> = (0..top).flat_map(|a| (a + 1..top).map(move |b| (a, b))).collect();
        graph.peers = joined.iter().copied().collect();
        for customer in top..size {
            for _ in 0..=random.below(3) {
                let provider = random.below(u64::from(customer.min(carriers))) as u32;
                if joined.insert((provider, customer)) {
                    graph.transit.push((provider, customer));
                }
            }
            let peer = customer - 1 - random.below(u64::from(customer.min(9))) as u32;
            if random.chance(0.4) && joined.insert((peer, customer)) {
                graph.peers.push((peer, customer));
            }
        }
        graph
    }

    /// A cable for each pair: first the transit, then the peers.
    pub(crate) fn cables(&self) -> Vec<Cable> {
        self.transit.iter().chain(&self.peers).map(|&(a, b)| Cable::new(a, b, 1)).collect()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// Everyone follows the relationships; `origin` announces the prefix, and nobody anything else.
    pub(crate) fn config(&self, origin: u32, mrai: Duration) -> Config {
        let name = |at: u32| self.names[at as usize].clone();
        let transit = |&(provider, customer): &(u32, u32)| Relationship::Transit {
            provider: name(provider),
            customer: name(customer),
        };
        let peering = |&(a, b): &(u32, u32)| Relationship::Peering { peers: [name(a), name(b)] };
        Config {
            networks: [(name(origin), vec![PREFIX.to_owned()])].into(),
            host_routes: false,
            policy: Preset::GaoRexford,
            relationships: self.transit.iter().map(transit).chain(self.peers.iter().map(peering)).collect(),
            mrai,
            ..Config::default()
        }
    }

    /// The same without the cable of that number.
    pub(crate) fn without(&self, cable: usize) -> AsGraph {
        let mut graph = self.clone();
        if cable < graph.transit.len() {
            graph.transit.remove(cable);
        } else {
            graph.peers.remove(cable - graph.transit.len());
        }
        graph
    }

    fn neighbors(&self) -> Neighbors {
        let mut all = Neighbors {
            providers: vec![Vec::new(); self.names.len()],
            customers: vec![Vec::new(); self.names.len()],
            peers: vec![Vec::new(); self.names.len()],
        };
        for &(provider, customer) in &self.transit {
            all.providers[customer as usize].push(provider);
            all.customers[provider as usize].push(customer);
        }
        for &(a, b) in &self.peers {
            all.peers[a as usize].push(b);
            all.peers[b as usize].push(a);
        }
        all
    }

    /// Where Gao and Rexford's policies come to rest, in three waves: up from customer to provider, once across to peers
    /// that have no customer's path, then down to the customers of all that have one. In each the shortest wins, then the
    /// lowest number. By system, the next one and the length.
    pub(crate) fn stable_state(&self, origin: u32) -> Vec<Option<(u32, u32)>> {
        let neighbors = self.neighbors();
        let mut state: Vec<Option<(u32, u32)>> = vec![None; self.names.len()];
        state[origin as usize] = Some((origin, 0));
        let mut wave = vec![origin];
        for length in 1.. {
            let mut offers: BTreeMap<u32, u32> = BTreeMap::new();
            for &from in &wave {
                for &to in &neighbors.providers[from as usize] {
                    let best = offers.entry(to).or_insert(from);
                    *best = (*best).min(from);
                }
            }
            offers.retain(|&to, _| state[to as usize].is_none());
            wave = offers.keys().copied().collect();
            if wave.is_empty() {
                break;
            }
            offers.into_iter().for_each(|(to, from)| state[to as usize] = Some((from, length)));
        }
        let after_up = state.clone();
        for (at, peers) in neighbors.peers.iter().enumerate() {
            if after_up[at].is_none() {
                let offers = peers.iter().filter_map(|&peer| Some((after_up[peer as usize]?.1 + 1, peer)));
                state[at] = offers.min().map(|(length, peer)| (peer, length));
            }
        }
        let with_path = state.iter().enumerate().filter_map(|(at, path)| Some((Reverse(path.as_ref()?.1), at as u32)));
        let mut down: BinaryHeap<(Reverse<u32>, Reverse<u32>)> =
            with_path.map(|(length, at)| (length, Reverse(at))).collect();
        // In the order of length, then of numbers: the first offer is the best.
        while let Some((Reverse(length), Reverse(from))) = down.pop() {
            for &to in &neighbors.customers[from as usize] {
                if state[to as usize].is_none() {
                    state[to as usize] = Some((from, length + 1));
                    down.push((Reverse(length + 1), Reverse(to)));
                }
            }
        }
        state
    }

    /// How long the shortest valley-free way to `origin` is from each system.
    pub(crate) fn valley_free_distances(&self, origin: u32) -> Vec<Option<u32>> {
        let neighbors = self.neighbors();
        // Backwards from the origin: up as long as one likes, then perhaps across, then down.
        let mut found: Vec<[Option<u32>; 2]> = vec![[None; 2]; self.names.len()];
        let mut wave = vec![(origin, 0)];
        for length in 0.. {
            let mut next: Vec<(u32, usize)> = Vec::new();
            for (at, stage) in wave {
                if found[at as usize][stage].is_some() {
                    continue;
                }
                found[at as usize][stage] = Some(length);
                if stage == 0 {
                    next.extend(neighbors.providers[at as usize].iter().map(|&to| (to, 0)));
                    next.extend(neighbors.peers[at as usize].iter().map(|&to| (to, 1)));
                }
                next.extend(neighbors.customers[at as usize].iter().map(|&to| (to, 1)));
            }
            if next.is_empty() {
                break;
            }
            wave = next;
        }
        found.into_iter().map(|[up, down]| up.into_iter().chain(down).min()).collect()
    }

    /// Whether a path goes up, over at most one pair of peers, and down; packets go from its beginning to its end.
    pub(crate) fn is_valley_free(&self, path: &[u32], pairs: &Pairs) -> bool {
        let steps: Option<Vec<u8>> = path.windows(2).map(|step| pairs.0.get(&(step[0], step[1])).copied()).collect();
        steps.is_some_and(|steps| steps.is_sorted() && steps.iter().filter(|&&step| step == Pairs::ACROSS).count() <= 1)
    }

    pub(crate) fn pairs(&self) -> Pairs {
        let up = self.transit.iter().flat_map(|&(p, c)| [((c, p), Pairs::UP), ((p, c), Pairs::DOWN)]);
        let across = self.peers.iter().flat_map(|&(a, b)| [((a, b), Pairs::ACROSS), ((b, a), Pairs::ACROSS)]);
        Pairs(up.chain(across).collect())
    }
}

/// Which way a step from one system to another leads.
pub(crate) struct Pairs(BTreeMap<(u32, u32), u8>);

impl Pairs {
    const UP: u8 = 0;
    const ACROSS: u8 = 1;
    const DOWN: u8 = 2;
}

struct Neighbors {
    providers: Vec<Vec<u32>>,
    customers: Vec<Vec<u32>>,
    peers: Vec<Vec<u32>>,
}
