//! RACK and tail loss probes (RFC 8985) in whole senders.

use sim_core::time::Time;

use super::channel::Channel;
use super::*;

fn rack(segments: u32) -> Config {
    Config { loss_detection: LossDetection::Rack, ..config(segments) }
}

fn with_probes(segments: u32) -> Config {
    Config { tail_loss_probe: true, ..rack(segments) }
}

fn block(first: u32, last: u32) -> Sent {
    (first * MSS, last * MSS)
}

/// Of `count` segments, all outstanding for 100 ms, as long as the handshake took.
fn out(config: &Config, count: u32) -> Bench {
    let (mut bench, sent) = Bench::client(config, open_with((count * MSS).into()));
    assert_eq!(data(&sent), segments(0, count));
    bench.bench.advance(ms(100));
    bench
}

#[test]
fn three_sacked_segments_show_a_loss_at_once() {
    // RFC 8985 §6.2, step 4: no time for reordering once DupThresh segments are SACKed and nothing was ever reordered.
    let mut bench = out(&rack(10), 10);
    assert_eq!(bench.sack(0, &[block(1, 2)]), []);
    assert_eq!(bench.sack(0, &[block(1, 3)]), []);
    assert_eq!(bench.sack(0, &[block(1, 4)]), segments(0, 1));
    assert_eq!((bench.end.phase(), bench.cwnd(), bench.end.stats().fast_retransmits), (Phase::Fast, 5, 1));
}

/// linux_loss_traces, few segments behind the hole: three of five are lost, and two SACKs are no three duplicates. The
/// reordering timer repairs at 1.25 RTT, without a timeout.
#[test]
fn with_few_segments_behind_a_hole_the_reordering_timer_repairs() {
    let mut bench = out(&rack(10), 5);
    assert_eq!(bench.sack(0, &[block(3, 4)]), []);
    assert_eq!(bench.sack(0, &[block(3, 5)]), []);
    assert_eq!((bench.end.wait(), bench.due_in(Timer::Wait)), (Wait::Reordering, Some(ms(25))));
    // Half of five segments: room for two.
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(0, 2));
    assert_eq!((bench.end.phase(), bench.end.stats().timeouts), (Phase::Fast, 0));
    // The retransmission timeout still stands where the ACK of the handshake put it, a second after the first segment.
    assert_eq!((bench.end.wait(), bench.due_in(Timer::Wait)), (Wait::Acknowledgment, Some(ms(1_000 - 125))));
}

#[test]
fn reordering_within_a_quarter_of_the_round_trip_causes_no_retransmission() {
    let mut bench = out(&rack(10), 10);
    bench.sack(0, &[block(1, 3)]);
    // The first was late, and arrives: from now on the network is known to reorder.
    bench.ack_after(ms(20), 3_000);
    // However many arrive before segment 3, it has its time.
    assert_eq!(bench.sack(3_000, &[block(4, 10)]), []);
    assert_eq!((bench.end.wait(), bench.end.stats().retransmitted_packets), (Wait::Reordering, 0));
    bench.ack_after(ms(24), 10_000);
    assert_eq!((bench.end.stats().retransmitted_packets, bench.end.phase()), (0, Phase::Open));
}

#[test]
fn reordering_for_longer_counts_as_a_loss() {
    let mut bench = out(&rack(10), 10);
    bench.sack(0, &[block(1, 3)]);
    bench.ack_after(ms(20), 3_000);
    bench.sack(3_000, &[block(4, 10)]);
    // RACK.rtt is 120 ms, and the smallest was 100 ms: lost 145 ms after it was sent, 120 ms ago.
    assert_eq!(bench.due_in(Timer::Wait), Some(ms(25)));
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(3, 4));
}

#[test]
fn a_lost_retransmission_is_sent_again_a_round_trip_later() {
    let (mut bench, _) = Bench::bulk(&rack(10));
    bench.bench.advance(ms(100));
    let mut sent = Vec::new();
    for last in 2..=10 {
        sent.extend(bench.sack(0, &[block(1, last)]));
    }
    assert_eq!(sent.iter().filter(|sent| **sent == segment(0)).count(), 1);
    let highest = sent.last().unwrap().1 / MSS;
    assert!(highest > 10);
    // What was sent with or after the retransmission arrives.
    bench.bench.advance(ms(100));
    let again = bench.sack(0, &[block(1, highest)]);
    assert_eq!(again[0], segment(0));
    assert_eq!((bench.end.stats().timeouts, bench.end.stats().fast_retransmits), (0, 1));
}

#[test]
fn the_loss_of_a_retransmission_cuts_the_window_again() {
    // RFC 5681 §4.3: it "should be taken as two indications of congestion".
    let (mut bench, _) = Bench::bulk(&rack(20));
    bench.bench.advance(ms(100));
    let sent: Vec<Sent> = (2..=20).flat_map(|last| bench.sack(0, &[block(1, last)])).collect();
    assert_eq!(bench.ssthresh(), 10);
    bench.bench.advance(ms(100));
    // The two that limited transmit sent before the retransmission say nothing of it.
    assert_eq!(sent[..3], [segment(20), segment(21), segment(0)]);
    bench.sack(0, &[block(1, 22)]);
    assert_eq!(bench.ssthresh(), 10);
    assert_eq!(bench.sack(0, &[block(1, 23)])[0], segment(0));
    assert_eq!(bench.ssthresh(), 5);
}

#[test]
fn a_timeout_takes_only_what_is_overdue_for_lost() {
    // Two segments, and two more a moment before the timer expires.
    let (mut bench, _) = Bench::client(&rack(10), open_with(2_000));
    bench.bench.advance(ms(990));
    assert_eq!(bench.write(2_000), segments(2, 4));
    // Before any segment was measured, RACK.rtt is zero: all sent before now is overdue.
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(0, 1));
    assert_eq!(bench.end.pipe(), 1_000);

    let (mut bench, _) = Bench::client(&rack(10), open_with(1_000));
    bench.ack_after(ms(100), 1_000);
    bench.write(2_000);
    bench.bench.advance(ms(990));
    bench.write(2_000);
    // RACK.rtt is 100 ms and the window for reordering 25 ms: the last two are only 10 ms old.
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(1, 2));
    assert_eq!(bench.end.pipe(), 3_000);
}

#[test]
fn without_sack_duplicates_decide() {
    let (mut bench, _) = Bench::bulk(&Config { sack: false, ..rack(10) });
    bench.ack(0);
    bench.ack(0);
    assert!(bench.ack(0).contains(&segment(0)));
}

#[test]
fn a_lost_tail_is_found_by_a_probe() {
    // RFC 8985 §3.5: all three are lost. After two round trips the last is sent again; its SACK shows the others.
    let mut bench = out(&with_probes(10), 3);
    assert_eq!((bench.end.wait(), bench.due_in(Timer::Wait)), (Wait::Probe, Some(ms(100))));
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(2, 3));
    // Then only the retransmission timeout is left, and starts anew.
    assert_eq!((bench.end.wait(), bench.due_in(Timer::Wait)), (Wait::Acknowledgment, Some(ms(1_000))));
    bench.bench.advance(ms(100));
    assert_eq!(bench.sack(0, &[block(2, 3)]), segments(0, 2));
    assert_eq!((bench.end.stats().timeouts, bench.end.stats().tail_loss_probes), (0, 1));
}

#[test]
fn a_single_segment_leaves_time_for_a_delayed_ack() {
    // 2 SRTT, and 200 ms.
    assert_eq!(out(&with_probes(10), 1).due_in(Timer::Wait), Some(ms(400 - 100)));
    let prompt = Config { delayed_ack: None, ..with_probes(10) };
    assert_eq!(out(&prompt, 1).due_in(Timer::Wait), Some(ms(200 - 100)));
}

#[test]
fn a_probe_never_waits_longer_than_the_retransmission_timeout() {
    let hasty = Config { min_rto: ms(150), max_rto: ms(150), initial_rto: ms(150), ..with_probes(10) };
    let bench = out(&hasty, 3);
    assert_eq!((bench.end.wait(), bench.due_in(Timer::Wait)), (Wait::Probe, Some(ms(50))));
}

#[test]
fn a_probe_is_new_data_if_there_is_any() {
    let (mut bench, _) = Bench::bulk(&with_probes(10));
    assert_eq!(data(&bench.expire(Timer::Wait)), segments(10, 11));
    assert_eq!((bench.end.flight_size(), bench.end.stats().retransmitted_packets), (11_000, 0));
}

#[test]
fn while_something_is_missing_no_probe_is_due() {
    let mut bench = out(&with_probes(10), 10);
    bench.sack(0, &[block(1, 2)]);
    assert_eq!(bench.end.wait(), Wait::Reordering);
    bench.expire(Timer::Wait);
    assert_eq!((bench.end.phase(), bench.end.wait()), (Phase::Fast, Wait::Acknowledgment));
}

#[test]
fn a_loss_that_only_the_probe_has_repaired_cuts_the_window() {
    let mut bench = out(&with_probes(10), 2);
    bench.ack(1_000);
    bench.expire(Timer::Wait);
    bench.ack_after(ms(100), 2_000);
    assert_eq!(bench.end.ssthresh(), u64::MAX);
    bench.write(4_000);
    // Nothing told of a second copy before the ACK of newer data: there was only one.
    bench.ack_after(ms(100), 3_000);
    assert_eq!((bench.ssthresh(), bench.end.stats().fast_retransmits), (2, 0));
}

#[test]
fn a_duplicate_ack_tells_that_the_probe_was_not_needed() {
    let mut bench = out(&with_probes(10), 2);
    bench.ack(1_000);
    bench.expire(Timer::Wait);
    bench.ack_after(ms(10), 2_000);
    bench.ack_after(ms(90), 2_000);
    bench.write(4_000);
    bench.ack_after(ms(100), 3_000);
    assert_eq!(bench.end.ssthresh(), u64::MAX);
}

/// 200 segments over 50 ms each way and no bottleneck, as in linux_loss_traces; the copies in `lost` are dropped. Returns
/// when each copy left of the segments named in `lost`, and the client.
fn linux_path(config: &Config, lost: &'static [(u32, u8)]) -> (Vec<(u32, u8, Time)>, Endpoint) {
    let client = Endpoint::client(client_ends(), config, Workload::new(Some(200 * u64::from(MSS))));
    let server = Endpoint::server(server_ends(), config, Reader::AtOnce);
    let mut channel = Channel::new(client, server, ms(50), move |_, _, packet| {
        if lost.contains(&(packet.segment, packet.copy)) { vec![] } else { vec![Duration::ZERO] }
    });
    channel.run(100_000);
    assert_eq!(channel.server.stats().delivered_bytes, 200 * u64::from(MSS));
    let is_named = |packet: &Packet| lost.iter().any(|(segment, _)| *segment == packet.segment);
    let sent = channel.sent.iter().filter(|sent| is_named(&sent.2));
    (sent.map(|(at, _, packet)| (packet.segment, packet.copy, *at)).collect(), channel.client)
}

/// With rate reduction: by RFC 6675 nothing follows the retransmission within its round trip that could tell of its loss.
fn linux() -> Config {
    Config { delayed_ack: None, proportional_rate_reduction: true, ..with_probes(10) }
}

/// How long after the first copy of each segment the last left.
fn delays(sent: &[(u32, u8, Time)]) -> Vec<Duration> {
    let first = |number: u32| sent.iter().find(|sent| sent.0 == number && sent.1 == 1).expect("it was sent").2;
    let last = sent.iter().rev().find(|sent| sent.1 > 1).expect("something was sent again").0;
    let again: Vec<_> = sent.iter().filter(|sent| sent.1 > 1).map(|sent| sent.2 - first(sent.0)).collect();
    assert!(last > 0 && !again.is_empty());
    again
}

#[test]
fn linux_several_losses_of_a_window_are_repaired_in_one_round_trip() {
    let (sent, client) = linux_path(&linux(), &[(41, 1), (44, 1), (47, 1)]);
    assert_eq!(delays(&sent), [ms(100); 3]);
    assert_eq!((client.stats().timeouts, client.stats().retransmitted_packets), (0, 3));
}

#[test]
fn linux_a_lost_retransmission_is_repaired_after_one_more() {
    let (sent, client) = linux_path(&linux(), &[(41, 1), (41, 2)]);
    assert_eq!(delays(&sent), [ms(100), ms(200)]);
    assert_eq!(client.stats().timeouts, 0);
    // By RFC 6675 it takes the timer.
    let classic = Config { loss_detection: LossDetection::DuplicateAcks, tail_loss_probe: false, ..linux() };
    let (_, client) = linux_path(&classic, &[(41, 1), (41, 2)]);
    assert_eq!(client.stats().timeouts, 1);
}

#[test]
fn linux_a_lost_last_segment_is_repaired_by_the_probe() {
    // The ACK of the segment before arrives 100 ms after both were sent; the probe follows 2 SRTT later.
    let (sent, client) = linux_path(&linux(), &[(200, 1)]);
    assert_eq!(delays(&sent), [ms(300)]);
    assert_eq!((client.stats().timeouts, client.stats().tail_loss_probes), (0, 1));
}
