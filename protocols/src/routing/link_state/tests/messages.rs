//! What routers say, how often, and how long it is.

use sim_core::script::Action;

use super::*;
use crate::routing::router::Detection;

/// Kinds and sizes of all messages from a router, hellos included.
fn kinds(lab: &mut Lab, node: usize) -> Vec<(&'static str, u32)> {
    let (_, messages) = lab.journal(node);
    messages.iter().map(|sent| (sent.message.kind(), sent.bytes)).collect()
}

#[test]
fn two_routers_become_adjacent_by_the_messages_of_rfc_2328_10_10() {
    // IP 20 bytes, OSPF 24; hello 20 and 4 for a neighbour; description 8 and 20 for a header; request 12;
    // update 4, each LSA 24 and 12 for a link or stub; acknowledgement 20 for a header (appendix A).
    let (names, cables) = lettered("ab 1");
    let config = Config { jitter_percent: 0, ..Config::default() };
    let mut lab = lab(&names, &cables, &config, &[]);
    lab.run_until(seconds(14));
    // a is the slave. It describes its LSA, answers once more, asks for b's, and then speaks of the link.
    let expected = [
        ("hello", 64),
        ("hello", 68),
        ("database_description", 52),
        ("database_description", 72),
        ("database_description", 52),
        ("link_state_request", 56),
        ("link_state_update", 84),
        ("link_state_update", 96),
        ("link_state_ack", 84),
    ];
    assert_eq!(kinds(&mut lab, 0), expected);
    // b is the master, and needs one description less: its first was answered by one with content.
    let mut expected = expected.to_vec();
    expected.remove(4);
    assert_eq!(kinds(&mut lab, 1), expected);
}

#[test]
fn a_settled_network_says_hello_and_nothing_else() {
    let (names, cables) = lettered("ab 1, bc 1, ca 1");
    let config = Config { jitter_percent: 0, ..Config::default() };
    let mut lab = lab(&names, &cables, &config, &[]);
    lab.run_until(seconds(95));
    (0..3).for_each(|node| drop(lab.journal(node)));
    lab.run_until(seconds(125));
    for node in 0..3 {
        assert_eq!(kinds(&mut lab, node), [("hello", 68); 6], "three intervals, two neighbours");
    }
}

#[test]
fn hellos_keep_their_distance_within_the_jitter() {
    let (names, cables) = lettered("ab 1");
    let mut lab = lab(&names, &cables, &Config::default(), &[]);
    lab.run_until(seconds(300));
    let messages = sent(&mut lab, 0);
    let hellos = messages.iter().filter(|(.., message)| message.kind() == "hello");
    let times: Vec<f64> = hellos.map(|(time, ..)| *time).collect();
    assert!((0.0..1.0).contains(&times[0]), "{times:?}");
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (9.0..=10.0).contains(gap)), "{gaps:?}");
    assert!(gaps.windows(2).any(|pair| pair[0] != pair[1]), "{gaps:?}");
}

#[test]
fn an_lsa_is_sent_again_until_its_acknowledgement_arrives() {
    let (names, cables) = lettered("ab 1");
    let [there, back] = Lab::links(0);
    let script = [
        (seconds(60), Action::LinkDown(back)),
        (seconds(61), Action::SetCost(there, 9)),
        // The acknowledgement at 62 s and the one of the copy at 66 s are lost, that of the copy at 71 s is not.
        (seconds(68), Action::LinkUp(back)),
    ];
    let config = Config { detection: Detection::Silence, ..Config::default() };
    let mut lab = lab(&names, &cables, &config, &script);
    lab.run_until(seconds(60));
    drop(lab.journal(0));
    lab.run_until(seconds(110));
    let messages = sent(&mut lab, 0);
    let updates = messages.iter().filter(|(.., message)| !carries(ospf(message), 1).is_empty());
    assert_eq!(updates.map(|(time, ..)| *time).collect::<Vec<_>>(), [61.0, 66.0, 71.0]);
}

#[test]
fn a_new_lsa_crosses_every_cable_at_most_once_each_way() {
    // A grid of three by three.
    let (names, cables) = lettered("ab 1, bc 1, de 1, ef 1, gh 1, hi 1, ad 1, dg 1, be 1, eh 1, cf 1, fi 1");
    let script = [(seconds(60), Action::SetCost(Lab::links(0)[0], 3))];
    let mut lab = lab(&names, &cables, &Config::default(), &script);
    lab.run_until(seconds(60));
    let before = database(&lab, 8)[&1].sequence;
    (0..9).for_each(|node| drop(lab.journal(node)));
    lab.run_until(seconds(75));
    let mut crossings = BTreeMap::<(usize, usize), u32>::new();
    for node in 0..9 {
        assert_eq!(database(&lab, node)[&1].sequence, before + 1);
        for (_, interface, message) in sent(&mut lab, node) {
            for _ in carries(ospf(&message), 1) {
                *crossings.entry((node, interface)).or_default() += 1;
            }
        }
    }
    assert!(crossings.values().all(|&count| count == 1), "{crossings:?}");
    // It must reach eight others, and there are 24 directions.
    assert!((8..=24).contains(&crossings.len()), "{crossings:?}");
}

/// When the route from b to a goes away, if their cable is cut at 65 s.
fn loss_noticed_at(detection: Detection) -> f64 {
    let (names, cables) = lettered("ab 1");
    let config = Config { detection, jitter_percent: 0, ..Config::default() };
    let mut lab = lab(&names, &cables, &config, &Lab::cut(seconds(65), 0));
    lab.run_until(seconds(200));
    let changes = lab.changes(1);
    assert!(changes.last().is_some_and(|change| change.after.is_none()), "{changes:?}");
    changes.last().map_or(0.0, |change| change.time.as_secs_f64())
}

#[test]
fn a_cut_is_noticed_by_the_carrier_at_once_and_by_silence_after_the_dead_interval() {
    // SPF delay 50 ms.
    assert_eq!(loss_noticed_at(Detection::Carrier), 65.05);
    // The hello of 60 s took 1 ms and 68 bytes at 100 Mbps to arrive: 60 + 0.001 00544 + 40 + 0.05.
    assert!((loss_noticed_at(Detection::Silence) - 100.051_005_44).abs() < 1e-9);
}

#[test]
fn a_router_speaks_at_most_once_in_min_ls_interval() {
    let (names, cables) = lettered("ab 1");
    let costs = (0..30).map(|at| (Duration::from_millis(60_000 + 500 * at), Lab::links(0)[0], 10 + at as u32));
    let script: Vec<_> = costs.map(|(at, link, cost)| (at, Action::SetCost(link, cost))).collect();
    let mut lab = lab(&names, &cables, &Config::default(), &script);
    lab.run_until(seconds(59));
    drop(lab.journal(0));
    lab.run_until(seconds(100));
    let messages = sent(&mut lab, 0);
    let updates = messages.iter().filter(|(.., message)| !carries(ospf(message), 1).is_empty());
    assert_eq!(updates.map(|(time, ..)| *time).collect::<Vec<_>>(), [60.0, 65.0, 70.0, 75.0]);
    assert_eq!(lab.route(0, 1), Some((39, vec![1])));
}

#[test]
fn what_replaces_an_lsa_of_less_than_min_ls_arrival_ago_has_to_come_again() {
    let (names, cables) = lettered("ab 1");
    let config = Config { min_ls_interval: Duration::from_millis(500), ..Config::default() };
    let costs = [(60_000, 7), (60_500, 8)];
    let script = costs.map(|(at, cost)| (Duration::from_millis(at), Action::SetCost(Lab::links(0)[0], cost)));
    let mut lab = lab(&names, &cables, &config, &script);
    // The second is refused at 60.5 s, and sent again five seconds later.
    for (until, cost) in [(60_400, 7), (65_400, 7), (65_600, 8)] {
        lab.run_until(Duration::from_millis(until));
        assert_eq!(database(&lab, 1)[&1].links[0].cost, cost, "at {until} ms");
    }
}

#[test]
fn computations_wait_for_the_delay_and_keep_their_distance() {
    let (names, cables) = lettered("ax 1, ab 1, bc 1, cy 1");
    let [a_to_x, c_to_y] = [Lab::links(0)[0], Lab::links(3)[0]];
    let script =
        [(seconds(60), Action::SetCost(a_to_x, 5)), (Duration::from_millis(60_100), Action::SetCost(c_to_y, 5))];
    let mut lab = lab(&names, &cables, &Config::default(), &script);
    lab.run_until(seconds(60));
    drop(lab.changes(1));
    lab.run_until(seconds(70));
    let times: Vec<u64> = lab.changes(1).iter().map(|change| change.time.picos()).collect();
    // An update of two links and a stub, 20 + 24 + 4 + 24 + 36 = 108 bytes at 100 Mbps, takes 8.64 us and 1 ms; then
    // 50 ms. The second computation follows 200 ms after the first.
    assert_eq!(times, [60_051_008_640_000, 60_251_008_640_000]);
}

#[test]
fn an_lsa_longer_than_a_packet_travels_in_fragments() {
    // A star: the LSA of a has 130 links and a stub network. Update of 20 + 24 + 4 + 24 + 12 * 131 = 1644 bytes; the
    // first fragment has 1480 of the 1624 behind the IP header, the second the other 144.
    let names: Vec<String> = (0..131).map(|at| format!("r{at:03}")).collect();
    let cables: Vec<Cable> = (1..131).map(|leaf| Cable::new(0, leaf, 1)).collect();
    let mut lab = lab(&names, &cables, &Config::default(), &[]);
    lab.run_until(seconds(30));
    assert_eq!(lab.route(1, 130), Some((2, vec![0])));
    let all = kinds(&mut lab, 0);
    let fragments: Vec<u32> = all.iter().filter(|(kind, _)| *kind == "fragment").map(|(_, bytes)| *bytes).collect();
    let expected: Vec<u32> = [1500, 164].repeat(130);
    assert_eq!(fragments, expected);
    assert!(all.iter().all(|(_, bytes)| *bytes <= 1500));
}

#[test]
fn numbering_routers_otherwise_changes_no_message() {
    let names = ["u", "v", "w", "x", "y", "z"];
    let cables = lettered("uv 7, uw 3, ux 5, wv 3, wx 4, wy 8, vy 4, xy 7, xz 9, yz 2").1;
    // The node numbered n becomes the one numbered order[n]; names and the order of cables stay.
    let said = |order: [usize; 6]| {
        let mut renamed = vec![String::new(); 6];
        order.iter().zip(names).for_each(|(&new, name)| renamed[new] = name.to_owned());
        let ends = |cable: &Cable| [cable.a, cable.b].map(|end| order[end as usize] as u32);
        let cables: Vec<Cable> =
            cables.iter().map(|cable| Cable { a: ends(cable)[0], b: ends(cable)[1], ..cable.clone() }).collect();
        let script = Lab::cut(seconds(40), 9);
        let mut lab = lab(&renamed, &cables, &Config::default(), &script);
        lab.run_until(seconds(60));
        let of = |node: usize, lab: &mut Lab| {
            let (changes, messages) = lab.journal(node);
            let words = |message: &std::sync::Arc<dyn sim_core::packet::Message>| {
                super::super::describe(&**message, &lab.names).expect("a message of the protocol")
            };
            let messages = messages.iter().map(|sent| (sent.time, sent.bytes, words(&sent.message)));
            let name = |change: &crate::routing::journal::RouteChange| {
                (change.time, lab.names.destination(change.destination).to_owned(), change.after.clone())
            };
            let mut changes: Vec<_> = changes.iter().map(name).collect();
            // Changes of one instant are noted by number.
            changes.sort_by_key(|(time, name, _)| (*time, name.clone()));
            (messages.collect::<Vec<_>>(), changes)
        };
        (0..6).map(|node| of(order[node], &mut lab)).collect::<Vec<_>>()
    };
    let plain = said([0, 1, 2, 3, 4, 5]);
    assert!(plain.iter().all(|(messages, changes)| messages.len() > 20 && changes.len() > 5));
    assert_eq!(said([5, 3, 0, 4, 1, 2]), plain);
}

#[test]
fn messages_are_put_into_words() {
    let (names, cables) = lettered("ab 7");
    let config = Config { jitter_percent: 0, ..Config::default() };
    let mut lab = lab(&names, &cables, &config, &[]);
    lab.run_until(seconds(14));
    let names = lab.names.clone();
    let words =
        sent(&mut lab, 0).iter().map(|(.., message)| super::super::describe(&**message, &names)).collect::<Vec<_>>();
    let words: Vec<&str> = words.iter().map(|words| words.as_deref().expect("a message of the protocol")).collect();
    assert_eq!(
        words,
        [
            "hears nobody",
            "hears the receiver",
            "begins, leads, more follows",
            "a 1",
            "",
            "b",
            "a 1 (a 0)",
            "a 2 (b 7, a 0)",
            "b 1, b 2",
        ]
    );
}
