//! Where a step of the history worked.

use crate::catalog::{ImageId, Snapshot};

/// Images whose decision or class is another; none if images came or went.
pub fn changed_images(before: &Snapshot, after: &Snapshot) -> Vec<ImageId> {
    let pairs = before.images.iter().zip(&after.images);
    let mut changed = Vec::new();
    for (old, new) in pairs {
        if old.id != new.id {
            return Vec::new();
        }
        if (old.decision, old.class) != (new.decision, new.class) {
            changed.push(new.id);
        }
    }
    changed
}
