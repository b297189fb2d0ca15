//! The report of a run: one page that holds its charts, its results, and a replay that goes forwards and back.
//!
//! What is recorded for it is in [`crate::run`]; here it becomes the data that `docs/report-data.md` describes, and a page
//! around it. The same run gives the same bytes.

pub mod clock;
pub mod routing;
