//! What an image looks like, ready to be compared with others: its signature, and its shape without the border.

use std::sync::OnceLock;

use image::RgbImage;

use super::compare::Detail;
use super::groups::MOST_STRETCH;
use super::signature::Signature;
use super::view::View;
use crate::error::Result;
use crate::media::border::Runs;

#[derive(Clone, Debug)]
pub struct Look {
    /// Width by height, without the border.
    pub aspect: f64,
    pub signature: Signature,
    /// Made when it is compared first, for most images never.
    detail: OnceLock<Option<Detail>>,
}

impl Look {
    pub fn new(aspect: f64, signature: Signature) -> Self {
        Self {
            aspect,
            signature,
            detail: OnceLock::new(),
        }
    }

    /// `None` for an image of one tone, or one that is too small.
    ///
    /// # Errors
    /// As [`View::of`].
    pub fn of(image: &RgbImage) -> Result<Option<Self>> {
        let view = View::of(image)?;
        let border = Runs::of(image).insets(image.width(), image.height());
        let scale = view.luma.width as f64 / f64::from(image.width());
        let inner = |length: u32, border: u32| f64::from(length.saturating_sub(border).max(1));
        let aspect = inner(image.width(), border.left + border.right)
            / inner(image.height(), border.top + border.bottom);
        let signature = Signature::of(&view.luma, border.scaled(scale));
        Ok(signature.map(|signature| Self::new(aspect, signature)))
    }

    /// Correlation of details, -1 to 1; `None` for images of other shapes, and where most of one is plain.
    pub fn likeness(&self, other: &Self) -> Option<f32> {
        let stretch = (self.aspect / other.aspect).max(other.aspect / self.aspect);
        if stretch > MOST_STRETCH {
            return None;
        }
        Some(self.detail()?.likeness(other.detail()?))
    }

    fn detail(&self) -> Option<&Detail> {
        self.detail
            .get_or_init(|| Detail::of(&self.signature))
            .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, imageops};

    use super::*;

    fn waves(phase: f64) -> RgbImage {
        RgbImage::from_fn(320, 180, |x, y| {
            let (x, y) = (f64::from(x), f64::from(y));
            let value = (x * 0.11 + phase).sin() * (y * 0.07 + 2.0 * phase).cos()
                + (x * 0.031 * phase + y * 0.19).sin();
            Rgb([(128.0 + 60.0 * value) as u8; 3])
        })
    }

    #[test]
    fn a_smaller_copy_is_alike_and_another_image_or_shape_is_not() {
        let look = |image: &RgbImage| Look::of(image).unwrap().unwrap();
        let image = waves(1.0);
        let small = imageops::thumbnail(&image, 200, 112);
        assert!(look(&image).likeness(&look(&small)).unwrap() > 0.95);
        assert!(look(&image).likeness(&look(&waves(2.3))).unwrap() < 0.9);
        let narrow = imageops::thumbnail(&image, 100, 112);
        assert_eq!(look(&image).likeness(&look(&narrow)), None);
    }
}
