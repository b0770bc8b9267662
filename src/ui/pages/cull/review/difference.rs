//! How far the pixels of two images are apart, as an image; a worker decodes and subtracts.

use std::path::PathBuf;

use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};
use image::RgbImage;
use image::imageops::{self, FilterType};

use crate::catalog::ImageRecord;
use crate::error::Result;
use crate::jobs::slot::Latest;
use crate::media::recipe::Recipe;
use crate::ui::context::ViewCtx;

/// Long side of what is compared: what a screen shows.
const SIDE: u32 = 1024;
/// A difference of a sixteenth is hardly seen.
const GAIN: u16 = 4;

/// A file, and what is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    path: PathBuf,
    recipe: Recipe,
}

impl From<&ImageRecord> for File {
    fn from(image: &ImageRecord) -> Self {
        Self {
            path: image.path.clone(),
            recipe: image.whole_recipe(),
        }
    }
}

type Pair = (File, File);

#[derive(Default)]
pub struct Difference {
    worker: Option<Latest<Pair, (Pair, RgbImage)>>,
    asked: Option<Pair>,
    shown: Option<(Pair, TextureHandle)>,
    failure: Option<String>,
}

impl Difference {
    /// `None` until it is there; an error in words.
    pub fn of(
        &mut self,
        ui: &egui::Ui,
        pair: &Pair,
        ctx: &ViewCtx<'_>,
    ) -> Option<std::result::Result<TextureHandle, String>> {
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok((pair, image))) => {
                let size = [image.width() as usize, image.height() as usize];
                let pixels = ColorImage::from_rgb(size, image.as_raw());
                let options = TextureOptions::LINEAR;
                let texture = ui.ctx().load_texture("difference", pixels, options);
                self.shown = Some((pair, texture));
            }
            Some(Err(error)) => self.failure = Some(error.to_string()),
            None => {}
        }
        if self.asked.as_ref() != Some(pair) {
            self.ask(pair.clone(), ctx);
        }
        if let Some(failure) = &self.failure {
            return Some(Err(failure.clone()));
        }
        let shown = self.shown.as_ref().filter(|(of, _)| of == pair);
        shown.map(|(_, texture)| Ok(texture.clone()))
    }

    fn ask(&mut self, pair: Pair, ctx: &ViewCtx<'_>) {
        self.failure = None;
        if self.worker.is_none() {
            let worker = Latest::new("difference", ctx.waker.clone(), |pair: Pair, _| {
                let image = difference(&pair.0, &pair.1)?;
                Ok((pair, image))
            });
            match worker {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        if let Some(worker) = &self.worker {
            worker.request(pair.clone());
        }
        self.asked = Some(pair);
    }
}

/// At the size of the first one, as far as a screen needs it.
fn difference(one: &File, other: &File) -> Result<RgbImage> {
    let decode = |file: &File| file.recipe.decode_for(&file.path, SIDE);
    let one = decode(one)?.consume(reduced);
    let other = decode(other)?
        .consume(|image| imageops::resize(&image, one.width(), one.height(), FilterType::Triangle));
    Ok(subtracted(one, &other))
}

fn reduced(image: RgbImage) -> RgbImage {
    let long = image.width().max(image.height());
    if long <= SIDE {
        return image;
    }
    let side = |pixels: u32| (u64::from(pixels) * u64::from(SIDE) / u64::from(long)).max(1) as u32;
    let (width, height) = (side(image.width()), side(image.height()));
    imageops::resize(&image, width, height, FilterType::Triangle)
}

/// Of one size.
fn subtracted(mut one: RgbImage, other: &RgbImage) -> RgbImage {
    for (own, other) in one.iter_mut().zip(other.iter()) {
        *own = (u16::from(own.abs_diff(*other)) * GAIN).min(255) as u8;
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pixels_are_black_and_small_differences_are_enlarged() {
        let one = RgbImage::from_pixel(2, 1, image::Rgb([10, 20, 200]));
        let other = RgbImage::from_pixel(2, 1, image::Rgb([10, 23, 100]));
        assert_eq!(subtracted(one, &other).get_pixel(1, 0).0, [0, 12, 255]);
    }
}
