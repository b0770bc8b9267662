//! How much a training is slowed down by somebody who looks at it all the time.
//!
//! `cargo bench --bench beside [ARCH]` (efficientnet-lite0 if none is named): stage 2 at 224 x 224 in batches of 16, by turns
//! alone and with heatmaps of the newest net asked for without a pause, as the window asks for them. The aim: the steps of both
//! take the same time to within 5 % (the sum of a turn's steps, the better of the turns).

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum as _;
use cutting_room::catalog::import::{ImportImages, Layout, Placement};
use cutting_room::catalog::query::SplitMode;
use cutting_room::catalog::{Catalog, Edit};
use cutting_room::dataset::{Leakage, Split};
use cutting_room::explain::{Explainer, Question};
use cutting_room::jobs::beside::{Busy, rest, work_beside};
use cutting_room::model::{Arch, HeadKind, Net, weights};
use cutting_room::predict::ImageFile;
use cutting_room::predict::live::LiveNets;
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use cutting_room::run::config::TrainConfig;
use cutting_room::run::event::{Flow, TrainEvent};
use cutting_room::train::job::{KeptEpoch, TrainJob, Watch};
use cutting_room::train::start;
use image::{Rgb, RgbImage};

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: u32 = 16;
/// Of each turn.
const STEPS: usize = 40;
const TURNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let named = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let arch = named.map_or(Ok(Arch::EfficientnetLite0), |name| {
        Arch::from_str(&name, true)
    })?;
    let folder = tempfile::tempdir()?;
    let (project, split) = project(folder.path())?;
    let file = folder.path().join("weights.safetensors");
    let net = Net::blank(arch, HeadKind::Linear, 2, 0)?;
    weights::save(&file, &net.state()?, weights::Precision::F32)?;
    let config = |stage: u8, from: Option<String>| TrainConfig {
        arch,
        stage,
        from,
        epochs: if stage == 1 { 1 } else { 12 },
        batch: Some(BATCH),
        size: Some(224.into()),
        weights: (stage == 1 && !arch.has_embedded_weights()).then(|| file.clone()),
        checkpoint_secs: 3600,
        ..TrainConfig::default()
    };
    let head = turn((&project, &split), config(1, None), Vec::new())?.run;
    let mut best = [Duration::MAX; 2];
    let mut maps = 0;
    for _ in 0..TURNS {
        for (is_watched, best) in best.iter_mut().enumerate() {
            let samples = split.valid.iter().take(2 * is_watched);
            let images: Vec<PathBuf> = samples.map(|sample| sample.path.clone()).collect();
            let turn = turn((&project, &split), config(2, Some(head.clone())), images)?;
            *best = turn.steps.iter().sum::<Duration>().min(*best);
            maps += turn.maps;
        }
    }
    let [alone, watched] = best.map(|steps| steps.as_secs_f64() * 1e3 / STEPS as f64);
    println!(
        "{}: a step alone {alone:.1} ms, looked at {watched:.1} ms ({:+.1} %), {maps} heatmaps meanwhile",
        arch.title(),
        (watched / alone - 1.0) * 100.0
    );
    Ok(())
}

struct Turn {
    run: String,
    steps: Vec<Duration>,
    maps: usize,
}

/// Trains until enough steps were timed; `images`: looked at in turn meanwhile.
fn turn(
    (project, split): (&Project, &Split),
    config: TrainConfig,
    images: Vec<PathBuf>,
) -> Result<Turn, Box<dyn Error>> {
    let _busy = Busy::begin();
    let watch = Watch::default();
    let live = watch.live.clone();
    let is_head = config.stage == 1;
    let job = TrainJob {
        project: project.clone(),
        config,
        split: split.clone(),
        kept: KeptEpoch::Last,
        leakage: Leakage::default(),
        watch,
    };
    let run = start::reserve(&job)?;
    let (is_over, maps) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut steps = Vec::new();
    std::thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        if !images.is_empty() {
            let explainer = Explainer::new(project.clone());
            let (is_over, maps) = (&is_over, &maps);
            scope.spawn(move || look(&live, explainer, &images, (is_over, maps)));
        }
        let mut last = None;
        let trained = start::train(&job, &run, &Progress::silent(), &mut |event| {
            if let TrainEvent::Step { .. } = event {
                let now = Instant::now();
                steps.extend(last.replace(now).map(|last| now.duration_since(last)));
            }
            if steps.len() >= STEPS && !is_head {
                Flow::Stop
            } else {
                Flow::Continue
            }
        });
        is_over.store(true, Ordering::Relaxed);
        trained?;
        Ok(())
    })?;
    Ok(Turn {
        run,
        steps,
        maps: maps.into_inner(),
    })
}

fn look(
    live: &LiveNets,
    mut explainer: Explainer,
    images: &[PathBuf],
    (is_over, maps): (&AtomicBool, &AtomicUsize),
) {
    // Another one each time, so that nothing that was kept answers.
    let mut files = images.iter().map(|path| ImageFile::outside(path)).cycle();
    while !is_over.load(Ordering::Relaxed) {
        let (Some(net), Some(file)) = (live.newest(), files.next()) else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        let run = net.run_id.clone();
        explainer.follow(Some(net));
        let question = Question::default();
        let silent = Progress::silent();
        let explained = work_beside(|| explainer.explain(&run, &file, &question, &silent));
        maps.fetch_add(usize::from(explained.is_ok()), Ordering::Relaxed);
        rest();
    }
}

/// Two classes of four dozen images each.
fn project(folder: &Path) -> Result<(Project, Split), Box<dyn Error>> {
    for (class, shade) in [("elves", 3u32), ("orcs", 7)] {
        let images = folder.join("scraped").join(class);
        std::fs::create_dir_all(&images)?;
        for number in 0..48u32 {
            let pixel = |x: u32, y: u32| Rgb([(x * shade + number) as u8, y as u8, (x ^ y) as u8]);
            RgbImage::from_fn(320, 240, pixel).save(images.join(format!("{number:02}.png")))?;
        }
    }
    let project = Project::create(&folder.join("project"))?;
    let mut catalog = Catalog::open(&project)?;
    let import = ImportImages {
        folder: folder.join("scraped"),
        source: "scraped".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    catalog.import_images(&project, &import, &Progress::silent())?;
    let mode = SplitMode::Random {
        fraction: 0.25,
        seed: 0,
    };
    catalog.apply(&Edit::SetSplitMode { mode })?;
    let split = Split::of(&catalog.snapshot()?)?;
    Ok((project, split))
}
