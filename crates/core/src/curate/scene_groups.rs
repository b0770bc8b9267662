//! Scenes of one film that seem to show the same place, for a person to link.
//!
//! Two things are compared: what a network sees in the scenes' frames (the features that stage 1 keeps anyway), and which colors
//! they have. The score is the geometric mean of the cosine of the scenes' mean features and of the part that their color
//! histograms have in common, so both have to agree. Measured on the 1,530 pairs of scenes of the ten films, of which 120 share a
//! background or a figure (`benches/scene_groups.py`): from a score of 0.8 on 96 % of the suggestions are right, and 62 % of
//! all pairs are found; features alone come to 90 % at half of the pairs. The same figure before another background is found by
//! neither.

use std::collections::BTreeMap;

use image::imageops;
use rayon::prelude::*;

use super::features::Features;
use crate::catalog::{Decision, ImageRecord, Scene, SceneId, Snapshot};
use crate::error::Result;
use crate::progress::Progress;

/// Score from which suggestions are mostly right.
pub const LIKELY: f64 = 0.8;
/// Frames of a scene that are looked at, evenly spaced.
const FRAMES: usize = 8;
/// Width and height in pixels of what colors are counted in.
const SIDE: u32 = 72;
/// Steps of each channel that are one color.
const STEPS: usize = 8;
const COLORS: usize = STEPS * STEPS * STEPS;

/// Two scenes of a film that seem to show the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneLink {
    /// In the order of the film.
    pub scenes: [SceneId; 2],
    /// 0 to 1.
    pub score: f64,
}

/// What a scene looks like.
struct Look {
    /// Of length 1.
    features: Vec<f32>,
    /// Parts of the pixels that have each color.
    colors: Vec<f32>,
}

impl Look {
    fn likeness(&self, other: &Self) -> f64 {
        let cosine = dot(&self.features, &other.features).clamp(0.0, 1.0);
        let colors = self.colors.iter().zip(&other.colors);
        let common: f32 = colors.map(|(a, b)| a.min(*b)).sum();
        f64::from(cosine * common).sqrt()
    }
}

/// All pairs of scenes of one film that are not linked yet, the most alike first. Scenes without a frame that can be read
/// are in none.
///
/// # Errors
/// `Cancelled`.
pub fn suggest(
    snapshot: &Snapshot,
    features: &Features,
    progress: &Progress,
) -> Result<Vec<SceneLink>> {
    progress.stage("comparing scenes", Some(snapshot.scenes.len() as u64));
    let looks: Vec<Option<(SceneId, Look)>> = snapshot
        .scenes
        .par_iter()
        .map(|scene| {
            progress.check()?;
            let look = look(snapshot, features, scene);
            progress.advance(1);
            Ok(look.map(|look| (scene.id, look)))
        })
        .collect::<Result<_>>()?;
    let looks: BTreeMap<SceneId, Look> = looks.into_iter().flatten().collect();
    let mut links = Vec::new();
    for source in &snapshot.sources {
        let scenes = snapshot.scenes_of_source(source.id);
        for (at, first) in scenes.iter().enumerate() {
            for second in scenes.iter().skip(at + 1) {
                let pair = looks.get(&first.id).zip(looks.get(&second.id));
                if let Some((a, b)) = pair.filter(|_| first.unit() != second.unit()) {
                    links.push(SceneLink {
                        scenes: [first.id, second.id],
                        score: a.likeness(b),
                    });
                }
            }
        }
    }
    links.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(links)
}

fn look(snapshot: &Snapshot, features: &Features, scene: &Scene) -> Option<Look> {
    let mut mean: Vec<f32> = Vec::new();
    let mut colors = vec![0.0; COLORS];
    let mut pixels = 0.0;
    for image in frames(snapshot, scene) {
        let at = snapshot
            .images
            .binary_search_by_key(&image.id, |image| image.id);
        if let Some(row) = at.ok().and_then(|at| features.of(at)) {
            mean.resize(row.len(), 0.0);
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        // One that cannot be read is a warning of whoever computed the features.
        if let Ok(decoded) = image.recipe().decode(&image.path) {
            let small = imageops::thumbnail(&*decoded, SIDE, SIDE);
            for pixel in small.pixels() {
                let color = pixel.0.iter().fold(0, |color, &channel| {
                    color * STEPS + usize::from(channel) * STEPS / 256
                });
                if let Some(count) = colors.get_mut(color) {
                    *count += 1.0;
                }
            }
            pixels += (SIDE * SIDE) as f32;
        }
    }
    let length = dot(&mean, &mean).sqrt();
    if length == 0.0 || pixels == 0.0 {
        return None;
    }
    for x in &mut mean {
        *x /= length;
    }
    for count in &mut colors {
        *count /= pixels;
    }
    Some(Look {
        features: mean,
        colors,
    })
}

/// Frames of the scene that were not rejected, at most [`FRAMES`].
fn frames<'a>(snapshot: &'a Snapshot, scene: &Scene) -> Vec<&'a ImageRecord> {
    let mut images = snapshot.images_of_scene(scene.id);
    images.retain(|image| image.decision != Decision::Reject);
    let count = images.len().min(FRAMES);
    (0..count)
        .filter_map(|at| {
            images
                .get((2 * at + 1) * images.len() / (2 * count))
                .copied()
        })
        .collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_and_colors_have_to_agree() {
        let look = |features: [f32; 2], colors: [f32; 2]| Look {
            features: features.to_vec(),
            colors: colors.to_vec(),
        };
        let own = look([1.0, 0.0], [0.75, 0.25]);
        assert_eq!(own.likeness(&own), 1.0);
        assert_eq!(own.likeness(&look([0.0, 1.0], [0.75, 0.25])), 0.0);
        assert_eq!(own.likeness(&look([-1.0, 0.0], [0.75, 0.25])), 0.0);
        let half = own.likeness(&look([1.0, 0.0], [0.25, 0.75]));
        assert!((half - 0.5_f64.sqrt()).abs() < 1e-6, "{half}");
    }
}
