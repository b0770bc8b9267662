//! What the bars say about the catalog, worked out once for each of its versions.

use std::collections::HashSet;

use eframe::egui;

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
        let problems = kinds(&split::problems(snapshot));
        if problems > 0 {
            let badge = Badge {
                text: number::counted(problems, "problem"),
                tooltip: format!("{} of the split", number::counted(problems, "problem")),
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

fn kinds(problems: &[SplitProblem]) -> usize {
    let kinds: HashSet<_> = problems.iter().map(std::mem::discriminant).collect();
    kinds.len()
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
        assert_eq!(kinds(&problems), 1);
        problems.push(SplitProblem::EmptyTrain {
            class: "class 3".to_owned(),
        });
        assert_eq!(kinds(&problems), 2);
        assert_eq!(kinds(&[]), 0);
    }
}
