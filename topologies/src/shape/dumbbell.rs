//! Pairs of hosts that share one link.
//!
//! ```text
//! left1 ---+             +--- right1
//!          r1 --------- r2
//! left2 ---+ bottleneck  +--- right2
//! ```
//!
//! The laboratory bench of congestion control: who gets how much of the middle link, and how long its queue is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::check_count;
use crate::{Fault, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "dumbbell";
/// What it looks like.
pub const SUMMARY: &str = "pairs of hosts left1/right1, left2/right2, ... share the link r1-r2";
/// Where it is used.
pub const SOURCE: &str = "Kurose & Ross 3.7; RFC 5166 section 4";

/// The most pairs: two routers have room beside them.
pub const MOST_PAIRS: u32 = (MOST_NODES - 2) / 2;

/// Hosts `left1`, `left2`, … at router `r1` and `right1`, `right2`, … at router `r2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many hosts there are on each side.
    #[schemars(range(min = 1, max = MOST_PAIRS))]
    pub pairs: u32,
    /// Every cable between a host and its router.
    #[serde(default)]
    pub access: LinkSpec,
    /// The cable between the routers, `r1-r2`.
    #[serde(default)]
    pub bottleneck: LinkSpec,
    /// Delays of the cables `left1-r1`, `left2-r1`, … one for each pair, in place of the delay in `access`, so that
    /// round-trip times differ. The cables on the right keep theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_delays: Option<Vec<Duration>>,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let fits = check_count(problems, "/pairs", self.pairs, 1..=MOST_PAIRS);
        if let Some(delays) = &self.access_delays
            && fits
            && delays.len() as u64 != u64::from(self.pairs)
        {
            let (given, expected) = (delays.len() as u64, u64::from(self.pairs));
            problems.push(Problem::new("/access_delays", Fault::WrongLength { given, expected, each: "pair" }));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let r1 = plan.router("r1", self.processing_delay);
        let r2 = plan.router("r2", self.processing_delay);
        plan.cable(r1, r2, &self.bottleneck);
        let height = f64::from(self.pairs - 1) / 2.0;
        plan.place(r1, 1.0, 0.0);
        plan.place(r2, 2.5, 0.0);
        for pair in 1..=self.pairs {
            let left = plan.host(format!("left{pair}"));
            let right = plan.host(format!("right{pair}"));
            let y = height - f64::from(pair - 1);
            plan.place(left, 0.0, y);
            plan.place(right, 3.5, y);
            let delay = match &self.access_delays {
                Some(delays) => delays[pair as usize - 1],
                None => self.access.delay,
            };
            plan.cable(left, r1, &LinkSpec { delay, ..self.access.clone() });
            plan.cable(r2, right, &self.access);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Topology, TopologySpec};

    fn layout(json: &str) -> Result<Topology, Vec<Problem>> {
        Topology::new(&serde_json::from_str::<TopologySpec>(json).unwrap())
    }

    #[test]
    fn the_bottleneck_lies_between_the_routers() {
        let bell = layout(
            r#"{ "shape": "dumbbell", "pairs": 1, "access": { "bandwidth": "100 Mbps" },
            "bottleneck": { "bandwidth": "10 Mbps" } }"#,
        )
        .unwrap();
        let rates: Vec<_> = bell.cables.iter().map(|c| (c.name.as_str(), c.backward.bandwidth.bps())).collect();
        assert_eq!(rates, [("r1-r2", 10_000_000), ("left1-r1", 100_000_000), ("r2-right1", 100_000_000)]);
    }

    #[test]
    fn access_delays_set_the_round_trip_time_of_each_pair() {
        let bell = layout(
            r#"{ "shape": "dumbbell", "pairs": 2, "access": { "delay": "1 ms" },
            "bottleneck": { "delay": "20 ms" }, "access_delays": ["4 ms", "29 ms"] }"#,
        )
        .unwrap();
        let delay = |name| bell.cables.iter().find(|cable| cable.name == name).unwrap().forward.delay;
        // One way: left access, bottleneck, right access.
        assert_eq!(delay("left1-r1") + delay("r1-r2") + delay("r2-right1"), Duration::from_millis(25));
        assert_eq!(delay("left2-r1") + delay("r1-r2") + delay("r2-right2"), Duration::from_millis(50));
    }

    #[test]
    fn a_list_of_delays_has_one_for_each_pair() {
        let problems = layout(r#"{ "shape": "dumbbell", "pairs": 2, "access_delays": ["4 ms"] }"#).unwrap_err();
        assert_eq!(problems[0].to_string(), "topology.access_delays: has 1 entries, but needs 2: one for each pair");
    }
}
