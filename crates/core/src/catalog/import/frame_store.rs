//! Where the frames of a film come to lie: first in a folder beside those of the films, and in their places once the film
//! is whole. A place is never overwritten with other pixels, so a row shows what it showed until it is changed itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::media::video::Frame;

/// Folders of imports under way begin like this; those of killed ones are removed by the next.
const PREFIX: &str = ".importing-";

/// An empty folder for the frames of an import, which goes with the value.
pub(super) fn staging_folder(frames_dir: &Path) -> Result<TempDir> {
    fs::create_dir_all(frames_dir).map_err(Error::io("make the frames' folder", frames_dir))?;
    let entries =
        fs::read_dir(frames_dir).map_err(Error::io("read the frames' folder", frames_dir))?;
    for entry in entries.flatten() {
        // Only one import of films writes into a project at a time.
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            // What cannot be removed does no harm.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    {
        // As readable as the umask lets folders be: the films' folders come of these.
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(frames_dir).map_err(Error::io(
        "write into the frames' folder (is it writable, is the disk full?)",
        frames_dir,
    ))
}

/// Part of `frames` (0 to 1) that lie in `folder` under the same numbers with the same bytes; `None` if it has none of
/// these numbers.
pub(super) fn agreement(frames: &[Frame], folder: &Path) -> Option<f64> {
    let (mut shared, mut equal) = (0_usize, 0_usize);
    for frame in frames {
        let mut places = places(folder, frame.number).take_while(|place| place.is_file());
        let Some(first) = places.next() else {
            continue;
        };
        shared += 1;
        let is_equal = |place: PathBuf| is_same_file(&place, frame).unwrap_or(false);
        equal += usize::from(is_equal(first) || places.any(is_equal));
    }
    (shared > 0).then(|| equal as f64 / shared as f64)
}

/// `000025.jpg`, `000025-2.jpg`, …
fn places(folder: &Path, number: u64) -> impl Iterator<Item = PathBuf> {
    let folder = folder.to_path_buf();
    (1_u32..).map(move |copy| match copy {
        1 => folder.join(format!("{number:06}.jpg")),
        copy => folder.join(format!("{number:06}-{copy}.jpg")),
    })
}

/// By length first, which mostly tells.
fn is_same_file(place: &Path, frame: &Frame) -> io::Result<bool> {
    if fs::metadata(place)?.len() != fs::metadata(&frame.path)?.len() {
        return Ok(false);
    }
    let hash = blake3::hash(&fs::read(place)?);
    Ok(hash.to_hex().as_str() == frame.hash)
}

/// Frames in their places. They go again with the last copy of the value unless their rows were written.
#[derive(Debug, Default)]
pub struct PlacedFrames {
    /// A folder that was not there before.
    folder: Option<PathBuf>,
    files: Vec<PathBuf>,
    has_rows: AtomicBool,
}

impl PlacedFrames {
    /// Moves the frames out of `staging` into `folder` and gives them their new paths.
    ///
    /// # Errors
    /// `Io` if the folder cannot be written; then nothing has changed in it.
    pub(super) fn move_in(staging: TempDir, folder: &Path, frames: &mut [Frame]) -> Result<Self> {
        let mut placed = Self::default();
        if !folder.exists() {
            fs::rename(staging.path(), folder).map_err(Error::io("store the frames", folder))?;
            // The folder has another name now, under which it stays.
            drop(staging.keep());
            placed.folder = Some(folder.to_path_buf());
            for frame in frames {
                frame.path = folder.join(frame.path.file_name().unwrap_or_default());
            }
            return Ok(placed);
        }
        for frame in frames {
            let place = placed
                .move_frame(frame, folder)
                .map_err(Error::io("store a frame", folder))?;
            frame.path = place;
        }
        Ok(placed)
    }

    fn move_frame(&mut self, frame: &Frame, folder: &Path) -> io::Result<PathBuf> {
        for place in places(folder, frame.number) {
            if !place.exists() {
                fs::rename(&frame.path, &place)?;
                self.files.push(place.clone());
                return Ok(place);
            }
            if is_same_file(&place, frame)? {
                return Ok(place);
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// From now on they stay.
    pub(in crate::catalog) fn keep(&self) {
        self.has_rows.store(true, Ordering::Relaxed);
    }
}

impl Drop for PlacedFrames {
    fn drop(&mut self) {
        if self.has_rows.load(Ordering::Relaxed) {
            return;
        }
        // What cannot be removed does no harm: no row names it.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(folder: &Path, number: u64, bytes: &[u8]) -> Frame {
        let path = folder.join(format!("{number:06}.jpg"));
        fs::write(&path, bytes).unwrap();
        Frame {
            number,
            time_secs: 0.0,
            path,
            width: 4,
            height: 3,
            hash: blake3::hash(bytes).to_hex().to_string(),
        }
    }

    #[test]
    fn other_pixels_never_take_a_place_and_what_has_no_rows_goes_again() {
        let root = tempfile::tempdir().unwrap();
        let film = root.path().join("film");
        let place = |bytes: [&[u8]; 2]| {
            let staging = staging_folder(root.path()).unwrap();
            let mut frames = vec![
                frame(staging.path(), 0, bytes[0]),
                frame(staging.path(), 25, bytes[1]),
            ];
            let agreed = agreement(&frames, &film);
            let placed = PlacedFrames::move_in(staging, &film, &mut frames).unwrap();
            let names = frames
                .iter()
                .map(|frame| frame.path.file_name().unwrap().to_str().unwrap().to_owned());
            (agreed, names.collect::<Vec<_>>(), placed)
        };
        let (agreed, names, placed) = place([b"a", b"b"]);
        assert_eq!((agreed, names[1].as_str()), (None, "000025.jpg"));
        placed.keep();
        drop(placed);
        let (agreed, names, placed) = place([b"a", b"c"]);
        assert_eq!(agreed, Some(0.5));
        assert_eq!(names, ["000000.jpg", "000025-2.jpg"]);
        assert_eq!(fs::read(film.join("000025.jpg")).unwrap(), b"b");
        drop(placed);
        assert_eq!(fs::read_dir(&film).unwrap().count(), 2);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
