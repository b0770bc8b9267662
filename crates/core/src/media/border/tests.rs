//! Borders that are there, and what only looks like one.

use image::{Rgb, imageops};

use super::film::FrameRuns;
use super::*;

/// Something with detail everywhere.
fn scene(width: u32, height: u32, seed: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |period: u32| ((x * 7 + y * 5 + seed * 31) % period * 200 / period) as u8 + 40;
        Rgb([wave(61), wave(83), wave(97)])
    })
}

fn framed(inner: &RgbImage, insets: Insets, color: [u8; 3]) -> RgbImage {
    let mut outer = RgbImage::from_pixel(
        inner.width() + insets.left + insets.right,
        inner.height() + insets.top + insets.bottom,
        Rgb(color),
    );
    imageops::replace(
        &mut outer,
        inner,
        i64::from(insets.left),
        i64::from(insets.top),
    );
    outer
}

fn insets_of(image: &RgbImage) -> Insets {
    let runs = Runs::of(image);
    assert_eq!(Runs::from_bytes(&runs.to_bytes()), Some(runs));
    runs.insets(image.width(), image.height())
}

#[test]
fn borders_of_any_color_are_measured_to_the_pixel() {
    let letterbox = Insets::from_sides([0, 45, 0, 45]);
    let pillarbox = Insets::from_sides([60, 0, 61, 0]);
    let thin = Insets::from_sides([2, 1, 3, 2]);
    let lone = Insets::from_sides([0, 0, 4, 0]);
    for insets in [letterbox, pillarbox, thin, lone] {
        for color in [[0; 3], [255; 3], [200, 30, 90]] {
            let image = framed(&scene(320, 180, 1), insets, color);
            assert_eq!(insets_of(&image), insets, "{color:?}");
        }
    }
    assert_eq!(insets_of(&scene(320, 180, 1)), Insets::default());
}

#[test]
fn a_small_logo_in_a_bar_leaves_it_a_bar() {
    let letterbox = Insets::from_sides([0, 40, 0, 40]);
    let mut image = framed(&scene(320, 180, 1), letterbox, [0; 3]);
    for y in 10..20 {
        for x in 290..302 {
            image.put_pixel(x, y, Rgb([255; 3]));
        }
    }
    assert_eq!(insets_of(&image), letterbox);
}

#[test]
fn a_plain_background_a_sky_and_one_color_are_no_border() {
    let mut figure = RgbImage::from_pixel(300, 300, Rgb([190, 180, 240]));
    for (x, y, pixel) in scene(300, 300, 2).enumerate_pixels() {
        let (dx, dy) = (f64::from(x) - 150.0, f64::from(y) - 170.0);
        if (dx / 60.0).powi(2) + (dy / 110.0).powi(2) < 1.0 {
            figure.put_pixel(x, y, *pixel);
        }
    }
    assert_eq!(insets_of(&figure), Insets::default());

    let mut sea = scene(300, 300, 3);
    for y in 0..140 {
        for x in 0..300 {
            sea.put_pixel(x, y, Rgb([120, 170, 240]));
        }
    }
    assert_eq!(insets_of(&sea), Insets::default());

    let blank = RgbImage::from_pixel(300, 300, Rgb([0; 3]));
    assert_eq!(insets_of(&blank), Insets::default());
}

/// Its left and right lie in the dark.
fn spotlight(width: u32, height: u32, seed: u32) -> RgbImage {
    let mut image = scene(width, height, seed);
    for (x, _, pixel) in image.enumerate_pixels_mut() {
        let distance = x.abs_diff(width / 2) as f32 / (width / 2) as f32;
        let light = (1.6 - 2.0 * distance).clamp(0.0, 1.0);
        *pixel = Rgb(pixel.0.map(|value| (f32::from(value) * light) as u8));
    }
    image
}

#[test]
fn a_dark_scene_gains_no_pillarbox_alone_or_in_its_film() {
    let dark = spotlight(320, 180, 1);
    assert!(Runs::of(&dark).0[0].lines > 20, "it is dark at the side");
    assert_eq!(insets_of(&dark), Insets::default());
}

fn film_insets(frames: &[RgbImage]) -> Insets {
    let frames: Vec<FrameRuns> = frames
        .iter()
        .map(|frame| FrameRuns {
            runs: Runs::of(frame),
            width: frame.width(),
            height: frame.height(),
        })
        .collect();
    film::insets(&frames)
}

#[test]
fn the_frames_of_a_film_decide_together() {
    let letterbox = Insets::from_sides([0, 20, 0, 20]);
    let mut frames: Vec<RgbImage> = (0..30)
        .map(|seed| framed(&scene(320, 140, seed), letterbox, [0; 3]))
        .collect();
    assert_eq!(film_insets(&frames), letterbox);

    // Black frames and dark scenes in it change nothing.
    frames.extend((0..10).map(|_| RgbImage::new(320, 180)));
    frames.extend((0..8).map(|seed| framed(&spotlight(320, 140, seed), letterbox, [0; 3])));
    assert_eq!(film_insets(&frames), letterbox);

    // The compression has spoiled the innermost line in some of the frames.
    let thin = Insets::even(3);
    let mut frames: Vec<RgbImage> = (0..30)
        .map(|seed| framed(&scene(314, 174, seed), thin, [0; 3]))
        .collect();
    for frame in frames.iter_mut().step_by(4) {
        for x in (2..318).step_by(9) {
            frame.put_pixel(x, 2, Rgb([60, 0, 30]));
        }
    }
    assert_eq!(film_insets(&frames), thin);

    // A film without a border that is dark at its sides half of the time.
    let mut frames: Vec<RgbImage> = (0..20).map(|seed| scene(320, 180, seed)).collect();
    frames.extend((0..20).map(|seed| spotlight(320, 180, seed)));
    assert_eq!(film_insets(&frames), Insets::default());
    // One that is so all the time.
    assert_eq!(film_insets(&frames[20..]), Insets::default());
}
