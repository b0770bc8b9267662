//! Proposed crops that nobody has decided on, as the project's cache has them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use eframe::egui;

use crate::catalog::ImageId;
use crate::character::{Proposal, Proposals};
use crate::ui::context::ViewCtx;

/// So often the file is looked at: the command line may have proposed something meanwhile.
const LOOK_SECS: f64 = 1.0;

#[derive(Default)]
pub struct Proposed {
    read: Proposals,
    /// Of the file, and when that was asked.
    modified: Option<SystemTime>,
    looked_at_secs: Option<f64>,
    /// Of the catalog that `open` is of.
    version: Option<u64>,
    open: BTreeMap<ImageId, Proposal>,
}

impl Proposed {
    /// Once a frame.
    pub fn follow(&mut self, ui: &egui::Ui, ctx: &ViewCtx<'_>) {
        let now_secs = ui.input(|input| input.time);
        let is_due = |looked: f64| !(looked..looked + LOOK_SECS).contains(&now_secs);
        if self.looked_at_secs.is_none_or(is_due) {
            self.looked_at_secs = Some(now_secs);
            let modified = Proposals::modified(ctx.session.project());
            if modified != self.modified {
                self.modified = modified;
                self.read = Proposals::read(ctx.session.project());
                self.version = None;
            }
        }
        let snapshot = ctx.snapshot();
        if self.version != Some(snapshot.version) {
            self.version = Some(snapshot.version);
            self.open = self.read.by_image(snapshot);
        }
    }

    pub fn of(&self, image: ImageId) -> Option<&Proposal> {
        self.open.get(&image)
    }

    /// Those of these images, in their order.
    pub fn among(&self, images: &[ImageId]) -> Vec<&Proposal> {
        images.iter().filter_map(|image| self.of(*image)).collect()
    }

    pub fn images(&self) -> BTreeSet<ImageId> {
        self.open.keys().copied().collect()
    }

    pub fn len(&self) -> usize {
        self.open.len()
    }
}
