//! `watch`: takes in what others put into one or more folders, until Ctrl+C.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
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
    /// Folders that a scraper, VLC or anybody else fills; Ctrl+C ends the command
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// Class of all images; given once for each folder, in their order: that of its images ("" for the sub-folders')
    /// [default: the sub-folder that each lies in]
    #[arg(long)]
    class: Vec<String>,
    /// What to call this source; given once for each folder, in their order [default: the folder's name]
    #[arg(long)]
    source: Vec<String>,
}

impl WatchArgs {
    fn requests(&self) -> anyhow::Result<Vec<WatchRequest>> {
        let count = self.folders.len();
        if !self.source.is_empty() && self.source.len() != count {
            bail!("give --source once for each folder, in their order, or not at all");
        }
        if self.class.len() > 1 && self.class.len() != count {
            bail!("give --class once for all folders, or once for each, in their order");
        }
        let mut requests: Vec<WatchRequest> = Vec::new();
        for (at, folder) in self.folders.iter().enumerate() {
            if !folder.is_dir() {
                let path = folder.clone();
                return Err(Error::Missing { path }.into());
            }
            let class = match self.class.as_slice() {
                [all] => Some(all),
                each => each.get(at),
            };
            let given = self.source.get(at).map(String::as_str);
            let request = WatchRequest {
                folder: folder.clone(),
                source: super::import::source_name(given, folder)?,
                class: class.filter(|class| !class.trim().is_empty()).cloned(),
            };
            request.check_beside(&requests)?;
            requests.push(request);
        }
        Ok(requests)
    }
}

/// One of the folders.
struct Watching {
    watch: FolderWatch,
    import: ImportImages,
    /// Of everything so far, which is one step of the history.
    report: ImportReport,
    /// It could not be listed the last time.
    is_missing: bool,
}

impl Watching {
    fn begin(request: WatchRequest, project: &Project, catalog: &Catalog) -> Result<Self> {
        let import = request.import();
        let known = catalog.known_origins(&import)?;
        Ok(Self {
            watch: FolderWatch::new(request, project.root(), known),
            report: ImportReport {
                source: import.source.clone(),
                ..ImportReport::default()
            },
            import,
            is_missing: false,
        })
    }

    /// A folder that cannot be listed just now, such as one on a disk that was taken out, is looked for again.
    fn look(&mut self, project: &Project, catalog: &mut Catalog, shown: &Shown) -> Result<()> {
        match self.watch.look(Instant::now(), &shown.progress) {
            Ok(ready) if ready.is_empty() => self.is_missing = false,
            Ok(ready) => {
                self.is_missing = false;
                let added = self.take(ready, project, catalog, &shown.progress)?;
                shown.list_warnings();
                if added > 0 {
                    let images = if added == 1 { "image" } else { "images" };
                    shown.note(&format!(
                        "{added} {images} came into {}, {} so far",
                        self.import.source, self.report.added
                    ));
                }
            }
            Err(error @ Error::Io { .. }) if !self.is_missing => {
                self.is_missing = true;
                shown.note(&format!("{error}; it is watched again once it can be read"));
            }
            Err(Error::Io { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn take(
        &mut self,
        files: Vec<Found>,
        project: &Project,
        catalog: &mut Catalog,
        progress: &Progress,
    ) -> Result<usize> {
        let before = self.report.added;
        let reader = catalog.image_reader(project, &self.import)?;
        let among = files.clone();
        let unreadable = reader.of_found(files).read(progress, &mut |batch| {
            catalog.insert_batch(&self.import, &batch, &mut self.report)
        })?;
        self.report.unreadable += unreadable;
        let source = &self.import.source;
        self.report.folder_scenes = catalog.find_folder_scenes(source, Some(&among))?;
        Ok(self.report.added - before)
    }
}

pub fn run(args: &WatchArgs) -> anyhow::Result<()> {
    let (project, mut catalog) = args.at.write()?;
    let mut watched: Vec<Watching> = args
        .requests()?
        .into_iter()
        .map(|request| Ok(Watching::begin(request, &project, &catalog)?))
        .collect::<anyhow::Result<_>>()?;
    let mut shown = Shown::new()?;
    let folders: Vec<String> = args
        .folders
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    shown.note(&format!(
        "watching {}; Ctrl+C ends it",
        folders.join(" and ")
    ));
    match go_on(&mut watched, &project, &mut catalog, &shown) {
        Ok(()) => {}
        // This is how a person ends it.
        Err(error) if error.is_cancelled() => {}
        Err(error) => return Err(error.into()),
    }
    shown.finish();
    let reports: Vec<ImportReport> = watched.into_iter().map(|one| one.report).collect();
    if args.at.json {
        return output::json(&Imports {
            imported: reports,
            warnings: shown.progress.warnings(),
            ..Imports::default()
        });
    }
    for report in reports {
        output::line(report.summary())?;
    }
    Ok(())
}

/// Until it is cancelled.
fn go_on(
    watched: &mut [Watching],
    project: &Project,
    catalog: &mut Catalog,
    shown: &Shown,
) -> Result<()> {
    loop {
        for one in &mut *watched {
            one.look(project, catalog, shown)?;
        }
        let until = Instant::now() + INTERVAL;
        while Instant::now() < until {
            shown.progress.check()?;
            std::thread::sleep(CHECK_INTERVAL);
        }
    }
}
