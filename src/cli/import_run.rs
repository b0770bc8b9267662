//! `import-run`: brings the runs of a job back, or makes a run of a fastai learner.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::Snapshot;
use crate::import_run::{ImportLearner, ImportRun, Imported};
use crate::model::preprocess::Fit;
use crate::project::Project;
use crate::report::interval_text;
use crate::run::preset::Preset;

#[derive(Debug, Args)]
pub struct ImportRunArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// The job's folder, or a fastai learner: the file that learn.save wrote, of a ResNet
    #[arg(value_name = "DIR|LEARNER")]
    from: PathBuf,
    /// The learner's classes in the order of learn.dls.vocab: their names, or a file with one a line
    #[arg(long, value_name = "A,B,…|FILE")]
    classes: Option<String>,
    /// Side of the square that the learner saw, in pixels [224]
    #[arg(long, value_name = "PIXELS", requires = "classes")]
    size: Option<u32>,
    /// How an image became that square [crop, as fastai's Resize does it]
    #[arg(long, value_enum, requires = "classes")]
    fit: Option<Fit>,
    /// The learner was made with pretrained=False, so fastai has normalized nothing: its images are taken as they are
    #[arg(long, requires = "classes")]
    no_normalize: bool,
}

/// Opens the catalog only for reading, as `train` does.
pub fn run(args: &ImportRunArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown.progress)?;
    let imported = if args.from.is_file() {
        let learner = learner(args, project, snapshot)?;
        let seen = match learner.fit {
            Fit::Crop => "the middle square",
            Fit::Squish => "the whole image, distorted",
            Fit::Pad => "the whole image on grey",
            Fit::Keep => "the whole image, undistorted",
        };
        let side = learner.size;
        let normalized = if learner.normalize {
            "normalized as ImageNet's images: its file does not say so, but fastai does it unless pretrained=False (then: --no-normalize)"
        } else {
            "not normalized (--no-normalize): its file does not say so, but so fastai does it with pretrained=False"
        };
        shown.note(&format!(
            "sees {seen}, in {side} pixels a side (--fit, --size), {normalized}"
        ));
        learner.run(&shown.progress)?
    } else {
        let job = args.from.clone();
        if args.classes.is_some() {
            bail!(
                "--classes is for a fastai learner, and there is no file {}; give it the path of the file that learn.save wrote",
                job.display()
            );
        }
        let import = ImportRun {
            project,
            snapshot,
            job,
        };
        import.run(&shown.progress)?
    };
    shown.finish();
    if args.at.json {
        return output::json(&imported);
    }
    show(&imported)
}

fn learner(
    args: &ImportRunArgs,
    project: Project,
    snapshot: Snapshot,
) -> anyhow::Result<ImportLearner> {
    let Some(classes) = &args.classes else {
        bail!(
            "the file of a learner does not say what its classes are called; add --classes with learn.dls.vocab, in its order (in Python: print(','.join(learn.dls.vocab)))"
        );
    };
    Ok(ImportLearner {
        project,
        snapshot,
        file: args.from.clone(),
        classes: names(classes)?,
        size: args.size.unwrap_or_else(|| Preset::Fastai.size()),
        fit: args.fit.unwrap_or(Fit::Crop),
        normalize: !args.no_normalize,
    })
}

/// Of the lines of a file, or between commas.
fn names(classes: &str) -> anyhow::Result<Vec<String>> {
    let path = Path::new(classes);
    let trimmed = |parts: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    if path.is_file() {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the class list {}", path.display()))?;
        // Some editors begin a file with a byte order mark.
        return Ok(trimmed(&mut text.trim_start_matches('\u{feff}').lines()));
    }
    // No learner has one class alone, so this is no list of names.
    if !classes.contains(',') {
        bail!(
            "there is no file {classes} with the learner's classes; name a file with one a line, or all of them with commas between"
        );
    }
    Ok(trimmed(&mut classes.split(',')))
}

fn show(imported: &Imported) -> anyhow::Result<()> {
    for run in &imported.imported {
        let accuracy = run.accuracy.unwrap_or_default() * 100.0;
        let interval = run.interval.map(interval_text).unwrap_or_default();
        let checked = run.checked.map_or(String::new(), |checked| {
            format!(
                "; checked by {} images: no logit differs by more than {:.1e}",
                checked.images, checked.difference
            )
        });
        output::line(format!("{}  {accuracy:.1} %  {interval}{checked}", run.run))?;
    }
    for run in &imported.restored {
        output::line(format!(
            "{run}  is in the project already, and has its weights again"
        ))?;
    }
    for run in &imported.known {
        output::line(format!("{run}  is in the project already"))?;
    }
    Ok(())
}
