//! SHA256SUMS: what `sha256sum -c` reads, and whoever opens a bundle. The images with logits tell a changed net only by what it says of them;
//! most single bytes, the classes' names and how an image is cut they do not tell.

use std::fs;
use std::path::Path;

use super::goldens;
use crate::download::sha256;
use crate::error::{Error, Result};
use crate::export::weights::WEIGHTS;
use crate::export::{NewFolder, Preprocessing};

const FILE: &str = "SHA256SUMS";

/// Of everything that a prediction depends on; words for people may be edited.
pub(super) fn write(folder: &NewFolder, images: usize) -> Result<()> {
    let named = [WEIGHTS, Preprocessing::FILE, goldens::FILE];
    let mut names: Vec<String> = named.map(str::to_owned).into();
    names.extend((0..images).map(goldens::image_file));
    let line = |name: String| Ok(format!("{}  {name}\n", of(&folder.path().join(&name))?));
    let lines: Result<String> = names.into_iter().map(line).collect();
    folder.write(FILE, lines?.as_bytes())
}

/// A bundle of an older version has none, and passes.
///
/// # Errors
/// [`Error::Invalid`] for a file that is not as it was written; [`Error::Io`].
pub(super) fn check(folder: &Path) -> Result<()> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read the checksums", &path)(error)),
    };
    for line in text.lines() {
        let parts = line.split_once("  ");
        let is_as_written = match parts {
            Some((sum, name)) => of(&folder.join(name))? == sum,
            None => false,
        };
        if !is_as_written {
            let name = parts.map_or(FILE, |(_, name)| name);
            return Err(Error::Invalid(format!(
                "{name} is not as it was when the bundle was made, so it was changed or damaged; copy it again, or export the run again; bundle {}",
                folder.display()
            )));
        }
    }
    Ok(())
}

fn of(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(Error::io("read the bundle's file", path))?;
    Ok(sha256(&bytes))
}
