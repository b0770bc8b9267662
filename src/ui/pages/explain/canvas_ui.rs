//! The middle of the explain page: the image, the heatmap over it, and how strongly it shows.

use std::path::Path;

use eframe::egui::{self, Color32, Rect, Role, Sense, WidgetInfo, pos2, vec2};

use super::overlay::Overlay;
use super::workers::{Workers, file_name};
use crate::ui::context::ViewCtx;
use crate::ui::failure::{CardAnswer, failure_ui};
use crate::ui::textures::Texture;
use crate::ui::theme;
use crate::ui::widgets::image_ui::{fitted, paint_texture};

const CONTROLS_HEIGHT: f32 = 40.0;
const WHOLE: Rect = Rect {
    min: pos2(0.0, 0.0),
    max: pos2(1.0, 1.0),
};

pub fn canvas_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    workers: &mut Workers,
    overlay: &mut Overlay,
    path: Option<&Path>,
) {
    let Some(path) = path else {
        ui.centered_and_justified(|ui| {
            ui.label("Choose an image on the left, or drop a file here");
        });
        return;
    };
    if let Some(failure) = &workers.failure
        && failure_ui(ui, failure) == CardAnswer::Dismiss
    {
        workers.failure = None;
    }
    controls_ui(ui, workers, overlay, path);
    image_ui(ui, ctx, workers, overlay, path);
}

fn controls_ui(ui: &mut egui::Ui, workers: &Workers, overlay: &mut Overlay, path: &Path) {
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), CONTROLS_HEIGHT),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.checkbox(&mut overlay.is_shown, overlay.method.title())
                .on_hover_text("Show or hide it (H)");
            let mut percent = overlay.opacity() * 100.0;
            let slider = egui::Slider::new(&mut percent, 0.0..=100.0)
                .suffix(" %")
                .fixed_decimals(0);
            if ui
                .add_enabled(overlay.is_shown, slider)
                .accessible_name("Opacity")
                .on_hover_text("How strongly it lies over the image")
                .changed()
            {
                overlay.set_opacity(percent / 100.0);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if workers.is_busy() {
                    ui.spinner();
                }
                let name = egui::Label::new(theme::small(file_name(path))).truncate();
                ui.add(name).on_hover_text(path.display().to_string());
            });
        },
    );
}

fn image_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    workers: &Workers,
    overlay: &Overlay,
    path: &Path,
) {
    let (bounds, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let texture = ctx.textures.full(path);
    let size = match &texture {
        Texture::Ready { size, .. } => *size,
        // A grey box of a film's aspect until the image is there.
        Texture::Loading | Texture::Failed { .. } => vec2(16.0, 9.0),
    };
    let rect = fitted(bounds, size);
    paint_texture(ui.painter(), theme::palette(ui), rect, &texture);
    let mut spoken = format!("image {}", file_name(path));
    if let (Some(shown), Some(colors), true) =
        (workers.shown(), workers.texture(), overlay.is_shown)
    {
        // A new opacity is a new tint: nothing is computed again.
        let tint = Color32::WHITE.gamma_multiply(overlay.opacity());
        ui.painter().image(colors.id(), rect, WHOLE, tint);
        let (title, class) = (shown.request.method.title(), shown.explained.class_name());
        spoken = format!("{spoken}, {title} of {class}");
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
    if let Texture::Failed { reason } = texture {
        response.on_hover_text(reason);
    }
}
