//! Any of the three protocols, as a flow has one of them.

use std::any::Any;
use std::fmt;

use sim_core::agent::Agent;
use sim_core::ids::AgentId;
use sim_core::packet::Endpoints;
use sim_core::simulation::Simulation;
use sim_core::time::Duration;

use super::machine::{Receiver, Sender};
use super::{GoBackN, ReceivingEnd, SelectiveRepeat, SendingEnd, StopAndWait, Transfer};
use super::{ReceiverStats, SenderStats, go_back_n, selective_repeat, stop_and_wait};
use crate::invalid::InvalidConfig;

/// A protocol with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Config {
    /// One packet at a time.
    StopAndWait(StopAndWait),
    /// A window that is sent again from the first packet lost.
    GoBackN(GoBackN),
    /// A window of which only what is lost is sent again.
    SelectiveRepeat(SelectiveRepeat),
}

/// What can be read of a sending end.
#[derive(Clone, Copy, Debug)]
pub struct SenderState<'a> {
    /// What it has counted.
    pub stats: &'a SenderStats,
    /// Messages sent and not known to have arrived.
    pub under_way: u64,
    /// How long it waits for an ACK now.
    pub timeout: Duration,
    /// The smoothed round-trip time of an adaptive timeout.
    pub srtt: Option<Duration>,
}

impl<'a> SenderState<'a> {
    /// Reads an agent, if it is the sending end of one of the three protocols.
    pub fn of(agent: &'a dyn Agent) -> Option<Self> {
        fn read<M: Sender + 'static>(agent: &dyn Any) -> Option<SenderState<'_>> {
            agent.downcast_ref::<SendingEnd<M>>().map(state_of)
        }
        let agent: &dyn Any = agent;
        read::<stop_and_wait::Sender>(agent)
            .or_else(|| read::<go_back_n::Sender>(agent))
            .or_else(|| read::<selective_repeat::Sender>(agent))
    }
}

/// What can be read of a receiving end.
#[derive(Clone, Copy, Debug)]
pub struct ReceiverState<'a> {
    /// What it has counted.
    pub stats: &'a ReceiverStats,
    /// Whether all messages of a transfer that has an end are delivered, each where it belongs.
    pub is_complete: bool,
}

impl Config {
    /// Its name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Config::StopAndWait(_) => "stop_and_wait",
            Config::GoBackN(_) => "go_back_n",
            Config::SelectiveRepeat(_) => "selective_repeat",
        }
    }

    /// What is sent, and how.
    pub fn transfer(&self) -> &Transfer {
        match self {
            Config::StopAndWait(config) => &config.transfer,
            Config::GoBackN(config) => &config.transfer,
            Config::SelectiveRepeat(config) => &config.transfer,
        }
    }

    /// Whether it can work with its values; a sequence space that is too small is no mistake.
    ///
    /// # Errors
    /// Names the first field it cannot work with, and why.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        match self {
            Config::StopAndWait(config) => config.check(),
            Config::GoBackN(config) => config.check(),
            Config::SelectiveRepeat(config) => config.check(),
        }
    }

    /// Most packets sent and not acknowledged.
    pub fn window(&self) -> u32 {
        match self {
            Config::StopAndWait(_) => 1,
            Config::GoBackN(config) => config.window,
            Config::SelectiveRepeat(config) => config.window,
        }
    }

    /// How many different sequence numbers there are.
    pub fn space(&self) -> u64 {
        match self {
            Config::StopAndWait(config) => config.sequence_space,
            Config::GoBackN(config) => config.space(),
            Config::SelectiveRepeat(config) => config.space(),
        }
    }

    /// The least sequence space with which it is reliable over a channel that keeps the order.
    pub fn least_space(&self) -> u64 {
        match self {
            Config::StopAndWait(config) => config.least_space(),
            Config::GoBackN(config) => config.least_space(),
            Config::SelectiveRepeat(config) => config.least_space(),
        }
    }

    /// The sending end, at our end of `there`, and the receiving end, at our end of `back`.
    pub fn agents(&self, there: Endpoints, back: Endpoints) -> (Box<dyn Agent>, Box<dyn Agent>) {
        match self {
            Config::StopAndWait(config) => (Box::new(config.sender(there)), Box::new(config.receiver(back))),
            Config::GoBackN(config) => (Box::new(config.sender(there)), Box::new(config.receiver(back))),
            Config::SelectiveRepeat(config) => (Box::new(config.sender(there)), Box::new(config.receiver(back))),
        }
    }

    /// Reads a sending end made by [`agents`](Self::agents).
    ///
    /// # Panics
    /// When `agent` is not one.
    pub fn sender<'a>(&self, simulation: &'a Simulation, agent: AgentId) -> SenderState<'a> {
        match self {
            Config::StopAndWait(_) => sender_state::<stop_and_wait::Sender>(simulation, agent),
            Config::GoBackN(_) => sender_state::<go_back_n::Sender>(simulation, agent),
            Config::SelectiveRepeat(_) => sender_state::<selective_repeat::Sender>(simulation, agent),
        }
    }

    /// Reads a receiving end made by [`agents`](Self::agents).
    ///
    /// # Panics
    /// When `agent` is not one.
    pub fn receiver<'a>(&self, simulation: &'a Simulation, agent: AgentId) -> ReceiverState<'a> {
        match self {
            Config::StopAndWait(_) => receiver_state::<stop_and_wait::Receiver>(simulation, agent),
            Config::GoBackN(_) => receiver_state::<go_back_n::Receiver>(simulation, agent),
            Config::SelectiveRepeat(_) => receiver_state::<selective_repeat::Receiver>(simulation, agent),
        }
    }
}

fn sender_state<M>(simulation: &Simulation, agent: AgentId) -> SenderState<'_>
where
    M: Sender + Clone + fmt::Debug + Send + Sync + 'static,
{
    let end: &SendingEnd<M> = simulation.agent(agent).expect("a sending end of this protocol");
    state_of(end)
}

fn state_of<M: Sender>(end: &SendingEnd<M>) -> SenderState<'_> {
    SenderState { stats: end.stats(), under_way: end.under_way(), timeout: end.timeout(), srtt: end.srtt() }
}

fn receiver_state<M>(simulation: &Simulation, agent: AgentId) -> ReceiverState<'_>
where
    M: Receiver + Clone + fmt::Debug + Send + Sync + 'static,
{
    let end: &ReceivingEnd<M> = simulation.agent(agent).expect("a receiving end of this protocol");
    ReceiverState { stats: end.stats(), is_complete: end.is_complete() }
}
