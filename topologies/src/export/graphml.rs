//! GraphML 1.0 (Brandes, Eiglsperger, Herman, Himsolt and Marshall 2001).

use std::borrow::Cow;

use crate::{NodeKind, Place, Topology};

/// Attributes of nodes and edges, with their types; the number of the key is their place in the list.
const KEYS: &[(&str, &str, &str)] = &[
    ("node", "label", "string"),
    ("node", "kind", "string"),
    ("node", "Latitude", "double"),
    ("node", "Longitude", "double"),
    ("node", "x", "double"),
    ("node", "y", "double"),
    ("node", "address", "string"),
    ("node", "processing_delay", "string"),
    ("edge", "bandwidth", "string"),
    ("edge", "delay", "string"),
    ("edge", "cost", "int"),
    ("edge", "reverse_bandwidth", "string"),
    ("edge", "reverse_delay", "string"),
    ("edge", "reverse_cost", "int"),
    ("edge", "relationship", "string"),
    ("edge", "name", "string"),
];

pub(super) fn write(topology: &Topology) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    );
    for (at, (of, name, kind)) in KEYS.iter().enumerate() {
        text.push_str(&format!("  <key id=\"d{at}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>\n"));
    }
    text.push_str("  <graph edgedefault=\"undirected\">\n");
    let data = |of: &str, name: &str, value: &str| {
        let key = KEYS.iter().position(|key| (key.0, key.1) == (of, name)).expect("all attributes are in the list");
        format!("      <data key=\"d{key}\">{}</data>\n", escaped(value))
    };
    for (at, node) in topology.nodes.iter().enumerate() {
        text.push_str(&format!("    <node id=\"n{at}\">\n"));
        text.push_str(&data("node", "label", &node.name));
        text.push_str(&data("node", "kind", node.kind.name()));
        match node.place {
            None => {}
            Some(Place::Earth(earth)) => {
                text.push_str(&data("node", "Latitude", &earth.latitude.to_string()));
                text.push_str(&data("node", "Longitude", &earth.longitude.to_string()));
            }
            Some(Place::Plane(plane)) => {
                text.push_str(&data("node", "x", &plane.x.to_string()));
                text.push_str(&data("node", "y", &plane.y.to_string()));
            }
        }
        if let Some(address) = node.address {
            text.push_str(&data("node", "address", &address.to_string()));
        }
        if !node.processing_delay.is_zero() {
            text.push_str(&data("node", "processing_delay", &node.processing_delay.to_string()));
        }
        text.push_str("    </node>\n");
    }
    for cable in &topology.cables {
        text.push_str(&format!("    <edge source=\"n{}\" target=\"n{}\">\n", cable.from.0, cable.to.0));
        for (name, value) in cable.attributes() {
            text.push_str(&data("edge", name, &value));
        }
        text.push_str("    </edge>\n");
    }
    text.push_str("  </graph>\n</graphml>\n");
    text
}

/// Text as it may stand in an element.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return text.into();
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
}

impl NodeKind {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            NodeKind::Host => "host",
            NodeKind::Router => "router",
        }
    }
}
