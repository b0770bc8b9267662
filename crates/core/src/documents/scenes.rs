//! Every scene of every film, with the id that `split --valid` takes.

use serde::Serialize;

use crate::catalog::{Decision, Scene, SceneId, Side, Snapshot, SplitMode};
use crate::media::scene::Transition;

/// The document of `scenes --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenes {
    pub scenes: Vec<SceneRow>,
}

/// One scene.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneRow {
    /// Its name, such as `drakes:3`.
    pub id: String,
    /// In the catalog.
    pub number: SceneId,
    pub film: String,
    /// Class of most of its images.
    pub class: Option<String>,
    pub first_frame: u64,
    pub last_frame: u64,
    pub transition: Transition,
    /// Images that were not rejected.
    pub images: usize,
    /// Scenes that move together; a scene by itself is its own group.
    pub group: String,
    /// `null` while the split is random: then no scene has a side.
    pub split: Option<Side>,
}

impl Scenes {
    pub fn of(snapshot: &Snapshot) -> Self {
        let rows = snapshot.scenes.iter();
        Self {
            scenes: rows.map(|scene| SceneRow::of(snapshot, scene)).collect(),
        }
    }
}

impl SceneRow {
    pub fn of(snapshot: &Snapshot, scene: &Scene) -> Self {
        let images = snapshot.images_of_scene(scene.id);
        let film = snapshot.source(scene.source);
        let class = snapshot
            .main_class(&images)
            .and_then(|class| snapshot.class_name(class));
        Self {
            id: snapshot.scene_name(scene),
            number: scene.id,
            film: film.map(|film| film.name.clone()).unwrap_or_default(),
            class: class.map(str::to_owned),
            first_frame: scene.first_frame,
            last_frame: scene.last_frame,
            transition: scene.transition,
            images: images
                .iter()
                .filter(|image| image.decision != Decision::Reject)
                .count(),
            group: snapshot.scene_name(first_of_group(snapshot, scene)),
            split: match snapshot.split_mode {
                SplitMode::Scenes => Some(scene.side),
                SplitMode::Random { .. } => None,
            },
        }
    }
}

/// The first of the scenes that move together with `scene`.
fn first_of_group<'a>(snapshot: &'a Snapshot, scene: &'a Scene) -> &'a Scene {
    let first = scene.group.and_then(|group| {
        let mut scenes = snapshot.scenes.iter();
        scenes.find(|other| other.group == Some(group))
    });
    first.unwrap_or(scene)
}
