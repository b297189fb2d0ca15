//! A sender, a receiver, and a cable between them, in the real engine.

use sim_core::hash::hash_name;
use sim_core::ids::{AgentId, FlowId, LinkId};
use sim_core::network::{DropTailForm, Network};
use sim_core::packet::Endpoints;
use sim_core::simulation::Simulation;
use sim_core::time::{Duration, Time};
use sim_core::{Bind, LinkSpec};

pub(super) use crate::rdt::Config;
use crate::rdt::{ReceiverStats, SenderStats};
use crate::routing::shortest_path::ShortestPath;

/// A transfer over a cable whose directions may differ.
pub(super) struct Transfer {
    pub(super) simulation: Simulation,
    config: Config,
    sender: AgentId,
    receiver: AgentId,
    pub(super) there: LinkId,
}

impl Transfer {
    pub(super) fn new(seed: u64, config: &Config, there: &LinkSpec, back: &LinkSpec) -> Self {
        Self::with_form(seed, config, there, back, DropTailForm::Computed)
    }

    pub(super) fn with_form(seed: u64, config: &Config, there: &LinkSpec, back: &LinkSpec, form: DropTailForm) -> Self {
        let mut network = Network::new(seed);
        network.set_drop_tail_form(form);
        let [a, b] = ["a", "b"].map(|name| network.add_node(name, true, Duration::ZERO));
        let link = network.add_link("a->b", a, b, there);
        network.add_link("b->a", b, a, back);
        let ends = |local, local_port, remote, remote_port| Endpoints {
            flow: FlowId(0),
            local: network.address(local),
            local_port,
            remote: network.address(remote),
            remote_port,
            flow_hash: hash_name(0, "flow") as u32,
        };
        let (at_a, at_b) = (ends(a, 1, b, 2), ends(b, 2, a, 1));
        let (sender, receiver) = config.agents(at_a, at_b);
        let sender = network.add_agent("sender", a, Bind::Port(1), sender, Some(Time::ZERO));
        let receiver = network.add_agent("receiver", b, Bind::Port(2), receiver, None);
        network.set_oracle(Box::new(ShortestPath::default()));
        let simulation = network.build().expect("two nodes and a cable");
        Transfer { simulation, config: config.clone(), sender, receiver, there: link }
    }

    pub(super) fn run_until(&mut self, end: Duration) {
        self.simulation.run_until(Time::ZERO + end).expect("no endless loop");
    }

    pub(super) fn sender(&self) -> &SenderStats {
        self.config.sender(&self.simulation, self.sender).stats
    }

    pub(super) fn receiver(&self) -> &ReceiverStats {
        self.config.receiver(&self.simulation, self.receiver).stats
    }

    /// For how long the link to the receiver has transmitted.
    pub(super) fn busy(&self) -> Duration {
        self.simulation.link(self.there).busy
    }
}
