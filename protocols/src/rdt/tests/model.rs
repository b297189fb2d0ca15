//! A model checker: every state that a protocol can get into over a channel, whatever the order of events.
//!
//! Breadth first, so that a counterexample is as short as there is one. A timer may expire at any moment while it runs:
//! too early, too late, or just right.
//!
//! Two states that differ only by a whole number of turns of the sequence space have the same future: the machines see
//! numbers, not messages. So with endless data the states are finite, and what holds for all of them holds for transfers
//! of any length.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Forget;
use crate::rdt::machine::{Receiver, Sender, TimerKind, Timers, Upper};

/// A channel direction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Medium {
    /// Loses and duplicates, but keeps the order. Holds so many packets; a further one is lost.
    InOrder { holds: usize },
    /// Loses and reorders. Holds so many packets; a further one is lost.
    Reordering { holds: usize },
    /// The worst there is: any packet ever sent may arrive at any later time, in any order, any number of times or never.
    Everlasting,
}

/// How much data there is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data {
    /// So many messages.
    Messages(u64),
    /// Without end, over a sequence space of this size.
    Endless { space: u64 },
}

impl Data {
    fn written(self) -> u64 {
        match self {
            Data::Messages(messages) => messages,
            Data::Endless { .. } => u64::MAX,
        }
    }
}

/// A packet of data: its number, and the message it really carries.
type Packet = (u32, u64);

/// Sender, receiver, and what lies between.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct World<S, R> {
    sender: S,
    receiver: R,
    /// Messages whose timers run.
    running: BTreeSet<u64>,
    packets: Vec<Packet>,
    acks: Vec<u32>,
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Timeout(u64),
    PacketArrives(usize),
    PacketArrivesAndStays(usize),
    PacketLost(usize),
    AckArrives(usize),
    AckArrivesAndStays(usize),
    AckLost(usize),
}

/// The timers of a sender in a world.
struct Running<'a> {
    running: &'a mut BTreeSet<u64>,
    kind: TimerKind,
}

impl Timers for Running<'_> {
    fn start(&mut self, message: u64) {
        if self.kind == TimerKind::One {
            self.running.clear();
        }
        self.running.insert(message);
    }

    fn stop(&mut self, message: u64) {
        match self.kind {
            TimerKind::One => self.running.clear(),
            TimerKind::PerMessage => {
                self.running.remove(&message);
            }
        }
    }
}

/// What a receiver does with a packet.
#[derive(Default)]
struct Outcome {
    delivered: Vec<u64>,
    acks: Vec<u32>,
}

impl Upper for Outcome {
    fn deliver(&mut self, data: u64) {
        self.delivered.push(data);
    }

    fn acknowledge(&mut self, number: u32, _message: u64) {
        self.acks.push(number);
    }
}

fn put<T: Ord>(medium: Medium, channel: &mut Vec<T>, packet: T) {
    match medium {
        Medium::InOrder { holds } if channel.len() < holds => channel.push(packet),
        Medium::Reordering { holds } if channel.len() < holds => {
            let at = channel.partition_point(|other| *other < packet);
            channel.insert(at, packet);
        }
        Medium::Everlasting => {
            if let Err(at) = channel.binary_search(&packet) {
                channel.insert(at, packet);
            }
        }
        Medium::InOrder { .. } | Medium::Reordering { .. } => {}
    }
}

/// What can happen to the packets of a channel.
fn fates(
    medium: Medium,
    len: usize,
    arrives: fn(usize) -> Step,
    stays: fn(usize) -> Step,
    lost: fn(usize) -> Step,
) -> Vec<Step> {
    match medium {
        // A loss at the front stands for a loss anywhere: what arrives is the same.
        Medium::InOrder { .. } if len > 0 => vec![arrives(0), stays(0), lost(0)],
        Medium::InOrder { .. } => Vec::new(),
        Medium::Reordering { .. } => (0..len).flat_map(|at| [arrives(at), lost(at)]).collect(),
        Medium::Everlasting => (0..len).map(stays).collect(),
    }
}

/// What a step did, as far as the check needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Effect {
    /// A message other than the next was delivered: which should have come, which came.
    wrong: Option<(u64, u64)>,
    /// Something was delivered.
    is_progress: bool,
    text: String,
}

impl<S, R> World<S, R>
where
    S: Sender + Forget + Clone + Ord,
    R: Receiver + Forget + Clone + Ord,
{
    fn steps(&self, medium: Medium) -> Vec<Step> {
        let mut steps = vec![Step::Send];
        steps.extend(self.running.iter().map(|&message| Step::Timeout(message)));
        steps.extend(fates(
            medium,
            self.packets.len(),
            Step::PacketArrives,
            Step::PacketArrivesAndStays,
            Step::PacketLost,
        ));
        steps.extend(fates(medium, self.acks.len(), Step::AckArrives, Step::AckArrivesAndStays, Step::AckLost));
        steps
    }

    /// Takes a step; `None` if there is nothing to send.
    fn take(&mut self, step: Step, medium: Medium, written: u64) -> Option<Effect> {
        let mut timers = Running { running: &mut self.running, kind: S::TIMERS };
        let mut effect = Effect::default();
        match step {
            Step::Send => {
                let message = self.sender.next_packet(written, &mut timers)?;
                let number = self.sender.number(message);
                put(medium, &mut self.packets, (number, message));
                effect.text = format!("the sender sends message {message} as packet {number}");
            }
            Step::Timeout(message) => {
                self.running.remove(&message);
                let mut timers = Running { running: &mut self.running, kind: S::TIMERS };
                self.sender.on_timeout(message, &mut timers);
                effect.text = format!("the timer of message {message} expires");
            }
            Step::PacketArrives(at) | Step::PacketArrivesAndStays(at) => {
                let (number, data) = self.packets[at];
                let stays = matches!(step, Step::PacketArrivesAndStays(_));
                if !stays {
                    self.packets.remove(at);
                }
                let mut outcome = Outcome::default();
                let first = self.receiver.delivered();
                let verdict = self.receiver.on_packet(number, data, &mut outcome);
                for &ack in &outcome.acks {
                    put(medium, &mut self.acks, ack);
                }
                effect.wrong = (first..).zip(outcome.delivered.iter().copied()).find(|(expected, got)| expected != got);
                effect.is_progress = !outcome.delivered.is_empty();
                let kept = if stays { ", and may come again" } else { "" };
                effect.text = format!(
                    "packet {number} with message {data} arrives{kept}: {verdict:?}, delivers {:?}, ACKs {:?}",
                    outcome.delivered, outcome.acks
                );
            }
            Step::PacketLost(at) => {
                let (number, _) = self.packets.remove(at);
                effect.text = format!("packet {number} is lost");
            }
            Step::AckArrives(at) | Step::AckArrivesAndStays(at) => {
                let number = self.acks[at];
                if matches!(step, Step::AckArrives(_)) {
                    self.acks.remove(at);
                }
                let acknowledged = self.sender.on_ack(number, &mut timers);
                effect.text = format!("ACK {number} arrives: acknowledges {acknowledged:?}");
            }
            Step::AckLost(at) => {
                let number = self.acks.remove(at);
                effect.text = format!("ACK {number} is lost");
            }
        }
        Some(effect)
    }

    /// The same state in its first turn but one of the sequence space: the very first messages are special, because
    /// before message 0 there is none.
    fn normalize(&mut self, data: Data) {
        let Data::Endless { space } = data else { return };
        let carried = self.packets.iter().map(|&(_, message)| message);
        let least = carried.chain([self.sender.base(), self.receiver.delivered()]).min().expect("two at least");
        let turns = (least / space).saturating_sub(1);
        if turns > 0 {
            let messages = turns * space;
            self.sender.forget(messages);
            self.receiver.forget(messages);
            self.running = self.running.iter().map(|message| message - messages).collect();
            self.packets.iter_mut().for_each(|(_, message)| *message -= messages);
        }
    }
}

/// What the search found.
#[derive(Debug)]
pub(super) struct Found {
    /// A shortest way to a wrong delivery, step by step.
    pub(super) counterexample: Option<Counterexample>,
    /// Steps after which the sender took something for acknowledged that was not delivered: it is lost for good.
    pub(super) false_acks: usize,
    /// States from which nothing more can be delivered, or, when all is, not everything acknowledged.
    pub(super) dead_ends: usize,
}

/// How a message other than the expected one came to be delivered.
#[derive(Debug)]
pub(super) struct Counterexample {
    pub(super) expected: u64,
    pub(super) delivered: u64,
    pub(super) steps: Vec<String>,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in (1..).zip(&self.steps) {
            writeln!(f, "{number}. {step}")?;
        }
        write!(f, "=> message {} is delivered in place of {}", self.delivered, self.expected)
    }
}

/// Searches every state that can be reached. Stops at the first wrong delivery.
pub(super) fn search<S, R>(sender: S, receiver: R, medium: Medium, data: Data) -> Found
where
    S: Sender + Forget + Clone + Ord,
    R: Receiver + Forget + Clone + Ord,
{
    let written = data.written();
    let start = World { sender, receiver, running: BTreeSet::new(), packets: Vec::new(), acks: Vec::new() };
    let mut known: BTreeMap<World<S, R>, u32> = BTreeMap::from([(start.clone(), 0)]);
    let mut worlds = vec![start];
    let mut reached_by: Vec<Option<(u32, Step)>> = vec![None];
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let mut goals: Vec<bool> = Vec::new();
    let mut false_acks = 0;
    let mut at = 0;
    while at < worlds.len() {
        let from = at as u32;
        goals.push(worlds[at].receiver.delivered() == written && worlds[at].sender.base() == written);
        for step in worlds[at].steps(medium) {
            let mut world = worlds[at].clone();
            let Some(effect) = world.take(step, medium, written) else { continue };
            if let Some((expected, delivered)) = effect.wrong {
                let steps = way_to(&worlds, &reached_by, from, step, medium, data);
                let counterexample = Some(Counterexample { expected, delivered, steps });
                return Found { counterexample, false_acks, dead_ends: 0 };
            }
            goals[at] |= effect.is_progress;
            false_acks += usize::from(world.sender.base() > world.receiver.delivered());
            world.normalize(data);
            let new = worlds.len() as u32;
            let to = *known.entry(world).or_insert_with_key(|world| {
                worlds.push(world.clone());
                reached_by.push(Some((from, step)));
                new
            });
            edges.push((to, from));
        }
        at += 1;
        assert!(at < 3_000_000, "too many states");
    }
    Found { counterexample: None, false_acks, dead_ends: dead_ends(edges, goals) }
}

/// How many states no way leads from to a goal.
fn dead_ends(mut edges: Vec<(u32, u32)>, mut is_good: Vec<bool>) -> usize {
    edges.sort_unstable();
    let mut to_do: Vec<u32> = (0..).zip(&is_good).filter(|(_, good)| **good).map(|(at, _)| at).collect();
    while let Some(to) = to_do.pop() {
        let first = edges.partition_point(|edge| edge.0 < to);
        for &(_, from) in edges[first..].iter().take_while(|edge| edge.0 == to) {
            if !std::mem::replace(&mut is_good[from as usize], true) {
                to_do.push(from);
            }
        }
    }
    is_good.iter().filter(|good| !**good).count()
}

/// The steps from the start to a state and one further, in words.
fn way_to<S, R>(
    worlds: &[World<S, R>],
    reached_by: &[Option<(u32, Step)>],
    to: u32,
    last: Step,
    medium: Medium,
    data: Data,
) -> Vec<String>
where
    S: Sender + Forget + Clone + Ord,
    R: Receiver + Forget + Clone + Ord,
{
    let mut steps = vec![last];
    let mut at = to;
    while let Some((before, step)) = reached_by[at as usize] {
        steps.push(step);
        at = before;
    }
    let mut world = worlds[0].clone();
    let take = |step| {
        let text = world.take(step, medium, data.written()).expect("it was taken before").text;
        world.normalize(data);
        text
    };
    steps.into_iter().rev().map(take).collect()
}
