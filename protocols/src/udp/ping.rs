//! Ping: asks its peer for an echo again and again, and times the answers. Echo: answers.
//!
//! RFC 862 (echo over UDP); the manners of `ping` (RFC 792) without ICMP.
//! Not modelled: a timeout for each request. What is not answered by the end counts as lost, so a request still on its
//! way does too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::agent::{Agent, Command, Ctx, TimerKey};
use sim_core::packet::{Body, Endpoints, Packet, UdpHeader, UdpKind};
use sim_core::time::Duration;
use sim_core::units::Bytes;

use super::sink::{Arrival, Seen};
use super::{Fault, HEADERS, Problem, datagram, size};
use crate::latency::Latency;

/// How often it asks, and how long a question is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Ping")]
pub struct Config {
    /// Time between two requests.
    pub interval: Duration,
    /// Stop after this many requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Size of request and answer at the network layer: 28 bytes of it are headers.
    pub packet_size: Bytes,
}

impl Default for Config {
    /// As `ping` does: once a second, with 56 bytes of data.
    fn default() -> Self {
        Config { interval: Duration::from_secs(1), count: None, packet_size: Bytes(84) }
    }
}

impl Config {
    /// Everything in it that makes no sense.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.interval.is_zero() {
            problems.push(Problem { at: "/interval".into(), fault: Fault::NoTime });
        }
        if self.packet_size.get() < u64::from(HEADERS) {
            problems.push(Problem { at: "/packet_size".into(), fault: Fault::NoRoomForHeaders });
        } else if self.packet_size.get() > u64::from(size::MOST) {
            problems.push(Problem { at: "/packet_size".into(), fault: Fault::HugePacket });
        }
        problems
    }
}

/// The timers of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The next request is due.
    NextRequest,
}

impl From<Timer> for TimerKey {
    fn from(timer: Timer) -> TimerKey {
        TimerKey(timer as u8)
    }
}

/// Sends echo requests and times the answers.
#[derive(Clone, Debug)]
pub struct Ping {
    config: Config,
    ends: Endpoints,
    sent: u64,
    answers_seen: Seen,
    duplicates: u64,
    rtt: Latency,
    last_rtt: Option<Duration>,
}

impl Ping {
    /// A ping from our end of `ends`.
    pub fn new(config: Config, ends: Endpoints) -> Self {
        Ping {
            config,
            ends,
            sent: 0,
            answers_seen: Seen::default(),
            duplicates: 0,
            rtt: Latency::new(),
            last_rtt: None,
        }
    }

    /// Requests sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Requests answered.
    pub fn answered(&self) -> u64 {
        self.rtt.count()
    }

    /// Requests not answered, those under way among them.
    pub fn lost(&self) -> u64 {
        self.sent - self.answered()
    }

    /// Answers that had come already. Told apart within a window of 65 536 requests, as in [`super::Sink`].
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Round-trip times, one for each request answered.
    pub fn rtt(&self) -> &Latency {
        &self.rtt
    }

    /// The round-trip time measured last.
    pub fn last_rtt(&self) -> Option<Duration> {
        self.last_rtt
    }

    fn send_request(&mut self, ctx: &mut Ctx<'_>) {
        if self.config.count.is_some_and(|count| self.sent >= count) {
            return;
        }
        let header = UdpHeader { sequence: self.sent, timestamp: ctx.now(), kind: UdpKind::EchoRequest };
        ctx.send(datagram(&self.ends, self.config.packet_size.get() as u32, header));
        self.sent += 1;
        if self.config.count.is_none_or(|count| self.sent < count) {
            ctx.set_timer(Timer::NextRequest, ctx.now() + self.config.interval);
        }
    }
}

impl Agent for Ping {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.send_request(ctx);
    }

    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Udp(header @ UdpHeader { kind: UdpKind::EchoReply, .. }) = packet.body else { return };
        match self.answers_seen.insert(header.sequence) {
            Arrival::First => {
                let rtt = ctx.now().since(header.timestamp);
                self.rtt.record(rtt);
                self.last_rtt = Some(rtt);
            }
            // An answer that late cannot be told from a duplicate; counting it could make more answers than requests.
            Arrival::Again | Arrival::Unknown => self.duplicates += 1,
        }
    }

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, _timer: TimerKey) {
        self.send_request(ctx);
    }

    fn on_command(&mut self, ctx: &mut Ctx<'_>, command: Command) {
        match command {
            Command::Stop => ctx.cancel_timer(Timer::NextRequest),
            Command::Router(_) => {}
        }
    }
}

/// Answers every echo request at once, with a datagram of the same size, number and time stamp.
#[derive(Clone, Debug)]
pub struct Echo {
    ends: Endpoints,
    answered: u64,
}

impl Echo {
    /// An echo at our end of `ends`, for the ping at the other.
    pub fn new(ends: Endpoints) -> Self {
        Echo { ends, answered: 0 }
    }

    /// Requests answered.
    pub fn answered(&self) -> u64 {
        self.answered
    }
}

impl Agent for Echo {
    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Udp(header @ UdpHeader { kind: UdpKind::EchoRequest, .. }) = packet.body else { return };
        self.answered += 1;
        ctx.send(datagram(&self.ends, packet.size, UdpHeader { kind: UdpKind::EchoReply, ..header }));
    }
}

#[cfg(test)]
mod tests {
    use sim_core::harness::Harness;

    use super::*;
    use crate::udp::test_ends;

    fn header(packet: &Packet) -> UdpHeader {
        match packet.body {
            Body::Udp(header) => header,
            Body::Tcp(_) | Body::Rdt(_) | Body::Control(_) => panic!("ping speaks UDP"),
        }
    }

    /// The ends as the peer sees them.
    fn peer_ends() -> Endpoints {
        let ends = test_ends();
        Endpoints {
            local: ends.remote,
            local_port: ends.remote_port,
            remote: ends.local,
            remote_port: ends.local_port,
            ..ends
        }
    }

    fn answer(request: &Packet) -> Packet {
        let mut replies = Harness::new().call(|ctx| Echo::new(peer_ends()).on_packet(ctx, request.clone()));
        replies.pop().unwrap()
    }

    #[test]
    fn by_default_a_ping_sends_84_bytes_every_second() {
        let mut bench = Harness::new();
        let mut ping = Ping::new(Config::default(), test_ends());
        let sent = bench.call(|ctx| ping.on_start(ctx));
        assert_eq!((sent.len(), sent[0].size), (1, 84));
        assert_eq!(bench.deadline(Timer::NextRequest), Some(bench.now + Duration::from_secs(1)));
    }

    #[test]
    fn an_echo_has_the_size_number_and_time_stamp_of_its_request_and_goes_back() {
        let mut bench = Harness::new();
        bench.advance(Duration::from_millis(7));
        let mut ping = Ping::new(Config { packet_size: Bytes(1_000), ..Config::default() }, test_ends());
        let request = bench.call(|ctx| ping.on_start(ctx)).pop().unwrap();
        let reply = answer(&request);
        assert_eq!(reply.size, 1_000);
        assert_eq!(header(&reply), UdpHeader { kind: UdpKind::EchoReply, ..header(&request) });
        assert_eq!((reply.source, reply.destination), (request.destination, request.source));
        assert_eq!((reply.source_port, reply.destination_port), (request.destination_port, request.source_port));
    }

    #[test]
    fn an_echo_answers_requests_only() {
        let mut bench = Harness::new();
        let request = bench.call(|ctx| Ping::new(Config::default(), test_ends()).on_start(ctx)).pop().unwrap();
        let reply = answer(&request);
        assert!(bench.call(|ctx| Echo::new(peer_ends()).on_packet(ctx, reply)).is_empty());
    }

    #[test]
    fn round_trip_times_run_from_request_to_answer() {
        let mut bench = Harness::new();
        let mut ping = Ping::new(Config { count: Some(3), ..Config::default() }, test_ends());
        let mut requests = bench.call(|ctx| ping.on_start(ctx));
        for _ in 0..2 {
            bench.advance(Duration::from_secs(1));
            let timer = bench.take_due().unwrap();
            requests.extend(bench.call(|ctx| ping.on_timer(ctx, timer)));
        }
        // The first answer is lost; the second and third take 1030 and 40 ms.
        bench.advance(Duration::from_millis(30));
        bench.call(|ctx| ping.on_packet(ctx, answer(&requests[1])));
        bench.advance(Duration::from_millis(10));
        bench.call(|ctx| ping.on_packet(ctx, answer(&requests[2])));
        assert_eq!((ping.sent(), ping.answered(), ping.lost()), (3, 2, 1));
        assert_eq!(ping.rtt().max(), Some(Duration::from_millis(1_030)));
        assert_eq!(ping.rtt().min(), Some(Duration::from_millis(40)));
        assert_eq!(ping.last_rtt(), Some(Duration::from_millis(40)));
    }

    #[test]
    fn a_second_answer_to_one_request_is_a_duplicate() {
        let mut bench = Harness::new();
        let mut ping = Ping::new(Config::default(), test_ends());
        let request = bench.call(|ctx| ping.on_start(ctx)).pop().unwrap();
        for _ in 0..2 {
            bench.call(|ctx| ping.on_packet(ctx, answer(&request)));
        }
        assert_eq!((ping.answered(), ping.duplicates(), ping.lost()), (1, 1, 0));
    }

    #[test]
    fn a_ping_stops_after_its_count_and_when_told() {
        let mut bench = Harness::new();
        let mut counted = Ping::new(Config { count: Some(1), ..Config::default() }, test_ends());
        assert_eq!(bench.call(|ctx| counted.on_start(ctx)).len(), 1);
        assert_eq!(bench.deadline(Timer::NextRequest), None);

        let mut none = Ping::new(Config { count: Some(0), ..Config::default() }, test_ends());
        assert!(bench.call(|ctx| none.on_start(ctx)).is_empty());

        let mut endless = Ping::new(Config::default(), test_ends());
        bench.call(|ctx| endless.on_start(ctx));
        bench.call(|ctx| endless.on_command(ctx, Command::Stop));
        assert_eq!(bench.deadline(Timer::NextRequest), None);
    }

    #[test]
    fn a_ping_without_interval_or_room_for_headers_makes_no_sense() {
        assert_eq!(Config::default().check(), []);
        let config: Config = serde_json::from_str(r#"{ "interval": "0 s", "packet_size": "27 B" }"#).unwrap();
        let problems: Vec<String> = config.check().iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["/interval: must be more than zero", "/packet_size: the headers alone take 28 bytes"]);
    }
}
