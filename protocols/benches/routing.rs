//! Routing protocols on large networks: cold start to convergence.
//!
//! `cargo bench -p protocols --bench routing`

use divan::Bencher;
use protocols::routing::link_state;
use protocols::routing::testing::{Cable, Lab};
use sim_core::time::Duration;

fn main() {
    divan::main();
}

/// Kdl, 754 routers: each hears of all others and computes its paths. Ten seconds are two MinLSIntervals.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn link_state_cold_start_of_kdl(bencher: Bencher<'_, '_>) {
    const ROUTERS: u32 = 754;
    let names: Vec<String> = (0..ROUTERS).map(|at| format!("r{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cables: Vec<Cable> = include_str!("kdl.txt")
        .lines()
        .filter_map(|line| line.split_once(' ').filter(|_| !line.starts_with('#')))
        .map(|(a, b)| Cable::new(a.parse().expect("a number"), b.parse().expect("a number"), 1))
        .collect();
    let build = || Lab::new(1, &names, &cables, &link_state::Config::default(), &[], &[]);
    let converge = |mut lab: Lab| {
        lab.run_until(Duration::from_secs(10));
        lab
    };
    let lab = converge(build());
    let routers = || (0..ROUTERS as usize).map(|at| lab.router(at));
    assert!(routers().all(|router| router.routes().len() == ROUTERS as usize - 1), "all reach all");
    let messages: u64 = routers().map(|router| router.sent().0).sum();
    let computations: u64 = routers().map(|router| router.effort().steps).sum();
    println!("{messages} messages, {computations} edges relaxed until all {ROUTERS} routers reach each other");
    bencher.with_inputs(build).bench_values(converge);
}
