//! The looks of files by their content, kept in the project's cache: an evaluation compares with every training image, and
//! decoding thousands of them each time would take longer than the evaluation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::look::Look;
use super::signature::Signature;
use crate::catalog::ContentHash;
use crate::error::Result;
use crate::media::decode::decode_known_bytes_for;
use crate::progress::Progress;
use crate::project::write_atomic;

/// Begins the file; another version of looks gets another one, and the old file is then made anew.
const HEADER: &[u8] = b"cutting-room looks 1\n";
/// Content, aspect, whether there is a signature, signature.
const RECORD_BYTES: usize = 32 + 8 + 1 + SIGNATURE_BYTES;
const SIGNATURE_BYTES: usize = 16 + 24 * 24;
/// More files than this are not kept: 60 MB.
const MOST_RECORDS: usize = 100_000;
/// Looks are made of at least so many pixels along the shorter side, so that large JPEG files are decoded reduced.
const LEAST_SIDE: u32 = 288;

/// What is known of files, `None` of those that look like nothing (one tone, too small) or cannot be read.
pub struct LookStore {
    path: PathBuf,
    known: BTreeMap<ContentHash, Option<Look>>,
    is_changed: bool,
}

impl LookStore {
    /// What `cache`, the project's folder for what may be deleted, has; nothing of a damaged file.
    pub fn open(cache: &Path) -> Self {
        let path = cache.join("looks.bin");
        let bytes = fs::read(&path).unwrap_or_default();
        Self {
            known: parse(&bytes).unwrap_or_default(),
            path,
            is_changed: false,
        }
    }

    pub fn get(&self, content: &ContentHash) -> Option<&Look> {
        self.known.get(content)?.as_ref()
    }

    /// Looks at the files that are not known, given with what their content is.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn complete(
        &mut self,
        files: &[(ContentHash, PathBuf)],
        progress: &Progress,
    ) -> Result<()> {
        let unknown: BTreeMap<ContentHash, &Path> = files
            .iter()
            .filter(|(content, _)| !self.known.contains_key(content))
            .map(|(content, path)| (*content, path.as_path()))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        progress.stage(
            "looking for images like those in training",
            Some(unknown.len() as u64),
        );
        let new: Vec<(ContentHash, Option<Look>)> = unknown
            .into_par_iter()
            .map(|(content, path)| {
                progress.check()?;
                let look = look(content, path);
                progress.advance(1);
                Ok(look)
            })
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect();
        self.is_changed |= !new.is_empty();
        self.known.extend(new);
        Ok(())
    }

    /// Keeps what is new for the next time.
    ///
    /// # Errors
    /// `Io`, for instance in a read-only project.
    pub fn save(&self) -> Result<()> {
        if !self.is_changed || self.known.len() > MOST_RECORDS {
            return Ok(());
        }
        let mut bytes = HEADER.to_vec();
        for (content, look) in &self.known {
            bytes.extend(content.as_bytes());
            let aspect = look.as_ref().map_or(0.0, |look| look.aspect);
            bytes.extend(aspect.to_le_bytes());
            bytes.push(u8::from(look.is_some()));
            match look {
                Some(look) => bytes.extend(look.signature.to_bytes()),
                None => bytes.extend([0; SIGNATURE_BYTES]),
            }
        }
        write_atomic(&self.path, &bytes)
    }
}

/// `None` if the file has changed or cannot be read now; it may be later.
fn look(content: ContentHash, path: &Path) -> Option<(ContentHash, Option<Look>)> {
    let bytes = fs::read(path).ok()?;
    if ContentHash::of(&bytes) != content {
        return None;
    }
    let Ok(image) = decode_known_bytes_for(&bytes, path, LEAST_SIDE) else {
        return Some((content, None));
    };
    Some((content, Look::of(&image).unwrap_or_default()))
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<ContentHash, Option<Look>>> {
    let records = bytes.strip_prefix(HEADER)?;
    records
        .chunks(RECORD_BYTES)
        .map(|record| {
            let (content, rest) = record.split_first_chunk::<32>()?;
            let (aspect, rest) = rest.split_first_chunk()?;
            let (&[is_there], signature) = rest.split_first_chunk()?;
            let signature = Signature::from_bytes(signature)?;
            let look = Look::new(f64::from_le_bytes(*aspect), signature);
            Some((
                ContentHash::from_bytes(*content),
                (is_there == 1).then_some(look),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    #[test]
    fn looks_are_kept_and_a_damaged_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        RgbImage::from_fn(64, 64, |x, y| Rgb([(x * y) as u8, x as u8, y as u8]))
            .save(&path)
            .unwrap();
        let content = ContentHash::of(&fs::read(&path).unwrap());
        let blank = folder.path().join("b.png");
        RgbImage::new(64, 64).save(&blank).unwrap();
        let of_blank = ContentHash::of(&fs::read(&blank).unwrap());
        let files = [(content, path.clone()), (of_blank, blank)];
        let mut store = LookStore::open(folder.path());
        store.complete(&files, &Progress::silent()).unwrap();
        store.save().unwrap();
        fs::remove_file(&path).unwrap();
        let known = LookStore::open(folder.path());
        let signature = |store: &LookStore| store.get(&content).map(|look| look.signature.clone());
        assert!(signature(&known).is_some() && signature(&known) == signature(&store));
        assert_eq!(known.known.len(), 2);
        assert!(known.get(&of_blank).is_none());
        let stored = fs::read(&known.path).unwrap();
        fs::write(&known.path, &stored[..stored.len() - 5]).unwrap();
        assert!(LookStore::open(folder.path()).known.is_empty());
    }
}
