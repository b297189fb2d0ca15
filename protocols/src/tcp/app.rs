//! The applications at the two ends, as far as TCP feels them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::units::Rate;

/// What an application writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Bytes written as soon as the connection is opened; none never runs out.
    pub bytes: Option<u64>,
    /// What the application does when these are written.
    pub then: Then,
}

/// What an application does when its workload is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// It closes: a FIN follows the last byte.
    #[default]
    Close,
    /// It may write more later ([`Endpoint::write`](super::Endpoint::write)), or closes when the peer does.
    KeepOpen,
}

impl Workload {
    /// Writes `bytes`, or without end, then closes.
    pub const fn new(bytes: Option<u64>) -> Self {
        Workload { bytes, then: Then::Close }
    }

    /// Writes nothing until told, and closes after the peer.
    pub const SILENT: Workload = Workload { bytes: Some(0), then: Then::KeepOpen };
}

/// How an application reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// As soon as bytes arrive in order.
    #[default]
    AtOnce,
    /// One segment's worth at a time, at this rate: the receive window closes when data arrives faster.
    AtRate(Rate),
    /// Never: the receive window closes for good.
    Never,
}
