//! Network shapes: those of textbooks and data centers, random families, files of others, and networks listed cable by
//! cable.
//!
//! A [`TopologySpec`] is what an experiment file says; [`Topology::new`] checks it, all of it, and lays it out as
//! nodes and cables with names. Nothing here knows protocols, and all that is random comes from a seed: the same
//! description gives the same nodes and cables in the same order.

pub mod addressing;
mod explicit;
pub mod export;
mod hosts;
pub mod import;
pub mod place;
mod plan;
pub mod problem;
pub mod shape;
mod spec;
mod topology;

pub use explicit::{DemandEntry, Explicit, LinkEntry, NodeDescription, NodeEntry};
pub use hosts::Hosts;
pub use import::FileSpec;
pub use place::Place;
pub use plan::Plan;
pub use problem::{Fault, NameFault, Problem};
pub use shape::{Shape, ShapeSpec};
pub use spec::TopologySpec;
pub use topology::{Cable, Demand, Node, NodeKind, Relationship, Topology};

/// The most nodes a topology may have. A larger number in a file is more likely a slip than a wish.
pub const MOST_NODES: u32 = 1_000_000;

/// The most cables a shape may have: about 2 GB of names and parameters.
pub const MOST_CABLES: u32 = 2_000_000;
