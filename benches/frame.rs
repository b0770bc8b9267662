//! How quickly the window responds while it is busy: its frames while a run trains, and another class in Explain.
//!
//! `cargo bench --bench frame`; no display is needed, ffmpeg is. Makes the sample project, presses Train stage 1 and
//! measures every frame of the train page (state, layout, tessellation) at 60 frames a second, six times as many as the
//! window asks for. Then it clicks classes in Explain, under every method, and measures from the click to the frame that
//! shows the new map. Not in it: what the GPU does with a frame. The aims: 95 of 100 frames under 16 ms, a
//! class under 50 ms.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cutting_room::explain::method::Method;
use cutting_room::progress::Progress;
use cutting_room::sample;
use cutting_room::ui::app::{App, AppOptions};
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

const FRAME: Duration = Duration::from_nanos(16_666_667);
const PATIENCE: Duration = Duration::from_mins(10);
const CLASS_CHANGES: usize = 40;
const CLASSES: [&str; 3] = ["drakes", "elves", "undead"];

type Times = Rc<RefCell<Vec<Duration>>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("sample");
    sample::prepare(&root, &Progress::silent())?;
    let times = Times::default();
    let mut window = open(&root, &times);

    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    wait_for(&mut window, "Train stage 1")?;
    times.borrow_mut().clear();
    let mut still = Vec::new();
    for _ in 0..120 {
        still.push(frame(&mut window, &times));
    }
    println!("train page, nothing runs: {}", summary(&mut still));

    window.get_by_label("Train stage 1").click();
    wait_for(&mut window, "Pause")?;
    let mut live = Vec::new();
    while shows(&window, "Pause") {
        live.push(frame(&mut window, &times));
    }
    println!("train page, a run trains: {}", summary(&mut live));

    window.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
    wait_for(&mut window, "Grad-CAM of")?;
    for (place, method) in Method::ALL.into_iter().enumerate() {
        if place > 0 {
            window.key_press(Key::M);
            window.run_steps(2);
        }
        if method.is_slow() {
            continue;
        }
        let of_any = format!(", {} of", method.title());
        wait_for(&mut window, &of_any)?;
        let mut changes = class_changes(&mut window, method)?;
        println!(
            "another class, {}: {}",
            method.title(),
            summary(&mut changes)
        );
    }
    Ok(())
}

/// From each click on a class to the frame that shows its map.
fn class_changes(
    window: &mut Harness<'_, Option<App>>,
    method: Method,
) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    let mut changes = Vec::new();
    for class in CLASSES.iter().cycle().take(CLASS_CHANGES) {
        let shown = format!("{} of {class}", method.title());
        if shows(window, &shown) {
            continue;
        }
        let clicked = Instant::now();
        let row = format!("{class} ");
        window
            .get_all_by_role(Role::Button)
            .find(|node| {
                use egui_kittest::kittest::NodeT as _;
                let label = node.accesskit_node().label().unwrap_or_default();
                label.starts_with(&row) && label.ends_with('%')
            })
            .ok_or("the class is not listed")?
            .click();
        while !shows(window, &shown) {
            window.step();
            if clicked.elapsed() > PATIENCE {
                return Err("the heatmap never came".into());
            }
        }
        changes.push(clicked.elapsed());
    }
    Ok(changes)
}

fn open<'a>(root: &Path, times: &Times) -> Harness<'a, Option<App>> {
    let options = AppOptions {
        project: Some(root.to_path_buf()),
        settings_dir: None,
    };
    let times = Rc::clone(times);
    let mut window = Harness::builder()
        .with_size([1440.0, 900.0])
        .build_ui_state(
            move |ui, app: &mut Option<App>| match app {
                None => *app = Some(App::new(ui.ctx(), options.clone())),
                Some(app) => {
                    let started = Instant::now();
                    app.logic(&ui.ctx().clone());
                    app.ui(ui);
                    times.borrow_mut().push(started.elapsed());
                }
            },
            None,
        );
    window.run_steps(3);
    window
}

/// One frame and what it took, then a pause until the next is due.
fn frame(window: &mut Harness<'_, Option<App>>, times: &Times) -> Duration {
    let due = Instant::now() + FRAME;
    // A click is several events, and each has a step of its own.
    times.borrow_mut().clear();
    window.step();
    let longest = times.borrow().iter().max().copied().unwrap_or_default();
    let output = window.output();
    let started = Instant::now();
    let shapes = output.shapes.clone();
    let primitives = window.ctx.tessellate(shapes, output.pixels_per_point);
    drop(primitives);
    let taken = longest + started.elapsed();
    std::thread::sleep(due.saturating_duration_since(Instant::now()));
    taken
}

fn shows(window: &Harness<'_, Option<App>>, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}

fn wait_for(window: &mut Harness<'_, Option<App>>, text: &str) -> Result<(), String> {
    let started = Instant::now();
    while !shows(window, text) {
        if started.elapsed() > PATIENCE {
            return Err(format!("{text:?} never came"));
        }
        window.step();
        std::thread::sleep(FRAME);
    }
    Ok(())
}

fn summary(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let mean = times.iter().sum::<Duration>() / times.len().max(1) as u32;
    let part = |percent: usize| {
        let place = times.len() * percent / 100;
        millis(times.get(place).copied().unwrap_or_default())
    };
    let late = times.iter().filter(|time| **time > FRAME).count();
    format!(
        "mean {:.2} ms, p95 {:.2} ms, longest {:.2} ms; {late} of {} longer than a frame of 60 Hz",
        millis(mean),
        part(95),
        millis(times.last().copied().unwrap_or_default()),
        times.len()
    )
}
