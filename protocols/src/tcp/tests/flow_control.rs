//! The receive window: how it closes, how it is probed, how it opens (RFC 9293 §3.8.6).

use sim_core::time::Time;
use sim_core::units::Rate;

use super::channel::{Channel, Side};
use super::*;

/// A client that has filled a window of two segments, which the peer acknowledged and did not read.
fn closed_window() -> Bench {
    let (mut bench, sent) = Bench::client(&config(2), Workload::default());
    assert_eq!(data(&sent), segments(0, 2));
    bench.bench.advance(ms(100));
    bench.window = 0;
    assert_eq!(bench.ack(2_000), []);
    bench
}

#[test]
fn a_closed_window_stops_the_sender() {
    let bench = closed_window();
    assert_eq!((bench.end.flight_size(), bench.end.wait()), (0, Wait::Window));
}

#[test]
fn a_closed_window_is_probed_with_one_byte_after_one_timeout() {
    let mut bench = closed_window();
    assert_eq!(bench.due_in(Timer::Wait), Some(Duration::from_secs(1)));
    assert_eq!(data(&bench.expire(Timer::Wait)), [(2_000, 2_001)]);
}

#[test]
fn probes_become_rarer_and_never_end() {
    let mut bench = closed_window();
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60] {
        assert_eq!(bench.due_in(Timer::Wait), Some(Duration::from_secs(seconds)));
        assert_eq!(data(&bench.expire(Timer::Wait)), [(2_000, 2_001)]);
        // The peer answers, its window still closed.
        assert_eq!(bench.ack(2_000), []);
    }
    assert_eq!((bench.end.state(), bench.end.stats().timeouts), (State::Established, 0));
    assert_eq!(bench.end.stats().window_probes, 20);
}

#[test]
fn a_window_update_lets_the_sender_go_on() {
    let mut bench = closed_window();
    bench.expire(Timer::Wait);
    bench.window = 5_000;
    // More than an RTO has passed without data: the window is the initial one again.
    assert_eq!(bench.ack(2_000), segments(2, 4));
    assert_eq!(bench.end.wait(), Wait::Acknowledgment);
}

#[test]
fn an_accepted_probe_is_not_sent_again() {
    let mut bench = closed_window();
    bench.expire(Timer::Wait);
    bench.window = 5_000;
    assert_eq!(bench.ack(2_001), [(2_001, 3_001), (3_001, 4_001)]);
}

#[test]
fn a_probe_does_not_shrink_the_congestion_window() {
    let mut bench = closed_window();
    let before = bench.cwnd();
    bench.expire(Timer::Wait);
    bench.expire(Timer::Wait);
    assert_eq!(bench.cwnd(), before);
}

#[test]
fn a_sliver_of_a_window_is_not_used_until_the_timer_overrides() {
    let (mut bench, _) = Bench::client(&config(2), Workload::default());
    bench.window = 700;
    assert_eq!(bench.ack(2_000), []);
    assert_eq!(data(&bench.expire(Timer::Wait)), [(2_000, 2_700)]);
    assert_eq!(bench.end.wait(), Wait::Acknowledgment);
}

#[test]
fn half_the_largest_window_is_worth_a_segment() {
    // A peer that never offers more than 1200 bytes, and has 700 left: more than half.
    let (mut bench, _) = Bench::client_offered(1_200, &config(10), open_with(0));
    assert_eq!(bench.write(5_000), [(0, 1_000)]);
    bench.window = 700;
    assert_eq!(bench.ack(1_000), [(1_000, 1_700)]);
    bench.window = 500;
    assert_eq!(bench.ack(1_700), []);
}

#[test]
fn the_last_bytes_go_whatever_their_size() {
    let (mut bench, sent) = Bench::client(&config(4), open_with(10));
    assert_eq!(data(&sent), [(0, 10)]);
    // There is no Nagle here: a small segment does not wait for the ACK of the one before.
    assert_eq!(bench.write(20), [(10, 30)]);
}

#[test]
fn the_sender_keeps_to_its_send_buffer() {
    let config = Config { send_buffer: Some(Bytes(3_000)), ..config(10) };
    let (mut bench, sent) = Bench::bulk(&config);
    assert_eq!(sent, segments(0, 3));
    assert_eq!(bench.ack(2_000), segments(3, 5));
}

/// What a server's ACK advertises, in bytes.
fn advertised(packets: &[Packet]) -> u16 {
    tcp(packets.last().expect("there is an ACK")).window
}

fn small_buffer(bytes: u64) -> Config {
    Config { receive_buffer: Bytes(bytes), delayed_ack: None, ..config(1) }
}

#[test]
fn the_window_closes_when_the_application_does_not_read() {
    let mut bench = Bench::server(&small_buffer(2_500), Reader::Never);
    assert_eq!(advertised(&bench.data_from_peer(0, 1_000)), 1_500);
    assert_eq!(advertised(&bench.data_from_peer(1_000, 2_000)), 500);
    // More than fits is cut off; the byte behind it is refused.
    assert_eq!(advertised(&bench.data_from_peer(2_000, 3_000)), 0);
    let sent = bench.data_from_peer(2_500, 2_501);
    assert_eq!((advertised(&sent), tcp(&sent[0]).acknowledgment), (0, PEER_ISN + 1 + 2_500));
}

#[test]
fn the_application_that_reads_at_once_keeps_the_window_open() {
    let mut bench = Bench::server(&small_buffer(2_500), Reader::AtOnce);
    assert_eq!(advertised(&bench.data_from_peer(0, 1_000)), 2_500);
    assert_eq!(advertised(&bench.data_from_peer(1_000, 2_000)), 2_500);
}

#[test]
fn data_beyond_a_gap_leaves_the_window_as_it_is() {
    let mut bench = Bench::server(&small_buffer(5_000), Reader::AtOnce);
    assert_eq!(advertised(&bench.data_from_peer(1_000, 2_000)), 5_000);
    assert_eq!(advertised(&bench.data_from_peer(2_000, 3_000)), 5_000);
}

#[test]
fn the_window_opens_by_a_full_segment_or_not_at_all() {
    let mut bench = Bench::server(&small_buffer(5_000), Reader::AtOnce);
    // 400 bytes were read, but the right edge stays.
    assert_eq!(advertised(&bench.data_from_peer(0, 400)), 4_600);
    assert_eq!(advertised(&bench.data_from_peer(400, 800)), 4_200);
    assert_eq!(advertised(&bench.data_from_peer(800, 1_200)), 5_000);
}

#[test]
fn reading_opens_the_window_with_an_update() {
    // 1000 bytes take a second.
    let mut bench = Bench::server(&small_buffer(3_000), Reader::AtRate(Rate::from_bps(8_000)));
    assert_eq!(advertised(&bench.data_from_peer(0, 1_000)), 2_000);
    assert_eq!(bench.due_in(Timer::Read), Some(Duration::from_secs(1)));
    let update = bench.expire(Timer::Read);
    assert_eq!((update.len(), advertised(&update)), (1, 3_000));
    assert_eq!(bench.end.stats().delivered_bytes, 1_000);
}

#[test]
fn a_window_beyond_16_bits_is_scaled() {
    let config = Config { receive_buffer: Bytes(1_000_000), delayed_ack: None, ..config(10) };
    let client = Endpoint::client(client_ends(), &config, open_with(10_000));
    let server = Endpoint::server(server_ends(), &config, Reader::AtOnce);
    let mut channel = Channel::perfect(client, server, ms(10));
    channel.run_until(Time::ZERO + ms(200));
    let last = channel.sent.iter().rev().find(|sent| sent.1 == Side::Server).unwrap();
    // The smallest shift is 4; 1 000 000 is a multiple of 16.
    assert_eq!(tcp(&last.2).window, (1_000_000_u32 >> 4) as u16);
}

#[test]
fn a_slow_reader_gets_all_of_it_at_its_rate() {
    let config = Config { receive_buffer: Bytes(4_000), ..config(10) };
    let client = Endpoint::client(client_ends(), &config, Workload::new(Some(20_000)));
    let server = Endpoint::server(server_ends(), &config, Reader::AtRate(Rate::from_bps(80_000)));
    let mut channel = Channel::perfect(client, server, ms(10));
    channel.run(10_000);
    assert_eq!(channel.server.stats().delivered_bytes, 20_000);
    // The first byte arrives after 30 ms; 20 kB at 10 kB/s take two seconds.
    assert_eq!(channel.server.stats().last_delivery, Some(Time::ZERO + ms(2_030)));
}

#[test]
fn a_lost_window_update_is_made_up_for_by_probes() {
    let config = Config { receive_buffer: Bytes(2_000), ..config(10) };
    let client = Endpoint::client(client_ends(), &config, Workload::new(Some(10_000)));
    // Each read frees half the buffer; the update after the window was closed is lost.
    let server = Endpoint::server(server_ends(), &config, Reader::AtRate(Rate::from_bps(8_000)));
    let (mut was_closed, mut losses) = (false, 0);
    let mut channel = Channel::new(client, server, ms(10), move |_, from, packet| {
        let window = tcp(packet).window;
        let is_update = from == Side::Server && was_closed && window > 0 && losses == 0;
        was_closed |= from == Side::Server && window == 0;
        losses += u32::from(is_update);
        if is_update { vec![] } else { vec![Duration::ZERO] }
    });
    channel.run(10_000);
    assert_eq!(channel.server.stats().delivered_bytes, 10_000);
    assert!(channel.client.stats().window_probes > 0);
}
