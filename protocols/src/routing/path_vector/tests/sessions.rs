//! Sessions that come up, fail and come back.

use sim_core::ids::LinkId;
use sim_core::loss::{LossSpec, bernoulli};
use sim_core::random::Random;

use super::*;
use crate::routing::journal::Reason;
use crate::routing::router::Detection;

/// A - B, and A announces a prefix.
fn pair(config: Config, script: &[(Duration, Action)]) -> Lab {
    let names = ["A", "B"];
    let networks = announcing(&names, &[("A", "20.1.0.0/16")]).networks;
    lab(&names, &[(0, 1)], &Config { networks, host_routes: false, ..config }, script)
}

#[test]
fn a_session_opens_by_the_rfc_and_costs_what_its_messages_cost() {
    let mut lab = pair(prompt(), &[]);
    lab.run_until(seconds(5));
    let kinds = |sent: Vec<(Time, BgpMessage)>| sent.iter().map(|(_, message)| message.kind()).collect::<Vec<_>>();
    assert_eq!(lab.router(0).sent().0, 3);
    // OPEN 37 and KEEPALIVE 19; the UPDATE: 23, ORIGIN 4, AS_PATH 3 + 2 + 4, NEXT_HOP 7, and 3 for a /16.
    assert_eq!(lab.router(0).sent().1, 37 + 19 + 46);
    assert_eq!(kinds(sent(&mut lab, 0)), ["open", "keepalive", "update"]);
    assert_eq!(kinds(sent(&mut lab, 1)), ["open", "keepalive"]);
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
}

#[test]
fn keepalives_come_at_their_interval_and_keep_the_session() {
    let mut lab = pair(prompt(), &[]);
    lab.run_until(seconds(5));
    sent(&mut lab, 0);
    lab.run_until(seconds(605));
    // Every 30 s for ten minutes, without jitter.
    let times: Vec<Time> = sent(&mut lab, 0).into_iter().map(|(time, _)| time).collect();
    assert_eq!(times.len(), 20);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == seconds(30)));
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
}

#[test]
fn a_cut_cable_ends_the_session_at_once_and_mending_it_brings_the_routes_back() {
    let script = [Lab::cut(seconds(10), 0), Lab::mend(seconds(20), 0)].concat();
    let mut lab = pair(prompt(), &script);
    lab.run_until(seconds(10) + Duration::from_millis(1));
    assert_eq!(paths(&lab), expected(&["A", "-"]));
    lab.changes(1);
    lab.run_until(seconds(20));
    assert_eq!(paths(&lab), expected(&["A", "-"]));
    lab.run_until(seconds(21));
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
}

#[test]
fn what_happens_before_the_start_is_there_at_the_start() {
    let script = [
        Lab::cut(Duration::ZERO, 0).to_vec(),
        vec![(Duration::ZERO, say(0, RouterCommand::Withdraw(FIRST)))],
        Lab::mend(seconds(10), 0).to_vec(),
        vec![(seconds(20), say(0, RouterCommand::Announce(FIRST)))],
    ];
    let mut lab = pair(prompt(), &script.concat());
    lab.run_until(seconds(20));
    assert_eq!(paths(&lab), expected(&["-", "-"]));
    lab.run_until(seconds(21));
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
}

#[test]
fn silence_ends_the_session_after_the_hold_time() {
    let config = Config { detection: Detection::Silence, connect_retry: seconds(20), ..prompt() };
    let script = [Lab::cut(seconds(10), 0), Lab::mend(seconds(200), 0)].concat();
    let mut lab = pair(config, &script);
    // The last sign of life came with the handshake, a few milliseconds after the start.
    lab.run_until(seconds(90));
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
    lab.run_until(seconds(91));
    assert_eq!(paths(&lab), expected(&["A", "-"]));
    let last = lab.changes(1).pop().expect("it lost its route");
    assert_eq!((last.after, last.reason), (None, Reason::NeighborLost));
    // Attempts every 20 s find the cable mended.
    lab.run_until(seconds(225));
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
}

#[test]
fn an_outage_shorter_than_the_hold_time_is_repaired_by_tcp() {
    let config = Config { detection: Detection::Silence, ..prompt() };
    let script = [Lab::cut(seconds(20), 0), Lab::mend(seconds(40), 0)].concat();
    let mut lab = pair(config, &script);
    // The KEEPALIVE of 30 s is sent again after 1, 3, 7 and 15 s, and arrives before the 90 s are over.
    lab.run_until(seconds(300));
    assert_eq!(paths(&lab), expected(&["A", "B A"]));
    // Learned once, and never lost.
    assert_eq!(lab.changes(1).len(), 1);
}

#[test]
fn a_router_that_starts_anew_is_told_everything_again() {
    for (restarted, detection) in
        [(0, Detection::Carrier), (1, Detection::Carrier), (0, Detection::Silence), (1, Detection::Silence)]
    {
        let names = ["A", "B", "C"];
        let config = Config { detection, connect_retry: seconds(20), ..announcing(&names, &[("A", "20.1.0.0/16")]) };
        let script =
            [(seconds(10), say(restarted, RouterCommand::Crash)), (seconds(15), say(restarted, RouterCommand::Boot))];
        let mut lab = lab(&names, &[(0, 1), (1, 2)], &config, &script);
        lab.run_until(seconds(14));
        assert_eq!(path(&lab, restarted, FIRST), None);
        lab.run_until(seconds(80));
        assert_eq!(paths(&lab), expected(&["A", "B A", "C B A"]), "{restarted} {detection:?}");
    }
}

/// 20 % loss on every link for the first minute, none after: what stands then is what would stand without.
#[test]
fn losses_delay_what_is_told_but_change_nothing() {
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    for seed in 1..=20 {
        // A ring, and four cables across it.
        let mut random = Random::stream(seed, "cables", "test");
        let ring = (0..8).map(|at| (at, (at + 1) % 8));
        let across = (0..4).map(|at| (at, at + 2 + random.below(3) as u32));
        let pairs: Vec<(u32, u32)> = ring.chain(across).collect();
        let config = Config { mrai: seconds(5), ..Config::default() };
        let run = |probability: f64| {
            let mut cables = cables(&pairs);
            for cable in &mut cables {
                cable.spec.loss = Some(LossSpec::Bernoulli(bernoulli::Config { probability }));
            }
            let links = (0..2 * pairs.len() as u32).map(LinkId);
            let script: Vec<_> = links.map(|link| (seconds(60), Action::EndLoss(link))).collect();
            let mut lab = Lab::new(seed, &names, &cables, &config, &[], &script);
            lab.run_until(seconds(600));
            let lost = lab.simulation.packets().dropped.total();
            ((0..names.len()).map(|router| lab.router(router).routes().clone()).collect::<Vec<_>>(), lost)
        };
        let ((without, none), (with, lost)) = (run(0.0), run(0.2));
        assert!(none == 0 && lost > 50, "seed {seed}: {lost} lost");
        assert_eq!(with, without, "seed {seed}");
        assert!(without.iter().all(|routes| routes.len() == names.len()), "all reach all");
    }
}
