//! `netsim new`: a commented experiment to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{Exit, terminal};
use crate::file::name_of;

/// Makes the enum of templates from the files in `templates/`.
macro_rules! templates {
    ($($(#[$meta:meta])* $variant:ident = $file:literal,)*) => {
        /// An experiment to start from.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
        #[value(rename_all = "snake_case")]
        pub(super) enum Template {
            $($(#[$meta])* $variant,)*
        }

        impl Template {
            fn text(self) -> &'static str {
                match self { $(Template::$variant => include_str!(concat!("../../templates/", $file)),)* }
            }
        }
    };
}

templates! {
    /// Two hosts and a link: one TCP transfer.
    #[default]
    TwoHosts = "two_hosts.json",
    /// Flows that share one bottleneck.
    Dumbbell = "dumbbell.json",
    /// A long flow against short ones over several bottlenecks.
    ParkingLot = "parking_lot.json",
    /// Routers that tell each other by messages, and a link that fails.
    Routing = "routing.json",
    /// One experiment run many times with other values.
    Sweep = "sweep.json",
}

/// Writes `name`.json from a template, unless it exists.
pub(super) fn new(name: &Path, from: Template) -> Exit {
    let mut path = name.to_owned();
    if path.extension().is_none_or(|extension| extension != "json") {
        path.as_mut_os_string().push(".json");
    }
    if let Err(why) = name_of(&path) {
        terminal::message(&format!("cannot write {}: {why}", path.display()));
        return Exit::Usage;
    }
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| file.write_all(from.text().as_bytes()));
    let shown = path.display();
    match written {
        Ok(()) => terminal::print(&format!("wrote {shown}; try: netsim run {shown}\n")),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            terminal::message(&format!("{shown} exists already, and is left as it is: choose another name"));
            Exit::Failed
        }
        Err(error) => {
            terminal::message(&format!("cannot write {shown}: {error}"));
            Exit::Failed
        }
    }
}
