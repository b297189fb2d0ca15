//! The schema: committed, and true to what is accepted.

use std::path::Path;

use experiments::file::{schema, schema_text};
use serde_json::Value;

use super::shipped;

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/experiment.schema.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, schema_text()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == schema_text(),
        "the types changed: UPDATE_GOLDEN=1 cargo test -p experiments rewrites the schema"
    );
}

/// The file as plain JSON, without comments and trailing commas.
fn plain(text: &str) -> Value {
    experiments::file::tree::parse(text).unwrap().to_json()
}

#[test]
fn every_shipped_file_is_valid_for_other_validators_too() {
    let validator = jsonschema::validator_for(schema()).unwrap();
    for (path, text) in shipped() {
        let errors: Vec<String> =
            validator.iter_errors(&plain(&text)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0], "{}", path.display());
    }
}

#[test]
fn the_walker_and_another_validator_refuse_the_same_mistakes() {
    let validator = jsonschema::validator_for(schema()).unwrap();
    let base = plain(include_str!("../../templates/dumbbell.json"));
    let check = |pointer: &str, value: Value| {
        let mut changed = base.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let ours =
            experiments::file::walk::check(&experiments::file::tree::parse(&changed.to_string()).unwrap(), schema());
        assert_eq!(ours.is_empty(), validator.is_valid(&changed), "{pointer}: {ours:?}");
        ours.is_empty()
    };
    assert!(check("/seed", 7.into()));
    assert!(!check("/seed", (-1).into()));
    assert!(!check("/seed", 1.5.into()));
    assert!(!check("/title", Value::Null));
    assert!(!check("/topology/pairs", "two".into()));
    assert!(!check("/topology/shape", "dumbell".into()));
    assert!(!check("/topology/bottleneck", serde_json::json!({ "bandwith": "1 Mbps" })));
    assert!(!check("/topology/bottleneck/queue", serde_json::json!({ "redd": "1 bdp" })));
    assert!(!check("/topology/bottleneck/queue", serde_json::json!({})));
    assert!(!check("/flows/0", serde_json::json!([])));
    assert!(!check("/flows/0/tcp/congestion_control", "rena".into()));
    assert!(!check("/flows/0/tcp", serde_json::json!({ "siez": "1 MB" })));
    assert!(check("/flows/0/tcp", serde_json::json!({ "size": "1 MB", "delayed_ack": null })));
    assert!(!check("/charts/0", "thruput".into()));
    assert!(check("/events/0", serde_json::json!({ "at": "1 s", "set_cost": { "link": "x", "cost": 1 } })));
    assert!(!check("/events/0", serde_json::json!({ "at": "1 s", "set_cost": { "link": "x", "cost": 0 } })));
}

#[test]
fn every_field_is_described() {
    fn undescribed(schema: &Value, path: &str, found: &mut Vec<String>) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let is_tag = field.get("const").is_some();
            if field.get("description").is_none() && !is_tag {
                found.push(format!("{path}.{name}"));
            }
        }
    }
    let mut found = Vec::new();
    undescribed(schema(), "", &mut found);
    for name in ["Flow", "Event", "Expect", "Sweep", "Tcp", "ShortestPath"] {
        let definition = &schema()["$defs"][name];
        assert!(definition.is_object(), "{name}");
        undescribed(definition, name, &mut found);
    }
    assert_eq!(found, [""; 0]);
}
