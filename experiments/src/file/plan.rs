//! What a checked experiment comes down to: runs in which every name has become a number.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use protocols::udp::{PacketSize, SizeDistribution};
use protocols::{rdt, tcp, udp};
use serde_json::Value as Json;
use sim_core::ids::NodeId;
use sim_core::packet::{IPV4_HEADER, TCP_HEADER};
use sim_core::time::Duration;
use sim_core::units::{Bytes, Rate};
use sim_core::{LinkSpec, Prefix};
use topologies::{Cable, Topology};

use super::expect::{Limits, Metric};
use super::path::Path;
pub use super::rules::routing::RoutedNetwork;
use super::spec::{Experiment, Server};

/// One run, ready to be built: nothing in it can be wrong any more.
#[derive(Clone, Debug)]
pub struct RunPoint {
    /// Path and value of each swept field, in the order of the sweep.
    pub parameters: Vec<(String, Json)>,
    /// Which repetition this is, from 0.
    pub repetition: u32,
    /// The seed of this run: that of the experiment, plus the number of the repetition.
    pub seed: u64,
    /// The file with the swept values put in.
    pub experiment: Arc<Experiment>,
    /// The network; queue limits in `bdp` have become bytes.
    pub topology: Arc<Topology>,
    /// The network as routing sees it: who routes, and what can be routed to.
    pub network: Arc<RoutedNetwork>,
    /// The flows, those made by `each` and `arrivals` one by one. The index in this list is the flow's number.
    pub flows: Vec<PlannedFlow>,
    /// The flows that one entry made, by `each` or `arrivals`.
    pub groups: Vec<Group>,
    /// What happens to the network, in the order of time. Starts and stops of flows are in the flows.
    pub events: Vec<PlannedEvent>,
    /// What must come out, in the order of the file.
    pub expectations: Vec<Expectation>,
    /// What became of queue limits in `bdp`.
    pub bdp_limits: Vec<BdpLimit>,
}

/// A flow of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedFlow {
    /// Unique among the flows.
    pub name: String,
    /// Where it is sent.
    pub from: NodeId,
    /// Where it is received.
    pub to: NodeId,
    /// When it starts, spread and jitter included. Of a flow that waits for routing, what comes on top of that.
    pub start: Duration,
    /// Whether it starts when routing has settled.
    pub waits_for_routing: bool,
    /// When it stops, if not before.
    pub stop: Option<Duration>,
    /// Port of the sender, if the file says it.
    pub from_port: Option<u16>,
    /// Port of the receiver, if the file says it.
    pub to_port: Option<u16>,
    /// What is sent.
    pub traffic: Traffic,
    /// For a flow of `arrivals`: how long it would take alone, without handshake and windows.
    pub ideal: Option<Duration>,
    /// Whether it is one of `arrivals`: known by its completion, not followed over time.
    pub is_arrival: bool,
}

/// The flows that one entry of the file made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name of the entry.
    pub name: String,
    /// Their numbers.
    pub flows: Range<usize>,
    /// Whether they came by `arrivals`.
    pub are_arrivals: bool,
}

/// What a flow sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Traffic {
    /// A TCP connection.
    Tcp {
        /// TCP's parameters.
        config: tcp::Config,
        /// How much is sent; without end if not said.
        size: Option<Bytes>,
        /// When it is sent, and what follows.
        workload: tcp::Workload,
        /// What is at the other end.
        server: Server,
        /// How the receiving application reads.
        reader: tcp::Reader,
    },
    /// Datagrams in a pattern.
    Udp(udp::source::Config),
    /// Echo requests and their answers.
    Ping(udp::ping::Config),
    /// Stop-and-wait, Go-Back-N or Selective Repeat.
    Rdt(rdt::Config),
}

/// How long the packets of a flow are, where the file says so, and what does not count there.
pub(crate) struct PacketLength {
    /// The field, from the flow's own entry.
    pub(crate) field: Path,
    /// Bytes of headers that come on top of the field's value.
    pub(crate) headers_on_top: u64,
    /// At the network layer, in bytes: the largest, or the mean of an exponential distribution.
    pub(crate) bytes: u64,
    /// Whether lengths are exponential, without a largest.
    pub(crate) is_exponential: bool,
}

impl Traffic {
    /// Its name in files: `tcp`, `udp`, `ping`, `stop_and_wait`, `go_back_n` or `selective_repeat`.
    pub fn protocol(&self) -> &'static str {
        match self {
            Traffic::Tcp { .. } => "tcp",
            Traffic::Udp(_) => "udp",
            Traffic::Ping(_) => "ping",
            Traffic::Rdt(config) => config.name(),
        }
    }

    /// Whether this sends data for as long as it may: what fairness is about.
    pub fn is_bulk(&self) -> bool {
        match self {
            Traffic::Tcp { size, workload, server, .. } => {
                size.is_none() && workload.dialogue.is_none() && *server != Server::Absent
            }
            Traffic::Udp(_) => true,
            Traffic::Ping(_) => false,
            Traffic::Rdt(config) => config.transfer().messages().is_none(),
        }
    }

    pub(crate) fn packet_length(&self) -> PacketLength {
        let fixed = |field: &[&str], headers: u32, bytes: Bytes| PacketLength {
            field: field.iter().fold(Path::root(), |path, step| path.field(step)),
            headers_on_top: u64::from(headers),
            bytes: bytes.get() + u64::from(headers),
            is_exponential: false,
        };
        match self {
            Traffic::Tcp { config, .. } => fixed(&["tcp", "mss"], IPV4_HEADER + TCP_HEADER, config.mss),
            Traffic::Ping(config) => fixed(&["ping", "packet_size"], 0, config.packet_size),
            Traffic::Rdt(config) => fixed(&[config.name(), "packet_size"], 0, config.transfer().packet_size),
            Traffic::Udp(config) => {
                use udp::source::Config as C;
                let (pattern, size) = match config {
                    C::Constant(constant) => ("constant", constant.packet_size),
                    C::Poisson(poisson) => ("poisson", poisson.packet_size),
                    C::OnOff(on_off) => ("on_off", on_off.packet_size),
                    C::Scheduled(scheduled) => ("scheduled", scheduled.packet_size),
                };
                match size {
                    PacketSize::Constant(bytes) => fixed(&["udp", pattern, "packet_size"], 0, bytes),
                    PacketSize::Drawn(SizeDistribution::Exponential { mean }) => PacketLength {
                        is_exponential: true,
                        ..fixed(&["udp", pattern, "packet_size", "exponential", "mean"], 0, mean)
                    },
                }
            }
        }
    }
}

/// Something that happens to the network.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedEvent {
    /// When.
    pub at: Duration,
    /// What.
    pub what: Happening,
}

/// What happens to the network.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Something changes at link directions: both of a cable, or one.
    Link {
        /// Which.
        links: Vec<LinkRef>,
        /// What.
        change: Change,
    },
    /// A router fails.
    RouterDown(NodeId),
    /// A router works again.
    RouterUp(NodeId),
    /// A router announces a prefix.
    Announce(NodeId, Prefix),
    /// A router withdraws a prefix.
    Withdraw(NodeId, Prefix),
}

impl PlannedEvent {
    /// In a few words: `r1-r2 down`.
    pub fn in_words(&self, topology: &Topology) -> String {
        let name = |node: NodeId| &topology.nodes[node.index()].name;
        match &self.what {
            Happening::Link { links, change } => {
                let link = match links.as_slice() {
                    [one] => one.name(topology),
                    several => several.first().map_or("", |link| &link.cable(topology).name),
                };
                format!("{link} {change}")
            }
            Happening::RouterDown(node) => format!("{} fails", name(*node)),
            Happening::RouterUp(node) => format!("{} works again", name(*node)),
            Happening::Announce(node, prefix) => format!("{} announces {prefix}", name(*node)),
            Happening::Withdraw(node, prefix) => format!("{} withdraws {prefix}", name(*node)),
        }
    }
}

/// What happens to a link direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// It is cut.
    Down,
    /// It works again.
    Up,
    /// Its loss model ends.
    NoLoss,
    /// It gets another cost.
    Cost(u32),
    /// It gets another bandwidth.
    Bandwidth(Rate),
    /// It gets another delay.
    Delay(Duration),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Down => f.write_str("down"),
            Change::Up => f.write_str("up"),
            Change::NoLoss => f.write_str("loses nothing more"),
            Change::Cost(cost) => write!(f, "cost {cost}"),
            Change::Bandwidth(rate) => rate.fmt(f),
            Change::Delay(delay) => delay.fmt(f),
        }
    }
}

/// One direction of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkRef {
    /// Index of the cable in [`Topology::cables`].
    pub cable: usize,
    /// Which of its two directions.
    pub direction: Direction,
}

/// A direction of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the cable's first end to its second.
    Forward,
    /// From the cable's second end to its first.
    Backward,
}

impl LinkRef {
    /// Both directions of all cables, forward before backward.
    pub fn all(topology: &Topology) -> impl Iterator<Item = LinkRef> + '_ {
        (0..topology.cables.len())
            .flat_map(|cable| [Direction::Forward, Direction::Backward].map(|direction| LinkRef { cable, direction }))
    }

    /// The cable.
    pub fn cable(self, topology: &Topology) -> &Cable {
        &topology.cables[self.cable]
    }

    /// The name of the direction, such as `r1->r2`.
    pub fn name(self, topology: &Topology) -> &str {
        let cable = self.cable(topology);
        match self.direction {
            Direction::Forward => &cable.forward_name,
            Direction::Backward => &cable.backward_name,
        }
    }

    /// The link's properties.
    pub fn spec(self, topology: &Topology) -> &LinkSpec {
        let cable = self.cable(topology);
        match self.direction {
            Direction::Forward => &cable.forward,
            Direction::Backward => &cable.backward,
        }
    }

    /// The link's properties, to change them.
    pub(crate) fn spec_mut(self, topology: &mut Topology) -> &mut LinkSpec {
        let cable = &mut topology.cables[self.cable];
        match self.direction {
            Direction::Forward => &mut cable.forward,
            Direction::Backward => &mut cable.backward,
        }
    }

    /// The nodes from which and to which it leads.
    pub fn ends(self, topology: &Topology) -> (NodeId, NodeId) {
        let cable = self.cable(topology);
        match self.direction {
            Direction::Forward => (cable.from, cable.to),
            Direction::Backward => (cable.to, cable.from),
        }
    }
}

/// An expectation whose names are resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// In words, for the summary.
    pub text: String,
    /// What is measured.
    pub metric: Metric,
    /// On which flow, as an index into the flows.
    pub flow: Option<usize>,
    /// On which group of flows, as an index into the groups.
    pub group: Option<usize>,
    /// Of a group, only flows of these sizes count: from the first to below the second.
    pub sizes: Range<u64>,
    /// On which link direction.
    pub link: Option<LinkRef>,
    /// On the route of which router to which destination, by their numbers.
    pub route: Option<(usize, usize)>,
    /// Only what happens from this time on counts.
    pub from: Duration,
    /// Only what happens until this time counts.
    pub until: Duration,
    /// The bounds, in SI units.
    pub limits: Limits,
}

/// A queue limit that was a share of the bandwidth-delay product.
#[derive(Clone, Debug, PartialEq)]
pub struct BdpLimit {
    /// The link direction.
    pub link: LinkRef,
    /// Thousandths of the bandwidth-delay product.
    pub thousandths: u32,
    /// The largest base round-trip time of the flows over this link: propagation and processing there and back.
    pub round_trip: Duration,
    /// What it comes to.
    pub limit: Bytes,
}
