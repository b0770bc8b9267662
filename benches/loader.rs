//! How fast training images come: decoded, shrunk, augmented and batched at 224 x 224, images a second.
//!
//! `cargo bench --bench loader -- FOLDER` (images in sub-folders) prints both cases: `decode`, nothing held between
//! epochs, and `cached`, decoded images held in memory as training does within its budget. With `--serve CASE` before
//! the folder it replies to each line of its input with the seconds of one epoch and its images, so that
//! `benches/peers/run` can take turns with fastai.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use cutting_room::dataset::augmented_view::ViewConfig;
use cutting_room::dataset::image_set::{ImageSet, LoadConfig, Use};
use cutting_room::dataset::loader::{Loader, epoch_batches};
use cutting_room::dataset::sample::Sample;
use cutting_room::media::recipe::Recipe;
use cutting_room::progress::Progress;
use cutting_room::run::config::TrainConfig;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZE: u32 = 224;
const BATCH: usize = 32;
const ROUNDS: usize = 5;

struct Case {
    images: Arc<ImageSet>,
    epoch: u64,
}

impl Case {
    fn new(name: &str, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let preprocess = TrainConfig {
            size: Some(SIZE.into()),
            ..TrainConfig::default()
        }
        .preprocess();
        let mut config = LoadConfig::new(preprocess, Use::Train(ViewConfig::fastai()));
        match name {
            "decode" => config.budget_bytes = 0,
            "cached" => {}
            other => return Err(format!("{other} is none of decode, cached").into()),
        }
        let samples = samples(folder)?;
        let images = ImageSet::load(&samples, config, &Progress::silent())?;
        Ok(Self {
            images: Arc::new(images),
            epoch: 0,
        })
    }

    /// Seconds of one epoch, and its images.
    fn run(&mut self) -> Result<(f64, usize), Box<dyn Error>> {
        let begin = Instant::now();
        self.epoch += 1;
        let plan = epoch_batches(self.images.samples().len(), BATCH, 0, self.epoch);
        let mut count = 0;
        for batch in Loader::start(Arc::clone(&self.images), plan, (0, self.epoch), None)? {
            count += batch?.iter().map(|part| part.targets.len()).sum::<usize>();
        }
        Ok((begin.elapsed().as_secs_f64(), count))
    }
}

fn samples(folder: &Path) -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut classes: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    classes.retain(|path| path.is_dir());
    classes.sort();
    let mut samples = Vec::new();
    for (target, class) in classes.iter().enumerate() {
        let mut files: Vec<PathBuf> = std::fs::read_dir(class)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        samples.extend(files.into_iter().map(|path| Sample {
            image: None,
            unit: None,
            path,
            recipe: Recipe::default(),
            source: None,
            weight: 1.0,
            target: target as u32,
        }));
    }
    Ok(samples)
}

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match &arguments[..] {
        [serve, case, folder] if serve == "--serve" => {
            return reply(&mut Case::new(case, Path::new(folder))?);
        }
        [folder] => {
            for name in ["decode", "cached"] {
                let mut case = Case::new(name, Path::new(folder))?;
                let mut best = 0f64;
                for _ in 0..ROUNDS {
                    let (seconds, count) = case.run()?;
                    best = best.max(count as f64 / seconds);
                }
                println!("{name:8} {best:8.1} images/s");
            }
        }
        _ => println!("no folder of images was named, so nothing is measured"),
    }
    Ok(())
}

fn reply(case: &mut Case) -> Result<(), Box<dyn Error>> {
    case.run()?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        line?;
        let (seconds, count) = case.run()?;
        println!("{seconds} {count}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
