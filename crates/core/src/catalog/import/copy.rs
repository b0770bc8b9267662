//! Writes the copies of imported images: to a temporary file, flushed, renamed. An interrupted one is removed by the next
//! import of that source.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::new_image::NewImage;
use super::place::Places;
use crate::error::{Error, Result};
use crate::project::temporary_file;

/// Beginning of the names of unfinished copies.
const PART_PREFIX: &str = ".part-";

/// `EILSEQ` on Linux and on macOS: a character that the disk cannot write.
const UNWRITABLE_CHARACTER: [i32; 2] = [84, 92];

/// Writes the copy to the image's path, or under a plain name where the disk refuses that one.
///
/// # Errors
/// `Io`; see [`is_about_the_name`] for those that concern only this image.
pub(super) fn write(mut image: NewImage, target: &Path, bytes: &[u8]) -> Result<NewImage> {
    match write_new(&image.path, target, bytes) {
        Err(error) if is_name_refused(&error) => {
            image.path = Places::plain(target, &image);
            write_new(&image.path, target, bytes)
        }
        other => other,
    }
    .map_err(Error::io("copy the image into the project", &image.path))?;
    Ok(image)
}

/// Whether a copy into `target` failed for its name alone, so that others may come in.
pub(super) fn is_about_the_name(error: &Error, target: &Path) -> bool {
    target.is_dir() && matches!(error, Error::Io { source, .. } if is_name_refused(source))
}

fn is_name_refused(error: &io::Error) -> bool {
    // "Not found" is what exFAT's driver for FUSE says.
    use io::ErrorKind::{AlreadyExists, InvalidFilename, InvalidInput, NotFound};
    matches!(
        error.kind(),
        AlreadyExists | InvalidFilename | InvalidInput | NotFound
    ) || error
        .raw_os_error()
        .is_some_and(|code| UNWRITABLE_CHARACTER.contains(&code))
}

/// Never over a file that is there.
fn write_new(path: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = temporary_file(target, PART_PREFIX)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    if fs::symlink_metadata(path).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    file.persist(path)?;
    Ok(())
}

/// Removes what a killed import was just writing; only our own unfinished files have such names.
pub(super) fn sweep(target: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(target) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PART_PREFIX) {
            let path = entry.path();
            fs::remove_file(&path).map_err(Error::io("remove an unfinished copy", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn image(path: PathBuf) -> NewImage {
        NewImage {
            path,
            origin: "elves/a.jpg".to_owned(),
            ..NewImage::default()
        }
    }

    #[test]
    fn a_name_that_the_disk_refuses_is_replaced_by_a_plain_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path();
        let refused = target.join("elves").join("n".repeat(300) + ".jpg");
        let written = write(image(refused), target, b"pixels").unwrap();
        assert_eq!(fs::read(&written.path).unwrap(), b"pixels");
        let name = written.path.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("image-"), "{name}");
    }

    #[test]
    fn a_file_that_is_there_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("a.jpg");
        fs::write(&there, "mine").unwrap();
        let written = write(image(there.clone()), folder.path(), b"pixels").unwrap();
        assert_ne!(written.path, there);
        assert_eq!(fs::read(&there).unwrap(), b"mine");
        // A second time even the plain name is taken: that image is named, the others come in.
        let failed = write(image(there), folder.path(), b"pixels").unwrap_err();
        assert!(is_about_the_name(&failed, folder.path()), "{failed}");
    }

    #[test]
    fn a_full_disk_is_not_about_the_name() {
        let full = Error::io("write", Path::new("a"))(io::ErrorKind::StorageFull.into());
        assert!(!is_about_the_name(&full, Path::new(".")));
    }
}
