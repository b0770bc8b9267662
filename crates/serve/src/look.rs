//! An upload before and while it is decoded: what is refused by its header costs nothing more.

use std::path::Path;

use axum::http::StatusCode;
use cutting_room_core::media::border::Insets;
use cutting_room_core::media::decode;
use cutting_room_core::predict::{Predictor, Prepared};

use crate::limits::Limits;
use crate::polyglot;
use crate::problem::{Problem, sentence};

/// What messages would call an upload; [`Problem::of_image`] leaves it out.
const UPLOAD: &str = "upload";

/// An image that waits for the net.
pub(crate) struct Looked {
    pub prepared: Prepared,
    /// Upright, in pixels.
    pub width: u32,
    pub height: u32,
    /// What was cut off, as the images that the run was trained on were cropped.
    crop: Insets,
}

impl Looked {
    /// `region`, of the image without its crop, as fractions of the whole image.
    pub fn region_of_whole(&self, region: [f32; 4]) -> [f32; 4] {
        let [left, top, right, bottom] = region;
        let (inner_width, inner_height) = self.crop.inner(self.width, self.height);
        let across = |part: f32| place(part, self.crop.left, inner_width, self.width);
        let down = |part: f32| place(part, self.crop.top, inner_height, self.height);
        [across(left), down(top), across(right), down(bottom)]
    }
}

fn place(part: f32, before: u32, inner: u32, whole: u32) -> f32 {
    (before as f32 + part * inner as f32) / whole.max(1) as f32
}

/// Takes as long as decoding does; not for a thread that others wait for.
pub(crate) fn look(
    bytes: &[u8],
    predictor: &Predictor,
    limits: &Limits,
) -> Result<Looked, Problem> {
    let path = Path::new(UPLOAD);
    let (width, height) =
        decode::size_of_bytes(bytes, path).map_err(|error| Problem::of_image(&error, bytes))?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.pixels {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "The image is too large ({width}×{height}; the limit is {}); send a smaller copy",
                limits.pixels_text()
            ),
        ));
    }
    if let Some(kind) = polyglot::other_kind(bytes) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            sentence(&format!(
                "the file is an image and {kind} at once; save the image anew as JPEG or PNG"
            )),
        ));
    }
    let read = predictor
        .read_bytes(bytes, path)
        .map_err(|error| Problem::of_image(&error, bytes))?;
    let prepared = predictor
        .prepare(&read.image)
        .map_err(|error| Problem::internal(&error))?;
    Ok(Looked {
        prepared,
        width,
        height,
        crop: read.recipe.crop,
    })
}
