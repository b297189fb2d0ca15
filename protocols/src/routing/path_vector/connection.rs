//! The TCP connection below a session (RFC 4271 §4, §8): one of [`tcp::Endpoint`], with messages beside its bytes.
//!
//! TCP here counts bytes and carries none. So a message travels beside the segment that holds its last byte, as often as
//! that is sent, and is read when the receiver has all bytes up to that one in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use sim_core::agent::{Agent, Ctx, Timers};
use sim_core::ids::InterfaceId;
use sim_core::packet::{Address, Body, Endpoints, Message, Packet, TcpFlags, TcpHeader};
use sim_core::time::Time;

use super::messages::BgpMessage;
use crate::routing::router::{PORT, ROUTING, Router};
use crate::tcp::{self, Endpoint, State, Then, Workload};

/// Ports from here up are for those who open (RFC 6335 §6).
const FIRST_DYNAMIC_PORT: u16 = 49_152;

/// A TCP segment between two speakers.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The port of the end that opened: tells connections apart. The other end's is 179.
    pub(super) port: u16,
    /// Whether the end that opened sent it.
    pub(super) is_from_opener: bool,
    pub(super) header: TcpHeader,
    /// Bytes of data.
    len: u32,
    /// The messages whose last byte is in it, by the place behind that byte in the stream.
    messages: Vec<(u64, Arc<BgpMessage>)>,
}

impl Message for Segment {
    fn kind(&self) -> &'static str {
        "segment"
    }
}

/// What an end of a connection knows.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    endpoint: Endpoint,
    timers: Timers,
    over: InterfaceId,
    port: u16,
    is_opener: bool,
    ends: Endpoints,
    /// The number of our SYN.
    iss: u32,
    /// Bytes written so far.
    written: u64,
    /// Messages that are not known to have arrived, by the place behind their last byte.
    unacknowledged: VecDeque<(u64, Arc<BgpMessage>)>,
    /// Messages that have arrived before all that precedes them.
    waiting: BTreeMap<u64, Arc<BgpMessage>>,
}

impl Connection {
    /// Opens a connection, from a port of its own.
    pub(super) fn open(router: &mut Router<'_, '_>, over: InterfaceId, config: &tcp::Config) -> Self {
        let choices = u64::from(u16::MAX - FIRST_DYNAMIC_PORT) + 1;
        let port = FIRST_DYNAMIC_PORT + router.random().below(choices) as u16;
        let ends = ends(router, port, true);
        let endpoint = Endpoint::client(ends, config, WORKLOAD);
        let mut connection = Connection::new(endpoint, ends, over, port, true);
        connection.with(router, |endpoint, ctx| endpoint.on_start(ctx));
        connection
    }

    /// Waits for the SYN of a peer who opens from `port`.
    pub(super) fn listen(router: &mut Router<'_, '_>, over: InterfaceId, config: &tcp::Config, port: u16) -> Self {
        let ends = ends(router, port, false);
        let endpoint =
            Endpoint::server(ends, config, tcp::Reader::AtOnce).with_application(WORKLOAD, tcp::Reader::AtOnce);
        Connection::new(endpoint, ends, over, port, false)
    }

    fn new(endpoint: Endpoint, ends: Endpoints, over: InterfaceId, port: u16, is_opener: bool) -> Self {
        Connection {
            endpoint,
            timers: Timers::default(),
            over,
            port,
            is_opener,
            ends,
            iss: 0,
            written: 0,
            unacknowledged: VecDeque::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Whether a segment is one of this connection.
    pub(super) fn has(&self, segment: &Segment) -> bool {
        (self.port, self.is_opener) == (segment.port, !segment.is_from_opener)
    }

    /// Whether data can flow both ways.
    pub(super) fn is_established(&self) -> bool {
        self.endpoint.state() == State::Established
    }

    /// Whether it has ended, or never came to be.
    pub(super) fn is_closed(&self) -> bool {
        match self.endpoint.state() {
            State::Closed | State::TimeWait | State::CloseWait | State::LastAck | State::Closing => true,
            // A listener whose peer has given up.
            State::Listen => self.endpoint.stats().opened_at.is_some(),
            State::SynSent | State::SynReceived | State::Established | State::FinWait1 | State::FinWait2 => false,
        }
    }

    /// When its earliest timer expires.
    pub(super) fn next_deadline(&self) -> Time {
        self.timers.earliest()
    }

    /// Its earliest timer has expired.
    pub(super) fn on_deadline(&mut self, router: &mut Router<'_, '_>) {
        while let Some(timer) = self.timers.take_due(router.now()) {
            self.with(router, |endpoint, ctx| endpoint.on_timer(ctx, timer));
        }
    }

    /// Writes a message to the stream.
    pub(super) fn write(&mut self, router: &mut Router<'_, '_>, message: Arc<BgpMessage>) {
        let len = message.bytes();
        router.note_message(self.over, message.clone(), len);
        self.written += u64::from(len);
        self.unacknowledged.push_back((self.written, message));
        self.with(router, |endpoint, ctx| endpoint.write(ctx, u64::from(len)));
    }

    /// A segment of this connection has arrived. Returns the messages that can be read now.
    pub(super) fn on_segment(&mut self, router: &mut Router<'_, '_>, segment: &Segment) -> Vec<Arc<BgpMessage>> {
        // What comes again after it was read is old.
        let read = self.endpoint.stats().delivered_bytes;
        let new = segment.messages.iter().filter(|&&(end, _)| end > read).cloned();
        self.waiting.extend(new);
        let packet = segment.packet(&self.ends);
        self.with(router, |endpoint, ctx| endpoint.on_packet(ctx, packet));
        let arrived = self.endpoint.stats().delivered_bytes;
        let beyond = self.waiting.split_off(&(arrived + 1));
        let acknowledged = self.endpoint.acknowledged_bytes();
        while self.unacknowledged.front().is_some_and(|&(end, _)| end <= acknowledged) {
            self.unacknowledged.pop_front();
        }
        std::mem::replace(&mut self.waiting, beyond).into_values().collect()
    }

    /// Lets the endpoint do something, and sends on what it sends.
    fn with(&mut self, router: &mut Router<'_, '_>, hook: impl FnOnce(&mut Endpoint, &mut Ctx<'_>)) {
        let mut outbox = Vec::new();
        hook(&mut self.endpoint, &mut router.ctx().nested(&mut self.timers, &mut outbox));
        for packet in outbox {
            let Body::Tcp(header) = packet.body else { unreachable!("an endpoint of TCP sends segments of TCP") };
            if header.flags.has(TcpFlags::SYN) {
                self.iss = header.sequence;
            }
            let len = tcp::data_len(packet.size, &header);
            // Streams are far shorter than the 4 GiB after which numbers come again.
            let start = u64::from(header.sequence.wrapping_sub(self.iss).wrapping_sub(1));
            let messages = if len == 0 { Vec::new() } else { self.messages(start, start + u64::from(len)) };
            let segment = Segment { port: self.port, is_from_opener: self.is_opener, header, len, messages };
            router.transmit(self.over, Arc::new(segment), packet.size);
        }
    }

    /// The messages whose last byte lies in this part of the stream.
    fn messages(&self, start: u64, end: u64) -> Vec<(u64, Arc<BgpMessage>)> {
        let from = self.unacknowledged.partition_point(|&(at, _)| at <= start);
        self.unacknowledged.range(from..).take_while(|&&(at, _)| at <= end).cloned().collect()
    }
}

impl Segment {
    /// Whether it asks for a new connection.
    pub(super) fn opens(&self) -> bool {
        self.is_from_opener && self.header.flags.has(TcpFlags::SYN) && !self.header.flags.has(TcpFlags::ACK)
    }

    fn packet(&self, ends: &Endpoints) -> Packet {
        let back = Endpoints { local: ends.remote, remote: ends.local, ..*ends };
        let back = Endpoints { local_port: ends.remote_port, remote_port: ends.local_port, ..back };
        tcp::packet(&back, self.header, self.len)
    }

    /// Answers a segment of a connection that is not known here: by a RST (RFC 9293 §3.10.7.1).
    pub(super) fn refuse(&self, router: &mut Router<'_, '_>, over: InterfaceId, config: &tcp::Config) {
        let ends = ends(router, self.port, !self.is_from_opener);
        let endpoint = Endpoint::client(ends, config, WORKLOAD);
        let mut nobody = Connection::new(endpoint, ends, over, self.port, !self.is_from_opener);
        nobody.with(router, |endpoint, ctx| endpoint.on_packet(ctx, self.packet(&ends)));
    }
}

/// The session writes when it has something to say, and closes when it will.
const WORKLOAD: Workload = Workload { bytes: Some(0), dialogue: None, then: Then::UntilTold };

fn ends(router: &mut Router<'_, '_>, port: u16, is_opener: bool) -> Endpoints {
    let (local_port, remote_port) = if is_opener { (port, PORT) } else { (PORT, port) };
    // The peer is whoever is at the other end of the cable.
    Endpoints {
        flow: ROUTING,
        local: router.ctx().address(),
        local_port,
        remote: Address::ALL_ROUTERS,
        remote_port,
        flow_hash: 0,
    }
}
