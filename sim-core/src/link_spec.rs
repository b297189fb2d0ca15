//! The description of a link, as files and shapes give it.

use serde::{Deserialize, Serialize};

use crate::loss::LossSpec;
use crate::queue::QueueSpec;
use crate::time::Duration;
use crate::units::{Bytes, Rate};

/// One cable: both directions are alike unless a file says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSpec {
    /// Bits per second of the transmitter.
    pub bandwidth: Rate,
    /// Propagation delay of the wire.
    pub delay: Duration,
    /// Where packets wait for the transmitter.
    pub queue: QueueSpec,
    /// Which packets the wire loses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossSpec>,
    /// Probability that a packet arrives twice.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub duplicate: f64,
    /// Some packets are held back and overtaken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder: Option<Reorder>,
    /// Probability that a bit is flipped; the receiver's checksum then drops the packet.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub bit_error_rate: f64,
    /// Largest packet carried, in bytes at the network layer.
    pub mtu: Bytes,
    /// Bytes the link layer adds to each packet.
    pub overhead: Bytes,
    /// Cost for routing.
    #[schemars(range(min = 1))]
    pub cost: u32,
}

impl Default for LinkSpec {
    fn default() -> Self {
        LinkSpec {
            bandwidth: Rate::from_mbps(100),
            delay: Duration::from_millis(1),
            queue: QueueSpec::default(),
            loss: None,
            duplicate: 0.0,
            reorder: None,
            bit_error_rate: 0.0,
            mtu: Bytes(1500),
            overhead: Bytes(0),
            cost: 1,
        }
    }
}

/// Packets held back at the receiving end of a wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reorder {
    /// Probability that a packet is held back.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
    /// How long it is held back.
    pub extra_delay: Duration,
}
