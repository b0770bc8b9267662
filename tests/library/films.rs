//! Films go in; frames, times and scenes come out.
#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may panic, and says what it skips or counts"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use cutting_room::Error;
use cutting_room::media::scene::Transition;
use cutting_room::media::video::{Every, ExtractOptions, Extracted, Ffmpeg, extract, probe};
use cutting_room::progress::Progress;

use crate::common;

struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn extract(&self, film: &str, every: Every) -> Extracted {
        self.try_extract(film, every).unwrap()
    }

    fn try_extract(&self, film: &str, every: Every) -> cutting_room::Result<Extracted> {
        let options = ExtractOptions {
            every,
            ..ExtractOptions::default()
        };
        extract(
            &self.path(film),
            &self.path("out"),
            &options,
            &Progress::silent(),
        )
    }

    fn out_files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("out"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn numbers(extracted: &Extracted) -> Vec<u64> {
    extracted.frames.iter().map(|frame| frame.number).collect()
}

#[test]
fn every_nth_frame_is_kept_under_its_number_with_its_time_and_scenes() {
    let workspace = Workspace::new();
    common::three_scene_film(&workspace.path("film.mp4"));
    let info = probe(&workspace.path("film.mp4"), &Progress::silent()).unwrap();
    assert_eq!((info.width, info.height, info.frame_count), (160, 90, 144));
    assert_eq!((info.codec.as_str(), info.frames_per_sec), ("h264", 24.0));

    let progress = Progress::silent();
    let options = ExtractOptions::default();
    let film = workspace.path("film.mp4");
    let extracted = extract(&film, &workspace.path("out"), &options, &progress).unwrap();
    assert_eq!(numbers(&extracted), [0, 48, 96]);
    assert_eq!(
        workspace.out_files(),
        ["000000.jpg", "000048.jpg", "000096.jpg"],
        "and no working folder is left"
    );
    for frame in &extracted.frames {
        assert!((frame.time_secs - frame.number as f64 / 24.0).abs() < 1e-3);
        let size = image::image_dimensions(&frame.path).unwrap();
        assert_eq!(size, (frame.width, frame.height));
        assert_eq!(size, (160, 90));
    }
    assert_eq!(extracted.broken, None);
    assert_eq!(extracted.info.frame_count, 144);
    let scenes: Vec<_> = extracted
        .scenes
        .iter()
        .map(|scene| (scene.first_frame, scene.last_frame, scene.transition))
        .collect();
    assert_eq!(
        scenes,
        [
            (0, 47, Transition::Start),
            (48, 95, Transition::Cut),
            (96, 143, Transition::Cut)
        ]
    );
    let state = progress.state();
    assert_eq!(state.stage, "extracting film.mp4");
    assert_eq!((state.done, state.total), (144, Some(144)));
    assert!(progress.warnings().is_empty());
}

#[test]
fn a_frame_is_kept_every_so_many_seconds() {
    let workspace = Workspace::new();
    common::three_scene_film(&workspace.path("film.mp4"));
    let extracted = workspace.extract("film.mp4", Every::Secs(0.5));
    assert_eq!(
        numbers(&extracted),
        (0..144).step_by(12).collect::<Vec<_>>()
    );
    // 0.3 s is 7.2 frames: the first frame at or after each.
    let extracted = workspace.extract("film.mp4", Every::Secs(0.3));
    assert_eq!(numbers(&extracted)[..6], [0, 8, 15, 22, 29, 36]);
}

#[test]
fn frames_of_variable_rate_keep_their_real_times() {
    let workspace = Workspace::new();
    // From frame 50 on each frame stands three times as long.
    common::ffmpeg(
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=160x90:r=25:d=4",
            "-vf",
            "setpts='if(lt(N,50),N,N*3-100)/25/TB'",
            "-fps_mode",
            "passthrough",
        ],
        &workspace.path("film.mkv"),
    );
    let extracted = workspace.extract("film.mkv", Every::Frames(20));
    let times: Vec<f64> = extracted
        .frames
        .iter()
        .map(|frame| frame.time_secs)
        .collect();
    assert_eq!(numbers(&extracted), [0, 20, 40, 60, 80]);
    for (time, expected) in times.iter().zip([0.0, 0.8, 1.6, 3.2, 5.6]) {
        assert!((time - expected).abs() < 0.005, "{times:?}");
    }
    let extracted = workspace.extract("film.mkv", Every::Secs(2.0));
    assert_eq!(numbers(&extracted), [0, 50, 67, 84]);
}

#[test]
fn anamorphic_frames_are_made_right_and_sizes_keep_the_aspect() {
    let workspace = Workspace::new();
    common::ffmpeg(
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=180x144:r=25:d=1,setsar=64/45",
            "-c:v",
            "mpeg2video",
        ],
        &workspace.path("dvd.mpg"),
    );
    let size = |width, height| {
        let options = ExtractOptions {
            width,
            height,
            ..ExtractOptions::default()
        };
        let out = workspace.path("out");
        let film = workspace.path("dvd.mpg");
        let extracted = extract(&film, &out, &options, &Progress::silent()).unwrap();
        image::image_dimensions(&extracted.frames[0].path).unwrap()
    };
    assert_eq!(size(None, None), (256, 144));
    assert_eq!(size(Some(128), None), (128, 72));
    assert_eq!(size(None, Some(72)), (128, 72));
    assert_eq!(size(Some(100), Some(100)), (100, 100));
}

#[test]
fn a_film_that_changes_its_size_half_way_goes_through() {
    let workspace = Workspace::new();
    for (name, source) in [
        ("a.ts", "testsrc2=s=160x90:r=25:d=2"),
        ("b.ts", "smptebars=s=320x240:r=25:d=2"),
    ] {
        common::ffmpeg(
            &["-f", "lavfi", "-i", source, "-c:v", "mpeg2video"],
            &workspace.path(name),
        );
    }
    let both = [workspace.path("a.ts"), workspace.path("b.ts")].map(|path| fs::read(path).unwrap());
    fs::write(workspace.path("film.ts"), both.concat()).unwrap();
    let extracted = workspace.extract("film.ts", Every::Frames(20));
    assert_eq!(numbers(&extracted), [0, 20, 40, 60, 80]);
    for frame in &extracted.frames {
        assert_eq!(image::image_dimensions(&frame.path).unwrap(), (160, 90));
    }
}

#[test]
fn a_film_cut_in_half_keeps_what_came_and_says_where_it_stops() {
    let workspace = Workspace::new();
    common::ffmpeg(
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=320x180:r=24:d=10",
            "-movflags",
            "+faststart",
        ],
        &workspace.path("whole.mp4"),
    );
    let whole = fs::read(workspace.path("whole.mp4")).unwrap();
    fs::write(workspace.path("film.mp4"), &whole[..whole.len() / 2]).unwrap();
    let extracted = workspace.extract("film.mp4", Every::Frames(12));
    let count = extracted.info.frame_count;
    assert!((60..180).contains(&count), "{count} frames");
    assert_eq!(extracted.frames.len() as u64, count.div_ceil(12));
    let broken = extracted.broken.unwrap();
    assert!(
        broken.starts_with(&format!("stops at 00:00:0{} (frame {count}): ", count / 24)),
        "{broken}"
    );
    assert_eq!(extracted.scenes.last().unwrap().last_frame, count - 1);
}

#[test]
fn what_is_no_film_is_refused_with_the_reason() {
    let workspace = Workspace::new();
    common::ffmpeg(
        &["-f", "lavfi", "-i", "testsrc2=s=160x90:r=24:d=4"],
        &workspace.path("whole.mp4"),
    );
    // Without +faststart the index is at the end, and half of the file is unreadable.
    let whole = fs::read(workspace.path("whole.mp4")).unwrap();
    fs::write(workspace.path("half.mp4"), &whole[..whole.len() / 2]).unwrap();
    fs::write(workspace.path("empty.mp4"), "").unwrap();
    fs::write(
        workspace.path("letter.mp4"),
        "Dear Sir, this is no film.\n".repeat(50),
    )
    .unwrap();
    common::image(60, 40, 1)
        .save(workspace.path("image.png"))
        .unwrap();
    common::ffmpeg(
        &["-f", "lavfi", "-i", "sine=d=1"],
        &workspace.path("song.wav"),
    );
    for (name, reason) in [
        ("half.mp4", "moov atom not found"),
        ("empty.mp4", "the file is empty"),
        ("letter.mp4", ""),
        ("image.png", "single image"),
        ("song.wav", "no moving image"),
    ] {
        let error = workspace.try_extract(name, Every::Frames(1)).unwrap_err();
        assert!(matches!(error, Error::Film { .. }), "{name}: {error}");
        assert!(error.to_string().contains(reason), "{name}: {error}");
    }
    assert!(matches!(
        workspace.try_extract("none.mp4", Every::Frames(1)),
        Err(Error::Missing { .. })
    ));
}

#[test]
fn cancelling_ends_at_once_and_leaves_only_whole_frames() {
    let workspace = Workspace::new();
    common::ffmpeg(
        &["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=20"],
        &workspace.path("film.mp4"),
    );
    let progress = Progress::new({
        let path = workspace.path("cancelled-at");
        move |state| {
            if state.done > 0 {
                fs::write(&path, state.done.to_string()).unwrap();
            }
        }
    });
    let canceller = progress.clone();
    let result = std::thread::scope(|scope| {
        scope.spawn(move || {
            while canceller.state().done < 30 {
                std::thread::yield_now();
            }
            canceller.cancel();
        });
        let options = ExtractOptions {
            every: Every::Frames(1),
            ..ExtractOptions::default()
        };
        extract(
            &workspace.path("film.mp4"),
            &workspace.path("out"),
            &options,
            &progress,
        )
    });
    assert!(matches!(result, Err(Error::Cancelled)));
    assert!(progress.state().done < 480, "it did not run to the end");
    for name in workspace.out_files() {
        assert!(
            Path::new(&name).extension() == Some(OsStr::new("jpg")),
            "{name} is left over"
        );
        image::ImageReader::open(workspace.path("out").join(name))
            .unwrap()
            .decode()
            .unwrap();
    }
}

#[test]
fn leftovers_of_a_killed_extraction_are_swept_up() {
    let workspace = Workspace::new();
    common::three_scene_film(&workspace.path("film.mp4"));
    fs::create_dir_all(workspace.path("out/.extracting-killed")).unwrap();
    fs::write(
        workspace.path("out/.extracting-killed/000000001.jpg.tmp"),
        "half",
    )
    .unwrap();
    workspace.extract("film.mp4", Every::Frames(48));
    assert_eq!(
        workspace.out_files(),
        ["000000.jpg", "000048.jpg", "000096.jpg"]
    );
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let workspace = Workspace::new();
    common::three_scene_film(&workspace.path("film.mp4"));
    // A file where the folder should be: unlike a read-only folder this also stops the administrator.
    fs::write(workspace.path("out"), "taken").unwrap();
    let error = workspace
        .try_extract("film.mp4", Every::Frames(48))
        .unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert!(error.to_string().contains("writable"), "{error}");
}

#[test]
fn without_ffmpeg_the_remedy_is_told() {
    let workspace = Workspace::new();
    fs::write(workspace.path("film.mp4"), "film").unwrap();
    let nowhere = Ffmpeg::at(OsStr::new("/nowhere/ffmpeg"));
    let options = ExtractOptions::default();
    let error = nowhere
        .extract(
            &workspace.path("film.mp4"),
            &workspace.path("out"),
            &options,
            &Progress::silent(),
        )
        .unwrap_err();
    assert!(matches!(error, Error::FfmpegMissing));
    assert!(error.to_string().contains("apt install ffmpeg"));
}

#[test]
fn odd_names_are_names_and_nothing_else() {
    let workspace = Workspace::new();
    let name = "http: 100% [a],'b';-y.mp4";
    common::three_scene_film(&workspace.path("film.mp4"));
    fs::rename(workspace.path("film.mp4"), workspace.path(name)).unwrap();
    let options = ExtractOptions::default();
    let out = workspace.path("out %d 'x'");
    let extracted = extract(&workspace.path(name), &out, &options, &Progress::silent()).unwrap();
    assert_eq!(extracted.frames.len(), 3);
    assert!(
        extracted
            .frames
            .iter()
            .all(|frame| Path::is_file(&frame.path))
    );
}
