//! Mistakes in files: each is said where it stands, with what would be right.

use std::io::Write;
use std::path::Path;

use experiments::file::{Overrides, render};

use super::{lines, load, pair};

/// Checks that `text` is complained about with exactly these lines.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let said = lines(&load(text).expect_err("this file should be refused"));
    assert_eq!(said, expected, "{text}");
}

/// Checks what is said about a mistake on line 2, in an experiment that is right otherwise.
#[track_caller]
fn check_part(rest: &str, expected: &[&str]) {
    check(&pair(rest), expected);
}

const FLOW: &str = r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }]"#;

#[test]
fn broken_json_is_marked_where_it_breaks() {
    check("", &["test.json : there is no experiment in this file"]);
    check("// nothing but a comment", &["1:1 : there is no experiment in this file"]);
    check("{\n  \"title\": \"t\",\n  \"flows\": [\n", &["3:12 : this `[` is never closed"]);
    check("{ \"title\": \"t\"", &["1:1 : this `{` is never closed"]);
    check("{ \"title\" \"t\" }", &["1:11 : a colon is missing after the name of this field"]);
    check("{ \"title\": \"t\"\n  \"seed\": 1 }", &["1:15 : a comma is missing here"]);
    check("{ title: \"t\" }", &["1:3 : not JSON: expected string for object property"]);
    check("{ \"title\": t }", &["1:12 : not JSON: unexpected word"]);
    check("{} {}", &["1:4 : not JSON: text cannot contain more than one JSON value"]);
    check("{ \"seed\": 0x10 }", &["1:11 : not JSON: hexadecimal numbers are not allowed"]);
    check("{ \"seed\": 1e999 }", &["1:11 seed: the number 1e999 is not one that JSON and netsim can hold"]);
    check("{ \"title\": \"never closed }", &["1:12 : not JSON: unterminated string literal"]);
}

#[test]
fn comments_and_trailing_commas_are_welcome() {
    assert!(load(&pair(&format!("// a line\n/* a block */ {FLOW},"))).is_ok());
}

#[test]
fn fields_given_twice_are_all_marked() {
    check(
        "{ \"seed\": 1, \"seed\": 2,\n\"title\": \"a\", \"title\": \"b\" }",
        &["1:14 seed: the field `seed` is given twice", "2:15 title: the field `title` is given twice"],
    );
}

#[test]
fn nesting_without_end_is_refused() {
    for depth in [65, 400, 100_000] {
        let text = format!("{{ \"title\": {}{} }}", "[".repeat(depth), "]".repeat(depth));
        let said = lines(&load(&text).unwrap_err());
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("nested more than 64 levels deep"), "{said:?}");
    }
}

#[test]
fn something_else_than_an_object_is_no_experiment() {
    check("[]", &["1:1 : expected an object, found a list"]);
    check("null", &["1:1 : expected an object, found null"]);
    check("\"experiment\"", &["1:1 : expected an object, found the text \"experiment\""]);
}

#[test]
fn all_that_is_missing_is_said() {
    check(
        "{}",
        &[
            "1:1 : the field `duration` is missing: a time such as \"20 ms\"",
            "1:1 : the field `title` is missing: a text",
            "1:1 : the field `topology` is missing: an object",
        ],
    );
}

#[test]
fn misspelt_names_are_found_at_every_depth() {
    check_part(
        r#""flwos": [], "seeed": 2"#,
        &[
            "2:1 flwos: unknown field `flwos`, did you mean `flows`?",
            "2:14 seeed: unknown field `seeed`, did you mean `seed`?",
        ],
    );
    check_part(
        r#""flows": [{ "name": "A", "form": "a", "to": "b", "tcp": { "congestion_controll": "new_reno" } }]"#,
        &[
            "2:26 flows[0].form: unknown field `form`, did you mean `from`?",
            "2:59 flows[0].tcp.congestion_controll: unknown field `congestion_controll`, did you mean `congestion_control`?",
        ],
    );
    check_part(
        r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": { "congestion_control": "new_rino" } }]"#,
        &["2:81 flows[0].tcp.congestion_control: unknown congestion control `new_rino`, did you mean `new_reno`?"],
    );
    check_part(
        r#""flows": [], "charts": ["thruput", "queue", "cwdn"], "routing": "shortest_paht""#,
        &[
            "2:25 charts[0]: unknown chart `thruput`, did you mean `throughput`?",
            "2:45 charts[2]: unknown chart `cwdn`, did you mean `cwnd`?",
            "2:65 routing: unknown routing `shortest_paht`, did you mean `shortest_path`?",
        ],
    );
    check(
        r#"{ "title": "t", "duration": "1 s", "topology": { "shape": "dumbell", "pairs": 2 } }"#,
        &["1:59 topology.shape: unknown shape `dumbell`, did you mean `dumbbell`?"],
    );
    check(
        r#"{ "title": "t", "duration": "1 s", "topology": { "links": [
  { "from": "a", "to": "b", "bandwith": "1 Mbps", "queue": { "drop_tial": "1 packet" },
    "loss": { "bernouli": { "probability": 0.1 } } } ] } }"#,
        &[
            "2:29 topology.links[0].bandwith: unknown field `bandwith`, did you mean `bandwidth`?",
            "2:62 topology.links[0].queue.drop_tial: unknown queue `drop_tial`, did you mean `drop_tail`?",
            "3:15 topology.links[0].loss.bernouli: unknown loss `bernouli`, did you mean `bernoulli`?",
        ],
    );
}

#[test]
fn charts_with_options_are_checked_like_the_rest() {
    let flows = r#""flows": [{ "name": "A", "from": "a", "to": "b", "tcp": {} }]"#;
    let check_charts =
        |charts: &str, expected: &[&str]| check_part(&format!("{flows},\n\"charts\": {charts}"), expected);
    check_charts(
        r#"["cwnd", { "ladder": { "flow": "B" } }, { "laddr": {} }]"#,
        &["3:53 charts[2].laddr: unknown chart `laddr`, did you mean `ladder`?"],
    );
    check_charts(
        r#"[{ "ladder": { "flow": "B", "from": "2 s", "until": "1 s" } }]"#,
        &[
            "3:34 charts[0].ladder.flow: unknown flow `B`",
            "3:47 charts[0].ladder.from: nothing lies between 2 s and 1 s",
        ],
    );
    check_charts(
        r#"[{ "sweep": { "x": "seed", "y": "goodput" } }]"#,
        &["3:23 charts[0].sweep: nothing is swept: give values to run with in `sweep`"],
    );
    let sweep = r#", "sweep": { "grid": { "seed": [1, 2] } }"#;
    check_charts(
        &format!(r#"[{{ "sweep": {{ "x": "seeed", "y": "goodput" }} }}]{sweep}"#),
        &["3:30 charts[0].sweep.x: unknown swept field `seeed`, did you mean `seed`?"],
    );
    check_charts(
        &format!(r#"[{{ "sweep": {{ "x": "seed", "y": "jain", "theory": "mathis" }} }}]{sweep}"#),
        &["3:61 charts[0].sweep.theory: `mathis` is no formula of jain"],
    );
    check_charts(
        &format!(r#"[{{ "sweep": {{ "x": "seed", "y": "goodput", "theory": ["mathis", "pipelining"] }} }}]{sweep}"#),
        &[
            "3:75 charts[0].sweep.theory[1]: `pipelining` lacks something in every run: a window, a loss, a queue limit or a way",
        ],
    );
}

#[test]
fn wrong_kinds_of_values_are_said_with_the_right_kind() {
    check_part(r#""seed": "1""#, &["2:9 seed: expected a whole number, found the text \"1\""]);
    check_part(r#""seed": 1.5"#, &["2:9 seed: expected a whole number, found the number 1.5"]);
    check_part(r#""seed": -1"#, &["2:9 seed: must be at least 0, found -1"]);
    check_part(
        r#""sample_interval": 20"#,
        &["2:20 sample_interval: expected a time such as \"20 ms\", found the number 20"],
    );
    check_part(
        r#""sample_interval": "20""#,
        &["2:20 sample_interval: `20`: the unit is missing: write a time such as \"20 ms\""],
    );
    check_part(r#""flows": {}"#, &["2:10 flows: expected a list, found an object"]);
    check_part(r#""flows": [7]"#, &["2:11 flows[0]: expected an object, found the number 7"]);
    check_part(
        r#""events": [{ "at": "1 s", "set_cost": { "link": "a-b", "cost": 5000000000 } }]"#,
        &["2:64 events[0].set_cost.cost: must be from 1 to 4294967295, found 5000000000"],
    );
}

#[test]
fn raw_line_breaks_and_control_characters_in_texts_are_refused() {
    check_part("\"notes\": \"a\nb\"", &["2:12 notes: a line break inside a text: close the quotes, or write \\n"]);
    check_part("\"notes\": \"a\tb\"", &["2:12 notes: a tab inside a text: write \\t"]);
    check_part("\"notes\": \"a\u{1}b\"", &["2:12 notes: a control character inside a text: write \\u0001"]);
    load(&pair(r#""notes": "a\nb\tc""#)).unwrap();
}

#[test]
fn a_whole_number_is_a_number_wherever_one_is_asked_for() {
    let expect = |metric: &str| format!(r#""expect": [{{ "link": "a-b", {metric} }}]"#);
    for metric in [
        r#""loss": { "equals": 1 }"#,
        r#""queue_mean": { "at_most": 5 }"#,
        r#""utilization": { "at_least": 0 }"#,
        r#""loss": { "equals": 1, "within": 0 }"#,
    ] {
        load(&pair(&expect(metric))).expect(metric);
    }
    check_part(
        &expect(r#""loss": { "equals": 1, "within": -1 }"#),
        &["2:62 expect[0].loss.within: must be from 0 to 10, found -1"],
    );
    let swept = r#""expect": [{ "link": "a-b", "loss": { "at_most": 0.5 } }], "sweep": { "grid": { "expect[0].loss.at_most": [0, 1] } }"#;
    assert_eq!(load(&pair(swept)).unwrap().plan.len(), 2);
}

#[test]
fn absurd_quantities_are_refused() {
    let link = |field: &str| {
        let link = format!("{{ \"from\": \"a\", \"to\": \"b\",\n{field} }}");
        format!("{{ \"title\": \"t\", \"duration\": \"1 s\", \"topology\": {{ \"links\": [{link}] }} }}")
    };
    let said = |field: &str| {
        let all = lines(&load(&link(field)).expect_err(field));
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].starts_with("2:"), "{all:?}");
        all[0].clone()
    };
    assert!(said(r#""bandwidth": "0 bps""#).contains("a bit rate must be more than zero"));
    assert!(said(r#""bandwidth": "-5 Mbps""#).contains("must not be negative"));
    assert!(said(r#""bandwidth": "1e30 Gbps""#).contains("more than netsim can hold"));
    assert!(said(r#""bandwidth": "10 MB""#).contains("unknown unit `MB`"));
    assert!(said(r#""bandwidth": "fast""#).contains("expected a bit rate such as \"10 Mbps\""));
    assert!(said(r#""delay": "-1 ms""#).contains("must not be negative"));
    assert!(said(r#""delay": "10000 h""#).contains("more than netsim can hold: the most is 2400 h"));
    assert!(said(r#""delay": "NaN s""#).contains("expected a time"));
    assert!(said(r#""queue": { "drop_tail": "5" }"#).contains("expected a limit such as"));
    assert!(said(r#""queue": { "drop_tail": "0 bdp" }"#).contains("must be more than zero"));
    assert!(said(r#""queue": {}"#).contains("which queue? This object is empty"));
    assert!(said(r#""loss": { "bernoulli": { "probability": 1.5 } }"#).contains("must be from 0 to 1, found 1.5"));
    assert!(said(r#""duplicate": -0.1"#).contains("must be from 0 to 1"));
    assert!(said(r#""cost": 0"#).contains("must be from 1 to"));
    assert!(said(r#""mtu": "64 KB""#).contains("ambiguous"));
}

#[test]
fn mistakes_of_all_kinds_are_reported_together_in_the_order_of_the_file() {
    check(
        r#"{
  "titel": "x",
  "duration": 60,
  "topology": { "shape": "dumbbell", "bottleneck": { "bandwidth": "10 MB" } },
  "flows": [
    { "name": "A", "from": "left1", "to": "right1", "tcp": { "mss": 1460 } },
    { "from": "left1", "to": "right1", "udp": { "constnat": { "rate": "1 Mbps", "packet_size": "100 B" } } }
  ],
  "expect": [ { "jane": { "at_least": 0.9 } }, { "jain": { "atleast": 0.9 } } ]
}"#,
        &[
            "2:3 titel: unknown field `titel`, did you mean `title`?",
            "3:15 duration: expected a time such as \"20 ms\", found the number 60",
            "4:15 topology: the field `pairs` is missing: a whole number",
            "4:67 topology.bottleneck.bandwidth: `10 MB`: unknown unit `MB`. Known: bps, kbps, Mbps, Gbps, Tbps",
            "6:69 flows[0].tcp.mss: expected a size such as \"64 kB\", found the number 1460",
            "7:5 flows[1]: the field `name` is missing: a text",
            "7:49 flows[1].udp.constnat: unknown udp `constnat`, did you mean `constant`?",
            "9:17 expect[0].jane: unknown field `jane`, did you mean `jain`?",
            "9:60 expect[1].jain.atleast: unknown field `atleast`, did you mean `at_least`?",
        ],
    );
}

#[test]
fn columns_count_characters_and_line_ends_of_any_system_count_once() {
    let text = "{\r\n\t\"title\": \"Übung\", \"sede\": 1,\r\n \"duration\": \"1 s\", \"topology\": { \"links\": [] }, \"x\": 1 }";
    check(text, &["2:20 sede: unknown field `sede`, did you mean `seed`?", "3:50 x: unknown field `x`"]);
    let shown = anstream_free(&render::to_text(&load(text).unwrap_err()));
    assert!(shown.contains("test.json:2:20") && shown.contains("test.json:3:50"), "{shown}");
}

/// The text without colours.
fn anstream_free(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn a_remark_shows_the_line_the_place_the_field_and_what_is_known() {
    let text = "{\n  \"title\": \"t\", \"duration\": \"1 s\",\n  \"topology\": { \"shape\": \"dumbell\" }\n}";
    let shown = anstream_free(&render::to_text(&load(text).unwrap_err()));
    let known: Vec<&str> = topologies::shape::KNOWN.iter().map(|(name, _, _)| *name).collect();
    let expected = r#"error: unknown shape `dumbell`
 --> test.json:3:26
  |
3 |   "topology": { "shape": "dumbell" }
  |                          ^^^^^^^^^ did you mean `dumbbell`?
  |
  = field: topology.shape
  = known: "#;
    assert_eq!(shown, format!("{expected}{}", known.join(", ")));
}

#[test]
fn empty_networks_and_impossible_links_are_refused() {
    let check = |topology: &str, expected: &str| {
        let text = format!("{{ \"title\": \"t\", \"duration\": \"1 s\",\n\"topology\": {topology} }}");
        let said = lines(&load(&text).unwrap_err()).join("\n");
        assert!(said.contains(expected), "{said}");
    };
    check(r#"{ "links": [] }"#, "2:13 topology: the topology is empty");
    check(r#"{}"#, "2:13 topology: the field `links` is missing");
    check(r#"{ "nodes": ["a", "b"] }"#, "2:13 topology: the field `links` is missing");
    check(r#"{ "nodes": 3 }"#, "2:13 topology: the field `shape` is missing");
    check(r#"{ "links": [{ "from": "a", "to": "a" }] }"#, "2:46 topology.links[0].to: both ends are `a`");
    check(
        r#"{ "nodes": ["alice", "bob"], "links": [{ "from": "alice", "to": "bbo" }] }"#,
        "2:77 topology.links[0].to: unknown node `bbo`, did you mean `bob`?",
    );
    check(
        r#"{ "nodes": ["a", "a"], "links": [] }"#,
        "2:30 topology.nodes[1]: the name `a` is taken by topology.nodes[0]",
    );
    check(r#"{ "shape": "dumbbell", "pairs": 0 }"#, "2:45 topology.pairs: must be from 1 to");
    check(r#"{ "shape": "fat_tree", "k": 3 }"#, "2:41 topology.k: 3 is odd");
}

#[test]
fn files_that_cannot_be_read_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| experiments::file::load(path, &Overrides::default()).unwrap_err();
    let written = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
        path
    };
    let check = |path: &Path, is_unreadable: bool, expected: &str| {
        let errors = load(path);
        assert_eq!(errors.is_unreadable, is_unreadable);
        let shown = anstream_free(&render::to_text(&errors));
        assert!(shown.contains(expected) && shown.contains(&path.display().to_string()), "{shown}");
    };
    check(&folder.path().join("absent.json"), true, "there is no such file");
    check(folder.path(), true, "this is a directory, not an experiment file");
    check(
        &written("latin1.json", b"{\n \"title\": \"\xDCbung\" }"),
        false,
        "byte 14 on line 2 belongs to no character",
    );
    check(&written("utf16.json", b"\xFF\xFE{\0}\0"), false, "UTF-16");
    let huge = folder.path().join("huge.json");
    std::fs::File::create(&huge).unwrap().set_len(17 * 1024 * 1024).unwrap();
    check(&huge, false, "this file has 17 MiB; an experiment has at most 16 MiB");
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_without_end_is_read_no_further_than_a_file_may_go() {
    let said = experiments::file::load(Path::new("/dev/zero"), &Overrides::default()).unwrap_err();
    assert_eq!(lines(&said).len(), 1);
    assert!(said.list[0].message.contains("goes on after 16 MiB"), "{said:?}");
    assert!(!said.is_unreadable);
}

#[test]
fn a_byte_order_mark_before_utf8_is_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bom.json");
    std::fs::write(&path, format!("\u{FEFF}{}", pair(FLOW))).unwrap();
    let checked = experiments::file::load(&path, &Overrides::default()).unwrap();
    assert_eq!(checked.name, "bom");
}

#[test]
fn a_file_on_one_long_line_is_not_shown_whole() {
    let text = pair(FLOW).replace('\n', &" ".repeat(100_000)).replace("\"A\"", "7");
    let shown = anstream_free(&render::to_text(&load(&text).unwrap_err()));
    assert!(shown.len() < 1_000 && shown.contains("test.json:1:100"), "{shown}");
}
