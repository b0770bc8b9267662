//! The sample inside the program: three short films and scraped images, so that a first start needs no download.
//!
//! What it is and who made it: `assets/sample/LICENSE.md`.

use std::path::{Path, PathBuf};

use crate::catalog::import::{ImportFilm, ImportImages, Layout, Placement};
use crate::catalog::{Catalog, Edit, Side};
use crate::dataset::split::suggest;
use crate::error::{Error, Result};
use crate::media::video::{Every, ExtractOptions};
use crate::progress::Progress;
use crate::project::{Project, write_atomic};

/// Of each class's frames in the suggested validation.
const VALID_FRACTION: f64 = 0.2;
/// Every half second of film.
const EVERY: Every = Every::Frames(12);
/// The unpacked files lie in this folder of the project.
const FOLDER: &str = "sample";
/// Written there last; `./studio` looks for it.
const COMPLETE: &str = "complete";

type File = (&'static str, &'static [u8]);

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../assets/sample/", $path)) as &[u8])),*]
    };
}

const LICENSE: File = (
    "LICENSE.md",
    include_bytes!("../../../assets/sample/LICENSE.md"),
);

const FILMS: &[File] = files!["films/drakes.mp4", "films/elves.mp4", "films/undead.mp4"];

/// Some of them cannot be read: so is what a scraper brings home.
const PORTRAITS: &[File] = files![
    "portraits/drakes/000.jpg",
    "portraits/drakes/001.jpg",
    "portraits/drakes/002.jpg",
    "portraits/drakes/004.jpg",
    "portraits/drakes/006.jpg",
    "portraits/drakes/008.jpg",
    "portraits/drakes/page.jpg",
    "portraits/elves/000.jpg",
    "portraits/elves/001.jpg",
    "portraits/elves/002.jpg",
    "portraits/elves/004.jpg",
    "portraits/elves/006.jpg",
    "portraits/elves/008.jpg",
    "portraits/elves/empty.png",
    "portraits/undead/000.jpg",
    "portraits/undead/001.jpg",
    "portraits/undead/002.jpg",
    "portraits/undead/004.jpg",
    "portraits/undead/006.jpg",
    "portraits/undead/008.jpg",
    "portraits/undead/really_webp.jpg",
    "portraits/undead/truncated.jpg",
];

/// Makes (or, after an interruption, completes) the sample project at `root`: films with every 12th frame, the
/// portraits as a test set called "portraits", and a suggested split if none was made yet.
///
/// # Errors
/// [`Error::ProjectExists`] where another project is; [`Error::FfmpegMissing`]; whatever an import can run into.
pub fn prepare(root: &Path, progress: &Progress) -> Result<Project> {
    let is_begun = root.join(FOLDER).is_dir();
    let project = match Project::create(root) {
        Err(Error::ProjectExists { .. }) => Project::open(root)?,
        made => made?,
    };
    let mut catalog = Catalog::open(&project)?;
    if !is_begun && !catalog.snapshot()?.sources.is_empty() {
        return Err(Error::ProjectExists {
            path: root.to_path_buf(),
        });
    }
    let folder = unpack(&project)?;
    for (path, _) in FILMS {
        progress.check()?;
        let import = ImportFilm {
            film: folder.join(path),
            class: None,
            extract: ExtractOptions {
                every: EVERY,
                ..ExtractOptions::default()
            },
        };
        catalog.import_film(&project, &import, progress)?;
    }
    let portraits = ImportImages {
        folder: folder.join("portraits"),
        source: "portraits".into(),
        placement: Placement::InPlace,
        is_test: true,
        layout: Layout::default(),
    };
    catalog.import_images(&project, &portraits, progress)?;
    suggest_split(&mut catalog)?;
    write_atomic(&folder.join(COMPLETE), b"")?;
    Ok(project)
}

/// Whether the project is the sample, whole or begun.
pub fn is_sample(project: &Project) -> bool {
    let folder = project.root().join(FOLDER);
    let (license, _) = LICENSE;
    folder.join(license).is_file() && FILMS.iter().all(|(path, _)| folder.join(path).is_file())
}

/// Writes what is not there yet; returns the folder.
fn unpack(project: &Project) -> Result<PathBuf> {
    let folder = project.root().join(FOLDER);
    for (path, bytes) in FILMS.iter().chain(PORTRAITS).chain([&LICENSE]) {
        let path = folder.join(path);
        if path.exists() {
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(Error::io("make a folder", parent))?;
        }
        write_atomic(&path, bytes)?;
    }
    Ok(folder)
}

fn suggest_split(catalog: &mut Catalog) -> Result<()> {
    let snapshot = catalog.snapshot()?;
    if snapshot
        .scenes
        .iter()
        .any(|scene| scene.side == Side::Valid)
    {
        return Ok(());
    }
    let scenes = suggest(&snapshot, VALID_FRACTION, 0);
    catalog.apply(&Edit::SetValidScenes { scenes })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_sample_folder_is_embedded_and_it_is_small() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample");
        let mut on_disk = Vec::new();
        for folder in [
            "films",
            "portraits/drakes",
            "portraits/elves",
            "portraits/undead",
        ] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                on_disk.push(format!("{folder}/{name}"));
            }
        }
        on_disk.sort();
        let embedded: Vec<&str> = FILMS.iter().chain(PORTRAITS).map(|file| file.0).collect();
        assert_eq!(on_disk, embedded);
        let size: usize = FILMS.iter().chain(PORTRAITS).map(|file| file.1.len()).sum();
        assert!(size < 6_000_000, "{size} bytes");
    }

    #[test]
    fn another_project_is_not_filled_with_the_sample() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("mine");
        let project = Project::create(&root).unwrap();
        let images = folder.path().join("scraped/orcs");
        std::fs::create_dir_all(&images).unwrap();
        image::RgbImage::new(8, 8)
            .save(images.join("a.png"))
            .unwrap();
        let import = ImportImages {
            folder: folder.path().join("scraped"),
            source: "scraped".into(),
            placement: Placement::Copy,
            is_test: false,
            layout: Layout::default(),
        };
        let mut catalog = Catalog::open(&project).unwrap();
        catalog
            .import_images(&project, &import, &Progress::silent())
            .unwrap();
        drop(catalog);
        assert!(matches!(
            prepare(&root, &Progress::silent()),
            Err(Error::ProjectExists { .. })
        ));
        assert!(!is_sample(&project));
        unpack(&project).unwrap();
        assert!(is_sample(&project));
    }
}
