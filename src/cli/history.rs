//! `undo` and `redo`: the same journal as the window's Ctrl+Z.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use crate::documents::edits::HistoryStep;
use crate::session::with_small_initial;

#[derive(Debug, Args)]
pub struct History {
    #[command(flatten)]
    at: ProjectArgs,
}

pub fn undo(history: &History) -> anyhow::Result<()> {
    let (_project, mut catalog) = history.at.write()?;
    say(history, catalog.undo()?, ["Undone", "Nothing to undo"])
}

pub fn redo(history: &History) -> anyhow::Result<()> {
    let (_project, mut catalog) = history.at.write()?;
    say(history, catalog.redo()?, ["Redone", "Nothing to redo"])
}

fn say(history: &History, done: Option<String>, [word, nothing]: [&str; 2]) -> anyhow::Result<()> {
    if history.at.json {
        return output::json(&HistoryStep { done });
    }
    match done {
        Some(done) => output::line(format!("{word}: {}", with_small_initial(&done)))?,
        None => output::line(nothing)?,
    }
    Ok(())
}
