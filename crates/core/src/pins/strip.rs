//! Pinned images epoch by epoch, as an animated GIF.

use std::io::Cursor;
use std::path::Path;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, RgbImage};

use super::record::History;
use crate::catalog::ImageId;
use crate::error::{Error, Result};
use crate::explain::figure::{Panel, figure, resized};
use crate::explain::method::Method;
use crate::explain::style::Style;
use crate::media::recipe::Recipe;
use crate::progress::Progress;
use crate::project::write_atomic;

/// Of an image's longer side.
const SIDE: u32 = 288;
const MOST_COLUMNS: usize = 4;
/// An epoch is shown for so long, the last one longer.
const EPOCH_MILLIS: u32 = 600;
const LAST_MILLIS: u32 = 2400;
/// Of the search for the colors of a frame, 1 (slow) to 30; more than this shows.
const SPEED: i32 = 10;

/// An image of the strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripImage {
    pub image: ImageId,
    pub path: std::path::PathBuf,
    pub recipe: Recipe,
    /// What is written over it beside what the net says.
    pub name: String,
}

/// What the run said of `images` after each epoch, one frame an epoch.
///
/// # Errors
/// [`Error::Invalid`] if none of them was recorded; what reading them says; [`Error::Cancelled`].
pub fn frames(
    history: &History,
    images: &[StripImage],
    (run, classes): (&str, &[String]),
    progress: &Progress,
) -> Result<Vec<RgbImage>> {
    let ids: Vec<ImageId> = images.iter().map(|image| image.image).collect();
    let epochs = history.epochs(&ids);
    if epochs.is_empty() {
        return Err(Error::Invalid(
            "the run recorded nothing of these images, because they were not pinned while it trained; train another one".into(),
        ));
    }
    let mut small = Vec::with_capacity(images.len());
    for image in images {
        let decoded = image.recipe.decode(&image.path)?;
        small.push(resized(&decoded, SIDE, SIDE));
    }
    progress.stage("drawing", Some(epochs.len() as u64));
    let mut frames = Vec::with_capacity(epochs.len());
    for epoch in &epochs {
        progress.check()?;
        let panel = |(image, small): (&StripImage, &RgbImage)| match history
            .row(image.image, *epoch)
        {
            Some(row) => {
                let class = row.class();
                let name = classes.get(class).map_or("", String::as_str);
                let percent = f64::from(row.probs.get(class).copied().unwrap_or_default()) * 100.0;
                let opacity = Method::GradCam.default_opacity();
                Panel {
                    image: row.explanation().over(small, &Style::default(), opacity),
                    lines: vec![format!("{name} {percent:.1} %"), image.name.clone()],
                }
            }
            None => Panel {
                image: small.clone(),
                lines: vec!["not pinned yet".into(), image.name.clone()],
            },
        };
        let panels: Vec<Panel> = images.iter().zip(&small).map(panel).collect();
        let last = epochs.last().unwrap_or(epoch);
        let foot = format!("After epoch {epoch} of {last}, {run}");
        frames.push(figure(&panels, panels.len().min(MOST_COLUMNS), &[foot])?);
        progress.advance(1);
    }
    Ok(frames)
}

/// Writes the frames to `out`, over and over again.
///
/// # Errors
/// [`Error::Io`]; [`Error::Image`] if they are too large for a GIF; [`Error::Cancelled`].
pub fn write_gif(frames: Vec<RgbImage>, out: &Path, progress: &Progress) -> Result<()> {
    let failed = |error: image::ImageError| Error::Image {
        reason: format!("cannot be written as GIF: {error}"),
        path: out.to_path_buf(),
    };
    let mut gif = Cursor::new(Vec::new());
    let mut encoder = GifEncoder::new_with_speed(&mut gif, SPEED);
    encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
    let count = frames.len();
    for (number, frame) in frames.into_iter().enumerate() {
        progress.check()?;
        let millis = if number + 1 == count {
            LAST_MILLIS
        } else {
            EPOCH_MILLIS
        };
        let pixels = DynamicImage::from(frame).into_rgba8();
        let delay = Delay::from_numer_denom_ms(millis, 1);
        let frame = Frame::from_parts(pixels, 0, 0, delay);
        encoder.encode_frame(frame).map_err(failed)?;
    }
    drop(encoder);
    write_atomic(out, gif.get_ref())
}

#[cfg(test)]
mod tests {
    use image::AnimationDecoder as _;
    use image::codecs::gif::GifDecoder;

    use super::*;

    #[test]
    fn a_strip_has_a_frame_an_epoch_and_rests_on_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        RgbImage::from_pixel(60, 40, image::Rgb([90, 120, 60]))
            .save(&path)
            .unwrap();
        let rows = [(1, [0.2, 0.8]), (2, [0.6, 0.4]), (4, [0.9, 0.1])].map(|(epoch, probs)| {
            format!(
                "{{\"epoch\":{epoch},\"image\":3,\"probs\":{probs:?},\"size\":[2,1],\"map\":[0.0,1.0],\"region\":[0.0,0.0,1.0,1.0]}}\n"
            )
        });
        std::fs::write(folder.path().join("pins.jsonl"), rows.concat()).unwrap();
        let history = History::read(folder.path()).unwrap();
        let image = |id| StripImage {
            image: ImageId(id),
            path: path.clone(),
            recipe: Recipe::default(),
            name: "a.png".into(),
        };
        let classes = ["elves".to_owned(), "orcs".to_owned()];
        let silent = Progress::silent();
        let of = |id| frames(&history, &[image(id)], ("run", &classes), &silent);
        assert!(of(4).is_err(), "nothing was recorded of it");
        let out = folder.path().join("strip.gif");
        write_gif(of(3).unwrap(), &out, &silent).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&out).unwrap());
        let read = GifDecoder::new(file).unwrap().into_frames();
        let read = read.collect_frames().unwrap();
        let millis: Vec<u32> = read.iter().map(|f| f.delay().numer_denom_ms().0).collect();
        assert_eq!(millis, [EPOCH_MILLIS, EPOCH_MILLIS, LAST_MILLIS]);
        assert_ne!(read[0].buffer(), read[1].buffer());
    }
}
