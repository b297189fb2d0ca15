//! On random networks with random failures, repairs and changes of cost, what routers find equals petgraph's Dijkstra.

use petgraph::graph::{DiGraph, NodeIndex};
use sim_core::LinkSpec;
use sim_core::ids::{LinkId, NodeId};
use sim_core::loss::{LossSpec, bernoulli};
use sim_core::random::Random;
use sim_core::script::Action;

use super::*;
use crate::routing::router::Detection;

/// A network as it is at some time, known without any protocol.
#[derive(Clone)]
struct Truth {
    nodes: usize,
    cables: Vec<Cable>,
    is_cut: Vec<[bool; 2]>,
    is_down: Vec<bool>,
}

impl Truth {
    /// A random tree, so that all reach all at first, and some cables more; parallel ones among them.
    fn random(random: &mut Random) -> Self {
        let nodes = 2 + random.below(9) as u32;
        let mut cables: Vec<Cable> = Vec::new();
        let mut add = |a: u32, b: u32, random: &mut Random| {
            let mut costs = || 1 + random.below(6) as u32;
            cables.push(Cable { cost: [costs(), costs()], ..Cable::new(a, b, 1) });
        };
        for node in 1..nodes {
            let parent = random.below(u64::from(node)) as u32;
            add(parent, node, random);
        }
        for _ in 0..random.below(u64::from(nodes) + 1) {
            let (a, step) = (random.below(u64::from(nodes)) as u32, 1 + random.below(u64::from(nodes) - 1) as u32);
            add(a, (a + step) % nodes, random);
        }
        Truth {
            nodes: nodes as usize,
            is_cut: vec![[false; 2]; cables.len()],
            is_down: vec![false; nodes as usize],
            cables,
        }
    }

    /// Something happens: to it, and in the script.
    fn change(&mut self, random: &mut Random) -> Vec<Action> {
        let cable = random.below(self.cables.len() as u64) as usize;
        let [there, back] = Lab::links(cable);
        let direction = random.below(2) as usize;
        let link = [there, back][direction];
        match random.below(6) {
            // One direction is enough to make a cable useless.
            0 => {
                self.is_cut[cable][direction] = true;
                vec![Action::LinkDown(link)]
            }
            1 => {
                self.is_cut[cable] = [true; 2];
                vec![Action::LinkDown(there), Action::LinkDown(back)]
            }
            2 => {
                let ends = |cut: &[bool; 2], at: usize| {
                    let links = Lab::links(at);
                    (0..2).filter(|&end| cut[end]).map(|end| Action::LinkUp(links[end])).collect::<Vec<_>>()
                };
                let all = self.is_cut.iter().enumerate().flat_map(|(at, cut)| ends(cut, at)).collect();
                self.is_cut.fill([false; 2]);
                all
            }
            3 => {
                let node = random.below(self.nodes as u64) as usize;
                self.is_down[node] = !self.is_down[node];
                let id = NodeId(node as u32);
                vec![if self.is_down[node] { Action::NodeDown(id) } else { Action::NodeUp(id) }]
            }
            _ => {
                let cost = 1 + random.below(9) as u32;
                self.cables[cable].cost[direction] = cost;
                vec![Action::SetCost(link, cost)]
            }
        }
    }

    fn works(&self, cable: usize) -> bool {
        let Cable { a, b, .. } = self.cables[cable];
        self.is_cut[cable] == [false; 2] && !self.is_down[a as usize] && !self.is_down[b as usize]
    }

    fn graph(&self) -> DiGraph<(), u64> {
        let mut graph = DiGraph::new();
        (0..self.nodes).for_each(|_| {
            graph.add_node(());
        });
        for (_, cable) in self.cables.iter().enumerate().filter(|&(at, _)| self.works(at)) {
            let (a, b) = (NodeIndex::new(cable.a as usize), NodeIndex::new(cable.b as usize));
            graph.add_edge(a, b, u64::from(cable.cost[0]));
            graph.add_edge(b, a, u64::from(cable.cost[1]));
        }
        graph
    }

    /// Links from a router that work and are `wanted`, by name, as the lab calls them; and where they lead. `wanted` is
    /// asked with that and the cost.
    fn first_links(&self, from: usize, wanted: impl Fn(usize, u64) -> bool) -> Vec<(String, usize)> {
        let mut links = Vec::new();
        for (at, cable) in self.cables.iter().enumerate().filter(|&(at, _)| self.works(at)) {
            for (here, there, cost) in [(cable.a, cable.b, cable.cost[0]), (cable.b, cable.a, cable.cost[1])] {
                if here as usize == from && wanted(there as usize, u64::from(cost)) {
                    links.push((format!("r{here}->r{there}#{at}"), there as usize));
                }
            }
        }
        links.sort();
        links
    }

    /// Every router has least costs, and its next hops are all links along which they fall by the link's cost, or the
    /// first of these by name: whoever follows them arrives at that cost. And of all it can reach it has the LSA that
    /// they have of themselves.
    #[track_caller]
    fn check(&self, lab: &Lab, multipath: bool, when: &str) {
        let graph = self.graph();
        let costs: Vec<_> = (0..self.nodes)
            .map(|from| petgraph::algo::dijkstra(&graph, NodeIndex::new(from), None, |edge| *edge.weight()))
            .collect();
        let cost = |from: usize, to: usize| costs[from].get(&NodeIndex::new(to)).copied();
        for from in (0..self.nodes).filter(|&from| !self.is_down[from]) {
            for to in (0..self.nodes).filter(|&to| to != from) {
                let route = lab.route(from, to);
                assert_eq!(route.as_ref().map(|route| route.0), cost(from, to), "{when}: from {from} to {to}");
                let Some((total, hops)) = route else { continue };
                // Names are sorted as they are numbered, and ids count from one.
                let id = to as u32 + 1;
                assert_eq!(database(lab, from).get(&id), database(lab, to).get(&id), "{when}: {to} at {from}");
                let mut best =
                    self.first_links(from, |hop, step| cost(hop, to).is_some_and(|rest| step + rest == total));
                if !multipath {
                    best.truncate(1);
                }
                let best: Vec<usize> = best.into_iter().map(|(_, hop)| hop).collect();
                assert_eq!(hops, best, "{when}: from {from} to {to}");
            }
        }
    }
}

/// Networks from a seed, with an event now and then; after each the tables are compared.
fn check_networks(detection: Detection, gap_s: u64, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut random = Random::stream(seed, "test", "networks");
        let mut truth = Truth::random(&mut random);
        let config = Config { detection, multipath: random.chance(0.5), ..Config::default() };
        let mut states = vec![truth.clone()];
        let mut script = Vec::new();
        for event in 1..=8 {
            let actions = truth.change(&mut random);
            script.extend(actions.into_iter().map(|action| (seconds(gap_s * event), action)));
            states.push(truth.clone());
        }
        let names: Vec<String> = (0..truth.nodes).map(|at| format!("r{at}")).collect();
        let mut lab = lab(&names, &states[0].cables, &config, &script);
        for (at, state) in (1..).zip(&states) {
            lab.run_until(seconds(gap_s * at));
            state.check(&lab, config.multipath, &format!("seed {seed}, after event {}", at - 1));
        }
    }
}

#[test]
fn costs_equal_those_of_petgraph_after_every_event_seen_by_the_carrier() {
    check_networks(Detection::Carrier, 25, 0..200);
}

#[test]
fn costs_equal_those_of_petgraph_after_every_event_seen_by_silence() {
    check_networks(Detection::Silence, 80, 200..400);
}

#[test]
fn tables_after_a_minute_of_loss_equal_those_without() {
    for seed in 0..20 {
        let mut random = Random::stream(seed, "test", "loss");
        let mut truth = Truth::random(&mut random);
        let loss = Some(LossSpec::Bernoulli(bernoulli::Config { probability: 0.2 }));
        truth.cables.iter_mut().for_each(|cable| cable.spec = LinkSpec { loss: loss.clone(), ..cable.spec.clone() });
        let links = (0..2 * truth.cables.len() as u32).map(LinkId);
        let mut script: Vec<_> = links.map(|link| (seconds(60), Action::EndLoss(link))).collect();
        // Something happens in the middle of it.
        let before = truth.clone();
        let actions = truth.change(&mut random);
        script.extend(actions.into_iter().map(|action| (seconds(30), action)));
        script.sort_by_key(|(at, _)| *at);
        let names: Vec<String> = (0..truth.nodes).map(|at| format!("r{at}")).collect();
        let mut lab = lab(&names, &before.cables, &Config::default(), &script);
        lab.run_until(seconds(60));
        let lost = lab.simulation.packets().dropped.get(sim_core::packet::DropReason::Lost);
        assert!(lost > 0, "seed {seed}: the wires lose");
        lab.run_until(seconds(160));
        truth.check(&lab, true, &format!("seed {seed}"));
    }
}
