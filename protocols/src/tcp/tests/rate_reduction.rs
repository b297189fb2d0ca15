//! Proportional rate reduction (RFC 9937) in a whole sender: its windows by hand.

use super::*;

fn with_prr(segments: u32) -> Config {
    Config { proportional_rate_reduction: true, limited_transmit: false, ..config(segments) }
}

fn block(first: u32, last: u32) -> Sent {
    (first * MSS, last * MSS)
}

/// packetdrill `prr-ss-10pkt-lost-1` with Reno's half: there ssthresh is 7 of 10, and each SACK lets a segment out.
///
/// RecoverFS is 8: ten, less two that had been SACKed before. At the third SACK 6 are in flight: ceil(1 · 5/8) = 625 bytes.
/// At the fourth, with the retransmission, 6 again: ceil(2 · 5/8) is 1250, less 1000 sent. At the fifth the target is met.
/// From then on each SACK lets a segment out.
#[test]
fn packetdrill_one_of_ten_segments_lost() {
    let (mut bench, _) = Bench::client(&with_prr(10), open_with(10_000));
    bench.bench.advance(ms(110));
    assert_eq!((bench.sack(0, &[block(1, 2)]), bench.sack(0, &[block(1, 3)])), (vec![], vec![]));
    assert_eq!(bench.sack(0, &[block(1, 4)]), segments(0, 1));
    assert_eq!((bench.end.cwnd(), bench.end.ssthresh(), bench.end.phase()), (6_625, 5_000, Phase::Fast));
    assert_eq!(bench.write(7_000), []);
    assert_eq!((bench.sack(0, &[block(1, 5)]), bench.end.cwnd()), (vec![], 6_250));
    assert_eq!((bench.sack(0, &[block(1, 6)]), bench.end.cwnd()), (vec![], 5_000));
    for number in 6..10 {
        assert_eq!(bench.sack(0, &[block(1, number + 1)]), [segment(number + 4)]);
        assert_eq!(bench.end.cwnd(), 5_000);
    }
    assert_eq!(bench.ack_after(ms(30), 10_000), [segment(14)]);
    assert_eq!((bench.end.cwnd(), bench.end.phase()), (5_000, Phase::Open));
}

/// One of twenty lost, the window to be halved: the new segments are spread over the recovery.
///
/// RecoverFS is 18. After the SACK of segment 3 + k, 1 + k segments are delivered, and ceil((1 + k) · 10/18) may be out, the
/// retransmission included: a whole segment more at k = 3, 5, 7, 8, 10. From k = 12 on at most 10 are in flight, and each
/// SACK but the first of these, which just meets the target, lets one out.
#[test]
fn the_reduction_is_spread_over_the_recovery() {
    let (mut bench, sent) = Bench::bulk(&with_prr(20));
    assert_eq!(sent.len(), 20);
    let mut when = Vec::new();
    for last in 1..20 {
        let sent = bench.sack(0, &[block(1, last + 1)]);
        match last {
            1 | 2 => assert_eq!(sent, []),
            3 => assert_eq!(sent, segments(0, 1)),
            _ => sent.iter().for_each(|_| when.push(last - 3)),
        }
    }
    assert_eq!(when, [3, 5, 7, 8, 10, 13, 14, 15, 16]);
    assert_eq!(bench.end.pipe(), 10_000);
}

/// The same by RFC 6675: silence until the pipe has drained to half, then one for each.
#[test]
fn without_it_there_is_a_pause_first() {
    let (mut bench, _) = Bench::bulk(&Config { proportional_rate_reduction: false, ..with_prr(20) });
    let sent: Vec<usize> = (1..20).map(|last| bench.sack(0, &[block(1, last + 1)]).len()).collect();
    assert_eq!(sent, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
}

/// Ten of twenty lost, 0 to 9: the third SACK above them shows it. Then less is in flight than the target of ten.
///
/// 10, 11 and 12 are SACKed: 7 are in flight, so one goes out for one delivered, and as SND.UNA stands still, no more.
/// The ACK of the first retransmission advances it: one more for that.
#[test]
fn after_heavy_losses_slow_start_needs_good_progress() {
    let (mut bench, _) = Bench::bulk(&with_prr(20));
    bench.sack(0, &[block(10, 11)]);
    bench.sack(0, &[block(10, 12)]);
    assert_eq!(bench.sack(0, &[block(10, 13)]), segments(0, 1));
    assert_eq!(bench.sack(0, &[block(10, 14)]), segments(1, 2));
    assert_eq!(bench.sack(0, &[block(10, 15)]), segments(2, 3));
    bench.bench.advance(ms(100));
    assert_eq!(bench.sack(1_000, &[block(10, 15)]), segments(3, 5));
}

#[test]
fn a_timeout_ends_it() {
    let (mut bench, _) = Bench::bulk(&with_prr(20));
    for last in 2..6 {
        bench.sack(0, &[block(1, last)]);
    }
    bench.expire(Timer::Wait);
    assert_eq!((bench.end.cwnd(), bench.end.phase()), (1_000, Phase::Timeout));
}

#[test]
fn an_algorithm_that_keeps_its_own_window_is_left_alone() {
    let congestion_control =
        crate::congestion::Spec::FixedWindow(crate::congestion::fixed_window::Config { segments: 20 });
    let (mut bench, _) = Bench::bulk(&Config { congestion_control, ..with_prr(20) });
    for last in 2..5 {
        bench.sack(0, &[block(1, last)]);
    }
    assert_eq!((bench.end.phase(), bench.end.cwnd(), bench.end.pipe()), (Phase::Fast, 20_000, 20_000));
}
