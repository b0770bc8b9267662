//! Where the figure of an image is: in a film's frame what moves in its scene, otherwise the hottest region of the heatmap.

use std::collections::BTreeMap;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::catalog::{ImageId, SceneId, Snapshot};
use crate::media::mask::Mask;
use crate::media::motion::{Backdrop, Figure, small};

/// Pixels along the shorter side that are decoded of a frame: more than motion is looked for in.
const DECODED: u32 = 96;

/// How a figure was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// It differs from what stands still in its scene.
    Motion,
    /// It is the hottest region of the heatmap.
    Heat,
}

/// Finds what moves; keeps the scene that was asked about last.
pub struct SceneMotion<'a> {
    snapshot: &'a Snapshot,
    scene: Option<(SceneId, Frames)>,
}

/// Of one scene, much reduced.
struct Frames {
    by_image: BTreeMap<ImageId, RgbImage>,
    backdrop: Option<Backdrop>,
}

impl<'a> SceneMotion<'a> {
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            scene: None,
        }
    }

    /// The part of what is looked at of the image. `None` for an image of no scene and where nothing moves clearly.
    pub fn seen_figure(&mut self, image: ImageId) -> Option<Mask> {
        let record = self.snapshot.image(image)?;
        let figure = self.figure(image)?;
        let whole = record.whole_recipe().crop;
        let seen = record.recipe().crop;
        if seen == whole {
            return Some(figure.mask);
        }
        let (width, height) = whole.inner(record.width, record.height);
        let cut = seen.without(whole);
        let part = |pixels: u32, of: u32| pixels as f32 / of.max(1) as f32;
        Some(figure.mask.within([
            part(cut.left, width),
            part(cut.top, height),
            1.0 - part(cut.right, width),
            1.0 - part(cut.bottom, height),
        ]))
    }

    /// Over the image without its border, whatever it is cropped to. `None` as for [`SceneMotion::seen_figure`]. Quickest if
    /// images of a scene come one after another.
    pub fn figure(&mut self, image: ImageId) -> Option<Figure> {
        let scene = self.snapshot.image(image)?.scene?;
        if self.scene.as_ref().is_none_or(|(known, _)| *known != scene) {
            self.scene = Some((scene, self.frames(scene)));
        }
        let (_, frames) = self.scene.as_ref()?;
        frames
            .backdrop
            .as_ref()?
            .figure(frames.by_image.get(&image)?)
    }

    /// Frames that cannot be read are no part of it.
    fn frames(&self, scene: SceneId) -> Frames {
        let records = self.snapshot.images_of_scene(scene).into_iter();
        let by_image: BTreeMap<ImageId, RgbImage> = records
            .filter_map(|record| {
                let decoded = record
                    .whole_recipe()
                    .decode_for(&record.path, DECODED)
                    .ok()?;
                Some((record.id, small(&decoded)))
            })
            .collect();
        let frames: Vec<RgbImage> = by_image.values().cloned().collect();
        Frames {
            backdrop: Backdrop::of(&frames),
            by_image,
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::catalog::{Decided, Decision, ImageRecord, SourceId};
    use crate::media::border::Insets;
    use crate::media::upsampling::Copies;

    /// A room of stripes, and a figure that walks through it.
    fn frame(x: u32) -> RgbImage {
        RgbImage::from_fn(192, 108, |column, row| {
            let is_figure = (x..x + 24).contains(&column) && (40..80).contains(&row);
            let stripe = 60 + (column / 12 % 2 * 30) as u8;
            Rgb(if is_figure {
                [230, 200, 40]
            } else {
                [stripe; 3]
            })
        })
    }

    #[test]
    fn the_figure_of_a_frame_is_found_in_its_scene_and_that_of_an_image_alone_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let images: Vec<ImageRecord> = (0..7)
            .map(|id| {
                let path = folder.path().join(format!("{id}.png"));
                frame(10 + 25 * id as u32).save(&path).unwrap();
                ImageRecord {
                    id: ImageId(id),
                    source: SourceId(1),
                    class: None,
                    scene: (id < 6).then_some(SceneId(1)),
                    side: None,
                    path,
                    origin: String::new(),
                    hash: String::new(),
                    width: 192,
                    height: 108,
                    crop: Insets::default(),
                    character: None,
                    copies: Copies::default(),
                    frame: Some(id as u64),
                    time_secs: None,
                    decision: Decision::Undecided,
                    decided: Decided::default(),
                }
            })
            .collect();
        let snapshot = Snapshot {
            images,
            ..Snapshot::default()
        };
        let mut motion = SceneMotion::new(&snapshot);
        for id in 0..6 {
            let figure = motion.seen_figure(ImageId(id)).unwrap();
            let center = (10.0 + 25.0 * id as f32 + 12.0) / 192.0;
            assert!(figure.has(center, 0.55) && !figure.has(center, 0.1), "{id}");
        }
        assert_eq!(motion.figure(ImageId(6)), None);
        assert_eq!(motion.figure(ImageId(77)), None);
    }
}
