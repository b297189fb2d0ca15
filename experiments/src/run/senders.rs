//! What probes read of senders: windows, what they are about, and timers that expire.
//!
//! An agent has one probe. Charts want every change of a window; the report wants only what marks a turn: a cut, another
//! phase, a timer that expired. Both read the same, in another order.

use protocols::{rdt, tcp};
use sim_core::agent::Agent;
use sim_core::time::Duration;
use sim_core::trace::{Probe, Reading};

/// What a sender is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SenderPhase {
    /// Nothing of the following: not connected, or an algorithm that knows no such phases.
    #[default]
    Other,
    /// The window grows by what is acknowledged.
    SlowStart,
    /// The window probes slowly.
    CongestionAvoidance,
    /// A loss shown by duplicate acknowledgements is being repaired.
    FastRecovery,
    /// The timer expired: slow start fills the holes.
    TimeoutRecovery,
}

/// In the order of the numbers that probes give them.
const PHASES: [SenderPhase; 5] = [
    SenderPhase::Other,
    SenderPhase::SlowStart,
    SenderPhase::CongestionAvoidance,
    SenderPhase::FastRecovery,
    SenderPhase::TimeoutRecovery,
];

/// A TCP sender as a probe saw it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SenderReading {
    /// In bytes; zero while the connection is not open.
    pub cwnd: u64,
    /// In bytes, [`UNLIMITED`](protocols::congestion::UNLIMITED) if there is none.
    pub ssthresh: u64,
    pub phase: SenderPhase,
    pub fast_retransmits: u64,
    pub timeouts: u64,
    /// Windows cut in answer to marks.
    pub ecn_reductions: u64,
    pub tail_loss_probes: u64,
    /// The timeout that its timer is set with.
    pub rto: Duration,
    pub mss: u64,
}

impl SenderReading {
    fn of(agent: &dyn Agent, open: fn(&tcp::Endpoint) -> SenderPhase) -> Self {
        let agent: &dyn std::any::Any = agent;
        let Some(tcp) = agent.downcast_ref::<tcp::Endpoint>() else { return SenderReading::default() };
        let stats = tcp.stats();
        let is_open = stats.established_at.is_some() && stats.closed_at.is_none();
        let phase = match tcp.phase() {
            _ if !is_open => SenderPhase::Other,
            // Without fast recovery a loss is repaired by slow start itself.
            tcp::Phase::Open | tcp::Phase::GoBack => open(tcp),
            tcp::Phase::Fast => SenderPhase::FastRecovery,
            tcp::Phase::Timeout => SenderPhase::TimeoutRecovery,
        };
        SenderReading {
            cwnd: if is_open { tcp.cwnd() } else { 0 },
            ssthresh: tcp.ssthresh(),
            phase,
            fast_retransmits: stats.fast_retransmits,
            timeouts: stats.timeouts,
            ecn_reductions: stats.ecn_reductions,
            tail_loss_probes: stats.tail_loss_probes,
            rto: tcp.rto(),
            mss: tcp.mss(),
        }
    }

    /// For a probe that tells every change of the window.
    fn by_window(self) -> Reading {
        Reading {
            watched: [self.cwnd, self.ssthresh, self.phase as u64, self.fast_retransmits, self.timeouts],
            beside: [self.rto.picos(), self.ecn_reductions, self.tail_loss_probes, self.mss],
        }
    }

    /// For a probe that tells every turn.
    fn by_turn(self) -> Reading {
        let turns = [self.fast_retransmits, self.timeouts, self.ecn_reductions, self.tail_loss_probes];
        let [fast, timeouts, ecn, probes] = turns;
        Reading {
            watched: [self.phase as u64, fast, timeouts, ecn, probes],
            beside: [self.cwnd, self.ssthresh, self.rto.picos(), self.mss],
        }
    }

    /// What the probe of [`window_probe`] read.
    pub(crate) fn from_window(reading: &Reading) -> Self {
        let [cwnd, ssthresh, phase, fast_retransmits, timeouts] = reading.watched;
        let [rto, ecn_reductions, tail_loss_probes, mss] = reading.beside;
        let (phase, rto) = (PHASES[phase as usize], Duration::from_picos(rto));
        SenderReading { cwnd, ssthresh, phase, fast_retransmits, timeouts, ecn_reductions, tail_loss_probes, rto, mss }
    }

    /// What the probe of [`turn_probe`] read.
    pub(crate) fn from_turn(reading: &Reading) -> Self {
        let [phase, fast_retransmits, timeouts, ecn_reductions, tail_loss_probes] = reading.watched;
        let [cwnd, ssthresh, rto, mss] = reading.beside;
        let (phase, rto) = (PHASES[phase as usize], Duration::from_picos(rto));
        SenderReading { cwnd, ssthresh, phase, fast_retransmits, timeouts, ecn_reductions, tail_loss_probes, rto, mss }
    }
}

/// Tells every change of the window of a TCP endpoint.
pub(crate) fn window_probe(config: &tcp::Config) -> Probe {
    match has_phases(config) {
        true => |agent| SenderReading::of(agent, by_threshold).by_window(),
        false => |agent| SenderReading::of(agent, |_| SenderPhase::Other).by_window(),
    }
}

/// Tells every cut of the window of a TCP endpoint, every other phase, and every probe of the tail.
pub(crate) fn turn_probe(config: &tcp::Config) -> Probe {
    match has_phases(config) {
        true => |agent| SenderReading::of(agent, by_threshold).by_turn(),
        false => |agent| SenderReading::of(agent, |_| SenderPhase::Other).by_turn(),
    }
}

/// Tells every timer that expires at the sender of a textbook protocol: how many have, and beside it the timeout.
pub(crate) fn timer_probe(agent: &dyn Agent) -> Reading {
    let Some(sender) = rdt::SenderState::of(agent) else { return Reading::default() };
    Reading { watched: [sender.stats.timeouts, 0, 0, 0, 0], beside: [sender.timeout.picos(), 0, 0, 0] }
}

/// Whether the algorithm has slow start and congestion avoidance, told apart by a threshold. Not those whose window
/// never changes, or follows a model of the path.
fn has_phases(config: &tcp::Config) -> bool {
    let name = config.congestion_control.name();
    name != "fixed_window" && !name.starts_with("bbr")
}

fn by_threshold(tcp: &tcp::Endpoint) -> SenderPhase {
    match tcp.cwnd() < tcp.ssthresh() {
        true => SenderPhase::SlowStart,
        false => SenderPhase::CongestionAvoidance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_numbered_as_they_are_listed() {
        for (number, phase) in PHASES.into_iter().enumerate() {
            assert_eq!(phase as usize, number);
        }
    }

    #[test]
    fn both_probes_tell_the_same() {
        let reading = SenderReading {
            cwnd: 1,
            ssthresh: 2,
            phase: SenderPhase::FastRecovery,
            fast_retransmits: 3,
            timeouts: 4,
            ecn_reductions: 5,
            tail_loss_probes: 6,
            rto: Duration::from_secs(7),
            mss: 8,
        };
        assert_eq!(SenderReading::from_window(&reading.by_window()), reading);
        assert_eq!(SenderReading::from_turn(&reading.by_turn()), reading);
    }
}
