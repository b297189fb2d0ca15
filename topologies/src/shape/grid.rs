//! Routers in rows and columns.
//!
//! ```text
//! r1_1 --- r1_2 --- r1_3
//!   |        |        |
//! r2_1 --- r2_2 --- r2_3          "rows": 2, "columns": 3
//! ```
//!
//! Many shortest ways between most pairs, few at the corners: equal costs, deflection, and load that gathers in the
//! middle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::hosts::HostNames;
use crate::problem::{check_count, check_size};
use crate::{Hosts, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "grid";
/// What it looks like.
pub const SUMMARY: &str = "routers r1_1, r1_2, ... in rows and columns";
/// Where it is used.
pub const SOURCE: &str = "Dally & Towles, Principles and Practices of Interconnection Networks, chapter 5";

/// A grid of r rows and c columns: r c nodes, r(c-1) + c(r-1) cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers are above each other.
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub rows: u32,
    /// How many routers are side by side.
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub columns: u32,
    /// Hosts `h1`, `h2`, … at every router.
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
        let fits = [("/rows", self.rows), ("/columns", self.columns)]
            .map(|(at, given)| check_count(problems, at, given, 1..=MOST_NODES));
        let nodes = u64::from(self.rows) * u64::from(self.columns);
        // Fewer than two cables a node: those need no check of their own.
        if fits == [true; 2] && check_size(problems, "/columns", u128::from(nodes), 0) {
            self.hosts.check(problems, nodes, nodes);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let mut routers = Vec::with_capacity(self.rows as usize * self.columns as usize);
        for row in 1..=self.rows {
            for column in 1..=self.columns {
                let router = plan.router(format!("r{row}_{column}"), self.processing_delay);
                plan.place(router, f64::from(column), -f64::from(row));
                routers.push(router);
            }
        }
        let columns = self.columns as usize;
        for at in 0..routers.len() {
            if (at + 1) % columns != 0 {
                plan.cable(routers[at], routers[at + 1], &self.link);
            }
            if let Some(&below) = routers.get(at + columns) {
                plan.cable(routers[at], below, &self.link);
            }
        }
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}
