//! What is written is read again alike.

use super::*;
use crate::{Explicit, TopologySpec};

fn network(json: &str) -> Topology {
    Topology::new(&serde_json::from_str(json).unwrap()).unwrap()
}

/// A network with everything that can be said of one.
fn everything() -> Topology {
    network(
        r#"{ "nodes": [ { "name": "A & <B>", "kind": "router", "processing_delay": "2 us", "address": "192.0.2.7",
                          "place": { "latitude": 40.71427, "longitude": -74.00597 } },
                        { "name": "\"C\" \\", "kind": "host", "place": { "latitude": -1.5, "longitude": 0.125 } }, "d" ],
             "links": [ { "from": "A & <B>", "to": "\"C\" \\", "bandwidth": "2.5 Gbps", "delay": "5728.9 us", "cost": 7,
                          "name": "trunk", "reverse": { "bandwidth": "1 Mbps", "cost": 9 } },
                        { "from": "d", "to": "A & <B>", "relationship": "customer",
                          "queue": { "drop_tail": "7 packets" }, "loss": { "bernoulli": { "probability": 0.1 } } },
                        { "from": "A & <B>", "to": "d" } ],
             "demands": [ { "from": "d", "to": "\"C\" \\", "rate": "1.5 Mbps" } ] }"#,
    )
}

#[test]
fn our_own_form_gives_the_same_network() {
    for topology in [everything(), network(r#"{ "shape": "fat_tree", "k": 4 }"#)] {
        let text = topology.written(Form::Json);
        let list: Explicit = serde_json::from_str(&text).unwrap();
        assert_eq!(Topology::new(&TopologySpec::Explicit(list)).unwrap(), topology, "{text}");
    }
}

/// `topology` without what other forms cannot say.
fn as_others_know_it(topology: &Topology) -> Topology {
    let plain = |spec: &LinkSpec| LinkSpec {
        bandwidth: spec.bandwidth,
        delay: spec.delay,
        cost: spec.cost,
        ..LinkSpec::default()
    };
    let cable =
        |cable: &Cable| Cable { forward: plain(&cable.forward), backward: plain(&cable.backward), ..cable.clone() };
    Topology {
        nodes: topology.nodes.clone(),
        cables: topology.cables.iter().map(cable).collect(),
        demands: Vec::new(),
        report: None,
    }
}

fn check_round_trip(form: Form) {
    for topology in [everything(), network(r#"{ "shape": "fat_tree", "k": 4 }"#)] {
        let text = topology.written(form);
        let spec = TopologySpec::File(crate::FileSpec::new("network"));
        let read = Topology::with(&spec, 1, |_| Ok(text.clone().into_bytes())).unwrap();
        assert_eq!(Topology { report: None, ..read }, as_others_know_it(&topology), "{text}");
    }
}

#[test]
fn graphml_gives_the_same_nodes_and_cables() {
    check_round_trip(Form::GraphMl);
}

#[test]
fn dot_gives_the_same_nodes_and_cables() {
    check_round_trip(Form::Dot);
}
