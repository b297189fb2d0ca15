//! Whole experiments, shortened: `cargo bench -p experiments` prints packet-hops per second.
//!
//! Compare ratios within one run, on one machine.

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use experiments::file::{Overrides, load};
use experiments::run::measure::run;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10, args = ["dumbbell_2 2 s", "dumbbell_16 2 s", "dumbbell_128 2 s", "chain_udp 1 s", "fat_tree_8 0.02 s"])]
fn packet_hops(bencher: Bencher<'_, '_>, case: &str) {
    let (file, duration) = case.split_once(' ').expect("a file and a duration");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench").join(format!("{file}.json"));
    let set = ["expect=[]".to_owned(), format!("duration={duration}"), format!("sample_interval={duration}")];
    let checked = load(&path, &Overrides { set: set.into(), ..Overrides::default() });
    let point = checked.expect("a valid experiment").plan.remove(0);
    let hops = run(&point, &mut ()).expect("a run that ends").packet_hops;
    bencher.counter(ItemsCount::new(hops)).bench_local(|| run(&point, &mut ()).expect("a run that ends"));
}
