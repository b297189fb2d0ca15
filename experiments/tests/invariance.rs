//! What must not change the results: partitions, forms of queues, slices, clones, probes, unrelated flows.

mod support;

use experiments::file::plan::RunPoint;
use experiments::run::build::describe;
use experiments::run::measure::{Recording, run, run_recording};
use experiments::run::outcome::Outcome;
use sim_core::network::{DropTailForm, Network};
use sim_core::random::Random;
use sim_core::simulation::{PacketCounts, Progress, Simulation};
use sim_core::time::{Duration, Time};
use sim_core::trace::TraceFilter;
use support::{flow, gallery, outcome};

/// Gallery files and what makes them short enough to run many times.
const FILES: &[(&str, &[&str])] = &[
    ("fairness.json", &["duration=8 s", "flows[1].start=1 s", "flows[2].start=2 s", "flows[2].stop=6 s", "expect=[]"]),
    ("slow_start.json", &[]),
    ("udp_versus_tcp.json", &["duration=6 s", "flows[1].start=1 s", "flows[1].stop=5 s", "expect=[]"]),
    ("bufferbloat.json", &["duration=10 s"]),
    ("parking_lot.json", &["duration=6 s", "expect=[]"]),
    ("delay_anatomy.json", &["duration=3 s"]),
    ("go_back_n_vs_selective_repeat.json", &[]),
    ("bbr_fairness.json", &["duration=4 s", "flows[1].start=1 s", "expect=[]"]),
    ("dctcp_incast.json", &["expect=[]"]),
    ("silly_small_packets.json", &[]),
    (
        "incast.json",
        &["flows[0].tcp.min_rto=1 ms", "duration=50 ms", "expect=[]", "sweep.grid={}", "sweep.zip={\"seed\": [1]}"],
    ),
    ("count_to_infinity.json", &["expect=[]"]),
    ("micro_loop.json", &["expect=[]"]),
    (
        "link_failure_ls_vs_dv_vs_pv.json",
        &[
            "duration=120 s",
            "events[1].at=115 s",
            "charts=[\"convergence\"]",
            "expect=[]",
            "sweep.zip={\"routing\": [\"link_state\", {\"distance_vector\": {\"infinity\": 100000}}, {\"path_vector\": {\"mrai\": \"5 s\"}}]}",
        ],
    ),
    ("hijack_more_specific.json", &["duration=220 s", "events[4].at=218 s", "charts=[\"convergence\"]", "expect=[]"]),
    ("cellular_download.json", &["duration=8 s", "expect=[]", "sweep.zip={\"seed\": [1, 2]}"]),
    ("cubic_vs_reno.json", &["duration=4 s", "expect=[]"]),
    ("bench/dumbbell_16.json", &["duration=0.3 s", "expect=[]", "sample_interval=100 ms"]),
    ("bench/fat_tree_8.json", &["duration=4 ms", "expect=[]", "sample_interval=1 ms"]),
];

fn end(point: &RunPoint) -> Time {
    Time::ZERO + point.experiment.duration
}

fn finish(mut simulation: Simulation, point: &RunPoint) -> (u64, PacketCounts, u64) {
    simulation.run_until(end(point)).expect("no livelock");
    assert!(simulation.packets().are_conserved());
    (simulation.fingerprint(), simulation.packets(), simulation.events())
}

fn built(point: &RunPoint, change: impl FnOnce(&mut Network)) -> Simulation {
    let (mut network, ..) = describe(point);
    change(&mut network);
    network.build().expect("a valid network")
}

/// Checks that `variant` gives the same run for every file.
fn check(variant: impl Fn(&RunPoint) -> (u64, PacketCounts, u64)) {
    for (file, set) in FILES {
        for point in gallery(file, set) {
            let plain = finish(built(&point, |_| {}), &point);
            assert!(plain.1.delivered > 100, "{file} does too little");
            assert_eq!(variant(&point), plain, "{file}");
        }
    }
}

#[test]
fn explicit_queues_give_the_same_run() {
    check(|point| finish(built(point, |network| network.set_drop_tail_form(DropTailForm::Explicit)), point));
}

#[test]
fn three_and_eight_random_partitions_give_the_same_run() {
    for parts in [3, 8] {
        check(|point| {
            let nodes = point.topology.nodes.len() as u64;
            let parts = parts.min(nodes);
            let mut random = Random::stream(parts, "test", "division");
            let division = (0..nodes).map(|node| if node < parts { node } else { random.below(parts) } as u32);
            finish(built(point, |network| network.divide(division.collect())), point)
        });
    }
}

#[test]
fn a_run_in_slices_gives_the_same_run() {
    check(|point| {
        let mut simulation = built(point, |_| {});
        while simulation.run_for(end(point), 777).expect("no livelock") == Progress::More {}
        finish(simulation, point)
    });
}

#[test]
fn a_clone_in_the_middle_gives_the_same_run() {
    check(|point| {
        let mut original = built(point, |_| {});
        original.run_until(Time::ZERO + point.experiment.duration / 2).expect("no livelock");
        let clone = original.clone();
        let (there, here) = (finish(original, point), finish(clone, point));
        assert_eq!(there, here);
        here
    });
}

#[test]
fn traces_and_samples_change_nothing() {
    check(|point| {
        let mut simulation = built(point, |_| {});
        simulation.set_trace(&TraceFilter::All);
        let mut at = Time::ZERO;
        let mut last = Time::ZERO;
        while at < end(point) {
            at = end(point).min(at + point.experiment.duration / 97 + Duration::from_picos(1));
            simulation.run_until(at).expect("no livelock");
            for record in simulation.take_records() {
                assert!(record.time >= last, "time goes back");
                last = record.time;
            }
        }
        finish(simulation, point)
    });
}

#[test]
fn a_measured_run_has_the_fingerprint_of_a_bare_one() {
    for (file, set) in FILES {
        for point in gallery(file, set) {
            let measured = run(&point, &mut ()).expect("a run that ends");
            assert_eq!(measured.fingerprint, finish(built(&point, |_| {}), &point).0, "{file}");
        }
    }
}

#[test]
fn what_is_recorded_for_charts_changes_nothing() {
    for (file, set) in FILES {
        for mut point in gallery(file, set) {
            // All charts that apply.
            std::sync::Arc::make_mut(&mut point.experiment).charts = None;
            let recorded = run_recording(&point, &mut (), Recording::FOR_CHARTS).expect("a run that ends");
            let bare = run(&point, &mut ()).expect("a run that ends");
            assert!(bare.windows.is_empty() && bare.packets_of.is_empty(), "{file}: nothing is recorded unasked");
            // Of datagrams one way there is nothing to record; of routing, its journal is kept in any case.
            let is_told = recorded.routing.is_some() || file.starts_with("delay");
            assert!(!recorded.packets_of.is_empty() || is_told, "{file}: nothing was recorded");
            let rows = |outcome: &Outcome| {
                outcome.routing.as_ref().map(|routing| format!("{:?} {:?}", routing.changes, routing.phases))
            };
            assert_eq!(rows(&recorded), rows(&bare), "{file}");
            assert_eq!((recorded.fingerprint, recorded.events), (bare.fingerprint, bare.events), "{file}");
            assert_eq!(format!("{:?}", recorded.series), format!("{:?}", bare.series), "{file}");
        }
    }
}

/// Two dumbbells side by side, joined by nothing that matters; `extra` flows run in the second one.
fn side_by_side(extra: &str) -> String {
    format!(
        r#"{{
            "title": "two dumbbells", "duration": "10 s",
            "topology": {{ "links": [
                {{ "from": "a1", "to": "r1", "bandwidth": "100 Mbps", "delay": "1 ms" }},
                {{ "from": "a2", "to": "r1", "bandwidth": "100 Mbps", "delay": "1 ms" }},
                {{ "from": "r1", "to": "r2", "bandwidth": "5 Mbps", "delay": "10 ms", "queue": {{ "drop_tail": "20 packets" }},
                   "loss": {{ "bernoulli": {{ "probability": 0.005 }} }} }},
                {{ "from": "r2", "to": "b1", "bandwidth": "100 Mbps", "delay": "1 ms" }},
                {{ "from": "r2", "to": "b2", "bandwidth": "100 Mbps", "delay": "1 ms" }},
                {{ "from": "c1", "to": "r3", "bandwidth": "100 Mbps", "delay": "1 ms" }},
                {{ "from": "r3", "to": "d1", "bandwidth": "5 Mbps", "delay": "10 ms" }},
                {{ "from": "r3", "to": "r2", "bandwidth": "5 Mbps", "delay": "10 ms" }} ] }},
            "flows": [ {extra}
                {{ "name": "A", "from": "a1", "to": "b1", "tcp": {{}} }},
                {{ "name": "P", "from": "a2", "to": "b2",
                   "udp": {{ "poisson": {{ "rate": "1 Mbps", "packet_size": "500 B" }} }} }} ]
        }}"#
    )
}

#[test]
fn an_unrelated_flow_changes_nobody_elses_decisions() {
    let alone = outcome(&side_by_side(""));
    let extra = r#"{ "name": "X", "from": "c1", "to": "d1", "tcp": {} },
        { "name": "Y", "from": "c1", "to": "d1", "udp": { "poisson": { "rate": "2 Mbps", "packet_size": "700 B" } } },"#;
    let together = outcome(&side_by_side(extra));
    for name in ["A", "P"] {
        let (one, other) = (flow(&alone, name), flow(&together, name));
        assert!(one.lost_packets > 0, "{name} loses nothing, so the test says little");
        assert_eq!(
            (one.sent_packets, one.delivered_bytes, one.retransmitted_packets, one.lost_packets, one.rtt, one.delay),
            (
                other.sent_packets,
                other.delivered_bytes,
                other.retransmitted_packets,
                other.lost_packets,
                other.rtt,
                other.delay
            )
        );
    }
}

#[test]
fn nodes_and_links_declared_in_reverse_give_the_same_run() {
    let nodes = ["a1", "a2", "r1", "r2", "r3", "b1", "b2"];
    let links = [
        r#"{ "from": "a1", "to": "r1", "bandwidth": "100 Mbps", "delay": "1 ms" }"#,
        r#"{ "from": "a2", "to": "r1", "bandwidth": "100 Mbps", "delay": "1 ms" }"#,
        r#"{ "from": "r1", "to": "r2", "bandwidth": "5 Mbps", "delay": "10 ms", "queue": { "drop_tail": "10 packets" } }"#,
        r#"{ "from": "r1", "to": "r3", "bandwidth": "5 Mbps", "delay": "5 ms", "queue": { "drop_tail": "10 packets" } }"#,
        r#"{ "from": "r3", "to": "r2", "bandwidth": "5 Mbps", "delay": "5 ms" }"#,
        r#"{ "from": "r2", "to": "b1", "bandwidth": "100 Mbps", "delay": "1 ms" }"#,
        r#"{ "from": "r2", "to": "b2", "bandwidth": "100 Mbps", "delay": "1 ms" }"#,
    ];
    let flows = [
        r#"{ "name": "A", "from": "a1", "to": "b1", "tcp": {} }"#,
        r#"{ "name": "B", "from": "a2", "to": "b2", "tcp": {} }"#,
        r#"{ "name": "C", "from": "a2", "to": "b1", "udp": { "constant": { "rate": "1 Mbps", "packet_size": "500 B" } } }"#,
    ];
    let text = |routing: &str, is_reversed: bool| {
        let list = |items: &[&str]| {
            let mut items: Vec<&str> = items.to_vec();
            if is_reversed {
                items.reverse();
            }
            items.join(", ")
        };
        let nodes: Vec<String> = nodes.iter().map(|node| format!("\"{node}\"")).collect();
        let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
        format!(
            r#"{{ "title": "either way", "duration": "10 s", "routing": {routing},
                "topology": {{ "nodes": [ {} ], "links": [ {} ] }}, "flows": [ {} ] }}"#,
            list(&nodes),
            list(&links),
            list(&flows)
        )
    };
    for routing in [r#""shortest_path""#, r#""link_state""#, r#""distance_vector""#, r#""path_vector""#] {
        let (one, other) = (outcome(&text(routing, false)), outcome(&text(routing, true)));
        assert!(one.packets.dropped.total() > 0);
        let told = |outcome: &Outcome| (outcome.fingerprint, outcome.packets, outcome.events);
        assert_eq!(told(&one), told(&other), "{routing}");
    }
}
