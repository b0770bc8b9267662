//! How people name a scene on the command line: `drakes:3` (film, position from 1, as the window
//! counts) or the catalogue's number.

use crate::catalog::{Scene, SceneId, Snapshot};
use crate::error::Error;

/// `drakes:3`; what `scenes` prints and `split --valid` takes.
pub fn scene_name(snapshot: &Snapshot, scene: &Scene) -> String {
    let film = snapshot
        .source(scene.source)
        .map_or("?", |source| source.name.as_str());
    format!("{film}:{}", scene.index + 1)
}

/// The scene that `text` names. A film may have `:` in its name, so the last one counts.
pub fn find_scene(snapshot: &Snapshot, text: &str) -> Result<SceneId, Error> {
    let named = || {
        let (film, index) = text.rsplit_once(':')?;
        let index = index.parse::<u32>().ok()?.checked_sub(1)?;
        let source = snapshot.sources.iter().find(|source| source.name == film)?;
        snapshot
            .scenes
            .iter()
            .find(|scene| scene.source == source.id && scene.index == index)
    };
    let numbered = || {
        let id = SceneId(text.parse().ok()?);
        snapshot.scenes.iter().find(|scene| scene.id == id)
    };
    named()
        .or_else(numbered)
        .map(|scene| scene.id)
        .ok_or_else(|| Error::Unknown {
            what: "scene",
            name: text.to_owned(),
            remedy: "`cutting-room scenes PROJECT` lists them (ids look like drakes:3)".into(),
        })
}
