//! The `netsim` command line.

fn main() {}
