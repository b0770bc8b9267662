//! A planted border in one of three classes is what the screen suspects first; equal classes are not suspected.

use std::fs;

use image::{Rgb, RgbImage};

use crate::program::Scratch;

/// Three classes of 14 noisy images each.
fn with_images(border_of: Option<&str>) -> Scratch {
    let scratch = Scratch::with_project();
    let mut seed = 0;
    for class in ["drakes", "elves", "orcs"] {
        let folder = scratch.path("found").join(class);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..14 {
            seed += 1;
            let noise = blake3::Hasher::new_derive_key(&format!("image {seed}")).finalize_xof();
            let mut image = noisy(noise, seed);
            if border_of == Some(class) {
                for (x, y, pixel) in image.enumerate_pixels_mut() {
                    if x < 6 || y < 6 || x >= 154 || y >= 114 {
                        *pixel = Rgb([0; 3]);
                    }
                }
            }
            image.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
    scratch.ok(["import-images", "project", "found"]);
    scratch
}

fn noisy(mut noise: blake3::OutputReader, seed: u32) -> RgbImage {
    let mut bytes = vec![0; 160 * 120];
    noise.fill(&mut bytes);
    let light = 60 + (seed * 29 % 40) as u8;
    RgbImage::from_fn(160, 120, |x, y| {
        let value = bytes[(y / 5 * 160 + x / 5) as usize] / 2 + light;
        Rgb([value, value, value.saturating_add(20)])
    })
}

#[test]
fn a_planted_border_comes_first() {
    let scratch = with_images(Some("elves"));
    let screen = scratch.json(["screen", "project", "--json"]);
    assert_eq!(
        (&screen["units"], &screen["unscanned"]),
        (&42.into(), &0.into())
    );
    let first = &screen["properties"][0];
    assert_eq!(first["name"], "border", "{screen}");
    assert_eq!(
        (&first["class"], &first["direction"]),
        (&"elves".into(), &"higher".into())
    );
    assert!(first["auc"].as_f64().unwrap() > 0.99, "{first}");
    assert!(first["p"].as_f64().unwrap() < 0.01, "{first}");
    assert!(
        first["highest"].as_str().unwrap().contains("elves"),
        "{first}"
    );
    let text = scratch.ok(["screen", "project"]).stdout;
    let line = text.lines().next().unwrap();
    assert!(
        line.starts_with("border") && line.contains("elves has a border"),
        "{text}"
    );
    // Read once: the second time nothing is decoded, and the answer is the same.
    fs::remove_dir_all(scratch.path("found")).unwrap();
    assert_eq!(scratch.json(["screen", "project", "--json"]), screen);
}

#[test]
fn equal_classes_are_not_suspected() {
    let scratch = with_images(None);
    let text = scratch.ok(["screen", "project"]).stdout;
    assert!(text.starts_with("No class differs"), "{text}");
}
