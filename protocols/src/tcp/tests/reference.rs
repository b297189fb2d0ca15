//! Cases recorded from other implementations: packetdrill's scripts as run on Linux 6.18, and ns-3's regression vectors.
//! Only the facts are here: what was fed in, what must come out.

use sim_core::time::Time;
use sim_core::units::Rate;

use super::channel::{Channel, Side};
use super::*;

/// packetdrill `slow-start-ack-per-1pkt`: each ACK of one segment lets two out; ten ACKs make the window 20.
#[test]
fn packetdrill_slow_start_with_an_ack_for_each_segment() {
    let (mut bench, sent) = Bench::client(&config(10), open_with(30_000));
    assert_eq!(sent.len(), 10);
    for number in 1..=10 {
        let first = 8 + 2 * number;
        assert_eq!(bench.ack(number * MSS), segments(first, first + 2));
    }
    assert_eq!(bench.cwnd(), 20);
}

/// packetdrill `slow-start-after-idle`: after two seconds the window is the initial one again.
///
/// Linux counts all bytes of the single ACK of ten segments; RFC 5681 counts one segment for each ACK. So here each
/// segment gets an ACK of its own.
#[test]
fn packetdrill_slow_start_after_idle() {
    let (mut bench, _) = Bench::client(&config(10), open_with(26_000));
    bench.bench.advance(ms(100));
    for number in 1..=26 {
        bench.ack(number * MSS);
    }
    assert!(bench.cwnd() > 10);
    bench.bench.advance(Duration::from_secs(2));
    assert_eq!(bench.write(20_000).len(), 10);
    assert_eq!(bench.cwnd(), 10);
}

/// packetdrill `slow-start-app-limited-9-packets-out`: nine of ten in flight, and the window grows to twice nine.
#[test]
fn packetdrill_an_unused_window_grows_to_twice_the_flight() {
    let (mut bench, sent) = Bench::client(&config(10), open_with(9_000));
    assert_eq!(sent.len(), 9);
    let windows: Vec<u64> = (1..=9)
        .map(|number| {
            bench.ack(number * MSS);
            bench.cwnd()
        })
        .collect();
    assert_eq!(windows, [11, 12, 13, 14, 15, 16, 17, 18, 18]);
}

/// packetdrill `fr-4pkt`: without SACK the third duplicate ACK sends the first segment again, at once.
#[test]
fn packetdrill_fast_retransmit_of_four_segments() {
    let (mut bench, sent) = Bench::client(&without_sack(10), open_with(4_000));
    assert_eq!(data(&sent), segments(0, 4));
    assert_eq!((bench.ack(0), bench.ack(0)), (vec![], vec![]));
    assert_eq!(bench.ack(0), segments(0, 1));
    assert_eq!(bench.ack_after(ms(100), 4_000), []);
    let fin = bench.close();
    assert_eq!((fin.len(), tcp(&fin[0]).flags), (1, FIN | ACK));
    assert_eq!(tcp(&bench.fin_from_peer(0, 4_001)[0]).acknowledgment, PEER_ISN + 2);
}

/// packetdrill `limited-transmit-no-sack`: one new segment for each of two duplicates, and no cut after reordering.
#[test]
fn packetdrill_limited_transmit_without_sack() {
    let (mut bench, sent) = Bench::client(&without_sack(10), open_with(15_000));
    assert_eq!(data(&sent), segments(0, 10));
    assert_eq!(bench.ack(0), segments(10, 11));
    assert_eq!(bench.ack(0), segments(11, 12));
    // Nine remain of ten: Linux grows by three segments of one stretch ACK and has sent 12 and 13 by now; RFC 5681
    // grows by one, which lets the same two out: nine and two are eleven.
    assert_eq!(bench.ack(3_000), segments(12, 14));
    assert_eq!(bench.ack(5_000), segments(14, 15));
    assert_eq!((bench.end.stats().retransmitted_packets, bench.end.ssthresh()), (0, u64::MAX));
}

/// packetdrill `sack-shift-sacked-2-6-8-3-9-nofack`: 2, 6 and 8 are SACKed, which begins recovery; then 3 and 9.
///
/// Linux reduces by CUBIC and PRR, so only what RFC 6675 decides is compared: when recovery begins, what is sent first
/// in which order, when it ends. With 2, 6 and 8 SACKed it counts 6 segments as lost; RFC 6675 counts the two below
/// segment 2, as three blocks lie above only these.
#[test]
fn packetdrill_sack_blocks_shift_and_grow() {
    let block = |first: u32, last: u32| (first * MSS, last * MSS);
    let (mut bench, sent) = Bench::client(&config(10), open_with(10_000));
    assert_eq!(sent.len(), 10);
    assert_eq!(bench.sack(0, &[block(2, 3)]), []);
    assert_eq!(bench.sack(0, &[block(2, 3), block(6, 7)]), []);
    assert_eq!(bench.sack(0, &[block(2, 3), block(6, 7), block(8, 9)]), segments(0, 1));
    assert_eq!(bench.end.phase(), Phase::Fast);
    // Ten, less three SACKed and two lost, and one sent again.
    assert_eq!(bench.end.pipe(), 6_000);
    assert_eq!(bench.sack(0, &[block(2, 4), block(6, 7), block(8, 9)]), []);
    // Now three segments are SACKed above 4 and 5: four are lost, and of ten 7 alone is under way, with 0 sent again.
    let sent = bench.sack(0, &[block(2, 4), block(6, 7), block(8, 10)]);
    assert_eq!(sent, [segment(1), segment(4), segment(5)]);
    bench.sack(1_000, &[block(2, 4), block(6, 7), block(8, 10)]);
    bench.sack(4_000, &[block(6, 7), block(8, 10)]);
    bench.sack(7_000, &[block(8, 10)]);
    assert_eq!((bench.sack(10_000, &[]), bench.end.phase()), (vec![], Phase::Open));
    assert_eq!((bench.end.flight_size(), bench.end.pipe()), (0, 0));
}

/// Two links in a row with queues that never fill, as in Fall & Floyd 1996: 8 Mb/s and 0.1 ms, then 0.8 Mb/s and
/// 100 ms. Each way has its own; on the way back the slow link comes first.
fn fall_and_floyd(config: &Config, lost: std::ops::Range<u32>) -> Channel {
    /// ns-3's point-to-point framing.
    const LINK_HEADER: u32 = 2;
    let fast = (Rate::from_mbps(8), Duration::from_micros(100));
    let slow = (Rate::from_bps(800_000), ms(100));
    let mut is_free_at = [[Time::ZERO; 2]; 2];
    let client = Endpoint::client(client_ends(), config, Workload::new(Some(200_000)));
    let server = Endpoint::server(server_ends(), config, Reader::AtOnce);
    Channel::new(client, server, Duration::ZERO, move |now, from, packet| {
        let links = if from == Side::Client { [fast, slow] } else { [slow, fast] };
        let mut at = now;
        for ((rate, delay), free_at) in links.into_iter().zip(&mut is_free_at[from as usize]) {
            let size = Bytes((packet.size + LINK_HEADER).into());
            *free_at = at.max(*free_at) + rate.serialization_delay(size);
            at = *free_at + delay;
        }
        // Numbered from 0 there, and lost at the far end.
        let is_lost = packet.copy == 1 && packet.segment > 0 && lost.contains(&(packet.segment - 1));
        if is_lost { vec![] } else { vec![at - now] }
    })
}

/// ns-3 3.37, suite `ns3-tcp-loss`, NewReno without SACK: with 0, 1 and 2 segments lost from segment 14 on, the first
/// segments and all retransmissions leave within a millisecond of ns-3's times.
#[test]
fn ns3_newreno_with_none_one_and_two_losses() {
    /// When the first 24 segments leave, in units of 0.1 ms: the same in all cases.
    const FIRST: [u64; 24] = [
        2_012, 4_134, 4_134, 6_255, 6_255, 6_359, 6_359, 8_376, 8_376, 8_480, 8_480, 8_585, 8_585, 8_689, 8_689,
        10_497, 10_497, 10_602, 10_602, 10_706, 10_706, 10_810, 10_810, 10_914,
    ];
    let cases: [&[(u32, u64)]; 3] = [&[], &[(14, 12_827)], &[(14, 12_931), (15, 15_053)]];
    for (losses, retransmissions) in cases.into_iter().enumerate() {
        let config = Config { delayed_ack: None, ..without_sack(1) };
        let mut channel = fall_and_floyd(&config, 14..14 + losses as u32);
        channel.run(100_000);
        let data = channel.sent.iter().filter(|sent| sent.2.segment > 0);
        let (first, again): (Vec<_>, Vec<_>) = data.partition(|sent| sent.2.copy == 1);
        let is_near = |at: Time, tenths: u64| at.picos().abs_diff(tenths * 100_000_000) <= 1_000_000_000;
        for ((number, &tenths), sent) in (0..).zip(&FIRST).zip(&first) {
            assert_eq!(sent.2.segment - 1, number);
            assert!(is_near(sent.0, tenths), "{losses} lost, segment {number} at {}", sent.0);
        }
        let again: Vec<_> = again.into_iter().map(|sent| (sent.2.segment - 1, sent.0)).collect();
        assert_eq!(again.len(), retransmissions.len(), "{losses} lost: {again:?}");
        for (&(segment, tenths), &(number, at)) in retransmissions.iter().zip(&again) {
            assert!(segment == number && is_near(at, tenths), "{losses} lost, segment {number} again at {at}");
        }
        assert_eq!(channel.server.stats().delivered_bytes, 200_000);
        assert_eq!(channel.client.stats().timeouts, 0);
    }
}
