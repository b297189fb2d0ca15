//! Tables of OSPF daemons: cost and equal-cost next hops from every router to every other, before and after a link
//! fails. Ours must be equal, whether routers see that the carrier is gone or wait for the neighbour's silence.

use std::collections::{BTreeMap, BTreeSet};

use protocols::routing::link_state::Config;
use protocols::routing::router::Detection;
use protocols::routing::testing::{Cable, Lab};
use serde_json::Value;
use sim_core::time::Duration;

use crate::Outcomes;
use crate::fields::{Fault, Fields};

/// Ample for a cold start: a hello, then MinLSInterval.
const FAILURE: Duration = Duration::from_secs(60);
/// Ample after it: the dead interval of 40 s, and as much again.
const END: Duration = Duration::from_secs(160);

/// A network with names for its nodes.
struct Graph {
    nodes: Vec<String>,
    cables: Vec<Cable>,
}

/// By router and destination: cost and next hops. What cannot be reached is missing.
type Tables = BTreeMap<String, BTreeMap<String, (u64, BTreeSet<String>)>>;

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    fields.forget_texts();
    fields.forget(&["names"]);
    let cases = fields.take::<BTreeMap<String, Value>>("cases")?;
    fields.done()?;
    Ok(cases.iter().map(|(name, case)| (name.clone(), run_case(case))).collect())
}

fn run_case(case: &Value) -> Result<(), Fault> {
    let mut fields = Fields::of("case", case)?;
    fields.forget_texts();
    fields.forget(&["bird_gives_the_same_table"]);
    let graph = Graph { nodes: fields.take("nodes")?, cables: Vec::new() };
    let links = fields.take::<Vec<Value>>("links")?;
    let before = read_tables("table", &fields.take("table")?)?;
    let failures = fields.maybe::<Vec<Value>>("after_link_failure")?.unwrap_or_default();
    fields.done()?;
    let graph = graph.with_links(&links)?;
    for detection in [Detection::Carrier, Detection::Silence] {
        let mut lab = graph.lab(detection, None);
        lab.run_until(FAILURE);
        graph.compare(&lab, "table", detection, &before)?;
        for (at, failure) in failures.iter().enumerate() {
            let place = format!("after_link_failure[{at}]");
            let mut fields = Fields::of(&place, failure)?;
            let [a, b]: [String; 2] = fields.take("failed_link")?;
            let after = read_tables(&format!("{place}.table"), &fields.take("table")?)?;
            fields.done()?;
            let mut lab = graph.lab(detection, Some(graph.cable(&place, &a, &b)?));
            lab.run_until(END);
            graph.compare(&lab, &format!("{place}.table"), detection, &after)?;
        }
    }
    Ok(())
}

fn read_tables(place: &str, value: &Value) -> Result<Tables, Fault> {
    let read = |value: &Value| serde_json::from_value::<BTreeMap<String, BTreeMap<String, Value>>>(value.clone());
    let raw = read(value).map_err(|error| format!("{place}: {error}"))?;
    let mut tables = Tables::new();
    for (router, routes) in raw {
        let table = tables.entry(router.clone()).or_default();
        for (destination, route) in routes {
            let mut fields = Fields::of(&format!("{place}.{router}.{destination}"), &route)?;
            table.insert(destination, (fields.take("cost")?, fields.take("next_hops")?));
            fields.done()?;
        }
    }
    Ok(tables)
}

impl Graph {
    fn with_links(mut self, links: &[Value]) -> Result<Self, Fault> {
        for (at, link) in links.iter().enumerate() {
            let place = format!("links[{at}]");
            let mut fields = Fields::of(&place, link)?;
            let (a, b): (String, String) = (fields.take("a")?, fields.take("b")?);
            let cost = [fields.take("cost_ab")?, fields.take("cost_ba")?];
            fields.done()?;
            let (a, b) = (self.node(&place, &a)? as u32, self.node(&place, &b)? as u32);
            self.cables.push(Cable { cost, ..Cable::new(a, b, 1) });
        }
        Ok(self)
    }

    fn node(&self, place: &str, name: &str) -> Result<usize, Fault> {
        let at = self.nodes.iter().position(|node| node == name);
        at.ok_or_else(|| format!("{place}: there is no node `{name}`"))
    }

    fn cable(&self, place: &str, a: &str, b: &str) -> Result<usize, Fault> {
        let (a, b) = (self.node(place, a)? as u32, self.node(place, b)? as u32);
        let at = self.cables.iter().position(|cable| [(a, b), (b, a)].contains(&(cable.a, cable.b)));
        at.ok_or_else(|| format!("{place}.failed_link: there is no such link"))
    }

    /// The routers, one cable of which may fail.
    fn lab(&self, detection: Detection, failing: Option<usize>) -> Lab {
        let names: Vec<&str> = self.nodes.iter().map(String::as_str).collect();
        let config = Config { detection, ..Config::default() };
        let script: Vec<_> = failing.into_iter().flat_map(|cable| Lab::cut(FAILURE, cable)).collect();
        Lab::new(1, &names, &self.cables, &config, &[], &script)
    }

    fn compare(&self, lab: &Lab, place: &str, detection: Detection, expected: &Tables) -> Result<(), Fault> {
        for (from, router) in self.nodes.iter().enumerate() {
            for (to, destination) in self.nodes.iter().enumerate().filter(|&(to, _)| to != from) {
                let found = lab.route(from, to).map(|(cost, hops)| {
                    let hops: BTreeSet<String> = hops.into_iter().map(|hop| self.nodes[hop].clone()).collect();
                    (cost, hops)
                });
                let expected = expected.get(router).and_then(|table| table.get(destination));
                if found.as_ref() != expected {
                    return Err(format!(
                        "{place}.{router}.{destination}: recorded {expected:?}, found {found:?} (by {detection:?})"
                    ));
                }
            }
        }
        for router in expected.keys() {
            self.node(place, router)?;
        }
        Ok(())
    }
}

mod tests {
    use crate::check_spoiled;

    const FILE: &str = "ospf_cases.json";

    #[test]
    fn what_is_not_known_is_named_with_its_case() {
        check_spoiled(FILE, |file| file["cases"]["kr6"]["areas"] = 2.into(), &["kr6", "`areas`"]);
        check_spoiled(FILE, |file| file["cases"]["kr6"]["links"][3]["mtu"] = 2.into(), &["kr6", "links[3]", "`mtu`"]);
        check_spoiled(FILE, |file| file["cases"]["kr6"]["links"][3]["a"] = "q".into(), &["kr6", "links[3]", "`q`"]);
        check_spoiled(FILE, |file| file["cases"]["kr6"]["table"]["u"]["v"]["x"] = 2.into(), &["table.u.v", "`x`"]);
        check_spoiled(FILE, |file| file["hosts"] = 2.into(), &["`hosts`"]);
    }

    #[test]
    fn another_cost_or_next_hop_is_noticed() {
        check_spoiled(FILE, |file| file["cases"]["kr6"]["table"]["u"]["z"]["cost"] = 5.into(), &["kr6", "table.u.z"]);
        check_spoiled(
            FILE,
            |file| file["cases"]["ring8"]["after_link_failure"][0]["table"]["n0"]["n1"]["next_hops"][0] = "n1".into(),
            &["ring8", "after_link_failure[0].table.n0.n1"],
        );
    }
}
