//! The parameters of path vector, and what can be wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Prefix;
use sim_core::ids::NodeId;
use sim_core::time::Duration;

use super::PathVector;
use super::messages::Origin;
use crate::routing::process::Process;
use crate::routing::protocol::{Fault, Place, Protocol, Surroundings};
use crate::routing::router::Detection;
use crate::routing::shortest_path::LinkCost;

/// Parameters of path vector. Routers are called by their names; each is an autonomous system of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The prefixes that a router announces from the start, such as `"A": ["20.1.0.0/16"]`. A router that is listed, even
    /// with none, announces nothing else: not itself, not the hosts at its cables.
    pub networks: BTreeMap<String, Vec<String>>,
    /// Whether routers not listed in `networks` announce themselves and the hosts at their cables, each as a host route.
    pub host_routes: bool,
    /// Who pays whom: `{ "provider": "A", "customer": "C" }` or `{ "peers": ["A", "B"] }`.
    pub relationships: Vec<Relationship>,
    /// The policy that all routers follow where their own rules say nothing.
    pub policy: Preset,
    /// Rules for what a router takes from its neighbours, by its name. The first that matches decides, unless it says
    /// `next`; where none does, the policy decides.
    pub import: BTreeMap<String, Vec<Rule>>,
    /// Rules for what a router tells its neighbours, by its name.
    pub export: BTreeMap<String, Vec<Rule>>,
    /// Whether MULTI_EXIT_DISC is compared among all paths, rather than those from one neighbour (RFC 4271, 9.1.2.2 c).
    pub always_compare_med: bool,
    /// The router ids, which break ties: the lowest wins. Of all routers or of none; then they follow the names.
    pub router_ids: BTreeMap<String, u32>,
    /// Least time between two UPDATEs to a neighbour, MinRouteAdvertisementInterval (RFC 4271, 10: 30 s). Zero sends at once.
    pub mrai: Duration,
    /// Which UPDATEs it holds back: also withdrawals (RFC 4271, 9.2.1.1), or announcements alone (RFC 1771, 9.2.3.1).
    pub mrai_for: Limited,
    /// Time between two KEEPALIVEs (RFC 4271, 10: a third of the hold time).
    pub keepalive: Duration,
    /// How long a neighbour may be silent (RFC 4271, 10: 90 s). Zero waits for ever and sends no KEEPALIVEs.
    pub hold_time: Duration,
    /// How long to wait before a session that failed is opened again (RFC 4271, 10: 120 s).
    pub connect_retry: Duration,
    /// Whether the timers are shortened by a random part of up to a quarter (RFC 4271, 10). Without, routers go in step.
    pub jitter: bool,
    /// How a cut cable is noticed: at once, or by the hold time.
    pub detection: Detection,
    /// What the cables cost. Paths are compared by their systems, so this matters to attached hosts alone.
    pub link_cost: LinkCost,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            networks: BTreeMap::new(),
            host_routes: true,
            relationships: Vec::new(),
            policy: Preset::default(),
            import: BTreeMap::new(),
            export: BTreeMap::new(),
            always_compare_med: false,
            router_ids: BTreeMap::new(),
            mrai: Duration::from_secs(30),
            mrai_for: Limited::default(),
            keepalive: Duration::from_secs(30),
            hold_time: Duration::from_secs(90),
            connect_retry: Duration::from_secs(120),
            jitter: true,
            detection: Detection::default(),
            link_cost: LinkCost::default(),
        }
    }
}

/// What two neighbours are to each other (Gao and Rexford 2001).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Relationship {
    /// One pays the other for carrying its packets anywhere.
    Transit {
        /// Who is paid.
        provider: String,
        /// Who pays.
        customer: String,
    },
    /// They carry each other's packets to their customers for nothing.
    Peering {
        /// The two.
        peers: [String; 2],
    },
}

/// A policy for everyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The shortest path of systems; everything is told to everyone.
    #[default]
    ShortestPath,
    /// Local preference 200 for paths of customers, 150 of peers, 100 of providers; a customer's and one's own are told to
    /// everyone, others to customers alone (Gao and Rexford 2001).
    GaoRexford,
}

/// Which UPDATEs wait for the MRAI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limited {
    /// All (RFC 4271).
    #[default]
    All,
    /// Announcements; withdrawals leave at once (RFC 1771).
    Announcements,
}

/// A rule of a policy: all that it names must hold for it to match. Paths are read without the router itself, the
/// neighbour first and the origin last: when importing, as the neighbour told them; when exporting, before the router adds
/// itself, so that its own destinations have an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// From or to this neighbour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbor: Option<String>,
    /// Of several cables to that neighbour, the one of this number, from 1, in the order of their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub cable: Option<u32>,
    /// Exactly this prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// This prefix, or a more specific one within it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// Exactly this path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<String>>,
    /// The path begins with these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_begins: Option<Vec<String>>,
    /// This router is on the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_contains: Option<String>,
    /// The new local preference; only when importing, since neighbours are not told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_preference: Option<u32>,
    /// The new MULTI_EXIT_DISC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub med: Option<u32>,
    /// The new ORIGIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// How many times the first of the path is repeated before it: the neighbour when importing, this router when exporting.
    pub prepend: u8,
    /// What becomes of the route.
    pub then: Verdict,
}

/// What a rule does with a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It passes, whatever the policy for everyone says.
    #[default]
    Accept,
    /// It does not.
    Reject,
    /// The rules behind this one are asked too.
    Next,
}

impl Relationship {
    /// The two neighbours.
    pub fn ends(&self) -> [&str; 2] {
        match self {
            Relationship::Transit { provider, customer } => [provider, customer],
            Relationship::Peering { peers: [one, other] } => [one, other],
        }
    }
}

impl Protocol for Config {
    fn link_cost(&self) -> LinkCost {
        self.link_cost
    }

    fn detection(&self) -> Detection {
        self.detection
    }

    /// An MRAI may hold back the next change. Where failures show by silence, so may the hold time, and the repair after
    /// it the wait for a new session.
    fn settling_time(&self) -> Duration {
        /// For TCP to repair a few losses: its timeouts begin at a second and double.
        const REPAIRS: Duration = Duration::from_secs(5);
        let silence = match self.detection {
            Detection::Carrier => Duration::ZERO,
            Detection::Silence => self.hold_time.max(self.connect_retry),
        };
        self.mrai + silence + REPAIRS
    }

    fn process(&self, place: &Place<'_>) -> Box<dyn Process> {
        Box::new(PathVector::new(self, place))
    }

    fn router_ids(&self) -> Vec<(&str, u32)> {
        self.router_ids.iter().map(|(name, &id)| (name.as_str(), id)).collect()
    }

    fn announced(&self) -> Vec<(&str, Prefix)> {
        let each = |(name, prefixes)| {
            let prefixes: &Vec<String> = prefixes;
            let name: &String = name;
            prefixes.iter().filter_map(move |prefix| Some((name.as_str(), prefix.parse().ok()?)))
        };
        self.networks.iter().flat_map(each).collect()
    }

    fn check(&self, network: &Surroundings<'_>) -> Vec<Fault> {
        let mut check = Check::new(network);
        for (name, prefixes) in &self.networks {
            let at = format!("networks/{}", escaped(name));
            check.router(&at, name);
            for (number, prefix) in prefixes.iter().enumerate() {
                check.prefix(&format!("{at}/{number}"), prefix);
            }
        }
        self.check_relationships(&mut check);
        for (list, rules, is_import) in [("import", &self.import, true), ("export", &self.export, false)] {
            for (name, rules) in rules {
                let at = format!("{list}/{}", escaped(name));
                let router = check.router(&at, name);
                for (number, rule) in rules.iter().enumerate() {
                    check.rule(&format!("{at}/{number}"), rule, router, is_import);
                }
            }
        }
        self.check_ids(&mut check);
        self.check_timers(&mut check.faults);
        check.faults
    }
}

impl Config {
    fn check_relationships(&self, check: &mut Check<'_>) {
        let mut seen: BTreeSet<(NodeId, NodeId)> = BTreeSet::new();
        for (number, relationship) in self.relationships.iter().enumerate() {
            let at = format!("relationships/{number}");
            let fields = match relationship {
                Relationship::Transit { .. } => ["provider", "customer"],
                Relationship::Peering { .. } => ["peers/0", "peers/1"],
            };
            let ends = [0, 1].map(|end| check.router(&format!("{at}/{}", fields[end]), relationship.ends()[end]));
            let [Some(one), Some(other)] = ends else { continue };
            if !check.neighbors(&format!("{at}/{}", fields[1]), one, other) {
                continue;
            }
            if !seen.insert((one.min(other), one.max(other))) {
                check.faults.push(Fault::new(at, "what these two are to each other is said before"));
            }
        }
        if self.policy == Preset::GaoRexford {
            for &(a, b) in check.network.adjacent {
                if seen.insert((a.min(b), a.max(b))) {
                    let [a, b] = [a, b].map(|node| check.network.nodes[node.index()]);
                    let why = format!("gao_rexford needs to know what {a} and {b} are to each other");
                    check.faults.push(Fault::new("relationships", why));
                }
            }
        }
    }

    fn check_ids(&self, check: &mut Check<'_>) {
        let mut seen: BTreeMap<u32, &str> = BTreeMap::new();
        for (name, &id) in &self.router_ids {
            let at = format!("router_ids/{}", escaped(name));
            check.router(&at, name);
            if let Some(other) = seen.insert(id, name) {
                check.faults.push(Fault::new(at, format!("{other} has the same id")));
            }
        }
        let without = check.network.routers().find(|&name| !self.router_ids.contains_key(name));
        if let Some(name) = without.filter(|_| !self.router_ids.is_empty()) {
            let why = format!("an id for every router or for none: there is none for {name}");
            check.faults.push(Fault::new("router_ids", why));
        }
    }

    fn check_timers(&self, faults: &mut Vec<Fault>) {
        /// RFC 4271 §4.2: the hold time is zero or at least this.
        const LEAST_HOLD_TIME: Duration = Duration::from_secs(3);
        if !self.hold_time.is_zero() {
            if self.hold_time < LEAST_HOLD_TIME {
                faults.push(Fault::new("hold_time", "zero, or at least 3 s (RFC 4271, 4.2)"));
            }
            if self.keepalive.is_zero() || self.keepalive >= self.hold_time {
                faults.push(Fault::new("keepalive", "more than zero and less than hold_time"));
            }
        }
        if self.connect_retry.is_zero() {
            faults.push(Fault::new("connect_retry", "more than zero"));
        }
    }
}

/// A check under way.
struct Check<'a> {
    network: &'a Surroundings<'a>,
    by_name: BTreeMap<&'a str, NodeId>,
    neighbors: BTreeMap<NodeId, BTreeSet<NodeId>>,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    fn new(network: &'a Surroundings<'a>) -> Self {
        let routers = (0..).zip(network.nodes).zip(network.is_router).filter(|(_, is_router)| **is_router);
        let mut neighbors: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
        for &(a, b) in network.adjacent {
            neighbors.entry(a).or_default().insert(b);
            neighbors.entry(b).or_default().insert(a);
        }
        Check {
            network,
            by_name: routers.map(|((at, name), _)| (*name, NodeId(at))).collect(),
            neighbors,
            faults: Vec::new(),
        }
    }

    fn router(&mut self, at: &str, name: &str) -> Option<NodeId> {
        let found = self.by_name.get(name).copied();
        if found.is_none() {
            let known = self.by_name.keys().map(|&name| name.to_owned()).collect();
            self.faults.push(Fault { at: at.to_owned(), why: format!("unknown router `{name}`"), known });
        }
        found
    }

    /// Whether there is a cable between two routers.
    fn neighbors(&mut self, at: &str, router: NodeId, other: NodeId) -> bool {
        let neighbors = self.neighbors.get(&router);
        let is_neighbor = neighbors.is_some_and(|all| all.contains(&other));
        if !is_neighbor {
            let name = |node: NodeId| self.network.nodes[node.index()];
            let known = neighbors.into_iter().flatten().map(|&node| name(node).to_owned()).collect();
            let why = format!("no cable between {} and {}", name(router), name(other));
            self.faults.push(Fault { at: at.to_owned(), why, known });
        }
        is_neighbor
    }

    fn prefix(&mut self, at: &str, text: &str) {
        if let Err(why) = text.parse::<Prefix>() {
            self.faults.push(Fault::new(at, why));
        }
    }

    fn rule(&mut self, at: &str, rule: &Rule, router: Option<NodeId>, is_import: bool) {
        if let Some(name) = &rule.neighbor {
            let at = format!("{at}/neighbor");
            let neighbor = self.router(&at, name);
            if let (Some(router), Some(neighbor)) = (router, neighbor) {
                self.neighbors(&at, router, neighbor);
            }
        }
        if rule.cable.is_some() && rule.neighbor.is_none() {
            self.faults.push(Fault::new(format!("{at}/cable"), "say to which neighbor"));
        }
        if rule.cable == Some(0) {
            self.faults.push(Fault::new(format!("{at}/cable"), "cables are counted from 1"));
        }
        for (field, prefix) in [("prefix", &rule.prefix), ("within", &rule.within)] {
            if let Some(prefix) = prefix {
                self.prefix(&format!("{at}/{field}"), prefix);
            }
        }
        for (field, path) in [("path", &rule.path), ("path_begins", &rule.path_begins)] {
            for (number, name) in path.iter().flatten().enumerate() {
                self.router(&format!("{at}/{field}/{number}"), name);
            }
        }
        if let Some(name) = &rule.path_contains {
            self.router(&format!("{at}/path_contains"), name);
        }
        if rule.local_preference.is_some() && !is_import {
            let why = "neighbours are not told the local preference (RFC 4271, 5.1.5): say it where they import";
            self.faults.push(Fault::new(format!("{at}/local_preference"), why));
        }
    }
}

/// A name as part of a JSON pointer (RFC 6901 §3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
