//! The handshake, and what the options agree on.

use sim_core::packet::SynOptions;
use sim_core::time::Time;

use super::channel::{Channel, Side};
use super::*;

fn start(end: &mut Endpoint, bench: &mut Harness) -> Packet {
    bench.call(|ctx| end.on_start(ctx)).remove(0)
}

/// A client that has sent its SYN.
fn opening(config: &Config) -> (Bench, Packet) {
    let mut bench = Harness::new();
    let mut end = Endpoint::client(client_ends(), config, Workload::default());
    let syn = start(&mut end, &mut bench);
    (Bench { bench, end, window: u16::MAX }, syn)
}

fn syn_ack(acknowledgment: u32, options: Option<SynOptions>) -> TcpHeader {
    TcpHeader {
        sequence: PEER_ISN,
        acknowledgment,
        window: 50_000,
        flags: SYN | ACK,
        syn: options,
        ..TcpHeader::default()
    }
}

/// The SYN-ACK of a server of `config` to a SYN with `options`.
fn answer(config: &Config, options: SynOptions) -> TcpHeader {
    let mut bench = Harness::new();
    let mut server = Endpoint::server(server_ends(), config, Reader::AtOnce);
    let syn = TcpHeader { sequence: 7, window: 9_000, flags: SYN, syn: Some(options), ..TcpHeader::default() };
    let sent = bench.call(|ctx| server.on_packet(ctx, wire::packet(&client_ends(), syn, 0)));
    assert_eq!(server.state(), State::SynReceived);
    *tcp(&sent[0])
}

const ALL: SynOptions = SynOptions { mss: 1_000, window_scale: Some(3), sack_permitted: true };

#[test]
fn a_syn_offers_mss_window_scale_and_sack() {
    let (bench, syn) = opening(&config(1));
    assert_eq!(bench.end.state(), State::SynSent);
    let header = tcp(&syn);
    assert_eq!((header.flags, header.sequence), (SYN, ISN));
    // The smallest shift with which 4 MB fit 16 bits is 6.
    assert_eq!(header.syn, Some(SynOptions { mss: 1_000, window_scale: Some(6), sack_permitted: true }));
    assert_eq!(header.window, u16::MAX);
    // 20 of IP, 20 of TCP, 4 + 3 + 2 of options and 3 of padding.
    assert_eq!((syn.size, syn.segment), (52, 0));
}

#[test]
fn a_syn_ack_acknowledges_the_syn() {
    let header = answer(&config(1), ALL);
    assert_eq!((header.flags, header.acknowledgment), (SYN | ACK, 8));
}

#[test]
fn a_syn_ack_offers_only_what_the_syn_did() {
    let plain = answer(&config(1), SynOptions { mss: 1_000, window_scale: None, sack_permitted: false });
    assert_eq!(plain.syn, Some(SynOptions { mss: 1_000, window_scale: None, sack_permitted: false }));
    let all = answer(&config(1), ALL);
    assert_eq!(all.syn, Some(SynOptions { mss: 1_000, window_scale: Some(6), sack_permitted: true }));
    let off = Config { sack: false, window_scaling: false, ..config(1) };
    assert_eq!(answer(&off, ALL).syn, Some(SynOptions { mss: 1_000, window_scale: None, sack_permitted: false }));
}

#[test]
fn the_third_segment_of_the_handshake_may_carry_data() {
    let (_, sent) = Bench::client(&config(1), Workload::default());
    assert_eq!(data(&sent), segments(0, 1));
    assert_eq!((sent.len(), tcp(&sent[0]).acknowledgment), (1, PEER_ISN + 1));
    assert_eq!(sent[0].size, 1_040);
}

#[test]
fn without_data_the_third_segment_is_a_pure_ack() {
    let (_, sent) = Bench::client(&config(1), open_with(0));
    assert_eq!((sent.len(), sent[0].size), (1, 40));
    assert_eq!((tcp(&sent[0]).flags, tcp(&sent[0]).sequence), (ACK, ISN + 1));
}

#[test]
fn a_syn_is_resent_ever_more_rarely() {
    let (mut bench, _) = opening(&config(1));
    for seconds in [1, 2, 4, 8, 16, 32, 60] {
        assert_eq!(bench.due_in(Timer::Wait), Some(Duration::from_secs(seconds)));
        let sent = bench.expire(Timer::Wait);
        assert_eq!((sent.len(), tcp(&sent[0]).flags), (1, SYN));
    }
}

#[test]
fn opening_is_given_up_after_the_last_syn() {
    let (mut bench, _) = opening(&Config { max_syn_retries: 2, ..config(1) });
    bench.expire(Timer::Wait);
    bench.expire(Timer::Wait);
    let sent = bench.expire(Timer::Wait);
    assert_eq!((sent.len(), bench.end.state()), (0, State::Closed));
    assert_eq!(bench.end.stats().close_reason, Some(CloseReason::TimedOut));
    // 1 + 2 + 4 seconds.
    assert_eq!(bench.end.stats().closed_at, Some(Time::ZERO + Duration::from_secs(7)));
}

#[test]
fn with_the_defaults_opening_is_tried_for_at_least_three_minutes() {
    let (mut bench, _) = opening(&config(1));
    while bench.end.state() == State::SynSent {
        bench.expire(Timer::Wait);
    }
    // RFC 1122 §4.2.3.5: R2 for a SYN.
    assert!(bench.bench.now >= Time::ZERO + Duration::from_secs(180), "{}", bench.bench.now);
}

#[test]
fn after_a_lost_syn_data_starts_with_a_timeout_of_three_seconds() {
    let (mut bench, _) = opening(&config(1));
    bench.expire(Timer::Wait);
    bench.receive(syn_ack(ISN + 1, Some(ALL)), 0);
    assert_eq!(bench.end.rto(), Duration::from_secs(3));
    assert_eq!(bench.due_in(Timer::Wait), Some(Duration::from_secs(3)));
}

#[test]
fn one_lost_syn_leaves_the_initial_window_and_two_make_it_a_segment() {
    for (losses, window) in [(0, 10), (1, 10), (2, 1)] {
        let (mut bench, _) = opening(&config(10));
        for _ in 0..losses {
            bench.expire(Timer::Wait);
        }
        bench.receive(syn_ack(ISN + 1, Some(ALL)), 0);
        assert_eq!(bench.cwnd(), window, "{losses} lost");
    }
}

#[test]
fn the_round_trip_of_the_syn_is_the_first_sample() {
    let (bench, _) = Bench::bulk(&config(1));
    assert_eq!((bench.end.srtt(), bench.end.rttvar()), (Some(ms(100)), Some(ms(50))));
}

#[test]
fn segments_are_no_larger_than_the_peer_takes() {
    let (mut bench, _) = opening(&config(1));
    let sent = bench.receive(syn_ack(ISN + 1, Some(SynOptions { mss: 400, ..ALL })), 0);
    assert_eq!(data(&sent), [(0, 400)]);
}

#[test]
fn a_peer_that_names_no_mss_gets_536_bytes() {
    let (mut bench, _) = opening(&config(1));
    let sent = bench.receive(syn_ack(ISN + 1, None), 0);
    assert_eq!(data(&sent), [(0, 536)]);
}

#[test]
fn a_reset_in_answer_to_the_syn_refuses_the_connection() {
    let (mut bench, _) = opening(&config(1));
    let sent = bench.receive(TcpHeader { acknowledgment: ISN + 1, flags: RST | ACK, ..TcpHeader::default() }, 0);
    assert_eq!((sent.len(), bench.end.state()), (0, State::Closed));
    assert_eq!(bench.end.stats().close_reason, Some(CloseReason::Refused));
    assert_eq!(bench.bench.next_deadline(), Time::NEVER);
}

#[test]
fn a_reset_without_the_right_ack_is_ignored_while_opening() {
    for header in [
        TcpHeader { flags: RST, ..TcpHeader::default() },
        TcpHeader { acknowledgment: ISN + 2, flags: RST | ACK, ..TcpHeader::default() },
    ] {
        let (mut bench, _) = opening(&config(1));
        assert_eq!(bench.receive(header, 0), []);
        assert_eq!(bench.end.state(), State::SynSent);
    }
}

#[test]
fn a_syn_ack_of_another_connection_is_reset() {
    let (mut bench, _) = opening(&config(1));
    let sent = bench.receive(syn_ack(ISN + 77, Some(ALL)), 0);
    assert_eq!((tcp(&sent[0]).flags, tcp(&sent[0]).sequence), (RST, ISN + 77));
    assert_eq!(bench.end.state(), State::SynSent);
}

#[test]
fn an_ack_to_a_listener_is_reset() {
    let mut bench = Harness::new();
    let mut server = Endpoint::server(server_ends(), &config(1), Reader::AtOnce);
    let ack = TcpHeader { acknowledgment: 55, flags: ACK, ..TcpHeader::default() };
    let sent = bench.call(|ctx| server.on_packet(ctx, wire::packet(&client_ends(), ack, 0)));
    assert_eq!((tcp(&sent[0]).flags, tcp(&sent[0]).sequence), (RST, 55));
    assert_eq!(server.state(), State::Listen);
}

#[test]
fn a_reset_handshake_leaves_the_listener_listening() {
    let mut bench = Harness::new();
    let mut server = Endpoint::server(server_ends(), &config(1), Reader::AtOnce);
    let syn = TcpHeader { sequence: 7, flags: SYN, syn: Some(ALL), ..TcpHeader::default() };
    bench.call(|ctx| server.on_packet(ctx, wire::packet(&client_ends(), syn, 0)));
    let reset = TcpHeader { sequence: 8, flags: RST, ..TcpHeader::default() };
    bench.call(|ctx| server.on_packet(ctx, wire::packet(&client_ends(), reset, 0)));
    assert_eq!(server.state(), State::Listen);
    assert_eq!(bench.next_deadline(), Time::NEVER);
}

#[test]
fn a_client_meets_a_closed_port_and_is_refused() {
    let (mut bench, syn) = opening(&config(1));
    let reset = Harness::new().call(|ctx| ClosedPort::default().on_packet(ctx, syn)).remove(0);
    bench.bench.call(|ctx| bench.end.on_packet(ctx, reset));
    assert_eq!(bench.end.stats().close_reason, Some(CloseReason::Refused));
}

#[test]
fn two_that_open_at_once_are_both_established() {
    let one = Endpoint::client(client_ends(), &config(1), open_with(3_000));
    let other = Endpoint::client(server_ends(), &config(1), open_with(2_000));
    let mut channel = Channel::perfect(one, other, ms(10));
    channel.run_until(Time::ZERO + ms(900));
    assert_eq!((channel.client.state(), channel.server.state()), (State::Established, State::Established));
    assert_eq!((channel.client.stats().delivered_bytes, channel.server.stats().delivered_bytes), (2_000, 3_000));
}

#[test]
fn a_lost_last_ack_of_the_handshake_is_made_up_for() {
    let mut acks = 0;
    let client = Endpoint::client(client_ends(), &config(1), open_with(0));
    let server = Endpoint::server(server_ends(), &config(1), Reader::AtOnce);
    let mut channel = Channel::new(client, server, ms(10), move |_, from, packet| {
        acks += u32::from(from == Side::Client && tcp(packet).flags == ACK);
        if acks == 1 && from == Side::Client { vec![] } else { vec![Duration::ZERO] }
    });
    channel.run(1_000);
    assert_eq!(channel.server.state(), State::Established);
    assert_eq!(channel.server.stats().syn_retransmissions, 1);
}

#[test]
fn sequence_numbers_wrap_around_within_a_transfer() {
    let config = Config { isn: Some(u32::MAX - 5_000), ..config(4) };
    let client = Endpoint::client(client_ends(), &config, Workload::new(Some(20_000)));
    let mut channel = Channel::perfect(client, Endpoint::server(server_ends(), &config, Reader::AtOnce), ms(10));
    channel.run(10_000);
    assert_eq!(channel.server.stats().delivered_bytes, 20_000);
    let first = |number| channel.sent.iter().find(|sent| sent.2.segment == number).map(|sent| tcp(&sent.2).sequence);
    // The SYN is at 2^32 - 5001, the first byte at 2^32 - 5000, the sixth segment at 0.
    assert_eq!((first(1), first(6), first(7)), (Some(u32::MAX - 4_999), Some(0), Some(1_000)));
}

#[test]
fn initial_sequence_numbers_are_drawn_at_random() {
    let syn = |bench: &mut Harness| {
        let config = Config { isn: None, ..config(1) };
        tcp(&start(&mut Endpoint::client(client_ends(), &config, Workload::default()), bench)).sequence
    };
    let mut bench = Harness::new();
    assert_ne!(syn(&mut bench), syn(&mut bench));
}

/// RFC 9293 §3.5, figure 8: recovery from an old duplicate SYN, with its numbers.
#[test]
fn an_old_duplicate_syn_is_found_out_and_the_real_one_accepted() {
    let with_isn = |isn| Config { isn: Some(isn), ..config(4) };
    let mut client = Endpoint::client(client_ends(), &with_isn(100), Workload::default());
    let mut server = Endpoint::server(server_ends(), &with_isn(300), Reader::AtOnce);
    let (mut at_client, mut at_server) = (Harness::new(), Harness::new());
    let syn = at_client.call(|ctx| client.on_start(ctx)).remove(0);
    // The old one comes first.
    let old = wire::packet(&client_ends(), TcpHeader { sequence: 90, ..*tcp(&syn) }, 0);
    let answer = at_server.call(|ctx| server.on_packet(ctx, old)).remove(0);
    assert_eq!((tcp(&answer).flags, tcp(&answer).sequence, tcp(&answer).acknowledgment), (SYN | ACK, 300, 91));
    let reset = at_client.call(|ctx| client.on_packet(ctx, answer)).remove(0);
    assert_eq!((tcp(&reset).flags, tcp(&reset).sequence), (RST, 91));
    assert_eq!(client.state(), State::SynSent);
    assert_eq!(at_server.call(|ctx| server.on_packet(ctx, reset)), []);
    assert_eq!(server.state(), State::Listen);
    // Then the real one.
    let answer = at_server.call(|ctx| server.on_packet(ctx, syn)).remove(0);
    assert_eq!(tcp(&answer).acknowledgment, 101);
    at_client.call(|ctx| client.on_packet(ctx, answer));
    assert_eq!(client.state(), State::Established);
}

/// RFC 9293 §3.10.7.4, first and fourth (RFC 5961 §4.2): in the window or not, an ACK says where the connection stands.
#[test]
fn a_duplicate_syn_does_not_disturb_an_established_connection() {
    let mut it = Bench::server(&config(4), Reader::AtOnce);
    for sequence in [PEER_ISN, PEER_ISN.wrapping_sub(1_000_000), PEER_ISN + 500] {
        let answer = it.receive(TcpHeader { sequence, flags: SYN, ..TcpHeader::default() }, 0);
        assert_eq!(answer.len(), 1);
        assert_eq!((tcp(&answer[0]).flags, tcp(&answer[0]).acknowledgment), (ACK, PEER_ISN + 1), "{sequence}");
        assert_eq!(it.end.state(), State::Established);
    }
    it.data_from_peer(0, MSS);
    assert_eq!(it.end.stats().delivered_bytes, u64::from(MSS));
}
