//! Where the copies of imported images go: a name for each that nothing else has, on any disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::new_image::NewImage;
use crate::catalog::name;

/// The places below a source's folder that are taken or were given out.
pub(super) struct Places {
    target: PathBuf,
    /// By [`name::key`] of the path relative to `target`.
    taken: BTreeSet<String>,
    /// The next number to try for a name, so that ten thousand files of one name do not each try all numbers.
    next: BTreeMap<String, u64>,
}

/// Where an image goes.
pub(super) struct Place {
    pub path: PathBuf,
    /// This very content lies there already, left by an import that was killed before its row was written.
    pub is_there: bool,
}

impl Places {
    /// `known`: the paths of images that the source has already.
    pub fn new<'a>(target: &Path, known: impl Iterator<Item = &'a Path>) -> Self {
        let taken = known
            .filter_map(|path| Some(name::key(path.strip_prefix(target).ok()?.to_str()?)))
            .collect();
        Self {
            target: target.to_path_buf(),
            taken,
            next: BTreeMap::new(),
        }
    }

    /// `TARGET/CLASS/NAME.EXT`, with `-2`, `-3`… if another image has that name; the place is taken from here on.
    pub fn choose(&mut self, image: &NewImage, bytes: &[u8]) -> Place {
        let origin = Path::new(&image.origin);
        let stem = origin.file_stem().unwrap_or_default().to_string_lossy();
        let extension = true_extension(bytes, origin);
        let folder = image.class.as_deref().map(name::folder_name);
        let folder = folder.unwrap_or_default();
        let first = format!("{folder}/{}", name::file_name(&stem, &extension));
        let first_key = name::key(&first);
        let mut number = self.next.get(&first_key).copied().unwrap_or(1);
        loop {
            let inside = if number == 1 {
                first.clone()
            } else {
                numbered(&first, number)
            };
            number += 1;
            if !self.taken.insert(name::key(inside.trim_start_matches('/'))) {
                continue;
            }
            let path = self.target.join(inside.trim_start_matches('/'));
            let is_free = fs::symlink_metadata(&path).is_err();
            if is_free || holds(&path, bytes, &image.hash) {
                self.next.insert(first_key, number);
                return Place {
                    path,
                    is_there: !is_free,
                };
            }
        }
    }

    /// For an image whose own name this disk refuses: one of plain letters, that of no other origin.
    pub fn plain(target: &Path, image: &NewImage) -> PathBuf {
        let id = blake3::hash(image.origin.as_bytes()).to_hex();
        let extension = image.path.extension().and_then(std::ffi::OsStr::to_str);
        let id = id.get(..16).unwrap_or_default();
        target.join(format!("image-{id}.{}", extension.unwrap_or("jpg")))
    }
}

/// `-NUMBER` before the extension.
fn numbered(name: &str, number: u64) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{number}.{extension}"),
        None => format!("{name}-{number}"),
    }
}

fn holds(path: &Path, bytes: &[u8], hash: &str) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|about| about.is_file() && about.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|there| blake3::hash(&there).to_hex().as_str() == hash)
}

/// The file's own extension if it fits its content, else the one of that content: a WebP named `.jpg` is
/// copied as `.webp`, so that other programs read it too.
fn true_extension(bytes: &[u8], name: &Path) -> String {
    let own = name
        .extension()
        .map(|extension| extension.to_string_lossy().into_owned());
    let Ok(format) = image::guess_format(bytes) else {
        return own.unwrap_or_else(|| "jpg".to_owned());
    };
    let known = format.extensions_str();
    match own {
        Some(own) if known.contains(&own.to_lowercase().as_str()) => own,
        _wrong_or_none => known.first().copied().unwrap_or("jpg").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(class: &str, origin: &str) -> NewImage {
        NewImage {
            class: Some(class.to_owned()),
            origin: origin.to_owned(),
            ..NewImage::default()
        }
    }

    #[test]
    fn a_wrong_extension_is_corrected_in_the_copy() {
        let png = b"\x89PNG\r\n\x1a\n";
        assert_eq!(true_extension(png, Path::new("a/b.jpg")), "png");
        assert_eq!(true_extension(png, Path::new("a/b.PNG")), "PNG");
        assert_eq!(true_extension(png, Path::new("a/b")), "png");
    }

    #[test]
    fn places_differ_also_on_a_disk_without_case_and_form() {
        let target = Path::new("/nowhere");
        let known = [
            Path::new("/nowhere/elves/a.jpg"),
            Path::new("/elsewhere/b.jpg"),
        ];
        let mut places = Places::new(target, known.into_iter());
        let mut place = |class, origin| {
            let path = places.choose(&image(class, origin), b"\xff\xd8\xff").path;
            path.strip_prefix(target)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(place("elves", "A.JPG"), "elves/A-2.JPG");
        assert_eq!(place("Elves", "one/IMG_1.JPG"), "Elves/IMG_1.JPG");
        assert_eq!(place("elves", "two/img_1.jpg"), "elves/img_1-2.jpg");
        assert_eq!(place("elves", "b.jpg"), "elves/b.jpg");
        assert_eq!(place("why?", "\u{e9}.jpg"), "why_/\u{e9}.jpg");
        assert_eq!(place("why*", "e\u{301}.jpg"), "why_/\u{e9}-2.jpg");
    }

    #[test]
    fn many_files_of_one_name_take_linear_time() {
        let mut places = Places::new(Path::new("/nowhere"), std::iter::empty());
        for number in 0..20_000 {
            let place = places.choose(
                &image("elves", &format!("{number}/0001.jpg")),
                b"\xff\xd8\xff",
            );
            assert!(!place.is_there);
        }
        // All numbers would be tried 200 million times.
        let last = places.choose(&image("elves", "x/0001.jpg"), b"\xff\xd8\xff");
        assert!(last.path.ends_with("elves/0001-20001.jpg"));
    }
}
