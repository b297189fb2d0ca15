//! Segments and calls fed to one endpoint, and the segments it must send: the form of packetdrill's scripts.
//!
//! ```text
//! { "t": 0.2, "dir": "in",  "flags": "A", "ack": 1, "win_field": 257, "sack": [[1001, 2001]] }     the peer's segment
//! { "t": 0.2, "app": "write", "bytes": 30000 }                                     a call of the application
//! { "t": 0.2, "dir": "out", "flags": "A", "seq": [1, 10001], "ack": 1 }            ours, one or several back to back
//! { "t": 0.2, "expect": { "cwnd": 10 } }                                          the sender's state, in segments
//! ```
//!
//! Sequence numbers are relative to each side's SYN, which is 0. Segments must come in the recorded order, none between
//! them, within the tolerance of the file.

use std::collections::VecDeque;

use protocols::congestion;
use protocols::tcp::{self, EcnMode, Endpoint, Phase, Reader, Workload};
use serde_json::Value;
use sim_core::agent::Agent;
use sim_core::packet::{Body, Ecn, Packet, SackBlocks, SynOptions, TcpFlags, TcpHeader};
use sim_core::time::{Duration, Time};

use crate::fields::{Fault, Fields};
use crate::path::{Stand, are_near, client_ends, server_ends, span, time};
use crate::stack::Stack;
use crate::{Outcome, Outcomes};

/// The peer's first sequence number. Ours is 0.
const PEER_ISN: u32 = 5_000;

/// What the file says of all its cases.
#[derive(Clone, Copy, Debug)]
struct Conventions {
    tolerance: Duration,
    initial_window: u32,
    min_rto: Duration,
}

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    fields.forget(&["not_passing_here"]);
    let cases: Vec<Value> = fields.take("cases")?;
    let conventions = read_conventions(&fields.maybe("conventions")?.unwrap_or_else(|| Value::Object(<_>::default())))?;
    fields.forget_texts();
    fields.done()?;
    let named = cases.iter().enumerate().map(|(number, case)| {
        let id = case["id"].as_str().map_or_else(|| format!("cases[{number}]"), str::to_owned);
        let outcome = run_case(case, conventions).unwrap_or_else(Outcome::Fails);
        (id, outcome)
    });
    Ok(named.collect())
}

fn read_conventions(value: &Value) -> Result<Conventions, Fault> {
    let mut fields = Fields::of("conventions", value)?;
    let conventions = Conventions {
        tolerance: span(fields.maybe("time_tolerance_s")?.unwrap_or(0.02)),
        initial_window: fields.maybe("initial_window")?.unwrap_or(10),
        min_rto: span(fields.maybe("rto_min_s")?.unwrap_or(0.2)),
    };
    fields.forget_texts();
    fields.done()?;
    Ok(conventions)
}

/// One line of a script.
#[derive(Clone, Debug)]
struct Event {
    place: String,
    at: Time,
    step: Step,
}

#[derive(Clone, Debug)]
enum Step {
    In { header: Header, options: Option<PeerOptions>, window: u16, sack: Vec<(u32, u32)> },
    Out(Header),
    App(Call),
    Expect(Vec<(String, Value)>),
}

/// What both directions say of a segment. Numbers are relative.
#[derive(Clone, Debug)]
struct Header {
    flags: TcpFlags,
    /// From the first byte to behind the last; none for a pure acknowledgment.
    range: Option<(u32, u32)>,
    ack: Option<u32>,
    /// The ECN field of the IP header.
    ecn: Option<Ecn>,
}

#[derive(Clone, Copy, Debug)]
struct PeerOptions {
    mss: u16,
    sack_permitted: bool,
    window_shift: Option<u8>,
}

/// What the application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Connect,
    Write(u64),
    Close,
}

fn read_event(place: &str, value: &Value) -> Result<Event, Fault> {
    let mut fields = Fields::of(place, value)?;
    let at = time(fields.take("t")?);
    let direction: Option<String> = fields.maybe("dir")?;
    let step = if let Some(direction) = direction {
        let header = read_header(place, &mut fields)?;
        match direction.as_str() {
            "in" => Step::In {
                header,
                options: read_options(place, &mut fields)?,
                window: fields.take("win_field")?,
                sack: fields.maybe("sack")?.unwrap_or_default(),
            },
            "out" => Step::Out(header),
            other => return Err(format!("{place}.dir: `{other}` is unknown here, known are in, out")),
        }
    } else if let Some(call) = fields.maybe::<String>("app")? {
        Step::App(match call.as_str() {
            "connect" => Call::Connect,
            "write" | "send" => Call::Write(fields.take("bytes")?),
            "close" => Call::Close,
            other => return Err(format!("{place}.app: `{other}` is unknown here, known are connect, write, close")),
        })
    } else if let Some(expected) = fields.raw("expect") {
        let expected = expected.as_object().ok_or_else(|| format!("{place}.expect: an object is expected here"))?;
        Step::Expect(expected.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
    } else {
        return Err(format!("{place}: an event has `dir`, `app` or `expect`"));
    };
    fields.done()?;
    Ok(Event { place: place.to_owned(), at, step })
}

fn read_header(place: &str, fields: &mut Fields<'_>) -> Result<Header, Fault> {
    let letters: String = fields.take("flags")?;
    let mut flags = TcpFlags::default();
    for letter in letters.chars() {
        flags = flags
            | match letter {
                'F' => TcpFlags::FIN,
                'S' => TcpFlags::SYN,
                'R' => TcpFlags::RST,
                // Pushing is left out on both sides.
                'P' => TcpFlags::default(),
                'A' | '.' => TcpFlags::ACK,
                'E' => TcpFlags::ECE,
                'W' => TcpFlags::CWR,
                other => return Err(format!("{place}.flags: `{other}` is unknown here, known are F S R P A E W")),
            };
    }
    let ecn = match fields.maybe::<String>("ecn")?.as_deref() {
        None => None,
        Some("noecn") => Some(Ecn::NotEct),
        Some("ect0") => Some(Ecn::Ect0),
        Some("ect1") => Some(Ecn::Ect1),
        Some("ce") => Some(Ecn::Ce),
        Some(other) => return Err(format!("{place}.ecn: `{other}` is unknown here, known are noecn, ect0, ect1, ce")),
    };
    Ok(Header { flags, range: fields.maybe("seq")?, ack: fields.maybe("ack")?, ecn })
}

fn read_options(place: &str, fields: &mut Fields<'_>) -> Result<Option<PeerOptions>, Fault> {
    let Some(value) = fields.raw("peer_options") else { return Ok(None) };
    let mut fields = Fields::of(&format!("{place}.peer_options"), value)?;
    let options = PeerOptions {
        mss: fields.take("mss")?,
        sack_permitted: fields.maybe("sack_permitted")?.unwrap_or(false),
        window_shift: fields.maybe("window_shift")?,
    };
    fields.done()?;
    Ok(Some(options))
}

/// A script, read.
#[derive(Clone, Debug)]
struct Case {
    applies_to: String,
    mss: u64,
    settings: Vec<(String, String)>,
    events: Vec<Event>,
}

fn read_case(value: &Value) -> Result<Case, Fault> {
    let mut fields = Fields::of("case", value)?;
    fields.forget(&["id", "script", "shows", "live_result_linux_6_18"]);
    let settings: Vec<String> = fields.maybe("settings")?.unwrap_or_default();
    let settings = settings.iter().map(|setting| match setting.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(format!("settings: `{setting}` is not of the form name=value")),
    });
    let events: Vec<Value> = fields.take("events")?;
    let events = events.iter().enumerate().map(|(number, event)| read_event(&format!("events[{number}]"), event));
    let case = Case {
        applies_to: fields.maybe("applies_to")?.unwrap_or_default(),
        mss: fields.take("mss")?,
        settings: settings.collect::<Result<_, _>>()?,
        events: events.collect::<Result<_, _>>()?,
    };
    fields.done()?;
    Ok(case)
}

impl Case {
    fn is_about(&self, word: &str) -> bool {
        self.applies_to.to_lowercase().contains(word)
    }

    fn has(&self, step: impl Fn(&Step) -> bool) -> bool {
        self.events.iter().any(|event| step(&event.step))
    }

    /// Whether the peer reports segments out of order.
    fn has_sack(&self) -> bool {
        self.has(|step| matches!(step, Step::In { sack, .. } if !sack.is_empty()))
    }

    /// Whether the handshake takes no time at all: then a tail would be probed at once.
    fn has_no_round_trip(&self) -> bool {
        let syn = |event: &&Event| match &event.step {
            Step::In { header, .. } | Step::Out(header) => header.flags.has(TcpFlags::SYN),
            Step::App(_) | Step::Expect(_) => false,
        };
        let mut handshake = self.events.iter().filter(syn).map(|event| event.at);
        self.is_client() && handshake.next() == handshake.next()
    }

    /// Whether the endpoint under test opens the connection.
    fn is_client(&self) -> bool {
        self.has(|step| matches!(step, Step::App(Call::Connect)))
    }

    /// The stack the script was recorded from.
    fn stack(&self, conventions: Conventions) -> Result<Stack, Fault> {
        let mut stack = Stack::linux();
        stack.config.initial_window = Some(conventions.initial_window);
        stack.config.min_rto = conventions.min_rto;
        stack.config.clock_granularity = conventions.min_rto;
        if self.has_no_round_trip() {
            stack.wish("tail_loss_probe", false);
        }
        // What a script names, else Linux's default where it matters.
        if self.is_about("cubic") {
            stack.control("cubic");
        }
        for (name, value) in &self.settings {
            let unknown = || Err(format!("settings: `{name}={value}` is unknown here"));
            match (name.as_str(), value.as_str()) {
                // How many segments the kernel hands to the network card at once: no matter of the protocol.
                ("tcp_tso_win_divisor" | "tcp_min_tso_segs" | "tcp_limit_output_bytes" | "tcp_autocorking", _) => {}
                // How the next connection to this host starts.
                ("tcp_no_metrics_save", _) => {}
                // RFC 5681 §4.1 is always obeyed; so it is with 1.
                ("tcp_slow_start_after_idle", "1") => {}
                ("tcp_sack", "0" | "1") => stack.config.sack = value == "1",
                ("tcp_window_scaling", "0" | "1") => stack.config.window_scaling = value == "1",
                // With 2 it takes part when it is asked to, and does not ask.
                ("tcp_ecn", "1") => stack.config.ecn = Some(EcnMode::Classic),
                ("tcp_ecn", "2") if !self.is_client() => stack.config.ecn = Some(EcnMode::Classic),
                ("tcp_ecn", "0" | "2") => stack.config.ecn = Some(EcnMode::Off),
                ("tcp_reordering", _) => {
                    let Ok(threshold) = value.parse() else { return unknown() };
                    stack.config.duplicate_ack_threshold = threshold;
                }
                ("tcp_congestion_control", "reno") => _ = stack.control("new_reno"),
                ("tcp_congestion_control", "cubic") => _ = stack.control("cubic"),
                ("tcp_recovery", "0") => {
                    stack.wish("tail_loss_probe", false);
                    stack.wish("loss_detection", "duplicate_acks");
                }
                ("tcp_early_retrans", "0") => stack.wish("tail_loss_probe", false),
                ("tcp_recovery", "1") | ("tcp_early_retrans", "3") => {}
                _ => return unknown(),
            }
        }
        Ok(stack)
    }
}

type Applies = fn(&Case, &Stack) -> bool;

/// Cases about what the model does not have.
const NOT_MODELLED: &[(Applies, &str)] = &[
    (
        |case, stack| case.is_about("prr") && stack.lacks("proportional_rate_reduction"),
        "no proportional rate reduction",
    ),
    (|case, stack| case.has_sack() && stack.lacks("loss_detection"), "Linux finds losses by time (RFC 8985)"),
    (|case, _| case.is_about("cubic") && congestion::Spec::by_name("cubic").is_none(), "no CUBIC"),
    (
        |case, _| case.is_about("hystart"),
        "Linux's HyStart ends slow start at the ninth sample; RFC 9406 begins Conservative Slow Start at the eighth",
    ),
];

/// Values that a script expects and the model does not know.
const NOT_KNOWN: &[(&str, &str)] = &[
    ("reordering", "Linux's guess of how far segments overtake each other is no quantity of an RFC"),
    ("lost", "not shown"),
    ("sacked", "not shown"),
    ("retrans", "not shown"),
];

fn run_case(value: &Value, conventions: Conventions) -> Result<Outcome, Fault> {
    let case = read_case(value)?;
    let stack = case.stack(conventions)?;
    if let Some((_, reason)) = NOT_MODELLED.iter().find(|(applies, _)| applies(&case, &stack)) {
        return Ok(Outcome::DoesNotApply((*reason).to_owned()));
    }
    let config = stack.checked()?;
    let workload = Workload { then: tcp::Then::UntilTold, ..Workload::SILENT };
    let end = if case.is_client() {
        Endpoint::client(client_ends(), &config, workload)
    } else {
        Endpoint::server(client_ends(), &config, Reader::AtOnce).with_application(workload, Reader::AtOnce)
    };
    let mut scene = Scene {
        stand: Stand::new(end),
        now: Time::ZERO,
        tolerance: conventions.tolerance,
        mss: case.mss,
        peer_next: 0,
        sent: VecDeque::new(),
        not_compared: Vec::new(),
    };
    for event in &case.events {
        scene.play(event).map_err(|fault| format!("{} at {} s: {fault}", event.place, event.at.as_secs_f64()))?;
    }
    // A script ends where it has shown what it is about: what is sent after its last segment is not judged.
    Ok(if scene.not_compared.is_empty() { Outcome::Agrees } else { Outcome::AgreesBut(scene.not_compared) })
}

/// An endpoint under test, and the hand that plays the rest.
struct Scene {
    stand: Stand,
    now: Time,
    tolerance: Duration,
    mss: u64,
    /// Where the peer's stream stands, relative.
    peer_next: u32,
    /// What was sent and not yet expected.
    sent: VecDeque<(Time, Packet)>,
    not_compared: Vec<String>,
}

impl Scene {
    fn keep(&mut self, packets: Vec<Packet>) {
        let now = self.now;
        self.sent.extend(packets.into_iter().map(|packet| (now, packet)));
    }

    /// Lets the timers fire that are due by `at`.
    fn advance(&mut self, at: Time) {
        while self.stand.next_deadline() <= at {
            self.now = self.stand.next_deadline();
            let packets = self.stand.fire();
            self.keep(packets);
        }
        self.now = self.now.max(at);
    }

    fn play(&mut self, event: &Event) -> Result<(), Fault> {
        self.advance(event.at);
        match &event.step {
            Step::In { header, options, window, sack } => {
                let packet = self.packet_of_peer(header, options.as_ref(), *window, sack)?;
                let now = self.now;
                let packets = self.stand.call(now, |end, ctx| end.on_packet(ctx, packet));
                self.keep(packets);
            }
            Step::App(call) => {
                let now = self.now;
                let packets = self.stand.call(now, |end, ctx| match call {
                    Call::Connect => end.on_start(ctx),
                    Call::Write(bytes) => end.write(ctx, *bytes),
                    Call::Close => end.close(ctx),
                });
                self.keep(packets);
            }
            Step::Out(expected) => self.expect_segments(expected, event.at)?,
            Step::Expect(values) => {
                values.iter().try_for_each(|(name, value)| self.expect_value(&event.place, name, value))?;
            }
        }
        Ok(())
    }

    /// The packet that the peer's segment comes in.
    fn packet_of_peer(
        &mut self,
        header: &Header,
        options: Option<&PeerOptions>,
        window: u16,
        sack: &[(u32, u32)],
    ) -> Result<Packet, Fault> {
        let ecn = header.ecn.unwrap_or_default();
        let (from, to) = header.range.unwrap_or((self.peer_next, self.peer_next));
        let len = to.checked_sub(from).ok_or("seq: the end lies before the beginning")?;
        let takes_number = |flag| u32::from(header.flags.has(flag));
        self.peer_next = self.peer_next.max(to + takes_number(TcpFlags::SYN) + takes_number(TcpFlags::FIN));
        let mut blocks = SackBlocks::default();
        if sack.len() > SackBlocks::MOST {
            return Err(format!("sack: {} blocks do not fit a segment", sack.len()));
        }
        sack.iter().for_each(|&(left, right)| blocks.push(left, right));
        let header = TcpHeader {
            sequence: PEER_ISN.wrapping_add(from),
            acknowledgment: header.ack.unwrap_or(0),
            window,
            flags: header.flags,
            syn: options.map(|options| SynOptions {
                mss: options.mss,
                window_scale: options.window_shift,
                sack_permitted: options.sack_permitted,
            }),
            sack: blocks,
        };
        let mut packet = tcp::packet(&server_ends(), header, len);
        packet.ecn = ecn;
        Ok(packet)
    }

    /// One or several segments that together are `expected`.
    fn expect_segments(&mut self, expected: &Header, at: Time) -> Result<(), Fault> {
        let (mut from, to) = expected.range.unwrap_or((0, 0));
        let mut is_first = true;
        loop {
            // A timer may be due a little later than recorded.
            while self.sent.is_empty() && self.stand.next_deadline() <= at + self.tolerance {
                let next = self.stand.next_deadline();
                self.advance(next);
            }
            let sent =
                self.sent.pop_front().ok_or_else(|| format!("nothing more was sent; [{from}, {to}) is missing"))?;
            let shown = Shown(&sent).to_string();
            let (sent_at, packet) = &sent;
            let header = header_of(packet);
            let len = tcp::data_len(packet.size, header);
            if !are_near(*sent_at, at, self.tolerance) {
                return Err(format!("{shown} was sent: not within {}", self.tolerance));
            }
            if expected.range.is_some() && header.sequence != from {
                return Err(format!("{shown} was sent, where [{from}, {to}) is expected"));
            }
            from += len;
            if from > to && expected.range.is_some() {
                return Err(format!("{shown} was sent: beyond the end of the expected range, {to}"));
            }
            if expected.range.is_none() && len > 0 {
                return Err(format!("{shown} was sent, where a segment without data is expected"));
            }
            // A FIN ends a burst; what its first segment says of the window reduced is said once.
            let is_last = from >= to;
            let mut flags = expected.flags.0;
            if !is_last {
                flags &= !TcpFlags::FIN.0;
            }
            if !is_first {
                flags &= !TcpFlags::CWR.0;
            }
            is_first = false;
            if header.flags.0 & !TcpFlags::PSH.0 != flags {
                return Err(format!("{shown} was sent, where flags {} are expected", letters(expected.flags)));
            }
            if let Some(ack) = expected.ack
                && header.acknowledgment.wrapping_sub(PEER_ISN) != ack
            {
                return Err(format!("{shown} was sent, where an acknowledgment of {ack} is expected"));
            }
            if let Some(ecn) = expected.ecn
                && packet.ecn != ecn
            {
                return Err(format!("{shown} was sent with {:?}, expected is {ecn:?}", packet.ecn));
            }
            if is_last {
                return Ok(());
            }
        }
    }

    fn expect_value(&mut self, place: &str, name: &str, expected: &Value) -> Result<(), Fault> {
        if let Some((_, reason)) = NOT_KNOWN.iter().find(|(known, _)| *known == name) {
            self.not_compared.push(format!("{place}.expect.{name}: {reason}"));
            return Ok(());
        }
        let end = &self.stand.end;
        let number = || expected.as_u64().ok_or_else(|| format!("expect.{name}: a number is expected, not {expected}"));
        let found = match name {
            "cwnd" => end.cwnd() / self.mss,
            "ssthresh" if expected == "infinite" => {
                return if end.ssthresh() == u64::MAX {
                    Ok(())
                } else {
                    Err(format!("ssthresh is {} segments, expected is none", end.ssthresh() / self.mss))
                };
            }
            "ssthresh" => end.ssthresh() / self.mss,
            "unacked" => end.flight_size().div_ceil(self.mss),
            "state" => return self.expect_phase(expected),
            other => return Err(format!("expect: `{other}` is unknown here (the file expects {expected})")),
        };
        let expected = number()?;
        if found == expected { Ok(()) } else { Err(format!("{name} is {found}, expected is {expected}")) }
    }

    fn expect_phase(&self, expected: &Value) -> Result<(), Fault> {
        let phase = self.stand.end.phase();
        let wanted = match expected.as_str() {
            // Linux has two more states in which nothing is being repaired: duplicate ACKs have come (disorder), or
            // ECN has cut the window (cwr).
            Some("open" | "disorder" | "cwr") => Phase::Open,
            Some("recovery") => Phase::Fast,
            Some("loss") => Phase::Timeout,
            _ => {
                return Err(format!(
                    "expect.state: {expected} is unknown here, known are open, disorder, cwr, recovery, loss"
                ));
            }
        };
        if phase == wanted { Ok(()) } else { Err(format!("the state is {phase:?}, expected is {expected}")) }
    }
}

fn header_of(packet: &Packet) -> &TcpHeader {
    let Body::Tcp(header) = &packet.body else { unreachable!("TCP sends TCP") };
    header
}

fn letters(flags: TcpFlags) -> String {
    let known = [
        (TcpFlags::SYN, 'S'),
        (TcpFlags::FIN, 'F'),
        (TcpFlags::RST, 'R'),
        (TcpFlags::ECE, 'E'),
        (TcpFlags::CWR, 'W'),
        (TcpFlags::ACK, 'A'),
    ];
    known.iter().filter(|(flag, _)| flags.has(*flag)).map(|(_, letter)| *letter).collect()
}

/// A segment as messages show it.
struct Shown<'a>(&'a (Time, Packet));

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (at, packet) = self.0;
        let header = header_of(packet);
        let from = header.sequence;
        let to = from.wrapping_add(tcp::data_len(packet.size, header));
        let ack = header.acknowledgment.wrapping_sub(PEER_ISN);
        write!(f, "[{from}, {to}) {} ack {ack} at {:.4} s", letters(header.flags), at.as_secs_f64())
    }
}
