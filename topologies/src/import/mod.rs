//! Networks from files of others.
//!
//! ```text
//! bytes --text--> characters --format--> Map: as the file says it
//!       --survey, by the options of a FileSpec--> Survey: names, rates, delays, costs; and a Report of all that was done
//!       --build--> Topology
//! ```
//!
//! A format is one file beside this one with four parts (`NAME`, `SUMMARY`, `SOURCE`, and the functions `recognises` and
//! `read`) and one line in the registry of [`mod@format`]. Formats are told by content; a file's name decides
//! only between two that look alike.

mod attributes;
pub mod census;
mod draft;
pub mod format;
mod lines;
mod map;
mod rate_text;
mod report;
mod spec;
mod survey;
mod text;
mod xml;

#[cfg(test)]
mod tests;

pub use format::{Format, read};
pub use map::{LinkFacts, Map, MapDemand, MapLink, MapNode, Remark, Role};
pub use report::{Action, Entry, Report};
pub use spec::{
    BothDirections, Costs, DelaySource, Delays, External, FileSpec, Frame, Junctions, Names, Parallel, Part, Rates,
    SelfLoops, Unplaced,
};
pub use survey::{Line, More, Survey, SurveyedLink, SurveyedNode};
pub use text::{Text, Unreadable};
