//! Tests of whole endpoints: alone on a bench, and two of them with a channel between.

mod acknowledging;
mod applications;
mod bbr;
mod channel;
mod closing;
mod ecn;
mod flow_control;
mod nagle;
mod opening;
mod pacing;
mod rack;
mod rate_reduction;
mod recovery;
mod reference;
mod sack_recovery;
mod stamps;
mod timer;
mod transfer;

use sim_core::agent::Agent;
use sim_core::harness::Harness;
use sim_core::ids::FlowId;
use sim_core::packet::{Address, Body, Endpoints, Packet, SackBlocks, SynOptions, TcpFlags, TcpHeader};
use sim_core::time::Duration;
use sim_core::units::Bytes;

use super::*;

/// Bytes of data in a full segment, a round number for reading.
pub(super) const MSS: u32 = 1_000;
/// Our first sequence number, and the peer's.
pub(super) const ISN: u32 = 0;
pub(super) const PEER_ISN: u32 = 5_000;

const ACK: TcpFlags = TcpFlags::ACK;
const FIN: TcpFlags = TcpFlags::FIN;
const RST: TcpFlags = TcpFlags::RST;
const SYN: TcpFlags = TcpFlags::SYN;

pub(super) fn client_ends() -> Endpoints {
    Endpoints {
        flow: FlowId(0),
        local: Address(0x0a00_0001),
        local_port: 40_000,
        remote: Address(0x0a00_0002),
        remote_port: 80,
        flow_hash: 1,
    }
}

pub(super) fn server_ends() -> Endpoints {
    let ends = client_ends();
    Endpoints {
        local: ends.remote,
        local_port: ends.remote_port,
        remote: ends.local,
        remote_port: ends.local_port,
        ..ends
    }
}

/// Segments of 1000 bytes, numbered from 0, in an initial window of `segments`.
pub(super) fn config(segments: u32) -> Config {
    Config { mss: Bytes(MSS.into()), initial_window: Some(segments), isn: Some(ISN), ..Config::default() }
}

pub(super) fn without_sack(segments: u32) -> Config {
    Config { sack: false, ..config(segments) }
}

pub(super) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The TCP header of a packet.
pub(super) fn tcp(packet: &Packet) -> &TcpHeader {
    match &packet.body {
        Body::Tcp(header) => header,
        Body::Udp(_) | Body::Rdt(_) | Body::Control(_) => panic!("TCP sends TCP"),
    }
}

/// One endpoint, and a hand that plays its peer. Numbers in its methods are relative: data starts at 0.
pub(super) struct Bench {
    pub(super) bench: Harness,
    pub(super) end: Endpoint,
    /// What the peer advertises, in bytes; it does not scale.
    pub(super) window: u16,
}

/// A data segment as tests like to see it: `[from, to)`, relative.
pub(super) type Sent = (u32, u32);

impl Bench {
    /// A client whose handshake took 100 ms, and what it sent at the end of it.
    pub(super) fn client(config: &Config, workload: Workload) -> (Self, Vec<Packet>) {
        Bench::client_offered(u16::MAX, config, workload)
    }

    /// The same with a peer that offers `window` bytes.
    pub(super) fn client_offered(window: u16, config: &Config, workload: Workload) -> (Self, Vec<Packet>) {
        Bench::client_answered(window, config, workload, |_| {})
    }

    /// The same with a SYN-ACK of another kind.
    pub(super) fn client_answered(
        window: u16,
        config: &Config,
        workload: Workload,
        change: impl FnOnce(&mut TcpHeader),
    ) -> (Self, Vec<Packet>) {
        let end = Endpoint::client(client_ends(), config, workload);
        let mut it = Bench { bench: Harness::new(), end, window };
        it.bench.call(|ctx| it.end.on_start(ctx));
        it.bench.advance(ms(100));
        let mut header = TcpHeader {
            sequence: PEER_ISN,
            acknowledgment: ISN + 1,
            flags: SYN | ACK,
            syn: Some(SynOptions { mss: MSS as u16, window_scale: None, sack_permitted: true }),
            ..it.header()
        };
        change(&mut header);
        let sent = it.receive(header, 0);
        assert_ne!(it.end.state(), State::SynSent);
        (it, sent)
    }

    /// A client that writes without end.
    pub(super) fn bulk(config: &Config) -> (Self, Vec<Sent>) {
        let (it, sent) = Bench::client(config, Workload::default());
        let sent = data(&sent);
        (it, sent)
    }

    /// A server with the handshake behind it.
    pub(super) fn server(config: &Config, reader: Reader) -> Self {
        Bench::server_asked(config, reader, |_| {})
    }

    /// The same with a SYN of another kind.
    pub(super) fn server_asked(config: &Config, reader: Reader, change: impl FnOnce(&mut TcpHeader)) -> Self {
        let end = Endpoint::server(server_ends(), config, reader);
        let mut it = Bench { bench: Harness::new(), end, window: u16::MAX };
        let mut syn = TcpHeader {
            sequence: PEER_ISN,
            flags: SYN,
            syn: Some(SynOptions { mss: MSS as u16, window_scale: None, sack_permitted: true }),
            ..it.header()
        };
        change(&mut syn);
        it.receive(syn, 0);
        it.receive(TcpHeader { acknowledgment: ISN + 1, ..it.header() }, 0);
        assert_eq!(it.end.state(), State::Established);
        it
    }

    /// The header of an ACK of nothing.
    pub(super) fn header(&self) -> TcpHeader {
        TcpHeader {
            sequence: PEER_ISN + 1,
            acknowledgment: ISN + 1,
            window: self.window,
            flags: ACK,
            ..TcpHeader::default()
        }
    }

    pub(super) fn receive(&mut self, header: TcpHeader, len: u32) -> Vec<Packet> {
        let packet = wire::packet(&server_ends(), header, len);
        self.bench.call(|ctx| self.end.on_packet(ctx, packet))
    }

    /// The peer acknowledges all below `to`.
    pub(super) fn ack(&mut self, to: u32) -> Vec<Sent> {
        let header = TcpHeader { acknowledgment: ISN + 1 + to, ..self.header() };
        data(&self.receive(header, 0))
    }

    /// The same after `span`.
    pub(super) fn ack_after(&mut self, span: Duration, to: u32) -> Vec<Sent> {
        self.bench.advance(span);
        self.ack(to)
    }

    /// The peer acknowledges all below `to`, and the `blocks`, the most recent first.
    pub(super) fn sack(&mut self, to: u32, blocks: &[Sent]) -> Vec<Sent> {
        let wire = |position: u32| ISN + 1 + position;
        let mut sack = SackBlocks::default();
        blocks.iter().for_each(|&(left, right)| sack.push(wire(left), wire(right)));
        let header = TcpHeader { acknowledgment: wire(to), sack, ..self.header() };
        data(&self.receive(header, 0))
    }

    /// The peer sends `[from, to)`.
    pub(super) fn data_from_peer(&mut self, from: u32, to: u32) -> Vec<Packet> {
        let header = TcpHeader { sequence: PEER_ISN + 1 + from, ..self.header() };
        self.receive(header, to - from)
    }

    /// The peer's FIN at `at`, acknowledging our bytes below `ack`.
    pub(super) fn fin_from_peer(&mut self, at: u32, ack: u32) -> Vec<Packet> {
        let header =
            TcpHeader { sequence: PEER_ISN + 1 + at, acknowledgment: ISN + 1 + ack, flags: FIN | ACK, ..self.header() };
        self.receive(header, 0)
    }

    /// Waits for `timer`, which must be the next, and lets it fire.
    pub(super) fn expire(&mut self, timer: Timer) -> Vec<Packet> {
        self.bench.now = self.bench.deadline(timer).expect("the timer is set");
        let key = self.bench.take_due().expect("it is due");
        assert_eq!(key, timer.into());
        self.bench.call(|ctx| self.end.on_timer(ctx, key))
    }

    /// How long until `timer` fires.
    pub(super) fn due_in(&self, timer: Timer) -> Option<Duration> {
        self.bench.deadline(timer).map(|deadline| deadline.since(self.bench.now))
    }

    pub(super) fn write(&mut self, bytes: u64) -> Vec<Sent> {
        let sent = self.bench.call(|ctx| self.end.write(ctx, bytes));
        data(&sent)
    }

    pub(super) fn close(&mut self) -> Vec<Packet> {
        self.bench.call(|ctx| self.end.close(ctx))
    }

    /// The window in segments.
    pub(super) fn cwnd(&self) -> u64 {
        self.end.cwnd() / u64::from(MSS)
    }

    pub(super) fn ssthresh(&self) -> u64 {
        self.end.ssthresh() / u64::from(MSS)
    }
}

/// The data segments among `packets`, relative.
pub(super) fn data(packets: &[Packet]) -> Vec<Sent> {
    let range = |packet: &Packet| {
        let header = tcp(packet);
        let from = header.sequence.wrapping_sub(ISN + 1);
        (from, from + wire::data_len(packet.size, header))
    };
    packets.iter().map(range).filter(|(from, to)| from < to).collect()
}

/// Full segments from the `first` to before the `last`, counted from 0.
pub(super) fn segments(first: u32, last: u32) -> Vec<Sent> {
    (first..last).map(|number| (number * MSS, (number + 1) * MSS)).collect()
}

/// The segment with this number, from 0.
pub(super) fn segment(number: u32) -> Sent {
    (number * MSS, (number + 1) * MSS)
}

/// A workload that stays open.
pub(super) fn open_with(bytes: u64) -> Workload {
    Workload { then: Then::KeepOpen, ..Workload::new(Some(bytes)) }
}
