//! What holds for every algorithm of the registry, and how the registry reads and writes.

use proptest::prelude::*;
use serde_json::{from_str, json, to_value};

use super::*;

const MSS: u64 = 1_000;

fn all() -> impl Iterator<Item = Spec> {
    KNOWN.iter().map(|(name, _, _)| Spec::by_name(name).expect("what is known has a spec"))
}

#[test]
fn a_name_alone_means_the_customary_parameters() {
    assert_eq!(from_str::<Spec>(r#""new_reno""#).unwrap(), Spec::NewReno(new_reno::Config {}));
    assert_eq!(from_str::<Spec>(r#""fixed_window""#).unwrap(), Spec::FixedWindow(fixed_window::Config::default()));
}

#[test]
fn parameters_stand_under_the_name() {
    let spec = from_str::<Spec>(r#"{ "fixed_window": { "segments": 4 } }"#).unwrap();
    assert_eq!(spec, Spec::FixedWindow(fixed_window::Config { segments: 4 }));
    assert_eq!(from_str::<Spec>(r#"{ "new_reno": {} }"#).unwrap(), Spec::NewReno(new_reno::Config {}));
}

#[test]
fn an_algorithm_without_parameters_prints_as_its_name() {
    assert_eq!(to_value(Spec::NewReno(new_reno::Config {})).unwrap(), json!("new_reno"));
    let fixed = Spec::FixedWindow(fixed_window::Config { segments: 4 });
    assert_eq!(to_value(fixed).unwrap(), json!({ "fixed_window": { "segments": 4 } }));
}

#[test]
fn an_unknown_name_is_refused_with_the_known_ones() {
    for text in [r#""newreno""#, r#"{ "newreno": {} }"#] {
        let error = from_str::<Spec>(text).unwrap_err().to_string();
        assert!(error.contains("newreno") && error.contains("new_reno") && error.contains("fixed_window"), "{error}");
    }
}

#[test]
fn two_algorithms_at_once_are_refused() {
    assert!(from_str::<Spec>(r#"{ "new_reno": {}, "fixed_window": {} }"#).is_err());
    assert!(from_str::<Spec>("{}").is_err());
}

#[test]
fn every_spec_survives_writing_and_reading() {
    for spec in all() {
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(from_str::<Spec>(&text).unwrap(), spec, "{text}");
    }
}

#[test]
fn the_schema_offers_the_name_and_the_object() {
    let schema = serde_json::to_string(&schemars::schema_for!(Spec)).unwrap();
    assert!(schema.contains(r#""const":"new_reno""#), "{schema}");
    assert!(schema.contains(r#""required":["fixed_window"]"#), "{schema}");
}

proptest! {
    #[test]
    fn a_loss_never_widens_a_window_of_two_segments_or_more(
        acked in prop::collection::vec(1..20_000_u64, 0..50),
        share in 0.0..=1.0_f64,
    ) {
        for spec in all() {
            let mut control = spec.build(&testing::start(10));
            let mut now = Time::ZERO;
            for &acked_bytes in &acked {
                now += Duration::from_millis(10);
                control.on_ack(&AckEvent { now, rtt: Some(Duration::from_millis(100)), ..testing::ack(acked_bytes) });
            }
            let before = control.cwnd().max(2 * MSS);
            let flight_size = (before as f64 * share) as u64;
            for signal in [Signal::Loss, Signal::EcnEcho] {
                let mut control = control.clone();
                control.on_congestion(&CongestionEvent { now, signal, flight_size, mss: MSS });
                prop_assert!(control.cwnd() <= before, "{}: {before} to {}", spec.name(), control.cwnd());
            }
        }
    }

    #[test]
    fn huge_windows_do_not_overflow(events in prop::collection::vec((0..4_u8, 1..1_u64 << 52), 0..100)) {
        for spec in all() {
            let start = Start { mss: 9_000, initial_window: 1 << 61, initial_ssthresh: UNLIMITED };
            let mut control = spec.build(&start);
            let mut now = Time::ZERO;
            for &(kind, bytes) in &events {
                now += Duration::from_millis(1 + bytes % 1_000_000);
                let (rtt, mss, flight_size) = (Some(Duration::from_millis(bytes % 1_000)), 9_000, bytes);
                let is_round_start = bytes % 3 == 0;
                match kind {
                    0 | 1 => {
                        control.on_delivery(&Delivery { now, rtt, mss, is_round_start, ..testing::delivery(bytes) });
                        let ack = AckEvent { now, rtt, srtt: rtt, mss, flight_size, is_round_start, ..testing::ack(bytes) };
                        control.on_ack(&ack);
                    }
                    2 => control.on_congestion(&CongestionEvent { now, mss, ..testing::loss(bytes) }),
                    _ => control.on_timeout(&TimeoutEvent { now, mss, ..testing::timeout(bytes) }),
                }
                prop_assert!(control.cwnd() >= 9_000, "{} after {kind}", spec.name());
            }
        }
    }

    #[test]
    fn whatever_happens_the_window_holds_a_segment(
        events in prop::collection::vec((0..9_u8, 1..100_000_u64), 0..200),
    ) {
        for spec in all() {
            let mut control = spec.build(&Start { mss: MSS, initial_window: 10 * MSS, initial_ssthresh: UNLIMITED });
            control.on_open(&Opening { now: Time::ZERO, rtt: None, repair: Repair::Sack, seed: 1 });
            let (mut now, mut total_delivered) = (Time::ZERO, 0);
            for &(kind, bytes) in &events {
                now += Duration::from_micros(bytes);
                total_delivered += bytes;
                match kind {
                    0 => control.on_ack(&AckEvent {
                        now,
                        acked_bytes: bytes,
                        delivered_bytes: bytes,
                        flight_size: bytes,
                        mss: MSS,
                        rtt: Some(Duration::from_nanos(bytes)),
                        srtt: Some(Duration::from_nanos(bytes)),
                        one_way_delay: Some(Duration::from_nanos(bytes)),
                        is_cwnd_limited: bytes % 2 == 0,
                        is_round_start: bytes % 3 == 0,
                    }),
                    1 => control.on_congestion(&CongestionEvent { now, signal: Signal::Loss, flight_size: bytes, mss: MSS }),
                    2 => control.on_exit_recovery(&RecoveryExit {
                        now,
                        flight_size: bytes,
                        mss: MSS,
                        repair: if bytes % 2 == 0 { Repair::Sack } else { Repair::PartialAcks },
                    }),
                    3 => control.on_timeout(&TimeoutEvent {
                        now,
                        flight_size: bytes,
                        mss: MSS,
                        attempt: if bytes % 2 == 0 { Attempt::First } else { Attempt::Repeated },
                    }),
                    4 => control.on_congestion(&CongestionEvent {
                        now,
                        signal: Signal::EcnEcho,
                        flight_size: bytes,
                        mss: MSS,
                    }),
                    5 => control.on_delivery(&Delivery {
                        now,
                        delivered_bytes: bytes,
                        marked_bytes: if bytes % 5 == 0 { bytes } else { 0 },
                        lost_bytes: bytes / 7,
                        pipe: bytes,
                        mss: MSS,
                        rtt: Some(Duration::from_nanos(bytes)),
                        is_cwnd_limited: bytes % 2 == 0,
                        is_round_start: bytes % 3 == 0,
                        is_recovering: bytes % 11 == 0,
                        rate: (bytes % 4 > 0).then(|| RateSample {
                            delivered_bytes: bytes,
                            interval: Duration::from_nanos(bytes),
                            prior_delivered: total_delivered.saturating_sub(bytes),
                            total_delivered,
                            in_flight_at_send: bytes,
                            lost_bytes: bytes / 7,
                            is_app_limited: bytes % 13 == 0,
                        }),
                    }),
                    6 => control.on_loss(&LostSegment {
                        now,
                        bytes: MSS,
                        in_flight_at_send: bytes,
                        lost_bytes: bytes / 7,
                        total_delivered,
                        is_app_limited: bytes % 13 == 0,
                        mss: MSS,
                    }),
                    7 => control.on_wake(now),
                    _ => control.on_restart(&RestartEvent { now, initial_window: 10 * MSS, mss: MSS }),
                }
                prop_assert!(control.cwnd() >= MSS, "{} after {kind}", spec.name());
                prop_assert!(control.pacing_rate() != Some(Rate::from_bps(0)), "{} after {kind}", spec.name());
            }
        }
    }
}
