//! Shows diagnostics: as text with the line of the file and a caret under the place, or as JSON.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin as Place, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::tree::Origin;

/// At most this many remarks are shown as text; the rest are counted.
const MOST_SHOWN: usize = 50;
/// Lines longer than this are not shown, only named.
const LONGEST_LINE: usize = 300;
/// At most this many known names are listed.
const MOST_NAMES: usize = 30;

/// Line and column of a byte of `source`, both from 1; columns count characters.
pub fn line_and_column(source: &str, byte: usize) -> (usize, usize) {
    let before = &source[..byte.min(source.len())];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The place of a remark on one line: `fairness.json:14:13`, or the argument.
pub fn location(diagnostics: &Diagnostics, one: &Diagnostic) -> String {
    match &one.origin {
        Origin::File(_) if diagnostics.source.is_empty() => diagnostics.file.clone(),
        Origin::File(range) => {
            let (line, column) = line_and_column(&diagnostics.source, range.start);
            format!("{}:{line}:{column}", diagnostics.file)
        }
        Origin::Argument(argument) => format!("command line: {argument}"),
    }
}

/// All remarks as text with colours; strip them for anything but a terminal.
pub fn to_text(diagnostics: &Diagnostics) -> String {
    let shown = diagnostics.list.iter().take(MOST_SHOWN).map(|one| one_as_text(diagnostics, one));
    let mut text = shown.collect::<Vec<_>>().join("\n\n");
    if let Some(more) = diagnostics.list.len().checked_sub(MOST_SHOWN).filter(|&more| more > 0) {
        text.push_str(&format!("\n\n… and {more} more"));
    }
    text
}

fn one_as_text(diagnostics: &Diagnostics, one: &Diagnostic) -> String {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let group = Group::with_title(level.primary_title(printable(&one.message)));
    let label = one.suggestion.as_ref().map(|name| format!("did you mean `{name}`?"));
    let mut notes = Vec::new();
    let place = excerpt(diagnostics, one);
    let group = match &place {
        Some(excerpt) => {
            let mut annotation = AnnotationKind::Primary.span(excerpt.span.clone());
            if let Some(label) = &label {
                annotation = annotation.label(label.as_str());
            }
            group.element(
                Snippet::source(excerpt.line.as_str())
                    .line_start(excerpt.number)
                    .path(diagnostics.file.as_str())
                    .annotation(annotation),
            )
        }
        None => {
            notes.extend(label.map(|label| ("help", label)));
            group.element(Place::path(printable(&location(diagnostics, one))))
        }
    };
    if !one.path.0.is_empty() {
        notes.push(("field", one.path.to_string()));
    }
    if !one.known.is_empty() {
        let mut known = one.known.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
        if one.known.len() > MOST_NAMES {
            known.push_str(&format!(", … ({} in all)", one.known.len()));
        }
        notes.push(("known", known));
    }
    notes.extend(one.help.iter().map(|line| ("help", line.clone())));
    let notes = notes.into_iter().map(|(name, line)| Level::NOTE.with_name(name).message(printable(&line)));
    let report = [group.elements(notes)];
    Renderer::styled().decor_style(DecorStyle::Ascii).term_width(160).render(&report).to_string()
}

/// The line of the file that a remark is about.
struct Excerpt {
    line: String,
    number: usize,
    span: std::ops::Range<usize>,
}

fn excerpt(diagnostics: &Diagnostics, one: &Diagnostic) -> Option<Excerpt> {
    let Origin::File(range) = &one.origin else { return None };
    let source = &*diagnostics.source;
    if source.is_empty() {
        return None;
    }
    let start = range.start.min(source.len());
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let line = source[line_start..line_end].trim_end_matches('\r');
    if line.len() > LONGEST_LINE {
        return None;
    }
    let (number, _) = line_and_column(source, start);
    // An object that spans lines is marked by its first character; the rest of the line may hold much else.
    let end = if range.end > line_end { start + 1 } else { range.end };
    let from = (start - line_start).min(line.len());
    let to = (end - line_start).clamp(from, line.len());
    Some(Excerpt { line: line.to_owned(), number, span: from..to })
}

/// Without characters that would steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// All remarks as JSON objects.
pub fn to_json(diagnostics: &Diagnostics) -> Vec<serde_json::Value> {
    let as_json = |one: &Diagnostic| {
        let (file, line, column, argument) = match &one.origin {
            Origin::File(_) if diagnostics.source.is_empty() => (Some(&diagnostics.file), None, None, None),
            Origin::File(range) => {
                let (line, column) = line_and_column(&diagnostics.source, range.start);
                (Some(&diagnostics.file), Some(line), Some(column), None)
            }
            Origin::Argument(argument) => (Some(&diagnostics.file), None, None, Some(argument.to_string())),
        };
        serde_json::json!({
            "severity": match one.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "message": one.message,
            "file": file,
            "line": line,
            "column": column,
            "argument": argument,
            "field": one.path.to_string(),
            "suggestion": one.suggestion,
            "known": one.known,
            "help": one.help,
        })
    };
    diagnostics.list.iter().map(as_json).collect()
}
