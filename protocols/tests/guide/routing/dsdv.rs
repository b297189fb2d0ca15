//! Destination-sequenced distance vector: every router numbers its own calls, and a newer call is worth more than a
//! shorter way.
//!
//! Perkins & Bhagwat, "Highly Dynamic Destination-Sequenced Distance-Vector Routing (DSDV) for Mobile Computers", 1994. A
//! router calls out once in a while; each router passes a call on when it is newer than the last of that origin, or as new
//! and cheaper. Whoever loses the way says so under a number of its own, one higher: nobody believes an older, better
//! story, so nobody counts to infinity.
//! Not modelled: the settling time that keeps a first, longer way from being passed on, calls of many routers in one
//! message, loss of a link by silence. A changed cost counts from the next call on. Whoever has not called for three
//! intervals is forgotten.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::ids::{Destination, InterfaceId};
use sim_core::packet::{IPV4_HEADER, Message};
use sim_core::time::{Duration, Time};

use super::journal::Reason;
use super::names::Names;
use super::process::{Effort, Process};
use super::protocol::{Fault, Place, Protocol, Surroundings};
use super::route::Route;
use super::router::{Detection, Router};
use super::shortest_path::LinkCost;
use super::tables::{TableWriter, Width};

/// One line for lists.
pub const SUMMARY: &str = "Distance vector with numbered calls: what is newer counts before what is shorter.";
/// Where it is from.
pub const SOURCE: &str = "Perkins & Bhagwat 1994";

/// The parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What a link costs.
    pub cost: LinkCost,
    /// From one call of a router to its next.
    pub interval: Duration,
    /// How much sooner that may be, at random.
    pub jitter: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config { cost: LinkCost::default(), interval: Duration::from_secs(15), jitter: Duration::from_secs(1) }
    }
}

impl Protocol for Config {
    fn link_cost(&self) -> LinkCost {
        self.cost
    }

    fn detection(&self) -> Detection {
        Detection::Carrier
    }

    /// A call that was lost is followed by another.
    fn settling_time(&self) -> Duration {
        self.interval + Duration::from_secs(1)
    }

    fn process(&self, _place: &Place<'_>) -> Box<dyn Process> {
        Box::new(Dsdv { config: self.clone(), known: BTreeMap::new(), next_call: Time::NEVER, compared: 0 })
    }

    fn check(&self, _network: &Surroundings<'_>) -> Vec<Fault> {
        let is_right = self.jitter < self.interval;
        let fault = || Fault::new("jitter", "must be shorter than `interval`");
        if is_right { Vec::new() } else { vec![fault()] }
    }
}

/// A call, as it is passed on.
#[derive(Clone, Debug)]
struct Call {
    origin: Destination,
    /// Even from the origin itself, odd from someone who has lost the way to it.
    number: u64,
    /// From the router that passes it on; none if the way is lost.
    cost: Option<u64>,
}

/// Address, number and cost, four bytes each, in a UDP datagram.
const BYTES: u32 = IPV4_HEADER + 8 + 12;

impl Message for Call {
    fn kind(&self) -> &'static str {
        "call"
    }
}

/// A message of this protocol in words.
pub fn describe(message: &dyn Message, names: &Names) -> Option<String> {
    let message: &dyn Any = message;
    let Call { origin, number, cost } = message.downcast_ref()?;
    let cost = cost.map_or("∞".to_owned(), |cost| cost.to_string());
    Some(format!("{} {cost} (call {number})", names.destination(*origin)))
}

/// A router's process.
#[derive(Clone, Debug)]
struct Dsdv {
    config: Config,
    /// The best call of each origin, with the cost from here, and where it came from.
    known: BTreeMap<Destination, (Call, InterfaceId)>,
    next_call: Time,
    compared: u64,
}

impl Dsdv {
    /// The number of a call made at some time. It grows with time: a router that failed goes on where it would be.
    fn number(time: Time) -> u64 {
        2 * (time.picos() / Duration::from_millis(1).picos())
    }

    fn tell(router: &mut Router<'_, '_>, over: impl IntoIterator<Item = InterfaceId>, call: &Call) {
        let call: Arc<Call> = Arc::new(call.clone());
        for over in over {
            router.send(over, call.clone(), BYTES);
        }
    }

    fn call(&self, router: &mut Router<'_, '_>) {
        for (origin, cost) in router.own_destinations() {
            let call = Call { origin, number: Self::number(router.now()), cost: Some(cost) };
            Self::tell(router, router.usable_interfaces(), &call);
        }
    }
}

impl Process for Dsdv {
    fn on_start(&mut self, router: &mut Router<'_, '_>) {
        for prefix in router.announced().to_vec() {
            router.set_route(prefix, Some(Route::here()), Reason::Announced);
        }
        self.on_deadline(router);
    }

    fn on_announcement(&mut self, router: &mut Router<'_, '_>, destination: Destination) {
        let is_here = router.announced().contains(&destination);
        router.set_route(destination, is_here.then(Route::here), Reason::Announced);
        self.call(router);
    }

    fn on_deadline(&mut self, router: &mut Router<'_, '_>) {
        self.call(router);
        let Config { interval, jitter, .. } = self.config;
        let now = Self::number(router.now());
        let is_old = |call: &Call| call.number + Self::number(Time::ZERO + interval * 3) < now;
        for (call, _) in self.known.values().filter(|(call, _)| is_old(call)) {
            router.set_route(call.origin, None, Reason::Expired);
        }
        self.known.retain(|_, (call, _)| !is_old(call));
        self.next_call = router.now() + interval.saturating_sub(router.random().time_below(jitter));
    }

    fn next_deadline(&self) -> Time {
        self.next_call
    }

    fn on_message(&mut self, router: &mut Router<'_, '_>, over: InterfaceId, message: &Arc<dyn Message>) {
        let message: &dyn Any = &**message;
        let Some(told) = message.downcast_ref::<Call>() else { return };
        if router.own_destinations().iter().any(|(own, _)| *own == told.origin) {
            // Someone has lost the way here: the answer is a newer call.
            if told.cost.is_none() {
                self.call(router);
            }
            return;
        }
        self.compared += 1;
        let cost = told.cost.map(|cost| cost + router.interface(over).cost);
        if let Some((best, _)) = self.known.get(&told.origin) {
            let is_cheaper = cost.is_some_and(|cost| best.cost.is_none_or(|best| cost < best));
            if told.number < best.number || told.number == best.number && !is_cheaper {
                return;
            }
        }
        let call = Call { cost, ..told.clone() };
        let route = cost.map(|cost| Route::over(cost, [over]));
        let reason = match (router.route(call.origin), &route) {
            (None, _) => Reason::Learned,
            (_, None) => Reason::Withdrawn,
            (Some(old), Some(new)) if new.cost < old.cost => Reason::Cheaper,
            (Some(_), Some(_)) => Reason::CostChanged,
        };
        router.set_route(call.origin, route, reason);
        Self::tell(router, router.usable_interfaces(), &call);
        self.known.insert(call.origin, (call, over));
    }

    fn on_interface_change(&mut self, router: &mut Router<'_, '_>, interface: InterfaceId) {
        if router.interface(interface).is_up {
            self.call(router);
            for (call, _) in self.known.values() {
                Self::tell(router, [interface], call);
            }
            return;
        }
        for (call, over) in self.known.values_mut().filter(|(call, over)| *over == interface && call.cost.is_some()) {
            (call.number, call.cost) = (call.number + 1, None);
            router.set_route(call.origin, None, Reason::NeighborLost);
            Self::tell(router, router.usable_interfaces().into_iter().filter(|to| to != over), call);
        }
    }

    fn effort(&self) -> Effort {
        Effort { entries: self.known.len() as u64, steps: self.compared }
    }

    fn write_tables(&self, to: &mut TableWriter<'_>) {
        let names = to.names();
        if to.begin("calls", Width::Narrow, None) {
            to.columns((), || ["origin", "cost", "call"].map(str::to_owned).into());
            for Call { origin, number, cost } in self.known.values().map(|(call, _)| call) {
                to.row((origin, number, cost), || {
                    let cost = cost.map_or("∞".to_owned(), |cost| cost.to_string());
                    vec![names.destination(*origin).to_owned(), cost, number.to_string()]
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::testing::{Cable, Lab};

    /// x-y 2, y-z 1, x-z 7: x reaches z through y at 3. Both links to z die after 30 s.
    fn triangle(until: u64) -> Lab {
        let cables = [Cable::new(0, 1, 2), Cable::new(1, 2, 1), Cable::new(0, 2, 7)];
        let script = [Lab::cut(Duration::from_secs(30), 1), Lab::cut(Duration::from_secs(30), 2)].concat();
        let mut lab = Lab::new(1, &["x", "y", "z"], &cables, &Config::default(), &[], &script);
        lab.run_until(Duration::from_secs(until));
        lab
    }

    #[test]
    fn the_cheapest_way_is_found() {
        let lab = triangle(20);
        assert_eq!(lab.route(0, 2), Some((3, vec![1])));
        assert_eq!(lab.route(2, 0), Some((3, vec![1])));
    }

    /// x-y dies. The price of the rule: x's bad news is newer than what z has from y itself, so z loses y too. But y, told
    /// so, calls at once: x reaches it through z at 7 + 1.
    #[test]
    fn a_lost_way_is_soon_replaced() {
        let cables = [Cable::new(0, 1, 2), Cable::new(1, 2, 1), Cable::new(0, 2, 7)];
        let cut = Lab::cut(Duration::from_secs(30), 0);
        let mut lab = Lab::new(1, &["x", "y", "z"], &cables, &Config::default(), &[], &cut);
        lab.run_until(Duration::from_millis(30_100));
        assert_eq!(lab.route(0, 1), Some((8, vec![2])));
    }

    #[test]
    fn nobody_counts_to_infinity() {
        let mut lab = triangle(30);
        (0..2).for_each(|node| drop(lab.changes(node)));
        lab.run_until(Duration::from_secs(90));
        for node in 0..2 {
            let z = lab.changes(node).into_iter().filter(|change| change.destination == Destination::Endpoint(2));
            let costs: Vec<_> = z.map(|change| change.after.map(|route| route.cost)).collect();
            assert_eq!(costs, [None], "one change: the way is lost");
        }
    }
}
