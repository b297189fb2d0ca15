//! An outcome with made-up numbers: two TCP flows over a dumbbell's bottleneck.

use std::collections::BTreeMap;

use sim_core::packet::{DropCounts, DropReason};
use sim_core::simulation::PacketCounts;
use sim_core::time::Duration;

use crate::file::expect::Metric;
use crate::file::spec::LinkCost;
use crate::run::outcome::{
    ExpectationOutcome, FlowAnatomy, FlowOutcome, FlowSeries, ForwardingTable, HopAnatomy, LatencyOutcome, LinkOutcome,
    LinkSeries, Outcome, Series,
};

const SAMPLES: usize = 600;

/// Flows `A` and `B` share `r1->r2`; 60 s, sampled every 100 ms.
pub(crate) fn two_flows() -> Outcome {
    flows(2)
}

/// As [`two_flows`], with as many flows as one likes.
pub(crate) fn flows(count: usize) -> Outcome {
    let times_s: Vec<f64> = (1..=SAMPLES).map(|i| i as f64 / 10.0).collect();
    let mut dropped = DropCounts::default();
    dropped.add(DropReason::QueueFull, 24);
    Outcome {
        seed: 1,
        simulated: Duration::from_secs(60),
        events: 400_000,
        packet_hops: 300_000,
        fingerprint: 0xab,
        packets: PacketCounts { sent: 100_024, delivered: 99_990, dropped, queued: 4, in_flight: 6, duplicated: 0 },
        flows: (0..count).map(flow).collect(),
        groups: Vec::new(),
        links: vec![link("r1", "r2", 0.98, dropped), link("r2", "r1", 0.03, DropCounts::default())],
        jain: Some(0.9975),
        series: Series {
            interval_s: 0.1,
            flows: (0..count).map(flow_series).collect(),
            links: vec![link_series(24.0), link_series(0.0)],
            jain: times_s.iter().map(|t| if *t < 10.0 { f64::NAN } else { 1.0 - 0.5 / t }).collect(),
            times_s,
        },
        anatomy: vec![FlowAnatomy {
            flow: "A".into(),
            packets: 1000,
            hops: vec![hop("left1->r1", 0.0, 0.001), hop("r1->r2", 0.02, 0.02)],
        }],
        routing: None,
        windows: BTreeMap::new(),
        packets_of: BTreeMap::new(),
        tables: vec![ForwardingTable {
            node: "r1".into(),
            rows: vec![("right1".into(), 2, vec!["r2".into()]), ("left1".into(), 1, vec!["left1".into()])],
            cost: LinkCost::Configured,
        }],
        expectations: vec![
            ExpectationOutcome {
                text: "jain at_least 0.99 from 20 s".into(),
                metric: Metric::Jain,
                measured: Some(0.9975),
                met: true,
            },
            ExpectationOutcome {
                text: "goodput at_least 9 Mbps of flow A".into(),
                metric: Metric::Goodput,
                measured: Some(4.8e6),
                met: false,
            },
        ],
        marks: vec![(30.0, "r1-r2 10 ms".into())],
    }
}

/// `A`, `B`, … `Z`, then `f27` and so on.
fn name(index: usize) -> String {
    match u8::try_from(index) {
        Ok(small) if small < 26 => char::from(b'A' + small).to_string(),
        _ => format!("f{}", index + 1),
    }
}

fn flow(index: usize) -> FlowOutcome {
    let delivered_packets = 25_000;
    FlowOutcome {
        name: name(index),
        from: format!("left{}", index + 1),
        to: format!("right{}", index + 1),
        protocol: "tcp",
        congestion_control: Some("new_reno"),
        start_s: 0.0,
        completion_s: None,
        size_bytes: None,
        ideal_s: None,
        is_arrival: false,
        sent_packets: delivered_packets + 12,
        delivered_packets,
        delivered_bytes: 36_000_000 + 100_000 * index as u64,
        goodput_bps: 4.8e6,
        throughput_bps: 4.95e6,
        retransmitted_packets: 12,
        fast_retransmits: 11,
        timeouts: 1,
        lost_packets: 12,
        marked_packets: 0,
        status: Some("open"),
        returned_packets: 0,
        returned_bytes: 0,
        response: None,
        wrong_deliveries: 0,
        reordered_packets: 0,
        duplicate_packets: 0,
        rtt: Some(LatencyOutcome { min: 0.044, mean: 0.062, p50: 0.061, p95: 0.08, p99: 0.082, max: 0.09, count: 9 }),
        delay: None,
        jitter_s: None,
    }
}

fn flow_series(index: usize) -> FlowSeries {
    let phase = |i: usize| ((i + 23 * index) % 50) as f64 / 50.0;
    let each = |value: &dyn Fn(usize) -> f64| (0..SAMPLES).map(value).collect::<Vec<f64>>();
    FlowSeries {
        goodput_bps: each(&|i| 3.3e6 + 3.2e6 * phase(i)),
        throughput_bps: each(&|i| 3.4e6 + 3.2e6 * phase(i)),
        cwnd_bytes: each(&|i| 30e3 + 30e3 * phase(i)),
        ssthresh_bytes: each(&|i| if i < 27 { f64::NAN } else { 30e3 }),
        flight_bytes: each(&|i| 29e3 + 30e3 * phase(i)),
        rtt_s: each(&|i| if i % 7 == 0 { f64::NAN } else { 0.044 + 0.04 * phase(i) }),
        srtt_s: each(&|i| 0.05 + 0.03 * phase(i)),
        rto_s: each(&|_| 1.0),
        retransmits: each(&|i| if phase(i) == 0.0 { 1.0 } else { 0.0 }),
        timeouts: each(&|i| if i == 250 { 1.0 } else { 0.0 }),
    }
}

fn link(from: &str, to: &str, utilization: f64, dropped: DropCounts) -> LinkOutcome {
    LinkOutcome {
        name: format!("{from}->{to}"),
        from: from.into(),
        to: to.into(),
        bandwidth_bps: 10e6,
        limit_packets: Some(40),
        limit_bytes: None,
        utilization,
        packets: 50_000,
        bytes: 75_000_000,
        dropped,
        marked: 0,
        queue_packets_mean: 20.0 * utilization,
        queue_packets_max: 40,
        queueing_delay_mean_s: 0.024 * utilization,
        queueing_delay_max_s: 0.048,
    }
}

fn link_series(most: f64) -> LinkSeries {
    let phase = |i: usize| (i % 25) as f64 / 25.0;
    LinkSeries {
        queue_packets: (0..SAMPLES).map(|i| (most * phase(i)) as u32).collect(),
        drops: (0..SAMPLES).map(|i| u32::from(most > 0.0 && i % 25 == 24)).collect(),
        utilization: (0..SAMPLES).map(|_| if most > 0.0 { 0.98 } else { 0.03 }).collect(),
    }
}

fn hop(link: &str, queueing_s: f64, propagation_s: f64) -> HopAnatomy {
    HopAnatomy { link: link.into(), processing_s: 0.0, queueing_s, transmission_s: 0.0012, propagation_s }
}
