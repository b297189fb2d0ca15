//! A session with one neighbour: the finite state machine of RFC 4271 §8, and what was told over it.
//!
//! Modelled: automatic start and restart, the ConnectRetry, Hold, Keepalive and MinRouteAdvertisementInterval timers. The
//! end whose name comes first opens, the other listens: connections do not collide (§6.8 is not needed), and a new one
//! shows that the neighbour has forgotten the old. Not modelled: messages that are malformed, damping of restarts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sim_core::time::{Duration, Time};

use super::connection::{Connection, Segment};
use super::messages::{Attributes, BgpMessage, Error};
use super::rib::{Place, Source};
use super::{PathVector, jittered};
use crate::routing::journal::Reason;
use crate::routing::router::Router;

/// The states of RFC 4271 §8.2.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing is tried: the cable is cut, or the time to try again has not come.
    #[default]
    Idle,
    /// Opens a connection.
    Connect,
    /// Waits for the neighbour to open one.
    Active,
    /// Has sent an OPEN, waits for the neighbour's.
    OpenSent,
    /// Has the neighbour's, waits for the KEEPALIVE that accepts its own.
    OpenConfirm,
    /// Routes are told.
    Established,
}

/// The timers of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The earliest of the connection's own.
    Tcp,
    /// The neighbour has been silent for too long.
    Hold,
    /// Time for a sign of life.
    Keepalive,
    /// Updates may be sent again.
    Mrai,
    /// Time to try again.
    ConnectRetry,
}

/// One end of a session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Its `router_id` is known from the neighbour's OPEN.
    pub(super) source: Source,
    /// Whether this end opens.
    pub(super) is_opener: bool,
    pub(super) state: State,
    pub(super) connection: Option<Box<Connection>>,
    /// The lesser of the two ends' (§4.2).
    pub(super) hold_time: Duration,
    /// Adj-RIB-Out: what the neighbour was told and not told to forget.
    pub(super) told: BTreeMap<Place, Arc<Attributes>>,
    /// What may have changed since.
    pub(super) changed: BTreeSet<Place>,
}

impl Session {
    pub(super) fn new(source: Source, is_opener: bool) -> Self {
        Session {
            source,
            is_opener,
            state: State::Idle,
            connection: None,
            hold_time: Duration::ZERO,
            told: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

/// How long an OPEN may take: "a large value", four minutes (RFC 4271 §8.2.2).
const OPENING_HOLD_TIME: Duration = Duration::from_secs(240);

impl PathVector {
    /// Opens a session, or waits for the neighbour to do so (AutomaticStart, AutomaticStart_with_PassiveTcpEstablishment).
    pub(super) fn start(&mut self, router: &mut Router<'_, '_>, at: usize) {
        let session = &mut self.sessions[at];
        if session.is_opener {
            session.connection = Some(Box::new(Connection::open(router, session.source.over, &self.setup.tcp)));
            session.state = State::Connect;
            self.retry_later(router, at);
        } else {
            session.state = State::Active;
        }
        self.awake.insert(at);
    }

    fn retry_later(&mut self, router: &mut Router<'_, '_>, at: usize) {
        let wait = jittered(router, self.setup.connect_retry, self.setup.jitter);
        self.deadlines.set((at, Timer::ConnectRetry), router.now() + wait);
    }

    /// The session ends. All that was learned over it is gone; another is tried later, if the cable works.
    pub(super) fn stop(&mut self, router: &mut Router<'_, '_>, at: usize) {
        let session = &mut self.sessions[at];
        *session = Session::new(session.source, session.is_opener);
        for timer in [Timer::Tcp, Timer::Hold, Timer::Keepalive, Timer::Mrai, Timer::ConnectRetry] {
            self.deadlines.cancel((at, timer));
        }
        let over = session.source.over;
        if router.interface(over).is_up {
            if session.is_opener {
                self.retry_later(router, at);
            } else {
                session.state = State::Active;
            }
        }
        self.forget(router, over, &Reason::NeighborLost);
    }

    /// A segment has come over the interface of a session.
    pub(super) fn on_segment(&mut self, router: &mut Router<'_, '_>, at: usize, segment: &Segment) {
        let session = &mut self.sessions[at];
        let over = session.source.over;
        if !session.connection.as_ref().is_some_and(|connection| connection.has(segment)) {
            if session.is_opener || !segment.opens() {
                segment.refuse(router, over, &self.setup.tcp);
                return;
            }
            // The neighbour has forgotten the former connection, or never knew of it.
            if session.connection.is_some() {
                self.stop(router, at);
            }
            let connection = Connection::listen(router, over, &self.setup.tcp, segment.port);
            self.sessions[at].connection = Some(Box::new(connection));
        }
        self.awake.insert(at);
        let Some(connection) = &mut self.sessions[at].connection else { return };
        let messages = connection.on_segment(router, segment);
        self.on_progress(router, at);
        for message in messages {
            // A message may end the session, and with it all that follows.
            if self.sessions[at].connection.is_some() {
                router.note_heard(self, over, message.clone());
                self.on_bgp_message(router, at, &message);
            }
        }
    }

    /// Something happened to the connection of a session.
    fn on_progress(&mut self, router: &mut Router<'_, '_>, at: usize) {
        let session = &self.sessions[at];
        let Some(connection) = &session.connection else { return };
        if connection.is_closed() {
            // TcpConnectionFails.
            return self.stop(router, at);
        }
        match session.state {
            State::Connect | State::Active if connection.is_established() => {
                // TcpConnectionConfirmed, Tcp_CR_Acked.
                self.deadlines.cancel((at, Timer::ConnectRetry));
                self.sessions[at].state = State::OpenSent;
                let open = BgpMessage::Open { router_id: router.id(), hold_time: self.setup.hold_time };
                self.send(router, at, Arc::new(open));
                self.deadlines.set((at, Timer::Hold), router.now() + OPENING_HOLD_TIME);
            }
            State::Idle
            | State::Connect
            | State::Active
            | State::OpenSent
            | State::OpenConfirm
            | State::Established => {}
        }
    }

    pub(super) fn send(&mut self, router: &mut Router<'_, '_>, at: usize, message: Arc<BgpMessage>) {
        if let Some(connection) = &mut self.sessions[at].connection {
            connection.write(router, message);
            self.awake.insert(at);
        }
    }

    fn on_bgp_message(&mut self, router: &mut Router<'_, '_>, at: usize, message: &BgpMessage) {
        match (self.sessions[at].state, message) {
            (State::OpenSent, BgpMessage::Open { router_id, hold_time }) => {
                let session = &mut self.sessions[at];
                session.source.router_id = *router_id;
                session.hold_time = self.setup.hold_time.min(*hold_time);
                session.state = State::OpenConfirm;
                self.send(router, at, Arc::new(BgpMessage::Keepalive));
                self.restart_hold(router, at);
            }
            (State::OpenConfirm, BgpMessage::Keepalive) => {
                let session = &mut self.sessions[at];
                session.state = State::Established;
                // All that is best is new to this neighbour (RFC 4271 §9.2).
                session.changed = (0..self.entries.len()).filter(|&place| self.entries[place].best.is_some()).collect();
                self.restart_hold(router, at);
                if !self.sessions[at].hold_time.is_zero() {
                    self.restart_keepalive(router, at);
                }
            }
            (State::Established, BgpMessage::Keepalive) => self.restart_hold(router, at),
            (State::Established, BgpMessage::Update(update)) => {
                self.restart_hold(router, at);
                self.on_update(router, at, update);
            }
            // A NOTIFICATION; or what cannot come in this state from a neighbour that keeps to the rules.
            (
                State::Idle
                | State::Connect
                | State::Active
                | State::OpenSent
                | State::OpenConfirm
                | State::Established,
                BgpMessage::Open { .. }
                | BgpMessage::Keepalive
                | BgpMessage::Update(_)
                | BgpMessage::Notification(Error::HoldTimerExpired),
            ) => self.stop(router, at),
        }
    }

    fn restart_hold(&mut self, router: &mut Router<'_, '_>, at: usize) {
        let hold_time = self.sessions[at].hold_time;
        // Zero: no sign of life is ever missed (RFC 4271 §4.2).
        let until = if hold_time.is_zero() { Time::NEVER } else { router.now() + hold_time };
        self.deadlines.set((at, Timer::Hold), until);
    }

    fn restart_keepalive(&mut self, router: &mut Router<'_, '_>, at: usize) {
        let wait = jittered(router, self.setup.keepalive, self.setup.jitter);
        self.deadlines.set((at, Timer::Keepalive), router.now() + wait);
    }

    /// A timer of a session has expired.
    pub(super) fn on_timer(&mut self, router: &mut Router<'_, '_>, at: usize, timer: Timer) {
        self.awake.insert(at);
        match timer {
            Timer::Tcp => {
                if let Some(connection) = &mut self.sessions[at].connection {
                    connection.on_deadline(router);
                    self.on_progress(router, at);
                }
            }
            Timer::Hold => {
                self.send(router, at, Arc::new(BgpMessage::Notification(Error::HoldTimerExpired)));
                self.stop(router, at);
            }
            Timer::Keepalive => {
                self.send(router, at, Arc::new(BgpMessage::Keepalive));
                self.restart_keepalive(router, at);
            }
            // What has gathered is sent when the hook ends.
            Timer::Mrai => {}
            Timer::ConnectRetry => self.start(router, at),
        }
    }
}
