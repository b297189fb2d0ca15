//! Links whose bandwidth follows a trace: reading it, what it changes, and what is said about mistakes.

mod support;

use std::path::Path;

use experiments::file::{Checked, Overrides, load, load_text, render};
use experiments::run::measure::run;
use experiments::run::outcome::Outcome;
use sim_core::delivery::DeliveryTrace;
use sim_core::time::{Duration, Time};
use support::{flow, link};

/// Two hosts, a trace between them, and the rest of the experiment, in a folder with the trace `t`.
fn checked(trace: &str, of_link: &str, rest: &str) -> Result<Checked, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("t"), trace).expect("a file");
    let text = format!(
        r#"{{ "title": "t", "duration": "10 s", "topology": {{ "links": [ {{ "from": "a", "to": "b", {of_link} }} ] }},
{rest} }}"#
    );
    let file = folder.path().join("test.json");
    load_text(&file.display().to_string(), "test", text.into(), &Overrides::default()).map_err(|said| {
        let lines = said.list.iter().map(|one| format!("{}: {}", one.path, one.message));
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn outcome(trace: &str, of_link: &str, rest: &str) -> Outcome {
    let checked = checked(trace, of_link, rest).unwrap_or_else(|said| panic!("{said}"));
    run(&checked.plan[0], &mut ()).expect("a run that ends")
}

const TRACED: &str = r#""bandwidth_trace": "t""#;

/// 1000 packets of 1500 bytes are 1.2 s of 10 Mbit/s.
fn datagrams(rate: &str) -> String {
    format!(
        r#""flows": [ {{ "name": "f", "from": "a", "to": "b", "udp": {{ "constant": {{ "rate": "{rate}", "packet_size": "1500 B" }} }} }} ]"#
    )
}

#[test]
fn utilization_is_the_share_used_of_what_is_offered() {
    // Of 12 Mbit/s offered half is used, although packets wait for their chances nearly all the time.
    let outcome = outcome("1\n", TRACED, &datagrams("6 Mbps"));
    let used = link(&outcome, "a->b").utilization;
    assert!((used - 0.5).abs() < 0.001, "{used}");
    let series = &outcome.series.links[0];
    assert!(series.utilization[1..].iter().all(|used| (used - 0.5).abs() < 0.11), "{:?}", series.utilization);
    assert!(series.offered_bps[1..].iter().all(|&bps| (bps - 12e6).abs() < 1.0), "{:?}", series.offered_bps);
    assert_eq!(link(&outcome, "a->b").bandwidth_bps, 12e6);
}

#[test]
fn a_flow_gets_what_the_trace_offers_and_no_more() {
    // 9 Mbit/s for half of the time: in 10 s 5.625 MB, 3750 packets, the last of which may be under way.
    let outcome = outcome("1 9\n2 0\n", TRACED, &datagrams("20 Mbps"));
    let packets = flow(&outcome, "f").delivered_packets;
    assert!((3749..=3750).contains(&packets), "{packets}");
    assert!(link(&outcome, "a->b").utilization > 0.999);
}

#[test]
fn limits_in_bdp_take_the_mean_rate() {
    let of_link = r#""bandwidth_trace": "t", "delay": "50 ms", "queue": { "drop_tail": "1 bdp" }"#;
    // 8 Mbit/s on average, 100 ms there and back: 100 kB.
    let outcome = outcome("1 12\n2 4\n", of_link, &datagrams("1 Mbps"));
    assert_eq!(link(&outcome, "a->b").limit_bytes, Some(100_000));
}

#[test]
fn the_way_back_can_have_a_bandwidth_of_its_own() {
    let of_link = r#""bandwidth_trace": "t", "reverse": { "bandwidth": "7 Mbps" }"#;
    let there = checked("1\n", of_link, &datagrams("1 Mbps")).unwrap();
    let cable = &there.topology.cables[0];
    assert!(cable.forward.deliveries.is_some() && cable.backward.deliveries.is_none());
    assert_eq!(cable.backward.bandwidth.to_string(), "7 Mbps");
    let of_link = r#""bandwidth": "7 Mbps", "reverse": { "bandwidth_trace": "t" }"#;
    let back = checked("1\n", of_link, &datagrams("1 Mbps")).unwrap();
    let cable = &back.topology.cables[0];
    assert!(cable.forward.deliveries.is_none() && cable.backward.deliveries.is_some());
    assert_eq!(cable.forward.bandwidth.to_string(), "7 Mbps");
    for checked in [there, back] {
        let written = serde_json::to_value(&checked.experiment).expect("JSON");
        let read: experiments::file::spec::Experiment = serde_json::from_value(written.clone()).expect("its own");
        assert_eq!(read, checked.experiment, "{written}");
        let links = &written["topology"]["links"][0];
        assert!(links["bandwidth"].is_null() != links["bandwidth_trace"].is_null(), "{links}");
    }
}

#[test]
fn mistakes_are_said_where_the_trace_is_named() {
    let check = |trace: &str, of_link: &str, rest: &str, expected: &str| {
        assert_eq!(checked(trace, of_link, rest).map(|_| ()), Err(expected.to_owned()));
    };
    let flow = datagrams("1 Mbps");
    let at = "topology.links[0].bandwidth_trace";
    check("", r#""bandwidth_trace": "u""#, &flow, &format!("{at}: u: there is no such file"));
    check("", r#""bandwidth_trace": "..""#, &flow, &format!("{at}: ..: this is a directory, not a trace file"));
    check("5\n3\n", TRACED, &flow, &format!("{at}: t:2: 3 ms is before 5 ms, the line above: time goes back"));
    check("0\n", TRACED, &flow, &format!("{at}: t: the last number is the period, after which all begins anew: not 0"));
    check(
        "1\n",
        r#""bandwidth": "1 Mbps", "bandwidth_trace": "t""#,
        &flow,
        &format!("{at}: `bandwidth` and `bandwidth_trace` exclude each other: give one of them"),
    );
    let event = format!(
        r#"{flow}, "events": [ {{ "at": "1 s", "set_bandwidth": {{ "link": "a-b", "bandwidth": "1 Mbps" }} }} ]"#
    );
    check(
        "1\n",
        TRACED,
        &event,
        "events[0].set_bandwidth.link: the bandwidth of `a->b` follows its trace: it cannot be set",
    );
}

#[test]
fn a_cut_loses_what_waits_and_chances_pass_by() {
    let rest = format!(
        r#"{}, "events": [ {{ "at": "2 s", "link_down": "a-b" }}, {{ "at": "7 s", "link_up": "a-b" }} ]"#,
        datagrams("20 Mbps")
    );
    let outcome = outcome("1\n", TRACED, &rest);
    // Half of the time, all chances are used; in the other half none.
    let used = link(&outcome, "a->b").utilization;
    assert!((used - 0.5).abs() < 0.001, "{used}");
    assert!(outcome.packets.are_conserved());
}

/// Two packets of 1500 bytes come together to chances at 2 and 10 ms: at the mean rate of 2.4 Mbit/s, 5 ms a packet, the first
/// has 2 ms of transmission and no wait, the second 5 ms after a wait of 5 ms.
#[test]
fn waiting_and_transmission_make_up_the_time_at_a_link() {
    let rest = r#""flows": [ { "name": "f", "from": "a", "to": "b",
        "udp": { "scheduled": { "times": ["0 s", "0 s"], "packet_size": "1500 B" } } } ], "charts": ["delay_anatomy"]"#;
    let outcome = outcome("2\n10\n", r#""bandwidth_trace": "t", "delay": "1 ms""#, rest);
    let hop = &outcome.anatomy[0].hops[0];
    let means = [hop.queueing_s, hop.transmission_s, hop.propagation_s].map(|seconds| (seconds * 1e6).round());
    assert_eq!(means, [2_500.0, 3_500.0, 1_000.0]);
}

/// The recorded traces in the folder `NETSIM_TRACES`: lines, seconds, and mean rate as their source lists them.
#[test]
fn recorded_traces_have_their_published_sums() {
    let Some(folder) = std::env::var_os("NETSIM_TRACES") else { return };
    let known = [
        ("ATT-LTE-driving-2016.down", 45_604, 120.0, 4.56),
        ("ATT-LTE-driving-2016.up", 19_101, 120.0, 1.91),
        ("Verizon-LTE-short.down", 58_655, 140.0, 5.03),
    ];
    for (name, lines, seconds, mbps) in known {
        let path = Path::new(&folder).join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let trace = DeliveryTrace::parse(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        // Chances at 0 stand at the end of the round before, too: one of the two is left out.
        let tick = Duration::from_picos(1);
        let round = Time::ZERO + tick + trace.period();
        let offered = trace.offered_before(round) - trace.offered_before(Time::ZERO + tick);
        assert_eq!(offered / 1_500, lines, "{name}");
        assert!((trace.period().as_secs_f64() - seconds).abs() < 0.05, "{name}: {}", trace.period());
        assert!((trace.mean_rate().bps() as f64 / 1e6 - mbps).abs() < 0.005, "{name}: {}", trace.mean_rate());
    }
}

#[test]
fn the_trace_of_the_gallery_has_the_chances_that_its_source_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cellular_download.json");
    let checked = load(&path, &Overrides::default()).unwrap_or_else(|said| panic!("{}", render::to_text(&said)));
    let trace = checked.topology.cables[1].forward.deliveries.as_ref().expect("a trace");
    let end = Time::ZERO + trace.period() + Duration::from_picos(1);
    assert_eq!((trace.period().to_string(), trace.offered_before(end) / 1_500), ("30 s".to_owned(), 16_576));
}
