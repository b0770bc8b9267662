//! Copies of training images that upsampled sources bring along.

use super::placed::Placed;
use super::sample::Sample;

/// Of one image, with its unit.
pub(super) fn copies_of<'a>(p: &'a Placed<'a>, target: u32) -> impl Iterator<Item = Sample> + 'a {
    let image = p.image;
    image.copies.iter().map(move |copy| Sample {
        image: Some(image.id),
        unit: Some(p.unit),
        path: image.path.clone(),
        recipe: image.recipe().upsampled(copy),
        source: Some(image.source),
        weight: 1.0,
        target,
    })
}
