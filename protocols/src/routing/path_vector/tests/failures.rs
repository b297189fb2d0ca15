//! Random networks in which cables are cut and mended, and routers fail and start anew: what stands in the end are the
//! shortest paths of what is left.

use sim_core::random::Random;

use super::*;
use crate::routing::router::Detection;

/// How many cables from everywhere to a router, over cables that are whole and routers that are alive.
fn distances(pairs: &[(u32, u32)], is_whole: &[bool], is_alive: &[bool], to: usize) -> Vec<Option<u64>> {
    let mut found = vec![None; is_alive.len()];
    let mut wave = if is_alive[to] { vec![to] } else { Vec::new() };
    for distance in 0.. {
        wave.retain(|&at| found[at].is_none());
        if wave.is_empty() {
            break;
        }
        wave.iter().for_each(|&at| found[at] = Some(distance));
        let whole = || pairs.iter().zip(is_whole).filter(|(_, is_whole)| **is_whole).map(|(pair, _)| *pair);
        let ends = || whole().flat_map(|(a, b)| [(a as usize, b as usize), (b as usize, a as usize)]);
        wave = ends().filter(|(a, b)| wave.contains(a) && is_alive[*b]).map(|(_, b)| b).collect();
    }
    found
}

#[test]
fn after_any_failures_the_paths_are_the_shortest_of_what_is_left() {
    for seed in 1..=120 {
        let mut random = Random::stream(seed, "failures", "test");
        let mut below = |end: usize| random.below(end as u64) as usize;
        let size = 4 + below(6);
        let names: Vec<String> = (0..size).map(|at| format!("r{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // A tree, and as many cables again anywhere, some of them side by side.
        let mut pairs: Vec<(u32, u32)> = (1..size).map(|at| (at as u32, below(at) as u32)).collect();
        pairs.extend((1..size).map(|at| (at as u32, below(at) as u32)));
        let detection = if below(2) == 0 { Detection::Carrier } else { Detection::Silence };
        let config = Config {
            mrai: seconds(1),
            keepalive: seconds(3),
            hold_time: seconds(9),
            connect_retry: seconds(5),
            detection,
            ..Config::default()
        };
        // Something happens every 1 to 12 s: within and beyond the hold time.
        let (mut is_whole, mut is_alive) = (vec![true; pairs.len()], vec![true; size]);
        let mut script = Vec::new();
        let mut now = seconds(5);
        for _ in 0..14 {
            now += Duration::from_millis(1_000 + below(11_000) as u64);
            if below(3) > 0 {
                let cable = below(pairs.len());
                is_whole[cable] ^= true;
                script.extend(if is_whole[cable] { Lab::mend(now, cable) } else { Lab::cut(now, cable) });
            } else {
                let router = below(size);
                is_alive[router] ^= true;
                let command = if is_alive[router] { RouterCommand::Boot } else { RouterCommand::Crash };
                script.push((now, say(router, command)));
            }
        }
        let mut lab = lab(&names, &pairs, &config, &script);
        lab.run_until(now + seconds(120));
        for to in 0..size {
            let expected = distances(&pairs, &is_whole, &is_alive, to);
            let found =
                (0..size).map(|from| Some(lab.router(from).routes().get(&Destination::Endpoint(to as u32))?.cost));
            assert_eq!(found.collect::<Vec<_>>(), expected, "seed {seed}, to {to}, by {detection:?}");
        }
    }
}
