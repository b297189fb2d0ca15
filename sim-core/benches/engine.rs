//! The engine alone: the event queue at several sizes, and a packet's hop over links of both forms.
//!
//! `cargo bench -p sim-core` prints time per item; compare ratios within one run, on one machine.

use divan::Bencher;
use divan::counter::ItemsCount;
use sim_core::agent::{Agent, Ctx, TimerKey};
use sim_core::event::{Class, EventKey, EventQueue};
use sim_core::ids::{FlowId, LinkId, NodeId};
use sim_core::network::{DropTailForm, Network};
use sim_core::packet::{Body, Endpoints, Packet, UdpHeader, UdpKind};
use sim_core::random::Random;
use sim_core::simulation::{RouteOracle, Simulation, Topology};
use sim_core::time::{Duration, Time};
use sim_core::units::Rate;
use sim_core::{Bind, LinkSpec};

fn main() {
    divan::main();
}

/// Hold model: take the earliest event, add one later. The mix of steps is that of a network: transmissions of 1.2 and
/// 12 us, propagation of 10 us and 10 ms, now and then a timer.
#[divan::bench(args = [100, 10_000, 1_000_000])]
fn event_queue_hold(bencher: Bencher<'_, '_>, pending: u32) {
    const STEPS: u32 = 100_000;
    let mut random = Random::stream(1, "bench", "queue");
    let mut step = move || {
        Duration::from_nanos(match random.below(50) {
            0 => 200_000_000,
            1..13 => 1_200,
            13..25 => 12_000,
            25..38 => 10_000,
            _ => 10_000_000,
        })
    };
    let mut queue = EventQueue::default();
    for source in 0..pending {
        queue.push(EventKey::new(Time::ZERO + step(), Class::Arrival, u64::from(source), source));
    }
    let steps: Vec<Duration> = (0..STEPS).map(|_| step()).collect();
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        for &step in &steps {
            let first = queue.peek().expect("the queue is never empty");
            let next = EventKey::new(first.time() + step, Class::Arrival, u64::from(first.source()), first.source());
            queue.replace_top(next);
        }
    });
}

#[derive(Clone, Debug)]
struct Constant {
    ends: Endpoints,
    gap: Duration,
}

impl Agent for Constant {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.on_timer(ctx, TimerKey(0));
    }

    fn on_packet(&mut self, _: &mut Ctx<'_>, _: Packet) {}

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, timer: TimerKey) {
        let header = UdpHeader { sequence: 0, timestamp: ctx.now(), kind: UdpKind::Data };
        ctx.send(Packet::new(&self.ends, 1000, Body::Udp(header)));
        ctx.set_timer(timer, ctx.now() + self.gap);
    }
}

#[derive(Clone, Debug)]
struct Forward;

impl RouteOracle for Forward {
    fn routes(&self, topology: &Topology, install: &mut dyn FnMut(NodeId, NodeId, &[LinkId])) {
        for (link, state) in (0..).zip(&topology.links) {
            install(state.from, topology.endpoints[1], &[LinkId(link)]);
        }
    }

    fn clone_oracle(&self) -> Box<dyn RouteOracle> {
        Box::new(self.clone())
    }
}

/// A chain of 33 links of 1 Gbit/s and 1 ms, 80 % loaded by packets of 1000 bytes.
fn chain(form: DropTailForm) -> Simulation {
    let mut network = Network::new(1);
    let spec = LinkSpec { bandwidth: Rate::from_mbps(1_000), delay: Duration::from_millis(1), ..LinkSpec::default() };
    let nodes: Vec<NodeId> =
        (0..34).map(|at| network.add_node(&format!("n{at}"), at == 0 || at == 33, Duration::ZERO)).collect();
    for (at, pair) in nodes.windows(2).enumerate() {
        network.add_link(&format!("link{at}"), pair[0], pair[1], &spec);
    }
    let ends = Endpoints {
        flow: FlowId(0),
        local: network.address(nodes[0]),
        local_port: 1,
        remote: network.address(nodes[33]),
        remote_port: 2,
        flow_hash: 0,
    };
    let source = Constant { ends, gap: Duration::from_micros(10) };
    network.add_agent("source", nodes[0], Bind::Port(1), Box::new(source.clone()), Some(Time::ZERO));
    network.add_agent("sink", nodes[33], Bind::Port(2), Box::new(source), None);
    network.set_oracle(Box::new(Forward));
    network.set_drop_tail_form(form);
    let mut simulation = network.build().expect("a valid network");
    // Fill the pipe first.
    simulation.run_until(Time::ZERO + Duration::from_millis(40)).expect("no livelock");
    simulation
}

#[divan::bench(args = [DropTailForm::Computed, DropTailForm::Explicit])]
fn packet_hop(bencher: Bencher<'_, '_>, form: DropTailForm) {
    const PACKETS: u64 = 2_000;
    let mut simulation = chain(form);
    bencher.counter(ItemsCount::new(33 * PACKETS)).bench_local(|| {
        let end = simulation.now() + Duration::from_micros(10) * PACKETS;
        simulation.run_until(end).expect("no livelock");
    });
}
