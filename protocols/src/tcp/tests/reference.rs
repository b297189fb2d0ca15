//! Cases recorded from other implementations: packetdrill's scripts as run on Linux 6.18, and ns-3's regression vectors.
//! Only the facts are here: what was fed in, what must come out.

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
