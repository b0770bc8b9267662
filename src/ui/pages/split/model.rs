//! What the split page shows, worked out once for each version of the catalog.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::query::SplitMode;
use crate::catalog::{
    ClassId, Decision, GroupId, ImageId, Scene, SceneId, Side, Snapshot, Source, SourceId,
    SourceKind,
};
use crate::dataset::split::{self, ClassCounts, SingleImages, SplitProblem};
use crate::dataset::twins;

/// One scene as a block of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneBlock {
    pub id: SceneId,
    /// Such as `drakes:3`.
    pub name: String,
    /// The 1-based position at the end of its name.
    pub number: u32,
    pub side: Side,
    /// Scenes that show the same are in one group, which is wholly on one side.
    pub group: Option<GroupId>,
    /// Other scenes of its group.
    pub linked: usize,
    /// Images of it in training and in validation; both under a random split only.
    pub train: usize,
    pub valid: usize,
    /// Images of the scene that are not rejected, in frame order.
    pub images: Vec<ImageId>,
    /// The first image, also of a scene whose images are all rejected.
    pub poster: Option<ImageId>,
    pub rejected: usize,
}

/// One film: a header and its blocks in time order.
#[derive(Clone, Debug, PartialEq)]
pub struct Film {
    pub source: SourceId,
    pub name: String,
    /// The class of most of its images; empty if none has one.
    pub class_name: String,
    /// Its place, for its color.
    pub class_index: Option<usize>,
    pub blocks: Vec<SceneBlock>,
    pub train: usize,
    pub valid: usize,
}

#[derive(Clone, Debug, Default)]
pub struct SplitModel {
    pub version: Option<u64>,
    pub films: Vec<Film>,
    pub counts: Vec<ClassCounts>,
    pub problems: Vec<SplitProblem>,
    /// Whether all pixels that decide over twins have been compared.
    pub knows_twins: bool,
    /// `Some(fraction)` while the split is random.
    pub random_fraction: Option<f64>,
    /// Scraped images, which stand alone, in no scene.
    pub singles: SingleImages,
}

/// Where a scene is: film and block, both indices into [`SplitModel::films`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockPosition {
    pub film: usize,
    pub block: usize,
}

impl SplitModel {
    /// Follows the catalog; cheap when nothing changed.
    pub fn follow(&mut self, snapshot: &Snapshot) {
        if self.version == Some(snapshot.version) {
            return;
        }
        *self = Self {
            version: Some(snapshot.version),
            films: films(snapshot),
            counts: counts(snapshot),
            problems: split::problems(snapshot),
            knows_twins: twins::is_complete(snapshot),
            random_fraction: match snapshot.split_mode {
                SplitMode::Scenes => None,
                SplitMode::Random { fraction, .. } => Some(fraction),
            },
            singles: SingleImages::of(snapshot),
        };
    }

    pub fn version(&self) -> Option<u64> {
        self.version
    }

    pub fn block(&self, place: BlockPosition) -> Option<&SceneBlock> {
        self.films.get(place.film)?.blocks.get(place.block)
    }

    pub fn block_of(&self, scene: SceneId) -> Option<&SceneBlock> {
        self.block(self.place_of(scene)?)
    }

    pub fn place_of(&self, scene: SceneId) -> Option<BlockPosition> {
        self.films.iter().enumerate().find_map(|(film, row)| {
            let block = row.blocks.iter().position(|block| block.id == scene)?;
            Some(BlockPosition { film, block })
        })
    }

    pub fn places(&self) -> impl Iterator<Item = BlockPosition> + '_ {
        self.films.iter().enumerate().flat_map(|(film, row)| {
            (0..row.blocks.len()).map(move |block| BlockPosition { film, block })
        })
    }

    /// All scenes between two blocks in reading order, both included.
    pub fn range(&self, a: BlockPosition, b: BlockPosition) -> Vec<SceneId> {
        let (first, last) = if a <= b { (a, b) } else { (b, a) };
        self.places()
            .filter(|place| (first..=last).contains(place))
            .filter_map(|place| Some(self.block(place)?.id))
            .collect()
    }

    /// Of the first film that shows most of the class, to jump to.
    pub fn first_scene_of(&self, class: &str) -> Option<SceneId> {
        let mut films = self.films.iter();
        let film = films.find(|film| film.class_name == class)?;
        Some(film.blocks.first()?.id)
    }
}

/// Without the classes that only a test set has: they have no side to be on.
fn counts(snapshot: &Snapshot) -> Vec<ClassCounts> {
    let tests: BTreeSet<SourceId> = snapshot
        .sources
        .iter()
        .filter(|source| source.is_test)
        .map(|source| source.id)
        .collect();
    let images = snapshot.images.iter();
    let trained = images.filter(|image| !tests.contains(&image.source));
    let classes: BTreeSet<&str> = trained
        .filter_map(|image| snapshot.class_name(image.class?))
        .collect();
    let mut counts = split::counts(snapshot);
    counts.retain(|counts| classes.contains(counts.class.as_str()));
    counts
}

/// Scenes that are shown in one row.
struct Row<'a> {
    source: &'a Source,
    name: String,
    scenes: Vec<&'a Scene>,
}

/// A film's scenes, and those of a folder with frames of films class by class: its sub-folders are different films. None of a
/// source without scenes: a film that is still being imported, or broke at once, has nothing to decide.
fn rows<'a>(snapshot: &'a Snapshot, source: &'a Source) -> Vec<Row<'a>> {
    let mut by_class: BTreeMap<Option<ClassId>, Vec<&Scene>> = BTreeMap::new();
    for scene in snapshot.scenes_of_source(source.id) {
        let class = match source.kind {
            SourceKind::Film => None,
            SourceKind::Scraped => snapshot.main_class(&snapshot.images_of_scene(scene.id)),
        };
        by_class.entry(class).or_default().push(scene);
    }
    let is_divided = by_class.len() > 1;
    let row = |(class, scenes): (Option<ClassId>, Vec<&'a Scene>)| Row {
        source,
        name: match class.filter(|_| is_divided) {
            Some(class) => {
                let class = snapshot.class_name(class).unwrap_or_default();
                format!("{} · {class}", source.name)
            }
            None => source.name.clone(),
        },
        scenes,
    };
    by_class.into_iter().map(row).collect()
}

fn films(snapshot: &Snapshot) -> Vec<Film> {
    let sides = split::unit_sides(snapshot);
    let mut groups: BTreeMap<GroupId, usize> = BTreeMap::new();
    for group in snapshot.scenes.iter().filter_map(|scene| scene.group) {
        *groups.entry(group).or_default() += 1;
    }
    let image_sides = split::image_sides(snapshot);
    let mut films: Vec<Film> = snapshot
        .sources
        .iter()
        .filter(|source| !source.is_test)
        .flat_map(|source| rows(snapshot, source))
        .map(
            |Row {
                 source,
                 name,
                 scenes,
             }| {
                let mut all = Vec::new();
                let blocks: Vec<SceneBlock> = scenes
                    .into_iter()
                    .map(|scene| {
                        let of_scene = snapshot.images_of_scene(scene.id);
                        all.extend(&of_scene);
                        let images: Vec<ImageId> = of_scene
                            .iter()
                            .filter(|image| image.decision != Decision::Reject)
                            .map(|image| image.id)
                            .collect();
                        let on = |side: Side| {
                            let images = images.iter();
                            images
                                .filter(|id| image_sides.get(*id) == Some(&side))
                                .count()
                        };
                        SceneBlock {
                            id: scene.id,
                            train: on(Side::Train),
                            valid: on(Side::Valid),
                            name: snapshot.scene_name(scene),
                            number: scene.index + 1,
                            group: scene.group,
                            linked: scene
                                .group
                                .and_then(|group| groups.get(&group))
                                .map_or(0, |scenes| scenes - 1),
                            side: sides.get(&scene.unit()).copied().unwrap_or(scene.side),
                            poster: images
                                .first()
                                .copied()
                                .or(of_scene.first().map(|image| image.id)),
                            rejected: of_scene.len() - images.len(),
                            images,
                        }
                    })
                    .collect();
                let class = snapshot.main_class(&all);
                Film {
                    source: source.id,
                    name,
                    class_index: class.and_then(|class| snapshot.class_place(class)),
                    class_name: class
                        .and_then(|class| snapshot.class_name(class))
                        .unwrap_or_default()
                        .to_owned(),
                    train: blocks.iter().map(|block| block.train).sum(),
                    valid: blocks.iter().map(|block| block.valid).sum(),
                    blocks,
                }
            },
        )
        .collect();
    films.sort_by(|a, b| (&a.class_name, &a.name).cmp(&(&b.class_name, &b.name)));
    films
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(id: i64, side: Side) -> SceneBlock {
        SceneBlock {
            id: SceneId(id),
            name: format!("film:{id}"),
            number: id as u32,
            side,
            group: None,
            linked: 0,
            train: 1,
            valid: 0,
            images: vec![ImageId(id)],
            poster: Some(ImageId(id)),
            rejected: 0,
        }
    }

    fn model() -> SplitModel {
        let film = |name: &str, ids: std::ops::Range<i64>| Film {
            source: SourceId(ids.start),
            name: name.into(),
            class_index: None,
            class_name: name.into(),
            blocks: ids
                .map(|id| {
                    block(
                        id,
                        if id % 3 == 0 {
                            Side::Valid
                        } else {
                            Side::Train
                        },
                    )
                })
                .collect(),
            train: 0,
            valid: 0,
        };
        SplitModel {
            films: vec![film("elves", 1..4), film("trolls", 4..6)],
            ..SplitModel::default()
        }
    }

    impl SplitModel {
        /// One film of these scenes.
        pub(in crate::ui::pages::split) fn of_blocks(ids: std::ops::Range<i64>) -> Self {
            let mut model = model();
            let film = model.films.swap_remove(0);
            model.films = vec![Film {
                blocks: ids.map(|id| block(id, Side::Train)).collect(),
                ..film
            }];
            model
        }
    }

    #[test]
    fn a_range_is_the_same_from_both_ends() {
        let model = model();
        let (a, b) = (
            BlockPosition { film: 0, block: 1 },
            BlockPosition { film: 1, block: 0 },
        );
        assert_eq!(model.range(a, b), [SceneId(2), SceneId(3), SceneId(4)]);
        assert_eq!(model.range(a, b), model.range(b, a));
    }
}
