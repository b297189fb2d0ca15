//! Where packets spend their time: the four delays of Kurose & Ross 1.4 at each hop of each flow.

use std::collections::BTreeMap;

use sim_core::ids::{FlowId, LinkId};
use sim_core::simulation::Topology;
use sim_core::time::{Duration, Time};
use sim_core::trace::{Record, What};
use sim_core::units::Bytes;

use super::build::{FlowAgents, link_id};
use super::outcome::{FlowAnatomy, HopAnatomy};
use super::record::transmission;
use crate::file::plan::{LinkRef, RunPoint};

/// Sums over the packets that a flow's sender sent.
#[derive(Debug)]
pub(crate) struct Anatomy {
    /// By flow and link.
    sums: BTreeMap<(FlowId, LinkId), Sums>,
    /// What marks the packets of each flow's sender.
    origins: Vec<u32>,
    /// What each link adds to a packet, and how long the node at its end handles one.
    overheads: Vec<(Bytes, Duration)>,
}

#[derive(Clone, Copy, Debug)]
struct Sums {
    packets: u64,
    /// When the first packet arrived: orders the hops of a flow.
    first: Time,
    queueing: u128,
    transmission: u128,
    propagation: u128,
    processing: u128,
}

impl Anatomy {
    pub(crate) fn new(point: &RunPoint, flows: &[FlowAgents]) -> Self {
        let overheads = LinkRef::all(&point.topology).map(|link| {
            let (_, to) = link.ends(&point.topology);
            (link.spec(&point.topology).overhead, point.topology.nodes[to.index()].processing_delay)
        });
        Anatomy {
            sums: BTreeMap::new(),
            origins: flows.iter().map(|flow| flow.origin).collect(),
            overheads: overheads.collect(),
        }
    }

    /// Adds what was recorded.
    pub(crate) fn take(&mut self, records: Vec<Record>, topology: &Topology) {
        for record in records {
            let What::Arrived { link, queued_at } = record.what else { continue };
            if self.origins[record.flow.index()] != record.packet.origin {
                continue;
            }
            let state = topology.links[link.index()];
            let (overhead, processing) = self.overheads[link.index()];
            let transmission = transmission(&record, Some(queued_at), state, overhead, processing);
            let known = transmission + state.delay + processing;
            let queueing = (record.time - queued_at).saturating_sub(known);
            let sums = self.sums.entry((record.flow, link)).or_insert(Sums {
                packets: 0,
                first: record.time,
                queueing: 0,
                transmission: 0,
                propagation: 0,
                processing: 0,
            });
            sums.packets += 1;
            sums.queueing += u128::from(queueing.picos());
            sums.transmission += u128::from(transmission.picos());
            sums.propagation += u128::from(state.delay.picos());
            sums.processing += u128::from(processing.picos());
        }
    }

    /// The means, by flow, hops in the order in which the first packet took them.
    pub(crate) fn finish(self, point: &RunPoint) -> Vec<FlowAnatomy> {
        let names: BTreeMap<LinkId, &str> =
            LinkRef::all(&point.topology).map(|link| (link_id(link), link.name(&point.topology))).collect();
        let flow_anatomy = |(id, flow): (FlowId, &crate::file::plan::PlannedFlow)| {
            let mut hops: Vec<(LinkId, Sums)> = (self.sums.range((id, LinkId(0))..=(id, LinkId(u32::MAX))))
                .map(|(&(_, link), &sums)| (link, sums))
                .collect();
            hops.sort_by_key(|(_, sums)| sums.first);
            let packets = hops.last()?.1.packets;
            let mean = |sum: u128, packets: u64| sum as f64 / packets as f64 / 1e12;
            let hops = hops.into_iter().map(|(link, sums)| HopAnatomy {
                link: names[&link].to_owned(),
                processing_s: mean(sums.processing, sums.packets),
                queueing_s: mean(sums.queueing, sums.packets),
                transmission_s: mean(sums.transmission, sums.packets),
                propagation_s: mean(sums.propagation, sums.packets),
            });
            Some(FlowAnatomy { flow: flow.name.clone(), packets, hops: hops.collect() })
        };
        (0..).map(FlowId).zip(&point.flows).filter_map(flow_anatomy).collect()
    }
}
