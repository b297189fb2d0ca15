//! How long it takes to settle, and how much is said until then.

use super::*;

/// When updates were sent, and whether they announce or withdraw.
fn updates(lab: &mut Lab, router: usize) -> Vec<(Time, bool)> {
    let update = |(time, message)| match message {
        BgpMessage::Update(update) => Some((time, update.announced.is_some())),
        BgpMessage::Open { .. } | BgpMessage::Keepalive | BgpMessage::Notification(_) => None,
    };
    sent(lab, router).into_iter().filter_map(update).collect()
}

/// A - B; A announces and withdraws a prefix every second.
fn flapping(config: Config) -> (Lab, Vec<(Time, bool)>) {
    let names = ["A", "B"];
    let networks = announcing(&names, &[("A", "20.1.0.0/16")]).networks;
    let config = Config { networks, host_routes: false, ..config };
    let command = |at: u64| if at % 2 == 1 { RouterCommand::Withdraw(FIRST) } else { RouterCommand::Announce(FIRST) };
    let script: Vec<_> = (1..=200).map(|at| (seconds(at), say(0, command(at)))).collect();
    let mut lab = lab(&names, &[(0, 1)], &config, &script);
    lab.run_until(seconds(300));
    let updates = updates(&mut lab, 0);
    (lab, updates)
}

#[test]
fn updates_to_a_neighbour_are_as_far_apart_as_the_mrai() {
    let (lab, updates) = flapping(Config { mrai: seconds(10), jitter: false, ..Config::default() });
    assert!(updates.windows(2).all(|pair| pair[1].0 - pair[0].0 >= seconds(10)), "{updates:?}");
    // 200 s of flapping leave room for twenty, and for the first and the last.
    assert!(updates.len() <= 22, "{}", updates.len());
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
    // Without it, all 200 changes are told, and the first announcement.
    assert_eq!(flapping(prompt()).1.len(), 201);
}

#[test]
fn the_interval_is_shortened_at_random_by_up_to_a_quarter() {
    let (_, updates) = flapping(Config { mrai: seconds(10), ..Config::default() });
    let gaps: Vec<Duration> = updates.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(gaps.iter().all(|&gap| gap >= Duration::from_millis(7_500)), "{gaps:?}");
    assert!(gaps.iter().any(|&gap| gap < seconds(9)), "{gaps:?}");
}

#[test]
fn withdrawals_leave_at_once_where_the_mrai_is_for_announcements() {
    let mrai_for = Limited::Announcements;
    let (_, updates) = flapping(Config { mrai: seconds(10), mrai_for, jitter: false, ..Config::default() });
    let announcements: Vec<Time> = updates.iter().filter(|(_, announces)| *announces).map(|&(time, _)| time).collect();
    assert!(announcements.windows(2).all(|pair| pair[1] - pair[0] >= seconds(10)));
    // Each announcement is followed by the withdrawal of the next odd second.
    for pair in updates.windows(2).filter(|pair| pair[0].1) {
        assert!(!pair[1].1 && pair[1].0 - pair[0].0 <= seconds(2), "{pair:?}");
    }
}

/// A clique of `n` of which the first announces a prefix and withdraws it: how many paths the others take up in vain.
fn explored(n: u32, mrai: Duration) -> (usize, Duration) {
    let names: Vec<String> = (0..n).map(|at| format!("r{at:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pairs: Vec<(u32, u32)> = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect();
    let config = Config { mrai, ..announcing(&names, &[("r00", "20.1.0.0/16")]) };
    let withdrawn = seconds(500);
    let mut lab = lab(&names, &pairs, &config, &[(withdrawn, say(0, RouterCommand::Withdraw(FIRST)))]);
    lab.run_until(withdrawn);
    for router in 0..n as usize {
        lab.changes(router);
    }
    lab.run_until(seconds(3_000));
    let (mut paths, mut last) = (0, Time::ZERO);
    for router in 0..n as usize {
        for change in lab.changes(router) {
            paths += usize::from(change.after.is_some());
            last = last.max(change.time);
        }
        assert_eq!(path(&lab, router, FIRST), None);
    }
    (paths, last - (Time::ZERO + withdrawn))
}

/// Labovitz, Ahuja, Bose and Jahanian, "Delayed Internet Routing Convergence", 2000: after a withdrawal in a clique of n,
/// speakers try ever longer paths; with an MRAI each round takes as long as that, and there are n - 3 of them.
#[test]
fn a_withdrawal_in_a_clique_lets_ever_longer_paths_be_tried() {
    let interval = seconds(10);
    let found: Vec<(usize, Duration)> = [4, 5, 6, 7].map(|n| explored(n, interval)).to_vec();
    // Each further router means more paths to try, and more than in proportion.
    assert!(found.windows(2).all(|pair| pair[1].0 > pair[0].0), "{found:?}");
    for (n, (_, took)) in [4, 5, 6, 7].into_iter().zip(&found) {
        assert!(*took >= interval * (n - 3) && *took <= interval * n, "{n}: {took}");
    }
}

#[test]
fn nothing_depends_on_how_routers_are_numbered() {
    const NAMES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];
    const PAIRS: [(u32, u32); 9] = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3), (1, 4), (2, 5)];
    // All changes of all tables, in names, when the router called so has that number.
    let changes = |number: [u32; 6]| {
        let mut names = [""; 6];
        NAMES.iter().zip(number).for_each(|(name, number)| names[number as usize] = name);
        let pairs = PAIRS.map(|(a, b)| (number[a as usize], number[b as usize]));
        let config = Config { mrai: seconds(5), ..Config::default() };
        let script = [Lab::cut(seconds(100), 0), Lab::mend(seconds(200), 0)].concat();
        let mut lab = lab(&names, &pairs, &config, &script);
        lab.run_until(seconds(300));
        let mut all = Vec::new();
        for (router, name) in names.into_iter().enumerate() {
            for change in lab.changes(router) {
                let path = change.after.and_then(|route| route.path);
                let path = path.map(|path| messages::path(&path, &lab.names));
                let to = lab.names.destination(change.destination).to_owned();
                all.push((name, change.time, to, path, change.reason.to_string()));
            }
        }
        // Each router's in their order.
        all.sort_by_key(|change| change.0);
        all
    };
    let one = changes([0, 1, 2, 3, 4, 5]);
    assert!(one.len() > 36, "{}", one.len());
    for number in [[5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]] {
        assert_eq!(changes(number), one);
    }
}
