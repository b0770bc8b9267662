//! `watch`: takes in what others put into a folder, until Ctrl+C.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::Catalog;
use crate::catalog::import::{Found, ImportImages, ImportReport};
use crate::collect::watch::{FolderWatch, INTERVAL, WatchRequest};
use crate::documents::imports::Imports;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::Project;

/// Between two looks at whether Ctrl+C was pressed.
const CHECK_INTERVAL: std::time::Duration = std::time::Duration::from_millis(50);

#[derive(Debug, Args)]
pub struct WatchArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// The folder that a scraper, VLC or anybody else fills; Ctrl+C ends the command
    folder: PathBuf,
    /// Class of all images [default: the sub-folder that each lies in]
    #[arg(long)]
    class: Option<String>,
    /// What to call this source [default: the folder's name]
    #[arg(long)]
    source: Option<String>,
}

struct Watching {
    project: Project,
    catalog: Catalog,
    import: ImportImages,
    /// Of everything so far, which is one step of the history.
    report: ImportReport,
}

impl Watching {
    fn take(&mut self, files: Vec<Found>, progress: &Progress) -> Result<usize> {
        let before = self.report.added;
        let reader = self.catalog.image_reader(&self.project, &self.import)?;
        let among = files.clone();
        let unreadable = reader.of_found(files).read(progress, &mut |batch| {
            self.catalog
                .insert_batch(&self.import, &batch, &mut self.report)
        })?;
        self.report.unreadable += unreadable;
        let source = &self.import.source;
        self.report.folder_scenes = self.catalog.find_folder_scenes(source, Some(&among))?;
        Ok(self.report.added - before)
    }
}

pub fn run(args: &WatchArgs) -> anyhow::Result<()> {
    let (project, catalog) = args.at.write()?;
    let request = WatchRequest {
        folder: args.folder.clone(),
        source: super::import::source_name(args.source.as_deref(), &args.folder)?,
        class: args.class.clone(),
    };
    let import = request.import();
    if !args.folder.is_dir() {
        return Err(Error::Missing {
            path: args.folder.clone(),
        }
        .into());
    }
    let known = catalog.known_origins(&import)?;
    let mut watch = FolderWatch::new(request, project.root(), known);
    let mut watching = Watching {
        report: ImportReport {
            source: import.source.clone(),
            ..ImportReport::default()
        },
        project,
        catalog,
        import,
    };
    let mut shown = Shown::new()?;
    shown.note(&format!(
        "watching {}; Ctrl+C ends it",
        args.folder.display()
    ));
    match go_on(&mut watch, &mut watching, &shown) {
        Ok(()) => {}
        // This is how a person ends it.
        Err(error) if error.is_cancelled() => {}
        Err(error) => return Err(error.into()),
    }
    shown.finish();
    let report = watching.report;
    if args.at.json {
        return output::json(&Imports {
            imported: vec![report],
            warnings: shown.progress.warnings(),
            ..Imports::default()
        });
    }
    output::line(report.summary())?;
    Ok(())
}

/// Until it is cancelled. A folder that cannot be listed just now, such as one on a disk that was taken out, is looked for
/// again.
fn go_on(watch: &mut FolderWatch, watching: &mut Watching, shown: &Shown) -> Result<()> {
    let progress = &shown.progress;
    let mut is_missing = false;
    loop {
        match watch.look(Instant::now(), progress) {
            Ok(ready) if ready.is_empty() => is_missing = false,
            Ok(ready) => {
                is_missing = false;
                let added = watching.take(ready, progress)?;
                shown.list_warnings();
                if added > 0 {
                    let images = if added == 1 { "image" } else { "images" };
                    shown.note(&format!(
                        "{added} {images} came into {}, {} so far",
                        watching.import.source, watching.report.added
                    ));
                }
            }
            Err(error @ Error::Io { .. }) if !is_missing => {
                is_missing = true;
                shown.note(&format!("{error}; it is watched again once it can be read"));
            }
            Err(Error::Io { .. }) => {}
            Err(error) => return Err(error),
        }
        let until = Instant::now() + INTERVAL;
        while Instant::now() < until {
            progress.check()?;
            std::thread::sleep(CHECK_INTERVAL);
        }
    }
}
