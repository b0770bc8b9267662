//! Features of a frozen backbone on disk, in PROJECT/cache/features: shared by all runs, bounded, deletable at any time.
//!
//! A file, a *segment*, holds the features of some hundred images under one [`SetKey`]: a file an image would be
//! 45,000 of them. It is named `KEY-CONTENT.features`, CONTENT being a hash of its bytes, so a corrupt one is known by
//! its name, two processes cannot write different things to one file, and nothing is ever changed in place. When the
//! folder grows beyond its limit, the segments that were not used for the longest time go.

use std::collections::HashMap;
use std::fs;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::project::cache::{CacheLimits, remove_oldest_below};
use crate::project::write_atomic;

const EXTENSION: &str = "features";
const MAGIC: &[u8; 8] = b"features";
const KEY_LEN: usize = 32;
/// Magic, values an image, images.
const HEADER_LEN: usize = MAGIC.len() + 4 + 4;

/// Identifies what all features of a set have in common: backbone, augmented view, size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SetKey(blake3::Hash);

/// Identifies an image within a set.
pub(crate) type EntryKey = [u8; KEY_LEN];

/// Pooled features by image.
pub(crate) type Entries = HashMap<EntryKey, Entry>;

/// An image's part of what was read together.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    segment: Arc<[f32]>,
    place: Range<usize>,
}

impl Deref for Entry {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.segment.get(self.place.clone()).unwrap_or_default()
    }
}

impl SetKey {
    /// Of a text in which everything stands that the features depend on, beside the image.
    pub fn of(text: &str) -> Self {
        Self(blake3::hash(text.as_bytes()))
    }

    fn prefix(self) -> String {
        self.0.to_hex().chars().take(KEY_LEN).collect()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct FeatureStore {
    dir: PathBuf,
    limit_bytes: u64,
}

impl FeatureStore {
    /// `cache`: the project's folder for what may be deleted.
    pub fn new(cache: &Path) -> Self {
        Self {
            dir: cache.join("features"),
            limit_bytes: CacheLimits::current().features_bytes,
        }
    }

    /// All sound entries of a set, which count as used now. A spoilt segment is removed, one that cannot be read is
    /// left out: what is missing will be computed.
    pub fn read(&self, set: SetKey) -> Entries {
        let mut entries = Entries::new();
        let prefix = set.prefix();
        for segment in self.segments() {
            if !segment.name().starts_with(&prefix) {
                continue;
            }
            let Ok(bytes) = fs::read(&segment.path) else {
                continue;
            };
            let is_whole = segment.name() == file_name(set, &bytes);
            if !is_whole || parse(&bytes, &mut entries).is_none() {
                tracing::warn!(path = %segment.path.display(), "damaged features are computed again");
                segment.remove();
                continue;
            }
            // Without a date the segment only looks older than it is.
            let _ = fs::File::options()
                .append(true)
                .open(&segment.path)
                .and_then(|file| file.set_modified(SystemTime::now()));
        }
        entries
    }

    /// True if nothing was kept yet.
    pub fn is_empty(&self) -> bool {
        self.segments().is_empty()
    }

    /// Adds a segment, then brings the folder below its limit.
    ///
    /// # Errors
    /// [`Error::Io`], for instance on a full disk; the features are then only not kept.
    pub fn write(&self, set: SetKey, entries: &[(EntryKey, &[f32])]) -> Result<()> {
        let Some(len) = entries.first().map(|(_, values)| values.len()) else {
            return Ok(());
        };
        let mut bytes = Vec::with_capacity(HEADER_LEN + entries.len() * (KEY_LEN + 4 * len));
        bytes.extend(MAGIC);
        bytes.extend((len as u32).to_le_bytes());
        bytes.extend((entries.len() as u32).to_le_bytes());
        for (key, values) in entries {
            bytes.extend(key);
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        fs::create_dir_all(&self.dir).map_err(Error::io("make the folder", &self.dir))?;
        write_atomic(&self.dir.join(file_name(set, &bytes)), &bytes)?;
        remove_oldest_below(&self.dir, EXTENSION, self.limit_bytes);
        Ok(())
    }

    /// Adds the sound segments of another store.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn take(&self, other: &Self) -> Result<()> {
        fs::create_dir_all(&self.dir).map_err(Error::io("make the folder", &self.dir))?;
        for segment in other.segments() {
            let place = self.dir.join(segment.name());
            if place.exists() {
                continue;
            }
            let bytes =
                fs::read(&segment.path).map_err(Error::io("read the features", &segment.path))?;
            if segment
                .name()
                .ends_with(&format!("-{}", content_name(&bytes)))
            {
                write_atomic(&place, &bytes)?;
            } else {
                tracing::warn!(path = %segment.path.display(), "damaged features are left out");
            }
        }
        remove_oldest_below(&self.dir, EXTENSION, self.limit_bytes);
        Ok(())
    }

    /// Forgets a set.
    pub fn remove(&self, set: SetKey) {
        let prefix = set.prefix();
        for segment in self.segments() {
            if segment.name().starts_with(&prefix) {
                segment.remove();
            }
        }
    }

    /// Sorted by name; none where the folder is missing or cannot be read.
    fn segments(&self) -> Vec<Segment> {
        let Ok(entries) = fs::read_dir(&self.dir) else {
            return Vec::new();
        };
        let mut segments: Vec<Segment> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let path = entry.path();
                let is_segment = path.extension().is_some_and(|found| found == EXTENSION);
                is_segment.then_some(Segment { path })
            })
            .collect();
        segments.sort_by(|a, b| a.path.cmp(&b.path));
        segments
    }
}

struct Segment {
    path: PathBuf,
}

impl Segment {
    fn name(&self) -> &str {
        let name = self.path.file_name().unwrap_or_default();
        name.to_str().unwrap_or_default()
    }

    fn remove(&self) {
        // Another process may have been quicker; then it is gone as wanted.
        let _ = fs::remove_file(&self.path);
    }
}

fn file_name(set: SetKey, bytes: &[u8]) -> String {
    format!("{}-{}", set.prefix(), content_name(bytes))
}

/// What its bytes make of its name.
fn content_name(bytes: &[u8]) -> String {
    let content = blake3::hash(bytes).to_hex();
    let content: String = content.chars().take(KEY_LEN).collect();
    format!("{content}.{EXTENSION}")
}

/// `None` if the bytes are not laid out as written here.
fn parse(bytes: &[u8], entries: &mut Entries) -> Option<()> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (len, rest) = rest.split_first_chunk()?;
    let (count, rest) = rest.split_first_chunk()?;
    let (len, count) = (u32::from_le_bytes(*len), u32::from_le_bytes(*count));
    let entry_len = KEY_LEN + 4 * len as usize;
    if rest.len() != entry_len * count as usize {
        return None;
    }
    let len = len as usize;
    let mut segment = Vec::with_capacity(len * count as usize);
    let mut keys = Vec::new();
    for entry in rest.chunks_exact(entry_len) {
        let (key, values) = entry.split_first_chunk::<KEY_LEN>()?;
        let (values, _) = values.as_chunks();
        segment.extend(values.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        keys.push(*key);
    }
    let segment: Arc<[f32]> = segment.into();
    entries.extend(keys.into_iter().enumerate().map(|(at, key)| {
        let entry = Entry {
            segment: Arc::clone(&segment),
            place: at * len..(at + 1) * len,
        };
        (key, entry)
    }));
    Some(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn key(byte: u8) -> EntryKey {
        [byte; KEY_LEN]
    }

    fn files(store: &FeatureStore) -> usize {
        store.segments().len()
    }

    #[test]
    fn what_was_written_comes_back_to_the_last_bit_and_only_under_its_set() {
        let folder = tempfile::tempdir().unwrap();
        let store = FeatureStore::new(folder.path());
        let (one, other) = (SetKey::of("one"), SetKey::of("other"));
        assert!(store.read(one).is_empty());
        let values = [f32::MIN_POSITIVE, -0.0, 1.0 / 3.0];
        store
            .write(one, &[(key(1), &values), (key(2), &[1.0, 2.0, 3.0])])
            .unwrap();
        store.write(one, &[(key(3), &[4.0, 5.0, 6.0])]).unwrap();
        store.write(other, &[(key(1), &[7.0])]).unwrap();
        let read = store.read(one);
        assert_eq!(read.len(), 3);
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&read[&key(1)]), bits(&values));
        assert_eq!(*read[&key(3)], [4.0, 5.0, 6.0]);
        assert_eq!(*store.read(other)[&key(1)], [7.0]);
        store.remove(one);
        assert_eq!((store.read(one).len(), files(&store)), (0, 1));
    }

    #[test]
    fn a_spoilt_segment_is_ignored_and_removed_wherever_it_is_spoilt() {
        let folder = tempfile::tempdir().unwrap();
        let store = FeatureStore::new(folder.path());
        let set = SetKey::of("set");
        store.write(set, &[(key(1), &[1.0, 2.0])]).unwrap();
        let path = store.segments()[0].path.clone();
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 1;
            fs::write(&path, &spoilt).unwrap();
            assert!(store.read(set).is_empty(), "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(store.read(set).is_empty(), "cut at {at}");
            assert_eq!(files(&store), 0);
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(store.read(set).len(), 1);
    }

    #[test]
    fn beyond_the_limit_the_longest_unused_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = FeatureStore::new(folder.path());
        let sets = [0, 1, 2].map(|index| SetKey::of(&format!("{index}")));
        for (age, set) in [(30, sets[0]), (20, sets[1])] {
            store.write(set, &[(key(1), &[0.0; 100])]).unwrap();
            let used = SystemTime::now() - Duration::from_secs(age);
            for segment in store.segments() {
                if segment.name().starts_with(&set.prefix()) {
                    let file = fs::File::options().append(true).open(&segment.path);
                    file.unwrap().set_modified(used).unwrap();
                }
            }
        }
        // Reading is use.
        assert_eq!(store.read(sets[0]).len(), 1);
        store.limit_bytes = 2 * fs::metadata(&store.segments()[0].path).unwrap().len();
        store.write(sets[2], &[(key(1), &[0.0; 100])]).unwrap();
        assert_eq!(store.read(sets[1]).len(), 0);
        assert_eq!(
            (store.read(sets[0]).len(), store.read(sets[2]).len()),
            (1, 1)
        );
    }

    #[test]
    fn an_unwritable_place_is_an_error_and_reads_as_empty() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "no folder").unwrap();
        let store = FeatureStore::new(&file);
        let set = SetKey::of("set");
        assert!(store.write(set, &[(key(1), &[1.0])]).is_err());
        assert!(store.read(set).is_empty());
    }
}
