//! Hellos, and how two neighbours make their databases alike (RFC 2328, sections 9.5, 10.5 to 10.9).

use std::collections::{BTreeMap, VecDeque};

use sim_core::ids::NodeId;

use super::flooding::Unacknowledged;
use super::lsdb::Instance;
use super::messages::{Description, OspfBody, OspfPacket, headers_in, requests_in};
use super::{LinkState, Timer};
use crate::routing::router::Router;

/// A neighbour from which a hello has come.
#[derive(Clone, Debug)]
pub(super) struct Neighbor {
    /// Its router id.
    pub id: u32,
    /// It itself, for tables.
    pub node: NodeId,
    pub state: State,
    /// Whether this router follows or leads the exchange of descriptions.
    role: Role,
    /// The number of the last description sent (DD Sequence Number).
    sequence: u32,
    /// What is still to be described (Database summary list).
    summary: VecDeque<Instance>,
    /// The description last sent, to be repeated.
    sent: Option<Sent>,
    /// Flags (I, M, MS) and number of the last description accepted: it may come again.
    received: Option<([bool; 3], u32)>,
    /// What the neighbour has newer (Link state request list).
    pub requests: BTreeMap<u32, Instance>,
    /// Those of them asked for in the last request.
    asked: Vec<u32>,
    /// What it has not acknowledged (Link state retransmission list).
    pub unacknowledged: BTreeMap<u32, Unacknowledged>,
    /// Acknowledgements that wait for others.
    pub delayed_acks: Vec<Instance>,
}

/// How far the conversation with a neighbour has come (10.1). Down is the absence of a neighbour; 2-Way is passed
/// through, as on a point-to-point link all neighbours become adjacent (10.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It is heard, but has not said that it hears.
    Init,
    /// Who leads the exchange is being settled.
    ExStart,
    /// Databases are described.
    Exchange,
    /// What the neighbour has newer is being fetched.
    Loading,
    /// The databases were alike.
    Full,
}

/// Who leads the exchange of descriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Sends, and repeats until it is answered: the one with the greater router id.
    Master,
    /// Answers.
    Slave,
}

/// A description sent.
#[derive(Clone, Debug)]
struct Sent {
    init: bool,
    more: bool,
    headers: Vec<Instance>,
}

impl LinkState {
    /// Sends a hello and sets the time of the next.
    pub(super) fn say_hello(&mut self, router: &mut Router<'_, '_>, port: usize) {
        let hears = self.ports[port].neighbor.as_ref().map(|neighbor| neighbor.id);
        self.send(router, port, OspfBody::Hello(hears));
        let wait = self.jittered(router, self.config.hello_interval);
        self.deadlines.set(Timer::Hello(port), router.now() + wait);
    }

    /// A hello has come (10.5).
    pub(super) fn on_hello(
        &mut self,
        router: &mut Router<'_, '_>,
        port: usize,
        hello: &OspfPacket,
        hears: Option<u32>,
    ) {
        if self.ports[port].neighbor.as_ref().is_some_and(|neighbor| neighbor.id != hello.router) {
            self.lose_neighbor(router, port);
        }
        self.deadlines.set(Timer::Inactivity(port), router.now() + self.config.dead_interval);
        let draw = router.random();
        let neighbor = self.ports[port].neighbor.get_or_insert_with(|| Neighbor {
            id: hello.router,
            node: hello.node,
            state: State::Init,
            role: Role::Master,
            // Unlike those of an earlier life, most likely (10.8).
            sequence: draw.bits() as u32,
            summary: VecDeque::new(),
            sent: None,
            received: None,
            requests: BTreeMap::new(),
            asked: Vec::new(),
            unacknowledged: BTreeMap::new(),
            delayed_acks: Vec::new(),
        });
        let is_two_way = hears == Some(self.id);
        match (neighbor.state, is_two_way) {
            // 2-WayReceived.
            (State::Init, true) => self.start_exchange(router, port),
            // 1-WayReceived: the neighbour has forgotten this router.
            (State::ExStart | State::Exchange | State::Loading | State::Full, false) => {
                self.fall_back(router, port, State::Init);
            }
            (State::Init, false) | (State::ExStart | State::Exchange | State::Loading | State::Full, true) => {}
        }
    }

    /// InactivityTimer, or LLDown.
    pub(super) fn lose_neighbor(&mut self, router: &mut Router<'_, '_>, port: usize) {
        if self.ports[port].neighbor.is_some() {
            self.fall_back(router, port, State::Init);
            self.ports[port].neighbor = None;
            self.deadlines.cancel(Timer::Inactivity(port));
        }
    }

    /// Takes back all that made the neighbour more than `state`.
    fn fall_back(&mut self, router: &mut Router<'_, '_>, port: usize, state: State) {
        for timer in [Timer::Describe(port), Timer::Request(port), Timer::Resend(port), Timer::Ack(port)] {
            self.deadlines.cancel(timer);
        }
        self.ports[port].updates.clear();
        self.ports[port].acks.clear();
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        neighbor.summary.clear();
        neighbor.requests.clear();
        neighbor.asked.clear();
        neighbor.unacknowledged.clear();
        neighbor.delayed_acks.clear();
        (neighbor.sent, neighbor.received) = (None, None);
        let was_full = neighbor.state == State::Full;
        neighbor.state = state;
        self.forget_flushed();
        if was_full {
            self.originate(router);
            self.schedule_spf(router);
        }
    }

    /// Enters ExStart: both claim to lead, with empty descriptions (10.8).
    fn start_exchange(&mut self, router: &mut Router<'_, '_>, port: usize) {
        self.fall_back(router, port, State::ExStart);
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        neighbor.role = Role::Master;
        neighbor.sequence = neighbor.sequence.wrapping_add(1);
        neighbor.sent = Some(Sent { init: true, more: true, headers: Vec::new() });
        self.repeat_description(router, port);
    }

    /// Sends the current description, and again until it is answered if this router leads.
    pub(super) fn repeat_description(&mut self, router: &mut Router<'_, '_>, port: usize) {
        let Some(neighbor) = &self.ports[port].neighbor else { return };
        let Some(sent) = &neighbor.sent else { return };
        let description = Description {
            init: sent.init,
            more: sent.more,
            master: neighbor.role == Role::Master,
            sequence: neighbor.sequence,
            headers: sent.headers.clone(),
        };
        if neighbor.role == Role::Master {
            self.deadlines.set(Timer::Describe(port), router.now() + self.config.retransmit_interval);
        }
        self.send(router, port, OspfBody::DatabaseDescription(description));
    }

    /// Describes the next part of the database.
    fn describe_more(&mut self, router: &mut Router<'_, '_>, port: usize) {
        let room = headers_in(self.max_packet());
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        let headers: Vec<Instance> = neighbor.summary.drain(..room.min(neighbor.summary.len())).collect();
        neighbor.sent = Some(Sent { init: false, more: !neighbor.summary.is_empty(), headers });
        self.repeat_description(router, port);
    }

    /// A description has come (10.6).
    pub(super) fn on_description(&mut self, router: &mut Router<'_, '_>, port: usize, heard: &Description) {
        let own_id = self.id;
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        if neighbor.state == State::Init {
            // It would not send this if it did not hear us: 2-WayReceived.
            self.start_exchange(router, port);
        }
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        let flags = [heard.init, heard.more, heard.master];
        let is_repeated = neighbor.received == Some((flags, heard.sequence));
        match neighbor.state {
            State::Init => {}
            State::ExStart => {
                if flags == [true; 3] && heard.headers.is_empty() && neighbor.id > own_id {
                    neighbor.role = Role::Slave;
                    neighbor.sequence = heard.sequence;
                    neighbor.received = Some((flags, heard.sequence));
                    self.deadlines.cancel(Timer::Describe(port));
                    self.negotiation_done(router, port);
                    self.describe_more(router, port);
                } else if !heard.init && !heard.master && heard.sequence == neighbor.sequence && neighbor.id < own_id {
                    neighbor.received = Some((flags, heard.sequence));
                    self.negotiation_done(router, port);
                    self.on_headers(router, port, heard);
                }
            }
            State::Exchange if is_repeated => self.on_repetition(router, port),
            State::Exchange => {
                let expected = match neighbor.role {
                    Role::Master => neighbor.sequence,
                    Role::Slave => neighbor.sequence.wrapping_add(1),
                };
                let leads = neighbor.role == Role::Slave;
                if heard.init || heard.master != leads || heard.sequence != expected {
                    // SeqNumberMismatch.
                    return self.start_exchange(router, port);
                }
                neighbor.received = Some((flags, heard.sequence));
                self.on_headers(router, port, heard);
            }
            State::Loading | State::Full if is_repeated => self.on_repetition(router, port),
            State::Loading | State::Full => self.start_exchange(router, port),
        }
    }

    /// The slave repeats its answer; the master has asked again already.
    fn on_repetition(&mut self, router: &mut Router<'_, '_>, port: usize) {
        if self.ports[port].neighbor.as_ref().is_some_and(|neighbor| neighbor.role == Role::Slave) {
            self.repeat_description(router, port);
        }
    }

    /// NegotiationDone: the database as it is now is to be described. What is being flushed is flooded instead (10.3).
    fn negotiation_done(&mut self, router: &mut Router<'_, '_>, port: usize) {
        let (now, max_age) = (router.now(), self.config.max_age);
        let instances = self.lsdb.entries().map(|entry| entry.instance(now, max_age));
        let (flushed, summary): (Vec<Instance>, _) = instances.partition(|instance| instance.age >= max_age);
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        neighbor.state = State::Exchange;
        neighbor.summary = summary.into();
        for instance in flushed {
            self.send_reliably(now, port, instance);
        }
    }

    /// The next description of the neighbour's: notes what it has newer, and goes on (10.6, 10.8).
    fn on_headers(&mut self, router: &mut Router<'_, '_>, port: usize, heard: &Description) {
        let (now, max_age) = (router.now(), self.config.max_age);
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        for header in &heard.headers {
            let own = self.lsdb.get(header.lsa.router).map(|entry| entry.instance(now, max_age));
            if own.is_none_or(|own| header.compare(&own, max_age).is_gt()) {
                neighbor.requests.insert(header.lsa.router, header.clone());
            }
        }
        let has_said_all = neighbor.sent.as_ref().is_some_and(|sent| !sent.more);
        match neighbor.role {
            Role::Master if has_said_all && !heard.more => self.exchange_done(router, port),
            Role::Master => {
                neighbor.sequence = neighbor.sequence.wrapping_add(1);
                self.describe_more(router, port);
            }
            Role::Slave => {
                neighbor.sequence = heard.sequence;
                self.describe_more(router, port);
                let neighbor = self.ports[port].neighbor.as_ref();
                if !heard.more && neighbor.and_then(|neighbor| neighbor.sent.as_ref()).is_some_and(|sent| !sent.more) {
                    self.exchange_done(router, port);
                }
            }
        }
        self.ask_if_idle(router, port);
    }

    /// ExchangeDone.
    fn exchange_done(&mut self, router: &mut Router<'_, '_>, port: usize) {
        self.deadlines.cancel(Timer::Describe(port));
        if let Some(neighbor) = &mut self.ports[port].neighbor {
            neighbor.state = State::Loading;
        }
        self.ask_if_idle(router, port);
    }

    /// Asks for what the neighbour has newer, unless a request is under way; Full when there is nothing left (10.9).
    pub(super) fn ask_if_idle(&mut self, router: &mut Router<'_, '_>, port: usize) {
        let exchanging = |neighbor: &&mut Neighbor| matches!(neighbor.state, State::Exchange | State::Loading);
        let Some(neighbor) = self.ports[port].neighbor.as_mut().filter(exchanging) else { return };
        if neighbor.asked.iter().any(|asked| neighbor.requests.contains_key(asked)) {
            return;
        }
        neighbor.asked.clear();
        self.deadlines.cancel(Timer::Request(port));
        if !neighbor.requests.is_empty() {
            self.request(router, port);
        } else if neighbor.state == State::Loading {
            // LoadingDone.
            neighbor.state = State::Full;
            self.forget_flushed();
            self.originate(router);
        }
    }

    /// Sends a request for as much as fits, and again until it is answered.
    pub(super) fn request(&mut self, router: &mut Router<'_, '_>, port: usize) {
        let room = requests_in(self.max_packet());
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        let wanted: Vec<(u32, NodeId)> =
            neighbor.requests.iter().take(room).map(|(&id, header)| (id, header.lsa.node)).collect();
        neighbor.asked = wanted.iter().map(|&(id, _)| id).collect();
        self.deadlines.set(Timer::Request(port), router.now() + self.config.retransmit_interval);
        self.send(router, port, OspfBody::LinkStateRequest(wanted));
    }

    /// The neighbour asks for LSAs (10.7).
    pub(super) fn on_request(&mut self, router: &mut Router<'_, '_>, port: usize, routers: &[(u32, NodeId)]) {
        let (now, max_age) = (router.now(), self.config.max_age);
        if !self.speaks_with(port) {
            return;
        }
        let mut answer = Vec::new();
        for &(id, _) in routers {
            match self.lsdb.get(id) {
                Some(entry) => answer.push(entry.instance(now, max_age)),
                // BadLSReq: this router has said that it has it.
                None => return self.start_exchange(router, port),
            }
        }
        self.ports[port].updates.extend(answer);
    }

    /// BadLSReq in an update (13, step 6): the exchange went wrong and begins anew.
    pub(super) fn exchange_anew(&mut self, router: &mut Router<'_, '_>, port: usize) {
        self.start_exchange(router, port);
    }

    /// Whether LSAs are exchanged with the neighbour: it is in Exchange or beyond.
    pub(super) fn speaks_with(&self, port: usize) -> bool {
        self.ports[port].neighbor.as_ref().is_some_and(|neighbor| neighbor.state >= State::Exchange)
    }
}
