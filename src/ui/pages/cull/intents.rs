//! What the keys do.

use super::CullPage;
use super::keys::{Intent, Step};
use crate::catalog::{ImageId, Snapshot};
use crate::ui::context::ViewCtx;

impl CullPage {
    pub(super) fn act(&mut self, intent: Intent, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        match intent {
            Intent::Move(step) => {
                if let Some(id) = self.stepped(step) {
                    self.selection.move_to(id);
                }
            }
            Intent::Extend(step) => {
                if let Some(id) = self.stepped(step) {
                    self.selection.extend_to(id, &self.listing.ids);
                }
            }
            Intent::Decide {
                decision,
                whole_scene,
            } => self.decide(decision, whole_scene, snapshot, ctx),
            Intent::SetClass { index, whole_scene } => match snapshot.classes_by_place().get(index)
            {
                Some((_, name)) => self.set_class(name.clone(), whole_scene, snapshot, ctx),
                None => ctx.toast(format!(
                    "There is no class {}: add one in the inspector",
                    index + 1
                )),
            },
            Intent::CropToCharacter { whole_scene } => {
                self.crop_to_characters(whole_scene, snapshot, ctx);
            }
            Intent::ShowWhole { whole_scene } => self.show_whole(whole_scene, snapshot, ctx),
            Intent::ToggleSelected => {
                if let Some(cursor) = self.selection.cursor {
                    self.selection.toggle(cursor);
                }
            }
            Intent::SelectAll => {
                self.selection.selected = self.listing.ids.iter().copied().collect();
            }
            Intent::ToggleLoupe => {
                self.is_loupe_open = !self.is_loupe_open;
                self.follow_cursor = true;
            }
            Intent::ToggleOneToOne => {
                if self.is_loupe_open {
                    self.loupe.toggle_one_to_one();
                } else {
                    self.is_loupe_open = true;
                    self.loupe.show_one_to_one();
                }
            }
            Intent::Escape => {
                if self.is_loupe_open {
                    self.is_loupe_open = false;
                    self.follow_cursor = true;
                } else {
                    self.selection.clear();
                }
            }
            Intent::Explain => {
                if let Some(cursor) = self.selection.cursor {
                    ctx.explain(cursor);
                }
            }
            Intent::Pin => {
                if let Some(cursor) = self.selection.cursor {
                    ctx.toggle_pin(cursor);
                }
            }
        }
    }

    fn stepped(&mut self, step: Step) -> Option<ImageId> {
        self.follow_cursor = true;
        let step = if self.is_loupe_open {
            // Up and down are the previous and next image there.
            match step {
                Step::Up => Step::Left,
                Step::Down => Step::Right,
                other => other,
            }
        } else {
            step
        };
        let place = self.grid.moved(self.place(), step);
        self.listing.ids.get(place).copied()
    }
}
