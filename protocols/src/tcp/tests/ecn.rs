//! Explicit congestion notification (RFC 3168; RFC 8257 §3.2).

use sim_core::packet::Ecn;
use sim_core::time::Time;

use super::channel::{Channel, Side};
use super::*;

const ECE: TcpFlags = TcpFlags::ECE;
const CWR: TcpFlags = TcpFlags::CWR;

fn classic(segments: u32) -> Config {
    Config { ecn: Some(EcnMode::Classic), ..config(segments) }
}

/// A client that writes without end to a peer that takes part, and what it sent first.
fn bulk(config: &Config) -> (Bench, Vec<Packet>) {
    Bench::client_answered(u16::MAX, config, Workload::default(), |header| header.flags = header.flags | ECE)
}

/// A server whose peer takes part.
fn server(config: &Config) -> Bench {
    Bench::server_asked(config, Reader::AtOnce, |header| header.flags = header.flags | ECE | CWR)
}

impl Bench {
    /// The peer acknowledges all below `to`, with `flags` beside ACK.
    fn ack_with(&mut self, to: u32, flags: TcpFlags) -> Vec<Packet> {
        let header = TcpHeader { acknowledgment: ISN + 1 + to, flags: ACK | flags, ..self.header() };
        self.receive(header, 0)
    }

    /// The peer's full segment `number`, from 0, as it comes out of the network; whether each ACK echoes.
    fn segment_from_peer(&mut self, number: u32, ecn: Ecn, flags: TcpFlags) -> Vec<(u32, bool)> {
        let header = TcpHeader { sequence: PEER_ISN + 1 + number * MSS, flags: ACK | flags, ..self.header() };
        let packet = Packet { ecn, ..wire::packet(&server_ends(), header, MSS) };
        let answers = self.bench.call(|ctx| self.end.on_packet(ctx, packet));
        echoes(&answers)
    }
}

/// Up to which segment each packet acknowledges, and whether it echoes.
fn echoes(packets: &[Packet]) -> Vec<(u32, bool)> {
    let echo = |packet: &Packet| ((tcp(packet).acknowledgment - PEER_ISN - 1) / MSS, tcp(packet).flags.has(ECE));
    packets.iter().map(echo).collect()
}

fn marks(packets: &[Packet]) -> Vec<(Ecn, bool)> {
    packets.iter().map(|packet| (packet.ecn, tcp(packet).flags.has(CWR))).collect()
}

fn syn(config: &Config) -> Packet {
    let mut end = Endpoint::client(client_ends(), config, Workload::default());
    Harness::new().call(|ctx| end.on_start(ctx)).remove(0)
}

/// What a server says to a SYN with these flags.
fn answer(config: &Config, flags: TcpFlags) -> TcpFlags {
    let mut end = Endpoint::server(server_ends(), config, Reader::AtOnce);
    let header = TcpHeader { sequence: PEER_ISN, flags, ..TcpHeader::default() };
    let sent = Harness::new().call(|ctx| end.on_packet(ctx, wire::packet(&client_ends(), header, 0)));
    tcp(&sent[0]).flags
}

#[test]
fn a_syn_offers_with_both_flags_and_may_not_be_marked() {
    let syn = syn(&classic(4));
    assert_eq!(tcp(&syn).flags, SYN | ECE | CWR);
    assert_eq!(syn.ecn, Ecn::NotEct);
    assert_eq!(tcp(&self::syn(&config(4))).flags, SYN);
}

#[test]
fn a_syn_ack_accepts_with_one_flag_what_was_offered_with_two() {
    assert_eq!(answer(&classic(4), SYN | ECE | CWR), SYN | ACK | ECE);
    assert_eq!(answer(&classic(4), SYN), SYN | ACK);
    assert_eq!(answer(&classic(4), SYN | ECE), SYN | ACK);
    assert_eq!(answer(&config(4), SYN | ECE | CWR), SYN | ACK);
}

#[test]
fn new_data_may_be_marked_once_both_ends_take_part() {
    let (_, sent) = bulk(&classic(2));
    assert_eq!(marks(&sent), [(Ecn::Ect0, false); 2]);
    let (_, sent) = Bench::client(&classic(2), Workload::default());
    assert_eq!(marks(&sent), [(Ecn::NotEct, false); 2]);
}

#[test]
fn a_syn_ack_that_reflects_both_flags_accepts_nothing() {
    let reflect = |header: &mut TcpHeader| header.flags = header.flags | ECE | CWR;
    let (_, sent) = Bench::client_answered(u16::MAX, &classic(1), Workload::default(), reflect);
    assert_eq!(marks(&sent), [(Ecn::NotEct, false)]);
}

#[test]
fn retransmissions_and_pure_acks_may_not_be_marked() {
    let (mut it, _) = bulk(&classic(2));
    assert_eq!(marks(&it.expire(Timer::Wait)), [(Ecn::NotEct, false)]);
    let mut it = server(&classic(2));
    it.data_from_peer(0, MSS);
    let acks = it.data_from_peer(MSS, 2 * MSS);
    assert_eq!(marks(&acks), [(Ecn::NotEct, false)]);
}

#[test]
fn a_window_probe_may_not_be_marked() {
    let (mut it, _) = bulk(&classic(2));
    it.window = 0;
    it.ack(2 * MSS);
    let probe = it.expire(Timer::Wait);
    assert_eq!(data(&probe), [(2 * MSS, 2 * MSS + 1)]);
    assert_eq!(marks(&probe), [(Ecn::NotEct, false)]);
}

#[test]
fn an_echo_cuts_the_window_as_a_loss_does_but_sends_nothing_again() {
    let (mut it, _) = bulk(&classic(10));
    let sent = it.ack_with(2 * MSS, ECE);
    // FlightSize was 10 segments: cwnd = ssthresh = 5; eight are still outstanding.
    assert_eq!((it.cwnd(), it.ssthresh()), (5, 5));
    assert_eq!(sent, []);
    assert_eq!(it.end.stats().ecn_reductions, 1);
    assert_eq!((it.end.stats().retransmitted_packets, it.end.stats().fast_retransmits), (0, 0));
}

#[test]
fn the_first_new_data_after_a_cut_says_so_once() {
    let (mut it, _) = bulk(&classic(10));
    it.ack_with(2 * MSS, ECE);
    it.ack_with(4 * MSS, ECE);
    // Four outstanding of a window of five: one more, which carries CWR.
    assert_eq!(marks(&it.ack_with(6 * MSS, ECE)), [(Ecn::Ect0, true)]);
    assert_eq!(marks(&it.ack_with(8 * MSS, ECE)), [(Ecn::Ect0, false); 2]);
}

#[test]
fn the_window_is_cut_once_for_the_marks_of_one_window_and_again_in_the_next() {
    let (mut it, _) = bulk(&classic(10));
    for number in 1..=10 {
        it.ack_with(number * MSS, ECE);
        assert_eq!(it.cwnd(), 5, "segment {number}");
    }
    // The ACK of the eleventh segment, the one with CWR, still echoes: its window was marked, too. Of the window of
    // five, five were outstanding; RFC 5681 halves them to two and a half.
    it.ack_with(11 * MSS, ECE);
    assert_eq!((it.end.cwnd(), it.end.stats().ecn_reductions), (2_500, 2));
}

#[test]
fn an_ack_that_echoes_does_not_open_the_window() {
    let (mut it, _) = bulk(&classic(4));
    it.ack_with(MSS, ECE);
    assert_eq!(it.cwnd(), 2);
    // Slow start would be over; congestion avoidance would need two segments for one.
    it.ack_with(2 * MSS, ECE);
    it.ack_with(3 * MSS, ECE);
    it.ack_with(4 * MSS, ECE);
    assert_eq!(it.cwnd(), 2);
}

#[test]
fn echoes_mean_nothing_to_a_connection_without_ecn() {
    let (mut it, _) = Bench::client(&config(10), Workload::default());
    it.ack_with(MSS, ECE);
    assert_eq!((it.cwnd(), it.end.stats().ecn_reductions), (11, 0));
}

#[test]
fn a_loss_in_a_window_that_was_cut_for_marks_is_repaired_without_another_cut() {
    let (mut it, _) = bulk(&Config { sack: false, ..classic(10) });
    it.ack_with(2 * MSS, ECE);
    let duplicates: Vec<_> = (0..3).map(|_| data(&it.ack_with(2 * MSS, ECE))).collect();
    assert_eq!(duplicates.concat(), [segment(2)]);
    assert_eq!((it.ssthresh(), it.end.stats().fast_retransmits), (5, 1));
}

#[test]
fn a_loss_cuts_a_window_without_marks_and_is_told_by_cwr() {
    let (mut it, _) = bulk(&Config { sack: false, ..classic(10) });
    (0..3).for_each(|_| drop(it.ack(0)));
    assert_eq!(it.ssthresh(), 5);
    // All of the window and the two segments of limited transmit have arrived. The rest of the window is new.
    let sent = it.ack_with(12 * MSS, TcpFlags::default());
    assert_eq!(marks(&sent[..2]), [(Ecn::Ect0, true), (Ecn::Ect0, false)]);
}

#[test]
fn a_mark_is_echoed_until_the_sender_says_it_has_reduced_its_window() {
    let mut it = server(&Config { delayed_ack: None, ..classic(4) });
    let none = TcpFlags::default();
    assert_eq!(it.segment_from_peer(0, Ecn::Ect0, none), [(1, false)]);
    assert_eq!(it.segment_from_peer(1, Ecn::Ce, none), [(2, true)]);
    assert_eq!(it.segment_from_peer(2, Ecn::Ect0, none), [(3, true)]);
    assert_eq!(it.segment_from_peer(3, Ecn::Ect0, CWR), [(4, false)]);
    assert_eq!(it.segment_from_peer(4, Ecn::Ect0, none), [(5, false)]);
}

#[test]
fn a_marked_segment_with_cwr_begins_the_echo_anew() {
    let mut it = server(&Config { delayed_ack: None, ..classic(4) });
    it.segment_from_peer(0, Ecn::Ce, TcpFlags::default());
    assert_eq!(it.segment_from_peer(1, Ecn::Ce, CWR), [(2, true)]);
}

#[test]
fn a_mark_on_what_lies_outside_the_window_is_not_echoed() {
    let mut it = server(&Config { delayed_ack: None, ..classic(4) });
    it.segment_from_peer(0, Ecn::Ect0, TcpFlags::default());
    assert_eq!(it.segment_from_peer(0, Ecn::Ce, TcpFlags::default()), [(1, false)]);
}

/// RFC 8257 §3.2, figure 1, with an ACK for every second segment, and two ACKs where a run ends in between.
#[test]
fn dctcp_echoes_each_run_of_marks_as_it_is() {
    let mut it = server(&Config { ecn: Some(EcnMode::Dctcp), ..config(4) });
    let none = TcpFlags::default();
    let mut acks = |number, ecn| it.segment_from_peer(number, ecn, none);
    assert_eq!(acks(0, Ecn::Ect0), []);
    assert_eq!(acks(1, Ecn::Ect0), [(2, false)]);
    assert_eq!(acks(2, Ecn::Ect0), []);
    // The run of three unmarked ends: the third is acknowledged as such, the first marked one at once.
    assert_eq!(acks(3, Ecn::Ce), [(3, false), (4, true)]);
    assert_eq!(acks(4, Ecn::Ce), []);
    assert_eq!(acks(5, Ecn::Ce), [(6, true)]);
    // Nothing waits when this run ends.
    assert_eq!(acks(6, Ecn::Ect0), [(7, false)]);
}

#[test]
fn dctcp_takes_no_notice_of_cwr() {
    let mut it = server(&Config { ecn: Some(EcnMode::Dctcp), delayed_ack: None, ..config(4) });
    it.segment_from_peer(0, Ecn::Ce, TcpFlags::default());
    assert_eq!(it.segment_from_peer(1, Ecn::Ce, CWR), [(2, true)]);
}

/// The share of bytes that DCTCP believes to be marked is the share that was, whatever delayed ACKs do.
#[test]
fn dctcp_tells_the_sender_exactly_how_many_segments_were_marked() {
    let mut it = server(&Config { ecn: Some(EcnMode::Dctcp), ..config(4) });
    let pattern = [0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1];
    let (mut acked, mut marked) = (0, 0);
    for (number, is_marked) in (0..).zip(pattern) {
        let ecn = if is_marked == 1 { Ecn::Ce } else { Ecn::Ect0 };
        let mut answers = it.segment_from_peer(number, ecn, TcpFlags::default());
        if number == 19 {
            answers.extend(echoes(&it.expire(Timer::DelayedAck)));
        }
        for (to, has_echo) in answers {
            marked += if has_echo { to - acked } else { 0 };
            acked = to;
        }
    }
    assert_eq!((acked, marked), (20, 11));
}

#[test]
fn one_mark_on_the_way_halves_the_window_once_from_end_to_end() {
    let config = Config { delayed_ack: None, initial_ssthresh: Some(Bytes(8_000)), ..classic(8) };
    let client = Endpoint::client(client_ends(), &config, Workload::default());
    let server = Endpoint::server(server_ends(), &config, Reader::AtOnce);
    let mut channel = Channel::perfect(client, server, ms(50));
    channel.mark(|side, packet| side == Side::Client && packet.segment == 12);
    channel.run_until(Time::ZERO + ms(500));
    // Two round trips of 8 and then 9 segments; the twelfth is in the second. 9 outstanding, halved, are 4500 bytes.
    assert_eq!(channel.client.ssthresh(), 4_500);
    assert_eq!(channel.client.stats().ecn_reductions, 1);
    assert_eq!(channel.server.stats().marked_packets, 1);
    assert_eq!(channel.client.stats().retransmitted_packets, 0);
    let told = channel.sent.iter().filter(|(_, _, packet)| tcp(packet).flags == ACK | CWR).count();
    assert_eq!(told, 1);
}
