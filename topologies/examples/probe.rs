use topologies::import::{self, FileSpec, census::Census};
#[allow(clippy::disallowed_methods)]
fn main() {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file).unwrap();
        let start = std::time::Instant::now();
        match import::read(&bytes, None, &file) {
            Err(e) => println!("{file}: {e}"),
            Ok((f, map)) => {
                println!(
                    "{file}: {} {} nodes {} links {:?} read {:?}",
                    f.name(),
                    map.nodes.len(),
                    map.links.len(),
                    map.tally,
                    start.elapsed()
                );
                let census = Census::new(map.nodes.len() as u32, map.links.iter().map(|l| (l.from, l.to)));
                if map.nodes.len() < 5000 {
                    println!(
                        "   {} comps, lcc {}, diam {}, hops {:?} self {} par {}",
                        census.components,
                        census.largest_component,
                        census.diameter,
                        census.hops_sum,
                        census.self_loops,
                        census.parallel
                    );
                }
                drop(map);
                let start = std::time::Instant::now();
                match FileSpec::new(&file).survey(&bytes) {
                    Ok(s) => println!("{} survey {:?}", s.report, start.elapsed()),
                    Err(p) => println!("{p}"),
                }
            }
        }
    }
}
