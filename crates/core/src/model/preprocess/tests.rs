//! What a net sees of images of every shape.

use image::Rgb;

use super::*;

fn preprocess(size: u32, fit: Fit) -> Preprocess {
    Preprocess {
        size,
        fit,
        normalization: Normalization::TENSORFLOW,
    }
}

#[test]
fn squish_sees_all_and_crop_the_middle() {
    let image = RgbImage::from_fn(90, 30, |x, _| Rgb([if x < 30 { 255 } else { 0 }; 3]));
    let squished = preprocess(9, Fit::Squish).fitted(&image).unwrap();
    assert_eq!(squished.get_pixel(0, 4).0, [255; 3]);
    let cropped = preprocess(9, Fit::Crop).fitted(&image).unwrap();
    assert!(cropped.get_pixel(0, 4).0[0] < 128);
    assert_eq!(cropped.get_pixel(8, 4).0, [0; 3]);
}

#[test]
fn pad_sees_all_in_its_shape() {
    let image = RgbImage::from_pixel(90, 30, Rgb([255; 3]));
    for square in [
        preprocess(9, Fit::Pad).fitted(&image),
        preprocess(8, Fit::Pad).shrink(&image),
    ] {
        let square = square.unwrap();
        assert_eq!(square.dimensions(), (9, 9));
        for (x, y, pixel) in square.enumerate_pixels() {
            let is_inside = (3..6).contains(&y);
            assert_eq!(pixel.0, [if is_inside { 255 } else { 127 }; 3], "{x} {y}");
        }
    }
    assert_eq!(Fit::Pad.region(90, 30), [0.0, -1.0, 1.0, 2.0]);
    assert!(
        preprocess(9, Fit::Pad)
            .fitted(&RgbImage::new(0, 3))
            .is_err()
    );
}

#[test]
fn fine_stripes_become_grey() {
    let image = RgbImage::from_fn(512, 512, |x, _| Rgb([if x % 2 == 0 { 255 } else { 0 }; 3]));
    let small = preprocess(64, Fit::Squish).fitted(&image).unwrap();
    assert!(small.pixels().all(|pixel| (120..136).contains(&pixel.0[0])));
}

#[test]
fn shrinking_never_enlarges() {
    let image = RgbImage::new(60, 20);
    let small = preprocess(32, Fit::Squish).shrink(&image).unwrap();
    assert_eq!(small.dimensions(), (37, 20));
    let wide = preprocess(32, Fit::Crop)
        .shrink(&RgbImage::new(300, 100))
        .unwrap();
    assert_eq!(wide.dimensions(), (111, 37));
}

#[test]
fn white_becomes_one_as_the_net_was_trained() {
    let white = RgbImage::from_pixel(50, 40, Rgb([255; 3]));
    let input = preprocess(4, Fit::Squish).input(&white).unwrap();
    assert_eq!(input.dims(), [1, 3, 4, 4]);
    let values: Vec<f32> = input.flatten_all().unwrap().to_vec1().unwrap();
    assert!(values.iter().all(|value| (value - 1.0).abs() < 1e-6));
}

#[test]
fn keep_has_the_area_of_the_square_in_the_shape_of_the_image() {
    let seen = preprocess(320, Fit::Keep);
    let size = |width, height| InputSize { width, height };
    assert_eq!(seen.input_size(480, 270), size(416, 256));
    assert_eq!(seen.input_size(270, 480), size(256, 416));
    assert_eq!(seen.input_size(72, 72), size(320, 320));
    // Beyond 4 : 1 it is distorted, and a line of pixels is no strip without end.
    assert_eq!(seen.input_size(9000, 1), size(640, 160));
    let image = RgbImage::from_pixel(480, 270, Rgb([9; 3]));
    assert_eq!(seen.fitted(&image).unwrap().dimensions(), (416, 256));
    assert_eq!(seen.input(&image).unwrap().dims(), [1, 3, 256, 416]);
    assert_eq!(Fit::Keep.region(480, 270), [0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn no_image_is_seen_larger_than_the_largest() {
    for side in [32, 160, 224, 300, 320, 384] {
        let seen = preprocess(side, Fit::Keep);
        let largest = seen.largest_input().pixels();
        for width in 1..400 {
            assert!(seen.input_size(width, 100).pixels() <= largest);
        }
        assert!(largest >= InputSize::square(side / 32 * 32).pixels());
    }
}

#[test]
fn images_of_one_size_go_together_and_know_their_places() {
    let images = [(80, 40), (40, 40), (90, 45)].map(|(w, h)| RgbImage::new(w, h));
    let groups = preprocess(64, Fit::Keep).inputs(&images).unwrap();
    let places: Vec<&[usize]> = groups.iter().map(|group| &*group.positions).collect();
    assert_eq!(places, [&[0, 2][..], &[1]]);
    assert_eq!(groups[0].tensor.dims(), [2, 3, 32, 96]);
}
