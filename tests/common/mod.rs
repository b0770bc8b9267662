//! What several stories need: where the reference data is, and tiny films and images made on the spot.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::expect_used,
    reason = "each test binary uses its own part of this"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use image::{Rgb, RgbImage};

/// The reference data beside the repository, or where `CUTTING_ROOM_SHARED` says; a test without it says "skipped".
pub fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("CUTTING_ROOM_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

/// Runs ffmpeg with these arguments, the last of which is the file to make.
pub fn ffmpeg(arguments: &[&str], file: &Path) {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(arguments)
        .arg(file)
        .output()
        .expect("ffmpeg is needed by this test; install it");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A film of 3 × 48 frames, 160×90, 24 a second: three still images with hard cuts at frames 48 and 96.
pub fn three_scene_film(file: &Path) {
    ffmpeg(
        &[
            "-f",
            "lavfi",
            "-i",
            "smptebars=s=160x90:r=24:d=2[a];\
             gradients=s=160x90:r=24:d=2:seed=7:speed=0.00001[b];\
             rgbtestsrc=s=160x90:r=24:d=2,format=yuv420p[c];\
             [a][b][c]concat=n=3,format=yuv420p",
            "-movflags",
            "+faststart",
        ],
        file,
    );
}

/// A colorful image that no two seeds share.
pub fn image(width: u32, height: u32, seed: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([
            (x * 255 / width) as u8,
            (y * 255 / height) as u8,
            ((x * y + seed * 37) % 256) as u8,
        ])
    })
}
