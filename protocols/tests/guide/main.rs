//! docs/adding-a-congestion-control.md does what it says: its file compiles beside the others, passes its own tests,
//! and one line registers it.

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
