//! Running a simulation and measuring it.
//!
//! All is read at stops, between events: samples of a series, and snapshots at the ends of the intervals that
//! expectations and the fairness index speak of. Reading changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use protocols::routing::route::Route;
use protocols::routing::router::{ROUTING, RouterAgent};
use sim_core::ids::{Destination, LinkId, NodeId};
use sim_core::network::BuildError;
use sim_core::queue::QueueLimit;
use sim_core::simulation::{LinkReport, Livelock, Progress, Simulation};
use sim_core::time::{Duration, Time};
use sim_core::trace::TraceFilter;

use super::anatomy::Anatomy;
use super::build::{Built, FlowAgents, Ways, build, link_id};
use super::fairness::{common_time, common_time_of_run, jain};
use super::flows::{FlowCounts, flow_counts, flow_outcome, gauges, is_active};
use super::groups;
use super::judge::{Snapshot, jain_over, judge};
use super::outcome::{FlowOutcome, FlowSeries, ForwardingTable, LinkOutcome, LinkSeries, Outcome, Series};
use super::record::{Recorder, filter};
use super::routing::steps::Limits;
use super::routing::views;
use super::routing::watch::{Watch, first_settled};
use super::story;
use crate::file::plan::{LinkRef, PlannedFlow, RunPoint};
use crate::file::spec::{ChartKind, Routing};
use topologies::NodeKind;

/// Told of the progress of a run; may stop it.
pub trait Observer {
    /// Called between instants, at least every few hundred thousand events.
    fn on_progress(&mut self, now: Time, end: Time, events: u64) -> Go;
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// It goes on.
    On,
    /// It stops here.
    Stop,
}

/// Lets every run go on.
impl Observer for () {
    fn on_progress(&mut self, _now: Time, _end: Time, _events: u64) -> Go {
        Go::On
    }
}

/// Why a run gave no complete outcome.
#[derive(Debug)]
pub enum RunError {
    /// The observer stopped it; this is what there was.
    Interrupted(Box<Outcome>),
    /// Events at one instant go on without end.
    Livelock(Livelock),
    /// The network could not be built.
    Build(BuildError),
    /// Packets came from nowhere or went there: a bug in netsim.
    NotConserved(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Interrupted(outcome) => write!(f, "interrupted at t = {}", outcome.simulated),
            RunError::Livelock(livelock) => livelock.fmt(f),
            RunError::Build(error) => error.fmt(f),
            RunError::NotConserved(counts) => {
                write!(f, "packets are not conserved, which is a bug in netsim: {counts}")
            }
        }
    }
}

impl std::error::Error for RunError {}

/// Above this many routers, forwarding tables are left out of the outcome.
const MOST_TABLES: usize = 64;
/// Events between two calls of the observer.
pub(crate) const EVENTS_BETWEEN_CALLS: u64 = 200_000;

/// What is recorded beside counts and samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// What the run's charts need: changes of windows, and packets of a stretch of time.
    pub charts: bool,
    /// What the report's replay needs.
    pub report: bool,
}

impl Recording {
    /// Nothing.
    pub const OFF: Recording = Recording { charts: false, report: false };
    /// What charts need.
    pub const FOR_CHARTS: Recording = Recording { charts: true, report: false };
    /// What charts and the report need.
    pub const FOR_ALL: Recording = Recording { charts: true, report: true };
}

/// Runs one point of a plan to its end, without what only charts need.
///
/// # Errors
/// When the observer stops it, or the network cannot be built or run; see [`RunError`].
pub fn run(point: &RunPoint, observer: &mut dyn Observer) -> Result<Outcome, RunError> {
    run_recording(point, observer, Recording::OFF)
}

/// Runs one point of a plan to its end. What is recorded changes nothing else in the outcome.
///
/// # Errors
/// When the observer stops it, or the network cannot be built or run; see [`RunError`].
pub fn run_recording(point: &RunPoint, observer: &mut dyn Observer, recording: Recording) -> Result<Outcome, RunError> {
    let settled;
    let point = if point.flows.iter().any(|flow| flow.waits_for_routing) {
        settled = started_when_settled(point, observer)?;
        &settled
    } else {
        point
    };
    let mut measurement = Measurement::new(point, build(point).map_err(RunError::Build)?, recording);
    let go = measurement.run_to_end(observer).map_err(RunError::Livelock)?;
    let packets = measurement.simulation.packets();
    if !packets.are_conserved() {
        return Err(RunError::NotConserved(format!("{packets:?}")));
    }
    let outcome = measurement.outcome();
    match go {
        Go::On => Ok(outcome),
        Go::Stop => Err(RunError::Interrupted(Box::new(outcome))),
    }
}

/// The same run, with a time for the flows that wait for routing: they do not change what comes before. An observer who
/// stops the search stops the run itself too, when it is asked again.
fn started_when_settled(point: &RunPoint, observer: &mut dyn Observer) -> Result<RunPoint, RunError> {
    let mut point = point.clone();
    let Routing::Protocol(config) = &point.experiment.routing else { return Ok(point) };
    let settled = first_settled(&point, config.protocol().settling_time(), observer)?;
    for flow in point.flows.iter_mut().filter(|flow| flow.waits_for_routing) {
        // Of a network that does not settle they never do.
        flow.start += settled.unwrap_or(point.experiment.duration);
        flow.waits_for_routing = false;
    }
    Ok(point)
}

/// A watch over routing, if it goes by messages.
fn watch(point: &RunPoint, ways: &Ways, simulation: &mut Simulation, recording: Recording) -> Option<Watch> {
    let (Routing::Protocol(config), Ways::Routers(routers)) = (&point.experiment.routing, ways) else { return None };
    let views = if recording.charts { views::of_charts(point) } else { Vec::new() };
    let mut watch = Watch::new(point, routers.clone(), simulation, config.protocol().settling_time(), views);
    if recording.report {
        watch.record_steps(simulation, Limits::default());
    }
    Some(watch)
}

/// A run under way.
struct Measurement<'a> {
    point: &'a RunPoint,
    simulation: Simulation,
    flows: Vec<FlowAgents>,
    ways: Ways,
    /// What is gathered of routing by messages.
    routing: Option<Watch>,
    end: Time,
    interval: Duration,
    /// The counts at the last sample.
    last: Snapshot,
    rtt_counts: Vec<u64>,
    series: Series,
    /// Snapshots still to take, and those taken.
    wanted: BTreeSet<Time>,
    snapshots: BTreeMap<Time, Snapshot>,
    anatomy: Option<Anatomy>,
    recorder: Recorder,
    /// Writes down what became of packets, for the report.
    story: Option<story::Recorder>,
    /// Whether packets are being traced for the recorder.
    is_tracing: bool,
    /// Whether all packets of flows are traced, for others than the recorder.
    traces_all: bool,
}

impl<'a> Measurement<'a> {
    fn new(point: &'a RunPoint, built: Built, recording: Recording) -> Self {
        let Built { mut simulation, flows, ways } = built;
        let end = Time::ZERO + point.experiment.duration;
        let interval = point.experiment.sample_interval();
        let mut wanted: BTreeSet<Time> = point
            .expectations
            .iter()
            .flat_map(|expectation| {
                let (from, until) = (Time::ZERO + expectation.from, Time::ZERO + expectation.until);
                let common = common_time(point, from, until).into_iter().flat_map(|(from, until, _)| [from, until]);
                [from, until].into_iter().chain(common)
            })
            .chain(common_time_of_run(point).into_iter().flat_map(|(from, until, _)| [from, until]))
            .collect();
        wanted.retain(|&at| at <= end);
        // Recording every packet costs time, so it is done only where the chart is asked for by name.
        let wants_anatomy =
            point.experiment.charts.iter().flatten().any(|chart| chart.kind() == ChartKind::DelayAnatomy);
        let anatomy = wants_anatomy.then(|| Anatomy::new(point, &flows));
        let recorder = match recording.charts {
            false => Recorder::default(),
            true => Recorder::new(point, &flows, &mut simulation),
        };
        let is_tracing = !recorder.traced().is_empty();
        let story = recording.report.then(|| story::Recorder::new(point, &flows, recorder.windows(), &mut simulation));
        let routing = watch(point, &ways, &mut simulation, recording);
        if let Some(watch) = &routing {
            wanted.extend(watch.views().filter(|&at| at <= end));
        }
        let traces_all = wants_anatomy || routing.is_some();
        let series = Series {
            interval_s: interval.as_secs_f64(),
            flows: vec![FlowSeries::default(); flows.len()],
            links: vec![LinkSeries::default(); 2 * point.topology.cables.len()],
            ..Series::default()
        };
        let rtt_counts = vec![0; flows.len()];
        let mut measurement = Measurement {
            point,
            last: Snapshot { at: Time::ZERO, flows: Vec::new(), links: Vec::new() },
            simulation,
            flows,
            ways,
            routing,
            end,
            interval,
            rtt_counts,
            series,
            wanted,
            snapshots: BTreeMap::new(),
            anatomy,
            recorder,
            story,
            is_tracing,
            traces_all,
        };
        measurement.choose_traced();
        measurement.last = measurement.snapshot_of(|flow| !flow.is_arrival);
        measurement
    }

    fn run_to_end(&mut self, observer: &mut dyn Observer) -> Result<Go, Livelock> {
        loop {
            let now = self.simulation.now();
            if self.wanted.first() == Some(&now) {
                self.wanted.pop_first();
                self.snapshots.insert(now, self.snapshot());
                self.drain_trace();
            }
            if now >= self.end {
                return Ok(Go::On);
            }
            let next_sample = self.end.min(self.last.at + self.interval);
            let stop = self.wanted.first().map_or(next_sample, |&wanted| wanted.min(next_sample));
            let stop = self.story.as_ref().and_then(story::Recorder::next_stop).map_or(stop, |next| next.min(stop));
            while self.simulation.run_for(stop, self.patience())? == Progress::More {
                self.drain_trace();
                if observer.on_progress(self.simulation.now(), self.end, self.simulation.events()) == Go::Stop {
                    return Ok(Go::Stop);
                }
            }
            self.drain_trace();
            if stop == next_sample {
                self.sample();
                if observer.on_progress(stop, self.end, self.simulation.events()) == Go::Stop {
                    return Ok(Go::Stop);
                }
            }
        }
    }

    /// How many events may pass until somebody looks.
    fn patience(&self) -> u64 {
        self.story.as_ref().map_or(EVENTS_BETWEEN_CALLS, |story| story.patience().min(EVENTS_BETWEEN_CALLS))
    }

    /// Traces what charts, the report and others need.
    fn choose_traced(&mut self) {
        let is_for_story = self.story.as_ref().is_some_and(story::Recorder::is_tracing);
        self.simulation.set_trace(&match self.traces_all || is_for_story {
            true => TraceFilter::AllBut(ROUTING),
            false => filter(self.recorder.traced()),
        });
    }

    /// Passes on what probes saw since the last call.
    fn drain_observations(&mut self) {
        let seen = self.simulation.take_observations();
        if let Some(story) = &mut self.story {
            story.observe(&seen);
        }
        for flow in self.recorder.observe(&seen) {
            let agents = &self.flows[flow];
            match &mut self.story {
                Some(story) => story.take_over(self.point, flow, agents, &mut self.simulation),
                None => self.simulation.watch(agents.sender, flow as u32, None),
            }
        }
    }

    fn drain_trace(&mut self) {
        self.drain_observations();
        if !self.traces_all && !self.is_tracing && self.story.is_none() {
            return;
        }
        let (records, now) = (self.simulation.take_records(), self.simulation.now());
        if self.is_tracing {
            self.recorder.take(&records, self.simulation.topology(), now);
            self.is_tracing = !self.recorder.traced().is_empty();
        }
        if let Some(story) = &mut self.story {
            story.take(&mut self.simulation, &records);
        }
        self.choose_traced();
        if let Some(watch) = &mut self.routing {
            watch.take(&mut self.simulation, &records);
        }
        if let Some(anatomy) = &mut self.anatomy {
            anatomy.take(records, self.simulation.topology());
        }
    }

    fn snapshot(&self) -> Snapshot {
        self.snapshot_of(|_| true)
    }

    /// Of the other flows nothing is counted.
    fn snapshot_of(&self, is_counted: impl Fn(&PlannedFlow) -> bool) -> Snapshot {
        let counts = |(flow, agents): (&PlannedFlow, &FlowAgents)| match is_counted(flow) {
            true => flow_counts(&self.simulation, flow, agents),
            false => FlowCounts::default(),
        };
        Snapshot {
            at: self.simulation.now(),
            flows: self.point.flows.iter().zip(&self.flows).map(counts).collect(),
            links: LinkRef::all(&self.point.topology).map(|link| self.simulation.link(link_id(link))).collect(),
        }
    }

    /// Adds a sample of everything: what happened since the last one.
    fn sample(&mut self) {
        // Thousands of flows that come and go have no series: they would be many times as large as all else.
        let now = self.snapshot_of(|flow| !flow.is_arrival);
        let seconds = (now.at - self.last.at).as_secs_f64();
        self.series.times_s.push(now.at.as_secs_f64());
        let mut goodputs = Vec::new();
        for (at, flow) in self.point.flows.iter().enumerate().filter(|(_, flow)| !flow.is_arrival) {
            let (before, after) = (&self.last.flows[at], &now.flows[at]);
            let series = &mut self.series.flows[at];
            let per_second = |before: u64, after: u64| (after - before) as f64 * 8.0 / seconds;
            series.goodput_bps.push(per_second(before.delivered_bytes, after.delivered_bytes));
            series.throughput_bps.push(per_second(before.arrived_bytes, after.arrived_bytes));
            series.retransmits.push((after.retransmitted_packets - before.retransmitted_packets) as f64);
            series.timeouts.push((after.timeouts - before.timeouts) as f64);
            let gauges = gauges(&self.simulation, flow, &self.flows[at]);
            series.cwnd_bytes.push(gauges.cwnd);
            series.ssthresh_bytes.push(gauges.ssthresh);
            series.flight_bytes.push(gauges.flight);
            let is_new = gauges.rtt_count > self.rtt_counts[at];
            self.rtt_counts[at] = gauges.rtt_count;
            series.rtt_s.push(if is_new { gauges.rtt } else { f64::NAN });
            series.srtt_s.push(gauges.srtt);
            series.rto_s.push(gauges.rto);
            if flow.traffic.is_bulk() && is_active(&self.simulation, flow, &self.flows[at], self.last.at, now.at) {
                goodputs.push((after.delivered_bytes - before.delivered_bytes) as f64);
            }
        }
        self.series.jain.push(jain(&goodputs).unwrap_or(f64::NAN));
        for ((series, before), after) in self.series.links.iter_mut().zip(&self.last.links).zip(&now.links) {
            series.queue_packets.push(after.queue_packets as u32);
            series.drops.push((after.dropped.total() - before.dropped.total()) as u32);
            series.utilization.push(utilization(Some(before), after, seconds) as f32);
            if let (Some(before), Some(after)) = (before.usage, after.usage) {
                series.offered_bps.push((after.offered_bytes - before.offered_bytes) as f64 * 8.0 / seconds);
            }
        }
        self.last = now;
    }

    fn outcome(mut self) -> Outcome {
        let finish = self.snapshot();
        // A run cut short has no later snapshots: what it had counts.
        for at in std::mem::take(&mut self.wanted) {
            self.snapshots.insert(at, finish.clone());
        }
        self.snapshots.entry(Time::ZERO).or_insert_with(|| Snapshot {
            at: Time::ZERO,
            flows: vec![FlowCounts::default(); finish.flows.len()],
            links: Vec::new(),
        });
        let flows: Vec<FlowOutcome> = (self.point.flows.iter().zip(&self.flows).zip(&finish.flows))
            .map(|((flow, agents), counts)| {
                flow_outcome(&self.simulation, &self.point.topology, flow, agents, counts, finish.at)
            })
            .collect();
        let links: Vec<LinkOutcome> = LinkRef::all(&self.point.topology)
            .zip(&finish.links)
            .map(|(link, report)| self.link_outcome(link, report, finish.at))
            .collect();
        let jain = common_time_of_run(self.point).and_then(|common| jain_over(&self.snapshots, &common));
        let delivered_bits = finish.flows.iter().map(|flow| flow.delivered_bytes as f64 * 8.0).sum();
        let routing = self.routing.take().map(|watch| watch.finish(&self.simulation, delivered_bits));
        let expectations = judge(self.point, &self.snapshots, &finish, &flows, &links, routing.as_ref());
        let tables = self.tables();
        let (packets_of, windows) = self.recorder.finish();
        let story = self.story.map(|story| story.finish(self.point, &self.flows, &self.simulation));
        Outcome {
            seed: self.point.seed,
            simulated: finish.at.since(Time::ZERO),
            events: self.simulation.events(),
            packet_hops: self.simulation.packet_hops(),
            fingerprint: self.simulation.fingerprint(),
            packets: self.simulation.packets(),
            groups: groups::outcomes(&self.point.groups, &flows),
            flows,
            links,
            jain,
            tables,
            routing,
            windows,
            packets_of,
            story,
            expectations,
            marks: marks(self.point),
            anatomy: self.anatomy.map_or(Vec::new(), |anatomy| anatomy.finish(self.point)),
            series: self.series,
        }
    }

    fn link_outcome(&self, link: LinkRef, report: &LinkReport, end: Time) -> LinkOutcome {
        let topology = &self.point.topology;
        let (from, to) = link.ends(topology);
        let seconds = end.as_secs_f64();
        let over = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
        let limit = link.spec(topology).queue.limit();
        LinkOutcome {
            name: link.name(topology).to_owned(),
            from: topology.nodes[from.index()].name.clone(),
            to: topology.nodes[to.index()].name.clone(),
            bandwidth_bps: self.simulation.topology().links[link_id(link).index()].rate.bps() as f64,
            limit_packets: if let Some(QueueLimit::Packets(most)) = limit { Some(most.into()) } else { None },
            limit_bytes: if let Some(QueueLimit::Bytes(most)) = limit { Some(most.get()) } else { None },
            utilization: Some(utilization(None, report, seconds)).filter(|share| share.is_finite()).unwrap_or(0.0),
            packets: report.packets,
            bytes: report.bytes,
            dropped: report.dropped,
            marked: report.marked,
            queue_packets_mean: over(report.queue_integral as f64 / 1e12, seconds),
            queue_packets_max: report.queue_packets_max.into(),
            queueing_delay_mean_s: over(report.queueing_delay_sum as f64 / 1e12, report.packets as f64),
            queueing_delay_max_s: report.queueing_delay_max.as_secs_f64(),
        }
    }

    /// The forwarding tables of the routers at the end.
    fn tables(&self) -> Vec<ForwardingTable> {
        let topology = &self.point.topology;
        let is_shown = |at: &usize| match self.ways {
            Ways::Oracle(_) => topology.nodes[*at].kind == NodeKind::Router,
            Ways::Static | Ways::Routers(_) => self.point.network.is_router[*at],
        };
        let routers: Vec<usize> = (0..topology.nodes.len()).filter(is_shown).collect();
        if routers.len() > MOST_TABLES {
            return Vec::new();
        }
        routers.into_iter().map(|router| self.table(router)).collect()
    }

    fn table(&self, router: usize) -> ForwardingTable {
        let node = NodeId(router as u32);
        let state = self.simulation.topology();
        let neighbor = |link: &LinkId| state.node_names[state.links[link.index()].to.index()].clone();
        let rows = match &self.ways {
            Ways::Oracle(oracle) => {
                let graph = oracle.graph(state);
                let row = |&endpoint: &NodeId| {
                    let paths = graph.paths_to(endpoint);
                    let hops = paths.next_hops(node);
                    let used = if oracle.is_multipath { hops } else { &hops[..hops.len().min(1)] };
                    let name = state.node_names[endpoint.index()].clone();
                    Some((name, paths.cost(node)?, used.iter().map(neighbor).collect()))
                };
                state.endpoints.iter().filter_map(row).collect()
            }
            Ways::Static => {
                let row = |&endpoint: &NodeId| {
                    let hops = self.simulation.next_hops(node, state.addresses[endpoint.index()]).ok()?;
                    let name = state.node_names[endpoint.index()].clone();
                    (endpoint != node).then(|| (name, 0, hops.iter().map(neighbor).collect()))
                };
                state.endpoints.iter().filter_map(row).collect()
            }
            Ways::Routers(routers) => {
                let router: Option<&RouterAgent> = routers.of(node).and_then(|agent| self.simulation.agent(agent));
                let links = &routers.links[node.index()];
                let row = |(destination, route): (&Destination, &Route)| {
                    let hops = route.interfaces().iter().map(|interface| neighbor(&links[interface.index()]));
                    (routers.names.destination(*destination).to_owned(), route.cost, hops.collect())
                };
                router.into_iter().flat_map(|router| router.routes().iter().map(row)).collect()
            }
        };
        let cost = self.point.experiment.routing.link_cost();
        ForwardingTable { node: state.node_names[router].clone(), rows, cost }
    }
}

/// Share of the time in which a link transmitted; of a link with a trace, the share used of what that offered. `NaN` in
/// no time, or if nothing was offered.
pub(super) fn utilization(before: Option<&LinkReport>, after: &LinkReport, seconds: f64) -> f64 {
    let busy = after.busy.saturating_sub(before.map_or(Duration::ZERO, |before| before.busy));
    let Some(usage) = after.usage else { return busy.as_secs_f64() / seconds };
    let earlier = before.and_then(|before| before.usage).unwrap_or_default();
    (usage.used_bytes - earlier.used_bytes) as f64 / (usage.offered_bytes - earlier.offered_bytes) as f64
}

fn marks(point: &RunPoint) -> Vec<(f64, String)> {
    let events = point.events.iter().map(|event| (event.at.as_secs_f64(), event.in_words(&point.topology)));
    let stops = point.flows.iter().filter_map(|flow| Some((flow.stop?.as_secs_f64(), format!("{} stops", flow.name))));
    let mut marks: Vec<(f64, String)> = events.chain(stops).collect();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    marks
}
