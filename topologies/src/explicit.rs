//! A network listed node by node and cable by cable.
//!
//! Names stand for nodes. The nodes may be left out: they are then taken from the links, in the order in which the
//! links name them. A node whose kind is not given is a host while at most one cable ends at it, else a router.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use sim_core::LinkSpec;
use sim_core::time::Duration;
use sim_core::units::Rate;

use crate::plan::CableNamer;
use crate::{Demand, Fault, MOST_NODES, NameFault, Node, NodeKind, Place, Plan, Problem, Relationship};

/// Nodes and links one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explicit {
    /// The nodes. Without this list they are taken from the links, in the order in which these name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<NodeEntry>,
    /// The cables; each carries packets both ways.
    pub links: Vec<LinkEntry>,
    /// Who wants to send to whom, for flows with `"each": { "demands": {} }`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demands: Vec<DemandEntry>,
}

/// What one node wants to send to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandEntry {
    /// Name of the node it comes from.
    pub from: String,
    /// Name of the node it goes to.
    pub to: String,
    /// How much.
    pub rate: Rate,
}

/// A node: its name alone, or an object with more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NodeEntry {
    /// A node of this name.
    Name(String),
    /// A node with properties.
    Described(NodeDescription),
}

/// A node with properties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeDescription {
    /// Unique among the nodes.
    pub name: String,
    /// What the node is for. Without it, a node is a host while at most one cable ends at it, else a router.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<NodeKind>,
    /// Its IPv4 address. Without it, nodes get 10.0.0.1, 10.0.0.2 and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Ipv4Addr>,
    /// Time from the arrival of a packet to its entry into the next queue.
    #[serde(default)]
    pub processing_delay: Duration,
    /// Where it stands, for drawings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A cable of the list.
///
/// In a file the fields of [`LinkSpec`] stand beside `from` and `to`. What `reverse` holds replaces fields for the way
/// back: `{ "from": "home", "to": "isp", "bandwidth": "1 Mbps", "reverse": { "bandwidth": "8 Mbps" } }`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkEntry {
    /// Name of the node at one end.
    pub from: String,
    /// Name of the node at the other end.
    pub to: String,
    /// A name for the cable in place of `from-to`.
    pub name: Option<String>,
    /// What `from` is to `to`, where nodes are autonomous systems.
    pub relationship: Option<Relationship>,
    /// The direction `from` → `to`.
    pub forward: LinkSpec,
    /// The direction `to` → `from`.
    pub backward: LinkSpec,
}

impl NodeEntry {
    fn name(&self) -> &str {
        match self {
            NodeEntry::Name(name) => name,
            NodeEntry::Described(node) => &node.name,
        }
    }

    /// JSON pointer to the name of the node at `index`.
    fn pointer(&self, index: usize) -> String {
        match self {
            NodeEntry::Name(_) => format!("/nodes/{index}"),
            NodeEntry::Described(_) => format!("/nodes/{index}/name"),
        }
    }
}

impl Explicit {
    pub(crate) fn check(&self, problems: &mut Vec<Problem>) {
        if self.nodes.is_empty() && self.links.is_empty() {
            return problems.push(Problem::new("", Fault::Empty));
        }
        self.check_nodes(problems);
        self.check_links(problems);
        self.check_demands(problems);
    }

    fn check_demands(&self, problems: &mut Vec<Problem>) {
        let names = self.node_names();
        let listed: BTreeSet<&str> = names.iter().copied().collect();
        for (index, demand) in self.demands.iter().enumerate() {
            for (end, name) in [("from", &demand.from), ("to", &demand.to)] {
                if !listed.contains(name.as_str()) {
                    let known = names.iter().map(|name| (*name).to_owned()).collect();
                    let fault = Fault::UnknownNode { name: name.clone(), known };
                    problems.push(Problem::new(format!("/demands/{index}/{end}"), fault));
                }
            }
            if demand.from == demand.to {
                let fault = Fault::Parameter { why: format!("`{}` needs no network to reach itself", demand.to) };
                problems.push(Problem::new(format!("/demands/{index}/to"), fault));
            }
        }
    }

    fn check_nodes(&self, problems: &mut Vec<Problem>) {
        let mut first = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let name = node.name();
            let at = node.pointer(index);
            if let Some(why) = NameFault::of_node(name) {
                problems.push(Problem::new(at.as_str(), Fault::BadName { name: name.to_owned(), why }));
            }
            if let NodeEntry::Described(NodeDescription { place: Some(place), .. }) = node
                && let Some(why) = place.fault()
            {
                problems.push(Problem::new(format!("/nodes/{index}/place"), Fault::Place { why }));
            }
            if let Some(first) = first.get(name) {
                let fault = Fault::DuplicateName { name: name.to_owned(), first: String::clone(first) };
                problems.push(Problem::new(at, fault));
            } else {
                first.insert(name, at);
            }
        }
        let given = self.node_names().len() as u64;
        if given > u64::from(MOST_NODES) {
            problems.push(Problem::new("/nodes", Fault::TooManyNodes { given }));
        }
    }

    fn check_links(&self, problems: &mut Vec<Problem>) {
        let known: Arc<[String]> = self.nodes.iter().map(|node| node.name().to_owned()).collect();
        let listed: BTreeMap<&str, ()> = known.iter().map(|name| (name.as_str(), ())).collect();
        let mut namer = CableNamer::default();
        let mut taken = BTreeMap::new();
        for (index, link) in self.links.iter().enumerate() {
            for (end, name) in [("from", &link.from), ("to", &link.to)] {
                let at = format!("/links/{index}/{end}");
                if !self.nodes.is_empty() {
                    if !listed.contains_key(name.as_str()) {
                        let fault = Fault::UnknownNode { name: name.clone(), known: Arc::clone(&known) };
                        problems.push(Problem::new(at, fault));
                    }
                } else if let Some(why) = NameFault::of_node(name) {
                    problems.push(Problem::new(at, Fault::BadName { name: name.clone(), why }));
                }
            }
            if link.from == link.to {
                problems.push(Problem::new(format!("/links/{index}/to"), Fault::SelfLink { name: link.to.clone() }));
            }

            let at = match link.name {
                Some(_) => format!("/links/{index}/name"),
                None => format!("/links/{index}"),
            };
            if let Some(name) = &link.name
                && let Some(why) = NameFault::of_cable(name)
            {
                problems.push(Problem::new(at.as_str(), Fault::BadName { name: name.clone(), why }));
            }
            let names = namer.name(&link.from, &link.to, link.name.as_deref());
            if let Some(first) = taken.get(&names.cable) {
                let fault = Fault::DuplicateName { name: names.cable, first: String::clone(first) };
                problems.push(Problem::new(at, fault));
            } else {
                taken.insert(names.cable, at);
            }
        }
    }

    /// The nodes in order, each once.
    fn node_names(&self) -> Vec<&str> {
        if !self.nodes.is_empty() {
            return self.nodes.iter().map(NodeEntry::name).collect();
        }
        let mut seen = BTreeMap::new();
        let ends = self.links.iter().flat_map(|link| [link.from.as_str(), link.to.as_str()]);
        ends.filter(|name| seen.insert(*name, ()).is_none()).collect()
    }

    pub(crate) fn build(&self, plan: &mut Plan) {
        let mut cables_at: BTreeMap<&str, u32> = BTreeMap::new();
        for link in &self.links {
            *cables_at.entry(&link.from).or_default() += 1;
            *cables_at.entry(&link.to).or_default() += 1;
        }
        let usual_kind = |name| match cables_at.get(name) {
            None | Some(0 | 1) => NodeKind::Host,
            Some(_) => NodeKind::Router,
        };
        let mut ids = BTreeMap::new();
        for (index, name) in self.node_names().into_iter().enumerate() {
            let node = match self.nodes.get(index) {
                Some(NodeEntry::Described(node)) => Node {
                    kind: node.kind.unwrap_or_else(|| usual_kind(name)),
                    address: node.address,
                    processing_delay: node.processing_delay,
                    place: node.place,
                    ..Node::host(name)
                },
                Some(NodeEntry::Name(_)) | None => Node { kind: usual_kind(name), ..Node::host(name) },
            };
            ids.insert(name, plan.node(node));
        }
        for link in &self.links {
            let ends = (ids[link.from.as_str()], ids[link.to.as_str()]);
            plan.cable_with(ends.0, ends.1, link.name.as_deref(), &link.forward, &link.backward);
            if let Some(relationship) = link.relationship {
                plan.relate(relationship);
            }
        }
        for demand in &self.demands {
            let (from, to) = (ids[demand.from.as_str()], ids[demand.to.as_str()]);
            plan.demand(Demand { from, to, rate: demand.rate });
        }
    }
}

/// The fields of a link entry that are not those of a [`LinkSpec`].
const FROM: &str = "from";
const TO: &str = "to";
const NAME: &str = "name";
const RELATIONSHIP: &str = "relationship";
const REVERSE: &str = "reverse";
/// The fields of a [`LinkSpec`] of which a link has one.
const RATES: [&str; 2] = ["bandwidth", "bandwidth_trace"];

// Serde's `flatten` would do, but for two things: it does not refuse unknown fields, and `reverse` must know which
// fields the file has, to take the others from the way there.
impl<'de> Deserialize<'de> for LinkEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let mut fields = Map::deserialize(deserializer)?;
        let mut text = |key: &'static str| match fields.remove(key) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Null) | None => Ok(None),
            Some(other) => Err(D::Error::custom(format!("`{key}` must be a name, not {other}"))),
        };
        let from = text(FROM)?.ok_or_else(|| D::Error::missing_field(FROM))?;
        let to = text(TO)?.ok_or_else(|| D::Error::missing_field(TO))?;
        let name = text(NAME)?;
        let relationship = match fields.remove(RELATIONSHIP) {
            None | Some(Value::Null) => None,
            Some(value) => Some(Relationship::deserialize(value).map_err(D::Error::custom)?),
        };
        let reverse = fields.remove(REVERSE);

        let link = |fields| LinkSpec::deserialize(Value::Object(fields)).map_err(D::Error::custom);
        let forward = link(fields.clone())?;
        let backward = match reverse {
            None => forward.clone(),
            Some(Value::Object(replaced)) => {
                // One of the two says how fast a link is: there and back each by its own.
                if RATES.iter().any(|key| replaced.contains_key(*key)) {
                    fields.retain(|key, _| !RATES.contains(&key.as_str()));
                }
                fields.extend(replaced);
                link(fields)?
            }
            Some(other) => return Err(D::Error::custom(format!("`reverse` must be an object, not {other}"))),
        };
        Ok(LinkEntry { from, to, name, relationship, forward, backward })
    }
}

impl Serialize for LinkEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields_of = |link: &LinkSpec| match serde_json::to_value(link) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(serde::ser::Error::custom("a link is written as an object")),
            Err(error) => Err(serde::ser::Error::custom(error)),
        };
        let mut entry = Map::new();
        entry.insert(FROM.into(), self.from.as_str().into());
        entry.insert(TO.into(), self.to.as_str().into());
        if let Some(name) = &self.name {
            entry.insert(NAME.into(), name.as_str().into());
        }
        if let Some(relationship) = &self.relationship {
            let value = serde_json::to_value(relationship).map_err(serde::ser::Error::custom)?;
            entry.insert(RELATIONSHIP.into(), value);
        }
        let forward = fields_of(&self.forward)?;
        let backward = fields_of(&self.backward)?;
        // What the way back has otherwise, and a null for what it lacks.
        let mut reverse: Map<String, Value> =
            backward.iter().filter(|(key, value)| forward.get(*key) != Some(*value)).map(owned).collect();
        let lacks = |key: &&String| !backward.contains_key(*key) && !RATES.contains(&key.as_str());
        reverse.extend(forward.keys().filter(lacks).map(|key| (key.clone(), Value::Null)));
        entry.extend(forward);
        if !reverse.is_empty() {
            entry.insert(REVERSE.into(), Value::Object(reverse));
        }
        entry.serialize(serializer)
    }
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

impl JsonSchema for LinkEntry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LinkEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut reverse = generator.subschema_for::<LinkSpec>();
        let about = "What is different on the way back, from `to` to `from`; other fields are as on the way there.";
        reverse.insert("description".into(), about.into());

        let mut schema = LinkSpec::json_schema(generator);
        let about = "A cable between two nodes; both directions are alike but for what `reverse` replaces.";
        schema.insert("description".into(), about.into());
        schema.insert("required".into(), [FROM, TO].as_slice().into());
        let mut properties = Map::new();
        let mut text = |key: &str, about: &str| {
            properties.insert(key.into(), serde_json::json!({ "type": "string", "description": about }));
        };
        text(FROM, "Name of the node at one end.");
        text(TO, "Name of the node at the other end.");
        text(NAME, "A name for the cable in place of `from-to`.");
        let mut relationship = generator.subschema_for::<Relationship>();
        let about = "What `from` is to `to`, where nodes are autonomous systems.";
        relationship.insert("description".into(), about.into());
        properties.insert(RELATIONSHIP.into(), relationship.to_value());
        if let Some(Value::Object(fields)) = schema.remove("properties") {
            properties.extend(fields);
        }
        properties.insert(REVERSE.into(), reverse.to_value());
        schema.insert("properties".into(), Value::Object(properties));
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Topology, TopologySpec};

    fn layout(json: &str) -> Result<Topology, Vec<Problem>> {
        Topology::new(&serde_json::from_str::<TopologySpec>(json).unwrap())
    }

    fn problems(json: &str) -> Vec<String> {
        layout(json).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nodes_left_out_are_taken_from_the_links_in_order() {
        let line = layout(r#"{ "links": [ { "from": "c", "to": "b" }, { "from": "b", "to": "a" } ] }"#).unwrap();
        let nodes: Vec<_> = line.nodes.iter().map(|node| (node.name.as_str(), node.kind)).collect();
        assert_eq!(nodes, [("c", NodeKind::Host), ("b", NodeKind::Router), ("a", NodeKind::Host)]);
    }

    #[test]
    fn a_kind_that_is_given_beats_the_count_of_cables() {
        let line = layout(
            r#"{ "nodes": [ { "name": "a", "kind": "router", "processing_delay": "2 us" }, "b",
                            { "name": "c", "kind": "host" } ],
                 "links": [ { "from": "a", "to": "c" }, { "from": "c", "to": "b" } ] }"#,
        )
        .unwrap();
        let kinds: Vec<_> = line.nodes.iter().map(|node| node.kind).collect();
        assert_eq!(kinds, [NodeKind::Router, NodeKind::Host, NodeKind::Host]);
        assert_eq!(line.nodes[0].processing_delay, Duration::from_micros(2));
    }

    #[test]
    fn parallel_cables_are_numbered_and_own_names_win() {
        let pair = layout(
            r#"{ "links": [ { "from": "a", "to": "b" }, { "from": "a", "to": "b", "name": "spare" },
                            { "from": "b", "to": "a" }, { "from": "a", "to": "b" } ] }"#,
        )
        .unwrap();
        let names: Vec<_> = pair.cables.iter().map(|c| [c.name.as_str(), &c.forward_name, &c.backward_name]).collect();
        assert_eq!(
            names,
            [
                ["a-b", "a->b", "b->a"],
                ["spare", "spare:a->b", "spare:b->a"],
                ["b-a#2", "b->a#2", "a->b#2"],
                ["a-b#3", "a->b#3", "b->a#3"],
            ]
        );
    }

    #[test]
    fn reverse_replaces_only_the_fields_it_has() {
        let adsl = layout(
            r#"{ "links": [ { "from": "home", "to": "isp", "bandwidth": "1 Mbps", "delay": "7 ms",
                              "loss": { "bernoulli": { "probability": 0.1 } }, "reverse": { "bandwidth": "8 Mbps", "loss": null } } ] }"#,
        )
        .unwrap();
        let cable = &adsl.cables[0];
        assert_eq!((cable.forward.bandwidth.bps(), cable.backward.bandwidth.bps()), (1_000_000, 8_000_000));
        assert_eq!((cable.forward.delay, cable.backward.delay), (Duration::from_millis(7), Duration::from_millis(7)));
        assert!(cable.forward.loss.is_some() && cable.backward.loss.is_none());
    }

    #[test]
    fn all_problems_are_reported_in_the_order_of_the_file() {
        let found = problems(
            r#"{ "nodes": [ "a", "b", "a", { "name": "x->y" } ],
                 "links": [ { "from": "a", "to": "b" }, { "from": "a", "to": "bb" }, { "from": "b", "to": "b" },
                            { "from": "b", "to": "a", "name": "a-b" }, { "from": "b", "to": "a", "name": " up" } ] }"#,
        );
        assert_eq!(
            found,
            [
                "topology.nodes[2]: the name `a` is taken by topology.nodes[0]",
                "topology.nodes[3].name: `x->y` cannot be a name: `->` is kept for the directions of links",
                "topology.links[1].to: unknown node `bb`",
                "topology.links[2].to: both ends are `b`; a link joins two different nodes",
                "topology.links[3].name: the name `a-b` is taken by topology.links[0]",
                "topology.links[4].name: ` up` cannot be a name: it begins or ends with a blank",
            ]
        );
    }

    #[test]
    fn an_unknown_node_comes_with_the_names_there_are() {
        let found = layout(r#"{ "nodes": ["h1", "r1"], "links": [ { "from": "h1", "to": "r2" } ] }"#).unwrap_err();
        assert_eq!(
            (found.len(), found[0].at.as_str(), found[0].known()),
            (1, "/links/0/to", &["h1", "r1"].map(String::from)[..])
        );
    }

    #[test]
    fn an_empty_list_is_a_problem_of_the_whole() {
        assert_eq!(problems(r#"{ "links": [] }"#), ["the topology is empty: list a link, or a node"]);
    }

    #[test]
    fn names_taken_from_links_are_checked_too() {
        assert_eq!(
            problems(r##"{ "links": [ { "from": "a#2", "to": "" } ] }"##),
            [
                "topology.links[0].from: `a#2` cannot be a name: `#` is kept for the numbers of parallel cables",
                "topology.links[0].to: `` cannot be a name: it is empty",
            ]
        );
    }
}
