use super::losses::inflight_at_loss;
use super::*;

const MSS: u64 = 1_000;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// After a handshake of 100 ms.
fn bbr() -> Bbr3 {
    let mut it = Bbr3::new(&Config {}, &Start { mss: MSS, initial_window: 10 * MSS, initial_ssthresh: UNLIMITED });
    it.on_open(&Opening { now: Time::ZERO, rtt: Some(ms(100)), seed: 1, repair: Repair::Sack });
    it
}

/// One that has learned 8 Mbit/s, a BDP of 100 segments, and cruises.
fn cruising() -> Bbr3 {
    let mut it = bbr();
    it.max_bw = Rate::from_mbps(8);
    it.bw = it.max_bw;
    it.max_bw_filter.update(0, it.max_bw.bps());
    it.is_full_bw_reached = true;
    it.cwnd = 200 * MSS;
    it.start_down(Time::ZERO);
    it.start_cruise();
    it
}

fn lost(in_flight_at_send: u64, lost_bytes: u64) -> LostSegment {
    LostSegment {
        now: Time::ZERO + ms(500),
        bytes: MSS,
        in_flight_at_send,
        lost_bytes,
        total_delivered: 1_000_000,
        is_app_limited: false,
        mss: MSS,
    }
}

/// An ACK of one segment at 8 Mbit/s; it ends a round if it was sent when more than ever had been delivered.
fn delivery(prior_delivered: u64, total_delivered: u64) -> Delivery {
    Delivery {
        now: Time::ZERO + ms(500),
        delivered_bytes: MSS,
        marked_bytes: 0,
        lost_bytes: 0,
        pipe: 150 * MSS,
        mss: MSS,
        rtt: None,
        is_cwnd_limited: false,
        is_round_start: false,
        is_recovering: false,
        rate: Some(RateSample {
            delivered_bytes: 50 * MSS,
            interval: ms(50),
            prior_delivered,
            total_delivered,
            in_flight_at_send: 100 * MSS,
            lost_bytes: 0,
            is_app_limited: false,
        }),
    }
}

/// Section 5.6.2: 2.77 times ten segments in 100 ms.
#[test]
fn the_first_pacing_rate_is_that_of_the_initial_window() {
    assert_eq!(bbr().pacing_rate(), Some(Rate::from_bps(2_216_000)));
}

/// 99 segments before it and one lost: (0.02 · 99000 - 1000) / 0.98 = 1000 bytes of the segment still fit.
#[test]
fn the_loss_threshold_is_crossed_within_a_segment() {
    assert_eq!(inflight_at_loss(&lost(100 * MSS, 2 * MSS)), 99_000 + 1_000);
    // Two lost before: the threshold was crossed already.
    assert_eq!(inflight_at_loss(&lost(100 * MSS, 3 * MSS)), 99_000);
}

#[test]
fn more_than_two_percent_lost_is_too_high() {
    let it = bbr();
    assert!(!it.is_inflight_too_high(2 * MSS, 100 * MSS));
    assert!(it.is_inflight_too_high(2 * MSS + 1, 100 * MSS));
}

#[test]
fn without_sack_any_loss_is_too_high() {
    let it = Bbr3 { repair: Repair::PartialAcks, ..bbr() };
    assert!(it.is_inflight_too_high(1, 100 * MSS));
    assert!(!it.is_inflight_too_high(0, 100 * MSS));
}

#[test]
fn a_probe_that_loses_too_much_sets_the_long_term_bound_once() {
    let mut it = cruising();
    it.state = State::Up;
    it.probe_bw.is_sample = true;
    it.on_loss(&lost(150 * MSS, 3 * MSS));
    assert_eq!((it.longterm_bound(), it.state()), (None, State::Up), "two percent of 150 segments are three");
    it.on_loss(&lost(150 * MSS, 4 * MSS));
    // 149 segments before it, three of them lost: 0.02 · 149 is less than three.
    assert_eq!((it.longterm_bound(), it.state()), (Some(149 * MSS), State::Down));
    it.on_loss(&lost(120 * MSS, 9 * MSS));
    assert_eq!(it.longterm_bound(), Some(149 * MSS));
}

#[test]
fn the_long_term_bound_is_no_less_than_beta_times_the_bdp() {
    let mut it = cruising();
    it.state = State::Up;
    it.probe_bw.is_sample = true;
    it.on_loss(&lost(20 * MSS, 5 * MSS));
    assert_eq!(it.longterm_bound(), Some(70 * MSS));
}

#[test]
fn while_cruising_fifteen_percent_of_the_bound_stay_free() {
    let mut it = cruising();
    it.inflight_longterm = 100 * MSS;
    assert_eq!(it.inflight_with_headroom(), 85 * MSS);
    it.bound_cwnd_for_model();
    assert_eq!(it.cwnd(), 85 * MSS);
    // At least one segment stays free, and four are used.
    it.inflight_longterm = 5 * MSS;
    assert_eq!(it.inflight_with_headroom(), 4 * MSS);
    it.inflight_longterm = 6 * MSS;
    assert_eq!(it.inflight_with_headroom(), 5 * MSS);
}

/// The round with the loss delivered at the old rate: the bound is 8 Mbit/s still. Two ACKs together have raised cwnd by
/// what they bring, to 202 segments; 0.7 of them remain, more than the 50 that were delivered.
#[test]
fn a_loss_while_cruising_lowers_the_short_term_bounds_at_the_end_of_the_round() {
    let mut it = cruising();
    it.on_delivery(&delivery(900_000, 1_000_000));
    it.on_loss(&lost(100 * MSS, MSS));
    it.on_delivery(&delivery(950_000, 1_001_000));
    assert_eq!(it.inflight_shortterm, UNLIMITED, "the round is not over");
    it.on_delivery(&delivery(1_000_500, 1_100_000));
    assert_eq!((it.bw_shortterm, it.inflight_shortterm), (Rate::from_mbps(8), 141_400));
    assert_eq!(it.cwnd(), 141_400);
    // No further loss, no further cut.
    it.on_delivery(&delivery(1_100_500, 1_200_000));
    assert_eq!(it.inflight_shortterm, 141_400);
}

/// The slope doubles each round: cwnd / 1, / 2, / 4 bytes acknowledged for every segment more.
#[test]
fn the_long_term_bound_grows_by_one_two_four_segments_a_round() {
    let mut it = cruising();
    it.state = State::Up;
    it.inflight_longterm = 200 * MSS;
    it.cwnd = 200 * MSS;
    let sample = delivery(0, 1_000_000);
    let mut grown = Vec::new();
    for _ in 0..3 {
        it.rounds.is_start = false;
        let before = it.inflight_longterm;
        it.cwnd = it.inflight_longterm;
        it.raise_longterm_slope();
        let window = it.cwnd / MSS;
        for _ in 0..window {
            it.cwnd = it.inflight_longterm;
            it.probe_longterm_upward(&Delivery { is_cwnd_limited: true, ..sample });
        }
        grown.push((it.inflight_longterm - before) / MSS);
    }
    assert_eq!(grown, [1, 2, 4]);
}

#[test]
fn a_timeout_leaves_one_segment_and_the_end_of_its_repair_restores_the_window() {
    let mut it = cruising();
    it.on_timeout(&TimeoutEvent {
        now: Time::ZERO + ms(400),
        flight_size: 200 * MSS,
        mss: MSS,
        attempt: crate::congestion::Attempt::First,
    });
    assert_eq!(it.cwnd(), MSS);
    it.on_delivery(&Delivery { is_recovering: true, ..delivery(0, 500_000) });
    assert_eq!(it.cwnd(), 4 * MSS);
    it.on_delivery(&delivery(0, 501_000));
    // Twice the BDP, and what the ACKs brought in excess of it: at most what was delivered.
    assert!((200 * MSS..=202 * MSS).contains(&it.cwnd()), "{}", it.cwnd());
}

#[test]
fn the_waits_between_probes_are_two_to_three_seconds_and_differ_by_connection() {
    let wait = |seed| {
        let mut it = bbr();
        it.on_open(&Opening { now: Time::ZERO, rtt: Some(ms(100)), seed, repair: Repair::Sack });
        it.start_down(Time::ZERO);
        it.probe_bw.wait
    };
    let waits: std::collections::BTreeSet<Duration> = (0..20).map(wait).collect();
    assert_eq!(waits.len(), 20);
    assert!(waits.iter().all(|wait| (Duration::from_secs(2)..Duration::from_secs(3)).contains(wait)), "{waits:?}");
}
