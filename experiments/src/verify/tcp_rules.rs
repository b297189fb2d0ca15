//! When a receiver acknowledges: the four rules (RFC 5681 §4.2; Kurose & Ross, table 3.2).

use sim_core::simulation::Simulation;
use sim_core::time::Time;
use sim_core::trace::{Record, What};

use super::scenario::{Failure, replay, sent_by, span_in_millis};
use super::tcp::fast_path;
use super::{Case, Line};

pub(super) const CASES: &[Case] = &[Case {
    id: "A22",
    statement: "an ACK waits up to 500 ms for a second segment, and not at all in the three other cases",
    source: "RFC 1122, 4.2.3.2; RFC 5681, 4.2; Kurose & Ross 3.5.4",
    replay: four_rules,
}];

/// When the n-th transmission of a segment reached `b`.
fn arrival(records: &[Record], segment: u32, copy: u8) -> Result<Time, Failure> {
    let is_it = |record: &&Record| record.what == What::Delivered && record.segment == segment && record.copy == copy;
    let found = records.iter().find(is_it).map(|record| record.time);
    found.ok_or_else(|| Failure(format!("segment {segment} did not arrive")))
}

/// How long after `arrival` the next packet of `b` left, in milliseconds.
fn answered_after(records: &[Record], simulation: &Simulation, arrival: Time) -> f64 {
    let answer = sent_by(records, simulation, "b").find(|record| record.time >= arrival);
    answer.map_or(f64::NAN, |record| span_in_millis(record.time - arrival))
}

fn four_rules() -> Result<Vec<Line>, Failure> {
    let with_window = |segments: u32| {
        let flow = format!(
            r#""tcp": {{ "delayed_ack": "500 ms", "congestion_control": {{ "fixed_window": {{ "segments": {segments} }} }} }}"#
        );
        fast_path("2 s", &flow)
    };
    let (lone, of_lone) = replay(&with_window(1))?;
    let (pair, of_pair) = replay(&with_window(2))?;
    let lossy = with_window(4).replace(
        r#""delay": "50 ms","#,
        r#""delay": "50 ms", "loss": { "chosen": { "segments": [ { "flow": "f", "segment": 1, "copies": [1] } ] } },
            "reverse": { "loss": { "bernoulli": { "probability": 0 } } },"#,
    );
    let (gap, of_gap) = replay(&lossy)?;
    let first_of_pair = arrival(&pair, 1, 1)?;
    let acks_of_pair = sent_by(&pair, &of_pair, "b").filter(|record| record.time >= first_of_pair);
    let before_the_second_round =
        acks_of_pair.filter(|record| record.time < arrival(&pair, 3, 1).unwrap_or(Time::ZERO));
    Ok(vec![
        Line::equal(
            "in order, nothing waits: an ACK after (ms)",
            500.0,
            answered_after(&lone, &of_lone, arrival(&lone, 1, 1)?),
        ),
        Line::equal(
            "in order, one waits: an ACK after (ms)",
            0.0,
            answered_after(&pair, &of_pair, arrival(&pair, 2, 1)?),
        ),
        Line::equal("and it is one for both", 1, before_the_second_round.count()),
        Line::equal(
            "out of order: a duplicate ACK after (ms)",
            0.0,
            answered_after(&gap, &of_gap, arrival(&gap, 2, 1)?),
        ),
        Line::equal("a gap is filled: an ACK after (ms)", 0.0, answered_after(&gap, &of_gap, arrival(&gap, 1, 2)?)),
    ])
}
