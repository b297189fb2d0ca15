//! Why packets were dropped.

use sim_core::ids::{LinkId, NodeId};
use sim_core::packet::DropReason;
use sim_core::queue::QueueLimit;
use sim_core::time::Time;
use sim_core::units::Rate;

use super::lookup::last_until;
use super::{About, Explainer, Fact, words};
use crate::file::plan::{Change, Happening, RunPoint, Traffic};
use crate::run::build::link_id;
use crate::run::senders::SenderPhase;
use crate::run::story::{Drop, End};

/// The last event until `time` that the script did to a link, or to a node at its end.
pub(super) fn last_event_at(
    point: &RunPoint,
    link: LinkId,
    time: Time,
    counts: impl Fn(&Happening) -> bool,
) -> Option<usize> {
    let (from, to) = words::link_ref(link).ends(&point.topology);
    let touches = |what: &Happening| match what {
        Happening::Link { links, .. } => links.iter().any(|one| link_id(*one) == link),
        Happening::RouterDown(node) | Happening::RouterUp(node) => [from, to].contains(node),
        Happening::Announce(..) | Happening::Withdraw(..) => false,
    };
    let until = point.events.partition_point(|event| Time::ZERO + event.at <= time);
    (0..until).rev().find(|&at| touches(&point.events[at].what) && counts(&point.events[at].what))
}

/// Whether an event takes a link down.
pub(super) fn is_failure(what: &Happening) -> bool {
    match what {
        Happening::Link { change, .. } => *change == Change::Down,
        Happening::RouterDown(_) => true,
        Happening::RouterUp(_) | Happening::Announce(..) | Happening::Withdraw(..) => false,
    }
}

impl Explainer<'_> {
    pub(super) fn drop_words(&self, at: usize) -> String {
        let drop = &self.story.drops[at];
        let (point, packet) = (self.point, &drop.packet);
        let who = words::packet(point, packet);
        let node = words::node(point, drop.node);
        let link = drop.link().map_or(node, |link| words::link(point, link));
        let to = words::node(point, self.destination(drop));
        match drop.why {
            DropReason::QueueFull => {
                let waited = self.waited_words(drop);
                format!("{who} was dropped at {link}: its queue was full ({waited})")
            }
            DropReason::Lost => format!("{who} was lost on {link}"),
            DropReason::LinkDown => match self.failure(drop) {
                Some(at) if Time::ZERO + point.events[at].at == drop.time => {
                    format!("{who} was on {link} when it went down")
                }
                Some(_) | None => format!("{who} was sent into {link}, which was down"),
            },
            DropReason::Corrupted => format!("{who} came to {node} with flipped bits, as its checksum showed"),
            DropReason::NoRoute => format!("{who} was dropped at {node}: its table had no way to {to}"),
            DropReason::TtlExpired => format!("{who} was dropped at {node}: its time to live had run out"),
            DropReason::TooBig => format!("{who} was dropped at {link}: its {} B are too many", packet.size),
            DropReason::PortUnreachable => format!("{who} was dropped at {node}: nobody took it"),
            DropReason::BlackHole => {
                let of_routes = self.routes.as_ref();
                let hole = of_routes
                    .and_then(|routes| routes.hole_name(drop.node.index(), self.destination(drop).index(), drop.time));
                let to = hole.unwrap_or(to);
                format!("{who} was thrown away at {node}: its table says that packets to {to} end there")
            }
        }
    }

    /// How many packets waited, and how many may.
    fn waited_words(&self, drop: &Drop) -> String {
        let waiting = drop.waiting().unwrap_or(0);
        let link = drop.link().map(words::link_ref);
        match link.and_then(|link| link.spec(&self.point.topology).queue.limit()) {
            Some(QueueLimit::Packets(most)) => format!("{waiting} of {most} waited"),
            Some(QueueLimit::Bytes(most)) => format!("{waiting} packets waited, at most {most} may"),
            Some(QueueLimit::MilliBdp(_) | QueueLimit::Unlimited) | None => format!("{waiting} packets waited"),
        }
    }

    /// Where a dropped packet was to go.
    fn destination(&self, drop: &Drop) -> NodeId {
        let flow = &self.point.flows[drop.packet.end.flow];
        if drop.packet.end.is_forward { flow.to } else { flow.from }
    }

    /// The event that had taken down the link of a drop.
    fn failure(&self, drop: &Drop) -> Option<usize> {
        last_event_at(self.point, drop.link()?, drop.time, is_failure)
    }

    pub(super) fn drop_cause(&self, at: usize) -> Option<About> {
        let drop = &self.story.drops[at];
        let link = drop.link();
        let fact = match drop.why {
            DropReason::QueueFull => return self.full_queue_cause(drop),
            DropReason::Lost => Fact::Loss(link?),
            DropReason::LinkDown => return self.failure(drop).map(About::Script),
            DropReason::Corrupted => Fact::BitErrors(self.link_with_bit_errors(drop)),
            DropReason::TooBig => Fact::Mtu(link?),
            DropReason::PortUnreachable => Fact::NobodyListens(drop.node, drop.packet.end.flow),
            DropReason::NoRoute | DropReason::BlackHole => return Some(self.table_cause(drop)),
            DropReason::TtlExpired => self.circle(drop),
        };
        Some(About::Fact(fact))
    }

    /// Why a table had no way on: a change of it, something that the script cut, or nothing that is known.
    fn table_cause(&self, drop: &Drop) -> About {
        let to = self.destination(drop);
        if let (DropReason::BlackHole, Some(routes), Some(first)) = (drop.why, &self.routes, self.first_router(drop))
            && let Some(lure) = routes.lure(first.index(), drop.node.index(), to.index(), drop.time)
        {
            return lure;
        }
        let by_routing =
            self.routes.as_ref().map(|routes| routes.last_change(drop.node.index(), to.index(), drop.time));
        let cause = match by_routing {
            Some(change) => change.map(About::Change),
            None => {
                let until = self.point.events.partition_point(|event| Time::ZERO + event.at <= drop.time);
                let failed = (0..until).rev().find(|&at| is_failure(&self.point.events[at].what));
                failed.map(About::Script)
            }
        };
        cause.unwrap_or(About::Fact(Fact::NoEntry(drop.node, to)))
    }

    /// The router that a packet came to first: its host has one cable.
    fn first_router(&self, drop: &Drop) -> Option<NodeId> {
        let flow = &self.point.flows[drop.packet.end.flow];
        let from = if drop.packet.end.is_forward { flow.from } else { flow.to };
        self.lookup.links.iter().find(|link| link.from == from).map(|link| link.to)
    }

    /// The link that flips bits on the way of a packet, if it is one: all that flip bits, if the way is not known.
    fn link_with_bit_errors(&self, drop: &Drop) -> Option<LinkId> {
        let trip = self.lookup.trips.get(&(drop.packet.end, drop.packet.number)).map(|&at| &self.story.trips[at]);
        let links: Vec<LinkId> = match trip {
            Some(trip) => trip.hops.iter().map(|hop| hop.link).collect(),
            None => (0..self.lookup.links.len() as u32).map(LinkId).collect(),
        };
        let has_errors = |link: &LinkId| words::link_ref(*link).spec(&self.point.topology).bit_error_rate > 0.0;
        let mut found = links.into_iter().filter(has_errors);
        found.next().filter(|_| found.next().is_none())
    }

    /// The circle that a packet went in, by its way if that was recorded, else by the tables.
    fn circle(&self, drop: &Drop) -> Fact {
        let to = self.destination(drop).index();
        let trip = self.lookup.trips.get(&(drop.packet.end, drop.packet.number)).map(|&at| &self.story.trips[at]);
        let mut way: Vec<usize> = match (trip, &self.routes) {
            (Some(trip), _) => trip.hops.iter().map(|hop| self.lookup.links[hop.link.index()].to.index()).collect(),
            (None, Some(routes)) => routes.way(drop.node.index(), to, drop.time),
            (None, None) => Vec::new(),
        };
        // What lies between the last node and its last visit before.
        let last = way.pop();
        let before = way.iter().rposition(|&node| Some(node) == last);
        let mut nodes = before.map_or(Vec::new(), |before| way.split_off(before));
        if let Some(least) = (0..nodes.len()).min_by_key(|&at| nodes[at]) {
            nodes.rotate_left(least);
        }
        let closed_by = self.routes.as_ref().and_then(|routes| routes.turn_before(&nodes, to, drop.time));
        Fact::Circle(nodes, to, closed_by)
    }

    pub(super) fn circle_words(&self, nodes: &[usize], to: usize) -> String {
        let name = |node: usize| words::node(self.point, NodeId(node as u32));
        let to = name(to);
        if nodes.is_empty() {
            return format!("the way to {to} has more links than a time to live allows");
        }
        let next = nodes.iter().skip(1).chain(nodes.first());
        let hops: Vec<(&str, &str)> = nodes.iter().zip(next).map(|(&node, &next)| (name(node), name(next))).collect();
        let mut told: Vec<String> = hops.iter().map(|(node, next)| format!("{} to {next}", words::of(node))).collect();
        told[0] = format!("{} table led to {}", words::of(hops[0].0), hops[0].1);
        let last = told.pop().unwrap_or_default();
        let joined = if told.is_empty() { last } else { format!("{}, and {last}", told.join(", ")) };
        let circle: Vec<&str> = hops.iter().map(|(node, _)| *node).chain([hops[0].0]).collect();
        format!("packets to {to} went in a circle {} …: {joined}", circle.join(" -> "))
    }

    /// Why a queue was full: of the flows that waited there, those that matter.
    fn full_queue_cause(&self, drop: &Drop) -> Option<About> {
        let (link, own) = (drop.link()?, drop.packet.end.flow);
        let crowd = last_until(self.lookup.crowds.get(&link), drop.time, |at| self.story.crowds[at].time);
        let flows = crowd.map_or(Vec::new(), |crowd| self.waiting(crowd));
        match (crowd, flows.first()) {
            (Some(crowd), Some(&(most, packets))) => {
                let all: u32 = flows.iter().map(|&(_, packets)| packets).sum();
                match packets * 10 >= all * 9 {
                    true => self.pressure(link, &[(most, packets)], drop.time, None),
                    false => Some(About::Fact(Fact::Crowd(crowd))),
                }
            }
            (_, None) | (None, _) => self.pressure(link, &[(own, 1)], drop.time, None),
        }
    }

    /// Who waited, and how many packets of each, the most first.
    fn waiting(&self, crowd: usize) -> Vec<(usize, u32)> {
        let flows = self.story.crowds[crowd].flows.iter().filter(|(flow, _)| flow.index() < self.point.flows.len());
        let mut flows: Vec<(usize, u32)> = flows.map(|&(flow, packets)| (flow.index(), packets)).collect();
        flows.sort_by_key(|&(flow, packets)| (std::cmp::Reverse(packets), flow));
        flows
    }

    pub(super) fn crowd_cause(&self, crowd: usize) -> Option<About> {
        let at = &self.story.crowds[crowd];
        self.pressure(at.link, &self.waiting(crowd), at.time, Some(crowd))
    }

    /// Why flows had so many packets in the queue of a link.
    fn pressure(&self, link: LinkId, flows: &[(usize, u32)], time: Time, crowd: Option<usize>) -> Option<About> {
        let all: u32 = flows.iter().map(|&(_, packets)| packets).sum();
        let stubborn: Vec<(usize, u32)> = flows.iter().copied().filter(|&(flow, _)| self.is_stubborn(flow)).collect();
        if stubborn.iter().map(|&(_, packets)| packets).sum::<u32>() * 2 >= all {
            let mut flows: Vec<usize> = stubborn.into_iter().map(|(flow, _)| flow).collect();
            flows.sort_unstable();
            return Some(About::Fact(Fact::Offered(link, flows)));
        }
        let growing: Vec<(usize, u32)> =
            (flows.iter()).filter_map(|&(flow, packets)| Some((self.growth_of_flow(flow, time)?, packets))).collect();
        let is_doubling = |&&(stretch, packets): &&(usize, u32)| {
            let phase = self.story.stretches[stretch].phase;
            packets * 4 >= all && phase != SenderPhase::CongestionAvoidance
        };
        if let Some(&(stretch, _)) = growing.iter().find(is_doubling) {
            return Some(About::Fact(Fact::Growth(stretch)));
        }
        let mut main: Vec<usize> =
            growing.iter().filter(|(_, packets)| packets * 10 >= all).map(|&(stretch, _)| stretch).collect();
        let fact = match (main.as_slice(), crowd) {
            ([one], _) => Fact::Growth(*one),
            ([_, _] | [_, _, _], _) => {
                main.sort_unstable();
                Fact::GrowthOf(main)
            }
            (_, Some(crowd)) => Fact::AtOnce(crowd),
            (_, None) => Fact::FlowStart(flows.first()?.0),
        };
        Some(About::Fact(fact))
    }

    /// Whether a flow sends whatever becomes of its packets.
    fn is_stubborn(&self, flow: usize) -> bool {
        match &self.point.flows[flow].traffic {
            Traffic::Tcp { config, .. } => config.congestion_control.name() == "fixed_window",
            Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => true,
        }
    }

    /// In which stretch the window of a flow grew at a time or, if a loss was just being repaired, before.
    pub(super) fn growth_of_flow(&self, flow: usize, time: Time) -> Option<usize> {
        [true, false].into_iter().find_map(|is_forward| self.growth_of(End { flow, is_forward }, time))
    }

    pub(super) fn growth_of(&self, end: End, time: Time) -> Option<usize> {
        let stretches = self.lookup.stretches.get(&end)?;
        let until = stretches.partition_point(|&at| self.story.stretches[at].from <= time);
        stretches[..until].iter().rev().copied().find(|&at| match self.story.stretches[at].phase {
            SenderPhase::SlowStart | SenderPhase::CongestionAvoidance | SenderPhase::TimeoutRecovery => true,
            SenderPhase::FastRecovery | SenderPhase::Other => false,
        })
    }

    pub(super) fn crowd_words(&self, crowd: usize) -> String {
        let flows = self.waiting(crowd);
        let link = words::link(self.point, self.story.crowds[crowd].link);
        let all: u32 = flows.iter().map(|&(_, packets)| packets).sum();
        if flows.len() > 4 {
            return format!("{all} packets of {} flows waited at {link}", flows.len());
        }
        let name = |flow: usize| &self.point.flows[flow].name;
        let mut told: Vec<String> =
            flows.iter().map(|&(flow, packets)| format!("{packets} of {}", name(flow))).collect();
        if let Some(&(flow, packets)) = flows.first() {
            told[0] = format!("{packets} {} of {}", if packets == 1 { "packet" } else { "packets" }, name(flow));
        }
        format!("{} waited at {link}", words::list(&told))
    }

    pub(super) fn at_once_words(&self, crowd: usize) -> String {
        let flows = self.waiting(crowd);
        let time = self.story.crowds[crowd].time;
        let names: Vec<String> = flows.iter().map(|&(flow, _)| self.point.flows[flow].name.clone()).collect();
        let is_doubling = |&&(flow, _): &&(usize, u32)| {
            let stretch = self.growth_of_flow(flow, time).map(|stretch| self.story.stretches[stretch].phase);
            stretch.is_some_and(|phase| phase != SenderPhase::CongestionAvoidance)
        };
        let doubling = match flows.iter().filter(is_doubling).count() {
            0 => String::new(),
            all if all == flows.len() => ", all of them in slow start".to_owned(),
            some => format!(", {some} of them in slow start"),
        };
        let link = words::link(self.point, self.story.crowds[crowd].link);
        match flows.len() {
            few @ 1..=4 => {
                let together = if few == 1 { "" } else { " together" };
                format!("{}{together} sent more than {link} carries{doubling}", words::list(&names))
            }
            many => format!("{} flows sent at once: {}{doubling}", words::count(many as u64), words::list(&names)),
        }
    }

    pub(super) fn offered_words(&self, link: LinkId, flows: &[usize]) -> String {
        use protocols::udp::source::Config as Source;
        let names: Vec<String> = flows.iter().map(|&flow| self.point.flows[flow].name.clone()).collect();
        let (carries, _) = self.lookup.links[link.index()].at(self.fact_time(&Fact::Offered(link, flows.to_vec())));
        let rate = |flow: &usize| match &self.point.flows[*flow].traffic {
            Traffic::Udp(Source::Constant(source)) => source.rate.map(Rate::bps),
            Traffic::Udp(Source::Poisson(source)) => source.rate.map(Rate::bps),
            Traffic::Udp(Source::OnOff(source)) => source.rate.map(Rate::bps),
            Traffic::Udp(Source::Scheduled(_)) | Traffic::Ping(_) | Traffic::Rdt(_) | Traffic::Tcp { .. } => None,
        };
        let (verb, together) = if flows.len() == 1 { ("sends", "") } else { ("send", " together") };
        let who = words::list(&names);
        let name = words::link(self.point, link);
        if let Some(rates) = flows.iter().map(rate).collect::<Option<Vec<u64>>>() {
            let offered = Rate::from_bps(rates.iter().sum());
            let is_steady =
                |flow: &usize| matches!(&self.point.flows[*flow].traffic, Traffic::Udp(Source::Constant(_)));
            return match offered.bps() > carries.bps() {
                true => format!("{who} {verb} {offered}{together}, more than the {carries} that {name} carries"),
                false if flows.iter().all(is_steady) => {
                    format!("{who} {verb} {offered}{together} into {name}, whatever is lost")
                }
                false => format!("{who} {verb} {offered}{together} into {name}, in bursts"),
            };
        }
        match (flows, &self.point.flows[flows[0]].traffic) {
            ([_], Traffic::Rdt(config)) => {
                let window = words::count(u64::from(config.window()));
                format!("{who} keeps up to {window} packets under way, whatever is lost")
            }
            ([_], Traffic::Tcp { .. }) => format!("{who} keeps its window as it is, whatever is lost"),
            _ => format!("{who} {verb} into {name}, whatever is lost"),
        }
    }
}
