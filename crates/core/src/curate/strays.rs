//! Looks at the files in imported folders that did not become images: broken ones, and what is none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;

use super::kind::Kind;
use super::measure::{Trust, damaged, measure};
use crate::catalog::facts::{Fact, FactKind, FactValue};
use crate::catalog::import::{Found, files_of};
use crate::catalog::stray::Stray;
use crate::catalog::{ContentHash, Snapshot, SourceId, SourceKind};
use crate::error::{Error, Result};
use crate::media::decode::format_of_extension;
use crate::progress::Progress;

/// Larger files are no images and are not read.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Extensions of images that cannot be read.
const UNREAD_EXTENSIONS: [&str; 15] = [
    "heic", "heif", "jpe", "jxl", "svg", "jp2", "j2k", "psd", "cr2", "cr3", "nef", "arw", "dng",
    "orf", "raf",
];

/// An imported folder that is still there.
#[derive(Clone, Debug)]
pub struct Folder {
    pub source: SourceId,
    name: String,
    path: PathBuf,
    /// As of the last scan, by origin.
    known: BTreeMap<String, Stray>,
    /// Whether it has classes, so that all of it was imported; else only some of its files may have been.
    has_classes: bool,
    images: usize,
}

/// What a folder holds beside the project's images.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    pub strays: Vec<Stray>,
    pub facts: Vec<Fact>,
    /// How many had to be read.
    pub read: usize,
}

/// The folders to look at, and the files in them that are images of the project.
pub fn folders(snapshot: &Snapshot, known: &[Stray]) -> (Vec<Folder>, BTreeSet<PathBuf>) {
    let mut folders = Vec::new();
    let mut images = BTreeSet::new();
    for source in &snapshot.sources {
        // What lies in the project's own folder of a collection is the program's own.
        let is_own = source.origin.starts_with(snapshot.root.join("images"));
        if source.kind != SourceKind::Scraped || is_own || !source.origin.is_dir() {
            continue;
        }
        let own = snapshot.images_of_source(source.id);
        folders.push(Folder {
            source: source.id,
            name: source.name.clone(),
            path: source.origin.clone(),
            known: known
                .iter()
                .filter(|stray| stray.source == source.id)
                .map(|stray| (stray.origin.clone(), stray.clone()))
                .collect(),
            has_classes: own.iter().any(|image| image.origin.contains('/')),
            images: own.len(),
        });
        images.extend(own.iter().map(|image| source.origin.join(&image.origin)));
    }
    (folders, images)
}

impl Folder {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `images`: files that are images of some source. `nested`: other imported folders, which are looked at by themselves.
    ///
    /// # Errors
    /// `Io` if the folder cannot be listed; `Cancelled`.
    pub fn look(
        &self,
        images: &BTreeSet<PathBuf>,
        nested: &[&Path],
        project: &Path,
        progress: &Progress,
    ) -> Result<Looked> {
        progress.stage(format!("looking through the files of {}", self.name), None);
        // What is left out of imports on purpose was said by the import.
        let quiet = Progress::silent();
        let all = files_of(&self.path, project, &quiet)?;
        progress.check()?;
        if !self.has_classes && 2 * self.images < all.len() {
            return Ok(Looked::default());
        }
        let is_elsewhere = |path: &Path| nested.iter().any(|folder| path.starts_with(folder));
        let files: Vec<Found> = all
            .into_iter()
            .filter(|file| !images.contains(&file.path) && !is_elsewhere(&file.path))
            .collect();
        progress.stage(
            format!("reading other files of {}", self.name),
            Some(files.len() as u64),
        );
        let looked: Vec<Option<(Stray, Option<Fact>)>> = files
            .par_iter()
            .map(|file| {
                progress.check()?;
                let looked = self.look_at(file);
                progress.advance(1);
                Ok(looked)
            })
            .collect::<Result<_>>()?;
        let mut result = Looked::default();
        for (stray, fact) in looked.into_iter().flatten() {
            result.read += usize::from(fact.is_some());
            result.strays.push(stray);
            result.facts.extend(fact);
        }
        Ok(result)
    }

    /// With what is wrong with it, if it had to be read. `None` for a file that went meanwhile.
    fn look_at(&self, file: &Found) -> Option<(Stray, Option<Fact>)> {
        let metadata = fs::metadata(&file.path).ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH);
        let modified_nanos = modified.map_or(0, |since| since.as_nanos() as i64);
        let known = self.known.get(&file.origin).filter(|known| {
            known.size_bytes == metadata.len() && known.modified_nanos == modified_nanos
        });
        if let Some(known) = known {
            return Some((known.clone(), None));
        }
        let (content, damage) = examine(file, metadata.len());
        let stray = Stray {
            source: self.source,
            origin: file.origin.clone(),
            size_bytes: metadata.len(),
            modified_nanos,
            content,
        };
        let fact = Fact {
            content,
            kind: FactKind::Damage,
            value: FactValue::Bytes(damage.into_bytes()),
        };
        Some((stray, Some(fact)))
    }
}

/// The content of a file, and what is wrong with it; empty if it is an image.
fn examine(file: &Found, size_bytes: u64) -> (ContentHash, String) {
    if size_bytes > MAX_FILE_BYTES {
        // It is not read, so its name has to do for its content.
        let content = ContentHash::of(format!("{} {size_bytes}", file.origin).as_bytes());
        return (content, "too large for an image (more than 512 MiB)".into());
    }
    let bytes = match fs::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let content = ContentHash::of(file.origin.as_bytes());
            return (content, format!("cannot be read: {error}"));
        }
    };
    let measured = measure(&bytes, &file.path, Trust::Unknown)
        .unwrap_or_else(|error: Error| damaged(&error.to_string()));
    let damage = measured.facts.into_iter().find_map(|fact| match fact {
        (FactKind::Damage, FactValue::Bytes(text)) => Some(text),
        _other => None,
    });
    let damage = damage.map(|text| String::from_utf8_lossy(&text).into_owned());
    (ContentHash::of(&bytes), damage.unwrap_or_default())
}

/// A broken image if it is named like one, else no image.
pub fn kind_of_damaged(origin: &str) -> Kind {
    let extension = Path::new(origin)
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let is_image = format_of_extension(&extension).is_some()
        || UNREAD_EXTENSIONS.contains(&extension.as_str());
    if is_image {
        Kind::Corrupt
    } else {
        Kind::NotAnImage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_named_like_an_image_is_broken_and_another_one_is_none() {
        for broken in ["a/b.jpg", "B.JPEG", "c.png", "d.heic", "e.tif"] {
            assert_eq!(kind_of_damaged(broken), Kind::Corrupt, "{broken}");
        }
        for other in ["Thumbs.db", "readme", "page.html", "jpg"] {
            assert_eq!(kind_of_damaged(other), Kind::NotAnImage, "{other}");
        }
    }
}
