//! Whatever a channel does, everything arrives once and in order.

use proptest::prelude::*;
use sim_core::loss::{LossSpec, bernoulli};
use sim_core::time::Duration;
use sim_core::units::{Bytes, Rate};
use sim_core::{LinkSpec, Reorder};

use super::engine::{Config, Transfer};
use crate::rdt::{self, AckNames, Adaptive, GoBackN, SelectiveRepeat, StopAndWait, Timeout, TimerRuns};

/// A direction that loses, duplicates, reorders and corrupts.
fn channel() -> impl Strategy<Value = LinkSpec> {
    (0.0..0.4, 0.0..0.3, 0.0..0.3, 0..60_u64, 0.0..1e-5, 1..40_u64).prop_map(
        |(loss, duplicate, reorder, extra_ms, bit_error_rate, delay_ms)| LinkSpec {
            bandwidth: Rate::from_mbps(10),
            delay: Duration::from_millis(delay_ms),
            loss: Some(LossSpec::Bernoulli(bernoulli::Config { probability: loss })),
            duplicate,
            reorder: Some(Reorder { probability: reorder, extra_delay: Duration::from_millis(extra_ms) }),
            bit_error_rate,
            ..LinkSpec::default()
        },
    )
}

/// The same, but it keeps the order.
fn channel_in_order() -> impl Strategy<Value = LinkSpec> {
    channel().prop_map(|channel| LinkSpec { reorder: None, ..channel })
}

fn transfer() -> impl Strategy<Value = rdt::Transfer> {
    let timeout = prop_oneof![
        (5..200_u64).prop_map(|ms| Timeout::Fixed(Duration::from_millis(ms))),
        (1..100_u64).prop_map(|ms| Timeout::Adaptive(Adaptive {
            initial: Duration::from_millis(200),
            min: Duration::from_millis(ms),
            max: Duration::from_secs(2),
        })),
    ];
    (1..60_000_u64, 0..60_u64, 0..60_u64, timeout, any::<bool>(), any::<u32>()).prop_map(
        |(size, data_header, ack_size, timeout, is_paced, first_number)| rdt::Transfer {
            size: Some(Bytes(size)),
            packets: None,
            packet_size: Bytes(1_000),
            data_header: Bytes(data_header),
            ack_size: Bytes(ack_size),
            timeout,
            pace: is_paced.then(|| Rate::from_mbps(5)),
            first_number,
        },
    )
}

fn ack_names() -> impl Strategy<Value = AckNames> {
    prop_oneof![Just(AckNames::LastReceived), Just(AckNames::NextExpected)]
}

/// Any of the three, with numbers enough that none comes round.
fn any_protocol() -> impl Strategy<Value = Config> {
    let timer = prop_oneof![Just(TimerRuns::SinceAck), Just(TimerRuns::SinceSending)];
    (0..3, 1..40_u32, ack_names(), timer, transfer()).prop_map(
        |(which, window, ack_names, timer, transfer)| match which {
            0 => Config::StopAndWait(StopAndWait { sequence_space: 1 << 32, ack_names, transfer }),
            1 => Config::GoBackN(GoBackN { window, sequence_space: None, ack_names, timer, transfer }),
            _ => Config::SelectiveRepeat(SelectiveRepeat { window, sequence_space: None, transfer }),
        },
    )
}

/// Any of the three, with as few numbers as it can do with.
fn frugal_protocol() -> impl Strategy<Value = Config> {
    any_protocol().prop_map(|mut config| {
        match &mut config {
            Config::StopAndWait(it) => it.sequence_space = it.least_space(),
            Config::GoBackN(it) => it.sequence_space = Some(it.least_space()),
            Config::SelectiveRepeat(it) => it.sequence_space = Some(it.least_space()),
        }
        config
    })
}

fn assert_all_arrives(seed: u64, config: &Config, there: &LinkSpec, back: &LinkSpec) {
    let size = match config {
        Config::StopAndWait(StopAndWait { transfer, .. })
        | Config::GoBackN(GoBackN { transfer, .. })
        | Config::SelectiveRepeat(SelectiveRepeat { transfer, .. }) => transfer.size.expect("a size was given").get(),
    };
    let mut transfer = Transfer::new(seed, config, there, back);
    let mut seconds = 0;
    while transfer.sender().completed_at.is_none() {
        // An adaptive timeout may be as long as 2 s for each of 60 packets lost several times in a row.
        assert!(seconds < 3_000, "not done after {seconds} s");
        seconds += 10;
        transfer.run_until(Duration::from_secs(seconds));
    }
    let receiver = transfer.receiver();
    assert_eq!((receiver.delivered_bytes, receiver.wrong_deliveries), (size, 0));
    assert!(transfer.simulation.packets().are_conserved());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn over_any_channel_everything_arrives_once_and_in_order(
        seed in any::<u64>(), config in any_protocol(), there in channel(), back in channel(),
    ) {
        assert_all_arrives(seed, &config, &there, &back);
    }

    #[test]
    fn over_a_channel_in_order_few_sequence_numbers_are_enough(
        seed in any::<u64>(), config in frugal_protocol(), there in channel_in_order(), back in channel_in_order(),
    ) {
        assert_all_arrives(seed, &config, &there, &back);
    }
}
