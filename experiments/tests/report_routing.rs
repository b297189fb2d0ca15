//! What a replay tells of routing: folded step by step, it is at every instant what the engine's own routers know.

mod support;

use std::collections::BTreeMap;

use experiments::file::plan::RunPoint;
use experiments::file::spec::Routing;
use experiments::report::clock::Clock;
use experiments::report::routing::section;
use experiments::run::build::{Built, Ways, build};
use experiments::run::measure::{Recording, run, run_recording};
use experiments::run::routers::Routers;
use experiments::run::routing::RoutingOutcome;
use protocols::routing::router::RouterAgent;
use serde_json::Value as Json;
use sim_core::ids::Destination;
use sim_core::simulation::Simulation;
use sim_core::time::{Duration, Time};
use support::{gallery, plan};

const CLOCK_BPS: u64 = 1_000_000_000;

/// A row in words.
type Row = Vec<String>;
/// Title and columns, and rows.
type Table = (Vec<String>, Vec<Row>);
/// Cost, the neighbours that it leads through, and the nodes on the way if the protocol knows them.
type Route = (u64, Vec<usize>, Option<Vec<usize>>);

/// What all routers know.
#[derive(Debug, Default, PartialEq)]
struct State {
    /// By router and destination.
    routes: BTreeMap<(usize, usize), Route>,
    /// By router.
    tables: BTreeMap<usize, Vec<Table>>,
}

/// Reads the section as a page does: from the JSON alone.
struct Replay {
    json: Json,
    state: State,
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn number(json: &Json) -> usize {
    json.as_u64().expect("a number") as usize
}

fn numbers(json: &Json) -> Vec<usize> {
    list(json).iter().map(number).collect()
}

impl Replay {
    fn new(routing: &RoutingOutcome) -> Self {
        let text = serde_json::to_string(&section(routing, Clock::new(CLOCK_BPS))).expect("it can be written");
        Replay { json: serde_json::from_str(&text).expect("it can be read"), state: State::default() }
    }

    fn head(&self, at: usize) -> Vec<String> {
        list(&self.json["heads"][at]).iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
    }

    fn row(&self, at: usize) -> Row {
        let cell = |cell: &Json| self.json["cells"][number(cell)].as_str().expect("a text").to_owned();
        list(&self.json["rows"][at]).iter().map(cell).collect()
    }

    fn rows(&self, rows: &Json) -> Vec<Row> {
        numbers(rows).into_iter().map(|row| self.row(row)).collect()
    }

    /// Lets a step happen.
    fn apply(&mut self, step: usize) {
        let step = self.json["steps"][step].clone();
        let router = number(&step[1]);
        for change in list(&step[4]) {
            let key = (router, number(&change[0]));
            let path = change[3].is_array().then(|| numbers(&change[3]));
            match change[1].as_i64().expect("a cost") {
                -1 => self.state.routes.remove(&key),
                cost => self.state.routes.insert(key, (cost as u64, numbers(&change[2]), path)),
            };
        }
        for splice in list(&step[5]) {
            let (table, at, removed) = (number(&splice[0]), number(&splice[2]), number(&splice[3]));
            let head = splice[1].as_i64().expect("a number");
            let rows = self.rows(&splice[4]);
            if head == -1 {
                self.state.tables.remove(&router);
                continue;
            }
            let head = self.head(head as usize);
            let tables = self.state.tables.entry(router).or_default();
            if tables.len() == table {
                tables.push((Vec::new(), Vec::new()));
            }
            tables[table].0 = head;
            tables[table].1.splice(at..at + removed, rows);
        }
    }

    /// What the section says is there in the end; of paths it says nothing.
    fn end(&self) -> State {
        let end = &self.json["end"];
        let route = |route: &Json| {
            let cost = route[2].as_u64().expect("a cost");
            ((number(&route[0]), number(&route[1])), (cost, numbers(&route[3]), None))
        };
        let table = |table: &Json| (self.head(number(&table[0])), self.rows(&table[1]));
        let tables = |router: &Json| (number(&router[0]), list(&router[1]).iter().map(table).collect());
        let alive = list(&end["tables"]).iter().filter(|router| !list(&router[1]).is_empty());
        State { routes: list(&end["routes"]).iter().map(route).collect(), tables: alive.map(tables).collect() }
    }
}

/// What the engine's own routers know.
fn engine(simulation: &Simulation, routers: &Routers, numbers: &BTreeMap<Destination, usize>) -> State {
    let mut state = State::default();
    for &(node, agent) in &routers.agents {
        let router: &RouterAgent = simulation.agent(agent).expect("a router");
        let links = &routers.links[node.index()];
        let neighbor = |link: usize| simulation.topology().links[link].to.index();
        for (destination, route) in router.routes() {
            let hops = route.interfaces().iter().map(|over| neighbor(links[over.index()].index())).collect();
            let path = route.path.as_ref().map(|path| path.iter().map(|node| node.index()).collect());
            state.routes.insert((node.index(), numbers[destination]), (route.cost, hops, path));
        }
        let tables: Vec<Table> = (router.tables(&routers.names).into_iter())
            .map(|table| (std::iter::once(table.title).chain(table.columns).collect(), table.rows))
            .collect();
        if !tables.is_empty() {
            state.tables.insert(node.index(), tables);
        }
    }
    state
}

/// Runs a point with a record, and again without, looking at every instant at which anything happened.
#[track_caller]
fn check(point: &RunPoint) {
    let outcome = run_recording(point, &mut (), Recording { charts: false, report: true }).expect("a run that ends");
    let plain = run(point, &mut ()).expect("a run that ends");
    assert_eq!((outcome.fingerprint, outcome.events), (plain.fingerprint, plain.events), "recording changed the run");
    let routing = outcome.routing.as_ref().expect("routing by messages");
    check_the_same(routing, plain.routing.as_ref().expect("routing by messages"));
    let mut replay = Replay::new(routing);
    assert_eq!(replay.json["left_out"], Json::Null);

    let mut point = point.clone();
    for (flow, done) in point.flows.iter_mut().zip(&outcome.flows) {
        flow.start = Duration::from_picos((done.start_s * 1e12).round() as u64);
        flow.waits_for_routing = false;
    }
    let Built { mut simulation, ways, .. } = build(&point).expect("a network");
    let Ways::Routers(routers) = ways else { panic!("routing by messages") };
    let numbers: BTreeMap<Destination, usize> =
        routers.names.destinations().zip(0..).map(|((destination, _), at)| (destination, at)).collect();
    let mut steps = (0..routing.steps.len()).peekable();
    let mut instants = 0;
    while let Some(step) = steps.next() {
        replay.apply(step);
        let now = routing.steps[step].time;
        if steps.peek().is_some_and(|&next| routing.steps[next].time == now) {
            continue;
        }
        simulation.run_until(now + Duration::from_picos(1)).expect("no livelock");
        let after = format!("after step {step} at {} s", now.as_secs_f64());
        compare(&after, &replay.state, &engine(&simulation, &routers, &numbers));
        instants += 1;
    }
    let end = Time::ZERO + point.experiment.duration;
    simulation.run_until(end).expect("no livelock");
    assert_eq!(simulation.fingerprint(), outcome.fingerprint, "it was the same run");
    let mut state = engine(&simulation, &routers, &numbers);
    compare("at the end", &replay.state, &state);
    state.routes.values_mut().for_each(|(.., path)| *path = None);
    compare("what the section says of the end", &replay.end(), &state);
    assert!(instants > 10, "{instants} instants");
}

/// What is recorded is not in the way of anything else.
#[track_caller]
fn check_the_same(recorded: &RoutingOutcome, plain: &RoutingOutcome) {
    assert_eq!(recorded.changes, plain.changes);
    assert_eq!((&recorded.phases, &recorded.mishaps), (&plain.phases, &plain.mishaps));
    assert_eq!((&recorded.scorecard, &recorded.routes), (&plain.scorecard, &plain.routes));
    let words = |outcome: &RoutingOutcome| -> Vec<(f64, usize, usize, String)> {
        outcome.messages.iter().map(|sent| (sent.t_s, sent.link, sent.bytes as usize, outcome.words(sent))).collect()
    };
    assert_eq!(words(recorded), words(plain));
    assert!(plain.steps.is_empty() && plain.tables.is_empty() && plain.wording.rows.is_empty());
}

/// Says where two states differ first.
#[track_caller]
fn compare(when: &str, replay: &State, engine: &State) {
    if replay == engine {
        return;
    }
    assert_eq!(replay.routes, engine.routes, "{when}");
    assert_eq!(replay.tables.keys().collect::<Vec<_>>(), engine.tables.keys().collect::<Vec<_>>(), "{when}");
    for (router, tables) in &replay.tables {
        for ((head, rows), (other_head, other_rows)) in tables.iter().zip(&engine.tables[router]) {
            assert_eq!(head, other_head, "{when}: router {router}");
            assert_eq!(rows, other_rows, "{when}: router {router}, {}", head[0]);
        }
    }
    panic!("{when}: {} has other tables", replay.tables.len());
}

#[test]
fn counting_to_infinity() {
    check(&gallery("count_to_infinity.json", &[])[0]);
}

#[test]
fn good_news_and_bad_news() {
    check(&gallery("good_news_bad_news.json", &[])[0]);
}

#[test]
fn a_circle_of_three() {
    check(&gallery("poison_reverse_fails.json", &[])[0]);
}

#[test]
fn dijkstra_step_by_step() {
    check(&gallery("dijkstra_step_by_step.json", &[])[0]);
}

#[test]
fn a_failure_under_all_three_protocols() {
    let points = gallery("link_failure_ls_vs_dv_vs_pv.json", &[]);
    let mut names: Vec<&str> = Vec::new();
    for point in &points {
        check(point);
        let Routing::Protocol(config) = &point.experiment.routing else { panic!("a protocol") };
        names.push(config.name());
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["distance_vector", "link_state", "path_vector"]);
}

#[test]
fn paths_explored() {
    check(&gallery("bgp_path_exploration.json", &[])[0]);
}

#[test]
fn policies_that_disagree() {
    check(&gallery("bgp_disagree.json", &[])[0]);
}

#[test]
fn a_flapping_route() {
    check(&gallery("route_flap.json", &[])[0]);
}

#[test]
fn a_hijack() {
    check(&gallery("hijack_more_specific.json", &[])[0]);
}

#[test]
fn fourteen_routers_on_a_map() {
    check(&gallery("nsfnet_routing.json", &[])[0]);
}

/// A square with a diagonal; `b` fails and works again, a link is cut, mended and gets another cost, a prefix comes and goes.
fn troubled(routing: &str) -> String {
    let link = |from: &str, to: &str, cost: u32| {
        format!(r#"{{ "from": "{from}", "to": "{to}", "bandwidth": "10 Mbps", "delay": "5 ms", "cost": {cost} }}"#)
    };
    let links = [link("a", "b", 1), link("b", "c", 2), link("c", "d", 1), link("d", "a", 6), link("a", "c", 4)];
    let nodes = ["a", "b", "c", "d"].map(|name| format!(r#"{{ "name": "{name}", "kind": "router" }}"#));
    format!(
        r#"{{
            "title": "troubles", "duration": "200 s",
            "topology": {{
                "nodes": [ {}, "host" ],
                "links": [ {}, {{ "from": "host", "to": "d", "bandwidth": "10 Mbps", "delay": "1 ms" }} ]
            }},
            "routing": {routing},
            "events": [
                {{ "at": "40 s", "router_down": "b" }}, {{ "at": "70 s", "router_up": "b" }},
                {{ "at": "100 s", "link_down": "a-c" }}, {{ "at": "110 s", "link_up": "a-c" }},
                {{ "at": "120 s", "set_cost": {{ "link": "c-d", "cost": 9 }} }},
                {{ "at": "130 s", "announce": {{ "router": "a", "prefix": "20.0.0.0/8" }} }},
                {{ "at": "140 s", "withdraw": {{ "router": "a", "prefix": "20.0.0.0/8" }} }},
                {{ "at": "150 s", "link_down": "host-d" }}
            ]
        }}"#,
        nodes.join(", "),
        links.join(", ")
    )
}

#[test]
fn routers_that_fail_and_work_again() {
    for routing in [
        r#""link_state""#,
        r#""distance_vector""#,
        r#""path_vector""#,
        r#"{ "distance_vector": { "remember": "best_route", "hold_down": "3 s", "detection": "silence" } }"#,
        r#"{ "link_state": { "detection": "silence", "max_packet": "100 B" } }"#,
    ] {
        check(&plan(&troubled(routing))[0]);
    }
}

/// Two routers and a cable of 1 Mbit/s and 10 ms, which is cut at 20 s; nobody notices before the other has been silent.
fn pair(routing: &str) -> Json {
    let text = format!(
        r#"{{
            "title": "pair", "duration": "30 s",
            "topology": {{
                "nodes": [ {{ "name": "a", "kind": "router" }}, {{ "name": "b", "kind": "router" }} ],
                "links": [ {{ "from": "a", "to": "b", "bandwidth": "1 Mbps", "delay": "10 ms" }} ]
            }},
            "routing": {routing},
            "events": [ {{ "at": "20 s", "link_down": "a-b" }} ]
        }}"#
    );
    let recording = Recording { charts: false, report: true };
    let outcome = run_recording(&plan(&text)[0], &mut (), recording).expect("a run that ends");
    Replay::new(outcome.routing.as_ref().expect("routing by messages")).json
}

/// Time of sending, flight in nanoseconds, kind, bytes: of the messages over one link.
fn messages(json: &Json, link: u64) -> Vec<(u64, i64, String, u64)> {
    let mut now = 0;
    let mut messages = Vec::new();
    for message in list(&json["messages"]) {
        now += message[3].as_u64().expect("a time");
        let kind = json["kinds"][number(&message[5])].as_str().expect("a kind").to_owned();
        if message[2] == link {
            let bytes = message[7].as_u64().expect("bytes");
            messages.push((now, message[4].as_i64().expect("a flight"), kind, bytes));
        }
    }
    messages
}

#[test]
fn a_message_takes_its_serialization_its_wait_and_the_propagation() {
    let json = pair(
        r#"{ "distance_vector": { "jitter": "0 s", "detection": "silence", "update_interval": "8 s",
            "triggered_updates": "at_once" } }"#,
    );
    let all = messages(&json, 0);
    // A request and the regular update leave at once: 52 bytes are 416 us, and the update of two entries, 72 bytes,
    // another 576 us, for which it waits until the request has left.
    assert_eq!(all[0], (0, 416_000 + 10_000_000, "request".into(), 52));
    assert_eq!(all[1], (0, 416_000 + 576_000 + 10_000_000, "update".into(), 72));
    let (lost, heard): (Vec<_>, Vec<_>) = all.iter().partition(|(time, ..)| *time >= 20_000_000_000);
    assert!(!lost.is_empty() && lost.iter().all(|(_, flight, ..)| *flight == -1), "{lost:?}");
    assert!(heard.iter().all(|(_, flight, ..)| *flight > 10_000_000), "{heard:?}");
    assert_eq!(json["quiet"], serde_json::json!([]));
}

#[test]
fn hellos_into_a_cut_cable_are_lost() {
    let json =
        pair(r#"{ "link_state": { "detection": "silence", "hello_interval": "5 ms", "dead_interval": "20 s" } }"#);
    let all = messages(&json, 1);
    // What is on the wire arrives; a hello of 68 bytes takes 544 us to get there.
    let hello = |(time, flight, kind, bytes): &(u64, i64, String, u64)| {
        let is_right = if *time < 20_000_000_000 { *flight >= 10_544_000 } else { *flight == -1 };
        is_right && kind == "hello" && *bytes == 68
    };
    let last = all.iter().filter(|(time, ..)| (19_900_000_000..20_100_000_000).contains(time));
    assert!(last.clone().count() >= 40 && last.clone().all(hello), "{:?}", last.collect::<Vec<_>>());
    let kinds = &json["kinds"];
    let quiet: Vec<&Json> = list(&json["quiet"]).iter().map(|kind| &kinds[number(kind)]).collect();
    assert_eq!(quiet, ["hello"]);
}

#[test]
fn messages_within_a_connection_are_heard_when_they_are_read() {
    let json = pair(r#""path_vector""#);
    let all = messages(&json, 0);
    // A SYN of 52 bytes and its answer go before, each 416 us and 10 ms. The segment of 40 bytes that acknowledges the
    // answer leaves first, 320 us; then 37 bytes with 40 of headers, 616 us.
    assert_eq!(all[0], (2 * 10_416_000, 320_000 + 616_000 + 10_000_000, "open".into(), 37));
    let heard = all.iter().filter(|(time, ..)| *time < 19_000_000_000);
    assert!(heard.clone().count() >= 3);
    assert!(heard.clone().all(|(_, flight, ..)| *flight > 10_000_000), "{all:?}");
    assert_eq!(json["kinds"][number(&json["quiet"][0])], "keepalive");
}
