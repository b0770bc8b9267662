//! Folders as people have them: names that no disk takes, system folders, splits, files moved about, damaged images.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::import::{Scene, counts, image};
use cutting_room::catalog::import::{Layout, Placement};
use cutting_room::catalog::{Decision, Edit, Side, Snapshot};
use cutting_room::dataset::Split;
use cutting_room::dataset::split::{SplitProblem, problems};
use cutting_room::media::decode::decode_bytes;
use cutting_room::progress::Progress;
use image::{ImageFormat, Rgb, RgbImage};

/// Class names by origin.
fn classes(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let name = |class| snapshot.class_name(class).unwrap_or_default().to_owned();
    snapshot
        .images
        .iter()
        .map(|image| {
            (
                image.origin.clone(),
                image.class.map(name).unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn names_that_some_disk_refuses_come_in_under_safe_ones() {
    let mut scene = Scene::new();
    let long = format!("elves/{}.jpg", "n".repeat(251));
    let names = [
        "elves/ok.png",
        &long,
        "elves/what?.png",
        "elves/a:b*c.png",
        "elves/CON.png",
        "elves/dots...png",
        "why?/a.png",
        "elves/one/IMG_1.PNG",
        "elves/two/img_1.png",
        "elves/e\u{301}.png",
        "elves/\u{e9}.png",
    ];
    for (seed, name) in names.iter().enumerate() {
        let format = if name.contains(".jpg") {
            ImageFormat::WebP
        } else {
            ImageFormat::Png
        };
        scene.write(name, &image(seed as u8, format));
    }
    let (report, warnings) = scene.import(Placement::Copy);
    assert_eq!(warnings, []);
    assert_eq!(counts(&report), (names.len(), 0, 0, 0));
    let snapshot = scene.snapshot();
    let mut places = BTreeSet::new();
    for image in &snapshot.images {
        let name = image.path.file_name().unwrap().to_str().unwrap();
        assert!(
            name.len() <= 140 && !name.contains(['?', ':', '*']),
            "{name}"
        );
        assert!(
            places.insert(image.path.to_str().unwrap().to_lowercase()),
            "{name}"
        );
        assert_eq!(
            image.hash,
            blake3::hash(&fs::read(&image.path).unwrap())
                .to_hex()
                .as_str()
        );
    }
    assert_eq!(
        classes(&snapshot)["why?/a.png"],
        "why?",
        "a class is called as the person called it"
    );
    assert_eq!(
        counts(&scene.import(Placement::Copy).0),
        (0, names.len(), 0, 0)
    );
}

#[test]
fn class_folders_that_differ_in_case_or_unicode_form_are_one_class() {
    let mut scene = Scene::new();
    for (seed, name) in [
        "Elves/a.png",
        "elves/b.png",
        "e\u{301}lves/c.png",
        "\u{e9}lves/d.png",
    ]
    .into_iter()
    .enumerate()
    {
        scene.write(name, &image(seed as u8, ImageFormat::Png));
    }
    let (report, warnings) = scene.import(Placement::InPlace);
    assert_eq!(counts(&report), (4, 0, 0, 0));
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].subject, "elves");
    assert!(warnings[0].message.contains("class Elves"), "{warnings:?}");
    let snapshot = scene.snapshot();
    let names: Vec<&str> = snapshot
        .classes
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert_eq!(names, ["Elves", "\u{e9}lves"]);

    // A class that is typed in otherwise is that class too.
    let edit = Edit::SetClass {
        images: vec![snapshot.images[0].id],
        class: "E\u{301}LVES".to_owned(),
    };
    scene.catalog.apply(&edit).unwrap();
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.classes.len(), 2);
    assert_eq!(classes(&snapshot)["Elves/a.png"], "\u{e9}lves");
}

#[test]
fn a_class_folder_whose_name_says_nothing_gets_one_and_the_rest_come_in() {
    let mut scene = Scene::new();
    for (seed, name) in [" /a.png", "night\nfolk/b.png", "elves/c.png"]
        .into_iter()
        .enumerate()
    {
        scene.write(name, &image(seed as u8, ImageFormat::Png));
    }
    let (report, warnings) = scene.import(Placement::Copy);
    assert_eq!(counts(&report), (3, 0, 0, 0));
    let said: Vec<&str> = warnings.iter().map(|said| said.subject.as_str()).collect();
    assert_eq!(said, ["\" \"", "\"night\\nfolk\""]);
    let snapshot = scene.snapshot();
    let names: BTreeSet<&str> = snapshot
        .classes
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert_eq!(names, BTreeSet::from(["elves", "night folk", "unnamed"]));

    // What is typed in is refused instead.
    for (name, part) in [
        ("\u{200b}", "no name"),
        ("two\nlines", "one line"),
        (&"n".repeat(300), "too long"),
    ] {
        let edit = Edit::SetClass {
            images: vec![snapshot.images[0].id],
            class: name.to_owned(),
        };
        let error = scene.catalog.apply(&edit).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn sources_whose_names_differ_in_case_share_no_folder() {
    let mut scene = Scene::new();
    scene.write("orcs/a.png", &image(1, ImageFormat::Png));
    scene.import(Placement::Copy);
    let mut request = scene.request(Placement::Copy);
    request.source = "FAN".to_owned();
    let refused = scene
        .catalog
        .import_images(&scene.project, &request, &Progress::silent());
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("already called fan")
    );
}

#[test]
fn folders_of_the_system_are_left_out_and_said() {
    let mut scene = Scene::new();
    scene.write("elves/a.png", &image(1, ImageFormat::Png));
    let system = [
        "#recycle",
        "$RECYCLE.BIN",
        ".Trash-1000",
        "@eaDir",
        "System Volume Information",
        "__MACOSX",
        "elves/@eaDir",
        "lost+found",
    ];
    for (seed, folder) in system.iter().enumerate() {
        scene.write(
            &format!("{folder}/a.png"),
            &image(10 + seed as u8, ImageFormat::Png),
        );
    }
    let (report, warnings) = scene.import(Placement::Copy);
    assert_eq!(counts(&report), (1, 0, 0, 0));
    let said: Vec<&str> = warnings
        .iter()
        .map(|warning| warning.subject.as_str())
        .collect();
    assert_eq!(said, system);
    assert_eq!(scene.snapshot().classes.len(), 1);
}

#[test]
fn a_file_moved_to_another_class_folder_is_moved_and_keeps_its_decision() {
    for placement in [Placement::Copy, Placement::InPlace] {
        let mut scene = Scene::new();
        for (seed, name) in [
            "elves/a.png",
            "elves/b.png",
            "elves/c.png",
            "elves/twin.png",
        ]
        .into_iter()
        .enumerate()
        {
            scene.write(name, &image((seed % 3) as u8, ImageFormat::Png));
        }
        scene.import(placement);
        let before = scene.snapshot();
        let all: Vec<_> = before.images.iter().map(|image| image.id).collect();
        scene
            .catalog
            .apply(&Edit::SetDecision {
                images: all.clone(),
                decision: Decision::Keep,
            })
            .unwrap();
        // One is moved to another class; one that a person gave a class by hand stays in its class folder.
        scene
            .catalog
            .apply(&Edit::SetClass {
                images: vec![all[1]],
                class: "trolls".to_owned(),
            })
            .unwrap();
        let fan = scene.folder.path().join("fan");
        fs::create_dir_all(fan.join("orcs")).unwrap();
        fs::create_dir_all(fan.join("elves/deep")).unwrap();
        fs::rename(fan.join("elves/a.png"), fan.join("orcs/a.png")).unwrap();
        fs::rename(fan.join("elves/b.png"), fan.join("elves/deep/renamed.png")).unwrap();
        let (report, _) = scene.import(placement);
        assert_eq!((counts(&report), report.moved), ((0, 2, 0, 0), 2));
        assert!(
            report.summary().contains("2 moved or renamed"),
            "{}",
            report.summary()
        );
        let after = scene.snapshot();
        assert_eq!(after.images.len(), 4);
        assert!(
            after
                .images
                .iter()
                .all(|image| image.decision == Decision::Keep && image.path.is_file())
        );
        let classes = classes(&after);
        assert_eq!(classes["orcs/a.png"], "orcs");
        assert_eq!(classes["elves/deep/renamed.png"], "trolls");
        assert_eq!(
            classes["elves/twin.png"], "elves",
            "the same content elsewhere stays"
        );
        assert_eq!(after.images[0].id, before.images[0].id);
        assert_eq!(counts(&scene.import(placement).0), (0, 4, 0, 0));
    }
}

#[test]
fn what_comes_into_the_folder_of_a_renamed_or_merged_class_belongs_to_it() {
    let mut scene = Scene::new();
    for (seed, name) in ["elves/a.png", "orcs/b.png", "dwarves/c.png"]
        .into_iter()
        .enumerate()
    {
        scene.write(name, &image(seed as u8, ImageFormat::Png));
    }
    scene.import(Placement::Copy);
    let class = |snapshot: &Snapshot, name: &str| {
        let class = snapshot.classes.iter().find(|(_, known)| known == name);
        class.unwrap().0
    };
    let before = scene.snapshot();
    for edit in [
        Edit::RenameClass {
            class: class(&before, "elves"),
            name: "Eldar".to_owned(),
        },
        Edit::MergeClass {
            class: class(&before, "orcs"),
            into: class(&before, "dwarves"),
        },
    ] {
        scene.catalog.apply(&edit).unwrap();
    }
    for (seed, name) in ["elves/d.png", "orcs/e.png", "trolls/f.png"]
        .into_iter()
        .enumerate()
    {
        scene.write(name, &image(seed as u8 + 3, ImageFormat::Png));
    }
    assert_eq!(counts(&scene.import(Placement::Copy).0).0, 3);
    let after = classes(&scene.snapshot());
    assert_eq!(after["elves/d.png"], "Eldar");
    assert_eq!(after["orcs/e.png"], "dwarves");
    assert_eq!(after["trolls/f.png"], "trolls");
}

/// A JPEG with detail everywhere.
fn photo() -> Vec<u8> {
    let pixels = RgbImage::from_fn(320, 180, |x, y| {
        Rgb([
            (x * y % 251) as u8,
            (x * 7 + y * 3) as u8,
            (x / 8 * 31 + y / 8 * 17) as u8,
        ])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

#[test]
fn images_that_are_damaged_inside_are_named_and_whole_ones_come_in() {
    let mut scene = Scene::new();
    let whole = photo();
    let half = [&whole[..whole.len() / 2], b"\xff\xd9"].concat();
    let mut zeroed = whole.clone();
    let middle = zeroed.len() / 2;
    zeroed[middle..middle + 200].fill(0);
    scene.write("elves/whole.jpg", &whole);
    scene.write("elves/half.jpg", &half);
    scene.write("elves/zeroed.jpg", &zeroed);
    let (report, warnings) = scene.import(Placement::Copy);
    assert_eq!(counts(&report), (1, 0, 0, 2));
    for warning in warnings {
        assert!(warning.message.contains("damaged"), "{warning:?}");
    }
}

/// What is cut off is refused, or was not needed for the pixels.
#[test]
fn cut_files_of_every_format_are_refused_unless_all_pixels_are_there() {
    let pixels = image::load_from_memory(&photo()).unwrap();
    for format in [
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
        ImageFormat::Jpeg,
    ] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let small = pixels.thumbnail(97, 61).to_rgb8();
        small.write_to(&mut bytes, format).unwrap();
        let bytes = bytes.into_inner();
        let path = std::path::Path::new("test");
        let whole = decode_bytes(&bytes, path).unwrap().into_image();
        for length in (20..bytes.len()).step_by(bytes.len() / 60 + 1) {
            if let Ok(image) = decode_bytes(&bytes[..length], path) {
                assert!(
                    *image == whole,
                    "{format:?} cut at {length} of {}",
                    bytes.len()
                );
            }
        }
    }
}

/// `train/`, `val/` and `test/` above the class folders, as of ImageNet.
fn with_split() -> Scene {
    let scene = Scene::new();
    let mut seed = 0;
    for (side, count) in [("train", 3), ("val", 2), ("test", 1)] {
        for class in ["elves", "orcs"] {
            for number in 0..count {
                seed += 1;
                scene.write(
                    &format!("{side}/{class}/{number}.png"),
                    &image(seed, ImageFormat::Png),
                );
            }
        }
    }
    scene.write("README.txt", b"ImageNet, but smaller");
    scene
}

#[test]
fn a_folder_that_holds_a_split_comes_in_with_it() {
    let mut scene = with_split();
    let parts = scene
        .catalog
        .import_parts(&scene.request(Placement::Copy))
        .unwrap();
    assert_eq!(parts.split.unwrap().names(), "train, val and test");
    for repeat in 0..2 {
        let mut seen = Vec::new();
        for part in &parts.imports {
            let report = scene
                .catalog
                .import_images(&scene.project, part, &Progress::silent())
                .unwrap();
            seen.push((report.source.clone(), report.added, report.already_there));
        }
        let expected = |name: &str, count| match repeat {
            0 => (name.to_owned(), count, 0),
            _ => (name.to_owned(), 0, count),
        };
        assert_eq!(seen, [expected("fan", 10), expected("fan test", 2)]);
    }
    let snapshot = scene.snapshot();
    let names: Vec<&str> = snapshot
        .classes
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert_eq!(names, ["elves", "orcs"]);
    assert!(snapshot.source_named("fan test").unwrap().is_test);
    let split = Split::of(&snapshot).unwrap();
    assert_eq!((split.train.len(), split.valid.len()), (6, 4));
    for image in &snapshot.images {
        let expected = match image.origin.split('/').next() {
            Some("train") => Some(Side::Train),
            Some("val") => Some(Side::Valid),
            _test => None,
        };
        assert_eq!(image.side, expected, "{}", image.origin);
    }
    let few = problems(&snapshot)
        .into_iter()
        .any(|problem| matches!(problem, SplitProblem::FewScenes { .. }));
    assert!(!few, "no scene is missing where images have sides");
}

#[test]
fn sides_are_classes_if_the_person_says_so_or_said_so_before() {
    let mut scene = with_split();
    let mut request = scene.request(Placement::InPlace);
    request.layout = Layout::Classes;
    let parts = scene.catalog.import_parts(&request).unwrap();
    assert!(parts.split.is_none() && parts.imports.len() == 1);
    scene
        .catalog
        .import_images(&scene.project, &parts.imports[0], &Progress::silent())
        .unwrap();
    let names = |snapshot: &Snapshot| -> Vec<String> {
        snapshot
            .classes
            .iter()
            .map(|(_, name)| name.clone())
            .collect()
    };
    assert_eq!(names(&scene.snapshot()), ["test", "train", "val"]);

    // The next import of the same folder does not change its mind by itself.
    request.layout = Layout::Auto;
    assert!(
        scene
            .catalog
            .import_parts(&request)
            .unwrap()
            .split
            .is_none()
    );

    // Asked for, the images that were taken for classes get their true ones.
    request.layout = Layout::Split;
    let parts = scene.catalog.import_parts(&request).unwrap();
    scene
        .catalog
        .import_images(&scene.project, &parts.imports[0], &Progress::silent())
        .unwrap();
    let classes = classes(&scene.snapshot());
    assert_eq!(classes["train/elves/0.png"], "elves");
    assert_eq!(classes["val/orcs/1.png"], "orcs");
}
