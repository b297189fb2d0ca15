//! Shapes: networks described by a few parameters.
//!
//! A shape is one file beside this one, with `Config`, its layout and its tests, and one line in the registry below;
//! the experiment file can then say `"topology": { "shape": "line", … }`. docs/adding-a-shape.md does it for one.

pub mod as_hierarchy;
pub mod barabasi_albert;
pub mod bcube;
pub mod bus;
pub mod dcell;
pub mod diamond;
pub mod dragonfly;
mod draw;
pub mod dumbbell;
pub mod erdos_renyi;
pub mod fat_tree;
pub mod grid;
pub mod hypercube;
pub mod jellyfish;
pub mod leaf_spine;
pub mod line;
pub mod mesh;
mod near;
pub mod parking_lot;
pub mod random_regular;
pub mod ring;
pub mod star;
pub mod torus;
pub mod transit_stub;
pub mod tree;
pub mod waxman;

#[cfg(test)]
mod tests;

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
#[doc(hidden)]
#[macro_export]
macro_rules! shape_registry {
    ($($(#[$doc:meta])* $variant:ident => $module:ident,)*) => {
        /// A shape with parameters.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(tag = "shape", rename_all = "snake_case")]
        pub enum ShapeSpec {
            $($(#[$doc])* $variant($module::Config),)*
        }

        impl $crate::Shape for ShapeSpec {
            fn check(&self, problems: &mut Vec<$crate::Problem>) {
                match self {
                    $(ShapeSpec::$variant(config) => $crate::Shape::check(config, problems),)*
                }
            }

            fn build(&self, plan: &mut $crate::Plan) {
                match self {
                    $(ShapeSpec::$variant(config) => $crate::Shape::build(config, plan),)*
                }
            }
        }

        /// Name, meaning and source of every shape.
        pub const KNOWN: &[(&str, &str, &str)] = &[$(($module::NAME, $module::SUMMARY, $module::SOURCE),)*];
    };
}

shape_registry! {
    /// Nodes in a row: routers between two ends.
    Line => line,
    /// Routers in a circle.
    Ring => ring,
    /// Hosts around one router.
    Star => star,
    /// Hosts on one cable, stood for by a switch: a shared medium and its collisions are not modelled.
    Bus => bus,
    /// A complete tree of routers.
    Tree => tree,
    /// Every router joined to every other.
    Mesh => mesh,
    /// Routers in rows and columns.
    Grid => grid,
    /// A grid of any number of dimensions whose ends are joined.
    Torus => torus,
    /// A cube of any number of dimensions.
    Hypercube => hypercube,
    /// Ways of equal length between two routers.
    Diamond => diamond,
    /// Pairs of hosts that share the one link between two routers.
    Dumbbell => dumbbell,
    /// A long flow over several hops, each shared with a flow of its own.
    ParkingLot => parking_lot,
    /// A three-layer Clos network of equal switches with k ports, as in data centers.
    FatTree => fat_tree,
    /// Two layers of switches, each of one joined to each of the other.
    LeafSpine => leaf_spine,
    /// Servers with several ports, each at a switch of another level.
    #[serde(rename = "bcube")]
    BCube => bcube,
    /// Cells of servers around a switch, joined server to server.
    #[serde(rename = "dcell")]
    DCell => dcell,
    /// Groups of routers, all joined within, and every two groups by one cable.
    Dragonfly => dragonfly,
    /// Switches that are joined at random, each with the same number of hosts.
    Jellyfish => jellyfish,
    /// Routers of which every two are joined with the same probability.
    ErdosRenyi => erdos_renyi,
    /// Routers on a square, of which near ones are joined more often than far ones.
    Waxman => waxman,
    /// Routers that joined one after the other, and preferred those who had many neighbours.
    BarabasiAlbert => barabasi_albert,
    /// Routers that all have the same number of neighbours, joined at random otherwise.
    RandomRegular => random_regular,
    /// An Internet of two levels: domains that carry others' packets, and domains that do not.
    TransitStub => transit_stub,
    /// Autonomous systems in tiers, with customers, providers and peers.
    AsHierarchy => as_hierarchy,
}
