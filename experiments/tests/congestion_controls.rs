//! Whole connections under each congestion control, on networks small enough to know what must come out.

mod support;

use experiments::run::measure::run;
use experiments::run::outcome::Outcome;
use support::{flow, gallery, link, outcome, outcomes};

/// The congestion window of a flow at every sample, in segments of 1000 bytes.
fn windows(run: &Outcome, at: usize) -> Vec<f64> {
    run.series.flows[at].cwnd_bytes.iter().map(|bytes| bytes / 1_000.0).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// One flow over a path that holds nine segments: the tenth is lost. 1040 bytes at 832 kbit/s take 10 ms; with the ACK's
/// 0.385 ms and 60 ms on the wires a round trip takes 70.4 ms: seven segments, and two may wait.
fn sawtooth(congestion_control: &str, duration: &str) -> Outcome {
    outcome(&format!(
        r#"{{
            "title": "sawtooth", "duration": "{duration}", "sample_interval": "1 ms",
            "topology": {{ "nodes": ["a", "b"], "links": [ {{ "from": "a", "to": "b", "bandwidth": "832 kbps",
                "delay": "30 ms", "queue": {{ "drop_tail": "2 packets" }} }} ] }},
            "flows": [ {{ "name": "f", "from": "a", "to": "b", "tcp": {{ "mss": "1000 B", "initial_window": 1,
                "delayed_ack": null, "congestion_control": {congestion_control} }} }} ]
        }}"#
    ))
}

#[test]
fn aimd_without_slow_start_draws_the_sawtooth_of_the_textbook() {
    let run = sawtooth(r#""aimd""#, "20 s");
    assert_eq!(flow(&run, "f").timeouts, 0);
    let windows = windows(&run, 0);
    let mut steps: Vec<u64> = windows.iter().filter(|window| window.is_finite()).map(|&window| window as u64).collect();
    steps.dedup();
    let mut expected: Vec<u64> = (1..=10).collect();
    while expected.len() < steps.len() {
        expected.extend(5..=10);
    }
    assert!(steps.len() > 100, "{steps:?}");
    assert_eq!(steps, expected[..steps.len()]);
    // The windows of a cycle have a mean of 7.5. In time the large ones weigh a little more: a window of five lasts 90 ms
    // (a round trip with two segments waiting), six, seven and eight 80 ms (a round trip, and 10 ms for the additional
    // segment), nine 90 ms, and ten 90 ms until the ACK of the ninth and 30 ms more for three duplicates:
    // (5 * 90 + (6 + 7 + 8) * 80 + 9 * 90 + 10 * 120) / 540 = 7.67.
    let settled = mean(&windows[2_000..]);
    assert!((settled - 7.67).abs() < 0.08, "{settled}");
}

#[test]
fn a_gentler_decrease_gives_a_higher_mean() {
    // AIMD(1, 0.8): 8 for 90 ms, 9 for 90 ms, 10 for 120 ms: 9.1.
    let run = sawtooth(r#"{ "aimd": { "decrease": 0.8 } }"#, "20 s");
    let settled = mean(&windows(&run, 0)[2_000..]);
    assert!((settled - 9.1).abs() < 0.1, "{settled}");
}

#[test]
fn cubic_follows_its_curve_between_two_losses() {
    // Nothing queues, so that the round trip is 100 ms throughout; the 150th segment is lost in slow start.
    let run = outcome(
        r#"{
            "title": "one loss", "duration": "12 s", "sample_interval": "10 ms",
            "topology": { "nodes": ["a", "b"], "links": [ { "from": "a", "to": "b", "bandwidth": "10 Gbps",
                "delay": "50 ms", "queue": { "drop_tail": "unlimited" },
                "loss": { "chosen": { "segments": [ { "flow": "f", "segment": 150 } ] } } } ] },
            "flows": [ { "name": "f", "from": "a", "to": "b", "tcp": { "mss": "1000 B", "receive_buffer": "10 MB",
                "delayed_ack": null, "congestion_control": { "cubic": { "hystart": false } } } } ]
        }"#,
    );
    assert_eq!((flow(&run, "f").fast_retransmits, flow(&run, "f").timeouts), (1, 0));
    let windows = windows(&run, 0);
    let cut = windows.windows(2).position(|pair| pair[1] < pair[0]).expect("a loss") + 1;
    let (w_max, cwnd_epoch) = (windows[cut - 1], windows[cut]);
    assert!((cwnd_epoch / w_max - 0.7).abs() < 0.01, "{w_max} to {cwnd_epoch}");
    // The stage begins with the first ACK after recovery, just before the window first grows.
    let epoch = windows[cut..].iter().position(|&window| window > cwnd_epoch).expect("growth") + cut;
    let k = libm::cbrt((w_max - cwnd_epoch) / 0.4);
    assert!(k > 3.0 && (windows.len() - epoch) as f64 * 0.01 > 1.5 * k, "the run shows both halves: {k}");
    for (at, window) in windows.iter().enumerate().skip(epoch) {
        // The ACKs of a round trip come close together at first; between two flights of them the window stands.
        if *window == windows[at - 1] {
            continue;
        }
        let t = (at - epoch) as f64 * 0.01;
        let expected = 0.4 * (t - k).powi(3) + w_max;
        // Far beyond the plateau the curve is so steep that the time between two ACKs shows.
        let allowed = if t < 1.5 * k { 1.0 } else { 1.0 + 0.02 * expected };
        assert!((window - expected).abs() <= allowed, "{t} s: {window} and not {expected}");
    }
}

#[test]
fn cubic_is_ahead_of_new_reno_on_a_long_fat_path() {
    // A stray loss now and then: after a cut, cubic is back after K, which does not depend on the round trip; Reno needs
    // half its window of round trips.
    let run = |congestion_control: &str| {
        let run = outcome(&format!(
            r#"{{
                "title": "long and fat", "duration": "60 s", "sample_interval": "1 s",
                "topology": {{ "nodes": ["a", "b"], "links": [ {{ "from": "a", "to": "b", "bandwidth": "200 Mbps",
                    "delay": "50 ms", "queue": {{ "drop_tail": "1 bdp" }},
                    "loss": {{ "chosen": {{ "packets": [20000, 120000, 250000, 400000] }} }} }} ] }},
                "flows": [ {{ "name": "f", "from": "a", "to": "b", "tcp": {{ "receive_buffer": "50 MB",
                    "initial_ssthresh": "1 MB", "congestion_control": "{congestion_control}" }} }} ]
            }}"#
        ));
        flow(&run, "f").goodput_bps
    };
    let (cubic, reno) = (run("cubic"), run("new_reno"));
    assert!(cubic > 1.3 * reno, "{cubic} {reno}");
}

#[test]
fn vegas_keeps_two_to_four_packets_in_the_queue() {
    let run = outcome(
        r#"{
            "title": "vegas alone", "duration": "40 s", "sample_interval": "10 ms",
            "topology": { "shape": "dumbbell", "pairs": 1, "access": { "bandwidth": "100 Mbps", "delay": "1 ms" },
                "bottleneck": { "bandwidth": "10 Mbps", "delay": "20 ms", "queue": { "drop_tail": "100 packets" } } },
            "flows": [ { "name": "f", "from": "left1", "to": "right1",
                "tcp": { "delayed_ack": null, "congestion_control": "vegas" } } ]
        }"#,
    );
    assert_eq!(run.packets.dropped.total(), 0);
    let bottleneck = run.links.iter().position(|link| link.name == "r1->r2").expect("the bottleneck");
    let queue: Vec<f64> = run.series.links[bottleneck].queue_packets[2_000..].iter().map(|&n| f64::from(n)).collect();
    let settled = mean(&queue);
    // Diff counts what waits and is in transmission beyond what the empty path holds; a sample falls between two events.
    assert!((2.0..=4.0).contains(&settled), "{settled}");
    assert!(queue.iter().all(|&waiting| (1.0..=5.0).contains(&waiting)), "{queue:?}");
    assert!(link(&run, "r1->r2").utilization > 0.97);
}

#[test]
fn ledbat_keeps_its_target_of_queueing_delay() {
    for target in [25.0, 100.0] {
        let run = outcome(&format!(
            r#"{{
                "title": "ledbat alone", "duration": "60 s", "sample_interval": "10 ms",
                "topology": {{ "shape": "dumbbell", "pairs": 1, "access": {{ "bandwidth": "100 Mbps", "delay": "1 ms" }},
                    "bottleneck": {{ "bandwidth": "5 Mbps", "delay": "15 ms", "queue": {{ "drop_tail": "unlimited" }} }} }},
                "flows": [ {{ "name": "f", "from": "left1", "to": "right1",
                    "tcp": {{ "congestion_control": {{ "ledbat": {{ "target": "{target} ms" }} }} }} }} ]
            }}"#
        ));
        let bottleneck = run.links.iter().position(|link| link.name == "r1->r2").expect("the bottleneck");
        let queue = &run.series.links[bottleneck].queue_packets[3_000..];
        // 1500 bytes at 5 Mbit/s take 2.4 ms.
        let delay_ms = queue.iter().map(|&packets| f64::from(packets)).sum::<f64>() / queue.len() as f64 * 2.4;
        assert!((delay_ms / target - 1.0).abs() < 0.1, "{target} ms: {delay_ms}");
        assert!(link(&run, "r1->r2").utilization > 0.8);
    }
}

#[test]
fn ledbat_yields_to_new_reno_and_takes_the_path_back() {
    // The queue holds 200 ms, twice LEDBAT's target.
    let run = outcome(
        r#"{
            "title": "scavenger", "duration": "180 s", "sample_interval": "1 s",
            "topology": { "shape": "dumbbell", "pairs": 2, "access": { "bandwidth": "100 Mbps", "delay": "1 ms" },
                "bottleneck": { "bandwidth": "10 Mbps", "delay": "20 ms", "queue": { "drop_tail": "250 kB" } } },
            "flows": [
                { "name": "background", "from": "left1", "to": "right1", "tcp": { "congestion_control": "ledbat" } },
                { "name": "reno", "from": "left2", "to": "right2", "start": "30 s", "stop": "120 s", "tcp": {} } ]
        }"#,
    );
    let rate = |from: usize, until: usize| mean(&run.series.flows[0].throughput_bps[from..until]) / 10e6;
    assert!(rate(15, 30) > 0.95, "alone at first: {}", rate(15, 30));
    assert!(rate(60, 120) < 0.1, "beside NewReno: {}", rate(60, 120));
    assert!(rate(150, 180) > 0.95, "alone again: {}", rate(150, 180));
}

#[test]
fn stray_losses_cost_westwood_less_than_new_reno() {
    // Half a percent of the packets is lost on a path that could carry them all: with an ACK for two segments Reno's window
    // is at sqrt(3/4 / 0.005) = 12 segments, that of Westwood+ near the 33 segments that the path was seen to carry.
    let run = |congestion_control: &str| {
        let run = outcome(&format!(
            r#"{{
                "title": "noisy", "duration": "120 s", "sample_interval": "1 s",
                "topology": {{ "nodes": ["a", "b"], "links": [ {{ "from": "a", "to": "b", "bandwidth": "4 Mbps",
                    "delay": "50 ms", "queue": {{ "drop_tail": "1 bdp" }},
                    "loss": {{ "bernoulli": {{ "probability": 0.005 }} }}, "reverse": {{ "loss": null }} }} ] }},
                "flows": [ {{ "name": "f", "from": "a", "to": "b",
                    "tcp": {{ "congestion_control": "{congestion_control}" }} }} ]
            }}"#
        ));
        flow(&run, "f").goodput_bps
    };
    let (westwood, reno) = (run("westwood"), run("new_reno"));
    assert!(westwood > 1.5 * reno, "{westwood} {reno}");
}

/// Two flows on one path with a router that marks both at once when more than 20 packets wait, in place of dropping from
/// one or the other. The first has the path, of some 225 segments, to itself for 5 s. Their windows just after each cut.
fn chiu_and_jain(congestion_control: &str, second_starts_with: u32) -> Vec<[f64; 2]> {
    let run = outcome(&format!(
        r#"{{
            "title": "Chiu and Jain", "duration": "40 s", "sample_interval": "5 ms",
            "topology": {{ "shape": "dumbbell", "pairs": 2, "access": {{ "bandwidth": "1 Gbps", "delay": "1 ms" }},
                "bottleneck": {{ "bandwidth": "41.6 Mbps", "delay": "20 ms",
                    "queue": {{ "step_marking": {{ "threshold": "20 packets", "limit": "unlimited" }} }} }} }},
            "flows": [
                {{ "name": "first", "from": "left1", "to": "right1", "tcp": {{ "mss": "1000 B", "initial_window": 100,
                    "delayed_ack": null, "ecn": "classic", "receive_buffer": "4 MB",
                    "congestion_control": {congestion_control} }} }},
                {{ "name": "second", "from": "left2", "to": "right2", "start": "5 s", "tcp": {{ "mss": "1000 B",
                    "initial_window": {second_starts_with}, "delayed_ack": null, "ecn": "classic", "receive_buffer": "4 MB",
                    "congestion_control": {congestion_control} }} }} ]
        }}"#
    ));
    assert_eq!(run.packets.dropped.total(), 0);
    let (first, second) = (windows(&run, 0), windows(&run, 1));
    let mut seen = Vec::new();
    // Beyond the second's first ten round trips. Both are cut within one round trip of 44 ms.
    for at in 1_100..first.len() - 12 {
        if first[at] < first[at - 1] {
            seen.push([first[at + 12], second[at + 12]]);
        }
    }
    seen
}

#[test]
fn two_aimd_flows_halve_their_difference_at_every_mark() {
    let seen = chiu_and_jain(r#""aimd""#, 20);
    let differences: Vec<f64> = seen.iter().map(|[first, second]| first - second).collect();
    assert!(differences.len() >= 6 && differences[0] > 20.0, "{differences:?}");
    for pair in differences.windows(2).take_while(|pair| pair[0] > 2.0) {
        assert!((0.4..=0.6).contains(&(pair[1] / pair[0])), "{differences:?}");
    }
    assert!(differences.last().expect("a cut").abs() < 4.0, "{differences:?}");
}

#[test]
fn two_aiad_flows_keep_their_difference() {
    let seen = chiu_and_jain(r#""aiad""#, 20);
    let differences: Vec<f64> = seen.iter().map(|[first, second]| first - second).collect();
    assert!(differences.len() > 50 && differences[0] > 30.0, "{differences:?}");
    for difference in &differences {
        assert!((difference / differences[0] - 1.0).abs() < 0.15, "{differences:?}");
    }
}

#[test]
fn two_mimd_flows_keep_their_ratio() {
    // Slowly, so that it matters little who is cut a round trip later, or grew just before the cut.
    let seen = chiu_and_jain(r#"{ "mimd": { "increase": 1.02 } }"#, 60);
    let ratios: Vec<f64> = seen.iter().map(|[first, second]| first / second).collect();
    assert!(ratios.len() >= 15 && ratios[0] > 2.0, "{ratios:?}");
    for ratio in &ratios {
        assert!((ratio / ratios[0] - 1.0).abs() < 0.15, "{ratios:?}");
    }
}

#[test]
fn dctcp_keeps_the_queue_near_its_threshold() {
    // Alizadeh et al. 2010, section 3.3: N flows in step, K the threshold, C RTT = 20 packets of 12 us in 240 us. The queue
    // rises to K + N = 22 and falls from there by sqrt(2 N (C RTT + K)) / 2 = 6.3, to 15.7.
    let run = outcome(
        r#"{
            "title": "dctcp", "duration": "2 s", "sample_interval": "100 us",
            "topology": { "shape": "dumbbell", "pairs": 2, "access": { "bandwidth": "10 Gbps", "delay": "10 us" },
                "bottleneck": { "bandwidth": "1 Gbps", "delay": "90 us",
                    "queue": { "step_marking": { "threshold": "20 packets", "limit": "250 packets" } } } },
            "flows": [
                { "name": "A", "from": "left1", "to": "right1", "tcp": { "congestion_control": "dctcp" } },
                { "name": "B", "from": "left2", "to": "right2", "start": "1 ms", "tcp": { "congestion_control": "dctcp" } } ]
        }"#,
    );
    let bottleneck = run.links.iter().position(|link| link.name == "r1->r2").expect("the bottleneck");
    let queue: Vec<f64> = run.series.links[bottleneck].queue_packets[2_000..].iter().map(|&n| f64::from(n)).collect();
    assert_eq!(run.packets.dropped.total(), 0);
    let settled = mean(&queue);
    assert!((15.0..=22.0).contains(&settled), "{settled}");
    let outside = queue.iter().filter(|&&waiting| !(11.0..=26.0).contains(&waiting)).count();
    assert!(outside as f64 / (queue.len() as f64) < 0.05, "{outside} of {}", queue.len());
    assert!(link(&run, "r1->r2").utilization > 0.99);
}

#[test]
fn the_buffer_decides_how_much_of_the_link_one_new_reno_flow_uses() {
    // In units of the bandwidth-delay product and the empty path's round trip: the window climbs from (1 + b) / 2 to 1 + b.
    // Below 1 a round trip takes 1 and carries W; above, it takes W and carries W.
    let runs = outcomes(
        r#"{
            "title": "one sawtooth", "duration": "150 s", "sample_interval": "1 s",
            "topology": { "nodes": ["a", "b"], "links": [ { "from": "a", "to": "b", "bandwidth": "40 Mbps",
                "delay": "30 ms", "queue": { "drop_tail": "1 bdp" } } ] },
            "flows": [ { "name": "f", "from": "a", "to": "b", "tcp": { "delayed_ack": null, "receive_buffer": "4 MB" } } ],
            "sweep": { "grid": { "topology.links[0].queue.drop_tail": ["0.1 bdp", "0.3 bdp", "0.5 bdp", "1 bdp"] } }
        }"#,
    );
    for (run, buffer) in runs.iter().zip([0.1, 0.3, 0.5, 1.0]) {
        let forward = run.links.iter().position(|link| link.name == "a->b").expect("the link");
        let used: Vec<f64> =
            run.series.links[forward].utilization[30..].iter().map(|&share| f64::from(share)).collect();
        let (least, most): (f64, f64) = ((1.0 + buffer) / 2.0, 1.0 + buffer);
        let carried = (most.powi(2) - least.powi(2)) / 2.0;
        let taken = (1.0 - least) + (most.powi(2) - 1.0) / 2.0;
        // A recovery takes a round trip more.
        assert!((mean(&used) / (carried / taken) - 1.0).abs() < 0.03, "{buffer}: {} {}", mean(&used), carried / taken);
    }
}

#[test]
fn many_answers_at_once_overflow_the_queue_with_new_reno_and_not_with_dctcp() {
    let runs: Vec<Outcome> =
        gallery("dctcp_incast.json", &[]).iter().map(|point| run(point, &mut ()).expect("a run that ends")).collect();
    let [dctcp, reno] = runs.as_slice() else { panic!("two runs") };
    let timeouts = |run: &Outcome| run.flows.iter().map(|flow| flow.timeouts).sum::<u64>();
    let slowest = |run: &Outcome| run.flows.iter().filter_map(|flow| flow.completion_s).fold(0.0, f64::max);
    assert_eq!((dctcp.packets.dropped.total(), timeouts(dctcp)), (0, 0));
    assert!(timeouts(reno) > 0);
    // 40 answers of 64 kB take 21.3 ms at 1 Gbit/s, headers included; a timeout takes 200 ms.
    assert!(slowest(dctcp) < 0.025 && slowest(reno) > 0.2, "{} {}", slowest(dctcp), slowest(reno));
}

/// Ware et al., IMC 2019: BBR keeps two bandwidth-delay products in flight at most. In a small buffer its losses do not
/// move it, and CUBIC starves; in a large one CUBIC takes what BBR leaves.
#[test]
fn the_share_of_bbr_beside_cubic_falls_as_the_buffer_grows() {
    let runs = gallery("bbr_vs_cubic.json", &["sweep.repetitions=2"]);
    assert_eq!(runs.len(), 10);
    let share_of = |index: usize| {
        let pair = [2 * index, 2 * index + 1].map(|at| {
            let outcome = run(&runs[at], &mut ()).expect("a run that ends");
            let (bbr, cubic) = (flow(&outcome, "bbr").goodput_bps, flow(&outcome, "cubic").goodput_bps);
            bbr / (bbr + cubic)
        });
        mean(&pair)
    };
    // 0.5, 1, 2, 4 and 8 bandwidth-delay products.
    let shares = [0, 1, 2, 3, 4].map(share_of);
    assert!(shares[0] > 0.5 && shares[1] > 0.5 && shares[3] < 0.5 && shares[4] < 0.5, "{shares:?}");
    assert!(shares[0] > shares[2] && shares[2] > shares[3] && shares[2] > shares[4], "{shares:?}");
}
