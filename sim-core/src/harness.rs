//! A bench for testing an agent without a simulator: call a hook, look at what it asked for.
//!
//! ```
//! # use sim_core::agent::{Agent, Ctx, TimerKey};
//! # use sim_core::packet::Packet;
//! # use sim_core::time::Duration;
//! use sim_core::harness::Harness;
//!
//! # #[derive(Clone, Debug)] struct Ticker;
//! # impl Agent for Ticker {
//! #     fn on_start(&mut self, ctx: &mut Ctx<'_>) { ctx.set_timer(TimerKey(0), ctx.now() + Duration::from_secs(1)); }
//! #     fn on_packet(&mut self, _: &mut Ctx<'_>, _: Packet) {}
//! # }
//! let mut bench = Harness::new();
//! let sent = bench.call(|ctx| Ticker.on_start(ctx));
//! assert!(sent.is_empty());
//! assert_eq!(bench.deadline(TimerKey(0)), Some(bench.now + Duration::from_secs(1)));
//! ```

use crate::agent::{Ctx, TimerKey, Timers};
use crate::ids::{FlowId, InterfaceId, NodeId};
use crate::node::Fib;
use crate::packet::{Address, Body, Endpoints, Packet, UdpHeader, UdpKind};
use crate::random::Random;
use crate::time::{Duration, Time};

/// How many interfaces the node of a bench has.
const INTERFACES: u32 = 16;

/// The surroundings of one agent: its clock, timers and random stream.
#[derive(Clone, Debug)]
pub struct Harness {
    /// The time hooks are called at.
    pub now: Time,
    timers: Timers,
    random: Random,
    packets_sent: u32,
    fib: Fib,
    interfaces: Vec<u32>,
    /// By which interface the next packet comes.
    pub arrived_by: Option<InterfaceId>,
}

impl Default for Harness {
    fn default() -> Self {
        Harness::new()
    }
}

impl Harness {
    /// A bench at time zero.
    pub fn new() -> Self {
        Harness {
            now: Time::ZERO,
            timers: Timers::default(),
            random: Random::stream(1, "harness", "agent"),
            packets_sent: 0,
            fib: Fib::default(),
            interfaces: (0..INTERFACES).collect(),
            arrived_by: None,
        }
    }

    /// Calls a hook and returns the packets it sent, in order.
    pub fn call(&mut self, hook: impl FnOnce(&mut Ctx<'_>)) -> Vec<Packet> {
        let mut outbox = Vec::new();
        hook(&mut Ctx {
            now: self.now,
            node: NodeId(0),
            address: Address(0x0a00_0001),
            origin: 0,
            packets_sent: &mut self.packets_sent,
            timers: &mut self.timers,
            outbox: &mut outbox,
            random: &mut self.random,
            fib: &mut self.fib,
            interfaces: &self.interfaces,
            arrived_by: self.arrived_by,
        });
        outbox
    }

    /// Lets time pass; no timer fires.
    pub fn advance(&mut self, span: Duration) {
        self.now += span;
    }

    /// When a timer will fire, if it is set.
    pub fn deadline(&self, timer: impl Into<TimerKey>) -> Option<Time> {
        self.timers.deadline(timer.into())
    }

    /// The earliest deadline of all timers, [`Time::NEVER`] without any.
    pub fn next_deadline(&self) -> Time {
        self.timers.earliest()
    }

    /// Takes out the timer that is due at the bench's time, if any: call the agent's `on_timer` with it.
    pub fn take_due(&mut self) -> Option<TimerKey> {
        self.timers.take_due(self.now)
    }
}

/// A UDP packet of `size` bytes between two ends, for tests of queues and losses.
pub fn packet(size: u32) -> Packet {
    let ends = Endpoints {
        flow: FlowId(0),
        local: Address(0x0a00_0001),
        local_port: 49_152,
        remote: Address(0x0a00_0002),
        remote_port: 9,
        flow_hash: 0,
    };
    let header = UdpHeader { sequence: 0, timestamp: Time::ZERO, kind: UdpKind::Data };
    Packet::new(&ends, size, Body::Udp(header))
}
