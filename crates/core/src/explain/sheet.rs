//! A contact sheet: many images under their heatmaps, each with its class, probability and method.

use image::RgbImage;

use super::explained::Explained;
use super::figure::{Panel, figure, resized};
use super::style::Style;
use crate::error::Result;

/// Of an image's longer side on the sheet.
const SIDE: u32 = 320;
/// A wider sheet is no longer seen whole.
const MOST_COLUMNS: usize = 6;

/// An image on a sheet.
pub fn panel(
    explained: &Explained,
    image: &RgbImage,
    (style, opacity): (&Style, f32),
    name: &str,
) -> Panel {
    let small = resized(image, SIDE, SIDE);
    let percent = f64::from(explained.prob()) * 100.0;
    let method = explained.method.title();
    Panel {
        image: explained.explanation.over(&small, style, opacity),
        lines: vec![
            format!("{} {percent:.1} %", explained.class_name()),
            format!("{method}, {name}"),
        ],
    }
}

/// The panels in a square; `foot`: what holds for all of them.
///
/// # Errors
/// As [`figure`].
pub fn sheet(panels: &[Panel], foot: &str) -> Result<RgbImage> {
    let columns = (panels.len() as f64).sqrt().ceil() as usize;
    figure(panels, columns.min(MOST_COLUMNS), &[foot.to_owned()])
}
