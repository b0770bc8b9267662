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

    /// The scene of this name, or of this number in the catalogue. A film may have `:` in its name, so the last one counts.
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
