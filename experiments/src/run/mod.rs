//! Running experiments.

use crate::cli::{Exit, RunOptions, terminal};

/// Runs what is asked for.
pub fn run_files(_options: &RunOptions) -> Exit {
    terminal::message("not built yet");
    Exit::Failed
}
