//! `decide`: keep, reject or undecide images by path.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args};

use super::args::{ProjectArgs, source_named};
use super::output;
use crate::catalog::{Decision, Edit, ImageId, ImageRecord, Snapshot, SourceId};
use crate::documents::edits::Decided;

/// More names than this do not help to find the slip.
const NAMED_PATHS: usize = 10;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("decision").required(true))]
pub struct Decide {
    #[command(flatten)]
    at: ProjectArgs,
    #[arg(long, group = "decision")]
    reject: bool,
    #[arg(long, group = "decision")]
    keep: bool,
    #[arg(long, group = "decision")]
    undecide: bool,
    /// Images: relative to the imported folder, to the project, or absolute; `-` reads one a line from stdin
    #[arg(long, num_args = 1.., required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Only images of this film or imported folder
    #[arg(long)]
    source: Option<String>,
}

/// All or nothing: one unmatched path and no decision is made.
pub fn run(decide: &Decide) -> anyhow::Result<()> {
    let paths = paths(&decide.paths)?;
    let (_project, mut catalog) = decide.at.write()?;
    let images = find(&catalog.snapshot()?, decide.source.as_deref(), &paths)?;
    let decision = if decide.reject {
        Decision::Reject
    } else if decide.keep {
        Decision::Keep
    } else {
        Decision::Undecided
    };
    let count = images.len();
    let done = catalog.apply(&Edit::SetDecision { images, decision })?;
    if decide.at.json {
        return output::json(&Decided {
            decision,
            images: count,
            done,
        });
    }
    output::line(done)?;
    Ok(())
}

fn paths(given: &[String]) -> anyhow::Result<Vec<String>> {
    if given != ["-"] {
        return Ok(given.to_vec());
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the paths from stdin")?;
    let paths: Vec<String> = text
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if paths.is_empty() {
        bail!("stdin held no path; give one a line");
    }
    Ok(paths)
}

fn find(
    snapshot: &Snapshot,
    source: Option<&str>,
    paths: &[String],
) -> anyhow::Result<Vec<ImageId>> {
    let source = source
        .map(|name| source_named(snapshot, name))
        .transpose()?
        .map(|source| source.id);
    let candidates: Vec<&ImageRecord> = snapshot
        .images
        .iter()
        .filter(|image| source.is_none_or(|source| source == image.source))
        .collect();
    let mut images = BTreeSet::new();
    let mut unmatched = Vec::new();
    for path in paths {
        let matching = matching(snapshot, &candidates, path);
        let sources: BTreeSet<SourceId> = matching.iter().map(|image| image.source).collect();
        if sources.len() > 1 {
            let names: Vec<&str> = sources
                .iter()
                .filter_map(|id| snapshot.source(*id))
                .map(|source| source.name.as_str())
                .collect();
            bail!(
                "{path} is in several sources ({}); say which with --source",
                names.join(", ")
            );
        }
        if matching.is_empty() {
            unmatched.push(path.as_str());
        }
        images.extend(matching.iter().map(|image| image.id));
    }
    if !unmatched.is_empty() {
        bail!(
            "nothing was decided, because {} of {} paths match no image: {}{}; paths are relative to the imported folder, as `evaluate --json` and the window show them",
            unmatched.len(),
            paths.len(),
            unmatched
                .iter()
                .take(NAMED_PATHS)
                .copied()
                .collect::<Vec<_>>()
                .join(", "),
            if unmatched.len() > NAMED_PATHS {
                ", …"
            } else {
                ""
            },
        );
    }
    Ok(images.into_iter().collect())
}

/// A path as an imported folder, the project, or the file system knows it.
fn matching<'a>(
    snapshot: &Snapshot,
    candidates: &[&'a ImageRecord],
    path: &str,
) -> Vec<&'a ImageRecord> {
    let origin = path.strip_prefix("./").unwrap_or(path);
    let in_project = snapshot.root.join(origin);
    let absolute = Path::new(path).canonicalize().ok();
    candidates
        .iter()
        .copied()
        .filter(|image| {
            image.origin == origin
                || image.path == in_project
                || absolute.as_deref() == Some(image.path.as_path())
        })
        .collect()
}
