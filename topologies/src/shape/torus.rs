//! A grid of any number of dimensions whose ends are joined.
//!
//! ```text
//!    |        |        |
//! - r1_1 --- r1_2 --- r1_3 -
//!    |        |        |              "dimensions": [2, 3]: what leaves on one side comes in on the other
//! - r2_1 --- r2_2 --- r2_3 -
//!    |        |        |
//! ```
//!
//! All nodes are alike, and the farthest is half of each side away: the network of supercomputers. Along a side of 2
//! the way on and the way round would be two cables between the same two nodes; there is one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::time::Duration;

use super::Shape;
use crate::hosts::HostNames;
use crate::problem::{check_count, check_size};
use crate::{Hosts, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "torus";
/// What it looks like.
pub const SUMMARY: &str = "a grid of any number of dimensions whose ends are joined: routers r1_1, r1_2, ...";
/// Where it is used.
pub const SOURCE: &str = "Dally & Towles, Principles and Practices of Interconnection Networks, chapter 5";

/// A torus: as many nodes as the product of its sides; of cables that many for each side of more than 2, and half for
/// a side of 2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The sides, each of at least 2 routers.
    #[schemars(length(min = 1), inner(range(min = 2, max = MOST_NODES)))]
    pub dimensions: Vec<u32>,
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

impl Config {
    fn nodes(&self) -> u128 {
        self.dimensions.iter().fold(1, |product: u128, side| product.saturating_mul(u128::from(*side)))
    }

    /// The name of the router at `index`, counted along the last side first.
    fn name(&self, mut index: u32) -> String {
        let mut places = vec![0; self.dimensions.len()];
        for (place, side) in places.iter_mut().zip(&self.dimensions).rev() {
            *place = index % side + 1;
            index /= side;
        }
        let places: Vec<String> = places.iter().map(u32::to_string).collect();
        format!("r{}", places.join("_"))
    }
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let sides = u32::try_from(self.dimensions.len()).unwrap_or(u32::MAX);
        let mut fits = check_count(problems, "/dimensions", sides, 1..=20);
        for (at, side) in self.dimensions.iter().enumerate().take(20) {
            fits &= check_count(problems, &format!("/dimensions/{at}"), *side, 2..=MOST_NODES);
        }
        let nodes = self.nodes();
        let cables = self.dimensions.iter().map(|side| if *side > 2 { nodes } else { nodes / 2 });
        if fits && check_size(problems, "/dimensions", nodes, cables.fold(0, u128::saturating_add)) {
            self.hosts.check(problems, nodes as u64, nodes as u64);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let count = self.nodes() as u32;
        let routers: Vec<_> = (0..count).map(|index| plan.router(self.name(index), self.processing_delay)).collect();
        for index in 0..count {
            // How far apart in the count neighbours along a side are; the last side comes first.
            let mut stride = 1;
            for &side in self.dimensions.iter().rev() {
                let place = index / stride % side;
                let next = if place + 1 < side { index + stride } else { index - place * stride };
                if side > 2 || place == 0 {
                    plan.cable(routers[index as usize], routers[next as usize], &self.link);
                }
                stride *= side;
            }
        }
        self.place(plan, &routers);
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}

impl Config {
    /// A ring as a circle; two dimensions as rows and columns, bent so that the cable from the last to the first does
    /// not cover those between. More are left to whoever draws them.
    fn place(&self, plan: &mut Plan, routers: &[NodeId]) {
        match self.dimensions[..] {
            [_] => plan.place_on_circle(routers),
            [rows, columns] => {
                let bent = |at: u32, side: u32| {
                    let off = f64::from(at) / f64::from(side - 1) * 2.0 - 1.0;
                    0.35 * (1.0 - off * off)
                };
                for (index, &router) in (0..).zip(routers) {
                    let (row, column) = (index / columns, index % columns);
                    plan.place(router, f64::from(column) + bent(row, rows), bent(column, columns) - f64::from(row));
                }
            }
            _ => {}
        }
    }
}
