//! `manifest.json`: when, where and how. The only file of the results that differs between two runs.

use serde::{Deserialize, Serialize};

/// The document `manifest.json`. That it is there says that a folder is ours and complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of netsim that wrote this.
    pub netsim: String,
    /// The command line.
    pub command: Vec<String>,
    /// Seconds that it all took: simulating, drawing, writing.
    pub wall_clock_s: f64,
    /// Seconds of these that the simulation took.
    pub simulating_s: f64,
    /// Events per second of simulating.
    pub events_per_s: f64,
    /// Operating system and processor: `linux x86_64`.
    pub platform: String,
    /// Threads that were used.
    pub threads: u32,
}

impl Manifest {
    /// The name of the file.
    pub const FILE: &str = "manifest.json";

    /// The manifest of runs with so many events.
    pub fn new(command: &[String], wall_clock_s: f64, simulating_s: f64, events: u64, threads: u32) -> Self {
        Manifest {
            netsim: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_vec(),
            wall_clock_s,
            simulating_s,
            events_per_s: if simulating_s > 0.0 { (events as f64 / simulating_s).round() } else { 0.0 },
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            threads,
        }
    }

    /// Whether these bytes are a manifest of ours, of whatever version.
    pub fn is_ours(bytes: &[u8]) -> bool {
        serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|document| document["netsim"].is_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_recognised() {
        let manifest = Manifest::new(&["netsim".into(), "run".into()], 3.0, 2.0, 10, 1);
        assert_eq!(manifest.events_per_s, 5.0);
        assert!(Manifest::is_ours(serde_json::to_string(&manifest).unwrap().as_bytes()));
        for foreign in ["", "[]", "{}", "{\"name\": \"my web app\"}", "{\"netsim\": 1}"] {
            assert!(!Manifest::is_ours(foreign.as_bytes()), "{foreign}");
        }
    }
}
