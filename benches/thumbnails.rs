//! Thumbnails a second, interleaved with vipsthumbnail (Debian's libvips-tools) on the same files.
//!
//! `cargo bench --bench thumbnails -- FOLDER`: JPEGs in FOLDER (`benches/scan_speed.py` says how to make them). Ours are made and
//! stored as the grid has them made, on all cores; vipsthumbnail runs once a core, each with its part of the files, and also makes
//! JPEGs of 256 pixels of quality 85. Both write to disk. Best and median of several rounds; without vipsthumbnail only ours.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use cutting_room::media::recipe::Recipe;
use cutting_room::media::thumbnail::{THUMBNAIL_SIDE, ThumbnailCache};
use rayon::prelude::*;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let folder = folder.ok_or("usage: cargo bench --bench thumbnails -- FOLDER")?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|end| end == "jpg"));
    files.sort();
    if files.is_empty() {
        return Err(format!("{folder} holds no .jpg").into());
    }
    let has_vips = Command::new("vipsthumbnail")
        .arg("--vips-version")
        .output()
        .is_ok();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(seconds(|out| thumbnails(&files, out))?);
        if has_vips {
            theirs.push(seconds(|out| vipsthumbnail(&files, out))?);
        }
    }
    let rate = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        let count = files.len() as f64;
        (count / times[0], count / times[times.len() / 2])
    };
    let (best, median) = rate(&mut ours);
    println!(
        "{} images: ours best {best:.0}, median {median:.0} a second",
        files.len()
    );
    if has_vips {
        let (their_best, their_median) = rate(&mut theirs);
        println!(
            "vipsthumbnail best {their_best:.0}, median {their_median:.0} a second; ratio {:.2} of the best, {:.2} of the medians",
            best / their_best,
            median / their_median
        );
    } else {
        println!("vipsthumbnail is not installed, so there is nothing to compare with");
    }
    Ok(())
}

/// Of `work` into a new folder.
fn seconds(work: impl FnOnce(&Path) -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let out = tempfile::tempdir()?;
    let begin = Instant::now();
    work(out.path())?;
    Ok(begin.elapsed().as_secs_f64())
}

fn thumbnails(files: &[PathBuf], out: &Path) -> Result<(), Box<dyn Error>> {
    let cache = ThumbnailCache::new(out.to_path_buf());
    let make = |(number, path): (usize, &PathBuf)| -> cutting_room::error::Result<()> {
        // A name for the content; the catalog knows it already when the grid asks.
        let hash = format!("{number:064x}");
        let thumbnail = cache.load(path, &hash, Recipe::default())?;
        assert_eq!(
            thumbnail.width().max(thumbnail.height()),
            THUMBNAIL_SIDE,
            "{}",
            path.display()
        );
        Ok(())
    };
    Ok(files.par_iter().enumerate().try_for_each(make)?)
}

fn vipsthumbnail(files: &[PathBuf], out: &Path) -> Result<(), Box<dyn Error>> {
    let cores = std::thread::available_parallelism()?.get();
    let target = format!("{}/%s.jpg[Q=85]", out.display());
    let start = |part: &[PathBuf]| {
        Command::new("vipsthumbnail")
            .args(["--size", "256", "-o", &target])
            .args(part)
            .env("VIPS_CONCURRENCY", "1")
            .spawn()
    };
    let parts = files.chunks(files.len().div_ceil(cores));
    let children: Vec<_> = parts.map(start).collect::<Result<_, _>>()?;
    for mut child in children {
        if !child.wait()?.success() {
            return Err("vipsthumbnail failed".into());
        }
    }
    Ok(())
}
