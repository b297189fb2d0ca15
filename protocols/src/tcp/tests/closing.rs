//! FIN, RST, TIME-WAIT.

use sim_core::agent::Command;
use sim_core::time::Time;

use super::channel::{Channel, Side};
use super::*;

/// An idle established client.
fn idle() -> Bench {
    Bench::client(&config(10), open_with(0)).0
}

fn flags(packets: &[Packet]) -> Vec<TcpFlags> {
    packets.iter().map(|packet| tcp(packet).flags).collect()
}

#[test]
fn the_last_data_segment_carries_the_fin() {
    let (bench, sent) = Bench::client(&config(10), Workload::new(Some(1_500)));
    assert_eq!((data(&sent), flags(&sent)), (vec![(0, 1_000), (1_000, 1_500)], vec![ACK, FIN | ACK]));
    assert_eq!(bench.end.state(), State::FinWait1);
}

#[test]
fn closing_first_goes_through_fin_wait_and_time_wait() {
    let mut bench = idle();
    let fin = bench.close();
    assert_eq!((flags(&fin), fin[0].segment, fin[0].size), (vec![FIN | ACK], 0, 40));
    assert_eq!(bench.end.state(), State::FinWait1);
    bench.ack(1);
    assert_eq!(bench.end.state(), State::FinWait2);
    assert_eq!(flags(&bench.fin_from_peer(0, 1)), [ACK]);
    assert_eq!(bench.end.state(), State::TimeWait);
    assert_eq!(bench.due_in(Timer::Wait), Some(Duration::from_secs(60)));
    bench.expire(Timer::Wait);
    assert_eq!(bench.end.state(), State::Closed);
}

#[test]
fn a_fin_that_acknowledges_ours_goes_straight_to_time_wait() {
    let mut bench = idle();
    bench.close();
    bench.fin_from_peer(0, 1);
    assert_eq!(bench.end.state(), State::TimeWait);
}

#[test]
fn fins_that_cross_go_through_closing() {
    let mut bench = idle();
    bench.close();
    assert_eq!(flags(&bench.fin_from_peer(0, 0)), [ACK]);
    assert_eq!(bench.end.state(), State::Closing);
    let header = TcpHeader { sequence: PEER_ISN + 2, acknowledgment: ISN + 2, ..bench.header() };
    bench.receive(header, 0);
    assert_eq!(bench.end.state(), State::TimeWait);
}

#[test]
fn two_that_close_at_once_both_end_closed() {
    let client = Endpoint::client(client_ends(), &config(10), open_with(0));
    let server = Endpoint::server(server_ends(), &config(10), Reader::AtOnce);
    let mut channel = Channel::perfect(client, server, ms(10));
    channel.run_until(Time::ZERO + ms(100));
    channel.act(Side::Client, |end, ctx| end.close(ctx));
    channel.act(Side::Server, |end, ctx| end.close(ctx));
    channel.run_until(channel.now + ms(100));
    assert_eq!((channel.client.state(), channel.server.state()), (State::TimeWait, State::TimeWait));
    channel.run(100);
    assert_eq!((channel.client.state(), channel.server.state()), (State::Closed, State::Closed));
}

#[test]
fn a_server_closes_when_the_client_has() {
    let mut bench = Bench::server(&config(10), Reader::AtOnce);
    bench.data_from_peer(0, 500);
    // Acknowledges the FIN and sends its own with it.
    assert_eq!(flags(&bench.fin_from_peer(500, 0)), [FIN | ACK]);
    assert_eq!(bench.end.state(), State::LastAck);
    let header = TcpHeader { sequence: PEER_ISN + 502, acknowledgment: ISN + 2, ..bench.header() };
    bench.receive(header, 0);
    assert_eq!(bench.end.state(), State::Closed);
    assert_eq!(bench.end.stats().close_reason, Some(CloseReason::Finished));
    assert_eq!(bench.bench.next_deadline(), Time::NEVER);
}

#[test]
fn a_server_that_has_not_read_all_waits_in_close_wait() {
    let mut bench = Bench::server(&config(10), Reader::Never);
    bench.data_from_peer(0, 500);
    assert_eq!(flags(&bench.fin_from_peer(500, 0)), [ACK]);
    assert_eq!(bench.end.state(), State::CloseWait);
}

#[test]
fn a_fin_before_its_data_waits_for_it() {
    let mut bench = Bench::server(&config(10), Reader::AtOnce);
    let sent = bench.fin_from_peer(500, 0);
    assert_eq!((tcp(&sent[0]).acknowledgment, bench.end.state()), (PEER_ISN + 1, State::Established));
    let sent = bench.data_from_peer(0, 500);
    assert_eq!(tcp(&sent[0]).acknowledgment, PEER_ISN + 1 + 501);
    assert_eq!(bench.end.state(), State::LastAck);
}

#[test]
fn a_lost_fin_is_sent_again() {
    let mut bench = idle();
    bench.close();
    let sent = bench.expire(Timer::Wait);
    assert_eq!((flags(&sent), bench.end.state()), (vec![FIN | ACK], State::FinWait1));
}

#[test]
fn time_wait_acknowledges_a_fin_again_and_starts_anew() {
    let mut bench = idle();
    bench.close();
    bench.fin_from_peer(0, 1);
    bench.bench.advance(Duration::from_secs(30));
    assert_eq!(flags(&bench.fin_from_peer(0, 1)), [ACK]);
    assert_eq!(bench.due_in(Timer::Wait), Some(Duration::from_secs(60)));
}

#[test]
fn stopping_discards_what_was_not_sent() {
    let (mut bench, sent) = Bench::client(&config(2), Workload::new(Some(50_000)));
    assert_eq!(data(&sent), segments(0, 2));
    let sent = bench.bench.call(|ctx| bench.end.on_command(ctx, Command::Stop));
    assert_eq!((data(&sent), flags(&sent)), (vec![], vec![FIN | ACK]));
    bench.ack(2_001);
    assert_eq!(bench.end.state(), State::FinWait2);
    assert!(bench.end.stats().completed_at.is_some());
}

#[test]
fn stopping_before_the_handshake_cancels_it() {
    let mut bench = Harness::new();
    let mut end = Endpoint::client(client_ends(), &config(1), Workload::default());
    bench.call(|ctx| end.on_start(ctx));
    bench.call(|ctx| end.on_command(ctx, Command::Stop));
    assert_eq!((end.state(), end.stats().close_reason), (State::Closed, Some(CloseReason::Cancelled)));
    assert_eq!(bench.next_deadline(), Time::NEVER);
}

#[test]
fn a_stopped_client_never_starts() {
    let mut bench = Harness::new();
    let mut end = Endpoint::client(client_ends(), &config(1), Workload::default());
    bench.call(|ctx| end.on_command(ctx, Command::Stop));
    assert_eq!(bench.call(|ctx| end.on_start(ctx)), []);
}

#[test]
fn a_reset_at_the_expected_number_ends_the_connection() {
    let mut bench = idle();
    assert_eq!(bench.receive(TcpHeader { flags: RST, ..bench.header() }, 0), []);
    assert_eq!((bench.end.state(), bench.end.stats().close_reason), (State::Closed, Some(CloseReason::Reset)));
    assert_eq!(bench.bench.next_deadline(), Time::NEVER);
}

#[test]
fn a_reset_elsewhere_in_the_window_is_challenged() {
    let mut bench = idle();
    let header = TcpHeader { sequence: PEER_ISN + 10, flags: RST, ..bench.header() };
    assert_eq!(flags(&bench.receive(header, 0)), [ACK]);
    assert_eq!(bench.end.state(), State::Established);
}

#[test]
fn a_reset_outside_the_window_is_ignored() {
    let mut bench = idle();
    let header = TcpHeader { sequence: PEER_ISN - 10, flags: RST, ..bench.header() };
    assert_eq!(bench.receive(header, 0), []);
    assert_eq!(bench.end.state(), State::Established);
}

#[test]
fn a_syn_in_the_window_is_challenged() {
    let mut bench = idle();
    let header = TcpHeader { flags: SYN, ..bench.header() };
    assert_eq!(flags(&bench.receive(header, 0)), [ACK]);
    assert_eq!(bench.end.state(), State::Established);
}

#[test]
fn an_ack_of_what_was_never_sent_is_answered_and_ignored() {
    let mut bench = idle();
    let header = TcpHeader { acknowledgment: ISN + 500, ..bench.header() };
    let sent = bench.receive(header, 0);
    assert_eq!((flags(&sent), tcp(&sent[0]).acknowledgment), (vec![ACK], PEER_ISN + 1));
}

#[test]
fn a_closed_endpoint_answers_with_a_reset() {
    let mut bench = idle();
    bench.receive(TcpHeader { flags: RST, ..bench.header() }, 0);
    assert_eq!(flags(&bench.data_from_peer(0, 100)), [RST]);
}
