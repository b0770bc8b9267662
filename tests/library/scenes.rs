//! Scene changes are found where a person sees them, and nowhere else.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails may panic, and says what it skips or counts"
)]

use std::path::Path;

use cutting_room::media::scene::Transition;
use cutting_room::media::video::{Every, ExtractOptions, extract};
use cutting_room::progress::Progress;

use crate::common;

/// First frames of the scenes after the first, and whether a dissolve leads there.
type Begins = Vec<(u64, bool)>;

fn begins(film: &Path) -> Begins {
    let out = tempfile::tempdir().unwrap();
    let options = ExtractOptions {
        every: Every::Frames(48),
        ..ExtractOptions::default()
    };
    let extracted = extract(film, out.path(), &options, &Progress::silent()).unwrap();
    let scenes = extracted.scenes;
    assert_eq!(
        (scenes[0].first_frame, scenes[0].transition),
        (0, Transition::Start)
    );
    assert_eq!(
        scenes.last().unwrap().last_frame,
        extracted.info.frame_count - 1
    );
    for pair in scenes.windows(2) {
        assert_eq!(pair[0].last_frame + 1, pair[1].first_frame);
    }
    scenes[1..]
        .iter()
        .map(|scene| (scene.first_frame, scene.transition == Transition::Dissolve))
        .collect()
}

fn begins_of_generated(graph: &str) -> Begins {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.mp4");
    let graph = format!("{graph},format=yuv420p");
    common::ffmpeg(
        &["-f", "lavfi", "-i", &graph, "-preset", "ultrafast"],
        &film,
    );
    begins(&film)
}

const BARS: &str = "smptebars=s=160x90:r=24";
const MOVING: &str = "testsrc2=s=160x90:r=24";

#[test]
fn cuts_and_dissolves_of_the_ten_films_are_found() {
    let Some(shared) = common::shared() else {
        println!("skipped: shared/data is not here");
        return;
    };
    let table = std::fs::read_to_string(shared.join("data/films.truth.csv")).unwrap();
    let mut truth = std::collections::BTreeMap::<String, Begins>::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let first: u64 = cells[2].parse().unwrap();
        let scenes = truth.entry(cells[0].to_owned()).or_default();
        if first > 0 {
            scenes.push((first, cells[4] == "dissolve"));
        }
    }
    // Index 0: cuts, 1: dissolves.
    let (mut there, mut found, mut told, mut right) =
        ([0_u32; 2], [0_u32; 2], [0_u32; 2], [0_u32; 2]);
    let reach = |is_dissolve| if is_dissolve { 12 } else { 1 };
    for (film, truth) in truth {
        let told_here = begins(&shared.join(format!("data/films/{film}.mp4")));
        for &(frame, kind) in &truth {
            let is_found = told_here
                .iter()
                .any(|(other, _)| other.abs_diff(frame) <= reach(kind));
            there[usize::from(kind)] += 1;
            found[usize::from(kind)] += u32::from(is_found);
            if !is_found {
                println!("{film}: frame {frame} is missed");
            }
        }
        for &(frame, kind) in &told_here {
            let is_right = truth
                .iter()
                .any(|(other, _)| other.abs_diff(frame) <= reach(kind));
            told[usize::from(kind)] += 1;
            right[usize::from(kind)] += u32::from(is_right);
            if !is_right {
                println!("{film}: no scene begins at {frame}");
            }
        }
    }
    println!(
        "cuts and dissolves: {found:?} of {there:?} found; {right:?} of {told:?} told rightly"
    );
    let f1 = f64::from(found[0] + right[0]) / f64::from(there[0] + told[0]);
    assert!(f1 >= 0.99, "hard cuts: F1 {f1}");
    assert!(f64::from(found[1]) >= 0.8 * f64::from(there[1]));
    assert!(
        f64::from(right[1]) >= 0.8 * f64::from(told[1]),
        "false dissolves"
    );
}

#[test]
fn dissolves_of_six_to_forty_eight_frames_begin_a_scene() {
    for frames in [6, 12, 24, 48] {
        let secs = f64::from(frames) / 24.0;
        let begins = begins_of_generated(&format!(
            "{BARS}:d=6,settb=1/24[a];{MOVING}:d=6,settb=1/24[b];[a][b]xfade=duration={secs}:offset=3"
        ));
        assert_eq!(begins.len(), 1, "{frames} frames: {begins:?}");
        assert!(begins[0].0.abs_diff(73) <= 4, "{frames} frames: {begins:?}");
        assert!(begins[0].1);
    }
}

#[test]
fn a_dissolve_between_black_bars_is_found() {
    let begins = begins_of_generated(
        "smptebars=s=160x64:r=24:d=5,settb=1/24[a];testsrc2=s=160x64:r=24:d=5,settb=1/24[b];\
         [a][b]xfade=duration=0.5:offset=3,pad=160:90:0:13",
    );
    assert_eq!(begins.len(), 1, "{begins:?}");
}

#[test]
fn a_fade_through_black_is_one_change() {
    let begins = begins_of_generated(&format!(
        "{BARS}:d=3,fade=out:st=2:d=1[a];color=black:s=160x90:r=24:d=1[b];{MOVING}:d=3,fade=in:d=1[c];\
         [a][b][c]concat=n=3"
    ));
    assert_eq!(begins.len(), 1, "{begins:?}");
    assert!(begins[0].0.abs_diff(96) <= 3, "{begins:?}");
}

#[test]
fn a_black_beginning_is_no_scene_of_its_own() {
    let begins = begins_of_generated(&format!(
        "color=black:s=160x90:r=24:d=1[a];{MOVING}:d=3,fade=in:d=1[b];{BARS}:d=2[c];[a][b][c]concat=n=3"
    ));
    assert_eq!(begins, [(96, false)]);
}

#[test]
fn flashes_lamps_pans_and_still_pictures_are_no_changes() {
    for graph in [
        // Two lightnings, of two and of six frames.
        format!(
            "{MOVING}:d=10,eq=brightness='if(between(n,100,101)+between(n,150,155),0.6,0)':eval=frame"
        ),
        // White frames.
        format!("{BARS}:d=5,geq=lum='if(between(N,50,52),235,lum(X,Y))':cb='cb(X,Y)':cr='cr(X,Y)'"),
        // Somebody turns up the light.
        format!("{BARS}:d=6,fade=in:st=2:d=2:color=0x404040"),
        "smptehdbars=s=640x180:r=24:d=6,crop=160:90:x='n*2.2':y=40".to_owned(),
        format!("{BARS}:d=5"),
        format!("{MOVING}:d=10"),
        "color=black:s=160x90:r=24:d=5".to_owned(),
        "mandelbrot=s=160x90:r=24,trim=duration=8".to_owned(),
    ] {
        assert_eq!(begins_of_generated(&graph), [], "{graph}");
    }
}
