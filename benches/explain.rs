//! How quickly an image is explained: a new one, another class, another layer, other colors, every method.
//!
//! `cargo bench --bench explain [ARCH…]` (if none is named, resnet50 with the head of fastai and efficientnet-lite0 with the
//! default one), at 224 x 224 on all cores, best and median of several. The nets have weights of noise: the time is the same,
//! what is seen means nothing. The aims: a class or other colors under 16 ms, a layer of ResNet-50 under 100 ms, guided methods
//! under 150 ms, a new image at most 1.3 times a plain forward pass (its scaling counted in both, its decoding in neither).

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use cutting_room::explain::colormap::Colormap;
use cutting_room::explain::method::{Method, explain};
use cutting_room::explain::seen::Seen;
use cutting_room::explain::style::Style;
use cutting_room::explain::{Explained, Explainer, Question};
use cutting_room::model::weights::{self, Precision};
use cutting_room::model::{Arch, Net, Role};
use cutting_room::predict::{ImageFile, Predictor};
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use cutting_room::rng::Stream;
use cutting_room::run::RunInfo;
use cutting_room::run::preset::Preset;
use image::{Rgb, RgbImage};

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUN: &str = "20261126-120000-s1";
const CLASSES: [&str; 3] = ["drakes", "elves", "undead"];
const ROUNDS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let named = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"));
    let named: Vec<Arch> = named
        .map(|name| Arch::from_str(&name, true))
        .collect::<Result<_, _>>()?;
    // The post's net with its two-layer head, and the default one with its linear head.
    let nets = if named.is_empty() {
        vec![
            (Arch::Resnet50, Preset::Fastai),
            (Arch::EfficientnetLite0, Preset::default()),
        ]
    } else {
        let both = |arch| [Preset::Fastai, Preset::default()].map(|preset| (arch, preset));
        named.into_iter().flat_map(both).collect()
    };
    for (arch, preset) in nets {
        measure(arch, preset)?;
    }
    Ok(())
}

fn measure(arch: Arch, preset: Preset) -> Result<(), Box<dyn Error>> {
    println!("{}, preset {}", arch.title(), name_of(&preset)?);
    let folder = tempfile::tempdir()?;
    let (project, images) = project((arch, preset), folder.path())?;
    let predictor = Predictor::load(&project, RUN)?;
    let image = predictor.read(&ImageFile::outside(&images[0]))?.image;
    let input = predictor.input(&image)?;
    let forward = timed(|_| Ok(predictor.predict_inputs(&input)?))?;
    show("the same image again and again, scaled", &forward, None);
    // What a new image takes without a heatmap: between two forward passes it is scaled, on one core, and the others rest.
    let plain = timed(|_| Ok(predictor.predict(std::slice::from_ref(&image))?))?;
    show("a new image, plain forward pass", &plain, None);
    let silent = Progress::silent();
    let new = timed(|_| {
        let inspection = predictor.inspect(&image)?;
        let class = inspection.prediction.ranking()[0];
        let seen = Seen {
            predictor: &predictor,
            image: &image,
            inspection: &inspection,
            stage: None,
        };
        Ok(explain(&seen, class, Method::GradCam, &silent)?)
    })?;
    show("a new image, Grad-CAM", &new, Some(plain[0] * 13 / 10));
    drop(predictor);

    let mut explainer = Explainer::new(project);
    let mut ask = |path: &Path, question: Question<'_>| -> Result<Explained, Box<dyn Error>> {
        Ok(explainer.explain(RUN, &ImageFile::outside(path), &question, &silent)?)
    };
    let read = timed(|round| ask(&images[round % 2], Question::default()))?;
    show("a new image, read and decoded", &read, None);

    let of_class = |round: usize| Some(CLASSES[round % CLASSES.len()]);
    // A method that was not asked for yet, so that nothing is kept of it.
    for method in Method::ALL.into_iter().filter(|method| !method.is_slow()) {
        let mut times = Vec::new();
        for round in 0..3 {
            // Another image in between forgets what was kept.
            ask(&images[round % 2], Question::default())?;
            for class in CLASSES {
                let question = Question {
                    class: Some(class),
                    method,
                    ..Question::default()
                };
                let begin = Instant::now();
                ask(&images[round % 2], question)?;
                times.push(begin.elapsed());
            }
        }
        times.sort_unstable();
        let aim = if method.is_map() { 16 } else { 150 };
        let title = format!("another class, {}", method.title());
        show(&title, &times, Some(Duration::from_millis(aim)));
    }
    let again = timed(|round| {
        let question = Question {
            class: of_class(round),
            ..Question::default()
        };
        ask(&images[0], question)
    })?;
    show(
        "a class that was shown before",
        &again,
        Some(Duration::from_millis(16)),
    );

    let explained = ask(&images[0], Question::default())?;
    let colors = timed(|round| {
        let style = Style {
            colormap: Colormap::ALL[round % 3],
            has_contours: round % 2 == 0,
            ..Style::default()
        };
        Ok(explained.colors_of(&explained.explanation, 384, &style))
    })?;
    show("other colors", &colors, Some(Duration::from_millis(16)));

    for layer in explained.layers.iter() {
        let mut times = Vec::new();
        for round in 0..6 {
            ask(&images[round % 2], Question::default())?;
            let question = Question {
                layer: Some(layer),
                ..Question::default()
            };
            let begin = Instant::now();
            ask(&images[round % 2], question)?;
            times.push(begin.elapsed());
        }
        times.sort_unstable();
        show(
            &format!("layer {layer}"),
            &times,
            Some(Duration::from_millis(100)),
        );
    }
    Ok(())
}

/// As it is named on the command line and in run.toml.
fn name_of(value: &impl ValueEnum) -> Result<String, Box<dyn Error>> {
    let name = value.to_possible_value().ok_or("a value without a name")?;
    Ok(name.get_name().to_owned())
}

/// Sorted times of several runs, the first of which is not counted.
fn timed<T>(
    mut run: impl FnMut(usize) -> Result<T, Box<dyn Error>>,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    run(0)?;
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 1..=ROUNDS {
        let begin = Instant::now();
        run(round)?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

fn show(name: &str, times: &[Duration], aim: Option<Duration>) {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let (best, median) = (times[0], times[times.len() / 2]);
    let aim = aim.map_or_else(String::new, |aim| {
        let kept = if best <= aim { "kept" } else { "MISSED" };
        format!("   aim {:.0} ms {kept}", millis(aim))
    });
    println!(
        "  {name:44} best {:7.1} ms, median {:7.1} ms{aim}",
        millis(best),
        millis(median)
    );
}

/// A project with one run and two images.
fn project(
    (arch, preset): (Arch, Preset),
    root: &Path,
) -> Result<(Project, [PathBuf; 2]), Box<dyn Error>> {
    let project = Project::create(&root.join("films"))?;
    let dir = project.run_dir(RUN);
    std::fs::create_dir_all(&dir)?;
    let info = format!(
        r#"id = "{RUN}"
started = 1790000000
process = 1
program = "bench"
hardware = "bench"
split_hash = "0123456789abcdef"
is_random_split = false
train_n = 6
valid_n = 6
classes = ["drakes", "elves", "undead"]

[config]
arch = "{}"
size = 224
preset = "{}"
"#,
        name_of(&arch)?,
        name_of(&preset)?
    );
    std::fs::write(dir.join("run.toml"), info)?;
    let run = RunInfo::read(&dir)?;
    let head = run.config.recorded_preset().head();
    let net = Net::blank(arch, head, CLASSES.len(), 0)?;
    let mut stream = Stream::new(1, &[]);
    for param in net.variables() {
        if param.role == Role::Weight {
            let fan_in = param.var.elem_count() / param.var.dim(0)?;
            let std = (2.0 / fan_in as f64).sqrt() as f32;
            let values: Vec<f32> = (0..param.var.elem_count())
                .map(|_| stream.normal() as f32 * std)
                .collect();
            let shape = param.var.shape().clone();
            let drawn = candle_core::Tensor::from_vec(values, shape, param.var.device())?;
            param.var.set(&drawn)?;
        }
    }
    weights::save(
        &Predictor::weights_path(&dir),
        &net.state()?,
        Precision::F32,
    )?;
    let paths = ["a.png", "b.png"].map(|name| root.join(name));
    for (path, shade) in paths.iter().zip([3u32, 7]) {
        let pixel = |x: u32, y: u32| Rgb([(x * shade) as u8, (y * 2) as u8, (x ^ y) as u8]);
        RgbImage::from_fn(480, 270, pixel).save(path)?;
    }
    Ok((project, paths))
}
