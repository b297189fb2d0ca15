//! Whatever happens to a file, it is either accepted or complained about; nothing panics.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{load, load_with, shipped};
use experiments::file::{Overrides, render};

/// A change of a text, at a place given as a share of its length.
#[derive(Clone, Debug)]
enum Damage {
    Delete(f64, usize),
    Insert(f64, String),
    Repeat(f64, usize),
    Truncate(f64),
    /// Puts one part of the text in place of another.
    Copy(f64, f64, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = 0.0..1.0_f64;
    let junk = prop_oneof![
        "[ -~]{1,4}",
        "[\\[\\]{}:,\"0-9eE+./*\\\\-]{1,6}",
        Just("null".to_owned()),
        Just("1e308".to_owned()),
        Just("-1".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"0 s\"".to_owned()),
        Just("\"99999999 h\"".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("é\u{202e}\0\t".to_owned()),
    ];
    prop_oneof![
        (place.clone(), 1..30_usize).prop_map(|(at, length)| Damage::Delete(at, length)),
        (place.clone(), junk).prop_map(|(at, text)| Damage::Insert(at, text)),
        (place.clone(), 1..60_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        place.clone().prop_map(Damage::Truncate),
        (place.clone(), place, 1..40_usize).prop_map(|(at, from, length)| Damage::Copy(at, from, length)),
    ]
}

fn apply(text: &str, damages: &[Damage]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for one in damages {
        let at = |share: f64, chars: &[char]| ((chars.len() as f64 * share) as usize).min(chars.len());
        let part = |share: f64, length: usize, chars: &[char]| {
            let start = at(share, chars);
            start..(start + length).min(chars.len())
        };
        match one {
            Damage::Delete(share, length) => {
                let range = part(*share, *length, &chars);
                chars.drain(range);
            }
            Damage::Insert(share, text) => {
                let start = at(*share, &chars);
                chars.splice(start..start, text.chars());
            }
            Damage::Repeat(share, length) => {
                let range = part(*share, *length, &chars);
                let piece: Vec<char> = chars[range.clone()].to_vec();
                chars.splice(range.start..range.start, piece);
            }
            Damage::Truncate(share) => chars.truncate(at(*share, &chars)),
            Damage::Copy(share, from, length) => {
                let piece: Vec<char> = chars[part(*from, *length, &chars)].to_vec();
                let range = part(*share, *length, &chars);
                chars.splice(range, piece);
            }
        }
    }
    chars.into_iter().collect()
}

fn survives(text: &str, overrides: &Overrides) {
    match load_with(text, overrides) {
        Ok(checked) => assert!(checked.warnings.is_clean() && !checked.plan.is_empty()),
        Err(errors) => {
            assert!(!errors.is_clean());
            render::to_text(&errors);
            render::to_json(&errors);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_accepted_or_complained_about(
        pick in any::<prop::sample::Index>(),
        damages in vec(damage(), 1..4),
    ) {
        let files = small_files();
        let text = apply(&files[pick.index(files.len())], &damages);
        survives(&text, &Overrides::default());
    }

    #[test]
    fn values_swapped_for_others_are_accepted_or_complained_about(
        pick in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let files = small_files();
        let mut tree: serde_json::Value = parse(&files[pick.index(files.len())]);
        let places = pointers(&tree);
        let value = tree.pointer(&places[from.index(places.len())]).unwrap().clone();
        *tree.pointer_mut(&places[to.index(places.len())]).unwrap() = value;
        survives(&tree.to_string(), &Overrides::default());
    }

    #[test]
    fn settings_of_any_kind_are_accepted_or_complained_about(argument in "[a-z_.\\[\\]0-9]{0,20}=?[ -~]{0,10}") {
        let overrides = Overrides { set: vec![argument], ..Overrides::default() };
        survives(include_str!("../../templates/dumbbell.json"), &overrides);
    }

    #[test]
    fn text_of_any_kind_is_complained_about(text in "\\PC{0,60}") {
        prop_assert!(load(&text).is_err());
    }
}

/// Large networks are left out: damage finds nothing more in them, only later.
fn small_files() -> Vec<String> {
    shipped().into_iter().filter(|(path, _)| !path.to_string_lossy().contains("bench")).map(|(_, text)| text).collect()
}

fn parse(text: &str) -> serde_json::Value {
    experiments::file::tree::parse(text).unwrap().to_json()
}

/// JSON pointers to every value inside `tree`.
fn pointers(tree: &serde_json::Value) -> Vec<String> {
    fn walk(value: &serde_json::Value, at: String, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    walk(field, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            serde_json::Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    walk(element, format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
        found.push(at);
    }
    let mut found = Vec::new();
    walk(tree, String::new(), &mut found);
    found
}
