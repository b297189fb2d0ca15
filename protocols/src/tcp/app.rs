//! The applications at the two ends, as far as TCP feels them: what they write, when, and how they read.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, Rate};

use crate::latency::Latency;

/// What an application writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Bytes written as soon as the connection is opened; none never runs out.
    pub bytes: Option<u64>,
    /// What it writes little by little, from when the connection is established.
    pub dialogue: Option<Dialogue>,
    /// What the application does when all is written.
    pub then: Then,
}

/// What an application does when its workload is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// It closes: a FIN follows the last byte. It reads on until the peer closes, too: a half-closed connection.
    #[default]
    Close,
    /// It stays open, and closes when the peer does.
    // Or is made to write more by `Endpoint::write`.
    KeepOpen,
    /// It stays open, whatever the peer does, until it is told to close.
    #[serde(skip)]
    UntilTold,
}

impl Workload {
    /// Writes `bytes`, or without end, then closes.
    pub const fn new(bytes: Option<u64>) -> Self {
        Workload { bytes, dialogue: None, then: Then::Close }
    }

    /// Writes by `dialogue`, then closes.
    pub const fn speaking(dialogue: Dialogue) -> Self {
        Workload { bytes: Some(0), dialogue: Some(dialogue), then: Then::Close }
    }

    /// Writes nothing until told, and closes after the peer.
    pub const SILENT: Workload = Workload { bytes: Some(0), dialogue: None, then: Then::KeepOpen };

    /// All it will ever write, if there is an end.
    pub fn total(&self) -> Option<u64> {
        let spoken = match self.dialogue {
            None | Some(Dialogue::Answers { .. }) => Some(0),
            Some(Dialogue::Writes(writes)) => writes.count.map(|count| u64::from(count) * writes.size.get()),
            Some(Dialogue::Requests(requests)) => requests.count.map(|count| u64::from(count) * requests.size.get()),
        };
        self.bytes.zip(spoken).map(|(bytes, spoken)| bytes + spoken)
    }
}

/// How an application writes little by little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialogue {
    /// At regular times.
    Writes(Writes),
    /// A request, and the next after its answer.
    Requests(Requests),
    /// An answer to each request, at once.
    Answers {
        /// Bytes of a request.
        request: u64,
        /// Bytes of its answer.
        answer: u64,
    },
}

impl Dialogue {
    /// What the other end does: it answers, if answers are expected.
    pub fn counterpart(self) -> Option<Dialogue> {
        let (request, answer) = match self {
            Dialogue::Writes(writes) => (writes.size, writes.answer?),
            Dialogue::Requests(requests) => (requests.size, requests.answer),
            Dialogue::Answers { .. } => return None,
        };
        Some(Dialogue::Answers { request: request.get(), answer: answer.get() })
    }

    /// How many answers it expects, if there is an end.
    pub fn answers(self) -> Option<u64> {
        match self {
            Dialogue::Writes(writes) => writes.answer.and(writes.count).map(u64::from),
            Dialogue::Requests(requests) => requests.count.map(u64::from),
            Dialogue::Answers { .. } => None,
        }
    }
}

/// An application that writes at regular times, whatever is answered: keystrokes, a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    /// Bytes of each write.
    pub size: Bytes,
    /// Time from one write to the next. The first is made when the connection is established.
    pub every: Duration,
    /// How many writes; without end if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub count: Option<u32>,
    /// Bytes that the server answers to each write: 1 B is the echo of a keystroke. Nothing if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Bytes>,
}

/// An application that asks, waits for the answer, and asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// Bytes of a request. The first is made when the connection is established.
    pub size: Bytes,
    /// Bytes of the answer, which the server writes as soon as it has read the whole request.
    pub answer: Bytes,
    /// How many requests; without end if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub count: Option<u32>,
    /// In how many writes a request is made, as equal as can be: 2 is a header and a body.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub writes: u32,
    /// Time from the end of an answer to the next request.
    #[serde(default)]
    pub pause: Duration,
}

fn one() -> u32 {
    1
}

/// How an application reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// As soon as bytes arrive in order.
    #[default]
    AtOnce,
    /// One segment's worth at a time, at this rate: the receive window closes when data arrives faster.
    AtRate(Rate),
    /// Never: the receive window closes for good.
    Never,
}

/// An application in the middle of its dialogue.
#[derive(Clone, Debug)]
pub(super) struct Speaker {
    dialogue: Dialogue,
    /// Writes, requests or answers made.
    done: u32,
    /// Bytes read.
    heard: u64,
    /// When those requests were made whose answers are not complete.
    asked: VecDeque<Time>,
}

/// What an application does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Bytes to write.
    size: u64,
    /// In how many writes.
    writes: u32,
    /// When to speak again, if that is known.
    pub(super) next: Option<Duration>,
    /// Whether these are the last bytes.
    pub(super) is_last: bool,
}

impl Turn {
    /// The bytes of each write.
    pub(super) fn pieces(self) -> impl Iterator<Item = u64> {
        let upto = move |pieces: u32| {
            let share = u128::from(self.size) * u128::from(pieces) / u128::from(self.writes.max(1));
            share as u64
        };
        (0..self.writes).map(move |piece| upto(piece + 1) - upto(piece)).filter(|&bytes| bytes > 0)
    }
}

/// What follows from what an application has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hearing {
    /// Nothing.
    Nothing,
    /// It speaks after this time.
    Speak(Duration),
    /// It has all its answers.
    Satisfied,
}

impl Speaker {
    pub(super) fn new(dialogue: Dialogue) -> Self {
        Speaker { dialogue, done: 0, heard: 0, asked: VecDeque::new() }
    }

    /// Whether it speaks first, as soon as the connection is established.
    pub(super) fn begins(&self) -> bool {
        match self.dialogue {
            Dialogue::Writes(_) | Dialogue::Requests(_) => true,
            Dialogue::Answers { .. } => false,
        }
    }

    /// Whether it owes an answer.
    pub(super) fn owes(&self) -> bool {
        match self.dialogue {
            Dialogue::Writes(_) | Dialogue::Requests(_) => false,
            Dialogue::Answers { request, .. } => self.heard / request > u64::from(self.done),
        }
    }

    /// Its time has come.
    pub(super) fn on_time(&mut self, now: Time) -> Turn {
        match self.dialogue {
            Dialogue::Writes(Writes { size, every, count, answer }) => {
                self.done += 1;
                if answer.is_some() {
                    self.asked.push_back(now);
                }
                let is_last = count == Some(self.done);
                Turn { size: size.get(), writes: 1, next: (!is_last).then_some(every), is_last }
            }
            Dialogue::Requests(Requests { size, writes, .. }) => {
                self.done += 1;
                self.asked.push_back(now);
                // What follows is for the answer to say.
                Turn { size: size.get(), writes, next: None, is_last: false }
            }
            Dialogue::Answers { request, answer } => {
                let due = (self.heard / request).saturating_sub(u64::from(self.done)) as u32;
                self.done += due;
                Turn { size: u64::from(due) * answer, writes: 1, next: None, is_last: false }
            }
        }
    }

    /// It has read `bytes` more. The times from requests to the ends of their answers go to `responses`.
    pub(super) fn on_read(&mut self, bytes: u64, now: Time, responses: &mut Latency) -> Hearing {
        self.heard += bytes;
        let answer = match self.dialogue {
            Dialogue::Writes(Writes { answer: None, .. }) => return Hearing::Nothing,
            Dialogue::Answers { .. } => {
                return if self.owes() { Hearing::Speak(Duration::ZERO) } else { Hearing::Nothing };
            }
            Dialogue::Writes(Writes { answer: Some(answer), .. }) | Dialogue::Requests(Requests { answer, .. }) => {
                answer.get()
            }
        };
        while self.heard >= answer
            && let Some(asked) = self.asked.pop_front()
        {
            self.heard -= answer;
            responses.record(now - asked);
        }
        match self.dialogue {
            Dialogue::Requests(Requests { count, pause, .. }) if self.asked.is_empty() => {
                if count == Some(self.done) {
                    Hearing::Satisfied
                } else {
                    Hearing::Speak(pause)
                }
            }
            Dialogue::Requests(_) | Dialogue::Writes(_) | Dialogue::Answers { .. } => Hearing::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(size: u64, writes: u32) -> Requests {
        Requests { size: Bytes(size), answer: Bytes(10), count: Some(2), writes, pause: Duration::from_millis(5) }
    }

    #[test]
    fn a_request_in_several_writes_is_divided_as_equally_as_can_be() {
        let pieces = |size, writes| {
            let mut speaker = Speaker::new(Dialogue::Requests(requests(size, writes)));
            speaker.on_time(Time::ZERO).pieces().collect::<Vec<_>>()
        };
        assert_eq!(pieces(100, 1), [100]);
        assert_eq!(pieces(100, 3), [33, 33, 34]);
        assert_eq!(pieces(2, 3), [1, 1]);
    }

    #[test]
    fn the_next_request_waits_for_the_whole_answer() {
        let mut speaker = Speaker::new(Dialogue::Requests(requests(100, 1)));
        let mut responses = Latency::default();
        let at = |millis| Time::ZERO + Duration::from_millis(millis);
        speaker.on_time(at(0));
        assert_eq!(speaker.on_read(9, at(20), &mut responses), Hearing::Nothing);
        assert_eq!(speaker.on_read(1, at(30), &mut responses), Hearing::Speak(Duration::from_millis(5)));
        speaker.on_time(at(35));
        assert_eq!(speaker.on_read(10, at(45), &mut responses), Hearing::Satisfied);
        assert_eq!((responses.count(), responses.max()), (2, Some(Duration::from_millis(30))));
    }

    #[test]
    fn requests_that_arrive_together_are_answered_together() {
        let mut server = Speaker::new(Dialogue::Answers { request: 5, answer: 7 });
        let mut responses = Latency::default();
        assert_eq!(server.on_read(4, Time::ZERO, &mut responses), Hearing::Nothing);
        assert_eq!(server.on_read(8, Time::ZERO, &mut responses), Hearing::Speak(Duration::ZERO));
        assert!(server.owes());
        assert_eq!(server.on_time(Time::ZERO).pieces().collect::<Vec<_>>(), [14]);
        assert!(!server.owes());
    }

    #[test]
    fn the_whole_of_a_workload_is_known_if_it_ends() {
        let writes = Writes { size: Bytes(3), every: Duration::from_millis(1), count: Some(4), answer: None };
        assert_eq!(Workload::speaking(Dialogue::Writes(writes)).total(), Some(12));
        assert_eq!(Workload::speaking(Dialogue::Writes(Writes { count: None, ..writes })).total(), None);
        assert_eq!(Workload::speaking(Dialogue::Requests(requests(100, 2))).total(), Some(200));
        assert_eq!(Workload::new(None).total(), None);
    }
}
