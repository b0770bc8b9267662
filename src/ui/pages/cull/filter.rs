//! Which images are shown: facets that combine by "and", values of one facet by "or"; counts for every value.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{ClassId, Decision, ImageRecord, SceneId, Snapshot, SourceId};

/// Empty sets let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `None` in the set: images without a class.
    pub classes: BTreeSet<Option<ClassId>>,
    pub sources: BTreeSet<SourceId>,
    pub decisions: Vec<Decision>,
    pub scenes: BTreeSet<SceneId>,
    /// Part of the file's name, in any case.
    pub text: String,
}

/// One facet that can be looked away from, to count what its other values would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    Class,
    Source,
    Decision,
    Scene,
}

impl Facet {
    pub fn title(self) -> &'static str {
        match self {
            Self::Class => "Class",
            Self::Source => "Source",
            Self::Decision => "Decision",
            Self::Scene => "Scene",
        }
    }
}

/// Images for each value of a facet, given the filters of all *other* facets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacetCounts {
    pub classes: BTreeMap<Option<ClassId>, usize>,
    pub sources: BTreeMap<SourceId, usize>,
    /// In the order of [`DECISIONS`].
    pub decisions: [usize; 3],
    pub scenes: BTreeMap<SceneId, usize>,
}

pub const DECISIONS: [Decision; 3] = [Decision::Undecided, Decision::Keep, Decision::Reject];

/// The shown images as positions in `snapshot.images`, and the counts beside the facets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub positions: Vec<usize>,
    pub counts: FacetCounts,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn shown(&self, snapshot: &Snapshot) -> Shown {
        let text = self.text.to_lowercase();
        let mut shown = Shown::default();
        for (position, image) in snapshot.images.iter().enumerate() {
            if !text.is_empty() && !image.origin.to_lowercase().contains(&text) {
                continue;
            }
            let counts = &mut shown.counts;
            if self.lets_through(image, Some(Facet::Class)) {
                *counts.classes.entry(image.class).or_default() += 1;
            }
            if self.lets_through(image, Some(Facet::Source)) {
                *counts.sources.entry(image.source).or_default() += 1;
            }
            if self.lets_through(image, Some(Facet::Decision)) {
                for (count, decision) in counts.decisions.iter_mut().zip(DECISIONS) {
                    *count += usize::from(image.decision == decision);
                }
            }
            if let Some(scene) = image.scene
                && self.lets_through(image, Some(Facet::Scene))
            {
                *counts.scenes.entry(scene).or_default() += 1;
            }
            if self.lets_through(image, None) {
                shown.positions.push(position);
            }
        }
        shown
    }

    fn lets_through(&self, image: &ImageRecord, except: Option<Facet>) -> bool {
        let passes = |facet, passes: bool| except == Some(facet) || passes;
        passes(
            Facet::Class,
            self.classes.is_empty() || self.classes.contains(&image.class),
        ) && passes(
            Facet::Source,
            self.sources.is_empty() || self.sources.contains(&image.source),
        ) && passes(
            Facet::Decision,
            self.decisions.is_empty() || self.decisions.contains(&image.decision),
        ) && passes(
            Facet::Scene,
            self.scenes.is_empty()
                || image
                    .scene
                    .is_some_and(|scene| self.scenes.contains(&scene)),
        )
    }

    pub fn toggle_class(&mut self, class: Option<ClassId>) {
        toggle(&mut self.classes, class);
    }

    pub fn toggle_source(&mut self, source: SourceId) {
        toggle(&mut self.sources, source);
    }

    pub fn toggle_scene(&mut self, scene: SceneId) {
        toggle(&mut self.scenes, scene);
    }

    pub fn toggle_decision(&mut self, decision: Decision) {
        if let Some(at) = self.decisions.iter().position(|other| *other == decision) {
            self.decisions.remove(at);
        } else {
            self.decisions.push(decision);
        }
    }
}

pub fn toggle<T: Ord>(set: &mut BTreeSet<T>, value: T) {
    if !set.remove(&value) {
        set.insert(value);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::catalog::ImageId;

    fn image(id: i64, class: i64, decision: Decision, origin: &str) -> ImageRecord {
        ImageRecord {
            id: ImageId(id),
            source: SourceId(1),
            class: Some(ClassId(class)),
            scene: Some(SceneId(id % 2)),
            side: None,
            path: PathBuf::from(origin),
            origin: origin.to_owned(),
            hash: String::new(),
            width: 4,
            height: 3,
            frame: None,
            time_secs: None,
            decision,
        }
    }

    #[test]
    fn a_facet_counts_what_its_other_values_would_bring() {
        let snapshot = Snapshot {
            images: vec![
                image(1, 1, Decision::Keep, "Elf.jpg"),
                image(2, 2, Decision::Keep, "orc.jpg"),
                image(3, 2, Decision::Reject, "orc2.jpg"),
            ],
            ..Snapshot::default()
        };
        let mut filter = Filter::default();
        filter.toggle_class(Some(ClassId(2)));
        filter.toggle_decision(Decision::Keep);
        let shown = filter.shown(&snapshot);
        assert_eq!(shown.positions, [1]);
        assert_eq!(
            shown.counts.classes,
            BTreeMap::from([(Some(ClassId(1)), 1), (Some(ClassId(2)), 1)])
        );
        assert_eq!(shown.counts.decisions, [0, 1, 1]);

        filter.toggle_class(Some(ClassId(2)));
        filter.text = "ELF".to_owned();
        assert_eq!(filter.shown(&snapshot).positions, [0]);
    }
}
