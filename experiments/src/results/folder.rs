//! The folder that results go into: built aside, and put in place whole.
//!
//! ```text
//! results/.fairness.partial-4711/   while running, then renamed
//! results/fairness/                 complete, or what was there before
//! results/fairness.partial/         what an interrupted run had
//! ```
//!
//! A folder is replaced only if it is empty or has a `manifest.json` of ours. Whatever fails, nothing half-written has
//! the final name and nothing stays beside it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use super::manifest::Manifest;

/// Why results could not be written.
#[derive(Debug)]
pub enum FolderError {
    /// There is a file where the folder should be.
    NotAFolder(PathBuf),
    /// There is a folder that holds something else.
    Foreign(PathBuf),
    /// The file system refused something.
    Io {
        /// What was tried: "cannot write".
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FolderError::NotAFolder(path) => {
                write!(f, "{} is a file, not a folder for results: remove it, or choose another --out", path.display())
            }
            FolderError::Foreign(path) => write!(
                f,
                "{} is not empty and holds no results of netsim (no manifest.json of ours): choose another --out",
                path.display()
            ),
            FolderError::Io { doing, path, source } => {
                let hint = match source.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room, or choose another --out",
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "; choose another --out",
                    _ => "",
                };
                write!(f, "{doing} {}: {source}{hint}", path.display())
            }
        }
    }
}

impl std::error::Error for FolderError {}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { doing, path, source }
}

/// Writes a single file: aside first, so that there is never half of it under its own name.
///
/// # Errors
/// When the file system refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let aside = path.with_file_name(name);
    let written = fs::write(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    written.map_err(|error| {
        // It may not even have come into being.
        let _ = fs::remove_file(&aside);
        io_error("cannot write", path)(error)
    })
}

/// How a finished folder gets its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placing {
    /// By renaming the whole folder, built beside the final one.
    Whole,
    /// Entry by entry, built inside: the final folder is a mount point or the folder we stand in, which cannot be
    /// renamed.
    EntryByEntry,
}

/// A folder under construction. Dropped before [`Folder::finish`] or [`Folder::keep_partial`], it disappears.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    building: PathBuf,
    placing: Placing,
    /// Folders above the target that did not exist before, the deepest first.
    made_above: Vec<PathBuf>,
    is_placed: bool,
}

impl Folder {
    /// Makes sure that `target` may be written, and begins to build it aside.
    ///
    /// # Errors
    /// When something else is in the way, or the file system refuses.
    pub fn begin(target: &Path) -> Result<Self, FolderError> {
        // What is behind a symbolic link is replaced, not the link.
        let target = match fs::symlink_metadata(target) {
            Ok(_) => fs::canonicalize(target).map_err(io_error("cannot resolve", target))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => without_dots(target),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(FolderError::NotAFolder(first_file_above(target)));
            }
            Err(error) => return Err(io_error("cannot look at", target)(error)),
        };
        let exists = check(&target)?;
        let placing = if exists && is_fixed(&target) { Placing::EntryByEntry } else { Placing::Whole };
        let mut folder = Folder {
            building: beside(&target, placing, "partial"),
            made_above: Vec::new(),
            is_placed: false,
            placing,
            target,
        };
        if let Some(parent) = folder.building.parent().map(Path::to_owned) {
            folder.make_above(&parent)?;
        }
        // One of the same name can only be left from a process that was killed and had our number.
        remove(&folder.building);
        fs::create_dir(&folder.building).map_err(io_error("cannot create", &folder.building))?;
        Ok(folder)
    }

    /// Makes the missing folders down to `parent`, and remembers them.
    fn make_above(&mut self, parent: &Path) -> Result<(), FolderError> {
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let missing: Vec<PathBuf> = parent.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        for path in missing.iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => self.made_above.insert(0, path.clone()),
                // Another run was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                    return Err(FolderError::NotAFolder(first_file_above(path)));
                }
                Err(error) => return Err(io_error("cannot create", path)(error)),
            }
        }
        if parent.is_file() {
            return Err(FolderError::NotAFolder(parent.to_owned()));
        }
        Ok(())
    }

    /// Where the results will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where they are built until then.
    pub fn building(&self) -> &Path {
        &self.building
    }

    /// Writes the file `name`, which may lie in folders of its own: `charts/queue.svg`.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.write_with(name, |file| file.write_all(bytes))
    }

    /// Writes the file `name` with what `content` gives it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write_with(
        &self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), FolderError> {
        let path = self.building.join(name);
        let shown = self.target.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_error("cannot create a folder for", &shown))?;
        }
        let write = || {
            let mut file = BufWriter::new(File::create(&path)?);
            content(&mut file)?;
            file.flush()
        };
        write().map_err(io_error("cannot write", &shown))
    }

    /// Puts the folder in place of what was there; returns where it is.
    ///
    /// # Errors
    /// When the file system refuses, or something else has come into the way since the beginning.
    pub fn finish(mut self) -> Result<PathBuf, FolderError> {
        check(&self.target)?;
        match self.placing {
            Placing::Whole => replace(&self.building, &self.target)?,
            Placing::EntryByEntry => replace_entries(&self.building, &self.target)?,
        }
        self.is_placed = true;
        Ok(self.target.clone())
    }

    /// Keeps what there is as `NAME.partial`; returns where it is.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn keep_partial(mut self) -> Result<PathBuf, FolderError> {
        let mut name = self.target.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let mut partial = self.target.with_file_name(name);
        if check(&partial).is_err() {
            // Somebody's own `NAME.partial` is not ours to replace.
            partial.as_mut_os_string().push(format!("-{}", std::process::id()));
        }
        match replace(&self.building, &partial) {
            Ok(()) => {}
            Err(_) if self.placing == Placing::EntryByEntry => {
                partial = self.target.join("partial");
                replace(&self.building, &partial)?;
            }
            Err(error) => return Err(error),
        }
        self.is_placed = true;
        Ok(partial)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_placed {
            remove(&self.building);
            for folder in &self.made_above {
                // Fails, as it should, if something else has come into it.
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

/// Whether there is a folder already, which may be replaced.
fn check(target: &Path) -> Result<bool, FolderError> {
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(FolderError::NotAFolder(first_file_above(target)));
        }
        Err(error) => return Err(io_error("cannot look at", target)(error)),
    };
    if !metadata.is_dir() {
        return Err(FolderError::NotAFolder(target.to_owned()));
    }
    let is_empty = fs::read_dir(target).map_err(io_error("cannot look into", target))?.all(|entry| {
        // Of another run that builds inside, at this moment or before it was killed.
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(".netsim.partial-"))
    });
    let is_ours = || fs::read(target.join(Manifest::FILE)).is_ok_and(|bytes| Manifest::is_ours(&bytes));
    if is_empty || is_ours() { Ok(true) } else { Err(FolderError::Foreign(target.to_owned())) }
}

/// The file that stands where a folder would have to be.
fn first_file_above(path: &Path) -> PathBuf {
    path.ancestors().find(|ancestor| ancestor.is_file()).unwrap_or(path).to_owned()
}

/// Without `.`; `..` stays, because it may go through a symbolic link.
fn without_dots(path: &Path) -> PathBuf {
    let kept: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    if kept.file_name().is_some() { kept } else { path.to_owned() }
}

/// Whether a folder cannot be renamed: we stand in it, or it is a mount point, or its surroundings are not ours.
fn is_fixed(folder: &Path) -> bool {
    let is_here = std::env::current_dir().is_ok_and(|here| here.starts_with(folder));
    let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) else { return true };
    is_here || is_mount_point(folder, parent) || !can_write(parent)
}

#[cfg(unix)]
fn is_mount_point(folder: &Path, parent: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    device(folder) != device(parent)
}

#[cfg(not(unix))]
fn is_mount_point(_folder: &Path, _parent: &Path) -> bool {
    false
}

/// Permissions alone do not tell (read-only mounts, access lists): try.
fn can_write(folder: &Path) -> bool {
    let probe = folder.join(format!(".netsim.probe-{}", std::process::id()));
    let made = fs::create_dir(&probe).is_ok();
    let _ = fs::remove_dir(&probe);
    made
}

/// A hidden name for work in progress.
fn beside(target: &Path, placing: Placing, purpose: &str) -> PathBuf {
    let process = std::process::id();
    match placing {
        Placing::Whole => {
            let name = target.file_name().unwrap_or_default().to_string_lossy();
            target.with_file_name(format!(".{name}.{purpose}-{process}"))
        }
        Placing::EntryByEntry => target.join(format!(".netsim.{purpose}-{process}")),
    }
}

/// Removes a folder as well as can be: what stays is hidden and harmless.
pub(crate) fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}

/// Gives `from` the name `to`. What was there goes first, and comes back if that fails.
fn replace(from: &Path, to: &Path) -> Result<(), FolderError> {
    let old = beside(to, Placing::Whole, "old");
    remove(&old);
    let had_one = match fs::rename(to, &old) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(io_error("cannot replace", to)(error)),
    };
    if let Err(error) = fs::rename(from, to) {
        if had_one {
            let _ = fs::rename(&old, to);
        }
        return Err(io_error("cannot put the results at", to)(error));
    }
    remove(&old);
    Ok(())
}

/// Moves the entries of `from` into `to`, the manifest last, after those of earlier results are gone.
fn replace_entries(from: &Path, to: &Path) -> Result<(), FolderError> {
    let list = |folder: &Path| -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let place = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_owned();
        fs::rename(&path, to.join(name))
    };
    let work = || -> io::Result<()> {
        for path in list(to)?.into_iter().filter(|path| path != from) {
            if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        let (manifest, others): (Vec<_>, Vec<_>) =
            list(from)?.into_iter().partition(|path| path.ends_with(Manifest::FILE));
        others.into_iter().chain(manifest).try_for_each(place)?;
        fs::remove_dir(from)
    };
    work().map_err(io_error("cannot put the results into", to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &[u8] = b"{\"netsim\": \"0.1.0\"}";

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn results(target: &Path, content: &str) -> Folder {
        let folder = Folder::begin(target).unwrap();
        folder.write("manifest.json", MANIFEST).unwrap();
        folder.write("charts/queue.svg", content.as_bytes()).unwrap();
        folder
    }

    #[test]
    fn results_have_their_name_only_when_complete() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("deep/er/fairness");
        let folder = results(&target, "one");
        assert!(!target.exists());
        folder.finish().unwrap();
        assert_eq!(names(&target), ["charts", "manifest.json"]);
        assert_eq!(names(target.parent().unwrap()), ["fairness"]);
    }

    #[test]
    fn a_second_run_replaces_the_first_whole() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("fairness");
        let first = results(&target, "one");
        first.write("old.csv", b"").unwrap();
        first.finish().unwrap();
        results(&target, "two").finish().unwrap();
        assert_eq!(names(&target), ["charts", "manifest.json"]);
        assert_eq!(fs::read_to_string(target.join("charts/queue.svg")).unwrap(), "two");
        assert_eq!(names(around.path()), ["fairness"]);
    }

    #[test]
    fn what_is_not_finished_leaves_no_trace() {
        let around = tempfile::tempdir().unwrap();
        drop(results(&around.path().join("deep/fairness"), "one"));
        assert_eq!(names(around.path()), [""; 0]);
        let target = around.path().join("fairness");
        results(&target, "one").finish().unwrap();
        drop(results(&target, "two"));
        assert_eq!(fs::read_to_string(target.join("charts/queue.svg")).unwrap(), "one");
        assert_eq!(names(around.path()), ["fairness"]);
    }

    #[test]
    fn an_empty_folder_is_taken_and_a_foreign_one_refused() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("photos");
        fs::create_dir(&target).unwrap();
        results(&target, "one").finish().unwrap();
        fs::remove_file(target.join("manifest.json")).unwrap();
        let error = Folder::begin(&target).unwrap_err();
        assert!(matches!(error, FolderError::Foreign(_)), "{error}");
        fs::write(target.join("manifest.json"), "{\"name\": \"a web app\"}").unwrap();
        assert!(matches!(Folder::begin(&target).unwrap_err(), FolderError::Foreign(_)));
        assert_eq!(names(&target), ["charts", "manifest.json"]);
        assert_eq!(names(around.path()), ["photos"]);
    }

    #[test]
    fn a_folder_that_becomes_foreign_meanwhile_is_left_alone() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("fairness");
        let folder = results(&target, "one");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("thesis.tex"), "").unwrap();
        folder.finish().unwrap_err();
        assert_eq!(names(around.path()), ["fairness"]);
        assert_eq!(names(&target), ["thesis.tex"]);
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let around = tempfile::tempdir().unwrap();
        let file = around.path().join("results");
        fs::write(&file, "").unwrap();
        for target in [file.clone(), file.join("fairness"), file.join("deep/fairness")] {
            let error = Folder::begin(&target).unwrap_err();
            assert!(matches!(&error, FolderError::NotAFolder(path) if *path == file), "{error}");
        }
    }

    #[test]
    fn an_interrupted_run_keeps_what_it_had_and_the_earlier_results() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("fairness");
        results(&target, "one").finish().unwrap();
        let partial = results(&target, "half").keep_partial().unwrap();
        assert_eq!(partial, fs::canonicalize(around.path()).unwrap().join("fairness.partial"));
        results(&target, "third").keep_partial().unwrap();
        assert_eq!(names(around.path()), ["fairness", "fairness.partial"]);
        assert_eq!(fs::read_to_string(target.join("charts/queue.svg")).unwrap(), "one");
        assert_eq!(fs::read_to_string(partial.join("charts/queue.svg")).unwrap(), "third");
    }

    #[test]
    fn a_folder_that_cannot_be_renamed_is_filled_entry_by_entry() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("out");
        results(&target, "one").finish().unwrap();
        let mut folder = results(&target, "two");
        remove(&folder.building);
        (folder.placing, folder.building) = (Placing::EntryByEntry, target.join(".netsim.partial-1"));
        folder.write("charts/cwnd.svg", b"two").unwrap();
        folder.write("manifest.json", MANIFEST).unwrap();
        folder.finish().unwrap();
        assert_eq!(names(&target), ["charts", "manifest.json"]);
        assert_eq!(names(&target.join("charts")), ["cwnd.svg"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_to_a_folder_is_followed() {
        let around = tempfile::tempdir().unwrap();
        fs::create_dir(around.path().join("real")).unwrap();
        let link = around.path().join("link");
        std::os::unix::fs::symlink("real", &link).unwrap();
        results(&link, "one").finish().unwrap();
        assert!(link.is_symlink());
        assert_eq!(names(&around.path().join("real")), ["charts", "manifest.json"]);
    }
}
