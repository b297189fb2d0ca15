//! Running experiments given as text.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use experiments::file::plan::RunPoint;
use experiments::file::{Overrides, load, load_text, render};
use experiments::run::measure::run;
use experiments::run::outcome::{FlowOutcome, LinkOutcome, Outcome};

/// The runs that a text describes.
pub fn plan(text: &str) -> Vec<RunPoint> {
    match load_text("test.json", "test", text.into(), &Overrides::default()) {
        Ok(checked) => checked.plan,
        Err(problems) => panic!("{}", render::to_text(&problems)),
    }
}

/// Runs what a text describes, all of it.
pub fn outcomes(text: &str) -> Vec<Outcome> {
    plan(text).iter().map(|point| run(point, &mut ()).expect("a run that ends")).collect()
}

/// Runs the one run that a text describes.
pub fn outcome(text: &str) -> Outcome {
    let mut all = outcomes(text);
    assert_eq!(all.len(), 1, "one run");
    all.remove(0)
}

/// The runs of a file of the gallery, with `set` applied.
pub fn gallery(file: &str, set: &[&str]) -> Vec<RunPoint> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let overrides = Overrides { set: set.iter().map(|&set| set.to_owned()).collect(), ..Overrides::default() };
    match load(&path, &overrides) {
        Ok(checked) => checked.plan,
        Err(problems) => panic!("{}", render::to_text(&problems)),
    }
}

pub fn flow<'a>(outcome: &'a Outcome, name: &str) -> &'a FlowOutcome {
    outcome.flows.iter().find(|flow| flow.name == name).unwrap_or_else(|| panic!("no flow {name}"))
}

pub fn link<'a>(outcome: &'a Outcome, name: &str) -> &'a LinkOutcome {
    outcome.links.iter().find(|link| link.name == name).unwrap_or_else(|| panic!("no link {name}"))
}

/// Mean and standard error of some values.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}
