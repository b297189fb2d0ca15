//! The real clock. Progress and the manifest speak of real time; nothing else sees it.
#![expect(clippy::disallowed_types, reason = "the one place where real time is measured")]

use std::time::Instant;

/// How long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
