//! A folder with junk in it: scanned once, listed by kind, rejected in one step that undo takes back.

use std::collections::BTreeSet;
use std::fs;

use cutting_room::catalog::Catalog;
use cutting_room::curate::{Kind, dismiss, load_findings};
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use image::{Rgb, RgbImage, imageops};
use serde_json::Value;

use crate::program::Scratch;

/// Smooth shapes that no two seeds share.
fn picture(seed: u64) -> RgbImage {
    RgbImage::from_fn(320, 240, |x, y| {
        let mut value = 0.0;
        for k in 1..7_u64 {
            let random = blake3::hash(&[seed as u8, k as u8]);
            let [a, b, c, ..] = random.as_bytes().map(f64::from);
            value += (f64::from(x) * a / 4000.0 + f64::from(y) * b / 4000.0 + c).sin();
        }
        let edge = if (x / 40 + y / 30 + seed as u32).is_multiple_of(3) {
            40.0
        } else {
            0.0
        };
        let value = 100.0 + 18.0 * value + edge;
        Rgb([value, value * 0.8, 255.0 - value].map(|v| v.clamp(0.0, 255.0) as u8))
    })
}

/// Twelve good images of two classes and one or two of each kind of junk.
fn with_junk() -> Scratch {
    let scratch = Scratch::new();
    let folder = scratch.path("found");
    for class in ["elves", "orcs"] {
        fs::create_dir_all(folder.join(class)).unwrap();
    }
    let save = |image: &RgbImage, name: &str| image.save(folder.join(name)).unwrap();
    for seed in 0..6 {
        save(&picture(seed), &format!("elves/{seed}.png"));
        save(&picture(seed + 6), &format!("orcs/{seed}.png"));
    }
    fs::copy(
        folder.join("elves/0.png"),
        folder.join("elves/same-file.png"),
    )
    .unwrap();
    save(&picture(1), "elves/same-pixels.bmp");
    let cropped = imageops::crop_imm(&picture(2), 6, 5, 308, 230).to_image();
    save(
        &imageops::thumbnail(&cropped, 200, 149),
        "elves/version.jpg",
    );
    save(&imageops::blur(&picture(3), 6.0), "orcs/blurred.png");
    let mut dark = picture(4);
    for pixel in dark.pixels_mut() {
        *pixel = Rgb(pixel.0.map(|value| value / 6));
    }
    save(&dark, "orcs/dark.png");
    save(
        &RgbImage::from_pixel(320, 240, Rgb([200, 60, 60])),
        "orcs/blank.png",
    );
    save(&imageops::thumbnail(&picture(5), 20, 15), "orcs/tiny.png");
    save(
        &imageops::resize(&picture(5), 640, 40, imageops::FilterType::Triangle),
        "orcs/strip.png",
    );
    let mut boxed = RgbImage::new(320, 320);
    imageops::replace(&mut boxed, &picture(30), 0, 40);
    save(&boxed, "elves/boxed.png");
    save(&picture(31), "elves/really-bmp.bmp");
    fs::rename(
        folder.join("elves/really-bmp.bmp"),
        folder.join("elves/really-bmp.png"),
    )
    .unwrap();
    fs::write(folder.join("orcs/page.jpg"), "<!doctype html><html>404").unwrap();
    fs::write(folder.join("orcs/empty.png"), "").unwrap();
    fs::write(folder.join("orcs/Thumbs.db"), b"\xd0\xcf\x11\xe0\xa1\xb1").unwrap();
    scratch.ok(["new", "project"]);
    scratch.ok(["import-images", "project", "found", "--in-place"]);
    scratch
}

/// Kinds that need no network.
const KINDS: [&str; 13] = [
    "corrupt",
    "not-an-image",
    "wrong-extension",
    "exact-duplicate",
    "near-duplicate",
    "blurry",
    "dark",
    "bright",
    "low-information",
    "grey",
    "odd-size",
    "odd-aspect",
    "border",
];

fn with_kinds<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &["--kind"], &KINDS].concat()
}

fn paths(findings: &Value, kind: &str) -> BTreeSet<String> {
    let rows = findings["findings"].as_array().unwrap().iter();
    rows.filter(|row| row["kind"] == kind)
        .map(|row| row["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_kind_of_junk_is_found_and_nothing_good_is() {
    let scratch = with_junk();
    let unscanned = scratch.json(with_kinds(&["findings", "project", "--json"]));
    assert_eq!(unscanned["unscanned"], 22);
    let report = scratch.json(with_kinds(&["scan", "project", "--json"]));
    assert_eq!(
        (&report["images"], &report["files"]),
        (&21.into(), &3.into())
    );
    let again = scratch.json(with_kinds(&["scan", "project", "--json"]));
    assert_eq!((&again["images"], &again["files"]), (&0.into(), &0.into()));

    let findings = scratch.json(with_kinds(&["findings", "project", "--json"]));
    assert_eq!(findings["unscanned"], 0);
    for (kind, expected) in [
        ("corrupt", &["orcs/empty.png", "orcs/page.jpg"] as &[&str]),
        ("not-an-image", &["orcs/Thumbs.db"]),
        ("wrong-extension", &["elves/really-bmp.png"]),
        (
            "exact-duplicate",
            &["elves/same-file.png", "elves/same-pixels.bmp"],
        ),
        ("low-information", &["orcs/blank.png"]),
        ("odd-size", &["orcs/tiny.png"]),
        ("odd-aspect", &["orcs/strip.png"]),
        ("border", &["elves/boxed.png"]),
        ("blurry", &["orcs/blurred.png"]),
        ("dark", &["orcs/dark.png"]),
        ("bright", &[]),
    ] {
        let expected = expected.iter().map(|&path| path.to_owned()).collect();
        assert_eq!(paths(&findings, kind), expected, "{kind}");
        assert_eq!(findings["counts"][kind], paths(&findings, kind).len());
    }
    let rows = findings["findings"].as_array().unwrap();
    let row = |path: &str| rows.iter().find(|row| row["path"] == path).unwrap();
    assert_eq!(row("elves/version.jpg")["of"], "elves/2.png");
    assert_eq!(row("elves/version.jpg")["kind"], "near-duplicate");
    assert_eq!(row("elves/boxed.png")["border"]["top"], 40);
    assert!(
        row("orcs/page.jpg")["reason"]
            .as_str()
            .unwrap()
            .contains("HTML")
    );
    let good = (0..6).flat_map(|n| [format!("elves/{n}.png"), format!("orcs/{n}.png")]);
    for path in good {
        assert!(rows.iter().all(|row| row["path"] != path), "{path}");
    }
}

#[test]
fn copies_are_rejected_in_one_step_and_what_was_kept_stays() {
    let scratch = with_junk();
    let early = scratch.fails(["decide", "project", "--reject", "--kind", "near-duplicate"]);
    assert!(early.contains("scan"), "{early}");
    scratch.ok(with_kinds(&["scan", "project"]));
    let kind = ["decide", "project", "--reject", "--kind", "exact-duplicate"];
    let decided = scratch.json([&kind[..], &["--json"]].concat());
    assert_eq!(decided["images"], 2);
    let rejected = || {
        let listed = scratch.json([&kind[..], &["--json"]].concat());
        listed["images"].as_u64().unwrap()
    };
    assert_eq!(rejected(), 0, "once is enough");
    scratch.ok(["undo", "project"]);
    scratch.ok([
        "decide",
        "project",
        "--keep",
        "--paths",
        "elves/same-file.png",
    ]);
    // Now the kept one is the best of its group, and the file it was copied from the copy.
    let newest = [&kind[..], &["--keep-best", "newest", "--json"]].concat();
    assert_eq!(scratch.json(newest)["images"], 2);
    let ranked = scratch.fails(["decide", "project", "--reject", "--kind", "mislabelled"]);
    assert!(ranked.contains("--min-score"), "{ranked}");
}

#[test]
fn what_was_called_wrong_is_not_found_again_also_in_another_import() {
    let scratch = with_junk();
    scratch.ok(with_kinds(&["scan", "project"]));
    let project = Project::open(&scratch.path("project")).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let kinds = [Kind::Dark, Kind::NearDuplicate];
    let progress = Progress::silent();
    let cache = project.cache_dir();
    let (snapshot, found) = load_findings(&catalog, &cache, &kinds, &progress).unwrap();
    assert_eq!((found.counts[&Kind::Dark], found.dismissed.len()), (1, 0));
    for kind in [Kind::NearDuplicate, Kind::Dark] {
        let edit = dismiss(&snapshot, found.of_kind(kind), true).unwrap();
        catalog.apply(&edit).unwrap();
    }
    let (_, found) = load_findings(&catalog, &cache, &kinds, &progress).unwrap();
    assert_eq!((found.list.len(), found.dismissed.len()), (0, 1));
    drop(catalog);

    let listed = scratch.json(with_kinds(&["findings", "project", "--json"]));
    assert!(paths(&listed, "dark").is_empty());
    assert!(paths(&listed, "near-duplicate").is_empty());
    let decided = scratch.json(["decide", "project", "--reject", "--kind", "dark", "--json"]);
    assert_eq!(decided["images"], 0);

    // The same files from another folder: their content is known.
    fs::create_dir_all(scratch.path("again/orcs")).unwrap();
    fs::copy(
        scratch.path("found/orcs/dark.png"),
        scratch.path("again/orcs/other-name.png"),
    )
    .unwrap();
    for seed in 40..50 {
        picture(seed)
            .save(scratch.path(&format!("again/orcs/{seed}.png")))
            .unwrap();
    }
    scratch.ok(["import-images", "project", "again", "--in-place"]);
    scratch.ok(with_kinds(&["scan", "project"]));
    let listed = scratch.json(with_kinds(&["findings", "project", "--json"]));
    assert!(paths(&listed, "dark").is_empty());
    scratch.ok(["undo", "project"]);
    scratch.ok(["undo", "project"]);
    let listed = scratch.json(with_kinds(&["findings", "project", "--json"]));
    assert_eq!(listed["counts"]["dark"], 1);
}
