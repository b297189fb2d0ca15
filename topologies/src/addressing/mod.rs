//! Addresses: a plan for a network, tables of prefixes and their aggregation, and what a prefix means.

pub mod explain;
mod plan;
pub mod special;
mod table;

pub use explain::{Class, Explanation, explain};
pub use plan::{AddressPlan, AddressingSpec, LinkSubnet, Order, PointToPoint, Site};
pub use special::Special;
pub use table::{Entry, Hop, Table};
