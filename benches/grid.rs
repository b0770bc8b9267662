//! How long the window takes to lay out and tessellate Cull with 20,000 images while it scrolls.
//!
//! `cargo bench --bench grid`; no display is needed. Prints milliseconds, mean and 95th percentile over 300 frames, with
//! cells of the usual size and of the smallest one. The aim is less than 8 ms for the layout, so that half of a 60 Hz
//! frame is left for painting. Frames come at 60 Hz, so that images have time to load (draw calls tell: one an
//! image). On Linux the thread's CPU time is printed as well: other work on the machine
//! does not count there.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::path::Path;
use std::time::{Duration, Instant};

use cutting_room::catalog::Catalog;
use cutting_room::catalog::import::{ImportImages, Layout, NewImage, Placement};
use cutting_room::project::Project;
use cutting_room::ui::app::{App, AppOptions};
use eframe::egui::{self, Event, MouseWheelUnit, Pos2, RawInput, Rect, Vec2};
use image::{Rgb, RgbImage};

const IMAGES: usize = 20_000;
/// Files on disk; every image is one of them under a hash of its own.
const FILES: usize = 16;
const FRAMES: usize = 300;
const SMALLEST_CELL: f32 = 56.0;
const FRAME: Duration = Duration::from_nanos(16_666_667);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let project = Project::create(&folder.path().join("many"))?;
    fill(&project, &folder.path().join("images"))?;
    for size in [
        Vec2::new(1280.0, 720.0),
        Vec2::new(1920.0, 1080.0),
        Vec2::new(3840.0, 2160.0),
    ] {
        for cell_size in [None, Some(SMALLEST_CELL)] {
            measure(&folder, project.root(), size, cell_size)?;
        }
    }
    Ok(())
}

fn fill(project: &Project, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)?;
    for file in 0..FILES {
        RgbImage::from_pixel(320, 180, Rgb([file as u8 * 16, 128, 64]))
            .save(folder.join(format!("{file}.jpg")))?;
    }
    let images: Vec<NewImage> = (0..IMAGES)
        .map(|number| NewImage {
            path: folder.join(format!("{}.jpg", number % FILES)),
            origin: format!("class{}/{number:06}.jpg", number % 10),
            class: Some(format!("class{}", number % 10)),
            hash: blake3::hash(&number.to_le_bytes()).to_hex().to_string(),
            width: 320,
            height: 180,
            ..NewImage::default()
        })
        .collect();
    let import = ImportImages {
        folder: folder.to_path_buf(),
        source: "many".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    Catalog::open(project)?.insert_images(&import, &images)?;
    Ok(())
}

fn measure(
    folder: &tempfile::TempDir,
    root: &Path,
    size: Vec2,
    cell_size: Option<f32>,
) -> Result<(), Box<dyn std::error::Error>> {
    let ctx = egui::Context::default();
    let settings_dir = folder.path().join("settings");
    std::fs::create_dir_all(&settings_dir)?;
    let settings = cell_size.map_or_else(String::new, |side| format!("cell_size = {side:.1}\n"));
    std::fs::write(settings_dir.join("window.toml"), settings)?;
    let options = AppOptions {
        project: Some(root.to_path_buf()),
        settings_dir: Some(settings_dir),
    };
    let mut app = App::new(&ctx, options);
    let mut layout = Vec::with_capacity(FRAMES);
    let mut layout_cpu = Vec::with_capacity(FRAMES);
    let mut tessellate = Vec::with_capacity(FRAMES);
    for frame in 0..FRAMES + 20 {
        let due = Instant::now() + FRAME;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            time: Some(frame as f64 / 60.0),
            events: vec![
                Event::PointerMoved((size / 2.0).to_pos2()),
                Event::MouseWheel {
                    unit: MouseWheelUnit::Point,
                    delta: Vec2::new(0.0, -40.0),
                    phase: egui::TouchPhase::Move,
                    modifiers: egui::Modifiers::NONE,
                    source: egui::MouseWheelSource::Wheel,
                },
            ],
            ..RawInput::default()
        };
        let (started, started_cpu) = (Instant::now(), cpu_time());
        let mut output = ctx.run_ui(input, |ui| {
            app.logic(&ui.ctx().clone());
            app.ui(ui);
        });
        let laid_out = started.elapsed();
        let laid_out_cpu = cpu_time()
            .zip(started_cpu)
            .map(|(now, then)| now.saturating_sub(then));
        let shapes = std::mem::take(&mut output.shapes);
        let started = Instant::now();
        let primitives = ctx.tessellate(shapes, output.pixels_per_point);
        // The first frames build fonts and fill caches.
        if frame >= 20 {
            layout.push(laid_out);
            layout_cpu.extend(laid_out_cpu);
            tessellate.push(started.elapsed());
        }
        if frame + 1 == FRAMES + 20 {
            println!(
                "{} x {}, {} cells: layout {}; CPU {}; tessellate {}; {} draw calls",
                size.x,
                size.y,
                cell_size.map_or("usual", |_| "smallest"),
                summary(&mut layout),
                summary(&mut layout_cpu),
                summary(&mut tessellate),
                primitives.len()
            );
        }
        output.drop_without_applying_deltas();
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

/// Of this thread so far.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

fn summary(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let mean = times.iter().sum::<Duration>() / times.len().max(1) as u32;
    let p95 = times
        .get(times.len() * 95 / 100)
        .copied()
        .unwrap_or_default();
    format!(
        "mean {:.2} ms, p95 {:.2} ms",
        mean.as_secs_f64() * 1e3,
        p95.as_secs_f64() * 1e3
    )
}
