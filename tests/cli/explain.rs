//! Explanations of several images, of two classes, on any layer; whether maps are true; and the border audit.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};

use crate::program::Scratch;

/// Classes by their color, but two grey ones that only a black border tells apart.
const CLASSES: [(&str, [u8; 3]); 6] = [
    ("bordered", [120, 120, 120]),
    ("grey", [120, 120, 120]),
    ("red", [200, 60, 60]),
    ("green", [60, 200, 60]),
    ("blue", [60, 60, 200]),
    ("yellow", [200, 200, 60]),
];
const IMAGES: usize = 16;

/// Images in scenes of their own, half of them in validation, and a run that knows them.
fn with_run() -> (Scratch, String) {
    let scratch = Scratch::with_project();
    for (class, color) in CLASSES {
        let folder = scratch.path("found").join(class);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..IMAGES {
            let image = noisy(&format!("{class} {number}"), color, class == "bordered");
            image.save(folder.join(format!("{number:02}.png"))).unwrap();
        }
    }
    scratch.ok(["import-images", "project", "found"]);
    scratch.ok(["split", "project", "--random", "0.5", "--seed", "1"]);
    let trained = scratch.json([
        "train",
        "project",
        "--epochs",
        "1",
        "--size",
        "96",
        "--allow-leaks",
        "--json",
    ]);
    let run = trained["run"].as_str().unwrap().to_owned();
    (scratch, run)
}

fn noisy(key: &str, color: [u8; 3], has_border: bool) -> RgbImage {
    let mut noise = blake3::Hasher::new_derive_key(key).finalize_xof();
    let mut bytes = vec![0; 160 * 120];
    noise.fill(&mut bytes);
    RgbImage::from_fn(160, 120, |x, y| {
        if has_border && (x < 3 || y < 3 || x >= 157 || y >= 117) {
            return Rgb([0; 3]);
        }
        let value = bytes[(y / 5 * 160 + x / 5) as usize] / 4;
        Rgb(color.map(|channel| channel.saturating_sub(30).saturating_add(value)))
    })
}

fn size_of(path: &Path) -> (u32, u32) {
    image::image_dimensions(path).unwrap()
}

#[test]
fn images_are_explained_one_by_one_on_a_sheet_and_against_another_class() {
    let (scratch, run) = with_run();
    let images = ["found/red/00.png", "found/blue/01.png", "found/grey/02.png"];
    let base = ["explain", "project", &run];
    let with = |images: &[&str], options: &[&str]| -> Vec<String> {
        let all = base.iter().chain(images).chain(options);
        all.map(|&word| word.to_owned()).collect()
    };

    // A contact sheet, and a folder with a picture and an array of each.
    let sheet = scratch.json(with(&images, &["--out", "sheet.png", "--json"]));
    assert_eq!(sheet["explanations"].as_array().unwrap().len(), 3);
    let (width, height) = size_of(&scratch.path("sheet.png"));
    assert!(width > 2 * 320 && height > 2 * 240, "{width} x {height}");
    scratch.ok(with(
        &images,
        &["--out", "maps", "--raw", "arrays", "--contours"],
    ));
    let count = |folder: &str| fs::read_dir(scratch.path(folder)).unwrap().count();
    assert_eq!((count("maps"), count("arrays")), (3, 3));

    // Another ending would be wrong about what is in the file.
    for (options, part) in [
        (&["--out", "map.jpg"][..], ".png"),
        (&["--out", "map.png", "--raw", "map.csv"], ".npy"),
    ] {
        let error = scratch.fails(with(&images[..1], options));
        assert!(error.contains(part), "{error}");
        assert!(!scratch.path("map.jpg").exists() && !scratch.path("map.csv").exists());
    }

    // Two classes: one picture with both maps and the difference, one array of both.
    let options = [
        "--class",
        "red",
        "--against",
        "blue",
        "--method",
        "layer-cam",
        "--layer",
        "blocks.4",
        "--colormap",
        "viridis",
        "--scale",
        "own",
        "--out",
        "two.png",
        "--raw",
        "two.npy",
        "--json",
    ];
    let two = scratch.json(with(&images[..1], &options));
    assert_eq!(
        (&two["explained"], &two["against"]),
        (&"red".into(), &"blue".into())
    );
    assert_eq!(
        (&two["method"], &two["layer"]),
        (&"layer-cam".into(), &"blocks.4".into())
    );
    assert_eq!(two["shape"][0], 2);
    let (width, height) = size_of(&scratch.path("two.png"));
    assert!(width > 4 * 360 && height > 270, "{width} x {height}");

    // What cannot be is said with what there is.
    let refused = scratch.fails(with(&images[..1], &["--layer", "layer4", "--out", "x.png"]));
    assert!(refused.contains("conv_head"), "{refused}");
    let refused = scratch.fails(with(&images, &["--against", "red", "--out", "x.png"]));
    assert!(refused.contains("folder"), "{refused}");
    let itself = ["--class", "red", "--against", "red", "--out", "x.png"];
    let refused = scratch.fails(with(&images[..1], &itself));
    assert!(refused.contains("beside itself"), "{refused}");

    let checked = scratch.json(with(
        &images[..1],
        &["--faithfulness", "--out", "x.png", "--json"],
    ));
    let found = &checked["faithfulness"];
    assert_eq!(
        found["deletion"]["hottest"].as_array().unwrap().len(),
        11,
        "{checked}"
    );
    assert_eq!(found["blurred"]["random"].as_array().unwrap().len(), 8);
}

#[test]
fn the_audit_finds_the_class_that_is_known_by_its_border_and_no_other() {
    let (scratch, run) = with_run();
    let audit = scratch.json(["audit", "project", &run, "--faithful-images", "2", "--json"]);
    let rows = audit["border"].as_array().unwrap();
    assert_eq!(rows.len(), CLASSES.len());
    let flagged: Vec<_> = rows.iter().filter(|row| row["flagged"] == true).collect();
    assert_eq!(flagged.len(), 1, "{audit:#}");
    assert_eq!(flagged[0]["class"], "bordered", "{audit:#}");
    assert!(flagged[0]["flip_rate"].as_f64().unwrap() > 0.4, "{audit:#}");
    assert_eq!(audit["faithfulness"]["images"], 2);
    assert!(
        scratch
            .path("project/runs")
            .join(&run)
            .join("audit.json")
            .is_file()
    );
    let said = scratch.ok(["audit", "project", &run, "--faithful-images", "0"]);
    assert!(
        said.stdout.contains("looks at the border of bordered"),
        "{said:#?}"
    );
}

#[test]
fn a_color_survives_without_a_figure_and_images_are_grouped_by_what_decides_and_rejected_together()
{
    let (scratch, run) = with_run();
    let found = scratch.json(["background", "project", &run, "--json"]);
    let rows = found["background"].as_array().unwrap();
    assert_eq!(rows.len(), CLASSES.len(), "{found:#}");
    let red = rows.iter().find(|row| row["class"] == "red").unwrap();
    assert!(red["unchanged_rate"].as_f64().unwrap() > 0.8, "{red:#}");
    assert_eq!(
        (&red["units"], &red["by_motion"]),
        (&red["images"], &0.into())
    );
    assert!(red["interval"][0].as_f64().unwrap() > 0.3, "{red:#}");
    let tested = found["images"].as_array().unwrap().len();
    assert_eq!(found["all"]["images"], tested);
    let kept = scratch.path("project/runs").join(&run).join("predictions");
    assert!(kept.join("valid.background.json").is_file());
    let said = scratch.ok(["background", "project", &run]);
    assert!(
        said.stdout.contains("found by motion in 0 images"),
        "{said:#?}"
    );

    let groups = scratch.json(["clusters", "project", &run, "--json"]);
    let clusters = groups["clusters"].as_array().unwrap();
    let images: u64 = clusters
        .iter()
        .map(|one| one["images"].as_u64().unwrap())
        .sum();
    assert_eq!(images + groups["blank"].as_u64().unwrap(), tested as u64);
    for cluster in clusters {
        let map = cluster["map"].as_array().unwrap();
        let heat: f64 = map.iter().map(|share| share.as_f64().unwrap()).sum();
        assert!(map.len() == 49 && (heat - 1.0).abs() < 1e-6, "{cluster:#}");
        assert!(
            cluster["words"]
                .as_str()
                .unwrap()
                .contains("images decided by")
        );
    }
    assert!(kept.join("valid.clusters.json").is_file());
    let listed = scratch
        .ok(["clusters", "project", &run, "--paths", "1"])
        .stdout;
    let first = clusters[0]["images"].as_u64().unwrap() as usize;
    assert_eq!(listed.lines().count(), first);
    let reject = ["decide", "project", "--reject", "--paths"];
    scratch.ok(reject.into_iter().chain(listed.lines()));
    let undone = scratch.ok(["undo", "project"]);
    assert!(undone.stdout.contains(&first.to_string()), "{undone:#?}");
    let refused = scratch.fails(["clusters", "project", &run, "--paths", "99"]);
    assert!(refused.contains("there is no group 99"), "{refused}");
}
