//! `scenes`: every scene of every film, with the id that `split --valid` takes.

use clap::Args;
use serde::Serialize;

use super::{ProjectArgs, output};
use crate::catalog::query::SplitMode;
use crate::catalog::{Decision, ImageRecord, Scene, SceneId, Side, Snapshot};
use crate::media::scene::Transition;

#[derive(Debug, Args)]
pub struct Scenes {
    #[command(flatten)]
    at: ProjectArgs,
}

#[derive(Serialize)]
struct Listing {
    scenes: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    number: SceneId,
    film: String,
    /// Class of most of its pictures.
    class: Option<String>,
    first_frame: u64,
    last_frame: u64,
    transition: Transition,
    /// Pictures that were not rejected.
    images: usize,
    /// Scenes that move together; a scene by itself is its own group.
    group: String,
    /// `null` while the split is random: then no scene has a side.
    split: Option<Side>,
}

pub fn run(scenes: &Scenes) -> anyhow::Result<()> {
    let (_project, snapshot) = scenes.at.read()?;
    let rows: Vec<Row> = snapshot
        .scenes
        .iter()
        .map(|scene| row(&snapshot, scene))
        .collect();
    if scenes.at.json {
        return output::json(&Listing { scenes: rows });
    }
    if rows.is_empty() {
        output::line("No scenes yet; `cutting-room import-film PROJECT FILM` finds them")?;
    }
    for row in rows {
        let side = match row.split {
            Some(Side::Train) => "train",
            Some(Side::Valid) => "valid",
            None => "random",
        };
        output::line(format!(
            "{:<20} {:>7} – {:<7} {:>5} pictures  {:<6} {}",
            row.id,
            row.first_frame,
            row.last_frame,
            row.images,
            side,
            row.class.as_deref().unwrap_or("no class"),
        ))?;
    }
    Ok(())
}

fn row(snapshot: &Snapshot, scene: &Scene) -> Row {
    let images = snapshot.images_of_scene(scene.id);
    let id = snapshot.scene_name(scene);
    Row {
        group: id.clone(),
        id,
        number: scene.id,
        film: snapshot
            .source(scene.source)
            .map(|source| source.name.clone())
            .unwrap_or_default(),
        class: main_class(snapshot, &images),
        first_frame: scene.first_frame,
        last_frame: scene.last_frame,
        transition: scene.transition,
        images: images
            .iter()
            .filter(|image| image.decision != Decision::Reject)
            .count(),
        split: match snapshot.split_mode {
            SplitMode::Scenes => Some(scene.side),
            SplitMode::Random { .. } => None,
        },
    }
}

fn main_class(snapshot: &Snapshot, images: &[&ImageRecord]) -> Option<String> {
    let (_, class) = snapshot
        .classes
        .iter()
        .map(|(id, name)| {
            let count = images
                .iter()
                .filter(|image| image.class == Some(*id))
                .count();
            (count, name)
        })
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, _)| *count)?;
    Some(class.clone())
}
