use super::*;
use crate::random::Random;

fn trace(text: &str) -> Arc<DeliveryTrace> {
    Arc::new(DeliveryTrace::parse(text).unwrap())
}

fn at_micros(micros: u64) -> Time {
    Time::from_picos(micros * 1_000_000)
}

/// When packets of these sizes leave, in microseconds, if all wait from `start` on.
fn departures(text: &str, start_micros: u64, sizes: &[u64]) -> Vec<f64> {
    let mut deliveries = Deliveries::new(trace(text));
    let mut now = at_micros(start_micros);
    let mut leave = |&size: &u64| {
        now = deliveries.depart(now, size);
        now.picos() as f64 / 1e6
    };
    sizes.iter().map(&mut leave).collect()
}

#[test]
fn a_file_with_just_a_1_is_12_megabits_per_second() {
    let one = trace("1\n");
    assert_eq!(one.mean_rate(), Rate::from_mbps(12));
    assert_eq!(one.period(), Duration::from_millis(1));
    assert_eq!(departures("1", 0, &[1500; 4]), [1_000.0, 2_000.0, 3_000.0, 4_000.0]);
    // 12 Mbit/s for a second are 1 500 000 bytes; the last chance stands at its end and not before it.
    assert_eq!(one.offered_before(at_micros(1_000_000)), 1_500_000 - 1_500);
    assert_eq!(one.offered_before(at_micros(1_000_001)), 1_500_000);
}

#[test]
fn three_small_packets_share_a_chance() {
    let leave = departures("1", 0, &[500; 7]);
    assert_eq!(leave, [1_000.0, 1_000.0, 1_000.0, 2_000.0, 2_000.0, 2_000.0, 3_000.0]);
    // 1000 bytes leave 500 to the next packet, which needs another chance for its other 500.
    assert_eq!(departures("1", 0, &[1000, 1000, 1000]), [1_000.0, 2_000.0, 2_000.0]);
}

#[test]
fn a_large_packet_needs_several_chances() {
    assert_eq!(departures("1", 0, &[3000, 1500]), [2_000.0, 3_000.0]);
    assert_eq!(departures("1", 0, &[3001, 1499]), [3_000.0, 3_000.0]);
}

#[test]
fn chances_of_one_millisecond_serve_several_packets_at_one_instant() {
    assert_eq!(departures("2\n2\n2\n5\n", 0, &[1500; 4]), [2_000.0, 2_000.0, 2_000.0, 5_000.0]);
}

#[test]
fn the_first_line_of_the_second_round_is_at_last_plus_first() {
    // Rounds begin at 0, 5, 10 ms.
    assert_eq!(departures("2\n5\n", 0, &[1500; 5]), [2_000.0, 5_000.0, 7_000.0, 10_000.0, 12_000.0]);
    // A 0 coincides with the end of the round before.
    assert_eq!(departures("0\n5\n", 1_000, &[1500; 4]), [5_000.0, 5_000.0, 10_000.0, 10_000.0]);
}

#[test]
fn chances_that_find_nobody_waiting_are_lost() {
    let mut deliveries = Deliveries::new(trace("1\n"));
    assert_eq!(deliveries.depart(at_micros(2_500), 500), at_micros(3_000));
    // 1000 bytes of the chance were left, but nothing waited: what comes later has the next one.
    deliveries.go_idle();
    assert_eq!(deliveries.depart(at_micros(3_000), 500), at_micros(4_000), "comes at its very instant");
    deliveries.go_idle();
    assert_eq!(deliveries.depart(at_micros(9_999), 500), at_micros(10_000));
    // 9 chances were before 9.999 ms, 1 a microsecond later; 3 packets of 500 bytes went.
    let usage = |micros| deliveries.usage(at_micros(micros));
    assert_eq!(usage(9_999), Usage { offered_bytes: 13_500, used_bytes: 1_000 });
    assert_eq!(usage(10_001), Usage { offered_bytes: 15_000, used_bytes: 1_500 });
}

#[test]
fn an_idle_year_is_skipped_at_once() {
    let mut deliveries = Deliveries::new(trace("1\n3\n"));
    let day = 86_400_000_000;
    // Chances at 1, 3, 4, 6, 7, 9, ... ms: 200 days are a multiple of 3 ms.
    assert_eq!(deliveries.depart(at_micros(200 * day), 1500), at_micros(200 * day + 1_000));
    assert_eq!(deliveries.depart(at_micros(200 * day + 1_000), 1500), at_micros(200 * day + 3_000));
    // What is after the end of the clock never comes.
    let mut slow = Deliveries::new(trace("1000000000\n"));
    assert_eq!(slow.depart(at_micros(1), 1_500_000_000), Time::NEVER);
}

#[test]
fn rates_hold_up_to_their_time() {
    // 8 Mbit/s are a byte in a microsecond. 1 s of it, half a second of nothing, half a second at half of it.
    let text = "1.0 8\n1.5 0\n2.0 4\n";
    assert_eq!(trace(text).mean_rate(), Rate::from_mbps(5));
    assert_eq!(departures(text, 0, &[1_000, 999_000, 1_000]), [1_000.0, 1_000_000.0, 1_502_000.0]);
    assert_eq!(departures(text, 999_999, &[2]), [1_500_002.0]);
    // 1.25 MB are a round; what is done at its end is done at its end.
    assert_eq!(departures(text, 2_000_000, &[1_250_000, 1]), [4_000_000.0, 4_000_001.0]);
    assert_eq!(departures("0 7\n1 0\n2 8\n", 0, &[1_000_000, 1]), [2_000_000.0, 3_000_001.0]);
    let offered = |micros| trace(text).offered_before(at_micros(micros));
    assert_eq!([500_000, 1_250_000, 2_000_000, 6_000_000].map(offered), [500_000, 1_000_000, 1_250_000, 3_750_000]);
}

#[test]
fn comments_blank_lines_and_both_ends_of_lines_are_understood() {
    assert_eq!(trace("# made by hand\r\n\r\n1\r\n 4 # the last\r\n"), trace("1\n4"));
    assert_eq!(trace("0.5,3\n1 , 4\n"), trace("0.5 3\n1.0\t4.0\n"));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let check = |text: &str, line: Option<usize>, part: &str| {
        let fault = DeliveryTrace::parse(text).unwrap_err();
        assert!(fault.line == line && fault.message.contains(part), "{text:?}: {fault:?}");
    };
    check("", None, "no numbers");
    check("# nothing\n\n", None, "no numbers");
    check("0", None, "not 0");
    check("0\n0\n", None, "not 0");
    check("3\n2\n", Some(2), "time goes back");
    check("1\n-2\n", Some(2), "`-2` is no whole number");
    check("1\n2.5\n", Some(2), "`2.5` is no whole number");
    check("1\n99999999999999999999\n", Some(2), "no whole number");
    check("4000000000\n", Some(1), "the most");
    check("1\n2 3\n", Some(2), "one number");
    check("1 2\n3\n", Some(2), "two numbers, not 1");
    check("1 2 3\n", Some(1), "two numbers, not 3");
    check("1 2\n1 3\n", Some(2), "not after");
    check("0 2\n0 3\n", Some(2), "not after");
    check("1 0\n2 0\n", None, "all rates are zero");
    check("0 5\n", None, "not 0");
    for cell in ["NaN", "inf", "-1", "1e99", "x"] {
        check(&format!("1 {cell}\n"), Some(1), "is no rate");
        check(&format!("{cell} 1\n"), Some(1), "is no number of seconds");
    }
}

/// Whatever is sent when: in a time in which packets always wait, no more leaves than the trace offers, and no less.
#[test]
fn as_much_leaves_as_is_offered() {
    let mut random = Random::stream(1, "deliveries", "test");
    for round in 0..200 {
        let text = if round % 2 == 0 {
            let mut at = 0;
            let mut line = |_| {
                at += random.below(4);
                format!("{at}\n")
            };
            (0..30).map(&mut line).collect::<String>() + "100\n"
        } else {
            let line = |at| format!("{}.{} {}.5\n", at, random.below(10), random.below(30));
            (1..20).map(line).collect::<String>()
        };
        let trace = trace(&text);
        let mut deliveries = Deliveries::new(trace.clone());
        let (mut now, mut sent, mut busy_since, mut sent_before) = (Time::ZERO, 0, Time::ZERO, 0);
        for _ in 0..300 {
            if random.below(4) == 0 {
                deliveries.go_idle();
                now += Duration::from_micros(random.below(500_000));
                (busy_since, sent_before) = (now, sent);
            }
            let size = 40 + random.below(4_000);
            let end = deliveries.depart(now, size);
            assert!(end >= now, "{text}");
            sent += size;
            // A byte for the rounding down of rates. What is offered at the very instant of the start comes too early.
            let tick = Duration::from_picos(1);
            let (after, since_start) = (end + tick, sent - sent_before);
            let offered = |until: Time| trace.offered_before(until) - trace.offered_before(busy_since + tick);
            assert!(
                since_start <= offered(after) + 1,
                "{since_start} of {} since {busy_since}: {text}",
                offered(after)
            );
            assert!(since_start + 1 >= offered(end), "{since_start} of {} since {busy_since}: {text}", offered(end));
            let usage = deliveries.usage(after);
            assert!(usage.used_bytes == sent && usage.used_bytes <= usage.offered_bytes, "{usage:?}: {text}");
            // While it leaves; of several packets at one instant nobody asks in between.
            let middle = (now + tick).max(Time::from_picos(now.picos() / 2 + end.picos() / 2));
            let usage = deliveries.usage(middle);
            assert!((sent - size..=sent).contains(&usage.used_bytes), "{usage:?}: {text}");
            assert!(usage.used_bytes <= usage.offered_bytes, "{usage:?}: {text}");
            now = end;
        }
    }
}

#[test]
fn what_a_cut_keeps_from_leaving_was_not_used() {
    let mut deliveries = Deliveries::new(trace("1\n"));
    deliveries.depart(Time::ZERO, 4_500);
    // Two chances were before 2.5 ms; the third was to come.
    deliveries.cut(at_micros(2_500));
    assert_eq!(deliveries.usage(at_micros(10_001)), Usage { offered_bytes: 15_000, used_bytes: 3_000 });
    assert_eq!(deliveries.depart(at_micros(10_500), 1_500), at_micros(11_000));
}

#[test]
fn the_mean_of_a_slow_trace_is_never_zero() {
    // 12 000 bits in a million seconds are 0.012 bit/s.
    assert_eq!(trace("1000000000\n").mean_rate(), Rate::from_bps(1));
}

/// Whatever the text: a trace that leads somewhere, or a fault. What it accepts, it can answer for at any time.
#[test]
fn no_text_is_too_odd() {
    let mut random = Random::stream(1, "odd texts", "test");
    let pieces =
        ["0", "1", "7", "42", "999999999", "1e3", ".", "-", "\n", "\n", "\n", " ", ",", "#", "\t", "NaN", "é", "\r"];
    let mut accepted = 0;
    for _ in 0..20_000 {
        let length = random.below(12);
        let text: String = (0..length).map(|_| pieces[random.below(pieces.len() as u64) as usize]).collect();
        let Ok(trace) = DeliveryTrace::parse(&text) else { continue };
        accepted += 1;
        assert!(trace.mean_rate().bps() > 0 && !trace.period().is_zero(), "{text:?}");
        let mut deliveries = Deliveries::new(Arc::new(trace));
        let mut now = Time::ZERO;
        for bytes in [1, 1_500, u64::from(u32::MAX), 40] {
            let end = deliveries.depart(now, bytes);
            assert!(end >= now, "{text:?}");
            now = end;
            deliveries.usage(now);
        }
        deliveries.go_idle();
        deliveries.depart(Time::from_picos(u64::MAX / 2), 1_500);
        deliveries.usage(Time::NEVER);
    }
    assert!(accepted > 500, "{accepted}");
}
