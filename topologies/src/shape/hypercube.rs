//! A cube of any number of dimensions.
//!
//! ```text
//! r00 --- r01
//!  |       |          "dimension": 2
//! r10 --- r11
//! ```
//!
//! Routers are called by binary numbers, and neighbours differ in one digit. So the distance of two is the number of
//! digits in which they differ, and there are as many ways of that length as orders in which to change them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::hosts::HostNames;
use crate::problem::check_count;
use crate::{Hosts, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "hypercube";
/// What it looks like.
pub const SUMMARY: &str = "routers r000, r001, ... called by binary numbers; neighbors differ in one digit";
/// Where it is used.
pub const SOURCE: &str = "Leighton, Introduction to Parallel Algorithms and Architectures, chapter 3";

/// The most dimensions: 131 072 routers and 1 114 112 cables.
pub const MOST_DIMENSIONS: u32 = 17;

/// A cube of d dimensions: 2^d nodes, d 2^(d-1) cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many neighbours each router has.
    #[schemars(range(min = 1, max = MOST_DIMENSIONS))]
    pub dimension: u32,
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
        if check_count(problems, "/dimension", self.dimension, 1..=MOST_DIMENSIONS) {
            self.hosts.check(problems, 1 << self.dimension, 1 << self.dimension);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let digits = self.dimension as usize;
        let routers: Vec<_> = (0..1_u32 << self.dimension)
            .map(|number| {
                let router = plan.router(format!("r{number:0digits$b}"), self.processing_delay);
                let (x, y) = corner(number);
                plan.place(router, x, y);
                router
            })
            .collect();
        for number in 0..routers.len() {
            for bit in 0..self.dimension {
                let neighbor = number ^ (1 << bit);
                if number < neighbor {
                    plan.cable(routers[number], routers[neighbor], &self.link);
                }
            }
        }
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}

/// Where the corner of this number is drawn: a square, a second one behind it to the right, and every further three
/// dimensions the same again at larger steps.
fn corner(number: u32) -> (f64, f64) {
    const STEPS: [(f64, f64); 3] = [(1.0, 0.0), (0.0, 1.0), (0.45, 0.4)];
    let (mut x, mut y) = (0.0, 0.0);
    for bit in (0..MOST_DIMENSIONS).filter(|bit| number >> bit & 1 == 1) {
        let (along, up) = STEPS[bit as usize % 3];
        let scale = f64::from(5_u32.pow(bit / 3)) / f64::from(2_u32.pow(bit / 3));
        // A little askew, so that no cable covers another's end.
        let turn = 0.12 * f64::from(bit / 3);
        x += scale * (along + turn * up);
        y += scale * (up + turn * along);
    }
    (x, -y)
}
