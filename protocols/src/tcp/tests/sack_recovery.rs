//! Recovery with SACK: RFC 6675.

use super::*;

/// Ten segments are outstanding.
fn ten_out() -> Bench {
    let (bench, sent) = Bench::bulk(&config(10));
    assert_eq!(sent, segments(0, 10));
    bench
}

/// Of exactly ten segments, all outstanding.
fn all_ten_out() -> Bench {
    Bench::client(&config(10), open_with(10_000)).0
}

fn block(first: u32, last: u32) -> Sent {
    (first * MSS, last * MSS)
}

#[test]
fn three_acks_with_news_cause_one_retransmission() {
    let mut bench = all_ten_out();
    assert_eq!(bench.sack(0, &[block(1, 2)]), []);
    assert_eq!(bench.sack(0, &[block(1, 3)]), []);
    assert_eq!(bench.sack(0, &[block(1, 4)]), segments(0, 1));
    assert_eq!(bench.end.stats().fast_retransmits, 1);
}

#[test]
fn an_ack_without_news_is_no_duplicate() {
    let mut bench = all_ten_out();
    for _ in 0..5 {
        assert_eq!(bench.sack(0, &[block(1, 2)]), []);
    }
    assert_eq!(bench.end.stats().duplicate_acks, 1);
}

#[test]
fn an_ack_without_blocks_is_no_duplicate() {
    let mut bench = all_ten_out();
    for _ in 0..5 {
        assert_eq!(bench.ack(0), []);
    }
    assert_eq!(bench.end.stats().duplicate_acks, 0);
}

#[test]
fn more_than_two_segments_of_sacked_bytes_show_a_loss_at_once() {
    let mut bench = all_ten_out();
    assert_eq!(bench.sack(0, &[block(3, 6)]), segments(0, 1));
}

#[test]
fn two_segments_of_sacked_bytes_are_not_enough() {
    let mut bench = all_ten_out();
    assert_eq!(bench.sack(0, &[block(3, 5)]), []);
    assert_eq!(bench.end.phase(), Phase::Open);
}

#[test]
fn three_separate_blocks_show_a_loss_at_once() {
    let mut bench = all_ten_out();
    // 100 bytes each.
    assert_eq!(bench.sack(0, &[(2_000, 2_100), (4_000, 4_100), (6_000, 6_100)]), segments(0, 1));
}

#[test]
fn while_duplicates_come_new_data_replaces_what_has_left_the_network() {
    let mut bench = ten_out();
    assert_eq!(bench.sack(0, &[block(1, 2)]), segments(10, 11));
    assert_eq!(bench.sack(0, &[block(1, 3)]), segments(11, 12));
    assert_eq!(bench.end.pipe(), 10_000);
}

#[test]
fn recovery_halves_the_window_and_lost_data_leaves_the_pipe() {
    let mut bench = all_ten_out();
    bench.sack(0, &[block(1, 4)]);
    assert_eq!((bench.cwnd(), bench.ssthresh(), bench.end.phase()), (5, 5, Phase::Fast));
    // Ten, less three SACKed and one lost, and that one sent again.
    assert_eq!(bench.end.pipe(), 7_000);
}

#[test]
fn in_recovery_the_pipe_is_kept_at_the_window() {
    let mut bench = ten_out();
    for last in 2..=4 {
        bench.sack(0, &[block(1, last)]);
    }
    // Twelve were sent; with three SACKed and one sent again the pipe holds nine of five.
    assert_eq!(bench.end.pipe(), 9_000);
    for last in 5..=8 {
        assert_eq!(bench.sack(0, &[block(1, last)]), []);
    }
    assert_eq!(bench.end.pipe(), 5_000);
    assert_eq!(bench.sack(0, &[block(1, 9)]), segments(12, 13));
    assert_eq!(bench.sack(0, &[block(1, 10)]), segments(13, 14));
}

#[test]
fn lost_segments_are_sent_again_before_new_ones() {
    let mut bench = ten_out();
    // 0, 2 and 4 are lost; 1, 3, and 5 to 9 arrive.
    bench.sack(0, &[block(1, 2)]);
    bench.sack(0, &[block(3, 4), block(1, 2)]);
    bench.sack(0, &[block(5, 6), block(3, 4), block(1, 2)]);
    let mut sent = Vec::new();
    for last in 7..=10 {
        sent.extend(bench.sack(0, &[block(5, last), block(3, 4), block(1, 2)]));
    }
    assert_eq!(sent[..2], [segment(2), segment(4)]);
    assert!(sent[2..].iter().all(|sent| sent.0 >= 12_000));
}

#[test]
fn a_cumulative_ack_of_all_that_was_outstanding_ends_recovery() {
    let mut bench = ten_out();
    for last in 2..=4 {
        bench.sack(0, &[block(1, last)]);
    }
    bench.bench.advance(ms(100));
    bench.sack(11_000, &[]);
    assert_eq!(bench.end.phase(), Phase::Fast);
    bench.sack(12_000, &[]);
    assert_eq!((bench.end.phase(), bench.cwnd()), (Phase::Open, 5));
}

#[test]
fn the_window_is_cut_once_however_many_were_lost() {
    let mut bench = ten_out();
    for first in [2, 4, 6, 8] {
        bench.sack(0, &[block(first, first + 1)]);
    }
    bench.sack(2_000, &[block(4, 5), block(2, 3)]);
    bench.sack(3_000, &[block(9, 10), block(4, 5)]);
    assert_eq!((bench.end.stats().fast_retransmits, bench.ssthresh()), (1, 5));
}

#[test]
fn with_no_new_data_what_may_be_lost_is_sent_again() {
    // NextSeg, rule 3: segment 8 is not lost by IsLost, but it lies below what was SACKed.
    let mut bench = all_ten_out();
    assert_eq!(bench.sack(0, &[block(1, 4)]), segments(0, 1));
    assert_eq!(bench.sack(0, &[block(1, 8)]), []);
    assert_eq!(bench.end.pipe(), 3_000);
    assert_eq!(bench.sack(0, &[block(9, 10), block(1, 8)]), segments(8, 9));
    // Sent twice and not lost: it counts twice.
    assert_eq!(bench.end.pipe(), 1_000 + 2_000);
}

#[test]
fn the_tail_is_rescued_once() {
    // NextSeg, rule 4: segments 0, 8 and 9 were lost.
    let mut bench = all_ten_out();
    bench.sack(0, &[block(1, 4)]);
    bench.sack(0, &[block(1, 8)]);
    // Only when the first hole is filled.
    assert_eq!(bench.sack(8_000, &[]), segments(9, 10));
    assert_eq!(bench.sack(8_000, &[]), []);
    // Rule 3 then fills what is left.
    assert_eq!(bench.sack(8_000, &[block(9, 10)]), segments(8, 9));
    assert_eq!((bench.sack(10_000, &[]), bench.end.phase()), (vec![], Phase::Open));
}

#[test]
fn after_a_timeout_only_what_is_missing_is_sent_again() {
    let mut bench = ten_out();
    bench.sack(0, &[block(1, 2)]);
    bench.sack(0, &[block(4, 6), block(1, 2)]);
    // The two ACKs have let 10 to 12 out.
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(0, 1));
    assert_eq!(bench.end.pipe(), 1_000);
    assert_eq!(bench.sack(2_000, &[block(4, 6)]), segments(2, 4));
    // Half of the five segments that recovery had left: room for two.
    assert_eq!(bench.end.ssthresh(), 2_500);
    assert_eq!(bench.sack(6_000, &[]), segments(6, 8));
}

#[test]
fn a_timeout_in_recovery_does_not_raise_ssthresh() {
    // The retransmission of segment 0 is lost, too, and new data goes out for all that arrives beyond it.
    let mut bench = ten_out();
    for last in 2..40 {
        bench.sack(0, &[block(1, last)]);
    }
    assert!(bench.end.flight_size() > 30_000);
    assert_eq!(bench.end.ssthresh(), 5_000);
    bench.expire(Timer::Wait);
    // Half of what was in the network, which recovery had held to 5 segments.
    assert!(bench.end.ssthresh() <= 2_500, "{}", bench.end.ssthresh());
}

#[test]
fn below_a_timeouts_recovery_point_there_is_no_fast_retransmit() {
    let mut bench = ten_out();
    bench.expire(Timer::Wait);
    bench.sack(1_000, &[block(3, 4)]);
    for last in 5..=9 {
        bench.sack(1_000, &[block(3, last)]);
    }
    assert_eq!(bench.end.stats().fast_retransmits, 0);
    assert_eq!(bench.end.phase(), Phase::Timeout);
}

#[test]
fn news_in_an_old_ack_is_heard() {
    let mut bench = all_ten_out();
    bench.sack(2_000, &[block(5, 6)]);
    bench.sack(1_000, &[block(7, 8)]);
    assert_eq!(bench.end.pipe(), 6_000);
}

#[test]
fn blocks_outside_of_what_is_outstanding_are_ignored() {
    let mut bench = all_ten_out();
    bench.sack(2_000, &[block(0, 2), block(12, 14)]);
    assert_eq!((bench.end.pipe(), bench.end.stats().duplicate_acks), (8_000, 0));
}
