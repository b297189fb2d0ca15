//! Why things happened: from each drop, each packet sent again, each window cut and each change of a route back to where
//! it began.
//!
//! ```text
//! sent again  <-  cut of the window  <-  drop before  <-  queue full  <-  who filled it  <-  slow start  <-  flow starts
//!                 timer                  drop before  <-  link cut (script), loss model, change of a route
//! change of a route  <-  change at the neighbour that told of it  <-  ...  <-  link seen cut  <-  script
//! ```
//!
//! Nothing is guessed that was recorded: which copy was dropped, who waited in the queue, which message was heard. Each
//! entry has one cause, no later than itself, so that chains end: at the script, at a start, at a property of a link, or
//! at what an application or an algorithm does by itself.

mod lookup;
mod packets;
mod routes;
mod senders;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sim_core::ids::{LinkId, NodeId};
use sim_core::time::Time;

use self::lookup::Lookup;
use self::routes::Routes;
use super::clock::Clock;
use crate::file::plan::RunPoint;
use crate::run::outcome::Outcome;
use crate::run::story::Story;

/// More changes of routes than this are not explained in a report.
const MOST_CHANGES: usize = 20_000;

/// What an explanation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A packet dropped, of [`Story::drops`].
    Drop(usize),
    /// A packet sent again, of [`Story::again`].
    Again(usize),
    /// A window cut, of [`Story::cuts`].
    Cut(usize),
    /// A route changed: of the changes of the routing outcome.
    Change(usize),
    /// The script did something: of the events of the run.
    Script(usize),
    /// Something that others follow from.
    Fact(Fact),
}

/// What others follow from. Many may follow from one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A flow began.
    FlowStart(usize),
    /// A sender's window grew, in this one of [`Story::stretches`].
    Growth(usize),
    /// Several windows grew, each in one of them.
    GrowthOf(Vec<usize>),
    /// Several flows filled a queue: one of [`Story::crowds`].
    Crowd(usize),
    /// Many flows sent at once: those of a crowd.
    AtOnce(usize),
    /// Applications that send whatever becomes of it, into a link.
    Offered(LinkId, Vec<usize>),
    /// A link loses packets by itself.
    Loss(LinkId),
    /// Links flip bits; which, if it is one.
    BitErrors(Option<LinkId>),
    /// A link takes packets up to a size.
    Mtu(LinkId),
    /// Nobody listens at a node for what this flow sends there.
    NobodyListens(NodeId, usize),
    /// A queue marked packets of a sender that was in this one of [`Story::stretches`].
    Marks(usize),
    /// Not the data was lost but its acknowledgement: the drop, and the packet sent again.
    AckLost(usize, usize),
    /// Nothing was lost that made a sender send this again.
    NothingLost(usize),
    /// A timer of a textbook protocol expired: of [`Story::expiries`].
    Expiry(usize),
    /// A table has no entry for a node, and had none.
    NoEntry(NodeId, NodeId),
    /// Packets for a node went in a circle through these, since this change of a route.
    Circle(Vec<usize>, usize, Option<usize>),
    /// A router's packets took one route rather than another, whose prefix is shorter: the change, and the other destination.
    Longest(usize, usize),
    /// A router did something: a step of the routing outcome.
    Step(usize),
    /// A router heard news of the links of another: the step, and whose links.
    News(usize, usize),
}

/// Explains what happened in a run.
#[derive(Debug)]
pub struct Explainer<'a> {
    point: &'a RunPoint,
    story: &'a Story,
    lookup: Lookup,
    routes: Option<Routes<'a>>,
}

impl<'a> Explainer<'a> {
    /// Explains what happened in a run; nothing can be if its story was not recorded.
    pub fn new(point: &'a RunPoint, outcome: &'a Outcome) -> Option<Self> {
        let story = outcome.story.as_ref()?;
        let routes = outcome.routing.as_ref().map(|routing| Routes::new(point, routing));
        Some(Explainer { point, story, lookup: Lookup::new(point, story), routes })
    }

    /// All that is worth a question, by kind.
    pub fn notable(&self) -> impl Iterator<Item = About> + '_ {
        let changes = self.routes.as_ref().map_or(0, |routes| routes.outcome.changes.len());
        (0..self.story.drops.len())
            .map(About::Drop)
            .chain((0..self.story.again.len()).map(About::Again))
            .chain((0..self.story.cuts.len()).map(About::Cut))
            .chain((0..changes).map(About::Change))
    }

    /// The flow that something is about, or none if it is about a router or the network.
    pub fn flow(&self, about: &About) -> Option<usize> {
        match about {
            About::Drop(at) => Some(self.story.drops[*at].packet.end.flow),
            About::Again(at) => Some(self.story.again[*at].packet.end.flow),
            About::Cut(at) => Some(self.story.cuts[*at].end.flow),
            About::Change(_) | About::Script(_) | About::Fact(_) => None,
        }
    }

    /// The router whose route changed, and to which destination.
    pub fn route(&self, about: &About) -> Option<(usize, usize)> {
        let About::Change(at) = about else { return None };
        let change = &self.routes.as_ref()?.outcome.changes[*at];
        Some((change.router, change.destination))
    }

    /// When something happened or, of a fact that lasted, began.
    pub fn time(&self, about: &About) -> Time {
        match about {
            About::Drop(at) => self.story.drops[*at].time,
            About::Again(at) => self.story.again[*at].time,
            About::Cut(at) => self.story.cuts[*at].time,
            About::Change(at) => self.of_routes(|routes| routes.change_time(*at)).unwrap_or(Time::ZERO),
            About::Script(at) => Time::ZERO + self.point.events[*at].at,
            About::Fact(fact) => self.fact_time(fact),
        }
    }

    fn fact_time(&self, fact: &Fact) -> Time {
        let story = self.story;
        let from = |stretch: &usize| story.stretches[*stretch].from;
        match fact {
            Fact::FlowStart(flow) => story.starts[*flow],
            Fact::Growth(stretch) | Fact::Marks(stretch) => from(stretch),
            Fact::GrowthOf(stretches) => stretches.iter().map(from).max().unwrap_or(Time::ZERO),
            Fact::Crowd(crowd) => story.crowds[*crowd].time,
            Fact::AtOnce(crowd) => {
                let flows = story.crowds[*crowd].flows.iter();
                flows.map(|(flow, _)| story.starts[flow.index()]).max().unwrap_or(Time::ZERO)
            }
            Fact::Offered(_, flows) => flows.iter().map(|&flow| story.starts[flow]).max().unwrap_or(Time::ZERO),
            Fact::AckLost(drop, _) => story.drops[*drop].time,
            Fact::NothingLost(again) => story.again[*again].time,
            Fact::Expiry(expiry) => story.expiries[*expiry].time,
            Fact::Circle(_, _, closed_by) => {
                closed_by.and_then(|change| self.of_routes(|routes| routes.change_time(change))).unwrap_or(Time::ZERO)
            }
            Fact::Longest(change, _) => self.of_routes(|routes| routes.change_time(*change)).unwrap_or(Time::ZERO),
            Fact::Step(step) | Fact::News(step, _) => {
                self.of_routes(|routes| routes.outcome.steps[*step].time).unwrap_or(Time::ZERO)
            }
            Fact::Loss(_) | Fact::BitErrors(_) | Fact::Mtu(_) | Fact::NobodyListens(..) | Fact::NoEntry(..) => {
                Time::ZERO
            }
        }
    }

    /// Says it in one sentence, without a capital and a full stop.
    pub fn words(&self, about: &About) -> String {
        match about {
            About::Drop(at) => self.drop_words(*at),
            About::Again(at) => self.again_words(*at),
            About::Cut(at) => self.cut_words(*at),
            About::Change(at) => self.of_routes(|routes| routes.change_words(*at)).unwrap_or_default(),
            About::Script(at) => words::of_script(self.point, &self.point.events[*at].what),
            About::Fact(fact) => self.fact_words(fact),
        }
    }

    fn fact_words(&self, fact: &Fact) -> String {
        match fact {
            Fact::FlowStart(flow) => words::of_start(self.point, *flow, self.story.starts[*flow]),
            Fact::Growth(stretch) => self.growth_words(*stretch),
            Fact::GrowthOf(stretches) => self.growths_words(stretches),
            Fact::Marks(stretch) => self.marks_words(*stretch),
            Fact::Crowd(crowd) => self.crowd_words(*crowd),
            Fact::AtOnce(crowd) => self.at_once_words(*crowd),
            Fact::Offered(link, flows) => self.offered_words(*link, flows),
            Fact::Loss(link) => words::of_loss(self.point, *link),
            Fact::BitErrors(link) => match link {
                Some(link) => format!("{} flips bits at random", words::link(self.point, *link)),
                None => "links flip bits at random".to_owned(),
            },
            Fact::Mtu(link) => words::of_mtu(self.point, *link),
            Fact::NobodyListens(node, flow) => {
                format!("nobody listens at {} for {}", words::node(self.point, *node), self.point.flows[*flow].name)
            }
            Fact::AckLost(_, again) => {
                format!("{} was not lost: its ACK was", words::part(&self.story.again[*again].packet))
            }
            Fact::NothingLost(again) => self.nothing_lost_words(*again),
            Fact::Expiry(expiry) => self.expiry_words(*expiry),
            Fact::NoEntry(node, to) => {
                let (node, to) = (words::node(self.point, *node), words::node(self.point, *to));
                match self.routes {
                    Some(_) => format!("{node} had not heard of a way to {to} yet"),
                    None => format!("there is no way from {node} to {to}"),
                }
            }
            Fact::Circle(nodes, to, _) => self.circle_words(nodes, *to),
            Fact::Longest(change, other) => {
                self.of_routes(|routes| routes.longest_words(*change, *other)).unwrap_or_default()
            }
            Fact::Step(step) => self.of_routes(|routes| routes.step_words(*step)).unwrap_or_default(),
            Fact::News(step, origin) => self.of_routes(|routes| routes.news_words(*step, *origin)).unwrap_or_default(),
        }
    }

    /// What caused something: no later than it.
    pub fn cause(&self, about: &About) -> Option<About> {
        let cause = match about {
            About::Drop(at) => self.drop_cause(*at),
            About::Again(at) => self.again_cause(*at),
            About::Cut(at) => self.cut_cause(*at),
            About::Change(at) => self.of_routes(|routes| routes.change_cause(*at)).flatten(),
            About::Script(_) => None,
            About::Fact(fact) => self.fact_cause(fact),
        };
        cause.filter(|cause| self.time(cause) <= self.time(about))
    }

    fn fact_cause(&self, fact: &Fact) -> Option<About> {
        match fact {
            Fact::Growth(stretch) => self.growth_cause(*stretch),
            Fact::Marks(stretch) => Some(About::Fact(Fact::Growth(*stretch))),
            Fact::GrowthOf(stretches) => {
                // All have their reasons: the latest to begin is the last straw.
                let last = stretches.iter().max_by_key(|&&stretch| self.story.stretches[stretch].from)?;
                self.growth_cause(*last)
            }
            Fact::Crowd(crowd) => self.crowd_cause(*crowd),
            Fact::AckLost(drop, _) => Some(About::Drop(*drop)),
            Fact::NothingLost(again) => self.nothing_lost_cause(*again),
            Fact::Expiry(expiry) => self.expiry_cause(*expiry),
            Fact::Circle(_, _, closed_by) => closed_by.map(About::Change),
            Fact::Longest(change, _) => Some(About::Change(*change)),
            Fact::Step(step) => self.of_routes(|routes| routes.step_cause(*step)).flatten(),
            Fact::News(step, origin) => self.of_routes(|routes| routes.news_cause(*step, *origin)).flatten(),
            Fact::FlowStart(_)
            | Fact::AtOnce(_)
            | Fact::Offered(..)
            | Fact::Loss(_)
            | Fact::BitErrors(_)
            | Fact::Mtu(_)
            | Fact::NobodyListens(..)
            | Fact::NoEntry(..) => None,
        }
    }

    fn of_routes<T>(&self, ask: impl FnOnce(&Routes<'a>) -> T) -> Option<T> {
        self.routes.as_ref().map(ask)
    }

    /// From something back to where it began.
    pub fn chain(&self, about: About) -> Vec<About> {
        let mut seen = BTreeSet::from([about.clone()]);
        let mut chain = vec![about];
        while let Some(cause) = self.cause(&chain[chain.len() - 1]) {
            if !seen.insert(cause.clone()) {
                debug_assert!(false, "{cause:?} causes itself");
                break;
            }
            chain.push(cause);
        }
        chain
    }

    /// The causes of all that is worth a question, each told once.
    pub fn all(&self) -> Vec<Cause> {
        let mut told = Told::new(self);
        // With how many causes lead to each: of one instant, causes come before what follows from them.
        let mut entries: Vec<(About, Option<usize>, usize)> = Vec::new();
        for about in self.notable().filter(|about| !matches!(about, About::Change(at) if *at >= MOST_CHANGES)) {
            let mut untold = Vec::new();
            let mut next = Some(about);
            let known = loop {
                let Some(about) = next else { break None };
                if let Some(known) = told.get(&about) {
                    break Some(known);
                }
                next = self.cause(&about).filter(|cause| !untold.contains(cause));
                untold.push(about);
            };
            let mut cause = known;
            for about in untold.into_iter().rev() {
                told.insert(&about, entries.len());
                let depth = cause.map_or(0, |cause| entries[cause].2 + 1);
                entries.push((about, cause, depth));
                cause = Some(entries.len() - 1);
            }
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|&at| (self.time(&entries[at].0), entries[at].2, at));
        let mut place = vec![0; entries.len()];
        for (to, &from) in order.iter().enumerate() {
            place[from] = to;
        }
        let cause = |&at: &usize| {
            let (about, cause, _) = &entries[at];
            let words = self.words(about);
            Cause { time: self.time(about), about: about.clone(), words, cause: cause.map(|cause| place[cause]) }
        };
        order.iter().map(cause).collect()
    }
}

/// The places of what is told already. There may be many thousands of drops: these are found by number.
struct Told {
    numbered: [Vec<Option<usize>>; 5],
    facts: BTreeMap<Fact, usize>,
}

impl Told {
    fn new(explainer: &Explainer<'_>) -> Self {
        let Story { drops, again, cuts, .. } = explainer.story;
        let changes = explainer.routes.as_ref().map_or(0, |routes| routes.outcome.changes.len());
        let counts = [drops.len(), again.len(), cuts.len(), changes, explainer.point.events.len()];
        Told { numbered: counts.map(|count| vec![None; count]), facts: BTreeMap::new() }
    }

    fn get(&self, about: &About) -> Option<usize> {
        match about {
            About::Drop(at) => self.numbered[0][*at],
            About::Again(at) => self.numbered[1][*at],
            About::Cut(at) => self.numbered[2][*at],
            About::Change(at) => self.numbered[3][*at],
            About::Script(at) => self.numbered[4][*at],
            About::Fact(fact) => self.facts.get(fact).copied(),
        }
    }

    fn insert(&mut self, about: &About, place: usize) {
        match about {
            About::Drop(at) => self.numbered[0][*at] = Some(place),
            About::Again(at) => self.numbered[1][*at] = Some(place),
            About::Cut(at) => self.numbered[2][*at] = Some(place),
            About::Change(at) => self.numbered[3][*at] = Some(place),
            About::Script(at) => self.numbered[4][*at] = Some(place),
            About::Fact(fact) => {
                self.facts.insert(fact.clone(), place);
            }
        }
    }
}

/// An entry of the list of causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// When.
    pub time: Time,
    /// What it is about.
    pub about: About,
    /// In one sentence, without a capital and a full stop.
    pub words: String,
    /// Which entry before it caused it.
    pub cause: Option<usize>,
}

impl About {
    /// Its kind, as the report's data has it.
    pub fn name(&self) -> &'static str {
        match self {
            About::Drop(_) => "drop",
            About::Again(_) => "again",
            About::Cut(_) => "cut",
            About::Change(_) => "change",
            About::Script(_) => "script",
            About::Fact(_) => "fact",
        }
    }

    /// Its number among its kind; -1 of a fact.
    pub fn number(&self) -> i64 {
        match self {
            About::Drop(at) | About::Again(at) | About::Cut(at) | About::Change(at) | About::Script(at) => *at as i64,
            About::Fact(_) => -1,
        }
    }
}

/// The section `causes`.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct CauseSection(Vec<(u64, &'static str, i64, String, i64)>);

/// The section of a run; empty if its story was not recorded.
pub fn section(point: &RunPoint, outcome: &Outcome, clock: Clock) -> CauseSection {
    let all = Explainer::new(point, outcome).map_or(Vec::new(), |explainer| explainer.all());
    let row = |Cause { time, about, words, cause }| {
        (clock.ticks(time), about.name(), about.number(), words, cause.map_or(-1, |cause| cause as i64))
    };
    CauseSection(all.into_iter().map(row).collect())
}
