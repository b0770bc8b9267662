//! Numbers of fastai 1.0.39's transforms, computed in float64 by hand-checked formulas.

use image::Rgb;

use super::*;

fn golden_draw() -> Draw {
    Draw {
        is_flipped: true,
        rotate: Some(8.0),
        zoom: Some(Zoom {
            scale: 1.08,
            row: 0.3,
            column: 0.8,
        }),
        ..Draw::default()
    }
}

fn map(matrix: &Matrix, x: f64, y: f64) -> [f64; 2] {
    let [sx, sy, sz] = matrix.map(|[a, b, c]| a * x + b * y + c);
    [sx / sz, sy / sz]
}

fn assert_near(got: [f64; 2], want: [f64; 2]) {
    assert!(
        (got[0] - want[0]).abs() < 1e-8 && (got[1] - want[1]).abs() < 1e-8,
        "{got:?} {want:?}"
    );
}

#[test]
fn affine_map_equals_fastai() {
    let matrix = golden_draw().matrix(512.0, 288.0);
    assert!((matrix[0][1] - 0.072_485_990_1).abs() < 1e-9);
    assert!((matrix[1][0] - 0.229_091_524_2).abs() < 1e-9);
    assert_near(map(&matrix, 0.0, 0.0), [-0.048_135_561_6, -0.023_155_805]);
    assert_near(
        map(&matrix, -1.0, -1.0),
        [0.796_293_326_8, -1.169_162_207_6],
    );
    assert_near(map(&matrix, 1.0, 1.0), [-0.892_564_45, 1.122_850_597_7]);
}

#[test]
fn warp_equals_fastai() {
    let matrix = warp_matrix([0.1, -0.2, 0.05, 0.15]);
    assert_near(map(&matrix, -1.0, -1.0), [-0.811_121_813, -1.199_587_253_8]);
    assert_near(map(&matrix, 1.0, -1.0), [0.906_849_027_3, -0.932_502_422_3]);
    assert_near(map(&matrix, -1.0, 1.0), [-0.950_969_525_5, 1.264_052_829_5]);
    assert_near(map(&matrix, 1.0, 1.0), [0.961_855_849_7, 0.906_372_147_6]);
    assert_near(
        map(&matrix, 0.5, -0.25),
        [0.568_840_675_5, -0.292_857_060_3],
    );
}

/// Bytes carry 1/255 steps, so the golden's ramp 0..23/24 is scaled to whole bytes: 0, 10, 20, …
fn ramp() -> RgbImage {
    RgbImage::from_fn(6, 4, |x, y| Rgb([((y * 6 + x) * 10) as u8; 3]))
}

/// From the ramp in bytes to the golden's units.
const RAMP_SCALE: f64 = 255.0 / 240.0;

/// The golden grid is 4 x 6; sampled here row by row through square windows of one.
fn sample_ramp(draw: &Draw) -> Vec<f64> {
    let matrix = draw.matrix(6.0, 4.0);
    let mut values = Vec::new();
    for top in 0..4 {
        for left in 0..6 {
            let window = Window {
                width: 1,
                height: 1,
                grid_width: 6.0,
                grid_height: 4.0,
                left: f64::from(left),
                top: f64::from(top),
            };
            let mut out = [0.0; 3];
            sample(&ramp(), &matrix, &window, &mut out);
            values.push(f64::from(out[0]) * RAMP_SCALE);
        }
    }
    values
}

const CHAIN: [f64; 24] = [
    0.270_837_58,
    0.177_131_37,
    0.094_004_25,
    0.097_246_89,
    0.106_893_45,
    0.115_608_67,
    0.329_383_31,
    0.326_783_11,
    0.324_486_42,
    0.322_443_04,
    0.320_613_25,
    0.318_965_22,
    0.619_281_03,
    0.597_943_34,
    0.579_183_87,
    0.562_561_96,
    0.547_731_95,
    0.534_418_91,
    0.933_313_8,
    0.890_170_7,
    0.852_430_38,
    0.819_137_77,
    0.789_550_38,
    0.763_082_26,
];

const LIT: [f64; 24] = [
    0.314_453_82,
    0.201_095_88,
    0.101_357_83,
    0.105_177_18,
    0.116_590_16,
    0.126_958_67,
    0.384_134_26,
    0.381_069_38,
    0.378_359_71,
    0.375_946_9,
    0.373_784_71,
    0.371_836_05,
    0.699_555_85,
    0.678_443_85,
    0.659_575_41,
    0.642_621_18,
    0.627_311_05,
    0.613_421_97,
    0.961_307_71,
    0.931_615_29,
    0.903_715_47,
    0.877_783_37,
    0.853_769_28,
    0.831_550_27,
];

#[test]
fn warp_flip_rotate_zoom_are_one_sampling_as_in_fastai() {
    let draw = Draw {
        warp: Some([0.1, -0.2, 0.05, 0.15]),
        ..golden_draw()
    };
    for (got, want) in sample_ramp(&draw).iter().zip(CHAIN) {
        assert!((got - want).abs() < 1e-6, "{got} {want}");
    }
}

#[test]
fn lighting_equals_fastai_and_the_table_equals_the_curve() {
    let draw = Draw {
        brightness: Some(0.57),
        contrast: Some(1.1),
        ..Draw::default()
    };
    let lighting = draw.lighting().unwrap();
    let mut values = CHAIN.map(|x| x as f32);
    lighting.apply(&mut values);
    for ((x, got), want) in CHAIN.into_iter().zip(values).zip(LIT) {
        assert!((lighting.at(x) - want).abs() < 1e-7);
        assert!((f64::from(got) - want).abs() < 1e-5, "{got} {want}");
    }
    for (shift, scale) in [(-0.405, 0.8), (0.405, 1.25), (0.0, 0.8)] {
        let lighting = Lighting { shift, scale };
        for step in 0..10_000 {
            let x = f64::from(step) / 9_999.0;
            let mut value = [x as f32];
            lighting.apply(&mut value);
            assert!((f64::from(value[0]) - lighting.at(x)).abs() < 0.1 / 255.0);
        }
    }
}

#[test]
fn brightness_and_contrast_alone() {
    let bright = Lighting {
        shift: logit(0.6),
        scale: 1.0,
    };
    assert!((bright.at(0.25) - 1.0 / 3.0).abs() < 1e-9);
    let flat = Lighting {
        shift: 0.0,
        scale: 0.8,
    };
    assert!((flat.at(0.1) - 0.147_068_639_6).abs() < 1e-9);
}

#[test]
fn nothing_drawn_changes_nothing() {
    let image = RgbImage::from_fn(5, 5, |x, y| Rgb([(x * 40) as u8, (y * 40) as u8, 7]));
    let mut out = vec![0.0; 75];
    Draw::default().render(&image, InputSize::square(5), Fit::Squish, &mut out);
    for (x, y, pixel) in image.enumerate_pixels() {
        let at = (y * 5 + x) as usize;
        assert!((out[at] * 255.0 - f32::from(pixel.0[0])).abs() < 1e-3);
        assert!((out[25 + at] * 255.0 - f32::from(pixel.0[1])).abs() < 1e-3);
        assert!((out[50 + at] * 255.0 - 7.0).abs() < 1e-3);
    }
}

#[test]
fn a_flip_mirrors_and_a_crop_moves() {
    let image = RgbImage::from_fn(8, 4, |x, _| Rgb([(x * 30) as u8; 3]));
    let row = |draw: Draw, fit| {
        let mut out = vec![0.0; 48];
        draw.render(&image, InputSize::square(4), fit, &mut out);
        [out[0] * 255.0, out[3] * 255.0].map(f32::round)
    };
    let flipped = Draw {
        is_flipped: true,
        ..Draw::default()
    };
    assert_eq!(row(flipped, Fit::Squish), [210.0, 0.0]);
    assert_eq!(row(Draw::default(), Fit::Crop), [0.0, 90.0]);
    let right = Draw {
        crop: [0.0, 0.999],
        ..Draw::default()
    };
    assert_eq!(row(right, Fit::Crop), [120.0, 210.0]);
}

#[test]
fn draws_stay_within_their_bounds() {
    let augment = Augment::default();
    for key in 0..500 {
        let draw = augment.draw(&mut Stream::new(1, &[key]));
        assert!(draw.rotate.is_none_or(|d| d.abs() <= 10.0));
        assert!(draw.zoom.is_none_or(|z| (1.0..=1.1).contains(&z.scale)));
        assert!(draw.warp.is_none_or(|w| w.iter().all(|m| m.abs() <= 0.2)));
        assert!(draw.brightness.is_none_or(|b| (0.4..=0.6).contains(&b)));
        assert!(draw.contrast.is_none_or(|c| (0.8..=1.25).contains(&c)));
    }
}
