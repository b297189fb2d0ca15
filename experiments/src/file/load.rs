//! From a file on disk to runs that cannot fail, or to everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Component, Path as FilePath, PathBuf};
use std::sync::Arc;

use topologies::Topology;

use super::arrivals::{Arrivals, CdfSizes, Scale, SizeUnit, Sizes};
use super::diagnostic::{Diagnostic, Diagnostics, Report, Severity};
use super::path::Path;
use super::plan::RunPoint;
use super::sizes::Distribution;
use super::spec::{Experiment, Flow};
use super::tree::{Member, Node, Origin, Value};
use super::{edit, network, rules, schema, sweep, tree, walk};

/// Larger files are refused.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// What the command line changes in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Arguments of `--set`, in order: `path=value`.
    pub set: Vec<String>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--repetitions`.
    pub repetitions: Option<u32>,
}

impl Overrides {
    /// What is changed, as one says it: `duration=10 s`, `seed=7`.
    pub fn in_words(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        let repetitions = self.repetitions.map(|repetitions| format!("repetitions={repetitions}"));
        self.set.iter().cloned().chain(seed).chain(repetitions).collect()
    }
}

/// A checked experiment.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The file's name without folder and extension: what its results are called.
    pub name: String,
    /// The experiment with every default filled in; its sweep and flows made by `each` are as written.
    pub experiment: Experiment,
    /// The network of the experiment itself, without swept values; limits in `bdp` as written.
    pub topology: Arc<Topology>,
    /// Every run: the points of the sweep, each with its repetitions. At least one.
    pub plan: Vec<RunPoint>,
    /// What the command line changed in it.
    pub overrides: Overrides,
    /// Warnings; without an error among them.
    pub warnings: Diagnostics,
}

/// Where the files that an experiment names are looked for.
#[derive(Clone, Debug)]
pub struct Surroundings {
    folder: PathBuf,
    /// What they must not lead out of, without symbolic links in its own path.
    fence: Option<PathBuf>,
}

impl Surroundings {
    /// From `folder`, and wherever names lead from there.
    pub fn of(folder: &FilePath) -> Self {
        Surroundings { folder: folder.to_owned(), fence: None }
    }

    /// From `folder`, and nowhere outside of `fence`.
    ///
    /// # Errors
    /// When there is no such `fence`.
    pub fn within(folder: &FilePath, fence: &FilePath) -> std::io::Result<Self> {
        Ok(Surroundings { folder: folder.to_owned(), fence: Some(std::fs::canonicalize(fence)?) })
    }

    /// The path of the file that an experiment calls `name`.
    ///
    /// # Errors
    /// Says why it may not be read.
    pub(super) fn path(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        let Some(fence) = &self.fence else { return Ok(path) };
        let outside = || "this file lies outside of the folder that may be read".to_owned();
        // By its name first: whether files outside exist is nobody's business either.
        if !FilePath::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(outside());
        }
        // Then by where symbolic links lead. A file that does not exist is reported by whoever reads it.
        match std::fs::canonicalize(&path) {
            Ok(real) if !real.starts_with(fence) => Err(outside()),
            Ok(_) | Err(_) => Ok(path),
        }
    }
}

/// Reads and checks a file.
///
/// # Errors
/// Everything that is wrong with it, and the warnings.
pub fn load(path: &FilePath, overrides: &Overrides) -> Result<Checked, Diagnostics> {
    let shown = path.display().to_string();
    let text = read(path, "an experiment").map_err(|Unread { problem, is_unreadable }| Diagnostics {
        is_unreadable,
        ..Diagnostics::new(&shown, "".into(), vec![*problem])
    })?;
    let text: Arc<str> = text.into();
    let name = name_of(path).map_err(|message| {
        Diagnostics::new(&shown, text.clone(), vec![Diagnostic::error(Path::root(), Origin::start(), message)])
    })?;
    load_text(&shown, &name, text, overrides)
}

/// What the experiment in the file `path` is called, and the folder of its results: the file's name without extension.
///
/// # Errors
/// When that could not be the name of a folder, or only of a hidden one: results in `results/..` would lie outside of
/// `results`, and those in `results/.` would replace all others.
pub fn name_of(path: &FilePath) -> Result<String, String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if name.is_empty() || name.starts_with('.') {
        return Err(format!(
            "an experiment and the folder of its results are called like the file without `.json`, and `{name}` is no \
             name for them: choose one that does not begin with a dot"
        ));
    }
    Ok(name.into_owned())
}

/// Checks the text of a file called `file`, whose results are called `name`. Files that it names are looked for beside
/// it.
///
/// # Errors
/// Everything that is wrong with it, and the warnings.
pub fn load_text(file: &str, name: &str, text: Arc<str>, overrides: &Overrides) -> Result<Checked, Diagnostics> {
    let around = Surroundings::of(FilePath::new(file).parent().unwrap_or(FilePath::new("")));
    load_text_in(&around, file, name, text, overrides)
}

/// The same, with files that it names looked for in `around`.
///
/// # Errors
/// Everything that is wrong with it, and the warnings.
pub fn load_text_in(
    around: &Surroundings,
    file: &str,
    name: &str,
    text: Arc<str>,
    overrides: &Overrides,
) -> Result<Checked, Diagnostics> {
    let mut problems = Vec::new();
    match check(&text, around, overrides, &mut problems) {
        Some((experiment, topology, plan)) => {
            let warnings = Diagnostics::new(file, text, problems);
            let (name, overrides) = (name.to_owned(), overrides.clone());
            Ok(Checked { name, experiment, topology, plan, overrides, warnings })
        }
        None => Err(Diagnostics::new(file, text, problems)),
    }
}

/// Why there is nothing to check.
pub(super) struct Unread {
    pub(super) problem: Box<Diagnostic>,
    /// Whether it is the file system's fault.
    is_unreadable: bool,
}

impl Unread {
    fn new(message: String, is_unreadable: bool) -> Self {
        Unread { problem: Box::new(Diagnostic::error(Path::root(), Origin::start(), message)), is_unreadable }
    }
}

/// The text of the file, without a byte order mark. `what` it is stands in messages.
fn read(path: &FilePath, what: &str) -> Result<String, Unread> {
    let bytes = bytes(path, LARGEST_FILE, what)?;
    let problem = |message: String| Unread::new(message, false);
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return problem("this file is in UTF-16: save it as UTF-8".into());
        }
        let line = bytes[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1;
        problem(format!("this file is not UTF-8: byte {} on line {line} belongs to no character", valid + 1))
    })?;
    Ok(text.strip_prefix('\u{FEFF}').map_or(text.clone(), str::to_owned))
}

/// What a file holds, if it is not larger than `most`. `what` it is stands in messages.
pub(super) fn bytes(path: &FilePath, most: u64, what: &str) -> Result<Vec<u8>, Unread> {
    use std::io::ErrorKind;
    let failed = |error: std::io::Error| {
        let message = match error.kind() {
            ErrorKind::NotFound => "there is no such file".into(),
            ErrorKind::PermissionDenied => "this file may not be read".into(),
            _ => format!("cannot read this file: {error}"),
        };
        Unread::new(message, true)
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(Unread::new(format!("this is a directory, not {what} file"), true));
    }
    let mib = |size: u64| size / (1024 * 1024);
    if metadata.len() > most {
        let message = format!("this file has {} MiB; {what} has at most {} MiB", mib(metadata.len()), mib(most));
        return Err(Unread::new(message, false));
    }
    // What has no length, such as a device or a pipe, may go on without end.
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(Unread::new(format!("this file goes on after {} MiB, the most that {what} has", mib(most)), false));
    }
    Ok(bytes)
}

/// Everything after reading; says what it finds in `problems`, and gives nothing if an error was among them.
fn check(
    text: &str,
    around: &Surroundings,
    overrides: &Overrides,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Experiment, Arc<Topology>, Vec<RunPoint>)> {
    let mut tree = tree::parse(text).map_err(|said| problems.extend(said)).ok()?;
    for argument in &overrides.set {
        if let Err(problem) = edit::set_argument(&mut tree, argument) {
            problems.push(*problem);
        }
    }
    set_number(&mut tree, "seed", overrides.seed);
    let schema = schema::schema();
    problems.extend(walk::check(&tree, schema));
    let repetitions = overrides.repetitions.map(u64::from);
    if repetitions == Some(0) {
        let origin = Origin::Argument("--repetitions 0".into());
        problems.push(Diagnostic::error(Path::root(), origin, "at least one run is needed".into()));
    }
    if !problems.is_empty() {
        return None;
    }
    let mut experiment: Experiment = deserialize(&tree, problems)?;
    let repetitions = repetitions.unwrap_or_else(|| experiment.sweep.as_ref().map_or(1, |s| u64::from(s.repetitions)));
    let points = sweep::points(&tree, repetitions).map_err(|said| problems.extend(said)).ok()?;
    let is_swept = points.len() > 1 || points.iter().any(|point| !point.parameters.is_empty());
    let base = network::lay_out(&experiment, around, &tree, problems)?;
    network::relate(&mut experiment, &base);

    let mut base_report = Report::new(&tree);
    let base_sizes = sizes(&experiment, around, &mut base_report);
    problems.append(&mut base_report.list);

    let mut plan = Vec::with_capacity(points.len());
    let mut said_of_points: Vec<Vec<Diagnostic>> = vec![Vec::new(); points.len()];
    for (point, problems) in points.iter().zip(&mut said_of_points) {
        let (experiment, topology) = if is_swept {
            let said = walk::check(&point.tree, schema);
            if !said.is_empty() {
                problems.extend(said);
                continue;
            }
            let Some(mut swept) = deserialize::<Experiment>(&point.tree, problems) else { continue };
            let is_same = swept.topology == experiment.topology
                && swept.seed == experiment.seed
                && swept.addressing == experiment.addressing;
            let topology = match is_same {
                true => base.clone(),
                false => match network::lay_out(&swept, around, &point.tree, problems) {
                    Some(topology) => topology,
                    None => continue,
                },
            };
            network::relate(&mut swept, &topology);
            (swept, topology)
        } else {
            (Experiment { sweep: None, ..experiment.clone() }, base.clone())
        };
        let experiment = Arc::new(experiment);
        let first = plan.len();
        let mut report = Report::new(&point.tree);
        let of_point = is_swept.then(|| sizes(&experiment, around, &mut report));
        let sizes = of_point.as_ref().unwrap_or(&base_sizes);
        problems.append(&mut report.list);
        for repetition in 0..u32::try_from(repetitions).unwrap_or(u32::MAX) {
            let seed = experiment.seed.wrapping_add(u64::from(repetition));
            let mut report = Report::new(&point.tree);
            let run = rules::plan(&experiment, &topology, seed, &point.tree, plan.get(first), sizes, &mut report);
            problems.append(&mut report.list);
            let Some(run) = run else { break };
            plan.push(RunPoint { parameters: point.parameters.clone(), repetition, ..run });
        }
    }
    tell_the_points(&points, &mut said_of_points);
    problems.extend(said_of_points.into_iter().flatten());
    let mut report = Report::new(&tree);
    rules::charts::check_sweep_charts(&experiment, &plan, &mut report);
    problems.append(&mut report.list);
    if problems.iter().any(|one| one.severity == Severity::Error) {
        return None;
    }
    fill_defaults(&mut experiment, &base_sizes);
    Some((experiment, base, plan))
}

/// Adds to each error that not all points of a sweep have with which values it comes.
fn tell_the_points(points: &[sweep::Point], said: &mut [Vec<Diagnostic>]) {
    let key = |one: &Diagnostic| (one.message.clone(), one.path.to_string());
    let mut points_with: BTreeMap<(String, String), usize> = BTreeMap::new();
    for of_point in said.iter() {
        for distinct in of_point.iter().map(key).collect::<BTreeSet<_>>() {
            *points_with.entry(distinct).or_default() += 1;
        }
    }
    for (point, of_point) in points.iter().zip(said) {
        let values: Vec<String> = point.parameters.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        for one in of_point.iter_mut().filter(|one| one.severity == Severity::Error) {
            if points_with[&key(one)] < points.len() {
                one.help.push(format!("swept: {}", values.join(", ")));
            }
        }
    }
}

/// Writes out what the file leaves to be derived from the rest of it.
fn fill_defaults(experiment: &mut Experiment, sizes: &[Option<Distribution>]) {
    experiment.sample_interval = Some(experiment.sample_interval());
    for flow in &mut experiment.flows {
        let is_started_by_event = experiment.events.iter().any(|event| event.start.as_ref() == Some(&flow.name));
        // The flows that an entry with `each` makes are started one by one.
        if !is_started_by_event && flow.each.is_none() {
            flow.start.get_or_insert_default();
        }
    }
    // What stands in files beside: the experiment is then complete in itself.
    for (flow, sizes) in experiment.flows.iter_mut().zip(sizes) {
        if let Some(Arrivals { sizes: Sizes::Cdf(said), .. }) = &mut flow.arrivals
            && let Some(Distribution::Cdf(cdf)) = sizes
        {
            *said = CdfSizes {
                file: None,
                points: Some(cdf.points().to_vec()),
                unit: SizeUnit::Bytes,
                scale: Some(Scale::Fraction),
                interpolation: said.interpolation,
            };
        }
    }
}

/// The text of a file that an experiment names. `what` it is stands in messages.
pub(super) fn read_beside(around: &Surroundings, name: &str, what: &str) -> Result<String, String> {
    let text = around.path(name).and_then(|path| read(&path, what).map_err(|unread| unread.problem.message));
    text.map_err(|why| format!("{name}: {why}"))
}

/// The distributions of sizes of the flows that come at random, by entry; none where there is none or it is wrong.
fn sizes(experiment: &Experiment, around: &Surroundings, report: &mut Report<'_>) -> Vec<Option<Distribution>> {
    let mut of_entry = |(index, flow): (usize, &Flow)| {
        let arrivals = flow.arrivals.as_ref()?;
        let mss = flow.tcp.as_ref().map_or(0, |tcp| tcp.config.mss.get());
        let made = Distribution::new(&arrivals.sizes, mss, |name| read_beside(around, name, "a distribution"));
        made.map_err(|(field, message)| {
            let at = Path::root().field("flows").index(index).field("arrivals").field("sizes");
            report.error(&field.into_iter().fold(at, |at, step| at.field(step)), message);
        })
        .ok()
    };
    experiment.flows.iter().enumerate().map(&mut of_entry).collect()
}

/// Puts a number of the command line in place of one in the file.
fn set_number(tree: &mut Node, name: &str, number: Option<u64>) {
    let Some(number) = number else { return };
    let origin = Origin::Argument(format!("--{name} {number}").into());
    let node = Node { value: Value::Number(number.into()), origin: origin.clone() };
    if let Value::Object(members) = &mut tree.value {
        members.retain(|member| member.name != name);
        members.push(Member { name: name.to_owned(), name_origin: origin, node });
    }
}

/// The experiment that a tree without faults describes.
pub(super) fn deserialize<T: serde::de::DeserializeOwned>(tree: &Node, problems: &mut Vec<Diagnostic>) -> Option<T> {
    let said = |error: serde_path_to_error::Error<serde_json::Error>| {
        use serde_path_to_error::Segment;
        let mut path = Path::root();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => path = path.index(*index),
                Segment::Map { key } => path = path.field(key),
                Segment::Enum { .. } | Segment::Unknown => break,
            }
        }
        let origin = tree.nearest(&path).origin.clone();
        Diagnostic::error(path, origin, error.into_inner().to_string())
    };
    serde_path_to_error::deserialize(tree.to_json()).map_err(|error| problems.push(said(error))).ok()
}
