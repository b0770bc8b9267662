//! One scene block: its first frame, its side in color and word, its number and count of frames.

use eframe::egui::{
    self, Align2, Color32, EventFilter, FontId, Id, Rect, Response, Role, Sense, Stroke,
    StrokeKind, WidgetInfo, pos2, vec2,
};

use egui_material_icons::icons::{ICON_CHECK, ICON_LINK};

use super::model::SceneBlock;
use crate::catalog::{ImageId, SceneId, Side};
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::textures::Texture;
use crate::ui::widgets::image_ui::paint_texture;
use crate::ui::{number, theme};

const IMAGE_HEIGHT: f32 = 64.0;
const CAPTION_HEIGHT: f32 = 20.0;
pub const HEIGHT: f32 = IMAGE_HEIGHT + CAPTION_HEIGHT;
/// Frames in the strip that hovering shows.
const HOVER_FRAMES: usize = 6;
const HOVER_FRAME: egui::Vec2 = vec2(128.0, 72.0);

pub struct BlockState<'a> {
    pub block: &'a SceneBlock,
    /// On screen.
    pub rect: Rect,
    pub is_cursor: bool,
    pub is_selected: bool,
    /// The split is random: the scene is on both sides.
    pub is_random: bool,
}

impl BlockState<'_> {
    /// "scene drakes:3, 8 frames, train"; "…, 6 train and 2 valid" in a random split
    fn spoken(&self) -> String {
        let linked = match self.block.linked {
            0 => String::new(),
            others => format!(", linked with {}", number::counted(others, "scene")),
        };
        format!(
            "scene {}, {}, {}{linked}",
            self.block.name,
            number::counted(self.block.images.len(), "frame"),
            self.side_text()
        )
    }

    fn side_text(&self) -> String {
        let SceneBlock { train, valid, .. } = self.block;
        if self.is_random {
            format!("{train} train and {valid} valid")
        } else {
            self.block.side.name().to_owned()
        }
    }
}

pub fn block_id(scene: SceneId) -> Id {
    Id::unique(("scene block", scene))
}

/// Registers the block with pointer, keyboard and screen readers.
pub fn interact(ui: &egui::Ui, state: &BlockState<'_>) -> Response {
    let id = block_id(state.block.id);
    let response = ui.interact(
        state.rect,
        id,
        Sense::CLICK | Sense::DRAG | Sense::FOCUSABLE,
    );
    if response.has_focus() {
        // Arrows are ours while a block has the focus; egui would move it by geometry.
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    }
    let is_valid = state.block.side == Side::Valid && !state.is_random;
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_valid, state.spoken()));
    response
}

/// All images first, then everything drawn over them: a texture switch costs a draw call.
pub fn paint(ui: &egui::Ui, ctx: &mut ViewCtx<'_>, states: &[(BlockState<'_>, Response)]) {
    for (state, _) in states {
        let rect = state.rect.with_max_y(state.rect.top() + IMAGE_HEIGHT);
        image_ui(ui, ctx, rect, state.block.poster);
    }
    for (state, response) in states {
        paint_caption(ui, state, response);
    }
}

/// The image fills `rect`; what does not fit is cut off evenly. A grey box until it is there.
pub fn image_ui(ui: &egui::Ui, ctx: &mut ViewCtx<'_>, rect: Rect, image: Option<ImageId>) {
    ui.painter().rect_filled(rect, 0, theme::palette(ui).raised);
    let Some(record) = image.and_then(|image| ctx.session.snapshot().image(image)) else {
        return;
    };
    match ctx.textures.thumbnail_of(record) {
        Texture::Ready {
            id, size, opacity, ..
        } => {
            let uv = cover(size, rect.size());
            let tint = Color32::WHITE.gamma_multiply(opacity);
            ui.painter().image(id, rect, uv, tint);
        }
        Texture::Loading => {}
        failed @ Texture::Failed { .. } => {
            paint_texture(ui.painter(), theme::palette(ui), rect, &failed);
        }
    }
}

/// The part of an image of size `image` that fills `frame` without stretching.
fn cover(image: egui::Vec2, frame: egui::Vec2) -> Rect {
    let scale = (frame.x / image.x).max(frame.y / image.y);
    let seen = frame / (image * scale);
    Rect::from_center_size(pos2(0.5, 0.5), seen)
}

fn paint_caption(ui: &egui::Ui, state: &BlockState<'_>, response: &Response) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let caption = state.rect.with_min_y(state.rect.top() + IMAGE_HEIGHT);
    painter.rect_filled(caption, 0, palette.raised);
    let edge = caption.with_max_y(caption.top() + theme::EDGE);
    let (text, color) = if state.is_random {
        let SceneBlock { train, valid, .. } = *state.block;
        let share = train as f32 / (train + valid).max(1) as f32;
        let border = edge.left() + edge.width() * share;
        painter.rect_filled(edge.with_max_x(border), 0, palette.train);
        painter.rect_filled(edge.with_min_x(border), 0, palette.valid);
        let text = format!("{}  {train} + {valid}", state.block.number);
        (text, palette.text_weak)
    } else {
        let color = palette.side(state.block.side);
        painter.rect_filled(edge, 0, color);
        let text = format!("{} {}", state.block.number, state.block.side.name());
        (text, color)
    };
    let middle = caption.center().y + theme::EDGE / 2.0;
    painter.text(
        pos2(caption.left() + theme::GAP_TINY, middle),
        Align2::LEFT_CENTER,
        text,
        FontId::proportional(theme::TEXT_SMALL),
        color,
    );
    let count = painter.text(
        pos2(caption.right() - theme::GAP_TINY, middle),
        Align2::RIGHT_CENTER,
        number::count(state.block.images.len()),
        FontId::monospace(theme::TEXT_SMALL),
        palette.text_weak,
    );
    if state.block.linked > 0 {
        painter.text(
            pos2(count.left() - theme::GAP_TINY, middle),
            Align2::RIGHT_CENTER,
            ICON_LINK.codepoint,
            FontId::new(theme::TEXT_BODY, icon_family()),
            palette.accent,
        );
    }
    if state.block.side == Side::Valid && !state.is_random {
        painter.rect_stroke(
            state.rect,
            0,
            Stroke::new(theme::OUTLINE, color),
            StrokeKind::Inside,
        );
    }
    if state.is_selected {
        selected_ui(painter, palette, state.rect);
    }
    let outline = if state.is_cursor || response.has_focus() {
        palette.text
    } else if response.hovered() {
        palette.text_weak
    } else {
        Color32::TRANSPARENT
    };
    // Outside, in the gap: the amber of validation stays visible under the cursor.
    painter.rect_stroke(
        state.rect,
        2,
        Stroke::new(theme::OUTLINE, outline),
        StrokeKind::Outside,
    );
}

/// An outline and a tick: a wash would change the image's colors.
fn selected_ui(painter: &egui::Painter, palette: &theme::Palette, rect: Rect) {
    let stroke = Stroke::new(theme::OUTLINE, palette.accent);
    let inner = rect.shrink(theme::OUTLINE);
    painter.rect_stroke(inner, 0, stroke, StrokeKind::Inside);
    let tick = Rect::from_min_size(inner.min, egui::Vec2::splat(theme::ICON_BUTTON));
    painter.rect_filled(tick, 0, palette.accent);
    painter.text(
        tick.center(),
        Align2::CENTER_CENTER,
        ICON_CHECK.codepoint,
        FontId::new(theme::SWATCH, icon_family()),
        palette.on_accent,
    );
}

fn icon_family() -> egui::FontFamily {
    egui::FontFamily::Name(egui_material_icons::FONT_FAMILY.into())
}

/// Evenly chosen frames of the scene while the pointer rests on it.
pub fn hover_filmstrip(ctx: &mut ViewCtx<'_>, state: &BlockState<'_>, response: Response) {
    let frames = evenly(&state.block.images, HOVER_FRAMES);
    response.on_hover_ui(|ui| {
        ui.set_max_width(HOVER_FRAMES as f32 * (HOVER_FRAME.x + theme::GAP_TINY));
        ui.label(theme::strong(state.spoken()));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
            for image in frames {
                let (rect, _) = ui.allocate_exact_size(HOVER_FRAME, Sense::hover());
                image_ui(ui, ctx, rect, Some(image));
            }
        });
        let mut words = format!(
            "Click or {} {}puts the whole scene into {}",
            keys::name(ui, Shortcut::SplitMove),
            if state.is_random {
                "ends the random split and "
            } else {
                ""
            },
            match state.block.side {
                Side::Train => "validation",
                Side::Valid => "training",
            }
        );
        if state.block.rejected > 0 {
            words = format!("{words} · {} rejected", number::count(state.block.rejected));
        }
        ui.label(theme::small(words).color(theme::palette(ui).text_weak));
    });
}

/// At most `count` of the images, from the first to the last.
fn evenly(images: &[ImageId], count: usize) -> Vec<ImageId> {
    if images.len() <= count {
        return images.to_vec();
    }
    (0..count)
        .filter_map(|at| {
            images
                .get(at * (images.len() - 1) / (count - 1).max(1))
                .copied()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covering_cuts_the_longer_side_evenly() {
        let uv = cover(vec2(200.0, 100.0), vec2(50.0, 50.0));
        assert_eq!(uv, Rect::from_min_max(pos2(0.25, 0.0), pos2(0.75, 1.0)));
    }

    #[test]
    fn the_strip_goes_from_the_first_frame_to_the_last() {
        let images: Vec<ImageId> = (0..100).map(ImageId).collect();
        let strip = evenly(&images, 6);
        assert_eq!(strip.len(), 6);
        assert_eq!((strip[0], strip[5]), (ImageId(0), ImageId(99)));
        assert_eq!(evenly(&images[..3], 6).len(), 3);
    }
}
