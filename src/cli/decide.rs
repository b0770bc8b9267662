//! `decide`: keep, reject or undecide images by path, or reject what a check has found.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args};

use super::args::{ProjectArgs, score, source_named};
use super::output;
use super::progress_bar::Shown;
use crate::catalog::{Catalog, Decision, Edit, ImageId, ImageRecord, Snapshot, SourceId};
use crate::curate::{Finding, KeepBest, Kind, load_findings, rejects};
use crate::documents::edits::Decided;
use crate::number::counted;
use crate::project::Project;

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
    #[arg(long, num_args = 1.., value_name = "PATH", required_unless_present = "kind")]
    paths: Vec<String>,
    /// With --reject: what the checks found of this kind, as `findings` lists it. Of copies one of each group stays; so does
    /// whatever was kept by hand
    #[arg(long, conflicts_with_all = ["paths", "keep", "undecide"])]
    kind: Option<Kind>,
    /// With --kind, for copies: which one of a group stays: best, largest, oldest or newest
    #[arg(long, value_name = "RULE", requires = "kind")]
    keep_best: Option<KeepBest>,
    /// With --kind: only findings with at least this score, 0 to 1; mislabelled, outlier and background need it, because
    /// they are an order and no verdict
    #[arg(long, value_name = "SCORE", requires = "kind", value_parser = score)]
    min_score: Option<f64>,
    /// Only images of this film or imported folder
    #[arg(long)]
    source: Option<String>,
}

/// All or nothing: one unmatched path and no decision is made.
pub fn run(decide: &Decide) -> anyhow::Result<()> {
    let (images, mut catalog) = if let Some(kind) = decide.kind {
        check_kind(decide, kind)?;
        let (project, catalog) = decide.at.write()?;
        (found(decide, kind, &project, &catalog)?, catalog)
    } else {
        let paths = paths(&decide.paths)?;
        let (_project, catalog) = decide.at.write()?;
        let images = find(&catalog.snapshot()?, decide.source.as_deref(), &paths)?;
        (images, catalog)
    };
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

fn check_kind(decide: &Decide, kind: Kind) -> anyhow::Result<()> {
    if kind.is_ranking() && decide.min_score.is_none() {
        bail!(
            "{kind} is an order of suspicion and no verdict; look at `findings --kind {kind}` and say from which score on to reject (--min-score 0.9)"
        );
    }
    if decide.keep_best.is_some() && !kind.has_groups() {
        bail!("--keep-best is for copies; {kind} has no groups");
    }
    Ok(())
}

/// What a check found and nobody has decided on yet.
fn found(
    decide: &Decide,
    kind: Kind,
    project: &Project,
    catalog: &Catalog,
) -> anyhow::Result<Vec<ImageId>> {
    let mut shown = Shown::new()?;
    let (snapshot, findings) =
        load_findings(catalog, &project.cache_dir(), &[kind], &shown.progress)?;
    shown.finish();
    if findings.unscanned > 0 {
        bail!(
            "not scanned yet: {}; run `cutting-room scan {}` first",
            counted(findings.unscanned, "image"),
            decide.at.project.display()
        );
    }
    for note in &findings.notes {
        output::note(note);
    }
    let source = decide
        .source
        .as_deref()
        .map(|name| source_named(&snapshot, name))
        .transpose()?
        .map(|source| source.id);
    let is_meant = |finding: &&Finding| {
        let image = finding.image().and_then(|id| snapshot.image(id));
        let is_of_source = |id| image.is_some_and(|image| image.source == id);
        finding.score >= decide.min_score.unwrap_or_default() && source.is_none_or(is_of_source)
    };
    let meant: Vec<&Finding> = findings.list.iter().filter(is_meant).collect();
    let rejects = rejects(&snapshot, &meant, decide.keep_best.unwrap_or_default());
    if rejects.spared > 0 {
        output::note(format_args!(
            "{} of them stay, because they were kept by hand",
            rejects.spared
        ));
    }
    Ok(rejects.images)
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
            "nothing was decided, because {} of {} paths match no image: {}{}; a path is absolute, or relative to the imported folder (as the window shows it) or to the project",
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
