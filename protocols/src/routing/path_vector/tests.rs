//! Networks of speakers, by hand.

mod checks;
mod failures;
mod policies;
mod sessions;
mod timing;

use sim_core::Prefix;
use sim_core::agent::{Command, RouterCommand};
use sim_core::ids::{AgentId, Destination};
use sim_core::packet::Message;
use sim_core::script::Action;
use sim_core::time::{Duration, Time};

use super::*;
use crate::routing::protocol::{Fault, Protocol, Surroundings};
use crate::routing::testing::{Cable, Lab};

/// Speakers without any other policy that act at once: no MRAI, no jitter.
fn prompt() -> Config {
    Config { mrai: Duration::ZERO, jitter: false, ..Config::default() }
}

/// As [`prompt`], with prefixes announced by some, given by name; nobody else announces anything.
fn announcing(names: &[&str], networks: &[(&str, &str)]) -> Config {
    let mut config = Config { host_routes: false, ..prompt() };
    for (name, prefix) in networks {
        assert!(names.contains(name));
        config.networks.entry((*name).to_owned()).or_default().push((*prefix).to_owned());
    }
    config
}

/// All prefixes that a configuration announces.
fn prefixes(config: &Config) -> Vec<Prefix> {
    config.announced().into_iter().map(|(_, prefix)| prefix).collect()
}

/// Cables of a millisecond.
fn cables(pairs: &[(u32, u32)]) -> Vec<Cable> {
    pairs.iter().map(|&(a, b)| Cable::new(a, b, 1)).collect()
}

/// A lab whose configuration has no fault.
fn lab(names: &[&str], pairs: &[(u32, u32)], config: &Config, script: &[(Duration, Action)]) -> Lab {
    assert_eq!(faults(names, pairs, config), []);
    Lab::new(1, names, &cables(pairs), config, &prefixes(config), script)
}

fn faults(names: &[&str], pairs: &[(u32, u32)], config: &Config) -> Vec<Fault> {
    let adjacent: Vec<_> = pairs.iter().map(|&(a, b)| (NodeId(a), NodeId(b))).collect();
    let destinations: Vec<_> = (0..names.len() as u32).map(|at| Some(Destination::Endpoint(at))).collect();
    config.check(&Surroundings {
        nodes: names,
        is_router: &vec![true; names.len()],
        adjacent: &adjacent,
        destinations: &destinations,
        prefixes: &prefixes(config),
    })
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The names on a router's best path to a destination, itself first.
fn path(lab: &Lab, from: usize, to: Destination) -> Option<String> {
    let route = lab.router(from).routes().get(&to)?;
    let path = route.path.as_ref().expect("routes of path vector have paths");
    Some(messages::path(path, &lab.names))
}

const FIRST: Destination = Destination::Prefix(0);

/// The paths to the first prefix from everywhere.
fn paths(lab: &Lab) -> Vec<Option<String>> {
    (0..lab.agents.len()).map(|from| path(lab, from, FIRST)).collect()
}

/// The paths expected, `-` for none.
fn expected(paths: &[&str]) -> Vec<Option<String>> {
    paths.iter().map(|path| (*path != "-").then(|| (*path).to_owned())).collect()
}

/// A script that lets a router announce a destination, or withdraw it.
fn say(router: usize, command: RouterCommand) -> Action {
    Action::Command(AgentId(router as u32), Command::Router(command))
}

/// The messages that a router sent since the last call: when, and what.
fn sent(lab: &mut Lab, router: usize) -> Vec<(Time, BgpMessage)> {
    let agent: &mut crate::routing::router::RouterAgent =
        lab.simulation.agent_mut(lab.agents[router]).expect("every agent of a lab is a router");
    let (_, messages) = agent.take_journal();
    let message = |message: &Arc<dyn Message>| {
        let message: &dyn Any = &**message;
        message.downcast_ref::<BgpMessage>().expect("a message of BGP").clone()
    };
    messages.into_iter().map(|sent| (sent.time, message(&sent.message))).collect()
}

#[test]
fn everyone_learns_the_shortest_path_to_everyone() {
    // A ring of five: 0 and 2 are two apart, 0 and 3 two the other way.
    let names = ["A", "B", "C", "D", "E"];
    let mut lab = lab(&names, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], &prompt(), &[]);
    lab.run_until(seconds(10));
    let to = |at: u32| Destination::Endpoint(at);
    assert_eq!(path(&lab, 0, to(0)).as_deref(), Some("A"));
    assert_eq!(path(&lab, 0, to(2)).as_deref(), Some("A B C"));
    assert_eq!(path(&lab, 0, to(3)).as_deref(), Some("A E D"));
    assert_eq!(lab.route(0, 3), Some((2, vec![4])));
    assert_eq!(lab.route(3, 0), Some((2, vec![4])));
}

#[test]
fn equally_long_paths_are_told_apart_by_the_router_id() {
    // A square: from A to D over B or C.
    let names = ["A", "B", "C", "D"];
    let pairs = [(0, 1), (0, 2), (1, 3), (2, 3)];
    let over = |ids: &[(&str, u32)]| {
        let router_ids = ids.iter().map(|&(name, id)| (name.to_owned(), id)).collect();
        let config = Config { router_ids, ..announcing(&names, &[("D", "20.4.0.0/16")]) };
        let mut lab = lab(&names, &pairs, &config, &[]);
        lab.run_until(seconds(10));
        path(&lab, 0, FIRST)
    };
    assert_eq!(over(&[]).as_deref(), Some("A B D"));
    assert_eq!(over(&[("A", 1), ("B", 9), ("C", 3), ("D", 4)]).as_deref(), Some("A C D"));
}

/// COURSE.md E6: only paths show that a way leads in a circle.
#[test]
fn the_path_shows_the_loop_that_distances_hide() {
    // A triangle B, C, D behind which A is reached through B alone. When the cable A-B is cut, C still tells B of a path
    // to A; a distance would be believed, the path is not: it has B on it.
    let names = ["A", "B", "C", "D"];
    let pairs = [(0, 1), (1, 2), (1, 3), (2, 3)];
    let config = announcing(&names, &[("A", "20.1.0.0/16")]);
    let mut lab = lab(&names, &pairs, &config, &Lab::cut(seconds(20), 0));
    lab.run_until(seconds(20));
    assert_eq!(paths(&lab), expected(&["A", "B A", "C B A", "D B A"]));
    // C prefers B; D has told it of the detour D B A as well, and C has told D of C B A.
    let heard = |lab: &Lab, router: usize| {
        let tables = lab.router(router).tables(&lab.names);
        tables[0].rows.iter().map(|row| (row[1].clone(), row[6].clone())).collect::<Vec<_>>()
    };
    let row = |path: &str, why: &str| (path.to_owned(), why.to_owned());
    assert_eq!(heard(&lab, 2), [row("B A", "path_length"), row("D B A", "path_length")]);
    // The news of the cut is at C and D after 1 ms, and their detours over each other at B after 2 ms.
    lab.run_until(seconds(20) + Duration::from_micros(2_500));
    assert_eq!(heard(&lab, 1), [row("C D B A", "loop"), row("D C B A", "loop")]);
    // Two more, and all know that A is gone: nobody counts to infinity.
    lab.run_until(seconds(20) + Duration::from_micros(4_500));
    assert_eq!(paths(&lab), expected(&["A", "-", "-", "-"]));
    assert_eq!(heard(&lab, 1), []);
}

/// The same network and the same cut with distances: packets go round between routers that believe each other, until they
/// have counted to 16. With paths C and D each believe the other's detour over B, and know better one exchange later.
#[test]
fn distances_loop_until_they_have_counted_to_infinity_paths_for_one_exchange() {
    use crate::routing::distance_vector;
    let names = ["A", "B", "C", "D"];
    let pairs = [(0, 1), (1, 2), (1, 3), (2, 3)];
    let cut = seconds(100);
    // How many milliseconds of the five seconds after the cut packets to A would go in a circle.
    let looping = |protocol: &dyn Protocol| {
        let mut lab = Lab::new(1, &names, &cables(&pairs), protocol, &[], &Lab::cut(cut, 0));
        let is_loop = |lab: &Lab, from: usize| {
            let next = |at: usize| lab.route(at, 0).map(|(_, hops)| hops[0]);
            // Three steps without arriving are a circle among three.
            let end = (0..3).try_fold(from, |at, _| if at == 0 { None } else { next(at) });
            end.is_some_and(|at| at != 0)
        };
        let mut looping = 0;
        for millis in 0..5_000 {
            lab.run_until(cut + Duration::from_millis(millis));
            looping += u32::from((1..4).any(|from| is_loop(&lab, from)));
        }
        looping
    };
    let distances = distance_vector::Config {
        split_horizon: false,
        poison_reverse: false,
        triggered_updates: distance_vector::TriggeredUpdates::AtOnce,
        ..distance_vector::Config::default()
    };
    let (distances, paths) = (looping(&distances), looping(&prompt()));
    // An exchange takes a little over a millisecond. Estimates go from 2 to 16, by at most 2 in each exchange.
    assert!((1..=2).contains(&paths), "{paths} ms");
    assert!(distances >= 7, "{distances} ms");
}
