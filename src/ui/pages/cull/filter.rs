//! Which images are shown: facets that combine by "and", values of one facet by "or"; counts for every value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::found::{self, Found, KindSet};
use super::search::Search;
use super::tally::Tally;
use crate::catalog::{ClassId, Decision, ImageId, ImageRecord, SceneId, Snapshot, SourceId};
use crate::curate::Kind;

/// Empty sets let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `None` in the set: images without a class.
    pub classes: BTreeSet<Option<ClassId>>,
    pub sources: BTreeSet<SourceId>,
    pub decisions: Vec<Decision>,
    pub scenes: BTreeSet<SceneId>,
    pub kinds: KindSet,
    /// Just these, such as those that a lasso took, or with a proposed crop.
    pub only: Option<Arc<BTreeSet<ImageId>>>,
    /// Words that all are in the path, the class or the source, in any case.
    pub text: String,
}

/// One facet that can be looked away from, to count what its other values would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    Class,
    Source,
    Decision,
    Finding,
    Scene,
}

impl Facet {
    pub fn title(self) -> &'static str {
        match self {
            Self::Class => "Class",
            Self::Source => "Source",
            Self::Decision => "Decision",
            Self::Finding => "Finding",
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
    /// By place among all kinds.
    pub kinds: [usize; Kind::ALL.len()],
}

pub const DECISIONS: [Decision; 3] = [Decision::Undecided, Decision::Keep, Decision::Reject];

/// What keeps an image out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passage {
    Free,
    /// Just this facet.
    But(Facet),
    Closed,
}

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

    pub fn shown(&self, snapshot: &Snapshot, found: &Found) -> Shown {
        let search = Search::new(&self.text, snapshot);
        let mut kinds_of = found.walk();
        let mut positions = Vec::new();
        let mut classes = Tally::default();
        let mut sources = Tally::default();
        let mut scenes = Tally::default();
        let mut decisions = [0; 3];
        let mut kinds = [0; Kind::ALL.len()];
        for (position, image) in snapshot.images.iter().enumerate() {
            let only = self.only.as_deref();
            if only.is_some_and(|only| !only.contains(&image.id)) {
                continue;
            }
            if search.as_ref().is_some_and(|search| !search.finds(image)) {
                continue;
            }
            let own_kinds = kinds_of.at(image.id).unwrap_or_default();
            // A facet counts what passes all others.
            let passage = self.passage(image, own_kinds);
            let counts = |facet| match passage {
                Passage::Free => true,
                Passage::But(closed) => closed == facet,
                Passage::Closed => false,
            };
            if counts(Facet::Class) {
                classes.add(image.class);
            }
            if counts(Facet::Source) {
                sources.add(image.source);
            }
            if counts(Facet::Decision) {
                for (count, decision) in decisions.iter_mut().zip(DECISIONS) {
                    *count += usize::from(image.decision == decision);
                }
            }
            if counts(Facet::Finding) && !own_kinds.is_empty() {
                for kind in own_kinds.iter() {
                    if let Some(count) = kinds.get_mut(found::place(kind)) {
                        *count += 1;
                    }
                }
            }
            if let Some(scene) = image.scene.filter(|_| counts(Facet::Scene)) {
                scenes.add(scene);
            }
            if passage == Passage::Free {
                positions.push(position);
            }
        }
        Shown {
            positions,
            counts: FacetCounts {
                classes: classes.counts(),
                sources: sources.counts(),
                decisions,
                scenes: scenes.counts(),
                kinds,
            },
        }
    }

    fn passage(&self, image: &ImageRecord, kinds: KindSet) -> Passage {
        let mut passage = Passage::Free;
        let scenes = &self.scenes;
        for (facet, passes) in [
            (
                Facet::Class,
                self.classes.is_empty() || self.classes.contains(&image.class),
            ),
            (
                Facet::Source,
                self.sources.is_empty() || self.sources.contains(&image.source),
            ),
            (
                Facet::Decision,
                self.decisions.is_empty() || self.decisions.contains(&image.decision),
            ),
            (
                Facet::Finding,
                self.kinds.is_empty() || self.kinds.touches(kinds),
            ),
            (
                Facet::Scene,
                scenes.is_empty() || image.scene.is_some_and(|scene| scenes.contains(&scene)),
            ),
        ] {
            match passage {
                _any if passes => {}
                Passage::Free => passage = Passage::But(facet),
                Passage::But(_) | Passage::Closed => return Passage::Closed,
            }
        }
        passage
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
            crop: crate::media::border::Insets::NONE,
            character: None,
            copies: crate::media::upsampling::Copies::default(),
            frame: None,
            time_secs: None,
            decision,
            decided: crate::catalog::Decided::default(),
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
        let found = Found::default();
        let shown = filter.shown(&snapshot, &found);
        assert_eq!(shown.positions, [1]);
        assert_eq!(
            shown.counts.classes,
            BTreeMap::from([(Some(ClassId(1)), 1), (Some(ClassId(2)), 1)])
        );
        assert_eq!(shown.counts.decisions, [0, 1, 1]);

        filter.toggle_class(Some(ClassId(2)));
        filter.text = "ELF".to_owned();
        assert_eq!(filter.shown(&snapshot, &found).positions, [0]);
    }
}
