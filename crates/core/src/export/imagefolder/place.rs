//! An image's file in its new place: a link to it or a copy.

use std::fs;
use std::path::Path;

use crate::catalog::ImageRecord;
use crate::error::{Error, Result};

/// How files come into the folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placing {
    Copy,
    Link,
}

impl Placing {
    pub fn new(copies: bool) -> Self {
        if copies { Self::Copy } else { Self::Link }
    }

    pub fn stage(self) -> &'static str {
        match self {
            Self::Copy => "copying the images",
            Self::Link => "linking the images",
        }
    }
}

/// # Errors
/// [`Error::Invalid`] if the file is gone, or (of a copy) is not what was imported; [`Error::Io`].
pub fn put(image: &ImageRecord, place: &Path, placing: Placing) -> Result<()> {
    let changed = |what: &str| {
        Error::Invalid(format!(
            "an image {what}, so the split could not be the same elsewhere; put the file back or import its film or folder again, or reject the image; file {}",
            image.path.display()
        ))
    };
    let file = image
        .path
        .canonicalize()
        .map_err(|_gone| changed("is gone"))?;
    match placing {
        Placing::Copy => {
            let bytes = fs::read(&file).map_err(Error::io("read the image", &file))?;
            if blake3::hash(&bytes).to_hex().as_str() != image.hash {
                return Err(changed("has changed since it was imported"));
            }
            fs::write(place, bytes).map_err(Error::io("write the image", place))
        }
        Placing::Link => link(&file, place).map_err(Error::io("link the image", &file)),
    }
}

#[cfg(unix)]
fn link(file: &Path, place: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(file, place)
}

/// Symbolic links are a privilege elsewhere; another name of the file is none, but only on its own disk.
#[cfg(not(unix))]
fn link(file: &Path, place: &Path) -> std::io::Result<()> {
    fs::hard_link(file, place).or_else(|_other_disk| fs::copy(file, place).map(|_bytes| ()))
}
