//! Applications that write little by little, and what Nagle's algorithm and delayed ACKs make of them.

use sim_core::time::Time;

use super::channel::{Channel, Side};
use super::*;

fn at(millis: u64) -> Time {
    Time::ZERO + ms(millis)
}

/// A client that speaks by `dialogue` and its server, 50 ms apart: established at 100 ms, the server at 150 ms.
fn conversation(config: &Config, dialogue: Dialogue) -> Channel {
    let server = Workload { dialogue: dialogue.counterpart(), ..Workload::SILENT };
    let client = Endpoint::client(client_ends(), config, Workload::speaking(dialogue));
    let server = Endpoint::server(server_ends(), config, Reader::AtOnce).with_application(server, Reader::AtOnce);
    Channel::perfect(client, server, ms(50))
}

/// When one side sent data, and how much.
fn data_of(channel: &Channel, side: Side) -> Vec<(u64, u32)> {
    let of_side = channel.sent.iter().filter(|(_, from, _)| *from == side);
    let data = of_side.map(|(at, _, packet)| (*at, wire::data_len(packet.size, tcp(packet))));
    data.filter(|(_, len)| *len > 0).map(|(at, len)| (at.since(Time::ZERO).picos() / 1_000_000_000, len)).collect()
}

fn keystrokes(every: u64, count: u32) -> Dialogue {
    Dialogue::Writes(Writes { size: Bytes(1), every: ms(every), count: Some(count), answer: None })
}

fn requests(writes: u32) -> Dialogue {
    Dialogue::Requests(Requests { size: Bytes(200), answer: Bytes(100), count: Some(3), writes, pause: Duration::ZERO })
}

#[test]
fn an_application_writes_at_its_times_and_closes_with_the_last() {
    let mut channel = conversation(&config(10), keystrokes(30, 4));
    channel.run(1_000);
    assert_eq!(data_of(&channel, Side::Client), [(100, 1), (130, 1), (160, 1), (190, 1)]);
    let fin = channel.sent.iter().find(|(_, _, packet)| tcp(packet).flags.has(FIN)).unwrap();
    assert_eq!((fin.0, fin.1), (at(190), Side::Client));
    assert_eq!((channel.client.state(), channel.server.state()), (State::Closed, State::Closed));
    assert_eq!(channel.server.stats().delivered_bytes, 4);
}

#[test]
fn nagle_sends_in_each_round_trip_what_was_typed_in_the_one_before() {
    let config = Config { nagle: true, delayed_ack: None, ..config(10) };
    let mut channel = conversation(&config, keystrokes(30, 8));
    channel.run(1_000);
    // Typed at 100, 130, …, 310 ms; ACKs come back at 200 and 300 ms. The last goes at once: a FIN follows it.
    assert_eq!(data_of(&channel, Side::Client), [(100, 1), (200, 3), (300, 3), (310, 1)]);
}

#[test]
fn delayed_acks_make_nagle_wait_longer() {
    let config = Config { nagle: true, ..config(10) };
    let mut channel = conversation(&config, keystrokes(40, 9));
    channel.run(1_000);
    // The ACK of the first leaves at 150 + 200 ms and arrives at 400 ms, when eight have been typed. The ninth is the
    // last.
    assert_eq!(data_of(&channel, Side::Client), [(100, 1), (400, 7), (420, 1)]);
}

#[test]
fn the_echo_of_a_keystroke_takes_a_round_trip_and_carries_its_ack() {
    let typed = Writes { size: Bytes(1), every: ms(300), count: Some(3), answer: Some(Bytes(1)) };
    let mut channel = conversation(&config(10), Dialogue::Writes(typed));
    channel.run_until(at(700));
    assert_eq!(data_of(&channel, Side::Server), [(150, 1), (450, 1)]);
    let server = channel.sent.iter().filter(|(at, side, _)| *side == Side::Server && *at > self::at(100));
    assert_eq!(server.count(), 2, "no ACK without data");
    assert_eq!((channel.client.stats().responses.count(), channel.client.stats().responses.max()), (2, Some(ms(100))));
}

/// Write, write, read: with Nagle the second half of a request waits for the ACK of the first, which the server delays
/// because it has nothing to answer yet.
#[test]
fn nagle_and_delayed_acks_stall_a_request_of_two_writes() {
    let check = |nagle: bool, delayed_ack: Option<Duration>, writes: u32, response: u64| {
        let config = Config { nagle, delayed_ack, ..config(10) };
        let mut channel = conversation(&config, requests(writes));
        channel.run(1_000);
        let responses = &channel.client.stats().responses;
        assert_eq!(responses.count(), 3);
        let (fastest, slowest) = (responses.min().unwrap(), responses.max().unwrap());
        assert_eq!((fastest, slowest), (ms(response), ms(response)), "nagle {nagle}, {delayed_ack:?}, {writes} writes");
    };
    let delayed = Some(ms(200));
    // A round trip; two of them; two and the delay of the ACK.
    check(false, delayed, 2, 100);
    check(true, None, 2, 200);
    check(true, delayed, 2, 400);
    check(true, delayed, 1, 100);
}

#[test]
fn a_pause_lies_between_an_answer_and_the_next_request() {
    let Dialogue::Requests(asked) = requests(1) else { unreachable!() };
    let mut channel = conversation(&config(10), Dialogue::Requests(Requests { pause: ms(70), ..asked }));
    channel.run(1_000);
    assert_eq!(data_of(&channel, Side::Client), [(100, 200), (270, 200), (440, 200)]);
    assert_eq!(data_of(&channel, Side::Server), [(150, 100), (320, 100), (490, 100)]);
    // The client closes when it has its last answer, at 540 ms; the server is told at 590 ms.
    assert_eq!(channel.client.stats().close_reason, Some(CloseReason::Finished));
    assert_eq!(channel.server.stats().close_reason, Some(CloseReason::Finished));
    assert_eq!(channel.client.stats().delivered_bytes, 300);
}

#[test]
fn a_server_sends_on_when_the_client_has_closed() {
    let server = Workload { then: Then::KeepOpen, ..Workload::new(Some(50_000)) };
    let client = Endpoint::client(client_ends(), &config(2), Workload::new(Some(1_000)));
    let server = Endpoint::server(server_ends(), &config(2), Reader::AtOnce).with_application(server, Reader::AtOnce);
    let mut channel = Channel::perfect(client, server, ms(50));
    // The client's FIN is with its data, sent at 100 ms and acknowledged at 200 ms.
    channel.run_until(at(201));
    assert_eq!((channel.client.state(), channel.server.state()), (State::FinWait2, State::CloseWait));
    assert!(channel.client.stats().delivered_bytes < 50_000);
    channel.run(1_000);
    assert_eq!(channel.client.stats().delivered_bytes, 50_000);
    assert_eq!((channel.client.state(), channel.server.state()), (State::Closed, State::Closed));
}

#[test]
fn a_server_answers_before_it_closes_after_its_client() {
    let writes = Writes { size: Bytes(1), every: ms(30), count: Some(2), answer: Some(Bytes(5)) };
    let mut channel = conversation(&config(10), Dialogue::Writes(writes));
    channel.run(1_000);
    assert_eq!(channel.client.stats().delivered_bytes, 10);
    assert_eq!(channel.server.state(), State::Closed);
}

#[test]
fn a_stopped_application_writes_no_more() {
    let mut channel = conversation(&config(10), keystrokes(30, 100));
    channel.run_until(at(150));
    channel.act(Side::Client, |client, ctx| {
        sim_core::agent::Agent::on_command(client, ctx, sim_core::agent::Command::Stop);
    });
    channel.run(1_000);
    assert_eq!(channel.server.stats().delivered_bytes, 2);
    assert_eq!(channel.client.stats().close_reason, Some(CloseReason::Finished));
}
