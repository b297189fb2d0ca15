//! When and what a receiver acknowledges: RFC 5681 §4.2, RFC 2018 §4.

use super::*;

fn server() -> Bench {
    Bench::server(&config(1), Reader::AtOnce)
}

/// The relative numbers acknowledged by `packets`.
fn acks(packets: &[Packet]) -> Vec<u32> {
    packets.iter().map(|packet| tcp(packet).acknowledgment - (PEER_ISN + 1)).collect()
}

/// The blocks in the one packet, relative.
fn blocks(packets: &[Packet]) -> Vec<Sent> {
    assert_eq!(packets.len(), 1);
    let relative = |wire: u32| wire - (PEER_ISN + 1);
    tcp(&packets[0]).sack.as_slice().iter().map(|&(left, right)| (relative(left), relative(right))).collect()
}

#[test]
fn a_single_segment_is_acknowledged_after_200_ms() {
    let mut bench = server();
    assert_eq!(bench.data_from_peer(0, 1_000), []);
    assert_eq!(bench.due_in(Timer::DelayedAck), Some(ms(200)));
    assert_eq!(acks(&bench.expire(Timer::DelayedAck)), [1_000]);
}

#[test]
fn every_second_full_segment_is_acknowledged_at_once() {
    let mut bench = server();
    assert!(bench.data_from_peer(0, 1_000).is_empty());
    assert_eq!(acks(&bench.data_from_peer(1_000, 2_000)), [2_000]);
    assert_eq!(bench.due_in(Timer::DelayedAck), None);
    assert!(bench.data_from_peer(2_000, 3_000).is_empty());
    assert_eq!(acks(&bench.data_from_peer(3_000, 4_000)), [4_000]);
}

#[test]
fn the_delay_counts_from_the_first_segment() {
    let mut bench = server();
    bench.data_from_peer(0, 100);
    bench.bench.advance(ms(150));
    bench.data_from_peer(100, 200);
    assert_eq!(bench.due_in(Timer::DelayedAck), Some(ms(50)));
}

#[test]
fn small_segments_wait_until_they_are_two_full_ones() {
    let mut bench = server();
    for number in 0..19 {
        assert_eq!(bench.data_from_peer(number * 100, (number + 1) * 100), []);
    }
    assert_eq!(acks(&bench.data_from_peer(1_900, 2_000)), [2_000]);
}

#[test]
fn without_delay_every_segment_is_acknowledged_at_once() {
    let mut bench = Bench::server(&Config { delayed_ack: None, ..config(1) }, Reader::AtOnce);
    assert_eq!(acks(&bench.data_from_peer(0, 1_000)), [1_000]);
    assert_eq!(acks(&bench.data_from_peer(1_000, 1_010)), [1_010]);
}

#[test]
fn a_segment_behind_a_gap_is_answered_at_once_with_the_old_number() {
    let mut bench = server();
    assert_eq!(acks(&bench.data_from_peer(1_000, 2_000)), [0]);
    assert_eq!(acks(&bench.data_from_peer(2_000, 3_000)), [0]);
    assert_eq!(bench.end.stats().out_of_order_packets, 2);
}

#[test]
fn a_segment_that_fills_a_gap_is_acknowledged_at_once() {
    let mut bench = server();
    bench.data_from_peer(1_000, 2_000);
    assert_eq!(acks(&bench.data_from_peer(0, 1_000)), [2_000]);
}

#[test]
fn a_segment_that_fills_part_of_a_gap_is_acknowledged_at_once() {
    let mut bench = server();
    bench.data_from_peer(5_000, 6_000);
    assert_eq!(acks(&bench.data_from_peer(0, 1_000)), [1_000]);
}

#[test]
fn a_duplicate_is_acknowledged_at_once() {
    let mut bench = server();
    bench.data_from_peer(0, 1_000);
    bench.data_from_peer(1_000, 2_000);
    assert_eq!(acks(&bench.data_from_peer(0, 1_000)), [2_000]);
    assert_eq!(bench.end.stats().duplicate_packets, 1);
    assert_eq!(bench.end.stats().delivered_bytes, 2_000);
}

#[test]
fn a_fin_is_acknowledged_at_once() {
    let mut bench = Bench::server(&config(1), Reader::Never);
    bench.data_from_peer(0, 1_000);
    // The FIN counts for one.
    assert_eq!(acks(&bench.fin_from_peer(1_000, 0)), [1_001]);
}

#[test]
fn data_carries_the_acknowledgment_along() {
    let mut bench = server();
    bench.data_from_peer(0, 1_000);
    let sent = bench.bench.call(|ctx| bench.end.write(ctx, 500));
    assert_eq!((acks(&sent), bench.due_in(Timer::DelayedAck)), (vec![1_000], None));
}

#[test]
fn the_block_with_the_newest_segment_comes_first() {
    let mut bench = server();
    assert_eq!(blocks(&bench.data_from_peer(1_000, 2_000)), [(1_000, 2_000)]);
    assert_eq!(blocks(&bench.data_from_peer(5_000, 6_000)), [(5_000, 6_000), (1_000, 2_000)]);
    assert_eq!(blocks(&bench.data_from_peer(3_000, 4_000)), [(3_000, 4_000), (5_000, 6_000), (1_000, 2_000)]);
    assert_eq!(blocks(&bench.data_from_peer(2_000, 3_000)), [(1_000, 4_000), (5_000, 6_000)]);
}

#[test]
fn a_duplicate_beyond_the_gap_brings_its_block_to_the_front() {
    let mut bench = server();
    bench.data_from_peer(1_000, 2_000);
    bench.data_from_peer(3_000, 4_000);
    assert_eq!(blocks(&bench.data_from_peer(1_000, 2_000)), [(1_000, 2_000), (3_000, 4_000)]);
}

#[test]
fn four_blocks_are_reported_and_a_fifth_as_soon_as_there_is_room() {
    let mut bench = server();
    let block = |number: u32| (number * 2_000 + 1_000, number * 2_000 + 2_000);
    for number in 0..4 {
        bench.data_from_peer(block(number).0, block(number).1);
    }
    let sent = bench.data_from_peer(block(4).0, block(4).1);
    // 20 of IP, 20 of TCP, 4 + 4 * 8 of options.
    assert_eq!(sent[0].size, 76);
    assert_eq!(blocks(&sent), [4, 3, 2, 1].map(block));
    // The first byte fills the gap before block 0; two of those above become one.
    assert_eq!(blocks(&bench.data_from_peer(6_000, 7_000)), [(5_000, 8_000), block(4), block(1), block(0)]);
}

#[test]
fn without_sack_an_ack_carries_no_blocks() {
    let mut bench = Bench::server(&without_sack(1), Reader::AtOnce);
    assert_eq!(blocks(&bench.data_from_peer(1_000, 2_000)), []);
}

/// The table of Kurose & Ross 3.5 (after RFC 1122 §4.2.3.2 and RFC 5681 §4.2), a row each, with the longest delay
/// allowed: the state before, the segment that arrives, and what is sent when.
#[test]
fn the_four_rules_of_the_textbook_hold_to_the_millisecond() {
    let server = || Bench::server(&Config { delayed_ack: Some(ms(500)), ..config(1) }, Reader::AtOnce);
    // In order, all before it acknowledged: wait up to 500 ms for another.
    let mut bench = server();
    assert_eq!(bench.data_from_peer(0, 1_000), []);
    let arrival = bench.bench.now;
    assert_eq!(acks(&bench.expire(Timer::DelayedAck)), [1_000]);
    assert_eq!(bench.bench.now, arrival + ms(500));
    // In order, another one waiting: one cumulative ACK at once.
    let mut bench = server();
    bench.data_from_peer(0, 1_000);
    bench.bench.advance(ms(499));
    assert_eq!(acks(&bench.data_from_peer(1_000, 2_000)), [2_000]);
    assert_eq!(bench.due_in(Timer::DelayedAck), None);
    // Out of order: a duplicate ACK at once.
    let mut bench = server();
    assert_eq!(acks(&bench.data_from_peer(1_000, 2_000)), [0]);
    assert_eq!(bench.due_in(Timer::DelayedAck), None);
    // At the lower end of the gap: an ACK at once.
    assert_eq!(acks(&bench.data_from_peer(0, 500)), [500]);
    assert_eq!(acks(&bench.data_from_peer(500, 1_000)), [2_000]);
    assert_eq!(bench.due_in(Timer::DelayedAck), None);
}
