//! Tests of distance vector, by running networks of it.

mod lessons;
mod random;
mod textbook;

use sim_core::ids::{Destination, NodeId};
use sim_core::script::Action;
use sim_core::time::{Duration, Time};

use super::super::testing::{Cable, Lab};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// The textbook's form: every router sends its vector at the start and whenever it changed, all at the same instants.
fn lockstep() -> Config {
    Config {
        jitter: Duration::ZERO,
        triggered_updates: TriggeredUpdates::AtOnce,
        triggered_contents: Contents::Everything,
        split_horizon: false,
        poison_reverse: false,
        requests: false,
        ..Config::default()
    }
}

/// Cables by the letters of their ends.
fn cables(names: &[&str], list: &[(&str, &str, u32)]) -> Vec<Cable> {
    let number = |name: &str| names.iter().position(|known| *known == name).expect("a known name") as u32;
    list.iter().map(|&(a, b, cost)| Cable::new(number(a), number(b), cost)).collect()
}

/// A script that gives a cable another cost both ways.
fn set_cost(at: Duration, cable: usize, cost: u32) -> [(Duration, Action); 2] {
    Lab::links(cable).map(|link| (at, Action::SetCost(link, cost)))
}

/// A change of the route to one destination: at which router, the new cost, and through whom.
type Estimate = (String, Option<(u64, String)>);

/// How the routes of some routers to `to` changed after `since`, by time, then name. Of changes of one router at one
/// instant the last counts: which of two messages that arrive together is read first, no lesson says.
fn estimates(lab: &mut Lab, at: &[usize], to: usize, since: Duration) -> Vec<Estimate> {
    let names = lab.names.clone();
    let mut all = Vec::new();
    for &node in at {
        for change in lab.changes(node) {
            if change.destination == Destination::Endpoint(to as u32) && change.time >= Time::ZERO + since {
                let route = change.after.map(|route| {
                    let via = lab.router(node).interfaces()[route.interfaces()[0].index()].neighbor;
                    (route.cost, names.node(via).to_owned())
                });
                all.push((change.time, names.node(NodeId(node as u32)).to_owned(), route));
            }
        }
    }
    all.sort_by(|(time, name, _), other| (time, name).cmp(&(&other.0, &other.1)));
    all.reverse();
    all.dedup_by(|(time, name, _), later| (&*time, &*name) == (&later.0, &later.1));
    all.into_iter().rev().map(|(_, name, route)| (name, route)).collect()
}

/// Estimates as a lesson writes them: `y 5 via x`, `y -` for a lost route.
fn words(estimates: &[Estimate]) -> Vec<String> {
    let word = |(name, route): &Estimate| match route {
        Some((cost, via)) => format!("{name} {cost} via {via}"),
        None => format!("{name} -"),
    };
    estimates.iter().map(word).collect()
}

/// The messages a router sent to one neighbour, in words.
fn said(lab: &mut Lab, from: usize, to: usize) -> Vec<String> {
    let names = lab.names.clone();
    let interfaces = lab.router(from).interfaces().to_vec();
    let messages = lab.journal(from).1;
    let to_it = messages.iter().filter(|sent| interfaces[sent.interface.index()].neighbor.index() == to);
    to_it.map(|sent| describe(&*sent.message, &names).expect("a message of this protocol")).collect()
}
