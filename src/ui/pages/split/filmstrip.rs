//! The bottom of the split page: the scene under the cursor, frame by frame.

use eframe::egui::{self, Rect, vec2};

use super::block_ui;
use super::cursor::Cursor;
use super::links_ui::SceneLinks;
use super::model::{self, SplitModel};
use crate::catalog::{Edit, SceneId, Side};
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::widgets::at_right::text_at_right_ui;
use crate::ui::widgets::name::name_ui;
use crate::ui::{number, theme};

const FRAME: egui::Vec2 = vec2(112.0, 64.0);
pub const HEIGHT: f32 = 132.0;
/// Side, number of frames and button, beside the name of the scene.
const BESIDE_NAME: f32 = 320.0;

/// Returns the scene to go to.
pub fn filmstrip_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    (cursor, links): (&Cursor, &SceneLinks),
) -> Option<SceneId> {
    let place = cursor.scene.and_then(|scene| model.place_of(scene));
    let block = place.and_then(|place| model.block(place))?;
    let selection = cursor.selection(model);
    ui.horizontal(|ui| {
        let palette = theme::palette(ui);
        if selection.len() > 1 {
            ui.label(theme::strong(number::counted(selection.len(), "scene")));
        } else {
            let name = theme::strong(format!("Scene {}", block.name));
            name_ui(ui, name, BESIDE_NAME);
            if model.random_fraction.is_some() {
                ui.label(format!("{} train, {} valid", block.train, block.valid));
            } else {
                ui.label(block.side.name()).highlight();
            }
            ui.label(
                theme::small(number::counted(block.images.len(), "frame")).color(palette.text_weak),
            );
        }
        let target = match block.side {
            Side::Train => "Put into validation",
            Side::Valid => "Put into training",
        };
        if ui.button(target).on_hover_text(keys::name(ui, Shortcut::SplitMove)).clicked() {
            ctx.edit(Edit::SetSide {
                scenes: selection.clone(),
                side: block.side.other(),
            });
        }
        links.buttons_ui(ui, ctx, model, &selection);
        let keys = format!(
            "Arrows move · Shift+arrows select a range · {} or click changes side · Shift+click changes up to here",
            keys::name(ui, Shortcut::SplitMove)
        );
        // A narrow window has no room for it; `?` lists all keys.
        text_at_right_ui(ui, theme::small(keys).color(palette.text_weak));
    });
    let mut jump = None;
    ui.horizontal_top(|ui| {
        jump = links.alike_ui(ui, ctx, model, block.id);
        strip_ui(ui, ctx, block);
    });
    jump
}

/// Scrolls sideways; a scene of a thousand frames costs no more than what is in view.
fn strip_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, block: &model::SceneBlock) {
    let pitch = FRAME.x + theme::GAP_TINY;
    egui::ScrollArea::horizontal()
        .id_salt(("filmstrip", block.id))
        .auto_shrink(false)
        .show_viewport(ui, |ui, viewport| {
            ui.set_width(pitch * block.images.len() as f32);
            ui.set_height(FRAME.y);
            let origin = ui.min_rect().min;
            let first = (viewport.left() / pitch).max(0.0) as usize;
            let count = (viewport.width() / pitch) as usize + 2;
            for (index, image) in block.images.iter().enumerate().skip(first).take(count) {
                let corner = origin + vec2(index as f32 * pitch, 0.0);
                block_ui::image_ui(ui, ctx, Rect::from_min_size(corner, FRAME), Some(*image));
            }
        });
}
