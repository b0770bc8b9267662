//! The window's size, zoom and panel widths, kept over restarts.
//!
//! egui keeps panel widths in its memory while the program runs; they are put there before the first frame and read
//! back when they change.

use std::collections::BTreeMap;

use eframe::egui::{self, IdSalt, PanelState, Pos2, Rect, Vec2};
use serde::{Deserialize, Serialize};

/// Every side panel that can be dragged, by the name its page gives it.
const PANELS: [&str; 7] = [
    "import-form",
    "facets",
    "inspector",
    "train form",
    "train runs",
    "explain subjects",
    "explain classes",
];
const DEFAULT_WINDOW: Vec2 = Vec2::new(1440.0, 900.0);
/// In points at a zoom of 1.
const DENSE_SCREEN_WIDTH: f32 = 3200.0;
const DENSE_SCREEN_ZOOM: f32 = 1.5;
/// What the pages need, in points: zoom goes no further than leaves this much.
const LEAST_ROOM: Vec2 = Vec2::new(880.0, 540.0);
/// Waited for after the last change, so that dragging an edge does not write a file at each of its steps.
const SETTLE_SECS: f64 = 0.5;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Points at a zoom of 1, when not maximized.
    window: Option<[f32; 2]>,
    pub is_maximized: bool,
    /// Of Ctrl+Plus and Ctrl+Minus; `None` until it was first another than 1.
    zoom: Option<f32>,
    /// Outer widths in points.
    panels: BTreeMap<String, f32>,
}

impl Layout {
    pub fn window_size(&self) -> Vec2 {
        self.window.map_or(DEFAULT_WINDOW, Vec2::from)
    }

    pub fn apply_zoom(&self, ctx: &egui::Context) {
        if let Some(zoom) = self.zoom {
            ctx.set_zoom_factor(zoom.clamp(0.2, 5.0));
        }
    }

    /// Before the first page: `ui` is the one that pages put their panels in.
    fn restore_panels(&self, ui: &egui::Ui) {
        for (name, width) in &self.panels {
            let size = Vec2::new(*width, ui.available_height());
            let state = PanelState {
                outer_rect: Rect::from_min_size(Pos2::ZERO, size),
            };
            ui.data_mut(|data| data.insert_persisted(panel_id(ui, name), state));
        }
    }

    /// As it is now. Panels of pages that were not opened yet keep what they had.
    fn observe(&self, ui: &egui::Ui) -> Self {
        let mut seen = self.clone();
        let zoom = ui.zoom_factor();
        if seen.zoom.is_some() || zoom != 1.0 {
            seen.zoom = Some(zoom);
        }
        ui.input(|input| {
            let viewport = input.viewport();
            seen.is_maximized =
                viewport.maximized.unwrap_or(false) || viewport.fullscreen.unwrap_or(false);
            if !seen.is_maximized
                && let Some(rect) = viewport.inner_rect
            {
                let size = (rect.size() * zoom).round();
                seen.window = Some(size.into());
            }
        });
        for name in PANELS {
            if let Some(state) = PanelState::load(ui, panel_id(ui, name)) {
                seen.panels.insert(name.to_owned(), state.size().x.round());
            }
        }
        seen
    }
}

fn panel_id(ui: &egui::Ui, name: &str) -> egui::Id {
    ui.scope_id().with_salt(IdSalt::new(name))
}

/// Where the system claims one point a pixel on a 4K screen (X11 without a DPI setting), text would be 2 mm high.
fn enlarge_on_a_dense_screen(ui: &egui::Ui, stored: &Layout) {
    let screen = ui.input(|input| input.viewport().monitor_size);
    let is_dense = screen.is_some_and(|size| size.x >= DENSE_SCREEN_WIDTH);
    if is_dense && stored.zoom.is_none() {
        ui.set_zoom_factor(DENSE_SCREEN_ZOOM);
        // The size that was asked for would be too small by the same factor.
        ui.send_viewport_cmd(egui::ViewportCommand::Maximized(true));
    }
}

/// The zoom at which a window of `size` points at a zoom of 1 still shows everything.
fn most_zoom(size: Vec2) -> f32 {
    (size / LEAST_ROOM).min_elem().max(1.0)
}

/// Once a frame: Ctrl+Plus must not push the work out of the window.
pub fn limit_zoom(ctx: &egui::Context) {
    let zoom = ctx.zoom_factor();
    let most = most_zoom(ctx.content_rect().size() * zoom);
    if zoom > most + 0.01 {
        ctx.set_zoom_factor(most);
    }
}

/// Watches the layout and says when it has changed and come to rest.
#[derive(Default)]
pub struct LayoutWatch {
    is_restored: bool,
    pending: Option<(Layout, f64)>,
}

impl LayoutWatch {
    pub fn restore_once(&mut self, ui: &egui::Ui, stored: &Layout) {
        if !std::mem::replace(&mut self.is_restored, true) {
            stored.restore_panels(ui);
            enlarge_on_a_dense_screen(ui, stored);
        }
    }

    /// After the pages; returns what is to be stored now.
    pub fn settled(&mut self, ui: &egui::Ui, stored: &Layout) -> Option<Layout> {
        let seen = stored.observe(ui);
        if seen == *stored {
            self.pending = None;
            return None;
        }
        let now = ui.input(|input| input.time);
        match &self.pending {
            Some((pending, since)) if *pending == seen => {
                if now - since >= SETTLE_SECS {
                    return self.pending.take().map(|(layout, _)| layout);
                }
            }
            Some(_) | None => self.pending = Some((seen, now)),
        }
        ui.request_repaint_after_secs(SETTLE_SECS as f32);
        None
    }

    /// What has not come to rest when the window closes.
    pub fn take_pending(&mut self) -> Option<Layout> {
        self.pending.take().map(|(layout, _)| layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoom_leaves_the_pages_their_room() {
        assert!(most_zoom(Vec2::new(1440.0, 900.0)) >= 1.6);
        assert!(most_zoom(Vec2::new(1440.0, 900.0)) < 1.7);
        assert!(most_zoom(Vec2::new(3840.0, 2160.0)) >= 4.0);
        assert_eq!(most_zoom(Vec2::new(640.0, 480.0)), 1.0);
    }
}
