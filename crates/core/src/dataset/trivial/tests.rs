//! The operations against torchvision's (`tests/goldens/make_trivial.py`), and what is drawn.

use image::Rgb;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    operation: String,
    magnitude: f64,
    pixels: Vec<u8>,
}

const WIDTH: u32 = 20;
const HEIGHT: u32 = 14;

fn image() -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        Rgb([0, 1, 2].map(|c| ((67 * y + 29 * x + 83 * c + 11 * x * y) % 200 + 20) as u8))
    })
}

fn operation(name: &str, magnitude: f64) -> Operation {
    match name {
        "ShearX" => Operation::ShearX(magnitude),
        "ShearY" => Operation::ShearY(magnitude),
        "TranslateX" => Operation::TranslateX(magnitude as i32),
        "TranslateY" => Operation::TranslateY(magnitude as i32),
        "Rotate" => Operation::Rotate(magnitude),
        "Brightness" => Operation::Brightness(1.0 + magnitude),
        "Color" => Operation::Color(1.0 + magnitude),
        "Contrast" => Operation::Contrast(1.0 + magnitude),
        "Sharpness" => Operation::Sharpness(1.0 + magnitude),
        "Posterize" => Operation::Posterize(magnitude as u32),
        "Solarize" => Operation::Solarize(magnitude),
        "AutoContrast" => Operation::AutoContrast,
        "Equalize" => Operation::Equalize,
        other => panic!("{other}"),
    }
}

#[test]
fn operations_are_torchvisions() {
    let goldens: Vec<Golden> =
        serde_json::from_str(include_str!("../../../../../tests/goldens/trivial.json")).unwrap();
    assert_eq!(goldens.len(), 26);
    for golden in goldens {
        let found = if golden.operation == "EqualizeOfTiles" {
            let image = image();
            let tiles = RgbImage::from_fn(8 * WIDTH, 8 * HEIGHT, |x, y| {
                *image.get_pixel(x % WIDTH, y % HEIGHT)
            });
            let equal = Operation::Equalize.apply(&tiles);
            image::imageops::crop_imm(&equal, 0, 0, WIDTH, HEIGHT).to_image()
        } else {
            operation(&golden.operation, golden.magnitude).apply(&image())
        };
        let wrong = found
            .as_raw()
            .iter()
            .zip(&golden.pixels)
            .filter(|(found, golden)| found != golden)
            .count();
        assert_eq!(found.as_raw().len(), golden.pixels.len());
        assert!(
            wrong == 0,
            "{} {}: {wrong} values",
            golden.operation,
            golden.magnitude
        );
    }
}

#[test]
fn every_operation_is_drawn_as_often_and_within_torchvisions_ranges() {
    let mut stream = Stream::new(2, &[]);
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    let (mut most_shear, mut least_bits) = (0.0f64, 8);
    for _ in 0..14_000 {
        let operation = Operation::draw(&mut stream);
        match operation {
            Operation::ShearX(x) | Operation::ShearY(x) => most_shear = most_shear.max(x.abs()),
            Operation::TranslateX(x) | Operation::TranslateY(x) => assert!(x.abs() <= 32),
            Operation::Rotate(x) => assert!(x.abs() <= 135.0),
            Operation::Brightness(x)
            | Operation::Color(x)
            | Operation::Contrast(x)
            | Operation::Sharpness(x) => assert!((0.01..=1.99).contains(&x)),
            Operation::Posterize(bits) => least_bits = least_bits.min(bits),
            Operation::Solarize(x) => assert!((0.0..=255.0).contains(&x)),
            Operation::Identity | Operation::AutoContrast | Operation::Equalize => {}
        }
        let name = format!("{operation:?}");
        let name = name.split('(').next().unwrap_or_default().to_owned();
        *counts.entry(name).or_default() += 1;
    }
    assert_eq!(counts.len(), OPERATIONS);
    assert!(
        counts.values().all(|n| (850..1150).contains(n)),
        "{counts:?}"
    );
    assert!((most_shear - 0.99).abs() < 1e-9);
    assert_eq!(least_bits, 2);
}
