//! Hosts at routers: what turns a map of routers into a network with traffic.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::ids::NodeId;

use crate::problem::check_count;
use crate::{Fault, MOST_NODES, Plan, Problem};

/// The most hosts at a router.
const MOST_PER_ROUTER: u32 = 10_000;

/// Hosts at every router, each on a cable of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hosts {
    /// How many at each.
    #[schemars(range(max = MOST_PER_ROUTER))]
    pub per_router: u32,
    /// Every cable between a host and its router.
    pub access: LinkSpec,
}

/// What hosts are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostNames {
    /// `h1`, `h2`, … along the routers.
    Counted,
    /// After the router: `Chicago.h1`, `Chicago.h2`.
    AfterTheRouter,
}

impl Hosts {
    /// Whether there are none.
    pub(crate) fn is_default(&self) -> bool {
        *self == Hosts::default()
    }

    /// Reports what makes no sense at `routers` routers of a network that has `nodes` without hosts.
    pub(crate) fn check(&self, problems: &mut Vec<Problem>, nodes: u64, routers: u64) {
        if check_count(problems, "/hosts/per_router", self.per_router, 0..=MOST_PER_ROUTER) {
            let nodes = nodes.saturating_add(routers.saturating_mul(u64::from(self.per_router)));
            if nodes > u64::from(MOST_NODES) {
                problems.push(Problem::new("/hosts/per_router", Fault::TooManyNodes { given: nodes }));
            }
        }
    }

    /// Adds them at each of `routers`.
    pub(crate) fn attach(&self, plan: &mut Plan, routers: &[NodeId], names: HostNames) {
        let mut count = 0;
        // A label of a map may be what a host would be called.
        let mut taken: BTreeSet<String> = match names {
            HostNames::Counted => BTreeSet::new(),
            HostNames::AfterTheRouter => plan.names().map(str::to_owned).collect(),
        };
        let fan = (names == HostNames::Counted).then(|| Fan::around(plan, routers));
        for &router in routers {
            for number in 1..=self.per_router {
                count += 1;
                let name = match names {
                    HostNames::Counted => format!("h{count}"),
                    HostNames::AfterTheRouter => {
                        let mut name = format!("{}.h{number}", plan.name(router));
                        while !taken.insert(name.clone()) {
                            name.push('+');
                        }
                        name
                    }
                };
                let host = plan.host(name);
                plan.cable(host, router, &self.access);
                if let Some(fan) = &fan {
                    fan.place(plan, host, router, (number - 1, self.per_router));
                }
            }
        }
    }
}

/// Hosts on a drawing: near their router, on the side away from the middle of the network.
struct Fan {
    middle: (f64, f64),
    radius: f64,
}

impl Fan {
    fn around(plan: &Plan, routers: &[NodeId]) -> Fan {
        let spots: Vec<(f64, f64)> = routers.iter().filter_map(|router| plan.spot(*router)).collect();
        let count = spots.len().max(1) as f64;
        let sum = spots.iter().fold((0.0, 0.0), |sum, spot| (sum.0 + spot.0, sum.1 + spot.1));
        Fan { middle: (sum.0 / count, sum.1 / count), radius: 0.4 * plan.mean_length() }
    }

    /// Places a host at its router, if that has a place: the first of `which`, counted from 0, of so many.
    fn place(&self, plan: &mut Plan, host: NodeId, router: NodeId, which: (u32, u32)) {
        // Off the rows and columns along which cables run.
        const TILT: f64 = 0.45;
        let Some((x, y)) = plan.spot(router) else { return };
        let outwards = libm::atan2(y - self.middle.1, x - self.middle.0);
        let step = (std::f64::consts::PI / f64::from(which.1)).min(0.7);
        let angle = outwards + TILT + step * (f64::from(which.0) - f64::from(which.1 - 1) / 2.0);
        plan.place(host, x + self.radius * libm::cos(angle), y + self.radius * libm::sin(angle));
    }
}
