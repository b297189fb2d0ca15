//! The parameters of link-state routing, with their customary values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::packet::IPV4_HEADER;
use sim_core::time::Duration;
use sim_core::units::Bytes;

use super::LinkState;
use super::messages::{OSPF_HEADER, update_bytes};
use crate::routing::process::Process;
use crate::routing::protocol::{Fault, Place, Protocol, Surroundings};
use crate::routing::router::Detection;
use crate::routing::shortest_path::LinkCost;

/// Link-state routing on every router.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Config {
    /// What the use of a link costs; zero counts as one (RFC 2328, C.3: a cost is greater than zero).
    pub cost: LinkCost,
    /// How a router notices that a cable is cut.
    pub detection: Detection,
    /// Time between two hellos (HelloInterval; RFC 2328, C.3: 10 s on a local network).
    pub hello_interval: Duration,
    /// A neighbour that has been silent for so long is gone (RouterDeadInterval; C.3: four hellos).
    pub dead_interval: Duration,
    /// What is not acknowledged or answered within this time is sent again (RxmtInterval; C.3: 5 s).
    pub retransmit_interval: Duration,
    /// Acknowledgements wait so long for others to travel with. RFC 2328, 13.5: less than `retransmit_interval`.
    pub ack_delay: Duration,
    /// A router says anew what it has said so long ago, changed or not (LSRefreshTime, appendix B).
    pub refresh_interval: Duration,
    /// What nobody has said anew for so long is forgotten (MaxAge, appendix B).
    pub max_age: Duration,
    /// A router speaks of its links at most once in this time (MinLSInterval, appendix B).
    pub min_ls_interval: Duration,
    /// What was replaced less than this time ago is not replaced again (MinLSArrival, appendix B).
    pub min_ls_arrival: Duration,
    /// From a change of the database to the computation of paths (RFC 8405, section 6: INITIAL_SPF_DELAY).
    pub spf_delay: Duration,
    /// Least time between two computations of paths (RFC 8405, section 6: SHORT_SPF_DELAY).
    pub spf_hold: Duration,
    /// Whether all ways of least cost are used, each flow keeping to one; else the one whose link's name comes first.
    pub multipath: bool,
    /// Hellos and refreshes come early by up to so many percent of their interval, at random, so that routers do not
    /// speak in step. Zero: in lockstep.
    #[schemars(range(max = 90))]
    pub jitter_percent: u8,
    /// Messages are filled up to this size at the network layer, and sent in fragments if they are longer. Not above the
    /// MTU of the links.
    pub max_packet: Bytes,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            cost: LinkCost::default(),
            detection: Detection::default(),
            hello_interval: Duration::from_secs(10),
            dead_interval: Duration::from_secs(40),
            retransmit_interval: Duration::from_secs(5),
            ack_delay: Duration::from_secs(1),
            refresh_interval: Duration::from_secs(30 * 60),
            max_age: Duration::from_secs(60 * 60),
            min_ls_interval: Duration::from_secs(5),
            min_ls_arrival: Duration::from_secs(1),
            spf_delay: Duration::from_millis(50),
            spf_hold: Duration::from_millis(200),
            multipath: true,
            jitter_percent: 10,
            max_packet: Bytes(1500),
        }
    }
}

impl Protocol for Config {
    fn link_cost(&self) -> LinkCost {
        self.cost
    }

    fn detection(&self) -> Detection {
        self.detection
    }

    /// A lost message, or a neighbour whose death only its silence tells of; then the longest wait before that is told;
    /// then the computation.
    fn settling_time(&self) -> Duration {
        let unnoticed = match self.detection {
            Detection::Carrier => self.hello_interval.max(self.retransmit_interval),
            Detection::Silence => self.dead_interval.max(self.retransmit_interval),
        };
        unnoticed + self.min_ls_interval + self.spf_delay + self.spf_hold + Duration::from_secs(1)
    }

    fn process(&self, _place: &Place<'_>) -> Box<dyn Process> {
        Box::new(LinkState::new(self))
    }

    fn check(&self, _network: &Surroundings<'_>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut demand = |is_met: bool, at: &str, why: &str| {
            if !is_met {
                faults.push(Fault::new(at, why));
            }
        };
        for (at, span) in [
            ("hello_interval", self.hello_interval),
            ("retransmit_interval", self.retransmit_interval),
            ("refresh_interval", self.refresh_interval),
        ] {
            demand(!span.is_zero(), at, "must be longer than 0 s: it repeats for ever");
        }
        demand(
            self.dead_interval > self.hello_interval,
            "dead_interval",
            "must be longer than `hello_interval`: a neighbour that speaks in time would be taken for dead",
        );
        demand(
            self.ack_delay < self.retransmit_interval,
            "ack_delay",
            "must be shorter than `retransmit_interval`: everything would be sent twice",
        );
        demand(
            self.max_age > self.refresh_interval,
            "max_age",
            "must be longer than `refresh_interval`: what is in use would be forgotten",
        );
        demand(
            self.min_ls_interval <= self.refresh_interval,
            "min_ls_interval",
            "must not be longer than `refresh_interval`: nothing could be refreshed in time",
        );
        demand(
            self.min_ls_arrival <= self.min_ls_interval,
            "min_ls_arrival",
            "must not be longer than `min_ls_interval`: what routers may send would be refused",
        );
        demand(self.jitter_percent <= 90, "jitter_percent", "must be at most 90");
        demand(
            self.max_packet.get() >= u64::from(IPV4_HEADER + OSPF_HEADER + update_bytes(2)),
            "max_packet",
            "must be at least 96 bytes: a message that tells of one link has to fit",
        );
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Surroundings<'_> =
        Surroundings { nodes: &[], is_router: &[], adjacent: &[], destinations: &[], prefixes: &[] };

    fn faults(text: &str) -> Vec<String> {
        let config: Config = serde_json::from_str(text).expect("readable parameters");
        config.check(&NOWHERE).into_iter().map(|fault| fault.at).collect()
    }

    #[test]
    fn customary_parameters_have_no_fault() {
        assert_eq!(faults("{}"), [""; 0]);
    }

    #[test]
    fn impossible_parameters_are_named() {
        assert_eq!(faults(r#"{ "dead_interval": "10 s" }"#), ["dead_interval"]);
        assert_eq!(faults(r#"{ "hello_interval": "0 s" }"#), ["hello_interval"]);
        assert_eq!(faults(r#"{ "retransmit_interval": "0 s" }"#), ["retransmit_interval", "ack_delay"]);
        assert_eq!(faults(r#"{ "ack_delay": "5 s" }"#), ["ack_delay"]);
        assert_eq!(faults(r#"{ "max_age": "30 min" }"#), ["max_age"]);
        assert_eq!(faults(r#"{ "refresh_interval": "0 s" }"#), ["refresh_interval", "min_ls_interval"]);
        assert_eq!(faults(r#"{ "min_ls_arrival": "6 s" }"#), ["min_ls_arrival"]);
        assert_eq!(faults(r#"{ "jitter_percent": 91 }"#), ["jitter_percent"]);
        assert_eq!(faults(r#"{ "max_packet": "95 B" }"#), ["max_packet"]);
    }

    #[test]
    fn a_parameter_that_is_not_known_is_refused() {
        assert!(serde_json::from_str::<Config>(r#"{ "helo_interval": "1 s" }"#).is_err());
    }
}
