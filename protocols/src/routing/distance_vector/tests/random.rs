//! Random networks in which links fail, are repaired and change their costs: after every event the costs are those of
//! petgraph's Dijkstra, and each next hop lies on a way of that cost.

use petgraph::graph::{DiGraph, NodeIndex};
use sim_core::loss::{LossSpec, bernoulli};
use sim_core::packet::DropReason;
use sim_core::random::Random;

use super::super::super::router::Detection;
use super::*;

/// A network and what happens to it.
struct Story {
    names: Vec<String>,
    cables: Vec<Cable>,
    /// One event in each interval of the test.
    events: Vec<Event>,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Cut(usize),
    Mend(usize),
    /// What it costs there and back.
    Cost(usize, [u32; 2]),
}

/// Costs are at most this, so that no way costs more than `(routers - 1)` times as much.
const DEAREST: u64 = 9;

impl Story {
    fn new(random: &mut Random, routers: u32, links: u32, events: usize) -> Self {
        let cost = |random: &mut Random| 1 + random.below(DEAREST) as u32;
        let mut cables: Vec<Cable> = Vec::new();
        for number in 0..links {
            // The first links make a tree, so that most of the network hangs together; parallel links are welcome.
            let a = if number + 1 < routers { number + 1 } else { 1 + random.below(u64::from(routers) - 1) as u32 };
            let b = random.below(u64::from(a)) as u32;
            let delay = Duration::from_micros(100 + random.below(10_000));
            let mut cable = Cable { cost: [cost(random), cost(random)], ..Cable::new(a, b, 1) };
            cable.spec.delay = delay;
            cables.push(cable);
        }
        let mut is_cut = vec![false; cables.len()];
        let events = (0..events).map(|_| {
            let cable = random.below(cables.len() as u64) as usize;
            if random.chance(0.4) && !is_cut[cable] {
                return Event::Cost(cable, [cost(random), cost(random)]);
            }
            is_cut[cable] = !is_cut[cable];
            if is_cut[cable] { Event::Cut(cable) } else { Event::Mend(cable) }
        });
        let events = events.collect();
        // Names in another order than numbers.
        let names = (0..routers).map(|node| format!("r{:02}", (node * 7 + 3) % routers.max(8))).collect();
        Story { names, cables, events }
    }

    /// One event at the end of each interval.
    fn script(&self, interval: Duration) -> Vec<(Duration, Action)> {
        let event = |(at, event): (usize, &Event)| {
            let when = interval * (at as u64 + 1);
            match *event {
                Event::Cut(cable) => Lab::cut(when, cable),
                Event::Mend(cable) => Lab::mend(when, cable),
                Event::Cost(cable, [there, back]) => {
                    let [out, home] = Lab::links(cable);
                    [(when, Action::SetCost(out, there)), (when, Action::SetCost(home, back))]
                }
            }
        };
        self.events.iter().enumerate().flat_map(event).collect()
    }

    /// The links that carry packets after so many events, with their costs.
    fn graph(&self, events: usize) -> DiGraph<(), u64> {
        let mut costs: Vec<Option<[u32; 2]>> = self.cables.iter().map(|cable| Some(cable.cost)).collect();
        let mut last: Vec<[u32; 2]> = self.cables.iter().map(|cable| cable.cost).collect();
        for event in &self.events[..events] {
            match *event {
                Event::Cut(cable) => costs[cable] = None,
                Event::Mend(cable) => costs[cable] = Some(last[cable]),
                Event::Cost(cable, cost) => {
                    last[cable] = cost;
                    costs[cable] = Some(cost);
                }
            }
        }
        let mut graph = DiGraph::new();
        for _ in &self.names {
            graph.add_node(());
        }
        for (cable, cost) in self.cables.iter().zip(costs) {
            let Some([there, back]) = cost else { continue };
            let [a, b] = [cable.a, cable.b].map(|node| NodeIndex::new(node as usize));
            graph.add_edge(a, b, u64::from(there));
            graph.add_edge(b, a, u64::from(back));
        }
        graph
    }

    fn lab(&self, config: &Config, interval: Duration) -> Lab {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        Lab::new(1, &names, &self.cables, config, &[], &self.script(interval))
    }

    /// Compares all tables with petgraph's after each event.
    fn check(&self, config: &Config, interval: Duration) {
        let mut lab = self.lab(config, interval);
        for events in 0..=self.events.len() {
            // Up to the next event, which does not happen yet.
            lab.run_until(interval * (events as u64 + 1));
            let graph = self.graph(events);
            for from in 0..self.names.len() {
                let least = petgraph::algo::dijkstra(&graph, NodeIndex::new(from), None, |edge| *edge.weight());
                for to in (0..self.names.len()).filter(|&to| to != from) {
                    let expected = least.get(&NodeIndex::new(to)).copied();
                    let route = lab.router(from).routes().get(&Destination::Endpoint(to as u32));
                    let context = || format!("{from} to {to} after {:?}, {config:?}", &self.events[..events]);
                    assert_eq!(route.map(|route| route.cost), expected, "{}", context());
                    let Some(route) = route else { continue };
                    let interface = &lab.router(from).interfaces()[route.interfaces()[0].index()];
                    let rest = lab.router(interface.neighbor.index()).routes();
                    let rest = rest.get(&Destination::Endpoint(to as u32)).map(|route| route.cost);
                    let rest = if interface.neighbor.index() == to { Some(0) } else { rest };
                    assert_eq!(rest.map(|rest| rest + interface.cost), expected, "{}", context());
                }
            }
        }
    }
}

/// All forms: what is remembered, split horizon, poison reverse.
fn forms() -> impl Iterator<Item = Config> + Clone {
    (0..8).map(|form| Config {
        remember: if form & 1 == 0 { Memory::EveryVector } else { Memory::BestRoute },
        split_horizon: form & 2 != 0,
        poison_reverse: form & 4 != 0,
        ..Config::default()
    })
}

/// RIP's timers, sixty times as fast: updates each half second, timeout 3 s, garbage 2 s.
fn hasty(config: Config) -> Config {
    let [least, most] = [1_000, 5_000].map(|millis| Duration::from_millis(millis) / 60);
    Config {
        update_interval: config.update_interval / 60,
        jitter: config.jitter / 60,
        timeout: config.timeout / 60,
        garbage_collection: config.garbage_collection / 60,
        triggered_updates: TriggeredUpdates::Spaced { least, most },
        ..config
    }
}

#[test]
fn costs_equal_dijkstras_after_every_event_in_every_form() {
    let mut random = Random::stream(1, "distance vector", "stories");
    // Each form on 40 networks.
    for (number, config) in (0..320).zip(forms().cycle()) {
        let routers = 2 + random.below(9) as u32;
        let links = routers - 1 + random.below(u64::from(routers)) as u32;
        let story = Story::new(&mut random, routers, links, 6);
        // More than any way costs. A count goes up by at least 2 in two triggered updates of at most 83 ms: 7 s at
        // most.
        let infinity = DEAREST * u64::from(routers) + 1;
        let (detection, silence) = match number / 8 % 4 {
            0 => (Detection::Silence, SECOND * 4),
            _ => (Detection::Carrier, Duration::ZERO),
        };
        story.check(&hasty(Config { infinity, detection, ..config }), SECOND * 12 + silence);
    }
}

/// Without triggered updates the count goes up by what two regular updates add; with hold-down, after that.
#[test]
fn costs_equal_dijkstras_without_triggered_updates_at_once_and_with_hold_down() {
    let mut random = Random::stream(2, "distance vector", "stories");
    for _ in 0..6 {
        let story = Story::new(&mut random, 6, 9, 4);
        let infinity = DEAREST * 6 + 1;
        for config in forms() {
            let config = hasty(Config { infinity, ..config });
            story.check(&Config { triggered_updates: TriggeredUpdates::Off, ..config.clone() }, SECOND * 40);
            story.check(&Config { triggered_updates: TriggeredUpdates::AtOnce, ..config.clone() }, SECOND * 12);
            story.check(
                &Config { requests: false, triggered_contents: Contents::Everything, ..config.clone() },
                SECOND * 12,
            );
            story.check(&Config { hold_down: SECOND * 2, ..config }, SECOND * 20);
        }
    }
}

#[test]
fn costs_equal_dijkstras_with_the_timers_of_rip() {
    let mut random = Random::stream(3, "distance vector", "stories");
    for _ in 0..4 {
        let story = Story::new(&mut random, 7, 10, 3);
        for config in forms() {
            let infinity = DEAREST * 7 + 1;
            story.check(&Config { infinity, ..config }, SECOND * 720);
        }
    }
}

/// The same network with its nodes and cables numbered otherwise does the same, message by message.
#[test]
fn nothing_depends_on_numbers() {
    let names = ["e", "d", "c", "b", "a"];
    let links =
        [("a", "b", 1), ("b", "c", 1), ("c", "d", 1), ("d", "a", 1), ("a", "c", 2), ("d", "e", 1), ("b", "e", 1)];
    let sorted = ["a", "b", "c", "d", "e"];
    let backwards: Vec<_> = links.iter().rev().map(|&(a, b, cost)| (b, a, cost)).collect();
    // No two messages arrive at the same instant: the engine would order them by names that tests number.
    let apart = |names: &[&str], links: &[(&str, &str, u32)]| {
        let mut cables = cables(names, links);
        for (cable, (a, b, _)) in cables.iter_mut().zip(links) {
            let [a, b] = [a, b].map(|name| u64::from(name.as_bytes()[0] - b'a'));
            cable.spec.delay = Duration::from_micros(1_000 + 37 * a.min(b) + 211 * a.max(b));
        }
        cables
    };
    for config in forms() {
        let mut one = Lab::new(1, &names, &apart(&names, &links), &config, &[], &Lab::cut(SECOND * 100, 0));
        let last = links.len() - 1;
        let mut two = Lab::new(1, &sorted, &apart(&sorted, &backwards), &config, &[], &Lab::cut(SECOND * 100, last));
        let tell = |lab: &mut Lab, node: usize| {
            lab.run_until(SECOND * 300);
            let names = lab.names.clone();
            let neighbor = |lab: &Lab, at: usize| names.node(lab.router(node).interfaces()[at].neighbor).to_owned();
            let sent = lab.journal(node).1;
            let mut told: Vec<_> = sent
                .iter()
                .map(|m| (m.time, neighbor(lab, m.interface.index()), describe(&*m.message, &names)))
                .collect();
            told.sort();
            told
        };
        for (at, name) in names.iter().enumerate() {
            let other = sorted.iter().position(|sorted| sorted == name).expect("the same names");
            assert_eq!(tell(&mut one, at), tell(&mut two, other), "{name} {config:?}");
        }
    }
}

/// 20 % loss on every link for the first minute, none after. Lost updates are not sent again, but told again with the
/// next regular one; what nobody confirms expires. So what stands in the end is what stands without loss.
#[test]
fn what_was_lost_in_the_first_minute_is_known_in_the_end() {
    let mut random = Random::stream(4, "distance vector", "stories");
    for _ in 0..8 {
        let mut story = Story::new(&mut random, 9, 14, 0);
        let names: Vec<String> = story.names.clone();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let whole = std::mem::take(&mut story.cables);
        let mut lossy = whole.clone();
        for cable in &mut lossy {
            cable.spec.loss = Some(LossSpec::Bernoulli(bernoulli::Config { probability: 0.2 }));
        }
        let links = (0..whole.len()).flat_map(Lab::links);
        let end: Vec<_> = links.clone().map(|link| (SECOND * 60, Action::EndLoss(link))).collect();
        for config in forms() {
            let config = Config { infinity: DEAREST * 9 + 1, ..config };
            let mut with = Lab::new(1, &names, &lossy, &config, &[], &end);
            let mut without = Lab::new(1, &names, &whole, &config, &[], &[]);
            with.run_until(SECOND * 600);
            without.run_until(SECOND * 600);
            let lost = links.clone().map(|link| with.simulation.link(link).dropped.get(DropReason::Lost));
            assert!(lost.sum::<u64>() > 20, "{config:?}");
            for from in 0..names.len() {
                for to in 0..names.len() {
                    let routes = [&with, &without].map(|lab| lab.route(from, to));
                    match config.remember {
                        Memory::EveryVector => assert_eq!(routes[0], routes[1], "{from} to {to} {config:?}"),
                        // Which of equal ways is used depends on which was heard of first.
                        Memory::BestRoute => {
                            let [with, without] = routes.map(|route| route.map(|(cost, _)| cost));
                            assert_eq!(with, without, "{from} to {to} {config:?}");
                        }
                    }
                }
            }
        }
    }
}
