//! Where the keyboard is on the split page, and the range of scenes it holds.

use super::model::{BlockPosition, SplitModel};
use crate::catalog::SceneId;

/// The scene the keyboard is on, and the other end of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub scene: Option<SceneId>,
    /// Set while a range is held with Shift.
    pub anchor: Option<SceneId>,
}

impl Cursor {
    pub fn move_to(&mut self, scene: SceneId, is_range: bool) {
        self.anchor = is_range.then(|| self.anchor.or(self.scene).unwrap_or(scene));
        self.scene = Some(scene);
    }

    /// The scenes an action is about, in reading order.
    pub fn selection(&self, model: &SplitModel) -> Vec<SceneId> {
        let Some(scene) = self.scene else {
            return Vec::new();
        };
        let ends: Option<(BlockPosition, BlockPosition)> = self
            .anchor
            .and_then(|anchor| Some((model.place_of(anchor)?, model.place_of(scene)?)));
        ends.map_or_else(|| vec![scene], |(a, b)| model.range(a, b))
    }
}
