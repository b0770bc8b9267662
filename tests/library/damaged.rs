//! Damaged files of every kind that the program reads: an answer or an error that names the file, never a panic, a hang
//! or a half-changed project. `tests/mutations.sh` runs the same with ten thousand of each kind.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common;
use cutting_room::catalog::import::{ImportFilm, ImportImages, Layout, Placement};
use cutting_room::catalog::query::SplitMode;
use cutting_room::catalog::{Catalog, Edit};
use cutting_room::dataset::{Leakage, Split};
use cutting_room::documents::runs::Runs;
use cutting_room::media::decode;
use cutting_room::media::video::ExtractOptions;
use cutting_room::model::{Arch, pretrained, weights};
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use cutting_room::rng::Stream;
use cutting_room::run::config::TrainConfig;
use cutting_room::run::event::{Flow, TrainEvent};
use cutting_room::run::{RunInfo, RunLog};
use cutting_room::train::job::{KeptEpoch, TrainJob, Watch};
use cutting_room::train::resume::{ResumeJob, resume};
use cutting_room::train::start;

/// Longer than any reading of small files, even on a busy machine.
const HANGS_AFTER: Duration = Duration::from_mins(10);

/// Mutations of each kind; `share` of them where one takes longer.
fn count(share: f64) -> u64 {
    let all: f64 =
        std::env::var("CUTTING_ROOM_MUTATIONS").map_or(300.0, |text| text.parse().unwrap());
    ((all * share) as u64).max(1)
}

/// `bytes` with one to four changes of the kinds that disks, networks and editors make.
fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut stream = Stream::new(seed, &[]);
    let mut bytes = bytes.to_vec();
    for _ in 0..=stream.below(4) {
        let at = stream.below(bytes.len().max(1));
        let len = stream.below(64).min(bytes.len() - at.min(bytes.len()));
        match stream.below(7) {
            0 => bytes.truncate(at),
            1 => bytes[at..at + len].fill(0),
            2 => bytes[at..at + len].fill(0xff),
            3 => {
                bytes.drain(at..at + len);
            }
            4 => {
                let copy = bytes[at..at + len].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => {
                let noise: Vec<u8> = (0..len).map(|_| stream.below(256) as u8).collect();
                bytes.splice(at..at + len, noise);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << stream.below(8);
                }
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Shows `read` mutations of `bytes`; it panics or hangs for none of them.
fn survives(kind: &str, share: f64, bytes: &[u8], read: impl Fn(&[u8]) + Send + 'static) {
    let (kind, bytes) = (kind.to_owned(), bytes.to_vec());
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let work = move || {
        for seed in 0..count(share) {
            let mutated = mutated(&bytes, seed);
            let outcome = catch_unwind(AssertUnwindSafe(|| read(&mutated)));
            let answer = if outcome.is_ok() {
                Ok(())
            } else {
                Err(format!("{kind}: mutation {seed} panics"))
            };
            let is_over = answer.is_err();
            if sender.send(answer).is_err() || is_over {
                return;
            }
        }
    };
    std::thread::Builder::new().spawn(work).unwrap();
    for seed in 0..count(share) {
        match receiver.recv_timeout(HANGS_AFTER) {
            Ok(Ok(())) => {}
            Ok(Err(text)) => panic!("{text}"),
            Err(error) => panic!("mutation {seed} hangs ({error})"),
        }
    }
}

fn encoded(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(common::image(64, 48, 7))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn images() {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    for format in [Jpeg, Png, Gif, WebP, Bmp, Tiff] {
        survives(&format!("{format:?}"), 1.0, &encoded(format), |bytes| {
            let named = Path::new("mutated");
            if let Err(error) = decode::decode_bytes(bytes, named) {
                assert!(error.to_string().contains("mutated"), "{error}");
            }
        });
    }
}

/// Of the images in `folder/scraped`.
fn import_of(folder: &Path) -> ImportImages {
    ImportImages {
        folder: folder.join("scraped"),
        source: "scraped".into(),
        placement: Placement::Copy,
        is_test: false,
        layout: Layout::default(),
    }
}

/// A folder of damaged images is imported to its end, and every file is either in or named.
#[test]
fn folders_of_images() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("scraped/orcs");
    fs::create_dir_all(&images).unwrap();
    let whole = encoded(image::ImageFormat::Jpeg);
    for seed in 0..count(1.0) {
        fs::write(images.join(format!("{seed}.jpg")), mutated(&whole, seed)).unwrap();
    }
    let project = Project::create(&folder.path().join("project")).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let import = import_of(folder.path());
    let progress = Progress::silent();
    let report = catalog.import_images(&project, &import, &progress).unwrap();
    assert_eq!(report.added + report.unreadable, count(1.0) as usize);
    assert_eq!(progress.warnings().len(), report.unreadable);
}

#[test]
fn films() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("whole.mp4");
    common::three_scene_film(&film);
    let bytes = fs::read(&film).unwrap();
    survives("film", 0.1, &bytes, move |bytes| {
        let place = tempfile::tempdir().unwrap();
        let film = place.path().join("film.mp4");
        fs::write(&film, bytes).unwrap();
        let project = Project::create(&place.path().join("project")).unwrap();
        let mut catalog = Catalog::open(&project).unwrap();
        let import = ImportFilm {
            film,
            class: None,
            extract: ExtractOptions::default(),
        };
        let outcome = catalog.import_film(&project, &import, &Progress::silent());
        let images = catalog.snapshot().unwrap().images.len();
        match outcome {
            Ok(report) => assert_eq!(images, report.added),
            Err(error) => {
                assert_eq!(images, 0);
                assert!(error.to_string().contains("film.mp4"), "{error}");
            }
        }
    });
}

#[test]
fn weights_files() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let mut files: Vec<Vec<u8>> = ["plain.pth", "fastai.pth", "channels-last.pth", "legacy.pth"]
        .map(|name| fs::read(goldens.join(name)).unwrap())
        .into();
    let state = weights::load(&goldens.join("plain.pth")).unwrap();
    let precision = weights::Precision::F32;
    files.push(weights::to_bytes(&state, precision, Path::new("whole")).unwrap());
    for (number, bytes) in files.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        survives(&format!("weights {number}"), 1.0, bytes, move |bytes| {
            let file = folder.path().join("mutated.pth");
            fs::write(&file, bytes).unwrap();
            if let Err(error) = weights::load(&file) {
                assert!(error.to_string().contains("mutated.pth"), "{error}");
            }
            let error = pretrained::load(Arch::Resnet18, &file).unwrap_err();
            assert!(error.to_string().contains("mutated.pth"), "{error}");
        });
    }
}

/// A project of two classes with a run that was cancelled after its first epoch.
struct Cancelled {
    folder: tempfile::TempDir,
    run: String,
}

impl Cancelled {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (class, seed) in [("elves", 0), ("orcs", 100)] {
            let images = folder.path().join("scraped").join(class);
            fs::create_dir_all(&images).unwrap();
            for number in 0..6 {
                let file = images.join(format!("{number}.png"));
                common::image(32, 32, seed + number).save(file).unwrap();
            }
        }
        let project = Project::create(&folder.path().join("project")).unwrap();
        let mut catalog = Catalog::open(&project).unwrap();
        let import = import_of(folder.path());
        let silent = Progress::silent();
        catalog.import_images(&project, &import, &silent).unwrap();
        let mode = SplitMode::Random {
            fraction: 0.5,
            seed: 0,
        };
        catalog.apply(&Edit::SetSplitMode { mode }).unwrap();
        let config = TrainConfig {
            epochs: 2,
            size: Some(32.into()),
            batch: Some(4),
            checkpoint_secs: 0,
            ..TrainConfig::default()
        };
        let job = TrainJob {
            leakage: Leakage::default(),
            split: Split::of(&catalog.snapshot().unwrap()).unwrap(),
            project,
            config,
            kept: KeptEpoch::Best,
            watch: Watch::default(),
        };
        let run = start::reserve(&job).unwrap();
        let mut cancel = |event: &TrainEvent| {
            if matches!(event, TrainEvent::Epoch { .. }) {
                silent.cancel();
            }
            Flow::Continue
        };
        let error = start::train(&job, &run, &silent, &mut cancel).unwrap_err();
        assert!(error.is_cancelled(), "{error}");
        drop(catalog);
        let cancelled = Self { folder, run };
        cancelled.job().check().unwrap();
        cancelled
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn run_file(&self, name: &str) -> PathBuf {
        self.root().join("runs").join(&self.run).join(name)
    }

    fn job(&self) -> ResumeJob {
        let project = Project::open(&self.root()).unwrap();
        let snapshot = Catalog::open(&project).unwrap().snapshot().unwrap();
        ResumeJob {
            project,
            run_id: self.run.clone(),
            split: Split::of(&snapshot).unwrap(),
            watch: Watch::default(),
        }
    }
}

#[test]
fn runs() {
    for (name, share) in [("run.toml", 1.0), ("metrics.jsonl", 1.0)] {
        let cancelled = Cancelled::new();
        let file = cancelled.run_file(name);
        let bytes = fs::read(&file).unwrap();
        let job = cancelled.job();
        survives(name, share, &bytes, move |bytes| {
            fs::write(&file, bytes).unwrap();
            let dir = file.parent().unwrap();
            if let Err(error) = RunInfo::read(dir) {
                assert!(error.to_string().contains("run.toml"), "{error}");
            }
            let _ = RunLog::open(dir);
            let _ = Runs::of(&job.project, &Progress::silent()).unwrap();
            let _ = job.check();
            assert!(cancelled.root().is_dir());
        });
    }
}

/// Weights that were changed without notice may train on; what is cut or no longer a number is refused.
#[test]
fn checkpoints() {
    let cancelled = Cancelled::new();
    let file = cancelled.run_file("last/checkpoint.safetensors");
    let metrics = cancelled.run_file("metrics.jsonl");
    let (bytes, log) = (fs::read(&file).unwrap(), fs::read(&metrics).unwrap());
    let job = cancelled.job();
    survives("checkpoint", 0.05, &bytes, move |bytes| {
        fs::write(&file, bytes).unwrap();
        fs::write(&metrics, &log).unwrap();
        let _ = resume(&job, &Progress::silent(), &mut |_| Flow::Continue);
        assert!(cancelled.root().is_dir());
    });
}

#[test]
fn projects() {
    let cancelled = Cancelled::new();
    for (name, share) in [("project.toml", 1.0), ("catalog.sqlite", 1.0)] {
        let bytes = fs::read(cancelled.root().join(name)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        fs::create_dir(&root).unwrap();
        for name in ["project.toml", "catalog.sqlite"] {
            fs::copy(cancelled.root().join(name), root.join(name)).unwrap();
        }
        survives(name, share, &bytes, move |bytes| {
            assert!(folder.path().is_dir());
            // The journal of SQLite belongs to the catalog before.
            for leftover in ["catalog.sqlite-wal", "catalog.sqlite-shm"] {
                let _ = fs::remove_file(root.join(leftover));
            }
            fs::write(root.join(name), bytes).unwrap();
            let Ok(project) = Project::open(&root) else {
                return;
            };
            if let Ok(catalog) = Catalog::open(&project) {
                let _ = catalog.snapshot().and_then(|snapshot| Split::of(&snapshot));
            }
        });
    }
}

#[cfg(feature = "gui")]
#[test]
fn settings() {
    let folder = tempfile::tempdir().unwrap();
    let text = "theme = \"dark\"\ncell_size = 120.0\n\n[[recent]]\npath = \"/films\"\nname = \"films\"\nimages = 7\n";
    survives("settings", 1.0, text.as_bytes(), move |bytes| {
        fs::write(folder.path().join("window.toml"), bytes).unwrap();
        let settings = cutting_room::ui::remembered::Remembered::load(Some(folder.path()));
        assert!(settings.cell_size().is_none_or(f32::is_finite));
    });
}
