//! `netsim run`: check all files, make sure that all results can be written, run, write, tell.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use super::measure::{Recording, RunError, run_recording};
use super::outcome::Outcome;
use crate::charts;
use crate::charts::beside::Beside;
use crate::charts::sweep::{MOST_LINES, Trace};
use crate::cli::{Exit, RunOptions, terminal};
use crate::file::diagnostic::Diagnostics;
use crate::file::plan::RunPoint;
use crate::file::{Checked, load, render};
use crate::report::{self, Report};
use crate::results::documents::{self, Document, Pictures, RunDocuments};
use crate::results::folder::{Folder, FolderError};
use crate::results::manifest::Manifest;
use crate::results::progress::{Interrupt, Progress, speed};
use crate::results::summary::{Summary, to_text};
use crate::results::sweep::{Headline, SweepSummary};
use crate::results::table;
use crate::results::tables::{self, RunColumns};

/// Where results go if nothing else is said.
const RESULTS: &str = "results";

/// Runs what is asked for, and returns how it ended: the worst of all files.
///
/// With `--json`, standard output is the summary of the one file, or an object with the summary of each file by name.
/// A file without a summary has an object with `error` in its place; invalid files give the document of
/// `netsim check --json`.
pub fn run_files(options: &RunOptions) -> Exit {
    let checked = match check(options) {
        Ok(checked) => checked,
        Err(exit) => return exit,
    };
    let mut folders = Vec::new();
    let interrupt = Interrupt::listen();
    for (experiment, target) in checked.iter().zip(targets(options, &checked)) {
        match Folder::begin(&target) {
            Ok(folder) => {
                interrupt.is_building(folder.building().to_owned());
                folders.push(folder);
            }
            Err(error) => {
                if options.json {
                    print_json(&json!({ "experiment": experiment.name, "error": error.to_string() }));
                }
                return failed(&experiment.name, &error);
            }
        }
    }
    let mut worst = Exit::Done;
    let mut documents = Map::new();
    for (experiment, folder) in checked.iter().zip(folders) {
        if worst == Exit::Interrupted {
            break;
        }
        let progress = Progress::new(&experiment.name, experiment.plan.len(), options.quiet, interrupt.clone());
        let ended = run_one(options, experiment, folder, progress);
        worst = worst.max(ended.exit);
        documents.insert(experiment.name.clone(), ended.document);
        if !options.json && !options.quiet {
            worst = worst.max(terminal::print(&ended.text));
        }
    }
    if options.json {
        let document = match checked.len() {
            1 => documents.into_iter().next().map_or(Json::Null, |(_, document)| document),
            _ => Json::Object(documents),
        };
        worst = worst.max(print_json(&document));
    }
    worst
}

fn print_json(document: &Json) -> Exit {
    terminal::print(&to_text(document))
}

fn failed(name: &str, error: &dyn std::fmt::Display) -> Exit {
    terminal::message(&format!("{name}: {error}"));
    Exit::Failed
}

/// Reads all files and says all that is wrong with them.
fn check(options: &RunOptions) -> Result<Vec<Checked>, Exit> {
    let loaded: Vec<Result<Checked, Diagnostics>> =
        options.files.iter().map(|path| load(path, &options.overrides)).collect();
    for one in &loaded {
        let said = one.as_ref().map_or_else(|errors| errors, |checked| &checked.warnings);
        let is_wanted = one.is_err() || !options.quiet;
        if is_wanted && !said.list.is_empty() {
            terminal::message(&(render::to_text(said) + "\n"));
        }
        if let Ok(Checked { topology, .. }) = one
            && let Some(report) = topology.report.as_ref().filter(|_| !options.quiet)
        {
            terminal::message(report.to_string().trim_end());
        }
    }
    let worst = loaded.iter().filter_map(|one| one.as_ref().err());
    let worst = worst.map(|errors| if errors.is_unreadable { Exit::Failed } else { Exit::Invalid }).max();
    if let Some(worst) = worst {
        if options.json {
            let file = |(path, one): (&PathBuf, &Result<Checked, Diagnostics>)| {
                let said = one.as_ref().map_or_else(|errors| errors, |checked| &checked.warnings);
                json!({ "file": path.display().to_string(), "ok": one.is_ok(), "diagnostics": render::to_json(said) })
            };
            let files: Vec<Json> = options.files.iter().zip(&loaded).map(file).collect();
            print_json(&json!({ "files": files }));
        }
        return Err(worst);
    }
    let checked: Vec<Checked> = loaded.into_iter().flatten().collect();
    let mut names = BTreeSet::new();
    match checked.iter().find(|one| !names.insert(&one.name)) {
        Some(twice) => {
            let name = &twice.name;
            let message = format!("two of the files are called `{name}`, and so would their results: run them apart");
            terminal::message(&message);
            if options.json {
                print_json(&json!({ "error": message }));
            }
            Err(Exit::Usage)
        }
        None => Ok(checked),
    }
}

/// Where the results of each file go.
fn targets(options: &RunOptions, checked: &[Checked]) -> Vec<PathBuf> {
    match (&options.out, checked) {
        (Some(out), [_]) => vec![out.clone()],
        (out, all) => {
            let above = out.as_deref().unwrap_or(Path::new(RESULTS));
            all.iter().map(|one| above.join(&one.name)).collect()
        }
    }
}

/// How the runs of a file ended.
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    /// What is printed for people.
    pub(crate) text: String,
    /// What is printed for programs.
    pub(crate) document: Json,
}

impl Ended {
    fn failed(name: &str, error: &dyn std::fmt::Display) -> Self {
        let exit = failed(name, error);
        Ended { exit, text: String::new(), document: json!({ "experiment": name, "error": error.to_string() }) }
    }
}

/// Makes all runs of `experiment`, and writes what `options` ask for into `folder`.
pub(crate) fn run_one(options: &RunOptions, experiment: &Checked, folder: Folder, progress: Progress) -> Ended {
    let work = Work { options, experiment, folder, progress, files: Vec::new(), remarks: Vec::new() };
    let is_sweep = experiment.plan.len() > 1 || experiment.plan.iter().any(|point| !point.parameters.is_empty());
    match &experiment.plan[..] {
        [only] if !is_sweep => work.single(only),
        points => work.sweep(points),
    }
}

/// The runs of one file, under way.
struct Work<'a> {
    options: &'a RunOptions,
    experiment: &'a Checked,
    folder: Folder,
    progress: Progress,
    /// Names of the files written at the top.
    files: Vec<String>,
    remarks: Vec<String>,
}

/// Whether a file's runs came to their end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Interrupted,
    /// A run failed; those before it are kept.
    Failed,
}

impl Work<'_> {
    fn pictures(&self) -> Pictures {
        Pictures { charts: self.options.charts, png: self.options.png, report: self.options.report }
    }

    fn recording(&self) -> Recording {
        Recording { charts: self.options.charts || self.options.report, report: self.options.report }
    }

    /// One run: its files are the results.
    fn single(mut self, point: &RunPoint) -> Ended {
        let name = &self.experiment.name;
        self.progress.begin(0);
        let recording = self.recording();
        let ran = run_recording(point, &mut self.progress, recording);
        self.progress.end();
        let (outcome, end) = match ran {
            Ok(outcome) => (outcome, End::Complete),
            Err(RunError::Interrupted(outcome)) => (*outcome, End::Interrupted),
            Err(error @ (RunError::Livelock(_) | RunError::Build(_) | RunError::NotConserved(_))) => {
                self.progress.finish();
                return Ended::failed(name, &error);
            }
        };
        let mut summary = Summary::new(name, point, &outcome);
        summary.interrupted = end == End::Interrupted;
        let documents = documents::of_run(&summary, point, &outcome, self.pictures());
        let mut written = self.write(&documents);
        if self.options.report {
            let mut report = Report::default();
            report.add("", point, &outcome, &summary, &documents.pictures);
            let page = report.of_run(self.experiment, &self.files);
            written = written.and_then(|()| self.write_report(page));
        }
        if let Err(error) = written {
            self.progress.finish();
            return Ended::failed(name, &error);
        }
        let text = table::of_run(name, &self.experiment.experiment.title, &outcome);
        let missed = outcome.expectations.iter().filter(|one| !one.met).cloned().collect::<Vec<_>>();
        let failures = table::expectations(&missed);
        let document = serde_json::to_value(&summary).expect("a summary is JSON");
        self.conclude(end, (outcome.events, outcome.packet_hops), text, &failures, document)
    }

    /// Many runs: each has a folder in `runs/`, and what they have in common stands above.
    fn sweep(mut self, points: &[RunPoint]) -> Ended {
        let name = &self.experiment.name;
        let width = (points.len() - 1).to_string().len().max(3);
        let mut headlines: Vec<Headline> = Vec::new();
        let mut traces: Vec<Trace> = Vec::new();
        let asked = charts::beside::asked(&self.experiment.experiment);
        let mut beside: Vec<Beside> = Vec::new();
        let first_columns = RunColumns::of_run("", 0, 0, &points[0].parameters);
        let (mut flows, mut links) = (tables::flows(&first_columns), tables::links(&first_columns));
        let mut end = End::Complete;
        let mut report = Report::default();
        for (index, point) in points.iter().enumerate() {
            self.progress.begin(index);
            let run_name = format!("{index:0width$}");
            let recording = self.recording();
            let ran = run_recording(point, &mut self.progress, recording);
            self.progress.end();
            let outcome: Outcome = match ran {
                Ok(outcome) => outcome,
                Err(RunError::Interrupted(outcome)) => {
                    end = End::Interrupted;
                    *outcome
                }
                Err(error @ (RunError::Livelock(_) | RunError::Build(_) | RunError::NotConserved(_))) => {
                    failed(&format!("{name}, run {run_name}"), &error);
                    end = End::Failed;
                    break;
                }
            };
            let mut summary = Summary::new(name, point, &outcome);
            summary.interrupted = end == End::Interrupted;
            let mut of_run = documents::of_run(&summary, point, &outcome, self.pictures());
            let folder = format!("runs/{run_name}/");
            for file in &mut of_run.files {
                file.name = format!("{folder}{}", file.name);
            }
            if self.options.report {
                report.add(&folder, point, &outcome, &summary, &of_run.pictures);
            }
            if let Err(error) = self.write(&of_run) {
                self.progress.finish();
                return Ended::failed(name, &error);
            }
            let columns = RunColumns::of_run(&run_name, point.repetition, point.seed, &point.parameters);
            tables::add_flows(&mut flows, &columns, &outcome.flows);
            tables::add_links(&mut links, &columns, &outcome.links);
            if point.repetition == 0 && traces.len() < MOST_LINES {
                traces.push(Trace::new(&point.parameters, &outcome));
            }
            headlines.push(Headline::new(&run_name, point, &outcome));
            if !asked.is_empty() {
                beside.push(Beside::new(point, &outcome));
            }
            if end == End::Interrupted {
                break;
            }
        }
        let counts = headlines.iter().fold((0, 0), |sum, run| (sum.0 + run.events, sum.1 + run.packet_hops));
        let title = &self.experiment.experiment.title;
        let summary = SweepSummary { interrupted: end != End::Complete, ..SweepSummary::new(name, headlines) };
        let mut top = RunDocuments {
            files: vec![
                Document::new("summary.json", to_text(&summary)),
                Document::new("flows.csv", flows.into_bytes()),
                Document::new("links.csv", links.into_bytes()),
            ],
            ..RunDocuments::default()
        };
        if self.options.charts || self.options.report {
            let figures = charts::sweep::draw(title, &summary.runs, &traces, &asked, &beside);
            documents::add_charts(&mut top, figures, self.pictures());
        }
        let mut written = self.write(&top);
        if self.options.report {
            let page = report.of_sweep(self.experiment, &self.files, &summary, &top.pictures);
            written = written.and_then(|()| self.write_report(page));
        }
        if let Err(error) = written {
            self.progress.finish();
            return Ended::failed(name, &error);
        }
        let text = table::of_sweep(title, &summary);
        let failures = summary.expectations.iter().filter(|one| !one.met).map(table::over_runs).collect::<String>();
        let document = serde_json::to_value(&summary).expect("a summary is JSON");
        self.conclude(end, counts, text, &failures, document)
    }

    fn write(&mut self, documents: &RunDocuments<'_>) -> Result<(), FolderError> {
        for Document { name, content } in &documents.files {
            self.folder.write_with(name, |file| content.write(file))?;
            if !name.starts_with("runs/") {
                self.files.push(name.clone());
            }
        }
        for remark in &documents.remarks {
            if !self.remarks.contains(remark) {
                self.remarks.push(remark.clone());
            }
        }
        Ok(())
    }

    fn write_report(&mut self, page: String) -> Result<(), FolderError> {
        self.folder.write(report::FILE, page.as_bytes())?;
        self.files.push(report::FILE.to_owned());
        Ok(())
    }

    /// Writes the manifest, puts the folder in place, and says how it went.
    fn conclude(mut self, end: End, counts: (u64, u64), mut text: String, failures: &str, document: Json) -> Ended {
        let name = &self.experiment.name;
        let quiet = self.options.quiet;
        self.progress.finish();
        let (seconds, simulating) = (self.progress.seconds(), self.progress.simulating_seconds());
        let manifest = Manifest::new(&self.options.command, seconds, simulating, counts.0, 1);
        if let Err(error) = self.folder.write(Manifest::FILE, to_text(&manifest).as_bytes()) {
            return Ended::failed(name, &error);
        }
        let shown = shown_target(self.options, self.experiment);
        let placed = match end {
            End::Complete => self.folder.finish(),
            End::Interrupted | End::Failed => self.folder.keep_partial(),
        };
        let placed = match placed {
            Ok(placed) => placed,
            Err(error) => return Ended::failed(name, &error),
        };
        if !quiet {
            for remark in &self.remarks {
                terminal::message(&format!("{name}: {remark}"));
            }
            terminal::message(&format!("{name}: {}", speed(counts.0, counts.1, simulating)));
        }
        if self.options.open {
            let page = placed.join(report::FILE);
            if let Err(error) = open::that_detached(&page) {
                terminal::message(&format!(
                    "{name}: cannot open a browser ({error}); the report is {}",
                    page.display()
                ));
            }
        }
        let exit = match end {
            End::Complete if failures.is_empty() => Exit::Done,
            End::Complete => Exit::Missed,
            End::Interrupted => Exit::Interrupted,
            End::Failed => Exit::Failed,
        };
        if end == End::Complete {
            text += &format!("{}: {}\n", shown.display(), list(&self.files));
        } else if !self.progress.is_on_board() {
            terminal::message(&format!("{name}: stopped early; what there was is in {}", placed.display()));
        }
        if quiet && !failures.is_empty() && !self.progress.is_on_board() {
            terminal::message(&format!("{name}:\n{}", failures.trim_end()));
        }
        Ended { exit, text, document }
    }
}

/// Where the results are, in the user's own words.
fn shown_target(options: &RunOptions, experiment: &Checked) -> PathBuf {
    match &options.out {
        Some(out) if options.files.len() == 1 => out.clone(),
        out => out.as_deref().unwrap_or(Path::new(RESULTS)).join(&experiment.name),
    }
}

/// Files by name; of many charts, how many.
fn list(files: &[String]) -> String {
    const MOST_CHARTS: usize = 4;
    let (charts, others): (Vec<&String>, Vec<&String>) = files.iter().partition(|name| name.starts_with("charts/"));
    let mut parts: Vec<String> = others.into_iter().cloned().collect();
    match charts.len() {
        0 => {}
        few if few <= MOST_CHARTS => parts.extend(charts.into_iter().cloned()),
        many => parts.push(format!("{many} pictures in charts/")),
    }
    parts.join(", ")
}
