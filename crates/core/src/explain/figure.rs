//! Pictures of several panels with words on them: two classes of one image side by side, and the sheet of many images.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use super::lettering::Lettering;
use crate::error::Result;

const BACKGROUND: Rgb<u8> = Rgb([24; 3]);
const TEXT: Rgb<u8> = Rgb([230; 3]);
const GAP: u32 = 12;
const TEXT_SIZE: f32 = 18.0;

/// An image and the lines above it.
pub struct Panel {
    pub image: RgbImage,
    pub lines: Vec<String>,
}

/// Panels in rows of `columns`, and lines below all of them.
///
/// # Errors
/// As [`Lettering::new`].
pub fn figure(panels: &[Panel], columns: usize, foot: &[String]) -> Result<RgbImage> {
    let lettering = Lettering::new(TEXT_SIZE)?;
    let line = lettering.height();
    let columns = columns.clamp(1, panels.len().max(1));
    let cell_width = panels.iter().map(|p| p.image.width()).max().unwrap_or(1);
    let lines = panels.iter().map(|p| p.lines.len()).max().unwrap_or(0) as u32;
    let cell_height = panels.iter().map(|p| p.image.height()).max().unwrap_or(1);
    let rows = panels.len().div_ceil(columns) as u32;
    let row_height = lines * line + cell_height + GAP;
    let width = columns as u32 * (cell_width + GAP) + GAP;
    let height = GAP + rows * row_height + foot.len() as u32 * line + GAP / 2;
    let mut sheet = RgbImage::from_pixel(width, height, BACKGROUND);
    for (at, panel) in panels.iter().enumerate() {
        let x = GAP + (at % columns) as u32 * (cell_width + GAP);
        let y = GAP + (at / columns) as u32 * row_height;
        for (number, text) in panel.lines.iter().enumerate() {
            let text = lettering.elided(text, cell_width as f32);
            lettering.draw(&mut sheet, &text, (x, y + number as u32 * line), TEXT);
        }
        let top = y + lines * line;
        imageops::replace(&mut sheet, &panel.image, i64::from(x), i64::from(top));
    }
    for (number, text) in foot.iter().enumerate() {
        let y = GAP + rows * row_height + number as u32 * line;
        let text = lettering.elided(text, (width - 2 * GAP) as f32);
        lettering.draw(&mut sheet, &text, (GAP, y), TEXT);
    }
    Ok(sheet)
}

/// `image` so that its longer side is `least` to `most` pixels.
pub fn resized(image: &RgbImage, least: u32, most: u32) -> RgbImage {
    let side = image.width().max(image.height()).max(1);
    let wanted = side.clamp(least, most);
    if wanted == side {
        return image.clone();
    }
    let scaled = |length: u32| {
        let length = u64::from(length) * u64::from(wanted) / u64::from(side);
        (length as u32).max(1)
    };
    let (width, height) = (scaled(image.width()), scaled(image.height()));
    imageops::resize(image, width, height, FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stand_in_rows_with_their_words_above_and_the_foot_below() {
        let panel = |shade: u8| Panel {
            image: RgbImage::from_pixel(100, 50, Rgb([shade; 3])),
            lines: vec!["elves 93.1 %".into()],
        };
        let panels = [panel(90), panel(120), panel(150)];
        let drawn = figure(&panels, 2, &["Grad-CAM".into()]).unwrap();
        assert_eq!(drawn.width(), 2 * 112 + 12);
        let has = |shade: u8| drawn.pixels().filter(|p| p.0 == [shade; 3]).count();
        for shade in [90, 120, 150] {
            assert!(has(shade) >= 100 * 50, "panel {shade} is whole");
        }
        assert!(has(230) > 20, "the words are there");
    }

    #[test]
    fn images_are_brought_into_the_range_and_keep_their_shape() {
        let of = |width, height| resized(&RgbImage::new(width, height), 320, 800).dimensions();
        assert_eq!(of(96, 48), (320, 160));
        assert_eq!(of(1600, 400), (800, 200));
        assert_eq!(of(500, 400), (500, 400));
    }
}
