//! Why packets were sent again, why windows were cut, and how they had grown.

use protocols::tcp;
use sim_core::ids::LinkId;
use sim_core::packet::RdtHeader;
use sim_core::queue::{QueueLimit, QueueSpec};
use sim_core::time::Time;
use sim_core::trace::Header;
use sim_core::units::Bytes;

use super::lookup::{Part, last_until};
use super::{About, Explainer, Fact, words};
use crate::file::plan::{RunPoint, Traffic};
use crate::run::senders::SenderPhase;
use crate::run::story::turns::{Cut, CutFor};
use crate::run::story::{Again, End};

/// What made a sender send something again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    /// A cut, and this is the first that it makes the sender send again.
    Cut(usize),
    /// A cut, and this is a further one.
    AfterCut(usize),
    /// A timer of a textbook protocol, and the first of that.
    Timer(usize),
    /// The same, a further one.
    AfterTimer(usize),
    /// A probe of the tail.
    Probe,
    /// Nobody followed the sender.
    Unknown,
}

impl Explainer<'_> {
    fn trigger(&self, at: usize) -> Trigger {
        let again = &self.story.again[at];
        let (end, time) = (again.packet.end, again.time);
        let story = self.story;
        let probes = &story.tail_probes[story.tail_probes.partition_point(|probe| probe.time < time)..];
        if probes.iter().take_while(|probe| probe.time == time).any(|probe| probe.end == end) {
            return Trigger::Probe;
        }
        // The first that was sent again since then.
        let is_first = |since: Time| {
            let before = self.lookup.again.get(&end).and_then(|list| {
                let place = list.partition_point(|&other| other < at);
                Some(story.again[*list.get(place.checked_sub(1)?)?].time)
            });
            before.is_none_or(|before| before < since)
        };
        if let Some(timer) = last_until(self.lookup.expiries.get(&end), time, |at| story.expiries[at].time) {
            let is_first = is_first(story.expiries[timer].time);
            return if is_first { Trigger::Timer(timer) } else { Trigger::AfterTimer(timer) };
        }
        let cuts = self.lookup.cuts.get(&end);
        let Some(cut) = last_until(cuts, time, |at| story.cuts[at].time) else { return Trigger::Unknown };
        match story.cuts[cut].what {
            // Nothing is sent again for marks.
            CutFor::Marks => {
                match cuts.and_then(|cuts| cuts.iter().rev().find(|&&at| at < cut && self.is_for_loss(at))) {
                    Some(&before) => Trigger::AfterCut(before),
                    None => Trigger::Unknown,
                }
            }
            CutFor::FastRetransmit | CutFor::Timeout(_) => {
                if is_first(story.cuts[cut].time) {
                    Trigger::Cut(cut)
                } else {
                    Trigger::AfterCut(cut)
                }
            }
        }
    }

    fn is_for_loss(&self, cut: usize) -> bool {
        self.story.cuts[cut].what != CutFor::Marks
    }

    /// The drop of an earlier copy of what was sent again, the last before.
    fn drop_before(&self, again: &Again) -> Option<usize> {
        let drops = self.lookup.drops.get(&(again.packet.end, Part::of(&again.packet)))?;
        let is_earlier = |drop: &&usize| {
            let drop = &self.story.drops[**drop];
            drop.time <= again.time && drop.packet.copy < again.packet.copy
        };
        drops.iter().rev().find(is_earlier).copied()
    }

    /// The drop of an acknowledgement that would have spoken for what was sent again.
    fn ack_lost_before(&self, again: &Again) -> Option<usize> {
        let End { flow, is_forward } = again.packet.end;
        let acks = self.lookup.acks.get(&End { flow, is_forward: !is_forward })?;
        let until = acks.partition_point(|&at| self.story.drops[at].time <= again.time);
        acks[..until].iter().rev().copied().find(|&at| self.speaks_for(at, again))
    }

    fn speaks_for(&self, ack: usize, again: &Again) -> bool {
        match (&self.story.drops[ack].packet.header, &again.packet.header) {
            // Beyond its first byte, by wrapping arithmetic.
            (Header::Tcp(ack), Header::Tcp(data)) => {
                ack.acknowledgment.wrapping_sub(data.sequence).wrapping_sub(1) < 1 << 31
            }
            (Header::Rdt(ack), Header::Rdt(data)) => self.rdt_speaks_for(ack, data, again.packet.end.flow),
            _ => false,
        }
    }

    /// Go-Back-N acknowledges all up to a packet, the others one.
    fn rdt_speaks_for(&self, ack: &RdtHeader, data: &RdtHeader, flow: usize) -> bool {
        match &self.point.flows[flow].traffic {
            Traffic::Rdt(protocols::rdt::Config::GoBackN(_)) => ack.message >= data.message,
            Traffic::Rdt(_) | Traffic::Tcp { .. } | Traffic::Udp(_) | Traffic::Ping(_) => ack.message == data.message,
        }
    }

    /// What was the matter with something that was sent again: its loss, that of its acknowledgement, or nothing.
    fn matter(&self, at: usize) -> About {
        let again = &self.story.again[at];
        if let Some(drop) = self.drop_before(again) {
            return About::Drop(drop);
        }
        About::Fact(match self.ack_lost_before(again) {
            Some(drop) => Fact::AckLost(drop, at),
            None => Fact::NothingLost(at),
        })
    }

    pub(super) fn again_cause(&self, at: usize) -> Option<About> {
        let own = || self.drop_before(&self.story.again[at]).map(About::Drop);
        Some(match self.trigger(at) {
            Trigger::Cut(cut) => About::Cut(cut),
            Trigger::AfterCut(cut) => own().unwrap_or(About::Cut(cut)),
            Trigger::Timer(timer) | Trigger::AfterTimer(timer) => About::Fact(Fact::Expiry(timer)),
            Trigger::Probe | Trigger::Unknown => self.matter(at),
        })
    }

    pub(super) fn again_words(&self, at: usize) -> String {
        let again = &self.story.again[at];
        let packet = &again.packet;
        let flow = &self.point.flows[packet.end.flow];
        let what = match Part::of(packet) {
            Part::Syn | Part::Fin => format!("its {}", words::part(packet)),
            Part::Data(_) | Part::Ack | Part::Other => words::part(packet),
        };
        let copy = if packet.copy > 2 { format!(" (copy {})", packet.copy) } else { String::new() };
        let was_dropped = self.drop_before(again).is_some();
        let why = match self.trigger(at) {
            Trigger::Cut(cut) => self.trigger_words(&self.story.cuts[cut]),
            Trigger::AfterCut(cut) => {
                let is_timeout = matches!(self.story.cuts[cut].what, CutFor::Timeout(_));
                match (is_timeout, was_dropped) {
                    (true, true) => "it was still missing when the timer had expired".to_owned(),
                    (true, false) => {
                        "after its timer had expired it sends all again that is not acknowledged".to_owned()
                    }
                    (false, true) => "it was missing, too".to_owned(),
                    (false, false) => "it was taken for lost, too".to_owned(),
                }
            }
            Trigger::Timer(timer) => {
                format!("its timer of {} expired", words::seconds(self.story.expiries[timer].after))
            }
            Trigger::AfterTimer(timer) => match self.first_after(packet.end, self.story.expiries[timer].time) {
                Some(first) => {
                    format!("all is sent again from {} on", words::part(&self.story.again[first].packet))
                }
                None => "its timer had expired".to_owned(),
            },
            Trigger::Probe => "for long no ACK had come, so it probed".to_owned(),
            Trigger::Unknown if was_dropped => "it was missing".to_owned(),
            Trigger::Unknown => "it had not been acknowledged".to_owned(),
        };
        format!("{} sent {what} again{copy}: {why}", self.sender_name(packet.end, &flow.name))
    }

    /// A flow's sender is called as the flow; what its receiver sends is said of that.
    fn sender_name(&self, end: End, flow: &str) -> String {
        match end.is_forward {
            true => flow.to_owned(),
            false => format!("the receiver of {flow}"),
        }
    }

    /// What a cut was for, as a reason.
    fn trigger_words(&self, cut: &Cut) -> String {
        match cut.what {
            CutFor::FastRetransmit => match self.tcp(cut.end) {
                Some(config) if config.sack && config.loss_detection == tcp::LossDetection::Rack => {
                    "segments sent after it had arrived".to_owned()
                }
                config => {
                    let threshold = config.map_or(3, |config| config.duplicate_ack_threshold);
                    format!("{} duplicate ACKs", words::count(threshold.into()))
                }
            },
            CutFor::Timeout(after) => format!("its timer of {} expired", words::seconds(after)),
            CutFor::Marks => "packets had been marked (ECN)".to_owned(),
        }
    }

    fn tcp(&self, end: End) -> Option<&tcp::Config> {
        match &self.point.flows[end.flow].traffic {
            Traffic::Tcp { config, .. } => Some(config),
            Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => None,
        }
    }

    pub(super) fn cut_words(&self, at: usize) -> String {
        let cut = &self.story.cuts[at];
        let name = self.sender_name(cut.end, &self.point.flows[cut.end.flow].name);
        let (before, after) = (words::packets(cut.before, cut.mss), words::window(cut.after, cut.mss));
        let is_same = cut.before == cut.after;
        match cut.what {
            CutFor::Timeout(expired) => {
                let timer = format!("{} timer of {} expired", words::of(&name), words::seconds(expired));
                match cut.before {
                    0 => format!("{timer}: its SYN was not answered"),
                    _ if is_same => format!("{timer}: its window stayed at {after}"),
                    _ => format!("{timer}: its window fell from {before} to {after}"),
                }
            }
            CutFor::FastRetransmit | CutFor::Marks => {
                let why = self.trigger_words(cut);
                // One segment of those that had arrived has a place in the words for what was sent again only.
                let why = why.replace("sent after it", "sent after a missing one");
                match is_same {
                    true => format!("{name} left its window at {after}: {why}"),
                    false => format!("{name} cut its window from {before} to {after}: {why}"),
                }
            }
        }
    }

    /// The first packet that an end sent again from a time on.
    fn first_after(&self, end: End, time: Time) -> Option<usize> {
        let list = self.lookup.again.get(&end)?;
        list.get(list.partition_point(|&at| self.story.again[at].time < time)).copied()
    }

    pub(super) fn cut_cause(&self, number: usize) -> Option<About> {
        let cut = &self.story.cuts[number];
        if cut.what == CutFor::Marks {
            // The cut itself may have begun another stretch.
            let before = Time::from_picos(cut.time.picos().saturating_sub(1));
            let stretch = self.growth_of(cut.end, before).map(Fact::Marks);
            return Some(About::Fact(stretch.unwrap_or(Fact::FlowStart(cut.end.flow))));
        }
        let again = self.first_after(cut.end, cut.time).filter(|&at| self.trigger(at) == Trigger::Cut(number));
        let matter = again.map(|again| self.matter(again)).filter(|matter| self.time(matter) <= cut.time);
        // A sender that had nothing left to send again was told of a loss all the same.
        let matter = matter.or_else(|| self.last_drop_of(cut.end, cut.time).map(About::Drop));
        Some(matter.unwrap_or(About::Fact(Fact::FlowStart(cut.end.flow))))
    }

    fn last_drop_of(&self, end: End, time: Time) -> Option<usize> {
        let of_end = self.lookup.drops.range((end, Part::Data(0))..=(end, Part::Other));
        of_end.filter_map(|(_, drops)| last_until(Some(drops), time, |at| self.story.drops[at].time)).max()
    }

    pub(super) fn nothing_lost_words(&self, at: usize) -> String {
        let again = &self.story.again[at];
        let what = words::part(&again.packet);
        match self.trigger(at) {
            Trigger::Cut(cut) if self.story.cuts[cut].what == CutFor::FastRetransmit => {
                format!("{what} was not lost: others had overtaken it")
            }
            Trigger::Cut(_) | Trigger::AfterCut(_) | Trigger::Timer(_) | Trigger::AfterTimer(_) => {
                format!("{what} was not lost: its ACK took longer than the timer allows")
            }
            Trigger::Probe | Trigger::Unknown => format!("{what} was not lost: its ACK took long"),
        }
    }

    /// The growth of the window that lengthened the queue, or the flow itself.
    pub(super) fn nothing_lost_cause(&self, at: usize) -> Option<About> {
        Some(About::Fact(Fact::FlowStart(self.story.again[at].packet.end.flow)))
    }

    pub(super) fn expiry_words(&self, at: usize) -> String {
        let expiry = &self.story.expiries[at];
        let timer = format!(
            "{} timer of {} expired",
            words::of(&self.point.flows[expiry.end.flow].name),
            words::seconds(expiry.after)
        );
        match self.first_after(expiry.end, expiry.time) {
            Some(again) => format!("{timer}: {} was not acknowledged", words::part(&self.story.again[again].packet)),
            None => timer,
        }
    }

    pub(super) fn expiry_cause(&self, at: usize) -> Option<About> {
        let expiry = &self.story.expiries[at];
        let cause = self.first_after(expiry.end, expiry.time).map(|again| self.matter(again));
        let is_earlier = |cause: &About| self.time(cause) <= expiry.time;
        Some(cause.filter(is_earlier).unwrap_or(About::Fact(Fact::FlowStart(expiry.end.flow))))
    }

    /// How a window grew in a stretch, and what it grew into.
    pub(super) fn growth_words(&self, at: usize) -> String {
        let stretch = &self.story.stretches[at];
        let room = self.room(stretch.end, stretch.until);
        let name = self.sender_name(stretch.end, &self.point.flows[stretch.end.flow].name);
        let to = words::window(stretch.cwnd[1], stretch.mss);
        match stretch.phase {
            SenderPhase::CongestionAvoidance => {
                let until = room.map_or_else(
                    || "until packets were dropped".to_owned(),
                    |(path, queue)| format!("until path ({path}) and queue ({queue}) were full"),
                );
                format!("since {} {name} {}, {until}", words::moment(stretch.from), self.avoidance_words(stretch.end))
            }
            SenderPhase::SlowStart | SenderPhase::TimeoutRecovery | SenderPhase::FastRecovery | SenderPhase::Other => {
                let again = if self.timeout_at(stretch.end, stretch.from).is_some() { " again" } else { "" };
                let room = room
                    .map_or_else(String::new, |(path, queue)| format!("; the path holds {path} and the queue {queue}"));
                format!("{name} was in slow start{again}: its window doubled each round trip, to {to}{room}")
            }
        }
    }

    /// The same of several.
    pub(super) fn growths_words(&self, stretches: &[usize]) -> String {
        let of = |&at: &usize| &self.story.stretches[at];
        let names: Vec<String> = (stretches.iter().map(of))
            .map(|stretch| {
                let name = self.sender_name(stretch.end, &self.point.flows[stretch.end.flow].name);
                match stretch.phase {
                    SenderPhase::CongestionAvoidance => format!("{name} since {}", words::moment(stretch.from)),
                    SenderPhase::SlowStart
                    | SenderPhase::TimeoutRecovery
                    | SenderPhase::FastRecovery
                    | SenderPhase::Other => format!("{name} in slow start"),
                }
            })
            .collect();
        let room = stretches.first().and_then(|at| self.room(of(at).end, of(at).until));
        let until = room.map_or_else(
            || "until packets were dropped".to_owned(),
            |(path, queue)| format!("until path ({path}) and queue ({queue}) were full"),
        );
        let are_alike = stretches.iter().map(|at| self.avoidance_words(of(at).end)).collect::<Vec<_>>();
        let how = match are_alike.iter().all(|one| *one == are_alike[0]) && are_alike[0] == ONE_MORE {
            true => "each sent one packet more each round trip",
            false => "each let its window grow",
        };
        format!("{} {how}, {until}", words::list(&names))
    }

    /// How a window grows beyond slow start.
    fn avoidance_words(&self, end: End) -> &'static str {
        match self.tcp(end).map_or("", |config| config.congestion_control.name()) {
            "reno" | "new_reno" | "tahoe" | "dctcp" | "westwood" => ONE_MORE,
            "cubic" => "let its window grow along its cubic curve",
            _ => "let its window grow",
        }
    }

    /// The timeout that a sender had at this very moment.
    fn timeout_at(&self, end: End, time: Time) -> Option<usize> {
        let cut = last_until(self.lookup.cuts.get(&end), time, |at| self.story.cuts[at].time)?;
        let cut_was = &self.story.cuts[cut];
        (cut_was.time == time && matches!(cut_was.what, CutFor::Timeout(_)) && cut_was.before > 0).then_some(cut)
    }

    pub(super) fn growth_cause(&self, at: usize) -> Option<About> {
        let stretch = &self.story.stretches[at];
        let began_by = match stretch.phase {
            SenderPhase::SlowStart | SenderPhase::TimeoutRecovery => self.timeout_at(stretch.end, stretch.from),
            SenderPhase::CongestionAvoidance | SenderPhase::FastRecovery | SenderPhase::Other => None,
        };
        let start = About::Fact(Fact::FlowStart(stretch.end.flow));
        Some(began_by.map_or(start, About::Cut))
    }

    pub(super) fn marks_words(&self, at: usize) -> String {
        let stretch = &self.story.stretches[at];
        let marking = |link: &LinkId| Some((*link, marks_from(self.point, *link)?));
        let way = self.lookup.way(stretch.end, stretch.until);
        match way.and_then(|way| way.links.iter().find_map(marking)) {
            Some((link, threshold)) => {
                let link = words::link(self.point, link);
                format!("{link} marks packets that find more than {threshold} waiting (ECN)")
            }
            None => "routers mark packets when their queues grow (ECN)".to_owned(),
        }
    }

    /// How many packets of a sender its path and the queue at its slowest link hold at a time, as far as that is known.
    fn room(&self, end: End, time: Time) -> Option<(u64, String)> {
        let back = End { is_forward: !end.is_forward, ..end };
        let (there, back) = (self.lookup.way(end, time)?, self.lookup.way(back, time)?);
        let links = &self.lookup.links;
        // Of equally slow links that where packets have waited.
        let is_idle = |link: &LinkId| !self.lookup.crowds.contains_key(link) && marks_from(self.point, *link).is_none();
        let slowness = |link: &&LinkId| (links[link.index()].at(time).0.bps(), is_idle(link));
        let slowest = *there.links.iter().min_by_key(slowness)?;
        let (rate, _) = links[slowest.index()].at(time);
        let on_wire = u64::from(there.largest.0) + links[slowest.index()].overhead.get();
        let path = rate.bytes_in(there.largest.1 + back.largest.1).get() / on_wire.max(1);
        let queue = match words::link_ref(slowest).spec(&self.point.topology).queue.limit()? {
            QueueLimit::Packets(most) => most.to_string(),
            QueueLimit::Bytes(Bytes(most)) => (most / u64::from(there.largest.0).max(1)).to_string(),
            QueueLimit::MilliBdp(_) | QueueLimit::Unlimited => return None,
        };
        Some((path, queue))
    }
}

/// How much may wait before a link marks packets, if it does.
fn marks_from(point: &RunPoint, link: LinkId) -> Option<QueueLimit> {
    match &words::link_ref(link).spec(&point.topology).queue {
        QueueSpec::StepMarking(config) => Some(config.threshold),
        QueueSpec::DropTail(_) => None,
    }
}

/// Additive increase.
const ONE_MORE: &str = "sent one packet more each round trip";
