//! Stations on one cable.
//!
//! ```text
//! h1    h2    h3
//!  |     |     |
//!  +--- bus ---+
//! ```
//!
//! On the coaxial Ethernet of 1980 every station heard every frame, and two that sent at once destroyed each other's.
//! A shared medium is not modelled: links here join two nodes each. The bus is laid out as a node `bus`, a router that
//! acts as a switch, with a link to every station, so nobody else hears a packet and nothing ever collides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::check_count;
use crate::{MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "bus";
/// What it looks like.
pub const SUMMARY: &str = "hosts h1, h2, ... on one cable, stood for by a switch `bus`: collisions are not modelled";
/// Where it is used.
pub const SOURCE: &str = "Metcalfe & Boggs 1976; Kurose & Ross 6.3";

/// The most stations: every other node the limit leaves room for.
pub const MOST_STATIONS: u32 = MOST_NODES - 1;

/// Hosts on one cable, stood for by a switch: n + 1 nodes, n cables. Nothing collides: a shared medium is not modelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many hosts there are.
    #[schemars(range(min = 1, max = MOST_STATIONS))]
    pub stations: u32,
    /// Every cable between a host and the bus.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long the bus takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        check_count(problems, "/stations", self.stations, 1..=MOST_STATIONS);
    }

    fn build(&self, plan: &mut Plan) {
        let bus = plan.router("bus", self.processing_delay);
        for station in 1..=self.stations {
            let host = plan.host(format!("h{station}"));
            plan.cable(host, bus, &self.link);
        }
    }
}
