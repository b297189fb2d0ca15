//! An outcome with made-up numbers: two TCP flows over a dumbbell's bottleneck.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocols::routing::tables::Table;
use sim_core::packet::{DropCounts, DropReason, Message};
use sim_core::simulation::PacketCounts;
use sim_core::time::Duration;

use crate::file::expect::Metric;
use crate::file::spec::LinkCost;
use crate::run::outcome::{
    ExpectationOutcome, FlowAnatomy, FlowOutcome, FlowSeries, ForwardingTable, HopAnatomy, LatencyOutcome, LinkOutcome,
    LinkSeries, Outcome, Series,
};

use crate::run::routing::{
    Losses, Mishap, MishapKind, Phase, RoutingOutcome, SentMessage, Settling, TableChange, TableRoute, View,
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
        story: None,
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

/// Routers `x`, `y` and `z` in a row; the cable between x and y is cut at 10 s, and y and z count to infinity, which is 14
/// here: from y's 3 at 10 s in steps of one a second until z gives up at 21 s, and y at 22 s. 40 s, no flows.
pub(crate) fn count_to_infinity() -> Outcome {
    #[derive(Debug)]
    struct Update;

    impl Message for Update {
        fn kind(&self) -> &'static str {
            "update"
        }
    }

    let (x, y, z) = (0, 1, 2);
    let route = |cost: u64, via: usize| TableRoute { cost, next_hops: [via].into_iter().collect(), path: None };
    let change = |t: u32, router: usize, before: Option<TableRoute>, after: Option<TableRoute>| TableChange {
        t_s: f64::from(t),
        router,
        destination: x,
        before,
        after,
        reason: "learned",
        over: None,
    };
    let message = |t: u32, from: usize, to: usize| SentMessage {
        t_s: f64::from(t),
        from,
        to,
        link: 0,
        bytes: 52,
        message: Arc::new(Update),
    };
    let mut changes = vec![change(0, y, None, Some(route(1, x))), change(1, z, None, Some(route(2, y)))];
    let mut messages = vec![message(0, y, z), message(0, z, y)];
    let mut held = [None, Some(route(1, x)), Some(route(2, y))];
    for t in 10..=22 {
        let (router, other) = if t % 2 == 0 { (y, z) } else { (z, y) };
        let after = (t < 21).then(|| route(u64::from(t) - 7, other));
        changes.push(change(t, router, held[router].clone(), after.clone()));
        messages.push(message(t, router, other));
        held[router] = after;
    }
    let phase = |after: &str, at_s: f64, last_change_s: f64, messages: u64, changes: u64| Phase {
        after: after.into(),
        at_s,
        last_change_s: Some(last_change_s),
        state: Settling::Settled,
        messages,
        bytes: 52 * messages,
        routers_touched: 2,
        routes_changed: 2,
        changes,
        lost: Losses::default(),
        looped_packets: 0,
        wasted_hops: 0,
    };
    let mishap = |t_s: f64| Mishap { t_s, node: y, kind: MishapKind::TtlExpired };
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let table = |cost: &str| Table {
        title: "distances".into(),
        columns: row(["to", "via z", "D_y"]),
        rows: vec![row(["x", "∞", cost]), row(["z", "1", "1"])],
    };
    let view = |t_s: f64, cost: &str| View { t_s, router: y, tables: vec![table(cost)] };
    let names: Vec<String> = ["x", "y", "z"].map(str::to_owned).into();
    let routing = RoutingOutcome {
        nodes: names.clone(),
        routers: vec![x, y, z],
        destinations: names,
        changes,
        messages,
        phases: vec![phase("start", 0.0, 1.0, 2, 2), phase("x-y down", 10.0, 22.0, 13, 13)],
        mishaps: [15.0, 15.2, 16.1].map(mishap).into(),
        views: vec![view(10.0, "1"), view(40.0, "∞")],
        ..RoutingOutcome::default()
    };
    let simulated = Duration::from_secs(40);
    Outcome {
        simulated,
        routing: Some(routing),
        tables: Vec::new(),
        marks: vec![(10.0, "x-y down".into())],
        ..flows(0)
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
        offered_bps: Vec::new(),
    }
}

fn hop(link: &str, queueing_s: f64, propagation_s: f64) -> HopAnatomy {
    HopAnatomy { link: link.into(), processing_s: 0.0, queueing_s, transmission_s: 0.0012, propagation_s }
}
