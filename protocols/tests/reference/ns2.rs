//! Fall & Floyd 1996 as run by ns-2: every send time of Tahoe, Reno, NewReno and SACK when up to four packets of a
//! window are lost.
//!
//! ns-2 begins with a packet of 40 bytes in place of a SYN, so its window is two when data begins. Its clock is aligned
//! with ours at the first data packet.
//!
//! Its senders count windows in packets, and grow them by 1 / cwnd for each ACK; ours count bytes (RFC 5681 §3.1 has
//! both). So new packets agree up to the first ACK of new data after a loss, and from then on what is sent again does.

use protocols::tcp::Workload;
use serde_json::Value;
use sim_core::time::{Duration, Time};
use sim_core::units::Bytes;

use crate::fields::{Fault, Fields};
use crate::ns3::read_link;
use crate::path::{LostAt, Send, Transfer, TwoLinks, are_near, time};
use crate::stack::Stack;
use crate::{Outcome, Outcomes};

const TOLERANCE: Duration = Duration::from_millis(1);
/// For a timeout and what follows: ns-2's timer has a coarse tick.
const TIMEOUT_TOLERANCE: Duration = Duration::from_millis(300);
/// Two packets on the slow link.
const LATER_HOLE: Duration = Duration::from_micros(20_800);
/// How long the recorded totals go.
const END_S: f64 = 6.0;
/// 10.4 ms and 1.04 ms of transmission, as much for the ACK, and 200 ms of propagation.
const ROUND_TRIP_S: f64 = 0.211;

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    let path = read_path(fields.raw("topology").ok_or("the field `topology` is missing")?)?;
    let stack = read_tcp(fields.raw("tcp").ok_or("the field `tcp` is missing")?)?;
    let cases: Vec<Value> = fields.take("cases")?;
    fields.forget(&["facts"]);
    fields.forget_texts();
    fields.done()?;
    let mut totals = Vec::new();
    let mut outcomes = Outcomes::new();
    for (number, case) in cases.iter().enumerate() {
        let id = case["id"].as_str().map_or_else(|| format!("cases[{number}]"), str::to_owned);
        let outcome = run_case(case, path, &stack).map(|run| {
            totals.extend(run.total.map(|total| (id.clone(), total)));
            run.outcome
        });
        outcomes.push((id, outcome.unwrap_or_else(Outcome::Fails)));
    }
    let order = if totals.len() == cases.len() {
        check_totals(&totals)
    } else {
        Outcome::DoesNotApply("the order is one of all cases, and not all have run to the end".to_owned())
    };
    outcomes.push(("order of the packet totals".to_owned(), order));
    Ok(outcomes)
}

/// How many packets were sent by the end: recorded, and here.
#[derive(Clone, Copy, Debug)]
struct Total {
    recorded: u32,
    here: u32,
}

/// Totals this near to each other are not put in order: windows in packets grow and round otherwise than in bytes.
const CLOSE: u32 = 6;

/// Which variant sends more under which losses must agree, for each pair of totals that are apart.
fn check_totals(totals: &[(String, Total)]) -> Outcome {
    for (number, (one, first)) in totals.iter().enumerate() {
        let is_apart = |other: &Total| first.recorded.abs_diff(other.recorded) > CLOSE;
        for (other, second) in totals[..number].iter().filter(|(_, other)| is_apart(other)) {
            if first.recorded < second.recorded && first.here >= second.here
                || first.recorded > second.recorded && first.here <= second.here
            {
                return Outcome::Fails(format!("{one} sends {first:?}, {other} {second:?}: the order differs"));
            }
        }
    }
    Outcome::Agrees
}

fn read_path(value: &Value) -> Result<TwoLinks, Fault> {
    let mut fields = Fields::of("topology", value)?;
    let links = [read_link("s1_r1", fields.raw("s1_r1"))?, read_link("r1_k1", fields.raw("r1_k1"))?];
    // The receiver's window keeps the queue from filling.
    fields.forget(&["queue_limit_packets", "queue"]);
    fields.done()?;
    Ok(TwoLinks { links, framing: 0, lost: LostAt::SecondLink })
}

fn read_tcp(value: &Value) -> Result<Stack, Fault> {
    let mut fields = Fields::of("tcp", value)?;
    let mut stack = Stack::of_the_rfcs();
    let config = &mut stack.config;
    let size: u64 = fields.take("packet_bytes_with_headers")?;
    let ack_bytes: u64 = fields.take("ack_bytes")?;
    if ack_bytes != 40 {
        return Err(format!("tcp.ack_bytes: ours have 40, not {ack_bytes}"));
    }
    let mss = size - ack_bytes;
    config.mss = Bytes(mss);
    match fields.take::<String>("ack")?.as_str() {
        "every packet, no delayed ACK" => config.delayed_ack = None,
        other => return Err(format!("tcp.ack: `{other}` is unknown here, known is `every packet, no delayed ACK`")),
    }
    // The packet that stands for the SYN was acknowledged when data begins.
    config.initial_window = Some(fields.take::<u32>("initial_window")? + 1);
    let window: u64 = fields.take("receiver_window_packets")?;
    config.receive_buffer = Bytes(window * mss);
    config.window_scaling = false;
    match fields.take::<String>("initial_ssthresh")?.as_str() {
        "receiver window" => config.initial_ssthresh = Some(Bytes(window * mss)),
        other => return Err(format!("tcp.initial_ssthresh: `{other}` is unknown here, known is `receiver window`")),
    }
    config.min_rto = crate::path::span(fields.take("min_rto_s")?);
    config.limited_transmit = false;
    fields.forget(&["timer_tick_s", "start_s", "first_packet", "drop"]);
    fields.done()?;
    Ok(stack)
}

/// What came of a case, and its totals if it ran.
struct Run {
    outcome: Outcome,
    total: Option<Total>,
}

fn run_case(value: &Value, path: TwoLinks, stack: &Stack) -> Result<Run, Fault> {
    let mut fields = Fields::of("case", value)?;
    fields.forget(&["id", "silence_s"]);
    let variant: String = fields.take("variant")?;
    let drops: Vec<u32> = fields.take("dropped_packets")?;
    let recorded_timeout: bool = fields.take("retransmission_timeout")?;
    let recorded: u32 = fields.take("highest_packet_sent_by_t6")?;
    let sends: Vec<(f64, String, u32)> = fields.take("sends")?;
    let again: Vec<Value> = fields.take("retransmissions")?;
    fields.done()?;
    let again = again.iter().enumerate().map(|(number, value)| {
        let mut fields = Fields::of(&format!("retransmissions[{number}]"), value)?;
        let pair: (u32, f64) = (fields.take("packet")?, fields.take("t")?);
        fields.done()?;
        Ok(pair)
    });
    let again: Vec<(u32, f64)> = again.collect::<Result<_, Fault>>()?;

    let mut stack = stack.clone();
    let (base, limited_transmit) = match variant.split_once('_') {
        None => (variant.as_str(), false),
        Some((base, "lt" | "limited_transmit")) => (base, true),
        Some(_) => return Err(format!("variant: `{variant}` is unknown here")),
    };
    stack.config.limited_transmit = limited_transmit;
    stack.config.sack = base == "sack";
    let control = match base {
        "tahoe" | "reno" => base,
        "newreno" | "sack" => "new_reno",
        _ => return Err(format!("variant: `{variant}` is unknown here, known are tahoe, reno, newreno, sack")),
    };
    if !stack.control(control) {
        let outcome = Outcome::DoesNotApply(format!("no congestion control `{control}`"));
        return Ok(Run { outcome, total: None });
    }

    let mut transfer = Transfer::new(&stack.clone().checked()?, Workload::new(None), path.way(drops));
    let first = sends.iter().find(|(_, _, packet)| *packet == 1).ok_or("sends: packet 1 is missing")?;
    // Long enough for either clock.
    transfer.run_until(time(END_S));
    let start = transfer.sends.first().ok_or("no data was sent")?.at;
    let shift = time(first.0);
    let here: Vec<Send> = transfer
        .sends
        .iter()
        .map(|sent| Send { at: shift + (sent.at - start), ..*sent })
        .filter(|sent| sent.at < time(END_S))
        .collect();
    // What follows the repair of the first loss comes a round trip after it.
    let horizon = again.first().map_or(END_S, |(_, at)| at + ROUND_TRIP_S);
    check_sends(&sends, &here, time(horizon))?;
    check_again(&again, &here, recorded_timeout, stack.config.sack)?;
    let total = Total { recorded, here: here.iter().map(|sent| sent.segment).max().unwrap_or(0) };
    let outcome =
        Outcome::AgreesBut(vec!["new packets after the first repair: ns-2 counts windows in packets".to_owned()]);
    Ok(Run { outcome, total: Some(total) })
}

/// Those before `horizon`.
fn check_sends(recorded: &[(f64, String, u32)], here: &[Send], horizon: Time) -> Result<(), Fault> {
    // Packet 0 stands for the SYN.
    let recorded = recorded.iter().filter(|(_, _, packet)| *packet > 0);
    for (number, (at, kind, packet)) in recorded.enumerate() {
        let is_again = match kind.as_str() {
            "D" => false,
            "R" => true,
            other => return Err(format!("sends: `{other}` is unknown here, known are D and R")),
        };
        let at = time(*at);
        if at >= horizon {
            return Ok(());
        }
        let expected = format!("{kind}{packet} at {:.4} s", at.as_secs_f64());
        let Some(sent) = here.get(number) else { return Err(format!("nothing more was sent; expected is {expected}")) };
        if sent.segment != *packet || (sent.copy > 1) != is_again || !are_near(sent.at, at, TOLERANCE) {
            let kind = if sent.copy > 1 { "R" } else { "D" };
            let found = format!("{kind}{} was sent at {:.4} s", sent.segment, sent.at.as_secs_f64());
            return Err(format!("{found}, expected is {expected} (send {number})"));
        }
    }
    Ok(())
}

/// `timeout` is whether the timer expired in the recording.
fn check_again(recorded: &[(u32, f64)], here: &[Send], timeout: bool, sack: bool) -> Result<(), Fault> {
    let here: Vec<&Send> = here.iter().filter(|sent| sent.copy > 1).collect();
    for (number, (packet, at)) in recorded.iter().enumerate() {
        // A gap of more than two round trips is the timer's.
        let is_after_timeout = timeout && *at > recorded[0].1 + 2.0 * ROUND_TRIP_S;
        let tolerance = match (is_after_timeout, sack) {
            (true, _) => TIMEOUT_TOLERANCE,
            // ns-2's SACK fills any hole once recovery has begun. RFC 6675 §4 wants three segments SACKed above each, which
            // takes two more ACKs of 10.4 ms; and its pipe falls by one segment at a partial ACK, not by two.
            (false, true) => TOLERANCE + LATER_HOLE * number as u64,
            (false, false) => TOLERANCE,
        };
        if here.get(number).is_none_or(|sent| sent.segment != *packet || !are_near(sent.at, time(*at), tolerance)) {
            return Err(format!("packet {packet} was not sent again at {at} s in its turn; sent again were {here:?}"));
        }
    }
    if !timeout && here.len() > recorded.len() {
        return Err(format!("more was sent again than recorded: {here:?}"));
    }
    Ok(())
}
