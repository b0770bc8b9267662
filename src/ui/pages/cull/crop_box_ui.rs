//! The box that an image is cropped to, over the whole image: dragged by its corners, or as a whole.

use eframe::egui::{self, CursorIcon, FontId, Painter, Pos2, Rect, Sense, Vec2, WidgetInfo};

use crate::catalog::{ImageId, ImageRecord};
use crate::media::crop_box::{CropBox, PixelSize};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::image_ui;

/// Of a corner that can be dragged, in points.
const CORNER: f32 = 14.0;
/// Pixels of the file that a box has at least, as a crop leaves so many.
const LEAST_PIXELS: f64 = 32.0;
const DASH: f32 = 6.0;
/// Over what is cut off.
const VEIL: f32 = 0.7;

/// Name, and which of left, top, right, bottom it moves.
const CORNERS: [(&str, [bool; 4]); 4] = [
    ("upper left corner", [true, true, false, false]),
    ("upper right corner", [false, true, true, false]),
    ("lower right corner", [false, false, true, true]),
    ("lower left corner", [true, false, false, true]),
];
const ALL_SIDES: [bool; 4] = [true; 4];

/// The box while it is dragged: its sides as fractions of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CropDrag(Option<(ImageId, [f64; 4])>);

/// What is shown of an image.
pub struct CropView<'a> {
    pub image: &'a ImageRecord,
    pub part: CropBox,
    /// Otherwise it is only proposed.
    pub is_accepted: bool,
    /// "proposed by motion, .71".
    pub text: &'a str,
    /// The inside moves the box; otherwise it moves the enlarged image.
    pub moves: bool,
}

impl CropDrag {
    /// `rect`: where the whole image is drawn, seen through `area`. Returns the box when it is let go.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        (rect, area): (Rect, Rect),
        view: &CropView<'_>,
    ) -> Option<CropBox> {
        let image = view.image;
        let mut sides = match self.0 {
            Some((id, sides)) if id == image.id => sides,
            _other => view.part.fractions(),
        };
        let mut is_dragged = false;
        let mut is_let_go = false;
        let before = on_screen(rect, image, sides);
        let mut grip = |ui: &mut egui::Ui, place: Rect, name: &str, moved: [bool; 4]| {
            let id = egui::Id::unique(("crop", image.id, name));
            let cursor = cursor(moved);
            let response = ui.interact(place.intersect(area), id, Sense::DRAG);
            response.widget_info(|| {
                WidgetInfo::labeled(egui::Role::Button, true, format!("Character crop: {name}"))
            });
            if response.dragged() {
                is_dragged = true;
                let points = response.drag_delta();
                sides = dragged(
                    sides,
                    moved,
                    in_file(points, rect, image),
                    image.file_size(),
                );
            }
            is_let_go |= response.drag_stopped();
            response.on_hover_cursor(cursor).on_hover_text(
                "Drag to where the character is; that crops the image, and undo takes it back",
            );
        };
        if view.moves {
            grip(ui, before, "box", ALL_SIDES);
        }
        for (name, moved) in CORNERS {
            let corner = Rect::from_center_size(corner_of(before, moved), Vec2::splat(CORNER));
            grip(ui, corner, name, moved);
        }
        let painter = ui.painter_at(area);
        let shown = on_screen(rect, image, sides);
        paint(&painter, theme::palette(ui), (rect, shown), view);
        if is_let_go {
            self.0 = None;
            return CropBox::of_fractions(sides).filter(|part| *part != view.part);
        }
        self.0 = is_dragged
            .then_some((image.id, sides))
            .or(self.0.filter(|(id, _)| *id == image.id));
        None
    }
}

/// Over a cell of the grid.
pub fn paint_proposal(
    painter: &Painter,
    palette: &Palette,
    (rect, image): (Rect, &ImageRecord),
    part: CropBox,
) {
    let shown = on_screen(rect, image, part.fractions());
    paint_frame(painter, palette, (rect, shown), false);
}

fn paint(painter: &Painter, palette: &Palette, (rect, shown): (Rect, Rect), view: &CropView<'_>) {
    paint_frame(painter, palette, (rect, shown), view.is_accepted);
    for (_, moved) in CORNERS {
        let corner = Rect::from_center_size(corner_of(shown, moved), Vec2::splat(CORNER / 2.0));
        painter.rect_filled(corner, 1.0, palette.accent);
    }
    let font = FontId::proportional(theme::TEXT_SMALL);
    let galley = painter.layout_no_wrap(view.text.to_owned(), font, palette.text);
    let size = galley.size() + Vec2::splat(theme::GAP_SMALL);
    let plate = Rect::from_min_size(shown.min + Vec2::splat(CORNER / 2.0), size);
    painter.rect_filled(plate, theme::RADIUS, palette.panel.gamma_multiply(0.9));
    painter.galley(
        plate.min + Vec2::splat(theme::GAP_TINY),
        galley,
        palette.text,
    );
}

/// Solid around a crop, dashed around what is only proposed.
fn paint_frame(
    painter: &Painter,
    palette: &Palette,
    (rect, shown): (Rect, Rect),
    is_accepted: bool,
) {
    let veil = if is_accepted { VEIL } else { VEIL / 2.0 };
    image_ui::paint_veil(painter, (rect, shown), palette.canvas.gamma_multiply(veil));
    let stroke = egui::Stroke::new(theme::OUTLINE, palette.accent);
    if is_accepted {
        painter.rect_stroke(shown, 0.0, stroke, egui::StrokeKind::Inside);
        return;
    }
    let path = [
        shown.left_top(),
        shown.right_top(),
        shown.right_bottom(),
        shown.left_bottom(),
        shown.left_top(),
    ];
    painter.extend(egui::Shape::dashed_line(&path, stroke, DASH, DASH));
}

/// Of sides as fractions of the file, which is drawn in `rect` without its border.
fn on_screen(rect: Rect, image: &ImageRecord, sides: [f64; 4]) -> Rect {
    let crop = image.whole_recipe().crop;
    let (width, height) = image.whole_recipe().size(image.width, image.height);
    let across = |side: f64| {
        let pixels = side * f64::from(image.width) - f64::from(crop.left);
        rect.min.x + (pixels / f64::from(width.max(1))) as f32 * rect.width()
    };
    let down = |side: f64| {
        let pixels = side * f64::from(image.height) - f64::from(crop.top);
        rect.min.y + (pixels / f64::from(height.max(1))) as f32 * rect.height()
    };
    let [left, top, right, bottom] = sides;
    let shown = Rect::from_min_max(
        Pos2::new(across(left), down(top)),
        Pos2::new(across(right), down(bottom)),
    );
    shown.intersect(rect)
}

/// A way on the screen as fractions of the file.
fn in_file(points: Vec2, rect: Rect, image: &ImageRecord) -> [f64; 2] {
    let (width, height) = image.whole_recipe().size(image.width, image.height);
    let part = |points: f32, screen: f32, shown: u32, file: u32| {
        f64::from(points / screen.max(1.0)) * f64::from(shown) / f64::from(file.max(1))
    };
    [
        part(points.x, rect.width(), width, image.width),
        part(points.y, rect.height(), height, image.height),
    ]
}

/// Stays in the file; as a whole it keeps its size, by a corner it keeps the least one.
fn dragged(sides: [f64; 4], moved: [bool; 4], by: [f64; 2], size: PixelSize) -> [f64; 4] {
    let least = [size.width, size.height].map(|pixels| LEAST_PIXELS / f64::from(pixels.max(1)));
    let mut sides = sides;
    for (axis, (way, least)) in by.into_iter().zip(least).enumerate() {
        let [low, high] = [sides[axis], sides[axis + 2]];
        let [low, high] = match [moved[axis], moved[axis + 2]] {
            [true, true] => {
                let way = way.clamp(-low, 1.0 - high);
                [low + way, high + way]
            }
            [true, false] => [(low + way).min(high - least).clamp(0.0, high), high],
            [false, true] => [low, (high + way).max(low + least).clamp(low, 1.0)],
            [false, false] => [low, high],
        };
        (sides[axis], sides[axis + 2]) = (low, high);
    }
    sides
}

fn corner_of(shown: Rect, [left, top, ..]: [bool; 4]) -> Pos2 {
    Pos2::new(
        if left { shown.min.x } else { shown.max.x },
        if top { shown.min.y } else { shown.max.y },
    )
}

fn cursor(moved: [bool; 4]) -> CursorIcon {
    match moved {
        [true, true, false, false] | [false, false, true, true] => CursorIcon::ResizeNwSe,
        [false, true, true, false] | [true, false, false, true] => CursorIcon::ResizeNeSw,
        _all => CursorIcon::Move,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: PixelSize = PixelSize {
        width: 320,
        height: 160,
    };

    fn assert_near(sides: [f64; 4], wanted: [f64; 4]) {
        let is_near = |(a, b): (f64, f64)| (a - b).abs() < 1e-9;
        assert!(sides.into_iter().zip(wanted).all(is_near), "{sides:?}");
    }

    #[test]
    fn a_box_moves_within_the_image_and_a_corner_does_not_pass_the_other_one() {
        let sides = [0.25, 0.25, 0.5, 0.75];
        assert_near(
            dragged(sides, ALL_SIDES, [0.1, -0.5], SIZE),
            [0.35, 0.0, 0.6, 0.5],
        );
        let [_, upper_right, ..] = CORNERS.map(|(_, moved)| moved);
        assert_near(
            dragged(sides, upper_right, [0.1, 0.1], SIZE),
            [0.25, 0.35, 0.6, 0.75],
        );
        assert_near(
            dragged(sides, upper_right, [-0.9, 0.9], SIZE),
            [0.25, 0.55, 0.35, 0.75],
        );
    }
}
