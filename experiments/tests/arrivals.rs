//! Flows that come at random: how many, how large, between whom, and how long they take.

mod support;

use experiments::file::plan::{PlannedFlow, RunPoint, Traffic};
use experiments::file::{Overrides, load_text, render};
use support::{mean_and_error, outcome, plan};

/// A dumbbell of two pairs with a round trip of 100 ms and links on which nothing waits.
fn dumbbell(flows: &str, rest: &str) -> String {
    format!(
        r#"{{
            "title": "arrivals", "duration": "10 s",
            "topology": {{ "shape": "dumbbell", "pairs": 2,
                "access": {{ "bandwidth": "10 Gbps", "delay": "1 ms", "queue": {{ "drop_tail": "unlimited" }} }},
                "bottleneck": {{ "bandwidth": "10 Gbps", "delay": "48 ms", "queue": {{ "drop_tail": "unlimited" }} }} }},
            "flows": [ {flows} ]{rest}
        }}"#
    )
}

fn web(arrivals: &str) -> String {
    format!(r#"{{ "name": "web", "from": "left1", "to": "right1", "arrivals": {arrivals}, "tcp": {{}} }}"#)
}

fn size(flow: &PlannedFlow) -> u64 {
    match &flow.traffic {
        Traffic::Tcp { size, .. } => size.expect("flows that come have a size").get(),
        Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => panic!("{} is no TCP flow", flow.name),
    }
}

/// The flows of the group `web`.
fn group(run: &RunPoint) -> &[PlannedFlow] {
    let group = run.groups.iter().find(|group| group.name == "web").expect("the entry makes a group");
    &run.flows[group.flows.clone()]
}

/// The number of arrivals in 10 s at 50 a second has mean and variance 500. Over 300 seeds the mean's standard error is
/// 1.29 and the variance's 41 (σ² √(2 / 299)); each must be within three of them.
#[test]
fn arrivals_are_counted_as_in_a_poisson_process() {
    let flows = web(r#"{ "per_second": 50, "sizes": { "fixed": "1 kB" } }"#);
    let runs = plan(&dumbbell(&flows, r#", "sweep": { "repetitions": 300 }"#));
    let counts: Vec<f64> = runs.iter().map(|run| group(run).len() as f64).collect();
    let (mean, error) = mean_and_error(&counts);
    let variance = error * error * 300.0;
    assert!((mean - 500.0).abs() < 3.0 * 1.29, "mean {mean}");
    assert!((variance - 500.0).abs() < 3.0 * 41.0, "variance {variance}");
}

/// Gaps are exponential: a share e^-1 = 0.3679 of them is longer than the mean of 1 ms. Of about 10 000 the share's
/// standard error is 0.0048.
#[test]
fn gaps_between_arrivals_are_exponential() {
    let flows = web(r#"{ "per_second": 1000, "sizes": { "fixed": "1 kB" } }"#);
    let runs = plan(&dumbbell(&flows, ""));
    let starts: Vec<f64> = group(&runs[0]).iter().map(|flow| flow.start.as_secs_f64()).collect();
    let long = starts.windows(2).filter(|pair| pair[1] - pair[0] > 0.001).count();
    let share = long as f64 / (starts.len() - 1) as f64;
    assert!((share - 0.3679).abs() < 3.0 * 0.0048, "{share} of {}", starts.len());
}

/// Half of 10 Gbit/s in flows of 1 MB: 625 a second. Ten seconds of it have 6250, give or take 3 · √6250 = 237.
#[test]
fn a_load_sets_the_rate_by_the_mean_size() {
    let flows = web(r#"{ "load": { "link": "r1-r2", "share": 0.5 }, "sizes": { "fixed": "1 MB" } }"#);
    let runs = plan(&dumbbell(&flows, ""));
    assert!(group(&runs[0]).len().abs_diff(6_250) < 237, "{}", group(&runs[0]).len());
    // Of the web-search workload, whose mean is 1 711 250 bytes with lines between its points: 365.2 a second.
    let cdf = r#"{ "cdf": { "file": "workloads/web_search.txt" } }"#;
    let flows = web(&format!(r#"{{ "load": {{ "link": "r1->r2", "share": 0.5 }}, "sizes": {cdf} }}"#));
    let runs = plan(&dumbbell(&flows, ""));
    assert!(group(&runs[0]).len().abs_diff(3_652) < 181, "{}", group(&runs[0]).len());
}

#[test]
fn arrivals_keep_to_their_time_and_count() {
    let run = |arrivals: &str| {
        plan(&dumbbell(&web(arrivals).replace("\"arrivals\"", "\"start\": \"2 s\", \"arrivals\""), "")).remove(0)
    };
    let timed = run(r#"{ "per_second": 100, "sizes": { "fixed": "1 kB" }, "until": "3 s" }"#);
    let times: Vec<f64> = group(&timed).iter().map(|flow| flow.start.as_secs_f64()).collect();
    assert!(times.iter().all(|at| (2.0..3.0).contains(at)) && times.is_sorted(), "{times:?}");
    let counted = run(r#"{ "per_second": 100, "sizes": { "fixed": "1 kB" }, "count": 7 }"#);
    let names: Vec<&str> = group(&counted).iter().map(|flow| flow.name.as_str()).collect();
    assert_eq!(names, ["web1", "web2", "web3", "web4", "web5", "web6", "web7"]);
}

#[test]
fn another_flow_changes_no_draw() {
    let arrivals = r#"{ "per_second": 20, "sizes": { "pareto": { "minimum": "1 kB", "shape": 1.5 } } }"#;
    let other = web(arrivals).replace("\"web\"", "\"other\"");
    let facts = |run: &RunPoint| group(run).iter().map(|flow| (flow.start, size(flow))).collect::<Vec<_>>();
    let alone = plan(&dumbbell(&web(arrivals), ""));
    let beside = plan(&dumbbell(&format!("{other}, {}", web(arrivals)), ""));
    assert_eq!(facts(&alone[0]), facts(&beside[0]));
    let others: Vec<_> =
        beside[0].flows.iter().filter(|flow| flow.name.starts_with("other")).map(|f| f.start).collect();
    assert_ne!(others[0], group(&alone[0])[0].start, "each entry has draws of its own");
}

/// Both pairs are drawn equally often: of 1000 each has 500, give or take 3 · √250 = 47.
#[test]
fn with_each_the_pairs_are_drawn() {
    let flows = web(r#"{ "per_second": 1000, "count": 1000, "sizes": { "fixed": "1 kB" } }"#)
        .replace(r#""from": "left1", "to": "right1""#, r#""each": "pair""#);
    let runs = plan(&dumbbell(&flows, ""));
    let flows = group(&runs[0]);
    let first = flows.iter().filter(|flow| flow.from == flows[0].from).count();
    assert!(flows.len() == 1000 && first.abs_diff(500) < 47, "{first}");
}

/// A flow alone: the handshake takes a round trip, data of n windows n - 1 more, and the last arrives half a round trip
/// after it was sent. Windows double from ten segments: 10, 30, 70, 150 segments are sent in 1, 2, 3, 4 of them
/// (COURSE.md row A21; RFC 6928). The links add less than 1 ms.
#[test]
fn a_short_flow_alone_takes_the_handshake_and_its_windows() {
    const ROUND_TRIP: f64 = 0.1;
    for (segments, windows) in [(1, 1), (10, 1), (11, 2), (30, 2), (31, 3), (70, 3), (71, 4), (150, 4)] {
        let flows =
            web(&format!(r#"{{ "per_second": 1, "count": 1, "sizes": {{ "fixed": "{} B" }} }}"#, segments * 1_460))
                .replace(r#""tcp": {}"#, r#""tcp": { "delayed_ack": null }"#);
        let result = outcome(&dumbbell(&flows, ""));
        let completion = result.flows[0].completion_s.expect("it completes");
        let expected = (f64::from(windows) + 0.5) * ROUND_TRIP;
        assert!((completion - expected).abs() < 0.001, "{segments} segments: {completion} s, expected {expected} s");
        // Alone it would take half a round trip, and the time of its bits on one link: 1500 bytes take 1.2 us.
        let alone = 0.05 + f64::from(segments + 2) * 1.2e-6;
        let slowdown = result.flows[0].slowdown().expect("it has one");
        assert!((slowdown - completion / alone).abs() < 1e-6, "{segments} segments: {slowdown}");
    }
}

#[test]
fn expectations_speak_of_a_group_and_of_its_sizes() {
    let sizes = r#"{ "cdf": { "points": [[1460, 50], [1460000, 100]], "interpolation": "step" } }"#;
    let flows = web(&format!(r#"{{ "per_second": 20, "sizes": {sizes}, "until": "8 s" }}"#));
    let expect = r#", "expect": [
        { "flow": "web", "completed": { "equals": 1 } },
        { "flow": "web", "size_below": "10 kB", "completion_mean": { "equals": "150 ms", "within": 0.01 } },
        { "flow": "web", "size_below": "10 kB", "slowdown_p99": { "equals": 3, "within": 0.01 } },
        { "flow": "web", "size_at_least": "10 kB", "completion_p50": { "at_least": "500 ms" } },
        { "flow": "web", "retransmitted_packets": { "equals": 0 } },
        { "flow": "web1", "completion": { "at_least": "140 ms" } }
    ]"#;
    let result = outcome(&dumbbell(&flows, expect));
    for expectation in &result.expectations {
        assert!(expectation.met, "{}: {:?}", expectation.text, expectation.measured);
    }
    let group = &result.groups[0];
    assert_eq!((group.all.flows, group.all.completed), (result.flows.len(), result.flows.len()));
    assert_eq!(group.by_size.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["below 100 kB", "100 kB to 10 MB"]);
}

#[test]
fn flows_that_come_have_no_series_and_are_summed_up() {
    let flows = web(r#"{ "per_second": 20, "sizes": { "fixed": "20 kB" } }"#);
    let result = outcome(&dumbbell(&flows, ""));
    assert!(result.series.flows.iter().all(|series| series.goodput_bps.is_empty()));
    let delivered: u64 = result.flows.iter().map(|flow| flow.delivered_bytes).sum();
    assert!(delivered > 100 * 20_000, "{delivered}");
}

/// What is said about an entry with these arrivals.
fn said(flow: &str) -> String {
    let text = dumbbell(flow, "");
    match load_text("test.json", "test", text.into(), &Overrides::default()) {
        Ok(checked) => panic!("accepted: {:?}", checked.experiment.flows),
        Err(problems) => render::to_text(&problems),
    }
}

#[test]
fn what_makes_no_sense_is_said() {
    let check = |flow: &str, part: &str| {
        let said = said(flow);
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    };
    let fixed = r#""sizes": { "fixed": "1 kB" }"#;
    check(&web(&format!("{{ {fixed} }}")), "Give `per_second` or `load`");
    check(
        &web(&format!(r#"{{ "per_second": 1, "load": {{ "link": "r1->r2", "share": 0.1 }}, {fixed} }}"#)),
        "exclude each other",
    );
    check(&web(&format!(r#"{{ "load": {{ "link": "r1->r3", "share": 0.1 }}, {fixed} }}"#)), "unknown link `r1->r3`");
    check(&web(&format!(r#"{{ "per_second": 1e6, {fixed} }}"#)), "the most is 100000");
    check(&web(&format!(r#"{{ "per_second": 1, {fixed}, "until": "11 s" }}"#)), "after the end of the run");
    check(
        &web(r#"{ "per_second": 1, "sizes": { "cdf": { "file": "nowhere.txt" } } }"#),
        "nowhere.txt: there is no such file",
    );
    check(&web(r#"{ "per_second": 1, "sizes": { "cdf": { "points": [[10, 0.5], [5, 1]] } } }"#), "point 2: the size 5");
    check(&web(r#"{ "per_second": 1, "sizes": { "pareto": { "minimum": "1 kB", "shape": 0.9 } } }"#), "has no mean");
    let flow = web(&format!(r#"{{ "per_second": 1, {fixed} }}"#));
    check(&flow.replace(r#""tcp": {}"#, r#""tcp": { "size": "1 kB" }"#), "`arrivals` gives the sizes");
    check(&flow.replace(r#""tcp": {}"#, r#""ping": {}"#), "goes with `tcp`");
    check(&flow.replace(r#""tcp": {}"#, r#""tcp": {}, "to_port": 80"#), "many flows cannot have one port");
}

/// The effective experiment has the points of the file in it, and so needs no file.
#[test]
fn the_effective_experiment_is_complete_in_itself() {
    let cdf = r#"{ "cdf": { "file": "workloads/web_search.txt" } }"#;
    let text = dumbbell(&web(&format!(r#"{{ "per_second": 5, "sizes": {cdf} }}"#)), "");
    let checked = load_text("test.json", "test", text.into(), &Overrides::default()).expect("a good file");
    let again = serde_json::to_string(&checked.experiment).expect("an experiment is JSON");
    assert!(!again.contains("web_search.txt"), "{again}");
    let facts = |run: &RunPoint| group(run).iter().map(|flow| (flow.start, size(flow))).collect::<Vec<_>>();
    assert_eq!(facts(&plan(&again)[0]), facts(&checked.plan[0]));
}
