//! What the model checker says of the three protocols, with sequence spaces large enough and one number too small.

use super::model::{Counterexample, Data, Found, Medium, search};
use crate::rdt::{AckNames, go_back_n, selective_repeat, stop_and_wait};
use crate::rdt::{LARGEST_SPACE, Numbers};

/// A protocol, and its window.
#[derive(Clone, Copy, Debug)]
enum Protocol {
    StopAndWait,
    GoBackN(u32),
    SelectiveRepeat(u32),
}

use Protocol::{GoBackN, SelectiveRepeat, StopAndWait};

fn check(protocol: Protocol, space: u64, ack_names: AckNames, medium: Medium, data: Data) -> Found {
    let numbers = Numbers::new(space, 0);
    match protocol {
        StopAndWait => {
            let receiver = stop_and_wait::Receiver::new(numbers, ack_names);
            search(stop_and_wait::Sender::new(numbers, ack_names), receiver, medium, data)
        }
        GoBackN(window) => {
            let receiver = go_back_n::Receiver::new(numbers, ack_names);
            search(go_back_n::Sender::new(numbers, window, ack_names), receiver, medium, data)
        }
        SelectiveRepeat(window) => {
            let receiver = selective_repeat::Receiver::new(numbers, window);
            search(selective_repeat::Sender::new(numbers, window), receiver, medium, data)
        }
    }
}

/// Over a channel that keeps the order, with data without end.
fn check_in_order(protocol: Protocol, space: u64, ack_names: AckNames, holds: usize) -> Found {
    check(protocol, space, ack_names, Medium::InOrder { holds }, Data::Endless { space })
}

/// Nothing is delivered twice, out of order or not at all; what is acknowledged is delivered; it can always go on.
fn assert_right(protocol: Protocol, found: &Found) {
    if let Some(counterexample) = &found.counterexample {
        panic!("{protocol:?}:\n{counterexample}");
    }
    assert_eq!((found.false_acks, found.dead_ends), (0, 0), "{protocol:?}");
}

/// How the protocol fails.
fn failure(found: Found) -> Counterexample {
    found.counterexample.expect("a wrong delivery")
}

/// The smallest sequence space of each protocol (Kurose & Ross 3.4: 2, window + 1, twice the window), over a channel
/// that loses and duplicates but keeps the order, with timers that expire whenever they like.
#[test]
fn with_the_least_sequence_space_everything_arrives_once_and_in_order() {
    let cases = [
        (StopAndWait, 2, 4),
        (GoBackN(1), 2, 4),
        (GoBackN(2), 3, 3),
        (GoBackN(3), 4, 2),
        (SelectiveRepeat(1), 2, 4),
        (SelectiveRepeat(2), 4, 2),
        (SelectiveRepeat(3), 6, 1),
    ];
    for (protocol, space, holds) in cases {
        assert_right(protocol, &check_in_order(protocol, space, AckNames::LastReceived, holds));
    }
}

#[test]
fn both_conventions_of_acks_need_the_same_sequence_space() {
    for (protocol, space) in [(StopAndWait, 2), (GoBackN(2), 3)] {
        assert_right(protocol, &check_in_order(protocol, space, AckNames::NextExpected, 3));
        let failure = failure(check_in_order(protocol, space - 1, AckNames::NextExpected, 3));
        assert_eq!((failure.delivered, failure.expected), (0, space - 1), "{protocol:?}:\n{failure}");
    }
}

/// The same bounds are sharp: with one number fewer, all three deliver old data again (Kurose & Ross, figure 3.27).
#[test]
fn with_one_number_fewer_old_data_is_taken_for_new() {
    let cases = [
        (StopAndWait, 1),
        (GoBackN(1), 1),
        (GoBackN(2), 2),
        (GoBackN(3), 3),
        (GoBackN(4), 4),
        (SelectiveRepeat(1), 1),
        (SelectiveRepeat(2), 3),
        (SelectiveRepeat(3), 5),
    ];
    for (protocol, space) in cases {
        let failure = failure(check_in_order(protocol, space, AckNames::LastReceived, 2));
        // The first two messages that share a number are 0 and `space`.
        assert_eq!((failure.delivered, failure.expected), (0, space), "{protocol:?}:\n{failure}");
    }
}

/// Here the channel keeps every packet it was ever given, and delivers any of them at any time, again and again.
#[test]
fn with_numbers_that_never_come_round_no_order_of_events_does_harm() {
    for protocol in [StopAndWait, GoBackN(1), GoBackN(4), SelectiveRepeat(1), SelectiveRepeat(3)] {
        for messages in [1, 8] {
            let found =
                check(protocol, LARGEST_SPACE, AckNames::LastReceived, Medium::Everlasting, Data::Messages(messages));
            assert_right(protocol, &found);
        }
    }
}

/// Over such a channel, no finite space is large enough: packet 0 can wait until its number is due again.
#[test]
fn with_numbers_that_come_round_a_packet_can_outlive_its_turn() {
    for (protocol, space) in [(StopAndWait, 2), (StopAndWait, 5), (GoBackN(2), 6), (SelectiveRepeat(2), 8)] {
        let found = check(protocol, space, AckNames::LastReceived, Medium::Everlasting, Data::Messages(space + 1));
        let failure = failure(found);
        assert_eq!((failure.delivered, failure.expected), (0, space), "{protocol:?}:\n{failure}");
    }
}

/// The alternating bit needs a channel that keeps the order: nothing here is lost or duplicated by the channel.
///
/// The shortest way to see it, by hand: the copies of packet 0 must be two, so the timer expires once; packet 1 must
/// overtake the second; and for packet 1 to be sent, ACK 0 must have come.
#[test]
fn reordering_alone_defeats_the_alternating_bit() {
    let medium = Medium::Reordering { holds: 2 };
    let found = check(StopAndWait, 2, AckNames::LastReceived, medium, Data::Endless { space: 2 });
    let steps = "\
1. the sender sends message 0 as packet 0
2. the timer of message 0 expires
3. the sender sends message 0 as packet 0
4. packet 0 with message 0 arrives: Delivered, delivers [0], ACKs [0]
5. ACK 0 arrives: acknowledges Some(0)
6. the sender sends message 1 as packet 1
7. packet 1 with message 1 arrives: Delivered, delivers [1], ACKs [1]
8. packet 0 with message 0 arrives: Delivered, delivers [0], ACKs [0]
=> message 0 is delivered in place of 2";
    assert_eq!(failure(found).to_string(), steps);
}
