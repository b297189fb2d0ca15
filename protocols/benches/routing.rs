//! Routing protocols on large networks: cold start to convergence.
//!
//! `cargo bench -p protocols --bench routing`

#[path = "../tests/internet/graph.rs"]
#[allow(dead_code, reason = "shared with the tests on hierarchies")]
mod graph;

use divan::Bencher;
use protocols::routing::distance_vector::Memory;
use protocols::routing::testing::{Cable, Lab};
use protocols::routing::{distance_vector, link_state};
use sim_core::random::Random;
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
    let mut lab = converge(build());
    let routers = || (0..ROUTERS as usize).map(|at| lab.router(at));
    assert!(routers().all(|router| router.routes().len() == ROUTERS as usize - 1), "all reach all");
    let messages: u64 = routers().map(|router| router.sent().0).sum();
    let relaxed: u64 = routers().map(|router| router.effort().steps).sum();
    let last = (0..ROUTERS as usize).filter_map(|at| lab.changes(at).last().map(|change| change.time)).max();
    let last = last.expect("tables have changed");
    println!("{messages} messages, {relaxed} edges relaxed, the last route set at {last}");
    bencher.with_inputs(build).bench_values(converge);
}

/// 400 routers and 800 links at random, a hop each: each hears of all others within the first regular interval, by
/// triggered updates 1 to 5 s apart. Both forms of memory.
#[divan::bench(sample_count = 3, sample_size = 1, args = [Memory::EveryVector, Memory::BestRoute])]
fn distance_vector_cold_start_of_400_routers(bencher: Bencher<'_, '_>, remember: Memory) {
    const ROUTERS: u32 = 400;
    const LINKS: u32 = 800;
    let mut random = Random::stream(1, "routers", "links");
    let names: Vec<String> = (0..ROUTERS).map(|at| format!("r{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // The first links make a tree.
    let cable = |link: u32| {
        let a = if link < ROUTERS { link } else { 1 + random.below(u64::from(ROUTERS) - 1) as u32 };
        Cable::new(a, random.below(u64::from(a)) as u32, 1)
    };
    let cables: Vec<Cable> = (1..=LINKS).map(cable).collect();
    let config = distance_vector::Config { remember, ..distance_vector::Config::default() };
    let build = || Lab::new(1, &names, &cables, &config, &[], &[]);
    let converge = |mut lab: Lab| {
        lab.run_until(Duration::from_secs(60));
        lab
    };
    let mut lab = converge(build());
    let nodes = 0..ROUTERS as usize;
    assert!(nodes.clone().all(|at| lab.router(at).routes().len() == ROUTERS as usize - 1), "all reach all");
    let messages: u64 = nodes.clone().map(|at| lab.router(at).sent().0).sum();
    let bytes: u64 = nodes.clone().map(|at| lab.router(at).sent().1).sum();
    let compared: u64 = nodes.clone().map(|at| lab.router(at).effort().steps).sum();
    let last = nodes.flat_map(|at| lab.changes(at)).map(|change| change.time).max().expect("tables have changed");
    println!(
        "{remember:?}: {messages} messages, {bytes} bytes, {compared} entries compared in 60 s; settled at {last}"
    );
    bencher.with_inputs(build).bench_values(converge);
}

/// Hierarchies of autonomous systems, one prefix announced at the bottom: sessions open, and everyone finds a path by the
/// policies of customers, peers and providers. Two minutes are several MRAIs of 30 s and three KEEPALIVEs each way.
#[divan::bench(sample_count = 3, sample_size = 1, args = [750, 1_500, 3_000])]
fn path_vector_one_prefix(bencher: Bencher<'_, '_>, systems: u32) {
    let graph = graph::AsGraph::random(systems, &mut Random::stream(1, "systems", "bench"));
    let config = graph.config(systems - 1, Duration::from_secs(30));
    let (names, cables) = (graph.names(), graph.cables());
    let prefix = graph::PREFIX.parse().expect("a prefix");
    let build = || Lab::new(1, &names, &cables, &config, &[prefix], &[]);
    let converge = |mut lab: Lab| {
        lab.run_until(Duration::from_secs(120));
        lab
    };
    let mut lab = converge(build());
    let nodes = 0..systems as usize;
    assert!(nodes.clone().all(|at| lab.router(at).routes().len() == 1), "all reach it");
    let messages: u64 = nodes.clone().map(|at| lab.router(at).sent().0).sum();
    let bytes: u64 = nodes.clone().map(|at| lab.router(at).sent().1).sum();
    let compared: u64 = nodes.clone().map(|at| lab.router(at).effort().steps).sum();
    let last = nodes.flat_map(|at| lab.changes(at)).map(|change| change.time).max().expect("tables have changed");
    println!(
        "{} sessions: {messages} messages, {bytes} bytes, {compared} paths compared, {} events; settled after {:.0} s",
        cables.len(),
        lab.simulation.events(),
        last.as_secs_f64(),
    );
    bencher.with_inputs(build).bench_values(converge);
}
