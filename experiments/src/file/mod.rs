//! The experiment file: what it may say, reading it, and everything that can be wrong with it.
//!
//! ```text
//! text --tree--> positions kept --edit, sweep--> one tree a run --walk--> the schema holds
//!      --serde--> Experiment --rules--> RunPoint: names are numbers, nothing can fail
//! ```
//!
//! Every step but reading and serde reports all it finds, at the place in the file (or on the command line).

pub mod arrivals;
pub mod charts;
pub mod diagnostic;
pub mod edit;
pub mod expect;
pub mod lecture;
mod load;
pub mod network;
pub mod path;
pub mod plan;
pub mod render;
pub(crate) mod rules;
mod schema;
pub mod sizes;
pub mod spec;
pub mod sweep;
mod traces;
pub mod traffic;
pub mod tree;
pub mod walk;

pub use load::{Checked, Overrides, Surroundings, load, load_text, load_text_in, name_of};
pub use schema::{schema, schema_text};
