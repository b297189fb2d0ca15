//! All files of one run: the summary, the tables, the charts.

use std::io::{self, Write};

use super::summary::{Summary, to_text};
use super::tables::{self, RunColumns};
use crate::charts::{self, About, Named};
use crate::file::plan::RunPoint;
use crate::run::outcome::Outcome;
use crate::run::routing::RoutingOutcome;

/// Which pictures are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pictures {
    /// Whether charts are written as files.
    pub charts: bool,
    /// Whether each is written as PNG too.
    pub png: bool,
    /// Whether the report shows them.
    pub report: bool,
}

/// A picture of the results.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it shows.
    pub named: Named,
    /// How it is drawn; empty if the report draws it itself.
    pub svg: String,
}

/// A file of the results.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// Its path in the folder of the run: `charts/queue.svg`.
    pub name: String,
    /// What is in it.
    pub content: Content<'a>,
}

/// What is in a file of the results.
#[derive(Clone, Debug)]
pub enum Content<'a> {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The series of a run, which are turned into text only when they are written.
    Series(&'a Outcome),
    /// The changes of forwarding tables, likewise.
    RouteChanges(&'a RoutingOutcome),
    /// The messages between routers, likewise.
    Messages(&'a Outcome, &'a RoutingOutcome),
}

impl Document<'_> {
    /// A file called `name`.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Document { name: name.into(), content: Content::Bytes(bytes.into()) }
    }
}

impl Content<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// When `file` refuses.
    pub fn write(&self, file: &mut dyn Write) -> io::Result<()> {
        match self {
            Content::Bytes(bytes) => file.write_all(bytes),
            Content::Series(outcome) => tables::write_series(outcome, file),
            Content::RouteChanges(routing) => tables::write_route_changes(routing, file),
            Content::Messages(outcome, routing) => tables::write_messages(outcome, routing, file),
        }
    }
}

/// The files of a run, and what to tell the user about them.
#[derive(Clone, Debug, Default)]
pub struct RunDocuments<'a> {
    /// The files.
    pub files: Vec<Document<'a>>,
    /// Charts that have nothing to show, and the like.
    pub remarks: Vec<String>,
    /// The charts, for the report.
    pub pictures: Vec<Picture>,
}

/// The files of the run `outcome` of `point`, whose summary is `summary`.
pub fn of_run<'a>(summary: &Summary, point: &RunPoint, outcome: &'a Outcome, pictures: Pictures) -> RunDocuments<'a> {
    let run = RunColumns::default();
    let mut flows = tables::flows(&run);
    tables::add_flows(&mut flows, &run, &outcome.flows);
    let mut links = tables::links(&run);
    tables::add_links(&mut links, &run, &outcome.links);
    let mut documents = RunDocuments {
        files: vec![
            Document::new("summary.json", to_text(summary)),
            Document::new("flows.csv", flows.into_bytes()),
            Document::new("links.csv", links.into_bytes()),
            Document { name: "series.csv".to_owned(), content: Content::Series(outcome) },
        ],
        ..RunDocuments::default()
    };
    if let Some(routing) = &outcome.routing {
        let contents = [
            ("routes.csv", Content::RouteChanges(routing), routing.changes_left_out),
            ("messages.csv", Content::Messages(outcome, routing), routing.messages_left_out),
        ];
        for (name, content, left_out) in contents {
            documents.files.push(Document { name: name.to_owned(), content });
            if left_out > 0 {
                documents.remarks.push(format!("{name} has the first million rows; {left_out} more are left out"));
            }
        }
    } else if !outcome.tables.is_empty() {
        documents.files.push(Document::new("routes.csv", tables::routes(outcome)));
    }
    if pictures.charts || pictures.report {
        let drawn = charts::draw(outcome, &About::run(point), point.experiment.charts.as_deref());
        let empty =
            drawn.empty.iter().map(|kind| format!("the chart `{}` has nothing to show in this run", kind.name()));
        documents.remarks.extend(empty);
        add_charts(&mut documents, drawn.figures, pictures);
    }
    documents
}

/// Adds charts: as SVG, and as PNG if wanted, and for the report.
pub fn add_charts(documents: &mut RunDocuments<'_>, figures: Vec<Named>, pictures: Pictures) {
    const PIXELS_PER_UNIT: f32 = 2.0;
    for named in figures {
        // The report draws the others itself.
        let is_needed = pictures.charts || !named.figure.is_plotted();
        let svg = if is_needed { named.figure.to_svg() } else { String::new() };
        let name = &named.name;
        if pictures.png {
            match plots::to_png(&svg, PIXELS_PER_UNIT) {
                Ok(png) => documents.files.push(Document::new(format!("charts/{name}.png"), png)),
                Err(error) => documents.remarks.push(format!("no charts/{name}.png: {error}")),
            }
        }
        let is_kept = pictures.report && !named.figure.is_plotted();
        let kept = if is_kept { svg.clone() } else { String::new() };
        if pictures.charts {
            documents.files.push(Document::new(format!("charts/{name}.svg"), svg));
        }
        if pictures.report {
            documents.pictures.push(Picture { named, svg: kept });
        }
    }
}
