//! The whole catalog at one moment, as values that views and jobs can hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::content::PixelHashes;
use super::dismissal::Dismissal;
use super::record::{
    ClassId, ImageId, ImageRecord, Scene, SceneId, Source, SourceId, SourceKind, Unit,
};

/// How validation images are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitMode {
    /// By the scenes' sides, so that no scene is on both.
    #[default]
    Scenes,
    /// Random images, for comparison only: it leaks scenes.
    Random { fraction: f64, seed: u64 },
}

impl SplitMode {
    pub fn is_by_scenes(&self) -> bool {
        *self == Self::Scenes
    }
}

/// Everything in the catalog at one moment, as values; sorted by id (classes by name). What was removed is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Grows with every change.
    pub version: u64,
    pub root: PathBuf,
    /// Only classes that an image has.
    pub classes: Vec<(ClassId, String)>,
    /// Classes whose images are not trained on, nor in validation.
    pub excluded: BTreeSet<ClassId>,
    pub sources: Vec<Source>,
    pub scenes: Vec<Scene>,
    pub images: Vec<ImageRecord>,
    /// Images that are not cropped yet, though their source is to be cropped by its borders: no scan has looked for them.
    pub unmeasured: BTreeMap<SourceId, usize>,
    /// Images of upsampled sources that have no copies yet, because nobody has looked which ones show something.
    pub without_copies: BTreeMap<SourceId, usize>,
    pub split_mode: SplitMode,
    /// Which files show the same pixels, as far as it is known; also of files that are in no row any more.
    pub pixels: Arc<PixelHashes>,
    /// Findings that a person has called wrong.
    pub dismissed: Arc<BTreeSet<Dismissal>>,
    /// Made at the first question; start it empty and do not move images between scenes afterwards.
    pub index: Index,
}

/// Which images each scene and source has, as positions in `images`. Follows from the rest, so all are equal.
#[derive(Clone, Debug, Default)]
pub struct Index(OnceLock<Members>);

#[derive(Clone, Debug, Default)]
struct Members {
    of_scene: BTreeMap<SceneId, Vec<usize>>,
    of_source: BTreeMap<SourceId, Vec<usize>>,
}

impl PartialEq for Index {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Snapshot {
    pub fn image(&self, id: ImageId) -> Option<&ImageRecord> {
        let at = self.images.binary_search_by_key(&id, |image| image.id);
        self.images.get(at.ok()?)
    }

    pub fn scene(&self, id: SceneId) -> Option<&Scene> {
        let at = self.scenes.binary_search_by_key(&id, |scene| scene.id);
        self.scenes.get(at.ok()?)
    }

    /// What moves with the image in a split: its scene's group, or its scene, or the image by itself.
    pub fn unit_of(&self, image: &ImageRecord) -> Unit {
        match image.scene {
            Some(id) => self.scene(id).map_or(Unit::Scene(id), Scene::unit),
            None => Unit::Image(image.id),
        }
    }

    pub fn source(&self, id: SourceId) -> Option<&Source> {
        let at = self.sources.binary_search_by_key(&id, |source| source.id);
        self.sources.get(at.ok()?)
    }

    pub fn source_named(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    pub fn class_name(&self, id: ClassId) -> Option<&str> {
        let (_, name) = self.classes.iter().find(|(class, _)| *class == id)?;
        Some(name)
    }

    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        let (id, _) = self.classes.iter().find(|(_, class)| class == name)?;
        Some(*id)
    }

    /// The class's place among all, in the order in which they came into the project: for its color and its key, which
    /// stay when another class is added.
    pub fn class_place(&self, id: ClassId) -> Option<usize> {
        let is_there = self.classes.iter().any(|(class, _)| *class == id);
        let earlier = self.classes.iter().filter(|(class, _)| *class < id);
        is_there.then(|| earlier.count())
    }

    /// In the order of [`Self::class_place`].
    pub fn classes_by_place(&self) -> Vec<&(ClassId, String)> {
        let mut classes: Vec<_> = self.classes.iter().collect();
        classes.sort_by_key(|(id, _)| *id);
        classes
    }

    /// Images of the scene in frame order.
    pub fn images_of_scene(&self, id: SceneId) -> Vec<&ImageRecord> {
        self.at(self.members().of_scene.get(&id))
    }

    /// Images of the source: a film's in frame order, a folder's in the order of import.
    pub fn images_of_source(&self, id: SourceId) -> Vec<&ImageRecord> {
        self.at(self.members().of_source.get(&id))
    }

    /// Scenes of the film in their order.
    pub fn scenes_of_source(&self, id: SourceId) -> Vec<&Scene> {
        let mut scenes: Vec<&Scene> = self
            .scenes
            .iter()
            .filter(|scene| scene.source == id)
            .collect();
        scenes.sort_by_key(|scene| scene.index);
        scenes
    }

    /// The class that most of `images` have; of equals the first by name. `None` if none has one.
    pub fn main_class(&self, images: &[&ImageRecord]) -> Option<ClassId> {
        let mut counts: BTreeMap<ClassId, usize> = BTreeMap::new();
        for class in images.iter().filter_map(|image| image.class) {
            *counts.entry(class).or_default() += 1;
        }
        // Of equals `max_by_key` takes the last.
        let classes = self.classes.iter().rev();
        classes
            .filter_map(|(class, _)| Some((*class, *counts.get(class)?)))
            .max_by_key(|(_, count)| *count)
            .map(|(class, _)| class)
    }

    fn at(&self, positions: Option<&Vec<usize>>) -> Vec<&ImageRecord> {
        let positions = positions.map_or(&[][..], Vec::as_slice);
        positions
            .iter()
            .filter_map(|&at| self.images.get(at))
            .collect()
    }

    fn members(&self) -> &Members {
        self.index.0.get_or_init(|| {
            let mut members = Members::default();
            for (at, image) in self.images.iter().enumerate() {
                members.of_source.entry(image.source).or_default().push(at);
                if let Some(scene) = image.scene {
                    members.of_scene.entry(scene).or_default().push(at);
                }
            }
            let films = self.sources.iter();
            let films: BTreeSet<SourceId> = films
                .filter(|source| source.kind == SourceKind::Film)
                .map(|source| source.id)
                .collect();
            let of_films = members.of_source.iter_mut();
            let of_films = of_films.filter(|(source, _)| films.contains(source));
            let lists = members
                .of_scene
                .values_mut()
                .chain(of_films.map(|(_, list)| list));
            for list in lists {
                // Stable, so images without a frame number stay in id order.
                list.sort_by_key(|&at| self.images.get(at).and_then(|image| image.frame));
            }
            members
        })
    }
}
