//! What the page shows, worked out when the catalog, the filter or the order changed.

use super::filter::{Filter, Shown};
use super::found::Found;
use super::order::{Order, Said};
use crate::catalog::{ImageId, Snapshot};
use crate::ui::widgets::image_ui;

/// What a listing is made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    pub filter: Filter,
    pub order: Order,
    /// Of the losses; only an order by them asks for it.
    pub losses_version: u64,
    /// Of the findings, which the facets count.
    pub findings_serial: u64,
}

#[derive(Default)]
pub struct Listing {
    of: Option<(u64, Wanted)>,
    /// Grows with every change, for what is worked out from the listing.
    pub version: u64,
    pub shown: Shown,
    pub ids: Vec<ImageId>,
    /// Height by width of the images, on average: the height of a row at a given size of the cells.
    pub aspect: f32,
}

impl Listing {
    pub fn is_of(&self, snapshot: &Snapshot, wanted: &Wanted) -> bool {
        let of = self.of.as_ref();
        of.is_some_and(|(version, of)| *version == snapshot.version && of == wanted)
    }

    /// True if it was made with another filter or order.
    pub fn is_arranged_unlike(&self, wanted: &Wanted) -> bool {
        let of = self.of.as_ref();
        of.is_some_and(|(_, of)| of.filter != wanted.filter || of.order != wanted.order)
    }

    pub fn update(&mut self, snapshot: &Snapshot, wanted: Wanted, (said, found): (&Said, &Found)) {
        let mut shown = wanted.filter.shown(snapshot, found);
        wanted
            .order
            .sort(&mut shown.positions, snapshot, (said, found));
        let ids = shown
            .positions
            .iter()
            .filter_map(|at| Some(snapshot.images.get(*at)?.id))
            .collect();
        *self = Self {
            of: Some((snapshot.version, wanted)),
            version: self.version + 1,
            aspect: typical_aspect(snapshot, &shown.positions),
            shown,
            ids,
        };
    }

    /// Of an image among those shown.
    pub fn place(&self, image: Option<ImageId>) -> usize {
        let place = self.ids.iter().position(|id| Some(*id) == image);
        place.unwrap_or_default()
    }
}

/// That of the mean width at one height, so that as many cells fit into a row as of images that are all alike; within
/// what still looks like a grid.
fn typical_aspect(snapshot: &Snapshot, positions: &[usize]) -> f32 {
    let images = positions.iter().filter_map(|at| snapshot.images.get(*at));
    let widths = images.map(image_ui::aspect_of);
    let (sum, count) = widths.fold((0.0, 0.0), |(sum, count), width| (sum + width, count + 1.0));
    if sum <= 0.0 {
        return 1.0;
    }
    (count / sum).clamp(0.5_f32, 1.25)
}
