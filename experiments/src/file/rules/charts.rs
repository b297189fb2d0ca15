//! Rules for charts with options: flows, routers and destinations that exist, spans with something in them, formulas that
//! have their inputs.

use sim_core::time::Duration;

use super::Facts;
use super::routing::RoutedNetwork;
use crate::charts::route_cost::MOST_ROUTERS;
use crate::charts::topology::MOST_STATES;
use crate::file::charts::{ChartChoice, ChartOptions, OneOrMany, SweepChart};
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{PlannedFlow, RunPoint, Traffic};
use crate::file::spec::{Experiment, Routing};
use crate::run::record::MOST_FLOWS;
use crate::run::routing::views::MOST_VIEWS;
use crate::theory::Inputs;

impl Facts<'_> {
    pub(super) fn check_charts(&self, flows: &[PlannedFlow], network: &RoutedNetwork, report: &mut Report<'_>) {
        for (index, choice) in self.experiment.charts.iter().flatten().enumerate() {
            let ChartChoice::Configured(options) = choice else { continue };
            let at = Path::root().field("charts").index(index).field(choice.kind().name());
            match options {
                ChartOptions::Ladder(ladder) => {
                    self.check_shown(&at, ladder.flow.as_ref(), flows, report);
                    self.check_span(&at, ladder.from, ladder.until, report);
                }
                ChartOptions::TimeSequence(graph) => {
                    self.check_shown(&at, graph.flow.as_ref(), flows, report);
                    self.check_span(&at, graph.from, graph.until, report);
                    let names = graph.flow.as_ref().map_or(&[][..], OneOrMany::list);
                    let without = flows.iter().find(|flow| {
                        names.contains(&flow.name)
                            && matches!(flow.traffic, Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_))
                    });
                    if let Some(flow) = without {
                        report.error(&at.field("flow"), format!("flow `{}` has no sequence numbers", flow.name));
                    }
                }
                ChartOptions::PhasePlot(plot) => {
                    self.check_span(&at, plot.from, plot.until, report);
                    for (number, name) in plot.flows.iter().enumerate() {
                        self.check_flow(&at.field("flows").index(number), name, flows, report);
                    }
                }
                ChartOptions::Convergence(chart) => {
                    self.check_by_messages(&at, report);
                    self.check_span(&at, chart.from, chart.until, report);
                }
                ChartOptions::RouteCost(chart) => {
                    self.check_by_messages(&at, report);
                    if let Some(name) = &chart.destination {
                        self.destination_named(&at.field("destination"), name, &network.prefixes[1..], report);
                    }
                    self.check_routers(&at.field("routers"), chart.routers.as_ref(), network, report);
                    self.check_span(&at, chart.from, chart.until, report);
                }
                ChartOptions::Topology(chart) => {
                    if let Some(name) = &chart.root {
                        self.check_routers(&at.field("root"), Some(&OneOrMany::One(name.clone())), network, report);
                    }
                    if let Some(name) = &chart.to {
                        self.destination_named(&at.field("to"), name, &network.prefixes[1..], report);
                    }
                    if chart.root.is_some() && chart.to.is_some() {
                        let message = "`root` and `to` exclude each other: ways from one router, or to one destination";
                        report.error(&at.field("to"), message);
                    }
                    self.check_moments(&at.field("at"), chart.at.as_ref(), MOST_STATES, report);
                }
                ChartOptions::RoutingTables(chart) => {
                    self.check_by_messages(&at, report);
                    self.check_routers(&at.field("router"), chart.router.as_ref(), network, report);
                    self.check_moments(&at.field("at"), chart.at.as_ref(), MOST_VIEWS, report);
                }
                ChartOptions::Sweep(_) => {}
            }
        }
    }

    /// The chart is about what routers tell each other.
    fn check_by_messages(&self, at: &Path, report: &mut Report<'_>) {
        if !matches!(self.experiment.routing, Routing::Protocol(_)) {
            let message =
                format!("with `{}` routers tell each other nothing: it will be empty", self.experiment.routing.name());
            report.warning(at, message).help.push("choose a routing protocol, such as `distance_vector`".into());
        }
    }

    fn check_routers(
        &self,
        at: &Path,
        named: Option<&OneOrMany<String>>,
        network: &RoutedNetwork,
        report: &mut Report<'_>,
    ) {
        let names = named.map_or(&[][..], OneOrMany::list);
        if let Some(OneOrMany::Many(names)) = named
            && !(1..=MOST_ROUTERS).contains(&names.len())
        {
            report.error(at, format!("{} routers: from 1 to {MOST_ROUTERS} can be told apart", names.len()));
        }
        for (number, name) in names.iter().enumerate() {
            let place = if let Some(OneOrMany::Many(_)) = named { at.index(number) } else { at.clone() };
            if !self.nodes.get(name.as_str()).is_some_and(|node| network.is_router[node.index()]) {
                let routers = self.nodes.iter().filter(|(_, node)| network.is_router[node.index()]);
                report.unknown(&place, "router", name, routers.map(|(name, _)| *name));
            }
        }
    }

    fn check_moments(&self, at: &Path, moments: Option<&OneOrMany<Duration>>, most: usize, report: &mut Report<'_>) {
        match moments {
            None => {}
            Some(OneOrMany::One(time)) => self.check_within_run(at, *time, report),
            Some(OneOrMany::Many(times)) => {
                if !(1..=most).contains(&times.len()) {
                    report.error(at, format!("{} times: from 1 to {most} fit into a picture", times.len()));
                }
                for (number, &time) in times.iter().enumerate() {
                    self.check_within_run(&at.index(number), time, report);
                }
            }
        }
    }

    fn check_shown(
        &self,
        at: &Path,
        named: Option<&OneOrMany<String>>,
        flows: &[PlannedFlow],
        report: &mut Report<'_>,
    ) {
        let at = at.field("flow");
        match named {
            None => {}
            Some(OneOrMany::One(name)) => self.check_flow(&at, name, flows, report),
            Some(OneOrMany::Many(names)) => {
                if names.is_empty() || names.len() > MOST_FLOWS {
                    report.error(&at, format!("{} flows: from 1 to {MOST_FLOWS} fit side by side", names.len()));
                }
                for (number, name) in names.iter().enumerate() {
                    self.check_flow(&at.index(number), name, flows, report);
                }
            }
        }
    }

    fn check_flow(&self, at: &Path, name: &str, flows: &[PlannedFlow], report: &mut Report<'_>) {
        if !flows.iter().any(|flow| flow.name == name) {
            report.unknown(at, "flow", name, flows.iter().map(|flow| flow.name.as_str()));
        }
    }

    fn check_span(&self, at: &Path, from: Option<Duration>, until: Option<Duration>, report: &mut Report<'_>) {
        if let Some(until) = until {
            self.check_within_run(&at.field("until"), until, report);
        }
        let (begins, ends) = (from.unwrap_or_default(), until.unwrap_or(self.experiment.duration));
        if begins >= ends {
            let message = format!("nothing lies between {begins} and {ends}");
            report.error(&at.field(if from.is_some() { "from" } else { "until" }), message);
        }
    }
}

/// Checks the charts of a sweep, which are about all its runs: `plan`.
pub(crate) fn check_sweep_charts(experiment: &Experiment, plan: &[RunPoint], report: &mut Report<'_>) {
    let sweep = experiment.sweep.as_ref();
    let swept: Vec<&str> =
        sweep.iter().flat_map(|sweep| sweep.grid.keys().chain(sweep.zip.keys())).map(String::as_str).collect();
    for (index, choice) in experiment.charts.iter().flatten().enumerate() {
        let ChartChoice::Configured(ChartOptions::Sweep(chart)) = choice else { continue };
        let at = Path::root().field("charts").index(index).field("sweep");
        if swept.is_empty() {
            report.error(&at, "nothing is swept: give values to run with in `sweep`");
        } else if !swept.contains(&chart.x.as_str()) {
            report.unknown(&at.field("x"), "swept field", &chart.x, swept.iter().copied());
        } else {
            check_theories(&at, chart, plan, report);
        }
    }
}

fn check_theories(at: &Path, chart: &SweepChart, plan: &[RunPoint], report: &mut Report<'_>) {
    let theories = chart.theory.as_ref().map_or(&[][..], OneOrMany::list);
    // What a formula is about need not be in every run: a window of one flow, say, beside another without.
    let inputs: Vec<Inputs> = match theories {
        [] => Vec::new(),
        _ => plan.iter().filter(|point| point.repetition == 0).map(Inputs::of).collect(),
    };
    for (number, theory) in theories.iter().enumerate() {
        let at = match &chart.theory {
            Some(OneOrMany::Many(_)) => at.field("theory").index(number),
            Some(OneOrMany::One(_)) | None => at.field("theory"),
        };
        let name = theory.name();
        if theory.value(chart.y, &Inputs::UNKNOWN).is_none() {
            let y = serde_json::to_value(chart.y).expect("a name is JSON");
            report.error(&at, format!("`{name}` is no formula of {}", y.as_str().unwrap_or_default()));
        } else if inputs.iter().all(|inputs| theory.formula(inputs).is_nan()) {
            let message = format!("`{name}` lacks something in every run: a window, a loss, a queue limit or a way");
            report.error(&at, message);
        }
    }
}
