//! The order of events comes from the model alone: not from numbers, partitions, link forms, slices or clones.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::LinkSpec;
use sim_core::agent::LinkChange;
use sim_core::delivery::DeliveryTrace;
use sim_core::network::DropTailForm;
use sim_core::queue::{QueueLimit, QueueSpec};
use sim_core::random::Random;
use sim_core::script::Action;
use sim_core::simulation::{LinkReport, PacketCounts, Progress, Simulation};
use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, Rate};
use support::{Builder, Chatter, Sink, Steady, link};

/// All that must be equal, by names.
#[derive(Debug, PartialEq)]
struct Outcome {
    fingerprint: u64,
    packets: PacketCounts,
    events: u64,
    links: BTreeMap<String, LinkReport>,
    waiting: Vec<usize>,
}

/// In how many ways a storm can be built and run.
#[derive(Clone, Debug, Default)]
struct Form {
    shuffle: Option<u64>,
    parts: Option<(u64, u32)>,
    explicit: bool,
    slice: Option<u64>,
    clone_at: Option<Time>,
    bytes: bool,
}

const SIDE: usize = 6;
const END: Time = Time::from_picos(40_000_000_000);

fn name(x: usize, y: usize) -> String {
    format!("n{x}.{y}")
}

/// A grid of nodes with equal links in which everything happens in lockstep: ties everywhere, small queues, losses,
/// duplicates and reordering, and a script that cuts, repairs and re-times links under load.
fn storm(form: &Form) -> (Simulation, BTreeMap<String, sim_core::ids::LinkId>) {
    let mut net = Builder::new(11);
    let shuffled = |count: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        if let Some(seed) = form.shuffle {
            let mut random = Random::stream(seed, "shuffle", &count.to_string());
            for at in (1..count).rev() {
                order.swap(at, random.below(at as u64 + 1) as usize);
            }
        }
        order
    };
    for at in shuffled(SIDE * SIDE) {
        net.host(&name(at % SIDE, at / SIDE));
    }
    let limit = if form.bytes { QueueLimit::Bytes(Bytes(4_000)) } else { QueueLimit::Packets(3) };
    let spec =
        LinkSpec { queue: QueueSpec::DropTail(limit), ..link(Rate::from_mbps(1_000), Duration::from_micros(12)) };
    let bad = LinkSpec {
        duplicate: 0.05,
        bit_error_rate: 1e-6,
        reorder: Some(sim_core::Reorder { probability: 0.1, extra_delay: Duration::from_micros(24) }),
        loss: Some(sim_core::loss::LossSpec::Bernoulli(sim_core::loss::bernoulli::Config { probability: 0.02 })),
        ..spec.clone()
    };
    // Links that follow a trace: by chances, 80 in one millisecond and 120 in the next, and by rates.
    let traced = |text: &str| {
        let deliveries = Arc::new(DeliveryTrace::parse(text).expect("a trace"));
        LinkSpec { bandwidth: deliveries.mean_rate(), deliveries: Some(deliveries), ..spec.clone() }
    };
    let chances = traced(&("1\n".repeat(80) + &"2\n".repeat(120)));
    let rates = traced("0.0005 1500\n0.0006 0\n0.001 700\n");
    let mut cables = Vec::new();
    for x in 0..SIDE {
        for y in 0..SIDE {
            if x + 1 < SIDE {
                cables.push((name(x, y), name(x + 1, y)));
            }
            if y + 1 < SIDE {
                cables.push((name(x, y), name(x, y + 1)));
            }
        }
    }
    for at in shuffled(cables.len()) {
        let (from, to) = &cables[at];
        let spec = match at % 7 {
            0 => &bad,
            2 => &chances,
            4 => &rates,
            _ => &spec,
        };
        net.cable(from, to, spec);
    }
    let period = Duration::from_micros(120);
    for at in shuffled(SIDE * SIDE) {
        let (from, to) = (name(at % SIDE, at / SIDE), name(SIDE - 1 - at / SIDE, at % SIDE));
        if from == to {
            continue;
        }
        let chatter = |ends| Chatter { ends, period, received: 0 };
        let mut answer = net.ends(0, &to, &from);
        // The receiver answers to the sender's port.
        let flow = net.agents.len() as u32;
        answer =
            sim_core::packet::Endpoints { local_port: 1000 + flow as u16, remote_port: 1000 + flow as u16, ..answer };
        net.flow_into(&from, &to, Duration::ZERO, chatter, Chatter { ends: answer, period, received: 0 });
    }
    let links = net.links.clone();
    let ms = |millis| Time::ZERO + Duration::from_millis(millis);
    for (at, link) in ["n2.2->n3.2", "n0.0->n1.0", "n4.4->n4.5", "n1.3->n2.3"].iter().enumerate() {
        let at = at as u64;
        net.network.at(ms(5 + at), Action::LinkDown(links[*link]));
        net.network.at(ms(15 + at), Action::LinkUp(links[*link]));
        net.network.at(ms(20 + at), Action::SetRate(links[*link], Rate::from_mbps(300 + 1_000 * at)));
        net.network.at(ms(25 + at), Action::SetDelay(links[*link], Duration::from_micros(36 - 11 * at)));
        net.network.at(ms(30 + at), Action::LinkDown(links[*link]));
    }
    if form.explicit {
        net.network.set_drop_tail_form(DropTailForm::Explicit);
    }
    if let Some((seed, parts)) = form.parts {
        let mut random = Random::stream(seed, "parts", "");
        let mut division = vec![0; SIDE * SIDE];
        // By name, so that every division is a fresh one; the first nodes see to it that no part is empty.
        for (at, part) in division.iter_mut().enumerate() {
            *part = if at < parts as usize { at as u32 } else { random.below(u64::from(parts)) as u32 };
        }
        net.network.divide(division);
    }
    (net.network.build().expect("a valid network"), links)
}

fn outcome(form: &Form) -> Outcome {
    let (mut simulation, links) = storm(form);
    if let Some(at) = form.clone_at {
        simulation.run_until(at).expect("no livelock");
        let mut original = simulation;
        simulation = original.clone();
        original.run_until(END).expect("no livelock");
        let (there, here) = (finish(original, &links, form), finish(simulation.clone(), &links, form));
        assert_eq!(there, here);
    }
    finish(simulation, &links, form)
}

fn finish(mut simulation: Simulation, links: &BTreeMap<String, sim_core::ids::LinkId>, form: &Form) -> Outcome {
    let mut waiting = Vec::new();
    while simulation.now() < END {
        let next = END.min(simulation.now() + Duration::from_micros(500));
        let next = Time::from_picos(next.picos() / 500_000_000 * 500_000_000);
        match form.slice {
            None => simulation.run_until(next).expect("no livelock"),
            Some(budget) => while simulation.run_for(next, budget).expect("no livelock") == Progress::More {},
        }
        assert!(simulation.packets().are_conserved(), "at {}: {:?}", simulation.now(), simulation.packets());
        if form.clone_at.is_none() {
            waiting.extend(links.values().map(|&link| simulation.link(link).queue_packets));
        }
    }
    Outcome {
        fingerprint: simulation.fingerprint(),
        packets: simulation.packets(),
        events: simulation.events(),
        links: links.iter().map(|(name, &link)| (name.clone(), simulation.link(link))).collect(),
        waiting,
    }
}

fn check(form: Form) {
    let plain = Form { bytes: form.bytes, clone_at: form.clone_at, ..Form::default() };
    let reference = outcome(&plain);
    assert!(reference.packets.dropped.total() > 1_000, "the storm is too mild: {:?}", reference.packets);
    assert!(reference.packets.duplicated > 100);
    assert_eq!(outcome(&form), reference, "{form:?}");
}

#[test]
fn the_storm_has_ties_failures_and_all_kinds_of_losses() {
    let dropped = outcome(&Form::default()).packets.dropped;
    let reasons: Vec<&str> = dropped.nonzero().map(|(reason, _)| reason.name()).collect();
    assert_eq!(reasons, ["queue_full", "lost", "link_down", "corrupted"]);
}

#[test]
fn numbering_changes_nothing() {
    check(Form { shuffle: Some(1), ..Form::default() });
    check(Form { shuffle: Some(2), ..Form::default() });
}

#[test]
fn computed_and_explicit_links_agree_to_the_last_count() {
    check(Form { explicit: true, ..Form::default() });
    check(Form { explicit: true, bytes: true, ..Form::default() });
}

#[test]
fn any_division_into_partitions_gives_the_same_run() {
    for (seed, parts) in [(1, 2), (2, 3), (3, 8), (4, 30)] {
        check(Form { parts: Some((seed, parts)), ..Form::default() });
    }
    check(Form { parts: Some((5, 5)), shuffle: Some(3), explicit: true, bytes: true, ..Form::default() });
}

#[test]
fn a_run_in_slices_equals_a_run_in_one() {
    check(Form { slice: Some(1), ..Form::default() });
    check(Form { slice: Some(1_000), parts: Some((1, 3)), ..Form::default() });
}

#[test]
fn a_clone_has_the_same_future_as_its_original() {
    check(Form { clone_at: Some(Time::from_picos(7_500_000_000)), parts: Some((1, 3)), ..Form::default() });
}

/// Packets delivered for two senders in lockstep into a queue of ten.
fn lockstep(names: [&str; 3], order: [usize; 3], senders: usize) -> Vec<u64> {
    let mut net = Builder::new(1);
    net.host("r");
    net.host("d");
    let spec = link(Rate::from_mbps(1_000), Duration::from_micros(10));
    let queue = |most| QueueSpec::DropTail(QueueLimit::Packets(most));
    net.cable("r", "d", &LinkSpec { queue: queue(10), ..spec.clone() });
    let mut sinks = vec![None; senders];
    for at in order.into_iter().filter(|&at| at < senders) {
        net.host(names[at]);
        net.cable(names[at], "r", &LinkSpec { queue: queue(1_000), ..spec.clone() });
        let steady = |ends| Steady { ends, size: 1500, gap: Duration::from_micros(12), sent: 0 };
        sinks[at] = Some(net.flow(names[at], "d", Duration::ZERO, steady));
    }
    let mut simulation = net.network.build().expect("a valid network");
    simulation.run_until(Time::from_picos(2_000_000_000_000)).expect("no livelock");
    let delivered =
        |sink: &Option<_>| simulation.agent::<Sink>(sink.expect("made above")).expect("a sink").arrivals.len();
    sinks.iter().map(|sink| delivered(sink) as u64).collect()
}

#[test]
fn senders_in_lockstep_share_a_full_queue_evenly() {
    for (names, senders) in [(["A", "B", "C"], 2), (["sun", "moon", "star"], 2), (["A", "B", "C"], 3)] {
        let delivered = lockstep(names, [0, 1, 2], senders);
        let mean = delivered.iter().sum::<u64>() as f64 / senders as f64;
        for &one in &delivered {
            assert!((one as f64 / mean - 1.0).abs() < 0.01, "{names:?}: {delivered:?}");
        }
        assert_eq!(lockstep(names, [2, 1, 0], senders), delivered, "numbered otherwise");
    }
}

#[test]
fn equal_rates_at_full_load_need_no_waiting_place() {
    // A slot freed at t is free at t: a chain of equal links at 100 % load drops nothing.
    let mut net = Builder::new(1);
    let spec = LinkSpec {
        queue: QueueSpec::DropTail(QueueLimit::Packets(0)),
        ..link(Rate::from_mbps(1_000), Duration::from_micros(12))
    };
    for node in ["a", "b", "c", "d"] {
        net.host(node);
    }
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "d")] {
        net.cable(from, to, &spec);
    }
    for explicit in [false, true] {
        let mut net = Builder {
            network: net.network.clone(),
            nodes: net.nodes.clone(),
            links: net.links.clone(),
            ..Builder::new(1)
        };
        net.flow("a", "d", Duration::ZERO, |ends| Steady { ends, size: 1500, gap: Duration::from_micros(12), sent: 0 });
        if explicit {
            net.network.set_drop_tail_form(DropTailForm::Explicit);
        }
        let mut simulation = net.network.build().expect("a valid network");
        simulation.run_until(Time::from_picos(100_000_000_000)).expect("no livelock");
        assert_eq!(simulation.packets().dropped.total(), 0, "explicit: {explicit}");
    }
}

/// Links without delay that hand a packet round and round would never let time pass; the engine says so.
#[test]
fn an_endless_loop_at_one_instant_is_an_error() {
    use sim_core::agent::{Agent, Ctx, TimerKey};
    use sim_core::packet::Packet;

    #[derive(Clone, Debug)]
    struct Restless;
    impl Agent for Restless {
        fn on_start(&mut self, ctx: &mut Ctx<'_>) {
            ctx.set_timer(TimerKey(0), ctx.now());
        }
        fn on_packet(&mut self, _: &mut Ctx<'_>, _: Packet) {}
        fn on_timer(&mut self, ctx: &mut Ctx<'_>, timer: TimerKey) {
            ctx.set_timer(timer, ctx.now());
        }
        fn on_link_change(&mut self, _: &mut Ctx<'_>, _: LinkChange) {}
    }
    let mut net = Builder::new(1);
    let node = net.host("a");
    let start = Time::from_picos(5);
    net.network.add_agent("restless", node, sim_core::Bind::Port(1), Box::new(Restless), Some(start));
    let mut simulation = net.network.build().expect("a valid network");
    assert_eq!(simulation.run_until(END).unwrap_err().at, start);
}
