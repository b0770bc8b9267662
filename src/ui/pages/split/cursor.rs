//! Where the keyboard is on the split page, and the range of scenes it holds.

use std::collections::BTreeSet;

use super::model::{BlockPosition, SplitModel};
use crate::catalog::SceneId;

/// The scene the keyboard is on, and the other end of a range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub scene: Option<SceneId>,
    /// Set while a range is held with Shift.
    pub anchor: Option<SceneId>,
    /// Picked one by one with Ctrl; they stay until Escape or a plain step.
    pub picked: BTreeSet<SceneId>,
}

impl Cursor {
    pub fn move_to(&mut self, scene: SceneId, is_range: bool) {
        self.picked.clear();
        self.anchor = is_range.then(|| self.anchor.or(self.scene).unwrap_or(scene));
        self.scene = Some(scene);
    }

    /// Ctrl+click: picks the scene, with the one the cursor was on, or lets go of it.
    pub fn pick(&mut self, scene: SceneId, model: &SplitModel) {
        if self.picked.is_empty() {
            self.picked.extend(self.selection(model));
        }
        if !self.picked.remove(&scene) {
            self.picked.insert(scene);
        }
        (self.scene, self.anchor) = (Some(scene), None);
    }

    /// The scenes an action is about, in reading order.
    pub fn selection(&self, model: &SplitModel) -> Vec<SceneId> {
        let Some(scene) = self.scene else {
            return Vec::new();
        };
        if !self.picked.is_empty() {
            let places = model.places();
            let blocks = places.filter_map(|place| model.block(place));
            let picked = blocks
                .map(|block| block.id)
                .filter(|id| self.picked.contains(id));
            return picked.collect();
        }
        let ends: Option<(BlockPosition, BlockPosition)> = self
            .anchor
            .and_then(|anchor| Some((model.place_of(anchor)?, model.place_of(scene)?)));
        ends.map_or_else(|| vec![scene], |(a, b)| model.range(a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picked_scenes_are_a_selection_until_the_cursor_moves_on() {
        let model = SplitModel::of_blocks(1..6);
        let mut cursor = Cursor::default();
        cursor.move_to(SceneId(1), false);
        cursor.pick(SceneId(4), &model);
        cursor.pick(SceneId(2), &model);
        assert_eq!(
            cursor.selection(&model),
            [SceneId(1), SceneId(2), SceneId(4)]
        );
        cursor.pick(SceneId(2), &model);
        assert_eq!(cursor.selection(&model), [SceneId(1), SceneId(4)]);
        cursor.move_to(SceneId(3), false);
        assert_eq!(cursor.selection(&model), [SceneId(3)]);
    }
}
