//! `undo` and `redo`: the same journal as the window's Ctrl+Z.

use clap::Args;
use serde::Serialize;

use super::{ProjectArgs, output};

#[derive(Debug, Args)]
pub struct History {
    #[command(flatten)]
    at: ProjectArgs,
}

#[derive(Serialize)]
struct Done {
    /// `null` when there was nothing left.
    done: Option<String>,
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
        return output::json(&Done { done });
    }
    output::line(done.as_deref().unwrap_or(nothing))?;
    Ok(())
}
