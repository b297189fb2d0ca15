//! Configurations that stand for the stacks the cases were recorded from.

use protocols::congestion;
use protocols::tcp::Config;
use serde_json::{Map, Value};
use sim_core::time::Duration;
use sim_core::units::Bytes;

use crate::fields::Fault;

/// A configuration being put together, and what of the wish list our TCP does not have.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub(crate) config: Config,
    /// Features of the recorded stack that ours does not have.
    pub(crate) missing: Vec<String>,
}

impl Stack {
    /// The defaults of our TCP, that is of the RFCs, with numbers that start at zero.
    pub(crate) fn of_the_rfcs() -> Self {
        Stack { config: Config { isn: Some(0), ..Config::default() }, missing: Vec::new() }
    }

    /// Linux, where it differs from the RFCs' defaults and its sender can be told so.
    pub(crate) fn linux() -> Self {
        let mut it = Stack::of_the_rfcs();
        it.config.initial_window = Some(10);
        // Slow start counts all that an ACK acknowledges.
        it.config.byte_counting_limit = None;
        it.config.min_rto = Duration::from_millis(200);
        // RTO = SRTT + max(200 ms, 4 RTTVAR): the minimum lies on the variation, not on the sum.
        it.config.clock_granularity = Duration::from_millis(200);
        // "Quick ACK": while a connection is young, every segment is acknowledged at once.
        it.config.delayed_ack = None;
        it.config.receive_buffer = Bytes(64_000_000);
        it.wish("proportional_rate_reduction", true);
        it.wish("loss_detection", "rack");
        it.wish("tail_loss_probe", true);
        it
    }

    /// Whether our TCP lacks the field `name`, which was wished for.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        self.missing.iter().any(|missing| missing == name)
    }

    /// Sets the field `name`, if our TCP has it.
    pub(crate) fn wish(&mut self, name: &str, value: impl Into<Value>) {
        let mut fields: Map<String, Value> = match serde_json::to_value(&self.config) {
            Ok(Value::Object(fields)) => fields,
            other => panic!("a configuration is written as an object, not {other:?}"),
        };
        if !fields.contains_key(name) {
            self.missing.push(name.to_owned());
            return;
        }
        fields.insert(name.to_owned(), value.into());
        self.config = serde_json::from_value(Value::Object(fields)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Chooses a congestion control by name. False if there is none of that name.
    pub(crate) fn control(&mut self, name: &str) -> bool {
        let spec = congestion::Spec::by_name(name);
        if let Some(spec) = spec.clone() {
            self.config.congestion_control = spec;
        }
        spec.is_some()
    }

    /// The configuration, if TCP can work with it.
    pub(crate) fn checked(self) -> Result<Config, Fault> {
        self.config.check().map_err(|error| error.to_string())?;
        Ok(self.config)
    }
}
