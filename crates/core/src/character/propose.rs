//! Where the character of an image is, by what moves in its scene or by what a run looks at, whichever is surer.
//!
//! Both are maps over the image: how much a frame differs from what stands still in its scene ([`crate::media::motion`]), and how
//! much each part speaks for what the image is taken for (Grad-CAM of the run's own prediction; not of the class that the image
//! has, which a crop must not give away). The box is that of the piece with most of it, and its score the same for both: the
//! share of the map in the box less the box's share of the image ([`Mask::sureness`]), that of a heatmap times the probability of
//! the prediction. An image whose best score is below [`LEAST_SCORE`], or whose box would be nearly all of it, stays whole.
//!
//! Limits: motion finds the one thing that moves most, whoever that is. A heatmap lies on what the run tells classes by, which may
//! be the place and not the character; and a run that has learned from an image has seen its class, so that crops by its heatmaps
//! are not quite honest in a cross-validation, which says so.
//!
//! [`Mask::sureness`]: crate::media::mask::Mask::sureness

use std::collections::BTreeSet;

use super::proposals::{Proposal, can_be_cropped};
use crate::catalog::{CharacterCrop, CropOrigin, ImageId, ImageRecord, Snapshot, SourceId};
use crate::error::Result;
use crate::explain::located::located;
use crate::explain::subject::SceneMotion;
use crate::media::crop_box::CropBox;
use crate::predict::{ImageFile, Predictor};
use crate::progress::Progress;

/// Of a proposal.
pub const LEAST_SCORE: f64 = 0.4;
/// Share of the image that a proposed crop leaves at most; more is hardly a crop.
const MOST_AREA: f64 = 0.8;

/// What was found, and for which images it was looked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub looked_at: BTreeSet<ImageId>,
    /// In the order of images.
    pub proposals: Vec<Proposal>,
}

/// Looks for the characters of the images of `sources` that are neither cropped to theirs nor rejected. Without a `predictor`
/// only by motion. `margin`: as in [`CropBox::framed`]. What cannot be read is a warning.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub fn propose(
    (snapshot, sources): (&Snapshot, &[SourceId]),
    predictor: Option<&Predictor>,
    margin: f64,
    progress: &Progress,
) -> Result<Found> {
    let images = snapshot.images.iter();
    let mut images: Vec<&ImageRecord> = images
        .filter(|image| sources.contains(&image.source) && can_be_cropped(image))
        .collect();
    // Scene by scene, as motion is looked for.
    images.sort_by_key(|image| (image.source, image.scene, image.id));
    progress.stage("looking for characters", Some(images.len() as u64));
    let mut motion = SceneMotion::new(snapshot);
    let mut found = Found::default();
    for image in images {
        progress.check()?;
        found.looked_at.insert(image.id);
        let by_motion = of_motion(image, &mut motion);
        let by_heatmap = predictor.map(|predictor| of_heatmap(image, predictor));
        let by_heatmap = by_heatmap.transpose().unwrap_or_else(|error| {
            progress.warn(image.path.display().to_string(), error.to_string());
            None
        });
        let candidates = [by_motion, by_heatmap.flatten()].into_iter().flatten();
        let surest = candidates.max_by(|a, b| a.score.total_cmp(&b.score));
        let proposal = surest.and_then(|surest| surest.proposal(image, margin));
        found.proposals.extend(proposal);
        progress.advance(1);
    }
    found.proposals.sort_by_key(|proposal| proposal.image);
    Ok(found)
}

/// A box over an image without its border, as fractions: left, top, right, bottom.
struct Candidate {
    bounds: [f64; 4],
    by: CropOrigin,
    score: f64,
}

impl Candidate {
    /// `None` if it is not sure enough, or hardly a crop.
    fn proposal(&self, image: &ImageRecord, margin: f64) -> Option<Proposal> {
        if self.score < LEAST_SCORE {
            return None;
        }
        let part = CropBox::of_fractions(in_file(image, self.bounds))?;
        let part = part.framed(image.file_size(), margin);
        (part.area() <= MOST_AREA).then(|| Proposal {
            image: image.id,
            hash: image.hash.clone(),
            crop: CharacterCrop { part, by: self.by },
            score: self.score,
        })
    }
}

fn of_motion(image: &ImageRecord, motion: &mut SceneMotion<'_>) -> Option<Candidate> {
    let figure = motion.figure(image.id)?;
    Some(Candidate {
        bounds: figure.mask.bounds()?,
        by: CropOrigin::Motion,
        score: figure.sureness,
    })
}

/// `None` if nothing speaks for what it is taken for.
fn of_heatmap(image: &ImageRecord, predictor: &Predictor) -> Result<Option<Candidate>> {
    let file = ImageFile {
        path: image.path.clone(),
        recipe: Some(image.whole_recipe()),
    };
    let found = located(predictor, &file)?;
    Ok(found.and_then(|found| {
        Some(Candidate {
            bounds: found.mask.bounds()?,
            by: CropOrigin::Heatmap,
            score: found.sureness * f64::from(found.probability),
        })
    }))
}

/// From fractions of the image without its border to those of its file.
fn in_file(image: &ImageRecord, [left, top, right, bottom]: [f64; 4]) -> [f64; 4] {
    let (width, height) = (f64::from(image.width), f64::from(image.height));
    let crop = image.whole_recipe().crop;
    let (inner_width, inner_height) = crop.inner(image.width, image.height);
    let across = |side: f64| (f64::from(crop.left) + side * f64::from(inner_width)) / width;
    let down = |side: f64| (f64::from(crop.top) + side * f64::from(inner_height)) / height;
    [across(left), down(top), across(right), down(bottom)]
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::catalog::{Decision, SceneId};
    use crate::curate::test_image;
    use crate::media::border::Insets;
    use crate::media::crop_box::MARGIN;

    const BORDER: u32 = 8;
    const SOURCE: &[SourceId] = &[SourceId(1)];

    /// A room of stripes in a black frame, and a figure of 24 x 40 pixels whose left edge is at `x`.
    fn frame(x: Option<u32>) -> RgbImage {
        RgbImage::from_fn(256, 160, |column, row| {
            let inner = BORDER..256 - BORDER;
            if !inner.contains(&column) || !(BORDER..160 - BORDER).contains(&row) {
                return Rgb([0; 3]);
            }
            let is_figure = x.is_some_and(|x| (x..x + 24).contains(&column));
            let stripe = 60 + (column / 12 % 2 * 30) as u8;
            Rgb(if is_figure && (60..100).contains(&row) {
                [230, 200, 40]
            } else {
                [stripe; 3]
            })
        })
    }

    fn snapshot(folder: &std::path::Path, frames: &[Option<u32>]) -> Snapshot {
        let image = |(at, x): (usize, &Option<u32>)| {
            let path = folder.join(format!("{at}.png"));
            frame(*x).save(&path).unwrap();
            ImageRecord {
                id: ImageId(at as i64),
                scene: Some(SceneId(1)),
                path,
                width: 256,
                height: 160,
                crop: Insets::even(BORDER),
                frame: Some(at as u64),
                ..test_image()
            }
        };
        Snapshot {
            images: frames.iter().enumerate().map(image).collect(),
            ..Snapshot::default()
        }
    }

    fn proposed(snapshot: &Snapshot) -> Found {
        propose((snapshot, SOURCE), None, MARGIN, &Progress::silent()).unwrap()
    }

    #[test]
    fn what_moves_in_a_scene_is_proposed_where_it_is_and_the_rest_stays_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut frames: Vec<Option<u32>> = (0..6).map(|at| Some(20 + 34 * at)).collect();
        frames.push(None);
        let mut snapshot = snapshot(folder.path(), &frames);
        let found = proposed(&snapshot);
        assert_eq!((found.looked_at.len(), found.proposals.len()), (7, 6));
        for proposal in &found.proposals {
            let image = snapshot.image(proposal.image).unwrap();
            let insets = proposal.crop.part.insets(image.file_size());
            let x = frames[proposal.image.0 as usize].unwrap();
            assert!(proposal.score >= LEAST_SCORE && proposal.crop.by == CropOrigin::Motion);
            assert!(
                insets.left <= x && 256 - insets.right >= x + 24,
                "{insets:?}"
            );
            assert!(insets.top <= 60 && 160 - insets.bottom >= 100, "{insets:?}");
            assert!(proposal.crop.part.area() < 0.25, "{}", proposal.score);
        }
        // What a person has decided is not asked again.
        snapshot.images[0].decision = Decision::Reject;
        snapshot.images[1].character = Some(found.proposals[0].crop);
        let again = proposed(&snapshot);
        assert_eq!((again.looked_at.len(), again.proposals.len()), (5, 4));
        assert_eq!(
            again.proposals[0], found.proposals[2],
            "by the whole frames"
        );
    }

    #[test]
    fn a_still_scene_and_an_image_alone_have_no_proposal_without_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let mut snapshot = snapshot(folder.path(), &[None; 6]);
        assert_eq!(proposed(&snapshot).proposals, []);
        snapshot.images[0].scene = None;
        assert_eq!(proposed(&snapshot).looked_at.len(), 6);
    }
}
