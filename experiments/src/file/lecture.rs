//! Questions for a class, which the report asks before it shows what happens next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;

/// A question for a class: the report stops before the time it is about, asks, and goes on when the class has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// When it is asked: what happens from this time on stays hidden until then.
    pub at: Duration,
    /// The question.
    pub ask: String,
    /// Answers to choose from, at least two. If not said, the class writes its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    /// The right answer; one of the choices if there are any.
    pub answer: String,
    /// Why, told with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<String>,
}
