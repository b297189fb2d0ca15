//! The documentation does what it says: its commands run, its experiments are valid, its links lead somewhere.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("ARCHITECTURE.md"), root().join("CHANGELOG.md")];
    let docs = std::fs::read_dir(root().join("docs")).expect("a folder of documents");
    pages.extend(docs.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()));
    pages
}

/// The fenced blocks of a language in a page.
fn blocks(page: &Path, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(page).expect("a readable page");
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("```{language}") {
            found.push(lines.by_ref().take_while(|line| line.trim() != "```").collect::<Vec<_>>().join("\n"));
        }
    }
    found
}

/// The words of a command, quoted parts in one.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in command.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().expect("never empty").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_of_the_documentation_succeeds() {
    for page in pages() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The commands are given from the checkout; what they write goes elsewhere.
        let gallery = folder.path().join("experiments");
        std::fs::create_dir(&gallery).expect("a new folder");
        for entry in std::fs::read_dir(root().join("experiments")).expect("the gallery") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "json") {
                std::fs::copy(&path, gallery.join(path.file_name().expect("a file name"))).expect("a copy");
            }
        }
        // What the gallery reads beside its files.
        for beside in ["workloads", "maps/topology-zoo"] {
            std::fs::create_dir_all(gallery.join(beside)).expect("a new folder");
            for entry in std::fs::read_dir(root().join("experiments").join(beside)).expect("a folder of files") {
                let path = entry.expect("an entry").path();
                let copy = gallery.join(beside).join(path.file_name().expect("a file name"));
                std::fs::copy(&path, copy).expect("a copy");
            }
        }
        for command in blocks(&page, "console").iter().flat_map(|block| block.lines()) {
            let words = words(command.strip_prefix("$ ").expect("commands begin with a prompt"));
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let arguments = match words.as_slice() {
                ["netsim", arguments @ ..] | ["cargo", "run", "--release", "--", arguments @ ..] => arguments,
                // These are this test.
                ["cargo", "test"] => continue,
                other => panic!("{}: what is {other:?}?", page.display()),
            };
            // What stays until it is told to end has tests of its own, and no browser opens while tests run.
            if arguments.first() == Some(&"serve") {
                continue;
            }
            let output = Command::new(env!("CARGO_BIN_EXE_netsim"))
                .args(arguments.iter().filter(|argument| **argument != "--open"))
                .current_dir(folder.path())
                .output()
                .expect("netsim starts");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {command}\n{said}", page.display());
        }
    }
}

#[test]
fn every_experiment_of_the_documentation_is_valid() {
    let experiments: Vec<String> = pages().iter().flat_map(|page| blocks(page, "jsonc")).collect();
    assert!(experiments.len() >= 3);
    for text in experiments {
        support::plan(&text);
    }
}

#[test]
fn every_link_of_the_documentation_leads_to_a_file() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a readable page");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().expect("the part before an anchor");
            if !target.is_empty() && !target.contains("://") {
                let path = page.parent().expect("a folder").join(target);
                assert!(path.exists(), "{} names {target}", page.display());
            }
        }
    }
}
