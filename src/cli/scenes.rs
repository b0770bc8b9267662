//! `scenes`: every scene of every film, with the id that `split --valid` takes.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use crate::catalog::Side;
use crate::documents;

#[derive(Debug, Args)]
pub struct Scenes {
    #[command(flatten)]
    at: ProjectArgs,
}

pub fn run(scenes: &Scenes) -> anyhow::Result<()> {
    let (_project, snapshot) = scenes.at.read()?;
    let document = documents::scenes::Scenes::of(&snapshot);
    if scenes.at.json {
        return output::json(&document);
    }
    if document.scenes.is_empty() {
        output::line("No scenes yet; `cutting-room import-film PROJECT FILM` finds them")?;
    }
    for row in document.scenes {
        let side = row.split.map_or("random", Side::name);
        output::line(format!(
            "{:<20} {:>7} – {:<7} {:>5} images  {:<6} {}",
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
