//! Counting to infinity, what stops it and what does not; silence, restarts, prefixes, long vectors.

use sim_core::Prefix;
use sim_core::agent::{Command, RouterCommand};
use sim_core::ids::AgentId;
use sim_core::packet::Address;

use super::super::super::router::Detection;
use super::*;

const ABCD: [&str; 4] = ["a", "b", "c", "d"];
/// A stub behind a triangle: a - b, and b, c, d in a circle.
const STUB: [(&str, &str, u32); 4] = [("a", "b", 1), ("b", "c", 1), ("c", "d", 1), ("d", "b", 1)];
const XYZ: [&str; 3] = ["x", "y", "z"];
const TRIANGLE: [(&str, &str, u32); 3] = [("x", "y", 2), ("y", "z", 1), ("x", "z", 7)];
const STEEP: [(&str, &str, u32); 3] = [("x", "y", 4), ("y", "z", 1), ("x", "z", 50)];

/// What becomes of the routes to `to` of the routers `at`, after `script` has acted at `from`.
fn after(
    config: &Config,
    (names, links): (&[&str], &[(&str, &str, u32)]),
    script: &[(Duration, Action)],
    (at, to): (&[usize], usize),
    [from, until]: [Duration; 2],
) -> Vec<String> {
    let mut lab = Lab::new(1, names, &cables(names, links), config, &[], script);
    lab.run_until(from);
    at.iter().for_each(|&node| drop(lab.journal(node)));
    lab.run_until(until);
    words(&estimates(&mut lab, at, to, from))
}

const FIRST_INTERVAL: [Duration; 2] = [SECOND, Duration::from_secs(29)];

/// x reaches z through y, and so does not tell y of it: y has nobody to believe.
#[test]
fn split_horizon_and_poison_reverse_each_stop_the_count_between_two() {
    let script = [Lab::cut(SECOND, 1), Lab::cut(SECOND, 2)].concat();
    for (split_horizon, poison_reverse) in [(true, false), (false, true), (true, true)] {
        let config = Config { split_horizon, poison_reverse, ..lockstep() };
        let seen = after(&config, (&XYZ, &TRIANGLE), &script, (&[0, 1], 2), FIRST_INTERVAL);
        assert_eq!(seen, ["y -", "x -"], "split horizon {split_horizon}, poison reverse {poison_reverse}");
    }
}

/// The textbook's example again, with poisoned reverse: z had told y that x is out of reach, so y takes its own dear
/// link (60); from that z turns to its own (50, less than 1 + 60), and y follows (1 + 50).
#[test]
fn with_poison_reverse_the_rise_from_4_to_60_needs_three_changes() {
    let script = set_cost(SECOND, 0, 60);
    for (split_horizon, poison_reverse) in [(true, false), (false, true), (true, true)] {
        let config = Config { infinity: 255, split_horizon, poison_reverse, ..lockstep() };
        let seen = after(&config, (&XYZ, &STEEP), &script, (&[1, 2], 0), FIRST_INTERVAL);
        assert_eq!(seen, ["y 60 via x", "z 50 via x", "y 51 via z"]);
    }
}

/// Poison reverse hides a route only from the one it leads through. b loses a. c has heard of a from d and d from c,
/// both 2: each takes 3 through the other, and tells b so, but tells the other that a is out of reach. So both lose it
/// again, while b takes 1 + 3 through c (whose name comes first). From then on the lie goes around in one direction: d
/// has it from b, c from d, b from c, one more each time, and whoever passed it on has lost it meanwhile.
#[test]
fn around_three_routers_the_count_goes_on_in_spite_of_poison_reverse() {
    let config = Config { poison_reverse: true, ..lockstep() };
    let script = Lab::cut(SECOND, 0);
    let seen = after(&config, (&ABCD, &STUB), &script, (&[1, 2, 3], 0), FIRST_INTERVAL);
    let mut expected: Vec<String> =
        ["b -", "c 3 via d", "d 3 via c", "b 4 via c", "c -", "d -"].map(str::to_owned).into();
    let around = [("d", "b"), ("c", "d"), ("b", "c")];
    for cost in 5..=15 {
        let (taker, giver) = around[(cost - 5) % 3];
        let (took, lost) = (format!("{taker} {cost} via {giver}"), format!("{giver} -"));
        // Both happen at one instant, listed by name.
        expected.extend(if taker < giver { [took, lost] } else { [lost, took] });
    }
    // c had 15, b would have 16.
    expected.push("c -".to_owned());
    assert_eq!(seen, expected);
}

/// The same with a hold-down: b, c and d believe nobody until the bad news is known to all.
#[test]
fn hold_down_stops_the_count_around_three_routers() {
    for split in [false, true] {
        let hold_down = SECOND * 10;
        let config = Config { hold_down, split_horizon: split, poison_reverse: split, ..lockstep() };
        let script = Lab::cut(SECOND, 0);
        let seen = after(&config, (&ABCD, &STUB), &script, (&[1, 2, 3], 0), FIRST_INTERVAL);
        assert_eq!(seen, ["b -", "c -", "d -"]);
    }
}

/// The price of a hold-down: there is a second way, and it is not used before the time is over. b loses a at 1 s, and c
/// offers 1 + 1 all the while; at 11 s b takes it.
#[test]
fn hold_down_delays_a_good_way_too() {
    let names = ["a", "b", "c"];
    let links = [("a", "b", 1), ("b", "c", 1), ("a", "c", 1)];
    let config = Config { hold_down: SECOND * 10, ..lockstep() };
    for (until, expected) in
        [(Duration::from_millis(10_999), None), (Duration::from_millis(11_001), Some((2, vec![2])))]
    {
        let mut lab = Lab::new(1, &names, &cables(&names, &links), &config, &[], &Lab::cut(SECOND, 0));
        lab.run_until(until);
        assert_eq!(lab.route(1, 0), expected);
    }
}

/// As RIP does it, y has forgotten what x said: it can only say that z is lost, and x hears that first.
#[test]
fn who_remembers_only_the_best_route_does_not_count_if_the_bad_news_comes_first() {
    let config = Config { remember: Memory::BestRoute, ..lockstep() };
    let script = [Lab::cut(SECOND * 31, 1), Lab::cut(SECOND * 31, 2)].concat();
    let seen = after(&config, (&XYZ, &TRIANGLE), &script, (&[0, 1], 2), [SECOND * 31, SECOND * 200]);
    assert_eq!(seen, ["y -", "x -"]);
}

/// Without triggered updates, b's bad news and c's old vector (a 2) leave at the same instant, and cross: b has 3, c
/// nothing. So it goes on with every regular update, one more each time: c 4, b 5 …
#[test]
fn the_same_router_counts_if_the_old_vector_comes_first() {
    let names = ["a", "b", "c"];
    let links = [("a", "b", 1), ("b", "c", 1)];
    let config = Config { remember: Memory::BestRoute, triggered_updates: TriggeredUpdates::Off, ..lockstep() };
    let script = Lab::cut(SECOND * 31, 0);
    let seen = after(&config, (&names, &links), &script, (&[1, 2], 0), [SECOND * 31, SECOND * 600]);
    let mut expected: Vec<String> = ["b -", "b 3 via c", "c -"].map(str::to_owned).into();
    for cost in 4..=15 {
        let (took, lost) = if cost % 2 == 0 { ("c 4 via b", "b -") } else { ("b 5 via c", "c -") };
        let took = took.replace(['4', '5'], &cost.to_string());
        expected.extend(if cost % 2 == 0 { [lost.to_owned(), took] } else { [took, lost.to_owned()] });
    }
    // b had 15, c would have 16.
    expected.push("b -".to_owned());
    assert_eq!(seen, expected);
}

/// b hears a for the last time just after 60 s. Silent since 61 s, a is believed until just after 240 s, told of as
/// unreachable until just after 360 s (at 270, 300, 330 and 360 s), and then no more (RFC 2453 §3.8).
#[test]
fn a_silent_neighbor_is_believed_for_the_timeout_and_mourned_for_the_garbage_collection() {
    for remember in [Memory::EveryVector, Memory::BestRoute] {
        let names = ["a", "b", "c"];
        let links = [("a", "b", 1), ("b", "c", 1)];
        let config = Config { remember, detection: Detection::Silence, split_horizon: true, ..lockstep() };
        let mut lab = Lab::new(1, &names, &cables(&names, &links), &config, &[], &Lab::cut(SECOND * 61, 0));
        lab.run_until(SECOND * 240);
        assert_eq!((lab.route(1, 0), lab.route(2, 0)), (Some((1, vec![0])), Some((2, vec![1]))));
        lab.run_until(SECOND * 241);
        assert_eq!((lab.route(1, 0), lab.route(2, 0)), (None, None));
        lab.journal(1);
        lab.run_until(SECOND * 359);
        assert_eq!(said(&mut lab, 1, 2), ["regular: a ∞, b 0"; 3]);
        lab.run_until(SECOND * 421);
        assert_eq!(said(&mut lab, 1, 2), ["regular: a ∞, b 0", "regular: b 0", "regular: b 0"]);
    }
}

/// b fails at 50 s, and works again at 100 s, knowing nothing. Asked, its neighbours tell at once: it need not wait for
/// their regular updates.
#[test]
fn a_router_that_starts_anew_asks_and_soon_knows_all() {
    let names = ["a", "b", "c", "d"];
    let links = [("a", "b", 1), ("b", "c", 1), ("c", "d", 1)];
    for remember in [Memory::EveryVector, Memory::BestRoute] {
        let config = Config { remember, ..Config::default() };
        let script = [(SECOND * 50, Action::NodeDown(NodeId(1))), (SECOND * 100, Action::NodeUp(NodeId(1)))];
        let mut lab = Lab::new(1, &names, &cables(&names, &links), &config, &[], &script);
        lab.run_until(SECOND * 80);
        assert_eq!([lab.route(0, 3), lab.route(1, 3), lab.route(3, 0)], [None, None, None]);
        lab.run_until(SECOND * 100 + Duration::from_millis(10));
        assert_eq!(lab.route(1, 3), Some((2, vec![2])));
        lab.run_until(SECOND * 110);
        assert_eq!([lab.route(0, 3), lab.route(3, 0)], [Some((3, vec![1])), Some((3, vec![2]))]);
        let asked = lab.journal(1).1.iter().filter(|sent| sent.message.kind() == "request").count();
        assert_eq!(asked, 4, "two at the start, two after the failure");
    }
}

/// c announces a prefix at 50 s and withdraws it at 100 s.
#[test]
fn an_announced_prefix_is_found_and_a_withdrawn_one_forgotten() {
    let names = ["a", "b", "c"];
    let links = [("a", "b", 1), ("b", "c", 1)];
    let prefix = Destination::Prefix(0);
    let command = |command| Action::Command(AgentId(2), Command::Router(command));
    let script = [
        (SECOND * 50, command(RouterCommand::Announce(prefix))),
        (SECOND * 100, command(RouterCommand::Withdraw(prefix))),
    ];
    let prefixes = [Prefix::new(Address(0x1404_0000), 16)];
    let mut lab = Lab::new(1, &names, &cables(&names, &links), &Config::default(), &prefixes, &script);
    let costs = |lab: &Lab| [0, 1, 2].map(|node| Some(lab.router(node).routes().get(&prefix)?.cost));
    lab.run_until(SECOND * 49);
    assert_eq!(costs(&lab), [None; 3]);
    lab.run_until(SECOND * 70);
    assert_eq!(costs(&lab), [Some(2), Some(1), Some(0)]);
    lab.run_until(SECOND * 120);
    assert_eq!(costs(&lab), [None; 3]);
    let reasons: Vec<_> = lab.changes(2).into_iter().filter(|change| change.destination == prefix).collect();
    let reasons: Vec<_> = reasons.iter().map(|change| change.reason.name()).collect();
    assert_eq!(reasons, ["announced", "announced"]);
}

/// A hub with 60 routers around it tells 61 entries: 25, 25 and 11, with 32 bytes of headers and 20 an entry
/// (RFC 2453 §4: 532, 532 and 252).
#[test]
fn a_vector_of_61_entries_takes_three_messages() {
    let names: Vec<String> = (0..=60).map(|at| format!("r{at:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let spokes: Vec<Cable> = (1..=60).map(|spoke| Cable::new(0, spoke, 1)).collect();
    let mut lab = Lab::new(1, &names, &spokes, &lockstep(), &[], &[]);
    lab.run_until(SECOND * 29);
    lab.journal(0);
    lab.run_until(SECOND * 31);
    let sent = lab.journal(0).1;
    let to_first: Vec<u32> = sent.iter().filter(|sent| sent.interface.0 == 0).map(|sent| sent.bytes).collect();
    assert_eq!(to_first, [532, 532, 252]);
    assert_eq!(lab.route(1, 60), Some((2, vec![0])));
}

/// a reaches d through b or c at the same cost.
#[test]
fn of_equal_costs_the_textbook_takes_the_first_name_and_rip_keeps_what_it_has() {
    let links = [("a", "c", 1), ("a", "b", 1), ("b", "d", 1), ("c", "d", 1)];
    let script = [Lab::cut(SECOND * 40, 2), Lab::mend(SECOND * 70, 2)].concat();
    for (remember, next_hop) in [(Memory::EveryVector, 1), (Memory::BestRoute, 2)] {
        let config = Config { remember, ..Config::default() };
        let mut lab = Lab::new(1, &ABCD, &cables(&ABCD, &links), &config, &[], &script);
        lab.run_until(SECOND * 69);
        assert_eq!(lab.route(0, 3), Some((2, vec![2])), "b has no link to d");
        lab.run_until(SECOND * 150);
        assert_eq!(lab.route(0, 3), Some((2, vec![next_hop])));
    }
}

#[test]
fn regular_updates_come_within_the_jitter_and_triggered_ones_keep_their_distance() {
    let script: Vec<_> =
        (0..40).flat_map(|at| set_cost(Duration::from_millis(40_000 + 300 * at), 0, 2 + at as u32 % 2)).collect();
    let names = ["a", "b"];
    let mut lab = Lab::new(3, &names, &cables(&names, &[("a", "b", 1)]), &Config::default(), &[], &script);
    lab.run_until(SECOND * 1_000);
    let sent = lab.journal(0).1;
    let times = |text: &str| -> Vec<Time> {
        let is_so = |message: &dyn sim_core::packet::Message| {
            describe(message, &lab.names).expect("a message of this protocol").starts_with(text)
        };
        sent.iter().filter(|sent| is_so(&*sent.message)).map(|sent| sent.time).collect()
    };
    let gaps = |times: Vec<Time>| -> Vec<Duration> { times.windows(2).map(|pair| pair[1] - pair[0]).collect() };
    let regular = gaps(times("regular"));
    // 1000 s in steps of 25 to 35 s.
    assert!((28..=40).contains(&regular.len()), "{}", regular.len());
    assert!(regular.iter().all(|gap| (SECOND * 25..=SECOND * 35).contains(gap)), "{regular:?}");
    assert!(regular.iter().any(|gap| gap.abs_diff(SECOND * 30) > SECOND * 2), "they are not in step: {regular:?}");
    let triggered = gaps(times("triggered"));
    // Twelve seconds of changes, one each 0.3 s: told of 1 to 5 s apart, or with the next change after that.
    assert!((2..=12).contains(&triggered.len()), "{triggered:?}");
    assert!(triggered.iter().all(|gap| *gap >= SECOND), "{triggered:?}");
}

#[test]
fn a_file_says_the_name_alone_or_with_parameters() {
    use super::super::super::{Config as Any, Name};
    let name: Name = serde_json::from_str(r#""distance_vector""#).expect("a known name");
    assert_eq!(Any::from(name), Any::DistanceVector(Config::default()));
    let text = r#"{ "distance_vector": { "remember": "best_route", "infinity": 64, "hold_down": "180 s",
        "triggered_updates": { "spaced": { "least": "1 s", "most": "2 s" } } } }"#;
    let Any::DistanceVector(config) = serde_json::from_str(text).expect("a configuration") else {
        panic!("another protocol");
    };
    let spaced = TriggeredUpdates::Spaced { least: SECOND, most: SECOND * 2 };
    let expected = Config { triggered_updates: spaced, infinity: 64, hold_down: SECOND * 180, ..Config::default() };
    assert_eq!(config, Config { remember: Memory::BestRoute, ..expected });
    let misspelt = r#"{ "distance_vector": { "infinty": 64 } }"#;
    let error = serde_json::from_str::<Any>(misspelt).expect_err("a misspelt field").to_string();
    assert!(error.contains("infinty"), "{error}");
}

#[test]
fn times_that_cannot_work_together_are_refused_where_they_stand() {
    let network = Surroundings { nodes: &[], is_router: &[], adjacent: &[], destinations: &[], prefixes: &[] };
    let faults = |config: Config| config.check(&network).into_iter().map(|fault| fault.at).collect::<Vec<_>>();
    assert!(faults(Config::default()).is_empty());
    assert!(faults(lockstep()).is_empty());
    assert_eq!(faults(Config { timeout: SECOND * 20, ..Config::default() }), ["timeout"]);
    assert_eq!(faults(Config { jitter: SECOND * 30, ..Config::default() }), ["jitter"]);
    assert_eq!(faults(Config { infinity: 1, ..Config::default() }), ["infinity"]);
    assert_eq!(faults(Config { garbage_collection: SECOND * 35, ..Config::default() }), ["garbage_collection"]);
    assert_eq!(faults(Config { cost: LinkCost::Delay, ..Config::default() }), ["infinity"]);
}

/// A line of 17 routers is 16 links long: its ends would never hear of each other.
#[test]
fn a_network_wider_than_infinity_is_refused() {
    let nodes = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"];
    let line: Vec<_> = (1..17).map(|at| (NodeId(at - 1), NodeId(at))).collect();
    let network = |routers: usize| Surroundings {
        nodes: &nodes[..routers],
        is_router: &[true; 17][..routers],
        adjacent: &line[..routers - 1],
        destinations: &[None; 17][..routers],
        prefixes: &[],
    };
    assert_eq!(Config::default().check(&network(16)), []);
    let faults = Config::default().check(&network(17));
    assert_eq!(faults.len(), 1);
    assert!(faults[0].why.starts_with("`a` and `q` are 16 links apart"), "{}", faults[0].why);
    assert_eq!(Config { infinity: 17, ..Config::default() }.check(&network(17)), []);
}
