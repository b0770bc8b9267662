//! Words on images: the program's own font, drawn into pixels.

use ab_glyph::{Font as _, FontRef, PxScaleFont, ScaleFont as _, point};
use image::{Rgb, RgbImage};

use crate::error::{Error, Result};

/// Inter, under the SIL Open Font License; the window uses it too.
pub const INTER: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.otf");

/// The font in one size.
pub struct Lettering(PxScaleFont<FontRef<'static>>);

impl Lettering {
    /// `px`: height of a line.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the program's own font is damaged.
    pub fn new(px: f32) -> Result<Self> {
        let font = FontRef::try_from_slice(INTER).map_err(|error| {
            Error::Invalid(format!(
                "the program's own font cannot be read ({error}); install the program again"
            ))
        })?;
        Ok(Self(font.into_scaled(px)))
    }

    /// Of a line, in pixels.
    pub fn height(&self) -> u32 {
        (self.0.height() + self.0.line_gap()).ceil() as u32
    }

    pub fn width(&self, text: &str) -> f32 {
        let advances = text.chars().map(|letter| {
            let glyph = self.0.glyph_id(letter);
            self.0.h_advance(glyph)
        });
        advances.sum()
    }

    /// `text`, or as much of its beginning as fits into `room` pixels.
    pub fn elided(&self, text: &str, room: f32) -> String {
        if self.width(text) <= room {
            return text.to_owned();
        }
        let mut letters: Vec<char> = text.chars().collect();
        while letters.pop().is_some() {
            let shorter: String = letters.iter().chain(['…'].iter()).collect();
            if self.width(&shorter) <= room {
                return shorter;
            }
        }
        String::new()
    }

    /// Writes a line with its upper left corner at `(x, y)`; what does not fit is cut off.
    pub fn draw(&self, image: &mut RgbImage, text: &str, (x, y): (u32, u32), color: Rgb<u8>) {
        let mut pen = x as f32;
        let baseline = y as f32 + self.0.ascent();
        for letter in text.chars() {
            let mut glyph = self.0.scaled_glyph(letter);
            glyph.position = point(pen, baseline);
            pen += self.0.h_advance(glyph.id);
            let Some(outline) = self.0.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, coverage| {
                let (x, y) = (bounds.min.x + dx as f32, bounds.min.y + dy as f32);
                if x >= 0.0
                    && y >= 0.0
                    && let Some(pixel) = image.get_pixel_mut_checked(x as u32, y as u32)
                {
                    for (value, over) in pixel.0.iter_mut().zip(color.0) {
                        let mixed =
                            f32::from(*value) * (1.0 - coverage) + f32::from(over) * coverage;
                        *value = mixed.round() as u8;
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_inside_their_width_and_long_ones_are_cut() {
        let lettering = Lettering::new(16.0).unwrap();
        let mut image = RgbImage::new(200, 24);
        lettering.draw(&mut image, "elves 93.1 %", (4, 2), Rgb([255; 3]));
        let end = 4.0 + lettering.width("elves 93.1 %");
        let lit: Vec<u32> = image
            .enumerate_pixels()
            .filter(|(_, _, pixel)| pixel.0[0] > 128)
            .map(|(x, ..)| x)
            .collect();
        assert!(lit.len() > 100, "{} pixels", lit.len());
        assert!(lit.iter().all(|&x| x >= 4 && x as f32 <= end + 1.0));
        let short = lettering.elided("a very long name of a class", 60.0);
        assert!(short.ends_with('…') && lettering.width(&short) <= 60.0);
    }
}
