//! Routes: where packets for a destination go next, and what the way costs.

use std::sync::Arc;

use sim_core::ids::{InterfaceId, NodeId};
use smallvec::SmallVec;

/// A route of one router to one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What the whole way costs, in the unit of the protocol: sums of link costs, or the length of a path.
    pub cost: u64,
    /// Where packets go.
    pub way: Way,
    /// The routers on the way, this one first, if the protocol knows them. (A path-vector protocol does.)
    pub path: Option<Arc<[NodeId]>>,
}

/// Where packets go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over these interfaces, each flow keeping to one.
    Over(SmallVec<[InterfaceId; 2]>),
    /// The destination is here: addresses in it that no attached host has lead nowhere.
    Here,
    /// Thrown away on purpose.
    Discard,
}

impl Route {
    /// A route over some interfaces.
    pub fn over(cost: u64, interfaces: impl IntoIterator<Item = InterfaceId>) -> Self {
        Route { cost, way: Way::Over(interfaces.into_iter().collect()), path: None }
    }

    /// A route to what is here.
    pub fn here() -> Self {
        Route { cost: 0, way: Way::Here, path: None }
    }

    /// The interfaces it leads over; none if packets end here.
    pub fn interfaces(&self) -> &[InterfaceId] {
        match &self.way {
            Way::Over(interfaces) => interfaces,
            Way::Here | Way::Discard => &[],
        }
    }
}
