//! Shapes: networks described by a few parameters.
//!
//! A shape is one file beside this one, with `Config`, its layout and its tests, and one line in the registry below;
//! the experiment file can then say `"topology": { "shape": "line", … }`.

pub mod dumbbell;
pub mod fat_tree;
pub mod line;
pub mod parking_lot;
pub mod star;

use crate::{Plan, Problem};

/// The parameters of a shape, which know how to lay it out.
///
/// ```
/// use sim_core::LinkSpec;
/// use topologies::{Fault, Plan, Problem, Shape};
///
/// /// Hosts in a circle, each with a cable to the next.
/// struct Circle {
///     hosts: u32,
///     link: LinkSpec,
/// }
///
/// impl Shape for Circle {
///     fn check(&self, problems: &mut Vec<Problem>) {
///         if self.hosts < 3 {
///             let fault = Fault::OutOfRange { given: self.hosts.into(), least: 3, most: 1_000 };
///             problems.push(Problem::new("/hosts", fault));
///         }
///     }
///
///     fn build(&self, plan: &mut Plan) {
///         let hosts: Vec<_> = (1..=self.hosts).map(|i| plan.host(format!("h{i}"))).collect();
///         for (i, &host) in hosts.iter().enumerate() {
///             plan.cable(host, hosts[(i + 1) % hosts.len()], &self.link);
///         }
///     }
/// }
/// ```
pub trait Shape {
    /// Reports every parameter that makes no sense.
    fn check(&self, problems: &mut Vec<Problem>);

    /// Lays out the nodes and cables. Called only when nothing is wrong.
    fn build(&self, plan: &mut Plan);
}

/// Makes the enum of the parameters of all shapes.
macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident => $module:ident,)*) => {
        /// A shape with parameters.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(tag = "shape", rename_all = "snake_case")]
        pub enum ShapeSpec {
            $($(#[$doc])* $variant($module::Config),)*
        }

        impl Shape for ShapeSpec {
            fn check(&self, problems: &mut Vec<Problem>) {
                match self {
                    $(ShapeSpec::$variant(config) => config.check(problems),)*
                }
            }

            fn build(&self, plan: &mut Plan) {
                match self {
                    $(ShapeSpec::$variant(config) => config.build(plan),)*
                }
            }
        }

        /// Name, meaning and source of every shape.
        pub const KNOWN: &[(&str, &str, &str)] = &[$(($module::NAME, $module::SUMMARY, $module::SOURCE),)*];
    };
}

registry! {
    /// Nodes in a row: routers between two ends.
    Line => line,
    /// Hosts around one router.
    Star => star,
    /// Pairs of hosts that share the one link between two routers.
    Dumbbell => dumbbell,
    /// A long flow over several hops, each shared with a flow of its own.
    ParkingLot => parking_lot,
    /// A three-layer Clos network of equal switches with k ports, as in data centers.
    FatTree => fat_tree,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NodeKind, Topology, TopologySpec};

    fn spec(json: &str) -> TopologySpec {
        serde_json::from_str(json).unwrap()
    }

    /// Hosts, routers, cables and diameter as the shape's definition has them.
    #[test]
    fn every_shape_has_the_counts_of_its_closed_form() {
        let check = |json: &str, hosts: usize, routers: usize, cables: usize, diameter: u32| {
            let network = Topology::new(&spec(json)).unwrap();
            let count = |kind| network.nodes.iter().filter(|node| node.kind == kind).count();
            assert_eq!((count(NodeKind::Host), count(NodeKind::Router)), (hosts, routers), "{json}");
            assert_eq!(network.cables.len(), cables, "{json}");
            assert!(network.is_connected(), "{json}");
            assert_eq!(network.diameter(), Some(diameter), "{json}");
            assert_eq!(network.ids().len(), network.nodes.len(), "{json}: names are unique");
        };
        for n in [2, 3, 7] {
            check(&format!(r#"{{ "shape": "line", "nodes": {n} }}"#), 2, n - 2, n - 1, n as u32 - 1);
            check(&format!(r#"{{ "shape": "line", "nodes": {n}, "ends": "router" }}"#), 0, n, n - 1, n as u32 - 1);
        }
        for n in [2, 5] {
            check(&format!(r#"{{ "shape": "star", "leaves": {n} }}"#), n, 1, n, 2);
        }
        for n in [1, 2, 9] {
            check(&format!(r#"{{ "shape": "dumbbell", "pairs": {n} }}"#), 2 * n, 2, 2 * n + 1, 3);
        }
        for b in [1, 2, 5] {
            let json = format!(r#"{{ "shape": "parking_lot", "hops": {b} }}"#);
            check(&json, 2 * (b + 1), b + 1, b + 2 * (b + 1), b as u32 + 2);
        }
        for k in [4_usize, 6] {
            let json = format!(r#"{{ "shape": "fat_tree", "k": {k} }}"#);
            check(&json, k.pow(3) / 4, 5 * k.pow(2) / 4, 3 * k.pow(3) / 4, 6);
        }
    }

    #[test]
    fn counts_that_make_no_sense_are_refused_with_their_place() {
        let check = |json: &str, expected: &str| {
            let problems = Topology::new(&spec(json)).unwrap_err();
            assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected], "{json}");
        };
        check(r#"{ "shape": "line", "nodes": 1 }"#, "topology.nodes: 1 is out of range: from 2 to 1000000");
        check(r#"{ "shape": "star", "leaves": 0 }"#, "topology.leaves: 0 is out of range: from 1 to 999999");
        check(
            r#"{ "shape": "dumbbell", "pairs": 4000000000 }"#,
            "topology.pairs: 4000000000 is out of range: from 1 to 499999",
        );
        check(r#"{ "shape": "parking_lot", "hops": 0 }"#, "topology.hops: 0 is out of range: from 1 to 333332");
        check(r#"{ "shape": "fat_tree", "k": 5 }"#, "topology.k: 5 is odd; an even number is needed");
        check(r#"{ "shape": "fat_tree", "k": 66 }"#, "topology.k: 66 is out of range: from 2 to 64");
    }

    #[test]
    fn the_largest_shapes_stay_within_the_limit_of_nodes() {
        // Twice the pairs and two routers; three nodes a hop and three more.
        const { assert!(2 * dumbbell::MOST_PAIRS + 2 <= crate::MOST_NODES) }
        const { assert!(3 * parking_lot::MOST_HOPS + 3 <= crate::MOST_NODES) }
        const { assert!(star::MOST_LEAVES < crate::MOST_NODES) }
    }

    #[test]
    fn routers_get_the_processing_delay_and_hosts_none() {
        for (name, parameters) in [
            ("line", r#""nodes": 3"#),
            ("star", r#""leaves": 3"#),
            ("dumbbell", r#""pairs": 2"#),
            ("parking_lot", r#""hops": 2"#),
            ("fat_tree", r#""k": 2"#),
        ] {
            let json = format!(r#"{{ "shape": "{name}", {parameters}, "processing_delay": "3 us" }}"#);
            for node in Topology::new(&spec(&json)).unwrap().nodes {
                let micros = if node.kind == NodeKind::Router { 3 } else { 0 };
                assert_eq!(
                    node.processing_delay,
                    sim_core::time::Duration::from_micros(micros),
                    "{name} {}",
                    node.name
                );
            }
        }
    }

    #[test]
    fn registered_names_are_the_names_in_files() {
        for (name, _, _) in KNOWN {
            let error = serde_json::from_str::<ShapeSpec>(&format!(r#"{{ "shape": "{name}" }}"#)).unwrap_err();
            assert!(error.to_string().contains("missing field"), "{name}: {error}");
        }
    }
}
