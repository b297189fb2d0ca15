//! Running experiments.

pub(crate) mod anatomy;
pub mod build;
pub(crate) mod fairness;
mod files;
pub(crate) mod flows;
pub mod groups;
pub(crate) mod judge;
pub mod measure;
pub mod outcome;
pub mod record;
pub mod routers;
pub mod routing;
pub mod senders;
pub mod story;

pub use files::run_files;
pub(crate) use files::run_one;
