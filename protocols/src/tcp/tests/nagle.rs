//! Nagle's algorithm (RFC 896; RFC 9293 §3.7.4).

use super::*;

fn nagle() -> Config {
    Config { nagle: true, ..config(10) }
}

#[test]
fn without_it_every_write_is_a_segment() {
    let (mut it, _) = Bench::client(&config(10), open_with(0));
    assert_eq!((0..3).map(|_| it.write(1)).collect::<Vec<_>>(), [[(0, 1)], [(1, 2)], [(2, 3)]]);
}

#[test]
fn small_writes_wait_for_the_acknowledgment_and_go_together() {
    let (mut it, _) = Bench::client(&nagle(), open_with(0));
    assert_eq!(it.write(1), [(0, 1)]);
    assert_eq!([it.write(1), it.write(1), it.write(1)].concat(), []);
    assert_eq!(it.ack(1), [(1, 4)]);
}

#[test]
fn a_full_segment_never_waits() {
    let (mut it, _) = Bench::client(&nagle(), open_with(0));
    it.write(1);
    assert_eq!(it.write(900), []);
    // 999 bytes more make a full segment with the 900, and 899 that wait.
    assert_eq!(it.write(999), [(1, 1_001)]);
    assert_eq!(it.ack(1_001), [(1_001, 1_900)]);
}

#[test]
fn the_end_does_not_wait() {
    let (mut it, _) = Bench::client(&nagle(), open_with(0));
    it.write(1);
    it.write(5);
    let sent = it.close();
    assert_eq!(data(&sent), [(1, 6)]);
    assert!(tcp(&sent[0]).flags.has(FIN));
}

#[test]
fn half_the_largest_window_is_worth_a_segment_only_when_nothing_is_outstanding() {
    let (mut it, _) = Bench::client_offered(900, &nagle(), open_with(0));
    assert_eq!(it.write(400), [(0, 400)]);
    // 500 of the window's 900 bytes are open, more than half, and less than a segment.
    assert_eq!(it.write(5_000), []);
    assert_eq!(it.ack(400), [(400, 1_300)]);
}

#[test]
fn what_is_lost_is_sent_again_whatever_its_size() {
    let (mut it, _) = Bench::client(&nagle(), open_with(0));
    it.write(1);
    it.write(1);
    assert_eq!(data(&it.expire(Timer::Wait)), [(0, 1)]);
}
