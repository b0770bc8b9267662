//! The window: reads the session, sends commands.
//!
//! A frame is `logic` (drain what the workers said, apply what was asked) and then `ui` (paint and collect wishes);
//! pages see the session through a [`context::ViewCtx`] and never change it themselves.

pub mod action;
pub mod app;
pub mod cache_keeper;
mod changelog;
mod changes;
pub mod context;
pub mod digest;
mod drop_hint;
mod failed_jobs;
pub mod failure;
mod folder_url;
mod guide;
pub mod help;
mod help_menu;
pub mod key_sheet;
pub mod keys;
mod layout;
pub mod leak_watch;
mod leave;
mod news;
pub mod number;
pub mod page;
pub mod pages;
pub mod rail;
mod recent;
pub mod remembered;
mod sample_maker;
pub mod status_bar;
pub mod textures;
pub mod theme;
pub mod toast;
pub mod top_bar;
mod whats_new;
pub mod widgets;

use std::path::PathBuf;

use anyhow::{anyhow, bail};

use app::{App, AppOptions};
use remembered::Remembered;

use crate::{logging, settings};

/// Opens the window and returns when it is closed. Without `project` it begins on the start page. `verbosity`: how often `-v` was given.
pub fn run(project: Option<PathBuf>, verbosity: u8) -> anyhow::Result<()> {
    logging::start(verbosity, logging::window_log().as_deref());
    if let Some(path) = &project
        && !path.exists()
    {
        let path = path.display();
        bail!(
            "{path} is neither a command nor a folder; `cutting-room --help` lists the commands, `cutting-room new {path}` makes a project"
        );
    }
    let settings_dir = settings::default_dir();
    let layout = Remembered::load(settings_dir.as_deref()).layout().clone();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id("cutting-room")
            .with_icon(icon())
            .with_title("Cutting Room")
            .with_inner_size(layout.window_size())
            .with_maximized(layout.is_maximized)
            .with_min_inner_size([1024.0, 640.0]),
        // Smaller than wgpu, and three times as quick where OpenGL is done in software.
        renderer: eframe::Renderer::Glow,
        ..Default::default()
    };
    let app_options = AppOptions {
        project,
        settings_dir,
    };
    eframe::run_native(
        "Cutting Room",
        options,
        Box::new(|creation| Ok(Box::new(App::new(&creation.egui_ctx, app_options)))),
    )
    .map_err(|error| {
        tracing::error!("no window: {error}");
        anyhow!(
            "the window cannot be opened, for there is no display (or none with OpenGL); use the command line \
             (`cutting-room --help`), or see more with `cutting-room -vv`"
        )
    })
}

/// Of the window, where the desktop takes it from there; others take it from the desktop entry.
fn icon() -> egui::IconData {
    let png = include_bytes!("../../assets/linux/cutting-room.png");
    eframe::icon_data::from_png_bytes(png).unwrap_or_default()
}
