//! Ways of equal length between two routers.
//!
//! ```text
//!       r1
//!     /    \
//!   s        t          "paths": 2
//!     \    /
//!       r2
//! ```
//!
//! The smallest network with a choice: equal-cost multipath (RFC 2992), rerouting, and reordering when packets of one
//! flow take both ways.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::hosts::HostNames;
use crate::problem::check_count;
use crate::{Hosts, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "diamond";
/// What it looks like.
pub const SUMMARY: &str = "routers s and t, and equal ways of two hops between them over r1, r2, ...";
/// Where it is used.
pub const SOURCE: &str = "RFC 2992";

/// The most ways: the two ends have room beside them.
pub const MOST_PATHS: u32 = MOST_NODES - 2;

/// n ways over a router each: n + 2 nodes, 2n cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many ways there are.
    #[schemars(range(min = 1, max = MOST_PATHS))]
    pub paths: u32,
    /// Hosts at both ends: `h1`, `h2`, … at `s`, and as many more at `t`.
    #[serde(default, skip_serializing_if = "Hosts::is_default")]
    pub hosts: Hosts,
    /// Every cable between routers.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        if check_count(problems, "/paths", self.paths, 1..=MOST_PATHS) {
            self.hosts.check(problems, u64::from(self.paths) + 2, 2);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let s = plan.router("s", self.processing_delay);
        let middle = plan.routers(self.paths, self.processing_delay);
        let t = plan.router("t", self.processing_delay);
        let height = f64::from(self.paths - 1) / 2.0;
        plan.place(s, 0.0, 0.0);
        plan.place(t, 2.0, 0.0);
        for (at, router) in (0..).zip(middle) {
            plan.cable(s, router, &self.link);
            plan.cable(router, t, &self.link);
            plan.place(router, 1.0, height - f64::from(at));
        }
        self.hosts.attach(plan, &[s, t], HostNames::Counted);
    }
}
