//! What the bars say about the catalog, worked out once for each of its versions.

use std::mem::discriminant;

use eframe::egui;

use super::failure::window_words;
use super::number;
use super::page::Page;
use super::rail::Badge;
use super::status_bar::DecisionCounts;
use super::widgets::elide::Siblings;
use crate::catalog::Snapshot;
use crate::dataset::split::{self, SplitProblem};

#[derive(Clone, Debug, Default)]
pub struct Digest {
    version: Option<u64>,
    pub counts: DecisionCounts,
    pub badges: Vec<(Page, Badge)>,
}

impl Digest {
    pub fn refresh(&mut self, ctx: &egui::Context, snapshot: &Snapshot) {
        if self.version == Some(snapshot.version) {
            return;
        }
        let classes = snapshot.classes.iter().map(|(_, name)| name.as_str());
        let sources = snapshot.sources.iter().map(|source| source.name.as_str());
        Siblings::of(classes.chain(sources)).install(ctx);
        let counts = DecisionCounts::of(snapshot);
        let mut badges = Vec::new();
        if counts.undecided > 0 {
            let undecided = number::count(counts.undecided);
            let badge = Badge {
                tooltip: format!("{undecided} undecided"),
                text: undecided,
            };
            badges.push((Page::Cull, badge));
        }
        // One a line of the page: ten classes without validation are one thing to mend.
        let problems = told(&split::problems(snapshot));
        if !problems.is_empty() {
            let badge = Badge {
                text: number::counted(problems.len(), "problem"),
                tooltip: problems.join("\n"),
            };
            badges.push((Page::Split, badge));
        }
        *self = Self {
            version: Some(snapshot.version),
            counts,
            badges,
        };
    }
}

/// A line for each kind: the first of it in words, and how many more there are.
fn told(problems: &[SplitProblem]) -> Vec<String> {
    let mut kinds: Vec<(&SplitProblem, usize)> = Vec::new();
    for problem in problems {
        let kind = discriminant(problem);
        match kinds.iter_mut().find(|(of, _)| discriminant(*of) == kind) {
            Some((_, more)) => *more += 1,
            None => kinds.push((problem, 0)),
        }
    }
    let line = |(first, more): (&SplitProblem, usize)| {
        // It begins with the name of a class, which is as it is.
        let text = window_words(&first.to_string());
        match more {
            0 => text,
            more => format!("{text} (and {more} more)"),
        }
    };
    kinds.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_classes_with_one_problem_are_one_problem() {
        let problem = |number: usize| SplitProblem::NoValidation {
            class: format!("class {number}"),
        };
        let mut problems: Vec<SplitProblem> = (0..10).map(problem).collect();
        let lines = told(&problems);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("class 0 has no image in validation"));
        assert!(lines[0].ends_with("(and 9 more)"), "{}", lines[0]);
        problems.push(SplitProblem::EmptyTrain {
            class: "class 3".to_owned(),
        });
        assert_eq!(told(&problems).len(), 2);
        assert!(told(&[]).is_empty());
    }
}
