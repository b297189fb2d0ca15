//! What a router takes from a neighbour and tells it: the preset, and its own rules (RFC 4271 §9.1.1, §9.1.3).

use std::sync::Arc;

use sim_core::Prefix;
use sim_core::ids::{Destination, NodeId};

use super::config::{Config, Preset, Relationship, Rule, Verdict};
use super::messages::{AsPath, Attributes, Origin};
use super::rib::Source;
use crate::routing::protocol::Place;

/// The local preference where nothing else is said: what routers in use have.
const CUSTOMARY_PREFERENCE: u32 = 100;

/// What a neighbour is to this router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Customer,
    Peer,
    Provider,
}

/// The policy of one router, with names turned into numbers.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    node: NodeId,
    preset: Preset,
    /// What its neighbours are to it, sorted.
    relations: Vec<(NodeId, Relation)>,
    import: Vec<Compiled>,
    export: Vec<Compiled>,
}

/// A route that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Imported {
    pub(super) local_preference: u32,
    pub(super) attributes: Arc<Attributes>,
}

#[derive(Clone, Debug)]
struct Compiled {
    neighbor: Option<NodeId>,
    cable: Option<u32>,
    /// By number of the prefix, whether it matches; none if all do.
    prefixes: Option<Vec<bool>>,
    path: Option<Vec<NodeId>>,
    path_begins: Option<Vec<NodeId>>,
    path_contains: Option<NodeId>,
    local_preference: Option<u32>,
    med: Option<u32>,
    origin: Option<Origin>,
    prepend: u8,
    then: Verdict,
}

/// What rules made of a route.
struct Ruling {
    local_preference: Option<u32>,
    med: Option<u32>,
    origin: Option<Origin>,
    prepend: u32,
    /// None if no rule decided.
    passes: Option<bool>,
}

impl Policy {
    /// The policy of the router at `place`.
    pub(super) fn new(config: &Config, place: &Place<'_>) -> Self {
        let network = &place.network;
        let name = network.nodes[place.node.index()];
        let mut neighbors: Vec<NodeId> = Vec::new();
        neighbors.extend(network.adjacent.iter().filter_map(|&(a, b)| match place.node {
            node if node == a => Some(b),
            node if node == b => Some(a),
            _ => None,
        }));
        neighbors.sort_unstable_by_key(|node| network.nodes[node.index()]);
        // Of thousands of relationships, those that name this router are looked at further.
        let own = config.relationships.iter().filter_map(|relationship| {
            let [one, other] = relationship.ends();
            let (neighbor, is_first) = if one == name { (other, true) } else { (one, false) };
            if !is_first && other != name {
                return None;
            }
            let at = neighbors.binary_search_by_key(&neighbor, |node| network.nodes[node.index()]).ok()?;
            let relation = match relationship {
                Relationship::Transit { .. } if is_first => Relation::Customer,
                Relationship::Transit { .. } => Relation::Provider,
                Relationship::Peering { .. } => Relation::Peer,
            };
            Some((neighbors[at], relation))
        });
        let mut relations: Vec<(NodeId, Relation)> = own.collect();
        relations.sort_unstable_by_key(|&(neighbor, _)| neighbor);
        let compile = |rules: Option<&Vec<Rule>>| {
            rules.into_iter().flatten().filter_map(|rule| Compiled::new(rule, place)).collect()
        };
        Policy {
            node: place.node,
            preset: config.policy,
            relations,
            import: compile(config.import.get(name)),
            export: compile(config.export.get(name)),
        }
    }

    fn relation(&self, neighbor: NodeId) -> Option<Relation> {
        let at = self.relations.binary_search_by_key(&neighbor, |&(neighbor, _)| neighbor).ok()?;
        Some(self.relations[at].1)
    }

    /// What becomes of a route that a neighbour tells of; none if it is not let in.
    pub(super) fn import(&self, to: Destination, from: &Source, told: &Arc<Attributes>) -> Option<Imported> {
        let ruling = ruling(&self.import, to, from, &told.path);
        if ruling.passes == Some(false) {
            return None;
        }
        let preset = match self.preset {
            Preset::ShortestPath => CUSTOMARY_PREFERENCE,
            Preset::GaoRexford => match self.relation(from.neighbor) {
                Some(Relation::Customer) => 200,
                Some(Relation::Peer) => 150,
                Some(Relation::Provider) | None => CUSTOMARY_PREFERENCE,
            },
        };
        Some(Imported {
            local_preference: ruling.local_preference.unwrap_or(preset),
            attributes: ruling.applied(told, from.neighbor),
        })
    }

    /// What a neighbour is told of a route; none if it is not told. `own` is the route with this router on its path, and
    /// `learned_from` the neighbour it came from, none if it is of this router itself.
    pub(super) fn export(
        &self,
        to: Destination,
        session: &Source,
        learned_from: Option<NodeId>,
        own: &Arc<Attributes>,
    ) -> Option<Arc<Attributes>> {
        // The neighbour would find itself on the path.
        if learned_from == Some(session.neighbor) {
            return None;
        }
        let ruling = ruling(&self.export, to, session, &own.path[1..]);
        let passes = ruling.passes.unwrap_or_else(|| match self.preset {
            Preset::ShortestPath => true,
            Preset::GaoRexford => {
                let earns = |neighbor| self.relation(neighbor) == Some(Relation::Customer);
                learned_from.is_none_or(earns) || earns(session.neighbor)
            }
        });
        passes.then(|| ruling.applied(own, self.node))
    }
}

impl Compiled {
    /// None if the rule names what is not there, and so can never match.
    fn new(rule: &Rule, place: &Place<'_>) -> Option<Self> {
        let network = &place.network;
        let nodes = |names: &Vec<String>| names.iter().map(|name| network.router(name)).collect::<Option<Vec<_>>>();
        let exact: Option<Prefix> = rule.prefix.as_ref().map(|text| text.parse().ok()).unwrap_or_default();
        let wide: Option<Prefix> = rule.within.as_ref().map(|text| text.parse().ok()).unwrap_or_default();
        let matches = |prefix: &Prefix| {
            exact.is_none_or(|exact| exact == *prefix) && wide.is_none_or(|wide| wide.covers(*prefix))
        };
        let is_about_prefixes = exact.is_some() || wide.is_some();
        Some(Compiled {
            neighbor: some_or_bail(&rule.neighbor, |name| network.router(name))?,
            cable: rule.cable,
            prefixes: is_about_prefixes.then(|| network.prefixes.iter().map(matches).collect()),
            path: some_or_bail(&rule.path, nodes)?,
            path_begins: some_or_bail(&rule.path_begins, nodes)?,
            path_contains: some_or_bail(&rule.path_contains, |name| network.router(name))?,
            local_preference: rule.local_preference,
            med: rule.med,
            origin: rule.origin,
            prepend: rule.prepend,
            then: rule.then,
        })
    }

    fn matches(&self, to: Destination, session: &Source, path: &[NodeId]) -> bool {
        let is_prefix = |prefixes: &Vec<bool>| match to {
            Destination::Prefix(at) => prefixes.get(at as usize).copied().unwrap_or(false),
            Destination::Endpoint(_) => false,
        };
        self.neighbor.is_none_or(|wanted| wanted == session.neighbor)
            && self.cable.is_none_or(|wanted| wanted == session.cable)
            && self.prefixes.as_ref().is_none_or(is_prefix)
            && self.path.as_ref().is_none_or(|wanted| wanted == path)
            && self.path_begins.as_ref().is_none_or(|wanted| path.starts_with(wanted))
            && self.path_contains.is_none_or(|wanted| path.contains(&wanted))
    }
}

/// What `turn` makes of a field that is there; none if it can make nothing of it.
fn some_or_bail<T, U>(field: &Option<T>, turn: impl Fn(&T) -> Option<U>) -> Option<Option<U>> {
    match field {
        None => Some(None),
        Some(value) => turn(value).map(Some),
    }
}

fn ruling(rules: &[Compiled], to: Destination, session: &Source, path: &[NodeId]) -> Ruling {
    let mut ruling = Ruling { local_preference: None, med: None, origin: None, prepend: 0, passes: None };
    for rule in rules.iter().filter(|rule| rule.matches(to, session, path)) {
        ruling.local_preference = rule.local_preference.or(ruling.local_preference);
        ruling.med = rule.med.or(ruling.med);
        ruling.origin = rule.origin.or(ruling.origin);
        ruling.prepend += u32::from(rule.prepend);
        match rule.then {
            Verdict::Accept => ruling.passes = Some(true),
            Verdict::Reject => ruling.passes = Some(false),
            Verdict::Next => continue,
        }
        break;
    }
    ruling
}

impl Ruling {
    /// The attributes as the rules change them; the same ones if they do not.
    fn applied(&self, attributes: &Arc<Attributes>, first: NodeId) -> Arc<Attributes> {
        if self.med.is_none() && self.origin.is_none() && self.prepend == 0 {
            return attributes.clone();
        }
        let repeated = std::iter::repeat_n(first, self.prepend as usize);
        let path: AsPath = repeated.chain(attributes.path.iter().copied()).collect();
        let origin = self.origin.unwrap_or(attributes.origin);
        Arc::new(Attributes { origin, path, med: self.med.or(attributes.med) })
    }
}
