//! Expectations: what was measured, and whether it is as expected.

use std::collections::BTreeMap;

use sim_core::simulation::LinkReport;
use sim_core::time::Time;

use super::build::link_id;
use super::fairness::{common_time, jain};
use super::flows::FlowCounts;
use super::groups::{Completions, Spread};
use super::measure::utilization;
use super::outcome::{ExpectationOutcome, FlowOutcome, LatencyOutcome, LinkOutcome};
use super::routing::replay::Tables;
use super::routing::{MishapKind, Phase, RoutingOutcome, Settling};
use crate::file::expect::Metric;
use crate::file::plan::{Expectation, Group, RunPoint};

/// The counts of everything at one time.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub at: Time,
    pub flows: Vec<FlowCounts>,
    pub links: Vec<LinkReport>,
}

/// Measures each expectation and compares.
pub(crate) fn judge(
    point: &RunPoint,
    snapshots: &BTreeMap<Time, Snapshot>,
    finish: &Snapshot,
    flows: &[FlowOutcome],
    links: &[LinkOutcome],
    routing: Option<&RoutingOutcome>,
) -> Vec<ExpectationOutcome> {
    let judge_one = |expectation: &Expectation| {
        let window = Window {
            point,
            before: &snapshots[&(Time::ZERO + expectation.from)],
            after: snapshots.get(&(Time::ZERO + expectation.until)).unwrap_or(finish),
            flows,
            links,
            routing,
            snapshots,
            expectation,
        };
        let measured = window.measure().filter(|value| value.is_finite());
        ExpectationOutcome {
            text: expectation.text.clone(),
            metric: expectation.metric,
            measured,
            met: measured.is_some_and(|value| expectation.limits.admit(value)),
        }
    };
    point.expectations.iter().map(judge_one).collect()
}

/// The interval an expectation speaks of, and what is known of it.
struct Window<'a> {
    point: &'a RunPoint,
    before: &'a Snapshot,
    after: &'a Snapshot,
    flows: &'a [FlowOutcome],
    links: &'a [LinkOutcome],
    routing: Option<&'a RoutingOutcome>,
    snapshots: &'a BTreeMap<Time, Snapshot>,
    expectation: &'a Expectation,
}

impl Window<'_> {
    /// Whether the expectation speaks of the whole run.
    fn is_whole_run(&self) -> bool {
        self.before.at == Time::ZERO && self.after.at == Time::ZERO + self.point.experiment.duration
    }

    fn seconds(&self) -> f64 {
        (self.after.at.since(self.before.at)).as_secs_f64()
    }

    /// The part of the window in which the flow named was at work; the whole window if none is named.
    fn active_seconds(&self) -> f64 {
        let Some((flow, plan)) = self.flow().zip(self.expectation.flow.map(|at| &self.point.flows[at])) else {
            return self.seconds();
        };
        let done = flow.completion_s.map(|seconds| flow.start_s + seconds);
        let stop = plan.stop.map(|stop| stop.as_secs_f64()).into_iter().chain(done).fold(f64::INFINITY, f64::min);
        stop.min(self.after.at.as_secs_f64()) - flow.start_s.max(self.before.at.as_secs_f64())
    }

    /// Change of a flow's count within the window, summed over all flows if none is named.
    fn flow_change(&self, count: impl Fn(&FlowCounts) -> u64) -> f64 {
        let change = |at: usize| count(&self.after.flows[at]) - count(&self.before.flows[at]);
        match (self.expectation.flow, self.group()) {
            (Some(at), _) => change(at) as f64,
            (None, Some(group)) => group.flows.clone().map(change).sum::<u64>() as f64,
            (None, None) => (0..self.flows.len()).map(change).sum::<u64>() as f64,
        }
    }

    /// Change of a link's count within the window, summed over all links if none is named.
    fn link_change(&self, count: impl Fn(&LinkReport) -> u128) -> f64 {
        let change = |at: usize| {
            let before = self.before.links.get(at).map_or(0, &count);
            count(&self.after.links[at]).saturating_sub(before)
        };
        match self.expectation.link {
            Some(link) => change(link_id(link).index()) as f64,
            None => (0..self.links.len()).map(change).sum::<u128>() as f64,
        }
    }

    /// Share of what the link could have sent in the window.
    fn utilization(&self) -> Option<f64> {
        let at = link_id(self.expectation.link?).index();
        Some(utilization(self.before.links.get(at), &self.after.links[at], self.seconds()))
    }

    /// The flows that one entry made, if the expectation names one.
    fn group(&self) -> Option<&Group> {
        self.point.groups.get(self.expectation.group?)
    }

    /// How long the flows of the group, of the sizes that count, took.
    fn completions(&self) -> Option<Completions> {
        Some(Completions::of(&self.flows[self.group()?.flows.clone()], &self.expectation.sizes))
    }

    fn completion(&self, of: impl Fn(&Spread) -> f64) -> Option<f64> {
        self.completions()?.time_s.as_ref().map(of)
    }

    fn slowdown(&self, of: impl Fn(&Spread) -> f64) -> Option<f64> {
        self.completions()?.slowdown.as_ref().map(of)
    }

    fn flow(&self) -> Option<&FlowOutcome> {
        self.flows.get(self.expectation.flow?)
    }

    fn rtt(&self, of: impl Fn(&LatencyOutcome) -> f64) -> Option<f64> {
        self.flow()?.rtt.as_ref().map(of)
    }

    fn delay(&self, of: impl Fn(&LatencyOutcome) -> f64) -> Option<f64> {
        self.flow()?.delay.as_ref().map(of)
    }

    fn link(&self) -> Option<&LinkOutcome> {
        self.links.get(link_id(self.expectation.link?).index())
    }

    /// The phase that the window begins in, and with a window that says where it ends those that begin within it.
    fn phases(&self) -> Option<&[Phase]> {
        let phases = &self.routing?.phases;
        let (from, until) = (self.expectation.from.as_secs_f64(), self.expectation.until.as_secs_f64());
        let first = phases.partition_point(|phase| phase.at_s <= from).saturating_sub(1);
        let last = match self.expectation.metric {
            Metric::Convergence => first + 1,
            _ => phases.partition_point(|phase| phase.at_s < until).max(first + 1),
        };
        phases.get(first..last)
    }

    /// What of a list happened in the window.
    fn within<'l, T>(&self, list: &'l [T], time: impl Fn(&T) -> f64) -> impl Iterator<Item = &'l T> {
        let (from, until) = (self.expectation.from.as_secs_f64(), self.expectation.until.as_secs_f64());
        list.iter().filter(move |one| (from..until).contains(&time(one)))
    }

    fn mishaps(&self, kind: MishapKind) -> Option<f64> {
        let mishaps = self.within(&self.routing?.mishaps, |mishap| mishap.t_s);
        Some(mishaps.filter(|mishap| mishap.kind == kind).count() as f64)
    }

    /// The tables at the end of the window.
    fn tables(&self) -> Option<Tables<'_>> {
        Some(Tables::at(self.routing?, self.expectation.until.as_secs_f64()))
    }

    fn measure(&self) -> Option<f64> {
        let seconds = self.seconds();
        match self.expectation.metric {
            Metric::Jain => self.jain(),
            Metric::Goodput => Some(match self.flow().filter(|_| self.is_whole_run()) {
                Some(flow) => flow.goodput_bps,
                None => self.flow_change(|counts| counts.delivered_bytes) * 8.0 / self.active_seconds(),
            }),
            Metric::Throughput => Some(match self.flow().filter(|_| self.is_whole_run()) {
                Some(flow) => flow.throughput_bps,
                None => self.flow_change(|counts| counts.arrived_bytes) * 8.0 / self.active_seconds(),
            }),
            Metric::Loss if self.expectation.link.is_some() => {
                let dropped = self.link_change(|report| report.dropped.total().into());
                let sent = self.link_change(|report| report.packets.into());
                Some(dropped / (sent + dropped))
            }
            Metric::Loss => {
                let lost = self.flow_change(|counts| counts.lost_packets);
                Some(lost / self.flow_change(|counts| counts.sent_packets))
            }
            Metric::Utilization => self.utilization(),
            Metric::RttMin => self.rtt(|rtt| rtt.min),
            Metric::RttMean => self.rtt(|rtt| rtt.mean),
            Metric::RttP95 => self.rtt(|rtt| rtt.p95),
            Metric::RttMax => self.rtt(|rtt| rtt.max),
            Metric::DelayMin => self.delay(|delay| delay.min),
            Metric::DelayMean => self.delay(|delay| delay.mean),
            Metric::DelayMax => self.delay(|delay| delay.max),
            Metric::Completion => self.flow()?.completion_s,
            Metric::CompletionMean => self.completion(|time| time.mean),
            Metric::CompletionP50 => self.completion(|time| time.p50),
            Metric::CompletionP95 => self.completion(|time| time.p95),
            Metric::CompletionP99 => self.completion(|time| time.p99),
            Metric::Completed => self.completions()?.share(),
            Metric::SlowdownMean => self.slowdown(|slowdown| slowdown.mean),
            Metric::SlowdownP50 => self.slowdown(|slowdown| slowdown.p50),
            Metric::SlowdownP95 => self.slowdown(|slowdown| slowdown.p95),
            Metric::SlowdownP99 => self.slowdown(|slowdown| slowdown.p99),
            Metric::RetransmittedPackets => Some(self.flow_change(|counts| counts.retransmitted_packets)),
            Metric::FastRetransmits => Some(self.flow_change(|counts| counts.fast_retransmits)),
            Metric::Timeouts => Some(self.flow_change(|counts| counts.timeouts)),
            Metric::DeliveredBytes => Some(self.flow_change(|counts| counts.delivered_bytes)),
            Metric::DeliveredPackets => Some(self.flow_change(|counts| counts.arrived_packets)),
            Metric::QueueMean => Some(self.link_change(|report| report.queue_integral) / 1e12 / seconds),
            Metric::QueueMax => Some(self.link()?.queue_packets_max as f64),
            Metric::QueueingDelayMean => {
                let packets = self.link_change(|report| report.packets.into());
                Some(self.link_change(|report| report.queueing_delay_sum) / 1e12 / packets)
            }
            Metric::QueueingDelayMax => Some(self.link()?.queueing_delay_max_s),
            Metric::Dropped if self.expectation.flow.is_some() || self.expectation.group.is_some() => {
                Some(self.flow_change(|counts| counts.lost_packets))
            }
            Metric::Dropped => Some(self.link_change(|report| report.dropped.total().into())),
            Metric::SentPackets => Some(self.flow_change(|counts| counts.sent_packets)),
            Metric::ReturnedPackets => Some(self.flow_change(|counts| counts.returned_packets)),
            Metric::ReturnedBytes => Some(self.flow_change(|counts| counts.returned_bytes)),
            Metric::WindowProbes => Some(self.flow_change(|counts| counts.window_probes)),
            Metric::ResponseMean => Some(self.flow()?.response?.mean),
            Metric::ResponseMax => Some(self.flow()?.response?.max),
            Metric::MarkedPackets if self.expectation.flow.is_some() => {
                Some(self.flow_change(|counts| counts.marked_packets))
            }
            Metric::MarkedPackets => Some(self.link_change(|report| report.marked.into())),
            Metric::WrongDeliveries => Some(self.flow_change(|counts| counts.wrong_deliveries)),
            Metric::Convergence => self.phases()?.last()?.took_s(),
            Metric::Oscillating => {
                Some(self.phases()?.iter().filter(|phase| phase.state == Settling::Oscillating).count() as f64)
            }
            Metric::RoutingMessages => Some(self.within(&self.routing?.messages, |message| message.t_s).count() as f64),
            Metric::RouteChanges => Some(self.within(&self.routing?.changes, |change| change.t_s).count() as f64),
            Metric::BlackHoled => self.mishaps(MishapKind::BlackHole),
            Metric::Loops => self.mishaps(MishapKind::Looped),
            Metric::TtlExpired => self.mishaps(MishapKind::TtlExpired),
            Metric::RouteCost => {
                let (router, destination) = self.expectation.route?;
                Some(self.tables()?.route(router, destination)?.cost as f64)
            }
            Metric::Captured => {
                let (router, destination) = self.expectation.route?;
                Some(self.tables()?.captured(router, destination))
            }
        }
    }

    /// Jain's index over the bulk flows at work in the window, in the time when all of them are.
    fn jain(&self) -> Option<f64> {
        let common = common_time(self.point, self.before.at, Time::ZERO + self.expectation.until)?;
        jain_over(self.snapshots, &common)
    }
}

/// Jain's index of what some flows delivered between two snapshots.
pub(crate) fn jain_over(
    snapshots: &BTreeMap<Time, Snapshot>,
    (from, until, flows): &(Time, Time, Vec<usize>),
) -> Option<f64> {
    let (before, after) = (snapshots.get(from)?, snapshots.get(until)?);
    let delivered = |&at: &usize| (after.flows[at].delivered_bytes - before.flows[at].delivered_bytes) as f64;
    jain(&flows.iter().map(delivered).collect::<Vec<_>>())
}
