//! Watching routing in a run: what routers wrote into their journals, and what became of packets, put in the order of time.

use std::collections::BTreeMap;

use protocols::routing::route::Route;
use protocols::routing::router::RouterAgent;
use protocols::routing::tables::Wanted;
use sim_core::Prefix;
use sim_core::ids::{Destination, LinkId, NodeId};
use sim_core::packet::DropReason;
use sim_core::simulation::{Progress, Simulation};
use sim_core::time::{Duration, Time};
use sim_core::trace::{Record, What};

use super::phases::Phases;
use super::steps::{Gathering, Limits};
use super::travels::{Told, Travels};
use super::{Mishap, MishapKind, RoutingOutcome, Scorecard, SentMessage, TableChange, TableRoute, View};
use crate::file::plan::RunPoint;
use crate::file::spec::Routing;
use crate::run::build::{Built, Ways, build};
use crate::run::measure::{EVENTS_BETWEEN_CALLS, Go, Observer, RunError};
use crate::run::routers::Routers;

/// More changes than this, or messages, or mishaps are counted but not listed: a table of a million rows is read by no one.
const MOST_ROWS: usize = 1_000_000;

/// What is gathered of routing while a run goes on.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    routers: Routers,
    phases: Phases,
    travels: Travels,
    numbers: BTreeMap<Destination, usize>,
    /// Steps, if they are recorded.
    steps: Option<Gathering>,
    outcome: RoutingOutcome,
    /// Which routers' tables are wanted, and when, the latest first.
    wanted: Vec<(Time, Option<NodeId>)>,
}

impl Watch {
    /// A watch over the routers of a run. `views` are times at which tables are wanted: of one router, or of all.
    pub(crate) fn new(
        point: &RunPoint,
        routers: Routers,
        simulation: &Simulation,
        settling_time: Duration,
        mut views: Vec<(Time, Option<NodeId>)>,
    ) -> Self {
        let topology = &point.topology;
        let events = point.events.iter().map(|event| (Time::ZERO + event.at, event.in_words(topology))).collect();
        let all: Vec<(Destination, &str)> = routers.names.destinations().collect();
        let (protocol, infinity) = match &point.experiment.routing {
            Routing::Protocol(config) => (config.name(), config.protocol().infinity()),
            Routing::ShortestPath(_) | Routing::Static(_) => ("", None),
        };
        let outcome = RoutingOutcome {
            protocol,
            infinity,
            names: routers.names.clone(),
            nodes: topology.nodes.iter().map(|node| node.name.clone()).collect(),
            routers: routers.agents.iter().map(|(node, _)| node.index()).collect(),
            destinations: all.iter().map(|(_, name)| (*name).to_owned()).collect(),
            spans: all.iter().map(|&(destination, _)| span(simulation, destination)).collect(),
            ..RoutingOutcome::default()
        };
        let numbers = all.iter().zip(0..).map(|(&(destination, _), at)| (destination, at)).collect();
        views.sort_by(|a, b| b.cmp(a));
        views.dedup();
        Watch {
            phases: Phases::new(events, settling_time),
            travels: Travels::default(),
            numbers,
            steps: None,
            outcome,
            wanted: views,
            routers,
        }
    }

    /// Has all routers take down what they do, step by step.
    pub(crate) fn record_steps(&mut self, simulation: &mut Simulation, limits: Limits) {
        let gathering = self.steps.insert(Gathering::new(limits, self.routers.agents.len()));
        let wanted = gathering.wanted;
        self.follow(simulation, wanted);
    }

    /// Has all routers take down what changes in these tables.
    fn follow(&self, simulation: &mut Simulation, wanted: Wanted) {
        for &(_, agent) in &self.routers.agents {
            let router: &mut RouterAgent = simulation.agent_mut(agent).expect("the agent of a router");
            router.record(&self.routers.names, wanted);
        }
    }

    /// The times at which tables are wanted.
    pub(crate) fn views(&self) -> impl Iterator<Item = Time> + '_ {
        self.wanted.iter().map(|&(time, _)| time)
    }

    /// Takes what has been written since the last call. `records` are those of all packets of flows.
    pub(crate) fn take(&mut self, simulation: &mut Simulation, records: &[Record]) {
        let (mut changes, mut messages, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        for &(node, agent) in &self.routers.agents {
            let router: &mut RouterAgent = simulation.agent_mut(agent).expect("the agent of a router");
            let (changed, sent) = router.take_journal();
            changes.extend(changed.into_iter().map(|change| (change.time, node, change)));
            messages.extend(sent.into_iter().map(|message| (message.time, node, message)));
            steps.extend(router.take_steps().into_iter().map(|step| (step.time, node, step)));
        }
        changes.sort_by_key(|&(time, node, _)| (time, node));
        messages.sort_by_key(|&(time, node, _)| (time, node));
        steps.sort_by_key(|&(time, node, _)| (time, node));
        let (mut changes, mut messages) = (changes.into_iter().peekable(), messages.into_iter().peekable());
        let mut records = records.iter().peekable();
        // At one instant changes before messages: a router decides, then speaks. Packets come last.
        loop {
            let next = [
                changes.peek().map(|&(time, ..)| time),
                messages.peek().map(|&(time, ..)| time),
                records.peek().map(|record| record.time),
            ];
            let Some(first) = next.iter().flatten().min().copied() else { break };
            if next[0] == Some(first) {
                let (time, node, change) = changes.next().expect("it was peeked at");
                let links = &self.routers.links[node.index()];
                let row = |route: &Route| table_route(route, |interface| neighbor(simulation, links[interface]));
                let change = TableChange {
                    t_s: time.as_secs_f64(),
                    router: node.index(),
                    destination: self.numbers[&change.destination],
                    before: change.before.as_ref().map(row),
                    after: change.after.as_ref().map(row),
                    reason: change.reason.name(),
                    over: change.reason.over().map(|path| path.iter().map(|node| node.index()).collect()),
                };
                self.phases.on_change(time, change.router, change.destination, change.after.as_ref());
                push_within(&mut self.outcome.changes, change, &mut self.outcome.changes_left_out);
            } else if next[1] == Some(first) {
                let (time, node, sent) = messages.next().expect("it was peeked at");
                self.phases.on_message(time, sent.bytes);
                if self.outcome.messages.len() >= MOST_ROWS {
                    self.outcome.messages_left_out += 1;
                    continue;
                }
                let link = self.routers.links[node.index()][sent.interface.index()];
                self.outcome.messages.push(SentMessage {
                    t_s: time.as_secs_f64(),
                    from: node.index(),
                    to: neighbor(simulation, link),
                    link: link.index(),
                    bytes: sent.bytes,
                    message: sent.message,
                });
            } else {
                self.on_record(records.next().expect("it was peeked at"));
            }
        }
        // In the same order as changes and messages, of which each step has the next few.
        let followed = self.outcome.recorded_until.tables.is_none();
        for (_, node, step) in steps {
            if let Some(gathering) = &mut self.steps {
                let links = &self.routers.links[node.index()];
                gathering.take(&mut self.outcome, node.index(), links, &self.numbers, step);
            }
        }
        if followed && self.outcome.recorded_until.tables.is_some() {
            self.follow(simulation, Wanted::Nothing);
        }
        self.look(simulation);
    }

    fn on_record(&mut self, record: &Record) {
        let mishap = match (self.travels.on_record(record), record.what) {
            (Told::Loop { hops, is_first }, _) => {
                self.phases.on_loop(record.time, hops, is_first);
                Some(MishapKind::Looped)
            }
            (Told::Nothing, What::Dropped { why, .. }) => {
                self.phases.on_drop(record.time, why);
                mishap(why)
            }
            (Told::Nothing, What::Sent | What::Arrived { .. } | What::Delivered) => None,
        };
        if let Some(kind) = mishap.filter(|_| self.outcome.mishaps.len() < MOST_ROWS) {
            self.outcome.mishaps.push(Mishap { t_s: record.time.as_secs_f64(), node: record.node.index(), kind });
        }
    }

    /// Keeps the tables that are wanted at this stop.
    fn look(&mut self, simulation: &Simulation) {
        let now = simulation.now();
        while let Some((time, node)) = self.wanted.pop_if(|(time, _)| *time <= now) {
            for &(router, agent) in
                self.routers.agents.iter().filter(|(router, _)| node.is_none_or(|node| node == *router))
            {
                let agent: &RouterAgent = simulation.agent(agent).expect("the agent of a router");
                let tables = agent.tables(&self.routers.names);
                self.outcome.views.push(View { t_s: time.as_secs_f64(), router: router.index(), tables });
            }
        }
    }

    /// What there is when the run is over. `delivered_bits` is what flows delivered.
    pub(crate) fn finish(self, simulation: &Simulation, delivered_bits: f64) -> RoutingOutcome {
        let end = simulation.now();
        let mut outcome = self.outcome;
        outcome.phases = self.phases.finish(end);
        let (latency_s, jitter_s) = self.travels.means();
        let routers = || {
            self.routers.agents.iter().map(|&(node, agent)| {
                let agent: &RouterAgent = simulation.agent(agent).expect("the agent of a router");
                (node, agent)
            })
        };
        if let Some(gathering) = &self.steps {
            let names = &self.routers.names;
            if let Some((_, agent)) = routers().next() {
                let titles = |wanted| agent.tables_wanted(names, wanted).into_iter().map(|table| table.title);
                let recorded: Vec<String> = titles(gathering.wanted).collect();
                outcome.tables_left_out = titles(Wanted::All).filter(|title| !recorded.contains(title)).collect();
            }
            if outcome.recorded_until.tables.is_none() {
                for (node, agent) in routers() {
                    let tables = agent.tables_wanted(names, gathering.wanted);
                    let tables = tables.iter().map(|table| outcome.wording.table(table)).collect();
                    outcome.tables.push((node.index(), tables));
                }
            }
        }
        let count = self.routers.agents.len().max(1) as f64;
        let mean_and_most = |of: &dyn Fn(&RouterAgent) -> u64| {
            let all: Vec<u64> = routers().map(|(_, agent)| of(agent)).collect();
            (all.iter().sum::<u64>() as f64 / count, all.into_iter().max().unwrap_or(0))
        };
        let (messages, message_bytes) = routers().fold((0, 0), |(messages, bytes), (_, agent)| {
            let (sent, size) = agent.sent();
            (messages + sent, bytes + size)
        });
        let packet_bytes: u64 = routers().map(|(_, agent)| agent.packet_bytes_sent()).sum();
        let all_bytes: u64 =
            (0..simulation.topology().links.len() as u32).map(|link| simulation.link(LinkId(link)).bytes).sum();
        outcome.scorecard = Scorecard {
            latency_s,
            jitter_s,
            bandwidth_bps: if end > Time::ZERO { delivered_bits / end.as_secs_f64() } else { 0.0 },
            // Packets between neighbours go over one link each.
            overhead: if all_bytes > 0 { packet_bytes as f64 / all_bytes as f64 } else { 0.0 },
            messages,
            message_bytes,
            entries: mean_and_most(&|agent| agent.effort().entries),
            steps: mean_and_most(&|agent| agent.effort().steps),
        };
        for (node, agent) in routers() {
            let links = &self.routers.links[node.index()];
            for (destination, route) in agent.routes() {
                let row = table_route(route, |interface| neighbor(simulation, links[interface]));
                outcome.routes.push((node.index(), self.numbers[destination], row));
            }
        }
        outcome
    }
}

/// The addresses of a destination.
fn span(simulation: &Simulation, destination: Destination) -> Prefix {
    let topology = simulation.topology();
    match destination {
        Destination::Endpoint(at) => Prefix::new(topology.addresses[topology.endpoints[at as usize].index()], 32),
        Destination::Prefix(at) => topology.prefixes[at as usize],
    }
}

/// What a drop for want of a way is called.
fn mishap(reason: DropReason) -> Option<MishapKind> {
    match reason {
        DropReason::NoRoute | DropReason::BlackHole => Some(MishapKind::BlackHole),
        DropReason::LinkDown => Some(MishapKind::LinkDown),
        DropReason::TtlExpired => Some(MishapKind::TtlExpired),
        DropReason::QueueFull
        | DropReason::Lost
        | DropReason::Corrupted
        | DropReason::TooBig
        | DropReason::PortUnreachable => None,
    }
}

fn push_within<T>(rows: &mut Vec<T>, row: T, left_out: &mut u64) {
    if rows.len() < MOST_ROWS { rows.push(row) } else { *left_out += 1 }
}

/// The node at the end of a link.
fn neighbor(simulation: &Simulation, link: LinkId) -> usize {
    simulation.topology().links[link.index()].to.index()
}

/// A route as tables show it.
fn table_route(route: &Route, neighbor: impl Fn(usize) -> usize) -> TableRoute {
    TableRoute {
        cost: route.cost,
        next_hops: route.interfaces().iter().map(|interface| neighbor(interface.index())).collect(),
        path: route.path.as_ref().map(|path| path.iter().map(|node| node.index()).collect()),
    }
}

/// When routing first settles while the flows that wait for it are silent: the time of the last change before a long
/// enough quiet. `None` if it does not within the run, or before the observer stops this.
pub(crate) fn first_settled(
    point: &RunPoint,
    settling_time: Duration,
    observer: &mut dyn Observer,
) -> Result<Option<Duration>, RunError> {
    /// How often one looks within that time.
    const LOOKS: u64 = 8;
    let Built { mut simulation, ways, .. } = build(point).map_err(RunError::Build)?;
    let Ways::Routers(routers) = ways else { return Ok(Some(Duration::ZERO)) };
    if routers.agents.is_empty() {
        // Two hosts and a cable: there is nothing to find out.
        return Ok(Some(Duration::ZERO));
    }
    let mut watch = Watch::new(point, routers, &simulation, settling_time, Vec::new());
    let end = Time::ZERO + point.experiment.duration;
    let step = (settling_time / LOOKS).max(Duration::from_millis(1));
    while simulation.now() < end {
        let stop = end.min(simulation.now() + step);
        let mut progress = Progress::More;
        while progress == Progress::More {
            progress = simulation.run_for(stop, EVENTS_BETWEEN_CALLS).map_err(RunError::Livelock)?;
            if observer.on_progress(simulation.now(), end, simulation.events()) == Go::Stop {
                return Ok(None);
            }
        }
        watch.take(&mut simulation, &[]);
        if let Some(settled) = watch.phases.first_settled(stop) {
            return Ok(Some(settled.since(Time::ZERO)));
        }
    }
    Ok(None)
}
