//! Films that are decoded in parts give what they give in one, and only where that is sure the parts are joined.

use std::path::PathBuf;
use std::process::Command;

use super::*;
use crate::media::extract_options::{Every, ExtractOptions};
use crate::media::film_decoder::FilmDecoder;
use crate::media::film_probe::probe_film;
use crate::media::video::Extracted;
use crate::progress::Progress;

/// Cuts, a dissolve, a flash, a fade, a long blank and a still image, 40 s of them.
const SOURCE: &str = "testsrc2=s=160x90:r=25:d=9[a];mandelbrot=s=160x90:r=25,trim=duration=8[b];\
    smptebars=s=160x90:r=25:d=7[c];color=black:s=160x90:r=25:d=4[d];life=s=160x90:r=25:mold=10,trim=duration=12[e];\
    [a][b]xfade=duration=1:offset=8,fade=out:st=14:d=1[ab];[ab][c][d][e]concat=n=4,format=yuv420p";

struct Films(tempfile::TempDir);

impl Films {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn make(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let film = self.0.path().join(name);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-f", "lavfi", "-i", SOURCE]);
        let status = command.args(arguments).arg(&film).status().unwrap();
        assert!(status.success(), "{name}");
        film
    }

    fn extract(&self, film: &Path, every: Every, parts: usize) -> Extracted {
        let options = ExtractOptions {
            every,
            ..ExtractOptions::default()
        };
        let out = self.0.path().join(format!("out-{parts}"));
        let ffmpeg = Ffmpeg::find().in_parts(parts);
        let mut extracted = (ffmpeg.extract(film, &out, &options, &Progress::silent())).unwrap();
        for frame in &mut extracted.frames {
            assert_eq!(frame.path.parent(), Some(out.as_path()));
            assert!(frame.path.is_file());
            frame.path = PathBuf::new();
        }
        let count = fs::read_dir(&out).unwrap().count();
        assert_eq!(count, extracted.frames.len(), "nothing else is left");
        fs::remove_dir_all(&out).unwrap();
        extracted
    }

    /// How many parts went on for one another.
    fn joined(&self, film: &Path, parts: usize) -> usize {
        self.with_job(film, parts, |ffmpeg, job| {
            decode_film(ffmpeg, job).unwrap().len()
        })
    }

    fn with_job<T>(
        &self,
        film: &Path,
        parts: usize,
        work: impl FnOnce(&Ffmpeg, &FilmJob<'_>) -> T,
    ) -> T {
        let (ffmpeg, progress) = (Ffmpeg::find().in_parts(parts), Progress::silent());
        let probed = probe_film(&ffmpeg, film, &progress).unwrap();
        let options = ExtractOptions::default();
        let out = tempfile::tempdir_in(self.0.path()).unwrap();
        let job = FilmJob {
            film,
            out: out.path(),
            every: options.every,
            size: probed.frame_size(&options).unwrap(),
            probed: &probed,
            passthrough: ffmpeg.passthrough(&progress).unwrap(),
            progress: &progress,
        };
        work(&ffmpeg, &job)
    }

    fn assert_parts_equal_the_whole(&self, film: &Path) {
        for every in [Every::Frames(5), Every::Secs(1.7)] {
            let whole = self.extract(film, every, 1);
            let other = self.extract(film, every, 3);
            let what = format!("{} {every:?}", film.display());
            assert_eq!(other.info, whole.info, "{what}");
            assert_eq!(other.scenes, whole.scenes, "{what}");
            assert_eq!(other.broken, whole.broken, "{what}");
            assert_eq!(other.frames, whole.frames, "{what}");
        }
    }
}

#[test]
fn parts_side_by_side_are_the_film() {
    let films = Films::new();
    let open_gop = [
        "-c:v",
        "libx264",
        "-x264-params",
        "open-gop=1:bframes=3:keyint=60",
    ];
    let made = [
        films.make(
            "dvd.mpg",
            &["-c:v", "mpeg2video", "-b:v", "2M", "-bf", "2", "-g", "12"],
        ),
        films.make("open.mkv", &open_gop),
        films.make("closed.mp4", &["-c:v", "libx264", "-g", "50"]),
        films.make("old.avi", &["-c:v", "mpeg4", "-q:v", "4"]),
        films.make("cast.ts", &["-c:v", "mpeg2video", "-b:v", "2M", "-g", "15"]),
    ];
    for film in &made {
        films.assert_parts_equal_the_whole(film);
        assert!(films.joined(film, 3) > 1, "{}", film.display());
    }
}

#[test]
fn a_film_that_cannot_be_entered_is_decoded_in_one() {
    let films = Films::new();
    // One key frame at its beginning.
    let film = films.make(
        "one-key.mp4",
        &["-c:v", "libx264", "-g", "9999", "-sc_threshold", "0"],
    );
    films.assert_parts_equal_the_whole(&film);
    // Frames are missing, so that the later ones do not come when their number says.
    let drops = "select='not(between(n,300,340))'";
    let film = films.make("drops.mkv", &["-vf", drops, "-fps_mode", "passthrough"]);
    films.assert_parts_equal_the_whole(&film);
    assert_eq!(films.joined(&film, 3), 1);
    for (name, times) in [
        ("uneven.mkv", "setpts='(N+floor(N/7))/25/TB'"),
        ("at-once.mkv", "setpts=0"),
    ] {
        let film = films.make(name, &["-vf", times, "-fps_mode", "passthrough"]);
        films.assert_parts_equal_the_whole(&film);
        assert_eq!(films.joined(&film, 3), 1, "{name}");
    }
}

/// A decoder that begins at a frame which needs others makes gray of what it lacks, and a fine pattern averages to that, too.
#[test]
fn a_part_begins_at_a_key_frame_whatever_the_container_says() {
    let films = Films::new();
    let one_key = [
        "-c:v",
        "mpeg4",
        "-q:v",
        "4",
        "-g",
        "9999",
        "-sc_threshold",
        "1000000000",
    ];
    let film = films.make("no-keys.mp4", &one_key);
    // Without this list every frame counts as a key frame.
    let mut bytes = fs::read(&film).unwrap();
    let at = bytes.windows(4).position(|name| name == b"stss").unwrap();
    bytes[at..at + 4].copy_from_slice(b"free");
    fs::write(&film, bytes).unwrap();
    let begin = Begin {
        secs: Some(5.0),
        threads: 1,
    };
    let first_secs = films.with_job(&film, 2, |ffmpeg, job| {
        let mut decoder = FilmDecoder::start(ffmpeg, job, job.out, Some(begin)).unwrap();
        decoder.next(job).unwrap();
        decoder.clock().times.first_secs
    });
    // The encoder's longest interval is 600 frames.
    assert_eq!(first_secs, 24.0);
    films.assert_parts_equal_the_whole(&film);
}

#[test]
fn a_film_that_shows_one_image_all_along_is_not_taken_for_another_place_in_it() {
    let films = Films::new();
    let still = [
        "-vf",
        "loop=loop=-1:size=1,trim=duration=40",
        "-c:v",
        "mpeg2video",
    ];
    let film = films.make("still.mpg", &still);
    films.assert_parts_equal_the_whole(&film);
}
