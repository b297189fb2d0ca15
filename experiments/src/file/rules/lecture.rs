//! Rules for questions: with an answer that can be given.

use super::Facts;
use crate::file::diagnostic::Report;
use crate::file::path::Path;

impl Facts<'_> {
    /// Looks at the questions of the `lecture` block.
    pub(super) fn check_lecture(&self, report: &mut Report<'_>) {
        for (index, question) in self.experiment.lecture.iter().enumerate() {
            let at = Path::root().field("lecture").index(index);
            // Shortened runs, such as by `--set duration`, are no reason to change the lecture.
            if question.at > self.experiment.duration {
                let end = self.experiment.duration;
                report.warning(
                    &at.field("at"),
                    format!("is not asked: {} is after the end of the run at {end}", question.at),
                );
            }
            for (field, text) in [("ask", &question.ask), ("answer", &question.answer)] {
                if text.trim().is_empty() {
                    report.error(&at.field(field), "is empty");
                }
            }
            let Some(choices) = &question.choices else { continue };
            let place = at.field("choices");
            if choices.len() < 2 {
                report.error(&place, "there is nothing to choose: give at least two answers, or leave `choices` out");
            }
            if let Some(twice) = (1..choices.len()).find(|&at| choices[..at].contains(&choices[at])) {
                report.error(&place.index(twice), format!("`{}` is among the choices twice", choices[twice]));
            }
            if !choices.contains(&question.answer) {
                report.unknown(&at.field("answer"), "choice", &question.answer, choices.iter().map(String::as_str));
            }
        }
    }
}
