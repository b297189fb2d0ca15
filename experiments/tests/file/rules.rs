//! Rules across fields: names that must exist, times in order, quantities that fit each other.

use super::{experiment, lines, load, pair};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let said = lines(&load(text).expect_err("this file should be refused"));
    assert_eq!(said, expected, "{text}");
}

/// Checks what is said about the flows on line 2 between two hosts, in a run of 10 s.
#[track_caller]
fn check_flows(flows: &str, expected: &[&str]) {
    check(&pair(&format!("\"flows\": [{flows}]")), expected);
}

fn warnings(text: &str) -> Vec<String> {
    lines(&load(text).unwrap_or_else(|errors| panic!("{:?}", lines(&errors))).warnings)
}

#[test]
fn ends_of_flows_must_exist_and_differ_and_reach_each_other() {
    check_flows(r#"{ "name": "A", "from": "a", "to": "c", "tcp": {} }"#, &["2:45 flows[0].to: unknown node `c`"]);
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "a", "tcp": {} }"#,
        &["2:45 flows[0].to: the flow would begin and end at `a`"],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "tcp": {} }"#,
        &["2:11 flows[0]: the field `to` is missing: the name of a host"],
    );
    check(
        &experiment(
            r#"{ "links": [{ "from": "a", "to": "b" }, { "from": "c", "to": "d" }] }"#,
            r#""flows": [{ "name": "A", "from": "a", "to": "d", "tcp": {} }]"#,
        ),
        &["2:45 flows[0].to: `d` cannot be reached from `a`: no links join them"],
    );
}

#[test]
fn names_of_flows_are_unique_also_those_of_made_ones() {
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "tcp": {} }, { "name": "A", "from": "b", "to": "a", "tcp": {} }"#,
        &["2:73 flows[1].name: the name `A` is taken by flows[0]"],
    );
    check(
        &experiment(
            r#"{ "shape": "dumbbell", "pairs": 2 }"#,
            r#""flows": [{ "name": "f", "each": "pair", "tcp": {} }, { "name": "f2", "from": "left1", "to": "right1", "tcp": {} }]"#,
        ),
        &["2:65 flows[1].name: the name `f2` is taken by flows[0]"],
    );
    check_flows(r#"{ "name": "", "from": "a", "to": "b", "tcp": {} }"#, &["2:21 flows[0].name: a flow needs a name"]);
}

#[test]
fn reliable_transfers_are_checked_but_may_have_too_few_numbers() {
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "go_back_n": { "packet_size": "20 B", "data_header": "20 B" } }"#,
        &["2:80 flows[0].go_back_n.packet_size: must be more than `data_header`, or no data is carried"],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "stop_and_wait": { "timeout": { "adaptive": { "min": "0 s" } } } }"#,
        &["2:103 flows[0].stop_and_wait.timeout.adaptive.min: must be more than zero"],
    );
    let said = warnings(&pair(
        r#""flows": [{ "name": "A", "from": "a", "to": "b", "selective_repeat": { "window": 4, "sequence_space": 7 } }]"#,
    ));
    assert_eq!(
        said,
        [
            "2:103 flows[0].selective_repeat.sequence_space: with fewer than 8 sequence numbers, old packets will be taken for new ones"
        ]
    );
}

#[test]
fn a_flow_sends_exactly_one_kind_of_traffic() {
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b" }"#,
        &[
            "2:11 flows[0]: what does this flow send? Give `tcp`, `udp`, `ping`, `stop_and_wait`, `go_back_n` or `selective_repeat`",
        ],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "tcp": {}, "ping": {} }"#,
        &["2:69 flows[0].ping: `tcp` and `ping` exclude each other: give one of them"],
    );
}

#[test]
fn times_of_flows_are_in_order_and_within_the_run() {
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "tcp": {}, "start": "11 s" }"#,
        &["2:70 flows[0].start: 11 s is after the end of the run at 10 s"],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "tcp": {}, "start": "5 s", "stop": "5 s" }"#,
        &["2:85 flows[0].stop: stops at 5 s, but starts at 5 s: it would send nothing"],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "tcp": {}, "start_spread": "5 s" }"#,
        &["2:77 flows[0].start_spread: spreads the flows made by `each`, but there is no `each`"],
    );
}

#[test]
fn transports_complain_about_their_own_parameters() {
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "tcp": { "mss": "0 B" } }"#,
        &["2:66 flows[0].tcp.mss: must be from 1 to 65495 bytes: an IP packet holds no more"],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "ping": { "interval": "0 s" } }"#,
        &["2:72 flows[0].ping.interval: must be more than zero"],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "udp": { "scheduled": { "times": ["2 s", "1 s"], "packet_size": "1 kB" } } }"#,
        &["2:91 flows[0].udp.scheduled.times[1]: is earlier than the time before it; list the times in order"],
    );
}

#[test]
fn packets_must_fit_every_link_on_their_way() {
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "tcp": { "mss": "1461 B" } }"#,
        &[
            "2:66 flows[0].tcp.mss: packets of 1501 B, headers included, do not fit the link `a->b`, whose mtu is 1500 B: all would be lost",
        ],
    );
    check_flows(
        r#"{ "name": "A", "from": "a", "to": "b", "udp": { "constant": { "rate": "1 Mbps", "packet_size": "1501 B" } } }"#,
        &[
            "2:106 flows[0].udp.constant.packet_size: packets of 1501 B, headers included, do not fit the link `a->b`, whose mtu is 1500 B: all would be lost",
        ],
    );
    let drawn = r#"{ "name": "A", "from": "a", "to": "b", "udp": { "poisson": { "rate": "1 Mbps", "packet_size": { "exponential": { "mean": "500 B" } } } } }"#;
    let said = warnings(&pair(&format!("\"flows\": [{drawn}]")));
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("4.979 % of these packets are larger than 1500 B"), "{said:?}");
}

#[test]
fn events_do_one_thing_to_something_that_exists_within_the_run() {
    let check_events = |events: &str, expected: &[&str]| {
        check(
            &pair(&format!(
                "\"events\": [{events}],\n\"flows\": [{{ \"name\": \"A\", \"from\": \"a\", \"to\": \"b\", \"tcp\": {{}} }}]"
            )),
            expected,
        );
    };
    check_events(
        r#"{ "at": "1 s", "link_down": "a-c" }"#,
        &["2:40 events[0].link_down: unknown link `a-c`, did you mean `a-b`?"],
    );
    check_events(
        r#"{ "at": "1 s", "link_down": "a->c" }"#,
        &["2:40 events[0].link_down: unknown link `a->c`, did you mean `a->b`?"],
    );
    check_events(
        r#"{ "at": "11 s", "link_up": "a-b" }"#,
        &["2:20 events[0].at: 11 s is after the end of the run at 10 s"],
    );
    check_events(r#"{ "at": "1 s" }"#, &["2:12 events[0]: nothing happens here: say what"]);
    check_events(
        r#"{ "at": "1 s", "stop": "A", "link_up": "a-b" }"#,
        &["2:51 events[0].link_up: `stop` and `link_up` in one event: make two of it"],
    );
    check_events(r#"{ "at": "1 s", "stop": "B" }"#, &["2:35 events[0].stop: unknown flow `B`"]);
    check_events(r#"{ "at": "0 s", "stop": "A" }"#, &["2:20 events[0].at: `A` would stop before it starts at 0 s"]);
    check_events(
        r#"{ "at": "1 s", "stop": "A" }, { "at": "2 s", "stop": "A" }"#,
        &["2:65 events[1].stop: the stop of `A` is already given by events[0]"],
    );
}

#[test]
fn events_start_and_stop_flows_and_change_links_in_the_order_of_time() {
    let checked = load(&pair(
        r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }],
        "events": [{ "at": "9 s", "stop": "A" }, { "at": "5 s", "set_cost": { "link": "a->b", "cost": 7 } },
            { "at": "2 s", "start": "A" }, { "at": "3 s", "link_down": "a-b" }]"#,
    ))
    .unwrap();
    let run = &checked.plan[0];
    assert_eq!(run.flows[0].start.to_string(), "2 s");
    assert_eq!(run.flows[0].stop.map(|stop| stop.to_string()).as_deref(), Some("9 s"));
    let events: Vec<(String, String)> =
        run.events.iter().map(|event| (event.at.to_string(), event.in_words(&run.topology))).collect();
    let expected = [("3 s", "a-b down"), ("5 s", "a->b cost 7")];
    assert_eq!(events, expected.map(|(at, what)| (at.to_owned(), what.to_owned())));
}

#[test]
fn expectations_are_about_one_metric_of_something_that_has_it() {
    let check_expect = |expect: &str, expected: &[&str]| {
        let flows = r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} },
            { "name": "P", "from": "a", "to": "b", "ping": {} }]"#;
        check(&pair(&format!("\"expect\": [{expect}],\n{flows}")), expected);
    };
    check_expect(r#"{ "flow": "B", "rtt_max": { "at_most": "1 s" } }"#, &["2:22 expect[0].flow: unknown flow `B`"]);
    check_expect(
        r#"{ "rtt_max": { "at_most": "1 s" } }"#,
        &["2:12 expect[0]: of which flow is `rtt_max`? Give `flow`"],
    );
    check_expect(
        r#"{ "utilization": { "at_least": 0.5 } }"#,
        &["2:12 expect[0]: of which link is `utilization`? Give `link`"],
    );
    check_expect(r#"{ "flow": "A" }"#, &["2:12 expect[0]: what is expected? Give one metric"]);
    check_expect(
        r#"{ "flow": "A", "goodput": {} }"#,
        &["2:38 expect[0].goodput: give at least one of `at_least`, `at_most` and `equals`"],
    );
    check_expect(
        r#"{ "flow": "A", "goodput": { "at_least": 5 } }"#,
        &["2:52 expect[0].goodput.at_least: expected a bit rate such as \"10 Mbps\", found the number 5"],
    );
    check_expect(
        r#"{ "flow": "A", "goodput": { "at_least": "5 Mbps", "at_most": "1 Mbps" } }"#,
        &["2:38 expect[0].goodput: no value can be at least the one and at most the other"],
    );
    check_expect(
        r#"{ "jain": { "at_least": 0.9 } }"#,
        &["2:22 expect[0].jain: fairness is between flows: `jain` needs at least two, there are 1"],
    );
    check_expect(
        r#"{ "flow": "P", "timeouts": { "at_most": 0 } }"#,
        &["2:39 expect[0].timeouts: udp and ping send nothing again, and so not `P`"],
    );
    check_expect(
        r#"{ "flow": "A", "completion": { "at_most": "1 s" } }"#,
        &["2:41 expect[0].completion: `A` never completes: it has no `size`"],
    );
    check_expect(
        r#"{ "flow": "A", "goodput": { "at_least": "1 bps" }, "from": "9 s", "until": "8 s" }"#,
        &["2:71 expect[0].from: nothing lies between 9 s and 8 s"],
    );
    check_expect(
        r#"{ "link": "a-b", "flow": "A", "dropped": { "at_most": 0 } }"#,
        &["2:22 expect[0].link: `flow` and `link` exclude each other: give one of them"],
    );
}

#[test]
fn what_is_known_for_the_whole_run_only_has_no_span() {
    let check_expect = |expect: &str, expected: &[&str]| {
        let flows = r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }]"#;
        check(&pair(&format!("\"expect\": [{expect}],\n{flows}")), expected);
    };
    check_expect(
        r#"{ "flow": "A", "rtt_max": { "at_most": "1 s" }, "from": "2 s" }"#,
        &["2:68 expect[0].from: `rtt_max` is known for the whole run only: leave `from` out"],
    );
    check_expect(
        r#"{ "link": "a-b", "queue_max": { "at_most": 5 }, "from": "2 s", "until": "3 s" }"#,
        &[
            "2:68 expect[0].from: `queue_max` is known for the whole run only: leave `from` out",
            "2:84 expect[0].until: `queue_max` is known for the whole run only: leave `until` out",
        ],
    );
    let windowed = r#"{ "link": "a-b", "queue_mean": { "at_most": 5 }, "from": "2 s", "until": "3 s" }"#;
    load(&pair(&format!("\"expect\": [{windowed}]"))).unwrap();
}

#[test]
fn samples_are_fewer_than_a_million_and_more_than_none() {
    let check_interval = |interval: &str, expected: &str| {
        check(&pair(&format!("\"sample_interval\": \"{interval}\"")), &[&format!("2:20 sample_interval: {expected}")]);
    };
    check_interval("0 s", "must be more than 0 s");
    check_interval("11 s", "11 s is longer than the run of 10 s");
    check_interval("1 us", "makes 10000000 samples of a run of 10 s; the most is 1000000");
    check(
        r#"{ "title": "t", "duration": "0 s", "topology": { "links": [{ "from": "a", "to": "b" }] } }"#,
        &["1:29 duration: a run of no time shows nothing: give more than 0 s"],
    );
}

#[test]
fn a_limit_in_bdp_needs_a_flow() {
    check(
        &experiment(
            "{ \"links\": [{ \"from\": \"a\", \"to\": \"b\" },\n{ \"from\": \"b\", \"to\": \"c\", \"queue\": { \"drop_tail\": \"2 bdp\" } }] }",
            r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }]"#,
        ),
        &[
            "2:51 topology.links[1].queue.drop_tail: a limit in bdp needs a flow, and no flow is routed over `b->c`: give packets or bytes",
            "2:51 topology.links[1].queue.drop_tail: a limit in bdp needs a flow, and no flow is routed over `c->b`: give packets or bytes",
        ],
    );
}

#[test]
fn chosen_losses_name_flows_that_exist() {
    check(
        &experiment(
            r#"{ "links": [{ "from": "a", "to": "b", "loss": { "chosen": { "segments": [{ "flow": "B", "segment": 3 }] } } }] }"#,
            r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }]"#,
        ),
        &["1:131 topology.links[0].loss.chosen.segments[0].flow: unknown flow `B`"],
    );
}

#[test]
fn what_will_disappoint_is_warned_of() {
    let flow = r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }]"#;
    let small = experiment(r#"{ "links": [{ "from": "a", "to": "b", "queue": { "drop_tail": "1 kB" } }] }"#, flow);
    let said = warnings(&small);
    assert_eq!(
        said,
        [
            "1:110 topology.links[0].queue.drop_tail: the queue of `a->b` holds 1 kB, less than one packet of 1500 B: what has to wait is dropped",
        ]
    );
    let far = experiment(r#"{ "links": [{ "from": "a", "to": "b", "delay": "6 s" }] }"#, flow);
    assert_eq!(
        warnings(&far),
        ["2:11 flows[0]: `A` lasts 10 s, less than one round trip of 12 s: little will be seen",]
    );
}

#[test]
fn generated_flows_pair_up_or_make_one_circle() {
    let flows = |topology: &str, each: &str| {
        let rest = format!(
            r#""flows": [{{ "name": "f", "each": "{each}", "start": "1 s", "start_spread": "1 s", "tcp": {{}} }}]"#
        );
        load(&experiment(topology, &rest)).unwrap().plan.remove(0).flows
    };
    let pairs = flows(r#"{ "shape": "dumbbell", "pairs": 4 }"#, "pair");
    let starts: Vec<(String, String)> = pairs.iter().map(|flow| (flow.name.clone(), flow.start.to_string())).collect();
    let expected = [("f1", "1 s"), ("f2", "1.25 s"), ("f3", "1.5 s"), ("f4", "1.75 s")];
    assert_eq!(starts, expected.map(|(name, start)| (name.to_owned(), start.to_owned())));

    let circle = flows(r#"{ "shape": "star", "leaves": 9 }"#, "permutation");
    let next: std::collections::BTreeMap<_, _> = circle.iter().map(|flow| (flow.from, flow.to)).collect();
    let mut node = circle[0].from;
    let mut visited = std::collections::BTreeSet::new();
    while visited.insert(node) {
        node = next[&node];
    }
    assert_eq!((visited.len(), node), (9, circle[0].from));
}

/// A row of three routers, and `more` on line 2.
fn routers(more: &str) -> String {
    experiment(
        r#"{ "nodes": [ { "name": "r1", "kind": "router" }, { "name": "r2", "kind": "router" }, { "name": "r3", "kind": "router" } ], "links": [ { "from": "r1", "to": "r2" }, { "from": "r2", "to": "r3" } ] }"#,
        more,
    )
}

#[test]
fn routes_by_hand_lead_to_neighbors_or_nowhere() {
    let check_routes = |routes: &str, expected: &[&str]| {
        check(&routers(&format!("\"routing\": {{ \"static\": {{ \"routes\": {{ {routes} }} }} }}")), expected);
    };
    check_routes(r#""r9": []"#, &["2:44 routing.static.routes.r9: unknown router `r9`"]);
    check_routes(
        r#""r1": [ { "to": "r3", "via": "r3" }, { "to": "r4", "via": "r2" }, { "to": "10.0.0.1/8", "via": "r2" } ]"#,
        &[
            "2:67 routing.static.routes.r1[0].via: unknown neighbor `r3`",
            "2:83 routing.static.routes.r1[1].to: unknown destination `r4`",
            "2:112 routing.static.routes.r1[2].to: `10.0.0.1/8` has bits behind its length: the prefix is `10.0.0.0/8`",
        ],
    );
    check_routes(
        r#""r1": [ { "to": "r3" }, { "to": "r3", "via": "r2", "discard": true } ]"#,
        &[
            "2:46 routing.static.routes.r1[0]: where do packets go? Give `via`, or `\"discard\": true`",
            "2:100 routing.static.routes.r1[1].discard: `via` and `discard` exclude each other: give one of them",
        ],
    );
}

#[test]
fn what_is_about_routing_by_messages_needs_it() {
    let on_oracle = |more: &str, expected: &[&str]| check(&routers(more), expected);
    on_oracle(
        r#""flows": [ { "name": "f", "from": "r1", "to": "r3", "start": "converged", "ping": {} } ]"#,
        &["2:62 flows[0].start: `shortest_path` needs no time to converge: give a time"],
    );
    on_oracle(
        r#""expect": [ { "convergence": { "at_most": "1 s" } } ]"#,
        &["2:30 expect[0].convergence: `convergence` is of routing by messages, and this is `shortest_path`"],
    );
    on_oracle(
        r#""events": [ { "at": "1 s", "announce": { "router": "r1", "prefix": "20.0.0.0/8" } } ]"#,
        &["2:40 events[0].announce: with `shortest_path` nobody would hear of it"],
    );
}

#[test]
fn routers_prefixes_and_destinations_must_exist() {
    let with = |more: &str, expected: &[&str]| {
        check(&routers(&format!("\"routing\": \"distance_vector\", {more}")), expected);
    };
    with(
        r#""events": [ { "at": "1 s", "router_down": "r7" }, { "at": "1 s", "announce": { "router": "r8", "prefix": "20.0.0.0/99" } } ]"#,
        &[
            "2:73 events[0].router_down: unknown node `r7`",
            "2:120 events[1].announce.router: unknown router `r8`",
            "2:136 events[1].announce.prefix: `20.0.0.0/99` is no prefix: write it as `20.4.0.0/16`",
        ],
    );
    with(
        r#""expect": [ { "route_cost": { "equals": 1 }, "router": "r1" }, { "route_cost": { "equals": 1 }, "router": "r9", "destination": "r2" }, { "convergence": { "at_most": "1 s" }, "router": "r1" } ]"#,
        &[
            "2:43 expect[0]: of which destination is `route_cost`? Give `destination`",
            "2:137 expect[1].router: unknown router `r9`",
            "2:215 expect[2].router: `convergence` is not measured on one route",
        ],
    );
}

#[test]
fn addresses_are_of_one_node_each() {
    let text = experiment(
        r#"{ "nodes": [ { "name": "a", "address": "20.0.0.1" }, { "name": "b", "address": "20.0.0.1" }, { "name": "c", "address": "10.0.0.2" }, { "name": "d", "address": "224.0.0.1" } ], "links": [ { "from": "a", "to": "b" }, { "from": "c", "to": "d" } ] }"#,
        r#""flows": [ { "name": "f", "from": "a", "to": "b", "ping": {} } ]"#,
    );
    let said = lines(&load(&text).expect_err("this file should be refused"));
    let said: Vec<&str> = said.iter().filter_map(|line| line.split_once("topology.").map(|(_, rest)| rest)).collect();
    assert_eq!(
        said,
        [
            "nodes[1].address: `a` has 20.0.0.1 already",
            "nodes[2].address: 10.0.0.2 is among those that nodes without an address get: 10.0.0.1 and on",
            "nodes[3].address: 224.0.0.1 is no address of a single node",
        ]
    );
}

/// Checks what is said about one chart of two routers in a row, of 10 s.
#[track_caller]
fn check_chart(chart: &str, expected: &[&str]) {
    let topology = r#"{ "links": [{ "from": "a", "to": "core1" }, { "from": "core1", "to": "core2" }, { "from": "core2", "to": "b" }] }"#;
    let rest = format!("\"routing\": \"distance_vector\", \"charts\": [{chart}]");
    check(&experiment(topology, &rest), expected);
}

#[test]
fn charts_of_routing_name_routers_and_destinations_that_exist() {
    check_chart(
        r#"{ "routing_tables": { "router": "core3" } }"#,
        &["2:74 charts[0].routing_tables.router: unknown router `core3`, did you mean `core1`?"],
    );
    // A host is no router, but packets go to it.
    check_chart(
        r#"{ "route_cost": { "routers": ["core1", "a"], "destination": "a" } }"#,
        &["2:81 charts[0].route_cost.routers[1]: unknown router `a`"],
    );
    check_chart(
        r#"{ "route_cost": { "destination": "c" } }"#,
        &["2:75 charts[0].route_cost.destination: unknown destination `c`"],
    );
    check_chart(
        r#"{ "topology": { "root": "core1", "to": "b" } }"#,
        &[
            "2:81 charts[0].topology.to: `root` and `to` exclude each other: ways from one router, or to one destination",
        ],
    );
    check_chart(
        r#"{ "topology": { "at": ["2 s", "11 s"] } }"#,
        &["2:72 charts[0].topology.at[1]: 11 s is after the end of the run at 10 s"],
    );
    check_chart(
        r#"{ "convergence": { "from": "5 s", "until": "5 s" } }"#,
        &["2:69 charts[0].convergence.from: nothing lies between 5 s and 5 s"],
    );
}

#[test]
fn charts_of_messages_are_empty_where_there_are_none() {
    let text = pair(r#""charts": [{ "convergence": {} }]"#);
    let expected = "2:29 charts[0].convergence: with `shortest_path` routers tell each other nothing: it will be empty";
    assert_eq!(warnings(&text), [expected]);
}

#[test]
fn questions_have_an_answer_among_the_choices_and_late_ones_are_told_of() {
    let asked = |question: &str| pair(&format!("\"lecture\": [{question}]"));
    assert_eq!(warnings(&asked(r#"{ "at": "1 s", "ask": "Why?", "answer": "So." }"#)), [""; 0]);
    assert_eq!(
        warnings(&asked(r#"{ "at": "11 s", "ask": "Why?", "answer": "So." }"#)),
        ["2:21 lecture[0].at: is not asked: 11 s is after the end of the run at 10 s"]
    );
    check(
        &asked(r#"{ "at": "11 s", "ask": " ", "answer": "" }"#),
        &[
            "2:21 lecture[0].at: is not asked: 11 s is after the end of the run at 10 s",
            "2:36 lecture[0].ask: is empty",
            "2:51 lecture[0].answer: is empty",
        ],
    );
    check(
        &asked(r#"{ "at": "1 s", "ask": "Which?", "choices": ["v", "v"], "answer": "w" }"#),
        &["2:62 lecture[0].choices[1]: `v` is among the choices twice", "2:78 lecture[0].answer: unknown choice `w`"],
    );
    check(
        &asked(r#"{ "at": "1 s", "ask": "Which?", "choices": ["v"], "answer": "v" }"#),
        &["2:56 lecture[0].choices: there is nothing to choose: give at least two answers, or leave `choices` out"],
    );
}
