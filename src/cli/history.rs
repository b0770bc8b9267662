//! `undo` and `redo`: the same journal as the window's Ctrl+Z.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use crate::documents::edits::HistoryStep;

#[derive(Debug, Args)]
pub struct History {
    #[command(flatten)]
    at: ProjectArgs,
}

pub fn undo(history: &History) -> anyhow::Result<()> {
    let (_project, mut catalog) = history.at.write()?;
    say(history, catalog.undo()?, "Nothing to undo")
}

pub fn redo(history: &History) -> anyhow::Result<()> {
    let (_project, mut catalog) = history.at.write()?;
    say(history, catalog.redo()?, "Nothing to redo")
}

fn say(history: &History, done: Option<String>, nothing: &str) -> anyhow::Result<()> {
    if history.at.json {
        return output::json(&HistoryStep { done });
    }
    output::line(done.as_deref().unwrap_or(nothing))?;
    Ok(())
}
