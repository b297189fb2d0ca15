//! Two endpoints over good and bad channels.

use proptest::prelude::*;
use sim_core::random::Random;
use sim_core::time::Time;
use sim_core::units::Rate;

use super::channel::{Channel, Side};
use super::*;
use crate::congestion::{KNOWN, Spec};

/// Data segments that left the client before `end`.
fn sent_before(channel: &Channel, end: Time) -> usize {
    let is_data = |packet: &Packet| packet.segment > 0;
    channel.sent.iter().filter(|(at, from, packet)| *at < end && *from == Side::Client && is_data(packet)).count()
}

fn pair(config: &Config, workload: Workload) -> (Endpoint, Endpoint) {
    let client = Endpoint::client(client_ends(), config, workload);
    (client, Endpoint::server(server_ends(), config, Reader::AtOnce))
}

/// Data segments sent in total after each of five round trips of 100 ms, the handshake not counted.
fn cumulative_growth(config: &Config) -> Vec<usize> {
    let (client, server) = pair(config, Workload::default());
    let mut channel = Channel::perfect(client, server, ms(50));
    channel.run_until(Time::ZERO + ms(599));
    // The handshake takes the first round trip; the round after it begins at 100 ms.
    (1..=5).map(|round| sent_before(&channel, Time::ZERO + ms(100 * round + 50))).collect()
}

#[test]
fn slow_start_doubles_the_window_each_round_trip() {
    let config = Config { delayed_ack: None, ..config(1) };
    assert_eq!(cumulative_growth(&config), [1, 3, 7, 15, 31]);
}

#[test]
fn congestion_avoidance_adds_a_segment_each_round_trip() {
    let config = Config { delayed_ack: None, initial_ssthresh: Some(Bytes(4_000)), ..config(4) };
    assert_eq!(cumulative_growth(&config), [4, 9, 15, 22, 30]);
}

#[test]
fn delayed_acks_slow_slow_start_to_one_and_a_half() {
    // Every second segment is acknowledged, and releases three: windows 8, 12, 18, 27. Of the 27 one is left over, to
    // be acknowledged with the first of the next round: 13 ACKs release 39.
    assert_eq!(cumulative_growth(&config(8)), [8, 8 + 12, 20 + 18, 38 + 27, 65 + 39]);
}

#[test]
fn a_transfer_over_a_perfect_channel_sends_every_byte_once() {
    let (client, server) = pair(&config(10), Workload::new(Some(123_456)));
    let mut channel = Channel::perfect(client, server, ms(20));
    channel.run(100_000);
    let (sent, received) = (channel.client.stats(), channel.server.stats());
    assert_eq!((sent.data_bytes_sent, sent.retransmitted_packets), (123_456, 0));
    assert_eq!((received.delivered_bytes, received.duplicate_packets), (123_456, 0));
    assert_eq!(sent.packets_sent, received.packets_received);
}

#[test]
fn a_finished_transfer_ends_in_closed_on_both_sides() {
    let (client, server) = pair(&config(10), Workload::new(Some(50_000)));
    let mut channel = Channel::perfect(client, server, ms(20));
    channel.run(100_000);
    assert_eq!((channel.client.state(), channel.server.state()), (State::Closed, State::Closed));
    assert_eq!(channel.client.stats().close_reason, Some(CloseReason::Finished));
    assert_eq!(channel.server.stats().close_reason, Some(CloseReason::Finished));
}

#[test]
fn completion_is_when_the_last_byte_is_acknowledged() {
    let (client, server) = pair(&config(10), Workload::new(Some(2_000)));
    let mut channel = Channel::perfect(client, server, ms(20));
    channel.run(100_000);
    // One round trip for the handshake, one for the data.
    assert_eq!(channel.client.stats().completed_at, Some(Time::ZERO + ms(80)));
    assert_eq!(channel.server.stats().first_delivery, Some(Time::ZERO + ms(60)));
}

#[test]
fn segments_carry_their_number_and_the_number_of_their_copy() {
    let (client, server) = pair(&config(10), Workload::new(Some(20_000)));
    let mut channel = Channel::new(client, server, ms(20), |_, _, packet| {
        let is_chosen = packet.segment == 3 && packet.copy <= 2;
        if is_chosen { vec![] } else { vec![Duration::ZERO] }
    });
    channel.run(100_000);
    let third: Vec<u8> = channel.sent.iter().filter(|sent| sent.2.segment == 3).map(|sent| sent.2.copy).collect();
    assert_eq!(third, [1, 2, 3]);
    assert_eq!(channel.server.stats().delivered_bytes, 20_000);
    assert!(channel.sent.iter().filter(|sent| sent.1 == Side::Server).all(|sent| sent.2.segment == 0));
}

#[test]
fn data_flows_both_ways_at_once() {
    let config = config(4);
    let client = Endpoint::client(client_ends(), &config, Workload::new(Some(40_000)));
    let server = Endpoint::server(server_ends(), &config, Reader::AtOnce)
        .with_application(Workload::new(Some(60_000)), Reader::AtOnce);
    let mut channel = Channel::perfect(client, server, ms(10));
    channel.run(100_000);
    assert_eq!(channel.server.stats().delivered_bytes, 40_000);
    assert_eq!(channel.client.stats().delivered_bytes, 60_000);
    assert_eq!((channel.client.state(), channel.server.state()), (State::Closed, State::Closed));
}

#[test]
fn a_stopped_flow_closes_after_what_it_has_sent() {
    let (client, server) = pair(&config(10), Workload::default());
    let mut channel = Channel::perfect(client, server, ms(20));
    channel.run_until(Time::ZERO + ms(500));
    channel.act(Side::Client, |end, ctx| end.on_command(ctx, sim_core::agent::Command::Stop));
    let sent = channel.client.stats().data_bytes_sent;
    channel.run(100_000);
    assert_eq!(channel.client.stats().data_bytes_sent, sent);
    assert_eq!(channel.server.stats().delivered_bytes, sent);
    assert_eq!((channel.client.state(), channel.server.state()), (State::Closed, State::Closed));
}

/// A bad channel and what goes through it.
#[derive(Clone, Debug)]
struct Adversity {
    seed: u64,
    loss: f64,
    duplication: f64,
    /// Packets are held up by up to this, and so overtake each other.
    jitter: Duration,
    corruption: f64,
    bytes: [u64; 2],
    config: Config,
    reader: Reader,
}

/// One of the algorithms, half of the time the common one.
fn any_control(index: prop::sample::Index) -> Spec {
    let names: Vec<&str> = KNOWN.iter().map(|(name, _, _)| *name).collect();
    let name = names.get(index.index(2 * names.len())).unwrap_or(&"new_reno");
    Spec::by_name(name).expect("it is known")
}

fn adversity() -> impl Strategy<Value = Adversity> {
    let network = (any::<u64>(), 0.0..0.3, 0.0..0.2, 0_u64..40, 0.0..0.1);
    let isn = prop_oneof![Just(0), any::<u32>(), (u32::MAX - 60_000)..=u32::MAX];
    let tcp = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 1_u64..30_000, isn, 100_u64..1_500);
    let control = (any::<prop::sample::Index>(), any::<bool>(), any::<bool>());
    let detection = (any::<bool>(), any::<bool>());
    let reader = prop_oneof![
        3 => Just(Reader::AtOnce),
        1 => (50_u64..5_000).prop_map(|kbps| Reader::AtRate(Rate::from_bps(kbps * 1_000))),
    ];
    let bytes = (0_u64..60_000, prop_oneof![2 => Just(0), 1 => 0_u64..20_000]);
    (network, tcp, (control, detection), reader, bytes).prop_map(
        |(network, tcp, (control, detection), reader, bytes)| {
            let (seed, loss, duplication, jitter, corruption) = network;
            let (sack, delays, scales, limited_transmit, buffer, isn, mss) = tcp;
            Adversity {
                seed,
                loss,
                duplication,
                jitter: ms(jitter),
                corruption,
                bytes: [bytes.0, bytes.1],
                config: Config {
                    congestion_control: any_control(control.0),
                    pacing: control.1,
                    mss: Bytes(mss),
                    sack,
                    delayed_ack: delays.then_some(ms(200)),
                    window_scaling: scales,
                    limited_transmit,
                    proportional_rate_reduction: control.2,
                    loss_detection: if detection.0 { LossDetection::Rack } else { LossDetection::DuplicateAcks },
                    tail_loss_probe: detection.0 && detection.1,
                    receive_buffer: Bytes(buffer),
                    isn: Some(isn),
                    max_retries: 100,
                    max_syn_retries: 100,
                    ..Config::default()
                },
                reader,
            }
        },
    )
}

impl Adversity {
    fn channel(&self) -> Channel {
        let client = Endpoint::client(client_ends(), &self.config, Workload::new(Some(self.bytes[0])));
        let back = Workload { then: Then::KeepOpen, ..Workload::new(Some(self.bytes[1])) };
        let server = Endpoint::server(server_ends(), &self.config, self.reader).with_application(back, self.reader);
        let mut random = Random::stream(self.seed, "channel", "fate");
        let Adversity { loss, duplication, jitter, corruption, .. } = *self;
        Channel::new(client, server, ms(10), move |_, _, _| {
            let mut copies = Vec::new();
            // A corrupted packet is one the checksum drops.
            if !random.chance(loss) && !random.chance(corruption) {
                copies.push(random.time_below(jitter));
            }
            if random.chance(duplication) {
                copies.push(random.time_below(jitter));
            }
            copies
        })
    }
}

fn check_invariants(end: &Endpoint) -> Result<(), TestCaseError> {
    prop_assert!(end.cwnd() >= end.mss());
    prop_assert_eq!(end.pipe(), end.sender_board().pipe_from_scratch());
    prop_assert!(end.wait() != Wait::Nothing || end.flight_size() == 0 || end.state() == State::Closed);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_byte_arrives_in_order_exactly_once_and_both_sides_close(adversity in adversity()) {
        let mut channel = adversity.channel();
        let mut steps = 0;
        while channel.step() {
            check_invariants(&channel.client)?;
            check_invariants(&channel.server)?;
            prop_assert!(channel.server.stats().delivered_bytes <= adversity.bytes[0]);
            prop_assert!(channel.client.stats().delivered_bytes <= adversity.bytes[1]);
            steps += 1;
            prop_assert!(steps < 200_000, "no end: {:?} {:?}", channel.client, channel.server);
        }
        prop_assert_eq!(channel.server.stats().delivered_bytes, adversity.bytes[0]);
        prop_assert_eq!(channel.client.stats().delivered_bytes, adversity.bytes[1]);
        prop_assert_eq!(channel.client.state(), State::Closed);
        prop_assert_eq!(channel.server.state(), State::Closed);
    }
}
