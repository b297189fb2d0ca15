//! Distance vector: every router tells its neighbours what everything costs from there, and believes what they tell.
//!
//! ```text
//! D_x(y) = min over neighbours v of  c(x,v) + D_v(y)        Bellman-Ford
//! ```
//!
//! Bellman 1957, Ford & Fulkerson 1962; Kurose & Ross, "The distance-vector routing algorithm"; RIP version 2 in RFC
//! 2453, from which messages, timers and defaults are. Two forms differ in what a router remembers:
//!
//! - [`Memory::EveryVector`], the textbook: the last vector of every neighbour is kept. When a way is lost, the best of
//!   what the others once said is taken at once, which may be a way that leads back here: the estimates count to
//!   infinity. Of equal costs the link whose name comes first is used, so that routes follow from the vectors alone. A
//!   router knows its neighbours from the start, as it knows the costs of its links.
//! - [`Memory::BestRoute`], RIP: of each destination only the best route is kept, from whom it came and what it cost
//!   there. When it is lost, so is the destination, until a neighbour speaks of it again: whether the lie or the bad
//!   news comes first is a race. A current route is kept while another is only equal (RFC 2453 §3.9.2).
//!
//! | file | what is in it |
//! | --- | --- |
//! | `table.rs` | the vectors of the neighbours, and the choice of the best way: Bellman-Ford |
//! | `process.rs` | what happens when a message comes, a link changes, a timer is due |
//! | `update.rs` | messages, and what is told to whom: split horizon, poison reverse |
//! | `show.rs` | the distance table of the lesson |
//!
//! Not modelled: subnets and masks (a destination is a node or a prefix as a whole), authentication, version 1,
//! requests for single routes, several equal routes at a time, the switch to an equal route when half of the timeout is
//! over (a "may" of RFC 2453 §3.9.2).
//! A link costs at least 1, as in RIP (§3.5): around a circle without cost nothing would ever count.

mod process;
mod show;
mod table;
#[cfg(test)]
mod tests;
mod update;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;

use super::process::Process;
use super::protocol::{Fault, Place, Protocol, Surroundings};
use super::router::Detection;
use super::shortest_path::LinkCost;
use process::DistanceVector;
pub use update::{Entry, Message, Occasion, describe};

/// One line for lists.
pub const SUMMARY: &str = "Every router tells its neighbours its distances, and adds to theirs what the link costs.";
/// Where it is from.
pub const SOURCE: &str = "Bellman 1957; RFC 2453 (RIP version 2)";

/// The parameters of distance vector. Times are those of RFC 2453 §3.8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What a link costs.
    pub cost: LinkCost,
    /// How a router notices that a cable is cut.
    pub detection: Detection,
    /// What a router remembers of its neighbours' vectors. `best_route` is what RIP does.
    pub remember: Memory,
    /// From one regular update, which tells everything, to the next. The first is sent at the start.
    pub update_interval: Duration,
    /// How much earlier or later than that a regular update may be, at random. 0: all routers in lockstep, for lessons.
    pub jitter: Duration,
    /// Whether what changed is told before the next regular update.
    pub triggered_updates: TriggeredUpdates,
    /// How much of the vector a triggered update tells.
    pub triggered_contents: Contents,
    /// What nobody has confirmed for so long is forgotten.
    pub timeout: Duration,
    /// For how long a destination that is lost is told of as unreachable.
    pub garbage_collection: Duration,
    /// The cost that means unreachable. It must be more than what any way costs that is to be found.
    #[schemars(range(min = 2))]
    pub infinity: u64,
    /// Whether a neighbour is not told of what this router reaches through it.
    pub split_horizon: bool,
    /// Whether that neighbour is told instead that it is unreachable. Has its effect with `split_horizon` or without;
    /// both together are the "split horizon with poisoned reverse" of RFC 2453 §3.4.3.
    pub poison_reverse: bool,
    /// For how long after the loss of a route no other is believed. 0: not at all.
    pub hold_down: Duration,
    /// Whether a router that starts, or a link that comes up, has the neighbours asked for their vectors
    /// (RFC 2453 §3.9.1). Without it a router tells its own over a link that comes up, and is told the same way.
    pub requests: bool,
}

/// What a router remembers of its neighbours' vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// All of them: the textbook.
    #[default]
    EveryVector,
    /// Only the best route to each destination: RIP.
    BestRoute,
}

/// When a change is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TriggeredUpdates {
    /// With the next regular update.
    Off,
    /// At the same instant, as the textbook has it.
    AtOnce,
    /// At the same instant, but after such an update not before a random time between these has passed: what changes
    /// meanwhile is told together (RFC 2453 §3.10.1).
    Spaced {
        /// The shortest pause.
        least: Duration,
        /// The longest.
        most: Duration,
    },
    /// A random time between these after the change, together with what changes meanwhile. So the old vector of a
    /// neighbour may come before the bad news has left.
    Delayed {
        /// The shortest wait.
        least: Duration,
        /// The longest.
        most: Duration,
    },
}

/// How much of the vector a triggered update tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// Only what changed since the last update (RFC 2453 §3.10.1).
    #[default]
    Changes,
    /// All of it, as the textbook writes it down.
    Everything,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            cost: LinkCost::default(),
            detection: Detection::default(),
            remember: Memory::default(),
            update_interval: Duration::from_secs(30),
            jitter: Duration::from_secs(5),
            triggered_updates: TriggeredUpdates::Spaced { least: Duration::from_secs(1), most: Duration::from_secs(5) },
            triggered_contents: Contents::default(),
            timeout: Duration::from_secs(180),
            garbage_collection: Duration::from_secs(120),
            infinity: 16,
            // RFC 2453 §3.4.3 holds poisoned reverse for safer than silence.
            split_horizon: true,
            poison_reverse: true,
            hold_down: Duration::ZERO,
            requests: true,
        }
    }
}

impl Protocol for Config {
    fn link_cost(&self) -> LinkCost {
        self.cost
    }

    fn detection(&self) -> Detection {
        self.detection
    }

    /// A router may wait for the next regular update, for the end of a hold-down, and for the timeout of what a silent
    /// neighbour said. (Tables also change when a triggered update was lost on the way; the regular one tells it
    /// again.)
    fn settling_time(&self) -> Duration {
        let news = match self.triggered_updates {
            TriggeredUpdates::Off | TriggeredUpdates::AtOnce => Duration::ZERO,
            TriggeredUpdates::Spaced { most, .. } | TriggeredUpdates::Delayed { most, .. } => most,
        };
        let regular = self.update_interval + self.jitter;
        let silence = match self.detection {
            Detection::Carrier => Duration::ZERO,
            Detection::Silence => self.timeout,
        };
        regular.max(news) + self.hold_down + silence + Duration::from_secs(1)
    }

    fn infinity(&self) -> Option<u64> {
        Some(self.infinity)
    }

    fn process(&self, place: &Place<'_>) -> Box<dyn Process> {
        Box::new(DistanceVector::new(self, place))
    }

    fn check(&self, network: &Surroundings<'_>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut expect = |is_right: bool, at: &str, why: &str| {
            if !is_right {
                faults.push(Fault::new(at, why));
            }
        };
        expect(self.infinity >= 2, "infinity", "must be at least 2: a link costs 1 or more");
        expect(!self.update_interval.is_zero(), "update_interval", "must be longer than nothing");
        expect(self.jitter < self.update_interval, "jitter", "must be shorter than `update_interval`");
        expect(
            self.timeout > self.update_interval + self.jitter,
            "timeout",
            "must be longer than `update_interval` and `jitter` together, or routes expire between updates",
        );
        expect(
            self.garbage_collection > self.update_interval + self.jitter,
            "garbage_collection",
            "must be longer than `update_interval` and `jitter` together, or a loss may be forgotten before it is told",
        );
        expect(
            self.cost != LinkCost::Delay || self.infinity > 16,
            "infinity",
            "is a cost, and costs are delays in nanoseconds: it must be more than that of any way",
        );
        let (at, [least, most]) = match self.triggered_updates {
            TriggeredUpdates::Off | TriggeredUpdates::AtOnce => ("triggered_updates", [Duration::ZERO; 2]),
            TriggeredUpdates::Spaced { least, most } => ("triggered_updates/spaced/least", [least, most]),
            TriggeredUpdates::Delayed { least, most } => ("triggered_updates/delayed/least", [least, most]),
        };
        expect(least <= most, at, "must not be longer than `most`");
        if let Some((links, [a, b])) = farthest(network).filter(|&(links, _)| links >= self.infinity) {
            let why = format!(
                "`{a}` and `{b}` are {links} links apart, and what costs {} or more is unreachable: set it to more than any \
                 way costs",
                self.infinity
            );
            faults.push(Fault::new("infinity", why));
        }
        faults
    }
}

/// Two routers that are the most links apart, and how many.
fn farthest<'a>(network: &Surroundings<'a>) -> Option<(u64, [&'a str; 2])> {
    let mut neighbors: Vec<Vec<usize>> = vec![Vec::new(); network.nodes.len()];
    for (a, b) in network.adjacent {
        neighbors[a.index()].push(b.index());
        neighbors[b.index()].push(a.index());
    }
    let farthest_from = |start: usize| {
        let mut links: Vec<Option<u64>> = vec![None; neighbors.len()];
        links[start] = Some(0);
        let mut found = vec![start];
        let mut next = 0;
        while let Some(&node) = found.get(next) {
            next += 1;
            for &neighbor in &neighbors[node] {
                if links[neighbor].is_none() {
                    links[neighbor] = links[node].map(|links| links + 1);
                    found.push(neighbor);
                }
            }
        }
        let ends = |&node: &usize| (links[node].unwrap_or(0), [network.nodes[start], network.nodes[node]]);
        found.iter().map(ends).max_by_key(first_by_name)
    };
    (0..neighbors.len()).filter_map(farthest_from).max_by_key(first_by_name)
}

/// Of pairs equally far apart the first by name counts as the farthest, whatever the numbers.
fn first_by_name<'a>(&(links, ends): &(u64, [&'a str; 2])) -> (u64, std::cmp::Reverse<[&'a str; 2]>) {
    (links, std::cmp::Reverse(ends))
}
