//! The JSON schema of an experiment file, made from the types.

use std::sync::OnceLock;

use serde_json::Value;

use super::spec::Experiment;

/// The schema that `netsim schema` prints and the checker walks.
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = schemars::schema_for!(Experiment).to_value();
        if let Some(object) = schema.as_object_mut() {
            object.insert("title".into(), "A netsim experiment".into());
        }
        schema
    })
}

/// The schema as text, as it is committed in `schema/experiment.schema.json`.
pub fn schema_text() -> String {
    let mut text = serde_json::to_string_pretty(schema()).expect("a schema is JSON");
    text.push('\n');
    text
}
