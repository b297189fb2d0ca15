//! What an experiment file may say. The doc comments here are the descriptions in the schema, which `netsim schema`
//! prints and editors show.

use indexmap::IndexMap;
pub use protocols::routing::shortest_path::LinkCost;
use protocols::{rdt, routing, tcp, udp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;
use sim_core::units::{Bytes, Rate};
use topologies::TopologySpec;
use topologies::addressing::AddressingSpec;

use super::arrivals::Arrivals;
use super::charts::ChartChoice;
pub use super::charts::ChartKind;
use super::expect::Expect;
use super::lecture::Question;
use super::traffic::Each;

/// An experiment: a network, what flows through it, what happens to it, and what is expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Where editors find the description of this format.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// One line that says what is seen.
    pub title: String,
    /// What it teaches, with the chapter of the textbook or the section of the RFC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teaches: Option<String>,
    /// Remarks for the reader of the results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// All randomness comes from this number; the same seed gives the same results, byte for byte.
    #[serde(default = "first_seed")]
    pub seed: u64,
    /// How much time is simulated.
    pub duration: Duration,
    /// Time between two values of a series. If not said, a round value that gives 600 to 1500 of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_interval: Option<Duration>,
    /// The network.
    pub topology: TopologySpec,
    /// Addresses by plan: a block for every router with its hosts, and one for every cable between routers. Without it nodes
    /// get 10.0.0.1, 10.0.0.2 and so on, but for those with an `address` of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addressing: Option<AddressingSpec>,
    /// How routers find their ways.
    #[serde(default)]
    pub routing: Routing,
    /// Who sends what to whom.
    #[serde(default)]
    pub flows: Vec<Flow>,
    /// What happens on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Which charts to draw, by name or, with options, `{ "ladder": { "flow": "A" } }`. If not said, all that apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charts: Option<Vec<ChartChoice>>,
    /// Questions for a class, which the report asks before it shows what happens next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lecture: Vec<Question>,
    /// What must come out; a run that misses one of these ends with exit code 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Expect>,
    /// Run many times, with other values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
}

fn first_seed() -> u64 {
    1
}

impl Experiment {
    /// The time between two samples, as given or as chosen from the duration.
    pub fn sample_interval(&self) -> Duration {
        self.sample_interval.unwrap_or_else(|| round_interval(self.duration))
    }
}

/// The largest 1, 2 or 5 times a power of ten picoseconds that is at most a 600th of `duration`.
fn round_interval(duration: Duration) -> Duration {
    const SAMPLES: u64 = 600;
    let most = (duration.picos() / SAMPLES).max(1);
    let power = 10_u64.pow(most.ilog10());
    let factor = [5, 2, 1].into_iter().find(|factor| factor * power <= most).unwrap_or(1);
    Duration::from_picos(factor * power)
}

/// How routers find their ways: by name, or by name with parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "RoutingInFile", into = "RoutingInFile")]
#[schemars(with = "RoutingInFile")]
pub enum Routing {
    /// An oracle that knows the whole network, at once.
    ShortestPath(ShortestPath),
    /// Routes by hand.
    Static(StaticRoutes),
    /// Routers that tell each other by messages.
    Protocol(routing::Config),
}

impl Default for Routing {
    fn default() -> Self {
        Routing::ShortestPath(ShortestPath::default())
    }
}

impl Routing {
    /// Name, meaning and source of everything that can stand here.
    pub fn known() -> Vec<(&'static str, &'static str, &'static str)> {
        let own = [
            (
                "shortest_path",
                "an oracle: everyone knows the cheapest ways at once, without messages",
                "Dijkstra 1959; Kurose & Ross 5.2",
            ),
            ("static", "routes written by hand, with black holes and loops if you like", "Kurose & Ross 5.1"),
        ];
        own.into_iter().chain(routing::KNOWN.iter().copied()).collect()
    }

    /// The name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Routing::ShortestPath(_) => "shortest_path",
            Routing::Static(_) => "static",
            Routing::Protocol(config) => config.name(),
        }
    }

    /// What the use of a link costs.
    pub fn link_cost(&self) -> LinkCost {
        match self {
            Routing::ShortestPath(config) => config.cost,
            Routing::Static(_) => LinkCost::Hops,
            Routing::Protocol(config) => config.protocol().link_cost(),
        }
    }
}

/// How routers find their ways: by name, `"shortest_path"`, or with parameters, `{ "shortest_path": { … } }`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Routing")]
enum RoutingInFile {
    Name(RoutingName),
    ProtocolName(routing::Name),
    Configured(RoutingConfigured),
    Protocol(routing::Config),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum RoutingName {
    /// An oracle: everyone knows the cheapest ways at once, without messages.
    ShortestPath,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum RoutingConfigured {
    /// An oracle: everyone knows the cheapest ways at once, without messages.
    ShortestPath(ShortestPath),
    /// Routes written by hand. They stay whatever fails.
    Static(StaticRoutes),
}

impl From<RoutingInFile> for Routing {
    fn from(file: RoutingInFile) -> Self {
        match file {
            RoutingInFile::Name(RoutingName::ShortestPath) => Routing::default(),
            RoutingInFile::ProtocolName(name) => Routing::Protocol(name.into()),
            RoutingInFile::Configured(RoutingConfigured::ShortestPath(config)) => Routing::ShortestPath(config),
            RoutingInFile::Configured(RoutingConfigured::Static(routes)) => Routing::Static(routes),
            RoutingInFile::Protocol(config) => Routing::Protocol(config),
        }
    }
}

impl From<Routing> for RoutingInFile {
    fn from(routing: Routing) -> Self {
        match routing {
            Routing::ShortestPath(config) => RoutingInFile::Configured(RoutingConfigured::ShortestPath(config)),
            Routing::Static(routes) => RoutingInFile::Configured(RoutingConfigured::Static(routes)),
            Routing::Protocol(config) => RoutingInFile::Protocol(config),
        }
    }
}

/// Routes by hand. Beside them every node knows the way to its neighbours, and a host with one cable sends everything
/// over it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StaticRoutes {
    /// The routes of each node, by its name.
    pub routes: IndexMap<String, Vec<StaticRoute>>,
}

/// A route by hand: to a node or a prefix, through a neighbour or into a black hole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaticRoute {
    /// The name of a node, a prefix such as `10.0.0.0/8`, or `default`.
    pub to: String,
    /// The neighbour that packets go to, or the link direction they take (`r1->r2#2`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Throw packets away.
    #[serde(default, skip_serializing_if = "is_false")]
    pub discard: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The oracle's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShortestPath {
    /// Whether ways of equal cost share the flows; a flow keeps to one way.
    pub multipath: bool,
    /// What a way costs.
    pub cost: LinkCost,
    /// How long after a change of the network the ways change.
    pub recompute_delay: Duration,
}

impl Default for ShortestPath {
    fn default() -> Self {
        ShortestPath { multipath: true, cost: LinkCost::default(), recompute_delay: Duration::ZERO }
    }
}

/// Who sends what to whom: exactly one of `tcp`, `udp`, `ping`, `stop_and_wait`, `go_back_n` and `selective_repeat`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Unique among the flows. With `each` or `arrivals`, the flows made are called by this and a number: `f1`, `f2`, ….
    /// The name itself then stands for all of them where something is expected.
    pub name: String,
    /// The host that sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The host that receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// In place of `from` and `to`: many flows, in a pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
    /// Many flows that come at random. With `each`, every one of them is drawn anew from the pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// When it starts; at once if neither this nor an event says otherwise. `"converged"`: when routing first settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// With `each`: the flows start evenly over this time, the first at `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_spread: Option<Duration>,
    /// A random delay of the start, up to this. Flows that start in lockstep show the clock rather than the protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_jitter: Option<Duration>,
    /// When it stops, if not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Duration>,
    /// Port of the sender. If not said, one that no other flow has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub from_port: Option<u16>,
    /// Port of the receiver. If not said, one that no other flow has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub to_port: Option<u16>,
    /// A TCP connection that carries data one way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Tcp>,
    /// Datagrams, sent in a pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub udp: Option<udp::source::Config>,
    /// Echo requests and their answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ping: Option<udp::ping::Config>,
    /// Packets one at a time, each sent again until its ACK comes: rdt 3.0, the alternating bit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_and_wait: Option<rdt::StopAndWait>,
    /// A window of packets, which is sent again from the first one lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_back_n: Option<rdt::GoBackN>,
    /// A window of packets, of which only those lost are sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selective_repeat: Option<rdt::SelectiveRepeat>,
}

/// When a flow starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Start {
    /// At this time.
    At(Duration),
    /// When something has come about.
    When(Moment),
}

/// What a flow can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Moment {
    /// Routing has settled for the first time.
    Converged,
}

impl Default for Start {
    fn default() -> Self {
        Start::At(Duration::ZERO)
    }
}

impl Start {
    /// The time, if it is one.
    pub fn at(self) -> Option<Duration> {
        match self {
            Start::At(time) => Some(time),
            Start::When(Moment::Converged) => None,
        }
    }
}

/// A TCP connection that carries data one way, and its application.
// Serde cannot refuse unknown fields beside a flattened struct; the schema does, before serde sees the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Tcp {
    /// How much is sent; without end if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Bytes>,
    /// In place of `size`: an application that writes at regular times, such as keystrokes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes: Option<tcp::Writes>,
    /// In place of `size`: an application that asks, waits for the answer, and asks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<tcp::Requests>,
    /// What the sending application does when all is written.
    pub then: tcp::Then,
    /// What is at the other end.
    pub server: Server,
    /// How the receiving application reads.
    pub reader: tcp::Reader,
    /// TCP itself.
    #[serde(flatten)]
    pub config: tcp::Config,
}

/// What is at the end of a TCP flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// A server that reads, answers what wants an answer, and closes when the client has.
    #[default]
    Listening,
    /// Nobody listens on the port: the connection is refused (RFC 9293, 3.10.7.1).
    Absent,
    /// A server that also sends this much, from when the connection is established. It goes on when the client has
    /// closed: the connection is then half closed.
    Sends(Bytes),
}

/// Something that happens: exactly one of `start`, `stop`, `link_down`, `link_up`, `end_loss`, `router_down`, `router_up`,
/// `set_cost`, `set_bandwidth`, `set_delay`, `announce` and `withdraw`.
///
/// The name of a cable, `r1-r2`, means both directions; the name of a direction, `r1->r2`, that one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When it happens.
    pub at: Duration,
    /// A flow starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// A flow stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
    /// A link is cut; what it carries is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_down: Option<String>,
    /// A link works again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_up: Option<String>,
    /// A link no longer loses packets by itself, from those that arrive then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_loss: Option<String>,
    /// A router fails: its links go down, and it forgets everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router_down: Option<String>,
    /// A router works again, knowing nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router_up: Option<String>,
    /// A router tells others that it leads to a prefix, whether that is true or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<Announcement>,
    /// A router withdraws what it announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdraw: Option<Announcement>,
    /// A link gets another cost for routing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_cost: Option<SetCost>,
    /// A link gets another bandwidth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_bandwidth: Option<SetBandwidth>,
    /// A link gets another delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_delay: Option<SetDelay>,
}

/// A prefix and the router that announces or withdraws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// Name of the router.
    pub router: String,
    /// The prefix, such as `208.65.153.0/24`.
    pub prefix: String,
}

/// A link's new cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCost {
    /// Name of the link.
    pub link: String,
    /// Its new cost.
    #[schemars(range(min = 1))]
    pub cost: u32,
}

/// A link's new bandwidth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBandwidth {
    /// Name of the link.
    pub link: String,
    /// Its new bandwidth.
    pub bandwidth: Rate,
}

/// A link's new delay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDelay {
    /// Name of the link.
    pub link: String,
    /// Its new delay.
    pub delay: Duration,
}

/// Many runs of one experiment: every combination of the `grid`, times the steps of the `zip`, times the repetitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sweep {
    /// Values by the path of the field they replace, such as `topology.bottleneck.delay`: every combination is run, the
    /// last path changing fastest.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub grid: IndexMap<String, Vec<serde_json::Value>>,
    /// Values by path as in `grid`, but the first values of all lists go together, then the second, and so on.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub zip: IndexMap<String, Vec<serde_json::Value>>,
    /// How often each combination is run; the i-th time, counted from 0, with `seed` + i.
    #[schemars(range(min = 1, max = 10_000))]
    pub repetitions: u32,
}

impl Default for Sweep {
    fn default() -> Self {
        Sweep { grid: IndexMap::new(), zip: IndexMap::new(), repetitions: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_600_to_1500_samples_unless_said_otherwise() {
        let check = |duration: &str, interval: &str| {
            assert_eq!(round_interval(duration.parse().unwrap()).to_string(), interval);
        };
        check("60 s", "100 ms");
        check("10 s", "10 ms");
        check("1 s", "1 ms");
        check("100 s", "100 ms");
        check("1 ps", "1 ps");
    }
}
