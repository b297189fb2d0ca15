//! Running experiments.

pub(crate) mod anatomy;
pub mod build;
mod files;
pub(crate) mod judge;
pub mod measure;
pub mod outcome;

pub use files::run_files;
