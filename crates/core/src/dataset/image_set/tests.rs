//! What a set holds, and the views that it gives.

use image::Rgb;

use super::*;
use crate::media::recipe::Recipe;
use crate::model::Normalization;
use crate::model::preprocess::Fit;

#[test]
fn the_budget_bounds_what_is_held_and_every_image_can_still_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<Sample> = (0..40)
        .map(|index| {
            let path = folder.path().join(format!("{index}.png"));
            RgbImage::from_pixel(16, 16, Rgb([index, 0, 0]))
                .save(&path)
                .unwrap();
            Sample {
                image: None,
                unit: None,
                path,
                recipe: Recipe::default(),
                source: None,
                weight: 1.0,
                target: 0,
            }
        })
        .collect();
    let preprocess = Preprocess {
        size: 16,
        fit: Fit::Squish,
        normalization: Normalization::IMAGENET,
    };
    let one = 16 * 16 * 3;
    let config = LoadConfig {
        budget_bytes: 5 * one + 1,
        ..LoadConfig::new(preprocess, Use::Valid)
    };
    let images = ImageSet::load(&samples, config, &Progress::silent()).unwrap();
    assert_eq!(images.samples().len(), 40);
    assert_eq!(images.held_bytes(), 5 * one);
    let batch = &images.batches(&(0..40).collect::<Vec<_>>(), 0, 0).unwrap()[0];
    let planes: Vec<Vec<f32>> = batch.images.flatten_from(1).unwrap().to_vec2().unwrap();
    for (index, plane) in planes.iter().enumerate() {
        assert!((plane[0] * 255.0 - index as f32).abs() < 1e-3);
    }
}

#[test]
fn views_of_a_size_are_a_batch_and_do_not_depend_on_what_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let shapes = [(80, 40), (40, 40), (80, 40), (40, 80)];
    let samples: Vec<Sample> = (0..4)
        .zip(shapes)
        .map(|(index, (width, height))| {
            let path = folder.path().join(format!("{index}.png"));
            RgbImage::from_fn(width, height, |x, y| {
                Rgb([index as u8 * 50, x as u8, y as u8])
            })
            .save(&path)
            .unwrap();
            Sample {
                image: None,
                unit: None,
                path,
                recipe: Recipe::default(),
                source: None,
                weight: 1.0,
                target: index,
            }
        })
        .collect();
    let preprocess = Preprocess {
        size: 64,
        fit: Fit::Keep,
        normalization: Normalization::IMAGENET,
    };
    let config = LoadConfig::new(preprocess, Use::Train(ViewConfig::fastai()));
    let views = |budget_bytes| {
        let config = LoadConfig {
            budget_bytes,
            ..config
        };
        let set = ImageSet::load(&samples, config, &Progress::silent()).unwrap();
        let batches = set.batches(&[3, 0, 1, 2], 7, 1).unwrap();
        let parts = batches.into_iter().map(|part| {
            let values: Vec<f32> = part.images.flatten_all().unwrap().to_vec1().unwrap();
            (
                part.images.dims().to_vec(),
                part.targets,
                part.positions,
                values,
            )
        });
        parts.collect::<Vec<_>>()
    };
    let held = views(1 << 20);
    let shapes: Vec<&[usize]> = held.iter().map(|part| &*part.0).collect();
    assert_eq!(
        shapes,
        [&[1, 3, 96, 32][..], &[2, 3, 32, 96], &[1, 3, 64, 64]]
    );
    assert_eq!((&*held[1].1, &*held[1].2), (&[0, 2][..], &[1, 3][..]));
    assert!(held == views(0));

    let set = ImageSet::load(&samples, config, &Progress::silent()).unwrap();
    let small = set.batches_at(&[3, 0, 1, 2], 7, 1, Some(48)).unwrap();
    let shapes: Vec<&[usize]> = small.iter().map(|part| part.images.dims()).collect();
    assert_eq!(
        shapes,
        [&[1, 3, 64, 32][..], &[2, 3, 32, 64], &[1, 3, 64, 64]]
    );
}
