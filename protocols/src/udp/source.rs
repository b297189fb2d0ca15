//! A source of datagrams: at a constant rate, as a Poisson process, in bursts, or at given times.
//!
//! ```text
//! constant    | | | | | | | | | | | |       voice, video, a blaster beside TCP
//! poisson     |  || |    | |   |  ||        the arrivals of an M/M/1 queue
//! on_off      | | | |         | | | |       bursts: Kurose & Ross 1.3, statistical multiplexing
//! scheduled   |||     |                     the three packets of an exercise
//! ```
//!
//! The source of a constant rate keeps the exact fraction of a picosecond that each gap leaves over: packet n leaves
//! when n packets' bits have passed at the rate, rounded down, however many came before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::agent::{Agent, Command, Ctx, TimerKey};
use sim_core::packet::{Endpoints, Packet, UdpHeader, UdpKind};
use sim_core::random::Random;
use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, PICOS_PER_SECOND, Rate};

use super::{Fault, PacketSize, Problem, datagram};

/// When datagrams leave, and how long they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "UdpSource")]
pub enum Config {
    /// Back to back at one rate, the first at the start.
    Constant(Constant),
    /// At random and independently: a Poisson process, the first after a random gap.
    Poisson(Poisson),
    /// At one rate in bursts, with silence between them.
    OnOff(OnOff),
    /// At the times given.
    Scheduled(Scheduled),
}

/// Datagrams at a constant rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UdpConstant")]
pub struct Constant {
    /// Bits per second at the network layer, headers counted.
    /// Left out where each of many flows has a rate of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Size of a packet at the network layer: 28 bytes of it are UDP and IP headers.
    pub packet_size: PacketSize,
    /// Stop after this many packets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packets: Option<u64>,
}

/// Datagrams as a Poisson process: gaps are independent and exponential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UdpPoisson")]
pub struct Poisson {
    /// Mean bits per second at the network layer, headers counted. Packets per second are this by the mean size in bits.
    /// Left out where each of many flows has a rate of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Size of a packet at the network layer: 28 bytes of it are UDP and IP headers.
    pub packet_size: PacketSize,
    /// Stop after this many packets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packets: Option<u64>,
}

/// Datagrams in bursts.
///
/// The source counts only the time it is on: a gap that the end of a burst cuts goes on in the next. So the mean rate is
/// exactly `rate` · on / (on + off), however short the bursts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UdpOnOff")]
pub struct OnOff {
    /// Bits per second at the network layer while on, headers counted.
    /// Left out where each of many flows has a rate of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Size of a packet at the network layer: 28 bytes of it are UDP and IP headers.
    pub packet_size: PacketSize,
    /// How long a burst lasts: always, or in the mean. The source begins with one.
    pub on: Duration,
    /// How long the silence between bursts lasts: always, or in the mean.
    pub off: Duration,
    /// Whether `on` and `off` are always the same or means.
    #[serde(default)]
    pub distribution: Distribution,
    /// Stop after this many packets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packets: Option<u64>,
}

/// How the lengths of bursts and silences vary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "UdpDistribution")]
pub enum Distribution {
    /// All alike.
    #[default]
    Constant,
    /// Exponential with the given mean.
    Exponential,
}

impl Distribution {
    fn draw(self, mean: Duration, random: &mut Random) -> Duration {
        match self {
            Distribution::Constant => mean,
            Distribution::Exponential => random.exponential_time(mean),
        }
    }
}

/// Datagrams at given times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UdpScheduled")]
pub struct Scheduled {
    /// When each packet leaves, counted from the start of the flow, in order. Packets of one time leave in a row.
    pub times: Vec<Duration>,
    /// Size of a packet at the network layer: 28 bytes of it are UDP and IP headers.
    pub packet_size: PacketSize,
}

impl Config {
    /// Everything in it that makes no sense.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        match self {
            Config::Constant(constant) => constant.packet_size.check("/constant/packet_size", &mut problems),
            Config::Poisson(poisson) => poisson.packet_size.check("/poisson/packet_size", &mut problems),
            Config::OnOff(on_off) => {
                on_off.packet_size.check("/on_off/packet_size", &mut problems);
                if on_off.on.is_zero() {
                    problems.push(Problem { at: "/on_off/on".into(), fault: Fault::NoTime });
                }
            }
            Config::Scheduled(scheduled) => {
                scheduled.packet_size.check("/scheduled/packet_size", &mut problems);
                if scheduled.times.is_empty() {
                    problems.push(Problem { at: "/scheduled/times".into(), fault: Fault::EmptyList });
                }
                for (index, pair) in scheduled.times.windows(2).enumerate() {
                    if pair[1] < pair[0] {
                        let at = format!("/scheduled/times/{}", index + 1);
                        problems.push(Problem { at, fault: Fault::OutOfOrder });
                    }
                }
            }
        }
        problems
    }

    /// The name of the pattern and its rate, if one is given; nothing of packets at given times.
    pub fn rate(&self) -> Option<(&'static str, Option<Rate>)> {
        match self {
            Config::Constant(constant) => Some(("constant", constant.rate)),
            Config::Poisson(poisson) => Some(("poisson", poisson.rate)),
            Config::OnOff(on_off) => Some(("on_off", on_off.rate)),
            Config::Scheduled(_) => None,
        }
    }

    fn packet_size(&self) -> PacketSize {
        match self {
            Config::Constant(constant) => constant.packet_size,
            Config::Poisson(poisson) => poisson.packet_size,
            Config::OnOff(on_off) => on_off.packet_size,
            Config::Scheduled(scheduled) => scheduled.packet_size,
        }
    }

    /// How many packets it sends at most.
    fn packets(&self) -> u64 {
        match self {
            Config::Constant(constant) => constant.packets,
            Config::Poisson(poisson) => poisson.packets,
            Config::OnOff(on_off) => on_off.packets,
            Config::Scheduled(scheduled) => Some(scheduled.times.len() as u64),
        }
        .unwrap_or(u64::MAX)
    }
}

/// The timers of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The next datagram leaves.
    NextDatagram,
    /// A burst ends or begins.
    Switch,
}

impl From<Timer> for TimerKey {
    fn from(timer: Timer) -> TimerKey {
        TimerKey(timer as u8)
    }
}

/// Sends datagrams to its peer in a pattern, numbered from 0.
#[derive(Clone, Debug)]
pub struct Source {
    config: Config,
    ends: Endpoints,
    pacer: Pacer,
    phase: Phase,
    started_at: Time,
    sent: u64,
    sent_bytes: u64,
}

/// Whether a burst is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Datagrams leave.
    On,
    /// Silence; so much of the gap before the next datagram is left for the next burst.
    Off { rest_of_gap: Duration },
}

impl Source {
    /// A source at our end of `ends`.
    pub fn new(config: Config, ends: Endpoints) -> Self {
        Source {
            config,
            ends,
            pacer: Pacer::default(),
            phase: Phase::On,
            started_at: Time::ZERO,
            sent: 0,
            sent_bytes: 0,
        }
    }

    /// How many datagrams it has sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Their size together, at the network layer.
    pub fn sent_bytes(&self) -> Bytes {
        Bytes(self.sent_bytes)
    }

    fn on_next_datagram(&mut self, ctx: &mut Ctx<'_>) {
        let size = self.config.packet_size().next(ctx.random());
        let header = UdpHeader { sequence: self.sent, timestamp: ctx.now(), kind: UdpKind::Data };
        ctx.send(datagram(&self.ends, size, header));
        self.sent += 1;
        self.sent_bytes += u64::from(size);
        if self.sent >= self.config.packets() {
            return self.fall_silent(ctx);
        }
        let next = match &self.config {
            Config::Constant(Constant { rate, .. }) | Config::OnOff(OnOff { rate, .. }) => {
                ctx.now() + self.pacer.gap(given(*rate), size)
            }
            Config::Poisson(poisson) => ctx.now() + poisson.gap(ctx.random()),
            Config::Scheduled(scheduled) => self.started_at + scheduled.times[self.sent as usize],
        };
        ctx.set_timer(Timer::NextDatagram, next);
    }

    fn on_switch(&mut self, ctx: &mut Ctx<'_>) {
        let Config::OnOff(on_off) = &self.config else { return };
        match self.phase {
            Phase::On => {
                let next = ctx.deadline(Timer::NextDatagram).expect("in a burst the next datagram is always scheduled");
                self.phase = Phase::Off { rest_of_gap: next - ctx.now() };
                ctx.cancel_timer(Timer::NextDatagram);
                let off = on_off.distribution.draw(on_off.off, ctx.random());
                ctx.set_timer(Timer::Switch, ctx.now() + off);
            }
            Phase::Off { rest_of_gap } => {
                self.phase = Phase::On;
                self.begin_burst(ctx, rest_of_gap);
            }
        }
    }

    /// Schedules the end of a burst and its first datagram, in this order: of two timers of one instant the one set first
    /// fires first, and a datagram due when the burst ends belongs to the next.
    fn begin_burst(&self, ctx: &mut Ctx<'_>, first_after: Duration) {
        if let Config::OnOff(on_off) = &self.config {
            let on = on_off.distribution.draw(on_off.on, ctx.random());
            ctx.set_timer(Timer::Switch, ctx.now() + on);
        }
        ctx.set_timer(Timer::NextDatagram, ctx.now() + first_after);
    }

    fn fall_silent(&self, ctx: &mut Ctx<'_>) {
        ctx.cancel_timer(Timer::NextDatagram);
        ctx.cancel_timer(Timer::Switch);
    }
}

impl Agent for Source {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.started_at = ctx.now();
        self.phase = Phase::On;
        if self.sent >= self.config.packets() {
            return;
        }
        match &self.config {
            Config::Constant(_) => self.on_next_datagram(ctx),
            Config::Poisson(poisson) => {
                let first = ctx.now() + poisson.gap(ctx.random());
                ctx.set_timer(Timer::NextDatagram, first);
            }
            Config::OnOff(_) => self.begin_burst(ctx, Duration::ZERO),
            Config::Scheduled(scheduled) => {
                ctx.set_timer(Timer::NextDatagram, ctx.now() + scheduled.times[self.sent as usize]);
            }
        }
    }

    /// Nothing is expected; an answer is ignored.
    fn on_packet(&mut self, _ctx: &mut Ctx<'_>, _packet: Packet) {}

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, timer: TimerKey) {
        if timer == Timer::NextDatagram.into() {
            self.on_next_datagram(ctx);
        } else {
            self.on_switch(ctx);
        }
    }

    fn on_command(&mut self, ctx: &mut Ctx<'_>, command: Command) {
        match command {
            Command::Stop => self.fall_silent(ctx),
            Command::Router(_) => {}
        }
    }
}

impl Poisson {
    /// Exponential with mean size / rate, to the nearest picosecond.
    fn gap(&self, random: &mut Random) -> Duration {
        let mean_picos = self.packet_size.mean_bits() / given(self.rate).bps() as f64 * PICOS_PER_SECOND as f64;
        Duration::from_picos(libm::round(random.exponential(mean_picos)) as u64)
    }
}

/// The rate of a source that sends.
fn given(rate: Option<Rate>) -> Rate {
    rate.expect("who starts a source gives it a rate")
}

/// Spaces packets at a rate without drift: what rounding a gap down leaves over goes into the next.
#[derive(Clone, Copy, Debug, Default)]
struct Pacer {
    /// In fractions of a picosecond, `1 / rate` each; less than the rate.
    left_over: u64,
}

impl Pacer {
    /// The time after which `size` bytes have passed at `rate`, and the next packet may leave.
    fn gap(&mut self, rate: Rate, size: u32) -> Duration {
        let scaled = u128::from(size) * 8 * u128::from(PICOS_PER_SECOND) + u128::from(self.left_over);
        self.left_over = (scaled % u128::from(rate.bps())) as u64;
        Duration::from_picos(u64::try_from(scaled / u128::from(rate.bps())).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests;
