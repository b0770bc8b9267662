//! A folder comes in whole, twice without harm, and names everything it could not read; the user's files stay as they are.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::catalog_rows::project;
use cutting_room::Error;
use cutting_room::catalog::facts::{ContentHash, FactKind};
use cutting_room::catalog::import::{ImportImages, ImportReport, Layout, NewImage, Placement};
use cutting_room::catalog::{Catalog, Decision, Edit, Snapshot};
use cutting_room::progress::{Progress, Warning};
use cutting_room::project::Project;
use image::{ImageFormat, Rgb, RgbImage};

/// A folder to be imported, beside the project.
pub(crate) struct Scene {
    pub folder: tempfile::TempDir,
    pub project: Project,
    pub catalog: Catalog,
}

impl Scene {
    pub fn new() -> Self {
        let (folder, project) = project();
        let catalog = Catalog::open(&project).unwrap();
        fs::create_dir(folder.path().join("fan")).unwrap();
        Self {
            folder,
            project,
            catalog,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join("fan").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn request(&self, placement: Placement) -> ImportImages {
        ImportImages {
            folder: self.folder.path().join("fan"),
            source: "fan".to_owned(),
            placement,
            is_test: false,
            layout: Layout::default(),
        }
    }

    pub fn import(&mut self, placement: Placement) -> (ImportReport, Vec<Warning>) {
        let progress = Progress::silent();
        let request = self.request(placement);
        let report = self
            .catalog
            .import_images(&self.project, &request, &progress)
            .unwrap();
        (report, progress.warnings())
    }

    pub fn snapshot(&self) -> Snapshot {
        self.catalog.snapshot().unwrap()
    }
}

/// An image whose pixels follow from `seed`.
pub(crate) fn image(seed: u8, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(24, 16, |x, y| Rgb([seed, x as u8 * 10, y as u8 * 10]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(crate) fn counts(report: &ImportReport) -> (usize, usize, usize, usize) {
    (
        report.added,
        report.already_there,
        report.changed,
        report.unreadable,
    )
}

/// Every file below, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

#[test]
fn sub_folders_are_classes_and_copies_equal_their_originals() {
    let mut scene = Scene::new();
    scene.write("orcs/a.png", &image(1, ImageFormat::Png));
    scene.write("orcs/deep/b.jpg", &image(2, ImageFormat::Jpeg));
    scene.write("elves/a.png", &image(3, ImageFormat::Png));
    scene.write("loose.png", &image(4, ImageFormat::Png));
    scene.write(".DS_Store", b"hidden");
    let originals = files(&scene.folder.path().join("fan"));
    let (report, warnings) = scene.import(Placement::Copy);
    assert_eq!(counts(&report), (4, 0, 0, 0));
    assert_eq!(warnings, []);
    assert_eq!(report.summary(), "4 images added to fan");
    let snapshot = scene.snapshot();
    for image in &snapshot.images {
        let class = image.class.and_then(|class| snapshot.class_name(class));
        let expected = match image.origin.as_str() {
            "loose.png" => None,
            "elves/a.png" => Some("elves"),
            _ => Some("orcs"),
        };
        assert_eq!(class, expected, "{}", image.origin);
        let original = scene.folder.path().join("fan").join(&image.origin);
        let bytes = fs::read(&image.path).unwrap();
        assert_eq!(bytes, fs::read(original).unwrap());
        assert_eq!(image.hash, blake3::hash(&bytes).to_hex().as_str());
        assert_eq!((image.width, image.height), (24, 16));
        assert!(
            image
                .path
                .starts_with(scene.project.images_dir().join("fan"))
        );
    }
    assert_eq!(files(&scene.folder.path().join("fan")), originals);
}

#[test]
fn junk_is_named_with_its_reason_and_does_not_stop_the_rest() {
    let mut scene = Scene::new();
    let good = image(1, ImageFormat::Png);
    scene.write("orcs/good.png", &good);
    scene.write("orcs/empty.png", b"");
    scene.write(
        "orcs/page.jpg",
        b"<!DOCTYPE html><html><body>404</body></html>",
    );
    scene.write(
        "orcs/Thumbs.db",
        b"\xd0\xcf\x11\xe0 something of another program",
    );
    scene.write("orcs/truncated.png", &good[..good.len() / 2]);
    scene.write("orcs/webp.jpg", &image(2, ImageFormat::WebP));
    let (report, warnings) = scene.import(Placement::Copy);
    assert_eq!(counts(&report), (2, 0, 0, 4));
    let mut named: Vec<&str> = warnings
        .iter()
        .map(|warning| warning.subject.as_str())
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "orcs/Thumbs.db",
            "orcs/empty.png",
            "orcs/page.jpg",
            "orcs/truncated.png"
        ]
    );
    assert!(warnings.iter().all(|warning| !warning.message.is_empty()));
    let snapshot = scene.snapshot();
    let webp = snapshot
        .images
        .iter()
        .find(|image| image.origin == "orcs/webp.jpg")
        .unwrap();
    assert_eq!(
        webp.path.extension().unwrap(),
        "webp",
        "the copy tells the truth"
    );
}

#[test]
fn a_second_import_finds_everything_there() {
    for placement in [Placement::Copy, Placement::InPlace] {
        let mut scene = Scene::new();
        for seed in 0..70 {
            scene.write(
                &format!("orcs/{seed:02}.png"),
                &image(seed, ImageFormat::Png),
            );
        }
        assert_eq!(counts(&scene.import(placement).0), (70, 0, 0, 0));
        let before = scene.snapshot().images;
        let on_disk = files(&scene.project.images_dir());
        assert_eq!(counts(&scene.import(placement).0), (0, 70, 0, 0));
        assert_eq!(scene.snapshot().images, before);
        assert_eq!(files(&scene.project.images_dir()), on_disk);
        assert_eq!(on_disk.is_empty(), placement == Placement::InPlace);
    }
}

#[test]
fn the_same_content_twice_is_two_images() {
    let mut scene = Scene::new();
    let bytes = image(1, ImageFormat::Png);
    for name in ["orcs/a.png", "orcs/again.png", "orcs/deep/a.png"] {
        scene.write(name, &bytes);
    }
    assert_eq!(counts(&scene.import(Placement::Copy).0), (3, 0, 0, 0));
    let snapshot = scene.snapshot();
    let names: Vec<_> = snapshot
        .images
        .iter()
        .map(|image| image.path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["a.png", "again.png", "a-2.png"]);
    assert_eq!(counts(&scene.import(Placement::Copy).0), (0, 3, 0, 0));
}

#[test]
fn images_with_the_same_pixels_are_counted_whatever_their_format() {
    let mut scene = Scene::new();
    scene.write("orcs/a.png", &image(1, ImageFormat::Png));
    scene.write("orcs/b.bmp", &image(1, ImageFormat::Bmp));
    scene.write("orcs/c.png", &image(2, ImageFormat::Png));
    let (report, _) = scene.import(Placement::Copy);
    assert_eq!((report.added, report.identical), (3, 1));
    assert_eq!(
        report.summary(),
        "3 images added to fan, 1 identical to another"
    );
    let facts = scene.catalog.facts(FactKind::PixelHash).unwrap();
    let of = |origin: &str| {
        let snapshot = scene.snapshot();
        let image = snapshot.images.iter().find(|image| image.origin == origin);
        let content = ContentHash::from_hex(&image.unwrap().hash).unwrap();
        facts[&content].clone()
    };
    assert_eq!(of("orcs/a.png"), of("orcs/b.bmp"));
    assert_ne!(of("orcs/a.png"), of("orcs/c.png"));

    let (report, _) = scene.import(Placement::Copy);
    assert_eq!((counts(&report), report.identical), ((0, 3, 0, 0), 0));
}

#[test]
fn facts_that_an_older_version_did_not_write_come_with_the_next_import() {
    let mut scene = Scene::new();
    let bytes = image(1, ImageFormat::Png);
    scene.write("orcs/a.png", &bytes);
    let older = NewImage {
        path: scene.path("orcs/a.png"),
        origin: "orcs/a.png".to_owned(),
        class: Some("orcs".to_owned()),
        hash: blake3::hash(&bytes).to_hex().to_string(),
        width: 24,
        height: 16,
        ..NewImage::default()
    };
    let request = scene.request(Placement::InPlace);
    scene.catalog.insert_images(&request, &[older]).unwrap();
    assert!(scene.catalog.facts(FactKind::PixelHash).unwrap().is_empty());
    let (report, _) = scene.import(Placement::InPlace);
    assert_eq!(counts(&report), (0, 1, 0, 0));
    assert_eq!(scene.catalog.facts(FactKind::PixelHash).unwrap().len(), 1);
}

#[test]
fn a_file_with_new_content_is_undecided_again_and_its_old_copy_stays() {
    let mut scene = Scene::new();
    scene.write("orcs/a.png", &image(1, ImageFormat::Png));
    scene.write("orcs/b.png", &image(2, ImageFormat::Png));
    scene.import(Placement::Copy);
    let before = scene.snapshot();
    let reject = Edit::SetDecision {
        images: before.images.iter().map(|image| image.id).collect(),
        decision: Decision::Reject,
    };
    scene.catalog.apply(&reject).unwrap();
    scene.write("orcs/a.png", &image(9, ImageFormat::Png));
    assert_eq!(counts(&scene.import(Placement::Copy).0), (0, 1, 1, 0));
    let after = scene.snapshot();
    assert_eq!(after.images[0].id, before.images[0].id);
    assert_eq!(after.images[0].decision, Decision::Undecided);
    assert_eq!(after.images[1].decision, Decision::Reject);
    assert_eq!(
        fs::read(&after.images[0].path).unwrap(),
        image(9, ImageFormat::Png)
    );
    assert_eq!(
        fs::read(&before.images[0].path).unwrap(),
        image(1, ImageFormat::Png)
    );
}

#[test]
fn an_import_killed_between_copy_and_row_is_completed_by_the_next() {
    let mut scene = Scene::new();
    for seed in 0..5 {
        scene.write(&format!("orcs/{seed}.png"), &image(seed, ImageFormat::Png));
    }
    // The state after a kill: whole copies without rows, and one half-written temporary file.
    let copies = scene.project.images_dir().join("fan/orcs");
    fs::create_dir_all(&copies).unwrap();
    for seed in 0..3 {
        fs::write(
            copies.join(format!("{seed}.png")),
            image(seed, ImageFormat::Png),
        )
        .unwrap();
    }
    let half = scene.project.images_dir().join("fan/.part-x81k");
    fs::write(&half, &image(3, ImageFormat::Png)[..20]).unwrap();
    assert_eq!(counts(&scene.import(Placement::Copy).0), (5, 0, 0, 0));
    assert!(!half.exists());
    assert_eq!(
        files(&scene.project.images_dir()).len(),
        5,
        "nothing is copied twice"
    );
}

#[test]
fn a_cancelled_import_keeps_what_is_in_and_goes_on_later() {
    let mut scene = Scene::new();
    for seed in 0..150 {
        scene.write(
            &format!("orcs/{seed:03}.png"),
            &image(seed, ImageFormat::Png),
        );
    }
    let progress = Progress::silent();
    let request = scene.request(Placement::Copy);
    let reader = scene
        .catalog
        .image_reader(&scene.project, &request)
        .unwrap();
    let mut batches = 0;
    let ended = reader.read(&progress, &mut |batch| {
        scene.catalog.insert_images(&request, &batch)?;
        batches += 1;
        progress.cancel();
        Ok(())
    });
    assert!(matches!(ended, Err(Error::Cancelled)));
    assert_eq!(batches, 1);
    let there = scene.snapshot().images.len();
    assert!((1..150).contains(&there));
    assert_eq!(
        counts(&scene.import(Placement::Copy).0),
        (150 - there, there, 0, 0)
    );
    let snapshot = scene.snapshot();
    assert!(snapshot.images.iter().all(|image| image.path.is_file()));
}

#[test]
fn two_folders_cannot_share_a_name_but_a_moved_one_keeps_its_own() {
    let mut scene = Scene::new();
    scene.write("orcs/a.png", &image(1, ImageFormat::Png));
    scene.import(Placement::Copy);
    let other = scene.folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let mut request = scene.request(Placement::Copy);
    request.folder.clone_from(&other);
    let refused = scene
        .catalog
        .import_images(&scene.project, &request, &Progress::silent());
    assert!(matches!(refused, Err(Error::Invalid(_))));
    fs::remove_dir(&other).unwrap();
    fs::rename(scene.folder.path().join("fan"), &other).unwrap();
    let report = scene
        .catalog
        .import_images(&scene.project, &request, &Progress::silent())
        .unwrap();
    assert_eq!(counts(&report), (0, 1, 0, 0));
}

#[test]
fn what_cannot_be_imported_says_what_to_do() {
    let mut scene = Scene::new();
    for name in ["", "..", "a/b", ".hidden", "a\\b"] {
        let mut request = scene.request(Placement::Copy);
        request.source = name.to_owned();
        let refused = scene
            .catalog
            .import_images(&scene.project, &request, &Progress::silent());
        assert!(matches!(refused, Err(Error::Invalid(_))), "{name:?}");
    }
    let mut request = scene.request(Placement::Copy);
    request.folder = scene.folder.path().join("nowhere");
    let refused = scene
        .catalog
        .import_images(&scene.project, &request, &Progress::silent());
    assert!(matches!(refused, Err(Error::Missing { .. })));
    assert!(
        scene.snapshot().sources.is_empty(),
        "a refused import leaves no source"
    );
}

#[test]
fn a_project_that_cannot_be_written_fails_with_the_file_and_keeps_its_rows() {
    let mut scene = Scene::new();
    scene.write("orcs/a.png", &image(1, ImageFormat::Png));
    // A file where the folder should be: fails also for root, whom a read-only folder does not stop.
    fs::write(scene.project.images_dir().join("fan"), "in the way").unwrap();
    let request = scene.request(Placement::Copy);
    let failed = scene
        .catalog
        .import_images(&scene.project, &request, &Progress::silent());
    let Err(Error::Io { path, .. }) = failed else {
        panic!("{failed:?}")
    };
    assert!(path.ends_with("images/fan/orcs/a.png"));
    assert!(scene.snapshot().images.is_empty());
}

#[test]
fn a_project_inside_the_imported_folder_does_not_import_itself() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("orcs");
    fs::create_dir(&images).unwrap();
    fs::write(images.join("a.png"), image(1, ImageFormat::Png)).unwrap();
    let project = Project::create(&folder.path().join("project")).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let request = ImportImages {
        folder: folder.path().to_path_buf(),
        source: "all".to_owned(),
        placement: Placement::Copy,
        is_test: true,
        layout: Layout::default(),
    };
    for expected in [(1, 0, 0, 0), (0, 1, 0, 0)] {
        let report = catalog
            .import_images(&project, &request, &Progress::silent())
            .unwrap();
        assert_eq!(counts(&report), expected);
    }
    assert!(catalog.snapshot().unwrap().sources[0].is_test);
}

/// The ten scraped folders with ten kinds of junk.
#[test]
fn the_scraped_folders_come_in_with_every_bad_file_named() {
    let shared = std::env::var_os("CUTTING_ROOM_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let Ok(truth) = fs::read_to_string(shared.join("data/scraped.truth.csv")) else {
        println!("skipped: the_scraped_folders_come_in_with_every_bad_file_named");
        return;
    };
    let mut bad: Vec<String> = truth
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',');
            let (file, kind) = (fields.next()?, fields.next()?);
            matches!(kind, "corrupt" | "not-an-image").then(|| file.to_owned())
        })
        .collect();
    bad.sort();
    let total = truth.lines().count() - 1;
    import_scraped(shared.join("data/scraped"), total, &bad);
}

/// The same claim without the reference data.
#[test]
fn ten_generated_folders_come_in_with_every_bad_file_named() {
    let scene = Scene::new();
    let mut bad = Vec::new();
    for class in 0..10_u8 {
        for number in 0..3 {
            let name = format!("class{class}/{number}.jpg");
            scene.write(&name, &image(class * 10 + number, ImageFormat::Jpeg));
        }
        let whole = image(class, ImageFormat::Jpeg);
        for (name, bytes) in [
            ("truncated.jpg", &whole[..whole.len() / 2]),
            ("page.jpg", b"<html><body>404</body></html>"),
            ("empty.png", b""),
            ("notes.txt", b"buy milk and bread"),
        ] {
            let name = format!("class{class}/{name}");
            scene.write(&name, bytes);
            bad.push(name);
        }
    }
    bad.sort();
    import_scraped(scene.folder.path().join("fan"), 70, &bad);
}

/// Imports a folder of ten classes and `total` files, of which exactly `bad` cannot be read.
fn import_scraped(folder: PathBuf, total: usize, bad: &[String]) {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let request = ImportImages {
        folder,
        source: "portraits".to_owned(),
        placement: Placement::Copy,
        is_test: true,
        layout: Layout::default(),
    };
    let progress = Progress::silent();
    let report = catalog
        .import_images(&project, &request, &progress)
        .unwrap();
    println!("{}", report.summary());
    let mut named: Vec<String> = progress
        .warnings()
        .into_iter()
        .map(|warning| warning.subject)
        .collect();
    named.sort();
    assert_eq!(named, bad);
    assert_eq!(counts(&report), (total - bad.len(), 0, 0, bad.len()));
    assert_eq!(catalog.snapshot().unwrap().classes.len(), 10);
}
