//! Against arrays of scikit-image (`tests/goldens/make_upsampling.py`).

use super::*;

/// 4 x 4 pixels, `(67 y + 29 x + 83 c + 11 x y) mod 256`.
fn golden() -> RgbImage {
    RgbImage::from_fn(4, 4, |x, y| {
        Rgb([0, 1, 2].map(|c| ((67 * y + 29 * x + 83 * c + 11 * x * y) % 256) as u8))
    })
}

fn values(image: &RgbImage) -> Vec<u8> {
    image.as_raw().clone()
}

#[test]
fn each_copy_is_that_of_scikit_image() {
    let image = golden();
    assert_eq!(values(&image)[..6], [0, 83, 166, 29, 112, 195]);
    let grey: Vec<u8> = values(&Upsampling::Grey.of(&image))
        .into_iter()
        .step_by(3)
        .collect();
    assert_eq!(
        grey,
        [
            71, 100, 129, 158, 138, 160, 200, 57, 187, 55, 106, 102, 71, 78, 140, 184
        ]
    );
    let inverted = values(&Upsampling::Inverted.of(&image));
    assert_eq!(inverted[..9], [255, 172, 89, 226, 143, 60, 197, 114, 31]);
    assert_eq!(inverted[45..], [124, 41, 214]);
    assert_eq!(
        values(&Upsampling::Stretched.of(&image)),
        [
            0, 83, 168, 28, 113, 197, 58, 142, 227, 87, 172, 255, 67, 151, 236, 108, 192, 16, 148,
            233, 57, 189, 13, 97, 135, 220, 44, 187, 11, 95, 239, 63, 147, 30, 115, 199, 203, 27,
            112, 6, 90, 175, 69, 153, 238, 132, 216, 41
        ]
    );
    assert_eq!(
        values(&Upsampling::Logarithmic.of(&image)),
        [
            0, 103, 184, 39, 133, 208, 75, 161, 231, 107, 187, 253, 85, 170, 238, 128, 204, 23,
            167, 236, 74, 202, 19, 118, 155, 226, 58, 200, 16, 116, 241, 81, 166, 42, 135, 210,
            213, 38, 132, 9, 111, 190, 88, 172, 240, 152, 224, 54
        ]
    );
    assert_eq!(
        values(&Upsampling::Sigmoid.of(&image)),
        [
            1, 37, 208, 5, 89, 238, 15, 160, 249, 43, 214, 253, 21, 180, 250, 78, 234, 3, 174, 250,
            15, 232, 2, 59, 143, 247, 9, 230, 2, 55, 251, 18, 171, 5, 94, 239, 241, 5, 87, 2, 47,
            218, 23, 184, 251, 136, 246, 8
        ]
    );
}

#[test]
fn single_values_are_cut_off_as_by_scikit_image() {
    let inputs = [
        0_u8, 1, 2, 16, 32, 64, 96, 127, 128, 160, 192, 224, 254, 255,
    ];
    let image = RgbImage::from_fn(14, 1, |x, _| Rgb([inputs[x as usize]; 3]));
    let of =
        |copy: Upsampling| -> Vec<u8> { values(&copy.of(&image)).into_iter().step_by(3).collect() };
    assert_eq!(
        of(Upsampling::Logarithmic),
        [0, 1, 2, 22, 43, 82, 117, 148, 149, 179, 206, 231, 254, 255]
    );
    assert_eq!(
        of(Upsampling::Sigmoid),
        [1, 1, 1, 3, 5, 19, 57, 126, 128, 199, 236, 249, 253, 253]
    );
    let bytes = [0.001, 0.00196, 0.002, 0.5, 0.999].map(to_byte);
    assert_eq!(bytes, [0, 0, 1, 128, 255]);
}

#[test]
fn noise_has_the_moments_of_poissons_distribution_and_is_the_same_every_time() {
    let mut tiled = RgbImage::new(400, 400);
    let golden = golden();
    for (x, y, pixel) in tiled.enumerate_pixels_mut() {
        *pixel = *golden.get_pixel(x % 4, y % 4);
    }
    let noisy = Upsampling::Noisy.of(&tiled);
    assert_eq!(noisy, Upsampling::Noisy.of(&tiled));
    // 48 different values: 64 photons.
    let levels = |value: u8| {
        (f64::from(value) * 64.0 / 255.0 - (f64::from(value) * 64.0 / 255.0).round()).abs()
    };
    assert!(noisy.iter().all(|value| levels(*value) < 0.13));
    for (x, y) in [(1, 0), (2, 0), (0, 1), (1, 2)] {
        for channel in 0..3 {
            let value = f64::from(golden.get_pixel(x, y).0[channel]) / 255.0;
            if value > 0.6 {
                // Cut off at 1.
                continue;
            }
            let drawn: Vec<f64> = (0..10_000)
                .map(|at| {
                    let (column, row) = (at % 100, at / 100);
                    let pixel = noisy.get_pixel(4 * column + x, 4 * row + y);
                    f64::from(pixel.0[channel]) / 255.0
                })
                .collect();
            let mean = drawn.iter().sum::<f64>() / 1e4;
            let variance = drawn.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1e4;
            let expected = value / 64.0;
            assert!((mean - value).abs() < 0.005, "{mean} {value}");
            assert!(
                (variance / expected - 1.0).abs() < 0.08,
                "{variance} {expected}"
            );
        }
    }
}

#[test]
fn copies_that_would_show_nothing_are_not_made() {
    let of = |values: [u8; 3]| {
        let image = RgbImage::from_fn(30, 30, |x, _| Rgb([values[x as usize % 3]; 3]));
        assert!(!has_low_contrast(&golden()));
        (has_low_contrast(&image), Copies::of(&image))
    };
    let all = Copies::from_byte(63);
    assert_eq!((Copies::of(&golden()), all.len()), (all, 6));
    // Flat in the middle: the sigmoid is steepest there, and still too flat.
    let (is_flat, copies) = of([100, 101, 102]);
    assert!(is_flat);
    let made: Vec<Upsampling> = copies.iter().collect();
    assert_eq!(made, [Upsampling::Inverted, Upsampling::Stretched]);
    let image = RgbImage::from_fn(30, 30, |x, _| Rgb([[100, 101, 102][x as usize % 3]; 3]));
    let contrast = Upsampling::Inverted.of(&image);
    assert_eq!(contrast.get_pixel(0, 0).0, [255; 3], "of the stretched one");
    // One value: nothing to stretch.
    let blank = RgbImage::from_pixel(3, 3, Rgb([7; 3]));
    assert_eq!(Upsampling::Stretched.of(&blank), blank);
}
