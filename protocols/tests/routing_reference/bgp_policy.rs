//! Best paths of a BGP daemon where every system follows its relationships, and what two kinds of hijack do to them. Ours
//! must be equal, path for path; the traffic, followed from forwarding table to forwarding table, must end where it did.

use std::collections::BTreeMap;

use protocols::routing::path_vector::{Config, Preset, Relationship};
use protocols::routing::protocol::Protocol;
use protocols::routing::testing::{Cable, Lab};
use serde_json::Value;
use sim_core::Prefix;
use sim_core::agent::{Command, RouterCommand};
use sim_core::ids::{AgentId, Destination, NodeId};
use sim_core::packet::{Address, DropReason};
use sim_core::script::Action;
use sim_core::time::Duration;

use crate::Outcomes;
use crate::fields::{Fault, Fields};

/// Ample for each state: paths are a few systems long, and the MRAI is 30 s.
const SETTLED: Duration = Duration::from_secs(600);

/// By system, its best path, itself first; none if it has none.
type Paths = BTreeMap<String, Option<Vec<String>>>;

/// A case as it is written.
struct Case {
    nodes: Vec<String>,
    prefix_of: BTreeMap<String, String>,
    cables: Vec<Cable>,
    relationships: Vec<Relationship>,
}

struct Hijack {
    place: String,
    attacker: String,
    victim: String,
    prefix: String,
    best: Paths,
    best_for_covering: Option<Paths>,
    ends_at: BTreeMap<String, String>,
}

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    fields.forget_texts();
    let cases = fields.take::<BTreeMap<String, Value>>("cases")?;
    fields.done()?;
    Ok(cases.iter().map(|(name, case)| (name.clone(), run_case(case))).collect())
}

fn run_case(value: &Value) -> Result<(), Fault> {
    let mut fields = Fields::of("case", value)?;
    let relationships = fields.take::<Vec<Value>>("relationships")?;
    let mut case = Case {
        nodes: fields.take("nodes")?,
        prefix_of: fields.take("prefix_of")?,
        cables: Vec::new(),
        relationships: Vec::new(),
    };
    let best = fields.take::<BTreeMap<String, Paths>>("best")?;
    let hijacks = fields.maybe::<Vec<Value>>("hijacks")?.unwrap_or_default();
    let is_restored = fields.maybe::<bool>("restored_after_hijack")?.unwrap_or(true);
    fields.forget_texts();
    fields.done()?;
    if !is_restored {
        return Err("restored_after_hijack: false is not known here".to_owned());
    }
    for (at, relationship) in relationships.iter().enumerate() {
        case.read_relationship(&format!("relationships[{at}]"), relationship)?;
    }
    case.check_names(&best)?;
    let mut lab = case.lab(None)?;
    lab.run_until(SETTLED);
    case.compare_best(&lab, "best", &best)?;
    for (at, hijack) in hijacks.iter().enumerate() {
        let hijack = Hijack::read(format!("hijacks[{at}]"), hijack)?;
        case.run_hijack(&hijack, &best)?;
    }
    Ok(())
}

impl Hijack {
    fn read(place: String, value: &Value) -> Result<Self, Fault> {
        let mut fields = Fields::of(&place, value)?;
        fields.forget(&["kind"]);
        let hijack = Hijack {
            attacker: fields.take("attacker")?,
            victim: fields.take("victim")?,
            prefix: fields.take("prefix")?,
            best: fields.take("best_for_hijacked_prefix")?,
            best_for_covering: fields.maybe("best_for_covering_prefix")?,
            ends_at: fields.take("traffic_to_hijacked_range_ends_at")?,
            place: place.clone(),
        };
        fields.done()?;
        Ok(hijack)
    }

    fn prefix(&self) -> Result<Prefix, Fault> {
        self.prefix.parse().map_err(|error| format!("{}.prefix: {error}", self.place))
    }

    /// The second address of the hijacked prefix.
    fn target(&self) -> Result<Address, Fault> {
        Ok(Address(self.prefix()?.network().0 + 1))
    }
}

impl Case {
    fn read_relationship(&mut self, place: &str, value: &Value) -> Result<(), Fault> {
        let mut fields = Fields::of(place, value)?;
        let (a, b): (String, String) = (fields.take("a")?, fields.take("b")?);
        let kind: String = fields.take("type")?;
        fields.done()?;
        self.cables.push(Cable::new(self.node(place, &a)? as u32, self.node(place, &b)? as u32, 1));
        self.relationships.push(match kind.as_str() {
            "peers" | "peer" | "a is peer of b" => Relationship::Peering { peers: [a, b] },
            "provider" | "a is provider of b" => Relationship::Transit { provider: a, customer: b },
            "customer" | "a is customer of b" => Relationship::Transit { provider: b, customer: a },
            other => return Err(format!("{place}.type: `{other}` is unknown here")),
        });
        Ok(())
    }

    fn node(&self, place: &str, name: &str) -> Result<usize, Fault> {
        let at = self.nodes.iter().position(|node| node == name);
        at.ok_or_else(|| format!("{place}: there is no node `{name}`"))
    }

    fn check_names(&self, best: &BTreeMap<String, Paths>) -> Result<(), Fault> {
        for (from, paths) in best {
            self.node("best", from)?;
            for (to, path) in paths {
                for name in path.iter().flatten().chain([to]) {
                    self.node(&format!("best.{from}.{to}"), name)?;
                }
            }
        }
        self.prefix_of.keys().try_for_each(|name| self.node("prefix_of", name).map(|_| ()))
    }

    /// The systems, and beside them a node without cables that has an address in the hijacked prefix: nobody's, so that
    /// packets to it go where the routes lead and end there.
    fn lab(&self, hijack: Option<&Hijack>) -> Result<Lab, Fault> {
        const TARGET: &str = "a target of nobody";
        let mut names: Vec<&str> = self.nodes.iter().map(String::as_str).collect();
        names.push(TARGET);
        let networks = self.prefix_of.iter().map(|(name, prefix)| (name.clone(), vec![prefix.clone()]));
        let config = Config {
            networks: networks.collect(),
            host_routes: false,
            relationships: self.relationships.clone(),
            policy: Preset::GaoRexford,
            // "Lowest router id = order of the node list."
            router_ids: names.iter().map(|&name| name.to_owned()).zip(1..).collect(),
            ..Config::default()
        };
        let mut prefixes: Vec<Prefix> = config.announced().into_iter().map(|(_, prefix)| prefix).collect();
        if prefixes.len() < self.prefix_of.len() {
            return Err("prefix_of: not all of these are prefixes".to_owned());
        }
        let mut script = Vec::new();
        let mut addresses: Vec<(usize, Address)> = Vec::new();
        if let Some(hijack) = hijack {
            let prefix = hijack.prefix()?;
            let number = prefixes.iter().position(|&known| known == prefix).unwrap_or_else(|| {
                prefixes.push(prefix);
                prefixes.len() - 1
            });
            let attacker = AgentId(self.node(&hijack.place, &hijack.attacker)? as u32);
            let to = Destination::Prefix(number as u32);
            let command = |command| Action::Command(attacker, Command::Router(command));
            script.push((SETTLED, command(RouterCommand::Announce(to))));
            script.push((SETTLED * 2, command(RouterCommand::Withdraw(to))));
            addresses.push((self.nodes.len(), hijack.target()?));
        }
        Ok(Lab::with_addresses(1, &names, &self.cables, &config, &prefixes, &script, &addresses))
    }

    fn run_hijack(&self, hijack: &Hijack, best: &BTreeMap<String, Paths>) -> Result<(), Fault> {
        let place = &hijack.place;
        self.node(place, &hijack.victim)?;
        let mut lab = self.lab(Some(hijack))?;
        lab.run_until(SETTLED);
        self.compare_best(&lab, &format!("{place}: before"), best)?;
        lab.run_until(SETTLED * 2);
        self.compare(&lab, &format!("{place}.best_for_hijacked_prefix"), &hijack.prefix, &hijack.best)?;
        if let Some(covering) = &hijack.best_for_covering {
            let prefix = self.prefix_of.get(&hijack.victim).ok_or_else(|| format!("{place}.victim: has no prefix"))?;
            self.compare(&lab, &format!("{place}.best_for_covering_prefix"), prefix, covering)?;
        }
        for (from, expected) in &hijack.ends_at {
            let found = self.end_of_traffic(&lab, hijack.target()?, self.node(place, from)?);
            if found.as_deref() != Ok(expected) {
                return Err(format!("{place}.traffic_to_hijacked_range_ends_at.{from}: {expected}, found {found:?}"));
            }
        }
        lab.run_until(SETTLED * 3);
        self.compare_best(&lab, &format!("{place}: restored"), best)
    }

    /// Follows the forwarding tables to the node where packets to the target end; or says why they go nowhere.
    fn end_of_traffic(&self, lab: &Lab, target: Address, from: usize) -> Result<String, String> {
        let mut at = NodeId(from as u32);
        for _ in 0..=self.nodes.len() {
            match lab.simulation.next_hops(at, target) {
                Ok(links) => at = lab.simulation.topology().links[links[0].index()].to,
                Err(DropReason::BlackHole) => return Ok(self.nodes[at.index()].clone()),
                Err(reason) => return Err(format!("{reason:?} at {}", self.nodes[at.index()])),
            }
        }
        Err("they go in a circle".to_owned())
    }

    fn compare_best(&self, lab: &Lab, place: &str, best: &BTreeMap<String, Paths>) -> Result<(), Fault> {
        for from in &self.nodes {
            for (to, prefix) in &self.prefix_of {
                let expected = best.get(from).and_then(|paths| paths.get(to)).cloned().flatten();
                self.compare_one(lab, &format!("{place}.{from}.{to}"), from, prefix, expected)?;
            }
        }
        Ok(())
    }

    fn compare(&self, lab: &Lab, place: &str, prefix: &str, expected: &Paths) -> Result<(), Fault> {
        for from in expected.keys() {
            self.node(place, from)?;
        }
        for from in &self.nodes {
            let expected = expected.get(from).cloned().flatten();
            self.compare_one(lab, &format!("{place}.{from}"), from, prefix, expected)?;
        }
        Ok(())
    }

    fn compare_one(
        &self,
        lab: &Lab,
        place: &str,
        from: &str,
        prefix: &str,
        expected: Option<Vec<String>>,
    ) -> Result<(), Fault> {
        let to = lab.names.destinations().find(|(_, name)| *name == prefix).map(|(to, _)| to);
        let route = to.and_then(|to| lab.router(self.node(place, from).ok()?).routes().get(&to));
        let path = route.and_then(|route| route.path.as_ref());
        let found = path.map(|path| path.iter().map(|&node| lab.names.node(node).to_owned()).collect::<Vec<_>>());
        // An empty path stands for none.
        if found == expected.clone().filter(|path| !path.is_empty()) {
            Ok(())
        } else {
            Err(format!("{place}: recorded {expected:?}, found {found:?}"))
        }
    }
}

mod tests {
    use crate::check_spoiled;

    const FILE: &str = "bgp_policy_cases.json";

    #[test]
    fn what_is_not_known_is_named_with_its_case() {
        check_spoiled(FILE, |file| file["cases"]["as5"]["areas"] = 2.into(), &["as5", "`areas`"]);
        check_spoiled(
            FILE,
            |file| file["cases"]["as5"]["relationships"][2]["type"] = "siblings".into(),
            &["as5", "relationships[2].type", "`siblings`"],
        );
        check_spoiled(FILE, |file| file["cases"]["as5"]["hijacks"][0]["attacker"] = "X".into(), &["hijacks[0]", "`X`"]);
    }

    #[test]
    fn another_path_or_end_is_noticed() {
        let spoil = |pointer: &'static str, value: &'static str, place: &'static str| {
            check_spoiled(
                FILE,
                |file| *file.pointer_mut(pointer).expect("it is there") = value.into(),
                &["as5", place],
            );
        };
        spoil("/cases/as5/best/A/D/1", "C", "best.A.D");
        spoil("/cases/as5/hijacks/0/best_for_hijacked_prefix/B/1", "A", "hijacks[0].best_for_hijacked_prefix.B");
        spoil("/cases/as5/hijacks/0/best_for_covering_prefix/E/1", "C", "hijacks[0].best_for_covering_prefix.E");
        spoil("/cases/as5/hijacks/1/traffic_to_hijacked_range_ends_at/D", "B", "hijacks[1].traffic");
    }

    #[test]
    fn a_relationship_may_be_told_from_the_customer_s_side() {
        // The same network: C is a customer of A. It must still agree, so a spoiled path is what is found.
        check_spoiled(
            FILE,
            |file| {
                let case = &mut file["cases"]["as5"];
                case["relationships"][1] = serde_json::json!({ "a": "C", "b": "A", "type": "a is customer of b" });
                case["hijacks"][1]["best_for_hijacked_prefix"]["E"][1] = "D".into();
            },
            &["as5", "hijacks[1].best_for_hijacked_prefix.E"],
        );
    }
}
