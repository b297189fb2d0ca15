//! What routers did, as a replay tells it: the section `routing` of `docs/report-data.md`.

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use sim_core::time::Time;

use super::clock::Clock;
use crate::run::routing::replay::matching;
use crate::run::routing::steps::{RecordedUntil, StepCause};
use crate::run::routing::wording::{TableSplice, WordedTable};
use crate::run::routing::{RoutingOutcome, TableChange, TableRoute};

/// The section.
#[derive(Clone, Debug, Serialize)]
pub struct RoutingSection {
    /// The protocol's name.
    pub protocol: &'static str,
    /// What counts as unreachable.
    pub infinity: Option<u64>,
    /// Names of destinations: the nodes in their order, then prefixes.
    pub destinations: Vec<String>,
    /// Of those whose packets can take the routes of other destinations too: all whose routes they can take, the longest
    /// prefix first.
    pub within: Vec<(usize, Vec<usize>)>,
    /// The nodes that speak the protocol.
    pub routers: Vec<usize>,
    /// Kinds of messages.
    pub kinds: Vec<&'static str>,
    /// The kinds that say only that their sender is alive.
    pub quiet: Vec<usize>,
    /// Texts of messages.
    pub texts: Vec<String>,
    /// By time of sending.
    pub messages: Vec<MessageRow>,
    /// Why routes change.
    pub reasons: Vec<&'static str>,
    /// By time.
    pub steps: Vec<StepRow>,
    /// Titles of tables, each with its columns behind it.
    pub heads: Vec<Vec<String>>,
    /// Texts of cells.
    pub cells: Vec<String>,
    /// Rows of tables, as numbers of cells.
    pub rows: Vec<Vec<u32>>,
    /// What the engine has in the end.
    pub end: End,
    /// Until when tables, messages and changes of routes are told; -1: to the end.
    pub until: [i64; 3],
    /// The same in words, if anything is left out.
    pub left_out: Option<String>,
}

/// `[from, to, link, dt, flight, kind, text, bytes]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageRow(pub usize, pub usize, pub usize, pub u64, pub i64, pub usize, pub usize, pub u32);

/// `[dt, node, cause, argument, changes, tables, sent]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRow(pub u64, pub usize, pub u8, pub i64, pub Vec<ChangeRow>, pub Vec<SpliceRow>, pub Vec<usize>);

/// `[destination, cost, next hops, path, reason]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeRow(pub usize, pub i64, pub Vec<usize>, pub Option<Vec<usize>>, pub usize);

/// `[table, head, at, removed, rows]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpliceRow(pub usize, pub i64, pub usize, pub usize, pub Vec<usize>);

/// What the engine has in the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct End {
    /// `[router, destination, cost, next hops]`.
    pub routes: Vec<(usize, usize, u64, Vec<usize>)>,
    /// `[router, tables]`.
    pub tables: Vec<(usize, Vec<TableRow>)>,
}

/// `[head, rows]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow(pub usize, pub Vec<usize>);

/// The destinations whose packets can take the routes of others; where there are no prefixes, none.
fn within(routing: &RoutingOutcome) -> Vec<(usize, Vec<usize>)> {
    if routing.destinations.len() <= routing.nodes.len() {
        return Vec::new();
    }
    let all = (0..routing.destinations.len()).map(|destination| (destination, matching(&routing.spans, destination)));
    all.filter(|(_, matching)| matching.len() > 1).collect()
}

/// Stands for nothing where a number is expected.
const NONE: i64 = -1;

/// What routers did, from what was recorded of it.
pub fn section(routing: &RoutingOutcome, clock: Clock) -> RoutingSection {
    let mut messages = Messages::default();
    let mut reasons: IndexSet<&'static str> = IndexSet::new();
    let mut steps = Vec::with_capacity(routing.steps.len());
    let mut before = 0;
    for step in &routing.steps {
        let now = clock.ticks(step.time);
        let (cause, argument) = cause(step.cause);
        if let StepCause::Heard(Some(message)) = step.cause {
            messages.on_heard(now, message);
        }
        for at in step.messages.clone() {
            messages.on_sent(now, routing, at);
        }
        let change = |change: &TableChange| {
            let after = change.after.as_ref();
            ChangeRow(
                change.destination,
                after.map_or(NONE, |route| route.cost as i64),
                after.map_or(Vec::new(), |route| route.next_hops.to_vec()),
                after.and_then(|route| route.path.clone()),
                reasons.insert_full(change.reason).0,
            )
        };
        let changes = routing.changes[step.changes.clone()].iter().map(change).collect();
        let tables = step.tables.iter().map(splice).collect();
        steps.push(StepRow(
            now - before,
            step.router,
            cause,
            argument,
            changes,
            tables,
            step.messages.clone().collect(),
        ));
        before = now;
    }
    let until = &routing.recorded_until;
    RoutingSection {
        protocol: routing.protocol,
        infinity: routing.infinity,
        destinations: routing.destinations.clone(),
        within: within(routing),
        routers: routing.routers.clone(),
        kinds: messages.kinds.keys().copied().collect(),
        quiet: messages.kinds.values().enumerate().filter(|(_, quiet)| **quiet).map(|(kind, _)| kind).collect(),
        texts: messages.texts.into_iter().collect(),
        messages: messages.rows,
        reasons: reasons.into_iter().collect(),
        steps,
        heads: routing.wording.heads.iter().map(|head| head.to_vec()).collect(),
        cells: routing.wording.cells.iter().cloned().collect(),
        rows: routing.wording.rows.iter().map(|row| row.to_vec()).collect(),
        end: end(routing),
        until: [until.tables, until.messages, until.changes]
            .map(|time| time.map_or(NONE, |time| clock.ticks(time) as i64)),
        left_out: left_out(routing),
    }
}

/// The number of a cause, and its argument.
fn cause(cause: StepCause) -> (u8, i64) {
    let number = |at: usize| at as i64;
    match cause {
        StepCause::Started => (0, NONE),
        StepCause::Heard(message) => (1, message.map_or(NONE, number)),
        StepCause::Deadline => (2, NONE),
        StepCause::Link(link) => (3, number(link)),
        StepCause::Announcement(destination) => (4, number(destination)),
        StepCause::Failed => (5, NONE),
        StepCause::Restarted => (6, NONE),
    }
}

fn splice(splice: &TableSplice) -> SpliceRow {
    let TableSplice { table, head, at, removed, ref rows } = *splice;
    SpliceRow(table, head.map_or(NONE, |head| head as i64), at, removed, rows.clone())
}

/// The messages, as they are sent and heard.
#[derive(Default)]
struct Messages {
    rows: Vec<MessageRow>,
    /// When each was sent.
    sent: Vec<u64>,
    /// Whether they only say that their sender is alive.
    kinds: IndexMap<&'static str, bool>,
    texts: IndexSet<String>,
}

impl Messages {
    fn on_sent(&mut self, now: u64, routing: &RoutingOutcome, at: usize) {
        let message = &routing.messages[at];
        let (kind, _) = self.kinds.insert_full(message.kind(), message.message.is_sign_of_life());
        let text = self.texts.insert_full(routing.words(message)).0;
        let dt = now - self.sent.last().copied().unwrap_or(0);
        self.rows.push(MessageRow(message.from, message.to, message.link, dt, NONE, kind, text, message.bytes));
        self.sent.push(now);
    }

    fn on_heard(&mut self, now: u64, message: usize) {
        let MessageRow(.., flight, _, _, _) = &mut self.rows[message];
        // Of copies the first counts.
        if *flight == NONE {
            *flight = (now - self.sent[message]) as i64;
        }
    }
}

fn end(routing: &RoutingOutcome) -> End {
    let table = |table: &WordedTable| TableRow(table.head, table.rows.clone());
    let routes = match routing.recorded_until.changes {
        None => &routing.routes[..],
        Some(_) => &[],
    };
    let route = |(router, to, route): &(usize, usize, TableRoute)| (*router, *to, route.cost, route.next_hops.to_vec());
    let tables = routing.tables.iter();
    End {
        routes: routes.iter().map(route).collect(),
        tables: tables.map(|(router, tables)| (*router, tables.iter().map(table).collect())).collect(),
    }
}

/// What is not told, in one sentence.
fn left_out(routing: &RoutingOutcome) -> Option<String> {
    let RecordedUntil { tables, messages, changes } = routing.recorded_until;
    let from = |what: &str, time: Option<Time>| Some(format!("{what} from {} s on", seconds(time?)));
    let routers = routing.routers.len();
    let wide = |title: &String| format!("the table “{title}” (too wide with {routers} routers)");
    let parts: Vec<String> = (routing.tables_left_out.iter().map(wide))
        .chain(from("what routers know", tables))
        .chain(from("messages", messages))
        .chain(from("changes of routes", changes))
        .collect();
    let (last, others) = parts.split_last()?;
    Some(match others {
        [] => format!("Not recorded: {last}."),
        others => format!("Not recorded: {} and {last}.", others.join(", ")),
    })
}

/// A time in seconds, to the millisecond.
fn seconds(time: Time) -> f64 {
    (time.as_secs_f64() * 1000.0).floor() / 1000.0
}
