//! Each change with the exact text that comes out.

use serde_json::json;

use super::*;

const WITH_EVENTS: &str = r#"{
  "title": "t", // one line
  "flows": [],
  "events": [
    // First it is cut.
    { "at": "20 s", "link_down": "A-B" }, // far too long
    /* And then repaired. */
    { "at": "40 s", "link_up": "A-B" } // at last
  ],
  "expect": []
}
"#;

fn edited(text: &str, edit: Json) -> String {
    let edit: Edit = serde_json::from_value(edit).expect("a change");
    let edited = edit.apply(text).unwrap_or_else(|why| panic!("{why}"));
    assert!(parse(&edited.text).is_ok(), "not JSON any more:\n{}", edited.text);
    edited.text
}

fn refused(text: &str, edit: Json) -> String {
    serde_json::from_value::<Edit>(edit).expect("a change").apply(text).expect_err("not to be made")
}

/// The line of `text` that holds `part`, with one before and one behind.
fn around(text: &str, part: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains(part)).expect("the part is there");
    lines[at.saturating_sub(1)..(at + 2).min(lines.len())].join("\n")
}

fn down(at: &str, link: &str) -> Json {
    json!({ "event": { "at": at, "link_down": link } })
}

#[test]
fn an_event_comes_between_those_before_and_those_behind() {
    let text = edited(WITH_EVENTS, down("30 s", "B-C"));
    assert_eq!(
        around(&text, "B-C"),
        "    { \"at\": \"20 s\", \"link_down\": \"A-B\" }, // far too long\n    \
             { \"at\": \"30 s\", \"link_down\": \"B-C\" },\n    /* And then repaired. */"
    );
    assert_eq!(
        text.replace("\n    { \"at\": \"30 s\", \"link_down\": \"B-C\" },", ""),
        WITH_EVENTS,
        "nothing else changes"
    );
}

#[test]
fn an_event_comes_first_or_last() {
    let first = edited(WITH_EVENTS, down("1 s", "B-C"));
    assert!(first.contains("\"events\": [\n    { \"at\": \"1 s\", \"link_down\": \"B-C\" },\n    // First it is cut."));
    let last = edited(WITH_EVENTS, down("50 s", "B-C"));
    assert!(last.contains("\"A-B\" }, // at last\n    { \"at\": \"50 s\", \"link_down\": \"B-C\" }\n  ],"), "{last}");
}

#[test]
fn a_trailing_comma_stays_the_custom() {
    let text = "{\n  \"events\": [\n    { \"at\": \"1 s\", \"link_down\": \"x\" },\n  ]\n}";
    let text = edited(text, down("2 s", "y"));
    assert!(text.ends_with("\"x\" },\n    { \"at\": \"2 s\", \"link_down\": \"y\" },\n  ]\n}"), "{text}");
}

#[test]
fn the_first_event_brings_its_list_behind_the_flows() {
    let text = "{\n  \"title\": \"t\",\n  \"flows\": [\n    { \"name\": \"A\" }\n  ],\n  \"charts\": []\n}\n";
    let text = edited(text, down("2 s", "y"));
    assert!(
        text.contains("  ],\n  \"events\": [\n    { \"at\": \"2 s\", \"link_down\": \"y\" }\n  ],\n  \"charts\""),
        "{text}"
    );
}

#[test]
fn an_empty_list_gets_lines() {
    let text = edited("{\n  \"events\": []\n}", down("2 s", "y"));
    assert_eq!(text, "{\n  \"events\": [\n    { \"at\": \"2 s\", \"link_down\": \"y\" }\n  ]\n}");
    let text = edited("{\n  \"events\": [\n    // none yet\n  ]\n}", down("2 s", "y"));
    assert_eq!(text, "{\n  \"events\": [\n    // none yet\n    { \"at\": \"2 s\", \"link_down\": \"y\" }\n  ]\n}");
}

#[test]
fn a_list_on_one_line_stays_there_while_it_fits() {
    let short = "{\n  \"events\": [ { \"at\": \"3 s\", \"link_down\": \"x\" } ]\n}";
    assert!(edited(short, down("2 s", "y")).contains("[ { \"at\": \"2 s\", \"link_down\": \"y\" }, { \"at\": \"3 s\""));
    let name = "x".repeat(80);
    let long = format!("{{\n  \"events\": [ {{ \"at\": \"3 s\", \"link_down\": \"{name}\" }} ]\n}}");
    let text = edited(&long, down("4 s", "y"));
    assert!(text.contains("[\n    { \"at\": \"3 s\""), "{text}");
    assert!(text.ends_with("},\n    { \"at\": \"4 s\", \"link_down\": \"y\" }\n  ]\n}"), "{text}");
}

#[test]
fn the_opposite_at_the_same_time_takes_its_place() {
    let text = edited(WITH_EVENTS, json!({ "event": { "at": "20000 ms", "link_up": "A-B" } }));
    assert_eq!(text, WITH_EVENTS.replace("\"at\": \"20 s\", \"link_down\"", "\"at\": \"20 s\", \"link_up\""));
    assert!(refused(WITH_EVENTS, down("20 s", "A-B")).contains("already"));
}

#[test]
fn another_cost_at_the_same_time_replaces_the_number() {
    let with = |cost: u32| json!({ "event": { "at": "5 s", "set_cost": { "link": "A-B", "cost": cost } } });
    let once = edited(WITH_EVENTS, with(7));
    assert!(once.contains("    { \"at\": \"5 s\", \"set_cost\": { \"link\": \"A-B\", \"cost\": 7 } },\n"), "{once}");
    assert_eq!(edited(&once, with(60)), once.replace("\"cost\": 7", "\"cost\": 60"));
}

#[test]
fn routers_fail_and_rates_change() {
    let text = edited(WITH_EVENTS, json!({ "event": { "at": "21 s", "router_down": "A" } }));
    assert!(text.contains("{ \"at\": \"21 s\", \"router_down\": \"A\" },"), "{text}");
    let event = json!({ "at": "21 s", "set_bandwidth": { "link": "A->B", "bandwidth": "2000 kbps" } });
    let text = edited(WITH_EVENTS, json!({ "event": event }));
    assert!(text.contains("\"set_bandwidth\": { \"link\": \"A->B\", \"bandwidth\": \"2 Mbps\" } },"), "{text}");
}

#[test]
fn what_is_no_event_is_refused() {
    for event in [
        json!({ "at": "1 s" }),
        json!({ "at": "soon", "link_down": "x" }),
        json!({ "at": "1 s", "link_down": "x", "link_up": "y" }),
        json!({ "at": "1 s", "explode": "x" }),
    ] {
        refused(WITH_EVENTS, json!({ "event": event }));
    }
    assert!(refused("{ \"title\": ", down("1 s", "x")).contains("mend that first"));
}

#[test]
fn an_event_goes_and_comments_stay() {
    let text = edited(WITH_EVENTS, json!({ "remove_event": 1 }));
    assert!(text.contains("\"A-B\" } // far too long\n    /* And then repaired. */"), "{text}");
    assert!(!text.contains("40 s"));
    let text = edited(WITH_EVENTS, json!({ "remove_event": 0 }));
    assert!(text.contains("// First it is cut.\n    // far too long\n") || text.contains("far too long"), "{text}");
    let one = "{ \"events\": [ { \"at\": \"3 s\", \"link_down\": \"x\" } ] }";
    assert_eq!(edited(one, json!({ "remove_event": 0 })), "{ \"events\": [] }");
    let two = "{ \"events\": [ { \"at\": \"3 s\", \"stop\": \"x\" }, { \"at\": \"4 s\", \"stop\": \"y\" } ] }";
    assert_eq!(edited(two, json!({ "remove_event": 0 })), "{ \"events\": [ { \"at\": \"4 s\", \"stop\": \"y\" } ] }");
    assert_eq!(edited(two, json!({ "remove_event": 1 })), "{ \"events\": [ { \"at\": \"3 s\", \"stop\": \"x\" } ] }");
    assert!(refused(one, json!({ "remove_event": 1 })).contains("no event 1"));
}

#[test]
fn an_event_on_its_own_line_leaves_no_gap() {
    let text = "{\n  \"events\": [\n    { \"at\": \"1 s\", \"stop\": \"x\" },\n    { \"at\": \"2 s\", \"stop\": \"y\" }\n  ]\n}";
    let check = |index: usize, left: &str| {
        assert_eq!(edited(text, json!({ "remove_event": index })), format!("{{\n  \"events\": [\n    {left}\n  ]\n}}"));
    };
    check(0, "{ \"at\": \"2 s\", \"stop\": \"y\" }");
    check(1, "{ \"at\": \"1 s\", \"stop\": \"x\" }");
}

#[test]
fn events_that_a_sweep_counts_keep_their_numbers() {
    let text = "{\n  \"events\": [\n    { \"at\": \"5 s\", \"stop\": \"x\" }\n  ],\n  \
                \"sweep\": { \"grid\": { \"events[0].at\": [ \"1 s\" ] } }\n}";
    let later = edited(text, down("1 s", "y"));
    assert!(later.contains("\"stop\": \"x\" },\n    { \"at\": \"1 s\", \"link_down\": \"y\" }"), "{later}");
    assert!(refused(text, json!({ "remove_event": 0 })).contains("by their number"));
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    let text = "{ \"flows\": [ { \"name\": \"A\", \"start\": /* soon */ \"0 s\" } ] }";
    let set = |path: Json, value: Json| json!({ "set": { "path": path, "value": value } });
    assert_eq!(
        edited(text, set(json!(["flows", 0, "start"]), json!("5 s"))),
        "{ \"flows\": [ { \"name\": \"A\", \"start\": /* soon */ \"5 s\" } ] }"
    );
    assert_eq!(
        edited(text, set(json!(["flows", 0, "stop"]), json!("9 s"))),
        "{ \"flows\": [ { \"name\": \"A\", \"start\": /* soon */ \"0 s\", \"stop\": \"9 s\" } ] }"
    );
    let deeper =
        edited("{\n  \"title\": \"t\"\n}\n", set(json!(["routing", "distance_vector", "infinity"]), json!(16)));
    assert_eq!(deeper, "{\n  \"title\": \"t\",\n  \"routing\": { \"distance_vector\": { \"infinity\": 16 } }\n}\n");
    refused(text, set(json!(["flows", 3, "start"]), json!(1)));
    refused(text, set(json!(["flows", 0, "name", "x"]), json!(1)));
}

#[test]
fn a_cable_changes_from_the_start() {
    let text = "{\n  \"topology\": { \"links\": [\n    { \"from\": \"A\", \"to\": \"B\", \"cost\": 4 }, // dear\n    \
                { \"from\": \"B\", \"to\": \"C\" }\n  ] }\n}";
    let link = |index: usize, direction: Json, field: &str, value: Json| {
        let (from, to) = if index == 0 { ("A", "B") } else { ("B", "C") };
        let edit =
            json!({ "index": index, "from": from, "to": to, "direction": direction, "field": field, "value": value });
        json!({ "link": edit })
    };
    let check = |edit: Json, line: &str| {
        let text = edited(text, edit);
        assert!(text.lines().any(|one| one.trim() == line), "{line} is not in\n{text}");
    };
    check(link(0, json!(null), "cost", json!(60)), "{ \"from\": \"A\", \"to\": \"B\", \"cost\": 60 }, // dear");
    check(link(1, json!(null), "delay", json!("9 ms")), "{ \"from\": \"B\", \"to\": \"C\", \"delay\": \"9 ms\" }");
    check(
        link(0, json!("forward"), "cost", json!(60)),
        "{ \"from\": \"A\", \"to\": \"B\", \"cost\": 60, \"reverse\": { \"cost\": 4 } }, // dear",
    );
    check(
        link(0, json!("backward"), "cost", json!(60)),
        "{ \"from\": \"A\", \"to\": \"B\", \"cost\": 4, \"reverse\": { \"cost\": 60 } }, // dear",
    );
    check(
        link(1, json!("forward"), "bandwidth", json!("1 Mbps")),
        "{ \"from\": \"B\", \"to\": \"C\", \"bandwidth\": \"1 Mbps\", \"reverse\": { \"bandwidth\": \"100 Mbps\" } }",
    );
    let back = edited(text, link(0, json!("backward"), "cost", json!(60)));
    let both = edited(&back, link(0, json!(null), "cost", json!(5)));
    assert!(both.contains("\"cost\": 5, \"reverse\": { \"cost\": 5 }"), "{both}");
    let gone = json!({ "link": { "index": 1, "from": "A", "to": "B", "field": "cost", "value": 1 } });
    assert!(refused(text, gone).contains("no longer lists"));
}

#[test]
fn what_is_new_is_named() {
    let edit: Edit = serde_json::from_value(down("50 s", "B-C")).expect("a change");
    let edited = edit.apply(WITH_EVENTS).expect("it can be made");
    assert_eq!(&edited.text[edited.changed], "{ \"at\": \"50 s\", \"link_down\": \"B-C\" }");
}
