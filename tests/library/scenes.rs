//! Scene changes are found where a person sees them, and nowhere else.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails may panic, and says what it skips or counts"
)]

use std::collections::BTreeMap;
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
    let truth = truth(&shared);
    let mut score = Score::default();
    for (film, truth) in truth {
        let found = begins(&shared.join(format!("data/films/{film}.mp4")));
        score.add(&film, &truth, &found);
    }
    println!("{score:?}");
    let [cuts, dissolves] = [0, 1].map(|kind| {
        [score.found, score.there, score.right, score.told].map(|counts| f64::from(counts[kind]))
    });
    let [found, there, right, told] = cuts;
    let f1 = (found + right) / (there + told);
    assert!(f1 >= 0.99, "hard cuts: F1 {f1}");
    let [found, there, right, told] = dissolves;
    assert!(found >= 0.8 * there, "missed dissolves");
    assert!(right >= 0.8 * told, "false dissolves");
}

/// Of each of the ten films.
fn truth(shared: &Path) -> BTreeMap<String, Begins> {
    let table = std::fs::read_to_string(shared.join("data/films.truth.csv")).unwrap();
    let mut truth = BTreeMap::<String, Begins>::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let first: u64 = cells[2].parse().unwrap();
        let scenes = truth.entry(cells[0].to_owned()).or_default();
        if first > 0 {
            scenes.push((first, cells[4] == "dissolve"));
        }
    }
    truth
}

/// Enlarged so far that a figure's next pose changes as much of the image as a cut does.
#[test]
fn a_figure_that_fills_the_image_may_jump_without_a_cut() {
    let Some(shared) = common::shared() else {
        println!("skipped: shared/data is not here");
        return;
    };
    let truth = truth(&shared);
    let folder = tempfile::tempdir().unwrap();
    let mut score = Score::default();
    for name in ["drakes", "elves", "nagas"] {
        let film = shared.join(format!("data/films/{name}.mp4"));
        let enlarged = folder.path().join("enlarged.mp4");
        let input = ["-i", film.to_str().unwrap(), "-vf", "crop=iw/1.5:ih/1.5"];
        common::ffmpeg(
            &[&input[..], &["-an", "-preset", "ultrafast"]].concat(),
            &enlarged,
        );
        score.add(name, &truth[name], &begins(&enlarged));
    }
    println!("{score:?}");
    assert_eq!(score.found[0], score.there[0], "every hard cut");
    assert_eq!(score.right[0], score.told[0], "and nothing else");
}

/// Counts of scene changes over films; index 0: cuts, 1: dissolves.
#[derive(Debug, Default)]
struct Score {
    there: [u32; 2],
    /// Of those that are there.
    found: [u32; 2],
    told: [u32; 2],
    /// Of those that were told.
    right: [u32; 2],
}

impl Score {
    fn add(&mut self, film: &str, truth: &Begins, told: &Begins) {
        let is_in = |begins: &Begins, (frame, is_dissolve): (u64, bool)| {
            let reach = if is_dissolve { 12 } else { 1 };
            let mut frames = begins.iter().map(|(other, _)| other);
            frames.any(|other| other.abs_diff(frame) <= reach)
        };
        for &begin in truth {
            let is_found = is_in(told, begin);
            self.there[usize::from(begin.1)] += 1;
            self.found[usize::from(begin.1)] += u32::from(is_found);
            if !is_found {
                println!("{film}: frame {} is missed", begin.0);
            }
        }
        for &begin in told {
            let is_right = is_in(truth, begin);
            self.told[usize::from(begin.1)] += 1;
            self.right[usize::from(begin.1)] += u32::from(is_right);
            if !is_right {
                println!("{film}: no scene begins at {}", begin.0);
            }
        }
    }
}

/// What the reference films show, without them: a film of seven scenes, still and moving, with one dissolve.
#[test]
fn cuts_and_a_dissolve_of_a_generated_film_are_found() {
    let told = begins_of_generated(&format!(
        "{BARS}:d=2[a];{MOVING}:d=2[b];gradients=s=160x90:r=24:d=2:seed=7:speed=0.001[c];\
         mandelbrot=s=160x90:r=24,trim=duration=3,settb=1/24[d];rgbtestsrc=s=160x90:r=24:d=2[e];\
         smptehdbars=s=640x180:r=24:d=2,crop=160:90:x='n*2.2':y=40[f];{BARS}:d=2,negate[g];\
         [a][b][c]concat=n=3,settb=1/24[abc];[abc][d]xfade=duration=0.5:offset=5.5[abcd];\
         [abcd][e][f][g]concat=n=4"
    ));
    let truth = vec![
        (48, false),
        (96, false),
        (133, true),
        (204, false),
        (252, false),
        (300, false),
    ];
    let mut score = Score::default();
    score.add("generated", &truth, &told);
    assert_eq!((score.there, score.found), ([5, 1], [5, 1]), "{told:?}");
    assert_eq!((score.told, score.right), ([5, 1], [5, 1]), "{told:?}");
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
fn flashes_lamps_pans_and_still_images_are_no_changes() {
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
