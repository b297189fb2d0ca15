//! BBR behind a bottleneck: what it measures, how it cycles, and what it leaves in the queue.

use std::cell::RefCell;
use std::rc::Rc;

use sim_core::random::Random;
use sim_core::time::Time;
use sim_core::units::Rate;

use super::channel::{Channel, Side};
use super::*;
use crate::congestion::{AnyCongestionControl, Spec, bbr1, bbr3};

/// 40 bytes of headers around each segment.
const PACKET: u64 = MSS as u64 + 40;
/// One way.
const DELAY: Duration = Duration::from_millis(20);

fn bottleneck() -> Rate {
    Rate::from_mbps(10)
}

/// The bandwidth as payload: 1000 of 1040 bytes.
fn payload_rate() -> f64 {
    10e6 * f64::from(MSS) / PACKET as f64
}

/// The round trip of a full segment through an empty queue: 40 ms, and 1040 bytes at 10 Mbit/s.
fn least_rtt() -> Duration {
    Duration::from_micros(40_832)
}

fn bdp() -> u64 {
    bottleneck().bytes_in(least_rtt()).get()
}

/// What the queue held when each packet came.
type QueueLog = Rc<RefCell<Vec<(Time, u64)>>>;

fn named(name: &str) -> Config {
    let congestion_control = Spec::by_name(name).expect("it is known");
    // Segments one at a time: quanta of two would queue at the bottleneck, and blur what is measured by a packet.
    Config { congestion_control, pacing_quantum: Some(1), ..config(10) }
}

/// A path with a drop-tail queue of `buffer` bytes, which loses packets of data by chance too.
fn path(config: &Config, workload: Workload, buffer: u64, loss: f64) -> (Channel, QueueLog) {
    let client = Endpoint::client(client_ends(), config, workload);
    let server = Endpoint::server(server_ends(), config, Reader::AtOnce);
    let log = QueueLog::default();
    let seen = Rc::clone(&log);
    let mut free_at = Time::ZERO;
    let mut random = Random::stream(1, "path", "loss");
    let channel = Channel::new(client, server, DELAY, move |now, side, packet| {
        if side == Side::Server || packet.segment == 0 {
            return vec![Duration::ZERO];
        }
        let backlog = bottleneck().bytes_in(free_at.since(now)).get();
        seen.borrow_mut().push((now, backlog));
        if backlog + u64::from(packet.size) > buffer || random.chance(loss) {
            return vec![];
        }
        free_at = free_at.max(now) + bottleneck().serialization_delay(Bytes(packet.size.into()));
        vec![free_at.since(now)]
    });
    (channel, log)
}

fn bulk(name: &str, buffer: u64, loss: f64) -> (Channel, QueueLog) {
    path(&named(name), Workload::default(), buffer, loss)
}

fn seconds(seconds: u64) -> Time {
    Time::ZERO + Duration::from_secs(seconds)
}

/// The share of the bottleneck that the application at the other end reads from `from` on.
fn utilization(channel: &mut Channel, from: u64, until: u64) -> f64 {
    channel.run_until(seconds(from));
    let before = channel.server.stats().delivered_bytes;
    channel.run_until(seconds(until));
    let bits = 8 * (channel.server.stats().delivered_bytes - before);
    bits as f64 / payload_rate() / (until - from) as f64
}

fn mean_queue(log: &QueueLog, from: u64) -> f64 {
    let log = log.borrow();
    let later: Vec<u64> = log.iter().filter(|(at, _)| *at >= seconds(from)).map(|(_, bytes)| *bytes).collect();
    later.iter().sum::<u64>() as f64 / later.len() as f64
}

/// The estimates, in bit/s and seconds.
fn estimates(channel: &Channel) -> (f64, f64) {
    let (bandwidth, min_rtt) = match channel.client.control() {
        AnyCongestionControl::Bbr1(bbr) => (bbr.bandwidth(), bbr.min_rtt()),
        AnyCongestionControl::Bbr3(bbr) => (bbr.bandwidth(), bbr.min_rtt()),
        other => panic!("{other:?} has no model"),
    };
    (bandwidth.bps() as f64, min_rtt.expect("it was measured").as_secs_f64())
}

fn is_probing_rtt(channel: &Channel) -> bool {
    match channel.client.control() {
        AnyCongestionControl::Bbr1(bbr) => bbr.state() == bbr1::State::ProbeRtt,
        AnyCongestionControl::Bbr3(bbr) => bbr.state() == bbr3::State::ProbeRtt,
        _ => false,
    }
}

fn is_starting(channel: &Channel) -> bool {
    match channel.client.control() {
        AnyCongestionControl::Bbr1(bbr) => matches!(bbr.state(), bbr1::State::Startup | bbr1::State::Drain),
        AnyCongestionControl::Bbr3(bbr) => matches!(bbr.state(), bbr3::State::Startup | bbr3::State::Drain),
        _ => false,
    }
}

const BOTH: [&str; 2] = ["bbr1", "bbr3"];

/// A handshake of 100 ms, ten segments: 2.885 · 100 kB/s are 288.5 kB/s, a segment every 3.466204506... ms.
#[test]
fn the_first_segments_leave_at_the_startup_gain_times_the_initial_window() {
    let (it, sent) = Bench::bulk(&named("bbr1"));
    assert_eq!(sent, segments(0, 1));
    assert_eq!(it.due_in(Timer::Pace), Some(Duration::from_picos(3_466_204_507)));
}

/// Without a bottleneck each round brings twice what the last did: 10, 20, 40, 80 segments. But a flight that is paced
/// takes part of a round trip to leave, so that it is counted with the next 100 ms in part.
#[test]
fn startup_doubles_each_round() {
    for name in BOTH {
        let config = Config { delayed_ack: None, receive_buffer: Bytes(100_000_000), ..named(name) };
        let client = Endpoint::client(client_ends(), &config, Workload::default());
        let server = Endpoint::server(server_ends(), &config, Reader::AtOnce);
        let mut channel = Channel::perfect(client, server, ms(50));
        let mut flights = Vec::new();
        for round in 1..=5 {
            let before = channel.client.stats().data_packets_sent;
            channel.run_until(Time::ZERO + ms(100 * (round + 1)));
            flights.push(channel.client.stats().data_packets_sent - before);
        }
        assert_eq!(flights[0], 10, "{name}");
        for pair in flights.windows(2) {
            let growth = pair[1] as f64 / pair[0] as f64;
            assert!((1.7..=2.3).contains(&growth), "{name}: {flights:?}");
        }
    }
}

/// At first the handshake's round trip is the least, without transmission times; it is forgotten after ten seconds, and
/// then it is that of a full segment.
#[test]
fn bandwidth_and_round_trip_time_are_right_within_a_percent() {
    for name in BOTH {
        let (mut channel, _) = bulk(name, 4 * bdp(), 0.0);
        for (until, expected) in [(8, DELAY * 2), (30, least_rtt())] {
            channel.run_until(seconds(until));
            let (bandwidth, min_rtt) = estimates(&channel);
            assert!((bandwidth / payload_rate() - 1.0).abs() < 0.01, "{name}: {bandwidth} bit/s");
            assert!((min_rtt / expected.as_secs_f64() - 1.0).abs() < 0.01, "{name}: {min_rtt} s at {until} s");
        }
    }
}

/// A buffer of four BDP: 95 % of the bottleneck, and less than a fifth of the queue that NewReno keeps.
#[test]
fn the_pipe_is_full_and_the_queue_nearly_empty() {
    let (mut reno, reno_queue) = bulk("new_reno", 4 * bdp(), 0.0);
    assert!(utilization(&mut reno, 5, 40) > 0.95);
    let reno_queue = mean_queue(&reno_queue, 5);
    for name in BOTH {
        let (mut channel, log) = bulk(name, 4 * bdp(), 0.0);
        let utilization = utilization(&mut channel, 5, 40);
        assert!(utilization >= 0.95, "{name}: {utilization}");
        let queue = mean_queue(&log, 5);
        assert!(queue < reno_queue / 5.0, "{name}: {queue} of NewReno's {reno_queue} bytes");
        assert_eq!(channel.client.stats().retransmitted_packets, 0, "{name}");
    }
}

/// Startup leaves up to two BDP too much; when ProbeBW begins no more than a few segments still wait.
#[test]
fn drain_empties_the_queue() {
    for name in BOTH {
        let (mut channel, log) = bulk(name, 8 * bdp(), 0.0);
        while is_starting(&channel) {
            assert!(channel.step());
        }
        let log = log.borrow();
        let most = log.iter().map(|(_, bytes)| *bytes).max().unwrap();
        let last = log.last().unwrap().1;
        assert!(most > bdp() / 2, "{name}: Startup must have filled the queue, {most} bytes");
        assert!(last <= 5 * PACKET, "{name}: {last} bytes are left of {most}");
    }
}

/// The times at which ProbeRTT began.
fn probes(channel: &mut Channel, until: Time) -> Vec<f64> {
    let (mut probes, mut was_probing) = (Vec::new(), false);
    while channel.now < until && channel.step() {
        let is_probing = is_probing_rtt(channel);
        if is_probing && !was_probing {
            probes.push(channel.now.as_secs_f64());
        }
        was_probing = is_probing;
    }
    probes
}

/// Five seconds from the last time the delay was as small, 200 ms, and the rounds to empty the pipe.
#[test]
fn version_3_probes_the_round_trip_time_every_five_seconds() {
    let (mut channel, _) = bulk("bbr3", 4 * bdp(), 0.0);
    let probes = probes(&mut channel, seconds(30));
    assert!(probes.len() >= 4, "{probes:?}");
    for pair in probes.windows(2) {
        assert!((5.2..5.5).contains(&(pair[1] - pair[0])), "{probes:?}");
    }
}

/// Ten seconds after the least round trip was seen for the last time, 200 ms, and the rounds to empty the pipe. As it is
/// empty then, some round trips after a probe are the least again.
#[test]
fn version_1_probes_the_round_trip_time_every_ten_seconds() {
    let (mut channel, _) = bulk("bbr1", 4 * bdp(), 0.0);
    let probes = probes(&mut channel, seconds(60));
    assert!(probes.len() >= 4, "{probes:?}");
    for pair in probes.windows(2) {
        assert!((10.2..11.0).contains(&(pair[1] - pair[0])), "{probes:?}");
    }
}

/// Random losses halve NewReno again and again; version 1 takes no notice.
#[test]
fn one_percent_of_random_loss_leaves_version_1_nine_tenths() {
    let (mut reno, _) = bulk("new_reno", 4 * bdp(), 0.01);
    let (mut bbr, _) = bulk("bbr1", 4 * bdp(), 0.01);
    let (reno, bbr) = (utilization(&mut reno, 5, 40), utilization(&mut bbr, 5, 40));
    assert!(bbr >= 0.9, "{bbr}");
    assert!(reno < 0.5, "{reno}");
}

/// Six seconds of bulk, then ten of 10 kB each 100 ms, a twelfth of the bottleneck: nothing is unlearned.
#[test]
fn a_slow_application_does_not_lower_the_estimate() {
    for name in BOTH {
        let (mut channel, _) = path(&named(name), open_with(6_000_000), 4 * bdp(), 0.0);
        channel.run_until(seconds(4));
        let (before, _) = estimates(&channel);
        channel.run_until(seconds(6));
        for tenth in 0..100 {
            channel.run_until(seconds(6) + ms(100 * tenth));
            channel.act(Side::Client, |end, ctx| end.write(ctx, 10_000));
        }
        channel.run_until(seconds(17));
        let (after, _) = estimates(&channel);
        assert!(after > 0.99 * before, "{name}: {before} then {after} bit/s");
        assert_eq!(channel.server.stats().delivered_bytes, 7_000_000, "{name}");
    }
}

/// Everything is lost for two seconds: one segment by the timer, then the old window at once.
#[test]
fn an_outage_is_forgotten_when_it_is_repaired() {
    for name in BOTH {
        let config = Config { min_rto: ms(200), ..named(name) };
        let client = Endpoint::client(client_ends(), &config, Workload::default());
        let server = Endpoint::server(server_ends(), &config, Reader::AtOnce);
        let mut free_at = Time::ZERO;
        let mut channel = Channel::new(client, server, DELAY, move |now, side, packet| {
            if side == Side::Server || packet.segment == 0 {
                return vec![Duration::ZERO];
            }
            if (seconds(4)..seconds(6)).contains(&now) {
                return vec![];
            }
            free_at = free_at.max(now) + bottleneck().serialization_delay(Bytes(packet.size.into()));
            vec![free_at.since(now)]
        });
        channel.run_until(seconds(5));
        assert!(channel.client.stats().timeouts > 0, "{name}");
        assert_eq!(channel.client.cwnd(), u64::from(MSS), "{name}");
        let utilization = utilization(&mut channel, 8, 14);
        assert!(utilization > 0.9, "{name}: {utilization}");
    }
}

#[test]
fn it_works_without_sack_as_well() {
    for name in BOTH {
        let config = Config { sack: false, ..named(name) };
        let (mut channel, _) = path(&config, Workload::new(Some(3_000_000)), bdp() / 2, 0.001);
        channel.run(1_000_000);
        assert_eq!(channel.server.stats().delivered_bytes, 3_000_000, "{name}");
        assert_eq!(channel.client.state(), State::Closed, "{name}");
    }
}
