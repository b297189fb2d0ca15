//! The report of a run: one page that holds its charts, its results, and a replay that goes forwards and back.
//!
//! What is recorded for it is in [`crate::run`]; here it becomes the data that `docs/report-data.md` describes, and a page
//! around it. The same run gives the same bytes.

pub mod causes;
pub mod clock;
pub mod figures;
pub mod packets;
pub mod page;
pub mod replay;
pub mod routing;

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use self::figures::Figure;
use self::page::Block;
use self::replay::Replay;
use crate::charts::sweep::combination;
use crate::file::Checked;
use crate::file::plan::RunPoint;
use crate::file::spec::{Experiment, Start};
use crate::results::documents::Picture;
use crate::results::summary::Summary;
use crate::results::sweep::SweepSummary;
use crate::run::outcome::Outcome;

/// The file in the results.
pub const FILE: &str = "report.html";

/// More runs of a sweep than this have no replay.
const MOST_RUNS: usize = 24;
/// Nor have those beyond so many bytes of data.
const MOST_BYTES: usize = 8 << 20;

/// The data of a run.
#[derive(Serialize)]
struct Run<'a> {
    summary: &'a Summary,
    figures: Vec<Figure<'a>>,
    replay: Option<Replay<'a>>,
}

/// A run in the list of runs.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    id: String,
    folder: String,
    label: String,
    parameters: Map<String, Json>,
    seed: u64,
}

/// What the page says about all runs.
#[derive(Serialize)]
struct About<'a> {
    netsim: &'static str,
    name: &'a str,
    title: &'a str,
    teaches: Option<&'a str>,
    notes: Option<&'a str>,
    seed: u64,
    effective: String,
    overrides: Vec<String>,
    files: &'a [String],
    runs: &'a [Entry],
    first: usize,
    left_out: Option<String>,
    sweep: Option<Sweep<'a>>,
}

/// What the page says about a sweep.
#[derive(Serialize)]
struct Sweep<'a> {
    summary: &'a SweepSummary,
    figures: Vec<Figure<'a>>,
}

/// A report in the making: runs are added as they end.
#[derive(Clone, Debug, Default)]
pub struct Report {
    entries: Vec<Entry>,
    /// The experiments of the runs, with their swept values.
    bases: Vec<Arc<Experiment>>,
    blocks: Vec<Block>,
    left_out: usize,
}

impl Report {
    /// Adds a run, whose files are in `folder` of the results: empty, or `runs/000/`. Of repetitions the first is enough,
    /// and not all runs of a large sweep fit.
    pub fn add(&mut self, folder: &str, point: &RunPoint, outcome: &Outcome, summary: &Summary, pictures: &[Picture]) {
        let bytes: usize = self.blocks.iter().map(Block::bytes).sum();
        if point.repetition > 0 || self.blocks.len() >= MOST_RUNS || bytes >= MOST_BYTES {
            self.left_out += 1;
            return;
        }
        let run =
            Run { summary, figures: pictures.iter().map(Figure::new).collect(), replay: Replay::new(point, outcome) };
        let id = format!("run-{}", self.entries.len());
        let json = serde_json::to_vec(&run).expect("a run is JSON");
        self.blocks.push(Block::new(&id, &json));
        self.bases.push(point.experiment.clone());
        let parameters: Map<String, Json> = point.parameters.iter().cloned().collect();
        let label = combination(&parameters);
        self.entries.push(Entry { id, folder: folder.to_owned(), label, parameters, seed: point.seed });
    }

    /// The page about one run. `files` are those beside it.
    pub fn of_run(&self, checked: &Checked, files: &[String]) -> String {
        self.page(checked, files, None)
    }

    /// The page about a sweep.
    pub fn of_sweep(
        &self,
        checked: &Checked,
        files: &[String],
        summary: &SweepSummary,
        pictures: &[Picture],
    ) -> String {
        self.page(checked, files, Some(Sweep { summary, figures: pictures.iter().map(Figure::of_sweep).collect() }))
    }

    fn page(&self, checked: &Checked, files: &[String], sweep: Option<Sweep<'_>>) -> String {
        let experiment = &checked.experiment;
        let (shown, all) = (self.blocks.len(), self.blocks.len() + self.left_out);
        let about = About {
            netsim: env!("CARGO_PKG_VERSION"),
            name: &checked.name,
            title: &experiment.title,
            teaches: experiment.teaches.as_deref(),
            notes: experiment.notes.as_deref(),
            seed: experiment.seed,
            effective: serde_json::to_string_pretty(experiment).expect("an experiment is JSON"),
            overrides: checked.overrides.in_words(),
            files,
            runs: &self.entries,
            first: self.bases.iter().position(|base| is_like(base, experiment)).unwrap_or(0),
            left_out: (shown < all).then(|| format!("{shown} of {all} runs can be replayed here; all are in runs/")),
            sweep,
        };
        let about = serde_json::to_string(&about).expect("a report is JSON");
        page::page(&experiment.title, &about, &self.blocks)
    }
}

/// Whether a run has the values that stand in the file itself, in whose place others are swept.
fn is_like(run: &Experiment, file: &Experiment) -> bool {
    let flows = |experiment: &Experiment| {
        let mut flows = experiment.flows.clone();
        // The file's own have their defaults filled in.
        flows.iter_mut().for_each(|flow| flow.start = flow.start.filter(|start| *start != Start::default()));
        flows
    };
    run.topology == file.topology && run.routing == file.routing && flows(run) == flows(file)
}
