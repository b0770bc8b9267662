//! What a film's container says is held against what ffmpeg delivers: a healthy film is never called broken, and its frames
//! are those that ffmpeg itself would write.
#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may panic, and says what it skips or counts"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cutting_room::Error;
use cutting_room::media::decode::decode_file;
use cutting_room::media::video::{Every, ExtractOptions, Extracted, Ffmpeg, extract};
use cutting_room::progress::Progress;
use image::RgbImage;

use crate::common;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        common::ffmpeg(&arguments, &self.path(name));
        self.path(name)
    }

    /// Every tenth frame, and what was said beside.
    fn extract(&self, film: &Path) -> (Extracted, Vec<String>) {
        let options = ExtractOptions {
            every: Every::Frames(10),
            ..ExtractOptions::default()
        };
        let progress = Progress::silent();
        let out = self.path("out");
        let extracted = extract(film, &out, &options, &progress).unwrap();
        let warnings = progress.warnings().into_iter();
        (extracted, warnings.map(|warning| warning.message).collect())
    }

    /// The film's frames as ffmpeg writes them by itself, without any option.
    fn by_ffmpeg(&self, film: &Path) -> Vec<PathBuf> {
        let folder = self.path("ffmpeg");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let film = film.to_str().unwrap();
        common::ffmpeg(
            &["-i", film, "-fps_mode", "passthrough"],
            &folder.join("%04d.png"),
        );
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }

    /// Healthy, all frames there, and every kept one like ffmpeg's.
    fn equals_ffmpeg(&self, film: &Path) -> Extracted {
        let (extracted, warnings) = self.extract(film);
        assert_eq!(extracted.broken, None, "{}", film.display());
        assert!(warnings.is_empty(), "{}: {warnings:?}", film.display());
        let theirs = self.by_ffmpeg(film);
        assert_eq!(
            extracted.info.frame_count,
            theirs.len() as u64,
            "{}",
            film.display()
        );
        for frame in &extracted.frames {
            let ours = decode_file(&frame.path).unwrap();
            let theirs = image::ImageReader::open(&theirs[frame.number as usize])
                .unwrap()
                .decode()
                .unwrap();
            let difference = mean_difference(&ours, &on_white(theirs));
            assert!(
                difference < 9.0,
                "{} frame {}: {difference}",
                film.display(),
                frame.number
            );
        }
        extracted
    }
}

/// Mean levels of 255; JPEG and halved colors alone make up to six of it in these patterns, a wrong matrix ten.
fn mean_difference(ours: &RgbImage, theirs: &RgbImage) -> f64 {
    assert_eq!(ours.dimensions(), theirs.dimensions());
    let pairs = ours.as_raw().iter().zip(theirs.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / ours.as_raw().len() as f64
}

fn on_white(image: image::DynamicImage) -> RgbImage {
    let image = image.into_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0;
        let alpha = u32::from(alpha);
        image::Rgb(
            [red, green, blue]
                .map(|color| ((u32::from(color) * alpha + 255 * (255 - alpha)) / 255) as u8),
        )
    })
}

const PATTERN: &str = "-f lavfi -i testsrc2=s=320x180:r=25:d=4";

#[test]
fn colors_are_those_that_ffmpeg_delivers() {
    let bench = Bench::new();
    let hd = "-f lavfi -i testsrc2=s=1280x720:r=25:d=0.6";
    for (name, arguments) in [
        (
            "bt709.mp4",
            format!(
                "{PATTERN} -vf scale=out_color_matrix=bt709 -colorspace bt709 -pix_fmt yuv420p"
            ),
        ),
        (
            "full-range.mp4",
            format!(
                "{PATTERN} -vf scale=out_color_matrix=bt601:out_range=pc,format=yuv420p -colorspace smpte170m -color_range pc"
            ),
        ),
        ("hd-says-nothing.mp4", format!("{hd} -pix_fmt yuv420p")),
        (
            "hd-bt709.mp4",
            format!("{hd} -vf scale=out_color_matrix=bt709 -colorspace bt709 -pix_fmt yuv420p"),
        ),
        ("hd-rgb.mov", format!("{hd} -c:v png")),
        ("motion-jpeg.avi", format!("{hd} -c:v mjpeg -q:v 2")),
    ] {
        let film = bench.make(name, &arguments);
        bench.equals_ffmpeg(&film);
    }
}

#[test]
fn what_is_transparent_is_white() {
    let bench = Bench::new();
    let film = bench.make(
        "alpha.mov",
        &format!("{PATTERN} -vf format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(lt(X,160),0,255)' -c:v qtrle"),
    );
    let extracted = bench.equals_ffmpeg(&film);
    let image = decode_file(&extracted.frames[0].path).unwrap();
    assert!(image.get_pixel(80, 90).0.iter().all(|level| *level > 250));
    let film = bench.make(
        "alpha.webm",
        &format!("{PATTERN} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p"),
    );
    bench.equals_ffmpeg(&film);
}

#[test]
fn turned_films_stand_as_ffmpeg_turns_them() {
    let bench = Bench::new();
    let film = bench.make("film.mp4", PATTERN);
    for degrees in [90, 180, 270, 45] {
        let turned = bench.make(
            "turned.mp4",
            &format!(
                "-i {} -c copy -metadata:s:v:0 rotate={degrees}",
                film.display()
            ),
        );
        bench.equals_ffmpeg(&turned);
    }
}

#[test]
fn the_stream_is_the_one_that_ffmpeg_takes() {
    let bench = Bench::new();
    let two = "-f lavfi -i smptebars=s=320x180:r=25:d=2 -f lavfi -i testsrc2=s=160x90:r=25:d=2 -map 0 -map 1";
    let size = |film: &Path| {
        let frame = bench.equals_ffmpeg(film).frames[0].clone();
        (frame.width, frame.height)
    };
    let film = bench.make(
        "default-second.mkv",
        &format!("{two} -disposition:v:0 0 -disposition:v:1 default"),
    );
    assert_eq!(size(&film), (160, 90));
    let film = bench.make(
        "none-default.mkv",
        &format!("{two} -disposition:v:0 0 -disposition:v:1 0"),
    );
    assert_eq!(size(&film), (320, 180));
    let film = bench.make(
        "cover.mp4",
        "-f lavfi -i color=red:s=600x600:r=25:d=0.04 -f lavfi -i testsrc2=s=160x90:r=25:d=2 -map 0 -map 1 -c:v:0 mjpeg -disposition:v:0 attached_pic",
    );
    assert_eq!(size(&film), (160, 90));
}

#[test]
fn a_healthy_film_is_not_broken_whatever_its_header_says() {
    let bench = Bench::new();
    let film = bench.make("film.mp4", &format!("{PATTERN} -g 100"));
    // The frames before the cut are in the file and counted, but not shown.
    let trimmed = bench.make(
        "trimmed.mp4",
        &format!("-ss 2.2 -i {} -c copy", film.display()),
    );
    let extracted = bench.equals_ffmpeg(&trimmed);
    assert!(extracted.info.frame_count < 50, "{:?}", extracted.info);

    bench.equals_ffmpeg(&bench.make(
        "long-sound.mkv",
        &format!("{PATTERN} -f lavfi -i sine=d=20 -c:a pcm_s16le"),
    ));
    bench.equals_ffmpeg(&bench.make(
        "long-sound.mp4",
        &format!("{PATTERN} -f lavfi -i sine=d=20"),
    ));
    let stream = bench.make("no-duration.h264", &format!("{PATTERN} -c:v libx264"));
    bench.equals_ffmpeg(&stream);
    bench.equals_ffmpeg(&bench.make(
        "late.mkv",
        &format!("{PATTERN} -output_ts_offset 5 -c:v libx264"),
    ));
    bench.equals_ffmpeg(&bench.make(
        "slides.mkv",
        &format!("{PATTERN} -vf setpts=N*3/TB -fps_mode passthrough"),
    ));

    // A header that promises 40 s more, and one that counts 1,000 frames.
    let lies = bench.path("lies.mp4");
    fs::write(&lies, with_other_durations(&fs::read(&film).unwrap())).unwrap();
    bench.equals_ffmpeg(&lies);
    let avi = bench.make("film.avi", &format!("{PATTERN} -q:v 2"));
    let mut bytes = fs::read(&avi).unwrap();
    for (tag, offset) in [(&b"avih"[..], 8 + 16), (b"strh", 8 + 32)] {
        let at = bytes.windows(4).position(|four| four == tag).unwrap() + offset;
        bytes[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
    }
    fs::write(&avi, bytes).unwrap();
    bench.equals_ffmpeg(&avi);
}

/// An MP4 whose movie, track and media all last eleven times as long as they do.
fn with_other_durations(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (tag, offset) in [(b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)] {
        let at = bytes.windows(4).position(|four| four == tag).unwrap() + offset;
        let four: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
        let longer = u32::from_be_bytes(four) * 11;
        bytes[at..at + 4].copy_from_slice(&longer.to_be_bytes());
    }
    bytes
}

#[test]
fn a_recording_that_begins_between_key_frames_says_what_is_missing() {
    let bench = Bench::new();
    for codec in ["mpeg2video", "libx264"] {
        let film = bench.make("film.ts", &format!("{PATTERN} -c:v {codec} -g 50"));
        let bytes = fs::read(&film).unwrap();
        fs::write(&film, &bytes[188 * 40..]).unwrap();
        let (extracted, warnings) = bench.extract(&film);
        assert_eq!(extracted.broken, None, "{codec}");
        assert_eq!(extracted.info.frame_count, 50, "{codec}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].starts_with("begins ") && warnings[0].contains("cannot be decoded"),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_film_that_is_cut_off_says_which_part_is_missing() {
    let bench = Bench::new();
    let long = "-f lavfi -i testsrc2=s=320x180:r=25:d=8";
    for (name, arguments) in [
        ("film.mp4", "-movflags +faststart"),
        ("film.mkv", "-g 50"),
        ("film.avi", "-q:v 2"),
    ] {
        let film = bench.make(name, &format!("{long} {arguments}"));
        let bytes = fs::read(&film).unwrap();
        fs::write(&film, &bytes[..bytes.len() / 2]).unwrap();
        let (extracted, _warnings) = bench.extract(&film);
        let broken = extracted.broken.unwrap();
        assert!(broken.starts_with("stops at 00:00:0"), "{name}: {broken}");
        if name != "film.avi" {
            assert!(broken.ends_with(" s are missing"), "{name}: {broken}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_cancel_does_not_wait_for_an_ffmpeg_that_hangs() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let film = bench.make("film.mp4", PATTERN);
    let program = |name: &str, text: &str| {
        let path = bench.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let hang = "exec sleep 60";
    let answers = "exec /usr/bin/env ffprobe \"$@\"";
    // It reads the version, and then nothing comes of the film.
    let reads = "case \"$1\" in -version) echo ffmpeg version 5.1;; *) exec sleep 60;; esac";
    for (ffmpeg, ffprobe) in [(reads, hang), (hang, answers), (reads, answers)] {
        let ffmpeg = program("ffmpeg", ffmpeg);
        program("ffprobe", ffprobe);
        let progress = Progress::silent();
        let canceller = progress.clone();
        let result = std::thread::scope(|scope| {
            let asked = scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(400));
                canceller.cancel();
                Instant::now()
            });
            let result = Ffmpeg::at(OsStr::new(&ffmpeg)).extract(
                &film,
                &bench.path("out"),
                &ExtractOptions::default(),
                &progress,
            );
            assert!(asked.join().unwrap().elapsed() < Duration::from_secs(1));
            result
        });
        assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    }
}
