//! What diagrams need beside samples: every change of a window, and every packet of a stretch of time.
//!
//! Probes and traces look on and change nothing. Only what a chart will show is recorded, of few flows, and up to a
//! limit; with no such chart nothing is.

use std::collections::BTreeMap;

use sim_core::ids::{FlowId, LinkId};
use sim_core::packet::{DropReason, PacketId};
use sim_core::simulation::{LinkState, Simulation, Topology};
use sim_core::time::{Duration, Time};
use sim_core::trace::{Header, Observation, Place, Record, TraceFilter, What};
use sim_core::units::Bytes;

use super::build::FlowAgents;
pub use super::senders::SenderPhase;
use super::senders::{SenderReading, window_probe};
use crate::file::charts::{ChartChoice, ChartKind, ChartOptions, OneOrMany};
use crate::file::plan::{LinkRef, PlannedFlow, RunPoint, Traffic};

/// Diagrams show at most this many flows.
pub const MOST_FLOWS: usize = 4;
/// Changes of one flow's window that are kept; of a flow with more, samples must do from there on.
const MOST_CHANGES: usize = 20_000;
/// Packets of one flow that are kept, in both directions together.
pub const MOST_PACKETS: usize = 20_000;
/// Packets of one flow in a ladder, unless the file says otherwise.
pub const LADDER_PACKETS: usize = 40;
/// Packets of one flow in a time-sequence graph, unless the file says otherwise.
pub const SEQUENCE_PACKETS: usize = 600;

/// A change of a sender's window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowChange {
    /// When, in seconds.
    pub at_s: f64,
    /// The congestion window from then on, in bytes.
    pub cwnd_bytes: f64,
    /// The congestion window until then, in bytes.
    pub before_bytes: f64,
    /// The slow start threshold, in bytes; NaN if there is none.
    pub ssthresh_bytes: f64,
    /// What the sender is about from then on.
    pub phase: SenderPhase,
    /// Whether fast retransmit began.
    pub is_fast_retransmit: bool,
    /// If the timer expired: the timeout it was set with, in seconds.
    pub expired_s: Option<f64>,
}

/// The window of a flow, change by change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowRecord {
    /// In the order of time.
    pub changes: Vec<WindowChange>,
    /// From when on nothing was recorded, in seconds, if there were too many changes.
    pub ended_s: Option<f64>,
}

/// The packets of a flow.
#[derive(Clone, Debug, Default)]
pub struct PacketRecord {
    /// In the order of their sending.
    pub trips: Vec<Trip>,
    /// The header of the first packet that each end sent, the sender's first: where its numbers begin.
    pub first: [Option<Header>; 2],
    /// From when on nothing was recorded, in seconds.
    pub ended_s: Option<f64>,
}

/// The way of one packet. Of a copy that a wire makes nothing is said.
#[derive(Clone, Debug)]
pub struct Trip {
    /// Its sender's number for it.
    pub number: u32,
    /// Whether the flow's sender sent it, not its receiver.
    pub is_forward: bool,
    /// When its sender handed it to the network, in seconds.
    pub sent_s: f64,
    /// Bytes at the network layer.
    pub size: u32,
    /// Its data segment, 0 without data.
    pub segment: u32,
    /// Which transmission of that segment.
    pub copy: u8,
    /// Its transport header.
    pub header: Header,
    /// The links crossed.
    pub hops: Vec<Hop>,
    /// What became of it.
    pub end: End,
}

/// One link crossed by a packet. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hop {
    /// The link.
    pub link: LinkId,
    /// When the first bit left the transmitter.
    pub start_s: f64,
    /// How long the transmitter was busy with it.
    pub transmission_s: f64,
    /// When the last bit arrived at the other end.
    pub arrived_s: f64,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// Nothing yet.
    OnItsWay,
    /// An agent received it at this time, in seconds.
    Delivered(f64),
    /// It was dropped.
    Dropped {
        /// When, in seconds.
        at_s: f64,
        /// Why.
        why: DropReason,
        /// On which link, if it was lost on one.
        on: Option<Hop>,
    },
}

/// What a chart wants of a flow's packets.
#[derive(Clone, Copy, Debug)]
struct Wish {
    flow: usize,
    from: Time,
    until: Time,
    most: usize,
}

/// Records what the charts of a run need.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    wishes: Vec<Wish>,
    /// What marks the packets of each flow's sender.
    origins: Vec<u32>,
    /// What each link adds to a packet, and how long the node at its end handles one.
    overheads: Vec<(Bytes, Duration)>,
    /// Packets not yet at their end, and those that are kept.
    open: BTreeMap<(FlowId, PacketId), Trip>,
    pub(crate) packets: BTreeMap<usize, PacketRecord>,
    pub(crate) windows: BTreeMap<usize, WindowRecord>,
    is_tracing: bool,
}

impl Recorder {
    /// Sees to it that `simulation` records what the charts of `point` will need.
    pub(crate) fn new(point: &RunPoint, agents: &[FlowAgents], simulation: &mut Simulation) -> Self {
        let asked = point.experiment.charts.as_deref();
        let mut recorder = Recorder { wishes: wishes(point, asked), ..Recorder::default() };
        let draws = |kind| asked.is_none_or(|asked| asked.iter().any(|choice| choice.kind() == kind));
        let of_tcp = |flow: &usize| matches!(point.flows[*flow].traffic, Traffic::Tcp { .. });
        let senders: Vec<usize> = (0..point.flows.len()).filter(of_tcp).collect();
        // The chart has a panel for each of so many flows only; of more, it shows a mean of samples.
        let mut watched: Vec<usize> = match draws(ChartKind::Cwnd) && senders.len() <= MOST_FLOWS {
            true => senders,
            false => Vec::new(),
        };
        watched.extend(recorder.wishes.iter().map(|wish| wish.flow).filter(|flow| of_tcp(flow)));
        for flow in watched {
            recorder.windows.entry(flow).or_insert_with(|| {
                if let Traffic::Tcp { config, .. } = &point.flows[flow].traffic {
                    simulation.watch(agents[flow].sender, flow as u32, Some(window_probe(config)));
                }
                WindowRecord::default()
            });
        }
        if !recorder.wishes.is_empty() {
            recorder.is_tracing = true;
            recorder.origins = agents.iter().map(|flow| flow.origin).collect();
            recorder.overheads = LinkRef::all(&point.topology)
                .map(|link| {
                    let (_, to) = link.ends(&point.topology);
                    (link.spec(&point.topology).overhead, point.topology.nodes[to.index()].processing_delay)
                })
                .collect();
            recorder.packets = recorder.wishes.iter().map(|wish| (wish.flow, PacketRecord::default())).collect();
        }
        recorder
    }

    /// The flows whose packets are still to be recorded.
    pub(crate) fn traced(&self) -> Vec<FlowId> {
        let open = self.packets.iter().filter(|(_, record)| self.is_tracing && record.ended_s.is_none());
        open.map(|(&flow, _)| FlowId(flow as u32)).collect()
    }

    /// The flows whose windows are recorded: their senders are watched.
    pub(crate) fn windows(&self) -> impl Iterator<Item = usize> + '_ {
        self.windows.keys().copied()
    }

    /// Adds what probes saw. Returns the flows that have had too many changes: they need not be watched any longer.
    pub(crate) fn observe(&mut self, seen: &[Observation]) -> Vec<usize> {
        let mut ended = Vec::new();
        for seen in seen {
            let flow = seen.number as usize;
            let Some(record) = self.windows.get_mut(&flow) else { continue };
            if record.changes.len() >= MOST_CHANGES {
                record.ended_s.get_or_insert_with(|| {
                    ended.push(flow);
                    seen.time.as_secs_f64()
                });
                continue;
            }
            let (before, after) = (SenderReading::from_window(&seen.before), SenderReading::from_window(&seen.after));
            let has_threshold = after.ssthresh != protocols::congestion::UNLIMITED;
            record.changes.push(WindowChange {
                at_s: seen.time.as_secs_f64(),
                cwnd_bytes: after.cwnd as f64,
                before_bytes: before.cwnd as f64,
                ssthresh_bytes: if has_threshold { after.ssthresh as f64 } else { f64::NAN },
                phase: after.phase,
                is_fast_retransmit: after.fast_retransmits > before.fast_retransmits,
                expired_s: (after.timeouts > before.timeouts).then(|| before.rto.as_secs_f64()),
            });
        }
        ended
    }

    /// Adds what was traced.
    pub(crate) fn take(&mut self, records: &[Record], topology: &Topology, now: Time) {
        for record in records {
            if self.packets.get(&record.flow.index()).is_some_and(|of_flow| of_flow.ended_s.is_none()) {
                self.take_one(record, topology);
            }
        }
        self.end_what_is_over(now);
    }

    fn take_one(&mut self, record: &Record, topology: &Topology) {
        let (key, at_s) = ((record.flow, record.packet), record.time.as_secs_f64());
        if record.what == What::Sent {
            let is_forward = record.packet.origin == self.origins[record.flow.index()];
            if let Some(of_flow) = self.packets.get_mut(&record.flow.index()) {
                of_flow.first[usize::from(!is_forward)].get_or_insert(record.header);
            }
            let trip = Trip {
                number: record.packet.number,
                is_forward,
                sent_s: at_s,
                size: record.size,
                segment: record.segment,
                copy: record.copy,
                header: record.header,
                hops: Vec::new(),
                end: End::OnItsWay,
            };
            self.open.insert(key, trip);
            return;
        }
        let Some(trip) = self.open.get_mut(&key) else { return };
        match record.what {
            What::Sent => {}
            What::Arrived { link, queued_at } => {
                trip.hops.push(hop(link, record, Some(queued_at), topology, &self.overheads));
            }
            What::Delivered => self.close(key, End::Delivered(at_s)),
            What::Dropped { why, place } => {
                let on = match place {
                    Place::Wire(link) => Some(hop(link, record, None, topology, &self.overheads)),
                    Place::Node | Place::Link { .. } => None,
                };
                self.close(key, End::Dropped { at_s, why, on });
            }
        }
    }

    /// A packet has come to its end: kept if a chart wants it.
    fn close(&mut self, key: (FlowId, PacketId), end: End) {
        let Some(trip) = self.open.remove(&key) else { return };
        self.keep(key.0.index(), Trip { end, ..trip });
    }

    fn keep(&mut self, flow: usize, trip: Trip) {
        let ended_s = match trip.end {
            End::Delivered(at_s) | End::Dropped { at_s, .. } => at_s,
            End::OnItsWay => f64::INFINITY,
        };
        let wanted = self.wishes.iter().any(|wish| {
            wish.flow == flow && ended_s >= wish.from.as_secs_f64() && trip.sent_s <= wish.until.as_secs_f64()
        });
        if let Some(record) = self.packets.get_mut(&flow)
            && wanted
        {
            record.trips.push(trip);
        }
    }

    /// Stops recording flows of which all charts have enough.
    fn end_what_is_over(&mut self, now: Time) {
        for (&flow, record) in &mut self.packets {
            if record.ended_s.is_some() {
                continue;
            }
            // A wish for a number of packets wants that many that are through; those sent meanwhile come on top.
            let is_met = |wish: &Wish| now > wish.until || record.trips.len() >= wish.most;
            if self.wishes.iter().filter(|wish| wish.flow == flow).all(is_met) {
                record.ended_s = Some(now.as_secs_f64());
            }
        }
    }

    /// The end of the run: what is still on its way is kept as such. Trips come in the order of their sending.
    pub(crate) fn finish(mut self) -> (BTreeMap<usize, PacketRecord>, BTreeMap<usize, WindowRecord>) {
        for ((flow, _), trip) in std::mem::take(&mut self.open) {
            self.keep(flow.index(), trip);
        }
        for record in self.packets.values_mut() {
            record.trips.sort_by(|a, b| {
                a.sent_s.total_cmp(&b.sent_s).then(b.is_forward.cmp(&a.is_forward)).then(a.number.cmp(&b.number))
            });
        }
        (self.packets, self.windows)
    }
}

/// How long a packet was transmitted that crossed a link. One with a trace lets packets go when there is a chance: of the
/// time there, as much as a transmission takes at the mean rate is called so, and the rest waiting.
pub(super) fn transmission(
    record: &Record,
    queued_at: Option<Time>,
    link: LinkState,
    overhead: Bytes,
    processing: Duration,
) -> Duration {
    let usual = link.rate.serialization_delay(Bytes(u64::from(record.size) + overhead.get()));
    let spent = queued_at.map(|queued_at| record.time.since(queued_at).saturating_sub(link.delay + processing));
    spent.map_or(usual, |spent| usual.min(spent))
}

/// What to trace while these flows are recorded.
pub(crate) fn filter(flows: Vec<FlowId>) -> TraceFilter {
    if flows.is_empty() { TraceFilter::Off } else { TraceFilter::Flows(flows) }
}

/// The crossing of a link that ended with `record`, of a packet that had joined the queue at `queued_at`, if that is known.
fn hop(
    link: LinkId,
    record: &Record,
    queued_at: Option<Time>,
    topology: &Topology,
    overheads: &[(Bytes, Duration)],
) -> Hop {
    let state = topology.links[link.index()];
    let (overhead, processing) = overheads[link.index()];
    let transmission = transmission(record, queued_at, state, overhead, processing);
    let arrived_s = record.time.as_secs_f64() - processing.as_secs_f64();
    let transmission_s = transmission.as_secs_f64();
    Hop { link, start_s: arrived_s - state.delay.as_secs_f64() - transmission_s, transmission_s, arrived_s }
}

/// The flows of a diagram: those named, or the first few that `fits`.
pub(crate) fn shown_flows(
    point: &RunPoint,
    named: Option<&OneOrMany<String>>,
    fits: impl Fn(&PlannedFlow) -> bool,
) -> Vec<usize> {
    let mut flows: Vec<usize> = match named {
        Some(names) => {
            let find = |name: &String| point.flows.iter().position(|flow| flow.name == *name);
            names.list().iter().filter_map(find).collect()
        }
        None => (0..point.flows.len()).filter(|&flow| fits(&point.flows[flow])).collect(),
    };
    flows.truncate(MOST_FLOWS);
    flows
}

/// Whether a flow is a conversation, which a ladder shows, rather than a stream of datagrams or one of many that arrive.
pub(crate) fn is_conversation(flow: &PlannedFlow) -> bool {
    match flow.traffic {
        Traffic::Tcp { .. } | Traffic::Ping(_) | Traffic::Rdt(_) => !flow.is_arrival,
        Traffic::Udp(_) => false,
    }
}

/// Whether a flow has sequence numbers and a window.
pub(crate) fn has_sequence(flow: &PlannedFlow) -> bool {
    match flow.traffic {
        Traffic::Tcp { .. } => !flow.is_arrival,
        Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => false,
    }
}

/// What the charts want of packets.
fn wishes(point: &RunPoint, asked: Option<&[ChartChoice]>) -> Vec<Wish> {
    let all = [ChartChoice::Name(ChartKind::Ladder), ChartChoice::Name(ChartKind::TimeSequence)];
    let end = Time::ZERO + point.experiment.duration;
    let mut wishes = Vec::new();
    let mut add = |flows: Vec<usize>, from: Option<Duration>, until: Option<Duration>, most: usize| {
        let (from, until) = (Time::ZERO + from.unwrap_or_default(), until.map_or(end, |until| Time::ZERO + until));
        wishes.extend(flows.into_iter().map(|flow| Wish { flow, from, until, most }));
    };
    for choice in asked.unwrap_or(&all) {
        match choice {
            ChartChoice::Name(ChartKind::Ladder) => {
                add(shown_flows(point, None, is_conversation), None, None, LADDER_PACKETS);
            }
            ChartChoice::Configured(ChartOptions::Ladder(ladder)) => {
                let most = match (ladder.packets, ladder.until) {
                    (Some(packets), _) => packets as usize,
                    (None, Some(_)) => MOST_PACKETS,
                    (None, None) => LADDER_PACKETS,
                };
                add(shown_flows(point, ladder.flow.as_ref(), is_conversation), ladder.from, ladder.until, most);
            }
            ChartChoice::Name(ChartKind::TimeSequence) => {
                add(shown_flows(point, None, has_sequence), None, None, SEQUENCE_PACKETS);
            }
            ChartChoice::Configured(ChartOptions::TimeSequence(graph)) => {
                let most = if graph.until.is_some() { MOST_PACKETS } else { SEQUENCE_PACKETS };
                add(shown_flows(point, graph.flow.as_ref(), has_sequence), graph.from, graph.until, most);
            }
            ChartChoice::Name(_)
            | ChartChoice::Configured(
                ChartOptions::PhasePlot(_)
                | ChartOptions::Sweep(_)
                | ChartOptions::Convergence(_)
                | ChartOptions::RouteCost(_)
                | ChartOptions::Topology(_)
                | ChartOptions::RoutingTables(_),
            ) => {}
        }
    }
    wishes
}
