//! What the bars say about the catalog, worked out once for each of its versions.

use super::number;
use super::page::Page;
use super::rail::Badge;
use super::status_bar::DecisionCounts;
use crate::catalog::Snapshot;
use crate::dataset::split;

#[derive(Clone, Debug, Default)]
pub struct Digest {
    version: Option<u64>,
    pub counts: DecisionCounts,
    pub badges: Vec<(Page, Badge)>,
}

impl Digest {
    pub fn refresh(&mut self, snapshot: &Snapshot) {
        if self.version == Some(snapshot.version) {
            return;
        }
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
        let problems = split::problems(snapshot).len();
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
