//! Metrics of RIP daemons over time: before a link fails or changes its cost, while the routers count, and after.
//!
//! In the file a destination has metric 1 at its own router, so cost = metric - 1. Compared:
//!
//! - the tables before and after, by both forms of memory: equal costs, and of equal costs any next hop that has one;
//! - how the estimates change, by the router that remembers the best route as these daemons do: each is what its
//!   neighbour had at some time, and the link; counting only where the recorded facts say that it may be. Whether a
//!   plain router counts is a race there, so it is not compared;
//! - `kr3_count_sequence_costs`: from some starts the race is lost just so, from some won, and never is there another
//!   pattern;
//! - `kr6_steady_state`.
//!
//! Not compared: times; and what daemons list about a router's own network as others tell it.

use std::collections::{BTreeMap, BTreeSet};

use protocols::routing::distance_vector::{Config, Memory, TriggeredUpdates};
use protocols::routing::testing::{Cable, Lab};
use serde_json::Value;
use sim_core::ids::Destination;
use sim_core::script::Action;
use sim_core::time::{Duration, Time};

use crate::Outcomes;
use crate::fields::{Fault, Fields};

/// When something happens to the network: not at a time of regular updates.
const ACTION: Duration = Duration::from_millis(60_700);
/// Ample for counting to 255 by triggered updates, for timeouts and for being forgotten.
const END: Duration = Duration::from_secs(600);

/// By router and destination: the cost, and the next hop.
type Tables = BTreeMap<String, BTreeMap<String, (u64, String)>>;
/// A router's route changed: its name, the new cost, through whom; none if it was lost.
type Estimate = (String, Option<(u64, String)>);

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    fields.forget_texts();
    fields.forget(&["robust_facts"]);
    let runs = fields.take::<BTreeMap<String, Value>>("runs")?;
    let sequence = fields.maybe::<Vec<Value>>("kr3_count_sequence_costs")?;
    let steady = fields.raw("kr6_steady_state");
    fields.done()?;
    let mut outcomes: Outcomes = runs.iter().map(|(name, case)| (name.clone(), run_case(case))).collect();
    let sequence = sequence.map(|list| ("kr3_count_sequence_costs".to_owned(), run_sequence(&list)));
    outcomes.extend(sequence);
    outcomes.extend(steady.map(|table| ("kr6_steady_state".to_owned(), run_steady(table))));
    Ok(outcomes)
}

/// What a run was made of.
struct Case {
    nodes: Vec<String>,
    cables: Vec<Cable>,
    script: Vec<(Duration, Action)>,
    destination: usize,
    config: Config,
}

fn run_case(case: &Value) -> Result<(), Fault> {
    let mut fields = Fields::of("case", case)?;
    let nodes: Vec<String> = fields.take("nodes")?;
    let number = |place: &str, name: &str| {
        let at = nodes.iter().position(|node| node == name);
        at.ok_or_else(|| format!("{place}: there is no node `{name}`"))
    };
    let mut cables = Vec::new();
    for (at, link) in fields.take::<Vec<Value>>("links")?.iter().enumerate() {
        let place = format!("links[{at}]");
        let mut link = Fields::of(&place, link)?;
        let ends = [link.take::<String>("a")?, link.take("b")?];
        let [a, b] = [number(&place, &ends[0])?, number(&place, &ends[1])?];
        cables.push(Cable::new(a as u32, b as u32, link.take("metric")?));
        link.done()?;
    }
    let destination = number("dest", &fields.take::<String>("dest")?)?;
    let script = read_action(&fields.take("action")?, cables.len())?;
    let (split_horizon, poison_reverse) = match fields.maybe::<String>("mode")?.as_deref() {
        None => (fields.take("split_horizon")?, fields.take("poison_reverse")?),
        Some("plain") => (false, false),
        Some(mode) if mode.contains("poison") => (true, true),
        Some(mode) if mode.contains("split") => (true, false),
        Some(other) => return Err(format!("mode: `{other}` is none of plain, split_horizon, poison_reverse")),
    };
    let infinity = fields.take("infinity")?;
    let before = read_tables("before", &fields.take("before")?, infinity)?;
    let after = read_tables("after", &fields.take("after")?, infinity)?;
    let events = fields.take::<Vec<Value>>("events")?;
    // Times are no reference; ours are those of a daemon set to be quick.
    fields.forget(&["action_at_s", "periodic_update_s", "timers_s"]);
    fields.forget_texts();
    fields.done()?;
    for (at, event) in events.iter().enumerate() {
        read_event(&format!("events[{at}]"), event, &nodes)?;
    }
    let config = Config { infinity, split_horizon, poison_reverse, ..quick() };
    let case = Case { nodes, cables, script, destination, config };
    for seed in 1..=8 {
        for remember in [Memory::EveryVector, Memory::BestRoute] {
            let mut lab = case.lab(seed, remember);
            lab.run_until(ACTION);
            case.compare("before", &lab, &before)?;
            let standing = case.standing(&lab);
            case.changes(&mut lab);
            lab.run_until(ACTION + END);
            case.compare("after", &lab, &after)?;
            if remember == Memory::BestRoute {
                case.judge(seed, standing, &case.changes(&mut lab))?;
            }
        }
    }
    Ok(())
}

/// Quick timers, as these daemons were given.
fn quick() -> Config {
    Config {
        update_interval: Duration::from_secs(2),
        jitter: Duration::from_millis(300),
        timeout: Duration::from_secs(12),
        garbage_collection: Duration::from_secs(8),
        triggered_updates: TriggeredUpdates::Spaced {
            least: Duration::from_millis(100),
            most: Duration::from_millis(1_000),
        },
        ..Config::default()
    }
}

fn read_action(action: &Value, cables: usize) -> Result<Vec<(Duration, Action)>, Fault> {
    let list = action.as_array().map_or(&[][..], Vec::as_slice);
    let number = |at: usize| list.get(at).and_then(Value::as_u64);
    let cable = number(1).map(|at| at as usize).filter(|&at| at < cables);
    match (list.first().and_then(Value::as_str), cable, number(2)) {
        (Some("down"), Some(cable), None) => Ok(Lab::cut(ACTION, cable).into()),
        (Some("metric"), Some(cable), Some(cost)) => {
            Ok(Lab::links(cable).map(|link| (ACTION, Action::SetCost(link, cost as u32))).into())
        }
        _ => Err(format!("action: {action} is neither [\"down\", link] nor [\"metric\", link, cost]")),
    }
}

/// An event of a recording: read so that its names and fields are known.
fn read_event(place: &str, event: &Value, nodes: &[String]) -> Result<(), Fault> {
    let mut fields = Fields::of(place, event)?;
    let _: f64 = fields.take("t")?;
    let node: String = fields.take("node")?;
    let _: Option<u64> = fields.maybe("metric")?;
    let via: Option<String> = fields.maybe("via")?;
    fields.done()?;
    match [Some(node), via].into_iter().flatten().find(|name| !nodes.contains(name)) {
        Some(name) => Err(format!("{place}: there is no node `{name}`")),
        None => Ok(()),
    }
}

/// Tables of `[metric, next hop]`. What has infinity for its metric cannot be reached.
fn read_tables(place: &str, value: &Value, infinity: u64) -> Result<Tables, Fault> {
    let raw: BTreeMap<String, BTreeMap<String, (u64, String)>> =
        serde_json::from_value(value.clone()).map_err(|error| format!("{place}: {error}"))?;
    let mut tables = Tables::new();
    for (router, routes) in raw {
        let table = tables.entry(router.clone()).or_default();
        for (destination, (metric, next_hop)) in routes {
            let cost = metric.checked_sub(1).ok_or_else(|| format!("{place}.{router}.{destination}: metric 0"))?;
            if destination != router && metric < infinity {
                table.insert(destination, (cost, next_hop));
            }
        }
    }
    Ok(tables)
}

impl Case {
    fn lab(&self, seed: u64, remember: Memory) -> Lab {
        let names: Vec<&str> = self.nodes.iter().map(String::as_str).collect();
        // What the file calls infinity is a metric; a cost is one less.
        let config = Config { remember, infinity: self.config.infinity - 1, ..self.config.clone() };
        let [least, most] = [100, 1_000].map(Duration::from_millis);
        // Half of the starts as RFC 2453 says, half with the bad news waiting.
        let is_slow = seed.is_multiple_of(2);
        let slow = TriggeredUpdates::Delayed { least, most };
        let config = if is_slow { Config { triggered_updates: slow, ..config } } else { config };
        Lab::new(seed, &names, &self.cables, &config, &[], &self.script)
    }

    fn compare(&self, place: &str, lab: &Lab, expected: &Tables) -> Result<(), Fault> {
        for (from, router) in self.nodes.iter().enumerate() {
            let table = expected.get(router).ok_or_else(|| format!("{place}: there is no table of `{router}`"))?;
            for (to, destination) in self.nodes.iter().enumerate().filter(|&(to, _)| to != from) {
                let found = lab.route(from, to);
                let expected_cost = table.get(destination).map(|(cost, _)| *cost);
                let fault = || {
                    format!("{place}.{router}.{destination}: recorded {:?}, found {found:?}", table.get(destination))
                };
                if found.as_ref().map(|(cost, _)| *cost) != expected_cost {
                    return Err(fault());
                }
                let Some((cost, hops)) = &found else { continue };
                // The recorded next hop, or one from which the recorded cost is less by that of the link.
                let (_, recorded) = &table[destination];
                let is_equal = hops.iter().all(|&hop| {
                    let rest = if hop == to { Some(0) } else { lab.route(hop, to).map(|(cost, _)| cost) };
                    let interfaces = lab.router(from).interfaces();
                    let links =
                        interfaces.iter().filter(|interface| interface.neighbor.index() == hop && interface.is_up);
                    links.map(|link| link.cost).min().zip(rest).is_some_and(|(link, rest)| link + rest == *cost)
                });
                let is_same = hops.iter().all(|&hop| self.nodes[hop] == *recorded);
                if !is_same && !is_equal {
                    return Err(fault());
                }
            }
            if let Some(name) = table.keys().find(|name| !self.nodes.contains(name)) {
                return Err(format!("{place}.{router}: there is no node `{name}`"));
            }
        }
        match expected.keys().find(|name| !self.nodes.contains(name)) {
            Some(name) => Err(format!("{place}: there is no node `{name}`")),
            None => Ok(()),
        }
    }

    /// What each router's route to the destination costs now.
    fn standing(&self, lab: &Lab) -> BTreeMap<String, BTreeSet<u64>> {
        let cost =
            |at: usize| if at == self.destination { Some(0) } else { lab.route(at, self.destination).map(|r| r.0) };
        (self.nodes.iter().enumerate()).map(|(at, name)| (name.clone(), cost(at).into_iter().collect())).collect()
    }

    /// How routes to the destination changed since the last call, in the order of time.
    fn changes(&self, lab: &mut Lab) -> Vec<Estimate> {
        changes(lab, &self.nodes, self.destination)
    }

    /// Whether the estimates are a pattern that daemons show.
    fn judge(&self, seed: u64, mut had: BTreeMap<String, BTreeSet<u64>>, estimates: &[Estimate]) -> Result<(), Fault> {
        let mut rises: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (router, estimate) in estimates {
            let Some((cost, via)) = estimate else { continue };
            let end = |node: u32| &self.nodes[node as usize];
            let between =
                |cable: &&Cable| [(end(cable.a), end(cable.b)), (end(cable.b), end(cable.a))].contains(&(router, via));
            let costs = self.cables.iter().enumerate().filter(|(_, cable)| between(cable));
            // A link costs what it did at the start, or what the script made of it.
            let costs = costs.flat_map(|(at, cable)| {
                let set = self.script.iter().filter_map(move |(_, action)| match action {
                    Action::SetCost(link, cost) if Lab::links(at).contains(link) => Some(*cost),
                    _ => None,
                });
                set.chain([cable.cost[0]])
            });
            let is_sum =
                costs.map(u64::from).any(|link| cost.checked_sub(link).is_some_and(|rest| had[via].contains(&rest)));
            if !is_sum {
                return Err(format!(
                    "seed {seed}: {router} has {cost} via {via}, which {via} never said: {estimates:?}"
                ));
            }
            had.entry(router.clone()).or_default().insert(*cost);
            let rise = rises.entry(router).or_default();
            if rise.last().is_none_or(|last| last < cost) {
                rise.push(*cost);
            }
        }
        // Not counting: nobody's estimate rises three times, link by link.
        let counting = rises.iter().find(|(_, rise)| rise.len() > 2);
        let Some((router, rise)) = counting else { return Ok(()) };
        if self.config.split_horizon || self.config.poison_reverse {
            return Err(format!("seed {seed}: {router} counts {rise:?}, which no daemon did"));
        }
        Ok(())
    }
}

fn changes(lab: &mut Lab, nodes: &[String], destination: usize) -> Vec<Estimate> {
    let mut all: Vec<(Time, Estimate)> = Vec::new();
    for (at, name) in nodes.iter().enumerate() {
        for change in lab.changes(at) {
            if change.destination == Destination::Endpoint(destination as u32) {
                let route = change.after.map(|route| {
                    let interface = &lab.router(at).interfaces()[route.interfaces()[0].index()];
                    (route.cost, nodes[interface.neighbor.index()].clone())
                });
                all.push((change.time, (name.clone(), route)));
            }
        }
    }
    all.sort_by_key(|(time, _)| *time);
    all.into_iter().map(|(_, estimate)| estimate).collect()
}

/// Kurose & Ross: x-y rises from 4 to 60. The recorded sequence begins with the routes before.
fn run_sequence(recorded: &[Value]) -> Result<(), Fault> {
    let mut expected: Vec<Estimate> = Vec::new();
    for (at, step) in recorded.iter().enumerate() {
        let mut fields = Fields::of(&format!("[{at}]"), step)?;
        expected.push((fields.take("node")?, Some((fields.take("cost")?, fields.take("via")?))));
        fields.done()?;
    }
    let expected = expected.split_off(expected.len().min(2));
    let case = Case {
        nodes: ["x", "y", "z"].map(str::to_owned).into(),
        cables: vec![Cable::new(0, 1, 4), Cable::new(1, 2, 1), Cable::new(0, 2, 50)],
        script: Lab::links(0).map(|link| (ACTION, Action::SetCost(link, 60))).into(),
        destination: 0,
        config: Config { infinity: 255, split_horizon: false, poison_reverse: false, ..quick() },
    };
    // The race won: the bad news comes first. z goes to 61 or straight to its own link.
    let direct = [("y", 60, "x"), ("z", 61, "y"), ("z", 50, "x"), ("y", 51, "z")];
    let direct: Vec<Estimate> =
        direct.iter().map(|&(node, cost, via)| (node.to_owned(), Some((cost, via.to_owned())))).collect();
    let (mut lost_just_so, mut won) = (0, 0);
    for start in 1..=60 {
        // Even: the bad news waits, or there would be no race.
        let seed = 2 * start;
        let mut lab = case.lab(seed, Memory::BestRoute);
        lab.run_until(ACTION);
        case.changes(&mut lab);
        lab.run_until(ACTION + END);
        let found = case.changes(&mut lab);
        if found == expected {
            lost_just_so += 1;
        } else if found.len() <= direct.len() && found.iter().all(|estimate| direct.contains(estimate)) {
            won += 1;
        } else if !is_count(&found, &expected) {
            return Err(format!("seed {seed}: no pattern of a daemon: {found:?}"));
        }
    }
    if lost_just_so == 0 || won == 0 {
        return Err(format!("of 60 starts {lost_just_so} counted as recorded, {won} did not count"));
    }
    Ok(())
}

/// Whether a count runs through the recorded steps, and ends as they do: when z hears of x's own network a little
/// earlier or later, its last steps are one less or some more.
fn is_count(found: &[Estimate], recorded: &[Estimate]) -> bool {
    let common = found.iter().zip(recorded).take_while(|(found, recorded)| found == recorded).count();
    let end = recorded.len() - 2;
    let goes_on = |steps: &[Estimate]| {
        let costs: Vec<u64> = steps.iter().filter_map(|(_, route)| route.as_ref().map(|(cost, _)| *cost)).collect();
        costs.len() == steps.len() && costs.windows(2).all(|pair| pair[1] == pair[0] + 1)
    };
    common + 4 >= end && found.len() >= 2 && {
        let (count, last) = found.split_at(found.len() - 2);
        last == &recorded[end..] && goes_on(count.get(1..).unwrap_or_default())
    }
}

/// The links of `kr6` in the OSPF cases.
fn run_steady(steady: &Value) -> Result<(), Fault> {
    let mut fields = Fields::of("kr6_steady_state", steady)?;
    let raw: BTreeMap<String, BTreeMap<String, Value>> = fields.take("table")?;
    fields.forget_texts();
    fields.done()?;
    let mut expected = Tables::new();
    for (router, routes) in raw {
        for (destination, route) in routes {
            let mut fields = Fields::of(&format!("table.{router}.{destination}"), &route)?;
            let entry = (fields.take("cost")?, fields.take("next_hop")?);
            fields.done()?;
            expected.entry(router.clone()).or_default().insert(destination, entry);
        }
    }
    let links =
        [(0, 1, 2), (0, 3, 1), (0, 2, 5), (1, 3, 2), (1, 2, 3), (3, 2, 3), (3, 4, 1), (2, 4, 1), (2, 5, 5), (4, 5, 2)];
    let case = Case {
        nodes: ["u", "v", "w", "x", "y", "z"].map(str::to_owned).into(),
        cables: links.iter().map(|&(a, b, cost)| Cable::new(a, b, cost)).collect(),
        script: Vec::new(),
        destination: 0,
        config: Config { infinity: 255, split_horizon: false, poison_reverse: false, ..Config::default() },
    };
    for remember in [Memory::EveryVector, Memory::BestRoute] {
        let mut lab = case.lab(1, remember);
        lab.run_until(Duration::from_secs(120));
        case.compare("table", &lab, &expected)?;
    }
    Ok(())
}

mod tests {
    use crate::check_spoiled;

    const FILE: &str = "rip_cases.json";
    const BAD: &str = "bird_kr3_bad_plain";

    #[test]
    fn what_is_not_known_is_named_with_its_case() {
        check_spoiled(FILE, |file| file["runs"][BAD]["areas"] = 2.into(), &[BAD, "`areas`"]);
        check_spoiled(FILE, |file| file["runs"][BAD]["links"][1]["a"] = "q".into(), &[BAD, "links[1]", "`q`"]);
        check_spoiled(FILE, |file| file["runs"][BAD]["action"][0] = "up".into(), &[BAD, "action"]);
        check_spoiled(FILE, |file| file["runs"][BAD]["events"][0]["node"] = "q".into(), &[BAD, "events[0]", "`q`"]);
        check_spoiled(
            FILE,
            |file| file["runs"]["frr_line4_linkdown_plain"]["mode"] = "loud".into(),
            &["mode", "`loud`"],
        );
    }

    #[test]
    fn another_metric_or_next_hop_is_noticed() {
        check_spoiled(FILE, |file| file["runs"][BAD]["before"]["z"]["x"][0] = 7.into(), &[BAD, "before.z.x"]);
        check_spoiled(FILE, |file| file["runs"][BAD]["after"]["y"]["x"] = serde_json::Value::Null, &[BAD, "after"]);
        check_spoiled(
            FILE,
            |file| file["kr6_steady_state"]["table"]["u"]["z"]["cost"] = 5.into(),
            &["kr6_steady_state", "table.u.z"],
        );
        check_spoiled(
            FILE,
            |file| file["kr3_count_sequence_costs"][9]["cost"] = 13.into(),
            &["kr3_count_sequence_costs"],
        );
    }
}
