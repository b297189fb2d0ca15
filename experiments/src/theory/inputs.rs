//! What the formulas speak of, read from the plan of a run.

use protocols::congestion::Spec;
use protocols::rdt;
use sim_core::loss::LossSpec;
use sim_core::queue::QueueLimit;
use sim_core::units::Bytes;

use crate::file::plan::{LinkRef, RunPoint, Traffic};
use crate::file::rules::ways::Ways;

/// The quantities of the formulas, in SI units; NaN where a run has none. They are those of the run's first flow: of
/// its way the slowest link counts, and all other delays, those of the acknowledgement included, are in the round-trip
/// time. Of several ways of equal cost, the longest delay counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs {
    /// W: packets that may be unacknowledged, if the flow's window is fixed.
    pub window: f64,
    /// L: bits of a full packet on the slowest link, all headers included.
    pub packet_bits: f64,
    /// Bits of payload in it.
    pub payload_bits: f64,
    /// R: rate of the slowest link, in bits per second.
    pub rate_bps: f64,
    /// From the last bit of a packet leaving the slowest link's transmitter to its acknowledgement, in seconds, with
    /// all queues empty: R · (RTT + L/R) bits fill the pipe.
    pub rtt_s: f64,
    /// p: probability that a packet is lost on the way, if links lose packets independently.
    pub loss: f64,
    /// The slowest link's queue, as a share of the bandwidth-delay product R · (RTT + L/R).
    pub buffer_bdp: f64,
    /// b: packets acknowledged by one ACK.
    pub packets_per_ack: f64,
    /// T0: the retransmission timeout, in seconds.
    pub timeout_s: f64,
}

/// What a flow's own entry says.
struct OfFlow {
    window: f64,
    payload: f64,
    packet: f64,
    ack: f64,
    packets_per_ack: f64,
    least_timeout_s: f64,
}

impl Inputs {
    /// Nothing is known.
    pub const UNKNOWN: Inputs = Inputs {
        window: f64::NAN,
        packet_bits: f64::NAN,
        payload_bits: f64::NAN,
        rate_bps: f64::NAN,
        rtt_s: f64::NAN,
        loss: f64::NAN,
        buffer_bdp: f64::NAN,
        packets_per_ack: f64::NAN,
        timeout_s: f64::NAN,
    };

    /// Those of a run; unknown where it has no flow, or its flow no way.
    pub fn of(point: &RunPoint) -> Self {
        let Some(flow) = point.flows.first() else { return Inputs::UNKNOWN };
        let topology = &point.topology;
        let ways = Ways::new(topology, point.experiment.routing.link_cost());
        let (Some(there), Some(back)) = (ways.between(flow.from, flow.to), ways.between(flow.to, flow.from)) else {
            return Inputs::UNKNOWN;
        };
        let spec = |link: &LinkRef| link.spec(topology);
        let Some(slowest) = there.links.iter().min_by_key(|link| spec(link).bandwidth) else { return Inputs::UNKNOWN };
        let slow = spec(slowest);
        let of_flow = of_flow(&flow.traffic);
        let bits = |link: &LinkRef, bytes: f64| 8.0 * (bytes + spec(link).overhead.get() as f64);
        let transmission = |link: &LinkRef, bytes: f64| bits(link, bytes) / spec(link).bandwidth.bps() as f64;
        let others = there.links.iter().filter(|link| *link != slowest).map(|link| transmission(link, of_flow.packet));
        let acks = back.links.iter().map(|link| transmission(link, of_flow.ack));
        let rtt_s = there.delay.as_secs_f64() + back.delay.as_secs_f64() + others.sum::<f64>() + acks.sum::<f64>();
        let (packet_bits, rate_bps) = (bits(slowest, of_flow.packet), slow.bandwidth.bps() as f64);
        let pipe_bits = rate_bps * rtt_s + packet_bits;
        let buffer_bits = match slow.queue.limit() {
            Some(QueueLimit::Packets(packets)) => f64::from(packets) * packet_bits,
            Some(QueueLimit::Bytes(Bytes(bytes))) => 8.0 * bytes as f64,
            Some(QueueLimit::MilliBdp(_) | QueueLimit::Unlimited) | None => f64::NAN,
        };
        let arrives = |link: &LinkRef| match &spec(link).loss {
            None => 1.0,
            Some(LossSpec::Bernoulli(config)) => 1.0 - config.probability,
            Some(LossSpec::GilbertElliott(_) | LossSpec::Chosen(_)) => f64::NAN,
        };
        Inputs {
            window: of_flow.window,
            packet_bits,
            payload_bits: 8.0 * of_flow.payload,
            rate_bps,
            rtt_s,
            loss: 1.0 - there.links.iter().map(arrives).product::<f64>(),
            buffer_bdp: buffer_bits / pipe_bits,
            packets_per_ack: of_flow.packets_per_ack,
            timeout_s: of_flow.least_timeout_s.max(rtt_s + packet_bits / rate_bps),
        }
    }

    /// Between two points of a sweep: `share` of the way from the one to the other.
    pub fn between(one: &Inputs, other: &Inputs, share: f64) -> Inputs {
        let mix = |a: f64, b: f64| if a == b { a } else { a + (b - a) * share };
        Inputs {
            window: mix(one.window, other.window),
            packet_bits: mix(one.packet_bits, other.packet_bits),
            payload_bits: mix(one.payload_bits, other.payload_bits),
            rate_bps: mix(one.rate_bps, other.rate_bps),
            rtt_s: mix(one.rtt_s, other.rtt_s),
            loss: mix(one.loss, other.loss),
            buffer_bdp: mix(one.buffer_bdp, other.buffer_bdp),
            packets_per_ack: mix(one.packets_per_ack, other.packets_per_ack),
            timeout_s: mix(one.timeout_s, other.timeout_s),
        }
    }

    /// L/R, in seconds.
    pub fn transmission_s(&self) -> f64 {
        self.packet_bits / self.rate_bps
    }

    /// The window that fills the pipe, in packets: (RTT + L/R) / (L/R), which is 1 + 2a where a is the one-way delay
    /// in transmission times.
    pub fn full_window(&self) -> f64 {
        1.0 + self.rtt_s / self.transmission_s()
    }
}

fn of_flow(traffic: &Traffic) -> OfFlow {
    let length = traffic.packet_length();
    let packet = length.bytes as f64;
    match traffic {
        Traffic::Tcp { config, .. } => OfFlow {
            window: if let Spec::FixedWindow(fixed) = &config.congestion_control {
                f64::from(fixed.segments)
            } else {
                f64::NAN
            },
            payload: config.mss.get() as f64,
            packet,
            ack: packet - config.mss.get() as f64,
            packets_per_ack: if config.delayed_ack.is_some() { 2.0 } else { 1.0 },
            least_timeout_s: config.min_rto.as_secs_f64(),
        },
        Traffic::Rdt(config) => OfFlow {
            window: f64::from(config.window()),
            payload: packet - config.transfer().data_header.get() as f64,
            packet,
            ack: config.transfer().ack_size.get() as f64,
            packets_per_ack: 1.0,
            least_timeout_s: match &config.transfer().timeout {
                rdt::Timeout::Fixed(after) => after.as_secs_f64(),
                rdt::Timeout::Adaptive(adaptive) => adaptive.min.as_secs_f64(),
            },
        },
        Traffic::Udp(_) | Traffic::Ping(_) => OfFlow {
            window: f64::NAN,
            payload: packet,
            packet,
            ack: packet,
            packets_per_ack: f64::NAN,
            least_timeout_s: f64::NAN,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Overrides, load_text};

    fn inputs(link: &str, tcp: &str) -> Inputs {
        let text = format!(
            r#"{{ "title": "t", "duration": "1 s",
                 "topology": {{ "nodes": [{{ "name": "a" }}, {{ "name": "b" }}],
                               "links": [{{ "from": "a", "to": "b", {link} }}] }},
                 "flows": [{{ "name": "f", "from": "a", "to": "b", "tcp": {{ {tcp} }} }}] }}"#
        );
        let checked = load_text("t.json", "t", text.into(), &Overrides::default()).expect("the file is right");
        Inputs::of(&checked.plan[0])
    }

    #[test]
    fn the_pipe_is_what_is_on_the_way_there_and_back() {
        // 1000-byte packets over 1 Mbps and 16 ms each way: L/R = 8 ms; an ACK of 40 bytes takes 0.32 ms.
        let found = inputs(r#""bandwidth": "1 Mbps", "delay": "16 ms""#, r#""mss": "960 B""#);
        assert!((found.transmission_s() - 0.008).abs() < 1e-12);
        assert!((found.rtt_s - 0.03232).abs() < 1e-12);
        assert!((found.full_window() - 5.04).abs() < 1e-9);
        assert!(found.window.is_nan());
        assert_eq!((found.loss, found.packets_per_ack), (0.0, 2.0));
    }

    #[test]
    fn windows_losses_and_buffers_are_read_from_the_file() {
        let link = r#""bandwidth": "1 Mbps", "delay": "16 ms", "queue": { "drop_tail": "10 packets" },
                      "loss": { "bernoulli": { "probability": 0.25 } }"#;
        let found = inputs(
            link,
            r#""mss": "960 B", "delayed_ack": null, "congestion_control": { "fixed_window": { "segments": 7 } }"#,
        );
        assert_eq!((found.window, found.loss, found.packets_per_ack), (7.0, 0.25, 1.0));
        assert!((found.buffer_bdp - 10.0 / 5.04).abs() < 1e-9);
    }

    #[test]
    fn between_two_points_every_quantity_is_between() {
        let (one, other) = (Inputs { window: 1.0, ..Inputs::UNKNOWN }, Inputs { window: 3.0, ..Inputs::UNKNOWN });
        assert_eq!(Inputs::between(&one, &other, 0.5).window, 2.0);
        assert!(Inputs::between(&one, &other, 0.5).loss.is_nan());
    }
}
