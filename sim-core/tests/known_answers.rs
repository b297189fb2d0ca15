//! Delays that can be worked out by hand, exact to the picosecond.

mod support;

use std::sync::Arc;

use sim_core::delivery::DeliveryTrace;
use sim_core::time::{Duration, Time};
use sim_core::units::Rate;
use sim_core::{LinkSpec, Reorder};
use support::{Builder, Script, Sink, link};

const END: Time = Time::from_picos(u64::MAX / 4);

/// When packets sent at `departures` over links of `specs` in a row arrive.
fn arrivals(specs: &[LinkSpec], departures: Vec<(Duration, u32)>) -> Vec<Duration> {
    let mut net = Builder::new(1);
    for node in 0..=specs.len() {
        net.host(&format!("n{node}"));
    }
    for (at, spec) in specs.iter().enumerate() {
        net.cable(&format!("n{at}"), &format!("n{}", at + 1), spec);
    }
    let last = format!("n{}", specs.len());
    let sink = net.flow("n0", &last, Duration::ZERO, |ends| Script { ends, departures, next: 0, started: Time::ZERO });
    let mut simulation = net.network.build().expect("a valid network");
    simulation.run_until(END).expect("no livelock");
    assert!(simulation.packets().are_conserved(), "{:?}", simulation.packets());
    let sink = simulation.agent::<Sink>(sink).expect("a sink");
    sink.arrivals.iter().map(|&(at, _)| at.since(Time::ZERO)).collect()
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_packet_of_1000_bytes_at_1_mbps_over_1_s_arrives_after_1008_ms() {
    let spec = link(Rate::from_mbps(1), Duration::from_secs(1));
    assert_eq!(arrivals(&[spec], vec![(Duration::ZERO, 1000)]), [ms(1008)]);
}

#[test]
fn a_packet_of_1000_bytes_at_100_bps_over_10_ms_arrives_after_80_01_s() {
    let spec = link(Rate::from_bps(100), ms(10));
    assert_eq!(arrivals(&[spec], vec![(Duration::ZERO, 1000)]), [ms(80_010)]);
}

#[test]
fn three_packets_at_once_follow_each_other_by_a_transmission_time() {
    let spec = link(Rate::from_mbps(1), ms(10));
    let departures = vec![(ms(0), 1000), (ms(0), 1000), (ms(0), 1000), (ms(2000), 1000)];
    assert_eq!(arrivals(&[spec], departures), [ms(18), ms(26), ms(34), ms(2018)]);
}

#[test]
fn three_hops_of_7_5_megabits_at_1_5_mbps_take_15_s() {
    // Kurose & Ross 1.3: message switching, without propagation.
    let mut spec = link(Rate::from_bps(1_500_000), Duration::ZERO);
    spec.mtu = sim_core::units::Bytes(10_000_000);
    assert_eq!(arrivals(&[spec.clone(), spec.clone(), spec], vec![(ms(0), 937_500)]), [Duration::from_secs(15)]);
}

#[test]
fn pipelined_packets_leave_a_chain_one_bottleneck_time_apart() {
    // 10 Mbps then 1 Mbps: the first needs 0.8 + 8 ms, each further one 8 ms more (Kurose & Ross 1.4.4).
    let specs = [link(Rate::from_mbps(10), ms(0)), link(Rate::from_mbps(1), ms(0))];
    let expected: Vec<Duration> = (1..=5).map(|n| Duration::from_micros(800 + 8_000 * n)).collect();
    assert_eq!(arrivals(&specs, vec![(ms(0), 1000); 5]), expected);
}

#[test]
fn a_processing_delay_is_added_at_every_node_a_packet_reaches() {
    let mut net = Builder::new(1);
    let processing = Duration::from_micros(5);
    for name in ["a", "r", "b"] {
        let id = net.network.add_node(name, true, processing);
        net.nodes.insert(name.into(), id);
    }
    let spec = link(Rate::from_mbps(10), ms(1));
    net.cable("a", "r", &spec);
    net.cable("r", "b", &spec);
    let sink = net.flow("a", "b", Duration::ZERO, |ends| Script {
        ends,
        departures: vec![(ms(0), 1500)],
        next: 0,
        started: Time::ZERO,
    });
    let mut simulation = net.network.build().expect("a valid network");
    simulation.run_until(END).expect("no livelock");
    // Two hops of 1.2 ms transmission, 1 ms propagation, 5 us processing.
    let expected = (Duration::from_micros(1_200) + ms(1) + processing) * 2;
    assert_eq!(simulation.agent::<Sink>(sink).expect("a sink").arrivals[0].0, Time::ZERO + expected);
}

#[test]
fn link_overhead_takes_transmission_time_but_no_room_in_the_mtu() {
    // Ethernet: 38 bytes of preamble, header, FCS and gap around 1500 (1538 bytes at 10 Mbps are 1.2304 ms).
    let mut spec = link(Rate::from_mbps(10), ms(0));
    spec.overhead = sim_core::units::Bytes(38);
    assert_eq!(arrivals(&[spec], vec![(ms(0), 1500)]), [Duration::from_nanos(1_230_400)]);
}

#[test]
fn a_packet_held_back_is_overtaken_and_arrives_late() {
    let mut spec = link(Rate::from_mbps(1), ms(10));
    spec.reorder = Some(Reorder { probability: 1.0, extra_delay: ms(100) });
    assert_eq!(arrivals(&[spec.clone()], vec![(ms(0), 1000), (ms(0), 1000)]), [ms(118), ms(126)]);
}

#[test]
fn every_packet_can_arrive_twice() {
    let mut spec = link(Rate::from_mbps(1), ms(10));
    spec.duplicate = 1.0;
    assert_eq!(arrivals(&[spec], vec![(ms(0), 1000), (ms(0), 1000)]), [ms(18), ms(18), ms(26), ms(26)]);
}

#[test]
fn the_checksum_drops_every_packet_whose_bits_flip() {
    let mut spec = link(Rate::from_mbps(1), ms(10));
    spec.bit_error_rate = 1.0;
    assert_eq!(arrivals(&[spec], vec![(ms(0), 1000)]), []);
}

#[test]
fn a_packet_larger_than_the_mtu_is_dropped() {
    let spec = link(Rate::from_mbps(1), ms(10));
    assert_eq!(arrivals(&[spec], vec![(ms(0), 1501), (ms(0), 1500)]), [ms(22)]);
}

#[test]
fn a_packet_dies_after_64_hops() {
    let spec = link(Rate::from_mbps(1000), Duration::from_micros(1));
    // 64 links: 63 routers lower the TTL from 64 to 1, and the host takes it. One more link is one too many.
    assert_eq!(arrivals(&vec![spec.clone(); 64], vec![(ms(0), 100)]).len(), 1);
    assert_eq!(arrivals(&vec![spec; 65], vec![(ms(0), 100)]).len(), 0);
}

#[test]
fn a_wire_that_loses_all_loses_nothing_after_its_loss_has_ended() {
    let loss = sim_core::loss::bernoulli::Config { probability: 1.0 };
    let spec = LinkSpec { loss: Some(sim_core::loss::LossSpec::Bernoulli(loss)), ..link(Rate::from_mbps(1), ms(10)) };
    let mut net = Builder::new(1);
    net.host("a");
    net.host("b");
    net.cable("a", "b", &spec);
    let departures = vec![(ms(0), 1000), (ms(100), 1000)];
    let sink = net.flow("a", "b", Duration::ZERO, |ends| Script { ends, departures, next: 0, started: Time::ZERO });
    net.network.at(Time::ZERO + ms(50), sim_core::script::Action::EndLoss(sim_core::ids::LinkId(0)));
    let mut simulation = net.network.build().expect("a valid network");
    simulation.run_until(END).expect("no livelock");
    // 1000 bytes at 1 Mbps take 8 ms.
    let arrivals = &simulation.agent::<Sink>(sink).expect("a sink").arrivals;
    assert_eq!(arrivals.iter().map(|&(at, _)| at.since(Time::ZERO)).collect::<Vec<_>>(), [ms(118)]);
}

/// A link with a trace in place of its bandwidth.
fn traced(text: &str, delay: Duration) -> LinkSpec {
    let trace = DeliveryTrace::parse(text).expect("a trace");
    LinkSpec { deliveries: Some(Arc::new(trace)), ..link(Rate::from_mbps(1), delay) }
}

#[test]
fn packets_of_500_bytes_leave_three_at_each_chance() {
    let departures = vec![(ms(0), 500); 7];
    assert_eq!(arrivals(&[traced("1", ms(10))], departures), [11, 11, 11, 12, 12, 12, 13].map(ms));
}

#[test]
fn a_packet_of_3000_bytes_waits_for_two_chances() {
    let spec = LinkSpec { mtu: sim_core::units::Bytes(3_000), ..traced("1\n4", ms(10)) };
    // Chances at 1, 4, 5, 8, 9 ms. The link layer's bytes need their share of a chance, too.
    assert_eq!(arrivals(std::slice::from_ref(&spec), vec![(ms(0), 3_000), (ms(0), 1_500)]), [14, 15].map(ms));
    let spec = LinkSpec { overhead: sim_core::units::Bytes(1), ..spec };
    assert_eq!(arrivals(&[spec], vec![(ms(0), 3_000), (ms(0), 1_498)]), [15, 15].map(ms));
}

#[test]
fn a_chance_that_finds_no_packet_is_lost() {
    // Chances at 2, 5, 7, 10, 12, ... ms. Those at 7 and 10 find nobody; the packet of 12 ms comes at the chance's very
    // instant, too late for it.
    let departures = vec![(ms(0), 1_500), (ms(3), 500), (ms(6), 500), (ms(12), 500)];
    assert_eq!(arrivals(&[traced("2\n5", ms(0))], departures), [2, 5, 7, 15].map(ms));
}

/// While packets wait, the byte that would leave at some time at 12 Mbit/s leaves with the next chance.
#[test]
fn a_chance_a_millisecond_is_a_link_of_12_mbps() {
    let departures: Vec<(Duration, u32)> = (0..90).map(|at| (ms(0), 40 + (at * 577) % 1_461)).collect();
    let steady = arrivals(&[link(Rate::from_mbps(12), ms(5))], departures.clone());
    let chances = arrivals(&[traced("1", ms(5))], departures);
    assert_eq!((steady.len(), chances.len()), (90, 90));
    for (steady, chance) in steady.iter().zip(&chances) {
        assert!(steady <= chance && *chance <= *steady + ms(1), "{chance} for {steady}");
    }
}

#[test]
fn a_trace_of_one_rate_is_a_link_of_that_rate() {
    let departures = vec![(ms(0), 1_000), (ms(0), 300), (ms(4), 1_500)];
    let steady = arrivals(&[link(Rate::from_mbps(3), ms(5))], departures.clone());
    assert_eq!(arrivals(&[traced("0.7 3.0", ms(5))], departures), steady);
}
