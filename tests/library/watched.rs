//! Looking at a run while it trains: the newest net answers, and not one number of the run is another one for it.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common;
use cutting_room::catalog::import::{ImportImages, Layout, Placement};
use cutting_room::catalog::query::SplitMode;
use cutting_room::catalog::{Catalog, Edit, ImageId};
use cutting_room::dataset::{Leakage, Split};
use cutting_room::explain::method::Method;
use cutting_room::explain::{Explainer, Question};
use cutting_room::pins::{History, Pinned, PinnedNow};
use cutting_room::predict::ImageFile;
use cutting_room::predict::live::LiveNets;
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use cutting_room::run::RunLog;
use cutting_room::run::config::TrainConfig;
use cutting_room::run::event::{Flow, TrainEvent};
use cutting_room::session::jobs::train::Training;
use cutting_room::session::{Command, JobState, Session};
use cutting_room::train::job::{KeptEpoch, TrainJob, Watch};
use cutting_room::train::resume::{ResumeJob, resume};
use cutting_room::train::start;

/// With a run on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// Two classes of a dozen images each, half of them for validation.
fn project(folder: &Path) -> (Project, Split) {
    for (class, seed) in [("elves", 0), ("orcs", 100)] {
        let images = folder.join("scraped").join(class);
        fs::create_dir_all(&images).unwrap();
        for number in 0..12 {
            let file = images.join(format!("{number:02}.png"));
            common::image(48, 40, seed + number).save(file).unwrap();
        }
    }
    let project = Project::create(&folder.join("project")).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let import = ImportImages {
        folder: folder.join("scraped"),
        source: "scraped".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    let silent = Progress::silent();
    catalog.import_images(&project, &import, &silent).unwrap();
    let mode = SplitMode::Random {
        fraction: 0.5,
        seed: 0,
    };
    catalog.apply(&Edit::SetSplitMode { mode }).unwrap();
    let split = Split::of(&catalog.snapshot().unwrap()).unwrap();
    (project, split)
}

fn job(project: &Project, split: &Split, config: TrainConfig, watch: Watch) -> TrainJob {
    TrainJob {
        leakage: Leakage::default(),
        split: split.clone(),
        project: project.clone(),
        config: TrainConfig {
            size: Some(32.into()),
            batch: Some(4),
            ..config
        },
        kept: KeptEpoch::Best,
        watch,
    }
}

fn train(job: &TrainJob) -> String {
    train_with(job, &mut || ())
}

/// Calls `after_epoch` after each.
fn train_with(job: &TrainJob, after_epoch: &mut dyn FnMut()) -> String {
    let run = start::reserve(job).unwrap();
    start::train(job, &run, &Progress::silent(), &mut |event| {
        if matches!(event, TrainEvent::Epoch { .. }) {
            after_epoch();
        }
        Flow::Continue
    })
    .unwrap();
    run
}

/// The first three validation images.
fn pinned(split: &Split) -> PinnedNow {
    let pins = PinnedNow::default();
    let samples = split.valid.iter().take(3);
    let pinned = samples.map(|sample| Pinned {
        image: sample.image.unwrap(),
        file: sample.into(),
    });
    pins.set(pinned.collect());
    pins
}

/// Every number of a run's log that is no time, to the last bit.
fn numbers(project: &Project, run: &str) -> Vec<Vec<u64>> {
    let log = RunLog::open(&project.run_dir(run)).unwrap();
    let bits = |event: &TrainEvent| match event {
        TrainEvent::Step {
            loss,
            smooth_loss,
            lr,
            ..
        } => [*loss, *smooth_loss, *lr].map(f64::to_bits).to_vec(),
        TrainEvent::Epoch {
            train_loss,
            valid_loss,
            accuracy,
            ..
        } => [train_loss.unwrap(), *valid_loss, *accuracy]
            .map(f64::to_bits)
            .to_vec(),
        _ => Vec::new(),
    };
    log.events.iter().map(bits).collect()
}

/// Explains until it is told to stop; returns after which steps the nets were that answered.
fn look(
    live: &LiveNets,
    explainer: &mut Explainer,
    images: &[PathBuf],
    (is_over, answers): (&AtomicBool, &AtomicUsize),
) -> BTreeSet<u64> {
    let mut steps = BTreeSet::new();
    let methods = [Method::GradCam, Method::Guided, Method::LayerCam];
    let mut turns = images.iter().zip(methods).cycle();
    while !is_over.load(Ordering::Relaxed) {
        let Some(net) = live.newest() else {
            std::thread::yield_now();
            continue;
        };
        let (image, method) = turns.next().unwrap();
        explainer.follow(Some(net.clone()));
        let question = Question {
            method,
            layer: (method == Method::LayerCam).then_some("blocks.2"),
            ..Question::default()
        };
        let file = ImageFile::outside(image);
        let silent = Progress::silent();
        explainer
            .explain(&net.run_id, &file, &question, &silent)
            .unwrap();
        steps.insert(net.step);
        answers.fetch_add(1, Ordering::Relaxed);
    }
    steps
}

#[test]
fn a_run_that_is_looked_at_all_the_time_learns_the_same_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (project, split) = project(folder.path());
    let head = TrainConfig {
        epochs: 3,
        ..TrainConfig::default()
    };
    let fine = TrainConfig {
        stage: 2,
        epochs: 5,
        ..TrainConfig::default()
    };
    let images: Vec<PathBuf> = split.valid.iter().take(3).map(|s| s.path.clone()).collect();
    for config in [head, fine] {
        let alone = train(&job(&project, &split, config.clone(), Watch::default()));
        let watch = Watch {
            live: LiveNets::every(Duration::ZERO),
            pins: pinned(&split),
        };
        let live = watch.live.clone();
        // Asked before the first batch, so that also a short run leaves nets.
        assert!(live.newest().is_none());
        let (is_over, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut explainer = Explainer::new(project.clone());
        let config = TrainConfig {
            // The same start for both.
            from: RunLog::open(&project.run_dir(&alone))
                .unwrap()
                .info
                .config
                .from,
            ..config
        };
        let (watched, steps) = std::thread::scope(|scope| {
            let looking =
                scope.spawn(|| look(&live, &mut explainer, &images, (&is_over, &answers)));
            // However fast the epochs are, each is looked at: the second answer from here on is of its net.
            let job = job(&project, &split, config.clone(), watch);
            let watched = train_with(&job, &mut || {
                let (begun, before) = (Instant::now(), answers.load(Ordering::Relaxed));
                while answers.load(Ordering::Relaxed) < before + 2 && begun.elapsed() < PATIENCE {
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
            is_over.store(true, Ordering::Relaxed);
            (watched, looking.join().unwrap())
        });
        assert!(
            steps.len() >= config.epochs as usize,
            "nets of {steps:?} answered"
        );
        assert!(live.newest().is_none(), "the run has ended");
        assert_eq!(numbers(&project, &watched), numbers(&project, &alone));
        let history = History::read(&project.run_dir(&watched)).unwrap();
        let first = split.valid[0].image.unwrap();
        let epochs: Vec<u32> = (1..=config.epochs).collect();
        assert_eq!(history.epochs(&[first]), epochs);
        let before = History::read(&project.run_dir(&alone)).unwrap();
        assert_eq!(before, History::default(), "nothing was pinned");
        let weights = |run: &str| fs::read(project.run_dir(run).join("best.safetensors")).unwrap();
        assert!(weights(&watched) == weights(&alone), "the same weights");
    }
}

#[test]
fn a_run_that_was_cut_off_and_resumed_has_the_record_of_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let (project, split) = project(folder.path());
    let config = TrainConfig {
        epochs: 3,
        ..TrainConfig::default()
    };
    let watch = || Watch {
        pins: pinned(&split),
        ..Watch::default()
    };
    let whole = train(&job(&project, &split, config.clone(), watch()));
    let job = job(&project, &split, config, watch());
    let run = start::reserve(&job).unwrap();
    let progress = Progress::silent();
    let mut cancel = |event: &TrainEvent| {
        if matches!(event, TrainEvent::Epoch { epoch: 2, .. }) {
            progress.cancel();
        }
        Flow::Continue
    };
    assert!(start::train(&job, &run, &progress, &mut cancel).is_err());
    let read = |run: &str| History::read(&project.run_dir(run)).unwrap();
    let ids: Vec<ImageId> = split.valid.iter().filter_map(|s| s.image).collect();
    assert_eq!(read(&run).epochs(&ids), [1, 2]);
    // As a kill leaves it: half a row.
    let file = project.run_dir(&run).join("pins.jsonl");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 20]).unwrap();
    let resumed = ResumeJob {
        project: project.clone(),
        run_id: run.clone(),
        split: split.clone(),
        watch: watch(),
    };
    resume(&resumed, &Progress::silent(), &mut |_| Flow::Continue).unwrap();
    let (whole, resumed) = (read(&whole), read(&run));
    let mut same = 0;
    for id in &ids[..3] {
        assert_eq!(resumed.row(*id, 3), whole.row(*id, 3));
        assert_eq!(resumed.row(*id, 1), whole.row(*id, 1));
        same += usize::from(resumed.row(*id, 2) == whole.row(*id, 2));
    }
    assert_eq!(same, 2, "only the torn row is gone");
}

#[test]
fn a_session_remembers_its_pins_and_shows_the_net_of_its_run_until_that_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (project, split) = project(folder.path());
    let open = || Session::open(project.root(), Arc::new(|| ())).unwrap();
    let image = split.valid[0].image.unwrap();
    let pin = |image, is_pinned| Command::Pin { image, is_pinned };
    let mut session = open();
    for sample in split.train.iter().take(8) {
        session.apply(pin(sample.image.unwrap(), true)).unwrap();
    }
    let refused = session.apply(pin(image, true)).unwrap_err().to_string();
    assert!(refused.contains("unpin one"), "{refused}");
    session
        .apply(pin(split.train[0].image.unwrap(), false))
        .unwrap();
    session.apply(pin(image, true)).unwrap();
    drop(session);
    let mut session = open();
    assert!(session.pins().has(image));
    assert_eq!(session.pins().images().len(), 8);

    let config = TrainConfig {
        epochs: 2000,
        size: Some(32.into()),
        batch: Some(4),
        allow_leaks: true,
        ..TrainConfig::default()
    };
    session
        .apply(Command::start(Training::new(config)))
        .unwrap();
    let begun = Instant::now();
    let net = loop {
        session.poll().unwrap();
        assert!(begun.elapsed() < PATIENCE, "no net came");
        let failed = |state: &JobState| matches!(state, JobState::Failed { .. });
        assert!(!session.jobs().iter().any(|job| failed(&job.state)));
        let run = session.trained_run().map(|run| run.info.id.clone());
        if let Some(net) = run.and_then(|run| session.live_net(&run)) {
            break net;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut explainer = Explainer::new(project.clone());
    explainer.follow(Some(net.clone()));
    let file = ImageFile::outside(&split.valid[0].path);
    let question = Question::default();
    let explained = explainer.explain(&net.run_id, &file, &question, &Progress::silent());
    assert_eq!(explained.unwrap().classes.len(), 2);
    // A run that is stopped before its first epoch is measured would only be cancelled.
    while session
        .trained_run()
        .is_none_or(|run| run.best_epoch().is_none())
    {
        assert!(begun.elapsed() < PATIENCE, "no epoch was measured");
        session.poll().unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    for job in session.jobs() {
        session.apply(Command::Stop(job.id)).unwrap();
    }
    while session
        .jobs()
        .iter()
        .any(|job| job.state == JobState::Running)
    {
        session.poll().unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(session.live_net(&net.run_id).is_none());
    let history = History::read(&project.run_dir(&net.run_id)).unwrap();
    assert!(history.of(image).is_some(), "what is pinned was recorded");
}
