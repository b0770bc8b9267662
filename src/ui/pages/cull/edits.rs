//! What an edit goes to, and where the cursor goes after it.

use std::collections::BTreeSet;

use super::CullPage;
use crate::catalog::{Decision, Edit, ImageId, Snapshot};
use crate::ui::context::ViewCtx;

impl CullPage {
    pub(super) fn decide(
        &mut self,
        decision: Decision,
        whole_scene: bool,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        let images = self.targets(whole_scene, snapshot);
        if images.is_empty() {
            return;
        }
        if decision != Decision::Undecided {
            self.advance_beyond(&images);
        }
        self.selection.clear();
        ctx.edit(Edit::SetDecision { images, decision });
    }

    pub(super) fn set_class(
        &mut self,
        class: String,
        whole_scene: bool,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        let images = self.targets(whole_scene, snapshot);
        if !images.is_empty() {
            ctx.edit(Edit::SetClass { images, class });
        }
    }

    /// The images of an edit; with `whole_scene` everything of their scenes, also what the filter hides.
    pub(super) fn targets(&self, whole_scene: bool, snapshot: &Snapshot) -> Vec<ImageId> {
        let targets = self.selection.targets();
        if !whole_scene {
            return targets;
        }
        let mut all: BTreeSet<ImageId> = targets.iter().copied().collect();
        let scenes: BTreeSet<_> = targets
            .iter()
            .filter_map(|id| snapshot.image(*id)?.scene)
            .collect();
        for scene in scenes {
            all.extend(snapshot.images_of_scene(scene).iter().map(|image| image.id));
        }
        all.into_iter().collect()
    }

    /// The cursor goes to the first image after those decided, or stays on the last.
    pub(super) fn advance_beyond(&mut self, decided: &[ImageId]) {
        let decided: BTreeSet<ImageId> = decided.iter().copied().collect();
        let ids = &self.listing.ids;
        let last = ids
            .iter()
            .rposition(|id| decided.contains(id))
            .unwrap_or(self.place());
        // At the end the cursor stays; if the filter then hides its image, its neighbor takes over.
        if let Some(next) = ids.get(last + 1) {
            self.selection.move_to(*next);
        }
        self.follow_cursor = true;
    }
}
