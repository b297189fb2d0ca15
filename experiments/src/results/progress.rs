//! How far a run is, on standard error; and the user's wish to stop.
//!
//! On a terminal a bar, elsewhere a line every two seconds. What is said here is not part of the results.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plots::si;
use sim_core::time::Time;

use super::clock::Stopwatch;
use super::{folder, seconds};
use crate::cli::{Exit, terminal};
use crate::run::measure::{Go, Observer};

/// What the user's Ctrl-C does: once to stop between two instants and keep what there is, twice to leave at once.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    is_pressed: Arc<AtomicBool>,
    /// Folders under construction, to be removed when leaving at once.
    building: Arc<Mutex<Vec<PathBuf>>>,
}

impl Interrupt {
    /// Listens from now on. Where that is not possible, the system's own answer to Ctrl-C remains.
    pub fn listen() -> Self {
        let interrupt = Interrupt::default();
        let heard = interrupt.clone();
        let _ = ctrlc::set_handler(move || {
            if heard.is_pressed.swap(true, Ordering::SeqCst) {
                let building = heard.building.lock().unwrap_or_else(PoisonError::into_inner);
                building.iter().for_each(|path| folder::remove(path));
                std::process::exit(Exit::Interrupted as i32);
            }
            terminal::message("stopping, and keeping what there is; press Ctrl-C again to leave at once");
        });
        interrupt
    }

    /// As if the user had pressed Ctrl-C once.
    pub fn press(&self) {
        self.is_pressed.store(true, Ordering::SeqCst);
    }

    /// Whether the user wants to stop.
    pub fn is_pressed(&self) -> bool {
        self.is_pressed.load(Ordering::SeqCst)
    }

    /// Remembers a folder under construction.
    pub fn is_building(&self, path: PathBuf) {
        self.building.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }
}

/// Seconds between two lines where there is no terminal.
const LINE_EVERY_S: f64 = 2.0;
/// Seconds between two pictures of the bar.
const BAR_EVERY_S: f64 = 0.1;
/// Steps of the bar.
const STEPS: f64 = 1000.0;

/// How far the runs of a file are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// How many runs there are.
    pub runs: usize,
    /// The run under way, from 0.
    pub run: usize,
    /// The simulated time of the run under way, in seconds.
    pub now_s: f64,
    /// Where that run ends, in seconds of simulated time.
    pub end_s: f64,
    /// Events of all runs until now.
    pub events: u64,
    /// Seconds that all this has taken.
    pub elapsed_s: f64,
    /// How much of it is done, from 0 to 1.
    pub share: f64,
}

/// Where others can look up how far the runs of a file are.
pub type Board = Arc<Mutex<Standing>>;

/// Shows how far the runs of a file are.
#[derive(Debug)]
pub struct Progress {
    name: String,
    runs: usize,
    /// The run under way, from 0.
    run: usize,
    /// Events of the runs before this one.
    events_before: u64,
    /// Events of the run under way.
    events: u64,
    watch: Stopwatch,
    /// When the run under way began.
    begun_s: f64,
    simulating_s: f64,
    last_shown_s: f64,
    show: Show,
    interrupt: Interrupt,
}

#[derive(Debug)]
enum Show {
    Nothing,
    Lines,
    Bar(ProgressBar),
    Board(Board),
}

impl Progress {
    /// For the `runs` runs of the experiment `name`; shows nothing if `quiet`.
    pub fn new(name: &str, runs: usize, quiet: bool, interrupt: Interrupt) -> Self {
        let show = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Show::Nothing,
            (false, false) => Show::Lines,
            (false, true) => {
                let bar = ProgressBar::with_draw_target(Some(STEPS as u64), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{prefix} {bar:30} {percent:>3} %  {wide_msg}");
                bar.set_style(style.expect("the template is well-formed").progress_chars("━╸ "));
                bar.set_prefix(name.to_owned());
                Show::Bar(bar)
            }
        };
        Progress::with(name, runs, show, interrupt)
    }

    /// The same, told to `board` in place of the user.
    pub fn on_board(name: &str, runs: usize, board: Board, interrupt: Interrupt) -> Self {
        Progress::with(name, runs, Show::Board(board), interrupt)
    }

    fn with(name: &str, runs: usize, show: Show, interrupt: Interrupt) -> Self {
        Progress {
            name: name.to_owned(),
            runs,
            run: 0,
            events_before: 0,
            events: 0,
            watch: Stopwatch::start(),
            begun_s: 0.0,
            simulating_s: 0.0,
            last_shown_s: 0.0,
            show,
            interrupt,
        }
    }

    /// The run `run`, counted from 0, begins.
    pub fn begin(&mut self, run: usize) {
        self.events_before += std::mem::take(&mut self.events);
        self.run = run;
        self.begun_s = self.watch.seconds();
    }

    /// Takes the bar away.
    pub fn finish(&mut self) {
        if let Show::Bar(bar) = &self.show {
            bar.finish_and_clear();
        }
    }

    /// The run under way has ended; what follows is drawing and writing.
    pub fn end(&mut self) {
        self.simulating_s += self.watch.seconds() - self.begun_s;
        if let Show::Board(board) = &self.show {
            let mut standing = board.lock().unwrap_or_else(PoisonError::into_inner);
            standing.events = self.events_before + self.events;
            standing.elapsed_s = self.watch.seconds();
        }
    }

    /// Whether somebody else looks at this and at how it ends.
    pub fn is_on_board(&self) -> bool {
        matches!(self.show, Show::Board(_))
    }

    /// Seconds since the beginning.
    pub fn seconds(&self) -> f64 {
        self.watch.seconds()
    }

    /// Seconds of these in which runs were under way.
    pub fn simulating_seconds(&self) -> f64 {
        self.simulating_s
    }

    /// What is said beside the bar: `run 3 of 40, t = 12.3 s, 4.1 M events/s, 3 s left`.
    fn words(&self, now: Time, share: f64, elapsed_s: f64) -> String {
        let run = (self.runs > 1).then(|| format!("run {} of {}", self.run + 1, self.runs));
        let events = (self.events_before + self.events) as f64;
        let left_s = elapsed_s / share - elapsed_s;
        let parts = [
            run,
            Some(format!("t = {}", seconds(now.as_secs_f64()))),
            Some(format!("{} events/s", si::format(events / elapsed_s, ""))),
            left_s.is_finite().then(|| format!("{} left", in_minutes(left_s))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A waiting time: `45 s`, `3 min`, `2.5 h`.
fn in_minutes(seconds: f64) -> String {
    match seconds {
        short if short < 90.0 => format!("{short:.0} s"),
        medium if medium < 5400.0 => format!("{:.0} min", medium / 60.0),
        long => format!("{:.1} h", long / 3600.0),
    }
}

impl Observer for Progress {
    fn on_progress(&mut self, now: Time, end: Time, events: u64) -> Go {
        self.events = events;
        let elapsed_s = self.watch.seconds();
        let wait_s = match &self.show {
            Show::Nothing => f64::INFINITY,
            Show::Lines => LINE_EVERY_S,
            Show::Bar(_) | Show::Board(_) => BAR_EVERY_S,
        };
        if elapsed_s - self.last_shown_s >= wait_s {
            self.last_shown_s = elapsed_s;
            let of_run = now.as_secs_f64() / end.as_secs_f64();
            let share = (self.run as f64 + of_run) / self.runs as f64;
            let words = self.words(now, share, elapsed_s);
            match &self.show {
                Show::Board(board) => {
                    *board.lock().unwrap_or_else(PoisonError::into_inner) = Standing {
                        runs: self.runs,
                        run: self.run,
                        now_s: now.as_secs_f64(),
                        end_s: end.as_secs_f64(),
                        events: self.events_before + events,
                        elapsed_s,
                        share,
                    };
                }
                Show::Nothing => {}
                Show::Lines => terminal::message(&format!("{}: {:.0} %, {words}", self.name, share * 100.0)),
                Show::Bar(bar) => {
                    bar.set_position((share * STEPS) as u64);
                    bar.set_message(words);
                }
            }
        }
        if self.interrupt.is_pressed() { Go::Stop } else { Go::On }
    }
}

/// How fast it went: `1.2 M events in 0.80 s (1.5 M events/s, 1.1 M hops/s)`.
pub fn speed(events: u64, hops: u64, seconds: f64) -> String {
    let per_second = |count: u64| si::format(count as f64 / seconds.max(1e-9), "");
    format!(
        "{} events in {seconds:.2} s ({} events/s, {} hops/s)",
        si::format(events as f64, ""),
        per_second(events),
        per_second(hops)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_said_in_fitting_units() {
        assert_eq!(in_minutes(12.4), "12 s");
        assert_eq!(in_minutes(600.0), "10 min");
        assert_eq!(in_minutes(9000.0), "2.5 h");
    }

    #[test]
    fn speed_is_told_in_events_and_hops() {
        assert_eq!(speed(1_200_000, 900_000, 0.8), "1.2 M events in 0.80 s (1.5 M events/s, 1.12 M hops/s)");
    }

    #[test]
    fn a_run_goes_on_until_the_user_interrupts() {
        let interrupt = Interrupt::default();
        let mut progress = Progress::new("test", 1, true, interrupt.clone());
        assert_eq!(progress.on_progress(Time::ZERO, Time::NEVER, 0), Go::On);
        interrupt.is_pressed.store(true, Ordering::SeqCst);
        assert_eq!(progress.on_progress(Time::ZERO, Time::NEVER, 0), Go::Stop);
    }
}
