//! Fast retransmit and fast recovery without SACK: RFC 5681 §3.2, RFC 6582.

use super::*;

/// Ten segments are outstanding.
fn ten_out() -> Bench {
    let (bench, sent) = Bench::bulk(&without_sack(10));
    assert_eq!(sent, segments(0, 10));
    bench
}

/// The same without limited transmit.
fn ten_out_old_school() -> Bench {
    Bench::bulk(&Config { limited_transmit: false, ..without_sack(10) }).0
}

#[test]
fn three_duplicate_acks_cause_one_retransmission() {
    let mut bench = ten_out_old_school();
    assert_eq!(bench.ack(0), []);
    assert_eq!(bench.ack(0), []);
    assert_eq!(bench.ack(0), segments(0, 1));
    assert_eq!((bench.end.stats().fast_retransmits, bench.end.stats().retransmitted_packets), (1, 1));
}

#[test]
fn the_first_two_duplicate_acks_send_a_new_segment_each() {
    let mut bench = ten_out();
    assert_eq!(bench.ack(0), segments(10, 11));
    assert_eq!(bench.ack(0), segments(11, 12));
    assert_eq!(bench.cwnd(), 10);
}

#[test]
fn fast_recovery_begins_with_half_the_flight_and_three_segments() {
    let mut bench = ten_out_old_school();
    for _ in 0..3 {
        bench.ack(0);
    }
    assert_eq!((bench.ssthresh(), bench.cwnd(), bench.end.phase()), (5, 5 + 3, Phase::Fast));
}

#[test]
fn what_limited_transmit_sent_does_not_count_as_flight() {
    let mut bench = ten_out();
    for _ in 0..3 {
        bench.ack(0);
    }
    // Twelve are outstanding, two of them by limited transmit.
    assert_eq!((bench.end.flight_size(), bench.ssthresh()), (12_000, 5));
}

#[test]
fn each_further_duplicate_inflates_the_window_until_new_data_fits() {
    let mut bench = ten_out_old_school();
    for _ in 0..3 {
        bench.ack(0);
    }
    // 8 of 10, 9, 10: still full. Then one segment each.
    assert_eq!(bench.ack(0), []);
    assert_eq!(bench.ack(0), []);
    assert_eq!(bench.ack(0), segments(10, 11));
    assert_eq!(bench.ack(0), segments(11, 12));
    assert_eq!(bench.cwnd(), 12);
}

#[test]
fn a_full_acknowledgment_ends_recovery_without_a_burst() {
    let mut bench = ten_out_old_school();
    for _ in 0..7 {
        bench.ack(0);
    }
    // Two new segments went out. Two remain: min(ssthresh, max(2, 1) + 1) = 3.
    assert_eq!(bench.ack(10_000), segments(12, 13));
    assert_eq!((bench.cwnd(), bench.end.phase()), (3, Phase::Open));
}

#[test]
fn a_partial_acknowledgment_sends_the_next_hole_again() {
    let mut bench = ten_out_old_school();
    for _ in 0..3 {
        bench.ack(0);
    }
    bench.bench.advance(ms(100));
    // Segments 0 and 4 were lost.
    assert_eq!(bench.ack(4_000), segments(4, 5));
    assert_eq!(bench.end.phase(), Phase::Fast);
    // 5 + 3, less four acknowledged, and one back.
    assert_eq!(bench.cwnd(), 5);
}

#[test]
fn every_partial_acknowledgment_starts_the_timer_anew() {
    // The slow-but-steady variant.
    let mut bench = ten_out_old_school();
    for _ in 0..3 {
        bench.ack(0);
    }
    for to in [2_000, 4_000, 6_000] {
        bench.ack_after(ms(100), to);
        assert_eq!(bench.due_in(Timer::Wait), Some(Duration::from_secs(1)));
    }
}

#[test]
fn a_hole_that_was_filled_again_is_not_counted_as_a_new_loss() {
    let mut bench = ten_out_old_school();
    for _ in 0..3 {
        bench.ack(0);
    }
    bench.ack_after(ms(100), 4_000);
    for _ in 0..5 {
        bench.ack(4_000);
    }
    assert_eq!((bench.end.stats().fast_retransmits, bench.ssthresh()), (1, 5));
}

#[test]
fn duplicates_of_what_recovery_covered_do_not_begin_another() {
    let mut bench = ten_out_old_school();
    for _ in 0..7 {
        bench.ack(0);
    }
    bench.ack_after(ms(100), 10_000);
    for _ in 0..3 {
        assert!(bench.ack(10_000).iter().all(|sent| *sent != segment(10)));
    }
    assert_eq!(bench.end.stats().fast_retransmits, 1);
}

#[test]
fn a_loss_beyond_what_recovery_covered_begins_another() {
    let mut bench = ten_out_old_school();
    for _ in 0..8 {
        bench.ack(0);
    }
    bench.ack_after(ms(100), 11_000);
    for _ in 0..3 {
        bench.ack(11_000);
    }
    assert_eq!(bench.end.stats().fast_retransmits, 2);
}

#[test]
fn duplicates_after_a_timeout_cause_no_fast_retransmit() {
    let mut bench = ten_out();
    bench.expire(Timer::Wait);
    for _ in 0..5 {
        assert_eq!(bench.ack(0), []);
    }
    bench.ack(4_000);
    for _ in 0..5 {
        bench.ack(4_000);
    }
    assert_eq!(bench.end.stats().fast_retransmits, 0);
}

#[test]
fn an_ack_with_another_window_is_no_duplicate() {
    let mut bench = ten_out_old_school();
    for window in [60_000, 61_000, 62_000, 63_000] {
        bench.window = window;
        assert_eq!(bench.ack(0), []);
    }
    // The first of them could be compared with nothing but the window of a SYN, and counts.
    assert_eq!(bench.end.stats().duplicate_acks, 1);
}

#[test]
fn an_ack_with_data_is_no_duplicate() {
    let mut bench = ten_out_old_school();
    for number in 0..4 {
        bench.data_from_peer(number * 10, number * 10 + 10);
    }
    assert_eq!(bench.end.stats().duplicate_acks, 0);
}

#[test]
fn an_ack_with_nothing_outstanding_is_no_duplicate() {
    let (mut bench, _) = Bench::client(&without_sack(10), open_with(1_000));
    bench.ack(1_000);
    for _ in 0..4 {
        bench.ack(1_000);
    }
    assert_eq!(bench.end.stats().duplicate_acks, 0);
}

#[test]
fn after_a_timeout_all_is_sent_again_in_order() {
    let mut bench = ten_out();
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(0, 1));
    assert_eq!(bench.ack_after(ms(100), 1_000), segments(1, 3));
    // What the receiver had kept beyond the hole is not sent again.
    assert_eq!(bench.ack_after(ms(100), 8_000), segments(8, 11));
    assert_eq!(bench.end.phase(), Phase::Timeout);
    bench.ack_after(ms(100), 10_000);
    assert_eq!(bench.end.phase(), Phase::Open);
}

#[test]
fn a_timeout_ends_fast_recovery() {
    let mut bench = ten_out_old_school();
    for _ in 0..6 {
        bench.ack(0);
    }
    bench.expire(Timer::Wait);
    assert_eq!((bench.end.phase(), bench.cwnd()), (Phase::Timeout, 1));
}

#[test]
fn the_threshold_of_duplicates_is_a_parameter() {
    let (mut bench, _) = Bench::bulk(&Config { duplicate_ack_threshold: 2, ..without_sack(10) });
    bench.ack(0);
    assert!(bench.ack(0).contains(&segment(0)));
}

#[test]
fn a_fixed_window_is_repaired_but_not_cut() {
    let fixed = crate::congestion::fixed_window::Config { segments: 10 };
    let congestion_control = crate::congestion::Spec::FixedWindow(fixed);
    let (mut bench, _) = Bench::bulk(&Config { congestion_control, ..without_sack(1) });
    for _ in 0..3 {
        bench.ack(0);
    }
    assert_eq!(bench.end.stats().retransmitted_packets, 1);
    bench.ack_after(ms(100), 12_000);
    assert_eq!((bench.cwnd(), bench.end.flight_size()), (10, 10_000));
}
