//! The experiment file, running it, its results, and the netsim command line.

pub mod cli;
pub mod file;
pub mod run;
