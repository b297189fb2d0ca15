//! The part of a router that every protocol needs: interfaces and what is at their other ends, the table of routes, and
//! the journal. It is the agent that the engine knows; the protocol lives inside as a [`Process`].
//!
//! Modelled: point-to-point cables between routers, and hosts at the end of one cable, to which the router has a
//! connected route. A cable can be used while both of its directions carry packets. A router that fails forgets
//! everything and is silent. Not modelled: shared segments with many routers, unidirectional links.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::agent::{Agent, Command, Ctx, Forwarding, LinkChange, LinkDirection, RouterCommand, TimerKey};
use sim_core::ids::{Destination, FlowId, InterfaceId, NodeId};
use sim_core::packet::{Address, Body, Control, Endpoints, Message, Packet};
use sim_core::random::Random;
use sim_core::time::{Duration, Time};
use sim_core::units::Rate;

use super::journal::{Journal, MessageSent, Reason, RouteChange};
use super::names::Names;
use super::process::{Effort, Process};
use super::recorder::{Cause, Recorder, Step};
use super::route::{Route, Way};
use super::shortest_path::LinkCost;
use super::tables::{Table, Wanted, tables};

/// The flow that messages between routers are counted under.
pub const ROUTING: FlowId = FlowId(u32::MAX);

/// The timer of the process's earliest deadline.
const DEADLINE: TimerKey = TimerKey(0);

/// A router's end of a cable.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// Its number at this router.
    pub id: InterfaceId,
    /// Who is at the other end.
    pub neighbor: NodeId,
    /// What the neighbour is.
    pub peer: Peer,
    /// What it costs to send over it.
    pub cost: u64,
    /// Whether the cable carries packets both ways, as far as the router can know.
    pub is_up: bool,
    /// Place of the outgoing link among all links by name: breaks ties, whatever the numbers.
    pub rank: u32,
    /// The link's own cost, rate and delay, of which `cost` is made.
    pub configured_cost: u32,
    /// See there.
    pub rate: Rate,
    /// See there.
    pub delay: Duration,
}

/// What is at the other end of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A router that speaks the same protocol.
    Router,
    /// A host that speaks none. It is a destination of its own.
    Host(Destination),
}

/// How a router finds out that a cable is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detection {
    /// At once: its interface loses the carrier.
    #[default]
    Carrier,
    /// By the silence of the neighbour: the protocol's own timers run out.
    Silence,
}

/// What a router is told when it is made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The node it is.
    pub node: NodeId,
    /// Its place among all routers by name, or as the file numbers them: the router id of every protocol. No two alike.
    pub router_id: u32,
    /// Itself as a destination.
    pub destination: Destination,
    /// What else is here from the start, by announcement: prefixes.
    pub announced: Vec<Destination>,
    /// Its interfaces, by number.
    pub interfaces: Vec<Interface>,
    /// What the use of a link costs.
    pub cost: LinkCost,
    /// How it notices that a cable is cut.
    pub detection: Detection,
}

/// A router: the agent around a process.
#[derive(Clone, Debug)]
pub struct RouterAgent {
    setup: Setup,
    base: Base,
    process: Box<dyn Process>,
    /// The process as it was made, for a router that has failed and starts anew.
    unborn: Box<dyn Process>,
    /// Whether it has begun to work and has not failed since.
    is_alive: bool,
}

/// What every router has besides its process.
#[derive(Clone, Debug)]
struct Base {
    interfaces: Vec<Interface>,
    /// Which directions of each cable carry packets, outgoing first: known by the engine, not always by the router.
    carriers: Vec<[bool; 2]>,
    announced: Vec<Destination>,
    destination: Destination,
    router_id: u32,
    routes: BTreeMap<Destination, Route>,
    journal: Journal,
    /// Takes down step by step what is done, if that is wanted.
    recorder: Option<Box<Recorder>>,
    steps: u64,
}

impl RouterAgent {
    /// A router that runs `process`.
    pub fn new(setup: Setup, process: Box<dyn Process>) -> Self {
        let base = Base {
            interfaces: setup.interfaces.clone(),
            carriers: vec![[true; 2]; setup.interfaces.len()],
            announced: setup.announced.clone(),
            destination: setup.destination,
            router_id: setup.router_id,
            routes: BTreeMap::new(),
            journal: Journal::default(),
            recorder: None,
            steps: 0,
        };
        RouterAgent { setup, base, unborn: process.clone(), process, is_alive: false }
    }

    /// The routes it has now.
    pub fn routes(&self) -> &BTreeMap<Destination, Route> {
        &self.base.routes
    }

    /// The interfaces as the router knows them.
    pub fn interfaces(&self) -> &[Interface] {
        &self.base.interfaces
    }

    /// The protocol's process.
    pub fn process(&self) -> &dyn Process {
        &*self.process
    }

    /// Messages and their bytes sent since the start.
    pub fn sent(&self) -> (u64, u64) {
        (self.base.journal.messages_sent, self.base.journal.bytes_sent)
    }

    /// Bytes at the network layer of all packets it has sent to its neighbours since the start.
    pub fn packet_bytes_sent(&self) -> u64 {
        self.base.journal.packet_bytes_sent
    }

    /// What the protocol costs this node: its routes count as entries too.
    pub fn effort(&self) -> Effort {
        let Effort { entries, steps } = self.process.effort();
        Effort { entries: entries + self.base.routes.len() as u64, steps: steps + self.base.steps }
    }

    /// The protocol's tables.
    pub fn tables(&self, names: &Names) -> Vec<Table> {
        self.tables_wanted(names, Wanted::All)
    }

    /// Some of the protocol's tables.
    pub fn tables_wanted(&self, names: &Names, wanted: Wanted) -> Vec<Table> {
        if self.is_alive { tables(&*self.process, names, wanted) } else { Vec::new() }
    }

    /// Takes out the changes and messages since the last call.
    pub fn take_journal(&mut self) -> (Vec<RouteChange>, Vec<MessageSent>) {
        (std::mem::take(&mut self.base.journal.changes), std::mem::take(&mut self.base.journal.messages))
    }

    /// Takes down from now on what it does, step by step, and what changes in these tables: see
    /// [`take_steps`](RouterAgent::take_steps).
    pub fn record(&mut self, names: &Names, tables: Wanted) {
        self.base.recorder.get_or_insert_with(|| Box::new(Recorder::new(names.clone()))).follow(tables);
    }

    /// Takes out the steps since the last call; none if they are not recorded. What they say of changes and messages is
    /// about those of [`take_journal`](RouterAgent::take_journal): both are to be called together.
    pub fn take_steps(&mut self) -> Vec<Step> {
        self.base.recorder.as_mut().map_or(Vec::new(), |recorder| recorder.take())
    }

    /// Does something as one step, for those who record.
    fn step(
        &mut self,
        ctx: &mut Ctx<'_>,
        cause: impl FnOnce() -> Cause,
        act: impl FnOnce(&mut RouterAgent, &mut Ctx<'_>),
    ) {
        if let Some(recorder) = &mut self.base.recorder {
            recorder.begin(cause(), &self.base.journal);
        }
        act(self, ctx);
        if let Some(recorder) = &mut self.base.recorder {
            let process = self.is_alive.then_some(&*self.process);
            recorder.end(ctx.now(), &self.base.journal, process);
        }
    }

    /// Lets the process do something, then sees to its next deadline.
    fn with(&mut self, ctx: &mut Ctx<'_>, hook: impl FnOnce(&mut dyn Process, &mut Router<'_, '_>)) {
        if !self.is_alive {
            return;
        }
        hook(&mut *self.process, &mut Router { ctx, base: &mut self.base });
        match self.process.next_deadline() {
            Time::NEVER => ctx.cancel_timer(DEADLINE),
            // Set only if it moved: a timer set again is due behind others of its time.
            due if ctx.deadline(DEADLINE) != Some(due.max(ctx.now())) => ctx.set_timer(DEADLINE, due),
            _ => {}
        }
    }

    fn begin(&mut self, ctx: &mut Ctx<'_>) {
        let mut router = Router { ctx, base: &mut self.base };
        for at in 0..router.base.interfaces.len() {
            router.connect(InterfaceId(at as u32));
        }
        self.with(ctx, |process, router| process.on_start(router));
    }

    fn on_announcement(&mut self, ctx: &mut Ctx<'_>, destination: Destination) {
        let cause = || Cause::Announcement(destination);
        self.step(ctx, cause, |agent, ctx| {
            agent.with(ctx, |process, router| process.on_announcement(router, destination));
        });
    }
}

impl Agent for RouterAgent {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.is_alive = true;
        self.step(ctx, || Cause::Started, RouterAgent::begin);
    }

    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Control(control) = packet.body else { return };
        let message = control.into_message();
        let Some(over) = ctx.arrived_by() else { return };
        // A router cannot hear over a cable that it holds for cut.
        if self.is_alive && self.base.interfaces[over.index()].is_up {
            let cause = || Cause::Heard(over, message.clone());
            self.step(ctx, cause, |agent, ctx| {
                agent.with(ctx, |process, router| process.on_message(router, over, &message));
            });
        }
    }

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, _timer: TimerKey) {
        let cause = || Cause::Deadline;
        self.step(ctx, cause, |agent, ctx| agent.with(ctx, |process, router| process.on_deadline(router)));
    }

    fn on_command(&mut self, ctx: &mut Ctx<'_>, command: Command) {
        let Command::Router(command) = command else { return };
        match command {
            RouterCommand::Crash => self.step(
                ctx,
                || Cause::Failed,
                |agent, ctx| {
                    let mut router = Router { ctx, base: &mut agent.base };
                    let known: Vec<Destination> = router.base.routes.keys().copied().collect();
                    for destination in known {
                        router.set_route(destination, None, Reason::RouterFailed);
                    }
                    agent.is_alive = false;
                    ctx.cancel_timer(DEADLINE);
                },
            ),
            RouterCommand::Boot => {
                self.process = self.unborn.clone();
                self.is_alive = true;
                for (at, interface) in self.base.interfaces.iter_mut().enumerate() {
                    let is_blind = self.setup.detection == Detection::Silence && interface.peer == Peer::Router;
                    interface.is_up = is_blind || self.base.carriers[at] == [true; 2];
                }
                self.step(ctx, || Cause::Restarted, RouterAgent::begin);
            }
            RouterCommand::Announce(destination) => {
                if !self.base.announced.contains(&destination) {
                    self.base.announced.push(destination);
                    self.on_announcement(ctx, destination);
                }
            }
            RouterCommand::Withdraw(destination) => {
                let before = self.base.announced.len();
                self.base.announced.retain(|&announced| announced != destination);
                if self.base.announced.len() < before {
                    self.on_announcement(ctx, destination);
                }
            }
        }
    }

    fn on_link_change(&mut self, ctx: &mut Ctx<'_>, change: LinkChange) {
        let Some(id) = change.interface else { return };
        let carriers = &mut self.base.carriers[id.index()];
        match change.direction {
            LinkDirection::Outgoing => carriers[0] = change.state.is_up,
            LinkDirection::Incoming => carriers[1] = change.state.is_up,
        }
        let has_carrier = *carriers == [true; 2];
        let interface = &mut self.base.interfaces[id.index()];
        let before = (interface.is_up, interface.cost);
        if self.setup.detection == Detection::Carrier || matches!(interface.peer, Peer::Host(_)) {
            interface.is_up = has_carrier;
        }
        if change.direction == LinkDirection::Outgoing {
            interface.configured_cost = change.state.cost;
            interface.rate = change.state.rate;
            interface.delay = change.state.delay;
            interface.cost = self.setup.cost.of(change.state.cost, change.state.rate, change.state.delay);
        }
        if (interface.is_up, interface.cost) == before || !self.is_alive {
            return;
        }
        let cause = || Cause::Interface(id);
        self.step(ctx, cause, |agent, ctx| {
            Router { ctx, base: &mut agent.base }.connect(id);
            agent.with(ctx, |process, router| process.on_interface_change(router, id));
        });
    }
}

/// What a process sees of its router, and all it may do: read the time, send messages, set routes.
#[derive(Debug)]
pub struct Router<'r, 'c> {
    ctx: &'r mut Ctx<'c>,
    base: &'r mut Base,
}

impl<'c> Router<'_, 'c> {
    /// The simulated time.
    pub fn now(&self) -> Time {
        self.ctx.now()
    }

    /// The node this is.
    pub fn node(&self) -> NodeId {
        self.ctx.node()
    }

    /// A number that no other router has, and that follows from the names of routers.
    pub fn id(&self) -> u32 {
        self.base.router_id
    }

    /// This router's own stream of random numbers.
    pub fn random(&mut self) -> &mut Random {
        self.ctx.random()
    }

    /// This router as a destination.
    pub fn own_destination(&self) -> Destination {
        self.base.destination
    }

    /// What is here beside the router itself: announced prefixes. Attached hosts are on [`interfaces`](Router::interfaces).
    pub fn announced(&self) -> &[Destination] {
        &self.base.announced
    }

    /// All that this router can tell others it leads to by itself, with the cost from here: itself and what it
    /// announces at zero, attached hosts at the cost of the cable, by names of their links.
    pub fn own_destinations(&self) -> Vec<(Destination, u64)> {
        let hosts = self.base.interfaces.iter().filter(|interface| interface.is_up);
        let hosts = hosts.filter_map(|interface| match interface.peer {
            Peer::Host(host) => Some((interface.rank, host, interface.cost)),
            Peer::Router => None,
        });
        let mut hosts: Vec<(u32, Destination, u64)> = hosts.collect();
        hosts.sort_unstable();
        let here = std::iter::once(self.base.destination).chain(self.base.announced.iter().copied());
        here.map(|destination| (destination, 0)).chain(hosts.into_iter().map(|(_, host, cost)| (host, cost))).collect()
    }

    /// All interfaces, by number.
    pub fn interfaces(&self) -> &[Interface] {
        &self.base.interfaces
    }

    /// An interface.
    pub fn interface(&self, id: InterfaceId) -> &Interface {
        &self.base.interfaces[id.index()]
    }

    /// The interfaces with a router at the other end whose cable works, as far as this router knows, by names of links.
    pub fn usable_interfaces(&self) -> Vec<InterfaceId> {
        let usable = |interface: &&Interface| interface.is_up && interface.peer == Peer::Router;
        let mut usable: Vec<&Interface> = self.base.interfaces.iter().filter(usable).collect();
        usable.sort_unstable_by_key(|interface| interface.rank);
        usable.into_iter().map(|interface| interface.id).collect()
    }

    /// Sends a message to the neighbour at an interface, in a packet of its own of `bytes` at the network layer, and
    /// notes it in the journal.
    pub fn send(&mut self, over: InterfaceId, message: Arc<dyn Message>, bytes: u32) {
        self.note_message(over, message.clone(), bytes);
        self.transmit(over, message, bytes);
    }

    /// Notes a message in the journal that reaches the neighbour by other means: within a connection.
    pub fn note_message(&mut self, over: InterfaceId, message: Arc<dyn Message>, bytes: u32) {
        self.base.journal.messages_sent += 1;
        self.base.journal.bytes_sent += u64::from(bytes);
        self.base.journal.messages.push(MessageSent { time: self.ctx.now(), interface: over, bytes, message });
    }

    /// Notes that a message which was written into a connection has been heard, before `process` acts on it.
    pub fn note_heard(&mut self, process: &dyn Process, over: InterfaceId, message: Arc<dyn Message>) {
        if let Some(recorder) = &mut self.base.recorder {
            recorder.end(self.ctx.now(), &self.base.journal, Some(process));
            recorder.begin(Cause::Heard(over, message), &self.base.journal);
        }
    }

    /// Sends a packet to the neighbour at an interface without a note in the journal.
    pub fn transmit(&mut self, over: InterfaceId, message: Arc<dyn Message>, bytes: u32) {
        let ends = Endpoints {
            flow: ROUTING,
            local: self.ctx.address(),
            local_port: PORT,
            remote: Address::ALL_ROUTERS,
            remote_port: PORT,
            flow_hash: 0,
        };
        self.base.journal.packet_bytes_sent += u64::from(bytes);
        self.ctx.send_over(over, Packet::new(&ends, bytes, Body::Control(Control::new(message))));
    }

    /// The engine's context, for what lives inside a process and is an agent by itself: a connection.
    pub fn ctx(&mut self) -> &mut Ctx<'c> {
        self.ctx
    }

    /// The route to a destination.
    pub fn route(&self, destination: Destination) -> Option<&Route> {
        self.base.routes.get(&destination)
    }

    /// Sets the route to a destination, or takes it away. Nothing happens if it is the same as before. A connected route
    /// to an attached host stays, whatever others say.
    pub fn set_route(&mut self, destination: Destination, route: Option<Route>, reason: Reason) {
        let is_attached = |interface: &Interface| interface.peer == Peer::Host(destination) && interface.is_up;
        if !matches!(reason, Reason::Connected | Reason::RouterFailed) && self.base.interfaces.iter().any(is_attached) {
            return;
        }
        let before = self.base.routes.get(&destination);
        if before == route.as_ref() {
            return;
        }
        let forwarding = match route.as_ref().map(|route| &route.way) {
            Some(Way::Over(interfaces)) => Forwarding::Over(interfaces),
            Some(Way::Here | Way::Discard) => Forwarding::BlackHole,
            None => Forwarding::Unreachable,
        };
        // To itself a router needs no entry.
        if destination != self.base.destination {
            self.ctx.set_route(destination, forwarding);
        }
        let before = match route.clone() {
            Some(route) => self.base.routes.insert(destination, route),
            None => self.base.routes.remove(&destination),
        };
        let change = RouteChange { time: self.ctx.now(), destination, before, after: route, reason };
        self.base.journal.changes.push(change);
    }

    /// Counts steps of computation.
    pub fn count_steps(&mut self, steps: u64) {
        self.base.steps += steps;
    }

    /// Keeps the connected route of an interface in step with its cable.
    fn connect(&mut self, id: InterfaceId) {
        let Interface { peer, cost, is_up, .. } = *self.interface(id);
        if let Peer::Host(host) = peer {
            self.set_route(host, is_up.then(|| Route::over(cost, [id])), Reason::Connected);
        }
    }
}

/// Where routers listen. One number serves all protocols: they are told apart by their messages.
pub const PORT: u16 = 179;
