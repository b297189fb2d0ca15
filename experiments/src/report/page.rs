//! The page around the data: one file that needs no other.
//!
//! Its script is written as modules in `experiments/page`, which tests load as they are. Here they become one script: in the
//! order of [`MODULES`], without their imports, the word `export`, indentation and lines of comments. So top-level names must
//! be unique, and neither imports nor texts may go over several lines; tests hold the modules to it.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A file of the page's source, embedded.
macro_rules! page_file {
    ($name:literal) => {
        include_str!(concat!("../../page/", $name))
    };
}

/// The modules of the script, each behind those it imports from.
pub const MODULES: &[(&str, &str)] = &[
    ("core.js", page_file!("core.js")),
    ("trace.js", page_file!("trace.js")),
    ("player.js", page_file!("player.js")),
    ("charts.js", page_file!("charts.js")),
    ("packet.js", page_file!("packet.js")),
    ("why.js", page_file!("why.js")),
    ("network.js", page_file!("network.js")),
    ("routing.js", page_file!("routing.js")),
    ("transport.js", page_file!("transport.js")),
    ("flows.js", page_file!("flows.js")),
    ("ladder.js", page_file!("ladder.js")),
    ("predict.js", page_file!("predict.js")),
    ("results.js", page_file!("results.js")),
    ("experiment.js", page_file!("experiment.js")),
    ("main.js", page_file!("main.js")),
];

/// The style, in the order in which it applies.
const STYLES: &[&str] = &[page_file!("style.css"), page_file!("network.css"), page_file!("transport.css")];

const BOOT: &str = page_file!("boot.js");

const SHELL: &str = page_file!("shell.html");

/// What the page unpacks when it needs it, deflated and in base64: its data, as JSON, and its script.
#[derive(Clone, Debug)]
pub struct Block {
    id: String,
    text: String,
}

impl Block {
    /// A block with an id of its own.
    pub fn new(id: &str, content: &[u8]) -> Self {
        Block { id: id.to_owned(), text: STANDARD.encode(deflated(content)) }
    }

    /// Its bytes in the page.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }
}

/// The page, with `report` about the experiment and the data of its runs.
pub fn page(title: &str, report: &str, runs: &[Block]) -> String {
    let mut data = format!("<script type=\"application/json\" id=\"report\">{}</script>\n", harmless(report));
    let script = Block::new("script", script().as_bytes());
    for Block { id, text } in runs.iter().chain([&script]) {
        let _ = writeln!(data, "<script type=\"application/octet-stream\" id=\"{id}\">{text}</script>");
    }
    let parts =
        [("{{title}}", escaped(title)), ("{{style}}", style()), ("{{data}}", data), ("{{script}}", BOOT.to_owned())];
    filled(SHELL, &parts)
}

/// All modules as one script.
pub fn script() -> String {
    let mut script = String::new();
    for (_, source) in MODULES {
        for line in source.lines().filter(|line| !line.starts_with("import ")) {
            push_bare(&mut script, line.strip_prefix("export ").unwrap_or(line), "//");
        }
    }
    script
}

fn style() -> String {
    let mut style = String::new();
    STYLES.iter().flat_map(|source| source.lines()).for_each(|line| push_bare(&mut style, line, "/*"));
    style
}

/// Adds a line without its indentation, if it is neither empty nor, by its beginning, a comment.
fn push_bare(text: &mut String, line: &str, comment: &str) {
    let bare = line.trim();
    let is_comment = bare.starts_with(comment) && (comment == "//" || bare.ends_with("*/"));
    if !bare.is_empty() && !is_comment {
        text.push_str(bare);
        text.push('\n');
    }
}

/// `shell` with each placeholder replaced once. What is put in is not looked at again: data may hold anything.
fn filled(shell: &str, parts: &[(&str, String)]) -> String {
    let mut rest = shell;
    let mut page = String::new();
    for (placeholder, content) in parts {
        let (before, after) = rest.split_once(placeholder).expect("the shell has every placeholder, in this order");
        page.push_str(before);
        page.push_str(content);
        rest = after;
    }
    page + rest
}

/// JSON that can stand within a script element: `<` occurs in texts only, where it can be written otherwise.
fn harmless(json: &str) -> String {
    json.replace('<', "\\u003c")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Higher levels would save a tenth and take four times as long, which is felt in short runs.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written to")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;

    use super::*;

    #[test]
    fn imports_stand_on_one_line_and_come_from_modules_before() {
        for (at, (name, source)) in MODULES.iter().enumerate() {
            for line in source.lines().filter(|line| line.starts_with("import ")) {
                let from = line.strip_suffix("';").and_then(|line| line.split_once(" from './")).map(|(_, from)| from);
                let from = from.unwrap_or_else(|| panic!("{name}: not an import of this form: {line}"));
                assert!(
                    MODULES[..at].iter().any(|(before, _)| *before == from),
                    "{name}: {from} does not come before it"
                );
                assert!(!line.contains(" as "), "{name}: names stay as they are in one script: {line}");
            }
            let is_open = |line: &&str| line.matches('`').count() % 2 == 1;
            assert_eq!(source.lines().find(is_open), None, "{name}: a text goes over several lines");
            assert!(!source.contains("</script"), "{name} would end the page's script");
            assert!(!source.contains("export default") && !source.contains("export {"), "{name}");
        }
    }

    #[test]
    fn top_level_names_are_unique() {
        let mut names = BTreeSet::new();
        for (module, source) in MODULES {
            for line in source.lines() {
                let line = line.strip_prefix("export ").unwrap_or(line);
                let line = line.strip_prefix("async ").unwrap_or(line);
                let kinds = ["function ", "class ", "const ", "let "];
                let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else { continue };
                for name in declared(rest) {
                    assert!(names.insert(name.to_owned()), "{module}: `{name}` is declared twice");
                }
            }
        }
        assert!(names.contains("decodeReplay"));
    }

    /// The names that a declaration makes: one, or those of a list.
    fn declared(rest: &str) -> Vec<&str> {
        let end = rest.find(['=', '(', ';']).unwrap_or(rest.len());
        let list = rest[..end].trim().trim_start_matches('*').split(" extends ").next().unwrap_or_default();
        list.split(',')
            .map(|name| name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '$'))
            .filter(|name| !name.is_empty())
            .collect()
    }

    #[test]
    fn the_page_without_its_data_is_small() {
        let page = page("", "{}", &[]);
        assert!(page.len() < 300_000, "{} bytes", page.len());
        assert!(!page.contains("{{"), "a placeholder is left");
        assert!(!page.contains("http://") || !page.contains(" src=\"http"), "nothing is fetched from elsewhere");
    }

    #[test]
    fn data_comes_back_whole_and_cannot_end_its_element() {
        let report = r#"{"title":"a </script> & {{data}}"}"#;
        let page = page("A & <B>", report, &[Block::new("run-0", b"[1,2,3]")]);
        assert!(page.contains("A &amp; &lt;B&gt;"));
        let inside =
            page.split("id=\"report\">").nth(1).and_then(|rest| rest.split("</script>").next()).expect("a report");
        let value: serde_json::Value = serde_json::from_str(inside).expect("JSON");
        assert_eq!(value["title"], "a </script> & {{data}}");
        let block = page.split("id=\"run-0\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a run");
        let bytes = STANDARD.decode(block).expect("base64");
        let mut json = String::new();
        DeflateDecoder::new(&bytes[..]).read_to_string(&mut json).expect("a deflated text");
        assert_eq!(json, "[1,2,3]");
    }
}
