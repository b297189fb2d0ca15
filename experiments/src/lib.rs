//! The experiment file, running it, its results, and the netsim command line.

pub mod charts;
pub mod cli;
pub mod file;
pub mod report;
pub mod results;
pub mod run;
pub mod serve;
pub mod theory;
pub mod topo;
pub mod verify;
