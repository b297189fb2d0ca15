//! What is read from the two ends of a flow.

use protocols::latency::Latency;
use protocols::{tcp, udp};
use sim_core::ids::NodeId;
use sim_core::simulation::Simulation;
use sim_core::time::{Duration, Time};
use topologies::Topology;

use super::build::FlowAgents;
use super::outcome::{FlowOutcome, LatencyOutcome};
use crate::file::plan::{PlannedFlow, Traffic};

/// Counts of a flow since its start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FlowCounts {
    pub sent_packets: u64,
    pub arrived_packets: u64,
    pub arrived_bytes: u64,
    pub delivered_bytes: u64,
    pub retransmitted_packets: u64,
    pub fast_retransmits: u64,
    pub timeouts: u64,
    pub lost_packets: u64,
    pub marked_packets: u64,
    pub window_probes: u64,
    pub returned_packets: u64,
    pub returned_bytes: u64,
    pub wrong_deliveries: u64,
}

/// All that is known of a flow at `end`.
pub(crate) fn flow_outcome(
    simulation: &Simulation,
    topology: &Topology,
    flow: &PlannedFlow,
    agents: &FlowAgents,
    counts: &FlowCounts,
    end: Time,
) -> FlowOutcome {
    let start = Time::ZERO + flow.start;
    let name = |node: NodeId| topology.nodes[node.index()].name.clone();
    let mut outcome = FlowOutcome {
        name: flow.name.clone(),
        from: name(flow.from),
        to: name(flow.to),
        protocol: flow.traffic.protocol(),
        congestion_control: None,
        start_s: flow.start.as_secs_f64(),
        completion_s: None,
        size_bytes: None,
        ideal_s: flow.ideal.map(Duration::as_secs_f64),
        is_arrival: flow.is_arrival,
        sent_packets: counts.sent_packets,
        delivered_packets: counts.arrived_packets,
        delivered_bytes: counts.delivered_bytes,
        goodput_bps: 0.0,
        throughput_bps: 0.0,
        retransmitted_packets: counts.retransmitted_packets,
        fast_retransmits: counts.fast_retransmits,
        timeouts: counts.timeouts,
        lost_packets: counts.lost_packets,
        marked_packets: counts.marked_packets,
        status: None,
        returned_packets: counts.returned_packets,
        returned_bytes: counts.returned_bytes,
        response: None,
        wrong_deliveries: counts.wrong_deliveries,
        reordered_packets: 0,
        duplicate_packets: 0,
        rtt: None,
        delay: None,
        jitter_s: None,
    };
    let last_delivery = match &flow.traffic {
        Traffic::Tcp { config, size, workload, .. } => {
            let (client, server) = tcp_ends(simulation, agents);
            let nothing = tcp::Stats::default();
            let receiver = server.map_or(&nothing, tcp::Endpoint::stats);
            outcome.status = Some(match (client.stats().close_reason, client.stats().opened_at) {
                (Some(reason), _) => reason.name(),
                (None, Some(_)) => "open",
                (None, None) => "not_started",
            });
            outcome.response = summarize(&client.stats().responses);
            outcome.congestion_control = Some(config.congestion_control.name());
            outcome.rtt = summarize(&client.stats().rtt);
            outcome.reordered_packets = receiver.reordered_packets;
            outcome.duplicate_packets = receiver.duplicate_packets;
            outcome.size_bytes = size.map(|size| size.get());
            let is_complete = size.is_some_and(|size| receiver.delivered_bytes == size.get());
            let last = match workload.dialogue.and_then(tcp::Dialogue::answers) {
                // What is answered is complete with the last answer.
                Some(count) => client.stats().last_delivery.filter(|_| client.stats().responses.count() == count),
                None => receiver.last_delivery.filter(|_| is_complete),
            };
            outcome.completion_s = last.map(|last| last.since(start).as_secs_f64());
            receiver.last_delivery
        }
        Traffic::Udp(_) => {
            let sink = sink(simulation, agents);
            outcome.reordered_packets = sink.reordered();
            outcome.duplicate_packets = sink.duplicates();
            outcome.delay = summarize(sink.delay());
            outcome.jitter_s = (sink.packets() > 1).then(|| sink.jitter().as_secs_f64());
            sink.last_arrival()
        }
        Traffic::Ping(_) => {
            let ping = ping(simulation, agents);
            outcome.rtt = summarize(ping.rtt());
            outcome.duplicate_packets = ping.duplicates();
            None
        }
        Traffic::Rdt(config) => {
            let receiver = config.receiver(simulation, agents.receiver);
            outcome.rtt = summarize(&config.sender(simulation, agents.sender).stats.rtt);
            outcome.reordered_packets = receiver.stats.reordered_packets;
            outcome.duplicate_packets = receiver.stats.repeated_packets;
            let last = receiver.stats.last_delivery;
            outcome.completion_s = last.filter(|_| receiver.is_complete).map(|last| last.since(start).as_secs_f64());
            last
        }
    };
    // From the start to the last delivery of a flow that is done, to the end of one that is not.
    let is_done = outcome.completion_s.is_some() || flow.stop.is_some_and(|stop| Time::ZERO + stop < end);
    let until = last_delivery.filter(|_| is_done).unwrap_or(end);
    let seconds = until.since(start).as_secs_f64();
    if seconds > 0.0 {
        outcome.goodput_bps = counts.delivered_bytes as f64 * 8.0 / seconds;
        outcome.throughput_bps = counts.arrived_bytes as f64 * 8.0 / seconds;
    }
    outcome
}

/// Client and server, if there is a server.
fn tcp_ends<'a>(simulation: &'a Simulation, agents: &FlowAgents) -> (&'a tcp::Endpoint, Option<&'a tcp::Endpoint>) {
    let client = simulation.agent(agents.sender).expect("a TCP flow begins at a TCP client");
    (client, simulation.agent(agents.receiver))
}

fn sink<'a>(simulation: &'a Simulation, agents: &FlowAgents) -> &'a udp::Sink {
    simulation.agent(agents.receiver).expect("a UDP flow ends in a sink")
}

fn source<'a>(simulation: &'a Simulation, agents: &FlowAgents) -> &'a udp::Source {
    simulation.agent(agents.sender).expect("a UDP flow begins at a source")
}

fn ping<'a>(simulation: &'a Simulation, agents: &FlowAgents) -> &'a udp::Ping {
    simulation.agent(agents.sender).expect("a ping flow begins at a ping")
}

pub(crate) fn flow_counts(simulation: &Simulation, flow: &PlannedFlow, agents: &FlowAgents) -> FlowCounts {
    let lost_packets = simulation.dropped_of(agents.flow, agents.origin);
    match &flow.traffic {
        Traffic::Tcp { .. } => {
            let (client, server) = tcp_ends(simulation, agents);
            let nothing = tcp::Stats::default();
            let (sender, receiver) = (client.stats(), server.map_or(&nothing, tcp::Endpoint::stats));
            let absent = simulation.agent::<tcp::ClosedPort>(agents.receiver).map(tcp::ClosedPort::received);
            let (arrived_packets, arrived_bytes) =
                absent.unwrap_or((receiver.packets_received, receiver.bytes_received));
            FlowCounts {
                sent_packets: sender.packets_sent,
                arrived_packets,
                arrived_bytes,
                delivered_bytes: receiver.delivered_bytes,
                retransmitted_packets: sender.retransmitted_packets + sender.syn_retransmissions,
                fast_retransmits: sender.fast_retransmits,
                timeouts: sender.timeouts,
                lost_packets,
                marked_packets: receiver.marked_packets,
                window_probes: sender.window_probes,
                returned_packets: sender.packets_received,
                returned_bytes: sender.delivered_bytes,
                wrong_deliveries: 0,
            }
        }
        Traffic::Udp(_) => {
            let sink = sink(simulation, agents);
            FlowCounts {
                sent_packets: source(simulation, agents).sent(),
                arrived_packets: sink.packets() + sink.duplicates(),
                arrived_bytes: sink.arrived_bytes().get(),
                delivered_bytes: sink.payload_bytes().get(),
                lost_packets,
                ..FlowCounts::default()
            }
        }
        Traffic::Rdt(config) => {
            let sender = config.sender(simulation, agents.sender).stats;
            let receiver = config.receiver(simulation, agents.receiver).stats;
            FlowCounts {
                sent_packets: sender.sent_packets,
                arrived_packets: receiver.packets,
                arrived_bytes: receiver.bytes,
                delivered_bytes: receiver.delivered_bytes,
                retransmitted_packets: sender.retransmitted_packets,
                timeouts: sender.timeouts,
                lost_packets,
                wrong_deliveries: receiver.wrong_deliveries,
                ..FlowCounts::default()
            }
        }
        Traffic::Ping(_) => {
            let ping = ping(simulation, agents);
            FlowCounts {
                sent_packets: ping.sent(),
                arrived_packets: ping.answered(),
                // A ping is lost when its answer is.
                lost_packets: lost_packets + simulation.dropped_of(agents.flow, agents.back_origin),
                ..FlowCounts::default()
            }
        }
    }
}

/// What is read at an instant.
pub(crate) struct Gauges {
    pub cwnd: f64,
    pub ssthresh: f64,
    pub flight: f64,
    pub rtt: f64,
    pub rtt_count: u64,
    pub srtt: f64,
    pub rto: f64,
}

pub(crate) fn gauges(simulation: &Simulation, flow: &PlannedFlow, agents: &FlowAgents) -> Gauges {
    let seconds = |span: Option<Duration>| span.map_or(f64::NAN, Duration::as_secs_f64);
    let nothing = Gauges {
        cwnd: f64::NAN,
        ssthresh: f64::NAN,
        flight: f64::NAN,
        rtt: f64::NAN,
        rtt_count: 0,
        srtt: f64::NAN,
        rto: f64::NAN,
    };
    match &flow.traffic {
        Traffic::Tcp { .. } => {
            let (client, _) = tcp_ends(simulation, agents);
            if client.stats().established_at.is_none() || client.stats().closed_at.is_some() {
                return nothing;
            }
            let ssthresh = client.ssthresh();
            Gauges {
                cwnd: client.cwnd() as f64,
                ssthresh: if ssthresh == protocols::congestion::UNLIMITED { f64::NAN } else { ssthresh as f64 },
                flight: client.flight_size() as f64,
                rtt: seconds(client.last_rtt()),
                rtt_count: client.stats().rtt.count(),
                srtt: seconds(client.srtt()),
                rto: client.rto().as_secs_f64(),
            }
        }
        Traffic::Udp(_) => nothing,
        Traffic::Rdt(config) => {
            let sender = config.sender(simulation, agents.sender);
            if sender.stats.sent_packets == 0 || sender.stats.completed_at.is_some() {
                return nothing;
            }
            Gauges {
                flight: (sender.under_way * config.transfer().packet_size.get()) as f64,
                rtt: seconds(sender.stats.last_rtt),
                rtt_count: sender.stats.rtt.count(),
                srtt: seconds(sender.srtt),
                rto: sender.timeout.as_secs_f64(),
                ..nothing
            }
        }
        Traffic::Ping(_) => {
            let ping = ping(simulation, agents);
            Gauges { rtt: seconds(ping.last_rtt()), rtt_count: ping.rtt().count(), ..nothing }
        }
    }
}

/// Whether a flow was at work in the whole interval.
pub(crate) fn is_active(
    simulation: &Simulation,
    flow: &PlannedFlow,
    agents: &FlowAgents,
    from: Time,
    until: Time,
) -> bool {
    let is_done = match &flow.traffic {
        Traffic::Tcp { .. } => tcp_ends(simulation, agents).0.stats().completed_at.is_some_and(|done| done < until),
        Traffic::Rdt(config) => {
            config.sender(simulation, agents.sender).stats.completed_at.is_some_and(|done| done < until)
        }
        Traffic::Udp(_) | Traffic::Ping(_) => false,
    };
    Time::ZERO + flow.start <= from && flow.stop.is_none_or(|stop| Time::ZERO + stop >= until) && !is_done
}

fn summarize(latency: &Latency) -> Option<LatencyOutcome> {
    let seconds = |span: Option<Duration>| span.map(Duration::as_secs_f64);
    Some(LatencyOutcome {
        min: seconds(latency.min())?,
        mean: seconds(latency.mean())?,
        p50: seconds(latency.quantile(0.5))?,
        p95: seconds(latency.quantile(0.95))?,
        p99: seconds(latency.quantile(0.99))?,
        max: seconds(latency.max())?,
        count: latency.count(),
    })
}
