//! `netsim check`: says what is wrong with files, or that nothing is.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Exit, terminal};
use crate::file::diagnostic::Diagnostics;
use crate::file::plan::{BdpLimit, RunPoint};
use crate::file::{Checked, Overrides, load, render};

/// Checks `files`; the worst of them decides the exit code.
pub(super) fn check(files: &[PathBuf], overrides: &Overrides, effective: bool, json: bool) -> Exit {
    let mut worst = Exit::Done;
    let mut documents = Vec::new();
    for path in files {
        let outcome = load(path, overrides);
        if let Err(diagnostics) = &outcome {
            worst = worst.max(if diagnostics.is_unreadable { Exit::Failed } else { Exit::Invalid });
        }
        let printed = if json {
            documents.push(as_json(path, &outcome, effective));
            Exit::Done
        } else {
            print(path, &outcome, effective)
        };
        worst = worst.max(printed);
    }
    if json {
        let text = serde_json::to_string_pretty(&json!({ "files": documents })).expect("this is JSON");
        worst = worst.max(terminal::print(&(text + "\n")));
    }
    worst
}

fn print(path: &Path, outcome: &Result<Checked, Diagnostics>, effective: bool) -> Exit {
    show(outcome.as_ref().map_or_else(|errors| errors, |checked| &checked.warnings));
    match outcome {
        Ok(checked) if effective => terminal::print(&effective_text(checked)),
        Ok(checked) => {
            let report = checked.topology.report.as_ref().map(ToString::to_string).unwrap_or_default();
            terminal::print(&format!("{}: {}\n{report}", path.display(), summary(checked)))
        }
        Err(_) => Exit::Done,
    }
}

/// Prints remarks on a file to standard error.
pub(crate) fn show(diagnostics: &Diagnostics) {
    if !diagnostics.list.is_empty() {
        terminal::message(&(render::to_text(diagnostics) + "\n"));
    }
}

fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

fn summary(checked: &Checked) -> String {
    let flows = checked.plan.first().map_or(0, |run| run.flows.len());
    let parts = [
        count(checked.topology.nodes.len(), "node"),
        count(checked.topology.cables.len(), "cable"),
        count(flows, "flow"),
        format!("{} simulated", checked.experiment.duration),
        count(checked.plan.len(), "run"),
    ];
    format!("ok: {}", parts.join(", "))
}

/// What became of limits in `bdp`, each link once.
fn bdp_limits(run: &RunPoint) -> impl Iterator<Item = (&str, &BdpLimit)> {
    run.bdp_limits.iter().map(|limit| (limit.link.name(&run.topology), limit))
}

/// The experiment with every default filled in, as a file that can be read again.
pub(crate) fn effective_text(checked: &Checked) -> String {
    let mut text = serde_json::to_string_pretty(&checked.experiment).expect("an experiment is JSON");
    text.push('\n');
    for run in checked.plan.iter().take(1) {
        for (link, limit) in bdp_limits(run) {
            let share = f64::from(limit.thousandths) / 1_000.0;
            text.push_str(&format!(
                "// The queue of {link} holds {share} bdp = {} (base round-trip time {}).\n",
                limit.limit, limit.round_trip
            ));
        }
    }
    text
}

fn as_json(path: &Path, outcome: &Result<Checked, Diagnostics>, effective: bool) -> serde_json::Value {
    let said = outcome.as_ref().map_or_else(|errors| errors, |checked| &checked.warnings);
    let mut document = json!({
        "file": path.display().to_string(),
        "ok": outcome.is_ok(),
        "diagnostics": render::to_json(said),
    });
    if let Ok(checked) = outcome {
        document["runs"] = checked.plan.len().into();
        if let Some(report) = &checked.topology.report {
            document["import"] = serde_json::to_value(report).expect("a report is JSON");
        }
        if effective {
            document["effective"] = serde_json::to_value(&checked.experiment).expect("an experiment is JSON");
            document["bdp_limits"] = checked
                .plan
                .iter()
                .take(1)
                .flat_map(bdp_limits)
                .map(|(link, limit)| {
                    json!({
                        "link": link,
                        "bdp": f64::from(limit.thousandths) / 1_000.0,
                        "round_trip_s": limit.round_trip.as_secs_f64(),
                        "limit_bytes": limit.limit.get(),
                    })
                })
                .collect();
        }
    }
    document
}
