//! Griffin and Wilfong's gadgets ("An Analysis of BGP Convergence Properties", 1999): policies with one stable state,
//! with several, or with none. What is stable is found here by trying all states; our speakers must come to rest in one
//! of those, or never where there is none, and so must the recorded daemon have.

use std::collections::{BTreeMap, BTreeSet};

use protocols::routing::path_vector::{Config, Rule, Verdict};
use protocols::routing::testing::{Cable, Lab};
use serde_json::Value;
use sim_core::ids::Destination;
use sim_core::time::Duration;

use crate::Outcomes;
use crate::fields::{Fault, Fields};

/// Who announces the prefix.
const ORIGIN: &str = "0";
const PREFIX: &str = "20.0.0.0/16";

/// By node, the paths it allows, the best first. Paths are written `1-2-0`.
type Preferences = BTreeMap<String, Vec<String>>;
/// By node, the path it uses.
type State = BTreeMap<String, Option<String>>;

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    fields.forget_texts();
    fields.forget(&["check"]);
    let runs = fields.take::<Vec<Value>>("runs")?;
    fields.done()?;
    let run = |(at, value): (usize, &Value)| {
        let name = value["kind"].as_str().unwrap_or("?").to_owned();
        (format!("runs[{at}] {name}"), run_one(&format!("runs[{at}]"), value))
    };
    Ok(runs.iter().enumerate().map(run).collect())
}

/// The gadgets of the paper, as the file tells them; others bring their `preferences` along.
fn known(kind: &str) -> Option<Preferences> {
    let all: &[(&str, &[&str])] = match kind {
        "DISAGREE" => &[("1", &["1-2-0", "1-0"]), ("2", &["2-1-0", "2-0"])],
        "BAD" => &[("1", &["1-2-0", "1-0"]), ("2", &["2-3-0", "2-0"]), ("3", &["3-1-0", "3-0"])],
        "GOOD" => &[("1", &["1-2-0", "1-0"]), ("2", &["2-3-0", "2-0"]), ("3", &["3-0", "3-1-0"])],
        _ => return None,
    };
    let list = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect();
    Some(all.iter().map(|&(node, paths)| (node.to_owned(), list(paths))).collect())
}

fn run_one(place: &str, value: &Value) -> Result<(), Fault> {
    let mut fields = Fields::of(place, value)?;
    let kind: String = fields.take("kind")?;
    let mrai: u64 = fields.take("mrai_s")?;
    let observed: u64 = fields.take("observed_s")?;
    let last_changes: u64 = fields.take("changes_in_last_third")?;
    let recorded: State = fields.take("final")?;
    let told = fields.maybe::<Preferences>("preferences")?;
    fields.forget(&["best_path_changes_seen", "updates_sent", "changes"]);
    fields.done()?;
    let preferences = told.or_else(|| known(&kind));
    let preferences =
        preferences.ok_or_else(|| format!("{place}.kind: `{kind}` is unknown here, and there are no `preferences`"))?;
    let stable = stable_states(place, &preferences)?;
    // Some gadgets have one stable state and may miss it for ever, as the daemon did.
    let may_go_on = stable.len() == 1 && last_changes > 0;
    // However long one watches: a little, ten times as long, and thirty times.
    for watch in [1, 10, 30].map(|times| Duration::from_secs(observed) * times) {
        let (state, changes) = watched(&preferences, Duration::from_secs(mrai), watch);
        if stable.is_empty() {
            if changes == 0 {
                return Err(format!("{place}: no state is stable, and yet nothing changes: {state:?}"));
            }
            continue;
        }
        let is_last = watch == Duration::from_secs(observed) * 30;
        if is_last && changes > 0 && !may_go_on {
            return Err(format!("{place}: {changes} changes in the last third, {state:?} at the end"));
        }
        if is_last && changes == 0 && !stable.contains(&state) {
            return Err(format!("{place}: at rest in {state:?}, stable is {stable:?}"));
        }
    }
    if last_changes == 0 && !stable.contains(&recorded) {
        return Err(format!("{place}.final: recorded {recorded:?}, stable is {stable:?}"));
    }
    Ok(())
}

/// All states in which nobody would rather have another path, given what the others use (a stable path assignment).
fn stable_states(place: &str, preferences: &Preferences) -> Result<Vec<State>, Fault> {
    let mut states: Vec<State> = vec![State::new()];
    for (node, paths) in preferences {
        for path in paths {
            if path.split('-').next() != Some(node) || path.rsplit('-').next() != Some(ORIGIN) {
                return Err(format!("{place}.preferences.{node}: `{path}` does not lead from {node} to {ORIGIN}"));
            }
        }
        let choices = || paths.iter().cloned().map(Some).chain([None]);
        let with = |state: &State, path| {
            state.iter().map(|(n, p)| (n.clone(), p.clone())).chain([(node.clone(), path)]).collect()
        };
        states =
            states.iter().flat_map(|state| choices().map(|path| with(state, path)).collect::<Vec<State>>()).collect();
    }
    let is_offered = |state: &State, path: &str| {
        let rest = path.split_once('-').map_or("", |(_, rest)| rest);
        let next = rest.split('-').next().unwrap_or_default();
        rest == ORIGIN || state.get(next).cloned().flatten().as_deref() == Some(rest)
    };
    let is_stable = |state: &State| {
        preferences
            .iter()
            .all(|(node, paths)| paths.iter().find(|path| is_offered(state, path)) == state[node].as_ref())
    };
    Ok(states.into_iter().filter(is_stable).collect())
}

/// Runs speakers with these preferences: what they use at the end, and how often that changed in the last third.
fn watched(preferences: &Preferences, mrai: Duration, watch: Duration) -> (State, usize) {
    let paths = || preferences.values().flatten().map(|path| path.split('-').collect::<Vec<_>>());
    let names: BTreeSet<&str> = paths().flatten().collect();
    let names: Vec<&str> = names.into_iter().collect();
    let number = |name: &str| names.binary_search(&name).expect("all are named") as u32;
    let pairs: BTreeSet<(u32, u32)> = paths()
        .flat_map(|path| path.windows(2).map(|pair| (number(pair[0]), number(pair[1]))).collect::<Vec<_>>())
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect();
    let cables: Vec<Cable> = pairs.into_iter().map(|(a, b)| Cable::new(a, b, 1)).collect();
    let rules = |paths: &Vec<String>| {
        let best_first = (0..).zip(paths).map(|(at, path)| Rule {
            path: Some(path.split('-').skip(1).map(str::to_owned).collect()),
            local_preference: Some(1_000 - at),
            ..Rule::default()
        });
        best_first.chain([Rule { then: Verdict::Reject, ..Rule::default() }]).collect()
    };
    let config = Config {
        networks: [(ORIGIN.to_owned(), vec![PREFIX.to_owned()])].into(),
        host_routes: false,
        import: preferences.iter().map(|(node, paths)| (node.clone(), rules(paths))).collect(),
        mrai,
        ..Config::default()
    };
    let mut lab = Lab::new(1, &names, &cables, &config, &[PREFIX.parse().expect("a prefix")], &[]);
    lab.run_until(watch / 3 * 2);
    for node in 0..names.len() {
        lab.changes(node);
    }
    lab.run_until(watch);
    let changes = (0..names.len()).map(|node| lab.changes(node).len()).sum();
    let path = |node: &String| {
        let route = lab.router(number(node) as usize).routes().get(&Destination::Prefix(0))?;
        let names: Vec<&str> = route.path.as_ref()?.iter().map(|&node| lab.names.node(node)).collect();
        Some(names.join("-"))
    };
    (preferences.keys().map(|node| (node.clone(), path(node))).collect(), changes)
}

mod tests {
    use super::*;
    use crate::check_spoiled;

    const FILE: &str = "bgp_gadgets.json";

    #[test]
    fn the_paper_s_gadgets_have_one_two_and_no_stable_states() {
        let count = |kind| stable_states("", &known(kind).expect("a gadget")).expect("paths").len();
        assert_eq!(["GOOD", "DISAGREE", "BAD"].map(count), [1, 2, 0]);
    }

    #[test]
    fn what_is_not_known_or_does_not_agree_is_noticed() {
        check_spoiled(FILE, |file| file["runs"][0]["kind"] = "UGLY".into(), &["runs[0].kind", "`UGLY`"]);
        check_spoiled(FILE, |file| file["runs"][1]["final"]["2"] = "2-0".into(), &["runs[1].final"]);
        // GOOD with the preferences of BAD: the daemon could not have come to rest.
        check_spoiled(
            FILE,
            |file| {
                let bad = serde_json::json!({ "1": ["1-2-0", "1-0"], "2": ["2-3-0", "2-0"], "3": ["3-1-0", "3-0"] });
                file["runs"][1]["preferences"] = bad;
            },
            &["runs[1].final", "stable is []"],
        );
        check_spoiled(
            FILE,
            |file| file["runs"][0]["preferences"] = serde_json::json!({ "1": ["2-0"] }),
            &["runs[0].preferences.1", "`2-0`"],
        );
    }
}
