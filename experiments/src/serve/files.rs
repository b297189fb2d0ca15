//! The folder that is served: which experiments it holds, reading them, and saving them.
//!
//! Nothing outside of it is touched: a name has no `..` and no root, and where symbolic links lead is looked at before a file
//! is. Only files that are experiments are read or written.

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use super::http::{Refusal, Status};
use crate::file::Surroundings;
use crate::file::tree::{Node, parse};

/// Larger texts are neither read nor saved here.
pub(super) const MOST_BYTES: u64 = 1 << 20;
/// Experiments are looked for in folders within folders, so deep.
const DEEPEST: usize = 3;
/// More experiments than this are not listed, and not more files looked at than this.
const MOST_LISTED: usize = 500;
const MOST_SEEN: usize = 5_000;
/// Folders in which nobody keeps experiments.
const PASSED_OVER: [&str; 3] = ["results", "target", "node_modules"];

/// A folder with experiments.
#[derive(Clone, Debug)]
pub(super) struct Served {
    /// Without symbolic links.
    root: PathBuf,
}

/// An experiment in the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Listed {
    /// Its path in the folder, with `/`.
    pub(super) file: String,
    /// What it says of itself; nothing if it cannot be read as JSON.
    title: Option<String>,
    teaches: Option<String>,
}

/// The text of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Text {
    pub(super) file: String,
    /// With `\n` at the ends of lines.
    pub(super) text: String,
    /// Another if the file is.
    pub(super) version: String,
}

impl Served {
    /// Serves `folder`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let root = fs::canonicalize(folder)?;
        fs::read_dir(&root)?;
        Ok(Served { root })
    }

    /// Where the files that the experiment `name` speaks of are: anywhere in the folder.
    pub(super) fn around(&self, name: &str) -> Result<Surroundings, Refusal> {
        let path = self.find(name)?;
        let folder = path.parent().unwrap_or(&self.root);
        Surroundings::within(folder, &self.root).map_err(|error| failed("read the folder", &error))
    }

    /// The experiments, by name.
    pub(super) fn list(&self) -> Vec<Listed> {
        let mut found = Vec::new();
        let mut seen = 0;
        let mut folders = vec![(self.root.clone(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                seen += 1;
                let name = entry.file_name();
                let is_hidden = name.to_string_lossy().starts_with('.');
                if is_hidden || seen > MOST_SEEN || found.len() >= MOST_LISTED {
                    continue;
                }
                let path = entry.path();
                if path.is_dir() {
                    // A link to a folder may lead outside, or around in a circle.
                    let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                    if !is_link && depth < DEEPEST && !PASSED_OVER.iter().any(|passed| name == *passed) {
                        folders.push((path, depth + 1));
                    }
                } else if let Some(listed) = self.listed(&path) {
                    found.push(listed);
                }
            }
        }
        // Those of a folder stand together, the folder's own before those of folders in it.
        found.sort_by_key(|one: &Listed| {
            let (folder, name) = one.file.rsplit_once('/').unwrap_or(("", &one.file));
            (folder.to_owned(), name.to_owned())
        });
        found
    }

    /// What the list says of a file, if it is an experiment.
    fn listed(&self, path: &Path) -> Option<Listed> {
        let parts: Option<Vec<&str>> =
            path.strip_prefix(&self.root).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
        let file = parts?.join("/");
        let text = self.read(&file).ok()?.text;
        let tree = parse(&text).ok();
        let said = |name: &str| tree.as_ref()?.get(name).and_then(Node::as_str).map(str::to_owned);
        Some(Listed { title: said("title"), teaches: said("teaches"), file })
    }

    /// The path of the experiment `name`, which exists and lies in the folder, also behind symbolic links.
    fn find(&self, name: &str) -> Result<PathBuf, Refusal> {
        let unknown = || Refusal::new(Status::NOT_FOUND, format!("there is no experiment `{name}` in this folder"));
        let is_plain =
            |part: Component<'_>| matches!(part, Component::Normal(part) if !part.to_string_lossy().starts_with('.'));
        let relative = Path::new(name);
        let is_ours = !name.is_empty()
            && !name.contains(['\0', '\\'])
            && relative.components().all(is_plain)
            && relative.extension().is_some_and(|extension| extension == "json");
        if !is_ours {
            return Err(unknown());
        }
        let path = fs::canonicalize(self.root.join(relative)).map_err(|_| unknown())?;
        let is_inside = path.starts_with(&self.root) && path.extension().is_some_and(|extension| extension == "json");
        if is_inside && path.is_file() { Ok(path) } else { Err(unknown()) }
    }

    /// Reads the experiment `name`.
    pub(super) fn read(&self, name: &str) -> Result<Text, Refusal> {
        let bytes = self.bytes(&self.find(name)?, name)?;
        let text = to_text(&bytes).filter(|text| is_experiment(text));
        let text =
            text.ok_or_else(|| Refusal::new(Status::UNPROCESSABLE_ENTITY, format!("`{name}` is no experiment")))?;
        Ok(Text { file: name.to_owned(), text, version: version(&bytes) })
    }

    fn bytes(&self, path: &Path, name: &str) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
        read.map_err(|error| failed(&format!("read {name}"), &error))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Refusal::new(Status::UNPROCESSABLE_ENTITY, format!("`{name}` is larger than 1 MiB")));
        }
        Ok(bytes)
    }

    /// Saves `text` as the experiment `name`, if the file still has the `version` that the text was made from.
    pub(super) fn save(&self, name: &str, text: &str, expected: &str) -> Result<Text, Refusal> {
        let path = self.find(name)?;
        if !is_experiment(text) {
            let why = "this text is no experiment: it has no `topology` or no `duration`, and is not saved";
            return Err(Refusal::new(Status::UNPROCESSABLE_ENTITY, why));
        }
        let before = self.bytes(&path, name)?;
        let Some(on_disk) = to_text(&before).filter(|text| is_experiment(text)) else {
            let why = format!("what `{name}` holds on disk is no experiment, and is not overwritten");
            return Err(Refusal::new(Status::UNPROCESSABLE_ENTITY, why));
        };
        if version(&before) != expected {
            let now = Text { file: name.to_owned(), text: on_disk, version: version(&before) };
            let why = format!("{name} has been changed by another program since it was opened here");
            let on_disk = serde_json::to_value(&now).expect("a text is JSON");
            return Err(Refusal::new(Status::CONFLICT, why).with("on_disk", on_disk));
        }
        let bytes = as_before(text, &before);
        replace(&path, &bytes).map_err(|error| failed(&format!("save {name}"), &error))?;
        Ok(Text { file: name.to_owned(), text: text.to_owned(), version: version(&bytes) })
    }
}

fn failed(doing: &str, error: &io::Error) -> Refusal {
    Refusal::new(Status::INTERNAL_SERVER_ERROR, format!("cannot {doing}: {error}"))
}

/// Whether a text is one that we edit: an experiment, or one that is being written and not JSON at the moment.
pub(super) fn is_experiment(text: &str) -> bool {
    match parse(text) {
        Ok(tree) => tree.get("topology").is_some() && tree.get("duration").is_some(),
        Err(_) => text.contains("\"topology\"") && text.contains("\"duration\""),
    }
}

fn to_text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.strip_prefix(MARK).unwrap_or(text).replace("\r\n", "\n"))
}

/// A byte order mark.
const MARK: char = '\u{FEFF}';

/// The bytes of `text`, with the line ends and the byte order mark that the file had.
fn as_before(text: &str, before: &[u8]) -> Vec<u8> {
    let text = match before.windows(2).any(|pair| pair == b"\r\n") {
        true => text.replace('\n', "\r\n"),
        false => text.to_owned(),
    };
    if before.starts_with(MARK.to_string().as_bytes()) { format!("{MARK}{text}").into() } else { text.into() }
}

/// Tells states of a file apart; it is no protection against anyone.
fn version(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}-{}", hasher.finish(), bytes.len())
}

/// Writes a file aside and renames it: there is never half of it under its name, and it keeps its permissions.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.partial", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&aside)?;
        file.write_all(bytes)?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    write().inspect_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            // It may not even have come into being.
            let _ = fs::remove_file(&aside);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\r\n  \"title\": \"t\", \"duration\": \"1 s\", \"topology\": {}\r\n}\r\n";

    fn served() -> (tempfile::TempDir, Served) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("inside/results")).expect("a folder");
        for name in ["b.json", "a.json", "inside/c.json", "inside/results/d.json", ".hidden.json"] {
            fs::write(folder.path().join(name), TEXT).expect("a file");
        }
        fs::write(folder.path().join("other.json"), "{ \"title\": \"a map\" }").expect("a file");
        let served = Served::open(folder.path()).expect("a folder");
        (folder, served)
    }

    #[test]
    fn experiments_are_listed_by_folder_and_name() {
        let (_folder, served) = served();
        let names: Vec<String> = served.list().into_iter().map(|one| one.file).collect();
        assert_eq!(names, ["a.json", "b.json", "inside/c.json"]);
    }

    #[test]
    fn what_is_no_name_of_an_experiment_is_not_found() {
        let (folder, served) = served();
        fs::write(folder.path().join("a.txt"), TEXT).expect("a file");
        for name in
            ["", ".", "..", "../a.json", "/etc/passwd", "inside", "a.txt", ".hidden.json", "a.json\0", "./../a.json"]
        {
            assert_eq!(served.read(name).expect_err(name).status, Status::NOT_FOUND, "{name:?}");
        }
        assert_eq!(served.read("other.json").expect_err("a map").status, Status::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn line_ends_and_permissions_stay_as_they_were() {
        let (folder, served) = served();
        let read = served.read("a.json").expect("an experiment");
        assert!(!read.text.contains('\r'));
        served.save("a.json", &read.text.replace("1 s", "2 s"), &read.version).expect("saved");
        let on_disk = fs::read_to_string(folder.path().join("a.json")).expect("a file");
        assert_eq!(on_disk, TEXT.replace("1 s", "2 s"));
        let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").flatten().collect();
        assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains("partial")));
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_overwritten() {
        let (folder, served) = served();
        let read = served.read("a.json").expect("an experiment");
        fs::write(folder.path().join("a.json"), TEXT.replace("\"t\"", "\"theirs\"")).expect("a file");
        let refusal = served.save("a.json", &read.text, &read.version).expect_err("a conflict");
        assert_eq!(refusal.status, Status::CONFLICT);
        assert!(
            refusal.more.iter().any(|(_, value)| value["text"].as_str().is_some_and(|text| text.contains("theirs")))
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_only() {
        use std::os::unix::fs::symlink;
        let (folder, served) = served();
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("secret.json"), TEXT).expect("a file");
        symlink(outside.path().join("secret.json"), folder.path().join("out.json")).expect("a link");
        symlink(outside.path(), folder.path().join("away")).expect("a link");
        symlink("b.json", folder.path().join("in.json")).expect("a link");
        for name in ["out.json", "away/secret.json"] {
            assert_eq!(served.read(name).expect_err(name).status, Status::NOT_FOUND);
        }
        let read = served.read("in.json").expect("an experiment");
        served.save("in.json", &read.text.replace("1 s", "3 s"), &read.version).expect("saved");
        assert!(folder.path().join("in.json").is_symlink());
        assert!(fs::read_to_string(folder.path().join("b.json")).expect("a file").contains("3 s"));
        assert!(served.list().iter().all(|one| !one.file.contains("out") && !one.file.contains("away")));
    }
}
