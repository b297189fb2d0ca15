//! What routers hold for true: after partitions, failures and restarts.

use sim_core::agent::{Command, RouterCommand};
use sim_core::ids::{AgentId, Destination, LinkId, NodeId};
use sim_core::packet::Address;
use sim_core::script::Action;

use super::*;

/// Numbers of the LSAs in a router's database, by the letter of their router: ids are given by name, from 1.
fn numbers(lab: &Lab, node: usize) -> BTreeMap<char, i64> {
    let lsas = process(lab, node).database();
    let letter = |id: u32| char::from(b'a' - 1 + id as u8);
    lsas.map(|lsa| (letter(lsa.router), super::super::messages::number(&std::sync::Arc::new(lsa.clone())))).collect()
}

fn known(lab: &Lab, node: usize) -> String {
    numbers(lab, node).into_keys().collect()
}

#[test]
fn databases_agree_again_after_a_partition_in_which_both_sides_have_changed() {
    let (names, cables) = lettered("ab 1, bc 1, cd 1");
    let mut script = Lab::cut(seconds(60), 1).to_vec();
    script.push((seconds(80), Action::SetCost(Lab::links(0)[0], 5)));
    script.push((seconds(90), Action::SetCost(Lab::links(2)[1], 7)));
    script.extend(Lab::mend(seconds(120), 1));
    let mut lab = lab(&names, &cables, &Config::default(), &script);
    lab.run_until(seconds(119));
    // What the other side has said meanwhile is not known; what it said before stays, and is of no use.
    assert_ne!(database(&lab, 0)[&4], database(&lab, 3)[&4]);
    assert_eq!((known(&lab, 0), lab.route(0, 2), lab.route(0, 1)), ("abcd".into(), None, Some((5, vec![1]))));
    lab.run_until(seconds(160));
    for node in 1..4 {
        assert_eq!(database(&lab, node), database(&lab, 0));
    }
    assert_eq!((lab.route(0, 3), lab.route(3, 0)), (Some((7, vec![1])), Some((9, vec![2]))));
}

#[test]
fn the_lsa_of_a_dead_router_is_kept_until_max_age_and_then_forgotten_by_all() {
    let config = Config { refresh_interval: seconds(50), max_age: seconds(100), ..Config::default() };
    let (names, cables) = lettered("ab 1, bc 1, cd 1");
    let mut lab = lab(&names, &cables, &config, &[(seconds(60), Action::NodeDown(NodeId(3)))]);
    // d has spoken last between 45 s, its first refresh at the earliest, and 60 s.
    lab.run_until(seconds(140));
    assert_eq!([0, 1, 2].map(|node| known(&lab, node)), ["abcd"; 3]);
    assert_eq!(lab.route(0, 3), None);
    // One second for flooding it at MaxAge and one for the acknowledgements.
    lab.run_until(seconds(162));
    assert_eq!([0, 1, 2].map(|node| known(&lab, node)), ["abc"; 3]);
    assert_eq!(lab.route(0, 2), Some((2, vec![1])));
}

#[test]
fn a_router_that_restarts_counts_on_from_its_old_lsa() {
    let (names, cables) = lettered("ab 1, bc 1");
    let to_c = Lab::links(1)[0];
    let mut script: Vec<_> = (2..8).map(|cost| (seconds(30 + 10 * cost), Action::SetCost(to_c, cost as u32))).collect();
    script.push((seconds(120), Action::NodeDown(NodeId(1))));
    script.push((seconds(125), Action::NodeUp(NodeId(1))));
    let mut lab = lab(&names, &cables, &Config::default(), &script);
    lab.run_until(seconds(120));
    let before = numbers(&lab, 0)[&'b'];
    assert!(before >= 7, "b has spoken at the start and of six costs: {before}");
    lab.run_until(seconds(170));
    for node in 0..3 {
        assert!(numbers(&lab, node)[&'b'] > before, "{:?}", numbers(&lab, node));
        assert_eq!(database(&lab, node), database(&lab, 1));
    }
    assert_eq!((lab.route(0, 2), lab.route(2, 0)), (Some((8, vec![1])), Some((2, vec![1]))));
}

#[test]
fn a_restart_that_nobody_noticed_by_carrier_is_noticed_by_the_first_hello() {
    let (names, cables) = lettered("ab 1, bc 1");
    let config = Config { detection: crate::routing::router::Detection::Silence, ..Config::default() };
    let script = [(seconds(60), Action::NodeDown(NodeId(1))), (seconds(61), Action::NodeUp(NodeId(1)))];
    let mut lab = lab(&names, &cables, &config, &script);
    // Far less than the dead interval.
    lab.run_until(seconds(85));
    assert_eq!(
        (lab.route(1, 0), lab.route(1, 2), lab.route(0, 2)),
        (Some((1, vec![0])), Some((1, vec![2])), Some((2, vec![1])),)
    );
}

#[test]
fn a_cable_that_carries_one_way_only_is_not_used() {
    let (names, cables) = lettered("ab 1, bc 1, ac 5");
    // Only what goes from b to a is lost: a misses b's hellos first, and b learns of it from a's.
    let script = [(seconds(60), Action::LinkDown(LinkId(1)))];
    let config = Config { detection: crate::routing::router::Detection::Silence, ..Config::default() };
    let mut lab = lab(&names, &cables, &config, &script);
    lab.run_until(seconds(59));
    assert_eq!(lab.route(1, 0), Some((1, vec![0])));
    lab.run_until(seconds(125));
    assert_eq!((lab.route(0, 1), lab.route(1, 0)), (Some((6, vec![2])), Some((6, vec![2]))));
}

#[test]
fn a_prefix_leads_to_the_nearest_that_announces_it_until_it_is_withdrawn() {
    let (names, cables) = lettered("ab 1, bc 1, cd 1");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let prefix = Destination::Prefix(0);
    let ask = |router, command| Action::Command(AgentId(router), Command::Router(command));
    let script = [
        (seconds(30), ask(0, RouterCommand::Announce(prefix))),
        (seconds(60), ask(3, RouterCommand::Announce(prefix))),
        (seconds(90), ask(0, RouterCommand::Withdraw(prefix))),
        (seconds(120), ask(3, RouterCommand::Withdraw(prefix))),
    ];
    let prefixes = [sim_core::Prefix::new(Address(0x1404_0000), 16)];
    let mut lab = Lab::new(1, &names, &cables, &Config::default(), &prefixes, &script);
    for (until, expected) in [
        (29, [None; 4]),
        (59, [Some(0), Some(1), Some(2), Some(3)]),
        (89, [Some(0), Some(1), Some(1), Some(0)]),
        (119, [Some(3), Some(2), Some(1), Some(0)]),
        (149, [None; 4]),
    ] {
        lab.run_until(seconds(until));
        let cost = |node: usize| lab.router(node).routes().get(&prefix).map(|route| route.cost);
        assert_eq!([0, 1, 2, 3].map(cost), expected, "at {until} s");
    }
}
