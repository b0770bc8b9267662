//! Names of the exported files: unique, such as every disk takes them, and telling where an image is from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::catalog::{ImageRecord, name};

/// Endings that all readers of image folders know.
const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"];

pub struct Names {
    /// Of each class.
    folders: BTreeMap<String, String>,
    /// Keys of files that were named.
    taken: BTreeSet<String>,
}

impl Names {
    pub fn new(classes: &[String]) -> Self {
        let mut taken = BTreeSet::new();
        let mut folders = BTreeMap::new();
        for class in classes {
            let folder = free(&mut taken, |suffix| {
                visible(name::folder_name(&format!("{class}{suffix}")))
            });
            folders.insert(class.clone(), folder);
        }
        Self {
            folders,
            taken: BTreeSet::new(),
        }
    }

    /// Of every class.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.values().map(String::as_str)
    }

    /// `train/elves/elves-000048.jpg`, with `/`.
    pub fn choose(
        &mut self,
        (top, class): (&str, &str),
        source: &str,
        image: &ImageRecord,
    ) -> String {
        let origin = Path::new(&image.origin);
        let stem = origin.with_extension("");
        let mut parts: Vec<String> = stem
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        // The class is said by the folder.
        let last = parts.pop().unwrap_or_default();
        parts.retain(|part| part != class);
        let parts: Vec<&str> = std::iter::once(source)
            .chain(parts.iter().map(String::as_str))
            .chain([last.as_str()])
            .collect();
        let stem = parts.join("-");
        let ending = ending(&image.path);
        let folder = self.folders.get(class).map_or(class, String::as_str);
        free(&mut self.taken, |suffix| {
            let file = visible(name::file_name(&format!("{stem}{suffix}"), &ending));
            format!("{top}/{folder}/{file}")
        })
    }
}

/// The first of `name("")`, `name("-2")`, `name("-3")`… that no disk takes for one that is taken.
fn free(taken: &mut BTreeSet<String>, name: impl Fn(&str) -> String) -> String {
    let mut suffix = String::new();
    for number in 2.. {
        let found = name(&suffix);
        if taken.insert(name::key(&found)) {
            return found;
        }
        suffix = format!("-{number}");
    }
    name(&suffix)
}

/// Names that begin with a dot are hidden.
fn visible(name: String) -> String {
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}

/// The file's own, or that of its content where readers would not know it.
fn ending(path: &Path) -> String {
    let own = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    if ENDINGS.contains(&own.as_str()) {
        return own;
    }
    let mut start = [0; 32];
    let format = File::open(path)
        .and_then(|mut file| file.read(&mut start))
        .ok()
        .and_then(|read| image::guess_format(start.get(..read)?).ok());
    let known = format.and_then(|format| format.extensions_str().first().copied());
    known.map_or(own, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Decided, Decision, ImageId, SourceId};
    use crate::media::border::Insets;
    use crate::media::upsampling::Copies;

    fn image(origin: &str) -> ImageRecord {
        ImageRecord {
            id: ImageId(1),
            source: SourceId(1),
            class: None,
            scene: None,
            side: None,
            path: Path::new("/nowhere").join(origin),
            origin: origin.to_owned(),
            hash: String::new(),
            width: 1,
            height: 1,
            crop: Insets::NONE,
            copies: Copies::default(),
            frame: None,
            character: None,
            time_secs: None,
            decision: Decision::Undecided,
            decided: Decided::default(),
        }
    }

    #[test]
    fn names_are_unique_on_every_disk_and_tell_where_an_image_is_from() {
        let classes = ["a:b".to_owned(), "a_b".to_owned(), ".hidden".to_owned()];
        let mut names = Names::new(&classes);
        let mut choose = |class: &str, source: &str, origin: &str| {
            names.choose(("train", class), source, &image(origin))
        };
        assert_eq!(choose("a:b", "web", "a:b/x.JPG"), "train/a_b/web-x.jpg");
        assert_eq!(choose("a_b", "web", "a_b/x.jpg"), "train/a_b-2/web-x.jpg");
        assert_eq!(choose("a_b", "WEB", "a_b/X.jpg"), "train/a_b-2/WEB-X-2.jpg");
        assert_eq!(
            choose("a_b", "web", "a_b/deep/x.png"),
            "train/a_b-2/web-deep-x.png"
        );
        assert_eq!(choose(".hidden", "web", "1.png"), "train/_hidden/web-1.png");
    }
}
