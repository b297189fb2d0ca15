//! `netsim serve`: a local page for a folder of experiments.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Exit;
use crate::serve::{self, ServeOptions};

/// Where experiments are if no folder is named, and it exists; else here.
const USUAL: &str = "experiments";

#[derive(Debug, clap::Args)]
pub(super) struct ServeArguments {
    /// The folder with the experiments [default: experiments, or the current one].
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The port to listen on, 0 for any that is free [default: 8787, or any if that is taken].
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// Seconds that a run may take.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    limit: u64,
}

pub(super) fn serve(arguments: ServeArguments) -> Exit {
    let usual = || PathBuf::from(if Path::new(USUAL).is_dir() { USUAL } else { "." });
    serve::serve(&ServeOptions {
        folder: arguments.folder.unwrap_or_else(usual),
        port: arguments.port,
        open: arguments.open,
        limit: Duration::from_secs(arguments.limit),
    })
}
