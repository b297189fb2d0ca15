//! Rules along the ways of flows: packets that fit the links, queue limits in `bdp`, and what a queue can hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::ids::NodeId;
use sim_core::queue::QueueLimit;
use sim_core::time::Duration;
use sim_core::units::Bytes;
use topologies::Topology;

use super::flows::makes_many;
use super::ways::{Way, Ways};
use super::{Facts, field, visit};
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{BdpLimit, LinkRef, PlannedFlow};
use crate::file::tree::Node;

/// Above this many flows times links the ways are computed only where a limit in `bdp` needs them.
const MOST_WORK: usize = 2_000_000;

/// The ways of one flow, there and back.
struct Trip {
    there: Way,
    back: Way,
}

impl Trip {
    fn round_trip(&self) -> Duration {
        self.there.delay + self.back.delay
    }
}

impl Facts<'_> {
    /// Checks what depends on ways, and turns limits in `bdp` into bytes.
    pub(super) fn resolve_limits(
        &self,
        topology: &Arc<Topology>,
        flows: &[PlannedFlow],
        tree: &Node,
        report: &mut Report<'_>,
    ) -> (Arc<Topology>, Vec<BdpLimit>) {
        // Which of a queue's lengths, and how much.
        let mut shares: Vec<(LinkRef, usize, u32)> = Vec::new();
        for link in LinkRef::all(topology) {
            let mut queue = link.spec(topology).queue.clone();
            for (which, length) in queue.lengths_mut().into_iter().enumerate() {
                if let QueueLimit::MilliBdp(thousandths) = *length {
                    shares.push((link, which, thousandths));
                }
            }
        }
        if shares.is_empty() && flows.len() * topology.cables.len() > MOST_WORK {
            return (topology.clone(), Vec::new());
        }
        let trips = self.trips(flows);
        self.check_packets_fit(flows, &trips, report);
        self.check_runs_are_long_enough(flows, &trips, report);
        let mut largest: BTreeMap<LinkRef, Duration> = BTreeMap::new();
        for trip in trips.iter().flatten() {
            for &link in trip.there.links.iter().chain(&trip.back.links) {
                let longest = largest.entry(link).or_default();
                *longest = (*longest).max(trip.round_trip());
            }
        }
        let mut resolved = Topology::clone(topology);
        let mut limits = Vec::new();
        for (link, which, thousandths) in shares {
            let Some(&round_trip) = largest.get(&link) else {
                // Flows with broken ends have been reported; their links are not missing a flow.
                if trips.iter().all(Option::is_some) {
                    let message = format!(
                        "a limit in bdp needs a flow, and no flow is routed over `{}`: give packets or bytes",
                        link.name(topology)
                    );
                    report.error(&place_of_limit(tree, QueueLimit::MilliBdp(thousandths)), message);
                }
                continue;
            };
            let product = link.spec(topology).bandwidth.bytes_in(round_trip);
            let bytes = u128::from(product.get()) * u128::from(thousandths) / 1_000;
            let limit = Bytes(u64::try_from(bytes).unwrap_or(u64::MAX));
            *link.spec_mut(&mut resolved).queue.lengths_mut()[which] = QueueLimit::Bytes(limit);
            limits.push(BdpLimit { link, thousandths, round_trip, limit });
        }
        self.check_queues_hold_a_packet(&resolved, topology, flows, &trips, tree, report);
        let resolved = if limits.is_empty() { topology.clone() } else { Arc::new(resolved) };
        (resolved, limits)
    }

    /// The ways of each flow; none where there is no way.
    fn trips(&self, flows: &[PlannedFlow]) -> Vec<Option<Arc<Trip>>> {
        let ways = Ways::new(self.topology, self.experiment.routing.link_cost());
        let mut known: BTreeMap<(NodeId, NodeId), Option<Arc<Trip>>> = BTreeMap::new();
        let trip = |flow: &PlannedFlow| {
            let entry = known.entry((flow.from, flow.to)).or_insert_with(|| {
                let there = ways.between(flow.from, flow.to)?;
                let back = ways.between(flow.to, flow.from)?;
                Some(Arc::new(Trip { there, back }))
            });
            entry.clone()
        };
        flows.iter().map(trip).collect()
    }

    /// Where in the file a planned flow comes from.
    fn entry_of(&self, flow: &PlannedFlow) -> Path {
        let entries = &self.experiment.flows;
        let index = entries.iter().position(|entry| entry.name == flow.name && !makes_many(entry)).or_else(|| {
            entries.iter().position(|entry| {
                let number = flow.name.strip_prefix(&entry.name);
                makes_many(entry) && number.is_some_and(|rest| rest.parse::<u64>().is_ok())
            })
        });
        Path::root().field("flows").index(index.unwrap_or(0))
    }

    /// Nothing here fragments: a packet larger than a link's MTU would always be lost.
    fn check_packets_fit(&self, flows: &[PlannedFlow], trips: &[Option<Arc<Trip>>], report: &mut Report<'_>) {
        for (flow, trip) in flows.iter().zip(trips) {
            let Some(trip) = trip else { continue };
            let narrowest = trip.there.links.iter().min_by_key(|link| link.spec(self.topology).mtu);
            let Some(link) = narrowest else { continue };
            let (name, mtu) = (link.name(self.topology), link.spec(self.topology).mtu.get());
            let length = flow.traffic.packet_length();
            let at = self.entry_of(flow).join(&length.field);
            if length.bytes > mtu {
                let whole = if length.is_exponential { "on average" } else { "headers included" };
                let bytes = length.bytes;
                let message = format!(
                    "packets of {bytes} B, {whole}, do not fit the link `{name}`, whose mtu is {mtu} B: all would be lost"
                );
                let most = mtu.saturating_sub(length.headers_on_top);
                report
                    .error(&at, message)
                    .help
                    .push(format!("at most {most} B fit here, or give the link a larger `mtu`"));
            } else if length.is_exponential {
                let share = libm::exp(-(mtu as f64) / length.bytes as f64);
                if share > 1e-6 {
                    let percent = share * 100.0;
                    let message = format!(
                        "{percent:.3} % of these packets are larger than {mtu} B, the mtu of `{name}`, and will be lost"
                    );
                    report.warning(&at, message).help.push("give the links an `mtu` far above the mean size".into());
                }
            }
        }
    }

    fn check_runs_are_long_enough(&self, flows: &[PlannedFlow], trips: &[Option<Arc<Trip>>], report: &mut Report<'_>) {
        for (flow, trip) in flows.iter().zip(trips) {
            let Some(trip) = trip else { continue };
            let end = flow.stop.unwrap_or(self.experiment.duration).min(self.experiment.duration);
            let lasts = end.saturating_sub(flow.start);
            // That a flow of many comes too late to be seen is chance.
            if !flow.is_arrival && flow.start < end && lasts < trip.round_trip() {
                let round_trip = trip.round_trip();
                let message = format!(
                    "`{}` lasts {lasts}, less than one round trip of {round_trip}: little will be seen",
                    flow.name
                );
                report.warning(&self.entry_of(flow), message);
            }
        }
    }

    /// A queue of bytes that holds no full packet drops whatever has to wait.
    fn check_queues_hold_a_packet(
        &self,
        resolved: &Topology,
        written: &Topology,
        flows: &[PlannedFlow],
        trips: &[Option<Arc<Trip>>],
        tree: &Node,
        report: &mut Report<'_>,
    ) {
        for (flow, trip) in flows.iter().zip(trips) {
            let Some(trip) = trip else { continue };
            let largest = flow.traffic.packet_length().bytes;
            for link in &trip.there.links {
                let Some(QueueLimit::Bytes(limit)) = link.spec(resolved).queue.limit() else { continue };
                if limit.get() < largest {
                    let said = link.spec(written).queue.limit().expect("it had a limit before");
                    let message = format!(
                        "the queue of `{}` holds {limit}, less than one packet of {largest} B: what has to wait is dropped",
                        link.name(resolved)
                    );
                    report.warning(&place_of_limit(tree, said), message);
                }
            }
        }
    }
}

/// Where `limit` stands in the file, or the topology if it stands nowhere.
fn place_of_limit(tree: &Node, limit: QueueLimit) -> Path {
    let root = Path::root().field("topology");
    let mut found = None;
    if let Some(topology) = tree.get("topology") {
        visit(topology, &root, &mut |path, node| {
            let is_it = ["drop_tail", "limit", "threshold"].iter().any(|name| path.0.last() == Some(&field(name)))
                && node.as_str().and_then(|text| text.parse().ok()) == Some(limit);
            if is_it && found.is_none() {
                found = Some(path.clone());
            }
        });
    }
    found.unwrap_or(root)
}
