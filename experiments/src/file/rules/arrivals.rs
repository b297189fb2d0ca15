//! Rules for flows that come at random, and the draws: when each comes, from where to where, and how large it is.
//!
//! Each of the three has a random stream named after the entry, so that nothing else in the file changes them.

use std::collections::BTreeMap;

use protocols::tcp;
use sim_core::ids::NodeId;
use sim_core::packet::{IPV4_HEADER, TCP_HEADER};
use sim_core::random::Random;
use sim_core::time::Duration;
use sim_core::units::{Bytes, PICOS_PER_SECOND};

use super::Facts;
use super::flows::MOST_FLOWS;
use super::traffic::Pairs;
use super::ways::Ways;
use crate::file::arrivals::{Arrivals, LoadOf};
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{LinkRef, PlannedFlow, Traffic};
use crate::file::sizes::Distribution;
use crate::file::spec::{Flow, Start};

/// The arrivals of an entry, checked but for their rate.
pub(super) struct Process<'a> {
    /// Where they stand in the file.
    pub(super) at: Path,
    pub(super) arrivals: &'a Arrivals,
    pub(super) sizes: &'a Distribution,
}

/// A flow that is to come.
struct Arrival {
    at: Duration,
    ends: (NodeId, NodeId),
    size: u64,
}

impl Facts<'_> {
    /// The flows of an entry with `arrivals`, each between the ends of one of `pairs`.
    pub(super) fn arrivals(
        &self,
        entry: &Flow,
        process: &Process<'_>,
        pairs: &Pairs,
        traffic: &Traffic,
        report: &mut Report<'_>,
    ) -> Vec<PlannedFlow> {
        let Process { at: place, arrivals, sizes } = process;
        let Some(per_second) = self.rate(place, arrivals, sizes, pairs, report) else { return Vec::new() };
        let (Traffic::Tcp { config, reader, workload, server, .. }, false) = (traffic, pairs.ends.is_empty()) else {
            return Vec::new();
        };
        let start = entry.start.and_then(Start::at).unwrap_or_default();
        let until = arrivals.until.unwrap_or(self.experiment.duration);
        if let Some(until) = arrivals.until {
            self.check_within_run(&place.field("until"), until, report);
        }
        if until <= start {
            report.error(place, format!("no flow can come between {start} and {until}"));
            return Vec::new();
        }
        let expected = per_second * until.saturating_sub(start).as_secs_f64();
        if expected > MOST_FLOWS as f64 && arrivals.count.is_none_or(|count| count > MOST_FLOWS as u64) {
            let message = format!("about {expected:.0} flows would come; the most is {MOST_FLOWS}");
            report.error(place, message).help.push("give `count`, an earlier `until`, or a lower rate".into());
            return Vec::new();
        }

        let stream = |purpose: &str| Random::stream(self.seed, &entry.name, purpose);
        let (mut gaps, mut drawn_sizes) = (stream("arrivals"), stream("sizes"));
        let mut draw_ends = pairs.draw(stream("ends"));
        let mean_gap = PICOS_PER_SECOND as f64 / per_second;
        let mut time = start;
        let most = arrivals.count.unwrap_or(MOST_FLOWS as u64);
        let coming = (0..most).map_while(|_| {
            time += Duration::from_picos(libm::round(gaps.exponential(mean_gap)) as u64);
            (time < until).then(|| Arrival { at: time, ends: draw_ends(), size: sizes.draw(&mut drawn_sizes) })
        });
        let coming: Vec<Arrival> = coming.collect();
        if coming.is_empty() {
            report.warning(place, "no flow comes: the rate is too low for the time");
        }
        let mut ideals = Ideals::new(self);
        let planned = (1..).zip(coming).map(|(number, arrival)| PlannedFlow {
            name: format!("{}{number}", entry.name),
            from: arrival.ends.0,
            to: arrival.ends.1,
            start: arrival.at,
            stop: None,
            from_port: None,
            to_port: None,
            traffic: Traffic::Tcp {
                config: config.clone(),
                size: Some(Bytes(arrival.size)),
                workload: tcp::Workload { then: workload.then, ..tcp::Workload::new(Some(arrival.size)) },
                server: *server,
                reader: *reader,
            },
            ideal: ideals.of(arrival.ends, arrival.size, config.mss.get()),
            waits_for_routing: false,
            is_arrival: true,
        });
        planned.collect()
    }

    /// Flows per second.
    fn rate(
        &self,
        at: &Path,
        arrivals: &Arrivals,
        sizes: &Distribution,
        pairs: &Pairs,
        report: &mut Report<'_>,
    ) -> Option<f64> {
        let flows_in = |bps: f64| bps / (8.0 * sizes.mean());
        if let Some(bps) = pairs.total_bps() {
            let given = [("per_second", arrivals.per_second.is_some()), ("load", arrivals.load.is_some())];
            for (field, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
                let message = "`each` says how much in all, and so how often flows come: give one of them";
                report.error(&at.field(field), message);
            }
            return Some(flows_in(bps));
        }
        let rate = match (arrivals.per_second, &arrivals.load) {
            (Some(rate), None) => {
                if rate <= 0.0 {
                    report.error(&at.field("per_second"), "must be more than 0");
                }
                rate
            }
            (None, Some(load)) => {
                let at = at.field("load");
                let bps = match (&load.link, load.of) {
                    (Some(link), None) => {
                        let link = self.direction_named(&at.field("link"), link, report)?;
                        link.spec(self.topology).bandwidth.bps() as f64
                    }
                    (None, Some(LoadOf::SenderLinks)) => self.bandwidth_of_senders(pairs),
                    (Some(_), Some(_)) => {
                        report.error(&at.field("of"), "`link` and `of` exclude each other: give one of them");
                        return None;
                    }
                    (None, None) => {
                        report.error(&at, "a share of what? Give `link` or `of`");
                        return None;
                    }
                };
                if load.share <= 0.0 {
                    report.error(&at.field("share"), "must be more than 0");
                }
                load.share * flows_in(bps)
            }
            (Some(_), Some(_)) => {
                report.error(&at.field("load"), "`per_second` and `load` exclude each other: give one of them");
                return None;
            }
            (None, None) => {
                report.error(at, "how often do flows come? Give `per_second` or `load`");
                return None;
            }
        };
        (rate > 0.0).then_some(rate)
    }

    /// What an entry with `arrivals` cannot have beside it.
    pub(super) fn check_arrivals_alone(&self, at: &Path, entry: &Flow, report: &mut Report<'_>) {
        let others = [
            ("start_spread", entry.start_spread.is_some(), "`arrivals` says when flows start"),
            ("start_jitter", entry.start_jitter.is_some(), "`arrivals` says when flows start"),
            ("stop", entry.stop.is_some(), "flows with `arrivals` end with their data: give `until` there"),
            ("from_port", entry.from_port.is_some(), "many flows cannot have one port: leave it out"),
            ("to_port", entry.to_port.is_some(), "many flows cannot have one port: leave it out"),
            ("udp", entry.udp.is_some(), "only tcp flows have a size: `arrivals` goes with `tcp`"),
            ("ping", entry.ping.is_some(), "only tcp flows have a size: `arrivals` goes with `tcp`"),
        ];
        for (field, _, message) in others.into_iter().filter(|(_, given, _)| *given) {
            report.error(&at.field(field), message);
        }
        let Some(tcp) = &entry.tcp else { return };
        let given =
            [("size", tcp.size.is_some()), ("writes", tcp.writes.is_some()), ("requests", tcp.requests.is_some())];
        for (field, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            report.error(&at.field("tcp").field(field), "`arrivals` gives the sizes: leave it out");
        }
    }
}

/// A way through the network: its propagation and processing, and its links.
type Route = (Duration, Vec<LinkRef>);

/// How long flows would take on a network of their own.
struct Ideals<'f> {
    facts: &'f Facts<'f>,
    ways: Ways<'f>,
    known: BTreeMap<(NodeId, NodeId), Option<Route>>,
}

impl<'f> Ideals<'f> {
    fn new(facts: &'f Facts<'f>) -> Self {
        Ideals { facts, ways: Ways::new(facts.topology, facts.experiment.routing.link_cost()), known: BTreeMap::new() }
    }

    /// From the first bit sent to the last received, without handshake and without any window: the first packet through
    /// all links, then the others through the slowest.
    fn of(&mut self, ends: (NodeId, NodeId), size: u64, mss: u64) -> Option<Duration> {
        let topology = self.facts.topology;
        let ways = &self.ways;
        let entry = self.known.entry(ends).or_insert_with(|| {
            let way = ways.between(ends.0, ends.1)?;
            let mut links = Vec::new();
            let mut node = ends.0;
            while node != ends.1 {
                let link = way.links.iter().find(|link| link.ends(topology).0 == node)?;
                links.push(*link);
                node = link.ends(topology).1;
            }
            Some((way.delay, links))
        });
        let (delay, links) = entry.as_ref()?;
        let headers = u64::from(IPV4_HEADER + TCP_HEADER);
        let first = size.min(mss) + headers;
        let rest = size - size.min(mss);
        let rest = rest + rest.div_ceil(mss) * headers;
        let packets = (size.div_ceil(mss)).saturating_sub(1);
        let mut total = *delay;
        for link in links {
            let spec = link.spec(topology);
            total += spec.bandwidth.serialization_delay(Bytes(first + spec.overhead.get()));
        }
        let slowest = links
            .iter()
            .map(|link| link.spec(topology))
            .map(|spec| spec.bandwidth.serialization_delay(Bytes(rest + packets * spec.overhead.get())));
        Some(total + slowest.max().unwrap_or_default())
    }
}
