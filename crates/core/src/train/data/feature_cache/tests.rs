//! Cached features are the computed ones, and none is computed that is cached.

use std::path::Path;

use image::{Rgb, RgbImage};

use super::*;
use crate::dataset::augmented_view::ViewConfig;
use crate::media::border::Insets;
use crate::media::upsampling::Upsampling;
use crate::model::preprocess::Fit;
use crate::model::{Arch, HeadKind, build};

const N: u8 = 6;
/// The first image is the one that is recomputed.
const ALL: [usize; 6] = [5, 3, 0, 1, 4, 2];

fn net() -> Net {
    build(Arch::default(), HeadKind::Linear, 2, 0).unwrap()
}

fn paint(folder: &Path, index: u8, shade: u8, (width, height): (u32, u32)) {
    let color = |x: u32, y: u32| Rgb([index * 40, (x * 6) as u8, shade ^ (y * 5) as u8]);
    RgbImage::from_fn(width, height, color)
        .save(folder.join(format!("{index}.png")))
        .unwrap();
}

fn samples(folder: &Path) -> (Vec<Sample>, Vec<FileHash>) {
    shaped_samples(folder, |_| (40, 40))
}

fn shaped_samples(folder: &Path, shape: impl Fn(u8) -> (u32, u32)) -> (Vec<Sample>, Vec<FileHash>) {
    (0..N)
        .map(|index| {
            paint(folder, index, 0, shape(index));
            let path = folder.join(format!("{index}.png"));
            let file = blake3::hash(&std::fs::read(&path).unwrap());
            let sample = Sample {
                image: None,
                unit: None,
                path,
                recipe: Recipe::default(),
                source: None,
                weight: 1.0,
                target: u32::from(index % 2),
            };
            (sample, Some(file))
        })
        .unzip()
}

fn load(folder: &Path, purpose: Use, set: &(Vec<Sample>, Vec<FileHash>)) -> CachedFeatures {
    load_fitted(folder, purpose, set, Fit::Squish)
}

fn load_fitted(
    folder: &Path,
    purpose: Use,
    (samples, files): &(Vec<Sample>, Vec<FileHash>),
    fit: Fit,
) -> CachedFeatures {
    let preprocess = Preprocess {
        size: 64,
        fit,
        normalization: Arch::default().input_normalization(),
    };
    let set = FrozenSet {
        samples,
        files,
        load: LoadConfig::new(preprocess, purpose),
        views: if purpose == Use::Valid { 1 } else { 2 },
        seed: 3,
    };
    let store = FeatureStore::new(&folder.join("cache"));
    CachedFeatures::load(&set, &net(), store, &Progress::silent()).unwrap()
}

fn bits(features: &mut CachedFeatures, indices: &[usize], view: u64) -> Vec<u32> {
    let map = features.get(&net(), indices, view).unwrap().map;
    let values: Vec<f32> = map.flatten_all().unwrap().to_vec1().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

#[test]
fn a_second_run_takes_every_view_from_the_disk_to_the_last_bit() {
    for purpose in [Use::Valid, Use::Train(ViewConfig::fastai())] {
        let folder = tempfile::tempdir().unwrap();
        let set = samples(folder.path());
        let mut first = load(folder.path(), purpose, &set);
        let computed = [0, 1].map(|view| bits(&mut first, &ALL, view));
        drop(first);
        // What would be computed now is something else; the features are known by the files' old content.
        (1..N).for_each(|index| paint(folder.path(), index, 255, (40, 40)));
        let mut second = load(folder.path(), purpose, &set);
        for (view, computed) in computed.iter().enumerate() {
            assert!(
                bits(&mut second, &ALL, view as u64) == *computed,
                "{purpose:?}"
            );
        }
        assert!(second.views.iter().all(|view| view.pending.is_empty()));
    }
}

#[test]
fn features_do_not_depend_on_the_images_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let set = samples(folder.path());
    let mut features = load(folder.path(), Use::Valid, &set);
    let together = features.compute(&net(), &ALL, 0).unwrap();
    for n in 1..ALL.len() {
        for (indices, together) in ALL.chunks(n).zip(together.chunks(n)) {
            assert_eq!(features.compute(&net(), indices, 0).unwrap(), together);
        }
    }
    assert_eq!(bits(&mut features, &[0], 0).len(), 2 * 1280);
}

#[test]
fn features_that_would_come_out_differently_now_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let set = samples(folder.path());
    let mut first = load(folder.path(), Use::Valid, &set);
    let computed = bits(&mut first, &ALL, 0);
    for index in 0..N {
        first.views[0].pooled.set(index.into(), &[1.0; 2560]);
    }
    drop(first);
    let mut second = load(folder.path(), Use::Valid, &set);
    assert!(second.views[0].pooled.rows().all(|row| row.is_none()));
    assert!(bits(&mut second, &ALL, 0) == computed);
}

#[test]
fn images_of_several_shapes_are_cached_as_they_are_computed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let shape = |index: u8| {
        if index.is_multiple_of(3) {
            (60, 30)
        } else {
            (40, 40)
        }
    };
    let set = shaped_samples(folder.path(), shape);
    let mut first = load_fitted(folder.path(), Use::Valid, &set, Fit::Keep);
    let together = bits(&mut first, &ALL, 0);
    let alone: Vec<u32> = ALL
        .iter()
        .flat_map(|&index| {
            let rows = first.compute(&net(), &[index], 0).unwrap();
            let (maxima, means) = rows[0].split_at(1280);
            let pairs = maxima.iter().zip(means);
            let cells = pairs.flat_map(|(max, mean)| [*max, 2.0 * mean - max]);
            cells.map(f32::to_bits).collect::<Vec<u32>>()
        })
        .collect();
    assert!(together == alone);
    drop(first);
    let mut second = load_fitted(folder.path(), Use::Valid, &set, Fit::Keep);
    assert!(bits(&mut second, &ALL, 0) == alone);
    // Seen another way they are others.
    assert!(bits(&mut load(folder.path(), Use::Valid, &set), &ALL, 0) != alone);
}

#[test]
fn what_is_made_of_a_file_has_the_features_of_a_file_made_so() {
    let folder = tempfile::tempdir().unwrap();
    let recipes = [
        Recipe::default(),
        Recipe::crop(Insets::even(20)),
        Recipe::crop(Insets::even(20)).upsampled(Upsampling::Noisy),
        Recipe::default().upsampled(Upsampling::Stretched),
    ];
    let whole = folder.path().join("whole.png");
    let color = |x: u32, y: u32| Rgb([(x * 2) as u8, (y * 3) as u8, (x * y % 251) as u8]);
    RgbImage::from_fn(120, 80, color).save(&whole).unwrap();
    let sample = |path: &Path, recipe: Recipe| Sample {
        image: None,
        unit: None,
        path: path.to_path_buf(),
        recipe,
        source: None,
        weight: 1.0,
        target: 0,
    };
    let hash = |path: &Path| Some(blake3::hash(&std::fs::read(path).unwrap()));
    let made = recipes.map(|recipe| sample(&whole, recipe)).to_vec();
    let of_made = vec![hash(&whole); made.len()];
    let files: Vec<Sample> = recipes
        .iter()
        .enumerate()
        .map(|(at, recipe)| {
            let path = folder.path().join(format!("file {at}.png"));
            let image = recipe.decode(&whole).unwrap().into_image();
            image.save(&path).unwrap();
            sample(&path, Recipe::default())
        })
        .collect();
    let of_files = files.iter().map(|file| hash(&file.path)).collect();
    let all = [0, 1, 2, 3];
    let mut first = load(folder.path(), Use::Valid, &(made.clone(), of_made.clone()));
    let computed = bits(&mut first, &all, 0);
    drop(first);
    let mut expected = load(folder.path(), Use::Valid, &(files, of_files));
    assert!(bits(&mut expected, &all, 0) == computed);
    let len = computed.len() / all.len();
    let rows: std::collections::BTreeSet<&[u32]> = computed.chunks(len).collect();
    assert_eq!(rows.len(), all.len(), "each has its own");

    // From the disk each gets its own, too.
    let mut again = load(folder.path(), Use::Valid, &(made, of_made));
    assert!(
        again
            .views
            .iter()
            .all(|view| view.pooled.rows().all(|row| row.is_some()))
    );
    assert!(bits(&mut again, &all, 0) == computed);
}
