//! Routing: how nodes find the links that lead to a destination.
//!
//! Routers that tell each other by messages run a [`Process`](process::Process) inside a
//! [`RouterAgent`](router::RouterAgent). [`shortest_path`] is the oracle that needs none.

pub mod deadlines;
pub mod dijkstra;
pub mod distance_vector;
pub mod journal;
pub mod link_state;
pub mod names;
pub mod path_vector;
pub mod process;
pub mod protocol;
pub mod recorder;
mod registry;
pub mod route;
pub mod router;
pub mod shortest_path;
pub mod tables;
#[doc(hidden)]
pub mod testing;

crate::routing_registry! {
    LinkState => link_state,
    DistanceVector => distance_vector,
    PathVector => path_vector,
}
