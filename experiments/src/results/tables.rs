//! The tidy tables `flows.csv`, `links.csv`, `series.csv`, `routes.csv` and `messages.csv`: one observation a row, SI units in the names
//! of the columns, an empty cell where there is no value.
//!
//! ```python
//! series = pandas.read_csv("series.csv")
//! series.dropna(subset=["flow"]).pivot(index="t_s", columns="flow", values="goodput_bps").plot()
//! ```
//!
//! In the tables of a sweep the first columns say which run a row belongs to: `run`, `repetition`, `seed`, and each
//! swept parameter by its path.

use std::io::{self, Write};

use csv::Writer;
use serde_json::Value as Json;
use sim_core::packet::DropReason;

use crate::run::outcome::{FlowOutcome, FlowSeries, LatencyOutcome, LinkOutcome, Outcome};
use crate::run::routing::{RoutingOutcome, TableRoute};

/// A table that grows row by row.
#[derive(Debug)]
pub struct Table {
    writer: Writer<Vec<u8>>,
}

/// What says to which run of a sweep a row belongs: names and values of the first columns.
#[derive(Clone, Debug, Default)]
pub struct RunColumns(pub Vec<(String, String)>);

impl RunColumns {
    /// The columns of a run of a sweep.
    pub fn of_run(run: &str, repetition: u32, seed: u64, parameters: &[(String, Json)]) -> Self {
        let own = [("run", run.to_owned()), ("repetition", repetition.to_string()), ("seed", seed.to_string())];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
        RunColumns(own.chain(parameters.iter().map(|(path, value)| (path.clone(), spoken(value)))).collect())
    }
}

/// A swept value as a person writes it: strings without their quotes.
pub fn spoken(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A swept value where there is little room: a list or an object is only counted.
pub(crate) fn in_brief(value: &Json) -> String {
    const MOST: usize = 24;
    match value {
        Json::Array(list) if value.to_string().len() > MOST => format!("{} of them", list.len()),
        // Of one thing with parameters, such as a queue or a routing protocol, its name.
        Json::Object(members) if value.to_string().len() > MOST => match members.keys().next() {
            Some(name) if members.len() == 1 => format!("{name} {{…}}"),
            _ => "{…}".to_owned(),
        },
        other => spoken(other),
    }
}

impl Table {
    /// A table with a row of names.
    fn new(run: &RunColumns, columns: &[&str]) -> Self {
        let mut table = Table { writer: Writer::from_writer(Vec::new()) };
        let names = run.0.iter().map(|(name, _)| name.as_str());
        table.record(names.chain(columns.iter().copied()).map(str::to_owned));
        table
    }

    fn record(&mut self, cells: impl IntoIterator<Item = String>) {
        self.writer.write_record(cells).expect("rows of one table are equally long, and memory takes them all");
    }

    fn row(&mut self, run: &RunColumns, cells: Vec<String>) {
        self.record(run.0.iter().map(|(_, value)| value.clone()).chain(cells));
    }

    /// The rows so far, as bytes; later ones follow without another row of names.
    fn take_bytes(&mut self) -> Vec<u8> {
        let rows = std::mem::replace(&mut self.writer, Writer::from_writer(Vec::new()));
        rows.into_inner().expect("memory takes everything")
    }

    /// The table as the bytes of a file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory takes everything")
    }
}

/// A number as shortly as it can be read back; an empty cell for what is missing.
fn cell(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

fn maybe(value: Option<f64>) -> String {
    value.map_or_else(String::new, cell)
}

fn count(value: Option<u64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn latency(latency: Option<LatencyOutcome>) -> [String; 6] {
    let pick = |of: fn(&LatencyOutcome) -> f64| maybe(latency.as_ref().map(of));
    [pick(|l| l.min), pick(|l| l.mean), pick(|l| l.p50), pick(|l| l.p95), pick(|l| l.p99), pick(|l| l.max)]
}

/// An empty `flows.csv`.
pub fn flows(run: &RunColumns) -> Table {
    Table::new(
        run,
        &[
            "flow",
            "from",
            "to",
            "protocol",
            "congestion_control",
            "start_s",
            "completion_s",
            "size_bytes",
            "slowdown",
            "sent_packets",
            "delivered_packets",
            "delivered_bytes",
            "goodput_bps",
            "throughput_bps",
            "retransmitted_packets",
            "fast_retransmits",
            "timeouts",
            "lost_packets",
            "reordered_packets",
            "duplicate_packets",
            "rtt_min_s",
            "rtt_mean_s",
            "rtt_p50_s",
            "rtt_p95_s",
            "rtt_p99_s",
            "rtt_max_s",
            "delay_min_s",
            "delay_mean_s",
            "delay_p50_s",
            "delay_p95_s",
            "delay_p99_s",
            "delay_max_s",
            "jitter_s",
            "marked_packets",
            "status",
            "returned_packets",
            "returned_bytes",
            "response_mean_s",
            "response_max_s",
            "wrong_deliveries",
        ],
    )
}

/// Adds the flows of a run to `flows.csv`.
pub fn add_flows(table: &mut Table, run: &RunColumns, flows: &[FlowOutcome]) {
    for flow in flows {
        let mut cells = vec![
            flow.name.clone(),
            flow.from.clone(),
            flow.to.clone(),
            flow.protocol.to_owned(),
            flow.congestion_control.unwrap_or_default().to_owned(),
            cell(flow.start_s),
            maybe(flow.completion_s),
            count(flow.size_bytes),
            maybe(flow.slowdown()),
            flow.sent_packets.to_string(),
            flow.delivered_packets.to_string(),
            flow.delivered_bytes.to_string(),
            cell(flow.goodput_bps),
            cell(flow.throughput_bps),
            flow.retransmitted_packets.to_string(),
            flow.fast_retransmits.to_string(),
            flow.timeouts.to_string(),
            flow.lost_packets.to_string(),
            flow.reordered_packets.to_string(),
            flow.duplicate_packets.to_string(),
        ];
        cells.extend(latency(flow.rtt));
        cells.extend(latency(flow.delay));
        cells.push(maybe(flow.jitter_s));
        cells.push(flow.marked_packets.to_string());
        cells.push(flow.status.unwrap_or_default().to_owned());
        cells.push(flow.returned_packets.to_string());
        cells.push(flow.returned_bytes.to_string());
        cells.extend([maybe(flow.response.map(|r| r.mean)), maybe(flow.response.map(|r| r.max))]);
        cells.push(flow.wrong_deliveries.to_string());
        table.row(run, cells);
    }
}

/// An empty `links.csv`.
pub fn links(run: &RunColumns) -> Table {
    let reasons = DropReason::ALL.map(|reason| format!("dropped_{}", reason.name()));
    let mut columns = vec![
        "link",
        "from",
        "to",
        "bandwidth_bps",
        "limit_packets",
        "limit_bytes",
        "utilization",
        "packets",
        "bytes",
        "queue_mean_packets",
        "queue_max_packets",
        "queueing_delay_mean_s",
        "queueing_delay_max_s",
        "dropped",
    ];
    columns.extend(reasons.iter().map(String::as_str));
    columns.push("marked");
    Table::new(run, &columns)
}

/// Adds the links of a run to `links.csv`.
pub fn add_links(table: &mut Table, run: &RunColumns, links: &[LinkOutcome]) {
    for link in links {
        let mut cells = vec![
            link.name.clone(),
            link.from.clone(),
            link.to.clone(),
            cell(link.bandwidth_bps),
            count(link.limit_packets),
            count(link.limit_bytes),
            cell(link.utilization),
            link.packets.to_string(),
            link.bytes.to_string(),
            cell(link.queue_packets_mean),
            link.queue_packets_max.to_string(),
            cell(link.queueing_delay_mean_s),
            cell(link.queueing_delay_max_s),
            link.dropped.total().to_string(),
        ];
        cells.extend(DropReason::ALL.map(|reason| link.dropped.get(reason).to_string()));
        cells.push(link.marked.to_string());
        table.row(run, cells);
    }
}

/// A series of a flow.
type Values = fn(&FlowSeries) -> &[f64];

/// How `series.csv` names what it has of a flow, and where that is kept.
const FLOW_COLUMNS: [(&str, Values); 10] = [
    ("goodput_bps", |series| &series.goodput_bps),
    ("throughput_bps", |series| &series.throughput_bps),
    ("cwnd_bytes", |series| &series.cwnd_bytes),
    ("ssthresh_bytes", |series| &series.ssthresh_bytes),
    ("flight_bytes", |series| &series.flight_bytes),
    ("rtt_s", |series| &series.rtt_s),
    ("srtt_s", |series| &series.srtt_s),
    ("rto_s", |series| &series.rto_s),
    ("retransmitted_packets", |series| &series.retransmits),
    ("timeouts", |series| &series.timeouts),
];

/// What `series.csv` has of a link.
const LINK_COLUMNS: [&str; 3] = ["queue_packets", "dropped_packets", "utilization"];

/// `series.csv`: by time, at each first the flows, then the links, then the network as a whole.
///
/// A row is about the flow or the link that it names; without either it is about the network. Links that never
/// carried or dropped a packet have no rows, nor have flows of `arrivals`. The table can be much larger than what it is
/// made of, so it is written as it is made.
///
/// # Errors
/// When `file` refuses.
pub fn write_series(outcome: &Outcome, file: &mut dyn Write) -> io::Result<()> {
    let whole_run = RunColumns::default();
    let mut columns = vec!["t_s", "flow", "link"];
    columns.extend(FLOW_COLUMNS.map(|(name, _)| name));
    columns.extend(LINK_COLUMNS);
    columns.push("jain");
    let width = columns.len();
    let mut table = Table::new(&whole_run, &columns);
    let series = &outcome.series;
    let at = |values: &[f64], index: usize| maybe(values.get(index).copied());
    for (index, time) in series.times_s.iter().enumerate() {
        let mut row = |flow: &str, link: &str, from: usize, values: Vec<String>| {
            let mut cells = vec![String::new(); width];
            (cells[0], cells[1], cells[2]) = (cell(*time), flow.to_owned(), link.to_owned());
            for (offset, value) in values.into_iter().enumerate() {
                cells[from + offset] = value;
            }
            table.row(&whole_run, cells);
        };
        for (flow, of_flow) in outcome.flows.iter().zip(&series.flows).filter(|(flow, _)| !flow.is_arrival) {
            row(&flow.name, "", 3, FLOW_COLUMNS.map(|(_, values)| at(values(of_flow), index)).into());
        }
        for (link, of_link) in outcome.links.iter().zip(&series.links) {
            if link.packets == 0 && link.dropped.total() == 0 {
                continue;
            }
            let integer = |values: &[u32]| count(values.get(index).copied().map(u64::from));
            let utilization = of_link.utilization.get(index).filter(|share| share.is_finite());
            let values = vec![
                integer(&of_link.queue_packets),
                integer(&of_link.drops),
                // As `f32`, in which it was sampled: 0.98, not 0.9800000190734863.
                utilization.map_or_else(String::new, |share| share.to_string()),
            ];
            row("", &link.name, 3 + FLOW_COLUMNS.len(), values);
        }
        if let Some(jain) = series.jain.get(index).filter(|jain| jain.is_finite()) {
            row("", "", width - 1, vec![cell(*jain)]);
        }
        file.write_all(&table.take_bytes())?;
    }
    file.write_all(&table.into_bytes())
}

/// `routes.csv`: the forwarding tables at the end, a row for each router, destination and next hop.
pub fn routes(outcome: &Outcome) -> Vec<u8> {
    let whole_run = RunColumns::default();
    let mut table = Table::new(&whole_run, &["router", "destination", "cost", "next_hop"]);
    for router in &outcome.tables {
        for (destination, cost, next_hops) in &router.rows {
            for next_hop in next_hops {
                let cells = vec![router.node.clone(), destination.clone(), cost.to_string(), next_hop.clone()];
                table.row(&whole_run, cells);
            }
        }
    }
    table.into_bytes()
}

/// `routes.csv` of routing by messages: every change of a table, by time.
///
/// Next hops of equal cost stand in one cell with blanks between, the routers of a path too. A route that is gone has
/// neither cost nor next hop; one that ends here has a cost and no next hop.
///
/// # Errors
/// When `file` refuses.
pub fn write_route_changes(routing: &RoutingOutcome, file: &mut dyn Write) -> io::Result<()> {
    let whole_run = RunColumns::default();
    let columns = [
        "t_s",
        "router",
        "destination",
        "cost_before",
        "next_hop_before",
        "cost",
        "next_hop",
        "reason",
        "path",
        "path_before",
        "path_refused",
    ];
    let mut table = Table::new(&whole_run, &columns);
    let names = |nodes: &[usize]| nodes.iter().map(|&node| routing.nodes[node].as_str()).collect::<Vec<_>>().join(" ");
    let path = |route: Option<&TableRoute>| route.and_then(|route| route.path.as_deref()).map_or(String::new(), names);
    for chunk in routing.changes.chunks(ROWS_AT_ONCE) {
        for change in chunk {
            let (before, after) = (change.before.as_ref(), change.after.as_ref());
            let cost = |route: Option<&TableRoute>| count(route.map(|route| route.cost));
            let hops = |route: Option<&TableRoute>| route.map_or(String::new(), |route| names(&route.next_hops));
            let cells = vec![
                cell(change.t_s),
                routing.nodes[change.router].clone(),
                routing.destinations[change.destination].clone(),
                cost(before),
                hops(before),
                cost(after),
                hops(after),
                change.reason.to_owned(),
                path(after),
                path(before),
                change.over.as_deref().map_or(String::new(), names),
            ];
            table.row(&whole_run, cells);
        }
        file.write_all(&table.take_bytes())?;
    }
    file.write_all(&table.into_bytes())
}

/// `messages.csv`: every message between routers, by the time it was sent.
///
/// # Errors
/// When `file` refuses.
pub fn write_messages(outcome: &Outcome, routing: &RoutingOutcome, file: &mut dyn Write) -> io::Result<()> {
    let whole_run = RunColumns::default();
    let mut table = Table::new(&whole_run, &["t_s", "from", "to", "link", "kind", "bytes", "says"]);
    for chunk in routing.messages.chunks(ROWS_AT_ONCE) {
        for message in chunk {
            let cells = vec![
                cell(message.t_s),
                routing.nodes[message.from].clone(),
                routing.nodes[message.to].clone(),
                outcome.links[message.link].name.clone(),
                message.kind().to_owned(),
                message.bytes.to_string(),
                routing.words(message),
            ];
            table.row(&whole_run, cells);
        }
        file.write_all(&table.take_bytes())?;
    }
    file.write_all(&table.into_bytes())
}

/// Rows that are turned into text before they are written.
const ROWS_AT_ONCE: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;

    fn series(outcome: &Outcome) -> Vec<u8> {
        let mut file = Vec::new();
        write_series(outcome, &mut file).unwrap();
        file
    }

    fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn every_flow_and_every_link_has_a_row() {
        let (outcome, run) = (fixture::two_flows(), RunColumns::default());
        let mut table = flows(&run);
        add_flows(&mut table, &run, &outcome.flows);
        let table = rows(&table.into_bytes());
        assert_eq!(table.len(), 3);
        assert_eq!(table[0][..3], ["flow", "from", "to"]);
        assert_eq!(table[2][..3], ["B", "left2", "right2"]);
        let mut table = links(&run);
        add_links(&mut table, &run, &outcome.links);
        let table = rows(&table.into_bytes());
        let dropped = table[0].iter().position(|name| name == "dropped_queue_full").unwrap();
        assert_eq!((table[1][dropped].as_str(), table[2][dropped].as_str()), ("24", "0"));
    }

    #[test]
    fn a_series_has_a_row_for_each_flow_and_link_and_leaves_the_rest_empty() {
        let table = rows(&series(&fixture::two_flows()));
        let column = |name: &str| table[0].iter().position(|column| column == name).unwrap();
        let (a, link) = (&table[1], &table[3]);
        assert_eq!((a[0].as_str(), a[1].as_str(), a[2].as_str()), ("0.1", "A", ""));
        assert_eq!(a[column("ssthresh_bytes")], "", "not a number");
        assert_eq!(a[column("queue_packets")], "");
        assert_eq!((link[1].as_str(), link[2].as_str()), ("", "r1->r2"));
        assert_eq!((link[column("utilization")].as_str(), link[column("goodput_bps")].as_str()), ("0.98", ""));
        let last = table.last().unwrap();
        assert_eq!((last[1].as_str(), last[2].as_str()), ("", ""));
        assert!(last[column("jain")].starts_with("0.99"));
    }

    #[test]
    fn links_that_carried_nothing_have_no_series() {
        let mut outcome = fixture::two_flows();
        outcome.links[1].packets = 0;
        assert!(!rows(&series(&outcome)).iter().any(|row| row[2] == "r2->r1"));
    }

    #[test]
    fn rows_of_a_sweep_say_their_run_and_parameters() {
        let parameters = [("topology.bottleneck.delay".to_owned(), Json::from("5 ms"))];
        let run = RunColumns::of_run("007", 2, 3, &parameters);
        let mut table = flows(&run);
        add_flows(&mut table, &run, &fixture::two_flows().flows);
        let table = rows(&table.into_bytes());
        assert_eq!(table[0][..5], ["run", "repetition", "seed", "topology.bottleneck.delay", "flow"]);
        assert_eq!(table[1][..5], ["007", "2", "3", "5 ms", "A"]);
    }

    #[test]
    fn every_change_of_a_table_and_every_message_has_a_row() {
        let mut outcome = fixture::count_to_infinity();
        let routing = outcome.routing.as_mut().expect("routing by messages");
        routing.changes[2].over = Some(vec![2, 0]);
        routing.changes[3].after.as_mut().expect("a route").next_hops = [0, 1].into_iter().collect();
        let (mut changes, mut messages) = (Vec::new(), Vec::new());
        let routing = outcome.routing.as_ref().expect("routing by messages");
        write_route_changes(routing, &mut changes).unwrap();
        write_messages(&outcome, routing, &mut messages).unwrap();
        let changes = rows(&changes);
        assert_eq!(changes.len(), 1 + 15);
        assert_eq!(changes[1], ["0", "y", "x", "", "", "1", "x", "learned", "", "", ""]);
        assert_eq!(changes[3], ["10", "y", "x", "1", "x", "3", "z", "learned", "", "", "z x"]);
        assert_eq!(changes[4][5..7], ["4", "x y"], "next hops of equal cost");
        assert_eq!(changes[15], ["22", "y", "x", "13", "z", "", "", "learned", "", "", ""], "the route is gone");
        let messages = rows(&messages);
        assert_eq!(messages.len(), 1 + 15);
        assert_eq!(messages[1], ["0", "y", "z", "r1->r2", "update", "52", "update"]);
    }

    #[test]
    fn routes_have_a_row_for_each_next_hop() {
        let table = rows(&routes(&fixture::two_flows()));
        assert_eq!(table[1], ["r1", "right1", "2", "r2"]);
    }
}
