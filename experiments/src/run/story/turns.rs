//! Turns of senders: when a window was cut and for what, what the sender was about before and after, and timers that
//! expired.

use std::collections::{BTreeMap, BTreeSet};

use protocols::tcp;
use sim_core::ids::AgentId;
use sim_core::simulation::Simulation;
use sim_core::time::{Duration, Time};
use sim_core::trace::Observation;

use super::{End, Story};
use crate::file::plan::{PlannedFlow, RunPoint, Traffic};
use crate::file::spec::Server;
use crate::run::build::FlowAgents;
use crate::run::senders::{SenderPhase, SenderReading, timer_probe, turn_probe};

/// Senders of more flows are not followed.
const MOST_FOLLOWED: usize = 64;
/// More cuts are counted, not kept; as many stretches, timers and probes.
const MOST_TURNS: usize = 20_000;
/// Set in the number of a probe at a flow's receiver.
const RECEIVER: u32 = 1 << 31;

/// A window was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// When.
    pub time: Time,
    /// By which sender.
    pub end: End,
    /// For what.
    pub what: CutFor,
    /// The window until then, in bytes; zero before the connection is open.
    pub before: u64,
    /// The window that the cut aims at, in bytes: in fast recovery that which remains when all is repaired.
    pub after: u64,
    /// The slow start threshold from then on, in bytes, if there is one.
    pub ssthresh: Option<u64>,
    /// Bytes of a segment.
    pub mss: u64,
}

/// Why a window was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutFor {
    /// Acknowledgements showed a loss.
    FastRetransmit,
    /// The timer expired, after this time.
    Timeout(Duration),
    /// Marks signalled congestion (ECN).
    Marks,
}

/// A timer of a textbook protocol expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// When.
    pub time: Time,
    /// At which sender.
    pub end: End,
    /// What it had been set to.
    pub after: Duration,
}

/// The tail was probed (RFC 8985 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TailProbe {
    /// When.
    pub time: Time,
    /// By which sender.
    pub end: End,
}

/// A stretch of time in which a sender was about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Which sender.
    pub end: End,
    /// From when on.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// About what.
    pub phase: SenderPhase,
    /// The window at the beginning and at the end, in bytes.
    pub cwnd: [u64; 2],
    /// Bytes of a segment.
    pub mss: u64,
}

/// In which order a probe's numbers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// A chart's probe.
    Window,
    /// Our own.
    Turn,
    /// Our own, at a textbook protocol.
    Timer,
}

/// A sender that is followed.
#[derive(Debug)]
struct Followed {
    agent: AgentId,
    layout: Layout,
    last: SenderReading,
    /// When the present phase began, with which window.
    since: (Time, u64),
}

/// Follows senders while a run goes on.
#[derive(Debug)]
pub(super) struct Turns {
    /// By the number of their probe.
    followed: BTreeMap<u32, Followed>,
    pub(super) unfollowed: usize,
}

impl Turns {
    /// Watches senders, but for those in `charted`, which are watched already.
    pub(super) fn new(
        point: &RunPoint,
        agents: &[FlowAgents],
        charted: &BTreeSet<usize>,
        simulation: &mut Simulation,
    ) -> Self {
        let mut turns = Turns { followed: BTreeMap::new(), unfollowed: 0 };
        for (at, (flow, agents)) in point.flows.iter().zip(agents).enumerate() {
            let layouts = layouts(flow, charted.contains(&at));
            if layouts.is_empty() {
                continue;
            }
            if flow.is_arrival || turns.followed.len() >= MOST_FOLLOWED {
                turns.unfollowed += 1;
                continue;
            }
            for (is_forward, layout) in layouts {
                let end = End { flow: at, is_forward };
                turns.follow(flow, end, layout, if is_forward { agents.sender } else { agents.receiver }, simulation);
            }
        }
        turns
    }

    fn follow(&mut self, flow: &PlannedFlow, end: End, layout: Layout, agent: AgentId, simulation: &mut Simulation) {
        let number = number(end);
        let probe = match (layout, &flow.traffic) {
            (Layout::Window, _) => None,
            (Layout::Turn, Traffic::Tcp { config, .. }) => Some(turn_probe(config)),
            (Layout::Turn | Layout::Timer, _) => Some(timer_probe as _),
        };
        if probe.is_some() {
            simulation.watch(agent, number, probe);
        }
        let followed = Followed { agent, layout, last: SenderReading::default(), since: (Time::ZERO, 0) };
        self.followed.entry(number).and_modify(|known| known.layout = layout).or_insert(followed);
    }

    pub(super) fn take_over(
        &mut self,
        point: &RunPoint,
        flow: usize,
        agents: &FlowAgents,
        simulation: &mut Simulation,
    ) {
        let end = End { flow, is_forward: true };
        self.follow(&point.flows[flow], end, Layout::Turn, agents.sender, simulation);
    }

    pub(super) fn observe(&mut self, seen: &[Observation], story: &mut Story) {
        for seen in seen {
            let Some(followed) = self.followed.get_mut(&seen.number) else { continue };
            let end = end(seen.number);
            let (before, after) = match followed.layout {
                Layout::Window => (SenderReading::from_window(&seen.before), SenderReading::from_window(&seen.after)),
                Layout::Turn => (SenderReading::from_turn(&seen.before), SenderReading::from_turn(&seen.after)),
                Layout::Timer => {
                    let after = Duration::from_picos(seen.before.beside[0]);
                    let expiry = Expiry { time: seen.time, end, after };
                    keep(&mut story.expiries, expiry, &mut story.turns_left_out);
                    continue;
                }
            };
            for what in cuts(&before, &after) {
                let cut = cut(seen.time, end, what, &before, &after);
                keep(&mut story.cuts, cut, &mut story.turns_left_out);
            }
            if after.tail_loss_probes > before.tail_loss_probes {
                keep(&mut story.tail_probes, TailProbe { time: seen.time, end }, &mut story.turns_left_out);
            }
            if after.phase != followed.last.phase {
                // The window before this very change is the last of the phase.
                followed.end_stretch(seen.time, end, before.cwnd, story);
                followed.since = (seen.time, after.cwnd);
            }
            followed.last = after;
        }
    }

    /// The run is over.
    pub(super) fn finish(self, simulation: &Simulation, story: &mut Story) {
        for (number, mut followed) in self.followed {
            // The last reading may be old: it is of the last turn.
            let cwnd = simulation.agent(followed.agent).map_or(0, tcp::Endpoint::cwnd);
            followed.end_stretch(simulation.now(), end(number), cwnd, story);
        }
        story.stretches.sort_by_key(|stretch| (stretch.end, stretch.from));
    }
}

impl Followed {
    fn end_stretch(&mut self, until: Time, end: End, cwnd: u64, story: &mut Story) {
        let SenderReading { phase, mss, .. } = self.last;
        let (from, first) = self.since;
        if phase != SenderPhase::Other {
            let stretch = Stretch { end, from, until, phase, cwnd: [first, cwnd], mss };
            keep(&mut story.stretches, stretch, &mut story.turns_left_out);
        }
    }
}

/// Which ends of a flow have windows or timers of their own, and how their probes tell.
fn layouts(flow: &PlannedFlow, is_charted: bool) -> Vec<(bool, Layout)> {
    match &flow.traffic {
        Traffic::Tcp { workload, server, .. } => {
            let answers = workload.dialogue.is_some() || matches!(server, Server::Sends(_));
            let sender = if is_charted { Layout::Window } else { Layout::Turn };
            [(true, sender), (false, Layout::Turn)].into_iter().take(if answers { 2 } else { 1 }).collect()
        }
        Traffic::Rdt(_) => vec![(true, Layout::Timer)],
        Traffic::Udp(_) | Traffic::Ping(_) => Vec::new(),
    }
}

/// What a change between two readings was cut for, each as often as it was counted.
fn cuts(before: &SenderReading, after: &SenderReading) -> impl Iterator<Item = CutFor> {
    let times = |what, before: u64, after: u64| std::iter::repeat_n(what, after.saturating_sub(before) as usize);
    times(CutFor::FastRetransmit, before.fast_retransmits, after.fast_retransmits)
        .chain(times(CutFor::Timeout(before.rto), before.timeouts, after.timeouts))
        .chain(times(CutFor::Marks, before.ecn_reductions, after.ecn_reductions))
}

fn cut(time: Time, end: End, what: CutFor, before: &SenderReading, after: &SenderReading) -> Cut {
    let ssthresh = Some(after.ssthresh).filter(|&ssthresh| ssthresh != protocols::congestion::UNLIMITED);
    // While a loss is repaired, cwnd stands for what has left the network too.
    let aims_at = match what {
        // The connection was closed at the same moment.
        _ if after.cwnd == 0 => ssthresh.unwrap_or(before.cwnd).min(before.cwnd),
        CutFor::FastRetransmit => ssthresh.map_or(after.cwnd, |ssthresh| ssthresh.min(after.cwnd)),
        CutFor::Timeout(_) | CutFor::Marks => after.cwnd,
    };
    Cut { time, end, what, before: before.cwnd, after: aims_at, ssthresh, mss: after.mss }
}

fn number(end: End) -> u32 {
    end.flow as u32 | if end.is_forward { 0 } else { RECEIVER }
}

fn end(number: u32) -> End {
    End { flow: (number & !RECEIVER) as usize, is_forward: number & RECEIVER == 0 }
}

fn keep<T>(list: &mut Vec<T>, one: T, left_out: &mut u64) {
    if list.len() < MOST_TURNS { list.push(one) } else { *left_out += 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READING: SenderReading = SenderReading {
        cwnd: 20_000,
        ssthresh: u64::MAX,
        phase: SenderPhase::SlowStart,
        fast_retransmits: 0,
        timeouts: 0,
        ecn_reductions: 0,
        tail_loss_probes: 0,
        rto: Duration::from_secs(1),
        mss: 1_000,
    };

    #[test]
    fn a_fast_retransmit_aims_at_the_threshold_and_a_timeout_at_one_segment() {
        let fast = SenderReading { fast_retransmits: 1, ssthresh: 10_000, cwnd: 13_000, ..READING };
        let found: Vec<CutFor> = cuts(&READING, &fast).collect();
        assert_eq!(found, [CutFor::FastRetransmit]);
        let end = End { flow: 0, is_forward: true };
        let made = cut(Time::ZERO, end, found[0], &READING, &fast);
        assert_eq!((made.before, made.after, made.ssthresh), (20_000, 10_000, Some(10_000)));
        let expired = SenderReading { timeouts: 1, ssthresh: 10_000, cwnd: 1_000, ..READING };
        assert_eq!(cuts(&READING, &expired).collect::<Vec<_>>(), [CutFor::Timeout(Duration::from_secs(1))]);
    }

    #[test]
    fn numbers_of_probes_tell_flow_and_end() {
        for one in [End { flow: 3, is_forward: true }, End { flow: 3, is_forward: false }] {
            assert_eq!(end(number(one)), one);
        }
    }
}
