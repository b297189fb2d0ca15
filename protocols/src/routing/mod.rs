//! Routing: how nodes find the links that lead to a destination.

pub mod dijkstra;
pub mod shortest_path;
