//! `group`: links scenes that show the same, or separates them; suggests which ones.

use clap::{ArgGroup, Args};

use super::args::{ProjectArgs, score};
use super::output;
use super::progress_bar::Shown;
use crate::catalog::{Catalog, Edit, SceneId, Snapshot};
use crate::curate::Features;
use crate::curate::scene_groups::{LIKELY, SceneLink, suggest};
use crate::documents::edits::{Grouped, LinkSuggestion};
use crate::error::Error;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true))]
pub struct Group {
    #[command(flatten)]
    at: ProjectArgs,
    /// List scenes of one film that seem to show the same place, the most certain first; links nothing by itself
    #[arg(long, group = "what")]
    suggest: bool,
    /// Link these scenes (drakes:3) and those that they are linked with; if one of them is in training, all go there
    #[arg(long, num_args = 2.., value_name = "ID", group = "what")]
    link: Option<Vec<String>>,
    /// Take these scenes out of their groups; they stay on their sides
    #[arg(long, num_args = 1.., value_name = "ID", group = "what")]
    separate: Option<Vec<String>>,
    /// With --suggest: only those with at least this score, 0 to 1 [default: 0.8]
    #[arg(long, value_name = "SCORE", value_parser = score, conflicts_with_all = ["link", "separate"])]
    min_score: Option<f64>,
    /// With --suggest: link them all, in one step that `undo` takes back
    #[arg(long, conflicts_with_all = ["link", "separate"])]
    apply: bool,
}

pub fn run(group: &Group) -> anyhow::Result<()> {
    let mut suggestions = Vec::new();
    let done = if group.suggest {
        let (snapshot, links) = suggested(group)?;
        suggestions = links.iter().map(|link| row(&snapshot, link)).collect();
        let pairs = links.iter().map(|link| link.scenes.to_vec());
        if group.apply && !links.is_empty() {
            let (_project, mut catalog) = group.at.write()?;
            let edit = Edit::LinkEach {
                groups: pairs.collect(),
            };
            catalog.edit(&edit)?.map(|applied| applied.text)
        } else {
            None
        }
    } else {
        let (_project, mut catalog) = group.at.write()?;
        let edit = edit(group, &catalog)?;
        catalog.edit(&edit)?.map(|applied| applied.text)
    };
    show(group, Grouped { suggestions, done })
}

fn suggested(group: &Group) -> anyhow::Result<(Snapshot, Vec<SceneLink>)> {
    let (project, snapshot) = group.at.read()?;
    let mut shown = Shown::new()?;
    let mut links = Vec::new();
    if !snapshot.scenes.is_empty() {
        let features = Features::load(&project.cache_dir(), &snapshot, &shown.progress)?;
        links = suggest(&snapshot, &features, &shown.progress)?;
    }
    shown.finish();
    let least = group.min_score.unwrap_or(LIKELY);
    links.retain(|link| link.score >= least);
    Ok((snapshot, links))
}

fn edit(group: &Group, catalog: &Catalog) -> Result<Edit, Error> {
    let snapshot = catalog.snapshot()?;
    let find = |names: &[String]| -> Result<Vec<SceneId>, Error> {
        names.iter().map(|name| snapshot.find_scene(name)).collect()
    };
    Ok(match (&group.link, &group.separate) {
        (Some(names), _) => Edit::LinkScenes {
            scenes: find(names)?,
        },
        (None, names) => Edit::SeparateScenes {
            scenes: find(names.as_deref().unwrap_or_default())?,
        },
    })
}

fn row(snapshot: &Snapshot, link: &SceneLink) -> LinkSuggestion {
    LinkSuggestion {
        scenes: link.scenes.map(|id| {
            let scene = snapshot.scene(id);
            scene.map_or_else(String::new, |scene| snapshot.scene_name(scene))
        }),
        score: link.score,
    }
}

fn show(group: &Group, document: Grouped) -> anyhow::Result<()> {
    if group.at.json {
        return output::json(&document);
    }
    for LinkSuggestion {
        scenes: [first, second],
        score,
    } in &document.suggestions
    {
        output::line(format!("{score:.3}  {first} {second}"))?;
    }
    match document.done {
        Some(done) => output::line(format!("{done}; `undo` takes it back"))?,
        None if !group.suggest => output::line("Nothing to change")?,
        None if document.suggestions.is_empty() => {
            output::line("No two scenes of a film are that much alike")?;
        }
        None => output::line(
            "Nothing is linked yet: `group --link ID ID` links two, `group --suggest --apply` all of these",
        )?,
    }
    Ok(())
}
