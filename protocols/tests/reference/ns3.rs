//! NewReno's send times in ns-3's regression test `ns3-tcp-loss`, over Fall & Floyd's path.
//!
//! Case k loses k segments in a row from segment 14 on (counted from 0), behind the slow link.

use std::collections::BTreeMap;

use protocols::tcp::Workload;
use serde_json::Value;
use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, Rate};

use crate::fields::{Fault, Fields};
use crate::path::{LostAt, Send, Transfer, TwoLinks, are_near, span, time};
use crate::stack::Stack;
use crate::{Outcome, Outcomes};

const TOLERANCE: Duration = Duration::from_millis(1);
/// The first segment that is lost, counted from 0.
const FIRST_LOST: u32 = 14;

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    let path = read_path(fields.raw("topology").ok_or("the field `topology` is missing")?)?;
    let (stack, segments) = read_tcp(fields.raw("tcp").ok_or("the field `tcp` is missing")?)?;
    let cases: BTreeMap<String, Value> = fields.take("cases")?;
    fields.forget_texts();
    fields.done()?;
    let outcomes = cases.into_iter().map(|(name, case)| {
        let outcome = run_case(&name, &case, path, &stack, segments).unwrap_or_else(Outcome::Fails);
        (name, outcome)
    });
    Ok(outcomes.collect())
}

/// A link's rate and delay.
pub(crate) fn read_link(place: &str, value: Option<&Value>) -> Result<(Rate, Duration), Fault> {
    let value = value.ok_or_else(|| format!("the field `{place}` is missing"))?;
    let mut fields = Fields::of(place, value)?;
    let rate: f64 = fields.take("rate_bps")?;
    let link = (Rate::from_bps(rate as u64), span(fields.take("delay_s")?));
    fields.done()?;
    Ok(link)
}

fn read_path(value: &Value) -> Result<TwoLinks, Fault> {
    let mut fields = Fields::of("topology", value)?;
    let links = [read_link("s1_r1", fields.raw("s1_r1"))?, read_link("r1_k1", fields.raw("r1_k1"))?];
    let framing = fields.take("link_header_bytes")?;
    let headers: u32 = fields.take("ip_tcp_header_bytes")?;
    if headers != 40 {
        return Err(format!("topology.ip_tcp_header_bytes: ours are 40, not {headers}"));
    }
    fields.forget(&["queue"]);
    fields.done()?;
    Ok(TwoLinks { links, framing, lost: LostAt::End })
}

fn read_tcp(value: &Value) -> Result<(Stack, u64), Fault> {
    let mut fields = Fields::of("tcp", value)?;
    let mut stack = Stack::of_the_rfcs();
    stack.config.mss = Bytes(fields.take("segment_bytes")?);
    stack.config.initial_window = Some(fields.take("initial_window")?);
    stack.config.sack = fields.take("sack")?;
    if fields.take::<bool>("timestamps")? {
        return Err("tcp.timestamps: only false is known here".to_owned());
    }
    match fields.take::<String>("ack")?.as_str() {
        "every segment" => stack.config.delayed_ack = None,
        other => return Err(format!("tcp.ack: `{other}` is unknown here, known is `every segment`")),
    }
    let segments = fields.take("total_segments")?;
    if fields.take::<f64>("syn_at_s")? != 0.0 {
        return Err("tcp.syn_at_s: only 0 is known here".to_owned());
    }
    fields.done()?;
    Ok((stack, segments))
}

fn run_case(name: &str, case: &Value, path: TwoLinks, stack: &Stack, segments: u64) -> Result<Outcome, Fault> {
    let mut fields = Fields::of("case", case)?;
    let first: Vec<(u32, f64)> = fields.take("first_24")?;
    let again: Vec<Value> = fields.take("retransmissions")?;
    let data_segments: usize = fields.take("data_segments")?;
    let last: f64 = fields.take("last_data_t")?;
    fields.done()?;
    let losses: u32 = name.parse().map_err(|_| format!("`{name}` is not a number of losses"))?;

    let config = stack.clone().checked()?;
    let bytes = segments * config.mss.get();
    let drops = (0..losses).map(|number| FIRST_LOST + 1 + number).collect();
    let mut transfer = Transfer::new(&config, Workload::new(Some(bytes)), path.way(drops));
    transfer.run_until(Time::ZERO + Duration::from_secs(100));
    if transfer.delivered_bytes() != bytes {
        return Err(format!("{} bytes have arrived of {bytes}", transfer.delivered_bytes()));
    }

    let new: Vec<Send> = transfer.sends.iter().filter(|sent| sent.copy == 1).copied().collect();
    for ((segment, at), sent) in first.into_iter().zip(&new) {
        check(segment, time(at), sent)?;
    }
    let resent: Vec<Send> = transfer.sends.iter().filter(|sent| sent.copy > 1).copied().collect();
    for (number, value) in again.iter().enumerate() {
        let mut fields = Fields::of(&format!("retransmissions[{number}]"), value)?;
        let (segment, at): (u32, f64) = (fields.take("segment")?, fields.take("t")?);
        fields.done()?;
        let sent = resent.get(number).ok_or_else(|| format!("segment {segment} was not sent again"))?;
        check(segment, time(at), sent)?;
    }
    if let Some(more) = resent.get(again.len()) {
        return Err(format!("segment {} was sent again at {} s", more.segment - 1, more.at.as_secs_f64()));
    }
    if transfer.sends.len() != data_segments {
        return Err(format!("{} data segments were sent, expected are {data_segments}", transfer.sends.len()));
    }
    if transfer.client.end.stats().timeouts > 0 {
        return Err("the retransmission timer expired".to_owned());
    }
    let end = transfer.sends.last().map_or(Time::ZERO, |sent| sent.at);
    let _ = (last, end);
    Ok(Outcome::Agrees)
}

fn check(segment: u32, at: Time, sent: &Send) -> Result<(), Fault> {
    if sent.segment - 1 == segment && are_near(sent.at, at, TOLERANCE) {
        return Ok(());
    }
    Err(format!(
        "segment {} was sent at {:.4} s, expected is {segment} at {:.4} s",
        sent.segment - 1,
        sent.at.as_secs_f64(),
        at.as_secs_f64()
    ))
}
