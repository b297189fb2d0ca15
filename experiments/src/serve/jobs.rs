//! Runs that the page asks for: one at a time, each for a limited time, into a temporary folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::outline;
use crate::cli::{Exit, RunOptions};
use crate::file::{Checked, Overrides, Surroundings};
use crate::results::folder::Folder;
use crate::results::progress::{Board, Interrupt, Progress, Standing};
use crate::run::run_one;

/// Results of this many runs are kept: the one that is shown, and those before.
const MOST_KEPT: usize = 3;
/// Larger networks are not run here.
const MOST_NODES: usize = 20_000;
const MOST_CABLES: usize = 60_000;
/// Nor is what takes more values in its series than this: about a gigabyte.
const MOST_VALUES: u64 = 100_000_000;

/// All runs since the start.
#[derive(Debug)]
pub(super) struct Jobs {
    /// Disappears with this.
    folder: TempDir,
    limit: Duration,
    /// Only one run at a time.
    turn: Arc<Semaphore>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By id, with the number of each.
    jobs: BTreeMap<String, Arc<Job>>,
    count: usize,
}

/// A run that was asked for.
#[derive(Debug)]
pub(super) struct Job {
    /// Nobody can guess it: who knows it may see the results.
    pub(super) id: String,
    number: usize,
    file: String,
    folder: PathBuf,
    interrupt: Interrupt,
    board: Board,
    state: Mutex<State>,
}

#[derive(Clone, Debug)]
enum State {
    /// Another run is coming to its end.
    Waiting,
    Checking,
    Running,
    /// Its time is over, or somebody pressed Stop: what there is is being written.
    Stopping(Why),
    Ended(Ended),
}

/// Why a run is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Asked,
    TimeIsOver,
}

/// How a run ended.
#[derive(Clone, Debug)]
struct Ended {
    /// One word for the page: `done`, `missed`, `stopped`, `limit`, `invalid`, `refused` or `failed`.
    outcome: &'static str,
    /// What to tell the user.
    words: String,
    /// What the check said.
    remarks: Vec<Json>,
    /// The summary as the command line prints it.
    summary: String,
    title: String,
    /// Where the results are, and what is there.
    results: Option<(PathBuf, Vec<String>)>,
}

impl Ended {
    fn without_results(outcome: &'static str, words: impl Into<String>) -> Self {
        let (summary, title, remarks) = (String::new(), String::new(), Vec::new());
        Ended { outcome, words: words.into(), remarks, summary, title, results: None }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Jobs {
    pub(super) fn new(limit: Duration) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("netsim-serve-").tempdir()?;
        Ok(Jobs { folder, limit, turn: Arc::new(Semaphore::new(1)), known: Mutex::default() })
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Begins a run of `text`, the experiment `file`, and stops those before it.
    pub(super) fn begin(&self, file: &str, text: String, around: Surroundings) -> Arc<Job> {
        self.stop_all();
        let mut known = lock(&self.known);
        known.count += 1;
        let number = known.count;
        let job = Arc::new(Job {
            id: super::secret(),
            number,
            file: file.to_owned(),
            folder: self.folder.path().join(format!("run-{number}")),
            interrupt: Interrupt::default(),
            board: Board::default(),
            state: Mutex::new(State::Waiting),
        });
        known.jobs.insert(job.id.clone(), job.clone());
        forget_old(&mut known);
        let (turn, limit) = (self.turn.clone(), self.limit);
        tokio::spawn(job.clone().conduct(text, around, turn, limit));
        job
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Job>> {
        lock(&self.known).jobs.get(id).cloned()
    }

    /// Stops whatever runs.
    pub(super) fn stop_all(&self) {
        for job in lock(&self.known).jobs.values() {
            job.stop(Why::Asked);
        }
    }
}

/// Removes the results that nobody looks at any more.
fn forget_old(known: &mut Known) {
    let newest = known.count;
    known.jobs.retain(|_, job| {
        let is_kept = job.number + MOST_KEPT > newest || !job.has_ended();
        if !is_kept && let State::Ended(Ended { results: Some((folder, _)), .. }) = &*lock(&job.state) {
            // What cannot be removed now goes with the whole folder.
            let _ = std::fs::remove_dir_all(folder);
        }
        is_kept
    });
}

impl Job {
    fn has_ended(&self) -> bool {
        matches!(*lock(&self.state), State::Ended(_))
    }

    /// Asks the run to stop; it does between two events.
    pub(super) fn stop_asked(&self) {
        self.stop(Why::Asked);
    }

    fn stop(&self, why: Why) {
        let mut state = lock(&self.state);
        match *state {
            State::Waiting | State::Checking | State::Running => *state = State::Stopping(why),
            State::Stopping(_) | State::Ended(_) => {}
        }
        self.interrupt.press();
    }

    async fn conduct(self: Arc<Self>, text: String, around: Surroundings, turn: Arc<Semaphore>, limit: Duration) {
        let _turn = turn.acquire_owned().await.expect("it is never closed");
        let job = self.clone();
        let mut work = tokio::task::spawn_blocking(move || job.work(&text, &around, limit));
        let worked = tokio::select! {
            worked = &mut work => worked,
            () = tokio::time::sleep(limit) => {
                self.stop(Why::TimeIsOver);
                work.await
            }
        };
        let ended = worked.unwrap_or_else(|_| {
            Ended::without_results("failed", "this run ended in a fault of netsim; the terminal says more")
        });
        *lock(&self.state) = State::Ended(ended);
    }

    fn why_stopped(&self) -> Option<Why> {
        match *lock(&self.state) {
            State::Stopping(why) => Some(why),
            State::Waiting | State::Checking | State::Running | State::Ended(_) => None,
        }
    }

    /// Goes on to `next` unless it is to stop.
    fn enter(&self, next: State) -> bool {
        let mut state = lock(&self.state);
        let goes_on = matches!(*state, State::Waiting | State::Checking | State::Running);
        if goes_on {
            *state = next;
        }
        goes_on
    }

    fn work(&self, text: &str, around: &Surroundings, limit: Duration) -> Ended {
        let stopped = || match self.why_stopped() {
            Some(Why::TimeIsOver) => ("limit", over(limit)),
            Some(Why::Asked) | None => ("stopped", "Stopped. What there was until then is shown.".to_owned()),
        };
        let before_it_began = || Ended::without_results("stopped", "Stopped before it began.");
        if !self.enter(State::Checking) {
            return before_it_began();
        }
        let checked = match outline::check(around, &self.file, text) {
            Ok(checked) => checked,
            Err(errors) => {
                let words = "The experiment has errors: nothing was run.";
                return Ended { remarks: outline::remarks(&errors), ..Ended::without_results("invalid", words) };
            }
        };
        if let Err(why) = fits(&checked) {
            return Ended::without_results("refused", why);
        }
        if !self.enter(State::Running) {
            return before_it_began();
        }
        let folder = match Folder::begin(&self.folder) {
            Ok(folder) => folder,
            Err(error) => return Ended::without_results("failed", error.to_string()),
        };
        let progress =
            Progress::on_board(&checked.name, checked.plan.len(), self.board.clone(), self.interrupt.clone());
        let ran = run_one(&self.options(), &checked, folder, progress);
        let partial = self.folder.with_extension("partial");
        let results = [self.folder.clone(), partial].into_iter().find(|folder| folder.is_dir());
        let (outcome, words) = match ran.exit {
            Exit::Done => ("done", String::new()),
            Exit::Missed => ("missed", missed(&ran.document)),
            Exit::Interrupted => stopped(),
            Exit::Usage | Exit::Invalid | Exit::Failed => {
                let error = ran.document.get("error").and_then(Json::as_str);
                ("failed", error.unwrap_or("the run failed; the terminal says why").to_owned())
            }
        };
        Ended {
            outcome,
            words,
            remarks: outline::remarks(&checked.warnings),
            summary: self.without_files(&anstream::adapter::strip_str(&ran.text).to_string()),
            title: checked.experiment.title.clone(),
            results: results.map(|folder| (folder.clone(), files_in(&folder))),
        }
    }

    /// The summary without the line that says where the files are: in a folder that goes.
    fn without_files(&self, summary: &str) -> String {
        let folder = self.folder.display().to_string();
        let lines = summary.lines().filter(|line| !line.starts_with(&folder));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn options(&self) -> RunOptions {
        RunOptions {
            files: vec![PathBuf::from(&self.file)],
            overrides: Overrides::default(),
            out: Some(self.folder.clone()),
            threads: NonZeroUsize::MIN,
            json: false,
            quiet: true,
            png: false,
            charts: true,
            report: true,
            open: false,
            command: vec!["netsim".into(), "serve".into()],
        }
    }

    /// How it stands, for the page.
    pub(super) fn document(&self) -> Json {
        let Standing { runs, run, now_s, end_s, events, elapsed_s, share } = *lock(&self.board);
        let state = lock(&self.state);
        let word = match &*state {
            State::Waiting => "waiting",
            State::Checking => "checking",
            State::Running => "running",
            State::Stopping(_) => "stopping",
            State::Ended(_) => "ended",
        };
        let mut document = json!({
            "id": self.id,
            "file": self.file,
            "state": word,
            "progress": {
                "runs": runs, "run": run, "now_s": now_s, "end_s": end_s, "events": events, "elapsed_s": elapsed_s,
                "share": share,
            },
        });
        if let State::Ended(ended) = &*state {
            document["outcome"] = ended.outcome.into();
            document["words"] = ended.words.as_str().into();
            document["remarks"] = ended.remarks.clone().into();
            if let Some((_, files)) = &ended.results {
                let has_report = files.iter().any(|file| file == REPORT);
                document["page"] =
                    format!("/results/{}/{}", self.id, if has_report { REPORT } else { OVERVIEW }).into();
                document["is_report"] = has_report.into();
            }
        }
        document
    }

    /// A file of the results, and what kind it is.
    pub(super) fn result(&self, name: &str) -> Option<(&'static str, Vec<u8>)> {
        let state = lock(&self.state);
        let State::Ended(ended) = &*state else { return None };
        let (folder, files) = ended.results.as_ref()?;
        if name == OVERVIEW {
            return Some((HTML, ended.overview(files).into_bytes()));
        }
        // Only what the run wrote has a name here: no path can lead elsewhere.
        let known = files.iter().find(|file| *file == name)?;
        let path = folder.join(known);
        drop(state);
        let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("html") => HTML,
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("json") => "application/json; charset=utf-8",
            Some("csv") => "text/csv; charset=utf-8",
            Some(_) | None => "application/octet-stream",
        };
        Some((kind, std::fs::read(path).ok()?))
    }
}

/// The report of a run, and what is shown where there is none.
const REPORT: &str = "report.html";
const OVERVIEW: &str = "overview.html";
const HTML: &str = "text/html; charset=utf-8";

fn over(limit: Duration) -> String {
    let seconds = limit.as_secs();
    format!(
        "This took more than {seconds} s and was stopped; what there was until then is shown. `netsim run` has no such \
             limit, and `netsim serve --limit` sets another."
    )
}

fn missed(document: &Json) -> String {
    let expectations = document.get("expectations").and_then(Json::as_array).into_iter().flatten();
    let count = expectations.filter(|one| one.get("met").and_then(Json::as_bool) == Some(false)).count();
    match count {
        0 => "Expectations were missed.".into(),
        1 => "One expectation was missed.".into(),
        _ => format!("{count} expectations were missed."),
    }
}

/// Whether an experiment is of a size that a page in a browser is for.
fn fits(checked: &Checked) -> Result<(), String> {
    let (nodes, cables) = (checked.topology.nodes.len(), checked.topology.cables.len());
    let instead = "run it with `netsim run`";
    if nodes > MOST_NODES || cables > MOST_CABLES {
        return Err(format!(
            "{nodes} nodes and {cables} cables are more than is run here, {MOST_NODES} and {MOST_CABLES}: {instead}"
        ));
    }
    let largest = checked.plan.iter().map(|point| {
        let samples = point.experiment.duration.picos() / point.experiment.sample_interval().picos().max(1);
        let flows = point.flows.iter().filter(|flow| !flow.is_arrival).count();
        samples.saturating_mul((12 * flows + 8 * point.topology.cables.len()) as u64)
    });
    let largest = largest.max().unwrap_or(0);
    if largest > MOST_VALUES {
        return Err(format!(
            "its series would have {largest} values, more than the {MOST_VALUES} of a run here: {instead}"
        ));
    }
    Ok(())
}

/// The files in a folder and the folders in it, with `/`.
fn files_in(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, above: &str, files: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = format!("{above}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), files);
            } else {
                files.push(name);
            }
        }
    }
    let mut files = Vec::new();
    walk(folder, "", &mut files);
    files.sort();
    files
}

impl Ended {
    /// A plain page of results that have no report.
    fn overview(&self, files: &[String]) -> String {
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head>\
             <body><main><h1>{0}</h1>",
            escaped(&self.title)
        );
        if !self.words.is_empty() {
            let _ = write!(page, "<p>{}</p>", escaped(&self.words));
        }
        let _ = write!(page, "<pre tabindex=\"0\" aria-label=\"Summary\">{}</pre>", escaped(self.summary.trim_end()));
        for file in files.iter().filter(|file| file.starts_with("charts/") && file.ends_with(".svg")) {
            let name = file.trim_start_matches("charts/").trim_end_matches(".svg").replace('_', " ");
            let _ = write!(page, "<figure><img src=\"{}\" alt=\"Chart: {}\"></figure>", encoded(file), escaped(&name));
        }
        page.push_str("<h2>Files</h2><ul>");
        for file in files {
            let _ = write!(page, "<li><a href=\"{}\">{}</a></li>", encoded(file), escaped(file));
        }
        page + "</ul></main></body></html>"
    }
}

const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;padding:1rem 1.25rem;background:#fcfbf8;color:#16191d;\
    font:1rem/1.4 Inter,'Segoe UI','Helvetica Neue','Liberation Sans',Arial,sans-serif}h1{font-size:1.375rem}h2{font-size:1.125rem}\
    pre{overflow:auto;font-size:.875rem}img{max-width:100%;background:#fff}figure{margin:1rem 0}a{color:#0b5cad}\
    @media(prefers-color-scheme:dark){body{background:#15181c;color:#f1efe9}a{color:#7cbcff}}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A path as it stands in an address.
fn encoded(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
    utf8_percent_encode(path, PLAIN).to_string()
}
