//! Our own form, with one node and one link on a line. What is as always is left out.

use serde_json::{Map, Value};
use sim_core::LinkSpec;

use crate::{DemandEntry, Explicit, LinkEntry, NodeDescription, NodeEntry, Topology};

impl From<&Topology> for Explicit {
    fn from(topology: &Topology) -> Self {
        let name = |node: sim_core::ids::NodeId| topology.nodes[node.index()].name.clone();
        let nodes = topology.nodes.iter().map(|node| {
            NodeEntry::Described(NodeDescription {
                name: node.name.clone(),
                kind: Some(node.kind),
                address: node.address,
                processing_delay: node.processing_delay,
                place: node.place,
            })
        });
        let links = topology.cables.iter().map(|cable| LinkEntry {
            from: name(cable.from),
            to: name(cable.to),
            name: cable.own_name().map(str::to_owned),
            relationship: cable.relationship,
            forward: cable.forward.clone(),
            backward: cable.backward.clone(),
        });
        let demands = topology.demands.iter().map(|demand| DemandEntry {
            from: name(demand.from),
            to: name(demand.to),
            rate: demand.rate,
        });
        Explicit { nodes: nodes.collect(), links: links.collect(), demands: demands.collect() }
    }
}

pub(super) fn write(topology: &Topology) -> String {
    let list = Explicit::from(topology);
    let usual = object(&LinkSpec::default());
    let node = |node: &NodeEntry| {
        let mut fields = object(node);
        if fields.get("processing_delay") == Some(&Value::from("0 s")) {
            fields.remove("processing_delay");
        }
        Value::Object(fields)
    };
    let link = |link: &LinkEntry| {
        let mut fields = object(link);
        // Bandwidth and delay are what a reader looks for.
        let is_usual =
            |key: &String, value: &Value| usual.get(key) == Some(value) && key != "bandwidth" && key != "delay";
        fields.retain(|key, value| !is_usual(key, value));
        Value::Object(fields)
    };
    let mut text = String::from("{\n");
    let mut parts = vec![
        ("nodes", list.nodes.iter().map(node).collect::<Vec<_>>()),
        ("links", list.links.iter().map(link).collect()),
    ];
    if !list.demands.is_empty() {
        parts.push(("demands", list.demands.iter().map(|demand| Value::Object(object(demand))).collect()));
    }
    let last = parts.len() - 1;
    for (at, (name, entries)) in parts.into_iter().enumerate() {
        text.push_str(&format!("  \"{name}\": [\n"));
        let lines: Vec<String> = entries.iter().map(|entry| format!("    {}", spaced(entry))).collect();
        text.push_str(&lines.join(",\n"));
        text.push_str(if at == last { "\n  ]\n" } else { "\n  ],\n" });
    }
    text.push_str("}\n");
    text
}

fn object(value: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => unreachable!("nodes, links and demands are written as objects"),
    }
}

/// A value on one line, with blanks where a reader wants them.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), spaced(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
