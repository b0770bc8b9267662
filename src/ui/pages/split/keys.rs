//! The keyboard on the timelines.

use eframe::egui::{self, Key};

use super::block_ui;
use super::cursor::Cursor;
use super::film_ui::toggle;
use super::layout::Layout;
use super::model::SplitModel;
use crate::catalog::SceneId;
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};

/// Arrows move, Shift selects a range, a letter sends the scene or the range to the other side. Returns the scene to scroll to.
pub fn take_keys(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (model, layout): (&SplitModel, &Layout),
    cursor: &mut Cursor,
) -> Option<SceneId> {
    // Arrows belong to a focused slider; a focused block is the cursor.
    let is_ours = ui.memory(egui::Memory::focused).is_none_or(|focused| {
        cursor
            .scene
            .is_some_and(|scene| focused == block_ui::block_id(scene))
    });
    let place = cursor.scene.and_then(|scene| model.place_of(scene))?;
    if !is_ours || !ctx.keys_are_free(ui) {
        return None;
    }
    if keys::take(ui, Shortcut::SplitMove) {
        toggle(ctx, model, cursor.selection(model), place);
        return None;
    }
    let (pressed, is_range) = ui.input(|input| {
        let keys = [
            Key::ArrowLeft,
            Key::ArrowRight,
            Key::ArrowUp,
            Key::ArrowDown,
            Key::Home,
            Key::End,
            Key::Escape,
        ];
        let is_plain = !input.modifiers.command && !input.modifiers.alt;
        let pressed = keys
            .into_iter()
            .find(|key| is_plain && input.key_pressed(*key));
        (pressed, input.modifiers.shift)
    });
    let target = match pressed {
        Some(Key::ArrowLeft) => layout.step(model, place, -1),
        Some(Key::ArrowRight) => layout.step(model, place, 1),
        Some(Key::ArrowUp) => layout.vertical(place, -1),
        Some(Key::ArrowDown) => layout.vertical(place, 1),
        Some(Key::Home) => layout.step(model, place, isize::MIN),
        Some(Key::End) => layout.step(model, place, isize::MAX),
        Some(Key::Escape) => {
            cursor.anchor = None;
            cursor.picked.clear();
            None
        }
        _ => None,
    };
    let block = target.and_then(|target| model.block(target))?;
    cursor.move_to(block.id, is_range);
    // The focus of the keyboard goes along, so that Enter and Tab mean this block too.
    ui.memory_mut(|memory| {
        memory.request_focus(block_ui::block_id(block.id));
        // The arrow is used up; egui would move the new focus one block further.
        memory.move_focus(egui::FocusDirection::None);
    });
    Some(block.id)
}
