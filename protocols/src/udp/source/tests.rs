use sim_core::harness::Harness;
use sim_core::packet::Body;

use super::*;
use crate::udp::test_ends;

fn source(json: &str) -> Source {
    let config: Config = serde_json::from_str(json).unwrap();
    assert_eq!(config.check(), []);
    Source::new(config, test_ends())
}

/// Runs a source until it falls silent, has sent `most` packets, or its next timer lies at `end` or later.
/// Returns when each packet left, and its size.
fn run_from(bench: &mut Harness, source: &mut Source, most: usize, end: Time) -> Vec<(Time, u32)> {
    let mut sent = Vec::new();
    let first = bench.call(|ctx| source.on_start(ctx));
    sent.extend(first.iter().map(|packet| (bench.now, packet.size)));
    while sent.len() < most && bench.next_deadline() < end {
        bench.now = bench.next_deadline();
        let timer = bench.take_due().unwrap();
        let packets = bench.call(|ctx| source.on_timer(ctx, timer));
        sent.extend(packets.iter().map(|packet| (bench.now, packet.size)));
    }
    sent
}

fn run(source: &mut Source, most: usize) -> Vec<(Time, u32)> {
    run_from(&mut Harness::new(), source, most, Time::NEVER)
}

fn millis(sent: &[(Time, u32)]) -> Vec<u64> {
    sent.iter().map(|(at, _)| at.picos() / 1_000_000_000).collect()
}

#[test]
fn a_constant_source_sends_its_first_packet_at_once_and_the_others_evenly() {
    // 1000 bytes at 1 Mbps: 8 ms.
    let mut constant = source(r#"{ "constant": { "rate": "1 Mbps", "packet_size": "1000 B", "packets": 4 } }"#);
    assert_eq!(millis(&run(&mut constant, 100)), [0, 8, 16, 24]);
    assert_eq!((constant.sent(), constant.sent_bytes()), (4, Bytes(4_000)));
}

#[test]
fn packets_are_numbered_and_carry_the_time_they_left() {
    let mut bench = Harness::new();
    bench.advance(Duration::from_secs(3));
    let mut constant = source(r#"{ "constant": { "rate": "1 Mbps", "packet_size": "1000 B" } }"#);
    let first = bench.call(|ctx| constant.on_start(ctx)).pop().unwrap();
    bench.advance(Duration::from_millis(8));
    let timer = bench.take_due().unwrap();
    let second = bench.call(|ctx| constant.on_timer(ctx, timer)).pop().unwrap();
    let header = |sequence, timestamp| Body::Udp(UdpHeader { sequence, timestamp, kind: UdpKind::Data });
    assert_eq!(first.body, header(0, Time::from_picos(3_000_000_000_000)));
    assert_eq!(second.body, header(1, Time::from_picos(3_008_000_000_000)));
    assert_eq!((first.segment, second.segment, second.copy), (1, 2, 1));
    assert_eq!((second.destination_port, second.flow_hash), (9, 77));
}

#[test]
fn an_awkward_rate_does_not_drift_over_a_million_packets() {
    // 1337 bytes at 7.777777 Mbps: no whole number of picoseconds.
    let mut constant = source(r#"{ "constant": { "rate": "7.777777 Mbps", "packet_size": "1337 B" } }"#);
    let mut bench = Harness::new();
    bench.advance(Duration::from_picos(17));
    let sent = run_from(&mut bench, &mut constant, 1_000_000, Time::NEVER);
    for (n, (at, _)) in (0_u128..).zip(&sent) {
        let exact = 17 + n * 8 * 1_337 * 1_000_000_000_000 / 7_777_777;
        assert_eq!(u128::from(at.picos()), exact, "packet {n}");
    }
    assert_eq!(sent.len(), 1_000_000);
}

#[test]
fn a_rate_of_several_packets_a_picosecond_still_does_not_drift() {
    let mut constant = source(r#"{ "constant": { "rate": "100 Tbps", "packet_size": "1 B", "packets": 100 } }"#);
    // A byte takes 0.08 ps: packet n leaves at 0.08 n, rounded down.
    let times: Vec<u64> = run(&mut constant, 1_000).iter().map(|(at, _)| at.picos()).collect();
    assert_eq!(times, (0..100).map(|n| n * 8 / 100).collect::<Vec<u64>>());
}

#[test]
fn a_constant_rate_of_drawn_sizes_waits_for_the_bits_of_each_packet() {
    let mut drawn =
        source(r#"{ "constant": { "rate": "3 Mbps", "packet_size": { "exponential": { "mean": "500 B" } } } }"#);
    let sent = run(&mut drawn, 10_000);
    let mut bits = 0_u128;
    for (at, size) in sent {
        assert_eq!(u128::from(at.picos()), bits * 1_000_000_000_000 / 3_000_000);
        bits += u128::from(size) * 8;
    }
}

#[test]
fn the_gaps_of_a_poisson_source_are_exponential() {
    // 1250 bytes at 10 Mbps: a packet every millisecond in the mean.
    let mut poisson = source(r#"{ "poisson": { "rate": "10 Mbps", "packet_size": "1250 B" } }"#);
    let sent = run(&mut poisson, 100_000);
    let mut previous = Time::ZERO;
    let gaps: Vec<f64> =
        sent.iter().map(|&(at, _)| (at - std::mem::replace(&mut previous, at)).as_secs_f64() * 1_000.0).collect();
    let count = gaps.len() as f64;
    // Mean and standard deviation of an exponential are alike: here 1 ms. Four standard errors.
    let mean = gaps.iter().sum::<f64>() / count;
    assert!((mean - 1.0).abs() < 4.0 / count.sqrt(), "{mean}");
    // Kolmogorov and Smirnov: the largest distance to 1 - e^-x stays below 1.63 / sqrt(n) with probability 0.99.
    let mut sorted = gaps;
    sorted.sort_by(f64::total_cmp);
    let distance =
        (0..).zip(&sorted).map(|(n, &gap): (u32, _)| ((1.0 - libm::exp(-gap)) - (f64::from(n) + 0.5) / count).abs());
    let largest = distance.fold(0.0, f64::max);
    assert!(largest < 1.63 / count.sqrt(), "{largest}");
}

#[test]
fn a_poisson_source_does_not_begin_with_a_packet() {
    let mut bench = Harness::new();
    let mut poisson = source(r#"{ "poisson": { "rate": "10 Mbps", "packet_size": "1250 B" } }"#);
    assert!(bench.call(|ctx| poisson.on_start(ctx)).is_empty());
    assert!(bench.deadline(Timer::NextDatagram).is_some());
}

#[test]
fn bursts_alternate_with_silence() {
    // A packet every 8 ms; 20 ms of burst hold three, of which the first begins it, and leave 4 ms of the gap.
    let mut on_off = source(
        r#"{ "on_off": { "rate": "1 Mbps", "packet_size": "1000 B", "on": "20 ms", "off": "100 ms", "packets": 8 } }"#,
    );
    // Time spent on: 0 8 16 | 24 32 | 40 48 56; bursts begin at 0, 120 and 240 ms.
    assert_eq!(millis(&run(&mut on_off, 100)), [0, 8, 16, 124, 132, 240, 248, 256]);
}

#[test]
fn a_packet_due_at_the_end_of_a_burst_begins_the_next() {
    let mut on_off = source(
        r#"{ "on_off": { "rate": "1 Mbps", "packet_size": "1000 B", "on": "16 ms", "off": "84 ms", "packets": 5 } }"#,
    );
    assert_eq!(millis(&run(&mut on_off, 100)), [0, 8, 100, 108, 200]);
}

#[test]
fn without_silence_bursts_are_a_constant_rate() {
    let mut on_off = source(
        r#"{ "on_off": { "rate": "1 Mbps", "packet_size": "1000 B", "on": "3 ms", "off": "0 s", "packets": 5 } }"#,
    );
    assert_eq!(millis(&run(&mut on_off, 100)), [0, 8, 16, 24, 32]);
}

#[test]
fn random_bursts_have_the_mean_rate_of_their_duty_cycle() {
    // On for a quarter of the time: 250 kbps of 1 Mbps, 31.25 packets a second.
    let mut on_off = source(
        r#"{ "on_off": { "rate": "1 Mbps", "packet_size": "1000 B", "on": "10 ms", "off": "30 ms",
                         "distribution": "exponential" } }"#,
    );
    let seconds = 4_000_u64;
    let end = Time::ZERO + Duration::from_secs(seconds);
    let sent = run_from(&mut Harness::new(), &mut on_off, usize::MAX, end).len() as f64;
    let expected = 31.25 * seconds as f64;
    // Time on up to t has variance 2 t (a b)² / (a + b)³ for means a and b (renewal theory): five deviations, in packets.
    let deviation = (2.0 * seconds as f64 * (0.01_f64 * 0.03).powi(2) / 0.04_f64.powi(3)).sqrt() * 125.0;
    assert!((sent - expected).abs() < 5.0 * deviation + 1.0, "{sent} of {expected}");
}

#[test]
fn scheduled_packets_leave_at_their_times_those_of_one_time_in_a_row() {
    let mut bench = Harness::new();
    bench.advance(Duration::from_secs(1));
    let mut scheduled = source(r#"{ "scheduled": { "times": ["0 s", "0 s", "0 s", "2 s"], "packet_size": "100 B" } }"#);
    let sent = run_from(&mut bench, &mut scheduled, 100, Time::NEVER);
    assert_eq!(millis(&sent), [1_000, 1_000, 1_000, 3_000]);
}

#[test]
fn a_stopped_source_is_silent() {
    for json in [
        r#"{ "constant": { "rate": "1 Mbps", "packet_size": "1000 B" } }"#,
        r#"{ "poisson": { "rate": "1 Mbps", "packet_size": "1000 B" } }"#,
        r#"{ "on_off": { "rate": "1 Mbps", "packet_size": "1000 B", "on": "1 s", "off": "1 s" } }"#,
        r#"{ "scheduled": { "times": ["0 s", "1 s"], "packet_size": "1000 B" } }"#,
    ] {
        let mut bench = Harness::new();
        let mut source = source(json);
        bench.call(|ctx| source.on_start(ctx));
        assert!(bench.next_deadline() < Time::NEVER, "{json}");
        assert!(bench.call(|ctx| source.on_command(ctx, Command::Stop)).is_empty());
        assert_eq!(bench.next_deadline(), Time::NEVER, "{json}");
    }
}

#[test]
fn a_source_started_again_goes_on_with_its_count() {
    let mut bench = Harness::new();
    let mut constant = source(r#"{ "constant": { "rate": "1 Mbps", "packet_size": "1000 B", "packets": 2 } }"#);
    bench.call(|ctx| constant.on_start(ctx));
    bench.call(|ctx| constant.on_command(ctx, Command::Stop));
    let again = bench.call(|ctx| constant.on_start(ctx));
    assert_eq!((again.len(), again[0].segment, bench.next_deadline()), (1, 2, Time::NEVER));
    assert!(bench.call(|ctx| constant.on_start(ctx)).is_empty());
}

#[test]
fn a_source_of_no_packets_sends_none() {
    for pattern in ["constant", "poisson"] {
        let json = format!(r#"{{ "{pattern}": {{ "rate": "1 Mbps", "packet_size": "1000 B", "packets": 0 }} }}"#);
        assert_eq!(run(&mut source(&json), 100), []);
    }
}

#[test]
fn all_that_makes_no_sense_is_reported() {
    let check = |json: &str, expected: &[&str]| {
        let config: Config = serde_json::from_str(json).unwrap();
        assert_eq!(config.check().iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{json}");
    };
    check(
        r#"{ "constant": { "rate": "1 Mbps", "packet_size": "0 B" } }"#,
        &["/constant/packet_size: a packet must have at least one byte"],
    );
    check(
        r#"{ "poisson": { "rate": "1 Mbps", "packet_size": { "exponential": { "mean": "2 GB" } } } }"#,
        &["/poisson/packet_size/exponential/mean: a packet can have at most 1000000000 bytes"],
    );
    check(
        r#"{ "on_off": { "rate": "1 Mbps", "packet_size": "9 B", "on": "0 s", "off": "0 s" } }"#,
        &["/on_off/on: must be more than zero"],
    );
    check(
        r#"{ "scheduled": { "times": ["1 s", "0 s", "2 s", "1.5 s"], "packet_size": "9 B" } }"#,
        &[
            "/scheduled/times/1: is earlier than the time before it; list the times in order",
            "/scheduled/times/3: is earlier than the time before it; list the times in order",
        ],
    );
    check(r#"{ "scheduled": { "times": [], "packet_size": "9 B" } }"#, &["/scheduled/times: lists nothing"]);
}

#[test]
fn unknown_fields_are_refused() {
    for json in [
        r#"{ "constant": { "rate": "1 Mbps", "packet_size": "9 B", "size": "9 B" } }"#,
        r#"{ "constantly": { "rate": "1 Mbps", "packet_size": "9 B" } }"#,
        r#"{ "poisson": { "rate": "1 Mbps" } }"#,
    ] {
        assert!(serde_json::from_str::<Config>(json).is_err(), "{json}");
    }
}

/// Who makes many flows gives each a rate of its own; who reads a file says where one is missing.
#[test]
fn a_rate_may_be_given_later() {
    let rate = |json: &str| serde_json::from_str::<Config>(json).unwrap().rate();
    assert_eq!(rate(r#"{ "poisson": { "packet_size": "9 B" } }"#), Some(("poisson", None)));
    let given = r#"{ "constant": { "rate": "1 Mbps", "packet_size": "9 B" } }"#;
    assert_eq!(rate(given), Some(("constant", Some(Rate::from_mbps(1)))));
    assert_eq!(rate(r#"{ "scheduled": { "times": ["1 s"], "packet_size": "9 B" } }"#), None);
}
