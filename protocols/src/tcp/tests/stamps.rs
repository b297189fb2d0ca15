//! Time stamps: what is sent, echoed, measured and refused (RFC 7323 §3 to §5).

use sim_core::packet::Timestamps;
use sim_core::time::Time;

use super::channel::{Channel, Side};
use super::*;

fn stamped(segments: u32) -> Config {
    Config { timestamps: true, ..config(segments) }
}

/// Data of a full segment.
const DATA: u32 = MSS - 12;

fn stamps(packet: &Packet) -> (u32, u32) {
    let Timestamps { value, echo } = tcp(packet).sack.timestamps().expect("time stamps");
    (value, echo)
}

fn set(header: &mut TcpHeader, value: u32, echo: u32) {
    header.sack.set_timestamps(Timestamps { value, echo });
}

/// A client that writes without end, whose peer's clock was at 700 in its SYN-ACK.
fn bulk(config: &Config) -> (Bench, Vec<Packet>) {
    Bench::client_answered(u16::MAX, config, Workload::default(), |header| set(header, 700, 0))
}

/// A server whose peer's clock was at 0 while it opened the connection.
fn server(config: &Config) -> Bench {
    let mut it =
        Bench { bench: Harness::new(), end: Endpoint::server(server_ends(), config, Reader::AtOnce), window: 9 };
    let mut syn = TcpHeader { sequence: PEER_ISN, flags: SYN, syn: Some(SynOptions::default()), ..it.header() };
    syn.syn = Some(SynOptions { mss: MSS as u16, window_scale: None, sack_permitted: true });
    set(&mut syn, 0, 0);
    it.receive(syn, 0);
    let mut ack = it.header();
    set(&mut ack, 0, 0);
    it.receive(ack, 0);
    assert_eq!(it.end.state(), State::Established);
    it
}

impl Bench {
    /// The peer's segment `[from, to)` with the stamp `value`.
    fn stamped_data(&mut self, from: u32, to: u32, value: u32) -> Vec<Packet> {
        let mut header = TcpHeader { sequence: PEER_ISN + 1 + from, ..self.header() };
        set(&mut header, value, 0);
        self.receive(header, to - from)
    }

    /// The peer acknowledges all below `to`, echoes `echo`, and its clock is at `value`.
    fn stamped_ack(&mut self, to: u32, value: u32, echo: u32) -> Vec<Packet> {
        let mut header = TcpHeader { acknowledgment: ISN + 1 + to, ..self.header() };
        set(&mut header, value, echo);
        self.receive(header, 0)
    }
}

#[test]
fn a_syn_offers_time_stamps_and_the_answer_echoes_them() {
    let mut bench = Harness::new();
    let mut client = Endpoint::client(client_ends(), &stamped(4), Workload::default());
    bench.advance(ms(1_234));
    let syn = bench.call(|ctx| client.on_start(ctx)).remove(0);
    assert_eq!(stamps(&syn), (1_234, 0));
    // 20 + 20 + MSS 4, SACK 2, time stamps 10, window scale 3, one of padding.
    assert_eq!(syn.size, 60);
    let mut server = Endpoint::server(server_ends(), &stamped(4), Reader::AtOnce);
    bench.advance(ms(100));
    let answer = bench.call(|ctx| server.on_packet(ctx, syn)).remove(0);
    assert_eq!(stamps(&answer), (1_334, 1_234));
}

#[test]
fn what_one_end_does_not_want_neither_sends() {
    let (_, sent) = Bench::client(&stamped(1), Workload::default());
    assert_eq!((tcp(&sent[0]).sack.timestamps(), sent[0].size), (None, 40 + MSS));
    let mut server = Endpoint::server(server_ends(), &config(4), Reader::AtOnce);
    let mut syn = TcpHeader { sequence: PEER_ISN, flags: SYN, ..TcpHeader::default() };
    set(&mut syn, 5, 0);
    let answer = Harness::new().call(|ctx| server.on_packet(ctx, wire::packet(&client_ends(), syn, 0)));
    assert_eq!(tcp(&answer[0]).sack.timestamps(), None);
}

#[test]
fn the_option_takes_its_bytes_from_the_data_not_from_the_packet() {
    let (_, sent) = bulk(&stamped(2));
    assert_eq!(data(&sent), [(0, DATA), (DATA, 2 * DATA)]);
    assert!(sent.iter().all(|packet| packet.size == 40 + MSS));
    assert!(sent.iter().all(|packet| stamps(packet) == (100, 700)));
}

#[test]
fn three_blocks_of_sack_fit_beside_time_stamps() {
    let mut it = server(&stamped(4));
    let mut last = Vec::new();
    for at in [2, 4, 6, 8] {
        last = it.stamped_data(at * 100, at * 100 + 100, 1);
    }
    let block = |at: u32| (PEER_ISN + 1 + at * 100, PEER_ISN + 1 + at * 100 + 100);
    assert_eq!(tcp(&last[0]).sack.as_slice(), [block(8), block(6), block(4)]);
    assert_eq!(last[0].size, 80);
}

/// RFC 7323 §4.3, the first example: the earliest of the segments that a delayed ACK acknowledges is echoed.
#[test]
fn a_delayed_ack_echoes_the_first_segment_it_acknowledges() {
    let mut it = server(&stamped(4));
    assert_eq!(it.stamped_data(0, 500, 1), []);
    assert_eq!(it.stamped_data(500, 1_000, 2), []);
    assert_eq!(stamps(&it.expire(Timer::DelayedAck)[0]).1, 1);
}

/// RFC 7323 §4.3, the second example: A, then C, then B fills the gap, then E, then D.
#[test]
fn a_gap_holds_the_echo_and_the_segment_that_fills_it_is_echoed() {
    let mut it = server(&Config { delayed_ack: None, ..stamped(4) });
    let segments = [(0, 1, 1), (2, 3, 1), (1, 2, 2), (4, 5, 2), (3, 4, 4)];
    for ((number, value, echo), acked) in segments.into_iter().zip([1, 1, 3, 3, 5]) {
        let answer = it.stamped_data(number * 100, number * 100 + 100, value);
        let to = (tcp(&answer[0]).acknowledgment - PEER_ISN - 1) / 100;
        assert_eq!((to, stamps(&answer[0]).1), (acked, echo), "segment {number}");
    }
}

/// Without time stamps it would give none (Karn's rule; `a_retransmitted_segment_gives_no_round_trip_time`).
#[test]
fn a_retransmitted_segment_gives_a_round_trip_time() {
    let (mut it, _) = bulk(&stamped(1));
    it.bench.now = Time::ZERO + ms(100);
    let again = it.expire(Timer::Wait);
    let (sent_at, _) = stamps(&again[0]);
    // 100 ms and an RTO of a second.
    assert_eq!(sent_at, 1_100);
    it.bench.advance(Duration::from_micros(40_500));
    it.stamped_ack(DATA, 800, sent_at);
    assert_eq!(it.end.last_rtt(), Some(Duration::from_micros(40_500)));
    assert_eq!(it.end.stats().rtt.count(), 1);
}

#[test]
fn an_echo_tells_the_first_sending_from_the_second() {
    let (mut it, _) = bulk(&stamped(1));
    it.expire(Timer::Wait);
    it.bench.advance(ms(10));
    // The ACK of the first sending was late.
    it.stamped_ack(DATA, 800, 100);
    assert_eq!(it.end.last_rtt(), Some(ms(1_010)));
}

#[test]
fn a_round_trip_by_stamps_is_too_long_by_less_than_a_tick() {
    let config = Config { timestamp_clock: ms(10), ..stamped(1) };
    let (mut it, _) = bulk(&config);
    it.bench.advance(ms(7));
    let again = it.expire(Timer::Wait);
    assert_eq!(stamps(&again[0]).0, 110);
    it.bench.advance(ms(13));
    it.stamped_ack(DATA, 800, 110);
    // Sent at 1100 ms, when a tick began.
    assert_eq!(it.end.last_rtt(), Some(ms(13)));
}

#[test]
fn what_is_sent_once_is_measured_exactly() {
    let (mut it, _) = bulk(&stamped(1));
    it.bench.advance(Duration::from_micros(12_345));
    it.stamped_ack(DATA, 800, 100);
    assert_eq!(it.end.last_rtt(), Some(Duration::from_micros(12_345)));
}

#[test]
fn an_old_stamp_is_answered_and_the_segment_forgotten() {
    let mut it = server(&Config { delayed_ack: None, ..stamped(4) });
    it.stamped_data(0, 100, 50);
    let answer = it.stamped_data(100, 200, 49);
    assert_eq!(tcp(&answer[0]).acknowledgment, PEER_ISN + 1 + 100);
    assert_eq!((it.end.stats().old_packets, it.end.stats().delivered_bytes), (1, 100));
    // An equal one is not old, nor is one beyond the wrap of the clock.
    it.stamped_data(100, 200, 50);
    it.stamped_data(200, 300, 50 + (1 << 31) - 1);
    assert_eq!(it.end.stats().delivered_bytes, 300);
}

#[test]
fn a_stamp_of_24_days_ago_proves_nothing() {
    let mut it = server(&Config { delayed_ack: None, ..stamped(4) });
    it.stamped_data(0, 100, 50);
    it.bench.advance(Duration::from_secs(24 * 86_400));
    it.stamped_data(100, 200, 49);
    assert_eq!((it.end.stats().old_packets, it.end.stats().delivered_bytes), (0, 200));
}

#[test]
fn a_segment_without_the_stamps_agreed_on_is_dropped_in_silence() {
    let mut it = server(&stamped(4));
    assert_eq!(it.data_from_peer(0, 2 * MSS), []);
    assert_eq!(it.end.stats().delivered_bytes, 0);
}

#[test]
fn a_reset_needs_no_stamps() {
    let mut it = server(&stamped(4));
    it.receive(TcpHeader { flags: RST, ..it.header() }, 0);
    assert_eq!(it.end.stats().close_reason, Some(CloseReason::Reset));
}

/// A segment that is so late that its sequence number has come round again: 4 GiB further on, in the window.
fn wrapped_duplicate(timestamps: bool) -> Channel {
    let mss = 60_000;
    let config = Config {
        mss: Bytes(mss),
        congestion_control: crate::congestion::Spec::FixedWindow(crate::congestion::fixed_window::Config {
            segments: 1_000,
        }),
        receive_buffer: Bytes(1_000_000_000),
        delayed_ack: None,
        timestamps,
        ..config(1_000)
    };
    let client = Endpoint::client(client_ends(), &config, Workload::default());
    let server = Endpoint::server(server_ends(), &config, Reader::AtOnce);
    // The window of a SYN is not scaled, so the first segment goes alone. From 200 ms on 60 MB go in each round trip of
    // 100 ms: 2³² bytes take 7.16 s. The copy arrives after 7.25 s, when 4.26 GB have.
    Channel::new(client, server, ms(50), |_, side, packet| {
        let is_it = side == Side::Client && packet.segment == 500;
        if is_it { vec![Duration::ZERO, ms(7_000)] } else { vec![Duration::ZERO] }
    })
}

#[test]
fn an_old_duplicate_from_a_wrapped_sequence_space_is_refused() {
    let mut unprotected = wrapped_duplicate(false);
    unprotected.run_until(Time::ZERO + ms(7_300));
    let stats = unprotected.server.stats();
    // The wrong bytes were taken for new ones beyond a gap: what RFC 7323 §5.1 warns of.
    assert_eq!((stats.out_of_order_packets, stats.duplicate_packets), (1, 0));
    assert!((4_100_000_000..1 << 32).contains(&stats.delivered_bytes), "{}", stats.delivered_bytes);

    let mut protected = wrapped_duplicate(true);
    protected.run_until(Time::ZERO + ms(7_300));
    let stats = protected.server.stats();
    assert_eq!((stats.old_packets, stats.out_of_order_packets), (1, 0));
}

#[test]
fn a_transfer_with_losses_ends_with_time_stamps_as_without() {
    let config = Config { initial_ssthresh: Some(Bytes(20_000)), ..stamped(4) };
    let client = Endpoint::client(client_ends(), &config, Workload::new(Some(500_000)));
    let server = Endpoint::server(server_ends(), &config, Reader::AtOnce);
    let mut count = 0;
    let mut channel = Channel::new(client, server, ms(20), move |_, _, _| {
        count += 1;
        if count % 37 == 0 { vec![] } else { vec![Duration::ZERO] }
    });
    channel.run(100_000);
    assert_eq!(channel.server.stats().delivered_bytes, 500_000);
    assert_eq!((channel.client.state(), channel.server.state()), (State::Closed, State::Closed));
}
