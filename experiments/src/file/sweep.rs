//! The points of a sweep: the product of `grid`, times the steps of `zip`, times the repetitions.

use serde_json::Value as Json;

use super::diagnostic::Diagnostic;
use super::edit;
use super::path::Path;
use super::tree::{Node, Value};

/// More runs than this are refused.
pub const MOST_RUNS: u64 = 10_000;

/// One combination of swept values: the file with these values put in, and what they were.
#[derive(Clone, Debug)]
pub struct Point {
    /// Path and value of each swept field.
    pub parameters: Vec<(String, Json)>,
    /// The file with the values put in, and without its `sweep`.
    pub tree: Node,
}

/// A field and the values it takes.
struct Axis<'t> {
    path: Path,
    spelled: &'t str,
    key: &'t super::tree::Origin,
    values: &'t [Node],
}

/// All points of the sweep in `tree`, whose schema has been checked; a single one without a sweep.
/// The last axis of the grid changes fastest.
///
/// # Errors
/// What is wrong with the lists, or with the paths.
pub fn points(tree: &Node, repetitions: u64) -> Result<Vec<Point>, Vec<Diagnostic>> {
    let mut bare = tree.clone();
    if let Value::Object(members) = &mut bare.value {
        members.retain(|member| member.name != "sweep");
    }
    let mut problems = Vec::new();
    let grid = axes(tree, "grid", &mut problems);
    let zip = axes(tree, "zip", &mut problems);
    let steps = zip.first().map_or(1, |first| first.values.len());
    for axis in &zip {
        if axis.values.len() != steps {
            let message = format!(
                "the lists of a zip go together: this one has {} value(s), the first has {steps}",
                axis.values.len()
            );
            problems.push(Diagnostic::error(at("zip", axis), axis.key.clone(), message));
        }
    }
    for (index, axis) in grid.iter().enumerate() {
        let others = grid[..index].iter().chain(&zip);
        if let Some(other) = others.into_iter().find(|other| other.path == axis.path) {
            let message = format!("`{}` is swept twice", other.path);
            problems.push(Diagnostic::error(at("grid", axis), axis.key.clone(), message));
        }
    }
    let product = grid.iter().try_fold(steps as u64, |product, axis| product.checked_mul(axis.values.len() as u64));
    match product.and_then(|product| product.checked_mul(repetitions)) {
        Some(runs) if runs <= MOST_RUNS => {}
        runs => {
            let path = Path::root().field("sweep");
            let origin = tree.nearest(&path).origin.clone();
            let many = runs.map_or("far too many".to_owned(), |runs| runs.to_string());
            let message = format!("{many} runs in all; the most is {MOST_RUNS}");
            problems.push(Diagnostic::error(path, origin, message));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut points = vec![Point { parameters: Vec::new(), tree: bare }];
    for axis in &grid {
        points = points
            .iter()
            .flat_map(|point| axis.values.iter().map(move |value| (point.clone(), value)))
            .map(|(mut point, value)| {
                put(&mut point, axis, value, "grid", &mut problems);
                point
            })
            .collect();
    }
    if !zip.is_empty() {
        let mut zipped = Vec::with_capacity(points.len() * steps);
        for point in &points {
            for step in 0..steps {
                let mut point = point.clone();
                for axis in &zip {
                    put(&mut point, axis, &axis.values[step], "zip", &mut problems);
                }
                zipped.push(point);
            }
        }
        points = zipped;
    }
    if problems.is_empty() { Ok(points) } else { Err(problems) }
}

fn at(kind: &str, axis: &Axis<'_>) -> Path {
    Path::root().field("sweep").field(kind).field(axis.spelled)
}

fn put(point: &mut Point, axis: &Axis<'_>, value: &Node, kind: &str, problems: &mut Vec<Diagnostic>) {
    match edit::set(&mut point.tree, &axis.path, value.clone(), axis.key) {
        Ok(()) => point.parameters.push((axis.spelled.to_owned(), value.to_json())),
        Err(mut problem) => {
            problem.help.push(format!("swept by {}", at(kind, axis)));
            problems.push(*problem);
        }
    }
}

fn axes<'t>(tree: &'t Node, kind: &str, problems: &mut Vec<Diagnostic>) -> Vec<Axis<'t>> {
    let members = tree.get("sweep").and_then(|sweep| sweep.get(kind)).map_or(&[][..], Node::members);
    let mut axes = Vec::new();
    for member in members {
        let here = || Path::root().field("sweep").field(kind).field(&member.name);
        let mut say = |message: String| {
            problems.push(Diagnostic::error(here(), member.name_origin.clone(), message));
        };
        match member.name.parse::<Path>() {
            Err(why) => say(why),
            Ok(path) if path.0.first() == Some(&super::path::Step::Field("sweep".into())) => {
                say("a sweep cannot sweep itself".to_owned());
            }
            Ok(_) if member.node.elements().is_empty() => {
                say("there is nothing to sweep: this list is empty".to_owned())
            }
            Ok(path) => {
                let (spelled, key, values) = (member.name.as_str(), &member.name_origin, member.node.elements());
                axes.push(Axis { path, spelled, key, values });
            }
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tree::parse;

    fn parameters(text: &str) -> Result<Vec<String>, Vec<String>> {
        let tree = parse(text).unwrap();
        let spelled = |point: &Point| point.parameters.iter().map(|(_, value)| value.to_string()).collect::<String>();
        points(&tree, 1)
            .map(|points| points.iter().map(spelled).collect())
            .map_err(|problems| problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn a_grid_is_a_product_and_its_last_axis_changes_fastest() {
        assert_eq!(parameters(r#"{"sweep": {"grid": {"a": [1, 2], "b": [3, 4]}}}"#).unwrap(), ["13", "14", "23", "24"]);
    }

    #[test]
    fn a_zip_goes_step_by_step_within_each_point_of_the_grid() {
        let text = r#"{"sweep": {"grid": {"a": [1, 2]}, "zip": {"b": [3, 4], "c": [5, 6]}}}"#;
        assert_eq!(parameters(text).unwrap(), ["135", "146", "235", "246"]);
    }

    #[test]
    fn without_a_sweep_there_is_one_point() {
        assert_eq!(parameters("{}").unwrap(), [""]);
    }

    #[test]
    fn lists_that_make_no_sense_are_refused() {
        let problem = |text: &str| parameters(text).unwrap_err().join("; ");
        assert!(problem(r#"{"sweep": {"zip": {"b": [3], "c": [5, 6]}}}"#).contains("go together"));
        assert!(problem(r#"{"sweep": {"grid": {"b": []}}}"#).contains("is empty"));
        assert!(problem(r#"{"sweep": {"grid": {"b": [1]}, "zip": {"b": [1]}}}"#).contains("swept twice"));
        assert!(problem(r#"{"sweep": {"grid": {"sweep.grid": [1]}}}"#).contains("sweep itself"));
        assert!(problem(r#"{"sweep": {"grid": {"a..b": [1]}}}"#).contains("is no path"));
        let long = format!("[{}]", vec!["1"; 101].join(","));
        assert!(problem(&format!(r#"{{"sweep": {{"grid": {{"a": {long}, "b": {long}}}}}}}"#)).contains("10201 runs"));
    }
}
