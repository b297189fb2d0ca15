//! Segments that leave at a rate.

use super::*;

/// One at a time, so that every gap can be seen.
fn paced(segments: u32) -> Config {
    Config { pacing: true, pacing_quantum: Some(1), delayed_ack: None, ..config(segments) }
}

/// What the pace lets out next, and how long that took.
fn next_release(it: &mut Bench) -> (Duration, Vec<Sent>) {
    let wait = it.due_in(Timer::Pace).expect("something waits for its time");
    (wait, data(&it.expire(Timer::Pace)))
}

/// Twice ten segments in the 100 ms of the handshake are one every 5 ms.
#[test]
fn slow_start_sends_its_window_in_half_a_round_trip_a_segment_at_a_time() {
    let (mut it, sent) = Bench::bulk(&paced(10));
    assert_eq!(sent, segments(0, 1));
    for number in 1..10 {
        assert_eq!(next_release(&mut it), (ms(5), vec![segment(number)]));
    }
    // The window is full: one look, and no more timers until an ACK comes.
    assert_eq!(next_release(&mut it), (ms(5), vec![]));
    assert_eq!(it.due_in(Timer::Pace), None);
}

#[test]
fn without_pacing_no_timer_of_it_is_ever_set() {
    let (mut it, sent) = Bench::bulk(&config(10));
    assert_eq!(sent, segments(0, 10));
    it.ack_after(ms(100), MSS);
    assert_eq!(it.due_in(Timer::Pace), None);
}

#[test]
fn an_ack_does_not_hasten_what_waits_for_its_time() {
    let (mut it, _) = Bench::bulk(&paced(10));
    next_release(&mut it);
    assert_eq!(it.ack_after(ms(2), MSS), []);
    assert_eq!(it.due_in(Timer::Pace), Some(ms(3)));
    assert_eq!(next_release(&mut it), (ms(3), vec![segment(2)]));
}

#[test]
fn a_window_that_pacing_filled_counts_as_used() {
    let (mut it, _) = Bench::bulk(&paced(10));
    (1..=10).for_each(|_| drop(next_release(&mut it)));
    // The window stood open for no more than the ACK's segment and the one it earns.
    assert_eq!(it.ack_after(ms(50), MSS), segments(10, 11));
    assert_eq!(it.cwnd(), 11);
    assert_eq!(next_release(&mut it).1, segments(11, 12));
    assert_eq!(next_release(&mut it).1, []);
}

#[test]
fn a_pause_of_the_application_earns_no_burst() {
    let (mut it, _) = Bench::client(&paced(10), open_with(2_000));
    next_release(&mut it);
    it.ack_after(ms(100), 2_000);
    it.bench.advance(ms(500));
    assert_eq!(it.write(3_000), segments(2, 3));
    // Ten segments still, and 100 ms: SRTT = 7/8 · 100 ms + 1/8 · 100 ms.
    assert_eq!(next_release(&mut it), (ms(5), segments(3, 4)));
}

/// A timeout leaves a window of one segment; its ACK opens two, of which the second has to wait.
/// ssthresh is two segments, so the rate is 1.2 cwnd a round trip: 100 ms / (1.2 · 2) = 41.66... ms.
#[test]
fn retransmissions_are_paced() {
    let (mut it, _) = Bench::bulk(&paced(4));
    (1..=4).for_each(|_| drop(next_release(&mut it)));
    assert_eq!(data(&it.expire(Timer::Wait)), segments(0, 1));
    // A window of one segment: 100 ms / 1.2, but then the window is full.
    let (wait, sent) = next_release(&mut it);
    assert_eq!((wait.picos(), sent), (83_333_333_334, vec![]));
    assert_eq!(it.ack_after(ms(20), MSS), segments(1, 2));
    let (wait, sent) = next_release(&mut it);
    assert_eq!((wait.picos(), sent), (41_666_666_667, segments(2, 3)));
}

#[test]
fn what_waits_for_its_time_does_not_wait_for_the_peers_window() {
    let (mut it, _) = Bench::client(&paced(1), open_with(3_000));
    // 100 ms / (2 · 1) after the first segment: acknowledged before, so that nothing is outstanding.
    assert_eq!(it.ack_after(ms(10), MSS), []);
    assert_eq!((it.end.wait(), it.end.flight_size()), (Wait::Nothing, 0));
    assert_eq!(next_release(&mut it), (ms(40), segments(1, 2)));
    assert_eq!(it.end.wait(), Wait::Acknowledgment);
}
