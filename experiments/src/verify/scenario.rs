//! Small experiments inside the program.

use sim_core::simulation::Simulation;
use sim_core::time::{Duration, Time};
use sim_core::trace::{Record, TraceFilter, What};

use crate::file::plan::RunPoint;
use crate::file::{Overrides, load_text, render};
use crate::run::build::build;
use crate::run::measure::run;
use crate::run::outcome::{FlowOutcome, LinkOutcome, Outcome};

/// Why a scenario gave nothing: a bug in netsim, since the experiments are part of it.
#[derive(Clone, Debug)]
pub(super) struct Failure(pub(super) String);

/// The runs that a text describes.
pub(super) fn plan(text: &str) -> Result<Vec<RunPoint>, Failure> {
    let checked = load_text("verify", "verify", text.into(), &Overrides::default());
    checked.map(|checked| checked.plan).map_err(|problems| Failure(render::to_text(&problems)))
}

/// What all the runs of a text measured.
pub(super) fn outcomes(text: &str) -> Result<Vec<Outcome>, Failure> {
    plan(text)?.iter().map(|point| run(point, &mut ()).map_err(|error| Failure(error.to_string()))).collect()
}

/// What the run of a text measured.
pub(super) fn outcome(text: &str) -> Result<Outcome, Failure> {
    Ok(outcomes(text)?.swap_remove(0))
}

/// Everything that happened to packets in the run of a text, and the simulation at its end.
pub(super) fn replay(text: &str) -> Result<(Vec<Record>, Simulation), Failure> {
    let point = plan(text)?.swap_remove(0);
    let mut simulation = build(&point).map_err(|error| Failure(error.to_string()))?.simulation;
    simulation.set_trace(&TraceFilter::All);
    let end = Time::ZERO + point.experiment.duration;
    simulation.run_until(end).map_err(|error| Failure(error.to_string()))?;
    Ok((simulation.take_records(), simulation))
}

/// The packets sent by a node, in order.
pub(super) fn sent_by<'a>(
    records: &'a [Record],
    simulation: &'a Simulation,
    node: &'a str,
) -> impl Iterator<Item = &'a Record> {
    let names = &simulation.topology().node_names;
    records.iter().filter(move |record| record.what == What::Sent && names[record.node.index()] == node)
}

/// A time in milliseconds.
pub(super) fn millis(at: Time) -> f64 {
    at.since(Time::ZERO).as_secs_f64() * 1e3
}

/// A span in milliseconds.
pub(super) fn span_in_millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

pub(super) fn flow<'a>(outcome: &'a Outcome, name: &str) -> Result<&'a FlowOutcome, Failure> {
    outcome.flows.iter().find(|flow| flow.name == name).ok_or_else(|| Failure(format!("no flow {name}")))
}

pub(super) fn link<'a>(outcome: &'a Outcome, name: &str) -> Result<&'a LinkOutcome, Failure> {
    outcome.links.iter().find(|link| link.name == name).ok_or_else(|| Failure(format!("no link {name}")))
}
