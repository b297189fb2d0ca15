//! Rules for expectations: one metric each, of something that has it.

use sim_core::units::Bytes;

use super::Facts;
use crate::file::diagnostic::Report;
use crate::file::expect::{Expect, Metric, Subject};
use crate::file::path::Path;
use crate::file::plan::{Expectation, Group, PlannedFlow, RoutedNetwork, Traffic};
use crate::file::spec::Routing;

impl Facts<'_> {
    pub(super) fn expectations(
        &self,
        flows: &[PlannedFlow],
        groups: &[Group],
        network: &RoutedNetwork,
        report: &mut Report<'_>,
    ) -> Vec<Expectation> {
        let mut planned = Vec::new();
        for (index, expect) in self.experiment.expect.iter().enumerate() {
            let at = Path::root().field("expect").index(index);
            let duration = self.experiment.duration;
            let (from, until) = (expect.from.unwrap_or_default(), expect.until.unwrap_or(duration));
            if let Some(until) = expect.until {
                self.check_within_run(&at.field("until"), until, report);
            }
            if from >= until {
                let message = format!("nothing lies between {from} and {until}");
                report.error(&at.field(if expect.from.is_some() { "from" } else { "until" }), message);
            }
            let group = (expect.flow.as_ref()).and_then(|name| groups.iter().position(|group| group.name == *name));
            let flow = expect.flow.as_ref().filter(|_| group.is_none()).and_then(|name| {
                let found = flows.iter().position(|flow| flow.name == *name);
                if found.is_none() {
                    // Of flows that come at random the group is what one means.
                    let single = flows.iter().filter(|flow| !flow.is_arrival).map(|flow| flow.name.as_str());
                    let known = groups.iter().map(|group| group.name.as_str()).chain(single);
                    report.unknown(&at.field("flow"), "flow", name, known);
                }
                found
            });
            let link = expect.link.as_ref().and_then(|name| self.direction_named(&at.field("link"), name, report));
            let mut metrics = expect.metrics();
            match &metrics[..] {
                [] => {
                    let known = Metric::KNOWN.iter().map(|(name, ..)| (*name).to_owned()).collect();
                    report.error(&at, "what is expected? Give one metric").known = known;
                    continue;
                }
                [_] => {}
                [(first, ..), (second, ..), ..] => {
                    let message =
                        format!("`{}` and `{}` in one expectation: make two of it", first.name(), second.name());
                    report.error(&at.field(second.name()), message);
                    continue;
                }
            }
            let (metric, limits, _) = metrics.remove(0);
            let at_metric = at.field(metric.name());
            if limits.is_empty() {
                report.error(&at_metric, "give at least one of `at_least`, `at_most` and `equals`");
            }
            if let (Some(least), Some(most)) = (limits.at_least, limits.at_most)
                && least > most
            {
                report.error(&at_metric, "no value can be at least the one and at most the other");
            }
            if limits.within > 0.0 && limits.equals.is_none() {
                report.error(&at_metric.field("within"), "says how far from `equals`, but there is no `equals`");
            }
            for (field, time) in [("from", expect.from), ("until", expect.until)] {
                if time.is_some() && metric.is_of_whole_run() {
                    let message = format!("`{}` is known for the whole run only: leave `{field}` out", metric.name());
                    report.error(&at.field(field), message);
                }
            }
            self.check_subject(&at, metric, expect.flow.is_some(), expect.link.is_some(), flows, report);
            let route = self.expected_route(&at, metric, expect, network, report);
            let of_group = group.map(|at| &groups[at]);
            self.check_group(&at, metric, expect, of_group, flow.is_some(), report);
            let first = of_group.and_then(|group| group.flows.clone().next());
            if let Some(flow) = flow.or(first) {
                check_flow_has(&at_metric, metric, &flows[flow], report);
            }
            let sizes = expect.size_at_least.map_or(0, Bytes::get)..expect.size_below.map_or(u64::MAX, Bytes::get);
            let text = expect.text();
            planned.push(Expectation { text, metric, flow, group, sizes, link, route, from, until, limits });
        }
        planned
    }

    /// The router and the destination that an expectation names, by their numbers.
    fn expected_route(
        &self,
        at: &Path,
        metric: Metric,
        expect: &Expect,
        network: &RoutedNetwork,
        report: &mut Report<'_>,
    ) -> Option<(usize, usize)> {
        let name = metric.name();
        let names = [("router", &expect.router), ("destination", &expect.destination)];
        if metric.subject() != Subject::Route {
            for (field, _) in names.iter().filter(|(_, given)| given.is_some()) {
                report.error(&at.field(field), format!("`{name}` is not measured on one route"));
            }
            return None;
        }
        for (field, _) in names.iter().filter(|(_, given)| given.is_none()) {
            report.error(at, format!("of which {field} is `{name}`? Give `{field}`"));
        }
        let router = self.router_named(&at.field("router"), expect.router.as_ref()?, report);
        let destination = expect.destination.as_ref()?;
        let found = self.destination_named(&at.field("destination"), destination, &network.prefixes, report);
        Some((router?.index(), found?))
    }

    /// Metrics of a group need one, and those of a flow need a flow.
    fn check_group(
        &self,
        at: &Path,
        metric: Metric,
        expect: &Expect,
        group: Option<&Group>,
        names_single_flow: bool,
        report: &mut Report<'_>,
    ) {
        let name = metric.name();
        let is_of_group = metric.subject() == Subject::Group;
        if is_of_group && names_single_flow {
            let message = format!("`{name}` is of many flows: name an entry with `each` or `arrivals`");
            report.error(&at.field("flow"), message).help.push("of one flow take `completion`".into());
        }
        if let Some(group) = group.filter(|_| metric.subject() == Subject::Flow) {
            let message = format!("`{name}` is of one flow, and `{}` stands for many", group.name);
            let said = report.error(&at.field("flow"), message);
            if metric == Metric::Completion {
                said.help.push(
                    "of many take `completion_mean`, `completion_p50`, `completion_p95` or \
                                `completion_p99`"
                        .into(),
                );
            }
        }
        if metric.is_slowdown() && group.is_some_and(|group| !group.are_arrivals) {
            report.error(&at.field(name), "a slowdown is known of flows with `arrivals` only");
        }
        for (field, size) in [("size_at_least", expect.size_at_least), ("size_below", expect.size_below)] {
            if size.is_some() && !is_of_group {
                report.error(&at.field(field), format!("`{name}` is not measured by size"));
            }
        }
        if let (Some(least), Some(below)) = (expect.size_at_least, expect.size_below)
            && least >= below
        {
            report.error(&at.field("size_below"), format!("no size is at least {least} and below {below}"));
        }
    }

    fn check_subject(
        &self,
        at: &Path,
        metric: Metric,
        names_flow: bool,
        names_link: bool,
        flows: &[PlannedFlow],
        report: &mut Report<'_>,
    ) {
        let name = metric.name();
        let (takes_flow, takes_link) = match metric.subject() {
            Subject::Fairness | Subject::Routing | Subject::Route => (false, false),
            Subject::FlowOrAll | Subject::Flow | Subject::Group => (true, false),
            Subject::Link => (false, true),
            Subject::FlowOrLinkOrAll => (true, true),
        };
        if names_flow && !takes_flow {
            report.error(&at.field("flow"), format!("`{name}` is not measured on one flow"));
        }
        if names_link && !takes_link {
            report.error(&at.field("link"), format!("`{name}` is not measured on a link"));
        }
        if names_flow && names_link && takes_flow && takes_link {
            report.error(&at.field("link"), "`flow` and `link` exclude each other: give one of them");
        }
        match metric.subject() {
            Subject::Fairness => {
                let bulk = flows.iter().filter(|flow| flow.traffic.is_bulk()).count();
                if bulk < 2 {
                    let message = format!("fairness is between flows: `jain` needs at least two, there are {bulk}");
                    report.error(&at.field(name), message);
                }
            }
            Subject::Flow | Subject::Group if !names_flow => {
                let known = self.experiment.flows.iter().map(|entry| entry.name.clone()).collect();
                report.error(at, format!("of which flow is `{name}`? Give `flow`")).known = known;
            }
            Subject::Link if !names_link => {
                let known = self.topology.cables.iter().map(|cable| cable.forward_name.clone()).collect();
                report.error(at, format!("of which link is `{name}`? Give `link`")).known = known;
            }
            Subject::Routing | Subject::Route if !matches!(self.experiment.routing, Routing::Protocol(_)) => {
                let message =
                    format!("`{name}` is of routing by messages, and this is `{}`", self.experiment.routing.name());
                report.error(&at.field(name), message);
            }
            Subject::Flow
            | Subject::Group
            | Subject::FlowOrAll
            | Subject::Link
            | Subject::FlowOrLinkOrAll
            | Subject::Routing
            | Subject::Route => {}
        }
    }
}

/// Says that `flow` has no such thing as `metric`.
fn check_flow_has(at: &Path, metric: Metric, flow: &PlannedFlow, report: &mut Report<'_>) {
    use Metric as M;
    let name = &flow.name;
    let lacks = match metric {
        M::RttMin | M::RttMean | M::RttP95 | M::RttMax => match flow.traffic {
            Traffic::Tcp { .. } | Traffic::Ping(_) | Traffic::Rdt(_) => None,
            Traffic::Udp(_) => {
                Some(format!("round trips are not measured on udp flows such as `{name}`: for one way take delay_…"))
            }
        },
        M::DelayMin | M::DelayMean | M::DelayMax => match flow.traffic {
            Traffic::Udp(_) => None,
            Traffic::Tcp { .. } | Traffic::Ping(_) | Traffic::Rdt(_) => {
                Some(format!("delays are measured on udp flows, and `{name}` is none: for round trips take rtt_…"))
            }
        },
        M::ResponseMean | M::ResponseMax => match &flow.traffic {
            Traffic::Tcp { workload, .. } if workload.dialogue.is_some_and(|it| it.counterpart().is_some()) => None,
            Traffic::Tcp { .. } | Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => {
                Some(format!("`{name}` expects no answers: give its tcp `requests`, or `writes` with an `answer`"))
            }
        },
        M::ReturnedPackets | M::ReturnedBytes | M::WindowProbes => match flow.traffic {
            Traffic::Tcp { .. } => None,
            Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => {
                Some(format!("counted on tcp flows only, and `{name}` is none"))
            }
        },
        M::RetransmittedPackets | M::Timeouts => match flow.traffic {
            Traffic::Tcp { .. } | Traffic::Rdt(_) => None,
            Traffic::Udp(_) | Traffic::Ping(_) => Some(format!("udp and ping send nothing again, and so not `{name}`")),
        },
        M::FastRetransmits => match flow.traffic {
            Traffic::Tcp { .. } => None,
            Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => {
                Some(format!("only tcp has fast retransmits, and `{name}` is no tcp flow"))
            }
        },
        M::WrongDeliveries => match flow.traffic {
            Traffic::Rdt(_) => None,
            Traffic::Tcp { .. } | Traffic::Udp(_) | Traffic::Ping(_) => Some(format!(
                "wrong deliveries are counted on stop_and_wait, go_back_n and selective_repeat flows, not on `{name}`"
            )),
        },
        M::MarkedPackets => match flow.traffic {
            Traffic::Tcp { .. } => None,
            Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => {
                Some(format!("only tcp understands marks, not `{name}`"))
            }
        },
        M::Completion
        | M::CompletionMean
        | M::CompletionP50
        | M::CompletionP95
        | M::CompletionP99
        | M::Completed
        | M::SlowdownMean
        | M::SlowdownP50
        | M::SlowdownP95
        | M::SlowdownP99 => match flow.traffic {
            Traffic::Tcp { size: Some(_), .. } => None,
            Traffic::Tcp { size: None, .. } => Some(format!("`{name}` never completes: it has no `size`")),
            Traffic::Rdt(ref config) if config.transfer().messages().is_some() => None,
            Traffic::Rdt(_) => Some(format!("`{name}` never completes: it has neither `size` nor `packets`")),
            Traffic::Udp(_) | Traffic::Ping(_) => Some(format!("udp and ping never complete, and so not `{name}`")),
        },
        M::Jain
        | M::Goodput
        | M::Throughput
        | M::Loss
        | M::Utilization
        | M::DeliveredBytes
        | M::DeliveredPackets
        | M::SentPackets
        | M::QueueMean
        | M::QueueMax
        | M::QueueingDelayMean
        | M::QueueingDelayMax
        | M::Dropped
        | M::Convergence
        | M::Oscillating
        | M::RoutingMessages
        | M::RouteChanges
        | M::BlackHoled
        | M::Loops
        | M::TtlExpired
        | M::RouteCost
        | M::Captured => None,
    };
    if let Some(message) = lacks {
        report.error(at, message);
    }
}
