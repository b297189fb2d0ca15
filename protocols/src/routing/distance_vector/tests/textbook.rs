//! What the textbook prints: Bellman-Ford on the six-node graph, the vectors of the triangle, good news and bad news.

use super::*;

/// Kurose & Ross, the abstract graph of a network: u to z.
const SIX: [&str; 6] = ["u", "v", "w", "x", "y", "z"];
const SIX_LINKS: [(&str, &str, u32); 10] = [
    ("u", "v", 2),
    ("u", "x", 1),
    ("u", "w", 5),
    ("v", "x", 2),
    ("v", "w", 3),
    ("x", "w", 3),
    ("x", "y", 1),
    ("w", "y", 1),
    ("w", "z", 5),
    ("y", "z", 2),
];

const XYZ: [&str; 3] = ["x", "y", "z"];
const TRIANGLE: [(&str, &str, u32); 3] = [("x", "y", 2), ("y", "z", 1), ("x", "z", 7)];
/// The triangle whose cost x-y changes.
const STEEP: [(&str, &str, u32); 3] = [("x", "y", 4), ("y", "z", 1), ("x", "z", 50)];

/// d_u(z) = min(c(u,v) + d_v(z), c(u,x) + d_x(z), c(u,w) + d_w(z)) = min(2 + 5, 1 + 3, 5 + 3) = min(7, 4, 8).
#[test]
fn bellman_ford_on_the_six_node_graph_gives_four() {
    let mut lab = Lab::new(1, &SIX, &cables(&SIX, &SIX_LINKS), &lockstep(), &[], &[]);
    lab.run_until(SECOND * 10);
    assert_eq!(lab.route(0, 5), Some((4, vec![3])));
    let tables = lab.router(0).tables(&lab.names);
    assert_eq!(tables[0].columns, ["to", "via v", "via w", "via x", "D_u"]);
    let to_z = tables[0].rows.iter().find(|row| row[0] == "z").expect("a row for z");
    assert_eq!(*to_z, ["z", "2 + 5 = 7", "5 + 3 = 8", "1 + 3 = 4", "4 via x"]);
    assert_eq!(tables[1].columns, ["from", "u", "v", "w", "x", "y", "z"]);
    // The book: x reaches u 1, v 2, w 2 (over y), y 1, z 3.
    let from_x = tables[1].rows.iter().find(|row| row[0] == "x").expect("a row for x");
    assert_eq!(*from_x, ["x", "1", "2", "2", "0", "1", "3"]);
}

/// c(x,y) = 2, c(y,z) = 1, c(x,z) = 7. The first vectors hold the costs of links. From y's, x learns z at 2 + 1, and z
/// learns x at 1 + 2: both have something new to tell. y learns nothing: it is silent.
#[test]
fn in_the_triangle_x_and_z_send_a_second_vector_and_y_does_not() {
    let mut lab = Lab::new(1, &XYZ, &cables(&XYZ, &TRIANGLE), &lockstep(), &[], &[]);
    lab.run_until(Duration::from_micros(500));
    assert_eq!(lab.route(0, 2), Some((7, vec![2])));
    lab.run_until(Duration::from_micros(1_500));
    assert_eq!(lab.route(0, 2), Some((3, vec![1])));
    lab.run_until(SECOND * 29);
    assert_eq!(said(&mut lab, 0, 1), ["regular: x 0, y 2, z 7", "triggered: x 0, y 2, z 3"]);
    assert_eq!(said(&mut lab, 1, 0), ["regular: x 2, y 0, z 1"]);
    assert_eq!(said(&mut lab, 2, 0), ["regular: x 7, y 1, z 0", "triggered: x 3, y 1, z 0"]);
}

/// x-y drops from 2 to 1: x and y see it themselves, and tell. After one exchange z has x at 1 + 1, and tells; that
/// changes nothing for anyone.
#[test]
fn good_news_is_known_after_one_exchange_and_all_is_quiet_after_two() {
    let script = set_cost(SECOND, 0, 1);
    let mut lab = Lab::new(1, &XYZ, &cables(&XYZ, &TRIANGLE), &lockstep(), &[], &script);
    lab.run_until(SECOND);
    (0..3).for_each(|node| drop(lab.journal(node)));
    lab.run_until(SECOND + Duration::from_micros(1_500));
    let costs = |lab: &Lab| [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)].map(|(a, b)| lab.route(a, b).map(|r| r.0));
    let right = [1, 2, 1, 1, 2, 1].map(Some);
    assert_eq!(costs(&lab), right);
    lab.run_until(SECOND * 29);
    assert_eq!(costs(&lab), right);
    assert_eq!(said(&mut lab, 0, 1), ["triggered: x 0, y 1, z 2"]);
    assert_eq!(said(&mut lab, 1, 0), ["triggered: x 1, y 0, z 1"]);
    assert_eq!(said(&mut lab, 2, 0), ["triggered: x 2, y 1, z 0"]);
}

/// Both links to z die. y remembers that x said 3, and x's way leads through y: each estimate is the other's plus 2.
#[test]
fn bad_news_is_counted_to_infinity_message_by_message() {
    let script = [Lab::cut(SECOND, 1), Lab::cut(SECOND, 2)].concat();
    let mut lab = Lab::new(1, &XYZ, &cables(&XYZ, &TRIANGLE), &lockstep(), &[], &script);
    lab.run_until(SECOND);
    (0..3).for_each(|node| drop(lab.journal(node)));
    lab.run_until(SECOND * 29);
    let all = estimates(&mut lab, &[0, 1], 2, SECOND);
    assert_eq!(
        words(&all),
        ["y 5 via x", "x 7 via y", "y 9 via x", "x 11 via y", "y 13 via x", "x 15 via y", "y -", "x -"]
    );
}

#[test]
fn the_last_step_is_infinity_and_then_the_news_of_it() {
    let script = [Lab::cut(SECOND, 1), Lab::cut(SECOND, 2)].concat();
    let mut lab = Lab::new(1, &XYZ, &cables(&XYZ, &TRIANGLE), &lockstep(), &[], &script);
    lab.run_until(SECOND * 29);
    let reasons = |lab: &mut Lab, node: usize| -> Vec<&'static str> {
        let changes = lab.changes(node).into_iter().filter(|change| change.time >= Time::ZERO + SECOND);
        changes.filter(|change| change.destination == Destination::Endpoint(2)).map(|c| c.reason.name()).collect()
    };
    // y: 5 without its own link, 9, 13, none. x: 7, 11, 15, none.
    assert_eq!(reasons(&mut lab, 1), ["neighbor_lost", "cost_changed", "cost_changed", "infinity"]);
    assert_eq!(reasons(&mut lab, 0), ["cost_changed", "cost_changed", "cost_changed", "withdrawn"]);
}

#[test]
fn each_step_of_the_count_is_one_message() {
    let script = [Lab::cut(SECOND, 1), Lab::cut(SECOND, 2)].concat();
    let mut lab = Lab::new(1, &XYZ, &cables(&XYZ, &TRIANGLE), &lockstep(), &[], &script);
    lab.run_until(SECOND);
    (0..3).for_each(|node| drop(lab.journal(node)));
    lab.run_until(SECOND * 29);
    assert_eq!(
        said(&mut lab, 1, 0),
        [
            "triggered: x 2, y 0, z 5",
            "triggered: x 2, y 0, z 9",
            "triggered: x 2, y 0, z 13",
            "triggered: x 2, y 0, z ∞"
        ]
    );
    assert_eq!(
        said(&mut lab, 0, 1),
        [
            "triggered: x 0, y 2, z 7",
            "triggered: x 0, y 2, z 11",
            "triggered: x 0, y 2, z 15",
            "triggered: x 0, y 2, z ∞"
        ]
    );
}

/// Kurose & Ross: x-y rises from 4 to 60. y takes 1 + 5 = 6 through z by itself; each of the next exchanges raises one
/// estimate: z 7, y 8, … z 49, y 50: 44 of them. With y at 50, z's own link to x (50) beats 1 + 50, and then y has 51.
#[test]
fn a_cost_that_rises_from_4_to_60_takes_44_exchanges_until_the_loop_ends() {
    let config = Config { infinity: 255, ..lockstep() };
    let script = set_cost(SECOND, 0, 60);
    let mut lab = Lab::new(1, &XYZ, &cables(&XYZ, &STEEP), &config, &[], &script);
    lab.run_until(SECOND);
    (0..3).for_each(|node| drop(lab.journal(node)));
    lab.run_until(SECOND * 29);
    let mut expected = vec!["y 6 via z".to_owned()];
    for exchange in 1..=44_u64 {
        let (name, other) = if exchange % 2 == 1 { ("z", "y") } else { ("y", "z") };
        expected.push(format!("{name} {} via {other}", 6 + exchange));
    }
    expected.extend(["z 50 via x", "y 51 via z"].map(str::to_owned));
    assert_eq!(words(&estimates(&mut lab, &[1, 2], 0, SECOND)), expected);
}
