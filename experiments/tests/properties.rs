//! Whatever the network does to packets: none is lost from the books, links keep their order, TCP delivers everything
//! once and in order.

mod support;

use std::collections::BTreeMap;

use experiments::run::build::build;
use proptest::prelude::*;
use sim_core::ids::LinkId;
use sim_core::time::{Duration, Time};
use sim_core::trace::{TraceFilter, What};
use support::{flow, outcome, plan};

/// A link with all that can go wrong on it.
#[derive(Clone, Debug)]
struct Bad {
    bandwidth_kbps: u32,
    delay_us: u32,
    queue: u32,
    loss: f64,
    duplicate: f64,
    reorder: f64,
    bit_errors: f64,
}

fn bad() -> impl Strategy<Value = Bad> {
    let chances = (0.0..0.08_f64, 0.0..0.1_f64, 0.0..0.2_f64, 0.0..4e-6_f64);
    ((200..20_000_u32, 0..40_000_u32, 2..60_u32), chances).prop_map(
        |((bandwidth_kbps, delay_us, queue), (loss, duplicate, reorder, bit_errors))| Bad {
            bandwidth_kbps,
            delay_us,
            queue,
            loss,
            duplicate,
            reorder,
            bit_errors,
        },
    )
}

fn link(from: &str, to: &str, bad: &Bad) -> String {
    format!(
        r#"{{ "from": "{from}", "to": "{to}", "bandwidth": "{} kbps", "delay": "{} us",
            "queue": {{ "drop_tail": "{} packets" }}, "loss": {{ "bernoulli": {{ "probability": {} }} }},
            "duplicate": {}, "reorder": {{ "probability": {}, "extra_delay": "7 ms" }}, "bit_error_rate": {} }}"#,
        bad.bandwidth_kbps, bad.delay_us, bad.queue, bad.loss, bad.duplicate, bad.reorder, bad.bit_errors
    )
}

fn transfer(first: &Bad, second: &Bad, seed: u64, has_sack: bool, duration: &str) -> String {
    format!(
        r#"{{ "title": "a bad way", "seed": {seed}, "duration": "{duration}", "sample_interval": "{duration}",
            "topology": {{ "links": [ {}, {} ] }},
            "flows": [
                {{ "name": "f", "from": "a", "to": "b",
                   "tcp": {{ "size": "120 kB", "sack": {has_sack}, "max_retries": 100, "receive_buffer": "16 kB" }} }},
                {{ "name": "p", "from": "b", "to": "a", "stop": "15 s",
                   "udp": {{ "poisson": {{ "rate": "50 kbps", "packet_size": "300 B" }} }} }} ] }}"#,
        link("a", "r", first),
        link("r", "b", second)
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// A run checks by itself that packets are conserved, and fails if they are not.
    #[test]
    fn everything_arrives_once_and_in_order(
        first in bad(), second in bad(), seed in 0..u64::MAX / 2, has_sack in any::<bool>(),
    ) {
        // A day is enough for 83 segments on the worst of these ways.
        let outcome = outcome(&transfer(&first, &second, seed, has_sack, "24 h"));
        let f = flow(&outcome, "f");
        prop_assert_eq!(f.delivered_bytes, 120_000);
        prop_assert!(f.completion_s.is_some());
        prop_assert!(outcome.packets.are_conserved());
    }

    #[test]
    fn links_keep_the_order_of_their_packets_and_time_never_goes_back(
        first in bad(), second in bad(), seed in 0..u64::MAX / 2,
    ) {
        let (first, second) = (Bad { reorder: 0.0, ..first }, Bad { reorder: 0.0, ..second });
        let point = plan(&transfer(&first, &second, seed, true, "20 s")).remove(0);
        let mut simulation = build(&point).expect("a valid network").simulation;
        simulation.set_trace(&TraceFilter::All);
        let mut entered: BTreeMap<LinkId, Time> = BTreeMap::new();
        let mut last = Time::ZERO;
        while simulation.now() < Time::ZERO + Duration::from_secs(20) {
            simulation.run_until(simulation.now() + Duration::from_millis(100)).expect("no livelock");
            prop_assert!(simulation.packets().are_conserved());
            for record in simulation.take_records() {
                prop_assert!(record.time >= last);
                last = record.time;
                if let What::Arrived { link, queued_at } = record.what {
                    let before = entered.insert(link, queued_at).unwrap_or(Time::ZERO);
                    prop_assert!(queued_at >= before && queued_at <= record.time);
                }
            }
        }
    }
}
