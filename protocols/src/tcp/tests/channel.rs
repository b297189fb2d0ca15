//! Two endpoints and what lies between: a fixed delay, and a fate for every packet.

use std::collections::BTreeMap;

use sim_core::agent::Agent;
use sim_core::harness::Harness;
use sim_core::packet::{Ecn, Packet};
use sim_core::time::{Duration, Time};

use super::*;

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

type Mark = dyn FnMut(Side, &Packet) -> bool;
type Fate = dyn FnMut(Time, Side, &Packet) -> Vec<Duration>;

pub(super) struct Channel {
    pub(super) client: Endpoint,
    pub(super) server: Endpoint,
    benches: [Harness; 2],
    delay: Duration,
    /// What arrives when, and where; at equal times in the order of sending.
    under_way: BTreeMap<(Time, u64), (Side, Packet)>,
    sendings: u64,
    pub(super) now: Time,
    /// For how long after the delay each copy of a packet is held up; none: the packet is lost.
    fate: Box<Fate>,
    /// Which packets a router marks, if they may be marked.
    mark: Box<Mark>,
    /// All that was sent: when, from which side.
    pub(super) sent: Vec<(Time, Side, Packet)>,
}

impl Channel {
    pub(super) fn new(
        client: Endpoint,
        server: Endpoint,
        delay: Duration,
        fate: impl FnMut(Time, Side, &Packet) -> Vec<Duration> + 'static,
    ) -> Self {
        let mut it = Channel {
            client,
            server,
            benches: [Harness::new(), Harness::new()],
            delay,
            under_way: BTreeMap::new(),
            sendings: 0,
            now: Time::ZERO,
            fate: Box::new(fate),
            mark: Box::new(|_, _| false),
            sent: Vec::new(),
        };
        let sent = it.benches[0].call(|ctx| it.client.on_start(ctx));
        it.send(Side::Client, sent);
        let sent = it.benches[1].call(|ctx| it.server.on_start(ctx));
        it.send(Side::Server, sent);
        it
    }

    /// Nothing is lost.
    pub(super) fn perfect(client: Endpoint, server: Endpoint, delay: Duration) -> Self {
        Channel::new(client, server, delay, |_, _, _| vec![Duration::ZERO])
    }

    /// From now on a router marks these packets.
    pub(super) fn mark(&mut self, which: impl FnMut(Side, &Packet) -> bool + 'static) {
        self.mark = Box::new(which);
    }

    fn send(&mut self, from: Side, packets: Vec<Packet>) {
        let to = if from == Side::Client { Side::Server } else { Side::Client };
        for mut packet in packets {
            if packet.ecn.is_capable() && (self.mark)(from, &packet) {
                packet.ecn = Ecn::Ce;
            }
            for held_up in (self.fate)(self.now, from, &packet) {
                let arrival = self.now + self.delay + held_up;
                self.under_way.insert((arrival, self.sendings), (to, packet.clone()));
                self.sendings += 1;
            }
            self.sent.push((self.now, from, packet));
        }
    }

    /// The next arrival or timer. False if there is none.
    pub(super) fn step(&mut self) -> bool {
        let arrival = self.under_way.first_key_value().map_or(Time::NEVER, |(&(at, _), _)| at);
        let timers = self.benches.each_ref().map(Harness::next_deadline);
        self.now = arrival.min(timers[0]).min(timers[1]);
        if self.now == Time::NEVER {
            return false;
        }
        self.benches.iter_mut().for_each(|bench| bench.now = self.now);
        if arrival == self.now {
            let (_, (to, packet)) = self.under_way.pop_first().expect("it was just seen");
            let (bench, end) = self.end(to);
            let sent = bench.call(|ctx| end.on_packet(ctx, packet));
            self.send(to, sent);
        } else {
            let side = if timers[0] == self.now { Side::Client } else { Side::Server };
            let (bench, end) = self.end(side);
            let key = bench.take_due().expect("it is due");
            let sent = bench.call(|ctx| end.on_timer(ctx, key));
            self.send(side, sent);
        }
        true
    }

    pub(super) fn end(&mut self, side: Side) -> (&mut Harness, &mut Endpoint) {
        let [client, server] = &mut self.benches;
        match side {
            Side::Client => (client, &mut self.client),
            Side::Server => (server, &mut self.server),
        }
    }

    /// Does something to one end, now.
    pub(super) fn act(&mut self, side: Side, act: impl FnOnce(&mut Endpoint, &mut sim_core::agent::Ctx<'_>)) {
        let now = self.now;
        let (bench, end) = self.end(side);
        bench.now = now;
        let sent = bench.call(|ctx| act(end, ctx));
        self.send(side, sent);
    }

    /// Runs until nothing is left to happen, or `steps` have.
    pub(super) fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            if !self.step() {
                return;
            }
        }
    }

    /// Runs while everything happens before `end`.
    pub(super) fn run_until(&mut self, end: Time) {
        loop {
            let arrival = self.under_way.first_key_value().map_or(Time::NEVER, |(&(at, _), _)| at);
            let next = self.benches.iter().map(Harness::next_deadline).fold(arrival, Time::min);
            if next >= end || !self.step() {
                return;
            }
        }
    }
}
