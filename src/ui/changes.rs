//! Where a step of the history worked.

use crate::catalog::{ImageId, ImageRecord, Snapshot};

/// Images whose decision, class or crop is another; none if images came or went.
pub fn changed_images(before: &Snapshot, after: &Snapshot) -> Vec<ImageId> {
    let pairs = before.images.iter().zip(&after.images);
    let mut changed = Vec::new();
    for (old, new) in pairs {
        if old.id != new.id {
            return Vec::new();
        }
        let value = |image: &ImageRecord| (image.decision, image.class, image.character);
        if value(old) != value(new) {
            changed.push(new.id);
        }
    }
    changed
}
