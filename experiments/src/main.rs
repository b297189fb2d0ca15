//! The `netsim` command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    experiments::cli::main(std::env::args_os()).into()
}
