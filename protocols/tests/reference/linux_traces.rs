//! Transfers of a real kernel over a path with chosen drops: every segment and every ACK.
//!
//! Each case is run twice. First the sender alone is fed with the recorded ACKs, at the times they reached it: what it
//! sends must be the recorded segments, in order, each within the tolerance. Then both our ends run over a path with the
//! same delay and the same drops: what is sent again, and when, must agree.
//!
//! How much new data goes out while a loss is repaired is a matter of the windows, and these differ: see [`extent`].

use std::collections::BTreeSet;

use protocols::tcp::{self, Config, Endpoint, Workload};
use serde_json::Value;
use sim_core::agent::Agent;
use sim_core::packet::{Packet, SackBlocks, SynOptions, TcpFlags, TcpHeader};
use sim_core::time::{Duration, Time};
use sim_core::units::Bytes;

use crate::fields::{Fault, Fields};
use crate::path::{From, Send, Stand, Transfer, are_near, client_ends, server_ends, span};
use crate::stack::Stack;
use crate::{Outcome, Outcomes};

/// Bytes of data in a recorded segment.
const SEGMENT: u32 = 1_448;
/// From one end to the other.
const ONE_WAY: Duration = Duration::from_micros(50_050);
const TOLERANCE: Duration = Duration::from_millis(10);
/// The peer's first sequence number; ours is 0, so that data begins at 1.
const PEER_ISN: u32 = 0;

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    let cases: Vec<Value> = fields.take("cases")?;
    let syns: Vec<Value> = fields.maybe("syn_retries")?.unwrap_or_default();
    fields.forget(&["robust_facts"]);
    fields.forget_texts();
    fields.done()?;
    let mut outcomes = Outcomes::new();
    for (number, case) in cases.iter().enumerate() {
        let id = case["id"].as_str().map_or_else(|| format!("cases[{number}]"), str::to_owned);
        outcomes.push((id, run_case(case).unwrap_or_else(Outcome::Fails)));
    }
    for (number, case) in syns.iter().enumerate() {
        outcomes.push((format!("syn_retries[{number}]"), run_syns(case).unwrap_or_else(Outcome::Fails)));
    }
    Ok(outcomes)
}

/// What the relay beside the sender saw.
#[derive(Clone, Debug)]
struct Seen {
    /// Since the first data segment.
    at: Duration,
    kind: Kind,
    /// The segment from 0, or the number of segments acknowledged.
    number: u32,
    sack: Vec<(u32, u32)>,
    /// The relay dropped it.
    is_dropped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    New,
    Again,
    Ack,
}

fn read_events(value: &[Value]) -> Result<Vec<Seen>, Fault> {
    let events = value.iter().enumerate().map(|(number, value)| {
        let place = format!("events[{number}]");
        let fault = |error: serde_json::Error| format!("{place}: {error}");
        let parts: Vec<Value> = serde_json::from_value(value.clone()).map_err(fault)?;
        let (at, kind, segment, sack) = match parts.as_slice() {
            [at, kind, segment] => (at, kind, segment, None),
            [at, kind, segment, sack] => (at, kind, segment, Some(sack)),
            _ => return Err(format!("{place}: three or four parts are expected, not {value}")),
        };
        let kind: String = serde_json::from_value(kind.clone()).map_err(fault)?;
        let (letter, is_dropped) = kind.strip_suffix('x').map_or((kind.as_str(), false), |letter| (letter, true));
        let kind = match letter {
            "D" => Kind::New,
            "R" => Kind::Again,
            "A" => Kind::Ack,
            other => {
                return Err(format!("{place}: `{other}` is unknown here, known are D, R, A, and with x if dropped"));
            }
        };
        Ok(Seen {
            at: span(serde_json::from_value(at.clone()).map_err(fault)?),
            kind,
            number: serde_json::from_value(segment.clone()).map_err(fault)?,
            sack: sack.map_or(Ok(Vec::new()), |sack| serde_json::from_value(sack.clone()).map_err(fault))?,
            is_dropped,
        })
    });
    events.collect()
}

struct Case {
    stack: Stack,
    segments: u32,
    events: Vec<Seen>,
}

fn read_case(value: &Value) -> Result<Result<Case, String>, Fault> {
    let mut fields = Fields::of("case", value)?;
    // What the events say too, put differently. `facts` are counted from them.
    fields.forget(&["id", "drop_first_copy_of_segments", "cut_from_segment_for_s", "facts"]);
    let mut stack = Stack::linux();
    let control: String = fields.take("cc")?;
    let segments: u32 = fields.take("segments")?;
    stack.config.mss = Bytes(SEGMENT.into());
    stack.config.sack = fields.take("sack")?;
    let has_rack: bool = fields.take("rack")?;
    let has_probe: bool = fields.take("tail_loss_probe")?;
    let events: Vec<Value> = fields.take("events")?;
    fields.done()?;
    let events = read_events(&events)?;
    // Without SACK neither is ever on.
    stack.wish("tail_loss_probe", has_probe && has_rack);
    stack.wish("loss_detection", if has_rack { "rack" } else { "duplicate_acks" });
    let is_known = match control.as_str() {
        "reno" => stack.control("new_reno"),
        "cubic" => stack.control("cubic"),
        other => return Err(format!("case.cc: `{other}` is unknown here, known are reno, cubic")),
    };
    Ok(if is_known { Ok(Case { stack, segments, events }) } else { Err(format!("no congestion control `{control}`")) })
}

fn run_case(value: &Value) -> Result<Outcome, Fault> {
    let case = match read_case(value)? {
        Ok(case) => case,
        Err(reason) => return Ok(Outcome::DoesNotApply(reason)),
    };
    let reduced = extent(&case);
    let config = case.stack.checked()?;
    check_sender(&config, case.segments, &case.events, reduced.is_some())?;
    check_both(&config, case.segments, &case.events)?;
    Ok(reduced.map_or(Outcome::Agrees, |reason| {
        Outcome::AgreesBut(vec![format!("new segments sent after the first retransmission: {reason}")])
    }))
}

/// Why the recorded sends are compared up to the first retransmission only; none if all of them are.
fn extent(case: &Case) -> Option<&'static str> {
    if case.events.iter().all(|seen| seen.kind != Kind::Again) {
        return None;
    }
    if !case.stack.config.sack {
        return Some("Linux reduces its rate proportionally without SACK too; here RFC 6582 decides, which waits");
    }
    Some("Linux halves a window of whole segments, and reduces its rate proportionally (RFC 9937)")
}

/// A sender whose handshake took a round trip, at time zero of the recording.
fn established(config: &Config, segments: u32) -> (Stand, Vec<Packet>, Time) {
    let bytes = u64::from(segments) * u64::from(SEGMENT);
    let workload = Workload { bytes: Some(bytes), ..Workload::SILENT };
    let mut stand = Stand::new(Endpoint::client(client_ends(), config, workload));
    stand.call(Time::ZERO, |end, ctx| end.on_start(ctx));
    let start = Time::ZERO + ONE_WAY + ONE_WAY;
    let header = TcpHeader {
        sequence: PEER_ISN,
        acknowledgment: 1,
        window: u16::MAX,
        flags: TcpFlags::SYN | TcpFlags::ACK,
        syn: Some(SynOptions { mss: SEGMENT as u16, window_scale: Some(10), sack_permitted: config.sack }),
        sack: SackBlocks::default(),
    };
    let first = stand.call(start, |end, ctx| end.on_packet(ctx, tcp::packet(&server_ends(), header, 0)));
    (stand, first, start)
}

/// The sender is fed with the recorded ACKs.
fn check_sender(config: &Config, segments: u32, events: &[Seen], until_first_loss: bool) -> Result<(), Fault> {
    let (mut stand, first, start) = established(config, segments);
    let mut sends: Vec<Send> = Vec::new();
    let mut keep = |at: Time, packets: Vec<Packet>| {
        sends.extend(packets.iter().filter(|packet| packet.segment > 0).map(|packet| Send::new(at, packet)));
    };
    keep(start, first);
    let acks = events.iter().filter(|seen| seen.kind == Kind::Ack && !seen.is_dropped);
    for ack in acks {
        let at = start + ack.at + ONE_WAY;
        while stand.next_deadline() <= at {
            let now = stand.next_deadline();
            let packets = stand.fire();
            keep(now, packets);
        }
        let position = |segment: u32| 1 + segment * SEGMENT;
        let mut sack = SackBlocks::default();
        for &(left, right) in ack.sack.iter().take(SackBlocks::MOST) {
            sack.push(position(left), position(right));
        }
        let header = TcpHeader {
            sequence: PEER_ISN + 1,
            acknowledgment: position(ack.number),
            window: u16::MAX,
            flags: TcpFlags::ACK,
            syn: None,
            sack,
        };
        let packets = stand.call(at, |end, ctx| end.on_packet(ctx, tcp::packet(&server_ends(), header, 0)));
        keep(at, packets);
    }
    let recorded: Vec<&Seen> = events.iter().filter(|seen| seen.kind != Kind::Ack).collect();
    // What an ACK of many segments releases, the kernel hands to the network card in parts, and may hold a part back.
    let stretch = first_stretch_ack(events).map(|at| at + ONE_WAY);
    for (number, seen) in recorded.iter().enumerate() {
        let at = start + seen.at;
        if until_first_loss && stretch.is_some_and(|stretch| seen.at + TOLERANCE >= stretch) {
            return Ok(());
        }
        if until_first_loss && number > 0 && recorded[number - 1].kind == Kind::Again {
            return Ok(());
        }
        let expected = format!("{:?} {} at {:.4} s", seen.kind, seen.number, seen.at.as_secs_f64());
        let Some(sent) = sends.get(number) else {
            return Err(format!("fed with the recorded ACKs, no more was sent; expected is {expected}"));
        };
        let kind = if sent.copy > 1 { Kind::Again } else { Kind::New };
        if kind != seen.kind || sent.segment - 1 != seen.number || !are_near(sent.at, at, TOLERANCE) {
            let found = format!("{kind:?} {} was sent at {:.4} s", sent.segment - 1, (sent.at - start).as_secs_f64());
            return Err(format!("fed with the recorded ACKs, {found}, expected is {expected} (send {number})"));
        }
    }
    match sends.get(recorded.len()) {
        None => Ok(()),
        Some(more) => Err(format!("fed with the recorded ACKs, segment {} was sent beside", more.segment - 1)),
    }
}

/// When the first ACK of more than two segments was seen.
fn first_stretch_ack(events: &[Seen]) -> Option<Duration> {
    let mut acked = 0;
    let mut acks = events.iter().filter(|seen| seen.kind == Kind::Ack);
    let stretch = acks.find(|seen| {
        let is_stretch = seen.number > acked + 2;
        acked = acked.max(seen.number);
        is_stretch
    });
    stretch.map(|seen| seen.at)
}

/// Both ends, and the recorded drops.
fn check_both(config: &Config, segments: u32, events: &[Seen]) -> Result<(), Fault> {
    let drops = dropped_copies(events);
    let bytes = u64::from(segments) * u64::from(SEGMENT);
    let workload = Workload { bytes: Some(bytes), ..Workload::SILENT };
    let mut transfer = Transfer::new(config, workload, move |_, from, packet| {
        let is_lost = from == From::Client && drops.contains(&(packet.segment, packet.copy));
        (!is_lost).then_some(ONE_WAY)
    });
    transfer.run_until(Time::ZERO + Duration::from_secs(600));
    if transfer.delivered_bytes() != bytes {
        return Err(format!("{} of {bytes} bytes have arrived", transfer.delivered_bytes()));
    }
    let start = transfer.sends.first().ok_or("nothing was sent")?.at;
    let again: Vec<Send> = transfer.sends.iter().filter(|sent| sent.copy > 1).copied().collect();
    let recorded: Vec<&Seen> = events.iter().filter(|seen| seen.kind == Kind::Again).collect();
    for (number, seen) in recorded.iter().enumerate() {
        let expected = format!("segment {} again at {:.4} s", seen.number, seen.at.as_secs_f64());
        let Some(sent) = again.get(number) else { return Err(format!("with both ends, missing is {expected}")) };
        if sent.segment - 1 != seen.number || !are_near(sent.at, start + seen.at, TOLERANCE) {
            let at = (sent.at - start).as_secs_f64();
            return Err(format!(
                "with both ends, segment {} went again at {at:.4} s, expected is {expected}",
                sent.segment - 1
            ));
        }
    }
    match again.get(recorded.len()) {
        None => Ok(()),
        Some(more) => Err(format!("with both ends, segment {} went again beside", more.segment - 1)),
    }
}

/// The copies that were dropped: segment and copy, both from 1.
fn dropped_copies(events: &[Seen]) -> BTreeSet<(u32, u8)> {
    let mut dropped = BTreeSet::new();
    for (number, seen) in events.iter().enumerate().filter(|(_, seen)| seen.is_dropped && seen.kind != Kind::Ack) {
        let earlier = events[..number].iter().filter(|other| other.kind != Kind::Ack && other.number == seen.number);
        dropped.insert((seen.number + 1, 1 + earlier.count() as u8));
    }
    dropped
}

/// A SYN that nobody answers.
fn run_syns(value: &Value) -> Result<Outcome, Fault> {
    let mut fields = Fields::of("syn_retries", value)?;
    let linear: u32 = fields.take("syn_linear_timeouts")?;
    let times: Vec<f64> = fields.take("syn_times_s")?;
    fields.done()?;
    if linear > 0 {
        let reason =
            format!("the first {linear} timeouts do not double (Linux only); RFC 6298, rule 5.5, doubles each");
        return Ok(Outcome::DoesNotApply(reason));
    }
    let config = Stack::linux().checked()?;
    let mut stand = Stand::new(Endpoint::client(client_ends(), &config, Workload::new(Some(1))));
    stand.call(Time::ZERO, |end, ctx| end.on_start(ctx));
    let mut last = Time::ZERO;
    for pair in times.windows(2) {
        let now = stand.next_deadline();
        if stand.fire().is_empty() {
            return Err(format!("no SYN was sent at {} s", now.as_secs_f64()));
        }
        let gap = span(pair[1] - pair[0]);
        // The kernel's timer wheel rounds up, by as much as an eighth.
        if now - last > gap || (now - last) * 9 / 8 < gap {
            return Err(format!("a SYN followed after {}, expected is {gap}", now - last));
        }
        last = now;
    }
    Ok(Outcome::Agrees)
}
