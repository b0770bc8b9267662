//! Small catalogs without any image or film: rows as an import would hand them over.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "each test binary uses its own part of this"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cutting_room::catalog::import::{
    ImportFilm, ImportImages, Layout, NewFilm, NewImage, Placement,
};
use cutting_room::catalog::{Catalog, ImageId, Snapshot};
use cutting_room::media::scene::{SceneSpan, Transition};
use cutting_room::media::video::{Every, ExtractOptions, Extracted, FilmInfo, Frame};
use cutting_room::project::Project;

/// Frames in each scene of [`film`].
pub const SCENE_FRAMES: u64 = 100;

/// An empty project in a folder that goes with the first value.
pub fn project() -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::create(&folder.path().join("project")).unwrap();
    (folder, project)
}

/// A film called `name` of so many scenes, every `every`-th frame kept.
pub fn film(root: &Path, name: &str, scenes: u64, every: u64) -> NewFilm {
    let frame_count = scenes * SCENE_FRAMES;
    let frames: Vec<Frame> = (0..frame_count)
        .step_by(every as usize)
        .map(|number| Frame {
            number,
            time_secs: number as f64 / 24.0,
            path: root.join(format!("frames/{name}/{number:06}.jpg")),
            width: 480,
            height: 270,
            hash: format!("{name}-{number}"),
        })
        .collect();
    NewFilm {
        import: ImportFilm {
            film: PathBuf::from(format!("/films/{name}.mp4")),
            class: None,
            extract: ExtractOptions {
                every: Every::Frames(every as u32),
                ..ExtractOptions::default()
            },
        },
        name: name.to_owned(),
        fingerprint: format!("fingerprint of {name}"),
        placed: Arc::default(),
        was_cancelled: false,
        extracted: Extracted {
            info: FilmInfo {
                frame_count,
                ..FilmInfo::default()
            },
            frames,
            scenes: (0..scenes)
                .map(|scene| SceneSpan {
                    first_frame: scene * SCENE_FRAMES,
                    last_frame: (scene + 1) * SCENE_FRAMES - 1,
                    transition: if scene == 0 {
                        Transition::Start
                    } else {
                        Transition::Cut
                    },
                })
                .collect(),
            broken: None,
        },
    }
}

/// A folder's import and `count` of its images, half of them of the class `class`, half without one.
pub fn folder(
    root: &Path,
    source: &str,
    class: &str,
    count: usize,
) -> (ImportImages, Vec<NewImage>) {
    let import = ImportImages {
        folder: PathBuf::from(format!("/scraped/{source}")),
        source: source.to_owned(),
        placement: Placement::Copy,
        is_test: false,
        layout: Layout::default(),
    };
    let images = (0..count)
        .map(|number| NewImage {
            path: root.join(format!("images/{source}/{number:03}.jpg")),
            origin: format!("{number:03}.jpg"),
            class: (number % 2 == 0).then(|| class.to_owned()),
            hash: format!("{source}-{number}"),
            width: 64,
            height: 48,
            ..NewImage::default()
        })
        .collect();
    (import, images)
}

/// Two films of three scenes and a folder of eight images.
pub fn fill(catalog: &mut Catalog, project: &Project) -> Snapshot {
    for name in ["drakes", "elves"] {
        catalog
            .insert_film(&film(project.root(), name, 3, 20))
            .unwrap();
    }
    let (import, images) = folder(project.root(), "fan", "orcs", 8);
    catalog.insert_images(&import, &images).unwrap();
    catalog.snapshot().unwrap()
}

/// Ids of the images of the scene at `position` in the film.
pub fn scene_images(snapshot: &Snapshot, film: &str, position: usize) -> Vec<ImageId> {
    let source = snapshot.source_named(film).unwrap().id;
    let scene = snapshot.scenes_of_source(source)[position].id;
    let images = snapshot.images_of_scene(scene);
    images.into_iter().map(|image| image.id).collect()
}
