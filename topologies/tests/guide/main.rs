//! docs/adding-a-shape.md does what it says: its files compile beside the others, pass their own tests, and one line
//! registers the shape.

// What the guide's files name as `crate::…` in `topologies`.
use topologies::{Plan, Problem, import, problem};

const GUIDE: &str = include_str!("../../../docs/adding-a-shape.md");

fn is_shown(file: &str) -> bool {
    GUIDE.contains(&format!("```rust\n{file}```\n"))
}

/// Looks to the guide's file as `topologies::shape` will.
mod shape {
    use topologies::shape::*;

    #[allow(unreachable_pub, reason = "a crate of tests exports nothing; `topologies` will")]
    mod wheel;

    // Shadows the names that came with the glob.
    topologies::shape_registry! {
        /// Routers in a circle.
        Ring => ring,
        /// A ring with a hub.
        Wheel => wheel,
    }

    #[test]
    fn the_guide_shows_the_file_that_is_compiled_here() {
        assert!(super::is_shown(include_str!("shape/wheel.rs")), "copy tests/guide/shape/wheel.rs into the guide");
    }

    #[test]
    fn one_line_makes_the_name_known() {
        assert_eq!((KNOWN[1].0, KNOWN[1].2), ("wheel", "Bondy & Murty 1976"));
        let spec: ShapeSpec =
            serde_json::from_str(r#"{ "shape": "wheel", "rim": 5, "link": { "delay": "2 ms" } }"#).unwrap();
        let mut plan = super::Plan::new(1);
        spec.build(&mut plan);
        let wheel = plan.into_topology();
        assert_eq!(wheel.cables[9].name, "r5-r1");
        assert_eq!(wheel.cables[9].forward.delay, sim_core::time::Duration::from_millis(2));
    }

    #[test]
    fn a_wheel_of_two_is_refused_with_its_place() {
        let spec: ShapeSpec = serde_json::from_str(r#"{ "shape": "wheel", "rim": 2 }"#).unwrap();
        let mut problems: Vec<super::Problem> = Vec::new();
        spec.check(&mut problems);
        assert_eq!(problems[0].to_string(), "topology.rim: 2 is out of range: from 3 to 500000");
    }
}

/// Looks to the guide's file as `topologies::import::format` will.
mod format {
    #[allow(unreachable_pub, reason = "a crate of tests exports nothing; `topologies` will")]
    mod adjacency;

    use topologies::import::Text;

    #[test]
    fn the_guide_shows_the_file_that_is_compiled_here() {
        let file = include_str!("format/adjacency.rs");
        assert!(super::is_shown(file), "copy tests/guide/format/adjacency.rs into the guide");
    }

    #[test]
    fn a_file_is_recognised_and_read() {
        let text = Text::new(b"hub: a b\na: b\nb:\n").unwrap();
        assert!(adjacency::recognises(&text));
        assert_eq!(adjacency::read(&text).unwrap().links.len(), 3);
        assert_eq!((adjacency::NAME, adjacency::SOURCE.is_empty()), ("adjacency", false));
        assert!(adjacency::SUMMARY.starts_with("a router"));
    }
}
