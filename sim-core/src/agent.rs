//! Agents: what lives on a node and speaks by packets, and all it may do.
//!
//! An agent does no I/O and owns no clock. It is told what happened by its `on_…` hooks, and acts through [`Ctx`].

use std::any::Any;
use std::fmt;

use smallvec::SmallVec;

use crate::ids::{Destination, InterfaceId, LinkId, NodeId};
use crate::node::Fib;
pub use crate::node::Forwarding;
use crate::packet::{Address, Packet, PacketId};
use crate::random::Random;
use crate::simulation::LinkState;
use crate::time::Time;

/// An endpoint of a flow, or a process of a router.
///
/// ```
/// use sim_core::agent::{Agent, Ctx};
/// use sim_core::packet::Packet;
///
/// /// Counts what arrives.
/// #[derive(Clone, Debug, Default)]
/// struct Counter {
///     packets: u64,
/// }
///
/// impl Agent for Counter {
///     fn on_packet(&mut self, _ctx: &mut Ctx<'_>, _packet: Packet) {
///         self.packets += 1;
///     }
/// }
/// ```
pub trait Agent: Any + fmt::Debug + Send + Sync + CloneAgent {
    /// Its start time has come.
    fn on_start(&mut self, _ctx: &mut Ctx<'_>) {}

    /// A packet for it has arrived.
    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet);

    /// A timer it set has expired.
    fn on_timer(&mut self, _ctx: &mut Ctx<'_>, _timer: TimerKey) {}

    /// The script asks something of it.
    fn on_command(&mut self, _ctx: &mut Ctx<'_>, _command: Command) {}

    /// A link from or to its node went down, came up, or got another cost, rate or delay.
    fn on_link_change(&mut self, _ctx: &mut Ctx<'_>, _change: LinkChange) {}
}

/// Cloning behind a box; every `Agent` that is `Clone` has it.
pub trait CloneAgent {
    /// A boxed copy of this agent.
    fn clone_agent(&self) -> Box<dyn Agent>;
}

impl<A: Agent + Clone> CloneAgent for A {
    fn clone_agent(&self) -> Box<dyn Agent> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Agent> {
    fn clone(&self) -> Self {
        (**self).clone_agent()
    }
}

/// What a script can ask of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Send nothing new; close what is open.
    Stop,
    /// What only routers understand.
    Router(RouterCommand),
}

/// What a script can ask of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouterCommand {
    /// The node fails: forget everything.
    Crash,
    /// The node works again, knowing nothing.
    Boot,
    /// Tell others that a destination is here.
    Announce(Destination),
    /// Tell others no longer.
    Withdraw(Destination),
}

/// A change of a link that its ends are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkChange {
    /// The direction that changed.
    pub link: LinkId,
    /// The interface it leaves or enters this node by; none if no link leads the other way.
    pub interface: Option<InterfaceId>,
    /// Whether it leads from this node or to it.
    pub direction: LinkDirection,
    /// How it is now.
    pub state: LinkState,
}

/// Which way a link leads, as seen from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkDirection {
    /// From the node.
    Outgoing,
    /// To the node.
    Incoming,
}

/// Which of an agent's timers: the number of a variant of the agent's own enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerKey(pub u8);

impl TimerKey {
    /// Kept by the engine for the start of an agent.
    pub const START: TimerKey = TimerKey(u8::MAX);
}

/// The timers an agent has set. Few, so a scan beats any cleverer structure.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    set: SmallVec<[Timer; 4]>,
    /// Counts settings: timers of one deadline fire in the order they were set.
    settings: u32,
}

#[derive(Clone, Copy, Debug)]
struct Timer {
    deadline: Time,
    order: u32,
    key: TimerKey,
}

impl Timers {
    /// Sets `key` to fire at `deadline`, moving it if it is set already.
    #[inline]
    pub fn set(&mut self, key: TimerKey, deadline: Time) {
        self.settings = self.settings.wrapping_add(1);
        let timer = Timer { deadline, order: self.settings, key };
        match self.set.iter_mut().find(|timer| timer.key == key) {
            Some(slot) => *slot = timer,
            None => self.set.push(timer),
        }
    }

    /// Forgets `key`.
    #[inline]
    pub fn cancel(&mut self, key: TimerKey) {
        if let Some(at) = self.set.iter().position(|timer| timer.key == key) {
            self.set.swap_remove(at);
        }
    }

    /// When `key` will fire, if it is set.
    pub fn deadline(&self, key: TimerKey) -> Option<Time> {
        self.set.iter().find(|timer| timer.key == key).map(|timer| timer.deadline)
    }

    /// The earliest deadline, [`Time::NEVER`] if no timer is set.
    #[inline]
    pub fn earliest(&self) -> Time {
        self.set.iter().map(|timer| timer.deadline).min().unwrap_or(Time::NEVER)
    }

    /// Takes out the timer that fires first, if it is due at `now`.
    pub fn take_due(&mut self, now: Time) -> Option<TimerKey> {
        let (first, timer) = self.set.iter().enumerate().min_by_key(|(_, timer)| (timer.deadline, timer.order))?;
        (timer.deadline <= now).then(|| self.set.swap_remove(first).key)
    }
}

/// What an agent sees of its node, and all it may do: read the time, send, set timers, draw random numbers.
#[derive(Debug)]
pub struct Ctx<'a> {
    pub(crate) now: Time,
    pub(crate) node: NodeId,
    pub(crate) address: Address,
    pub(crate) origin: u32,
    pub(crate) packets_sent: &'a mut u32,
    pub(crate) timers: &'a mut Timers,
    pub(crate) outbox: &'a mut Vec<Packet>,
    pub(crate) random: &'a mut Random,
    pub(crate) fib: &'a mut Fib,
    /// The outgoing links of the node, by interface.
    pub(crate) interfaces: &'a [u32],
    /// By which interface the packet came that this hook is about.
    pub(crate) arrived_by: Option<InterfaceId>,
}

impl<'a> Ctx<'a> {
    /// The simulated time.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The node this agent lives on.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The address of that node.
    pub fn address(&self) -> Address {
        self.address
    }

    /// This agent's own stream of random numbers.
    pub fn random(&mut self) -> &mut Random {
        self.random
    }

    /// Sends `packet`: the node looks up the way and queues it at the same instant, after the hook returns,
    /// packets in the order of their sending.
    #[inline]
    pub fn send(&mut self, mut packet: Packet) {
        packet.id = PacketId { origin: self.origin, number: *self.packets_sent };
        packet.sent_at = self.now;
        *self.packets_sent = self.packets_sent.wrapping_add(1);
        self.outbox.push(packet);
    }

    /// Sends `packet` to the neighbour at the other end of an interface's cable, whatever the forwarding table says.
    pub fn send_over(&mut self, interface: InterfaceId, mut packet: Packet) {
        packet.destination = Address::ALL_ROUTERS;
        packet.flow_hash = interface.0;
        self.send(packet);
    }

    /// By which interface the packet came that this hook was called for.
    pub fn arrived_by(&self) -> Option<InterfaceId> {
        self.arrived_by
    }

    /// Tells the node how to forward packets to `destination` from now on.
    pub fn set_route(&mut self, destination: Destination, forwarding: Forwarding<'_>) {
        self.fib.set_forwarding(destination, forwarding, self.interfaces);
    }

    /// The same surroundings for something that lives inside an agent, with timers and an outbox of its own: a
    /// connection of a router. What it sends must be sent on by the agent with [`Ctx::send_over`].
    pub fn nested<'b>(&'b mut self, timers: &'b mut Timers, outbox: &'b mut Vec<Packet>) -> Ctx<'b>
    where
        'a: 'b,
    {
        Ctx {
            now: self.now,
            node: self.node,
            address: self.address,
            origin: self.origin,
            packets_sent: self.packets_sent,
            timers,
            outbox,
            random: self.random,
            fib: self.fib,
            interfaces: self.interfaces,
            arrived_by: self.arrived_by,
        }
    }

    /// Sets a timer for `deadline`, moving it if it is set already. A deadline that is not in the future fires at
    /// this instant, after the arrivals.
    #[inline]
    pub fn set_timer(&mut self, timer: impl Into<TimerKey>, deadline: Time) {
        self.timers.set(timer.into(), deadline.max(self.now));
    }

    /// Forgets a timer.
    #[inline]
    pub fn cancel_timer(&mut self, timer: impl Into<TimerKey>) {
        self.timers.cancel(timer.into());
    }

    /// When a timer will fire, if it is set.
    pub fn deadline(&self, timer: impl Into<TimerKey>) -> Option<Time> {
        self.timers.deadline(timer.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TimerKey = TimerKey(0);
    const B: TimerKey = TimerKey(1);

    #[test]
    fn setting_a_timer_again_moves_it() {
        let mut timers = Timers::default();
        timers.set(A, Time::from_picos(5));
        timers.set(A, Time::from_picos(9));
        assert_eq!(timers.take_due(Time::from_picos(5)), None);
        assert_eq!(timers.take_due(Time::from_picos(9)), Some(A));
        assert_eq!(timers.earliest(), Time::NEVER);
    }

    #[test]
    fn timers_of_one_deadline_fire_in_the_order_they_were_set() {
        let mut timers = Timers::default();
        timers.set(A, Time::from_picos(5));
        timers.set(B, Time::from_picos(5));
        timers.set(A, Time::from_picos(5));
        assert_eq!(timers.take_due(Time::from_picos(5)), Some(B));
        assert_eq!(timers.take_due(Time::from_picos(5)), Some(A));
    }
}
