//! What became of packets, for the report: the trips of many, every mishap, and every turn of a sender.
//!
//! ```text
//! trips    the way of each packet, hop by hop     stretches of the run, so many hops in all    trips.rs
//! mishaps  dropped, sent again, who filled a queue   the whole run, up to a limit                 here
//! turns    windows cut, phases, timers expired    the whole run, of flows that are followed    turns.rs
//! ```
//!
//! Traces and probes look on and change nothing. Limits are counts of the model, so that the same run gives the same
//! story, and between two stretches only mishaps and turns are logged: a long run costs no more than a short one.

pub mod links;
pub mod trips;
pub mod turns;

use std::collections::BTreeSet;

use protocols::tcp;
use sim_core::ids::{LinkId, NodeId};
use sim_core::packet::DropReason;
use sim_core::simulation::Simulation;
use sim_core::time::Time;
use sim_core::trace::{Crowd, Header, MishapLog, Mishaps, Observation, Place, Record, What};

use self::trips::{Hidden, Trip, Trips};
use self::turns::{Cut, Expiry, Stretch, TailProbe, Turns};
use super::build::FlowAgents;
use crate::file::plan::{RunPoint, Traffic};

/// More drops than this are counted, not kept; and as many packets sent again.
pub const MOST_MISHAPS: usize = 10_000;
/// More crowds are not kept.
const MOST_CROWDS: usize = 5_000;

/// What became of packets.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// When each flow started.
    pub starts: Vec<Time>,
    /// The ways of packets, by time of sending.
    pub trips: Vec<Trip>,
    /// Stretches of time of which they are not shown.
    pub hidden: Vec<Hidden>,
    /// Packets dropped, by time.
    pub drops: Vec<Drop>,
    /// How many more were.
    pub drops_left_out: u64,
    /// Messages between routers that were dropped: they belong to no flow.
    pub messages_dropped: u64,
    /// Who filled the queues that were found full, by time.
    pub crowds: Vec<Crowd>,
    /// Packets sent again, by time.
    pub again: Vec<Again>,
    /// How many more were, as far as it was counted.
    pub again_left_out: u64,
    /// Cuts of windows, by time.
    pub cuts: Vec<Cut>,
    /// Timers that expired at senders of textbook protocols, by time.
    pub expiries: Vec<Expiry>,
    /// Probes of the tail (RFC 8985), by time.
    pub tail_probes: Vec<TailProbe>,
    /// What TCP senders were about, by sender, then time.
    pub stretches: Vec<Stretch>,
    /// TCP flows whose senders were not followed.
    pub unfollowed: usize,
    /// Cuts and stretches that are not kept.
    pub turns_left_out: u64,
    /// The numbers of the first SYN of each flow's sender and receiver (TCP).
    pub initial: Vec<[Option<u32>; 2]>,
}

/// Which end of a flow sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// The flow.
    pub flow: usize,
    /// Whether it is the flow's sender, not its receiver.
    pub is_forward: bool,
}

/// What tells a packet from others of its flow that a reader may care for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identity {
    /// Who sent it.
    pub end: End,
    /// Its sender's number for it.
    pub number: u32,
    /// Its data segment, 0 without data.
    pub segment: u32,
    /// Which transmission of that segment.
    pub copy: u8,
    /// Bytes at the network layer.
    pub size: u32,
    /// Its transport header.
    pub header: Header,
}

/// A packet dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drop {
    /// When.
    pub time: Time,
    /// Which.
    pub packet: Identity,
    /// Why.
    pub why: DropReason,
    /// At which node.
    pub node: NodeId,
    /// Where there.
    pub place: Place,
}

impl Drop {
    /// How many packets waited in the queue where it was dropped.
    pub fn waiting(&self) -> Option<u32> {
        match self.place {
            Place::Link { waiting, .. } => Some(waiting),
            Place::Node | Place::Wire(_) => None,
        }
    }

    /// The link where it was dropped.
    pub fn link(&self) -> Option<LinkId> {
        self.place.link()
    }
}

/// A packet sent again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Again {
    /// When.
    pub time: Time,
    /// Which.
    pub packet: Identity,
}

/// Writes a story while a run goes on.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// What marks the packets of each flow's sender.
    origins: Vec<u32>,
    /// Flows that come and go by the thousand.
    are_arrivals: Vec<bool>,
    trips: Trips,
    turns: Turns,
    /// Links that have dropped packets, and flows that have been dropped: the first is worth a look.
    known: (BTreeSet<Option<LinkId>>, BTreeSet<usize>),
    story: Story,
}

impl Recorder {
    /// Sees to it that `simulation` records what the story of `point` needs. `charted` are the flows whose senders are
    /// watched by charts already.
    pub(crate) fn new(
        point: &RunPoint,
        agents: &[FlowAgents],
        charted: impl Iterator<Item = usize>,
        simulation: &mut Simulation,
    ) -> Self {
        simulation.set_mishap_log(MishapLog::On);
        let turns = Turns::new(point, agents, &charted.collect(), simulation);
        let starts = point.flows.iter().map(|flow| Time::ZERO + flow.start).collect();
        Recorder {
            origins: agents.iter().map(|flow| flow.origin).collect(),
            are_arrivals: point.flows.iter().map(|flow| flow.is_arrival).collect(),
            trips: Trips::new(point),
            story: Story { starts, unfollowed: turns.unfollowed, ..Story::default() },
            turns,
            known: (BTreeSet::new(), BTreeSet::new()),
        }
    }

    /// Whether packets are to be traced, of all flows.
    pub(crate) fn is_tracing(&self) -> bool {
        self.trips.is_tracing()
    }

    /// When the run has to stop next, so that another stretch can begin.
    pub(crate) fn next_stop(&self) -> Option<Time> {
        self.trips.next_stop()
    }

    /// After so many events the run has to stop, so that not much more is traced than will be kept.
    pub(crate) fn patience(&self) -> u64 {
        self.trips.patience()
    }

    /// Adds what probes saw.
    pub(crate) fn observe(&mut self, seen: &[Observation]) {
        self.turns.observe(seen, &mut self.story);
    }

    /// The sender of a flow is no longer watched for a chart: from now on it is for the story alone.
    pub(crate) fn take_over(
        &mut self,
        point: &RunPoint,
        flow: usize,
        agents: &FlowAgents,
        simulation: &mut Simulation,
    ) {
        self.turns.take_over(point, flow, agents, simulation);
    }

    /// Adds what was traced until `simulation`'s present stop, and what went wrong.
    pub(crate) fn take(&mut self, simulation: &mut Simulation, records: &[Record]) {
        self.trips.take(records, &self.origins);
        let is_new = self.take_mishaps(simulation.take_mishaps());
        let is_full = self.story.drops.len() >= MOST_MISHAPS && self.story.again.len() >= MOST_MISHAPS;
        if is_full {
            // The rest is known from counters.
            simulation.set_mishap_log(MishapLog::Off);
        }
        self.trips.advance(simulation.now(), is_new);
    }

    /// Whether something went wrong that had not gone wrong before.
    fn take_mishaps(&mut self, mishaps: Mishaps) -> bool {
        let mut is_new = false;
        for record in &mishaps.records {
            let flow = record.flow.index();
            let Some(&origin) = self.origins.get(flow) else {
                self.story.messages_dropped += u64::from(matches!(record.what, What::Dropped { .. }));
                continue;
            };
            let end = End { flow, is_forward: record.packet.origin == origin };
            let packet = Identity {
                end,
                number: record.packet.number,
                segment: record.segment,
                copy: record.copy,
                size: record.size,
                header: record.header,
            };
            match record.what {
                What::Dropped { why, place } => {
                    if self.story.drops.len() >= MOST_MISHAPS {
                        self.story.drops_left_out += 1;
                        continue;
                    }
                    is_new |= !self.are_arrivals[flow] && self.known.1.insert(flow);
                    is_new |= self.known.0.insert(place.link());
                    self.story.drops.push(Drop { time: record.time, packet, why, node: record.node, place });
                }
                What::Sent => {
                    if self.story.again.len() >= MOST_MISHAPS {
                        self.story.again_left_out += 1;
                        continue;
                    }
                    self.story.again.push(Again { time: record.time, packet });
                }
                What::Arrived { .. } | What::Delivered => {}
            }
        }
        let room = MOST_CROWDS.saturating_sub(self.story.crowds.len());
        self.story.crowds.extend(mishaps.crowds.into_iter().take(room));
        is_new
    }

    /// What there is when the run is over.
    pub(crate) fn finish(mut self, point: &RunPoint, agents: &[FlowAgents], simulation: &Simulation) -> Story {
        (self.story.trips, self.story.hidden) = self.trips.finish(simulation.now());
        self.turns.finish(simulation, &mut self.story);
        // A log that was switched off has not seen all.
        let dropped = simulation.packets().dropped.total();
        let kept = self.story.drops.len() as u64 + self.story.messages_dropped;
        self.story.drops_left_out = dropped.saturating_sub(kept);
        let initial = |agent| simulation.agent::<tcp::Endpoint>(agent)?.initial_sequence().map(|number| number.0);
        self.story.initial = (point.flows.iter().zip(agents))
            .map(|(flow, agents)| match flow.traffic {
                Traffic::Tcp { .. } => [initial(agents.sender), initial(agents.receiver)],
                Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => [None; 2],
            })
            .collect();
        self.story
    }
}
