//! Results that a textbook prints or a reader can work out by hand.

use sim_core::LinkSpec;
use sim_core::loss::{LossSpec, bernoulli, chosen};
use sim_core::network::DropTailForm;
use sim_core::queue::{QueueLimit, QueueSpec};
use sim_core::time::{Duration, Time};
use sim_core::trace::{TraceFilter, What};
use sim_core::units::{Bytes, Rate};

use super::engine::{Config, Transfer};
use crate::rdt::{self, GoBackN, SelectiveRepeat, StopAndWait, Timeout};

/// One direction of a cable; what waits for it is never dropped.
fn link(bandwidth: &str, delay: &str) -> LinkSpec {
    LinkSpec {
        bandwidth: bandwidth.parse().unwrap(),
        delay: delay.parse().unwrap(),
        queue: QueueSpec::DropTail(QueueLimit::Unlimited),
        ..LinkSpec::default()
    }
}

fn transfer(timeout_ms: u64) -> rdt::Transfer {
    rdt::Transfer { timeout: Timeout::Fixed(Duration::from_millis(timeout_ms)), ..rdt::Transfer::default() }
}

fn stop_and_wait(transfer: rdt::Transfer) -> Config {
    Config::StopAndWait(StopAndWait { transfer, ..StopAndWait::default() })
}

fn go_back_n(window: u32, transfer: rdt::Transfer) -> Config {
    Config::GoBackN(GoBackN { window, transfer, ..GoBackN::default() })
}

fn selective_repeat(window: u32, transfer: rdt::Transfer) -> Config {
    Config::SelectiveRepeat(SelectiveRepeat { window, transfer, ..SelectiveRepeat::default() })
}

/// Kurose & Ross 3.4.2: L = 8000 bits, R = 1 Gbps, RTT = 30 ms. A round lasts RTT + L/R = 30.008 ms.
const ROUND: Duration = Duration::from_micros(30_008);

/// Utilization of that link over so many rounds.
fn utilization(config: &Config, rounds: u64) -> (f64, u64) {
    let pipe = link("1 Gbps", "15 ms");
    let mut transfer = Transfer::new(1, config, &pipe, &pipe);
    transfer.run_until(ROUND * rounds);
    assert_eq!(transfer.sender().retransmitted_packets, 0);
    (transfer.busy().as_secs_f64() / (ROUND * rounds).as_secs_f64(), transfer.receiver().delivered_bytes)
}

#[test]
fn stop_and_wait_uses_a_fast_long_link_as_little_as_the_textbook_says() {
    let (utilization, delivered) = utilization(&stop_and_wait(transfer(100)), 1_000);
    assert_eq!(format!("{utilization:.8}"), "0.00026660");
    let goodput = delivered as f64 * 8.0 / (ROUND * 1_000).as_secs_f64();
    assert_eq!(format!("{:.1} kb/s", goodput / 1e3), "266.6 kb/s");
}

#[test]
fn three_packets_under_way_triple_the_utilization() {
    for config in [go_back_n(3, transfer(100)), selective_repeat(3, transfer(100))] {
        assert_eq!(format!("{:.8}", utilization(&config, 1_000).0), "0.00079979");
    }
}

/// R (RTT + L/R) / L = 30.008 ms / 8 us = 3751 packets fill the pipe.
#[test]
fn the_window_that_fills_the_pipe_is_3751_packets() {
    for window in [1, 2, 1_000, 3_750, 3_751, 4_000] {
        let expected = f64::from(window.min(3_751)) / 3_751.0;
        for config in [go_back_n(window, transfer(100)), selective_repeat(window, transfer(100))] {
            let (utilization, _) = utilization(&config, 20);
            // The same whole number of picoseconds, so only the division rounds.
            assert!((utilization - expected).abs() < 1e-12, "window {window}: {utilization}, not {expected}");
        }
    }
}

#[test]
fn before_the_first_ack_a_sender_can_send_rate_times_round_trip_and_one_packet() {
    let pipe = link("1 Gbps", "15 ms");
    let paced = rdt::Transfer { pace: Some(Rate::from_mbps(1_000)), ..transfer(100) };
    let mut transfer = Transfer::new(1, &selective_repeat(1_000_000, paced), &pipe, &pipe);
    transfer.run_until(ROUND);
    assert_eq!((transfer.sender().acks, transfer.sender().sent_packets), (0, 3_751));
}

/// Milliseconds and sequence numbers.
type Rungs = Vec<(u64, u32)>;

/// What was sent, and what arrived.
fn ladder(config: &Config, first: u32, there: &LinkSpec, end_ms: u64) -> (Rungs, Rungs) {
    let mut transfer = Transfer::new(1, config, there, &link("1 Mbps", "20 ms"));
    transfer.simulation.set_trace(&TraceFilter::All);
    transfer.run_until(Duration::from_millis(end_ms));
    let (mut sent, mut arrived) = (Vec::new(), Vec::new());
    for record in transfer.simulation.take_records().iter().filter(|record| record.segment > 0) {
        let row = (record.time.since(Time::ZERO).picos() / 1_000_000_000, first + record.segment - 1);
        match record.what {
            What::Sent => sent.push(row),
            What::Delivered => arrived.push(row),
            What::Arrived { .. } | What::Dropped { .. } => {}
        }
    }
    (sent, arrived)
}

/// Window 4, numbers 17 to 24, 8 ms a packet, 20 ms each way: ACK 17 comes at 8 + 20 + 20 = 48 ms and releases 21.
#[test]
fn each_ack_lets_the_window_slide_by_one() {
    let eight = rdt::Transfer { packets: Some(8), first_number: 17, ..transfer(1_000) };
    for config in [go_back_n(4, eight.clone()), selective_repeat(4, eight)] {
        let (sent, arrived) = ladder(&config, 17, &link("1 Mbps", "20 ms"), 1_000);
        assert_eq!(sent, [(0, 17), (0, 18), (0, 19), (0, 20), (48, 21), (56, 22), (64, 23), (72, 24)]);
        let expected = [(28, 17), (36, 18), (44, 19), (52, 20), (76, 21), (84, 22), (92, 23), (100, 24)];
        assert_eq!(arrived, expected);
    }
}

fn losing(segments: &[u32]) -> LinkSpec {
    let lost = chosen::Config { packets: segments.iter().map(|&n| u64::from(n)).collect(), segments: vec![] };
    LinkSpec { loss: Some(LossSpec::Chosen(lost)), ..link("1 Mbps", "20 ms") }
}

/// Kurose & Ross, figure 3.22: window 4, packet 2 is lost. Packets 3, 4 and 5 are thrown away, and all four are sent
/// again when the timer expires: it was restarted by ACK 1 at 56 ms.
#[test]
fn go_back_n_sends_the_whole_window_again() {
    let six = rdt::Transfer { packets: Some(6), ..transfer(100) };
    let (sent, arrived) = ladder(&go_back_n(4, six), 0, &losing(&[3]), 1_000);
    let again = [(156, 2), (156, 3), (156, 4), (156, 5)];
    assert_eq!(sent, [&[(0, 0), (0, 1), (0, 2), (0, 3), (48, 4), (56, 5)][..], &again].concat());
    let first = [(28, 0), (36, 1), (52, 3), (76, 4), (84, 5)];
    assert_eq!(arrived, [&first[..], &[(184, 2), (192, 3), (200, 4), (208, 5)]].concat());
}

/// Kurose & Ross, figure 3.26: window 4, packet 2 is lost. It alone is sent again, 100 ms after it was sent, and then
/// the window moves on by four.
#[test]
fn selective_repeat_sends_only_the_lost_packet_again() {
    let ten = rdt::Transfer { packets: Some(10), ..transfer(100) };
    let (sent, _) = ladder(&selective_repeat(4, ten), 0, &losing(&[3]), 1_000);
    let first = [(0, 0), (0, 1), (0, 2), (0, 3), (48, 4), (56, 5)];
    // ACK 2 comes at 100 + 8 + 20 + 20 ms; 3, 4 and 5 wait at the receiver, so 6 to 9 may go.
    assert_eq!(sent, [&first[..], &[(100, 2), (148, 6), (148, 7), (148, 8), (148, 9)]].concat());
}

/// Kurose & Ross, figure 3.16: no loss, a lost packet, a lost ACK, a timeout too early.
#[test]
fn the_four_runs_of_the_alternating_bit() {
    let two = |timeout| stop_and_wait(rdt::Transfer { packets: Some(2), ..transfer(timeout) });
    let plain = link("1 Mbps", "20 ms");
    assert_eq!(ladder(&two(60), 0, &plain, 500).0, [(0, 0), (48, 1)]);
    assert_eq!(ladder(&two(60), 0, &losing(&[2]), 500).0, [(0, 0), (48, 1), (108, 1)]);
    // 40 ms are too short: packet 0 is sent again 8 ms before its ACK comes, which releases packet 1. The ACK of the
    // second copy comes at 88 ms and says nothing; at that moment packet 1 is sent again, and its ACK comes at 96 ms.
    assert_eq!(ladder(&two(40), 0, &plain, 500).0, [(0, 0), (40, 0), (48, 1), (88, 1)]);
    let lost_ack = LinkSpec {
        loss: Some(LossSpec::Chosen(chosen::Config { packets: vec![1], segments: vec![] })),
        ..plain.clone()
    };
    let mut transfer = Transfer::new(1, &two(60), &plain, &lost_ack);
    transfer.run_until(Duration::from_secs(1));
    let (sender, receiver) = (transfer.sender(), transfer.receiver());
    assert_eq!((sender.sent_packets, sender.timeouts, receiver.repeated_packets), (3, 1, 1));
    assert_eq!((receiver.delivered_messages, receiver.acks), (2, 3));
    assert_eq!(sender.completed_at, Some(Time::ZERO + Duration::from_millis(60 + 48 + 48)));
}

#[test]
fn a_file_arrives_intact_without_loss_and_with_every_second_packet_lost() {
    let file =
        rdt::Transfer { size: Some(Bytes(100_500)), data_header: Bytes(20), ack_size: Bytes(20), ..transfer(60) };
    for config in [stop_and_wait(file.clone()), go_back_n(8, file.clone()), selective_repeat(8, file)] {
        for probability in [0.0, 0.5] {
            let mut lossy = link("10 Mbps", "10 ms");
            lossy.loss = Some(LossSpec::Bernoulli(bernoulli::Config { probability }));
            let mut transfer = Transfer::new(7, &config, &lossy, &lossy);
            transfer.run_until(Duration::from_secs(1_000));
            let (sender, receiver) = (transfer.sender(), transfer.receiver());
            assert_eq!((receiver.delivered_bytes, receiver.wrong_deliveries), (100_500, 0));
            assert!(sender.completed_at.is_some());
            assert_eq!(sender.timeouts > 0, probability > 0.0);
        }
    }
}

/// Selective Repeat with window 3 and the numbers 0 to 3 (Kurose & Ross, figure 3.27a): the first three packets arrive,
/// their ACKs are lost, packet 0 is sent again, and the receiver takes it for message 4.
#[test]
fn a_sequence_space_too_small_delivers_wrong_data() {
    let lost = chosen::Config { packets: vec![1, 2, 3], segments: vec![] };
    let back = LinkSpec { loss: Some(LossSpec::Chosen(lost)), ..link("1 Mbps", "20 ms") };
    let wrong = |sequence_space| {
        let transfer = rdt::Transfer { packets: Some(12), ..transfer(100) };
        let config = SelectiveRepeat { window: 3, sequence_space: Some(sequence_space), transfer };
        let mut transfer = Transfer::new(1, &Config::SelectiveRepeat(config), &link("1 Mbps", "20 ms"), &back);
        transfer.run_until(Duration::from_secs(10));
        (transfer.receiver().wrong_deliveries > 0, transfer.receiver().delivered_messages == 12)
    };
    assert_eq!([4, 5, 6].map(wrong), [(true, false), (true, false), (false, true)]);
}

/// Packets of nothing go through both forms of a queue, at the instant they are sent.
#[test]
fn packets_of_nothing_take_no_time_in_either_form_of_queue() {
    let burst = rdt::Transfer { packets: Some(500), ..transfer(1_000) };
    let outcome = |form| {
        let pipe = link("8 Mbps", "5 ms");
        let mut transfer = Transfer::with_form(1, &selective_repeat(100, burst.clone()), &pipe, &pipe, form);
        transfer.run_until(Duration::from_secs(10));
        let stats = transfer.sender();
        (stats.completed_at, stats.rtt.min(), stats.acks, transfer.simulation.fingerprint())
    };
    let computed = outcome(DropTailForm::Computed);
    assert_eq!(computed, outcome(DropTailForm::Explicit));
    // The first packet takes 1 ms and 5 ms, its ACK 5 ms; the other 499 follow 1 ms apart.
    assert_eq!(
        (computed.0, computed.1),
        (Some(Time::ZERO + Duration::from_millis(510)), Some(Duration::from_millis(11)))
    );
    assert_eq!(computed.2, 500);
}

/// RFC 6298: after the first sample R the timeout is R + 4 R/2 = 3R; a steady round trip brings it down to its minimum.
#[test]
fn an_adaptive_timeout_follows_the_round_trip() {
    let adaptive = rdt::Adaptive { min: Duration::from_millis(60), ..rdt::Adaptive::default() };
    let transfer = rdt::Transfer { timeout: Timeout::Adaptive(adaptive), ..rdt::Transfer::default() };
    // Round trip 48 ms. Packet 2 is lost: 3 * 48 ms after it was sent at 48 ms, it is sent again.
    let (sent, _) = ladder(&stop_and_wait(transfer.clone()), 0, &losing(&[2, 40]), 3_000);
    assert_eq!(sent[..4], [(0, 0), (48, 1), (192, 1), (240, 2)]);
    // Much later only the minimum is left: packet 38 was the 40th transmission.
    let copies: Vec<u64> = sent.iter().filter(|(_, number)| *number == 38).map(|(time, _)| *time).collect();
    assert_eq!(copies[1] - copies[0], 60);
}
