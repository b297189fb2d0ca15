//! The experiment with every default filled in is an experiment file itself.

use super::{load, shipped};

#[test]
fn the_effective_experiment_of_every_shipped_file_reads_as_the_same() {
    for (path, text) in shipped() {
        let checked = load(&text).unwrap_or_else(|errors| panic!("{}: {:?}", path.display(), super::lines(&errors)));
        let written = serde_json::to_string_pretty(&checked.experiment).unwrap();
        let again = load(&written).unwrap_or_else(|errors| panic!("{}: {:?}", path.display(), super::lines(&errors)));
        assert_eq!(again.experiment, checked.experiment, "{}", path.display());
        assert_eq!(again.topology, checked.topology);
        let runs = |checked: &experiments::file::Checked| {
            checked.plan.iter().map(|run| (run.seed, run.flows.clone(), run.events.clone())).collect::<Vec<_>>()
        };
        assert_eq!(runs(&again), runs(&checked));
    }
}

#[test]
fn no_shipped_file_deserves_a_warning() {
    for (path, text) in shipped() {
        let checked = load(&text).unwrap();
        assert_eq!(super::lines(&checked.warnings), [""; 0], "{}", path.display());
    }
}

#[test]
fn defaults_are_written_out() {
    let checked = load(&super::pair(r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }]"#)).unwrap();
    let written = serde_json::to_value(&checked.experiment).unwrap();
    assert_eq!(written["seed"], 1);
    assert_eq!(written["sample_interval"], "10 ms");
    assert_eq!(written["routing"]["shortest_path"]["multipath"], true);
    assert_eq!(written["flows"][0]["start"], "0 s");
    assert_eq!(written["flows"][0]["tcp"]["congestion_control"], "new_reno");
    assert_eq!(written["flows"][0]["tcp"]["min_rto"], "1 s");
    assert_eq!(written["topology"]["links"][0]["queue"]["drop_tail"], "100 packets");
}

#[test]
fn a_limit_in_bdp_becomes_bytes_in_the_plan() {
    let checked = load(include_str!("../../templates/dumbbell.json")).unwrap();
    let run = &checked.plan[0];
    // Two access links of 1 ms and the bottleneck of 20 ms, there and back: 44 ms at 10 Mbps.
    let limits: Vec<(&str, String, String)> = run
        .bdp_limits
        .iter()
        .map(|limit| (limit.link.name(&run.topology), limit.round_trip.to_string(), limit.limit.to_string()))
        .collect();
    let bdp = |link| (link, "44 ms".to_owned(), "55 kB".to_owned());
    assert_eq!(limits, [bdp("r1->r2"), bdp("r2->r1")]);
    let limit = &run.bdp_limits[0];
    let queue = serde_json::to_value(&limit.link.spec(&run.topology).queue).unwrap();
    assert_eq!(queue["drop_tail"], "55 kB");
}
