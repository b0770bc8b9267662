//! `import-film` and `import-images`.

use std::path::{Component, Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::import::{ImportFilm, ImportImages, Layout, Placement};
use crate::documents::imports::{FailedImport, Imports};
use crate::error::Error;
use crate::media::video::{Every, ExtractOptions};

#[derive(Debug, Args)]
pub struct ImportFilmArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Films: anything ffmpeg reads
    #[arg(required = true)]
    films: Vec<PathBuf>,
    /// Class of all their frames [default: each film's name]
    #[arg(long)]
    class: Option<String>,
    /// Keep frames 0, N, 2N… [default: 48]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "every_secs")]
    every: Option<u32>,
    /// Keep a frame every S seconds
    #[arg(long, value_name = "S", value_parser = seconds)]
    every_secs: Option<f64>,
    /// Width of the kept frames in pixels; the height follows [default: the film's own, or that of its frames in the project]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=16384))]
    width: Option<u32>,
    /// Height of the kept frames in pixels; the width follows
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=16384))]
    height: Option<u32>,
}

#[derive(Debug, Args)]
pub struct ImportImagesArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Its sub-folders are classes
    folder: PathBuf,
    /// What to call this source [default: the folder's name]
    #[arg(long)]
    source: Option<String>,
    /// Copy the images into the project (the default)
    #[arg(long, conflicts_with = "in_place")]
    copy: bool,
    /// Only remember where the images are
    #[arg(long)]
    in_place: bool,
    /// A named test set: never trained on
    #[arg(long)]
    test: bool,
    /// What its sub-folders are: classes, or the sides of a split (train, valid, test) with classes below; auto tells by
    /// their names
    #[arg(long, value_enum, default_value_t)]
    layout: Layout,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(secs) if secs.is_finite() && secs > 0.0 => Ok(secs),
        _ => Err("give a number of seconds above 0, such as 0.5".into()),
    }
}

/// One film that cannot be read does not keep the others out; the exit code still says that something is missing.
pub fn films(args: &ImportFilmArgs) -> anyhow::Result<()> {
    let (project, mut catalog) = args.at.write()?;
    let mut shown_progress = Shown::new()?;
    let mut done = Imports::default();
    for film in &args.films {
        let import = ImportFilm {
            film: film.clone(),
            class: args.class.clone(),
            extract: extract_options(args),
        };
        match catalog.import_film(&project, &import, &shown_progress.progress) {
            Ok(report) => {
                if !args.at.json {
                    shown_progress.note(&report.summary());
                }
                done.imported.push(report);
            }
            Err(error) if concerns_one_film(&error) => {
                shown_progress.note(&format!("failed: {error}"));
                done.failed.push(FailedImport {
                    path: film.clone(),
                    message: error.to_string(),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    shown_progress.finish();
    done.warnings = shown_progress.progress.warnings();
    let (failed, all) = (done.failed.len(), args.films.len());
    if args.at.json {
        output::json(&done)?;
    }
    if failed > 0 {
        bail!("{failed} of {all} films could not be imported; the reasons are above");
    }
    Ok(())
}

/// What keeps one film out, and says nothing about the next.
fn concerns_one_film(error: &Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error {
        Error::Film { .. } | Error::Missing { .. } | Error::Invalid(_) => true,
        Error::Io { source, .. } => !matches!(
            source.kind(),
            QuotaExceeded | ReadOnlyFilesystem | StorageFull
        ),
        _project_or_program => false,
    }
}

fn extract_options(args: &ImportFilmArgs) -> ExtractOptions {
    let default = ExtractOptions::default();
    let every = match (args.every, args.every_secs) {
        (Some(frames), _) => Every::Frames(frames),
        (None, Some(secs)) => Every::Secs(secs),
        (None, None) => default.every,
    };
    ExtractOptions {
        every,
        width: args.width,
        height: args.height,
    }
}

pub fn images(args: &ImportImagesArgs) -> anyhow::Result<()> {
    let (project, mut catalog) = args.at.write()?;
    let mut shown_progress = Shown::new()?;
    let import = ImportImages {
        folder: args.folder.clone(),
        source: source_name(args.source.as_deref(), &args.folder)?,
        placement: if args.in_place {
            Placement::InPlace
        } else {
            Placement::Copy
        },
        is_test: args.test,
        layout: args.layout,
    };
    let parts = catalog.import_parts(&import)?;
    if let Some(split) = parts.split.as_ref().filter(|_| args.layout == Layout::Auto) {
        let names = split.names();
        shown_progress.note(&format!(
            "{names} are taken as the sides of a split, with the classes below them (`--layout classes` takes them as classes)"
        ));
    }
    let mut done = Imports::default();
    for part in &parts.imports {
        let report = catalog.import_images(&project, part, &shown_progress.progress)?;
        done.imported.push(report);
    }
    shown_progress.finish();
    done.warnings = shown_progress.progress.warnings();
    if args.at.json {
        return output::json(&done);
    }
    for report in &done.imported {
        output::line(report.summary())?;
    }
    Ok(())
}

/// `given`, or the folder's name.
pub fn source_name(given: Option<&str>, folder: &Path) -> anyhow::Result<String> {
    if let Some(name) = given {
        return Ok(name.to_owned());
    }
    // `.` and `..` have a name only once they are resolved.
    if !folder.exists() {
        return Err(Error::Missing {
            path: folder.to_path_buf(),
        }
        .into());
    }
    // A link keeps the name that the person gave it.
    let is_named = matches!(folder.components().next_back(), Some(Component::Normal(_)));
    let folder = if is_named {
        folder.to_path_buf()
    } else {
        folder
            .canonicalize()
            .map_err(Error::io("find the folder", folder))?
    };
    match folder.file_name() {
        Some(name) => Ok(name.to_string_lossy().into_owned()),
        None => bail!(
            "name the source with --source NAME; {} has no name",
            folder.display()
        ),
    }
}
