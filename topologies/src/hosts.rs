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
            }
        }
    }
}
