//! Two endpoints and a path between them, each on a bench of its own.

use std::collections::BTreeMap;

use protocols::tcp::{Config, Endpoint, Reader, Workload};
use sim_core::agent::{Agent, Ctx};
use sim_core::harness::Harness;
use sim_core::ids::FlowId;
use sim_core::packet::{Address, Endpoints, Packet};
use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, Rate};

/// The client's ends of a connection.
pub(crate) fn client_ends() -> Endpoints {
    Endpoints {
        flow: FlowId(0),
        local: Address(0x0a00_0001),
        local_port: 40_000,
        remote: Address(0x0a00_0002),
        remote_port: 80,
        flow_hash: 1,
    }
}

/// The server's.
pub(crate) fn server_ends() -> Endpoints {
    let ends = client_ends();
    Endpoints {
        local: ends.remote,
        local_port: ends.remote_port,
        remote: ends.local,
        remote_port: ends.local_port,
        ..ends
    }
}

/// An endpoint on its bench.
pub(crate) struct Stand {
    bench: Harness,
    pub(crate) end: Endpoint,
}

impl Stand {
    pub(crate) fn new(end: Endpoint) -> Self {
        Stand { bench: Harness::new(), end }
    }

    /// Calls a hook at `now`.
    pub(crate) fn call(&mut self, now: Time, hook: impl FnOnce(&mut Endpoint, &mut Ctx<'_>)) -> Vec<Packet> {
        self.bench.now = now;
        let end = &mut self.end;
        self.bench.call(|ctx| hook(end, ctx))
    }

    /// When its next timer fires.
    pub(crate) fn next_deadline(&self) -> Time {
        self.bench.next_deadline()
    }

    /// Lets the next timer fire.
    pub(crate) fn fire(&mut self) -> Vec<Packet> {
        let now = self.next_deadline();
        self.bench.now = now;
        let key = self.bench.take_due().expect("a timer is due at its deadline");
        self.call(now, |end, ctx| end.on_timer(ctx, key))
    }
}

/// A packet of the client's as the recordings speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Send {
    pub(crate) at: Time,
    /// From 1; 0 for packets without data.
    pub(crate) segment: u32,
    /// From 1.
    pub(crate) copy: u8,
}

impl Send {
    pub(crate) fn new(at: Time, packet: &Packet) -> Self {
        Send { at, segment: packet.segment, copy: packet.copy }
    }
}

/// How long a packet from the client (or else the server) is under way; none if it is lost.
pub(crate) type Way = dyn FnMut(Time, From, &Packet) -> Option<Duration>;

/// Which end a packet is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

/// A client that writes, a server that reads, and the way between them.
pub(crate) struct Transfer {
    pub(crate) client: Stand,
    server: Stand,
    way: Box<Way>,
    /// What arrives when; at equal times in the order of sending.
    under_way: BTreeMap<(Time, u64), (From, Packet)>,
    count: u64,
    /// The data segments of the client.
    pub(crate) sends: Vec<Send>,
}

impl Transfer {
    /// Opens the connection at time zero.
    pub(crate) fn new(
        config: &Config,
        workload: Workload,
        way: impl FnMut(Time, From, &Packet) -> Option<Duration> + 'static,
    ) -> Self {
        let mut it = Transfer {
            client: Stand::new(Endpoint::client(client_ends(), config, workload)),
            server: Stand::new(Endpoint::server(server_ends(), config, Reader::AtOnce)),
            way: Box::new(way),
            under_way: BTreeMap::new(),
            count: 0,
            sends: Vec::new(),
        };
        let syn = it.client.call(Time::ZERO, |end, ctx| end.on_start(ctx));
        it.send(Time::ZERO, From::Client, syn);
        it
    }

    fn send(&mut self, now: Time, from: From, packets: Vec<Packet>) {
        for packet in packets {
            if from == From::Client && packet.segment > 0 {
                self.sends.push(Send::new(now, &packet));
            }
            if let Some(span) = (self.way)(now, from, &packet) {
                self.under_way.insert((now + span, self.count), (from, packet));
                self.count += 1;
            }
        }
    }

    /// Runs until `end`, or until nothing is left to happen. Returns the time of the last event.
    pub(crate) fn run_until(&mut self, end: Time) -> Time {
        let mut now = Time::ZERO;
        loop {
            let arrival = self.under_way.first_key_value().map_or(Time::NEVER, |((at, _), _)| *at);
            let timers = [self.client.next_deadline(), self.server.next_deadline()];
            let next = arrival.min(timers[0]).min(timers[1]);
            if next >= end {
                return now;
            }
            now = next;
            let (side, sent) = if arrival == now {
                let (_, (from, packet)) = self.under_way.pop_first().expect("it was just seen");
                match from {
                    From::Client => (From::Server, self.server.call(now, |end, ctx| end.on_packet(ctx, packet))),
                    From::Server => (From::Client, self.client.call(now, |end, ctx| end.on_packet(ctx, packet))),
                }
            } else if timers[0] == now {
                (From::Client, self.client.fire())
            } else {
                (From::Server, self.server.fire())
            };
            self.send(now, side, sent);
        }
    }

    /// Bytes the server's application has read.
    pub(crate) fn delivered_bytes(&self) -> u64 {
        self.server.end.stats().delivered_bytes
    }
}

/// Two links in a row with queues that never fill, each way its own, as in Fall & Floyd 1996; on the way back the second
/// comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TwoLinks {
    pub(crate) links: [(Rate, Duration); 2],
    /// Bytes the links add to each packet.
    pub(crate) framing: u32,
    /// Where the chosen packets are lost.
    pub(crate) lost: LostAt,
}

/// Where a packet is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LostAt {
    /// On entering the second link: it takes none of its time.
    SecondLink,
    /// Behind the second link.
    End,
}

impl TwoLinks {
    /// The way of packets, of which the first copies of `drops` (counted from 1) are lost.
    pub(crate) fn way(self, drops: Vec<u32>) -> impl FnMut(Time, From, &Packet) -> Option<Duration> {
        let mut is_free_at = [[Time::ZERO; 2]; 2];
        move |now, from, packet| {
            let is_lost = from == From::Client && packet.copy == 1 && drops.contains(&packet.segment);
            let [first, second] = self.links;
            let mut order = if from == From::Client { vec![first, second] } else { vec![second, first] };
            if is_lost && self.lost == LostAt::SecondLink {
                order.pop();
            }
            let mut at = now;
            for ((rate, delay), free_at) in order.into_iter().zip(&mut is_free_at[from as usize]) {
                let size = Bytes((packet.size + self.framing).into());
                *free_at = at.max(*free_at) + rate.serialization_delay(size);
                at = *free_at + delay;
            }
            (!is_lost).then(|| at - now)
        }
    }
}

/// A recorded time.
pub(crate) fn time(seconds: f64) -> Time {
    Time::ZERO + span(seconds)
}

/// A recorded span.
pub(crate) fn span(seconds: f64) -> Duration {
    assert!(seconds >= 0.0, "spans of recordings are positive");
    Duration::from_picos((seconds * 1e12).round() as u64)
}

/// Whether two times lie within `tolerance` of each other.
pub(crate) fn are_near(one: Time, other: Time, tolerance: Duration) -> bool {
    one.max(other) - one.min(other) <= tolerance
}
