//! Queues against their closed forms: M/M/1, M/D/1 and M/M/1/K (Kleinrock, Queueing Systems I, 1975).
//!
//! Each check runs a hundred thousands of packets under several seeds. The half-width of the 95 % interval must be at
//! most 2 % of the mean, and the truth must lie within three standard errors.

mod support;

use support::{link, mean_and_error, outcomes};

/// Mean waiting times at a server of 1 Mbit/s, one for each of `seeds` runs.
fn waits(load_percent: u32, size: &str, duration_s: u32, seeds: u32) -> Vec<f64> {
    // 1250 bytes at 1 Mbit/s: 10 ms, so the server handles 100 packets a second.
    let text = format!(
        r#"{{
            "title": "a queue", "seed": 1, "duration": "{duration_s} s", "sample_interval": "{duration_s} s",
            "topology": {{ "nodes": ["a", "b"], "links": [ {{ "from": "a", "to": "b", "bandwidth": "1 Mbps",
                "delay": "0 s", "mtu": "1 GB", "queue": {{ "drop_tail": "unlimited" }} }} ] }},
            "flows": [ {{ "name": "customers", "from": "a", "to": "b",
                "udp": {{ "poisson": {{ "rate": "{} kbps", "packet_size": {size} }} }} }} ],
            "sweep": {{ "repetitions": {seeds} }}
        }}"#,
        10 * load_percent
    );
    outcomes(&text).iter().map(|outcome| link(outcome, "a->b").queueing_delay_mean_s).collect()
}

fn check(expected_s: f64, waits: &[f64]) {
    let (mean, error) = mean_and_error(waits);
    // Student's t for 95 % and 19 degrees of freedom is 2.093, for more it is less.
    assert!(waits.len() >= 20 && 2.093 * error <= 0.02 * mean, "half-width {} of {mean}", 2.093 * error);
    assert!((mean - expected_s).abs() <= 3.0 * error, "{mean} +- {error}, expected {expected_s}");
}

/// Mean service time in seconds.
const SERVICE: f64 = 0.01;
const EXPONENTIAL: &str = r#"{ "exponential": { "mean": "1250 B" } }"#;
const CONSTANT: &str = r#""1250 B""#;

#[test]
fn exponential_sizes_wait_as_in_m_m_1() {
    // Wq = rho / (mu (1 - rho)). The heavier the load, the longer the run it takes to tell.
    for (load, duration, seeds) in [(30, 1_000, 20), (60, 1_000, 20), (90, 5_000, 20)] {
        let rho = f64::from(load) / 100.0;
        check(SERVICE * rho / (1.0 - rho), &waits(load, EXPONENTIAL, duration, seeds));
    }
}

#[test]
fn constant_sizes_wait_half_as_long_as_in_m_d_1() {
    // Wq = rho / (2 mu (1 - rho)): Pollaczek and Khinchine.
    for (load, duration, seeds) in [(30, 1_000, 20), (60, 1_000, 20), (90, 5_000, 20)] {
        let rho = f64::from(load) / 100.0;
        check(SERVICE * rho / (2.0 * (1.0 - rho)), &waits(load, CONSTANT, duration, seeds));
    }
}

#[test]
fn a_full_queue_drops_as_in_m_m_1_k() {
    // Ten places, one of them in service: a limit of nine waiting packets.
    let text = r#"{
        "title": "a queue", "duration": "12500 s", "sample_interval": "12500 s",
        "topology": { "nodes": ["a", "b"], "links": [ { "from": "a", "to": "b", "bandwidth": "1 Mbps",
            "delay": "0 s", "mtu": "1 GB", "queue": { "drop_tail": "9 packets" } } ] },
        "flows": [ { "name": "customers", "from": "a", "to": "b",
            "udp": { "poisson": { "rate": "800 kbps", "packet_size": { "exponential": { "mean": "1250 B" } } } } } ]
    }"#;
    let outcome = support::outcome(text);
    let queue = link(&outcome, "a->b");
    let arrivals = outcome.packets.sent as f64;
    assert!(arrivals > 900_000.0);
    let (rho, places) = (0.8_f64, 10);
    let expected = (1.0 - rho) * rho.powi(places) / (1.0 - rho.powi(places + 1));
    let measured = queue.dropped.total() as f64 / arrivals;
    assert!((measured / expected - 1.0).abs() < 0.05, "{measured}, expected {expected}");
    // By Little's law, the mean queue is the rate of those that get in times their wait.
    let admitted = (arrivals - queue.dropped.total() as f64) / 12_500.0;
    assert!((queue.queue_packets_mean / (admitted * queue.queueing_delay_mean_s) - 1.0).abs() < 0.001);
}
