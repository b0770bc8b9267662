//! Films that must be changed to look right: in high dynamic range, and held upright by what their frames say.
#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may panic, and says what it skips or counts"
)]

use std::path::{Path, PathBuf};

use cutting_room::media::decode::decode_file;
use cutting_room::media::video::{Every, ExtractOptions, Ffmpeg, probe};
use cutting_room::progress::Progress;
use image::RgbImage;

use crate::common;

/// Color bars, as an ordinary screen shows them.
const BARS: &str = "smptehdbars=s=320x180:r=10:d=1,format=yuv444p,\
    setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv";

/// The first frame, and what was said beside.
fn first_frame(ffmpeg: &Ffmpeg, film: &Path, out: &Path) -> (RgbImage, Vec<String>) {
    let options = ExtractOptions {
        every: Every::Frames(10),
        ..ExtractOptions::default()
    };
    let progress = Progress::silent();
    let extracted = ffmpeg.extract(film, out, &options, &progress).unwrap();
    let image = decode_file(&extracted.frames[0].path).unwrap().into_image();
    let warnings = progress.warnings().into_iter();
    (image, warnings.map(|warning| warning.message).collect())
}

fn mean_difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let pairs = a.as_raw().iter().zip(b.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

/// The bars as an ordinary film, and in high dynamic range with the curve `transfer`.
fn bars(folder: &Path, transfer: &str) -> [PathBuf; 2] {
    let [plain, wide] = ["plain.mkv", "wide.mkv"].map(|name| folder.join(name));
    let make = |filters: &str, tags: &[&str], file: &Path| {
        let mut arguments = vec!["-f", "lavfi", "-i", filters, "-c:v", "ffv1"];
        arguments.extend(tags);
        common::ffmpeg(&arguments, file);
    };
    let ordinary = ["-color_primaries", "bt709", "-color_trc", "bt709"];
    make(
        BARS,
        &[&ordinary[..], &["-colorspace", "bt709"]].concat(),
        &plain,
    );
    let filters = format!(
        "{BARS},zscale=t=linear:npl=203,format=gbrpf32le,\
         zscale=p=bt2020:t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    );
    let tags = ["-color_primaries", "bt2020", "-color_trc", transfer];
    make(
        &filters,
        &[&tags[..], &["-colorspace", "bt2020nc"]].concat(),
        &wide,
    );
    [plain, wide]
}

#[test]
fn high_dynamic_range_is_brought_to_that_of_images() {
    let folder = tempfile::tempdir().unwrap();
    let ffmpeg = Ffmpeg::find();
    for transfer in ["smpte2084", "arib-std-b67"] {
        let [plain, wide] = bars(folder.path(), transfer);
        let (expected, _) = first_frame(&ffmpeg, &plain, &folder.path().join("plain"));
        let (found, warnings) = first_frame(&ffmpeg, &wide, &folder.path().join("wide"));
        assert!(warnings.is_empty(), "{warnings:?}");
        let difference = mean_difference(&found, &expected);
        // As it is, PQ is 46 levels off and HLG 21.
        assert!(difference < 10.0, "{transfer}: {difference}");
    }
}

#[cfg(unix)]
#[test]
fn without_the_filters_a_film_in_high_dynamic_range_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let [_, wide] = bars(folder.path(), "smpte2084");
    // An ffmpeg that was built without them.
    let program = folder.path().join("ffmpeg");
    let script = "#!/bin/sh\ncase \"$*\" in *-filters*) exit 0 ;; esac\nexec ffmpeg \"$@\"\n";
    std::fs::write(&program, script).unwrap();
    std::fs::write(
        folder.path().join("ffprobe"),
        "#!/bin/sh\nexec ffprobe \"$@\"\n",
    )
    .unwrap();
    for name in ["ffmpeg", "ffprobe"] {
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path().join(name), executable).unwrap();
    }
    let ffmpeg = Ffmpeg::at(program.as_os_str());
    let (_, warnings) = first_frame(&ffmpeg, &wide, &folder.path().join("out"));
    let [warning] = &warnings[..] else {
        panic!("{warnings:?}")
    };
    assert!(
        warning.contains("high dynamic range (PQ)") && warning.contains("zscale"),
        "{warning}"
    );
}

/// Red above, blue below, of the sensor's frame.
#[test]
fn a_film_stands_as_its_frames_say_that_it_was_held() {
    let folder = tempfile::tempdir().unwrap();
    let source = "color=red:s=320x90:r=10:d=1[a];color=blue:s=320x90:r=10:d=1[b];\
         [a][b]vstack,format=yuv420p";
    // What is said, the size, and where of the image red is.
    for (said, size, red_at) in [
        ("rotate=90", (180, 320), (20, 160)),
        ("rotate=270", (180, 320), (160, 160)),
        ("rotate=180", (320, 180), (160, 160)),
        ("flip=vertical", (320, 180), (160, 160)),
        ("rotate=0", (320, 180), (160, 20)),
    ] {
        let film = folder.path().join("held.mp4");
        let words = format!("h264_metadata=display_orientation=insert:{said}");
        let arguments = ["-f", "lavfi", "-i", source, "-c:v", "libx264", "-bsf:v"];
        common::ffmpeg(&[&arguments[..], &[&words]].concat(), &film);
        assert!(probe(&film, &Progress::silent()).is_ok());
        let out = folder.path().join("out");
        let (image, warnings) = first_frame(&Ffmpeg::find(), &film, &out);
        assert!(warnings.is_empty(), "{said}: {warnings:?}");
        assert_eq!(image.dimensions(), size, "{said}");
        let pixel = image.get_pixel(red_at.0, red_at.1).0;
        assert!(pixel[0] > 200 && pixel[2] < 60, "{said}: {pixel:?}");
    }
}
