//! Chosen losses: exactly the packets listed are lost, so that a lesson can say "the 17th is lost".

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::LossModel;
use crate::ids::FlowId;
use crate::packet::Packet;
use crate::random::Random;

/// Its name in files.
pub const NAME: &str = "chosen";
/// What it does.
pub const SUMMARY: &str =
    "exactly the packets listed are lost: by their number on the link, or by flow, segment and copy";
/// Where it is described.
pub const SOURCE: &str = "the usual textbook drawing of one lost packet";

/// The packets to lose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// By their number on this link, from 1, whatever they carry.
    #[schemars(inner(range(min = 1)))]
    pub packets: Vec<u64>,
    /// By what they carry.
    pub segments: Vec<Segment>,
}

/// Data segments of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Name of the flow.
    pub flow: String,
    /// Number of the data segment, from 1.
    #[schemars(range(min = 1))]
    pub segment: u32,
    /// Which transmissions of it are lost, from 1; the first only if not said.
    #[serde(default = "first_copy")]
    #[schemars(inner(range(min = 1)))]
    pub copies: Vec<u8>,
}

fn first_copy() -> Vec<u8> {
    vec![1]
}

/// Loses the packets listed.
#[derive(Clone, Debug)]
pub struct Chosen {
    packets: BTreeSet<u64>,
    segments: BTreeMap<(FlowId, u32), Vec<u8>>,
    arrived: u64,
}

impl Chosen {
    /// The model described. A flow that `flow_named` does not know loses nothing; the checker has refused it before.
    pub fn new(config: &Config, flow_named: &dyn Fn(&str) -> Option<FlowId>) -> Self {
        let mut segments: BTreeMap<(FlowId, u32), Vec<u8>> = BTreeMap::new();
        for chosen in &config.segments {
            if let Some(flow) = flow_named(&chosen.flow) {
                segments.entry((flow, chosen.segment)).or_default().extend(&chosen.copies);
            }
        }
        Chosen { packets: config.packets.iter().copied().collect(), segments, arrived: 0 }
    }
}

impl LossModel for Chosen {
    fn loses(&mut self, packet: &Packet, _random: &mut Random) -> bool {
        self.arrived += 1;
        let by_content =
            || self.segments.get(&(packet.flow, packet.segment)).is_some_and(|copies| copies.contains(&packet.copy));
        self.packets.contains(&self.arrived) || (packet.segment > 0 && by_content())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::packet;

    #[test]
    fn the_seventeenth_packet_is_lost_and_no_other() {
        let mut model = Chosen::new(&Config { packets: vec![17], segments: vec![] }, &|_| None);
        let mut random = Random::stream(1, "wire", "loss");
        let lost: Vec<u32> = (1..=40).filter(|_| model.loses(&packet(100), &mut random)).collect();
        assert_eq!(lost, [17]);
    }

    #[test]
    fn a_segments_second_copy_can_be_lost_alone() {
        let chosen = Segment { flow: "A".into(), segment: 3, copies: vec![2] };
        let mut model = Chosen::new(&Config { packets: vec![], segments: vec![chosen] }, &|name| {
            (name == "A").then_some(FlowId(0))
        });
        let mut random = Random::stream(1, "wire", "loss");
        let mut loses = |segment, copy| model.loses(&Packet { segment, copy, ..packet(100) }, &mut random);
        assert_eq!([loses(3, 1), loses(3, 2), loses(3, 3), loses(2, 2)], [false, true, false, false]);
    }
}
