//! Link state and distance vector, by the messages of running routers.

use protocols::routing::router::RouterAgent;
use protocols::routing::tables::Table;
use sim_core::ids::NodeId;
use sim_core::time::Time;

use super::scenario::{Failure, outcome, plan};
use super::{Case, Line};
use crate::run::build::{Ways, build};
use crate::run::routing::{RoutingOutcome, TableChange};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "A9",
        statement: "Dijkstra's table on six nodes: u, uw, uwx, uwxv, uwxvy, uwxvyz",
        source: "Kurose & Ross 5.2.1",
        replay: dijkstra_row_by_row,
    },
    Case {
        id: "A10",
        statement: "Bellman-Ford: u reaches z at 4, the least of 7, 4 and 8",
        source: "Kurose & Ross 5.2.2",
        replay: bellman_ford,
    },
    Case {
        id: "A11",
        statement: "in the triangle x learns z at 3 from y's first vector; x and z then send a second one, y does not",
        source: "Kurose & Ross 5.2.2",
        replay: vectors_of_the_triangle,
    },
    Case {
        id: "A12",
        statement: "good news travels fast: all estimates are right after one round, and all is quiet after two",
        source: "Kurose & Ross 5.2.2",
        replay: good_news,
    },
    Case {
        id: "A13",
        statement: "bad news travels slowly: y 5, x 7, y 9, x 11, y 13 … up to infinity",
        source: "Kurose & Ross 5.2.2",
        replay: bad_news,
    },
    Case {
        id: "E6",
        statement: "BGP chooses by paths, not by distances: only a path shows that a way leads back to oneself",
        source: "Kurose & Ross 5.4; RFC 4271 section 9.1.2",
        replay: paths_against_distances,
    },
];

/// A network of routers, of cables such as `uv 7`, each a millisecond long.
fn network(cables: &str, routing: &str, duration: &str, events: &str) -> String {
    let mut names: Vec<char> = cables.chars().filter(|character| character.is_alphabetic()).collect();
    names.sort_unstable();
    names.dedup();
    let nodes: Vec<String> = names.iter().map(|name| format!(r#"{{ "name": "{name}", "kind": "router" }}"#)).collect();
    let link = |cable: &str| {
        let (ends, cost) = cable.split_once(' ').unwrap_or((cable, "1"));
        let mut ends = ends.chars();
        let (from, to) = (ends.next().unwrap_or('?'), ends.next().unwrap_or('?'));
        format!(r#"{{ "from": "{from}", "to": "{to}", "cost": {cost}, "bandwidth": "1 Gbps", "delay": "1 ms" }}"#)
    };
    let links: Vec<String> = cables.split(", ").map(link).collect();
    format!(
        r#"{{ "title": "routers", "duration": "{duration}",
        "topology": {{ "nodes": [{}], "links": [{}] }}, "routing": {routing}, "events": [{events}] }}"#,
        nodes.join(", "),
        links.join(", ")
    )
}

/// The textbook's distance vector: whole vectors, at once, in step, and without split horizon.
const TEXTBOOK: &str = r#"{ "distance_vector": { "jitter": "0 s", "triggered_updates": "at_once",
    "triggered_contents": "everything", "split_horizon": false, "poison_reverse": false, "requests": false } }"#;

/// The tables of a router at the end.
fn tables(text: &str, router: usize) -> Result<Vec<Table>, Failure> {
    let point = plan(text)?.swap_remove(0);
    let built = build(&point).map_err(|error| Failure(error.to_string()))?;
    let mut simulation = built.simulation;
    simulation.run_until(Time::ZERO + point.experiment.duration).map_err(|error| Failure(error.to_string()))?;
    let Ways::Routers(routers) = built.ways else { return Err(Failure("no routers".to_owned())) };
    let agent = routers.of(NodeId(router as u32)).and_then(|agent| simulation.agent::<RouterAgent>(agent));
    agent.map(|agent| agent.tables(&routers.names)).ok_or_else(|| Failure("no such router".to_owned()))
}

fn routing(text: &str) -> Result<RoutingOutcome, Failure> {
    outcome(text)?.routing.ok_or_else(|| Failure("no routing by messages".to_owned()))
}

/// A row of a table as one text.
fn row(table: &Table, at: usize) -> String {
    table.rows.get(at).map_or(String::new(), |cells| cells.join(" | "))
}

/// u settles w (3), then x (5), then v (3 + 3), then y (6 + 4), then z (10 + 2, less than 5 + 9).
fn dijkstra_row_by_row() -> Result<Vec<Line>, Failure> {
    const SIX: &str = "uv 7, uw 3, ux 5, wv 3, wx 4, wy 8, vy 4, xy 7, xz 9, yz 2";
    let tables = tables(&network(SIX, r#""link_state""#, "60 s", ""), 0)?;
    let table = tables.first().ok_or_else(|| Failure("no table".to_owned()))?;
    let heads = "step | N' | D(v),p(v) | D(w),p(w) | D(x),p(x) | D(y),p(y) | D(z),p(z)";
    let expected = [
        "0 | u | 7,u | 3,u | 5,u | ∞ | ∞",
        "1 | uw | 6,w |  | 5,u | 11,w | ∞",
        "2 | uwx | 6,w |  |  | 11,w | 14,x",
        "3 | uwxv |  |  |  | 10,v | 14,x",
        "4 | uwxvy |  |  |  |  | 12,y",
        "5 | uwxvyz |  |  |  |  | ",
    ];
    let mut lines = vec![Line::equal("the heads", heads.to_owned(), table.columns.join(" | "))];
    lines.extend(
        (0..)
            .zip(expected)
            .map(|(at, row_of_book)| Line::equal(format!("row {at}"), row_of_book.to_owned(), row(table, at))),
    );
    lines.push(Line::equal("rows", 6, table.rows.len()));
    Ok(lines)
}

/// d_v(z) = 5, d_x(z) = 3, d_w(z) = 3, and u pays 2, 1 and 5 to reach them.
fn bellman_ford() -> Result<Vec<Line>, Failure> {
    const SIX: &str = "uv 2, ux 1, uw 5, vx 2, vw 3, xw 3, xy 1, wy 1, wz 5, yz 2";
    let tables = tables(&network(SIX, TEXTBOOK, "10 s", ""), 0)?;
    let distances = tables.first().ok_or_else(|| Failure("no table".to_owned()))?;
    let to_z = distances.rows.iter().find(|cells| cells[0] == "z");
    Ok(vec![
        Line::equal("the columns of u", "to | via v | via w | via x | D_u".to_owned(), distances.columns.join(" | ")),
        Line::equal(
            "its row for z",
            "z | 2 + 5 = 7 | 5 + 3 = 8 | 1 + 3 = 4 | 4 via x".to_owned(),
            to_z.map_or(String::new(), |cells| cells.join(" | ")),
        ),
    ])
}

const TRIANGLE: &str = "xy 2, yz 1, xz 7";
// Numbers of the nodes of the triangle.
const X: usize = 0;
const Y: usize = 1;
const Z: usize = 2;

/// How many rounds of messages a router has begun: messages sent at one time are one.
fn rounds(routing: &RoutingOutcome, router: usize, from_s: f64, until_s: f64) -> usize {
    let sent = routing.messages.iter().filter(|message| message.from == router);
    let mut times: Vec<f64> = sent.map(|message| message.t_s).filter(|time| (from_s..until_s).contains(time)).collect();
    times.dedup();
    times.len()
}

/// The routes that a router took up to a destination, in order: `3 via y`, or `gone`.
fn estimates(routing: &RoutingOutcome, router: usize, destination: usize, from_s: f64) -> Vec<String> {
    let changes = routing.changes.iter().filter(|change| change.t_s >= from_s);
    let of_it = changes.filter(|change| (change.router, change.destination) == (router, destination));
    let said = |change: &TableChange| match &change.after {
        Some(route) => {
            let via: Vec<&str> = route.next_hops.iter().map(|&next| routing.nodes[next].as_str()).collect();
            format!("{} via {}", route.cost, via.join(" "))
        }
        None => "gone".to_owned(),
    };
    of_it.map(said).collect()
}

/// A vector of three entries is 28 + 4 + 60 bytes long: with 1 Gbps and 1 ms it arrives after 1.000736 ms.
const ROUND_S: f64 = 0.001_000_736;

/// x begins with 7 to z. y's first vector says that z is 1 from y, and y is 2 from x.
fn vectors_of_the_triangle() -> Result<Vec<Line>, Failure> {
    let routing = routing(&network(TRIANGLE, TEXTBOOK, "20 s", ""))?;
    let when = routing.changes.iter().find(|change| {
        (change.router, change.destination) == (X, Z) && change.after.as_ref().is_some_and(|route| route.cost == 3)
    });
    Ok(vec![
        Line::equal("routes of x to z", "7 via z, 3 via y".to_owned(), estimates(&routing, X, Z, 0.0).join(", ")),
        Line::near(
            "the second comes with the first vectors, after (s)",
            ROUND_S,
            when.map_or(f64::NAN, |c| c.t_s),
            0.01,
        ),
        Line::equal("vectors of x", 2, rounds(&routing, X, 0.0, 20.0)),
        Line::equal("vectors of y", 1, rounds(&routing, Y, 0.0, 20.0)),
        Line::equal("vectors of z", 2, rounds(&routing, Z, 0.0, 20.0)),
    ])
}

/// At 10 s the cable between x and y costs 1 in place of 2. x and y see it at once, and tell: then z reaches x at 1 + 1,
/// and x reaches z at 1 + 1. What z says then is news to nobody.
fn good_news() -> Result<Vec<Line>, Failure> {
    let event = r#"{ "at": "10 s", "set_cost": { "link": "x-y", "cost": 1 } }"#;
    let routing = routing(&network(TRIANGLE, TEXTBOOK, "25 s", event))?;
    let last_change = routing.phases.last().and_then(|phase| phase.last_change_s).unwrap_or(f64::NAN);
    let after = |message: &&crate::run::routing::SentMessage| message.t_s >= 10.0;
    let last_message = routing.messages.iter().filter(after).map(|message| message.t_s).fold(f64::NAN, f64::max);
    Ok(vec![
        Line::equal("x to y", "1 via y".to_owned(), estimates(&routing, X, Y, 10.0).join(", ")),
        Line::equal("x to z", "2 via y".to_owned(), estimates(&routing, X, Z, 10.0).join(", ")),
        Line::equal("z to x", "2 via y".to_owned(), estimates(&routing, Z, X, 10.0).join(", ")),
        Line::equal("y to x", "1 via x".to_owned(), estimates(&routing, Y, X, 10.0).join(", ")),
        Line::near("the last estimate changes after one round (s)", ROUND_S, last_change - 10.0, 0.01),
        Line::equal("the last message is sent before two rounds are over", true, last_message - 10.0 < 2.0 * ROUND_S),
    ])
}

/// At 10 s both cables of z are cut. y had 1 by its own cable: the best it has been told is x's 3, and so it takes 2 + 3.
/// x, which went through y, takes 2 + 5; and so on, two more each time, until 16.
fn bad_news() -> Result<Vec<Line>, Failure> {
    let events = r#"{ "at": "10 s", "link_down": "y-z" }, { "at": "10 s", "link_down": "x-z" }"#;
    let routing = routing(&network(TRIANGLE, TEXTBOOK, "25 s", events))?;
    let costs = |router: usize, via: &str| {
        let told = estimates(&routing, router, Z, 10.0);
        let cost =
            |estimate: String| estimate.strip_suffix(&format!(" via {via}")).map_or(estimate.clone(), str::to_owned);
        told.into_iter().map(cost).collect::<Vec<_>>().join(" ")
    };
    let in_turn = routing.changes.iter().filter(|change| change.t_s >= 10.0 && change.destination == Z);
    let mut in_turn: Vec<&str> = in_turn.map(|change| routing.nodes[change.router].as_str()).collect();
    in_turn.truncate(6);
    Ok(vec![
        Line::equal("y, by x", "5 9 13 gone".to_owned(), costs(Y, "x")),
        Line::equal("x, by y", "7 11 15 gone".to_owned(), costs(X, "y")),
        Line::equal("in turn", "y x y x y x".to_owned(), in_turn.join(" ")),
    ])
}

/// a hangs on b, and b, c, d are a circle; the cable of a is cut. By distances b believes c or d, which had their way
/// through b: the estimates rise to 16. By paths every way that b is told of has b on it, and b gives up at once; c and d
/// may each try the way through the other, c d b a, and that is all: no path can grow longer than there are systems.
fn paths_against_distances() -> Result<Vec<Line>, Failure> {
    const STUB: &str = "ab, bc, cd, db";
    let event = r#"{ "at": "50 s", "link_down": "a-b" }"#;
    let run = |protocol: &str| routing(&network(STUB, protocol, "100 s", event));
    let highest = |routing: &RoutingOutcome| {
        let after = routing.changes.iter().filter(|change| change.t_s >= 50.0 && change.destination == 0);
        after.filter_map(|change| Some(change.after.as_ref()?.cost)).max().unwrap_or(0)
    };
    let (distances, paths) = (run(TEXTBOOK)?, run(r#"{ "path_vector": { "mrai": "1 s" } }"#)?);
    let b = 1;
    let longest = paths.changes.iter().filter_map(|change| change.after.as_ref()?.path.as_ref().map(Vec::len)).max();
    Ok(vec![
        Line::equal("the highest distance to a that anyone believes in", 15, highest(&distances)),
        Line::equal("the routes of b to a, by paths", "gone".to_owned(), estimates(&paths, b, 0, 50.0).join(", ")),
        Line::equal("the longest path that anyone believes in has routers", Some(4), longest),
    ])
}
