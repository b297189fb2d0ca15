//! Links whose rate changes all the time, as recorded on a cellular network: a trace says when how much may leave.
//!
//! A trace is text in one of two forms, told apart by its first line of numbers:
//!
//! - **chances to deliver**, as Mahimahi's `mm-link` reads them (Netravali et al., "Mahimahi: Accurate Record-and-Replay
//!   for HTTP", USENIX ATC 2015; recorded with the Saturator of Winstein, Sivaraman & Balakrishnan, NSDI 2013): one whole
//!   number a line, milliseconds from the start, none less than the one before. Each is a chance to deliver 1500 bytes.
//!   A smaller packet uses part of a chance, several small ones share it, a larger one needs several. What finds nobody
//!   waiting is lost: a packet that comes at the very instant of a chance comes too late for it.
//! - **rates**: two numbers a line, seconds and Mbit/s. The rate holds up to this time, from that of the line before, or
//!   from the start. Between two changes bits leave evenly, as on any other link.
//!
//! At its end a trace begins anew. Its last number is the period: the first line of the second round is at last + first.
//!
//! ```text
//!   0 ms      1         2    2    3 ms
//!   |---------+---------+----+----|      "1 2 2 3" is 1500 B at 1 ms, 3000 B at 2 ms, 1500 B at 3 ms, 1500 B at 4 ms, ...
//! ```
//!
//! Empty lines are passed over, and so is what follows a `#`.
//! Not modelled: Mahimahi's own four bytes of header on each packet, and the losses and delays of a radio link, which
//! links have in other fields.

use std::fmt;
use std::sync::Arc;

use crate::time::{Duration, Time};
use crate::units::{PICOS_PER_SECOND, Rate};

/// What one chance carries.
const CHANCE_BYTES: u64 = 1_500;
const PICOS_PER_MILLI: u64 = 1_000_000_000;
/// The longest trace: a million seconds, eleven days.
const LONGEST_MILLIS: u32 = 1_000_000_000;
const LONGEST_SECONDS: f64 = 1e6;
/// The fastest rate, as for other links: 100 Tbit/s.
const FASTEST_MBPS: f64 = 1e8;
/// Work is counted in bit/s times picoseconds, so that a rate adds a whole number of it.
const WORK_PER_BYTE: u128 = 8 * PICOS_PER_SECOND as u128;

/// What a link can deliver over time, for ever: a trace, repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryTrace {
    offers: Offers,
    /// In picoseconds, more than zero.
    period: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Offers {
    /// Milliseconds from the start of a round, never decreasing.
    Chances(Vec<u32>),
    Rates(Vec<Piece>),
}

/// A stretch of one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// In picoseconds from the start of a round.
    end: u64,
    bps: u64,
    /// All the work that a round has offered by `end`.
    work: u128,
}

/// Why a text is no trace, and on which line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceFault {
    /// The line; none if it is about the whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl TraceFault {
    fn at(line: usize, message: impl Into<String>) -> Self {
        TraceFault { line: Some(line), message: message.into() }
    }

    fn whole(message: impl Into<String>) -> Self {
        TraceFault { line: None, message: message.into() }
    }
}

impl fmt::Display for TraceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for TraceFault {}

impl DeliveryTrace {
    /// Reads a trace in either form.
    ///
    /// ```
    /// use sim_core::delivery::DeliveryTrace;
    ///
    /// // 1500 bytes every millisecond.
    /// assert_eq!(DeliveryTrace::parse("1\n")?.mean_rate().to_string(), "12 Mbps");
    /// // 9 Mbit/s for a second, then nothing for half of one.
    /// assert_eq!(DeliveryTrace::parse("1.0 9\n1.5 0\n")?.mean_rate().to_string(), "6 Mbps");
    /// # Ok::<(), sim_core::delivery::TraceFault>(())
    /// ```
    ///
    /// # Errors
    /// Names the first line that cannot be, or says that the whole offers nothing or has no length.
    pub fn parse(text: &str) -> Result<Self, TraceFault> {
        let rows = (1..).zip(text.lines()).filter_map(|(number, line)| {
            let line = line.split('#').next().unwrap_or_default();
            let mut cells = line.split(|c: char| c.is_whitespace() || c == ',').filter(|cell| !cell.is_empty());
            let first = cells.next()?;
            Some(Row { number, first, second: cells.next(), more: cells.count() })
        });
        let mut rows = rows.peekable();
        match rows.peek() {
            None => Err(TraceFault::whole("holds no numbers")),
            Some(Row { second: None, .. }) => chances(rows),
            Some(Row { second: Some(_), .. }) => rates(rows),
        }
    }

    /// How long a round takes.
    pub fn period(&self) -> Duration {
        Duration::from_picos(self.period)
    }

    /// All that a round offers, divided by its length; to a bit per second, and never less than one.
    pub fn mean_rate(&self) -> Rate {
        let bps = (self.round_work() + u128::from(self.period) / 2) / u128::from(self.period);
        Rate::from_bps(u64::try_from(bps).unwrap_or(u64::MAX).max(1))
    }

    /// The bytes that could have left before `time`, rounded down.
    pub fn offered_before(&self, time: Time) -> u64 {
        u64::try_from(self.work_before(time) / WORK_PER_BYTE).unwrap_or(u64::MAX)
    }

    fn round_work(&self) -> u128 {
        match &self.offers {
            Offers::Chances(millis) => millis.len() as u128 * u128::from(CHANCE_BYTES) * WORK_PER_BYTE,
            Offers::Rates(pieces) => pieces.last().map_or(0, |last| last.work),
        }
    }

    fn work_before(&self, time: Time) -> u128 {
        match &self.offers {
            Offers::Chances(millis) => {
                u128::from(self.chances_before(millis, time)) * u128::from(CHANCE_BYTES) * WORK_PER_BYTE
            }
            Offers::Rates(pieces) => {
                let (rounds, phase) = (time.picos() / self.period, time.picos() % self.period);
                let at = pieces.partition_point(|piece| piece.end <= phase);
                let (start, before) = start_of(pieces, at);
                let rate = pieces.get(at).map_or(0, |piece| piece.bps);
                u128::from(rounds) * self.round_work() + before + u128::from(phase - start) * u128::from(rate)
            }
        }
    }

    /// How many chances there are before `time`, which is also the number of the first that is not.
    fn chances_before(&self, millis: &[u32], time: Time) -> u64 {
        let (mut rounds, mut phase) = (time.picos() / self.period, time.picos() % self.period);
        // The last chances of a round stand at its very end, where the next one begins.
        if phase == 0 && rounds > 0 {
            (rounds, phase) = (rounds - 1, self.period);
        }
        let of_round = millis.partition_point(|&at| u64::from(at) * PICOS_PER_MILLI < phase);
        rounds * millis.len() as u64 + of_round as u64
    }

    /// When the chance of this number comes.
    fn time_of(&self, millis: &[u32], number: u64) -> Time {
        let (round, at) = (number / millis.len() as u64, number % millis.len() as u64);
        let into_round = u64::from(millis[at as usize]) * PICOS_PER_MILLI;
        Time::from_picos(round.saturating_mul(self.period).saturating_add(into_round))
    }

    /// When all the work of `bytes` is done that begins at `start`, rounded up to a picosecond.
    fn done(&self, pieces: &[Piece], start: Time, bytes: u64) -> Time {
        let target = self.work_before(start) + u128::from(bytes) * WORK_PER_BYTE;
        // What is done at the end of a round is done in that round, not after the silence that the next may begin with.
        let round_work = self.round_work();
        let (rounds, rest) = ((target - 1) / round_work, (target - 1) % round_work + 1);
        let at = pieces.partition_point(|piece| piece.work < rest);
        let (begin, before) = start_of(pieces, at);
        let span = (rest - before).div_ceil(u128::from(pieces[at].bps));
        let picos = rounds.saturating_mul(u128::from(self.period)) + u128::from(begin) + span;
        u64::try_from(picos).map_or(Time::NEVER, Time::from_picos)
    }
}

/// When the piece of this number begins, and the work offered by then.
fn start_of(pieces: &[Piece], at: usize) -> (u64, u128) {
    at.checked_sub(1).map_or((0, 0), |before| (pieces[before].end, pieces[before].work))
}

/// A line with numbers on it.
struct Row<'t> {
    number: usize,
    first: &'t str,
    second: Option<&'t str>,
    /// How many there are beside these two.
    more: usize,
}

fn chances<'t>(rows: impl Iterator<Item = Row<'t>>) -> Result<DeliveryTrace, TraceFault> {
    let mut millis: Vec<u32> = Vec::new();
    for Row { number, first, second, .. } in rows {
        if second.is_some() {
            return Err(TraceFault::at(number, "a chance to deliver is one number, and here are more"));
        }
        let at = match first.parse() {
            Ok(at) if at <= LONGEST_MILLIS => at,
            Ok(_) => return Err(TraceFault::at(number, format!("{first} ms is more than {LONGEST_MILLIS}, the most"))),
            Err(_) => {
                let message = format!("`{first}` is no whole number of milliseconds from 0 to {LONGEST_MILLIS}");
                return Err(TraceFault::at(number, message));
            }
        };
        if let Some(&before) = millis.last()
            && at < before
        {
            return Err(TraceFault::at(
                number,
                format!("{at} ms is before {before} ms, the line above: time goes back"),
            ));
        }
        millis.push(at);
    }
    millis.shrink_to_fit();
    match millis.last() {
        None | Some(0) => Err(TraceFault::whole("the last number is the period, after which all begins anew: not 0")),
        Some(&last) => {
            let period = u64::from(last) * PICOS_PER_MILLI;
            Ok(DeliveryTrace { offers: Offers::Chances(millis), period })
        }
    }
}

fn rates<'t>(rows: impl Iterator<Item = Row<'t>>) -> Result<DeliveryTrace, TraceFault> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut is_first = true;
    for Row { number, first, second, more } in rows {
        let (Some(second), 0) = (second, more) else {
            let count = 1 + usize::from(second.is_some()) + more;
            return Err(TraceFault::at(number, format!("seconds and Mbit/s are two numbers, not {count}")));
        };
        let value = |cell: &str, most: f64, what: &str| match cell.parse::<f64>() {
            Ok(value) if (0.0..=most).contains(&value) => Ok(value),
            _ => Err(TraceFault::at(number, format!("`{cell}` is no {what} from 0 to {most}"))),
        };
        // To a nanosecond and to a bit per second: recorded times have an error far above that.
        let end = libm::round(value(first, LONGEST_SECONDS, "number of seconds")? * 1e9) as u64 * 1_000;
        let bps = libm::round(value(second, FASTEST_MBPS, "rate in Mbit/s")? * 1e6) as u64;
        let (start, work) = start_of(&pieces, pieces.len());
        // A first line at zero is where some recordings begin: it lasts no time.
        if end <= start && !(is_first && end == 0) {
            return Err(TraceFault::at(number, format!("{first} s is not after the line above")));
        }
        is_first = false;
        if end > start {
            pieces.push(Piece { end, bps, work: work + u128::from(end - start) * u128::from(bps) });
        }
    }
    pieces.shrink_to_fit();
    match pieces.last() {
        None => Err(TraceFault::whole("the last time is the period, after which all begins anew: not 0")),
        Some(Piece { work: 0, .. }) => Err(TraceFault::whole("all rates are zero: nothing would ever leave")),
        Some(&Piece { end, .. }) => Ok(DeliveryTrace { offers: Offers::Rates(pieces), period: end }),
    }
}

/// A link's place in a trace, and how much of it was used.
#[derive(Clone, Debug)]
pub(crate) struct Deliveries {
    trace: Arc<DeliveryTrace>,
    /// The number of the chance after the one in use.
    next: u64,
    /// Bytes left of the chance in use.
    left: u64,
    /// Nothing was waiting when the last packet left: the rest of its chance is lost, and what stands at its instant.
    is_idle: bool,
    /// Bytes of all packets up to the one that leaves at `end`.
    booked: u64,
    end: Time,
    /// Bytes of the last packet.
    last: u64,
}

impl Deliveries {
    pub(crate) fn new(trace: Arc<DeliveryTrace>) -> Self {
        Deliveries { trace, next: 0, left: 0, is_idle: true, booked: 0, end: Time::ZERO, last: 0 }
    }

    /// When a packet of `bytes` has left that is sent from `start` on. If the transmitter was not idle, `start` is when the
    /// packet before it left.
    ///
    /// Of the chances, those that a packet waits for are counted, not walked along; after an idle time the next one is
    /// found by bisection of a round.
    pub(crate) fn depart(&mut self, start: Time, bytes: u64) -> Time {
        let bytes = bytes.max(1);
        let trace = &self.trace;
        self.end = match &trace.offers {
            Offers::Rates(pieces) => trace.done(pieces, start, bytes),
            Offers::Chances(millis) => {
                if self.is_idle {
                    self.left = 0;
                    if trace.time_of(millis, self.next) <= start {
                        self.next = trace.chances_before(millis, start + Duration::from_picos(1));
                    }
                }
                let chances = bytes.saturating_sub(self.left).div_ceil(CHANCE_BYTES);
                self.next += chances;
                self.left = self.left + chances * CHANCE_BYTES - bytes;
                trace.time_of(millis, self.next - 1)
            }
        };
        self.is_idle = false;
        self.booked += bytes;
        self.last = bytes;
        self.end
    }

    /// Nothing waits when a packet has left.
    pub(crate) fn go_idle(&mut self) {
        self.is_idle = true;
    }

    /// The link goes down: what has not left by `now` never will.
    pub(crate) fn cut(&mut self, now: Time) {
        self.booked = self.used_before(now);
        self.last = 0;
        self.is_idle = true;
    }

    /// Bytes that have left before `now`, those of a packet under way included.
    fn used_before(&self, now: Time) -> u64 {
        if self.end < now {
            return self.booked;
        }
        let ahead = match &self.trace.offers {
            Offers::Chances(millis) => {
                let chances = self.next - self.trace.chances_before(millis, now).min(self.next);
                (chances * CHANCE_BYTES).saturating_sub(self.left)
            }
            Offers::Rates(_) => {
                let work = self.trace.work_before(self.end).saturating_sub(self.trace.work_before(now));
                u64::try_from(work.div_ceil(WORK_PER_BYTE)).unwrap_or(u64::MAX)
            }
        };
        self.booked - ahead.min(self.last)
    }

    /// What the trace offered before `now`, and how much of it was used.
    pub(crate) fn usage(&self, now: Time) -> Usage {
        Usage { offered_bytes: self.trace.offered_before(now), used_bytes: self.used_before(now) }
    }
}

/// What a trace offered to a link, and what the link made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes that could have left.
    pub offered_bytes: u64,
    /// Bytes that did, those of the link layer included.
    pub used_bytes: u64,
}

#[cfg(test)]
mod tests;
