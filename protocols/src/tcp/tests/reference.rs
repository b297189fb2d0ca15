//! Cases recorded from other implementations: packetdrill's scripts as run on Linux 6.18, ns-3's regression vectors, ns-2's
//! runs of Fall & Floyd 1996. Only the facts are here: what was fed in, what must come out.

use sim_core::time::Time;
use sim_core::units::Rate;

use super::channel::{Channel, Side};
use super::*;

/// packetdrill `slow-start-ack-per-1pkt`: each ACK of one segment lets two out; ten ACKs make the window 20.
#[test]
fn packetdrill_slow_start_with_an_ack_for_each_segment() {
    let (mut bench, sent) = Bench::client(&config(10), open_with(30_000));
    assert_eq!(sent.len(), 10);
    for number in 1..=10 {
        let first = 8 + 2 * number;
        assert_eq!(bench.ack(number * MSS), segments(first, first + 2));
    }
    assert_eq!(bench.cwnd(), 20);
}

/// packetdrill `slow-start-after-idle`: after two seconds the window is the initial one again.
///
/// Linux counts all bytes of the single ACK of ten segments; RFC 5681 counts one segment for each ACK. So here each
/// segment gets an ACK of its own.
#[test]
fn packetdrill_slow_start_after_idle() {
    let (mut bench, _) = Bench::client(&config(10), open_with(26_000));
    bench.bench.advance(ms(100));
    for number in 1..=26 {
        bench.ack(number * MSS);
    }
    assert!(bench.cwnd() > 10);
    bench.bench.advance(Duration::from_secs(2));
    assert_eq!(bench.write(20_000).len(), 10);
    assert_eq!(bench.cwnd(), 10);
}

/// packetdrill `slow-start-app-limited-9-packets-out`: nine of ten in flight, and the window grows to twice nine.
#[test]
fn packetdrill_an_unused_window_grows_to_twice_the_flight() {
    let (mut bench, sent) = Bench::client(&config(10), open_with(9_000));
    assert_eq!(sent.len(), 9);
    let windows: Vec<u64> = (1..=9)
        .map(|number| {
            bench.ack(number * MSS);
            bench.cwnd()
        })
        .collect();
    assert_eq!(windows, [11, 12, 13, 14, 15, 16, 17, 18, 18]);
}

/// packetdrill `fr-4pkt`: without SACK the third duplicate ACK sends the first segment again, at once.
#[test]
fn packetdrill_fast_retransmit_of_four_segments() {
    let (mut bench, sent) = Bench::client(&without_sack(10), open_with(4_000));
    assert_eq!(data(&sent), segments(0, 4));
    assert_eq!((bench.ack(0), bench.ack(0)), (vec![], vec![]));
    assert_eq!(bench.ack(0), segments(0, 1));
    assert_eq!(bench.ack_after(ms(100), 4_000), []);
    let fin = bench.close();
    assert_eq!((fin.len(), tcp(&fin[0]).flags), (1, FIN | ACK));
    assert_eq!(tcp(&bench.fin_from_peer(0, 4_001)[0]).acknowledgment, PEER_ISN + 2);
}

/// packetdrill `limited-transmit-no-sack`: one new segment for each of two duplicates, and no cut after reordering.
#[test]
fn packetdrill_limited_transmit_without_sack() {
    let (mut bench, sent) = Bench::client(&without_sack(10), open_with(15_000));
    assert_eq!(data(&sent), segments(0, 10));
    assert_eq!(bench.ack(0), segments(10, 11));
    assert_eq!(bench.ack(0), segments(11, 12));
    // Nine remain of ten: Linux grows by three segments of one stretch ACK and has sent 12 and 13 by now; RFC 5681
    // grows by one, which lets the same two out: nine and two are eleven.
    assert_eq!(bench.ack(3_000), segments(12, 14));
    assert_eq!(bench.ack(5_000), segments(14, 15));
    assert_eq!((bench.end.stats().retransmitted_packets, bench.end.ssthresh()), (0, u64::MAX));
}

/// packetdrill `sack-shift-sacked-2-6-8-3-9-nofack`: 2, 6 and 8 are SACKed, which begins recovery; then 3 and 9.
///
/// Linux reduces by CUBIC and PRR, so only what RFC 6675 decides is compared: when recovery begins, what is sent first
/// in which order, when it ends. With 2, 6 and 8 SACKed it counts 6 segments as lost; RFC 6675 counts the two below
/// segment 2, as three blocks lie above only these.
#[test]
fn packetdrill_sack_blocks_shift_and_grow() {
    let block = |first: u32, last: u32| (first * MSS, last * MSS);
    let (mut bench, sent) = Bench::client(&config(10), open_with(10_000));
    assert_eq!(sent.len(), 10);
    assert_eq!(bench.sack(0, &[block(2, 3)]), []);
    assert_eq!(bench.sack(0, &[block(2, 3), block(6, 7)]), []);
    assert_eq!(bench.sack(0, &[block(2, 3), block(6, 7), block(8, 9)]), segments(0, 1));
    assert_eq!(bench.end.phase(), Phase::Fast);
    // Ten, less three SACKed and two lost, and one sent again.
    assert_eq!(bench.end.pipe(), 6_000);
    assert_eq!(bench.sack(0, &[block(2, 4), block(6, 7), block(8, 9)]), []);
    // Now three segments are SACKed above 4 and 5: four are lost, and of ten 7 alone is under way, with 0 sent again.
    let sent = bench.sack(0, &[block(2, 4), block(6, 7), block(8, 10)]);
    assert_eq!(sent, [segment(1), segment(4), segment(5)]);
    bench.sack(1_000, &[block(2, 4), block(6, 7), block(8, 10)]);
    bench.sack(4_000, &[block(6, 7), block(8, 10)]);
    bench.sack(7_000, &[block(8, 10)]);
    assert_eq!((bench.sack(10_000, &[]), bench.end.phase()), (vec![], Phase::Open));
    assert_eq!((bench.end.flight_size(), bench.end.pipe()), (0, 0));
}

/// Two links in a row with queues that never fill, as in Fall & Floyd 1996: 8 Mb/s, then 0.8 Mb/s and 100 ms. Each way
/// has its own; on the way back the slow link comes first.
#[derive(Clone)]
struct FallAndFloyd {
    fast_delay: Duration,
    /// Bytes the links add to each packet.
    framing: u32,
    /// The segments whose first copy is lost, counted from 1.
    lost: Vec<u32>,
    /// Whether they are lost behind the slow link, or before it.
    lost_at_the_end: bool,
}

impl FallAndFloyd {
    fn channel(self, config: &Config, bytes: Option<u64>) -> Channel {
        let fast = (Rate::from_mbps(8), self.fast_delay);
        let slow = (Rate::from_bps(800_000), ms(100));
        let mut is_free_at = [[Time::ZERO; 2]; 2];
        let client = Endpoint::client(client_ends(), config, Workload::new(bytes));
        let server = Endpoint::server(server_ends(), config, Reader::AtOnce);
        Channel::new(client, server, Duration::ZERO, move |now, from, packet| {
            let is_lost = packet.copy == 1 && self.lost.contains(&packet.segment);
            let links = if from == Side::Client { [fast, slow] } else { [slow, fast] };
            let links = if is_lost && !self.lost_at_the_end { &links[..1] } else { &links[..] };
            let mut at = now;
            for ((rate, delay), free_at) in links.iter().zip(&mut is_free_at[from as usize]) {
                let size = Bytes((packet.size + self.framing).into());
                *free_at = at.max(*free_at) + rate.serialization_delay(size);
                at = *free_at + *delay;
            }
            if is_lost { vec![] } else { vec![at - now] }
        })
    }
}

/// Whether `at` is within a millisecond of `tenths` tenths of one.
fn is_near(at: Time, tenths: u64) -> bool {
    at.picos().abs_diff(tenths * 100_000_000) <= 1_000_000_000
}

/// ns-3 3.37, suite `ns3-tcp-loss`, NewReno without SACK: with 0, 1 and 2 segments lost from segment 14 on, the first
/// segments and all retransmissions leave within a millisecond of ns-3's times.
#[test]
fn ns3_newreno_with_none_one_and_two_losses() {
    /// When the first 24 segments leave, in units of 0.1 ms: the same in all cases.
    const FIRST: [u64; 24] = [
        2_012, 4_134, 4_134, 6_255, 6_255, 6_359, 6_359, 8_376, 8_376, 8_480, 8_480, 8_585, 8_585, 8_689, 8_689,
        10_497, 10_497, 10_602, 10_602, 10_706, 10_706, 10_810, 10_810, 10_914,
    ];
    let cases: [&[(u32, u64)]; 3] = [&[], &[(14, 12_827)], &[(14, 12_931), (15, 15_053)]];
    for (losses, retransmissions) in cases.into_iter().enumerate() {
        let config = Config { delayed_ack: None, ..without_sack(1) };
        // Segments are counted from 0 there, and lost at the far end.
        let path = FallAndFloyd {
            fast_delay: Duration::from_micros(100),
            framing: 2,
            lost: (15..15 + losses as u32).collect(),
            lost_at_the_end: true,
        };
        let mut channel = path.channel(&config, Some(200_000));
        channel.run(100_000);
        let data = channel.sent.iter().filter(|sent| sent.2.segment > 0);
        let (first, again): (Vec<_>, Vec<_>) = data.partition(|sent| sent.2.copy == 1);
        for ((number, &tenths), sent) in (0..).zip(&FIRST).zip(&first) {
            assert_eq!(sent.2.segment - 1, number);
            assert!(is_near(sent.0, tenths), "{losses} lost, segment {number} at {}", sent.0);
        }
        let again: Vec<_> = again.into_iter().map(|sent| (sent.2.segment - 1, sent.0)).collect();
        assert_eq!(again.len(), retransmissions.len(), "{losses} lost: {again:?}");
        for (&(segment, tenths), &(number, at)) in retransmissions.iter().zip(&again) {
            assert!(segment == number && is_near(at, tenths), "{losses} lost, segment {number} again at {at}");
        }
        assert_eq!(channel.server.stats().delivered_bytes, 200_000);
        assert_eq!(channel.client.stats().timeouts, 0);
    }
}

/// The senders Fall & Floyd compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Tahoe,
    Reno,
    NewReno,
    Sack,
}

/// What a client of Fall & Floyd's scenario sends from its first data segment on, as ns-2 counts: the first leaves at
/// 1.2009 s in a window of two, up to six seconds.
fn fall_and_floyd_sends(variant: Variant, lost: &[u32]) -> Vec<(Time, u32, u8)> {
    fall_and_floyd(variant, lost).0
}

/// The same, and how often the timer expired.
fn fall_and_floyd(variant: Variant, lost: &[u32]) -> (Vec<(Time, u32, u8)>, u64) {
    let algorithm = match variant {
        Variant::Tahoe => "tahoe",
        Variant::Reno => "reno",
        Variant::NewReno | Variant::Sack => "new_reno",
    };
    let config = Config {
        congestion_control: crate::congestion::Spec::by_name(algorithm).unwrap(),
        sack: variant == Variant::Sack,
        delayed_ack: None,
        limited_transmit: false,
        receive_buffer: Bytes(28_000),
        window_scaling: false,
        initial_ssthresh: Some(Bytes(28_000)),
        ..config(2)
    };
    let path = FallAndFloyd { fast_delay: Duration::ZERO, framing: 0, lost: lost.to_vec(), lost_at_the_end: false };
    let mut channel = path.channel(&config, None);
    channel.run_until(Time::ZERO + ms(6_000));
    let timeouts = channel.client.stats().timeouts;
    let data: Vec<_> = channel.sent.into_iter().filter(|sent| sent.2.segment > 0).collect();
    let start = data[0].0;
    let shifted = |at: Time| Time::ZERO + Duration::from_micros(1_200_900) + (at - start);
    let sends = data.into_iter().map(|(at, _, packet)| (shifted(at), packet.segment, packet.copy));
    (sends.filter(|(at, _, _)| *at < Time::ZERO + ms(6_000)).collect(), timeouts)
}

/// ns-2 2.35, the 1996 paper's own scenario: NewReno repairs one loss each round trip, and never waits for the timer.
#[test]
fn ns2_newreno_repairs_one_loss_a_round_trip() {
    let cases: [&[(u32, u64)]; 3] =
        [&[(14, 20_692)], &[(14, 20_692), (28, 22_811)], &[(14, 20_692), (26, 22_811), (28, 24_930)]];
    for expected in cases {
        let lost: Vec<u32> = expected.iter().map(|(segment, _)| *segment).collect();
        let sends = fall_and_floyd_sends(Variant::NewReno, &lost);
        let again: Vec<_> = sends.iter().filter(|(_, _, copy)| *copy > 1).collect();
        assert_eq!(again.len(), expected.len(), "{again:?}");
        for (&&(at, segment, _), &(expected, tenths)) in again.iter().zip(expected) {
            assert!(segment == expected && is_near(at, tenths), "{segment} at {at}");
        }
    }
}

/// ns-2 2.35, SACK with one loss: every send of recovery and the round trips after it within a millisecond, and as many
/// segments in six seconds.
#[test]
fn ns2_sack_recovers_from_one_loss() {
    const EXPECTED: [(u64, u32); 31] = [
        (20_693, 14),
        (21_317, 29),
        (21_421, 30),
        (21_525, 31),
        (21_629, 32),
        (21_733, 33),
        (21_837, 34),
        (22_812, 35),
        (23_436, 36),
        (23_540, 37),
        (23_644, 38),
        (23_748, 39),
        (23_852, 40),
        (23_956, 41),
        (24_930, 42),
        (25_554, 43),
        (25_554, 44),
        (25_658, 45),
        (25_762, 46),
        (25_866, 47),
        (25_970, 48),
        (26_074, 49),
        (27_049, 50),
        (27_673, 51),
        (27_777, 52),
        (27_777, 53),
        (27_881, 54),
        (27_985, 55),
        (28_089, 56),
        (28_193, 57),
        (28_297, 58),
    ];
    let sends = fall_and_floyd_sends(Variant::Sack, &[14]);
    for (&(at, segment, _), (tenths, expected)) in sends[28..].iter().zip(EXPECTED) {
        assert!(segment == expected && is_near(at, tenths), "{segment} at {at}");
    }
    assert_eq!(sends.iter().map(|(_, segment, _)| *segment).max(), Some(293));
}

/// One, two, three and four losses from one window.
const DROPS: [&[u32]; 4] = [&[14], &[14, 28], &[14, 26, 28], &[14, 24, 26, 28]];

/// Fall & Floyd 1996 in ns-2 2.35: what Tahoe, Reno, NewReno and SACK send again, up to the first timeout, and how often
/// the timer expires. Times in units of 0.1 ms; none where ns-2's are not at hand: order and number are what counts.
#[test]
fn ns2_retransmissions_and_timeouts_of_sixteen_cases() {
    type Expected = [(&'static [(u32, Option<u64>)], u64); 4];
    const FIRST: (u32, Option<u64>) = (14, Some(20_692));
    let tahoe: Expected = [
        (&[FIRST], 0),
        (&[FIRST, (28, Some(22_811))], 0),
        // It goes back to the first hole and sends on from there: 27, and 25, have arrived before.
        (&[FIRST, (26, Some(22_811)), (27, Some(22_811)), (28, None)], 0),
        (&[FIRST, (24, Some(22_811)), (25, Some(22_811)), (26, None), (27, None), (28, None)], 0),
    ];
    // One loss is repaired; for the second there are too few duplicates that count.
    let reno: Expected = [(&[FIRST], 0), (&[FIRST], 1), (&[FIRST], 1), (&[FIRST], 1)];
    let new_reno: Expected = [
        (&[FIRST], 0),
        (&[FIRST, (28, Some(22_811))], 0),
        (&[FIRST, (26, Some(22_811)), (28, Some(24_930))], 0),
        (&[FIRST, (24, Some(22_811)), (26, Some(24_930)), (28, Some(27_048))], 0),
    ];
    let sack: Expected = [
        (&[FIRST], 0),
        // ns-2, at 2.3437, takes the first SACK beyond a hole for enough; RFC 6675 waits for two more, 10.4 ms each.
        (&[FIRST, (28, Some(23_645))], 0),
        (&[FIRST, (26, None), (28, None)], 0),
        (&[FIRST, (24, None), (26, None), (28, None)], 0),
    ];
    let variants = [Variant::Tahoe, Variant::Reno, Variant::NewReno, Variant::Sack];
    for (variant, expected) in variants.into_iter().zip([tahoe, reno, new_reno, sack]) {
        for (lost, (again, timeouts)) in DROPS.into_iter().zip(expected) {
            let (sends, measured) = fall_and_floyd(variant, lost);
            let resent: Vec<_> = sends.iter().filter(|sent| sent.2 > 1).map(|sent| (sent.1, sent.0)).collect();
            let which = format!("{variant:?}, {lost:?} lost: {resent:?}");
            assert_eq!(measured, timeouts, "{which}");
            if timeouts == 0 {
                assert_eq!(resent.len(), again.len(), "{which}");
            } else {
                // One RTO of a second after the ACK that ended the recovery.
                assert_eq!(resent[again.len()].0, lost[1], "{which}");
                let at = resent[again.len()].1;
                assert!(at.picos().abs_diff(3_281_100_000_000) <= 300_000_000_000, "{which}");
            }
            for (&(segment, tenths), &(resent, at)) in again.iter().zip(&resent) {
                assert_eq!(resent, segment, "{which}");
                assert!(tenths.is_none_or(|tenths| is_near(at, tenths)), "{which}");
            }
            if variant == Variant::Sack {
                // All within 0.28 s, and those two more ACKs.
                assert!(resent.last().unwrap().1.since(resent[0].1) <= ms(280 + 21), "{which}");
            }
        }
    }
}

/// ns-2's order of the totals in six seconds: Tahoe 244, 243, 235, 228; Reno 295, 116, 108, 99; NewReno 295, 282, 253,
/// 228; SACK 293, 277, 275, 273, for one to four losses. ns-2 counts windows in segments and rounds them down; within 2
/// of each other the order says nothing. With four losses NewReno's ssthresh of 7.5 segments rather than 7 tells most.
#[test]
fn ns2_order_of_totals_for_one_to_four_losses() {
    let total = |variant, lost| fall_and_floyd_sends(variant, lost).iter().map(|sent| sent.1).max().unwrap();
    let all: Vec<[u32; 4]> = [Variant::Tahoe, Variant::Reno, Variant::NewReno, Variant::Sack]
        .into_iter()
        .map(|variant| DROPS.map(|lost| total(variant, lost)))
        .collect();
    let theirs = [[244, 243, 235, 228], [295, 116, 108, 99], [295, 282, 253, 228], [293, 277, 275, 273]];
    for one in 0..4 {
        for other in 0..4 {
            for losses in 0..4 {
                if theirs[one][losses] > theirs[other][losses] + 2 {
                    assert!(all[one][losses] > all[other][losses], "{all:?}");
                }
            }
        }
        // More losses, fewer segments.
        assert!(all[one].is_sorted_by(|fewer, more| fewer > more), "{all:?}");
        for losses in 0..4 {
            assert!(all[one][losses].abs_diff(theirs[one][losses]) * 100 <= 8 * theirs[one][losses], "{all:?}");
        }
    }
}
