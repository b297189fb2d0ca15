//! What holds for every format: its files are told from those of all others, and no file makes a reader panic.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use topologies::import::format::KNOWN;
use topologies::import::{FileSpec, Format, read};

/// A small file of each format, and some more where a format has several forms.
const SAMPLES: &[(&str, &str)] = &[
    ("netsim", r#"{ "links": [ { "from": "a", "to": "b", "cost": 3 } ] }"#),
    (
        "graphml",
        "<?xml version='1.0'?><graphml><graph><node id='a'/><node id='b'/><edge source='a' target='b'/></graph></graphml>",
    ),
    ("gml", "Creator \"x\"\ngraph [\n node [ id 0 label \"a\" ]\n node [ id 1 ]\n edge [ source 0 target 1 ]\n]\n"),
    (
        "sndlib_xml",
        "<network xmlns='http://sndlib.zib.de/network'><networkStructure><nodes coordinatesType='pixel'><node id='a'>\
         <coordinates><x>1</x><y>2</y></coordinates></node><node id='b'><coordinates><x>1</x><y>2</y></coordinates></node>\
         </nodes><links><link id='l'><source>a</source><target>b</target></link></links></networkStructure></network>",
    ),
    ("topohub", r#"{ "graph": {}, "nodes": [ { "id": 0 }, { "id": 1 } ], "edges": [ { "source": 0, "target": 1 } ] }"#),
    ("rocketfuel_weights", "Rome,+Italy1 Paris,+France2 2.5\nParis,+France2 Rome,+Italy1 2.5\n"),
    (
        "rocketfuel_latencies",
        "Rome,+Italy1 Rome,+Italy2 1\nRome,+Italy2 Rome,+Italy1 1\nRome,+Italy2 Paris,+France3 7\n",
    ),
    (
        "rocketfuel_cch",
        "1 @Rome,+Italy + bb (1) &2 -> <2> {-7} =a.example.net! r0\n2 @? (1) -> <1> =b r1\n-7 =192.0.2.1 r1\n",
    ),
    ("as_relationships", "# input clique: 1\n1|2|-1\n1|3|0\n2|4294967295|-1\n"),
    ("as_relationships", "1|2|-1|bgp\n1|3|0|mlp\n"),
    ("as_snap", "# FromNodeId\tToNodeId\tRelationship\n2\t1\t-1\n1\t2\t1\n"),
    ("as_snap", "2 1 -1\n1 2 1\n1 3 0\n3 1 0\n"),
    (
        "sndlib_native",
        "?SNDlib native format; type: network; version: 1.0\nMETA (\n unit = MBITPERSEC\n)\nNODES (\n a ( 1.0 2.0 )\n b\n)\n\
         LINKS (\n l ( a b ) 0.00 0.00 0.00 0.00 ( 155.00 1.00 )\n)\nDEMANDS (\n d ( a b ) 1 5.00 UNLIMITED\n)\n\
         ADMISSIBLE_PATHS (\n d ( P ( l ) )\n)\n",
    ),
    ("dot", "/* x */ strict digraph \"g\" { edge [cost=2]; a [pos=\"1,2!\"]; a:p -> { b c } -> d [delay=\"5 ms\"] }"),
    ("dot", "graph {\n a -- b\n}\n"),
    ("csv", "source,target,delay_ms,cost\n\"Rome, Italy\",b,4.5,2\nb,c,1,1\n"),
    ("csv", "a b\nb c\nc a\n"),
    ("csv", "1 2 1\n2 3 1\n"),
    ("csv", "a;b;2\n"),
    ("csv", "a b {'weight': 3}\nb c {}\n"),
];

fn format(name: &str) -> Format {
    serde_json::from_value(name.into()).expect("formats are called by their names")
}

#[test]
fn each_format_is_told_from_all_others_by_its_content() {
    for (name, sample) in SAMPLES {
        let unix = sample.replace("\r\n", "\n");
        for text in [unix.clone(), unix.replace('\n', "\r\n"), format!("\u{FEFF}{unix}"), format!("\n\n{unix}\n\n")] {
            let found = read(text.as_bytes(), None, "").map(|(format, _)| format.name());
            // Only XML must begin with its first character.
            if text.starts_with('\n') && text.trim_start().starts_with("<?xml") {
                continue;
            }
            assert_eq!(found.as_ref().ok(), Some(name), "{found:?} for {text:?}");
        }
    }
}

#[test]
fn every_format_has_a_sample() {
    let sampled: BTreeSet<&str> = SAMPLES.iter().map(|(name, _)| *name).collect();
    let known: BTreeSet<&str> = KNOWN.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(known, sampled);
}

/// Reads a text as what it seems to be and as every format there is. What is read must hold together.
fn read_as_all(bytes: &[u8]) {
    let said = KNOWN.iter().map(|(name, _, _)| Some(format(name)));
    for format in std::iter::once(None).chain(said) {
        let Ok((_, map)) = read(bytes, format, "x") else { continue };
        let count = map.nodes.len();
        let ids: BTreeSet<&str> = map.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids.len(), count, "two nodes of one id in {format:?}");
        assert!(map.links.iter().all(|link| (link.from.max(link.to) as usize) < count), "{format:?}");
        assert!(map.demands.iter().all(|demand| (demand.from.max(demand.to) as usize) < count), "{format:?}");
        let survey = FileSpec { format, ..FileSpec::new("x") }.survey(bytes).expect("what is read can be surveyed");
        let names: BTreeSet<&str> = survey.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names.len(), survey.nodes.len(), "two nodes of one name in {format:?}");
    }
}

/// What files are made of: marks and words of all formats.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\t",
    ",",
    ";",
    "|",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "\"",
    "'",
    "=",
    ":",
    "->",
    "--",
    "#",
    "/*",
    "*/",
    "+",
    "@",
    "&",
    "!",
    "-1",
    "0",
    "1",
    "2.5",
    "1e400",
    "NaN",
    "-",
    "a",
    "b",
    "ü",
    "graph",
    "digraph",
    "subgraph",
    "node",
    "edge",
    "strict",
    "NODES",
    "LINKS",
    "DEMANDS",
    "META",
    "?SNDlib",
    "type: network",
    "id",
    "source",
    "target",
    "cost",
    "label",
    "pos",
    "Rome,+Italy1",
    "r0",
    "bb",
    "<2>",
    "{-3}",
    "1|2|-1",
    "<graphml>",
    "</graphml>",
    "<node id='a'/>",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..400)) {
        read_as_all(&bytes);
    }

    #[test]
    fn no_pieces_of_files_make_a_reader_panic(pieces in vec(select(PIECES), 0..60)) {
        read_as_all(pieces.concat().as_bytes());
    }

    #[test]
    fn no_change_of_a_file_makes_a_reader_panic(
        sample in select(SAMPLES),
        changes in vec((any::<Index>(), 0..4_u8, select(PIECES), any::<u8>(), any::<Index>()), 1..6),
    ) {
        let mut bytes = sample.1.as_bytes().to_vec();
        for (at, kind, piece, byte, other) in changes {
            let at = at.index(bytes.len() + 1);
            let other = other.index(bytes.len() + 1);
            match kind {
                0 => bytes.truncate(at),
                1 => drop(bytes.splice(at..at, piece.bytes())),
                2 => drop(bytes.splice(at.min(other)..at.max(other), [byte])),
                _ => {
                    let again = bytes[at.min(other)..at.max(other)].to_vec();
                    bytes.splice(at..at, again);
                }
            }
        }
        read_as_all(&bytes);
    }
}

/// Readers of text, each with a text that begins as its files do.
const BEGINNINGS: &[(&str, &str)] = &[
    ("rocketfuel_weights", "A,+X1 B,+Y2 2.5\n"),
    ("rocketfuel_latencies", "A,+X1 A,+X2 1\n"),
    ("rocketfuel_cch", "1 @A -> <2> =a r0\n"),
    ("as_relationships", "1|2|-1\n"),
    ("as_snap", "1 2 -1\n"),
    ("sndlib_native", "?SNDlib native format; type: network; version: 1.0\n"),
    ("dot", "graph { a -- b\n"),
    ("csv", "a,b\n"),
];

#[test]
fn ten_megabytes_on_one_line_are_refused_with_its_number_and_a_short_message() {
    for (name, beginning) in BEGINNINGS {
        for piece in ["x", "x,", "\"", "<", "( ", "[ ", "1|", "{ "] {
            let text = format!("{beginning}{}", piece.repeat(10_000_000 / piece.len()));
            let wrong = match read(text.as_bytes(), Some(format(name)), "") {
                Err(wrong) => wrong,
                Ok((_, map)) => panic!("{name} has {} nodes of {piece}", map.nodes.len()),
            };
            assert!(wrong.line.is_some_and(|line| line <= 2), "{name} {piece}: {wrong}");
            assert!(wrong.to_string().len() < 300, "{name} {piece}: {wrong}");
        }
    }
}
