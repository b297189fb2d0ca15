//! Rules for flows: their names, ends, times and traffic.

use std::collections::BTreeMap;

use protocols::{rdt, tcp, udp};
use sim_core::ids::NodeId;
use sim_core::random::Random;
use sim_core::time::Duration;
use sim_core::units::Bytes;
use topologies::NodeKind;

use super::Facts;
use super::arrivals::Process;
use super::traffic::Pairs;
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{Group, PlannedFlow, Traffic};
use crate::file::sizes::Distribution;
use crate::file::spec::{Flow, Moment, Routing, Server, Start, Tcp};
use crate::file::traffic::Each;
use crate::file::tree::shortened;

/// More flows than this in one file are refused.
pub(super) const MOST_FLOWS: usize = 100_000;

impl Facts<'_> {
    /// All flows, those made by `each` and `arrivals` one by one, and what of them belongs together. `sizes` are the
    /// distributions of the arrivals, by entry.
    pub(super) fn flows(
        &self,
        sizes: &[Option<Distribution>],
        report: &mut Report<'_>,
    ) -> (Vec<PlannedFlow>, Vec<Group>) {
        let mut planned: Vec<PlannedFlow> = Vec::new();
        let mut groups = Vec::new();
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for (index, flow) in self.experiment.flows.iter().enumerate() {
            let at = Path::root().field("flows").index(index);
            self.check_name(&at, flow, report);
            self.check_flow_times(&at, flow, report);
            let traffic = traffic(&at, flow, report);
            let ends = self.ends(&at, flow, report);
            let made = match &flow.arrivals {
                Some(arrivals) => {
                    self.check_arrivals_alone(&at, flow, report);
                    match (traffic, sizes.get(index)) {
                        (Some(traffic), Some(Some(sizes))) => {
                            let process = Process { at: at.field("arrivals"), arrivals, sizes };
                            self.arrivals(flow, &process, &ends, &traffic, report)
                        }
                        _ => Vec::new(),
                    }
                }
                None => traffic.map_or(Vec::new(), |traffic| self.one_by_one(&at, flow, &ends, &traffic, report)),
            };
            if planned.len() + made.len() > MOST_FLOWS {
                report.error(&at, format!("more than {MOST_FLOWS} flows in all"));
                return (planned, groups);
            }
            let start = planned.len();
            for flow in made {
                if let Some(other) = first.get(&flow.name) {
                    let message = format!("the name `{}` is taken by {other}", shortened(&flow.name));
                    report.error(&at.field("name"), message);
                    continue;
                }
                first.insert(flow.name.clone(), at.to_string());
                planned.push(flow);
            }
            if makes_many(flow) {
                let (name, flows) = (flow.name.clone(), start..planned.len());
                groups.push(Group { name, flows, are_arrivals: flow.arrivals.is_some() });
            }
        }
        self.start_and_stop_by_events(&mut planned, report);
        check_ports(self, &planned, report);
        (planned, groups)
    }

    /// One flow between each of `pairs`.
    fn one_by_one(
        &self,
        at: &Path,
        flow: &Flow,
        pairs: &Pairs,
        traffic: &Traffic,
        report: &mut Report<'_>,
    ) -> Vec<PlannedFlow> {
        let made = self.traffic_of_each(at, flow, pairs, traffic, report);
        let count = made.len();
        let planned = made.into_iter().enumerate().map(|(number, ((from, to), traffic))| {
            let name = match flow.each {
                Some(_) => format!("{}{}", flow.name, number + 1),
                None => flow.name.clone(),
            };
            let spread = flow.start_spread.map_or(Duration::ZERO, |spread| share(spread, number, count));
            let jitter = Random::stream(self.seed, &name, "start").time_below(flow.start_jitter.unwrap_or_default());
            let start = flow.start.and_then(Start::at).unwrap_or_default() + spread + jitter;
            let waits_for_routing = flow.start == Some(Start::When(Moment::Converged));
            let (from_port, to_port, stop) = (flow.from_port, flow.to_port, flow.stop);
            let (ideal, is_arrival) = (None, false);
            PlannedFlow {
                name,
                from,
                to,
                start,
                waits_for_routing,
                stop,
                from_port,
                to_port,
                traffic,
                ideal,
                is_arrival,
            }
        });
        planned.collect()
    }

    fn check_name(&self, at: &Path, flow: &Flow, report: &mut Report<'_>) {
        let name = &flow.name;
        let at = at.field("name");
        if name.trim().is_empty() {
            report.error(&at, "a flow needs a name");
        } else if name.trim() != name || name.chars().any(char::is_control) {
            report.error(&at, "begins or ends with a blank, or holds a character that does not print");
        } else if name.chars().count() > 64 {
            report.error(&at, "is longer than 64 characters");
        }
    }

    fn check_flow_times(&self, at: &Path, flow: &Flow, report: &mut Report<'_>) {
        if flow.start == Some(Start::When(Moment::Converged)) {
            let at = at.field("start");
            if !matches!(self.experiment.routing, Routing::Protocol(_)) {
                let message = format!("`{}` needs no time to converge: give a time", self.experiment.routing.name());
                report.error(&at, message);
            }
            if flow.arrivals.is_some() {
                report.error(&at, "flows with `arrivals` come at times of their own: give a time");
            }
        }
        for (field, time) in [("start", flow.start.and_then(Start::at)), ("stop", flow.stop)] {
            if let Some(time) = time {
                self.check_within_run(&at.field(field), time, report);
            }
        }
        let start = flow.start.and_then(Start::at).unwrap_or_default();
        if let Some(stop) = flow.stop.filter(|&stop| stop <= start) {
            report.error(&at.field("stop"), format!("stops at {stop}, but starts at {start}: it would send nothing"));
        }
        if flow.start_spread.is_some() && flow.each.is_none() {
            report.error(&at.field("start_spread"), "spreads the flows made by `each`, but there is no `each`");
        }
        let latest = start + flow.start_spread.unwrap_or_default() + flow.start_jitter.unwrap_or_default();
        if start <= self.experiment.duration && latest > self.experiment.duration {
            let field = if flow.start_spread.is_some() { "start_spread" } else { "start_jitter" };
            let message = format!("the last start may be {latest}, after the end of the run");
            report.warning(&at.field(field), message);
        }
    }

    /// Sender and receiver of each flow that an entry makes.
    fn ends(&self, at: &Path, flow: &Flow, report: &mut Report<'_>) -> Pairs {
        if let Some(each) = &flow.each {
            for (field, given) in [("from", &flow.from), ("to", &flow.to)] {
                if given.is_some() {
                    report
                        .error(&at.field(field), format!("`each` and `{field}` exclude each other: give one of them"));
                }
            }
            return self.pattern(at, flow, each, report);
        }
        let from = self.end(at, "from", flow.from.as_deref(), report);
        let to = self.end(at, "to", flow.to.as_deref(), report);
        let (Some(from), Some(to)) = (from, to) else { return Pairs::default() };
        let name = |node: NodeId| &self.topology.nodes[node.index()].name;
        if from == to {
            report.error(&at.field("to"), format!("the flow would begin and end at `{}`", name(from)));
        } else if !self.reaches(from, to) {
            let message = format!("`{}` cannot be reached from `{}`: no links join them", name(to), name(from));
            report.error(&at.field("to"), message);
        }
        vec![(from, to)].into()
    }

    fn end(&self, at: &Path, field: &str, name: Option<&str>, report: &mut Report<'_>) -> Option<NodeId> {
        let Some(name) = name else {
            report.error(at, format!("the field `{field}` is missing: the name of a host")).help =
                vec!["or make many flows alike with \"each\"".to_owned()];
            return None;
        };
        let node = self.nodes.get(name).copied();
        if node.is_none() {
            let names = self.topology.nodes.iter();
            // Hosts first: flows mostly run between them.
            let hosts = names.clone().filter(|node| node.kind == NodeKind::Host);
            let routers = names.filter(|node| node.kind == NodeKind::Router);
            report.unknown(&at.field(field), "node", name, hosts.chain(routers).map(|node| node.name.as_str()));
        }
        node
    }

    pub(super) fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        self.component[from.index()] == self.component[to.index()]
    }

    /// `start` and `stop` events set the times of flows that do not give them.
    fn start_and_stop_by_events(&self, planned: &mut [PlannedFlow], report: &mut Report<'_>) {
        let mut said: BTreeMap<(&str, &str), String> = BTreeMap::new();
        for (index, event) in self.experiment.events.iter().enumerate() {
            let at = Path::root().field("events").index(index);
            for (verb, name) in [("start", &event.start), ("stop", &event.stop)] {
                let Some(name) = name else { continue };
                let here = at.field(verb);
                let Some(flow) = planned.iter_mut().find(|flow| flow.name == *name) else {
                    report.unknown(&here, "flow", name, planned.iter().map(|flow| flow.name.as_str()));
                    continue;
                };
                let in_entry = self.experiment.flows.iter().any(|entry| {
                    entry.name == *name && if verb == "start" { entry.start.is_some() } else { entry.stop.is_some() }
                });
                let before = said.insert((verb, name.as_str()), at.to_string());
                if in_entry || before.is_some() {
                    let place = before.unwrap_or_else(|| "the flow itself".into());
                    report.error(&here, format!("the {verb} of `{name}` is already given by {place}"));
                } else if verb == "start" {
                    flow.start = event.at;
                } else {
                    flow.stop = Some(event.at);
                }
            }
        }
        for (index, event) in self.experiment.events.iter().enumerate() {
            let Some(flow) = event.stop.as_ref().and_then(|name| planned.iter().find(|flow| flow.name == *name)) else {
                continue;
            };
            if event.at <= flow.start {
                let at = Path::root().field("events").index(index).field("at");
                report.error(&at, format!("`{}` would stop before it starts at {}", flow.name, flow.start));
            }
        }
    }
}

/// The one kind of traffic that a flow gives.
fn traffic(at: &Path, flow: &Flow, report: &mut Report<'_>) -> Option<Traffic> {
    let mut given: Vec<(&str, Traffic)> = Vec::new();
    if let Some(tcp) = &flow.tcp {
        if let Err(invalid) = tcp.config.check() {
            report.error(&at.field("tcp").field(invalid.field), invalid.why);
        }
        if tcp.size.is_some_and(|size| size.get() == 0) {
            report.error(&at.field("tcp").field("size"), "a transfer of nothing: give at least 1 B, or leave it out");
        }
        check_dialogue(&at.field("tcp"), tcp, report);
        let writes = tcp.writes.map(tcp::Dialogue::Writes);
        let dialogue = writes.or(tcp.requests.map(tcp::Dialogue::Requests));
        let bytes = tcp.size.map(|size| size.get()).or(dialogue.map(|_| 0));
        let workload = tcp::Workload { bytes, dialogue, then: tcp.then };
        let (config, reader, server) = (tcp.config.clone(), tcp.reader, tcp.server);
        let traffic = Traffic::Tcp { config, size: workload.total().map(Bytes), workload, server, reader };
        given.push(("tcp", traffic));
    }
    if let Some(source) = &flow.udp {
        for problem in source.check() {
            report.error(&at.field("udp").join(&Path::from_pointer(&problem.at)), problem.fault.to_string());
        }
        check_rate(&at.field("udp"), source, flow.each.as_ref(), report);
        given.push(("udp", Traffic::Udp(source.clone())));
    }
    if let Some(ping) = &flow.ping {
        for problem in ping.check() {
            report.error(&at.field("ping").join(&Path::from_pointer(&problem.at)), problem.fault.to_string());
        }
        given.push(("ping", Traffic::Ping(ping.clone())));
    }
    let reliable = [
        flow.stop_and_wait.clone().map(rdt::Config::StopAndWait),
        flow.go_back_n.clone().map(rdt::Config::GoBackN),
        flow.selective_repeat.clone().map(rdt::Config::SelectiveRepeat),
    ];
    for config in reliable.into_iter().flatten() {
        check_rdt(&at.field(config.name()), &config, report);
        given.push((config.name(), Traffic::Rdt(config)));
    }
    match given.len() {
        0 => {
            report.error(
                at,
                "what does this flow send? Give `tcp`, `udp`, `ping`, `stop_and_wait`, `go_back_n` or `selective_repeat`",
            );
            None
        }
        1 => given.pop().map(|(_, traffic)| traffic),
        _ => {
            let (first, second) = (given[0].0, given[1].0);
            report.error(&at.field(second), format!("`{first}` and `{second}` exclude each other: give one of them"));
            None
        }
    }
}

/// A source has a rate, or gets one from a pattern that has rates.
fn check_rate(at: &Path, source: &udp::source::Config, each: Option<&Each>, report: &mut Report<'_>) {
    let giver = each.filter(|each| matches!(each, Each::Gravity(_) | Each::Demands(_)));
    match (source.rate(), giver) {
        (Some((pattern, Some(_))), Some(giver)) => {
            let message = format!("`{}` gives each flow a rate of its own: leave it out", giver.name());
            report.error(&at.field(pattern).field("rate"), message);
        }
        (Some((pattern, None)), None) => {
            report.error(&at.field(pattern), "the field `rate` is missing: a bit rate such as \"10 Mbps\"");
        }
        (None, Some(giver)) => {
            let message = format!(
                "`{}` gives rates, and this sends at given times: take constant, poisson or on_off",
                giver.name()
            );
            report.error(&at.field("scheduled"), message);
        }
        (Some((_, None)), Some(_)) | (Some((_, Some(_))), None) | (None, None) => {}
    }
}

/// Whether an entry stands for many flows, called by its name and a number.
pub(super) fn makes_many(entry: &Flow) -> bool {
    entry.each.is_some() || entry.arrivals.is_some()
}

/// At most one of `size`, `writes` and `requests`, and nothing in it that is empty.
fn check_dialogue(at: &Path, tcp: &Tcp, report: &mut Report<'_>) {
    let given = [("size", tcp.size.is_some()), ("writes", tcp.writes.is_some()), ("requests", tcp.requests.is_some())];
    let mut given = given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name);
    if let (Some(first), Some(second)) = (given.next(), given.next()) {
        report.error(&at.field(second), format!("`{first}` and `{second}` exclude each other: give one of them"));
    }
    let is_nothing = |size: Bytes| size.get() == 0;
    let nothing = "must be at least 1 B";
    if let Some(writes) = &tcp.writes {
        let at = at.field("writes");
        if is_nothing(writes.size) {
            report.error(&at.field("size"), nothing);
        }
        if writes.answer.is_some_and(is_nothing) {
            report.error(&at.field("answer"), "must be at least 1 B; leave it out for no answer");
        }
        if writes.every.is_zero() {
            report.error(&at.field("every"), "must be more than zero");
        }
    }
    if let Some(requests) = &tcp.requests {
        let at = at.field("requests");
        for (field, size) in [("size", requests.size), ("answer", requests.answer)] {
            if is_nothing(size) {
                report.error(&at.field(field), nothing);
            }
        }
        if u64::from(requests.writes) > requests.size.get() {
            let message = format!("a request of {} cannot be made in {} writes", requests.size, requests.writes);
            report.error(&at.field("writes"), message);
        }
    }
    if let Server::Sends(size) = tcp.server
        && is_nothing(size)
    {
        report.error(&at.field("server").field("sends"), nothing);
    }
}

fn check_rdt(at: &Path, config: &rdt::Config, report: &mut Report<'_>) {
    if let Err(invalid) = config.check() {
        report.error(&at.join(&Path::from_pointer(&format!("/{}", invalid.field))), invalid.why);
    }
    let (space, least) = (config.space(), config.least_space());
    if space < least {
        let message = format!("with fewer than {least} sequence numbers, old packets will be taken for new ones");
        report.warning(&at.field("sequence_space"), message);
    }
}

/// `number` of `count` equal shares of `whole`.
fn share(whole: Duration, number: usize, count: usize) -> Duration {
    let picos = u128::from(whole.picos()) * number as u128 / count.max(1) as u128;
    Duration::from_picos(picos as u64)
}

/// Two flows of one kind between the same nodes with the same ports could not be told apart.
fn check_ports(facts: &Facts<'_>, planned: &[PlannedFlow], report: &mut Report<'_>) {
    let mut taken = BTreeMap::new();
    for flow in planned {
        let (Some(from_port), Some(to_port)) = (flow.from_port, flow.to_port) else { continue };
        let key = (flow.traffic.protocol(), flow.from, flow.to, from_port, to_port);
        if let Some(other) = taken.insert(key, &flow.name) {
            let entry =
                facts.experiment.flows.iter().position(|entry| {
                    entry.name == flow.name || (makes_many(entry) && flow.name.starts_with(&entry.name))
                });
            let at = Path::root().field("flows").index(entry.unwrap_or(0)).field("to_port");
            report.error(&at, format!("`{other}` has the same ends and ports"));
        }
    }
}
