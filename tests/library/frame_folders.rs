//! Folders with frames of films, without the films: their scenes are found, and they behave as scenes of a film do.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::common;
use crate::import::Scene as Folder;
use cutting_room::catalog::import::{Layout, Placement};
use cutting_room::catalog::{Edit, SceneId, Side, Snapshot, Unit};
use cutting_room::dataset::split;
use image::{Rgb, RgbImage};

/// A frame of one of many scenes, in which something moves.
fn frame(scene: u64, moment: u64) -> RgbImage {
    let noise = blake3::hash(&scene.to_le_bytes());
    let color = |at: u32| noise.as_bytes()[at as usize % 32];
    RgbImage::from_fn(64, 36, |x, y| {
        let cell = x / 8 + 8 * (y / 9);
        let is_actor = x / 4 == (moment % 16) as u32 && y > 18;
        let shade = if is_actor { 255 } else { color(cell) };
        Rgb([shade, color(cell + 7) / 2, shade / 3])
    })
}

fn save(folder: &Folder, name: &str, image: &RgbImage) {
    image.save(folder.path(name)).unwrap();
}

/// Origins of the images of each scene, by its name.
fn scenes(snapshot: &Snapshot) -> BTreeMap<String, Vec<String>> {
    let scenes = snapshot.scenes.iter();
    scenes
        .map(|scene| {
            let images = snapshot.images_of_scene(scene.id);
            let origins = images.iter().map(|image| image.origin.clone());
            (snapshot.scene_name(scene), origins.collect())
        })
        .collect()
}

/// Frames 1, 51, 101… of `elves/`, four of each scene, beside numbered single images of other folders.
fn elves(folder: &Folder, scenes: std::ops::Range<u64>) {
    for at in scenes.start * 4..scenes.end * 4 {
        let name = format!("elves/scene{:05}.png", 1 + at * 50);
        save(folder, &name, &frame(at / 4, at));
    }
}

#[test]
fn frames_of_a_sampler_are_scenes_and_numbered_portraits_are_not() {
    let mut folder = Folder::new();
    elves(&folder, 0..3);
    for at in 0..12 {
        save(
            &folder,
            &format!("portraits/{at:03}.png"),
            &frame(100 + at, at),
        );
    }
    let (report, _) = folder.import(Placement::InPlace);
    assert_eq!(report.folder_scenes, 3);
    assert!(
        report
            .summary()
            .contains("24 images added to fan, with 3 scenes")
    );
    let snapshot = folder.snapshot();
    let found = scenes(&snapshot);
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["fan:1", "fan:2", "fan:3"]);
    assert_eq!(
        found["fan:2"],
        [
            "elves/scene00201.png",
            "elves/scene00251.png",
            "elves/scene00301.png",
            "elves/scene00351.png"
        ]
    );
    assert_eq!(snapshot.scenes[1].first_frame, 201);
    for image in &snapshot.images {
        let is_frame = image.origin.starts_with("elves/");
        assert_eq!(snapshot.unit_of(image).is_cluster(), is_frame);
    }
    // A split moves them whole.
    let valid = snapshot.scenes[1].id;
    let edit = Edit::SetSide {
        scenes: vec![valid],
        side: Side::Valid,
    };
    folder.catalog.apply(&edit).unwrap();
    let sides = split::unit_sides(&folder.snapshot());
    assert_eq!(sides[&Unit::Scene(valid)], Side::Valid);

    // More of the film: what was found stays, with its side.
    let before = scenes(&snapshot);
    elves(&folder, 3..5);
    let (report, _) = folder.import(Placement::InPlace);
    assert_eq!((report.added, report.folder_scenes), (8, 5));
    let snapshot = folder.snapshot();
    let after = scenes(&snapshot);
    assert!(before.iter().all(|(name, images)| after[name] == *images));
    assert_eq!(snapshot.scene(valid).unwrap().side, Side::Valid);

    // An undone import takes its scenes along.
    folder.catalog.undo().unwrap();
    assert_eq!(folder.snapshot().scenes.len(), 3);
    folder.catalog.redo().unwrap();
    assert_eq!(scenes(&folder.snapshot()), after);
}

#[test]
fn frames_of_two_films_in_one_folder_do_not_mix() {
    let mut folder = Folder::new();
    elves(&folder, 0..3);
    for at in 0..20 {
        let name = format!("orcs/{:04}.png", at + 1);
        save(&folder, &name, &frame(50 + at / 5, at));
    }
    let (report, _) = folder.import(Placement::Copy);
    assert_eq!(report.folder_scenes, 7);
    let snapshot = folder.snapshot();
    for scene in &snapshot.scenes {
        let images = snapshot.images_of_scene(scene.id);
        let classes: BTreeSet<_> = images.iter().map(|image| image.class).collect();
        assert_eq!(classes.len(), 1);
        assert!(scene.first_frame < 1000, "as its file is called");
    }
}

/// Everything that an undo has to bring back.
fn frames(snapshot: &Snapshot) -> Vec<(String, Option<SceneId>, Option<u64>)> {
    let images = snapshot.images.iter();
    images
        .map(|image| (image.origin.clone(), image.scene, image.frame))
        .collect()
}

#[test]
fn a_person_knows_better_what_is_a_frame_and_undo_brings_all_back() {
    let mut folder = Folder::new();
    elves(&folder, 0..3);
    for at in 0..12 {
        let name = format!("portraits/{at:03}.png");
        save(&folder, &name, &frame(100 + at / 4, at));
    }
    save(&folder, "portraits/cover.png", &frame(200, 0));
    for at in 0..12 {
        // Of many sizes: no film by its looks.
        let portrait = RgbImage::from_fn(64 + at, 36, |x, y| *frame(100, 3).get_pixel(x % 64, y));
        save(&folder, &format!("more/{at:03}.png"), &portrait);
    }
    folder.import(Placement::InPlace);
    let suggested = folder.snapshot();
    let source = suggested.sources[0].id;
    let valid = suggested.scenes[1].id;
    let edit = Edit::SetSide {
        scenes: vec![valid],
        side: Side::Valid,
    };
    folder.catalog.apply(&edit).unwrap();
    let suggested = folder.snapshot();
    assert!(
        frames(&suggested)
            .iter()
            .any(|(origin, scene, _)| { origin.starts_with("more/") && scene.is_none() })
    );

    let say = |are_frames| Edit::SetFrames {
        sources: vec![source],
        are_frames,
    };
    let text = folder.catalog.apply(&say(false)).unwrap();
    assert_eq!(text, "Took the images of fan for single images");
    let single = folder.snapshot();
    assert!(single.scenes.is_empty());
    let is_single = |image| !single.unit_of(image).is_cluster();
    assert!(single.images.iter().all(is_single));
    // What comes later is single, too.
    elves(&folder, 3..5);
    let (report, _) = folder.import(Placement::InPlace);
    assert_eq!((report.added, report.folder_scenes), (8, 0));
    folder.catalog.undo().unwrap();
    folder.catalog.undo().unwrap();
    let back = folder.snapshot();
    assert_eq!(frames(&back), frames(&suggested));
    assert_eq!(back.scenes, suggested.scenes, "with their sides");

    let text = folder.catalog.apply(&say(true)).unwrap();
    let said = folder.snapshot();
    let count = said.scenes.len();
    assert_eq!(
        text,
        format!("Took the images of fan for frames of films, with {count} scenes")
    );
    for (origin, scene, _) in frames(&said) {
        assert_eq!(scene.is_some(), origin != "portraits/cover.png", "{origin}");
    }
    assert_eq!(said.scene(valid).unwrap().side, Side::Valid);
    assert_eq!(
        folder.catalog.apply(&say(true)).unwrap(),
        "Nothing to change"
    );
    folder.catalog.undo().unwrap();
    assert_eq!(frames(&folder.snapshot()), frames(&suggested));
    folder.catalog.redo().unwrap();
    assert_eq!(frames(&folder.snapshot()), frames(&said));
    assert_eq!(folder.snapshot().scenes, said.scenes);

    // No, and yes again: scenes of other series are not taken over.
    folder.catalog.apply(&say(false)).unwrap();
    folder.catalog.apply(&say(true)).unwrap();
    let again: BTreeSet<_> = scenes(&folder.snapshot()).into_values().collect();
    assert_eq!(again, scenes(&said).into_values().collect());
}

#[test]
fn what_cannot_be_frames_is_refused_with_the_reason() {
    let mut folder = Folder::new();
    save(&folder, "elves/one.png", &frame(1, 1));
    folder.import(Placement::InPlace);
    let edit = Edit::SetFrames {
        sources: vec![folder.snapshot().sources[0].id],
        are_frames: true,
    };
    let error = folder.catalog.apply(&edit).unwrap_err().to_string();
    assert!(error.contains("number at the end"), "{error}");
    assert!(folder.snapshot().scenes.is_empty());
}

/// How many pairs of neighboring frames of the ten films are of one scene by the truth and by the folder.
#[test]
fn frames_that_ffmpeg_wrote_of_the_ten_films_get_their_scenes() {
    let Some(shared) = common::shared() else {
        println!("skipped: no shared data");
        return;
    };
    let truth = std::fs::read_to_string(shared.join("data/films.truth.csv")).unwrap();
    let mut starts: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for line in truth.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        starts
            .entry(cells[0])
            .or_default()
            .push(cells[2].parse().unwrap());
    }
    let mut folder = Folder::new();
    for film in starts.keys() {
        let out = folder.path(&format!("{film}/%04d.jpg"));
        let status = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(shared.join(format!("data/films/{film}.mp4")))
            .args([
                "-vf",
                "select=not(mod(n\\,24))",
                "-fps_mode",
                "passthrough",
                "-q:v",
                "3",
            ])
            .arg(out)
            .status()
            .unwrap();
        assert!(status.success());
    }
    folder.import(Placement::InPlace);
    let snapshot = folder.snapshot();
    let (mut cuts, mut missed, mut joins, mut torn) = (0, 0, 0, 0);
    for (film, starts) in &starts {
        let mut images: Vec<_> = snapshot
            .images
            .iter()
            .filter(|image| image.origin.starts_with(&format!("{film}/")))
            .collect();
        images.sort_by_key(|image| image.frame);
        for pair in images.windows(2) {
            assert!(pair[0].scene.is_some(), "{film} is a film");
            let shot = |at: usize| {
                let frame = (pair[at].frame.unwrap() - 1) * 24;
                starts.partition_point(|start| *start <= frame)
            };
            let is_cut = pair[0].scene != pair[1].scene;
            if shot(0) == shot(1) {
                joins += 1;
                torn += u32::from(is_cut);
            } else {
                cuts += 1;
                missed += u32::from(!is_cut);
            }
        }
    }
    println!("{missed} of {cuts} cuts missed, {torn} of {joins} neighbors of one scene torn apart");
    assert!(f64::from(missed) < 0.15 * f64::from(cuts));
    assert!(f64::from(torn) < 0.05 * f64::from(joins));

    // The scraped folders beside them are numbered, too, and hold no frame.
    let mut request = folder.request(Placement::InPlace);
    request.folder = shared.join("data/scraped");
    request.source = "scraped".to_owned();
    request.layout = Layout::Classes;
    let progress = cutting_room::progress::Progress::silent();
    let report = folder
        .catalog
        .import_images(&folder.project, &request, &progress)
        .unwrap();
    assert_eq!(report.folder_scenes, 0);
}
