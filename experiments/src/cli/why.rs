//! `netsim why`: runs an experiment, and goes back from the last thing that went wrong to where it began.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value as Json, json};
use sim_core::time::{Duration, Time};
use topologies::NodeKind;

use super::check::show;
use super::{Exit, terminal};
use crate::file::diagnostic::nearest;
use crate::file::plan::RunPoint;
use crate::file::{Overrides, load};
use crate::report::causes::{About, Explainer, Fact};
use crate::run::measure::{Recording, run_recording};
use crate::run::outcome::Outcome;

/// What is asked.
#[derive(Debug, Args)]
pub(super) struct Why {
    /// The experiment; of a sweep the first run.
    file: PathBuf,
    /// About a flow: the last packet dropped or sent again, or window cut.
    #[arg(long, value_name = "NAME", conflicts_with = "router")]
    flow: Option<String>,
    /// About a router: the last change of a route.
    #[arg(long, value_name = "NAME")]
    router: Option<String>,
    /// And that to this node or prefix only.
    #[arg(long, value_name = "NAME", requires = "router")]
    destination: Option<String>,
    /// The last until this time, as in `3.2 s`; until the end if not said.
    #[arg(long, value_name = "TIME")]
    at: Option<Duration>,
    /// Replace the seed.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Replace a value, as in `flows[0].start="5 s"`.
    #[arg(long, value_name = "PATH=VALUE", value_parser = super::setting)]
    set: Vec<String>,
    /// Print the chain as JSON.
    #[arg(long)]
    json: bool,
}

/// What a question is about, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// Whatever happened.
    All,
    /// A flow.
    Flow(usize),
    /// The routes of a router: all, or that to a destination.
    Router(usize, Option<usize>),
}

/// Explains what is asked.
pub(super) fn why(asked: &Why) -> Exit {
    let overrides = Overrides { set: asked.set.clone(), seed: asked.seed, repetitions: None };
    let checked = match load(&asked.file, &overrides) {
        Ok(checked) => checked,
        Err(diagnostics) => {
            show(&diagnostics);
            return if diagnostics.is_unreadable { Exit::Failed } else { Exit::Invalid };
        }
    };
    let Some(point) = checked.plan.first() else { return Exit::Done };
    if let Err(complaint) = subject_by_names(asked, point).and(within(asked.at, point)) {
        return complain(&complaint);
    }
    let recording = Recording { charts: false, report: true };
    let outcome = match run_recording(point, &mut (), recording) {
        Ok(outcome) => outcome,
        Err(error) => {
            terminal::message(&format!("{}: {error}", checked.name));
            return Exit::Failed;
        }
    };
    let subject = match subject(asked, point, &outcome) {
        Ok(subject) => subject,
        Err(complaint) => return complain(&complaint),
    };
    let answer = Answer::new(asked, point, &outcome, subject);
    match asked.json {
        true => {
            let document = answer.document(&checked.name, asked);
            terminal::print(&(serde_json::to_string_pretty(&document).expect("this is JSON") + "\n"))
        }
        false => terminal::print(&answer.text()),
    }
}

fn complain(complaint: &str) -> Exit {
    terminal::message(&format!("error: {complaint}"));
    Exit::Usage
}

fn within(at: Option<Duration>, point: &RunPoint) -> Result<(), String> {
    match at {
        Some(at) if at > point.experiment.duration => {
            Err(format!("{at} is beyond the end of the run, {}", point.experiment.duration))
        }
        Some(_) | None => Ok(()),
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = nearest(name, known).map(|nearest| format!(", did you mean `{nearest}`?")).unwrap_or_default();
    format!("unknown {what} `{name}`{hint}")
}

/// What is asked about, as far as it is known before the run. Names that nothing has are refused without one.
fn subject_by_names(asked: &Why, point: &RunPoint) -> Result<Subject, String> {
    if let Some(name) = &asked.flow {
        let flows = || point.flows.iter().map(|flow| flow.name.as_str());
        let found = flows().position(|known| known == name);
        return found.map(Subject::Flow).ok_or_else(|| unknown("flow", name, flows()));
    }
    if let Some(name) = &asked.router {
        let nodes = &point.topology.nodes;
        let found = nodes.iter().position(|node| node.kind == NodeKind::Router && node.name == *name);
        let routers = nodes.iter().filter(|node| node.kind == NodeKind::Router).map(|node| node.name.as_str());
        return found.map(|router| Subject::Router(router, None)).ok_or_else(|| unknown("router", name, routers));
    }
    Ok(Subject::All)
}

/// The same with the destination, which the run knows.
fn subject(asked: &Why, point: &RunPoint, outcome: &Outcome) -> Result<Subject, String> {
    let subject = subject_by_names(asked, point)?;
    match (subject, &asked.destination, &outcome.routing) {
        (Subject::Router(router, _), Some(name), Some(routing)) => match routing.destination_named(name) {
            Some(destination) => Ok(Subject::Router(router, Some(destination))),
            None => Err(unknown("destination", name, routing.destinations.iter().map(String::as_str))),
        },
        (subject, ..) => Ok(subject),
    }
}

/// A link of the chain.
struct Link {
    time: Time,
    about: About,
    words: String,
}

/// What is answered.
struct Answer {
    sentence: String,
    chain: Vec<Link>,
}

impl Answer {
    fn new(asked: &Why, point: &RunPoint, outcome: &Outcome, subject: Subject) -> Self {
        let until = asked.at.map_or(Time::NEVER, |at| Time::ZERO + at);
        let explainer = Explainer::new(point, outcome).expect("the run was recorded");
        let Some(about) = last(&explainer, subject, until) else {
            return Answer { sentence: nothing(asked, point, outcome, subject), chain: Vec::new() };
        };
        let link = |about: About| Link { time: explainer.time(&about), words: explainer.words(&about), about };
        let chain: Vec<Link> = explainer.chain(about).into_iter().map(link).collect();
        // That a flow began is where all begins, and tells the least.
        let is_telling = |link: &&Link| !matches!(link.about, About::Fact(Fact::FlowStart(_)));
        let root = chain.iter().skip(1).rfind(is_telling);
        let sentence = match root {
            Some(root) => format!("{}. In the end: {}.", capital(&chain[0].words), root.words),
            None => format!("{}.", capital(&chain[0].words)),
        };
        Answer { sentence, chain }
    }

    /// For people: of a very long chain its ends. As JSON it is whole.
    fn text(&self) -> String {
        const MOST: usize = 40;
        let left_out = if self.chain.len() > MOST { MOST / 2..self.chain.len() - MOST / 2 } else { 0..0 };
        let mut text = format!("{}\n", self.sentence);
        let width = self.chain.len().to_string().len();
        let times: Vec<String> = self.chain.iter().map(|link| format!("{:.6} s", link.time.as_secs_f64())).collect();
        let widest = times.iter().map(String::len).max().unwrap_or(0);
        for (at, (link, time)) in self.chain.iter().zip(&times).enumerate() {
            if at == 0 {
                text.push('\n');
            }
            if at == left_out.start && !left_out.is_empty() {
                text.push_str(&format!("… {} more, which --json has …\n", left_out.len()));
            }
            if left_out.contains(&at) {
                continue;
            }
            text.push_str(&format!("{:width$}. {time:>widest$}  {}\n", at + 1, link.words));
        }
        text
    }

    fn document(&self, name: &str, asked: &Why) -> Json {
        let link =
            |link: &Link| json!({ "t_s": link.time.as_secs_f64(), "about": link.about.name(), "words": link.words });
        json!({
            "experiment": name,
            "flow": asked.flow,
            "router": asked.router,
            "destination": asked.destination,
            "at_s": asked.at.map(Duration::as_secs_f64),
            "sentence": self.sentence,
            "chain": self.chain.iter().map(link).collect::<Vec<_>>(),
        })
    }
}

/// The last thing about a subject that is worth a question.
fn last(explainer: &Explainer<'_>, subject: Subject, until: Time) -> Option<About> {
    let is_asked = |about: &About| {
        let is_meant = match subject {
            Subject::All => true,
            Subject::Flow(flow) => explainer.flow(about) == Some(flow),
            Subject::Router(router, destination) => explainer
                .route(about)
                .is_some_and(|route| route.0 == router && destination.is_none_or(|destination| destination == route.1)),
        };
        is_meant && explainer.time(about) <= until
    };
    // Of one instant that which has the others for a cause.
    let rank = |about: &About| match about {
        About::Change(_) | About::Script(_) | About::Fact(_) => 0,
        About::Drop(_) => 1,
        About::Cut(_) => 2,
        About::Again(_) => 3,
    };
    explainer.notable().filter(is_asked).max_by_key(|about| (explainer.time(about), rank(about), about.number()))
}

/// That there is nothing to explain, in a sentence.
fn nothing(asked: &Why, point: &RunPoint, outcome: &Outcome, subject: Subject) -> String {
    let until = asked.at.map_or(String::new(), |at| format!(" until {at}"));
    match subject {
        Subject::Flow(flow) => {
            format!("Nothing of {} was dropped, sent again or cut{until}.", point.flows[flow].name)
        }
        Subject::Router(..) if outcome.routing.is_none() => {
            "In this experiment routers do not tell each other of routes: their tables are given to them.".to_owned()
        }
        Subject::Router(router, _) => {
            let to = asked.destination.as_ref().map_or(String::new(), |to| format!(" to {to}"));
            format!("No route of {}{to} changed{until}.", point.topology.nodes[router].name)
        }
        Subject::All => format!("Nothing was dropped, sent again, cut or rerouted{until}."),
    }
}

/// With a capital; names keep their small letters.
fn capital(words: &str) -> String {
    const SMALL: [&str; 4] = ["an ACK", "since ", "packets ", "the receiver"];
    match SMALL.iter().any(|small| words.starts_with(small)) {
        true => words[..1].to_uppercase() + &words[1..],
        false => words.to_owned(),
    }
}
