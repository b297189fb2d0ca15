//! What is printed when a run is done: a table of its flows, the bottleneck, the expectations. Nothing of it depends on
//! the clock.

use comfy_table::{Cell, CellAlignment, Table, presets};
use plots::si;
use sim_core::packet::DropReason;

use super::sweep::{ExpectationOverRuns, Headline, PointRuns, SweepSummary, by_point, spread};
use super::tables::in_brief;
use super::{NOTHING, bottleneck, in_words, percent, plain, seconds};
use crate::charts::last_step;
use crate::charts::sweep::is_told;
use crate::run::groups::Spread;
use crate::run::outcome::{ExpectationOutcome, FlowOutcome, GroupOutcome, LatencyOutcome, LinkOutcome, Outcome};
use crate::run::routing::{Phase, RoutingOutcome, Scorecard, Settling};

/// With more flows than this, the first few and a line for all of them are shown.
const MOST_FLOWS: usize = 20;
/// More events than this are not shown one by one.
const MOST_PHASES: usize = 20;
/// The first few.
const FIRST_FLOWS: usize = 10;
/// Of a sweep, at most this many combinations are shown.
const MOST_POINTS: usize = 30;
/// At most this many expectations that failed are listed.
const MOST_EXPECTATIONS: usize = 20;

/// The flows, the bottleneck and the expectations of a run.
pub fn of_run(name: &str, title: &str, outcome: &Outcome) -> String {
    let mut text =
        format!("{name}: {title} ({} simulated, seed {})\n\n", seconds(outcome.simulated.as_secs_f64()), outcome.seed);
    let single: Vec<&FlowOutcome> = outcome.flows.iter().filter(|flow| !flow.is_arrival).collect();
    if !single.is_empty() {
        text += &flows(&single);
        text += "\n";
    }
    for group in &outcome.groups {
        text += &of_group(group, &outcome.flows[group.flows.clone()]);
        text += "\n";
    }
    if let Some(routing) = &outcome.routing {
        text += &of_routing(routing);
        text += "\n";
    }
    let facts: Vec<String> = [outcome.jain.map(|jain| format!("Jain's index {}", plain(jain))), busiest(outcome)]
        .into_iter()
        .flatten()
        .collect();
    if !facts.is_empty() {
        text += &format!("{}\n", facts.join("; "));
    }
    text + &expectations(&outcome.expectations)
}

/// A column: its heading, which way it is aligned, and its cell for a flow.
struct Column<'f> {
    heading: &'static str,
    alignment: CellAlignment,
    cell: Box<dyn Fn(&FlowOutcome) -> String + 'f>,
}

fn column<'f>(
    heading: &'static str,
    alignment: CellAlignment,
    cell: impl Fn(&FlowOutcome) -> String + 'f,
) -> Column<'f> {
    Column { heading, alignment, cell: Box::new(cell) }
}

/// Flows that came at random: how many, and a table of how long they took, by size.
fn of_group(group: &GroupOutcome, flows: &[FlowOutcome]) -> String {
    use CellAlignment::{Left, Right};
    let headings = [
        (&*group.name, Left),
        ("flows", Right),
        ("completed", Right),
        ("mean", Right),
        ("p50", Right),
        ("p95", Right),
        ("p99", Right),
        ("slowdown p50", Right),
        ("p99", Right),
    ];
    let mut table = table(&headings);
    let all = if group.by_size.len() > 1 { Some(("all", group.all.clone())) } else { None };
    for (sizes, completions) in group.by_size.iter().cloned().chain(all) {
        let time = |of: fn(&Spread) -> f64| completions.time_s.as_ref().map_or(NOTHING.into(), |s| seconds(of(s)));
        let slow = |of: fn(&Spread) -> f64| {
            completions.slowdown.as_ref().map_or(NOTHING.to_owned(), |s| format!("{:.1}", of(s)))
        };
        let cells = [
            sizes.to_owned(),
            completions.flows.to_string(),
            completions.completed.to_string(),
            time(|s| s.mean),
            time(|s| s.p50),
            time(|s| s.p95),
            time(|s| s.p99),
            slow(|s| s.p50),
            slow(|s| s.p99),
        ];
        add(&mut table, &headings, cells);
    }
    let sum = |of: fn(&FlowOutcome) -> u64| flows.iter().map(of).sum::<u64>();
    let (lost, again) = (sum(|flow| flow.lost_packets), sum(|flow| flow.retransmitted_packets));
    format!("{}{lost} packets lost, {again} sent again, {} timeouts\n", rendered(&table), sum(|flow| flow.timeouts))
}

/// When routing settled after each event, and what it cost.
fn of_routing(routing: &RoutingOutcome) -> String {
    use CellAlignment::{Left, Right};
    let suffers = |of: fn(&Phase) -> u64| routing.phases.iter().any(|phase| of(phase) > 0);
    let (loses, loops) = (suffers(|phase| phase.lost.total()), suffers(|phase| phase.looped_packets));
    let mut headings = vec![
        ("routing after", Left),
        ("at", Right),
        ("settled in", Right),
        ("messages", Right),
        ("bytes", Right),
        ("routers", Right),
        ("routes", Right),
    ];
    headings.extend(loses.then_some(("packets lost", Right)));
    headings.extend(loops.then_some(("looped", Right)));
    let mut table = table(&headings);
    for phase in routing.phases.iter().take(MOST_PHASES) {
        let settled = match phase.state {
            Settling::Settled => phase.took_s().map_or(NOTHING.to_owned(), seconds),
            Settling::Changing => "still changing".to_owned(),
            Settling::Oscillating => "oscillating".to_owned(),
        };
        let mut cells = vec![
            phase.after.clone(),
            seconds(phase.at_s),
            settled,
            phase.messages.to_string(),
            phase.bytes.to_string(),
            phase.routers_touched.to_string(),
            phase.routes_changed.to_string(),
        ];
        cells.extend(loses.then(|| phase.lost.total().to_string()));
        cells.extend(loops.then(|| phase.looped_packets.to_string()));
        add(&mut table, &headings, cells);
    }
    let hidden = routing.phases.len().saturating_sub(MOST_PHASES);
    let more = if hidden > 0 { format!("… and {hidden} more events\n") } else { String::new() };
    format!("{}{more}{}", rendered(&table), scorecard(&routing.scorecard))
}

/// The six metrics, in two lines.
fn scorecard(card: &Scorecard) -> String {
    let time = |value: Option<f64>| value.map_or(NOTHING.to_owned(), seconds);
    format!(
        "{} routing messages, {}; {} of the bytes on links for routing; per router {:.0} entries kept, {:.0} steps\n\
         packets of flows: latency {}, jitter {}; {} delivered\n",
        card.messages,
        si::format(card.message_bytes as f64, "B"),
        percent(card.overhead),
        card.entries.0,
        card.steps.0,
        time(card.latency_s),
        time(card.jitter_s),
        si::format(card.bandwidth_bps, "bps"),
    )
}

/// A count that only flows have whose protocol sends again what is lost.
fn of_reliable(flow: &FlowOutcome, count: u64) -> String {
    match flow.protocol {
        "udp" | "ping" => NOTHING.to_owned(),
        _ => count.to_string(),
    }
}

/// The table of flows, with the columns that have something to say.
fn flows(flows: &[&FlowOutcome]) -> String {
    use CellAlignment::{Left, Right};
    let delivered: u64 = flows.iter().map(|flow| flow.delivered_bytes).sum();
    let some = |has: fn(&FlowOutcome) -> bool| flows.iter().any(|flow| has(flow));
    let latency = |latency: Option<LatencyOutcome>, of: fn(&LatencyOutcome) -> f64| {
        latency.as_ref().map_or(NOTHING.to_owned(), |latency| seconds(of(latency)))
    };
    let mut columns = vec![
        column("flow", Left, |flow| flow.name.clone()),
        column("from → to", Left, |flow| format!("{} → {}", flow.from, flow.to)),
        column("goodput", Right, |flow| si::format(flow.goodput_bps, "bps")),
    ];
    if flows.len() > 1 && delivered > 0 {
        columns.push(column("share", Right, move |flow| percent(flow.delivered_bytes as f64 / delivered as f64)));
    }
    columns.push(column("lost", Right, |flow| match flow.sent_packets {
        0 => NOTHING.to_owned(),
        sent => percent(flow.lost_packets as f64 / sent as f64),
    }));
    if some(|flow| flow.retransmitted_packets > 0) {
        columns.push(column("retransmitted", Right, |flow| of_reliable(flow, flow.retransmitted_packets)));
    }
    if some(|flow| flow.timeouts > 0) {
        columns.push(column("timeouts", Right, |flow| of_reliable(flow, flow.timeouts)));
    }
    if some(|flow| flow.rtt.is_some()) {
        columns.push(column("RTT p50", Right, move |flow| latency(flow.rtt, |rtt| rtt.p50)));
        columns.push(column("RTT p95", Right, move |flow| latency(flow.rtt, |rtt| rtt.p95)));
    }
    if some(|flow| flow.delay.is_some()) {
        columns.push(column("delay p50", Right, move |flow| latency(flow.delay, |delay| delay.p50)));
        columns.push(column("delay p95", Right, move |flow| latency(flow.delay, |delay| delay.p95)));
    }
    if some(|flow| flow.completion_s.is_some()) {
        columns.push(column("completed in", Right, |flow| flow.completion_s.map_or(NOTHING.to_owned(), seconds)));
    }
    let shown = if flows.len() > MOST_FLOWS { FIRST_FLOWS } else { flows.len() };
    let headings: Vec<(&str, CellAlignment)> = columns.iter().map(|one| (one.heading, one.alignment)).collect();
    let mut table = table(&headings);
    for flow in &flows[..shown] {
        add(&mut table, &headings, columns.iter().map(|one| (one.cell)(flow)));
    }
    let mut text = rendered(&table);
    if shown < flows.len() {
        text += &all_flows(flows, shown);
    }
    text
}

/// What is said of flows that are not in the table.
fn all_flows(flows: &[&FlowOutcome], shown: usize) -> String {
    let goodput = || flows.iter().map(|flow| flow.goodput_bps);
    let (mean, least, most) = spread(goodput()).unwrap_or_default();
    let bps = |value: f64| si::format(value, "bps");
    let completed = flows.iter().filter(|flow| flow.completion_s.is_some()).count();
    let sum = |of: fn(&FlowOutcome) -> u64| flows.iter().map(|flow| of(flow)).sum::<u64>();
    format!(
        "… and {} more. All {}: goodput {} in sum, {} on average, from {} to {}; {} packets lost, {completed} flows \
         completed\n",
        flows.len() - shown,
        flows.len(),
        bps(goodput().sum()),
        bps(mean),
        bps(least),
        bps(most),
        sum(|flow| flow.lost_packets),
    )
}

/// The link that holds the flows back, in words.
fn busiest(outcome: &Outcome) -> Option<String> {
    const NOT_IDLE: f64 = 0.8;
    let link: &LinkOutcome = bottleneck(outcome)?;
    let is_bottleneck = link.utilization >= NOT_IDLE || link.dropped.get(DropReason::QueueFull) > 0;
    let role = if is_bottleneck { "bottleneck" } else { "busiest link" };
    let queue = match link.queue_packets_max {
        0 => "nothing waited".to_owned(),
        most => format!("queue {:.1} packets on average, {most} at most", link.queue_packets_mean),
    };
    Some(format!("{role} {}: {} used, {queue}, {} dropped", link.name, percent(link.utilization), link.dropped.total()))
}

/// The expectations of a run, ticked, with what was measured.
pub fn expectations(all: &[ExpectationOutcome]) -> String {
    let line = |one: &ExpectationOutcome| {
        let measured = one.measured.map_or("nothing was measured".to_owned(), |value| in_words(one.metric, value));
        format!("{} {}: {measured}\n", tick(one.met), one.text)
    };
    let mut text: String = all.iter().take(MOST_EXPECTATIONS).map(line).collect();
    // Of many, the first few and every one that failed.
    text.extend(all.iter().skip(MOST_EXPECTATIONS).filter(|one| !one.met).map(line));
    let hidden = all.iter().skip(MOST_EXPECTATIONS).filter(|one| one.met).count();
    if hidden > 0 {
        text += &format!("{} {hidden} more\n", tick(true));
    }
    text
}

/// Green or red on a terminal; elsewhere the colour is stripped and the sign says it.
fn tick(met: bool) -> &'static str {
    if met { "\x1b[32m✓\x1b[0m" } else { "\x1b[31m✗\x1b[0m" }
}

/// A figure of a run, if it has it.
type Figure = fn(&Headline) -> Option<f64>;

/// How a figure is said.
type Spoken = fn(f64) -> String;

/// The runs of a sweep: a row for each combination of swept values, the means of its repetitions.
pub fn of_sweep(title: &str, summary: &SweepSummary) -> String {
    use CellAlignment::{Left, Right};
    let points = by_point(&summary.runs);
    let runs = summary.runs.len();
    let mut text = format!("{}: {title} ({runs} run{})\n\n", summary.experiment, if runs == 1 { "" } else { "s" });
    let paths: Vec<&str> = points
        .first()
        .map_or(Vec::new(), |point| point.parameters.keys().map(String::as_str).filter(|path| is_told(path)).collect());
    let repeats = points.iter().any(|point| point.runs.len() > 1);
    let has = |of: Figure| summary.runs.iter().any(|run| of(run).is_some());
    // Headings are the last steps of the paths, unless two are alike.
    let short: Vec<&str> = paths.iter().map(|path| last_step(path)).collect();
    let is_unique = short.iter().enumerate().all(|(at, name)| !short[..at].contains(name));
    let mut headings: Vec<(&str, CellAlignment)> =
        if is_unique { short } else { paths }.into_iter().map(|name| (name, Left)).collect();
    if headings.is_empty() {
        headings.push(("runs", Left));
    } else if repeats {
        headings.push(("runs", Right));
    }
    let optional: [(&str, Figure, Spoken); 9] = [
        ("goodput", |run| run.total.loss.map(|_| run.total.goodput_bps), |value| si::format(value, "bps")),
        ("lost", |run| run.total.loss, percent),
        ("mean RTT", |run| run.total.rtt_mean_s, |value| seconds(value)),
        ("completed in", |run| run.total.completion_mean_s, |value| seconds(value)),
        ("Jain", |run| run.fairness.jain, plain),
        ("settled in", |run| run.routing?.convergence_s, |value| seconds(value)),
        ("messages", |run| Some(run.routing?.messages as f64), plain),
        ("route changes", |run| Some(run.routing?.route_changes as f64), plain),
        ("looped", |run| Some(run.routing?.looped_packets as f64).filter(|&packets| packets > 0.0), plain),
    ];
    let optional: Vec<_> = optional.into_iter().filter(|(_, of, _)| has(*of)).collect();
    headings.extend(optional.iter().map(|(heading, ..)| (*heading, Right)));
    let expects = !summary.expectations.is_empty();
    if expects {
        headings.push(("met", Right));
    }
    let mut table = table(&headings);
    for point in points.iter().take(MOST_POINTS) {
        let told = point.parameters.iter().filter(|(path, _)| is_told(path));
        let mut cells: Vec<String> = told.map(|(_, value)| in_brief(value)).collect();
        if cells.is_empty() || repeats {
            cells.push(point.runs.len().to_string());
        }
        cells.extend(optional.iter().map(|&(_, of, shown)| mean(point, of, shown)));
        if expects {
            let all = || point.runs.iter().flat_map(|run| &run.expectations);
            cells.push(format!("{}/{}", all().filter(|one| one.met).count(), all().count()));
        }
        add(&mut table, &headings, cells);
    }
    text += &rendered(&table);
    if points.len() > MOST_POINTS {
        text += &format!("… and {} more in summary.json\n", points.len() - MOST_POINTS);
    }
    text += "\n";
    text + &summary.expectations.iter().take(MOST_EXPECTATIONS).map(over_runs).collect::<String>()
}

/// An expectation over the runs of a sweep, ticked.
pub fn over_runs(one: &ExpectationOverRuns) -> String {
    format!("{} {}: met in {} of {} runs\n", tick(one.met), one.text, one.met_runs, one.runs)
}

/// The mean over repetitions, with smallest and largest if they differ as shown: `8.5 Mbps (8 … 9)`.
fn mean(point: &PointRuns<'_>, of: impl Fn(&Headline) -> Option<f64>, shown: impl Fn(f64) -> String) -> String {
    let Some((mean, least, most)) = spread(point.runs.iter().filter_map(|run| of(run))) else {
        return NOTHING.to_owned();
    };
    let (mean, least, most) = (shown(mean), shown(least), shown(most));
    if least == most {
        return mean;
    }
    // A unit that all three have is said once.
    let split = |text: &str| text.split_once(' ').map(|(number, unit)| (number.to_owned(), unit.to_owned()));
    match (split(&mean), split(&least), split(&most)) {
        (Some((_, unit)), Some((low, low_unit)), Some((high, high_unit))) if unit == low_unit && unit == high_unit => {
            format!("{mean} ({low} … {high})")
        }
        _ => format!("{mean} ({least} … {most})"),
    }
}

fn table(headings: &[(&str, CellAlignment)]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    add(&mut table, headings, headings.iter().map(|(heading, _)| (*heading).to_owned()));
    table
}

fn add(table: &mut Table, headings: &[(&str, CellAlignment)], cells: impl IntoIterator<Item = String>) {
    let cells = cells.into_iter().zip(headings);
    table.add_row(cells.map(|(cell, (_, alignment))| Cell::new(cell).set_alignment(*alignment)).collect::<Vec<_>>());
}

/// The table as lines without spaces at their ends.
fn rendered(table: &Table) -> String {
    table.trim_fmt() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;
    use crate::results::sweep::tests::headline;
    use crate::run::routing::Losses;

    fn without_colour(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_run_is_told_in_a_table() {
        let text = without_colour(&of_run("fairness", "Two flows share a link", &fixture::two_flows()));
        let expected = "\
fairness: Two flows share a link (60 s simulated, seed 1)

 flow  from → to        goodput   share    lost  retransmitted  timeouts  RTT p50  RTT p95
 A     left1 → right1  4.8 Mbps  49.9 %  0.05 %             12         1    61 ms    80 ms
 B     left2 → right2  4.8 Mbps  50.1 %  0.05 %             12         1    61 ms    80 ms

Jain's index 0.9975; bottleneck r1->r2: 98 % used, queue 19.6 packets on average, 40 at most, 24 dropped
✓ jain at_least 0.99 from 20 s: 0.9975
✗ goodput at_least 9 Mbps of flow A: 4.8 Mbps
";
        assert_eq!(text, expected);
    }

    #[test]
    fn routing_is_told_event_by_event_with_its_six_metrics() {
        let mut outcome = fixture::count_to_infinity();
        let routing = outcome.routing.as_mut().expect("routing by messages");
        routing.phases[1].lost = Losses { ttl_expired: 3, ..Losses::default() };
        routing.phases[1].state = Settling::Oscillating;
        routing.scorecard = Scorecard {
            latency_s: Some(0.012),
            jitter_s: Some(0.0005),
            bandwidth_bps: 2e6,
            overhead: 0.02,
            messages: 15,
            message_bytes: 780,
            entries: (3.0, 4),
            steps: (21.0, 30),
        };
        let text = without_colour(&of_run("count", "Two routers count", &outcome));
        let expected = "\
 routing after    at   settled in  messages  bytes  routers  routes  packets lost
 start           0 s          1 s         2    104        2       2             0
 x-y down       10 s  oscillating        13    676        2       2             3
15 routing messages, 780 B; 2 % of the bytes on links for routing; per router 3 entries kept, 21 steps
packets of flows: latency 12 ms, jitter 500 µs; 2 Mbps delivered
";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn many_flows_are_summed_up() {
        let text = of_run("many", "A hundred flows", &fixture::flows(100));
        assert!(text.lines().count() < 20, "{text}");
        assert!(text.contains("… and 90 more. All 100: goodput 480 Mbps in sum, 4.8 Mbps on average"), "{text}");
    }

    #[test]
    fn a_sweep_is_told_in_a_row_for_each_point() {
        let value = |ms: u32| [("topology.bottleneck.delay", serde_json::Value::from(format!("{ms} ms")))];
        let runs =
            vec![headline(0, &value(5), 0, 9e6), headline(1, &value(5), 1, 8e6), headline(2, &value(80), 0, 4e6)];
        let text = without_colour(&of_sweep("How delay matters", &SweepSummary::new("delays", runs)));
        let expected = "\
delays: How delay matters (3 runs)

 delay  runs           goodput    lost  mean RTT    Jain  met
 5 ms      2  8.5 Mbps (8 … 9)  0.05 %     62 ms  0.9975  2/4
 80 ms     1            4 Mbps  0.05 %     62 ms  0.9975  1/2

✓ jain at_least 0.99 from 20 s: met in 3 of 3 runs
✗ goodput at_least 9 Mbps of flow A: met in 0 of 3 runs
";
        assert_eq!(text, expected);
    }
}
