use sim_core::harness::Harness;
use sim_core::packet::{UdpHeader, UdpKind};

use super::*;
use crate::udp::{datagram, test_ends};

/// Hands the sink a datagram of 1028 bytes with this number, sent `delay` before `at`; both in microseconds.
fn deliver(sink: &mut Sink, sequence: u64, at: u64, delay: u64) {
    let mut bench = Harness::new();
    bench.advance(Duration::from_micros(at));
    let timestamp = Time::ZERO + Duration::from_micros(at - delay);
    let packet = datagram(&test_ends(), 1_028, UdpHeader { sequence, timestamp, kind: UdpKind::Data });
    assert!(bench.call(|ctx| sink.on_packet(ctx, packet)).is_empty());
}

fn after(sequences: &[u64]) -> Sink {
    let mut sink = Sink::new();
    for (at, &sequence) in (1_000..).zip(sequences) {
        deliver(&mut sink, sequence, at, 10);
    }
    sink
}

#[test]
fn a_flow_in_order_loses_and_repeats_nothing() {
    let sink = after(&[0, 1, 2, 3]);
    assert_eq!((sink.packets(), sink.lost(), sink.duplicates(), sink.reordered()), (4, 0, 0, 0));
    assert_eq!((sink.bytes(), sink.payload_bytes()), (Bytes(4 * 1_028), Bytes(4 * 1_000)));
}

#[test]
fn gaps_in_the_sequence_numbers_are_losses() {
    // 0, 3, 4 and 6 are missing.
    assert_eq!(after(&[1, 2, 5, 7]).lost(), 4);
}

#[test]
fn a_late_datagram_is_reordered_and_no_longer_lost() {
    // RFC 4737 §3.3: 2 and 3 are smaller than the next expected, 5 and then 5.
    let sink = after(&[0, 1, 4, 2, 3, 5]);
    assert_eq!((sink.lost(), sink.reordered(), sink.duplicates()), (0, 2, 0));
}

#[test]
fn duplicates_count_apart_and_are_not_reordered() {
    let sink = after(&[0, 1, 1, 2, 0]);
    assert_eq!((sink.packets(), sink.duplicates(), sink.reordered(), sink.lost()), (3, 2, 0, 0));
    assert_eq!(sink.delay().count(), 3);
}

#[test]
fn delay_runs_from_sending_to_arrival() {
    let mut sink = Sink::new();
    deliver(&mut sink, 0, 100, 20);
    deliver(&mut sink, 1, 150, 40);
    assert_eq!(sink.delay().mean(), Some(Duration::from_micros(30)));
    assert_eq!(sink.delay().max(), Some(Duration::from_micros(40)));
    assert_eq!(sink.first_arrival(), Some(Time::ZERO + Duration::from_micros(100)));
    assert_eq!(sink.last_arrival(), Some(Time::ZERO + Duration::from_micros(150)));
}

#[test]
fn jitter_follows_the_recurrence_of_rfc_3550() {
    let mut sink = Sink::new();
    // Differences of delay: 16 us, 0, 32 us.
    // J = 16/16 = 1 us; then 1 - 1/16 = 0.9375 us; then 0.9375 + (32 - 0.9375)/16 = 2.87890625 us.
    for (at, delay, jitter_picos) in [(100, 20, 0), (200, 36, 1_000_000), (300, 36, 937_500), (400, 4, 2_878_906)] {
        deliver(&mut sink, at, at, delay);
        assert_eq!(sink.jitter(), Duration::from_picos(jitter_picos));
    }
}

#[test]
fn jitter_of_delays_that_alternate_by_d_approaches_d() {
    let mut jitter = Jitter::default();
    for n in 0..1_000 {
        jitter.on_arrival(Duration::from_micros(if n % 2 == 0 { 5 } else { 12 }));
    }
    assert!(jitter.estimate().abs_diff(Duration::from_micros(7)) <= Duration::from_picos(1));
}

#[test]
fn jitter_survives_the_longest_delays() {
    let mut jitter = Jitter::default();
    for n in 0..1_000 {
        jitter.on_arrival(if n % 2 == 0 { Duration::ZERO } else { Duration::MAX });
    }
    assert!(jitter.estimate() > Duration::from_secs(1));
}
