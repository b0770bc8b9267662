//! The middle of the explain page: the image, the heatmap over it, of which class it is, and how strongly it shows. Two
//! classes stand side by side, or as their difference.

use std::path::Path;

use eframe::egui::{
    self, Align2, Color32, FontId, Rect, Role, Sense, Vec2, WidgetInfo, pos2, vec2,
};

use super::overlay::{Overlay, View};
use super::workers::{Shown, Workers};
use crate::explain::comparison::{difference_words, scale_words};
use crate::explain::explanation::{Explanation, Raw};
use crate::explain::names::file_name;
use crate::predict::ImageFile;
use crate::ui::context::ViewCtx;
use crate::ui::failure::{CardAnswer, capitalized, failure_ui};
use crate::ui::keys::{self, Shortcut};
use crate::ui::textures::Texture;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::image_ui::{caption_ui, paint_texture};
use crate::ui::widgets::zoom::Zoom;
use crate::ui::{number, theme};

const CONTROLS_HEIGHT: f32 = 40.0;
const NAME_WIDTH: f32 = 72.0;
const WHOLE: Rect = Rect {
    min: pos2(0.0, 0.0),
    max: pos2(1.0, 1.0),
};

/// What the canvas is about.
pub struct Subject<'a> {
    pub file: Option<&'a ImageFile>,
    pub zoom: &'a mut Zoom,
}

pub fn canvas_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    workers: &mut Workers,
    overlay: &mut Overlay,
    subject: Subject<'_>,
) {
    let Subject { file, zoom } = subject;
    let Some(file) = file else {
        ui.centered_and_justified(|ui| {
            ui.label("Choose an image on the left, or drop a file here");
        });
        return;
    };
    if let Some(failure) = &workers.failure {
        match failure_ui(ui, failure) {
            CardAnswer::Dismiss => workers.failure = None,
            CardAnswer::Diagnose => ctx.diagnose(failure.text()),
            CardAnswer::Stay | CardAnswer::Restore => {}
        }
    }
    controls_ui(ui, workers, overlay, &file.path);
    image_ui(ui, ctx, (workers, overlay), file, zoom);
}

fn controls_ui(ui: &mut egui::Ui, workers: &Workers, overlay: &mut Overlay, path: &Path) {
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), CONTROLS_HEIGHT),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.checkbox(&mut overlay.is_shown, overlay.method.title())
                .on_hover_text(keys::hint(ui, "Show or hide it", Shortcut::ExplainOverlay));
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
                    match workers.fraction() {
                        Some(done) => {
                            ui.label(theme::number(number::percent(f64::from(done))));
                            ui.ctx().request_repaint();
                        }
                        None => {
                            ui.spinner();
                        }
                    }
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
    (workers, overlay): (&Workers, &Overlay),
    file: &ImageFile,
    zoom: &mut Zoom,
) {
    let path = &file.path;
    // How a file from elsewhere is cropped is known when the run has looked at it.
    let explained = workers.shown().map(|shown| shown.explained.recipe);
    let recipe = file.recipe.or(explained).unwrap_or_default();
    let (bounds, response) = ui.allocate_exact_size(ui.available_size(), Sense::DRAG);
    let texture = ctx.textures.full(path, recipe);
    let size = match &texture {
        Texture::Ready { size, .. } => *size,
        // A grey box of a film's aspect until the image is there.
        Texture::Loading | Texture::Failed { .. } => vec2(16.0, 9.0),
    };
    let shown = workers.shown().filter(|_| overlay.is_shown);
    let places = shown.map_or(vec![0], |shown| places(shown, overlay.view));
    let areas = side_by_side(bounds, places.len());
    let pointed = response.hover_pos().and_then(|pointer| {
        let area = areas.iter().find(|area| area.contains(pointer));
        area.copied()
    });
    zoom.follow(ui, &response, (pointed.unwrap_or(areas[0]), size));
    let mut spoken = format!("image {}", file_name(path));
    for (area, place) in areas.iter().zip(&places) {
        let rect = zoom.place(*area, size, ui.pixels_per_point());
        let painter = ui.painter_at(*area);
        paint_texture(&painter, theme::palette(ui), rect, &texture);
        let seen = rect.intersect(*area);
        if let Texture::Failed { reason, .. } = &texture {
            let text = capitalized(reason);
            caption_ui(ui, seen, &text);
            spoken = format!("{spoken}, {text}");
        } else if let Some(shown) = shown {
            if let Some(colors) = workers.texture(*place) {
                // A new opacity is a new tint: nothing is computed again.
                let tint = Color32::WHITE.gamma_multiply(overlay.opacity());
                painter.image(colors.id(), rect, WHOLE, tint);
            }
            let words = words(shown, *place);
            tag_ui(ui, seen, (Align2::LEFT_TOP, &words));
            spoken = format!("{spoken}, {words}");
            if let Some(words) = blank_words(shown, *place) {
                caption_ui(ui, seen, &words);
                spoken = format!("{spoken}: {words}");
            }
            let value = response.hover_pos().filter(|at| seen.contains(*at));
            let value = value.and_then(|at| {
                let part = (at - rect.min) / rect.size();
                value_words(shown.maps.get(*place)?, part)
            });
            if let Some(value) = value {
                tag_ui(ui, seen, (Align2::LEFT_BOTTOM, &value));
            }
        }
    }
    if let Some(shown) = shown.filter(|_| places.len() > 1) {
        let words = scale_words(&shown.explained, overlay.looks.shares_scale);
        caption_ui(ui, bounds, &capitalized(&words));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
}

/// Which maps are shown, from left to right.
fn places(shown: &Shown, view: View) -> Vec<usize> {
    match (shown.explained.against.is_some(), view) {
        (false, _) => vec![0],
        (true, View::SideBySide) => vec![0, 1],
        (true, View::Difference) => vec![2],
    }
}

fn side_by_side(bounds: Rect, count: usize) -> Vec<Rect> {
    let gap = theme::GAP_SMALL;
    let width = (bounds.width() + gap) / count.max(1) as f32 - gap;
    let area = |place: usize| {
        let left = bounds.left() + place as f32 * (width + gap);
        Rect::from_min_size(pos2(left, bounds.top()), vec2(width, bounds.height()))
    };
    (0..count.max(1)).map(area).collect()
}

/// What the map at a place is.
fn words(shown: &Shown, place: usize) -> String {
    let explained = &*shown.explained;
    let of = |class: usize| {
        let percent = number::percent(f64::from(explained.prob_of(class)));
        let title = explained.method.title();
        format!("{title} of {}, {percent}", explained.name_of(class))
    };
    match (place, &explained.against) {
        (1, Some(other)) => of(other.class),
        (2, Some(other)) => difference_words(explained, other),
        _own => of(explained.class),
    }
}

fn blank_words(shown: &Shown, place: usize) -> Option<String> {
    let explained = &*shown.explained;
    let map = shown.maps.get(place)?;
    map.is_blank().then(|| match (place, &explained.against) {
        (1, Some(other)) => explained.method.blank_words(explained.name_of(other.class)),
        (2, Some(_)) => "Both look at the same".to_owned(),
        _own => explained.method.blank_words(explained.class_name()),
    })
}

/// The raw value under the pointer, at `part` of the image's width and height.
fn value_words(map: &Explanation, part: Vec2) -> Option<String> {
    Some(match map.at(part.x, part.y)? {
        Raw::Cell(value) => {
            let most = map.values().iter().copied().fold(0.0, f32::max);
            if most > 0.0 {
                let percent = f64::from(value / most) * 100.0;
                format!("{value:.4}, {percent:.0} % of the hottest")
            } else {
                format!("{value:.4}")
            }
        }
        Raw::Pixel([red, green, blue]) => {
            format!("red {red:.4}, green {green:.4}, blue {blue:.4}")
        }
    })
}

/// In a corner of the image.
fn tag_ui(ui: &egui::Ui, image: Rect, (corner, text): (Align2, &str)) {
    let font = FontId::proportional(theme::TEXT_SMALL);
    let room = image.width() - theme::GAP_LARGE * 2.0;
    let text = elided(ui.painter(), text, &font, room.max(0.0));
    let palette = theme::palette(ui);
    let galley = ui.painter().layout_no_wrap(text, font, palette.text);
    let size = galley.size() + Vec2::splat(theme::GAP_SMALL);
    let plate = corner.align_size_within_rect(size, image.shrink(theme::GAP_SMALL));
    ui.painter()
        .rect_filled(plate, theme::RADIUS, palette.panel.gamma_multiply(0.9));
    ui.painter().galley(
        plate.min + Vec2::splat(theme::GAP_TINY),
        galley,
        palette.text,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_share_the_canvas_and_one_has_it_alone() {
        let bounds = Rect::from_min_size(pos2(10.0, 0.0), vec2(408.0, 300.0));
        assert_eq!(side_by_side(bounds, 1), [bounds]);
        let two = side_by_side(bounds, 2);
        assert_eq!((two[0].width(), two[1].width()), (200.0, 200.0));
        assert_eq!(two[1].right(), bounds.right());
    }
}
