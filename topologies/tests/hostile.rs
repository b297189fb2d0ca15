//! Files that are broken, or made to do harm, are refused: no panic, no overflow of the stack, no endless work.

use std::path::Path;

use topologies::import::{FileSpec, Format, Map, read};

/// A small real file of each format that has an end to be missed.
const FILES: &[(&str, Format)] = &[
    ("topology-zoo/Abilene.graphml", Format::Graphml),
    ("topology-zoo/Abilene.gml", Format::Gml),
    ("topohub/topozoo-abilene.json", Format::Topohub),
    ("own/small.xml", Format::SndlibXml),
];

fn bytes(file: &str) -> Vec<u8> {
    let folder = if file.starts_with("own/") { "tests/data" } else { "../experiments/maps" };
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(file)).unwrap()
}

fn why(text: &str) -> String {
    read(text.as_bytes(), None, "").unwrap_err().to_string()
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    for &(file, format) in FILES {
        let whole = bytes(file);
        assert_eq!(read(&whole, None, file).unwrap().0, format, "{file}");
        for part in 1..20 {
            let cut = &whole[..whole.len() * part / 20];
            assert!(read(cut, Some(format), file).is_err(), "{file}: {part}/20");
            assert!(read(cut, None, file).is_err(), "{file}: {part}/20, format not said");
        }
    }
}

#[test]
fn files_with_wrong_bytes_are_read_or_refused() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    // xorshift64 (Marsaglia 2003).
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for &(file, format) in FILES {
        let whole = bytes(file);
        for _ in 0..200 {
            let mut wrong = whole.clone();
            for _ in 0..=random() % 4 {
                let at = random() as usize % wrong.len();
                match random() % 3 {
                    0 => wrong[at] = random() as u8,
                    1 => drop(wrong.remove(at)),
                    _ => {
                        let end = wrong.len().min(at + random() as usize % 50);
                        let again = wrong[at..end].to_vec();
                        wrong.splice(at..at, again);
                    }
                }
            }
            // Whether it can still be read does not matter here.
            drop(FileSpec { format: Some(format), ..FileSpec::new(file) }.survey(&wrong));
            drop(FileSpec::new(file).survey(&wrong));
        }
        let noise: Vec<u8> = (0..10_000).map(|_| random() as u8).collect();
        assert!(read(&noise, Some(format), file).is_err());
    }
}

#[test]
fn a_file_is_the_same_in_every_encoding() {
    let of = |map: Map| (map.nodes, map.links, map.title);
    let text =
        "<graphml><graph><node id='Malmö'/><node id='Århus'/><edge source='Malmö' target='Århus'/></graph></graphml>";
    let expected = of(read(text.as_bytes(), None, "").unwrap().1);
    let utf_16: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin_1: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let declared = [b"<?xml version='1.0' encoding='ISO-8859-1'?>", &*latin_1].concat();
    for bytes in [utf_16, latin_1, declared] {
        let (_, map) = read(&bytes, None, "").unwrap();
        assert_eq!(map.remarks[0].what, "encoding");
        assert_eq!(of(map), expected);
    }
}

#[test]
fn bombs_of_entities_do_not_go_off() {
    let mut bomb = "<!DOCTYPE graphml [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..20 {
        let ten = format!("&l{};", level - 1).repeat(10);
        bomb.push_str(&format!("<!ENTITY l{level} \"{ten}\">"));
    }
    bomb.push_str("]>\n<graphml><graph><node id='a'><data key='label'>&l19;</data></node></graph></graphml>");
    assert!(why(&bomb).contains("line 2: `&l19;` is none of the five entities of XML"));
    let outside =
        "<!DOCTYPE graphml [<!ENTITY x SYSTEM \"/etc/passwd\">]>\n<graphml><graph><node id='&x;'/></graph></graphml>";
    assert!(why(outside).starts_with("line 2"), "{}", why(outside));
}

#[test]
fn nothing_is_nested_without_end() {
    let deep = 100_000;
    assert!(why(&format!("<graphml>{}", "<graph><node id='a'>".repeat(deep))).contains("nested deeper"));
    assert!(
        why(&format!("<network xmlns='http://sndlib.zib.de/network'>{}", "<a>".repeat(deep))).contains("nested deeper")
    );
    assert!(why(&format!("graph [ node [ {}", "a [ ".repeat(deep))).contains("nested deeper"));
    let list = format!("{{ \"nodes\": [ {{ \"id\": {}", "[".repeat(deep));
    assert!(read(list.as_bytes(), Some(Format::Topohub), "").unwrap_err().why.contains("recursion limit"));
}

#[test]
fn one_element_with_very_much_in_it_takes_no_time_to_speak_of() {
    let many = 100_000;
    let attributes: String = (0..many).map(|n| format!(" a{n}='x'")).collect();
    let data: String = (0..many).map(|n| format!("<data key='k{n}'>1</data>")).collect();
    let long = "x".repeat(5_000_000);
    let text = format!("<graphml><graph><node id='a'{attributes}>{data}</node><node id='{long}'/></graph></graphml>");
    let (_, map) = read(text.as_bytes(), None, "").unwrap();
    assert_eq!((map.nodes.len(), map.nodes[1].id.len()), (2, long.len()));
    // A name of a node is cut.
    let survey = FileSpec::new("x").survey(text.as_bytes()).unwrap();
    assert!(survey.nodes[1].name.len() < 100);
    let gml = format!("graph [ node [ id 1 {} label \"{long}\" ] ]", "k 1 ".repeat(many));
    assert_eq!(read(gml.as_bytes(), None, "").unwrap().1.nodes.len(), 1);
}
