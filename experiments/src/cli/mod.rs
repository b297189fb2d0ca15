//! The command line: what it understands, and which exit code it ends with.

mod check;
mod list;
mod new;
mod serve;
pub mod terminal;
mod topo;
mod verify;
mod why;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::file::edit::split_argument;
use crate::file::{Overrides, schema_text};

/// How a command ended; the numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// All done, all expectations met.
    Done = 0,
    /// An expectation failed.
    Missed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The experiment is invalid.
    Invalid = 3,
    /// A run or the file system failed.
    Failed = 4,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Simulates computer networks, packet by packet, to see how their protocols work.
#[derive(Debug, Parser)]
#[command(name = "netsim", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, and expectations met; 1 an expectation failed; 2 usage; \
    3 the experiment is invalid; 4 a run or the file system failed; 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run experiments and write their results.
    Run(RunArguments),
    /// Check experiments without running them.
    Check(CheckArguments),
    /// Print the JSON schema of experiment files.
    Schema,
    /// List what there is to choose from.
    List {
        /// What to list; everything if not said.
        what: Option<list::Kind>,
    },
    /// Look at networks: shapes and files of others.
    Topo {
        #[command(subcommand)]
        what: topo::Topo,
    },
    /// Run the textbook's known answers, and print what must come out beside what does.
    Verify {
        /// Which; all if not said.
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// Print the answers as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run an experiment, and say why a packet was dropped or sent again, a window cut, or a route changed.
    Why(why::Why),
    /// Write a commented experiment to start from.
    New {
        /// Its name: writes NAME.json, and never over an existing file.
        name: PathBuf,
        /// What to start from.
        #[arg(long, value_enum, default_value_t)]
        from: new::Template,
    },
    /// Serve a local page that lists, edits and runs experiments, and shows their reports.
    Serve(serve::ServeArguments),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

#[derive(Debug, clap::Args)]
struct RunArguments {
    /// Experiment files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where the results go [default: results/NAME].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Threads to run on. Results do not depend on it.
    #[arg(long, value_name = "N", default_value = "1")]
    threads: NonZeroUsize,
    /// Print the summary as JSON, and nothing else, on standard output.
    #[arg(long)]
    json: bool,
    /// Print neither progress nor summary.
    #[arg(long, short)]
    quiet: bool,
    /// Write charts as PNG too.
    #[arg(long, conflicts_with = "no_charts")]
    png: bool,
    /// Write no charts.
    #[arg(long)]
    no_charts: bool,
    /// Write no report.html, and record nothing for it.
    #[arg(long)]
    no_report: bool,
    /// Open the report in the browser when it is written.
    #[arg(long, conflicts_with = "no_report")]
    open: bool,
}

#[derive(Debug, clap::Args)]
struct CheckArguments {
    /// Experiment files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Print the experiment with every default filled in.
    #[arg(long)]
    effective: bool,
    /// Print the outcome as JSON on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Changes {
    /// Replace the seed.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Replace a value, as in `flows[0].start="5 s"` or `topology.bottleneck.delay="20 ms"`.
    #[arg(long, value_name = "PATH=VALUE", value_parser = setting)]
    set: Vec<String>,
    /// Run everything this many times, with seed, seed + 1, ….
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: Option<u32>,
}

/// An argument of `--set`, if it is of the form `path=value`; whether the path leads somewhere depends on the file.
fn setting(argument: &str) -> Result<String, String> {
    split_argument(argument).map(|_| argument.to_owned())
}

impl From<Changes> for Overrides {
    fn from(changes: Changes) -> Self {
        Overrides { set: changes.set, seed: changes.seed, repetitions: changes.repetitions }
    }
}

/// What `netsim run` is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Experiment files, at least one.
    pub files: Vec<PathBuf>,
    /// What the command line changes in each of them.
    pub overrides: Overrides,
    /// Where the results go; `results/NAME` if not said. Several files write `DIR/NAME`.
    pub out: Option<PathBuf>,
    /// Threads to run on. Results do not depend on it.
    pub threads: NonZeroUsize,
    /// Whether standard output is one JSON document.
    pub json: bool,
    /// Whether neither progress nor summary is printed.
    pub quiet: bool,
    /// Whether charts are written as PNG too.
    pub png: bool,
    /// Whether charts are written.
    pub charts: bool,
    /// Whether a report is written.
    pub report: bool,
    /// Whether the report is opened in the browser.
    pub open: bool,
    /// The command line as it was given, for the manifest.
    pub command: Vec<String>,
}

/// Does what `arguments` say, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, everything else is a complaint; clap knows which stream is whose.
            let printed = error.print();
            return match (error.exit_code(), printed) {
                (0, _) => Exit::Done,
                _ => Exit::Usage,
            };
        }
    };
    match cli.command {
        Command::Run(run) => {
            let command = arguments.iter().map(|one| one.to_string_lossy().into_owned()).collect();
            crate::run::run_files(&RunOptions {
                files: run.files,
                overrides: run.changes.into(),
                out: run.out,
                threads: run.threads,
                json: run.json,
                quiet: run.quiet,
                png: run.png,
                charts: !run.no_charts,
                report: !run.no_report,
                open: run.open,
                command,
            })
        }
        Command::Check(check) => check::check(&check.files, &check.changes.into(), check.effective, check.json),
        Command::Schema => terminal::print(&schema_text()),
        Command::List { what } => list::list(what),
        Command::Topo { what } => topo::topo(what),
        Command::Verify { ids, json } => verify::verify(&ids, json),
        Command::Why(asked) => why::why(&asked),
        Command::New { name, from } => new::new(&name, from),
        Command::Serve(arguments) => serve::serve(arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "netsim", &mut script);
            terminal::print(&String::from_utf8_lossy(&script))
        }
        Command::Man => terminal::print(&manual()),
    }
}

/// The manual: a page for netsim, followed by one for each command.
fn manual() -> String {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    let page = |command: clap::Command, text: &mut Vec<u8>| {
        clap_mangen::Man::new(command).render(text).expect("memory can be written to");
    };
    page(command.clone(), &mut text);
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        page(inner.clone(), &mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}
