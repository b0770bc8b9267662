//! The gradient of a class's logit with respect to the image (Simonyan et al. 2014, <https://arxiv.org/abs/1312.6034>): which
//! pixels would change the answer, for or against the class.

use super::check_class;
use super::saliency::{Saliency, Shading};
use super::seen::Seen;
use crate::error::Result;
use crate::ops::act::Backward;

/// Of `class` (index into [`crate::predict::Predictor::classes`]). The whole net is run again, forward and back.
///
/// # Errors
/// [`crate::error::Error::Invalid`] if there is no such class, or for an image without pixels.
pub fn gradient(seen: &Seen<'_>, class: usize) -> Result<Saliency> {
    by_rule(seen, class, Backward::Plain)
}

/// As [`gradient`], by `rule` at every ReLU.
pub(super) fn by_rule(seen: &Seen<'_>, class: usize, rule: Backward) -> Result<Saliency> {
    let Seen {
        predictor, image, ..
    } = seen;
    check_class(class, predictor.classes().len())?;
    let gradient = predictor.input_gradient(image, class, rule)?;
    let (_, height, width) = gradient.dims3()?;
    Ok(Saliency {
        width,
        height,
        values: gradient.flatten_all()?.to_vec1()?,
        region: predictor.region(image),
        shading: Shading::Deviations,
    })
}
