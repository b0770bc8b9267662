//! What the grid is drawn from, and what the mouse does to it.

use super::listing::Listing;
use super::proposed::Proposed;
use super::selection::Selection;
use crate::catalog::{ImageId, ImageRecord, Snapshot};

/// What the grid is drawn from.
pub struct GridView<'a> {
    pub snapshot: &'a Snapshot,
    pub listing: &'a Listing,
    pub selection: &'a Selection,
    pub proposed: &'a Proposed,
    /// Width of a cell of the usual aspect in points.
    pub cell_size: f32,
    /// The images of a scene stand together, so its borders mean something.
    pub shows_scenes: bool,
    /// Bring the cursor into view.
    pub follow_cursor: bool,
}

/// What the mouse did.
#[derive(Clone, Debug, PartialEq)]
pub enum GridEvent {
    Click(ImageId),
    CtrlClick(ImageId),
    ShiftClick(ImageId),
    Open(ImageId),
    /// The rubber band covers these now; `true`: in addition to what was selected before.
    Band(Vec<ImageId>, bool),
    /// Larger or smaller cells, by this factor.
    Zoom(f32),
    ClickedNothing,
}

impl<'a> GridView<'a> {
    /// The image at a place of the listing.
    pub fn image(&self, place: usize) -> Option<&'a ImageRecord> {
        let position = self.listing.shown.positions.get(place)?;
        self.snapshot.images.get(*position)
    }
}
