//! Images go in by content; junk is refused by name.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails may panic, and says what it skips or counts"
)]

use std::fs;
use std::path::Path;

use cutting_room::Error;
use cutting_room::media::decode::{decode_bytes, decode_file};
use cutting_room::media::recipe::Recipe;
use cutting_room::media::thumbnail::ThumbnailCache;
use image::{DynamicImage, RgbImage};

use crate::common;

/// Mean absolute difference over pixels and channels, 0 to 255.
fn distance(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.as_raw().len() as f64
}

#[test]
fn scraped_junk_is_refused_and_every_image_is_read() {
    let Some(shared) = common::shared() else {
        println!("skipped: shared/data is not here");
        return;
    };
    let scraped = shared.join("data/scraped");
    let table = fs::read_to_string(shared.join("data/scraped.truth.csv")).unwrap();
    let mut counts = [0, 0];
    for line in table.lines().skip(1) {
        let mut cells = line.split(',');
        let (file, kind) = (cells.next().unwrap(), cells.next().unwrap());
        let detail = line.split(',').skip(3).collect::<Vec<_>>().join(",");
        let result = decode_file(&scraped.join(file));
        if kind == "corrupt" || kind == "not-an-image" {
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Image { .. }), "{file}: {error}");
            let word = match Path::new(file).file_name().unwrap().to_str().unwrap() {
                "truncated.jpg" => "truncated",
                "page.jpg" => "HTML",
                "empty.png" => "empty",
                _ => "not an image",
            };
            assert!(error.to_string().contains(word), "{file}: {error}");
            counts[0] += 1;
            continue;
        }
        let image = result.unwrap_or_else(|error| panic!("{file}: {error}"));
        counts[1] += 1;
        if kind == "good-odd-format" {
            let original = detail.trim_matches('"').rsplit("of ").next().unwrap();
            let original = decode_file(&scraped.join(original)).unwrap();
            let distance = distance(&image, &original);
            assert!(
                distance < 6.0,
                "{file} differs from its original by {distance}"
            );
        }
        if kind == "rotated-exif" {
            let original = detail.split(' ').next().unwrap();
            let original = decode_file(&scraped.join(original)).unwrap();
            // Stored lying, marked to be turned: it stands like its original again.
            let distance = distance(&image, &original);
            assert!(
                distance < 6.0,
                "{file} differs from its original by {distance}"
            );
        }
    }
    println!("{} refused, {} read", counts[0], counts[1]);
    assert!(counts[0] == 40 && counts[1] > 300, "{counts:?}");
}

fn encoded(image: &RgbImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// What the scraped reference folders hold, without them: the kinds of junk that people meet, and images that are
/// stored in an unusual way.
#[test]
fn generated_junk_is_refused_and_odd_images_equal_their_originals() {
    let folder = tempfile::tempdir().unwrap();
    // Smooth, so that JPEG changes it little; turned or mirrored it would differ by dozens of levels.
    let original = RgbImage::from_fn(60, 40, |x, y| image::Rgb([x as u8 * 4, y as u8 * 6, 90]));
    let jpeg = encoded(&original, image::ImageFormat::Jpeg);
    let png = encoded(&original, image::ImageFormat::Png);
    let page = b"<!DOCTYPE html><html><body>404 Not Found</body></html>";
    for (name, bytes, word) in [
        ("truncated.jpg", &jpeg[..jpeg.len() / 2], "truncated"),
        ("page.jpg", page, "HTML"),
        ("empty.png", b"", "empty"),
        (
            "Thumbs.db",
            &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1],
            "not an image",
        ),
        ("notes.jpg", b"buy milk and bread", "not an image"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = decode_file(&path).unwrap_err();
        assert!(matches!(error, Error::Image { .. }), "{name}: {error}");
        assert!(error.to_string().contains(word), "{name}: {error}");
    }
    let lying = image::imageops::rotate270(&original);
    let marked = with_exif_turn(&encoded(&lying, image::ImageFormat::Jpeg));
    let webp = encoded(&original, image::ImageFormat::WebP);
    for (name, bytes) in [
        ("a.jpg", jpeg),
        ("is-png.jpg", png),
        ("is-webp.png", webp),
        ("lying.jpg", marked),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let distance = distance(&decode_file(&path).unwrap(), &original);
        assert!(distance < 6.0, "{name} differs by {distance}");
    }
}

/// The JPEG marked "turn 90° clockwise".
fn with_exif_turn(jpeg: &[u8]) -> Vec<u8> {
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    [&jpeg[..2], exif, &jpeg[2..]].concat()
}

#[test]
fn exif_orientation_is_applied() {
    // Left half red; marked "turn 90° clockwise", so red must come out on top.
    let stored = RgbImage::from_fn(64, 32, |x, _| {
        image::Rgb(if x < 32 { [250, 0, 0] } else { [0, 0, 250] })
    });
    let turned = with_exif_turn(&encoded(&stored, image::ImageFormat::Jpeg));
    let image = decode_bytes(&turned, Path::new("turned.jpg")).unwrap();
    assert_eq!(image.dimensions(), (32, 64));
    assert!(image.get_pixel(16, 10).0[0] > 200);
    assert!(image.get_pixel(16, 54).0[2] > 200);
}

#[test]
fn the_name_says_nothing_about_the_content() {
    let folder = tempfile::tempdir().unwrap();
    let image = DynamicImage::from(common::image(40, 30, 1));
    for format in ["png", "webp", "gif", "bmp", "tiff", "jpeg"] {
        let honest = folder.path().join(format!("a.{format}"));
        image.save(&honest).unwrap();
        let lying = folder.path().join("a.jpg");
        fs::rename(&honest, &lying).unwrap();
        let read = decode_file(&lying).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert!(distance(&read, &image.to_rgb8()) < 12.0, "{format}");
    }
}

#[test]
fn random_damage_is_an_error_or_a_image_and_never_a_panic() {
    let image = DynamicImage::from(common::image(48, 48, 3));
    let mut state = 1_u32;
    let mut random = || {
        // A linear congruential generator (Numerical Recipes), so that a failure comes again.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for format in [
        image::ImageFormat::Jpeg,
        image::ImageFormat::Png,
        image::ImageFormat::WebP,
        image::ImageFormat::Gif,
        image::ImageFormat::Bmp,
        image::ImageFormat::Tiff,
    ] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        let whole = bytes.into_inner();
        for _ in 0..100 {
            let mut damaged = whole.clone();
            for _ in 0..3 {
                let at = random() % damaged.len();
                damaged[at] = random() as u8;
            }
            // Only that it comes back is claimed.
            let _ = decode_bytes(&damaged, Path::new("damaged"));
        }
    }
}

#[test]
fn thumbnails_keep_the_aspect_and_small_images_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ThumbnailCache::new(folder.path().join("thumbnails"));
    for (index, (size, expected)) in [
        ((512, 256), (256, 128)),
        ((100, 3000), (9, 256)),
        ((30, 20), (30, 20)),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{index}.png"));
        common::image(size.0, size.1, 2).save(&path).unwrap();
        let hash = format!("ab{index}");
        for _ in ["made", "cached"] {
            let thumbnail = cache.load(&path, &hash, Recipe::default()).unwrap();
            assert_eq!(thumbnail.dimensions(), expected);
        }
        assert!(
            folder
                .path()
                .join(format!("thumbnails/ab/{hash}.jpg"))
                .is_file()
        );
    }
}
