//! `netsim verify`: the textbook's known answers.

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::{Exit, terminal};
use crate::verify::{Case, Verdict, cases};

/// Runs the cases called `ids`, all if there are none.
pub(super) fn verify(ids: &[String], json: bool) -> Exit {
    let chosen = match choose(ids) {
        Ok(chosen) => chosen,
        Err(complaint) => {
            terminal::message(&complaint);
            return Exit::Usage;
        }
    };
    let verdicts: Vec<Verdict> = chosen.iter().map(|case| case.verdict()).collect();
    let missed: Vec<&str> = verdicts.iter().filter(|one| !one.is_met).map(|one| one.id).collect();
    let text = if json {
        serde_json::to_string_pretty(&verdicts).expect("verdicts are JSON") + "\n"
    } else {
        let conclusion = match missed.as_slice() {
            [] => format!("all {} known answers are met", verdicts.len()),
            missed => format!("{} of {} known answers are missed: {}", missed.len(), verdicts.len(), missed.join(", ")),
        };
        format!("{}\n{conclusion}\n", table(&verdicts))
    };
    let verdict = if missed.is_empty() { Exit::Done } else { Exit::Missed };
    verdict.max(terminal::print(&text))
}

fn choose(ids: &[String]) -> Result<Vec<&'static Case>, String> {
    if ids.is_empty() {
        return Ok(cases().collect());
    }
    let find = |id: &str| cases().find(|case| case.id.eq_ignore_ascii_case(id)).ok_or_else(|| id.to_owned());
    ids.iter().map(|id| find(id)).collect::<Result<_, _>>().map_err(|unknown| {
        let known: Vec<&str> = cases().map(|case| case.id).collect();
        format!("error: there is no known answer `{unknown}`; there are {}\n", known.join(", "))
    })
}

fn table(verdicts: &[Verdict]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(120);
    }
    table.set_header(["", "known answer", "expected", "measured", ""]);
    for verdict in verdicts {
        table.add_row([
            Cell::new(verdict.id).add_attribute(Attribute::Bold),
            Cell::new(format!("{} ({})", verdict.statement, verdict.source)).add_attribute(Attribute::Bold),
        ]);
        for line in &verdict.lines {
            let mark = if line.is_met { "✓" } else { "✗ missed" };
            table.add_row(["", &line.what, &line.expected, &line.measured, mark]);
        }
    }
    if let Some(what) = table.column_mut(1) {
        what.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(72)));
    }
    table
}
