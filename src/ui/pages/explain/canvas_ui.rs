//! The middle of the explain page: the image, the heatmap over it, of which class it is, and how strongly it shows.

use std::path::Path;

use eframe::egui::{self, Color32, FontId, Rect, Role, Sense, Vec2, WidgetInfo, pos2, vec2};

use super::overlay::Overlay;
use super::workers::{Workers, file_name};
use crate::predict::ImageFile;
use crate::ui::context::ViewCtx;
use crate::ui::failure::{CardAnswer, capitalized, failure_ui};
use crate::ui::textures::Texture;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::image_ui::{caption_ui, fitted, paint_texture};
use crate::ui::{number, theme};

const CONTROLS_HEIGHT: f32 = 40.0;
const NAME_WIDTH: f32 = 72.0;
const WHOLE: Rect = Rect {
    min: pos2(0.0, 0.0),
    max: pos2(1.0, 1.0),
};

pub fn canvas_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    workers: &mut Workers,
    overlay: &mut Overlay,
    file: Option<&ImageFile>,
) {
    let Some(file) = file else {
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
    controls_ui(ui, workers, overlay, &file.path);
    image_ui(ui, ctx, workers, overlay, file);
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
                let font = FontId::proportional(theme::TEXT_SMALL);
                // Two letters of a name tell nothing; the list on the left shows which image it is.
                if ui.available_width() < NAME_WIDTH {
                    return;
                }
                let name = elided(ui.painter(), &place_name(path), &font, ui.available_width());
                ui.label(theme::small(name))
                    .on_hover_text(path.display().to_string());
            });
        },
    );
}

/// With its folder: `000012.jpg` exists in every film.
fn place_name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    let folder = folder.unwrap_or_default().to_string_lossy();
    format!("{folder}/{}", file_name(path))
}

fn image_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    workers: &Workers,
    overlay: &Overlay,
    file: &ImageFile,
) {
    let path = &file.path;
    // How a file from elsewhere is cropped is known when the run has looked at it.
    let explained = workers.shown().map(|shown| shown.explained.recipe);
    let recipe = file.recipe.or(explained).unwrap_or_default();
    let (bounds, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let texture = ctx.textures.full(path, recipe);
    let size = match &texture {
        Texture::Ready { size, .. } => *size,
        // A grey box of a film's aspect until the image is there.
        Texture::Loading | Texture::Failed { .. } => vec2(16.0, 9.0),
    };
    let rect = fitted(bounds, size);
    paint_texture(ui.painter(), theme::palette(ui), rect, &texture);
    let mut spoken = format!("image {}", file_name(path));
    if let Texture::Failed { reason, .. } = &texture {
        let text = capitalized(reason);
        caption_ui(ui, rect, &text);
        spoken = format!("{spoken}, {text}");
    } else if let Some(shown) = workers.shown().filter(|_| overlay.is_shown) {
        if let Some(colors) = workers.texture() {
            // A new opacity is a new tint: nothing is computed again.
            let tint = Color32::WHITE.gamma_multiply(overlay.opacity());
            ui.painter().image(colors.id(), rect, WHOLE, tint);
        }
        let (method, class) = (shown.request.method, shown.explained.class_name());
        let title = method.title();
        let percent = number::percent(f64::from(shown.explained.prob()));
        tag_ui(ui, rect, &format!("{title} of {class}, {percent}"));
        spoken = format!("{spoken}, {title} of {class}");
        if shown.explained.explanation.is_blank() {
            let words = method.blank_words(class);
            caption_ui(ui, rect, &words);
            spoken = format!("{spoken}: {words}");
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
}

/// In the image's upper left corner.
fn tag_ui(ui: &egui::Ui, image: Rect, text: &str) {
    let font = FontId::proportional(theme::TEXT_SMALL);
    let room = image.width() - theme::GAP_LARGE * 2.0;
    let text = elided(ui.painter(), text, &font, room.max(0.0));
    let palette = theme::palette(ui);
    let galley = ui.painter().layout_no_wrap(text, font, palette.text);
    let corner = image.min + Vec2::splat(theme::GAP_SMALL);
    let plate = Rect::from_min_size(corner, galley.size() + Vec2::splat(theme::GAP_SMALL));
    ui.painter()
        .rect_filled(plate, theme::RADIUS, palette.panel.gamma_multiply(0.9));
    ui.painter()
        .galley(corner + Vec2::splat(theme::GAP_TINY), galley, palette.text);
}
