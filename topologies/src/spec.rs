//! What the `topology` of an experiment file may be.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::import::FileSpec;
use crate::{Explicit, Problem, Shape, ShapeSpec};

/// The network: a shape with parameters, a file of others, or a list of links.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "an experiment has one")]
pub enum TopologySpec {
    /// A shape with parameters, named by `shape`.
    Shape(ShapeSpec),
    /// Nodes and links one by one: what is taken to be meant where nothing tells.
    Explicit(Explicit),
    /// A file of others, named by `file`.
    File(FileSpec),
}

/// The key whose presence tells a shape from a list.
const TAG: &str = "shape";
/// The key whose presence tells a file of others.
const FILE: &str = "file";

impl<'de> Deserialize<'de> for TopologySpec {
    /// Decides by the keys `shape` and `file`, so that an error speaks of the form that was meant; serde's untagged enums only say
    /// that nothing matched.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let spec = if value.get(TAG).is_some() {
            ShapeSpec::deserialize(value).map(TopologySpec::Shape)
        } else if value.get(FILE).is_some() {
            FileSpec::deserialize(value).map(TopologySpec::File)
        } else {
            Explicit::deserialize(value).map(TopologySpec::Explicit)
        };
        spec.map_err(serde::de::Error::custom)
    }
}

impl TopologySpec {
    pub(crate) fn check(&self, problems: &mut Vec<Problem>) {
        match self {
            TopologySpec::Shape(shape) => shape.check(problems),
            TopologySpec::File(file) => file.check(problems),
            TopologySpec::Explicit(list) => list.check(problems),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[&str] = &[
        r#"{ "shape": "line", "nodes": 5, "ends": "router", "link": { "delay": "3 ms" } }"#,
        r#"{ "shape": "star", "leaves": 5, "processing_delay": "2 us" }"#,
        r#"{ "shape": "dumbbell", "pairs": 2, "access": { "bandwidth": "100 Mbps" }, "access_delays": ["1 ms", "9 ms"],
             "bottleneck": { "bandwidth": "10 Mbps", "delay": "20 ms", "queue": { "drop_tail": "1 bdp" } } }"#,
        r#"{ "shape": "parking_lot", "hops": 3 }"#,
        r#"{ "shape": "fat_tree", "k": 4 }"#,
        r#"{ "nodes": [ "h1", { "name": "r1", "kind": "router", "processing_delay": "2 us" } ],
             "links": [ { "from": "h1", "to": "r1", "bandwidth": "8 Mbps", "loss": { "bernoulli": { "probability": 0.01 } },
                          "name": "uplink", "reverse": { "bandwidth": "1 Mbps", "loss": null } } ] }"#,
    ];

    const BROKEN: &[&str] = &[
        r#"{ "shape": "dumbell", "pairs": 2 }"#,
        r#"{ "shape": "dumbbell" }"#,
        r#"{ "shape": "dumbbell", "pairs": 2, "bottlneck": {} }"#,
        r#"{ "shape": "line", "nodes": 3, "link": { "bandwith": "10 Mbps" } }"#,
        r#"{ "shape": "line", "nodes": -3 }"#,
        r#"{ "links": [ { "from": "a" } ] }"#,
        r#"{ "links": [ { "from": "a", "to": "b", "via": "c" } ] }"#,
        r#"{ "links": [ { "from": "a", "to": "b", "reverse": { "from": "b" } } ] }"#,
        r#"{ "nodes": [ { "name": "a", "kind": "toaster" } ], "links": [] }"#,
        r#"{ "nodes": [ "a" ] }"#,
        r#"{}"#,
    ];

    #[test]
    fn what_is_read_is_written_and_read_again_alike() {
        for file in FILES {
            let spec: TopologySpec = serde_json::from_str(file).unwrap();
            let written = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<TopologySpec>(&written).unwrap(), spec, "{written}");
        }
    }

    #[test]
    fn the_schema_accepts_what_can_be_read_and_refuses_what_cannot() {
        let schema = serde_json::to_value(schemars::schema_for!(TopologySpec)).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let accepts = |file: &str| validator.is_valid(&serde_json::from_str(file).unwrap());
        for file in FILES {
            assert!(accepts(file), "{file}");
        }
        for file in BROKEN {
            assert!(serde_json::from_str::<TopologySpec>(file).is_err(), "{file}");
            assert!(!accepts(file), "{file}");
        }
    }

    #[test]
    fn an_error_speaks_of_the_form_that_was_meant() {
        let error = |file| serde_json::from_str::<TopologySpec>(file).unwrap_err().to_string();
        assert!(error(r#"{ "shape": "dumbell" }"#).contains("unknown variant `dumbell`"));
        assert!(error(r#"{ "links": [ { "from": "a" } ] }"#).contains("missing field `to`"));
    }

    #[test]
    fn every_shape_is_told_apart_by_a_constant() {
        let schema = serde_json::to_value(schemars::schema_for!(ShapeSpec)).unwrap();
        let named: Vec<&str> = schema["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|shape| {
                assert_eq!(shape["additionalProperties"], false);
                assert_eq!(shape["required"][0], TAG);
                shape["properties"][TAG]["const"].as_str().unwrap()
            })
            .collect();
        assert_eq!(named, crate::shape::KNOWN.iter().map(|(name, _, _)| *name).collect::<Vec<_>>());
    }
}
