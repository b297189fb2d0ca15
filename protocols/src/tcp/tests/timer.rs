//! The retransmission timer at work: RFC 6298 §5, and what it does to the windows (RFC 5681 §3.1).

use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_timer_starts_with_the_first_segment() {
    let (bench, _) = Bench::bulk(&config(2));
    assert_eq!((bench.end.wait(), bench.due_in(Timer::Wait)), (Wait::Acknowledgment, Some(secs(1))));
}

#[test]
fn each_timeout_doubles_the_rto() {
    let (mut bench, _) = Bench::bulk(&config(2));
    for seconds in [2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(data(&bench.expire(Timer::Wait)), segments(0, 1));
        assert_eq!((bench.end.rto(), bench.due_in(Timer::Wait)), (secs(seconds), Some(secs(seconds))));
    }
    assert_eq!(bench.end.stats().timeouts, 7);
}

#[test]
fn an_ack_of_new_data_starts_the_timer_anew() {
    let (mut bench, _) = Bench::bulk(&config(2));
    bench.ack_after(ms(400), 1_000);
    assert_eq!(bench.due_in(Timer::Wait), Some(secs(1)));
}

#[test]
fn an_ack_of_nothing_new_leaves_the_timer() {
    let (mut bench, _) = Bench::bulk(&config(2));
    bench.ack_after(ms(400), 0);
    assert_eq!(bench.due_in(Timer::Wait), Some(ms(600)));
}

#[test]
fn the_timer_stops_when_all_is_acknowledged() {
    let (mut bench, _) = Bench::client(&config(2), open_with(2_000));
    bench.ack_after(ms(100), 2_000);
    assert_eq!((bench.end.wait(), bench.due_in(Timer::Wait)), (Wait::Nothing, None));
}

#[test]
fn a_timeout_leaves_one_segment_of_window_and_half_the_flight_as_threshold() {
    let (mut bench, _) = Bench::bulk(&config(10));
    bench.expire(Timer::Wait);
    assert_eq!((bench.cwnd(), bench.ssthresh()), (1, 5));
}

#[test]
fn the_threshold_is_held_when_the_same_segment_times_out_again() {
    let (mut bench, _) = Bench::bulk(&config(10));
    bench.expire(Timer::Wait);
    bench.expire(Timer::Wait);
    assert_eq!((bench.cwnd(), bench.ssthresh()), (1, 5));
}

#[test]
fn after_a_timeout_the_window_grows_by_slow_start_up_to_the_threshold() {
    let (mut bench, _) = Bench::bulk(&without_sack(8));
    bench.expire(Timer::Wait);
    assert_eq!(bench.ack_after(ms(100), 1_000), segments(1, 3));
    assert_eq!(bench.cwnd(), 2);
    assert_eq!(bench.ack_after(ms(100), 2_000), segments(3, 5));
    assert_eq!(bench.ack(3_000), segments(5, 7));
    // Four segments are the threshold: from here one ACK releases one segment.
    assert_eq!((bench.cwnd(), bench.ssthresh()), (4, 4));
    assert_eq!(bench.ack_after(ms(100), 4_000), segments(7, 8));
}

#[test]
fn a_retransmitted_segment_gives_no_round_trip_time() {
    let (mut bench, _) = Bench::bulk(&config(1));
    bench.expire(Timer::Wait);
    bench.ack_after(ms(5), 1_000);
    // The handshake's 100 ms remain, and so does the doubled timeout (Karn).
    assert_eq!((bench.end.srtt(), bench.end.rto()), (Some(ms(100)), secs(2)));
    // The next segment was sent once: a sample again, and the timeout is computed anew.
    bench.ack_after(ms(100), 2_000);
    assert_eq!((bench.end.srtt(), bench.end.rto()), (Some(ms(100)), secs(1)));
}

#[test]
fn the_estimator_takes_one_sample_a_round_trip() {
    let (mut bench, _) = Bench::bulk(&config(4));
    bench.ack_after(ms(180), 1_000);
    let srtt = bench.end.srtt();
    // 7/8 of 100 and 1/8 of 180.
    assert_eq!(srtt, Some(ms(110)));
    bench.ack_after(ms(80), 2_000);
    bench.ack(4_000);
    assert_eq!((bench.end.srtt(), bench.end.last_rtt()), (srtt, Some(ms(260))));
    assert_eq!(bench.end.stats().rtt.count(), 3);
    // The first of the next round.
    bench.ack(5_000);
    assert_ne!(bench.end.srtt(), srtt);
}

#[test]
fn sending_is_given_up_after_the_last_timeout() {
    let (mut bench, _) = Bench::bulk(&Config { max_retries: 2, ..config(1) });
    bench.expire(Timer::Wait);
    bench.expire(Timer::Wait);
    assert_eq!(bench.expire(Timer::Wait), []);
    assert_eq!((bench.end.state(), bench.end.stats().close_reason), (State::Closed, Some(CloseReason::TimedOut)));
}

#[test]
fn progress_resets_the_count_of_timeouts() {
    let (mut bench, _) = Bench::bulk(&Config { max_retries: 2, ..config(1) });
    bench.expire(Timer::Wait);
    bench.expire(Timer::Wait);
    bench.ack_after(ms(100), 1_000);
    bench.expire(Timer::Wait);
    bench.expire(Timer::Wait);
    assert_eq!(bench.end.state(), State::Established);
}

#[test]
fn after_a_pause_sending_starts_with_the_initial_window() {
    let (mut bench, _) = Bench::client(&config(2), open_with(6_000));
    bench.ack_after(ms(100), 1_000);
    bench.ack(2_000);
    bench.ack_after(ms(100), 6_000);
    assert!(bench.cwnd() > 2);
    bench.bench.advance(secs(3));
    assert_eq!(bench.write(20_000), segments(6, 8));
    assert_eq!(bench.cwnd(), 2);
}

#[test]
fn a_shorter_pause_leaves_the_window() {
    let (mut bench, _) = Bench::client(&config(2), open_with(6_000));
    bench.ack_after(ms(100), 1_000);
    bench.ack(2_000);
    bench.ack_after(ms(100), 6_000);
    let before = bench.cwnd();
    bench.bench.advance(ms(500));
    bench.write(20_000);
    assert_eq!(bench.cwnd(), before);
}
