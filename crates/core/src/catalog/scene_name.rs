//! The name of a scene, wherever people read or type it: `drakes:3`, its film and its position from 1.

use super::record::{Scene, SceneId};
use super::snapshot::Snapshot;
use crate::error::{Error, Result};

/// `index`: the 0-based position in the film.
///
/// ```
/// use cutting_room_core::catalog::scene_name;
/// assert_eq!(scene_name("drakes", 2), "drakes:3");
/// ```
pub fn scene_name(film: &str, index: u32) -> String {
    format!("{film}:{}", u64::from(index) + 1)
}

impl Snapshot {
    /// As [`scene_name`].
    pub fn scene_name(&self, scene: &Scene) -> String {
        let film = self.source(scene.source);
        scene_name(film.map_or("?", |film| &film.name), scene.index)
    }

    /// The scene of this name, or of this number in the catalog. A film may have `:` in its name, so the last one counts.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is none.
    pub fn find_scene(&self, text: &str) -> Result<SceneId> {
        let named = || {
            let (film, position) = text.rsplit_once(':')?;
            let index = position.parse::<u32>().ok()?.checked_sub(1)?;
            let film = self.source_named(film)?;
            self.scenes
                .iter()
                .find(|scene| scene.source == film.id && scene.index == index)
        };
        let numbered = || self.scene(SceneId(text.parse().ok()?));
        named()
            .or_else(numbered)
            .map(|scene| scene.id)
            .ok_or_else(|| Error::Unknown {
                what: "scene",
                name: text.to_owned(),
                remedy: "`cutting-room scenes PROJECT` lists them (ids look like drakes:3)".into(),
            })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::catalog::{
        ClassId, Decision, ImageId, ImageRecord, Side, Source, SourceId, SourceKind,
    };
    use crate::media::scene::Transition;

    fn snapshot() -> Snapshot {
        let source = |id: i64, name: &str| Source {
            id: SourceId(id),
            kind: SourceKind::Film,
            name: name.to_owned(),
            origin: PathBuf::new(),
            is_test: false,
            film: None,
            broken: None,
            crop: None,
            is_upsampled: false,
        };
        let scene = |id: i64, source: i64, index: u32| Scene {
            id: SceneId(id),
            source: SourceId(source),
            index,
            group: None,
            first_frame: 0,
            last_frame: 9,
            transition: Transition::Cut,
            side: Side::Train,
        };
        Snapshot {
            sources: vec![source(1, "elves"), source(2, "part:1")],
            scenes: vec![scene(4, 1, 0), scene(5, 1, 1), scene(6, 2, 0)],
            ..Snapshot::default()
        }
    }

    #[test]
    fn every_scene_is_found_by_its_name_and_by_its_number() {
        let snapshot = snapshot();
        let names: Vec<String> = snapshot
            .scenes
            .iter()
            .map(|scene| snapshot.scene_name(scene))
            .collect();
        assert_eq!(names, ["elves:1", "elves:2", "part:1:1"]);
        for (scene, name) in snapshot.scenes.iter().zip(&names) {
            assert_eq!(snapshot.find_scene(name).unwrap(), scene.id);
            let number = scene.id.0.to_string();
            assert_eq!(snapshot.find_scene(&number).unwrap(), scene.id);
        }
        for nothing in ["elves", "elves:0", "elves:3", "orcs:1", "7", ""] {
            assert!(snapshot.find_scene(nothing).is_err(), "{nothing}");
        }
    }

    #[test]
    fn the_main_class_is_the_most_frequent_and_of_equals_the_first_by_name() {
        let snapshot = Snapshot {
            classes: vec![(ClassId(2), "elves".into()), (ClassId(1), "orcs".into())],
            ..snapshot()
        };
        let main = |classes: &[Option<i64>]| {
            let images: Vec<ImageRecord> = classes.iter().map(|class| image(*class)).collect();
            snapshot.main_class(&images.iter().collect::<Vec<_>>())
        };
        assert_eq!(
            main(&[Some(1), Some(2), Some(1), None, None]),
            Some(ClassId(1))
        );
        assert_eq!(main(&[Some(1), Some(2)]), Some(ClassId(2)));
        assert_eq!(main(&[None]), None);
    }

    fn image(class: Option<i64>) -> ImageRecord {
        ImageRecord {
            id: ImageId(1),
            source: SourceId(1),
            class: class.map(ClassId),
            scene: None,
            side: None,
            path: PathBuf::new(),
            origin: String::new(),
            hash: String::new(),
            width: 1,
            height: 1,
            crop: crate::media::border::Insets::NONE,
            character: None,
            copies: crate::media::upsampling::Copies::default(),
            frame: None,
            time_secs: None,
            decision: Decision::Undecided,
            decided: crate::catalog::Decided::default(),
        }
    }
}
