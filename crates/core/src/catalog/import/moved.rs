//! Files that were moved or renamed inside the folder since the last import, recognized by content: the image keeps its
//! decision instead of coming in a second time under another label.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Placement;
use super::new_image::{Checked, KnownImage};
use super::walk::Found;

/// Known images whose files are no longer where they were.
pub(super) struct Moved<'a> {
    known: &'a BTreeMap<String, KnownImage>,
    /// Folders above the class folders: 1 in a folder that holds a split.
    depth: usize,
    /// Their origins, by content.
    gone: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Moved<'a> {
    pub fn new(known: &'a BTreeMap<String, KnownImage>, files: &[Found], depth: usize) -> Self {
        let found: BTreeSet<&str> = files.iter().map(|file| file.origin.as_str()).collect();
        let mut gone: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (origin, image) in known {
            if image.is_present && !found.contains(origin.as_str()) {
                gone.entry(&image.image.hash).or_default().push(origin);
            }
        }
        Self { known, depth, gone }
    }

    /// Nothing was moved.
    pub fn none(known: &'a BTreeMap<String, KnownImage>) -> Self {
        Self {
            known,
            depth: 0,
            gone: BTreeMap::new(),
        }
    }

    /// Turns a new file that has the content of one that is gone into that image at its new place. In the same class folder
    /// it keeps its class, which a person may have changed: [`NewImage::class`](super::NewImage::class) is `None` then.
    pub fn recognize(&mut self, file: &mut Checked, placement: Placement) {
        let Checked::New { image, .. } = file else {
            return;
        };
        if self.known.contains_key(&image.origin) {
            return;
        }
        let Some(origins) = self.gone.get_mut(image.hash.as_str()) else {
            return;
        };
        // Of several with this content rather the one that kept its file name.
        let name = Path::new(&image.origin).file_name();
        let at = origins
            .iter()
            .position(|origin| Path::new(origin).file_name() == name)
            .unwrap_or(0);
        if origins.is_empty() {
            return;
        }
        let origin = origins.remove(at);
        let Some(before) = self.known.get(origin) else {
            return;
        };
        let mut moved = image.clone();
        if self.class_folder(origin) == self.class_folder(&image.origin) {
            moved.class = None;
        }
        moved.moved_from = Some(origin.to_owned());
        if placement == Placement::Copy && before.image.path.exists() {
            moved.path.clone_from(&before.image.path);
            *file = Checked::Known(moved);
        } else {
            *image = moved;
        }
    }

    fn class_folder<'b>(&self, origin: &'b str) -> Option<&'b str> {
        let (folders, _name) = origin.rsplit_once('/')?;
        folders.split('/').nth(self.depth)
    }
}
