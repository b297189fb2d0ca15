//! `netsim topo` on the command line.

use std::fs;

use assert_cmd::Command;
use tempfile::TempDir;

fn topo(folder: &TempDir, arguments: &[&str]) -> std::process::Output {
    Command::cargo_bin("netsim").unwrap().current_dir(folder.path()).arg("topo").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs a command that must fail with `code`, and whose complaint must have all `parts`.
fn check_refused(arguments: &[&str], code: i32, parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("words.txt"), "These are words, and no network; nobody could say otherwise.").unwrap();
    let output = topo(&folder, arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for part in parts {
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn a_shape_is_generated_as_a_list_that_is_the_same_network() {
    let folder = TempDir::new().unwrap();
    let generated = topo(&folder, &["generate", "fat_tree", "--set", "k=4"]);
    let list: topologies::TopologySpec = serde_json::from_slice(&generated.stdout).unwrap();
    let shape = serde_json::from_str(r#"{ "shape": "fat_tree", "k": 4 }"#).unwrap();
    let [list, shape] = [list, shape].map(|spec| topologies::Topology::new(&spec).unwrap());
    assert_eq!(list, shape);
}

#[test]
fn what_is_converted_is_read_again_with_the_same_counts() {
    let folder = TempDir::new().unwrap();
    let wrote = topo(&folder, &["convert", "parking_lot", "--set", "hops=3", "--out", "lot.json"]);
    assert_eq!(text(&wrote.stdout), "wrote lot.json: 12 nodes, 11 cables\n");
    // Left, three hops, right: the longest way.
    let shown = topo(&folder, &["show", "lot.json", "--json", "--out", "lot.svg"]);
    let counts: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!((&counts["nodes"], &counts["cables"], &counts["diameter_hops"]), (&12.into(), &11.into(), &5.into()));
    assert_eq!(counts["import"]["format"], "netsim");
    let drawing = fs::read_to_string(folder.path().join("lot.svg")).unwrap();
    for name in ["left", "r1", "right3"] {
        assert!(drawing.contains(&format!(">{name}</text>")), "{name}");
    }
}

#[test]
fn a_drawing_goes_to_the_results_unless_told_otherwise() {
    let folder = TempDir::new().unwrap();
    let shown = topo(&folder, &["show", "star", "--set", "leaves=3"]);
    assert!(text(&shown.stdout).contains("drawing      results/topo/star.svg\n"));
    assert!(folder.path().join("results/topo/star.svg").is_file());
    let shown = topo(&folder, &["show", "star", "--set", "leaves=4", "--no-drawing"]);
    assert!(!text(&shown.stdout).contains("drawing"));
}

#[test]
fn an_import_tells_what_was_read_and_what_was_filled_in() {
    let folder = TempDir::new().unwrap();
    let list = r#"{ "links": [ { "from": "a", "to": "b" }, { "from": "b", "to": "c" }, { "from": "d", "to": "e" } ] }"#;
    fs::write(folder.path().join("net.json"), list).unwrap();
    let said = text(&topo(&folder, &["import", "net.json"]).stdout);
    assert!(
        said.contains("file     5 nodes, 3 links\n") && said.contains("noted    the network is in 2 parts"),
        "{said}"
    );
    let largest = topo(&folder, &["import", "net.json", "--set", "part=largest", "--json", "--out", "part.json"]);
    let report: serde_json::Value = serde_json::from_slice(&largest.stdout).unwrap();
    assert_eq!((&report["nodes_read"], &report["nodes"], &report["cables"]), (&5.into(), &3.into(), &2.into()));
    assert_eq!(report["entries"][0]["action"], "dropped");
    assert!(folder.path().join("part.json").is_file());
}

#[test]
fn what_makes_no_sense_is_refused_with_its_exit_code() {
    check_refused(&["generate", "fattree"], 3, &["unknown shape `fattree`", "did you mean `fat_tree`?"]);
    check_refused(&["generate", "fat_tree", "--set", "k=5"], 3, &["topology.k: 5 is odd"]);
    check_refused(&["generate", "fat_tree", "--set", "pods=5"], 3, &["unknown field `pods`", "--set pods=5"]);
    check_refused(&["show", "none.gml"], 4, &["none.gml: there is no such file"]);
    check_refused(&["import", "."], 4, &["this is a directory"]);
    check_refused(&["import", "words.txt", "--set", "parts=all"], 3, &["unknown field `parts`", "part"]);
    check_refused(&["convert", "star", "--set", "leaves=2", "--out", "star.png"], 2, &["say the form with --to"]);
    check_refused(
        &["convert", "star", "--set", "leaves=2", "--out", "no/such/folder/star.json"],
        4,
        &["cannot write no/such/folder/star.json"],
    );
    check_refused(&["show", "star", "--set", "leaves=2", "--out", "star.pdf"], 2, &["neither .svg nor .png"]);
}

#[test]
fn an_address_and_a_prefix_are_explained() {
    let folder = TempDir::new().unwrap();
    let said = text(&topo(&folder, &["explain-ip", "10.1.2.0/23"]).stdout);
    // 32 - 23 = 9 bits for hosts: 512 addresses, without the network's and that of broadcast.
    for line in [
        "netmask     255.255.254.0",
        "first host  10.1.2.1",
        "last host   10.1.3.254",
        "hosts       510",
        "class       A",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let json: serde_json::Value =
        serde_json::from_slice(&topo(&folder, &["explain-ip", "192.0.2.7", "--json"]).stdout).unwrap();
    assert_eq!((&json["prefix_length"], &json["class"]), (&32.into(), &"C".into()));
    check_refused(&["explain-ip", "10.1.2.0/33"], 3, &["33"]);
}

#[test]
fn addresses_are_planned_and_tables_aggregated() {
    let folder = TempDir::new().unwrap();
    let said = text(
        &topo(&folder, &["addresses", "line", "--set", "nodes=4", "--set", "ends=router", "--router", "r1"]).stdout,
    );
    // Of four sites in a row the first has its own, and all others behind one neighbour: one entry and a larger prefix.
    for part in
        ["4 sites and 3 cables", "table of r1, every site: 4 entries", "table of r1, aggregated: 2 entries", "via r2"]
    {
        assert!(said.contains(part), "{said}");
    }
    check_refused(&["addresses", "line", "--set", "nodes=4", "--router", "r9"], 3, &["unknown router `r9`"]);
    check_refused(&["addresses", "line", "--set", "nodes=4", "--block", "10.0.0.0/31"], 3, &["10.0.0.0/31"]);
}

#[test]
fn an_experiment_gives_addresses_by_plan() {
    let folder = TempDir::new().unwrap();
    let check = |block: &str| {
        let text = format!(
            r#"{{ "title": "Addresses", "duration": "1 s", "topology": {{ "shape": "line", "nodes": 4 }},
                 "addressing": {{ "block": "{block}" }},
                 "flows": [ {{ "name": "f", "from": "h1", "to": "h2", "ping": {{}} }} ] }}"#
        );
        fs::write(folder.path().join("plan.json"), text).unwrap();
        let mut netsim = Command::cargo_bin("netsim").unwrap();
        netsim.current_dir(folder.path()).args(["run", "plan.json", "--quiet", "--no-charts"]).output().unwrap()
    };
    // Two sites of a router and its host: four addresses each.
    assert_eq!(check("192.168.0.0/28").status.code(), Some(0));
    let summary = fs::read_to_string(folder.path().join("results/plan/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert!(summary["flows"][0]["delivered_packets"].as_u64().unwrap() > 0);
    for (block, why) in [("10.0.0.0/8", "give another block"), ("192.168.0.0/30", "need"), ("x", "no network")] {
        let refused = check(block);
        assert_eq!(refused.status.code(), Some(3));
        let said = text(&refused.stderr);
        assert!(said.contains(why) && said.contains("addressing.block"), "{said}");
    }
}
