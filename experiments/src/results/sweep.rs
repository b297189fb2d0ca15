//! The `summary.json` of a sweep: the headline figures of each run, and in how many runs each expectation was met.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::summary::{Expectation, Fairness, fingerprint};
use crate::file::plan::RunPoint;
use crate::run::outcome::{FlowOutcome, Outcome};
use crate::run::routing::{Phase, RoutingOutcome};

/// The document `summary.json` of a sweep or of repetitions.
#[derive(Clone, Debug, Serialize)]
pub struct SweepSummary {
    /// The file's name without its extension.
    pub experiment: String,
    /// Whether the sweep was interrupted. Then the last run is not complete.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// The runs, in their order.
    pub runs: Vec<Headline>,
    /// The expectations over all runs.
    pub expectations: Vec<ExpectationOverRuns>,
}

/// The figures of one run that a sweep compares. The rest is in the run's own folder.
#[derive(Clone, Debug, Serialize)]
pub struct Headline {
    /// Its folder: `runs/RUN/`.
    pub run: String,
    /// Value of each swept field, by path.
    pub parameters: Map<String, Json>,
    /// Which repetition this is, from 0.
    pub repetition: u32,
    /// The seed it ran with.
    pub seed: u64,
    /// How much time was simulated.
    pub simulated_s: f64,
    /// Whether it was stopped before its end; said only if so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Events of the model.
    pub events: u64,
    /// Packets that arrived over links.
    pub packet_hops: u64,
    /// Hash of every decision, as 16 hexadecimal digits.
    pub fingerprint: String,
    /// The flows.
    pub flows: Vec<FlowHeadline>,
    /// All flows together.
    pub total: Total,
    /// How equal the shares are.
    pub fairness: Fairness,
    /// Routing by messages, if that is how it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing: Option<RoutingHeadline>,
    /// What was expected and what came out.
    pub expectations: Vec<Expectation>,
}

/// What a sweep compares of routing by messages.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RoutingHeadline {
    /// The longest time it took to settle after an event, or after the start if there is none; `null` if it did not.
    pub convergence_s: Option<f64>,
    /// Messages that all routers sent.
    pub messages: u64,
    /// Their bytes at the network layer.
    pub message_bytes: u64,
    /// How often routes changed.
    pub route_changes: u64,
    /// Packets of flows that found no way.
    pub lost_packets: u64,
    /// Packets of flows that came to a node a second time.
    pub looped_packets: u64,
}

impl RoutingHeadline {
    fn new(routing: &RoutingOutcome) -> Self {
        let after_events = routing.phases.get(1..).filter(|after| !after.is_empty()).unwrap_or(&routing.phases);
        let times: Option<Vec<f64>> = after_events.iter().map(Phase::took_s).collect();
        let sum = |of: fn(&Phase) -> u64| routing.phases.iter().map(of).sum();
        RoutingHeadline {
            convergence_s: times.and_then(|times| times.into_iter().reduce(f64::max)),
            messages: routing.scorecard.messages,
            message_bytes: routing.scorecard.message_bytes,
            route_changes: sum(|phase| phase.changes),
            lost_packets: sum(|phase| phase.lost.total()),
            looped_packets: sum(|phase| phase.looped_packets),
        }
    }
}

/// What a sweep compares of a flow.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "said at `FlowOutcome`")]
pub struct FlowHeadline {
    pub name: String,
    pub completion_s: Option<f64>,
    pub goodput_bps: f64,
    pub throughput_bps: f64,
    pub retransmitted_packets: u64,
    pub timeouts: u64,
    pub lost_packets: u64,
    /// The mean round-trip time; `null` if none was measured.
    pub rtt_mean_s: Option<f64>,
}

/// All flows of a run together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Total {
    /// What all flows delivered, per second from the first start to the last delivery or the end. The sum of the flows'
    /// own goodput can be more than any link carries, because each is taken over its own time.
    pub goodput_bps: f64,
    /// Share of the flows' packets that were lost; `null` if none was sent.
    pub loss: Option<f64>,
    /// Mean over all round-trip times measured.
    pub rtt_mean_s: Option<f64>,
    /// Mean time from start to completion, if every flow completed.
    pub completion_mean_s: Option<f64>,
}

/// An expectation over the runs of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectationOverRuns {
    /// In words.
    pub text: String,
    /// Whether every run met it.
    pub met: bool,
    /// How many runs met it.
    pub met_runs: u64,
    /// How many runs had it.
    pub runs: u64,
}

impl Headline {
    /// The figures of one run.
    pub fn new(run: &str, point: &RunPoint, outcome: &Outcome) -> Self {
        Headline {
            run: run.to_owned(),
            parameters: point.parameters.iter().cloned().collect(),
            repetition: point.repetition,
            seed: point.seed,
            simulated_s: outcome.simulated.as_secs_f64(),
            interrupted: outcome.simulated < point.experiment.duration,
            events: outcome.events,
            packet_hops: outcome.packet_hops,
            fingerprint: fingerprint(outcome),
            flows: (outcome.flows.iter().filter(|flow| !flow.is_arrival))
                .map(|flow| FlowHeadline {
                    name: flow.name.clone(),
                    completion_s: flow.completion_s,
                    goodput_bps: flow.goodput_bps,
                    throughput_bps: flow.throughput_bps,
                    retransmitted_packets: flow.retransmitted_packets,
                    timeouts: flow.timeouts,
                    lost_packets: flow.lost_packets,
                    rtt_mean_s: flow.rtt.map(|rtt| rtt.mean),
                })
                .collect(),
            total: Total::new(outcome),
            fairness: Fairness { jain: outcome.jain },
            routing: outcome.routing.as_ref().map(RoutingHeadline::new),
            expectations: outcome.expectations.iter().map(Expectation::from).collect(),
        }
    }
}

impl Total {
    /// All flows of `outcome` together.
    pub fn new(outcome: &Outcome) -> Self {
        let flows = &outcome.flows;
        let sent: u64 = flows.iter().map(|flow| flow.sent_packets).sum();
        let lost: u64 = flows.iter().map(|flow| flow.lost_packets).sum();
        let samples: u64 = flows.iter().filter_map(|flow| flow.rtt).map(|rtt| rtt.count).sum();
        let rtt_sum: f64 = flows.iter().filter_map(|flow| flow.rtt).map(|rtt| rtt.mean * rtt.count as f64).sum();
        let completions: Option<Vec<f64>> = flows.iter().map(|flow| flow.completion_s).collect();
        let completions = completions.filter(|all| !all.is_empty());
        let delivered: u64 = flows.iter().map(|flow| flow.delivered_bytes).sum();
        // A flow's goodput is what it delivered over the time that counts for it.
        let end = |flow: &FlowOutcome| flow.start_s + flow.delivered_bytes as f64 * 8.0 / flow.goodput_bps;
        let ends = flows.iter().filter(|flow| flow.goodput_bps > 0.0).map(end);
        let seconds = ends.fold(0.0, f64::max) - flows.iter().map(|flow| flow.start_s).fold(f64::INFINITY, f64::min);
        Total {
            goodput_bps: if delivered > 0 { delivered as f64 * 8.0 / seconds } else { 0.0 },
            loss: (sent > 0).then(|| lost as f64 / sent as f64),
            rtt_mean_s: (samples > 0).then(|| rtt_sum / samples as f64),
            completion_mean_s: completions.map(|all| all.iter().sum::<f64>() / all.len() as f64),
        }
    }
}

impl SweepSummary {
    /// The summary of these runs.
    pub fn new(experiment: &str, runs: Vec<Headline>) -> Self {
        let expectations = over_runs(&runs);
        SweepSummary { experiment: experiment.to_owned(), interrupted: false, runs, expectations }
    }
}

/// Every expectation once, in the order of their first appearance: swept values may change their words.
fn over_runs(runs: &[Headline]) -> Vec<ExpectationOverRuns> {
    let mut all: Vec<ExpectationOverRuns> = Vec::new();
    for expectation in runs.iter().flat_map(|run| &run.expectations) {
        let index = all.iter().position(|one| one.text == expectation.text).unwrap_or_else(|| {
            all.push(ExpectationOverRuns { text: expectation.text.clone(), met: true, met_runs: 0, runs: 0 });
            all.len() - 1
        });
        let one = &mut all[index];
        one.met &= expectation.met;
        one.met_runs += u64::from(expectation.met);
        one.runs += 1;
    }
    all
}

/// Headlines of one combination of swept values: its repetitions.
#[derive(Clone, Debug)]
pub struct PointRuns<'h> {
    /// Value of each swept field, by path.
    pub parameters: &'h Map<String, Json>,
    /// The repetitions.
    pub runs: Vec<&'h Headline>,
}

/// The runs by combination of swept values, in their order: repetitions of one follow each other.
pub fn by_point(runs: &[Headline]) -> Vec<PointRuns<'_>> {
    let same = |a: &Headline, b: &Headline| a.parameters == b.parameters && a.repetition < b.repetition;
    let chunks = runs.chunk_by(same);
    chunks.map(|runs| PointRuns { parameters: &runs[0].parameters, runs: runs.iter().collect() }).collect()
}

/// Mean, smallest and largest of the values that are there.
pub fn spread(values: impl Iterator<Item = f64>) -> Option<(f64, f64, f64)> {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let (least, most) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
    Some((values.iter().sum::<f64>() / values.len() as f64, least, most))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::results::fixture;

    /// A run with made-up figures.
    pub(crate) fn headline(run: u32, parameters: &[(&str, Json)], repetition: u32, goodput_bps: f64) -> Headline {
        let outcome = fixture::two_flows();
        Headline {
            run: format!("{run:03}"),
            parameters: parameters.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect(),
            repetition,
            seed: 1 + u64::from(repetition),
            simulated_s: 60.0,
            interrupted: false,
            events: 10,
            packet_hops: 5,
            fingerprint: fingerprint(&outcome),
            flows: Vec::new(),
            total: Total { goodput_bps, ..Total::new(&outcome) },
            fairness: Fairness { jain: outcome.jain },
            routing: None,
            expectations: outcome.expectations.iter().map(Expectation::from).collect(),
        }
    }

    #[test]
    fn all_flows_together_are_weighted_by_their_samples() {
        let mut outcome = fixture::two_flows();
        if let Some(rtt) = &mut outcome.flows[0].rtt {
            (rtt.mean, rtt.count) = (0.01, 27);
        }
        let total = Total::new(&outcome);
        assert!((total.rtt_mean_s.unwrap() - (0.01 * 0.75 + 0.062 * 0.25)).abs() < 1e-12);
        assert_eq!(total.completion_mean_s, None);
    }

    #[test]
    fn flows_one_after_the_other_do_not_carry_more_together_than_each() {
        let mut outcome = fixture::two_flows();
        for (flow, start_s) in outcome.flows.iter_mut().zip([0.0, 8.0]) {
            (flow.start_s, flow.delivered_bytes, flow.goodput_bps) = (start_s, 1_000_000, 1e6);
        }
        assert_eq!(Total::new(&outcome).goodput_bps, 1e6);
    }

    #[test]
    fn expectations_are_counted_over_runs() {
        let runs = (0..3).map(|run| headline(run, &[], run, 1e6)).collect();
        let summary = SweepSummary::new("sweep", runs);
        assert_eq!(summary.expectations.len(), 2);
        let second = &summary.expectations[1];
        assert_eq!((second.met, second.met_runs, second.runs), (false, 0, 3));
        assert!(summary.expectations[0].met);
    }

    #[test]
    fn repetitions_of_a_point_stand_together() {
        let (slow, fast) = ([("delay", Json::from("80 ms"))], [("delay", Json::from("5 ms"))]);
        let runs = [headline(0, &slow, 0, 1.0), headline(1, &slow, 1, 3.0), headline(2, &fast, 0, 5.0)];
        let points = by_point(&runs);
        assert_eq!(points.iter().map(|point| point.runs.len()).collect::<Vec<_>>(), [2, 1]);
        let goodput = spread(points[0].runs.iter().map(|run| run.total.goodput_bps));
        assert_eq!(goodput, Some((2.0, 1.0, 3.0)));
    }

    #[test]
    fn the_keys_of_the_contract_stand_in_their_order() {
        let summary = SweepSummary::new("sweep", vec![headline(0, &[("seed", Json::from(2))], 0, 1.0)]);
        let document: Json = serde_json::from_str(&super::super::summary::to_text(&summary)).unwrap();
        let keys = |value: &Json| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(keys(&document), "experiment runs expectations");
        assert_eq!(
            keys(&document["runs"][0]),
            "run parameters repetition seed simulated_s events packet_hops fingerprint flows total fairness expectations"
        );
    }
}
