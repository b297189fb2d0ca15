//! docs/adding-a-congestion-control.md and docs/adding-a-routing-protocol.md do what they say: their files compile beside
//! the others, pass their own tests, and one line registers each.

/// Looks to the guide's file as `protocols::congestion` will.
mod congestion {
    use protocols::congestion::*;
    use sim_core::time::Time;
    use sim_core::units::Rate;

    #[allow(unreachable_pub, reason = "a crate of tests exports nothing; `protocols` will")]
    mod scalable;
    #[allow(dead_code, reason = "the guide needs some of it")]
    #[path = "../../../src/congestion/testing.rs"]
    mod testing;

    // Shadows the names that came with the glob.
    protocols::registry! {
        NewReno => new_reno,
        Scalable => scalable,
    }

    use testing::{MSS, ack, loss, start};

    const GUIDE: &str = include_str!("../../../docs/adding-a-congestion-control.md");
    const FILE: &str = include_str!("congestion/scalable.rs");

    #[test]
    fn the_guide_shows_the_file_that_is_compiled_here() {
        assert!(
            GUIDE.contains(&format!("```rust\n{FILE}```\n")),
            "copy tests/guide/congestion/scalable.rs into the guide"
        );
    }

    #[test]
    fn one_line_makes_the_name_known() {
        let (name, summary, source) = KNOWN[1];
        assert_eq!((name, source), ("scalable", "Kelly 2003"));
        assert!(summary.ends_with('.'));
        let error = serde_json::from_str::<Spec>(r#""scalible""#).unwrap_err().to_string();
        assert!(error.contains("`new_reno` or `scalable`"), "{error}");
    }

    #[test]
    fn a_file_chooses_it_with_its_parameters() {
        let spec: Spec = serde_json::from_str(r#"{ "scalable": { "decrease": 0.25 } }"#).unwrap();
        let mut control = spec.build(&start(100));
        control.on_congestion(&loss(100 * MSS));
        assert_eq!(control.cwnd(), 75_000);
        // 76 segments are acknowledged in the first round trip or so, a hundredth of a segment for each.
        for _ in 0..101 {
            control.on_ack(&ack(MSS));
        }
        assert_eq!(control.cwnd(), 76_000);
    }
}

/// Looks to the guide's file as `protocols::routing` will.
mod routing {
    use protocols::routing::*;

    #[allow(unreachable_pub, reason = "a crate of tests exports nothing; `protocols` will")]
    mod dsdv;

    // Shadows the names that came with the glob.
    protocols::routing_registry! {
        DistanceVector => distance_vector,
        Dsdv => dsdv,
    }

    use sim_core::script::Action;
    use sim_core::time::Duration;

    use testing::{Cable, Lab};

    const GUIDE: &str = include_str!("../../../docs/adding-a-routing-protocol.md");
    const FILE: &str = include_str!("routing/dsdv.rs");

    #[test]
    fn the_guide_shows_the_file_that_is_compiled_here() {
        assert!(GUIDE.contains(&format!("```rust\n{FILE}```\n")), "copy tests/guide/routing/dsdv.rs into the guide");
    }

    #[test]
    fn one_line_makes_the_name_known() {
        assert_eq!((KNOWN[1].0, KNOWN[1].2), ("dsdv", "Perkins & Bhagwat 1994"));
        let name: Name = serde_json::from_str(r#""dsdv""#).expect("a known name");
        assert_eq!(Config::from(name), Config::Dsdv(dsdv::Config::default()));
        assert_eq!(Config::from(name).name(), "dsdv");
    }

    /// A ring of five and a chord, of costs that make detours cheaper; a link fails, and a router fails and comes back.
    #[test]
    fn a_network_chosen_by_name_finds_its_ways_again_after_every_failure() {
        let text = r#"{ "dsdv": { "interval": "5 s" } }"#;
        let config: Config = serde_json::from_str(text).expect("a configuration");
        let links = [(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 4, 1), (4, 0, 9), (1, 3, 5)];
        let cables: Vec<Cable> = links.iter().map(|&(a, b, cost)| Cable::new(a, b, cost)).collect();
        let seconds = Duration::from_secs;
        let node = sim_core::ids::NodeId(3);
        let mut script: Vec<(Duration, Action)> = Lab::cut(seconds(20), 1).into();
        script.extend([(seconds(40), Action::NodeDown(node)), (seconds(60), Action::NodeUp(node))]);
        let names = ["a", "b", "c", "d", "e"];
        let mut lab = Lab::new(1, &names, &cables, config.protocol(), &[], &script);
        // a to e: around the ring 1 + 1 + 1 + 1; without b-c over the chord 1 + 5 + 1; without d straight, 9.
        for (until, cost, next_hop) in [(20, 4, 1), (40, 7, 1), (60, 9, 4), (80, 7, 1)] {
            lab.run_until(seconds(until));
            assert_eq!(lab.route(0, 4), Some((cost, vec![next_hop])), "until {until} s");
        }
        let calls = &lab.router(0).tables(&lab.names)[0];
        let costs: Vec<&String> = calls.rows.iter().flat_map(|row| &row[..2]).collect();
        assert_eq!(costs, ["b", "1", "c", "7", "d", "6", "e", "7"]);
        let (_, sent) = lab.journal(0);
        assert_eq!(describe(&*sent[0].message, &lab.names), "a 0 (call 0)");
    }
}
