//! The description of a link, as files and shapes give it.

use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::delivery::DeliveryTrace;
use crate::loss::LossSpec;
use crate::queue::QueueSpec;
use crate::time::Duration;
use crate::units::{Bytes, Rate};

/// One cable: both directions are alike unless a file says otherwise.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSpec {
    /// Bits per second of the transmitter.
    pub bandwidth: Rate,
    /// In place of `bandwidth`, one that changes all the time: a text file, found from the folder of the experiment. On
    /// each line there are either milliseconds, a chance to deliver 1500 bytes (the form of Mahimahi), or seconds and
    /// Mbit/s, the rate up to this time. At its end it begins anew. Where one bandwidth is needed, for limits in bdp or
    /// costs, it is the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth_trace: Option<String>,
    /// What stands in that file. Who reads files puts it here, and its mean rate into `bandwidth`.
    #[serde(skip)]
    pub deliveries: Option<Arc<DeliveryTrace>>,
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
            bandwidth_trace: None,
            deliveries: None,
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

// By hand for one reason: with a trace there is no `bandwidth` in the file, and none must be written.
impl Serialize for LinkSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // All fields by name: the next one cannot be forgotten.
        let LinkSpec {
            bandwidth,
            bandwidth_trace,
            deliveries: _,
            delay,
            queue,
            loss,
            duplicate,
            reorder,
            bit_error_rate,
            mtu,
            overhead,
            cost,
        } = self;
        let mut link = serializer.serialize_struct("LinkSpec", 8)?;
        match bandwidth_trace {
            Some(file) => link.serialize_field("bandwidth_trace", file)?,
            None => link.serialize_field("bandwidth", bandwidth)?,
        }
        link.serialize_field("delay", delay)?;
        link.serialize_field("queue", queue)?;
        if let Some(loss) = loss {
            link.serialize_field("loss", loss)?;
        }
        link.serialize_field("duplicate", duplicate)?;
        if let Some(reorder) = reorder {
            link.serialize_field("reorder", reorder)?;
        }
        link.serialize_field("bit_error_rate", bit_error_rate)?;
        link.serialize_field("mtu", mtu)?;
        link.serialize_field("overhead", overhead)?;
        link.serialize_field("cost", cost)?;
        link.end()
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
